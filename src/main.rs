//! Parse, run, exit code: nothing else.

use std::process::ExitCode;

/// Thousands of small files are thousands of small texts on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tenantry::cli::main(std::env::args_os())
}
