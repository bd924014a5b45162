//! Splitting an archive into parts that each fit where the whole does not.
//!
//! The unit is the resource: metadata goes into the first part, then blobs in the order they lie in the source. Copied
//! resources have known sizes. What is compressed anew, as all data of a solid source is, has none until it is written, so
//! a part is filled in rounds: as much as fits even if nothing shrinks, then again with the room that is left.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use wim_format::{
    Blob, BlobTable, Compression, Header, HeaderFlags, ImageIndex, IntegrityTable, MetadataResource, ResourceHeader,
};

use crate::budget::Need;
use crate::commit::{commit_set, part_path};
use crate::export::{ItemWork, Output, guid_of_parts, write_blob_table, write_integrity, write_xml};
use crate::progress::Meter;
use crate::workers::Workers;
use crate::{
    Action, Archive, BootChoice, Destination, DestinationOptions, DestinationProblem, Error, ExportOptions, ExportPlan,
    GuidChoice, OnExists, Phase, Progress, ReadAt, Result,
};

/// The part size for FAT32, whose files end at 4 GiB: 4000 MiB, a margin for tools that count in other ways.
pub const FAT32_PART_SIZE: u64 = 4000 << 20;

/// How an archive is to be split.
///
/// ```no_run
/// use wim_export::{Archive, DestinationOptions, ExportOptions, FAT32_PART_SIZE, SplitPlan};
///
/// # fn main() -> wim_export::Result<()> {
/// let archive = Archive::open("install.esd")?;
/// let plan = SplitPlan::new(&archive, FAT32_PART_SIZE, ExportOptions::default())?;
/// println!("needs up to {} bytes", plan.space());
/// for part in plan.write("install.swm", &DestinationOptions::default(), &mut ())?.parts {
///     println!("{}: {} bytes", part.path.display(), part.size);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct SplitPlan {
    plan: ExportPlan,
    part_size: u64,
}

/// What splitting came to.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SplitSummary {
    /// The parts, the first one first.
    pub parts: Vec<PartSummary>,
}

/// One part.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PartSummary {
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes. More than asked for if one resource alone is larger.
    pub size: u64,
}

/// A part that lacks nothing but its final header.
struct Draft {
    destination: Destination,
    header: Header,
    size: u64,
    /// What is in it, and where.
    table: BlobTable,
}

impl SplitPlan {
    /// Plans to split all images of `source` into parts of at most `part_size` bytes. Resources are copied as they are where
    /// the options allow; those of a solid source are compressed anew, with LZX unless the options say otherwise.
    ///
    /// # Errors
    /// As [`ExportPlan::new`]; and if `part_size` has no room for the tables and the metadata.
    pub fn new(source: &Archive, part_size: u64, mut options: ExportOptions) -> Result<Self> {
        if options.compression.is_none() && !source.blob_table().solid_resources().is_empty() {
            options.compression = Some(Compression::Lzx);
        }
        options.solid = Some(false);
        options.boot = if source.boot_index().is_some() { BootChoice::Exported } else { BootChoice::None };
        let images: Vec<ImageIndex> = source.images().collect();
        let split = Self { plan: ExportPlan::new(source, &images, options)?, part_size };
        let least = split.tables_size(split.plan.items.len(), part_size) + Header::SIZE as u64;
        if least > part_size {
            return Err(Error::InvalidArgument {
                what: "part size",
                value: part_size.to_string(),
                expected: format!("tables and XML alone take {least} bytes"),
            });
        }
        Ok(split)
    }

    /// How the data is stored in the parts.
    pub fn export(&self) -> &ExportPlan {
        &self.plan
    }

    /// Bytes that the parts take together at most.
    pub fn space(&self) -> u64 {
        let data: u64 = (0..self.plan.items.len()).map(|item| self.most(item)).sum();
        let parts = data / self.part_size + 1;
        data + parts * self.tables_size(0, self.part_size) + (self.plan.items.len() * BlobTable::ENTRY_SIZE) as u64
    }

    /// Checks whether the parts can go to `first` and beside it, without touching anything: as many of them as there may be.
    ///
    /// # Errors
    /// As [`Destination::check`].
    pub fn check_destination(&self, first: impl AsRef<Path>, options: &DestinationOptions) -> Result<()> {
        let parts = usize::try_from(self.space() / self.part_size + 1).unwrap_or(usize::MAX);
        let paths = (1..=parts.min(u16::MAX.into())).map(|number| part_path(first.as_ref(), number));
        paths.into_iter().try_for_each(|path| Destination::check(&path, options))
    }

