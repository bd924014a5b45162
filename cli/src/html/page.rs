//! The page and its sections.

use std::fmt::Write;

use wim_export::SizeMap;
use wim_export::lint::Finding;

use super::treemap::treemap;
use super::{Escaped, file_path, path};
use crate::output::text::{count, full_size, grouped, short_size};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// Rows of the tables of directories and files.
const ROWS: usize = 30;

/// What a report is made of.
pub(crate) struct Page<'a> {
    /// The image before, if there is one to compare with.
    pub(crate) before: Option<Side<'a>>,
    /// The image.
    pub(crate) image: Side<'a>,
    /// What a check of it found.
    pub(crate) findings: &'a [Finding],
    /// For whom it was checked.
    pub(crate) consumers: String,
}

/// An image of a report.
pub(crate) struct Side<'a> {
    /// The file and the image in it.
    pub(crate) label: String,
    /// Bytes of the file.
    pub(crate) file_size: u64,
    /// Other facts: a name and what it is.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Where its bytes are.
    pub(crate) sizes: &'a SizeMap,
}

impl Page<'_> {
    /// The HTML file.
    pub(crate) fn render(&self) -> String {
        let mut out = String::new();
        let title = Escaped(&self.image.label).to_string();
        // The script is the only one that may run, and nothing may be loaded.
        let _ = write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>Sizes of {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        );
        self.pictures(&mut out);
        self.findings(&mut out);
        if let Some(before) = &self.before {
            changed_directories(before.sizes, self.image.sizes, &mut out);
        }
        directories(self.image.sizes, &mut out);
        files(self.image.sizes, &mut out);
        duplicates(self.image.sizes, &mut out);
        let _ = write!(out, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
        out
    }

    fn pictures(&self, out: &mut String) {
        if let Some(before) = &self.before {
            let (old, new) = (before.file_size, self.image.file_size);
            let change =
                if new <= old { short_size(old - new) + " smaller" } else { short_size(new - old) + " larger" };
            let _ = writeln!(out, "<p>Before and after: the file is {change}.</p>");
        }
        out.push_str(
            "<p>Areas are bytes in the file, compressed; what several names share counts where it is met first. \
             A click or Enter goes into a directory, Escape comes back, arrows move around.</p>\n<div class=\"sides\">\n",
        );
        for side in self.before.iter().chain([&self.image]) {
            side.write(out);
        }
        out.push_str("</div>\n");
    }

    fn findings(&self, out: &mut String) {
        let _ = writeln!(out, "<h2>Check</h2>\n<p>By the rules for {}.</p>", Escaped(&self.consumers));
        if self.findings.is_empty() {
            out.push_str("<p>No rule is broken.</p>\n");
            return;
        }
        out.push_str("<table>\n<tr><th>Severity</th><th>Rule</th><th>Found</th></tr>\n");
        for finding in self.findings {
            let severity = finding.rule.severity.name();
            let image = finding.image.map_or(String::new(), |image| format!("image {image}: "));
            let _ = write!(
                out,
                "<tr><td class=\"{severity}\">{severity}</td><td>{}</td><td>{image}{}{}<br><small>{}</small>",
                finding.rule.id,
                Escaped(&finding.message),
                if finding.count > 1 && finding.paths.len() as u64 != finding.count {
                    format!(" ({})", grouped(finding.count))
                } else {
                    String::new()
                },
                Escaped(finding.rule.reason)
            );
            if !finding.message.starts_with("missing: ") {
                finding.paths.iter().for_each(|path| {
                    let _ = write!(out, "<br><code>{}</code>", Escaped(path));
                });
            }
            out.push_str("</td></tr>\n");
        }
        out.push_str("</table>\n");
    }
}

impl Side<'_> {
    fn write(&self, out: &mut String) {
        let _ = write!(out, "<section>\n<h2>{}</h2>\n<dl class=\"facts\">", Escaped(&self.label));
        let (sizes, root) = (self.sizes, self.sizes.directories.first());
        let mut facts = vec![("file", full_size(self.file_size))];
        if let Some(root) = root {
            facts.push(("this image's data, compressed", short_size(root.stored)));
            facts.push(("uncompressed, every name", short_size(root.bytes)));
            facts.push(("saved by sharing", short_size(sizes.shared_bytes)));
            facts.push(("files", grouped(root.files)));
            facts.push(("directories", grouped(sizes.directories.len() as u64)));
        }
        facts.extend(self.facts.iter().cloned());
        for (name, value) in facts {
            let _ = write!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", Escaped(&value));
        }
        let label = format!("Where the bytes of {} are", self.label);
        let _ = write!(
            out,
            "</dl>\n<div class=\"map\"><div class=\"crumb\"><button type=\"button\" disabled>Zoom out</button>\
             <span>\\</span></div>\n{}</div>\n</section>\n",
            treemap(sizes, &label)
        );
    }
}

fn directories(sizes: &SizeMap, out: &mut String) {
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

fn files(sizes: &SizeMap, out: &mut String) {
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

fn duplicates(sizes: &SizeMap, out: &mut String) {
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
fn changed_directories(before: &SizeMap, after: &SizeMap, out: &mut String) {
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
