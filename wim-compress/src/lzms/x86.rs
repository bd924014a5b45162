//! The x86 filter: operands of some instructions are stored as absolute addresses, which repeat where relative ones do not.
//!
//! The instructions are `call` with a relative operand, and those that address memory relative to the instruction pointer in
//! `lea`, `mov`, `lock add` and `call` through a pointer. A sequence of bytes is believed to be code as long as targets recur: an
//! operand is translated if it follows closely enough on the latest instruction whose target's low 16 bits had been
//! seen within the last 65 535 bytes. What is not believed is left alone, but remembered as seen.
//!
//! The filter runs over every chunk from left to right. Translating looks only at bytes before the operand's end, so
//! a prefix of a chunk can be filtered without the rest, provided that the chunk's full length is known: the last
//! [`TAIL`] bytes never start an instruction.

use alloc::boxed::Box;
use alloc::vec;
use core::hint::{black_box, select_unpredictable};

/// Bytes at the end of a chunk where no instruction is looked for.
const TAIL: usize = 16;

/// Where an instruction can start at the earliest.
const FIRST: usize = 1;

/// Chunks no longer than this are left alone.
const MIN_LEN: usize = TAIL + FIRST;

/// How far an instruction may be from the last one that was believed.
const WINDOW: i32 = 1023;

/// The same for the near call, whose opcode is a single byte that occurs in data often enough.
const CALL_WINDOW: i32 = 511;

/// Where the last believed instruction is at first: out of every window.
const BEFORE_CHUNK: i32 = -1024;

/// How far back a target counts as seen.
const SEEN_WINDOW: u32 = 65_535;

/// Values of the part of a target that is remembered.
const TARGETS: usize = 1 << 16;

/// Bytes of an operand.
const OPERAND: usize = 4;

/// Bytes after a position that may belong to an instruction that starts at it or before.
pub(super) const LONGEST: usize = 3 + OPERAND - 1;

/// Bytes skipped for a near jump, whose target is not translated: the whole instruction.
const JUMP_LEN: usize = 1 + OPERAND;

/// The filter's memory of targets, usable for any number of chunks.
///
/// Clearing it takes as long as filtering some chunks does, so positions are stored on a base that only rises: all that a chunk
/// stored is out of the window for the next. When the base would overflow, the table is cleared after all.
pub(super) struct X86Filter {
    /// For the low 16 bits of each target, the end of the latest instruction that had it, on the base of its time.
    seen: Box<[u32; TARGETS]>,
    /// The base of the next chunk.
    base: u32,
}

/// The way of a translation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToAbsolute,
    ToRelative,
}

impl X86Filter {
    /// The bytes of memory that a filter takes.
    pub(super) const MEMORY: usize = TARGETS * size_of::<u32>();

    /// A base from which a zero in the table is out of the window.
    const FIRST_BASE: u32 = SEEN_WINDOW + 1;

    pub(super) fn new() -> Self {
        let seen = vec![0; TARGETS].into_boxed_slice();
        let Ok(seen) = seen.try_into() else { unreachable!("the slice was made with the array's length") };
        Self { seen, base: Self::FIRST_BASE }
    }

    /// Filters a chunk before it is compressed.
    pub(super) fn apply(&mut self, chunk: &mut [u8]) {
        let end = chunk.len();
        self.translate(chunk, end, Direction::ToAbsolute);
    }

    /// Undoes the filter on the front of a chunk of `chunk_len` bytes. Of the bytes in `prefix`, all but the last
    /// [`LONGEST`] are then as they were; all, if it is the whole chunk.
    pub(super) fn undo(&mut self, prefix: &mut [u8], chunk_len: usize) {
        self.translate(prefix, chunk_len, Direction::ToRelative);
    }

