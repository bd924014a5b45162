//! Hard links: which directory entries name the same file.

use alloc::vec;
use alloc::vec::Vec;

use super::ImageMetadata;
use super::inode::InodeId;
use crate::error::Section;
use crate::resource::Sha1Hash;
use crate::warning::{Warning, WarningKind};

/// An entry with a link group, which may turn out to be one of several names of a file.
///
/// The order of the fields matters: sorted, the names of one file follow each other, the first in the tree first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinkMember {
    pub(super) group: u64,
    pub(super) is_directory: bool,
    pub(super) hash: Sha1Hash,
    /// The position of the entry, and of its inode: nothing shares one yet.
    pub(super) position: u32,
    /// Where the entry lies on disk.
    pub(super) offset: u64,
}

impl LinkMember {
    fn is_same_file(&self, other: &Self) -> bool {
        self.group == other.group && self.hash == other.hash && !self.is_directory && !other.is_directory
    }
}

impl ImageMetadata {
    /// Lets the names of a file share the inode of the first one.
    ///
    /// Windows can reuse a group's number, so a group is only believed where the data is the same, and for files. Where
    /// it is not, the group falls apart, and all groups of the image are numbered anew.
    pub(super) fn merge_links(&mut self, mut members: Vec<LinkMember>) {
        members.sort_unstable();
        self.last_link_group = members.last().map_or(0, |member| member.group);
        let mut is_consistent = true;
        for group in members.chunk_by(|a, b| a.group == b.group) {
            for (i, names) in group.chunk_by(LinkMember::is_same_file).enumerate() {
                self.merge_names(names);
                if i == 1 {
                    let (kind, offset) = (WarningKind::InconsistentLinks, names[0].offset);
                    self.warnings.push(Warning { kind, section: Section::Metadata, offset });
                    is_consistent = false;
                }
            }
        }
        if !is_consistent {
            self.renumber_link_groups();
        }
        self.drop_unnamed_inodes();
    }

    fn merge_names(&mut self, names: &[LinkMember]) {
        let [first, others @ ..] = names else { return };
        for other in others {
            self.dentries[other.position as usize].inode = InodeId(first.position);
            self.inodes[other.position as usize].link_count = 0;
        }
        self.inodes[first.position as usize].link_count += others.len() as u32;
    }

    /// Numbers the groups of files with several names from 1, in the order of the inodes, and takes the number from
    /// everything else.
    pub(super) fn renumber_link_groups(&mut self) {
        self.last_link_group = 0;
        for inode in &mut self.inodes {
            let has_links = inode.link_count > 1;
            self.last_link_group += u64::from(has_links);
            inode.link_group = if has_links { self.last_link_group } else { 0 };
        }
    }

    /// Takes out the inodes that lost their only name to another inode.
    fn drop_unnamed_inodes(&mut self) {
        if self.inodes.iter().all(|inode| inode.link_count != 0) {
            return;
        }
        let mut new_ids = vec![InodeId(0); self.inodes.len()];
        let mut kept = 0;
        for (new_id, inode) in new_ids.iter_mut().zip(&self.inodes) {
            *new_id = InodeId(kept);
            kept += u32::from(inode.link_count != 0);
        }
        self.inodes.retain(|inode| inode.link_count != 0);
        for dentry in &mut self.dentries {
            dentry.inode = new_ids[dentry.inode.0 as usize];
        }
    }
}
