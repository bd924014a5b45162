//! Compressing decoded data on all threads: cut into chunks of the new archive, several to a job, in order.

use wim_compress::{Codec, Compressor, Decompressor, Level};
use wim_format::Sha1Hash;

use super::coding::ChunkCoding;
use super::stages::{self, Help};
use crate::decode::{Buffers, Pool, codec};
use crate::hash::sha1;
use crate::pipeline::LARGE_CHUNK;
use crate::workers::{Crew, Window, Workers};
use crate::{Error, Result};

/// Uncompressed bytes of a job, unless one chunk is larger.
const JOB_BYTES: usize = 256 << 10;

/// What the threads compress with; it outlives them.
pub(crate) struct Encoders {
    codec: Codec,
    level: Level,
    chunk_size: u32,
    /// Decode each chunk again and compare.
    check: bool,
    /// How many jobs may be under way.
    window: usize,
    /// Who may help with a large chunk.
    help: Help,
    idle: Pool<Box<dyn Compressor>>,
    checkers: Pool<Box<dyn Decompressor>>,
    buffers: Buffers,
}

/// A chunk, before or after.
#[derive(Clone, Copy)]
pub(crate) struct ChunkNote {
    pub(crate) item: usize,
    /// Uncompressed bytes.
    pub(crate) size: usize,
    /// Stored bytes; as many as uncompressed ones if the chunk does not shrink.
    pub(crate) stored: usize,
}

/// Chunks one after another, and their bytes.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) chunks: Vec<ChunkNote>,
    pub(crate) bytes: Vec<u8>,
}

impl Encoders {
    /// For `chunks` chunks at most, if they are large ones; `None` without compression.
    pub(crate) fn of(coding: &ChunkCoding, workers: &Workers, chunks: u64) -> Option<Self> {
        Some(Self::new(codec(coding.compression)?, coding, workers, chunks))
    }

    fn new(codec: Codec, coding: &ChunkCoding, workers: &Workers, chunks: u64) -> Self {
        let ChunkCoding { level, chunk_size, check, .. } = *coding;
        let window = if is_large(codec, chunk_size) { workers.large_chunks() } else { 4 * workers.threads() };
        let (idle, checkers, buffers) = (Pool::default(), Pool::default(), Buffers::default());
        Self { codec, level, chunk_size, check, window, help: Help::new(workers, chunks), idle, checkers, buffers }
    }

    /// Whether a chunk is so large that no memory is held that can be had again.
    fn is_large(&self) -> bool {
        is_large(self.codec, self.chunk_size)
    }

    fn compress(&self, batch: Batch) -> Result<Batch> {
        if self.is_large() {
            return self.compress_large(batch);
        }
        self.compress_chunks(&batch.chunks, &batch.bytes)
    }

    /// Compresses the chunks in `bytes`, none of which is a large one.
    pub(crate) fn compress_chunks(&self, chunks: &[ChunkNote], bytes: &[u8]) -> Result<Batch> {
        let mut compressor =
            self.idle.take(|_| true).unwrap_or_else(|| self.codec.compressor(self.chunk_size, self.level));
        let mut encoded = Batch { chunks: Vec::with_capacity(chunks.len()), bytes: vec![0; bytes.len()] };
        let (mut from, mut to) = (0, 0);
        for note in chunks {
            let chunk = &bytes[from..from + note.size];
            // A chunk that does not shrink by a byte is stored raw.
            let room = &mut encoded.bytes[to..to + note.size - 1];
            let stored = match compressor.compress(chunk, room) {
                Some(len) => {
                    self.check_chunk(note.item, chunk, &room[..len])?;
                    len
                }
                None => {
                    encoded.bytes[to..to + note.size].copy_from_slice(chunk);
                    note.size
                }
            };
            encoded.chunks.push(ChunkNote { stored, ..*note });
            from += note.size;
            to += stored;
        }
        encoded.bytes.truncate(to);
        self.idle.put(compressor);
        Ok(encoded)
    }

    /// The same for a batch of a single, large chunk, of which only the hash is kept to check what was encoded.
    fn compress_large(&self, batch: Batch) -> Result<Batch> {
        let Batch { chunks, bytes } = batch;
        let note = chunks[0];
        let hash = self.check.then(|| sha1(&bytes));
        let bytes = match stages::compress(bytes, self.chunk_size, self.level, &self.help) {
            Ok(encoded) => {
                if let Some(hash) = hash {
                    self.check_large(note, hash, &encoded)?;
                }
                encoded
            }
            Err(chunk) => chunk,
        };
        Ok(Batch { chunks: vec![ChunkNote { stored: bytes.len(), ..note }], bytes })
    }

