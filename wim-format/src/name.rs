//! Names in an image: UTF-16 code units, which need not be valid UTF-16.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::convert::Infallible;
use core::fmt::{self, Write as _};
use core::str::FromStr;

/// The name of a file, a directory or a stream, exactly as the image has it.
///
/// `Eq` and `Ord` are exact and by code unit; [`Name::eq_ignore_case`] and [`Name::cmp_ignore_case`] compare as Windows
/// does. [`Display`](fmt::Display) is lossless and fit for a terminal: what is not fit is shown as `<U+001B>`, and
/// [`Name::parse_escaped`] reads it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<[u16]>);

impl Name {
    /// The longest name that an image can hold, in code units. NTFS has names of up to 255.
    pub const MAX_UNITS: usize = u16::MAX as usize / 2;

    /// The name with these UTF-16 code units, without a terminator.
    pub fn from_units(units: impl Into<Box<[u16]>>) -> Self {
        Self(units.into())
    }

    /// The name whose bytes are these, in UTF-16LE without a terminator; a last odd byte does not count.
    pub(crate) fn from_le_bytes(bytes: &[u8]) -> Self {
        Self(bytes.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect())
    }

    /// Bytes on disk with the terminator; an absent name has none.
    pub(crate) fn stored_len(&self) -> usize {
        Self::stored_len_of(self.0.len() * 2)
    }

    /// Bytes on disk, with the terminator, of a name of `len` bytes.
    pub(crate) const fn stored_len_of(len: usize) -> usize {
        if len == 0 { 0 } else { len + 2 }
    }

    /// The length in bytes, as a field on disk states it.
    ///
    /// # Panics
    /// If the name is longer than [`Self::MAX_UNITS`], which whoever puts it into an image checks.
    pub(crate) fn len_field(&self) -> u16 {
        u16::try_from(self.0.len() * 2).expect("names in an image are no longer than a name can be")
    }

    /// Appends the name as it lies on disk, with its terminator.
    pub(crate) fn store(&self, out: &mut Vec<u8>) {
        if !self.is_empty() {
            out.extend(self.0.iter().flat_map(|unit| unit.to_le_bytes()));
            out.extend([0, 0]);
        }
    }

    /// The UTF-16 code units.
    pub fn units(&self) -> &[u16] {
        &self.0
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether no file of any system can have this name: empty, `.`, `..`, or with a NUL.
    pub fn is_impossible(&self) -> bool {
        const DOT: u16 = b'.' as u16;
        matches!(*self.0, [] | [DOT] | [DOT, DOT]) || self.0.contains(&0)
    }

    /// Whether the names are the same but for case, see [`Name::cmp_ignore_case`].
    pub fn eq_ignore_case(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.cmp_ignore_case(other).is_eq()
    }

    /// The code units in upper case: what a comparison that ignores case looks at.
    pub fn upper_units(&self) -> impl Iterator<Item = u16> {
        self.0.iter().map(|&unit| upcase(unit))
    }

    /// Compares code unit by code unit after mapping each to upper case, as Windows does: without normalisation, and
    /// without any notion of surrogate pairs.
    pub fn cmp_ignore_case(&self, other: &Self) -> Ordering {
        let differing = self.0.iter().zip(&other.0).find(|(a, b)| a != b && upcase(**a) != upcase(**b));
        match differing {
            Some((&a, &b)) => upcase(a).cmp(&upcase(b)),
            None => self.0.len().cmp(&other.0.len()),
        }
    }

    /// Compares without case, and names that are the same without case with it: the order in which entries are stored.
    pub(crate) fn cmp_sorted(&self, other: &Self) -> Ordering {
        self.cmp_ignore_case(other).then_with(|| self.cmp(other))
    }

    /// Reads what [`Display`](fmt::Display) shows; anything that is not an escape stands for itself.
    pub fn parse_escaped(text: &str) -> Self {
        let mut units = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some((unit, after)) = parse_escape(rest) {
                units.push(unit);
                rest = after;
            } else {
                units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
                rest = &rest[c.len_utf8()..];
            }
        }
        Self(units.into())
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.encode_utf16().collect())
    }
}

impl FromStr for Name {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(Self::from(name))
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0.iter().copied().eq(other.encode_utf16())
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Display for Name {
    /// Valid text as it is, except for what would harm a terminal or a path: control characters, bidirectional
    /// overrides, separators of lines and of path components, unpaired surrogates and `<` are shown as `<U+202E>`.
    /// None of them can occur in a name that Windows made.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for decoded in char::decode_utf16(self.0.iter().copied()) {
            match decoded {
                Ok(c) if needs_escape(c) => write!(f, "<U+{:04X}>", u32::from(c))?,
                Ok(c) => f.write_char(c)?,
                Err(unpaired) => write!(f, "<U+{:04X}>", unpaired.unpaired_surrogate())?,
            }
        }
        Ok(())
    }
}

