//! The compressor: the E8 filter, a parser by level, and blocks.

use alloc::boxed::Box;

use super::encoder::Encoder;
use super::lazy::LazyParser;
use super::near_optimal::NearOptimalParser;
use super::parser::{Effort, MAX_STRETCH, Parser};
use super::priors;
use super::text::TEXT_SLACK;
use crate::level::{LzxFinder, LzxParser, LzxSetting};
use crate::lzx::tables::{MAX_ORDER, MIN_ORDER, window_order};
use crate::matchfinder::binary_tree::BinaryTrees;
use crate::matchfinder::hash_chain::HashChains;
use crate::matchfinder::nearest::NearestMatches;
use crate::{Codec, Compressor, Level};

/// The sizes of what holds the chunk: one for the chunk size that nearly all images have, one for all larger ones. The latter is for
/// the largest, but memory that a chunk does not touch is not made resident.
const SMALL_TEXT: usize = (1 << MIN_ORDER) + TEXT_SLACK;
const LARGE_TEXT: usize = (1 << MAX_ORDER) + TEXT_SLACK;

/// The sizes of what parsers keep by position: twice the stretch that is parsed at a time.
const SMALL_NODES: usize = 2 << MIN_ORDER;
const LARGE_NODES: usize = 2 * MAX_STRETCH;

/// The sizes of match finders' tables.
const SMALL_HEADS4: usize = 1 << 16;
const LARGE_HEADS4: usize = 1 << 20;
const SMALL_HEADS3: usize = 1 << 15;
const LARGE_HEADS3: usize = 1 << 16;

type SmallChains = HashChains<u16, SMALL_TEXT, SMALL_HEADS4, SMALL_HEADS3>;
type LargeChains = HashChains<u32, LARGE_TEXT, LARGE_HEADS4, LARGE_HEADS3>;
type SmallTrees = BinaryTrees<u16, SMALL_TEXT, SMALL_HEADS4, SMALL_HEADS3>;
type SmallNearest = NearestMatches<SMALL_TEXT, SMALL_HEADS4>;
type LargeTrees = BinaryTrees<u32, LARGE_TEXT, LARGE_HEADS4, LARGE_HEADS3>;

type SmallLazy<const QUICK: bool> = LazyParser<QUICK, u16, SMALL_TEXT, SMALL_HEADS4, SMALL_HEADS3>;
type LargeLazy<const QUICK: bool> = LazyParser<QUICK, u32, LARGE_TEXT, LARGE_HEADS4, LARGE_HEADS3>;
type SmallOptimal<F> = NearOptimalParser<F, SMALL_TEXT, SMALL_NODES>;
type LargeOptimal<F> = NearOptimalParser<F, LARGE_TEXT, LARGE_NODES>;

/// Compresses LZX chunks.
///
/// What would shrink by a few bytes at most is not compressed: that takes more time than anything else, and gains nothing.
///
/// ```
/// use wim_compress::lzx::{LzxCompressor, LzxDecompressor};
/// use wim_compress::{Compressor, Decompressor, Level};
///
/// let data = b"abracadabra, abracadabra, abracadabra".repeat(20);
/// let mut packed = vec![0; data.len() - 1];
/// let size = LzxCompressor::new(32768, Level::DEFAULT).compress(&data, &mut packed).expect("it shrinks");
///
/// let mut unpacked = vec![0; data.len()];
/// LzxDecompressor::new(32768).decompress(&packed[..size], &mut unpacked)?;
/// assert_eq!(unpacked, data);
/// # Ok::<(), wim_compress::DecodeError>(())
/// ```
pub struct LzxCompressor {
    chunk_size: usize,
    encoder: AnyEncoder,
}

enum AnyEncoder {
    Small(Encoder<SMALL_TEXT>),
    Large(Encoder<LARGE_TEXT>),
}

impl LzxCompressor {
    /// A compressor for chunks of up to `chunk_size` bytes.
    ///
    /// # Panics
    /// If LZX has no such chunk size (see [`Codec::supports`]).
    pub fn new(chunk_size: u32, level: Level) -> Self {
        assert!(Codec::Lzx.supports(chunk_size), "LZX has no chunks of {chunk_size} bytes");
        let order = window_order(chunk_size);
        let chunk_size = chunk_size as usize;
        let setting = LzxSetting::of(level);
        let encoder = match order {
            MIN_ORDER => AnyEncoder::Small(Encoder::new(
                order,
                chunk_size,
                small_parser(setting),
                &priors::SMALL,
                setting.segment.into(),
            )),
            _ => AnyEncoder::Large(Encoder::new(
                order,
                chunk_size,
                large_parser(setting),
                &priors::LARGE,
                setting.segment.into(),
            )),
        };
        Self { chunk_size, encoder }
    }

