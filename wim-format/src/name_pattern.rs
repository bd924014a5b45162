//! Patterns of names.

use alloc::vec::Vec;

use crate::name::{Name, upcase};

/// A pattern of names: `*` stands for any characters, also none, and `?` for one; everything else for itself, without regard to
/// case.
///
/// ```
/// use wim_format::{Name, NamePattern};
///
/// let pattern = NamePattern::new(&Name::from("*.dl?"));
/// assert!(pattern.matches(&Name::from("KERNEL32.DLL")));
/// assert!(!pattern.matches(&Name::from("kernel32.dll.mui")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern(Vec<Unit>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Any,
    One,
    /// A code unit, in upper case.
    Exactly(u16),
}

impl NamePattern {
    /// The pattern that is written so.
    pub fn new(pattern: &Name) -> Self {
        let unit = |unit| match u8::try_from(unit) {
            Ok(b'*') => Unit::Any,
            Ok(b'?') => Unit::One,
            _ => Unit::Exactly(unit),
        };
        Self(pattern.upper_units().map(unit).collect())
    }

    /// Whether it has neither `*` nor `?`: it matches one name alone.
    pub fn is_literal(&self) -> bool {
        self.0.iter().all(|unit| matches!(unit, Unit::Exactly(_)))
    }

    /// Whether `name` matches.
    ///
    /// The last `*` that matched anything takes one unit more for as long as it helps.
    pub fn matches(&self, name: &Name) -> bool {
        let (pattern, name) = (&self.0, name.units());
        let (mut at_pattern, mut at_name) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while let Some(&unit) = name.get(at_name) {
            match pattern.get(at_pattern) {
                Some(Unit::Any) => {
                    star = Some((at_pattern, at_name));
                    at_pattern += 1;
                }
                Some(&wanted) if wanted == Unit::One || wanted == Unit::Exactly(upcase(unit)) => {
                    at_pattern += 1;
                    at_name += 1;
                }
                _ => {
                    let Some((star_at, taken_to)) = star else { return false };
                    star = Some((star_at, taken_to + 1));
                    (at_pattern, at_name) = (star_at + 1, taken_to + 1);
                }
            }
        }
        pattern[at_pattern..].iter().all(|&unit| unit == Unit::Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_without_regard_to_case() {
        let matches = |pattern: &str, name: &str| NamePattern::new(&Name::from(pattern)).matches(&Name::from(name));
        for (pattern, name) in [
            ("*", "x"),
            ("*", ""),
            ("*.DLL", "a.dll"),
            ("a?c", "abc"),
            ("*a*b", "XAYBZB"),
            ("ü", "Ü"),
            ("", ""),
            ("x[1]", "X[1]"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("", "x"), ("*.dll", "a.dl"), ("a?", "a"), ("*a", "ab"), ("?", "")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_longer_than_the_square() {
        let pattern = NamePattern::new(&Name::from("*a".repeat(120).as_str()));
        assert!(!pattern.matches(&Name::from("a".repeat(119).as_str())));
        assert!(pattern.matches(&Name::from("a".repeat(120).as_str())));
        assert!(!pattern.is_literal() && NamePattern::new(&Name::from("a")).is_literal());
    }
}
