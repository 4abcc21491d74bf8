//! A quoted scalar is that very string, wherever it is put.
#![allow(clippy::unwrap_used)]

use kustomize::yaml::{Budget, SourceId, parse, quote_scalar};
use libyaml_safer::{EventData, Parser};
use proptest::prelude::*;
use serde_json::json;

/// Strings made of what is known to be dangerous, and arbitrary ones.
fn strings() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
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
        "\r",
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
        "b",
        "inf",
        "nan",
        "null",
        "true",
        "yes",
        "no",
        "on",
        "off",
        "<<",
        "=",
        "---",
        "...",
        "2001-01-01",
        "1:20",
        "0x1F",
        "${X}",
        "{{ x }}",
        "ä",
        "日本",
        "😀",
        "\u{0}",
        "\u{1}",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{2029}",
        "\u{feff}",
        "\u{fffe}",
        "\u{200b}",
        "/",
        "$",
        "(",
        ")",
        ";",
        "<",
        "^",
    ]);
    prop_oneof![
        3 => prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
        1 => "[-+0-9._:eExobTZ]{0,12}",
    ]
}

fn document(quoted: &str) -> String {
    format!(
        "value: {quoted}\nkeys:\n  {quoted}: {quoted}\nitems:\n- {quoted}\n-   - {quoted}\n\
         flow: [{quoted}, {quoted},{quoted}]\nflowmap: {{a: {quoted}, {quoted}: {quoted}}}\n\
         comment: {quoted} # {quoted}\n"
    )
}

/// The scalars as libyaml has them.
fn libyaml_scalars(text: &str) -> Vec<(String, bool)> {
    let mut input = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input(&mut input);
    let mut scalars = Vec::new();
    loop {
        match parser.parse().unwrap().data {
            EventData::StreamEnd => return scalars,
            EventData::Scalar { value, plain_implicit, .. } => {
                scalars.push((value, plain_implicit));
            }
            _ => {}
        }
    }
}

/// Plain text that some reader of YAML 1.1 or 1.2 takes for something else, by the patterns of
/// yaml.org's type repository.
fn is_ambiguous(text: &str) -> bool {
    let digits_only = text
        .bytes()
        .all(|b| b.is_ascii_hexdigit() || matches!(b, b'+' | b'-' | b'_' | b':' | b'x' | b'o'));
    let word = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "<<", "=", ""];
    (text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) && digits_only)
        || text.trim_start_matches(['+', '-']).parse::<f64>().is_ok()
        || word.iter().any(|word| word.eq_ignore_ascii_case(text))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_quoted_scalar_reads_back_everywhere(text in strings()) {
        let quoted = quote_scalar(&text);
        let one_line = !quoted.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
        prop_assert!(one_line, "{:?}", quoted);
        prop_assume!(quoted.len() < 1000 && text != "a");
        let document = document(&quoted);
        let documents = parse(SourceId(0), document.as_bytes(), &Budget::default());
        prop_assert!(documents.is_ok(), "{:?}: {:?}", document, documents.err());
        let expected = json!({
            "value": text, "keys": {&text: text}, "items": [text, [text]],
            "flow": [text, text, text],
            "flowmap": {"a": text, &text: text},
            "comment": text,
        });
        prop_assert_eq!(documents.unwrap()[0].root.to_json(), expected);
        let copies = libyaml_scalars(&document).iter().filter(|(value, _)| *value == text).count();
        prop_assert!(copies >= 11, "libyaml finds {} of 11 in {:?}", copies, document);
    }

    #[test]
    fn what_stays_plain_is_text_to_every_reader(text in strings()) {
        let quoted = quote_scalar(&text);
        if !quoted.starts_with('"') {
            prop_assert_eq!(&*quoted, &text);
            prop_assert!(!is_ambiguous(&text), "{:?}", text);
        }
    }
}

#[test]
fn everyday_values_need_no_quotes() {
    for text in [
        "acme",
        "team-a",
        "ghcr.io/acme/app",
        "https://github.com/acme/fleet",
        "64Gi",
        "10m0s",
        "1.27.1",
        "v1.2.3",
        "10.0.0.0/8",
        "./deploy",
        "a b c",
        "app.kubernetes.io/name",
        "sha256:0af",
        "100m",
    ] {
        assert_eq!(quote_scalar(text), text);
    }
    for text in [
        "1.20",
        "20",
        "1e3",
        "0o17",
        "yes",
        "N",
        "null",
        "~",
        "",
        " a",
        "a ",
        "a: b",
        "12:30",
        "@acme/x",
        "2001-01-01",
        "0x1F",
        "1_000",
        "=",
        "<<",
        "a #b",
        "- a",
        "Müller",
    ] {
        assert_eq!(quote_scalar(text), format!("\"{text}\""));
    }
}
