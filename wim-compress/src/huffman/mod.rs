//! Canonical Huffman codes: decoding tables and length-limited encoder codes.
