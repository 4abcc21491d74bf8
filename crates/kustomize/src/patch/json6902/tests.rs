//! Every expectation here is what `kustomize build` does with the same document and patch.

use super::*;
use crate::go::json::to_go_json;
use crate::yaml::{Budget, SourceId, parse};

const DOCUMENT: &str = "d:\n  a: 1\n  l: [a, b, c]\n  nil: null\n  s: \"x<y\"\n  o: {k: v}\n";

fn node(text: &str) -> Node {
    let documents = parse(SourceId(0), text.as_bytes(), &Budget::default());
    documents.unwrap_or_default().remove(0).root
}

fn decode(patch: &str) -> Result<JsonPatch, DecodeError> {
    if JsonPatch::is_json(patch) {
        JsonPatch::from_json(SourceId(1), patch)
    } else {
        JsonPatch::from_yaml(&node(patch))
    }
}

fn apply(document: &str, patch: &str) -> Result<(Node, Outcome), String> {
    let patch = decode(patch).map_err(|error| error.to_string())?;
    let mut document = node(document);
    let outcome = patch.apply(&mut document, None).map_err(|error| error.to_string())?;
    Ok((document, outcome))
}

/// What the patch makes of [`DOCUMENT`], below `d`.
fn patched(patch: &str) -> Result<String, String> {
    let (document, _) = apply(DOCUMENT, patch)?;
    let inner = document.get("d").unwrap_or(&document);
    to_go_json(inner).map_err(|error| error.to_string())
}

/// Whether the patch applies to [`DOCUMENT`].
fn applies(patch: &str) -> bool {
    patched(patch).is_ok()
}

/// The list after the patch.
fn list(patch: &str) -> Option<String> {
    let (document, _) = apply(DOCUMENT, patch).ok()?;
    let items = document.pointer("/d/l")?.as_sequence()?;
    Some(items.iter().map(|item| item.as_str().unwrap_or("?")).collect())
}

