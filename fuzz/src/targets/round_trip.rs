//! Compressing and decompressing.

use wim_compress::{Codec, Compressor, Level};
use wim_format::Compression;

use crate::expand::expand;
use crate::input::Input;
use crate::limits::CHUNK_BYTES;

/// What XPRESS compresses, at any level and chunk size, decompresses to the same data; it gives up only on what does not
/// fit, and an object that is used again gives the same chunk.
pub fn xpress_round_trip(data: &[u8]) {
    check(data, Compression::Xpress, Codec::Xpress);
}

/// What LZX compresses, at any level and chunk size, decompresses to the same data; it gives up only on what does not
/// fit, and an object that is used again gives the same chunk.
pub fn lzx_round_trip(data: &[u8]) {
    check(data, Compression::Lzx, Codec::Lzx);
}

/// What LZMS compresses, at any level and chunk size, decompresses to the same data; it gives up only on what does not
/// fit, and an object that is used again gives the same chunk.
pub fn lzms_round_trip(data: &[u8]) {
    check(data, Compression::Lzms, Codec::Lzms);
}

/// The input is a byte for the level, whose top bit says whether the data or a program for it follows, a byte for the chunk
/// size, for a program one for how much it makes, and that.
fn check(data: &[u8], compression: Compression, codec: Codec) {
    const PROGRAM: u8 = 0x80;
    const PAGE: usize = 256;
    let mut input = Input::new(data);
    let level = input.u8();
    let is_program = level & PROGRAM != 0;
    let level = Level::new(level % PROGRAM % Level::HIGH.get() + 1).expect("1 to 100");
    let chunk_size = input.chunk_size(compression, CHUNK_BYTES);
    let max = chunk_size as usize;
    let data = if is_program {
        // Short for most inputs, as time is short.
        let pages = usize::from(input.u8()) + 1;
        expand(input, max.min(pages * PAGE))
    } else {
        input.bytes(max).to_vec()
    };

    let mut compressor = codec.compressor(chunk_size, level);
    let chunk = compress(&mut *compressor, &data, room(data.len())).expect("it fits with so much room");
    let mut decoded = vec![0; data.len()];
    let result = codec.decompressor(chunk_size).decompress(&chunk, &mut decoded);
    assert_eq!(result, Ok(()), "level {}, chunk size {chunk_size}", level.get());
    assert!(decoded == data, "level {}, chunk size {chunk_size}", level.get());

    // Where it only just fits, another chunk of that size may be chosen.
    let exact = compress(&mut *compressor, &data, chunk.len()).expect("it fits exactly");
    decoded.fill(0);
    assert_eq!(codec.decompressor(chunk_size).decompress(&exact, &mut decoded), Ok(()));
    assert!(decoded == data, "level {}, chunk size {chunk_size}, exact room", level.get());
    let new = compress(&mut *codec.compressor(chunk_size, level), &data, chunk.len());
    assert!(new.as_ref() == Some(&exact), "a used object gives another chunk than a new one");
    if let Some(short) = chunk.len().checked_sub(1) {
        assert_eq!(compress(&mut *compressor, &data, short), None, "it does not fit");
    }
}

/// More than any data takes.
fn room(len: usize) -> usize {
    2 * len + 4096
}

fn compress(compressor: &mut dyn Compressor, data: &[u8], room: usize) -> Option<Vec<u8>> {
    let mut chunk = vec![0; room];
    let len = compressor.compress(data, &mut chunk)?;
    chunk.truncate(len);
    Some(chunk)
}
