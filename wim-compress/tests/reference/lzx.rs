//! A slow decoder of LZX chunks, written to be obviously right: one bit at a time, one byte at a time, numbers as the
//! format's description has them, and an error as soon as something is not as described.
//!
//! Tests, fuzzing and the trainer of the encoder's prior costs include it by its path.

use std::collections::BTreeMap;

/// What is decoded on the way, for those who count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A symbol of the main code.
    Main(usize),
    /// A symbol of the length code.
    Length(usize),
    /// The low three bits of a formatted offset that has at least as many extra bits, coded or not.
    LowBits(usize),
}

/// Decodes the chunk `src` of `len` bytes from a resource with chunks of `chunk_size` bytes, and tells `watch` what it sees.
pub fn decode(
    src: &[u8],
    len: usize,
    chunk_size: usize,
    watch: &mut dyn FnMut(Event),
) -> Result<Vec<u8>, &'static str> {
    let mut order = 15;
    while 1 << order < chunk_size {
        order += 1;
    }
    let mut decoder = Decoder {
        bits: Bits { src, position: 0 },
        order,
        out: Vec::new(),
        recent: [1; 3],
        main_lens: vec![0; 256 + 8 * slots(order)],
        length_lens: vec![0; 249],
        watch,
    };
    while decoder.out.len() < len {
        decoder.block(len)?;
    }
    let mut out = decoder.out;
    undo_e8(&mut out);
    Ok(out)
}

struct Bits<'s> {
    src: &'s [u8],
    position: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> Result<u32, &'static str> {
        let word = self.position / 16 * 2;
        let low = *self.src.get(word).ok_or("input ends")?;
        let high = *self.src.get(word + 1).ok_or("input ends")?;
        let bit = u16::from_le_bytes([low, high]) >> (15 - self.position % 16) & 1;
        self.position += 1;
        Ok(u32::from(bit))
    }

    fn take(&mut self, count: u32) -> Result<u32, &'static str> {
        (0..count).try_fold(0, |value, _| Ok(value << 1 | self.bit()?))
    }
}

/// A canonical code: symbols by (length, codeword).
struct Code(BTreeMap<(u32, u32), usize>);

impl Code {
    fn new(lens: &[u32], max_len: u32) -> Result<Self, &'static str> {
        let mut map = BTreeMap::new();
        let mut next = 0u32;
        for len in 1..=max_len {
            next <<= 1;
            for (symbol, _) in lens.iter().enumerate().filter(|&(_, &other)| other == len) {
                if next >= 1 << len {
                    return Err("code with too many codewords");
                }
                map.insert((len, next), symbol);
                next += 1;
            }
        }
        if next == 1 << max_len || map.is_empty() { Ok(Self(map)) } else { Err("code with too few codewords") }
    }

    fn complete(lens: &[u32], max_len: u32) -> Result<Self, &'static str> {
        let code = Self::new(lens, max_len)?;
        if code.0.is_empty() { Err("code without codewords") } else { Ok(code) }
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Result<usize, &'static str> {
        let mut codeword = 0;
        for len in 1..=16 {
            codeword = codeword << 1 | bits.bit()?;
            if let Some(&symbol) = self.0.get(&(len, codeword)) {
                return Ok(symbol);
            }
        }
        Err("no such codeword")
    }
}

fn extra_bits(slot: usize) -> u32 {
    if slot < 4 { 0 } else { ((slot as u32 - 2) / 2).min(17) }
}

fn slot_base(slot: usize) -> usize {
    (0..slot).map(|slot| 1 << extra_bits(slot)).sum()
}

/// The slots whose smallest offset is not greater than the largest offset of the window.
fn slots(order: u32) -> usize {
    (0..50).take_while(|&slot| slot_base(slot) <= (1 << order) - 3 + 2).count()
}

struct Decoder<'s, 'w> {
    bits: Bits<'s>,
    order: u32,
    out: Vec<u8>,
    recent: [usize; 3],
    main_lens: Vec<u32>,
    length_lens: Vec<u32>,
    watch: &'w mut dyn FnMut(Event),
}

