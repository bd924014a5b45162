//! What was typed, as an image that is in no archive yet.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wim_export::{Archive, ArchiveDraft, Error, OpenOptions};
use wim_format::{Compression, FileTime, ImageIndex, XmlImage};
use wim_fs::{Capture, CaptureConfig, CaptureOptions, CaptureReport};

use crate::args::{CaptureWhat, CommonArgs};
use crate::environment::source_date_epoch;
use crate::output::Output;
use crate::source;
use crate::usage::Usage;

/// No configuration file is larger.
const MAX_CONFIG: u64 = 16 << 20;

/// A captured folder: an archive with one image, of which nothing is written yet.
pub(super) struct Captured {
    pub(super) archive: Archive,
    pub(super) name: String,
    pub(super) report: CaptureReport,
    pub(super) integrity: bool,
    pub(super) boot: bool,
}

impl Captured {
    /// Looks through the folder, and reads and hashes its data. `base` is the archive that the image is appended to.
    pub(super) fn of(
        what: &CaptureWhat,
        base: Option<&Archive>,
        compression: Compression,
        common: &CommonArgs,
        output: &mut Output,
    ) -> anyhow::Result<Self> {
        let name = name(what, base)?;
        let template = template(what, base, common)?;
        let epoch = source_date_epoch()?;
        let mut options = CaptureOptions::default();
        options.config = config(what)?;
        options.exclude = vec![what.file.clone()];
        options.unix_data = what.unix_data;
        options.dereference = what.dereference;
        options.fix_links = !what.no_fix_links;
        options.reproducible = epoch.or(what.reproducible.then_some(FileTime(u64::MAX)));
        options.template.clone_from(&template);
        let xml = xml(what, &name)?;
        let capture = Capture::scan(&what.source, &options)?;
        let time = epoch.unwrap_or_else(|| if what.reproducible { capture.last_change() } else { now() });
        let mut draft = ArchiveDraft::new(compression);
        if let Some((archive, _)) = &template {
            draft.add_base(archive)?;
        }
        if capture.fixes_links() {
            draft.mark_links_fixed();
        }
        let report = capture.add_to(&mut draft, xml, time, common.threads, &mut output.progress())?;
        let archive = draft.finish()?;
        Ok(Self { archive, name, report, integrity: what.integrity, boot: what.boot })
    }
}

/// The image's name; one that was not asked for is made unique.
fn name(what: &CaptureWhat, base: Option<&Archive>) -> Result<String, Usage> {
    if let Some(name) = &what.name {
        return Ok(name.clone());
    }
    let path = what.source.canonicalize().unwrap_or_else(|_| what.source.clone());
    let name = path.file_name().map_or_else(|| "root".to_owned(), |name| name.to_string_lossy().into_owned());
    let is_taken = |name: &String| {
        base.is_some_and(|base| base.images().any(|image| base.image_name(image).as_ref() == Some(name)))
    };
    if !is_taken(&name) {
        return Ok(name);
    }
    let mut numbered = (1_u32..).map(|number| format!("{name} ({number})"));
    numbered.find(|name| !is_taken(name)).ok_or_else(|| Usage::new("no name is left"))
}

fn xml(what: &CaptureWhat, name: &str) -> anyhow::Result<XmlImage> {
    let mut xml = XmlImage::new();
    let invalid = |value: &str| {
        let value = value.to_owned();
        move |error: wim_format::Error| Error::InvalidArgument { what: "property", value, expected: error.to_string() }
    };
    xml.set_name(Some(name)).map_err(invalid(name))?;
    if let Some(description) = &what.description {
        xml.set_description(Some(description)).map_err(invalid(description))?;
    }
    if let Some(flags) = &what.flags {
        xml.set_property("FLAGS", Some(flags)).map_err(invalid(flags))?;
    }
    for property in &what.properties {
        let (path, text) = property
            .split_once('=')
            .ok_or_else(|| Usage::new(format!("--image-property {property}: a property is PATH=TEXT")))?;
        xml.set_property(path, Some(text)).map_err(invalid(property))?;
    }
    Ok(xml)
}

fn config(what: &CaptureWhat) -> Result<CaptureConfig, Error> {
    if what.no_config {
        return Ok(CaptureConfig::NOTHING);
    }
    let Some(path) = &what.config else { return Ok(CaptureConfig::default()) };
    CaptureConfig::parse(&read_text(path)?)
}

/// A text file, in UTF-8 or UTF-16.
fn read_text(path: &Path) -> Result<String, Error> {
    use std::io::Read;
    let error = |source| Error::Io { action: "read", path: path.to_path_buf(), source };
    let mut bytes = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(MAX_CONFIG).read_to_end(&mut bytes)).map_err(error)?;
    super::super::extract::decode_text(&bytes)
        .ok_or_else(|| error(std::io::Error::other("the file is neither UTF-8 nor UTF-16")))
}

/// The image that `--update-of` names: of another archive, or of the one that is appended to.
fn template(
    what: &CaptureWhat,
    base: Option<&Archive>,
    common: &CommonArgs,
) -> anyhow::Result<Option<(Archive, ImageIndex)>> {
    let Some(wanted) = &what.update_of else { return Ok(None) };
    let (archive, image) = match (wanted.rsplit_once(':'), base) {
        (Some((file, image)), _) => (OpenOptions::new().limits(common.limits()).open(PathBuf::from(file))?, image),
        (None, Some(base)) => (base.clone(), wanted.as_str()),
        (None, None) => return Err(Usage::new("--update-of which archive? --update-of FILE:IMAGE").into()),
    };
    let from_last = image.strip_prefix('-').and_then(|number| number.parse::<u32>().ok());
    let image = match from_last {
        Some(number) => {
            let index = (archive.image_count() + 1).saturating_sub(number);
            source::select_image(&archive, Some(&index.to_string()))?
        }
        None => source::select_image(&archive, Some(image))?,
    };
    Ok(Some((archive, image)))
}

fn now() -> FileTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let ticks = u64::try_from(since.as_nanos() / 100).unwrap_or(0);
    FileTime(FileTime::UNIX_EPOCH.0.saturating_add(ticks))
}
