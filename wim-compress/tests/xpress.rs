//! XPRESS: chunks written by hand, chunks that nobody should write, and what the two halves of the codec promise each other.
#![cfg(feature = "xpress")]

// Public for the fuzz targets, which include it, too.
#[allow(unreachable_pub)]
#[path = "reference/xpress.rs"]
mod reference;

mod xpress {
    mod data;
    mod hostile;
    mod promises;
    mod round_trip;
    mod vectors;
    mod writer;
}
