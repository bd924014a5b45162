//! Cutting the items into jobs, one at a time and only as they are wanted.

use std::ops::Range;
use std::sync::Arc;

use wim_format::{BlobLocation, ResourceHeader};

use super::{Item, Keep};
use crate::archive::Extent;
use crate::{Archive, Error, Result};

/// Uncompressed bytes of a job, unless one chunk is larger.
pub(super) const JOB_BYTES: u64 = 1 << 20;
/// Blobs of a job: what is done with one beside decoding it may take far longer.
const JOB_ITEMS: usize = 256;
/// Bytes between two resources that are read along rather than around.
const MAX_GAP: u64 = 64 << 10;
/// Bytes that one read may take.
const MAX_SPAN: u64 = 2 << 20;
/// Bytes that a job without large chunks occupies at most: what it reads, and what it decodes, one chunk more than asked for.
pub(crate) const MAX_JOB_MEMORY: u64 = MAX_SPAN + 2 * JOB_BYTES;

/// What one thread does in one go.
pub(super) enum Job {
    /// Whole blobs whose resources lie close together in the bytes `span` of a file.
    Whole { items: Range<usize>, span: Range<u64> },
    /// Some of the chunks of one large blob.
    Part { item: usize, extent: Arc<Extent>, chunks: Range<u64> },
    /// One chunk of a solid resource, and the items that have bytes in it. `owner` is any item of the resource: of one that is
    /// copied whole there are chunks in which no item has bytes.
    Solid { owner: usize, items: Range<usize>, extent: Arc<Extent>, chunk: u64 },
    /// Items whose chunk table is damaged.
    Damaged { items: Range<usize>, archive: String, source: wim_format::Error },
}

/// The jobs for `items`, in order.
pub(super) struct Jobs<'a> {
    archive: &'a Archive,
    items: &'a [Item],
    next: usize,
    /// A large blob, or solid data, that is not through yet.
    under_way: Option<UnderWay>,
}

struct UnderWay {
    extent: Arc<Extent>,
    chunks: Range<u64>,
    kind: UnderWayKind,
}

enum UnderWayKind {
    Blob(usize),
    /// Items that lie in the same solid resource, the first of them not complete yet.
    Solid(Range<usize>),
    /// The same, of a resource that is copied whole, whatever lies in its chunks.
    SolidCopy {
        owner: usize,
        items: Range<usize>,
    },
}

impl<'a> Jobs<'a> {
    pub(super) fn new(archive: &'a Archive, items: &'a [Item]) -> Self {
        Self { archive, items, next: 0, under_way: None }
    }

    fn next_job(&mut self) -> Result<Option<Job>> {
        if let Some(under_way) = self.under_way.take()
            && let Some(job) = self.go_on(under_way)
        {
            return Ok(Some(job));
        }
        let Some(item) = self.items.get(self.next) else { return Ok(None) };
        match item.blob.location {
            BlobLocation::Resource(resource) if item.blob.size <= JOB_BYTES && resource.size_in_wim <= MAX_SPAN => {
                Ok(Some(self.gather(resource)))
            }
            BlobLocation::Resource(_) => {
                self.next += 1;
                match self.archive.volume(item.volume).blob_extent(&item.blob) {
                    Ok(extent) => {
                        let chunks = extent.chunks_of(&(0..extent.size));
                        let kind = UnderWayKind::Blob(self.next - 1);
                        Ok(self.go_on(UnderWay { extent: Arc::new(extent), chunks, kind }))
                    }
                    Err(error) => damaged(self.next - 1..self.next, error).map(Some),
                }
            }
            BlobLocation::Solid { resource, .. } => self.begin_solid(resource).map(Some),
        }
    }

    /// Small blobs from the next one on, as long as they lie close together.
    fn gather(&mut self, first: ResourceHeader) -> Job {
        let (start, volume) = (self.next, self.items[self.next].volume);
        let mut span = first.offset..first.offset + first.size_in_wim;
        let mut size = 0;
        for item in self.items[start..].iter().take(JOB_ITEMS) {
            let BlobLocation::Resource(resource) = item.blob.location else { break };
            let end = resource.offset + resource.size_in_wim;
            let near = item.volume == volume
                && resource.offset >= span.start
                && resource.offset <= span.end.saturating_add(MAX_GAP)
                && end.saturating_sub(span.start) <= MAX_SPAN;
            size += item.blob.size;
            if !near || (size > JOB_BYTES && self.next > start) {
                break;
            }
            span.end = span.end.max(end);
            self.next += 1;
        }
        Job::Whole { items: start..self.next, span }
    }

