//! From the components that are wanted to the cabinets to take, in order.

use std::path::PathBuf;

use super::{Catalogue, ComponentProblem, ComponentStore};
use crate::{Error, Result};

/// A component that is to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Its name.
    pub name: String,
    /// Its cabinets: the neutral one, then the language's.
    pub cabinets: Vec<PathBuf>,
    /// The component that needs it, unless it was asked for itself.
    pub needed_by: Option<String>,
}

/// Finds the cabinets of the components `wanted`, and of those that they need and that `is_installed` does not say are there
/// already. What is needed comes before what needs it; otherwise the order is that of `wanted`.
///
/// # Errors
/// [`Error::Component`] if there is no such cabinet, if components need one another in a circle, or if one cannot be side-loaded.
pub fn resolve(
    wanted: &[String],
    language: &str,
    catalogue: &Catalogue,
    store: &ComponentStore,
    is_installed: impl Fn(&str) -> bool,
) -> Result<Vec<Selection>> {
    let mut resolver = Resolver { language, catalogue, store, is_installed, way: Vec::new(), found: Vec::new() };
    for name in wanted {
        resolver.visit(name)?;
    }
    Ok(resolver.found)
}

struct Resolver<'a, F> {
    language: &'a str,
    catalogue: &'a Catalogue,
    store: &'a ComponentStore,
    is_installed: F,
    /// From the component that was asked for to the one at hand.
    way: Vec<String>,
    found: Vec<Selection>,
}

impl<F: Fn(&str) -> bool> Resolver<'_, F> {
    /// The way is as long as the catalogue's longest chain of needs: a component twice on it is an error.
    fn visit(&mut self, name: &str) -> Result<()> {
        let is_it = |known: &str| known.eq_ignore_ascii_case(name);
        let fail = |why| Error::Component { component: name.to_owned(), why };
        if let Some(first) = self.way.iter().position(|known| is_it(known)) {
            let mut circle = self.way[first..].to_vec();
            circle.push(name.to_owned());
            return Err(fail(ComponentProblem::Cycle(circle)));
        }
        let is_needed_by_another = !self.way.is_empty();
        if self.found.iter().any(|known| is_it(&known.name)) || is_needed_by_another && (self.is_installed)(name) {
            return Ok(());
        }
        let catalogue = self.catalogue;
        let entry = catalogue.find(name);
        if let Some(entry) = entry {
            entry.check_side_load().map_err(fail)?;
        }
        self.way.push(name.to_owned());
        for needed in entry.map_or(&[][..], |entry| &entry.depends) {
            self.visit(needed)?;
        }
        self.way.pop();
        let name = entry.map_or(name, |entry| &entry.name);
        let mut cabinets = vec![self.store.neutral_cabinet(name)?];
        cabinets.extend(self.store.language_cabinet(name, self.language));
        self.found.push(Selection { name: name.to_owned(), cabinets, needed_by: self.way.last().cloned() });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const CATALOGUE: &str = r#"
        component = [
            { name = "A", side_load = "partial" },
            { name = "B", depends = ["A"], side_load = "partial" },
            { name = "C", depends = ["A", "B"], side_load = "partial" },
            { name = "X", depends = ["Y"], side_load = "partial" },
            { name = "Y", depends = ["X"], side_load = "partial" },
            { name = "No", side_load = "unsupported", note = "because" },
        ]"#;

    fn names(wanted: &[&str], installed: &[&str]) -> Result<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("en-us")).unwrap();
        for name in ["A.cab", "B.cab", "C.cab", "D.cab", "X.cab", "Y.cab", "No.cab", "en-us/B_en-us.cab"] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        let wanted: Vec<String> = wanted.iter().map(|&name| name.to_owned()).collect();
        let (catalogue, store) = (Catalogue::parse(CATALOGUE).unwrap(), ComponentStore::at(folder.path()));
        let found = resolve(&wanted, "en-us", &catalogue, &store, |name| installed.contains(&name))?;
        let files = found.iter().flat_map(|selection| &selection.cabinets);
        Ok(files.map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect())
    }

    #[test]
    fn what_is_needed_comes_first_and_once() {
        assert_eq!(names(&["c", "a", "D"], &[]).unwrap(), ["A.cab", "B.cab", "B_en-us.cab", "C.cab", "D.cab"]);
    }

    #[test]
    fn what_is_installed_is_taken_only_when_asked_for() {
        assert_eq!(names(&["B"], &["A"]).unwrap(), ["B.cab", "B_en-us.cab"]);
        assert_eq!(names(&["A"], &["A"]).unwrap(), ["A.cab"]);
    }

    #[test]
    fn circles_missing_cabinets_and_what_cannot_be_are_refused() {
        let problem = |wanted: &str| match names(&[wanted], &[]).unwrap_err() {
            Error::Component { why, .. } => why,
            other => panic!("{other}"),
        };
        assert_eq!(problem("X"), ComponentProblem::Cycle(["X", "Y", "X"].map(str::to_owned).to_vec()));
        assert!(matches!(problem("Nowhere"), ComponentProblem::NotFound { .. }));
        assert_eq!(problem("No"), ComponentProblem::NotSideLoadable { why: "because".to_owned() });
    }
}
