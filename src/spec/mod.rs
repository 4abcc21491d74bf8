//! The description: what people write, typed, checked, with the place of every word.

//!
//! What flows in and out of [`load()`]: files through a view, out a [`Platform`] in which every reference holds and every override is
//! resolved, or all faults of all files. The types in [`platform`], [`cluster`], [`component`], [`source`],
//! [`tenant`] and [`patch`] are the format itself; the JSON Schemas are derived from them. Nothing here knows of layouts, templates
//! or the files that are generated.

pub mod cluster;
pub mod component;
mod description;
pub mod edit;
mod entity;
pub(crate) mod load;
#[cfg(test)]
mod load_tests;
mod mentions;
pub(crate) mod merge;
pub mod patch;
pub mod platform;
pub mod quantity;
#[cfg(test)]
mod reference;
mod resolve;
pub mod schema;
pub mod source;
mod survey;
pub mod tenant;
#[cfg(test)]
mod testing;
pub mod text;
pub(crate) mod typed;
mod validate;
mod written;

pub use description::Platform;
pub use entity::{Entity, EntityKind, Scope};
pub use load::{Faults, load};
pub use mentions::Mention;
pub use resolve::PINNED;
pub use survey::described;
pub(crate) use typed::nearest;
pub use written::{Overrides, Written};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// That an entity had another name before. What clusters know of it (the names of Flux Kustomizations, labels, a cluster's folder) goes on
/// under that name unless `name` says another, and what was edited by hand in its generated files moves along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Moved {
    /// The name that its file had.
    pub from: text::ItemName,
}

/// What becomes of an entity's objects when it goes from a cluster; see `deletionPolicy` of a Flux Kustomization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// They are pruned, except for namespaces.
    #[default]
    MirrorPrune,
    /// They are pruned, a tenant's namespaces with everything in them, too.
    Delete,
    /// They stay.
    Orphan,
}

impl DeletionPolicy {
    /// As Flux takes it; nothing for Flux's default.
    #[must_use]
    pub fn said(self) -> Option<&'static str> {
        match self {
            Self::MirrorPrune => None,
            Self::Delete => Some("Delete"),
            Self::Orphan => Some("Orphan"),
        }
    }

    fn is_default(&self) -> bool {
        *self == Self::MirrorPrune
    }
}

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
