//! Names of keys and values on disk: one byte a character where that suffices, else UTF-16.

use alloc::vec::Vec;

use wim_format::Name;

use crate::error::{Error, Result};
use crate::limits;

/// The name with these bytes.
pub(crate) fn decode(bytes: &[u8], compressed: bool) -> Name {
    let units: Vec<u16> = if compressed {
        bytes.iter().map(|&byte| byte.into()).collect()
    } else {
        bytes.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect()
    };
    Name::from_units(units)
}

/// A name's bytes, and whether they are one a character.
pub(crate) fn encode(name: &Name) -> (Vec<u8>, bool) {
    let narrow: Result<Vec<u8>, _> = name.units().iter().map(|&unit| u8::try_from(unit)).collect();
    match narrow {
        Ok(bytes) => (bytes, true),
        Err(_) => (name.units().iter().flat_map(|unit| unit.to_le_bytes()).collect(), false),
    }
}

/// The hash of a key's name in a list of kind `lh`.
pub(crate) fn hash(name: &Name) -> u32 {
    name.upper_units().fold(0u32, |hash, unit| hash.wrapping_mul(37).wrapping_add(unit.into()))
}

/// The first four characters of a key's name, as a list of kind `lf` has them.
pub(crate) fn hint(name: &Name) -> u32 {
    let mut hint = [0; 4];
    for (byte, &unit) in hint.iter_mut().zip(name.units()) {
        *byte = u8::try_from(unit).unwrap_or(0);
    }
    u32::from_le_bytes(hint)
}

/// Refuses what no key can be called.
pub(crate) fn check_key(name: &Name) -> Result<()> {
    let units = name.units();
    if units.is_empty() || units.contains(&0) || units.contains(&u16::from(b'\\')) {
        return Err(Error::Name(alloc::format!("{name}")));
    }
    if units.len() > limits::KEY_NAME {
        return Err(Error::Limit { what: "characters of a key's name", limit: limits::KEY_NAME as u64 });
    }
    Ok(())
}

/// Refuses what no value can be called; the default value is called nothing.
pub(crate) fn check_value(name: &Name) -> Result<()> {
    if name.units().contains(&0) {
        return Err(Error::Name(alloc::format!("{name}")));
    }
    if name.units().len() > limits::VALUE_NAME {
        return Err(Error::Limit { what: "characters of a value's name", limit: limits::VALUE_NAME as u64 });
    }
    Ok(())
}

/// The names along a path; empty ones do not count, so that a leading `\` is allowed. A name is written as
/// [`Name`] shows it.
pub(crate) fn path(path: &str) -> impl Iterator<Item = Name> {
    path.split('\\').filter(|part| !part.is_empty()).map(Name::parse_escaped)
}
