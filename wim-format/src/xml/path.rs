//! Paths to what an image's XML says: `WINDOWS/LANGUAGES/LANGUAGE[2]`.

use alloc::vec::Vec;

use super::tree::{Element, Escaped, Node};
use crate::error::{Error, ErrorKind, Result, Section};

/// Levels of a path. The deepest known has four.
const MAX_LEVELS: usize = 16;

/// Microsoft's order of what an image's element holds. No reader known depends on it.
const ORDER: [&str; 13] = [
    "DIRCOUNT",
    "FILECOUNT",
    "TOTALBYTES",
    "HARDLINKBYTES",
    "CREATIONTIME",
    "LASTMODIFICATIONTIME",
    "WIMBOOT",
    "WINDOWS",
    "NAME",
    "DESCRIPTION",
    "FLAGS",
    "DISPLAYNAME",
    "DISPLAYDESCRIPTION",
];

/// One level: the `number`th element of this name, counted from 1.
#[derive(Clone, Copy)]
struct Step<'a> {
    name: &'a str,
    number: usize,
}

const fn error(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidXml(why), Section::Xml, 0)
}

/// The steps of a path.
fn steps(path: &str) -> Result<Vec<Step<'_>>> {
    let steps: Option<Vec<_>> = path.split('/').take(MAX_LEVELS + 1).map(Step::parse).collect();
    let steps = steps.ok_or(error("a property's path is malformed"))?;
    if steps.len() > MAX_LEVELS { Err(error("a property's path has too many levels")) } else { Ok(steps) }
}

impl<'a> Step<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let Some(indexed) = text.strip_suffix(']') else { return Some(Self { name: text, number: 1 }) };
        let (name, number) = indexed.split_once('[')?;
        let number = number.parse().ok().filter(|&number| number != 0)?;
        Some(Self { name, number })
    }

    /// The position of the element among its parent's children.
    fn position(self, parent: &Element) -> Option<usize> {
        let named = |node: &Node| matches!(node, Node::Element(element) if *element.name == *self.name);
        parent.children.iter().enumerate().filter(|(_, node)| named(node)).nth(self.number - 1).map(|(at, _)| at)
    }

    fn find(self, parent: &'a Element) -> Option<&'a Element> {
        parent.children_named(self.name).nth(self.number - 1)
    }

    /// Checks that the element, which is not there, can be made.
    fn check_new(self, parent: Option<&Element>) -> Result<()> {
        let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
        let is_more = |c: char| is_letter(c) || c.is_ascii_digit() || matches!(c, '-' | '.');
        if !(self.name.starts_with(is_letter) && self.name.chars().all(is_more)) {
            return Err(error("a property's name consists of letters, digits, '_', '-' and '.'"));
        }
        let siblings = parent.map_or(0, |parent| parent.children_named(self.name).count());
        if siblings + 1 != self.number {
            return Err(error("properties of one name are numbered without gaps"));
        }
        Ok(())
    }

    /// The child of this step, made if it is not there.
    fn enter(self, parent: &mut Element) -> &mut Element {
        let at = self.position(parent).unwrap_or_else(|| {
            let at = match self.number {
                1 => canonical_position(parent, self.name),
                number => Self { number: number - 1, ..self }.position(parent).map_or(0, |previous| previous + 1),
            };
            parent.open_when_empty = false;
            parent.children.insert(at, Node::Element(Element::new(self.name)));
            at
        });
        match &mut parent.children[at] {
            Node::Element(element) => element,
            Node::Text(_) | Node::Comment(_) => unreachable!("`position` finds elements"),
        }
    }
}

/// Where a new child goes: before the first one that comes later in [`ORDER`].
fn canonical_position(parent: &Element, name: &str) -> usize {
    let rank = |name: &str| ORDER.iter().position(|&known| known == name);
    let rank_of = |node: &Node| match node {
        Node::Element(element) => rank(&element.name),
        Node::Text(_) | Node::Comment(_) => None,
    };
    let later = rank(name).and_then(|own| parent.children.iter().position(|node| rank_of(node) > Some(own)));
    later.unwrap_or(parent.children.len())
}

/// The element at `path` under `root`.
pub(super) fn find<'a>(root: &'a Element, path: &'a str) -> Option<&'a Element> {
    path.split('/').try_fold(root, |element, step| Step::parse(step)?.find(element))
}

/// Sets the text at `path` under `root`, and makes what is not there on the way.
///
/// # Errors
/// If the path is malformed, or names something that cannot be made or has no text; nothing is changed then.
pub(super) fn set(root: &mut Element, path: &str, text: Escaped) -> Result<()> {
    let steps = steps(path)?;
    let mut existing = Some(&*root);
    for &step in &steps {
        let child = existing.and_then(|parent| step.find(parent));
        if child.is_none() {
            step.check_new(existing)?;
        }
        existing = child;
    }
    if existing.is_some_and(Element::has_elements) {
        return Err(error("a property that holds others has no text"));
    }
    steps.into_iter().fold(root, |parent, step| step.enter(parent)).set_text(text);
    Ok(())
}

/// Sets the text at a path without numbers, whatever is there.
pub(super) fn replace(root: &mut Element, path: &str, text: Escaped) {
    path.split('/').fold(root, |parent, name| Step { name, number: 1 }.enter(parent)).set_text(text);
}

/// Removes the element at `path` under `root`, if it is there, with everything in it.
///
/// # Errors
/// If the path is malformed.
pub(super) fn remove(root: &mut Element, path: &str) -> Result<()> {
    let mut steps = steps(path)?;
    if find(root, path).is_none() {
        return Ok(());
    }
    let last = steps.pop();
    let parent = steps.into_iter().fold(root, |parent, step| step.enter(parent));
    if let Some(at) = last.and_then(|last| last.position(parent)) {
        parent.children.remove(at);
    }
    Ok(())
}
