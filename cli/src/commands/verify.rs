//! `wimsmith verify`: are archives what they claim to be?

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use wim_export::boot::ReturnCode;
use wim_export::{Error, VerifyOptions, VerifyReport};

use crate::args::VerifyArgs;
use crate::exit_code::Code;
use crate::manifest::{self, Difference, Expected};
use crate::output::text::{Line, count, short_size};
use crate::output::{Failure, Output};
use crate::source;
use crate::usage::Usage;
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
    /// What differs from the manifest, if there is one to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<Difference>>,
    #[serde(skip)]
    code: Code,
    /// Whether it could be opened and read to its end.
    #[serde(skip)]
    was_read: bool,
}

pub(super) fn run(args: &VerifyArgs, output: &mut Output) -> anyhow::Result<Code> {
    if args.files.len() > 1 && (args.manifest.is_some() || args.write_manifest.is_some()) {
        return Err(Usage::new("a manifest is about one archive: verify one at a time").into());
    }
    manifest::check_place(args.write_manifest.as_deref(), &[&args.files[0]])?;
    // A manifest that is none shall be told before the work.
    let mut expected = args.manifest.as_deref().map(Expected::read).transpose()?;
    let mut files = Vec::new();
    for path in &args.files {
        let verdict = match verify(path, args, expected.take(), output) {
            Ok(verdict) => verdict,
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
        let error = bad.and_then(Verdict::error);
        output.document(Some(&Verdicts { files }), error.as_ref())?;
    }
    Ok(code)
}

fn verify(path: &Path, args: &VerifyArgs, expected: Option<Expected>, output: &mut Output) -> anyhow::Result<Verdict> {
    let archive = source::open(path, &args.read, &args.common, output)?;
    let mut options = VerifyOptions::default();
    options.integrity = !args.no_integrity;
    options.sha256 = expected.is_some() || args.write_manifest.is_some();
    options.threads = args.common.threads;
    options.memory = args.common.memory;
    let report = wim_export::verify(&archive, &options, &mut output.progress())?;
    let warnings = report.warnings.iter();
    output.warn_all(warnings.map(|(image, warning)| Warning::of_format(archive.name(), *image, warning)));
    let mut verdict = Verdict::new(path, &report);
    if let Some(expected) = expected.filter(|_| verdict.ok) {
        verdict.compare(expected.compare(&archive, &report.sha256)?);
    }
    if let Some(manifest) = args.write_manifest.as_deref().filter(|_| verdict.ok) {
        manifest::write(&archive, &report.sha256, Vec::new(), manifest)?;
    }
    Ok(verdict)
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
            differences: None,
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

    /// Takes in what differs from the manifest.
    fn compare(&mut self, differences: Vec<Difference>) {
        if !differences.is_empty() {
            self.ok = false;
            self.code = Code::DIFFERENT;
        }
        self.differences = Some(differences);
    }

    /// The first thing that is wrong.
    fn error(&self) -> Option<Failure> {
        let differs = || {
            let differences = self.differences.as_deref().unwrap_or_default();
            let causes = differences.iter().take(1).map(ToString::to_string).collect();
            Failure::differs(format!("{} differs from its manifest", self.file), causes)
        };
        (!self.ok).then(|| self.problems.first().cloned().unwrap_or_else(differs))
    }

    /// Tells what was found. What kept an archive from being checked has been told already.
    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        if let Some(differences) = self.differences.as_ref().filter(|_| !self.ok) {
            let number = count(differences.len() as u64, "difference", "differences");
            writeln!(out, "{}: in order, but not what the manifest says: {number}", Line(&self.file))?;
            for difference in differences {
                writeln!(out, "  {}", Line(&difference.to_string()))?;
            }
        } else if !self.ok && self.was_read {
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
        let manifest = if self.differences.is_some() { "; the manifest matches" } else { "" };
        format!("{images}, {entries}, {blobs}{table}{manifest}")
    }
}
