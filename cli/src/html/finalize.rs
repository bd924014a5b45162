//! What finalizing came to: the image before and after in numbers, and what each step did.

use std::fmt::Write;

use wim_export::finalize::{FinalizeReport, Outcome, StepReport, Tally};

use super::Escaped;
use crate::output::text::{grouped, short_size};

pub(super) fn section(report: &FinalizeReport, out: &mut String) {
    let profile = &report.profile;
    let version = profile.version.as_ref().map_or_else(String::new, |version| format!(", version {version}"));
    let _ = writeln!(
        out,
        "<h2>Finalized</h2>\n<p>By the profile <strong>{}</strong>{} (SHA-256 <code>{}</code>). {}</p>",
        Escaped(&profile.name),
        Escaped(&version),
        profile.sha256,
        if report.serviceable {
            "Windows\u{2019} own tools can still service the image."
        } else {
            "It was side-loaded with components: DISM cannot service the image any more."
        }
    );
    totals(&report.before, &report.after, out);
    steps(&report.steps, out);
    for warning in &report.warnings {
        let _ = writeln!(
            out,
            "<p><span class=\"warning\">{}</span> {}: {}</p>",
            warning.code,
            Escaped(&warning.step),
            Escaped(&warning.message)
        );
    }
}

/// The image in numbers, before and after.
fn totals(before: &Tally, after: &Tally, out: &mut String) {
    out.push_str(
        "<table>\n<tr><th>The image</th><th class=\"n\">Before</th><th class=\"n\">After</th>\
         <th class=\"n\">Difference</th></tr>\n",
    );
    let number: fn(u64) -> String = grouped;
    let rows = [
        ("Entries", before.entries, after.entries, number),
        ("Data, uncompressed", before.bytes, after.bytes, short_size),
        ("Data, as the source has it", before.stored_bytes, after.stored_bytes, short_size),
        ("Blobs", before.blobs, after.blobs, number),
        ("Duplicates that are stored once", before.shared_references, after.shared_references, number),
    ];
    for (name, old, new, text) in rows {
        let sign = match new.cmp(&old) {
            std::cmp::Ordering::Less => "\u{2212}",
            std::cmp::Ordering::Equal => "",
            std::cmp::Ordering::Greater => "+",
        };
        let _ = writeln!(
            out,
            "<tr><td>{name}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{sign}{}</td></tr>",
            text(old),
            text(new),
            text(old.abs_diff(new))
        );
    }
    out.push_str("</table>\n");
}

/// What each step did, with a bar for what it freed.
fn steps(steps: &[StepReport], out: &mut String) {
    if steps.is_empty() {
        out.push_str("<p>The profile has no steps.</p>\n");
        return;
    }
    out.push_str(
        "<table class=\"steps\">\n<tr><th>Step</th><th>Outcome</th><th class=\"n\">Entries removed</th>\
         <th class=\"n\">added</th><th class=\"n\">Freed in the file</th><th class=\"n\">uncompressed</th>\
         <th class=\"n\">Data added</th></tr>\n",
    );
    let most = steps.iter().map(|step| step.stored_bytes_freed).max().unwrap_or(0).max(1);
    for step in steps {
        let outcome = match step.outcome {
            Outcome::Applied => "applied",
            Outcome::Unchanged => "unchanged",
            Outcome::Skipped => "skipped",
        };
        let name = step.id.as_deref().unwrap_or(step.kind);
        let kind = if step.id.is_some() { format!(" <small>{}</small>", step.kind) } else { String::new() };
        let detail =
            step.detail.as_deref().map_or_else(String::new, |detail| format!("<br><small>{}</small>", Escaped(detail)));
        let percent = 100.0 * step.stored_bytes_freed as f64 / most as f64;
        let _ = writeln!(
            out,
            "<tr class=\"{outcome}\"><td>{}. {}{kind}{detail}</td><td>{outcome}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n bar\" style=\"--part: {percent:.1}%\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            step.number,
            Escaped(name),
            grouped(step.entries_removed),
            grouped(step.entries_added),
            short_size(step.stored_bytes_freed),
            short_size(step.bytes_freed),
            short_size(step.bytes_added)
        );
    }
    out.push_str("</table>\n");
}
