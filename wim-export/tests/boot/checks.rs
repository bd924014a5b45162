//! The checks before an export, and what is only warned of.

use testdata::build::{Dentry, Image, Wim, xml};
use testdata::pe::{self, Machine};
use testdata::winpe::{self, Edition, Size};
use wim_export::boot::{Architecture, ReturnCode};
use wim_format::ImageIndex;

use super::workspace::{Workspace, boot_wim, codes, pe, wim_of};

/// The archive with its XML changed.
fn with_xml(wim: Wim, from: &'static str, to: &'static str) -> Vec<u8> {
    let edit = move |text: String| {
        assert!(text.contains(from), "{from} is not in {text}");
        xml::utf16le(&text.replace(from, to))
    };
    wim.edit_xml(edit).to_bytes()
}

/// A tiny Windows PE without the files whose paths end so.
fn pe_without(endings: &[&str]) -> Image {
    let tree = winpe::tree(Machine::X64, Size::Tiny, Edition::Pe);
    let mut image = Image::new("PE").edition_flags("9").extra_xml(&winpe::windows_xml(Machine::X64));
    for entry in tree.entries() {
        if let testdata::tree::Entry::File(path, data) = entry
            && !endings.iter().any(|ending| path.ends_with(ending))
        {
            image = image.file(path, data);
        }
    }
    image
}

#[test]
fn a_boot_image_has_no_warnings() {
    let workspace = Workspace::usual();
    let report = workspace.export().unwrap();
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    assert_eq!(report.architecture, Some(Architecture::X64));
    assert_eq!(report.image, ImageIndex::FIRST);
    assert!(report.boot_files.contains(&r"\Windows\Boot\EFI\bootmgfw.efi"), "{:?}", report.boot_files);
}

mod index {
    use super::*;

    #[test]
    fn without_one_the_image_that_boots_is_taken() {
        let source = wim_of([pe(), winpe::image(Machine::X64, Edition::Setup)]).boot_index(2);
        let workspace = Workspace::new(source.to_bytes());
        assert_eq!(workspace.export_with(|request| request.index = None).unwrap().image.get(), 2);
    }

    #[test]
    fn without_one_the_only_image_is_taken() {
        let workspace = Workspace::new(wim_of([pe()]).boot_index(0).to_bytes());
        assert_eq!(workspace.export_with(|request| request.index = None).unwrap().image.get(), 1);
    }

    #[test]
    fn a_boot_index_that_does_not_exist_is_none() {
        let workspace = Workspace::new(wim_of([pe()]).edit_header(|header| header.boot_index = 9).to_bytes());
        let report = workspace.export_with(|request| request.index = None).unwrap();
        assert_eq!(codes(&report), ["BOOT_INDEX_OUT_OF_RANGE", "NOT_BOOT_INDEX"]);
    }

    #[test]
    fn another_image_than_the_one_that_boots_is_warned_of() {
        let workspace = Workspace::usual();
        let report = workspace.export_with(|request| request.index = Some(2)).unwrap();
        assert_eq!(codes(&report), ["NOT_BOOT_INDEX"]);
        workspace.export_with(|request| request.require_boot_index = true).unwrap();
    }
}

mod architecture {
    use super::*;

    #[test]
    fn without_xml_the_kernel_tells() {
        let workspace = Workspace::new(with_xml(wim_of([pe()]), "<ARCH>9</ARCH>", ""));
        let report = workspace.export().unwrap();
        assert_eq!((report.architecture, codes(&report)), (Some(Architecture::X64), vec!["ARCH_FROM_PE"]));
    }

    #[test]
    fn the_kernel_is_believed_more_than_the_xml() {
        let workspace = Workspace::new(with_xml(wim_of([pe()]), "<ARCH>9</ARCH>", "<ARCH>0</ARCH>"));
        assert_eq!(codes(&workspace.export().unwrap()), ["ARCH_CONTRADICTION"]);
        // The XML alone does not make it an image for x86.
        let workspace = Workspace::new(with_xml(wim_of([pe()]), "<ARCH>9</ARCH>", "<ARCH>0</ARCH>"));
        workspace.refuses(ReturnCode::ERROR_EXE_MACHINE_TYPE_MISMATCH, |request| {
            request.architecture = Architecture::X86;
        });
    }

    #[test]
    fn a_number_that_nobody_knows_is_nothing() {
        let workspace = Workspace::new(with_xml(wim_of([pe()]), "<ARCH>9</ARCH>", "<ARCH>77</ARCH>"));
        assert_eq!(codes(&workspace.export().unwrap()), ["ARCH_FROM_PE"]);
    }

