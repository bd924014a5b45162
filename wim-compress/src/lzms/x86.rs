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

/// Bytes at the end of a chunk where no instruction is looked for.
const TAIL: usize = 16;

/// Where an instruction can start at the earliest.
const FIRST: usize = 1;

/// Chunks no longer than this are left alone.
const MIN_LEN: usize = TAIL + FIRST;

/// How far an instruction may be from the last one that was believed.
const WINDOW: usize = 1023;

/// The same for the near call, whose opcode is a single byte that occurs in data often enough.
const CALL_WINDOW: usize = 511;

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
    #[cfg_attr(not(test), expect(dead_code))]
    pub(super) fn apply(&mut self, chunk: &mut [u8]) {
        let end = chunk.len();
        self.translate(chunk, end, Direction::ToAbsolute);
    }

    /// Undoes the filter on the front of a chunk of `chunk_len` bytes. Of the bytes in `prefix`, all but the last
    /// [`LONGEST`] are then as they were; all, if it is the whole chunk.
    pub(super) fn undo(&mut self, prefix: &mut [u8], chunk_len: usize) {
        self.translate(prefix, chunk_len, Direction::ToRelative);
    }

    fn translate(&mut self, data: &mut [u8], chunk_len: usize, direction: Direction) {
        if chunk_len <= MIN_LEN {
            return;
        }
        let end = (chunk_len - TAIL).min(data.len().saturating_sub(LONGEST));
        let base = self.start(chunk_len);
        let mut last_code: Option<usize> = None;
        let mut at = FIRST;
        while let Some(candidate) = next_candidate(data, at, end) {
            let Some((opcode_len, window)) = instruction(data, candidate) else {
                at = candidate + if data[candidate] == opcode::JUMP { JUMP_LEN } else { 1 };
                continue;
            };
            let operand = candidate + opcode_len;
            let believed = last_code.is_some_and(|last| candidate - last <= window);
            let target = translate_operand(data, candidate, operand, believed, direction);
            let instruction_end = operand + OPERAND - 1;
            let seen = &mut self.seen[usize::from(target)];
            let now = base + instruction_end as u32;
            if now - *seen <= SEEN_WINDOW {
                last_code = Some(instruction_end);
            }
            *seen = now;
            at = instruction_end + 1;
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

/// Translates the operand if `believed`. Returns the low 16 bits of the target.
#[inline(always)]
fn translate_operand(data: &mut [u8], start: usize, operand: usize, believed: bool, direction: Direction) -> u16 {
    let bytes = &mut data[operand..operand + OPERAND];
    let value = u32::from_le_bytes(bytes.try_into().expect("four bytes"));
    let start = start as u32;
    let (relative, translated) = match (direction, believed) {
        (Direction::ToAbsolute, true) => (value, value.wrapping_add(start)),
        (Direction::ToRelative, true) => (value.wrapping_sub(start), value.wrapping_sub(start)),
        (_, false) => (value, value),
    };
    bytes.copy_from_slice(&translated.to_le_bytes());
    relative.wrapping_add(start) as u16
}

/// The bytes that instructions begin with.
mod opcode {
    pub(super) const CALL: u8 = 0xE8;
    pub(super) const JUMP: u8 = 0xE9;
    pub(super) const REX_W: u8 = 0x48;
    pub(super) const REX_WR: u8 = 0x4C;
    pub(super) const LEA: u8 = 0x8D;
    pub(super) const MOV: u8 = 0x8B;
    pub(super) const LOCK: u8 = 0xF0;
    pub(super) const ADD: u8 = 0x83;
    pub(super) const ADD_RELATIVE: u8 = 0x05;
    pub(super) const GROUP5: u8 = 0xFF;
    pub(super) const CALL_RELATIVE: u8 = 0x15;
}

/// The length of opcode and ModRM byte of an instruction to translate at `at`, and its window.
#[inline(always)]
fn instruction(data: &[u8], at: usize) -> Option<(usize, usize)> {
    let rip_relative = |modrm: u8| modrm & 0b111 == 0b101;
    match (data[at], data[at + 1], data[at + 2]) {
        (opcode::CALL, ..) => Some((1, CALL_WINDOW)),
        (opcode::REX_W | opcode::REX_WR, opcode::LEA, modrm) if rip_relative(modrm) => Some((3, WINDOW)),
        (opcode::REX_W, opcode::MOV, modrm) if rip_relative(modrm) && modrm & 0xF0 == 0 => Some((3, WINDOW)),
        (opcode::LOCK, opcode::ADD, opcode::ADD_RELATIVE) => Some((3, WINDOW)),
        (opcode::GROUP5, opcode::CALL_RELATIVE, _) => Some((2, WINDOW)),
        _ => None,
    }
}

/// Bytes that are looked at together.
const BLOCK: usize = 32;

/// The first position in `at..end` that may start an instruction. A near jump counts, as it hides what its operand looks like.
#[inline(always)]
fn next_candidate(data: &[u8], mut at: usize, end: usize) -> Option<usize> {
    // Two bytes of an instruction suffice to rule out nearly all positions, and blocks of them at once.
    while at < end {
        let Some(window) = data.get(at..at + BLOCK + 1) else { break };
        let mut marks = [0u8; BLOCK];
        for (mark, pair) in marks.iter_mut().zip(window.windows(2)) {
            *mark = u8::from(may_start(pair[0], pair[1]));
        }
        for (index, word) in marks.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            if word != 0 {
                let found = at + index * 8 + (word.trailing_zeros() / u8::BITS) as usize;
                return (found < end).then_some(found);
            }
        }
        at += BLOCK;
    }
    (at..end).find(|&at| may_start(data[at], data[at + 1]))
}

/// Whether the two bytes may be the first of an instruction. `&` and `|` instead of `&&` and `||`, and masks for two values at
/// once (which let two more through), make this a handful of vector instructions.
#[inline(always)]
fn may_start(first: u8, second: u8) -> bool {
    let call_or_jump = first & 0xFE == opcode::CALL;
    let lea_or_mov = (first & 0xFB == opcode::REX_W) & (second & 0xF9 == opcode::MOV & 0xF9);
    let add = (first == opcode::LOCK) & (second == opcode::ADD);
    let call_pointer = (first == opcode::GROUP5) & (second == opcode::CALL_RELATIVE);
    call_or_jump | lea_or_mov | add | call_pointer
}
