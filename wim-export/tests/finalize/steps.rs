//! Every kind of step, with good and bad input. Those of the registry have a file of their own.

use std::fs;

use testdata::component;
use wim_export::ImageEditor;
use wim_export::boot::ReturnCode;
use wim_export::finalize::{FinalizeOptions, Outcome, StepProblem};
use wim_format::{FileAttributes, FileTime};

use crate::common::{in_folder, pe, problem, run, run_with, text};

#[track_caller]
fn assert_invalid(steps: &str, expected: &str) {
    let problem = problem(run(pe(), steps));
    assert!(matches!(&problem, StepProblem::Invalid { key, .. } if *key == expected), "{steps}: {problem:?}");
}

#[test]
fn assert() {
    let step = |rest: &str| format!("[[step]]\nkind = \"assert\"\n{rest}\n");
    run(pe(), &step("exists = ['/windows/SYSTEM32']\nabsent = ['\\x']")).unwrap();
    run(pe(), &step("exists = ['\\Windows\\System32\\startnet.cmd']\nmin_size = 9")).unwrap();
    for (rest, word) in [
        (r"exists = ['\x']", r"no \x"),
        (r"absent = ['\Windows']", r"a \Windows"),
        ("exists = ['\\Windows\\System32\\startnet.cmd']\nmin_size = 10", "9 bytes"),
        ("exists = ['\\x']\nmessage = \"take another\"", "take another"),
    ] {
        let error = run(pe(), &step(rest)).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(ReturnCode::from(&error).exit, 11);
    }
    assert_invalid(&step(""), "exists");
}

#[test]
fn delete_keeps_what_it_is_told_to() {
    let image = || pe().file("junk/a/b.log", "1").file("junk/a/c.txt", "2").file("junk/d.log", "3").dir("junk/empty");
    let left = |rest: &str| {
        let (editor, _) = run(image(), &format!("[[step]]\nkind = \"delete\"\n{rest}\n")).unwrap();
        let paths = crate::common::paths(&editor);
        let mut paths: Vec<_> = paths.into_iter().filter(|path| path.starts_with(r"\junk")).collect();
        paths.sort();
        paths.join(" ")
    };
    assert_eq!(left(r"paths = ['\junk\**']"), "");
    assert_eq!(left("paths = ['\\junk\\**']\nkeep = \"root\""), r"\junk");
    assert_eq!(left("paths = ['\\junk\\**']\nkeep = \"tree\""), r"\junk \junk\a \junk\empty");
    assert_eq!(left(r"paths = ['\junk\**\*.log']"), r"\junk \junk\a \junk\a\c.txt \junk\empty");
    assert_eq!(left("paths = ['\\junk\\**']\nexcept = ['\\junk\\a\\c.*']"), r"\junk \junk\a \junk\a\c.txt");
    assert_eq!(left("paths = ['\\junk']\nexcept = ['\\junk\\a']"), r"\junk \junk\a \junk\a\b.log \junk\a\c.txt");
    assert_eq!(left(r"paths = ['\JUNK\A']"), r"\junk \junk\d.log \junk\empty");
}

#[test]
fn delete_frees_what_nothing_else_needs() {
    let image = pe().file("x/one", "shared data").file("y/two", "shared data").file("x/own", "own");
    let (_, report) = run(image, "[[step]]\nkind = \"delete\"\npaths = ['\\x\\**']\n").unwrap();
    let step = &report.steps[0];
    assert_eq!((step.entries_removed, step.blobs_freed, step.bytes_freed), (3, 1, 3));
}

