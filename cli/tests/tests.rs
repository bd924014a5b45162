//! The program as a process: what goes in by the command line, what comes out, and with which code it ends.
//!
//! | file | what |
//! |---|---|
//! | `info`, `list`, `cat`, `verify`, `export`, `export_boot` | one verb each |
//! | `help` | help, examples, wrong usage |
//! | `output` | pipes, full disks, silence, text that would harm a terminal |
//! | `interrupt` | signals |
//! | `peers` | what this program writes, others read |

mod cat;
mod export;
mod export_boot;
mod help;
mod info;
mod interrupt;
mod list;
mod output;
mod peers;
mod util;
mod verify;
