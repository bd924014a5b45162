//! Registration files (.reg): what regedit imports and exports.

mod apply;
mod export;
mod parse;
mod text;

use alloc::string::String;
use alloc::vec::Vec;

use crate::value::Value;

/// A registration file's changes, in order.
///
/// Paths are complete, with the registry's root: `HKEY_LOCAL_MACHINE\SYSTEM\Setup`. Names are written as
/// [`Name`](wim_format::Name) shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegFile {
    /// What it changes.
    pub entries: Vec<RegEntry>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegEntry {
    /// The line of the file, from 1.
    pub line: usize,
    /// The key's path.
    pub path: String,
    /// What becomes of it.
    pub change: RegChange,
}

/// What becomes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegChange {
    /// `[KEY]`: it is made if it is missing.
    Create,
    /// `[-KEY]`: it is deleted with all below it.
    Delete,
    /// `"NAME"=DATA`: a value is set; `@` is the default value, whose name is empty.
    Set(String, Value),
    /// `"NAME"=-`: a value is deleted.
    DeleteValue(String),
}
