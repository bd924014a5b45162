//! Windows images (WIM, ESD, SWM) as whole archives: open, list, read, verify, export, and what Configuration Manager's
//! `ExportDefaultBootImage` does, on any host.
//!
//! ```text
//!  ArchiveDraft                             draft/       what is to be: new images, new data
//!     │  └── ArchiveWriter                  intake/      its data written while it is found
//!     ▼
//!  Archive ── images, blobs, XML            archive/     what is there
//!     │
//!     ├── ImageEditor ── ArchiveDraft       edit/        change an image's tree
//!     │    └── ImageHive                    hive.rs      its registry
//!     ├── verify                            verify.rs    is it what it claims to be
//!     ├── lint                              lint/        is it what its readers need
//!     ├── ImageDiff, SizeMap                diff.rs, sizes.rs   what differs, and where the bytes are
//!     ├── read_blobs                        blobs.rs     many blobs at once, each on the thread that decoded it
//!     ├── ExportPlan ── write ── Target     export/      decide, then do
//!     ├── AppendPlan, ReplacePlan, …        update/      change it where it is
//!     ├── finalize::finalize                finalize/    a profile's steps, on an ImageEditor
//!     └── boot::export_boot                 boot/        the method: find, validate, export, commit
//!              └── Destination              commit/      the old file or the complete new one
//!
//!  component/  optional components of Windows PE: found in a kit, read, put in order
//!  pipeline/   read, decode and hash on all threads, hand over in order       workers.rs   the threads
//! ```

mod archive;
mod blobs;
pub mod boot;
mod boot_paths;
mod budget;
mod commit;
pub mod component;
mod decode;
mod diff;
mod draft;
mod edit;
mod error;
mod export;
pub mod finalize;
mod hash;
mod hive;
mod intake;
pub mod lint;
mod mmap;
mod pipeline;
mod progress;
mod read_at;
pub mod sddl;
mod sha256;
mod sizes;
mod split;
mod update;
mod verify;
mod workers;

pub use archive::{Archive, BlobReader, OpenOptions};
pub use blobs::{BlobReadOptions, BlobTaker};
pub use commit::{Destination, DestinationOptions, OnExists, complete_set, is_same_file, part_path};
pub use diff::{DiffChange, DiffEntry, DiffField, DiffRename, ImageDiff};
pub use draft::{ArchiveDraft, HostFile, NewBlob, NewImage};
pub use edit::{EditProblem, Glob, ImageEditor, NewEntry, NewSecurity, NewStreamData, OnConflict};
pub use error::{DestinationProblem, Error, Result, Subject};
pub use export::{
    Action, BootChoice, ExportOptions, ExportPlan, ExportSummary, GuidChoice, PlanSummary, StreamTarget, Target,
};
pub use hive::ImageHive;
pub use intake::ArchiveWriter;
pub use mmap::MappedFile;
pub use progress::{Event, Phase, Progress};
pub use read_at::ReadAt;
pub use sha256::Sha256Hash;
pub use sizes::{SizeDirectory, SizeDuplicate, SizeFile, SizeMap};
pub use split::{FAT32_PART_SIZE, PartSummary, SplitPlan, SplitSummary};
pub use update::{
    AppendPlan, ArchiveFile, DeletePlan, InfoEdit, ReplacePlan, SoftDelete, UpdateProblem, UpdateSummary,
};
pub use verify::{VerifyOptions, VerifyReport, require_integrity, verify};
pub use workers::{Crew, Ticket, Window, Workers};
