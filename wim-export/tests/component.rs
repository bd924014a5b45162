//! Optional components: packages in the structure that kits have, made here, and what side-loading them would change.

use std::sync::Arc;

use testdata::component::{self, TOOL_FOLDER as COMPONENT, manifest};
use testdata::pe::Machine;
use testdata::winpe::{self, Edition};
use wim_export::boot::Architecture;
use wim_export::component::{
    Cabinet, ComponentProblem, Package, PackageVersion, RegistryData, RegistryValue, SideLoad, Target,
};

use wim_export::{Archive, Error, ImageEditor, ImageHive};
use wim_format::ImageIndex;
use wim_hive::Value;

fn package(files: &[(&str, &str)]) -> Result<Package, ComponentProblem> {
    Package::of("tool.cab".to_owned(), Cabinet::parse(component::cabinet(files))?)
}

fn tool() -> Package {
    Package::of("tool.cab".to_owned(), Cabinet::parse(component::tool("WinPE-Tool-Package")).unwrap()).unwrap()
}

#[test]
fn a_package_says_what_it_is() {
    let package = tool();
    assert_eq!(package.identity().to_string(), "WinPE-Tool-Package~31bf3856ad364e35~amd64~~10.0.22621.1");
    let parents: Vec<String> = package.parents().map(|parent| parent.name.clone()).collect();
    assert_eq!(parents, ["Microsoft-Windows-WinPE-Package"]);
}

#[test]
fn side_loading_links_files_from_the_store() {
    let plan = SideLoad::plan(&tool(), &Target::default()).unwrap();
    let files: Vec<(Vec<String>, &[u8])> =
        plan.files.iter().map(|file| (file.paths.clone(), file.data.data())).collect();
    let store = format!(r"\Windows\WinSxS\{COMPONENT}");
    assert_eq!(
        files,
        [
            (vec![format!(r"{store}\tool.exe"), r"\Windows\System32\tool.exe".to_owned()], &b"program"[..]),
            (vec![format!(r"{store}\tool.dat")], &b"data"[..]),
        ]
    );
    assert_eq!(plan.folders, [r"\Windows\Tool"]);
}

#[test]
fn registry_values_name_paths_of_the_running_system() {
    let plan = SideLoad::plan(&tool(), &Target { drive: "C:".to_owned() }).unwrap();
    let value = |name: &str, data| RegistryValue {
        key: r"HKEY_LOCAL_MACHINE\SOFTWARE\Tool".to_owned(),
        value: Some((name.to_owned(), data)),
    };
    let path = RegistryData::Text(r"C:\Windows\System32\tool.exe".to_owned());
    assert_eq!(plan.registry, [value("Path", path), value("On", RegistryData::Number(1))]);
}

#[test]
fn an_applied_plan_is_in_the_tree_and_in_the_hives() {
    let file = testdata::build::Wim::new().image(winpe::image(Machine::X64, Edition::Pe)).to_bytes();
    let mut editor = ImageEditor::new(&Archive::from_source(Arc::new(file)).unwrap(), ImageIndex::FIRST).unwrap();
    let plan = SideLoad::plan(&tool(), &Target::default()).unwrap();
    // Twice: what is there is replaced.
    for _ in 0..2 {
        plan.apply(&mut editor).unwrap();
    }
    let metadata = editor.metadata();
    let inode = |path: &str| metadata.dentry(editor.find(path).unwrap()).inode;
    let store = format!(r"\Windows\WinSxS\{COMPONENT}\tool.exe");
    assert_eq!(inode(&store), inode(r"\Windows\System32\tool.exe"));
    assert_eq!(metadata.inode(inode(&store)).link_count, 2);
    assert_eq!(editor.read(&store, 100).unwrap(), b"program");
    assert!(editor.exists(r"\Windows\Tool"));
    let software = ImageHive::open(&editor, "SOFTWARE").unwrap();
    let key = software.hive.key("Tool").unwrap();
    assert_eq!(key.value(&"Path".into()), Some(Value::sz(r"X:\Windows\System32\tool.exe")));
    assert_eq!(key.value(&"On".into()), Some(Value::dword(1)));
}

