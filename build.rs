//! The layouts are part of the binary; cargo has to be told that their folder matters.

fn main() {
    // This is how a build script speaks to cargo.
    #[allow(clippy::print_stdout)]
    {
        println!("cargo::rerun-if-changed=templates");
        println!("cargo::rerun-if-changed=build.rs");
    }
}
