//! Data for files, the same on every run, of the kinds on which codecs differ.

/// A small generator of numbers (SplitMix64), so that the content never depends on a crate's version.
pub struct Numbers(u64);

impl Numbers {
    /// Equal seeds give equal numbers.
    pub fn new(seed: u64) -> Numbers {
        Numbers(seed)
    }

    /// Any 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next_u64() % bound
    }
}

/// Bytes that do not compress.
pub fn random(seed: u64, len: usize) -> Vec<u8> {
    let mut numbers = Numbers::new(seed);
    let mut bytes: Vec<u8> = (0..len.div_ceil(8)).flat_map(|_| numbers.next_u64().to_le_bytes()).collect();
    bytes.truncate(len);
    bytes
}

/// Lines of words, some far more frequent than others, and now and then a phrase again.
pub fn text(seed: u64, len: usize) -> Vec<u8> {
    const WORDS: u64 = 300;
    const PHRASE: u64 = 150;
    let mut numbers = Numbers::new(seed);
    let word = |numbers: &mut Numbers| {
        let letters = 2 + numbers.below(7);
        (0..letters).map(|_| b'a' + numbers.below(26) as u8).collect::<Vec<u8>>()
    };
    let words: Vec<Vec<u8>> = (0..WORDS).map(|_| word(&mut numbers)).collect();
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        if numbers.below(12) == 0 && bytes.len() as u64 > PHRASE {
            let start = numbers.below(bytes.len() as u64 - PHRASE) as usize;
            let end = start + 30 + numbers.below(PHRASE - 30) as usize;
            bytes.extend_from_within(start..end);
        }
        // A random bound of a random number, so that the first words come most often.
        let bound = 1 + numbers.below(WORDS);
        bytes.extend(&words[numbers.below(bound) as usize]);
        bytes.extend(if numbers.below(12) == 0 { &b"\r\n"[..] } else { b" " });
    }
    bytes.truncate(len);
    bytes
}

/// Something like x86 code: few distinct instructions, and calls (E8) whose targets, not whose operands, repeat.
pub fn code(seed: u64, len: usize) -> Vec<u8> {
    let mut numbers = Numbers::new(seed);
    let instructions: Vec<Vec<u8>> = (0..48)
        .map(|_| {
            let operands = 1 + numbers.below(4);
            let opcode = [0x8B, 0x89, 0x48, 0x83, 0xFF, 0x0F, 0x33, 0x74][numbers.below(8) as usize];
            [opcode].into_iter().chain((0..operands).map(|_| numbers.below(64) as u8)).collect()
        })
        .collect();
    let targets: Vec<u32> = (0..40).map(|_| numbers.below(len as u64 + 1) as u32).collect();
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        if numbers.below(6) == 0 {
            let target = targets[numbers.below(40) as usize];
            bytes.push(0xE8);
            let next_instruction = bytes.len() as u32 + 4;
            bytes.extend(target.wrapping_sub(next_instruction).to_le_bytes());
        } else {
            let bound = 1 + numbers.below(48);
            bytes.extend(&instructions[numbers.below(bound) as usize]);
        }
    }
    bytes.truncate(len);
    bytes
}

/// Records of two counters that grow at their own pace: what delta matches are for.
pub fn delta_table(records: u32) -> Vec<u8> {
    (0..records).flat_map(|i| [(i * 28 + 4096).to_le_bytes(), (i / 5 * 3 + 7).to_le_bytes()].concat()).collect()
}
