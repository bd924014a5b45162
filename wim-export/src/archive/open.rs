//! Opening an archive: its own file, then the files that it is to take blobs from.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wim_format::{ErrorKind, Limits, Section, Warning, WarningKind, XmlInfo};

use super::cache::{self, ChunkCache};
use super::{Archive, Inner, Volume};
use crate::commit::complete_set;
use crate::mmap::MappedFile;
use crate::{Error, ReadAt, Result, Subject};

/// How to open an archive.
///
/// ```no_run
/// # fn main() -> wim_export::Result<()> {
/// let archive = wim_export::OpenOptions::new().reference("install2.swm").open("install.swm")?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    limits: Limits,
    references: Vec<PathBuf>,
    map: bool,
    cache: Option<u64>,
}

impl OpenOptions {
    /// Default limits, no references, positioned reads.
    pub fn new() -> Self {
        Self::default()
    }

    /// What to accept of the archive.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Another file to take blobs from: the next part of a split set, the base of a delta archive.
    #[must_use]
    pub fn reference(mut self, path: impl Into<PathBuf>) -> Self {
        self.references.push(path.into());
        self
    }

    /// How many bytes of decoded chunks of solid resources to keep for later reads of the same chunk; 128 MiB if this is not
    /// called, and in any case no more than half of [`Limits::memory`]. With less than the archive's chunk size none is kept, and each read decodes its chunk anew.
    #[must_use]
    pub fn cache(mut self, bytes: u64) -> Self {
        self.cache = Some(bytes);
        self
    }

    /// Reads through memory maps instead of positioned reads.
    ///
    /// # Safety
    /// The contract of [`MappedFile::new`], for every file of the archive and as long as the archive is open.
    #[must_use]
    #[expect(
        unsafe_code,
        reason = "the contract of a map is the caller's to keep, so the option that asks for one is unsafe"
    )]
    pub unsafe fn map(mut self) -> Self {
        self.map = true;
        self
    }

    /// Opens the archive at `path`. A split set that a killed run had begun to put there is completed first; see
    /// [`crate::complete_set`].
    ///
    /// # Errors
    /// If the file cannot be read or is no valid archive; if `path` is not a regular file.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Archive> {
        let path = path.as_ref();
        complete_set(path)?;
        let main = self.open_volume(path)?;
        self.assemble(main)
    }

    /// Opens the archive that `source` holds; messages call it `name`.
    ///
    /// # Errors
    /// If `source` cannot be read or is no valid archive.
    pub fn open_source(&self, name: impl Into<String>, source: Arc<dyn ReadAt>) -> Result<Archive> {
        self.assemble(Volume::open(name.into(), source, &self.limits)?)
    }

    /// Opens the archive that `file`, which is at `path`, holds.
    pub(crate) fn open_file(&self, path: &Path, file: &File) -> Result<Archive> {
        // Windows neither cuts nor replaces a file that is mapped.
        let source: Arc<dyn ReadAt> = if self.map && cfg!(not(windows)) {
            map_file(file, path)?
        } else {
            Arc::new(file.try_clone().map_err(Error::io("open", path))?)
        };
        self.open_source(path.display().to_string(), source)
    }

    fn open_volume(&self, path: &Path) -> Result<Volume> {
        let file = open_regular(path)?;
        let source: Arc<dyn ReadAt> = if self.map { map_file(&file, path)? } else { Arc::new(file) };
        Volume::open(path.display().to_string(), source, &self.limits)
    }

    fn assemble(&self, main: Volume) -> Result<Archive> {
        let mut volumes = vec![main];
        for path in &self.references {
            volumes.push(self.open_volume(path)?);
        }
        check_parts(&volumes)?;
        let main = &volumes[0];
        let xml_bytes =
            main.read_resource(&main.header.xml_data, self.limits.xml_bytes, Subject::Table(Section::Xml))?;
        let xml = XmlInfo::parse(&xml_bytes, &self.limits).map_err(main.format_error())?;
        if xml.is_encrypted() {
            return Err(main.format_error()(wim_format::Error::new(ErrorKind::Encrypted, Section::Xml, 0)));
        }
        if u64::from(main.header.image_count) > u64::from(self.limits.images) {
            let kind = ErrorKind::Limit { what: "images", limit: u64::from(self.limits.images) };
            return Err(main.format_error()(wim_format::Error::new(kind, Section::Header, 0x2C)));
        }
        let warnings = warnings(&volumes, &xml);
        let volumes = volumes.into_iter().map(Arc::new).collect();
        let (limits, cache) = (self.limits.clone(), ChunkCache::new(cache::budget(self.cache, &self.limits)));
        Ok(Archive(Arc::new(Inner { volumes, xml, xml_bytes, limits, warnings, cache })))
    }
}

