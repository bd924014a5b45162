//! Each change, on the image in memory.

use wim_export::{EditProblem, Error, Glob, ImageEditor, NewEntry, OnConflict};
use wim_format::{FileAttributes, ImageIndex};

use super::host::{self, AddOptions};
use crate::args::{Edit, EditArgs};
use crate::output::Output;
use crate::usage::Usage;
use crate::warning::Warning;

/// A change, and how it is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Add {
        source: String,
        to: String,
        how: AddOptions,
    },
    /// What is missing is an error, unless it is a pattern or `force` says otherwise; so is a directory without `recursive`.
    Remove {
        pattern: String,
        force: bool,
        recursive: bool,
    },
    Rename {
        from: String,
        to: String,
    },
    SetAttributes {
        pattern: String,
        attributes: String,
    },
    /// A security descriptor, or none.
    SetSecurity {
        pattern: String,
        sddl: String,
    },
    MakeDirectory(String),
}

impl Change {
    /// The change that was typed.
    pub(super) fn of(edit: &Edit, args: &EditArgs) -> Self {
        match edit.clone() {
            Edit::Add { source, to } => Self::add(source, to, args),
            Edit::Remove(pattern) => Self::Remove { pattern, force: false, recursive: true },
            Edit::Move(from, to) => Self::Rename { from, to },
            Edit::SetAttributes(pattern, attributes) => Self::SetAttributes { pattern, attributes },
            Edit::SetSecurity(pattern, sddl) => Self::SetSecurity { pattern, sddl },
            Edit::MakeDirectory(path) => Self::MakeDirectory(path),
        }
    }

    pub(super) fn add(source: String, to: String, args: &EditArgs) -> Self {
        let conflict = if args.no_replace { OnConflict::Keep } else { OnConflict::Replace };
        let how = AddOptions { conflict, dereference: args.dereference, unix_data: args.unix_data };
        Self::Add { source, to, how }
    }

    /// Makes the change.
    pub(super) fn make(
        &self,
        editor: &mut ImageEditor,
        file: &str,
        image: ImageIndex,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let mut warn = |code, message| {
            output.warn(Warning { code, message, file: file.to_owned(), image: Some(image.get()) });
        };
        match self {
            Self::Add { source, to, how } => host::add(editor, source, to, *how, &mut warn),
            Self::Remove { pattern, force, recursive } => remove(editor, pattern, *force, *recursive, &mut warn),
            Self::Rename { from, to } => Ok(editor.rename(from, to, true)?),
            Self::SetAttributes { pattern, attributes } => set_attributes(editor, pattern, attributes, &mut warn),
            Self::SetSecurity { pattern, sddl } => set_security(editor, pattern, sddl, &mut warn),
            Self::MakeDirectory(path) => {
                editor.add(path, NewEntry::directory(), OnConflict::Keep)?;
                Ok(())
            }
        }
    }
}

/// The paths that a pattern matches. A path that is none is one.
fn matching(
    editor: &ImageEditor,
    pattern: &str,
    force: bool,
    warn: &mut dyn FnMut(&'static str, String),
) -> anyhow::Result<Vec<String>> {
    let found = Glob::parse(pattern)?.find(editor.metadata());
    if found.is_empty() && !force {
        if !pattern.contains(['*', '?']) {
            return Err(Error::Edit { path: pattern.to_owned(), why: EditProblem::NoSuchPath }.into());
        }
        warn("NO_MATCH", format!("{pattern} matches nothing"));
    }
    Ok(found.into_iter().map(|id| editor.metadata().path(id)).collect())
}

fn remove(
    editor: &mut ImageEditor,
    pattern: &str,
    force: bool,
    recursive: bool,
    warn: &mut dyn FnMut(&'static str, String),
) -> anyhow::Result<()> {
    for path in matching(editor, pattern, force, warn)? {
        // What is in a directory that matched went with it.
        let Ok(id) = editor.find(&path) else { continue };
        if !recursive && editor.metadata().inode_of(id).is_directory() {
            return Err(Error::Edit { path, why: EditProblem::IsADirectory }.into());
        }
        editor.remove(&path)?;
    }
    Ok(())
}

fn set_attributes(
    editor: &mut ImageEditor,
    pattern: &str,
    attributes: &str,
    warn: &mut dyn FnMut(&'static str, String),
) -> anyhow::Result<()> {
    let (set, clear) = parse_attributes(attributes)?;
    for path in matching(editor, pattern, false, warn)? {
        editor.set_attributes(&path, set, clear)?;
    }
    Ok(())
}

fn set_security(
    editor: &mut ImageEditor,
    pattern: &str,
    sddl: &str,
    warn: &mut dyn FnMut(&'static str, String),
) -> anyhow::Result<()> {
    let wrong = |why| Usage::new(format!("{sddl:?} is no security descriptor: {why}"));
    let descriptor = if sddl == "none" { None } else { Some(wim_export::sddl::parse(sddl).map_err(wrong)?) };
    for path in matching(editor, pattern, false, warn)? {
        editor.set_security(&path, descriptor.as_deref())?;
    }
    Ok(())
}

/// The attributes to set and to clear, of `+hidden,-readonly`.
fn parse_attributes(text: &str) -> Result<(FileAttributes, FileAttributes), Usage> {
    const NAMES: [(&str, FileAttributes); 8] = [
        ("readonly", FileAttributes::READONLY),
        ("hidden", FileAttributes::HIDDEN),
        ("system", FileAttributes::SYSTEM),
        ("archive", FileAttributes::ARCHIVE),
        ("temporary", FileAttributes::TEMPORARY),
        ("offline", FileAttributes::OFFLINE),
        ("not_content_indexed", FileAttributes::NOT_CONTENT_INDEXED),
        ("no_scrub_data", FileAttributes::NO_SCRUB_DATA),
    ];
    let (mut set, mut clear) = (FileAttributes(0), FileAttributes(0));
    for change in text.split(',') {
        let name = change.trim_start_matches(['+', '-']);
        let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, bit)| *bit);
        let names = || NAMES.map(|(name, _)| name).join(", ");
        let bit = known.ok_or_else(|| Usage::new(format!("{change:?} is no attribute: + or -, and {}", names())))?;
        if change.starts_with('-') { clear = clear.with(bit) } else { set = set.with(bit) }
    }
    Ok((set, clear))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_set_and_cleared() {
        let (set, clear) = parse_attributes("+hidden,-ReadOnly,system").unwrap();
        assert_eq!((set, clear), (FileAttributes::HIDDEN.with(FileAttributes::SYSTEM), FileAttributes::READONLY));
        assert!(parse_attributes("+directory").is_err() && parse_attributes("").is_err());
    }
}
