//! The reader and the emitter against go-yaml: its recorded answers to a corpus of odd texts, and,
//! where the driver of `tests/peers/yaml` is at hand, Go itself.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kustomize::yaml::{
    Budget, Dialect, Document, EmitOptions, Error, ErrorKind, Mapping, Node, ReadOptions,
    ReadRules, Sequences, SourceId, Styles, Value, emit, go_key_order, parse, parse_with,
    quote_scalar, rewrite, yaml_to_json,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What Go makes of a text; the fields are those of the driver.
#[derive(Deserialize, Serialize, Debug)]
struct Reading {
    input: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    error: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    json: Vec<Json>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    compact: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    indented: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kubernetes: Vec<String>,
    #[serde(default, skip_serializing_if = "Json::is_null")]
    v2: Json,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    v2_refuses: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    v2_strict: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    written: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    written_refuses: bool,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/yaml")
}

/// The scalars, each as a value and as an item, and the documents.
fn corpus() -> Vec<String> {
    let scalars = std::fs::read_to_string(fixtures().join("scalars.txt")).unwrap();
    let documents = std::fs::read_to_string(fixtures().join("documents.json")).unwrap();
    let mut corpus = Vec::new();
    for scalar in scalars.lines() {
        corpus.push(format!("a: {scalar}\n"));
        corpus.push(format!("- {scalar}\n"));
        corpus.push(format!("[{scalar}, x]\n"));
        corpus.push(format!("{scalar}: x\n"));
    }
    corpus.extend(serde_json::from_str::<Vec<String>>(&documents).unwrap());
    corpus
}

fn read(text: &str) -> Result<Vec<Document>, String> {
    parse(SourceId(0), text.as_bytes(), &Budget::default()).map_err(|errors| errors[0].to_string())
}

/// JSON knows no difference between 1 and 1.0.
fn same_json(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same_json(a, b)))
        }
        (a, b) => a == b,
    }
}

/// As JSON goes through Go: keys sorted, whole floats written without a point.
fn through_go(json: &Json) -> Node {
    fn prepare(node: &mut Node) {
        match &mut node.value {
            Value::Float(value) if value.fract() == 0.0 && value.abs() < 1e18 => {
                node.value = Value::Int(*value as i64);
            }
            Value::Sequence(items) => items.iter_mut().for_each(prepare),
            Value::Mapping(mapping) => {
                mapping.sort_by(|a, b| go_key_order(a.as_str().unwrap(), b.as_str().unwrap()));
                mapping.iter_mut().for_each(|(_, value)| prepare(value));
            }
            _ => {}
        }
    }
    let mut node = Node::from_json(json);
    prepare(&mut node);
    node
}

fn written(node: &Node, options: EmitOptions) -> String {
    let mut out = String::new();
    emit::write(node, &options, &mut out);
    out
}

/// Where we differ on purpose.
fn is_deliberate(input: &str) -> bool {
    // go-yaml lets an alias reach into an earlier document; YAML does not, nor does kustomize, which
    // splits documents before it reads them.
    input == "--- &x a\n--- *x\n"
        // Bytes are no text, and nothing of Kubernetes has them.
        || input.contains("!!binary")
}

