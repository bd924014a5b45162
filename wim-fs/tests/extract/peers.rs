//! wimlib makes the same tree of an image, times and links and all.

use std::process::Command;

use wim_export::Archive;
use wim_fs::{ExtractOptions, ExtractPlan, Selection};

use crate::util::{Place, tree};

#[test]
fn wimlib_makes_the_same_tree() {
    let Some(wimlib) = testdata::peer("wimlib-imagex") else { return };
    for file in ["lzx-32k.wim", "links.wim", "solid-lzms.wim", "boot-x86.wim", "unix-data.wim", "pipable.wim"] {
        let place = Place::new();
        let path = testdata::path(&format!("wims/{file}"));
        let archive = Archive::open(&path).unwrap();
        let image = archive.find_image("1").unwrap();
        let options = ExtractOptions::default();
        ExtractPlan::new(&archive, image, &Selection::All, &place.destination(), options)
            .unwrap()
            .run(&mut ())
            .unwrap();
        let ours = place.tree();
        std::fs::remove_dir_all(place.destination()).unwrap();
        let run = Command::new(&wimlib).arg("apply").arg(&path).arg("1").arg(place.destination()).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        assert!(tree(&place.destination()) == ours, "{file}");
        assert!(!ours.is_empty());
    }
}
