//! An entry of a directory as a line.

use std::io::Write;

use wim_export::Archive;
use wim_format::{Dentry, FileAttributes, FileTime, ImageMetadata, Inode, Sha1Hash};

use super::entry::{main_hash, size};
use crate::commands::reparse;
use crate::output::text::Line;

/// The attributes that have a letter, in the order in which they are shown: as PowerShell's, and four more.
const LETTERS: [(FileAttributes, char); 10] = [
    (FileAttributes::DIRECTORY, 'd'),
    (FileAttributes::ARCHIVE, 'a'),
    (FileAttributes::READONLY, 'r'),
    (FileAttributes::HIDDEN, 'h'),
    (FileAttributes::SYSTEM, 's'),
    (FileAttributes::REPARSE_POINT, 'l'),
    (FileAttributes::COMPRESSED, 'c'),
    (FileAttributes::ENCRYPTED, 'e'),
    (FileAttributes::SPARSE, 'p'),
    (FileAttributes::OFFLINE, 'o'),
];

/// Columns of a size: a terabyte fits.
const SIZE_WIDTH: usize = 13;
/// Columns of a time: `2023-10-16 07:11:36`.
const TIME_WIDTH: usize = 19;
/// Columns of a SHA-1.
const HASH_WIDTH: usize = 40;

/// What a line shows.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// Attributes, size, time, target, streams.
    pub(super) long: bool,
    /// The SHA-1 of the data.
    pub(super) hash: bool,
}

impl Style {
    /// Prints the lines of an entry.
    pub(super) fn print(
        self,
        archive: &Archive,
        metadata: &ImageMetadata,
        dentry: &Dentry,
        path: &str,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let inode = metadata.inode(dentry.inode);
        let data = main_hash(inode);
        if self.long {
            let (size, time) = (size(archive, &data), short_time(inode.last_write_time));
            write!(out, "{} {size:>SIZE_WIDTH$} {time:TIME_WIDTH$} ", letters(inode.attributes))?;
        }
        self.print_hash(&data, out)?;
        write!(out, "{path}{}", if inode.is_directory() { "\\" } else { "" })?;
        if self.long {
            print_target(archive, inode, out)?;
        }
        writeln!(out)?;
        if self.long {
            self.print_streams(archive, inode, path, out)?;
        }
        Ok(())
    }

    fn print_hash(self, hash: &Sha1Hash, out: &mut impl Write) -> std::io::Result<()> {
        match hash {
            _ if !self.hash => Ok(()),
            hash if hash.is_zero() => write!(out, "{:HASH_WIDTH$} ", "-"),
            hash => write!(out, "{hash} "),
        }
    }

    /// A line for each named stream, with the path by which `cat` finds it.
    fn print_streams(self, archive: &Archive, inode: &Inode, path: &str, out: &mut impl Write) -> std::io::Result<()> {
        for stream in inode.streams() {
            let Some(name) = stream.name else { continue };
            let size = size(archive, &stream.hash);
            write!(out, "{:letters$} {size:>SIZE_WIDTH$} {:TIME_WIDTH$} ", "", "", letters = LETTERS.len())?;
            self.print_hash(&stream.hash, out)?;
            writeln!(out, "{path}:{name}")?;
        }
        Ok(())
    }
}

fn letters(attributes: FileAttributes) -> String {
    LETTERS.iter().map(|(attribute, letter)| if attributes.contains(*attribute) { *letter } else { '-' }).collect()
}

/// To the second, in UTC.
fn short_time(time: FileTime) -> String {
    let mut text = time.to_string().replacen('T', " ", 1);
    let end = text.find(['.', 'Z']).unwrap_or(text.len());
    text.truncate(end);
    text
}

/// Where a link leads, or what else a reparse point is.
fn print_target(archive: &Archive, inode: &Inode, out: &mut impl Write) -> anyhow::Result<()> {
    let Some(info) = inode.reparse else { return Ok(()) };
    match reparse::target(archive, inode)? {
        Some(target) => write!(out, " -> {}", Line(&target))?,
        None => write!(out, " [reparse point {:#010x}]", info.tag)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_have_letters() {
        assert_eq!(letters(FileAttributes::DIRECTORY), "d---------");
        assert_eq!(letters(FileAttributes::HIDDEN.with(FileAttributes::SYSTEM)), "---hs-----");
        assert_eq!(letters(FileAttributes(u32::MAX)), "darhslcepo");
    }

    #[test]
    fn times_are_shown_to_the_second() {
        assert_eq!(short_time(FileTime(0)), "1601-01-01 00:00:00");
        assert_eq!(short_time(FileTime(FileTime::UNIX_EPOCH.0 + 12_300_000)), "1970-01-01 00:00:01");
    }
}
