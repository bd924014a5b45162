//! A profile: the file, read.

mod builtin;
mod error;
mod parse;
mod schema;

use std::path::Path;

use sha2::{Digest, Sha256};

pub use builtin::BUILT_IN_PROFILES;
pub use error::ProfileError;
pub use schema::{Class, Output, STEP_KINDS};

pub(super) use schema::{
    Action, Add, Applies, Assert, Background, BackgroundTarget, Component, ComponentMode, ComponentSource, Delete,
    Depends, Driver, DriverMode, Encoding, Keep, Locale, Newline, OnMissing, Pending, Policy, Registry, RegistryOp,
    RegistryValue, Rename, Requirement, ScratchSpace, SetAttr, TargetPath, Text, TimeZone, Times, Trigger, When,
    WimbootReady, WinPeShl,
};

use crate::{Error, Result};
use schema::Meta;

/// A profile: how a boot image is to be finalized.
///
/// The file is TOML; `docs/profiles.md` describes it, and `docs/profile.schema.json` does so for editors. Keys that it does
/// not know are refused, unless they begin with `x-`.
#[derive(Clone, Debug)]
pub struct Profile {
    pub(super) meta: Meta,
    pub(super) applies: Applies,
    pub(super) output: Output,
    pub(super) policy: Policy,
    pub(super) components: Option<ComponentSource>,
    pub(super) steps: Vec<Step>,
    text: String,
}

/// A step of a profile.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// From 1.
    pub(super) number: usize,
    pub(super) id: Option<String>,
    pub(super) class: Class,
    pub(super) requires: Vec<Requirement>,
    pub(super) when: When,
    pub(super) action: Action,
}

impl Step {
    /// What messages and reports call it: its id, or its number and kind.
    pub(super) fn label(&self) -> String {
        self.id.clone().unwrap_or_else(|| format!("step {} ({})", self.number, self.action.kind()))
    }
}

/// A profile's size that no profile needs.
const MAX_BYTES: u64 = 1 << 20;

impl Profile {
    /// Reads the text of a profile.
    ///
    /// # Errors
    /// If it is no TOML, or says something that no profile can: an unknown table, key or kind of step, an id twice.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        parse::parse(text)
    }

    /// Reads the profile at `path`.
    ///
    /// # Errors
    /// [`Error::Io`] if the system refuses, [`Error::Profile`] as [`Self::parse`], or if it is no UTF-8 or longer than any
    /// profile.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let fail = |source| Error::Profile { profile: path.display().to_string(), source };
        let len = std::fs::metadata(path).map_err(Error::io("read", path))?.len();
        if len > MAX_BYTES {
            return Err(fail(ProfileError::at("", None, format!("{len} bytes are more than any profile has"))));
        }
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        let text = String::from_utf8(bytes)
            .map_err(|error| fail(ProfileError::at("", None, format!("it is no UTF-8: {}", error.utf8_error()))))?;
        Self::parse(text.strip_prefix('\u{feff}').unwrap_or(&text)).map_err(fail)
    }

    /// The built-in profile of that name.
    pub fn built_in(name: &str) -> Option<Self> {
        let (_, text) = BUILT_IN_PROFILES.iter().find(|(built_in, _)| *built_in == name)?;
        Some(Self::parse(text).expect("every built-in profile is read by a test"))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.meta.name
    }

    /// Its version, as it says itself.
    pub fn version(&self) -> Option<&str> {
        self.meta.version.as_deref()
    }

    /// What it is for.
    pub fn description(&self) -> Option<&str> {
        self.meta.description.as_deref()
    }

    /// Under which licence it may be used, as it says itself.
    pub fn license(&self) -> Option<&str> {
        self.meta.license.as_deref()
    }

    /// The text that it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the new archive is to be like, where the user does not say otherwise.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Whether everything is to be compressed anew.
    pub fn recompresses(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.action, Action::Recompress))
    }

    /// How many steps it has.
    pub fn step_count(&self) -> usize {
        self.steps.len()
    }

    /// The SHA-256 of its text, in hexadecimal.
    pub fn sha256(&self) -> String {
        crate::hash::hex(&Sha256::digest(&self.text))
    }
}

/// The keys that a kind of step can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepKeys {
    /// Those of every step.
    pub common: Vec<&'static str>,
    /// Its own.
    pub own: Vec<String>,
}

/// The keys that a step of this kind can have; none if there is no such kind.
pub fn step_keys(kind: &str) -> Option<StepKeys> {
    let own = parse::keys_of(kind)?;
    Some(StepKeys { common: parse::common_keys().collect(), own })
}
