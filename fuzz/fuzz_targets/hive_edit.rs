#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wim_fuzz::hive_edit(data));
