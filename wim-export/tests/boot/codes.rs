//! Every return code that a run can have, one test each at least.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use testdata::build::{Codec, Wim, offsets};
use testdata::pe::Machine;
use testdata::winpe;
use wim_export::boot::{Architecture, BootRequest, BootSource, ReturnCode, export_boot};
use wim_export::{Destination, Error, OnExists};
use wim_format::Compression;

use super::workspace::{OLD, Workspace, boot_wim, pe, wim_of};

fn code(error: &Error) -> ReturnCode {
    ReturnCode::from(error)
}

#[test]
fn success_is_zero() {
    let workspace = Workspace::usual();
    let report = workspace.export().unwrap();
    assert_eq!((report.return_code().hresult, report.return_code().exit), (0, 0));
}

#[test]
fn every_other_code_is_a_negative_number_and_an_exit_code_of_its_own_kind() {
    let (success, failures) = ReturnCode::ALL.split_first().unwrap();
    assert_eq!(*success, ReturnCode::SUCCESS);
    for failure in failures {
        assert!(failure.hresult < 0 && failure.exit != 0 && failure.exit != 1, "{failure}");
        assert_eq!(
            failures.iter().filter(|other| (other.hresult, other.exit) == (failure.hresult, failure.exit)).count(),
            1,
            "{failure}"
        );
    }
}

#[test]
fn the_values_are_those_that_windows_has() {
    for (code, hresult, exit) in [
        (ReturnCode::ERROR_INVALID_PARAMETER, -2_147_024_809, 2),
        (ReturnCode::ERROR_FILE_NOT_FOUND, -2_147_024_894, 3),
        (ReturnCode::ERROR_PATH_NOT_FOUND, -2_147_024_893, 3),
        (ReturnCode::ERROR_NO_SUCH_IMAGE, -1_051_655_917, 4),
        (ReturnCode::ERROR_BAD_FORMAT, -2_147_024_885, 6),
        (ReturnCode::ERROR_INVALID_DATA, -2_147_024_883, 6),
        (ReturnCode::ERROR_FILE_CORRUPT, -2_147_023_504, 6),
        (ReturnCode::ERROR_SHARING_VIOLATION, -2_147_024_864, 8),
        (ReturnCode::ERROR_FILE_EXISTS, -2_147_024_816, 8),
        (ReturnCode::ERROR_DISK_FULL, -2_147_024_784, 9),
        (ReturnCode::ERROR_ACCESS_DENIED, -2_147_024_891, 9),
    ] {
        assert_eq!((code.hresult, code.exit), (hresult, exit), "{code}");
    }
}

#[test]
fn a_code_is_shown_in_hexadecimal_and_as_a_number() {
    assert_eq!(ReturnCode::SUCCESS.to_string(), "0x00000000 (sint32 0, SUCCESS)");
    assert_eq!(
        ReturnCode::ERROR_SHARING_VIOLATION.to_string(),
        "0x80070020 (sint32 -2147024864, ERROR_SHARING_VIOLATION)"
    );
}

mod arguments {
    use super::*;

    #[test]
    fn an_unknown_architecture() {
        let error = "mips".parse::<Architecture>().unwrap_err();
        assert_eq!(code(&error), ReturnCode::ERROR_INVALID_PARAMETER);
    }

    #[test]
    fn index_0() {
        let refused = |request: &mut BootRequest| request.index = Some(0);
        Workspace::usual().refuses(ReturnCode::ERROR_INVALID_PARAMETER, refused);
    }

    #[test]
    fn an_empty_destination() {
        let refused = |request: &mut BootRequest| request.destination = PathBuf::new();
        Workspace::usual().refuses(ReturnCode::ERROR_INVALID_PARAMETER, refused);
    }

    #[test]
    fn a_compression_that_does_not_boot() {
        let refused = |request: &mut BootRequest| request.compression = Some(Compression::Lzms);
        let message = Workspace::usual().refuses(ReturnCode::ERROR_INVALID_PARAMETER, refused);
        assert!(message.contains("not bootable"), "{message}");
    }

    #[test]
    fn no_index_where_nothing_boots() {
        let source = Wim::new().image(pe()).image(winpe::image(Machine::X64, winpe::Edition::Setup));
        let refused = |request: &mut BootRequest| request.index = None;
        Workspace::new(source.to_bytes()).refuses(ReturnCode::ERROR_INVALID_PARAMETER, refused);
    }

    #[test]
    fn a_folder_as_destination() {
        let workspace = Workspace::usual();
        let folder = workspace.folder.path().to_path_buf();
        workspace.refuses(ReturnCode::ERROR_INVALID_PARAMETER, |request| request.destination.clone_from(&folder));
    }

