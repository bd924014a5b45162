//! Properties of any tree: what is written is read back, and edits do to it what they do to a simple model.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use wim_format::{
    DentryId, EditError, FileAttributes, FileTime, ImageMetadata, Inode, Limits, Name, ReparseInfo, Sha1Hash,
    StoredStreams, StreamEntry, TaggedItems,
};

const SECURITY_DESCRIPTORS: u32 = 3;

/// Any name that a file can have, also with unpaired surrogates; often one that clashes with another.
fn name() -> impl Strategy<Value = Name> {
    let unit = prop_oneof![Just(u16::from(b'a')), Just(u16::from(b'A')), Just(0xE9), 1..=u16::MAX];
    let units = vec(unit.prop_filter("separators", |unit| ![0x2F, 0x5C].contains(unit)), 1..6);
    units.prop_map(Name::from_units).prop_filter("dots", |name| !name.is_impossible())
}

fn hash() -> impl Strategy<Value = Sha1Hash> {
    (0..4_u8).prop_map(|byte| Sha1Hash([byte; 20]))
}

fn streams() -> impl Strategy<Value = StoredStreams> {
    let stream_name = prop_oneof![Just(Name::default()), name()];
    let entry = (stream_name, hash(), any::<u64>());
    let entries = vec(entry.prop_map(|(name, hash, reserved)| StreamEntry { name, hash, reserved }), 0..4);
    (hash(), entries).prop_map(|(main_hash, entries)| StoredStreams { main_hash, entries: entries.into() })
}

/// Any inode, a directory about every other time; link groups are below `groups`.
fn inode(groups: u64) -> impl Strategy<Value = Inode> {
    let bits = prop_oneof![Just(0x10_u32), Just(0x20), Just(0x410), Just(0x420), Just(0x4020), any::<u32>()];
    let reparse = (any::<u32>(), any::<u16>(), any::<u16>());
    let security_id = prop_oneof![Just(None), (0..SECURITY_DESCRIPTORS).prop_map(Some)];
    let tagged = vec(any::<u8>(), 0..40).prop_map(|bytes| TaggedItems::from_bytes(&bytes));
    let rest = (any::<[u64; 5]>(), any::<u32>(), 0..groups);
    (bits, reparse, security_id, streams(), tagged, rest).prop_map(|parts| {
        let (bits, (tag, reserved, flags), security_id, stored_streams, tagged, (numbers, unknown_0x54, group)) = parts;
        let attributes = FileAttributes(bits);
        let is_reparse_point = attributes.contains(FileAttributes::REPARSE_POINT);
        Inode {
            attributes,
            security_id,
            creation_time: FileTime(numbers[0]),
            last_access_time: FileTime(numbers[1]),
            last_write_time: FileTime(numbers[2]),
            unknown_0x54,
            unused1: numbers[3],
            unused2: numbers[4],
            reparse: is_reparse_point.then_some(ReparseInfo { tag, reserved, flags }),
            link_group: if is_reparse_point { 0 } else { group },
            stored_streams,
            tagged,
            ..Inode::default()
        }
    })
}

/// Any tree: each entry is put into one of the directories before it, where its name is free.
fn tree(groups: u64) -> impl Strategy<Value = ImageMetadata> {
    let entry = (any::<Index>(), name(), prop_oneof![Just(Name::default()), name()], inode(groups));
    vec(entry, 0..30).prop_map(|entries| {
        let mut image = ImageMetadata::new();
        for id in 0..SECURITY_DESCRIPTORS {
            assert_eq!(image.security_mut().insert(&vec![id as u8; id as usize * 5 + 1]), Some(id));
        }
        let mut directories = vec![image.root()];
        for (parent, name, short_name, inode) in entries {
            let (is_directory, link_group) = (inode.is_directory(), inode.link_group);
            let Ok(id) = image.add_child(*parent.get(&directories), name, inode) else { continue };
            image.set_short_name(id, short_name).unwrap();
            image.inode_mut(image.dentry(id).inode).link_group = link_group;
            directories.extend(is_directory.then_some(id));
        }
        image
    })
}

fn parse(bytes: &[u8]) -> ImageMetadata {
    ImageMetadata::parse(bytes, &Limits::default()).unwrap()
}

