//! Rules about what images refer to.

use std::collections::HashMap;

use wim_format::{ImageMetadata, Sha1Hash};

use super::rule::{Check, Consumer, Rule, Severity};

/// How many names of all images refer to each blob.
#[derive(Debug, Default)]
pub(super) struct References(HashMap<Sha1Hash, u32>);

impl References {
    pub(super) fn add(&mut self, metadata: &ImageMetadata) {
        for (hash, names) in metadata.blob_references() {
            let count = self.0.entry(hash).or_default();
            *count = count.saturating_add(names);
        }
    }

    fn get(&self, hash: &Sha1Hash) -> u32 {
        self.0.get(hash).copied().unwrap_or(0)
    }
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "reference-count",
        severity: Severity::Warning,
        consumers: &[Consumer::Dism],
        reason: "software that trusts a count that is too small deletes data that is still needed",
        check: Check::References(|archive, references, report| {
            let blobs = archive.blob_table().blobs().iter();
            let wrong = blobs.filter(|blob| ![0, blob.reference_count].contains(&references.get(&blob.hash)));
            report.add_count("blobs have another number of references than the table says", wrong.count() as u64);
        }),
    },
    Rule {
        id: "unreferenced",
        severity: Severity::Note,
        consumers: &[Consumer::Dism, Consumer::Bootmgr, Consumer::Wimboot, Consumer::Wds, Consumer::Fat32],
        reason: "data that no image needs takes space; `wimsmith optimize` drops it",
        check: Check::References(|archive, references, report| {
            let blobs = archive.blob_table().blobs().iter();
            let unused: Vec<u64> = blobs.filter(|blob| references.get(&blob.hash) == 0).map(|blob| blob.size).collect();
            let bytes: u64 = unused.iter().sum();
            report.add_count(format!("no image needs {bytes} bytes of data"), unused.len() as u64);
        }),
    },
];
