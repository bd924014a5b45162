//! Everything that `info` shows.

use serde::Serialize;
use wim_export::Archive;
use wim_format::{Header, HeaderFlags, ImageIndex, ResourceHeader, XmlImage};

use crate::output::json::Time;

/// What an archive is.
#[derive(Serialize)]
pub(super) struct Facts {
    pub(super) file: String,
    pub(super) size: u64,
    pub(super) guid: String,
    pub(super) version: u32,
    pub(super) pipable: bool,
    pub(super) compression: String,
    pub(super) chunk_size: u32,
    pub(super) image_count: u32,
    pub(super) boot_index: Option<u32>,
    pub(super) part: u16,
    pub(super) total_parts: u16,
    pub(super) flags: Vec<&'static str>,
    pub(super) has_integrity_table: bool,
    pub(super) blobs: BlobFacts,
    pub(super) solid_resources: Vec<SolidFacts>,
    pub(super) images: Vec<ImageFacts>,
}

/// The blob table in numbers.
#[derive(Default, Serialize)]
pub(super) struct BlobFacts {
    pub(super) count: u64,
    /// Bytes of all of them, uncompressed.
    pub(super) bytes: u64,
    /// Bytes that they, and solid resources, take in the file.
    pub(super) stored_bytes: u64,
}

/// A solid resource.
#[derive(Serialize)]
pub(super) struct SolidFacts {
    pub(super) compression: String,
    pub(super) chunk_size: u32,
    pub(super) bytes: u64,
    pub(super) stored_bytes: u64,
}

/// What the XML data says of an image.
#[derive(Serialize)]
pub(super) struct ImageFacts {
    pub(super) index: u32,
    pub(super) bootable: bool,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) display_description: Option<String>,
    pub(super) flags: Option<String>,
    pub(super) architecture: Option<String>,
    pub(super) architecture_number: Option<u32>,
    pub(super) edition_id: Option<String>,
    pub(super) installation_type: Option<String>,
    pub(super) product_name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) languages: Vec<String>,
    pub(super) default_language: Option<String>,
    pub(super) system_root: Option<String>,
    pub(super) files: Option<u64>,
    pub(super) directories: Option<u64>,
    pub(super) bytes: Option<u64>,
    pub(super) hard_link_bytes: Option<u64>,
    pub(super) created: Option<Time>,
    pub(super) modified: Option<Time>,
    pub(super) wimboot: bool,
}

impl Facts {
    /// Gathers what is known of `archive` and of these of its images.
    pub(super) fn new(archive: &Archive, images: &[ImageIndex]) -> Self {
        let header = archive.header();
        Self {
            file: archive.name().to_owned(),
            size: archive.file_len(),
            guid: header.guid.to_string(),
            version: header.version.number(),
            pipable: header.pipable,
            compression: header.compression().to_string(),
            chunk_size: header.chunk_size,
            image_count: header.image_count,
            boot_index: archive.boot_index().map(ImageIndex::get),
            part: header.part,
            total_parts: header.total_parts,
            flags: flag_names(header.flags),
            has_integrity_table: !header.integrity.is_none(),
            blobs: BlobFacts::new(archive),
            solid_resources: solid_resources(archive),
            images: images.iter().map(|&image| ImageFacts::new(archive, image)).collect(),
        }
    }
}

impl BlobFacts {
    fn new(archive: &Archive) -> Self {
        let table = archive.blob_table();
        let mut facts = Self::default();
        for blob in table.blobs() {
            facts.count += 1;
            facts.bytes = facts.bytes.saturating_add(blob.size);
            if let wim_format::BlobLocation::Resource(resource) = blob.location {
                facts.stored_bytes = facts.stored_bytes.saturating_add(resource.size_in_wim);
            }
        }
        for solid in table.solid_resources() {
            facts.stored_bytes = facts.stored_bytes.saturating_add(solid.resource.size_in_wim);
        }
        facts
    }
}

fn solid_resources(archive: &Archive) -> Vec<SolidFacts> {
    let solid = archive.blob_table().solid_resources().iter();
    solid
        .map(|solid| SolidFacts {
            compression: solid.header.compression.to_string(),
            chunk_size: solid.header.chunk_size,
            bytes: solid.header.uncompressed_size,
            stored_bytes: solid.resource.size_in_wim,
        })
        .collect()
}

