//! Whether an object contains a part of one, and where it does not.

use serde_json::Value;

use crate::spec::typed::escape;

/// A place where an object is not what is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// The JSON pointer into what is expected.
    pub expected_at: String,
    /// The JSON pointer into the object; that of the list where an item is not in it.
    pub found_at: String,
    /// What it is.
    pub kind: GapKind,
}

/// What a gap is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapKind {
    /// Another value is there.
    Differs,
    /// Nothing is there.
    Missing,
    /// Something is there where nothing is to be.
    Extra,
    /// No item of a list contains it.
    NoItem,
}

/// Where `found` does not contain `expected`; nothing where it does.
///
/// Of maps, what is expected is contained and there may be more. Of lists as well: each item that is expected is contained in some item, in
/// whatever order, as PostgreSQL's `@>` has it. Scalars are equal, numbers by their value. Null stands for what is not there.
#[must_use]
pub fn gaps(expected: &Value, found: &Value) -> Vec<Gap> {
    let mut gaps = Vec::new();
    compare(expected, Some(found), "", "", &mut gaps);
    gaps
}

/// Whether two values are the same: numbers by their value, and maps in whatever order.
#[must_use]
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let is_in = |(key, value)| b.get(key).is_some_and(|other| same(value, other));
            a.len() == b.len() && a.iter().all(is_in)
        }
        _ => a == b,
    }
}

fn compare(
    expected: &Value,
    found: Option<&Value>,
    expected_at: &str,
    found_at: &str,
    gaps: &mut Vec<Gap>,
) {
    let mut gap = |kind| {
        gaps.push(Gap { expected_at: expected_at.to_owned(), found_at: found_at.to_owned(), kind });
    };
    match (expected, found) {
        (Value::Null, None | Some(Value::Null)) => {}
        (Value::Null, Some(_)) => gap(GapKind::Extra),
        (_, None) => gap(GapKind::Missing),
        (Value::Object(expected), Some(Value::Object(found))) => {
            for (key, value) in expected {
                let key_at = escape(key);
                let (expected_at, found_at) =
                    (format!("{expected_at}/{key_at}"), format!("{found_at}/{key_at}"));
                compare(value, found.get(key), &expected_at, &found_at, gaps);
            }
        }
        (Value::Array(expected), Some(Value::Array(found))) => {
            lists(expected, found, expected_at, found_at, gaps);
        }
        (expected, Some(found)) if same(expected, found) => {}
        _ => gap(GapKind::Differs),
    }
}

