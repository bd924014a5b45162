//! The nodes of a block: for each position ahead, the cheapest way to come there.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::state::{State, Step};
use crate::boxed::zeroed;
use crate::lzms::encode::cost::Cost;
use crate::lzms::encode::items::Source;
use crate::lzms::encode::models::Models;
use crate::matchfinder::lcp_interval::MAX_LCP;

/// Bytes of a block at most.
pub(super) const BLOCK: usize = 1024;

/// The longest match that is tried at all of its lengths; a longer one is taken at once.
pub(super) const MAX_TRIED: usize = MAX_LCP;

/// The longest step from one node to another: a match, a literal and a match.
const MAX_STEP: usize = 2 * MAX_TRIED + 1;

/// Nodes that a block can reach.
const NODES: usize = BLOCK + MAX_STEP + 1;

/// States that are kept: those of all nodes from which a step can come.
const STATES: usize = 128;
const _: () = assert!(MAX_STEP < STATES && STATES.is_power_of_two());

/// In the low half of a node, the step's length is below its number.
const LENGTH_BITS: u32 = 7;
const _: () = assert!(MAX_STEP < 1 << LENGTH_BITS);

/// A node: the cost of the cheapest way to it, above the step that it ends with. So the lesser number is the better way, and
/// keeping the better of two ways is a minimum.
type Node = u64;
const COST_SHIFT: u32 = 32;

/// The number of the step that is a literal.
const LITERAL_STEP: u64 = 0;

/// The nodes of a block, reused from block to block.
pub(super) struct Nodes {
    /// Those that have not been reached are the greatest number.
    nodes: Box<[Node; NODES]>,
    /// The last node that was reached.
    pub(super) far: usize,
    /// The states of the latest nodes.
    states: Box<[State; STATES]>,
    steps: Vec<Step>,
    /// For each length, its cost, and the length itself as in a node.
    lengths: [Node; MAX_TRIED + 1],
    lengths_of_build: Option<u32>,
}

impl Nodes {
    /// Steps for which there is room at first: many times what a usual block has.
    const STEPS: usize = 1 << 11;

    /// The bytes of memory beside the object itself.
    pub(super) const MEMORY: usize =
        NODES * size_of::<Node>() + STATES * size_of::<State>() + Self::STEPS * size_of::<Step>();

    pub(super) fn new() -> Self {
        let mut nodes = zeroed();
        nodes.fill(Node::MAX);
        Self {
            nodes,
            far: 0,
            states: Box::new([State::START; STATES]),
            steps: Vec::with_capacity(Self::STEPS),
            lengths: [0; MAX_TRIED + 1],
            lengths_of_build: None,
        }
    }

    /// Begins a chunk.
    pub(super) fn reset(&mut self) {
        self.lengths_of_build = None;
    }

    /// Begins a block, with what has been left behind before it.
    pub(super) fn begin(&mut self, state: State, models: &Models) {
        self.nodes[..=self.far].fill(Node::MAX);
        self.nodes[0] = 0;
        self.far = 0;
        self.states[0] = state;
        self.steps.clear();
        self.steps.push(Step { source: Source::Literal, tail: 0 });
        if self.lengths_of_build != Some(models.length.builds()) {
            self.lengths_of_build = Some(models.length.builds());
            for (length, entry) in self.lengths.iter_mut().enumerate().skip(1) {
                *entry = u64::from(models.length_cost(length)) << COST_SHIFT | length as u64;
            }
        }
    }

    /// Comes to `node`: finds the state that the cheapest way to it leads to.
    #[inline(always)]
    pub(super) fn arrive(&mut self, node: usize) -> State {
        let (step, length) = self.step(node);
        let mut state = self.states[(node - length) % STATES];
        state.take(step);
        self.states[node % STATES] = state;
        state
    }

    /// The cost of the cheapest way to `node`.
    #[inline(always)]
    pub(super) fn cost(&self, node: usize) -> Cost {
        (self.nodes[node] >> COST_SHIFT) as Cost
    }

    /// The last step of the cheapest way to `node`, and its length.
    #[inline(always)]
    pub(super) fn step(&self, node: usize) -> (Step, usize) {
        let low = self.nodes[node] as u32;
        (self.steps[(low >> LENGTH_BITS) as usize], (low % (1 << LENGTH_BITS)) as usize)
    }

    /// The cost of a length of at most [`MAX_TRIED`].
    #[inline(always)]
    pub(super) fn length_cost(&self, length: usize) -> Cost {
        (self.lengths[length] >> COST_SHIFT) as Cost
    }

    /// Offers a literal at `node`, where `cost` is that of the way with it.
    #[inline(always)]
    pub(super) fn offer_literal(&mut self, node: usize, cost: Cost) {
        self.offer(node + 1, u64::from(cost) << COST_SHIFT | LITERAL_STEP << LENGTH_BITS | 1);
    }

    /// Offers a match at `node` with each of its lengths in `from..=to`, where `cost` is that of the way up to the length.
    #[inline(always)]
    pub(super) fn offer_lengths(&mut self, node: usize, cost: Cost, source: Source, from: usize, to: usize) {
        let base = u64::from(cost) << COST_SHIFT | self.add(Step { source, tail: 0 });
        self.far = self.far.max(node + to);
        let nodes = &mut self.nodes[node + from..=node + to];
        for (node, length) in nodes.iter_mut().zip(&self.lengths[from..=to]) {
            *node = (*node).min(base + length);
        }
    }

    /// Offers a step of several items at `node`, which ends `length` bytes later, where `cost` is that of the way with it.
    #[inline(always)]
    pub(super) fn offer_step(&mut self, node: usize, cost: Cost, step: Step, length: usize) {
        let way = u64::from(cost) << COST_SHIFT | self.add(step) | length as u64;
        self.offer(node + length, way);
    }

    #[inline(always)]
    fn offer(&mut self, node: usize, way: Node) {
        self.far = self.far.max(node);
        self.nodes[node] = self.nodes[node].min(way);
    }

    /// Adds a step and returns its number where a node has it.
    #[inline(always)]
    fn add(&mut self, step: Step) -> Node {
        let number = self.steps.len() as u64;
        self.steps.push(step);
        number << LENGTH_BITS
    }
}
