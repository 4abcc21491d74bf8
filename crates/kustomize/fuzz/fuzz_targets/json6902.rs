#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kustomize::fuzzing::json6902(bytes));
