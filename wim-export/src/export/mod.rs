//! Export: decide first, then do.
//!
//! ```text
//!  Archive ─ images ─ options ──► ExportPlan::new    what goes where, copied or compressed anew: no output yet
//!                                     │ print it, test it
//!                                     ▼
//!                                 ExportPlan::write  streams through the pipeline; the header comes last
//! ```

mod assemble;
mod copy;
mod encode;
mod guid;
mod options;
mod output;
mod plan;
mod target;
mod write;

pub use options::{BootChoice, ExportOptions, GuidChoice};
pub use plan::{Action, ExportPlan, PlanSummary};
pub use target::Target;
pub use write::ExportSummary;
