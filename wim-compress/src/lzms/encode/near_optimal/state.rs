//! What a way through a block leaves behind: the recent sources, and the contexts of decisions.

use crate::lzms::encode::items::{Recent, Source};
use crate::lzms::encode::models::CostedDecisions;

/// What leads from a node to another.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) source: Source,
    /// If positive: after the item comes a literal and then a match of this length with the latest source of its kind. A literal as the item
    /// itself is then that literal.
    pub(super) tail: u16,
}

/// The contexts of decisions: their last bits.
#[derive(Clone, Copy, Default)]
pub(super) struct Contexts {
    pub(super) main: u8,
    pub(super) kind: u8,
    pub(super) lz_recent: u8,
    pub(super) lz_index: [u8; 2],
    pub(super) delta_recent: u8,
    pub(super) delta_index: [u8; 2],
}

impl Contexts {
    fn of(decisions: &CostedDecisions) -> Self {
        Self {
            main: decisions.main.state() as u8,
            kind: decisions.kind.state() as u8,
            lz_recent: decisions.lz_recent.state() as u8,
            lz_index: decisions.lz_index.each_ref().map(|index| index.state() as u8),
            delta_recent: decisions.delta_recent.state() as u8,
            delta_index: decisions.delta_index.each_ref().map(|index| index.state() as u8),
        }
    }

    /// Takes note of an item.
    #[inline(always)]
    pub(super) fn push(&mut self, source: Source) {
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
pub(super) struct State {
    pub(super) recent: Recent,
    pub(super) contexts: Contexts,
}

impl State {
    /// What a chunk begins with.
    pub(super) const START: Self = Self {
        recent: Recent::START,
        contexts: Contexts { main: 0, kind: 0, lz_recent: 0, lz_index: [0; 2], delta_recent: 0, delta_index: [0; 2] },
    };

    /// What has been left behind by what was written.
    pub(super) fn of(recent: Recent, decisions: &CostedDecisions) -> Self {
        Self { recent, contexts: Contexts::of(decisions) }
    }

    #[inline(always)]
    fn push(&mut self, source: Source) {
        self.recent.push(source);
        self.contexts.push(source);
    }

    /// Goes a step on.
    #[inline(always)]
    pub(super) fn take(&mut self, step: Step) {
        if step.tail == 0 {
            self.push(step.source);
        } else {
            if step.source != Source::Literal {
                self.push(step.source);
            }
            self.push(Source::Literal);
            self.push(step.source.again());
        }
    }
}
