//! `kustomize build DIR` in a few lines: `cargo run --release --package kustomize --example build -- DIR`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use kustomize::{DiskFiles, LoadRestrictor, Options, build};

/// As tenantry has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut options = Options::default();
    let mut folder = String::from(".");
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--load-restrictor=LoadRestrictionsNone" => {
                options.load_restrictor = LoadRestrictor::None;
            }
            argument => folder = argument.to_owned(),
        }
    }
    let folder = match std::path::absolute(&folder) {
        Ok(folder) => folder.to_string_lossy().into_owned(),
        Err(error) => {
            eprintln!("{folder}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let files = DiskFiles::new();
    match build(&files, &folder, &options) {
        Ok(built) => {
            for notice in built.notices() {
                eprintln!("{}: {}", notice.kind.code(), notice.kind);
            }
            print!("{}", built.to_yaml());
            // The process ends: to take the trees apart node by node would be for nothing.
            std::mem::forget(built);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let place = failure.sources.place(failure.error.span, &files);
            let place = place.map(|place| format!("{}:{}: ", place.path, place.range.start));
            eprintln!("{}{}: {failure}", place.unwrap_or_default(), failure.error.kind.code());
            ExitCode::FAILURE
        }
    }
}
