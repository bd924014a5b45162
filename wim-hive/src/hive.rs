//! A whole hive: reading and checking it, finding keys, writing it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use wim_format::FileTime;
use wim_format::raw::{U32, U64};

use crate::cells::Cells;
use crate::check::{self, CellSet, Findings};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::name;
use crate::raw::{self, BLOCK, BaseHead, CHECKSUM_OFFSET, Record, SecurityRecord};

/// A registry hive in memory. It has passed the structural check, and so does what [`Hive::to_bytes`] writes.
///
/// Paths are names between `\`, without a root; case does not count. Names are written as [`Name`](wim_format::Name) shows them.
#[derive(Clone)]
pub struct Hive {
    base: Vec<u8>,
    pub(crate) root: u32,
    pub(crate) minor: u32,
    pub(crate) cells: Cells,
    pub(crate) findings: Findings,
    /// The time that changed keys get.
    pub(crate) time: FileTime,
    pub(crate) changed: bool,
}

impl fmt::Debug for Hive {
    /// What is in it, without its bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hive").field("statistics", &self.statistics()).field("changed", &self.changed).finish()
    }
}

/// What is in a hive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HiveStatistics {
    /// Keys, with the root.
    pub keys: u64,
    /// Values of all keys.
    pub values: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of free cells.
    pub free_bytes: u64,
    /// Cells in use that nothing refers to: space that its writer lost.
    pub lost_cells: u64,
    /// Security descriptors whose count of keys is wrong. Writing the hive puts it right.
    pub miscounted_descriptors: u64,
}

impl Hive {
    /// Bytes of the base block, with which a hive begins.
    pub const BASE_BLOCK: usize = BLOCK;

    /// Checks the base block alone: whether it is a hive, and clean, without reading more of it.
    ///
    /// # Errors
    /// As [`Self::parse`], as far as the base block tells.
    pub fn check_base_block(front: &[u8]) -> Result<()> {
        let base = front.get(..BLOCK).ok_or(Error::NotAHive)?;
        let head: BaseHead = raw::read(base);
        check_base(&head, base)
    }

