use super::*;

/// What each text gives is from Flux's own code, see `tests/flux_peers.rs`.
fn value(name: &str) -> Option<&'static str> {
    Some(match name {
        "name" => "value",
        "empty" => "",
        "one" => "1",
        "path" => "a/b/c",
        "accents" => "éaü",
        "runs" => "aaaaa",
        _ => return None,
    })
}

fn given(text: &str, strict: bool) -> Result<String, EvaluateError> {
    Template::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).evaluate(&value, strict)
}

fn gives(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(given(text, false).as_deref(), Ok(*expected), "{text}");
    }
}

fn refuses(cases: &[(&str, SyntaxErrorKind, usize)]) {
    for (text, kind, at) in cases {
        let expected = Err(SyntaxError { kind: *kind, at: *at });
        assert_eq!(Template::parse(text).map(|_| ()), expected, "{text}");
    }
}

#[test]
fn a_variable_gives_its_value() {
    gives(&[
        ("", ""),
        ("plain $ {text} $x", "plain $ {text} $x"),
        ("${name}${none}${empty}.", "value."),
        ("${name}}", "value}"),
        ("${9}${été}${١}.", "."),
        ("${name}\0${", "value"),
    ]);
}

#[test]
fn two_dollars_are_one_where_flux_unescapes() {
    gives(&[
        ("$$", "$"),
        ("$$$", "$$"),
        ("$${name}", "${name}"),
        ("$$${name}", "$value"),
        ("${none:=$$}", "$$"),
        ("${path/b/$$}", "a/$/c"),
    ]);
}

#[test]
fn every_default_is_for_what_is_empty() {
    for operator in [":=", ":-", ":?", ":+", "="] {
        for (name, expected) in [("name", "value"), ("empty", "x1"), ("none", "x1")] {
            let text = format!("${{{name}{operator}x${{one}}}}");
            for strict in [false, true] {
                assert_eq!(given(&text, strict).as_deref(), Ok(expected), "{text}");
            }
        }
    }
    gives(&[
        ("${none:=}", ""),
        ("${none==}", "="),
        ("${none:={}}", "{}"),
        ("${none:=${no:=a}b}", "ab"),
    ]);
}

#[test]
fn parts_and_lengths_count_bytes() {
    gives(&[
        ("${name:1}", "alue"),
        ("${name:${none:=-2}}", "ue"),
        ("${name:${none:=-9}:1}", "v"),
        ("${name:1:+2}", "al"),
        ("${name:1:::2}", "al"),
        ("${name:9}", ""),
        ("${name:-9}${none:-9:1}", "value9:1"),
        ("${name:1:9}", "alue"),
        ("${name: 1}", "value"),
        ("${name:9:-4}", ""),
        ("${name:1:x}", "value"),
        ("${name:99999999999999999999}", "value"),
        ("${name:${one}:${one}}", "a"),
        ("${accents:0:1}${accents:1}", "éaü"),
        ("${#accents}${#none}", "50"),
    ]);
}

#[test]
fn case_changes_character_by_character() {
    gives(&[
        ("${name^}${name^^}", "ValueVALUE"),
        ("${accents^}${accents^^}", "ÉaüÉAÜ"),
        ("${name,}${name,,}${name,^}", "valuevaluevalue"),
    ]);
    let street = Template::parse("${street^^}").expect("a template");
    assert_eq!(street.evaluate(&|_| Some("straße ᾳ ŉ ⅳ"), true).as_deref(), Ok("STRAßE ᾼ ŉ Ⅳ"));
    let sigma = Template::parse("${sigma,,}").expect("a template");
    assert_eq!(sigma.evaluate(&|_| Some("ΑΣ İ"), true).as_deref(), Ok("ασ i"));
}

#[test]
fn trimming_takes_patterns() {
    gives(&[
        ("${path#*/}", "b/c"),
        ("${path##*/}", "c"),
        ("${path%/*}", "a/b"),
        ("${path%%/*}", "a"),
        ("${path#x}", "a/b/c"),
        ("${path#[a-b]}", "/b/c"),
        ("${path#[^a-b]}", "a/b/c"),
        ("${path#a[}", "a/b/c"),
        ("${path##*}${path%%*}", ""),
        ("${path###x}${path#\\a}", "a/b/c/b/c"),
        ("${accents%%?}", "éa"),
        // The shortest that matches is the last byte of the last character.
        ("${accents%?}", "éa\u{FFFD}"),
    ]);
    assert!(matches!(given("${accents#?}", false), Err(EvaluateError::NotUtf8 { .. })));
}

#[test]
fn replacing_takes_texts() {
    gives(&[
        ("${runs/aa/b}", "baaa"),
        ("${runs//aa/b}", "bba"),
        ("${runs/#aa/b}", "baaa"),
        ("${runs/%aa/b}", "aaab"),
        ("${runs/a/}", "aaaa"),
        ("${runs/#a/}", "aaaaa"),
        ("${path/\\//+}", "a+b/c"),
        ("${path//\\//}", "abc"),
        ("${path/?/x}", "a/b/c"),
        ("${path/}/x}", "a/b/c"),
        ("${path/b///x}", "a/x/c"),
        ("${path/${one:=b}/x}${path/b/${one}}", "a/b/ca/1/c"),
        ("${one//${none}/x}", "x1x"),
    ]);
}

