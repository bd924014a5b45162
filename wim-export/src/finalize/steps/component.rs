//! `component`: an optional component of Windows PE out of a kit's cabinets, side-loaded.

use std::path::PathBuf;

use super::host;
use crate::Result;
use crate::boot::Architecture;
use crate::component::{
    Catalogue, ComponentStore, Package, PackageIdentity, PackageVersion, SideLoad, Skipped, Target, installed_packages,
    resolve as resolve_components,
};
use crate::finalize::host::resolve;
use crate::finalize::profile::{Component, ComponentMode, Depends};
use crate::finalize::run::{Done, Run};

/// The language of a kit's cabinets, where neither the step nor the image says one.
const LANGUAGE: &str = "en-US";
/// A component's package is called as the component, with this behind.
const PACKAGE_SUFFIX: &str = "-Package";

pub(super) fn run(run: &mut Run<'_>, step: &Component) -> Result<Done> {
    let ComponentMode::SideLoad = step.mode;
    let installed = installed_packages(run.editor.metadata());
    let language = step.language.clone().or_else(|| run.facts.language.clone());
    let language = language.unwrap_or_else(|| LANGUAGE.to_owned());
    let mut details = Vec::new();
    for cabinet in cabinets(run, step, &language, &installed)? {
        let package = Package::open(&cabinet)?;
        if installed.iter().any(|known| known.is_same(package.identity())) {
            details.push(format!("{} is installed already", package.name()));
            continue;
        }
        check(run, &package, &language, &installed)?;
        let plan = SideLoad::plan(&package, &Target::default())
            .map_err(|why| crate::Error::Component { component: cabinet.display().to_string(), why })?;
        plan.apply(run.editor)?;
        warn_of_skipped(run, &package, &plan.skipped);
        details.push(format!(
            "{}: {} files, {} registry values",
            package.name(),
            plan.files.len(),
            plan.registry.len()
        ));
        run.side_loaded.push(package.identity().name.clone());
    }
    Ok(Done { detail: Some(details.join("; ")), ..Done::changed(!run.side_loaded.is_empty()) })
}

/// The cabinets of a step, in order.
fn cabinets(run: &Run<'_>, step: &Component, language: &str, installed: &[PackageIdentity]) -> Result<Vec<PathBuf>> {
    let path = |text: &str| resolve(&run.expand(text)?, run.options).map_err(host(run));
    match (&step.name, &step.cab[..]) {
        (None, cabinets @ [_, ..]) => cabinets.iter().map(|cabinet| path(cabinet)).collect(),
        (Some(name), []) => {
            let store = store(run)?;
            let catalogue = Catalogue::default();
            let is_there = |name: &str| is_installed(run, name, installed);
            if step.depends == Depends::Explicit {
                check_needs(run, name, &catalogue, is_there)?;
            }
            let selected = resolve_components(std::slice::from_ref(name), language, &catalogue, &store, is_there)?;
            Ok(selected.into_iter().flat_map(|selection| selection.cabinets).collect())
        }
        _ => Err(run.invalid("name", "either `name` or `cab` is needed")),
    }
}

/// Where the cabinets are: where the profile says, or else in the kit.
fn store(run: &Run<'_>) -> Result<ComponentStore> {
    match (&run.profile.components, &run.options.components) {
        (Some(source), _) => {
            let folder = resolve(&run.expand(&source.dir)?, run.options).map_err(host(run))?;
            Ok(ComponentStore::at(folder))
        }
        (None, Some(folder)) => Ok(ComponentStore::at(folder)),
        (None, None) => {
            let why = "there is no folder of components: neither has the profile a [component_source], nor was a kit \
                       named (--adk-root) that has one (WinPE_OCs) for this architecture";
            Err(run.invalid("name", why))
        }
    }
}

/// Whether the image has a component, or had it side-loaded in this run.
fn is_installed(run: &Run<'_>, name: &str, installed: &[PackageIdentity]) -> bool {
    let is_it = |package: &str| {
        let name_of = package.len().checked_sub(PACKAGE_SUFFIX.len()).and_then(|at| package.split_at_checked(at));
        package.eq_ignore_ascii_case(name)
            || name_of.is_some_and(|(start, end)| {
                start.eq_ignore_ascii_case(name) && end.eq_ignore_ascii_case(PACKAGE_SUFFIX)
            })
    };
    installed.iter().map(|package| &package.name).chain(&run.side_loaded).any(|package| is_it(package))
}

/// Where the profile lists what it installs itself: what a component needs has to be there.
fn check_needs(run: &Run<'_>, name: &str, catalogue: &Catalogue, is_there: impl Fn(&str) -> bool) -> Result<()> {
    let needs = catalogue.find(name).map_or(&[][..], |entry| &entry.depends);
    match needs.iter().find(|need| !is_there(need)) {
        Some(need) => Err(run.invalid("depends", format!("{name} needs {need}, which no step before installs"))),
        None => Ok(()),
    }
}

/// Checks that a package is for this image.
fn check(run: &mut Run<'_>, package: &Package, language: &str, installed: &[PackageIdentity]) -> Result<()> {
    let fail = |why| crate::Error::Component { component: package.name().to_owned(), why };
    let version = run.editor.xml().version();
    let version = version.map(|v| PackageVersion([v.major, v.minor, v.build, v.service_pack_build]));
    let (architecture, version) = match (run.facts.architecture, version) {
        (Some(architecture), Some(version)) => (architecture, version),
        (architecture, _) => {
            let what = if architecture.is_none() { "architecture" } else { "version" };
            return Err(run.invalid("name", format!("the image does not tell its {what}, which components must fit")));
        }
    };
    package.check_fits(architecture, version, language).map_err(fail)?;
    let parents = || package.parents().filter(|parent| !parent.name.is_empty());
    let is_there =
        |parent: &PackageIdentity| installed.iter().any(|known| known.name.eq_ignore_ascii_case(&parent.name));
    if let Some(missing) = parents().find(|parent| !is_there(parent)) {
        let image = Architecture::name(architecture);
        let message = format!(
            "{} is for images with the package {}, which this {image} image has not",
            package.name(),
            missing.name
        );
        run.warn("COMPONENT_PARENT_MISSING", message);
    }
    Ok(())
}

/// Says what Windows would do besides.
fn warn_of_skipped(run: &mut Run<'_>, package: &Package, skipped: &[Skipped]) {
    if skipped.is_empty() {
        return;
    }
    let mut what: Vec<&str> = skipped.iter().map(|skipped| skipped.what.as_str()).collect();
    what.sort_unstable();
    what.dedup();
    run.warn("COMPONENT_IN_PART", format!("{} also wants what only Windows does: {}", package.name(), what.join(", ")));
}
