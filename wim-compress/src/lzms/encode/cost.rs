//! What bits cost.

/// A cost, in fractions of a bit.
pub(super) type Cost = u32;

/// One bit.
pub(super) const BIT: Cost = 1 << BIT_SHIFT;
const BIT_SHIFT: u32 = 6;

/// Probabilities are fractions of this.
const CERTAIN: usize = 64;

/// The cost of an event of each probability, in 64ths.
static COSTS: [u16; CERTAIN + 1] = {
    let mut costs = [0; CERTAIN + 1];
    let mut probability = 1;
    while probability <= CERTAIN {
        costs[probability] = surprise(probability as u64) as u16;
        probability += 1;
    }
    costs
};

/// The binary logarithm of `CERTAIN / probability`, in units of a cost, rounded down.
const fn surprise(probability: u64) -> u64 {
    // Squaring a number between 1 and 2 brings the next bit of its logarithm before the point.
    const POINT: u32 = 31;
    let mut number = ((CERTAIN as u64) << POINT) / probability;
    let mut log = 0;
    while number >= 2 << POINT {
        number >>= 1;
        log += 1;
    }
    let mut bits = 0;
    while bits < BIT_SHIFT {
        number = (number * number) >> POINT;
        log <<= 1;
        if number >= 2 << POINT {
            number >>= 1;
            log += 1;
        }
        bits += 1;
    }
    log
}

/// The cost of a bit of which zeros have the probability `zero_probability`, in 64ths.
#[inline(always)]
pub(super) fn bit_cost(zero_probability: u32, bit: bool) -> u16 {
    let probability = if bit { CERTAIN - zero_probability as usize } else { zero_probability as usize };
    COSTS[probability % (CERTAIN + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_logarithms() {
        for (probability, cost) in [(64, 0), (32, 64), (16, 128), (1, 384), (48, 26), (63, 1)] {
            assert_eq!(surprise(probability), cost, "{probability}/64");
        }
        assert_eq!((bit_cost(32, true), bit_cost(16, false), bit_cost(16, true)), (64, 128, 26));
    }
}
