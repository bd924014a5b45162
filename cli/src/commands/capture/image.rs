//! What was typed, as an image that is in no archive yet.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use wim_export::{Archive, ArchiveDraft, ArchiveWriter, Error, OpenOptions};
use wim_format::{Compression, FileTime, ImageIndex, XmlImage};
use wim_fs::{
    Capture, CaptureConfig, CaptureOptions, CaptureReport, CaptureSource, Metadata, TarOptions, TarSource,
    usual_sidecar,
};

use crate::args::{CaptureWhat, CommonArgs, FromTarArgs, ImageArgs};
use crate::environment::source_date_epoch;
use crate::output::Output;
use crate::source;
use crate::usage::Usage;
use crate::warning::Warning;

/// No configuration file is larger.
const MAX_CONFIG: u64 = 16 << 20;

/// A folder that was looked through, or a tar archive, as the image that it is to be. Its data is not hashed yet.
pub(super) struct Found {
    capture: Capture,
    xml: XmlImage,
    time: FileTime,
    pub(super) integrity: bool,
    pub(super) boot: bool,
}

/// An archive with one image, of which nothing is written yet.
pub(super) struct Hashed {
    pub(super) archive: Archive,
    pub(super) report: CaptureReport,
}

impl Found {
    /// Looks through the folder. `base` is the archive that the image is appended to.
    pub(super) fn of(
        what: &CaptureWhat,
        base: Option<&Archive>,
        common: &CommonArgs,
        output: &mut Output,
    ) -> anyhow::Result<Self> {
        let wish = Wish::new(what.name.as_deref(), what.description.as_deref(), &what.image)?;
        let mut options = CaptureOptions::default();
        options.config = config(what)?;
        options.exclude = vec![what.file.clone()];
        options.unix_data = what.unix_data;
        options.dereference = what.dereference;
        options.metadata = what.metadata.place();
        options.sidecar = what.metadata.sidecar();
        options.limits = common.limits();
        options.fix_links = !what.no_fix_links;
        options.reproducible = wish.latest();
        options.template = template(what, base, common)?;
        options.threads = common.threads;
        let capture = if what.source_list {
            Capture::scan_all(&CaptureSource::parse_list(&source_list(what)?)?, &options)?
        } else {
            warn_of_unused_sidecar(what, output);
            Capture::scan(&what.source, &options)?
        };
        let usual_name = usual_name(what, base)?;
        Self::new(capture, &wish, &usual_name)
    }

    /// Reads a tar archive.
    pub(super) fn of_tar(args: &FromTarArgs, output: &mut Output) -> anyhow::Result<Self> {
        let wish = Wish::new(args.name.as_deref(), args.description.as_deref(), &args.image)?;
        let mut options = TarOptions::default();
        options.unix_data = args.unix_data;
        options.on_duplicate = args.on_duplicate();
        options.reproducible = wish.latest();
        options.limits = args.common.limits();
        let source = tar_source(args)?;
        let capture = Capture::from_tar(source, &options, &mut output.progress())?;
        let usual_name = args.source.file_stem().filter(|_| !source::is_pipe(&args.source));
        let usual_name = usual_name.map_or_else(|| "tar".to_owned(), |name| name.to_string_lossy().into_owned());
        Self::new(capture, &wish, &usual_name)
    }

    /// The image has `usual_name` unless it was given one, or brings one along.
    fn new(capture: Capture, wish: &Wish<'_>, usual_name: &str) -> anyhow::Result<Self> {
        let xml = wish.xml(capture.xml().cloned().unwrap_or_default(), usual_name)?;
        let time = wish.time(&capture);
        Ok(Self { capture, xml, time, integrity: wish.image.integrity, boot: wish.image.boot })
    }

    /// The image's name.
    pub(super) fn name(&self) -> String {
        self.xml.name().unwrap_or_default().into_owned()
    }

    /// Reads and hashes the data, and writes nothing.
    pub(super) fn hash(
        self,
        compression: Compression,
        common: &CommonArgs,
        output: &mut Output,
    ) -> Result<Hashed, Error> {
        let mut draft = ArchiveDraft::new(compression);
        let Self { capture, xml, time, .. } = self;
        let report = capture.add_to(&mut draft, xml, time, common.threads, &mut output.progress())?;
        Ok(Hashed { archive: draft.finish()?, report })
    }

    /// Reads, hashes and writes the data.
    pub(super) fn write(self, writer: &mut ArchiveWriter<'_>, output: &mut Output) -> Result<CaptureReport, Error> {
        let Self { capture, xml, time, .. } = self;
        capture.write_to(writer, xml, time, &mut output.progress())
    }
}

/// What was asked for of the image.
struct Wish<'a> {
    name: Option<&'a str>,
    description: Option<&'a str>,
    image: &'a ImageArgs,
    epoch: Option<FileTime>,
}

impl<'a> Wish<'a> {
    fn new(name: Option<&'a str>, description: Option<&'a str>, image: &'a ImageArgs) -> Result<Self, Usage> {
        Ok(Self { name, description, image, epoch: source_date_epoch()? })
    }

