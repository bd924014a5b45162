//! A tar archive cut into entries: header, records, and data that is put aside.
//!
//! The `tar` crate knows the fields of headers. Its own reader is not used: it believes every length of a record or a long
//! name, and keeps them in memory; cuts records at line ends; and does not know sparse files in PAX archives.

use std::rc::Rc;

use tar::{GnuExtSparseHeader, Header};
use wim_export::{Error, Event, Phase, Progress, Result};
use wim_format::Limits;

use super::pax::Records;
use super::source::{Held, TarSource};
use super::sparse::{MapReader, SparseMap, number};

/// Everything begins at a multiple of this.
const BLOCK: usize = 512;
/// The records of an entry take no more: some times what one has with the largest attributes of Linux.
const MAX_RECORDS: u64 = 8 << 20;
/// The records of all entries take no more.
const MAX_GLOBAL: u64 = 1 << 20;
/// A name takes no more.
const MAX_NAME: u64 = 1 << 20;
/// Blocks behind the end that are read, so that whoever writes them is not cut off.
const MAX_BEHIND: usize = 1 << 15;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    HardLink,
    Symlink,
    Directory,
    /// A device or pipe, with the type that `stat` gives it.
    Special(u32),
    /// Something that only the program knows that wrote it.
    Unknown(u8),
}

/// An entry of an archive.
pub(super) struct Entry {
    /// Where its header is.
    pub(super) offset: u64,
    pub(super) kind: Kind,
    pub(super) path: Vec<u8>,
    /// Where a link leads.
    pub(super) link: Vec<u8>,
    pub(super) header: Header,
    pub(super) records: Records,
    pub(super) global: Rc<Records>,
    /// What the archive has of a file.
    pub(super) data: Option<Held>,
    pub(super) sparse: Option<SparseMap>,
}

impl Entry {
    /// The value of a record, of this entry or of all.
    pub(super) fn record(&self, key: &str) -> Option<&[u8]> {
        self.records.get(key).or_else(|| self.global.get(key))
    }

    /// Bytes of the file.
    pub(super) fn size(&self) -> u64 {
        let stored = self.data.as_ref().map_or(0, |data| data.range.end - data.range.start);
        self.sparse.as_ref().map_or(stored, SparseMap::size)
    }
}

/// Reads entries, one after another.
pub(super) struct Entries<'a, 's> {
    source: TarSource<'s>,
    progress: &'a mut dyn Progress,
    global: Rc<Records>,
    global_size: u64,
    limits: Limits,
    /// Bytes of files so far, their holes among them.
    bytes: u64,
}

/// What precedes an entry's header.
#[derive(Default)]
struct Ahead {
    records: Records,
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
}

impl Ahead {
    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.path.is_none() && self.link.is_none()
    }
}

impl<'a, 's> Entries<'a, 's> {
    pub(super) fn new(source: TarSource<'s>, limits: &Limits, progress: &'a mut dyn Progress) -> Self {
        Self { source, progress, global: Rc::default(), global_size: 0, limits: limits.clone(), bytes: 0 }
    }

    /// What precedes all entries, once the first of them was read.
    pub(super) fn global(&self) -> Rc<Records> {
        self.global.clone()
    }

    /// The error that something is wrong at `offset`, with an entry or with the archive.
    pub(super) fn error(&self, offset: u64, path: Option<&[u8]>, why: impl Into<String>) -> Error {
        let path = path.map(|path| String::from_utf8_lossy(path).into_owned());
        Error::Tar { archive: self.source.name().to_owned(), offset, path, why: why.into() }
    }

