//! What a merge of lines means.
//!
//! A merge by lines knows no YAML: it can put one key twice into a mapping, an item twice into a list, or a line below the
//! wrong parent. So a clean merge of YAML is read, and has to say what both sides asked for ([`agrees`]); where it does not,
//! it is a conflict. Files of other kinds are merged by their lines alone.

use kustomize::yaml::{self, Budget, Node, SourceId, Value};

use super::merge::{self, Labels, Merged, is_binary};
use super::plan::Because;
use crate::path::RepoPath;

/// What came of a merge.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Both sides are in it.
    Clean(Vec<u8>),
    /// Both sides are in it, with marks.
    Conflict(Vec<u8>, Because),
    /// They cannot stand in one file.
    Unmergeable(Because),
}

impl Outcome {
    /// Two sides without what they come from; `help` says why that is not to be had.
    pub(super) fn lost(
        path: &RepoPath,
        ours: &[u8],
        theirs: &[u8],
        labels: Labels<'_>,
        help: Option<String>,
    ) -> Self {
        if is_binary(ours) || is_binary(theirs) {
            return Self::Unmergeable(Because::Binary);
        }
        if is_yaml(path) && read(ours).is_err() {
            return Self::Unmergeable(Because::NotYaml);
        }
        Self::Conflict(merge::without_base(ours, theirs, labels).bytes, Because::BaseLost(help))
    }
}

/// Merges what two sides made of a base.
pub(super) fn merge(
    path: &RepoPath,
    base: &[u8],
    ours: &[u8],
    theirs: &[u8],
    labels: Labels<'_>,
) -> Outcome {
    if [base, ours, theirs].into_iter().any(is_binary) {
        return Outcome::Unmergeable(Because::Binary);
    }
    let Merged { bytes, conflicts } = merge::merge(base, ours, theirs, labels);
    if !is_yaml(path) {
        return match conflicts {
            0 => Outcome::Clean(bytes),
            _ => Outcome::Conflict(bytes, Because::SameLines(conflicts)),
        };
    }
    let Ok(said) = read(ours) else { return Outcome::Unmergeable(Because::NotYaml) };
    if conflicts > 0 {
        return Outcome::Conflict(bytes, Because::SameLines(conflicts));
    }
    let why = match (read(base), read(theirs), read(&bytes)) {
        (_, _, Err(error)) => format!("the merged lines are no YAML: {error}"),
        (Ok(base), Ok(theirs), Ok(merged)) if !agrees(&base, &said, &theirs, &merged) => {
            "the merged lines would say something that neither asked for".to_owned()
        }
        _ => return Outcome::Clean(bytes),
    };
    let marked = merge::without_base(ours, theirs, labels).bytes;
    Outcome::Conflict(marked, Because::Meaning(why))
}

fn is_yaml(path: &RepoPath) -> bool {
    let end = path.file_name().rsplit_once('.').map(|(_, end)| end);
    matches!(end, Some("yaml" | "yml" | "json"))
}

/// The documents of a text as one sequence.
fn read(bytes: &[u8]) -> Result<Node, yaml::Error> {
    match yaml::parse(SourceId(0), bytes, &Budget::default()) {
        Ok(documents) => {
            let roots: Vec<Node> = documents.into_iter().map(|document| document.root).collect();
            Ok(Node::new(Value::Sequence(roots)))
        }
        Err(mut errors) => Err(errors.swap_remove(0)),
    }
}

