//! The XML of packages: a `.mum` names a package and what it consists of, a `.manifest` a component and what it installs.

mod identity;
mod manifest;
mod registry;

use std::borrow::Cow;

use roxmltree::{Document, Node, ParsingOptions};

use super::ComponentProblem;

pub(super) use identity::AssemblyIdentity;
pub(super) use manifest::{Manifest, ManifestFile};
pub use registry::{RegistryData, RegistryValue};

/// No manifest has near as many elements, attributes and texts.
const MAX_NODES: u32 = 1 << 18;

/// What a `.mum` or `.manifest` says.
#[derive(Debug)]
pub(super) struct Assembly {
    /// The member that it was read from.
    pub(super) member: String,
    pub(super) identity: AssemblyIdentity,
    /// The packages that must be there before.
    pub(super) parents: Vec<AssemblyIdentity>,
    /// What it consists of.
    pub(super) parts: Vec<AssemblyIdentity>,
    pub(super) manifest: Manifest,
}

impl Assembly {
    /// Reads the member `member` with `data`.
    pub(super) fn parse(member: &str, data: &[u8]) -> Result<Self, ComponentProblem> {
        check_plain(member, data)?;
        let fail = |what: String| ComponentProblem::Manifest { member: member.to_owned(), what };
        let text = decode(data).ok_or_else(|| fail("neither UTF-8 nor UTF-16".to_owned()))?;
        let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(&text, options).map_err(|error| fail(error.to_string()))?;
        let root = document.root_element();
        if root.tag_name().name() != "assembly" {
            return Err(fail(format!("its root element is {:?}, not \"assembly\"", root.tag_name().name())));
        }
        let own = child(root, "assemblyIdentity").ok_or_else(|| fail("it has no assemblyIdentity".to_owned()))?;
        let identities = |parents: &[&str]| {
            let named = root.descendants().filter(|node| node.tag_name().name() == "assemblyIdentity");
            let inside =
                named.filter(|node| node.parent().is_some_and(|parent| parents.contains(&parent.tag_name().name())));
            inside.map(AssemblyIdentity::of).collect::<Option<Vec<_>>>()
        };
        let incomplete = || fail("an assemblyIdentity without a name or with a version that is none".to_owned());
        Ok(Self {
            member: member.to_owned(),
            identity: AssemblyIdentity::of(own).ok_or_else(incomplete)?,
            parents: identities(&["parent"]).ok_or_else(incomplete)?,
            parts: identities(&["component", "package", "dependentAssembly"]).ok_or_else(incomplete)?,
            manifest: Manifest::of(root).map_err(fail)?,
        })
    }
}

/// Refuses what Windows compresses with means that need an installed Windows.
fn check_plain(member: &str, data: &[u8]) -> Result<(), ComponentProblem> {
    match data {
        [b'D', b'C', kind, 1, ..] if kind.is_ascii_uppercase() => {
            let form = format!("DC{}", char::from(*kind));
            Err(ComponentProblem::CompressedManifest { member: member.to_owned(), form })
        }
        _ => Ok(()),
    }
}

/// The text of `data`: UTF-8, or UTF-16LE with its mark.
fn decode(data: &[u8]) -> Option<Cow<'_, str>> {
    if let Some(units) = data.strip_prefix(&[0xFF, 0xFE]) {
        let (units, []) = units.as_chunks() else { return None };
        let units: Vec<u16> = units.iter().copied().map(u16::from_le_bytes).collect();
        return String::from_utf16(&units).ok().map(Cow::Owned);
    }
    std::str::from_utf8(data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data)).ok().map(Cow::Borrowed)
}

/// The child element of that name, in whatever namespace: kits of different years use different ones.
fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

#[cfg(test)]
mod tests;
