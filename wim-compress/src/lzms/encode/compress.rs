//! The compressor.

use super::items::{ItemWriter, Models};
use super::matches::Walk;
use super::menu::NearOptimalSetting;
use super::near_optimal::NearOptimalParser;
use super::text::{Text, TextBuffer};
use crate::lzms::x86::X86Filter;
use crate::matchfinder::lcp_interval::{Cells, Intervals, Packed, Wide};
use crate::matchfinder::suffix_array::SuffixSorter;
use crate::{Codec, Compressor, Level};

/// The shortest match that is looked for.
const MIN_MATCH: usize = 3;

/// Compresses LZMS chunks.
pub struct LzmsCompressor {
    chunk_size: usize,
    filter: X86Filter,
    text: TextBuffer,
    sorter: SuffixSorter,
    tree: Tree,
    parser: NearOptimalParser,
}

/// The LCP intervals, in cells that have room for the chunk's positions.
enum Tree {
    Packed(Intervals<Packed>),
    Wide(Intervals<Wide>),
}

impl Tree {
    fn new(chunk_size: usize) -> Self {
        if chunk_size <= Packed::MAX_LEN {
            Self::Packed(Intervals::new(chunk_size))
        } else {
            Self::Wide(Intervals::new(chunk_size))
        }
    }

    const fn memory(chunk_size: usize) -> usize {
        if chunk_size <= Packed::MAX_LEN {
            Intervals::<Packed>::memory(chunk_size)
        } else {
            Intervals::<Wide>::memory(chunk_size)
        }
    }
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
            tree: Tree::new(chunk_size),
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
            + Tree::memory(chunk_size)
            + NearOptimalParser::memory(chunk_size, &NearOptimalSetting::of(level));
        (tables + size_of::<Self>()) as u64
    }
}

impl Compressor for LzmsCompressor {
    fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
        assert!(src.len() <= self.chunk_size, "{} bytes in chunks of {}", src.len(), self.chunk_size);
        self.filter.apply(self.text.load(src));
        let Self { text, sorter, parser, .. } = self;
        match &mut self.tree {
            Tree::Packed(intervals) => compress(text.text(), sorter, intervals, parser, dst),
            Tree::Wide(intervals) => compress(text.text(), sorter, intervals, parser, dst),
        }
    }
}

/// The stages, one after another: sort the suffixes, build their tree, walk it for matches while the parser chooses among them.
fn compress<C: Cells>(
    text: Text<'_>,
    sorter: &mut SuffixSorter,
    intervals: &mut Intervals<C>,
    parser: &mut NearOptimalParser,
    dst: &mut [u8],
) -> Option<usize> {
    let len = text.bytes().len();
    intervals.sort(text.bytes(), sorter);
    intervals.build(text.bytes(), MIN_MATCH);
    let mut models = Models::new(len);
    let mut writer = ItemWriter::new(dst, &mut models);
    let mut walk = Walk::new(intervals, len);
    parser.parse(text, &mut writer, |batch| walk.fill(batch));
    writer.finish()
}
