//! What was typed, as options of the library; and what was typed that makes no sense together.

use std::io::{self, IsTerminal};
use std::path::Path;

use wim_export::{BootChoice, ExportOptions};

use crate::args::ExportArgs;
use crate::environment::source_date_epoch;
use crate::source::is_pipe;
use crate::usage::Usage;

/// The options of the export.
pub(super) fn export_options(args: &ExportArgs) -> Result<ExportOptions, Usage> {
    let mut options = ExportOptions::default();
    args.encode.apply(&mut options);
    args.chunks.apply(&mut options);
    args.solid.apply(&mut options);
    args.common.apply(&mut options);
    options.pipable = args.pipable;
    options.integrity = args.integrity;
    options.boot = if args.boot { BootChoice::Exported } else { BootChoice::None };
    options.name.clone_from(&args.name);
    options.description.clone_from(&args.description);
    options.guid = args.guid.0;
    options.time = source_date_epoch()?;
    Ok(options)
}

/// Refuses options that a pipe cannot keep.
pub(super) fn check_pipe(args: &ExportArgs, destination: &Path) -> Result<(), Usage> {
    if !is_pipe(destination) {
        return Ok(());
    }
    let refusal = if args.append {
        "nothing can be appended to standard output; name a file"
    } else if !args.pipable {
        "only the layout for pipes can be written to standard output: add --pipable, or name a file"
    } else if args.integrity {
        "an integrity table needs what was written to be read again, which a pipe does not allow; leave out --integrity"
    } else if args.manifest.is_some() {
        "a manifest needs what was written to be read again, which a pipe does not allow; verify - --write-manifest makes \
         one at the other end"
    } else if args.json && !args.dry_run {
        "standard output takes the archive or the answer, not both: leave out --json, or name a file"
    } else if !args.dry_run && io::stdout().is_terminal() {
        "standard output is a terminal, which is no place for an archive: send it into a file or another program"
    } else {
        return Ok(());
    };
    Err(Usage::new(refusal))
}
