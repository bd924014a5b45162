//! Where data goes: into a new archive, or behind what an archive has. And the end of it, when all data is written.

use wim_format::{Blob, BlobLocation, BlobTable, Header, ImageIndex};

use crate::export::{Output, write_front};
use crate::update::InPlace;
use crate::{AppendPlan, Archive, ExportOptions, ExportPlan, ExportSummary, PlanSummary, Progress, Result, Target};

/// Where it goes.
pub(super) enum Place<'t> {
    New(&'t mut dyn Target),
    /// Behind an archive.
    Behind(Archive, Box<InPlace<'t>>),
}

impl Place<'_> {
    /// Writes the front of a new archive, and returns where its data begins.
    pub(super) fn begin(&mut self, header: &Header) -> Result<u64> {
        let mut output = self.output(0)?;
        write_front(header, &mut output)?;
        output.flush()?;
        Ok(Header::SIZE as u64)
    }

    /// The archive that is there.
    pub(super) fn old(&self) -> Option<&Archive> {
        match self {
            Self::New(_) => None,
            Self::Behind(base, _) => Some(base),
        }
    }

    /// What writes from `position` on. How much that will be shows only when it is compressed.
    pub(super) fn output(&mut self, position: u64) -> Result<Output<'_>> {
        match self {
            Self::New(target) => {
                let mut output = Output::new(*target, None);
                output.seek(position)?;
                Ok(output)
            }
            Self::Behind(_, change) => change.append(position, None),
        }
    }
}

/// What is in the file.
pub(super) struct There {
    /// Where it ends.
    pub(super) position: u64,
    /// All of it.
    pub(super) archive: Archive,
    /// How many blobs of it the archive had before.
    pub(super) old: usize,
}

impl There {
    /// What is new in it and needed by `plan`.
    fn new_blobs(&self, plan: &ExportPlan) -> Vec<Blob> {
        let new = self.archive.blob_table().blobs()[self.old..].iter();
        let needed = |blob: &Blob| {
            let &reference_count = plan.present.get(&blob.hash)?;
            Some(Blob { reference_count, ..*blob })
        };
        new.filter_map(needed).collect()
    }
}

/// Completes a new archive; nothing is there if nothing could be written before.
pub(super) fn finish_new(
    (target, there): (&mut dyn Target, Option<There>),
    source: &Archive,
    bases: &[Archive],
    options: ExportOptions,
    progress: &mut dyn Progress,
) -> Result<(PlanSummary, ExportSummary)> {
    let images: Vec<ImageIndex> = source.images().collect();
    let Some(there) = there else {
        let plan = match bases {
            [] => ExportPlan::new(source, &images, options)?,
            bases => ExportPlan::delta(source, bases, &images, options)?,
        };
        return Ok((plan.summary(), plan.write(target, progress)?));
    };
    let plan = ExportPlan::addition(source, &there.archive, &images, options)?;
    let new = there.new_blobs(&plan);
    let mut table = BlobTable::new();
    for &blob in &new {
        table.push_blob(blob);
    }
    let mut output = Output::new(target, Some(there.position + plan.least_size()));
    output.seek(there.position)?;
    let written = plan.write_behind(table, &plan.workers()?, output, progress);
    Ok((with_written(plan.summary(), &new), written.map_err(|error| error.with_path(|hash| plan.find_path(hash)))?))
}

/// Completes an archive to which this was appended.
pub(super) fn finish_behind(
    (base, change, there): (&Archive, InPlace<'_>, Option<There>),
    source: &Archive,
    options: ExportOptions,
    progress: &mut dyn Progress,
) -> Result<(PlanSummary, ExportSummary)> {
    let images: Vec<ImageIndex> = source.images().collect();
    let all = there.as_ref().map_or(base, |there| &there.archive);
    let plan = AppendPlan::behind((base, all), source, &images, options)?;
    let new = there.as_ref().map(|there| there.new_blobs(plan.plan())).unwrap_or_default();
    let position = there.map_or(change.end(), |there| there.position);
    let written = plan.write_behind((change, position), &new, progress)?;
    let summary = with_written(plan.summary(), &new);
    let (blobs, bytes, verified) = (summary.blobs, summary.bytes, plan.plan().work().is_checked());
    let written = ExportSummary { header: written.header, size: written.size, blobs, bytes, verified };
    Ok((summary, written))
}

/// A plan in numbers, with what was written before it was made.
fn with_written(mut summary: PlanSummary, new: &[Blob]) -> PlanSummary {
    for blob in new {
        summary.blobs += 1;
        summary.bytes += blob.size;
        match blob.location {
            BlobLocation::Resource(resource) if resource.is_compressed() => summary.encoded += 1,
            _ => summary.stored += 1,
        }
    }
    summary.present -= new.len() as u64;
    // What an archive has that was only there to be referred to is not left out.
    (summary.dropped, summary.dropped_bytes) = (0, 0);
    summary
}
