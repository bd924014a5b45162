//! The compressor.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::finder::{Finder, LzmsMatches};
use super::incompressible;
use super::items::ItemWriter;
use super::lazy::LazyParser;
use super::menu::Setting;
use super::models::Models;
use super::near_optimal::NearOptimalParser;
use super::parse::LzmsParse;
use super::text::{Text, TextBuffer};
use crate::lzms::x86::X86Filter;
use crate::{Codec, Compressor, Level};

/// Compresses LZMS chunks.
///
/// ```
/// use wim_compress::lzms::{LzmsCompressor, LzmsDecompressor};
/// use wim_compress::{Compressor, Decompressor, Level};
///
/// let chunk = b"What occurs again is stored once. ".repeat(1000);
/// let mut compressed = vec![0; chunk.len() - 1];
/// let mut compressor = LzmsCompressor::new(1 << 17, Level::DEFAULT);
/// let len = compressor.compress(&chunk, &mut compressed).expect("the chunk shrinks");
///
/// let mut decompressed = vec![0; chunk.len()];
/// LzmsDecompressor::new(1 << 17).decompress(&compressed[..len], &mut decompressed)?;
/// assert_eq!(decompressed, chunk);
/// # Ok::<(), wim_compress::DecodeError>(())
/// ```
pub struct LzmsCompressor {
    chunk_size: usize,
    filter: X86Filter,
    text: TextBuffer,
    method: Method,
}

/// What a level compresses with.
enum Method {
    Lazy(Box<LazyParser>),
    NearOptimal(Box<(Finder, NearOptimalParser)>),
}

impl Method {
    /// Whether the chunk is bound to need more than `limit` bytes; see [`incompressible`].
    fn gives_up(&mut self, text: Text<'_>, limit: usize) -> bool {
        match self {
            Self::Lazy(parser) => {
                let (table, deltas) = parser.lend();
                incompressible::exceeds(text, limit, deltas, table)
            }
            Self::NearOptimal(stages) => incompressible::exceeds(text, limit, true, stages.0.lend()),
        }
    }
}

impl LzmsCompressor {
    /// A compressor for chunks of up to `chunk_size` bytes.
    ///
    /// # Panics
    /// If [`Codec::Lzms`] does not support `chunk_size`.
    pub fn new(chunk_size: u32, level: Level) -> Self {
        assert!(Codec::Lzms.supports(chunk_size), "LZMS has no chunks of {chunk_size} bytes");
        let chunk_size = chunk_size as usize;
        let method = match Setting::of(level, chunk_size) {
            Setting::Lazy(setting) => Method::Lazy(Box::new(LazyParser::new(chunk_size, setting))),
            Setting::NearOptimal(setting) => {
                let stages = (Finder::new(chunk_size, setting), NearOptimalParser::new(setting));
                Method::NearOptimal(Box::new(stages))
            }
        };
        Self { chunk_size, filter: X86Filter::new(), text: TextBuffer::new(chunk_size), method }
    }

    /// The bytes of memory that a compressor for `chunk_size` occupies.
    pub fn memory(chunk_size: u32, level: Level) -> u64 {
        let chunk_size = chunk_size as usize;
        let method = match Setting::of(level, chunk_size) {
            Setting::Lazy(setting) => size_of::<LazyParser>() + LazyParser::memory(chunk_size, setting),
            Setting::NearOptimal(setting) => {
                size_of::<(Finder, NearOptimalParser)>()
                    + Finder::memory(chunk_size, setting)
                    + NearOptimalParser::MEMORY
            }
        };
        (size_of::<Self>() + TextBuffer::memory(chunk_size) + X86Filter::MEMORY + method) as u64
    }

