//! A cabinet's directory: its folders, and the files in them ([MS-CAB] 2.2 to 2.4).
//!
//! It is read here, and not by the `cab` crate that decompresses the folders, for two reasons. The crate takes the place of a file
//! in its folder on trust, and panics over one that lies behind the folder's data. And it gives only files, each of which is
//! decompressed from the start of its folder, so that reading all takes time that goes up with the square of their number. With the
//! directory at hand, every folder is read once, from front to back.

use crate::component::ComponentProblem;

const MAGIC: &[u8; 4] = b"MSCF";
/// A folder number from here on means that the file goes on in another cabinet.
const FIRST_SPANNING_FOLDER: u16 = 0xFFFD;

const FLAG_PREVIOUS: u16 = 1;
const FLAG_NEXT: u16 = 2;
const FLAG_RESERVE: u16 = 4;

/// A file of a cabinet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    /// The number of its folder.
    pub(super) folder: usize,
    /// Where it lies in the folder's data.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a cabinet has.
#[derive(Debug)]
pub(super) struct Layout {
    /// The bytes of each folder's data.
    pub(super) folders: Vec<usize>,
    pub(super) files: Vec<File>,
    /// Where the entries of files begin.
    pub(super) entries_at: usize,
}

type Result<T> = std::result::Result<T, ComponentProblem>;

/// Reads the directory of a cabinet. Every file lies in its folder's data.
pub(super) fn parse(bytes: &[u8]) -> Result<Layout> {
    let mut header = Cursor { bytes, at: 0 };
    if header.take(MAGIC.len())? != MAGIC {
        return Err(damaged("the magic does not match", 0));
    }
    header.skip(12)?;
    let entries_at = header.u32()? as usize;
    header.skip(6)?;
    let (folder_count, file_count, flags) = (header.u16()?, header.u16()?, header.u16()?);
    header.skip(4)?;
    let (mut folder_reserve, mut data_reserve) = (0, 0);
    if flags & FLAG_RESERVE != 0 {
        let header_reserve = header.u16()?;
        (folder_reserve, data_reserve) = (header.u8()?, header.u8()?);
        header.skip(header_reserve.into())?;
    }
    if flags & (FLAG_PREVIOUS | FLAG_NEXT) != 0 {
        return Err(damaged("a part of a set of cabinets", 0));
    }
    let mut folders = Vec::new();
    for _ in 0..folder_count {
        let (data_at, block_count) = (header.u32()?, header.u16()?);
        header.skip(2 + usize::from(folder_reserve))?;
        folders.push(folder_size(bytes, data_at as usize, block_count, data_reserve.into())?);
    }
    let mut entries = Cursor { bytes, at: entries_at };
    let files = (0..file_count).map(|_| file(&mut entries, &folders)).collect::<Result<_>>()?;
    Ok(Layout { folders, files, entries_at })
}

/// The size of a folder's data, by the headers of its blocks.
fn folder_size(bytes: &[u8], data_at: usize, block_count: u16, reserve: usize) -> Result<usize> {
    let mut blocks = Cursor { bytes, at: data_at };
    let mut size = 0;
    for _ in 0..block_count {
        blocks.skip(4)?;
        let (stored, uncompressed) = (blocks.u16()?, blocks.u16()?);
        blocks.skip(reserve + usize::from(stored))?;
        size += usize::from(uncompressed);
    }
    Ok(size)
}

fn file(entries: &mut Cursor<'_>, folders: &[usize]) -> Result<File> {
    let at = entries.at;
    let (size, start, folder) = (entries.u32()? as usize, entries.u32()? as usize, entries.u16()?);
    entries.skip(6)?;
    let name = entries.text()?;
    if folder >= FIRST_SPANNING_FOLDER {
        return Err(damaged("a file that goes on in another cabinet", at));
    }
    let folder = usize::from(folder);
    let end = start.checked_add(size).filter(|&end| folders.get(folder).is_some_and(|&size| end <= size));
    let end = end.ok_or_else(|| damaged("a file outside its folder", at))?;
    // A folder without any data is not decompressed, so that there is no place in it.
    let (start, end) = if size == 0 { (0, 0) } else { (start, end) };
    Ok(File { name, folder, start, end })
}

pub(super) fn damaged(what: &str, offset: usize) -> ComponentProblem {
    ComponentProblem::Cabinet { what: what.to_owned(), offset: offset as u64 }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, size: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(size);
        let taken =
            end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| damaged("it ends too early", self.at))?;
        self.at += size;
        Ok(taken)
    }

    fn skip(&mut self, size: usize) -> Result<()> {
        self.take(size).map(|_| ())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("as many bytes as were taken"))
    }

    fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// A text up to a zero byte. Those that are not marked as UTF-8 are in a code page that the cabinet does not tell; names of
    /// packages are ASCII.
    fn text(&mut self) -> Result<String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|&byte| byte == 0).ok_or_else(|| damaged("a name without an end", self.at))?;
        self.at += end + 1;
        Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
    }
}
