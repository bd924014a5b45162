//! The near-optimal parser.
//!
//! From a position on, all ways to go on are followed at once: a node for each position ahead has the cheapest way to come there, in
//! fractions of a bit as the models stand now. Positions are visited in order; each passes on its own cost plus that of every item
//! that could come next. When all ways meet in one position, or after [`BLOCK`] bytes, the cheapest way is written, the
//! models learn from it, and the next block begins.
//!
//! What an item costs depends on the items before: on the queues of recent sources and on the contexts of decisions. Each node has the
//! state that its own cheapest way leads to. Another way may be dearer here and cheaper later, so some sequences of items are also
//! tried as one: a match, the literal that ends it, and the match going on behind it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::cost::{Cost, bit_cost};
use super::delta_finder::DeltaFinder;
use super::items::{ItemWriter, Models, Recent, Source};
use super::matches::{Batch, Match};
use super::menu::NearOptimalSetting;
use super::text::Text;
use crate::boxed::zeroed;
use crate::lzms::delta::DeltaSource;
use crate::lzms::model::{Decision, Decisions};

/// Bytes of a block at most.
const BLOCK: usize = 1024;

/// The longest match that is tried at all of its lengths; a longer one is taken at once.
pub(super) const MAX_NICE: usize = 254;

/// The longest step from one node to another: a match, a literal and a match.
const MAX_STEP: usize = 2 * MAX_NICE + 1;

/// Nodes that a block can reach.
const NODES: usize = BLOCK + MAX_STEP + 1;

/// States that are kept: those of all nodes from which a step can come.
const STATES: usize = 512;
const _: () = assert!(MAX_STEP < STATES && STATES.is_power_of_two());

/// In the low half of a node, the step's length is below its number.
const LENGTH_BITS: u32 = 9;
const _: () = assert!(MAX_STEP < 1 << LENGTH_BITS);

/// A node: the cost of the cheapest way to it, above the step that it ends with. So the lesser number is the better way.
type Node = u64;
const COST_SHIFT: u32 = 32;

/// The number of the step that is a literal.
const LITERAL_STEP: u64 = 0;

/// What leads from a node to another.
#[derive(Clone, Copy)]
struct Step {
    source: Source,
    /// If positive: after the item comes a literal and then a match of this length with the latest offset. A literal as the item
    /// itself is then that literal.
    tail: u16,
}

/// The contexts of decisions: their last bits.
#[derive(Clone, Copy, Default)]
struct Contexts {
    main: u8,
    kind: u8,
    lz_recent: u8,
    lz_index: [u8; 2],
    delta_recent: u8,
    delta_index: [u8; 2],
}

impl Contexts {
    fn of(decisions: &Decisions) -> Self {
        Self {
            main: decisions.main.state() as u8,
            kind: decisions.kind.state() as u8,
            lz_recent: decisions.lz_recent.state() as u8,
            lz_index: [decisions.lz_index[0].state() as u8, decisions.lz_index[1].state() as u8],
            delta_recent: decisions.delta_recent.state() as u8,
            delta_index: [decisions.delta_index[0].state() as u8, decisions.delta_index[1].state() as u8],
        }
    }

    /// Takes note of an item.
    #[inline(always)]
    fn push(&mut self, source: Source) {
        let shift = |context: &mut u8, bit: bool| *context = *context << 1 | u8::from(bit);
        shift(&mut self.main, source != Source::Literal);
        let (recent, indices, index) = match source {
            Source::Literal => return,
            Source::Lz(_) => (&mut self.lz_recent, &mut self.lz_index, None),
            Source::RecentLz(index) => (&mut self.lz_recent, &mut self.lz_index, Some(index)),
            Source::Delta(_) => (&mut self.delta_recent, &mut self.delta_index, None),
            Source::RecentDelta(index) => (&mut self.delta_recent, &mut self.delta_index, Some(index)),
        };
        shift(&mut self.kind, matches!(source, Source::Delta(_) | Source::RecentDelta(_)));
        shift(recent, index.is_some());
        if let Some(index) = index {
            shift(&mut indices[0], index > 0);
            if index > 0 {
                shift(&mut indices[1], index > 1);
            }
        }
    }
}

