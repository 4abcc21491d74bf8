//! Stand-ins for Fulcio, Rekor and GitHub Actions' token service on loopback, for trying keyless signing with other programs: writes
//! `trusted_root.json` into the folder that it is given, says the environment of a job there, and serves until it is ended.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/stand_in/mod.rs"]
#[allow(dead_code)]
mod stand_in;

use stand_in::sigstore::Sigstore;

fn main() {
    let folder = std::path::PathBuf::from(std::env::args_os().nth(1).expect("a folder is missing"));
    let sigstore = Sigstore::start();
    std::fs::write(folder.join("trusted_root.json"), sigstore.trusted_root().to_string()).unwrap();
    println!("SIGSTORE_URL={}", sigstore.url);
    for (name, value) in sigstore.environment() {
        println!("{name}='{value}'");
    }
    println!("TOKEN={}", Sigstore::token());
    println!("READY=yes");
    loop {
        std::thread::park();
    }
}
