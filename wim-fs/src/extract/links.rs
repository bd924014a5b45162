//! Symbolic links and junctions.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use wim_export::{Error, Result};
use wim_format::{Inode, Sha1Hash};

use super::Links;
use super::plan::{ExtractPlan, Link};
use super::report::{ExtractReport, Skipped};
use super::tree::Tree;
use crate::host::Times;
use crate::reparse;

/// Makes all links of a plan. `data` has their targets; `root` is where links that lead into the image lead.
pub(super) fn make_links(
    plan: &ExtractPlan,
    tree: &Tree<'_>,
    data: &HashMap<Sha1Hash, Vec<u8>>,
    root: &Path,
    report: &mut ExtractReport,
) -> Result<()> {
    for link in &plan.links {
        let inode = plan.metadata.inode_of(link.dentry);
        #[cfg(unix)]
        if plan.is_ntfs {
            super::windows::make_reparse(plan, tree, link, data, &mut report.not_restored)?;
            continue;
        }
        let made = match target(plan, inode, data.get(&inode.reparse_hash()), root) {
            Ok(target) if plan.options.links == Links::Inside && !stays_inside(&target, depth(plan, link)) => {
                Err("it leads outside")
            }
            Ok(target) => make(tree, link, inode, &target)?,
            Err(why) => Err(why),
        };
        if let Err(why) = made {
            report.symlinks -= 1;
            report.skipped.push(Skipped { path: plan.metadata.path(link.dentry), why: why.to_owned() });
        }
    }
    Ok(())
}

/// Where a link is to lead on this host.
fn target(plan: &ExtractPlan, inode: &Inode, data: Option<&Vec<u8>>, root: &Path) -> Result<OsString, &'static str> {
    let info = inode.reparse.unwrap_or_default();
    let data = data.ok_or("the link's data makes no sense")?;
    let root = if plan.fix_links { root.as_os_str().as_encoded_bytes() } else { &[] };
    let target = reparse::unix_target(info, data, root)?;
    os_string(target).ok_or("no link can lead where it leads")
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> Option<OsString> {
    Some(std::os::unix::ffi::OsStringExt::from_vec(bytes))
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> Option<OsString> {
    String::from_utf8(bytes).ok().map(OsString::from)
}

fn make(tree: &Tree<'_>, link: &Link, inode: &Inode, target: &OsStr) -> Result<Result<(), &'static str>> {
    let place = &link.place;
    let dir = tree.get(place.directory)?;
    match dir.symlink(&place.name, target, Times::of(inode)) {
        Ok(()) => Ok(Ok(())),
        Err(source) if source.kind() == std::io::ErrorKind::Unsupported => Ok(Err("links are not supported here")),
        Err(source) => Err(Error::Io { action: "create", path: tree.path(place.directory).join(&place.name), source }),
    }
}

/// How many directories below the destination a link is.
fn depth(plan: &ExtractPlan, link: &Link) -> usize {
    let above = |&number: &u32| (number != 0).then(|| plan.directories[number as usize].place.directory);
    std::iter::successors(Some(link.place.directory), above).count() - 1
}

/// Whether a relative target never goes higher than `depth` directories. Links on the way might, which is why links are
/// never followed here.
fn stays_inside(target: &OsStr, depth: usize) -> bool {
    let mut depth = depth;
    let path = Path::new(target);
    path.components().all(|component| match component {
        std::path::Component::ParentDir => depth.checked_sub(1).map(|less| depth = less).is_some(),
        std::path::Component::Normal(_) => {
            depth += 1;
            true
        }
        std::path::Component::CurDir => true,
        // On Windows, a path with a root or a drive alone is relative, too.
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_inside_or_not() {
        for (target, depth, inside) in [
            ("a", 0, true),
            ("..", 0, false),
            ("..", 1, true),
            ("../..", 1, false),
            ("a/../..", 0, false),
            ("a/../b", 0, true),
            ("/a", 5, false),
            ("a/b/../../..", 1, true),
        ] {
            assert_eq!(stays_inside(OsStr::new(target), depth), inside, "{target} at {depth}");
        }
    }
}
