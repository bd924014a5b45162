//! What is wrong with a header, the tables and the XML of an archive: one test for each error, one for each warning, and
//! one for each deviation that is tolerated without a word, as other readers do.
//!
//! Here whole archives are damaged; the edges of each rule are tested beside its code.

use testdata::build::{Codec, Header as RawHeader, Image, Wim, header_flags, offsets};
use wim_format::{
    BlobTable, BlobTableContext, Compression, Error, ErrorKind, Header, ImageIndex, IntegrityTable, Limits,
    ResourceHeader, Section, Version, Warning, WarningKind, XmlInfo,
};

/// What a reader knows after opening an archive.
#[derive(Debug)]
struct Opened {
    header: Header,
    table: BlobTable,
    xml: XmlInfo,
    integrity: Option<IntegrityTable>,
}

/// Opens an archive as any reader does: header, XML data, blob table, integrity table.
fn open(file: &[u8]) -> Result<Opened, Error> {
    let header = Header::parse(file.first_chunk().unwrap())?;
    let limits = Limits::untrusted();
    let bytes = |resource: &ResourceHeader, what, section| {
        let end = resource.end_within(file.len() as u64, what, section)?;
        Ok(&file[resource.offset as usize..end as usize])
    };
    let xml = XmlInfo::parse(bytes(&header.xml_data, "XML data", Section::Header)?, &limits)?;
    let context = BlobTableContext { header: &header, file_len: file.len() as u64, limits: &limits };
    let front = |resource: &ResourceHeader| {
        let front = bytes(resource, "solid resource", Section::BlobTable)?;
        Ok::<_, Error>(*front.first_chunk().unwrap())
    };
    let table = BlobTable::parse(bytes(&header.blob_table, "blob table", Section::Header)?, &context, front)?;
    let covered = header.blob_table.offset + header.blob_table.size_in_wim - Header::SIZE as u64;
    let integrity = (!header.integrity.is_none())
        .then(|| IntegrityTable::parse(bytes(&header.integrity, "integrity table", Section::Header)?, covered))
        .transpose()?;
    Ok(Opened { header, table, xml, integrity })
}

/// An archive with one image and two files.
fn archive() -> Wim {
    Wim::new().image(Image::new("x").file(r"\a.txt", "hello").file(r"\b.txt", "world"))
}

#[track_caller]
fn assert_fails(wim: &Wim, kind: ErrorKind, section: Section, offset: u64) {
    assert_eq!(open(&wim.to_bytes()).unwrap_err(), Error::new(kind, section, offset));
}

/// The header is damaged.
#[track_caller]
fn assert_header_fails(edit: impl Fn(&mut RawHeader) + 'static, kind: ErrorKind, offset: usize) {
    assert_fails(&archive().edit_header(edit), kind, Section::Header, offset as u64);
}

/// The header is damaged in a way that nobody minds.
#[track_caller]
fn assert_header_passes(edit: impl Fn(&mut RawHeader) + 'static) -> Header {
    open(&archive().edit_header(edit).to_bytes()).unwrap().header
}

fn field(field: &'static str, value: u64) -> ErrorKind {
    ErrorKind::InvalidField { field, value }
}

/// The warnings of the blob table, each with its entry.
fn warned(wim: &Wim) -> Vec<(WarningKind, u64)> {
    let opened = open(&wim.to_bytes()).unwrap();
    let warning = |warning: &Warning| {
        assert_eq!(warning.section, Section::BlobTable);
        (warning.kind, warning.offset / BlobTable::ENTRY_SIZE as u64)
    };
    opened.table.warnings().iter().map(warning).collect()
}

mod header {
    use super::*;

    #[test]
    fn not_a_wim() {
        assert_header_fails(|header| header.magic = *b"MSWIM\0\0\x01", ErrorKind::NotAWim, offsets::header::MAGIC);
    }

    #[test]
    fn size() {
        assert_header_fails(|header| header.header_size = 212, field("header size", 212), offsets::header::SIZE);
    }

    #[test]
    fn version() {
        for version in [0, 0x0001_0C00, 0xE01] {
            let kind = ErrorKind::UnsupportedVersion(version);
            assert_header_fails(move |header| header.version = version, kind, offsets::header::VERSION);
        }
    }

