//! Ways in for the fuzz targets of `fuzz/`, which reach what is not public.
//!
//! Each takes bytes that mean anything at all, and panics where something that must always hold does not.
#![allow(clippy::panic, reason = "a panic is how a fuzz target tells")]

use std::collections::HashSet;

use crate::patch::json6902::JsonPatch;
use crate::patch::strategic;
use crate::print;
use crate::resource::read;
use crate::schema::Schemas;
use crate::yaml::{
    Budget, Dialect, EmitOptions, Mapping, Node, ReadOptions, ReadRules, Sequences, SourceId,
    Style, Styles, Value, check, emit, parse, parse_with,
};
use crate::{MemoryFiles, Options, build as build_folder};

const BUDGET: Budget = Budget { bytes: 1 << 20, depth: 128, nodes: 20_000 };

/// What stands between the two texts of an input.
const SEPARATOR: &[u8] = b"\n=====\n";

/// Reads bytes by all rules. What is read can be written, and reads back the same.
pub fn reader(bytes: &[u8]) {
    let checked = check(SourceId(0), bytes, &BUDGET);
    for rules in [
        ReadRules::GoYamlV3,
        ReadRules::Kyaml,
        ReadRules::GoYamlV2 { unique_keys: false },
        ReadRules::GoYamlV2 { unique_keys: true },
    ] {
        let options = ReadOptions { budget: BUDGET, rules };
        let read = parse_with(SourceId(0), bytes, &options);
        match &read {
            Ok(documents) => {
                for document in documents {
                    within(&document.root, bytes.len());
                }
            }
            Err(errors) => {
                for error in errors {
                    assert!(error.span.range().end <= bytes.len(), "{error:?}");
                }
                assert!(!errors.is_empty());
            }
        }
        if rules == ReadRules::GoYamlV3 {
            assert_eq!(checked, read.as_ref().map(Vec::len).map_err(Clone::clone));
            for document in read.unwrap_or_default() {
                reads_back(&document.root);
            }
        }
    }
}

fn within(node: &Node, length: usize) {
    assert!(node.span.range().end <= length, "{node:?}");
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| within(item, length)),
        Value::Mapping(mapping) => mapping.iter().for_each(|(key, value)| {
            within(key, length);
            within(value, length);
        }),
        _ => {}
    }
}

/// Looks whether a tree comes back as it was written.
fn reads_back(node: &Node) {
    if is_lost_by_go(node) {
        return;
    }
    let json = numbers_as_floats(node.to_json());
    for (dialect, sequences, styles) in [
        (Dialect::GoYamlV3, Sequences::Compact, Styles::Kept),
        (Dialect::GoYamlV3, Sequences::Indented, Styles::Ignored),
        (Dialect::GoYamlV2, Sequences::Compact, Styles::Ignored),
    ] {
        let mut text = String::new();
        emit::write(node, &EmitOptions { dialect, sequences, styles }, &mut text);
        let budget = Budget { bytes: 64 << 20, nodes: 1_000_000, ..BUDGET };
        let read = match parse(SourceId(0), text.as_bytes(), &budget) {
            Ok(mut documents) => documents.pop().map(|document| document.root).unwrap_or_default(),
            Err(errors) => panic!("{text:?} does not read back: {errors:?}"),
        };
        assert_eq!(numbers_as_floats(read.to_json()), json, "{text:?}");
    }
}

/// What go-yaml itself does not read back as it wrote it, or not at all.
fn is_lost_by_go(node: &Node) -> bool {
    is_lost_within(node, false)
}

fn is_lost_within(node: &Node, flow: bool) -> bool {
    let flow = flow || node.style == Style::Flow;
    match &node.value {
        // A string `<<` is written plain, and folded text gets more breaks.
        Value::String(text) => text == "<<" || node.style == Style::Folded || node.tag.is_some(),
        Value::Float(value) => !value.is_finite(),
        Value::Sequence(items) => {
            node.tag.is_some() || items.iter().any(|item| is_lost_within(item, flow))
        }
        Value::Mapping(mapping) => {
            let mut entries = mapping.iter();
            node.tag.is_some()
                || has_keys_of_one_value(mapping)
                || entries
                    .any(|(key, value)| is_lost_within(key, true) || is_lost_within(value, flow))
        }
        // Nothing at all is written as empty text in a flow mapping, and as a key.
        Value::Null => node.tag.is_some() || (flow && node.source_text.as_deref() == Some("")),
        _ => node.tag.is_some(),
    }
}

