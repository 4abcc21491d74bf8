//! Overrides, laid one over the other as they were written.
//!
//! What is merged are [`Node`]s, which keep the place of every word: whatever turns out to be wrong with the result is
//! shown where it was written, in whichever file. Maps merge, lists and scalars replace, and null means "as if nobody
//! had said it". Inside some fields null is somebody else's word and stays; a [`Shape`] says which.

use std::borrow::Cow;

use kustomize::yaml::{Mapping, Node, Value};

use super::entity::EntityKind;

/// Which fields of a kind of file keep their nulls, as paths of keys; `*` stands for any key or index. What is said of
/// a field holds for everything below it, and not for the field itself: a field that is null is unsaid in any case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape(&'static [&'static [&'static str]]);

impl Shape {
    /// `platform.yaml`.
    pub(super) const PLATFORM: Self = Self(&[
        &["defaults", "*"],
        &["environments", "*", "defaults", "*"],
        &["environments", "*", "flux"],
        &["environments", "*", "artifacts"],
        &["layout", "variables"],
        &["environments", "*", "patches", "*", "merge"],
        &["environments", "*", "patches", "*", "operations", "*", "value"],
    ]);
    /// A cluster.
    pub(super) const CLUSTER: Self = Self(&[
        &["defaults", "*"],
        &["flux"],
        &["artifacts"],
        &["patches", "*", "merge"],
        &["patches", "*", "operations", "*", "value"],
    ]);
    /// A component: nulls in `values` are Helm's, and those in a patch take something away.
    pub(super) const COMPONENT: Self = Self(&[
        &["values"],
        &["environments", "*"],
        &["clusters", "*"],
        &["patches", "*", "merge"],
        &["patches", "*", "operations", "*", "value"],
    ]);
    /// A tenant.
    pub(super) const TENANT: Self = Self(&[
        &["environments", "*"],
        &["clusters", "*"],
        &["patches", "*", "merge"],
        &["patches", "*", "operations", "*", "value"],
    ]);
    /// A patch.
    pub(super) const PATCH: Self = Self(&[&["merge"], &["operations", "*", "value"]]);
    /// A file of tests: what is given, and what objects are to contain, is said of other things.
    pub(crate) const TESTS: Self = Self(&[
        &["tests", "*", "given"],
        &["tests", "*", "expect", "*", "contains"],
        &["tests", "*", "expect", "*", "fields"],
    ]);
    /// Something without fields of this kind.
    pub(super) const PLAIN: Self = Self(&[]);

    /// That of a kind of file of the description.
    pub(crate) const fn of(kind: EntityKind) -> Self {
        match kind {
            EntityKind::Platform => Self::PLATFORM,
            EntityKind::Cluster => Self::CLUSTER,
            EntityKind::Component => Self::COMPONENT,
            EntityKind::Tenant => Self::TENANT,
            EntityKind::Patch => Self::PATCH,
        }
    }
}

/// Where a walk stands among the paths of a [`Shape`].
#[derive(Clone)]
enum Standing {
    /// Nulls are unsaid here; these paths, that many keys in, may still say otherwise further down.
    Above(Vec<&'static [&'static str]>),
    /// Nulls stay.
    Below,
}

impl Standing {
    fn top(shape: Shape) -> Self {
        Self::Above(shape.0.to_vec())
    }

    fn enter(&self, key: &str) -> Self {
        let Self::Above(paths) = self else { return Self::Below };
        let mut further = Vec::new();
        for path in paths {
            match path {
                [first] if *first == key || *first == "*" => return Self::Below,
                [first, rest @ ..] if *first == key || *first == "*" => further.push(rest),
                _ => {}
            }
        }
        Self::Above(further)
    }
}

/// Lays `top` over `base`, which has been merged already.
pub(crate) fn lay(base: &mut Node, top: &Node, shape: Shape) {
    lay_at(base, top, &Standing::top(shape));
}

fn lay_at(base: &mut Node, top: &Node, standing: &Standing) {
    let (Value::Mapping(below), Value::Mapping(above)) = (&mut base.value, &top.value) else {
        *base = without_nulls(top, standing);
        return;
    };
    for (key, value) in above.iter() {
        let text = key.key_text();
        let standing_there = standing.enter(&text);
        if value.is_null() && matches!(standing, Standing::Above(_)) {
            below.remove(&text);
        } else if let Some(under) = below.get_mut(&text) {
            lay_at(under, value, &standing_there);
        } else {
            below.insert(key.clone(), without_nulls(value, &standing_there));
        }
    }
    base.span = top.span;
}

/// A node without what is unsaid; the same one if everything is said.
pub(crate) fn said(node: &Node, shape: Shape) -> Cow<'_, Node> {
    if has_null(node) {
        Cow::Owned(without_nulls(node, &Standing::top(shape)))
    } else {
        Cow::Borrowed(node)
    }
}

fn without_nulls(node: &Node, standing: &Standing) -> Node {
    if matches!(standing, Standing::Below) || !has_null(node) {
        return node.clone();
    }
    let value = match &node.value {
        Value::Mapping(mapping) => {
            let mut kept = Mapping::with_capacity(mapping.len());
            for (key, value) in mapping.iter().filter(|(_, value)| !value.is_null()) {
                kept.insert(key.clone(), without_nulls(value, &standing.enter(&key.key_text())));
            }
            Value::Mapping(kept)
        }
        Value::Sequence(items) => Value::Sequence(
            items
                .iter()
                .enumerate()
                .map(|(at, item)| without_nulls(item, &standing.enter(&at.to_string())))
                .collect(),
        ),
        scalar => scalar.clone(),
    };
    let mut kept = Node::new(value).at(node.span);
    kept.tag.clone_from(&node.tag);
    kept.style = node.style;
    kept.source_text.clone_from(&node.source_text);
    kept
}

