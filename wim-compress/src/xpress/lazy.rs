//! Greedy and lazy parsing.
//!
//! Matches are compared by what they save: the cost of their bytes as literals, less their own, both by [`PRIOR`]. This
//! one rule covers far matches of three bytes, which are dearer than literals, and a longer match against a nearer one.
//!
//! The lazy parser takes the best match of a position only when the next position has none that saves more.

use super::cost::{BIT, histogram};
use super::encode::{Chains, ChainsCursor};
use super::incompressible::Incompressible;
use super::items::Items;
use super::prior::PRIOR;
use super::{MAX_MATCH, MIN_MATCH};
use crate::level::{XpressParser, XpressSetting};
use crate::matchfinder::{Match, Search};

/// What a byte costs that no match covers.
const LITERAL_COST: i32 = 104;

/// What a match must save more than the one before it to be worth a literal between them: such gains are often undone by what
/// follows.
const LAZY_MARGIN: i32 = 2 * BIT as i32;

/// The bytes after which the share of literals is looked at.
const SUSPICIOUS_BYTES: usize = 2048;

/// So many items in so many bytes suggest that the chunk cannot be compressed.
const SUSPICIOUS_SHARE: (usize, usize) = (31, 32);

/// A greedy or lazy parser with its match finder.
pub(super) struct LazyParser {
    finder: Chains,
    incompressible: Incompressible,
    setting: XpressSetting,
}

/// A match and what it saves.
#[derive(Clone, Copy)]
struct Candidate {
    found: Match,
    saves: i32,
}

impl LazyParser {
    pub(super) fn new(setting: XpressSetting) -> Self {
        Self { finder: Chains::new(), incompressible: Incompressible::new(), setting }
    }

    /// Parses the chunk `data`. Returns `None` when it turns out that it does not fit in `limit` bytes.
    pub(super) fn parse(&mut self, data: &[u8], limit: usize, items: &mut Items) -> Option<()> {
        match self.setting.parser {
            XpressParser::Lazy => self.parse_by::<true>(data, limit, items),
            _ => self.parse_by::<false>(data, limit, items),
        }
    }

    #[inline(always)]
    fn parse_by<const LAZY: bool>(&mut self, data: &[u8], limit: usize, items: &mut Items) -> Option<()> {
        let (depth, nice_len) = (usize::from(self.setting.depth), usize::from(self.setting.nice_len));
        let search = Search { max_len: MAX_MATCH, nice_len, depth, longer_than: MIN_MATCH - 1 };
        let mut cursor = self.finder.load(data);
        let mut pos = 0;
        // Nearly all literals up to here: worth a closer look.
        let mut suspicious_at = SUSPICIOUS_BYTES;
        while pos < data.len() {
            if pos >= suspicious_at {
                suspicious_at = usize::MAX;
                if items.list().len() * SUSPICIOUS_SHARE.1 > pos * SUSPICIOUS_SHARE.0
                    && self.incompressible.exceeds(data, &histogram(data), limit)
                {
                    return None;
                }
            }
            let mut best = Candidate::find(&mut cursor, pos, search);
            if best.saves <= 0 {
                items.push_literal(data[pos]);
                pos += 1;
                continue;
            }
            // The first position that is not in the finder's tables.
            let mut fresh = pos + 1;
            while LAZY && best.found.length < nice_len && fresh < data.len() {
                let longer_than = (best.found.length - 1).max(MIN_MATCH);
                let next = Candidate::find(&mut cursor, fresh, Search { depth: depth / 2, longer_than, ..search });
                fresh += 1;
                if next.saves <= best.saves + LAZY_MARGIN {
                    break;
                }
                items.push_literal(data[pos]);
                pos += 1;
                best = next;
            }
            items.push_match(best.found.length, best.found.offset);
            pos += best.found.length;
            cursor.skip(fresh..pos);
        }
        Some(())
    }
}

impl Candidate {
    /// The match at `pos` that saves most; also inserts `pos`.
    #[inline(always)]
    fn find(cursor: &mut ChainsCursor<'_>, pos: usize, search: Search) -> Self {
        let mut best = Self { found: Match::default(), saves: 0 };
        cursor.find_longer(pos, search, |length, offset| {
            let saves = LITERAL_COST * length as i32 - PRIOR.of_match(length, offset) as i32;
            if saves > best.saves {
                best = Self { found: Match { length, offset }, saves };
            }
        });
        best
    }
}
