//! XPRESS: LZ77 and one Huffman code a chunk.