    #[test]
    fn compression_of_no_kind() {
        for flags in [header_flags::COMPRESSION, header_flags::COMPRESSION | 0x0010_0000] {
            let kind = ErrorKind::UnknownCompression(flags);
            assert_header_fails(move |header| header.flags = flags, kind, offsets::header::FLAGS);
        }
    }

    #[test]
    fn chunk_size() {
        let cases = [
            (Codec::Lzx, 0),
            (Codec::Lzx, 1 << 14),
            (Codec::Lzx, 40_000),
            (Codec::Lzx, 1 << 22),
            (Codec::Xpress, 1 << 11),
            (Codec::Xpress, 1 << 17),
            (Codec::Lzms, 1 << 14),
            (Codec::Lzms, 1 << 31),
        ];
        for (codec, chunk_size) in cases {
            let edit = move |header: &mut RawHeader| {
                header.flags = codec.header_flags();
                header.chunk_size = chunk_size;
            };
            assert_header_fails(edit, ErrorKind::InvalidChunkSize(chunk_size), offsets::header::CHUNK_SIZE);
        }
    }

    #[test]
    fn part_number() {
        for (part, total) in [(0, 1), (0, 0), (2, 1), (1, 0)] {
            let edit = move |header: &mut RawHeader| (header.part_number, header.total_parts) = (part, total);
            assert_header_fails(edit, field("part number", part.into()), offsets::header::PART_NUMBER);
        }
    }

    #[test]
    fn tables_outside_of_the_file() {
        let len = archive().to_bytes().len() as u64;
        let out_of_bounds = |what, offset, size| ErrorKind::OutOfBounds { what, offset, size };
        let table = open(&archive().to_bytes()).unwrap().header.blob_table;
        let edit = move |header: &mut RawHeader| header.blob_table.size_in_wim = len;
        assert_header_fails(edit, out_of_bounds("blob table", table.offset, len), 0);
        let edit = |header: &mut RawHeader| header.xml.offset = u64::MAX;
        let xml = open(&archive().to_bytes()).unwrap().header.xml_data;
        assert_header_fails(edit, out_of_bounds("XML data", u64::MAX, xml.size_in_wim), 0);
    }

    #[test]
    fn too_many_images() {
        let wim = archive().edit_header(|header| header.image_count = 65_536);
        assert_fails(&wim, ErrorKind::Limit { what: "images", limit: 65_535 }, Section::BlobTable, 0);
    }

    #[test]
    fn flags_without_meaning_are_tolerated_and_kept() {
        let flags = [
            1,
            header_flags::READONLY,
            header_flags::SPANNED,
            header_flags::RESOURCE_ONLY,
            header_flags::METADATA_ONLY,
            header_flags::WRITE_IN_PROGRESS,
            0x0001_0000,
            header_flags::LZX,
        ];
        for flags in flags {
            let header = assert_header_passes(move |header| header.flags = flags);
            assert_eq!((header.flags.0, header.compression()), (flags, Compression::None));
        }
    }

    #[test]
    fn of_two_codecs_the_older_counts() {
        let wim = archive().codec(Codec::Lzx).edit_header(|header| header.flags |= header_flags::LZMS);
        assert_eq!(open(&wim.to_bytes()).unwrap().header.compression(), Compression::Lzx);
        let xpress_2 = header_flags::COMPRESSION | 0x0020_0000;
        let wim = archive().codec(Codec::Xpress).edit_header(move |header| header.flags = xpress_2);
        assert_eq!(open(&wim.to_bytes()).unwrap().header.compression(), Compression::Xpress);
    }

    #[test]
    fn what_nobody_reads_is_tolerated_and_kept() {
        let header = assert_header_passes(|header| {
            header.reserved = [7; 60];
            header.chunk_size = 12_345;
            header.boot_index = 9;
            header.boot_metadata.offset = 1;
        });
        assert_eq!((header.reserved, header.chunk_size), ([7; 60], 12_345));
        assert_eq!(header.boot_index, ImageIndex::new(9));
    }

    #[test]
    fn either_version_is_fine_for_any_codec() {
        let wim = archive().codec(Codec::Lzms).edit_header(|header| header.version = RawHeader::VERSION);
        assert_eq!(open(&wim.to_bytes()).unwrap().header.version, Version::Default);
    }
}

mod blob_table {
    use super::*;

