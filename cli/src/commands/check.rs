//! `wimsmith check`: what will the programs that read an archive stumble over?

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use wim_export::lint::{self, Consumer, Finding, Rule, Severity};

use crate::args::{CheckArgs, FailOn};
use crate::exit_code::Code;
use crate::output::text::{Line, count};
use crate::output::{Failure, Output};
use crate::source;

/// What was found, for JSON.
#[derive(Serialize)]
struct Answer {
    file: String,
    consumers: Vec<&'static str>,
    errors: usize,
    warnings: usize,
    notes: usize,
    findings: Vec<FindingFields>,
}

/// A finding, for JSON.
#[derive(Serialize)]
pub(super) struct FindingFields {
    #[serde(flatten)]
    rule: RuleFields,
    image: Option<u32>,
    message: String,
    count: u64,
    paths: Vec<String>,
}

/// A rule, for JSON.
#[derive(Serialize)]
struct RuleFields {
    rule: &'static str,
    severity: &'static str,
    reason: &'static str,
    consumers: Vec<&'static str>,
}

pub(super) fn run(args: &CheckArgs, output: &mut Output) -> anyhow::Result<Code> {
    let Some(file) = args.file.as_deref().filter(|_| !args.rules) else {
        list_rules(output)?;
        return Ok(Code::SUCCESS);
    };
    let archive = source::open(file, &args.read, &args.common, output)?;
    source::refuse_all(args.image.as_deref())?;
    let image = args.image.as_deref().map(|image| archive.find_image(image)).transpose()?;
    let mut consumers = args.consumers.clone();
    if consumers.is_empty() {
        consumers = lint::usual_consumers(&archive);
    }
    let findings = lint::lint(&archive, image, &consumers)?;
    let failure = failure(file, &findings, args.fail_on);
    if output.json() {
        output.document(Some(&Answer::new(file, &consumers, &findings)), failure.as_ref())?;
    } else {
        print(file, &consumers, &findings, output)?;
    }
    Ok(if failure.is_some() { Code::DIFFERENT } else { Code::SUCCESS })
}

/// What JSON says of a check that failed.
fn failure(file: &Path, findings: &[Finding], fail_on: FailOn) -> Option<Failure> {
    let bad: Vec<String> = findings
        .iter()
        .filter(|finding| fail_on.includes(finding.rule.severity))
        .map(|finding| format!("{}: {}", finding.rule.id, finding.message))
        .collect();
    let what = count(bad.len() as u64, "rule is broken", "rules are broken");
    (!bad.is_empty()).then(|| Failure::check(format!("{}: {what}", file.display()), bad))
}

fn of_severity(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.rule.severity == severity).count()
}

fn print(file: &Path, consumers: &[Consumer], findings: &[Finding], output: &Output) -> io::Result<()> {
    const SHOWN: usize = 5;
    let mut out = output.stdout();
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
    if !output.quiet() {
        let counts = [(Severity::Error, "errors"), (Severity::Warning, "warnings"), (Severity::Note, "notes")];
        let counts = counts.map(|(severity, name)| format!("{} {name}", of_severity(findings, severity)));
        let consumers: Vec<&str> = consumers.iter().map(|consumer| consumer.name()).collect();
        writeln!(out, "{}: {}, for {}", Line(&file.display().to_string()), counts.join(", "), consumers.join(", "))?;
    }
    out.flush()
}

fn list_rules(output: &Output) -> anyhow::Result<()> {
    if output.json() {
        let rules: Vec<RuleFields> = lint::rules().map(RuleFields::from).collect();
        return Ok(output.answer(&serde_json::json!({ "rules": rules }))?);
    }
    let mut out = output.stdout();
    for rule in lint::rules() {
        let RuleFields { rule, severity, reason, consumers } = rule.into();
        writeln!(out, "{rule} ({severity}; {})\n    {reason}", consumers.join(", "))?;
    }
    Ok(out.flush()?)
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

impl Answer {
    fn new(file: &Path, consumers: &[Consumer], findings: &[Finding]) -> Self {
        Self {
            file: file.display().to_string(),
            consumers: consumers.iter().map(|consumer| consumer.name()).collect(),
            errors: of_severity(findings, Severity::Error),
            warnings: of_severity(findings, Severity::Warning),
            notes: of_severity(findings, Severity::Note),
            findings: findings.iter().map(FindingFields::from).collect(),
        }
    }
}
