//! Doing what a side-load plan says.

use std::sync::Arc;

use super::side_load::{SideLoad, SideLoadFile};
use super::{ComponentProblem, RegistryData, RegistryValue};
use crate::{Error, ImageEditor, ImageHive, NewBlob, NewEntry, OnConflict, Result};

/// Where the registry's roots are: the beginning of a key, the hive, and the key in that hive.
const ROOTS: [(&str, &str, &str); 9] = [
    (r"HKEY_LOCAL_MACHINE\SYSTEM\", "SYSTEM", ""),
    (r"HKEY_LOCAL_MACHINE\SOFTWARE\", "SOFTWARE", ""),
    (r"HKEY_LOCAL_MACHINE\SECURITY\", "SECURITY", ""),
    (r"HKEY_LOCAL_MACHINE\SAM\", "SAM", ""),
    (r"HKEY_LOCAL_MACHINE\DRIVERS\", "DRIVERS", ""),
    (r"HKEY_LOCAL_MACHINE\COMPONENTS\", "COMPONENTS", ""),
    (r"HKEY_CLASSES_ROOT\", "SOFTWARE", r"Classes\"),
    (r"HKEY_USERS\.DEFAULT\", "DEFAULT", ""),
    (r"HKEY_CURRENT_USER\", "NTUSER", ""),
];

impl SideLoad {
    /// Makes the changes in an image. A file that is there already is replaced.
    ///
    /// # Errors
    /// [`Error::Edit`] if something is in the way; [`Error::Hive`] if a hive is missing, damaged or dirty; [`Error::Component`] if a
    /// key belongs to no hive of an image. The image may then have been changed in part: edit a clone.
    pub fn apply(&self, editor: &mut ImageEditor) -> Result<()> {
        for folder in &self.folders {
            editor.create_directories(folder)?;
        }
        for file in &self.files {
            add_file(file, editor)?;
        }
        self.apply_registry(editor)
    }

    /// Writes each hive once.
    fn apply_registry(&self, editor: &mut ImageEditor) -> Result<()> {
        let mut hives: Vec<(&str, ImageHive)> = Vec::new();
        for value in &self.registry {
            let (name, key) = place(&value.key)?;
            if !hives.iter().any(|(known, _)| *known == name) {
                hives.push((name, ImageHive::open(editor, name)?));
            }
            let (_, hive) = hives.iter_mut().find(|(known, _)| *known == name).expect("it was opened just now");
            let key = hive.hive.resolve(&key);
            set(&mut hive.hive, &key, value).map_err(Error::hive(hive.path()))?;
        }
        hives.iter().try_for_each(|(_, hive)| hive.save(editor).map(drop))
    }
}

fn add_file(file: &SideLoadFile, editor: &mut ImageEditor) -> Result<()> {
    let Some((first, links)) = file.paths.split_first() else { return Ok(()) };
    let data = NewBlob::new(file.data.name(), Arc::new(file.data.clone()));
    editor.add(first, NewEntry::file(data), OnConflict::Replace)?;
    for link in links {
        if editor.exists(link) {
            editor.remove(link)?;
        }
        editor.add_link(link, first)?;
    }
    Ok(())
}

/// The hive that has a key of the registry, and the key's path there.
fn place(key: &str) -> Result<(&'static str, String)> {
    let below = |root: &str| {
        let (start, rest) = key.split_at_checked(root.len())?;
        start.eq_ignore_ascii_case(root).then_some(rest)
    };
    let found =
        ROOTS.iter().find_map(|(root, hive, before)| below(root).map(|rest| (*hive, format!("{before}{rest}"))));
    found.ok_or_else(|| Error::Component { component: key.to_owned(), why: ComponentProblem::UnknownKey })
}

fn set(hive: &mut wim_hive::Hive, key: &str, value: &RegistryValue) -> wim_hive::Result<()> {
    match &value.value {
        None => hive.create_key(key).map(drop),
        Some((name, data)) => hive.set_value(key, name, &data.into()),
    }
}

impl From<&RegistryData> for wim_hive::Value {
    fn from(data: &RegistryData) -> Self {
        match data {
            RegistryData::None(bytes) => Self::new(wim_hive::ValueType::NONE, bytes.as_slice()),
            RegistryData::Binary(bytes) => Self::binary(bytes.as_slice()),
            RegistryData::Text(text) => Self::sz(text),
            RegistryData::ExpandText(text) => Self::expand_sz(text),
            RegistryData::Texts(texts) => Self::multi_sz(texts),
            RegistryData::Number(number) => Self::dword(*number),
            RegistryData::LargeNumber(number) => Self::qword(*number),
        }
    }
}
