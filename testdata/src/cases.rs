//! The table of the fixtures: what each is, and what a careful reader makes of it.

use crate::build::Codec;

/// What a careful reader makes of a fixture. One that is stricter may fail earlier; none may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Everything is in order.
    Valid,
    /// Every image and every blob can be read, and something deserves a warning.
    Warns,
    /// The archive cannot be opened.
    OpenFails,
    /// The archive opens, but an image's metadata cannot be read or makes no sense, at the latest when it is looked at.
    ImageFails,
    /// The images can be listed, but a blob is missing or cannot be read, at the latest when it is read.
    BlobFails,
    /// All can be read; only the integrity table does not match, or is damaged itself.
    IntegrityFails,
}

/// Who wrote a fixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// wimlib-imagex.
    Wimlib,
    /// 7-Zip.
    SevenZip,
    /// This crate's builder.
    Builder,
}

/// A fixture.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its path in this crate's folder, for [`crate::path`].
    pub file: &'static str,
    /// What it is there for.
    pub what: &'static str,
    /// Who wrote it.
    pub writer: Writer,
    /// What a careful reader makes of it.
    pub expect: Expect,
    /// The codec of the header.
    pub codec: Codec,
    /// The chunk size of the header in bytes; 0 for no compression.
    pub chunk_size: u32,
    /// The codec of the solid resources, where there are any.
    pub solid: Option<Codec>,
    /// The image that boots, from 1; 0 for none.
    pub boot_index: u32,
    /// Its images in order, by the name of the tree that each holds where [`crate::trees::by_name`] knows it.
    pub images: &'static [&'static str],
    /// Other fixtures that hold blobs of it: split parts, or the base of a delta archive.
    pub references: &'static [&'static str],
    /// The number of files of the split set, 1 for an archive of one file.
    pub parts: u16,
    /// Whether it has the pipable layout, which only wimlib reads.
    pub pipable: bool,
    /// Whether it has an integrity table.
    pub integrity: bool,
}

/// A valid archive that wimlib-imagex wrote, with one image of the tree `small`.
const WIMLIB: Case = Case {
    file: "",
    what: "",
    writer: Writer::Wimlib,
    expect: Expect::Valid,
    codec: Codec::None,
    chunk_size: 0,
    solid: None,
    boot_index: 0,
    images: &["small"],
    references: &[],
    parts: 1,
    pipable: false,
    integrity: false,
};

/// A small archive of the builder.
const HOSTILE: Case = Case { writer: Writer::Builder, images: &["x"], ..WIMLIB };

/// An archive of the tree `mixed` in this codec and chunk size.
const fn mixed(file: &'static str, what: &'static str, codec: Codec, chunk_size: u32) -> Case {
    Case { file, what, codec, chunk_size, images: &["mixed"], ..WIMLIB }
}

/// An archive of the tree `mixed` in solid resources; the header has the same codec.
const fn solid(file: &'static str, what: &'static str, codec: Codec, chunk_size: u32) -> Case {
    Case { solid: Some(codec), ..mixed(file, what, codec, chunk_size) }
}

/// An archive of the builder, uncompressed, with one image.
const fn hostile(file: &'static str, expect: Expect, what: &'static str) -> Case {
    Case { file, expect, what, ..HOSTILE }
}

const KIB: u32 = 1 << 10;

