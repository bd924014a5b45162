//! One image: its tree, and what the XML says of it.

use super::{DEFAULT_TIME, Dentry, MetadataBuilder};

/// An image of a [`super::Wim`].
#[derive(Clone, Debug)]
pub struct Image {
    /// NAME.
    pub name: String,
    /// DESCRIPTION.
    pub description: Option<String>,
    /// FLAGS, the edition; "9" for Windows PE.
    pub edition_flags: Option<String>,
    /// Elements to put before NAME, as they are.
    pub extra_xml: String,
    /// CREATIONTIME, a FILETIME.
    pub creation_time: u64,
    /// LASTMODIFICATIONTIME, a FILETIME.
    pub last_modification_time: u64,
    /// The tree.
    pub metadata: MetadataBuilder,
    /// The metadata resource's bytes, where they shall not come from the tree.
    pub raw_metadata: Option<Vec<u8>>,
    /// A dead metadata resource: an entry of the blob table with reference count 0, and no image.
    pub stale: bool,
}

impl Image {
    /// An image with an empty root directory.
    pub fn new(name: &str) -> Image {
        Image::of(name, MetadataBuilder::new())
    }

    /// An image of a tree that is already there.
    pub fn of(name: &str, metadata: MetadataBuilder) -> Image {
        Image {
            name: name.to_string(),
            description: None,
            edition_flags: None,
            extra_xml: String::new(),
            creation_time: DEFAULT_TIME,
            last_modification_time: DEFAULT_TIME,
            metadata,
            raw_metadata: None,
            stale: false,
        }
    }

    /// An image whose metadata resource is exactly these bytes.
    pub fn of_bytes(name: &str, metadata: Vec<u8>) -> Image {
        Image { raw_metadata: Some(metadata), ..Image::new(name) }
    }

    /// Sets the description.
    pub fn description(mut self, text: &str) -> Image {
        self.description = Some(text.to_string());
        self
    }

    /// Sets the FLAGS element.
    pub fn edition_flags(mut self, text: &str) -> Image {
        self.edition_flags = Some(text.to_string());
        self
    }

    /// Adds XML elements before NAME, as they are.
    pub fn extra_xml(mut self, xml: &str) -> Image {
        self.extra_xml.push_str(xml);
        self
    }

    /// Makes it a dead metadata resource: written, listed with reference count 0, and not counted as an image.
    pub fn stale(mut self) -> Image {
        self.stale = true;
        self
    }

    /// Adds a file at a path of names between `\` or `/`; directories that are missing are added.
    pub fn file(self, path: &str, data: impl AsRef<[u8]>) -> Image {
        let (dir, name) = path.rsplit_once(['\\', '/']).unwrap_or(("", path));
        self.add(dir, Dentry::file(name, data))
    }

    /// Adds a directory and the missing ones above it.
    pub fn dir(mut self, path: &str) -> Image {
        self.metadata.make_dir(path);
        self
    }

    /// Adds any entry to the directory at a path, `\` or an empty path for the root.
    pub fn add(mut self, dir: &str, dentry: Dentry) -> Image {
        let dir = self.metadata.make_dir(dir);
        self.metadata.add(dir, dentry);
        self
    }

    /// Adds a security descriptor; the first has id 0.
    pub fn security(mut self, descriptor: impl AsRef<[u8]>) -> Image {
        self.metadata.add_security(descriptor);
        self
    }

    /// The metadata resource, uncompressed.
    pub fn metadata_bytes(&self) -> Vec<u8> {
        self.raw_metadata.clone().unwrap_or_else(|| self.metadata.to_bytes())
    }
}
