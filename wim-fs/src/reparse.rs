//! Links: the data of symbolic links and junctions, and what it is on a Unix system.
//!
//! On a Unix system `/` and `\` change places in targets: what Windows separates is separated, and a name with a `\` in it
//! survives.

use wim_format::ReparseInfo;

/// Windows' largest reparse buffer, without its header.
pub(crate) const MAX_DATA: u64 = 16 * 1024 - 8;

/// The longest target that Unix systems take.
const MAX_TARGET: usize = 4095;
/// In the data of a symbolic link: the target is relative to where the link is.
const RELATIVE: u32 = 1;
/// Before absolute paths that Windows' kernel follows.
const NT_PREFIX: &str = r"\??\";
/// Bytes before the names.
const MOUNT_POINT_HEADER: usize = 8;
const SYMLINK_HEADER: usize = 12;
const LX_HEADER: usize = 4;
/// The version at the front of a link of the Windows Subsystem for Linux.
const LX_VERSION: u32 = 2;

const BACKSLASH: u16 = b'\\' as u16;
const SLASH: u16 = b'/' as u16;

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// From where the link is; or, if it begins with a separator, from the root of the drive that it is on.
    Relative(Vec<u16>),
    /// From the root of a drive, whose letter is left out; begins with a separator, unless it is empty.
    Absolute(Vec<u16>),
    /// A path of Linux, byte for byte.
    Linux(Vec<u8>),
}

/// Whether a reparse point of this kind is a link.
pub(crate) fn is_link(tag: u32) -> bool {
    matches!(tag, ReparseInfo::SYMLINK | ReparseInfo::MOUNT_POINT | ReparseInfo::LX_SYMLINK)
}

/// Where the link with this data leads, if the data makes sense.
pub(crate) fn parse(tag: u32, data: &[u8]) -> Option<Target> {
    let (names, relative) = match tag {
        ReparseInfo::SYMLINK => {
            let (header, names) = data.split_at_checked(SYMLINK_HEADER)?;
            let flags = u32::from_le_bytes(header[8..].try_into().ok()?);
            (names, flags & RELATIVE != 0)
        }
        ReparseInfo::MOUNT_POINT => (data.get(MOUNT_POINT_HEADER..)?, false),
        ReparseInfo::LX_SYMLINK => return Some(Target::Linux(data.get(LX_HEADER..)?.to_vec())),
        _ => return None,
    };
    let field = |at: usize| data.get(at..at + 2).map(|bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    let substitute = names.get(field(0)?..)?.get(..field(2)?)?;
    let target: Vec<u16> = substitute.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
    Some(if relative { Target::Relative(target) } else { Target::Absolute(without_drive(&target).to_vec()) })
}

/// Where a link leads on a Unix system. `root` is put before absolute targets that are relative to the image's root.
pub(crate) fn unix_target(info: ReparseInfo, data: &[u8], root: &[u8]) -> Result<Vec<u8>, &'static str> {
    let target = parse(info.tag, data).ok_or("the link's data makes no sense")?;
    let is_fixed = info.flags & ReparseInfo::NOT_FIXED == 0;
    let target = target.to_unix(if is_fixed { root } else { &[] });
    if target.is_empty() || target.contains(&0) || target.len() > MAX_TARGET {
        return Err("no link can lead where it leads");
    }
    Ok(target)
}

/// An absolute path without what says which drive it is on.
fn without_drive(target: &[u16]) -> &[u16] {
    let prefix: Vec<u16> = NT_PREFIX.encode_utf16().collect();
    let rest = target.strip_prefix(prefix.as_slice()).unwrap_or(target);
    match rest {
        [letter, 0x3A, path @ ..] if u8::try_from(*letter).is_ok_and(|letter| letter.is_ascii_alphabetic()) => path,
        // A volume's name, or a path on another computer: its backslash is kept.
        _ if rest.len() < target.len() => &target[prefix.len() - 1..],
        _ => rest,
    }
}

impl Target {
    /// The target as a Unix system has it. `root` is put before absolute ones.
    pub(crate) fn to_unix(&self, root: &[u8]) -> Vec<u8> {
        match self {
            Self::Relative(target) => swap_separators(target),
            Self::Absolute(target) => {
                let path = swap_separators(target);
                let joined = [root, &path].concat();
                if joined.is_empty() { b"/".to_vec() } else { joined }
            }
            Self::Linux(target) => target.clone(),
        }
    }

    /// The target of a link of a Unix system.
    pub(crate) fn of_unix(target: &[u8]) -> Option<Self> {
        let mut units = crate::wtf8::decode(target)?;
        swap_units(&mut units);
        Some(if units.first() == Some(&BACKSLASH) { Self::Absolute(units) } else { Self::Relative(units) })
    }

    /// The data of a junction that leads there, of which only absolute ones exist.
    ///
    /// `None` if it would be longer than such data can be.
    pub(crate) fn to_mount_point_data(&self) -> Option<Vec<u8>> {
        let (Self::Relative(target) | Self::Absolute(target)) = self else { return None };
        let has_drive = matches!(target.as_slice(), [_, 0x3A, ..]);
        let drive = if has_drive { "" } else { "C:" };
        let print: Vec<u16> = drive.encode_utf16().chain(target.iter().copied()).collect();
        let substitute: Vec<u16> = NT_PREFIX.encode_utf16().chain(print.iter().copied()).collect();
        pack(&substitute, &print, None)
    }

