//! Writes chunks item by item, as the format's rules say, so that tests can write what no compressor would.

/// An item of a chunk.
#[derive(Clone, Copy)]
pub(crate) enum Item {
    Literal(u8),
    /// Length and offset.
    Match(usize, usize),
    /// The same, with a length below 273 written in the longest form.
    WideMatch(usize, usize),
}

/// A chunk under construction: the code and the stream.
pub(crate) struct ChunkWriter {
    lens: [u8; 512],
    bytes: Vec<u8>,
    /// Where the next two words go.
    open: [usize; 2],
    bits: Vec<bool>,
}

impl ChunkWriter {
    /// A writer that uses the codeword lengths `lens`, given by symbol.
    pub(crate) fn new(lens: &[(usize, u8)]) -> Self {
        let mut table = [0; 512];
        lens.iter().for_each(|&(symbol, len)| table[symbol] = len);
        let mut bytes: Vec<u8> = table.as_chunks().0.iter().map(|[low, high]| low | high << 4).collect();
        bytes.extend([0; 4]);
        Self { lens: table, bytes, open: [256, 258], bits: Vec::new() }
    }

    /// A writer with a codeword of nine bits for every symbol.
    pub(crate) fn uniform() -> Self {
        Self::new(&std::array::from_fn::<_, 512, _>(|symbol| (symbol, 9)))
    }

    /// Writes `item`.
    pub(crate) fn item(mut self, item: Item) -> Self {
        let (length, offset, wide) = match item {
            Item::Literal(byte) => return self.symbol(byte.into()),
            Item::Match(length, offset) => (length, offset, length >= 273),
            Item::WideMatch(length, offset) => (length, offset, true),
        };
        let offset_bits = offset.ilog2();
        let header = if wide { 15 } else { (length - 3).min(15) };
        self = self.symbol(256 + 16 * offset_bits as usize + header);
        if wide {
            self.bytes.push(255);
            self.bytes.extend(((length - 3) as u16).to_le_bytes());
        } else if header == 15 {
            self.bytes.push((length - 18) as u8);
        }
        self.put(offset - (1 << offset_bits), offset_bits);
        self
    }

    /// Ends the chunk with the end mark.
    pub(crate) fn end(self) -> Vec<u8> {
        self.symbol(256).end_without_mark()
    }

    /// Ends the chunk without the end mark.
    pub(crate) fn end_without_mark(mut self) -> Vec<u8> {
        self.bits.resize(self.bits.len().max(1).next_multiple_of(16), false);
        let word = self.bits.iter().fold(0, |word, &bit| word << 1 | u16::from(bit));
        self.bytes[self.open[0]..][..2].copy_from_slice(&word.to_le_bytes());
        self.bytes
    }

    fn symbol(mut self, symbol: usize) -> Self {
        let len = self.lens[symbol];
        let before = |other: &usize| self.lens[*other] != 0 && (self.lens[*other], *other) < (len, symbol);
        // The codeword is the Kraft sum of all codewords before it.
        let sum: usize = (0..512).filter(before).map(|other| 1usize << (15 - self.lens[other])).sum();
        self.put(sum >> (15 - len), len.into());
        self
    }

    fn put(&mut self, value: usize, count: u32) {
        self.bits.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
        while self.bits.len() > 16 {
            let word = self.bits.drain(..16).fold(0u16, |word, bit| word << 1 | u16::from(bit));
            self.bytes[self.open[0]..][..2].copy_from_slice(&word.to_le_bytes());
            self.open = [self.open[1], self.bytes.len()];
            self.bytes.extend([0; 2]);
        }
    }
}
