//! The layouts and the catalogue are part of the binary; cargo has to be told that their folders matter.

// This is how a build script speaks to cargo.
#![allow(clippy::print_stdout)]

fn main() {
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=catalogue");
    println!("cargo::rerun-if-changed=build.rs");
}
