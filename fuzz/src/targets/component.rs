//! Packages of optional components.

use wim_export::component::{Cabinet, Package, SideLoad, Target};

/// Whatever a cabinet holds, reading it, the package in it and what that would change ends without a panic. Every member's data is
/// there, and every path of a plan begins at the root and stays below it.
pub fn cabinet(data: &[u8]) {
    let Ok(cabinet) = Cabinet::parse(data.to_vec()) else { return };
    for member in cabinet.members() {
        assert!(cabinet.member(member.name()).is_some());
        std::hint::black_box(member.data());
    }
    let Ok(package) = Package::of("input".to_owned(), cabinet) else { return };
    let Ok(plan) = SideLoad::plan(&package, &Target::default()) else { return };
    for path in plan.files.iter().flat_map(|file| &file.paths).chain(&plan.folders) {
        let mut names = path.split('\\');
        assert!(path.is_empty() || names.next() == Some(""), "{path:?}");
        assert!(names.all(|name| !matches!(name, "" | "." | "..")), "{path:?}");
    }
}

/// The same where only the package's own manifest is hostile: the cabinet around it is made here.
pub fn manifest(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let file = format!("{}\\tool.exe", testdata::component::TOOL_FOLDER);
    cabinet(&testdata::component::cabinet(&[("update.mum", &text), (&file, "data")]));
}