#[test]
fn a_key_of_no_hive_is_refused() {
    let file = testdata::build::Wim::new().image(winpe::image(Machine::X64, Edition::Pe)).to_bytes();
    let mut editor = ImageEditor::new(&Archive::from_source(Arc::new(file)).unwrap(), ImageIndex::FIRST).unwrap();
    let value = RegistryValue { key: r"HKEY_LOCAL_MACHINE\HARDWARE\X".to_owned(), value: None };
    let plan = SideLoad { registry: vec![value], ..SideLoad::default() };
    let error = plan.apply(&mut editor).unwrap_err();
    assert!(matches!(error, Error::Component { why: ComponentProblem::UnknownKey, .. }), "{error}");
}

#[test]
fn what_is_not_done_is_said() {
    let plan = SideLoad::plan(&tool(), &Target::default()).unwrap();
    let skipped: Vec<&str> = plan.skipped.iter().map(|skipped| skipped.what.as_str()).collect();
    assert_eq!(skipped, ["mof", "Microsoft-Absent, which is not in the cabinet"]);
}

#[test]
fn a_package_for_another_image_is_refused() {
    let package = tool();
    let version = |text: &str| text.parse::<PackageVersion>().unwrap();
    let check = |architecture, text| package.check_fits(architecture, version(text), "en-us");
    assert_eq!(check(Architecture::X64, "10.0.22621.1742"), Ok(()));
    assert!(matches!(check(Architecture::Arm64, "10.0.22621.1"), Err(ComponentProblem::Architecture { .. })));
    assert!(matches!(check(Architecture::X64, "10.0.26100.1"), Err(ComponentProblem::Build { .. })));
}

#[test]
fn a_package_of_another_language_is_refused() {
    let text = component::mum("P", &[]).replace("\"neutral\"", "\"de-DE\"");
    let package = package(&[("update.mum", &text)]).unwrap();
    let version = PackageVersion([10, 0, 22621, 1]);
    assert_eq!(package.check_fits(Architecture::X64, version, "de-de"), Ok(()));
    let problem = package.check_fits(Architecture::X64, version, "en-us").unwrap_err();
    assert!(matches!(problem, ComponentProblem::Language { .. }));
}

#[test]
fn damaged_and_compressed_packages_are_refused() {
    assert!(matches!(package(&[("x", "y")]), Err(ComponentProblem::MissingMember(_))));
    assert!(matches!(package(&[("update.mum", "<x/>")]), Err(ComponentProblem::Manifest { .. })));
    let compressed = package(&[("update.mum", &component::mum("P", &[])), ("a.manifest", "DCM\u{1}...")]);
    assert!(matches!(compressed, Err(ComponentProblem::CompressedManifest { .. })));
}

#[test]
fn manifests_that_want_too_much_are_refused() {
    let plan = |file: &str| {
        let name = format!("{COMPONENT}.manifest");
        let data = format!("{COMPONENT}\\f");
        let manifest = manifest("M", file);
        let package =
            package(&[("update.mum", &component::mum("P", &["M"])), (&name, &manifest), (&data, "")]).unwrap();
        SideLoad::plan(&package, &Target::default()).map(|_| ())
    };
    assert_eq!(plan(r#"<file name="f" destinationPath="$(runtime.system32)"/>"#), Ok(()));
    for file in [
        r#"<file name="f" destinationPath="$(runtime.system32)\..\..\.."/>"#,
        r#"<file name="..\f" sourceName="f"/>"#,
        r#"<file name="f" destinationPath="$(runtime.somewhere)"/>"#,
    ] {
        assert!(matches!(plan(file), Err(ComponentProblem::Path { .. })), "{file}");
    }
    assert!(matches!(plan(r#"<file name="absent"/>"#), Err(ComponentProblem::MissingMember(_))));
}
