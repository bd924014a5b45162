//! Writing a sidecar after an extraction.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::Path;

use wim_export::{
    Archive, ArchiveDraft, Destination, DestinationOptions, Error, ExportOptions, ExportPlan, NewImage, Progress,
    Result,
};
use wim_format::{
    Compression, DentryId, EditError, HeaderFlags, ImageIndex, ImageMetadata, Inode, InodeId, Name, Sha1Hash,
    StreamKind,
};

use super::{Note, Notes, with_notes};
use crate::extract::ExtractPlan;

/// Writes the sidecar of what `plan` makes. It gets its name when the destination is committed.
pub(crate) fn write(
    plan: &ExtractPlan,
    image: ImageIndex,
    path: &Path,
    progress: &mut dyn Progress,
) -> Result<Destination> {
    let mut tree = Tree::new(&plan.metadata);
    tree.fill(plan).map_err(|why| Error::InvalidArgument {
        what: "tree for a sidecar",
        value: path.display().to_string(),
        expected: why.to_string(),
    })?;
    let left_out = tree.left_out(&plan.archive);
    let Tree { mut metadata, notes, .. } = tree;
    let root = InodeId(0);
    metadata.inode_mut(root).tagged = with_notes(&metadata.inode(root).tagged, &metadata, &notes);
    let mut draft = ArchiveDraft::new(Compression::Lzx);
    draft.add_base(&plan.archive)?;
    if plan.archive.header().flags.contains(HeaderFlags::RP_FIX) {
        draft.mark_links_fixed();
    }
    draft.push_image(NewImage { metadata, xml: plan.archive.xml().image(image).cloned().unwrap_or_default() });
    let mut options = ExportOptions::default();
    options.threads = plan.options.threads;
    options.memory = plan.options.memory;
    let sidecar = ExportPlan::without(&draft.finish()?, &left_out, &[ImageIndex::FIRST], options)?;
    let mut destination = Destination::create(path, &DestinationOptions::default())?;
    let written = sidecar.write(destination.file(), progress);
    written.map_err(|error| error.with_destination(path))?;
    Ok(destination)
}

/// The tree as it is in the folder, with what is not there.
struct Tree<'a> {
    source: &'a ImageMetadata,
    metadata: ImageMetadata,
    notes: Notes,
    /// Files that have a name already.
    inodes: HashMap<InodeId, InodeId>,
    /// Files whose data is in the folder.
    present: HashSet<InodeId>,
}

impl<'a> Tree<'a> {
    fn new(source: &'a ImageMetadata) -> Self {
        let (metadata, notes) = (ImageMetadata::new(), Notes::new());
        Self { source, metadata, notes, inodes: HashMap::new(), present: HashSet::new() }
    }

    fn fill(&mut self, plan: &ExtractPlan) -> Result<(), EditError> {
        // What is in a directory whose name no image should have had is left out with it.
        let mut directories = vec![Some(self.metadata.root())];
        self.set_root(plan.directories[0].dentry);
        for directory in &plan.directories[1..] {
            let parent = directories[directory.place.directory as usize];
            directories.push(match (parent, directory.dentry) {
                (None, _) => None,
                (Some(parent), Some(dentry)) => possible(self.add(parent, dentry, Some(&directory.place.name)))?,
                (Some(parent), None) => possible(self.add_bare(parent, &directory.place.name))?,
            });
        }
        for file in &plan.files {
            for (place, &dentry) in file.places.iter().zip(&file.dentries) {
                let Some(parent) = directories[place.directory as usize] else { continue };
                if let Some(added) = possible(self.add(parent, dentry, Some(&place.name)))? {
                    self.present.insert(self.metadata.dentry(added).inode);
                }
            }
        }
        for link in &plan.links {
            let Some(parent) = directories[link.place.directory as usize] else { continue };
            possible(self.add(parent, link.dentry, Some(&link.place.name)))?;
        }
        for &(directory, dentry) in &plan.absent {
            let Some(parent) = directories[directory as usize] else { continue };
            self.add_absent(parent, dentry)?;
        }
        Ok(())
    }

    /// Adds a directory of which only the name is known.
    fn add_bare(&mut self, parent: DentryId, host: &OsStr) -> Result<DentryId, EditError> {
        let name = host_name(host).ok_or(EditError::InvalidName)?;
        let added = self.metadata.add_child(parent, name, Inode::directory())?;
        self.notes.insert(added, Note::Bare);
        Ok(added)
    }

