//! Is an archive what it claims to be? Header, tables, every image's metadata, every blob's SHA-1, the integrity table.

use std::collections::HashMap;
use std::mem;
use std::num::NonZeroUsize;
use std::ops::Range;

use wim_format::{ImageIndex, IntegrityTable, Section, Sha1Hash, Warning};

use crate::budget::Need;
use crate::export::covered;
use crate::hash::Hasher;
use crate::pipeline::{Flow, Item, Keep, Sink, run, sort_by_position, total_bytes};
use crate::progress::Meter;
use crate::sha256::{Sha256Hash, Sha256Hasher};
use crate::workers::{Workers, ordered};
use crate::{Archive, Error, Phase, Progress, Result, Subject};

/// How to verify.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// Check the integrity table, too, if there is one.
    pub integrity: bool,
    /// Check the metadata of these images only; `None`: of all. All data is checked in any case.
    pub images: Option<Vec<ImageIndex>>,
    /// Also find the SHA-256 of every blob.
    pub sha256: bool,
    /// How many threads; `None`: one a core.
    pub threads: Option<NonZeroUsize>,
    /// Bytes of memory for buffers and decoders; `None`: as much as the threads need.
    pub memory: Option<u64>,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self { integrity: true, images: None, sha256: false, threads: None, memory: None }
    }
}

/// What verifying found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Images whose metadata was read.
    pub images: u32,
    /// Directory entries of all images.
    pub entries: u64,
    /// Blobs whose data was read and hashed.
    pub blobs: u64,
    /// Uncompressed bytes of these.
    pub bytes: u64,
    /// Whether there is an integrity table, and it was checked.
    pub integrity_checked: bool,
    /// The SHA-256 of every blob that is in order, if that was asked for.
    pub sha256: HashMap<Sha1Hash, Sha256Hash>,
    /// Everything that is wrong.
    pub problems: Vec<Error>,
    /// What deviates from the format without doing harm, with the image that it is in.
    pub warnings: Vec<(Option<ImageIndex>, Warning)>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Verifies all of `archive`. What is wrong with it comes in the report, all of it.
///
/// # Errors
/// If reading fails, or the run is cancelled.
pub fn verify(archive: &Archive, options: &VerifyOptions, progress: &mut dyn Progress) -> Result<VerifyReport> {
    archive.require_all_parts()?;
    let items = blob_items(archive, if options.sha256 { Keep::Decoded } else { Keep::Nothing });
    archive.check_total_bytes(total_bytes(&items))?;
    let workers = Need::decoding(archive, &items).workers(options.threads, options.memory)?;
    let mut report = VerifyReport::default();
    report.warnings.extend(archive.warnings().iter().map(|&warning| (None, warning)));
    let images = options.images.clone().unwrap_or_else(|| archive.images().collect());
    check_images(archive, &images, &mut report)?;
    check_blobs(archive, &items, &workers, progress, &mut report)?;
    if options.integrity && !archive.header().integrity.is_none() {
        check_integrity(archive, &workers, progress, &mut report)?;
    }
    name_files(archive, &mut report.problems);
    Ok(report)
}

/// Something wrong with the archive goes into the report, and the check goes on; anything else ends it.
fn note(problems: &mut Vec<Error>, error: Error) -> Result<()> {
    match error {
        Error::Io { .. } | Error::Read { .. } | Error::Cancelled | Error::Internal(_) => Err(error),
        problem => {
            problems.push(problem);
            Ok(())
        }
    }
}

/// Reads the metadata of `images`, and checks that all data it refers to is there.
fn check_images(archive: &Archive, images: &[ImageIndex], report: &mut VerifyReport) -> Result<()> {
    for &image in images {
        let metadata = match archive.image(image) {
            Ok(metadata) => metadata,
            Err(error) => {
                note(&mut report.problems, error)?;
                continue;
            }
        };
        report.images += 1;
        report.entries += metadata.dentries().len() as u64;
        report.warnings.extend(metadata.warnings().iter().map(|&warning| (Some(image), warning)));
        let mut missing: Vec<Sha1Hash> = metadata.blob_references().map(|(hash, _)| hash).collect();
        missing.retain(|hash| archive.blob(hash).is_none());
        missing.sort_unstable();
        missing.dedup();
        let subject = |hash| Subject::Blob { hash, path: None };
        let error = |hash| Error::MissingBlob { archive: archive.name().to_owned(), subject: subject(hash) };
        report.problems.extend(missing.into_iter().map(error));
    }
    Ok(())
}

/// Every blob of every volume, in the order in which they lie there.
fn blob_items(archive: &Archive, keep: Keep) -> Vec<Item> {
    let item = |volume, &blob| Item { volume, blob, metadata_of: None, keep };
    let volumes = archive.volumes().iter().enumerate();
    let mut items: Vec<Item> =
        volumes.flat_map(|(number, volume)| volume.table.blobs().iter().map(move |blob| item(number, blob))).collect();
    sort_by_position(archive, &mut items);
    items
}

/// Decodes and hashes all `items`.
fn check_blobs(
    archive: &Archive,
    items: &[Item],
    workers: &Workers,
    progress: &mut dyn Progress,
    report: &mut VerifyReport,
) -> Result<()> {
    let total = total_bytes(items);
    let flow = Flow::new(archive, items);
    let meter = Meter::new(progress, Phase::Verify, total);
    let mut sink = VerifySink { items, meter, hasher: Sha256Hasher::default(), report };
    workers.crew(|crew| run(&flow, crew, flow.window(workers), &mut sink))
}

