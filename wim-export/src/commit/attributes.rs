//! What a replaced file passes on to the new one: mode, owner, group, and extended attributes.

use super::place::Place;
use super::temp::Temp;
use crate::Result;

/// Gives the temporary file what the file at `place` has, or a new file's permissions if there is none.
#[cfg(unix)]
pub(super) fn pass_on(place: &Place, temp: &mut Temp) -> Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    use crate::Error;

    /// Rights to read, write and execute. An archive does not run as somebody else.
    const RIGHTS: u32 = 0o777;
    let now = std::fs::metadata(&place.path).ok();
    let old = now.as_ref().or(temp.replaces()).map(|old| (old.uid(), old.gid(), old.mode()));
    let Some(mode) = old.map(|(_, _, mode)| mode).or(temp.new_mode()) else { return Ok(()) };
    if let Some((uid, gid, _)) = old {
        let own = temp.file().metadata().map_err(Error::io("look at", temp.path()))?;
        if (own.uid(), own.gid()) != (uid, gid) {
            // Only root may give files away. Whoever may not keeps the group at least, if they belong to it.
            let file = temp.file();
            let _ = fchown(&*file, Some(uid), Some(gid)).or_else(|_| fchown(&*file, None, Some(gid)));
        }
        #[cfg(target_os = "linux")]
        extended::copy(&place.path, temp.file());
    }
    // Last: changing the owner takes rights away, and so may an access list.
    let permissions = std::fs::Permissions::from_mode(mode & RIGHTS);
    temp.file().set_permissions(permissions).map_err(Error::io("set the permissions of", temp.path()))
}

#[cfg(not(unix))]
pub(super) fn pass_on(_: &Place, _: &mut Temp) -> Result<()> {
    Ok(())
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
