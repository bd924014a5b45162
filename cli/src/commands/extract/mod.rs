//! `wimsmith extract` and `wimsmith apply`: images as files of this computer.
//!
//! | file | what |
//! |---|---|
//! | `list` | paths from a list |
//! | `outcome` | what was made, as JSON and as text |

mod list;
mod outcome;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use wim_export::Archive;
use wim_format::ImageIndex;
use wim_fs::{ExtractOptions, ExtractPlan, PathPattern, Selection};

use crate::args::{ApplyArgs, CommonArgs, ExtractArgs, ExtractHow};
use crate::exit_code::{Code, return_code};
use crate::output::{Failure, Output};
use crate::source;
use crate::usage::Usage;
use crate::warning::Warning;
pub(super) use list::decode as decode_text;
use outcome::{Answer, ImageOutcome};

pub(super) fn extract(args: &ExtractArgs, output: &mut Output) -> anyhow::Result<Code> {
    let (image, paths) = args.image_and_paths();
    source::refuse_all(image)?;
    let selection = selection(args, &paths)?;
    let archive = source::open(&args.file, &args.read, &args.common, output)?;
    let image = source::select_image(&archive, image)?;
    let mut run = Run::new(&archive, &args.how, &args.common, output);
    run.image(image, &selection, &args.dest)?;
    run.finish(&args.dest)
}

pub(super) fn apply(args: &ApplyArgs, output: &mut Output) -> anyhow::Result<Code> {
    let (image, directory) = args.image_and_directory()?;
    let archive = source::open(&args.file, &args.read, &args.common, output)?;
    let images = source::select_images(&archive, image)?;
    let each_in_its_own = image.is_some_and(source::is_all);
    let mut run = Run::new(&archive, &args.how, &args.common, output);
    let mut taken = HashSet::new();
    for &image in &images {
        let place =
            if each_in_its_own { directory.join(folder_name(&archive, image, &mut taken)) } else { directory.clone() };
        run.image(image, &Selection::All, &place)?;
    }
    run.finish(&directory)
}

/// A folder's name for an image of several: its own, if that can be, and else its number.
fn folder_name(archive: &Archive, image: ImageIndex, taken: &mut HashSet<String>) -> String {
    let fits = |name: &String| {
        let is_plain = !name.contains(['/', '\\', ':', '\0']) && name != "." && name != ".." && name.len() <= 255;
        is_plain && !name.is_empty() && !name.starts_with(' ') && !name.ends_with([' ', '.'])
    };
    let name = archive.image_name(image).filter(fits).unwrap_or_else(|| image.to_string());
    let name = if taken.contains(&name.to_lowercase()) { image.to_string() } else { name };
    taken.insert(name.to_lowercase());
    name
}

/// What the paths that were typed select.
fn selection(args: &ExtractArgs, paths: &[&str]) -> anyhow::Result<Selection> {
    if paths.is_empty() {
        return Ok(Selection::All);
    }
    let mut patterns = Vec::new();
    for path in paths {
        if let Some(list) = path.strip_prefix('@') {
            let listed = list::read(Path::new(list))?;
            patterns.extend(listed.into_iter().map(|path| PathPattern {
                path,
                keep_path: true,
                literal: args.no_globs,
            }));
        } else {
            source::require_path(path)?;
            let path = (*path).to_owned();
            patterns.push(PathPattern { path, keep_path: args.keep_paths, literal: args.no_globs });
        }
    }
    if patterns.is_empty() {
        return Err(Usage::new("the list names nothing").into());
    }
    Ok(Selection::Paths(patterns))
}

/// One run over images of an archive.
struct Run<'a> {
    archive: &'a Archive,
    options: ExtractOptions,
    dry_run: bool,
    output: &'a mut Output,
    images: Vec<ImageOutcome>,
    damaged: Vec<wim_export::Error>,
}

impl<'a> Run<'a> {
    fn new(archive: &'a Archive, how: &ExtractHow, common: &CommonArgs, output: &'a mut Output) -> Self {
        output.warn_all(archive.warnings().iter().map(|warning| Warning::of_format(archive.name(), None, warning)));
        let options = how.options(common);
        Self { archive, options, dry_run: how.dry_run, output, images: Vec::new(), damaged: Vec::new() }
    }

    /// Extracts from one image.
    fn image(&mut self, image: ImageIndex, selection: &Selection, destination: &Path) -> anyhow::Result<()> {
        let plan = ExtractPlan::new(self.archive, image, selection, destination, self.options.clone())?;
        let name = self.archive.name();
        self.output.warn_all(plan.warnings().iter().map(|warning| Warning::of_format(name, Some(image), warning)));
        let mut outcome = ImageOutcome::new(image, destination);
        if self.dry_run {
            outcome.count(plan.report());
            self.output.warn_all(outcome::warnings(self.archive, image, plan.report()));
        } else {
            let report = plan.run(&mut self.output.progress())?;
            outcome.count(&report);
            self.output.warn_all(outcome::warnings(self.archive, image, &report));
            self.damaged.extend(report.damaged);
        }
        self.images.push(outcome);
        Ok(())
    }

    /// Says what was done. Damage that was put up with still counts.
    fn finish(self, destination: &Path) -> anyhow::Result<Code> {
        let answer = Answer {
            source: self.archive.name().to_owned(),
            destination: PathBuf::from(destination).display().to_string(),
            dry_run: self.dry_run,
            damaged: self.damaged.iter().map(Failure::of).collect(),
            images: self.images,
        };
        let first = self.damaged.into_iter().next().map(anyhow::Error::from);
        let failure = first.as_ref().map(Failure::new);
        if self.output.json() {
            self.output.document(Some(&answer), failure.as_ref())?;
        } else if self.dry_run || failure.is_some() || !self.output.quiet() {
            answer.print(self.output)?;
        }
        Ok(first.map_or(Code::SUCCESS, |error| return_code(&error).into()))
    }
}