/// Every difference between us and Go about one text.
fn differences(reading: &Reading) -> Vec<String> {
    let input = &reading.input;
    let mut differences = Vec::new();
    if is_deliberate(input) {
        return differences;
    }
    let documents = match (read(input), reading.error.is_empty()) {
        (Ok(documents), true) => documents,
        (Err(_), false) => return differences,
        (Ok(_), false) => return vec![format!("{input:?}: Go refuses it: {}", reading.error)],
        (Err(error), true) => return vec![format!("{input:?}: only we refuse it: {error}")],
    };
    if documents.len() != reading.json.len() {
        return vec![format!(
            "{input:?}: {} documents, not {}",
            documents.len(),
            reading.json.len()
        )];
    }
    // Comments, anchors and merge keys are not kept by our nodes.
    let kept =
        !input.contains(['#', '&', '*']) && !input.contains("%TAG") && !input.contains("<<:");
    for (at, document) in documents.iter().enumerate() {
        let json = document.root.to_json();
        if !same_json(&json, &reading.json[at]) {
            differences.push(format!("{input:?}: read as {json}, Go: {}", reading.json[at]));
            continue;
        }
        let mut compare = |name: &str, ours: String, go: &str| {
            if ours != go {
                differences.push(format!("{input:?} {name}:\n  ours {ours:?}\n  Go   {go:?}"));
            }
        };
        if kept {
            let compact = written(&document.root, EmitOptions::KYAML);
            compare("compact", compact, &reading.compact[at]);
            let indented = EmitOptions { sequences: Sequences::Indented, ..EmitOptions::KYAML };
            compare("indented", written(&document.root, indented), &reading.indented[at]);
        }
        // JSONToYAML reads JSON as YAML, where some characters are breaks or are not allowed.
        if reading.json[at].to_string().contains(['\u{85}', '\u{7f}']) {
            continue;
        }
        let node = through_go(&reading.json[at]);
        let kubernetes = written(&node, EmitOptions::KUBERNETES);
        compare("kubernetes", kubernetes, &reading.kubernetes[at]);
    }
    differences
}

/// Where we differ from v2 on purpose.
fn is_deliberate_in_v2(input: &str) -> bool {
    // Bytes are refused, and so is an empty list or mapping as a key, which v2 takes for a document
    // of its own. Of keys that are one only as text v2 takes either, from run to run.
    input.contains("!!binary")
        || ["[]: ", "{}: ", "[? ", "{? "].iter().any(|start| input.starts_with(start))
        || input == "1: a\n'1': b\n"
}

/// Every difference between `sigs.k8s.io/yaml` (go-yaml v2) and us about one text.
fn differences_of_v2(reading: &Reading) -> Vec<String> {
    let input = &reading.input;
    if is_deliberate_in_v2(input) {
        return Vec::new();
    }
    match (read_v2(input, false), reading.v2_refuses) {
        (Err(_), true) => Vec::new(),
        (Ok(json), false) if same_json(&json, &reading.v2) => {
            let strict = read_v2(input, true);
            if strict.is_err() == reading.v2_strict {
                return Vec::new();
            }
            vec![format!("{input:?}: strictly {strict:?}, Go refuses: {}", reading.v2_strict)]
        }
        (Ok(json), false) => vec![format!("{input:?}: v2 read as {json}, Go: {}", reading.v2)],
        (ours, refuses) => vec![format!("{input:?}: v2 {ours:?}, Go refuses: {refuses}")],
    }
}

/// Every difference between kyaml and us when a text is read and written with its comments.
fn differences_of_rewrite(reading: &Reading) -> Vec<String> {
    let input = &reading.input;
    let ours = rewrite(SourceId(0), input.as_bytes(), &Budget::default());
    let go = match &*reading.written {
        "" => reading.compact.first().map_or("", String::as_str),
        written => written,
    };
    match (ours, reading.written_refuses) {
        (Err(_), true) => Vec::new(),
        (Ok(ours), false) if ours.as_deref().unwrap_or_default() == go => Vec::new(),
        (Ok(ours), false) => {
            let ours = ours.unwrap_or_default();
            vec![format!("{input:?} rewritten:\n  ours {ours:?}\n  Go   {go:?}")]
        }
        (Ok(ours), true) => vec![format!("{input:?}: kyaml refuses it; ours {ours:?}")],
        // Nothing that kustomize reads has these.
        (Err(errors), false) if matches!(errors[0].kind, ErrorKind::KeyNotScalar { .. }) => {
            Vec::new()
        }
        (Err(errors), false) => {
            vec![format!("{input:?}: only we refuse it: {}, Go {go:?}", errors[0])]
        }
    }
}

fn read_v2(text: &str, unique_keys: bool) -> Result<Json, String> {
    let (source, budget) = (SourceId(0), Budget::default());
    let said = |errors: Vec<Error>| errors[0].to_string();
    let root = yaml_to_json(source, text.as_bytes(), &budget).map_err(said)?;
    if unique_keys {
        let rules = ReadRules::GoYamlV2 { unique_keys };
        parse_with(source, text.as_bytes(), &ReadOptions { budget, rules }).map_err(said)?;
    }
    Ok(root.to_json())
}

