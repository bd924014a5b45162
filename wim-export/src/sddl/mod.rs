//! Security descriptors as text: Windows' security descriptor definition language (SDDL).
//!
//! ```text
//!  O:BA G:SY D:PAI (A;OICI;FA;;;SY) (A;OICI;0x1200a9;;;BU) S:(ML;;NW;;;HI)
//!  owner group list of access: flags, then entries           list for auditing and labels
//!                   (type;flags;rights;object;inherited object;who)
//! ```
//!
//! [`parse`] makes a self-relative `SECURITY_DESCRIPTOR` of it, as an image's metadata holds it. Names that mean something in
//! one domain only (Domain Admins, …) are refused, as an image has no domain; conditions and resource attributes are, too.
//!
//! | file | what |
//! |---|---|
//! | `sid` | who: `BA`, `S-1-5-32-544` |
//! | `ace` | an entry of a list |
//! | `descriptor` | the whole |

mod ace;
mod descriptor;
mod sid;

pub use descriptor::parse;

/// What is wrong with a security descriptor's text.
pub type SddlError = String;
