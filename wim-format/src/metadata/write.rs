//! Tree to metadata resource.

use alloc::vec;
use alloc::vec::Vec;

use super::ImageMetadata;
use super::dentry::{DentryId, END_MARK_LEN};

/// Where everything lies in a metadata resource.
struct Layout {
    /// Where each directory's entries begin, by the directory entry's id; 0 for anything else.
    lists: Vec<u64>,
    /// The directories, in the order of their lists.
    directories: Vec<DentryId>,
    /// The size of it all.
    len: usize,
}

impl ImageMetadata {
    /// The metadata resource, uncompressed: the security data, the root, and the entries of each directory, a directory
    /// before those in it. Nothing lies between, each list ends with a mark, and empty directories have an empty list.
    ///
    /// For a resource that wimlib wrote, or that this function did, the result has the same bytes that were parsed.
    ///
    /// # Panics
    /// If stored streams were replaced by more than 65,535, or by one with a name longer than a name can be.
    pub fn to_bytes(&self) -> Vec<u8> {
        let layout = self.lay_out();
        let mut out = Vec::with_capacity(layout.len);
        self.security.write(&mut out);
        self.write_list(&[self.root()], &layout, &mut out);
        for &directory in &layout.directories {
            self.write_list(&self.inode_of(directory).children, &layout, &mut out);
        }
        debug_assert_eq!(out.len(), layout.len, "the layout and what is written differ");
        out
    }

    fn lay_out(&self) -> Layout {
        let mut layout = Layout {
            lists: vec![0; self.dentries.len()],
            directories: Vec::new(),
            len: self.security.encoded_len() + self.list_len(&[self.root()]),
        };
        let mut waiting = vec![self.root()];
        while let Some(directory) = waiting.pop() {
            let children = &self.inode_of(directory).children;
            layout.lists[directory.0 as usize] = layout.len as u64;
            layout.len += self.list_len(children);
            layout.directories.push(directory);
            let nested = children.iter().rev().filter(|id| self.inode_of(**id).is_directory());
            waiting.extend(nested);
        }
        layout
    }

    /// The length of a list of entries with its end mark.
    fn list_len(&self, ids: &[DentryId]) -> usize {
        let entries = ids.iter().map(|&id| self.dentry(id).encoded_len(self.inode_of(id)).1);
        entries.sum::<usize>() + END_MARK_LEN
    }

    fn write_list(&self, ids: &[DentryId], layout: &Layout, out: &mut Vec<u8>) {
        for &id in ids {
            self.dentry(id).write(self.inode_of(id), layout.lists[id.0 as usize], out);
        }
        out.extend_from_slice(&[0; END_MARK_LEN]);
    }
}
