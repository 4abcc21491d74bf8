//! Promotion: which versions and references of a component or a tenant move from an environment to another, which clusters see
//! them now, and which ones later.
//!
//! In flows a description that holds; out comes a [`Promotion`]: what each cluster has and gets, and the edits of the entity's own
//! file that bring it there. Nothing is remembered between two runs: what a wave has reached is seen from the description itself.
//! This module knows nothing of generated files, of git, and of who asks.

mod error;
mod part;
mod plan;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub use self::error::PromoteError;
pub use self::plan::promotion;
use crate::spec::edit::{self, EditError};
use crate::spec::text::{ClusterName, EnvironmentName, ItemName};

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wishes {
    /// Where it is taken from.
    pub from: EnvironmentName,
    /// Where it goes.
    pub to: EnvironmentName,
    /// The cluster of `from` that is meant, if they differ.
    pub from_cluster: Option<ClusterName>,
    /// Of a tenant, these sources only; all if there are none.
    pub sources: Vec<ItemName>,
    /// Fields that move besides versions and references, such as `values.replicas`.
    pub fields: Vec<String>,
    /// How far it goes.
    pub waves: Waves,
    /// What happens to clusters for which the entity's own `clusters:` say something else.
    pub pinned: Pinned,
    /// What is fixed to a tag, a commit or a digest may come to follow a branch or a range.
    pub follow: bool,
    /// Going back, or over an environment, is meant.
    pub out_of_order: bool,
}

/// What happens to clusters for which the entity's own `clusters:` say something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinned {
    /// They are left, unless they could as well be the first waves of a promotion that was not finished: then it is refused.
    Ask,
    /// They are left.
    Leave,
    /// They come along.
    Include,
}

/// How far a promotion goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waves {
    /// To the first wave that it has not reached.
    Next,
    /// To this wave, those before it included.
    UpTo(u32),
    /// To all.
    All,
}

/// What moves, and what each cluster sees of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Promotion {
    /// The clusters of the environment, by wave and then by name.
    pub sights: Vec<Sight>,
    /// The edits of the entity's file, in order; `None` takes a field away.
    pub edits: Vec<(String, Option<Value>)>,
    /// The highest wave that it goes to; nothing if the environment as a whole gets it.
    pub wave: Option<u32>,
    /// The wave that comes after it.
    pub next: Option<u32>,
    /// What is worth knowing and changes nothing.
    pub notes: Vec<String>,
}

impl Promotion {
    /// The file with the edits made, comments and everything else kept.
    ///
    /// # Errors
    /// See [`EditError`].
    pub fn apply(&self, text: &str) -> Result<String, EditError> {
        self.edits
            .iter()
            .try_fold(text.to_owned(), |text, (path, value)| edit::set(&text, path, value.as_ref()))
    }

    /// Whether a cluster sees something new.
    #[must_use]
    pub fn moves_something(&self) -> bool {
        self.moves().any(|part| part.standing == Standing::Promoted)
    }

    /// What moves or could, on all clusters.
    pub fn moves(&self) -> impl Iterator<Item = &Move> {
        self.sights.iter().flat_map(|sight| &sight.moves)
    }
}

/// What a cluster sees of a promotion.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// The cluster.
    pub cluster: ClusterName,
    /// Its wave.
    pub wave: u32,
    /// Whether the entity is suspended there, so that Flux looks at it when it is resumed.
    pub suspended: bool,
    /// Whether the entity is not there: a component that is disabled.
    pub absent: bool,
    /// What of the entity it has and gets.
    pub moves: Vec<Move>,
}

/// A version, a reference or a field on a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// What it is: empty for a component's version, a source's name, or a field.
    pub what: String,
    /// What the cluster has.
    pub before: String,
    /// What it is to have in the end.
    pub after: String,
    /// What happens to it.
    pub standing: Standing,
}

/// What happens to a version, a reference or a field on a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It changes.
    Promoted,
    /// It is so already.
    Already,
    /// It is the turn of a later wave.
    Later,
    /// The entity's own `clusters:` say something else for this cluster, and it is left.
    Pinned,
    /// It is fixed there and would come to follow something that moves by itself, and is left.
    Fixed,
}
