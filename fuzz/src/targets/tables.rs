//! The small tables: header, integrity table, security data.

use wim_format::{Header, ImageMetadata, IntegrityTable, SecurityData};

use crate::input::Input;
use crate::limits::limits;

/// A header that is accepted is written back byte for byte.
pub fn header(data: &[u8]) {
    let bytes = Input::new(data).array();
    if let Ok(header) = Header::parse(&bytes) {
        assert_eq!(header.to_bytes(), bytes);
        // The accessors that parsing vouches for.
        let _ = header.compression();
    }
}

/// An integrity table that is accepted is written back byte for byte, and has one hash for each of the ranges that
/// together are the bytes covered.
pub fn integrity(data: &[u8]) {
    let mut input = Input::new(data);
    let covered = u64::from(input.u32());
    let bytes = input.rest();
    let Ok(table) = IntegrityTable::parse(bytes, covered) else { return };
    assert_eq!(table.to_bytes(), bytes);
    let (mut ranges, mut end) = (0, Header::SIZE as u64);
    for range in IntegrityTable::ranges(table.chunk_size, covered) {
        assert_eq!(range.start, end, "ranges follow each other");
        assert!(!range.is_empty());
        end = range.end;
        ranges += 1;
    }
    assert_eq!((ranges, end), (table.hashes.len(), Header::SIZE as u64 + covered));
}

/// Security data that is accepted has a descriptor for each id and for no other, finds each again by its content, and
/// survives being written at the front of a metadata resource.
pub fn security(data: &[u8]) {
    let Ok((security, len)) = SecurityData::parse(data) else { return };
    assert!(len <= data.len() && len.is_multiple_of(8));
    assert_eq!(security.iter().count(), security.len());
    assert_eq!(security.get(security.len() as u32), None);
    let mut searched = security.clone();
    for (id, descriptor) in security.iter().enumerate() {
        assert_eq!(security.get(id as u32), Some(descriptor));
        let found = searched.insert(descriptor).expect("it is there");
        assert_eq!(searched.get(found), Some(descriptor));
    }
    assert_eq!(searched, security, "nothing was added");

    let (again, len) = SecurityData::parse(&security.to_bytes()).expect("what is written can be read");
    assert_eq!((&again, len), (&security, security.to_bytes().len()));
    let mut metadata = ImageMetadata::new();
    *metadata.security_mut() = security;
    // Memory that only counts and sizes describe is not there: limits of a metadata resource hold for what is written, too.
    if let Ok(again) = ImageMetadata::parse(&metadata.to_bytes(), &limits()) {
        assert_eq!(again.security(), metadata.security());
        assert!(again.warnings().is_empty());
    }
}
