//! What a change would change, before it is made: reads a file's new text from standard input, lays it over the
//! disk, and builds a folder with and without it.
//!
//! ```sh
//! sed s/1.0/1.1/ base/web.yaml | cargo run --package kustomize --example what_if -- overlays/prod base/web.yaml
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::borrow::Cow;
use std::io::{self, Read};
use std::process::ExitCode;

use kustomize::{DiskFiles, Files, Found, Options, Resource, build};

/// The disk with another text in the place of one file.
struct Changed {
    disk: DiskFiles,
    path: String,
    text: Vec<u8>,
}

impl Files for Changed {
    fn open(&self, path: &str) -> io::Result<Found<'_>> {
        if path == self.path {
            return Ok(Found::File { path: path.to_owned(), bytes: Cow::Borrowed(&self.text) });
        }
        self.disk.open(path)
    }
}

fn objects(files: &dyn Files, folder: &str) -> Result<Vec<Resource>, String> {
    let built = build(files, folder, &Options::default()).map_err(|failure| {
        let place = failure.sources.place(failure.error.span, files);
        place.map_or_else(|| failure.to_string(), |place| format!("{}: {failure}", place.path))
    })?;
    Ok(built.resources().to_vec())
}

fn run(folder: &str, file: &str) -> Result<(), String> {
    let absolute = |path: &str| {
        let path = std::fs::canonicalize(path).map_err(|error| format!("{path}: {error}"))?;
        Ok::<String, String>(path.to_string_lossy().into_owned())
    };
    let (folder, path) = (absolute(folder)?, absolute(file)?);
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text).map_err(|error| error.to_string())?;
    let before = objects(&DiskFiles::new(), &folder)?;
    let after = objects(&Changed { disk: DiskFiles::new(), path, text }, &folder)?;
    let yaml = |resource: &Resource| resource.node().to_json();
    let id = |resource: &Resource| {
        [resource.api_version(), resource.kind(), resource.namespace(), resource.name()].join(" ")
    };
    for object in &after {
        match before.iter().find(|other| id(other) == id(object)) {
            None => println!("+ {}", id(object)),
            Some(other) if yaml(other) != yaml(object) => println!("~ {}", id(object)),
            Some(_) => {}
        }
    }
    for object in &before {
        if !after.iter().any(|other| id(other) == id(object)) {
            println!("- {}", id(object));
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, file] = &arguments[..] else {
        eprintln!("what_if FOLDER FILE, with the new text of the file on standard input");
        return ExitCode::from(2);
    };
    match run(folder, file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
