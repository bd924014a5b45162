//! Several folders and files as one image: what is laid over what, and that wimlib makes the same of a list.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wim_export::{Archive, ArchiveDraft, Error};
use wim_format::{Compression, ImageIndex, Sha1Hash, XmlImage};
use wim_fs::{Capture, CaptureOptions, CaptureSource, Metadata};

use crate::util::NOW;

fn put(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn source(path: PathBuf, target: &str) -> CaptureSource {
    let [mut source] = CaptureSource::parse_list(&format!("x {target}")).unwrap().try_into().unwrap();
    source.path = path;
    source
}

fn capture(sources: &[CaptureSource]) -> Result<Archive, Error> {
    let capture = Capture::scan_all(sources, &CaptureOptions::default())?;
    let mut draft = ArchiveDraft::new(Compression::None);
    let report = capture.add_to(&mut draft, XmlImage::new(), NOW, None, &mut ())?;
    let archive = draft.finish()?;
    let xml = archive.xml().image(ImageIndex::FIRST).unwrap();
    assert_eq!(
        (xml.dir_count(), xml.file_count()),
        (Some(report.directories), Some(report.files + report.hard_links + report.symlinks))
    );
    Ok(archive)
}

/// Every path, its data's hash, how many names it has.
fn tree(archive: &Archive) -> Vec<(String, Sha1Hash, u32)> {
    let metadata = archive.image(ImageIndex::FIRST).unwrap();
    let fact = |(id, dentry): (_, &wim_format::Dentry)| {
        let inode = metadata.inode(dentry.inode);
        (metadata.path(id), inode.data_hash(), if inode.is_directory() { 0 } else { inode.link_count })
    };
    let mut tree: Vec<_> = metadata.walk().skip(1).map(fact).collect();
    tree.sort();
    tree
}

fn data(archive: &Archive, path: &str) -> Vec<u8> {
    let metadata = archive.image(ImageIndex::FIRST).unwrap();
    let hash = metadata.inode_of(metadata.find(path).unwrap()).data_hash();
    let mut data = Vec::new();
    let append = |bytes: &[u8]| {
        data.extend_from_slice(bytes);
        Ok(())
    };
    archive.blob_reader(&hash).unwrap().read_all(append).unwrap();
    data
}

/// Two folders and a file: with hard links, names in other case, and files that others take the place of.
fn sources(root: &Path) -> Vec<CaptureSource> {
    put(root, "one/Windows/System32/a.dll", "first");
    put(root, "one/Windows/kept.txt", "kept");
    put(root, "one/replaced", "a longer text that is nowhere else");
    fs::hard_link(root.join("one/replaced"), root.join("one/other name")).unwrap();
    put(root, "two/windows/system32/A.DLL", "second");
    put(root, "two/replaced", "new");
    put(root, "two/linked", "linked");
    fs::hard_link(root.join("two/linked"), root.join("two/windows/linked")).unwrap();
    put(root, "file.txt", "a file");
    vec![
        source(root.join("one"), "/"),
        source(root.join("two"), "/"),
        source(root.join("two"), "/made/two"),
        source(root.join("file.txt"), "/made/renamed.txt"),
    ]
}

#[test]
fn later_sources_are_laid_over_earlier_ones() {
    let folder = tempfile::tempdir().unwrap();
    let archive = capture(&sources(folder.path())).unwrap();
    assert_eq!(data(&archive, r"\Windows\System32\a.dll"), b"second");
    assert_eq!(data(&archive, r"\replaced"), b"new");
    assert_eq!(data(&archive, r"\other name"), b"a longer text that is nowhere else");
    assert_eq!(data(&archive, r"\made\renamed.txt"), b"a file");
    let expected = [
        (r"\Windows", 0),
        (r"\Windows\System32", 0),
        (r"\Windows\System32\A.DLL", 1),
        (r"\Windows\kept.txt", 1),
        (r"\Windows\linked", 2),
        (r"\linked", 2),
        (r"\made", 0),
        (r"\made\renamed.txt", 1),
        (r"\made\two", 0),
        (r"\made\two\linked", 2),
        (r"\made\two\replaced", 1),
        (r"\made\two\windows", 0),
        (r"\made\two\windows\linked", 2),
        (r"\made\two\windows\system32", 0),
        (r"\made\two\windows\system32\A.DLL", 1),
        (r"\other name", 1),
        (r"\replaced", 1),
    ];
    let tree: Vec<_> = tree(&archive).into_iter().map(|(path, _, links)| (path, links)).collect();
    assert_eq!(tree, expected.map(|(path, links)| (path.to_owned(), links)));
}

#[test]
fn names_of_one_source_that_differ_in_case_all_stay() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "src/a", "1");
    put(folder.path(), "src/A", "2");
    let archive = capture(&[source(folder.path().join("src"), "/")]).unwrap();
    assert_eq!(tree(&archive).len(), 2);
}

