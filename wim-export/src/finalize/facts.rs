//! What a step may ask of an image: its architecture, its language, its build.

use super::profile::{Applies, When};
use super::{FinalizeOptions, StepProblem};
use crate::boot::Architecture;
use crate::boot_paths::{KERNEL, PE_PROGRAMS};
use crate::{Archive, Error, ImageEditor, Result};

/// The start of a program, which has its machine field.
pub(super) const PE_FRONT: u64 = 64 << 10;

/// What a step may ask of an image.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) architecture: Option<Architecture>,
    pub(super) language: Option<String>,
    pub(super) build: Option<u32>,
    edition: Option<String>,
    is_pe: bool,
}

impl Facts {
    pub(super) fn of(editor: &ImageEditor) -> Result<Self> {
        let xml = editor.xml();
        let by_kernel = if editor.exists(KERNEL) { machine_of(&editor.read_front(KERNEL, PE_FRONT)?) } else { None };
        let edition = xml.edition_id().or_else(|| xml.installation_type()).map(|edition| edition.trim().to_owned());
        let is_pe = edition.as_ref().is_some_and(|edition| edition.eq_ignore_ascii_case("WindowsPE"))
            || PE_PROGRAMS.iter().all(|path| editor.exists(path));
        Ok(Self {
            architecture: by_kernel.or_else(|| xml.architecture().and_then(Architecture::from_xml)),
            language: xml.default_language().map(|language| language.to_lowercase()),
            build: xml.version().map(|version| version.build),
            edition,
            is_pe,
        })
    }

    /// Replaces `{arch}`, `{lang}` and `{build}` in a path; other braces stand for themselves.
    pub(super) fn expand(&self, text: &str) -> Result<String, StepProblem> {
        let values = [
            ("{arch}", self.architecture.map(folder_name).map(str::to_owned)),
            ("{lang}", self.language.clone()),
            ("{build}", self.build.map(|build| build.to_string())),
        ];
        let mut expanded = text.to_owned();
        for (variable, value) in values {
            if expanded.contains(variable) {
                let why = || format!("{text}: the image does not tell what {variable} stands for");
                let value = value.ok_or_else(|| StepProblem::Invalid { key: "path", why: why() })?;
                expanded = expanded.replace(variable, &value);
            }
        }
        Ok(expanded)
    }

    /// Checks that a profile is for this image.
    pub(super) fn check(&self, applies: &Applies) -> Result<(), StepProblem> {
        let fail = |why: String| Err(StepProblem::NotFor(why));
        if applies.require_pe && !self.is_pe {
            return fail("it is for Windows PE only".to_owned());
        }
        if !applies.arch.is_empty() && !self.is_of(&applies.arch)? {
            return fail(format!("it is for {}", applies.arch.join(", ")));
        }
        let edition = self.edition.as_deref().unwrap_or("");
        if !applies.edition.is_empty() && !applies.edition.iter().any(|wanted| wanted.eq_ignore_ascii_case(edition)) {
            return fail(format!("it is for the editions {}", applies.edition.join(", ")));
        }
        if !self.is_between(applies.min_build, applies.max_build) {
            return fail("it is for other builds of Windows".to_owned());
        }
        Ok(())
    }

    /// Why a step is not for this image; `None`: it is.
    pub(super) fn why_not(
        &self,
        when: &When,
        editor: &ImageEditor,
        options: &FinalizeOptions,
    ) -> Result<Option<String>, StepProblem> {
        if !when.arch.is_empty() && !self.is_of(&when.arch)? {
            return Ok(Some(format!("it is for {}", when.arch.join(", "))));
        }
        if !self.is_between(when.min_build, when.max_build) {
            return Ok(Some("it is for other builds of Windows".to_owned()));
        }
        for path in &when.if_exists {
            if !editor.exists(&self.expand(path)?) {
                return Ok(Some(format!("there is no {path}")));
            }
        }
        for path in &when.if_missing {
            if editor.exists(&self.expand(path)?) {
                return Ok(Some(format!("there is a {path}")));
            }
        }
        if let Some(wanted) = &when.env {
            let why = || "that has to be NAME=value".to_owned();
            let (name, value) =
                wanted.split_once('=').ok_or_else(|| StepProblem::Invalid { key: "env", why: why() })?;
            if options.variables.get(name).map(String::as_str) != Some(value) {
                return Ok(Some(format!("{wanted} was not asked for")));
            }
        }
        Ok(None)
    }

    fn is_of(&self, names: &[String]) -> Result<bool, StepProblem> {
        let mut is_of = false;
        for name in names {
            let why = || format!("{name} is no architecture; x86, x64, arm64, arm and ia64 are");
            let known: Architecture = name.parse().map_err(|_| StepProblem::Invalid { key: "arch", why: why() })?;
            is_of |= self.architecture == Some(known);
        }
        Ok(is_of)
    }

    fn is_between(&self, min: Option<u32>, max: Option<u32>) -> bool {
        if min.is_none() && max.is_none() {
            return true;
        }
        self.build.is_some_and(|build| min.is_none_or(|min| build >= min) && max.is_none_or(|max| build <= max))
    }
}

/// What the folders of an ADK and of driver packages call it.
fn folder_name(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X64 => "amd64",
        other => other.name(),
    }
}

/// The architecture of a program or driver, by its machine field; `None` if it is no program.
pub(super) fn machine_of(bytes: &[u8]) -> Option<Architecture> {
    let at = |offset: usize, len: usize| bytes.get(offset..offset.checked_add(len)?);
    if at(0, 2)? != b"MZ" {
        return None;
    }
    let header = u32::from_le_bytes(at(0x3C, 4)?.try_into().ok()?) as usize;
    if at(header, 4)? != b"PE\0\0" {
        return None;
    }
    Architecture::from_machine(u16::from_le_bytes(at(header.checked_add(4)?, 2)?.try_into().ok()?))
}

/// The archive that the image comes from.
pub(super) fn source_of(editor: &ImageEditor) -> Result<Archive> {
    editor.source_archive().cloned().ok_or_else(|| Error::InvalidArgument {
        what: "image",
        value: "a new one".to_owned(),
        expected: "profiles are for images of an archive".to_owned(),
    })
}
