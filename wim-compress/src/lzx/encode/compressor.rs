//! The LZX compressor.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::block::{Block, BlockWriter, UNCOMPRESSED_OVERHEAD};
use super::cost::{Costs, Weights};
use super::finder::{Finder, LargeTrees, SmallTrees};
use super::histogram::Histogram;
use super::item::{Item, Recent};
use super::near_optimal::NearOptimalParser;
use super::output::STORED;
use super::priors;
use super::split::{Part, split};
use super::text::{TEXT_SLACK, Text};
use crate::lzx::e8;
use crate::lzx::tables::{MIN_ORDER, window_order};
use crate::{Codec, Compressor, Level};

/// The bytes that are parsed together.
const MAX_STRETCH: usize = 1 << 17;

/// Compresses LZX chunks.
pub struct LzxCompressor {
    chunk_size: usize,
    order: u32,
    parser: Parser,
    state: State,
}

const SMALL_TEXT: usize = (1 << 15) + TEXT_SLACK;
const LARGE_TEXT: usize = (1 << 21) + TEXT_SLACK;

enum Parser {
    Small(Box<NearOptimalParser<SmallTrees, SMALL_TEXT, { 1 << 16 }>>, Text<SMALL_TEXT>),
    Large(Box<NearOptimalParser<LargeTrees, LARGE_TEXT, { 1 << 18 }>>, Text<LARGE_TEXT>),
}

/// What does not depend on the parser.
struct State {
    passes: u32,
    prior: &'static Weights,
    items: Vec<Item>,
    parts: Vec<Part>,
    costs: Box<Costs>,
    out: Box<[u8]>,
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
        let stretch = chunk_size.min(MAX_STRETCH);
        let level = level.get() as usize;
        let passes = if level < 60 {
            1
        } else if level < 90 {
            2
        } else {
            3
        };
        let (nice, depth) = (32, 24);
        let parser = match order {
            MIN_ORDER => {
                Parser::Small(Box::new(NearOptimalParser::new(Finder::new(), nice, depth, stretch)), Text::new())
            }
            _ => Parser::Large(Box::new(NearOptimalParser::new(Finder::new(), nice, depth, stretch)), Text::new()),
        };
        let state = State {
            passes,
            prior: if order == MIN_ORDER { &priors::SMALL } else { &priors::LARGE },
            items: Vec::new(),
            parts: Vec::new(),
            costs: Box::new(Costs::ZERO),
            out: vec![0; chunk_size + chunk_size / 8 + UNCOMPRESSED_OVERHEAD + STORED].into(),
        };
        Self { chunk_size, order, parser, state }
    }

    /// The bytes of memory that a compressor occupies.
    pub fn memory(chunk_size: u32, _level: Level) -> u64 {
        /// For each byte of the chunk: matches, nodes, items and the output.
        const PER_BYTE: u64 = 40;
        let trees =
            if chunk_size as usize + TEXT_SLACK <= SMALL_TEXT { SmallTrees::MEMORY } else { LargeTrees::MEMORY };
        trees as u64 + u64::from(chunk_size) * PER_BYTE
    }
}

impl Compressor for LzxCompressor {
    fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
        assert!(src.len() <= self.chunk_size, "{} bytes in chunks of {}", src.len(), self.chunk_size);
        match &mut self.parser {
            Parser::Small(parser, text) => self.state.compress(parser, text, self.order, src, dst),
            Parser::Large(parser, text) => self.state.compress(parser, text, self.order, src, dst),
        }
    }
}

impl State {
    fn compress<F: Finder, const TEXT: usize, const NODES: usize>(
        &mut self,
        parser: &mut NearOptimalParser<F, TEXT, NODES>,
        text: &mut Text<TEXT>,
        order: u32,
        src: &[u8],
        dst: &mut [u8],
    ) -> Option<usize> {
        let Self { items, parts, costs, out, .. } = self;
        let limit = dst.len().min(out.len() - STORED);
        let mut writer = BlockWriter::new(order, out, limit);
        text.load(src);
        e8::apply(text.data_mut());
        let text = &*text;
        let data = text.data();
        parser.reset(text);
        let mut recent = Recent::START;
        let weights = self.prior.clone();
        for start in (0..data.len()).step_by(MAX_STRETCH) {
            let end = (start + MAX_STRETCH).min(data.len());
            parser.find_matches(text, start, end);
            costs.set(&weights.with_literals_of(&data[start..end]));
            items.clear();
            parser.parse(text, start, end, recent, costs, items);
            split(items, &data[start..end], 400, parts);
            let mut part_start = start;
            let mut item_start = 0;
            let mut best = Vec::new();
            for part in parts.iter_mut() {
                let part_end = part_start + part.bytes;
                let mut chosen = &items[item_start..item_start + part.items];
                let mut recent_after = chosen.iter().fold(recent, |recent, &item| recent.after(item));
                for _ in 1..self.passes {
                    costs.set(&self.prior.with_occurrences(&part.histogram));
                    best.clear();
                    recent_after = parser.parse(text, part_start, part_end, recent, costs, &mut best);
                    chosen = &best;
                    part.histogram = Histogram::ZERO;
                    part.histogram.add(chosen, &data[part_start..part_end]);
                }
                writer.write(&Block {
                    items: chosen,
                    data: &data[part_start..part_end],
                    histogram: &part.histogram,
                    recent: recent_after,
                })?;
                recent = recent_after;
                item_start += part.items;
                part_start = part_end;
            }
        }
        let size = writer.finish();
        dst[..size].copy_from_slice(&out[..size]);
        Some(size)
    }
}
