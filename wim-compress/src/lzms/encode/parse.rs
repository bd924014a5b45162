//! The last stage: choosing among the matches, and writing.

use super::items::ItemWriter;
use super::matches::LzmsBatch;
use super::models::Models;
use super::near_optimal::NearOptimalParser;
use super::text::Text;

/// The last stage of compressing a chunk: it chooses among the matches and writes. Made by
/// [`LzmsCompressor::stages`](super::LzmsCompressor::stages).
pub struct LzmsParse<'a> {
    text: Text<'a>,
    parser: &'a mut NearOptimalParser,
}

impl<'a> LzmsParse<'a> {
    pub(super) fn new(text: Text<'a>, parser: &'a mut NearOptimalParser) -> Self {
        Self { text, parser }
    }

    /// Compresses the chunk into the front of `dst` and returns the number of bytes used, or `None` if they do not fit.
    ///
    /// `next_batch` replaces a batch, whose content is of no more use, by the next one that [`LzmsMatches`](super::LzmsMatches)
    /// has filled. If it returns `false`, the chunk is given up.
    ///
    /// # Panics
    /// If a batch is not the one that comes next.
    pub fn run(self, dst: &mut [u8], next_batch: impl FnMut(&mut LzmsBatch) -> bool) -> Option<usize> {
        let Self { text, parser } = self;
        let mut models = Models::new(text.len());
        let mut writer = ItemWriter::new(dst, &mut models);
        let is_complete = parser.parse(text, &mut writer, next_batch);
        writer.finish().filter(|_| is_complete)
    }
}
