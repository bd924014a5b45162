//! Measuring: every subject once, then all of them again, so that a noisy moment hits all alike.

use std::time::Duration;

use wim_compress::{Codec, Compressor, Decompressor, Level};

use crate::args::Args;
use crate::data::Data;
use crate::libwim;
use crate::results::Row;

/// A compressor, what it made, and how long that took in each run.
struct Subject {
    ours: bool,
    level: Level,
    memory: u64,
    compressor: Box<dyn Compressor>,
    chunks: Vec<Option<Vec<u8>>>,
    times: [Vec<Duration>; 3],
}

/// libwim behind our trait.
struct Foreign(libwim::Compressor);

impl Compressor for Foreign {
    fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
        self.0.compress(src, dst)
    }
}

/// Measures all that `args` asks for.
///
/// # Panics
/// If a chunk does not decompress to what it was made from.
pub fn measure(args: &Args, data: &Data) -> Vec<Row> {
    let mut subjects = subjects(args);
    let mut ours = args.codec.decompressor(args.chunk_size);
    let mut wimlib = libwim::Decompressor::new(args.wimlib_codec, args.chunk_size as usize);
    for run in 0..args.runs {
        for subject in &mut subjects {
            subject.compress(data);
            if run == 0 {
                subject.check(data, &mut *ours, &mut wimlib);
            }
        }
        if args.decode {
            for subject in &mut subjects {
                subject.decompress(data, &mut *ours, &mut wimlib);
            }
        }
    }
    subjects.into_iter().map(|subject| subject.row(args, data)).collect()
}

fn subjects(args: &Args) -> Vec<Subject> {
    let chunk_size = args.chunk_size as usize;
    let mut subjects = Vec::new();
    for &level in &args.wimlib_levels {
        let number = u32::from(level.get());
        let memory = libwim::Compressor::memory(args.wimlib_codec, chunk_size, number);
        let compressor = Box::new(Foreign(libwim::Compressor::new(args.wimlib_codec, chunk_size, number)));
        subjects.push(Subject::new(false, level, memory, compressor));
    }
    for &level in &args.levels {
        let memory = Codec::compressor_memory(args.codec, args.chunk_size, level);
        subjects.push(Subject::new(true, level, memory, args.codec.compressor(args.chunk_size, level)));
    }
    subjects
}

impl Subject {
    fn new(ours: bool, level: Level, memory: u64, compressor: Box<dyn Compressor>) -> Self {
        Self { ours, level, memory, compressor, chunks: Vec::new(), times: Default::default() }
    }

    fn compress(&mut self, data: &Data) {
        self.chunks.clear();
        let mut buffer = Vec::new();
        let mut time = Duration::ZERO;
        for chunk in data.chunks() {
            buffer.resize(chunk.len().saturating_sub(1), 0);
            let start = libwim::thread_time();
            let size = compress_chunk(&mut *self.compressor, chunk, &mut buffer);
            time += libwim::thread_time() - start;
            self.chunks.push(size.map(|size| buffer[..size].to_vec()));
        }
        self.times[0].push(time);
    }

    /// Decodes with one decoder, then with the other; the buffer is reused, as by any reader.
    fn decompress(&mut self, data: &Data, ours: &mut dyn Decompressor, wimlib: &mut libwim::Decompressor) {
        let mut buffer = Vec::new();
        let mut times = [Duration::ZERO; 2];
        for (which, total) in times.iter_mut().enumerate() {
            for (plain, packed) in data.chunks().zip(&self.chunks) {
                let Some(packed) = packed else { continue };
                buffer.resize(plain.len(), 0);
                let start = libwim::thread_time();
                let good = match which {
                    0 => decompress_by_ours(ours, packed, &mut buffer),
                    _ => decompress_by_libwim(wimlib, packed, &mut buffer),
                };
                *total += libwim::thread_time() - start;
                assert!(good, "a chunk does not decompress");
            }
        }
        self.times[1].push(times[0]);
        self.times[2].push(times[1]);
    }

    fn check(&self, data: &Data, ours: &mut dyn Decompressor, wimlib: &mut libwim::Decompressor) {
        for (index, (plain, packed)) in data.chunks().zip(&self.chunks).enumerate() {
            let Some(packed) = packed else { continue };
            let whose = if self.ours { "ours" } else { "libwim" };
            let mut buffer = vec![0; plain.len()];
            let result = ours.decompress(packed, &mut buffer);
            assert!(result.is_ok() && buffer == plain, "our decoder on chunk {index} by {whose}: {result:?}");
            buffer.fill(0);
            let good = wimlib.decompress(packed, &mut buffer);
            assert!(good && buffer == plain, "libwim's decoder on chunk {index} by {whose}: {good}");
        }
    }

    fn row(mut self, args: &Args, data: &Data) -> Row {
        let packed = |chunk: &Option<Vec<u8>>, plain: &[u8]| chunk.as_ref().map_or(plain.len(), Vec::len);
        let size = data.chunks().zip(&self.chunks).map(|(plain, chunk)| packed(chunk, plain)).sum();
        let decoded: usize = data.chunks().zip(&self.chunks).filter(|(_, c)| c.is_some()).map(|(p, _)| p.len()).sum();
        let [compress, decompress_ours, decompress_wimlib] = [data.len(), decoded, decoded]
            .into_iter()
            .zip(&mut self.times)
            .map(|(bytes, times)| speed(bytes, times))
            .collect::<Vec<_>>()
            .try_into()
            .expect("three speeds");
        let Self { ours, level, memory, .. } = self;
        Row {
            data: args.data.clone(),
            codec: format!("{:?}", args.codec),
            chunk_size: args.chunk_size,
            ours,
            level: level.get(),
            memory,
            total: data.len(),
            size,
            compress,
            decompress_ours,
            decompress_wimlib,
            compress_instructions: 0.0,
            decompress_instructions: [0.0; 2],
        }
    }
}

// Not inlined, so that instructions can be counted within them by name: see `instructions`.

#[inline(never)]
fn compress_chunk(compressor: &mut dyn Compressor, plain: &[u8], packed: &mut [u8]) -> Option<usize> {
    compressor.compress(plain, packed)
}

#[inline(never)]
fn decompress_by_ours(ours: &mut dyn Decompressor, packed: &[u8], plain: &mut [u8]) -> bool {
    ours.decompress(packed, plain).is_ok()
}

#[inline(never)]
fn decompress_by_libwim(wimlib: &mut libwim::Decompressor, packed: &[u8], plain: &mut [u8]) -> bool {
    wimlib.decompress(packed, plain)
}

/// MB/s by the median of `times`.
fn speed(bytes: usize, times: &mut [Duration]) -> f64 {
    times.sort();
    times.get(times.len() / 2).map_or(0.0, |time| bytes as f64 / 1e6 / time.as_secs_f64())
}
