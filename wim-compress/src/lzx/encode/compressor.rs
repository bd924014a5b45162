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
use crate::lzx::e8;
use crate::lzx::tables::{MIN_ORDER, slot_count, window_order};
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

enum Parser {
    Small(Box<NearOptimalParser<SmallTrees>>),
    Large(Box<NearOptimalParser<LargeTrees>>),
}

/// What does not depend on the parser.
struct State {
    passes: u32,
    slots: usize,
    prior: &'static Weights,
    /// The chunk after the E8 filter.
    data: Vec<u8>,
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
        let (nice, depth) = (48 * level / 50, 24 * level / 50);
        let parser = match order {
            MIN_ORDER => Parser::Small(Box::new(NearOptimalParser::new(SmallTrees::new(), nice, depth, stretch))),
            _ => Parser::Large(Box::new(NearOptimalParser::new(LargeTrees::new(), nice, depth, stretch))),
        };
        let state = State {
            passes,
            slots: slot_count(order),
            prior: if order == MIN_ORDER { &priors::SMALL } else { &priors::LARGE },
            data: Vec::with_capacity(chunk_size),
            items: Vec::new(),
            parts: Vec::new(),
            costs: Box::new(Costs::ZERO),
            out: vec![0; chunk_size + chunk_size / 8 + UNCOMPRESSED_OVERHEAD + STORED].into(),
        };
        Self { chunk_size, order, parser, state }
    }

    /// The bytes of memory that a compressor occupies.
    pub fn memory(chunk_size: u32, _level: Level) -> u64 {
        u64::from(chunk_size) * 40
    }
}

impl Compressor for LzxCompressor {
    fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
        assert!(src.len() <= self.chunk_size, "{} bytes in chunks of {}", src.len(), self.chunk_size);
        self.state.data.clear();
        self.state.data.extend_from_slice(src);
        e8::apply(&mut self.state.data);
        match &mut self.parser {
            Parser::Small(parser) => self.state.compress(parser, self.order, dst),
            Parser::Large(parser) => self.state.compress(parser, self.order, dst),
        }
    }
}

impl State {
    fn compress<F: Finder>(&mut self, parser: &mut NearOptimalParser<F>, order: u32, dst: &mut [u8]) -> Option<usize> {
        let Self { data, items, parts, costs, out, .. } = self;
        let limit = dst.len().min(out.len() - STORED);
        let mut writer = BlockWriter::new(order, out, limit);
        parser.load(data);
        let mut recent = Recent::START;
        let weights = self.prior.clone();
        for start in (0..data.len()).step_by(MAX_STRETCH) {
            let end = (start + MAX_STRETCH).min(data.len());
            parser.find_matches(start, end);
            costs.set(&weights.with_literals_of(&data[start..end]), self.slots);
            items.clear();
            parser.parse(data, start, end, recent, costs, items);
            split(items, &data[start..end], 400, parts);
            let mut part_start = start;
            let mut item_start = 0;
            let mut best = Vec::new();
            for part in parts.iter_mut() {
                let part_end = part_start + part.bytes;
                let mut chosen = &items[item_start..item_start + part.items];
                let mut recent_after = chosen.iter().fold(recent, |recent, &item| recent.after(item));
                for _ in 1..self.passes {
                    costs.set(&self.prior.with_occurrences(&part.histogram), self.slots);
                    best.clear();
                    recent_after = parser.parse(data, part_start, part_end, recent, costs, &mut best);
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
