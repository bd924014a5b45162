//! What a profile may do: classes, protection, conditions, requirements, and the host's files.

use testdata::hive;
use wim_export::finalize::{Class, FinalizeOptions, Outcome, Profile, StepProblem, finalize};
use wim_export::{Error, ImageEditor, Result};
use wim_format::ImageIndex;

use crate::common::{archive, in_folder, paths, pe, problem, run, run_with};

const NOTE: &str = "[[step]]\nkind = \"note\"\ntext = \"x\"\n";

fn run_text(rest: &str) -> Result<()> {
    let profile = Profile::parse(&format!("[meta]\nschema = 1\nname = \"x\"\n{rest}")).unwrap();
    let mut editor = ImageEditor::new(&archive(pe()), ImageIndex::FIRST)?;
    finalize(&mut editor, &profile, &FinalizeOptions::default()).map(|_| ())
}

#[test]
fn a_profile_is_for_certain_images() {
    for fits in [
        "require_pe = true",
        "arch = [\"x64\", \"x86\"]",
        "edition = [\"windowspe\"]",
        "min_build = 22621\nmax_build = 22621",
    ] {
        run_text(&format!("[applies]\n{fits}\n{NOTE}")).unwrap();
    }
    for other in ["arch = [\"arm64\"]", "edition = [\"Core\"]", "min_build = 22622", "max_build = 22620"] {
        let problem = problem(run_text(&format!("[applies]\n{other}\n{NOTE}")));
        assert!(matches!(problem, StepProblem::NotFor(_)), "{other}: {problem}");
    }
    let problem = problem(run_text("[applies]\narch = [\"mips\"]\n"));
    assert!(matches!(problem, StepProblem::Invalid { key: "arch", .. }), "{problem}");
    let plain = testdata::build::Image::new("x").file("a", "b");
    let mut editor = ImageEditor::new(&archive(plain), ImageIndex::FIRST).unwrap();
    let safe = Profile::built_in("shrink-safe").unwrap();
    let refused = finalize(&mut editor, &safe, &FinalizeOptions::default());
    assert!(matches!(crate::common::problem(refused), StepProblem::NotFor(_)));
}

#[test]
fn a_step_of_a_higher_class_stops_the_run_before_anything_is_done() {
    for (allowed, step) in [("safe", "aggressive"), ("safe", "experimental"), ("aggressive", "experimental")] {
        let text = format!("[policy]\nmax_class = \"{allowed}\"\n{NOTE}class = \"{step}\"\n");
        assert!(matches!(problem(run_text(&text)), StepProblem::Class { .. }));
    }
    run_text(&format!("[policy]\nmax_class = \"aggressive\"\n{NOTE}class = \"aggressive\"\n")).unwrap();
    let component = "[[step]]\nkind = \"component\"\nname = \"WinPE-WMI\"\n";
    let of_component = problem(run_text(component));
    assert!(matches!(of_component, StepProblem::Class { step: Class::Experimental, allowed: Class::Safe }));
}

#[test]
fn what_is_protected_stays() {
    for pattern in [
        r"\Windows\Boot\**",
        r"\Windows\Boot",
        r"\Windows",
        r"\windows\system32\CONFIG\system",
        r"\Windows\System32\drivers\disk.sys",
        r"\Windows\INF\disk.inf",
        r"\**\*.exe",
        r"\**",
    ] {
        let steps = format!("[[step]]\nkind = \"delete\"\npaths = ['{pattern}']\n");
        let problem = problem(run(pe(), &steps));
        assert!(matches!(problem, StepProblem::Protected(_)), "{pattern}: {problem}");
    }
    let moved = "[[step]]\nkind = \"rename\"\nfrom = '\\Windows\\Boot'\nto = '\\boot'\n";
    assert!(matches!(problem(run(pe(), moved)), StepProblem::Protected(_)));
    let log = pe().file(r"Windows/INF/setupapi.log", "log");
    let (editor, _) = run(log, "[[step]]\nkind = \"delete\"\npaths = ['\\Windows\\INF\\*.log']\n").unwrap();
    assert!(!editor.exists(r"\Windows\INF\setupapi.log") && editor.exists(r"\Windows\INF\disk.inf"));
}

