//! What records say of a file: their names, and how values are written.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use wim_format::FileTime;

pub(super) const MODIFIED: &str = "mtime";
pub(super) const ACCESSED: &str = "atime";
pub(super) const CREATED: &str = "LIBARCHIVE.creationtime";
pub(super) const ATTRIBUTES: &str = "MSWINDOWS.fileattr";
pub(super) const SECURITY: &str = "MSWINDOWS.rawsd";
pub(super) const MOUNT_POINT: &str = "MSWINDOWS.mountpoint";
pub(super) const WINDOWS_EA: &str = "MSWINDOWS.xattr.";
pub(super) const UNIX_XATTR: &str = "SCHILY.xattr.";
/// bsdtar's own: the name percent-encoded, the value in Base64.
pub(super) const LIBARCHIVE_XATTR: &str = "LIBARCHIVE.xattr.";
pub(super) const ITEMS: &str = "WIMSMITH.items";
pub(super) const REPARSE: &str = "WIMSMITH.reparse";
pub(super) const SHORT_NAME: &str = "WIMSMITH.shortname";
pub(super) const STREAM_PREFIX: &str = "WIMSMITH.stream.";
pub(super) const STREAM_OF: &str = "WIMSMITH.stream";
pub(super) const EFS: &str = "WIMSMITH.efs";
pub(super) const UNUSED: &str = "WIMSMITH.unused";
pub(super) const IMAGE: &str = "WIMSMITH.image";
pub(super) const FIXED_LINKS: &str = "WIMSMITH.fixedlinks";

/// Bytes as a record has them.
pub(super) fn to_base64(bytes: &[u8]) -> Vec<u8> {
    STANDARD.encode(bytes).into_bytes()
}

/// The bytes of a record; padding may be missing.
pub(super) fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    STANDARD_NO_PAD.decode(&text[..end]).ok()
}

/// A time as seconds since 1970, with a fraction.
pub(super) fn from_time(time: FileTime) -> Vec<u8> {
    let (seconds, nanoseconds) = time.to_unix();
    let negative = seconds < 0 && nanoseconds != 0;
    // What is rounded down has its fraction on the other side of a negative number.
    let (whole, fraction) = if negative { (seconds + 1, 1_000_000_000 - nanoseconds) } else { (seconds, nanoseconds) };
    let sign = if negative && whole == 0 { "-" } else { "" };
    format!("{sign}{whole}.{fraction:09}").into_bytes()
}

/// The time that a record says; what is finer than 100 nanoseconds is cut off.
pub(super) fn to_time(text: &[u8]) -> Option<FileTime> {
    const DIGITS: usize = 7;
    let text = std::str::from_utf8(text).ok()?;
    let (is_negative, number) = text.strip_prefix('-').map_or((false, text), |number| (true, number));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit()) || whole.is_empty() {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(DIGITS)];
    let ticks = format!("{fraction:0<DIGITS$}").parse::<u64>().ok()?;
    let ticks = whole.parse::<u64>().ok()?.saturating_mul(FileTime::TICKS_PER_SECOND).saturating_add(ticks);
    let epoch = FileTime::UNIX_EPOCH.0;
    Some(FileTime(if is_negative { epoch.saturating_sub(ticks) } else { epoch.saturating_add(ticks) }))
}

/// A name with `%XX` in it.
pub(super) fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let code = if *first == b'%' {
            after.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        } else {
            None
        };
        let code = code.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_others_read_them_and_read_again() {
        for (ticks, text) in [
            (15_000_000, "1.500000000"),
            (-5_000_000, "-0.500000000"),
            (-15_000_000, "-1.500000000"),
            (-10_000_000, "-1.000000000"),
            (1, "0.000000100"),
        ] {
            let time = FileTime(FileTime::UNIX_EPOCH.0.saturating_add_signed(ticks));
            assert_eq!(from_time(time), text.as_bytes());
            assert_eq!(to_time(text.as_bytes()), Some(time), "{text}");
        }
        for time in [FileTime(0), FileTime(1), FileTime(u64::MAX), FileTime(133_419_078_960_850_944)] {
            assert_eq!(to_time(&from_time(time)), Some(time));
        }
        assert_eq!(to_time(b"7"), Some(FileTime::from_unix_seconds(7)));
        assert_eq!(to_time(b"7.12345678999").map(|time| time.0 % 10_000_000), Some(1_234_567));
        for text in [&b""[..], b"-", b".5", b"1e3", b"1.-5", b"--1", b"+1", b"\xFF"] {
            assert_eq!(to_time(text), None, "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn base64_and_percents_are_decoded() {
        for bytes in [&b""[..], b"f", b"fo", b"foo", b"\xFF\xFE\x00"] {
            assert_eq!(from_base64(&to_base64(bytes)).as_deref(), Some(bytes));
        }
        assert_eq!(from_base64(b"Zm8").as_deref(), Some(&b"fo"[..]), "without padding");
        assert_eq!(from_base64(b"Zm8!"), None);
        assert_eq!(percent_decode(b"user.a%3Db%2"), b"user.a=b%2");
    }
}
