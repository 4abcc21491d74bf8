//! A native kustomize engine. Its YAML reader and emitter come first: see [`yaml`].
//!
//! ```
//! use kustomize::yaml::{Budget, SourceId, emit, parse};
//!
//! let text = "kind: ConfigMap\ndata:\n  version: \"1.20\"\n";
//! let documents = parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap();
//! let version = documents[0].root.pointer("/data/version").unwrap();
//! assert_eq!(version.as_str(), Some("1.20"));
//! assert_eq!(&text[version.span.range()], "\"1.20\"");
//! assert_eq!(emit::to_string(&documents[0].root), text);
//! ```

#[allow(dead_code, unused_imports, reason = "called once the build is wired")]
mod go;
pub mod kustomization;
#[allow(dead_code, unused_imports, reason = "called once the build is wired")]
mod patch;
#[allow(dead_code, unused_imports, reason = "called once the build is wired")]
mod selector;
pub mod yaml;
