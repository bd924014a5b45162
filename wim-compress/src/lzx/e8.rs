//! The E8 filter: x86 `call` instructions with absolute instead of relative targets.
//!
//! Calls of one function from many places have different relative targets and the same absolute one, so the
//! translated code has longer matches. The filter goes over the whole chunk, with positions counted from the chunk's start,
//! as if every byte `0xE8` that is not part of another call's operand were a call; a decoder undoes exactly that.

/// The opcode.
pub(super) const CALL: u8 = 0xE8;
/// Opcode and operand.
const CALL_LEN: usize = 5;
/// The last bytes of a chunk never start a translation.
const TAIL: usize = 10;
/// Targets are taken to lie in a file of this size.
const FILE_SIZE: i32 = 12_000_000;

/// Makes the targets absolute, before compression.
pub(super) fn apply(data: &mut [u8]) {
    translate(data, |value, at| {
        if value < -at || value >= FILE_SIZE {
            value
        } else if value < FILE_SIZE - at {
            value + at
        } else {
            value - FILE_SIZE
        }
    });
}

/// Makes the targets relative again, after decompression.
pub(super) fn undo(data: &mut [u8]) {
    translate(data, |value, at| {
        if (0..FILE_SIZE).contains(&value) {
            value - at
        } else if (-at..0).contains(&value) {
            value + FILE_SIZE
        } else {
            value
        }
    });
}

/// Replaces the operand of every call by `change(operand, position of the call)`.
#[inline(always)]
fn translate(data: &mut [u8], change: impl Fn(i32, i32) -> i32) {
    let Some(end) = data.len().checked_sub(TAIL) else { return };
    let mut at = 0;
    while let Some(call) = find_call(&data[..end], at) {
        let operand = &mut data[call + 1..call + CALL_LEN];
        let value = i32::from_le_bytes(operand.try_into().expect("four bytes"));
        operand.copy_from_slice(&change(value, call as i32).to_le_bytes());
        at = call + CALL_LEN;
    }
}

/// The position of the first call opcode from `at` on.
#[inline(always)]
fn find_call(data: &[u8], mut at: usize) -> Option<usize> {
    while let Some(block) = data.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>) {
        // No exit in the middle, so that the comparison becomes one of vectors.
        if block.iter().fold(0, |any, &byte| any | u8::from(byte == CALL)) != 0 {
            return Some(at + calls(block).trailing_zeros() as usize);
        }
        at += BLOCK;
    }
    data.get(at..)?.iter().position(|&byte| byte == CALL).map(|found| at + found)
}

/// The bytes that are looked at together.
const BLOCK: usize = 32;

/// Which bytes of `block` are calls, one bit each. Without branches, as nothing predicts where the calls are.
#[inline(always)]
fn calls(block: &[u8; BLOCK]) -> u32 {
    const LOW_BITS: u64 = u64::MAX / 0xFF * 0x7F;
    /// Moves bit 0 of byte `i` to bit `56 + i`.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    block.as_chunks().0.iter().rev().fold(0, |mask, word| {
        let different = u64::from_le_bytes(*word) ^ (u64::MAX / 0xFF * u64::from(CALL));
        let equal = !(((different & LOW_BITS) + LOW_BITS) | different) & !LOW_BITS;
        mask << 8 | ((equal >> 7).wrapping_mul(GATHER) >> 56) as u32
    })
}

#[cfg(test)]
mod tests;