/// What a way leaves behind.
#[derive(Clone, Copy)]
struct State {
    recent: Recent,
    contexts: Contexts,
}

impl State {
    #[inline(always)]
    fn push(&mut self, source: Source) {
        self.recent.push(source);
        self.contexts.push(source);
    }

    #[inline(always)]
    fn take(&mut self, step: Step) {
        if step.tail == 0 {
            self.push(step.source);
        } else {
            if step.source != Source::Literal {
                self.push(step.source);
            }
            self.push(Source::Literal);
            self.push(Source::RecentLz(0));
        }
    }
}

/// The costs of both values of a bit, in a context.
#[inline(always)]
fn costs<const N: usize>(decision: &Decision<N>, context: u8) -> [Cost; 2] {
    let probability = decision.zero_probability_after(context.into());
    [bit_cost(probability, false), bit_cost(probability, true)]
}

/// The costs of referring to each of three recent sources.
#[inline(always)]
fn index_costs(decisions: &[Decision<64>; 2], contexts: [u8; 2]) -> [Cost; 3] {
    let [first, later] = costs(&decisions[0], contexts[0]);
    let [second, third] = costs(&decisions[1], contexts[1]);
    [first, later + second, later + third]
}

/// What the visit of a node shares among the items that it tries.
#[derive(Clone, Copy)]
struct Visit<'a> {
    text: Text<'a>,
    /// The node, and its position in the text.
    node: usize,
    at: usize,
    /// The longest match that fits in the text, and that the nodes have room for.
    max: usize,
    cost: Cost,
}

/// The parser, which is reused from chunk to chunk.
pub(super) struct NearOptimalParser {
    setting: NearOptimalSetting,
    nodes: Box<[Node; NODES]>,
    /// The last node that was reached.
    far: usize,
    states: Vec<State>,
    steps: Vec<Step>,
    /// For each length, its cost, and the length itself as in a node.
    lengths: Box<[Node; MAX_NICE + 1]>,
    lengths_of_build: Option<u32>,
    path: Vec<(Step, usize)>,
    deltas: DeltaFinder,
    batch: Batch,
}

/// A match that is taken at once.
struct Long {
    source: Source,
    length: usize,
}

impl NearOptimalParser {
    /// The bytes of memory of a parser for chunks of up to `chunk_size` bytes, roughly.
    pub(super) fn memory(chunk_size: usize, setting: &NearOptimalSetting) -> usize {
        let deltas = if setting.delta_powers > 0 { DeltaFinder::memory(chunk_size) } else { 0 };
        NODES * size_of::<Node>() + STATES * size_of::<State>() + (MAX_NICE + 1) * size_of::<Node>() + deltas
    }

    pub(super) fn new(chunk_size: usize, setting: NearOptimalSetting) -> Self {
        let start = State { recent: Recent::START, contexts: Contexts::default() };
        Self {
            setting,
            nodes: zeroed(),
            far: 0,
            states: alloc::vec![start; STATES],
            steps: Vec::new(),
            lengths: zeroed(),
            lengths_of_build: None,
            path: Vec::new(),
            deltas: DeltaFinder::new(chunk_size, setting.delta_powers),
            batch: Batch::default(),
        }
    }

    /// Writes the items of a whole text. `next_batch` gives the LZ matches, batch by batch in order.
    pub(super) fn parse(
        &mut self,
        text: Text<'_>,
        writer: &mut ItemWriter<'_>,
        mut next_batch: impl FnMut(&mut Batch),
    ) {
        self.deltas.reset();
        self.batch = Batch::default();
        self.lengths_of_build = None;
        let mut at = 0;
        while at < text.len() && !writer.is_full() {
            self.update_lengths(writer.models);
            at = self.block(text, at, writer, &mut next_batch);
        }
    }

    /// Looks up the costs of lengths again if they have changed.
    fn update_lengths(&mut self, models: &Models) {
        if self.lengths_of_build != Some(models.length_builds()) {
            self.lengths_of_build = Some(models.length_builds());
            for (length, entry) in self.lengths.iter_mut().enumerate().skip(1) {
                *entry = u64::from(models.length_cost(length)) << COST_SHIFT | length as u64;
            }
        }
    }

