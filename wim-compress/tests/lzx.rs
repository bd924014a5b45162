//! LZX: chunks written by hand, chunks that nobody should write, and what the two halves of the codec promise each other.
#![cfg(feature = "lzx")]

// Public for the fuzz targets and the trainer, which include it, too.
#[allow(unreachable_pub)]
#[path = "reference/lzx.rs"]
mod reference;

mod lzx {
    #[path = "../xpress/data.rs"]
    mod data;
    mod hostile;
    mod promises;
    mod round_trip;
    mod vectors;
    mod writer;
}