    fn set_root(&mut self, dentry: Option<DentryId>) {
        let root = self.metadata.root();
        match dentry {
            Some(dentry) => {
                let inode = self.inode(self.source.dentry(dentry).inode);
                *self.metadata.inode_mut(InodeId(0)) = Inode { link_count: 1, ..inode };
            }
            None => {
                self.notes.insert(root, Note::Bare);
            }
        }
    }

    /// Adds an entry, which has this name in the folder if it is there.
    fn add(&mut self, parent: DentryId, dentry: DentryId, host: Option<&OsStr>) -> Result<DentryId, EditError> {
        let entry = self.source.dentry(dentry);
        let name = entry.name.clone();
        let renamed = host.filter(|host| usual_name(&name).as_deref() != Some(*host));
        let (added, note) = match self.add_name(parent, name, entry.inode) {
            // Entries of several directories of the image may lie in one of the folder.
            Err(EditError::NameExists) if renamed.is_some() => {
                let name = renamed.and_then(host_name).ok_or(EditError::InvalidName)?;
                (self.add_name(parent, name, entry.inode)?, None)
            }
            added => (added?, renamed.map(|host| Note::Renamed(host.to_os_string()))),
        };
        self.notes.extend(note.map(|note| (added, note)));
        if !entry.short_name.is_empty() {
            self.metadata.set_short_name(added, entry.short_name.clone())?;
        }
        Ok(added)
    }

    fn add_name(&mut self, parent: DentryId, name: Name, inode: InodeId) -> Result<DentryId, EditError> {
        let source = self.source.inode(inode);
        let may_be_linked = !source.is_directory() && !source.is_reparse_point();
        if let Some(&known) = self.inodes.get(&inode).filter(|_| may_be_linked) {
            return self.metadata.add_link(parent, name, known);
        }
        let copy = self.inode(inode);
        let added = self.metadata.add_child(parent, name, copy)?;
        self.inodes.insert(inode, self.metadata.dentry(added).inode);
        Ok(added)
    }

    /// Adds an entry that is not in the folder, with everything below it.
    fn add_absent(&mut self, parent: DentryId, start: DentryId) -> Result<(), EditError> {
        let mut path: Vec<DentryId> = Vec::new();
        let source = self.source;
        let mut walk = source.walk_from(start);
        while let Some((dentry, _)) = walk.next() {
            path.truncate(walk.depth());
            let parent = path.last().copied().unwrap_or(parent);
            match possible(self.add(parent, dentry, None)) {
                Ok(Some(added)) => path.push(added),
                Ok(None) => walk.skip_children(),
                // Of two entries of one name in the folder, the second one was left out.
                Err(EditError::NameExists) if dentry == start => return Ok(()),
                Err(why) => return Err(why),
            }
            if dentry == start
                && let Some(&added) = path.first()
            {
                self.notes.insert(added, Note::Absent);
            }
        }
        Ok(())
    }

    /// A copy of what the image says of a file.
    fn inode(&mut self, inode: InodeId) -> Inode {
        let source = self.source.inode(inode);
        let descriptor = source.security_id.and_then(|id| self.source.security().get(id));
        let security_id = descriptor.and_then(|descriptor| self.metadata.security_mut().insert(descriptor));
        Inode { security_id, children: wim_format::Children::default(), ..source.clone() }
    }

    /// The data that files of the folder have, and nothing else needs; and what is nowhere.
    fn left_out(&self, archive: &Archive) -> HashSet<Sha1Hash> {
        let (mut in_files, mut needed) = (HashSet::new(), HashSet::new());
        for (_, dentry) in self.metadata.walk() {
            for stream in self.metadata.inode(dentry.inode).streams() {
                let is_in_file = stream.kind == StreamKind::Data && self.present.contains(&dentry.inode);
                let is_missing = archive.blob(&stream.hash).is_none();
                if is_in_file || is_missing { &mut in_files } else { &mut needed }.insert(stream.hash);
            }
        }
        in_files.retain(|hash| !needed.contains(hash));
        in_files
    }
}

/// `None` for an entry whose name has a separator in it, or is none: no file ever had it, and the report says that it is left
/// out.
fn possible(added: Result<DentryId, EditError>) -> Result<Option<DentryId>, EditError> {
    match added {
        Ok(added) => Ok(Some(added)),
        Err(EditError::InvalidName) => Ok(None),
        Err(why) => Err(why),
    }
}

/// The name that an entry of this name has on the host, if it can have it.
pub(super) fn usual_name(name: &Name) -> Option<std::ffi::OsString> {
    crate::extract::names::to_host(name, crate::extract::NameRules::HOST).ok()
}

fn host_name(host: &OsStr) -> Option<Name> {
    crate::wtf8::decode(host.as_encoded_bytes()).map(Name::from_units)
}
