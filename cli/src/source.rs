//! Opening what was named on the command line: archives, the files they refer to, and images in them.

use std::path::{Path, PathBuf};

use wim_export::{Archive, OpenOptions, Result};
use wim_format::{ImageIndex, Limits};

use crate::args::{CommonArgs, LimitSet, ReadArgs};
use crate::glob::expand;
use crate::usage::Usage;

/// The word for all images.
const ALL: &str = "all";

impl CommonArgs {
    /// What to accept of an archive.
    pub(crate) fn limits(&self) -> Limits {
        match self.limits {
            LimitSet::Default => Limits::default(),
            LimitSet::Untrusted => Limits::untrusted(),
        }
    }
}

/// Opens the archive at `path`.
pub(crate) fn open(path: &Path, read: &ReadArgs, common: &CommonArgs) -> anyhow::Result<Archive> {
    let mut options = OpenOptions::new().limits(common.limits());
    for reference in references(path, read)? {
        options = options.reference(reference);
    }
    if read.mmap {
        options = map(options);
    }
    Ok(options.open(path)?)
}

#[expect(unsafe_code, reason = "whoever says --mmap makes the promise that a map needs; the help says which")]
fn map(options: OpenOptions) -> OpenOptions {
    // SAFETY: with --mmap, the user promises that nobody changes or truncates the files during the run.
    unsafe { options.map() }
}

/// The files that `--ref` names, without the archive itself: `--ref 'install*.swm'` names it, too.
pub(crate) fn references(archive: &Path, read: &ReadArgs) -> anyhow::Result<Vec<PathBuf>> {
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

/// The images that `wanted` names: one by number or name, `all`, or, if nothing was said, the only one.
pub(crate) fn select_images(archive: &Archive, wanted: Option<&str>) -> Result<Vec<ImageIndex>> {
    match wanted {
        Some(wanted) if wanted.eq_ignore_ascii_case(ALL) => Ok(archive.images().collect()),
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
        Some(wanted) if wanted.eq_ignore_ascii_case(ALL) => {
            Err(Usage::new("one image is needed here, not all of them"))
        }
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
