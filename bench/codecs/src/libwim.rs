//! libwim's compression interface, as its documentation states it, and the CPU clock of a thread.
//!
//! The only `unsafe` of this program: calls into C. Every function below is declared by hand from the public header
//! `wimlib.h` (1.13 and later) or from POSIX.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_long, c_uint, c_void};
use std::ptr::{self, NonNull};
use std::time::Duration;

unsafe extern "C" {
    fn wimlib_create_compressor(
        codec: c_int,
        max_block_size: usize,
        level: c_uint,
        compressor: *mut *mut c_void,
    ) -> c_int;
    fn wimlib_compress(
        src: *const c_void,
        src_size: usize,
        dst: *mut c_void,
        dst_size: usize,
        compressor: *mut c_void,
    ) -> usize;
    fn wimlib_free_compressor(compressor: *mut c_void);
    fn wimlib_get_compressor_needed_memory(codec: c_int, max_block_size: usize, level: c_uint) -> u64;
    fn wimlib_create_decompressor(codec: c_int, max_block_size: usize, decompressor: *mut *mut c_void) -> c_int;
    fn wimlib_decompress(
        src: *const c_void,
        src_size: usize,
        dst: *mut c_void,
        dst_size: usize,
        decompressor: *mut c_void,
    ) -> c_int;
    fn wimlib_free_decompressor(decompressor: *mut c_void);
    fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int;
}

/// `struct timespec` of 64-bit Linux.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: c_long,
}

/// Linux's `CLOCK_THREAD_CPUTIME_ID`.
const THREAD_CPU_TIME: c_int = 3;

/// The CPU time that this thread has used. On a shared machine it tells far more than the time of day.
pub fn thread_time() -> Duration {
    let mut time = Timespec { seconds: 0, nanoseconds: 0 };
    // SAFETY: `time` is a valid `struct timespec` that the call fills in.
    let failed = unsafe { clock_gettime(THREAD_CPU_TIME, &mut time) };
    assert_eq!(failed, 0, "clock_gettime");
    Duration::new(time.seconds as u64, time.nanoseconds as u32)
}

/// A compressor of libwim.
pub struct Compressor(NonNull<c_void>);

// SAFETY: libwim's compressors keep no thread-local state; any thread may use one, one at a time.
unsafe impl Send for Compressor {}

impl Compressor {
    /// A compressor for chunks of up to `chunk_size` bytes.
    pub fn new(codec: c_int, chunk_size: usize, level: u32) -> Self {
        let mut handle = ptr::null_mut();
        // SAFETY: `handle` is where the call stores the new object; the other arguments are plain numbers.
        let error = unsafe { wimlib_create_compressor(codec, chunk_size, level, &mut handle) };
        assert_eq!(error, 0, "wimlib_create_compressor");
        Self(NonNull::new(handle).expect("a compressor"))
    }

    /// Compresses `src` into `dst`; `None` if it does not fit.
    pub fn compress(&mut self, src: &[u8], dst: &mut [u8]) -> Option<usize> {
        // SAFETY: both pointers are valid for their lengths, and the handle is live until `drop`.
        let size = unsafe {
            wimlib_compress(src.as_ptr().cast(), src.len(), dst.as_mut_ptr().cast(), dst.len(), self.0.as_ptr())
        };
        (size != 0).then_some(size)
    }

    /// The memory that such a compressor takes.
    pub fn memory(codec: c_int, chunk_size: usize, level: u32) -> u64 {
        // SAFETY: only plain numbers are passed.
        unsafe { wimlib_get_compressor_needed_memory(codec, chunk_size, level) }
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: the handle came from `wimlib_create_compressor` and is freed once.
        unsafe { wimlib_free_compressor(self.0.as_ptr()) }
    }
}

/// A decompressor of libwim.
pub struct Decompressor(NonNull<c_void>);

impl Decompressor {
    /// A decompressor for chunks of up to `chunk_size` bytes.
    pub fn new(codec: c_int, chunk_size: usize) -> Self {
        let mut handle = ptr::null_mut();
        // SAFETY: `handle` is where the call stores the new object; the other arguments are plain numbers.
        let error = unsafe { wimlib_create_decompressor(codec, chunk_size, &mut handle) };
        assert_eq!(error, 0, "wimlib_create_decompressor");
        Self(NonNull::new(handle).expect("a decompressor"))
    }

    /// Decompresses `src` into all of `dst`; whether that worked.
    pub fn decompress(&mut self, src: &[u8], dst: &mut [u8]) -> bool {
        // SAFETY: both pointers are valid for their lengths, and the handle is live until `drop`.
        let error = unsafe {
            wimlib_decompress(src.as_ptr().cast(), src.len(), dst.as_mut_ptr().cast(), dst.len(), self.0.as_ptr())
        };
        error == 0
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: the handle came from `wimlib_create_decompressor` and is freed once.
        unsafe { wimlib_free_decompressor(self.0.as_ptr()) }
    }
}
