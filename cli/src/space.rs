//! How much room there is on a disk.

use std::path::Path;

/// Bytes that whoever runs this may still write to the folder of `path`, if the system tells.
#[cfg(unix)]
pub(crate) fn free_beside(path: &Path) -> Option<u64> {
    let folder = path.ancestors().skip(1).find(|folder| folder.as_os_str().is_empty() || folder.exists())?;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

/// Other systems are not asked.
#[cfg(not(unix))]
pub(crate) fn free_beside(_: &Path) -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_that_is_there_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let free = free_beside(&folder.path().join("a/b/c.wim"));
        assert!(free.is_some());
        assert!(free_beside(Path::new("c.wim")).is_some());
    }
}
