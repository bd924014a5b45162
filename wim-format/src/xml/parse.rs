//! From text to a tree, by way of `roxmltree`.
//!
//! `roxmltree` finds everything that is not well-formed. Names and values are then taken from the source, where they
//! still have their prefixes and their escapes.

use alloc::vec::Vec;

use roxmltree::{Document, NodeType, ParsingOptions};

use super::scan::scan;
use super::tree::{Attribute, Element, Escaped, Node};
use crate::error::{Error, ErrorKind, Result, Section};
use crate::limits::Limits;

/// Parses a document and returns its root element. The offset of an error is one in `text`.
///
/// Blanks between elements, declarations, processing instructions, and comments around the root or within text are
/// dropped.
pub(super) fn parse(text: &str, limits: &Limits) -> Result<Element> {
    scan(text, limits)?;
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| not_well_formed(text, &error))?;
    Ok(element(text, document.root_element()))
}

fn element(source: &str, node: roxmltree::Node<'_, '_>) -> Element {
    let tag = &source[node.range().start..];
    let name_end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(tag.len());
    let (attributes, self_closing) = attributes(&tag[name_end..]);
    let children = children(source, node);
    let open_when_empty = children.is_empty() && !self_closing;
    Element { name: tag[1..name_end].into(), attributes, children, open_when_empty }
}

/// The attributes of a well-formed start tag, `rest` being what follows its name; and whether it is an end tag, too.
fn attributes(mut rest: &str) -> (Vec<Attribute>, bool) {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_ascii_start();
        // Look no further than the tag goes: the next `=` may be megabytes away.
        let attribute = if rest.starts_with(['>', '/']) { None } else { rest.split_once('=') };
        let Some((name, quoted)) = attribute else { return (attributes, rest.starts_with('/')) };
        let quoted = quoted.trim_ascii_start();
        let Some((value, after)) = quoted.get(1..).and_then(|value| value.split_once(&quoted[..1])) else {
            return (attributes, false);
        };
        // Values are written in double quotes, which one in single quotes may contain.
        let value = Escaped::from_source(&value.replace('"', "&quot;"));
        attributes.push(Attribute { name: name.trim_ascii_end().into(), value });
        rest = after;
    }
}

fn children(source: &str, node: roxmltree::Node<'_, '_>) -> Vec<Node> {
    let is_leaf = !node.children().any(|child| child.is_element());
    if is_leaf {
        let texts = node.children().filter(|child| child.is_text()).map(|child| text(source, child));
        if let Some(all) = Escaped::joined(texts) {
            return Vec::from([Node::Text(all)]);
        }
    }
    let is_blank = |child: roxmltree::Node<'_, '_>| child.text().is_none_or(|text| text.trim_ascii().is_empty());
    let is_mixed = node.children().any(|child| child.is_text() && !is_blank(child));
    let convert = |child: roxmltree::Node<'_, '_>| match child.node_type() {
        NodeType::Element => Some(Node::Element(element(source, child))),
        NodeType::Comment => Some(Node::Comment(source[child.range()].into())),
        NodeType::Text if is_mixed => Some(Node::Text(text(source, child))),
        _ => None,
    };
    join_texts(node.children().filter_map(convert))
}

/// Joins texts that follow each other: between them was something that is dropped.
fn join_texts(nodes: impl Iterator<Item = Node>) -> Vec<Node> {
    let mut nodes = nodes.peekable();
    let mut joined = Vec::new();
    while let Some(node) = nodes.next() {
        let Node::Text(first) = node else {
            joined.push(node);
            continue;
        };
        let others = core::iter::from_fn(|| match nodes.next_if(|node| matches!(node, Node::Text(_))) {
            Some(Node::Text(text)) => Some(text),
            _ => None,
        });
        joined.extend(Escaped::joined(core::iter::once(first).chain(others)).map(Node::Text));
    }
    joined
}

/// A text as it was written, if no CDATA is in it.
fn text(source: &str, node: roxmltree::Node<'_, '_>) -> Escaped {
    const CDATA: &str = "<![CDATA[";
    let range = node.range();
    let (before, written, after) = (&source[..range.start], &source[range.clone()], &source[range.end..]);
    if written.contains('<') || before.ends_with(CDATA) || after.starts_with(CDATA) {
        Escaped::from_decoded(node.text().unwrap_or_default())
    } else {
        Escaped::from_source(written)
    }
}

/// What `roxmltree` found wrong, and where in `text`.
fn not_well_formed(text: &str, error: &roxmltree::Error) -> Error {
    use roxmltree::Error as E;
    let why = match error {
        E::UnexpectedCloseTag(..) => "an end tag does not match its start tag",
        E::UnknownNamespace(..) => "a namespace prefix is not declared",
        E::DuplicatedNamespace(..) | E::DuplicatedAttribute(..) => "an attribute occurs twice in one element",
        E::UnknownEntityReference(..) | E::MalformedEntityReference(..) => "an entity is unknown or malformed",
        E::InvalidAttributeValue(..) => "an attribute's value contains <",
        E::NoRootNode => "it has no element",
        E::UnclosedRootNode | E::UnexpectedEndOfStream => "it ends within an element",
        E::UnexpectedDeclaration(..) => "the XML declaration is not at the start",
        E::DtdDetected => "it has a document type declaration",
        E::InvalidName(..) => "a name is malformed",
        E::NonXmlChar(..) => "it has a character that XML cannot hold",
        E::InvalidComment(..) => "a comment is malformed",
        E::InvalidCharacterData(..) => "]]> is outside of CDATA",
        E::UnknownToken(..) => "something other than comments is outside of the root element",
        _ => "it is not well-formed",
    };
    Error::new(ErrorKind::InvalidXml(why), Section::Xml, byte_position(text, error.pos()) as u64)
}

/// The offset in `text` of a line and column, both from 1.
fn byte_position(text: &str, position: roxmltree::TextPos) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(position.row as usize - 1).map(str::len).sum();
    let columns = text[line_start..].chars().take(position.col as usize - 1).map(char::len_utf8);
    line_start + columns.sum::<usize>()
}
