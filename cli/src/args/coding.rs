//! How an archive is written: what the verbs that write one share.

use clap::Args;
use wim_compress::Level;
use wim_export::{DestinationOptions, ExportOptions, OnExists};
use wim_format::Compression;

use super::{CommonArgs, CompressSpec, IfExists, Switch, values};

/// How data is compressed.
#[derive(Clone, Debug, Args)]
pub(crate) struct EncodeArgs {
    /// How to compress: none, xpress (or fast), lzx, max, lzms (or recovery), with a level of 1 to 100 if you like.
    /// By default as the source is
    #[arg(long, value_name = "TYPE[:LEVEL]")]
    pub(crate) compress: Option<CompressSpec>,

    /// Compress anew even what could be copied
    #[arg(long)]
    pub(crate) recompress: bool,

    /// Copy without decoding and checking: faster, but damage goes unnoticed
    #[arg(long)]
    pub(crate) no_verify: bool,
}

/// How chunks are made.
#[derive(Clone, Debug, Args)]
pub(crate) struct ChunkArgs {
    /// The size of a chunk, such as 32K; by default what the source has, or what is usual
    #[arg(long, value_name = "SIZE", value_parser = values::chunk_size)]
    pub(crate) chunk_size: Option<u32>,

    /// Decode every chunk that was compressed and compare; by default on for LZX and LZMS
    #[arg(long, value_name = "WHEN", value_enum)]
    pub(crate) check_encoded: Option<Switch>,

    /// Allow what Microsoft's software does not read, such as LZX with other chunks than 32K
    #[arg(long)]
    pub(crate) allow_incompatible: bool,
}

/// How solid resources are made.
#[derive(Clone, Debug, Args)]
pub(crate) struct SolidArgs {
    /// Compress files together, as an ESD does: smaller, slower, and slower to read a single file of. What is not solid is
    /// LZMS then, too, unless --compress says otherwise
    #[arg(long)]
    pub(crate) solid: bool,

    /// How to compress what is solid; LZMS by default
    #[arg(long, value_name = "TYPE[:LEVEL]", requires = "solid")]
    pub(crate) solid_compress: Option<CompressSpec>,

    /// The size of a chunk of what is solid; 64M by default for LZMS
    #[arg(long, value_name = "SIZE", requires = "solid", value_parser = values::chunk_size)]
    pub(crate) solid_chunk_size: Option<u32>,
}

/// How a new file comes to its place.
#[derive(Clone, Debug, Args)]
pub(crate) struct DestinationArgs {
    /// What becomes of a file that is there already
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = IfExists::Replace)]
    pub(crate) on_exists: IfExists,

    /// Make the folders that the new file is to be in
    #[arg(long)]
    pub(crate) mkdirs: bool,

    /// Allow the new file to replace the one that it is made from, whose other images are lost then
    #[arg(long)]
    pub(crate) allow_self: bool,

    /// Keep the unfinished file if something fails, to look into it
    #[arg(long)]
    pub(crate) keep_temp: bool,
}

impl EncodeArgs {
    /// Says so in the options.
    pub(crate) fn apply(&self, options: &mut ExportOptions) {
        options.compression = self.compress.map(|spec| spec.compression);
        options.level = self.level();
        options.recompress = self.recompress;
        options.verify = !self.no_verify;
    }

    /// How hard to compress.
    pub(crate) fn level(&self) -> Level {
        self.compress.and_then(|spec| spec.level).unwrap_or_default()
    }
}

impl ChunkArgs {
    /// Says so in the options.
    pub(crate) fn apply(&self, options: &mut ExportOptions) {
        options.chunk_size = self.chunk_size;
        options.check_encoded = self.check_encoded.map(|switch| switch == Switch::On);
    }
}

impl SolidArgs {
    /// Says so in the options.
    pub(crate) fn apply(&self, options: &mut ExportOptions) {
        if !self.solid {
            return;
        }
        // Whoever reads solid data reads LZMS, and expects the rest to have it, too.
        options.compression = options.compression.or(Some(Compression::Lzms));
        self.apply_to_existing(options);
    }

    /// The same for what goes into an archive that is there: the rest of that is compressed as it is.
    pub(crate) fn apply_to_existing(&self, options: &mut ExportOptions) {
        if !self.solid {
            return;
        }
        options.solid = Some(true);
        options.solid_compression = self.solid_compress.map(|spec| spec.compression);
        options.solid_chunk_size = self.solid_chunk_size;
        if let Some(level) = self.solid_compress.and_then(|spec| spec.level) {
            options.level = level;
        }
    }
}

impl CommonArgs {
    /// Says so in the options.
    pub(crate) fn apply(&self, options: &mut ExportOptions) {
        options.threads = self.threads;
        options.memory = self.memory;
    }
}

impl DestinationArgs {
    /// How to treat the destination.
    pub(crate) fn options(&self) -> DestinationOptions {
        let mut options = DestinationOptions::default();
        options.on_exists = self.on_exists.into();
        options.mkdirs = self.mkdirs;
        options.allow_self = self.allow_self;
        options.keep_temp = self.keep_temp;
        options
    }
}

impl From<IfExists> for OnExists {
    fn from(what: IfExists) -> Self {
        match what {
            IfExists::Replace => Self::Replace,
            IfExists::Fail => Self::Fail,
            IfExists::Backup => Self::Backup,
        }
    }
}
