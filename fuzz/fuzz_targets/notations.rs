#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| feedgate_fuzz::notations::check(data));
