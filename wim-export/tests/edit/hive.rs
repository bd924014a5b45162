//! Registry hives of an image: found by name, changed, put back without their logs.

use std::sync::Arc;

use testdata::pe::Machine;
use testdata::winpe::{self, Edition};
use wim_export::boot::ReturnCode;
use wim_export::{Archive, Error, ImageEditor, ImageHive, NewBlob, NewEntry, OnConflict};
use wim_format::ImageIndex;
use wim_hive::Value;

const CONFIG: &str = r"\Windows\System32\config";

fn editor() -> ImageEditor {
    let file = testdata::build::Wim::new().image(winpe::image(Machine::X64, Edition::Pe)).to_bytes();
    let archive = Archive::from_source(Arc::new(file)).unwrap();
    let mut editor = ImageEditor::new(&archive, ImageIndex::FIRST).unwrap();
    for name in ["SYSTEM.LOG1", "System.LOG2", "SYSTEM{1}.TM.blf", "SOFTWARE.LOG1", "SYSTEM.SAV"] {
        let log = NewEntry::file(NewBlob::new(name, Arc::new(b"log".to_vec())));
        editor.add(&format!(r"{CONFIG}\{name}"), log, OnConflict::Replace).unwrap();
    }
    editor
}

#[test]
fn a_changed_hive_is_put_back_and_its_logs_go() {
    let mut editor = editor();
    let mut system = ImageHive::open(&editor, "system").unwrap();
    assert_eq!((system.path(), system.root()), (r"\Windows\System32\config\SYSTEM", r"HKEY_LOCAL_MACHINE\SYSTEM"));
    system.hive.set_value("Setup", "CmdLine", &Value::sz("cmd.exe")).unwrap();
    let mut gone = system.save(&mut editor).unwrap();
    gone.sort();
    assert_eq!(gone, ["SYSTEM.LOG1", "SYSTEM{1}.TM.blf", "System.LOG2"].map(|name| format!(r"{CONFIG}\{name}")));
    assert!(editor.exists(&format!(r"{CONFIG}\SOFTWARE.LOG1")) && editor.exists(&format!(r"{CONFIG}\SYSTEM.SAV")));
    let again = ImageHive::open(&editor, r"/windows/system32/CONFIG/system").unwrap();
    let value = again.hive.key("Setup").unwrap().value(&"cmdline".into());
    assert_eq!((value, again.root()), (Some(Value::sz("cmd.exe")), r"HKEY_LOCAL_MACHINE\SYSTEM"));
}

#[test]
fn an_unchanged_hive_leaves_the_image_as_it_is() {
    let mut editor = editor();
    let before = editor.metadata().to_bytes();
    let software = ImageHive::open(&editor, "SOFTWARE").unwrap();
    assert_eq!(software.save(&mut editor).unwrap(), [""; 0]);
    assert_eq!(editor.metadata().to_bytes(), before);
}

#[test]
fn what_is_no_hive_is_refused() {
    let editor = editor();
    let code = |hive: &str| ReturnCode::from(&ImageHive::open(&editor, hive).unwrap_err());
    assert_eq!(code("HARDWARE"), ReturnCode::ERROR_INVALID_PARAMETER);
    assert_eq!(code("SAM"), ReturnCode::ERROR_FILE_NOT_FOUND);
    assert_eq!(code(r"\Windows\System32\startnet.cmd"), ReturnCode::ERROR_BADDB);
    let error = ImageHive::open(&editor, r"\Windows\Boot\DVD\EFI\boot.sdi").unwrap_err();
    assert!(matches!(error, Error::Hive { source: wim_hive::Error::NotAHive, .. }));
    assert_eq!(
        ImageHive::open(&editor, r"\Windows\Boot\DVD\EFI\BCD").unwrap().root(),
        r"HKEY_LOCAL_MACHINE\BCD00000000"
    );
}

#[test]
fn a_dirty_hive_is_refused() {
    let mut editor = editor();
    let mut bytes = editor.read(r"\Windows\System32\config\SYSTEM", 1 << 20).unwrap();
    // The first sequence number counts up, and so does the checksum, which XORs all words.
    bytes[4] ^= 2;
    bytes[508] ^= 2;
    editor.set_data(r"\Windows\System32\config\SYSTEM", NewBlob::new("SYSTEM", Arc::new(bytes))).unwrap();
    let error = ImageHive::open(&editor, "SYSTEM").unwrap_err();
    assert!(matches!(error, Error::Hive { source: wim_hive::Error::Dirty { .. }, .. }));
    assert_eq!(ReturnCode::from(&error).exit, 11);
}
