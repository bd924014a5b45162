//! Finding the boot image: every layout of a kit, in any case, and what is said when there is none.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::{TempDir, tempdir};
use testdata::pe::Machine;
use testdata::winpe;
use wim_export::boot::{Architecture, BootReport, BootRequest, BootSource, ReturnCode, export_boot};
use wim_export::{Error, Result};

/// A folder with boot images of these architectures at these paths.
fn kit(images: &[(&str, Machine)]) -> TempDir {
    let root = tempdir().unwrap();
    for (path, machine) in images {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, winpe::boot_wim(*machine).to_bytes()).unwrap();
    }
    root
}

/// Looks for an image in `root`, and validates it; writes nothing.
fn find_with(root: &Path, architecture: Architecture, change: impl FnOnce(&mut BootRequest)) -> Result<BootReport> {
    let mut request = BootRequest::new(architecture, "boot.wim");
    request.source = BootSource::AdkRoot(root.to_path_buf());
    request.dry_run = true;
    change(&mut request);
    export_boot(&request, &mut ())
}

fn find(root: &Path, architecture: Architecture) -> Result<BootReport> {
    find_with(root, architecture, |_| {})
}

/// Checks that the image for x64 is found at `path`, with other images around.
#[track_caller]
fn assert_found(path: &str, others: &[(&str, Machine)]) -> BootReport {
    let root = kit(&[&[(path, Machine::X64)], others].concat());
    let report = find(root.path(), Architecture::X64).unwrap();
    assert_eq!(report.source, root.path().join(path));
    report
}

const KIT: &str = "Windows Preinstallation Environment";

