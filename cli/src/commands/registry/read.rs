//! `wimsmith registry … get` and `export`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use wim_export::{Destination, DestinationOptions, Error, ImageHive};
use wim_format::Name;
use wim_hive::{Error as HiveError, Key, Value, ValueType};

use crate::output::Output;
use crate::output::json::Time;
use crate::output::text::Line;

/// A key, for JSON.
#[derive(Serialize)]
struct KeyFields {
    key: String,
    last_written: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    subkeys: Vec<String>,
    values: Vec<ValueFields>,
}

/// A value, for JSON.
#[derive(Serialize)]
pub(super) struct ValueFields {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    /// A text, texts or a number, where the type is one of these.
    data: Option<Data>,
    hex: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data {
    Text(String),
    Texts(Vec<String>),
    Number(u64),
}

/// What was read, for JSON.
#[derive(Serialize)]
struct Answer {
    hive: String,
    root: String,
    keys: Vec<KeyFields>,
}

/// Prints a key, or all below it, or one value.
pub(super) fn get(
    hive: &ImageHive,
    key: &str,
    value: Option<&str>,
    recursive: bool,
    output: &Output,
) -> anyhow::Result<()> {
    let path = hive.hive.resolve(key);
    let found = hive.hive.key(&path).map_err(Error::hive(hive.path()))?;
    if let Some(name) = value {
        let missing = || HiveError::NoSuchValue(name.to_owned());
        let value = found.value(&Name::parse_escaped(name)).ok_or_else(missing).map_err(Error::hive(hive.path()))?;
        return Ok(print_value(name, &value, output)?);
    }
    let mut keys = vec![(path.trim_matches('\\').to_owned(), found)];
    let (mut fields, mut is_first) = (Vec::new(), true);
    let mut out = output.stdout();
    while let Some((path, key)) = keys.pop() {
        let mut below: Vec<(String, Key<'_>)> = key.subkeys().map(|key| (join(&path, &key.name()), key)).collect();
        if output.json() {
            fields.push(KeyFields::new(&path, &key));
        } else {
            print_key(&path, &key, recursive, is_first, &mut out)?;
            is_first = false;
        }
        if recursive {
            below.reverse();
            keys.extend(below);
        }
    }
    out.flush()?;
    if output.json() {
        output.answer(&Answer { hive: hive.path().to_owned(), root: hive.root().to_owned(), keys: fields })?;
    }
    Ok(())
}

fn join(path: &str, name: &Name) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}\\{name}") }
}

/// A key's values, and unless these follow anyway, the names of the keys below it.
fn print_key(path: &str, key: &Key<'_>, recursive: bool, is_first: bool, out: &mut dyn Write) -> io::Result<()> {
    if recursive {
        writeln!(out, "{}[{}]", if is_first { "" } else { "\n" }, Line(path))?;
    }
    for (name, value) in key.values() {
        let shown = name.to_string();
        let name = if name.is_empty() { super::DEFAULT_VALUE } else { &shown };
        writeln!(out, "{}  {}  {}", Line(name), value.kind, Line(&value.to_string()))?;
    }
    if !recursive {
        for below in key.subkeys() {
            writeln!(out, "{}\\", Line(&below.name().to_string()))?;
        }
    }
    Ok(())
}

/// The data alone, for scripts: texts one a line, numbers in decimal, bytes in hexadecimal.
fn print_value(name: &str, value: &Value, output: &Output) -> io::Result<()> {
    if output.json() {
        return output.answer(&ValueFields::new(name.to_owned(), value));
    }
    let mut out = output.stdout();
    match Data::of(value) {
        Some(Data::Text(text)) => writeln!(out, "{}", Line(&text))?,
        Some(Data::Texts(texts)) => texts.iter().try_for_each(|text| writeln!(out, "{}", Line(text)))?,
        Some(Data::Number(number)) => writeln!(out, "{number}")?,
        None => writeln!(out, "{}", hex(&value.data))?,
    }
    out.flush()
}

/// Writes a registration file.
pub(super) fn export(hive: &ImageHive, key: &str, out: Option<&Path>, output: &Output) -> anyhow::Result<()> {
    let bytes = hive.hive.export(&hive.hive.resolve(key), hive.root()).map_err(Error::hive(hive.path()))?;
    let Some(path) = out.filter(|path| !crate::source::is_pipe(path)) else {
        let mut out = output.stdout();
        out.write_all(&bytes)?;
        return Ok(out.flush()?);
    };
    let mut destination = Destination::create(path, &DestinationOptions::default())?;
    let failed = |source| Error::Io { action: "write", path: PathBuf::from(path), source };
    destination.file().write_all(&bytes).map_err(failed)?;
    destination.commit()?;
    if output.json() {
        output.answer(&serde_json::json!({ "destination": path.display().to_string(), "size": bytes.len() }))?;
    }
    Ok(())
}

impl KeyFields {
    fn new(path: &str, key: &Key<'_>) -> Self {
        Self {
            key: path.to_owned(),
            last_written: key.last_written().into(),
            class: key.class(),
            subkeys: key.subkeys().map(|key| key.name().to_string()).collect(),
            values: key.values().map(|(name, value)| ValueFields::new(name.to_string(), &value)).collect(),
        }
    }
}

impl ValueFields {
    pub(super) fn new(name: String, value: &Value) -> Self {
        Self { name, kind: value.kind.to_string(), data: Data::of(value), hex: hex(&value.data) }
    }
}

impl Data {
    fn of(value: &Value) -> Option<Self> {
        match value.kind {
            ValueType::MULTI_SZ => value.texts().map(Self::Texts),
            _ => value.text().map(Self::Text).or_else(|| value.number().map(Self::Number)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
