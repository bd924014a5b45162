//! What an archive shall be.

use std::rc::Rc;

use super::{Built, Chunked, Codec, Hash, Header, Image, Integrity, Solid, TableEntry, assemble, flags, sha1};

/// How a blob is stored: the bytes in the file, and what the table says of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The bytes in the file.
    pub bytes: Vec<u8>,
    /// Bits of [`flags`]; METADATA is added where it belongs.
    pub flags: u8,
    /// What the table says of the size after decompression, in bytes.
    pub uncompressed_size: u64,
}

impl Resource {
    /// Uncompressed.
    pub fn raw(data: impl AsRef<[u8]>) -> Resource {
        let bytes = data.as_ref().to_vec();
        Resource { uncompressed_size: bytes.len() as u64, bytes, flags: 0 }
    }

    /// With the flag COMPRESSED and this layout, which may lie.
    pub fn chunked(chunks: &Chunked, uncompressed_size: u64) -> Resource {
        Resource { bytes: chunks.encode(), flags: flags::COMPRESSED, uncompressed_size }
    }
}

/// In which order the entries of solid resources and of their members appear in the blob table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SolidOrder {
    /// Each resource followed by its members, as every writer does.
    #[default]
    ResourceThenMembers,
    /// All resources, then all members.
    ResourcesFirst,
    /// All members, then all resources.
    MembersFirst,
    /// Each resource preceded by its members.
    MembersThenResource,
    /// Each resource followed by its members from the last to the first.
    ReversedMembers,
}

/// The solid resources of an archive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SolidPlan {
    pub(crate) codec: Codec,
    pub(crate) chunk_size: u32,
    pub(crate) resources: usize,
    pub(crate) order: SolidOrder,
}

/// Compresses a chunk, or gives nothing when it does not shrink.
pub(crate) type Encoder = Rc<dyn Fn(&[u8]) -> Option<Vec<u8>>>;
/// Changes something just before it is written.
pub(crate) type Edit<T> = Rc<dyn Fn(&mut T)>;

/// Builds an archive. Start with [`Wim::new`], add images, end with [`Wim::to_bytes`] or [`Wim::build`].
#[derive(Clone)]
pub struct Wim {
    pub(crate) codec: Codec,
    pub(crate) chunk_size: u32,
    pub(crate) encoder: Option<Encoder>,
    pub(crate) images: Vec<Image>,
    pub(crate) boot_index: u32,
    pub(crate) header: Header,
    pub(crate) unreferenced: Vec<Vec<u8>>,
    pub(crate) omitted: Vec<Hash>,
    pub(crate) replaced: Vec<(Hash, Resource)>,
    pub(crate) solid: Option<SolidPlan>,
    pub(crate) pipable: bool,
    pub(crate) integrity_chunk: Option<u32>,
    pub(crate) hole: usize,
    pub(crate) tail: Vec<u8>,
    pub(crate) header_edits: Vec<Edit<Header>>,
    pub(crate) table_edits: Vec<Edit<Vec<TableEntry>>>,
    pub(crate) solid_edits: Vec<Edit<Vec<Solid>>>,
    pub(crate) integrity_edits: Vec<Edit<Integrity>>,
    pub(crate) metadata_edits: Vec<(usize, Edit<Vec<u8>>)>,
    pub(crate) xml: Option<Rc<dyn Fn(String) -> Vec<u8>>>,
}

impl Default for Wim {
    fn default() -> Wim {
        Wim::new()
    }
}

impl Wim {
    /// An uncompressed archive without images.
    pub fn new() -> Wim {
        Wim {
            codec: Codec::None,
            chunk_size: 0,
            encoder: None,
            images: Vec::new(),
            boot_index: 0,
            header: Header::default(),
            unreferenced: Vec::new(),
            omitted: Vec::new(),
            replaced: Vec::new(),
            solid: None,
            pipable: false,
            integrity_chunk: None,
            hole: 0,
            tail: Vec::new(),
            header_edits: Vec::new(),
            table_edits: Vec::new(),
            solid_edits: Vec::new(),
            integrity_edits: Vec::new(),
            metadata_edits: Vec::new(),
            xml: None,
        }
    }

    /// Adds an image.
    pub fn image(mut self, image: Image) -> Wim {
        self.images.push(image);
        self
    }

    /// Sets the archive's codec with its default chunk size. Resources of more than a chunk get the compressed layout,
    /// their chunks stored raw unless there is an [`Wim::encoder`].
    pub fn codec(self, codec: Codec) -> Wim {
        self.codec_with(codec, codec.default_chunk_size())
    }

    /// Sets the archive's codec and chunk size, in bytes.
    pub fn codec_with(mut self, codec: Codec, chunk_size: u32) -> Wim {
        (self.codec, self.chunk_size) = (codec, chunk_size);
        self
    }

    /// Compresses chunks with this; it gives nothing for a chunk that does not shrink.
    pub fn encoder(mut self, encoder: impl Fn(&[u8]) -> Option<Vec<u8>> + 'static) -> Wim {
        self.encoder = Some(Rc::new(encoder));
        self
    }