    /// All items of one solid resource, chunk by chunk, as far as they come in the order in which they lie there.
    fn begin_solid(&mut self, number: u32) -> Result<Job> {
        let (start, volume) = (self.next, self.items[self.next].volume);
        let mut end = 0;
        let follows = |item: &&Item| match item.blob.location {
            BlobLocation::Solid { resource, offset } => {
                let follows = item.volume == volume && resource == number && offset >= end;
                end = offset + item.blob.size;
                follows
            }
            BlobLocation::Resource(_) => false,
        };
        self.next += self.items[start..].iter().take_while(follows).count();
        let size = self.archive.volume(volume).table.solid_resources()[number as usize].header.uncompressed_size;
        let extent = match self.archive.volume(volume).solid_extent(number, 0, size) {
            Ok(extent) => Arc::new(extent),
            Err(error) => return damaged(start..self.next, error),
        };
        let items = start..self.next;
        let (chunks, kind) = match self.items[start].keep {
            Keep::Stored => (extent.chunks_of(&(0..size)), UnderWayKind::SolidCopy { owner: start, items }),
            Keep::Nothing | Keep::Decoded => (0..0, UnderWayKind::Solid(items)),
        };
        let job = self.go_on(UnderWay { extent, chunks, kind });
        Ok(job.expect("at least one item lies in the resource, and blobs are never empty"))
    }

    /// The next job of what is under way, `None` if it is complete.
    fn go_on(&mut self, mut under_way: UnderWay) -> Option<Job> {
        let extent = under_way.extent.clone();
        let job = match &mut under_way.kind {
            UnderWayKind::Blob(item) => {
                let per_job = (JOB_BYTES / u64::from(extent.piece_size())).max(1);
                let chunks = under_way.chunks.start..under_way.chunks.end.min(under_way.chunks.start + per_job);
                under_way.chunks.start = chunks.end;
                (!chunks.is_empty()).then_some(Job::Part { item: *item, extent, chunks })
            }
            UnderWayKind::Solid(items) => self.solid_chunk(extent, items, &mut under_way.chunks.start),
            UnderWayKind::SolidCopy { owner, items } => under_way.chunks.next().map(|chunk| {
                let items = self.items_in(&extent, items, chunk);
                Job::Solid { owner: *owner, items, extent, chunk }
            }),
        };
        if job.is_some() {
            self.under_way = Some(under_way);
        }
        job
    }

    /// The first chunk from number `from` on in which one of `items` has bytes.
    fn solid_chunk(&self, extent: Arc<Extent>, items: &mut Range<usize>, from: &mut u64) -> Option<Job> {
        let unit = u64::from(extent.piece_size());
        self.drop_before(items, *from * unit);
        if items.start == items.end {
            return None;
        }
        let chunk = (*from).max(self.bounds(items.start).start / unit);
        *from = chunk + 1;
        let owner = items.start;
        Some(Job::Solid { owner, items: self.items_in(&extent, items, chunk), extent, chunk })
    }

    /// Which of `items` have bytes in `chunk`; those that end before it are dropped.
    fn items_in(&self, extent: &Extent, items: &mut Range<usize>, chunk: u64) -> Range<usize> {
        let unit = u64::from(extent.piece_size());
        self.drop_before(items, chunk * unit);
        let here = items.clone().take_while(|&item| self.bounds(item).start < (chunk + 1) * unit).count();
        items.start..items.start + here
    }

    /// Drops the `items` that end at `position` or before.
    fn drop_before(&self, items: &mut Range<usize>, position: u64) {
        while items.start < items.end && self.bounds(items.start).end <= position {
            items.start += 1;
        }
    }

    /// Where an item lies in its solid resource's data.
    fn bounds(&self, item: usize) -> Range<u64> {
        match self.items[item].blob.location {
            BlobLocation::Solid { offset, .. } => offset..offset + self.items[item].blob.size,
            BlobLocation::Resource(_) => unreachable!("only solid items are gathered"),
        }
    }
}

/// An invalid chunk table is the items' own failure; anything else ends the run.
fn damaged(items: Range<usize>, error: Error) -> Result<Job> {
    match error {
        Error::Format { archive, source, .. } => Ok(Job::Damaged { items, archive, source }),
        other => Err(other),
    }
}

impl Iterator for Jobs<'_> {
    type Item = Result<Job>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_job().transpose()
    }
}

#[cfg(test)]
mod tests {
    use testdata::build::{Image, Wim};

    use super::*;
    use crate::OpenOptions;

    /// A hundred thousand files of six bytes were the job of one thread.
    #[test]
    fn tiny_blobs_are_several_jobs() {
        let numbers = 0..2 * JOB_ITEMS + 1;
        let image =
            numbers.fold(Image::new("tiny"), |image, number| image.file(&format!(r"\{number}"), number.to_string()));
        let archive = OpenOptions::new().open_source("tiny", Arc::new(Wim::new().image(image).to_bytes())).unwrap();
        let item = |blob: &wim_format::Blob| Item { volume: 0, blob: *blob, metadata_of: None, keep: Keep::Decoded };
        let mut items: Vec<Item> = archive.blob_table().blobs().iter().map(item).collect();
        crate::pipeline::sort_by_position(&archive, &mut items);
        let sizes = Jobs::new(&archive, &items).map(|job| match job.unwrap() {
            Job::Whole { items, .. } => items.len(),
            _ => panic!("small blobs are read whole"),
        });
        assert_eq!(sizes.collect::<Vec<_>>(), [JOB_ITEMS, JOB_ITEMS, 1]);
    }
}
