//! Files and folders of the host, added to an image.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wim_export::{Error, HostFile, ImageEditor, NewBlob, NewEntry, OnConflict};
use wim_format::{FileAttributes, ReparseInfo};

use super::file_time;

/// Levels of folders that are followed at most: with --dereference, links may lead in circles.
const MAX_DEPTH: usize = 256;

/// How something is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AddOptions {
    /// What becomes of files that are there.
    pub(super) conflict: OnConflict,
    /// Add what links lead to.
    pub(super) dereference: bool,
    /// Keep owners, groups, modes and extended attributes.
    pub(super) unix_data: bool,
}

/// Adds what is at `source`: a file, or all that is in a folder.
pub(super) fn add(
    editor: &mut ImageEditor,
    source: &str,
    to: &str,
    how: AddOptions,
    warn: &mut dyn FnMut(&'static str, String),
) -> anyhow::Result<()> {
    let path = Path::new(source);
    // What is named itself is followed in any case: somebody wrote its name.
    let metadata = fs::metadata(path).map_err(io(path))?;
    let mut to = to.replace('/', "\\");
    let is_directory = editor.find(&to).is_ok_and(|id| editor.metadata().inode_of(id).is_directory());
    if metadata.is_file() && (is_directory || to.ends_with('\\')) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        to = format!("{}\\{name}", to.trim_end_matches('\\'));
    }
    Adder { editor, how, links: HashMap::new(), warn }.add(path, &to, &metadata, 0)
}

/// Adds a tree.
struct Adder<'a> {
    editor: &'a mut ImageEditor,
    how: AddOptions,
    /// The files with several names that were added, and where.
    links: HashMap<(u64, u64), String>,
    warn: &'a mut dyn FnMut(&'static str, String),
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action: "read", path, source }
}

impl Adder<'_> {
    fn add(&mut self, path: &Path, to: &str, metadata: &Metadata, depth: usize) -> anyhow::Result<()> {
        if depth > MAX_DEPTH {
            return Err(
                Error::Source { path: path.to_owned(), why: "its folders are too deep, or lead in a circle" }.into()
            );
        }
        if metadata.is_dir() {
            return self.add_folder(path, to, metadata, depth);
        }
        if metadata.is_symlink() {
            let target = fs::read_link(path).map_err(io(path))?;
            return self.add_entry(symlink(&target), path, to, metadata);
        }
        if !metadata.is_file() {
            (self.warn)("SPECIAL_FILE", format!("{} is neither file nor folder, and is left out", path.display()));
            return Ok(());
        }
        let identity = identity(metadata);
        if let Some(first) = identity.and_then(|identity| self.links.get(&identity)).cloned() {
            return self.add_link(to, &first);
        }
        let blob = NewBlob::new(path.display().to_string(), Arc::new(HostFile::new(path)?));
        self.add_entry(NewEntry::file(blob), path, to, metadata)?;
        if let Some(identity) = identity {
            self.links.insert(identity, to.to_owned());
        }
        Ok(())
    }

    fn add_folder(&mut self, path: &Path, to: &str, metadata: &Metadata, depth: usize) -> anyhow::Result<()> {
        self.add_entry(NewEntry::directory(), path, to, metadata)?;
        let mut children: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(path).map_err(io(path))? {
            children.push(entry.map_err(io(path))?.path());
        }
        children.sort();
        for child in children {
            let metadata = if self.how.dereference { fs::metadata(&child) } else { fs::symlink_metadata(&child) };
            let metadata = metadata.map_err(io(&child))?;
            let Some(name) = child.file_name().and_then(|name| name.to_str()).filter(|name| !name.contains('\\'))
            else {
                (self.warn)("NAME", format!("{} has a name that no image can have, and is left out", child.display()));
                continue;
            };
            self.add(&child, &format!("{}\\{name}", to.trim_end_matches('\\')), &metadata, depth + 1)?;
        }
        Ok(())
    }

    fn add_entry(&mut self, mut entry: NewEntry, path: &Path, to: &str, metadata: &Metadata) -> anyhow::Result<()> {
        if self.how.unix_data {
            wim_fs::push_unix_data(&mut entry.inode.tagged, path, metadata);
        }
        let written = metadata.modified().map(file_time).unwrap_or_default();
        entry.inode.creation_time = written;
        entry.inode.last_write_time = written;
        entry.inode.last_access_time = metadata.accessed().map(file_time).unwrap_or(written);
        self.editor.add(to, entry, self.how.conflict)?;
        Ok(())
    }

    /// Another name of a file that was added before.
    fn add_link(&mut self, to: &str, first: &str) -> anyhow::Result<()> {
        if self.editor.exists(to) {
            match self.how.conflict {
                OnConflict::Keep => return Ok(()),
                OnConflict::Replace => self.editor.remove(to)?,
                OnConflict::Refuse => {
                    return Err(Error::Edit { path: to.to_owned(), why: wim_export::EditProblem::Exists }.into());
                }
            };
        }
        self.editor.add_link(to, first)?;
        Ok(())
    }
}

/// What tells a file with several names from others.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;

    (metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// A symbolic link as Windows has it: its data is two names, for the kernel and for people, here the same.
fn symlink(target: &Path) -> NewEntry {
    const RELATIVE: u32 = 1;
    let text = target.to_string_lossy().replace('/', "\\");
    let name: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let len = u16::try_from(name.len()).unwrap_or(u16::MAX);
    let mut data = Vec::with_capacity(12 + 2 * name.len());
    for field in [0, len, len, len] {
        data.extend(field.to_le_bytes());
    }
    data.extend(RELATIVE.to_le_bytes());
    data.extend(&name);
    data.extend(&name);
    let reparse = ReparseInfo { tag: ReparseInfo::SYMLINK, reserved: 0, flags: ReparseInfo::NOT_FIXED };
    NewEntry::reparse_point(FileAttributes(0), reparse, NewBlob::new(text, Arc::new(data)))
}
