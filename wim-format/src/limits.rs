//! Every cap, in one place. A reader with limits refuses what exceeds them before it allocates.

/// Caps on what a reader accepts. All are strict: more is an error that names the limit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Uncompressed bytes of one image's metadata. 100 bytes an entry, so 1 GiB is ten million files.
    pub metadata_bytes: u64,
    /// Directory entries of one image.
    pub entries: u64,
    /// Levels of directories. wimlib and Windows stop at about the same depth.
    pub depth: u32,
    /// Extra streams of one file.
    pub streams_per_file: u32,
    /// Images of an archive.
    pub images: u32,
    /// Entries of the blob table.
    pub blobs: u64,
    /// Bytes of XML. Real archives have some hundred kilobytes.
    pub xml_bytes: u64,
    /// Tags, attributes and comments of the XML, each of which may take 200 bytes of memory. Real archives have some
    /// thousand.
    pub xml_nodes: u32,
    /// Levels of XML elements. Real archives have six.
    pub xml_depth: u32,
    /// Size of a chunk; a decoder needs about this much memory for each.
    pub chunk_bytes: u32,
    /// Uncompressed bytes of one file's data.
    pub blob_bytes: u64,
    /// Uncompressed bytes of all data that one run goes through: of all files that it checks, writes or extracts.
    pub total_bytes: u64,
    /// Bytes of memory that buffers and codecs of a run may take, beside tables and metadata, which have limits of their own;
    /// `None`: as much as its threads need. It is for whoever reads: nothing here takes such memory.
    pub memory: Option<u64>,
}

impl Limits {
    /// For files from strangers: 64 MiB chunks, metadata of two million files, 64 GiB a file and 256 GiB in all, 1 GiB of
    /// memory.
    pub fn untrusted() -> Self {
        Self {
            metadata_bytes: 256 << 20,
            entries: 2_000_000,
            blobs: 4_000_000,
            xml_bytes: 16 << 20,
            xml_nodes: 200_000,
            chunk_bytes: 64 << 20,
            blob_bytes: 64 << 30,
            total_bytes: 256 << 30,
            memory: Some(1 << 30),
            ..Self::default()
        }
    }

    /// For devices with little memory: `budget` bounds the metadata, and the buffers and codecs; a chunk may take a quarter
    /// of it.
    pub fn embedded(budget: u32) -> Self {
        Self {
            metadata_bytes: u64::from(budget),
            entries: u64::from(budget) / 256,
            blobs: u64::from(budget) / 256,
            images: 64,
            xml_bytes: u64::from(budget) / 8,
            xml_nodes: budget / 1024,
            chunk_bytes: (budget / 4).max(1 << 15),
            memory: Some(budget.into()),
            ..Self::default()
        }
    }
}

impl Default for Limits {
    /// Accepts every archive known: 64 MiB chunks and more, images of twenty million files.
    fn default() -> Self {
        Self {
            metadata_bytes: 1 << 30,
            entries: 20_000_000,
            depth: 16_384,
            streams_per_file: 65_535,
            images: 65_535,
            blobs: 64_000_000,
            xml_bytes: 64 << 20,
            xml_nodes: 1_000_000,
            xml_depth: 50,
            chunk_bytes: 1 << 30,
            blob_bytes: u64::MAX,
            total_bytes: u64::MAX,
            memory: None,
        }
    }
}