    const FIRST: u64 = 50;

    /// The first blob's entry is damaged; the metadata comes before it.
    #[track_caller]
    fn assert_entry_fails(edit: impl Fn(&mut testdata::build::TableEntry) + 'static, kind: ErrorKind) {
        let wim = archive().edit_table(move |table| edit(&mut table[1]));
        assert_fails(&wim, kind, Section::BlobTable, FIRST);
    }

    #[test]
    fn blob_outside_of_the_file() {
        let kind = ErrorKind::OutOfBounds { what: "resource", offset: 1 << 40, size: 5 };
        assert_entry_fails(|entry| entry.resource.offset = 1 << 40, kind);
    }

    #[test]
    fn stored_size_of_an_uncompressed_blob() {
        let kind = field("stored size of an uncompressed resource", 5);
        assert_entry_fails(|entry| entry.resource.uncompressed_size = 6, kind);
    }

    #[test]
    fn compressed_blob_in_an_archive_without_codec() {
        assert_entry_fails(|entry| entry.resource.flags = 4, ErrorKind::InvalidChunkSize(0));
    }

    #[test]
    fn compressed_blob_without_a_byte() {
        let wim = archive().codec(Codec::Lzx).edit_table(|table| {
            table[1].resource.flags = 4;
            table[1].resource.size_in_wim = 0;
        });
        let entry = wim.build().table[1].resource.offset;
        let kind = ErrorKind::OutOfBounds { what: "chunk table", offset: entry, size: 0 };
        assert_fails(&wim, kind, Section::BlobTable, FIRST);
    }

    #[test]
    fn shared_metadata() {
        let wim = archive().edit_table(|table| table[0].reference_count = 2);
        assert_fails(&wim, field("reference count of metadata", 2), Section::BlobTable, 0);
    }

    #[test]
    fn solid_in_an_archive_that_cannot_be() {
        let wim = archive().solid(Codec::Lzms, 1 << 15).edit_header(|header| header.version = RawHeader::VERSION);
        let size = wim.build().table[1].resource.size_in_wim;
        assert_fails(&wim, field("stored size of an uncompressed resource", size), Section::BlobTable, FIRST);
    }

    #[test]
    fn solid_codec() {
        let wim = archive().solid(Codec::Lzms, 1 << 15).edit_solid(|solid| solid[0].codec = 4);
        assert_fails(&wim, field("codec", 4), Section::SolidResource, 12);
    }

    #[test]
    fn solid_chunk_size() {
        let wim = archive().solid(Codec::Xpress, 1 << 15).edit_solid(|solid| solid[0].chunk_size = 256);
        assert_fails(&wim, ErrorKind::InvalidChunkSize(256), Section::SolidResource, 8);
    }

    #[test]
    fn solid_size() {
        let wim = archive().solid(Codec::Lzms, 1 << 15).edit_solid(|solid| solid[0].uncompressed_size = 0);
        assert_fails(&wim, field("uncompressed size", 0), Section::SolidResource, 0);
    }

    #[test]
    fn solid_blob_outside_of_its_resource() {
        let wim = archive().solid(Codec::Lzms, 1 << 15).edit_table(|table| table[2].resource.offset = 100);
        let kind = ErrorKind::OutOfBounds { what: "blob of a solid resource", offset: 100, size: 5 };
        assert_fails(&wim, kind, Section::BlobTable, 100);
    }

    #[test]
    fn solid_blobs_that_overlap() {
        let wim = archive().solid(Codec::Lzms, 1 << 15).edit_table(|table| table[3].resource.offset = 4);
        assert_fails(&wim, field("offset of a blob that overlaps another", 4), Section::BlobTable, 150);
    }

    #[test]
    fn data_in_the_header_or_a_table() {
        let field = "offset of a resource that overlaps the header or a table";
        let built = archive().build();
        let header = Header::parse(built.bytes[..Header::SIZE].try_into().unwrap()).unwrap();
        for value in [0, Header::SIZE as u64 - 1, header.blob_table.offset, header.xml_data.offset + 8] {
            let wim = archive().edit_table(move |table| table[1].resource.offset = value);
            assert_fails(&wim, ErrorKind::InvalidField { field, value }, Section::BlobTable, 50);
        }
    }

