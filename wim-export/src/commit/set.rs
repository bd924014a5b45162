//! Several files that appear together: the parts of a split set.
//!
//! No system renames several files in one step. So a set that is complete, but for the names of its files, is written down in
//! a journal, `.NAME.wimsmith-set` beside its first file; then the files are renamed, and the journal is removed. Whoever
//! finds a journal that nobody works on completes what it says: the next run that writes there, and everybody who opens a
//! file of the set. Before the journal is there the old set is what counts, from then on the new one.
//!
//! A journal speaks of files as its run saw them: one that somebody changed since is left alone, and an error says so.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::folders::sync_folder;
use super::journal::{Entry, Journal, Stamp};
use super::lock::Lock;
use super::place::Place;
use super::temp::{self, create_new};
use super::{Destination, OnExists, replace};
use crate::{Error, Result};

/// The name of file `number` of a set: the number goes before the extension, and the first file has none.
pub fn part_path(first: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return first.to_path_buf();
    }
    let mut name = first.file_stem().unwrap_or_default().to_owned();
    name.push(number.to_string());
    if let Some(extension) = first.extension() {
        name.push(".");
        name.push(extension);
    }
    first.with_file_name(name)
}

/// Puts `parts`, the first one first, in their places: all of them, or, after an error, none. Files of an older set that had
/// more of them go: `rest` are their numbers.
///
/// # Errors
/// If the system refuses. Then the old set is there, unless files of it were replaced already and nothing goes on: the journal
/// stays in that case, and the set will be completed.
pub(crate) fn commit_set(mut parts: Vec<Destination>, rest: &[usize]) -> Result<()> {
    let first = parts[0].place.clone();
    remove_stale_beyond(&first, parts.len());
    if parts.len() == 1 && rest.is_empty() {
        return parts.remove(0).commit().map(drop);
    }
    parts.iter_mut().try_for_each(Destination::prepare)?;
    let backups = Backups::make(&parts, rest)?;
    let journal = plan(&parts, rest)?;
    write(&first, &journal)?;
    if let Err(error) = parts.iter_mut().rev().try_for_each(Destination::put) {
        let replaced = |(part, entry): (&Destination, &Entry)| part.temp.is_gone() && entry.replaces.is_some();
        if !parts.iter().zip(&journal.parts).any(replaced) {
            take_back(&first, &parts);
            return Err(error);
        }
        // There is no way back from here, but a second try may do it, or the next run.
        parts.iter_mut().for_each(|part| part.temp.keep());
        backups.keep();
        return resume(&first, &journal);
    }
    backups.keep();
    parts.iter_mut().for_each(|part| part.folders.keep());
    finish(&first, &journal)?;
    parts.iter().try_for_each(|part| part.folders.sync())
}

/// Completes the set that `path` is a file of, if a run was killed that had begun to put it there. Returns whether there was
/// anything to do.
///
/// # Errors
/// [`Error::Destination`] with [`crate::DestinationProblem::Locked`] if that run is still at work, with
/// [`crate::DestinationProblem::Unfinished`] if the files were changed since; [`Error::Io`] if the system refuses.
pub fn complete_set(path: &Path) -> Result<bool> {
    // What is no name of a file cannot be one of a set.
    let Ok(place) = Place::find(path) else { return Ok(false) };
    for first in first_candidates(&place) {
        let path = journal_path(&first);
        if !path.exists() {
            continue;
        }
        let _lock = Lock::take(&first)?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            // The run that wrote it has just finished.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let journal = Journal::parse(&text).ok_or_else(|| first.unfinished())?;
        resume(&first, &journal)?;
        return Ok(true);
    }
    Ok(false)
}

/// Whether a run has begun to put a set there that `place` belongs to.
pub(super) fn is_unfinished(place: &Place) -> bool {
    first_candidates(place).iter().any(|first| journal_path(first).exists())
}

/// What the first file of a set that `place` is in may be: itself, or what has fewer digits before the extension.
fn first_candidates(place: &Place) -> Vec<Place> {
    let mut candidates = vec![place.clone()];
    let Some(mut stem) = place.path.file_stem().and_then(|stem| stem.to_str()) else { return candidates };
    while let Some(shorter) = stem.strip_suffix(|c: char| c.is_ascii_digit()).filter(|shorter| !shorter.is_empty()) {
        stem = shorter;
        let mut path = place.path.with_file_name(stem);
        if let Some(extension) = place.path.extension() {
            path.as_mut_os_string().push(".");
            path.as_mut_os_string().push(extension);
        }
        candidates.push(place.beside(path));
    }
    candidates
}

fn journal_path(first: &Place) -> PathBuf {
    let mut name = first.stem();
    name.push(".wimsmith-set");
    first.folder.join(name)
}

fn part_place(first: &Place, number: usize) -> Place {
    first.beside(part_path(&first.path, number))
}

/// What tells the file at `path`, if there is one.
fn stamp(path: &Path) -> Result<Option<Stamp>> {
    match fs::symlink_metadata(path) {
        Ok(file) => Ok(Some(Stamp::of(&file))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("look at", path)(error)),
    }
}

fn plan(parts: &[Destination], rest: &[usize]) -> Result<Journal> {
    let mut journal = Journal::default();
    for Destination { place, temp, .. } in parts {
        let missing = || Error::Internal(format!("{} has no temporary file", place.path.display()));
        let (numbers, new) = (temp.numbers(place).ok_or_else(missing)?, stamp(temp.path())?.ok_or_else(missing)?);
        journal.parts.push(Entry { temp: numbers, new, replaces: stamp(&place.path)? });
    }
    for &number in rest {
        if let Some(old) = stamp(&part_place(&parts[0].place, number).path)? {
            journal.rest.push((number, old));
        }
    }
    Ok(journal)
}

