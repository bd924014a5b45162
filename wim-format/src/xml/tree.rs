//! The tree of a document, as it is kept: what has a meaning and what has none.
//!
//! Text and attribute values stay as they were written, entities and all, and are decoded when asked for. So whatever
//! style of escaping a writer has, what nobody changed is written back byte for byte.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::utf16;
use crate::error::{Error, ErrorKind, Result, Section};

/// Text as it is written: `<` is `&lt;`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Escaped(Box<str>);

impl Escaped {
    /// `text` from a well-formed document.
    pub(super) fn from_source(text: &str) -> Self {
        Self(text.into())
    }

    /// Several of them in a row, or `None` if there is no text.
    pub(super) fn joined(mut parts: impl Iterator<Item = Self>) -> Option<Self> {
        let first = parts.next()?;
        let mut all = String::from(first.0);
        all.extend(parts.map(|part| part.0));
        Some(Self(all.into()))
    }

    /// Escapes text from outside of a document.
    ///
    /// # Errors
    /// If `text` has a character that XML cannot hold: most control characters.
    pub(super) fn new(text: &str) -> Result<Self> {
        let mut in_memory = String::with_capacity(text.len());
        for c in text.chars() {
            if matches!(c, '\0'..' ' | '\u{FFFE}' | '\u{FFFF}') && !matches!(c, '\t' | '\n' | '\r') {
                let kind = ErrorKind::InvalidXml("the text has a character that XML cannot hold");
                return Err(Error::new(kind, Section::Xml, 0));
            }
            utf16::push(&mut in_memory, c);
        }
        Ok(Self::from_decoded(&in_memory))
    }

    /// Escapes what has a meaning in XML.
    pub(super) fn from_decoded(text: &str) -> Self {
        let mut escaped = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '&' => escaped.push_str("&amp;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&apos;"),
                _ => escaped.push(c),
            }
        }
        Self(escaped.into())
    }

    /// The text itself. A surrogate without its other half is shown as U+FFFD.
    pub(super) fn decoded(&self) -> Cow<'_, str> {
        if self.0.chars().all(|c| c != '&' && utf16::shown(c) == c) {
            return Cow::Borrowed(&self.0);
        }
        let mut text = String::with_capacity(self.0.len());
        let mut rest = &*self.0;
        while let Some(c) = rest.chars().next() {
            let (c, len) = if c == '&' { entity(rest) } else { (c, c.len_utf8()) };
            text.push(utf16::shown(c));
            rest = &rest[len..];
        }
        Cow::Owned(text)
    }

    pub(super) fn as_written(&self) -> &str {
        &self.0
    }
}

/// The character that the reference at the start of `text` stands for, and the length of the reference. What is none,
/// which a well-formed document does not have, stands for itself.
fn entity(text: &str) -> (char, usize) {
    let known = |end: usize| {
        let name = &text[1..end];
        let code = |digits, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => match name.strip_prefix("#x") {
                Some(digits) => code(digits, 16),
                None => code(name.strip_prefix('#')?, 10),
            },
        }
        .map(|c| (c, end + 1))
    };
    text.find(';').and_then(known).unwrap_or(('&', 1))
}

/// An attribute, namespace declarations among them, with its prefix in its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: Box<str>,
    pub(super) value: Escaped,
}

/// What an element can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Element(Element),
    Text(Escaped),
    /// With `<!--` and `-->`.
    Comment(Box<str>),
}

/// An element with everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// With its prefix.
    pub(super) name: Box<str>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) children: Vec<Node>,
    /// If there are no children: whether it is written `<A></A>`, not `<A/>`.
    pub(super) open_when_empty: bool,
}

impl Element {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.into(), attributes: Vec::new(), children: Vec::new(), open_when_empty: false }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&Escaped> {
        self.attributes.iter().find(|attribute| &*attribute.name == name).map(|attribute| &attribute.value)
    }

    pub(super) fn set_attribute(&mut self, name: &str, value: Escaped) {
        match self.attributes.iter_mut().find(|attribute| &*attribute.name == name) {
            Some(attribute) => attribute.value = value,
            None => self.attributes.push(Attribute { name: name.into(), value }),
        }
    }

    /// The children of this name, in order.
    pub(super) fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        elements(&self.children).filter(move |element| &*element.name == name)
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        elements(&self.children).find(|element| &*element.name == name)
    }

    pub(super) fn has_elements(&self) -> bool {
        elements(&self.children).next().is_some()
    }

    /// The first text inside; an element without any holds the empty text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        let text = self.children.iter().find_map(|node| match node {
            Node::Text(text) => Some(text.decoded()),
            _ => None,
        });
        text.unwrap_or_default()
    }

    /// Replaces everything inside.
    pub(super) fn set_text(&mut self, text: Escaped) {
        self.children.clear();
        self.open_when_empty = false;
        self.children.push(Node::Text(text));
    }

    /// Removes the children of this name.
    pub(super) fn remove_all(&mut self, name: &str) {
        self.children.retain(|node| !matches!(node, Node::Element(element) if &*element.name == name));
    }

    pub(super) fn write(&self, out: &mut String) {
        write_start(&self.name, &self.attributes, out);
        if self.children.is_empty() && !self.open_when_empty {
            out.push_str("/>");
            return;
        }
        out.push('>');
        write_nodes(&self.children, out);
        write_end(&self.name, out);
    }
}

/// The elements among nodes.
pub(super) fn elements(nodes: &[Node]) -> impl Iterator<Item = &Element> {
    nodes.iter().filter_map(|node| match node {
        Node::Element(element) => Some(element),
        _ => None,
    })
}

/// The elements among nodes.
pub(super) fn elements_mut(nodes: &mut [Node]) -> impl Iterator<Item = &mut Element> {
    nodes.iter_mut().filter_map(|node| match node {
        Node::Element(element) => Some(element),
        _ => None,
    })
}

/// Writes a start tag without its `>`.
pub(super) fn write_start(name: &str, attributes: &[Attribute], out: &mut String) {
    out.push('<');
    out.push_str(name);
    for attribute in attributes {
        out.push(' ');
        out.push_str(&attribute.name);
        out.push_str("=\"");
        out.push_str(attribute.value.as_written());
        out.push('"');
    }
}

pub(super) fn write_nodes(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Element(element) => element.write(out),
            Node::Text(text) => out.push_str(text.as_written()),
            Node::Comment(comment) => out.push_str(comment),
        }
    }
}

pub(super) fn write_end(name: &str, out: &mut String) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}
