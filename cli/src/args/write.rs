//! What `export`, `optimize` and `join` share: how the archive that they write is made.

use clap::Args;
use wim_export::ExportOptions;

use super::{ChunkArgs, CommonArgs, EncodeArgs, SolidArgs};
use crate::environment::source_date_epoch;
use crate::usage::Usage;

/// How the archive that is written is made.
#[derive(Clone, Debug, Args)]
pub(crate) struct WriteArgs {
    /// Add an integrity table; an archive that is rebuilt, appended to or joined keeps the one that it has
    #[arg(long, alias = "check")]
    pub(crate) integrity: bool,

    /// All is planned and checked, and nothing is written
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) encode: EncodeArgs,

    #[command(flatten)]
    pub(crate) chunks: ChunkArgs,

    #[command(flatten)]
    pub(crate) solid: SolidArgs,
}

impl WriteArgs {
    /// The options of the library that this comes to.
    ///
    /// # Errors
    /// If `SOURCE_DATE_EPOCH` is no time.
    pub(crate) fn options(&self, common: &CommonArgs) -> Result<ExportOptions, Usage> {
        let mut options = ExportOptions::default();
        self.encode.apply(&mut options);
        self.chunks.apply(&mut options);
        self.solid.apply(&mut options);
        common.apply(&mut options);
        options.integrity = self.integrity;
        options.time = source_date_epoch()?;
        Ok(options)
    }
}