    /// The bytes of memory that a compressor touches.
    ///
    /// # Panics
    /// If LZX has no such chunk size (see [`Codec::supports`]).
    pub fn memory(chunk_size: u32, level: Level) -> u64 {
        assert!(Codec::Lzx.supports(chunk_size), "LZX has no chunks of {chunk_size} bytes");
        let setting = LzxSetting::of(level);
        let small = window_order(chunk_size) == MIN_ORDER;
        let (chunk_size, stretch) = (chunk_size as usize, MAX_STRETCH.min(chunk_size as usize));
        let finder = match (setting.finder, small) {
            (LzxFinder::Chains, true) => SmallChains::memory(chunk_size),
            (LzxFinder::Chains | LzxFinder::Nearest, false) => LargeChains::memory(chunk_size),
            (LzxFinder::Nearest, true) => SmallNearest::memory(chunk_size),
            (LzxFinder::Trees, true) => SmallTrees::memory(chunk_size),
            (LzxFinder::Trees, false) => LargeTrees::memory(chunk_size),
        };
        let parser = match setting.parser {
            LzxParser::Quick | LzxParser::Lazy => size_of::<SmallLazy<false>>(),
            LzxParser::NearOptimal { .. } => SmallOptimal::<SmallTrees>::memory(stretch),
        };
        (size_of::<Self>() + finder + parser + Encoder::<SMALL_TEXT>::memory(chunk_size)) as u64
    }
}

impl Compressor for LzxCompressor {
    fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
        assert!(src.len() <= self.chunk_size, "{} bytes in chunks of {}", src.len(), self.chunk_size);
        match &mut self.encoder {
            AnyEncoder::Small(encoder) => encoder.compress(src, dst),
            AnyEncoder::Large(encoder) => encoder.compress(src, dst),
        }
    }
}

/// The effort of a setting.
fn effort(setting: LzxSetting) -> Effort {
    Effort { nice_len: setting.nice_len.into(), depth: setting.depth.into() }
}

fn small_parser(setting: LzxSetting) -> Box<dyn Parser<SMALL_TEXT>> {
    let (effort, stretch) = (effort(setting), 1 << MIN_ORDER);
    match (setting.parser, setting.finder) {
        (LzxParser::Quick, _) => Box::new(SmallLazy::<true>::new(effort)),
        (LzxParser::Lazy, _) => Box::new(SmallLazy::<false>::new(effort)),
        (LzxParser::NearOptimal { passes }, LzxFinder::Chains) => {
            Box::new(SmallOptimal::<SmallChains>::new(effort, passes, stretch))
        }
        (LzxParser::NearOptimal { passes }, LzxFinder::Nearest) => {
            Box::new(SmallOptimal::<SmallNearest>::new(effort, passes, stretch))
        }
        (LzxParser::NearOptimal { passes }, LzxFinder::Trees) => {
            Box::new(SmallOptimal::<SmallTrees>::new(effort, passes, stretch))
        }
    }
}

fn large_parser(setting: LzxSetting) -> Box<dyn Parser<LARGE_TEXT>> {
    let effort = effort(setting);
    match (setting.parser, setting.finder) {
        (LzxParser::Quick, _) => Box::new(LargeLazy::<true>::new(effort)),
        (LzxParser::Lazy, _) => Box::new(LargeLazy::<false>::new(effort)),
        (LzxParser::NearOptimal { passes }, LzxFinder::Chains) => {
            Box::new(LargeOptimal::<LargeChains>::new(effort, passes, MAX_STRETCH))
        }
        (LzxParser::NearOptimal { passes }, LzxFinder::Nearest) => {
            let deep = Effort { depth: 2 * effort.depth, ..effort };
            Box::new(LargeOptimal::<LargeChains>::new(deep, passes, MAX_STRETCH))
        }
        (LzxParser::NearOptimal { passes }, LzxFinder::Trees) => {
            Box::new(LargeOptimal::<LargeTrees>::new(effort, passes, MAX_STRETCH))
        }
    }
}