    #[test]
    fn a_folder_as_source() {
        let workspace = Workspace::usual();
        let folder = workspace.folder.path().to_path_buf();
        let refused = |request: &mut BootRequest| request.source = BootSource::File(folder.clone());
        workspace.refuses(ReturnCode::ERROR_INVALID_PARAMETER, refused);
    }

    #[test]
    fn standard_input_as_source() {
        let refused = |request: &mut BootRequest| request.source = BootSource::File("-".into());
        Workspace::usual().refuses(ReturnCode::ERROR_INVALID_PARAMETER, refused);
    }

    #[test]
    #[cfg(unix)]
    fn a_device_as_source() {
        let refused = |request: &mut BootRequest| request.source = BootSource::File("/dev/zero".into());
        Workspace::usual().refuses(ReturnCode::ERROR_INVALID_PARAMETER, refused);
    }

    #[test]
    fn a_destination_without_a_name() {
        let workspace = Workspace::usual();
        let path = PathBuf::from(format!("{}/", workspace.folder.path().join("x").display()));
        workspace.refuses(ReturnCode::ERROR_INVALID_NAME, |request| request.destination.clone_from(&path));
    }
}

mod not_found {
    use super::*;

    #[test]
    fn the_source() {
        let workspace = Workspace::usual();
        fs::remove_file(&workspace.source).unwrap();
        let message = workspace.refuses(ReturnCode::ERROR_FILE_NOT_FOUND, |_| {});
        assert!(message.contains("source.wim"), "{message}");
    }

    #[test]
    fn the_folder_of_the_source() {
        let workspace = Workspace::usual();
        let missing = workspace.folder.path().join("missing/source.wim");
        let refused = |request: &mut BootRequest| request.source = BootSource::File(missing.clone());
        workspace.refuses(ReturnCode::ERROR_PATH_NOT_FOUND, refused);
    }

    #[test]
    fn a_file_as_folder_of_the_source() {
        let workspace = Workspace::usual();
        let inside = workspace.source.join("x.wim");
        let refused = |request: &mut BootRequest| request.source = BootSource::File(inside.clone());
        workspace.refuses(ReturnCode::ERROR_PATH_NOT_FOUND, refused);
    }

    #[test]
    fn a_boot_image_in_an_adk() {
        let workspace = Workspace::usual();
        let root = workspace.folder.path().to_path_buf();
        let refused = |request: &mut BootRequest| request.source = BootSource::AdkRoot(root.clone());
        workspace.refuses(ReturnCode::ERROR_FILE_NOT_FOUND, refused);
    }

    #[test]
    fn an_adk() {
        let workspace = Workspace::usual();
        let root = workspace.folder.path().join("missing");
        let refused = |request: &mut BootRequest| request.source = BootSource::AdkRoot(root.clone());
        workspace.refuses(ReturnCode::ERROR_PATH_NOT_FOUND, refused);
    }

    #[test]
    fn the_folder_of_the_destination() {
        let workspace = Workspace::usual();
        let missing = workspace.folder.path().join("missing/boot.wim");
        workspace.refuses(ReturnCode::ERROR_PATH_NOT_FOUND, |request| request.destination.clone_from(&missing));
    }

    #[test]
    fn the_image() {
        for index in [3, u32::MAX] {
            let refused = |request: &mut BootRequest| request.index = Some(index);
            Workspace::usual().refuses(ReturnCode::ERROR_NO_SUCH_IMAGE, refused);
        }
    }

    #[test]
    fn any_image() {
        let refused = |request: &mut BootRequest| request.index = None;
        Workspace::new(Wim::new().to_bytes()).refuses(ReturnCode::ERROR_NO_SUCH_IMAGE, refused);
    }
}

#[test]
fn another_architecture() {
    let message = Workspace::usual().refuses(ReturnCode::ERROR_EXE_MACHINE_TYPE_MISMATCH, |request| {
        request.architecture = Architecture::X86;
    });
    assert!(message.contains("it is for x64, not for x86"), "{message}");
}

mod damage {
    use super::*;

    #[test]
    fn no_archive() {
        for bytes in [&b""[..], b"MSWIM\0\0\0", &[0; 4096]] {
            Workspace::new(bytes).refuses(ReturnCode::ERROR_BAD_FORMAT, |_| {});
        }
    }