    #[test]
    fn a_kernel_that_is_no_program_tells_nothing() {
        let kernels = [
            b"MZ".to_vec(),
            [&b"MZ"[..], &[0xFF; 62]].concat(),
            [&pe::image(Machine::X64, b"")[..0x80], b"NE\0\0\x64\x86"].concat(),
            pe::image(Machine::X64, b"")[..0x85].to_vec(),
        ];
        for kernel in kernels {
            let image = pe_without(&["ntoskrnl.exe"]).file("Windows/System32/ntoskrnl.exe", &kernel);
            let workspace = Workspace::new(wim_of([image.clone()]).to_bytes());
            assert!(workspace.export().unwrap().warnings.is_empty());
            // Without any word of the XML, nothing is known.
            let workspace = Workspace::new(with_xml(wim_of([image]), "<ARCH>9</ARCH>", ""));
            workspace.refuses(ReturnCode::ERROR_EXE_MACHINE_TYPE_MISMATCH, |_| {});
            let report = workspace.export_with(|request| request.allow_arch_mismatch = true).unwrap();
            assert_eq!((report.architecture, codes(&report)), (None, vec!["ARCH_MISMATCH"]));
        }
    }

    #[test]
    fn another_one_can_be_allowed() {
        let workspace = Workspace::usual();
        let report = workspace
            .export_with(|request| {
                request.architecture = Architecture::Arm64;
                request.allow_arch_mismatch = true;
            })
            .unwrap();
        assert_eq!((report.architecture, codes(&report)), (Some(Architecture::X64), vec!["ARCH_MISMATCH"]));
    }

    #[test]
    fn every_one_is_recognised() {
        for (machine, architecture) in [
            (Machine::X86, Architecture::X86),
            (Machine::X64, Architecture::X64),
            (Machine::Ia64, Architecture::Ia64),
            (Machine::Arm, Architecture::Arm),
            (Machine::Arm64, Architecture::Arm64),
        ] {
            let workspace = Workspace::new(boot_wim(machine).to_bytes());
            let report = workspace.export_with(|request| request.architecture = architecture).unwrap();
            assert_eq!(report.architecture, Some(architecture));
            assert!(report.warnings.is_empty(), "{:?}", report.warnings);
        }
    }
}

mod boot_image {
    use super::*;

    #[test]
    fn any_of_four_signs_will_do() {
        for removed in [
            &["<EDITIONID>WindowsPE</EDITIONID>", "<FLAGS>9</FLAGS>"][..],
            &["<INSTALLATIONTYPE>WindowsPE</INSTALLATIONTYPE>", "<FLAGS>9</FLAGS>"],
            &["<EDITIONID>WindowsPE</EDITIONID>", "<INSTALLATIONTYPE>WindowsPE</INSTALLATIONTYPE>"],
            &["<EDITIONID>WindowsPE</EDITIONID>", "<INSTALLATIONTYPE>WindowsPE</INSTALLATIONTYPE>", "<FLAGS>9</FLAGS>"],
        ] {
            let edit = |text: String| removed.iter().fold(text, |text, element| text.replace(element, ""));
            let workspace = Workspace::new(wim_of([pe()]).edit_xml(move |text| xml::utf16le(&edit(text))).to_bytes());
            assert!(workspace.export().unwrap().warnings.is_empty(), "{removed:?}");
        }
    }

    #[test]
    fn any_image_can_be_allowed() {
        let server = Image::new("server").extra_xml("<WINDOWS><ARCH>9</ARCH></WINDOWS>").file("a.txt", "a");
        let workspace = Workspace::new(wim_of([server]).to_bytes());
        workspace.refuses(ReturnCode::ERROR_NOT_SUPPORTED, |_| {});
        let report = workspace.export_with(|request| request.any_image = true).unwrap();
        let missing = "MISSING_BOOT_FILE";
        assert_eq!(codes(&report), ["NOT_A_BOOT_IMAGE", missing, missing, missing]);
        assert_eq!(workspace.output().xml().images()[0].flags(), None, "nobody knows what it is");
    }

    #[test]
    fn what_it_needs_to_boot_must_be_there() {
        for (missing, says) in [
            (&["ntoskrnl.exe"][..], r"\Windows\System32\ntoskrnl.exe"),
            (&["config/SYSTEM"], r"\Windows\System32\config\SYSTEM"),
            (&["winload.exe", "winload.efi"], "winload.exe or winload.efi"),
        ] {
            let workspace = Workspace::new(wim_of([pe_without(missing)]).to_bytes());
            let message = workspace.refuses(ReturnCode::ERROR_NOT_SUPPORTED, |_| {});
            assert!(message.contains(says), "{message}");
            let report = workspace.export_with(|request| request.any_image = true).unwrap();
            assert_eq!(codes(&report), ["MISSING_BOOT_FILE"]);
        }
    }

