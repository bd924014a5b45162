//! What no deletion takes: without it an image does not boot, or cannot be serviced any more.

use wim_format::{DentryId, ImageMetadata};

use super::profile::Policy;
use super::{FinalizeOptions, StepProblem};
use crate::Glob;

/// Protected paths; in the second place what is not, although it matches.
const PROTECTED: &[(&str, Option<&str>)] = &[
    // Boot managers, fonts, BCD, boot.stl: what boot loaders and deployment servers take out of an image.
    (r"\Windows\Boot\**", None),
    (r"\Windows\System32\config\SYSTEM", None),
    (r"\Windows\System32\config\SOFTWARE", None),
    (r"\Windows\System32\config\DEFAULT", None),
    (r"\Windows\System32\config\DRIVERS", None),
    (r"\Windows\System32\config\SAM", None),
    (r"\Windows\System32\config\SECURITY", None),
    (r"\Windows\System32\config\COMPONENTS", None),
    (r"\Windows\System32\ntoskrnl.exe", None),
    (r"\Windows\System32\hal.dll", None),
    (r"\Windows\System32\winload.exe", None),
    (r"\Windows\System32\winload.efi", None),
    (r"\Windows\System32\smss.exe", None),
    (r"\Windows\System32\csrss.exe", None),
    (r"\Windows\System32\services.exe", None),
    (r"\Windows\System32\lsass.exe", None),
    (r"\Windows\System32\winlogon.exe", None),
    (r"\Windows\System32\winpeshl.exe", None),
    (r"\Windows\System32\wpeinit.exe", None),
    (r"\Windows\System32\wpeutil.exe", None),
    (r"\Windows\System32\cmd.exe", None),
    (r"\Windows\System32\drvload.exe", None),
    (r"\Windows\System32\ntdll.dll", None),
    (r"\Windows\System32\drivers\**", None),
    (r"\Windows\INF\**", Some(r"\Windows\INF\**\*.log")),
    (r"\Windows\System32\DriverStore\**", None),
    (r"\Windows\System32\CatRoot\{F750E6C3-38EE-11D1-85E5-00C04FC295EE}\**", None),
    (r"\Windows\WinSxS\Catalogs\**", None),
    (r"\Windows\WinSxS\Manifests\**", None),
    (r"\Windows\WinSxS\*common-controls*\**", None),
    (r"\Windows\WinSxS\*servicingstack*\**", None),
    (r"\Windows\WinSxS\*isolationautomation*\**", None),
    (r"\Windows\WinSxS\*gdiplus*\**", None),
    // What the image contains is known from here.
    (r"\Windows\servicing\Packages\**", None),
    // Configuration Manager's own files.
    (r"\sms\**", None),
];

/// What a run protects.
#[derive(Debug)]
pub(super) struct Protection {
    rules: Vec<(Glob, Option<Glob>)>,
    unprotected: Vec<Glob>,
}

impl Protection {
    /// The usual protection, with what the profile adds and takes away.
    pub(super) fn of(policy: &Policy, options: &FinalizeOptions) -> Result<Self, StepProblem> {
        if !policy.unprotect.is_empty() && !options.allow_unprotect {
            return Err(StepProblem::Unprotect);
        }
        let parse =
            |key, text: &str| Glob::parse(text).map_err(|error| StepProblem::Invalid { key, why: error.to_string() });
        let mut rules = Vec::new();
        for (pattern, except) in PROTECTED {
            rules.push((parse("protect", pattern)?, except.map(|except| parse("protect", except)).transpose()?));
        }
        for pattern in &policy.protect {
            rules.push((parse("protect", pattern)?, None));
        }
        let unprotected =
            policy.unprotect.iter().map(|pattern| parse("unprotect", pattern)).collect::<Result<_, _>>()?;
        Ok(Self { rules, unprotected })
    }

    /// Checks that none of these entries, nor anything in them, is protected.
    pub(super) fn check(
        &self,
        metadata: &ImageMetadata,
        entries: impl IntoIterator<Item = DentryId>,
    ) -> Result<(), StepProblem> {
        for id in entries {
            for (id, _) in metadata.walk_from(id) {
                if self.is_protected(metadata, id) {
                    return Err(StepProblem::Protected(metadata.path(id)));
                }
            }
        }
        Ok(())
    }

    /// Whether an entry itself is protected.
    pub(super) fn is_protected(&self, metadata: &ImageMetadata, id: DentryId) -> bool {
        let matches = |glob: &Glob| glob.matches_entry(metadata, id);
        let protects =
            |(pattern, except): &(Glob, Option<Glob>)| matches(pattern) && !except.as_ref().is_some_and(matches);
        self.rules.iter().any(protects) && !self.unprotected.iter().any(matches)
    }
}
