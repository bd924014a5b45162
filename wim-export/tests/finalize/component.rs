//! The step `component`: packages of a kit, side-loaded.

use std::fs;

use testdata::component;
use wim_export::Error;
use wim_export::component::ComponentProblem;
use wim_export::finalize::{Outcome, StepProblem};

use crate::common::{in_folder, paths, pe, problem, run_with};

/// A folder with the cabinets of a kit.
fn kit() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, data: Vec<u8>| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, data).unwrap();
    };
    put("oc/WinPE-HTA.cab", component::tool("WinPE-HTA-Package"));
    let language = component::mum("WinPE-Scripting-Package", &[]).replacen("\"neutral\"", "\"en-US\"", 1);
    put(
        "oc/WinPE-Scripting.cab",
        component::cabinet(&[("update.mum", &component::mum("WinPE-Scripting-Package", &[]))]),
    );
    put("oc/en-us/WinPE-Scripting_en-us.cab", component::cabinet(&[("update.mum", &language)]));
    put("other-build.cab", component::cabinet(&[("update.mum", &component::mum("P", &[]).replace("22621", "26100"))]));
    let other = component::mum("P", &[]).replace("\"amd64\"", "\"arm64\"");
    put("other-architecture.cab", component::cabinet(&[("update.mum", &other)]));
    put("compressed.cab", component::cabinet(&[("update.mum", &component::mum("P", &[])), ("a.manifest", "DCM\u{1}")]));
    folder
}

fn run(step: &str) -> wim_export::Result<(wim_export::ImageEditor, wim_export::finalize::FinalizeReport)> {
    let kit = kit();
    let text = format!("[component_source]\ndir = 'oc'\n[[step]]\nkind = \"component\"\n{step}\n");
    run_with(pe(), &text, &in_folder(kit.path()))
}

#[test]
fn a_component_comes_with_what_it_needs() {
    let (editor, report) = run("name = \"WinPE-HTA\"").unwrap();
    assert!(paths(&editor).iter().any(|path| path == r"\Windows\System32\tool.exe"));
    let step = &report.steps[0];
    assert_eq!(step.outcome, Outcome::Applied);
    let detail = step.detail.as_ref().unwrap();
    let order: Vec<&str> = detail.split("; ").map(|part| part.split(':').next().unwrap()).collect();
    assert_eq!(order, ["WinPE-Scripting.cab", "WinPE-Scripting_en-us.cab", "WinPE-HTA.cab"]);
    assert!(!report.serviceable, "DISM does not know of it");
    let codes: Vec<&str> = report.warnings.iter().map(|warning| warning.code).collect();
    assert!(codes.contains(&"COMPONENT_PARENT_MISSING") && codes.contains(&"COMPONENT_IN_PART"), "{codes:?}");
}

#[test]
fn a_profile_without_components_leaves_an_image_that_can_be_serviced() {
    let (_, report) = run_with(pe(), "", &Default::default()).unwrap();
    assert!(report.serviceable);
}

#[test]
fn what_a_component_needs_may_have_to_be_said() {
    let missing = run("name = \"WinPE-HTA\"\ndepends = \"explicit\"");
    assert!(matches!(problem(missing), StepProblem::Invalid { key: "depends", .. }));
    let both =
        "name = \"WinPE-Scripting\"\n[[step]]\nkind = \"component\"\nname = \"WinPE-HTA\"\ndepends = \"explicit\"";
    assert!(run(both).is_ok());
}

#[test]
fn cabinets_can_be_named_themselves() {
    let (editor, _) = run("cab = ['oc/WinPE-HTA.cab']").unwrap();
    assert!(editor.exists(r"\Windows\System32\tool.exe"));
}

#[test]
fn components_that_do_not_fit_are_refused() {
    let why = |step: &str| match run(step).unwrap_err() {
        Error::Component { why, .. } => why,
        other => panic!("{other:?}"),
    };
    assert!(matches!(why("cab = ['other-build.cab']"), ComponentProblem::Build { .. }));
    assert!(matches!(why("cab = ['other-architecture.cab']"), ComponentProblem::Architecture { .. }));
    assert!(matches!(
        why("cab = ['oc/en-us/WinPE-Scripting_en-us.cab']\nlanguage = \"de-DE\""),
        ComponentProblem::Language { .. }
    ));
    assert!(matches!(why("cab = ['compressed.cab']"), ComponentProblem::CompressedManifest { .. }));
    assert!(matches!(why("name = \"WinPE-NetFx\""), ComponentProblem::NotSideLoadable { .. }));
    assert!(matches!(why("name = \"WinPE-None\""), ComponentProblem::NotFound { .. }));
}

#[test]
fn a_component_step_says_what_it_needs() {
    for step in ["", "name = \"A\"\ncab = ['b']"] {
        assert!(matches!(problem(run(step)), StepProblem::Invalid { key: "name", .. }), "{step}");
    }
    assert!(matches!(problem(run("cab = ['../x.cab']")), StepProblem::HostPath(_)));
}
