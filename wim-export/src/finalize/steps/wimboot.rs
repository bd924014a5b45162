//! `wimboot_ready`: what boot loaders such as wimboot take out of an image, out of the kit's media folder where it is missing.

use super::add::new_entry;
use super::host;
use crate::finalize::StepProblem;
use crate::finalize::host::{resolve, scan};
use crate::finalize::profile::WimbootReady;
use crate::finalize::run::{Done, Run};
use crate::{OnConflict, Result};

/// A file that boot loaders take, and where the kit's media folder has it.
struct BootFile {
    path: &'static str,
    media: Option<&'static str>,
    is_bcd: bool,
}

const fn file(path: &'static str, media: Option<&'static str>) -> BootFile {
    BootFile { path, media, is_bcd: false }
}

const fn bcd(path: &'static str, media: &'static str) -> BootFile {
    BootFile { path, media: Some(media), is_bcd: true }
}

/// What a boot by way of BIOS takes.
const BIOS: [BootFile; 3] = [
    file(r"\Windows\Boot\PXE\bootmgr.exe", None),
    file(r"\Windows\Boot\DVD\PCAT\boot.sdi", Some("boot/boot.sdi")),
    bcd(r"\Windows\Boot\DVD\PCAT\BCD", "boot/BCD"),
];
/// What a boot by way of UEFI takes.
const UEFI: [BootFile; 3] = [
    file(r"\Windows\Boot\EFI\bootmgfw.efi", None),
    file(r"\Windows\Boot\DVD\EFI\boot.sdi", Some("boot/boot.sdi")),
    bcd(r"\Windows\Boot\DVD\EFI\BCD", "EFI/Microsoft/Boot/BCD"),
];
/// What both take if it is there.
const FONTS: [BootFile; 4] = [
    file(r"\Windows\Boot\Fonts\segmono_boot.ttf", Some("boot/fonts/segmono_boot.ttf")),
    file(r"\Windows\Boot\Fonts\segoen_slboot.ttf", Some("boot/fonts/segoen_slboot.ttf")),
    file(r"\Windows\Boot\Fonts\segoe_slboot.ttf", Some("boot/fonts/segoe_slboot.ttf")),
    file(r"\Windows\Boot\Fonts\wgl4_boot.ttf", Some("boot/fonts/wgl4_boot.ttf")),
];

pub(super) fn run(run: &mut Run<'_>, step: &WimbootReady) -> Result<Done> {
    let mut changed = false;
    for file in BIOS.iter().chain(&UEFI).chain(&FONTS) {
        if run.editor.exists(file.path) || (file.is_bcd && !step.bcd) {
            continue;
        }
        if let (Some(media), Some(below)) = (&step.media, file.media) {
            changed |= add(run, media, below, file.path)?;
        }
    }
    for folder in &step.sdi_to {
        let path = format!("{}\\boot.sdi", run.expand(folder)?.trim_end_matches('\\'));
        match &step.media {
            _ if run.editor.exists(&path) => {}
            Some(media) => changed |= add(run, media, "boot/boot.sdi", &path)?,
            None => return Err(run.invalid("sdi_to", "`media` is needed to take boot.sdi from")),
        }
    }
    let missing = |files: &[BootFile]| {
        let wanted = files.iter().filter(|file| step.bcd || !file.is_bcd);
        wanted.filter(|file| !run.editor.exists(file.path)).map(|file| file.path).collect::<Vec<_>>()
    };
    let (bios, uefi) = (missing(&BIOS), missing(&UEFI));
    if !bios.is_empty() && !uefi.is_empty() && step.require {
        let what =
            format!("wimboot finds neither what BIOS needs ({}) nor UEFI ({})", bios.join(", "), uefi.join(", "));
        return Err(run.fail(StepProblem::Assertion(what)));
    }
    for (name, missing) in [("BIOS", bios), ("UEFI", uefi)] {
        if !missing.is_empty() {
            let message = format!("wimboot will not boot it by way of {name}: there is no {}", missing.join(", "));
            run.warn("NOT_WIMBOOT_READY", message);
        }
    }
    Ok(Done::changed(changed))
}

/// Adds a file of the media folder; whether it is there. Its folders may be spelled in any case.
fn add(run: &mut Run<'_>, media: &str, below: &str, to: &str) -> Result<bool> {
    let mut path = resolve(&run.expand(media)?, run.options).map_err(host(run))?;
    for name in below.split('/') {
        let entries = std::fs::read_dir(&path).map_err(crate::Error::io("read", &path))?;
        let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let Some(found) = names.find(|there| there.eq_ignore_ascii_case(name)) else { return Ok(false) };
        path.push(found);
    }
    let entries = scan(&path).map_err(host(run))?;
    if entries[0].is_folder {
        return Ok(false);
    }
    let new = new_entry(run, &entries[0])?;
    run.editor.add(to, new, OnConflict::Replace)?;
    Ok(true)
}
