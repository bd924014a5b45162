//! Export: decide first, then do.
//!
//! ```text
//!  Archive ─ images ─ options ──► ExportPlan::new    what goes where, copied or compressed anew: no output yet
//!                                     │ print it, test it
//!                                     ▼
//!                                 ExportPlan::write  streams through the pipeline; the header comes last
//! ```

mod assemble;
mod choose;
mod coding;
mod copy;
mod encode;
mod guid;
mod images;
mod items;
mod options;
mod output;
mod pipable;
mod plan;
mod solid_order;
mod stages;
mod tables;
mod target;
mod write;

pub(crate) use assemble::{Assembler, Resources};
pub(crate) use choose::output_coding;
pub(crate) use coding::{ChunkCoding, Coding};
pub(crate) use encode::{Batch, ChunkNote, Encoders, is_large};
pub(crate) use guid::guid_of_parts;
pub(crate) use images::differs_in_size;
pub(crate) use items::{ItemWork, Placed};
pub(crate) use output::Output;
pub(crate) use plan::without_images;
pub(crate) use stages::HELP_MEMORY;
pub(crate) use tables::{KnownHashes, covered, write_blob_table, write_integrity, write_xml};
pub(crate) use write::write_front;

pub use options::{BootChoice, ExportOptions, GuidChoice};
pub use plan::{Action, ExportPlan, PlanSummary};
pub use target::{StreamTarget, Target};
pub use write::ExportSummary;
