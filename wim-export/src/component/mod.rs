//! Optional components of Windows PE: found in a kit, read, put in order, and turned into the changes that they make.
//!
//! ```text
//!  ComponentStore ── a kit's WinPE_OCs: which cabinets there are                 store.rs
//!       │   Catalogue ── what needs what, what can be side-loaded                catalogue.rs, components.toml
//!       ▼
//!  resolve ── the cabinets to take, in order                                     resolve.rs
//!       ▼
//!  Cabinet ── Package ── its assemblies                                          cabinet/, package.rs, assembly/
//!       ▼
//!  SideLoad ── files, folders and registry values; no image has been touched     side_load.rs
//!       ▼
//!  ImageEditor, its hives                                                        apply.rs
//! ```
//!
//! This is not what DISM does: nothing is entered in the component store's own books, so that Windows cannot service an image
//! afterwards that had components side-loaded. What a package wants done beyond files and registry values, such as services and
//! MOF files, is not done but listed.

mod apply;
mod assembly;
mod cabinet;
mod catalogue;
mod identity;
mod installed;
mod package;
mod problem;
mod resolve;
mod side_load;
mod store;
mod variables;

pub use assembly::{RegistryData, RegistryValue};
pub use cabinet::{Cabinet, Member};
pub use catalogue::{Catalogue, CatalogueEntry, SideLoadSupport};
pub use identity::{PackageIdentity, PackageVersion};
pub use installed::installed_packages;
pub use package::Package;
pub use problem::ComponentProblem;
pub use resolve::{Selection, resolve};
pub use side_load::{SideLoad, SideLoadFile, Skipped, Target};
pub use store::ComponentStore;