#[test]
fn delete_refuses_what_it_cannot() {
    let step = |rest: &str| format!("[[step]]\nkind = \"delete\"\n{rest}\n");
    for pattern in [r"\a\..\b", r"C:\x", r"\a**", ""] {
        assert_invalid(&step(&format!("paths = ['{pattern}']")), "paths");
        assert_invalid(&step(&format!("paths = ['\\x']\nexcept = ['{pattern}']")), "except");
    }
    let image = || pe().file("x/a", "1").file("x/b", "2");
    let limited = |limit: u32| run(image(), &step(&format!("paths = ['\\x\\*']\nmax_entries = {limit}")));
    assert_eq!(problem(limited(1)), StepProblem::TooMany { found: 2, limit: 1 });
    limited(2).unwrap();
}

#[test]
fn add() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("tree/sub")).unwrap();
    fs::write(path("tree/sub/New.txt"), "new").unwrap();
    fs::write(path("tree/WIN.INI"), "replaced").unwrap();
    let options = in_folder(folder.path());
    let add = |rest: &str| run_with(pe(), &format!("[[step]]\nkind = \"add\"\n{rest}\n"), &options);
    let (editor, report) = add("from = 'tree'\nto = '\\WINDOWS'").unwrap();
    assert_eq!(text(&editor, r"\Windows\win.ini"), "replaced");
    assert_eq!(text(&editor, r"\Windows\sub\new.txt"), "new");
    assert_eq!((report.steps[0].entries_added, report.steps[0].bytes_added), (2, 11));
    for to in [r"\Windows", r"\Windows\new\", r"\a\b\WIN.INI"] {
        let (editor, _) = add(&format!("from = 'tree/WIN.INI'\nto = '{to}'\nattributes = [\"hidden\"]")).unwrap();
        let at = if to.ends_with("INI") { to.to_owned() } else { format!(r"{}\win.ini", to.trim_end_matches('\\')) };
        assert_eq!(text(&editor, &at), "replaced", "{to}");
        let attributes = editor.metadata().inode_of(editor.find(&at).unwrap()).attributes;
        assert!(attributes.contains(FileAttributes::HIDDEN));
    }
    assert!(matches!(
        problem(add("from = 'tree'\nto = '\\Windows'\noverlay = false")),
        StepProblem::Invalid { key: "to", .. }
    ));
    add("from = 'tree'\nto = '\\fresh'\noverlay = false").unwrap();
    assert!(matches!(problem(add("from = 'tree'\nto = '\\Windows\\win.ini'")), StepProblem::Invalid { key: "to", .. }));
    let (editor, _) = add("from = 'tree'\nto = '\\x'\nsecurity = 'O:BAG:BAD:(A;;FA;;;BA)'").unwrap();
    assert_eq!(descriptor(&editor, r"\x\sub\New.txt"), Some(testdata::build::descriptor(0x001F_01FF)));
    let wrong = problem(add("from = 'tree'\nto = '\\x'\nsecurity = 'O:XX'"));
    assert!(matches!(wrong, StepProblem::Invalid { key: "security", .. }));
    assert!(matches!(problem(add("from = 'tree'\nto = '\\x'\nlocale_dir = 'x'")), StepProblem::NotAvailable(_)));
    let attributes = problem(add("from = 'tree'\nto = '\\x'\nattributes = ['directory']"));
    assert!(matches!(attributes, StepProblem::Invalid { key: "attributes", .. }));
    add("from = 'tree'\nto = '\\x'\nsecurity = 'none'").unwrap();
    let (editor, _) = add("from = 'tree/WIN.INI'\nto = '\\Windows\\System32\\startnet.cmd'\nif_newer = true").unwrap();
    assert_eq!(text(&editor, r"\Windows\System32\startnet.cmd"), "replaced", "the host's file is of today");
}

#[test]
fn added_files_have_the_time_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("f"), "x").unwrap();
    let mut options = in_folder(folder.path());
    options.time = Some(FileTime::from_unix_seconds(1_700_000_000));
    let (editor, _) = run_with(pe(), "[[step]]\nkind = \"add\"\nfrom = 'f'\nto = '\\new\\f'\n", &options).unwrap();
    for path in [r"\new", r"\new\f"] {
        let inode = editor.metadata().inode_of(editor.find(path).unwrap());
        assert_eq!(Some(inode.last_write_time), options.time, "{path}");
    }
}