    /// The data of a symbolic link that leads there.
    ///
    /// `None` if it would be longer than such data can be.
    pub(crate) fn to_symlink_data(&self) -> Option<Vec<u8>> {
        let (substitute, print, flags) = match self {
            Self::Relative(target) => (target.clone(), target.clone(), RELATIVE),
            Self::Absolute(target) => {
                let print: Vec<u16> = "C:".encode_utf16().chain(target.iter().copied()).collect();
                (NT_PREFIX.encode_utf16().chain(print.iter().copied()).collect(), print, 0)
            }
            Self::Linux(target) => return Some([&LX_VERSION.to_le_bytes()[..], target].concat()),
        };
        pack(&substitute, &print, Some(flags))
    }
}

/// Where the names are, flags if there are any, and the names.
fn pack(substitute: &[u16], print: &[u16], flags: Option<u32>) -> Option<Vec<u8>> {
    let (substitute, print) = (le_bytes(substitute), le_bytes(print));
    let mut data = Vec::new();
    for offset in [0, substitute.len(), substitute.len() + 2, print.len()] {
        data.extend(u16::try_from(offset).ok()?.to_le_bytes());
    }
    data.extend(flags.map(u32::to_le_bytes).into_iter().flatten());
    data.extend([&substitute[..], &[0, 0], &print, &[0, 0]].concat());
    (data.len() as u64 <= MAX_DATA).then_some(data)
}

fn le_bytes(units: &[u16]) -> Vec<u8> {
    units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
}

fn swap_separators(target: &[u16]) -> Vec<u8> {
    let mut units = target.to_vec();
    swap_units(&mut units);
    crate::wtf8::encode(&units)
}

fn swap_units(units: &mut [u16]) {
    for unit in units {
        *unit = match *unit {
            BACKSLASH => SLASH,
            SLASH => BACKSLASH,
            other => other,
        };
    }
}

#[cfg(test)]
mod tests {
    use testdata::build::reparse::{junction, symlink};

    use super::*;

    fn unix(tag: u32, data: &[u8], root: &str) -> String {
        String::from_utf8(parse(tag, data).unwrap().to_unix(root.as_bytes())).unwrap()
    }

    #[test]
    fn windows_links_are_unix_links() {
        let relative = symlink(r"..\a\b", r"..\a\b", true);
        assert_eq!(unix(ReparseInfo::SYMLINK, &relative, "/dest"), "../a/b");
        let drive_relative = symlink(r"\Users\Public", r"\Users\Public", true);
        assert_eq!(unix(ReparseInfo::SYMLINK, &drive_relative, "/dest"), "/Users/Public");
        let absolute = symlink(r"\??\X:\sub\t", r"X:\sub\t", false);
        assert_eq!(unix(ReparseInfo::SYMLINK, &absolute, "/dest"), "/dest/sub/t");
        assert_eq!(unix(ReparseInfo::SYMLINK, &absolute, ""), "/sub/t");
        let root = junction(r"\??\C:", "C:");
        assert_eq!(unix(ReparseInfo::MOUNT_POINT, &root, ""), "/");
        assert_eq!(unix(ReparseInfo::MOUNT_POINT, &root, "/dest"), "/dest");
        let volume = junction(r"\??\Volume{1}\x", "");
        assert_eq!(unix(ReparseInfo::MOUNT_POINT, &volume, ""), "/Volume{1}/x");
        assert_eq!(unix(ReparseInfo::LX_SYMLINK, b"\x02\0\0\0a\\b", "/dest"), "a\\b");
    }

    #[test]
    fn unix_links_survive_as_windows_links() {
        for target in ["a/b", "../x", "/etc/passwd", "/", "back\\slash", "ü"] {
            let data = Target::of_unix(target.as_bytes()).unwrap().to_symlink_data().unwrap();
            assert_eq!(unix(ReparseInfo::SYMLINK, &data, ""), target);
        }
        for target in ["/data/x", "D:/x"] {
            let data = Target::of_unix(target.as_bytes()).unwrap().to_mount_point_data().unwrap();
            assert_eq!(unix(ReparseInfo::MOUNT_POINT, &data, ""), target.trim_start_matches("D:"));
        }
        assert_eq!(Target::of_unix(b"\xff"), None);
        let long = Target::of_unix(&[b'a'; 9000]).unwrap();
        assert_eq!(long.to_symlink_data(), None, "longer than Windows' buffer");
    }

    #[test]
    fn nonsense_leads_nowhere_and_nothing_panics() {
        let link = symlink("target", "target", true);
        for len in 0..link.len() {
            let target = parse(ReparseInfo::SYMLINK, &link[..len]);
            assert!(target.is_none_or(|target| target == Target::Relative("target".encode_utf16().collect())), "{len}");
        }
        let mut wild = link;
        wild[..4].fill(0xFF);
        assert_eq!(parse(ReparseInfo::SYMLINK, &wild), None);
    }
}
