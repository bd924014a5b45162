//! A slow decoder of LZMS chunks, written to be obviously right: one bit at a time, one byte at a time, numbers as the
//! format's description has them.
//!
//! As the decoder of the library does, it finds zeros where the forward stream ends and where the backward stream does, and
//! asks in the end whether one of them ran into the other. Tests and fuzzing include it by its path.

use std::collections::{BTreeMap, VecDeque};

/// Decodes the chunk `src` of `len` bytes.
pub fn decode(src: &[u8], len: usize) -> Result<Vec<u8>, &'static str> {
    if src.len() < 4 || !src.len().is_multiple_of(2) {
        return Err("input is too short or odd");
    }
    let mut decoder = Decoder::new(src, len)?;
    while decoder.out.len() < len {
        decoder.item(len)?;
    }
    if decoder.backward.earliest < decoder.forward.next_word.min(src.len() as i64) {
        return Err("the streams overlap");
    }
    let mut out = decoder.out;
    undo_x86(&mut out);
    Ok(out)
}

/// The forward stream: a range coder.
struct Forward<'s> {
    src: &'s [u8],
    next_word: i64,
    range: u64,
    code: u64,
}

impl Forward<'_> {
    fn word(&mut self) -> u64 {
        let at = self.next_word as usize;
        self.next_word += 2;
        self.src.get(at..at + 2).map_or(0, |bytes| u64::from(bytes[0]) + 256 * u64::from(bytes[1]))
    }

    fn bit(&mut self, decision: &mut Decision) -> bool {
        if self.range <= 0xFFFF {
            self.range <<= 16;
            self.code = (self.code << 16) + self.word();
        }
        let bound = (self.range >> 6) * decision.zeros();
        let bit = self.code >= bound;
        if bit {
            self.range -= bound;
            self.code -= bound;
        } else {
            self.range = bound;
        }
        decision.learn(bit);
        bit
    }
}

/// What a kind of decision was: by its last results, the last 64 results that followed such ones, the oldest first.
pub struct Decision {
    state: usize,
    entries: Vec<VecDeque<bool>>,
}

impl Decision {
    pub fn new(bits: u32) -> Self {
        let start: VecDeque<bool> = (0..64).rev().map(|bit| 0x5555_5555u64 >> bit & 1 == 1).collect();
        Self { state: 0, entries: vec![start; 1 << bits] }
    }

    /// The zeros among the last 64 results, as a probability: never none, never all.
    pub fn zeros(&self) -> u64 {
        let zeros = self.entries[self.state].iter().filter(|&&bit| !bit).count() as u64;
        zeros.clamp(1, 63)
    }

    pub fn learn(&mut self, bit: bool) {
        self.entries[self.state].pop_front();
        self.entries[self.state].push_back(bit);
        self.state = (2 * self.state + usize::from(bit)) % self.entries.len();
    }
}

/// The backward stream: words from the last one on, bits from the highest on.
struct Backward<'s> {
    src: &'s [u8],
    position: usize,
    /// Where the earliest word lies of which a bit was read.
    earliest: i64,
}

impl Backward<'_> {
    fn bit(&mut self) -> u32 {
        let word = self.src.len() as i64 - 2 * (self.position as i64 / 16 + 1);
        self.earliest = word;
        let bit = 15 - self.position % 16;
        self.position += 1;
        let Ok(at) = usize::try_from(word) else { return 0 };
        u32::from(self.src[at + bit / 8] >> (bit % 8) & 1)
    }

    fn take(&mut self, count: u32) -> u64 {
        (0..count).fold(0, |value, _| 2 * value + u64::from(self.bit()))
    }
}

/// An adaptive Huffman code.
struct Code {
    frequencies: Vec<u32>,
    period: u32,
    countdown: u32,
    /// The symbols by (length, codeword).
    symbols: BTreeMap<(u32, u32), usize>,
}

impl Code {
    fn new(symbols: usize, period: u32) -> Self {
        // A code of fewer than two symbols is one of two.
        let frequencies = vec![1; symbols.max(2)];
        let symbols = codewords(&frequencies);
        Self { frequencies, period, countdown: period, symbols }
    }

