//! Tagged items: what writers store at the end of a directory entry beyond its fixed fields.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::raw::{self, Record, U32};

/// The tagged items of a file, byte for byte as they lie on disk, with whatever follows them.
///
/// An item is a 32-bit tag, a 32-bit length, as many bytes, and padding to a multiple of 8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaggedItems(Box<[u8]>);

impl TaggedItems {
    /// The tag of an NTFS object id: 16 bytes, or 64 with the three birth ids.
    pub const OBJECT_ID: u32 = 0x0000_0001;
    /// The tag of extended attributes, also Linux': packed `FILE_FULL_EA_INFORMATION` without offsets.
    pub const EXTENDED_ATTRIBUTES: u32 = 0x0000_0002;
    /// The tag of wimlib's `--unix-data`: user, group, mode and device number, 32 bits each.
    pub const UNIX_DATA: u32 = 0x337D_D873;
    /// The tag of Linux' extended attributes as wimlib 1.11 and 1.12 wrote them.
    pub const OLD_LINUX_XATTRS: u32 = 0x337D_D874;

    /// The items that lie on disk as `bytes`, which are padded with zeros to a multiple of 8.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut padded = Vec::with_capacity(bytes.len().next_multiple_of(8));
        padded.extend_from_slice(bytes);
        padded.resize(bytes.len().next_multiple_of(8), 0);
        Self(padded.into())
    }

    /// The items as they lie on disk; a multiple of 8 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every item's tag and bytes, in order. Ends where an item would not fit; the padding that 7-Zip leaves, which
    /// looks like items with tag and length 0, is left out.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let mut rest = &*self.0;
        core::iter::from_fn(move || {
            let (front, after) = rest.split_at_checked(raw::TaggedItem::SIZE)?;
            let front: raw::TaggedItem = bytemuck::pod_read_unaligned(front);
            let (item, _) = after.split_at_checked(usize::try_from(front.length.get()).ok()?)?;
            rest = after.get(item.len().next_multiple_of(8)..).unwrap_or_default();
            Some((front.tag.get(), item))
        })
        .filter(|(tag, item)| *tag != 0 || !item.is_empty())
    }

    /// The bytes of the first item with this tag.
    pub fn get(&self, tag: u32) -> Option<&[u8]> {
        self.iter().find(|(found, _)| *found == tag).map(|(_, item)| item)
    }

    /// Adds an item after all others.
    ///
    /// # Panics
    /// If `item` is 4 GiB or longer.
    pub fn push(&mut self, tag: u32, item: &[u8]) {
        let length = u32::try_from(item.len()).expect("a tagged item is shorter than 4 GiB");
        let front = raw::TaggedItem { tag: U32::new(tag), length: U32::new(length) };
        let mut bytes = core::mem::take(&mut self.0).into_vec();
        bytes.extend_from_slice(bytemuck::bytes_of(&front));
        bytes.extend_from_slice(item);
        *self = Self::from_bytes(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_again() {
        let mut items = TaggedItems::default();
        items.push(TaggedItems::UNIX_DATA, &[1; 16]);
        items.push(7, &[2; 3]);
        items.push(7, &[]);
        assert_eq!(items.as_bytes().len(), 24 + 16 + 8);
        assert_eq!(items.iter().collect::<Vec<_>>(), [(TaggedItems::UNIX_DATA, &[1; 16][..]), (7, &[2; 3]), (7, &[])]);
        assert_eq!(items.get(7), Some(&[2; 3][..]));
        assert_eq!(items.get(8), None);
    }

    #[test]
    fn an_item_that_does_not_fit_ends_the_list() {
        let items = TaggedItems::from_bytes(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 9, 2, 0]);
        assert_eq!(items.as_bytes().len(), 24);
        assert_eq!(items.iter().collect::<Vec<_>>(), [(1, &[9][..])]);
        let overlong = TaggedItems::from_bytes(&[1, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(overlong.iter().count(), 0);
    }
}