fn lists(
    expected: &[Value],
    found: &[Value],
    expected_at: &str,
    found_at: &str,
    gaps: &mut Vec<Gap>,
) {
    for (at, item) in expected.iter().enumerate() {
        if found.iter().any(|candidate| self::gaps(item, candidate).is_empty()) {
            continue;
        }
        let expected_at = format!("{expected_at}/{at}");
        // What was probably meant is told of field by field: the item of the same name, or the one at the same place.
        let name = item.get("name").and_then(Value::as_str);
        let named = |candidate: &Value| {
            name.is_some() && candidate.get("name").and_then(Value::as_str) == name
        };
        let meant = found.iter().position(named).or_else(|| {
            let alike = expected.len() == found.len() && name.is_none();
            alike.then_some(at)
        });
        match meant {
            Some(meant) => {
                let found_at = format!("{found_at}/{meant}");
                compare(item, found.get(meant), &expected_at, &found_at, gaps);
            }
            None => {
                gaps.push(Gap {
                    expected_at,
                    found_at: found_at.to_owned(),
                    kind: GapKind::NoItem,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn told(expected: &Value, found: &Value) -> Vec<String> {
        let gaps = gaps(expected, found);
        gaps.iter()
            .map(|gap| format!("{:?} {} in {}", gap.kind, gap.expected_at, gap.found_at))
            .collect()
    }

    #[test]
    fn what_is_not_said_may_be_anything() {
        let found = json!({"spec": {"replicas": 2, "more": true}, "kind": "Deployment"});
        assert_eq!(told(&json!({"spec": {"replicas": 2}}), &found), [""; 0]);
        assert_eq!(told(&json!({}), &found), [""; 0]);
    }

    #[test]
    fn a_value_of_another_type_is_another_value() {
        let found = json!({"a": "8", "b": {"c": 1}});
        assert_eq!(
            told(&json!({"a": 8, "b": 1}), &found),
            ["Differs /a in /a", "Differs /b in /b"]
        );
        assert_eq!(told(&json!({"a": 1.0}), &json!({"a": 1})), [""; 0]);
    }

    #[test]
    fn null_stands_for_what_is_not_there() {
        let expected = json!({"a": null, "b": null, "c": null});
        assert_eq!(told(&expected, &json!({"b": null, "c": 1})), ["Extra /c in /c"]);
    }

    #[test]
    fn a_list_may_hold_more_in_another_order() {
        let found = json!([{"name": "a"}, {"name": "b", "x": 1}, {"name": "c"}]);
        assert_eq!(told(&json!([{"name": "a"}, {"name": "c"}]), &found), [""; 0]);
        assert_eq!(told(&json!([]), &found), [""; 0]);
        assert_eq!(told(&json!([{"name": "c"}, {"name": "a"}]), &found), [""; 0]);
        assert_eq!(told(&json!([{"name": "d"}]), &found), ["NoItem /0 in "]);
        assert_eq!(told(&json!([{"name": "b", "x": 2}]), &found), ["Differs /0/x in /1/x"]);
        assert_eq!(told(&json!(["*"]), &json!(["a"])), ["Differs /0 in /0"]);
        assert_eq!(told(&json!([1, 3]), &json!([1, 2, 4])), ["NoItem /1 in "]);
    }

    #[test]
    fn a_key_with_a_slash_is_written_as_pointers_are() {
        let expected = json!({"labels": {"acme.example/a": "1"}});
        assert_eq!(
            told(&expected, &json!({"labels": {}})),
            ["Missing /labels/acme.example~1a in /labels/acme.example~1a"]
        );
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            (0..3i64).prop_map(Value::from),
            "[a-c]".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// The same with fields and items taken away, as `keep` has it.
    fn pruned(value: &Value, keep: &mut impl FnMut() -> bool) -> Value {
        match value {
            Value::Object(map) => {
                let kept: Vec<_> = map.iter().filter(|_| keep()).collect();
                kept.into_iter().map(|(key, value)| (key.clone(), pruned(value, keep))).collect()
            }
            Value::Array(items) => {
                let kept: Vec<_> = items.iter().filter(|_| keep()).collect();
                kept.into_iter().map(|item| pruned(item, keep)).collect()
            }
            scalar => scalar.clone(),
        }
    }

    /// The same with a map in the place of each list.
    fn without_lists(value: &Value) -> Value {
        match value {
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items.map(|(at, item)| (at.to_string(), without_lists(item))).collect()
            }
            Value::Object(map) => {
                map.iter().map(|(key, value)| (key.clone(), without_lists(value))).collect()
            }
            scalar => scalar.clone(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_value_contains_itself_and_everything_it_is_pruned_to(
            value in value(), kept in prop::collection::vec(any::<bool>(), 64)
        ) {
            prop_assert_eq!(gaps(&value, &value), []);
            let mut kept = kept.into_iter().cycle();
            let pruned = pruned(&value, &mut || kept.next().unwrap_or_default());
            prop_assert_eq!(gaps(&pruned, &value), []);
        }

        #[test]
        fn what_is_not_contained_is_told_where(a in value(), b in value()) {
            for gap in gaps(&a, &b) {
                prop_assert!(a.pointer(&gap.expected_at).is_some());
                let there = b.pointer(&gap.found_at);
                prop_assert_eq!(there.is_none(), gap.kind == GapKind::Missing);
            }
        }

        #[test]
        fn two_that_contain_each_other_without_lists_are_the_same(a in value(), b in value()) {
            let (a, b) = (without_lists(&a), without_lists(&b));
            prop_assert_eq!(gaps(&a, &b).is_empty() && gaps(&b, &a).is_empty(), same(&a, &b));
        }
    }
}