#[test]
fn rename() {
    let step = |rest: &str| format!("[[step]]\nkind = \"rename\"\n{rest}\n");
    let (editor, report) = run(pe(), &step("from = '\\Windows\\win.ini'\nto = '\\Windows\\WIN.old'")).unwrap();
    assert!(editor.exists(r"\windows\win.OLD") && !editor.exists(r"\Windows\win.ini"));
    assert_eq!(report.steps[0].outcome, Outcome::Applied);
    let onto = "from = '\\Windows\\win.ini'\nto = '\\Windows\\System32\\wallpaper.jpg'";
    assert!(run(pe(), &step(onto)).is_err());
    let (_, report) = run(pe(), &step(&format!("{onto}\noverwrite = true"))).unwrap();
    assert_eq!(report.steps[0].entries_removed, 1);
    assert!(matches!(problem(run(pe(), &step("from = '\\x'\nto = '\\y'"))), StepProblem::NoMatch(_)));
}

/// The security descriptor of a file.
fn descriptor(editor: &ImageEditor, path: &str) -> Option<Vec<u8>> {
    let id = editor.metadata().inode_of(editor.find(path).unwrap()).security_id?;
    editor.metadata().security().get(id).map(<[u8]>::to_vec)
}

#[test]
fn set_attr() {
    let step = |rest: &str| format!("[[step]]\nkind = \"set_attr\"\npaths = ['\\Windows\\*.ini']\n{rest}\n");
    let (editor, _) = run(pe(), &step("set = [\"hidden\", \"system\"]\nclear = [\"archive\"]")).unwrap();
    let inode = editor.metadata().inode_of(editor.find(r"\Windows\win.ini").unwrap());
    assert_eq!(inode.attributes, FileAttributes::HIDDEN.with(FileAttributes::SYSTEM));
    assert_invalid(&step("set = [\"invisible\"]"), "set");
    assert_invalid(&step("times = \"epoch\""), "times");
    let (editor, report) = run(pe(), &step("security = 'O:BAG:BAD:(A;;FA;;;BA)'")).unwrap();
    assert_eq!(descriptor(&editor, r"\Windows\win.ini"), Some(testdata::build::descriptor(0x001F_01FF)));
    assert_eq!(report.steps[0].outcome, Outcome::Applied);
    let (editor, _) = run(pe(), &step("security = 'none'")).unwrap();
    assert_eq!(descriptor(&editor, r"\Windows\win.ini"), None);
    for wrong in ["inherit", "D:(A;;FA)", ""] {
        assert_invalid(&step(&format!("security = '{wrong}'")), "security");
    }
    let mut options = FinalizeOptions::default();
    options.time = Some(FileTime::from_unix_seconds(5));
    let (editor, _) = run_with(pe(), &step("times = \"epoch\""), &options).unwrap();
    let inode = editor.metadata().inode_of(editor.find(r"\Windows\win.ini").unwrap());
    assert_eq!(Some(inode.creation_time), options.time);
    let (_, report) = run(pe(), "[[step]]\nkind = \"set_attr\"\npaths = ['\\x']\nset = [\"hidden\"]\n").unwrap();
    assert_eq!(report.warnings[0].code, "NO_MATCH");
}

const STARTNET: &str = r"\Windows\System32\startnet.cmd";

fn text_step(rest: &str) -> String {
    format!("[[step]]\nkind = \"text\"\npath = '{STARTNET}'\n{rest}\n")
}