/// Whether two keys that differ in their text are the same as values (`1` and `1__`), and so would be written
/// alike where the text is not kept.
fn has_keys_of_one_value(mapping: &Mapping) -> bool {
    let mut seen = HashSet::new();
    !mapping.iter().all(|(key, _)| seen.insert(key.to_json().to_string()))
}

/// Floats that are whole numbers come back as integers: YAML does not tell them apart.
fn numbers_as_floats(json: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match json {
        Json::Number(number) => number.as_f64().map_or(Json::Null, Json::from),
        Json::Array(items) => items.into_iter().map(numbers_as_floats).collect(),
        Json::Object(object) => {
            object.into_iter().map(|(key, value)| (key, numbers_as_floats(value))).collect()
        }
        other => other,
    }
}

/// Two texts of one input.
fn halves(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.windows(SEPARATOR.len()).position(|window| window == SEPARATOR)?;
    Some((&bytes[..at], &bytes[at + SEPARATOR.len()..]))
}

/// Merges one object into another. What comes out is no deeper than what went in, and can be printed or is
/// refused.
pub fn strategic_merge(bytes: &[u8]) {
    let Some((patch, target)) = halves(bytes) else {
        return;
    };
    let read = |text: &[u8]| read::objects(SourceId(1), text, &BUDGET).unwrap_or_default();
    for patch in read(patch) {
        for target in read(target) {
            let (patch, mut target) = (patch.node().clone(), target.into_node());
            let levels = patch.levels().max(target.levels());
            if strategic::merge(patch, &mut target, &Schemas::builtin()).is_ok() {
                assert!(target.levels() <= levels, "{target:?}");
                printed(target);
            }
        }
    }
}

/// Applies a JSON patch to a document.
pub fn json6902(bytes: &[u8]) {
    let Some((patch, document)) = halves(bytes) else {
        return;
    };
    let Ok(documents) =
        parse_with(SourceId(1), document, &ReadOptions { budget: BUDGET, rules: ReadRules::Kyaml })
    else {
        return;
    };
    let from_json = std::str::from_utf8(patch).ok().filter(|text| JsonPatch::is_json(text));
    let patch = match from_json {
        Some(text) => JsonPatch::from_json(SourceId(2), text),
        None => {
            let rules = ReadRules::GoYamlV2 { unique_keys: false };
            let Ok(documents) =
                parse_with(SourceId(2), patch, &ReadOptions { budget: BUDGET, rules })
            else {
                return;
            };
            let root = documents.into_iter().next().map(|document| document.root);
            JsonPatch::from_yaml(&root.unwrap_or_default())
        }
    };
    let (Ok(patch), Some(document)) = (patch, documents.into_iter().next()) else {
        return;
    };
    let mut document = document.root;
    if document.as_mapping().is_some() && patch.apply(&mut document, None).is_ok() {
        assert!(document.levels() <= Budget::MAX_DEPTH + 1, "{document:?}");
        printed(document);
    }
}

/// Prints an object as a build does, and reads it back.
fn printed(mut node: Node) {
    if print::finish(&mut node).is_err() {
        return;
    }
    let mut text = String::new();
    print::write(&node, &mut text);
    let budget = Budget { bytes: 64 << 20, depth: Budget::MAX_DEPTH, nodes: 1_000_000 };
    if is_lost_by_go(&node) || node.levels() > Budget::MAX_DEPTH {
        return;
    }
    let rules = ReadRules::GoYamlV2 { unique_keys: true };
    match parse_with(SourceId(0), text.as_bytes(), &ReadOptions { budget, rules }) {
        Ok(mut documents) => {
            let read = documents.pop().map(|document| document.root).unwrap_or_default();
            let (read, node) =
                (numbers_as_floats(read.to_json()), numbers_as_floats(node.to_json()));
            assert_eq!(read, node, "{text:?}");
        }
        Err(errors) => panic!("{text:?} does not read back: {errors:?}"),
    }
}

