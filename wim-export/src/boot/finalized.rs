//! The image as a profile wants it, before it is exported.

use std::path::Path;

use wim_format::{Compression, ImageIndex};

use super::BootRequest;
use super::request::parse_boot_compression;
use super::validate::{self, Checked};
use crate::component::ComponentStore;
use crate::finalize::{FinalizeReport, Outcome, Profile, StepProblem, finalize};
use crate::{Archive, Error, ImageEditor, Progress, Result};

/// An image to be exported, and where it is.
pub(super) struct Prepared {
    pub(super) archive: Archive,
    pub(super) image: ImageIndex,
    /// What finalizing it came to.
    pub(super) report: Option<FinalizeReport>,
}

/// Carries out the request's profile on an image, in memory, and checks that what is left can still boot. An image that the
/// profile leaves as it is stays where it is. Components come out of `kit`, unless the profile says otherwise.
pub(super) fn prepare(
    request: &BootRequest,
    (archive, image): (&Archive, ImageIndex),
    kit: Option<&Path>,
    checked: &mut Checked,
    progress: &mut dyn Progress,
) -> Result<Prepared> {
    let as_it_is = |report| Prepared { archive: archive.clone(), image, report };
    let Some(profile) = &request.profile else { return Ok(as_it_is(None)) };
    let mut editor = ImageEditor::new(archive, image)?;
    let mut options = request.finalize.clone();
    options.time = options.time.or(request.time);
    let architecture = checked.architecture.unwrap_or(request.architecture);
    let of_kit = || ComponentStore::find(kit?, architecture).map(|store| store.folder().to_path_buf());
    options.components = options.components.or_else(of_kit);
    let report = finalize(&mut editor, profile, &options)?;
    if report.steps.iter().all(|step| step.outcome != Outcome::Applied) {
        return Ok(as_it_is(Some(report)));
    }
    let archive = editor.into_single(request.threads, progress)?;
    let left = validate::check_finalized(request, &archive, ImageIndex::FIRST)?;
    (checked.boot_files, checked.warnings) =
        (left.boot_files, [std::mem::take(&mut checked.warnings), left.warnings].concat());
    checked.warnings.dedup();
    Ok(Prepared { archive, image: ImageIndex::FIRST, report: Some(report) })
}

/// What a profile says about the output, where the user does not.
pub(super) fn compression(request: &BootRequest) -> Result<Option<Compression>> {
    let of_profile = request.profile.as_ref().and_then(|profile| profile.output().compress.as_deref());
    match (request.compression, of_profile, &request.profile) {
        (None, Some(text), Some(profile)) => {
            parse_boot_compression(text).map(Some).map_err(|error| invalid(profile, "compress", &error))
        }
        (asked, ..) => Ok(asked),
    }
}

fn invalid(profile: &Profile, key: &'static str, error: &Error) -> Error {
    let problem = StepProblem::Invalid { key, why: error.to_string() };
    Error::Step { step: format!("{}, [output]", profile.name()), problem }
}

/// The image's new name, if it is to have one: the user's, or the profile's.
pub(super) fn name(request: &BootRequest) -> Option<String> {
    request.name.clone().or_else(|| text(request, |profile| profile.output().name.clone()))
}

/// The image's new description, if it is to have one.
pub(super) fn description(request: &BootRequest) -> Option<String> {
    request.description.clone().or_else(|| text(request, |profile| profile.output().description.clone()))
}

/// What the profile gives, or an empty text where it does not keep the source's.
fn text(request: &BootRequest, of: impl Fn(&Profile) -> Option<String>) -> Option<String> {
    let profile = request.profile.as_ref()?;
    of(profile).or_else(|| (profile.output().keep_names == Some(false)).then(String::new))
}

/// Whether the profile asks for an integrity table, or the user does.
pub(super) fn integrity(request: &BootRequest) -> bool {
    request.integrity || request.profile.as_ref().is_some_and(|profile| profile.output().integrity == Some(true))
}

/// Whether everything is to be compressed anew.
pub(super) fn recompress(request: &BootRequest) -> bool {
    request.recompress || request.profile.as_ref().is_some_and(Profile::recompresses)
}
