//! Data of values as it is typed.

use wim_hive::{Value, ValueType};

use crate::usage::Usage;

/// The value that was typed: a text, texts, a number, or bytes in hexadecimal, as its type wants.
pub(super) fn parse(kind: ValueType, data: &[String]) -> Result<Value, Usage> {
    let one = || match data {
        [] => Ok(""),
        [data] => Ok(data.as_str()),
        _ => Err(Usage::new(format!("{kind} has one DATA; quote it if there are spaces in it"))),
    };
    Ok(match kind {
        ValueType::SZ => Value::sz(one()?),
        ValueType::EXPAND_SZ => Value::expand_sz(one()?),
        ValueType::MULTI_SZ => {
            if data.iter().any(String::is_empty) {
                return Err(Usage::new("an empty text would end REG_MULTI_SZ"));
            }
            Value::multi_sz(data)
        }
        ValueType::DWORD => {
            let number = number(one()?)?;
            let number = u32::try_from(number);
            Value::dword(number.map_err(|_| Usage::new("REG_DWORD has 32 bits; --type qword has 64"))?)
        }
        ValueType::QWORD => Value::qword(number(one()?)?),
        kind => Value::new(kind, bytes(&data.concat())?),
    })
}

/// A number: decimal, or hexadecimal after `0x`.
fn number(text: &str) -> Result<u64, Usage> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let number = match hex {
        Some(digits) if !digits.starts_with('+') => u64::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None => text.parse().ok().filter(|_| !text.starts_with('+')),
    };
    number.ok_or_else(|| Usage::new(format!("{text:?} is no number; 512 and 0x200 are")))
}

/// Bytes of two hexadecimal digits each; spaces, commas and colons between them do not count.
fn bytes(text: &str) -> Result<Vec<u8>, Usage> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b' ' | b',' | b':')).collect();
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, []) = digits.as_chunks::<2>() else {
        return Err(Usage::new("bytes have two hexadecimal digits each"));
    };
    let byte = |&[high, low]: &[u8; 2]| Some(digit(high)? << 4 | digit(low)?);
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    bytes.ok_or_else(|| Usage::new(format!("{text:?} is no row of bytes in hexadecimal, such as 01ff00")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(kind: ValueType, data: &[&str]) -> Option<Value> {
        parse(kind, &data.iter().map(|&data| data.to_owned()).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn data_is_read_as_its_type_wants() {
        assert_eq!(typed(ValueType::SZ, &["a b"]), Some(Value::sz("a b")));
        assert_eq!(typed(ValueType::SZ, &[]), Some(Value::sz("")));
        assert_eq!(typed(ValueType::MULTI_SZ, &["a", "b"]), Some(Value::multi_sz(["a", "b"])));
        assert_eq!(typed(ValueType::DWORD, &["512"]), Some(Value::dword(512)));
        assert_eq!(typed(ValueType::DWORD, &["0xFFFFFFFF"]), Some(Value::dword(u32::MAX)));
        assert_eq!(typed(ValueType::QWORD, &["4294967296"]), Some(Value::qword(1 << 32)));
        assert_eq!(typed(ValueType::BINARY, &["01ff", "0A:0b"]), Some(Value::binary([1, 0xFF, 10, 11])));
        assert_eq!(typed(ValueType::NONE, &[]), Some(Value::new(ValueType::NONE, [])));
    }

    #[test]
    fn what_is_no_data_is_refused() {
        for (kind, data) in [
            (ValueType::SZ, &["a", "b"][..]),
            (ValueType::MULTI_SZ, &["a", ""]),
            (ValueType::DWORD, &["4294967296"]),
            (ValueType::DWORD, &["-1"]),
            (ValueType::DWORD, &["+1"]),
            (ValueType::DWORD, &["0x+1"]),
            (ValueType::DWORD, &[]),
            (ValueType::BINARY, &["0"]),
            (ValueType::BINARY, &["0g"]),
            (ValueType::BINARY, &["é"]),
        ] {
            assert_eq!(typed(kind, data), None, "{kind} {data:?}");
        }
    }
}
