//! Random edits against a model: an ordinary map of maps.

mod common;

use std::collections::BTreeMap;

use common::{parse, reopened};
use proptest::prelude::*;
use testdata::hive::Key as TestKey;
use wim_hive::{Hive, Key, Value, ValueType};

/// A key as the model has it. Names are in upper case.
#[derive(Clone, Debug, Default, PartialEq)]
struct Node {
    keys: BTreeMap<String, Node>,
    values: BTreeMap<String, Value>,
}

#[derive(Clone, Debug)]
enum Edit {
    Create(Vec<String>),
    Set(Vec<String>, String, Value),
    DeleteValue(Vec<String>, String),
    DeleteKey(Vec<String>),
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-cA-C]{1,2}",
        1 => "[а-в]{1,2}",
        1 => "[a-z0-9 ._-]{1,255}",
    ]
}

fn path(min: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(name(), min..4)
}

fn value() -> impl Strategy<Value = Value> {
    let size = prop_oneof![4 => 0..8usize, 4 => 0..300usize, 1 => 16_300..16_400usize, 1 => 0..70_000usize];
    (0..13u32, size, any::<u8>()).prop_map(|(kind, size, byte)| Value::new(ValueType(kind), vec![byte; size]))
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        2 => path(0).prop_map(Edit::Create),
        6 => (path(0), "[a-bA-B]{0,2}", value()).prop_map(|(path, name, value)| Edit::Set(path, name, value)),
        2 => (path(0), "[a-bA-B]{0,2}").prop_map(|(path, name)| Edit::DeleteValue(path, name)),
        2 => path(1).prop_map(Edit::DeleteKey),
    ]
}

fn upper(text: &str) -> String {
    text.to_uppercase()
}

impl Node {
    fn at(&mut self, path: &[String]) -> &mut Node {
        path.iter().fold(self, |node, name| node.keys.entry(upper(name)).or_default())
    }

    fn get(&mut self, path: &[String]) -> Option<&mut Node> {
        path.iter().try_fold(self, |node, name| node.keys.get_mut(&upper(name)))
    }

    fn of(key: Key<'_>) -> Node {
        let keys = key.subkeys().map(|key| (upper(&key.name().to_string()), Node::of(key))).collect();
        let values = key.values().map(|(name, value)| (upper(&name.to_string()), value)).collect();
        Node { keys, values }
    }
}

/// Does an edit to both, and checks that both say the same of it.
fn apply(hive: &mut Hive, model: &mut Node, edit: Edit) {
    match edit {
        Edit::Create(path) => {
            hive.create_key(&path.join("\\")).unwrap();
            model.at(&path);
        }
        Edit::Set(path, name, value) => {
            hive.set_value(&path.join("\\"), &name, &value).unwrap();
            model.at(&path).values.insert(upper(&name), value);
        }
        Edit::DeleteValue(path, name) => {
            let was_there = model.get(&path).map(|node| node.values.remove(&upper(&name)).is_some());
            assert_eq!(hive.delete_value(&path.join("\\"), &name).ok(), was_there);
        }
        Edit::DeleteKey(path) => {
            let (last, above) = path.split_last().unwrap();
            let was_there = model.get(above).is_some_and(|node| node.keys.remove(&upper(last)).is_some());
            assert_eq!(hive.delete_key(&path.join("\\")), Ok(was_there));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edits_do_what_they_do_to_a_map(edits in prop::collection::vec(edit(), 1..60), split in 0..60usize) {
        let mut hive = parse(&TestKey::new().encode());
        let mut model = Node::default();
        for (index, edit) in edits.into_iter().enumerate() {
            apply(&mut hive, &mut model, edit);
            if index == split {
                hive = reopened(&hive);
            }
        }
        let hive = reopened(&hive);
        prop_assert_eq!(Node::of(hive.root()), model);
        prop_assert_eq!(hive.statistics().lost_cells, 0);
        prop_assert_eq!(hive.statistics().miscounted_descriptors, 0);
    }
}
