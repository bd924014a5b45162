//! Types and data of values.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A value's type: what its data means, by Windows' number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueType(pub u32);

impl ValueType {
    /// REG_NONE: no meaning.
    pub const NONE: Self = Self(0);
    /// REG_SZ: a text.
    pub const SZ: Self = Self(1);
    /// REG_EXPAND_SZ: a text with references to environment variables.
    pub const EXPAND_SZ: Self = Self(2);
    /// REG_BINARY: bytes.
    pub const BINARY: Self = Self(3);
    /// REG_DWORD: a 32-bit number.
    pub const DWORD: Self = Self(4);
    /// REG_DWORD_BIG_ENDIAN: a 32-bit number, most significant byte first.
    pub const DWORD_BIG_ENDIAN: Self = Self(5);
    /// REG_LINK: the path of another key.
    pub const LINK: Self = Self(6);
    /// REG_MULTI_SZ: texts.
    pub const MULTI_SZ: Self = Self(7);
    /// REG_RESOURCE_LIST.
    pub const RESOURCE_LIST: Self = Self(8);
    /// REG_FULL_RESOURCE_DESCRIPTOR.
    pub const FULL_RESOURCE_DESCRIPTOR: Self = Self(9);
    /// REG_RESOURCE_REQUIREMENTS_LIST.
    pub const RESOURCE_REQUIREMENTS_LIST: Self = Self(10);
    /// REG_QWORD: a 64-bit number.
    pub const QWORD: Self = Self(11);

    const NAMES: [&str; 12] = [
        "none",
        "sz",
        "expand_sz",
        "binary",
        "dword",
        "dword_big_endian",
        "link",
        "multi_sz",
        "resource_list",
        "full_resource_descriptor",
        "resource_requirements_list",
        "qword",
    ];

    /// The type of a name such as `expand_sz`, `REG_EXPAND_SZ`, or `0x20`.
    pub fn from_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let bare = lower.strip_prefix("reg_").unwrap_or(&lower);
        let number = || u32::from_str_radix(bare.strip_prefix("0x")?, 16).ok();
        let known = Self::NAMES.iter().position(|&known| known == bare).map(|index| index as u32);
        known.or_else(number).map(Self)
    }
}

impl fmt::Display for ValueType {
    /// Windows' name, such as `REG_SZ`; a number where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.get(self.0 as usize) {
            Some(name) => write!(f, "REG_{}", name.to_ascii_uppercase()),
            None => write!(f, "{:#x}", self.0),
        }
    }
}

/// A value's type and data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// What the data means.
    pub kind: ValueType,
    /// The data as it is stored: texts in UTF-16LE with their terminators, numbers in little-endian.
    pub data: Vec<u8>,
}

impl Value {
    /// A value of any type.
    pub fn new(kind: ValueType, data: impl Into<Vec<u8>>) -> Self {
        Self { kind, data: data.into() }
    }

    /// REG_SZ.
    pub fn sz(text: &str) -> Self {
        Self::new(ValueType::SZ, utf16(text))
    }

    /// REG_EXPAND_SZ.
    pub fn expand_sz(text: &str) -> Self {
        Self::new(ValueType::EXPAND_SZ, utf16(text))
    }

    /// REG_MULTI_SZ.
    pub fn multi_sz<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let mut data: Vec<u8> = texts.into_iter().flat_map(|text| utf16(text.as_ref())).collect();
        data.extend([0, 0]);
        Self::new(ValueType::MULTI_SZ, data)
    }

    /// REG_DWORD.
    pub fn dword(number: u32) -> Self {
        Self::new(ValueType::DWORD, number.to_le_bytes())
    }

    /// REG_QWORD.
    pub fn qword(number: u64) -> Self {
        Self::new(ValueType::QWORD, number.to_le_bytes())
    }

    /// REG_BINARY.
    pub fn binary(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(ValueType::BINARY, bytes)
    }

    /// The text of REG_SZ, REG_EXPAND_SZ or REG_LINK, up to its terminator; units that are no text become U+FFFD.
    pub fn text(&self) -> Option<String> {
        let is_text = matches!(self.kind, ValueType::SZ | ValueType::EXPAND_SZ | ValueType::LINK);
        is_text.then(|| String::from_utf16_lossy(self.units().split(|&unit| unit == 0).next().unwrap_or_default()))
    }

    /// The texts of REG_MULTI_SZ.
    pub fn texts(&self) -> Option<Vec<String>> {
        if self.kind != ValueType::MULTI_SZ {
            return None;
        }
        let units = self.units();
        Some(units.split(|&unit| unit == 0).take_while(|text| !text.is_empty()).map(String::from_utf16_lossy).collect())
    }

    /// The number of REG_DWORD, REG_DWORD_BIG_ENDIAN or REG_QWORD.
    pub fn number(&self) -> Option<u64> {
        let bytes = self.data.as_slice();
        match self.kind {
            ValueType::DWORD => bytes.try_into().ok().map(|bytes| u32::from_le_bytes(bytes).into()),
            ValueType::DWORD_BIG_ENDIAN => {
                let mut reversed: [u8; 4] = bytes.try_into().ok()?;
                reversed.reverse();
                Some(u32::from_le_bytes(reversed).into())
            }
            ValueType::QWORD => bytes.try_into().ok().map(u64::from_le_bytes),
            _ => None,
        }
    }

    /// The data as UTF-16 units; a last odd byte does not count.
    pub(crate) fn units(&self) -> Vec<u16> {
        self.data.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect()
    }
}

impl fmt::Display for Value {
    /// The data to be read by people: a text, texts between `\0`, a number in hexadecimal and decimal, or bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.text() {
            f.write_str(&text)
        } else if let Some(texts) = self.texts() {
            f.write_str(&texts.join("\\0"))
        } else if let Some(number) = self.number() {
            write!(f, "{number:#x} ({number})")
        } else {
            let bytes: Vec<String> = self.data.iter().map(|byte| format!("{byte:02x}")).collect();
            f.write_str(&bytes.join(" "))
        }
    }
}

/// A text with its terminator.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}
