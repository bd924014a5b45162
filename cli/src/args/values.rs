//! Values of options, and how they are read.

use std::num::NonZeroUsize;
use std::str::FromStr;

use clap::ValueEnum;
use wim_compress::Level;
use wim_export::boot::Architecture;
use wim_export::{FAT32_PART_SIZE, GuidChoice};
use wim_format::{Compression, Guid};

/// More threads than this are a slip of the finger.
const MAX_THREADS: usize = 1024;

/// A number of threads.
pub(super) fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse::<NonZeroUsize>().ok().filter(|threads| threads.get() <= MAX_THREADS);
    threads.ok_or_else(|| format!("a number of threads is 1 to {MAX_THREADS}"))
}

/// The name of an architecture.
pub(super) fn architecture(text: &str) -> Result<Architecture, String> {
    let names = "an architecture is x86 (i386), x64 (amd64, x86_64), arm64 (aarch64), arm or ia64";
    text.parse().map_err(|_: wim_export::Error| names.to_owned())
}

/// `on` or `off`. What they mean, the option says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

/// What becomes of a file that is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IfExists {
    /// Replace it once the new one is complete
    Replace,
    /// Refuse to start
    Fail,
    /// Rename it to NAME.bak, or NAME.bak.1 and so on, once the new one is complete
    Backup,
}

/// How to compress: `TYPE[:LEVEL]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CompressSpec {
    /// The codec.
    pub(crate) compression: Compression,
    /// How hard to try, if that was said.
    pub(crate) level: Option<Level>,
}

impl FromStr for CompressSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, level) = match text.split_once(':') {
            Some((name, level)) => (name, Some(parse_level(level)?)),
            None => (text, None),
        };
        let (compression, usual) = match name.to_ascii_lowercase().as_str() {
            "none" => (Compression::None, None),
            "xpress" | "fast" => (Compression::Xpress, None),
            "lzx" => (Compression::Lzx, None),
            "max" | "maximum" => (Compression::Lzx, Some(Level::HIGH)),
            "lzms" | "recovery" => (Compression::Lzms, None),
            _ => return Err("a type is none, xpress (or fast), lzx, max, or lzms (or recovery)".to_owned()),
        };
        if compression == Compression::None && level.is_some() {
            return Err("there is no level of no compression".to_owned());
        }
        Ok(Self { compression, level: level.or(usual) })
    }
}

fn parse_level(text: &str) -> Result<Level, String> {
    text.parse().ok().and_then(Level::new).ok_or_else(|| "a level is 1 (quick) to 100 (small)".to_owned())
}

/// The size of a chunk.
pub(super) fn chunk_size(text: &str) -> Result<u32, String> {
    u32::try_from(byte_size(text)?).map_err(|_| "a chunk has less than 4G".to_owned())
}

/// A number of bytes, with K, M or G for powers of 1024.
pub(super) fn byte_size(text: &str) -> Result<u64, String> {
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 10),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 20),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let size = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    size.filter(|&size| size != 0).ok_or_else(|| "a size is a number of bytes such as 32768, 32K or 2M".to_owned())
}

/// A property and its value: `PATH=TEXT`.
pub(super) fn property(text: &str) -> Result<(String, String), String> {
    let (path, value) = text.split_once('=').unwrap_or((text, ""));
    if path.is_empty() || !text.contains('=') {
        return Err("a property is set with PATH=TEXT, such as NAME=Setup, and removed with PATH=".to_owned());
    }
    Ok((path.to_owned(), value.to_owned()))
}

/// How large a part may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartSize(pub(crate) u64);

impl FromStr for PartSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("fat32") {
            return Ok(Self(FAT32_PART_SIZE));
        }
        byte_size(text)
            .map(Self)
            .map_err(|_| "a part size is a number of bytes such as 3800M or 4G, or fat32".to_owned())
    }
}

/// Which GUID an archive is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GuidSpec(pub(crate) GuidChoice);

impl FromStr for GuidSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let choice = match text {
            "fresh" => Some(GuidChoice::Derived),
            "keep" => Some(GuidChoice::Keep),
            _ => Guid::from_text(text).map(GuidChoice::Given),
        };
        let expected = || "a GUID is fresh, keep, or one like 00112233-4455-6677-8899-aabbccddeeff".to_owned();
        choice.map(Self).ok_or_else(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_has_the_names_that_people_know() {
        let parse =
            |text: &str| text.parse::<CompressSpec>().map(|spec| (spec.compression, spec.level.map(Level::get)));
        assert_eq!(parse("none"), Ok((Compression::None, None)));
        assert_eq!(parse("fast"), Ok((Compression::Xpress, None)));
        assert_eq!(parse("XPRESS:20"), Ok((Compression::Xpress, Some(20))));
        assert_eq!(parse("LZX:100"), Ok((Compression::Lzx, Some(100))));
        assert_eq!(parse("maximum"), Ok((Compression::Lzx, Some(100))));
        assert_eq!(parse("max:30"), Ok((Compression::Lzx, Some(30))));
        assert_eq!(parse("recovery"), Ok((Compression::Lzms, None)));
        for bad in ["", "zip", "lzx:", "lzx:0", "lzx:101", "lzx:x", ":5", "none:5", "lzx:5:5"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(byte_size("32768"), Ok(32768));
        assert_eq!(byte_size("32K"), Ok(32768));
        assert_eq!(byte_size("2m"), Ok(2 << 20));
        assert_eq!(byte_size("6G"), Ok(6 << 30));
        assert_eq!(chunk_size("1G"), Ok(1 << 30));
        assert!(chunk_size("4G").is_err());
        for bad in ["", "K", "0", "99999999999G", "-1", "1.5K", "32KB", "\u{2075}"] {
            assert!(byte_size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parts_have_sizes_or_the_name_of_a_file_system() {
        let parse = |text: &str| text.parse::<PartSize>().map(|size| size.0);
        assert_eq!(parse("3800M"), Ok(3800 << 20));
        assert_eq!(parse("FAT32"), Ok(4000 << 20));
        assert!(parse("fat16").is_err() && parse("0").is_err());
    }

    #[test]
    fn properties_have_a_path_and_a_value() {
        let owned = |path: &str, value: &str| Ok((path.to_owned(), value.to_owned()));
        assert_eq!(property("WINDOWS/ARCH=9"), owned("WINDOWS/ARCH", "9"));
        assert_eq!(property("NAME=a=b"), owned("NAME", "a=b"));
        assert_eq!(property("NAME="), owned("NAME", ""));
        assert!(property("NAME").is_err() && property("=x").is_err());
    }

    #[test]
    fn a_guid_is_a_word_or_itself() {
        let parse = |text: &str| text.parse::<GuidSpec>().map(|spec| spec.0);
        assert_eq!(parse("fresh"), Ok(GuidChoice::Derived));
        assert_eq!(parse("keep"), Ok(GuidChoice::Keep));
        assert!(matches!(parse("{00112233-4455-6677-8899-aabbccddeeff}"), Ok(GuidChoice::Given(_))));
        assert!(parse("random").is_err());
    }
}
