//! The encoder.
//!
//! A chunk is filtered (`e8`), and given up if it cannot shrink (`incompressible`). A parser turns it into items, stretch by
//! stretch: a lazy one (`lazy`), or one that finds the cheapest sequence (`near_optimal`, over the `matches` that a `finder` finds). Both
//! go by costs (`cost`), at first those of an average chunk (`priors`). Then the items are cut into blocks (`split`), which may
//! be parsed again by their own costs, and each is written in the cheapest form (`block`, `header`, `codes`).

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
mod matches;
mod near_optimal;
mod output;
mod parser;
mod priors;
mod scale;
mod sketch;
mod split;
mod text;

pub use compressor::LzxCompressor;
