//! Export: decide first, then do.
//!
//! ```text
//!  Archive ─ images ─ options ──► ExportPlan::new    what goes where, copied or compressed anew: no output yet
//!                                     │ print it, test it
//!                                     ▼
//!                                 ExportPlan::write  streams through the pipeline; the header comes last
//! ```

mod assemble;
mod coding;
mod copy;
mod encode;
mod guid;
mod items;
mod options;
mod output;
mod plan;
mod solid_order;
mod target;
mod write;

pub(crate) use coding::{ChunkCoding, Coding};
pub(crate) use items::{ItemWork, Placed};
pub(crate) use output::Output;

pub use options::{BootChoice, ExportOptions, GuidChoice};
pub use plan::{Action, ExportPlan, PlanSummary};
pub use target::Target;
pub use write::ExportSummary;
