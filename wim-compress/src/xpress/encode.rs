//! The XPRESS compressor: a match finder and a parser, by level.

use super::emit::Code;
use super::incompressible::Incompressible;
use super::items::Items;
use super::lazy::LazyParser;
use super::near_optimal::NearOptimalParser;
use super::{LENGTHS_SIZE, MAX_CHUNK};
use crate::level::{XpressParser, XpressSetting};
use crate::matchfinder::SLACK;
use crate::matchfinder::hash_chain::{ChainCursor, HashChains};
use crate::{Codec, Compressor, Level};

/// No chunk is smaller: the codeword lengths and two words.
const MIN_SIZE: usize = LENGTHS_SIZE + 4;

// Positions fit in 16 bits. The tables have room for the two slots a position of chunks of 32 KiB.
const WINDOW: usize = MAX_CHUNK + SLACK;
const HEADS4: usize = 1 << 16;
const HEADS3: usize = 1 << 15;

pub(super) type Chains = HashChains<u16, WINDOW, HEADS4, HEADS3>;
pub(super) type ChainsCursor<'f> = ChainCursor<'f, u16, WINDOW, HEADS4, HEADS3>;

/// Compresses XPRESS chunks.
///
/// ```
/// use wim_compress::xpress::{XpressCompressor, XpressDecompressor};
/// use wim_compress::{Compressor, Decompressor, Level};
///
/// let data = b"abracadabra, abracadabra, abracadabra".repeat(20);
/// let mut packed = vec![0; data.len() - 1];
/// let size = XpressCompressor::new(4096, Level::DEFAULT).compress(&data, &mut packed).expect("it shrinks");
///
/// let mut unpacked = vec![0; data.len()];
/// XpressDecompressor::new(4096).decompress(&packed[..size], &mut unpacked)?;
/// assert_eq!(unpacked, data);
/// # Ok::<(), wim_compress::DecodeError>(())
/// ```
pub struct XpressCompressor {
    chunk_size: usize,
    parser: Parser,
    items: Items,
}

enum Parser {
    Lazy(LazyParser),
    NearOptimal(NearOptimalParser),
}

impl XpressCompressor {
    /// A compressor for chunks of up to `chunk_size` bytes.
    ///
    /// # Panics
    /// If [`Codec::Xpress`] does not support `chunk_size`.
    pub fn new(chunk_size: u32, level: Level) -> Self {
        assert!(Codec::Xpress.supports(chunk_size), "XPRESS has no chunks of {chunk_size} bytes");
        let chunk_size = chunk_size as usize;
        let setting = XpressSetting::of(level);
        let parser = match setting.parser {
            XpressParser::Greedy | XpressParser::Lazy => Parser::Lazy(LazyParser::new(setting)),
            XpressParser::NearOptimal { passes } => {
                Parser::NearOptimal(NearOptimalParser::new(setting, passes, chunk_size))
            }
        };
        Self { chunk_size, parser, items: Items::new(chunk_size) }
    }

    /// The bytes of memory that a compressor occupies.
    ///
    /// # Panics
    /// If [`Codec::Xpress`] does not support `chunk_size`.
    pub fn memory(chunk_size: u32, level: Level) -> u64 {
        assert!(Codec::Xpress.supports(chunk_size), "XPRESS has no chunks of {chunk_size} bytes");
        let setting = XpressSetting::of(level);
        let chunk_size = chunk_size as usize;
        let parser = match setting.parser {
            XpressParser::NearOptimal { .. } => NearOptimalParser::memory(setting, chunk_size),
            XpressParser::Greedy | XpressParser::Lazy => Chains::memory(chunk_size),
        };
        (size_of::<Self>() + Incompressible::MEMORY + parser + Items::memory(chunk_size)) as u64
    }
}

impl Compressor for XpressCompressor {
    fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
        assert!(src.len() <= self.chunk_size, "{} bytes in chunks of {}", src.len(), self.chunk_size);
        if dst.len() < MIN_SIZE {
            return None;
        }
        self.items.clear();
        match &mut self.parser {
            Parser::Lazy(parser) => parser.parse(src, dst.len(), &mut self.items)?,
            Parser::NearOptimal(parser) => parser.parse(src, dst.len(), &mut self.items)?,
        }
        let code = Code::new(&mut self.items);
        if code.size(&self.items) > dst.len() {
            return None;
        }
        Some(code.write(&self.items, dst))
    }
}