fn assert_no_differences(readings: &[Reading]) {
    assert_none(&readings.iter().flat_map(differences).collect::<Vec<_>>());
}

fn assert_none(differences: &[String]) {
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn the_corpus_reads_and_writes_as_go_recorded_it() {
    let recorded = std::fs::read_to_string(fixtures().join("recorded.json")).unwrap();
    let readings: Vec<Reading> = serde_json::from_str(&recorded).unwrap();
    let inputs: Vec<&String> = readings.iter().map(|reading| &reading.input).collect();
    assert_eq!(inputs, corpus().iter().collect::<Vec<_>>(), "record again: tests/peers/yaml.sh");
    assert_no_differences(&readings);
}

#[test]
fn the_corpus_reads_by_the_rules_of_v2_as_go_recorded_it() {
    let recorded = std::fs::read_to_string(fixtures().join("recorded.json")).unwrap();
    let readings: Vec<Reading> = serde_json::from_str(&recorded).unwrap();
    assert_none(&readings.iter().flat_map(differences_of_v2).collect::<Vec<_>>());
}

#[test]
fn the_corpus_is_rewritten_as_go_recorded_it() {
    let recorded = std::fs::read_to_string(fixtures().join("recorded.json")).unwrap();
    let readings: Vec<Reading> = serde_json::from_str(&recorded).unwrap();
    assert_none(&readings.iter().flat_map(differences_of_rewrite).collect::<Vec<_>>());
}

/// Asks the driver named by `YAML_PEER`.
fn ask_go(inputs: &[String]) -> Vec<Reading> {
    let driver = std::env::var_os("YAML_PEER").expect("YAML_PEER names the driver");
    let mut child =
        Command::new(driver).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = serde_json::to_vec(inputs).unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&text).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
#[ignore = "needs the Go driver: tests/peers/yaml.sh"]
fn go_still_says_what_was_recorded() {
    let mut readings = ask_go(&corpus());
    for reading in &mut readings {
        if is_deliberate_in_v2(&reading.input) {
            reading.v2 = Json::Null;
        }
        // Mostly it is the same, and need not be recorded twice.
        if reading.compact.first() == Some(&reading.written) {
            reading.written.clear();
        }
    }
    let lines: Vec<String> =
        readings.iter().map(|reading| serde_json::to_string(reading).unwrap()).collect();
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    let path = fixtures().join("recorded.json");
    if std::env::var_os("YAML_PEER_RECORD").is_some() {
        std::fs::write(path, text).unwrap();
    } else {
        assert!(std::fs::read_to_string(path).unwrap() == text, "Go says something else now");
    }
}

/// A small generator with a fixed seed, so that a difference can be found again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

const PIECES: &[&str] = &[
    "a",
    "b",
    "Z",
    "0",
    "1",
    "7",
    "_",
    "-",
    "+",
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
    "\n\n",
    "\t",
    ",",
    "[",
    "]",
    "{",
    "}",
    "&",
    "*",
    "!",
    "|",
    ">",
    "%",
    "@",
    "`",
    "?",
    "? ",
    "- ",
    "~",
    "e",
    "x",
    "o",
    "inf",
    "null",
    "true",
    "yes",
    "no",
    "on",
    "<<",
    "---",
    "...",
    "2001-01-01",
    "1:20",
    "0x1F",
    "ä",
    "日本",
    "😀",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\r",
    "\u{7f}",
    "\u{1}",
    "=",
    "word ",
    "$",
    "/",
    "(",
    ")",
    ";",
    "<",
    "long words and more of them ",
];

fn random_text(dice: &mut Dice) -> String {
    let pieces = dice.below(6);
    (0..pieces).map(|_| dice.pick(PIECES)).collect()
}

fn random_node(dice: &mut Dice, depth: usize) -> Node {
    match dice.below(if depth == 0 { 6 } else { 9 }) {
        0 => Node::new(dice.below(100_000) as i64 - 50_000),
        1 => Node::new([true, false][dice.below(2)]),
        2 => Node::default(),
        3 => {
            Node::new((dice.below(2_000_000) as f64 - 1e6) / 10_f64.powi(dice.below(12) as i32 - 3))
        }
        4 | 5 => Node::new(random_text(dice)),
        6 => {
            Node::new((0..dice.below(4)).map(|_| random_node(dice, depth - 1)).collect::<Vec<_>>())
        }
        _ => {
            let mut mapping = Mapping::new();
            for _ in 0..dice.below(5) {
                mapping.insert(random_text(dice), random_node(dice, depth - 1));
            }
            Node::new(mapping)
        }
    }
}

/// A text that need not be YAML at all.
fn random_lines(dice: &mut Dice) -> String {
    let mut text = String::new();
    let mut indent = 0;
    for _ in 0..1 + dice.below(7) {
        indent = match dice.below(4) {
            0 => indent + 2,
            1 if indent > 1 => indent - 2,
            2 => dice.below(4),
            _ => indent,
        };
        text.extend(std::iter::repeat_n(' ', indent));
        text += dice.pick(&[
            "", "- ", "a: ", "b: ", "'c': ", "- d: ", "? ", "a: |", "a: >-", "- |", "&x ", "*x",
            "[", "{",
        ]);
        if dice.below(2) == 0 {
            text += &random_text(dice);
        } else {
            text += dice.pick(&[
                "x",
                "1",
                "x y",
                "'q r'",
                "\"s\"",
                "[a, b]",
                "{a: b, c}",
                "]",
                "}",
                ", y",
                "\"",
                "'",
            ]);
        }
        text.push('\n');
    }
    text
}

#[test]
#[ignore = "needs the Go driver: tests/peers/yaml.sh"]
fn go_reads_and_writes_random_documents_as_we_do() {
    let mut dice = Dice(7);
    let mut inputs = Vec::new();
    for _ in 0..6000 {
        let mut text = String::new();
        match dice.below(4) {
            0 => text = random_lines(&mut dice),
            1 => emit::write(&random_node(&mut dice, 4), &EmitOptions::KUBERNETES, &mut text),
            2 => emit::write(&random_node(&mut dice, 4), &EmitOptions::KYAML, &mut text),
            _ => {
                let options = EmitOptions {
                    dialect: Dialect::GoYamlV3,
                    sequences: Sequences::Indented,
                    styles: Styles::Ignored,
                };
                emit::write(&random_node(&mut dice, 4), &options, &mut text);
            }
        }
        inputs.push(text);
    }
    let readings = ask_go(&inputs);
    assert_no_differences(&readings);
    assert_none(&readings.iter().flat_map(differences_of_v2).collect::<Vec<_>>());
}

/// A document with comments, anchors and aliases where they can be, and sometimes where they cannot.
struct Commented<'d> {
    dice: &'d mut Dice,
    text: String,
    anchors: usize,
}

