//! The blob table: every blob of the archive, by the SHA-1 of its data, and every image's metadata resource.
//!
//! [`BlobTable::parse`] applies the rules that readers share on which entries count (`docs/format.md`, section 2), and
//! [`BlobTable::to_bytes`] writes what counted: metadata in image order, then blobs, then solid resources, each before
//! its members. For a table that was written by these rules the bytes are the same again.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::vec::Vec;

use crate::header::ImageIndex;
use crate::raw::{self, Record, U16, U32};
use crate::resource::{ResourceFlags, ResourceHeader, Sha1Hash};
use crate::solid::SolidHeader;
use crate::warning::Warning;

mod overlap;
mod parse;
#[cfg(test)]
mod tests;

pub use parse::BlobTableContext;

/// The position of a blob in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub u32);

/// Where a blob's data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlobLocation {
    /// In a resource of its own.
    Resource(ResourceHeader),
    /// In a solid resource, together with others.
    Solid {
        /// Position in [`BlobTable::solid_resources`].
        resource: u32,
        /// Offset in that resource's uncompressed data.
        offset: u64,
    },
}

/// Data that files refer to by its hash; it is stored once, however many refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Blob {
    /// SHA-1 of the data; not zero.
    pub hash: Sha1Hash,
    /// Bytes of data; not 0.
    pub size: u64,
    /// How many names in all images refer to it, as far as its writer counted; readers do not rely on it.
    pub reference_count: u32,
    /// Number of the part of a split set that holds it.
    pub part: u16,
    /// Where its data is.
    pub location: BlobLocation,
}

/// The metadata resource of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MetadataResource {
    /// Where it is.
    pub resource: ResourceHeader,
    /// SHA-1 of its uncompressed data.
    pub hash: Sha1Hash,
    /// 1.
    pub reference_count: u32,
    /// Number of the part of a split set that holds it: 1.
    pub part: u16,
}

/// A solid resource: many blobs compressed as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SolidResource {
    /// Where it is. Its `uncompressed_size` is [`raw::SOLID_RESOURCE_MARK`]; the true one is in `header`.
    pub resource: ResourceHeader,
    /// The front of the resource itself.
    pub header: SolidHeader,
    /// Number of the part of a split set that holds it.
    pub part: u16,
}

/// The blob table. Microsoft calls it the offset table or lookup table.
///
/// A lookup takes O(log n) time, whatever the hashes are: they come from the file, and a hash table of them could be
/// made to degenerate.
#[doc(alias = "lookup_table")]
#[doc(alias = "offset_table")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlobTable {
    metadata: Vec<MetadataResource>,
    blobs: Vec<Blob>,
    solid: Vec<SolidResource>,
    index: BTreeMap<Sha1Hash, BlobId>,
    warnings: Vec<Warning>,
}

impl BlobTable {
    /// Bytes of an entry on disk.
    pub const ENTRY_SIZE: usize = raw::BlobEntry::SIZE;

    /// A table without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a blob, and returns its position. If the table has a blob of that hash, it stays, and its position is
    /// returned: a table never lists a hash twice.
    ///
    /// # Panics
    /// If the table has 2^32 - 1 blobs, or `blob` is in a solid resource that the table does not have.
    pub fn push_blob(&mut self, blob: Blob) -> BlobId {
        if let BlobLocation::Solid { resource, .. } = blob.location {
            assert!((resource as usize) < self.solid.len(), "a blob's solid resource comes before it");
        }
        self.insert(blob).unwrap_or_else(|existing| existing)
    }

    /// Adds the metadata resource of the next image.
    pub fn push_metadata(&mut self, metadata: MetadataResource) {
        self.metadata.push(metadata);
    }

    /// Adds a solid resource, and returns its position, which the blobs inside refer to.
    ///
    /// # Panics
    /// If the table has 2^32 - 1 solid resources.
    pub fn push_solid(&mut self, solid: SolidResource) -> u32 {
        let position = u32::try_from(self.solid.len()).expect("a table has less than 2^32 solid resources");
        self.solid.push(solid);
        position
    }

