//! Why an operation on an archive failed: what, where, and with what to try next.

use std::io;
use std::path::{Path, PathBuf};

use wim_compress::DecodeError;
use wim_format::{ImageIndex, Section, Sha1Hash};

/// Why an operation failed. `Display` says what happened and where, `source` says why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: "open", "read", "write", …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// Reading the archive failed, or found it shorter than when it was opened.
    #[error("{archive}: cannot read {size} bytes at {offset:#x}")]
    Read {
        /// The archive.
        archive: String,
        /// Where the read began.
        offset: u64,
        /// How many bytes were wanted.
        size: u64,
        /// The operating system's answer.
        source: io::Error,
    },
    /// Writing the output failed.
    #[error("{}cannot write {size} bytes at {offset:#x}{}", of_path(path.as_deref()), of_total(*total))]
    Write {
        /// The destination, if it is a file.
        path: Option<PathBuf>,
        /// Where in the output.
        offset: u64,
        /// How many bytes.
        size: u64,
        /// How large the output will be, as far as that is known.
        total: Option<u64>,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A structure of the archive is invalid.
    #[error("{archive}{}", of_subject(subject.as_ref()))]
    Format {
        /// The archive.
        archive: String,
        /// Whose structure it is, unless it is the archive's own.
        subject: Option<Subject>,
        /// What is wrong, and where.
        source: wim_format::Error,
    },
    /// A chunk did not decompress.
    #[error("{archive}: {subject}: chunk {chunk} at {offset:#x}")]
    Decompress {
        /// The archive.
        archive: String,
        /// Whose chunk it is.
        subject: Subject,
        /// Zero-based number of the chunk in its resource.
        chunk: u64,
        /// Where the chunk's stored bytes begin in the file.
        offset: u64,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// Data decompressed, but to something else than its hash says.
    #[error("{archive}: {subject}: the data's SHA-1 is {actual}; the archive is damaged here")]
    HashMismatch {
        /// The archive.
        archive: String,
        /// Whose data it is.
        subject: Subject,
        /// The SHA-1 of what was read.
        actual: Sha1Hash,
    },
    /// A file that is to go into an archive changed while it was read.
    #[error("{} changed while it was read; try again when nobody writes it", path.display())]
    SourceChanged {
        /// The file.
        path: PathBuf,
    },
    /// A stretch of the file does not match the integrity table.
    #[error("{archive}: bytes {start:#x} to {end:#x} do not match the integrity table")]
    Integrity {
        /// The archive.
        archive: String,
        /// First byte.
        start: u64,
        /// Byte after the last.
        end: u64,
    },
    /// A file's data is not in the archive.
    #[error("{archive}: {subject} is missing; if this is a split or delta archive, name the other files with --ref")]
    MissingBlob {
        /// The archive.
        archive: String,
        /// What is missing, and which file needs it.
        subject: Subject,
    },
    /// The archive has no metadata for an image that its header counts.
    #[error("{archive}: image {image} has no metadata resource")]
    MissingMetadata {
        /// The archive.
        archive: String,
        /// The image.
        image: ImageIndex,
    },
    /// No image of that number or name.
    #[error("{archive}: there is no image {wanted}; {}", image_choice(*count))]
    NoSuchImage {
        /// The archive.
        archive: String,
        /// The number or name asked for.
        wanted: String,
        /// How many images there are.
        count: u32,
    },
    /// More than one image, and none was named.
    #[error("{archive} has {count} images; say which one (1 to {count}, or its name)")]
    AmbiguousImage {
        /// The archive.
        archive: String,
        /// How many images there are.
        count: u32,
    },
    /// Nothing of that path in the image.
    #[error("{archive}: image {image} has no {path}")]
    NoSuchPath {
        /// The archive.
        archive: String,
        /// The image.
        image: ImageIndex,
        /// The path asked for.
        path: String,
    },
    /// The path names a directory, or something else without data.
    #[error("{archive}: {path} is not a file")]
    NotAFile {
        /// The archive.
        archive: String,
        /// The path asked for.
        path: String,
    },
    /// The archive is one part of a split set, and the others were not given.
    #[error(
        "{archive} is part {part} of {total} of a split set, of which all are needed: part 1 as the archive and the others with \
         --ref, or all of them for `wimsmith join`{}",
        missing_parts(missing)
    )]
    SplitSet {
        /// The archive.
        archive: String,
        /// Its part number.
        part: u16,
        /// How many parts there are.
        total: u16,
        /// The parts that are missing, if the set was opened.
        missing: Vec<u16>,
    },
    /// Two files do not belong together.
    #[error("{archive} does not belong to the same set as {other}: {why}")]
    ForeignPart {
        /// The archive.
        archive: String,
        /// The first part.
        other: String,
        /// What differs.
        why: &'static str,
    },
    /// Something that is valid, but that this version cannot do.
    #[error("{subject}: {what} is not supported")]
    Unsupported {
        /// The archive or option.
        subject: String,
        /// What is not supported, and what to do instead.
        what: String,
    },
    /// An argument that cannot be.
    #[error("{what} {value:?} is not valid: {expected}")]
    InvalidArgument {
        /// Which argument.
        what: &'static str,
        /// What was given.
        value: String,
        /// What is expected.
        expected: String,
    },
    /// The memory budget does not suffice.
    #[error("{what} needs {} of memory, but the budget is {}: --memory {} does", short(*needed), short(*budget), short(*needed))]
    Memory {
        /// What needs it.
        what: &'static str,
        /// How much it needs.
        needed: u64,
        /// How much is allowed.
        budget: u64,
    },
    /// Another process did not do what it was asked to.
    #[error("{message}")]
    Remote {
        /// What it said: what went wrong, and why.
        message: String,
        /// The exit code that it would have ended with.
        exit: u8,
    },
    /// A tree cannot be changed as asked.
    #[error("{path}: {why}")]
    Edit {
        /// The path in the image, or the pattern.
        path: String,
        /// Why not.
        why: crate::EditProblem,
    },
    /// A registry hive cannot be read, or not be changed as asked.
    #[error("{path}")]
    Hive {
        /// The hive's path in the image.
        path: String,
        /// What is wrong.
        source: wim_hive::Error,
    },
    /// A profile that cannot be.
    #[error("{profile}")]
    Profile {
        /// Its file.
        profile: String,
        /// What is wrong, and on which line.
        source: crate::finalize::ProfileError,
    },
    /// A step of a profile cannot be done, or the whole profile.
    #[error("{step}: {problem}")]
    Step {
        /// The step's id, or its number and kind.
        step: String,
        /// Why not.
        problem: crate::finalize::StepProblem,
    },
    /// The archive cannot be changed.
    #[error("{archive} cannot be changed: {why}")]
    Update {
        /// The archive.
        archive: String,
        /// Why not.
        why: crate::UpdateProblem,
    },
    /// The destination cannot be written: not a file, or no such folder.
    #[error("cannot write {}: {why}", path.display())]
    Destination {
        /// The destination.
        path: PathBuf,
        /// Why not.
        why: DestinationProblem,
    },
    /// The source cannot be an archive: a folder, a device, a pipe.
    #[error("cannot read {}: {why}", path.display())]
    Source {
        /// The source.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// What a boot image must be or have, and this image is not or has not.
    #[error("{archive}: image {image}: {problem}")]
    BootImage {
        /// The archive.
        archive: String,
        /// The image.
        image: ImageIndex,
        /// What is wrong.
        problem: crate::boot::BootImageProblem,
    },
    /// No boot image was found in an ADK.
    #[error("no boot image for {architecture} found{}", tried_list(tried, found))]
    AdkNotFound {
        /// The architecture asked for.
        architecture: &'static str,
        /// An ADK that was looked into; `None`: there is none.
        adk: Option<PathBuf>,
        /// Every place that was tried.
        tried: Vec<PathBuf>,
        /// Boot images of other architectures that are there.
        found: Vec<PathBuf>,
    },
    /// An optional component that cannot be used.
    #[error("{component}: {why}")]
    Component {
        /// Its cabinet, or its name.
        component: String,
        /// Why not.
        why: crate::component::ComponentProblem,
    },
    /// A tar archive that cannot be read, or cannot become an image.
    #[error("{archive}: {}{why} (at {offset:#x})", of_entry(path.as_deref()))]
    Tar {
        /// The archive.
        archive: String,
        /// Where in the archive.
        offset: u64,
        /// The entry's name, if it is about one.
        path: Option<String>,
        /// What is wrong with it.
        why: String,
    },
    /// The operation was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// A bug of this library: a worker panicked, or an invariant did not hold.
    #[error("internal error: {0}; please report this with the archive's header (wimsmith info --header)")]
    Internal(String),
}

