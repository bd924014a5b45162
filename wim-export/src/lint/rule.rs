//! What a rule, a finding and a consumer are.

use std::fmt;
use std::str::FromStr;

use wim_format::{DentryId, ImageIndex, Inode, Warning, WarningKind};

use super::Image;
use super::references::References;
use crate::{Archive, Result};

/// How bad it is to break a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// It works for some, or costs something.
    Warning,
    /// It does not work.
    Error,
}

impl Severity {
    /// Its name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A program, or a place, for which an archive is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Consumer {
    /// The Windows Boot Manager, which loads a boot image into memory.
    Bootmgr,
    /// iPXE's wimboot, which takes boot files out of a boot image.
    Wimboot,
    /// Windows Deployment Services and Configuration Manager, which import a boot image.
    Wds,
    /// DISM and WIMGAPI.
    Dism,
    /// Windows Setup, which installs an image.
    Setup,
    /// A FAT32 volume, such as UEFI boots from.
    Fat32,
}

impl Consumer {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Bootmgr, Self::Wimboot, Self::Wds, Self::Dism, Self::Setup, Self::Fat32];

    /// Its name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bootmgr => "bootmgr",
            Self::Wimboot => "wimboot",
            Self::Wds => "wds",
            Self::Dism => "dism",
            Self::Setup => "setup",
            Self::Fat32 => "fat32",
        }
    }
}

impl fmt::Display for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Consumer {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|consumer| consumer.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| crate::Error::InvalidArgument {
            what: "consumer",
            value: text.to_owned(),
            expected: Self::ALL.map(Self::name).join(", "),
        })
    }
}

/// A rule that archives should keep.
#[derive(Debug)]
pub struct Rule {
    /// A stable name.
    pub id: &'static str,
    /// How bad it is to break it.
    pub severity: Severity,
    /// For whom it matters.
    pub consumers: &'static [Consumer],
    /// Why it matters.
    pub reason: &'static str,
    pub(super) check: Check,
}

impl Rule {
    /// Whether an image that breaks it does not boot, whoever loads it: it is an error about what the boot manager itself
    /// reads, the archive's layout and the boot image's own files.
    pub fn stops_boot(&self) -> bool {
        let is_of_boot = matches!(self.check, Check::Archive(_) | Check::BootImage(_));
        is_of_boot && self.severity == Severity::Error && self.concerns(&[Consumer::Bootmgr])
    }

    /// Whether it matters for any of these.
    pub fn concerns(&self, consumers: &[Consumer]) -> bool {
        self.consumers.iter().any(|consumer| consumers.contains(consumer))
    }
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Check {
    /// The archive's tables.
    Archive(fn(&Archive, &mut Report<'_>)),
    /// What readers of the format tolerate and warn of, in the tables or in an image's metadata.
    Format(WarningKind),
    /// What all images together refer to.
    References(fn(&Archive, &References, &mut Report<'_>)),
    /// Each image.
    Image(fn(&Image<'_>, &mut Report<'_>) -> Result<()>),
    /// Every entry of each image: what to say of those that are wrong, and which are.
    Entries(&'static str, IsWrong),
    /// The image that is to boot.
    BootImage(fn(&Image<'_>, &mut Report<'_>) -> Result<()>),
    /// Every entry of the image that is to boot.
    BootEntries(&'static str, IsWrong),
}

/// Whether an entry of an image breaks a rule.
type IsWrong = fn(&Image<'_>, DentryId, &Inode) -> bool;

/// A rule that was broken.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The image, if it is about one.
    pub image: Option<ImageIndex>,
    /// What was found, or is missing.
    pub message: String,
    /// How many files, blobs or other things of this kind there are.
    pub count: u64,
    /// Some of their paths.
    pub paths: Vec<String>,
}

/// Everything that was found so far.
#[derive(Default)]
pub(super) struct Found(Vec<Finding>);

impl Found {
    /// Where a rule reports what it finds.
    pub(super) fn of(&mut self, rule: &'static Rule, image: Option<ImageIndex>) -> Report<'_> {
        Report { findings: &mut self.0, rule, image }
    }

    pub(super) fn into_sorted(mut self) -> Vec<Finding> {
        self.0.sort_by_key(|finding| std::cmp::Reverse(finding.rule.severity));
        self.0
    }
}

/// Paths that a finding shows.
const SHOWN: usize = 10;

/// Where one rule reports what it finds.
pub(super) struct Report<'a> {
    findings: &'a mut Vec<Finding>,
    rule: &'static Rule,
    image: Option<ImageIndex>,
}

impl Report<'_> {
    /// Something was found.
    pub(super) fn add(&mut self, message: impl Into<String>) {
        self.add_paths(message, 1, Vec::new());
    }

    /// Something was found `count` times, unless that is 0.
    pub(super) fn add_count(&mut self, message: impl Into<String>, count: u64) {
        if count > 0 {
            self.add_paths(message, count, Vec::new());
        }
    }

    /// Something is wrong with `count` files, of which these are some.
    pub(super) fn add_paths(&mut self, message: impl Into<String>, count: u64, paths: Vec<String>) {
        let (rule, image) = (self.rule, self.image);
        self.findings.push(Finding { rule, image, message: message.into(), count, paths });
    }
    /// So many of these warnings have that kind.
    pub(super) fn add_warned(&mut self, warnings: &[Warning], kind: WarningKind) {
        let count = warnings.iter().filter(|warning| warning.kind == kind).count();
        self.add_count(kind.to_string(), count as u64);
    }

    /// All entries of the image that are wrong.
    pub(super) fn add_entries(
        &mut self,
        image: &Image<'_>,
        message: &str,
        is_wrong: impl Fn(DentryId, &Inode) -> bool,
    ) {
        let entries = image.metadata.walk().map(|(id, _)| id);
        let wrong: Vec<DentryId> = entries.filter(|&id| is_wrong(id, image.metadata.inode_of(id))).collect();
        if !wrong.is_empty() {
            let paths = wrong.iter().take(SHOWN).map(|&id| image.metadata.path(id)).collect();
            self.add_paths(message, wrong.len() as u64, paths);
        }
    }
}
