//! A first look at a document: is it small enough for the parser, and is it sound where the parser does not look?
//!
//! The parser compares each attribute of an element with all others, and copies namespaces from parent to child. So
//! that its time stays linear, elements may have [`MAX_ATTRIBUTES`] attributes, and documents [`MAX_NAMESPACES`]
//! namespaces. One pass over the text counts, and leaves everything else for the parser to find - but for references to
//! numbers that are no characters, which it lets pass.

use crate::error::{Error, ErrorKind, Result, Section};
use crate::limits::Limits;

/// Attributes of an element. Real archives have one.
const MAX_ATTRIBUTES: u32 = 64;
/// Namespace declarations of a document. Real archives have none or two.
const MAX_NAMESPACES: u32 = 64;
/// Levels of elements, whatever the limits say: trees are written and dropped by recursion.
const MAX_DEPTH: u32 = 256;

/// Counts what is in `text`; an error is at an offset in it.
pub(super) fn scan(text: &str, limits: &Limits) -> Result<()> {
    let mut scan = Scan { text, position: 0, nodes: 0, namespaces: 0, depth: 0, limits };
    while let Some(found) = text[scan.position..].find('<') {
        scan.check_references(found)?;
        scan.position += found;
        scan.markup()?;
    }
    scan.check_references(text.len() - scan.position)
}

/// Whether XML can hold the character that a reference names, `reference` being what follows its `&#`.
fn is_character(reference: &str) -> bool {
    let Some((number, _)) = reference.split_once(';') else { return false };
    let code = match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    let is_allowed = |c| !matches!(c, '\0'..' ' | '\u{FFFE}' | '\u{FFFF}') || matches!(c, '\t' | '\n' | '\r');
    code.ok().and_then(char::from_u32).is_some_and(is_allowed)
}

struct Scan<'a> {
    text: &'a str,
    position: usize,
    nodes: u32,
    namespaces: u32,
    depth: u32,
    limits: &'a Limits,
}

impl Scan<'_> {
    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, Section::Xml, self.position as u64)
    }

    fn count(&self, what: &'static str, count: u32, limit: u32) -> Result<()> {
        if count <= limit { Ok(()) } else { Err(self.error(ErrorKind::Limit { what, limit: limit.into() })) }
    }

    /// Passes over one piece of markup, at whose `<` the position is.
    fn markup(&mut self) -> Result<()> {
        let rest = &self.text[self.position..];
        self.nodes += 1;
        self.count("XML nodes", self.nodes, self.limits.xml_nodes)?;
        if rest.starts_with("<!--") {
            self.skip_past("<!--".len(), "-->")
        } else if rest.starts_with("<![CDATA[") {
            self.skip_past("<![CDATA[".len(), "]]>")
        } else if rest.starts_with("<?") {
            self.skip_past("<?".len(), "?>")
        } else if rest.starts_with("<!") {
            Err(self.error(ErrorKind::InvalidXml("it has a document type declaration")))
        } else if rest.starts_with("</") {
            self.depth = self.depth.saturating_sub(1);
            self.skip_past("</".len(), ">")
        } else {
            self.start_tag()
        }
    }

    /// Checks the references to characters in the next `len` bytes.
    fn check_references(&self, len: usize) -> Result<()> {
        let text = &self.text[self.position..self.position + len];
        match text.match_indices("&#").find(|(at, mark)| !is_character(&text[at + mark.len()..])) {
            None => Ok(()),
            Some((at, _)) => {
                let why = ErrorKind::InvalidXml("it refers to a number that is no character");
                Err(Error::new(why, Section::Xml, (self.position + at) as u64))
            }
        }
    }

    fn skip_past(&mut self, from: usize, end: &str) -> Result<()> {
        match self.text[self.position + from..].find(end) {
            Some(found) => {
                self.position += from + found + end.len();
                Ok(())
            }
            None => Err(self.unclosed()),
        }
    }

    fn unclosed(&self) -> Error {
        self.error(ErrorKind::InvalidXml("it ends within markup"))
    }

    fn start_tag(&mut self) -> Result<()> {
        let bytes = &self.text.as_bytes()[self.position..];
        let (mut at, mut attributes, mut quote) = (1, 0, None);
        loop {
            match (bytes.get(at), quote) {
                (None, _) => return Err(self.unclosed()),
                (Some(&byte), Some(open)) if byte == open => quote = None,
                (Some(_), Some(_)) => {}
                (Some(&byte @ (b'"' | b'\'')), None) => quote = Some(byte),
                (Some(b'='), None) => {
                    attributes += 1;
                    self.count("attributes of an XML element", attributes, MAX_ATTRIBUTES)?;
                }
                (Some(b'>'), None) => break,
                (Some(b'x'), None) if bytes[at..].starts_with(b"xmlns") => {
                    self.namespaces += 1;
                    self.count("XML namespaces", self.namespaces, MAX_NAMESPACES)?;
                }
                _ => {}
            }
            at += 1;
        }
        self.nodes = self.nodes.saturating_add(attributes);
        let depth = self.depth + 1;
        self.count("levels of XML elements", depth, self.limits.xml_depth.min(MAX_DEPTH))?;
        if bytes[at - 1] != b'/' {
            self.depth = depth;
        }
        self.check_references(at)?;
        self.position += at + 1;
        Ok(())
    }
}
