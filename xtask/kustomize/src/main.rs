//! What is generated for the kustomize engine, and its comparison with kustomize itself.
//!
//! ```text
//! cargo run -p kustomize-xtask -- schema FOLDER           regenerate what kustomize knows of Kubernetes' types
//!                                                         from kyaml's folder `openapi`
//! cargo run -p kustomize-xtask -- fixtures [--check]      record the engine's fixtures from the real kustomize
//! cargo run -p kustomize-xtask -- fuzz --trees N …        compare random trees with the real kustomize
//! ```
//!
//! It stands apart from `xtask` so that it is built in seconds, without tenantry.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::Path;
use std::process::ExitCode;

mod fixtures;
mod fuzz;
mod schema;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((task, [folder])) if task == "schema" => {
            schema::write(Path::new(folder), Path::new("crates/kustomize/src/schema/table.rs"))
        }
        Some((task, rest)) if task == "fixtures" && rest.iter().all(|it| it == "--check") => {
            let mode = if rest.is_empty() { fixtures::Mode::Record } else { fixtures::Mode::Check };
            fixtures::run(Path::new("crates/kustomize/tests/fixtures"), mode)
        }
        Some((task, rest)) if task == "fuzz" => fuzz::run(rest),
        _ => Err("usage: kustomize-xtask schema FOLDER | fixtures [--check] | fuzz --trees N [--seed N] …"
            .into()),
    };
    match result {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("kustomize-xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