/// Whether a character is shown as an escape. All of them are single code units, so four digits always do.
fn needs_escape(c: char) -> bool {
    let is_path_separator = matches!(c, '\\' | '/');
    let breaks_lines = matches!(c, '\u{2028}' | '\u{2029}');
    let is_bidi_control =
        matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || c == '<' || is_path_separator || breaks_lines || is_bidi_control
}

/// The code unit of the escape `<U+XXXX>` at the front of `text`, and what follows it.
fn parse_escape(text: &str) -> Option<(u16, &str)> {
    const DIGITS: usize = 4;
    let digits_on = text.strip_prefix("<U+")?;
    let (digits, after) = digits_on.split_at_checked(DIGITS)?;
    let after = after.strip_prefix('>')?;
    // `from_str_radix` would also take a sign.
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    Some((u16::from_str_radix(digits, 16).ok()?, after))
}

/// The upper case of a code unit, where it is a single code unit.
///
/// This is Unicode's simple mapping in place of Windows' table of 65,536 entries; they differ in a few exotic letters. As
/// in Windows, nothing outside ASCII maps into it: a dotless `ı` is no `I`, nor the long `ſ` an `S`.
pub(crate) fn upcase(unit: u16) -> u16 {
    if let Ok(ascii) = u8::try_from(unit)
        && ascii.is_ascii()
    {
        return u16::from(ascii.to_ascii_uppercase());
    }
    let Some(c) = char::from_u32(u32::from(unit)) else { return unit };
    let mut upper = c.to_uppercase();
    match (upper.next().map(u16::try_from), upper.next()) {
        (Some(Ok(mapped)), None) if mapped >= 0x80 => mapped,
        _ => unit,
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;

    #[test]
    fn case_is_ignored_as_windows_ignores_it() {
        let same = [("abc", "ABC"), ("straße", "STRAßE"), ("éа", "ÉА"), ("ﬀ", "ﬀ"), ("𐐨", "𐐨")];
        for (a, b) in same {
            assert!(Name::from(a).eq_ignore_case(&b.into()), "{a} {b}");
        }
        // `ı` would be `I`, `ſ` would be `S`, `ß` would be two letters, and 𐐨 needs two code units.
        for (a, b) in [("ı", "I"), ("ſ", "S"), ("ß", "SS"), ("𐐨", "𐐀"), ("a", "ab"), ("", "a")] {
            assert!(!Name::from(a).eq_ignore_case(&b.into()), "{a} {b}");
        }
        assert_eq!(Name::from("a_").cmp_ignore_case(&"AB".into()), Ordering::Greater, "compared in upper case");
        assert_eq!(Name::from("B").cmp_ignore_case(&"a".into()), Ordering::Greater);
        assert_eq!(Name::from("a").cmp_ignore_case(&"ab".into()), Ordering::Less);
    }

    #[test]
    fn display_shows_every_unit_and_harms_no_terminal() {
        let name = Name::from_units(vec![0x41, 0xD800, 0x1B, 0x0A, 0x202E, 0x5C, 0x3C, 0xD83D, 0xDE00, 0xDC00]);
        let shown = name.to_string();
        assert_eq!(shown, "A<U+D800><U+001B><U+000A><U+202E><U+005C><U+003C>😀<U+DC00>");
        assert_eq!(Name::parse_escaped(&shown), name);
    }

    #[test]
    fn what_is_no_escape_stands_for_itself() {
        for text in ["<", "<U+", "<U+12", "<U+12345>", "<U+é123>", "<U+00 1>", "<U++041>", "a<b>c"] {
            assert_eq!(Name::parse_escaped(text), Name::from(text), "{text}");
        }
        assert_eq!(Name::parse_escaped("<U+0041><<U+0042>>"), Name::from("A<B>"));
    }

    #[test]
    fn names_that_no_file_has() {
        for impossible in ["", ".", "..", "a\0b"] {
            assert!(Name::from(impossible).is_impossible(), "{impossible:?}");
        }
        for possible in ["...", ".a", " ", "a/b", "\u{1}"] {
            assert!(!Name::from(possible).is_impossible(), "{possible:?}");
        }
    }
}