#[test]
fn what_was_replaced_is_not_in_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "one/x", "replaced");
    put(folder.path(), "two/x", "new");
    let archive = capture(&[source(folder.path().join("one"), "/"), source(folder.path().join("two"), "/")]).unwrap();
    assert_eq!(archive.blob_table().blobs().len(), 1);
    assert_eq!(data(&archive, r"\x"), b"new");
}

#[test]
fn a_folder_keeps_what_its_first_source_says_and_one_that_was_made_is_as_old_as_the_latest_file() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "one/a", "1");
    let archive = capture(&[source(folder.path().join("one"), "/deep/one")]).unwrap();
    let metadata = archive.image(ImageIndex::FIRST).unwrap();
    let time = |path: &str| metadata.inode_of(metadata.find(path).unwrap()).last_write_time;
    let latest = [r"\deep\one", r"\deep\one\a"].map(time).into_iter().max().unwrap();
    assert_eq!([time(r"\deep"), time(r"\")], [latest, latest]);
}

#[test]
fn what_makes_no_image_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "one/x/y", "1");
    put(folder.path(), "two/x", "2");
    let all = |sources: &[(&str, &str)]| {
        let sources: Vec<_> = sources.iter().map(|(path, to)| source(folder.path().join(path), to)).collect();
        capture(&sources).map(|_| ()).unwrap_err().to_string()
    };
    for sources in [[("one", "/"), ("two", "/")], [("two", "/"), ("one", "/")], [("two", "/"), ("one", "/x")]] {
        let message = all(&sources);
        assert!(message.contains(r"\x") && message.contains("folder"), "{message}");
    }
    assert!(all(&[("two/x", "/")]).contains("root"));
    assert!(all(&[("none", "/a")]).contains("none"));
    assert!(all(&[]).contains("at least one"));
    let mut options = CaptureOptions::default();
    options.metadata = Metadata::Sidecar;
    let refused = Capture::scan_all(&[source(folder.path().join("one"), "/")], &options);
    let message = refused.map(|_| ()).unwrap_err().to_string();
    assert!(message.contains("sidecar") && message.contains("one folder"), "{message}");
}

#[test]
fn wimlib_makes_the_same_of_a_list() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let folder = tempfile::tempdir().unwrap();
    sources(folder.path());
    // wimlib tells names apart by case.
    fs::remove_dir_all(folder.path().join("two/windows")).unwrap();
    put(folder.path(), "two/Windows/System32/a.dll", "second");
    put(folder.path(), "with blank/x", "x");
    // A file that comes twice would be two names of one file to wimlib.
    let list = "# comment\none /\ntwo\t\"/\"\n'with blank' /made/two/\nfile.txt\n";
    put(folder.path(), "list", list);
    let run =
        Command::new(wimlib).args(["capture", "list", "x.wim", "--source-list"]).current_dir(folder.path()).output();
    assert!(run.unwrap().status.success());
    let mut sources = CaptureSource::parse_list(list).unwrap();
    sources.iter_mut().for_each(|source| source.path = folder.path().join(&source.path));
    assert_eq!(tree(&capture(&sources).unwrap()), tree(&Archive::open(folder.path().join("x.wim")).unwrap()));
}
