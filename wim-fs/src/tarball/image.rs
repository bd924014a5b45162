//! The tree of an archive as an image: in the order in which Windows sorts names.

use wim_export::{Error, Result};
use wim_format::{DentryId, Inode, InodeId, SecurityData};

use super::tree::{ContentKind, Tree};
use crate::capture::{CaptureReport, NewStreamOf, Unhashed};

/// Puts all names of a tree into an image, and returns what each file's streams are.
pub(super) fn fill(mut tree: Tree, found: &mut Unhashed, report: &mut CaptureReport) -> Result<()> {
    let children = tree.sorted_children();
    let descriptors = std::mem::take(found.metadata.security_mut());
    let root = std::mem::take(&mut tree.contents[tree.nodes[Tree::ROOT as usize].content as usize]);
    let security_id = renumber(root.inode.security_id, &descriptors, found);
    *found.metadata.inode_mut(InodeId(0)) = Inode { link_count: 1, security_id, ..root.inode };
    push_streams(found, InodeId(0), root.streams);
    let mut made: Vec<Option<InodeId>> = vec![None; tree.contents.len()];
    let mut pending = vec![(Tree::ROOT, found.metadata.root())];
    while let Some((node, dentry)) = pending.pop() {
        let mut below = Vec::new();
        for &child in &children[node as usize] {
            let added = add(&mut tree, child, dentry, &descriptors, found, &mut made, report)?;
            if !children[child as usize].is_empty() {
                below.push((child, added));
            }
        }
        // The first of them is next.
        pending.extend(below.into_iter().rev());
    }
    Ok(())
}

/// Adds a name.
fn add(
    tree: &mut Tree,
    number: u32,
    parent: DentryId,
    descriptors: &SecurityData,
    found: &mut Unhashed,
    made: &mut [Option<InodeId>],
    report: &mut CaptureReport,
) -> Result<DentryId> {
    let node = &tree.nodes[number as usize];
    let (name, position) = (node.name.clone(), node.content as usize);
    let refused = |why: wim_format::EditError| Error::InvalidArgument {
        what: "name in the tar archive",
        value: node.name.to_string(),
        expected: why.to_string(),
    };
    let added = match made[position] {
        Some(inode) => {
            report.hard_links += 1;
            found.metadata.add_link(parent, name, inode).map_err(refused)?
        }
        None => {
            let mut content = std::mem::take(&mut tree.contents[position]);
            content.inode.security_id = renumber(content.inode.security_id, descriptors, found);
            match content.kind {
                ContentKind::Implied | ContentKind::Directory => report.directories += 1,
                ContentKind::File => report.files += 1,
                ContentKind::Link(_) | ContentKind::Reparse => report.symlinks += 1,
            }
            let added = found.metadata.add_child(parent, name, content.inode).map_err(refused)?;
            let inode = found.metadata.dentry(added).inode;
            made[position] = Some(inode);
            push_streams(found, inode, content.streams);
            added
        }
    };
    if let Some(short_name) = &node.short_name {
        // A name that no entry can have is none.
        let _ = found.metadata.set_short_name(added, short_name.clone());
    }
    Ok(added)
}

/// The number of a descriptor in the order in which the image's names use them, whatever order the archive had.
fn renumber(id: Option<u32>, descriptors: &SecurityData, found: &mut Unhashed) -> Option<u32> {
    found.metadata.security_mut().insert(descriptors.get(id?)?)
}

fn push_streams(found: &mut Unhashed, inode: InodeId, streams: Vec<NewStreamOf>) {
    if !streams.is_empty() {
        found.streams.push((inode, streams));
    }
}
