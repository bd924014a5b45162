//! Binary trees that find the matches of all positions: the positions whose first four bytes hash alike, as a search tree ordered
//! by what follows.
//!
//! The latest position is the root of its tree, and no child is later than its parent. To insert a position is to walk down
//! from the old root: the nodes on the way are divided into those less and those greater than the new one, which become its two
//! subtrees. The walk passes the nearest match of (nearly) every length. Whether it goes left or right next cannot be predicted,
//! so this is arithmetic and not a branch.
//!
//! Matches of two and three bytes come from tables of latest positions: only near ones are worth their code.

use alloc::boxed::Box;

use super::item::Item;
use super::text::Text;
use crate::boxed::zeroed;
use crate::lzx::tables::{MAX_MATCH, OFFSET_BIAS};

/// Slots for matches of two and three bytes.
const HEADS2: usize = 1 << 12;
const HEADS3: usize = 1 << 14;

/// Matches of two bytes from farther away cost more than their bytes.
const MAX_OFFSET2: usize = 256;

/// Bytes that a position needs behind it to be searched.
const HASHED: usize = 4;

/// Room for the matches of one position: one from each table, and one of each length above.
pub(super) const MAX_AT_ONCE: usize = 512;
const _: () = assert!(MAX_AT_ONCE > MAX_MATCH);

/// A position in a table.
pub(super) trait Link: Copy + Default {
    fn new(pos: usize) -> Self;

    /// The position plus one; zero for none.
    fn get(self) -> usize;
}

impl Link for u16 {
    #[inline(always)]
    fn new(pos: usize) -> Self {
        (pos + 1) as Self
    }

    #[inline(always)]
    fn get(self) -> usize {
        self.into()
    }
}

impl Link for u32 {
    #[inline(always)]
    fn new(pos: usize) -> Self {
        (pos + 1) as Self
    }

    #[inline(always)]
    fn get(self) -> usize {
        self as usize
    }
}

/// Trees over chunks of up to `SIZE` bytes with `ROOTS` roots, both powers of two. `CHILDREN` is twice `SIZE`.
pub(super) struct Trees<P, const CHILDREN: usize, const ROOTS: usize> {
    roots: Box<[P; ROOTS]>,
    heads3: Box<[P; HEADS3]>,
    heads2: Box<[P; HEADS2]>,
    ahead: (usize, P),
    /// The lesser and the greater child of each position.
    children: Box<[P; CHILDREN]>,
}

/// How hard to look.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    /// A match this long is taken at once.
    pub(super) nice_len: usize,
    /// The nodes that are looked at for each position.
    pub(super) depth: usize,
}

/// A multiplicative hash of `bits` bits.
#[inline(always)]
fn hash(value: u32, size: usize) -> usize {
    (value.wrapping_mul(0x9E37_79B1) >> (32 - size.ilog2())) as usize
}

impl<P: Link, const CHILDREN: usize, const ROOTS: usize> Trees<P, CHILDREN, ROOTS> {
    pub(super) const MEMORY: usize = (ROOTS + HEADS3 + HEADS2 + CHILDREN) * size_of::<P>();

    pub(super) fn new() -> Self {
        Self { roots: zeroed(), heads3: zeroed(), heads2: zeroed(), children: zeroed(), ahead: (0, P::default()) }
    }

    /// Forgets all positions.
    pub(super) fn reset<const TEXT: usize>(&mut self, text: &Text<TEXT>) {
        self.roots.fill(P::default());
        self.heads3.fill(P::default());
        self.heads2.fill(P::default());
        self.ahead = (hash(text.load32(0), ROOTS), P::default());
    }

    /// Writes the matches at `pos` to `out`, in ascending lengths, and returns their number and the length of the longest; and
    /// inserts `pos`.
    #[inline(always)]
    pub(super) fn find<const TEXT: usize>(
        &mut self,
        text: &Text<TEXT>,
        pos: usize,
        effort: Effort,
        out: &mut [Item; MAX_AT_ONCE],
    ) -> (usize, usize) {
        let max_len = (text.len() - pos).min(MAX_MATCH);
        if max_len < HASHED {
            return (0, 0);
        }
        let start = text.load32(pos);
        let mut count = 0;
        let matched = |length: usize, candidate: usize| {
            Item::matched(length, pos.wrapping_sub(candidate).wrapping_add(OFFSET_BIAS) as u32)
        };

        let head2 = &mut self.heads2[hash(start << 16, HEADS2)];
        let found = core::mem::replace(head2, P::new(pos));
        let candidate = found.get().wrapping_sub(1);
        let near = (found.get() != 0)
            & (text.load16(candidate) == start as u16)
            & (pos.wrapping_sub(candidate) <= MAX_OFFSET2);
        out[0] = matched(2, candidate);
        count += usize::from(near);
        let head3 = &mut self.heads3[hash(start << 8, HEADS3)];
        let found = core::mem::replace(head3, P::new(pos));
        let candidate = found.get().wrapping_sub(1);
        let known = (found.get() != 0) & ((text.load32(candidate) ^ start) << 8 == 0);
        out[count] = matched(3, candidate);
        count += usize::from(known);
        let mut best = 3;

        let nice = effort.nice_len.min(max_len);
        let (here, mut node) = self.ahead;
        self.roots[here % ROOTS] = P::new(pos);
        let next = hash(text.load32(pos + 1), ROOTS);
        self.ahead = (next, self.roots[next]);
        // Where the next lesser and the next greater node are to be hung, and how much they have in common with `pos`.
        let mut hooks = [2 * pos + 1, 2 * pos];
        let mut lens = [0usize; 2];
        let children = &mut *self.children;
        for _ in 0..effort.depth {
            if node.get() == 0 {
                break;
            }
            let candidate = node.get() - 1;
            let mut length = lens[0].min(lens[1]);
            let (mut theirs, mut ours) = (text.load64(candidate + length), text.load64(pos + length));
            while theirs == ours && length < nice {
                length += 8;
                (theirs, ours) = (text.load64(candidate + length), text.load64(pos + length));
            }
            length += ((theirs ^ ours).trailing_zeros() / 8) as usize;
            let child = 2 * candidate;
            if length >= nice {
                children[hooks[1] & (CHILDREN - 1)] = children[child & (CHILDREN - 1)];
                children[hooks[0] & (CHILDREN - 1)] = children[(child + 1) & (CHILDREN - 1)];
                let length = text.common_length(candidate, pos, max_len);
                out[count % MAX_AT_ONCE] = matched(length, candidate);
                return (count + 1, length);
            }
            out[count % MAX_AT_ONCE] = matched(length, candidate);
            count += usize::from(length > best);
            best = best.max(length);
            let side = usize::from(theirs.swap_bytes() < ours.swap_bytes());
            children[hooks[side] & (CHILDREN - 1)] = node;
            hooks[side] = child + side;
            lens[side] = length;
            node = children[(child + side) & (CHILDREN - 1)];
        }
        children[hooks[1] & (CHILDREN - 1)] = P::default();
        children[hooks[0] & (CHILDREN - 1)] = P::default();
        (count, 0)
    }
}
