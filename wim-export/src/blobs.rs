//! Reading many blobs at once: every thread decodes, checks and hands over on its own.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use wim_format::Sha1Hash;

use crate::budget::Need;
use crate::pipeline::{Flow, Item, Keep, Sink, Taker, run, sort_by_position, total_bytes};
use crate::progress::Meter;
use crate::{Archive, Error, Phase, Progress, Result, Subject};

/// Takes the data of blobs, on the threads that decode it.
///
/// A blob of up to a megabyte, or one that lies within a chunk of a solid resource, comes [whole](Self::whole) and checked. A
/// larger one comes in [parts](Self::part), and only its [end](Self::end) tells whether it was right.
pub trait BlobTaker: Sync {
    /// All of blob number `index`: it was decoded, and its SHA-1 is right.
    ///
    /// # Errors
    /// Whatever ends the run.
    fn whole(&self, index: usize, data: &[u8]) -> Result<()>;

    /// Bytes of a large blob, from `offset` on. They come in any order, from several threads at a time, and perhaps even
    /// after its end if it is damaged.
    ///
    /// # Errors
    /// Whatever ends the run.
    fn part(&self, index: usize, offset: u64, data: &[u8]) -> Result<()>;

    /// What could be decoded of a damaged blob that would have come whole; its end follows.
    ///
    /// # Errors
    /// Whatever ends the run.
    fn damaged(&self, index: usize, data: &[u8]) -> Result<()> {
        let _ = (index, data);
        Ok(())
    }

    /// Blob number `index` is complete and right, or it is damaged, and why. Comes once for each, on the calling thread.
    ///
    /// # Errors
    /// Whatever ends the run; `outcome` itself, if a damaged blob shall.
    fn end(&self, index: usize, outcome: Result<()>) -> Result<()>;
}

/// How to read blobs.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct BlobReadOptions {
    /// How many threads; `None`: one a core.
    pub threads: Option<NonZeroUsize>,
    /// Bytes of memory for buffers and decoders; `None`: as much as the threads need.
    pub memory: Option<u64>,
}

impl Archive {
    /// Reads the blobs `hashes`, no two of them the same, in the order in which they lie in the file, each resource once.
    ///
    /// # Errors
    /// If a blob is missing, before any is read; if reading fails, `taker` does, or the run is cancelled.
    pub fn read_blobs(
        &self,
        hashes: &[Sha1Hash],
        options: &BlobReadOptions,
        taker: &dyn BlobTaker,
        progress: &mut dyn Progress,
    ) -> Result<()> {
        let mut items = hashes.iter().map(|hash| self.item(hash)).collect::<Result<Vec<_>>>()?;
        sort_by_position(self, &mut items);
        let numbers = HashMap::<Sha1Hash, usize>::from_iter(hashes.iter().copied().zip(0..));
        let order: Vec<usize> = items.iter().map(|item| numbers[&item.blob.hash]).collect();
        let total = total_bytes(&items);
        self.check_total_bytes(total)?;
        let workers = Need::decoding(self, &items).workers(options.threads, options.memory)?;
        let numbered = Numbered { taker, order };
        let flow = Flow::new(self, &items).with_taker(&numbered);
        let mut ends = Ends { numbered: &numbered, meter: Meter::new(progress, Phase::Read, total) };
        workers.crew(|crew| run(&flow, crew, flow.window(&workers), &mut ends))
    }

    fn item(&self, hash: &Sha1Hash) -> Result<Item> {
        let missing = || Error::MissingBlob {
            archive: self.name().to_owned(),
            subject: Subject::Blob { hash: *hash, path: None },
        };
        let (volume, &blob) = self.locate(hash).ok_or_else(missing)?;
        Ok(Item { volume, blob, metadata_of: None, keep: Keep::Decoded })
    }
}

/// Turns the numbers of items, which are sorted, into those of the caller's hashes.
struct Numbered<'a> {
    taker: &'a dyn BlobTaker,
    order: Vec<usize>,
}

impl Taker for Numbered<'_> {
    fn whole(&self, item: usize, data: &[u8]) -> Result<()> {
        self.taker.whole(self.order[item], data)
    }

    fn damaged(&self, item: usize, data: &[u8]) -> Result<()> {
        self.taker.damaged(self.order[item], data)
    }

    fn part(&self, item: usize, offset: u64, data: &[u8]) -> Result<()> {
        self.taker.part(self.order[item], offset, data)
    }
}

struct Ends<'a> {
    numbered: &'a Numbered<'a>,
    meter: Meter<'a>,
}

impl Sink for Ends<'_> {
    fn bytes(&mut self, _: usize, bytes: &[u8]) -> Result<()> {
        self.meter.advance(bytes.len() as u64)
    }

    fn end(&mut self, item: usize, outcome: Result<()>) -> Result<()> {
        self.numbered.taker.end(self.numbered.order[item], outcome)
    }
}
