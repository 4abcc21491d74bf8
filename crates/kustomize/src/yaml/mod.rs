//! YAML as go-yaml reads and writes it, with the place of every node.

mod check;
mod de;
pub mod emit;
mod emit_scalar;
mod error;
mod event;
mod json;
mod key_order;
mod mapping;
mod node;
mod quote;
mod read;
mod scalar;
mod scan;
mod scan_scalar;
mod span;

pub use check::check;
pub use de::{DeError, DeErrorKind, from_node};
pub use emit::{Dialect, EmitOptions, Sequences, Styles};
pub use error::{Error, ErrorKind};
pub use key_order::go_key_order;
pub use mapping::Mapping;
pub use node::{Node, Style, Value};
pub use quote::quote_scalar;
pub use read::{Budget, Document, parse};
pub use span::{SourceId, Span};
