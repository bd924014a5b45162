//! What a replaced file passes on to the new one: mode, owner, group, and extended attributes.

use std::fs;

use super::place::Place;
use super::temp::Temp;
use crate::{Error, Result};

/// Gives the temporary file what the file at `place` has, or a new file's rights if there is none.
pub(super) fn pass_on(place: &Place, temp: &mut Temp) -> Result<()> {
    let now = fs::metadata(&place.path).ok();
    let old = now.as_ref().or(temp.replaces());
    let Some(rights) = old.map(fs::Metadata::permissions).or_else(|| temp.new_rights().cloned()) else { return Ok(()) };
    #[cfg(unix)]
    if let Some(old) = old.cloned() {
        unix::copy_owner(&old, temp)?;
        #[cfg(target_os = "linux")]
        extended::copy(&place.path, temp.file());
    }
    #[cfg(unix)]
    let rights = unix::without_identity(&rights);
    // Last: changing the owner takes rights away, and so may an access list.
    temp.file().set_permissions(rights).map_err(Error::io("set the permissions of", temp.path()))
}

#[cfg(unix)]
mod unix {
    use std::fs::{Metadata, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    use super::super::temp::Temp;
    use crate::{Error, Result};

    /// Owner and group, as far as that is allowed. Only root may give files away; whoever may not keeps the group at least, if
    /// they belong to it.
    pub(super) fn copy_owner(old: &Metadata, temp: &mut Temp) -> Result<()> {
        let own = temp.file().metadata().map_err(Error::io("look at", temp.path()))?;
        let (uid, gid) = (old.uid(), old.gid());
        if (own.uid(), own.gid()) != (uid, gid) {
            let file = temp.file();
            let _ = fchown(&*file, Some(uid), Some(gid)).or_else(|_| fchown(&*file, None, Some(gid)));
        }
        Ok(())
    }

    /// The rights to read, write and execute: an archive does not run as somebody else.
    pub(super) fn without_identity(rights: &Permissions) -> Permissions {
        Permissions::from_mode(rights.mode() & 0o777)
    }
}

#[cfg(target_os = "linux")]
mod extended {
    use std::fs::File;
    use std::path::Path;

    use rustix::fs::{XattrFlags, fsetxattr, getxattr, listxattr};

    /// The kernel's own limits on the list of names and on a value.
    const MAX_SIZE: usize = 64 << 10;

    /// Copies the user's attributes, access lists and the security label. What cannot be copied is left: the content is right
    /// without it.
    pub(super) fn copy(from: &Path, to: &File) {
        let mut names = vec![0; MAX_SIZE];
        let Ok(len) = listxattr(from, &mut names[..]) else { return };
        let mut value = vec![0; MAX_SIZE];
        for name in names[..len].split(|&byte| byte == 0).filter(|name| passes_on(name)) {
            if let Ok(len) = getxattr(from, name, &mut value[..]) {
                let _ = fsetxattr(to, name, &value[..len], XattrFlags::empty());
            }
        }
    }

    /// Signatures and capabilities are about the content that goes.
    fn passes_on(name: &[u8]) -> bool {
        name.starts_with(b"user.") || matches!(name, b"system.posix_acl_access" | b"security.selinux")
    }
}
