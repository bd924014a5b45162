//! Suffix arrays.