impl Commented<'_> {
    fn chance(&mut self, one_in: usize) -> bool {
        self.dice.below(one_in) == 0
    }

    fn push_one(&mut self, texts: &[&str]) {
        self.text += self.dice.pick(texts);
    }

    /// Lines between others: comments, mostly at their indentation, and empty ones.
    fn between(&mut self, indent: usize) {
        while self.chance(3) {
            if self.chance(2) {
                self.text.push('\n');
                continue;
            }
            let indent = match self.dice.below(8) {
                0 => indent + 2,
                1 => indent.saturating_sub(2),
                2 => self.dice.below(7),
                _ => indent,
            };
            self.indent(indent);
            self.comment();
            self.text.push('\n');
        }
    }

    fn comment(&mut self) {
        self.push_one(&[
            "# c",
            "# a comment",
            "#",
            "##",
            "# b: 1",
            "#x  ",
            "# \t'",
            "# ä",
            "# {\"a\": 1}",
        ]);
    }

    fn indent(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    fn end_line(&mut self) {
        if self.chance(4) {
            self.text.push(' ');
            self.comment();
        } else if self.chance(12) {
            self.text += "  ";
        }
        self.text.push('\n');
    }

    fn anchor(&mut self) {
        if self.chance(10) {
            self.anchors += 1;
            self.text += &format!(" &a{}", self.anchors);
        }
    }

    fn scalar(&mut self) {
        if self.anchors > 0 && self.chance(4) {
            let name = 1 + self.dice.below(self.anchors);
            self.text += &format!("*a{name}");
            return;
        }
        self.push_one(&[
            "x",
            "1",
            "true",
            "two words",
            "'q'",
            "\"d#\"",
            "a#b",
            "null",
            "",
            "~",
            "0x1F",
            "!!str 1",
            "!t y",
            "'it''s'",
            "2001-01-01",
            "yes",
            "\"\\t\"",
            "<<",
        ]);
    }

    fn flow(&mut self, depth: usize, indent: usize) {
        let is_mapping = self.chance(2);
        self.text.push(if is_mapping { '{' } else { '[' });
        let items = self.dice.below(4);
        for at in 0..items {
            if at > 0 {
                self.text.push(',');
            }
            self.flow_space(indent);
            if is_mapping || self.chance(8) {
                self.text += ["a", "b", "c", "'d'"][at];
                let colon = if self.chance(10) { "" } else { ": " };
                self.text += colon;
                if self.chance(12) {
                    self.flow_space(indent);
                }
            }
            if depth > 0 && self.chance(5) {
                self.flow(depth - 1, indent + 2);
            } else {
                self.push_one(&["x", "1", "'q'", "y z", "\"s\"", ""]);
            }
            if self.chance(12) {
                self.flow_space(indent);
            }
        }
        if items > 0 && self.chance(6) {
            self.text.push(',');
        }
        self.flow_space(indent);
        self.text.push(if is_mapping { '}' } else { ']' });
    }

    fn flow_space(&mut self, indent: usize) {
        let which = self.dice.below(9);
        if which > 2 {
            self.text.push(' ');
            return;
        }
        if which == 0 {
            self.text.push(' ');
            self.comment();
        }
        self.text.push('\n');
        if which < 2 {
            self.between(indent);
        }
        self.indent(indent);
    }

    /// What comes after `key:` or `-` on the line, and below it.
    fn value(&mut self, depth: usize, indent: usize, in_mapping: bool) {
        self.anchor();
        match self.dice.below(if depth == 0 { 7 } else { 14 }) {
            0..=3 => {
                self.text.push(' ');
                self.scalar();
                self.end_line();
            }
            4 => {
                self.text.push(' ');
                self.flow(2, indent + 2);
                self.end_line();
            }
            5 | 6 => {
                self.text.push(' ');
                self.push_one(&["|", ">", "|-", ">+", "|+", ">-", "|2"]);
                self.end_line();
                for _ in 0..self.dice.below(3) {
                    self.indent(indent + 2);
                    self.push_one(&["text", "# no comment", "more  words", ""]);
                    self.text.push('\n');
                }
            }
            7..=9 => {
                self.end_line();
                let deeper = if in_mapping && self.chance(2) { 0 } else { 2 };
                self.sequence(depth - 1, indent + deeper);
            }
            _ => {
                self.end_line();
                let deeper = [2, 2, 2, 4, 1][self.dice.below(5)];
                self.mapping(depth - 1, indent + deeper, false);
            }
        }
    }

    fn mapping(&mut self, depth: usize, indent: usize, begun: bool) {
        for at in 0..1 + self.dice.below(4) {
            if at > 0 || !begun {
                self.between(indent);
                self.indent(indent);
            }
            if self.chance(30) {
                self.text += "? ";
                self.push_one(&["k", "k # c", "|\n    x\n"]);
                self.text.push('\n');
                self.between(indent);
                self.indent(indent);
            } else if self.anchors > 0 && self.chance(12) {
                self.push_one(&["<<: *a1\n", "*a1 : x\n", "<<: [*a1]\n"]);
                continue;
            } else {
                self.text += ["a", "b", "key", "'d'", "long name"][at];
            }
            self.text.push(':');
            self.value(depth, indent, true);
        }
        if self.chance(2) {
            self.between(indent);
        }
    }

    fn sequence(&mut self, depth: usize, indent: usize) {
        for _ in 0..1 + self.dice.below(3) {
            self.between(indent);
            self.indent(indent);
            self.text.push('-');
            if depth > 0 && self.chance(3) {
                if self.chance(5) {
                    self.end_line();
                    self.between(indent + 2);
                    self.indent(indent + 2);
                } else {
                    self.text.push(' ');
                }
                self.mapping(depth - 1, indent + 2, true);
            } else if depth > 0 && self.chance(12) {
                self.text += " - x";
                self.end_line();
                self.between(indent + 2);
                self.indent(indent + 2);
                self.text += "- y";
                self.end_line();
            } else {
                self.value(depth, indent, false);
            }
        }
        if self.chance(2) {
            self.between(indent);
        }
    }

    fn document(dice: &mut Dice) -> String {
        let mut commented = Commented { dice, text: String::new(), anchors: 0 };
        commented.between(0);
        if commented.chance(12) {
            commented.text += "---";
            commented.end_line();
            commented.between(0);
        }
        let depth = 1 + commented.dice.below(4);
        match commented.dice.below(8) {
            0 => commented.sequence(depth, 0),
            1 => {
                commented.flow(3, 2);
                commented.end_line();
            }
            _ => commented.mapping(depth, 0, false),
        }
        commented.between(0);
        if commented.chance(15) {
            commented.push_one(&["---", "..."]);
            commented.end_line();
            commented.between(0);
            commented.text += "z: 1\n";
        }
        let mut text = commented.text;
        if dice.below(10) == 0 && text.ends_with('\n') {
            text.pop();
        }
        if dice.below(25) == 0 {
            text = text.replace('\n', "\r\n");
        }
        text
    }
}

