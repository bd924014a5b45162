//! `add`: a file or a folder of the host.

use wim_format::FileAttributes;

use super::host;
use crate::finalize::StepProblem;
use crate::finalize::host::{HostEntry, resolve, scan};
use crate::finalize::profile::Add;
use crate::finalize::run::{Done, Run};
use crate::{NewEntry, NewSecurity, OnConflict, Result};

pub(super) fn run(run: &mut Run<'_>, step: &Add) -> Result<Done> {
    if step.locale_dir.is_some() {
        return Err(run.fail(StepProblem::NotAvailable("`locale_dir`; write {lang} in `from` instead")));
    }
    let security = step.security.as_deref().map_or(Ok(NewSecurity::Inherit), |text| security(run, text))?;
    let attributes = super::set_attr::attributes(run, "attributes", &step.attributes)?;
    let (from, to) = (run.expand(&step.from)?, run.expand(&step.to)?);
    let path = resolve(&from, run.options).map_err(host(run))?;
    let entries = scan(&path).map_err(host(run))?;
    let to = destination(run, &to, &entries[0])?;
    if entries[0].is_folder && !step.overlay && run.editor.exists(&to) {
        return Err(run.invalid("to", format!("{to} exists; with `overlay = true` the folder is merged into it")));
    }
    check(run, &to, &entries)?;
    let mut changed = false;
    for entry in &entries {
        let path = join(&to, &entry.names);
        if step.if_newer && is_as_new(run, &path, entry) {
            continue;
        }
        let mut new = new_entry(run, entry)?;
        new.inode.attributes = new.inode.attributes.with(attributes);
        new.security = security.clone();
        run.editor.add(&path, new, OnConflict::Replace)?;
        changed |= !entry.is_folder;
    }
    Ok(Done::changed(changed))
}

/// What `security` says: `inherit`, `none`, or a descriptor in SDDL.
pub(super) fn security(run: &Run<'_>, text: &str) -> Result<NewSecurity> {
    match text {
        "inherit" => Ok(NewSecurity::Inherit),
        "none" => Ok(NewSecurity::None),
        sddl => match crate::sddl::parse(sddl) {
            Ok(descriptor) => Ok(NewSecurity::Descriptor(descriptor)),
            Err(why) => Err(run.invalid("security", format!("neither `inherit` nor `none` nor SDDL: {why}"))),
        },
    }
}

/// The entry that something of the host becomes.
pub(super) fn new_entry(run: &Run<'_>, entry: &HostEntry) -> Result<NewEntry> {
    let new = if entry.is_folder { NewEntry::directory() } else { NewEntry::file(entry.blob()?) };
    Ok(new.with_times(run.options.time.unwrap_or(entry.written)))
}

pub(super) fn join(to: &str, names: &[String]) -> String {
    names.iter().fold(to.to_owned(), |path, name| format!("{}\\{name}", path.trim_end_matches('\\')))
}

/// Where it goes: a file whose destination is a directory, or ends like one, goes into it.
fn destination(run: &Run<'_>, to: &str, first: &HostEntry) -> Result<String> {
    let is_directory = run.editor.find(to).is_ok_and(|id| run.editor.metadata().inode_of(id).is_directory());
    if first.is_folder || !(is_directory || to.ends_with(['\\', '/'])) {
        return Ok(to.to_owned());
    }
    let name = first.path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| run.invalid("from", "its name is no text"))?;
    Ok(join(to.trim_end_matches('/'), &[name.to_owned()]))
}

/// Checks that nothing is in the way, before anything is added.
fn check(run: &Run<'_>, to: &str, entries: &[HostEntry]) -> Result<()> {
    for entry in entries {
        let path = join(to, &entry.names);
        let Ok(id) = run.editor.find(&path) else { continue };
        let is_directory = run.editor.metadata().inode_of(id).is_directory();
        if is_directory != entry.is_folder {
            let what = if is_directory { "a directory" } else { "a file" };
            return Err(run.invalid("to", format!("{path} is {what} of the image, and is not on the host")));
        }
    }
    Ok(())
}

/// Whether the image has a file there that is as new.
fn is_as_new(run: &Run<'_>, path: &str, entry: &HostEntry) -> bool {
    let there = run.editor.find(path).map(|id| run.editor.metadata().inode_of(id).last_write_time);
    !entry.is_folder && there.is_ok_and(|time| time >= entry.written)
}

/// The attributes of these names.
pub(super) fn named(names: &[String]) -> Result<FileAttributes, String> {
    let known = [
        ("readonly", FileAttributes::READONLY),
        ("hidden", FileAttributes::HIDDEN),
        ("system", FileAttributes::SYSTEM),
        ("archive", FileAttributes::ARCHIVE),
        ("temporary", FileAttributes::TEMPORARY),
        ("not_content_indexed", FileAttributes::NOT_CONTENT_INDEXED),
    ];
    names.iter().try_fold(FileAttributes(0), |all, name| {
        let found = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let list = || known.map(|(name, _)| name).join(", ");
        found.map(|(_, bit)| all.with(*bit)).ok_or_else(|| format!("{name} is none of {}", list()))
    })
}