    #[test]
    fn solid_metadata() {
        let wim = archive().solid(Codec::Lzms, 1 << 15).edit_table(|table| table[2].resource.flags |= 2);
        assert_fails(&wim, field("flags of metadata", 0x12), Section::BlobTable, 100);
    }

    #[test]
    fn a_chunk_larger_than_allowed() {
        let big = vec![0; (64 << 20) + 1];
        let image = Image::new("x").file(r"\big", &big);
        let wim = Wim::new().image(image).solid(Codec::Lzms, 1 << 27);
        let kind = ErrorKind::Limit { what: "bytes in a chunk", limit: 64 << 20 };
        assert_fails(&wim, kind, Section::BlobTable, FIRST);
    }

    #[test]
    fn warns_of_bytes_after_the_last_entry() {
        let wim = archive().edit_header(|header| header.blob_table.size_in_wim += 1);
        assert_eq!(warned(&wim), [(WarningKind::BlobTableTail, 3)]);
    }

    #[test]
    fn warns_of_a_blob_listed_twice() {
        let wim = archive().edit_table(|table| table.push(table[1].clone()));
        assert_eq!(warned(&wim), [(WarningKind::DuplicateBlob, 3)]);
    }

    #[test]
    fn warns_of_an_empty_blob() {
        let wim = archive().edit_table(|table| table[1].resource.uncompressed_size = 0);
        assert_eq!(warned(&wim), [(WarningKind::EmptyBlob, 1)]);
    }

    #[test]
    fn warns_of_a_blob_of_another_part() {
        let wim = archive().edit_table(|table| table[1].part = 2);
        assert_eq!(warned(&wim), [(WarningKind::ForeignPart, 1)]);
    }

    #[test]
    fn warns_of_stale_metadata() {
        let wim = Wim::new().image(Image::new("old").file(r"\c", "c").stale()).image(Image::new("x").file(r"\a", "a"));
        let opened = open(&wim.to_bytes()).unwrap();
        assert_eq!(opened.table.all_metadata().len(), 1);
        assert_eq!(warned(&wim)[0], (WarningKind::StaleMetadata, 0));
    }

    #[test]
    fn warns_of_missing_metadata() {
        let wim = archive().edit_table(|table| _ = table.remove(0));
        assert_eq!(warned(&wim), [(WarningKind::MissingMetadata, 2)]);
    }

    #[test]
    fn metadata_may_come_last() {
        let wim = archive().edit_table(|table| table.rotate_left(1));
        assert_eq!(warned(&wim), []);
        assert_eq!(open(&wim.to_bytes()).unwrap().table.all_metadata().len(), 1);
    }

    #[test]
    fn reference_counts_of_blobs_mean_nothing() {
        for count in [0, 99] {
            assert_eq!(warned(&archive().edit_table(move |table| table[1].reference_count = count)), []);
        }
    }

    #[test]
    fn entries_of_nothing_are_nothing() {
        assert_eq!(warned(&archive().edit_table(|table| table.push(Default::default()))), []);
    }

    #[test]
    fn solid_headers_may_claim_what_they_like() {
        let wim = archive().solid(Codec::Lzms, 1 << 15).edit_table(|table| {
            table[1].resource.flags = 0x14;
            table[1].reference_count = 0;
            table[2].resource.uncompressed_size = 5;
        });
        assert_eq!(warned(&wim), []);
        assert_eq!(open(&wim.to_bytes()).unwrap().table.blobs().len(), 2);
    }
}

mod integrity {
    use super::*;

    fn checked() -> Wim {
        archive().integrity(100)
    }

    #[test]
    fn size() {
        let wim = checked().edit_integrity(|table| table.table_size += 20);
        let kind = field("size", checked().build().integrity_range.len() as u64 + 20);
        assert_fails(&wim, kind, Section::Integrity, 0);
    }

    #[test]
    fn count() {
        let count = open(&checked().to_bytes()).unwrap().integrity.unwrap().hashes.len() as u64;
        let kind = ErrorKind::CountMismatch { what: "hashes", stated: count + 1, found: count };
        assert_fails(&checked().edit_integrity(|table| table.count += 1), kind, Section::Integrity, 4);
    }

    #[test]
    fn chunk_size() {
        let wim = checked().edit_integrity(|table| table.chunk_size = 0);
        assert_fails(&wim, ErrorKind::InvalidChunkSize(0), Section::Integrity, 8);
    }

