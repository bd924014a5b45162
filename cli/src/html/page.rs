//! The page: its head, the pictures, and the sections in order.

use std::fmt::Write;

use wim_export::SizeMap;
use wim_export::finalize::FinalizeReport;
use wim_export::lint::{Consumer, Finding};

use super::treemap::treemap;
use super::{Escaped, check, finalize, tables};
use crate::output::text::{full_size, grouped, short_size};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// What a report is made of.
pub(crate) struct Page<'a> {
    /// The image before, if there is one to compare with.
    pub(crate) before: Option<Side<'a>>,
    /// The image.
    pub(crate) image: Side<'a>,
    /// The SHA-256 of the image's file.
    pub(crate) sha256: Option<String>,
    /// What finalizing it came to, if it was.
    pub(crate) finalize: Option<&'a FinalizeReport>,
    /// What a check of it found.
    pub(crate) findings: &'a [Finding],
    /// For whom it was checked.
    pub(crate) consumers: &'a [Consumer],
}

/// An image of a report.
pub(crate) struct Side<'a> {
    /// The file and the image in it.
    pub(crate) label: String,
    /// Bytes of the file; not known of one that is not written yet.
    pub(crate) file_size: Option<u64>,
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
        if let Some(report) = self.finalize {
            finalize::section(report, &mut out);
        }
        check::check(self.consumers, self.findings, &mut out);
        if let Some(before) = &self.before {
            tables::changed_directories(before.sizes, self.image.sizes, &mut out);
        }
        tables::directories(self.image.sizes, &mut out);
        tables::files(self.image.sizes, &mut out);
        tables::duplicates(self.image.sizes, &mut out);
        let _ = write!(out, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
        out
    }

    fn pictures(&self, out: &mut String) {
        let old = self.before.as_ref().and_then(|before| before.file_size);
        if let (Some(old), Some(new)) = (old, self.image.file_size) {
            let change =
                if new <= old { short_size(old - new) + " smaller" } else { short_size(new - old) + " larger" };
            let _ = writeln!(out, "<p>Before and after: the file is {change}.</p>");
        }
        if let Some(sha256) = &self.sha256 {
            let _ = writeln!(out, "<p>SHA-256 of the new file: <code>{}</code></p>", Escaped(sha256));
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
}

impl Side<'_> {
    fn write(&self, out: &mut String) {
        let _ = write!(out, "<section>\n<h2>{}</h2>\n<dl class=\"facts\">", Escaped(&self.label));
        let (sizes, root) = (self.sizes, self.sizes.directories.first());
        let mut facts = vec![("file", self.file_size.map_or_else(|| "not written yet".to_owned(), full_size))];
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
