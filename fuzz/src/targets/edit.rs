//! Edits of an image, compared with a simple model of a tree.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use wim_export::{Archive, ExportOptions, ExportPlan, Glob, ImageEditor, NewBlob, NewEntry, OnConflict};
use wim_format::{ImageIndex, Limits};

use super::archive::{open, verify};
use crate::input::Input;

/// A path in lower case to the name as it was first given, and a file's data, or none for a directory.
type Model = BTreeMap<Vec<String>, (String, Option<Vec<u8>>)>;

/// Edits of a tree do what they do to a map of paths, and are refused where they are refused there; the archive that is
/// written in between and in the end has that tree, verifies, and has no data that nothing refers to.
pub fn edit_script(data: &[u8]) {
    const MAX_EDITS: usize = 48;
    let mut input = Input::new(data);
    let (mut model, mut editor) = (Model::new(), ImageEditor::empty());
    for number in 0..MAX_EDITS {
        if input.is_empty() {
            break;
        }
        let edit = Edit::take(&mut input);
        assert_eq!(edit.make(&mut editor), edit.model(&mut model), "{edit:?}");
        // Written once on the way, so that later edits meet old data, too.
        if number == MAX_EDITS / 4 {
            let written = write(editor);
            assert!(tree(&written) == model);
            editor = ImageEditor::new(&written, ImageIndex::FIRST).expect("what is written can be read");
        }
    }
    let written = write(editor);
    assert!(tree(&written) == model);
    let report = verify(&written, true).expect("what is written can be verified");
    assert!(report.is_ok() && report.warnings.is_empty(), "{report:?}");
    let metadata = written.image(ImageIndex::FIRST).expect("verified");
    let needed: BTreeSet<_> = metadata.blob_references().map(|(hash, _)| hash).collect();
    assert_eq!(written.blob_table().blobs().len(), needed.len());
}

fn write(editor: ImageEditor) -> Archive {
    let edited = editor.into_single(Some(NonZeroUsize::MIN), &mut ()).expect("data in memory does not change");
    let (mut out, mut options) = (Vec::new(), ExportOptions::default());
    options.threads = Some(NonZeroUsize::MIN);
    let plan = ExportPlan::new(&edited, &[ImageIndex::FIRST], options).expect("all data is there");
    plan.write(&mut out, &mut ()).expect("memory can be written");
    open(out, Limits::default()).expect("what is written can be opened")
}

fn tree(archive: &Archive) -> Model {
    let metadata = archive.image(ImageIndex::FIRST).expect("what is written can be read");
    let mut model = Model::new();
    for (id, dentry) in metadata.walk().skip(1) {
        let names: Vec<String> = metadata.path(id)[1..].split('\\').map(str::to_lowercase).collect();
        let inode = metadata.inode(dentry.inode);
        let read = || {
            let hash = inode.data_hash();
            let size = archive.blob(&hash).map_or(0, |blob| blob.size);
            if size == 0 { Vec::new() } else { archive.read_blob(&hash, 0..size).expect("verified") }
        };
        model.insert(names, (dentry.name.to_string(), (!inode.is_directory()).then(read)));
    }
    model
}

#[derive(Debug)]
enum Edit {
    AddFile(Vec<String>, Vec<u8>),
    AddDirectory(Vec<String>),
    Remove(Vec<String>),
    RemoveBelow(Vec<String>),
    Rename(Vec<String>, Vec<String>, bool),
}

impl Edit {
    fn take(input: &mut Input<'_>) -> Self {
        const MAX_DATA: u8 = 5;
        let kind = input.u8();
        let path = path(input);
        match kind % 8 {
            0..=2 => {
                let len = usize::from(input.u8() % MAX_DATA);
                Self::AddFile(path, input.bytes(len).to_vec())
            }
            3 => Self::AddDirectory(path),
            4 => Self::Remove(path),
            5 => Self::RemoveBelow(path),
            _ => Self::Rename(path, self::path(input), kind & 0x80 != 0),
        }
    }

