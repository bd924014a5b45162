//! `wimsmith check`: what will the programs that read an archive stumble over?

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use wim_export::lint::{self, Consumer, Finding};

use super::findings::{self, CheckFields, RuleFields};
use crate::args::{CheckArgs, FailOn};
use crate::exit_code::Code;
use crate::output::text::{Line, count};
use crate::output::{Failure, Output};
use crate::source;

/// What was found, for JSON.
#[derive(Serialize)]
struct Answer {
    file: String,
    #[serde(flatten)]
    check: CheckFields,
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
        let check = CheckFields::new(&consumers, &findings);
        output.document(Some(&Answer { file: file.display().to_string(), check }), failure.as_ref())?;
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

fn print(file: &Path, consumers: &[Consumer], findings: &[Finding], output: &Output) -> io::Result<()> {
    let mut out = output.stdout();
    findings::print(findings, &mut out)?;
    if !output.quiet() {
        writeln!(out, "{}: {}", Line(&file.display().to_string()), findings::summary(consumers, findings))?;
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
