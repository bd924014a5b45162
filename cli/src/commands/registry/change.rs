//! `wimsmith registry … set`, `delete` and `import`.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use wim_export::{Archive, Error, ExportOptions, ImageEditor, ImageHive, ReplacePlan};
use wim_format::{FileTime, ImageIndex, Name};
use wim_hive::{Error as HiveError, Hive, RegFile, ValueType};

use super::super::sound;
use super::{data, value_name};
use crate::args::{ChangeArgs, ReadArgs, RegistryAction, RegistryArgs};
use crate::environment::source_date_epoch;
use crate::output::Output;
use crate::output::text::{Line, Rows, count, full_size};
use crate::source;
use crate::usage::Usage;

/// What was done.
#[derive(Serialize)]
struct Answer {
    file: String,
    image: u32,
    hive: String,
    changed: bool,
    dry_run: bool,
    keys: i64,
    values: i64,
    hive_size: u64,
    removed_logs: Vec<String>,
    old_size: u64,
    /// Nothing where nothing was written.
    size: Option<u64>,
}

/// What is to be done to a hive, with all that was typed read.
enum Change {
    CreateKey(String),
    Set { key: String, name: String, kind: Option<ValueType>, data: Vec<String> },
    DeleteKey(String),
    DeleteValue { key: String, name: String },
    Import { files: Vec<(String, RegFile)>, root: Option<String> },
}

pub(super) fn run(args: &RegistryArgs, how: ChangeArgs, output: &mut Output) -> anyhow::Result<()> {
    let dry_run = how.dry_run;
    let change = Change::new(&args.action)?;
    let time = source_date_epoch()?;
    let mut answer;
    if dry_run {
        let archive = source::open(&args.file, &ReadArgs::default(), &args.common, output)?;
        let image = source::select_image(&archive, Some(&args.image))?;
        answer = edit(args, &archive, image, &change, time)?.0;
        answer.dry_run = true;
    } else {
        let mut file = source::open_for_changes(&args.file, &ReadArgs::default(), &args.common)?;
        let image = source::select_image(file.archive(), Some(&args.image))?;
        ReplacePlan::check(file.archive())?;
        let (done, editor) = edit(args, file.archive(), image, &change, time)?;
        answer = done;
        if answer.changed {
            let mut options = ExportOptions::default();
            args.common.apply(&mut options);
            options.time = time;
            if !how.no_verify {
                sound::require(file.archive(), &args.common, output)?;
            }
            let plan = ReplacePlan::new(file.archive(), image, editor, options, &mut output.progress())?;
            let summary = plan.write(file.file(), &mut output.progress());
            answer.size = Some(summary.map_err(|error| error.with_destination(&args.file))?.size);
        }
    }
    if output.json() {
        output.answer(&answer)?;
    } else if dry_run || !output.quiet() {
        answer.print(output)?;
    }
    Ok(())
}

/// Does the change in memory.
fn edit(
    args: &RegistryArgs,
    archive: &Archive,
    image: ImageIndex,
    change: &Change,
    time: Option<FileTime>,
) -> anyhow::Result<(Answer, ImageEditor)> {
    let mut editor = ImageEditor::new(archive, image)?;
    let mut hive = ImageHive::open(&editor, &args.hive)?;
    hive.hive.set_time(time.unwrap_or_else(now));
    let before = hive.hive.statistics();
    let (root, path) = (hive.root().to_owned(), hive.path().to_owned());
    change.apply(&mut hive.hive, &root, &path)?;
    let after = hive.hive.statistics();
    let removed_logs = hive.save(&mut editor)?;
    let difference = |before: u64, after: u64| after.cast_signed() - before.cast_signed();
    let answer = Answer {
        file: args.file.display().to_string(),
        image: image.get(),
        hive: path,
        changed: hive.hive.is_changed(),
        dry_run: false,
        keys: difference(before.keys, after.keys),
        values: difference(before.values, after.values),
        hive_size: after.bytes,
        removed_logs,
        old_size: archive.file_len(),
        size: None,
    };
    Ok((answer, editor))
}

