//! What wimlib's `--unix-data` keeps of a Unix system: owner, group, mode, device, extended attributes.

use wim_format::{Inode, TaggedItems};

/// Owner, group, mode and device of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnixData {
    pub(crate) user: u32,
    pub(crate) group: u32,
    /// Type and permissions, as `stat` has them.
    pub(crate) mode: u32,
    /// The device's number, in Linux' 32 bits.
    pub(crate) device: u32,
}

/// Replaces the item of that tag, or takes it away.
#[cfg(all(target_os = "linux", feature = "mount"))]
pub(crate) fn set_item(items: &mut TaggedItems, tag: u32, item: Option<&[u8]>) {
    let mut others = TaggedItems::default();
    items.iter().filter(|(other, _)| *other != tag).for_each(|(tag, item)| others.push(tag, item));
    if let Some(item) = item {
        others.push(tag, item);
    }
    *items = others;
}

/// Adds owner, group, mode, device and extended attributes of the file at `path`, which has this metadata, to the items of its
/// inode, as wimlib's `--unix-data` does. On hosts other than Unix there is nothing to add.
pub fn push_unix_data(items: &mut TaggedItems, path: &std::path::Path, metadata: &std::fs::Metadata) {
    crate::host::push_unix_data(items, path, metadata);
}

/// The part of a mode that is the file's type, and its values.
const TYPE_MASK: u32 = 0o170_000;
pub(crate) const PIPE: u32 = 0o010_000;
pub(crate) const CHARACTER_DEVICE: u32 = 0o020_000;
pub(crate) const BLOCK_DEVICE: u32 = 0o060_000;
const SOCKET: u32 = 0o140_000;
pub(crate) const REGULAR: u32 = 0o100_000;
pub(crate) const DIRECTORY: u32 = 0o040_000;
pub(crate) const SYMLINK: u32 = 0o120_000;

/// A device's number in Linux' 32 bits.
pub(crate) const fn device(major: u32, minor: u32) -> u32 {
    minor & 0xFF | (major & 0xFFF) << 8 | (minor & 0xFFF00) << 12
}

impl UnixData {
    const LEN: usize = 16;

    /// What is kept of a file, if anything.
    pub(crate) fn of(inode: &Inode) -> Option<Self> {
        let bytes: &[u8; Self::LEN] = inode.tagged.get(TaggedItems::UNIX_DATA)?.first_chunk()?;
        let field = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Some(Self { user: field(0), group: field(4), mode: field(8), device: field(12) })
    }

    /// Adds it to a file's items.
    pub(crate) fn push_to(self, items: &mut TaggedItems) {
        let fields = [self.user, self.group, self.mode, self.device];
        items.push(TaggedItems::UNIX_DATA, &fields.map(u32::to_le_bytes).concat());
    }

    /// The device's numbers.
    pub(crate) const fn major_and_minor(self) -> (u32, u32) {
        (self.device >> 8 & 0xFFF, self.device & 0xFF | self.device >> 12 & 0xFFF00)
    }

    /// The file's type.
    pub(crate) const fn kind(self) -> u32 {
        self.mode & TYPE_MASK
    }

    /// Whether it is a device, a pipe or a socket.
    pub(crate) fn is_special(self) -> bool {
        matches!(self.kind(), PIPE | CHARACTER_DEVICE | BLOCK_DEVICE | SOCKET)
    }
}

/// The extended attributes of a file: names with their prefix, such as `user.foo`, and values. Ends where an entry does not
/// fit.
pub(crate) fn extended_attributes(inode: &Inode) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = inode.tagged.get(TaggedItems::EXTENDED_ATTRIBUTES).unwrap_or_default();
    std::iter::from_fn(move || {
        let ([value_len @ .., name_len, _flags], after) = rest.split_first_chunk::<4>()?;
        let (name, after) = after.split_at_checked(usize::from(*name_len))?;
        let after = after.strip_prefix(&[0])?;
        let (value, after) = after.split_at_checked(usize::from(u16::from_le_bytes(*value_len)))?;
        rest = after;
        (!name.is_empty() && !name.contains(&0)).then_some((name, value))
    })
}

/// Adds extended attributes to a file's items. Those that do not fit are left out; how many.
pub(crate) fn push_extended_attributes(items: &mut TaggedItems, attributes: &[(Vec<u8>, Vec<u8>)]) -> usize {
    let mut packed = Vec::new();
    let mut left_out = 0;
    for (name, value) in attributes {
        match (u8::try_from(name.len()), u16::try_from(value.len())) {
            (Ok(name_len), Ok(value_len)) => {
                packed.extend(value_len.to_le_bytes());
                packed.extend([name_len, 0]);
                packed.extend_from_slice(name);
                packed.push(0);
                packed.extend_from_slice(value);
            }
            _ => left_out += 1,
        }
    }
    if !packed.is_empty() {
        items.push(TaggedItems::EXTENDED_ATTRIBUTES, &packed);
    }
    left_out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_again() {
        let mut inode = Inode::default();
        assert_eq!(UnixData::of(&inode), None);
        let data = UnixData { user: 1000, group: 100, mode: 0o010_644, device: 0x0801 };
        data.push_to(&mut inode.tagged);
        let long = (b"user.long".to_vec(), vec![7; 70_000]);
        let attributes = [(b"user.a".to_vec(), b"1".to_vec()), long, (b"user.b".to_vec(), Vec::new())];
        assert_eq!(push_extended_attributes(&mut inode.tagged, &attributes), 1);
        assert_eq!(UnixData::of(&inode), Some(data));
        assert!(data.is_special());
        let found: Vec<_> = extended_attributes(&inode).collect();
        assert_eq!(found, [(&b"user.a"[..], &b"1"[..]), (b"user.b", b"")]);
    }

    #[test]
    fn nonsense_ends_the_list() {
        for bytes in [&b"\xff\xff\x01\0a\0"[..], b"\0\0\0\0\0", b"\0\0\x02\0a", b"\0\0\x02\0a\0\0", b""] {
            let mut inode = Inode::default();
            inode.tagged.push(TaggedItems::EXTENDED_ATTRIBUTES, bytes);
            assert_eq!(extended_attributes(&inode).count(), 0, "{bytes:?}");
        }
    }
}
