//! A new archive, or new images of one, whose data is written while it is found, so that a file is read once.
//!
//! ```text
//!  NewBlob … ─► Jobs      small ones in groups, large ones piece by piece
//!                 ▼
//!               Worker    read, hash, compress: any thread, any order
//!                 ▼
//!               Desk      in order, on the calling thread: what is there already is dropped, the rest is written
//!                 ▼
//!               Written ──► a base of the ArchiveDraft ──► images ──► ExportPlan, AppendPlan: metadata, tables, header
//! ```
//!
//! Whether a blob is there already shows only when it is hashed, and by then its compression is a matter of one job, which is
//! thrown away for a duplicate. That would be a waste for a large blob: one whose size another one has, too, is hashed first, and
//! read again if it is new.
//!
//! | file | what |
//! |---|---|
//! | `place` | where it goes |
//! | `known` | which data need not be written |
//! | `job` | cutting blobs into jobs |
//! | `work` | what a thread does with a job |
//! | `desk` | what becomes of it, in order |

mod desk;
mod job;
mod known;
mod place;
mod work;

use wim_format::{BlobTable, Compression, Sha1Hash, XmlImage};

use crate::budget::Need;
use crate::export::{Coding, is_large, output_coding};
use crate::progress::Meter;
use crate::update::{InPlace, check_name, fit};
use crate::{
    Archive, ArchiveDraft, ExportOptions, ExportSummary, NewBlob, NewImage, Phase, PlanSummary, Progress, Result,
    Target,
};
use desk::Desk;
use job::{Jobs, Sizes};
use known::Known;
use place::{Place, There};
use work::Worker;

/// Writes a new archive out of new data, or appends to one, and reads the data once wherever the layout of the archive allows
/// that.
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
    place: Place<'t>,
    draft: ArchiveDraft,
    /// Archives whose data is left out.
    bases: Vec<Archive>,
    options: ExportOptions,
    coding: Coding,
    /// What is written already, if anything can be before all is known.
    written: Option<Written>,
}

/// The data that is in the file already.
struct Written {
    /// Where the next resource goes.
    position: u64,
    /// All of it, with what the archive had before.
    table: BlobTable,
    /// How many blobs the archive had before.
    old: usize,
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
        let mut writer = Self::with(Place::New(target), draft, bases, options)?;
        if writer.can_write_at_once() {
            let position = writer.place.begin(writer.draft.header())?;
            writer.written = Some(Written { position, table: BlobTable::new(), old: 0 });
        }
        Ok(writer)
    }

    /// Begins to append to `base`, which `target` holds; [`crate::ArchiveFile::file`] is one. The options mean what they mean for
    /// [`crate::AppendPlan`]. Until [`Self::finish`] the archive is what it was; if this is dropped before, what was appended
    /// is taken away again.
    ///
    /// # Errors
    /// As [`crate::AppendPlan::new`], and if `target` holds something else.
    pub fn append(base: &Archive, target: &'t mut dyn Target, options: ExportOptions) -> Result<Self> {
        let change = InPlace::begin(base, target)?;
        let (end, options) = (change.end(), fit(options, base)?);
        let draft = ArchiveDraft::new(base.header().compression());
        let mut writer = Self::with(Place::Behind(base.clone(), Box::new(change)), draft, &[], options)?;
        if writer.can_write_at_once() {
            let (table, old) = (base.blob_table().clone(), base.blob_table().blobs().len());
            writer.written = Some(Written { position: end, table, old });
        }
        Ok(writer)
    }

    fn with(place: Place<'t>, draft: ArchiveDraft, bases: &[Archive], options: ExportOptions) -> Result<Self> {
        let coding = output_coding(draft.header(), &options)?;
        Ok(Self { place, draft, bases: bases.to_vec(), options, coding, written: None })
    }

    /// Whether data can be written before all images are known.
    fn can_write_at_once(&self) -> bool {
        let plain = &self.coding.plain;
        let large = crate::decode::codec(plain.compression).is_some_and(|codec| is_large(codec, plain.chunk_size));
        // Where nobody says, what comes from a solid base may go into a solid archive.
        let may_be_solid = self.options.solid.unwrap_or(self.options.compression.is_none());
        !may_be_solid && !self.options.pipable && self.bases.is_empty() && !large
    }

    /// Checks that an image with this XML can be added: before its data is.
    ///
    /// # Errors
    /// If the archive to which it would be appended has an image of that name.
    pub fn check_image(&self, xml: &XmlImage) -> Result<()> {
        self.place.old().map_or(Ok(()), |old| check_name(old, xml))
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
        let known = Known::new(self.place.old().cloned(), bases, &mut written.table);
        let meter = Meter::new(progress, Phase::Add, sizes.total());
        let worker = Worker::new(&blobs, &sizes, &known, &self.coding.plain, &workers);
        let mut output = self.place.output(written.position)?;
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
    /// As [`ArchiveDraft::finish`]; and for a new archive as [`crate::ExportPlan::new`] and [`crate::ExportPlan::write`], otherwise
    /// as [`crate::AppendPlan::new`] and [`crate::AppendPlan::write`].
    ///
    /// # Panics
    /// As [`ArchiveDraft::finish`].
    pub fn finish(mut self, progress: &mut dyn Progress) -> Result<(PlanSummary, ExportSummary)> {
        let there = match self.written {
            None => None,
            Some(written) => Some(There {
                position: written.position,
                archive: self.draft.add_unfinished(written.table)?,
                old: written.old,
            }),
        };
        let source = self.draft.finish()?;
        match self.place {
            Place::New(target) => place::finish_new((target, there), &source, &self.bases, self.options, progress),
            Place::Behind(base, change) => {
                place::finish_behind((&base, *change, there), &source, self.options, progress)
            }
        }
    }
}

impl std::fmt::Debug for ArchiveWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchiveWriter").field("draft", &self.draft).finish_non_exhaustive()
    }
}
