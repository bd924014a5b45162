//! The tree against a model: paths, and what is there.

use std::collections::{BTreeMap, BTreeSet};

use wim_format::{FileAttributes, ImageMetadata};

use super::*;

/// What the model knows: for each path what is there. A file has a number, which all its names share.
type Model = BTreeMap<Vec<String>, Option<u32>>;
/// Files by number, each with its paths.
type Files = BTreeMap<u32, BTreeSet<Vec<String>>>;

/// A generator of numbers, the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn path(&mut self) -> Vec<String> {
        (0..=self.below(3)).map(|_| format!("n{}", self.below(5))).collect()
    }
}

/// The directory that a path is in, and its name there.
fn place<'a>(tree: &Tree, path: &'a [String]) -> Option<(InodeId, &'a OsStr)> {
    let (name, above) = path.split_last()?;
    let down = |at: InodeId, name: &String| {
        let entry = tree.lookup(at, OsStr::new(name))?;
        let id = tree.metadata.dentry(entry).inode;
        tree.inode(id).is_directory().then_some(id)
    };
    Some((above.iter().try_fold(tree.root(), down)?, OsStr::new(name)))
}

fn has_children(model: &Model, path: &[String]) -> bool {
    model.keys().any(|other| other.len() > path.len() && other.starts_with(path))
}

/// Whether what a path is in is a directory of the model.
fn has_parent(model: &Model, path: &[String]) -> bool {
    path.len() == 1 || model.get(&path[..path.len() - 1]) == Some(&None)
}

fn model_rename(model: &mut Model, from: &[String], to: &[String]) -> bool {
    let Some(&moved) = model.get(from) else { return false };
    if !has_parent(model, to) || (to.len() > from.len() && to.starts_with(from)) {
        return false;
    }
    match model.get(to) {
        Some(&there) if there.is_some() && there == moved => return true,
        _ if from == to => return true,
        Some(there) if there.is_some() != moved.is_some() || has_children(model, to) => return false,
        _ => {}
    }
    let below: Vec<Vec<String>> = model.keys().filter(|path| path.starts_with(from)).cloned().collect();
    for path in below {
        let what = model.remove(&path).unwrap();
        model.insert([to, &path[from.len()..]].concat(), what);
    }
    true
}

/// All that the tree has, files by the order in which they are found.
fn shown(tree: &Tree) -> (BTreeSet<Vec<String>>, Files) {
    let (mut directories, mut files) = (BTreeSet::new(), Files::new());
    for (id, dentry) in tree.metadata.walk().skip(1) {
        let path: Vec<String> = tree.metadata.path(id).split('\\').skip(1).map(str::to_owned).collect();
        if tree.inode(dentry.inode).is_directory() {
            directories.insert(path);
        } else {
            files.entry(dentry.inode.0).or_default().insert(path);
        }
    }
    (directories, files)
}

fn check(tree: &Tree, model: &Model) {
    let (directories, files) = shown(tree);
    let expected: BTreeSet<Vec<String>> =
        model.iter().filter(|(_, what)| what.is_none()).map(|(path, _)| path.clone()).collect();
    assert_eq!(directories, expected);
    let mut groups = Files::new();
    for (path, number) in model.iter().filter_map(|(path, what)| Some((path, (*what)?))) {
        groups.entry(number).or_default().insert(path.clone());
    }
    let sets = |groups: Files| groups.into_values().collect::<BTreeSet<_>>();
    for (number, names) in &files {
        assert_eq!(tree.inode(InodeId(*number)).link_count as usize, names.len());
        assert!(!tree.path(InodeId(*number)).starts_with("file "), "a name of it is known");
    }
    assert_eq!(sets(files), sets(groups));
}

