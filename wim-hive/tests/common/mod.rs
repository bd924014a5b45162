//! What the tests of hives share.
#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;

use testdata::hive::{Key as TestKey, Value as TestValue};
use wim_hive::{Hive, Key, Value};

/// All values of a hive by the paths of their keys; a key without values is there, too.
pub(crate) type Tree = BTreeMap<String, BTreeMap<String, Value>>;

/// Everything in a hive.
pub(crate) fn tree(hive: &Hive) -> Tree {
    let mut tree = Tree::new();
    let mut keys: Vec<(String, Key<'_>)> = vec![(String::new(), hive.root())];
    while let Some((path, key)) = keys.pop() {
        for below in key.subkeys() {
            keys.push((format!("{path}\\{}", below.name()), below));
        }
        let values = key.values().map(|(name, value)| (name.to_string(), value)).collect();
        tree.insert(path, values);
    }
    tree
}

/// Reads a hive that has to be sound.
pub(crate) fn parse(bytes: &[u8]) -> Hive {
    Hive::parse(bytes).unwrap_or_else(|error| panic!("{error}"))
}

/// Writes a hive, reads it again, and checks that nothing was lost on the way.
pub(crate) fn reopened(hive: &Hive) -> Hive {
    let again = parse(&hive.to_bytes().unwrap());
    assert_eq!(tree(&again), tree(hive));
    assert_eq!(again.statistics().lost_cells, hive.statistics().lost_cells, "an edit loses no cell");
    again
}

/// A hive with values of every type, and keys of some depth.
pub(crate) fn sample() -> Vec<u8> {
    TestKey::new()
        .set("", "", TestValue::sz("the root's default value"))
        .set("Select", "Current", TestValue::Dword(1))
        .set("Setup", "CmdLine", TestValue::sz("winpeshl.exe"))
        .set("Setup", "Path", TestValue::ExpandSz(r"%SystemRoot%\System32".into()))
        .set("Setup", "Binary", TestValue::Binary((0..=255).collect()))
        .set("Setup", "Big", TestValue::Qword(u64::MAX - 1))
        .set("Setup", "List", TestValue::MultiSz(vec!["one".into(), "two".into()]))
        .set(r"ControlSet001\Services\FBWF", "WinPECacheThreshold", TestValue::Dword(32))
        .set(r"ControlSet001\Services\disk", "Start", TestValue::Dword(0))
        .key(r"ControlSet001\Control\Empty")
        .encode()
}
