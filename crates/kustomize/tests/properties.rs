//! What holds for every text and every tree.
#![allow(clippy::unwrap_used)]

use kustomize::yaml::{
    Budget, Dialect, EmitOptions, Node, Sequences, SourceId, Style, Styles, Value, check, emit,
    parse,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const PIECES: &[&str] = &[
    "a",
    "0",
    "1",
    ".",
    ":",
    ": ",
    " ",
    "  ",
    "#",
    " #",
    "'",
    "\"",
    "\\",
    "\n",
    "\r\n",
    "\t",
    ",",
    "[",
    "]",
    "{",
    "}",
    "&x",
    "*x",
    "!t",
    "!!int ",
    "|",
    ">",
    "%",
    "@",
    "`",
    "? ",
    "- ",
    "~",
    "e",
    "yes",
    "<<",
    "---",
    "\n---\n",
    "...",
    "\n  ",
    "\n - ",
    "\na: ",
    "|2-\n",
    ">+\n",
    "ä",
    "😀",
    "\u{0}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "2001-01-01",
    "1:20",
    "\\u00e9",
];

fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat())
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(PIECES), 0..5).prop_map(|words| words.concat()),
        any::<String>(),
        Just("long words and more of them, ".repeat(6)),
    ]
}

fn trees() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_filter("JSON", |number| number.is_finite()).prop_map(Json::from),
        words().prop_map(Json::from),
        words().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((words(), inner), 0..5)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

/// Gives every node a style, whether it suits it or not. Folded is not among them: go-yaml's own
/// writer doubles the breaks before lines that start with a blank, and ours does as it does.
fn restyle(node: &mut Node, dice: &mut u64) {
    *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    let styles = [
        Style::Auto,
        Style::Plain,
        Style::SingleQuoted,
        Style::DoubleQuoted,
        Style::Literal,
        Style::Flow,
    ];
    node.style = styles[(*dice >> 33) as usize % styles.len()];
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(|item| restyle(item, dice)),
        Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| restyle(value, dice)),
        _ => {}
    }
}

/// Floats that are whole numbers come back as integers: YAML does not tell them apart.
fn numbers_as_floats(json: &Json) -> Json {
    match json {
        Json::Number(number) => json!(number.as_f64()),
        Json::Array(items) => items.iter().map(numbers_as_floats).collect(),
        Json::Object(object) => {
            object.iter().map(|(key, value)| (key.clone(), numbers_as_floats(value))).collect()
        }
        other => other.clone(),
    }
}

/// What go-yaml itself does not read back as it wrote it.
fn is_lost_by_go(json: &Json) -> bool {
    // A string `<<` is written plain.
    json.to_string().contains("<<")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_within_itself(text in texts()) {
        let budget = Budget { nodes: 1000, ..Budget::default() };
        let read = parse(SourceId(0), text.as_bytes(), &budget);
        let checked = check(SourceId(0), text.as_bytes(), &budget);
        match read {
            Ok(documents) => {
                prop_assert_eq!(checked, Ok(documents.len()));
                for document in documents {
                    prop_assert!(text.get(document.root.span.range()).is_some(), "a span within the text");
                }
            }
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                for error in &errors {
                    prop_assert!(text.get(error.span.range()).is_some(), "{:?}", error);
                }
                prop_assert_eq!(checked, Err(errors));
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = parse(SourceId(0), &bytes, &Budget::default());
    }

    #[test]
    fn what_is_written_reads_back(json in trees()) {
        prop_assume!(!is_lost_by_go(&json));
        let node = Node::from_json(&json);
        for (dialect, sequences, styles) in [
            (Dialect::GoYamlV3, Sequences::Compact, Styles::Kept),
            (Dialect::GoYamlV3, Sequences::Indented, Styles::Ignored),
            (Dialect::GoYamlV2, Sequences::Compact, Styles::Ignored),
        ] {
            let mut text = String::new();
            emit::write(&node, &EmitOptions { dialect, sequences, styles }, &mut text);
            let documents = parse(SourceId(0), text.as_bytes(), &Budget::default());
            prop_assert!(documents.is_ok(), "{:?} {:?}", text, documents.err());
            let read = documents.unwrap()[0].root.to_json();
            prop_assert_eq!(numbers_as_floats(&read), numbers_as_floats(&json), "{:?}", text);
        }
    }

    #[test]
    fn no_style_breaks_what_is_written(json in trees(), seed in any::<u64>()) {
        prop_assume!(!is_lost_by_go(&json));
        let mut node = Node::from_json(&json);
        let mut dice = seed;
        restyle(&mut node, &mut dice);
        let text = emit::to_string(&node);
        let documents = parse(SourceId(0), text.as_bytes(), &Budget::default());
        prop_assert!(documents.is_ok(), "{:?} {:?}", text, documents.err());
        let read = documents.unwrap()[0].root.to_json();
        prop_assert_eq!(numbers_as_floats(&read), numbers_as_floats(&json), "{:?}", text);
    }
}
