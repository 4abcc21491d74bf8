//! Values as they may be shown: without what Secrets hold, on whatever way it came into an object.

use std::collections::BTreeSet;

use kustomize::yaml::Node;
use serde_json::Value as Json;

use super::field::{FieldPath, Segment, same};
use crate::build::masked;
use crate::flux::diff::{Field, MASK, hides};
use crate::flux::{Cluster, secret_values};

/// From how many letters on a text is hidden for being in a Secret as well; `true` and `80` are in many.
const LONG: usize = 6;

/// What must not be shown.
pub(super) struct Shown {
    secrets: BTreeSet<String>,
}

impl Shown {
    /// What is secret on a cluster: the values of its Secrets, which replacements and patches may have elsewhere, too.
    pub(super) fn of(cluster: &Cluster<'_>) -> Self {
        let secrets = cluster.objects().flat_map(|(_, one)| secret_values(&one.node));
        Self { secrets: secrets.filter(|text| text.len() >= LONG).collect() }
    }

    /// A field of an object; `shown` is what the object may be shown as.
    pub(super) fn value(&self, node: &Node, shown: &Node, path: &FieldPath) -> Option<Json> {
        let value = path.of(node)?;
        let first = match path.0.first() {
            Some(Segment::Key(key)) => hides(node, key),
            _ => false,
        };
        let masked = first || path.of(shown).is_none_or(|shown| !same(shown, value));
        Some(match masked {
            true => Json::from(MASK),
            false => self.without_secrets(value.to_json()),
        })
    }

    /// Hides what is secret in fields that were compared.
    pub(super) fn hide(&self, fields: &mut [Field]) {
        for field in fields {
            for value in [&mut field.before, &mut field.after].into_iter().flatten() {
                *value = self.without_secrets(std::mem::take(value));
            }
        }
    }

    fn without_secrets(&self, value: Json) -> Json {
        match value {
            Json::String(text) if self.secrets.iter().any(|secret| text.contains(secret)) => {
                Json::from(MASK)
            }
            // A patch, or a manifest within a manifest.
            Json::String(text) if text.contains('\n') => {
                String::from_utf8_lossy(&masked(text.as_bytes())).into_owned().into()
            }
            Json::Array(items) => {
                items.into_iter().map(|item| self.without_secrets(item)).collect()
            }
            Json::Object(fields) => fields
                .into_iter()
                .map(|(key, value)| (key, self.without_secrets(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            value => value,
        }
    }
}
