//! The report as one HTML file, for which no network is needed: where the bytes are, what finalizing did, what is stored
//! once for many names, and what a check found.
//!
//! Everything is in the markup and can be read without its script, which only zooms. Names come from archives, so everything
//! is escaped, and the page allows itself no other script and no network.
//!
//! | file | what |
//! |---|---|
//! | `page` | the head, the pictures, the sections in order |
//! | `finalize` | what finalizing came to, step by step |
//! | `check` | what the linter found |
//! | `tables` | directories, files, duplicates |
//! | `layout` | rectangles whose areas are sizes |
//! | `treemap` | the picture |
//! | `style.css`, `script.js` | light and dark; zooming by mouse and keyboard |

mod check;
mod finalize;
mod layout;
mod page;
mod tables;
mod treemap;

pub(crate) use page::{Page, Side};

use std::fmt::{self, Write};

use wim_export::{SizeFile, SizeMap};

/// Text in HTML, also in an attribute. Control characters, which have no place there, are shown as `<U+001B>`.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            c if crate::output::text::harms_terminal(c) => write!(f, "&lt;U+{:04X}&gt;", u32::from(c)),
            c => f.write_char(c),
        })
    }
}

/// A directory's path; of one that is longer than anybody reads, its end.
fn path(sizes: &SizeMap, index: usize) -> String {
    const LONGEST: usize = 400;
    let path = sizes.path(index);
    match path.char_indices().rev().nth(LONGEST) {
        Some((start, _)) => format!("\u{2026}{}", &path[start..]),
        None => path,
    }
}

/// A file's path, likewise.
fn file_path(sizes: &SizeMap, file: &SizeFile) -> String {
    let folder = path(sizes, file.directory);
    format!("{}\\{}", folder.trim_end_matches('\\'), file.name)
}
