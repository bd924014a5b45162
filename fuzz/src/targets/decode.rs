//! Decoding chunks.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use wim_compress::{Codec, DecodeError, Decompressor, Level};
use wim_format::Compression;

use crate::input::Input;
use crate::limits::CHUNK_BYTES;

#[path = "../../../wim-compress/tests/reference/lzms.rs"]
#[allow(clippy::all, unreachable_pub, reason = "a file of other tests, written for them")]
mod reference_lzms;
#[path = "../../../wim-compress/tests/reference/lzx.rs"]
#[allow(clippy::all, unreachable_pub, reason = "a file of other tests, written for them")]
mod reference_lzx;
#[path = "../../../wim-compress/tests/reference/xpress.rs"]
#[allow(clippy::all, dead_code, unreachable_pub, reason = "a file of other tests, written for them")]
mod reference_xpress;

/// A byte that the chunk which is decoded first is full of, and that must not come out of a later one.
const SECRET: u8 = 0x5E;
/// What is in a buffer before a chunk is decoded into it.
const CANARY: u8 = 0xA7;

/// An XPRESS chunk decodes the same with a new object and with one that has decoded other chunks, valid and not; what it
/// fails to decode leaves nothing of those in the buffer. A slow decoder comes to the same.
pub fn xpress_decode(data: &[u8]) {
    check(data, Compression::Xpress, Codec::Xpress, &|chunk, len, _| reference_xpress::decode(chunk, len));
}

/// An LZX chunk decodes the same with a new object and with one that has decoded other chunks, valid and not; what it
/// fails to decode leaves nothing of those in the buffer. A slow decoder comes to the same.
pub fn lzx_decode(data: &[u8]) {
    let reference = |chunk: &[u8], len, chunk_size| reference_lzx::decode(chunk, len, chunk_size, &mut |_| ());
    check(data, Compression::Lzx, Codec::Lzx, &reference);
}

/// An LZMS chunk decodes the same with a new object and with one that has decoded other chunks, valid and not; what it
/// fails to decode leaves nothing of those in the buffer. A slow decoder comes to the same.
pub fn lzms_decode(data: &[u8]) {
    check(data, Compression::Lzms, Codec::Lzms, &|chunk, len, _| reference_lzms::decode(chunk, len));
}

/// A slow decoder: of a chunk, the length of its data, and the chunk size.
type Reference<'a> = &'a dyn Fn(&[u8], usize, usize) -> Result<Vec<u8>, &'static str>;

/// The input is a byte for the chunk size, three for the length of the data, and the chunk.
fn check(data: &[u8], compression: Compression, codec: Codec, reference: Reference<'_>) {
    let mut input = Input::new(data);
    let chunk_size = input.chunk_size(compression, CHUNK_BYTES);
    let [a, b, c] = input.array();
    let len = u32::from_le_bytes([a, b, c, 0]) % (chunk_size + 1);
    let chunk = input.rest();

    let (outcome, decoded) = decode(&mut *codec.decompressor(chunk_size), chunk, len);
    let expected = reference(chunk, len as usize, chunk_size as usize);
    match &expected {
        Ok(expected) => assert!(outcome.is_ok() && *expected == decoded, "{outcome:?}, and not what it should be"),
        Err(why) => assert!(outcome.is_err(), "it decodes, although: {why}"),
    }
    let mut used = codec.decompressor(chunk_size);
    decode_secret(&mut *used, codec, chunk_size);
    let (again, decoded_again) = decode(&mut *used, chunk, len);
    assert_eq!(again.is_ok(), outcome.is_ok(), "{again:?}, but {outcome:?} with a new object");
    assert!(decoded_again == decoded, "a used object gives other bytes");

    // A chunk that is cut off is most often a bad one; the object survives it.
    let _ = decode(&mut *used, &chunk[..chunk.len() / 2], len);
    let (again, decoded_again) = decode(&mut *used, chunk, len);
    assert_eq!(again.is_ok(), outcome.is_ok());
    assert!(decoded_again == decoded);
}

fn decode(decompressor: &mut dyn Decompressor, chunk: &[u8], len: u32) -> (Result<(), DecodeError>, Vec<u8>) {
    let mut decoded = vec![CANARY; len as usize];
    (decompressor.decompress(chunk, &mut decoded), decoded)
}

/// Decodes a whole chunk of [`SECRET`]s, so that they are all over the object.
fn decode_secret(decompressor: &mut dyn Decompressor, codec: Codec, chunk_size: u32) {
    let mut decoded = vec![0; chunk_size as usize];
    decompressor.decompress(&secret_chunk(codec, chunk_size), &mut decoded).expect("what was compressed decompresses");
    assert!(decoded.iter().all(|&byte| byte == SECRET));
}

/// A chunk of nothing but [`SECRET`]s, which is compressed once.
fn secret_chunk(codec: Codec, chunk_size: u32) -> Arc<[u8]> {
    type Chunks = HashMap<(Codec, u32), Arc<[u8]>>;
    static CHUNKS: LazyLock<Mutex<Chunks>> = LazyLock::new(Mutex::default);
    let compress = || {
        let secret = vec![SECRET; chunk_size as usize];
        let mut chunk = vec![0; chunk_size as usize];
        let len = codec.compressor(chunk_size, Level::FAST).compress(&secret, &mut chunk);
        chunk.truncate(len.expect("one byte, again and again, shrinks"));
        chunk.into()
    };
    let mut chunks = CHUNKS.lock().unwrap_or_else(PoisonError::into_inner);
    chunks.entry((codec, chunk_size)).or_insert_with(compress).clone()
}
