//! The tables of a profile beside its steps.

use serde::{Deserialize, Serialize};

/// Who a profile is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Meta {
    pub(crate) schema: u32,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) version: Option<String>,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) license: Option<String>,
}

/// Which images it is for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Applies {
    pub(crate) arch: Vec<String>,
    pub(crate) edition: Vec<String>,
    pub(crate) min_build: Option<u32>,
    pub(crate) max_build: Option<u32>,
    pub(crate) require_pe: bool,
}

/// What the new archive is to be like, where the user does not say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Output {
    /// How to compress: `lzx`, `xpress` or `none`.
    pub compress: Option<String>,
    /// Whether to add an integrity table.
    pub integrity: Option<bool>,
    /// The image's name.
    pub name: Option<String>,
    /// The image's description.
    pub description: Option<String>,
    /// Whether the image keeps the source's name and description where none is given; it does.
    pub keep_names: Option<bool>,
}

/// How careful a run is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Policy {
    pub(crate) max_class: Class,
    pub(crate) on_missing: Option<OnMissing>,
    pub(crate) protect: Vec<String>,
    pub(crate) unprotect: Vec<String>,
    pub(crate) pending: Pending,
}

/// Where optional components are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComponentSource {
    /// The folder of a kit that has the cabinets.
    pub(crate) dir: String,
}

/// How much a step may break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Nothing that changes behaviour.
    #[default]
    Safe,
    /// Something that few need.
    Aggressive,
    /// Something that is not proven.
    Experimental,
}

impl Class {
    /// The word for it in a profile.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Aggressive => "aggressive",
            Self::Experimental => "experimental",
        }
    }
}

/// What to do about a pattern that matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnMissing {
    Warn,
    Error,
    Ignore,
}

/// What to do with an image whose servicing is not finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pending {
    Fail,
    #[default]
    Skip,
    Ignore,
}
