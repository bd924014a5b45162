//! Text for people: sizes, aligned rows, and strings that do no harm to a terminal.

use std::fmt::{self, Write as _};
use std::io;

/// Columns before the values of aligned rows.
const LABEL_WIDTH: usize = 17;

/// A number of bytes, short: `113.7 KiB`.
pub(crate) fn short_size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    const STEP: f64 = 1024.0;
    if bytes < 1024 {
        return format!("{bytes} {}", plural(bytes, "byte", "bytes"));
    }
    let mut value = bytes as f64 / STEP;
    let mut unit = 0;
    // What would be shown as 1024.0 of a unit is 1.0 of the next.
    while value >= STEP - 0.05 && unit + 1 < UNITS.len() {
        value /= STEP;
        unit += 1;
    }
    let decimals = usize::from(value.fract() >= 0.05 && value.fract() < 0.95);
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// A number of bytes, in full: `116,442 bytes (113.7 KiB)`.
pub(crate) fn full_size(bytes: u64) -> String {
    let exact = format!("{} {}", grouped(bytes), plural(bytes, "byte", "bytes"));
    if bytes < 1024 { exact } else { format!("{exact} ({})", short_size(bytes)) }
}

/// A number with its digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i != 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The right one of two words for a number of things.
pub(crate) const fn plural<'a>(number: u64, one: &'a str, many: &'a str) -> &'a str {
    if number == 1 { one } else { many }
}

/// A number of things: `1 file`, `1,234 files`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), plural(number, one, many))
}

/// Rows of a label and a value.
pub(crate) struct Rows<'a> {
    out: &'a mut dyn io::Write,
}

impl<'a> Rows<'a> {
    /// Rows that go to `out`.
    pub(crate) fn new(out: &'a mut dyn io::Write) -> Self {
        Self { out }
    }

    /// One row.
    pub(crate) fn row(&mut self, label: &str, value: impl fmt::Display) -> io::Result<()> {
        writeln!(self.out, "  {label:LABEL_WIDTH$} {}", Line(&value.to_string()))
    }

    /// One row, if there is a value for it.
    pub(crate) fn optional(&mut self, label: &str, value: Option<impl fmt::Display>) -> io::Result<()> {
        value.map_or(Ok(()), |value| self.row(label, value))
    }
}

/// Text in one line that does no harm to a terminal: control characters and bidirectional overrides are shown as
/// `<U+001B>`.
pub(crate) struct Line<'a>(pub(crate) &'a str);

/// The same for text that may have several lines.
pub(crate) struct Lines<'a>(pub(crate) &'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| write_harmless(c, f))
    }
}

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| if c == '\n' { f.write_char(c) } else { write_harmless(c, f) })
    }
}

fn write_harmless(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if harms_terminal(c) { write!(f, "<U+{:04X}>", u32::from(c)) } else { f.write_char(c) }
}

/// Whether a character does more on a terminal than to appear.
pub(crate) fn harms_terminal(c: char) -> bool {
    let breaks_lines = matches!(c, '\u{2028}' | '\u{2029}');
    let is_bidi_control =
        matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || breaks_lines || is_bidi_control
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short_and_honest() {
        let cases = [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            (1_048_575, "1 MiB"),
            (116_442, "113.7 KiB"),
            (64 << 20, "64 MiB"),
            (u64::MAX, "16 EiB"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(short_size(bytes), expected, "{bytes}");
        }
        assert_eq!(full_size(116_442), "116,442 bytes (113.7 KiB)");
        assert_eq!(full_size(1), "1 byte");
    }

    #[test]
    fn digits_come_in_threes() {
        for (number, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), expected);
        }
    }

    #[test]
    fn text_does_no_harm() {
        assert_eq!(Line("a\u{1b}[2J\u{202e}\nb\u{9b}").to_string(), "a<U+001B>[2J<U+202E><U+000A>b<U+009B>");
        assert_eq!(Lines("a\nb\r").to_string(), "a\nb<U+000D>");
    }
}
