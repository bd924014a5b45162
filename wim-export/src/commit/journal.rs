//! What a run that puts several files in their places leaves, should it be killed: which they are, and what they replace.

use std::fmt::Write;
use std::fs::Metadata;
use std::time::UNIX_EPOCH;

const FIRST_LINE: &str = "wimsmith set 1";
/// Without it, the text is not complete.
const LAST_LINE: &str = "end";
const NOTHING: &str = "-";

/// What tells whether a file is still the one that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    /// Time of the last change, since 1970.
    seconds: u64,
    nanoseconds: u32,
}

impl Stamp {
    pub(super) fn of(file: &Metadata) -> Self {
        let changed = file.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        Self { size: file.len(), seconds: changed.as_secs(), nanoseconds: changed.subsec_nanos() }
    }

    fn parse<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut number = || words.next()?.parse::<u64>().ok();
        let (size, seconds, nanoseconds) = (number()?, number()?, number()?);
        Some(Self { size, seconds, nanoseconds: nanoseconds.try_into().ok()? })
    }
}

/// A file that takes its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What the name of its temporary file has between stem and suffix.
    pub(super) temp: String,
    /// The file itself.
    pub(super) new: Stamp,
    /// The file that is in its place.
    pub(super) replaces: Option<Stamp>,
}

/// All files of a set, by their numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Journal {
    /// From number 1 on.
    pub(super) parts: Vec<Entry>,
    /// Files of the set that was there before which go: their numbers.
    pub(super) rest: Vec<(usize, Stamp)>,
}

impl Journal {
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        let stamp = |Stamp { size, seconds, nanoseconds }: Stamp| format!("{size} {seconds} {nanoseconds}");
        for Entry { temp, new, replaces } in &self.parts {
            let replaces = replaces.map_or_else(|| NOTHING.to_owned(), stamp);
            writeln!(text, "part {temp} {} {replaces}", stamp(*new)).expect("a text takes everything");
        }
        for &(number, old) in &self.rest {
            writeln!(text, "rest {number} {}", stamp(old)).expect("a text takes everything");
        }
        text + LAST_LINE + "\n"
    }

    /// `None` if it is no complete text of this version.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut journal = Self::default();
        if lines.next() != Some(FIRST_LINE) {
            return None;
        }
        for line in lines {
            let mut words = line.split(' ').peekable();
            match words.next()? {
                "part" => {
                    let (temp, new) = (words.next()?.to_owned(), Stamp::parse(&mut words)?);
                    let none = words.peek() == Some(&NOTHING);
                    let replaces = if none { None } else { Some(Stamp::parse(&mut words)?) };
                    journal.parts.push(Entry { temp, new, replaces });
                }
                "rest" => journal.rest.push((words.next()?.parse().ok()?, Stamp::parse(&mut words)?)),
                LAST_LINE => return Some(journal).filter(|journal| !journal.parts.is_empty()),
                _ => return None,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_less() {
        let stamp = Stamp { size: 4096, seconds: 1_700_000_000, nanoseconds: 5 };
        let part = |replaces| Entry { temp: "12.0123456789abcdef".to_owned(), new: stamp, replaces };
        let journal = Journal { parts: vec![part(None), part(Some(stamp))], rest: vec![(3, stamp)] };
        let text = journal.to_text();
        assert_eq!(Journal::parse(&text).as_ref(), Some(&journal));
        for end in 0..text.len() - 1 {
            assert_eq!(Journal::parse(&text[..end]), None, "{end}");
        }
        assert_eq!(Journal::parse(&text.replace("set 1", "set 2")), None);
        assert_eq!(Journal::parse(&text.replace("4096", "many")), None);
    }
}
