//! The tree of LCP intervals.
