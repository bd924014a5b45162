//! `docs/profile.schema.json` and `docs/profiles.md` say what the reader of profiles accepts, and nothing else.

use std::collections::BTreeSet;

use serde_json::Value;
use wim_export::finalize::{BUILT_IN_PROFILES, Profile, STEP_KINDS, step_keys};

fn document(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../docs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn schema() -> Value {
    serde_json::from_str(&document("profile.schema.json")).unwrap()
}

fn keys(table: &Value) -> BTreeSet<String> {
    table["properties"].as_object().unwrap().keys().cloned().collect()
}

/// The keys that the reader knows in a table: those that it lists when it refuses an unknown one.
fn known(text: &str) -> BTreeSet<String> {
    let error = Profile::parse(text).unwrap_err().to_string();
    assert!(error.contains("an_unknown_key"), "{error}");
    let list = error.split("; did you mean").next().unwrap();
    list.split('`').skip(1).step_by(2).skip(1).map(str::to_owned).collect()
}

#[test]
fn every_table_has_the_keys_that_the_reader_knows() {
    let schema = schema();
    let meta = "[meta]\nschema = 1\nname = \"x\"\n";
    for table in ["meta", "applies", "output", "policy", "component_source"] {
        let before = if table == "meta" { "" } else { meta };
        let of_reader = known(&format!("{before}[{table}]\nan_unknown_key = 1\n"));
        assert_eq!(keys(&schema["properties"][table]), of_reader, "[{table}]");
    }
    let when = known(&format!("{meta}[[step]]\nkind = \"note\"\ntext = \"\"\n[step.when]\nan_unknown_key = 1\n"));
    assert_eq!(keys(&schema["properties"]["step"]["items"]["oneOf"][0]["properties"]["when"]), when);
}

#[test]
fn every_kind_of_step_has_the_keys_that_the_reader_knows() {
    let schema = schema();
    let steps = schema["properties"]["step"]["items"]["oneOf"].as_array().unwrap();
    let kinds: Vec<&str> = steps.iter().map(|step| step["properties"]["kind"]["const"].as_str().unwrap()).collect();
    assert_eq!(BTreeSet::from_iter(&kinds), BTreeSet::from_iter(STEP_KINDS));
    let pages = document("profiles.md");
    for (kind, step) in kinds.iter().zip(steps) {
        let known = step_keys(kind).unwrap();
        let of_reader: BTreeSet<String> =
            known.common.iter().map(|key| (*key).to_owned()).chain(known.own.iter().cloned()).collect();
        assert_eq!(keys(step), of_reader, "{kind}");
        let row = pages.lines().find(|line| line.starts_with(&format!("| `{kind}` |"))).unwrap();
        for key in known.own {
            assert!(row.contains(&format!("`{key}`")), "{kind}: {key}");
        }
    }
}

#[test]
fn the_documented_example_and_every_built_in_profile_are_read() {
    let pages = document("profiles.md");
    let (_, example) = pages.rsplit_once("```toml\n").unwrap();
    Profile::parse(example.trim_end().trim_end_matches("```")).unwrap();
    for (name, _) in BUILT_IN_PROFILES {
        assert!(pages.contains(&format!("`{name}`")), "{name}");
    }
}
