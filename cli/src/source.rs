//! Opening what was named on the command line: archives, the files they refer to, and images in them.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wim_export::{Archive, ArchiveFile, Error, OpenOptions, Result};
use wim_format::{ImageIndex, Limits};

use crate::args::{CommonArgs, ReadArgs};
use crate::glob::expand;
use crate::output::Output;
use crate::usage::Usage;

/// The word for all images.
const ALL: &str = "all";

/// What messages call standard input.
pub(crate) const STDIN: &str = "standard input";

impl CommonArgs {
    /// What to accept of an archive.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = self.limits.0.clone();
        // Who says both means it more exactly.
        limits.memory = self.memory.or(limits.memory);
        limits
    }
}

/// Whether `path` stands for standard input or output.
pub(crate) fn is_pipe(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Opens the archive at `path`, or the one that comes through standard input.
pub(crate) fn open(path: &Path, read: &ReadArgs, common: &CommonArgs, output: &Output) -> anyhow::Result<Archive> {
    let mut options = options(path, read, common)?;
    if is_pipe(path) {
        let file = spool(output)?;
        return Ok(options.open_source(STDIN, Arc::new(file))?);
    }
    if read.mmap {
        options = map(options);
    }
    Ok(options.open(path)?)
}

/// Opens the archive at `path`, to be read here and there for long. Chunks of solid resources are kept, up to `cache` bytes.
#[cfg(all(target_os = "linux", feature = "mount"))]
pub(crate) fn open_cached(path: &Path, read: &ReadArgs, common: &CommonArgs, cache: u64) -> anyhow::Result<Archive> {
    let options = options(path, read, common)?.cache(cache);
    Ok(if read.mmap { map(options) } else { options }.open(path)?)
}

/// Opens the archive at `path` for changes, and locks it.
pub(crate) fn open_for_changes(path: &Path, read: &ReadArgs, common: &CommonArgs) -> anyhow::Result<ArchiveFile> {
    let options = options(path, read, common)?;
    Ok(ArchiveFile::open(path, &if read.mmap { map(options) } else { options })?)
}

fn options(path: &Path, read: &ReadArgs, common: &CommonArgs) -> anyhow::Result<OpenOptions> {
    let options = OpenOptions::new().limits(common.limits());
    Ok(references(path, read)?.into_iter().fold(options, OpenOptions::reference))
}

/// What comes through standard input, in a file without a name: most of an archive is described at its end.
fn spool(output: &Output) -> anyhow::Result<File> {
    let mut input = io::stdin().lock();
    if input.is_terminal() {
        return Err(
            Usage::new("standard input is a terminal: - stands for an archive that another program writes").into()
        );
    }
    let failed = |action, path: &str| {
        let path = PathBuf::from(path);
        move |source| Error::Io { action, path, source }
    };
    let mut file = tempfile::tempfile().map_err(failed("create", "a temporary file"))?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        if output.is_interrupted() {
            return Err(Error::Cancelled.into());
        }
        match input.read(&mut buffer) {
            Ok(0) => return Ok(file),
            Ok(len) => file.write_all(&buffer[..len]).map_err(failed("write", "a temporary file"))?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed("read", STDIN)(error).into()),
        }
    }
}

#[expect(unsafe_code, reason = "whoever says --mmap makes the promise that a map needs; the help says which")]
fn map(options: OpenOptions) -> OpenOptions {
    // SAFETY: with --mmap, the user promises that nobody changes or truncates the files during the run.
    unsafe { options.map() }
}

/// The files that `--ref` names, without the archive itself: `--ref 'install*.swm'` names it, too.
pub(crate) fn references(archive: &Path, read: &ReadArgs) -> anyhow::Result<Vec<PathBuf>> {
    // What a pattern finds is the set as it is meant to be.
    if !is_pipe(archive) {
        wim_export::complete_set(archive)?;
    }
    let mut references = Vec::new();
    for pattern in &read.references {
        references.extend(expand(Path::new(pattern))?);
    }
    let canonical = |path: &Path| path.canonicalize().ok();
    let own = canonical(archive);
    let mut seen = Vec::new();
    references.retain(|path| {
        let found = canonical(path);
        let wanted = found.is_none() || (found != own && !seen.contains(&found));
        seen.push(found);
        wanted
    });
    Ok(references)
}

/// Whether `wanted` stands for all images.
pub(crate) fn is_all(wanted: &str) -> bool {
    wanted.eq_ignore_ascii_case(ALL)
}

/// The images that `wanted` names: one by number or name, `all`, or, if nothing was said, the only one.
pub(crate) fn select_images(archive: &Archive, wanted: Option<&str>) -> Result<Vec<ImageIndex>> {
    match wanted {
        Some(wanted) if is_all(wanted) => Ok(archive.images().collect()),
        wanted => select_image(archive, wanted).map(|image| vec![image]),
    }
}

/// The image that `wanted` names, or the only one.
pub(crate) fn select_image(archive: &Archive, wanted: Option<&str>) -> Result<ImageIndex> {
    match wanted {
        Some(wanted) => archive.find_image(wanted),
        None => archive.only_image(),
    }
}

/// Refuses `all` where one image is needed.
pub(crate) fn refuse_all(wanted: Option<&str>) -> Result<(), Usage> {
    match wanted {
        Some(wanted) if is_all(wanted) => Err(Usage::new("one image is needed here, not all of them")),
        _ => Ok(()),
    }
}

/// Refuses what cannot be a path in an image.
pub(crate) fn require_path(path: &str) -> Result<(), Usage> {
    if crate::args::is_path(path) {
        return Ok(());
    }
    Err(Usage::new(format!("a path in an image starts with \\ or /: did you mean '\\{path}'?")))
}
