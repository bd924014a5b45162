//! Writes chunks item by item, as the format's rules say, so that tests can write what no compressor would.

use crate::reference::{Decision, codewords, length_slots, offset_slots};

/// An item of a chunk; lengths come last.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item {
    Literal(u8),
    /// A new offset.
    Lz(u64, u64),
    /// The number of a recent offset.
    RecentLz(usize, u64),
    /// Power, raw offset.
    Delta(usize, u64, u64),
    /// The number of a recent delta source.
    RecentDelta(usize, u64),
}

/// An adaptive code: its frequencies, its period, and what is left of that.
struct Code {
    frequencies: Vec<u32>,
    period: u32,
    countdown: u32,
    /// Length and codeword of each symbol.
    codewords: Vec<(u32, u32)>,
}

impl Code {
    fn new(symbols: usize, period: u32) -> Self {
        let frequencies = vec![1; symbols.max(2)];
        let codewords = by_symbol(&frequencies);
        Self { frequencies, period, countdown: period, codewords }
    }

    /// The codeword of a symbol, which is counted.
    fn symbol(&mut self, symbol: usize) -> (u32, u32) {
        let codeword = self.codewords[symbol];
        self.frequencies[symbol] += 1;
        self.countdown -= 1;
        if self.countdown == 0 {
            self.codewords = by_symbol(&self.frequencies);
            self.frequencies.iter_mut().for_each(|frequency| *frequency = *frequency / 2 + 1);
            self.countdown = self.period;
        }
        codeword
    }
}

fn by_symbol(frequencies: &[u32]) -> Vec<(u32, u32)> {
    let mut table = vec![(0, 0); frequencies.len()];
    codewords(frequencies).into_iter().for_each(|(codeword, symbol)| table[symbol] = codeword);
    table
}

/// A chunk under construction.
pub(crate) struct ChunkWriter {
    /// Words that have left the range coder.
    words: Vec<u16>,
    low: u64,
    range: u64,
    bits: Vec<bool>,
    main: Decision,
    kind: Decision,
    lz: Decision,
    lz_index: [Decision; 2],
    delta: Decision,
    delta_index: [Decision; 2],
    literals: Code,
    offsets: Code,
    lengths: Code,
    delta_offsets: Code,
    powers: Code,
}

impl ChunkWriter {
    /// A chunk of `len` bytes.
    pub(crate) fn new(len: usize) -> Self {
        let slots = offset_slots().iter().filter(|slot| slot.0 < len as u64).count();
        Self {
            words: Vec::new(),
            low: 0,
            range: 0xFFFF_FFFF,
            bits: Vec::new(),
            main: Decision::new(4),
            kind: Decision::new(5),
            lz: Decision::new(6),
            lz_index: [Decision::new(6), Decision::new(6)],
            delta: Decision::new(6),
            delta_index: [Decision::new(6), Decision::new(6)],
            literals: Code::new(256, 1024),
            offsets: Code::new(slots, 1024),
            lengths: Code::new(54, 512),
            delta_offsets: Code::new(slots, 1024),
            powers: Code::new(8, 512),
        }
    }

    /// Writes `items`.
    pub(crate) fn items(mut self, items: &[Item]) -> Self {
        items.iter().for_each(|&item| self.item(item));
        self
    }

    fn item(&mut self, item: Item) {
        let is_match = !matches!(item, Item::Literal(_));
        self.decide(|chunk| &mut chunk.main, is_match);
        if is_match {
            self.decide(|chunk| &mut chunk.kind, matches!(item, Item::Delta(..) | Item::RecentDelta(..)));
        }
        let length = match item {
            Item::Literal(byte) => {
                let codeword = self.literals.symbol(byte.into());
                return self.put(codeword);
            }
            Item::Lz(offset, length) => {
                self.decide(|chunk| &mut chunk.lz, false);
                self.value(|chunk| &mut chunk.offsets, &offset_slots(), offset);
                length
            }
            Item::RecentLz(index, length) => {
                self.decide(|chunk| &mut chunk.lz, true);
                self.index(|chunk| &mut chunk.lz_index, index);
                length
            }
            Item::Delta(power, raw_offset, length) => {
                self.decide(|chunk| &mut chunk.delta, false);
                let codeword = self.powers.symbol(power);
                self.put(codeword);
                self.value(|chunk| &mut chunk.delta_offsets, &offset_slots(), raw_offset);
                length
            }
            Item::RecentDelta(index, length) => {
                self.decide(|chunk| &mut chunk.delta, true);
                self.index(|chunk| &mut chunk.delta_index, index);
                length
            }
        };
        self.value(|chunk| &mut chunk.lengths, &length_slots(), length);
    }

    fn index(&mut self, decisions: impl Fn(&mut Self) -> &mut [Decision; 2], index: usize) {
        self.decide(|chunk| &mut decisions(chunk)[0], index > 0);
        if index > 0 {
            self.decide(|chunk| &mut decisions(chunk)[1], index > 1);
        }
    }

    fn value(&mut self, code: impl Fn(&mut Self) -> &mut Code, slots: &[(u64, u32)], value: u64) {
        let slot = slots.iter().rposition(|slot| slot.0 <= value).expect("values begin at 1");
        let codeword = code(self).symbol(slot);
        self.put(codeword);
        let (base, extra) = slots[slot];
        self.put((extra, (value - base) as u32));
    }

    /// Appends so many bits.
    fn put(&mut self, (count, value): (u32, u32)) {
        self.bits.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
    }

    fn decide(&mut self, decision: impl Fn(&mut Self) -> &mut Decision, bit: bool) {
        if self.range <= 0xFFFF {
            self.range <<= 16;
            self.shift();
        }
        let bound = (self.range >> 6) * decision(self).zeros();
        decision(self).learn(bit);
        if bit {
            self.low += bound;
            self.range -= bound;
        } else {
            self.range = bound;
        }
        if self.low > 0xFFFF_FFFF {
            self.low &= 0xFFFF_FFFF;
            for word in self.words.iter_mut().rev() {
                *word = word.wrapping_add(1);
                if *word != 0 {
                    break;
                }
            }
        }
    }

    fn shift(&mut self) {
        self.words.push((self.low >> 16) as u16);
        self.low = self.low << 16 & 0xFFFF_FFFF;
    }

    /// The chunk.
    pub(crate) fn end(mut self) -> Vec<u8> {
        (0..3).for_each(|_| self.shift());
        let mut chunk: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.bits.resize(self.bits.len().next_multiple_of(16), false);
        for bits in self.bits.chunks(16).rev() {
            chunk.extend(bits.iter().fold(0, |word, &bit| word << 1 | u16::from(bit)).to_le_bytes());
        }
        chunk
    }
}