struct VerifySink<'a> {
    items: &'a [Item],
    meter: Meter<'a>,
    /// Of the item under way, if its bytes are wanted.
    hasher: Sha256Hasher,
    report: &'a mut VerifyReport,
}

impl Sink for VerifySink<'_> {
    fn bytes(&mut self, _: usize, bytes: &[u8]) -> Result<()> {
        self.hasher.update(bytes);
        Ok(())
    }

    fn end(&mut self, item: usize, outcome: Result<()>) -> Result<()> {
        let Item { blob, keep, .. } = self.items[item];
        self.report.blobs += 1;
        self.report.bytes += blob.size;
        let hasher = mem::take(&mut self.hasher);
        match outcome {
            Ok(()) if keep == Keep::Decoded => {
                self.report.sha256.insert(blob.hash, hasher.finish());
            }
            Ok(()) => {}
            Err(error) => note(&mut self.report.problems, error)?,
        }
        self.meter.advance(blob.size)
    }
}

/// Checks that the archive's own file matches its integrity table, if it has one: quick, as nothing is decoded. Do it before
/// an append whose other images are not to rest on a file that has changed.
///
/// # Errors
/// [`Error::Integrity`] if a part of the file does not match; if the table is damaged, reading fails, or the run is
/// cancelled.
pub fn require_integrity(archive: &Archive, threads: Option<NonZeroUsize>, progress: &mut dyn Progress) -> Result<()> {
    if archive.header().integrity.is_none() {
        return Ok(());
    }
    let mut report = VerifyReport::default();
    check_integrity(archive, &Workers::new(Workers::threads_for(threads))?, progress, &mut report)?;
    report.problems.into_iter().next().map_or(Ok(()), Err)
}

/// Compares the file with its integrity table.
fn check_integrity(
    archive: &Archive,
    workers: &Workers,
    progress: &mut dyn Progress,
    report: &mut VerifyReport,
) -> Result<()> {
    let table = match read_integrity_table(archive) {
        Ok(table) => table,
        Err(error) => return note(&mut report.problems, error),
    };
    report.integrity_checked = true;
    let ranges: Vec<Range<u64>> = IntegrityTable::ranges(table.chunk_size, covered(archive.header())).collect();
    let mut meter = Meter::new(progress, Phase::Integrity, ranges.iter().map(|range| range.end - range.start).sum());
    let jobs = ranges.into_iter().zip(table.hashes.iter()).map(Ok);
    let work = |(range, stated): (Range<u64>, &Sha1Hash)| {
        hash_range(archive, range.clone()).map(|actual| (range, actual == *stated))
    };
    ordered(workers, 2 * workers.threads(), jobs, work, |result: Result<(Range<u64>, bool)>| {
        let (range, right) = result?;
        if !right {
            let archive = archive.name().to_owned();
            report.problems.push(Error::Integrity { archive, start: range.start, end: range.end });
        }
        meter.advance(range.end - range.start)
    })
}

pub(crate) fn read_integrity_table(archive: &Archive) -> Result<IntegrityTable> {
    /// Twenty bytes for each 10 MiB: a table of this size covers a petabyte.
    const MAX_TABLE: u64 = 2 << 30;
    let (main, header) = (archive.main(), archive.header());
    let bytes = main.read_resource(&header.integrity, MAX_TABLE, Subject::Table(Section::Integrity))?;
    IntegrityTable::parse(&bytes, covered(archive.header())).map_err(main.format_error())
}

/// The SHA-1 of a stretch of the file, read in small pieces.
fn hash_range(archive: &Archive, range: Range<u64>) -> Result<Sha1Hash> {
    const PIECE: u64 = 256 << 10;
    let (mut hasher, mut buffer) = (Hasher::default(), vec![0; PIECE as usize]);
    let mut at = range.start;
    while at < range.end {
        let end = range.end.min(at + PIECE);
        hasher.update(archive.main().bytes(&(at..end), &mut buffer)?);
        at = end;
    }
    Ok(hasher.finish())
}

/// Adds to every problem with a blob the path of a file that needs it.
fn name_files(archive: &Archive, problems: &mut Vec<Error>) {
    let mut wanted = HashMap::new();
    for problem in problems.iter() {
        if let Error::Decompress { subject: Subject::Blob { hash, .. }, .. }
        | Error::HashMismatch { subject: Subject::Blob { hash, .. }, .. }
        | Error::MissingBlob { subject: Subject::Blob { hash, .. }, .. }
        | Error::Format { subject: Some(Subject::Blob { hash, .. }), .. } = problem
        {
            wanted.insert(*hash, None);
        }
    }
    if wanted.is_empty() {
        return;
    }
    for image in archive.images() {
        // What is wrong with an image has been reported already.
        let Ok(metadata) = archive.image(image) else { continue };
        for (id, dentry) in metadata.walk() {
            for stream in metadata.inode(dentry.inode).streams() {
                if let Some(slot @ None) = wanted.get_mut(&stream.hash) {
                    *slot = Some(metadata.path(id));
                }
            }
        }
    }
    let named = problems.drain(..).map(|problem| problem.with_path(|hash| wanted.get(hash).cloned().flatten()));
    *problems = named.collect();
}
