//! Registry hives.

use wim_hive::{Hive, Key, RegFile, Value, ValueType};

use crate::input::Input;

/// Where a hive's checksum lies, behind the words that it sums.
const CHECKSUM: usize = 508;
/// The hive's place in registration files.
const ROOT: &str = r"HKEY_LOCAL_MACHINE\SYSTEM";

/// What is accepted is written byte for byte, can be walked to its end, and counts what the walk finds; an export that can
/// be read back says the same.
pub fn hive_parse(data: &[u8]) {
    let Ok(hive) = Hive::parse(&sealed(data)) else { return };
    let statistics = hive.statistics();
    assert!(hive.to_bytes().unwrap() == sealed(data)[..statistics.bytes as usize]);
    let (keys, values) = walk(&hive);
    assert_eq!((keys, values), (statistics.keys, statistics.values));
    if let Ok(exported) = hive.export("", ROOT)
        && let Ok(file) = RegFile::parse(&exported)
    {
        assert_eq!(file.entries.len() as u64, keys + values);
    }
}

/// Edits of a hive are done or refused: what is refused changes nothing, what is done can be seen, and what is written is
/// sound and says the same.
pub fn hive_edit(data: &[u8]) {
    const MAX_EDITS: u8 = 24;
    let mut input = Input::new(data);
    let edits: Vec<_> = (0..input.u8() % MAX_EDITS).map(|_| Edit::take(&mut input)).collect();
    let Ok(mut hive) = Hive::parse(&sealed(input.rest())) else { return };
    for edit in edits {
        edit.apply(&mut hive);
    }
    let again = Hive::parse(&hive.to_bytes().expect("what is written is sound")).unwrap();
    assert_eq!(walk(&again), walk(&hive));
    let statistics = again.statistics();
    assert_eq!((statistics.keys, statistics.values), (hive.statistics().keys, hive.statistics().values));
}

/// Any registration file is refused, or imported: what it set last is there, and an export of it is read as the same.
pub fn reg_file(data: &[u8]) {
    let Ok(file) = RegFile::parse(data) else { return };
    let empty = testdata::hive::Key::new().encode();
    let mut hive = Hive::parse(&empty).unwrap();
    if hive.import(&file, ROOT).is_err() {
        assert!(!hive.is_changed(), "what is refused changes nothing");
        return;
    }
    let Ok(exported) = hive.export("", ROOT) else { return };
    let mut copy = Hive::parse(&empty).unwrap();
    copy.import(&RegFile::parse(&exported).unwrap(), ROOT).unwrap();
    assert!(copy.export("", ROOT).unwrap() == exported);
}

/// The input with the checksum that its base block needs.
fn sealed(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    if bytes.len() >= CHECKSUM + 4 {
        let words = bytes[..CHECKSUM].as_chunks::<4>().0.iter();
        let sum = match words.fold(0, |sum, &word| sum ^ u32::from_le_bytes(word)) {
            0 => 1,
            u32::MAX => u32::MAX - 1,
            sum => sum,
        };
        bytes[CHECKSUM..CHECKSUM + 4].copy_from_slice(&sum.to_le_bytes());
    }
    bytes
}

/// Reads everything, and counts keys and values.
fn walk(hive: &Hive) -> (u64, u64) {
    let (mut keys, mut values) = (0, 0);
    let mut rest: Vec<Key<'_>> = vec![hive.root()];
    while let Some(key) = rest.pop() {
        keys += 1;
        for (name, value) in key.values() {
            std::hint::black_box((name.to_string(), value.to_string()));
            values += 1;
        }
        std::hint::black_box((key.name(), key.class(), key.security(), key.last_written(), key.is_link()));
        rest.extend(key.subkeys());
    }
    (keys, values)
}

struct Edit {
    kind: u8,
    path: String,
    name: String,
    value: Value,
}

impl Edit {
    fn take(input: &mut Input<'_>) -> Self {
        const NAMES: [&str; 8] = ["A", "b", "First", "setup", "é", "k0300", "Select", "<U+0000>"];
        let name = |number: u8| NAMES[usize::from(number) % NAMES.len()];
        let (kind, a, b, c, length, byte) = (input.u8(), input.u8(), input.u8(), input.u8(), input.u16(), input.u8());
        let path = [a, b].into_iter().take(usize::from(a % 3)).map(name).collect::<Vec<_>>().join("\\");
        let value = Value::new(ValueType(u32::from(byte % 13)), vec![byte; usize::from(length)]);
        Self { kind, path, name: name(c).to_owned(), value }
    }

    fn apply(&self, hive: &mut Hive) {
        let before = hive.clone();
        let value_count = |hive: &Hive| hive.find(&self.path).map_or(0, |key| key.values().len());
        let done = match self.kind % 4 {
            0 => hive.create_key(&self.path).map(|_| true),
            1 => hive.set_value(&self.path, &self.name, &self.value).map(|()| true),
            2 => hive.delete_value(&self.path, &self.name),
            _ => hive.delete_key(&self.path),
        };
        match (done, self.kind % 4) {
            (Ok(true), 0) => assert!(hive.find(&self.path).is_some()),
            (Ok(true), 1) => {
                let value = hive.key(&self.path).unwrap().value(&wim_format::Name::parse_escaped(&self.name));
                assert_eq!(value.as_ref(), Some(&self.value));
            }
            (Ok(true), 2) => assert_eq!(value_count(hive) + 1, value_count(&before)),
            (Ok(true), _) => assert!(hive.statistics().keys < before.statistics().keys),
            (Ok(false) | Err(_), _) => assert!(hive.to_bytes() == before.to_bytes(), "what is refused changes nothing"),
        }
    }
}
