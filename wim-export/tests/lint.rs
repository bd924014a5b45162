//! Every rule of the linter is broken by an archive that breaks nothing else.

use std::io;
use std::sync::Arc;

use testdata::build::{Codec, Content, Dentry, Image, ROOT, Stream, Subdir, Wim, attributes, offsets, xml};
use testdata::pe::Machine;
use testdata::winpe::{self, Edition};
use wim_export::lint::{self, Consumer, Rule};
use wim_export::{Archive, ExportOptions, ExportPlan, ImageEditor, NewBlob, NewEntry, OnConflict, ReadAt};
use wim_format::{Compression, ImageIndex};

/// The bit of a resource's flags that marks metadata.
const METADATA: u8 = 2;
/// The one that marks compressed data.
const COMPRESSED: u8 = 4;

/// A boot image that lacks nothing.
fn image() -> Image {
    winpe::image(Machine::X64, Edition::Pe).file(r"\Windows\Boot\EFI_EX\bootmgfw_EX.efi", "signed in 2023")
}

fn wim_of(image: Image) -> Wim {
    Wim::new().image(image).boot_index(1)
}

fn wim() -> Wim {
    wim_of(image())
}

/// The archive whose XML has `to` in the place of `from`.
fn with_xml(from: &'static str, to: &'static str) -> Wim {
    wim().edit_xml(move |text| {
        assert!(text.contains(from), "{from} is not in {text}");
        xml::utf16le(&text.replace(from, to))
    })
}

/// The archive after an edit of its tree.
fn edited(edit: impl Fn(&mut ImageEditor)) -> Vec<u8> {
    let archive = Archive::from_source(Arc::new(wim().to_bytes())).unwrap();
    let mut editor = ImageEditor::new(&archive, ImageIndex::FIRST).unwrap();
    edit(&mut editor);
    let draft = editor.into_archive(None, &mut ()).unwrap();
    let mut options = ExportOptions::default();
    options.compression = Some(Compression::None);
    let mut out = Vec::new();
    ExportPlan::rebuild(&draft, &[ImageIndex::FIRST], options).unwrap().write(&mut out, &mut ()).unwrap();
    out
}

fn without(paths: &[&str]) -> Vec<u8> {
    edited(|editor| {
        for path in paths {
            editor.remove(path).unwrap();
        }
    })
}

/// The archive with its XML in chunks, each stored raw, as if it were compressed.
fn compressed_xml() -> Vec<u8> {
    wim().codec(Codec::Xpress).edit_header(|header| header.xml.flags |= COMPRESSED).to_bytes()
}

/// The archive with a second blob where the first one is.
fn overlapping() -> Vec<u8> {
    let add = |table: &mut Vec<testdata::build::TableEntry>| {
        let mut entry = table[table.len() - 1].clone();
        entry.hash = [7; 20];
        table.push(entry);
    };
    wim().edit_table(add).to_bytes()
}

/// An archive that is followed by zeros.
struct Huge(Vec<u8>, u64);

impl ReadAt for Huge {
    fn len(&self) -> io::Result<u64> {
        Ok(self.1)
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        for (byte, at) in bytes.iter_mut().zip(offset..) {
            *byte = usize::try_from(at).ok().and_then(|at| self.0.get(at)).copied().unwrap_or(0);
        }
        Ok(())
    }
}