fn has_null(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Mapping(mapping) => mapping.values().any(has_null),
        Value::Sequence(items) => items.iter().any(has_null),
        _ => false,
    }
}

/// Whether a node says nothing that could be merged: not there, null, or an empty mapping.
pub(super) fn says_nothing(node: Option<&Node>) -> bool {
    node.is_none_or(|node| node.is_null() || node.as_mapping().is_some_and(Mapping::is_empty))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use kustomize::yaml::{Budget, SourceId, parse};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn node(text: &str) -> Node {
        parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap().remove(0).root
    }

    fn merged(layers: &[&str], shape: Shape) -> serde_json::Value {
        let mut base = node("{}");
        for layer in layers {
            lay(&mut base, &node(layer), shape);
        }
        base.to_json()
    }

    #[test]
    fn maps_merge_while_lists_and_scalars_replace() {
        assert_eq!(
            merged(
                &["{a: {x: 1, y: [1, 2]}, b: 1}", "{a: {y: [3], z: 2}, b: {c: 1}}"],
                Shape::TENANT
            ),
            json!({"a": {"x": 1, "y": [3], "z": 2}, "b": {"c": 1}})
        );
    }

    #[test]
    fn null_is_as_if_nobody_had_said_it() {
        assert_eq!(
            merged(&["{a: {x: 1, y: 2}}", "{a: {x: null}, b: null, c: {d: null}}"], Shape::TENANT),
            json!({"a": {"y": 2}, "c": {}})
        );
    }

    #[test]
    fn null_in_helm_values_is_helms() {
        assert_eq!(
            merged(
                &["{values: {a: {b: 1}, c: 1}}", "{values: {a: {b: null}, d: null}}"],
                Shape::COMPONENT
            ),
            json!({"values": {"a": {"b": null}, "c": 1, "d": null}})
        );
        assert_eq!(merged(&["{values: {a: 1}}", "{values: null}"], Shape::COMPONENT), json!({}));
    }

    #[test]
    fn a_tenants_own_nulls_are_unsaid_and_those_of_its_overrides_wait() {
        let node = node("{quota: null, environments: {a: {quota: null}, b: null}}");
        assert_eq!(
            said(&node, Shape::TENANT).to_json(),
            json!({"environments": {"a": {"quota": null}}})
        );
    }

    #[test]
    fn a_merged_word_keeps_its_place() {
        let base = "a: 1\nb: 2\n";
        let top = "b: 30\n";
        let mut merged = node(base);
        let over = parse(SourceId(1), top.as_bytes(), &Budget::default()).unwrap().remove(0).root;
        lay(&mut merged, &over, Shape::PLAIN);
        assert_eq!(merged.get("a").unwrap().span.source, SourceId(0));
        assert_eq!(merged.get("b").unwrap().span.source, SourceId(1));
        assert_eq!(&top[merged.get("b").unwrap().span.range()], "30");
    }

    fn tree() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            (0..3i64).prop_map(serde_json::Value::from),
            "[a-c]".prop_map(serde_json::Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(serde_json::Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn mapping() -> impl Strategy<Value = Node> {
        prop::collection::btree_map("[a-d]", tree(), 0..4)
            .prop_map(|map| Node::from_json(&serde_json::Value::Object(map.into_iter().collect())))
    }

    proptest! {
        #[test]
        fn laying_a_layer_twice_is_laying_it_once(base in mapping(), top in mapping()) {
            let mut once = said(&base, Shape::PLAIN).into_owned();
            lay(&mut once, &top, Shape::PLAIN);
            let mut twice = once.clone();
            lay(&mut twice, &top, Shape::PLAIN);
            prop_assert!(once.same_meaning(&twice));
        }

        #[test]
        fn nothing_merged_is_null(base in mapping(), top in mapping()) {
            let mut merged = said(&base, Shape::PLAIN).into_owned();
            lay(&mut merged, &top, Shape::PLAIN);
            fn free(value: &serde_json::Value) -> bool {
                match value {
                    serde_json::Value::Object(map) => {
                        map.values().all(|value| !value.is_null() && free(value))
                    }
                    serde_json::Value::Array(items) => items.iter().all(free),
                    _ => true,
                }
            }
            prop_assert!(free(&merged.to_json()));
        }

        #[test]
        fn what_the_stronger_says_holds(base in mapping(), top in mapping()) {
            let mut merged = said(&base, Shape::PLAIN).into_owned();
            lay(&mut merged, &top, Shape::PLAIN);
            for (key, value) in top.as_mapping().unwrap().iter() {
                let now = merged.get(&key.key_text());
                match &value.value {
                    Value::Null => prop_assert!(now.is_none()),
                    Value::Mapping(_) => prop_assert!(now.is_some_and(|now| now.as_mapping().is_some())),
                    _ => prop_assert!(now.unwrap().same_meaning(&said(value, Shape::PLAIN))),
                }
            }
        }
    }
}
