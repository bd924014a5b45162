//! Edits: what was asked for is there after the hive was written and read again, and nothing else changed.

mod common;

use common::{parse, reopened, sample, tree};
use wim_hive::{Error, Hive, Value, ValueType};

#[test]
fn a_hive_that_is_not_changed_is_written_as_it_was() {
    let bytes = sample();
    let mut hive = parse(&bytes);
    assert!(!hive.delete_value("Setup", "no such value").unwrap());
    assert!(!hive.delete_key(r"Setup\no such key").unwrap());
    hive.set_value("Select", "current", &Value::dword(1)).unwrap();
    assert!(!hive.is_changed());
    assert_eq!(hive.to_bytes().unwrap(), bytes);
}

#[test]
fn a_number_is_changed_in_place() {
    let bytes = sample();
    let mut hive = parse(&bytes);
    hive.set_value(r"controlset001\SERVICES\fbwf", "winpecachethreshold", &Value::dword(512)).unwrap();
    let after = hive.to_bytes().unwrap();
    assert_eq!(after.len(), bytes.len());
    let changed = bytes.iter().zip(&after).filter(|(a, b)| a != b).count();
    // The value's two bytes, both sequence numbers, the checksum.
    assert!(changed <= 2 + 2 + 4, "{changed} bytes changed");
    let value = parse(&after).key(r"ControlSet001\Services\FBWF").unwrap().value(&"WinPECacheThreshold".into());
    assert_eq!(value.unwrap().number(), Some(512));
}

#[test]
fn values_of_every_size_come_and_go() {
    let mut hive = parse(&sample());
    let before = tree(&hive);
    let data: Vec<u8> = (0..200_000u32).map(|i| (i % 251) as u8).collect();
    for (index, size) in
        [0, 1, 4, 5, 100, 16343, 16344, 16345, 40_000, 200_000, 3, 20_000, 16_000].into_iter().enumerate()
    {
        let value = Value::new(ValueType(0x1000 + index as u32), &data[..size]);
        hive.set_value(r"Setup\Sizes", &format!("v{size}"), &value).unwrap();
        hive.set_value(r"Setup\Sizes", "changing", &value).unwrap();
        hive = reopened(&hive);
        let key = hive.key(r"Setup\Sizes").unwrap();
        assert_eq!(key.value(&"changing".into()), Some(value.clone()), "{size}");
        assert_eq!(key.value(&format!("V{size}").as_str().into()), Some(value), "{size}");
    }
    assert!(hive.delete_key(r"Setup\Sizes").unwrap());
    assert_eq!(tree(&reopened(&hive)), before);
}

#[test]
fn space_that_was_given_back_is_used_again() {
    let mut hive = parse(&sample());
    hive.set_value("A", "v", &Value::binary(vec![7; 50_000])).unwrap();
    let size = hive.statistics().bytes;
    for round in 0..50 {
        assert!(hive.delete_key("A").unwrap());
        hive.set_value("A", "v", &Value::binary(vec![round; 50_000])).unwrap();
    }
    assert_eq!(hive.statistics().bytes, size);
    reopened(&hive);
}

#[test]
fn what_was_deleted_leaves_no_bytes_behind() {
    let mut hive = parse(&sample());
    hive.set_value("Secret", "password", &Value::sz("correct horse")).unwrap();
    hive.delete_key("Secret").unwrap();
    let bytes = hive.to_bytes().unwrap();
    let needle: Vec<u8> = "correct".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(!bytes.windows(needle.len()).any(|window| window == needle));
}

#[test]
fn thousands_of_keys_are_found_in_split_lists() {
    const COUNT: usize = 3000;
    for order in ["up", "down", "mixed"] {
        let mut hive = parse(&sample());
        for i in 0..COUNT {
            let number = match order {
                "up" => i,
                "down" => COUNT - 1 - i,
                _ => i * 1237 % COUNT,
            };
            hive.set_value(&format!(r"Many\key {number:05}"), "n", &Value::dword(number as u32)).unwrap();
        }
        hive = reopened(&hive);
        let many = hive.key("Many").unwrap();
        assert!(many.subkeys().map(|key| key.name()).is_sorted(), "{order}");
        assert_eq!(many.subkeys().len(), COUNT);
        for number in (0..COUNT).step_by(7) {
            assert!(hive.delete_key(&format!(r"Many\KEY {number:05}")).unwrap(), "{order} {number}");
        }
        hive = reopened(&hive);
        assert_eq!(hive.key("Many").unwrap().subkeys().len(), COUNT - COUNT.div_ceil(7));
        hive.delete_key("Many").unwrap();
        assert_eq!(tree(&reopened(&hive)), tree(&parse(&sample())));
    }
}