    #[test]
    fn a_bad_header() {
        for (offset, value) in [
            (offsets::header::SIZE, 207_u32),
            (offsets::header::VERSION, 0x10E00),
            (offsets::header::FLAGS, 0x02),
            (offsets::header::PART_NUMBER, 0),
        ] {
            let bytes = wim_of([pe()]).build().patch(offset, value.to_le_bytes()).bytes;
            Workspace::new(bytes).refuses(ReturnCode::ERROR_BAD_FORMAT, |_| {});
        }
    }

    #[test]
    fn a_blob_table_outside_of_the_file() {
        let bytes = wim_of([pe()]).edit_header(|header| header.blob_table.offset = 1 << 40).to_bytes();
        Workspace::new(bytes).refuses(ReturnCode::ERROR_INVALID_DATA, |_| {});
    }

    #[test]
    fn malformed_metadata() {
        let bytes = wim_of([pe()]).edit_metadata(0, |bytes| bytes[0] = 0xFF).to_bytes();
        Workspace::new(bytes).refuses(ReturnCode::ERROR_INVALID_DATA, |_| {});
    }

    #[test]
    fn malformed_xml() {
        let bytes = wim_of([pe()]).xml_text("<WIM><IMAGE INDEX=\"1\"></WIM>").to_bytes();
        Workspace::new(bytes).refuses(ReturnCode::ERROR_INVALID_DATA, |_| {});
    }

    #[test]
    fn an_image_without_metadata() {
        let bytes = boot_wim(Machine::X64)
            .edit_table(|table| {
                table.remove(1);
            })
            .to_bytes();
        let refused = |request: &mut BootRequest| request.index = Some(2);
        Workspace::new(bytes).refuses(ReturnCode::ERROR_INVALID_DATA, refused);
    }

    #[test]
    fn a_resource_outside_of_the_file() {
        let bytes = wim_of([pe()]).edit_table(|table| table.last_mut().unwrap().resource.offset = 1 << 30).to_bytes();
        Workspace::new(bytes).refuses(ReturnCode::ERROR_INVALID_DATA, |_| {});
    }

    #[test]
    fn metadata_that_does_not_match_its_hash() {
        let built = wim_of([pe()]).build();
        let middle = built.table[0].resource.offset + built.table[0].resource.uncompressed_size / 2;
        let bytes = built.flip(middle as usize).bytes;
        Workspace::new(bytes).refuses(ReturnCode::ERROR_FILE_CORRUPT, |_| {});
    }

    #[test]
    fn a_blob_that_does_not_match_its_hash() {
        let tree = winpe::tree(Machine::X64, winpe::Size::Tiny, winpe::Edition::Pe);
        let built = wim_of([pe()]).build();
        let offset = built.entry(tree.data("Windows/System32/ntdll.dll").unwrap()).resource.offset;
        let bytes = built.flip(offset as usize + 5).bytes;
        let message = Workspace::new(bytes).fails(ReturnCode::ERROR_FILE_CORRUPT, |_| {});
        // The file has a hard link, and either name will do.
        assert!(message.contains("ntdll.dll"), "{message}");
    }

    #[test]
    fn a_blob_that_does_not_decompress() {
        let bytes = testdata::read("wims/two-images-lzx.wim");
        let archive = super::super::util::from_bytes(bytes.clone()).unwrap();
        let metadata = archive.image(wim_format::ImageIndex::FIRST).unwrap();
        let id = metadata.find(r"\Windows\System32\kernel32.dll").unwrap();
        let blob = archive.blob(&metadata.inode_of(id).data_hash()).unwrap();
        let wim_format::BlobLocation::Resource(resource) = blob.location else { panic!("not solid") };
        let mut bytes = bytes;
        let middle = (resource.offset + resource.size_in_wim / 2) as usize;
        bytes[middle..middle + 64].fill(0xFF);
        Workspace::new(bytes).fails(ReturnCode::ERROR_FILE_CORRUPT, |_| {});
    }

    #[test]
    fn an_integrity_table_that_does_not_match() {
        let bytes = wim_of([pe()]).integrity(4096).edit_integrity(|table| table.hashes[0][0] ^= 1).to_bytes();
        let workspace = Workspace::new(bytes);
        workspace.refuses(ReturnCode::ERROR_FILE_CORRUPT, |request| request.check_integrity = true);
        // Nobody asked: every byte that is exported is checked anyway.
        workspace.export().unwrap();
    }

    #[test]
    fn a_blob_that_is_missing() {
        let tree = winpe::tree(Machine::X64, winpe::Size::Tiny, winpe::Edition::Pe);
        let bytes = wim_of([pe()]).omit(tree.data("Windows/INF/disk.inf").unwrap()).to_bytes();
        let message = Workspace::new(bytes).refuses(ReturnCode::ERROR_NOT_FOUND, |_| {});
        assert!(message.contains(r"\Windows\INF\disk.inf"), "{message}");
    }