    /// Makes the edit; whether it could be.
    fn make(&self, editor: &mut ImageEditor) -> bool {
        let join = |path: &[String]| path.join("\\");
        match self {
            Self::AddFile(path, data) => {
                let entry = NewEntry::file(NewBlob::new("data", Arc::new(data.clone())));
                editor.add(&join(path), entry, OnConflict::Replace).is_ok()
            }
            Self::AddDirectory(path) => editor.add(&join(path), NewEntry::directory(), OnConflict::Replace).is_ok(),
            Self::Remove(path) => editor.remove(&join(path)).is_ok(),
            Self::RemoveBelow(path) => {
                let pattern = Glob::parse(&format!("{}\\**", join(path))).expect("a pattern");
                editor.remove_matching(&pattern).is_ok()
            }
            Self::Rename(from, to, overwrite) => editor.rename(&join(from), &join(to), *overwrite).is_ok(),
        }
    }

    /// Makes the edit in the model; whether it could be.
    fn model(&self, model: &mut Model) -> bool {
        match self {
            Self::AddFile(path, data) => {
                let key = key(path);
                let is_directory = model.get(&key).is_some_and(|(_, data)| data.is_none());
                if is_directory || !is_free_of_files(model, &key[..key.len() - 1]) {
                    return false;
                }
                let (name, directories) = path.split_last().expect("a path has names");
                make_directories(model, directories);
                model.entry(key).or_insert_with(|| (name.clone(), None)).1 = Some(data.clone());
                true
            }
            Self::AddDirectory(path) => {
                let is_free = is_free_of_files(model, &key(path));
                if is_free {
                    make_directories(model, path);
                }
                is_free
            }
            Self::Remove(path) => {
                let key = key(path);
                model.retain(|other, _| !is_below(other, &key));
                model.remove(&key).is_some()
            }
            Self::RemoveBelow(path) => {
                let key = key(path);
                model.retain(|other, _| !is_below(other, &key));
                true
            }
            Self::Rename(from, to, overwrite) => rename(model, from, to, *overwrite),
        }
    }
}

fn path(input: &mut Input<'_>) -> Vec<String> {
    const NAMES: [&str; 7] = ["a", "A", "b", "c.txt", "C.TXT", "\u{e9}", "\u{c9}"];
    const MAX_NAMES: u8 = 3;
    (0..=input.u8() % MAX_NAMES).map(|_| NAMES[usize::from(input.u8()) % NAMES.len()].to_owned()).collect()
}

fn key(path: &[String]) -> Vec<String> {
    path.iter().map(|name| name.to_lowercase()).collect()
}

fn is_below(other: &[String], key: &[String]) -> bool {
    other.len() > key.len() && other.starts_with(key)
}

fn is_free_of_files(model: &Model, path: &[String]) -> bool {
    (1..=path.len()).all(|len| model.get(&path[..len]).is_none_or(|(_, data)| data.is_none()))
}

fn make_directories(model: &mut Model, path: &[String]) {
    for len in 1..=path.len() {
        model.entry(key(&path[..len])).or_insert_with(|| (path[len - 1].clone(), None));
    }
}

fn rename(model: &mut Model, from: &[String], to: &[String], overwrite: bool) -> bool {
    let (from, to_key) = (key(from), key(to));
    let Some((_, data)) = model.get(&from).cloned() else { return false };
    let (name, parent) = (to.last().expect("a path has names").clone(), &to_key[..to_key.len() - 1]);
    let is_directory = parent.is_empty() || model.get(parent).is_some_and(|(_, data)| data.is_none());
    if !is_directory || parent.starts_with(&from) {
        return false;
    }
    if from != to_key
        && let Some((_, there)) = model.get(&to_key)
    {
        let is_empty = !model.keys().any(|other| is_below(other, &to_key));
        if !(overwrite && there.is_none() == data.is_none() && is_empty) {
            return false;
        }
        model.remove(&to_key);
    }
    let moved: Vec<_> = model.keys().filter(|other| is_below(other, &from)).cloned().collect();
    for old in moved {
        if let Some(entry) = model.remove(&old) {
            model.insert([&to_key, &old[from.len()..]].concat(), entry);
        }
    }
    model.remove(&from);
    model.insert(to_key, (name, data));
    true
}