/// Whether a merge says what both sides asked for: what only one side changed is as that side has it, down to the fields
/// and, in lists, to the items with a name. Of what both changed, it says what one of them does.
fn agrees(base: &Node, ours: &Node, theirs: &Node, merged: &Node) -> bool {
    if ours.same_meaning(theirs) || base.same_meaning(theirs) {
        return merged.same_meaning(ours);
    }
    if base.same_meaning(ours) {
        return merged.same_meaning(theirs);
    }
    match (&base.value, &ours.value, &theirs.value, &merged.value) {
        (
            Value::Mapping(base),
            Value::Mapping(ours),
            Value::Mapping(theirs),
            Value::Mapping(merged),
        ) => {
            let mappings = [base, ours, theirs, merged];
            let mut keys = mappings.into_iter().flat_map(yaml::Mapping::keys);
            keys.all(|key| {
                let key = key.key_text();
                let [base, ours, theirs, merged] = mappings.map(|mapping| mapping.get(&key));
                agree(base, ours, theirs, merged)
            })
        }
        (
            Value::Sequence(base),
            Value::Sequence(ours),
            Value::Sequence(theirs),
            Value::Sequence(merged),
        ) => {
            let sequences = [base, ours, theirs, merged];
            let (Some(names), true) =
                (all_names(sequences), merged.len() <= ours.len() + theirs.len())
            else {
                return agree_in_order(sequences) || invents_nothing(ours, theirs, merged);
            };
            names.iter().all(|name| {
                let items = sequences
                    .map(|items| items.iter().find(|item| name_of(item).as_ref() == Some(name)));
                let [base, ours, theirs, merged] = items;
                agree(base, ours, theirs, merged)
            })
        }
        // Both changed it, and not alike.
        _ => false,
    }
}

/// The same of items without names: where none came and none went, they are the same by their places.
fn agree_in_order([base, ours, theirs, merged]: [&Vec<Node>; 4]) -> bool {
    let length = merged.len();
    [base, ours, theirs].iter().all(|items| items.len() == length)
        && (0..length).all(|at| agrees(&base[at], &ours[at], &theirs[at], &merged[at]))
}

/// Whether each item is one of either side, and as often.
fn invents_nothing(ours: &[Node], theirs: &[Node], merged: &[Node]) -> bool {
    merged.iter().all(|item| {
        let count = |items: &[Node]| items.iter().filter(|one| one.same_meaning(item)).count();
        count(merged) <= count(ours).max(count(theirs))
    })
}

/// The same of what may be missing on any side.
fn agree(
    base: Option<&Node>,
    ours: Option<&Node>,
    theirs: Option<&Node>,
    merged: Option<&Node>,
) -> bool {
    let same = |one: Option<&Node>, other: Option<&Node>| match (one, other) {
        (Some(one), Some(other)) => one.same_meaning(other),
        (None, None) => true,
        _ => false,
    };
    if same(ours, theirs) || same(base, theirs) {
        return same(merged, ours);
    }
    if same(base, ours) {
        return same(merged, theirs);
    }
    match (ours, theirs, merged) {
        (Some(ours), Some(theirs), Some(merged)) => {
            let nothing = match ours.value {
                Value::Mapping(_) => Node::new(Value::Mapping(yaml::Mapping::new())),
                _ => Node::new(Value::Sequence(Vec::new())),
            };
            agrees(base.unwrap_or(&nothing), ours, theirs, merged)
        }
        // One side took away what the other changed.
        _ => false,
    }
}

/// The names of all items, if each has one of its own.
fn all_names(sequences: [&Vec<Node>; 4]) -> Option<Vec<Vec<String>>> {
    let mut all = Vec::new();
    for items in sequences {
        let mut names: Vec<Vec<String>> = items.iter().map(name_of).collect::<Option<_>>()?;
        names.sort();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return None;
        }
        all.append(&mut names);
    }
    all.sort();
    all.dedup();
    Some(all)
}

/// What tells an item of a list from the others: an object's kind and name, an item's name, a text itself.
fn name_of(item: &Node) -> Option<Vec<String>> {
    if let Some(text) = item.text() {
        return Some(vec![text.to_owned()]);
    }
    let text =
        |pointer: &str| item.pointer(pointer).and_then(Node::text).unwrap_or_default().to_owned();
    let names = ["/kind", "/metadata/namespace", "/metadata/name", "/name"].map(text);
    names.iter().any(|name| !name.is_empty()).then(|| names.to_vec())
}

/// Whether two contents differ in white space and quoting alone. Of what is no YAML, only the ends of lines may differ.
pub(super) fn same_but_for_layout(path: &RepoPath, one: &[u8], other: &[u8]) -> bool {
    if one == other {
        return true;
    }
    if is_yaml(path) {
        return yaml::same_but_for_layout(one, other, &Budget::default());
    }
    !is_binary(one) && lines(one).eq(lines(other))
}

