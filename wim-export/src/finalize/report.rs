//! What finalizing came to: data for a report that people and programs read.

use serde::Serialize;

/// What finalizing came to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FinalizeReport {
    /// Which profile.
    pub profile: ProfileIdentity,
    /// The image as it was.
    pub before: Tally,
    /// The image as it is.
    pub after: Tally,
    /// Every step, in order.
    pub steps: Vec<StepReport>,
    /// What a careful user wants to know.
    pub warnings: Vec<FinalizeWarning>,
    /// Whether Windows' own tools can still service the image.
    pub serviceable: bool,
}

/// A profile, so that it can be recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileIdentity {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// The SHA-256 of its text.
    pub sha256: String,
}

/// What an image takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Directory entries, with the root.
    pub entries: u64,
    /// Different blobs that files refer to.
    pub blobs: u64,
    /// Uncompressed bytes of these.
    pub bytes: u64,
    /// Bytes that these take in the source, as far as they are in it in resources of their own.
    pub stored_bytes: u64,
    /// References to blobs beyond the first of each: what is stored once and used more often.
    pub shared_references: u64,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Applied,
    /// It was done, and there was nothing to do.
    Unchanged,
    /// It was left out; its `detail` says why.
    Skipped,
}

/// A step, and what it came to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StepReport {
    /// Its number in the profile, from 1.
    pub number: usize,
    /// Its id, if it has one.
    pub id: Option<String>,
    /// Its kind.
    pub kind: &'static str,
    /// What became of it.
    pub outcome: Outcome,
    /// More about it, for people.
    pub detail: Option<String>,
    /// Entries that it removed.
    pub entries_removed: u64,
    /// Entries that it added.
    pub entries_added: u64,
    /// Blobs that nothing needs any more: what shared or linked data frees is nothing.
    pub blobs_freed: u64,
    /// Uncompressed bytes of these.
    pub bytes_freed: u64,
    /// Bytes that these take in the source, as far as they are in it in resources of their own.
    pub stored_bytes_freed: u64,
    /// Uncompressed bytes of data that the image did not have.
    pub bytes_added: u64,
}

/// Something that is not as it should be, and did not stop the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FinalizeWarning {
    /// A stable name for scripts.
    pub code: &'static str,
    /// What is the matter.
    pub message: String,
    /// The step that found it.
    pub step: String,
}