#[test]
fn a_profile_protects_more_and_only_a_user_less() {
    let delete = "[[step]]\nkind = \"delete\"\npaths = ['\\Windows\\win.ini']\n";
    let protect = format!("[policy]\nprotect = ['\\Windows\\*.ini']\n{delete}");
    assert!(matches!(problem(run_text(&protect)), StepProblem::Protected(_)));
    let unprotect = "[meta]\nschema = 1\nname = \"x\"\n[policy]\nunprotect = ['\\Windows\\Boot\\PXE\\**']\n\
                     [[step]]\nkind = \"delete\"\npaths = ['\\Windows\\Boot\\PXE\\**']\n";
    let profile = Profile::parse(unprotect).unwrap();
    let mut editor = ImageEditor::new(&archive(pe()), ImageIndex::FIRST).unwrap();
    let mut options = FinalizeOptions::default();
    assert_eq!(problem(finalize(&mut editor, &profile, &options)), StepProblem::Unprotect);
    options.allow_unprotect = true;
    // The folder itself is matched by no pattern of `unprotect`, and stays protected.
    assert!(matches!(problem(finalize(&mut editor, &profile, &options)), StepProblem::Protected(_)));
    let keep = Profile::parse(&format!("{unprotect}keep = \"root\"\n")).unwrap();
    finalize(&mut editor, &keep, &options).unwrap();
    assert!(!editor.exists(r"\Windows\Boot\PXE\bootmgr.exe") && editor.exists(r"\Windows\Boot\PXE"));
}

#[test]
fn a_step_is_done_where_its_conditions_hold() {
    let outcome = |when: &str| {
        let mut options = FinalizeOptions::default();
        options.variables.insert("MODE".to_owned(), "lab".to_owned());
        run_with(pe(), &format!("{NOTE}[step.when]\n{when}\n"), &options).unwrap().1.steps[0].outcome
    };
    for holds in [
        "arch = [\"amd64\"]",
        r"if_exists = ['\Windows\System32']",
        r"if_missing = ['\nothing']",
        "min_build = 1",
        "env = \"MODE=lab\"",
    ] {
        assert_eq!(outcome(holds), Outcome::Unchanged, "{holds}");
    }
    for fails in [
        "arch = [\"x86\"]",
        r"if_exists = ['\nothing']",
        r"if_missing = ['\Windows']",
        "max_build = 1",
        "env = \"MODE=live\"",
        "env = \"PATH=x\"",
    ] {
        assert_eq!(outcome(fails), Outcome::Skipped, "{fails}");
    }
    let wrong = run(pe(), &format!("{NOTE}[step.when]\nenv = \"MODE\"\n"));
    assert!(matches!(problem(wrong), StepProblem::Invalid { key: "env", .. }));
}

#[test]
fn servicing_that_is_not_finished_is_skipped_refused_or_ignored() {
    let pending = || pe().file("Windows/WinSxS/pending.xml", "<x/>").file("Windows/WinSxS/Temp/InFlight/a", "b");
    let delete = "[[step]]\nkind = \"delete\"\nrequires = \"no-pending\"\npaths = ['\\Windows\\WinSxS\\Temp\\**']\n";
    let (editor, report) = run(pending(), delete).unwrap();
    assert!(editor.exists(r"\Windows\WinSxS\Temp\InFlight\a"));
    assert_eq!((report.steps[0].outcome, report.warnings[0].code), (Outcome::Skipped, "STEP_SKIPPED"));
    let run = |policy: &str| {
        let text = format!("[meta]\nschema = 1\nname = \"x\"\n[policy]\npending = \"{policy}\"\n{delete}");
        let mut editor = ImageEditor::new(&archive(pending()), ImageIndex::FIRST).unwrap();
        finalize(&mut editor, &Profile::parse(&text).unwrap(), &FinalizeOptions::default()).map(|_| editor)
    };
    assert_eq!(problem(run("fail")), StepProblem::Pending);
    assert!(!run("ignore").unwrap().exists(r"\Windows\WinSxS\Temp"));
}

#[test]
fn a_dirty_hive_keeps_its_logs() {
    let mut bytes = hive::Key::new().key("x").encode();
    let delete =
        "[[step]]\nkind = \"delete\"\nrequires = [\"clean-hives\"]\npaths = ['\\Windows\\System32\\config\\*.LOG*']\n";
    let image = |bytes: Vec<u8>| {
        pe().file("Windows/System32/config/DRIVERS", bytes).file("Windows/System32/config/DRIVERS.LOG1", "log")
    };
    let (editor, _) = run(image(bytes.clone()), delete).unwrap();
    assert!(!editor.exists(r"\Windows\System32\config\DRIVERS.LOG1"));
    // The two sequence numbers differ, and the checksum is right.
    bytes[4] ^= 1;
    bytes[508] ^= 1;
    let (editor, report) = run(image(bytes), delete).unwrap();
    assert!(editor.exists(r"\Windows\System32\config\DRIVERS.LOG1"));
    assert_eq!(report.steps[0].outcome, Outcome::Skipped);
    assert!(report.warnings[0].message.contains("DRIVERS"), "{:?}", report.warnings);
}

