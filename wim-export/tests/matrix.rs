//! Everything that can be written, read by others: codecs, chunk sizes, layouts, with an integrity table and without.

mod util;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use testdata::build::Wim;
use wim_export::{Archive, DestinationOptions, ExportOptions, ExportPlan, OpenOptions, SplitPlan};
use wim_format::{Compression, ImageIndex};

/// What is to come out: a file's path and its bytes.
type Tree = BTreeMap<PathBuf, Vec<u8>>;

const PLAIN: [(Compression, u32); 8] = [
    (Compression::None, 0),
    (Compression::Xpress, 4 << 10),
    (Compression::Xpress, 32 << 10),
    (Compression::Xpress, 64 << 10),
    (Compression::Lzx, 32 << 10),
    (Compression::Lzx, 2 << 20),
    (Compression::Lzms, 32 << 10),
    (Compression::Lzms, 128 << 10),
];

const SOLID: [(Compression, u32); 4] = [
    (Compression::Xpress, 32 << 10),
    (Compression::Lzx, 256 << 10),
    (Compression::Lzms, 128 << 10),
    (Compression::Lzms, 64 << 20),
];

/// The peers, or what there is of them, in a folder of their own.
struct Peers {
    wimlib: PathBuf,
    sevenzip: Option<PathBuf>,
    folder: tempfile::TempDir,
    expected: Tree,
}

impl Peers {
    fn find() -> Option<Self> {
        let wimlib = testdata::peer("wimlib-imagex")?;
        let peers = Self {
            wimlib,
            sevenzip: testdata::peer("7zz"),
            folder: tempfile::tempdir().unwrap(),
            expected: Tree::new(),
        };
        fs::write(peers.path("source.wim"), Wim::new().image(testdata::trees::mixed().image("mixed")).to_bytes())
            .unwrap();
        let expected = peers.apply(&["apply", "source.wim", "1", "tree"], Stdio::null());
        assert!(expected.len() > 5);
        Some(Self { expected, ..peers })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn source(&self) -> Archive {
        Archive::open(self.path("source.wim")).unwrap()
    }

    fn run(&self, program: &Path, arguments: &[&str], input: Stdio) {
        let mut command = Command::new(program);
        let output = command.args(arguments).current_dir(self.folder.path()).stdin(input).output().unwrap();
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        assert!(output.status.success(), "{} {arguments:?}: {said}", program.display());
    }

    /// What an apply into the folder `tree` makes.
    fn apply(&self, arguments: &[&str], input: Stdio) -> Tree {
        let _ = fs::remove_dir_all(self.path("tree"));
        self.run(&self.wimlib, arguments, input);
        let mut tree = Tree::new();
        read_tree(&self.path("tree"), &mut tree);
        tree
    }

    /// Checks that wimlib accepts the archive `name` and makes the right tree of it.
    fn assert_wimlib_reads(&self, what: &str, name: &str, more: &[&str]) {
        self.run(&self.wimlib, &[&["verify", name], more].concat(), Stdio::null());
        let tree = self.apply(&[&["apply", name, "1", "tree"], more].concat(), Stdio::null());
        assert!(tree == self.expected, "{what}: another tree");
    }

    fn assert_sevenzip_reads(&self, name: &str) {
        if let Some(sevenzip) = &self.sevenzip {
            self.run(sevenzip, &["t", name], Stdio::null());
        }
    }

    /// Writes `out.wim`.
    fn export(&self, source: &Archive, options: ExportOptions) {
        let mut file =
            File::options().read(true).write(true).create(true).truncate(true).open(self.path("out.wim")).unwrap();
        ExportPlan::new(source, &[ImageIndex::FIRST], options).unwrap().write(&mut file, &mut ()).unwrap();
    }
}

fn read_tree(folder: &Path, tree: &mut Tree) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_tree(&path, tree);
        } else {
            let data = fs::read(&path).unwrap();
            tree.insert(path, data);
        }
    }
}

/// Options for everything compressed so, and every second time with an integrity table.
fn options(number: usize, (compression, chunk_size): (Compression, u32)) -> ExportOptions {
    let mut options = ExportOptions::default();
    options.compression = Some(compression);
    options.chunk_size = Some(chunk_size).filter(|&size| size > 0);
    options.recompress = true;
    options.integrity = number.is_multiple_of(2);
    options.solid = Some(false);
    options
}