#[test]
#[ignore = "needs the Go driver: tests/peers/yaml.sh"]
fn go_keeps_comments_and_anchors_as_we_do() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(13);
    let mut dice = Dice(seed);
    let inputs: Vec<String> = (0..6000)
        .map(|at| match at % 4 {
            0 => random_lines(&mut dice),
            _ => Commented::document(&mut dice),
        })
        .collect();
    let mut differences: Vec<String> =
        ask_go(&inputs).iter().flat_map(differences_of_rewrite).collect();
    // The shortest tells most.
    differences.sort_by_key(String::len);
    assert_none(&differences);
}

#[test]
#[ignore = "needs the Go driver: tests/peers/yaml.sh"]
fn go_reads_a_quoted_string_as_that_string_everywhere() {
    let mut dice = Dice(11);
    let mut strings = Vec::new();
    let mut inputs = Vec::new();
    for at in 0..4000 {
        let text: String = match PIECES.get(at) {
            Some(piece) => (*piece).to_owned(),
            None => random_text(&mut dice),
        };
        let quoted = quote_scalar(&text);
        let mut document = format!("value: {quoted}\nitem:\n- {quoted}\n");
        document +=
            &format!("flow: [{quoted}, {quoted}]\nflowmap: {{a: {quoted}, b: [{quoted}]}}\n");
        if quoted.len() < 1000 {
            document += &format!("keys:\n  {quoted}: {quoted}\nflowkeys: {{{quoted}: {quoted}}}\n");
        }
        strings.push(text);
        inputs.push(document);
    }
    for (text, reading) in strings.iter().zip(ask_go(&inputs)) {
        let expected = serde_json::json!({
            "value": text, "item": [text], "flow": [text, text],
            "flowmap": {"a": text, "b": [text]}, "keys": {text: text}, "flowkeys": {text: text},
        });
        assert_eq!(reading.error, "", "{text:?}");
        assert_eq!(reading.json[0], expected, "go-yaml v3 and {text:?}");
        assert_eq!(reading.v2, expected, "go-yaml v2 and {text:?}");
    }
}
