//! Dependencies point one way: the low crates know nothing of the high ones, and drag in nothing that was not chosen.

use std::process::Command;

/// What `cargo tree` says a crate depends on, directly and indirectly, without tests.
fn dependencies(package: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}", "-p", package])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != package).map(str::to_owned).collect()
}

#[test]
fn the_codecs_depend_on_nothing() {
    assert!(dependencies("wimsmith-compress").iter().all(|name| name == "memchr"));
}

#[test]
fn the_format_knows_no_codec_and_no_archive() {
    let found = dependencies("wimsmith-format");
    assert!(found.iter().all(|name| !name.starts_with("wimsmith")), "{found:?}");
}

#[test]
fn the_archive_knows_no_command_line() {
    let found = dependencies("wimsmith-export");
    assert!(!found.iter().any(|name| ["wimsmith", "clap", "anyhow"].contains(&name.as_str())), "{found:?}");
}