/// Removes the temporary files that a killed run left of files with numbers above `count`. The others have been removed by
/// those who took their places.
fn remove_stale_beyond(first: &Place, count: usize) {
    let Ok(entries) = fs::read_dir(&first.folder) else { return };
    let mut front = OsString::from(".");
    front.push(first.path.file_stem().unwrap_or_default());
    let number = |name: OsString| {
        let rest = name.as_encoded_bytes().strip_prefix(front.as_encoded_bytes())?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        str::from_utf8(&rest[..digits]).ok()?.parse::<usize>().ok()
    };
    let numbers = entries.filter_map(|entry| number(entry.ok()?.file_name()));
    let numbers: BTreeSet<usize> = numbers.filter(|&number| number > count).collect();
    for place in numbers.into_iter().map(|number| part_place(first, number)) {
        if let Ok(lock) = Lock::take(&place)
            && lock.is_exclusive()
        {
            temp::remove_stale(&place);
        }
    }
}

/// Writes the journal; when this returns, the storage has it, or it is not there.
fn write(first: &Place, journal: &Journal) -> Result<()> {
    let (temp, mut file) = create_new(first, true)?;
    let path = journal_path(first);
    let written = file.write_all(journal.to_text().as_bytes()).and_then(|()| file.sync_all());
    let written = written.and_then(|()| fs::rename(&temp, &path)).map_err(Error::io("write", &path));
    written.and_then(|()| sync_folder(&first.folder)).inspect_err(|_| {
        let _ = fs::remove_file(&temp);
        let _ = fs::remove_file(&path);
    })
}

/// Removes the files that are in their places, which replace nothing, and then the journal.
fn take_back(first: &Place, parts: &[Destination]) {
    for part in parts.iter().filter(|part| part.temp.is_gone()) {
        let _ = fs::remove_file(&part.place.path);
    }
    let _ = fs::remove_file(journal_path(first));
    let _ = sync_folder(&first.folder);
}

/// How far a file is on its way to its place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It has its temporary name, and what it replaces is as it was.
    Waiting,
    Done,
    /// It is lost, and what it was to replace is as it was.
    Lost,
    /// Somebody put something else there.
    Foreign,
}

fn state(place: &Place, entry: &Entry) -> Result<(State, PathBuf)> {
    let temp = temp::with_numbers(place, &entry.temp).ok_or_else(|| place.unfinished())?;
    let there = stamp(&place.path)?;
    let state = match (temp.exists(), there == entry.replaces) {
        (true, true) => State::Waiting,
        (false, _) if there == Some(entry.new) => State::Done,
        (false, true) => State::Lost,
        _ => State::Foreign,
    };
    Ok((state, temp))
}

/// Does what is left to do of `journal`, whose lock the caller has.
fn resume(first: &Place, journal: &Journal) -> Result<()> {
    let place = |number: usize| part_place(first, number + 1);
    let parts = journal.parts.iter().enumerate();
    let states = parts.map(|(number, entry)| state(&place(number), entry)).collect::<Result<Vec<_>>>()?;
    let are = |wanted: &[State]| states.iter().all(|(state, _)| wanted.contains(state));
    if are(&[State::Lost]) {
        // The run had given up, but the storage forgot that it removed the journal.
        return fs::remove_file(journal_path(first)).map_err(Error::io("remove", &journal_path(first)));
    }
    if !are(&[State::Waiting, State::Done]) {
        return Err(first.unfinished());
    }
    for (number, (state, temp)) in states.iter().enumerate().rev() {
        if *state == State::Waiting {
            let path = place(number).path;
            fs::rename(temp, &path).map_err(Error::io("replace", &path))?;
        }
    }
    finish(first, journal)
}

/// All files are in their places: those that the set no longer has go, and the journal.
fn finish(first: &Place, journal: &Journal) -> Result<()> {
    for &(number, old) in &journal.rest {
        let path = part_place(first, number).path;
        if stamp(&path)? == Some(old) {
            fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        }
    }
    sync_folder(&first.folder)?;
    let path = journal_path(first);
    fs::remove_file(&path).map_err(Error::io("remove", &path))?;
    sync_folder(&first.folder)
}

/// Second names of the files that are replaced or removed. Dropped unless they are kept.
#[derive(Default)]
struct Backups(Vec<replace::Backup>);

impl Backups {
    /// Makes those that the parts' options ask for.
    fn make(parts: &[Destination], rest: &[usize]) -> Result<Self> {
        let mut backups = Self::default();
        if parts[0].options.on_exists != OnExists::Backup {
            return Ok(backups);
        }
        let rest = rest.iter().map(|&number| part_place(&parts[0].place, number));
        for place in parts.iter().map(|part| part.place.clone()).chain(rest) {
            backups.0.extend(replace::back_up(&place)?);
        }
        Ok(backups)
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Backups {
    fn drop(&mut self) {
        self.0.iter().for_each(replace::Backup::undo);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_numbered_before_the_extension() {
        let second = |path: &str| part_path(Path::new(path), 2).display().to_string();
        assert_eq!(second("out/install.swm"), "out/install2.swm");
        assert_eq!(second("a.b.swm"), "a.b2.swm");
        assert_eq!(second("install"), "install2");
        assert_eq!(part_path(Path::new("install.swm"), 1), Path::new("install.swm"));
    }

    #[test]
    fn a_part_leads_to_the_first_one() {
        let candidates = |name: &str| {
            let place = Place::find(Path::new(name)).unwrap();
            first_candidates(&place).iter().map(|place| place.name.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(candidates("x/install12.swm"), ["install12.swm", "install1.swm", "install.swm"]);
        assert_eq!(candidates("a.b2"), ["a.b2"]);
        assert_eq!(candidates("22"), ["22", "2"]);
    }
}
