//! Every kind of damage is an error that says what is wrong, and where.

mod common;

use common::sample;
use testdata::hive::{Key as TestKey, Value as TestValue};
use wim_hive::{Error, Hive};

/// Where the bins begin in the file.
const BINS: usize = 4096;
/// A cell's content follows its size.
const SIZE_FIELD: usize = 4;

/// A hive to damage, with a way to find its parts.
struct Damaged(Vec<u8>);

impl Damaged {
    fn new() -> Self {
        let hive = TestKey::new()
            .set("A", "number", TestValue::Dword(7))
            .set("A", "data", TestValue::Binary(vec![0x5A; 40]))
            .key(r"A\First")
            .key(r"A\Second")
            .key("B");
        Self(hive.encode())
    }

    /// The offset in the file of the content of the cell that begins with `magic` and has `name` at `name_at`.
    fn find(&self, magic: &[u8], name_at: usize, name: &str) -> usize {
        (BINS..self.0.len() - name_at - name.len())
            .find(|&at| self.0[at..].starts_with(magic) && self.0[at + name_at..].starts_with(name.as_bytes()))
            .unwrap_or_else(|| panic!("no {name}"))
    }

    fn key(&self, name: &str) -> usize {
        self.find(b"nk", 76, name)
    }

    fn value(&self, name: &str) -> usize {
        self.find(b"vk", 20, name)
    }

