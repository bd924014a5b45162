//! The encoder.

mod chains;
mod compress;
mod cost;
mod delta_finder;
mod finder;
mod incompressible;
mod items;
mod lazy;
mod matches;
mod menu;
mod models;
mod near_optimal;
mod output;
mod parse;
mod symbols;
mod text;
mod walk;

pub use compress::LzmsCompressor;
pub use finder::LzmsMatches;
pub use matches::LzmsBatch;
pub use parse::LzmsParse;
