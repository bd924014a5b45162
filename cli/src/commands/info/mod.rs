//! `wimsmith info`: what an archive is and which images it has, and changes of that.
//!
//! | file | what |
//! |---|---|
//! | `facts` | everything that is shown, gathered; its JSON form follows from the types |
//! | `text` | the same for people |
//! | `blobs` | the blob table |
//! | `packages` | what is installed in an image |
//! | `edit` | changes of properties, boot image and integrity table |

mod blobs;
mod edit;
mod facts;
mod packages;
mod text;

use std::io::{self, Write};

use wim_export::Archive;

use crate::args::InfoArgs;
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::harms_terminal;
use crate::source;
use crate::usage::Usage;
use crate::warning::Warning;
use facts::{Facts, HeaderFacts};

pub(super) fn run(args: &InfoArgs, output: &mut Output) -> anyhow::Result<Code> {
    if args.changes() {
        return edit::run(args, output);
    }
    if args.edit.dry_run {
        return Err(Usage::new("--dry-run of what? It goes with --set, --boot, --integrity or --no-integrity").into());
    }
    let archive = source::open(&args.file, &args.read, &args.common, output)?;
    if args.json {
        // For people, they are part of the text.
        output.keep_warnings(archive.warnings().iter().map(|w| Warning::of_format(archive.name(), None, w)));
    }
    if args.xml {
        print_xml(&archive, &mut output.stdout())?;
    } else if args.header {
        print_header(&archive, output)?;
    } else if args.blobs {
        blobs::print(&archive, output)?;
    } else if args.packages {
        packages::print(&archive, args.image.as_deref(), output)?;
    } else {
        print_facts(&archive, args, output)?;
    }
    Ok(Code::SUCCESS)
}

fn print_facts(archive: &Archive, args: &InfoArgs, output: &Output) -> anyhow::Result<()> {
    let images = match &args.image {
        Some(image) => source::select_images(archive, Some(image))?,
        None => archive.images().collect(),
    };
    let facts = Facts::new(archive, &images);
    if output.json() {
        output.answer(&facts)?;
    } else {
        let mut out = output.stdout();
        // Whoever asks for one image has seen what the archive is.
        if args.image.is_none() {
            text::print_archive(&facts, archive, &mut out)?;
        }
        text::print_images(&facts, args.image.is_none(), &mut out)?;
        out.flush()?;
    }
    Ok(())
}

fn print_header(archive: &Archive, output: &Output) -> io::Result<()> {
    let facts = HeaderFacts::new(archive.header());
    if output.json() {
        return output.answer(&facts);
    }
    let mut out = output.stdout();
    text::print_header(&facts, &mut out)?;
    out.flush()
}

/// Prints the XML data in UTF-8. What would harm a terminal becomes a character reference, which means the same.
fn print_xml(archive: &Archive, out: &mut impl Write) -> io::Result<()> {
    const BOM: char = '\u{FEFF}';
    let units = archive.xml_bytes().as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit));
    let mut last = None;
    for (position, decoded) in char::decode_utf16(units).enumerate() {
        let c = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
        match c {
            BOM if position == 0 => {}
            '\t' | '\n' | '\r' => write!(out, "{c}")?,
            c if harms_terminal(c) => write!(out, "&#x{:X};", u32::from(c))?,
            c => write!(out, "{c}")?,
        }
        last = Some(c);
    }
    if last != Some('\n') {
        writeln!(out)?;
    }
    out.flush()
}