    /// Decodes what was encoded and compares: an encoder's bug must not cost anyone their data.
    fn check_chunk(&self, item: usize, chunk: &[u8], encoded: &[u8]) -> Result<()> {
        if !self.check {
            return Ok(());
        }
        let mut decoded = self.buffers.take(chunk.len());
        let same = self.decodes(encoded, &mut decoded[..chunk.len()]) && decoded[..chunk.len()] == *chunk;
        self.buffers.put(decoded);
        if same { Ok(()) } else { Err(self.wrong(item)) }
    }

    fn check_large(&self, note: ChunkNote, hash: Sha1Hash, encoded: &[u8]) -> Result<()> {
        let mut decoded = vec![0; note.size];
        let same = self.decodes(encoded, &mut decoded) && sha1(&decoded) == hash;
        if same { Ok(()) } else { Err(self.wrong(note.item)) }
    }

    fn decodes(&self, encoded: &[u8], decoded: &mut [u8]) -> bool {
        let checker = self.checkers.take(|_| true);
        let mut checker = checker.unwrap_or_else(|| self.codec.decompressor(self.chunk_size));
        let decodes = checker.decompress(encoded, decoded).is_ok();
        self.checkers.put(checker);
        decodes
    }

    fn wrong(&self, item: usize) -> Error {
        let (codec, level) = (self.codec, self.level.get());
        Error::Internal(format!("{codec:?} at level {level} encoded a chunk of blob number {item} wrongly"))
    }
}

/// Whether chunks are so large that how many are under way is a matter of memory.
pub(crate) fn is_large(codec: Codec, chunk_size: u32) -> bool {
    codec == Codec::Lzms && chunk_size >= LARGE_CHUNK
}

/// Takes decoded data, gives compressed chunks.
pub(super) struct Encoder<'a, 'scope> {
    encoders: &'scope Encoders,
    window: Window<'a, 'scope, Result<Batch>>,
    batch: Batch,
    /// Bytes of the last chunk of `batch`, which is still growing.
    open: usize,
}

impl<'a, 'scope> Encoder<'a, 'scope> {
    pub(super) fn new(encoders: &'scope Encoders, crew: &Crew<'a, 'scope>) -> Self {
        Self { encoders, window: crew.window(encoders.window), batch: Batch::default(), open: 0 }
    }

    /// The next bytes of `item`; `finished` receives what is ready.
    pub(super) fn push(
        &mut self,
        item: usize,
        mut bytes: &[u8],
        finished: &mut dyn FnMut(Batch) -> Result<()>,
    ) -> Result<()> {
        let chunk_size = self.encoders.chunk_size as usize;
        while !bytes.is_empty() {
            if self.encoders.is_large() && self.open == 0 {
                // No large chunk is gathered that has to wait.
                self.make_room(finished)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(chunk_size - self.open));
            self.batch.bytes.extend_from_slice(now);
            self.open += now.len();
            bytes = later;
            if self.open == chunk_size {
                self.close_chunk(item, finished)?;
            }
        }
        Ok(())
    }

    /// `item` is complete: its last chunk may be short.
    pub(super) fn end(&mut self, item: usize, finished: &mut dyn FnMut(Batch) -> Result<()>) -> Result<()> {
        if self.open > 0 { self.close_chunk(item, finished) } else { Ok(()) }
    }

    fn close_chunk(&mut self, item: usize, finished: &mut dyn FnMut(Batch) -> Result<()>) -> Result<()> {
        let size = std::mem::take(&mut self.open);
        self.batch.chunks.push(ChunkNote { item, size, stored: size });
        if self.batch.bytes.len() + self.encoders.chunk_size as usize > JOB_BYTES {
            self.submit(finished)
        } else {
            Ok(())
        }
    }

    fn submit(&mut self, finished: &mut dyn FnMut(Batch) -> Result<()>) -> Result<()> {
        self.make_room(finished)?;
        let (encoders, batch) = (self.encoders, std::mem::take(&mut self.batch));
        self.window.start(move || encoders.compress(batch));
        Ok(())
    }

