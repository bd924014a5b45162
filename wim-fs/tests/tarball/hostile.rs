//! Archives that are cut off, lie, or lead elsewhere.

use tar::{EntryType, Header};
use wim_fs::TarOptions;

use crate::common::{everything, open};
use crate::util::{Tar, both, read, refusal, to_tar};

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for (path, why) in [
        ("../evil", "leads out of"),
        ("a/../../evil", "leads out of"),
        ("a/..", "leads out of"),
        ("/etc/passwd", "not below the archive's root"),
        ("//x", "not below the archive's root"),
    ] {
        let message = refusal(&Tar::new().file(path, "x").finish());
        assert!(message.contains(why) && message.contains(path), "{message}");
        let link = refusal(&Tar::new().file("f", "x").entry(EntryType::Link, "l", path, "").finish());
        assert!(link.contains(why), "{link}");
    }
    let long = Tar::new().records(&[("path", b"../x")]).file("innocent", "x").finish();
    assert!(refusal(&long).contains("leads out of"));
}

#[test]
fn links_that_lead_nowhere_and_things_in_them_are_refused() {
    let tar = |kind, link: &str| Tar::new().file("f", "x").entry(kind, "l", link, "");
    assert!(refusal(&tar(EntryType::Link, "absent").finish()).contains("hard link to absent"));
    assert!(refusal(&tar(EntryType::Link, "l").finish()).contains("hard link to l"));
    let folder = Tar::new().entry(EntryType::Directory, "d", "", "").entry(EntryType::Link, "l", "d", "");
    assert!(refusal(&folder.finish()).contains("hard link to a folder"));
    assert!(refusal(&tar(EntryType::Symlink, "/etc").file("l/passwd", "x").finish()).contains("no folder"));
    assert!(refusal(&Tar::new().file("f", "x").file("f/g", "x").finish()).contains("no folder"));
}

#[test]
fn a_name_that_comes_twice_is_refused() {
    let message = refusal(&Tar::new().file("f", "1").file("./f", "2").finish());
    assert!(message.contains("--duplicates last"), "{message}");
    let folder = Tar::new().file("f/g", "1").file("f", "2").finish();
    assert!(refusal(&folder).contains("take each other's place"));
}

#[test]
fn whatever_is_cut_off_is_refused() {
    let tar = to_tar(&open(everything().to_bytes()));
    let mut accepted = Vec::new();
    for len in (0..tar.len()).step_by(331) {
        if read(&tar[..len], &TarOptions::default()).is_ok() {
            accepted.push(len);
        }
    }
    // But for the second block of zeros at the end, which nobody needs.
    assert!(accepted.iter().all(|&len| len >= tar.len() - 1024 + 512), "{accepted:?} of {}", tar.len());
    for len in [1, 511, 512, 700, tar.len() / 2, tar.len() - 1024] {
        assert!(both(&tar[..len], &TarOptions::default()).is_err(), "{len}");
    }
}

#[test]
fn sizes_that_lie_cost_nothing() {
    for size in [1 << 20, 1 << 40, u64::MAX >> 1, u64::MAX] {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[0] = b'f';
        header.set_size(size);
        header.set_cksum();
        let message = refusal(&[&header.as_bytes()[..], &[0; 2048]].concat());
        assert!(message.contains("cut off"), "{message}");
        let size = size.to_string();
        let records = Tar::new().records(&[("size", size.as_bytes())]).file("f", "x").finish();
        assert!(refusal(&records).contains("cut off"));
        for kind in [EntryType::XHeader, EntryType::XGlobalHeader, EntryType::GNULongName] {
            header.set_entry_type(kind);
            header.set_cksum();
            let message = refusal(&[&header.as_bytes()[..], &[0; 2048]].concat());
            assert!(message.contains("limit") || message.contains("cut off"), "{message}");
        }
    }
}

