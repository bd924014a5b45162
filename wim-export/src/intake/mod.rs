//! A new archive whose data is written while it is found, so that a file is read once.
//!
//! ```text
//!  NewBlob … ─► Jobs      small ones in groups, large ones piece by piece
//!                 ▼
//!               Worker    read, hash, compress: any thread, any order
//!                 ▼
//!               Desk      in order, on the calling thread: what is there already is dropped, the rest is written
//!                 ▼
//!               Written ──► a base of the ArchiveDraft ──► images ──► ExportPlan: metadata, tables, header
//! ```
//!
//! Whether a blob is there already shows only when it is hashed, and by then its compression is a matter of one job, which is
//! thrown away for a duplicate. That would be a waste for a large blob: one whose size another one has, too, is hashed first, and
//! read again if it is new.
//!
//! | file | what |
//! |---|---|
//! | `job` | cutting blobs into jobs |
//! | `work` | what a thread does with a job |
//! | `desk` | what becomes of it, in order |

mod desk;
mod job;
mod work;

use std::sync::{PoisonError, RwLock};

use wim_format::{Blob, BlobLocation, BlobTable, Compression, Header, ImageIndex, Sha1Hash};

use crate::budget::Need;
use crate::export::{Coding, Output, is_large, output_coding, write_front};
use crate::progress::Meter;
use crate::{
    Archive, ArchiveDraft, ExportOptions, ExportPlan, ExportSummary, NewBlob, NewImage, Phase, PlanSummary, Progress,
    Result, Target,
};
use desk::Desk;
use job::{Jobs, Sizes};
use work::Worker;

/// Writes a new archive out of new data, which it reads once wherever the layout of the archive allows that.
///
/// Data comes first: [`Self::add_data`] hashes, compresses and writes it, and says by which hashes the images are to name it.
/// What has to be in another order than it comes in (solid data, the layout for pipes), or may turn out to be elsewhere (data of a
/// delta archive), is hashed first and read again when all is known.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use wim_export::{ArchiveDraft, ArchiveWriter, ExportOptions, NewBlob, NewImage};
/// use wim_format::{Compression, ImageMetadata, Inode, XmlImage};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut out = Vec::new();
/// let mut writer =
///     ArchiveWriter::new(&mut out, ArchiveDraft::new(Compression::Lzx), &[], ExportOptions::default())?;
/// let data = NewBlob::new("hello.txt", Arc::new(b"hello".to_vec()));
/// let hashes = writer.add_data(vec![data], &mut ())?;
/// let mut metadata = ImageMetadata::new();
/// metadata.add_child(metadata.root(), "hello.txt".into(), Inode::file(hashes[0]))?;
/// writer.push_image(NewImage { metadata, xml: XmlImage::new() });
/// let (_, written) = writer.finish(&mut ())?;
/// assert_eq!(written.size, out.len() as u64);
/// # Ok(()) }
/// ```
pub struct ArchiveWriter<'t> {
    target: &'t mut dyn Target,
    draft: ArchiveDraft,
    /// Archives whose data is left out.
    bases: Vec<Archive>,
    options: ExportOptions,
    coding: Coding,
    /// What is written already, if anything can be before all is known.
    written: Option<Written>,
}

/// The data that is in the new archive already.
struct Written {
    /// Where the next resource goes.
    position: u64,
    table: BlobTable,
}

impl<'t> ArchiveWriter<'t> {
    /// Begins to write to `target` what is added to `draft`. What one of `bases` has is left out: with any, it is a delta
    /// archive.
    ///
    /// # Errors
    /// If the options contradict each other, or writing fails.
    pub fn new(
        target: &'t mut dyn Target,
        draft: ArchiveDraft,
        bases: &[Archive],
        options: ExportOptions,
    ) -> Result<Self> {
        let coding = output_coding(draft.header(), &options)?;
        let mut writer = Self { target, draft, bases: bases.to_vec(), options, coding, written: None };
        if writer.can_write_at_once() {
            let mut output = Output::new(writer.target, None);
            write_front(writer.draft.header(), &mut output)?;
            output.flush()?;
            writer.written = Some(Written { position: Header::SIZE as u64, table: BlobTable::new() });
        }
        Ok(writer)
    }

    /// Whether data can be written before all images are known.
    fn can_write_at_once(&self) -> bool {
        let plain = &self.coding.plain;
        let large = crate::decode::codec(plain.compression).is_some_and(|codec| is_large(codec, plain.chunk_size));
        // Where nobody says, what comes from a solid base may go into a solid archive.
        let may_be_solid = self.options.solid.unwrap_or(self.options.compression.is_none());
        !may_be_solid && !self.options.pipable && self.bases.is_empty() && !large
    }

    /// How resources of the new archive are compressed.
    pub fn compression(&self) -> Compression {
        self.coding.plain.compression
    }

    /// Bytes of a chunk of the new archive; 0 without compression.
    pub fn chunk_size(&self) -> u32 {
        self.coding.plain.chunk_size
    }

