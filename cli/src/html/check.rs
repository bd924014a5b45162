//! What the linter found.

use std::fmt::Write;

use wim_export::lint::{Consumer, Finding};

use super::Escaped;
use crate::output::text::grouped;

/// What was found, and for whom it was checked.
pub(super) fn check(consumers: &[Consumer], findings: &[Finding], out: &mut String) {
    let consumers: Vec<&str> = consumers.iter().map(|consumer| consumer.name()).collect();
    let _ = writeln!(out, "<h2>Check</h2>\n<p>By the rules for {}.</p>", consumers.join(", "));
    if findings.is_empty() {
        out.push_str("<p>No rule is broken.</p>\n");
        return;
    }
    out.push_str("<table>\n<tr><th>Severity</th><th>Rule</th><th>Found</th></tr>\n");
    for finding in findings {
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
