//! The buffers of reparse points, without the 8-byte header, as a WIM stores them.

/// The tag of a junction or a volume mount point.
pub const TAG_MOUNT_POINT: u32 = 0xA000_0003;
/// The tag of a symbolic link.
pub const TAG_SYMLINK: u32 = 0xA000_000C;
/// The tag of a file that the Windows Overlay Filter backs.
pub const TAG_WOF: u32 = 0x8000_0017;

/// The flag of a dentry's reparse field: the target is as it was on the source.
pub const NOT_FIXED: u16 = 1;

/// The buffer of a symbolic link: substitute name, then print name, both with a NUL.
pub fn symlink(substitute: &str, print: &str, relative: bool) -> Vec<u8> {
    let (mut bytes, names) = names(substitute, print);
    bytes.extend(u32::from(relative).to_le_bytes());
    bytes.extend(names);
    bytes
}

/// The buffer of a junction, from a substitute name such as `\??\C:\dir` and a print name such as `C:\dir`.
pub fn junction(substitute: &str, print: &str) -> Vec<u8> {
    let (mut bytes, names) = names(substitute, print);
    bytes.extend(names);
    bytes
}

/// The four offsets and lengths, and the names that they describe.
fn names(substitute: &str, print: &str) -> (Vec<u8>, Vec<u8>) {
    let encode = |name: &str| name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let (substitute, print) = (encode(substitute), encode(print));
    let nul = [0, 0];
    let numbers = [0, substitute.len(), substitute.len() + nul.len(), print.len()];
    let table = numbers.iter().flat_map(|&n| (n as u16).to_le_bytes()).collect();
    (table, [&substitute[..], &nul, &print, &nul].concat())
}
