//! `background`: the picture behind everything.

use super::add::new_entry;
use super::host;
use crate::finalize::host::{resolve, scan};
use crate::finalize::profile::{Background, BackgroundTarget};
use crate::finalize::run::{Done, Run};
use crate::{OnConflict, Result};

const WINPE: &str = r"\Windows\System32\winpe.jpg";
const WINRE: &str = r"\Windows\System32\winre.jpg";
/// More bytes than any picture has that is worth the memory.
const MAX_BYTES: u64 = 64 << 20;

pub(super) fn run(run: &mut Run<'_>, step: &Background) -> Result<Done> {
    let path = resolve(&run.expand(&step.from)?, run.options).map_err(host(run))?;
    let entries = scan(&path).map_err(host(run))?;
    let is_jpeg = !entries[0].is_folder && entries[0].read(MAX_BYTES)?.starts_with(b"\xFF\xD8\xFF");
    if !is_jpeg {
        return Err(run.invalid("from", format!("{} is no JPEG picture", step.from)));
    }
    let target = match step.target {
        BackgroundTarget::WinPe => WINPE,
        BackgroundTarget::WinRe => WINRE,
        BackgroundTarget::Auto if !run.editor.exists(WINPE) && run.editor.exists(WINRE) => WINRE,
        BackgroundTarget::Auto => WINPE,
    };
    // It keeps the descriptor of the one that is replaced, which belongs to TrustedInstaller.
    let new = new_entry(run, &entries[0])?;
    run.editor.add(target, new, OnConflict::Replace)?;
    Ok(Done::changed(true))
}
