//! The front of a solid resource: its own size, chunk size and codec.

use crate::chunk_table::chunk_count;
use crate::error::{Error, ErrorKind, Result, Section};
use crate::header::Compression;
use crate::raw::{self, Record, U32, U64};

/// The 16 bytes at the front of a solid resource, before the table of its chunks' sizes.
///
/// Neither the header nor the blob table knows what they say: many blobs share the resource, compressed as one.
#[doc(alias = "alt_chunk_table_header")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SolidHeader {
    /// Bytes of all its blobs together; not 0.
    pub uncompressed_size: u64,
    /// Bytes of a chunk, a power of two.
    pub chunk_size: u32,
    /// How its chunks are compressed. [`Compression::None`] is read, and no writer known writes it.
    pub compression: Compression,
}

impl SolidHeader {
    /// Bytes on disk.
    pub const SIZE: usize = raw::SolidHeader::SIZE;

    /// Offsets of the fields, for errors.
    const CHUNK_SIZE_OFFSET: u64 = 8;
    const CODEC_OFFSET: u64 = 12;

    /// Parses the front of a solid resource.
    ///
    /// # Errors
    /// No data, an unknown codec, or a chunk size that the codec does not have.
    pub fn parse(bytes: &[u8; Self::SIZE]) -> Result<Self> {
        let raw: raw::SolidHeader = bytemuck::pod_read_unaligned(bytes);
        let fail = |kind, offset| Err(Error::new(kind, Section::SolidResource, offset));
        let (uncompressed_size, chunk_size) = (raw.uncompressed_size.get(), raw.chunk_size.get());
        if uncompressed_size == 0 {
            return fail(ErrorKind::InvalidField { field: "uncompressed size", value: 0 }, 0);
        }
        let Some(compression) = Compression::from_codec(raw.codec.get()) else {
            return fail(ErrorKind::InvalidField { field: "codec", value: raw.codec.get().into() }, Self::CODEC_OFFSET);
        };
        if !chunk_size.is_power_of_two() || !compression.accepts_chunk_size(chunk_size) {
            return fail(ErrorKind::InvalidChunkSize(chunk_size), Self::CHUNK_SIZE_OFFSET);
        }
        Ok(Self { uncompressed_size, chunk_size, compression })
    }

    /// The front as it lies on disk.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        bytemuck::cast(raw::SolidHeader {
            uncompressed_size: U64::new(self.uncompressed_size),
            chunk_size: U32::new(self.chunk_size),
            codec: U32::new(self.compression.codec()),
        })
    }

    /// Number of chunks.
    pub const fn chunk_count(&self) -> u64 {
        chunk_count(self.uncompressed_size, self.chunk_size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_have_the_numbers_of_the_format() {
        for (number, compression) in
            [(0, Compression::None), (1, Compression::Xpress), (2, Compression::Lzx), (3, Compression::Lzms)]
        {
            let header = SolidHeader { uncompressed_size: 0x2_9883, chunk_size: 1 << 15, compression };
            let bytes = header.to_bytes();
            assert_eq!(bytes[12..], [number, 0, 0, 0]);
            assert_eq!(SolidHeader::parse(&bytes), Ok(header));
        }
    }

    #[test]
    fn refuses_what_no_decoder_has() {
        let good = SolidHeader { uncompressed_size: 1, chunk_size: 1 << 26, compression: Compression::Lzms };
        let with = |at: usize, value: u8| {
            let mut bytes = good.to_bytes();
            bytes[at] = value;
            SolidHeader::parse(&bytes).map_err(|error| (error.kind(), error.offset()))
        };
        assert_eq!(with(8, 1), Err((ErrorKind::InvalidChunkSize((1 << 26) + 1), 8)));
        assert_eq!(with(12, 4), Err((ErrorKind::InvalidField { field: "codec", value: 4 }, 12)));
        assert_eq!(with(0, 0), Err((ErrorKind::InvalidField { field: "uncompressed size", value: 0 }, 0)));
        let tiny = SolidHeader { chunk_size: 256, ..good };
        assert!(SolidHeader::parse(&tiny.to_bytes()).is_err());
        let none = SolidHeader { chunk_size: 0, compression: Compression::None, ..good };
        assert!(SolidHeader::parse(&none.to_bytes()).is_err());
    }
}