/// The fixtures of `wims`, all of them valid.
pub const WIMS: &[Case] = &[
    Case { file: "wims/none.wim", what: "uncompressed; every shape of a tree", ..WIMLIB },
    mixed("wims/xpress-4k.wim", "XPRESS, the smallest chunks", Codec::Xpress, 4 * KIB),
    mixed("wims/xpress-32k.wim", "XPRESS, the usual chunks", Codec::Xpress, 32 * KIB),
    mixed("wims/xpress-64k.wim", "XPRESS, the biggest chunks", Codec::Xpress, 64 * KIB),
    mixed("wims/lzx-32k.wim", "LZX, the usual chunks", Codec::Lzx, 32 * KIB),
    mixed("wims/lzx-256k.wim", "LZX, bigger chunks: a window order above 15", Codec::Lzx, 256 * KIB),
    mixed("wims/lzms-32k.wim", "LZMS, the smallest chunks", Codec::Lzms, 32 * KIB),
    mixed("wims/lzms-128k.wim", "LZMS, the usual chunks", Codec::Lzms, 128 * KIB),
    solid("wims/solid-lzms.wim", "one solid resource of one 64 MiB chunk, as in an ESD", Codec::Lzms, 128 * KIB),
    solid("wims/solid-lzms-64k.wim", "a solid resource of several chunks", Codec::Lzms, 128 * KIB),
    Case {
        what: "solid XPRESS, which Microsoft never writes",
        codec: Codec::Lzms,
        chunk_size: 128 * KIB,
        ..solid("wims/solid-xpress.wim", "", Codec::Xpress, 32 * KIB)
    },
    Case {
        what: "solid LZX, which Microsoft never writes",
        codec: Codec::Lzms,
        chunk_size: 128 * KIB,
        ..solid("wims/solid-lzx.wim", "", Codec::Lzx, 32 * KIB)
    },
    Case {
        file: "wims/solid-appended.wim",
        what: "two solid resources in one run, in an otherwise uncompressed archive",
        solid: Some(Codec::Lzms),
        images: &["small", "mixed-changed"],
        ..WIMLIB
    },
    Case {
        boot_index: 1,
        images: &["mixed", "mixed-changed"],
        ..mixed("wims/two-images.wim", "two images that share blobs; a hole from appending", Codec::Xpress, 32 * KIB)
    },
    Case { file: "wims/integrity.wim", what: "an integrity table", integrity: true, ..WIMLIB },
    Case { images: &["small"], ..mixed("wims/links.wim", "hard links and symbolic links, LZX", Codec::Lzx, 32 * KIB) },
    Case {
        images: &["small"],
        ..mixed("wims/unix-data.wim", "tagged items: owner, group and mode", Codec::Lzx, 32 * KIB)
    },
    Case {
        file: "wims/ntfs.wim",
        what: "security descriptors, named streams, short names, reparse points, object id, extended attribute",
        writer: Writer::Builder,
        boot_index: 1,
        images: &["ntfs"],
        ..WIMLIB
    },
    Case {
        boot_index: 1,
        images: &["ntfs"],
        ..mixed("wims/ntfs-lzx.wim", "ntfs.wim, exported by wimlib", Codec::Lzx, 32 * KIB)
    },
    Case { pipable: true, ..mixed("wims/pipable.wim", "the pipable layout", Codec::Lzx, 32 * KIB) },
    Case { file: "wims/pipable-none.wim", what: "the pipable layout, uncompressed", pipable: true, ..WIMLIB },
    Case {
        images: &["mixed-changed"],
        references: &["wims/lzx-32k.wim"],
        ..mixed("wims/delta.wim", "a delta archive: most blobs are in lzx-32k.wim", Codec::Lzx, 32 * KIB)
    },
    Case {
        references: &["wims/split2.swm", "wims/split3.swm"],
        parts: 3,
        ..mixed("wims/split.swm", "the first of three parts", Codec::Lzx, 32 * KIB)
    },
    Case {
        file: "wims/7zz.wim",
        what: "another writer: blobs before metadata, files before folders, junk after names, hard-link ids of its own",
        writer: Writer::SevenZip,
        images: &["small"],
        ..WIMLIB
    },
    Case {
        boot_index: 1,
        images: &["winpe", "winpe-setup"],
        ..mixed("wims/two-images-lzx.wim", "like the boot.wim of x64 media", Codec::Lzx, 32 * KIB)
    },
    Case {
        boot_index: 1,
        images: &["Microsoft Windows PE (x86)", "Microsoft Windows Setup (x86)"],
        ..mixed("wims/boot-x86.wim", "a tiny boot.wim for x86", Codec::Lzx, 32 * KIB)
    },
];

use Expect::{BlobFails, ImageFails, IntegrityFails, OpenFails, Warns};