    /// The next entry; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Entry>> {
        let mut ahead = Ahead::default();
        let (len, position) = (self.source.len(), self.source.position());
        pause(&mut *self.progress, len)(position)?;
        loop {
            let offset = self.source.position();
            let Some(header) = self.header(offset)? else {
                if !ahead.is_empty() {
                    return Err(self.error(offset, None, "records describe an entry that does not follow"));
                }
                self.drain()?;
                return Ok(None);
            };
            let invalid = "its header has a size that is no number";
            let size = header.entry_size().map_err(|_| self.error(offset, Some(&header.path_bytes()), invalid))?;
            match header.as_old().linkflag[0] {
                b'x' | b'X' => {
                    let bytes = self.bytes(offset, size, MAX_RECORDS)?;
                    ahead.records.extend(&bytes).ok_or_else(|| self.error(offset, None, INVALID_RECORDS))?;
                }
                b'g' => self.extend_global(offset, size)?,
                b'L' => ahead.path = Some(self.name(offset, size)?),
                b'K' => ahead.link = Some(self.name(offset, size)?),
                // The name of the volume.
                b'V' => self.skip_data(offset, &[], size)?,
                b'M' => return Err(self.error(offset, None, "it is one of several volumes; join them first")),
                kind => return self.entry(offset, header, kind, size, ahead).map(Some),
            }
        }
    }

    /// The next header; `None` at the end.
    fn header(&mut self, offset: u64) -> Result<Option<Header>> {
        let mut header = Header::new_old();
        let read = self.source.read(header.as_mut_bytes())?;
        if read < BLOCK {
            let why = if read == 0 && offset > 0 { NO_END } else { CUT_OFF };
            return Err(self.error(offset, None, other_format(&header.as_bytes()[..read], offset).unwrap_or(why)));
        }
        if header.as_bytes().iter().all(|&byte| byte == 0) {
            return Ok(None);
        }
        if !has_right_sum(&header) {
            let why = other_format(header.as_bytes(), offset);
            return Err(self.error(
                offset,
                None,
                why.unwrap_or("the sum of a header is wrong: the archive is damaged, or no tar"),
            ));
        }
        Ok(Some(header))
    }

    fn entry(&mut self, offset: u64, header: Header, code: u8, header_size: u64, ahead: Ahead) -> Result<Entry> {
        let Ahead { records, path, link } = ahead;
        let named = |record: &str| records.get(record).map(<[u8]>::to_vec);
        let path = named("GNU.sparse.name").or_else(|| named("path")).or(path);
        let path = path.unwrap_or_else(|| header.path_bytes().into_owned());
        let link = named("linkpath").or(link).or_else(|| header.link_name_bytes().map(|link| link.into_owned()));
        let size = match records.get("size") {
            Some(text) => number(text).ok_or_else(|| self.error(offset, Some(&path), "its size is no number"))?,
            None => header_size,
        };
        let kind = kind_of(code, &path);
        let mut entry = Entry {
            offset,
            kind,
            path,
            link: link.unwrap_or_default(),
            header,
            records,
            global: self.global.clone(),
            data: None,
            sparse: None,
        };
        match kind {
            Kind::File => self.read_data(&mut entry, code, size)?,
            // Only PAX archives repeat the data with every name.
            Kind::HardLink if entry.records.is_empty() => {}
            Kind::HardLink | Kind::Unknown(_) => self.skip_data(offset, &entry.path, size)?,
            Kind::Directory if code != DIRECTORY => self.skip_data(offset, &entry.path, size)?,
            Kind::Directory | Kind::Symlink | Kind::Special(_) => {}
        }
        Ok(entry)
    }

    /// Puts a file's data aside.
    fn read_data(&mut self, entry: &mut Entry, code: u8, size: u64) -> Result<()> {
        let (mut map, mut size) = match code {
            GNU_SPARSE => (SparseMap::of_header(&entry.header), size),
            _ => match SparseMap::of_records(&entry.records) {
                Some(None) => return self.hold(entry, size),
                map => (map.flatten(), size),
            },
        };
        if code == GNU_SPARSE && entry.header.as_gnu().is_some_and(tar::GnuHeader::is_extended) {
            map = self.more_headers(entry.offset, &entry.path, map)?;
        } else if code != GNU_SPARSE && SparseMap::is_in_data(&entry.records) {
            map = self.numbers_in_data(entry.offset, &entry.path, map, &mut size)?;
        }
        let map = map.filter(|map| map.stored_size() <= size);
        let why = "where its data belongs makes no sense";
        entry.sparse = Some(map.ok_or_else(|| self.error(entry.offset, Some(&entry.path), why))?);
        self.hold(entry, size)
    }

    fn more_headers(&mut self, offset: u64, path: &[u8], map: Option<SparseMap>) -> Result<Option<SparseMap>> {
        let Some(mut map) = map else { return Ok(None) };
        loop {
            let mut block = GnuExtSparseHeader::new();
            if self.source.read(block.as_mut_bytes())? < BLOCK {
                return Err(self.error(offset, Some(path), CUT_OFF));
            }
            if map.push_headers(block.sparse()).is_none() {
                return Ok(None);
            }
            if !block.is_extended() {
                return Ok(Some(map));
            }
        }
    }

    fn numbers_in_data(
        &mut self,
        offset: u64,
        path: &[u8],
        map: Option<SparseMap>,
        size: &mut u64,
    ) -> Result<Option<SparseMap>> {
        let Some(mut map) = map else { return Ok(None) };
        let mut reader = MapReader::default();
        loop {
            let mut block = [0; BLOCK];
            let Some(left) = size.checked_sub(BLOCK as u64) else { return Ok(None) };
            if self.source.read(&mut block)? < BLOCK {
                return Err(self.error(offset, Some(path), CUT_OFF));
            }
            *size = left;
            match reader.push(&block) {
                None => return Ok(None),
                Some(true) => return Ok(map.push_numbers(reader.numbers()).map(|()| map)),
                Some(false) => {}
            }
        }
    }

    fn hold(&mut self, entry: &mut Entry, size: u64) -> Result<()> {
        self.admit(entry, entry.sparse.as_ref().map_or(size, |map| map.size().max(size)))?;
        let len = self.source.len();
        let held = self.source.hold(size, &mut pause(&mut *self.progress, len))?;
        let why = || format!("{CUT_OFF} within its {size} bytes");
        entry.data = Some(held.ok_or_else(|| self.error(entry.offset, Some(&entry.path), why()))?);
        self.skip(entry.offset, &entry.path, padding(size))
    }

    /// Refuses a file that is larger, or with which all are, than the limits allow, before any of it is put aside.
    fn admit(&mut self, entry: &Entry, size: u64) -> Result<()> {
        self.bytes = self.bytes.saturating_add(size);
        let Limits { blob_bytes, total_bytes, .. } = self.limits;
        let why = match size > blob_bytes {
            true => format!("it has {size} bytes; --limits blob= allows {blob_bytes}"),
            false if self.bytes > total_bytes => {
                format!("up to here there are {} bytes of data; --limits total= allows {total_bytes}", self.bytes)
            }
            false => return Ok(()),
        };
        Err(self.error(entry.offset, Some(&entry.path), why))
    }

    /// Passes over data, and what fills its last block up.
    fn skip_data(&mut self, offset: u64, path: &[u8], size: u64) -> Result<()> {
        self.skip(offset, path, size)?;
        self.skip(offset, path, padding(size))
    }

    fn skip(&mut self, offset: u64, path: &[u8], bytes: u64) -> Result<()> {
        let len = self.source.len();
        let skipped = self.source.skip(bytes, &mut pause(&mut *self.progress, len))?;
        if skipped { Ok(()) } else { Err(self.error(offset, Some(path), CUT_OFF)) }
    }

    fn extend_global(&mut self, offset: u64, size: u64) -> Result<()> {
        let bytes = self.bytes(offset, size, MAX_GLOBAL)?;
        self.global_size += size;
        let mut global = (*self.global).clone();
        if self.global_size > MAX_GLOBAL {
            return Err(self.error(offset, None, format!("its records take more than {MAX_GLOBAL} bytes")));
        }
        global.extend(&bytes).ok_or_else(|| self.error(offset, None, INVALID_RECORDS))?;
        self.global = Rc::new(global);
        Ok(())
    }

    /// A name that is too long for a header; it ends with a NUL.
    fn name(&mut self, offset: u64, size: u64) -> Result<Vec<u8>> {
        let mut name = self.bytes(offset, size, MAX_NAME)?;
        let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
        name.truncate(end);
        Ok(name)
    }

    /// The data of something that belongs to an entry.
    fn bytes(&mut self, offset: u64, size: u64, limit: u64) -> Result<Vec<u8>> {
        if size > limit {
            return Err(self.error(offset, None, format!("a name or records of {size} bytes; {limit} are the limit")));
        }
        let mut bytes = vec![0; size as usize];
        if self.source.read(&mut bytes)? < bytes.len() {
            return Err(self.error(offset, None, CUT_OFF));
        }
        self.skip(offset, &[], padding(size))?;
        Ok(bytes)
    }

    /// Reads what follows the end: programs fill a record up.
    fn drain(&mut self) -> Result<()> {
        let mut block = [0; BLOCK];
        for _ in 0..MAX_BEHIND {
            if self.source.read(&mut block)? < BLOCK {
                break;
            }
        }
        Ok(())
    }
}

