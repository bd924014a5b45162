//! Copying a match.