#[test]
fn sparse_files_that_lie_are_refused() {
    let sparse = |size: &str, map: &str| {
        let records = [("GNU.sparse.size", size.as_bytes()), ("GNU.sparse.map", map.as_bytes())];
        Tar::new().records(&records).file("f", "data").finish()
    };
    assert!(both(&sparse("10", "0,2,8,2"), &TarOptions::default()).is_ok());
    for (size, map) in [("10", "8,4"), ("10", "0,5"), ("10", "4,1,0,1"), ("x", "0,1"), ("10", "0"), ("10", "0,1,1")] {
        assert!(refusal(&sparse(size, map)).contains("makes no sense"), "{size} {map}");
    }
    let message = refusal(&sparse("9000000000000000000", "0,4"));
    assert!(message.contains("9000000000000000000"), "{message}");
}

#[test]
fn what_is_no_tar_archive_is_named() {
    for (bytes, why) in [
        (&b"\x1f\x8b\x08"[..], "gzip -dc"),
        (b"PK\x03\x04", "zip"),
        (b"MSWIM\0\0\0", "WIM"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
    ] {
        let mut block = vec![1; 1024];
        block[..bytes.len()].copy_from_slice(bytes);
        assert!(refusal(&block).contains(why), "{why}");
        assert!(refusal(bytes).contains(why), "{why}, cut off");
    }
    assert!(refusal(&[7; 512]).contains("sum"));
    assert!(refusal(b"").contains("cut off"));
    let multi = Tar::new().entry(EntryType::new(b'M'), "f", "", "").finish();
    assert!(refusal(&multi).contains("volumes"));
}

#[test]
fn limits_are_kept() {
    let mut options = TarOptions::default();
    options.limits.entries = 3;
    let tar = Tar::new().file("a/b/c", "1").finish();
    assert!(both(&tar, &options).unwrap_err().to_string().contains("--limits"));
    options = TarOptions::default();
    options.limits.depth = 3;
    assert!(both(&tar, &options).unwrap_err().to_string().contains("too many folders"));
}

#[test]
fn limits_of_data_are_kept_before_any_of_it_is_put_aside() {
    let tar = Tar::new().file("a", "12345").file("b", "123456").finish();
    let refusal = |tar: &[u8], blob, total| {
        let mut options = TarOptions::default();
        (options.limits.blob_bytes, options.limits.total_bytes) = (blob, total);
        both(tar, &options).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(refusal(&tar, 6, 11), Ok(()));
    let message = refusal(&tar, 5, 11).unwrap_err();
    assert!(message.contains("6 bytes") && message.contains("blob=") && message.contains('b'), "{message}");
    let message = refusal(&tar, 6, 10).unwrap_err();
    assert!(message.contains("11 bytes") && message.contains("total="), "{message}");
    // What a file comes to counts, not what the archive has of it.
    let records: [(&str, &[u8]); 2] = [("GNU.sparse.size", b"1000"), ("GNU.sparse.map", b"0,4")];
    let sparse = Tar::new().records(&records).file("f", "data").finish();
    assert_eq!(refusal(&sparse, 1000, 1000), Ok(()));
    assert!(refusal(&sparse, 999, 1000).unwrap_err().contains("1000 bytes"));
    // A size that lies costs no room on the disk.
    let lie = Tar::new().records(&[("size", b"1000000000000")]).file("f", "x").finish();
    assert!(refusal(&lie, 1 << 30, 1 << 30).unwrap_err().contains("blob="));
}

#[test]
fn names_that_no_image_can_have_are_left_out_and_counted() {
    let tar = Tar::new().file("a\\b", "1").records(&[("path", b"\xff")]).file("x", "2").file("good", "3");
    let unknown = tar.entry(EntryType::new(b'Z'), "odd", "", "data").finish();
    let capture = both(&unknown, &TarOptions::default()).unwrap();
    assert_eq!((capture.report().files, capture.report().skipped.len()), (1, 3), "{:?}", capture.report().skipped);
}
