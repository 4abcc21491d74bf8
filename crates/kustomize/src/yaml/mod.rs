//! YAML as go-yaml reads and writes it, with the place of every node.
//!
//! Resources are read by v3, kustomization files and what configures plugins by v2: [`parse`] and
//! [`yaml_to_json`].
//!
//! What Kubernetes' tools mean by YAML is what go-yaml makes of it, so this module follows go-yaml and
//! not a standard: the scanner, the grammar, the meaning of plain scalars and the emitter are those of
//! `go.yaml.in/yaml` (v3, and v2 where `sigs.k8s.io/yaml` writes), to the byte, and are compared with
//! it over a recorded corpus and over random documents.
//!
//! Bytes go in; a tree of [`Node`]s comes out, each with its [`Span`] and its style, aliases and merge
//! keys expanded, within a [`Budget`]. From there a tree goes into Rust types ([`from_node`]), to JSON
//! ([`Node::to_json`]) or to text ([`emit`]). This module knows no file names, no Kubernetes and
//! nothing about how errors are shown: an [`Error`] is a sentence and a place.
//!
//! ```
//! use kustomize::yaml::{Budget, SourceId, from_node, parse};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Quota {
//!     cpu: String,
//! }
//!
//! let text = "cpu: 4\n";
//! let documents = parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap();
//! let root = &documents[0].root;
//! assert_eq!(root.get("cpu").unwrap().as_i64(), Some(4));
//!
//! let error = from_node::<Quota>(root).err().unwrap();
//! assert_eq!(error.to_string(), "expected a string, found the number 4: write it in quotes");
//! assert_eq!((error.path.as_str(), &text[error.span.range()]), ("/cpu", "4"));
//! ```
//!
//! # What differs from go-yaml on purpose
//!
//! - Comments and anchors are not part of the tree: aliases are expanded where they stand, and `<<` is
//!   replaced by what it brings in. [`rewrite`] keeps them.
//! - An alias does not reach into an earlier document; `!!binary`, UTF-16 and a mapping or a sequence
//!   as a key are errors.
//! - Dates are strings, as they are in JSON.
//! - Files are held to a budget of bytes, depth and nodes, and all duplicate keys are reported at once.

mod beside;
mod check;
mod de;
mod de_error;
pub mod emit;
mod emit_comments;
mod emit_scalar;
mod encoded;
mod error;
mod event;
mod json;
mod key_order;
mod layout;
mod mapping;
mod merge_keys;
mod node;
mod quote;
mod rare;
mod read;
mod read_v2;
mod scalar;
mod scan;
mod scan_comments;
mod scan_name;
mod scan_scalar;
#[allow(dead_code, reason = "called once the build is wired")]
mod settle;
mod span;

pub(crate) use beside::Keep;
pub use check::check;
pub use de::from_node;
pub use de_error::{DeError, DeErrorKind};
pub use emit::{Dialect, EmitOptions, Sequences, Styles};
pub(crate) use emit_scalar::is_lost_in_block;
pub(crate) use encoded::TabError;
pub use error::{Error, ErrorKind};
pub use key_order::go_key_order;
pub use layout::same_but_for_layout;
pub use mapping::Mapping;
#[allow(unused_imports)] // taken away with its first use outside
pub(crate) use node::Shared;
pub use node::{Node, Style, Value};
pub use quote::quote_scalar;
pub use rare::Rare;
pub use read::{Budget, Document, ReadOptions, ReadRules, parse, parse_with, rewrite};
pub(crate) use read::{parse_part, parse_whole};
pub use read_v2::yaml_to_json;
pub(crate) use read_v2::{first_not_finite, to_json_numbers};
pub(crate) use scalar::{format_float32, legacy_bool};
pub use settle::{SettleError, Settled};
pub use span::{SourceId, Span};