#[test]
fn a_text_is_written_changed_and_added_to() {
    for (rest, expected) in [
        ("content = '''\nwpeinit\ngo\n'''", "wpeinit\r\ngo\r\n"),
        ("append = 'go'", "wpeinit\r\ngo\r\n"),
        ("ensure_line = 'wpeinit'", "wpeinit\r\n"),
        ("ensure_line = 'go'", "wpeinit\r\ngo\r\n"),
        ("replace_line = 'wpeinit -unattend:x'\nmatch = 'WPE'", "wpeinit -unattend:x\r\n"),
        ("content = \"a\\nb\\n\"\nnewline = \"lf\"", "a\nb\n"),
        ("content = \"\u{fc}\"\nencoding = \"utf8\"", "\u{fc}"),
    ] {
        let (editor, report) = run(pe(), &text_step(rest)).unwrap();
        assert_eq!(text(&editor, STARTNET), expected, "{rest}");
        assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    }
    let (_, report) = run(pe(), &text_step("ensure_line = 'wpeinit'")).unwrap();
    assert_eq!(report.steps[0].outcome, Outcome::Unchanged);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t"), "from a file\n").unwrap();
    let (editor, _) = run_with(pe(), &text_step("content_file = 't'"), &in_folder(folder.path())).unwrap();
    assert_eq!(text(&editor, STARTNET), "from a file\r\n");
}

