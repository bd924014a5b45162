//! What was an image becomes the same image.

use wim_format::{HeaderFlags, ImageIndex};
use wim_fs::TarOptions;

use crate::common::{assert_same, everything, finish, open};
use crate::util::{both, read, to_tar};

#[test]
fn an_image_with_one_of_everything_survives() {
    let archive = open(everything().to_bytes());
    let found = finish(both(&to_tar(&archive), &TarOptions::default()).unwrap());
    assert_same(&archive, &found);
    let xml = found.xml().image(ImageIndex::FIRST).unwrap();
    assert_eq!(xml.name().as_deref(), Some("Everything"));
    assert_eq!(xml.description().as_deref(), Some("One of each"));
    assert_eq!(xml.flags().as_deref(), Some("Core"));
    assert_eq!(xml.creation_time(), archive.xml().image(ImageIndex::FIRST).unwrap().creation_time());
}

#[test]
fn images_of_other_programs_survive() {
    for file in ["links", "ntfs", "ntfs-lzx", "unix-data", "solid-lzms", "two-images-lzx", "boot-x86"] {
        let archive = open(testdata::read(&format!("wims/{file}.wim")));
        let found = finish(read(&to_tar(&archive), &TarOptions::default()).unwrap());
        assert_same(&archive, &found);
        let fixed = |archive: &wim_export::Archive| archive.header().flags.contains(HeaderFlags::RP_FIX);
        assert_eq!(fixed(&archive), fixed(&found), "{file}");
    }
}

#[test]
fn a_second_round_makes_the_same_bytes() {
    let archive = open(everything().to_bytes());
    let tar = to_tar(&finish(read(&to_tar(&archive), &TarOptions::default()).unwrap()));
    let again = to_tar(&finish(read(&tar, &TarOptions::default()).unwrap()));
    assert!(tar == again);
}
