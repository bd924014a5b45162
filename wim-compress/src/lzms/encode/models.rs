//! All that adapts, as the encoder has it: with what everything costs beside it.
//!
//! Costs are asked for far more often than models learn, so they are looked up again only when they have changed.

use super::cost::{BIT, Cost, bit_cost};
use super::output::Streams;
use super::symbols::SymbolEncoder;
use crate::lzms::code::{LITERALS, POWERS};
use crate::lzms::model::{Decision, Decisions};
use crate::lzms::tables::{LENGTH_SLOTS, LENGTHS, OFFSET_SLOTS, OFFSETS, Slot, length_slot, offset_slots};

/// A decision, with the costs of both values of the next bit for each of its entries.
#[derive(Clone)]
pub(super) struct CostedDecision<const N: usize> {
    decision: Decision<N>,
    costs: [[u16; 2]; N],
}

impl<const N: usize> CostedDecision<N> {
    fn new(decision: Decision<N>) -> Self {
        let costs = core::array::from_fn(|state| costs_after(&decision, state));
        Self { decision, costs }
    }

    /// The last bits, of which those count that the decision is indexed with.
    pub(super) fn state(&self) -> usize {
        self.decision.state()
    }

    /// The costs of a zero and of a one after the bits in `context`.
    #[inline(always)]
    pub(super) fn costs(&self, context: u8) -> [Cost; 2] {
        self.costs[usize::from(context) % N].map(Cost::from)
    }

    /// Encodes a bit and learns it.
    #[inline(always)]
    pub(super) fn encode(&mut self, streams: &mut Streams<'_>, bit: bool) {
        let state = self.decision.state();
        streams.decide(&mut self.decision, bit);
        self.costs[state % N] = costs_after(&self.decision, state);
    }
}

#[inline(always)]
fn costs_after<const N: usize>(decision: &Decision<N>, state: usize) -> [u16; 2] {
    let probability = decision.zero_probability_after(state);
    [bit_cost(probability, false), bit_cost(probability, true)]
}

/// The decisions of an item; see [`Decisions`].
#[derive(Clone)]
pub(super) struct CostedDecisions {
    pub(super) main: CostedDecision<16>,
    pub(super) kind: CostedDecision<32>,
    pub(super) lz_recent: CostedDecision<64>,
    pub(super) lz_index: [CostedDecision<64>; 2],
    pub(super) delta_recent: CostedDecision<64>,
    pub(super) delta_index: [CostedDecision<64>; 2],
}

impl CostedDecisions {
    fn new() -> Self {
        let Decisions { main, kind, lz_recent, lz_index, delta_recent, delta_index } = Decisions::START;
        Self {
            main: CostedDecision::new(main),
            kind: CostedDecision::new(kind),
            lz_recent: CostedDecision::new(lz_recent),
            lz_index: lz_index.map(CostedDecision::new),
            delta_recent: CostedDecision::new(delta_recent),
            delta_index: delta_index.map(CostedDecision::new),
        }
    }
}

/// A code of slots, with the costs of symbol and raw bits together.
#[derive(Clone)]
pub(super) struct SlotEncoder<const N: usize> {
    code: SymbolEncoder<N>,
    slots: &'static [Slot; N],
    costs: [Cost; N],
    /// How often the code was made.
    builds: u32,
}

impl<const N: usize> SlotEncoder<N> {
    fn new(used: usize, slots: &'static [Slot; N]) -> Self {
        let mut encoder = Self { code: SymbolEncoder::new(used), slots, costs: [0; N], builds: 0 };
        encoder.look_up();
        encoder
    }

    /// The cost of a value in `slot`.
    #[inline(always)]
    pub(super) fn cost(&self, slot: usize) -> Cost {
        self.costs[slot]
    }

    /// A number that changes whenever costs do.
    #[inline(always)]
    pub(super) fn builds(&self) -> u32 {
        self.builds
    }

    /// Encodes a value, which is in `slot`.
    #[inline(always)]
    pub(super) fn encode(&mut self, streams: &mut Streams<'_>, slot: usize, value: u32) {
        let Slot { base, extra } = self.slots[slot];
        if self.code.encode(streams, slot) {
            self.look_up();
        }
        streams.put(value - base, extra.into());
    }

    #[cold]
    fn look_up(&mut self) {
        self.builds += 1;
        for (slot, cost) in self.costs.iter_mut().enumerate() {
            *cost = self.code.cost(slot) + Cost::from(self.slots[slot].extra) * BIT;
        }
    }
}

/// All that adapts.
#[derive(Clone)]
pub(super) struct Models {
    pub(super) decisions: CostedDecisions,
    pub(super) literal: SymbolEncoder<LITERALS>,
    pub(super) length: SlotEncoder<LENGTH_SLOTS>,
    pub(super) offset: SlotEncoder<OFFSET_SLOTS>,
    pub(super) delta_offset: SlotEncoder<OFFSET_SLOTS>,
    pub(super) delta_power: SymbolEncoder<POWERS>,
}

impl Models {
    /// The models at the start of a chunk of `chunk_len` bytes.
    pub(super) fn new(chunk_len: usize) -> Self {
        let slots = offset_slots(chunk_len);
        Self {
            decisions: CostedDecisions::new(),
            literal: SymbolEncoder::new(LITERALS),
            length: SlotEncoder::new(LENGTH_SLOTS, &LENGTHS),
            offset: SlotEncoder::new(slots, &OFFSETS),
            delta_offset: SlotEncoder::new(slots, &OFFSETS),
            delta_power: SymbolEncoder::new(POWERS),
        }
    }

    /// The cost of a literal's symbol.
    #[inline(always)]
    pub(super) fn literal_cost(&self, byte: u8) -> Cost {
        self.literal.cost(byte.into())
    }

    /// The cost of a length's symbol and raw bits.
    #[inline(always)]
    pub(super) fn length_cost(&self, length: usize) -> Cost {
        self.length.cost(length_slot(length as u32))
    }
}
