//! A destination in a folder that has something outside of it, and what there is afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use testdata::build::Wim;
use wim_export::Archive;
use wim_fs::{ExtractOptions, ExtractPlan, ExtractReport, Result, Selection};

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Folder(i64),
    Link(String),
    /// Its content, its time, and under how many names it is known.
    File(Vec<u8>, i64, u64),
    Other(u32),
}

/// A destination, and a canary beside it.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir(place.canary()).unwrap();
        fs::write(place.canary().join("victim"), "precious").unwrap();
        place
    }

    pub(crate) fn destination(&self) -> PathBuf {
        self.0.path().join("out")
    }

    pub(crate) fn canary(&self) -> PathBuf {
        self.0.path().join("canary")
    }

    /// Everything in the destination.
    pub(crate) fn tree(&self) -> BTreeMap<String, Entry> {
        tree(&self.destination())
    }

    /// Extracts all of the first image.
    pub(crate) fn apply(&self, wim: &Wim) -> Result<ExtractReport> {
        self.extract(wim, &Selection::All, ExtractOptions::default())
    }

    pub(crate) fn extract(&self, wim: &Wim, selection: &Selection, options: ExtractOptions) -> Result<ExtractReport> {
        let archive = Archive::from_source(Arc::new(wim.to_bytes())).unwrap();
        let plan = ExtractPlan::new(&archive, archive.find_image("1")?, selection, &self.destination(), options)?;
        plan.run(&mut ())
    }
}

impl Drop for Place {
    /// Whatever a test does, nothing outside was touched.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let canary = tree(&self.canary());
            assert_eq!(canary.keys().collect::<Vec<_>>(), ["victim"]);
            assert_eq!(fs::read(self.canary().join("victim")).unwrap(), b"precious");
        }
    }
}

/// Everything below a folder.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, Entry> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let entry = if metadata.is_symlink() {
                Entry::Link(fs::read_link(&path).unwrap().to_string_lossy().into_owned())
            } else if metadata.is_dir() {
                folders.push(path.clone());
                Entry::Folder(metadata.mtime())
            } else if metadata.is_file() {
                Entry::File(fs::read(&path).unwrap(), metadata.mtime(), metadata.nlink())
            } else {
                Entry::Other(metadata.mode())
            };
            found.insert(path.strip_prefix(root).unwrap().to_string_lossy().into_owned(), entry);
        }
    }
    found
}

/// The content of a file of a tree.
#[track_caller]
pub(crate) fn content<'a>(tree: &'a BTreeMap<String, Entry>, path: &str) -> &'a [u8] {
    match tree.get(path) {
        Some(Entry::File(content, ..)) => content,
        other => panic!("{path}: {other:?}"),
    }
}
