#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wim_fuzz::from_tar(data));
