//! Small clean registry hives (regf 1.5).
//!
//! ```
//! use testdata::hive::{Key, Value};
//! let hive = Key::new()
//!     .set(r"Select", "Current", Value::Dword(1))
//!     .set(r"ControlSet001\Services\FBWF", "WinPECacheThreshold", Value::Dword(32))
//!     .encode();
//! assert_eq!(&hive[..4], b"regf");
//! ```

use crate::build::{DEFAULT_TIME, descriptor};

/// "No cell here".
const NONE: u32 = u32::MAX;
/// The size of the base block, and what a bin's size is a multiple of.
const BLOCK: usize = 4096;
/// The size of a bin's header.
const BIN_HEADER: usize = 32;
/// Everything about a key except its name, in bytes.
const KEY_FIXED: usize = 76;
/// The flag of a key or value whose name is stored in one byte per character.
const KEY_COMPRESSED_NAME: u16 = 0x20;
/// The flags of the root key: entry of the hive, cannot be deleted.
const KEY_ROOT: u16 = 0x04 | 0x08;
/// The bit of a value's size that says its data lies in the offset field.
const INLINE: u32 = 1 << 31;
/// Bigger values need a layout that this writer does not have.
const MAX_VALUE: usize = 16344;
/// Full access to a key.
const KEY_ALL_ACCESS: u32 = 0x000F_003F;
/// The checksum covers this much of the base block, and lies behind it.
const CHECKSUM_OFFSET: usize = 508;

/// A value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// REG_SZ.
    Sz(String),
    /// REG_EXPAND_SZ.
    ExpandSz(String),
    /// REG_MULTI_SZ.
    MultiSz(Vec<String>),
    /// REG_DWORD.
    Dword(u32),
    /// REG_QWORD.
    Qword(u64),
    /// REG_BINARY.
    Binary(Vec<u8>),
}

impl Value {
    /// REG_SZ of a literal.
    pub fn sz(text: &str) -> Value {
        Value::Sz(text.to_string())
    }

    /// The type's number and the data's bytes.
    fn encode(&self) -> (u32, Vec<u8>) {
        let utf16 = |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        match self {
            Value::Sz(text) => (1, utf16(text)),
            Value::ExpandSz(text) => (2, utf16(text)),
            Value::Binary(bytes) => (3, bytes.clone()),
            Value::Dword(number) => (4, number.to_le_bytes().to_vec()),
            Value::MultiSz(texts) => (7, texts.iter().flat_map(|text| utf16(text)).chain([0, 0]).collect()),
            Value::Qword(number) => (11, number.to_le_bytes().to_vec()),
        }
    }
}

/// A key with its values and the keys below it; as a root, a hive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    values: Vec<(String, Value)>,
    keys: Vec<(String, Key)>,
}

impl Key {
    /// A key with nothing in it.
    pub fn new() -> Key {
        Key::default()
    }

    /// Adds a value to the key at a path of names between `\`; missing keys are added. The name "" is the default
    /// value's. Names are ASCII.
    pub fn set(mut self, path: &str, name: &str, value: Value) -> Key {
        self.at(path).values.push((name.to_string(), value));
        self
    }

    /// Adds a key without values.
    pub fn key(mut self, path: &str) -> Key {
        self.at(path);
        self
    }

    /// The key at a path; missing ones are added.
    fn at(&mut self, path: &str) -> &mut Key {
        path.split('\\').filter(|name| !name.is_empty()).fold(self, |key, name| {
            let found = key.keys.iter().position(|(other, _)| other.eq_ignore_ascii_case(name));
            let index = found.unwrap_or_else(|| {
                key.keys.push((name.to_string(), Key::new()));
                key.keys.len() - 1
            });
            &mut key.keys[index].1
        })
    }

    /// The hive with this key as its root.
    ///
    /// # Panics
    /// When a value is over 16344 bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer { bins: vec![0; BIN_HEADER], security: 0, keys: 0 };
        let security = descriptor(KEY_ALL_ACCESS);
        writer.security = writer.cell(&[b"sk", &[0; 18][..], &security].concat());
        let root = writer.write_key("ROOT", self, NONE);
        writer.finish_security(security.len() as u32);
        writer.finish(root)
    }
}

/// The bins of a hive so far.
struct Writer {
    /// Offsets in a hive count from here.
    bins: Vec<u8>,
    /// The one security cell that all keys share.
    security: u32,
    keys: u32,
}

impl Writer {
    /// Writes a cell, and gives its offset.
    fn cell(&mut self, data: &[u8]) -> u32 {
        let offset = self.bins.len();
        let size = (size_of::<i32>() + data.len()).next_multiple_of(8);
        self.bins.extend((-(size as i32)).to_le_bytes());
        self.bins.extend(data);
        self.bins.resize(offset + size, 0);
        offset as u32
    }

    /// Overwrites numbers of a cell.
    fn patch(&mut self, cell: u32, offset: usize, numbers: &[u32]) {
        let start = cell as usize + size_of::<i32>() + offset;
        for (i, number) in numbers.iter().enumerate() {
            let at = start + i * size_of::<u32>();
            self.bins[at..at + size_of::<u32>()].copy_from_slice(&number.to_le_bytes());
        }
    }

