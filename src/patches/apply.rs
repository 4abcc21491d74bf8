//! One patch over one object, part by part: what each operation does, what a merge replaces, which fields are written.
//!
//! In goes a patch and an object, which is changed; out comes what happened. The semantics are the engine's. Who is told, and what is
//! wrong with it, is the proof's to say.

use kustomize::yaml::{Node, Value};
use kustomize::{Fault, JsonPatchError, OperationError, apply_merge, apply_operation};
use serde_json::{Value as Json, json};

use super::text;
use crate::spec::patch::{InlinePatch, Op, Operation};

/// What a patch did to an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// What became of each operation, or of the merge or the deletion as a whole; the last one may have failed.
    pub parts: Vec<Part>,
    /// The fields that were written, by JSON pointers, each with the part that wrote it.
    pub writes: Vec<(usize, String)>,
    /// Whether the object is gone.
    pub deleted: bool,
}

/// An operation, or the whole of a merge or a deletion.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What came of it.
    pub outcome: Outcome,
    /// What it replaced as a whole, where it may have been meant to add to it.
    pub replaced: Vec<Replaced>,
}

/// What came of a part.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It changed something, or held, for a `test`.
    Changed,
    /// What it says was there already.
    Unchanged,
    /// It cannot be done.
    Failed(Failure),
}

/// Why a part cannot be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Why, without values of the object.
    pub reason: String,
    /// The operations that would add what is missing on the way, before this one.
    pub parents: Vec<Operation>,
    /// The items of the list on the way that the path has no number of.
    pub items: Option<usize>,
    /// Whether kustomize would do something else without a word: add what is to be replaced and is not there.
    pub adds: bool,
}

/// A list or a mapping that was replaced as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Replaced {
    /// Where.
    pub pointer: String,
    /// What it was.
    pub before: Json,
    /// What it is.
    pub after: Json,
}

/// Applies a patch.
#[must_use]
pub fn apply(said: &InlinePatch, object: &mut Node) -> Applied {
    if said.operations.is_empty() { merge(said, object) } else { operations(said, object) }
}

fn operations(said: &InlinePatch, object: &mut Node) -> Applied {
    let mut applied = Applied::default();
    for (number, one) in said.operations.iter().enumerate() {
        let path = one.path.as_str();
        let before = object.pointer(path).map(Node::to_json);
        let holder = path.rsplit_once('/').and_then(|(holder, _)| object.pointer(holder));
        // Into a list `add` puts something between others.
        let inserts = holder.is_some_and(|holder| matches!(holder.value, Value::Sequence(_)));
        let absent = missing(object, path);
        // RFC 6902 has it fail; kustomize adds the field, so that a slip in its name would go unseen.
        let adds = one.op == Op::Replace
            && before.is_none()
            && holder.is_some_and(|holder| matches!(holder.value, Value::Mapping(_)));
        let outcome = match apply_operation(object, &Node::from_json(&text::operation(one))) {
            Ok(_) if adds => Outcome::Failed(Failure {
                reason: format!("there is no `{path}` to replace"),
                parents: Vec::new(),
                items: None,
                adds,
            }),
            Ok(true) => Outcome::Changed,
            Ok(false) => Outcome::Unchanged,
            Err(error) => Outcome::Failed(failure(&error, one, absent)),
        };
        let failed = matches!(outcome, Outcome::Failed(_));
        let replaced = match (one.op, before, outcome == Outcome::Changed && !inserts) {
            (Op::Add, Some(before), true) => replaced(path, before, &one.value),
            _ => None,
        };
        applied.parts.push(Part { outcome, replaced: replaced.into_iter().collect() });
        if failed {
            break;
        }
        match one.op {
            Op::Test => {}
            // What goes to the end of a list, or between others, leaves the others as they are.
            Op::Add if inserts || path.ends_with("/-") => {}
            _ => applied.writes.push((number, path.to_owned())),
        }
        if let (Op::Move, Some(from)) = (one.op, &one.from) {
            applied.writes.push((number, from.as_str().to_owned()));
        }
    }
    applied
}

