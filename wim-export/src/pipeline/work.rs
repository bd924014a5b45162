//! What a thread does with a job: one read, then decode and hash.

use std::ops::Range;

use wim_format::{BlobLocation, Chunk, ResourceHeader, Sha1Hash};

use super::job::Job;
use super::{Item, Keep, LARGE_CHUNK, Taker};
use crate::archive::{Extent, Volume};
use crate::decode::{Buffers, Decoders};
use crate::hash::{Hasher, sha1};
use crate::workers::Workers;
use crate::{Archive, Error, Result};

/// What a run works with; it outlives the run's threads.
pub(crate) struct Flow<'a> {
    pub(super) archive: &'a Archive,
    pub(super) items: &'a [Item],
    pub(super) buffers: Buffers,
    decoders: Decoders,
    taker: Option<&'a dyn Taker>,
}

/// What a job came to.
pub(super) struct Output {
    pub(super) pieces: Vec<Piece>,
    /// What was read: the bytes `span` of volume `volume`, unless they are in memory anyway.
    pub(super) stored: Vec<u8>,
    pub(super) span: Range<u64>,
    pub(super) volume: usize,
    pub(super) decoded: Vec<u8>,
    /// What was read is a chunk of a solid resource that is copied whole, and goes to the sink as this item's.
    pub(super) copied: Option<usize>,
}

/// Some bytes of an item.
pub(super) struct Piece {
    pub(super) item: usize,
    /// Which of the bytes read.
    pub(super) stored: Range<usize>,
    /// Which of the bytes decoded.
    pub(super) decoded: Range<usize>,
    /// Where in the item the decoded bytes begin.
    pub(super) at: u64,
    pub(super) state: State,
}

pub(super) enum State {
    /// The item is complete, and its hash was compared.
    Complete(Result<()>),
    /// The item is complete, and its hash is still to be compared: what lies in a large chunk is hashed by threads that have
    /// nothing to decode.
    Unchecked,
    /// The calling thread hashes; after the last part it compares.
    Part { last: bool, outcome: Result<()> },
}

impl<'a> Flow<'a> {
    pub(crate) fn new(archive: &'a Archive, items: &'a [Item]) -> Self {
        archive.forget_chunks();
        Self { archive, items, decoders: Decoders::default(), buffers: Buffers::default(), taker: None }
    }

    /// Gives all decoded data to `taker`, too, on the threads that decode it.
    pub(crate) fn with_taker(self, taker: &'a dyn Taker) -> Self {
        Self { taker: Some(taker), ..self }
    }

    /// How many jobs may be under way: enough to keep the threads busy, few enough to bound the memory.
    pub(crate) fn window(&self, workers: &Workers) -> usize {
        let solid = self.archive.volumes().iter().flat_map(|volume| volume.table.solid_resources());
        let large = solid.map(|solid| solid.header.chunk_size).any(|size| size >= LARGE_CHUNK)
            || self.archive.header().chunk_size >= LARGE_CHUNK;
        match (large, workers.threads()) {
            // Alone, a thread decodes a chunk only when the one before is done with.
            (true, 1) => 1,
            (true, threads) => threads + 1,
            (false, threads) => 2 * threads,
        }
    }

