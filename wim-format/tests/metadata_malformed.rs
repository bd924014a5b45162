//! What is wrong with a metadata resource: one test for each error, one for each warning, and one for each deviation that
//! is tolerated without a word, as other readers do.

use std::time::{Duration, Instant};

use testdata::build::{Dentry, MetadataBuilder, ROOT, Stream, Subdir, attributes, bombs, offsets, sha1};
use wim_format::{
    DentryId, Error, ErrorKind, FileAttributes, ImageMetadata, Limits, Section, StreamKind, Warning, WarningKind,
};

fn parse(bytes: &[u8]) -> Result<ImageMetadata, Error> {
    ImageMetadata::parse(bytes, &Limits::default())
}

/// Asserts that an image with this entry in its root fails with this error at the entry.
#[track_caller]
fn assert_entry_fails(entry: Dentry, kind: ErrorKind) {
    let mut tree = MetadataBuilder::new();
    let id = tree.add(ROOT, entry);
    let built = tree.build();
    let error = parse(&built.bytes).unwrap_err();
    assert_eq!(error, Error::new(kind, Section::Metadata, built.offset_of(id) as u64));
}

/// Parses an image with these entries in its root, and asserts that there are exactly these warnings, each about the entry
/// at the given position.
#[track_caller]
fn warned<const N: usize>(
    entries: impl IntoIterator<Item = Dentry>,
    expected: [(WarningKind, usize); N],
) -> ImageMetadata {
    let mut tree = MetadataBuilder::new();
    let ids: Vec<_> = entries.into_iter().map(|entry| tree.add(ROOT, entry)).collect();
    let built = tree.build();
    let image = parse(&built.bytes).unwrap();
    let expected =
        expected.map(|(kind, i)| Warning { kind, section: Section::Metadata, offset: built.offset_of(ids[i]) as u64 });
    // Nothing refers to the lists of directories that are left out; that has tests of its own.
    let found: Vec<_> = image.warnings().iter().copied().filter(|w| w.kind != WarningKind::TrailingBytes).collect();
    assert_eq!(found, expected);
    image
}

fn field(field: &'static str, value: u64) -> ErrorKind {
    ErrorKind::InvalidField { field, value }
}

fn file(name: &str) -> Dentry {
    Dentry::file(name, name)
}

fn names(image: &ImageMetadata) -> Vec<String> {
    image.walk().skip(1).map(|(_, dentry)| dentry.name.to_string()).collect()
}

mod limits {
    use super::*;

    #[track_caller]
    fn assert_limit(tree: &MetadataBuilder, change: impl Fn(&mut Limits, u64), what: &'static str, needed: u64) {
        let bytes = tree.to_bytes();
        let mut limits = Limits::default();
        change(&mut limits, needed);
        assert!(ImageMetadata::parse(&bytes, &limits).is_ok(), "at the limit");
        change(&mut limits, needed - 1);
        let kind = ImageMetadata::parse(&bytes, &limits).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::Limit { what, limit: needed - 1 });
    }

    fn tree() -> MetadataBuilder {
        let mut tree = MetadataBuilder::new();
        let dir = tree.add(ROOT, Dentry::dir("dir"));
        tree.add(dir, file("f").stream("a", "").stream("b", ""));
        tree
    }

    #[test]
    fn too_large() {
        let tree = tree();
        let len = tree.to_bytes().len() as u64;
        assert_limit(&tree, |limits, n| limits.metadata_bytes = n, "bytes of metadata", len);
    }

    #[test]
    fn too_many_entries() {
        assert_limit(&tree(), |limits, n| limits.entries = n, "directory entries", 3);
    }

    #[test]
    fn too_many_streams() {
        assert_limit(&tree(), |limits, n| limits.streams_per_file = n as u32, "streams of a file", 3);
    }

    #[test]
    fn too_deep() {
        // The entries of the root are at depth 1, the empty list of the innermost directory would be at 4.
        let mut tree = MetadataBuilder::new();
        tree.make_dir(r"\a\b\c");
        assert_limit(&tree, |limits, n| limits.depth = n as u32, "levels of directories", 4);
    }
}