    #[inline(never)]
    fn translate(&mut self, data: &mut [u8], chunk_len: usize, direction: Direction) {
        if chunk_len <= MIN_LEN {
            return;
        }
        let end = (chunk_len - TAIL).min(data.len().saturating_sub(LONGEST));
        let base = self.start(chunk_len);
        let mut last_code = BEFORE_CHUNK;
        let mut next = FIRST;
        let mut candidates = Candidates::new();
        for region in (0..end).step_by(REGION) {
            for &candidate in candidates.find(data, region) {
                let at = region + usize::from(candidate);
                if at < next || at >= end {
                    continue;
                }
                let Some((opcode_len, window)) = instruction(data, at) else {
                    next = at + if data[at] == opcode::JUMP { JUMP_LEN } else { 1 };
                    continue;
                };
                let operand = at + opcode_len;
                let last_byte = operand + OPERAND - 1;
                let now = base + last_byte as u32;
                let [if_not, if_so] = translations(data, at, operand, direction);
                // Both places are looked at, so that nobody waits for what is believed before the memory is. Out of the compiler's
                // sight: it would rather choose the place first.
                let seen = black_box([if_not, if_so].map(|way| self.seen[usize::from(way.target)]));
                let believed = at as i32 - last_code <= window;
                let seen = select_unpredictable(believed, seen[1], seen[0]);
                last_code = select_unpredictable(now - seen <= SEEN_WINDOW, last_byte as i32, last_code);
                let way = select_unpredictable(believed, if_so, if_not);
                data[operand..operand + OPERAND].copy_from_slice(&way.operand.to_le_bytes());
                self.seen[usize::from(way.target)] = now;
                next = last_byte + 1;
            }
        }
    }

    /// The base for a chunk, after which the next one's base is out of its window.
    fn start(&mut self, chunk_len: usize) -> u32 {
        let used = chunk_len as u32 + Self::FIRST_BASE;
        if self.base.checked_add(used).is_none() {
            self.seen.fill(0);
            self.base = Self::FIRST_BASE;
        }
        let base = self.base;
        self.base += used;
        base
    }
}

/// What may become of an operand.
#[derive(Clone, Copy)]
struct Translation {
    operand: u32,
    /// The low 16 bits of the instruction's target.
    target: u16,
}

/// What becomes of the operand of the instruction at `start` if that is not believed to be code, and if it is.
#[inline(always)]
fn translations(data: &[u8], start: usize, operand: usize, direction: Direction) -> [Translation; 2] {
    let bytes: [u8; OPERAND] = data[operand..operand + OPERAND].try_into().expect("four bytes");
    let (value, start) = (u32::from_le_bytes(bytes), start as u32);
    [0, start].map(|shift| {
        let (relative, operand) = match direction {
            Direction::ToAbsolute => (value, value.wrapping_add(shift)),
            Direction::ToRelative => (value.wrapping_sub(shift), value.wrapping_sub(shift)),
        };
        Translation { operand, target: relative.wrapping_add(start) as u16 }
    })
}

/// The bytes that instructions begin with.
mod opcode {
    pub(super) const CALL: u8 = 0xE8;
    pub(super) const JUMP: u8 = 0xE9;
    pub(super) const REX_W: u8 = 0x48;
    pub(super) const LEA: u8 = 0x8D;
    pub(super) const MOV: u8 = 0x8B;
    pub(super) const LOCK: u8 = 0xF0;
    pub(super) const ADD: u8 = 0x83;
    pub(super) const ADD_RELATIVE: u8 = 0x05;
    pub(super) const GROUP5: u8 = 0xFF;
    pub(super) const CALL_RELATIVE: u8 = 0x15;
}

