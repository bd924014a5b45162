//! What every verb has.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wim_fs::Metadata;

use super::{LimitSpec, values};

/// What every verb has.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct CommonArgs {
    /// How many threads work; as many as there are cores by default. The output never depends on it
    #[arg(long, value_name = "N", env = "WIM_THREADS", value_parser = values::threads)]
    pub(crate) threads: Option<NonZeroUsize>,

    /// How much memory buffers and codecs may take, such as 512M. If it does not suffice for all threads, fewer work; the
    /// output never depends on it
    #[arg(long, value_name = "SIZE", env = "WIM_MEMORY", value_parser = values::byte_size)]
    pub(crate) memory: Option<u64>,

    /// Print neither progress nor warnings nor that all went well; errors and what was asked for are still printed
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// How much to accept of an archive: `default` accepts all known ones, `untrusted` (64 MiB a chunk, two million files, 64
    /// GiB a file, 256 GiB in all, 1 GiB of memory) and `embedded` (8 MiB a chunk, 32 MiB of memory) refuse what takes more.
    /// Single limits may follow: untrusted,chunk=128M,entries=5000000. They are metadata, entries, depth, streams, images,
    /// blobs, xml, chunk, blob (bytes in a file), total and memory
    #[arg(long, value_name = "SET[,LIMIT=N]...", default_value = "default")]
    pub(crate) limits: LimitSpec,
}

/// Where else an archive's data may be, and how it is read.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ReadArgs {
    /// Other files with data of the archive, `*` and `?` allowed: the parts of a split set, the base of a delta archive
    #[arg(long = "ref", value_name = "GLOB")]
    pub(crate) references: Vec<OsString>,

    /// Read through a memory map. Only for files that nobody changes meanwhile: if one is cut short, the run dies
    #[arg(long)]
    pub(crate) mmap: bool,
}

/// Where what only Windows has is kept.
#[derive(Clone, Debug, Args)]
pub(crate) struct MetadataArgs {
    /// Where security descriptors, attributes, named streams and the like are
    #[arg(long, value_name = "WHERE", value_enum, default_value_t = MetadataPlace::Auto)]
    metadata: MetadataPlace,

    /// The sidecar, rather than DIR.metadata.wim beside DIR; means --metadata sidecar
    #[arg(long, value_name = "FILE")]
    sidecar: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MetadataPlace {
    /// With the files on an NTFS volume, nowhere else
    Auto,
    /// In an archive beside the folder, with all that the folder cannot hold: apply and capture change nothing then
    Sidecar,
    /// Nowhere
    Skip,
}

impl MetadataArgs {
    pub(crate) fn place(&self) -> Metadata {
        match (self.metadata, &self.sidecar) {
            (MetadataPlace::Sidecar, _) | (_, Some(_)) => Metadata::Sidecar,
            (MetadataPlace::Auto, None) => Metadata::Auto,
            (MetadataPlace::Skip, None) => Metadata::Skip,
        }
    }

    pub(crate) fn sidecar(&self) -> Option<PathBuf> {
        self.sidecar.clone()
    }
}
