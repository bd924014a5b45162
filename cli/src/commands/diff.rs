//! `wimsmith diff`: what differs between two images?

use std::io::{self, Write};

use serde::Serialize;
use wim_export::{Archive, DiffChange, DiffEntry, DiffField, ImageDiff};
use wim_format::ImageIndex;

use crate::args::{DiffArgs, ImageSpec};
use crate::exit_code::Code;
use crate::output::text::{Line, count, short_size};
use crate::output::{Failure, Output};
use crate::source;

/// What differs, for JSON.
#[derive(Serialize)]
struct Answer {
    old: Side,
    new: Side,
    same: u64,
    added: Vec<Entry>,
    removed: Vec<Entry>,
    changed: Vec<Change>,
    renamed: Vec<Rename>,
}

#[derive(Serialize)]
struct Side {
    file: String,
    image: u32,
    name: Option<String>,
}

#[derive(Serialize)]
struct Entry {
    path: String,
    size: u64,
}

#[derive(Serialize)]
struct Change {
    path: String,
    fields: Vec<&'static str>,
    old_size: u64,
    size: u64,
}

#[derive(Serialize)]
struct Rename {
    from: String,
    to: String,
    size: u64,
}

pub(super) fn run(args: &DiffArgs, output: &mut Output) -> anyhow::Result<Code> {
    let (old, old_image) = open(&args.old, args, output)?;
    let (new, new_image) = open(&args.new, args, output)?;
    let ignored: Vec<DiffField> = args.ignore.iter().map(|field| field.0).collect();
    let diff = ImageDiff::new((&old, old_image), (&new, new_image), &ignored)?;
    let failure = (!diff.is_empty()).then(|| Failure::different(summary(&diff)));
    if output.json() {
        let answer = Answer::new(Side::new(&old, old_image), Side::new(&new, new_image), &diff);
        output.document(Some(&answer), failure.as_ref())?;
    } else {
        print(&diff, output)?;
    }
    Ok(if failure.is_some() { Code::DIFFERENT } else { Code::SUCCESS })
}

fn open(spec: &ImageSpec, args: &DiffArgs, output: &Output) -> anyhow::Result<(Archive, ImageIndex)> {
    source::refuse_all(spec.image.as_deref())?;
    let archive = source::open(&spec.file, &args.read, &args.common, output)?;
    let image = source::select_image(&archive, spec.image.as_deref())?;
    Ok((archive, image))
}

fn summary(diff: &ImageDiff) -> String {
    let numbers = [
        (diff.added.len(), "added"),
        (diff.removed.len(), "removed"),
        (diff.changed.len(), "changed"),
        (diff.renamed.len(), "renamed"),
    ];
    let parts: Vec<String> =
        numbers.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")).collect();
    format!("the images differ: {}", parts.join(", "))
}

/// One line a difference: `+` added, `-` removed, `~` changed, `>` renamed.
fn print(diff: &ImageDiff, output: &Output) -> io::Result<()> {
    let mut out = output.stdout();
    for (mark, entries) in [('-', &diff.removed), ('+', &diff.added)] {
        for DiffEntry { path, size } in entries {
            writeln!(out, "{mark} {} ({})", Line(path), short_size(*size))?;
        }
    }
    for rename in &diff.renamed {
        writeln!(out, "> {} -> {} ({})", Line(&rename.from), Line(&rename.to), short_size(rename.size))?;
    }
    for DiffChange { path, fields, old_size, size } in &diff.changed {
        let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
        let sizes = match fields.contains(&DiffField::Data) {
            true => format!(" ({} -> {})", short_size(*old_size), short_size(*size)),
            false => String::new(),
        };
        writeln!(out, "~ {}: {}{sizes}", Line(path), names.join(", "))?;
    }
    if !output.quiet() {
        let same = count(diff.same, "entry is the same", "entries are the same");
        let what = if diff.is_empty() { "nothing differs".to_owned() } else { summary(diff) };
        writeln!(out, "{what}; {same}")?;
    }
    out.flush()
}

impl Side {
    fn new(archive: &Archive, image: ImageIndex) -> Self {
        Self { file: archive.name().to_owned(), image: image.get(), name: archive.image_name(image) }
    }
}

impl Answer {
    fn new(old: Side, new: Side, diff: &ImageDiff) -> Self {
        let entries = |entries: &[DiffEntry]| {
            entries.iter().map(|entry| Entry { path: entry.path.clone(), size: entry.size }).collect()
        };
        let changed = diff.changed.iter().map(|change| Change {
            path: change.path.clone(),
            fields: change.fields.iter().map(|field| field.name()).collect(),
            old_size: change.old_size,
            size: change.size,
        });
        let renamed = diff.renamed.iter();
        let renamed = renamed.map(|name| Rename { from: name.from.clone(), to: name.to.clone(), size: name.size });
        Self {
            old,
            new,
            same: diff.same,
            added: entries(&diff.added),
            removed: entries(&diff.removed),
            changed: changed.collect(),
            renamed: renamed.collect(),
        }
    }
}
