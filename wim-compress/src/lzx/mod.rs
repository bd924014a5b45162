//! LZX as Windows images use it.