fn now() -> FileTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    FileTime::from_unix_seconds(since.as_secs().cast_signed())
}

impl Change {
    fn new(action: &RegistryAction) -> anyhow::Result<Self> {
        Ok(match action {
            RegistryAction::Set { key, value: None, .. } => Self::CreateKey(key.clone()),
            RegistryAction::Set { key, value: Some(name), kind, data, .. } => {
                Self::Set { key: key.clone(), name: value_name(name).to_owned(), kind: *kind, data: data.clone() }
            }
            RegistryAction::Delete { key, value: None, .. } => Self::DeleteKey(key.clone()),
            RegistryAction::Delete { key, value: Some(name), .. } => {
                Self::DeleteValue { key: key.clone(), name: value_name(name).to_owned() }
            }
            RegistryAction::Import { files, root, .. } => {
                let files = files.iter().map(|path| read_reg_file(path)).collect::<anyhow::Result<_>>()?;
                Self::Import { files, root: root.clone() }
            }
            RegistryAction::Get { .. } | RegistryAction::Export { .. } => {
                return Err(Usage::new("get and export change nothing").into());
            }
        })
    }

    fn apply(&self, hive: &mut Hive, root: &str, path: &str) -> anyhow::Result<()> {
        let failed = Error::hive(path);
        match self {
            Self::CreateKey(key) => hive.create_key(&hive.resolve(key)).map(drop).map_err(failed)?,
            Self::Set { key, name, kind, data } => {
                let key = hive.resolve(key);
                let old = hive.find(&key).and_then(|key| key.value(&Name::parse_escaped(name)));
                let kind = kind.or(old.map(|value| value.kind)).unwrap_or(ValueType::SZ);
                hive.set_value(&key, name, &data::parse(kind, data)?).map_err(failed)?;
            }
            Self::DeleteKey(key) => {
                let there = hive.delete_key(&hive.resolve(key));
                let there =
                    there.and_then(|there| there.then_some(()).ok_or_else(|| HiveError::NoSuchKey(key.clone())));
                there.map_err(failed)?;
            }
            Self::DeleteValue { key, name } => {
                let there = hive.delete_value(&hive.resolve(key), name);
                let there =
                    there.and_then(|there| there.then_some(()).ok_or_else(|| HiveError::NoSuchValue(name.clone())));
                there.map_err(failed)?;
            }
            Self::Import { files, root: given } => {
                for (path, file) in files {
                    hive.import(file, given.as_deref().unwrap_or(root)).map_err(Error::hive(path))?;
                }
            }
        }
        Ok(())
    }
}

fn read_reg_file(path: &Path) -> anyhow::Result<(String, RegFile)> {
    let bytes = std::fs::read(path);
    let bytes = bytes.map_err(|source| Error::Io { action: "read", path: path.to_owned(), source })?;
    let name = path.display().to_string();
    let file = RegFile::parse(&bytes).map_err(Error::hive(&name))?;
    Ok((name, file))
}

impl Answer {
    fn print(&self, output: &Output) -> io::Result<()> {
        let mut out = output.stdout();
        let what = match (self.changed, self.dry_run) {
            (false, _) => "nothing to change in",
            (true, true) => "would change",
            (true, false) => "changed",
        };
        writeln!(out, "{what} {}: image {}: {}", Line(&self.file), self.image, Line(&self.hive))?;
        if self.changed {
            let mut rows = Rows::new(&mut out);
            rows.row("Keys", format_args!("{:+}", self.keys))?;
            rows.row("Values", format_args!("{:+}", self.values))?;
            rows.row("Hive", full_size(self.hive_size))?;
            if !self.removed_logs.is_empty() {
                let logs = count(self.removed_logs.len() as u64, "stale log", "stale logs");
                rows.row("Removed", format_args!("{logs}: {}", self.removed_logs.join(", ")))?;
            }
            rows.optional("File", self.size.map(full_size))?;
        }
        out.flush()
    }
}
