//! Decoders and buffers that outlive a job: a thread takes one, uses it, and puts it back.

use std::sync::{Mutex, PoisonError};

use wim_compress::{Codec, DecodeError, Decompressor};
use wim_format::Compression;

use crate::archive::Extent;

/// The codec that decodes `compression`, or `None` for raw data.
pub(crate) const fn codec(compression: Compression) -> Option<Codec> {
    match compression {
        Compression::None => None,
        Compression::Xpress => Some(Codec::Xpress),
        Compression::Lzx => Some(Codec::Lzx),
        Compression::Lzms => Some(Codec::Lzms),
    }
}

/// Things that are costly to make and that any thread may use next.
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T> Pool<T> {
    /// Something that `fits`, if one is idle.
    pub(crate) fn take(&self, fits: impl Fn(&T) -> bool) -> Option<T> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let position = idle.iter().rposition(fits)?;
        Some(idle.swap_remove(position))
    }

    /// Puts `thing` back. After a panic it is simply gone: nothing half-used comes back.
    pub(crate) fn put(&self, thing: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(thing);
    }
}

struct Idle {
    codec: Codec,
    chunk_size: u32,
    decompressor: Box<dyn Decompressor>,
}

/// Idle decompressors of any codec and chunk size.
#[derive(Default)]
pub(crate) struct Decoders(Pool<Idle>);

impl Decoders {
    /// Decodes a chunk of `extent`: `src` into the whole of `dst`. A chunk as large as its data is stored raw, whatever
    /// the codec.
    pub(crate) fn decode_chunk(&self, extent: &Extent, src: &[u8], dst: &mut [u8]) -> Result<(), DecodeError> {
        let len = dst.len();
        self.decode_front(extent, src, dst, len).map(|_| ())
    }

    /// The same for at least the first `wanted` bytes of the chunk; returns how many of `dst`, which has room for all of it,
    /// are decoded.
    pub(crate) fn decode_front(
        &self,
        extent: &Extent,
        src: &[u8],
        dst: &mut [u8],
        wanted: usize,
    ) -> Result<usize, DecodeError> {
        if src.len() == dst.len() {
            dst.copy_from_slice(src);
            return Ok(dst.len());
        }
        let (compression, chunk_size) = extent.codec();
        let codec = codec(compression).ok_or(DecodeError::BadBlock)?;
        let idle = self.0.take(|idle| idle.codec == codec && idle.chunk_size == chunk_size);
        let mut idle = idle.unwrap_or_else(|| Idle { codec, chunk_size, decompressor: codec.decompressor(chunk_size) });
        let result = idle.decompressor.decompress_front(src, dst, wanted);
        self.0.put(idle);
        result
    }
}

/// Idle byte buffers. They keep their length, so that taking one again costs no clearing.
#[derive(Default)]
pub(crate) struct Buffers(Pool<Vec<u8>>);

impl Buffers {
    /// A buffer of at least `len` bytes, with anything in them.
    pub(crate) fn take(&self, len: usize) -> Vec<u8> {
        if len == 0 {
            return Vec::new();
        }
        let mut buffer =
            self.0.take(|buffer| buffer.len() >= len).or_else(|| self.0.take(|_| true)).unwrap_or_default();
        if buffer.len() < len {
            buffer.resize(len, 0);
        }
        buffer
    }

    /// Puts a buffer back, unless it holds nothing.
    pub(crate) fn put(&self, buffer: Vec<u8>) {
        if !buffer.is_empty() {
            self.0.put(buffer);
        }
    }
}
