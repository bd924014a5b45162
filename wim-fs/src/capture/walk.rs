//! Through the directories of a folder: all threads look at what is ahead, one adds what was found, in order.
//!
//! ```text
//!  directories still to be added, the next one on top
//!        │ the first AHEAD of them
//!        ▼
//!  Folder::list, look_at_all    on any thread
//!        │ in order
//!        ▼
//!  Scan::add                    on the calling thread; its directories come on top
//! ```
//!
//! What is found does not depend on the number of threads. Memory is bounded by tickets: of directories that wait for their
//! turn, and of parts of the one whose turn it is.

use std::sync::Arc;

use wim_export::{Crew, Result, Ticket};
use wim_format::Name;

use super::folder::{Directory, Found, Listed, Listing};
use super::scan::Scan;

/// As many directories are looked at before their turn.
const AHEAD: usize = 16;

/// So many at most, with those that have waited since the walk went deeper.
const MOST_AHEAD: usize = 128;

/// As many entries of a directory are looked at in one go.
const PART: usize = 64;

/// A directory whose turn comes.
struct Waiting {
    directory: Arc<Directory>,
    ticket: Option<Ticket<Result<Look>>>,
}

/// The first look at a directory.
struct Look {
    listing: Listing,
    /// What was looked at already; the rest is in the listing.
    first: Vec<(Name, Found)>,
}

/// Adds everything below `root`.
pub(super) fn walk<'scope>(scan: &mut Scan<'scope>, crew: &Crew<'_, 'scope>, root: Directory) -> Result<()> {
    let mut stack = vec![Waiting { directory: Arc::new(root), ticket: None }];
    let mut tickets = 0;
    loop {
        for (nth, waiting) in stack.iter_mut().rev().take(AHEAD).enumerate() {
            if waiting.ticket.is_none() && (nth == 0 || tickets < MOST_AHEAD) {
                waiting.ticket = Some(look_at(scan, crew, &waiting.directory));
                tickets += 1;
            }
        }
        let Some(Waiting { directory, ticket: Some(ticket) }) = stack.pop() else { return Ok(()) };
        tickets -= 1;
        let below = add(scan, crew, &directory, ticket.take()??)?;
        let waiting = |directory| Waiting { directory: Arc::new(directory), ticket: None };
        stack.extend(below.into_iter().rev().map(waiting));
    }
}

fn look_at<'scope>(scan: &Scan<'scope>, crew: &Crew<'_, 'scope>, directory: &Arc<Directory>) -> Ticket<Result<Look>> {
    let (folder, directory) = (scan.folder, Arc::clone(directory));
    crew.start(move || {
        let mut listing = folder.list(&directory)?;
        let rest = listing.entries.split_off(listing.entries.len().min(PART));
        let first = folder.look_at_all(&directory, std::mem::replace(&mut listing.entries, rest))?;
        Ok(Look { listing, first })
    })
}

/// Adds what is in a directory, and returns the directories among it.
fn add<'scope>(
    scan: &mut Scan<'scope>,
    crew: &Crew<'_, 'scope>,
    directory: &Arc<Directory>,
    look: Look,
) -> Result<Vec<Directory>> {
    let Look { listing, first } = look;
    let why = "its name is no text, or no name that Windows allows";
    listing.unnameable.iter().for_each(|path| scan.skip(path, why));
    let mut below = scan.add_all(directory, first)?;
    let folder = scan.folder;
    let mut window = crew.window(AHEAD);
    for part in parts(listing.entries) {
        if window.is_full()
            && let Some(found) = window.take()
        {
            below.extend(scan.add_all(directory, found??)?);
        }
        let directory = Arc::clone(directory);
        window.start(move || folder.look_at_all(&directory, part));
    }
    while let Some(found) = window.take() {
        below.extend(scan.add_all(directory, found??)?);
    }
    Ok(below)
}

fn parts(entries: Vec<(Name, Listed)>) -> impl Iterator<Item = Vec<(Name, Listed)>> {
    let mut entries = entries.into_iter();
    std::iter::from_fn(move || Some(entries.by_ref().take(PART).collect()).filter(|part: &Vec<_>| !part.is_empty()))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::path::Path;

    use super::*;
    use crate::{Capture, CaptureOptions};

    /// Directories with more entries than one part has, more directories than are looked at ahead, some of them deep.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let file = |path: &Path| std::fs::write(path, path.as_os_str().as_encoded_bytes()).unwrap();
        for number in 0..AHEAD * PART + 2 * PART + 1 {
            file(&folder.path().join(format!("f{number}")));
        }
        for number in 0..3 * AHEAD {
            let mut below = folder.path().join(format!("d{number}"));
            for depth in 0..number % 5 {
                std::fs::create_dir(&below).unwrap();
                for number in 0..=depth {
                    file(&below.join(format!("F{number}")));
                    std::fs::create_dir(below.join(format!("e{number}"))).unwrap();
                }
                below.push("e0/x");
            }
        }
        folder
    }

    #[test]
    fn what_is_found_does_not_depend_on_the_number_of_threads() {
        let folder = folder();
        let scan = |threads| {
            let threads = NonZeroUsize::new(threads);
            let options = CaptureOptions { threads, reproducible: Some(wim_format::FileTime(1)), ..Default::default() };
            Capture::scan(folder.path(), &options).unwrap()
        };
        let first = scan(1);
        let tree = first.tree.metadata.to_bytes();
        let names: Vec<_> = first.blobs.iter().map(|blob| blob.name().to_owned()).collect();
        assert!(first.report.files > 1100 && first.report.directories > 100, "{:?}", first.report);
        for threads in [2, 3, 8] {
            let again = scan(threads);
            assert_eq!(again.tree.metadata.to_bytes(), tree, "{threads} threads");
            assert!(again.blobs.iter().map(|blob| blob.name()).eq(names.iter()), "{threads} threads");
        }
    }

    #[test]
    fn a_directory_comes_before_the_next_one_and_what_is_in_it_right_after_it() {
        let folder = folder();
        let capture = Capture::scan(folder.path(), &CaptureOptions::default()).unwrap();
        let in_order: Vec<_> = capture.blobs.iter().map(|blob| Path::new(blob.name()).parent().unwrap()).collect();
        let mut seen: Vec<&Path> = Vec::new();
        for directory in in_order {
            if seen.last() != Some(&directory) {
                assert!(!seen.contains(&directory), "{} twice", directory.display());
                seen.push(directory);
            }
        }
    }
}