fn failure(error: &OperationError, operation: &Operation, parents: Vec<Operation>) -> Failure {
    match error {
        OperationError::Failed(JsonPatchError::Operation { fault, .. }) => Failure {
            reason: fault.to_string(),
            parents: match (fault, operation.op) {
                (Fault::NoParent { .. }, Op::Add) => parents,
                _ => Vec::new(),
            },
            items: match fault {
                Fault::NoItem { len, .. } => Some(*len),
                _ => None,
            },
            adds: false,
        },
        error => {
            Failure { reason: error.to_string(), parents: Vec::new(), items: None, adds: false }
        }
    }
}

/// The operations that add what is not there on the way to a place.
#[must_use]
pub fn missing(object: &Node, path: &str) -> Vec<Operation> {
    let mut found = Vec::new();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let mut at = String::new();
    for (number, segment) in segments.iter().enumerate().take(segments.len().saturating_sub(1)) {
        at.push('/');
        at.push_str(segment);
        if object.pointer(&at).is_some_and(|node| !node.is_null()) {
            continue;
        }
        let below = segments.get(number + 1).copied().unwrap_or_default();
        let value = if below == "-" || below == "0" { json!([]) } else { json!({}) };
        if let Ok(path) = at.parse() {
            found.push(Operation { op: Op::Add, path, from: None, value });
        }
    }
    found
}

/// A container that another value took the place of, if it loses anything.
fn replaced(pointer: &str, before: Json, after: &Json) -> Option<Replaced> {
    let loses = match (&before, after) {
        (Json::Array(items), Json::Array(now)) => items.iter().any(|item| !now.contains(item)),
        (Json::Object(fields), Json::Object(now)) => {
            fields.iter().any(|(key, value)| now.get(key) != Some(value))
        }
        (Json::Array(items), _) => !items.is_empty(),
        (Json::Object(fields), _) => !fields.is_empty(),
        _ => false,
    };
    loses.then(|| Replaced { pointer: pointer.to_owned(), before, after: after.clone() })
}

fn merge(said: &InlinePatch, object: &mut Node) -> Applied {
    let before = object.to_json();
    let document =
        if said.delete { json!({ "$patch": "delete" }) } else { Json::Object(said.merge.clone()) };
    let part = |outcome, replaced| vec![Part { outcome, replaced }];
    match apply_merge(object, &Node::from_json(&document)) {
        Ok(merged) if merged.deleted => Applied {
            parts: part(Outcome::Changed, Vec::new()),
            writes: vec![(0, String::new())],
            deleted: true,
        },
        Ok(merged) => {
            let after = object.to_json();
            let (mut writes, mut lists) = (Vec::new(), Vec::new());
            compare(&mut String::new(), &before, &after, &mut writes, &mut lists);
            let outcome = if merged.changed { Outcome::Changed } else { Outcome::Unchanged };
            let writes = writes.into_iter().map(|pointer| (0, pointer)).collect();
            Applied { parts: part(outcome, lists), writes, deleted: false }
        }
        Err(error) => {
            let failure = Failure {
                reason: error.to_string(),
                parents: Vec::new(),
                items: None,
                adds: false,
            };
            Applied { parts: part(Outcome::Failed(failure), Vec::new()), ..Applied::default() }
        }
    }
}