/// Writes a tree that bytes mean, and reads it back.
pub fn emitter(bytes: &[u8]) {
    let node = tree(&mut bytes.iter(), 0);
    reads_back(&node);
    printed(Node::new(Mapping::from_iter([("a", node)])));
}

/// A tree in which the bytes say what comes: kinds, styles, and the characters of texts.
fn tree(bytes: &mut std::slice::Iter<'_, u8>, depth: usize) -> Node {
    const STYLES: [Style; 6] = [
        Style::Auto,
        Style::Plain,
        Style::SingleQuoted,
        Style::DoubleQuoted,
        Style::Literal,
        Style::Flow,
    ];
    let Some(byte) = bytes.next().copied() else {
        return Node::default();
    };
    let (kind, rest) = (byte % 8, usize::from(byte / 8));
    let style = STYLES[rest % STYLES.len()];
    let node = match kind {
        0 if depth < 60 => {
            Node::new((0..rest % 5).map(|_| tree(bytes, depth + 1)).collect::<Vec<_>>())
        }
        1 if depth < 60 => {
            let entries =
                (0..rest % 5).map(|_| (Node::string(text(bytes)), tree(bytes, depth + 1)));
            Node::new(entries.collect::<Mapping>())
        }
        2 => Node::new(rest.is_multiple_of(2)),
        3 => Node::new(number(bytes) as i64),
        4 => Node::new(f64::from_bits(number(bytes))),
        _ => Node::string(text(bytes)),
    };
    Node { style, ..node }
}

fn number(bytes: &mut std::slice::Iter<'_, u8>) -> u64 {
    bytes.by_ref().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The characters up to a zero.
fn text(bytes: &mut std::slice::Iter<'_, u8>) -> String {
    let text: Vec<u8> = bytes.by_ref().copied().take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&text).into_owned()
}

/// Builds a folder of files that are written one after the other, each under a line `-- path --`. Whatever
/// is refused is refused with a place within its file.
pub fn build(bytes: &[u8]) {
    let mut files = MemoryFiles::new();
    let mut file: Option<(String, Vec<u8>)> = None;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let heading = std::str::from_utf8(line).ok();
        let path =
            heading.and_then(|line| line.trim_end().strip_prefix("-- ")?.strip_suffix(" --"));
        match (path, &mut file) {
            (Some(path), _) => {
                if let Some((path, text)) = file.replace((format!("/app/{path}"), Vec::new())) {
                    files.insert(&path, text);
                }
            }
            (None, Some((_, text))) => text.extend_from_slice(line),
            (None, None) => {}
        }
    }
    if let Some((path, text)) = file {
        files.insert(&path, text);
    }
    let options = Options { budget: BUDGET, limit: 16 << 20, ..Options::default() };
    match build_folder(&files, "/app", &options) {
        Ok(built) => {
            let _ = (built.to_yaml(), built.to_files());
            for notice in built.notices() {
                let _ = (notice.kind.to_string(), built.sources().place(notice.span, &files));
            }
        }
        Err(failure) => {
            assert!(!failure.to_string().is_empty());
            if let Some(place) = failure.sources.place(failure.error.span, &files) {
                use crate::files::{Files, Found};
                match files.open(&place.path) {
                    Ok(Found::File { bytes, .. }) => {
                        assert!(place.range.end <= bytes.len(), "{place:?}: {failure}");
                    }
                    _ => panic!("{place:?} is in no file: {failure}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn targets_hold_for_a_few_inputs() {
        super::reader(b"a: [1, 2.0, 'x']\n");
        super::reader(b"a:\n  1: b\n  1__: c\n");
        super::strategic_merge(
            b"kind: A\nmetadata: {name: a}\n=====\nkind: A\nmetadata: {name: a}\n",
        );
        super::json6902(b"- {op: add, path: /b, value: 1}\n=====\na: 1\n");
        super::emitter(b"\x09ab\0\x07cd\0");
        super::build(b"-- kustomization.yaml --\nresources: [a]\n-- a --\nkind: A\n");
    }
}
