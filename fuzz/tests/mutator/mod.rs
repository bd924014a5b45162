//! A small mutator: deterministic, and without any idea of what it mutates.

/// Values on which arithmetic breaks.
const INTERESTING: [u64; 14] = [
    0,
    1,
    7,
    8,
    0x7F,
    0x80,
    0xFF,
    0x100,
    0x7FFF,
    0xFFFF,
    0x7FFF_FFFF,
    0xFFFF_FFFF,
    0x7FFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF,
];

/// Makes mutants of seeds.
pub(crate) struct Mutator(u64);

impl Mutator {
    /// Equal names give equal mutants.
    pub(crate) fn new(name: &str) -> Self {
        Self(
            name.bytes()
                .fold(0x9E37_79B9_7F4A_7C15, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)),
        )
    }

    /// One of `seeds` with one to four mutations.
    pub(crate) fn mutant(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            self.mutate(&mut bytes, seeds);
        }
        bytes
    }

    /// Xorshift.
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 11) as usize % bound.max(1)
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(bytes.len());
        let len = 1 + self.below(24);
        let end = bytes.len().min(at + len);
        match self.below(8) {
            0 => flip(bytes, at, 1 << self.below(8)),
            1 => flip(bytes, at, 1 + self.below(255) as u8),
            2 | 3 => self.set_integer(bytes, at),
            4 => bytes.truncate(at),
            5 => drop(bytes.drain(at..end)),
            6 => {
                let copy = bytes[at..end].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            _ => {
                let other = &seeds[self.below(seeds.len())];
                let from = self.below(other.len());
                let with = &other[from..other.len().min(from + len)];
                bytes.splice(at..bytes.len().min(at + with.len()), with.iter().copied());
            }
        }
    }

    /// Writes an interesting number of 1, 2, 4 or 8 bytes, or adds a little to the one that is there.
    fn set_integer(&mut self, bytes: &mut [u8], at: usize) {
        let width = (1 << self.below(4)).min(bytes.len() - at);
        let field = &mut bytes[at..at + width];
        let mut number = [0; 8];
        number[..width].copy_from_slice(field);
        let number = match self.below(2) {
            0 => INTERESTING[self.below(INTERESTING.len())],
            _ => u64::from_le_bytes(number).wrapping_add(self.below(33) as u64).wrapping_sub(16),
        };
        field.copy_from_slice(&number.to_le_bytes()[..width]);
    }
}

fn flip(bytes: &mut [u8], at: usize, bits: u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= bits;
    }
}
