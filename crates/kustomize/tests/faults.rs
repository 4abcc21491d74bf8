//! What people read when a text is no YAML, and that no text takes long or much.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::time::{Duration, Instant};

use kustomize::yaml::{Budget, Error, ErrorKind, SourceId, check, parse};

fn faults(text: &[u8], budget: &Budget) -> Vec<Error> {
    let errors = parse(SourceId(0), text, budget).unwrap_err();
    assert_eq!(check(SourceId(0), text, budget).unwrap_err(), errors, "check says the same");
    errors
}

/// The messages, each with the text that its span covers.
fn report(texts: &[&str]) -> String {
    let mut report = String::new();
    for text in texts {
        writeln!(report, "{text:?}").unwrap();
        for error in faults(text.as_bytes(), &Budget::default()) {
            let range = error.span.range();
            let covered = &text[range.clone()];
            writeln!(report, "  {}..{} {covered:?}: {error}", range.start, range.end).unwrap();
        }
    }
    report
}

#[test]
fn each_fault_has_a_message_and_a_place() {
    insta::assert_snapshot!(report(&[
        "a: b: c\n",
        "a: [1, 2\nb: 3\n",
        "a: {b: 1\n",
        "a: \"never closed\n",
        "a: 'never closed\n",
        "a: b\n\tc: d\n",
        "a:\n\t- b\n",
        "\ta: b\n",
        "a: @acme/team\n",
        "a: `x`\n",
        "a: %x\n",
        "a: *.example.com\n",
        "a: &\n",
        "a: !x!y z\n",
        "a: {{ name }}\n",
        "a: {{ name }}-x\n",
        "a:\n  - b\n c: d\n",
        "a:\n  b: c\n d: e\n",
        "- a\nb: c\n",
        "a: b\n- c\n",
        "a: - b\n",
        "text\na: b\n",
        "a: b\nmore\n",
        "a: b\nmore\nc: d\n",
        "a: |x\n  y\n",
        "a: |\n\ty\n",
        "a: \"\\q\"\n",
        "a: \"\\u12\"\n",
        "a: \"\\ud800\"\n",
        "%YAML 1.2\n---\na\n",
        "a: b\n...\nc\n",
        "a: ]\n",
        "[a, , b]\n",
        "a: *unknown\n",
        "a: &x [*x]\n",
        "a: !!int x\n",
        "a: !!binary aGk=\n",
        "<<: 5\n",
        "a: \u{1}\n",
        "a: \u{7f}\n",
        "[a]: b\n",
    ]));
}

#[test]
fn duplicate_keys_are_reported_all_at_once() {
    insta::assert_snapshot!(report(&[
        "a: 1\nb: {c: 1, c: 2}\na: 2\n'a': 3\n",
        "a: 1\na: 2\nb: [\n",
        "a: &x {b: 1, b: 2}\nc: *x\n",
    ]));
    let many: String = (0..300).map(|_| "a: 1\n").collect();
    let errors = faults(many.as_bytes(), &Budget::default());
    assert_eq!(errors.len(), 101);
    assert_eq!(errors[100].kind, ErrorKind::TooManyErrors { limit: 100 });
}

#[test]
fn a_file_without_content_has_no_document() {
    for text in ["", "\n\n", "# a comment\n", "\u{feff}"] {
        assert!(parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap().is_empty());
        assert_eq!(check(SourceId(0), text.as_bytes(), &Budget::default()), Ok(0));
    }
    let documents = parse(SourceId(0), b"---\n---\na: b\n", &Budget::default()).unwrap();
    assert_eq!(documents.len(), 2);
    assert!(documents[0].root.is_null());
}

#[test]
fn a_large_file_is_refused_unread() {
    let text = vec![b'a'; 100 << 20];
    let start = Instant::now();
    let errors = faults(&text, &Budget::default());
    assert!(start.elapsed() < Duration::from_millis(100));
    let limit = 16 << 20;
    assert_eq!(errors[0].kind, ErrorKind::TooLarge { size: 100 << 20, limit });
    assert_eq!(
        errors[0].to_string(),
        "the file has 104857600 bytes, more than the 16777216 that are read"
    );
}

#[test]
fn an_alias_bomb_is_refused_in_bounded_time() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..60 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        writeln!(text, "a{level}: &a{level} [{before}]").unwrap();
    }
    let start = Instant::now();
    let errors = faults(text.as_bytes(), &Budget::default());
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(
        errors[0].to_string(),
        "this has more than 1000000 values when its aliases are expanded"
    );
}

#[test]
fn merge_keys_count_as_aliases_do() {
    let mut text = String::from("m: &m {");
    (0..100).for_each(|key| write!(text, "k{key}: {key}, ").unwrap());
    text += "}\n";
    (0..100).for_each(|at| writeln!(text, "u{at}: {{<<: *m}}").unwrap());
    let budget = Budget { nodes: 10_000, ..Budget::default() };
    let errors = faults(text.as_bytes(), &budget);
    assert!(matches!(errors[0].kind, ErrorKind::TooManyNodes { aliases: true, .. }));
}

#[test]
fn aliases_do_not_nest_deeper_than_the_budget() {
    let mut text = String::from("- &a0 [x]\n");
    for level in 1..300 {
        writeln!(text, "- &a{level} [*a{}]", level - 1).unwrap();
    }
    let errors = faults(text.as_bytes(), &Budget { depth: usize::MAX, ..Budget::default() });
    assert_eq!(errors[0].kind, ErrorKind::TooDeep { limit: Budget::MAX_DEPTH });
}

#[test]
fn the_deepest_tree_fits_a_small_stack() {
    let text = "[".repeat(Budget::MAX_DEPTH) + &"]".repeat(Budget::MAX_DEPTH);
    let budget = Budget { depth: usize::MAX, ..Budget::default() };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        let documents = parse(SourceId(0), text.as_bytes(), &budget).unwrap();
        let copy = documents[0].root.clone();
        assert!(copy.same_meaning(&documents[0].root));
        assert!(copy.to_json().is_array());
        let json: serde_json::Value = kustomize::yaml::from_node(&copy).unwrap();
        assert_eq!(json, copy.to_json());
        assert_eq!(kustomize::yaml::emit::to_string(&copy).trim_end(), text);
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn hostile_texts_take_linear_time() {
    let repeated = [
        "[", "{", "- ", "? ", "a: ", "&a ", "!t ", "'", "\"", "[a,", "{a: ", "\n", " ", "a\n ",
        "*", "|\n", "%", "# \n", "---\n", "a: b\n", "[]: ", "\u{2028}",
    ];
    for piece in repeated {
        for times in [1, 2, 3, (1 << 20) / piece.len()] {
            let text = piece.repeat(times);
            let start = Instant::now();
            let _ = parse(SourceId(0), text.as_bytes(), &Budget::default());
            let _ = check(SourceId(0), text.as_bytes(), &Budget::default());
            assert!(start.elapsed() < Duration::from_secs(10), "{piece:?} {:?}", start.elapsed());
        }
    }
}
