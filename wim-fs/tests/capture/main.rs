//! Capture.
//!
//! | file | what |
//! |---|---|
//! | `trees` | what is in a folder is in the image, and the other way round |
//! | `options` | what is left out, reproducible images, updates of earlier ones |
//! | `sources` | several folders and files as one image |
//! | `windows` | the XML of a captured Windows |
//! | `peers` | wimlib applies the same tree, and captures the same image |
#![cfg(unix)]

mod options;
mod peers;
mod sources;
mod trees;
mod util;
mod windows;
