//! Finding fixtures and peers.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Set to 1 where a missing peer shall fail the tests rather than skip them.
const REQUIRE_PEERS: &str = "WIMSMITH_REQUIRE_PEERS";

/// The path of a fixture such as `wims/none.wim`.
///
/// # Panics
/// When there is no such file or folder: a misspelt name shall not look like a skipped test.
pub fn path(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    assert!(path.exists(), "no fixture {}", path.display());
    path
}

/// The bytes of a fixture such as `wims/none.wim`.
///
/// # Panics
/// When it cannot be read.
pub fn read(name: &str) -> Vec<u8> {
    let path = path(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The path of a file or folder such as `wims/dissect.archive` in the folder `shared` next to the workspace, or none,
/// with a notice, where it is absent. It holds archives of others, which the project does not distribute.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name);
    if path.exists() {
        return Some(path);
    }
    notice(&format!("skipped: no {name} in the folder ../shared"));
    None
}

/// The path of another implementation's program such as `wimlib-imagex`, or none, with a notice, where `PATH` has none.
///
/// # Panics
/// When it is absent and the environment variable `WIMSMITH_REQUIRE_PEERS` is 1.
pub fn peer(program: &str) -> Option<PathBuf> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let found = std::env::split_paths(&search).map(|dir| dir.join(&file)).find(|path| path.is_file());
    if found.is_none() {
        let required = std::env::var_os(REQUIRE_PEERS).is_some_and(|value| value == "1");
        assert!(!required, "{program} is not on PATH, and {REQUIRE_PEERS}=1");
        notice(&format!("skipped: no {program} on PATH"));
    }
    found
}

/// Whether this system lets us mount by FUSE; if not, with a notice. A container has no `/dev/fuse` unless it is given one, and
/// it cannot be installed, so that nobody can be required to have it.
pub fn fuse() -> bool {
    let device = std::fs::OpenOptions::new().read(true).write(true).open("/dev/fuse").is_ok();
    if !device {
        notice("skipped: no /dev/fuse that can be opened");
        return false;
    }
    // The superuser mounts by a system call, everybody else by this program.
    is_superuser() || peer("fusermount3").is_some()
}

#[cfg(unix)]
fn is_superuser() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|found| std::os::unix::fs::MetadataExt::uid(&found) == 0)
}

#[cfg(not(unix))]
fn is_superuser() -> bool {
    false
}

/// Tells on stderr, past the capture of the test harness, in which test something was skipped.
fn notice(text: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // A notice that cannot be written is no reason to fail.
    let _ = writeln!(std::io::stderr(), "{test}: {text}");
}
