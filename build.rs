//! The layouts and the catalogue are part of the binary; cargo has to be told that their folders matter.

// This is how a build script speaks to cargo.
#![allow(clippy::print_stdout)]

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=catalogue");
    println!("cargo::rerun-if-changed=build.rs");
    // The binary needs no library but the C runtime: the compiler's own goes into it.
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux")
        && env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("gnu")
    {
        println!("cargo::rustc-link-arg-bins=-static-libgcc");
    }
}
