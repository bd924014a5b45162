//! `registry`: keys and values of the image's hives.

use wim_hive::{Hive, Value, ValueType};

use crate::finalize::StepProblem;
use crate::finalize::hives::{self, HiveError};
use crate::finalize::profile::{Registry, RegistryOp, RegistryValue};
use crate::finalize::run::{Done, Run};
use crate::{Error, Result};

pub(super) fn run(run: &mut Run<'_>, step: &Registry) -> Result<Done> {
    if step.reg_file.is_some() {
        return Err(run.fail(StepProblem::NotAvailable("`reg_file`; write the values as steps of their own")));
    }
    let path = hives::path_of(&run.expand(&step.hive)?).map_err(|problem| run.fail(problem))?;
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
    let changed = change(run, &path, |hive| {
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

/// Changes a hive; what goes wrong is the step's error.
pub(super) fn change(
    run: &mut Run<'_>,
    path: &str,
    edit: impl FnOnce(&mut Hive) -> wim_hive::Result<()>,
) -> Result<bool> {
    hives::change(run.editor, path, edit).map_err(|error| error_of(run, error))
}

/// Reads a hive; what goes wrong is the step's error.
pub(super) fn read(run: &Run<'_>, path: &str) -> Result<Hive> {
    hives::read(run.editor, path).map_err(|error| error_of(run, error))
}

fn error_of(run: &Run<'_>, error: HiveError) -> Error {
    match error {
        HiveError::Hive(problem) => run.fail(problem),
        HiveError::Image(error) => error,
    }
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
