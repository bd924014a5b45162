//! What is known of the optional components, from `components.toml`.

use serde::Deserialize;

use super::ComponentProblem;

const BUILT_IN: &str = include_str!("components.toml");

/// What is known of a set of components. The built-in set is [`Catalogue::default`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    #[serde(rename = "component", default)]
    entries: Vec<CatalogueEntry>,
}

/// What is known of a component.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CatalogueEntry {
    /// The name of its neutral cabinet, without `.cab`.
    pub name: String,
    /// The components that must be in the image before, in order.
    #[serde(default)]
    pub depends: Vec<String>,
    /// Whether it has a cabinet for each language.
    #[serde(default = "yes")]
    pub language_cabs: bool,
    /// The first build that has it.
    pub min_build: Option<u32>,
    /// What side-loading can do for it.
    pub side_load: SideLoadSupport,
    /// What a user should know.
    pub note: Option<String>,
}

/// What side-loading can do for a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum SideLoadSupport {
    /// All that the component does is files and registry values.
    #[serde(rename = "files+registry")]
    Full,
    /// It also has something registered that only Windows can.
    #[serde(rename = "partial")]
    Partial,
    /// It does not work without that.
    #[serde(rename = "unsupported")]
    Unsupported,
}

const fn yes() -> bool {
    true
}

impl Catalogue {
    /// Reads a catalogue in the form of the built-in one.
    ///
    /// # Errors
    /// What is wrong with it, with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// All components.
    pub fn entries(&self) -> &[CatalogueEntry] {
        &self.entries
    }

    /// The component of that name, in any case.
    pub fn find(&self, name: &str) -> Option<&CatalogueEntry> {
        self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::parse(BUILT_IN).expect("the built-in catalogue is valid")
    }
}

impl CatalogueEntry {
    /// Refuses what cannot be side-loaded.
    pub(super) fn check_side_load(&self) -> Result<(), ComponentProblem> {
        if self.side_load != SideLoadSupport::Unsupported {
            return Ok(());
        }
        let why = self.note.clone().unwrap_or_else(|| "only Windows can install it".to_owned());
        Err(ComponentProblem::NotSideLoadable { why })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogue_knows_what_it_depends_on() {
        let catalogue = Catalogue::default();
        for (number, entry) in catalogue.entries().iter().enumerate() {
            assert!(!entry.name.ends_with(".cab"));
            for name in &entry.depends {
                let before = catalogue.entries().iter().position(|known| known.name == *name);
                assert!(before.is_some_and(|before| before < number), "{} needs {name}", entry.name);
            }
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        let text = "[[component]]\nname = \"A\"\nside_load = \"partial\"\ndepend = []\n";
        assert!(Catalogue::parse(text).unwrap_err().contains("depend"));
    }
}