    pub(super) fn volume(&self, item: usize) -> &'a Volume {
        self.archive.volume(self.items[item].volume)
    }

    /// The resource of an item that is not solid.
    fn resource(&self, item: usize) -> ResourceHeader {
        self.items[item].resource().expect("solid items have jobs of their own")
    }

    /// Does `job`. An error is one of reading; what is wrong with an item is that item's outcome.
    pub(super) fn work(&self, job: Job) -> Result<Output> {
        let output = match job {
            Job::Whole { items, span } => self.whole(items, span),
            Job::Part { item, extent, chunks } => self.part(item, &extent, chunks),
            Job::Solid { owner, items, extent, chunk } => self.solid(owner, items, &extent, chunk),
            Job::Damaged { items, archive, source } => Ok(self.damaged(items, &archive, source)),
        }?;
        if let Some(taker) = self.taker {
            output.pieces.iter().try_for_each(|piece| piece.give(taker, &output.decoded))?;
        }
        Ok(output)
    }

    /// Whole blobs, close together in the file.
    fn whole(&self, items: Range<usize>, span: Range<u64>) -> Result<Output> {
        let volume = self.volume(items.start);
        let mut stored = self.buffers.take(volume.buffer_len(&span));
        let kept_len = |item: usize| match self.items[item].keep {
            Keep::Decoded => self.items[item].blob.size as usize,
            Keep::Nothing | Keep::Stored => 0,
        };
        let mut decoded = self.buffers.take(items.clone().map(kept_len).sum());
        let bytes = volume.bytes(&span, &mut stored)?;
        let mut at = 0;
        let pieces = items.clone().map(|item| {
            let kept = at..at + kept_len(item);
            at = kept.end;
            let (good, hash) = self.decode_whole(item, bytes, span.start, &mut decoded[kept.clone()]);
            let kept = kept.start..kept.start + good.min(kept.len());
            let outcome = hash.and_then(|actual| self.check(item, actual));
            let outcome = outcome.map_err(|error| error.about(|| self.items[item].subject()));
            let resource = self.resource(item);
            let start = (resource.offset - span.start) as usize;
            let stored = start..start + resource.size_in_wim as usize;
            Piece { item, stored, decoded: kept, at: 0, state: State::Complete(outcome) }
        });
        let pieces = pieces.collect();
        Ok(Output { pieces, stored, span, volume: self.items[items.start].volume, decoded, copied: None })
    }

    /// Decodes one whole blob out of `bytes`, which begin at `base` in the file, and hashes it. The data goes to `kept`,
    /// unless that is empty. Returns also how much was decoded.
    fn decode_whole(&self, item: usize, bytes: &[u8], base: u64, kept: &mut [u8]) -> (usize, Result<Sha1Hash>) {
        let resource = self.resource(item);
        let within = |range: Range<u64>| &bytes[(range.start - base) as usize..(range.end - base) as usize];
        if !resource.is_compressed() {
            let data = within(resource.offset..resource.offset + resource.size_in_wim);
            if !kept.is_empty() {
                kept.copy_from_slice(data);
            }
            return (data.len(), Ok(sha1(data)));
        }
        let volume = self.volume(item);
        let table = volume.chunk_table_location(&resource);
        match table.and_then(|table| volume.extent_with_table(&resource, within(table))) {
            Ok(extent) => self.decode_chunks(item, &extent, within, kept),
            Err(error) => (0, Err(error)),
        }
    }

    /// Decodes all chunks of a whole blob, as [`Self::decode_whole`] does.
    fn decode_chunks<'b>(
        &self,
        item: usize,
        extent: &Extent,
        within: impl Fn(Range<u64>) -> &'b [u8],
        kept: &mut [u8],
    ) -> (usize, Result<Sha1Hash>) {
        let mut scratch = self.buffers.take(if kept.is_empty() { extent.largest_piece() as usize } else { 0 });
        let (mut hasher, mut good) = (Hasher::default(), 0);
        let result = extent.chunks_of(&(0..extent.size)).try_for_each(|number| {
            let chunk = extent.chunk(number);
            let (at, size) = (chunk.uncompressed_offset as usize, chunk.uncompressed_size as usize);
            let data = if kept.is_empty() { &mut scratch[..size] } else { &mut kept[at..at + size] };
            let stored = within(chunk.offset..chunk.offset + u64::from(chunk.size));
            let subject = || self.items[item].subject();
            self.volume(item).decode(extent, &chunk, stored, data, &self.decoders, subject)?;
            hasher.update(data);
            good = at + size;
            Ok(())
        });
        self.buffers.put(scratch);
        (good, result.map(|()| hasher.finish()))
    }

    /// Compares an item's hash with what its data came to.
    pub(super) fn check(&self, item: usize, actual: Sha1Hash) -> Result<()> {
        if actual == self.items[item].blob.hash {
            return Ok(());
        }
        let Item { blob, .. } = &self.items[item];
        Err(self.volume(item).hash_mismatch(&blob.location, self.items[item].subject(), actual))
    }

    /// Some chunks of a large blob.
    fn part(&self, item: usize, extent: &Extent, chunks: Range<u64>) -> Result<Output> {
        let volume = self.volume(item);
        let all = extent.chunks_of(&(0..extent.size));
        let span = part_span(extent, &all, &chunks);
        let mut stored = self.buffers.take(volume.buffer_len(&span));
        let (first, last) = (extent.chunk(chunks.start), extent.chunk(chunks.end - 1));
        let base = first.uncompressed_offset;
        let size = (last.uncompressed_offset + u64::from(last.uncompressed_size) - base) as usize;
        let mut decoded = self.buffers.take(size);
        let bytes = volume.bytes(&span, &mut stored)?;
        let outcome = chunks.clone().try_for_each(|number| {
            let chunk = extent.chunk(number);
            let from = (chunk.offset - span.start) as usize;
            let at = (chunk.uncompressed_offset - base) as usize;
            let data = &mut decoded[at..at + chunk.uncompressed_size as usize];
            let stored = &bytes[from..from + chunk.size as usize];
            volume.decode(extent, &chunk, stored, data, &self.decoders, || self.items[item].subject())
        });
        let state = State::Part { last: chunks.end == all.end, outcome };
        let stored_range = 0..(span.end - span.start) as usize;
        let pieces = vec![Piece { item, stored: stored_range, decoded: 0..size, at: base - extent.start, state }];
        Ok(Output { pieces, stored, span, volume: self.items[item].volume, decoded, copied: None })
    }

    /// One chunk of a solid resource, decoded as far as `items` have bytes in it.
    fn solid(&self, owner: usize, items: Range<usize>, extent: &Extent, number: u64) -> Result<Output> {
        let volume = self.volume(owner);
        let chunk = extent.chunk(number);
        let span = chunk.offset..chunk.offset + u64::from(chunk.size);
        let mut stored = self.buffers.take(volume.buffer_len(&span));
        let bytes = volume.bytes(&span, &mut stored)?;
        let wanted = items.clone().last().map_or(0, |item| self.part_in(item, &chunk).end);
        let mut decoded = self.buffers.take(if wanted > 0 { chunk.uncompressed_size as usize } else { 0 });
        let data = if wanted > 0 { &mut decoded[..chunk.uncompressed_size as usize] } else { &mut [] };
        let decode = if wanted > 0 { self.decoders.decode_front(extent, bytes, data, wanted) } else { Ok(0) };
        let data = &*data;
        let pieces = items.map(|item| {
            let subject = || self.items[item].subject();
            let outcome = decode.map(|_| ()).map_err(|source| volume.chunk_error(extent, &chunk, subject(), source));
            self.solid_piece(item, &chunk, data, outcome)
        });
        let (pieces, copied) = (pieces.collect(), (self.items[owner].keep == Keep::Stored).then_some(owner));
        Ok(Output { pieces, stored, span, volume: self.items[owner].volume, decoded, copied })
    }

    /// Nothing to decode: every one of `items` fails for the same reason.
    fn damaged(&self, items: Range<usize>, archive: &str, source: wim_format::Error) -> Output {
        let volume = self.items[items.start].volume;
        let pieces = items.map(|item| {
            let subject = Some(self.items[item].subject());
            let outcome = Err(Error::Format { archive: archive.to_owned(), subject, source });
            Piece { item, stored: 0..0, decoded: 0..0, at: 0, state: State::Complete(outcome) }
        });
        let (pieces, decoded) = (pieces.collect(), Vec::new());
        Output { pieces, stored: Vec::new(), span: 0..0, volume, decoded, copied: None }
    }

    /// What of `chunk`, which decoded to `data` or not, belongs to `item`. An item that lies in it whole is hashed here
    /// and now, on this thread, unless the chunk is large.
    fn solid_piece(&self, item: usize, chunk: &Chunk, data: &[u8], outcome: Result<()>) -> Piece {
        let (size, end) = (self.items[item].blob.size, self.end_in_solid(item));
        let offset = end - size;
        let first = offset.max(chunk.uncompressed_offset);
        let last = end <= chunk.uncompressed_offset + u64::from(chunk.uncompressed_size);
        let part = self.part_in(item, chunk);
        let decoded = if outcome.is_ok() { part } else { part.start..part.start };
        let apart = chunk.uncompressed_size >= LARGE_CHUNK && self.taker.is_none();
        let state = match outcome {
            outcome if first > offset || !last => State::Part { last, outcome },
            Ok(()) if apart => State::Unchecked,
            outcome => State::Complete(outcome.and_then(|()| self.check(item, sha1(&data[decoded.clone()])))),
        };
        Piece { item, stored: 0..0, decoded, at: first - offset, state }
    }

    /// Where an item ends in its solid resource's data.
    fn end_in_solid(&self, item: usize) -> u64 {
        let BlobLocation::Solid { offset, .. } = self.items[item].blob.location else {
            unreachable!("only solid items have solid jobs");
        };
        offset + self.items[item].blob.size
    }

    /// Which bytes of `chunk` are the item's.
    fn part_in(&self, item: usize, chunk: &Chunk) -> Range<usize> {
        let end = self.end_in_solid(item);
        let start = end - self.items[item].blob.size;
        let (first, size) = (chunk.uncompressed_offset, u64::from(chunk.uncompressed_size));
        (start.max(first) - first) as usize..(end - first).min(size) as usize
    }
}

impl Piece {
    /// Gives the piece to `taker`. What did not decode is not part of it: the buffer may hold another file's data there.
    fn give(&self, taker: &dyn Taker, decoded: &[u8]) -> Result<()> {
        let data = &decoded[self.decoded.clone()];
        match &self.state {
            State::Complete(Ok(())) => taker.whole(self.item, data),
            State::Complete(Err(_)) => taker.damaged(self.item, data),
            State::Part { outcome: Ok(()), .. } => taker.part(self.item, self.at, data),
            State::Part { outcome: Err(_), .. } | State::Unchecked => Ok(()),
        }
    }
}

/// The bytes of the file that belong to `chunks`: with the first ones all that precedes them in the resource, with the
/// last ones all that follows them, so that the parts together are the whole resource.
fn part_span(extent: &Extent, all: &Range<u64>, chunks: &Range<u64>) -> Range<u64> {
    let resource = &extent.resource;
    let start = if chunks.start == all.start { resource.offset } else { extent.chunk(chunks.start).offset };
    let end =
        if chunks.end == all.end { resource.offset + resource.size_in_wim } else { extent.chunk(chunks.end).offset };
    start..end
}
