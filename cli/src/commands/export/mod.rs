//! `wimsmith export`: images into a new archive, into one that is there, or into a pipe.
//!
//! | file | what |
//! |---|---|
//! | `options` | what was typed, as options of the library |
//! | `fresh` | a new archive |
//! | `append` | more images for an old one |
//! | `pipe` | a new archive on standard output |

mod append;
mod fresh;
mod options;
mod pipe;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use wim_export::{Archive, ExportOptions};
use wim_format::ImageIndex;

use super::compatible;
use super::outcome::Outcome;
use crate::args::ExportArgs;
use crate::exit_code::Code;
use crate::manifest;
use crate::output::Output;
use crate::output::text::{Line, Rows};
use crate::source::{self, is_pipe};
use crate::usage::Usage;
use crate::warning::Warning;

/// What is to be exported, and where to.
struct Job<'a> {
    args: &'a ExportArgs,
    destination: &'a Path,
    archive: Archive,
    images: Vec<ImageIndex>,
    references: Vec<PathBuf>,
    options: ExportOptions,
}

/// What was done.
#[derive(Serialize)]
struct Answer {
    source: String,
    images: Vec<u32>,
    #[serde(flatten)]
    outcome: Outcome,
}

pub(super) fn run(args: &ExportArgs, output: &mut Output) -> anyhow::Result<Code> {
    let (image, destination) = args.image_and_destination()?;
    let image = image.map(|image| image.to_str().ok_or_else(|| Usage::new("an image's name is valid text")));
    options::check_pipe(args, destination)?;
    let options = options::export_options(args)?;
    manifest::check_place(args.manifest.as_deref(), &[&args.source, destination])?;
    let archive = source::open(&args.source, &args.read, &args.common, output)?;
    let images = source::select_images(&archive, image.transpose()?)?;
    let references = source::references(&args.source, &args.read)?;
    output.warn_all(archive.warnings().iter().map(|warning| Warning::of_format(archive.name(), None, warning)));
    let job = Job { args, destination, archive, images, references, options };
    let answer = if is_pipe(destination) {
        pipe::run(job, output)?
    } else if args.append && destination.exists() {
        append::run(job, output)?
    } else {
        fresh::run(job, output)?
    };
    if let Some(path) = args.manifest.as_deref().filter(|_| !args.write.dry_run) {
        let mut sources = source::references(&args.source, &args.read)?;
        sources.insert(0, args.source.clone());
        manifest::write_of_file(destination, &sources, path, &args.common, output)?;
    }
    if output.json() {
        output.answer(&answer)?;
    } else if args.write.dry_run || !(output.quiet() || is_pipe(destination)) {
        answer.print(output)?;
    }
    Ok(Code::SUCCESS)
}

impl Job<'_> {
    fn answer(&self, outcome: Outcome) -> Answer {
        let images = self.images.iter().map(|image| image.get()).collect();
        Answer { source: self.args.source.display().to_string(), images, outcome }
    }
}

impl Answer {
    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        writeln!(out, "{}", Line(&self.outcome.headline()))?;
        let images: Vec<String> = self.images.iter().map(ToString::to_string).collect();
        let noun = if images.len() == 1 { "image" } else { "images" };
        let mut rows = Rows::new(&mut out);
        rows.row("From", format_args!("{}, {noun} {}", self.source, images.join(", ")))?;
        self.outcome.print(&mut rows)?;
        out.flush()
    }
}
