//! The builder puts overrides where they were asked for, and nothing else changes.

use testdata::build::{
    Built, Chunked, Codec, Dentry, Header, Image, Resource, Stream, TableEntry, Wim, flags, offsets, sha1, xml,
};

fn one_file() -> Wim {
    Wim::new().image(Image::new("x").file("a.txt", "hello"))
}

/// The offsets at which two archives of equal size differ.
fn differences(left: &[u8], right: &[u8]) -> Vec<usize> {
    assert_eq!(left.len(), right.len());
    (0..left.len()).filter(|&i| left[i] != right[i]).collect()
}

#[test]
fn a_header_edit_changes_one_field() {
    let edited = one_file().edit_header(|header| header.version = 0x1234).to_bytes();
    let field = offsets::header::VERSION..offsets::header::VERSION + 4;
    let changed = differences(&one_file().to_bytes(), &edited);
    assert!(!changed.is_empty() && changed.iter().all(|offset| field.contains(offset)), "{changed:?}");
}

#[test]
fn a_table_edit_changes_the_file_and_what_is_reported() {
    let built = one_file().edit_table(|table| table[1].reference_count = 99).build();
    assert_eq!(built.table[1].reference_count, 99);
    let at = built.entry_offset(1) + offsets::entry::REFERENCE_COUNT;
    assert_eq!(built.bytes[at..at + 4], 99u32.to_le_bytes());
}

#[test]
fn a_patched_dentry_keeps_its_place_and_its_blob() {
    let dentry = Dentry::file("evil", "data").patch(offsets::dentry::LENGTH, [7]);
    let image = Image::new("x").add("", dentry);
    let metadata = image.metadata.build();
    let id = image.metadata.child(testdata::build::ROOT, "evil").expect("it is there");
    assert_eq!(metadata.bytes[metadata.offset_of(id)], 7);
    assert_eq!(Wim::new().image(image).build().entry("data").hash, sha1(b"data"));
}

#[test]
fn streams_are_laid_out_as_microsofts_readers_expect() {
    let count = |dentry: &Dentry| {
        let record = dentry.record(0);
        let main_is_zero = record[offsets::dentry::MAIN_HASH..][..20].iter().all(|&byte| byte == 0);
        (main_is_zero, record[offsets::dentry::STREAM_COUNT])
    };
    // A plain file and a junction have their only hash in the dentry.
    assert_eq!(count(&Dentry::file("f", "data")), (false, 0));
    assert_eq!(count(&Dentry::junction("j", r"C:\x")), (false, 0));
    // A file with a named stream: unnamed and named entry. A folder: no unnamed entry.
    assert_eq!(count(&Dentry::file("f", "data").stream("s", "1")), (true, 2));
    assert_eq!(count(&Dentry::dir("d").stream("s", "1")), (true, 1));
    // A link to a file: the reparse point, then the empty data.
    assert_eq!(count(&Dentry::symlink("l", "f")), (true, 2));
}

#[test]
fn explicit_streams_are_written_as_given() {
    let stream = Stream { name: "n".into(), content: testdata::build::Content::of("bytes") };
    let dentry = Dentry::file("f", "").explicit_streams([9; 20], vec![stream]);
    let record = dentry.record(0);
    assert_eq!(record[offsets::dentry::MAIN_HASH..][..20], [9; 20]);
    assert_eq!(record.len(), dentry.record_len());
    let built = Wim::new().image(Image::new("x").add("", dentry)).build();
    assert_eq!(built.entry("bytes").reference_count, 1);
}

#[test]
fn an_encoder_compresses_chunks_that_shrink() {
    let data = [vec![0u8; 40_000], (0..=255).collect()].concat();
    // Not a codec of any WIM: a chunk of equal bytes becomes one byte.
    let shrink = |chunk: &[u8]| chunk.iter().all(|byte| *byte == chunk[0]).then(|| vec![chunk[0]]);
    let built = one_file().image(Image::new("big").file("big", &data)).codec(Codec::Lzx).encoder(shrink).build();
    let resource = built.entry(&data).resource;
    assert_eq!(resource.flags, flags::COMPRESSED);
    // A chunk table of one entry, one byte, and the second chunk stored.
    assert_eq!(resource.size_in_wim, 4 + 1 + (data.len() as u64 - 32_768));
}

#[test]
fn a_blob_can_be_stored_in_any_way() {
    let lie = Resource::chunked(&Chunked::raw(b"hello", 2).table([9, 9]), 1 << 40);
    let built = one_file().store_as("hello", lie).build();
    assert_eq!(built.entry("hello").resource.uncompressed_size, 1 << 40);
}

#[test]
fn unreferenced_and_omitted_blobs_are_in_and_out_of_the_table() {
    let built = one_file().unreferenced("nobody").omit("hello").build();
    assert_eq!(built.entry("nobody").reference_count, 1);
    assert!(built.table.iter().all(|entry| entry.hash != sha1(b"hello")));
}

#[test]
fn shared_content_is_stored_once_and_counted() {
    let image = |name| Image::new(name).file("a", "same").file("b", "same");
    let built = Wim::new().image(image("1")).image(image("2")).build();
    assert_eq!(built.entry("same").reference_count, 4);
    assert_eq!(built.table.iter().filter(|entry| !entry.is_metadata()).count(), 1);
}

#[test]
fn parts_share_the_guid_and_divide_the_blobs() {
    let wim = Wim::new().image(Image::new("x").file("a", "1").file("b", "2").file("c", "3")).boot_index(1);
    let parts = wim.build_parts(2);
    let blobs = |built: &Built| built.table.iter().filter(|entry| !entry.is_metadata()).count();
    assert_eq!((blobs(&parts[0]), blobs(&parts[1])), (2, 1));
    assert!(parts[1].table.iter().all(|entry: &TableEntry| entry.part == 2 && !entry.is_metadata()));
    assert!(parts.iter().all(|part| part.header.boot_index == 0 && part.header.guid == parts[0].header.guid));
}

#[test]
fn the_boot_metadata_is_that_of_the_boot_image_past_a_stale_one() {
    let image = |name| Image::new(name).file(name, "1");
    let built = Wim::new().image(image("dead").stale()).image(image("1")).image(image("2")).boot_index(2).build();
    assert_eq!(built.header.image_count, 2);
    assert_eq!(built.header.boot_metadata, built.table[2].resource);
}

#[test]
fn a_pipable_archive_has_the_whole_header_only_at_its_end() {
    let bytes = one_file().pipable().to_bytes();
    let last = &bytes[bytes.len() - offsets::header::LENGTH..];
    assert_eq!(last[..8], Header::PIPABLE_MAGIC);
    let table = offsets::header::BLOB_TABLE..offsets::header::XML;
    assert!(bytes[table.clone()].iter().all(|&byte| byte == 0));
    assert!(last[table].iter().any(|&byte| byte != 0));
}

#[test]
fn xml_can_be_anything() {
    let built = one_file().xml_text("<WIM/>").build();
    assert_eq!(built.bytes[built.xml_range], xml::utf16le("<WIM/>"));
    assert_eq!(one_file().xml_bytes([]).build().header.xml, testdata::build::ResourceHeader::default());
    assert_eq!(xml::utf16be("a"), [0xFE, 0xFF, 0, b'a']);
}
