//! Binary trees.
