//! `wimsmith export-boot`: what Configuration Manager's `ExportDefaultBootImage` does.

use std::io::{self, Write};

use serde::Serialize;
use wim_export::boot::{Architecture, BootReport, BootRequest, BootSource, ReturnCode, export_boot};
use wim_export::finalize::FinalizeReport;
use wim_export::lint::Severity;

use super::findings::{self, CheckFields};
use super::outcome::Outcome;
use super::page;
use crate::args::ExportBootArgs;
use crate::environment::source_date_epoch;
use crate::exit_code::Code;
use crate::output::json::{Hresult, SCHEMA_VERSION};
use crate::output::text::{Line, Rows, count, short_size};
use crate::output::{Failure, Output, StatusFile, note};
use crate::profiles::{self, write_atomically};
use crate::source;
use crate::usage::Usage;
use crate::warning::Warning;

/// What was done.
#[derive(Serialize)]
struct Answer {
    /// What the method returns.
    return_code: Hresult,
    source: String,
    source_size: u64,
    language: Option<String>,
    image: u32,
    name: Option<String>,
    architecture: Option<&'static str>,
    version: Option<String>,
    metadata_sha1: String,
    boot_files: Vec<&'static str>,
    #[serde(flatten)]
    outcome: Outcome,
    finalize: Option<FinalizeReport>,
    check: CheckFields,
    /// Of the new archive, in a report only.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// The file of `--report`.
#[derive(Serialize)]
struct ReportFile<'a> {
    schema_version: u32,
    ok: bool,
    result: Option<&'a Answer>,
    warnings: Vec<Warning>,
    error: Option<&'a Failure>,
}

pub(super) fn run(args: &ExportBootArgs, output: &mut Output) -> anyhow::Result<Code> {
    let request = request(args)?;
    let mut status = StatusFile::begin(args.finalize.status_file.clone(), output.progress())?;
    let done = export_boot(&request, &mut status);
    let report = match done {
        Ok(report) => report,
        Err(error) => {
            let error = error.into();
            let failure = Failure::new(&error);
            // The error itself matters more than a report of it that cannot be written.
            let _ = status.end(Some(&failure));
            let _ = write_report(args, None, Vec::new(), Some(&failure));
            return Err(error);
        }
    };
    status.end(None)?;
    let warnings = warnings(&report);
    let answer = Answer::new(args, &report);
    write_report(args, Some(&answer), warnings.clone(), None)?;
    if let (Some(path), Some(html)) = (&args.finalize.html, page::of_export(&report)) {
        page::write(path, &html)?;
    }
    output.warn_all(warnings);
    if output.json() {
        output.answer(&answer)?;
    } else if args.dry_run || !output.quiet() {
        answer.print(&report, output)?;
    }
    if !output.quiet() {
        print_return_code(report.return_code());
    }
    Ok(Code::SUCCESS)
}

/// What the export, and the profile's steps, warn of.
fn warnings(report: &BootReport) -> Vec<Warning> {
    let (file, image) = (report.source.display().to_string(), Some(report.image.get()));
    let warning = |code, message| Warning { code, message, file: file.clone(), image };
    let of_export = report.warnings.iter().map(|found| warning(found.code(), found.to_string()));
    let of_steps = report.finalize.iter().flat_map(|finalize| &finalize.warnings);
    of_export.chain(of_steps.map(|found| warning(found.code, format!("{}: {}", found.step, found.message)))).collect()
}

/// Writes the file of `--report`, if it was asked for.
fn write_report(
    args: &ExportBootArgs,
    result: Option<&Answer>,
    warnings: Vec<Warning>,
    error: Option<&Failure>,
) -> anyhow::Result<()> {
    let Some(path) = &args.finalize.report else { return Ok(()) };
    let report = ReportFile { schema_version: SCHEMA_VERSION, ok: error.is_none(), result, warnings, error };
    let mut bytes = serde_json::to_vec_pretty(&report)?;
    bytes.push(b'\n');
    Ok(write_atomically(path, &bytes)?)
}

/// Prints the result as the method would return it.
pub(crate) fn print_return_code(code: ReturnCode) {
    note(&format!("result={:#010x} (sint32 {})", code.hresult, code.hresult));
}

