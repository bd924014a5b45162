//! Logarithms of counts, in integers, so that the output is the same on every machine.

use super::cost::BIT;

/// Fractional bits of the exact logarithm.
const PRECISION: u32 = 16;

/// The base-two logarithm of `x`, at least 1, with [`PRECISION`] fractional bits, the last one cut off.
const fn exact(x: u32) -> u32 {
    let whole = x.ilog2();
    // In [1, 2) with 32 fractional bits. Squaring it doubles the logarithm, and shows its next bit.
    let mut mantissa = (x as u64) << (32 - whole);
    let mut result = whole;
    let mut bit = 0;
    while bit < PRECISION {
        mantissa = ((mantissa as u128 * mantissa as u128) >> 32) as u64;
        let carry = (mantissa >> 33) as u32;
        mantissa >>= carry;
        result = result << 1 | carry;
        bit += 1;
    }
    result
}

/// Counts below this are looked up.
const TABLE_SIZE: usize = 1024;

static LOG2: [u16; TABLE_SIZE] = {
    let mut table = [0; TABLE_SIZE];
    let mut x = 1;
    while x < TABLE_SIZE {
        table[x] = ((exact(x as u32) * BIT + (1 << (PRECISION - 1))) >> PRECISION) as u16;
        x += 1;
    }
    table
};

static X_LOG2_X: [u32; TABLE_SIZE] = {
    let mut table = [0; TABLE_SIZE];
    let mut x = 1;
    while x < TABLE_SIZE {
        table[x] = ((exact(x as u32) as u64 * x as u64 * BIT as u64 + (1 << (PRECISION - 1))) >> PRECISION) as u32;
        x += 1;
    }
    table
};

/// How far `x` is to be shifted to be in the table, the lowest bits cut off.
#[inline(always)]
fn shift(x: u32) -> u32 {
    (u32::BITS - x.leading_zeros()).saturating_sub(TABLE_SIZE.ilog2())
}

/// The base-two logarithm of `x` in units of [`BIT`]; 0 for 0.
#[inline(always)]
pub(super) fn log2(x: u32) -> u32 {
    let shift = shift(x);
    u32::from(LOG2[(x >> shift) as usize % TABLE_SIZE]) + shift * BIT
}

/// `x` times its logarithm, in units of [`BIT`].
#[inline(always)]
pub(super) fn x_log2_x(x: u32) -> u64 {
    if (x as usize) < TABLE_SIZE {
        return X_LOG2_X[x as usize].into();
    }
    u64::from(x) * u64::from(log2(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_right_to_a_hundredth_of_a_bit() {
        for x in (1..3000).chain((1..22).map(|bit| (1 << bit) + 12_345)) {
            let expected = f64::from(x).log2();
            let error = f64::from(log2(x)) / f64::from(BIT) - expected;
            assert!(error.abs() < 0.01, "{x}: off by {error}");
            let product = x_log2_x(x) as f64 / f64::from(BIT) / f64::from(x) - expected;
            assert!(product.abs() < 0.01, "{x}: off by {product}");
        }
    }
}
