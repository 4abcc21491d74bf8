//! What is generated at development time.
//!
//! ```text
//! cargo run -p xtask -- examples                        regenerate examples/ from their descriptions
//! cargo run -p xtask -- docs                            regenerate docs/cli.md from the commands' help
//! cargo run -p xtask -- schemas                         regenerate schemas/, which the program carries
//! cargo run -p xtask -- schema-peers FOLDER YAML…       our verdicts on objects beside kubeconform's
//! cargo run -p xtask -- crd-schemas FOLDER CRD.yaml…    JSON schemas for kubeconform
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::Path;
use std::process::ExitCode;

mod crd_schemas;
mod examples;
mod schema_peers;
mod schemas;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((task, [folder, files @ ..])) if task == "crd-schemas" && !files.is_empty() => {
            crd_schemas::write(Path::new(folder), files).map(|written| format!("{written} schemas"))
        }
        Some((task, [folder, files @ ..])) if task == "schema-peers" && !files.is_empty() => {
            schema_peers::compare(Path::new(folder), files)
        }
        Some((task, [])) if task == "docs" => write_reference(Path::new("docs/cli.md")),
        Some((task, [])) if task == "examples" => examples::regenerate(Path::new("examples")),
        Some((task, [])) if task == "schemas" => schemas::write(Path::new("schemas")),
        _ => Err("usage: xtask docs | xtask examples | xtask schemas | xtask schema-peers FOLDER YAML… | xtask crd-schemas FOLDER CRD.yaml…".into()),
    };
    match result {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write_reference(page: &Path) -> Result<String, Box<dyn std::error::Error>> {
    std::fs::write(page, tenantry::cli::reference())
        .map_err(|error| format!("{}: {error}", page.display()))?;
    Ok(format!("{} written", page.display()))
}
