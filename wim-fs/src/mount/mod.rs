//! Mounting: an image as a file system of this computer (Linux, by FUSE).
//!
//! ```text
//!  the kernel ── requests ──► Filesystem ──┬── Tree        names, directories, links        in memory
//!                                          ├── Blobs       data, checked, a bounded part of it kept
//!                                          └── xattr       Windows' metadata, as on NTFS-3G
//! ```
//!
//! A mount that can be written to keeps all changes for itself, names in memory and data in a folder, until they are committed:
//! then the changed image takes the old one's place by an append, and the archive is the old or the new one at any time. The
//! archive is locked meanwhile.
//!
//! Names are told apart by case, as everything else on this system does. What no file can be called is not shown, and
//! counted. Reads are answered on several threads; a file's end is not given before all of it was compared with its SHA-1.
//!
//! | file | what |
//! |---|---|
//! | `options` | how to mount |
//! | `tree` | inode numbers, names, directories |
//! | `blobs`, `large` | data: small files whole, large ones piece by piece |
//! | `attr`, `xattr` | what `stat` says; extended attributes |
//! | `view` | what is shown: all of the above, without the kernel's part |
//! | `filesystem` | the kernel's requests |
//! | `changes`, `edit` | a mount that can be written to; names and directories changed in memory |
//! | `data`, `staged`, `setting` | writing to files; where that goes; what files say of themselves |
//! | `commit` | what was changed becomes the image, in place |
//! | `session` | mounting, waiting, unmounting |
//! | `control` | what a mount says of itself, and to whoever unmounts it |
//! | `problems` | what went wrong meanwhile |

mod attr;
mod blobs;
mod changes;
mod commit;
mod control;
mod data;
mod edit;
mod filesystem;
mod large;
mod options;
mod problems;
mod session;
mod setting;
mod staged;
mod tree;
mod view;
mod xattr;

pub use control::{MountInfo, commit, unmount, unmount_dead};
pub use options::MountOptions;
pub use problems::Listener;
pub use session::{Mount, Unmounter};
