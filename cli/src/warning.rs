//! What a user should know although nothing failed.

use std::fmt;

use serde::Serialize;
use wim_format::ImageIndex;

/// A warning, with a stable name for scripts.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Warning {
    /// The stable name.
    pub(crate) code: &'static str,
    /// What it is about.
    pub(crate) message: String,
    /// The archive that it was found in.
    pub(crate) file: String,
    /// The image that it was found in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<u32>,
}

impl Warning {
    /// What the format's parsers found in an archive, or in the metadata of one of its images.
    pub(crate) fn of_format(file: &str, image: Option<ImageIndex>, warning: &wim_format::Warning) -> Self {
        let (code, image) = (warning.kind.code(), image.map(ImageIndex::get));
        Self { code, message: warning.to_string(), file: file.to_owned(), image }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        if let Some(image) = self.image {
            write!(f, "image {image}: ")?;
        }
        f.write_str(&self.message)
    }
}
