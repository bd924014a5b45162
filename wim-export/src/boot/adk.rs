//! Finding a boot image in an ADK, in what was copied out of one, or on a boot medium.
//!
//! Only the places of known layouts are looked at, in a fixed order; nothing searches the disk. Names are compared without
//! case, on any file system: kits are copied to Linux in whatever case the tool on the way liked.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::Architecture;
use super::source::{Environment, Located};
use crate::{Archive, Error, Result};

/// The folder of an ADK or anything else that `--adk-root` can name.
const OWN_VARIABLE: &str = "WIMSMITH_ADK_ROOT";
/// What the ADK's own command prompt sets: its folder of Windows PE, and the folder of all kits.
const KIT_VARIABLES: [&str; 2] = ["WinPERoot", "KitsRoot"];
/// Where installers put the kits, below the folder of 32-bit programs.
const INSTALL_FOLDERS: [&str; 4] = ["Windows Kits/10", "Windows Kits/8.1", "Windows Kits/8.0", "Windows AIK"];
/// Windows says here where programs are.
const PROGRAM_VARIABLES: [&str; 2] = ["ProgramFiles(x86)", "ProgramFiles"];

/// The folder of Windows PE in a kit.
const PE_FOLDER: &str = "Windows Preinstallation Environment";
/// The folder of the ADK in a folder of kits.
const ADK_FOLDER: &str = "Assessment and Deployment Kit";
/// The boot image of a kit.
const KIT_IMAGE: &str = "winpe.wim";
/// The boot image of a medium, in its folder.
const MEDIUM_IMAGE: [&str; 2] = ["sources", "boot.wim"];
/// The cabinet on a kit's setup medium that has the boot image in it.
const CABINET: &str = "winpe.cab";
/// The language of a kit's images, unless another one is asked for.
const LANGUAGE: &str = "en-us";

/// The folders to look into when none is named. One that this program's own variable names is the only one: another kit
/// would be a surprise.
fn roots(environment: Environment<'_>) -> Vec<PathBuf> {
    let path = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(root) = path(OWN_VARIABLE) {
        return vec![root];
    }
    let mut roots: Vec<PathBuf> = KIT_VARIABLES.iter().filter_map(|name| path(name)).collect();
    roots.extend(installed_roots());
    for programs in PROGRAM_VARIABLES.iter().filter_map(|name| path(name)) {
        roots.extend(INSTALL_FOLDERS.iter().map(|folder| programs.join(folder)));
    }
    roots
}

/// Where Windows' registry says that kits are installed, the newest first.
#[cfg(windows)]
fn installed_roots() -> Vec<PathBuf> {
    const KEYS: [&str; 2] = [
        r"SOFTWARE\WOW6432Node\Microsoft\Windows Kits\Installed Roots",
        r"SOFTWARE\Microsoft\Windows Kits\Installed Roots",
    ];
    const VALUES: [&str; 3] = ["KitsRoot10", "KitsRoot81", "KitsRoot"];
    let keys = KEYS.iter().filter_map(|key| windows_registry::LOCAL_MACHINE.open(key).ok());
    keys.flat_map(|key| VALUES.map(|value| key.get_string(value).ok())).flatten().map(PathBuf::from).collect()
}

/// There is no such registry elsewhere.
#[cfg(not(windows))]
fn installed_roots() -> Vec<PathBuf> {
    Vec::new()
}

/// Finds the boot image of `architecture` in an ADK that the environment names, or that is installed where it usually is.
pub(super) fn find(
    architecture: Architecture,
    language: Option<&str>,
    environment: Environment<'_>,
) -> Result<Located> {
    find_in(&roots(environment), architecture, language)
}

/// Finds the boot image of `architecture` in the first of `roots` that has it.
///
/// # Errors
/// [`Error::AdkNotFound`], with every place that was tried, and the boot images of other architectures that are there;
/// [`Error::Unsupported`] if there is nothing but a kit's setup medium.
pub(super) fn find_in(roots: &[PathBuf], architecture: Architecture, language: Option<&str>) -> Result<Located> {
    let language = language.unwrap_or(LANGUAGE);
    let mut search = Search { architecture, language, tried: Vec::new(), others: Vec::new(), adk: None };
    if let Some(located) = roots.iter().find_map(|root| search.look_into(root)) {
        return Ok(located);
    }
    if let Some(cabinet) = roots.iter().find_map(|root| child(root, CABINET)) {
        return Err(Error::Unsupported {
            subject: cabinet.display().to_string(),
            what:
                "a kit's setup medium (extract the cabinet's member F1_WINPE.WIM or F3_WINPE.WIM, and name it as the \
                   source)"
                    .to_owned(),
        });
    }
    let Search { tried, others: found, adk, .. } = search;
    Err(Error::AdkNotFound { architecture: architecture.name(), tried, found, adk })
}

struct Search<'a> {
    architecture: Architecture,
    language: &'a str,
    tried: Vec<PathBuf>,
    /// Boot images of other architectures.
    others: Vec<PathBuf>,
    /// The first of the roots that exists.
    adk: Option<PathBuf>,
}

/// A place where a boot image may be.
struct Layout<'a> {
    /// Names from the root to the folder of languages, or to the file itself.
    path: Vec<&'a str>,
    /// Whether there are folders of languages, which have the file.
    languages: bool,
    /// Whether the path tells the architecture.
    tells: bool,
}

