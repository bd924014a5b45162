use alloc::vec;

use super::super::EditError;
use super::super::Inode;
use super::*;

const REPARSE: FileAttributes = FileAttributes::REPARSE_POINT;
const DIRECTORY: FileAttributes = FileAttributes::DIRECTORY;
const ENCRYPTED: FileAttributes = FileAttributes::ENCRYPTED;
const FILE: FileAttributes = FileAttributes::ARCHIVE;

fn hash(byte: u8) -> Sha1Hash {
    Sha1Hash([byte; 20])
}

fn stored(main: u8, entries: &[(&str, u8)]) -> StoredStreams {
    let entries = entries.iter().map(|&(name, byte)| StreamEntry { name: name.into(), hash: hash(byte), reserved: 0 });
    StoredStreams { main_hash: hash(main), entries: entries.collect() }
}

/// The kinds, and the first bytes of the hashes, of what `stored` is with these attributes.
fn classified(attributes: FileAttributes, stored: &StoredStreams) -> Vec<(StreamKind, u8)> {
    stored.classify(attributes).map(|stream| (stream.kind, stream.hash.0[0])).collect()
}

#[test]
fn hashes_are_told_apart_in_every_known_layout() {
    use StreamKind::{Data, Efs, Named, Reparse};
    let link = FILE.with(REPARSE);
    let junction = DIRECTORY.with(REPARSE);
    type Expected<'a> = &'a [(StreamKind, u8)];
    let cases: &[(FileAttributes, StoredStreams, Expected<'_>)] = &[
        (FILE, stored(0, &[]), &[(Data, 0)]),
        (FILE, stored(1, &[]), &[(Data, 1)]),
        (FILE, stored(0, &[("", 1), ("ads", 2)]), &[(Data, 1), (Named, 2)]),
        (FILE, stored(0, &[("", 0), ("ads", 0)]), &[(Data, 0), (Named, 0)]),
        // Old writers: the data in the main hash beside named streams.
        (FILE, stored(1, &[("ads", 2)]), &[(Data, 1), (Named, 2)]),
        (FILE, stored(1, &[("ads", 2), ("", 3)]), &[(Data, 1), (Named, 2)]),
        (DIRECTORY, stored(0, &[]), &[]),
        (DIRECTORY, stored(0, &[("ads", 2)]), &[(Named, 2)]),
        (junction, stored(4, &[]), &[(Reparse, 4)]),
        (junction, stored(0, &[]), &[(Reparse, 0)]),
        (junction, stored(0, &[("", 4), ("ads", 2)]), &[(Reparse, 4), (Named, 2)]),
        (link, stored(0, &[("", 4), ("", 0)]), &[(Reparse, 4), (Data, 0)]),
        (link, stored(0, &[("", 4), ("", 1), ("ads", 2)]), &[(Reparse, 4), (Data, 1), (Named, 2)]),
        // DISM's own order.
        (link, stored(0, &[("", 4), ("ads", 2), ("", 1)]), &[(Reparse, 4), (Data, 1), (Named, 2)]),
        (link, stored(4, &[("", 1)]), &[(Reparse, 4), (Data, 1)]),
        (link, stored(4, &[]), &[(Reparse, 4)]),
        (FILE.with(ENCRYPTED), stored(5, &[]), &[(Efs, 5)]),
        (FILE.with(ENCRYPTED), stored(0, &[("", 0), ("", 5)]), &[(Efs, 5)]),
        (FILE.with(ENCRYPTED), stored(0, &[]), &[(Data, 0)]),
    ];
    for (attributes, stored, expected) in cases {
        assert_eq!(classified(*attributes, stored), *expected, "{attributes}: {stored:?}");
    }
}

#[test]
fn only_real_surplus_is_surplus() {
    for (attributes, streams, expected) in [
        (FILE, stored(1, &[("", 2)]), true),
        (FILE, stored(0, &[("", 0), ("", 2)]), true),
        (FILE, stored(0, &[("", 1)]), false),
        (FILE.with(REPARSE), stored(0, &[("", 1), ("", 2)]), false),
        (FILE.with(REPARSE), stored(1, &[("", 1), ("", 2)]), true),
        (FILE.with(ENCRYPTED), stored(1, &[("", 0)]), false),
        (FILE.with(ENCRYPTED), stored(1, &[("", 2)]), true),
    ] {
        assert_eq!(streams.unnamed(attributes).has_surplus, expected, "{attributes}: {streams:?}");
    }
}

fn new(kind: StreamKind, name: &str, byte: u8) -> NewStream {
    NewStream { kind, name: name.into(), hash: hash(byte) }
}

#[test]
fn streams_are_laid_out_as_microsoft_expects() {
    let (data, reparse) = (new(StreamKind::Data, "", 1), new(StreamKind::Reparse, "", 4));
    let (ads, efs) = (new(StreamKind::Named, "ads", 2), new(StreamKind::Efs, "", 5));
    let all = vec![ads.clone(), data.clone(), reparse.clone(), efs];
    let cases = [
        (FILE, vec![data.clone()], stored(1, &[])),
        (FILE, vec![], stored(0, &[])),
        (FILE, vec![ads.clone(), data.clone()], stored(0, &[("", 1), ("ads", 2)])),
        (FILE, vec![ads.clone()], stored(0, &[("", 0), ("ads", 2)])),
        (DIRECTORY, vec![], stored(0, &[])),
        (DIRECTORY, vec![data.clone(), ads.clone()], stored(0, &[("ads", 2)])),
        (DIRECTORY.with(REPARSE), vec![reparse.clone()], stored(4, &[])),
        (DIRECTORY.with(REPARSE), vec![ads.clone(), reparse.clone()], stored(0, &[("", 4), ("ads", 2)])),
        (FILE.with(REPARSE), vec![reparse], stored(0, &[("", 4), ("", 0)])),
        (FILE.with(REPARSE), all.clone(), stored(0, &[("", 4), ("", 1), ("ads", 2)])),
        (FILE.with(ENCRYPTED), all, stored(5, &[])),
    ];
    for (attributes, streams, expected) in cases {
        assert_eq!(StoredStreams::lay_out(streams.clone(), attributes), expected, "{attributes}: {streams:?}");
    }
}

#[test]
fn streams_that_cannot_be_stored_are_refused() {
    let mut inode = Inode::file(hash(1));
    for name in ["", &"x".repeat(Name::MAX_UNITS + 1)] {
        assert_eq!(inode.set_streams(vec![new(StreamKind::Named, name, 2)]), Err(EditError::InvalidName));
    }
    let too_many = vec![new(StreamKind::Named, "ads", 2); StreamEntry::MAX_COUNT];
    assert_eq!(inode.set_streams(too_many), Err(EditError::TooMany), "with the unnamed one, one too many");
    assert_eq!(inode, Inode::file(hash(1)));
    let most = vec![new(StreamKind::Named, "ads", 2); StreamEntry::MAX_COUNT - 1];
    assert_eq!(inode.set_streams(most), Ok(()));
}