#[test]
fn operations_do_what_they_say() {
    for (patch, result) in [
        (
            "- {op: add, path: /d/z, value: {b: 1, a: [2]}}\n- {op: remove, path: /d/l}",
            r#"{"a":1,"nil":null,"o":{"k":"v"},"s":"x\u003cy","z":{"a":[2],"b":1}}"#,
        ),
        (
            "- {op: replace, path: /d/o/k, value: w}\n- {op: move, from: /d/o, path: /d/l/1}",
            r#"{"a":1,"l":["a",{"k":"w"},"b","c"],"nil":null,"s":"x\u003cy"}"#,
        ),
        (
            "- {op: copy, from: /d/o, path: /d/o/x}\n- {op: remove, path: /d/nil}",
            r#"{"a":1,"l":["a","b","c"],"o":{"k":"v","x":{"k":"v"}},"s":"x\u003cy"}"#,
        ),
        ("[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"d\":{\"q\":1.0}}}]", r#"{"q":1}"#),
    ] {
        assert_eq!(patched(patch).as_deref(), Ok(result), "{patch}");
    }
}

#[test]
fn what_is_missing_may_be_replaced_or_copied_but_not_removed_or_moved() {
    let added = |patch| patched(patch).is_ok_and(|text| text.contains(r#""z":null"#));
    assert!(added("- {op: copy, from: /d/x, path: /d/z}"));
    assert!(added("- {op: add, path: /d/z}"));
    assert!(added("- {op: replace, path: /d/z}"));
    assert!(!applies("- {op: remove, path: /d/z}"));
    assert!(!applies("- {op: move, from: /d/x, path: /d/z}"));
    assert!(!applies("- {op: replace, path: /x/y, value: 1}"));
}

#[test]
fn indices_are_read_as_go_reads_numbers() {
    for (operation, result) in [
        ("{op: add, path: /d/l/01, value: x}", Some("axbc")),
        ("{op: add, path: /d/l/+1, value: x}", Some("axbc")),
        ("{op: add, path: /d/l/-1, value: x}", Some("abcx")),
        ("{op: add, path: /d/l/-4, value: x}", Some("xabc")),
        ("{op: add, path: /d/l/-5, value: x}", None),
        ("{op: add, path: /d/l/3, value: x}", Some("abcx")),
        ("{op: add, path: /d/l/4, value: x}", None),
        ("{op: add, path: /d/l/-, value: x}", Some("abcx")),
        ("{op: replace, path: /d/l/-, value: x}", None),
        ("{op: replace, path: /d/l/-1, value: x}", Some("abx")),
        ("{op: replace, path: /d/l/3, value: x}", None),
        ("{op: remove, path: /d/l/-3}", Some("bc")),
        ("{op: remove, path: /d/l/-4}", None),
        ("{op: remove, path: /d/l/-}", None),
        ("{op: remove, path: /d/l/9223372036854775808}", None),
        ("{op: move, from: /d/l/0, path: /d/l/-}", Some("bca")),
    ] {
        assert_eq!(list(&format!("- {operation}")).as_deref(), result, "{operation}");
    }
}

#[test]
fn paths_are_read_as_the_library_reads_them() {
    for (path, key) in [
        ("/d/~01", "~1"),
        ("/d/~2~", "~2~"),
        ("/d/x~1y", "x/y"),
        ("/d/", ""),
        ("anything/d/z", "z"),
    ] {
        let patch = format!("- {{op: add, path: '{path}', value: 5}}");
        let document = apply(DOCUMENT, &patch).map(|(document, _)| document);
        let value = document.as_ref().ok().and_then(|d| d.get("d")?.get(key)?.as_i64());
        assert_eq!(value, Some(5), "{path}");
    }
    for path in ["", "d", "/d/a/x", "/d/nil/x", "/d/zz/x", "/d/l/3/x", "/d/l/x/y"] {
        assert!(!applies(&format!("- {{op: add, path: '{path}', value: 5}}")), "{path}");
    }
}

#[test]
fn operations_without_what_they_need_fail_when_they_are_applied() {
    for patch in [
        "- null",
        "[null]",
        "- {path: /d/z}",
        "- {op: 5, path: /d/z}",
        "- {op: Add, path: /d/z}",
        "- {op: add, path: 5}",
        "- {op: add, Path: /d/z, value: 1}",
        "- {op: move, path: /d/z}",
        "- {op: move, from: '', path: /d/z}",
        "- {op: remove, path: ''}",
        "[{\"op\":\"replace\",\"path\":\"\"}]",
        "[{\"op\":\"replace\",\"path\":\"\",\"value\":null}]",
        "[{\"op\":\"replace\",\"path\":\"\",\"value\":[1]}]",
        "- {op: move, from: /d/o, path: /d/o/x}",
    ] {
        assert!(decode(patch).is_ok(), "{patch}");
        assert!(!applies(patch), "{patch}");
    }
}

#[test]
fn what_is_no_patch_is_refused_at_once() {
    for patch in [
        "- 5",
        "op: remove",
        "[5]",
        "[{\"op\":\"add\",\"path\":\"/d/y\",\"value\":1}] # c",
        "[{\"op\":\"add\",\"path\":\"/d/y\",\"value\":01}]",
        "- {op: add, path: /d/y, value: .nan}",
        "- {op: add, path: /d/y, value: 1, other: .inf}",
        "- {op: add, path: /d/y, value: {null: a}}",
        "- {op: add, path: /d/y, value: {18446744073709551615: a}}",
    ] {
        assert!(decode(patch).is_err(), "{patch}");
    }
    assert!(decode("null").is_ok_and(|patch| patch.is_null() && patch.is_empty()));
    assert!(decode("[]").is_ok_and(|patch| !patch.is_null() && patch.is_empty()));
}

#[test]
fn a_test_compares_the_texts_of_scalars() {
    for (patch, passes) in [
        (r#"[{"op":"test","path":"/d/a","value":1}]"#, true),
        (r#"[{"op":"test","path":"/d/a","value":1.0}]"#, false),
        ("- {op: test, path: /d/a, value: 1.0}", true),
        (r#"[{"op":"test","path":"/d/s","value":"x<y"}]"#, false),
        (r#"[{"op":"test","path":"/d/s","value":"x\u003cy"}]"#, true),
        ("- {op: test, path: /d/s, value: x<y}", true),
        ("- {op: test, path: /d/a, value: '1'}", false),
        ("- {op: test, path: /d/o, value: {k: v}}", true),
        ("- {op: test, path: /d/o, value: {k: v, l: w}}", false),
        ("- {op: test, path: /d/l, value: [a, b, c]}", true),
        ("- {op: test, path: /d/l, value: [a, c, b]}", false),
        ("- {op: test, path: /d, value: {a: 1, l: [a, b, c], nil: null, s: x<y, o: {k: v}}}", true),
        (
            "- {op: test, path: '', value: {d: {a: 1, l: [a, b, c], nil: null, s: x<y, o: {k: v}}}}",
            true,
        ),
        ("- {op: test, path: ''}", false),
        (
            r#"[{"op":"add","path":"/d/q","value":"a<b"},{"op":"test","path":"/d/q","value":"a<b"}]"#,
            true,
        ),
        (
            r#"[{"op":"add","path":"/d/q","value":"a<b"},{"op":"copy","from":"/d/q","path":"/d/r"},
                {"op":"test","path":"/d/r","value":"a<b"}]"#,
            false,
        ),
        (
            r#"[{"op":"add","path":"/d/q","value":"a<b"},{"op":"copy","from":"/d/q","path":"/d/r"},
                {"op":"test","path":"/d/r","value":"a\u003cb"}]"#,
            true,
        ),
    ] {
        assert_eq!(applies(patch), passes, "{patch}");
    }
}

#[test]
fn a_test_tells_nulls_apart() {
    for (patch, passes) in [
        ("- {op: test, path: /d/nil, value: null}", true),
        ("- {op: test, path: /d/nil}", true),
        ("- {op: test, path: /d/zz}", true),
        ("- {op: test, path: /d/zz, value: 1}", false),
        ("- {op: test, path: /d/zz/y}", false),
        ("- {op: test, path: /d/a}", false),
        ("- {op: add, path: /d/q, value: null}\n- {op: test, path: /d/q}", false),
        ("- {op: add, path: /d/q, value: null}\n- {op: test, path: /d/q, value: null}", true),
        (
            "- {op: add, path: /d/o/q, value: null}\n- {op: test, path: /d/o, value: {k: v, q: null}}",
            false,
        ),
        ("- {op: add, path: /d/q, value: [null]}\n- {op: test, path: /d/q, value: [null]}", false),
        (
            "- {op: add, path: /d/q, value: null}\n- {op: copy, from: /d/q, path: /d/r}\n\
             - {op: test, path: /d/r, value: {}}",
            true,
        ),
        (
            "- {op: add, path: /d/q, value: null}\n- {op: copy, from: /d/q, path: /d/r}\n\
             - {op: add, path: /d/r/x, value: {}}",
            false,
        ),
    ] {
        assert_eq!(applies(patch), passes, "{patch}");
    }
}

#[test]
fn numbers_have_been_floats() {
    let patch = r#"[{"op":"add","path":"/d","value":[1.0,1e3,1E-7,123456789012345678901234567890,
        9007199254740993,-0,-0.0,1e21,1000000]}]"#;
    let (document, _) = apply("d: 1\ne: 1500000\nf: 9007199254740993", patch).unwrap_or_default();
    let text = |pointer: &str| document.pointer(pointer).and_then(Node::text);
    let texts: Vec<_> = (0..9).filter_map(|at| text(&format!("/d/{at}"))).collect();
    assert_eq!(
        texts,
        [
            "1",
            "1000",
            "1e-07",
            "1.2345678901234568e+29",
            "9.007199254740992e+15",
            "-0",
            "-0",
            "1e+21",
            "1e+06"
        ]
    );
    assert_eq!((text("/e"), text("/f")), (Some("1.5e+06"), Some("9.007199254740992e+15")));
    assert!(!applies(r#"[{"op":"add","path":"/d/y","value":1e400}]"#));
    assert!(applies(r#"[{"op":"add","path":"/d/y","value":1e400},{"op":"remove","path":"/d/y"}]"#));
}

#[test]
fn a_document_is_what_json_makes_of_it() {
    let text = "b: !foo 12\na: 'x'\nc: 2020-01-01\nd: {\"1\": 0x1F, \"b\": [], a: {}}\ne: yes\nf: '7'\n1: x\n";
    let (document, outcome) = apply(text, "[]").unwrap_or_default();
    assert_eq!(outcome, Outcome::default());
    assert_eq!(
        crate::yaml::emit::to_string(&document),
        "\"1\": x\na: x\nb: \"12\"\nc: \"2020-01-01T00:00:00Z\"\nd:\n  \"1\": 31\n  a: {}\n  b: []\n\
         e: \"yes\"\nf: \"7\"\n"
    );
    for text in ["d: {1: a}", "d: .nan", "d: {2020-01-01: a}", "~: a", "d: \"\\ta\\nb\""] {
        assert!(apply(text, "[]").is_err(), "{text}");
    }
    let removed = "- {op: remove, path: /d}";
    assert!(apply("d: \"\\ta\\nb\"", removed).is_ok());
    assert!(apply("d: .nan", removed).is_err());
    assert!(!applies("- {op: add, path: \"/d/\\ta\\nb\", value: 1}"));
}

#[test]
fn the_last_form_is_the_same_with_a_test_and_without() {
    let (document, patch) =
        ("b: 'x'\na: {c: 0x10, d: 1e6}\n", "- {op: add, path: /a/b, value: {y: 1.0, x: \"12\"}}");
    let test = format!("{patch}\n- {{op: test, path: /b, value: x}}");
    let print = |patch: &str| {
        apply(document, patch).map(|(document, _)| crate::yaml::emit::to_string(&document))
    };
    assert_eq!(print(patch), print(&test));
    assert_eq!(
        print(patch).as_deref(),
        Ok("a:\n  b:\n    x: \"12\"\n    \"y\": 1\n  c: 16\n  d: 1e+06\nb: x\n")
    );
}

#[test]
fn operations_that_change_nothing_are_told() {
    let unchanged = |patch: &str| -> Vec<(usize, &'static str)> {
        let outcome = apply(DOCUMENT, patch).map(|(_, outcome)| outcome).unwrap_or_default();
        outcome.unchanged.iter().map(|unchanged| (unchanged.index, unchanged.operation)).collect()
    };
    for (operation, name) in [
        ("{op: add, path: /d/a, value: 1.0}", Some("add")),
        ("{op: add, path: /d/o, value: {k: v}}", Some("add")),
        ("{op: add, path: /d/l/0, value: a}", None),
        ("{op: add, path: /d/z}", None),
        ("{op: replace, path: /d/nil, value: null}", Some("replace")),
        ("{op: replace, path: /d/l/1, value: b}", Some("replace")),
        ("{op: replace, path: /d/l/1, value: c}", None),
        ("{op: copy, from: /d/o, path: /d/o}", Some("copy")),
        ("{op: copy, from: /d/l/0, path: /d/l/0}", None),
        ("{op: move, from: /d/o, path: /d/o}", Some("move")),
        ("{op: move, from: /d/l/2, path: /d/l/-}", Some("move")),
        ("{op: move, from: /d/l/0, path: /d/l/1}", None),
        ("{op: test, path: /d/a, value: 1}", None),
    ] {
        let expected: Vec<_> = name.into_iter().map(|name| (1, name)).collect();
        let patch = format!("- {{op: add, path: /d/new, value: 0}}\n- {operation}");
        assert_eq!(unchanged(&patch), expected, "{operation}");
    }
}

#[test]
fn faults_say_what_is_missing_and_where() {
    for (patch, message) in [
        (
            "- {op: add, path: /d/x/y/z, value: 1}",
            "operation 1 (`add` on `/d/x/y/z`) failed: the resource has no `/d/x`; add it first, or as a whole",
        ),
        (
            "- {op: add, path: /d/nil/y, value: 1}",
            "operation 1 (`add` on `/d/nil/y`) failed: the resource has no `/d/nil`: it is null; add it as a whole",
        ),
        (
            "- {op: add, path: /d/a/y, value: 1}",
            "operation 1 (`add` on `/d/a/y`) failed: `/d/a` is a number, so that there is nothing below it",
        ),
        (
            "- {op: remove, path: /d/l/7}",
            "operation 1 (`remove` on `/d/l/7`) failed: `/d/l` has 3 items, so that there is no item 7 (they are counted from 0)",
        ),
        ("- {op: remove, path: /z}", "operation 1 (`remove` on `/z`) failed: `/` has no key `z`"),
        (
            "- {op: replace, path: /d/l/-, value: 1}",
            "operation 1 (`replace` on `/d/l/-`) failed: `/d/l` is a list, and `-` is not the number of an item; only what is added can go to the end by `-`",
        ),
        (
            "- {op: Add, path: /z}",
            "operation 1 (`Add` on `/z`) failed: there is no such operation: `op` is one of `add`, `remove`, `replace`, `move`, `copy` and `test`",
        ),
    ] {
        assert_eq!(patched(patch).err().as_deref(), Some(message));
    }
    let text = "- {op: test, path: /d/a, value: 1}\n- {op: remove, path: /d/zz}\n";
    let span =
        decode(text).ok().and_then(|p| p.apply(&mut node(DOCUMENT), None).err()).map(|e| e.span());
    assert_eq!(span.map(|span| &text[span.range()]), Some("{op: remove, path: /d/zz}"));
    let text = r#"[ {"op": "remove", "path": "/d/zz"} ]"#;
    let span =
        decode(text).ok().and_then(|p| p.apply(&mut node(DOCUMENT), None).err()).map(|e| e.span());
    assert_eq!(span.map(|span| &text[span.range()]), Some(r#"{"op": "remove", "path": "/d/zz"}"#));
}

#[test]
fn patches_that_grow_without_end_are_stopped() {
    let copies: String =
        (0..60).map(|at| format!("- {{op: copy, from: /d/o, path: /d/o/x{at}}}\n")).collect();
    let error = patched(&copies).err().unwrap_or_default();
    assert!(error.contains("copies more than"), "{error}");
    let deeper: String = (1..400)
        .map(|depth| format!("- {{op: add, path: /d{}, value: {{}}}}\n", "/x".repeat(depth)))
        .collect();
    let error = patched(&deeper).err().unwrap_or_default();
    assert!(error.contains("nested more than 256 levels deep"), "{error}");
}
