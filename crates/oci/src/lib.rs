//! Flux's OCI artifacts: packed, pushed, pulled, tagged, signed and verified.
//!
//! Depends on nothing else of the workspace: files come in as paths and bytes, and what a registry or a cloud said goes out. All that is
//! `async` stays inside.

pub mod signature;
pub mod verify;
