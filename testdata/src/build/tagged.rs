//! The tagged items that may follow the names of a dentry.

use super::pad8;

/// The tag of an NTFS object id.
pub const OBJECT_ID: u32 = 1;
/// The tag of extended attributes.
pub const EXTENDED_ATTRIBUTES: u32 = 2;
/// The tag of wimlib's uid, gid, mode and device number.
pub const UNIX_DATA: u32 = 0x337D_D873;

/// One item: tag, length, payload, padding to 8 bytes.
pub fn item(tag: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = tag.to_le_bytes().to_vec();
    bytes.extend((payload.len() as u32).to_le_bytes());
    bytes.extend(payload);
    pad8(&mut bytes);
    bytes
}

/// The item of wimlib's `--unix-data`.
pub fn unix_data(uid: u32, gid: u32, mode: u32, rdev: u32) -> Vec<u8> {
    item(UNIX_DATA, &[uid, gid, mode, rdev].map(u32::to_le_bytes).concat())
}

/// The item of a 64-byte NTFS object id.
pub fn object_id(id: [u8; 64]) -> Vec<u8> {
    item(OBJECT_ID, &id)
}

/// The item of one extended attribute. The name is shorter than 256 bytes, the value shorter than 65536.
pub fn extended_attribute(name: &str, value: &[u8]) -> Vec<u8> {
    let mut payload = (value.len() as u16).to_le_bytes().to_vec();
    payload.extend([name.len() as u8, 0]);
    payload.extend(name.as_bytes());
    payload.push(0);
    payload.extend(value);
    item(EXTENDED_ATTRIBUTES, &payload)
}
