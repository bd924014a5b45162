//! Files with holes, of which an archive has only what is not zero.
//!
//! There are four ways to say where that belongs: in GNU tar's own headers, and three of its PAX records, of which the last
//! puts the numbers in front of the data.

use std::io;

use tar::{GnuSparseHeader, Header};
use wim_export::ReadAt;

use super::pax::Records;
use super::source::Held;

/// The most pieces that a file may be in.
const MAX_PIECES: usize = 1 << 20;

/// Where the bytes of a file belong that an archive has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SparseMap {
    pieces: Vec<Piece>,
    /// Bytes of the whole file.
    size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    offset: u64,
    len: u64,
    /// Where it lies in what the archive has.
    stored: u64,
}

impl SparseMap {
    pub(super) fn new(size: u64) -> Self {
        Self { pieces: Vec::new(), size }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Bytes that the archive has.
    pub(super) fn stored_size(&self) -> u64 {
        self.pieces.last().map_or(0, |piece| piece.stored + piece.len)
    }

    /// Adds a piece after all others. `None` if it does not fit there.
    fn push(&mut self, offset: u64, len: u64) -> Option<()> {
        let end = offset.checked_add(len)?;
        let follows = self.pieces.last().is_none_or(|last| last.offset + last.len <= offset);
        if !follows || end > self.size || self.pieces.len() == MAX_PIECES {
            return None;
        }
        if len > 0 {
            self.pieces.push(Piece { offset, len, stored: self.stored_size() });
        }
        Some(())
    }

    /// Adds pieces as GNU tar's headers have them; empty ones are left out.
    pub(super) fn push_headers(&mut self, headers: &[GnuSparseHeader]) -> Option<()> {
        let mut used = headers.iter().filter(|header| !header.is_empty());
        used.try_for_each(|header| self.push(header.offset().ok()?, header.length().ok()?))
    }

    /// Adds pieces: places and lengths by turns.
    pub(super) fn push_numbers(&mut self, numbers: &[u64]) -> Option<()> {
        let (pairs, rest) = numbers.as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        pairs.iter().try_for_each(|&[offset, len]| self.push(offset, len))
    }

    /// The front of a file in GNU tar's own format; its further headers follow in the archive.
    pub(super) fn of_header(header: &Header) -> Option<Self> {
        let gnu = header.as_gnu()?;
        let mut map = Self::new(gnu.real_size().ok()?);
        map.push_headers(&gnu.sparse)?;
        Some(map)
    }

    /// What the records of a sparse file say; `Some(None)` of any other one.
    pub(super) fn of_records(records: &Records) -> Option<Option<Self>> {
        if records.get("GNU.sparse.major").is_some() {
            let is_known =
                records.get("GNU.sparse.major") == Some(b"1") && records.get("GNU.sparse.minor") == Some(b"0");
            // The pieces come with the data.
            return if is_known { Some(Some(Self::new(number(records.get("GNU.sparse.realsize")?)?))) } else { None };
        }
        let Some(size) = records.get("GNU.sparse.size") else { return Some(None) };
        let mut map = Self::new(number(size)?);
        let numbers: Option<Vec<u64>> = match records.get("GNU.sparse.map") {
            Some(list) => list.split(|&byte| byte == b',').map(number).collect(),
            None => records.sparse_numbers.iter().map(|text| number(text)).collect(),
        };
        map.push_numbers(&numbers?)?;
        Some(Some(map))
    }

    /// Whether the pieces are numbers in front of the data.
    pub(super) fn is_in_data(records: &Records) -> bool {
        records.get("GNU.sparse.major").is_some()
    }

    /// The file, given what the archive has of it.
    pub(super) fn apply(self, data: Held) -> SparseFile {
        SparseFile { map: self, data }
    }
}

/// Reads numbers in front of data, line by line, as blocks of the archive come.
#[derive(Default)]
pub(super) struct MapReader {
    numbers: Vec<u64>,
    line: Vec<u8>,
    count: Option<usize>,
}

impl MapReader {
    /// The next block. `Some(true)` if that was all, `None` if it makes no sense.
    pub(super) fn push(&mut self, block: &[u8]) -> Option<bool> {
        const MAX_DIGITS: usize = 20;
        for &byte in block {
            if byte != b'\n' {
                self.line.push(byte);
                if self.line.len() > MAX_DIGITS {
                    return None;
                }
                continue;
            }
            let value = number(&self.line)?;
            self.line.clear();
            match self.count {
                None => self.count = Some(usize::try_from(value).ok().filter(|&count| count <= MAX_PIECES)?),
                Some(_) => self.numbers.push(value),
            }
            if self.count.is_some_and(|count| self.numbers.len() == 2 * count) {
                return Some(true);
            }
        }
        Some(false)
    }

    pub(super) fn numbers(&self) -> &[u64] {
        &self.numbers
    }
}

/// A decimal number without a sign.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// A file with holes as it is without: what reads it need not know.
pub(super) struct SparseFile {
    map: SparseMap,
    data: Held,
}

impl ReadAt for SparseFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.map.size)
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.saturating_add(buf.len() as u64);
        if end > self.map.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buf.fill(0);
        let first = self.map.pieces.partition_point(|piece| piece.offset + piece.len <= offset);
        for piece in self.map.pieces[first..].iter().take_while(|piece| piece.offset < end) {
            let (from, to) = (piece.offset.max(offset), (piece.offset + piece.len).min(end));
            let part = &mut buf[(from - offset) as usize..(to - offset) as usize];
            self.data.read_exact_at(part, piece.stored + (from - piece.offset))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn holes_are_zeros_wherever_one_reads() {
        let mut map = SparseMap::new(20);
        map.push_numbers(&[2, 3, 5, 1, 10, 4, 20, 0]).unwrap();
        assert_eq!(map.stored_size(), 8);
        let data = Held { source: Arc::new(b"xxabcdefghyy".to_vec()), range: 2..10 };
        let file = map.apply(data);
        let whole = b"\0\0abcd\0\0\0\0efgh\0\0\0\0\0\0";
        for from in 0..=20 {
            for to in from..=20 {
                let mut buf = vec![9; to - from];
                file.read_exact_at(&mut buf, from as u64).unwrap();
                assert_eq!(buf, whole[from..to], "{from}..{to}");
            }
        }
        assert!(file.read_exact_at(&mut [0; 2], 19).is_err());
    }

    #[test]
    fn pieces_come_in_order_and_lie_in_the_file() {
        for numbers in [&[0, 11][..], &[5, 2, 6, 1], &[u64::MAX, 1], &[1, u64::MAX], &[3]] {
            assert_eq!(SparseMap::new(10).push_numbers(numbers), None, "{numbers:?}");
        }
    }

    #[test]
    fn numbers_in_front_of_data_may_be_cut_anywhere() {
        let mut reader = MapReader::default();
        assert_eq!(reader.push(b"2\n0\n5"), Some(false));
        assert_eq!(reader.push(b"12\n1024\n512\n\0\0\0"), Some(true));
        assert_eq!(reader.numbers(), [0, 512, 1024, 512]);
        for bad in [&b"x\n"[..], b"\n", b"99999999\n", b"1\n-1\n", b"111111111111111111111"] {
            assert_eq!(MapReader::default().push(bad), None);
        }
        assert_eq!(MapReader::default().push(b"0\n"), Some(true));
    }
}
