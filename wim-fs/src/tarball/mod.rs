//! Images as tar archives, and tar archives as images: streams that other programs read, with what only Windows has as
//! records beside.
//!
//! | record | what |
//! |---|---|
//! | `mtime`, `atime`, `LIBARCHIVE.creationtime` | times, to 100 nanoseconds |
//! | `MSWINDOWS.fileattr`, `MSWINDOWS.rawsd` | attributes, and the security descriptor in Base64, as Windows' container layers have them |
//! | `MSWINDOWS.mountpoint` | the link is a junction |
//! | `MSWINDOWS.xattr.NAME`, `SCHILY.xattr.NAME` | an extended attribute of Windows, in Base64, or of Unix |
//! | `WIMSMITH.items` | all tagged items as they lie in the image, in Base64: object id, extended attributes, Unix data |
//! | `WIMSMITH.reparse` | tag, reserved field, flags and data of the reparse point, in Base64 |
//! | `WIMSMITH.shortname` | the short name |
//! | `WIMSMITH.stream.NAME` | the bytes of the named stream NAME; without a NAME, the data of a link or of an encrypted directory |
//! | `WIMSMITH.stream` | the entry is the stream of that name of the entry before it: one too long for a record |
//! | `WIMSMITH.efs` | the data is the raw export of a file that its file system encrypts |
//! | `WIMSMITH.unused` | fields of a directory entry that nobody knows, where they are not zero |
//! | `WIMSMITH.image` | ahead of all entries: what the archive's XML says of the image |
//! | `WIMSMITH.fixedlinks` | ahead of all entries: links that lead into the image lead there from its root |
//!
//! Where an entry has `MSWINDOWS.fileattr`, its mode and owner mean nothing, and its items are those of `WIMSMITH.items`.
//!
//! | file | what |
//! |---|---|
//! | `write` | an image becomes a stream |
//! | `read` | a stream becomes an image: one entry after another |
//! | `source`, `entries` | the stream cut into entries, whose data is put aside |
//! | `pax`, `records`, `file` | records, and what they say of a file |
//! | `sparse` | files with holes |
//! | `tree`, `image` | names, in whatever order they come, and the image of them |

mod entries;
mod file;
mod image;
mod pax;
mod read;
mod records;
mod source;
mod sparse;
mod tree;
mod write;

pub use read::{OnDuplicate, TarOptions};
pub use source::TarSource;
pub use write::{TarReport, write_tar};
