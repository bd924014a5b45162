//! `registry`: keys and values of the image's hives.

use wim_hive::{RegFile, Value, ValueType};

use super::host;
use crate::finalize::hives::{change, of_step, open};
use crate::finalize::host::{resolve, scan};
use crate::finalize::profile::{Registry, RegistryOp, RegistryValue};
use crate::finalize::run::{Done, Run};
use crate::{Error, Result};

/// No registration file for a boot image is near this size.
const MAX_REG_FILE: u64 = 64 << 20;

pub(super) fn run(run: &mut Run<'_>, step: &Registry) -> Result<Done> {
    if let Some(file) = &step.reg_file {
        return import(run, step, file);
    }
    let hive = run.expand(&step.hive)?;
    let op =
        step.op.ok_or_else(|| run.invalid("op", "one of set, delete-value, delete-key and ensure-key is needed"))?;
    let key = step.key.as_deref().ok_or_else(|| run.invalid("key", "the key's path is needed"))?;
    let key = run.expand(key)?;
    let name = step.name.clone().unwrap_or_default();
    let value = match op {
        RegistryOp::Set => Some(value(run, step)?),
        _ if step.value.is_some() || step.kind.is_some() => {
            return Err(run.invalid("value", "only `op = \"set\"` has a value"));
        }
        _ => None,
    };
    let changed = change(run, &hive, |hive| {
        let key = hive.resolve(&key);
        match (op, &value) {
            (RegistryOp::Set, Some(value)) => hive.set_value(&key, &name, value),
            (RegistryOp::DeleteValue, _) if hive.find(&key).is_some() => hive.delete_value(&key, &name).map(|_| ()),
            (RegistryOp::DeleteValue, _) | (RegistryOp::Set, None) => Ok(()),
            (RegistryOp::DeleteKey, _) => hive.delete_key(&key).map(|_| ()),
            (RegistryOp::EnsureKey, _) => hive.create_key(&key).map(|_| ()),
        }
    })?;
    Ok(Done::changed(changed))
}

/// Imports a registration file, whose keys are all in the step's hive.
fn import(run: &mut Run<'_>, step: &Registry, file: &str) -> Result<Done> {
    if step.op.is_some() || step.key.is_some() || step.value.is_some() {
        return Err(run.invalid("reg_file", "the file says what is changed; `op`, `key` and `value` do not go with it"));
    }
    let path = resolve(&run.expand(file)?, run.options).map_err(host(run))?;
    let entries = scan(&path).map_err(host(run))?;
    let bytes = entries[0].read(MAX_REG_FILE)?;
    let fail = |error| of_step(run, Error::hive(&path.display().to_string())(error));
    let changes = RegFile::parse(&bytes).map_err(fail)?;
    let hive = run.expand(&step.hive)?;
    let root = open(run, &hive)?.root().to_owned();
    change(run, &hive, |hive| hive.import(&changes, &root)).map(Done::changed)
}

/// The value that a step sets.
fn value(run: &Run<'_>, step: &Registry) -> Result<Value> {
    let kind =
        step.kind.as_deref().ok_or_else(|| run.invalid("type", "sz, expand_sz, multi_sz, dword, … is needed"))?;
    let known =
        ValueType::from_name(kind).ok_or_else(|| run.invalid("type", format!("{kind} is no type of a value")))?;
    let given = step.value.as_ref();
    let wrong = || run.invalid("value", format!("that does not fit a value of the type {kind}"));
    let number = |max: u64| match given {
        Some(RegistryValue::Number(number)) => u64::try_from(*number).ok().filter(|number| *number <= max),
        Some(RegistryValue::Text(text)) => parse_number(text).filter(|number| *number <= max),
        _ => None,
    };
    let value = match (known, given) {
        (ValueType::SZ, Some(RegistryValue::Text(text))) => Some(Value::sz(text)),
        (ValueType::EXPAND_SZ, Some(RegistryValue::Text(text))) => Some(Value::expand_sz(text)),
        (ValueType::MULTI_SZ, Some(RegistryValue::Texts(texts))) => Some(Value::multi_sz(texts)),
        (ValueType::DWORD, _) => number(u64::from(u32::MAX)).map(|number| Value::dword(number as u32)),
        (ValueType::QWORD, _) => number(u64::MAX).map(Value::qword),
        (ValueType::NONE, None) => Some(Value::new(ValueType::NONE, Vec::new())),
        (_, Some(RegistryValue::Bytes(bytes))) => Some(Value::new(known, bytes.clone())),
        (_, Some(RegistryValue::Text(text))) => parse_hex(text).map(|bytes| Value::new(known, bytes)),
        // An empty list is both no texts and no bytes.
        (_, Some(RegistryValue::Texts(texts))) if texts.is_empty() => Some(Value::new(known, Vec::new())),
        _ => None,
    };
    value.ok_or_else(wrong)
}

fn parse_number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Bytes as `0a 1b`, `0a,1b` or `0a1b`.
fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some((high.to_digit(16)? * 16 + low.to_digit(16)?) as u8),
        _ => None,
    });
    pairs.collect()
}
