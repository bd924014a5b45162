//! `driver`: driver packages of the host, loaded when the image starts.

use super::add::{join, new_entry};
use super::{host, text};
use crate::boot::Architecture;
use crate::finalize::StepProblem;
use crate::finalize::facts::{PE_FRONT, machine_of};
use crate::finalize::host::{HostEntry, resolve, scan, unpack};
use crate::finalize::profile::{Driver, DriverMode, Trigger};
use crate::finalize::run::{Done, Run};
use crate::{OnConflict, Result};

/// The script that Windows PE starts with.
const STARTNET: &str = r"\Windows\System32\startnet.cmd";
/// Packages that are unpacked on the way, and those that have to be unpacked first.
const CABINET: &str = "cab";
const PACKED: [&str; 3] = ["zip", "exe", "msi"];

pub(super) fn run(run: &mut Run<'_>, step: &Driver) -> Result<Done> {
    if step.mode == DriverMode::Store {
        let what = "`mode = \"store\"`, drivers in the image's driver store; \"drvload\" loads them when it starts";
        return Err(run.fail(StepProblem::NotAvailable(what)));
    }
    let to = run.expand(&step.to)?;
    let mut found = Vec::new();
    for from in &step.from {
        let path = resolve(&run.expand(from)?, run.options).map_err(host(run))?;
        found.push(package(run, from, &path)?);
    }
    let entries: Vec<&HostEntry> = found.iter().flatten().collect();
    if !entries.iter().any(|entry| has_extension(entry, "inf")) {
        return Err(run.invalid("from", "there is no .inf file, so there are no drivers"));
    }
    for entry in entries.iter().filter(|entry| has_extension(entry, "sys")) {
        check_architecture(run, entry)?;
    }
    for entry in entries {
        let new = new_entry(run, entry)?;
        run.editor.add(&join(&to, &entry.names), new, OnConflict::Replace)?;
    }
    if step.trigger == Trigger::Startnet {
        let folder = to.replace('/', "\\");
        let line = format!(r#"for /r X:\{} %%i in (*.inf) do drvload "%%i""#, folder.trim_start_matches('\\'));
        text::ensure_line(run, STARTNET, &line)?;
    }
    Ok(Done::changed(true))
}

/// The files of a package, packed or not, each with where it goes: below a folder of the package's name.
fn package(run: &Run<'_>, from: &str, path: &std::path::Path) -> Result<Vec<HostEntry>> {
    let mut entries = scan(path).map_err(host(run))?;
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| run.invalid("from", format!("{from} has no name")))?.to_owned();
    if has_extension(&entries[0], CABINET) {
        entries = unpack(path).map_err(host(run))?;
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or(&name).to_owned();
        entries.iter_mut().for_each(|entry| entry.names.insert(0, stem.clone()));
        return Ok(entries);
    }
    if !entries[0].is_folder {
        if PACKED.iter().any(|extension| has_extension(&entries[0], extension)) {
            return Err(run.fail(StepProblem::NotAvailable(
                "unpacking .zip, .exe and .msi; name the unpacked folder, or a .cab",
            )));
        }
        // An .inf alone stands for its folder, whose files it names.
        let folder = path.parent().ok_or_else(|| run.invalid("from", format!("{from} has no folder")))?;
        return package(run, from, folder);
    }
    for entry in &mut entries {
        entry.names.insert(0, name.clone());
    }
    Ok(entries)
}

fn has_extension(entry: &HostEntry, extension: &str) -> bool {
    !entry.is_folder && entry.path.extension().is_some_and(|there| there.eq_ignore_ascii_case(extension))
}

/// Checks that a driver is for the image's architecture. In packages for several, each lies in a folder of its own, and the
/// others do no harm: drvload takes what fits.
fn check_architecture(run: &Run<'_>, entry: &HostEntry) -> Result<()> {
    let image = run.facts.architecture;
    let mut bytes = entry.read(256 << 20)?;
    bytes.truncate(PE_FRONT as usize);
    match (machine_of(&bytes), image) {
        (Some(found), Some(image)) if found != image => Err(run.fail(StepProblem::Architecture {
            file: entry.path.display().to_string(),
            found: Architecture::name(found),
            image: Architecture::name(image),
        })),
        _ => Ok(()),
    }
}
