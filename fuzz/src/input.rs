//! Numbers off the front of the input, for targets whose property has parameters.

use wim_format::Compression;

/// The rest of an input. After its end come zeros, so that every input means something.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// Up to `len` bytes.
    pub(crate) fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (front, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        front
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let front = self.bytes(N);
        let mut array = [0; N];
        array[..front.len()].copy_from_slice(front);
        array
    }

    pub(crate) fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.array())
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    pub(crate) fn compression(&mut self) -> Compression {
        let all = [Compression::None, Compression::Xpress, Compression::Lzx, Compression::Lzms];
        all[usize::from(self.u8()) % all.len()]
    }

    /// One of the chunk sizes that the format has for `compression`, up to `max`.
    pub(crate) fn chunk_size(&mut self, compression: Compression, max: u32) -> u32 {
        let sizes = (0..=max.ilog2()).map(|order| 1 << order);
        let sizes: Vec<u32> = sizes.filter(|&size| compression.accepts_chunk_size(size)).collect();
        sizes[usize::from(self.u8()) % sizes.len()]
    }

    /// Whether everything was taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }
}
