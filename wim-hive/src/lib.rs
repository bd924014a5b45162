//! Windows registry hives (regf 1.3 to 1.6), offline: read, checked, edited, written. No I/O, no `std`.
//!
//! ```
//! # fn main() -> Result<(), wim_hive::Error> {
//! # let bytes = testdata::hive::Key::new().set("Setup", "CmdLine", testdata::hive::Value::sz("winpeshl.exe")).encode();
//! use wim_hive::{Hive, Value};
//!
//! let mut hive = Hive::parse(&bytes)?;
//! assert_eq!(hive.key("Setup")?.value(&"CmdLine".into()), Some(Value::sz("winpeshl.exe")));
//! hive.set_value(r"Setup\LabConfig", "BypassTPMCheck", &Value::dword(1))?;
//! let bytes = hive.to_bytes()?;
//! # assert_eq!(Hive::parse(&bytes)?.key(r"Setup\LabConfig")?.values().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! ```text
//!  0x0000  base block (4096 bytes)    sequence numbers, where the root is, checksum
//!  0x1000  bins (n × 4096 bytes)      cells, in use or free
//!            key ─► list of keys, list of values, class, security descriptor (shared, counted, in a ring)
//!            value ─► data: in its record, in one cell, or in segments
//! ```
//!
//! * [`Hive::parse`] checks everything that can be reached, once, in linear time; a cell that two structures claim is an
//!   error, so there are no cycles. Later code relies on it. Dirty hives are refused: only Windows can apply their logs.
//! * Edits take free cells, or add a bin, and leave everything else where it is. What a value held is cleared.
//! * [`Hive::to_bytes`] writes a clean hive, and checks what it wrote. The hive's logs are stale then: [`is_log_of`].
//! * [`RegFile`] is a registration file (.reg).
//!
//! # Why not a crate that exists
//!
//! Of those that write, `regf` 0.1 makes new hives, and cannot edit one: whatever it does not model (security descriptors,
//! classes, times) would be lost. Its writer panics when a value has more than 4 kB. `nt-hive` overwrites data of the same
//! size and is under the GPL; `hivex` binds a C library. The others only read.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod cells;
mod check;
mod edit;
mod edit_list;
mod error;
mod hive;
mod key;
mod limits;
mod list;
mod logs;
mod name;
mod raw;
mod reg;
mod value;

pub use error::{Error, Result};
pub use hive::{Hive, HiveStatistics};
pub use key::Key;
pub use logs::is_log_of;
pub use reg::{RegChange, RegEntry, RegFile};
pub use value::{Value, ValueType};