    /// The blob of this hash.
    pub fn find(&self, hash: &Sha1Hash) -> Option<(BlobId, &Blob)> {
        let &id = self.index.get(hash)?;
        Some((id, self.blob(id)))
    }

    /// The blob at a position.
    ///
    /// # Panics
    /// If `id` is not from this table.
    pub fn blob(&self, id: BlobId) -> &Blob {
        &self.blobs[id.0 as usize]
    }

    /// All blobs, in the order of the table.
    pub fn blobs(&self) -> &[Blob] {
        &self.blobs
    }

    /// The metadata resource of an image. A damaged archive, or a part of a split set, may not have it.
    pub fn metadata(&self, image: ImageIndex) -> Option<&MetadataResource> {
        self.metadata.get(image.position())
    }

    /// The metadata resources of all images, in the order of the images.
    pub fn all_metadata(&self) -> &[MetadataResource] {
        &self.metadata
    }

    /// All solid resources, in the order of the table.
    pub fn solid_resources(&self) -> &[SolidResource] {
        &self.solid
    }

    /// What [`parse`](Self::parse) tolerated, in the order of the table.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Makes the reference count of every blob what `count` says, without looking anything up.
    pub fn recount(&mut self, mut count: impl FnMut(&Blob) -> u32) {
        for blob in &mut self.blobs {
            blob.reference_count = count(blob);
        }
    }

    /// Puts another metadata resource in the place of an image's.
    ///
    /// # Panics
    /// If the table has none for that image.
    pub fn replace_metadata(&mut self, image: ImageIndex, metadata: MetadataResource) {
        self.metadata[image.position()] = metadata;
    }

    /// Adds `blob`, or returns the position of the one with its hash.
    fn insert(&mut self, blob: Blob) -> Result<BlobId, BlobId> {
        match self.index.entry(blob.hash) {
            Entry::Occupied(existing) => Err(*existing.get()),
            Entry::Vacant(vacant) => {
                let id = BlobId(u32::try_from(self.blobs.len()).expect("a table has less than 2^32 blobs"));
                self.blobs.push(blob);
                Ok(*vacant.insert(id))
            }
        }
    }

    /// The table as it lies on disk.
    pub fn to_bytes(&self) -> Vec<u8> {
        let entries = self.metadata.len() + self.blobs.len() + self.solid.len();
        let mut bytes = Vec::with_capacity(entries * Self::ENTRY_SIZE);
        let mut push = |resource, part, reference_count, hash: Sha1Hash| {
            let (part, reference_count) = (U16::new(part), U32::new(reference_count));
            let entry = raw::BlobEntry { resource, part, reference_count, hash: hash.0 };
            bytes.extend(bytemuck::bytes_of(&entry));
        };
        for metadata in &self.metadata {
            push(metadata.resource.into(), metadata.part, metadata.reference_count, metadata.hash);
        }
        let mut members = Vec::new();
        for blob in &self.blobs {
            match blob.location {
                BlobLocation::Resource(resource) => push(resource.into(), blob.part, blob.reference_count, blob.hash),
                BlobLocation::Solid { resource, offset } => members.push((resource, offset, blob)),
            }
        }
        // Stable: members keep the order of the table.
        members.sort_by_key(|&(resource, ..)| resource);
        let mut members = members.into_iter().peekable();
        // Members are addressed in the data of all solid resources one after another.
        let mut before = 0u64;
        for (position, solid) in self.solid.iter().enumerate() {
            let mark = ResourceHeader { uncompressed_size: raw::SOLID_RESOURCE_MARK, ..solid.resource };
            push(mark.into(), solid.part, 1, Sha1Hash::ZERO);
            while let Some((_, offset, blob)) = members.next_if(|&(resource, ..)| resource as usize == position) {
                let offset = before.saturating_add(offset);
                let member = ResourceHeader {
                    offset,
                    size_in_wim: blob.size,
                    uncompressed_size: 0,
                    flags: ResourceFlags::SOLID,
                };
                push(member.into(), blob.part, blob.reference_count, blob.hash);
            }
            before = before.saturating_add(solid.header.uncompressed_size);
        }
        bytes
    }
}
