//! The encoder.

mod block;
mod compressor;
mod cost;
mod finder;
mod header;
mod histogram;
mod item;
mod log2;
mod near_optimal;
mod output;
mod priors;
mod split;
mod text;
mod trees;

pub use compressor::LzxCompressor;
