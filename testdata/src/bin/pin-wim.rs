//! `pin-wim SEED FILE...` replaces what a writer takes from chance and the clock, in place: the GUID, which follows from
//! the seed, and the images' times in the XML. Nothing else changes, so that a fixture that is made again is the same.

use std::ops::Range;
use std::process::ExitCode;

use testdata::build::{DEFAULT_TIME, Header, offsets, sha1};

/// The bytes before each resource of a pipable archive, and where the SHA-1 lies in them.
const BLOB_HEADER: usize = 40;
const BLOB_HEADER_SIZE: usize = 8;
const BLOB_HEADER_HASH: usize = 16;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [seed, files @ ..] = arguments.as_slice() else {
        return fail("usage: pin-wim SEED FILE...");
    };
    for file in files {
        let pinned = std::fs::read(file).and_then(|mut bytes| {
            pin(&mut bytes, seed);
            std::fs::write(file, bytes)
        });
        if let Err(error) = pinned {
            return fail(&format!("{file}: {error}"));
        }
    }
    ExitCode::SUCCESS
}

/// Pins the headers and the XML of an archive.
fn pin(bytes: &mut [u8], seed: &str) {
    let guid = &sha1(seed.as_bytes())[..16];
    let pipable = bytes.starts_with(&Header::PIPABLE_MAGIC);
    let last_header = if pipable { bytes.len() - offsets::header::LENGTH } else { 0 };
    for header in [0, last_header] {
        bytes[header + offsets::header::GUID..][..guid.len()].copy_from_slice(guid);
    }
    let resource = last_header + offsets::header::XML;
    let start = number(bytes, resource + offsets::resource::OFFSET);
    pin_times(bytes, start..start + number(bytes, resource + offsets::resource::UNCOMPRESSED_SIZE), pipable);
    if pipable {
        let first = offsets::header::LENGTH;
        let start = first + BLOB_HEADER;
        pin_times(bytes, start..start + number(bytes, first + BLOB_HEADER_SIZE), pipable);
    }
}

/// Replaces the digits of all times in the XML, and in a pipable archive the hash in front of it.
fn pin_times(bytes: &mut [u8], xml: Range<usize>, pipable: bool) {
    let start = xml.start;
    let xml = &mut bytes[xml];
    for (element, value) in [("<HIGHPART>0x", DEFAULT_TIME >> 32), ("<LOWPART>0x", DEFAULT_TIME & 0xFFFF_FFFF)] {
        let element = utf16(element);
        let digits = utf16(&format!("{value:08X}"));
        for at in 0..xml.len().saturating_sub(element.len() + digits.len()) {
            if xml[at..].starts_with(&element) {
                xml[at + element.len()..][..digits.len()].copy_from_slice(&digits);
            }
        }
    }
    if pipable {
        let hash = sha1(xml);
        bytes[start - BLOB_HEADER + BLOB_HEADER_HASH..][..hash.len()].copy_from_slice(&hash);
    }
}

/// A u64 of the file.
fn number(bytes: &[u8], at: usize) -> usize {
    let field: [u8; 8] = bytes[at..at + 8].try_into().expect("8 bytes");
    u64::from_le_bytes(field) as usize
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[expect(clippy::print_stderr, reason = "the program's only way to say what is wrong")]
fn fail(text: &str) -> ExitCode {
    eprintln!("pin-wim: {text}");
    ExitCode::FAILURE
}