    /// Makes an image bootable, from 1; sets the boot metadata as well.
    pub fn boot_index(mut self, index: u32) -> Wim {
        self.boot_index = index;
        self
    }

    /// Sets the GUID.
    pub fn guid(mut self, guid: [u8; 16]) -> Wim {
        self.header.guid = guid;
        self
    }

    /// Adds bits to the header's flags; see [`super::header_flags`].
    pub fn flags(mut self, bits: u32) -> Wim {
        self.header.flags |= bits;
        self
    }

    /// Puts all files' blobs into one solid resource; the metadata stays outside.
    pub fn solid(mut self, codec: Codec, chunk_size: u32) -> Wim {
        self.solid = Some(SolidPlan { codec, chunk_size, resources: 1, order: SolidOrder::default() });
        self
    }

    /// Spreads the blobs over several solid resources, in this order of the table. Only after [`Wim::solid`].
    pub fn solid_resources(mut self, resources: usize, order: SolidOrder) -> Wim {
        let solid = self.solid.as_mut().expect("solid() comes first");
        (solid.resources, solid.order) = (resources.max(1), order);
        self
    }

    /// The pipable layout.
    pub fn pipable(mut self) -> Wim {
        self.pipable = true;
        self
    }

    /// Adds a right integrity table with chunks of so many bytes.
    pub fn integrity(mut self, chunk_size: u32) -> Wim {
        self.integrity_chunk = Some(chunk_size);
        self
    }

    /// Stores a blob that no image refers to, with reference count 1.
    pub fn unreferenced(mut self, data: impl AsRef<[u8]>) -> Wim {
        self.unreferenced.push(data.as_ref().to_vec());
        self
    }

    /// Leaves out a blob that images refer to: a delta archive, or a damaged one.
    pub fn omit(mut self, data: impl AsRef<[u8]>) -> Wim {
        self.omitted.push(sha1(data.as_ref()));
        self
    }

    /// Stores the blob or the metadata with these bytes in this way.
    pub fn store_as(mut self, data: impl AsRef<[u8]>, resource: Resource) -> Wim {
        self.replaced.push((sha1(data.as_ref()), resource));
        self
    }

    /// Leaves so many unused bytes between the header and the first resource.
    pub fn hole(mut self, bytes: usize) -> Wim {
        self.hole = bytes;
        self
    }

    /// Adds bytes after everything else.
    pub fn tail(mut self, bytes: impl AsRef<[u8]>) -> Wim {
        self.tail.extend(bytes.as_ref());
        self
    }

    /// Replaces the XML data by these bytes; none for no XML.
    pub fn xml_bytes(self, bytes: impl AsRef<[u8]>) -> Wim {
        let bytes = bytes.as_ref().to_vec();
        self.edit_xml(move |_| bytes.clone())
    }

    /// Replaces the XML by this text, encoded as it should be.
    pub fn xml_text(self, text: &str) -> Wim {
        self.xml_bytes(super::xml::utf16le(text))
    }

    /// Makes the XML data from the default document.
    pub fn edit_xml(mut self, edit: impl Fn(String) -> Vec<u8> + 'static) -> Wim {
        self.xml = Some(Rc::new(edit));
        self
    }

    /// Changes the header, complete as it is, before it is written.
    pub fn edit_header(mut self, edit: impl Fn(&mut Header) + 'static) -> Wim {
        self.header_edits.push(Rc::new(edit));
        self
    }

    /// Changes the blob table before it is written: metadata first, then the blobs.
    pub fn edit_table(mut self, edit: impl Fn(&mut Vec<TableEntry>) + 'static) -> Wim {
        self.table_edits.push(Rc::new(edit));
        self
    }

    /// Changes the solid resources before they are written; the table says of each what it then is.
    pub fn edit_solid(mut self, edit: impl Fn(&mut Vec<Solid>) + 'static) -> Wim {
        self.solid_edits.push(Rc::new(edit));
        self
    }

    /// Changes the integrity table before it is written.
    pub fn edit_integrity(mut self, edit: impl Fn(&mut Integrity) + 'static) -> Wim {
        self.integrity_edits.push(Rc::new(edit));
        self
    }

    /// Changes the metadata resource of an image, counted from 0, before it is hashed and written.
    pub fn edit_metadata(mut self, image: usize, edit: impl Fn(&mut Vec<u8>) + 'static) -> Wim {
        self.metadata_edits.push((image, Rc::new(edit)));
        self
    }

    /// The archive.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.build().bytes
    }

    /// The archive, and where everything lies in it.
    pub fn build(&self) -> Built {
        assemble::build(self, 1, 1)
    }

    /// The archive as a split set: the metadata in the first part, the blobs in turn over all of them, no boot image.
    pub fn build_parts(&self, parts: u16) -> Vec<Built> {
        (1..=parts).map(|part| assemble::build(self, part, parts)).collect()
    }
}