/// The lines without white space at their ends, and without empty ones at the end.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.trim_ascii_end().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn merged(base: &str, ours: &str, theirs: &str) -> Result<String, String> {
        let path = RepoPath::new("a.yaml").unwrap();
        let [base, ours, theirs] = [base, ours, theirs].map(str::as_bytes);
        match merge(&path, base, ours, theirs, Labels::GENERATED) {
            Outcome::Clean(bytes) => Ok(String::from_utf8(bytes).unwrap()),
            Outcome::Conflict(bytes, because) => {
                assert!(merge::has_conflict_markers(&bytes));
                Err(because.to_string())
            }
            Outcome::Unmergeable(because) => Err(because.to_string()),
        }
    }

    #[test]
    fn edits_of_different_fields_are_merged() {
        let base = "kind: J\na:\n  b: 1\n  c: 2\n  d: 3\n---\nkind: K\nmetadata: { name: n }\n";
        let ours = base.replace("b: 1", "b: 9");
        let theirs = base.replace("d: 3", "d: 4\n  e: 5") + "---\nkind: L\nmetadata: { name: n }\n";
        let both = merged(base, &ours, &theirs).unwrap();
        assert!(
            both.contains("b: 9") && both.contains("e: 5") && both.contains("kind: L"),
            "{both}"
        );
    }

    #[test]
    fn a_key_that_both_add_in_different_places_is_a_conflict() {
        let base = "a: 1\nb: 2\nc: 3\n";
        let because = merged(base, "new: 1\na: 1\nb: 2\nc: 3\n", "a: 1\nb: 2\nc: 3\nnew: 1\n");
        insta::assert_snapshot!(because.unwrap_err(), @"the merged lines are no YAML: the key `new` is already set in this mapping");
    }

    #[test]
    fn an_item_that_both_add_in_different_places_is_a_conflict() {
        let base = "resources:\n  - a\n  - b\n  - c\n";
        let ours = "resources:\n  - new\n  - a\n  - b\n  - c\n";
        let theirs = "resources:\n  - a\n  - b\n  - c\n  - new\n";
        insta::assert_snapshot!(merged(base, ours, theirs).unwrap_err(), @"the merged lines would say something that neither asked for");
        let theirs = "resources:\n  - a\n  - b\n  - c\n  - other\n";
        assert!(merged(base, ours, theirs).is_ok());
    }

    #[test]
    fn a_line_that_comes_below_another_parent_is_a_conflict() {
        // Ours puts a new parent above the last lines; theirs adds a line to the old one, among them.
        let base = "one:\n  a: 1\n  b: 2\n  c: 3\n  d: 4\n";
        let ours = "one:\n  a: 1\ntwo:\n  b: 2\n  c: 3\n  d: 4\n";
        let theirs = "one:\n  a: 1\n  b: 2\n  c: 3\n  d: 4\n  e: 5\n";
        insta::assert_snapshot!(merged(base, ours, theirs).unwrap_err(), @"the merged lines would say something that neither asked for");
    }

    #[test]
    fn items_with_names_are_merged_each_for_itself() {
        let base = "env:\n  - name: A\n    value: \"1\"\n  - name: B\n    value: \"2\"\n  - name: C\n    value: \"3\"\n";
        let ours = base.replace("\"1\"", "\"9\"");
        let theirs = base.replace("\"3\"", "\"4\"");
        let both = merged(base, &ours, &theirs).unwrap();
        assert!(both.contains("\"9\"") && both.contains("\"4\""));
    }

    #[test]
    fn what_a_person_left_as_no_yaml_is_kept_apart() {
        insta::assert_snapshot!(merged("a: 1\n", "a: [\n", "a: 2\n").unwrap_err(), @"as it was edited it is no YAML");
        insta::assert_snapshot!(merged("a: 1\nb: 1\nc: 1\n", "a: [\nb: 1\nc: 1\n", "a: 1\nb: 1\nc: 2\n").unwrap_err(), @"as it was edited it is no YAML");
    }

    #[test]
    fn other_files_are_the_same_but_for_the_ends_of_their_lines() {
        let same = |one: &str, other: &str| {
            same_but_for_layout(
                &RepoPath::new("README.md").unwrap(),
                one.as_bytes(),
                other.as_bytes(),
            )
        };
        assert!(same("a\n\nb\n", "a  \r\n\r\nb\r\n\r\n"));
        assert!(!same("a\nb\n", " a\nb\n") && !same("a\nb\n", "a\n\nb\n"));
    }
}