    /// The first resource that no part of the wanted size can hold, with its size, if it is known before it is written.
    pub fn oversize(&self) -> Option<u64> {
        let room = self.part_size - Header::SIZE as u64 - self.tables_size(1, self.part_size);
        let known = |item: &usize| self.plan.actions[*item] == Action::Copy;
        (0..self.plan.items.len()).filter(known).map(|item| self.most(item)).find(|&size| size > room)
    }

    /// Bytes that an item takes at most.
    fn most(&self, item: usize) -> u64 {
        let planned = &self.plan.items[item];
        match (self.plan.actions[item], planned.resource()) {
            (Action::Copy, Some(resource)) => resource.size_in_wim,
            _ => planned.blob.size,
        }
    }

    /// Bytes of everything after the resources of a part with so many entries.
    fn tables_size(&self, entries: usize, covered: u64) -> u64 {
        let integrity = if self.plan.options.integrity {
            IntegrityTable::ranges(IntegrityTable::DEFAULT_CHUNK_SIZE, covered).count() as u64 * 20 + 12
        } else {
            0
        };
        (entries * BlobTable::ENTRY_SIZE) as u64 + self.plan.xml.to_bytes().len() as u64 + integrity
    }

    /// Writes the parts: the first one at `first`, `name.swm`, the others beside it, `name2.swm` and so on. All of them appear
    /// when all are complete. They may take the place of an older set; parts that it has more go.
    ///
    /// Whatever happens, the old set is there or the new one, or enough to complete the new one: see [`crate::complete_set`].
    ///
    /// # Errors
    /// If the source is damaged, reading or writing fails, a destination cannot be written, or the run is cancelled. Nothing is
    /// left behind then.
    pub fn write(
        &self,
        first: impl AsRef<Path>,
        options: &DestinationOptions,
        progress: &mut dyn Progress,
    ) -> Result<SplitSummary> {
        let plan = &self.plan;
        let need = Need::exporting(&plan.source, &plan.items, &plan.actions, &plan.coding);
        let workers = need.workers(plan.options.threads, plan.options.memory)?;
        let mut drafts: Vec<Draft> = Vec::new();
        let mut next = 0;
        while next < plan.blob_count || drafts.is_empty() {
            // The others are beside the file that `first` leads to.
            let first = drafts.first().map_or(first.as_ref(), |draft| draft.destination.path());
            let path = part_path(first, drafts.len() + 1);
            let destination = Destination::create(&path, options)?;
            if !drafts.is_empty() && destination.path() != path {
                return Err(Error::Destination { path, why: DestinationProblem::NotAFile });
            }
            let draft = self.write_part(destination, drafts.len() + 1, &mut next, &workers, progress);
            drafts.push(draft.map_err(|error| error.with_destination(&path))?);
        }
        self.complete(drafts)
    }

    /// Writes part number `part`, but for its header, from blob number `next` on.
    fn write_part(
        &self,
        mut destination: Destination,
        part: usize,
        next: &mut usize,
        workers: &Workers,
        progress: &mut dyn Progress,
    ) -> Result<Draft> {
        let plan = &self.plan;
        let mut output = Output::new(destination.file(), Some(self.part_size));
        let in_progress =
            Header { flags: plan.header.flags.with(HeaderFlags::WRITE_IN_PROGRESS), ..plan.header.clone() };
        output.write(&in_progress.to_bytes())?;
        let mut header = plan.header.clone();
        header.part = u16::try_from(part).map_err(|_| self.too_many_parts())?;
        let mut table = BlobTable::new();
        if part == 1 {
            let metadata = plan.blob_count..plan.items.len();
            let resources = self.write_items(metadata, header.part, &mut table, workers, &mut output, progress)?;
            let boot = header.boot_index.and_then(|index| resources.get(index.position()));
            header.boot_metadata = boot.copied().unwrap_or(ResourceHeader::NONE);
        } else {
            // Only the first part has metadata, so only it can say which image boots.
            header.boot_index = None;
        }
        while *next < plan.blob_count {
            let round = self.round(*next, &output, &table);
            if round.is_empty() {
                break;
            }
            *next = round.end;
            self.write_items(round, header.part, &mut table, workers, &mut output, progress)?;
        }
        self.write_tables(&table, &mut header, workers, &mut output, progress)?;
        let size = output.position();
        output.finish()?;
        Ok(Draft { destination, header, size, table })
    }

