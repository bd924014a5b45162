//! What can be changed in place.

use std::fmt;

use wim_format::{BlobLocation, Header, HeaderFlags, ResourceHeader, WarningKind};

use crate::{Archive, Error, Result};

/// Why an archive cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateProblem {
    /// Its header says that it is not to be modified.
    ReadOnly,
    /// It is one part of a split set.
    Split,
    /// It has the layout for pipes, whose header is at its end.
    Pipable,
    /// Its parts overlap or lie in an order in which nothing can be appended.
    Order,
    /// Not every image that the header counts has metadata and an entry in the XML.
    Incomplete,
    /// It was changed since it was opened.
    Changed,
}

impl fmt::Display for UpdateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadOnly => "it is marked read-only; export it to a new file instead",
            Self::Split => "it is one part of a split set; join the parts first",
            Self::Pipable => "it has the layout for pipes; `wimsmith optimize --not-pipable` gives it the usual one",
            Self::Order => "its parts lie in an unusual order; `wimsmith optimize` puts them right",
            Self::Incomplete => "its header, metadata and XML disagree on its images; export those that can be read",
            Self::Changed => "it was changed since it was opened; try again",
        })
    }
}

/// The error that `archive` cannot be changed.
pub(crate) fn problem(archive: &Archive, why: UpdateProblem) -> Error {
    Error::Update { archive: archive.name().to_owned(), why }
}

/// Checks that `archive` is one that may be modified at all.
pub(super) fn check_modifiable(archive: &Archive) -> Result<()> {
    if archive.header().flags.contains(HeaderFlags::READONLY) {
        return Err(problem(archive, UpdateProblem::ReadOnly));
    }
    if archive.header().is_split() {
        return Err(problem(archive, UpdateProblem::Split));
    }
    Ok(())
}

/// Checks that `archive` can be changed in place.
pub(super) fn check_in_place(archive: &Archive) -> Result<()> {
    check_modifiable(archive)?;
    if archive.header().pipable {
        return Err(problem(archive, UpdateProblem::Pipable));
    }
    let images = archive.image_count() as usize;
    if archive.blob_table().all_metadata().len() != images || archive.xml().image_count() != images {
        return Err(problem(archive, UpdateProblem::Incomplete));
    }
    if overlaps(archive) || !is_in_order(archive) {
        return Err(problem(archive, UpdateProblem::Order));
    }
    Ok(())
}

/// All resources that the blob table names.
fn resources(archive: &Archive) -> impl Iterator<Item = ResourceHeader> {
    let table = archive.blob_table();
    let metadata = table.all_metadata().iter().map(|metadata| metadata.resource);
    let solid = table.solid_resources().iter().map(|solid| solid.resource);
    let blobs = table.blobs().iter().filter_map(|blob| match blob.location {
        BlobLocation::Resource(resource) => Some(resource),
        BlobLocation::Solid { .. } => None,
    });
    metadata.chain(solid).chain(blobs)
}

/// Whether two resources share bytes.
fn overlaps(archive: &Archive) -> bool {
    archive.blob_table().warnings().iter().any(|warning| warning.kind == WarningKind::Overlap)
}

/// The offset after a resource, which is known to lie within the file.
fn end(resource: ResourceHeader) -> u64 {
    resource.offset.saturating_add(resource.size_in_wim)
}

/// Whether header, resources, blob table, XML and integrity table come one after another, as other software that appends
/// wants them, and as hostile archives may not.
fn is_in_order(archive: &Archive) -> bool {
    let Header { blob_table, xml_data, integrity, .. } = *archive.header();
    let after_header = |resource: ResourceHeader| resource.offset >= Header::SIZE as u64;
    resources(archive).all(|resource| after_header(resource) && end(resource) <= blob_table.offset)
        && after_header(blob_table)
        && end(blob_table) <= xml_data.offset
        && (integrity.is_none() || end(xml_data) <= integrity.offset)
}

/// Where `archive` ends: with the file, unless a killed run left something behind the archive.
pub(super) fn end_of(archive: &Archive) -> u64 {
    let header = archive.header();
    if !header.flags.contains(HeaderFlags::WRITE_IN_PROGRESS) {
        return archive.file_len();
    }
    let tables = [header.blob_table, header.xml_data, header.boot_metadata, header.integrity];
    let last = resources(archive).chain(tables).map(end).max().unwrap_or(Header::SIZE as u64);
    last.min(archive.file_len())
}
