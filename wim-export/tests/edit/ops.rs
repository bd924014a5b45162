//! Each change: what it does, what it leaves alone, and what it refuses.

use std::sync::Arc;

use wim_export::{Archive, EditProblem, Error, Glob, ImageEditor, NewBlob, NewEntry, NewSecurity, OnConflict, Result};
use wim_format::{FileAttributes, FileTime, ImageIndex, Inode, Name, StreamKind};

use crate::util;

pub(crate) fn blob(data: &str) -> NewBlob {
    NewBlob::new("new data", Arc::new(data.as_bytes().to_vec()))
}

pub(crate) fn file(data: &str) -> NewEntry {
    NewEntry::file(blob(data))
}

/// What only Windows has: descriptors, named streams, short names, links, reparse points.
pub(crate) fn ntfs() -> Archive {
    util::from_bytes(testdata::trees::ntfs().to_bytes()).unwrap()
}

fn editor() -> ImageEditor {
    ImageEditor::new(&ntfs(), ImageIndex::FIRST).unwrap()
}

fn inode<'a>(editor: &'a ImageEditor, path: &str) -> &'a Inode {
    editor.metadata().inode_of(editor.find(path).unwrap())
}

fn name(editor: &ImageEditor, path: &str) -> String {
    editor.metadata().dentry(editor.find(path).unwrap()).name.to_string()
}

