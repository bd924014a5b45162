//! The entries to be listed, each with its path.

use std::fmt::Write as _;

use wim_format::{Dentry, DentryId, ImageMetadata};

/// Gives `each` what is in `start`, one level deep or all of them, with its path; or `start` itself, if it is a file.
pub(super) fn visit<'a, E>(
    metadata: &'a ImageMetadata,
    start: DentryId,
    recursive: bool,
    mut each: impl FnMut(&str, &'a Dentry) -> Result<(), E>,
) -> Result<(), E> {
    if !metadata.inode_of(start).is_directory() {
        return each(&metadata.path(start), metadata.dentry(start));
    }
    let mut path = if start == metadata.root() { String::new() } else { metadata.path(start) };
    // How long the path of the entry at each level is; the path of its parent is the level before.
    let mut lengths = vec![path.len()];
    let mut walk = metadata.walk_from(start);
    // The start itself.
    walk.next();
    while let Some((_, dentry)) = walk.next() {
        let depth = walk.depth();
        lengths.truncate(depth);
        path.truncate(lengths[depth - 1]);
        // Writing to a string cannot fail.
        let _ = write!(path, "\\{}", dentry.name);
        lengths.push(path.len());
        each(&path, dentry)?;
        if !recursive {
            walk.skip_children();
        }
    }
    Ok(())
}
