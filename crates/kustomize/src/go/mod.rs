//! Small pieces of Go's standard library whose rules show in what kustomize builds: how numbers are
//! read and written, how JSON is read and written.
//!
//! Texts and nodes go in and come out; nothing here knows Kubernetes or a file system.

pub(crate) mod json;
mod json_reader;
pub(crate) mod number;