    /// Parses and writes a block that begins at `start`; returns where the next one begins.
    fn block(
        &mut self,
        text: Text<'_>,
        start: usize,
        writer: &mut ItemWriter<'_>,
        next_batch: &mut impl FnMut(&mut Batch),
    ) -> usize {
        self.begin();
        let mut state = State { recent: writer.recent, contexts: Contexts::of(&writer.models.decisions) };
        let mut node = 0;
        let mut long = None;
        loop {
            if node > 0 {
                if node == self.far || node >= BLOCK {
                    break;
                }
                state = self.arrive(node);
            }
            self.states[node % STATES] = state;
            let at = start + node;
            while self.batch.end() <= at {
                next_batch(&mut self.batch);
            }
            let cost = (self.nodes[node] >> COST_SHIFT) as Cost;
            let visit = Visit { text, node, at, max: text.len() - at, cost };
            long = self.visit(visit, &state, writer.models);
            if long.is_some() {
                break;
            }
            node += 1;
        }
        self.write_path(text, start, node, writer);
        let end = start + node;
        match long {
            Some(Long { source, length }) => {
                writer.write(text.bytes(), end, source, length);
                end + length
            }
            None => end,
        }
    }

    fn begin(&mut self) {
        self.steps.clear();
        self.steps.push(Step { source: Source::Literal, tail: 0 });
        self.nodes[0] = 0;
        self.far = 0;
    }

    /// The state that the cheapest way to `node` leads to.
    #[inline(always)]
    fn arrive(&self, node: usize) -> State {
        let (step, length) = self.step(node);
        let mut state = self.states[(node - length) % STATES];
        state.take(step);
        state
    }

    /// The last step of the cheapest way to `node`, and its length.
    #[inline(always)]
    fn step(&self, node: usize) -> (Step, usize) {
        let low = self.nodes[node] as u32;
        (self.steps[(low >> LENGTH_BITS) as usize], (low % (1 << LENGTH_BITS)) as usize)
    }

    /// Passes the cost of a node on to all that can be reached from it. Returns a match that is so long that nothing is better.
    #[inline(always)]
    fn visit(&mut self, visit: Visit<'_>, state: &State, models: &Models) -> Option<Long> {
        let decisions = &models.decisions;
        let contexts = &state.contexts;
        let [is_literal, is_match] = costs(&decisions.main, contexts.main);
        let [is_lz, is_delta] = costs(&decisions.kind, contexts.kind);
        let literal = visit.cost + is_literal + models.literal_cost(visit.text.byte(visit.at));
        self.reach(visit.node + 1);
        relax(&mut self.nodes[visit.node + 1], u64::from(literal) << COST_SHIFT | LITERAL_STEP << LENGTH_BITS | 1);

        let lz = Visit { cost: visit.cost + is_match + is_lz, ..visit };
        if let Some(long) = self.try_recent_lz(lz, state, models) {
            return Some(long);
        }
        let longest = match self.try_lz(lz, state, models) {
            Ok(longest) => longest,
            Err(long) => return Some(long),
        };
        if self.setting.delta_powers > 0 && longest < self.setting.delta_below {
            let delta = Visit { cost: visit.cost + is_match + is_delta, ..visit };
            return self.try_deltas(delta, state, models);
        }
        None
    }

    /// Makes sure that all nodes up to `node` can be compared with.
    #[inline(always)]
    fn reach(&mut self, node: usize) {
        if node > self.far {
            self.nodes[self.far + 1..=node].fill(Node::MAX);
            self.far = node;
        }
    }

    /// Tries an item of each length in `from..=to` at a node.
    #[inline(always)]
    fn try_lengths(&mut self, visit: Visit<'_>, cost: Cost, source: Source, from: usize, to: usize) {
        let base = u64::from(cost) << COST_SHIFT | (self.steps.len() as u64) << LENGTH_BITS;
        self.steps.push(Step { source, tail: 0 });
        let nodes = &mut self.nodes[visit.node + from..=visit.node + to];
        for (node, length) in nodes.iter_mut().zip(&self.lengths[from..=to]) {
            relax(node, base + length);
        }
    }

