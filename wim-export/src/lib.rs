//! Operations on whole archives.
