//! Writing bits in 16-bit words.
//!
//! Encoders know the exact size of their output before they write it, so writers do not report overflow: writing outside the
//! destination would be a bug and panics.
