//! The calling thread's side: it hands out jobs, and gives what they came to to the sink, in order.

use std::ops::Range;
use std::sync::Arc;

use super::job::Jobs;
use super::work::{Flow, Output, Piece, State};
use super::{Keep, Sink};
use crate::Result;
use crate::hash::{Hasher, sha1};
use crate::workers::Crew;

/// Goes through all items of `flow`, at most `window` jobs at a time, and hands them to `sink`.
pub(crate) fn run<'scope>(
    flow: &'scope Flow<'scope>,
    crew: &Crew<'_, 'scope>,
    window: usize,
    sink: &mut dyn Sink,
) -> Result<()> {
    let mut pending = crew.window(window);
    let mut delivery = Delivery { flow, crew: *crew, sink, hasher: Hasher::default(), failed: None };
    for job in Jobs::new(flow.archive, flow.items) {
        if pending.is_full()
            && let Some(output) = pending.take()
        {
            delivery.deliver(output??)?;
        }
        let job = job?;
        pending.start(move || flow.work(job));
    }
    while let Some(output) = pending.take() {
        delivery.deliver(output??)?;
    }
    Ok(())
}

/// Bytes that a thread hashes in one go, unless an item is larger.
const HASH_BYTES: usize = 4 << 20;

struct Delivery<'a, 'scope> {
    flow: &'scope Flow<'scope>,
    crew: Crew<'a, 'scope>,
    sink: &'a mut dyn Sink,
    /// The hash of the item that is coming in parts.
    hasher: Hasher,
    /// An item that came in parts and failed. It has ended; what is still to come of it is dropped.
    failed: Option<usize>,
}

impl Delivery<'_, '_> {
    fn deliver(&mut self, output: Output) -> Result<()> {
        let Output { mut pieces, stored, span, volume, decoded, copied } = output;
        let decoded = self.check_all(&mut pieces, decoded)?;
        let in_memory = self.flow.archive.volume(volume).in_memory(&span);
        if let Some(item) = copied {
            let len = (span.end - span.start) as usize;
            self.hand_over(item, &in_memory.unwrap_or(&stored)[..len])?;
        }
        for piece in pieces {
            let data = &decoded[piece.decoded.clone()];
            let bytes = match self.flow.items[piece.item].keep {
                Keep::Nothing => &[],
                Keep::Stored => &in_memory.unwrap_or(&stored)[piece.stored.clone()],
                Keep::Decoded => data,
            };
            self.piece(piece, bytes, data)?;
        }
        self.flow.buffers.put(stored);
        self.flow.buffers.put(decoded);
        Ok(())
    }

    /// Compares the hashes of all `pieces` that are complete and unchecked, on all threads.
    fn check_all(&self, pieces: &mut [Piece], decoded: Vec<u8>) -> Result<Vec<u8>> {
        let mut groups: Vec<Vec<(usize, Range<usize>)>> = Vec::new();
        let mut room = 0;
        for piece in pieces.iter().filter(|piece| matches!(piece.state, State::Unchecked)) {
            let size = piece.decoded.len();
            if size > room {
                groups.push(Vec::new());
                room = HASH_BYTES;
            }
            room = room.saturating_sub(size);
            groups.last_mut().expect("the first piece begins one").push((piece.item, piece.decoded.clone()));
        }
        if groups.is_empty() {
            return Ok(decoded);
        }
        let (flow, decoded) = (self.flow, Arc::new(decoded));
        let mut pending = self.crew.window(groups.len());
        for group in groups {
            let decoded = decoded.clone();
            let check = move |(item, range): (usize, Range<usize>)| flow.check(item, sha1(&decoded[range]));
            pending.start(move || group.into_iter().map(check).collect::<Vec<_>>());
        }
        let mut outcomes = Vec::new();
        while let Some(group) = pending.take() {
            outcomes.extend(group?);
        }
        let unchecked = pieces.iter_mut().filter(|piece| matches!(piece.state, State::Unchecked));
        unchecked.zip(outcomes).for_each(|(piece, outcome)| piece.state = State::Complete(outcome));
        Ok(Arc::try_unwrap(decoded).unwrap_or_default())
    }

    /// `bytes` is what the sink wants of `piece`, `data` what it decodes to.
    fn piece(&mut self, Piece { item, state, .. }: Piece, bytes: &[u8], data: &[u8]) -> Result<()> {
        match state {
            State::Complete(Ok(())) => {
                self.hand_over(item, bytes)?;
                self.sink.end(item, Ok(()))
            }
            State::Complete(error) => self.sink.end(item, error),
            State::Unchecked => unreachable!("all are checked before they are handed over"),
            State::Part { .. } if self.failed == Some(item) => Ok(()),
            State::Part { outcome: Err(error), .. } => {
                self.hasher = Hasher::default();
                self.failed = Some(item);
                self.sink.end(item, Err(error))
            }
            State::Part { last, outcome: Ok(()) } => {
                self.hasher.update(data);
                self.hand_over(item, bytes)?;
                if !last {
                    return Ok(());
                }
                let actual = std::mem::take(&mut self.hasher).finish();
                self.sink.end(item, self.flow.check(item, actual))
            }
        }
    }

    fn hand_over(&mut self, item: usize, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() { Ok(()) } else { self.sink.bytes(item, bytes) }
    }
}
