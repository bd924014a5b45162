//! The encoder.

mod compress;
mod cost;
mod delta_finder;
mod items;
mod matches;
mod menu;
mod near_optimal;
mod output;
mod symbols;
mod text;

pub use compress::LzmsCompressor;
