//! Any edits of a tree do what they do to a simple model of one: a map from paths to what is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use wim_export::{ArchiveDraft, Glob, ImageEditor, NewBlob, NewEntry, NewImage, OnConflict};
use wim_format::{Compression, ImageIndex, ImageMetadata, XmlImage};

use crate::util;

/// A path in lower case, as a list of names; the name as it was first given; a file's data, or none for a directory.
type Model = BTreeMap<Vec<String>, (String, Option<Vec<u8>>)>;

#[derive(Clone, Debug)]
enum Op {
    AddFile(Vec<String>, Vec<u8>),
    AddDirectory(Vec<String>),
    Remove(Vec<String>),
    RemoveBelow(Vec<String>),
    Rename(Vec<String>, Vec<String>, bool),
}

fn path() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop::sample::select(vec!["a", "A", "b", "c.txt", "C.TXT", "\u{e9}", "\u{c9}"]), 1..4)
        .prop_map(|names| names.into_iter().map(str::to_owned).collect())
}

fn op() -> impl Strategy<Value = Op> {
    let data = prop::collection::vec(any::<u8>(), 0..4);
    prop_oneof![
        4 => (path(), data).prop_map(|(path, data)| Op::AddFile(path, data)),
        2 => path().prop_map(Op::AddDirectory),
        1 => path().prop_map(Op::Remove),
        1 => path().prop_map(Op::RemoveBelow),
        3 => (path(), path(), any::<bool>()).prop_map(|(from, to, overwrite)| Op::Rename(from, to, overwrite)),
    ]
}

fn key(path: &[String]) -> Vec<String> {
    path.iter().map(|name| name.to_lowercase()).collect()
}

fn below<'a>(model: &'a Model, key: &'a [String]) -> impl Iterator<Item = Vec<String>> + 'a {
    model.keys().filter(|other| other.len() > key.len() && other.starts_with(key)).cloned()
}

/// Whether a directory can be at `path`: nothing on the way, nor there, is a file.
fn is_free_of_files(model: &Model, path: &[String]) -> bool {
    (1..=path.len()).all(|len| model.get(&path[..len]).is_none_or(|(_, data)| data.is_none()))
}

fn make_directories(model: &mut Model, path: &[String]) {
    for len in 1..=path.len() {
        model.entry(key(&path[..len])).or_insert_with(|| (path[len - 1].clone(), None));
    }
}

/// Does `op` to the model; `false`: it cannot be done, and nothing changed.
fn apply(model: &mut Model, op: &Op) -> bool {
    match op {
        Op::AddFile(path, data) => {
            let key = key(path);
            let is_directory = model.get(&key).is_some_and(|(_, data)| data.is_none());
            if is_directory || !is_free_of_files(model, &key[..key.len() - 1]) {
                return false;
            }
            make_directories(model, &path[..path.len() - 1]);
            let name = path.last().unwrap().clone();
            model.entry(key).or_insert((name, None)).1 = Some(data.clone());
            true
        }
        Op::AddDirectory(path) => {
            let free = is_free_of_files(model, &key(path));
            if free {
                make_directories(model, path);
            }
            free
        }
        Op::Remove(path) => {
            let key = key(path);
            below(model, &key).collect::<Vec<_>>().iter().for_each(|key| drop(model.remove(key)));
            model.remove(&key).is_some()
        }
        Op::RemoveBelow(path) => {
            let key = key(path);
            below(model, &key).collect::<Vec<_>>().iter().for_each(|key| drop(model.remove(key)));
            true
        }
        Op::Rename(from, to, overwrite) => rename(model, from, to, *overwrite),
    }
}

fn rename(model: &mut Model, from: &[String], to: &[String], overwrite: bool) -> bool {
    let (from, to_key) = (key(from), key(to));
    let Some((_, data)) = model.get(&from).cloned() else { return false };
    let parent = &to_key[..to_key.len() - 1];
    let parent_is_directory = parent.is_empty() || model.get(parent).is_some_and(|(_, data)| data.is_none());
    if !parent_is_directory || parent.starts_with(&from) {
        return false;
    }
    if from != to_key
        && let Some((_, there)) = model.get(&to_key)
    {
        let fits = overwrite && there.is_none() == data.is_none() && below(model, &to_key).next().is_none();
        if !fits {
            return false;
        }
        model.remove(&to_key);
    }
    let moved: Vec<_> = below(model, &from).collect();
    for old in moved {
        let entry = model.remove(&old).unwrap();
        model.insert([&to_key, &old[from.len()..]].concat(), entry);
    }
    model.remove(&from);
    model.insert(to_key, (to.last().unwrap().clone(), data));
    true
}