    /// Tries the recent offsets.
    #[inline(always)]
    fn try_recent_lz(&mut self, visit: Visit<'_>, state: &State, models: &Models) -> Option<Long> {
        let decisions = &models.decisions;
        let [_, is_recent] = costs(&decisions.lz_recent, state.contexts.lz_recent);
        let indices = index_costs(&decisions.lz_index, state.contexts.lz_index);
        let pair = visit.text.half_word(visit.at) as u16;
        for (index, index_cost) in indices.into_iter().enumerate() {
            let offset = state.recent.offset(index) as usize;
            if offset > visit.at || visit.text.half_word(visit.at - offset) as u16 != pair || visit.max < MIN_RECENT {
                continue;
            }
            let length = visit.text.match_length(visit.at, offset, visit.max);
            let source = Source::RecentLz(index as u8);
            if length >= self.setting.nice {
                return Some(Long { source, length });
            }
            self.reach(visit.node + length);
            let cost = visit.cost + is_recent + index_cost;
            self.try_lengths(visit, cost, source, MIN_RECENT, length);
            if self.setting.tail_after_recent {
                self.try_tail(visit, cost, state, models, source, offset, length);
            }
        }
        if self.setting.tail_after_recent {
            // Behind a literal nothing is pending.
            let offset = state.recent.offsets.get(0, false) as usize;
            self.try_literal_tail(visit, state, models, offset);
        }
        None
    }

    /// Tries the matches that were found. Returns the length of the longest.
    #[inline(always)]
    fn try_lz(&mut self, visit: Visit<'_>, state: &State, models: &Models) -> Result<usize, Long> {
        let Some(&Match { length, offset }) = self.batch.get(visit.at).first() else { return Ok(0) };
        let (longest, farthest) = (length as usize, offset);
        if longest >= self.setting.nice {
            let length = visit.text.match_length(visit.at, farthest as usize, visit.max);
            return Err(Long { source: Source::Lz(farthest), length });
        }
        let [is_explicit, _] = costs(&models.decisions.lz_recent, state.contexts.lz_recent);
        self.reach(visit.node + longest);
        let mut from = self.setting.min_len;
        for i in (0..self.batch.get(visit.at).len()).rev() {
            let Match { length, offset } = self.batch.get(visit.at)[i];
            let cost = visit.cost + is_explicit + models.offset_cost(offset);
            if from <= length as usize {
                self.try_lengths(visit, cost, Source::Lz(offset), from, length as usize);
            }
            from = length as usize + 1;
        }
        if self.setting.tail_after_match {
            let cost = visit.cost + is_explicit + models.offset_cost(farthest);
            self.try_tail(visit, cost, state, models, Source::Lz(farthest), farthest as usize, longest);
        }
        Ok(longest)
    }

    /// Tries a match, up to whose length's symbol the `cost` is, then a literal, and then that the match goes on.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "all different, and all from the caller's registers")]
    fn try_tail(
        &mut self,
        visit: Visit<'_>,
        cost: Cost,
        state: &State,
        models: &Models,
        source: Source,
        offset: usize,
        length: usize,
    ) {
        let behind = length + 1;
        if visit.max < behind + MIN_RECENT {
            return;
        }
        let at = visit.at + behind;
        if visit.text.half_word(at) as u16 != visit.text.half_word(at - offset) as u16 {
            return;
        }
        let tail = visit.text.match_length(at, offset, (visit.max - behind).min(self.setting.nice));
        let mut contexts = state.contexts;
        contexts.push(source);
        let cost = cost + (self.lengths[length] >> COST_SHIFT) as Cost;
        self.finish_tail(visit, cost, contexts, models, Step { source, tail: tail as u16 }, behind);
    }

    /// Tries a literal, and then a match with the latest offset.
    #[inline(always)]
    fn try_literal_tail(&mut self, visit: Visit<'_>, state: &State, models: &Models, offset: usize) {
        let at = visit.at + 1;
        if visit.max < 1 + MIN_RECENT || offset > at {
            return;
        }
        if visit.text.half_word(at) as u16 != visit.text.half_word(at - offset) as u16 {
            return;
        }
        let tail = visit.text.match_length(at, offset, (visit.max - 1).min(self.setting.nice));
        let step = Step { source: Source::Literal, tail: tail as u16 };
        let [_, is_match] = costs(&models.decisions.main, state.contexts.main);
        let [is_lz, _] = costs(&models.decisions.kind, state.contexts.kind);
        self.finish_tail(visit, visit.cost - is_match - is_lz, state.contexts, models, step, 1);
    }