    /// The latest time that a file may have, if what is made must not depend on when.
    fn latest(&self) -> Option<FileTime> {
        self.epoch.or(self.image.reproducible.then_some(FileTime(u64::MAX)))
    }

    fn time(&self, capture: &Capture) -> FileTime {
        self.epoch.unwrap_or_else(|| if self.image.reproducible { capture.last_change() } else { now() })
    }

    fn xml(&self, mut xml: XmlImage, usual_name: &str) -> anyhow::Result<XmlImage> {
        let invalid = |value: &str| {
            let (what, value) = ("property", value.to_owned());
            move |error: wim_format::Error| Error::InvalidArgument { what, value, expected: error.to_string() }
        };
        let own_name = xml.name().map(std::borrow::Cow::into_owned);
        let name = self.name.unwrap_or_else(|| own_name.as_deref().unwrap_or(usual_name));
        xml.set_name(Some(name)).map_err(invalid(name))?;
        if let Some(description) = self.description {
            xml.set_description(Some(description)).map_err(invalid(description))?;
        }
        if let Some(flags) = &self.image.flags {
            xml.set_property("FLAGS", Some(flags)).map_err(invalid(flags))?;
        }
        for property in &self.image.properties {
            let (path, text) = property
                .split_once('=')
                .ok_or_else(|| Usage::new(format!("--image-property {property}: a property is PATH=TEXT")))?;
            xml.set_property(path, Some(text)).map_err(invalid(property))?;
        }
        Ok(xml)
    }
}

/// Tells of a sidecar that somebody may have forgotten.
fn warn_of_unused_sidecar(what: &CaptureWhat, output: &mut Output) {
    let sidecar = usual_sidecar(&what.source).filter(|path| path.is_file());
    let Some(sidecar) = sidecar.filter(|_| what.metadata.place() == Metadata::Auto) else { return };
    let message = format!("{} is not read; --metadata sidecar reads it", sidecar.display());
    output.warn(Warning { code: "SIDECAR_UNUSED", message, file: what.file.display().to_string(), image: None });
}

/// The folder's name, made unique.
fn usual_name(what: &CaptureWhat, base: Option<&Archive>) -> Result<String, Usage> {
    let path = what.source.canonicalize().unwrap_or_else(|_| what.source.clone());
    let name = path.file_name().filter(|_| !source::is_pipe(&what.source));
    let name = name.map_or_else(|| "root".to_owned(), |name| name.to_string_lossy().into_owned());
    let is_taken = |name: &String| {
        base.is_some_and(|base| base.images().any(|image| base.image_name(image).as_ref() == Some(name)))
    };
    if !is_taken(&name) {
        return Ok(name);
    }
    let mut numbered = (1_u32..).map(|number| format!("{name} ({number})"));
    numbered.find(|name| !is_taken(name)).ok_or_else(|| Usage::new("no name is left"))
}

/// The tar archive: a file, or what comes through standard input or another pipe.
fn tar_source(args: &FromTarArgs) -> anyhow::Result<TarSource<'static>> {
    let folder = args.file.parent().filter(|folder| folder.is_dir());
    let folder = folder.map_or_else(std::env::temp_dir, Path::to_path_buf);
    if source::is_pipe(&args.source) {
        let input = io::stdin();
        if input.is_terminal() {
            return Err(Usage::new(
                "standard input is a terminal: - stands for an archive that another program writes",
            )
            .into());
        }
        return Ok(TarSource::stream(source::STDIN, input, folder));
    }
    let (name, action, path) = (args.source.display().to_string(), "open", args.source.clone());
    let file = File::open(&args.source).map_err(|source| Error::Io { action, path, source })?;
    if file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Ok(TarSource::file(name, Arc::new(file))?);
    }
    Ok(TarSource::stream(name, file, folder))
}

fn config(what: &CaptureWhat) -> Result<CaptureConfig, Error> {
    let is_as_it_was = what.metadata.place() == Metadata::Sidecar && what.config.is_none();
    if what.no_config || is_as_it_was {
        return Ok(CaptureConfig::NOTHING);
    }
    let Some(path) = &what.config else { return Ok(CaptureConfig::default()) };
    CaptureConfig::parse(&read_text(path)?)
}

/// What `--source-list` names.
fn source_list(what: &CaptureWhat) -> Result<String, Error> {
    if source::is_pipe(&what.source) { text(Path::new(source::STDIN), io::stdin()) } else { read_text(&what.source) }
}

/// A text file, in UTF-8 or UTF-16.
fn read_text(path: &Path) -> Result<String, Error> {
    let file = File::open(path).map_err(|source| Error::Io { action: "read", path: path.to_path_buf(), source })?;
    text(path, file)
}

fn text(path: &Path, from: impl Read) -> Result<String, Error> {
    let error = |source| Error::Io { action: "read", path: path.to_path_buf(), source };
    let mut bytes = Vec::new();
    from.take(MAX_CONFIG).read_to_end(&mut bytes).map_err(error)?;
    super::super::extract::decode_text(&bytes).ok_or_else(|| error(io::Error::other("it is neither UTF-8 nor UTF-16")))
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