    /// Writes a key and all below it. `parent` is the parent's cell, or [`NONE`] for the root.
    fn write_key(&mut self, name: &str, key: &Key, parent: u32) -> u32 {
        self.keys += 1;
        let flags = KEY_COMPRESSED_NAME | if parent == NONE { KEY_ROOT } else { 0 };
        let mut data = b"nk".to_vec();
        data.extend(flags.to_le_bytes());
        data.extend(DEFAULT_TIME.to_le_bytes());
        let parent = if parent == NONE { 0 } else { parent };
        for number in [0, parent, 0, 0, NONE, NONE, 0, NONE, self.security, NONE, 0, 0, 0, 0, 0] {
            data.extend(u32::to_le_bytes(number));
        }
        data.extend((name.len() as u16).to_le_bytes());
        data.extend([0, 0]);
        debug_assert_eq!(data.len(), KEY_FIXED);
        data.extend(name.as_bytes());
        let cell = self.cell(&data);
        self.write_values(cell, key);
        self.write_subkeys(cell, key);
        cell
    }

    /// Writes the values of a key and their list.
    fn write_values(&mut self, cell: u32, key: &Key) {
        if key.values.is_empty() {
            return;
        }
        let list: Vec<u8> =
            key.values.iter().flat_map(|(name, value)| self.write_value(name, value).to_le_bytes()).collect();
        let list = self.cell(&list);
        let longest_name = key.values.iter().map(|(name, _)| name.len() as u32 * 2).max().unwrap_or(0);
        let longest_data = key.values.iter().map(|(_, value)| value.encode().1.len() as u32).max().unwrap_or(0);
        self.patch(cell, 36, &[key.values.len() as u32, list]);
        self.patch(cell, 60, &[longest_name, longest_data]);
    }

    /// Writes a value, and gives its cell.
    fn write_value(&mut self, name: &str, value: &Value) -> u32 {
        let (kind, bytes) = value.encode();
        assert!(bytes.len() <= MAX_VALUE, "the value {name} is too big");
        let (size, place) = if bytes.len() <= size_of::<u32>() {
            let mut inline = [0; size_of::<u32>()];
            inline[..bytes.len()].copy_from_slice(&bytes);
            (bytes.len() as u32 | INLINE, u32::from_le_bytes(inline))
        } else {
            (bytes.len() as u32, self.cell(&bytes))
        };
        let mut data = b"vk".to_vec();
        data.extend((name.len() as u16).to_le_bytes());
        for number in [size, place, kind] {
            data.extend(number.to_le_bytes());
        }
        data.extend([u8::from(!name.is_empty()), 0, 0, 0]);
        data.extend(name.as_bytes());
        self.cell(&data)
    }

    /// Writes the keys below a key and their list, sorted by name as readers expect.
    fn write_subkeys(&mut self, cell: u32, key: &Key) {
        if key.keys.is_empty() {
            return;
        }
        let mut keys: Vec<&(String, Key)> = key.keys.iter().collect();
        keys.sort_by_key(|(name, _)| name.to_ascii_uppercase());
        let mut list = b"lh".to_vec();
        list.extend((keys.len() as u16).to_le_bytes());
        for (name, below) in &keys {
            list.extend(self.write_key(name, below, cell).to_le_bytes());
            list.extend(name_hash(name).to_le_bytes());
        }
        let list = self.cell(&list);
        let longest = keys.iter().map(|(name, _)| name.len() as u32 * 2).max().unwrap_or(0);
        self.patch(cell, 20, &[keys.len() as u32]);
        self.patch(cell, 28, &[list]);
        self.patch(cell, 52, &[longest]);
    }

    /// Closes the ring of security cells, and counts the keys that use the only one.
    fn finish_security(&mut self, size: u32) {
        self.patch(self.security, 4, &[self.security, self.security, self.keys, size]);
    }

    /// Fills the bin up, and puts the base block before it.
    fn finish(mut self, root: u32) -> Vec<u8> {
        let used = self.bins.len();
        let size = (used + 8).next_multiple_of(BLOCK);
        self.bins.extend(((size - used) as i32).to_le_bytes());
        self.bins.resize(size, 0);
        self.bins[..4].copy_from_slice(b"hbin");
        self.bins[8..12].copy_from_slice(&(size as u32).to_le_bytes());
        self.bins[20..28].copy_from_slice(&DEFAULT_TIME.to_le_bytes());

        let mut bytes = b"regf\x01\0\0\0\x01\0\0\0".to_vec();
        bytes.extend(DEFAULT_TIME.to_le_bytes());
        for number in [1, 5, 0, 1, root, size as u32, 1] {
            bytes.extend(u32::to_le_bytes(number));
        }
        bytes.resize(CHECKSUM_OFFSET, 0);
        bytes.extend(checksum(&bytes).to_le_bytes());
        bytes.resize(BLOCK, 0);
        bytes.extend(self.bins);
        bytes
    }
}

/// The hash of a name in a list of keys.
fn name_hash(name: &str) -> u32 {
    let upper = name.to_ascii_uppercase();
    upper.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(37).wrapping_add(u32::from(byte)))
}

/// The base block's checksum: XOR of its words; 0 and -1 are not used.
fn checksum(bytes: &[u8]) -> u32 {
    let words = bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    match words.fold(0, |sum, word| sum ^ word) {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    }
}
