//! Finalizing a boot image by a profile: what to assert, delete, add and set, in a file that people can read and review.
//!
//! ```text
//!  profile.toml ─► Profile ──┐
//!                  profile/  ├─► finalize ─ each step ─► ImageEditor      steps/
//!  ImageEditor ──────────────┘       └────────────────► FinalizeReport    report.rs
//! ```
//!
//! The steps run in the order of the file. Each is checked before it changes anything: it is done, or the run fails and says
//! why. Only the tree in memory is changed; whoever asked writes it once, at the end, or not at all.
//!
//! | file | what |
//! |---|---|
//! | `profile/` | the file: schema, reading, the built-in ones |
//! | `facts` | what a step may ask of the image: architecture, language, build |
//! | `host` | files of the host that a profile names, kept within its folder |
//! | `protect` | what no deletion takes |
//! | `account` | what the tree takes, before and after a step |
//! | `hives` | registry hives of the image |
//! | `run` | the steps in order; `steps/` has one file for each kind |
//! | `report`, `problem` | what it came to, or why not |

mod account;
mod facts;
mod hives;
mod host;
mod options;
mod problem;
mod profile;
mod protect;
mod report;
mod run;
mod steps;

pub use options::FinalizeOptions;
pub use problem::StepProblem;
pub use profile::{BUILT_IN_PROFILES, Class, Output, Profile, ProfileError, STEP_KINDS, StepKeys, step_keys};
pub use report::{FinalizeReport, FinalizeWarning, Outcome, ProfileIdentity, StepReport, Tally};
pub use run::finalize;
