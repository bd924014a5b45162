//! What both test programs need.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// A folder of this crate.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The files of a target in the folder `seeds` or `regressions`, and what to call each, in order of their names.
pub(crate) fn inputs(kind: &str, target: &str) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder(kind).join(target)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| (format!("{kind}/{target}/{}", leaf(&path)), fs::read(&path).unwrap());
    paths.into_iter().map(read).collect()
}

fn leaf(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Runs a target; on a panic, says on what input, and keeps that.
pub(crate) fn run(name: &str, target: wim_fuzz::Target, bytes: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| target(bytes))).is_err() {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name.replace('/', "-"));
        fs::write(&kept, bytes).unwrap();
        panic!("{name} fails, see above; the input is {}", kept.display());
    }
}
