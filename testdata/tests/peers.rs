//! What the builder writes, other implementations accept.

use std::path::Path;
use std::process::Command;

use testdata::build::{Codec, Dentry, Image, SolidOrder, Wim, descriptor, tagged, xml};

/// A tree with some of everything.
fn rich() -> Image {
    let big: Vec<u8> = (0..100_000u32).flat_map(|i| (i / 3).to_le_bytes()).collect();
    Image::new("rich")
        .security(descriptor(0x001F_01FF))
        .security(descriptor(0x0012_0089))
        .description("a < b & \"c\"")
        .edition_flags("Test")
        .file(r"\docs\a.txt", "hello")
        .file(r"\docs\big.bin", &big)
        .file(r"\empty", "")
        .dir(r"\docs\nothing")
        .add(r"\docs", Dentry::file("hard1", "linked").hard_link(7))
        .add(r"\docs", Dentry::file("hard2", "linked").hard_link(7))
        .add(r"\", Dentry::file("ads.txt", "main").stream("zone", "spooky").stream("none", "").security_id(0))
        .add(r"\", Dentry::dir("dir with ads").stream("x", "y").security_id(1).short_name("DIRWIT~1"))
        .add(r"\", Dentry::symlink("link", r"docs\a.txt"))
        .add(r"\", Dentry::junction("junction", r"C:\docs"))
        .add(r"\", Dentry::file("tagged", "t").trailing(&tagged::unix_data(1, 2, 0o100_644, 0)))
}

fn accepted(program: &Path, arguments: &[&str], file: &Path) {
    let output = Command::new(program).args(arguments).arg(file).output().expect("the peer runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {}:\n{text}", program.display(), file.display());
}

fn variants() -> Vec<(&'static str, Wim)> {
    let two = || Wim::new().image(rich()).image(Image::new("second").file(r"\b", "hello")).boot_index(2);
    let mut all = vec![
        ("default", Wim::new().image(Image::new("x").file("a.txt", "hello"))),
        ("two", two()),
        ("integrity", two().integrity(4096)),
        ("unreferenced", two().unreferenced("nobody wants me")),
        ("stale", Wim::new().image(rich().stale()).image(Image::new("live").file("f", "1"))),
        ("rp-fix", two().flags(testdata::build::header_flags::RP_FIX)),
        ("no-bom", two().edit_xml(|text| xml::utf16le_without_mark(&text))),
    ];
    for (name, codec) in [("xpress", Codec::Xpress), ("lzx", Codec::Lzx), ("lzms", Codec::Lzms)] {
        all.push((name, two().codec(codec)));
    }
    let orders = [
        ("solid", SolidOrder::ResourceThenMembers),
        ("solid-resources-first", SolidOrder::ResourcesFirst),
        ("solid-members-first", SolidOrder::MembersFirst),
        ("solid-members-then-resource", SolidOrder::MembersThenResource),
        ("solid-reversed", SolidOrder::ReversedMembers),
    ];
    for (name, order) in orders {
        all.push((name, two().codec(Codec::Lzx).solid(Codec::Lzms, 32 << 10).solid_resources(2, order)));
    }
    all
}

#[test]
fn wimlib_verifies_what_the_builder_writes() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let dir = scratch("wimlib");
    for (name, wim) in variants() {
        let file = dir.join(format!("{name}.wim"));
        std::fs::write(&file, wim.to_bytes()).expect("the file is written");
        accepted(&wimlib, &["verify"], &file);
    }
}

#[test]
fn seven_zip_tests_what_the_builder_writes() {
    let Some(seven_zip) = testdata::peer("7zz") else { return };
    let dir = scratch("7zz");
    // 7-Zip warns of a missing byte order mark and of a reference count that is too high, and fails with the warning.
    for (name, wim) in variants().into_iter().filter(|(name, _)| !["no-bom", "unreferenced"].contains(name)) {
        let file = dir.join(format!("{name}.wim"));
        std::fs::write(&file, wim.to_bytes()).expect("the file is written");
        accepted(&seven_zip, &["t", "-bso0"], &file);
    }
}

#[test]
fn wimlib_verifies_split_and_pipable_archives() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let dir = scratch("split");
    for (i, part) in Wim::new().image(rich()).build_parts(3).iter().enumerate() {
        let number = if i == 0 { String::new() } else { (i + 1).to_string() };
        std::fs::write(dir.join(format!("split{number}.swm")), &part.bytes).expect("the file is written");
    }
    let parts = format!("--ref={}", dir.join("split*.swm").display());
    accepted(&wimlib, &["verify", &parts], &dir.join("split.swm"));
    for (name, codec) in [("none", Codec::None), ("lzx", Codec::Lzx)] {
        let file = dir.join(format!("pipable-{name}.wim"));
        std::fs::write(&file, Wim::new().codec(codec).pipable().image(rich()).boot_index(1).to_bytes()).expect("ok");
        accepted(&wimlib, &["verify"], &file);
    }
}

/// An empty folder of this test's own below the target folder.
fn scratch(name: &str) -> std::path::PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).expect("the folder is made");
    dir
}
