//! What differs between an archive and a manifest.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};
use wim_export::{Archive, Error, Sha256Hash};
use wim_format::Sha1Hash;

use super::write::each_line;

/// Fields that say where an archive comes from, not what it is.
const NOT_COMPARED: [&str; 4] = ["tool", "epoch", "source", "manifest_version"];

/// What a manifest says.
pub(crate) struct Expected {
    entries: BTreeMap<Key, Map<String, Value>>,
}

/// What a line is about: the archive (image 0), an image, or a file of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    image: u64,
    path: Option<String>,
}

/// Something that the archive and the manifest disagree on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Difference {
    /// The image that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<u64>,
    /// The file that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(flatten)]
    what: What,
}

/// How they disagree.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "what", rename_all = "lowercase")]
enum What {
    /// The manifest has it, the archive has not.
    Missing,
    /// The archive has it, the manifest has not.
    Added,
    /// It is not the same.
    Changed { field: String, expected: Value, found: Value },
}

impl Expected {
    /// Reads a manifest.
    ///
    /// # Errors
    /// If the file cannot be read, or a line is none of a manifest.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let failed = |action| {
            let path = path.to_path_buf();
            move |source| Error::Io { action, path, source }
        };
        let file = File::open(path).map_err(failed("open"))?;
        let mut entries = BTreeMap::new();
        for (position, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(failed("read"))?;
            let entry = serde_json::from_str::<Map<String, Value>>(&line).ok();
            let (key, entry) = entry.and_then(keyed).ok_or_else(|| invalid(path, position))?;
            entries.insert(key, entry);
        }
        if !entries.contains_key(&Key { image: 0, path: None }) {
            return Err(invalid(path, 0));
        }
        Ok(Self { entries })
    }

    /// What is different in `archive`, whose blobs have these SHA-256 hashes.
    ///
    /// # Errors
    /// If the archive cannot be read.
    pub(crate) fn compare(
        mut self,
        archive: &Archive,
        sha256: &HashMap<Sha1Hash, Sha256Hash>,
    ) -> anyhow::Result<Vec<Difference>> {
        let mut differences = Vec::new();
        each_line(archive, sha256, Vec::new(), |line| {
            let Value::Object(found) = serde_json::to_value(&line)? else { return Ok(()) };
            let Some((key, found)) = keyed(found) else { return Ok(()) };
            match self.entries.remove(&key) {
                Some(expected) => compare_fields(&key, &expected, &found, &mut differences),
                None => differences.push(key.difference(What::Added)),
            }
            Ok(())
        })?;
        differences.extend(self.entries.keys().map(|key| key.difference(What::Missing)));
        Ok(differences)
    }
}

/// What a line is about, and its fields.
fn keyed(fields: Map<String, Value>) -> Option<(Key, Map<String, Value>)> {
    let number = |name: &str| fields.get(name).and_then(Value::as_u64);
    let key = match fields.get("type")?.as_str()? {
        "wim" => Key { image: 0, path: None },
        "image" => Key { image: number("index")?, path: None },
        "file" => Key { image: number("image")?, path: Some(fields.get("path")?.as_str()?.to_owned()) },
        _ => return None,
    };
    Some((key, fields))
}

fn invalid(path: &Path, position: usize) -> Error {
    Error::InvalidArgument {
        what: "manifest",
        value: format!("{}, line {}", path.display(), position + 1),
        expected: "it is not what --manifest or --write-manifest writes".to_owned(),
    }
}

/// Compares the fields that the manifest has, and those that only the archive has.
fn compare_fields(
    key: &Key,
    expected: &Map<String, Value>,
    found: &Map<String, Value>,
    differences: &mut Vec<Difference>,
) {
    let mut names: Vec<&String> = expected.keys().chain(found.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names.into_iter().filter(|name| !NOT_COMPARED.contains(&name.as_str())) {
        let of = |fields: &Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
        let (expected, found) = (of(expected), of(found));
        if expected != found {
            differences.push(key.difference(What::Changed { field: name.clone(), expected, found }));
        }
    }
}

impl Key {
    fn difference(&self, what: What) -> Difference {
        Difference { image: Some(self.image).filter(|&image| image != 0), path: self.path.clone(), what }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.image, &self.path) {
            (None, _) => f.write_str("archive")?,
            (Some(image), None) => write!(f, "image {image}")?,
            (Some(image), Some(path)) => write!(f, "image {image}: {path}")?,
        }
        match &self.what {
            What::Missing => f.write_str(" is missing"),
            What::Added => f.write_str(" is not in the manifest"),
            What::Changed { field, expected, found } => {
                write!(f, ": {field} is {}, the manifest says {}", Shown(found), Shown(expected))
            }
        }
    }
}

/// A value for people.
struct Shown<'a>(&'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("none"),
            Value::String(text) => f.write_str(text),
            other => write!(f, "{other}"),
        }
    }
}
