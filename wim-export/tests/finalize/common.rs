//! What the tests of profiles share: a boot image, a folder of the host, and a way to run steps.

use std::path::Path;

use testdata::build::{Image, Wim};
use testdata::pe::Machine;
use testdata::winpe::{Edition, image};
use wim_export::finalize::{FinalizeOptions, FinalizeReport, Profile, StepProblem, finalize};
use wim_export::{Archive, Error, ImageEditor, Result};
use wim_format::ImageIndex;

use crate::util;

/// A small Windows PE for x64.
pub(crate) fn pe() -> Image {
    image(Machine::X64, Edition::Pe)
}

pub(crate) fn archive(image: Image) -> Archive {
    util::from_bytes(Wim::new().image(image).boot_index(1).to_bytes()).unwrap()
}

/// A profile with these steps.
pub(crate) fn profile(steps: &str) -> Profile {
    let text = format!("[meta]\nschema = 1\nname = \"test\"\n[policy]\nmax_class = \"experimental\"\n{steps}");
    Profile::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Runs steps on an image.
pub(crate) fn run_with(image: Image, steps: &str, options: &FinalizeOptions) -> Result<(ImageEditor, FinalizeReport)> {
    let mut editor = ImageEditor::new(&archive(image), ImageIndex::FIRST)?;
    let report = finalize(&mut editor, &profile(steps), options)?;
    Ok((editor, report))
}

pub(crate) fn run(image: Image, steps: &str) -> Result<(ImageEditor, FinalizeReport)> {
    run_with(image, steps, &FinalizeOptions::default())
}

/// Options that let a profile name files in `folder`.
pub(crate) fn in_folder(folder: &Path) -> FinalizeOptions {
    let mut options = FinalizeOptions::default();
    options.folder = Some(folder.to_owned());
    options
}

/// Why a run failed.
#[track_caller]
pub(crate) fn problem<T>(result: Result<T>) -> StepProblem {
    match result.map(|_| ()).unwrap_err() {
        Error::Step { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

/// Every path of an image.
pub(crate) fn paths(editor: &ImageEditor) -> Vec<String> {
    editor.metadata().walk().map(|(id, _)| editor.metadata().path(id)).collect()
}

/// A text file of an image.
pub(crate) fn text(editor: &ImageEditor, path: &str) -> String {
    String::from_utf8(editor.read(path, 1 << 20).unwrap()).unwrap()
}