#[test]
fn what_flux_refuses_is_told_with_its_place() {
    use SyntaxErrorKind::{Argument, Brace, Name, Operator, Slash, Unclosed};
    refuses(&[
        ("a ${}", Name, 4),
        ("${ name}", Name, 2),
        ("${#}", Name, 3),
        ("${name-x}", Operator, 6),
        ("${na.me}", Operator, 4),
        ("${name:é}", Operator, 6),
        ("${name:}", Argument, 7),
        ("${name::1}", Argument, 7),
        ("${name#}", Argument, 7),
        ("${name///x}", Argument, 8),
        ("${name:1:}", Argument, 9),
        ("${name:1${one}}", Brace, 8),
        ("${name^^^}", Brace, 8),
        ("${#name:=x}", Brace, 7),
        ("${name#a${one}}", Brace, 8),
        ("a ${name/b}", Slash, 2),
        ("${name/a${one}/b}", Slash, 8),
        ("a ${", Unclosed, 2),
        ("a ${name", Unclosed, 2),
        ("${name:=${one}", Unclosed, 0),
        ("${name:=${one", Unclosed, 8),
        ("${name:=\0}", Unclosed, 0),
    ]);
}

#[test]
fn strict_mode_tells_all_that_is_not_set() {
    let text = "${name} ${a} ${b:=${c}} ${name:=${d^^}} ${#e/x/y}".replace("/x/y", "");
    let Err(EvaluateError::NotSet(variables)) = given(&text, true) else { panic!("not refused") };
    let told: Vec<(&str, &str)> =
        variables.iter().map(|it| (it.name.as_str(), &text[it.range.clone()])).collect();
    assert_eq!(told, [("a", "${a}"), ("c", "${c}"), ("d", "${d^^}"), ("e", "${#e}")]);
    assert_eq!(given(&text, false).as_deref(), Ok("value   value 0"));
}

#[test]
fn what_crashes_flux_is_an_error() {
    for text in ["${name:1:-1}", "${name:9:-8}", "${name:9223372036854775807:1}"] {
        let error = given(text, false).expect_err(text);
        let name = "name".to_owned();
        assert_eq!(error, EvaluateError::EndBeforeBegin { name, range: 0..text.len() });
    }
}

#[test]
fn references_are_told_in_their_order() {
    let template = Template::parse("${a} ${b:=x${#c}} ${d/${e^}/f}").expect("a template");
    let references: Vec<_> =
        template.references().map(|it| (it.name, it.range, it.operator, it.has_default)).collect();
    let expected = [
        ("a", 0..4, "", false),
        ("b", 5..17, ":=", true),
        ("c", 11..16, "#", false),
        ("d", 18..30, "/", false),
        ("e", 22..27, "^", false),
    ];
    assert_eq!(references, expected);
}

#[test]
fn depth_costs_no_stack() {
    let depth = 200_000;
    let text = "${none:=".repeat(depth) + "x" + &"}".repeat(depth);
    assert_eq!(given(&text, false).as_deref(), Ok("x"));
    assert_eq!(
        Template::parse(&text[..text.len() - 1]).map(|_| ()),
        Err(SyntaxError { kind: SyntaxErrorKind::Unclosed, at: 0 })
    );
}

#[test]
fn work_is_bounded() {
    let long = "a".repeat(100_000);
    let nested =
        |depth: usize| (0..depth).fold("x".to_owned(), |text, _| format!("${{v//a/{text}}}"));
    let result =
        |text: &str| Template::parse(text).expect("a template").evaluate(&|_| Some(&long), false);
    assert!(result(&nested(1)).is_ok());
    assert!(matches!(result(&nested(2)), Err(EvaluateError::TooMuch { .. })));
    let mut work = work::Work::bounded(1_000_000);
    let glob = glob::Glob::new(b"*ab");
    assert_eq!(glob.matches(&long.as_bytes()[..1_000], &mut work), Ok(false));
    let glob = glob::Glob::new(&long.as_bytes()[..50_000]);
    let starred = glob::Glob::new(format!("*{}b", &long[..50_000]).as_bytes());
    assert_eq!(glob.matches(long.as_bytes(), &mut work), Ok(false));
    assert_eq!(starred.matches(long.as_bytes(), &mut work), Err(glob::Halt::TooMuch));
}

#[test]
fn names_are_of_ascii() {
    for name in ["a", "_", "A_9", "__"] {
        assert!(is_name(name), "{name}");
    }
    for name in ["", "9", "9a", "a-b", "a.b", "é", "a\n", " a"] {
        assert!(!is_name(name), "{name}");
    }
}
