//! Every cap, in one place.

/// Bytes of all bins. Windows stops at 2 GiB; offsets and sizes up to here fit every field.
pub(crate) const BINS_BYTES: usize = 1 << 30;
/// Levels of keys; Windows has the same limit.
pub(crate) const DEPTH: usize = 512;
/// UTF-16 units of a key's name; Windows has the same limit.
pub(crate) const KEY_NAME: usize = 255;
/// UTF-16 units of a value's name; Windows has the same limit.
pub(crate) const VALUE_NAME: usize = 16_383;
/// Bytes of data in one cell, where the version has no segments.
pub(crate) const PLAIN_DATA: usize = 1 << 20;
/// Bytes of data in segments, whose number is 16 bits.
pub(crate) const BIG_DATA: usize = u16::MAX as usize * crate::raw::SEGMENT;
/// Keys of one list. Windows splits lists at about this size, too; a cell of this many is well under a page.
pub(crate) const LIST_KEYS: usize = 506;
/// Bytes of a registration file that is written, about. Real ones are some hundred megabytes.
pub(crate) const EXPORT_BYTES: usize = 1 << 30;
