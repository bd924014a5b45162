//! How to mount.

use std::num::NonZeroUsize;
use std::path::PathBuf;

/// How to mount an image.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MountOptions {
    /// Show users, groups, modes, devices and extended attributes, where the image has them from a Unix system. Otherwise
    /// everything belongs to whoever mounts, and everybody may do everything.
    pub unix_data: bool,
    /// Let links that lead into the image lead below the mount point; `None`: if the image was captured for that.
    pub fix_links: Option<bool>,
    /// Show named streams as extended attributes `user.NAME`.
    pub streams: bool,
    /// Where the folder goes that holds what is written until it is committed; `None`: beside the archive.
    pub staging: Option<PathBuf>,
    /// Let other users in; `/etc/fuse.conf` has to allow it.
    pub allow_other: bool,
    /// How many requests are answered at once; `None`: one a core, two at least.
    pub threads: Option<NonZeroUsize>,
    /// Bytes of memory. Half of it is for data of files that is kept for later reads; the other half is for decoded chunks of
    /// solid resources, of which the archive has a [cache](wim_export::OpenOptions::cache) of its own. Of a commit it is
    /// what buffers and codecs take, where it suffices for one thread. `None`: 256 MiB, and as much as a commit needs.
    pub memory: Option<u64>,
}

impl MountOptions {
    /// Bytes of memory for what is kept for later reads, unless somebody says otherwise.
    pub const DEFAULT_MEMORY: u64 = 256 << 20;
}

impl Default for MountOptions {
    fn default() -> Self {
        Self {
            unix_data: false,
            fix_links: None,
            streams: true,
            staging: None,
            allow_other: false,
            threads: None,
            memory: None,
        }
    }
}
