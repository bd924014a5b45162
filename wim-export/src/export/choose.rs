//! How things are stored in the new archive, and which resources can be copied as they are.

use std::collections::{HashMap, HashSet};

use wim_format::{Compression, Header};

use super::coding::{ChunkCoding, Coding};
use super::{Action, ExportOptions};
use crate::pipeline::Item;
use crate::{Archive, Error, Result};

/// How the resources of an archive that is made of one with this `header` are stored.
pub(crate) fn output_coding(header: &Header, options: &ExportOptions) -> Result<Coding> {
    if options.pipable && options.solid == Some(true) {
        return Err(Error::Unsupported {
            subject: "an archive for pipes".to_owned(),
            what: "solid data; choose one of the two: that".to_owned(),
        });
    }
    let compression = options.compression.unwrap_or_else(|| header.compression());
    let inherited = (compression == header.compression()).then_some(header.chunk_size);
    let plain = chunk_coding(options, compression, options.chunk_size, inherited)?;
    let solid = options.solid_compression.unwrap_or(Compression::Lzms);
    let inherited = (solid == Compression::Lzms).then_some(SOLID_LZMS_CHUNK);
    let solid = chunk_coding(options, solid, options.solid_chunk_size, inherited)?;
    Ok(Coding { plain, solid, pipable: options.pipable, verify: options.verify })
}

/// Chunks of 64 MiB, as in every ESD; Microsoft's software reads no larger ones.
const SOLID_LZMS_CHUNK: u32 = 64 << 20;

/// The size that was `asked` for, or else the `inherited` one, or else the compression's default.
fn chunk_coding(
    options: &ExportOptions,
    compression: Compression,
    asked: Option<u32>,
    inherited: Option<u32>,
) -> Result<ChunkCoding> {
    let chunk_size = asked.or(inherited).unwrap_or_else(|| compression.default_chunk_size());
    let fits = match compression {
        Compression::None => asked.is_none_or(|size| size == 0),
        _ => compression.accepts_chunk_size(chunk_size),
    };
    if !fits {
        return Err(Error::InvalidArgument {
            what: "chunk size",
            value: chunk_size.to_string(),
            expected: match compression {
                Compression::None => "without compression there are no chunks".to_owned(),
                Compression::Xpress => "XPRESS has chunks of 4K, 8K, 16K, 32K or 64K".to_owned(),
                Compression::Lzx => "LZX has chunks of 32K to 2M, a power of two".to_owned(),
                Compression::Lzms => "LZMS has chunks of 32K to 1G, a power of two".to_owned(),
            },
        });
    }
    let chunk_size = if compression == Compression::None { 0 } else { chunk_size };
    Ok(ChunkCoding { compression, chunk_size, level: options.level, check: options.check_encoded(compression) })
}

/// Whether the output is solid where nobody said: if the source is an ESD, and its compression is to stay.
pub(super) fn is_solid(source: &Archive, options: &ExportOptions, items: &[Item]) -> bool {
    options.compression.is_none()
        && !options.pipable
        && source.header().compression() == Compression::Lzms
        && items.iter().any(|item| item.resource().is_none())
}

/// Chooses what becomes of each resource.
pub(super) struct Chooser<'a> {
    source: &'a Archive,
    options: &'a ExportOptions,
    coding: Coding,
    solid: bool,
    /// The solid resources that are copied whole: volume and number.
    whole: HashSet<(usize, u32)>,
}

impl<'a> Chooser<'a> {
    /// Chooses for `items`, the blobs that are wanted, which go into solid resources if `solid` says so.
    pub(super) fn new(
        source: &'a Archive,
        options: &'a ExportOptions,
        coding: Coding,
        solid: bool,
        items: &[Item],
    ) -> Self {
        let mut chooser = Self { source, options, coding, solid, whole: HashSet::new() };
        if solid && !options.recompress {
            let mut wanted: HashMap<(usize, u32), u64> = HashMap::new();
            for item in items {
                if let Some((number, _)) = item.solid_resource(source) {
                    *wanted.entry((item.volume, number)).or_default() += item.blob.size;
                }
            }
            wanted.retain(|&resource, &mut bytes| chooser.is_worth_copying(resource, bytes));
            chooser.whole = wanted.into_keys().collect();
        }
        chooser
    }

    /// Whether a solid resource of which `wanted` bytes are needed is copied with all that is in it. As wimlib does, more
    /// than two thirds must be needed: compressing the rest anew takes a thousand times as long as copying it.
    fn is_worth_copying(&self, (volume, number): (usize, u32), wanted: u64) -> bool {
        let header = self.source.volume(volume).table.solid_resources()[number as usize].header;
        let as_asked = self.options.solid_compression.is_none_or(|asked| asked == header.compression)
            && self.options.solid_chunk_size.is_none_or(|asked| asked == header.chunk_size)
            && header.compression.accepts_chunk_size(header.chunk_size)
            && header.compression != Compression::None;
        as_asked && wanted > header.uncompressed_size / 3 * 2
    }

    /// Whether an item is copied with the whole solid resource that it lies in.
    pub(super) fn is_whole(&self, item: &Item) -> bool {
        item.solid_resource(self.source).is_some_and(|(number, _)| self.whole.contains(&(item.volume, number)))
    }

    /// A resource is copied if its bytes mean the same in the new archive. Raw data that the same codec gave up on once is
    /// copied, too: it would only be given up on again. New data is never copied without a look: it may have changed.
    pub(super) fn choose(&self, item: &Item) -> Action {
        if self.solid && item.metadata_of.is_none() {
            return if self.is_whole(item) { Action::Copy } else { Action::Solid };
        }
        let coding = &self.coding.plain;
        let anew = if coding.compression == Compression::None { Action::Store } else { Action::Encode };
        let volume = self.source.volume(item.volume);
        let header = &volume.header;
        let Some(resource) = item.resource().filter(|_| !volume.is_new()) else { return anew };
        let same_codec = header.compression() == coding.compression;
        let same_chunks = same_codec && header.chunk_size == coding.chunk_size && header.pipable == self.coding.pipable;
        let copy = match resource.is_compressed() {
            true => same_chunks && !self.options.recompress,
            false => coding.compression == Compression::None || (same_codec && !self.options.recompress),
        };
        if copy { Action::Copy } else { anew }
    }
}
