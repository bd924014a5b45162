//! Finding earlier occurrences of the bytes at a position.

mod binary_tree;
mod hash_chain;
#[cfg(feature = "lzms")]
mod lcp_interval;
#[cfg(feature = "lzms")]
mod suffix_array;