/// For whom the archive that breaks a rule is checked, and the archive.
fn broken(rule: &str) -> (Consumer, Arc<dyn ReadAt>) {
    use Consumer::{Bootmgr, Dism, Fat32, Setup, Wds, Wimboot};
    let named = |name: &str, data: &str| Stream { name: name.into(), content: Content::of(data) };
    let (consumer, bytes) = match rule {
        "no-images" => (Dism, Wim::new().to_bytes()),
        "version" => (Bootmgr, wim().edit_header(|header| header.version = 0xE00).to_bytes()),
        "codec" => (Bootmgr, wim().codec(Codec::Lzms).edit_header(|header| header.version = 0x10D00).to_bytes()),
        "boot-chunk-size" => (Bootmgr, wim().codec_with(Codec::Xpress, 64 << 10).to_bytes()),
        "chunk-size" => (Dism, wim().codec_with(Codec::Xpress, 64 << 10).to_bytes()),
        "solid" => (Bootmgr, wim().solid(Codec::Lzx, 32 << 10).to_bytes()),
        "pipable" => (Dism, wim().pipable().to_bytes()),
        "split" => (Bootmgr, wim().edit_header(|header| header.total_parts = 2).to_bytes()),
        "split-servicing" => {
            (Dism, wim_of(image()).boot_index(0).edit_header(|header| header.total_parts = 2).to_bytes())
        }
        "split-boot-index" => (Setup, wim().edit_header(|header| header.total_parts = 2).to_bytes()),
        "lzms-servicing" => (Dism, wim().codec(Codec::Lzms).to_bytes()),
        "solid-chunk-size" => (Setup, wim().solid(Codec::Lzms, 128 << 20).to_bytes()),
        "compressed-tables" => (Bootmgr, compressed_xml()),
        "equal-size" => {
            let mark = |table: &mut Vec<testdata::build::TableEntry>| {
                let blob = table.iter_mut().find(|entry| entry.resource.flags & METADATA == 0);
                blob.unwrap().resource.flags |= COMPRESSED;
            };
            (Dism, wim().codec(Codec::Xpress).edit_table(mark).to_bytes())
        }
        "image-count" => (Bootmgr, wim().image(Image::new("another")).to_bytes()),
        "boot-index" => (Bootmgr, Wim::new().image(image()).to_bytes()),
        "boot-metadata" => (Bootmgr, wim().edit_header(|header| header.boot_metadata.offset += 8).to_bytes()),
        "stale-metadata" => (Wimboot, Wim::new().image(image().stale()).image(image()).boot_index(1).to_bytes()),
        "write-in-progress" => (Dism, wim().flags(0x40).to_bytes()),
        "duplicate-blob" => (Dism, wim().edit_table(|table| table.push(table[table.len() - 1].clone())).to_bytes()),
        "empty-blob" => {
            let add = |table: &mut Vec<testdata::build::TableEntry>| {
                let mut entry = table[table.len() - 1].clone();
                (entry.resource.size_in_wim, entry.resource.uncompressed_size) = (0, 0);
                entry.hash = [7; 20];
                table.push(entry);
            };
            (Dism, wim().edit_table(add).to_bytes())
        }
        "xml-byte-order-mark" => (Dism, wim().edit_xml(|text| xml::utf16le_without_mark(&text)).to_bytes()),
        "xml-image-count" => (Dism, with_xml("</WIM>", "<IMAGE INDEX=\"2\"><NAME>x</NAME></IMAGE></WIM>").to_bytes()),
        "trailing-bytes" => (Dism, wim().tail("behind everything").to_bytes()),
        "blob-table-length" => {
            let longer = |header: &mut testdata::build::Header| {
                header.blob_table.size_in_wim += 3;
                header.blob_table.uncompressed_size += 3;
            };
            (Dism, wim().edit_header(longer).to_bytes())
        }
        "overlap" => (Setup, overlapping()),
        "xml-encoding" => {
            let name = "Microsoft Windows PE (x64)";
            let half = move |text: String| {
                let mut bytes = xml::utf16le(&text);
                let at = text.split_once(name).unwrap().0.encode_utf16().count() + 1;
                bytes[2 * at..2 * at + 2].copy_from_slice(&0xD800u16.to_le_bytes());
                bytes
            };
            (Dism, wim().edit_xml(half).to_bytes())
        }
        "xml-image-order" => {
            let swap = |text: String| {
                let text = text.replace("INDEX=\"1\"", "INDEX=\"3\"").replace("INDEX=\"2\"", "INDEX=\"1\"");
                xml::utf16le(&text.replace("INDEX=\"3\"", "INDEX=\"2\""))
            };
            (Dism, Wim::new().image(Image::new("a")).image(Image::new("b")).edit_xml(swap).to_bytes())
        }
        "gaps" => (Dism, wim().edit_metadata(0, |bytes| bytes.extend([7; 16])).to_bytes()),
        "security-id" => (Dism, wim_of(image().add("", Dentry::file("x", "y").security_id(99))).to_bytes()),
        "security-length" => {
            // Eight bytes more than the descriptors, of which there are none, and the tree behind them.
            let room = |bytes: &mut Vec<u8>| {
                bytes.splice(8..8, [0; 8]);
                bytes[0] = 16;
                bytes[16 + offsets::dentry::SUBDIR_OFFSET] += 8;
            };
            (Dism, Wim::new().image(Image::new("x").file("a", "1")).edit_metadata(0, room).to_bytes())
        }
        "entry-name" => (Wds, wim_of(image().file("x", "y").add("", Dentry::file("..", "y"))).to_bytes()),
        "duplicate-name" => (Bootmgr, wim_of(image().file("a", "1").add("", Dentry::file("a", "1"))).to_bytes()),
        "children-of-file" => {
            // Its list is that of the root, so no byte is lost.
            let file = Dentry::file("f", "x").subdir(Subdir::Of(ROOT));
            (Wds, wim_of(image().add("", file)).to_bytes())
        }
        "hard-links" => {
            let name = |name, data| Dentry::file(name, data).hard_link(77);
            (Wds, wim_of(image().add("", name("x", "1")).add("", name("y", "2"))).to_bytes())
        }
        "surplus-stream" => {
            let streams = vec![named("", "data"), named("", "data")];
            (Wds, wim_of(image().add("", Dentry::file("x", "data").explicit_streams([0; 20], streams))).to_bytes())
        }
        "reference-count" => {
            let add = |table: &mut Vec<testdata::build::TableEntry>| {
                let blob = table.iter_mut().find(|entry| entry.resource.flags & METADATA == 0);
                blob.unwrap().reference_count += 1;
            };
            (Dism, wim().edit_table(add).to_bytes())
        }
        "unreferenced" => (Dism, wim().unreferenced("nobody needs this").to_bytes()),
        "missing-blob" => (Dism, wim_of(image().file("x", "not there")).omit("not there").to_bytes()),
        "zero-times" => (Bootmgr, wim_of(image().add("", Dentry::file("x", "y").times(0, 0, 0))).to_bytes()),
        "directory-data" => {
            let directory = Dentry::dir("d").explicit_streams(Content::of("data").hash, Vec::new());
            (Wds, wim_of(image().file("x", "data").add("", directory)).to_bytes())
        }
        "mixed-streams" => {
            let streams = vec![named("s", "other")];
            let file = Dentry::file("x", "data").explicit_streams(Content::of("data").hash, streams);
            (Bootmgr, wim_of(image().file("y", "data").add("", file)).to_bytes())
        }
        "stream-order" => {
            let streams = vec![named("s", "other"), named("", "data")];
            let file = Dentry::file("x", "data").explicit_streams([0; 20], streams);
            (Wds, wim_of(image().add("", file)).to_bytes())
        }
        "directory-link-stream" => {
            let link = Dentry::junction("j", r"\Windows");
            let data = link.contents()[0].clone();
            let link = link.explicit_streams([0; 20], vec![Stream { name: "".into(), content: data }]);
            (Setup, wim_of(image().add("", link)).to_bytes())
        }
        "plain-file-stream" => {
            let file = Dentry::file("x", "data").explicit_streams([0; 20], vec![named("", "data")]);
            (Bootmgr, wim_of(image().add("", file)).to_bytes())
        }
        "encrypted-streams" => {
            let file = Dentry::new("x", attributes::ENCRYPTED);
            let file = file.explicit_streams([0; 20], vec![named("", "export"), named("s", "other")]);
            (Dism, wim_of(image().add("", file)).to_bytes())
        }
        "case-duplicate" => (Dism, wim_of(image().file("a.txt", "1").file("A.TXT", "2")).to_bytes()),
        "windows-name" => (Dism, wim_of(image().file("con.txt", "1")).to_bytes()),
        "architecture" => (Wds, with_xml("<ARCH>9</ARCH>", "").to_bytes()),
        "architecture-contradiction" => (Wds, with_xml("<ARCH>9</ARCH>", "<ARCH>0</ARCH>").to_bytes()),
        "image-name" => (Dism, with_xml("<NAME>Microsoft Windows PE (x64)</NAME>", "").to_bytes()),
        "statistics" => (Dism, with_xml("<FILECOUNT>", "<FILECOUNT>1").to_bytes()),
        "windows-pe" => (Wds, with_xml("WindowsPE", "Core").to_bytes()),
        "edition" => (Setup, with_xml("<EDITIONID>WindowsPE</EDITIONID>", "").to_bytes()),
        "language" => (Setup, with_xml("<DEFAULT>en-US</DEFAULT>", "").to_bytes()),
        "loader" => (Bootmgr, without(&[r"\Windows\System32\winload.exe", r"\Windows\System32\winload.efi"])),
        "kernel" => (Bootmgr, without(&[r"\Windows\System32\ntoskrnl.exe"])),
        "system-hive" => (
            Bootmgr,
            edited(|editor| {
                let hive = NewBlob::new("SYSTEM", Arc::new(b"regf, but cut off".to_vec()));
                editor.set_data(r"\Windows\System32\config\SYSTEM", hive).unwrap();
            }),
        ),
        "dirty-hive" => (
            Bootmgr,
            edited(|editor| {
                let path = r"\Windows\System32\config\SYSTEM";
                let mut hive = editor.read(path, 1 << 20).unwrap();
                let number = u32::from_le_bytes(hive[4..8].try_into().unwrap());
                hive[4..8].copy_from_slice(&(number + 1).to_le_bytes());
                let sum = hive[..508].as_chunks::<4>().0.iter().fold(0, |sum, &word| sum ^ u32::from_le_bytes(word));
                hive[508..512].copy_from_slice(&sum.to_le_bytes());
                editor.set_data(path, NewBlob::new("SYSTEM", Arc::new(hive))).unwrap();
                let log = NewEntry::file(NewBlob::new("SYSTEM.LOG1", Arc::new(b"what was to be written".to_vec())));
                let time = editor.metadata().inode_of(editor.find(path).unwrap()).last_write_time;
                editor.add(&format!("{path}.LOG1"), log.with_times(time), OnConflict::Replace).unwrap();
            }),
        ),
        "wimboot-bios" => (Wimboot, without(&[r"\Windows\Boot\PXE\bootmgr.exe"])),
        "wimboot-uefi" => (Wimboot, without(&[r"\Windows\Boot\DVD\EFI\boot.sdi"])),
        "wimboot-fonts" => (Wimboot, without(&[r"\Windows\Boot\Fonts\wgl4_boot.ttf"])),
        "wimboot-streams" => {
            let sdi = Dentry::file("boot.sdi", "x").stream("s", "y");
            (Wimboot, wim_of(image().add(r"\sms\boot", sdi)).to_bytes())
        }
        "network-boot-programs" => (Wds, without(&[r"\Windows\Boot\PXE\wdsmgfw.efi"])),
        "secure-boot-2023" => (Bootmgr, without(&[r"\Windows\Boot\EFI_EX\bootmgfw_EX.efi"])),
        "pending-operations" => (Dism, wim_of(image().file(r"\Windows\WinSxS\pending.xml", "<x/>")).to_bytes()),
        "fat32-size" => return (Fat32, Arc::new(Huge(wim().to_bytes(), 1 << 32))),
        "memory" => return (Bootmgr, Arc::new(Huge(wim().to_bytes(), 701 << 20))),
        other => panic!("no archive breaks {other}"),
    };
    (consumer, Arc::new(bytes))
}