impl Archive {
    /// Opens the archive at `path`.
    ///
    /// # Errors
    /// If the file cannot be read or is no valid archive; if `path` is not a regular file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        OpenOptions::new().open(path)
    }

    /// Opens the archive that `source` holds.
    ///
    /// # Errors
    /// If `source` cannot be read or is no valid archive.
    pub fn from_source(source: Arc<dyn ReadAt>) -> Result<Self> {
        OpenOptions::new().open_source("archive", source)
    }
}

/// Opens a regular file. Anything else, a FIFO above all, is refused before it can block.
fn open_regular(path: &Path) -> Result<File> {
    let metadata = std::fs::metadata(path).map_err(Error::io("open", path))?;
    if !metadata.is_file() {
        let why = if metadata.is_dir() { "it is a folder" } else { "it is not a regular file" };
        return Err(Error::Source { path: path.to_path_buf(), why });
    }
    File::open(path).map_err(Error::io("open", path))
}

#[expect(unsafe_code, reason = "keeps the promise of OpenOptions::map")]
fn map_file(file: &File, path: &Path) -> Result<Arc<dyn ReadAt>> {
    // SAFETY: whoever called `OpenOptions::map` promised that nobody changes or truncates the file.
    let map = unsafe { MappedFile::new(file) }.map_err(Error::io("map", path))?;
    Ok(Arc::new(map))
}

/// Checks that the files given as parts of a split set belong together. Whether all are there is found out when they are
/// wanted: a part alone can still be listed.
fn check_parts(volumes: &[Volume]) -> Result<()> {
    let (main, others) = volumes.split_first().expect("the archive's own file is always there");
    let header = &main.header;
    if !header.is_split() {
        return Ok(());
    }
    let mut seen = vec![header.part];
    for volume in others {
        let same = [
            (volume.header.guid == header.guid, "their GUIDs differ"),
            (volume.header.total_parts == header.total_parts, "they disagree on the number of parts"),
            (volume.header.flags.compression() == header.flags.compression(), "they are compressed differently"),
            (volume.header.chunk_size == header.chunk_size, "their chunk sizes differ"),
            (!seen.contains(&volume.header.part), "this part was given twice"),
        ];
        if let Some((_, why)) = same.iter().find(|(same, _)| !same) {
            return Err(Error::ForeignPart { archive: volume.name.clone(), other: main.name.clone(), why });
        }
        seen.push(volume.header.part);
    }
    Ok(())
}

fn warnings(volumes: &[Volume], xml: &XmlInfo) -> Vec<Warning> {
    let header = &volumes[0].header;
    let mut warnings = Vec::new();
    let mut warn = |kind, section, offset| warnings.push(Warning { kind, section, offset });
    if header.flags.contains(wim_format::HeaderFlags::WRITE_IN_PROGRESS) {
        warn(WarningKind::WriteInProgress, Section::Header, 0x10);
    }
    if header.boot_index.is_some_and(|index| index.get() > header.image_count) {
        warn(WarningKind::BootIndexOutOfRange, Section::Header, 0x78);
    }
    if xml.image_count() != header.image_count as usize {
        warn(WarningKind::XmlCountMismatch, Section::Xml, 0);
    }
    warnings.extend(volumes.iter().flat_map(|volume| volume.table.warnings()));
    warnings.extend(xml.warnings());
    warnings
}