/// Everything about a tree but the numbers of entries and inodes.
fn content(image: &ImageMetadata) -> Vec<(String, Name, Inode)> {
    let entries = image.walk().map(|(id, dentry)| {
        let inode = Inode { children: Default::default(), ..image.inode_of(id).clone() };
        (image.path(id), dentry.short_name.clone(), inode)
    });
    entries.collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(image in tree(1)) {
        let bytes = image.to_bytes();
        let parsed = parse(&bytes);
        prop_assert_eq!(content(&parsed), content(&image));
        prop_assert_eq!(parsed.security(), image.security());
        prop_assert_eq!(parsed.entry_count(), image.entry_count());
        prop_assert_eq!(parsed.to_bytes(), bytes);
    }

    /// Numbers may tie names together that are no links, or name links that are none; then they change once.
    #[test]
    fn link_groups_settle(image in tree(4)) {
        let settled = parse(&image.to_bytes());
        let bytes = settled.to_bytes();
        let again = parse(&bytes);
        prop_assert_eq!(content(&again), content(&settled));
        prop_assert_eq!(again.inodes().len(), settled.inodes().len());
        prop_assert_eq!(again.to_bytes(), bytes);
    }

    #[test]
    fn every_path_is_found_again(image in tree(1)) {
        for (id, _) in image.walk() {
            prop_assert_eq!(image.find(&image.path(id)), Some(id));
        }
    }

    #[test]
    fn shown_names_are_read_back(units in vec(any::<u16>(), 0..8)) {
        let name = Name::from_units(units);
        prop_assert_eq!(Name::parse_escaped(&name.to_string()), name);
    }

    /// Any bytes after a valid root: an error, or a tree that is written and read back.
    #[test]
    fn junk_is_refused_or_understood(position in any::<Index>(), junk in vec(any::<u8>(), 1..16), image in tree(2)) {
        let mut bytes = image.to_bytes();
        let begin = position.index(bytes.len());
        for (byte, junk) in bytes[begin..].iter_mut().zip(junk) {
            *byte = junk;
        }
        if let Ok(image) = ImageMetadata::parse(&bytes, &Limits::default()) {
            let written = image.to_bytes();
            prop_assert_eq!(parse(&written).to_bytes(), written);
        }
    }

    #[test]
    fn edits_do_what_they_do_to_a_model(edits in vec(edit(), 0..60)) {
        let mut image = ImageMetadata::new();
        let mut model = Model::default();
        for edit in edits {
            apply(&mut image, &mut model, &edit);
        }
        let paths: Vec<_> = image.walk().skip(1).map(|(id, _)| (image.path(id), image.inode_of(id).is_directory())).collect();
        prop_assert_eq!(paths.len() + 1, image.entry_count());
        let mut sorted = paths.clone();
        sorted.sort();
        prop_assert_eq!(sorted, model.into_iter().collect::<Vec<_>>());
        let parsed = parse(&image.to_bytes());
        prop_assert_eq!(parsed.warnings(), []);
        prop_assert_eq!(content(&parsed), content(&image));
    }
}

/// Every path, and whether it is a directory.
type Model = BTreeMap<String, bool>;

#[derive(Clone, Debug)]
enum Edit {
    Add { parent: Index, name: &'static str, is_directory: bool },
    Link { parent: Index, name: &'static str, file: Index },
    Rename { from: Index, parent: Index, name: &'static str },
    Remove(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let name = || select(vec!["a", "A", "b", "c"]);
    prop_oneof![
        4 => (any::<Index>(), name(), any::<bool>())
            .prop_map(|(parent, name, is_directory)| Edit::Add { parent, name, is_directory }),
        1 => (any::<Index>(), name(), any::<Index>()).prop_map(|(parent, name, file)| Edit::Link { parent, name, file }),
        2 => (any::<Index>(), any::<Index>(), name()).prop_map(|(from, parent, name)| Edit::Rename { from, parent, name }),
        1 => any::<Index>().prop_map(Edit::Remove),
    ]
}

/// Applies an edit to both, and asserts that it fails for the image where it is impossible in the model.
fn apply(image: &mut ImageMetadata, model: &mut Model, edit: &Edit) {
    let paths: Vec<String> = std::iter::once(String::new()).chain(model.keys().cloned()).collect();
    let pick = |index: &Index| index.get(&paths).clone();
    let is_directory = |model: &Model, path: &str| path.is_empty() || model[path];
    let free = |model: &Model, parent: &str, path: &str| is_directory(model, parent) && !model.contains_key(path);
    let find = |image: &ImageMetadata, path: &str| -> DentryId { image.find(path).unwrap() };
    match edit {
        Edit::Add { parent, name, is_directory } => {
            let parent = pick(parent);
            let path = format!("{parent}\\{name}");
            let inode = if *is_directory { Inode::directory() } else { Inode::file(Sha1Hash([1; 20])) };
            let added = image.add_child(find(image, &parent), (*name).into(), inode);
            assert_eq!(added.is_ok(), free(model, &parent, &path));
            if added.is_ok() {
                model.insert(path, *is_directory);
            }
        }
        Edit::Link { parent, name, file } => {
            let (parent, file) = (pick(parent), pick(file));
            let path = format!("{parent}\\{name}");
            let inode = image.dentry(find(image, &file)).inode;
            let added = image.add_link(find(image, &parent), (*name).into(), inode);
            assert_eq!(added.is_ok(), free(model, &parent, &path) && !is_directory(model, &file));
            if added.is_ok() {
                model.insert(path, false);
            }
        }
        Edit::Rename { from, parent, name } => {
            let (from, parent) = (pick(from), pick(parent));
            let to = format!("{parent}\\{name}");
            let is_inside = format!("{parent}\\").starts_with(&format!("{from}\\"));
            let renamed = image.rename(find(image, &from), find(image, &parent), (*name).into());
            assert_eq!(renamed.is_ok(), !from.is_empty() && !is_inside && (from == to || free(model, &parent, &to)));
            if renamed.is_ok() {
                rename(model, &from, &to);
            }
        }
        Edit::Remove(path) => {
            let path = pick(path);
            let removed = image.remove(find(image, &path));
            assert_eq!(removed, if path.is_empty() { Err(EditError::IsRoot) } else { Ok(()) });
            if removed.is_ok() {
                model.retain(|other, _| *other != path && !other.starts_with(&format!("{path}\\")));
            }
        }
    }
}

fn rename(model: &mut Model, from: &str, to: &str) {
    let moved = |path: &str| path == from || path.starts_with(&format!("{from}\\"));
    let renamed = |(path, is_directory): (String, bool)| match moved(&path) {
        true => (format!("{to}{}", &path[from.len()..]), is_directory),
        false => (path, is_directory),
    };
    *model = std::mem::take(model).into_iter().map(renamed).collect();
}