    #[test]
    fn one_loader_will_do() {
        for missing in ["winload.exe", "winload.efi"] {
            Workspace::new(wim_of([pe_without(&[missing])]).to_bytes()).export().unwrap();
        }
    }

    #[test]
    fn an_empty_file_or_a_folder_is_no_file() {
        let empty = pe_without(&["config/SYSTEM"]).file("Windows/System32/config/SYSTEM", "");
        Workspace::new(wim_of([empty]).to_bytes()).refuses(ReturnCode::ERROR_NOT_SUPPORTED, |_| {});
        let folder = pe_without(&["config/SYSTEM"]).dir("Windows/System32/config/SYSTEM");
        Workspace::new(wim_of([folder]).to_bytes()).refuses(ReturnCode::ERROR_NOT_SUPPORTED, |_| {});
    }

    #[test]
    fn names_are_compared_without_case() {
        let mut image = Image::new("PE").edition_flags("9").extra_xml(&winpe::windows_xml(Machine::X64));
        for entry in winpe::tree(Machine::X64, Size::Tiny, Edition::Pe).entries() {
            if let testdata::tree::Entry::File(path, data) = entry {
                image = image.file(&path.to_uppercase(), data);
            }
        }
        let report = Workspace::new(wim_of([image]).to_bytes()).export().unwrap();
        assert!(report.warnings.is_empty() && report.boot_files.len() > 5);
    }
}

mod counts {
    use super::*;

    #[test]
    fn an_xml_of_another_count_is_warned_of() {
        let setup = winpe::image(Machine::X64, Edition::Setup);
        let source = wim_of([pe(), setup]).edit_xml(|text| {
            let second = text.find("<IMAGE INDEX=\"2\"").unwrap();
            xml::utf16le(&format!("{}</WIM>", &text[..second]))
        });
        let workspace = Workspace::new(source.to_bytes());
        assert_eq!(codes(&workspace.export().unwrap()), ["XML_COUNT_MISMATCH"]);
    }

    #[test]
    fn an_image_without_xml_is_known_by_its_files() {
        let source = wim_of([pe()]).xml_text("<WIM></WIM>");
        let workspace = Workspace::new(source.to_bytes());
        assert_eq!(codes(&workspace.export().unwrap()), ["XML_COUNT_MISMATCH", "ARCH_FROM_PE"]);
        let output = workspace.output();
        let image = &output.xml().images()[0];
        assert_eq!((image.name(), image.flags().as_deref()), (None, Some("9")));
        assert!(image.file_count() > Some(0));
    }

    /// Some of Microsoft's own archives have such entries. They are no images, and do not count.
    #[test]
    fn dead_metadata_does_not_count() {
        let dead = Image::new("dead").file("dead.txt", "dead").stale();
        let source = wim_of([dead, pe(), winpe::image(Machine::X64, Edition::Setup)]);
        let workspace = Workspace::new(source.to_bytes());
        let report = workspace.export_with(|request| request.index = Some(2)).unwrap();
        assert!(codes(&report).contains(&"STALE_METADATA"), "{:?}", report.warnings);
        let output = workspace.output();
        let metadata = output.image(ImageIndex::FIRST).unwrap();
        assert!(metadata.find(r"\sources\setup.exe").is_some() && metadata.find(r"\dead.txt").is_none());
        assert_eq!(output.blob_table().metadata(ImageIndex::FIRST).unwrap().reference_count, 1);
        assert!(output.warnings().is_empty());
    }
}

#[test]
fn a_boot_file_with_named_streams_is_warned_of() {
    let image = pe_without(&["EFI/bootmgfw.efi"])
        .add("Windows/Boot/EFI", Dentry::file("bootmgfw.efi", "loader").stream("Zone.Identifier", "x"));
    assert_eq!(codes(&Workspace::new(wim_of([image]).to_bytes()).export().unwrap()), ["BOOT_FILE_STREAMS"]);
}

#[test]
fn a_destination_called_esd_is_warned_of() {
    let workspace = Workspace::usual();
    let out = workspace.folder.path().join("boot.ESD");
    let report = workspace.export_with(|request| request.destination.clone_from(&out)).unwrap();
    assert_eq!(codes(&report), ["ESD_EXTENSION"]);
}

#[test]
fn an_export_that_is_not_verified_says_so() {
    let workspace = Workspace::usual();
    let report = workspace.export_with(|request| request.verify = false).unwrap();
    assert_eq!(codes(&report), ["NOT_VERIFIED"]);
    assert!(!report.export.unwrap().verified);
}