fn why<T: std::fmt::Debug>(result: Result<T>) -> EditProblem {
    match result.unwrap_err() {
        Error::Edit { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_added_with_the_directories_that_are_missing() {
    let mut editor = editor();
    editor.add(r"\program files\New\a.txt", file("hello"), OnConflict::Replace).unwrap();
    assert_eq!(editor.read(r"\Program Files\new\A.TXT", 100).unwrap(), b"hello");
    assert_eq!(name(&editor, r"\program files"), "Program Files", "what exists keeps its name");
    let (added, directory) = (inode(&editor, r"\Program Files\New\a.txt"), inode(&editor, r"\Program Files"));
    assert_eq!(added.last_write_time, directory.last_write_time, "no time is zero");
    assert_eq!(added.security_id, directory.security_id);
    assert_eq!(inode(&editor, r"\Program Files\New").security_id, directory.security_id);
}

#[test]
fn a_file_that_is_replaced_keeps_its_name_short_name_and_descriptor() {
    let mut editor = editor();
    let before = inode(&editor, "Long Name.txt").clone();
    editor.add("LONG NAME.TXT", file("new"), OnConflict::Replace).unwrap();
    let id = editor.find("long name.txt").unwrap();
    let dentry = editor.metadata().dentry(id);
    assert_eq!(
        (dentry.name.to_string(), dentry.short_name.to_string()),
        ("Long Name.txt".into(), "LONGNA~1.TXT".into())
    );
    assert_eq!(editor.metadata().inode_of(id).security_id, before.security_id);
    assert_eq!(editor.read("Long Name.txt", 10).unwrap(), b"new");
    let bare = NewEntry { security: NewSecurity::None, ..file("bare") };
    editor.add("Long Name.txt", bare, OnConflict::Replace).unwrap();
    assert_eq!(inode(&editor, "Long Name.txt").security_id, None);
    let own = NewEntry { security: NewSecurity::Descriptor(b"descriptor".to_vec()), ..file("own") };
    editor.add("Long Name.txt", own, OnConflict::Replace).unwrap();
    let id = inode(&editor, "Long Name.txt").security_id.unwrap();
    assert_eq!(editor.metadata().security().get(id), Some(b"descriptor".as_slice()));
}

#[test]
fn a_name_of_several_gets_a_file_of_its_own() {
    let mut editor = editor();
    let old = editor.read(r"\folder\hard2.txt", 10_000).unwrap();
    editor.add(r"\folder\HARD1.txt", file("other"), OnConflict::Replace).unwrap();
    assert_eq!(editor.read(r"\folder\hard1.txt", 10).unwrap(), b"other");
    assert_eq!(editor.read(r"\folder\hard2.txt", 10_000).unwrap(), old);
    assert_eq!(inode(&editor, r"\folder\hard2.txt").link_count, 1);
    editor.add_link(r"\new\linked.txt", r"\folder\hard2.txt").unwrap();
    assert_eq!(inode(&editor, r"\folder\hard2.txt").link_count, 2);
    assert_eq!(why(editor.add_link(r"\x", r"\folder")), EditProblem::Format(wim_format::EditError::NoHardLinks));
    assert_eq!(why(editor.add_link(r"\new\LINKED.txt", r"\plain.txt")), EditProblem::Exists);
}

#[test]
fn data_can_be_changed_alone() {
    let mut editor = editor();
    let before = inode(&editor, "streams.txt").clone();
    editor.set_data("streams.txt", blob("other")).unwrap();
    let after = inode(&editor, "streams.txt");
    assert_eq!((after.attributes, after.security_id), (before.attributes, before.security_id));
    let named = |inode: &Inode| {
        let streams = inode.streams().filter(|stream| stream.kind == StreamKind::Named);
        streams.map(|stream| (stream.name.unwrap().to_string(), stream.hash)).collect::<Vec<_>>()
    };
    assert_eq!(named(after), named(&before));
    assert_eq!(editor.read("streams.txt", 10).unwrap(), b"other");
    for path in ["folder", "junction"] {
        assert_eq!(why(editor.set_data(path, blob("x"))), EditProblem::NoData, "{path}");
        assert_eq!(why(editor.read(path, 10)), EditProblem::NoData, "{path}");
    }
    assert_eq!(why(editor.read("plain.txt", 10)), EditProblem::TooLarge);
}

#[test]
fn files_and_directories_do_not_take_each_others_place() {
    let mut editor = editor();
    let before = editor.metadata().to_bytes();
    assert_eq!(why(editor.add("folder", file("x"), OnConflict::Replace)), EditProblem::IsADirectory);
    let directory = NewEntry::directory();
    assert_eq!(why(editor.add("plain.txt", directory.clone(), OnConflict::Replace)), EditProblem::NotADirectory);
    assert_eq!(why(editor.add(r"plain.txt\a\b", file("x"), OnConflict::Replace)), EditProblem::NotADirectory);
    assert_eq!(why(editor.add("plain.txt", file("x"), OnConflict::Refuse)), EditProblem::Exists);
    for path in [r"C:\x", r"\a\..\b", r"\"] {
        let why = why(editor.add(path, file("x"), OnConflict::Replace));
        assert!(matches!(why, EditProblem::InvalidPath | EditProblem::IsADirectory), "{path}: {why:?}");
    }
    editor.add("PLAIN.txt", file("x"), OnConflict::Keep).unwrap();
    editor.add("FOLDER", directory.clone(), OnConflict::Refuse).unwrap();
    editor.add(r"\", directory, OnConflict::Refuse).unwrap();
    assert!(editor.metadata().to_bytes() == before, "nothing has changed");
}

#[test]
fn what_matches_is_removed_with_what_is_in_it() {
    let mut editor = editor();
    assert_eq!(editor.remove_matching(&Glob::parse("*.TXT").unwrap()).unwrap(), 6);
    assert_eq!(editor.remove_matching(&Glob::parse(r"\folder\**").unwrap()).unwrap(), 4);
    assert!(editor.exists("folder") && !editor.exists("plain.txt"));
    assert_eq!(editor.remove_matching(&Glob::parse(r"\none\**").unwrap()).unwrap(), 0);
    assert_eq!(why(editor.remove(r"\none")), EditProblem::NoSuchPath);
    assert_eq!(why(editor.remove(r"\")), EditProblem::Format(wim_format::EditError::IsRoot));
    let count = editor.metadata().entry_count();
    assert_eq!(editor.remove("Program Files").unwrap(), 1);
    assert_eq!(editor.metadata().entry_count(), count - 1);
}

#[test]
fn names_change_and_things_move() {
    let mut editor = editor();
    editor.rename("plain.txt", "PLAIN.TXT", false).unwrap();
    assert_eq!(name(&editor, "plain.txt"), "PLAIN.TXT");
    editor.rename(r"\folder", r"\Program Files\moved", false).unwrap();
    assert!(editor.exists(r"\program files\MOVED\hard1.txt"));
    assert_eq!(why(editor.rename("plain.txt", "hidden.sys", false)), EditProblem::Exists);
    editor.rename("plain.txt", "hidden.sys", true).unwrap();
    assert!(!editor.exists("plain.txt"));
    assert_eq!(name(&editor, "hidden.sys"), "hidden.sys");
    let before = editor.metadata().to_bytes();
    let into_itself = EditProblem::Format(wim_format::EditError::IntoItself);
    assert_eq!(why(editor.rename("Program Files", r"\Program Files\moved\x", true)), into_itself);
    assert_eq!(why(editor.rename("none", "x", false)), EditProblem::NoSuchPath);
    assert_eq!(why(editor.rename("hidden.sys", r"\none\x", false)), EditProblem::NoSuchPath);
    assert_eq!(why(editor.rename("hidden.sys", "Program Files", true)), EditProblem::IsADirectory);
    assert_eq!(why(editor.rename("Program Files", "hidden.sys", true)), EditProblem::NotADirectory);
    assert!(editor.metadata().to_bytes() == before, "nothing has changed");
    editor.create_directories("full/x").unwrap();
    assert_eq!(why(editor.rename("Program Files", "full", true)), EditProblem::NotEmpty);
    editor.remove("full/x").unwrap();
    editor.rename("Program Files", "full", true).unwrap();
    assert!(editor.exists(r"\full\moved"));
}

#[test]
fn attributes_times_and_security_are_set() {
    let mut editor = editor();
    let (hidden, readonly) = (FileAttributes::HIDDEN, FileAttributes::READONLY);
    editor
        .set_attributes("plain.txt", hidden.with(readonly).with(FileAttributes::DIRECTORY), FileAttributes(0))
        .unwrap();
    let after = inode(&editor, "plain.txt").attributes;
    assert!(after.contains(hidden.with(readonly)) && !after.contains(FileAttributes::DIRECTORY));
    editor.set_attributes("plain.txt", FileAttributes(0), FileAttributes(u32::MAX)).unwrap();
    assert_eq!(inode(&editor, "plain.txt").attributes, FileAttributes::NORMAL);
    editor.set_attributes("folder", FileAttributes(0), FileAttributes(u32::MAX)).unwrap();
    assert!(inode(&editor, "folder").is_directory());
    let (time, kept) = (FileTime::from_unix_seconds(1_000_000), inode(&editor, "plain.txt").last_access_time);
    editor.set_times("plain.txt", Some(time), None, Some(time)).unwrap();
    let plain = inode(&editor, "plain.txt");
    assert_eq!((plain.creation_time, plain.last_access_time, plain.last_write_time), (time, kept, time));
    editor.set_security("plain.txt", Some(b"sd")).unwrap();
    let id = inode(&editor, "plain.txt").security_id.unwrap();
    assert_eq!(editor.metadata().security().get(id), Some(b"sd".as_slice()));
    editor.set_security("plain.txt", None).unwrap();
    assert_eq!(inode(&editor, "plain.txt").security_id, None);
    editor.set_short_name("plain.txt", Name::from("PLAIN~1.TXT")).unwrap();
    assert_eq!(editor.metadata().dentry(editor.find("plain.txt").unwrap()).short_name.to_string(), "PLAIN~1.TXT");
}
