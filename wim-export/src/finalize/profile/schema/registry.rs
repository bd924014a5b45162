//! Steps about the registry: any of it, and settings of Windows PE that are values in it.

use serde::Deserialize;

/// Changes a registry hive.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    pub(crate) hive: String,
    #[serde(default)]
    pub(crate) op: Option<RegistryOp>,
    #[serde(default)]
    pub(crate) key: Option<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) value: Option<RegistryValue>,
    #[serde(default)]
    pub(crate) reg_file: Option<String>,
}

/// What to do to a hive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RegistryOp {
    Set,
    DeleteValue,
    DeleteKey,
    EnsureKey,
}

/// A value as a profile writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum RegistryValue {
    Number(i64),
    Text(String),
    Texts(Vec<String>),
    Bytes(Vec<u8>),
}

/// Sets the memory for what is written while the image runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScratchSpace {
    pub(crate) mb: u32,
}

/// Sets the drive and folder that the image believes to run from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetPath {
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) sync_systemroot: bool,
}

/// Sets language, keyboard and region.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Locale {
    pub(crate) ui: Option<String>,
    pub(crate) input: Option<String>,
    pub(crate) lcid: Option<String>,
}

/// Sets the time zone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeZone {
    pub(crate) windows_id: String,
}
