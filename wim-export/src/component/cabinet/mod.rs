//! Cabinets: what packages come in.

mod layout;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use layout::{Layout, damaged};

use super::ComponentProblem;
use crate::{Error, ReadAt, Result};

/// No optional component's cabinet is near this size, and it is read into memory.
const MAX_BYTES: u64 = 512 << 20;
/// The same for what it decompresses to.
const MAX_UNCOMPRESSED: u64 = 2 << 30;

/// The name that a folder's data has as a file, in the directory made for reading folders.
const FOLDER_NAME: &[u8; 2] = b"0\0";
/// The bytes of a file's entry before its name.
const ENTRY_SIZE: usize = 16;
/// Where a cabinet's header has the number of files.
const FILE_COUNT_AT: usize = 28;

/// A cabinet, decompressed into memory.
#[derive(Debug)]
pub struct Cabinet {
    members: Vec<Member>,
    /// The members' numbers by name in lower case.
    by_name: HashMap<String, usize>,
}

/// A file of a cabinet. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Member {
    name: String,
    folder: Arc<Vec<u8>>,
    start: usize,
    end: usize,
}

impl Cabinet {
    /// Reads the cabinet at `path`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Component`] if it is damaged, goes on in another cabinet, or is too large.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let mut bytes = Vec::new();
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(Error::io("read", path))?;
        Self::parse(bytes).map_err(|why| Error::Component { component: path.display().to_string(), why })
    }

    /// Reads a cabinet.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn parse(bytes: Vec<u8>) -> Result<Self, ComponentProblem> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ComponentProblem::TooLarge { what: "bytes in a cabinet", limit: MAX_BYTES });
        }
        let layout = layout::parse(&bytes)?;
        if layout.folders.iter().map(|&size| size as u64).sum::<u64>() > MAX_UNCOMPRESSED {
            return Err(ComponentProblem::TooLarge { what: "decompressed bytes", limit: MAX_UNCOMPRESSED });
        }
        let folders = read_folders(bytes, &layout)?;
        let member = |file: layout::File| Member {
            name: file.name,
            folder: Arc::clone(&folders[file.folder]),
            start: file.start,
            end: file.end,
        };
        let members: Vec<Member> = layout.files.into_iter().map(member).collect();
        let names = members.iter().map(|member| member.name.to_ascii_lowercase());
        let by_name = names.enumerate().map(|(number, name)| (name, number)).collect();
        Ok(Self { members, by_name })
    }

    /// Its files, in order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The file of that name, in any case.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.by_name.get(&name.to_ascii_lowercase()).map(|&number| &self.members[number])
    }
}

/// Decompresses every folder. For the crate that does it, the directory is replaced by one in which each folder's data is one file.
/// It fits where the old one was, as every folder that has a file had an entry there.
fn read_folders(mut bytes: Vec<u8>, layout: &Layout) -> Result<Vec<Arc<Vec<u8>>>, ComponentProblem> {
    let mut data = Vec::new();
    for (number, &size) in layout.folders.iter().enumerate() {
        if !layout.files.iter().any(|file| file.folder == number && file.end > file.start) {
            data.push(Arc::default());
            continue;
        }
        bytes[FILE_COUNT_AT..FILE_COUNT_AT + 2].copy_from_slice(&1u16.to_le_bytes());
        let end = layout.entries_at + ENTRY_SIZE + FOLDER_NAME.len();
        let entry =
            bytes.get_mut(layout.entries_at..end).ok_or_else(|| damaged("no room for a name", layout.entries_at))?;
        entry[..4].copy_from_slice(&(size as u32).to_le_bytes());
        entry[4..8].fill(0);
        entry[8..10].copy_from_slice(&(number as u16).to_le_bytes());
        entry[ENTRY_SIZE..].copy_from_slice(FOLDER_NAME);
        let failed = |error: io::Error| damaged(&error.to_string(), 0);
        let mut cabinet = cab::Cabinet::new(Cursor::new(&bytes)).map_err(failed)?;
        let mut folder = Vec::new();
        cabinet.read_file("0").and_then(|mut file| file.read_to_end(&mut folder)).map_err(failed)?;
        if folder.len() != size {
            return Err(damaged("a folder with less data than its blocks claim", 0));
        }
        data.push(Arc::new(folder));
    }
    Ok(data)
}

impl Member {
    /// Its name, with folders before it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its data.
    pub fn data(&self) -> &[u8] {
        &self.folder[self.start..self.end]
    }
}

impl ReadAt for Member {
    fn len(&self) -> io::Result<u64> {
        ReadAt::len(self.data())
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.data().read_exact_at(buf, offset)
    }
}

#[cfg(test)]
mod tests;
