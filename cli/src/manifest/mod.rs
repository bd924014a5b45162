//! Lists of everything in an archive, which is how somebody who has no archive of old knows whether one is the same.
//!
//! A manifest is JSON, one object a line: the archive, then each image, then each of its files, sorted by path. The same
//! archive has the same manifest, whoever makes it where and with how many threads.
//!
//! | file | what |
//! |---|---|
//! | `line` | what a line says |
//! | `write` | the lines of an archive |
//! | `compare` | what differs between an archive and a manifest |

mod compare;
mod line;
mod write;

pub(crate) use compare::{Difference, Expected};
pub(crate) use write::{check_place, write, write_of_file};
