//! A repository's layout, brought to another version or exchanged: a second tree beside the generated one.
//!
//! `.tenantry/layout/` and the editor's schemas are a copy that people change. What they were when they were copied is in a
//! part of the lock of their own, so that a later version is merged over them as generated files are ([`sync`](crate::sync)).
//! What the description has to say otherwise for it ([`migrate`]) goes along.
//!
//! In go the work tree, a layout as it is shipped, and bases; out come plans and texts. Nothing is written here, and nothing
//! is rendered: the command lays the outcome over the work tree and generates from that.

mod copied;
pub mod migrate;

pub use copied::{copied, lock};