#[test]
fn the_tree_is_what_the_model_says() {
    let mut tree = Tree::new(ImageMetadata::new());
    let (mut model, mut random) = (Model::new(), Random(1));
    for number in 0..6000 {
        let (path, other) = (random.path(), random.path());
        let there = place(&tree, &path);
        let expected = match random.below(6) {
            kind @ (0 | 1) => {
                let attributes = if kind == 0 { FileAttributes::DIRECTORY } else { FileAttributes::ARCHIVE };
                let inode = Inode { attributes, ..Inode::default() };
                let made = there.is_some_and(|(parent, name)| tree.create(parent, name, inode).is_ok());
                let can = has_parent(&model, &path) && !model.contains_key(&path);
                if can {
                    model.insert(path, (kind == 1).then_some(number));
                }
                (made, can)
            }
            kind @ (2 | 3) => {
                let directory = kind == 2;
                let done = there.is_some_and(|(parent, name)| tree.unlink(parent, name, directory).is_ok());
                let what = model.get(&path).copied();
                let can = what.is_some_and(|what| what.is_none() == directory) && !has_children(&model, &path);
                if can {
                    model.remove(&path);
                }
                (done, can)
            }
            4 => {
                let to = place(&tree, &other);
                let done = there.zip(to).is_some_and(|(from, to)| tree.rename(from, to, true).is_ok());
                (done, model_rename(&mut model, &path, &other))
            }
            _ => {
                let id = there.and_then(|(parent, name)| tree.lookup(parent, name));
                let id = id.map(|entry| tree.metadata.dentry(entry).inode);
                let done = id.zip(place(&tree, &other)).is_some_and(|(id, to)| tree.link(id, to.0, to.1).is_ok());
                let what = model.get(&path).copied().flatten();
                let can = what.is_some() && has_parent(&model, &other) && !model.contains_key(&other);
                if can {
                    model.insert(other, what);
                }
                (done, can)
            }
        };
        assert_eq!(expected.0, expected.1, "operation {number}");
        if number % 50 == 0 {
            check(&tree, &model);
        }
    }
    check(&tree, &model);
    let again = ImageMetadata::parse(&tree.metadata.to_bytes(), &wim_format::Limits::default()).unwrap();
    check(&Tree::new(again), &model);
}

#[test]
fn where_case_does_not_tell_names_apart_the_other_one_is_in_the_way() {
    let mut tree = Tree::new(ImageMetadata::new());
    let (root, name) = (tree.root(), OsStr::new);
    tree.tells_case = false;
    tree.create(root, name("Read.me"), Inode::default()).unwrap();
    assert_eq!(tree.create(root, name("READ.ME"), Inode::default()).unwrap_err(), Errno::EEXIST);
    tree.rename((root, name("Read.me")), (root, name("read.me")), true).unwrap();
    assert!(tree.lookup(root, name("read.me")).is_some() && tree.lookup(root, name("Read.me")).is_none());
    tree.tells_case = true;
    tree.create(root, name("READ.ME"), Inode::default()).unwrap();
}

#[test]
fn names_that_no_image_has_are_refused() {
    let mut tree = Tree::new(ImageMetadata::new());
    let root = tree.root();
    for (name, why) in [(&b"a\\b"[..], Errno::EINVAL), (b"\xFF", Errno::EILSEQ), (b"", Errno::EINVAL)] {
        let name = std::os::unix::ffi::OsStrExt::from_bytes(name);
        assert_eq!(tree.create(root, name, Inode::default()).unwrap_err(), why);
    }
}

#[test]
fn an_open_file_outlives_its_names() {
    let mut tree = Tree::new(ImageMetadata::new());
    let (root, name) = (tree.root(), OsStr::new("f"));
    let id = tree.create(root, name, Inode::default()).unwrap();
    tree.opened(id, true);
    tree.opened(id, false);
    assert!(tree.unlink(root, name, false).unwrap().is_none(), "its data is still wanted");
    assert_eq!((tree.find(tree.number(id)), tree.inode(id).link_count, tree.writers()), (Some(id), 0, 1));
    assert_eq!(tree.link(id, root, name), Err(Errno::ENOENT));
    assert!(tree.closed(id, true).is_none());
    assert!(tree.closed(id, false).is_some());
    assert_eq!((tree.find(tree.number(id)), tree.writers()), (None, 0));
}