    fn symbol(&mut self, bits: &mut Backward<'_>) -> Result<usize, &'static str> {
        let mut codeword = 0;
        for len in 1..=15 {
            codeword = 2 * codeword + bits.bit();
            if let Some(&symbol) = self.symbols.get(&(len, codeword)) {
                self.count(symbol);
                return Ok(symbol);
            }
        }
        Err("no such codeword")
    }

    fn count(&mut self, symbol: usize) {
        self.frequencies[symbol] += 1;
        self.countdown -= 1;
        if self.countdown == 0 {
            self.symbols = codewords(&self.frequencies);
            self.frequencies.iter_mut().for_each(|frequency| *frequency = *frequency / 2 + 1);
            self.countdown = self.period;
        }
    }
}

/// The codewords that Huffman's algorithm gives these frequencies.
pub fn codewords(frequencies: &[u32]) -> BTreeMap<(u32, u32), usize> {
    let mut by_frequency: Vec<usize> = (0..frequencies.len()).collect();
    by_frequency.sort_by_key(|&symbol| (frequencies[symbol], symbol));
    // Nodes: the symbols in that order, then inner nodes in the order in which they are made.
    let mut weights: Vec<u32> = by_frequency.iter().map(|&symbol| frequencies[symbol]).collect();
    let mut parents = vec![0; 2 * weights.len() - 1];
    let (mut leaf, mut inner) = (0, weights.len());
    while weights.len() < parents.len() {
        let parent = weights.len();
        let mut weight = 0;
        for _ in 0..2 {
            let takes_leaf = leaf < frequencies.len() && (inner == parent || weights[leaf] <= weights[inner]);
            let node = if takes_leaf { &mut leaf } else { &mut inner };
            weight += weights[*node];
            parents[*node] = parent;
            *node += 1;
        }
        weights.push(weight);
    }
    let depth = |mut node: usize| {
        let mut depth = 0;
        while node + 1 < parents.len() {
            node = parents[node];
            depth += 1;
        }
        depth
    };
    let mut lens: Vec<u32> = (0..frequencies.len()).map(depth).collect();
    lens.sort_by_key(|&len| std::cmp::Reverse(len));
    // The longest ones go to the rarest symbols.
    let mut coded: Vec<(u32, usize)> = lens.into_iter().zip(by_frequency).collect();
    coded.sort_unstable();
    let (mut codes, mut next, mut last_len) = (BTreeMap::new(), 0, 0);
    for (len, symbol) in coded {
        next <<= len - last_len;
        last_len = len;
        codes.insert((len, next), symbol);
        next += 1;
    }
    codes
}

/// A code's slots: their first values and numbers of extra bits. `counts` are how many slots have 0, 1, 2, ... extra bits.
fn slots(counts: &[(u32, usize)]) -> Vec<(u64, u32)> {
    let mut next = 1;
    let mut slots = Vec::new();
    for &(extra, count) in counts {
        for _ in 0..count {
            slots.push((next, extra));
            next += 1 << extra;
        }
    }
    slots
}

pub fn offset_slots() -> Vec<(u64, u32)> {
    let counts = [8, 0, 9, 7, 10, 15, 15, 20, 20, 30, 33, 40, 42, 45, 60, 73, 80, 85, 95, 105, 6];
    let counts: Vec<(u32, usize)> = (0..).zip(counts).chain([(30, 1)]).collect();
    slots(&counts)
}

pub fn length_slots() -> Vec<(u64, u32)> {
    slots(&[(0, 26), (1, 4), (2, 6), (3, 4), (4, 5), (5, 2), (6, 1), (7, 1), (8, 1), (9, 1), (10, 1), (16, 1), (30, 1)])
}

/// The sources of one kind of match.
struct Queue<T> {
    recent: VecDeque<T>,
    /// What the item before used, which enters when this item has been decoded.
    pending: Option<T>,
}

/// Span and offset, both in bytes.
type DeltaSource = (u64, u64);

struct Decoder<'s> {
    forward: Forward<'s>,
    backward: Backward<'s>,
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
    offset_slots: Vec<(u64, u32)>,
    length_slots: Vec<(u64, u32)>,
    lz_queue: Queue<u64>,
    delta_queue: Queue<DeltaSource>,
    out: Vec<u8>,
}

