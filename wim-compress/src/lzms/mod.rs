//! LZMS.
