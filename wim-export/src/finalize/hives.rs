//! The registry hives of an image: read, changed, put back, and their stale logs removed.

use std::sync::Arc;

use wim_hive::Hive;

use super::StepProblem;
use crate::{Error, ImageEditor, NewBlob, Result};

/// Where the hives of a running Windows are.
const CONFIG: &str = r"\Windows\System32\config";
/// The hives there.
const NAMES: [&str; 7] = ["SYSTEM", "SOFTWARE", "DEFAULT", "DRIVERS", "COMPONENTS", "SAM", "SECURITY"];
/// A hive's size that no image has.
const MAX_BYTES: u64 = 1 << 30;

/// The path of a hive that a profile names: by its name, or by a path.
pub(super) fn path_of(name: &str) -> Result<String, StepProblem> {
    if name.starts_with(['\\', '/']) {
        return Ok(name.to_owned());
    }
    match NAMES.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(name) => Ok(format!(r"{CONFIG}\{name}")),
        None if name.eq_ignore_ascii_case("NTUSER") => Ok(r"\Users\Default\NTUSER.DAT".to_owned()),
        None if name.eq_ignore_ascii_case("BCD") => Ok(r"\Windows\Boot\DVD\EFI\BCD".to_owned()),
        None => {
            let why = format!("{name} is no hive: {}, NTUSER, BCD or a path that begins with \\", NAMES.join(", "));
            Err(StepProblem::Invalid { key: "hive", why })
        }
    }
}

/// What a change of a hive can fail with.
pub(super) enum HiveError {
    Hive(StepProblem),
    Image(Error),
}

impl HiveError {
    fn of(path: &str) -> impl Fn(wim_hive::Error) -> Self {
        move |source| Self::Hive(StepProblem::Hive { path: path.to_owned(), source })
    }
}

impl From<Error> for HiveError {
    fn from(error: Error) -> Self {
        Self::Image(error)
    }
}

/// Reads the hive at `path`.
pub(super) fn read(editor: &ImageEditor, path: &str) -> Result<Hive, HiveError> {
    let bytes = editor.read(path, MAX_BYTES)?;
    Hive::parse(&bytes).map_err(HiveError::of(path))
}

/// Changes the hive at `path`. Returns whether it changed; then its logs are gone, which are stale and could be applied to
/// it when it is loaded.
pub(super) fn change(
    editor: &mut ImageEditor,
    path: &str,
    change: impl FnOnce(&mut Hive) -> wim_hive::Result<()>,
) -> Result<bool, HiveError> {
    let mut hive = read(editor, path)?;
    change(&mut hive).map_err(HiveError::of(path))?;
    if !hive.is_changed() {
        return Ok(false);
    }
    let bytes = hive.to_bytes().map_err(HiveError::of(path))?;
    editor.set_data(path, NewBlob::new(path, Arc::new(bytes)))?;
    remove_logs(editor, path)?;
    Ok(true)
}

fn remove_logs(editor: &mut ImageEditor, path: &str) -> Result<()> {
    let id = editor.find(path)?;
    let metadata = editor.metadata();
    let hive = metadata.dentry(id).name.to_string();
    let siblings = metadata.inode_of(metadata.dentry(id).parent).children.iter();
    let is_log = |id: &&wim_format::DentryId| {
        let name = metadata.dentry(**id).name.to_string();
        !metadata.inode_of(**id).is_directory() && wim_hive::is_log_of(&hive, &name)
    };
    let logs: Vec<String> = siblings.filter(is_log).map(|&id| metadata.path(id)).collect();
    logs.iter().try_for_each(|log| editor.remove(log).map(|_| ()))
}

/// The hives in the image's `config` folder that are not clean, and why.
pub(super) fn unclean(editor: &ImageEditor) -> Result<Option<String>> {
    for name in NAMES {
        let path = format!(r"{CONFIG}\{name}");
        if !editor.exists(&path) {
            continue;
        }
        match read(editor, &path) {
            Ok(_) => {}
            Err(HiveError::Hive(problem)) => return Ok(Some(problem.to_string())),
            Err(HiveError::Image(error)) => return Err(error),
        }
    }
    Ok(None)
}
