//! The near-optimal parser.
//!
//! From a position on, all ways to go on are followed at once: a node for each position ahead has the cheapest way to come there, in
//! fractions of a bit as the models stand now (`nodes`). Positions are visited in order; each passes on its own cost plus that of
//! every item that could come next (`visit`). When all ways meet in one position, or after [`BLOCK`] bytes, the cheapest way is
//! written, the models learn from it, and the next block begins.
//!
//! What an item costs depends on the items before: on the queues of recent sources and on the contexts of decisions. Each node has the
//! state that its own cheapest way leads to (`state`). Another way may be dearer here and cheaper later, so some sequences of
//! items are also tried as one: a match, the literal that ends it, and the match going on behind it.

mod nodes;
mod state;
mod visit;

use alloc::vec::Vec;

use nodes::{BLOCK, Nodes};
use state::{State, Step};
use visit::{Long, Visit};

use super::items::{ItemWriter, Source};
use super::matches::LzmsBatch;
use super::menu::NearOptimalSetting;
use super::text::Text;

/// The parser, which is reused from chunk to chunk.
pub(super) struct NearOptimalParser {
    setting: NearOptimalSetting,
    nodes: Nodes,
    /// The cheapest way, from its end.
    path: Vec<(Step, usize)>,
    batch: LzmsBatch,
}

impl NearOptimalParser {
    /// The bytes of memory of a parser beside the object itself.
    pub(super) const MEMORY: usize = Nodes::MEMORY + LzmsBatch::MEMORY + BLOCK * size_of::<(Step, usize)>();

    pub(super) fn new(setting: NearOptimalSetting) -> Self {
        Self { setting, nodes: Nodes::new(), path: Vec::with_capacity(BLOCK), batch: LzmsBatch::new() }
    }

    /// Writes the items of a whole text, or as many as fit. `next_batch` gives the matches, batch by batch in order. Returns
    /// whether it has given all.
    pub(super) fn parse(
        &mut self,
        text: Text<'_>,
        writer: &mut ItemWriter<'_>,
        mut next_batch: impl FnMut(&mut LzmsBatch) -> bool,
    ) -> bool {
        self.nodes.reset();
        self.batch.restart(0);
        let mut at = 0;
        while at < text.len() && !writer.is_full() {
            let Some(next) = self.block(text, at, writer, &mut next_batch) else { return false };
            at = next;
        }
        true
    }

    /// Parses and writes a block that begins at `start`; returns where the next one begins, or `None` if there are no more matches.
    fn block(
        &mut self,
        text: Text<'_>,
        start: usize,
        writer: &mut ItemWriter<'_>,
        next_batch: &mut impl FnMut(&mut LzmsBatch) -> bool,
    ) -> Option<usize> {
        let mut state = State::of(writer.recent, &writer.models.decisions);
        self.nodes.begin(state, writer.models);
        let mut node = 0;
        let mut long;
        loop {
            let at = start + node;
            while self.batch.end() <= at {
                let end = self.batch.end();
                if !next_batch(&mut self.batch) {
                    return None;
                }
                assert_eq!(self.batch.start(), end, "batches come in order");
            }
            let Self { setting, nodes, batch, .. } = self;
            let (cost, max) = (nodes.cost(node), text.len() - at);
            let (models, state_here) = (&*writer.models, &state);
            long = Visit { setting, text, batch, models, nodes, state: state_here, cost, node, at, max }.offer_all();
            if long.is_some() {
                break;
            }
            node += 1;
            if node == self.nodes.far || node >= BLOCK {
                break;
            }
            state = self.nodes.arrive(node);
        }
        self.write_path(text, start, node, writer);
        let end = start + node;
        Some(match long {
            Some(Long { source, length }) => {
                writer.write(text.bytes(), end, source, length);
                end + length
            }
            None => end,
        })
    }

    /// Writes the cheapest way to the node `end`.
    fn write_path(&mut self, text: Text<'_>, start: usize, end: usize, writer: &mut ItemWriter<'_>) {
        self.path.clear();
        let mut node = end;
        while node > 0 {
            let (step, length) = self.nodes.step(node);
            self.path.push((step, length));
            node -= length;
        }
        let mut at = start;
        while let Some((Step { source, tail }, length)) = self.path.pop() {
            let tail = usize::from(tail);
            if tail == 0 {
                writer.write(text.bytes(), at, source, length);
            } else {
                let first = length - tail - 1;
                if first > 0 {
                    writer.write(text.bytes(), at, source, first);
                }
                writer.write(text.bytes(), at + first, Source::Literal, 1);
                writer.write(text.bytes(), at + first + 1, source.again(), tail);
            }
            at += length;
        }
    }
}