impl<'s> Decoder<'s> {
    fn new(src: &'s [u8], len: usize) -> Result<Self, &'static str> {
        let mut forward = Forward { src, next_word: 0, range: 0xFFFF_FFFF, code: 0 };
        forward.code = (forward.word() << 16) + forward.word();
        if forward.code >= forward.range {
            return Err("the first words are those of no message");
        }
        let offset_slots = offset_slots();
        // Up to the slot of the longest offset.
        let used = offset_slots.iter().take_while(|(base, _)| *base < len.max(1) as u64).count();
        let deltas = [1, 2, 3, 4].map(|raw| (1, raw));
        Ok(Self {
            forward,
            backward: Backward { src, position: 0, earliest: src.len() as i64 },
            main: Decision::new(4),
            kind: Decision::new(5),
            lz: Decision::new(6),
            lz_index: [Decision::new(6), Decision::new(6)],
            delta: Decision::new(6),
            delta_index: [Decision::new(6), Decision::new(6)],
            literals: Code::new(256, 1024),
            offsets: Code::new(used, 1024),
            lengths: Code::new(54, 512),
            delta_offsets: Code::new(used, 1024),
            powers: Code::new(8, 512),
            offset_slots,
            length_slots: length_slots(),
            lz_queue: Queue { recent: VecDeque::from([1, 2, 3, 4]), pending: None },
            delta_queue: Queue { recent: VecDeque::from(deltas), pending: None },
            out: Vec::new(),
        })
    }

    fn item(&mut self, len: usize) -> Result<(), &'static str> {
        let (mut offset, mut delta) = (None, None);
        if !self.forward.bit(&mut self.main) {
            let literal = self.literals.symbol(&mut self.backward)?;
            self.out.push(literal as u8);
        } else if !self.forward.bit(&mut self.kind) {
            offset = Some(self.lz_offset()?);
        } else {
            delta = Some(self.delta_source()?);
        }
        self.lz_queue.end_item(offset);
        self.delta_queue.end_item(delta);
        let (span, offset) = match (offset, delta) {
            (Some(offset), _) => (0, offset),
            (_, Some(source)) => source,
            _ => return Ok(()),
        };
        let length = value(&mut self.lengths, &self.length_slots, &mut self.backward)? as usize;
        if length > len - self.out.len() {
            return Err("match past the chunk's end");
        }
        if span + offset > self.out.len() as u64 {
            return Err("match before the chunk's start");
        }
        self.copy(span as usize, offset as usize, length);
        Ok(())
    }

    fn lz_offset(&mut self) -> Result<u64, &'static str> {
        if self.forward.bit(&mut self.lz) {
            let index = recent_index(&mut self.forward, &mut self.lz_index);
            return Ok(self.lz_queue.take(index));
        }
        value(&mut self.offsets, &self.offset_slots, &mut self.backward)
    }

    fn delta_source(&mut self) -> Result<DeltaSource, &'static str> {
        if self.forward.bit(&mut self.delta) {
            let index = recent_index(&mut self.forward, &mut self.delta_index);
            return Ok(self.delta_queue.take(index));
        }
        let power = self.powers.symbol(&mut self.backward)?;
        let raw = value(&mut self.delta_offsets, &self.offset_slots, &mut self.backward)?;
        Ok((1 << power, raw << power))
    }

    /// Copies bytes, or with a span differences of bytes.
    fn copy(&mut self, span: usize, offset: usize, length: usize) {
        for _ in 0..length {
            let back = |distance: usize| self.out[self.out.len() - distance];
            let byte = match span {
                0 => back(offset),
                _ => back(offset).wrapping_add(back(span)).wrapping_sub(back(offset + span)),
            };
            self.out.push(byte);
        }
    }
}

impl<T: Copy> Queue<T> {
    fn take(&mut self, index: usize) -> T {
        self.recent.remove(index).expect("three are always there")
    }

    /// An item has been decoded, which used `source`, or is none of this kind.
    fn end_item(&mut self, source: Option<T>) {
        if let Some(pending) = std::mem::replace(&mut self.pending, source) {
            self.recent.push_front(pending);
        }
        self.recent.truncate(4);
    }
}

fn recent_index(forward: &mut Forward<'_>, [not_first, not_second]: &mut [Decision; 2]) -> usize {
    if !forward.bit(not_first) {
        0
    } else if !forward.bit(not_second) {
        1
    } else {
        2
    }
}

/// A slot and its extra bits.
fn value(code: &mut Code, slots: &[(u64, u32)], bits: &mut Backward<'_>) -> Result<u64, &'static str> {
    let (base, extra) = slots[code.symbol(bits)?];
    Ok(base + bits.take(extra))
}

/// Makes the operands of instructions relative again.
fn undo_x86(data: &mut [u8]) {
    let len = data.len();
    if len <= 17 {
        return;
    }
    let mut last = -1024i64;
    let mut seen = vec![-65536i64; 65536];
    let mut i = 1;
    while i < len - 16 {
        let (opcode_len, window) = match data[i..i + 3] {
            [0xE8, _, _] => (1, 511),
            [0xE9, _, _] => {
                i += 5;
                continue;
            }
            [0x48 | 0x4C, 0x8D, c] if c % 8 == 5 => (3, 1023),
            [0x48, 0x8B, c] if c % 8 == 5 && c < 16 => (3, 1023),
            [0xF0, 0x83, 0x05] => (3, 1023),
            [0xFF, 0x15, _] => (2, 1023),
            _ => {
                i += 1;
                continue;
            }
        };
        let operand = i + opcode_len;
        let bytes = &mut data[operand..operand + 4];
        let mut value = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        if i as i64 - last <= window {
            value = value.wrapping_sub(i as u32);
            bytes.copy_from_slice(&value.to_le_bytes());
        }
        let target = (i as u32).wrapping_add(value) as usize % 65536;
        let end = operand as i64 + 3;
        if end - seen[target] <= 65535 {
            last = end;
        }
        seen[target] = end;
        i = end as usize + 1;
    }
}
