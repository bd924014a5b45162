//! Lists of paths: a file with one a line, as wimlib has them.

use std::io::Read;
use std::path::{Path, PathBuf};

use wim_export::Error;

/// No list of paths is longer.
const MAX_LEN: u64 = 256 << 20;

/// The paths in a list; `-` is standard input. Empty lines and those that begin with `#` or `;` do not count, quotes around
/// a path do not belong to it. The text is UTF-8, or UTF-16 with a byte order mark.
pub(super) fn read(path: &Path) -> Result<Vec<String>, Error> {
    let error = |source| Error::Io { action: "read", path: PathBuf::from(path), source };
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(MAX_LEN).read_to_end(&mut bytes).map_err(error)?;
    } else {
        let file = std::fs::File::open(path).map_err(error)?;
        file.take(MAX_LEN).read_to_end(&mut bytes).map_err(error)?;
    }
    let text = decode(&bytes).ok_or_else(|| error(std::io::Error::other("the list is neither UTF-8 nor UTF-16")))?;
    Ok(parse(&text))
}

/// The text of a file in UTF-8, or in UTF-16 with a byte order mark.
pub(in crate::commands) fn decode(bytes: &[u8]) -> Option<String> {
    if let Some(utf16) = bytes.strip_prefix(b"\xFF\xFE") {
        let units: Vec<u16> = utf16.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
        return String::from_utf16(&units).ok();
    }
    let utf8 = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(utf8).ok().map(str::to_owned)
}

fn parse(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    let unquoted = |line: &str| {
        let inner = line.strip_prefix('"').and_then(|line| line.strip_suffix('"'));
        let inner = inner.or_else(|| line.strip_prefix('\'').and_then(|line| line.strip_suffix('\'')));
        inner.unwrap_or(line).to_owned()
    };
    lines.map(unquoted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_wimlib_reads_them() {
        let expected = ["/a", "\\b c", "d"];
        assert_eq!(parse("# comment\n/a\r\n\n ; another\n\"\\b c\"\n'd'\n"), expected);
        let utf16: Vec<u8> = "\u{FEFF}/a\n\\b c\nd".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(parse(&decode(&utf16).unwrap()), expected);
        assert_eq!(decode(b"\xEF\xBB\xBF/\xC3\xBC").unwrap(), "/ü");
        assert_eq!(decode(b"/\xFF"), None);
    }
}
