//! Profiles, read and carried out.

use std::sync::LazyLock;

use testdata::pe::Machine;
use testdata::winpe;
use wim_export::finalize::{FinalizeOptions, Profile, finalize};
use wim_export::{Archive, ImageEditor};
use wim_format::{ImageIndex, Limits};

use super::archive::{open, verify};

/// What no profile takes, unless a user lets it.
const PROTECTED: [&str; 4] = [
    r"\Windows\Boot\EFI\bootmgfw.efi",
    r"\Windows\System32\ntoskrnl.exe",
    r"\Windows\System32\config\SYSTEM",
    r"\Windows\System32\drivers\disk.sys",
];

/// What is no profile is refused with a line that the text has. What is one fails on a small Windows PE, or leaves an image
/// that has all that is protected, verifies, and has as many entries as the report says.
pub fn profile(data: &[u8]) {
    static IMAGE: LazyLock<Archive> =
        LazyLock::new(|| open(winpe::boot_wim(Machine::X64).to_bytes(), Limits::default()).expect("a valid archive"));
    let Ok(text) = std::str::from_utf8(data) else { return };
    let profile = match Profile::parse(text) {
        Ok(profile) => profile,
        Err(error) => {
            assert!((1..=text.matches('\n').count() + 1).contains(&error.line()), "{error}");
            return;
        }
    };
    let mut editor = ImageEditor::new(&IMAGE, ImageIndex::FIRST).expect("a valid image");
    let Ok(report) = finalize(&mut editor, &profile, &FinalizeOptions::default()) else { return };
    for path in PROTECTED {
        assert!(editor.exists(path), "{path} is gone");
    }
    assert_eq!(report.after.entries, editor.metadata().entry_count() as u64);
    let edited = editor.into_single(None, &mut ()).expect("data in memory does not change");
    let verified = verify(&edited, true).expect("it can be verified");
    assert!(verified.is_ok(), "{verified:?}");
}
