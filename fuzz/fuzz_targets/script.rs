#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    adem_fuzz::quietly();
    adem_fuzz::script(bytes);
});
