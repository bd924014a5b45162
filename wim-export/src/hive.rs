//! Registry hives of an image that is being edited.

use std::sync::Arc;

use wim_format::Name;
use wim_hive::{Hive, is_log_of};

use crate::{Error, ImageEditor, NewBlob, Result};

/// Hives by the names that people use: where they are in an image, and in the registry of the Windows that it holds.
const KNOWN: [(&str, &str, &str); 9] = [
    ("SYSTEM", r"\Windows\System32\config\SYSTEM", r"HKEY_LOCAL_MACHINE\SYSTEM"),
    ("SOFTWARE", r"\Windows\System32\config\SOFTWARE", r"HKEY_LOCAL_MACHINE\SOFTWARE"),
    ("SAM", r"\Windows\System32\config\SAM", r"HKEY_LOCAL_MACHINE\SAM"),
    ("SECURITY", r"\Windows\System32\config\SECURITY", r"HKEY_LOCAL_MACHINE\SECURITY"),
    ("DRIVERS", r"\Windows\System32\config\DRIVERS", r"HKEY_LOCAL_MACHINE\DRIVERS"),
    ("COMPONENTS", r"\Windows\System32\config\COMPONENTS", r"HKEY_LOCAL_MACHINE\COMPONENTS"),
    ("DEFAULT", r"\Windows\System32\config\DEFAULT", r"HKEY_USERS\.DEFAULT"),
    ("NTUSER", r"\Users\Default\NTUSER.DAT", r"HKEY_CURRENT_USER"),
    ("BCD", r"\Windows\Boot\DVD\EFI\BCD", r"HKEY_LOCAL_MACHINE\BCD00000000"),
];
/// Files above this are no hives of any image.
const MAX_FILE: u64 = 1 << 30;

/// A registry hive of an image, to be read and changed. Nothing in the image changes before [`ImageHive::save`].
#[derive(Clone, Debug)]
pub struct ImageHive {
    /// The keys and values.
    pub hive: Hive,
    path: String,
    root: String,
}

impl ImageHive {
    /// The hives that have names: `SYSTEM`, `SOFTWARE`, …
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(name, ..)| *name)
    }

    /// Where these are in an image.
    pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(_, path, _)| *path)
    }

    /// Reads a hive: one of [`ImageHive::names`], or the path of a file in the image, which begins with `\` or `/`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if `hive` is neither; [`Error::Edit`] if there is no such file; [`Error::Hive`] if it is no
    /// hive, damaged, or dirty.
    pub fn open(editor: &ImageEditor, hive: &str) -> Result<Self> {
        let (path, root) = locate(hive)?;
        let bytes = editor.read(&path, MAX_FILE)?;
        let hive = Hive::parse(&bytes).map_err(Error::hive(&path))?;
        Ok(Self { hive, path, root })
    }

    /// Its file's path in the image.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its place in the registry, as registration files name it: `HKEY_LOCAL_MACHINE\SYSTEM`.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Puts a changed hive back into the image, and removes the hive's logs: they are stale then, and Windows might apply
    /// them. What was removed is returned. An unchanged hive leaves the image as it is.
    ///
    /// # Errors
    /// If the hive that was written does not pass its check, or the file is gone. The image is then as it was.
    pub fn save(&self, editor: &mut ImageEditor) -> Result<Vec<String>> {
        if !self.hive.is_changed() {
            return Ok(Vec::new());
        }
        let bytes = self.hive.to_bytes().map_err(Error::hive(&self.path))?;
        editor.set_data(&self.path, NewBlob::new(self.path.as_str(), Arc::new(bytes)))?;
        let logs = self.logs(editor)?;
        for log in &logs {
            editor.remove(log)?;
        }
        Ok(logs)
    }

    /// The paths of the hive's logs.
    fn logs(&self, editor: &ImageEditor) -> Result<Vec<String>> {
        let (metadata, id) = (editor.metadata(), editor.find(&self.path)?);
        let own = metadata.dentry(id).name.to_string();
        let siblings = metadata.inode_of(metadata.dentry(id).parent).children.iter();
        let names = siblings.map(|&sibling| metadata.dentry(sibling).name.to_string());
        let folder = self.path.rsplit_once(['\\', '/']).map_or("", |(folder, _)| folder);
        Ok(names.filter(|name| is_log_of(&own, name)).map(|name| format!("{folder}\\{name}")).collect())
    }
}

/// Where a hive is in the image, and in the registry.
fn locate(hive: &str) -> Result<(String, String)> {
    if let Some((_, path, root)) = KNOWN.iter().find(|(name, ..)| name.eq_ignore_ascii_case(hive)) {
        return Ok(((*path).to_owned(), (*root).to_owned()));
    }
    if !hive.starts_with(['\\', '/']) {
        let names: Vec<&str> = ImageHive::names().collect();
        return Err(Error::InvalidArgument {
            what: "hive",
            value: hive.to_owned(),
            expected: format!("{}, or a path in the image, which starts with \\", names.join(", ")),
        });
    }
    let path = hive.replace('/', "\\");
    if let Some((_, known, root)) =
        KNOWN.iter().find(|(_, known, _)| Name::from(*known).eq_ignore_case(&path.as_str().into()))
    {
        return Ok(((*known).to_owned(), (*root).to_owned()));
    }
    let name = path.rsplit('\\').next().unwrap_or_default();
    let root = match name.to_ascii_uppercase().as_str() {
        "BCD" => r"HKEY_LOCAL_MACHINE\BCD00000000".to_owned(),
        "NTUSER.DAT" => "HKEY_CURRENT_USER".to_owned(),
        name => format!(r"HKEY_LOCAL_MACHINE\{name}"),
    };
    Ok((path, root))
}