/// All places for `architecture`, in the order in which they are tried.
fn layouts(architecture: Architecture) -> Vec<Layout<'static>> {
    let (folder, name) = (architecture.adk_folder(), architecture.name());
    let kit = |path: &[&'static str]| Layout { path: [path, &[folder]].concat(), languages: true, tells: true };
    let file = |path: &[&[&'static str]], tells| Layout { path: path.concat(), languages: false, tells };
    vec![
        kit(&[PE_FOLDER]),
        kit(&[ADK_FOLDER, PE_FOLDER]),
        // The folder that `WinPERoot` names.
        kit(&[]),
        // A workspace that copype made.
        file(&[&["media"], &MEDIUM_IMAGE], false),
        // A medium; those for two architectures have a folder for each.
        file(&[&MEDIUM_IMAGE], false),
        file(&[&[name], &MEDIUM_IMAGE], true),
        // A WAIK.
        file(&[&["Tools", "PETools", folder, KIT_IMAGE]], true),
        file(&[&[KIT_IMAGE]], false),
    ]
}

impl Search<'_> {
    fn look_into(&mut self, root: &Path) -> Option<Located> {
        if !root.is_dir() {
            self.tried.push(root.to_path_buf());
            return None;
        }
        self.adk.get_or_insert_with(|| root.to_path_buf());
        let located = layouts(self.architecture).iter().find_map(|layout| self.try_layout(root, layout));
        if located.is_none() {
            self.note_others(root);
        }
        located
    }

    fn try_layout(&mut self, root: &Path, layout: &Layout<'_>) -> Option<Located> {
        let mut tried: PathBuf = root.to_path_buf();
        tried.extend(&layout.path);
        if layout.languages {
            tried.extend([self.language, KIT_IMAGE]);
        }
        self.tried.push(tried);
        let (path, language) = self.find_file(root, layout)?;
        if !layout.tells && is_for_others(&path, self.architecture) {
            self.others.push(path);
            return None;
        }
        let is_other_language = language.as_ref().is_some_and(|language| !language.eq_ignore_ascii_case(self.language));
        Some(Located { path, language, kit: Some(root.to_path_buf()), is_other_language })
    }

    /// The file of a layout, and the folder of its language if there are such.
    fn find_file(&self, root: &Path, layout: &Layout<'_>) -> Option<(PathBuf, Option<String>)> {
        let path = layout.path.iter().try_fold(root.to_path_buf(), |folder, name| child(&folder, name))?;
        if !layout.languages {
            return path.is_file().then_some((path, None));
        }
        let mut images = images_by_language(&path);
        if let Some(wanted) = images.iter().position(|(language, _)| language.eq_ignore_ascii_case(self.language)) {
            let (language, image) = images.swap_remove(wanted);
            return Some((image, Some(language)));
        }
        // Another language will do if there is no choice.
        let (language, image) = images.pop().filter(|_| images.is_empty())?;
        Some((image, Some(language)))
    }

    /// Notes the boot images of all other architectures, and those of other languages.
    fn note_others(&mut self, root: &Path) {
        for architecture in Architecture::ALL {
            for layout in layouts(architecture).iter().filter(|layout| layout.tells) {
                let path = layout.path.iter().try_fold(root.to_path_buf(), |folder, name| child(&folder, name));
                let Some(path) = path else { continue };
                if layout.languages {
                    self.others.extend(images_by_language(&path).into_iter().map(|(_, image)| image));
                } else if path.is_file() {
                    self.others.push(path);
                }
            }
        }
    }
}

/// The boot images in the language folders of `folder`, with their names.
fn images_by_language(folder: &Path) -> Vec<(String, PathBuf)> {
    let image = |name: OsString| {
        let image = child(&folder.join(&name), KIT_IMAGE).filter(|path| path.is_file())?;
        Some((name.to_string_lossy().into_owned(), image))
    };
    names(folder).filter_map(image).collect()
}

/// Whether the archive at `path` says that none of its images is for `architecture`. One that says nothing, or cannot be read,
/// may be: what is wrong with it is told when it is opened.
fn is_for_others(path: &Path, architecture: Architecture) -> bool {
    let Ok(archive) = Archive::open(path) else { return false };
    let images = archive.xml().images();
    let mut stated = images.iter().map(|image| image.architecture().and_then(Architecture::from_xml));
    !images.is_empty() && stated.all(|stated| stated.is_some_and(|stated| stated != architecture))
}

/// What is called `name` in `folder`, or else what is called so but for case: the first such, if there are several.
fn child(folder: &Path, name: &str) -> Option<PathBuf> {
    let exact = folder.join(name);
    if exact.exists() {
        return Some(exact);
    }
    let is_it = |candidate: &OsString| candidate.to_str().is_some_and(|candidate| candidate.eq_ignore_ascii_case(name));
    names(folder).find(is_it).map(|name| folder.join(name))
}

/// The names in `folder` in order; none, if it is none.
fn names(folder: &Path) -> impl Iterator<Item = OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<OsString> = entries.map(|entry| entry.file_name()).collect();
    names.sort_unstable();
    names.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots_with(variables: &[(&str, &str)]) -> Vec<PathBuf> {
        roots(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_own_variable_is_the_only_root() {
        let all = [("WIMSMITH_ADK_ROOT", "/own"), ("WinPERoot", "/pe"), ("KitsRoot", "/kits")];
        assert_eq!(roots_with(&all), [Path::new("/own")]);
    }

    #[cfg(not(windows))]
    #[test]
    fn the_variables_of_the_kit_come_in_order_then_the_usual_folders() {
        let roots = roots_with(&[
            ("KitsRoot", "/kits"),
            ("WinPERoot", "/pe"),
            ("ProgramFiles", "/p"),
            ("WIMSMITH_ADK_ROOT", ""),
        ]);
        assert_eq!(roots[..3], [Path::new("/pe"), Path::new("/kits"), Path::new("/p/Windows Kits/10")]);
    }

    #[cfg(not(windows))]
    #[test]
    fn without_variables_there_is_nowhere_to_look() {
        assert!(roots_with(&[]).is_empty());
    }
}
