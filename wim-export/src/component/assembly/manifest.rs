//! What a component installs.

use roxmltree::Node;

use super::registry::{RegistryValue, registry_values};
use super::{child, children};

/// What a manifest installs. Paths have their variables still.
#[derive(Debug, Default)]
pub(in crate::component) struct Manifest {
    pub(in crate::component) files: Vec<ManifestFile>,
    /// Folders that are made even if nothing is put into them.
    pub(in crate::component) folders: Vec<String>,
    pub(in crate::component) registry: Vec<RegistryValue>,
    /// What else Windows would do: the names of the elements that say so.
    pub(in crate::component) unknown: Vec<String>,
}

/// A file of a component.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::component) struct ManifestFile {
    /// Its name in the component's folder of the cabinet.
    pub(in crate::component) source: String,
    /// Its name in the image.
    pub(in crate::component) name: String,
    /// The folder that it is linked into; `None`: it stays in the component store.
    pub(in crate::component) destination: Option<String>,
}

/// Elements that are about a manifest, or that only matter for servicing; they ask nothing of the image.
const SILENT: [&str; 14] = [
    "assemblyIdentity",
    "dependency",
    "deployment",
    "description",
    "directories",
    "file",
    "localization",
    "migration",
    "package",
    "registryKeys",
    "trustInfo",
    "noInherit",
    "noInheritable",
    "rescache",
];

impl Manifest {
    /// Of an `assembly` element.
    pub(super) fn of(root: Node<'_, '_>) -> Result<Self, String> {
        let files = children(root, "file").map(file).collect::<Result<_, _>>()?;
        let folders = child(root, "directories").map_or_else(Vec::new, |list| {
            children(list, "directory")
                .filter_map(|node| node.attribute("destinationPath"))
                .map(str::to_owned)
                .collect()
        });
        let mut registry = Vec::new();
        for list in children(root, "registryKeys") {
            registry.extend(registry_values(list)?);
        }
        let elements = root.children().filter(Node::is_element).map(|node| node.tag_name().name());
        let mut unknown: Vec<String> = elements.filter(|name| !SILENT.contains(name)).map(str::to_owned).collect();
        unknown.sort_unstable();
        unknown.dedup();
        Ok(Self { files, folders, registry, unknown })
    }
}

/// Of a `file` element.
fn file(node: Node<'_, '_>) -> Result<ManifestFile, String> {
    let name = node.attribute("name").ok_or("a file without a name")?;
    let source = node.attribute("sourceName").filter(|source| !source.is_empty()).unwrap_or(name);
    let destination = node.attribute("destinationPath").filter(|path| !path.is_empty());
    Ok(ManifestFile { source: source.to_owned(), name: name.to_owned(), destination: destination.map(str::to_owned) })
}
