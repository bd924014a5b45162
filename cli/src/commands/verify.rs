//! `wimsmith verify`: are archives what they claim to be?

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use wim_export::boot::ReturnCode;
use wim_export::{Error, VerifyOptions, VerifyReport};

use crate::args::VerifyArgs;
use crate::exit_code::Code;
use crate::output::text::{Line, count, short_size};
use crate::output::{Failure, Output};
use crate::source;
use crate::warning::Warning;

/// What was found, for JSON.
#[derive(Serialize)]
struct Verdicts {
    files: Vec<Verdict>,
}

/// What was found of one archive.
#[derive(Serialize)]
struct Verdict {
    file: String,
    ok: bool,
    images: u32,
    entries: u64,
    blobs: u64,
    bytes: u64,
    integrity_checked: bool,
    problems: Vec<Failure>,
    #[serde(skip)]
    code: Code,
    /// Whether it could be opened and read to its end.
    #[serde(skip)]
    was_read: bool,
}

pub(super) fn run(args: &VerifyArgs, output: &mut Output) -> anyhow::Result<Code> {
    let mut files = Vec::new();
    for path in &args.files {
        let verdict = match verify(path, args, output) {
            Ok(report) => Verdict::new(path, &report),
            Err(error) if matches!(error.downcast_ref(), Some(Error::Cancelled)) => return Err(error),
            Err(error) => Verdict::failed(path, &error, output),
        };
        if !output.json() {
            verdict.print(output)?;
        }
        files.push(verdict);
    }
    let bad = files.iter().find(|verdict| !verdict.ok);
    let code = bad.map_or(Code::SUCCESS, |verdict| verdict.code);
    if output.json() {
        let error = bad.and_then(|verdict| verdict.problems.first()).cloned();
        output.document(Some(&Verdicts { files }), error.as_ref())?;
    }
    Ok(code)
}

fn verify(path: &Path, args: &VerifyArgs, output: &mut Output) -> anyhow::Result<VerifyReport> {
    let archive = source::open(path, &args.read, &args.common)?;
    let mut options = VerifyOptions::default();
    options.integrity = !args.no_integrity;
    options.threads = args.common.threads;
    options.memory = args.common.memory;
    let report = wim_export::verify(&archive, &options, &mut output.progress())?;
    let warnings = report.warnings.iter();
    output.warn_all(warnings.map(|(image, warning)| Warning::of_format(archive.name(), *image, warning)));
    Ok(report)
}

impl Verdict {
    fn new(path: &Path, report: &VerifyReport) -> Self {
        let problems = report.problems.iter();
        Self {
            file: path.display().to_string(),
            ok: report.is_ok(),
            images: report.images,
            entries: report.entries,
            blobs: report.blobs,
            bytes: report.bytes,
            integrity_checked: report.integrity_checked,
            code: report.problems.first().map_or(Code::SUCCESS, |problem| ReturnCode::from(problem).into()),
            problems: problems.map(Failure::of).collect(),
            was_read: true,
        }
    }

    /// The verdict on an archive that could not be opened or read to its end.
    fn failed(path: &Path, error: &anyhow::Error, output: &Output) -> Self {
        let failure = Failure::new(error);
        failure.print();
        let code = Code::of(error, output.is_interrupted());
        Self { ok: false, code, problems: vec![failure], was_read: false, ..Self::new(path, &VerifyReport::default()) }
    }

    /// Tells what was found. What kept an archive from being checked has been told already.
    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        if !self.ok && self.was_read {
            writeln!(
                out,
                "{}: damaged: {}",
                Line(&self.file),
                count(self.problems.len() as u64, "problem", "problems")
            )?;
            for problem in &self.problems {
                let line = problem.line();
                writeln!(
                    out,
                    "  {}",
                    Line(line.strip_prefix(&self.file).map_or(&line, |rest| rest.trim_start_matches(": ")))
                )?;
            }
        } else if self.ok && !output.quiet() {
            writeln!(out, "{}: ok: {}", Line(&self.file), self.contents())?;
        }
        out.flush()
    }

    fn contents(&self) -> String {
        let images = count(u64::from(self.images), "image", "images");
        let entries = count(self.entries, "entry", "entries");
        let blobs = match self.blobs {
            0 => "no data".to_owned(),
            number => format!("{} with {}", count(number, "blob", "blobs"), short_size(self.bytes)),
        };
        let table = if self.integrity_checked { "; the integrity table matches" } else { "" };
        format!("{images}, {entries}, {blobs}{table}")
    }
}
