//! Boot images: what Configuration Manager's `ExportDefaultBootImage` does, on any host.
//!
//! The method exports one image of a Windows ADK's boot image file as a bootable archive of its own. [`export_boot`] does
//! it with every option and a report, [`export_default_boot_image`] is the method itself:
//!
//! ```text
//!  BootRequest ─► locate ──► open, validate ──► ExportPlan ─► Destination ─► BootReport
//!                 source.rs  validate.rs        export/       commit/        report.rs
//!                 adk.rs     kernel.rs
//! ```
//!
//! Nothing is written before all checks have passed: the header, the image's metadata, its architecture, whether it is a boot
//! image and has what it needs to boot, and whether all its data is there. The new archive has one image, which boots,
//! resources that are not solid, and chunks of 32 KiB: what every boot loader reads.
//!
//! | file | what |
//! |---|---|
//! | `request`, `report` | what is asked for, what it came to |
//! | `architecture` | all names and numbers of an architecture |
//! | `source`, `adk` | finding the archive |
//! | `finalized` | what a profile makes of the image, and says of the output |
//! | `validate`, `kernel` | the checks; what the kernel says of its architecture |
//! | `inspect` | a last look at what was made |
//! | `problem`, `return_code` | why an image was refused; every outcome as a number |
//! | `run` | the steps |
//! | `method` | the method, as it is documented |

mod adk;
mod architecture;
mod finalized;
mod inspect;
mod kernel;
mod method;
mod problem;
mod report;
mod request;
mod return_code;
mod run;
mod source;
mod validate;

pub use architecture::Architecture;
pub(crate) use kernel::architecture as kernel_architecture;
pub use method::export_default_boot_image;
pub use problem::BootImageProblem;
pub use report::{BootReport, BootSizes, BootWarning};
pub use request::{BootRequest, BootSource, parse_boot_compression};
pub use return_code::ReturnCode;
pub use run::export_boot;
