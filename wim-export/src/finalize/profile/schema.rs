//! What a profile can say: the file's tables as types. Everything that a step can say is in [`Action`].

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
    #[expect(dead_code, reason = "for people")]
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

/// What has to hold for a step to be done; otherwise it is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Requirement {
    CleanHives,
    NoPending,
}

/// On which images a step is done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct When {
    pub(crate) arch: Vec<String>,
    pub(crate) if_exists: Vec<String>,
    pub(crate) if_missing: Vec<String>,
    pub(crate) min_build: Option<u32>,
    pub(crate) max_build: Option<u32>,
    pub(crate) env: Option<String>,
}

/// What every step can say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Common {
    pub(crate) id: Option<String>,
    pub(crate) class: Class,
    pub(crate) comment: Option<String>,
    pub(crate) requires: OneOrMany<Requirement>,
    pub(crate) when: When,
}

/// One thing, or a list of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A table of the kinds of steps: for each the word in the file, the variant and the type of what it says.
macro_rules! actions {
    ($($kind:literal $variant:ident,)*) => {
        /// What a step does.
        #[derive(Clone, Debug)]
        #[allow(dead_code, reason = "some kinds have nothing to say, or are not available yet")]
        pub(crate) enum Action {
            $($variant($variant),)*
        }

        /// The kinds of steps, as a profile names them.
        pub const STEP_KINDS: &[&str] = &[$($kind),*];

        impl Action {
            /// Reads what a step of that kind says; none if there is no such kind.
            pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(kind: &str, from: D) -> Option<Result<Self, D::Error>> {
                match kind {
                    $($kind => Some($variant::deserialize(from).map(Self::$variant)),)*
                    _ => None,
                }
            }

            /// The word for it.
            pub(crate) const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $kind,)*
                }
            }
        }
    };
}

actions! {
    "assert" Assert,
    "delete" Delete,
    "add" Add,
    "rename" Rename,
    "set_attr" SetAttr,
    "text" Text,
    "winpeshl" WinPeShl,
    "registry" Registry,
    "scratch_space" ScratchSpace,
    "target_path" TargetPath,
    "locale" Locale,
    "timezone" TimeZone,
    "driver" Driver,
    "component" Component,
    "background" Background,
    "wimboot_ready" WimbootReady,
    "recompress" Recompress,
    "verify" Verify,
    "note" Note,
}

/// Stops the run unless these things hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Assert {
    pub(crate) exists: Vec<String>,
    pub(crate) absent: Vec<String>,
    pub(crate) min_size: Option<u64>,
    pub(crate) message: Option<String>,
}

/// Removes what matches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delete {
    pub(crate) paths: Vec<String>,
    #[serde(default)]
    pub(crate) except: Vec<String>,
    #[serde(default)]
    pub(crate) keep: Keep,
    #[serde(default)]
    pub(crate) max_entries: Option<u64>,
}

/// Which directories a deletion leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Keep {
    /// None: the one before a final `**` goes, too.
    #[default]
    None,
    /// The one before a final `**`.
    Root,
    /// All of them: only files go.
    Tree,
}

/// Adds a file or a folder of the host.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Add {
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) attributes: Vec<String>,
    #[serde(default)]
    pub(crate) security: Option<String>,
    #[serde(default = "yes")]
    pub(crate) overlay: bool,
    #[serde(default)]
    pub(crate) if_newer: bool,
    #[serde(default)]
    pub(crate) locale_dir: Option<String>,
}

const fn yes() -> bool {
    true
}

/// Moves something.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rename {
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) overwrite: bool,
}

/// Sets attributes and times.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetAttr {
    pub(crate) paths: Vec<String>,
    #[serde(default)]
    pub(crate) set: Vec<String>,
    #[serde(default)]
    pub(crate) clear: Vec<String>,
    #[serde(default)]
    pub(crate) times: Times,
}

/// Which times to give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Times {
    #[default]
    Source,
    Epoch,
}

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

/// Adds drivers, to be loaded when the image starts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Driver {
    pub(crate) from: Vec<String>,
    #[serde(default)]
    pub(crate) mode: DriverMode,
    #[serde(default = "drivers_folder")]
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) trigger: Trigger,
}

fn drivers_folder() -> String {
    r"\Drivers".to_owned()
}

/// How drivers get into the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DriverMode {
    #[default]
    Drvload,
    Store,
}

/// What loads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Trigger {
    #[default]
    Startnet,
    None,
}

/// Installs an optional component.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Component {
    pub(crate) name: Option<String>,
    pub(crate) cab: Vec<String>,
    /// There is one way so far, and the file can say so.
    #[allow(dead_code, reason = "checked by its type")]
    pub(crate) mode: ComponentMode,
    pub(crate) depends: Depends,
    pub(crate) language: Option<String>,
}

/// How a component gets into the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ComponentMode {
    #[default]
    SideLoad,
}

/// Whether what a component needs is installed with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Depends {
    #[default]
    Auto,
    Explicit,
}

/// Replaces the picture behind everything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Background {
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) target: BackgroundTarget,
}

/// Whose picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BackgroundTarget {
    #[default]
    Auto,
    WinPe,
    WinRe,
}

/// Adds what boot loaders take out of an image, out of the kit's media folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WimbootReady {
    #[serde(default)]
    pub(crate) media: Option<String>,
    #[serde(default = "yes")]
    pub(crate) require: bool,
    #[serde(default = "yes")]
    pub(crate) bcd: bool,
    #[serde(default)]
    pub(crate) sdi_to: Vec<String>,
}

/// Compresses everything anew.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recompress {}

/// Checks that the image can still boot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verify {}

/// Says something in the report.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    pub(crate) text: String,
}

impl Action {
    /// The class that such a step has at least.
    pub(crate) const fn least_class(&self) -> Class {
        match self {
            Self::Component(_) => Class::Experimental,
            Self::Driver(Driver { mode: DriverMode::Store, .. }) => Class::Experimental,
            _ => Class::Safe,
        }
    }
}
