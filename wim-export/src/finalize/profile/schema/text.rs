//! Steps about text files.

use serde::Deserialize;

/// Writes or changes a text file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) content: Option<String>,
    #[serde(default)]
    pub(crate) content_file: Option<String>,
    #[serde(default)]
    pub(crate) append: Option<String>,
    #[serde(default)]
    pub(crate) replace_line: Option<String>,
    #[serde(default, rename = "match")]
    pub(crate) prefix: Option<String>,
    #[serde(default)]
    pub(crate) ensure_line: Option<String>,
    #[serde(default)]
    pub(crate) newline: Newline,
    #[serde(default)]
    pub(crate) encoding: Encoding,
}

/// How lines end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Newline {
    #[default]
    Crlf,
    Lf,
}

/// How text is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    #[default]
    Keep,
    Utf8,
    Utf16le,
}

/// Says what Windows PE starts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WinPeShl {
    pub(crate) apps: Vec<String>,
    #[serde(default)]
    pub(crate) append: bool,
}
