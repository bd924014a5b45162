//! Where links lead: the data of symbolic links and junctions.

use std::fmt::Write as _;

use wim_export::{Archive, Result};
use wim_format::{Inode, Name, ReparseInfo};

/// Windows' largest reparse buffer. What is larger is no link.
const MAX_DATA: u64 = 16 << 10;

/// What a reparse point is, as JSON names it.
pub(super) fn kind(inode: &Inode) -> &'static str {
    match inode.reparse.map(|reparse| reparse.tag) {
        Some(ReparseInfo::SYMLINK) => "symlink",
        Some(ReparseInfo::MOUNT_POINT) => "junction",
        Some(ReparseInfo::WOF) => "wof",
        Some(ReparseInfo::DEDUP) => "dedup",
        Some(ReparseInfo::LX_SYMLINK) => "lx_symlink",
        _ => "other",
    }
}

/// Where a link leads, if it is one and its data makes sense.
pub(super) fn target(archive: &Archive, inode: &Inode) -> Result<Option<String>> {
    let Some(reparse) = inode.reparse else { return Ok(None) };
    let hash = inode.reparse_hash();
    let Some(blob) = archive.blob(&hash).filter(|blob| blob.size <= MAX_DATA) else { return Ok(None) };
    if !matches!(reparse.tag, ReparseInfo::SYMLINK | ReparseInfo::MOUNT_POINT | ReparseInfo::LX_SYMLINK) {
        return Ok(None);
    }
    let data = archive.read_blob(&hash, 0..blob.size)?;
    Ok(parse(reparse.tag, &data))
}

/// The target in the data of a link: what Windows shows of it, or else what it follows.
fn parse(tag: u32, data: &[u8]) -> Option<String> {
    /// Four offsets and lengths.
    const MOUNT_POINT_HEADER: usize = 8;
    /// The same, and flags.
    const SYMLINK_HEADER: usize = 12;
    /// A version.
    const LX_HEADER: usize = 4;
    let names = match tag {
        ReparseInfo::SYMLINK => data.get(SYMLINK_HEADER..)?,
        ReparseInfo::MOUNT_POINT => data.get(MOUNT_POINT_HEADER..)?,
        _ => return Some(String::from_utf8_lossy(data.get(LX_HEADER..)?).into_owned()),
    };
    let field = |at: usize| data.get(at..at + 2).map(|bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    let name = |at: usize| names.get(field(at)?..)?.get(..field(at + 2)?);
    let (substitute, print) = (name(0)?, name(4)?);
    Some(show(if print.is_empty() { substitute } else { print }))
}

/// A path in UTF-16LE, with what is no text in its names escaped as in any name.
fn show(path: &[u8]) -> String {
    let units: Vec<u16> = path.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
    let mut shown = String::new();
    for (position, name) in units.split(|&unit| unit == u16::from(b'\\')).enumerate() {
        let separator = if position == 0 { "" } else { "\\" };
        // Writing to a string cannot fail.
        let _ = write!(shown, "{separator}{}", Name::from_units(name.to_vec()));
    }
    shown
}

#[cfg(test)]
mod tests {
    use testdata::build::reparse::{junction, symlink};

    use super::*;

    #[test]
    fn links_lead_where_windows_shows_them_to_lead() {
        let link = symlink(r"..\plain.txt", r"..\plain.txt", true);
        assert_eq!(parse(ReparseInfo::SYMLINK, &link).as_deref(), Some(r"..\plain.txt"));
        let mount = junction(r"\??\C:\folder", r"C:\folder");
        assert_eq!(parse(ReparseInfo::MOUNT_POINT, &mount).as_deref(), Some(r"C:\folder"));
        let bare = junction(r"\??\C:\folder", "");
        assert_eq!(parse(ReparseInfo::MOUNT_POINT, &bare).as_deref(), Some(r"\??\C:\folder"));
        assert_eq!(parse(ReparseInfo::LX_SYMLINK, b"\x02\0\0\0a/b").as_deref(), Some("a/b"));
    }

    #[test]
    fn nonsense_leads_nowhere() {
        let link = symlink("target", "target", true);
        for len in 0..link.len() {
            // Cut off anywhere, the target is there whole or not at all; and nothing panics.
            let target = parse(ReparseInfo::SYMLINK, &link[..len]);
            assert!(target.is_none_or(|target| target == "target"), "{len}");
        }
        let mut wild = link;
        wild[4..8].fill(0xFF);
        assert_eq!(parse(ReparseInfo::SYMLINK, &wild), None);
    }
}
