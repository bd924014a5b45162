//! LZMS: chunks written by hand, chunks that nobody should write, and what the two halves of the codec promise each other.
#![cfg(feature = "lzms")]

// Public for the fuzz targets, which include it, too.
#[allow(unreachable_pub)]
#[path = "reference/lzms.rs"]
mod reference;

mod lzms {
    #[path = "../xpress/data.rs"]
    mod data;
    mod hostile;
    mod promises;
    mod round_trip;
    mod stages;
    mod vectors;
    mod writer;
}
