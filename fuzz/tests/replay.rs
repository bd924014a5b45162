//! Every seed and every regression goes through its target.

mod util;

use std::collections::BTreeSet;
use std::fs;

use wim_fuzz::TARGETS;

#[test]
fn seeds_and_regressions_keep_every_property() {
    for (name, target) in TARGETS {
        for (input, bytes) in util::inputs("seeds", name).iter().chain(&util::inputs("regressions", name)) {
            util::run(input, *target, bytes);
        }
    }
}

#[test]
fn every_target_has_seeds_and_a_program() {
    for (name, _) in TARGETS {
        assert!(!util::inputs("seeds", name).is_empty(), "{name} has no seeds");
        let program = fs::read_to_string(util::folder("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(program.contains(&format!("wim_fuzz::{name}(data)")), "{name}");
    }
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for folder in ["seeds", "regressions"] {
        // No regressions, no folder.
        for entry in fs::read_dir(util::folder(folder)).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(targets.contains(&name), "{folder}/{name} belongs to no target");
        }
    }
}
