//! The optional components of a kit: which cabinets there are.

use std::fs;
use std::path::{Path, PathBuf};

use super::ComponentProblem;
use crate::boot::Architecture;
use crate::{Error, Result};

/// Where kits have the folder: below the folder of Windows PE for an architecture, and in a WAIK.
const FOLDERS: [&str; 2] = ["WinPE_OCs", "WinPE_FPs"];
/// What to go through to the folder of an architecture.
const WAYS: [&[&str]; 4] = [
    &[],
    &["Windows Preinstallation Environment"],
    &["Assessment and Deployment Kit", "Windows Preinstallation Environment"],
    &["Tools", "PETools"],
];
const EXTENSION: &str = ".cab";

/// A folder of optional components.
#[derive(Clone, Debug)]
pub struct ComponentStore {
    folder: PathBuf,
}

impl ComponentStore {
    /// The components at `folder`: the folder `WinPE_OCs` of a kit, or any other with cabinets in it.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Finds the components for `architecture` in a kit at `root`: an ADK, a folder of kits, the kit's folder of Windows PE, or the
    /// one of an architecture. Names are compared without case.
    pub fn find(root: &Path, architecture: Architecture) -> Option<Self> {
        let architecture = architecture.adk_folder();
        let below = |way: &&[&str]| way.iter().try_fold(root.to_path_buf(), |folder, name| child(&folder, name));
        let places = WAYS.iter().filter_map(below).flat_map(|place| [child(&place, architecture), Some(place)]);
        let mut stores = places.flatten().flat_map(|place| FOLDERS.map(|name| child(&place, name)));
        stores.find_map(|store| store.filter(|store| store.is_dir())).map(Self::at)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The names of all components, without `.cab`, in order.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn names(&self) -> Result<Vec<String>> {
        let names = names_in(&self.folder)?;
        let mut names: Vec<_> = names.iter().filter_map(|name| without_extension(name)).map(str::to_owned).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The neutral cabinet of a component.
    ///
    /// # Errors
    /// [`Error::Component`] if there is none, with what has a name like it; [`Error::Io`].
    pub fn neutral_cabinet(&self, name: &str) -> Result<PathBuf> {
        if let Some(path) = child(&self.folder, &format!("{name}{EXTENSION}")) {
            return Ok(path);
        }
        let is_like = |known: &String| {
            let (known, wanted) = (known.to_ascii_lowercase(), name.to_ascii_lowercase());
            known.contains(wanted.trim_start_matches("winpe-")) || wanted.contains(known.trim_start_matches("winpe-"))
        };
        let similar = self.names()?.into_iter().filter(is_like).collect();
        let why = ComponentProblem::NotFound { name: format!("{name}{EXTENSION}"), similar };
        Err(Error::Component { component: self.folder.display().to_string(), why })
    }

    /// The cabinet of a component for a language, if there is one.
    pub fn language_cabinet(&self, name: &str, language: &str) -> Option<PathBuf> {
        child(&child(&self.folder, language)?, &format!("{name}_{language}{EXTENSION}"))
    }
}

fn without_extension(name: &str) -> Option<&str> {
    let (stem, extension) = name.split_at_checked(name.len().checked_sub(EXTENSION.len())?)?;
    extension.eq_ignore_ascii_case(EXTENSION).then_some(stem)
}

fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).map_err(Error::io("list", folder))?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

/// What is called `name` in `folder`, in any case.
fn child(folder: &Path, name: &str) -> Option<PathBuf> {
    let exact = folder.join(name);
    if exact.exists() {
        return Some(exact);
    }
    let mut names = names_in(folder).unwrap_or_default();
    names.sort_unstable();
    names.into_iter().find(|known| known.eq_ignore_ascii_case(name)).map(|known| folder.join(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"").unwrap();
    }

    #[test]
    fn a_kit_is_recognised_from_each_of_its_folders() {
        let kit = tempfile::tempdir().unwrap();
        let pe = kit.path().join("assessment and deployment kit/Windows Preinstallation Environment");
        touch(&pe.join("AMD64/winpe_ocs/WinPE-WMI.cab"));
        touch(&pe.join("AMD64/winpe_ocs/EN-US/winpe-wmi_en-us.cab"));
        for root in [kit.path(), &kit.path().join("assessment and deployment kit"), &pe, &pe.join("AMD64")] {
            let store = ComponentStore::find(root, Architecture::X64).unwrap();
            assert_eq!(store.names().unwrap(), ["WinPE-WMI"]);
            assert!(store.neutral_cabinet("winpe-wmi").is_ok());
            assert!(store.language_cabinet("WinPE-WMI", "en-us").is_some());
            assert!(store.language_cabinet("WinPE-WMI", "de-de").is_none());
        }
        assert!(ComponentStore::find(kit.path(), Architecture::Arm64).is_none());
    }

    #[test]
    fn a_missing_cabinet_names_those_like_it() {
        let folder = tempfile::tempdir().unwrap();
        touch(&folder.path().join("WinPE-Setup.cab"));
        touch(&folder.path().join("WinPE-Setup-Client.cab"));
        let error = ComponentStore::at(folder.path()).neutral_cabinet("Setup").unwrap_err();
        assert!(error.to_string().contains("WinPE-Setup, WinPE-Setup-Client"), "{error}");
    }
}
