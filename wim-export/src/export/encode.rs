//! Compressing decoded data on all threads: cut into chunks of the new archive, several to a job, in order.

use wim_compress::{Codec, Compressor, Decompressor, Level};

use super::stages::StagedCompressor;
use crate::decode::{Buffers, Pool};
use crate::hash::sha1;
use crate::pipeline::LARGE_CHUNK;
use crate::workers::{Crew, Window};
use crate::{Error, Result};

/// Uncompressed bytes of a job, unless one chunk is larger.
const JOB_BYTES: usize = 256 << 10;

/// What the threads compress with; it outlives them.
pub(super) struct Encoders {
    codec: Codec,
    level: Level,
    chunk_size: u32,
    /// Decode each chunk again and compare.
    check: bool,
    /// Whether a chunk is compressed on two threads.
    staged: bool,
    /// How many jobs may be under way.
    window: usize,
    idle: Pool<Box<dyn Compressor>>,
    checkers: Pool<Box<dyn Decompressor>>,
    buffers: Buffers,
}

/// A chunk, before or after.
#[derive(Clone, Copy)]
pub(super) struct ChunkNote {
    pub(super) item: usize,
    /// Uncompressed bytes.
    pub(super) size: usize,
    /// Stored bytes; as many as uncompressed ones if the chunk does not shrink.
    pub(super) stored: usize,
}

/// Chunks one after another, and their bytes.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) chunks: Vec<ChunkNote>,
    pub(super) bytes: Vec<u8>,
}

impl Encoders {
    pub(super) fn new(codec: Codec, level: Level, chunk_size: u32, check: bool, threads: usize) -> Self {
        let staged = threads > 1 && StagedCompressor::suits(codec, chunk_size);
        let window = if chunk_size < LARGE_CHUNK { 4 * threads } else { chunks_under_way(codec, chunk_size, threads) };
        let (idle, checkers, buffers) = (Pool::default(), Pool::default(), Buffers::default());
        Self { codec, level, chunk_size, check, staged, window, idle, checkers, buffers }
    }

    /// Whether a chunk is so large that no memory is held that can be had again.
    fn is_large(&self) -> bool {
        self.chunk_size >= LARGE_CHUNK
    }

    fn compressor(&self) -> Box<dyn Compressor> {
        if self.staged {
            Box::new(StagedCompressor::new(self.chunk_size, self.level))
        } else {
            self.codec.compressor(self.chunk_size, self.level)
        }
    }

    fn compress(&self, mut batch: Batch) -> Result<Batch> {
        let mut compressor = Some(self.idle.take(|_| true).unwrap_or_else(|| self.compressor()));
        let mut encoded = Batch { chunks: Vec::with_capacity(batch.chunks.len()), bytes: vec![0; batch.bytes.len()] };
        let (mut from, mut to) = (0, 0);
        for note in &batch.chunks {
            let chunk = &mut batch.bytes[from..from + note.size];
            // A chunk that does not shrink by a byte is stored raw.
            let room = &mut encoded.bytes[to..to + note.size - 1];
            let stored = match compressor.get_or_insert_with(|| self.compressor()).compress(chunk, room) {
                Some(len) => {
                    if self.is_large() {
                        // Its memory is worth more than the time to have it again.
                        compressor = None;
                    }
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
        compressor.into_iter().for_each(|compressor| self.idle.put(compressor));
        Ok(encoded)
    }

    /// Decodes what was encoded and compares: an encoder's bug must not cost anyone their data. Of a large chunk only the
    /// hash is kept for that, and it is decoded to where it was.
    fn check_chunk(&self, item: usize, chunk: &mut [u8], encoded: &[u8]) -> Result<()> {
        if !self.check {
            return Ok(());
        }
        let checker = self.checkers.take(|_| true);
        let mut checker = checker.unwrap_or_else(|| self.codec.decompressor(self.chunk_size));
        let same = if self.is_large() {
            let hash = sha1(chunk);
            checker.decompress(encoded, chunk).is_ok() && sha1(chunk) == hash
        } else {
            let mut decoded = self.buffers.take(chunk.len());
            let decoded_here = &mut decoded[..chunk.len()];
            let same = checker.decompress(encoded, decoded_here).is_ok() && decoded_here == chunk;
            self.buffers.put(decoded);
            same
        };
        self.checkers.put(checker);
        if same {
            return Ok(());
        }
        let (codec, level) = (self.codec, self.level.get());
        Err(Error::Internal(format!("{codec:?} at level {level} encoded a chunk of blob number {item} wrongly")))
    }
}

/// How many large chunks are compressed at a time: two threads work at one, where its stages can be told apart.
pub(crate) fn chunks_under_way(codec: Codec, chunk_size: u32, threads: usize) -> usize {
    if StagedCompressor::suits(codec, chunk_size) { threads.div_ceil(2) } else { threads }
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

    fn encode(codec: Codec, check: bool, broken: bool) -> Result<Batch> {
        let encoders = Encoders::new(codec, Level::DEFAULT, CHUNK, check, 1);
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

    /// Large chunks are compared by their hash, without a second buffer.
    #[test]
    fn large_chunks_are_checked_too() {
        let data: Vec<u8> = (0..LARGE_CHUNK / 4).flat_map(|i| (i / 900 % 253).to_le_bytes()).collect();
        let note = ChunkNote { item: 7, size: data.len(), stored: data.len() };
        let encode = |broken: bool| {
            let level = Level::new(10).expect("a level");
            let encoders = Encoders::new(Codec::Lzms, level, LARGE_CHUNK, true, 1);
            if broken {
                encoders.idle.put(Box::new(Broken(Codec::Lzms.compressor(LARGE_CHUNK, level))));
            }
            encoders.compress(Batch { chunks: vec![note], bytes: data.clone() })
        };
        assert!(encode(false).unwrap().bytes.len() < data.len());
        let error = encode(true).err().expect("the encoder is broken").to_string();
        assert!(error.contains("blob number 7"), "{error}");
    }

    #[test]
    fn what_does_not_shrink_is_stored_and_needs_no_check() {
        let noise = crate::hash::sha1(b"noise").0;
        let note = ChunkNote { item: 0, size: noise.len(), stored: noise.len() };
        let encoders = Encoders::new(Codec::Lzx, Level::DEFAULT, CHUNK, true, 1);
        let encoded = encoders.compress(Batch { chunks: vec![note], bytes: noise.to_vec() }).unwrap();
        assert_eq!(encoded.bytes, noise);
        assert_eq!(encoded.chunks[0].stored, noise.len());
    }
}
