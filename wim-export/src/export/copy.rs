//! Copying resources without looking into them: what `--no-verify` asks for.

use std::ops::Range;

use wim_format::{BlobLocation, ResourceFlags, ResourceHeader};

use super::items::{Placed, base_flags};
use super::output::Output;
use crate::archive::Volume;
use crate::pipeline::Item;
use crate::progress::Meter;
use crate::{Archive, Result};

/// Bytes that are copied at a time where the system cannot copy on its own; progress is reported as often.
const PIECE: u64 = 8 << 20;

/// Copies all `items`, neighbours together, and returns where each is.
pub(super) fn copy_all(
    archive: &Archive,
    items: &[Item],
    output: &mut Output<'_>,
    meter: &mut Meter<'_>,
) -> Result<Placed> {
    let mut placed = Placed::default();
    let mut run: Option<(usize, Range<u64>)> = None;
    // The items' places follow from their sizes, so they are known before anything is copied.
    let mut position = output.position();
    for item in items {
        let resource = item.resource().expect("only whole resources are copied");
        let range = resource.offset..resource.offset + resource.size_in_wim;
        let flags = ResourceFlags(resource.flags.0 & ResourceFlags::COMPRESSED.0).with(base_flags(item));
        placed.locations.push(BlobLocation::Resource(ResourceHeader { offset: position, flags, ..resource }));
        position += resource.size_in_wim;
        match &mut run {
            Some((volume, running)) if *volume == item.volume && running.end == range.start => running.end = range.end,
            _ => {
                if let Some((volume, range)) = run.replace((item.volume, range)) {
                    copy_range(archive.volume(volume), range, output, meter)?;
                }
            }
        }
    }
    if let Some((volume, range)) = run {
        copy_range(archive.volume(volume), range, output, meter)?;
    }
    Ok(placed)
}

fn copy_range(volume: &Volume, range: Range<u64>, output: &mut Output<'_>, meter: &mut Meter<'_>) -> Result<()> {
    let mut buffer = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let len = PIECE.min(range.end - at);
        let copied = output.copy(&*volume.source, at, len)?;
        if copied < len {
            let rest = at + copied..at + len;
            buffer.resize(volume.buffer_len(&rest), 0);
            output.write(volume.bytes(&rest, &mut buffer)?)?;
        }
        at += len;
        meter.advance(len)?;
    }
    Ok(())
}
