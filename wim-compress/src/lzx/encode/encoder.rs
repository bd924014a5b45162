//! From a chunk to its blocks.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::block::{Block, BlockWriter, UNCOMPRESSED_OVERHEAD};
use super::cost::{Costs, Weights};
use super::histogram::{Histogram, Symbols};
use super::incompressible::{Incompressible, byte_counts};
use super::item::{Item, Recent};
use super::output::STORED;
use super::parser::{MAX_STRETCH, Parser};
use super::split::Splitter;
use super::text::Text;
use crate::lzx::e8;
use crate::lzx::tables::LITERALS;

/// Encodes chunks of up to `TEXT` bytes less the text's slack.
pub(super) struct Encoder<const TEXT: usize> {
    order: u32,
    parser: Box<dyn Parser<TEXT>>,
    text: Text<TEXT>,
    incompressible: Incompressible,
    blocks: Blocks,
    out: Box<[u8]>,
}

/// What is made of a stretch.
struct Blocks {
    /// The weights of an average chunk.
    prior: &'static Weights,
    /// The costs of the first pass, at the start of a chunk those of an average one but for the literals.
    costs: Box<Costs>,
    /// The costs of another pass.
    own_costs: Box<Costs>,
    items: Vec<Item>,
    symbols: Vec<Symbols>,
    splitter: Splitter,
    /// The items of a block that is parsed again, and their symbols.
    again: (Vec<Item>, Vec<Symbols>),
}

impl<const TEXT: usize> Encoder<TEXT> {
    /// An encoder for a window of 2^`order` bytes and chunks of up to `chunk_size` bytes. Blocks are made of segments of `segment`
    /// items.
    pub(super) fn new(
        order: u32,
        chunk_size: usize,
        parser: Box<dyn Parser<TEXT>>,
        prior: &'static Weights,
        segment: usize,
    ) -> Self {
        Self {
            order,
            parser,
            text: Text::new(),
            incompressible: Incompressible::new(chunk_size),
            blocks: Blocks::new(prior, Splitter::new(segment), chunk_size.min(MAX_STRETCH)),
            out: vec![0; out_size(chunk_size)].into(),
        }
    }

    /// The bytes of memory that it takes, beside its parser.
    pub(super) const fn memory(chunk_size: usize) -> usize {
        let stretch = if chunk_size < MAX_STRETCH { chunk_size } else { MAX_STRETCH };
        let blocks = 2 * size_of::<Costs>() + 2 * stretch * (size_of::<Item>() + size_of::<Symbols>());
        size_of::<Self>() + blocks + Incompressible::memory(chunk_size) + chunk_size + out_size(chunk_size)
    }

    /// As [`crate::Compressor::compress`].
    pub(super) fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
        let Self { order, parser, text, incompressible, blocks, out } = self;
        let limit = dst.len().min(out.len() - STORED);
        text.load(src);
        e8::apply(text.data_mut());
        let text = &*text;
        let counts = byte_counts(text.data());
        let mut writer = BlockWriter::new(*order, out, limit);
        // Whatever room there is: the same data makes the same chunk.
        if incompressible.is_unlikely_to_shrink(text.data(), &counts) {
            writer.write_raw(text.data())?;
        } else {
            parser.reset(text);
            blocks.write(&mut writer, &mut **parser, text, &counts)?;
        }
        let size = writer.finish();
        dst[..size].copy_from_slice(&out[..size]);
        Some(size)
    }
}

/// A chunk that is not worth compressing takes the most, and every block a bit more than its data.
const fn out_size(chunk_size: usize) -> usize {
    chunk_size + chunk_size / 8 + UNCOMPRESSED_OVERHEAD + STORED
}

impl Blocks {
    fn new(prior: &'static Weights, splitter: Splitter, stretch: usize) -> Self {
        let mut costs = Box::new(Costs::ZERO);
        costs.set(prior);
        let own_costs = costs.clone();
        Self {
            prior,
            costs,
            own_costs,
            items: Vec::with_capacity(stretch),
            symbols: Vec::with_capacity(stretch),
            splitter,
            again: (Vec::with_capacity(stretch), Vec::with_capacity(stretch)),
        }
    }

    /// Writes the blocks of a chunk whose bytes occur `counts` times, or returns `None` if they do not fit.
    fn write<const TEXT: usize>(
        &mut self,
        writer: &mut BlockWriter<'_>,
        parser: &mut dyn Parser<TEXT>,
        text: &Text<TEXT>,
        counts: &[u32; LITERALS],
    ) -> Option<()> {
        if text.len() <= MAX_STRETCH {
            self.costs.set_literals(self.prior, counts);
            self.write_stretch(writer, parser, text, 0..text.len(), Recent::START)?;
            return Some(());
        }
        let mut recent = Recent::START;
        let mut weights = self.prior.clone();
        for start in (0..text.len()).step_by(MAX_STRETCH) {
            let stretch = start..text.len().min(start + MAX_STRETCH);
            self.costs.set(&weights);
            self.costs.set_literals(&weights, &byte_counts(&text.data()[stretch.clone()]));
            recent = self.write_stretch(writer, parser, text, stretch, recent)?;
            weights = self.prior.with_occurrences(&self.splitter.total());
        }
        self.costs.set(self.prior);
        Some(())
    }

    /// Parses a stretch, cuts it into blocks, and writes them. Takes the recent offsets before the stretch and returns those behind
    /// it, or `None` if the blocks do not fit.
    fn write_stretch<const TEXT: usize>(
        &mut self,
        writer: &mut BlockWriter<'_>,
        parser: &mut dyn Parser<TEXT>,
        text: &Text<TEXT>,
        stretch: Range<usize>,
        before: Recent,
    ) -> Option<Recent> {
        let Self { prior, costs, own_costs, items, symbols, splitter, again: (again, symbols_again) } = self;
        items.clear();
        let behind = parser.parse(text, stretch.clone(), before, costs, items);
        splitter.split(items, &text.data()[stretch.clone()], symbols);
        let (mut start, mut items_end, mut recent) = (stretch.start, 0, before);
        for part in splitter.parts_mut() {
            let end = start + part.bytes;
            let data = &text.data()[start..end];
            items_end += part.items;
            if parser.passes() == 0 {
                let range = items_end - part.items..items_end;
                let (own_items, symbols) = (&items[range.clone()], &symbols[range]);
                let block = Block { items: own_items, symbols, data, histogram: &part.histogram };
                writer.write(&block, || before.after_all(&items[..items_end]))?;
            } else {
                for _ in 0..parser.passes() {
                    own_costs.set_of_block(prior, &part.histogram);
                    again.clear();
                    symbols_again.clear();
                    parser.parse_again(text, start..end, recent, own_costs, again);
                    part.histogram = Histogram::ZERO;
                    part.histogram.add(again, data, symbols_again);
                }
                recent = recent.after_all(again);
                let block = Block { items: again, symbols: symbols_again, data, histogram: &part.histogram };
                writer.write(&block, || recent)?;
            }
            start = end;
        }
        Some(if parser.passes() == 0 { behind } else { recent })
    }
}
