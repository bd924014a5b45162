//! `wimsmith export-boot`: what Configuration Manager's `ExportDefaultBootImage` does.

use std::io::{self, Write};

use serde::Serialize;
use wim_export::boot::{Architecture, BootReport, BootRequest, BootSource, ReturnCode, export_boot};

use super::outcome::Outcome;
use crate::args::ExportBootArgs;
use crate::environment::source_date_epoch;
use crate::exit_code::Code;
use crate::output::json::Hresult;
use crate::output::text::{Line, Rows};
use crate::output::{Output, note};
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
}

pub(super) fn run(args: &ExportBootArgs, output: &mut Output) -> anyhow::Result<Code> {
    let report = export_boot(&request(args)?, &mut output.progress())?;
    let file = report.source.display().to_string();
    let image = Some(report.image.get());
    output.warn_all(report.warnings.iter().map(|warning| Warning {
        code: warning.code(),
        message: warning.to_string(),
        file: file.clone(),
        image,
    }));
    let answer = Answer::new(args, &report);
    if output.json() {
        output.answer(&answer)?;
    } else if args.dry_run || !output.quiet() {
        answer.print(output)?;
    }
    if !output.quiet() {
        print_return_code(report.return_code());
    }
    Ok(Code::SUCCESS)
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
    request.language.clone_from(&args.lang);
    request.references = match &args.source {
        Some(file) => source::references(file, &args.read)?,
        None if args.read.references.is_empty() => Vec::new(),
        None => return Err(Usage::new("--ref names other files of --source, which was not given").into()),
    };
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
        }
    }

    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        writeln!(out, "{}", Line(&self.outcome.headline()))?;
        let mut rows = Rows::new(&mut out);
        rows.row("From", format_args!("{}, image {}", self.source, self.image))?;
        rows.optional("Name", self.name.as_ref())?;
        let version = self.version.as_ref().map_or_else(String::new, |version| format!(", {version}"));
        rows.row("Architecture", format_args!("{}{version}", self.architecture.unwrap_or("unknown")))?;
        rows.optional("Language", self.language.as_ref())?;
        rows.row("Boot files", format_args!("{} that boot loaders take out of it", self.boot_files.len()))?;
        self.outcome.print(&mut rows)?;
        out.flush()
    }
}
