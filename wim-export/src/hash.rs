//! SHA-1 as the format uses it.

use sha1::{Digest, Sha1};
use wim_format::Sha1Hash;

/// Hashes data that comes in pieces.
#[derive(Clone, Default)]
pub(crate) struct Hasher(Sha1);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Sha1Hash {
        Sha1Hash(self.0.finalize().into())
    }
}

/// The SHA-1 of `bytes`.
pub(crate) fn sha1(bytes: &[u8]) -> Sha1Hash {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
