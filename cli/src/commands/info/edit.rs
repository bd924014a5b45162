//! Changing what an archive says of itself.

use std::io::{self, Write};

use serde::Serialize;
use wim_export::{Archive, InfoEdit, VerifyOptions};
use wim_format::ImageIndex;

use super::super::sound;
use crate::args::{InfoArgs, ReadArgs};
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::{Line, Rows};
use crate::source;
use crate::usage::Usage;

/// Stands for no image.
const NO_IMAGE: &str = "0";

/// What was changed.
#[derive(Serialize)]
struct Answer {
    file: String,
    image: Option<u32>,
    dry_run: bool,
    changes: Vec<Change>,
}

/// One change. What is the same as before is none.
#[derive(Serialize)]
struct Change {
    property: String,
    old: Option<String>,
    new: Option<String>,
}

pub(super) fn run(args: &InfoArgs, output: &mut Output) -> anyhow::Result<Code> {
    // What a delta archive lacks, which only the check reads, is where the user says.
    let read = ReadArgs { mmap: false, ..args.read.clone() };
    let answer = if args.edit.dry_run {
        plan(args, &source::open(&args.file, &read, &args.common, output)?)?.0
    } else {
        let mut file = source::open_for_changes(&args.file, &read, &args.common)?;
        let (answer, edit) = plan(args, file.archive())?;
        if !args.edit.no_verify && !edit.is_empty() {
            let mut options = VerifyOptions::default();
            // A table that is to go may say what it likes.
            options.integrity = !args.edit.no_integrity;
            sound::require_as(file.archive(), options, &args.common, output)?;
        }
        let written = edit.write(file.file(), &mut output.progress());
        written.map_err(|error| error.with_destination(&args.file))?;
        answer
    };
    if output.json() {
        output.answer(&answer)?;
    } else if args.edit.dry_run || !output.quiet() {
        answer.print(output)?;
    }
    Ok(Code::SUCCESS)
}

/// What is to be changed.
fn plan(args: &InfoArgs, archive: &Archive) -> anyhow::Result<(Answer, InfoEdit)> {
    let image = image(args, archive)?;
    let mut edit = InfoEdit::new(archive)?;
    let mut changes = Vec::new();
    let mut change = |property: &str, old: Option<String>, new: Option<String>| {
        if old != new {
            changes.push(Change { property: property.to_owned(), old, new });
        }
    };
    if let Some(image) = image {
        for (path, value) in args.properties() {
            let old = archive.xml().image(image).and_then(|xml| xml.property(path));
            edit.set_property(image, path, Some(value))?;
            change(path, old, Some(value.to_owned()).filter(|value| !value.is_empty()));
        }
    }
    if args.edit.boot {
        let number = |image: Option<ImageIndex>| image.map(|image| image.to_string());
        edit.set_boot(image)?;
        change("boot index", number(archive.boot_index()), number(image));
    }
    if args.edit.integrity || args.edit.no_integrity {
        let has = |is_there: bool| is_there.then(|| "present".to_owned());
        edit.set_integrity(args.edit.integrity);
        change("integrity table", has(!archive.header().integrity.is_none()), has(args.edit.integrity));
    }
    let (file, image) = (args.file.display().to_string(), image.map(ImageIndex::get));
    Ok((Answer { file, image, dry_run: args.edit.dry_run, changes }, edit))
}

/// The image that is meant, if one is needed.
fn image(args: &InfoArgs, archive: &Archive) -> anyhow::Result<Option<ImageIndex>> {
    let wanted = args.image.as_deref();
    if wanted == Some(NO_IMAGE) {
        return match args.properties().first() {
            None => Ok(None),
            Some((path, _)) => {
                let what =
                    format!("--set {path} changes an image, and 0 is none; 0 is for --boot, which then clears it");
                Err(Usage::new(what).into())
            }
        };
    }
    source::refuse_all(wanted)?;
    if wanted.is_none() && args.properties().is_empty() && !args.edit.boot {
        return Ok(None);
    }
    Ok(Some(source::select_image(archive, wanted)?))
}

impl Answer {
    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        let would = if self.dry_run { "would change " } else { "" };
        let image = self.image.map_or_else(String::new, |image| format!(", image {image}"));
        writeln!(out, "{would}{}{image}", Line(&self.file))?;
        let mut rows = Rows::new(&mut out);
        if self.changes.is_empty() {
            rows.row("Nothing", "it is so already")?;
        }
        for Change { property, old, new } in &self.changes {
            let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
            rows.row(property, format_args!("{} (was {})", text(new), text(old)))?;
        }
        out.flush()
    }
}