    #[test]
    fn coverage() {
        let count = open(&checked().to_bytes()).unwrap().integrity.unwrap().hashes.len() as u64;
        let kind = ErrorKind::CountMismatch { what: "hashes", stated: count, found: 1 };
        assert_fails(&checked().edit_integrity(|table| table.chunk_size = 10 << 20), kind, Section::Integrity, 4);
    }

    #[test]
    fn truncated() {
        let wim = checked().edit_header(|header| {
            header.integrity.size_in_wim = 11;
            header.integrity.uncompressed_size = 11;
        });
        assert_fails(&wim, ErrorKind::Truncated, Section::Integrity, 0);
    }
}

mod xml {
    use super::*;

    #[track_caller]
    fn assert_xml_fails(text: &str, why: &'static str) {
        assert_eq!(open(&archive().xml_text(text).to_bytes()).unwrap_err().kind(), ErrorKind::InvalidXml(why));
    }

    fn xml_warnings(bytes: &[u8]) -> Vec<WarningKind> {
        let opened = open(&archive().xml_bytes(bytes).to_bytes()).unwrap();
        opened.xml.warnings().iter().map(|warning| warning.kind).collect()
    }

    const VALID: &str = "<WIM><IMAGE INDEX=\"1\"><NAME>x</NAME></IMAGE></WIM>";

    #[test]
    fn utf_8() {
        let error = open(&archive().xml_bytes(VALID).to_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidXml("it is UTF-8, not UTF-16LE"));
    }

    #[test]
    fn none() {
        let error = open(&archive().xml_bytes("").to_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidXml("there is none"));
    }

    #[test]
    fn another_root() {
        assert_xml_fails("<HTML/>", "the root element is not WIM");
    }

    #[test]
    fn trailing_garbage() {
        assert_xml_fails(&format!("{VALID}x"), "something other than comments is outside of the root element");
    }

    #[test]
    fn an_entity_that_expands() {
        let text = "<!DOCTYPE WIM [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><WIM>&a;</WIM>";
        assert_xml_fails(text, "it has a document type declaration");
    }

    #[test]
    fn two_images_of_one_number() {
        let text = "<WIM><IMAGE INDEX=\"1\"/><IMAGE INDEX=\"1\"/></WIM>";
        assert_xml_fails(text, "the images are not numbered from 1 without gaps");
    }

    #[test]
    fn more_than_allowed() {
        let text = format!("<WIM>{}</WIM>", "<A/>".repeat(200_000));
        let error = open(&archive().xml_text(&text).to_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit { what: "XML nodes", limit: 200_000 });
    }

    #[test]
    fn warns_without_byte_order_mark() {
        let bytes: Vec<u8> = VALID.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(xml_warnings(&bytes), [WarningKind::XmlWithoutBom]);
    }

    #[test]
    fn warns_of_what_trails() {
        let bytes = testdata::build::xml::utf16le(&format!("{VALID}\0\0"));
        assert_eq!(xml_warnings(&bytes), [WarningKind::TrailingBytes]);
    }

    #[test]
    fn warns_of_ill_formed_utf_16() {
        let mut bytes = testdata::build::xml::utf16le(VALID);
        let at = bytes.iter().position(|&byte| byte == b'x').unwrap();
        bytes[at..at + 2].copy_from_slice(&0xD800u16.to_le_bytes());
        assert_eq!(xml_warnings(&bytes), [WarningKind::XmlIllFormed]);
    }

    #[test]
    fn an_encrypted_archive_is_recognised() {
        let text = VALID.replace("</WIM>", "<ESD><ENCRYPTED>k</ENCRYPTED></ESD></WIM>");
        assert!(open(&archive().xml_text(&text).to_bytes()).unwrap().xml.is_encrypted());
    }

    #[test]
    fn a_declaration_comments_and_blanks_are_tolerated() {
        let text = format!("<?xml version=\"1.0\"?>\r\n<!-- -->{}\r\n", VALID.replace("><", ">\n<"));
        let opened = open(&archive().xml_text(&text).to_bytes()).unwrap();
        assert_eq!(opened.xml.image(ImageIndex::FIRST).unwrap().name().as_deref(), Some("x"));
    }
}