#[test]
fn a_text_keeps_its_encoding() {
    let utf16 =
        |text: &str| [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let step = "[[step]]\nkind = \"text\"\npath = '\\t.ini'\nappend = 'Ã¼'\n".replace("Ã¼", "\u{fc}");
    for (old, new) in [
        (utf16("a\r\n"), utf16("a\r\n\u{fc}\r\n")),
        (b"\xEF\xBB\xBFa".to_vec(), "\u{feff}a\r\n\u{fc}\r\n".as_bytes().to_vec()),
        (b"\xE9\r\n".to_vec(), b"\xE9\r\n\xFC\r\n".to_vec()),
    ] {
        let (editor, _) = run(pe().file("t.ini", old), &step).unwrap();
        assert_eq!(editor.read(r"\t.ini", 100).unwrap(), new);
    }
    let beyond = step.replace('\u{fc}', "\u{20ac}");
    let image = pe().file("t.ini", b"\xE9");
    assert!(matches!(problem(run(image, &beyond)), StepProblem::Invalid { key: "encoding", .. }));
    let (editor, _) = run(pe(), &step.replace("append = '\u{fc}'", "content = 'x'\nencoding = 'utf16le'")).unwrap();
    assert_eq!(editor.read(r"\t.ini", 100).unwrap(), utf16("x"));
}

#[test]
fn a_text_step_says_one_thing() {
    assert_invalid(&text_step(""), "content");
    assert_invalid(&text_step("content = 'a'\nappend = 'b'"), "content");
    assert_invalid(&text_step("replace_line = 'a'"), "match");
    assert_invalid(&text_step("replace_line = 'a'\nmatch = 'nothing like it'"), "match");
    assert_invalid(&text_step("append = 'a'\nmatch = 'b'"), "match");
}

#[test]
fn startnet_that_does_not_run_is_worth_a_warning() {
    let ini = pe().file("Windows/System32/winpeshl.ini", "[LaunchApps]\r\n");
    assert_eq!(run(ini, &text_step("append = 'x'")).unwrap().1.warnings[0].code, "STARTNET_NOT_RUN");
    let command = "[[step]]\nkind = \"registry\"\nhive = \"SYSTEM\"\nop = \"set\"\nkey = 'Setup'\nname = 'CmdLine'\ntype = 'sz'\nvalue = 'setup.exe'\n";
    let (_, report) = run(pe(), &format!("{command}{}", text_step("append = 'x'"))).unwrap();
    assert_eq!(report.warnings[0].code, "STARTNET_NOT_RUN");
}

#[test]
fn winpeshl() {
    const INI: &str = r"\Windows\System32\winpeshl.ini";
    let step = |rest: &str| format!("[[step]]\nkind = \"winpeshl\"\n{rest}\n");
    let (editor, _) = run(pe(), &step("apps = ['X:\\a.exe, /x', 'X:\\b.exe']")).unwrap();
    assert_eq!(text(&editor, INI), "[LaunchApps]\r\nX:\\a.exe, /x\r\nX:\\b.exe\r\n");
    let image = pe().file("Windows/System32/winpeshl.ini", "[LaunchApps]\r\nwpeinit\r\n");
    let (editor, _) = run(image, &step("apps = ['a.exe']\nappend = true")).unwrap();
    assert_eq!(text(&editor, INI), "[LaunchApps]\r\nwpeinit\r\na.exe\r\n");
    assert_invalid(&step("apps = []"), "apps");
    assert_invalid(&step("apps = [\"a\\nb\"]"), "apps");
    let image = pe().file("Windows/System32/winpeshl.ini", "[LaunchApps]\r\na\r\n[Other]\r\n");
    let append = run(image, &step("apps = ['a.exe']\nappend = true"));
    assert!(matches!(problem(append), StepProblem::Invalid { key: "append", .. }));
}

#[test]
fn drivers_are_added_and_loaded_when_the_image_starts() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("net/x64")).unwrap();
    fs::write(path("net/x64/nic.inf"), "[Version]").unwrap();
    fs::write(path("net/x64/nic.sys"), testdata::pe::image(testdata::pe::Machine::X64, b"code")).unwrap();
    fs::write(path("pack.zip"), "PK").unwrap();
    let options = in_folder(folder.path());
    let driver = |rest: &str| run_with(pe(), &format!("[[step]]\nkind = \"driver\"\n{rest}\n"), &options);
    let (editor, _) = driver("from = ['net']").unwrap();
    assert!(editor.exists(r"\Drivers\net\x64\nic.sys"));
    let line = "for /r X:\\Drivers %%i in (*.inf) do drvload \"%%i\"";
    assert_eq!(text(&editor, STARTNET), format!("wpeinit\r\n{line}\r\n"));
    let (editor, _) = driver("from = ['net/x64/nic.inf']\nto = '\\more'\ntrigger = \"none\"").unwrap();
    assert!(editor.exists(r"\more\x64\nic.sys"));
    assert_eq!(text(&editor, STARTNET), "wpeinit\r\n");
    assert!(matches!(problem(driver("from = ['net']\nmode = \"store\"")), StepProblem::NotAvailable(_)));
    assert!(matches!(problem(driver("from = ['pack.zip']")), StepProblem::NotAvailable(_)));
    fs::write(path("net/x64/nic.sys"), testdata::pe::image(testdata::pe::Machine::Arm64, b"code")).unwrap();
    let wrong = driver("from = ['net']").unwrap_err();
    assert!(wrong.to_string().contains("arm64") && ReturnCode::from(&wrong).exit == 11, "{wrong}");
    fs::remove_dir_all(path("net/x64")).unwrap();
    assert!(matches!(problem(driver("from = ['net']")), StepProblem::Invalid { key: "from", .. }));
}

#[test]
fn drivers_come_out_of_cabinets() {
    let folder = tempfile::tempdir().unwrap();
    let driver = |cabinet: &[u8]| {
        fs::write(folder.path().join("Net.CAB"), cabinet).unwrap();
        run_with(pe(), "[[step]]\nkind = \"driver\"\nfrom = ['Net.CAB']\n", &in_folder(folder.path()))
    };
    let packed = |name: &str| component::cabinet(&[(name, "[Version]"), ("x64\\nic.dat", "data")]);
    let (editor, _) = driver(&packed("nic.inf")).unwrap();
    assert_eq!(text(&editor, r"\Drivers\Net\nic.inf"), "[Version]");
    assert_eq!(text(&editor, r"\Drivers\Net\x64\nic.dat"), "data");
    assert!(matches!(problem(driver(&packed("readme.txt"))), StepProblem::Invalid { key: "from", .. }));
    for outside in ["..\\nic.inf", "\\nic.inf", "C:\\nic.inf", "a\\.\\nic.inf"] {
        assert!(matches!(problem(driver(&packed(outside))), StepProblem::HostKind(_)), "{outside}");
    }
    let error = driver(&packed("nic.inf")[..60]).unwrap_err();
    assert!(error.to_string().contains("Net.CAB"), "{error}");
}

