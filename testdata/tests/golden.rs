//! The builder's bytes against a file whose layout the format's description gives byte by byte.

use testdata::build::{Image, Wim};

/// The golden file: one image, the root and `a.txt`, which holds "hello"; bootable, with an integrity table.
fn golden() -> testdata::build::Built {
    Wim::new().image(Image::new("x").file("a.txt", "hello")).boot_index(1).integrity(10 << 20).build()
}

#[test]
fn the_default_layout_is_the_golden_one() {
    let built = golden();
    assert_eq!(built.table_range, 0x1CD..0x231);
    assert_eq!(built.xml_range.start, 0x231);
    assert_eq!(built.header.boot_metadata.offset, 0xD5);
    assert_eq!(built.header.boot_metadata.size_in_wim, 0xF8);
}

#[test]
fn the_integrity_hash_of_the_golden_file_covers_blob_metadata_and_table() {
    let built = golden();
    let expected = [
        0x20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0xA0, 0, 0x46, 0xF2, 0xBA, 0x71, 0x29, 0x65, 0x86, 0x1E, 0x3A, 0x4C, 0xB6,
        0xB8, 0x35, 0x97, 0x0A, 0xFF, 0x7D, 0xBE, 0x40, 0x80,
    ];
    assert_eq!(built.bytes[built.integrity_range], expected);
}