/// Whose data an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// A file's data.
    Blob {
        /// Its hash.
        hash: Sha1Hash,
        /// A file that needs it, with its path in the image, if that is known.
        path: Option<String>,
    },
    /// An image's metadata.
    Metadata(ImageIndex),
    /// A solid resource, by its zero-based number in the blob table.
    Solid(u32),
    /// One of the archive's own tables, or its XML.
    Table(Section),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Blob { hash, path: Some(path) } => write!(f, "blob {hash} ({path})"),
            Self::Blob { hash, path: None } => write!(f, "blob {hash}"),
            Self::Metadata(image) => write!(f, "metadata of image {image}"),
            Self::Solid(number) => write!(f, "solid resource {number}"),
            Self::Table(section) => write!(f, "{section}"),
        }
    }
}

/// Why a destination cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DestinationProblem {
    /// The path is empty, ends in a separator, or has a character that no file name has.
    InvalidName,
    /// The folder that is to hold it does not exist.
    NoParent,
    /// It is a folder, a device or a pipe.
    NotAFile,
    /// It exists, and is to be kept.
    Exists,
    /// Another run is writing it.
    Locked,
    /// It is the source, and would lose images that were not asked for.
    IsSource,
    /// A run was killed that had begun to put a split set there, and its files were changed since.
    Unfinished,
}

