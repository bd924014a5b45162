//! Sidecars: what an image has that the folder it was extracted to cannot hold, in an archive beside the folder.
//!
//! A sidecar is a WIM archive with one image: the tree as it is in the folder, and everything about its files. It has only
//! that data which no file of the folder has: named streams, reparse points, and all of what could not be made there at all.
//! So `ls`, `cat` and `check` work on it, and nothing new has to be read that might be hostile.
//!
//! The root has one item more than in the image, which says of entries what the tree alone does not:
//!
//! ```text
//! u32  tag, length                as for every item
//! u32  bytes of the root's own items
//! then for each entry of which there is something to say:
//!   u32  its position: the root's is 0, and each entry comes before what is in it
//!   u8   0: it is not in the folder; 1: it has another name there; 2: nothing is known of it but its name
//!   u16  bytes of the other name
//!        the other name, as the host has it
//! ```
//!
//! | file | what |
//! |---|---|
//! | `write` | after an extraction |
//! | `read` | before a capture |

mod read;
mod write;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use wim_format::{DentryId, ImageMetadata, TaggedItems};

pub(crate) use read::{Sidecar, is_unchanged};
pub(crate) use write::write;

/// The tag of the root's additional item.
const TAG: u32 = 0x6D73_7769;

/// What a sidecar says of an entry beside what its image says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// It is not in the folder; all of it is in the sidecar.
    Absent,
    /// Its name in the folder.
    Renamed(OsString),
    /// It is a directory that only leads to what was extracted.
    Bare,
}

type Notes = HashMap<DentryId, Note>;

/// Where the sidecar of a folder usually is: beside it, with `.metadata.wim` behind its name.
///
/// `None` for a folder beside which there is nothing, such as the root of a file system.
pub fn usual_sidecar(folder: &Path) -> Option<PathBuf> {
    let absolute = folder.canonicalize().or_else(|_| std::path::absolute(folder)).ok()?;
    let mut name = absolute.file_name()?.to_os_string();
    name.push(".metadata.wim");
    Some(absolute.with_file_name(name))
}

/// The root's items with the notes behind them.
fn with_notes(items: &TaggedItems, metadata: &ImageMetadata, notes: &Notes) -> TaggedItems {
    let mut payload = (items.as_bytes().len() as u32).to_le_bytes().to_vec();
    for (position, (dentry, _)) in metadata.walk().enumerate() {
        let (kind, name) = match notes.get(&dentry) {
            None => continue,
            Some(Note::Absent) => (0, &b""[..]),
            Some(Note::Renamed(name)) => (1, name.as_encoded_bytes()),
            Some(Note::Bare) => (2, &b""[..]),
        };
        payload.extend((position as u32).to_le_bytes());
        payload.push(kind);
        // Names of the host are shorter than 64 KiB everywhere.
        payload.extend((name.len() as u16).to_le_bytes());
        payload.extend_from_slice(name);
    }
    let mut items = items.clone();
    items.push(TAG, &payload);
    items
}

/// The root's own items, and the notes; `None` if this is no sidecar.
fn without_notes(items: &TaggedItems, metadata: &ImageMetadata) -> Option<(TaggedItems, Notes)> {
    let payload = items.iter().filter(|(tag, _)| *tag == TAG).last()?.1;
    let (own, mut rest) = payload.split_first_chunk::<4>()?;
    let own = items.as_bytes().get(..u32::from_le_bytes(*own) as usize)?;
    let mut by_position = HashMap::new();
    while let Some((&[p0, p1, p2, p3, kind, n0, n1], after)) = rest.split_first_chunk::<7>() {
        let (name, after) = after.split_at_checked(usize::from(u16::from_le_bytes([n0, n1])))?;
        let note = match kind {
            0 => Note::Absent,
            1 => Note::Renamed(os_string(name)?),
            2 => Note::Bare,
            _ => return None,
        };
        by_position.insert(u32::from_le_bytes([p0, p1, p2, p3]), note);
        rest = after;
    }
    let walk = (0_u32..).zip(metadata.walk());
    let notes = walk.filter_map(|(position, (dentry, _))| Some((dentry, by_position.remove(&position)?))).collect();
    Some((TaggedItems::from_bytes(own), notes))
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> Option<OsString> {
    Some(std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec()))
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> Option<OsString> {
    std::str::from_utf8(bytes).ok().map(OsString::from)
}

#[cfg(test)]
mod tests {
    use wim_format::Inode;

    use super::*;

    #[test]
    fn notes_are_read_again_and_nonsense_is_none() {
        let mut metadata = ImageMetadata::new();
        let folder = metadata.add_child(metadata.root(), "b".into(), Inode::directory()).unwrap();
        let file = metadata.add_child(folder, "c".into(), Inode::default()).unwrap();
        let other = metadata.add_child(metadata.root(), "a".into(), Inode::default()).unwrap();
        let mut items = TaggedItems::default();
        items.push(7, b"own");
        let notes = Notes::from([(file, Note::Renamed("x".into())), (other, Note::Absent), (folder, Note::Bare)]);
        let with = with_notes(&items, &metadata, &notes);
        assert_eq!(without_notes(&with, &metadata), Some((items.clone(), notes)));
        assert_eq!(without_notes(&items, &metadata), None);
        for payload in [&b""[..], b"\xFF\xFF\xFF\xFF", b"\0\0\0\0\0\0\0\0\x01\x09\0a", b"\0\0\0\0\0\0\0\0\x07\0\0"] {
            let mut nonsense = items.clone();
            nonsense.push(TAG, payload);
            assert_eq!(without_notes(&nonsense, &metadata), None, "{payload:?}");
        }
    }
}