#[test]
fn names_of_every_script_are_kept_and_found_in_any_case() {
    let mut hive = parse(&sample());
    for (name, other) in [("Größe", "gRÖßE"), ("Ключ", "кЛЮЧ"), ("鍵", "鍵"), ("😀", "😀"), ("a/b", "A/B"), (".", ".")]
    {
        hive.set_value(name, name, &Value::sz(name)).unwrap();
        let hive = reopened(&hive);
        let key = hive.key(other).unwrap();
        assert_eq!(key.value(&other.into()).unwrap().text().as_deref(), Some(name));
    }
}

#[test]
fn new_keys_share_their_parents_descriptor() {
    let mut hive = parse(&sample());
    hive.create_key(r"Setup\a\b\c").unwrap();
    let hive = reopened(&hive);
    let security = hive.key("Setup").unwrap().security().map(<[u8]>::to_vec);
    assert!(security.as_ref().is_some_and(|bytes| !bytes.is_empty()));
    assert_eq!(hive.key(r"Setup\a\b\c").unwrap().security().map(<[u8]>::to_vec), security);
    assert_eq!(hive.statistics().miscounted_descriptors, 0);
}

#[test]
fn what_is_refused_changes_nothing() {
    let bytes = sample();
    let mut hive = parse(&bytes);
    let long = "k".repeat(256);
    let deep = r"d\".repeat(512);
    assert!(matches!(hive.create_key(&format!(r"new\{long}")), Err(Error::Limit { .. })));
    assert!(matches!(hive.create_key(&deep), Err(Error::Limit { .. })));
    assert!(matches!(hive.create_key(r"new\a<U+0000>b"), Err(Error::Name(_))));
    assert!(matches!(hive.set_value("new", "a<U+0000>b", &Value::dword(1)), Err(Error::Name(_))));
    assert!(matches!(hive.set_value("new", &"v".repeat(16_384), &Value::dword(1)), Err(Error::Limit { .. })));
    assert_eq!(hive.delete_key(""), Err(Error::Root));
    assert_eq!(hive.delete_value("new", "x"), Err(Error::NoSuchKey("new".into())));
    assert!(!hive.is_changed());
    assert_eq!(hive.to_bytes().unwrap(), bytes);
}

#[test]
fn the_current_control_set_is_the_selected_one() {
    let mut hive = parse(&sample());
    assert_eq!(hive.resolve(r"CurrentControlSet\Services"), r"ControlSet001\Services");
    assert_eq!(hive.resolve(r"\currentcontrolset"), "ControlSet001");
    assert_eq!(hive.resolve(r"Setup\CurrentControlSet"), r"Setup\CurrentControlSet");
    hive.set_value("Select", "Current", &Value::dword(3)).unwrap();
    assert_eq!(hive.resolve(r"CurrentControlSet\Control"), r"ControlSet003\Control");
    hive.delete_key("Select").unwrap();
    assert_eq!(hive.resolve(r"CurrentControlSet\Control"), r"CurrentControlSet\Control");
}

#[test]
fn each_write_counts_up_and_the_time_is_the_callers() {
    let mut hive = parse(&sample());
    let field = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let time = wim_format::FileTime::from_unix_seconds(1_700_000_000);
    hive.set_time(time);
    hive.create_key("New").unwrap();
    let bytes = hive.to_bytes().unwrap();
    assert_eq!((field(&bytes, 4), field(&bytes, 8)), (2, 2));
    let again = parse(&bytes);
    assert_eq!(again.key("New").unwrap().last_written(), time);
    assert_ne!(again.key("Setup").unwrap().last_written(), time);
    assert_eq!(bytes, hive.to_bytes().unwrap(), "writing does not change what is in memory");
}

#[test]
fn lost_cells_are_counted_and_kept() {
    let mut hive = parse(&sample());
    hive.set_value("Setup", "data", &Value::binary(vec![1; 100])).unwrap();
    let mut bytes = hive.to_bytes().unwrap();
    // The value says that it has no data; its cell is lost.
    let record = bytes.windows(6).position(|window| window == b"vk\x04\0\x64\0").unwrap();
    bytes[record + 4..record + 8].copy_from_slice(&0u32.to_le_bytes());
    let hive = Hive::parse(&bytes).unwrap();
    assert_eq!(hive.statistics().lost_cells, 1);
}
