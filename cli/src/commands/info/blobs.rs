//! `wimsmith info --blobs`: the blob table.

use std::io::{self, Write};

use serde::Serialize;
use wim_export::Archive;
use wim_format::{Blob, BlobLocation, BlobTable};

use super::facts::ResourceFacts;
use crate::output::Output;

/// An entry of the blob table.
#[derive(Serialize)]
struct BlobEntry {
    sha1: String,
    size: u64,
    reference_count: u32,
    part: u16,
    #[serde(flatten)]
    place: Place,
}

/// Where a blob lies.
#[derive(Serialize)]
#[serde(untagged)]
enum Place {
    /// In a resource of its own.
    Resource { resource: ResourceFacts },
    /// In a solid resource, by its zero-based number.
    Solid { solid_resource: u32, offset_in_resource: u64 },
}

/// The whole table.
#[derive(Serialize)]
struct Listing {
    metadata: Vec<MetadataEntry>,
    solid_resources: Vec<ResourceFacts>,
    blobs: Vec<BlobEntry>,
}

/// The metadata resource of an image.
#[derive(Serialize)]
struct MetadataEntry {
    sha1: String,
    reference_count: u32,
    resource: ResourceFacts,
}

pub(super) fn print(archive: &Archive, output: &Output) -> io::Result<()> {
    let listing = Listing::new(archive.blob_table());
    if output.json() {
        return output.answer(&listing);
    }
    let mut out = output.stdout();
    writeln!(out, "{:40} {:>14} {:>14} {:>14} {:>6}  ", "SHA-1", "offset", "stored", "size", "refs")?;
    for MetadataEntry { sha1, reference_count, resource } in &listing.metadata {
        let ResourceFacts { offset, size_in_wim, uncompressed_size, .. } = resource;
        writeln!(
            out,
            "{sha1} {offset:>#14x} {size_in_wim:>14} {uncompressed_size:>14} {reference_count:>6}  metadata"
        )?;
    }
    for (number, ResourceFacts { offset, size_in_wim, .. }) in listing.solid_resources.iter().enumerate() {
        writeln!(out, "{:40} {offset:>#14x} {size_in_wim:>14} {:>14} {:>6}  solid resource {number}", "", "", "")?;
    }
    for BlobEntry { sha1, size, reference_count, place, .. } in &listing.blobs {
        match place {
            Place::Resource { resource: ResourceFacts { offset, size_in_wim, .. } } => {
                writeln!(out, "{sha1} {offset:>#14x} {size_in_wim:>14} {size:>14} {reference_count:>6}")?;
            }
            Place::Solid { solid_resource, offset_in_resource: offset } => {
                writeln!(out, "{sha1} {offset:>14} {:>14} {size:>14} {reference_count:>6}  in {solid_resource}", "")?;
            }
        }
    }
    out.flush()
}

impl Listing {
    fn new(table: &BlobTable) -> Self {
        let metadata = table.all_metadata().iter().map(|metadata| MetadataEntry {
            sha1: metadata.hash.to_string(),
            reference_count: metadata.reference_count,
            resource: (&metadata.resource).into(),
        });
        Self {
            metadata: metadata.collect(),
            solid_resources: table.solid_resources().iter().map(|solid| (&solid.resource).into()).collect(),
            blobs: table.blobs().iter().map(BlobEntry::new).collect(),
        }
    }
}

impl BlobEntry {
    fn new(blob: &Blob) -> Self {
        let place = match blob.location {
            BlobLocation::Resource(resource) => Place::Resource { resource: (&resource).into() },
            BlobLocation::Solid { resource, offset } => {
                Place::Solid { solid_resource: resource, offset_in_resource: offset }
            }
        };
        let Blob { size, reference_count, part, .. } = *blob;
        Self { sha1: blob.hash.to_string(), size, reference_count, part, place }
    }
}
