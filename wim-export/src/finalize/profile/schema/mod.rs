//! What a profile can say: the file's tables as types. Everything that a step can say is in [`Action`].
//!
//! | file | what |
//! |---|---|
//! | `header` | the tables beside the steps |
//! | `step` | what every step can say |
//! | `files`, `text`, `registry`, `parts` | what each kind of step can say |

mod files;
mod header;
mod parts;
mod registry;
mod step;
mod text;

use serde::Deserialize;

pub(crate) use files::{Add, Assert, Delete, Keep, Rename, SetAttr, Times};
pub(crate) use header::{Applies, ComponentSource, Meta, OnMissing, Pending, Policy};
pub use header::{Class, Output};
pub(crate) use parts::{
    Background, BackgroundTarget, Component, ComponentMode, Depends, Driver, DriverMode, Trigger, WimbootReady,
};
pub(crate) use registry::{Locale, Registry, RegistryOp, RegistryValue, ScratchSpace, TargetPath, TimeZone};
pub(crate) use step::{Common, Requirement, When};
pub(crate) use text::{Encoding, Newline, Text, WinPeShl};

/// A table of the kinds of steps: for each the word in the file, the variant, and the type of what it says, which is called as
/// the variant; then those that have nothing to say.
macro_rules! actions {
    ($($kind:literal $variant:ident,)* ; $($mute_kind:literal $mute_variant:ident,)*) => {
        /// What a step does.
        #[derive(Clone, Debug)]
        pub(crate) enum Action {
            $($variant($variant),)*
            $($mute_variant,)*
        }

        /// The kinds of steps, as a profile names them.
        pub const STEP_KINDS: &[&str] = &[$($kind,)* $($mute_kind),*];

        impl Action {
            /// Reads what a step of that kind says; none if there is no such kind.
            pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(kind: &str, from: D) -> Option<Result<Self, D::Error>> {
                match kind {
                    $($kind => Some($variant::deserialize(from).map(Self::$variant)),)*
                    $($mute_kind => Some(Nothing::deserialize(from).map(|Nothing {}| Self::$mute_variant)),)*
                    _ => None,
                }
            }

            /// The word for it.
            pub(crate) const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $kind,)*
                    $(Self::$mute_variant => $mute_kind,)*
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
    "note" Note,
    ;
    "recompress" Recompress,
    "verify" Verify,
}

/// Says something in the report.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    pub(crate) text: String,
}

/// What a step says that has nothing to say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

const fn yes() -> bool {
    true
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
