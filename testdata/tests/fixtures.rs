//! The fixtures are what the table says they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use testdata::build::{Codec, Header, offsets};
use testdata::cases::{Case, Expect, HOSTILE_WIMS, WIMS};
use testdata::pe::{self, Machine};
use testdata::tree::Entry;
use testdata::{hostile, trees, winpe};

/// No hostile fixture is bigger, in bytes.
const HOSTILE_MAX: usize = 8 << 10;

#[test]
fn the_table_names_every_file_and_no_other() {
    for (folder, cases) in [("wims", WIMS), ("hostile", HOSTILE_WIMS)] {
        let listed = cases.iter().flat_map(|case| [case.file].into_iter().chain(case.references.iter().copied()));
        let listed: BTreeSet<String> = listed.map(str::to_string).collect();
        let files = std::fs::read_dir(testdata::path(folder)).expect("the folder can be read");
        let names = files.map(|file| file.expect("an entry").file_name().into_string().expect("an ASCII name"));
        let found: BTreeSet<String> =
            names.filter(|name| !name.ends_with(".md")).map(|name| format!("{folder}/{name}")).collect();
        assert_eq!(listed, found);
    }
}

#[test]
fn the_readmes_name_every_file() {
    for (folder, cases) in [("wims", WIMS), ("hostile", HOSTILE_WIMS)] {
        let readme = String::from_utf8(testdata::read(&format!("{folder}/README.md"))).expect("UTF-8");
        for case in cases {
            let name = case.file.rsplit('/').next().unwrap_or(case.file);
            assert!(readme.contains(&format!("`{name}`")), "{folder}/README.md does not say what {name} is");
        }
    }
}

#[test]
fn headers_agree_with_the_table() {
    let consistent = |case: &&Case| !matches!(case.file, "hostile/truncated.wim" | "hostile/table-in-header.wim");
    for case in WIMS.iter().chain(HOSTILE_WIMS).filter(consistent) {
        let bytes = testdata::read(case.file);
        let header = if case.pipable { &bytes[bytes.len() - offsets::header::LENGTH..] } else { &bytes[..] };
        let magic = if case.pipable { Header::PIPABLE_MAGIC } else { Header::MAGIC };
        assert_eq!(header[..magic.len()], magic, "{}", case.file);
        let codec_bits = u32_at(header, offsets::header::FLAGS) & 0x00FF_0002;
        assert_eq!(codec_bits, case.codec.header_flags(), "codec of {}", case.file);
        assert_eq!(u32_at(header, offsets::header::CHUNK_SIZE), case.chunk_size, "chunk size of {}", case.file);
        assert_eq!(u32_at(header, offsets::header::TOTAL_PARTS) & 0xFFFF, u32::from(case.parts), "{}", case.file);
        assert_eq!(u32_at(header, offsets::header::IMAGE_COUNT) as usize, case.images.len(), "{}", case.file);
        let integrity = header[offsets::header::INTEGRITY..offsets::header::RESERVED].iter().any(|&byte| byte != 0);
        assert_eq!(integrity, case.integrity, "integrity table of {}", case.file);
        let solid_version = case.solid.is_some() || case.codec == Codec::Lzms;
        let version = if solid_version { Header::SOLID_VERSION } else { Header::VERSION };
        assert_eq!(u32_at(header, offsets::header::VERSION), version, "version of {}", case.file);
        if case.expect == Expect::Valid {
            assert_eq!(u32_at(header, offsets::header::BOOT_INDEX), case.boot_index, "boot index of {}", case.file);
        }
    }
}

#[test]
fn hostile_fixtures_are_small_and_come_out_the_same_again() {
    for case in HOSTILE_WIMS {
        let bytes = hostile::bytes(case.file);
        assert!(bytes.len() <= HOSTILE_MAX, "{} has {} bytes", case.file, bytes.len());
        let hint = "`cargo run -p wimsmith-testdata --bin make-hostile` writes it again";
        assert!(bytes == testdata::read(case.file), "{} differs: {hint}", case.file);
    }
}

