//! Security data: the table of descriptors at the start of a metadata resource.

use super::{offsets, pad8, patch};

/// The security identifier of the Administrators.
const ADMINISTRATORS: [u8; 16] = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
/// Self-relative, with a DACL.
const CONTROL: u16 = 0x8004;
/// The size of a descriptor's fixed part in bytes.
const FIXED_LENGTH: u32 = 20;

/// A small valid self-relative descriptor: Administrators own it and have the access `mask`.
pub fn descriptor(mask: u32) -> Vec<u8> {
    let sid = ADMINISTRATORS.len() as u32;
    let ace_length = 8 + sid;
    let mut dacl = vec![2, 0];
    dacl.extend(((8 + ace_length) as u16).to_le_bytes());
    dacl.extend([1, 0, 0, 0, 0, 0]);
    dacl.extend((ace_length as u16).to_le_bytes());
    dacl.extend(mask.to_le_bytes());
    dacl.extend(ADMINISTRATORS);
    with_dacl(&dacl)
}

/// A descriptor whose access list is there and empty: nobody may do anything.
pub fn empty_dacl_descriptor() -> Vec<u8> {
    with_dacl(&[2, 0, 8, 0, 0, 0, 0, 0])
}

/// Owner, group and an access list.
fn with_dacl(dacl: &[u8]) -> Vec<u8> {
    let sid = ADMINISTRATORS.len() as u32;
    let mut bytes = vec![1, 0];
    bytes.extend(CONTROL.to_le_bytes());
    for offset in [FIXED_LENGTH, FIXED_LENGTH + sid, 0, FIXED_LENGTH + 2 * sid] {
        bytes.extend(offset.to_le_bytes());
    }
    bytes.extend(ADMINISTRATORS);
    bytes.extend(ADMINISTRATORS);
    bytes.extend(dacl);
    bytes
}

/// The block of security descriptors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityBlock {
    /// The descriptors; a dentry's security id is an index of these.
    pub descriptors: Vec<Vec<u8>>,
    patches: Vec<(usize, Vec<u8>)>,
}

impl SecurityBlock {
    /// Overwrites bytes of the block; see [`offsets::security`].
    pub fn patch(&mut self, offset: usize, bytes: impl AsRef<[u8]>) {
        self.patches.push((offset, bytes.as_ref().to_vec()));
    }

    /// The bytes of the block, padded to 8, with the patches applied.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![0; offsets::security::SIZES];
        for descriptor in &self.descriptors {
            bytes.extend((descriptor.len() as u64).to_le_bytes());
        }
        bytes.extend(self.descriptors.iter().flatten());
        pad8(&mut bytes);
        let total = bytes.len() as u32;
        patch(&mut bytes, offsets::security::TOTAL_LENGTH, &total.to_le_bytes());
        patch(&mut bytes, offsets::security::COUNT, &(self.descriptors.len() as u32).to_le_bytes());
        for (offset, with) in &self.patches {
            patch(&mut bytes, *offset, with);
        }
        bytes
    }
}
