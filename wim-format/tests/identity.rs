//! `to_bytes(parse(b)) == b`: what other writers wrote and nobody changed is written back byte for byte.

use testdata::cases::{Case, Expect, WIMS, Writer};
use wim_format::{BlobTable, BlobTableContext, Error, Header, IntegrityTable, Limits, ResourceHeader, XmlInfo};

/// The archives whose writers follow the rules of this library, too. 7-Zip has an order of its own.
fn archives() -> impl Iterator<Item = (&'static Case, Archive)> {
    let cases = WIMS.iter().filter(|case| case.expect == Expect::Valid && case.writer == Writer::Wimlib);
    cases.map(|case| (case, Archive::new(testdata::read(case.file))))
}

struct Archive {
    file: Vec<u8>,
    header: Header,
}

impl Archive {
    fn new(file: Vec<u8>) -> Self {
        let mut header = Header::parse(file.first_chunk().unwrap()).unwrap();
        if header.pipable {
            header = Header::parse(file.last_chunk().unwrap()).unwrap();
        }
        Self { file, header }
    }

    fn bytes(&self, resource: &ResourceHeader) -> &[u8] {
        &self.file[resource.offset as usize..][..resource.size_in_wim as usize]
    }

    fn blob_table(&self) -> BlobTable {
        let (header, limits) = (&self.header, &Limits::default());
        let context = BlobTableContext { header, file_len: self.file.len() as u64, limits };
        let front = |resource: &ResourceHeader| Ok::<_, Error>(*self.bytes(resource).first_chunk().unwrap());
        BlobTable::parse(self.bytes(&header.blob_table), &context, front).unwrap()
    }
}

#[test]
fn headers() {
    for (case, archive) in archives() {
        let written = if archive.header.pipable { archive.file.last_chunk() } else { archive.file.first_chunk() };
        assert_eq!(&archive.header.to_bytes(), written.unwrap(), "{}", case.file);
    }
}

#[test]
fn blob_tables() {
    for (case, archive) in archives() {
        let table = archive.blob_table();
        assert_eq!(table.to_bytes(), archive.bytes(&archive.header.blob_table), "{}", case.file);
        assert_eq!(table.warnings(), [], "{}", case.file);
        let metadata = if archive.header.part == 1 { archive.header.image_count } else { 0 };
        assert_eq!(table.all_metadata().len(), metadata as usize, "{}", case.file);
    }
}

#[test]
fn xml_data() {
    for (case, archive) in archives() {
        let bytes = archive.bytes(&archive.header.xml_data);
        let xml = XmlInfo::parse(bytes, &Limits::default()).unwrap();
        assert!(xml.to_bytes() == bytes, "{}: {}", case.file, String::from_utf8_lossy(&xml.to_bytes()));
        assert_eq!(xml.warnings(), [], "{}", case.file);
        assert_eq!(xml.image_count(), archive.header.image_count as usize, "{}", case.file);
    }
}

#[test]
fn integrity_tables() {
    let mut found = 0;
    for (case, archive) in archives().filter(|(_, archive)| !archive.header.integrity.is_none()) {
        found += 1;
        let bytes = archive.bytes(&archive.header.integrity);
        let blob_table = &archive.header.blob_table;
        let covered = blob_table.offset + blob_table.size_in_wim - Header::SIZE as u64;
        let table = IntegrityTable::parse(bytes, covered).unwrap();
        assert_eq!(table.to_bytes(), bytes, "{}", case.file);
        let ranges = IntegrityTable::ranges(table.chunk_size, covered);
        for (hash, range) in table.hashes.iter().zip(ranges) {
            let piece = &archive.file[range.start as usize..range.end as usize];
            assert_eq!(hash.0, testdata::build::sha1(piece), "{}", case.file);
        }
    }
    assert_ne!(found, 0);
}

/// Archives of others: Microsoft's and wimlib's; not 7-Zip's, whose tables have another order.
#[test]
fn tables_of_others_files() {
    let Some(folder) = testdata::shared("wims") else { return };
    let mut found = 0;
    for writer in ["hounsell-DecryptESD", "dissect.archive", "ebiggers-wimlib", "pywimparser"] {
        for entry in std::fs::read_dir(folder.join(writer)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.starts_with("Error-") || name == "sample.wim" {
                continue;
            }
            let archive = Archive::new(std::fs::read(&path).unwrap());
            assert_eq!(archive.header.to_bytes(), archive.file[..Header::SIZE], "{name}");
            let table = archive.blob_table();
            assert_eq!(table.to_bytes(), archive.bytes(&archive.header.blob_table), "{name}");
            let xml = archive.bytes(&archive.header.xml_data);
            assert_eq!(XmlInfo::parse(xml, &Limits::default()).unwrap().to_bytes(), xml, "{name}");
            found += 1;
        }
    }
    assert!(found > 10, "{found}");
}
