//! The layout for pipes: written from front to back, read by wimlib, and by us.

mod util;

use testdata::cases::WIMS;
use wim_export::{BootChoice, Error, ExportOptions, ExportPlan, StreamTarget};
use wim_format::{Compression, ImageIndex};

fn pipable(compression: Option<Compression>) -> ExportOptions {
    let mut options = ExportOptions::default();
    options.compression = compression;
    options.pipable = true;
    options.boot = BootChoice::Exported;
    options
}

/// Writes to something that takes bytes in order only.
fn stream(source: &wim_export::Archive, options: ExportOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    let plan = ExportPlan::new(source, &[ImageIndex::FIRST], options).unwrap();
    plan.write(&mut StreamTarget::new(&mut bytes), &mut ()).unwrap();
    bytes
}

#[test]
fn what_went_through_a_pipe_holds_the_same_content() {
    for case in WIMS {
        let source = util::open(case).unwrap();
        for compression in [Compression::None, Compression::Xpress, Compression::Lzx] {
            let copy = util::from_bytes(stream(&source, pipable(Some(compression)))).unwrap();
            assert!(copy.header().pipable);
            let report = util::check(&copy).unwrap();
            assert!(report.is_ok(), "{}, {compression}: {:?}", case.file, report.problems);
            assert!(util::contents(&copy, 1) == util::contents(&source, 1), "{}, {compression}", case.file);
        }
    }
}

#[test]
fn resources_for_pipes_are_copied_into_archives_for_pipes_only() {
    let case = WIMS.iter().find(|case| case.file == "wims/pipable.wim").unwrap();
    let source = util::open(case).unwrap();
    let plan = ExportPlan::new(&source, &[ImageIndex::FIRST], pipable(None)).unwrap();
    assert_eq!(plan.summary().encoded, 0);
    let back = ExportPlan::new(&source, &[ImageIndex::FIRST], ExportOptions::default()).unwrap();
    assert_eq!(back.summary().copied, 0);
}

#[test]
fn only_the_layout_for_pipes_goes_into_a_pipe() {
    let source = util::open(&WIMS[0]).unwrap();
    let plan = ExportPlan::new(&source, &[ImageIndex::FIRST], ExportOptions::default()).unwrap();
    let error = plan.write(&mut StreamTarget::new(Vec::new()), &mut ()).unwrap_err();
    assert!(matches!(error, Error::Write { .. }), "{error}");
    let mut solid = pipable(None);
    solid.solid = Some(true);
    assert!(matches!(ExportPlan::new(&source, &[ImageIndex::FIRST], solid), Err(Error::Unsupported { .. })));
}

#[test]
fn ill_formed_xml_is_repaired_on_its_way_into_a_pipe() {
    let mut bytes = testdata::build::Wim::new().image(testdata::build::Image::new("?").file("a", "a")).to_bytes();
    let question: Vec<u8> = ">?<".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = bytes.windows(question.len()).position(|window| window == question).unwrap() + 2;
    bytes[at..at + 2].copy_from_slice(&0xD800u16.to_le_bytes());
    let source = util::from_bytes(bytes).unwrap();
    assert_eq!(source.warnings().len(), 1);
    let copy = util::from_bytes(stream(&source, pipable(None))).unwrap();
    assert_eq!(copy.warnings(), []);
    assert_eq!(copy.image_name(ImageIndex::FIRST).as_deref(), Some("\u{FFFD}"));
}

#[test]
fn wimlib_reads_it_from_a_file_and_from_a_pipe() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = util::open(WIMS.iter().find(|case| case.file == "wims/two-images-lzx.wim").unwrap()).unwrap();
    for compression in [Compression::None, Compression::Xpress, Compression::Lzx] {
        let path = folder.path().join("pipe.wim");
        let mut options = pipable(Some(compression));
        options.integrity = true;
        let mut file = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        ExportPlan::new(&source, &[ImageIndex::FIRST], options).unwrap().write(&mut file, &mut ()).unwrap();
        let run = |arguments: &[&str], input: std::process::Stdio| {
            let mut command = std::process::Command::new(&wimlib);
            let output = command.args(arguments).current_dir(folder.path()).stdin(input).output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        };
        run(&["verify", "pipe.wim"], std::process::Stdio::null());
        let target = format!("{compression}");
        run(&["apply", "-", "1", &target], std::fs::File::open(&path).unwrap().into());
        assert!(folder.path().join(&target).join("Windows/System32/ntoskrnl.exe").exists());
    }
}
