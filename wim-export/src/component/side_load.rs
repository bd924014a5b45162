//! What side-loading a package changes in an image.

use super::assembly::{Assembly, ManifestFile, RegistryValue};
use super::cabinet::Member;
use super::variables::{image_path, runtime_text};
use super::{ComponentProblem, Package};

/// The component store.
const STORE: &str = r"\Windows\WinSxS";
const MANIFEST_EXTENSION: &str = ".manifest";

/// The changes that side-loading a package makes. Nothing is done yet.
#[derive(Debug, Default)]
pub struct SideLoad {
    /// Folders to make, should they not exist.
    pub folders: Vec<String>,
    /// Files to add.
    pub files: Vec<SideLoadFile>,
    /// What to write to the registry, in order. Variables have been replaced.
    pub registry: Vec<RegistryValue>,
    /// What Windows would do besides, and is not done.
    pub skipped: Vec<Skipped>,
}

/// A file to add to an image.
#[derive(Debug)]
pub struct SideLoadFile {
    /// The paths that it gets: hard links of one file. The first one is in the component store.
    pub paths: Vec<String>,
    /// Its data.
    pub data: Member,
}

/// Something that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The manifest that wants it.
    pub manifest: String,
    /// What it wants.
    pub what: String,
}

/// Where side-loaded components will run.
#[derive(Clone, Debug)]
pub struct Target {
    /// The drive that the image has when it runs, as in `X:`.
    pub drive: String,
}

impl Default for Target {
    fn default() -> Self {
        Self { drive: "X:".to_owned() }
    }
}

impl SideLoad {
    /// The changes that `package` makes.
    ///
    /// # Errors
    /// If a manifest names a file that the cabinet does not have, or a path with an unknown variable or out of the image.
    pub fn plan(package: &Package, target: &Target) -> Result<Self, ComponentProblem> {
        let mut plan = Self::default();
        let (assemblies, missing) = package.installed_assemblies();
        for assembly in assemblies {
            plan.add(package, assembly, target)?;
        }
        plan.skipped.extend(missing.into_iter().map(|reference| Skipped {
            manifest: package.name().to_owned(),
            what: format!("{}, which is not in the cabinet", reference.0.name),
        }));
        Ok(plan)
    }

    fn add(&mut self, package: &Package, assembly: &Assembly, target: &Target) -> Result<(), ComponentProblem> {
        let (member, manifest) = (&assembly.member, &assembly.manifest);
        for folder in &manifest.folders {
            self.folders.push(image_path(folder, member)?);
        }
        for file in &manifest.files {
            self.files.push(file_of(package, member, file)?);
        }
        for value in &manifest.registry {
            self.registry.push(value.clone().map_texts(|text| runtime_text(text, &target.drive, member))?);
        }
        let skipped = manifest.unknown.iter().map(|what| Skipped { manifest: member.clone(), what: what.clone() });
        self.skipped.extend(skipped);
        Ok(())
    }
}

/// A file of the manifest in `member`. Its data lies in the cabinet's folder that is called as the manifest, and so it does in the
/// component store.
fn file_of(package: &Package, member: &str, file: &ManifestFile) -> Result<SideLoadFile, ComponentProblem> {
    let component = member.rsplit(['\\', '/']).next().unwrap_or(member);
    let component = component.strip_suffix(MANIFEST_EXTENSION).unwrap_or(component);
    let places = [format!("{component}\\{}", file.source), format!("{component}/{}", file.source)];
    let data = places.iter().find_map(|place| package.member(place));
    let data = data.ok_or_else(|| ComponentProblem::MissingMember(places[0].clone()))?.clone();
    let mut paths = vec![image_path(&format!("{STORE}\\{component}\\{}", file.name), member)?];
    if let Some(destination) = &file.destination {
        paths.push(image_path(&format!("{destination}\\{}", file.name), member)?);
    }
    Ok(SideLoadFile { paths, data })
}
