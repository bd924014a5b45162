//! The compressor.

use super::items::{ItemWriter, Models};
use super::matches::Walk;
use super::menu::NearOptimalSetting;
use super::near_optimal::NearOptimalParser;
use super::text::TextBuffer;
use crate::lzms::x86::X86Filter;
use crate::matchfinder::lcp_interval::{Intervals, Packed};
use crate::matchfinder::suffix_array::SuffixSorter;
use crate::{Codec, Compressor, Level};

/// Compresses LZMS chunks.
pub struct LzmsCompressor {
    chunk_size: usize,
    filter: X86Filter,
    text: TextBuffer,
    sorter: SuffixSorter,
    intervals: Intervals<Packed>,
    parser: NearOptimalParser,
}

impl LzmsCompressor {
    /// A compressor for chunks of up to `chunk_size` bytes.
    ///
    /// # Panics
    /// If [`Codec::Lzms`] does not support `chunk_size`.
    pub fn new(chunk_size: u32, level: Level) -> Self {
        assert!(Codec::Lzms.supports(chunk_size), "LZMS has no chunks of {chunk_size} bytes");
        let chunk_size = chunk_size as usize;
        Self {
            chunk_size,
            filter: X86Filter::new(),
            text: TextBuffer::new(chunk_size),
            sorter: SuffixSorter::new(),
            intervals: Intervals::new(chunk_size),
            parser: NearOptimalParser::new(chunk_size, NearOptimalSetting::of(level)),
        }
    }
}

impl LzmsCompressor {
    /// The bytes of memory that a compressor for `chunk_size` occupies.
    pub fn memory(chunk_size: u32, level: Level) -> u64 {
        let chunk_size = chunk_size as usize;
        let tables = TextBuffer::memory(chunk_size)
            + X86Filter::MEMORY
            + SuffixSorter::MEMORY
            + Intervals::<Packed>::memory(chunk_size)
            + NearOptimalParser::memory(chunk_size, &NearOptimalSetting::of(level));
        (tables + size_of::<Self>()) as u64
    }
}

impl Compressor for LzmsCompressor {
    fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
        assert!(src.len() <= self.chunk_size, "{} bytes in chunks of {}", src.len(), self.chunk_size);
        self.filter.apply(self.text.load(src));
        let text = self.text.text();
        self.intervals.sort(text.bytes(), &mut self.sorter);
        self.intervals.build(text.bytes(), 3);
        let mut models = Models::new(src.len());
        let mut writer = ItemWriter::new(dst, &mut models);
        let mut walk = Walk::new(&mut self.intervals, src.len());
        self.parser.parse(text, &mut writer, |batch| walk.fill(batch));
        writer.finish()
    }
}