const DIRECTORY: u8 = b'5';
/// One of GNU tar's incremental archives: its data lists what is in it.
const DUMP_DIRECTORY: u8 = b'D';
const GNU_SPARSE: u8 = b'S';
const CUT_OFF: &str = "the archive is cut off";
const NO_END: &str = "the archive has no end mark: it was cut off, or its writer did not finish it";
const INVALID_RECORDS: &str = "the records of an extended header make no sense";

/// Bytes up to the end of a block.
const fn padding(size: u64) -> u64 {
    let over = size % BLOCK as u64;
    if over == 0 { 0 } else { BLOCK as u64 - over }
}

fn kind_of(code: u8, path: &[u8]) -> Kind {
    match code {
        // Archives older than the code for directories have them so.
        b'0' | 0 if path.ends_with(b"/") => Kind::Directory,
        b'0' | 0 | b'7' | GNU_SPARSE => Kind::File,
        b'1' => Kind::HardLink,
        b'2' => Kind::Symlink,
        b'3' => Kind::Special(crate::unix_data::CHARACTER_DEVICE),
        b'4' => Kind::Special(crate::unix_data::BLOCK_DEVICE),
        DIRECTORY | DUMP_DIRECTORY => Kind::Directory,
        b'6' => Kind::Special(crate::unix_data::PIPE),
        other => Kind::Unknown(other),
    }
}