    /// Adds the costs of the literal before `behind` and of the tail.
    #[inline(always)]
    fn finish_tail(
        &mut self,
        visit: Visit<'_>,
        cost: Cost,
        mut contexts: Contexts,
        models: &Models,
        step: Step,
        behind: usize,
    ) {
        let decisions = &models.decisions;
        let literal =
            costs(&decisions.main, contexts.main)[0] + models.literal_cost(visit.text.byte(visit.at + behind - 1));
        contexts.push(Source::Literal);
        let tail = costs(&decisions.main, contexts.main)[1]
            + costs(&decisions.kind, contexts.kind)[0]
            + costs(&decisions.lz_recent, contexts.lz_recent)[1]
            + costs(&decisions.lz_index[0], contexts.lz_index[0])[0]
            + (self.lengths[usize::from(step.tail)] >> COST_SHIFT) as Cost;
        let length = behind + usize::from(step.tail);
        self.reach(visit.node + length);
        let step_number = self.steps.len() as u64;
        self.steps.push(step);
        let node = u64::from(cost + literal + tail) << COST_SHIFT | step_number << LENGTH_BITS | length as u64;
        relax(&mut self.nodes[visit.node + length], node);
    }

    /// Tries the recent delta sources, and those that are found.
    #[inline(always)]
    fn try_deltas(&mut self, visit: Visit<'_>, state: &State, models: &Models) -> Option<Long> {
        let decisions = &models.decisions;
        let [is_explicit, is_recent] = costs(&decisions.delta_recent, state.contexts.delta_recent);
        let indices = index_costs(&decisions.delta_index, state.contexts.delta_index);
        for (index, index_cost) in indices.into_iter().enumerate() {
            let source = state.recent.source(index);
            let (span, offset) = (source.span(), (source.raw_offset as usize) << source.power);
            if offset + span > visit.at {
                continue;
            }
            let length = visit.text.delta_length(visit.at, span, offset, visit.max);
            if length < MIN_RECENT_DELTA {
                continue;
            }
            let source = Source::RecentDelta(index as u8);
            if length >= self.setting.nice {
                return Some(Long { source, length });
            }
            self.reach(visit.node + length);
            self.try_lengths(visit, visit.cost + is_recent + index_cost, source, MIN_RECENT_DELTA, length);
        }
        let mut found: [(DeltaSource, usize); super::delta_finder::POWERS_SEARCHED] =
            [(DeltaSource { power: 0, raw_offset: 0 }, 0); super::delta_finder::POWERS_SEARCHED];
        let mut count = 0;
        self.deltas.find(visit.text, visit.at, visit.max, |source, length| {
            found[count] = (source, length);
            count += 1;
        });
        for &(source, length) in &found[..count] {
            if length >= self.setting.nice {
                return Some(Long { source: Source::Delta(source), length });
            }
            self.reach(visit.node + length);
            let cost = visit.cost + is_explicit + models.source_cost(source);
            self.try_lengths(visit, cost, Source::Delta(source), super::delta_finder::MIN_DELTA, length);
        }
        None
    }

    /// Writes the cheapest way to `end`.
    fn write_path(&mut self, text: Text<'_>, start: usize, end: usize, writer: &mut ItemWriter<'_>) {
        self.path.clear();
        let mut node = end;
        while node > 0 {
            let (step, length) = self.step(node);
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
                writer.write(text.bytes(), at + first + 1, Source::RecentLz(0), tail);
            }
            at += length;
        }
    }
}

/// The shortest matches with recent sources that are tried.
const MIN_RECENT: usize = 2;
const MIN_RECENT_DELTA: usize = 2;

/// Keeps the cheaper way.
#[inline(always)]
fn relax(node: &mut Node, way: Node) {
    *node = (*node).min(way);
}
