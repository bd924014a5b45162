//! A last look at what was made, before it takes its place: what its readers will stumble over, and where its bytes are.

use std::path::Path;

use wim_format::ImageIndex;

use super::report::BootSizes;
use super::{BootImageProblem, BootReport, BootRequest};
use crate::lint::{Finding, lint, lint_planned};
use crate::{Archive, Error, ExportPlan, OpenOptions, Result, SizeMap};

/// Looks at the archive that was written at `path`. `before` is where the source's bytes were.
pub(super) fn written(
    request: &BootRequest,
    path: &Path,
    before: Option<SizeMap>,
    report: &mut BootReport,
) -> Result<()> {
    if request.consumers.is_empty() && before.is_none() {
        return Ok(());
    }
    let archive = OpenOptions::new().limits(request.limits.clone()).open(path)?;
    let findings = lint(&archive, None, &request.consumers)?;
    look(request, &archive, ImageIndex::FIRST, findings, before, report)
}

/// Looks at what a dry run would write: the image as it is in memory, as it will be described.
pub(super) fn planned(
    request: &BootRequest,
    plan: &ExportPlan,
    image: ImageIndex,
    before: Option<SizeMap>,
    report: &mut BootReport,
) -> Result<()> {
    let findings = lint_planned(&plan.source, image, plan.xml.image(ImageIndex::FIRST), &request.consumers)?;
    look(request, &plan.source, image, findings, before, report)
}

fn look(
    request: &BootRequest,
    archive: &Archive,
    image: ImageIndex,
    findings: Vec<Finding>,
    before: Option<SizeMap>,
    report: &mut BootReport,
) -> Result<()> {
    if let Some(finding) = findings.iter().find(|finding| finding.rule.stops_boot() && !request.any_image) {
        let (archive, image) = (report.source.display().to_string(), report.image);
        let problem = BootImageProblem::WouldNotBoot { rule: finding.rule.id, message: finding.message.clone() };
        return Err(Error::BootImage { archive, image, problem });
    }
    report.consumers.clone_from(&request.consumers);
    report.findings = findings;
    if let Some(before) = before {
        report.sizes = Some(BootSizes { before, after: SizeMap::new(archive, image)? });
    }
    Ok(())
}
