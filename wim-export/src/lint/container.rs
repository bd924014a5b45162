//! Rules about the header, compression, and the tables.

use wim_format::{Compression, Header, ResourceHeader, Version, WarningKind};

use super::rule::{Check, Consumer, Report, Rule, Severity};
use crate::Archive;

/// Who loads boot images.
const BOOT: &[Consumer] = &[Consumer::Bootmgr, Consumer::Wimboot, Consumer::Wds];
/// Everybody who reads the format.
const READERS: &[Consumer] = &[Consumer::Bootmgr, Consumer::Wimboot, Consumer::Wds, Consumer::Dism, Consumer::Setup];
/// Microsoft's software that reads all of an archive.
const MICROSOFT: &[Consumer] = &[Consumer::Dism, Consumer::Setup, Consumer::Wds];
/// The only chunk size of boot loaders.
const BOOT_CHUNK: u32 = 32 << 10;
/// XPRESS chunks of WIMBoot.
const WIMBOOT_CHUNK: u32 = 4 << 10;

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
        id: "stale-metadata",
        severity: Severity::Error,
        consumers: &[Consumer::Wimboot],
        reason: "wimboot counts metadata resources that no image uses, too, and takes the wrong image",
        check: Check::Archive(|archive, report| warned(archive, WarningKind::StaleMetadata, report)),
    },
    Rule {
        id: "write-in-progress",
        severity: Severity::Warning,
        consumers: READERS,
        reason: "its writer is at work or died; WIMGAPI does not open it for writing",
        check: Check::Archive(|archive, report| warned(archive, WarningKind::WriteInProgress, report)),
    },
    Rule {
        id: "duplicate-blob",
        severity: Severity::Warning,
        consumers: MICROSOFT,
        reason: "some readers refuse an archive that lists a hash twice, as 7-Zip does",
        check: Check::Archive(|archive, report| warned(archive, WarningKind::DuplicateBlob, report)),
    },
    Rule {
        id: "empty-blob",
        severity: Severity::Warning,
        consumers: MICROSOFT,
        reason: "an empty file has no blob; nothing of Microsoft's writes one",
        check: Check::Archive(|archive, report| warned(archive, WarningKind::EmptyBlob, report)),
    },
    Rule {
        id: "xml-byte-order-mark",
        severity: Severity::Error,
        consumers: MICROSOFT,
        reason: "imagex.exe refuses XML data that does not begin with a byte order mark",
        check: Check::Archive(|archive, report| warned(archive, WarningKind::XmlWithoutBom, report)),
    },
    Rule {
        id: "xml-image-count",
        severity: Severity::Error,
        consumers: MICROSOFT,
        reason: "the XML has to describe as many images as the header counts",
        check: Check::Archive(|archive, report| warned(archive, WarningKind::XmlCountMismatch, report)),
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

fn warned(archive: &Archive, kind: WarningKind, report: &mut Report<'_>) {
    let count = archive.warnings().iter().filter(|warning| warning.kind == kind).count();
    report.add_count(kind.to_string(), count as u64);
}

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

/// Where the last thing of an archive ends.
fn end(archive: &Archive) -> u64 {
    if archive.header().pipable {
        return archive.file_len();
    }
    let (header, table) = (archive.header(), archive.blob_table());
    let tables = [header.blob_table, header.xml_data, header.boot_metadata, header.integrity];
    let metadata = table.all_metadata().iter().map(|metadata| metadata.resource);
    let solid = table.solid_resources().iter().map(|solid| solid.resource);
    let blobs = table.blobs().iter().filter_map(|blob| match blob.location {
        wim_format::BlobLocation::Resource(resource) => Some(resource),
        wim_format::BlobLocation::Solid { .. } => None,
    });
    let resources = tables.into_iter().chain(metadata).chain(solid).chain(blobs);
    resources.map(|resource| resource.offset + resource.size_in_wim).fold(Header::SIZE as u64, u64::max)
}