    /// Compresses a chunk in stages, which may run on different threads: one finds matches, the other chooses among them and
    /// writes. What comes out is the same as from [`Compressor::compress`]. For a chunk of many megabytes each stage takes
    /// about half of the time. `None` if the level has no such stages, or if the chunk is bound not to shrink, which
    /// [`Compressor::compress`] finds out as quickly.
    ///
    /// The batches between them are the caller's: each takes [`LzmsBatch::MEMORY`](super::LzmsBatch::MEMORY), and the stages hold one themselves.
    ///
    /// ```
    /// use std::sync::mpsc::sync_channel;
    /// use wim_compress::lzms::{LzmsBatch, LzmsCompressor};
    /// use wim_compress::{Compressor, Level};
    ///
    /// let chunk = b"What occurs again is stored once. ".repeat(1000);
    /// let mut compressed = vec![0; chunk.len() - 1];
    /// let mut compressor = LzmsCompressor::new(1 << 17, Level::DEFAULT);
    /// let (mut matches, parse) = compressor.stages(&chunk).expect("the default level has stages");
    /// let len = std::thread::scope(|scope| {
    ///     let (sender, receiver) = sync_channel(8);
    ///     scope.spawn(move || {
    ///         let mut batch = LzmsBatch::new();
    ///         while matches.fill(&mut batch) && sender.send(std::mem::take(&mut batch)).is_ok() {}
    ///     });
    ///     parse.run(&mut compressed, |batch| receiver.recv().map(|next| *batch = next).is_ok())
    /// });
    ///
    /// let mut at_once = vec![0; chunk.len() - 1];
    /// assert_eq!(compressor.compress(&chunk, &mut at_once), len);
    /// assert_eq!(at_once, compressed);
    /// ```
    ///
    /// # Panics
    /// If `src` is longer than the chunk size that this object was made for.
    pub fn stages(&mut self, src: &[u8]) -> Option<(LzmsMatches<'_>, LzmsParse<'_>)> {
        let text = load(src, self.chunk_size, &mut self.filter, &mut self.text);
        if self.method.gives_up(text, src.len().saturating_sub(1)) {
            return None;
        }
        match &mut self.method {
            Method::Lazy(_) => None,
            Method::NearOptimal(stages) => {
                let (finder, parser) = &mut **stages;
                Some((LzmsMatches::new(text, finder), LzmsParse::new(text, parser)))
            }
        }
    }
}

impl LzmsCompressor {
    /// The chunk that was taken over last, as it was: for whoever gave their copy up after [`Self::stages`], and needs it as it
    /// does not shrink.
    ///
    /// ```
    /// use wim_compress::lzms::LzmsCompressor;
    /// use wim_compress::Level;
    ///
    /// let chunk = b"\xE8\x10\x00\x00\x00 and so on ".repeat(1000);
    /// let mut compressor = LzmsCompressor::new(1 << 17, Level::DEFAULT);
    /// compressor.stages(&chunk);
    /// assert_eq!(compressor.into_chunk(), chunk);
    /// ```
    pub fn into_chunk(mut self) -> Vec<u8> {
        let mut chunk = self.text.into_bytes();
        let len = chunk.len();
        self.filter.undo(&mut chunk, len);
        chunk
    }
}

/// Takes a chunk over, and filters it.
fn load<'a>(src: &[u8], chunk_size: usize, filter: &mut X86Filter, text: &'a mut TextBuffer) -> Text<'a> {
    assert!(src.len() <= chunk_size, "{} bytes in chunks of {chunk_size}", src.len());
    filter.apply(text.load(src));
    text.text()
}

impl Compressor for LzmsCompressor {
    fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
        let text = load(src, self.chunk_size, &mut self.filter, &mut self.text);
        if self.method.gives_up(text, dst.len()) {
            return None;
        }
        match &mut self.method {
            Method::Lazy(parser) => {
                let mut models = Models::new(text.len());
                let mut writer = ItemWriter::new(dst, &mut models);
                parser.parse(text, &mut writer);
                writer.finish()
            }
            Method::NearOptimal(stages) => {
                let (finder, parser) = &mut **stages;
                let mut matches = LzmsMatches::new(text, finder);
                LzmsParse::new(text, parser).run(dst, |batch| matches.fill(batch))
            }
        }
    }
}