fn edit(editor: &mut ImageEditor, op: &Op) -> bool {
    let join = |path: &[String]| path.join("\\");
    match op {
        Op::AddFile(path, data) => {
            let entry = NewEntry::file(NewBlob::new("data", Arc::new(data.clone())));
            editor.add(&join(path), entry, OnConflict::Replace).is_ok()
        }
        Op::AddDirectory(path) => editor.add(&join(path), NewEntry::directory(), OnConflict::Replace).is_ok(),
        Op::Remove(path) => editor.remove(&join(path)).is_ok(),
        Op::RemoveBelow(path) => {
            editor.remove_matching(&Glob::parse(&format!("{}\\**", join(path))).unwrap()).unwrap();
            true
        }
        Op::Rename(from, to, overwrite) => editor.rename(&join(from), &join(to), *overwrite).is_ok(),
    }
}

/// The tree as the model has it.
fn tree(archive: &wim_export::Archive) -> Model {
    let metadata = archive.image(ImageIndex::FIRST).unwrap();
    let mut model = Model::new();
    for (id, dentry) in metadata.walk().skip(1) {
        let path: Vec<String> = metadata.path(id)[1..].split('\\').map(str::to_owned).collect();
        let inode = metadata.inode(dentry.inode);
        let hash = inode.data_hash();
        let data = (!inode.is_directory()).then(|| {
            if hash.is_zero() {
                Vec::new()
            } else {
                archive.read_blob(&hash, 0..archive.blob(&hash).unwrap().size).unwrap()
            }
        });
        model.insert(key(&path), (dentry.name.to_string(), data));
    }
    model
}

proptest! {
    #[test]
    fn edits_do_what_they_do_to_the_model(before in prop::collection::vec(op(), 0..12), ops in prop::collection::vec(op(), 0..24)) {
        let mut model = Model::new();
        let mut editor = ImageEditor::empty();
        for op in &before {
            prop_assert_eq!(edit(&mut editor, op), apply(&mut model, op), "{:?}", op);
        }
        // Written once in between, so that the edits meet old data, too.
        let first = editor.into_single(None, &mut ()).unwrap();
        let base = util::from_bytes(util::export(&first, &[1], Default::default()).unwrap()).unwrap();
        let mut editor = ImageEditor::new(&base, ImageIndex::FIRST).unwrap();
        for op in &ops {
            prop_assert_eq!(edit(&mut editor, op), apply(&mut model, op), "{:?}", op);
        }
        let edited = editor.into_archive(None, &mut ()).unwrap();
        let written = util::from_bytes(util::export(&edited, &[1], Default::default()).unwrap()).unwrap();
        prop_assert_eq!(tree(&written), model);
        let report = util::check(&written).unwrap();
        prop_assert!(report.is_ok() && report.warnings.is_empty(), "{:?}", report);
        let metadata = written.image(ImageIndex::FIRST).unwrap();
        let needed: std::collections::BTreeSet<_> = metadata.blob_references().map(|(hash, _)| hash).collect();
        prop_assert_eq!(written.blob_table().blobs().len(), needed.len());
    }
}

#[test]
fn the_same_tree_is_the_same_archive_however_it_came_about() {
    let mut editor = ImageEditor::empty();
    for name in ["b", "a", "c"] {
        let data = NewBlob::new(name, Arc::new(name.as_bytes().to_vec()));
        editor.add(name, NewEntry::file(data), OnConflict::Replace).unwrap();
    }
    editor.remove("c").unwrap();
    let edited = editor.into_single(None, &mut ()).unwrap();
    let mut draft = ArchiveDraft::new(Compression::Lzx);
    let blobs = ["b", "a"].map(|name| NewBlob::new(name, Arc::new(name.as_bytes().to_vec())));
    let hashes = draft.add_data(blobs.to_vec(), None, &mut ()).unwrap();
    let mut metadata = ImageMetadata::new();
    for (name, hash) in ["b", "a"].into_iter().zip(hashes) {
        metadata.add_child(metadata.root(), name.into(), wim_format::Inode::file(hash)).unwrap();
    }
    draft.push_image(NewImage { metadata, xml: XmlImage::new() });
    let export = |archive| util::export(archive, &[1], Default::default()).unwrap();
    assert!(export(&edited) == export(&draft.finish().unwrap()));
}