    /// Waits until one more job may be under way.
    fn make_room(&mut self, finished: &mut dyn FnMut(Batch) -> Result<()>) -> Result<()> {
        while self.window.is_full()
            && let Some(encoded) = self.window.take()
        {
            finished(encoded??)?;
        }
        Ok(())
    }

    /// No more comes: the last chunk, which may be short, is closed, and everything is waited for.
    pub(super) fn finish(&mut self, finished: &mut dyn FnMut(Batch) -> Result<()>) -> Result<()> {
        // Whose chunk it is matters to messages alone.
        let item = self.batch.chunks.last().map_or(0, |note| note.item);
        self.end(item, finished)?;
        self.drain(finished)
    }

    /// Waits for everything that was pushed.
    pub(super) fn drain(&mut self, finished: &mut dyn FnMut(Batch) -> Result<()>) -> Result<()> {
        if !self.batch.chunks.is_empty() {
            self.submit(finished)?;
        }
        while let Some(encoded) = self.window.take() {
            finished(encoded??)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wim_format::Compression;

    use super::*;

    /// Compresses as the codec does, then changes a bit.
    struct Broken(Box<dyn Compressor>);

    impl Compressor for Broken {
        fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
            let len = self.0.compress(src, dst)?;
            dst[len / 2] ^= 0x10;
            Some(len)
        }
    }

    const CHUNK: u32 = 1 << 15;

    fn batch() -> Batch {
        let chunk: Vec<u8> = (0..CHUNK).flat_map(|i| (i / 7 % 251).to_le_bytes()).take(CHUNK as usize).collect();
        let note = ChunkNote { item: 3, size: chunk.len(), stored: chunk.len() };
        Batch { chunks: vec![note; 2], bytes: chunk.repeat(2) }
    }

    fn encoders(codec: Codec, chunk_size: u32, check: bool) -> Encoders {
        let compression = Compression::None;
        let coding = ChunkCoding { compression, level: Level::new(30).expect("a level"), chunk_size, check };
        Encoders::new(codec, &coding, &Workers::new(1).unwrap(), 1)
    }

    fn encode(codec: Codec, check: bool, broken: bool) -> Result<Batch> {
        let encoders = encoders(codec, CHUNK, check);
        if broken {
            encoders.idle.put(Box::new(Broken(codec.compressor(CHUNK, Level::DEFAULT))));
        }
        encoders.compress(batch())
    }

    #[test]
    fn what_a_broken_encoder_made_is_not_written() {
        for codec in [Codec::Xpress, Codec::Lzx, Codec::Lzms] {
            assert!(encode(codec, true, false).is_ok());
            let error = encode(codec, true, true).err().expect("the encoder is broken").to_string();
            assert!(error.contains("blob number 3") && error.contains(&format!("{codec:?}")), "{error}");
            // Whoever turned the check off gets what the encoder made.
            assert!(encode(codec, false, true).is_ok());
        }
    }

    /// Large chunks are compared by their hash.
    #[test]
    fn large_chunks_are_checked_too() {
        let data: Vec<u8> = (0..LARGE_CHUNK / 4).flat_map(|i| (i / 900 % 253).to_le_bytes()).collect();
        let note = ChunkNote { item: 7, size: data.len(), stored: data.len() };
        let encoders = encoders(Codec::Lzms, LARGE_CHUNK, true);
        let hash = sha1(&data);
        let mut encoded = encoders.compress(Batch { chunks: vec![note], bytes: data }).unwrap();
        assert!(encoded.chunks[0].stored < note.size);
        encoders.check_large(note, hash, &encoded.bytes).unwrap();
        encoded.bytes[100] ^= 0x10;
        let error = encoders.check_large(note, hash, &encoded.bytes).unwrap_err().to_string();
        assert!(error.contains("blob number 7"), "{error}");
    }

    #[test]
    fn what_does_not_shrink_is_stored_and_needs_no_check() {
        let noise = crate::hash::sha1(b"noise").0;
        let note = ChunkNote { item: 0, size: noise.len(), stored: noise.len() };
        let encoders = encoders(Codec::Lzx, CHUNK, true);
        let encoded = encoders.compress(Batch { chunks: vec![note], bytes: noise.to_vec() }).unwrap();
        assert_eq!(encoded.bytes, noise);
        assert_eq!(encoded.chunks[0].stored, noise.len());
    }
}