    fn number(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    /// Where the cell is that the field at `at` names.
    fn follow(&self, at: usize) -> usize {
        BINS + self.number(at) as usize + SIZE_FIELD
    }

    /// The number by which fields name the cell whose content is at `at`.
    fn name_of(at: usize) -> u32 {
        (at - SIZE_FIELD - BINS) as u32
    }

    fn set(&mut self, at: usize, bytes: impl AsRef<[u8]>) -> &mut Self {
        let bytes = bytes.as_ref();
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    fn put(&mut self, at: usize, number: u32) -> &mut Self {
        self.set(at, number.to_le_bytes())
    }

    /// Makes the base block's checksum right again.
    fn seal(&mut self) -> &mut Self {
        let sum = (0..508).step_by(4).fold(0, |sum, at| sum ^ self.number(at));
        self.put(508, sum)
    }

    #[track_caller]
    fn assert_corrupt(&self, expected: &str) {
        match Hive::parse(&self.0) {
            Err(Error::Corrupt { what, offset }) => {
                assert!(what.contains(expected), "{what} at {offset:#x}");
            }
            other => panic!("expected {expected}, got {other:?}"),
        }
    }
}

#[test]
fn what_is_no_hive() {
    for bytes in [&b""[..], b"regf", &[0; 8192]] {
        assert_eq!(Hive::parse(bytes).unwrap_err(), Error::NotAHive);
    }
}

#[test]
fn versions_and_kinds_of_files_that_are_not_known() {
    for (at, value) in [(20, 2), (24, 2), (24, 7), (28, 1), (28, 6), (32, 0)] {
        let error = Hive::parse(&Damaged::new().put(at, value).seal().0).unwrap_err();
        assert!(matches!(error, Error::Unsupported { value: found, .. } if found == value), "{at}: {error}");
    }
}

#[test]
fn a_hive_whose_last_write_did_not_end_is_dirty() {
    let error = Hive::parse(&Damaged::new().put(4, 9).seal().0).unwrap_err();
    assert_eq!(error, Error::Dirty { primary: 9, secondary: 1 });
    assert!(error.to_string().contains("load it once in Windows"));
}

#[test]
fn a_wrong_checksum() {
    let mut hive = Damaged::new();
    hive.put(60, 1);
    assert!(matches!(Hive::parse(&hive.0), Err(Error::Checksum { .. })));
    hive.seal();
    assert!(Hive::parse(&hive.0).is_ok());
}

#[test]
fn what_follows_the_bins_does_not_count_and_what_is_missing_does() {
    let mut hive = Damaged::new();
    hive.0.extend([0xAA; 100]);
    assert_eq!(Hive::parse(&hive.0).unwrap().statistics().bytes, hive.0.len() as u64 - 100);
    hive.0.truncate(BINS + 100);
    hive.assert_corrupt("ends before its bins");
}

#[test]
fn bins() {
    Damaged::new().set(BINS, b"hbix").assert_corrupt("\"hbin\"");
    Damaged::new().put(BINS + 4, 4096).assert_corrupt("lies elsewhere");
    for size in [0, 1, 4095, 8192, u32::MAX] {
        Damaged::new().put(BINS + 8, size).assert_corrupt("bin's size");
    }
    let size = Damaged::new().0.len() as u32 - BINS as u32;
    Damaged::new().put(40, size - 8).seal().assert_corrupt("bin");
}

#[test]
fn cells() {
    for size in [0i32, -4, -12, 1, 7, -8192, i32::MIN, i32::MAX] {
        Damaged::new().set(BINS + 32, size.to_le_bytes()).assert_corrupt("cell's size");
    }
}

#[test]
fn a_root_that_is_no_key() {
    for root in [0, 4, 32, 33, 0x7FFF_FFF8, u32::MAX] {
        let error = Hive::parse(&Damaged::new().put(36, root).seal().0).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "{root:#x}: {error}");
    }
}

#[test]
fn keys() {
    let hive = Damaged::new();
    let (a, first) = (hive.key("A"), hive.key("First"));
    Damaged::new().set(first, b"nx").assert_corrupt("\"nk\"");
    Damaged::new().set(first + 72, [0xFF; 2]).assert_corrupt("cut off");
    Damaged::new().put(first + 16, Damaged::name_of(first)).assert_corrupt("another parent");
    Damaged::new().put(a + 20, 3).assert_corrupt("count of subkeys");
    Damaged::new().put(a + 20, 1).assert_corrupt("count of subkeys");
    Damaged::new().set(a + 74, [2, 0]).put(a + 48, 8).assert_corrupt("class");
    // A cell in use is freed under the key that needs it.
    let size = hive.number(first - SIZE_FIELD).wrapping_neg();
    Damaged::new().put(first - SIZE_FIELD, size).assert_corrupt("no key's cell");
}

#[test]
fn a_key_below_itself() {
    let hive = Damaged::new();
    let (a, root) = (hive.key("A"), hive.number(36));
    let list = hive.follow(a + 28);
    Damaged::new().put(list + 4, root).assert_corrupt("two lists have it");
    Damaged::new().put(list + 4, Damaged::name_of(a)).assert_corrupt("two lists have it");
    // The same key twice.
    Damaged::new().put(list + 12, hive.number(list + 4)).assert_corrupt("two lists have it");
}

#[test]
fn lists_of_keys() {
    let hive = Damaged::new();
    let (a, root) = (hive.key("A"), hive.key("ROOT"));
    let list = hive.follow(a + 28);
    Damaged::new().set(list, b"lx").assert_corrupt("no known kind");
    Damaged::new().set(list + 2, [0xFF; 2]).assert_corrupt("cut off");
    Damaged::new().put(a + 28, u32::MAX).assert_corrupt("no list of keys");
    Damaged::new().put(a + 28, hive.number(root + 28)).assert_corrupt("two keys have it");
    // The list of the root becomes a list of lists with itself, then with another such list.
    let top = hive.follow(root + 28);
    Damaged::new().set(top, b"ri").put(top + 4, Damaged::name_of(top)).assert_corrupt("no list of keys");
    Damaged::new()
        .set(top, b"ri")
        .put(top + 4, Damaged::name_of(list))
        .set(list, b"ri")
        .assert_corrupt("list of lists");
}

#[test]
fn values() {
    let hive = Damaged::new();
    let (a, b, data, number) = (hive.key("A"), hive.key("B"), hive.value("data"), hive.value("number"));
    Damaged::new().put(a + 36, 90).assert_corrupt("shorter than its key says");
    Damaged::new().put(a + 40, 12).assert_corrupt("no list of values");
    Damaged::new().put(b + 36, 2).put(b + 40, hive.number(a + 40)).assert_corrupt("two keys have it");
    Damaged::new().set(data, b"vx").assert_corrupt("\"vk\"");
    Damaged::new().set(data + 2, [0xFF; 2]).assert_corrupt("\"vk\"");
    Damaged::new().put(data + 4, 4000).assert_corrupt("data is cut off");
    Damaged::new().put(data + 8, 8).assert_corrupt("no value's data");
    Damaged::new().put(number + 4, 5 | 1 << 31).assert_corrupt("too long for its place");
    let list = hive.follow(a + 40);
    Damaged::new().put(list + 4, hive.number(list)).assert_corrupt("two lists have it");
}

#[test]
fn data_in_segments() {
    let hive = Damaged::new();
    let value = hive.value("data");
    let data = hive.follow(value + 8);
    let make = || {
        let mut hive = Damaged::new();
        hive.set(data, b"db\x01\0").put(value + 4, 45);
        hive
    };
    make().put(data + 4, 8).assert_corrupt("no list of segments");
    make()
        .set(data + 2, [0, 0])
        .put(data + 4, Damaged::name_of(hive.follow(hive.key("A") + 28)))
        .assert_corrupt("list of segments");
}

#[test]
fn security_descriptors() {
    let hive = Damaged::new();
    let first = hive.key("First");
    let security = hive.follow(first + 44);
    Damaged::new().put(first + 44, 16).assert_corrupt("no security descriptor");
    Damaged::new().set(security, b"sx").assert_corrupt("\"sk\"");
    Damaged::new().put(security + 16, u32::MAX).assert_corrupt("cut off");
    Damaged::new().put(security + 4, 24).assert_corrupt("no security descriptor");
    Damaged::new().put(security + 8, 24).assert_corrupt("ring of security descriptors is broken");
    let mut miscounted = Damaged::new();
    miscounted.put(security + 12, 1);
    let mut hive = Hive::parse(&miscounted.0).unwrap();
    assert_eq!(hive.statistics().miscounted_descriptors, 1);
    hive.delete_key(r"A\First").unwrap();
    assert_eq!(Hive::parse(&hive.to_bytes().unwrap()).unwrap().statistics().miscounted_descriptors, 0);
}

#[test]
fn too_many_levels() {
    let path = |levels: usize| r"k\".repeat(levels);
    assert!(Hive::parse(&TestKey::new().key(&path(511)).encode()).is_ok());
    let error = Hive::parse(&TestKey::new().key(&path(512)).encode()).unwrap_err();
    assert!(matches!(error, Error::Limit { what: "levels of keys", .. }));
}

#[test]
fn any_byte_may_be_wrong() {
    let original = sample();
    for at in 0..original.len() {
        for byte in [0, 0xFF, original[at] ^ 1] {
            let mut bytes = original.clone();
            bytes[at] = byte;
            if let Ok(mut hive) = Hive::parse(&bytes) {
                common::tree(&hive);
                // Whatever is accepted can be edited and written.
                if at % 97 == 0 {
                    hive.set_value(r"Setup\New", "n", &wim_hive::Value::dword(1)).unwrap();
                    hive.delete_key("ControlSet001").unwrap();
                    hive.to_bytes().unwrap();
                }
            }
        }
    }
}

#[test]
fn the_base_block_alone_tells_whether_a_hive_is_clean() {
    let hive = Damaged::new().0;
    assert_eq!(Hive::check_base_block(&hive[..Hive::BASE_BLOCK]), Ok(()));
    assert_eq!(Hive::check_base_block(&hive[..Hive::BASE_BLOCK - 1]), Err(Error::NotAHive));
    let mut dirty = hive[..Hive::BASE_BLOCK].to_vec();
    dirty[4] ^= 1;
    dirty[508] ^= 1;
    assert!(matches!(Hive::check_base_block(&dirty), Err(Error::Dirty { .. })));
}
