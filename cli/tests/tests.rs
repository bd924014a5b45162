//! The program as a process: what goes in by the command line, what comes out, and with which code it ends.
//!
//! | file | what |
//! |---|---|
//! | `info`, `list`, `cat`, `verify`, `export`, `export_boot`, `extract`, `capture`, `to_tar`, `from_tar`, `optimize`, `delete` | one verb each |
//! | `append`, `edit` | changes in place: `export --append`, `info --set` |
//! | `split` | split and join |
//! | `check`, `diff` | rules that an archive breaks; what differs between images |
//! | `report` | the page with the treemap, also in a browser |
//! | `registry` | values of an image's registry |
//! | `mount` | images as file systems: `mount`, `unmount` |
//! | `manifest` | what is in an archive, and what differs |
//! | `pipe` | archives through standard input and output |
//! | `generate` | completions and manual |
//! | `edit_image` | files of an image: `edit` |
//! | `profile` | profiles, and reports about finalizing |
//! | `help` | help, examples, wrong usage |
//! | `schema` | the documentation of `--json` |
//! | `output` | pipes, full disks, silence, text that would harm a terminal |
//! | `interrupt` | signals |
//! | `peers` | what this program writes, others read |

mod append;
mod capture;
mod cat;
mod check;
mod delete;
mod diff;
mod edit;
mod edit_image;
mod export;
mod export_boot;
mod export_check;
mod extract;
mod from_tar;
mod generate;
mod help;
mod info;
mod interrupt;
mod list;
mod manifest;
mod mount;
mod optimize;
mod output;
mod peers;
mod pipe;
mod profile;
mod registry;
mod report;
mod schema;
mod split;
mod to_tar;
mod util;
mod verify;