/// Whether a header's sum is right; some old programs summed up signed bytes.
fn has_right_sum(header: &Header) -> bool {
    const SUM: std::ops::Range<usize> = 148..156;
    let bytes = header.as_bytes();
    let byte = |at: usize| if SUM.contains(&at) { b' ' } else { bytes[at] };
    let unsigned: u32 = (0..BLOCK).map(|at| u32::from(byte(at))).sum();
    let signed: i32 = (0..BLOCK).map(|at| i32::from(byte(at).cast_signed())).sum();
    header.cksum().is_ok_and(|sum| sum == unsigned || i64::from(sum) == i64::from(signed))
}

/// What the first bytes of something that is no tar archive are.
fn other_format(bytes: &[u8], offset: u64) -> Option<&'static str> {
    if offset != 0 {
        return None;
    }
    [
        (&b"\x1F\x8B"[..], "it is compressed by gzip: gzip -dc FILE | wimsmith from-tar - ..."),
        (b"\x28\xB5\x2F\xFD", "it is compressed by zstd: zstd -dc FILE | wimsmith from-tar - ..."),
        (b"\xFD7zXZ", "it is compressed by xz: xz -dc FILE | wimsmith from-tar - ..."),
        (b"BZh", "it is compressed by bzip2: bzip2 -dc FILE | wimsmith from-tar - ..."),
        (b"PK\x03\x04", "it is a zip archive, not a tar archive"),
        (b"MSWIM\0\0\0", "it is a WIM archive already"),
    ]
    .into_iter()
    .find_map(|(magic, what)| bytes.starts_with(magic).then_some(what))
}

/// Tells of progress now and then.
fn pause(progress: &mut dyn Progress, total: Option<u64>) -> impl FnMut(u64) -> Result<()> {
    move |position| match progress.event(Event::new(Phase::Read, position, total.unwrap_or(position))) {
        std::ops::ControlFlow::Continue(()) => Ok(()),
        std::ops::ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}
