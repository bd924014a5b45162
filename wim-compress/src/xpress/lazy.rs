//! Greedy and lazy parsing.
//!
//! Matches are compared by what they save: the cost of their bytes as literals, less their own, both by [`PRIOR`]. This
//! one rule covers far matches of three bytes, which are dearer than literals, and a longer match against a nearer one.
//!
//! The lazy parser takes the best match of a position only when the next position has none that saves more.

use super::encode::Chains;
use super::items::{Item, Items};
use super::prior::PRIOR;
use super::{MAX_MATCH, MIN_MATCH};
use crate::level::{XpressParser, XpressSetting};
use crate::matchfinder::{Match, Search};

/// What a byte costs that no match covers.
const LITERAL_COST: i32 = 104;

/// A greedy or lazy parser with its match finder.
pub(super) struct LazyParser {
    finder: Chains,
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
        Self { finder: Chains::new(), setting }
    }

    /// Parses the chunk `data`.
    pub(super) fn parse(&mut self, data: &[u8], items: &mut Items) {
        self.finder.load(data);
        let depth = usize::from(self.setting.depth);
        let lazy = self.setting.parser == XpressParser::Lazy;
        let nice_len = usize::from(self.setting.nice_len);
        let mut pos = 0;
        while pos < data.len() {
            let mut best = self.best(pos, depth, MIN_MATCH - 1);
            if best.saves <= 0 {
                items.push(Item::literal(data[pos]));
                pos += 1;
                continue;
            }
            // The first position that is not in the finder's tables.
            let mut fresh = pos + 1;
            while lazy && best.found.length < nice_len && fresh < data.len() {
                let next = self.best(fresh, depth / 2, best.found.length - 1);
                fresh += 1;
                if next.saves <= best.saves {
                    break;
                }
                items.push(Item::literal(data[pos]));
                pos += 1;
                best = next;
            }
            items.push(Item::matched(best.found.length, best.found.offset));
            pos += best.found.length;
            self.finder.skip(fresh..pos);
        }
    }

    /// The match at `pos` that saves most, of those longer than `longer_than`; also inserts `pos`.
    #[inline(always)]
    fn best(&mut self, pos: usize, depth: usize, longer_than: usize) -> Candidate {
        let nice_len = usize::from(self.setting.nice_len);
        let search = Search { max_len: MAX_MATCH, nice_len, depth, longer_than };
        let mut best = Candidate { found: Match::default(), saves: 0 };
        self.finder.find(pos, search, |length, offset| {
            let saves = LITERAL_COST * length as i32 - PRIOR.of_match(length, offset) as i32;
            if saves > best.saves {
                best = Candidate { found: Match { length, offset }, saves };
            }
        });
        best
    }
}