mod security_data {
    use super::*;

    /// An image with one descriptor, and 4 bytes of its security data changed.
    fn patched(offset: usize, value: u32) -> Vec<u8> {
        let mut tree = MetadataBuilder::new();
        tree.add_security([7; 12]);
        tree.security.patch(offset, value.to_le_bytes());
        tree.to_bytes()
    }

    #[test]
    fn missing() {
        assert_eq!(parse(&[8, 0, 0]).unwrap_err(), Error::new(ErrorKind::Truncated, Section::Metadata, 0));
    }

    #[test]
    fn longer_than_the_resource() {
        let error = parse(&patched(offsets::security::TOTAL_LENGTH, 9999)).unwrap_err();
        let kind = ErrorKind::OutOfBounds { what: "security data", offset: 0, size: 9999 };
        assert_eq!(error, Error::new(kind, Section::Metadata, 0));
    }

    #[test]
    fn more_descriptors_than_fit() {
        for count in [5, u32::MAX] {
            let error = parse(&patched(offsets::security::COUNT, count)).unwrap_err();
            let kind = field("number of security descriptors", u64::from(count));
            assert_eq!(error, Error::new(kind, Section::Metadata, 8));
        }
    }

    #[test]
    fn a_descriptor_longer_than_the_rest() {
        let error = parse(&patched(offsets::security::SIZES, 17)).unwrap_err();
        assert_eq!(error, Error::new(field("size of a security descriptor", 17), Section::Metadata, 8));
        let error = parse(&patched(offsets::security::SIZES + 4, 1)).unwrap_err();
        assert_eq!(error.kind(), field("size of a security descriptor", (1 << 32) + 12));
    }

    #[test]
    fn a_longer_length_than_needed_is_warned_of_and_governs() {
        let mut bytes = MetadataBuilder::new().to_bytes();
        bytes[0] = 16;
        bytes.splice(8..8, [0; 8]);
        let subdir = 16 + offsets::dentry::SUBDIR_OFFSET;
        bytes[subdir] += 8;
        let image = parse(&bytes).unwrap();
        let warning = Warning { kind: WarningKind::SecurityLength, section: Section::Metadata, offset: 0 };
        assert_eq!(image.warnings(), [warning]);
        assert_eq!(image.to_bytes(), MetadataBuilder::new().to_bytes());
    }

    #[test]
    fn a_length_of_0_or_4_is_8() {
        for length in [0, 4] {
            let mut tree = MetadataBuilder::new();
            tree.security.patch(offsets::security::TOTAL_LENGTH, [length, 0, 0, 0]);
            assert_eq!(parse(&tree.to_bytes()).unwrap().warnings(), []);
        }
    }

    #[test]
    fn an_id_without_descriptor_is_none() {
        let bad = file("a").security_id(0);
        let image = warned(
            [bad, file("b").security_id(-1), file("c").security_id(-2)],
            [(WarningKind::BadSecurityId, 0), (WarningKind::BadSecurityId, 2)],
        );
        assert!(image.inodes().iter().all(|inode| inode.security_id.is_none()));
    }
}

mod root {
    use super::*;

    #[track_caller]
    fn assert_root_fails(root: Dentry, kind: ErrorKind) {
        let mut tree = MetadataBuilder::new();
        *tree.dentry_mut(ROOT) = root;
        assert_eq!(parse(&tree.to_bytes()).unwrap_err(), Error::new(kind, Section::Metadata, 8));
    }

