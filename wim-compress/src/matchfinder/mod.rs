//! Finding earlier occurrences of the bytes at a position.
//!
//! A chunk is compressed on its own and every codec can reach back to its first byte, so a match finder indexes one whole
//! chunk, needs no sliding window and no distance limit, and is emptied when the next chunk is loaded.
//!
//! # The finders
//!
//! * `hash_chain::HashChains`: positions with equal first four bytes are linked from the latest to the earliest. Cheap to
//!   fill, good with small search depths: greedy and lazy parsing, and near-optimal parsing of large chunks.
//! * `binary_tree::BinaryTrees`: positions with equal first four bytes form a search tree ordered by what follows, with the
//!   latest position as its root. Finds the nearest match of (nearly) every length: the best near-optimal parsing.
//! * `nearest::NearestMatches`: tables of the latest position of each three to six bytes, and chains for longer matches. The
//!   quickest way to the nearest match of each length: near-optimal parsing of chunks up to 64 KiB.
//! * `lcp_interval`: the suffix array and its LCP intervals; for chunks of many megabytes.
//!
//! # How a parser uses one
//!
//! First `load(data)`, which for chains returns a cursor (and `cursor(from)` another one, later on). Then positions go in ascending order, each exactly once: either
//! `find(pos, ...)`, which inserts `pos` and reports its matches, or `skip(from..to)`, which only inserts.
//!
//! Chains report matches to a closure and trees write them to an array, *each longer than the one before*, so that a parser may
//! keep the last one (the longest), score every one of them, or append all to a match cache. Of the matches of one length, the one that a finder reports is
//! the nearest that it saw. No match is reported that reaches past the end of the data or past `Search::max_len`.
//!
//! A position is stored in a `Position` that is wide enough (`u16` up to 64 KiB, `u32` above), and zero means none: tables
//! start as zeroed memory, and what a chain ends with needs no conversion. Thereby no match with the very first byte of a chunk
//! as its source is ever found, which costs next to nothing. Head tables are scaled to the length of the data, so a short
//! chunk does not pay for clearing tables of a long one.
//!
//! # Why there is a copy
//!
//! A finder copies the chunk into a `Window`: an array of a power of two and some slack. An index that is masked, or that
//! comes from a `u16`, is then known to be inside it, and eight bytes may be loaded anywhere. The copy costs less than one
//! percent of even the fastest search; the checks that it saves cost several.

#[cfg(feature = "lzx")]
pub(crate) mod binary_tree;
#[cfg(any(feature = "xpress", feature = "lzx"))]
pub(crate) mod hash_chain;
#[cfg(any(feature = "xpress", feature = "lzx"))]
mod heads;
#[cfg(feature = "lzms")]
pub(crate) mod lcp_interval;
#[cfg(any(feature = "xpress", feature = "lzx"))]
pub(crate) mod nearest;
#[cfg(any(feature = "xpress", feature = "lzx"))]
mod search;
#[cfg(feature = "lzms")]
pub(crate) mod suffix_array;
#[cfg(any(feature = "xpress", feature = "lzx"))]
mod window;

#[cfg(feature = "lzx")]
pub(crate) use heads::Position;
#[cfg(feature = "xpress")]
pub(crate) use search::Match;
#[cfg(any(feature = "xpress", feature = "lzx"))]
pub(crate) use search::Search;
#[cfg(any(feature = "xpress", feature = "lzx"))]
pub(crate) use window::SLACK;

#[cfg(all(test, feature = "xpress", feature = "lzx"))]
mod tests;