fn solid_options(number: usize, (compression, chunk_size): (Compression, u32)) -> ExportOptions {
    let mut options = options(number, PLAIN[7]);
    options.solid = Some(true);
    options.solid_compression = Some(compression);
    options.solid_chunk_size = Some(chunk_size);
    options
}

#[test]
fn every_codec_and_chunk_size() {
    let Some(peers) = Peers::find() else { return };
    for (number, coding) in PLAIN.into_iter().enumerate() {
        peers.export(&peers.source(), options(number, coding));
        peers.assert_wimlib_reads(&format!("{coding:?}"), "out.wim", &[]);
        peers.assert_sevenzip_reads("out.wim");
    }
}

#[test]
fn solid_resources_made_and_copied() {
    let Some(peers) = Peers::find() else { return };
    for (number, coding) in SOLID.into_iter().enumerate() {
        peers.export(&peers.source(), solid_options(number, coding));
        peers.assert_wimlib_reads(&format!("solid {coding:?}"), "out.wim", &[]);
        peers.assert_sevenzip_reads("out.wim");
        fs::rename(peers.path("out.wim"), peers.path("solid.wim")).unwrap();
        let mut copy = ExportOptions::default();
        copy.solid = Some(true);
        peers.export(&Archive::open(peers.path("solid.wim")).unwrap(), copy);
        peers.assert_wimlib_reads(&format!("copied solid {coding:?}"), "out.wim", &[]);
        peers.assert_sevenzip_reads("out.wim");
    }
}

#[test]
fn split_sets() {
    let Some(peers) = Peers::find() else { return };
    for (number, coding) in PLAIN.into_iter().enumerate() {
        let plan = SplitPlan::new(&peers.source(), 12_000, options(number, coding)).unwrap();
        let parts = plan.write(peers.path("out.swm"), &DestinationOptions::default(), &mut ()).unwrap().parts;
        assert!(parts.len() > 1, "{coding:?}");
        peers.assert_wimlib_reads(&format!("split {coding:?}"), "out.swm", &["--ref=out*.swm"]);
        // What 7-Zip says of data behind the end of a part, or of its end, it says of wimlib's sets, too: its data is what counts.
        if let Some(sevenzip) = &peers.sevenzip {
            let said = Command::new(sevenzip).arg("t").arg(peers.path("out.swm")).output().unwrap();
            let text = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
            assert!(!text.contains("Data Error") && !text.contains("Headers Error"), "{coding:?}: {text}");
        }
        parts.iter().for_each(|part| fs::remove_file(&part.path).unwrap());
    }
}

#[test]
fn the_layout_for_pipes() {
    let Some(peers) = Peers::find() else { return };
    for (number, coding) in PLAIN.into_iter().enumerate() {
        let mut options = options(number, coding);
        options.pipable = true;
        peers.export(&peers.source(), options);
        peers.assert_wimlib_reads(&format!("pipable {coding:?}"), "out.wim", &[]);
        let pipe = File::open(peers.path("out.wim")).unwrap();
        assert!(peers.apply(&["apply", "-", "1", "tree"], pipe.into()) == peers.expected, "{coding:?} from a pipe");
    }
}

#[test]
fn deltas_whose_base_is_ours_and_what_is_exported_from_them() {
    let Some(peers) = Peers::find() else { return };
    for (number, coding) in PLAIN.into_iter().enumerate() {
        peers.export(&peers.source(), options(number, coding));
        fs::rename(peers.path("out.wim"), peers.path("base.wim")).unwrap();
        peers.apply(&["apply", "base.wim", "1", "tree"], Stdio::null());
        fs::write(peers.path("tree/new.txt"), b"not in the base").unwrap();
        let capture = ["capture", "tree", "delta.wim", "delta", "--delta-from=base.wim", "--compress=lzx"];
        let _ = fs::remove_file(peers.path("delta.wim"));
        peers.run(&peers.wimlib, &capture, Stdio::null());
        let delta = OpenOptions::new().reference(peers.path("base.wim")).open(peers.path("delta.wim")).unwrap();
        assert!(util::check(&delta).unwrap().is_ok(), "{coding:?}");
        peers.export(&delta, ExportOptions::default());
        let tree = peers.apply(&["apply", "out.wim", "1", "tree"], Stdio::null());
        assert_eq!(tree.len(), peers.expected.len() + 1, "{coding:?}");
        assert!(peers.expected.iter().all(|(path, data)| tree.get(path) == Some(data)), "{coding:?}");
        peers.assert_sevenzip_reads("out.wim");
    }
}