    #[test]
    fn missing() {
        let bytes = [8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let kind = field("length of the root's entry", 0);
        assert_eq!(parse(&bytes).unwrap_err(), Error::new(kind, Section::Metadata, 8));
        assert_eq!(parse(&bytes[..8]).unwrap_err(), Error::new(ErrorKind::Truncated, Section::Metadata, 8));
    }

    #[test]
    fn with_a_name() {
        assert_root_fails(Dentry::dir("root"), field("length of the root's name", 8));
        assert_root_fails(Dentry::dir("").short_name("R"), field("length of the root's name", 2));
    }

    #[test]
    fn that_is_no_directory() {
        assert_root_fails(Dentry::file("", ""), field("attributes of the root", 0x20));
        let junction = Dentry::junction("", r"C:\");
        assert_root_fails(junction, field("attributes of the root", 0x410));
    }

    #[test]
    fn any_mark_after_it_will_do() {
        let mut tree = MetadataBuilder::new();
        tree.root_mark = u64::MAX;
        assert_eq!(parse(&tree.to_bytes()).unwrap().warnings(), []);
    }
}

mod entries {
    use super::*;

    #[test]
    fn shorter_than_an_entry_can_be() {
        for length in [9_u64, 101] {
            let entry = file("a").patch(offsets::dentry::LENGTH, length.to_le_bytes());
            assert_entry_fails(entry, field("length of a directory entry", length));
        }
    }

    /// wimlib 1.14.5 takes such a length for the end of the directory, and drops the file without a word.
    #[test]
    fn longer_than_the_resource() {
        for length in [1000, u64::MAX, u64::MAX - 7, i64::MAX as u64] {
            let mut tree = MetadataBuilder::new();
            let id = tree.add(ROOT, file("a").patch(offsets::dentry::LENGTH, length.to_le_bytes()));
            let built = tree.build();
            let offset = built.offset_of(id) as u64;
            let kind = ErrorKind::OutOfBounds { what: "directory entry", offset, size: length };
            assert_eq!(parse(&built.bytes).unwrap_err(), Error::new(kind, Section::Metadata, offset));
        }
    }

    #[test]
    fn shorter_than_their_names() {
        // 102 bytes and "abc" are 108; the terminator makes it 110.
        for length in [102_u64, 108, 109] {
            let entry = Dentry::file("abc", "").patch(offsets::dentry::LENGTH, length.to_le_bytes());
            assert_entry_fails(entry, field("length of a directory entry", length));
        }
    }

    #[test]
    fn with_half_a_code_unit() {
        assert_entry_fails(file("abc").patch(offsets::dentry::NAME_LENGTH, [5, 0]), field("length of a name", 5));
        assert_entry_fails(file("abc").patch(offsets::dentry::SHORT_NAME_LENGTH, [1, 0]), field("length of a name", 1));
    }

    #[test]
    fn whose_list_does_not_end() {
        let bytes = bombs::deep(0);
        let end = bytes.len() as u64 - 8;
        let error = parse(&bytes[..end as usize + 3]).unwrap_err();
        assert_eq!(error, Error::new(ErrorKind::Truncated, Section::Metadata, end));
    }

    #[test]
    fn whose_list_lies_outside() {
        for offset in [10_000, u64::MAX] {
            let kind = ErrorKind::OutOfBounds { what: "list of a directory's entries", offset, size: 8 };
            assert_entry_fails(Dentry::dir("a").subdir(Subdir::Raw(offset)), kind);
        }
    }

    #[test]
    fn a_length_that_is_no_multiple_of_8_is_rounded_up() {
        // 102 bytes, "abc" and its terminator are 110, which takes 112.
        let image = warned([Dentry::file("abc", "").patch(offsets::dentry::LENGTH, [110]), file("b")], []);
        assert_eq!(names(&image), ["abc", "b"]);
    }

    #[test]
    fn a_name_needs_no_terminator() {
        let image = warned([Dentry::file("abc", "").patch(offsets::dentry::FIXED_LENGTH + 6, [b'x', 0])], []);
        assert_eq!(names(&image), ["abc"]);
    }

    #[test]
    fn every_end_mark_up_to_8_ends_a_list() {
        for mark in 0..=8 {
            let mut tree = MetadataBuilder::new();
            tree.end_mark = mark;
            tree.add(ROOT, file("a"));
            assert_eq!(parse(&tree.to_bytes()).unwrap().warnings(), []);
        }
    }

    #[test]
    fn a_directory_without_a_list_is_empty_and_its_lost_entries_are_warned_of() {
        let mut tree = MetadataBuilder::new();
        let dir = tree.add(ROOT, Dentry::dir("dir").patch(offsets::dentry::SUBDIR_OFFSET, [0; 8]));
        let lost = tree.add(dir, file("lost"));
        let last = tree.add(ROOT, Dentry::dir("last"));
        tree.add(last, file("kept"));
        let built = tree.build();
        let image = parse(&built.bytes).unwrap();
        assert_eq!(names(&image), ["dir", "last", "kept"]);
        let offset = built.offset_of(lost) as u64;
        assert_eq!(
            image.warnings(),
            [Warning { kind: WarningKind::TrailingBytes, section: Section::Metadata, offset }]
        );
    }

    #[test]
    fn bytes_after_the_last_list_are_warned_of() {
        let mut tree = MetadataBuilder::new();
        let offset = tree.to_bytes().len() as u64;
        tree.tail = vec![1; 16];
        let image = parse(&tree.to_bytes()).unwrap();
        assert_eq!(
            image.warnings(),
            [Warning { kind: WarningKind::TrailingBytes, section: Section::Metadata, offset }]
        );
    }

    #[test]
    fn impossible_names_are_left_out() {
        let entries = [Dentry::file("", ""), file("."), file(".."), file("a\0b"), file("ok")];
        let image = warned(entries, [0, 1, 2, 3].map(|i| (WarningKind::BadName, i)));
        assert_eq!(names(&image), ["ok"]);
        assert_eq!(image.entry_count(), 2);
    }

    #[test]
    fn odd_names_are_kept() {
        let entries = ["z/x", r"y\x", "b", "a:c", "B", "\u{1}"].map(file);
        let surrogate = Dentry::file(vec![0xD800, 0x41], "");
        let image = warned(entries.into_iter().chain([surrogate]), []);
        assert_eq!(names(&image), ["z<U+002F>x", "y<U+005C>x", "b", "a:c", "B", "<U+0001>", "<U+D800>A"]);
        for (id, _) in image.walk() {
            assert_eq!(image.find(&image.path(id)), Some(id), "{}", image.path(id));
        }
    }

    #[test]
    fn of_equal_names_the_first_counts() {
        let directory = Dentry::dir("b");
        let entries = [file("c"), file("b"), file("B"), directory, file("a"), file("c"), file("c")];
        let image = warned(entries, [3, 5, 6].map(|i| (WarningKind::DuplicateName, i)));
        assert_eq!(names(&image), ["c", "b", "B", "a"]);
        assert!(!image.inode_of(image.find("b").unwrap()).is_directory());
        assert_eq!(image.entry_count(), 5);
        // The same where files and directories are two sorted runs.
        let entries = [file("a"), file("b"), Dentry::dir("b"), Dentry::dir("c")];
        let image = warned(entries, [(WarningKind::DuplicateName, 2)]);
        assert_eq!(names(&image), ["a", "b", "c"]);
        assert!(image.find("c").is_some());
    }

    #[test]
    fn what_is_below_an_entry_that_is_left_out_is_left_out() {
        let mut tree = MetadataBuilder::new();
        tree.add(ROOT, file("a"));
        let dots = tree.add(ROOT, Dentry::dir(".."));
        tree.add(dots, file("etc"));
        let image = parse(&tree.to_bytes()).unwrap();
        assert_eq!(names(&image), ["a"]);
        let kinds: Vec<_> = image.warnings().iter().map(|warning| warning.kind).collect();
        assert_eq!(kinds, [WarningKind::BadName, WarningKind::TrailingBytes]);
    }

    #[test]
    fn children_of_files_and_links_are_left_out() {
        let mut tree = MetadataBuilder::new();
        let above = [file("f"), Dentry::junction("j", r"C:\")].map(|entry| tree.add(ROOT, entry));
        for id in above {
            tree.add(id, file("below"));
        }
        let built = tree.build();
        let image = parse(&built.bytes).unwrap();
        let offsets: Vec<_> = image.warnings()[..2].iter().map(|warning| (warning.kind, warning.offset)).collect();
        assert_eq!(offsets, above.map(|id| (WarningKind::ChildrenOfNonDirectory, built.offset_of(id) as u64)));
        assert_eq!(image.warnings()[2].kind, WarningKind::TrailingBytes);
        assert_eq!(names(&image), ["f", "j"]);
    }

    #[test]
    fn an_overlong_tagged_item_does_no_harm_and_is_kept() {
        let mut tree = MetadataBuilder::new();
        tree.add(ROOT, file("a").tagged(9, b"nine").trailing(&[1, 0, 0, 0, 255, 255, 255, 255]));
        let image = parse(&tree.to_bytes()).unwrap();
        let tagged = &image.inode_of(image.find("a").unwrap()).tagged;
        assert_eq!(tagged.iter().collect::<Vec<_>>(), [(9, &b"nine"[..])]);
        assert_eq!(image.to_bytes(), tree.to_bytes());
    }
}

mod streams {
    use super::*;

    /// An image with a file that has one named stream, whose entry is changed.
    fn patched(offset: usize, with: &[u8]) -> (Vec<u8>, u64) {
        let mut tree = MetadataBuilder::new();
        let id = tree.add(ROOT, Dentry::file("abc", "").stream("ads", "x").patch_stream(1, offset, with));
        let built = tree.build();
        // The file's own record takes 112 bytes, its unnamed stream's entry 40.
        let offset = built.offset_of(id) as u64 + 112 + 40;
        (built.bytes, offset)
    }

    #[track_caller]
    fn assert_fails(patched: (Vec<u8>, u64), kind: ErrorKind) {
        assert_eq!(parse(&patched.0).unwrap_err(), Error::new(kind, Section::Metadata, patched.1));
    }

    #[test]
    fn shorter_than_an_entry_can_be() {
        assert_fails(patched(offsets::stream::LENGTH, &[37]), field("length of a stream entry", 37));
        assert_fails(patched(offsets::stream::LENGTH, &[0]), field("length of a stream entry", 0));
    }

    #[test]
    fn longer_than_the_resource() {
        let huge = patched(offsets::stream::LENGTH, &[255; 8]);
        assert_fails(huge, field("length of a stream entry", u64::MAX));
        let (bytes, offset) = patched(offsets::stream::LENGTH, &[0, 1]);
        let error = parse(&bytes).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Truncated, offset + 38));
    }

    #[test]
    fn shorter_than_its_name() {
        assert_fails(patched(offsets::stream::NAME_LENGTH, &[12]), field("length of a stream's name", 12));
    }

    #[test]
    fn with_half_a_code_unit() {
        assert_fails(patched(offsets::stream::NAME_LENGTH, &[5]), field("length of a stream's name", 5));
    }

    #[test]
    fn fewer_than_stated() {
        let mut tree = MetadataBuilder::new();
        tree.add(ROOT, file("a").patch(offsets::dentry::STREAM_COUNT, [255, 255]));
        // The end mark is taken for an entry.
        assert!(matches!(parse(&tree.to_bytes()).unwrap_err().kind(), ErrorKind::Truncated));
    }

    #[test]
    fn a_reserved_field_is_kept() {
        let (bytes, _) = patched(offsets::stream::RESERVED, &[7; 8]);
        let image = parse(&bytes).unwrap();
        assert_eq!((image.warnings(), image.to_bytes()), (&[][..], bytes));
    }

    #[test]
    fn names_may_repeat() {
        let image = warned([file("a").stream("s", "1").stream("s", "2")], []);
        let inode = image.inode_of(image.find("a").unwrap());
        let hashes: Vec<_> = inode.streams().map(|stream| (stream.kind, stream.hash.0)).collect();
        let named = StreamKind::Named;
        assert_eq!(hashes, [(StreamKind::Data, sha1(b"a")), (named, sha1(b"1")), (named, sha1(b"2"))]);
    }

    #[test]
    fn surplus_ones_are_warned_of_and_kept_on_disk() {
        let surplus = file("surplus")
            .explicit_streams(sha1(b"1"), vec![Stream { name: "".into(), content: testdata::build::Content::of("2") }]);
        let mut tree = MetadataBuilder::new();
        tree.add(ROOT, surplus.clone());
        let image = warned([surplus], [(WarningKind::SurplusStream, 0)]);
        assert_eq!(image.blob_references().map(|(hash, _)| hash.0).collect::<Vec<_>>(), [sha1(b"1")]);
        assert_eq!(image.to_bytes(), tree.to_bytes());
    }
}

mod links {
    use super::*;

    fn groups(image: &ImageMetadata) -> Vec<(u32, u64)> {
        image.inodes().iter().skip(1).map(|inode| (inode.link_count, inode.link_group)).collect()
    }

    fn linked(name: &str, data: &str, group: u64) -> Dentry {
        Dentry::file(name, data).hard_link(group)
    }

    #[test]
    fn names_of_the_same_data_are_one_file() {
        let entries =
            [linked("a", "x", 7), linked("b", "x", 7), linked("c", "x", 9), linked("d", "", 8), linked("e", "", 8)];
        let image = warned(entries, []);
        assert_eq!(groups(&image), [(2, 7), (1, 9), (2, 8)]);
        assert_eq!(image.dentry(DentryId(1)).inode, image.dentry(DentryId(2)).inode);
    }

    #[test]
    fn a_group_of_different_data_is_split_and_all_are_numbered_anew() {
        let entries = [linked("a", "x", 7), linked("b", "y", 7), linked("c", "x", 7), linked("d", "z", 9)];
        // Which name is the first of the second file depends on the hashes of x and y.
        let second = if sha1(b"x") < sha1(b"y") { 1 } else { 0 };
        let image = warned(entries, [(WarningKind::InconsistentLinks, second)]);
        assert_eq!(groups(&image), [(2, 1), (1, 0), (1, 0)]);
    }

    #[test]
    fn directories_are_no_links() {
        let image = warned(
            [Dentry::dir("a").hard_link(7), Dentry::dir("b").hard_link(7)],
            [(WarningKind::InconsistentLinks, 1)],
        );
        assert_eq!(groups(&image), [(1, 0), (1, 0)]);
        assert_eq!(groups(&warned([Dentry::dir("a").hard_link(7)], [])), [(1, 7)]);
    }

    #[test]
    fn reparse_points_are_no_links() {
        let entries = [Dentry::symlink("a", "x").hard_link(7), Dentry::symlink("b", "x").hard_link(7)];
        assert_eq!(groups(&warned(entries, [])), [(1, 0), (1, 0)]);
    }

    #[test]
    fn where_names_disagree_on_the_rest_the_first_one_counts() {
        let hidden = linked("b", "x", 7).attributes(attributes::HIDDEN);
        let image = warned([linked("a", "x", 7), hidden], []);
        assert_eq!(image.inode_of(image.find("b").unwrap()).attributes, FileAttributes::ARCHIVE);
    }
}

mod bombs_are_defused {
    use super::*;

    #[track_caller]
    fn assert_quick(bytes: &[u8], limits: &Limits) -> Error {
        let begin = Instant::now();
        let error = ImageMetadata::parse(bytes, limits).unwrap_err();
        // It takes a few milliseconds; the rest is for a busy machine and a debug build.
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        error
    }

    #[test]
    fn a_cycle() {
        let error = assert_quick(&bombs::cycle().to_bytes(), &Limits::default());
        assert_eq!(error.kind(), ErrorKind::DirectoryLoop);
        let mut tree = MetadataBuilder::new();
        tree.add(ROOT, Dentry::dir("self").subdir(Subdir::Of(ROOT)));
        assert_eq!(assert_quick(&tree.to_bytes(), &Limits::default()).kind(), ErrorKind::DirectoryLoop);
    }

    #[test]
    fn directories_that_share_their_entries() {
        for levels in [2, 20, 26, 60, 5000] {
            let error = assert_quick(&bombs::shared_lists(levels).to_bytes(), &Limits::default());
            assert_eq!(error.kind(), ErrorKind::DirectoryLoop, "{levels}");
        }
    }

    #[test]
    fn a_million_levels() {
        let bytes = bombs::deep(1_000_000);
        let depth = Limits::default().depth;
        let error = assert_quick(&bytes, &Limits::default());
        assert_eq!(error.kind(), ErrorKind::Limit { what: "levels of directories", limit: u64::from(depth) });
    }

    #[test]
    fn as_many_levels_as_allowed_are_parsed_walked_and_written() {
        let bytes = bombs::deep(Limits::default().depth as usize - 1);
        let image = parse(&bytes).unwrap();
        assert_eq!(image.walk().count(), image.entry_count());
        assert_eq!(image.to_bytes(), bytes);
    }

    /// Some writer might; it costs a reader nothing.
    #[test]
    fn empty_directories_may_share_an_end_mark() {
        let mut tree = MetadataBuilder::new();
        let first = tree.add(ROOT, Dentry::dir("a"));
        tree.add(ROOT, Dentry::dir("b").subdir(Subdir::Of(first)));
        let image = parse(&tree.to_bytes()).unwrap();
        assert_eq!((names(&image), image.warnings()), (vec!["a".into(), "b".into()], &[][..]));
    }

    #[test]
    fn many_equal_or_unsorted_names() {
        let mut tree = MetadataBuilder::new();
        for i in 0..20_000_u32 {
            tree.add(ROOT, Dentry::file(&i.wrapping_mul(0x9E37_79B9).to_string(), ""));
            tree.add(ROOT, Dentry::file("same", ""));
        }
        let begin = Instant::now();
        let image = parse(&tree.to_bytes()).unwrap();
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        assert_eq!((image.entry_count(), image.warnings().len()), (20_002, 19_999));
    }
}

/// An image with everything in it.
fn rich() -> MetadataBuilder {
    let mut tree = MetadataBuilder::new();
    let id = tree.add_security([1; 20]);
    let dir = tree.make_dir(r"\dir");
    tree.add(dir, file("f").stream("ads", "x").short_name("F~1").security_id(id).tagged(1, &[2; 16]));
    tree.add(dir, file("l1").hard_link(1));
    tree.add(dir, file("l2").hard_link(2));
    tree.add(dir, Dentry::symlink("s", "f"));
    tree.add(ROOT, Dentry::junction("j", r"C:\dir"));
    tree
}

#[test]
fn cut_off_anywhere_it_is_an_error() {
    let bytes = rich().to_bytes();
    assert_eq!(parse(&bytes).unwrap().warnings(), []);
    for len in 0..bytes.len() {
        assert!(parse(&bytes[..len]).is_err(), "{len} bytes");
    }
}

/// Whatever a damaged resource is taken for, what is written for it is whole, and means the same.
#[test]
fn every_damaged_byte_gives_an_error_or_a_sound_tree() {
    let bytes = rich().to_bytes();
    let mut accepted = 0;
    for position in 0..bytes.len() {
        for value in [0, 1, 8, 0x10, 0x7F, 0x80, 0xFF] {
            let mut damaged = bytes.clone();
            damaged[position] = value;
            let Ok(image) = parse(&damaged) else { continue };
            let written = image.to_bytes();
            let again = parse(&written).unwrap();
            assert_eq!(again.warnings().iter().filter(|w| w.kind != WarningKind::SurplusStream).count(), 0);
            assert_eq!(again.to_bytes(), written, "byte {position:#x} = {value:#x}");
            assert_eq!(again.entry_count(), image.entry_count());
            accepted += 1;
        }
    }
    assert!(accepted > bytes.len(), "most bytes are times, hashes and names");
}
