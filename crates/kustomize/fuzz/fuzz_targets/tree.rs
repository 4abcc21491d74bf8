#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kustomize::fuzzing::build(bytes));
