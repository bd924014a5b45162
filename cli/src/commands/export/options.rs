//! What was typed, as options of the library; and what was typed that makes no sense together.

use std::io::{self, IsTerminal};
use std::path::Path;

use wim_export::{BootChoice, ExportOptions};

use crate::args::ExportArgs;
use crate::source::is_pipe;
use crate::usage::Usage;

/// The options of the export.
pub(super) fn export_options(args: &ExportArgs) -> Result<ExportOptions, Usage> {
    let mut options = args.write.options(&args.common)?;
    options.pipable = args.pipable;
    options.boot = if args.boot { BootChoice::Exported } else { BootChoice::None };
    options.name = args.name().cloned();
    options.description = args.description().cloned();
    options.guid = args.guid.0;
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
    } else if args.write.integrity {
        "an integrity table needs what was written to be read again, which a pipe does not allow; leave out --integrity"
    } else if args.manifest.is_some() {
        "a manifest needs what was written to be read again, which a pipe does not allow; verify - --write-manifest makes \
         one at the other end"
    } else if args.write.json && !args.write.dry_run {
        "standard output takes the archive or the answer, not both: leave out --json, or name a file"
    } else if !args.write.dry_run && io::stdout().is_terminal() {
        "standard output is a terminal, which is no place for an archive: send it into a file or another program"
    } else {
        return Ok(());
    };
    Err(Usage::new(refusal))
}
