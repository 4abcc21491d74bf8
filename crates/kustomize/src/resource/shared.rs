//! Scalars of an object that are one and the same: see [`Shared`].
//!
//! kustomize's label and annotation transformers add one node of go-yaml's in several places of an object.
//! What a later patch, replacement or transformer writes to one of them is written to all.

use std::collections::HashMap;
use std::num::NonZeroU32;

use crate::yaml::{Node, Shared, Value};

/// Gives all scalars of a group what was written to one of them last.
pub(super) fn spread(node: &mut Node) {
    let mut latest = HashMap::new();
    find(node, &mut latest);
    if !latest.is_empty() {
        write(node, &latest);
    }
}

/// The scalar of each group that was written last; of two written at once the later one in the order of
/// keys, in which merges go.
fn find(node: &Node, latest: &mut HashMap<NonZeroU32, Node>) {
    match &node.value {
        Value::Mapping(mapping) => {
            let mut entries: Vec<_> = mapping.iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.text().cmp(&b.text()));
            entries.into_iter().for_each(|(_, value)| find(value, latest));
        }
        Value::Sequence(items) => items.iter().for_each(|item| find(item, latest)),
        _ => {
            let Some(Shared { group, writes }) = node.shared else {
                return;
            };
            let known = latest.get(&group).and_then(|node| node.shared);
            if known.is_none_or(|known| known.writes <= writes) {
                latest.insert(group, node.clone());
            }
        }
    }
}

fn write(node: &mut Node, latest: &HashMap<NonZeroU32, Node>) {
    match &mut node.value {
        Value::Mapping(mapping) => {
            mapping.iter_mut().for_each(|(_, value)| write(value, latest));
        }
        Value::Sequence(items) => items.iter_mut().for_each(|item| write(item, latest)),
        _ => {
            if let Some(last) = node.shared.and_then(|shared| latest.get(&shared.group)) {
                *node = last.clone();
            }
        }
    }
}
