//! A native kustomize engine. Its YAML reader and emitter come first.

pub mod yaml;
