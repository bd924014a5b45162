//! Importing registration files.

use alloc::string::String;

use super::{RegChange, RegEntry, RegFile};
use crate::error::{Error, Result};
use crate::hive::Hive;
use crate::name;

impl Hive {
    /// Does what a registration file says. `root` is the hive's place in the registry, such as
    /// `HKEY_LOCAL_MACHINE\SYSTEM`; `CurrentControlSet` is the control set that is selected, see [`Hive::resolve`].
    ///
    /// # Errors
    /// When an entry is not below `root`, or cannot be done; [`Error::RegFile`] has its line. Nothing is changed then.
    pub fn import(&mut self, file: &RegFile, root: &str) -> Result<()> {
        let mut hive = self.clone();
        for entry in &file.entries {
            hive.import_entry(entry, root).map_err(|error| match error {
                Error::RegFile { .. } => error,
                other => Error::RegFile { line: entry.line, what: alloc::format!("{other}") },
            })?;
        }
        *self = hive;
        Ok(())
    }

    fn import_entry(&mut self, entry: &RegEntry, root: &str) -> Result<()> {
        let path = below(&entry.path, root).ok_or_else(|| Error::RegFile {
            line: entry.line,
            what: alloc::format!("{} is not below {root}, where this hive is", entry.path),
        })?;
        let path = self.resolve(&path);
        match &entry.change {
            RegChange::Create => self.create_key(&path).map(drop),
            RegChange::Delete => self.delete_key(&path).map(drop),
            RegChange::Set(name, value) => self.set_value(&path, name, value),
            RegChange::DeleteValue(name) => self.delete_value(&path, name).map(drop),
        }
    }
}

/// The rest of a path that begins with all names of `root`, in any case.
fn below(path: &str, root: &str) -> Option<String> {
    let mut names = path.split('\\');
    for expected in name::path(root) {
        let name = wim_format::Name::parse_escaped(names.next()?);
        if !name.eq_ignore_case(&expected) {
            return None;
        }
    }
    Some(names.collect::<alloc::vec::Vec<_>>().join("\\"))
}
