//! Ten thousand operations at random, each done on a mount and on a folder of the host, which is the model: what they return is
//! the same, and so is what there is in the end, mounted, committed, and applied by wimlib.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use testdata::content::random;
use wim_export::Archive;
use wim_format::ImageIndex;
use wim_fs::{ExtractOptions, ExtractPlan, MountOptions, Selection};

use crate::util::{Mounted, Tree, tree};

const OPERATIONS: u64 = 10_000;

/// A generator of numbers, the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn path(&mut self) -> PathBuf {
        (0..=self.below(3)).map(|_| format!("n{}", self.below(6))).collect()
    }
}

/// What is done.
#[derive(Debug)]
enum Operation {
    Write { path: PathBuf, offset: u64, data: Vec<u8>, create: bool },
    Truncate { path: PathBuf, size: u64 },
    Read { path: PathBuf, offset: u64 },
    Unlink(PathBuf),
    MakeDirectory(PathBuf),
    RemoveDirectory(PathBuf),
    Rename(PathBuf, PathBuf),
    Link(PathBuf, PathBuf),
    Symlink(PathBuf, PathBuf),
    List(PathBuf),
}

impl Operation {
    fn new(random: &mut Random) -> Self {
        let path = random.path();
        match random.below(20) {
            0..=4 => {
                let data = self::random(random.below(1000), random.below(5000) as usize);
                Self::Write { path, offset: random.below(6000), data, create: true }
            }
            5 => Self::Write { path, offset: 0, data: vec![7; 10], create: false },
            6 => Self::Truncate { path, size: random.below(9000) },
            7 => Self::Read { path, offset: random.below(4000) },
            8 => Self::Unlink(path),
            9..=11 => Self::MakeDirectory(path),
            12 => Self::RemoveDirectory(path),
            13..=15 => Self::Rename(path, random.path()),
            16 | 17 => Self::Link(path, random.path()),
            18 => Self::Symlink(random.path(), path),
            _ => Self::List(path),
        }
    }

    /// Does it below `root`. What comes out are bytes.
    fn run(&self, root: &Path) -> io::Result<Vec<u8>> {
        let nothing = |()| Vec::new();
        match self {
            Self::Write { path, offset, data, create } => {
                let file = OpenOptions::new().write(true).create(*create).truncate(false).open(root.join(path))?;
                file.write_all_at(data, *offset).map(nothing)
            }
            Self::Truncate { path, size } => {
                OpenOptions::new().write(true).open(root.join(path))?.set_len(*size).map(nothing)
            }
            Self::Read { path, offset } => {
                let mut data = vec![0; 3000];
                let len = File::open(root.join(path))?.read_at(&mut data, *offset)?;
                data.truncate(len);
                Ok(data)
            }
            Self::Unlink(path) => fs::remove_file(root.join(path)).map(nothing),
            Self::MakeDirectory(path) => fs::create_dir(root.join(path)).map(nothing),
            Self::RemoveDirectory(path) => fs::remove_dir(root.join(path)).map(nothing),
            Self::Rename(from, to) => fs::rename(root.join(from), root.join(to)).map(nothing),
            Self::Link(from, to) => fs::hard_link(root.join(from), root.join(to)).map(nothing),
            Self::Symlink(target, path) => symlink(target, root.join(path)).map(nothing),
            Self::List(path) => {
                let names = fs::read_dir(root.join(path))?.map(|entry| entry.unwrap().file_name().into_encoded_bytes());
                let mut names: Vec<_> = names.collect();
                names.sort();
                Ok(names.concat())
            }
        }
    }

    /// Whether an image can do it, as the host can: a link has no second name there.
    fn is_common(&self, root: &Path) -> bool {
        !matches!(self, Self::Link(from, _) if root.join(from).is_symlink())
    }
}

#[test]
fn ten_thousand_operations_come_to_the_same_as_on_a_folder() {
    if !testdata::fuse() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let (file, model) = (place.path().join("x.wim"), place.path().join("model"));
    fs::copy(testdata::path("wims/lzx-32k.wim"), &file).unwrap();
    apply(&file, &model);
    let mounted = Mounted::writable(&file, &MountOptions::default()).unwrap();
    let mut random = Random(7);
    for number in 0..OPERATIONS {
        let operation = Operation::new(&mut random);
        if !operation.is_common(&model) {
            continue;
        }
        let result = |root: &Path| operation.run(root).map_err(|error| error.raw_os_error());
        let (ours, theirs) = (result(mounted.path()), result(&model));
        assert!(ours == theirs, "{number}: {operation:?}\nmount: {ours:?}\nhost: {theirs:?}");
    }
    let expected = shape(tree(&model));
    assert!(expected.len() > 100, "{}", expected.len());
    assert!(shape(mounted.tree()) == expected);
    mounted.commit();

    wim_export::verify(&Archive::open(&file).unwrap(), &wim_export::VerifyOptions::default(), &mut ()).unwrap();
    let applied = place.path().join("applied");
    apply(&file, &applied);
    assert!(shape(tree(&applied)) == expected);
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let theirs = place.path().join("theirs");
    let run = Command::new(wimlib).arg("apply").arg(&file).arg("1").arg(&theirs).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(shape(tree(&theirs)) == expected);
}

fn apply(file: &Path, place: &Path) {
    let archive = Archive::open(file).unwrap();
    let plan = ExtractPlan::new(&archive, ImageIndex::FIRST, &Selection::All, place, ExtractOptions::default());
    plan.unwrap().run(&mut ()).unwrap();
}

/// Everything but times, which are those of two clocks.
fn shape(mut tree: Tree) -> Tree {
    for shown in tree.values_mut() {
        shown.modified = (0, 0);
        shown.xattrs.clear();
    }
    tree
}