#[test]
fn a_pattern_that_matches_nothing_is_what_the_policy_says() {
    let delete = "[[step]]\nkind = \"delete\"\npaths = ['\\nothing\\*']\n";
    assert!(run(pe(), delete).unwrap().1.warnings.is_empty());
    let with = |policy: &str| {
        let text = format!("[meta]\nschema = 1\nname = \"x\"\n[policy]\non_missing = \"{policy}\"\n{delete}");
        let mut editor = ImageEditor::new(&archive(pe()), ImageIndex::FIRST).unwrap();
        finalize(&mut editor, &Profile::parse(&text).unwrap(), &FinalizeOptions::default())
    };
    assert_eq!(with("warn").unwrap().warnings[0].code, "NO_MATCH");
    assert!(matches!(problem(with("error")), StepProblem::NoMatch(_)));
    assert!(with("ignore").unwrap().warnings.is_empty());
}

#[test]
#[cfg(unix)]
fn files_of_the_host_are_those_in_the_profiles_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("profile");
    std::fs::create_dir(&inside).unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    std::fs::write(inside.join("file"), "file").unwrap();
    std::os::unix::fs::symlink("../secret", inside.join("link")).unwrap();
    std::os::unix::fs::symlink("..", inside.join("up")).unwrap();
    let add = |from: &str| format!("[[step]]\nkind = \"add\"\nfrom = '{from}'\nto = '\\x'\n");
    let mut options = in_folder(&inside);
    run_with(pe(), &add("file"), &options).unwrap();
    let absolute = folder.path().join("secret").display().to_string();
    for out in ["../secret", "a/../../secret", &absolute] {
        assert!(matches!(problem(run_with(pe(), &add(out), &options)), StepProblem::HostPath(_)), "{out}");
    }
    for link in ["link", "up/secret", "."] {
        let problem = problem(run_with(pe(), &add(link), &options));
        assert!(matches!(problem, StepProblem::HostKind(_)), "{link}: {problem}");
    }
    assert!(
        matches!(problem(run(pe(), &add("file"))), StepProblem::HostPath(_)),
        "without a folder there are no files"
    );
    assert!(matches!(run_with(pe(), &add("none"), &options), Err(Error::Io { .. })));
    options.allow_host_path = true;
    for out in ["../secret", &absolute, "link"] {
        run_with(pe(), &add(out), &options).unwrap();
    }
}

#[test]
fn variables_stand_for_what_the_image_is() {
    let image = pe().file("Windows/amd64/en-us/22621/x", "x").file("Windows/{F750E6C3}/y", "y");
    let steps =
        "[[step]]\nkind = \"delete\"\npaths = ['\\Windows\\{arch}\\{lang}\\{build}\\*', '\\Windows\\{F750E6C3}\\y']\n";
    let (editor, report) = run(image, steps).unwrap();
    assert_eq!(report.steps[0].entries_removed, 2);
    assert!(!paths(&editor).iter().any(|path| path.ends_with(r"\x") || path.ends_with(r"\y")));
    let plain = testdata::build::Image::new("x").file("a", "b");
    let unknown = run(plain, "[[step]]\nkind = \"delete\"\npaths = ['\\{lang}\\x']\n");
    assert!(matches!(problem(unknown), StepProblem::Invalid { .. }));
}

#[test]
fn the_report_has_everything_and_goes_into_json() {
    let image = pe().file("Windows/Temp/a.tmp", "some junk").file("Windows/Temp/b.tmp", "some junk");
    let (_, report) =
        run(image, "[[step]]\nkind = \"delete\"\nid = \"temp\"\npaths = ['\\Windows\\Temp\\**']\nkeep = \"root\"\n")
            .unwrap();
    let step = &report.steps[0];
    assert_eq!((step.number, step.id.as_deref(), step.kind), (1, Some("temp"), "delete"));
    assert_eq!((step.outcome, step.entries_removed, step.blobs_freed, step.bytes_freed), (Outcome::Applied, 2, 1, 9));
    assert_eq!(report.before.entries - report.after.entries, 2);
    assert_eq!(report.before.bytes - report.after.bytes, 9);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["steps"][0]["outcome"], "applied");
    assert_eq!(json["profile"]["sha256"], report.profile.sha256);
}
