//! Copying resources as they are: what `--no-verify` asks for without looking into them, and the front of a solid one.

use std::ops::Range;

use wim_format::{BlobLocation, ChunkTable, ResourceFlags, ResourceHeader, SolidResource};

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
    let mut in_solid = None;
    // The items' places follow from their sizes, so they are known before anything is copied.
    let mut position = output.position();
    for item in items {
        let resource = match (item.blob.location, item.solid_resource(archive)) {
            (BlobLocation::Solid { offset, .. }, Some((number, solid))) => {
                let first = in_solid.replace((item.volume, number)) != Some((item.volume, number));
                if first {
                    placed.solid.push(moved(solid, position));
                }
                let resource = placed.solid.len() as u32 - 1;
                placed.locations.push(BlobLocation::Solid { resource, offset });
                if !first {
                    continue;
                }
                solid.resource
            }
            _ => {
                let resource = item.resource().expect("an item has its own resource or lies in a solid one");
                let flags = ResourceFlags(resource.flags.0 & ResourceFlags::COMPRESSED.0).with(base_flags(item));
                placed.locations.push(BlobLocation::Resource(ResourceHeader { offset: position, flags, ..resource }));
                resource
            }
        };
        let range = resource.offset..resource.offset + resource.size_in_wim;
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

/// The bytes that [`copy_all`] copies.
pub(super) fn copied_size(archive: &Archive, items: &[Item]) -> u64 {
    let mut in_solid = None;
    let size = |item: &Item| match item.solid_resource(archive) {
        None => item.resource().map_or(0, |resource| resource.size_in_wim),
        Some((number, solid)) => {
            let here = Some((item.volume, number));
            if std::mem::replace(&mut in_solid, here) == here { 0 } else { solid.resource.size_in_wim }
        }
    };
    items.iter().map(size).sum()
}

/// A solid resource at another place of a stand-alone archive.
pub(super) fn moved(solid: &SolidResource, offset: u64) -> SolidResource {
    SolidResource { resource: ResourceHeader { offset, ..solid.resource }, part: 1, ..*solid }
}

/// Writes what precedes the chunks of a solid resource of `volume`: its header and the sizes of the chunks.
pub(super) fn copy_solid_front(volume: &Volume, solid: &SolidResource, output: &mut Output<'_>) -> Result<()> {
    let len = ChunkTable::solid_encoded_len(solid.header.uncompressed_size, solid.header.chunk_size);
    let range = solid.resource.offset..solid.resource.offset + len;
    let mut buffer = vec![0; volume.buffer_len(&range)];
    output.write(volume.bytes(&range, &mut buffer)?)
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
