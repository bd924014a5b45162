//! The steps of a profile, in order.

use super::account::Account;
use super::facts::{Facts, source_of};
use super::profile::{OnMissing, Pending, Requirement, Step};
use super::protect::Protection;
use super::{
    FinalizeOptions, FinalizeReport, FinalizeWarning, Outcome, Profile, ProfileIdentity, StepProblem, StepReport,
    hives, steps,
};
use crate::{Error, ImageEditor, Result};

/// What servicing leaves while it is not finished.
const PENDING: &str = r"\Windows\WinSxS\pending.xml";

/// What the steps work with.
pub(super) struct Run<'a> {
    pub(super) editor: &'a mut ImageEditor,
    pub(super) profile: &'a Profile,
    pub(super) options: &'a FinalizeOptions,
    pub(super) facts: Facts,
    pub(super) protection: Protection,
    pub(super) warnings: Vec<FinalizeWarning>,
    /// The packages that were side-loaded, by name: Windows' own tools do not know of them.
    pub(super) side_loaded: Vec<String>,
    /// What messages call the step that is being done.
    pub(super) label: String,
}

/// What a step came to.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) removed: u64,
    pub(super) detail: Option<String>,
    /// Something changed that counts of entries and data do not show.
    pub(super) changed: bool,
    pub(super) skipped: bool,
}

impl Done {
    pub(super) fn changed(changed: bool) -> Self {
        Self { changed, ..Self::default() }
    }

    fn skipped(why: String) -> Self {
        Self { skipped: true, detail: Some(why), ..Self::default() }
    }
}

/// Carries out `profile` on the image that `editor` has. Nothing is written; the tree in memory is as the profile says, or
/// there is an error, and the editor is to be dropped.
///
/// # Errors
/// [`Error::Step`] if the profile is not for this image, or a step cannot be done; [`Error::Io`] and the like if something of
/// the image or of the host cannot be read.
pub fn finalize(editor: &mut ImageEditor, profile: &Profile, options: &FinalizeOptions) -> Result<FinalizeReport> {
    let source = source_of(editor)?;
    let fail = |problem| failed("profile", problem);
    let facts = Facts::of(editor)?;
    facts.check(&profile.applies).map_err(fail)?;
    let protection = Protection::of(&profile.policy, options).map_err(fail)?;
    check_classes(profile)?;
    let (warnings, side_loaded, label) = (Vec::new(), Vec::new(), String::new());
    editor.set_default_time(options.time);
    let mut run = Run { editor, profile, options, facts, protection, warnings, side_loaded, label };
    let before = Account::of(run.editor, &source);
    let mut account = before.clone();
    let mut reports = Vec::new();
    for step in &profile.steps {
        run.label = step.label();
        let done = run.step(step)?;
        let after = Account::of(run.editor, &source);
        reports.push(report(step, done, &account, &after));
        account = after;
    }
    Ok(FinalizeReport {
        profile: ProfileIdentity {
            name: profile.name().to_owned(),
            version: profile.version().map(str::to_owned),
            sha256: profile.sha256(),
        },
        before: before.tally,
        after: account.tally,
        steps: reports,
        serviceable: run.side_loaded.is_empty(),
        warnings: run.warnings,
    })
}

/// The error that a step cannot be done.
pub(super) fn failed(step: &str, problem: StepProblem) -> Error {
    Error::Step { step: step.to_owned(), problem }
}

/// Checks that no step may break more than the profile allows, before any is done.
fn check_classes(profile: &Profile) -> Result<()> {
    let allowed = profile.policy.max_class;
    match profile.steps.iter().find(|step| step.class.max(step.action.least_class()) > allowed) {
        Some(step) => {
            let class = step.class.max(step.action.least_class());
            Err(failed(&step.label(), StepProblem::Class { step: class, allowed }))
        }
        None => Ok(()),
    }
}

fn report(step: &Step, done: Done, before: &Account, after: &Account) -> StepReport {
    let difference = before.difference(after);
    let (entries_before, entries_after) = (before.tally.entries, after.tally.entries);
    let entries_added = (entries_after + done.removed).saturating_sub(entries_before);
    let is_same = entries_added == 0 && done.removed == 0 && difference == super::account::Difference::default();
    let outcome = match (done.skipped, is_same && !done.changed) {
        (true, _) => Outcome::Skipped,
        (false, true) => Outcome::Unchanged,
        (false, false) => Outcome::Applied,
    };
    StepReport {
        number: step.number,
        id: step.id.clone(),
        kind: step.action.kind(),
        outcome,
        detail: done.detail,
        entries_removed: done.removed,
        entries_added,
        blobs_freed: difference.blobs_freed,
        bytes_freed: difference.bytes_freed,
        stored_bytes_freed: difference.stored_bytes_freed,
        bytes_added: difference.bytes_added,
    }
}

impl Run<'_> {
    fn step(&mut self, step: &Step) -> Result<Done> {
        let why_not =
            self.facts.why_not(&step.when, self.editor, self.options).map_err(|problem| self.fail(problem))?;
        if let Some(why) = why_not {
            return Ok(Done::skipped(why));
        }
        for requirement in &step.requires {
            if let Some(why) = self.unmet(*requirement)? {
                self.warn("STEP_SKIPPED", format!("left out: {why}"));
                return Ok(Done::skipped(why));
            }
        }
        steps::run(self, &step.action)
    }

    /// Why a requirement is not met; `None`: it is.
    fn unmet(&self, requirement: Requirement) -> Result<Option<String>> {
        match requirement {
            Requirement::CleanHives => hives::unclean(self.editor),
            Requirement::NoPending if !self.editor.exists(PENDING) => Ok(None),
            Requirement::NoPending => match self.profile.policy.pending {
                Pending::Fail => Err(self.fail(StepProblem::Pending)),
                Pending::Skip => Ok(Some(StepProblem::Pending.to_string())),
                Pending::Ignore => Ok(None),
            },
        }
    }

    /// The error that the step cannot be done.
    pub(super) fn fail(&self, problem: StepProblem) -> Error {
        failed(&self.label, problem)
    }

    /// The error that a key says what it cannot.
    pub(super) fn invalid(&self, key: &'static str, why: impl Into<String>) -> Error {
        self.fail(StepProblem::Invalid { key, why: why.into() })
    }

    pub(super) fn warn(&mut self, code: &'static str, message: String) {
        self.warnings.push(FinalizeWarning { code, message, step: self.label.clone() });
    }

    /// A path or pattern with its variables replaced.
    pub(super) fn expand(&self, text: &str) -> Result<String> {
        self.facts.expand(text).map_err(|problem| self.fail(problem))
    }

    /// A pattern matched nothing: what the policy says about that.
    pub(super) fn no_match(&mut self, pattern: &str, default: OnMissing) -> Result<()> {
        match self.profile.policy.on_missing.unwrap_or(default) {
            OnMissing::Ignore => Ok(()),
            OnMissing::Warn => {
                self.warn("NO_MATCH", format!("{pattern} matches nothing"));
                Ok(())
            }
            OnMissing::Error => Err(self.fail(StepProblem::NoMatch(pattern.to_owned()))),
        }
    }
}
