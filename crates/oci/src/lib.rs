//! Flux's OCI artifacts: packed, pushed, pulled, tagged, signed and verified.
//!
//! Depends on nothing else of the workspace: files come in as paths and bytes, and what a registry or a cloud said goes out. All of it
//! blocks, and nothing here prints.
//!
//! | module | what it holds |
//! |---|---|
//! | [`reference`] | the addresses of artifacts, and digests |
//! | [`manifest`] | manifests, descriptors, and Flux's media types |
//! | [`blob`] | bytes that are counted and digested as they are made, and lie in memory or on the disk |
//! | [`pack`] | files to a layer, the same bytes from the same files |
//! | [`unpack`] | a layer to files, which cannot leave their folder |
//! | [`registry`] | what is asked of a registry, again where it helps, and what it answers |
//! | [`auth`] | who asks: Docker's configuration, credential helpers, and the clouds |
//! | [`sign`] | signatures by key and keyless, pushed once |
//! | [`signature`] | keys, and the two formats in which cosign stores signatures |
//! | [`verify`] | whether a signature is of an artifact, and by whom it must be |
//! | [`time`] | times as texts |
//! | [`environment`] | the variables and the clock, so that tests bring their own |

pub mod auth;
pub mod blob;
pub mod environment;
mod gzip;
mod http;
pub mod manifest;
pub mod pack;
pub mod reference;
pub mod registry;
pub mod sign;
pub mod signature;
pub mod time;
pub mod unpack;
pub mod verify;
