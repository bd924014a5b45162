//! The XML of a captured Windows.

use testdata::pe::Machine;
use testdata::winpe::{self, Edition, Size};
use wim_format::ImageIndex;
use wim_fs::CaptureOptions;

use crate::util::{capture, open};

#[test]
fn kernel_and_registry_say_what_windows_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("pe");
    winpe::tree(Machine::X64, Size::Sample, Edition::Pe).write(&root).unwrap();
    let archive = open(capture(&root, &CaptureOptions::default()).0);
    let xml = archive.xml().image(ImageIndex::FIRST).unwrap();
    assert_eq!(xml.architecture(), Some(9));
    assert_eq!(xml.system_root().as_deref(), Some("WINDOWS"));
    assert_eq!(xml.name().as_deref(), Some("captured"));
    assert_eq!(xml.edition_id().as_deref(), Some("WindowsPE"));
    assert_eq!(xml.installation_type().as_deref(), Some("WindowsPE"));
    assert!(xml.version().is_some_and(|version| version.build > 10_000));
}

#[test]
fn what_is_no_windows_has_no_windows_in_its_xml() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("Windows")).unwrap();
    let archive = open(capture(folder.path(), &CaptureOptions::default()).0);
    assert_eq!(archive.xml().image(ImageIndex::FIRST).unwrap().system_root(), None);
}
