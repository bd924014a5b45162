//! Files of the host that a profile names: within its folder, unless the user allows more, and never through a link.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use wim_format::FileTime;

use super::{FinalizeOptions, StepProblem};
use crate::component::{Cabinet, Member};
use crate::{Error, HostFile, NewBlob, Result};

/// Levels of folders that a tree of the host may have.
const MAX_DEPTH: usize = 64;

/// Something that a profile names.
#[derive(Clone, Debug)]
pub(super) struct HostEntry {
    pub(super) path: PathBuf,
    /// Where it goes, below what was named: its names, none for what was named itself.
    pub(super) names: Vec<String>,
    pub(super) is_folder: bool,
    pub(super) written: FileTime,
    /// Its data, if that lies in a cabinet, which `path` names.
    data: Option<Member>,
}

/// Why a path of the host cannot be used: the step is at fault, or the system refuses.
pub(super) enum HostError {
    Step(StepProblem),
    System(Error),
}

impl From<StepProblem> for HostError {
    fn from(problem: StepProblem) -> Self {
        Self::Step(problem)
    }
}

impl From<Error> for HostError {
    fn from(error: Error) -> Self {
        Self::System(error)
    }
}

/// The path of the host that a profile means by `text`.
pub(super) fn resolve(text: &str, options: &FinalizeOptions) -> Result<PathBuf, HostError> {
    let path = Path::new(text);
    let leads_out = path.is_absolute()
        || path
            .components()
            .any(|part| matches!(part, Component::ParentDir | Component::Prefix(_) | Component::RootDir));
    if leads_out && !options.allow_host_path {
        return Err(StepProblem::HostPath(text.to_owned()).into());
    }
    let Some(folder) = options.folder.as_ref().filter(|_| !path.is_absolute()) else {
        let is_free = path.is_absolute() && options.allow_host_path;
        return if is_free { Ok(path.to_owned()) } else { Err(StepProblem::HostPath(text.to_owned()).into()) };
    };
    // A link on the way could lead out, too.
    let mut at = folder.clone();
    for part in path.components() {
        at.push(part);
        let is_link = fs::symlink_metadata(&at).is_ok_and(|metadata| metadata.is_symlink());
        if is_link && !options.allow_host_path {
            return Err(StepProblem::HostKind(at.display().to_string()).into());
        }
    }
    Ok(at)
}

/// What is at `path`, and, of a folder, everything in it, each folder before what is in it, by name.
pub(super) fn scan(path: &Path) -> Result<Vec<HostEntry>, HostError> {
    let mut found = Vec::new();
    scan_into(path, Vec::new(), &mut found)?;
    Ok(found)
}

fn scan_into(path: &Path, names: Vec<String>, found: &mut Vec<HostEntry>) -> Result<(), HostError> {
    let metadata = if names.is_empty() { fs::metadata(path) } else { fs::symlink_metadata(path) };
    let metadata = metadata.map_err(Error::io("read", path))?;
    let kind = || StepProblem::HostKind(path.display().to_string());
    if (!metadata.is_file() && !metadata.is_dir()) || names.len() > MAX_DEPTH {
        return Err(kind().into());
    }
    let written = metadata.modified().ok().map_or(FileTime::UNIX_EPOCH, file_time);
    let is_folder = metadata.is_dir();
    found.push(HostEntry { path: path.to_owned(), names: names.clone(), is_folder, written, data: None });
    if !is_folder {
        return Ok(());
    }
    let mut children = Vec::new();
    for entry in fs::read_dir(path).map_err(Error::io("read", path))? {
        let name = entry.map_err(Error::io("read", path))?.file_name();
        children.push(name.into_string().map_err(|_| kind())?);
    }
    children.sort();
    for child in children {
        let below = names.iter().cloned().chain([child.clone()]).collect();
        scan_into(&path.join(&child), below, found)?;
    }
    Ok(())
}

/// What is in the cabinet at `path`, each file with the names of its folders.
pub(super) fn unpack(path: &Path) -> Result<Vec<HostEntry>, HostError> {
    let cabinet = Cabinet::open(path)?;
    let written = fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(Error::io("read", path))?;
    let mut found = Vec::new();
    for member in cabinet.members() {
        let names: Vec<String> = member.name().split(['\\', '/']).map(str::to_owned).collect();
        let is_name = |name: &String| !matches!(name.as_str(), "" | "." | "..") && !name.contains([':', '\0']);
        if !names.iter().all(is_name) || names.len() > MAX_DEPTH {
            return Err(StepProblem::HostKind(format!("{}: {}", path.display(), member.name())).into());
        }
        let path = path.join(names.join("/"));
        let data = Some(member.clone());
        found.push(HostEntry { path, names, is_folder: false, written: file_time(written), data });
    }
    Ok(found)
}

fn file_time(time: std::time::SystemTime) -> FileTime {
    let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let ticks = since.as_secs().saturating_mul(FileTime::TICKS_PER_SECOND);
    FileTime(FileTime::UNIX_EPOCH.0.saturating_add(ticks).saturating_add(u64::from(since.subsec_nanos()) / 100))
}

impl HostEntry {
    /// Its data, to be read when it is needed.
    pub(super) fn blob(&self) -> Result<NewBlob> {
        if let Some(member) = &self.data {
            return Ok(NewBlob::new(self.path.display().to_string(), Arc::new(member.clone())));
        }
        Ok(NewBlob::new(self.path.display().to_string(), Arc::new(HostFile::new(&self.path)?)))
    }

    /// Its data, all of it, of at most `limit` bytes.
    pub(super) fn read(&self, limit: u64) -> Result<Vec<u8>> {
        let blob = self.blob()?;
        if blob.size()? > limit {
            return Err(Error::Source { path: self.path.clone(), why: "it is larger than anything of its kind" });
        }
        blob.read()
    }
}
