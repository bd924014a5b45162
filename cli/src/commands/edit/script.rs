//! Scripts as wimlib-imagex update takes them: a command a line.

use std::io::Read;
use std::path::Path;

use wim_export::{Error, OnConflict};

use super::change::Change;
use crate::args::EditArgs;
use crate::source;
use crate::usage::Usage;

/// A script's size that no script needs.
const MAX_BYTES: u64 = 64 << 20;

/// Reads the script at `path`, or what comes through standard input.
pub(super) fn read(path: &Path, args: &EditArgs) -> anyhow::Result<Vec<Change>> {
    let failed = |source| Error::Io { action: "read", path: path.to_owned(), source };
    let mut bytes = Vec::new();
    if source::is_pipe(path) {
        std::io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(path).map_err(failed)?.take(MAX_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    }
    let wrong = |why: String| Usage::new(format!("{}: {why}", path.display()));
    let text = decode(bytes).ok_or_else(|| wrong("it is neither UTF-8 nor UTF-16".to_owned()))?;
    let mut changes = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let change = parse(line, args).map_err(|why| wrong(format!("line {}: {why}", number + 1)))?;
        changes.extend(change);
    }
    Ok(changes)
}

/// The text of a script: UTF-8, or UTF-16 as Windows' editors write it, with its mark.
fn decode(bytes: Vec<u8>) -> Option<String> {
    let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") else { return String::from_utf8(bytes).ok() };
    let (units, odd) = rest.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
    String::from_utf16(&units).ok().filter(|_| odd.is_empty())
}

/// The change of a line, if it has one.
fn parse(line: &str, args: &EditArgs) -> Result<Option<Change>, String> {
    let words = words(line)?;
    let Some((command, rest)) = words.split_first() else { return Ok(None) };
    let (options, rest): (Vec<&String>, Vec<&String>) = rest.iter().partition(|word| word.starts_with("--"));
    let unknown = |option: &str| format!("{command} has no option {option}");
    match (command.as_str(), rest.as_slice()) {
        ("add", [source, to]) => {
            let mut change = Change::add((*source).clone(), (*to).clone(), args);
            if let Change::Add { how, .. } = &mut change {
                for option in options {
                    match option.as_str() {
                        // Here it makes an error of a file that is there.
                        "--no-replace" => how.conflict = OnConflict::Refuse,
                        "--dereference" => how.dereference = true,
                        "--unix-data" => how.unix_data = true,
                        // What they ask for is so on hosts other than Windows, or concerns messages.
                        "--verbose" | "--no-acls" | "--strict-acls" => {}
                        other => return Err(unknown(other)),
                    }
                }
            }
            Ok(Some(change))
        }
        ("delete", [path]) => {
            let (mut force, mut recursive) = (false, false);
            for option in options {
                match option.as_str() {
                    "--force" => force = true,
                    "--recursive" => recursive = true,
                    other => return Err(unknown(other)),
                }
            }
            Ok(Some(Change::Remove { pattern: (*path).clone(), force, recursive }))
        }
        ("rename", [from, to]) if options.is_empty() => {
            Ok(Some(Change::Rename { from: (*from).clone(), to: (*to).clone() }))
        }
        ("add", _) => Err("it has to be: add SRC DEST".to_owned()),
        ("delete", _) => Err("it has to be: delete [--force] [--recursive] PATH".to_owned()),
        ("rename", _) => Err("it has to be: rename FROM TO".to_owned()),
        (other, _) => Err(format!("unknown command {other:?}; add, delete and rename are known")),
    }
}

/// The words of a line: between blanks, or in quotes. A line that begins with `#` has none.
fn words(line: &str) -> Result<Vec<String>, String> {
    let line = line.trim();
    let mut words = Vec::new();
    if line.starts_with('#') {
        return Ok(words);
    }
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end;
        if first == '"' || first == '\'' {
            end = rest[1..].find(first).ok_or_else(|| format!("a {first} is not closed"))? + 1;
            words.push(rest[1..end].to_owned());
            rest = rest[end + 1..].trim_start();
        } else {
            end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_between_blanks_or_in_quotes() {
        assert_eq!(words(r#"  add "a b" 'c "d'	e "#).unwrap(), ["add", "a b", "c \"d", "e"]);
        assert!(words("# add a b").unwrap().is_empty() && words("  ").unwrap().is_empty());
        assert!(words("delete 'a").is_err());
    }

    #[test]
    fn scripts_are_utf8_or_utf16() {
        assert_eq!(decode("delete ä".into()).as_deref(), Some("delete ä"));
        let wide: Vec<u8> = "\u{feff}delete ä".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(wide.clone()).as_deref(), Some("delete ä"));
        assert_eq!(
            (decode(wide[..5].to_vec()), decode(vec![b'a', 0xFF]), decode(b"\xFF\xFE\x00\xD8".to_vec())),
            (None, None, None)
        );
    }
}
