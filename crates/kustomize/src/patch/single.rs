//! One patch over one object, for callers that have to know what each part of a patch does: whom a target selects, what
//! a single operation changes, what a merge takes away.
//!
//! The semantics are those of a build, from the same code. Names that objects had before, and what a build keeps in
//! their annotations, do not count here: an object is what it says.

use crate::kustomization::Selector;
use crate::patch::json6902::{DecodeError, JsonPatch, JsonPatchError};
use crate::patch::strategic::{self, MergeError};
use crate::resource::meta;
use crate::schema::Schemas;
use crate::transform::{SelectorFault, Target};
use crate::yaml::{Node, Value};

/// Whom a patch is for: an entry's `target`, whose parts are regular expressions that stand for a whole text.
pub struct PatchTarget {
    target: Target,
}

/// Why an operation cannot be applied to an object.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// It is no operation.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It fails.
    #[error(transparent)]
    Failed(#[from] JsonPatchError),
}

/// What came of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Whether the object means something else than before.
    pub changed: bool,
    /// Whether it is gone.
    pub deleted: bool,
}

impl PatchTarget {
    /// Reads a target.
    ///
    /// # Errors
    /// A regular expression or a selector of labels or annotations that is none.
    pub fn new(selector: &Selector) -> Result<Self, SelectorFault> {
        let target = Target::new(selector)?;
        target.marks()?;
        Ok(Self { target })
    }

    /// Whether an object is selected.
    #[must_use]
    pub fn selects(&self, object: &Node) -> bool {
        let text = |field: &str| object.get(field).and_then(Node::text).unwrap_or_default();
        let of_metadata = |field: &str| {
            object.get("metadata").and_then(|data| data.get(field)?.text()).unwrap_or_default()
        };
        let (group, version) = match text("apiVersion") {
            full if full.contains('/') => full.split_once('/').unwrap_or_default(),
            version => ("", version),
        };
        let namespace = of_metadata("namespace");
        let named =
            self.selects_named([group, version, text("kind")], of_metadata("name"), namespace);
        let Ok((labels, annotations)) = self.target.marks() else { return false };
        let fits = |selector: &crate::selector::LabelSelector, map: &str| {
            let map = meta::map(object, map);
            selector.matches(|key| map.get(key).map(String::as_str))
        };
        named && fits(labels, "labels") && fits(annotations, "annotations")
    }

    /// Whether an object of this group, version and kind, of this name and in this namespace may be selected: labels and annotations
    /// are not looked at.
    #[must_use]
    pub fn selects_named(&self, gvk: [&str; 3], name: &str, namespace: &str) -> bool {
        self.target.matches_id(gvk, name, namespace)
            // An object without a namespace counts as one in `default`.
            || (namespace.is_empty() && self.target.matches_id(gvk, name, "default"))
    }

    /// The one name that is selected, if it is one.
    #[must_use]
    pub fn literal_name(&self) -> Option<&str> {
        self.target.literal_name()
    }
}

/// Applies one operation of a JSON patch, a mapping with `op`, `path` and the rest, and tells whether it changed
/// anything. A `test` that holds counts as a change: it is meant to change nothing.
///
/// # Errors
/// What is no operation, and one that fails; the object is of no use then.
pub fn apply_operation(object: &mut Node, operation: &Node) -> Result<bool, OperationError> {
    let patch = JsonPatch::from_yaml(&Node::new(Value::Sequence(vec![operation.clone()])))?;
    Ok(patch.apply(object, None)?.unchanged.is_empty())
}

/// Merges a part of an object into it, as a strategic merge patch.
///
/// # Errors
/// What kustomize refuses; the object is of no use then.
pub fn apply_merge(object: &mut Node, patch: &Node) -> Result<Merged, MergeError> {
    let outcome = strategic::merge(patch.clone(), object, &Schemas::builtin())?;
    Ok(Merged { changed: outcome.changed, deleted: outcome.deleted })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::kustomization::Gvk;
    use crate::yaml::{Budget, SourceId, parse};

    fn node(text: &str) -> Node {
        parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap().remove(0).root
    }

    fn target(kind: &str, name: &str, namespace: &str, labels: &str) -> PatchTarget {
        PatchTarget::new(&Selector {
            gvk: Gvk { kind: kind.to_owned(), ..Gvk::default() },
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            label_selector: labels.to_owned(),
            ..Selector::default()
        })
        .unwrap()
    }

    #[test]
    fn a_target_selects_whole_texts() {
        let object = node(
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web-1, labels: {a: b}}}",
        );
        assert!(target("Deployment", "web-.", "", "a=b").selects(&object));
        assert!(target("Deploy.*", "web-1|db", "default", "").selects(&object));
        assert!(!target("Deployment", "web", "", "").selects(&object));
        assert!(!target("Deployment", "", "prod", "").selects(&object));
        assert!(!target("Deployment", "", "", "a!=b").selects(&object));
    }

    #[test]
    fn an_operation_tells_whether_it_changes_anything() {
        let mut object = node("{spec: {replicas: 1}}");
        let same = node("{op: replace, path: /spec/replicas, value: 1}");
        assert!(!apply_operation(&mut object, &same).unwrap());
        let other = node("{op: replace, path: /spec/replicas, value: 2}");
        assert!(apply_operation(&mut object, &other).unwrap());
        assert_eq!(object.to_json()["spec"]["replicas"], 2);
        let far = node("{op: add, path: /spec/a/b, value: 2}");
        let error = apply_operation(&mut object, &far).unwrap_err();
        assert!(error.to_string().contains("the resource has no `/spec/a`"), "{error}");
    }

    #[test]
    fn a_merge_takes_away_what_it_deletes() {
        let mut object = node("{kind: A, spec: {a: 1, b: 2}}");
        let merged = apply_merge(&mut object, &node("{spec: {a: null}}")).unwrap();
        assert_eq!(merged, Merged { changed: true, deleted: false });
        assert_eq!(object.to_json()["spec"], serde_json::json!({"b": 2}));
        assert!(apply_merge(&mut object, &node("{$patch: delete}")).unwrap().deleted);
    }
}
