//! Parse, run, exit code: nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    tenantry::cli::main(std::env::args_os())
}