#[test]
fn the_folder_of_an_adk() {
    let report = assert_found(
        &format!("{KIT}/amd64/en-us/winpe.wim"),
        &[
            (&format!("{KIT}/x86/en-us/winpe.wim"), Machine::X86),
            (&format!("{KIT}/arm64/en-us/winpe.wim"), Machine::Arm64),
        ],
    );
    assert_eq!(report.language.as_deref(), Some("en-us"));
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[test]
fn the_folder_of_all_kits() {
    assert_found(&format!("Assessment and Deployment Kit/{KIT}/amd64/en-us/winpe.wim"), &[]);
}

#[test]
fn the_folder_of_windows_pe() {
    assert_found("amd64/en-us/winpe.wim", &[("arm/en-us/winpe.wim", Machine::Arm)]);
}

#[test]
fn a_copype_workspace() {
    assert_found("media/sources/boot.wim", &[]);
}

#[test]
fn a_boot_medium() {
    assert_found("sources/boot.wim", &[]);
}

#[test]
fn a_boot_medium_for_two_architectures() {
    assert_found("x64/sources/boot.wim", &[("x86/sources/boot.wim", Machine::X86)]);
}

#[test]
fn a_waik() {
    assert_found("Tools/PETools/amd64/winpe.wim", &[("Tools/PETools/x86/winpe.wim", Machine::X86)]);
}

#[test]
fn a_plain_folder() {
    assert_found("winpe.wim", &[]);
}

#[test]
fn layouts_are_tried_in_order() {
    let kit_image = format!("{KIT}/amd64/en-us/winpe.wim");
    assert_found(&kit_image, &[("media/sources/boot.wim", Machine::X64), ("winpe.wim", Machine::X64)]);
    assert_found("media/sources/boot.wim", &[("sources/boot.wim", Machine::X64), ("winpe.wim", Machine::X64)]);
}

#[test]
fn names_are_compared_without_case() {
    assert_found("WINDOWS PREINSTALLATION ENVIRONMENT/AMD64/EN-US/WinPE.WIM", &[]);
    assert_found("Media/SOURCES/Boot.wim", &[]);
    assert_found("tools/petools/AMD64/WINPE.WIM", &[]);
}

#[test]
fn an_image_for_another_architecture_is_passed_over() {
    // Neither of the first two says in its path what it is for.
    let others = [("media/sources/boot.wim", Machine::X86), ("sources/boot.wim", Machine::Arm64)];
    assert_found("winpe.wim", &others);
}

#[test]
fn every_architecture_has_its_folder() {
    for (architecture, machine, folder) in [
        (Architecture::X86, Machine::X86, "x86"),
        (Architecture::X64, Machine::X64, "amd64"),
        (Architecture::Ia64, Machine::Ia64, "ia64"),
        (Architecture::Arm64, Machine::Arm64, "arm64"),
        (Architecture::Arm, Machine::Arm, "arm"),
    ] {
        let root = kit(&[(&format!("{KIT}/{folder}/en-us/winpe.wim"), machine)]);
        assert_eq!(find(root.path(), architecture).unwrap().architecture, Some(architecture));
    }
}

#[test]
fn a_language_can_be_chosen() {
    let root = kit(&[
        (&format!("{KIT}/amd64/en-us/winpe.wim"), Machine::X64),
        (&format!("{KIT}/amd64/de-de/winpe.wim"), Machine::X64),
    ]);
    let german = find_with(root.path(), Architecture::X64, |request| request.language = Some("DE-de".into())).unwrap();
    assert_eq!(german.language.as_deref(), Some("de-de"));
    assert_eq!(find(root.path(), Architecture::X64).unwrap().language.as_deref(), Some("en-us"));
}

#[test]
fn the_only_language_will_do_and_is_reported() {
    let root = kit(&[(&format!("{KIT}/amd64/ja-jp/winpe.wim"), Machine::X64)]);
    fs::create_dir(root.path().join(format!("{KIT}/amd64/WinPE_OCs"))).unwrap();
    let report = find(root.path(), Architecture::X64).unwrap();
    assert_eq!(report.language.as_deref(), Some("ja-jp"));
    let codes: Vec<_> = report.warnings.iter().map(|warning| warning.code()).collect();
    assert_eq!(codes, ["OTHER_LANGUAGE"]);
}

#[test]
fn of_several_other_languages_none_is_taken() {
    let (german, french) = (format!("{KIT}/amd64/de-de/winpe.wim"), format!("{KIT}/amd64/fr-fr/winpe.wim"));
    let root = kit(&[(&german, Machine::X64), (&french, Machine::X64)]);
    let Err(Error::AdkNotFound { found, .. }) = find(root.path(), Architecture::X64) else { panic!("found one") };
    assert_eq!(found, [root.path().join(german), root.path().join(french)]);
}

#[test]
fn what_is_there_instead_is_listed() {
    let (x86, arm64) = (format!("{KIT}/x86/en-us/winpe.wim"), "sources/boot.wim");
    let root = kit(&[(&x86, Machine::X86), (arm64, Machine::Arm64)]);
    let error = find(root.path(), Architecture::X64).unwrap_err();
    assert_eq!(ReturnCode::from(&error), ReturnCode::ERROR_FILE_NOT_FOUND);
    let Error::AdkNotFound { tried, found, .. } = &error else { panic!("{error}") };
    assert!(found.contains(&root.path().join(x86)) && found.contains(&root.path().join(arm64)), "{found:?}");
    for place in [
        format!("{KIT}/amd64/en-us/winpe.wim"),
        format!("Assessment and Deployment Kit/{KIT}/amd64/en-us/winpe.wim"),
        "media/sources/boot.wim".to_owned(),
        "x64/sources/boot.wim".to_owned(),
        "Tools/PETools/amd64/winpe.wim".to_owned(),
        "winpe.wim".to_owned(),
    ] {
        assert!(tried.contains(&root.path().join(&place)), "{place} is missing in {tried:?}");
        assert!(error.to_string().contains(&place), "{error}");
    }
}

#[test]
fn an_empty_folder_has_no_image_and_a_missing_one_is_no_kit() {
    let root = tempdir().unwrap();
    let error = find(root.path(), Architecture::X64).unwrap_err();
    assert_eq!(ReturnCode::from(&error), ReturnCode::ERROR_FILE_NOT_FOUND);
    let missing = root.path().join("missing");
    let error = find(&missing, Architecture::X64).unwrap_err();
    assert_eq!(ReturnCode::from(&error), ReturnCode::ERROR_PATH_NOT_FOUND);
    assert!(error.to_string().contains(missing.to_str().unwrap()), "{error}");
}

#[test]
fn of_a_setup_medium_the_cabinet_must_be_extracted_first() {
    let root = tempdir().unwrap();
    fs::write(root.path().join("WinPE.cab"), "MSCF").unwrap();
    let error = find(root.path(), Architecture::X64).unwrap_err();
    assert_eq!(ReturnCode::from(&error), ReturnCode::ERROR_NOT_SUPPORTED);
    assert!(error.to_string().contains("F1_WINPE.WIM"), "{error}");
}

#[test]
fn what_is_called_like_an_image_and_is_a_folder_is_none() {
    let root = tempdir().unwrap();
    fs::create_dir_all(root.path().join("sources/boot.wim")).unwrap();
    let error = find(root.path(), Architecture::X64).unwrap_err();
    assert_eq!(ReturnCode::from(&error), ReturnCode::ERROR_FILE_NOT_FOUND);
}

#[test]
fn a_damaged_image_is_an_error_and_not_passed_over() {
    let root = kit(&[("winpe.wim", Machine::X64)]);
    fs::create_dir(root.path().join("sources")).unwrap();
    fs::write(root.path().join("sources/boot.wim"), "no archive").unwrap();
    let error = find(root.path(), Architecture::X64).unwrap_err();
    assert_eq!(ReturnCode::from(&error), ReturnCode::ERROR_BAD_FORMAT);
}

/// The disk is never searched: an image where no layout has it is not found.
#[test]
fn other_places_are_not_looked_at() {
    let root = kit(&[("some/where/winpe.wim", Machine::X64), ("boot.wim", Machine::X64)]);
    let error = find(root.path(), Architecture::X64).unwrap_err();
    let Error::AdkNotFound { found, .. } = &error else { panic!("{error}") };
    assert_eq!(found, &Vec::<PathBuf>::new());
}