    #[test]
    fn cut_off_at_every_byte() {
        let whole = wim_of([pe()]).to_bytes();
        let header_and_tables = (0..208).chain((208..whole.len()).step_by(199));
        let workspace = Workspace::new(&whole);
        for len in header_and_tables {
            fs::write(&workspace.source, &whole[..len]).unwrap();
            let error = workspace.export().expect_err("something is missing");
            assert_eq!(code(&error).exit, 6, "{len} of {} bytes: {error}", whole.len());
            assert_eq!(fs::read(&workspace.out).unwrap(), OLD);
        }
        assert_eq!(workspace.names(), ["boot.wim", "source.wim"]);
    }
}

mod unsupported {
    use super::*;

    #[track_caller]
    fn refused(bytes: impl AsRef<[u8]>, says: &str) {
        let message = Workspace::new(bytes).refuses(ReturnCode::ERROR_NOT_SUPPORTED, |_| {});
        assert!(message.contains(says), "{message}");
    }

    #[test]
    fn an_encrypted_esd() {
        let error = Workspace::new(testdata::read("hostile/encrypted.wim")).export().unwrap_err();
        assert_eq!(code(&error), ReturnCode::ERROR_NOT_SUPPORTED);
    }

    #[test]
    fn one_part_of_a_split_set() {
        let parts = wim_of([pe()]).build_parts(3);
        let message = Workspace::new(&parts[0].bytes).refuses(ReturnCode::ERROR_NOT_SUPPORTED, |_| {});
        assert!(message.contains("missing: 2, 3"), "{message}");
        refused(&parts[1].bytes, "part 2 of 3");
    }

    #[test]
    fn a_split_set_that_is_not_complete() {
        let parts = wim_of([pe()]).build_parts(3);
        let workspace = Workspace::new(&parts[0].bytes);
        let second = workspace.folder.path().join("part2.swm");
        fs::write(&second, &parts[1].bytes).unwrap();
        let message =
            workspace.refuses(ReturnCode::ERROR_NOT_SUPPORTED, |request| request.references = vec![second.clone()]);
        assert!(message.contains("missing: 3"), "{message}");
    }

    #[test]
    fn the_layout_for_pipes() {
        refused(wim_of([pe()]).pipable().to_bytes(), "layout for pipes");
    }

    #[test]
    fn an_archive_that_was_not_finished() {
        let flag = testdata::build::header_flags::WRITE_IN_PROGRESS;
        refused(wim_of([pe()]).flags(flag).to_bytes(), "did not finish");
    }

    #[test]
    fn no_boot_image() {
        refused(wim_of([pe()]).edit_xml(|xml| to_server(&xml)).to_bytes_without_pe_programs(), "--any-image");
    }

    #[test]
    fn an_image_that_does_not_boot_in_its_archive() {
        let message = Workspace::usual().refuses(ReturnCode::ERROR_NOT_SUPPORTED, |request| {
            request.index = Some(2);
            request.require_boot_index = true;
        });
        assert!(message.contains("boot index is 1"), "{message}");
    }

    fn to_server(xml: &str) -> Vec<u8> {
        testdata::build::xml::utf16le(
            &xml.replace("WindowsPE", "ServerStandard").replace("<FLAGS>9<", "<FLAGS>ServerStandard<"),
        )
    }

    /// The archive without the programs by which a Windows PE is known if its XML does not tell.
    trait WithoutPrograms {
        fn to_bytes_without_pe_programs(self) -> Vec<u8>;
    }

    impl WithoutPrograms for Wim {
        fn to_bytes_without_pe_programs(self) -> Vec<u8> {
            self.edit_metadata(0, |bytes| rename(bytes, "wpeinit.exe", "wpeinit.old")).to_bytes()
        }
    }

    /// Renames every entry of that name; names of equal length only.
    fn rename(bytes: &mut [u8], from: &str, to: &str) {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let (from, to) = (utf16(from), utf16(to));
        let mut at = 0;
        while let Some(found) = bytes[at..].windows(from.len()).position(|window| window == from) {
            bytes[at + found..at + found + to.len()].copy_from_slice(&to);
            at += found + to.len();
        }
    }
}

mod destination {
    use super::*;

    #[test]
    fn it_exists_and_shall_stay() {
        let refused = |request: &mut BootRequest| request.destination_options.on_exists = OnExists::Fail;
        Workspace::usual().refuses(ReturnCode::ERROR_FILE_EXISTS, refused);
    }

