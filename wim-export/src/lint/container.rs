//! Rules about the header, compression, and the tables.

use wim_format::{BlobLocation, Compression, Header, ResourceHeader, Version};

use super::rule::{Check, Consumer, Report, Rule, Severity};
use crate::Archive;

/// Who loads boot images.
pub(super) const BOOT: &[Consumer] = &[Consumer::Bootmgr, Consumer::Wimboot, Consumer::Wds];
/// Everybody who reads the format.
pub(super) const READERS: &[Consumer] =
    &[Consumer::Bootmgr, Consumer::Wimboot, Consumer::Wds, Consumer::Dism, Consumer::Setup];
/// Microsoft's software that reads all of an archive.
pub(super) const MICROSOFT: &[Consumer] = &[Consumer::Dism, Consumer::Setup, Consumer::Wds];
/// The only chunk size of boot loaders.
const BOOT_CHUNK: u32 = 32 << 10;
/// XPRESS chunks of WIMBoot.
const WIMBOOT_CHUNK: u32 = 4 << 10;
/// The largest chunk of a solid resource that Microsoft's software reads.
const MAX_SOLID_CHUNK: u32 = 64 << 20;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "no-images",
        severity: Severity::Error,
        consumers: READERS,
        reason: "WIMGAPI opens no archive without images",
        check: Check::Archive(|archive, report| {
            if archive.image_count() == 0 {
                report.add("there is no image");
            }
        }),
    },
    Rule {
        id: "version",
        severity: Severity::Error,
        consumers: BOOT,
        reason: "boot loaders know version 0x10d00 only; 0xe00 announces solid resources",
        check: Check::Archive(|archive, report| {
            if archive.header().version == Version::Solid {
                report.add("the version is 0xe00");
            }
        }),
    },
    Rule {
        id: "codec",
        severity: Severity::Error,
        consumers: BOOT,
        reason: "boot loaders decompress LZX and XPRESS; LZMS (\"recovery\") does not boot",
        check: Check::Archive(|archive, report| {
            if archive.header().compression() == Compression::Lzms {
                report.add("the compression is LZMS; `wimsmith export --compress lzx` makes it bootable");
            }
        }),
    },
    Rule {
        id: "boot-chunk-size",
        severity: Severity::Error,
        consumers: BOOT,
        reason: "wimboot takes every chunk for 32 KiB, and the boot manager is only ever given those",
        check: Check::Archive(|archive, report| {
            let size = archive.header().chunk_size;
            let is_boot_codec = matches!(archive.header().compression(), Compression::Lzx | Compression::Xpress);
            if is_boot_codec && size != BOOT_CHUNK {
                report.add(format!("chunks have {size} bytes"));
            }
        }),
    },
    Rule {
        id: "chunk-size",
        severity: Severity::Warning,
        consumers: &[Consumer::Dism, Consumer::Setup],
        reason: "Microsoft's software does not read chunk sizes that it does not write",
        check: Check::Archive(|archive, report| {
            let (compression, size) = (archive.header().compression(), archive.header().chunk_size);
            let is_wimboot = compression == Compression::Xpress && size == WIMBOOT_CHUNK;
            if compression != Compression::None && size != compression.default_chunk_size() && !is_wimboot {
                report.add(format!("chunks have {size} bytes instead of {}", compression.default_chunk_size()));
            }
        }),
    },
    Rule {
        id: "solid",
        severity: Severity::Error,
        consumers: BOOT,
        reason: "boot loaders cannot read out of solid resources",
        check: Check::Archive(|archive, report| {
            let count = archive.blob_table().solid_resources().len() as u64;
            report.add_count("there are solid resources, as in an ESD", count);
        }),
    },
    Rule {
        id: "pipable",
        severity: Severity::Error,
        consumers: READERS,
        reason: "only wimlib and this program know its layout for pipes",
        check: Check::Archive(|archive, report| {
            if archive.header().pipable {
                report.add("the archive has wimlib's layout for pipes; `wimsmith optimize` gives it the usual one");
            }
        }),
    },
    Rule {
        id: "split",
        severity: Severity::Error,
        consumers: BOOT,
        reason: "boot loaders read one file",
        check: Check::Archive(|archive, report| {
            let (part, total) = (archive.header().part, archive.header().total_parts);
            if total > 1 {
                report.add(format!("it is part {part} of {total}; `wimsmith join` makes one file of them"));
            }
        }),
    },
    Rule {
        id: "split-servicing",
        severity: Severity::Note,
        consumers: &[Consumer::Dism],
        reason: "DISM mounts a split archive to be read only",
        check: Check::Archive(|archive, report| {
            if archive.header().total_parts > 1 {
                report.add("it is one part of several; `wimsmith join` makes one file of them");
            }
        }),
    },
    Rule {
        id: "split-boot-index",
        severity: Severity::Warning,
        consumers: MICROSOFT,
        reason: "no part of a split set says which image boots, as none boots from it",
        check: Check::Archive(|archive, report| {
            let header = archive.header();
            if header.total_parts > 1 && (header.boot_index.is_some() || !header.boot_metadata.is_none()) {
                report.add("the header of a part names an image that boots");
            }
        }),
    },
    Rule {
        id: "lzms-servicing",
        severity: Severity::Note,
        consumers: &[Consumer::Dism],
        reason: "DISM applies and exports ESD files, and does not mount them",
        check: Check::Archive(|archive, report| {
            if archive.header().compression() == Compression::Lzms {
                report
                    .add("the compression is LZMS; `wimsmith export --compress lzx` makes it one that can be mounted");
            }
        }),
    },
    Rule {
        id: "solid-chunk-size",
        severity: Severity::Error,
        consumers: MICROSOFT,
        reason: "Microsoft's software reads chunks of solid resources up to 64 MiB",
        check: Check::Archive(|archive, report| {
            let chunks = archive.blob_table().solid_resources().iter().map(|solid| solid.header.chunk_size);
            let large: Vec<u32> = chunks.filter(|&size| size > MAX_SOLID_CHUNK).collect();
            if let Some(size) = large.first() {
                report.add_count(format!("chunks of solid resources have {size} bytes"), large.len() as u64);
            }
        }),
    },
    Rule {
        id: "compressed-tables",
        severity: Severity::Error,
        consumers: READERS,
        reason: "nothing of Microsoft's decompresses the blob table or the XML data",
        check: Check::Archive(|archive, report| {
            let tables = [("blob table", archive.header().blob_table), ("XML data", archive.header().xml_data)];
            let compressed = tables.iter().filter(|(_, resource)| resource.is_compressed());
            compressed.for_each(|(name, _)| report.add(format!("the {name} is compressed")));
        }),
    },
    Rule {
        id: "equal-size",
        severity: Severity::Warning,
        consumers: &[Consumer::Dism, Consumer::Setup],
        reason: "files that Windows backs by an archive are misread where compressed data is as large as the data itself",
        check: Check::Archive(|archive, report| {
            let is_wrong = |resource: &ResourceHeader| {
                resource.is_compressed() && resource.size_in_wim == resource.uncompressed_size
            };
            let count = blob_resources(archive).filter(is_wrong).count();
            report.add_count("resources are marked as compressed, and are as large as their data", count as u64);
        }),
    },
    Rule {
        id: "image-count",
        severity: Severity::Note,
        consumers: BOOT,
        reason: "all of the file is loaded into memory, also the images that do not boot",
        check: Check::Archive(|archive, report| {
            let count = archive.image_count();
            if count > 1 {
                report.add(format!(
                    "there are {count} images; `wimsmith export-boot` makes a file of the one that boots"
                ));
            }
        }),
    },
    Rule {
        id: "boot-index",
        severity: Severity::Error,
        consumers: BOOT,
        reason: "the boot manager starts the image that the header names",
        check: Check::Archive(|archive, report| {
            if archive.boot_index().is_none() {
                report.add("no image is marked bootable; `wimsmith info FILE IMAGE --boot` marks one");
            }
        }),
    },
    Rule {
        id: "boot-metadata",
        severity: Severity::Error,
        consumers: BOOT,
        reason: "boot loaders read the boot image's metadata where the header says that it is",
        check: Check::Archive(boot_metadata),
    },
    Rule {
        id: "trailing-bytes",
        severity: Severity::Warning,
        consumers: MICROSOFT,
        reason: "bytes behind the last table are of no use, and 7-Zip warns of them",
        check: Check::Archive(|archive, report| {
            report.add_count("bytes follow the last table", archive.file_len().saturating_sub(end(archive)));
        }),
    },
];

