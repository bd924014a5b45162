//! Mounted images: what is shown is what the archive holds.
//!
//! | file | what |
//! |---|---|
//! | `shown` | the same as what is applied; metadata; what cannot be shown |
//! | `damage` | damaged data, hostile archives |
//! | `peers` | the same as wimlib shows |
//! | `util` | a mount, and what it shows |
#![cfg(all(target_os = "linux", feature = "mount"))]

mod damage;
mod peers;
mod shown;
mod util;
