//! `scratch_space`, `target_path` and `timezone`: settings of Windows PE that are values of its hives.

use wim_hive::Value;

use crate::Result;
use crate::boot::Architecture;
use crate::finalize::hives::{change, open};
use crate::finalize::profile::{ScratchSpace, TargetPath, TimeZone};
use crate::finalize::run::{Done, Run};

/// The sizes that DISM sets, in megabytes.
const DISM_SIZES: [u32; 5] = [32, 64, 128, 256, 512];
/// The most that the filter driver takes: more on x64 than on x86.
const MOST: u32 = 4094;
const MOST_ON_X86: u32 = 1024;

pub(super) fn scratch_space(run: &mut Run<'_>, step: &ScratchSpace) -> Result<Done> {
    let most = if run.facts.architecture == Some(Architecture::X86) { MOST_ON_X86 } else { MOST };
    if !(DISM_SIZES[0]..=most).contains(&step.mb) {
        return Err(run.invalid("mb", format!("{} is not from {} to {most}", step.mb, DISM_SIZES[0])));
    }
    if !DISM_SIZES.contains(&step.mb) {
        run.warn("SCRATCH_SPACE_SIZE", format!("{} MB is no size that DISM sets: {DISM_SIZES:?}", step.mb));
    }
    let changed = change(run, "SYSTEM", |hive| {
        let key = hive.resolve(r"CurrentControlSet\Services\FBWF");
        hive.set_value(&key, "WinPECacheThreshold", &Value::dword(step.mb))
    })?;
    Ok(Done::changed(changed))
}

/// What DISM takes as a target path: 3 to 32 characters, a drive from C to Z, no blanks, no quotes, ASCII.
fn is_target_path(path: &str) -> bool {
    let mut chars = path.chars();
    let drive = chars.next().is_some_and(|drive| ('C'..='Z').contains(&drive.to_ascii_uppercase()));
    let rest: String = chars.collect();
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"'<>|?*/:".contains(c);
    let names = rest.strip_prefix(":\\").map(|names| names.split('\\').collect::<Vec<_>>());
    drive
        && (3..=32).contains(&path.len())
        && names.is_some_and(|names| {
            let last = names.len() - 1;
            let is_name = |(at, name): (usize, &&str)| {
                (!name.is_empty() || at == last) && name.chars().all(is_plain) && *name != "." && *name != ".."
            };
            names.iter().enumerate().all(is_name)
        })
}

pub(super) fn target_path(run: &mut Run<'_>, step: &TargetPath) -> Result<Done> {
    if !is_target_path(&step.path) {
        let why = r"it has to be 3 to 32 characters: a drive from C to Z, `:\` and a path without blanks and quotes";
        return Err(run.invalid("path", why));
    }
    let version = r"Microsoft\Windows NT\CurrentVersion";
    let root = format!("{}\\Windows", step.path.trim_end_matches('\\'));
    let changed = change(run, "SOFTWARE", |hive| {
        hive.set_value(&format!(r"{version}\WinPE"), "InstRoot", &Value::sz(&step.path))?;
        if step.sync_systemroot { hive.set_value(version, "SystemRoot", &Value::sz(&root)) } else { Ok(()) }
    })?;
    Ok(Done::changed(changed))
}

/// A record of a time zone, `TZI`: three biases, and the two days of the year on which the time changes.
struct ZoneRecord<'a> {
    biases: [u32; 3],
    standard_start: &'a [u8],
    daylight_start: &'a [u8],
}

impl<'a> ZoneRecord<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (numbers, dates) = bytes.split_at_checked(12)?;
        let (standard_start, daylight_start) = dates.split_at_checked(16)?;
        let number = |at: usize| u32::from_le_bytes([numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]]);
        let record = Self { biases: [number(0), number(4), number(8)], standard_start, daylight_start };
        (daylight_start.len() == 16).then_some(record)
    }
}

pub(super) fn timezone(run: &mut Run<'_>, step: &TimeZone) -> Result<Done> {
    let hive = open(run, "SOFTWARE")?.hive;
    let zones = r"Microsoft\Windows NT\CurrentVersion\Time Zones";
    let zone = hive.find(&format!(r"{zones}\{}", step.windows_id)).filter(|_| !step.windows_id.contains('\\'));
    let text = |name: &str| zone.as_ref().and_then(|zone| zone.value(&name.into())).and_then(|value| value.text());
    let record = zone.as_ref().and_then(|zone| zone.value(&"TZI".into()));
    let record = record.as_ref().and_then(|value| ZoneRecord::parse(&value.data));
    let Some(record) = record else {
        let why = format!("the image does not know the time zone {:?}: its SOFTWARE has no such key", step.windows_id);
        return Err(run.invalid("windows_id", why));
    };
    let standard = text("MUI_Std").or_else(|| text("Std")).unwrap_or_else(|| step.windows_id.clone());
    let daylight = text("MUI_Dlt").or_else(|| text("Dlt")).unwrap_or_else(|| step.windows_id.clone());
    let [bias, standard_bias, daylight_bias] = record.biases;
    let values = [
        ("Bias", Value::dword(bias)),
        ("ActiveTimeBias", Value::dword(bias.wrapping_add(standard_bias))),
        ("StandardBias", Value::dword(standard_bias)),
        ("DaylightBias", Value::dword(daylight_bias)),
        ("StandardStart", Value::binary(record.standard_start)),
        ("DaylightStart", Value::binary(record.daylight_start)),
        ("StandardName", Value::sz(&standard)),
        ("DaylightName", Value::sz(&daylight)),
        ("TimeZoneKeyName", Value::sz(&step.windows_id)),
    ];
    let changed = change(run, "SYSTEM", |hive| {
        let key = hive.resolve(r"CurrentControlSet\Control\TimeZoneInformation");
        values.iter().try_for_each(|(name, value)| hive.set_value(&key, name, value))
    })?;
    Ok(Done::changed(changed))
}

#[cfg(test)]
mod tests {
    use super::is_target_path;

    #[test]
    fn target_paths_are_those_that_dism_takes() {
        for path in [r"X:\", r"C:\Windows", r"x:\$Windows.~bt\", r"Z:\a\b"] {
            assert!(is_target_path(path), "{path}");
        }
        for path in ["X:", r"A:\", r"X:\a b", r"X:\..", r"X:\.\a", r"\Windows", "X:/a", r"X:\\a", "", r"X:\ä"] {
            assert!(!is_target_path(path), "{path}");
        }
        assert!(!is_target_path(&format!(r"X:\{}", "a".repeat(30))));
    }
}
