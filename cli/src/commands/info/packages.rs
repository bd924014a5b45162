//! `wimsmith info --packages`: what is installed in an image.

use std::io::Write;

use serde::Serialize;
use wim_export::Archive;
use wim_export::component::{PackageIdentity, installed_packages};

use crate::output::Output;
use crate::output::text::Line;
use crate::source;

/// The packages of an image.
#[derive(Serialize)]
struct Listing {
    image: u32,
    packages: Vec<PackageEntry>,
}

/// A package, and what names it.
#[derive(Serialize)]
struct PackageEntry {
    identity: String,
    name: String,
    version: String,
    architecture: String,
    /// Nothing for a package of no language.
    language: Option<String>,
    public_key_token: String,
}

impl From<PackageIdentity> for PackageEntry {
    fn from(package: PackageIdentity) -> Self {
        Self {
            identity: package.to_string(),
            name: package.name,
            version: package.version.to_string(),
            architecture: package.architecture,
            language: Some(package.language).filter(|language| !language.is_empty()),
            public_key_token: package.public_key_token,
        }
    }
}

pub(super) fn print(archive: &Archive, image: Option<&str>, output: &Output) -> anyhow::Result<()> {
    source::refuse_all(image)?;
    let image = source::select_image(archive, image)?;
    let packages = installed_packages(&archive.image(image)?).into_iter().map(PackageEntry::from).collect();
    let listing = Listing { image: image.get(), packages };
    if output.json() {
        return Ok(output.answer(&listing)?);
    }
    let mut out = output.stdout();
    for PackageEntry { name, version, architecture, language, .. } in &listing.packages {
        let language = language.as_deref().unwrap_or("-");
        writeln!(out, "{}", Line(&format!("{name} {version} {architecture} {language}")))?;
    }
    Ok(out.flush()?)
}
