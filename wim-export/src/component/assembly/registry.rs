//! What a component writes to the registry.

use roxmltree::Node;

use super::children;

/// A value that a component sets, or just a key that it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryValue {
    /// The key, as in `HKEY_LOCAL_MACHINE\SOFTWARE\Vendor`.
    pub key: String,
    /// The value's name, empty for the key's default value, and its data; `None`: the key alone.
    pub value: Option<(String, RegistryData)>,
}

/// A value's data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryData {
    /// REG_NONE.
    None(Vec<u8>),
    /// REG_SZ.
    Text(String),
    /// REG_EXPAND_SZ.
    ExpandText(String),
    /// REG_MULTI_SZ.
    Texts(Vec<String>),
    /// REG_BINARY.
    Binary(Vec<u8>),
    /// REG_DWORD.
    Number(u32),
    /// REG_QWORD.
    LargeNumber(u64),
}

impl RegistryValue {
    /// The same with `change` made to every text that a path can be in.
    pub(in crate::component) fn map_texts<E>(self, change: impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
        use RegistryData::{ExpandText, Text, Texts};
        let value = match self.value {
            None => None,
            Some((name, data)) => {
                let data = match data {
                    Text(text) => Text(change(&text)?),
                    ExpandText(text) => ExpandText(change(&text)?),
                    Texts(texts) => Texts(texts.iter().map(|text| change(text)).collect::<Result<_, _>>()?),
                    other => other,
                };
                Some((change(&name)?, data))
            }
        };
        Ok(Self { key: change(&self.key)?, value })
    }
}

/// Of a `registryKeys` element.
pub(super) fn registry_values(list: Node<'_, '_>) -> Result<Vec<RegistryValue>, String> {
    let mut values = Vec::new();
    for key in children(list, "registryKey") {
        let name = key.attribute("keyName").ok_or("a registryKey without a keyName")?;
        let before = values.len();
        for value in children(key, "registryValue") {
            let data = data(value).map_err(|what| format!("registry key {name}: {what}"))?;
            let value_name = value.attribute("name").unwrap_or_default().to_owned();
            values.push(RegistryValue { key: name.to_owned(), value: Some((value_name, data)) });
        }
        if values.len() == before {
            values.push(RegistryValue { key: name.to_owned(), value: None });
        }
    }
    Ok(values)
}

/// Of a `registryValue` element.
fn data(value: Node<'_, '_>) -> Result<RegistryData, String> {
    let text = value.attribute("value").unwrap_or_default();
    let kind = value.attribute("valueType").unwrap_or("REG_SZ");
    let bad = || format!("{text:?} is no {kind}");
    Ok(match kind {
        "REG_NONE" => RegistryData::None(bytes(text).ok_or_else(bad)?),
        "REG_SZ" => RegistryData::Text(text.to_owned()),
        "REG_EXPAND_SZ" => RegistryData::ExpandText(text.to_owned()),
        "REG_MULTI_SZ" => RegistryData::Texts(texts(text).ok_or_else(bad)?),
        "REG_BINARY" => RegistryData::Binary(bytes(text).ok_or_else(bad)?),
        "REG_DWORD" => RegistryData::Number(number(text).and_then(|number| number.try_into().ok()).ok_or_else(bad)?),
        "REG_QWORD" => RegistryData::LargeNumber(number(text).ok_or_else(bad)?),
        _ => return Err(format!("values of type {kind} are not supported")),
    })
}

/// A number: hexadecimal behind `0x`, else decimal.
fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Bytes as pairs of hexadecimal digits; commas between them are allowed.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> =
        text.chars().filter(|&c| c != ',' && c != ' ').map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks() else { return None };
    Some(pairs.iter().map(|[high, low]| (high << 4 | low) as u8).collect())
}

/// Texts in quotes with commas between; a quote in a text is doubled.
fn texts(list: &str) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let text;
        (text, rest) = quoted(rest.strip_prefix('"')?)?;
        texts.push(text);
        rest = rest.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(rest) => rest.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(texts)
}

/// A text up to its closing quote, and what is behind that.
fn quoted(list: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut rest = list;
    loop {
        let (before, after) = rest.split_once('"')?;
        text.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                text.push('"');
                rest = more;
            }
            None => return Some((text, after)),
        }
    }
}
