//! The tables of directories, files and duplicates.

use std::fmt::Write;

use wim_export::SizeMap;

use super::{Escaped, file_path, path};
use crate::output::text::{count, grouped, short_size};

/// Rows of each.
const ROWS: usize = 30;

pub(super) fn directories(sizes: &SizeMap, out: &mut String) {
    let mut order: Vec<usize> = (1..sizes.directories.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(sizes.directories[index].stored), index));
    out.push_str(
        "<h2>Largest directories</h2>\n<table>\n<tr><th>Directory</th><th class=\"n\">In the file</th>\
         <th class=\"n\">Uncompressed</th><th class=\"n\">Files</th></tr>\n",
    );
    for index in order.into_iter().take(ROWS) {
        let directory = &sizes.directories[index];
        let _ = writeln!(
            out,
            "<tr><td class=\"path\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            Escaped(&path(sizes, index)),
            short_size(directory.stored),
            short_size(directory.bytes),
            grouped(directory.files)
        );
    }
    out.push_str("</table>\n");
}

pub(super) fn files(sizes: &SizeMap, out: &mut String) {
    out.push_str(
        "<h2>Largest files</h2>\n<table>\n<tr><th>File</th><th class=\"n\">In the file</th>\
         <th class=\"n\">Uncompressed</th></tr>\n",
    );
    for file in sizes.files.iter().take(ROWS) {
        let _ = writeln!(
            out,
            "<tr><td class=\"path\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            Escaped(&file_path(sizes, file)),
            short_size(file.stored),
            short_size(file.bytes)
        );
    }
    out.push_str("</table>\n");
}

pub(super) fn duplicates(sizes: &SizeMap, out: &mut String) {
    let _ = writeln!(
        out,
        "<h2>Stored once for several names</h2>\n<p>Sharing saves {} of uncompressed data.</p>",
        short_size(sizes.shared_bytes)
    );
    if sizes.duplicates.is_empty() {
        return;
    }
    out.push_str("<table>\n<tr><th class=\"n\">Size</th><th>Names</th></tr>\n");
    for duplicate in sizes.duplicates.iter().take(ROWS) {
        let kind = if duplicate.hard_links { "hard links of one file" } else { "files with the same data" };
        let _ = write!(
            out,
            "<tr><td class=\"n\">{}</td><td><details><summary>{}: {kind}</summary>",
            short_size(duplicate.bytes),
            count(duplicate.names, "name", "names")
        );
        for path in &duplicate.paths {
            let _ = write!(out, "<code>{}</code><br>", Escaped(path));
        }
        out.push_str("</details></td></tr>\n");
    }
    out.push_str("</table>\n");
}

/// The directories whose sizes changed most.
pub(super) fn changed_directories(before: &SizeMap, after: &SizeMap, out: &mut String) {
    /// The table has the largest differences, which the largest directories have.
    const COMPARED: usize = 20_000;
    let by_path = |sizes: &SizeMap| -> std::collections::BTreeMap<String, (String, u64)> {
        let mut order: Vec<usize> = (0..sizes.directories.len()).collect();
        order.sort_by_key(|&index| (std::cmp::Reverse(sizes.directories[index].stored), index));
        let paths = order.into_iter().take(COMPARED).map(|index| (index, path(sizes, index)));
        paths.map(|(index, path)| (path.to_uppercase(), (path, sizes.directories[index].stored))).collect()
    };
    let (old, mut new) = (by_path(before), by_path(after));
    let mut rows: Vec<(String, u64, u64)> = Vec::new();
    for (key, (path, stored)) in old {
        let (path, now) = new.remove(&key).unwrap_or((path, 0));
        rows.push((path, stored, now));
    }
    rows.extend(new.into_values().map(|(path, now)| (path, 0, now)));
    rows.retain(|(_, old, new)| old != new);
    rows.sort_by_key(|(_, old, new)| std::cmp::Reverse(old.abs_diff(*new)));
    out.push_str(
        "<h2>Changed directories</h2>\n<table>\n<tr><th>Directory</th><th class=\"n\">Before</th>\
         <th class=\"n\">After</th><th class=\"n\">Difference</th></tr>\n",
    );
    for (path, old, new) in rows.into_iter().take(ROWS) {
        let sign = if new < old { '\u{2212}' } else { '+' };
        let _ = writeln!(
            out,
            "<tr><td class=\"path\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{sign}{}</td></tr>",
            Escaped(&path),
            short_size(old),
            short_size(new),
            short_size(old.abs_diff(new))
        );
    }
    out.push_str("</table>\n");
}