fn broken_rules(archive: &Archive, consumers: &[Consumer]) -> Vec<&'static str> {
    let findings = lint::lint(archive, None, consumers).unwrap();
    let mut ids: Vec<&str> = findings.iter().map(|finding| finding.rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[test]
fn a_good_boot_image_breaks_no_rule() {
    let archive = Archive::from_source(Arc::new(wim().to_bytes())).unwrap();
    assert_eq!(broken_rules(&archive, &Consumer::ALL), [""; 0]);
}

#[test]
fn every_rule_is_broken_alone() {
    let mut wrong = Vec::new();
    for rule in lint::rules() {
        let (consumer, source) = broken(rule.id);
        assert!(rule.concerns(&[consumer]), "{}", rule.id);
        let archive = Archive::from_source(source).unwrap_or_else(|error| panic!("{}: {error:?}", rule.id));
        let mut found = broken_rules(&archive, &[consumer]);
        // Solid resources go with a version of their own.
        found.retain(|&id| rule.id != "solid" || id != "version");
        if found != [rule.id] {
            wrong.push(format!("{} for {consumer}: {found:?}", rule.id));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn the_table_of_rules_is_one() {
    let rules: Vec<&Rule> = lint::rules().collect();
    for rule in &rules {
        assert!(!rule.consumers.is_empty() && !rule.reason.is_empty(), "{}", rule.id);
        assert!(rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        assert_eq!(rules.iter().filter(|other| other.id == rule.id).count(), 1, "{}", rule.id);
    }
}

#[test]
fn a_finding_says_what_is_missing() {
    let (consumer, source) = broken("wimboot-bios");
    let archive = Archive::from_source(source).unwrap();
    let findings = lint::lint(&archive, None, &[consumer]).unwrap();
    assert_eq!(findings[0].message, r"missing: \Windows\Boot\PXE\bootmgr.exe");
    assert_eq!((findings[0].image, findings[0].count), (Some(ImageIndex::FIRST), 1));
}
