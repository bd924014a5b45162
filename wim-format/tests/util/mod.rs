//! Shared by tests: the parts of an archive that are stored as they are.

use wim_format::{BlobTable, BlobTableContext, Error, Header, Limits, ResourceHeader};

/// An archive in memory.
pub(crate) struct Archive {
    file: Vec<u8>,
    pub(crate) header: Header,
}

impl Archive {
    /// Opens an archive; a pipable one has its header at its end.
    pub(crate) fn new(file: Vec<u8>) -> Result<Self, Error> {
        let mut header = Header::parse(file.first_chunk().expect("no header"))?;
        if header.pipable {
            header = Header::parse(file.last_chunk().expect("no header"))?;
        }
        Ok(Self { file, header })
    }

    /// The bytes of a resource that is not compressed.
    pub(crate) fn stored(&self, resource: &ResourceHeader) -> &[u8] {
        &self.file[resource.offset as usize..][..resource.size_in_wim as usize]
    }

    pub(crate) fn blob_table(&self) -> Result<BlobTable, Error> {
        let (header, limits) = (&self.header, &Limits::default());
        let context = BlobTableContext { header, file_len: self.file.len() as u64, limits };
        let front = |resource: &ResourceHeader| Ok::<_, Error>(*self.stored(resource).first_chunk().expect("no front"));
        BlobTable::parse(self.stored(&header.blob_table), &context, front)
    }

    /// The metadata resource of every image, in order, of those that are not compressed.
    pub(crate) fn stored_metadata(&self) -> Result<Vec<&[u8]>, Error> {
        let table = self.blob_table()?;
        let resources = table.all_metadata().iter().map(|metadata| &metadata.resource);
        Ok(resources.filter(|resource| !resource.is_compressed()).map(|resource| self.stored(resource)).collect())
    }
}