impl Decoder<'_, '_> {
    fn block(&mut self, len: usize) -> Result<(), &'static str> {
        let kind = self.bits.take(3)?;
        let size = match self.bits.bit()? {
            1 => 32768,
            _ if self.order >= 16 => self.bits.take(24)? as usize,
            _ => self.bits.take(16)? as usize,
        };
        if size == 0 {
            return Err("empty block");
        }
        let end = self.out.len() + size;
        if end > len {
            return Err("block past the chunk's end");
        }
        match kind {
            1 => self.compressed(end, false),
            2 => self.compressed(end, true),
            3 => self.uncompressed(size),
            _ => Err("unknown block type"),
        }
    }

    fn uncompressed(&mut self, size: usize) -> Result<(), &'static str> {
        let from = (self.bits.position / 16 + 1) * 2;
        let bytes = self.bits.src.get(from..).ok_or("input ends")?;
        for (index, recent) in self.recent.iter_mut().enumerate() {
            let field = bytes.get(4 * index..4 * index + 4).ok_or("input ends")?;
            *recent = u32::from_le_bytes(field.try_into().unwrap()) as usize;
            if *recent == 0 {
                return Err("recent offset of zero");
            }
        }
        self.out.extend_from_slice(bytes.get(12..12 + size).ok_or("input ends")?);
        self.bits.position = (from + 12 + size + size % 2) * 8;
        Ok(())
    }

    fn compressed(&mut self, end: usize, aligned: bool) -> Result<(), &'static str> {
        let mut aligned_lens = [0; 8];
        if aligned {
            for len in &mut aligned_lens {
                *len = self.bits.take(3)?;
            }
        }
        let aligned_code = if aligned { Some(Code::complete(&aligned_lens, 7)?) } else { None };
        read_lens(&mut self.bits, &mut self.main_lens[..256])?;
        read_lens(&mut self.bits, &mut self.main_lens[256..])?;
        read_lens(&mut self.bits, &mut self.length_lens)?;
        let main = Code::complete(&self.main_lens, 16)?;
        let length_code = Code::new(&self.length_lens, 16)?;
        while self.out.len() < end {
            let symbol = main.symbol(&mut self.bits)?;
            (self.watch)(Event::Main(symbol));
            if symbol < 256 {
                self.out.push(symbol as u8);
                continue;
            }
            let (header, slot) = ((symbol - 256) % 8, (symbol - 256) / 8);
            let mut length = header + 2;
            if header == 7 {
                let symbol = length_code.symbol(&mut self.bits)?;
                (self.watch)(Event::Length(symbol));
                length += symbol;
            }
            self.offset(slot, aligned_code.as_ref())?;
            let offset = self.recent[0];
            if offset > self.out.len() {
                return Err("match before the chunk's start");
            }
            if self.out.len() + length > end {
                return Err("match past the block's end");
            }
            for _ in 0..length {
                self.out.push(self.out[self.out.len() - offset]);
            }
        }
        Ok(())
    }

    /// Reads a match's offset and makes it R0.
    fn offset(&mut self, slot: usize, aligned: Option<&Code>) -> Result<(), &'static str> {
        if slot < 3 {
            self.recent.swap(0, slot);
            return Ok(());
        }
        let bits = extra_bits(slot);
        let extra = match aligned {
            Some(code) if bits >= 3 => (self.bits.take(bits - 3)? as usize) << 3 | code.symbol(&mut self.bits)?,
            _ => self.bits.take(bits)? as usize,
        };
        if bits >= 3 {
            (self.watch)(Event::LowBits(extra % 8));
        }
        self.recent = [slot_base(slot) + extra - 2, self.recent[0], self.recent[1]];
        Ok(())
    }
}

/// Reads codeword lengths, which are given as changes of those in `lens`.
fn read_lens(bits: &mut Bits<'_>, lens: &mut [u32]) -> Result<(), &'static str> {
    let mut pretree_lens = [0; 20];
    for len in &mut pretree_lens {
        *len = bits.take(4)?;
    }
    let pretree = Code::complete(&pretree_lens, 15)?;
    let mut at = 0;
    while at < lens.len() {
        let symbol = pretree.symbol(bits)?;
        let (run, len) = match symbol {
            17 => (4 + bits.take(4)?, 0),
            18 => (20 + bits.take(5)?, 0),
            19 => {
                let run = 4 + bits.take(1)?;
                let change = pretree.symbol(bits)? as u32;
                if change > 16 {
                    return Err("run of a run");
                }
                (run, (lens[at] + 17 - change) % 17)
            }
            change => (1, (lens[at] + 17 - change as u32) % 17),
        };
        for _ in 0..run {
            *lens.get_mut(at).ok_or("run past the end")? = len;
            at += 1;
        }
    }
    Ok(())
}

/// Makes the targets of calls relative again.
fn undo_e8(data: &mut [u8]) {
    let mut i = 0;
    while i + 10 < data.len() {
        if data[i] != 0xE8 {
            i += 1;
            continue;
        }
        let operand = &mut data[i + 1..i + 5];
        let v = i32::from_le_bytes(operand.try_into().unwrap());
        let at = i as i32;
        if (0..12_000_000).contains(&v) {
            operand.copy_from_slice(&(v - at).to_le_bytes());
        } else if v < 0 && v >= -at {
            operand.copy_from_slice(&(v + 12_000_000).to_le_bytes());
        }
        i += 5;
    }
}
