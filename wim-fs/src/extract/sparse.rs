//! Writing data so that long runs of zeros become holes, where the file system has them.

use std::fs::File;
use std::io;

use crate::host::{read_at, write_at};

/// Which zeros are left out: whole units of so many bytes, where they begin at a multiple of that; none, of no unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holes(Option<usize>);

impl Holes {
    /// For a file that was sparse when it was captured.
    pub(super) const FINE: Self = Self(Some(4 << 10));
    /// For any other.
    pub(super) const COARSE: Self = Self(Some(64 << 10));
    /// For one that a hole would make a sparse one, which it was not.
    pub(super) const NONE: Self = Self(None);
}

/// Writes `data` at `offset`, but for long runs of zeros. `true` if the data ends in such a run: the file may be too short
/// then.
pub(super) fn write(file: &File, data: &[u8], offset: u64, holes: Holes) -> io::Result<bool> {
    let Holes(Some(unit)) = holes else { return write_at(file, data, offset).map(|()| false) };
    // The first unit is shorter where the data does not begin at a multiple.
    let first = (unit - (offset % unit as u64) as usize).min(data.len());
    let mut begin = 0;
    let mut at = 0;
    while at < data.len() {
        let end = if at == 0 { first } else { data.len().min(at + unit) };
        if end - at == unit && is_zero(&data[at..end]) {
            if begin < at {
                write_at(file, &data[begin..at], offset + begin as u64)?;
            }
            begin = end;
        }
        at = end;
    }
    if begin < data.len() {
        write_at(file, &data[begin..], offset + begin as u64)?;
    }
    Ok(begin == data.len() && !data.is_empty())
}

/// Copies the `size` bytes of `from` to a new file.
pub(super) fn copy(from: &File, to: &File, size: u64, holes: Holes) -> io::Result<()> {
    const PIECE: usize = 1 << 20;
    let mut buffer = vec![0; PIECE.min(usize::try_from(size).unwrap_or(PIECE))];
    let mut at = 0;
    while at < size {
        let piece = buffer.len().min(usize::try_from(size - at).unwrap_or(usize::MAX));
        read_at(from, &mut buffer[..piece], at)?;
        write(to, &buffer[..piece], at, holes)?;
        at += piece as u64;
    }
    to.set_len(size)
}

/// Whether there is nothing but zeros. Most data says no within its first bytes.
fn is_zero(data: &[u8]) -> bool {
    let (words, rest) = data.as_chunks::<16>();
    words.iter().all(|word| *word == [0; 16]) && rest.iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(parts: &[(&[u8], u64)], holes: Holes) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create_new(folder.path().join("f")).unwrap();
        let end = parts.iter().map(|(data, offset)| offset + data.len() as u64).max().unwrap_or(0);
        for (data, offset) in parts {
            write(&file, data, *offset, holes).unwrap();
        }
        file.set_len(end).unwrap();
        std::fs::read(folder.path().join("f")).unwrap()
    }

    #[test]
    fn what_is_read_is_what_was_to_be_written() {
        let mut data: Vec<u8> = (0..400_000_u32).map(|i| (i % 251) as u8).collect();
        data[10_000..90_000].fill(0);
        data[131_072..262_144].fill(0);
        data[300_000..].fill(0);
        for holes in [Holes::NONE, Holes::COARSE, Holes::FINE] {
            assert!(written(&[(&data, 0)], holes) == data);
            let (front, back) = data.split_at(150_001);
            assert!(written(&[(back, 150_001), (front, 0)], holes) == data, "parts may come in any order");
        }
    }

    #[test]
    fn whoever_writes_is_told_of_a_hole_at_the_end() {
        const HOLE: usize = 64 << 10;
        let folder = tempfile::tempdir().unwrap();
        let file = File::create_new(folder.path().join("f")).unwrap();
        assert!(write(&file, &[0; HOLE], 0, Holes::COARSE).unwrap());
        assert_eq!(file.metadata().unwrap().len(), 0);
        assert!(!write(&file, &[0; HOLE - 1], 0, Holes::COARSE).unwrap(), "too short for a hole");
        assert!(!write(&file, &[], 0, Holes::COARSE).unwrap());
        assert!(!write(&file, &[0; HOLE], 0, Holes::NONE).unwrap());
        assert_eq!(file.metadata().unwrap().len(), HOLE as u64);
    }
}
