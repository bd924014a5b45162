//! A slow decoder of XPRESS chunks, written to be obviously right: one bit at a time, one byte at a time, numbers as the
//! format's description has them, and an error as soon as something is not as described.
//!
//! As the decoder of the library does, [`decode`] ends with the last byte of data: neither the end mark nor anything behind it
//! is looked at. [`decode_strictly`] demands what the strictest readers do. Tests and fuzzing include it by its path.

use std::collections::{BTreeMap, VecDeque};

/// Decodes the chunk `src` of `len` bytes.
pub fn decode(src: &[u8], len: usize) -> Result<Vec<u8>, &'static str> {
    decode_items(src, len).map(|(out, ..)| out)
}

/// As [`decode`], and an error unless the end mark comes next, only zeros are left in the words fetched, and the input ends
/// with them.
pub fn decode_strictly(src: &[u8], len: usize) -> Result<Vec<u8>, &'static str> {
    let (out, code, mut bits) = decode_items(src, len)?;
    if bits.symbol(&code)? != 256 {
        return Err("no end mark");
    }
    if bits.fetched.iter().any(|&bit| bit != Some(0)) {
        return Err("bits behind the end mark");
    }
    if bits.cursor != src.len() { Err("bytes behind the end mark") } else { Ok(out) }
}

/// The data of a chunk, its code, and what of the stream is left.
fn decode_items(src: &[u8], len: usize) -> Result<(Vec<u8>, Code, Bits<'_>), &'static str> {
    let lens = src.get(..256).ok_or("input ends")?;
    let lens: Vec<u32> = lens.iter().flat_map(|byte| [u32::from(byte & 15), u32::from(byte >> 4)]).collect();
    let code = complete_code(&lens)?;
    let mut bits = Bits { src, cursor: 256, fetched: VecDeque::new() };
    bits.fetch();
    let mut out = Vec::new();
    while out.len() < len {
        let symbol = bits.symbol(&code)?;
        if symbol < 256 {
            out.push(symbol as u8);
            continue;
        }
        let (length_header, offset_bits) = ((symbol - 256) % 16, (symbol - 256) / 16);
        let mut length = length_header + 3;
        if length_header == 15 {
            let byte = bits.byte()?;
            length = 15 + byte + 3;
            if byte == 255 {
                length = bits.byte()? + 256 * bits.byte()? + 3;
            }
        }
        let mut offset = 1;
        for _ in 0..offset_bits {
            offset = 2 * offset + bits.bit()?;
        }
        if offset > out.len() {
            return Err("match before the chunk's start");
        }
        if out.len() + length > len {
            return Err("match past the chunk's end");
        }
        for _ in 0..length {
            out.push(out[out.len() - offset]);
        }
    }
    Ok((out, code, bits))
}

/// The symbols of a canonical code by (length, codeword).
type Code = BTreeMap<(u32, usize), usize>;

fn complete_code(lens: &[u32]) -> Result<Code, &'static str> {
    let mut code = BTreeMap::new();
    let mut next = 0;
    for len in 1..=15 {
        next *= 2;
        for (symbol, _) in lens.iter().enumerate().filter(|&(_, &other)| other == len) {
            code.insert((len, next), symbol);
            next += 1;
        }
        if next > 1 << len {
            return Err("code with too many codewords");
        }
    }
    if next == 1 << 15 { Ok(code) } else { Err("code with too few codewords") }
}

/// The words behind the codeword lengths, and the bytes between them. Words are fetched so that there are always 16 unread
/// bits or more; a byte lies behind the words that are fetched at that moment.
struct Bits<'s> {
    src: &'s [u8],
    cursor: usize,
    /// The unread bits of the words fetched; `None` for one that lies behind the input, which is no error unless it is read.
    fetched: VecDeque<Option<usize>>,
}

impl Bits<'_> {
    fn fetch(&mut self) {
        while self.fetched.len() < 16 {
            let word = self.src.get(self.cursor..self.cursor + 2);
            let word = word.map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
            self.cursor += 2;
            self.fetched.extend((0..16).rev().map(|bit| word.map(|word| usize::from(word >> bit & 1))));
        }
    }

    fn bit(&mut self) -> Result<usize, &'static str> {
        let bit = self.fetched.pop_front().flatten().ok_or("input ends")?;
        self.fetch();
        Ok(bit)
    }

    fn byte(&mut self) -> Result<usize, &'static str> {
        let byte = *self.src.get(self.cursor).ok_or("input ends")?;
        self.cursor += 1;
        Ok(usize::from(byte))
    }

    fn symbol(&mut self, code: &Code) -> Result<usize, &'static str> {
        let mut codeword = 0;
        for len in 1..=15 {
            codeword = 2 * codeword + self.bit()?;
            if let Some(&symbol) = code.get(&(len, codeword)) {
                return Ok(symbol);
            }
        }
        Err("no such codeword")
    }
}
