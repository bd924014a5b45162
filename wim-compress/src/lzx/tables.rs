//! The numbers of the format: alphabets, offset slots, code limits.

/// The base-two logarithm of the smallest window.
pub(super) const MIN_ORDER: u32 = 15;
/// The base-two logarithm of the largest window.
pub(super) const MAX_ORDER: u32 = 21;

/// The shortest match.
pub(super) const MIN_MATCH: usize = 2;
/// The longest match.
pub(super) const MAX_MATCH: usize = 257;

/// Main symbols below this are literal bytes.
pub(super) const LITERALS: usize = 256;
/// Length headers of a match's main symbol: lengths 2 to 8, and "a length symbol follows".
pub(super) const LENGTH_HEADERS: usize = 8;
/// The length header that says that a length symbol follows.
pub(super) const LONG_HEADER: usize = LENGTH_HEADERS - 1;
/// The length that the length symbol 0 stands for.
pub(super) const LONG_MATCH: usize = MIN_MATCH + LONG_HEADER;
/// Symbols of the length code.
pub(super) const LENGTH_SYMBOLS: usize = MAX_MATCH - LONG_MATCH + 1;
/// Symbols of the aligned code.
pub(super) const ALIGNED_SYMBOLS: usize = 8;
/// Low bits of a formatted offset that the aligned code takes.
pub(super) const ALIGNED_BITS: u32 = 3;
/// Symbols of the pretree, the code in which the codeword lengths of the others are written.
pub(super) const PRETREE_SYMBOLS: usize = 20;

/// Bits of a codeword length of the pretree, as it is stored.
pub(super) const PRETREE_LEN_BITS: u32 = 4;
/// Bits of a codeword length of the aligned code, as it is stored.
pub(super) const ALIGNED_LEN_BITS: u32 = 3;

/// Pretree symbols below this are a codeword length's change.
pub(super) const DELTAS: u32 = 17;
/// The pretree symbol for a run of zeros.
pub(super) const ZEROS: u32 = 17;
/// The shortest run of zeros, and the bits that lengthen it.
pub(super) const ZEROS_MIN: usize = 4;
pub(super) const ZEROS_BITS: u32 = 4;
/// The pretree symbol for a long run of zeros.
pub(super) const LONG_ZEROS: u32 = 18;
/// The shortest long run of zeros, and the bits that lengthen it.
pub(super) const LONG_ZEROS_MIN: usize = 20;
pub(super) const LONG_ZEROS_BITS: u32 = 5;
/// The pretree symbol for a run of equal lengths; their change follows as a symbol below [`DELTAS`].
pub(super) const EQUALS: u32 = 19;
/// The shortest run of equal lengths, and the bits that lengthen it.
pub(super) const EQUALS_MIN: usize = 4;
pub(super) const EQUALS_BITS: u32 = 1;

/// Bits of a block's type.
pub(super) const BLOCK_TYPE_BITS: u32 = 3;
/// Block types.
pub(super) const VERBATIM: u32 = 1;
pub(super) const ALIGNED: u32 = 2;
pub(super) const UNCOMPRESSED: u32 = 3;
/// The size of a block whose header has the "default size" bit set.
pub(super) const DEFAULT_BLOCK_SIZE: usize = 32768;

/// Bits of the size of any other block.
pub(super) const fn block_size_bits(order: u32) -> u32 {
    if order > MIN_ORDER { 24 } else { 16 }
}

/// The offset slots of the largest window.
pub(super) const MAX_SLOTS: usize = 50;
/// The main symbols of the largest window.
pub(super) const MAX_MAIN_SYMBOLS: usize = LITERALS + MAX_SLOTS * LENGTH_HEADERS;
/// Slots below this stand for the recent offsets R0, R1, R2.
pub(super) const REPEATS: usize = 3;
/// What is added to an offset before it is split in a slot and extra bits.
pub(super) const OFFSET_BIAS: usize = 2;
/// The first slot that has bits enough for the aligned code.
pub(super) const FIRST_ALIGNED_SLOT: usize = 8;
const MAX_EXTRA_BITS: u32 = 17;

/// Extra bits of the offset slots.
pub(super) const EXTRA_BITS: [u8; MAX_SLOTS] = {
    let mut bits = [0; MAX_SLOTS];
    let mut slot = 4;
    while slot < MAX_SLOTS {
        let ramp = (slot as u32 - 2) / 2;
        bits[slot] = if ramp < MAX_EXTRA_BITS { ramp } else { MAX_EXTRA_BITS } as u8;
        slot += 1;
    }
    bits
};

/// The smallest formatted offset of each offset slot, and the end of the last one.
pub(super) const SLOT_BASES: [u32; MAX_SLOTS + 1] = {
    let mut bases = [0; MAX_SLOTS + 1];
    let mut slot = 0;
    while slot < MAX_SLOTS {
        bases[slot + 1] = bases[slot] + (1 << EXTRA_BITS[slot]);
        slot += 1;
    }
    bases
};

/// The base-two logarithm of the window for chunks of up to `chunk_size` bytes.
pub(super) const fn window_order(chunk_size: u32) -> u32 {
    let order = chunk_size.next_power_of_two().trailing_zeros();
    if order < MIN_ORDER { MIN_ORDER } else { order }
}

/// The number of offset slots: those whose smallest offset a window of that order can hold.
pub(super) const fn slot_count(order: u32) -> usize {
    let max_formatted = (1u32 << order) - 3 + OFFSET_BIAS as u32;
    let mut slots = 0;
    while slots < MAX_SLOTS && SLOT_BASES[slots] <= max_formatted {
        slots += 1;
    }
    slots
}

/// The number of main symbols for a window of that order.
pub(super) const fn main_symbols(order: u32) -> usize {
    LITERALS + slot_count(order) * LENGTH_HEADERS
}

const _: () = assert!(LENGTH_SYMBOLS == 249 && MAX_MAIN_SYMBOLS == 656);
const _: () = assert!(slot_count(15) == 30 && slot_count(16) == 32 && slot_count(17) == 34 && slot_count(18) == 36);
const _: () = assert!(slot_count(19) == 38 && slot_count(20) == 42 && slot_count(21) == MAX_SLOTS);
const _: () = assert!(SLOT_BASES[36] == 262_144 && SLOT_BASES[FIRST_ALIGNED_SLOT] == 16);
