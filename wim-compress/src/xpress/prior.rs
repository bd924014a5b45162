//! What items cost before anything is known of a chunk.

use super::FIRST_MATCH;
use super::cost::{BIT, Costs, HEADERS};

/// Costs of an average chunk.
pub(super) static PRIOR: Costs = {
    let mut costs = Costs { literals: [104; FIRST_MATCH], matches: [[0; HEADERS]; 16] };
    let mut raw = 0;
    while raw < 16 {
        let mut header = 0;
        while header < HEADERS {
            costs.matches[raw][header] = (7 * BIT + raw as u32 * BIT + header as u32 * 5) as u16;
            header += 1;
        }
        raw += 1;
    }
    costs
};