fn boot_metadata(archive: &Archive, report: &mut Report<'_>) {
    let stated = archive.header().boot_metadata;
    let place = |resource: &ResourceHeader| (resource.offset, resource.size_in_wim, resource.uncompressed_size);
    let actual = archive.boot_index().and_then(|image| archive.blob_table().metadata(image));
    match actual {
        Some(metadata) if place(&metadata.resource) != place(&stated) => {
            report.add("the header names another place than the blob table");
        }
        None if !stated.is_none() => report.add("the header names metadata although no image boots"),
        _ => {}
    }
}

/// Where the blobs are that have resources of their own.
fn blob_resources(archive: &Archive) -> impl Iterator<Item = ResourceHeader> {
    archive.blob_table().blobs().iter().filter_map(|blob| match blob.location {
        BlobLocation::Resource(resource) => Some(resource),
        BlobLocation::Solid { .. } => None,
    })
}

/// Where the last thing of an archive ends.
fn end(archive: &Archive) -> u64 {
    if archive.header().pipable {
        return archive.file_len();
    }
    let (header, table) = (archive.header(), archive.blob_table());
    let tables = [header.blob_table, header.xml_data, header.boot_metadata, header.integrity];
    let metadata = table.all_metadata().iter().map(|metadata| metadata.resource);
    let solid = table.solid_resources().iter().map(|solid| solid.resource);
    let resources = tables.into_iter().chain(metadata).chain(solid).chain(blob_resources(archive));
    resources.map(|resource| resource.offset + resource.size_in_wim).fold(Header::SIZE as u64, u64::max)
}
