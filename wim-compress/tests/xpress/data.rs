//! Data to compress: pieces of what files consist of.

use proptest::collection::vec;
use proptest::prelude::*;

/// Something that files contain.
#[derive(Clone, Debug)]
enum Piece {
    Noise(Vec<u8>),
    Run(u8, usize),
    /// Bytes of a small alphabet.
    Text(Vec<u8>),
    /// A copy of what is so many 65536ths of the data so far back.
    Copy(u16, usize),
    /// Numbers of four bytes that rise by a step.
    Table(u32, u32, usize),
}

impl Piece {
    fn append(&self, data: &mut Vec<u8>) {
        match self {
            Self::Noise(bytes) => data.extend(bytes),
            Self::Run(byte, len) => data.extend(std::iter::repeat_n(byte, *len)),
            Self::Text(bytes) => data.extend(bytes.iter().map(|byte| b"etaoin shrdlu.\r\n"[usize::from(byte % 16)])),
            Self::Copy(back, len) => {
                let offset = data.len() * usize::from(*back) / 65536 + 1;
                for _ in 0..if data.is_empty() { 0 } else { *len } {
                    data.push(data[data.len() - offset]);
                }
            }
            Self::Table(first, step, count) => {
                let number = |i: u32| first.wrapping_add(i.wrapping_mul(*step)).to_le_bytes();
                data.extend((0..*count as u32).flat_map(number));
            }
        }
    }
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        vec(any::<u8>(), 0..200).prop_map(Piece::Noise),
        (any::<u8>(), 0..600usize).prop_map(|(byte, len)| Piece::Run(byte, len)),
        vec(any::<u8>(), 0..300).prop_map(Piece::Text),
        (any::<u16>(), 0..400usize).prop_map(|(back, len)| Piece::Copy(back, len)),
        (any::<u32>(), 0..5000u32, 0..60usize).prop_map(|(first, step, count)| Piece::Table(first, step, count)),
    ]
}

/// Up to `max_len` bytes of a few hundred pieces at most.
pub(crate) fn structured(max_len: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(piece(), 0..(max_len / 150).max(8)).prop_map(move |pieces| {
        let mut data = Vec::new();
        pieces.iter().for_each(|piece| piece.append(&mut data));
        data.truncate(max_len);
        data
    })
}

/// Bytes without any pattern, the same for the same seed.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// Sentences of which every one is a little different: compresses to about a third at any length.
pub(crate) fn prose(len: usize) -> Vec<u8> {
    let mut data = Vec::with_capacity(len + 80);
    let mut number = 1u32;
    while data.len() < len {
        number = number.wrapping_mul(0x0019_660D).wrapping_add(0x3C6E_F35F);
        let word = ["header", "resource", "chunk", "table", "image"][number as usize >> 16 & 3];
        data.extend_from_slice(
            format!("the {word} at {:x} is followed by {};\n", number >> 24, number >> 20).as_bytes(),
        );
    }
    data.truncate(len);
    data
}