    /// The blobs from number `next` on that fit even if nothing shrinks. A blob that no part has room for is a round, and
    /// its part is larger than was asked for.
    fn round(&self, next: usize, output: &Output<'_>, table: &BlobTable) -> Range<usize> {
        let used =
            output.position() + self.tables_size(table.blobs().len() + table.all_metadata().len(), self.part_size);
        let mut room = self.part_size.saturating_sub(used);
        let fits = |item: &usize| {
            let size = self.most(*item) + BlobTable::ENTRY_SIZE as u64;
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        };
        let count = (next..self.plan.blob_count).take_while(fits).count();
        let is_empty = table.blobs().is_empty() && table.all_metadata().is_empty();
        next..next + if is_empty { count.max(1) } else { count }
    }

    /// Writes some items, lists them in `table`, and returns their resources.
    fn write_items(
        &self,
        range: Range<usize>,
        part: u16,
        table: &mut BlobTable,
        workers: &Workers,
        output: &mut Output<'_>,
        progress: &mut dyn Progress,
    ) -> Result<Vec<ResourceHeader>> {
        let plan = &self.plan;
        let (items, actions) = (&plan.items[range.clone()], &plan.actions[range]);
        let work = ItemWork { archive: &plan.source, items, actions, coding: &plan.coding };
        let mut meter = Meter::new(progress, Phase::Write, work.bytes());
        let placed = work.write(workers, output, &mut meter)?;
        for (position, item) in items.iter().enumerate() {
            let (hash, reference_count) = (item.blob.hash, item.blob.reference_count);
            if item.metadata_of.is_some() {
                let resource = placed.resource(position);
                table.push_metadata(MetadataResource { resource, hash, reference_count, part });
            } else {
                table.push_blob(Blob { location: placed.locations[position], part, ..item.blob });
            }
        }
        Ok((0..items.len()).map(|position| placed.resource(position)).collect())
    }

    /// Writes everything after the resources.
    fn write_tables(
        &self,
        table: &BlobTable,
        header: &mut Header,
        workers: &Workers,
        output: &mut Output<'_>,
        progress: &mut dyn Progress,
    ) -> Result<()> {
        header.blob_table = write_blob_table(table, output)?;
        header.xml_data = write_xml(&self.plan.xml, output)?;
        if self.plan.options.integrity {
            header.integrity = write_integrity(header, None, workers, output, progress)?;
        }
        Ok(())
    }

    fn too_many_parts(&self) -> Error {
        let expected = "a set has at most 65,535 parts".to_owned();
        Error::InvalidArgument { what: "part size", value: self.part_size.to_string(), expected }
    }

    /// The number of parts is known: writes the headers, and lets the parts appear.
    fn complete(&self, mut drafts: Vec<Draft>) -> Result<SplitSummary> {
        let total_parts = u16::try_from(drafts.len()).map_err(|_| self.too_many_parts())?;
        if self.plan.options.guid == GuidChoice::Derived && total_parts > 1 {
            // Parts of sets that are not cut alike must never be taken for parts of one.
            let guid = guid_of_parts(&self.plan.header.guid, drafts.iter().map(|draft| &draft.table));
            drafts.iter_mut().for_each(|draft| draft.header.guid = guid);
        }
        let mut summary = SplitSummary::default();
        let mut finished = Vec::new();
        for mut draft in drafts {
            draft.header.total_parts = total_parts;
            if total_parts > 1 {
                draft.header.flags = draft.header.flags.with(HeaderFlags::SPANNED);
            }
            let (path, size) = (draft.destination.path().to_path_buf(), draft.size);
            let patched = Output::new(draft.destination.file(), None).patch(&draft.header.to_bytes(), 0);
            patched.map_err(|error| error.with_destination(&path))?;
            summary.parts.push(PartSummary { path, size });
            finished.push(draft.destination);
        }
        let rest = match finished[0].options().on_exists {
            OnExists::Replace | OnExists::Backup => rest_of_set(finished[0].path(), finished.len()),
            OnExists::Fail => Vec::new(),
        };
        commit_set(finished, &rest)?;
        Ok(summary)
    }
}

/// The numbers of the parts beyond `count` of the set whose first part is at `first`.
fn rest_of_set(first: &Path, count: usize) -> Vec<usize> {
    let Some(old) = read_header(first).filter(|old| old.part == 1) else { return Vec::new() };
    let belongs = |number: &usize| {
        let part = read_header(&part_path(first, *number));
        part.is_some_and(|part| {
            (part.guid, part.total_parts, usize::from(part.part)) == (old.guid, old.total_parts, *number)
        })
    };
    (count + 1..=old.total_parts.into()).filter(belongs).collect()
}

/// The header of the archive at `path`, if there is one, and it is at its front.
fn read_header(path: &Path) -> Option<Header> {
    let mut bytes = [0; Header::SIZE];
    File::open(path).ok()?.read_exact_at(&mut bytes, 0).ok()?;
    Header::parse(&bytes).ok()
}