#[test]
fn background() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("b.jpg"), b"\xFF\xD8\xFF\xE0 picture").unwrap();
    fs::write(folder.path().join("b.png"), b"\x89PNG").unwrap();
    let options = in_folder(folder.path());
    let step = |image, rest: &str| run_with(image, &format!("[[step]]\nkind = \"background\"\n{rest}\n"), &options);
    for (target, path) in [("auto", "winpe.jpg"), ("winpe", "winpe.jpg"), ("winre", "winre.jpg")] {
        let (editor, _) = step(pe(), &format!("from = 'b.jpg'\ntarget = '{target}'")).unwrap();
        assert!(editor.exists(&format!(r"\Windows\System32\{path}")), "{target}");
    }
    let (editor, _) = step(pe().file("Windows/System32/winre.jpg", "old"), "from = 'b.jpg'").unwrap();
    assert!(!editor.exists(r"\Windows\System32\winpe.jpg"));
    assert!(matches!(problem(step(pe(), "from = 'b.png'")), StepProblem::Invalid { key: "from", .. }));
}

#[test]
fn wimboot_ready() {
    let folder = tempfile::tempdir().unwrap();
    let media = folder.path().join("Media");
    fs::create_dir_all(media.join("EFI/microsoft/boot")).unwrap();
    fs::create_dir_all(media.join("Boot")).unwrap();
    fs::write(media.join("Boot/BOOT.SDI"), "sdi").unwrap();
    fs::write(media.join("EFI/microsoft/boot/bcd"), "bcd").unwrap();
    let options = in_folder(folder.path());
    let step = |rest: &str| format!("[[step]]\nkind = \"wimboot_ready\"\n{rest}\n");
    let (_, report) = run(pe(), &step("")).unwrap();
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    let bare = || testdata::build::Image::new("x").file("Windows/Boot/EFI/bootmgfw.efi", "efi");
    let (editor, report) = run_with(bare(), &step("media = 'Media'\nsdi_to = ['\\sms\\boot']"), &options).unwrap();
    assert_eq!(text(&editor, r"\Windows\Boot\DVD\EFI\boot.sdi"), "sdi");
    assert_eq!(text(&editor, r"\Windows\Boot\DVD\EFI\BCD"), "bcd");
    assert_eq!(text(&editor, r"\sms\boot\boot.sdi"), "sdi");
    assert_eq!(report.warnings[0].code, "NOT_WIMBOOT_READY", "there is no bootmgr.exe for BIOS");
    assert!(matches!(problem(run(bare(), &step(""))), StepProblem::Assertion(_)));
    let (_, report) = run(bare(), &step("require = false")).unwrap();
    assert_eq!(report.warnings.len(), 2);
    let no_media = run(bare(), &step("require = false\nsdi_to = ['\\sms\\boot']"));
    assert!(matches!(problem(no_media), StepProblem::Invalid { key: "sdi_to", .. }));
}

#[test]
fn verify_recompress_and_note() {
    let (_, report) = run(
        pe(),
        "[[step]]\nkind = \"verify\"\n[[step]]\nkind = \"recompress\"\n[[step]]\nkind = \"note\"\ntext = \"hello\"\n",
    )
    .unwrap();
    assert_eq!(report.steps[2].detail.as_deref(), Some("hello"));
    assert!(report.steps.iter().all(|step| step.outcome == Outcome::Unchanged));
    let broken = testdata::build::Image::new("x").file("a", "b");
    assert!(matches!(problem(run(broken, "[[step]]\nkind = \"verify\"\n")), StepProblem::Assertion(_)));
}