impl ImageFacts {
    fn new(archive: &Archive, image: ImageIndex) -> Self {
        let nothing = XmlImage::new();
        let xml = archive.xml().image(image).unwrap_or(&nothing);
        let architecture_number = xml.architecture();
        Self {
            index: image.get(),
            bootable: archive.boot_index() == Some(image),
            name: xml.name().map(Into::into),
            description: xml.description().map(Into::into),
            display_name: xml.display_name().map(Into::into),
            display_description: xml.display_description().map(Into::into),
            flags: xml.flags().map(Into::into),
            architecture: architecture_number.map(architecture_name),
            architecture_number,
            edition_id: xml.edition_id().map(Into::into),
            installation_type: xml.installation_type().map(Into::into),
            product_name: xml.product_name().map(Into::into),
            version: xml.version().map(|version| version.to_string()),
            languages: xml.languages().map(Into::into).collect(),
            default_language: xml.default_language().map(Into::into),
            system_root: xml.system_root().map(Into::into),
            files: xml.file_count(),
            directories: xml.dir_count(),
            bytes: xml.total_bytes(),
            hard_link_bytes: xml.hard_link_bytes(),
            created: xml.creation_time().map(Into::into),
            modified: xml.last_modification_time().map(Into::into),
            wimboot: xml.wimboot(),
        }
    }
}

/// The name of a processor that the XML data states by number: Windows' `PROCESSOR_ARCHITECTURE_*`.
fn architecture_name(number: u32) -> String {
    match number {
        0 => "x86".to_owned(),
        5 => "arm".to_owned(),
        6 => "ia64".to_owned(),
        9 => "x64".to_owned(),
        12 => "arm64".to_owned(),
        other => format!("unknown ({other})"),
    }
}

/// The header's flags that have a name; those that state the compression are shown as such.
fn flag_names(flags: HeaderFlags) -> Vec<&'static str> {
    let named = [
        (HeaderFlags::READONLY, "READONLY"),
        (HeaderFlags::SPANNED, "SPANNED"),
        (HeaderFlags::RESOURCE_ONLY, "RESOURCE_ONLY"),
        (HeaderFlags::METADATA_ONLY, "METADATA_ONLY"),
        (HeaderFlags::WRITE_IN_PROGRESS, "WRITE_IN_PROGRESS"),
        (HeaderFlags::RP_FIX, "RP_FIX"),
    ];
    named.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, name)| name).collect()
}

/// The header, field by field.
#[derive(Serialize)]
pub(super) struct HeaderFacts {
    pub(super) pipable: bool,
    pub(super) version: u32,
    pub(super) flags: u32,
    pub(super) flag_names: Vec<&'static str>,
    pub(super) compression: String,
    pub(super) chunk_size: u32,
    pub(super) guid: String,
    pub(super) part: u16,
    pub(super) total_parts: u16,
    pub(super) image_count: u32,
    pub(super) boot_index: u32,
    pub(super) blob_table: ResourceFacts,
    pub(super) xml_data: ResourceFacts,
    pub(super) boot_metadata: ResourceFacts,
    pub(super) integrity: ResourceFacts,
}

/// Where a resource lies.
#[derive(Serialize)]
pub(super) struct ResourceFacts {
    pub(super) offset: u64,
    pub(super) size_in_wim: u64,
    pub(super) uncompressed_size: u64,
    pub(super) flags: u8,
}

impl HeaderFacts {
    pub(super) fn new(header: &Header) -> Self {
        Self {
            pipable: header.pipable,
            version: header.version.number(),
            flags: header.flags.0,
            flag_names: flag_names(header.flags),
            compression: header.compression().to_string(),
            chunk_size: header.chunk_size,
            guid: header.guid.to_string(),
            part: header.part,
            total_parts: header.total_parts,
            image_count: header.image_count,
            boot_index: header.boot_index.map_or(0, ImageIndex::get),
            blob_table: (&header.blob_table).into(),
            xml_data: (&header.xml_data).into(),
            boot_metadata: (&header.boot_metadata).into(),
            integrity: (&header.integrity).into(),
        }
    }
}

impl From<&ResourceHeader> for ResourceFacts {
    fn from(resource: &ResourceHeader) -> Self {
        let ResourceHeader { offset, size_in_wim, uncompressed_size, flags } = *resource;
        Self { offset, size_in_wim, uncompressed_size, flags: flags.0 }
    }
}
