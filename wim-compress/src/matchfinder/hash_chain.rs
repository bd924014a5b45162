//! Hash chains.