    /// What the archive is to be, for what belongs to it beside new data and new images.
    pub fn draft(&mut self) -> &mut ArchiveDraft {
        &mut self.draft
    }

    /// Adds new data, and returns each blob's hash, in order, as [`ArchiveDraft::add_data`] does.
    ///
    /// # Errors
    /// If something cannot be read, which the error names, or changes meanwhile; if writing fails; if `progress` cancels the run.
    pub fn add_data(&mut self, blobs: Vec<NewBlob>, progress: &mut dyn Progress) -> Result<Vec<Sha1Hash>> {
        let Some(written) = &mut self.written else {
            return self.draft.add_data(blobs, self.options.threads, progress);
        };
        let sizes = Sizes::of(&blobs, &self.draft, &written.table)?;
        let need = Need::adding(&self.coding.plain, work::memory(self.coding.plain.chunk_size));
        let workers = need.workers(self.options.threads, self.options.memory)?;
        let (bases, data) = self.draft.bases_and_data();
        let known = Known { bases, written: RwLock::new(&mut written.table) };
        let meter = Meter::new(progress, Phase::Add, sizes.total());
        let worker = Worker::new(&blobs, &sizes, &known, &self.coding.plain, &workers);
        let mut output = Output::new(self.target, None);
        output.seek(written.position)?;
        let mut desk = Desk::new(&worker, &mut output, data, meter);
        let worker = &worker;
        let jobs = Jobs::new(&sizes, self.coding.plain.chunk_size).map(Ok);
        let window = work::JOBS_A_THREAD * workers.threads();
        crate::workers::ordered(&workers, window, jobs, |job| worker.work(job), |done| desk.take(done?))?;
        let hashes = desk.finish();
        written.position = output.position();
        output.flush()?;
        Ok(hashes)
    }

    /// Adds an image after all others.
    pub fn push_image(&mut self, image: NewImage) {
        self.draft.push_image(image);
    }

    /// Writes the images, and whatever else is not written yet: the archive is complete. Returns what was to be done, and what
    /// it came to.
    ///
    /// # Errors
    /// As [`ArchiveDraft::finish`], [`ExportPlan::new`] and [`ExportPlan::write`].
    ///
    /// # Panics
    /// As [`ArchiveDraft::finish`].
    pub fn finish(mut self, progress: &mut dyn Progress) -> Result<(PlanSummary, ExportSummary)> {
        let Some(Written { position, table }) = self.written else {
            let source = self.draft.finish()?;
            let images: Vec<ImageIndex> = source.images().collect();
            let plan = match self.bases.as_slice() {
                [] => ExportPlan::new(&source, &images, self.options)?,
                bases => ExportPlan::delta(&source, bases, &images, self.options)?,
            };
            return Ok((plan.summary(), plan.write(self.target, progress)?));
        };
        let there = self.draft.add_unfinished(table)?;
        let source = self.draft.finish()?;
        let images: Vec<ImageIndex> = source.images().collect();
        let plan = ExportPlan::addition(&source, &there, &images, self.options)?;
        let table = needed(&there, &plan);
        let summary = with_written(plan.summary(), &table);
        let mut output = Output::new(self.target, Some(position + plan.least_size()));
        output.seek(position)?;
        let written = plan.write_behind(table, &plan.workers()?, output, progress);
        Ok((summary, written.map_err(|error| error.with_path(|hash| plan.find_path(hash)))?))
    }
}

impl std::fmt::Debug for ArchiveWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchiveWriter").field("draft", &self.draft).finish_non_exhaustive()
    }
}

/// What `plan` needs of what is written already.
fn needed(written: &Archive, plan: &ExportPlan) -> BlobTable {
    let mut table = BlobTable::new();
    for blob in written.blob_table().blobs() {
        if let Some(&reference_count) = plan.present.get(&blob.hash) {
            table.push_blob(Blob { reference_count, ..*blob });
        }
    }
    table
}

/// A plan in numbers, with what was written before it was made.
fn with_written(mut summary: PlanSummary, table: &BlobTable) -> PlanSummary {
    for blob in table.blobs() {
        summary.blobs += 1;
        summary.bytes += blob.size;
        match blob.location {
            BlobLocation::Resource(resource) if resource.is_compressed() => summary.encoded += 1,
            _ => summary.stored += 1,
        }
    }
    summary.present = 0;
    summary
}

/// Which data need not be written.
struct Known<'a> {
    /// Archives from which it is copied when all is known.
    bases: &'a [Archive],
    /// What is written, as far as the desk has come.
    written: RwLock<&'a mut BlobTable>,
}

impl Known<'_> {
    fn has(&self, hash: &Sha1Hash) -> bool {
        self.written.read().unwrap_or_else(PoisonError::into_inner).find(hash).is_some()
            || self.bases.iter().any(|base| base.blob(hash).is_some())
    }

    fn add(&self, blob: Blob) {
        self.written.write().unwrap_or_else(PoisonError::into_inner).push_blob(blob);
    }
}