/// The fixtures of `hostile`, all of them of the builder; [`crate::hostile::bytes`] makes each again.
pub const HOSTILE_WIMS: &[Case] = &[
    hostile("hostile/cycle.wim", ImageFails, "a folder whose children are its parent's"),
    hostile("hostile/shared-lists.wim", ImageFails, "28 levels of two folders that share one list: 2^28 paths"),
    hostile("hostile/subdir-past-end.wim", ImageFails, "a folder whose children lie behind the metadata"),
    hostile(
        "hostile/dentry-length-max.wim",
        ImageFails,
        "a dentry of 2^64 - 1 bytes; to take it for the end hides files",
    ),
    hostile("hostile/security-count.wim", ImageFails, "2^31 security descriptors in 80 bytes"),
    hostile("hostile/security-id.wim", Warns, "a security id without a descriptor"),
    hostile("hostile/names.wim", Warns, "names that are no names: .., a/b, C:, a NUL, none, one twice"),
    hostile("hostile/metadata-missing.wim", ImageFails, "a boot index and an image, but no metadata at all"),
    hostile("hostile/stale-metadata.wim", Warns, "a dead metadata resource before the live one"),
    Case {
        codec: Codec::Lzx,
        chunk_size: 32 * KIB,
        ..hostile("hostile/claimed-metadata.wim", ImageFails, "metadata that claims a tebibyte")
    },
    hostile("hostile/missing-blob.wim", BlobFails, "a file whose blob is not there"),
    hostile("hostile/wrong-hash.wim", BlobFails, "a flipped byte in a file"),
    hostile("hostile/past-end.wim", BlobFails, "a blob that reaches over the end of the file"),
    hostile("hostile/offset-wraps.wim", BlobFails, "a blob whose offset plus size wraps"),
    hostile("hostile/duplicate-entries.wim", Warns, "two entries of one hash; only the first holds it"),
    Case {
        codec: Codec::Lzx,
        chunk_size: 32 * KIB,
        ..hostile("hostile/zero-size-blob.wim", BlobFails, "a compressed blob of 5000 bytes in 0")
    },
    Case {
        codec: Codec::Xpress,
        chunk_size: 4 * KIB,
        ..hostile("hostile/chunk-table-backwards.wim", BlobFails, "a chunk table that goes back")
    },
    Case {
        codec: Codec::Xpress,
        chunk_size: 4 * KIB,
        ..hostile("hostile/chunk-table-past-end.wim", BlobFails, "a chunk that begins behind its resource")
    },
    Case {
        codec: Codec::Lzms,
        chunk_size: 64 * KIB * KIB,
        ..hostile("hostile/claimed-17gib.wim", BlobFails, "a blob that claims 17 GiB, with a plausible chunk table")
    },
    Case {
        solid: Some(Codec::Lzms),
        ..hostile("hostile/solid-overlap.wim", OpenFails, "two members of a solid resource that overlap")
    },
    Case {
        solid: Some(Codec::Lzms),
        ..hostile("hostile/solid-chunk-sizes.wim", BlobFails, "a solid resource whose chunks are bigger than it")
    },
    hostile("hostile/encrypted.wim", OpenFails, "the XML of an encrypted ESD"),
    Case { images: &["x", "y"], ..hostile("hostile/image-count.wim", Warns, "two images, and an XML that has one") },
    hostile("hostile/xml-utf8.wim", OpenFails, "an XML in UTF-8"),
    hostile("hostile/truncated.wim", OpenFails, "cut off in the XML"),
    hostile("hostile/table-in-header.wim", OpenFails, "a blob table that lies in the header"),
    hostile("hostile/write-in-progress.wim", Warns, "a writer that did not clear its mark"),
    Case {
        integrity: true,
        ..hostile("hostile/integrity-hash.wim", IntegrityFails, "an integrity table with a wrong hash")
    },
    Case {
        integrity: true,
        ..hostile("hostile/integrity-size.wim", IntegrityFails, "an integrity table with a wrong count")
    },
    Case { parts: 2, ..hostile("hostile/split-first.swm", BlobFails, "the first of two parts, alone") },
    Case { parts: 2, ..hostile("hostile/split-second.swm", ImageFails, "the second of two parts, alone: no metadata") },
];