impl std::fmt::Display for DestinationProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::InvalidName => "that is no valid file name",
            Self::NoParent => "its folder does not exist; create it first, or use --mkdirs",
            Self::NotAFile => "it exists and is not a regular file",
            Self::Exists => "it exists already (--on-exists replace or backup would go on)",
            Self::Locked => "another run is writing it; wait for it, or choose another destination",
            Self::IsSource => "it is the source, and its other images would be lost; --allow-self does it all the same",
            Self::Unfinished => {
                "a run was killed that had begun to put a split set there, and files of it were changed since; the hidden \
                 file .NAME.wimsmith-set beside it names what is left of that set: remove it to give the set up"
            }
        })
    }
}

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The same error, said to be about `subject`, where it is about a structure of unknown ownership.
    pub(crate) fn about(self, subject: impl FnOnce() -> Subject) -> Self {
        match self {
            Self::Format { archive, subject: None, source } => {
                Self::Format { archive, subject: Some(subject()), source }
            }
            other => other,
        }
    }

    /// For what is wrong with the hive at `path` of an image.
    pub fn hive(path: &str) -> impl FnOnce(wim_hive::Error) -> Self {
        move |source| Self::Hive { path: path.to_owned(), source }
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    /// The same error with the destination's path, where it is about writing there.
    #[must_use]
    pub fn with_destination(mut self, destination: &Path) -> Self {
        if let Self::Write { path: path @ None, .. } = &mut self {
            *path = Some(destination.to_path_buf());
        }
        self
    }

    /// The same error with the path of a file that needs the blob, where it is about a blob.
    #[must_use]
    pub fn with_path(mut self, path: impl FnOnce(&Sha1Hash) -> Option<String>) -> Self {
        match &mut self {
            Self::Decompress { subject: Subject::Blob { hash, path: slot }, .. }
            | Self::HashMismatch { subject: Subject::Blob { hash, path: slot }, .. }
            | Self::MissingBlob { subject: Subject::Blob { hash, path: slot }, .. }
            | Self::Format { subject: Some(Subject::Blob { hash, path: slot }), .. }
                if slot.is_none() =>
            {
                *slot = path(hash);
            }
            _ => {}
        }
        self
    }
}

impl From<wim_format::Error> for Error {
    /// For callbacks of the format's parsers; whoever called the parser adds the archive's name.
    fn from(source: wim_format::Error) -> Self {
        Self::Format { archive: String::new(), subject: None, source }
    }
}

/// Bytes as `--memory` takes them, rounded up.
fn short(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{}K", bytes.div_ceil(1 << 10)) } else { format!("{}M", bytes.div_ceil(1 << 20)) }
}

fn of_path(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| format!("{}: ", path.display()))
}

fn of_entry(path: Option<&str>) -> String {
    path.map_or_else(String::new, |path| format!("{path}: "))
}

fn of_total(total: Option<u64>) -> String {
    total.map_or_else(String::new, |total| format!(" of about {total} in all"))
}

fn of_subject(subject: Option<&Subject>) -> String {
    subject.map_or_else(String::new, |subject| format!(": {subject}"))
}

fn image_choice(count: u32) -> String {
    match count {
        0 => "the archive has no images".to_owned(),
        1 => "the archive has one image, number 1".to_owned(),
        _ => format!("the archive has images 1 to {count}; `wimsmith info` lists them"),
    }
}

fn missing_parts(missing: &[u16]) -> String {
    if missing.is_empty() {
        return String::new();
    }
    let list: Vec<String> = missing.iter().map(u16::to_string).collect();
    format!(" (missing: {})", list.join(", "))
}

fn tried_list(tried: &[PathBuf], found: &[PathBuf]) -> String {
    let list = |paths: &[PathBuf]| paths.iter().map(|p| format!("\n  {}", p.display())).collect::<String>();
    if tried.is_empty() {
        return "; name an archive with --source, or an ADK with --adk-root or WIMSMITH_ADK_ROOT".to_owned();
    }
    let there = if found.is_empty() { String::new() } else { format!("\nthere are others, though:{}", list(found)) };
    format!("; tried:{}{there}", list(tried))
}