    #[test]
    fn another_run_writes_it() {
        let workspace = Workspace::usual();
        let lock = Destination::create(&workspace.out, &Default::default()).unwrap();
        workspace.fails(ReturnCode::ERROR_SHARING_VIOLATION, |_| {});
        drop(lock);
        workspace.export().unwrap();
    }

    #[test]
    fn it_is_the_source() {
        let workspace = Workspace::usual();
        let source = workspace.source.clone();
        let message =
            workspace.refuses(ReturnCode::ERROR_FILE_EXISTS, |request| request.destination.clone_from(&source));
        assert!(message.contains("--allow-self"), "{message}");
    }
}

mod system {
    use super::*;

    /// Even root may not create files there.
    #[test]
    #[cfg(target_os = "linux")]
    fn access_denied() {
        if !Path::new("/sys/kernel").exists() {
            eprintln!("skipped: no /sys here");
            return;
        }
        let denied = |request: &mut BootRequest| request.destination = "/sys/kernel/boot.wim".into();
        Workspace::usual().fails(ReturnCode::ERROR_ACCESS_DENIED, denied);
    }

    #[test]
    fn over_a_limit() {
        let limited = |request: &mut BootRequest| request.limits.metadata_bytes = 100;
        Workspace::usual().refuses(ReturnCode::ERROR_OUTOFMEMORY, limited);
    }

    #[test]
    fn cancelled() {
        let workspace = Workspace::usual();
        let error = export_boot(&workspace.request(), &mut |_| ControlFlow::Break(())).unwrap_err();
        assert_eq!(code(&error), ReturnCode::ERROR_CANCELLED);
        assert_eq!(workspace.output_bytes(), OLD);
        assert_eq!(workspace.names(), ["boot.wim", "source.wim"]);
    }

    #[test]
    fn what_the_system_says() {
        let io = |action, kind: io::ErrorKind| Error::Io { action, path: PathBuf::new(), source: kind.into() };
        let write =
            |kind: io::ErrorKind| Error::Write { path: None, offset: 0, size: 0, total: None, source: kind.into() };
        for (error, expected) in [
            (io("open", io::ErrorKind::PermissionDenied), ReturnCode::ERROR_ACCESS_DENIED),
            (io("create", io::ErrorKind::ReadOnlyFilesystem), ReturnCode::ERROR_ACCESS_DENIED),
            (io("open", io::ErrorKind::NotFound), ReturnCode::ERROR_FILE_NOT_FOUND),
            (io("replace", io::ErrorKind::NotFound), ReturnCode::ERROR_PATH_NOT_FOUND),
            (io("read", io::ErrorKind::Other), ReturnCode::ERROR_READ_FAULT),
            (io("sync", io::ErrorKind::Other), ReturnCode::ERROR_WRITE_FAULT),
            (io("create", io::ErrorKind::StorageFull), ReturnCode::ERROR_DISK_FULL),
            (io("create", io::ErrorKind::InvalidFilename), ReturnCode::ERROR_INVALID_NAME),
            (write(io::ErrorKind::StorageFull), ReturnCode::ERROR_DISK_FULL),
            (write(io::ErrorKind::QuotaExceeded), ReturnCode::ERROR_DISK_FULL),
            (write(io::ErrorKind::Other), ReturnCode::ERROR_WRITE_FAULT),
            (write(io::ErrorKind::OutOfMemory), ReturnCode::ERROR_OUTOFMEMORY),
            (Error::Internal("a bug".to_owned()), ReturnCode::E_UNEXPECTED),
        ] {
            assert_eq!(code(&error), expected, "{error:?}");
        }
    }

    #[test]
    fn a_full_disk_is_told_with_the_file_and_the_size() {
        let source = io::ErrorKind::StorageFull.into();
        let error = Error::Write { path: None, offset: 0x1000, size: 512, total: Some(99_999), source };
        let message = error.with_destination(Path::new("/srv/boot.wim")).to_string();
        assert_eq!(message, "/srv/boot.wim: cannot write 512 bytes at 0x1000 of about 99999 in all");
    }

    #[test]
    fn an_lzms_source_of_64_mib_chunks_is_no_error() {
        // Such memory is no matter for a limit: a chunk is only as large as its data.
        let source = wim_of([pe()]).codec_with(Codec::Lzms, 64 << 20).to_bytes();
        Workspace::new(source).export_with(|request| request.compression = Some(Compression::None)).unwrap();
    }
}
