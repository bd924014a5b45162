//! The encoder.

mod block;
mod codes;
mod compressor;
mod cost;
mod encoder;
mod finder;
mod graph;
mod header;
mod histogram;
mod incompressible;
mod item;
mod lazy;
mod log2;
mod near_optimal;
mod output;
mod parser;
mod priors;
mod scale;
mod sketch;
mod split;
mod text;

pub use compressor::LzxCompressor;