fn request(args: &ExportBootArgs) -> anyhow::Result<BootRequest> {
    let mut request = BootRequest::new(args.architecture, &args.out);
    request.index = args.index;
    request.source = match (&args.source, &args.adk_root) {
        (Some(file), _) => BootSource::File(file.clone()),
        (None, Some(root)) => BootSource::AdkRoot(root.clone()),
        (None, None) => BootSource::Auto,
    };
    request.kit.clone_from(&args.adk_root);
    request.language.clone_from(&args.lang);
    request.references = match &args.source {
        Some(file) => source::references(file, &args.read)?,
        None if args.read.references.is_empty() => Vec::new(),
        None => return Err(Usage::new("--ref names other files of --source, which was not given").into()),
    };
    let (profile, finalize) = profiles::of_export(&args.finalize, args.any_image)?;
    request.profile = Some(profile);
    request.finalize = finalize;
    request.hash_output = args.finalize.report.is_some();
    request.measure = args.finalize.html.is_some();
    request.consumers.clone_from(&args.finalize.consumers);
    request.limits = args.common.limits();
    request.check_integrity = args.check_integrity;
    request.destination_options = args.destination.options();
    request.compression = args.encode.compress.map(|spec| spec.compression);
    request.level = args.encode.level();
    request.recompress = args.encode.recompress;
    request.name.clone_from(&args.name);
    request.description.clone_from(&args.description);
    request.integrity = args.integrity;
    request.guid = args.guid.0;
    request.time = source_date_epoch()?;
    request.threads = args.common.threads;
    request.memory = args.common.memory;
    request.verify = !args.encode.no_verify;
    request.verify_output = args.verify_output;
    request.any_image = args.any_image;
    request.allow_arch_mismatch = args.allow_arch_mismatch;
    request.require_boot_index = args.require_boot_index;
    request.dry_run = args.dry_run;
    Ok(if args.read.mmap { map(request) } else { request })
}

#[expect(unsafe_code, reason = "whoever says --mmap makes the promise that a map needs; the help says which")]
fn map(request: BootRequest) -> BootRequest {
    // SAFETY: with --mmap, the user promises that nobody changes or truncates the files during the run.
    unsafe { request.map() }
}

impl Answer {
    fn new(args: &ExportBootArgs, report: &BootReport) -> Self {
        Self {
            return_code: report.return_code().into(),
            source: report.source.display().to_string(),
            source_size: report.source_size,
            language: report.language.clone(),
            image: report.image.get(),
            name: report.name.clone(),
            architecture: report.architecture.map(Architecture::name),
            version: report.version.map(|version| version.to_string()),
            metadata_sha1: report.metadata.to_string(),
            boot_files: report.boot_files.clone(),
            outcome: Outcome {
                destination: report.destination.display().to_string(),
                backup: report.backup.as_ref().map(|path| path.display().to_string()),
                dry_run: args.dry_run,
                compression: report.compression.to_string(),
                chunk_size: report.chunk_size,
                appended: None,
                plan: report.plan.into(),
                output: report.export.as_ref().map(Into::into),
            },
            finalize: report.finalize.clone(),
            check: CheckFields::new(&report.consumers, &report.findings),
            sha256: report.sha256.map(|hash| hash.to_string()),
        }
    }

    fn print(&self, report: &BootReport, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        writeln!(out, "{}", Line(&self.outcome.headline()))?;
        let mut rows = Rows::new(&mut out);
        rows.row("From", format_args!("{}, image {}", self.source, self.image))?;
        rows.optional("Name", self.name.as_ref())?;
        let version = self.version.as_ref().map_or_else(String::new, |version| format!(", {version}"));
        rows.row("Architecture", format_args!("{}{version}", self.architecture.unwrap_or("unknown")))?;
        rows.optional("Language", self.language.as_ref())?;
        rows.row("Boot files", format_args!("{} that boot loaders take out of it", self.boot_files.len()))?;
        rows.optional("Finalized", self.finalize.as_ref().and_then(finalize_text))?;
        self.outcome.print(&mut rows)?;
        rows.row("Check", findings::summary(&report.consumers, &report.findings))?;
        findings::print(report.findings.iter().filter(|finding| finding.rule.severity > Severity::Note), &mut out)?;
        out.flush()
    }
}

/// `by shrink-safe: 12 entries removed, 3.4 MiB freed`; nothing if the profile has no steps.
fn finalize_text(finalize: &FinalizeReport) -> Option<String> {
    if finalize.steps.is_empty() {
        return None;
    }
    let sum = |of: fn(&wim_export::finalize::StepReport) -> u64| finalize.steps.iter().map(of).sum::<u64>();
    let mut done = vec![format!("{} removed", count(sum(|step| step.entries_removed), "entry", "entries"))];
    let (added, freed) = (sum(|step| step.entries_added), sum(|step| step.bytes_freed));
    if added != 0 {
        done.push(format!("{} added", count(added, "entry", "entries")));
    }
    if freed != 0 {
        done.push(format!("{} freed", short_size(freed)));
    }
    Some(format!("by {}: {}", finalize.profile.name, done.join(", ")))
}
