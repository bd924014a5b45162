//! Boot exports: the checks, the options, the output, every return code, and many runs at once.

mod checks;
mod codes;
mod faults;
mod method;
mod options;
mod output;
mod runs;
#[path = "../util/mod.rs"]
mod util;
mod workspace;
