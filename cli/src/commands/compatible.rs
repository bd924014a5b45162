//! What Microsoft's software reads of what this program can write.

use wim_export::ExportPlan;
use wim_format::Compression;

use crate::args::{ChunkArgs, SolidArgs};
use crate::output::Output;
use crate::output::text::short_size;
use crate::usage::Usage;
use crate::warning::Warning;

/// Chunks of solid resources that Microsoft's software reads.
const SOLID_CHUNK: u32 = 64 << 20;

/// Whether Microsoft's software reads chunks of this size.
fn reads(compression: Compression, chunk_size: u32) -> bool {
    match compression {
        Compression::None => true,
        Compression::Xpress => chunk_size <= 32 << 10,
        Compression::Lzx => chunk_size == 32 << 10,
        Compression::Lzms => chunk_size == 128 << 10,
    }
}

/// Refuses a plan as [`check_coding`] does.
///
/// # Errors
/// If something was asked for that was not allowed.
pub(super) fn check(
    plan: &ExportPlan,
    chunks: &ChunkArgs,
    solid: Option<&SolidArgs>,
    source: &str,
    output: &mut Output,
) -> Result<(), Usage> {
    check_coding((plan.compression(), plan.chunk_size()), chunks, solid, source, output)
}

/// Refuses an archive with this compression and chunk size if Microsoft's software does not read it, unless the user allowed it. What the source itself has is not refused,
/// but told.
///
/// # Errors
/// If something was asked for that was not allowed.
pub(super) fn check_coding(
    (compression, chunk_size): (Compression, u32),
    chunks: &ChunkArgs,
    solid: Option<&SolidArgs>,
    source: &str,
    output: &mut Output,
) -> Result<(), Usage> {
    if chunks.allow_incompatible {
        return Ok(());
    }
    if let Some(what) = solid.and_then(unusual_solid) {
        return Err(refusal(&what));
    }
    if reads(compression, chunk_size) {
        return Ok(());
    }
    let what = format!("{compression} with chunks of {}", short_size(chunk_size.into()));
    if chunks.chunk_size.is_some() {
        return Err(refusal(&what));
    }
    let message = format!("it has {what}, which Microsoft's software does not read, and keeps that");
    output.warn(Warning { code: "INCOMPATIBLE_CHUNKS", message, file: source.to_owned(), image: None });
    Ok(())
}

/// Solid resources that are not as in an ESD.
fn unusual_solid(args: &SolidArgs) -> Option<String> {
    let compression = args.solid_compress.map_or(Compression::Lzms, |spec| spec.compression);
    if compression != Compression::Lzms {
        return Some(format!("solid data compressed with {compression}"));
    }
    let size = args.solid_chunk_size.filter(|&size| size != SOLID_CHUNK)?;
    Some(format!("solid data in chunks of {}", short_size(size.into())))
}

fn refusal(what: &str) -> Usage {
    Usage::new(format!("Microsoft's software does not read {what}; --allow-incompatible writes it all the same"))
}
