//! Reading profiles: what they can say, and the line of what they cannot.

use wim_export::Error;
use wim_export::boot::ReturnCode;
use wim_export::finalize::{BUILT_IN_PROFILES, Profile, ProfileError, STEP_KINDS, step_keys};

const META: &str = "[meta]\nschema = 1\nname = \"x\"\n";

fn error(text: &str) -> ProfileError {
    Profile::parse(text).unwrap_err()
}

#[track_caller]
fn assert_error(rest: &str, line: usize, words: &[&str]) {
    let error = error(&format!("{META}{rest}"));
    assert_eq!(error.line(), line, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn every_built_in_profile_is_read_and_called_what_it_is() {
    for (name, _) in BUILT_IN_PROFILES {
        let profile = Profile::built_in(name).unwrap();
        assert_eq!(profile.name(), *name);
        assert!(profile.description().is_some() && profile.version().is_some(), "{name}");
        assert_eq!(profile.sha256().len(), 64);
    }
    assert!(Profile::built_in("shrink").is_none());
}

#[test]
fn what_is_unknown_is_refused_with_its_line_and_a_suggestion() {
    assert_error("[polcy]\n", 4, &["polcy", "policy"]);
    assert_error("[policy]\nmax_clas = \"safe\"\n", 5, &["max_clas", "did you mean `max_class`?"]);
    assert_error("[policy]\nmax_class = \"save\"\n", 5, &["save", "did you mean `safe`?"]);
    assert_error("\n[[step]]\nkind = \"delte\"\n", 6, &["delte", "did you mean `delete`?"]);
    assert_error("[[step]]\nkind = \"delete\"\npath = []\n", 6, &["path", "did you mean `paths`?"]);
    assert_error(
        "[[step]]\nkind = \"note\"\ntext = \"x\"\n[step.when]\nif_exist = []\n",
        8,
        &["did you mean `if_exists`?"],
    );
    assert_error("surprise = 1\n", 4, &["surprise"]);
}

#[test]
fn what_is_missing_or_of_the_wrong_type_is_refused() {
    assert_eq!(error("").line(), 1);
    assert!(error("[meta]\nname = \"x\"\n").to_string().contains("schema"));
    assert!(error("[meta]\nschema = 2\nname = \"x\"\n").to_string().contains("schema 2"));
    assert_error("[[step]]\nid = \"a\"\n", 4, &["kind"]);
    assert_error("[[step]]\nkind = 3\n", 5, &["kind"]);
    assert_error("[[step]]\nkind = \"delete\"\n", 4, &["paths"]);
    assert_error("[[step]]\nkind = \"scratch_space\"\nmb = \"much\"\n", 6, &["invalid type"]);
    assert_error("[step]\nkind = \"note\"\n", 4, &["[[step]]"]);
    assert_error("policy = 1\n", 4, &["policy"]);
    assert_error("[[step]\n", 4, &[]);
    assert_error("a = 1\na = 2\n", 5, &["duplicate"]);
}

#[test]
fn ids_are_unique() {
    let step = "[[step]]\nkind = \"note\"\nid = \"a\"\ntext = \"x\"\n";
    assert_error(&format!("{step}{step}"), 8, &["`a`"]);
}

#[test]
fn keys_of_the_users_own_are_left_alone_everywhere() {
    let text = format!(
        "{META}x-a = 1\n[x-table]\nb = 2\n[policy]\nx-c = 3\n[[step]]\nkind = \"note\"\ntext = \"y\"\nx-d = {{ e = 1 }}\n"
    );
    assert_eq!(Profile::parse(&text).unwrap().step_count(), 1);
}

#[test]
fn every_kind_of_step_has_keys_of_its_own() {
    for kind in STEP_KINDS {
        let keys = step_keys(kind).unwrap();
        assert!(keys.common.contains(&"when"));
        let has_none = ["recompress", "verify"].contains(kind);
        assert_eq!(keys.own.is_empty(), has_none, "{kind}: {:?}", keys.own);
    }
    assert_eq!(step_keys("scratch_space").unwrap().own, ["mb"]);
    assert!(step_keys("nothing").is_none());
}

#[test]
fn a_file_that_is_no_profile_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.toml");
    let open = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Profile::open(&path)
    };
    assert_eq!(open(format!("\u{feff}{META}").replace('\n', "\r\n").as_bytes()).unwrap().name(), "x");
    let wrong = open(b"[meta]\nschema = 1\nname = \"x\"\n\n[[step]]\nkind = \"x\"\n").unwrap_err();
    assert!(matches!(&wrong, Error::Profile { profile, source } if profile.ends_with("p.toml") && source.line() == 6));
    assert_eq!(ReturnCode::from(&wrong).exit, 10);
    assert!(matches!(open(b"\xFF\xFE[meta]"), Err(Error::Profile { .. })));
    assert!(matches!(open(&vec![b'#'; (1 << 20) + 1]), Err(Error::Profile { .. })));
    assert!(matches!(Profile::open(folder.path().join("none")), Err(Error::Io { .. })));
}
