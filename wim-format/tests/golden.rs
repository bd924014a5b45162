//! Every fixture, decoded and shown as text, is what `testdata/expected` says. `UPDATE_EXPECTED=1` writes those files
//! anew: look at the difference before you commit it.
//!
//! The metadata of images is only shown where it is stored uncompressed: this crate has no codecs.

mod util;

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use testdata::cases::WIMS;
use util::Archive;
use wim_format::{
    BlobLocation, BlobTable, DentryId, Error, Header, ImageMetadata, Inode, Limits, ResourceHeader, StreamKind,
};

/// Adds a line to a text; writing to a string cannot fail.
macro_rules! line {
    ($text:expr, $($arguments:tt)*) => { writeln!($text, $($arguments)*).unwrap() };
}

#[test]
fn fixtures_are_decoded_as_expected() {
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/expected");
    let update = env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1");
    let mut differing = Vec::new();
    for case in WIMS {
        let file = expected.join(Path::new(case.file).with_extension("txt").file_name().unwrap());
        let found = dump(testdata::read(case.file)).unwrap_or_else(|error| panic!("{}: {error}", case.file));
        if update {
            fs::create_dir_all(&expected).unwrap();
            fs::write(&file, found).unwrap();
            continue;
        }
        let wanted = fs::read_to_string(&file).unwrap_or_default();
        if let Some((wanted, found)) = first_difference(&wanted, &found) {
            differing.push(format!("{}\n  expected: {wanted}\n  found:    {found}", file.display()));
        }
    }
    assert!(differing.is_empty(), "{}\nUPDATE_EXPECTED=1 rewrites them", differing.join("\n"));
}

/// The first line in which two texts differ.
fn first_difference<'a>(a: &'a str, b: &'a str) -> Option<(&'a str, &'a str)> {
    let len = a.lines().count().max(b.lines().count());
    let padded = |text: &'a str| text.lines().chain(std::iter::repeat("(end)")).take(len);
    padded(a).zip(padded(b)).find(|(a, b)| a != b)
}

fn dump(file: Vec<u8>) -> Result<String, Error> {
    let mut text = String::new();
    let archive = Archive::new(file)?;
    let table = archive.blob_table()?;
    dump_header(&mut text, &archive.header);
    dump_blob_table(&mut text, &table);
    for (i, bytes) in archive.stored_metadata()?.into_iter().enumerate() {
        let image = ImageMetadata::parse(bytes, &Limits::default())?;
        line!(text, "\nimage {}", i + 1);
        dump_image(&mut text, &image, &table);
    }
    Ok(text)
}

fn dump_header(text: &mut String, header: &Header) {
    let Header { version, flags, chunk_size, part, total_parts, image_count, .. } = header;
    line!(text, "header{}", if header.pipable { ", pipable" } else { "" });
    line!(text, "  version {version:?}, flags {:#x}, {}, chunks of {chunk_size}", flags.0, header.compression());
    let boot = header.boot_index.map_or(0, |index| index.get());
    line!(text, "  part {part} of {total_parts}, {image_count} images, boot index {boot}");
    line!(text, "  blob table {}", show_resource(&header.blob_table));
    line!(text, "  XML data {}", show_resource(&header.xml_data));
    line!(text, "  boot metadata {}", show_resource(&header.boot_metadata));
    line!(text, "  integrity table {}", show_resource(&header.integrity));
}

fn show_resource(resource: &ResourceHeader) -> String {
    let ResourceHeader { offset, size_in_wim, uncompressed_size, flags } = resource;
    format!("at {offset:#x}, {size_in_wim} of {uncompressed_size} bytes, flags {:#04x}", flags.0)
}

fn dump_blob_table(text: &mut String, table: &BlobTable) {
    line!(text, "\nblob table");
    for metadata in table.all_metadata() {
        line!(text, "  metadata {} {}", metadata.hash, show_resource(&metadata.resource));
    }
    for solid in table.solid_resources() {
        let (header, resource) = (&solid.header, show_resource(&solid.resource));
        line!(text, "  solid {resource}: {header:?}");
    }
    for blob in table.blobs() {
        let location = match &blob.location {
            BlobLocation::Resource(resource) => show_resource(resource),
            solid => format!("{solid:?}"),
        };
        line!(
            text,
            "  {} {} bytes, {} names, part {}: {location}",
            blob.hash,
            blob.size,
            blob.reference_count,
            blob.part
        );
    }
}

fn dump_image(text: &mut String, image: &ImageMetadata, table: &BlobTable) {
    let size_of = |hash: &_| table.find(hash).map_or(0, |(_, blob)| blob.size);
    line!(text, "  {} entries, {} inodes, {:?}", image.entry_count(), image.inodes().len(), image.statistics(size_of));
    for warning in image.warnings() {
        line!(text, "  warning: {warning}");
    }
    for (id, descriptor) in image.security().iter().enumerate() {
        line!(text, "  security descriptor {id}: {}", show_bytes(descriptor));
    }
    for (id, _) in image.walk() {
        dump_entry(text, image, id);
    }
}

fn dump_entry(text: &mut String, image: &ImageMetadata, id: DentryId) {
    let (dentry, inode) = (image.dentry(id), image.inode_of(id));
    let Inode { attributes, creation_time, last_access_time, last_write_time, link_count, link_group, .. } = inode;
    line!(text, "  {}", image.path(id));
    line!(text, "    {attributes}, inode {}", dentry.inode.0);
    if !dentry.short_name.is_empty() {
        line!(text, "    short name {}", dentry.short_name);
    }
    if *link_group != 0 || *link_count != 1 {
        line!(text, "    link group {link_group}, {link_count} names");
    }
    if let Some(security_id) = inode.security_id {
        line!(text, "    security descriptor {security_id}");
    }
    line!(text, "    created {creation_time}, accessed {last_access_time}, written {last_write_time}");
    if let Some(reparse) = inode.reparse {
        line!(text, "    reparse tag {:#x}, reserved {}, flags {}", reparse.tag, reparse.reserved, reparse.flags);
    }
    for stream in inode.streams().filter(|stream| stream.kind != StreamKind::Data || !stream.hash.is_zero()) {
        let name = stream.name.map(|name| format!(" {name}")).unwrap_or_default();
        line!(text, "    {:?}{name} {}", stream.kind, stream.hash);
    }
    for (tag, item) in inode.tagged.iter() {
        line!(text, "    tagged item {tag:#x}: {}", show_bytes(item));
    }
}

fn show_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