/// The fields that differ, and the lists among them that lost something.
fn compare(
    path: &mut String,
    before: &Json,
    after: &Json,
    writes: &mut Vec<String>,
    lists: &mut Vec<Replaced>,
) {
    match (before, after) {
        (Json::Object(before), Json::Object(after)) => {
            let parent = path.len();
            let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
            for key in keys {
                path.truncate(parent);
                path.push('/');
                path.push_str(&key.replace('~', "~0").replace('/', "~1"));
                match (before.get(key), after.get(key)) {
                    (Some(before), Some(after)) => compare(path, before, after, writes, lists),
                    _ => writes.push(path.clone()),
                }
            }
            path.truncate(parent);
        }
        (Json::Array(items), Json::Array(now)) if items != now => {
            // Items that are merged by their keys are still there, changed.
            let alike = |one: &Json, other: &Json| {
                one == other || (one.get("name").is_some() && one.get("name") == other.get("name"))
            };
            if items.iter().any(|item| !now.iter().any(|other| alike(item, other))) {
                lists.extend(replaced(path, before.clone(), after));
                writes.push(path.clone());
                return;
            }
            for item in now {
                match items.iter().position(|other| alike(item, other)) {
                    Some(at) if items[at] != *item => {
                        let parent = path.len();
                        path.push_str(&format!("/{at}"));
                        compare(path, &items[at], item, writes, lists);
                        path.truncate(parent);
                    }
                    _ => {}
                }
            }
        }
        _ if before != after => writes.push(path.clone()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn applied(object: &Json, patch: Json) -> (Json, Applied) {
        let said: InlinePatch = serde_json::from_value({
            let mut patch = patch;
            patch["target"] = json!({ "kind": "A" });
            patch
        })
        .unwrap();
        let mut node = Node::from_json(object);
        let applied = apply(&said, &mut node);
        (node.to_json(), applied)
    }

    #[test]
    fn what_is_missing_on_the_way_is_told_as_operations() {
        let object = json!({"spec": {"values": {}}});
        let patch =
            json!({"operations": [{"op": "add", "path": "/spec/values/a/b/0/c", "value": 1}]});
        let (_, applied) = applied(&object, patch);
        let Outcome::Failed(failure) = &applied.parts[0].outcome else { panic!("{applied:?}") };
        let parents: Vec<(&str, &Json)> =
            failure.parents.iter().map(|one| (one.path.as_str(), &one.value)).collect();
        assert_eq!(
            parents,
            [
                ("/spec/values/a", &json!({})),
                ("/spec/values/a/b", &json!([])),
                ("/spec/values/a/b/0", &json!({}))
            ]
        );
    }

    #[test]
    fn a_list_that_add_replaces_is_told_and_one_that_it_appends_to_is_not() {
        let object = json!({"spec": {"names": ["a", "b"]}});
        let whole = json!({"operations": [{"op": "add", "path": "/spec/names", "value": ["*"]}]});
        let (now, whole) = applied(&object, whole);
        assert_eq!(now["spec"]["names"], json!(["*"]));
        assert_eq!(whole.parts[0].replaced[0].before, json!(["a", "b"]));
        let end = json!({"operations": [{"op": "add", "path": "/spec/names/-", "value": "c"}]});
        let (now, end) = applied(&object, end);
        assert_eq!(now["spec"]["names"], json!(["a", "b", "c"]));
        assert!(end.parts[0].replaced.is_empty() && end.writes.is_empty());
        let replace =
            json!({"operations": [{"op": "replace", "path": "/spec/names", "value": ["*"]}]});
        assert!(applied(&object, replace).1.parts[0].replaced.is_empty());
    }

    #[test]
    fn what_is_replaced_has_to_be_there() {
        let object = json!({"spec": {"replicas": 1}});
        let patch = json!({"operations": [{"op": "replace", "path": "/spec/replica", "value": 2}]});
        let (_, applied) = applied(&object, patch);
        let Outcome::Failed(failure) = &applied.parts[0].outcome else { panic!("{applied:?}") };
        assert!(failure.adds, "{failure:?}");
    }

    #[test]
    fn a_merge_tells_the_lists_that_it_replaces_and_the_fields_that_it_writes() {
        let object = json!({"kind": "A", "spec": {"names": ["a"], "b": 1, "c": 2}});
        let (now, applied) =
            applied(&object, json!({"merge": {"spec": {"names": ["*"], "b": null, "c": 3}}}));
        assert_eq!(now["spec"], json!({"names": ["*"], "c": 3}));
        assert_eq!(applied.parts[0].replaced[0].pointer, "/spec/names");
        let writes: Vec<&str> = applied.writes.iter().map(|(_, pointer)| &**pointer).collect();
        assert_eq!(writes, ["/spec/names", "/spec/b", "/spec/c"]);
    }

    #[test]
    fn a_deletion_writes_the_whole_object() {
        let (_, applied) = applied(&json!({"kind": "A"}), json!({"delete": true}));
        assert!(applied.deleted);
        assert_eq!(applied.writes, [(0, String::new())]);
    }
}
