#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wim_fuzz::edit_script(data));
