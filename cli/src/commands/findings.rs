//! What a check found, for the verbs that check an archive.

use std::io::{self, Write};

use serde::Serialize;
use wim_export::lint::{Consumer, Finding, Rule, Severity};

use crate::output::text::{Line, count};

/// A check, for JSON.
#[derive(Serialize)]
pub(super) struct CheckFields {
    consumers: Vec<&'static str>,
    errors: usize,
    warnings: usize,
    notes: usize,
    findings: Vec<FindingFields>,
}

/// A finding, for JSON.
#[derive(Serialize)]
struct FindingFields {
    #[serde(flatten)]
    rule: RuleFields,
    image: Option<u32>,
    message: String,
    count: u64,
    paths: Vec<String>,
}

/// A rule, for JSON.
#[derive(Serialize)]
pub(super) struct RuleFields {
    pub(super) rule: &'static str,
    pub(super) severity: &'static str,
    pub(super) reason: &'static str,
    pub(super) consumers: Vec<&'static str>,
}

impl CheckFields {
    pub(super) fn new(consumers: &[Consumer], findings: &[Finding]) -> Self {
        let of = |severity| of_severity(findings, severity);
        Self {
            consumers: consumers.iter().map(|consumer| consumer.name()).collect(),
            errors: of(Severity::Error),
            warnings: of(Severity::Warning),
            notes: of(Severity::Note),
            findings: findings.iter().map(FindingFields::from).collect(),
        }
    }
}

impl From<&Rule> for RuleFields {
    fn from(rule: &Rule) -> Self {
        let consumers = rule.consumers.iter().map(|consumer| consumer.name()).collect();
        Self { rule: rule.id, severity: rule.severity.name(), reason: rule.reason, consumers }
    }
}

impl From<&Finding> for FindingFields {
    fn from(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.into(),
            image: finding.image.map(wim_format::ImageIndex::get),
            message: finding.message.clone(),
            count: finding.count,
            paths: finding.paths.clone(),
        }
    }
}

fn of_severity(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.rule.severity == severity).count()
}

/// `1 error, 2 warnings, no notes, for bootmgr, dism`.
pub(super) fn summary(consumers: &[Consumer], findings: &[Finding]) -> String {
    let kinds = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Note, "note", "notes"),
    ];
    let counts = kinds.map(|(severity, one, many)| count(of_severity(findings, severity) as u64, one, many));
    let consumers: Vec<&str> = consumers.iter().map(|consumer| consumer.name()).collect();
    format!("{}, for {}", counts.join(", "), consumers.join(", "))
}

/// Prints each finding, with the reason of its rule and some paths.
pub(super) fn print<'a>(findings: impl IntoIterator<Item = &'a Finding>, out: &mut dyn Write) -> io::Result<()> {
    const SHOWN: usize = 5;
    for finding in findings {
        let image = finding.image.map_or(String::new(), |image| format!("image {image}: "));
        let number = if finding.count > 1 { format!(" ({})", finding.count) } else { String::new() };
        let Rule { id, severity, reason, .. } = finding.rule;
        writeln!(out, "{}: {id}: {image}{}{number}", severity.name(), Line(&finding.message))?;
        writeln!(out, "    {reason}")?;
        if !finding.message.starts_with("missing: ") {
            for path in finding.paths.iter().take(SHOWN) {
                writeln!(out, "    {}", Line(path))?;
            }
        }
    }
    Ok(())
}
