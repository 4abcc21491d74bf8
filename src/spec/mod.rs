//! The description: what people write, typed, checked, with the place of every word.

pub mod cluster;
pub mod component;
pub mod platform;
pub mod source;
pub mod tenant;
pub mod text;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What differs from the entity's own fields somewhere: any of them, in part. Kept as written; the loader merges it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Override(pub serde_json::Map<String, serde_json::Value>);

impl Override {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
