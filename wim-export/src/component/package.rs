//! A package: what is in a component's cabinet.

use std::collections::HashMap;
use std::path::Path;

use super::assembly::{Assembly, AssemblyIdentity};
use super::cabinet::{Cabinet, Member};
use super::{ComponentProblem, PackageIdentity, PackageVersion};
use crate::boot::Architecture;
use crate::{Error, Result};

/// The member that says what the package is.
const ROOT: &str = "update.mum";
/// The endings of the members that describe assemblies.
const DESCRIPTIONS: [&str; 2] = [".mum", ".manifest"];

/// No package has near as many assemblies, or references to some. Each reference is compared with all assemblies of its name.
const MAX_ASSEMBLIES: usize = 4096;
const MAX_REFERENCES: usize = 1 << 16;

/// A package of an optional component.
#[derive(Debug)]
pub struct Package {
    /// The name that messages use.
    name: String,
    cabinet: Cabinet,
    /// The package itself first, then what its cabinet describes.
    assemblies: Vec<Assembly>,
    /// The assemblies' numbers by name in lower case.
    by_name: HashMap<String, Vec<usize>>,
}

impl Package {
    /// Reads the package in the cabinet at `path`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Component`] if the cabinet or a manifest is damaged, or a manifest compressed.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let fail = |why| Error::Component { component: path.display().to_string(), why };
        Self::of(name, Cabinet::open(path)?).map_err(fail)
    }

    /// Reads the package in `cabinet`, which messages call `name`.
    ///
    /// # Errors
    /// If a manifest is missing, damaged, or compressed.
    pub fn of(name: String, cabinet: Cabinet) -> Result<Self, ComponentProblem> {
        let root = cabinet.member(ROOT).ok_or_else(|| ComponentProblem::MissingMember(ROOT.to_owned()))?;
        let mut assemblies = vec![Assembly::parse(root.name(), root.data())?];
        for member in cabinet.members().iter().filter(|member| is_description(member.name())) {
            if !member.name().eq_ignore_ascii_case(ROOT) {
                assemblies.push(Assembly::parse(member.name(), member.data())?);
            }
            check_count("assemblies", assemblies.len(), MAX_ASSEMBLIES)?;
        }
        let references = assemblies.iter().map(|assembly| assembly.parts.len()).sum();
        check_count("references between assemblies", references, MAX_REFERENCES)?;
        let mut by_name = HashMap::<_, Vec<_>>::new();
        for (number, assembly) in assemblies.iter().enumerate() {
            by_name.entry(assembly.identity.0.name.to_ascii_lowercase()).or_default().push(number);
        }
        Ok(Self { name, cabinet, assemblies, by_name })
    }

    /// The name that messages use: the cabinet's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What names it.
    pub fn identity(&self) -> &PackageIdentity {
        &self.assemblies[0].identity.0
    }

    /// The packages that must be in an image before.
    pub fn parents(&self) -> impl Iterator<Item = &PackageIdentity> {
        self.assemblies[0].parents.iter().map(|identity| &identity.0)
    }

    /// Checks that the package is for an image of this architecture, version, and language. A package without a language fits any.
    ///
    /// # Errors
    /// [`ComponentProblem::Architecture`], [`ComponentProblem::Build`], [`ComponentProblem::Language`].
    pub fn check_fits(
        &self,
        architecture: Architecture,
        version: PackageVersion,
        language: &str,
    ) -> Result<(), ComponentProblem> {
        let own = self.identity();
        let known = own.architecture.parse::<Architecture>().ok();
        if known.is_some_and(|known| known != architecture) {
            return Err(ComponentProblem::Architecture {
                package: own.architecture.clone(),
                image: architecture.name().to_owned(),
            });
        }
        if own.version.0[..3] != version.0[..3] {
            return Err(ComponentProblem::Build { package: own.version.to_string(), image: version.to_string() });
        }
        if !own.language.is_empty() && !own.language.eq_ignore_ascii_case(language) {
            return Err(ComponentProblem::Language { package: own.language.clone(), wanted: language.to_owned() });
        }
        Ok(())
    }

    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        self.cabinet.member(name)
    }

    /// The assemblies that the package consists of, itself first, each once; and the references to such as its cabinet does not
    /// describe.
    pub(super) fn installed_assemblies(&self) -> (Vec<&Assembly>, Vec<&AssemblyIdentity>) {
        let mut taken = vec![false; self.assemblies.len()];
        taken[0] = true;
        let (mut found, mut missing) = (vec![&self.assemblies[0]], Vec::new());
        let mut next = 0;
        while let Some(assembly) = found.get(next).copied() {
            next += 1;
            for reference in &assembly.parts {
                let mut parts = self.named_by(reference).peekable();
                if parts.peek().is_none() {
                    missing.push(reference);
                }
                for part in parts {
                    if !std::mem::replace(&mut taken[part], true) {
                        found.push(&self.assemblies[part]);
                    }
                }
            }
        }
        (found, missing)
    }

    /// The numbers of the assemblies that `reference` means.
    fn named_by(&self, reference: &AssemblyIdentity) -> impl Iterator<Item = usize> {
        let same_name = self.by_name.get(&reference.0.name.to_ascii_lowercase()).map_or(&[][..], Vec::as_slice);
        same_name.iter().copied().filter(|&number| reference.means(&self.assemblies[number].identity))
    }
}

fn is_description(name: &str) -> bool {
    let ending = |len| name.len().checked_sub(len).and_then(|at| name.get(at..));
    DESCRIPTIONS.iter().any(|known| ending(known.len()).is_some_and(|ending| ending.eq_ignore_ascii_case(known)))
}

fn check_count(what: &'static str, count: usize, limit: usize) -> Result<(), ComponentProblem> {
    if count > limit { Err(ComponentProblem::TooLarge { what, limit: limit as u64 }) } else { Ok(()) }
}