#[test]
fn wimlib_verifies_the_valid_fixtures() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    for case in WIMS {
        run(&wimlib, ["verify"].into_iter().map(String::from).chain(references(case)).chain([file(case.file)]));
    }
}

#[test]
fn the_images_hold_the_trees_that_the_table_says() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("apply");
    for case in WIMS {
        for (index, name) in case.images.iter().enumerate() {
            let Some(tree) = trees::by_name(name) else { continue };
            let _ = std::fs::remove_dir_all(&dir);
            let index = (index + 1).to_string();
            let target = dir.display().to_string();
            run(&wimlib, ["apply".into(), file(case.file), index, target].into_iter().chain(references(case)));
            for entry in tree.entries() {
                if let Entry::File(path, _) | Entry::HardLink(path, _) = entry {
                    let found = std::fs::read(dir.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
                    assert!(found == tree.data(path).expect("it is a file"), "{path} in image {name} of {}", case.file);
                }
            }
        }
    }
}

#[test]
fn the_boot_image_says_in_its_xml_what_its_hives_say() {
    let bytes = testdata::read("wims/two-images-lzx.wim");
    let xml = xml_of(&bytes);
    for image in
        [winpe::image_name(Machine::X64, winpe::Edition::Pe), winpe::image_name(Machine::X64, winpe::Edition::Setup)]
    {
        assert!(xml.contains(&format!("<NAME>{image}</NAME>")), "no image {image}");
    }
    // wimlib takes the first three from the hive SOFTWARE, the others from SYSTEM: they are read as hives.
    for element in [
        "<ARCH>9</ARCH>",
        "<EDITIONID>WindowsPE</EDITIONID>",
        "<INSTALLATIONTYPE>WindowsPE</INSTALLATIONTYPE>",
        "<PRODUCTTYPE>WinNT</PRODUCTTYPE>",
        "<DEFAULT>en-US</DEFAULT>",
        "<FLAGS>9</FLAGS>",
    ] {
        assert_eq!(xml.matches(element).count(), 2, "{element}");
    }
}

#[test]
fn wimlib_verifies_the_builders_boot_image_of_every_machine() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    for machine in Machine::ALL {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("boot-{machine:?}.wim"));
        std::fs::write(&path, winpe::boot_wim(machine).to_bytes()).expect("the file is written");
        run(&wimlib, ["verify".to_string(), path.display().to_string()]);
    }
}

#[test]
fn a_pe_image_states_its_machine() {
    for machine in Machine::ALL {
        let image = pe::image(machine, b"code");
        let header = u32_at(&image, 0x3C) as usize;
        assert_eq!(image[header..header + 4], *b"PE\0\0");
        assert_eq!(image[header + 4..header + 6], machine.pe_id().to_le_bytes());
    }
}

/// The XML of an ordinary archive.
fn xml_of(bytes: &[u8]) -> String {
    let start = u32_at(bytes, offsets::header::XML + offsets::resource::OFFSET) as usize;
    let size = u32_at(bytes, offsets::header::XML + offsets::resource::UNCOMPRESSED_SIZE) as usize;
    let units: Vec<u16> =
        bytes[start..start + size].chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    String::from_utf16(&units).expect("UTF-16")
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"))
}

fn file(name: &str) -> String {
    testdata::path(name).display().to_string()
}

/// The options that name the other files of a set.
fn references(case: &Case) -> Vec<String> {
    case.references.iter().map(|name| format!("--ref={}", file(name))).collect()
}

/// Runs a peer, which must succeed.
fn run(program: &PathBuf, arguments: impl IntoIterator<Item = String>) {
    let arguments: Vec<String> = arguments.into_iter().collect();
    let output = Command::new(program).args(&arguments).output().expect("the peer runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{} {}:\n{text}", program.display(), arguments.join(" "));
}
