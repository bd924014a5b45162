use std::io::Write as _;

use super::*;

/// A cabinet with a folder for each list of files.
fn cabinet(compression: cab::CompressionType, folders: &[&[(&str, &[u8])]]) -> Vec<u8> {
    let mut builder = cab::CabinetBuilder::new();
    for files in folders {
        let folder = builder.add_folder(compression);
        for (name, _) in *files {
            folder.add_file(*name);
        }
    }
    let mut writer = builder.build(Cursor::new(Vec::new())).unwrap();
    for (_, data) in folders.iter().flat_map(|files| files.iter()) {
        writer.next_file().unwrap().unwrap().write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn sample() -> Vec<u8> {
    let long: Vec<u8> = (0..100_000u32).map(|i| (i / 7 % 251) as u8).collect();
    let files: [&[(&str, &[u8])]; 2] =
        [&[("a.txt", b"first"), ("dir\\B.bin", &long), ("empty", b"")], &[("c", b"other folder")]];
    cabinet(cab::CompressionType::MsZip, &files)
}

#[test]
fn all_files_are_read_by_name_in_any_case() {
    for compression in [cab::CompressionType::None, cab::CompressionType::MsZip] {
        let files: [&[(&str, &[u8])]; 2] =
            [&[("a.txt", b"first"), ("d\\E", b"second"), ("empty", b"")], &[("c", b"third")]];
        let cabinet = Cabinet::parse(cabinet(compression, &files)).unwrap();
        let names: Vec<&str> = cabinet.members().iter().map(Member::name).collect();
        assert_eq!(names, ["a.txt", "d\\E", "empty", "c"]);
        for (name, data) in files.iter().flat_map(|files| files.iter()) {
            assert_eq!(cabinet.member(&name.to_uppercase()).unwrap().data(), *data, "{name}");
        }
        assert!(cabinet.member("nothing").is_none());
    }
}

#[test]
fn a_member_reads_like_a_file() {
    let cabinet = Cabinet::parse(sample()).unwrap();
    let member = cabinet.member("a.txt").unwrap();
    let mut buf = [0; 3];
    member.read_exact_at(&mut buf, 2).unwrap();
    assert_eq!(&buf, b"rst");
    assert_eq!(ReadAt::len(member).unwrap(), 5);
    assert!(member.read_exact_at(&mut buf, 3).is_err());
}

#[test]
fn a_file_behind_its_folder_is_refused() {
    let mut bytes = sample();
    let entries_at = u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
    bytes[entries_at + 4..entries_at + 8].copy_from_slice(&0x7FFF_FFFFu32.to_le_bytes());
    let problem = Cabinet::parse(bytes).unwrap_err();
    assert!(problem.to_string().contains("outside its folder"), "{problem}");
}

#[test]
fn a_cut_cabinet_is_an_error_at_every_length() {
    let bytes = sample();
    for len in 0..bytes.len() {
        assert!(Cabinet::parse(bytes[..len].to_vec()).is_err(), "{len}");
    }
}

#[test]
fn no_changed_byte_makes_it_panic() {
    let bytes = sample();
    for at in 0..bytes.len().min(400) {
        for change in [0x01, 0x80, 0xFF] {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            let _ = Cabinet::parse(changed);
        }
    }
}

#[test]
fn a_name_that_leaves_no_room_is_refused() {
    let mut bytes = cabinet(cab::CompressionType::None, &[&[("x", b"data")]]);
    let entries_at = u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
    let entry: Vec<u8> = bytes[entries_at..entries_at + 16].to_vec();
    let moved_to = bytes.len() as u32;
    bytes.extend(entry);
    bytes.push(0);
    bytes[16..20].copy_from_slice(&moved_to.to_le_bytes());
    assert!(Cabinet::parse(bytes).is_err());
}

#[test]
fn an_empty_file_in_the_midst_of_its_folder_is_empty() {
    let mut bytes = cabinet(cab::CompressionType::None, &[&[("x", b"data")]]);
    let entries_at = u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
    bytes[entries_at..entries_at + 8].copy_from_slice(&[0, 0, 0, 0, 4, 0, 0, 0]);
    assert_eq!(Cabinet::parse(bytes).unwrap().member("x").unwrap().data(), b"");
}
