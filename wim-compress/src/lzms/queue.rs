//! The queues of recent match sources.
//!
//! Each kind of match has a queue of four sources, of which the first three can be referred to. A reference takes the
//! source out at once. The source that an item used, new or recent, enters at the front only after the *next* item has been
//! decoded, so that item cannot refer to it.
//!
//! Here the source enters at once, and the item that follows looks one place further back if it is of the same kind; if it
//! is not, the delay is over before it matters. The two descriptions never differ: as long as a source is pending at the
//! front, whatever is taken out is behind it, and is put before it.

/// Sources of one kind of match, the latest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Queue<T> {
    sources: [T; 4],
}

impl<T: Copy> Queue<T> {
    pub(super) const fn new(sources: [T; 4]) -> Self {
        Self { sources }
    }

    /// Enters a new source.
    #[inline(always)]
    pub(super) fn push(&mut self, source: T) {
        let [a, b, c, _] = self.sources;
        self.sources = [source, a, b, c];
    }

    /// The source number `index`, at most 2, where `pending` says whether the item before was of this kind.
    #[inline(always)]
    pub(super) fn get(&self, index: usize, pending: bool) -> T {
        self.sources[(index + usize::from(pending)) & 3]
    }

    /// Takes the source number `index` (as for [`Queue::get`]), moves it to the front and returns it.
    #[inline(always)]
    pub(super) fn take(&mut self, index: usize, pending: bool) -> T {
        let source = self.get(index, pending);
        let [a, b, c, d] = self.sources;
        self.sources = match index + usize::from(pending) {
            0 => [a, b, c, d],
            1 => [b, a, c, d],
            2 => [c, a, b, d],
            _ => [d, a, b, c],
        };
        source
    }
}

/// The offsets that a chunk begins with.
pub(super) const FIRST_OFFSETS: Queue<u32> = Queue::new([1, 2, 3, 4]);

#[cfg(test)]
mod tests {
    use alloc::collections::VecDeque;

    use super::*;

    /// The delay as the format describes it, with every step spelled out.
    struct Delayed {
        queue: VecDeque<u32>,
        pending: Option<u32>,
    }

    impl Delayed {
        fn item(&mut self, reference: Option<usize>, source: Option<u32>) -> Option<u32> {
            let used = reference.map(|index| self.queue.remove(index).expect("there are always three")).or(source);
            if let Some(pending) = self.pending.take() {
                self.queue.push_front(pending);
            }
            self.pending = used;
            self.queue.truncate(4);
            used
        }
    }

    #[test]
    fn looking_one_place_further_is_the_same_as_the_delay() {
        let mut state = 7u32;
        let mut slow = Delayed { queue: VecDeque::from([1, 2, 3, 4]), pending: None };
        let mut fast = FIRST_OFFSETS;
        let mut pending = false;
        for n in 0..5000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let index = (state >> 20) as usize % 3;
            match state >> 30 {
                0 => {
                    slow.item(None, None);
                    pending = false;
                }
                1 => {
                    slow.item(None, Some(100 + n));
                    fast.push(100 + n);
                    pending = true;
                }
                _ => {
                    assert_eq!(slow.item(Some(index), None), Some(fast.take(index, pending)), "item {n}");
                    pending = true;
                }
            }
        }
    }
}
