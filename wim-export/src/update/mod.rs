//! Changing an archive where it is: decide first, then do.
//!
//! ```text
//!  ArchiveFile::open                       the file, locked
//!     ├── AppendPlan::new ─── write        more images            ┐
//!     ├── ReplacePlan::new ── write        an edited image        │
//!     ├── InfoEdit::new ───── write        names, boot image, …   ├ in place
//!     ├── DeletePlan::soft ── write        fewer images           ┘
//!     ├── DeletePlan::rebuild ─┐
//!     └── ExportPlan::rebuild ─┴─ ArchiveFile::replace            through a temporary file
//! ```
//!
//! In place, nothing that the archive consists of is written over. What is new comes after the end of the file: data, blob
//! table, XML, integrity table. When the storage has all of it, a single write of the header turns the old archive into the
//! new one:
//!
//! 1. The header states that a write is in progress. Readers warn of that, and read on.
//! 2. Everything is appended, and synced.
//! 3. The header is written, which names the new tables, and synced.
//!
//! Whoever is killed on the way leaves the old archive, and bytes behind it that the next change takes for its own. An error
//! or a cancelled run cuts the file off where it ended, and restores its header.
//!
//! | file | what |
//! |---|---|
//! | `file` | the lock, and replacing the file |
//! | `check` | what can be changed in place |
//! | `in_place` | the protocol above, with the way back |
//! | `tail` | the tables that follow the data |
//! | `addition` | new data and images, for `append` and `replace` |
//! | `append`, `replace`, `info`, `delete` | what changes |

mod addition;
mod append;
mod check;
mod delete;
mod file;
mod in_place;
mod info;
mod replace;
mod tail;

use wim_format::Header;

pub(crate) use check::problem;

pub use append::AppendPlan;
pub(crate) use append::{check_name, fit};
pub use check::UpdateProblem;
pub use delete::{DeletePlan, SoftDelete};
pub use file::ArchiveFile;
pub(crate) use in_place::InPlace;
pub use info::InfoEdit;
pub use replace::ReplacePlan;

/// What a change in place came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateSummary {
    /// The archive's header as it is now.
    pub header: Header,
    /// Bytes that the file had.
    pub old_size: u64,
    /// Bytes that it has now.
    pub size: u64,
}
