//! What names an assembly.

use roxmltree::Node;

use crate::component::{PackageIdentity, PackageVersion};

/// What names an assembly: a package or a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::component) struct AssemblyIdentity(pub(in crate::component) PackageIdentity);

impl AssemblyIdentity {
    /// Of an `assemblyIdentity` element. `None` without a name, or with a version that is none.
    pub(super) fn of(node: Node<'_, '_>) -> Option<Self> {
        let attribute = |name: &str| node.attribute(name).unwrap_or_default();
        let version = match attribute("version") {
            "" => PackageVersion::default(),
            text => text.parse().ok()?,
        };
        let identity = PackageIdentity {
            name: attribute("name").to_owned(),
            public_key_token: attribute("publicKeyToken").to_owned(),
            architecture: attribute("processorArchitecture").to_owned(),
            language: language(attribute("language")).to_owned(),
            version,
        };
        (!identity.name.is_empty()).then_some(Self(identity))
    }

    /// Whether a reference `self` means `other`. What the reference leaves out, or says with `*`, can be anything; so can the
    /// version, of which a package has but one.
    pub(in crate::component) fn means(&self, other: &Self) -> bool {
        let fits = |wanted: &str, actual: &str| matches!(wanted, "" | "*") || wanted.eq_ignore_ascii_case(actual);
        let (wanted, actual) = (&self.0, &other.0);
        wanted.name.eq_ignore_ascii_case(&actual.name)
            && fits(&wanted.architecture, &actual.architecture)
            && fits(&wanted.language, &actual.language)
            && fits(&wanted.public_key_token, &actual.public_key_token)
    }
}

/// Three ways to say that there is no language.
fn language(text: &str) -> &str {
    if text.eq_ignore_ascii_case("neutral") || text.eq_ignore_ascii_case("none") { "" } else { text }
}
