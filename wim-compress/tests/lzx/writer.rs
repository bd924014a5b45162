//! Writes chunks bit by bit, as the format's rules say, so that tests can write what no compressor would.

/// Symbols of the length code.
const LENGTHS: usize = 249;

/// The pretree that every header has: codewords of four bits for the first symbols, of five for the others.
const PRETREE: [u8; 20] = [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5];

/// Codeword lengths for the low three bits of offsets.
pub(crate) const ALIGNED: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 7];

/// A main code with a codeword for every symbol of chunks of 32 KiB.
pub(crate) fn main_lens() -> Vec<u8> {
    (0..496).map(|symbol| if (256..272).contains(&symbol) { 8 } else { 9 }).collect()
}

/// A length code with a codeword for every symbol.
pub(crate) fn length_lens() -> Vec<u8> {
    (0..LENGTHS).map(|symbol| if symbol < 7 { 7 } else { 8 }).collect()
}

/// A chunk under construction.
pub(crate) struct ChunkWriter {
    bytes: Vec<u8>,
    /// Those of the word that is not yet full.
    bits: Vec<bool>,
    main: Vec<u8>,
    length: Vec<u8>,
    /// In the block's aligned code, if it has one.
    aligned: Option<[u8; 8]>,
}

impl ChunkWriter {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), bits: Vec::new(), main: vec![0; 496], length: vec![0; LENGTHS], aligned: None }
    }

    /// Writes the low `count` bits of `value`.
    pub(crate) fn bits(mut self, value: usize, count: u32) -> Self {
        for bit in (0..count).rev() {
            self.bits.push(value >> bit & 1 == 1);
            if self.bits.len() == 16 {
                let word = self.bits.drain(..).fold(0u16, |word, bit| word << 1 | u16::from(bit));
                self.bytes.extend(word.to_le_bytes());
            }
        }
        self
    }

    /// Writes a block's type and size, in the short form for the usual size.
    pub(crate) fn header(self, kind: usize, size: usize) -> Self {
        let this = self.bits(kind, 3);
        if size == 32768 { this.bits(1, 1) } else { this.bits(size, 17) }
    }

    /// Begins a verbatim block.
    pub(crate) fn verbatim(self, size: usize, main: &[u8], length: &[u8]) -> Self {
        let mut this = self.header(1, size);
        this.aligned = None;
        this.codes(main, length)
    }

    /// Begins an aligned block.
    pub(crate) fn aligned(self, size: usize, main: &[u8], length: &[u8], aligned: [u8; 8]) -> Self {
        let mut this = self.header(2, size);
        this = aligned.iter().fold(this, |this, &len| this.bits(len.into(), 3));
        this.aligned = Some(aligned);
        this.codes(main, length)
    }

    /// A verbatim block with a codeword for every symbol.
    pub(crate) fn full(self, size: usize) -> Self {
        self.verbatim(size, &main_lens(), &length_lens())
    }

    fn codes(self, main: &[u8], length: &[u8]) -> Self {
        let (old_main, old_length) = (self.main.clone(), self.length.clone());
        let mut this = self.lens(&old_main[..256], &main[..256]);
        this = this.lens(&old_main[256..], &main[256..]);
        this = this.lens(&old_length, length);
        (this.main, this.length) = (main.into(), length.into());
        this
    }

    /// Writes a pretree, and `lens` as their differences to `old`, one by one.
    pub(crate) fn lens(self, old: &[u8], lens: &[u8]) -> Self {
        let this = self.pretree();
        old.iter().zip(lens).fold(this, |this, (old, len)| this.pretree_symbol(usize::from((old + 17 - len) % 17)))
    }

    pub(crate) fn pretree(self) -> Self {
        PRETREE.iter().fold(self, |this, &len| this.bits(len.into(), 4))
    }

    pub(crate) fn pretree_symbol(self, symbol: usize) -> Self {
        self.symbol(&PRETREE, symbol)
    }

    /// Sets the codes that the following items use, where a test has written the header itself.
    pub(crate) fn use_codes(mut self, main: &[u8], length: &[u8]) -> Self {
        (self.main, self.length) = (main.into(), length.into());
        self
    }

    pub(crate) fn literal(self, byte: u8) -> Self {
        let main = self.main.clone();
        self.symbol(&main, byte.into())
    }

    pub(crate) fn literals(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |this, &byte| this.literal(byte))
    }

    /// A match at the recent offset `index`.
    pub(crate) fn repeat(self, length: usize, index: usize) -> Self {
        self.match_symbols(length, index)
    }

    /// A match at `offset`.
    pub(crate) fn matched(self, length: usize, offset: usize) -> Self {
        // Slots 3 and up: their bases are 3, 4, 6, 8, 12, 16, 24 and so on, less the two that are added to an offset.
        let (mut slot, mut base, mut extra) = (3, 3, 0);
        while offset + 2 >= base + (1 << extra) {
            base += 1 << extra;
            slot += 1;
            extra = (slot as u32 - 2) / 2;
        }
        let rest = offset + 2 - base;
        let this = self.match_symbols(length, slot);
        match this.aligned {
            Some(lens) if extra >= 3 => this.bits(rest >> 3, extra - 3).symbol(&lens, rest & 7),
            _ => this.bits(rest, extra),
        }
    }

    fn match_symbols(self, length: usize, slot: usize) -> Self {
        let (main, lens) = (self.main.clone(), self.length.clone());
        let this = self.symbol(&main, 256 + 8 * slot + (length - 2).min(7));
        if length < 9 { this } else { this.symbol(&lens, length - 9) }
    }

    fn symbol(self, lens: &[u8], symbol: usize) -> Self {
        let len = lens[symbol];
        assert_ne!(len, 0, "a codeword for {symbol}");
        let before = |other: &usize| lens[*other] != 0 && (lens[*other], *other) < (len, symbol);
        // The codeword is the Kraft sum of all codewords before it.
        let sum: usize = (0..lens.len()).filter(before).map(|other| 1usize << (16 - lens[other])).sum();
        self.bits(sum >> (16 - len), len.into())
    }

    /// Writes an uncompressed block with these recent offsets.
    pub(crate) fn uncompressed(self, offsets: [u32; 3], data: &[u8]) -> Self {
        let mut this = self.header(3, data.len());
        this = this.bits(0, 1).align();
        offsets.iter().for_each(|offset| this.bytes.extend(offset.to_le_bytes()));
        this.bytes.extend(data);
        this.bytes.extend(vec![0; data.len() % 2]);
        this
    }

    /// Fills up the current word.
    pub(crate) fn align(self) -> Self {
        let missing = (16 - self.bits.len() as u32 % 16) % 16;
        self.bits(0, missing)
    }

    /// Ends the chunk.
    pub(crate) fn end(self) -> Vec<u8> {
        self.align().bytes
    }
}
