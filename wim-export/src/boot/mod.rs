//! Boot images: what Configuration Manager's `ExportDefaultBootImage` does, on any host.

mod problem;

pub use problem::BootImageProblem;