/// The length of opcode and ModRM byte of an instruction to translate at `at`, and its window.
///
/// Of the candidates, nearly all are such an instruction, but which one is anyone's guess: so its kind is no branch.
#[inline(always)]
fn instruction(data: &[u8], at: usize) -> Option<(usize, i32)> {
    let [first, second, third] = data[at..at + 3].try_into().expect("three bytes");
    let is_call = first == opcode::CALL;
    let is_call_pointer = first == opcode::GROUP5;
    // What `may_start` let through, and what it need not.
    let mov_of_other_register = (second == opcode::MOV) & ((first != opcode::REX_W) | (third & 0xF0 != 0));
    let is_rex = first & 0xFB == opcode::REX_W;
    let wrong_rex = is_rex & (mov_of_other_register | ((second != opcode::MOV) & (second != opcode::LEA)));
    let wrong_add = (first == opcode::LOCK) & (third != opcode::ADD_RELATIVE);
    if wrong_rex | wrong_add | (first == opcode::JUMP) {
        return None;
    }
    // Sums and no choices, which would become branches.
    let len = 3 - 2 * usize::from(is_call) - usize::from(is_call_pointer);
    Some((len, WINDOW - i32::from(is_call) * (WINDOW - CALL_WINDOW)))
}

/// Positions that are looked at together.
const BLOCK: usize = 64;

/// Positions that are searched before any of them is translated.
const REGION: usize = 1024;

/// Positions that are stored for each block, without asking how many there are: that would be a branch which nothing predicts.
const STORED: usize = 4;

/// Finds the positions where an instruction may start. A near jump counts, as it hides what its operand looks like.
///
/// Translating changes operands only, which are skipped, so what was found beforehand stays true.
struct Candidates {
    /// Positions within the region, and room for those that are stored beyond them.
    positions: [u16; REGION + STORED],
}

impl Candidates {
    fn new() -> Self {
        Self { positions: [0; REGION + STORED] }
    }

    /// The candidates of the region that begins at `region`.
    #[inline(always)]
    fn find(&mut self, data: &[u8], region: usize) -> &[u16] {
        let mut count = 0;
        for block in (0..REGION).step_by(BLOCK) {
            let mut mask = match data.get(region + block..).and_then(|data| data.first_chunk()) {
                Some(window) => mark_block(window),
                None => mark_last_block(data, region + block),
            };
            let found = mask.count_ones() as usize;
            let mut store = |places: &mut [u16]| {
                for place in places {
                    *place = (block as u32 + mask.trailing_zeros()) as u16;
                    mask &= mask.wrapping_sub(1);
                }
            };
            store(&mut self.positions[count..count + STORED]);
            if found > STORED {
                store(&mut self.positions[count + STORED..count + found]);
            }
            count += found;
        }
        &self.positions[..count]
    }
}

/// Marks where in the last block an instruction may start, as if zeros came after the data.
#[cold]
fn mark_last_block(data: &[u8], block: usize) -> u64 {
    let mut window = [0; BLOCK + 2];
    let rest = data.get(block..).unwrap_or_default();
    window[..rest.len()].copy_from_slice(rest);
    mark_block(&window)
}

/// Marks where in a block an instruction may start.
#[inline(always)]
fn mark_block(window: &[u8; BLOCK + 2]) -> u64 {
    let mut marks = [0u8; BLOCK];
    for (i, mark) in marks.iter_mut().enumerate() {
        *mark = u8::from(may_start(window[i], window[i + 1], window[i + 2]));
    }
    marks.as_chunks::<8>().0.iter().rev().fold(0, |mask, marks| mask << 8 | gather(u64::from_le_bytes(*marks)))
}

/// The eight bits that are the lowest ones of eight bytes.
#[inline(always)]
fn gather(bytes: u64) -> u64 {
    bytes.wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Whether three bytes may be the first of an instruction. `&` and `|` instead of `&&` and `||`, and masks for two values at
/// once (which let a few more through), make this a handful of vector instructions.
#[inline(always)]
fn may_start(first: u8, second: u8, third: u8) -> bool {
    let call_or_jump = first & 0xFE == opcode::CALL;
    let lea_or_mov = (first & 0xFB == opcode::REX_W) & (second & 0xF9 == opcode::MOV & 0xF9) & (third & 0b111 == 0b101);
    let add = (first == opcode::LOCK) & (second == opcode::ADD);
    let call_pointer = (first == opcode::GROUP5) & (second == opcode::CALL_RELATIVE);
    call_or_jump | lea_or_mov | add | call_pointer
}
