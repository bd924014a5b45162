//! Mounted images: what is shown is what the archive holds.
//!
//! | file | what |
//! |---|---|
//! | `shown` | the same as what is applied; metadata; what cannot be shown |
//! | `session` | ten thousand operations on a mount and on a folder of the host come to the same |
//! | `writing` | what can be changed, and what becomes of it |
//! | `damage` | damaged data, hostile archives |
//! | `peers` | the same as wimlib shows |
//! | `util` | a mount, and what it shows |
#![cfg(all(target_os = "linux", feature = "mount"))]

mod damage;
mod peers;
mod session;
mod shown;
mod util;
mod writing;