    /// Reads a hive, and checks all of it.
    ///
    /// # Errors
    /// When it is no hive, is dirty, or something in it is not as it has to be.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let (base, rest) = bytes.split_at_checked(BLOCK).ok_or(Error::NotAHive)?;
        let head: BaseHead = raw::read(base);
        check_base(&head, base)?;
        let size = head.bins_size.get() as usize;
        let bins = rest
            .get(..size)
            .ok_or(Error::Corrupt { what: "the file ends before its bins do", offset: bytes.len() as u64 })?;
        let mut allocated = CellSet::for_bins_of(size);
        let cells = Cells::parse(bins, |cell| allocated.insert(cell))?;
        let root = head.root.get();
        let findings = check::check(&cells, allocated, root)?;
        let time = FileTime(head.last_written.get());
        Ok(Self { base: base.to_vec(), root, minor: head.minor.get(), cells, findings, time, changed: false })
    }

    /// Writes the hive, clean; unchanged, it is what was read, without what may follow its bins. What is written is read
    /// and checked again.
    ///
    /// # Errors
    /// When what was written does not pass the check, which would be this library's fault. Nothing of it should be kept.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        if !self.changed {
            return Ok([&self.base, self.cells.bytes()].concat());
        }
        let mut hive = self.clone();
        let bytes = hive.write();
        let again = Self::parse(&bytes)?;
        let counts = |hive: &Self| (hive.findings.keys, hive.findings.values, hive.findings.security.clone());
        if counts(&again) != counts(self) || again.findings.miscounted > 0 {
            return Err(Error::Corrupt { what: "what was written is not what was to be written", offset: 0 });
        }
        Ok(bytes)
    }

    fn write(&mut self) -> Vec<u8> {
        for (&cell, &count) in &self.findings.security {
            let mut record: SecurityRecord = self.cells.read(cell);
            record.references = U32::new(count);
            self.cells.put(cell, &record);
        }
        let mut head: BaseHead = raw::read(&self.base);
        let sequence = head.primary.get().wrapping_add(1);
        (head.primary, head.secondary) = (U32::new(sequence), U32::new(sequence));
        head.last_written = U64::new(self.time.0);
        head.root = U32::new(self.root);
        head.bins_size = U32::new(self.cells.bytes().len() as u32);
        let mut base = self.base.clone();
        base[..BaseHead::SIZE].copy_from_slice(bytemuck::bytes_of(&head));
        let sum = checksum(&base);
        base[CHECKSUM_OFFSET..][..4].copy_from_slice(&sum.to_le_bytes());
        base.extend(self.cells.bytes_at(self.time.0));
        base
    }

    /// The root key.
    pub fn root(&self) -> Key<'_> {
        Key::new(self, self.root)
    }

    /// The key at a path, if there is one; the root's path is empty.
    pub fn find(&self, path: &str) -> Option<Key<'_>> {
        name::path(path).try_fold(self.root(), |key, name| key.subkey(&name))
    }

    /// The key at a path.
    ///
    /// # Errors
    /// When there is none.
    pub fn key(&self, path: &str) -> Result<Key<'_>> {
        self.find(path).ok_or_else(|| Error::NoSuchKey(path.into()))
    }

    /// A path in a SYSTEM hive whose first name, `CurrentControlSet`, is replaced by the control set that
    /// `Select\Current` names: it exists in a running Windows only. Any other path is returned as it is.
    pub fn resolve(&self, path: &str) -> String {
        const ALIAS: &str = "CurrentControlSet";
        let bare = path.trim_start_matches('\\');
        let (first, rest) = bare.split_once('\\').unwrap_or((bare, ""));
        let current = || self.find("Select")?.value(&"Current".into())?.number();
        match current().filter(|_| first.eq_ignore_ascii_case(ALIAS)) {
            Some(number) if rest.is_empty() => alloc::format!("ControlSet{number:03}"),
            Some(number) => alloc::format!("ControlSet{number:03}\\{rest}"),
            None => path.to_string(),
        }
    }

    /// The time that changed keys get. It is the hive's own until this is called, so that the same edits of the same hive
    /// give the same bytes.
    pub fn set_time(&mut self, time: FileTime) {
        self.time = time;
    }

    /// Whether it was changed since it was read.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// What is in it.
    pub fn statistics(&self) -> HiveStatistics {
        HiveStatistics {
            keys: self.findings.keys,
            values: self.findings.values,
            bytes: (BLOCK + self.cells.bytes().len()) as u64,
            free_bytes: self.cells.free_bytes(),
            lost_cells: self.findings.lost,
            miscounted_descriptors: self.findings.miscounted,
        }
    }
}

/// Checks everything of the base block but what it refers to.
fn check_base(head: &BaseHead, base: &[u8]) -> Result<()> {
    const MINOR_VERSIONS: core::ops::RangeInclusive<u32> = 3..=6;
    if head.magic != raw::BASE_MAGIC {
        return Err(Error::NotAHive);
    }
    let unsupported = |field, value: U32| Err(Error::Unsupported { field, value: value.get() });
    if head.major.get() != 1 {
        return unsupported("major version", head.major);
    }
    if !MINOR_VERSIONS.contains(&head.minor.get()) {
        return unsupported("minor version", head.minor);
    }
    if head.file_type.get() != 0 {
        return unsupported("file type (0 is a hive, others are its logs)", head.file_type);
    }
    if head.format.get() != 1 {
        return unsupported("format", head.format);
    }
    let (stated, actual) = (raw::number(base, CHECKSUM_OFFSET / 4), checksum(base));
    if stated != actual {
        return Err(Error::Checksum { stated, actual });
    }
    let (primary, secondary) = (head.primary.get(), head.secondary.get());
    if primary != secondary {
        return Err(Error::Dirty { primary, secondary });
    }
    Ok(())
}

/// The base block's checksum: its words before the checksum, XORed; 0 and -1 are not used.
fn checksum(base: &[u8]) -> u32 {
    match (0..CHECKSUM_OFFSET / 4).fold(0, |sum, index| sum ^ raw::number(base, index)) {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    }
}
