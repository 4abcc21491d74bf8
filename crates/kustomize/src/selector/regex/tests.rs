//! The table is recorded from Go 1.26: which of the texts a pattern matches once kustomize has
//! anchored it, or that it does not compile.

use super::*;

const TEXTS: &[&str] = &[
    "",
    "a",
    "b",
    "ab",
    "aa",
    "aaa",
    "A",
    "K",
    "k",
    "\u{212a}",
    "\u{17f}",
    "1",
    "_",
    "-",
    "a-b",
    "foo-b",
    "a.b",
    "axb",
    "\n",
    "a\nb",
    " ",
    "\u{b}",
    "\u{e9}",
    "\u{c9}",
    "a\u{e9}",
    "\u{3a9}",
    "a*b",
    "]",
    "[",
    "{2}",
    "a{,2}",
    "\\",
    "n",
    "\u{1f600}",
];

type Row = (&'static str, Option<&'static [&'static str]>);

#[rustfmt::skip]
const RECORDED: &[Row] = &[
    ("foo-b", Some(&["foo-b"])),
    ("a.b", Some(&["a-b", "a.b", "axb", "a*b"])),
    (".*", Some(&["", "a", "b", "ab", "aa", "aaa", "A", "K", "k", "\u{212a}", "\u{17f}", "1", "_", "-", "a-b", "foo-b", "a.b", "axb", " ", "\u{b}", "\u{e9}", "\u{c9}", "a\u{e9}", "\u{3a9}", "a*b", "]", "[", "{2}", "a{,2}", "\\", "n", "\u{1f600}"])),
    ("a.*", Some(&["a", "ab", "aa", "aaa", "a-b", "a.b", "axb", "a\u{e9}", "a*b", "a{,2}"])),
    (".+-.", Some(&["a-b", "foo-b"])),
    (".*b", Some(&["b", "ab", "a-b", "foo-b", "a.b", "axb", "a*b"])),
    ("a*b", Some(&["b", "ab"])),
    ("a\\.b", Some(&["a.b"])),
    ("a\\*b", Some(&["a*b"])),
    ("a|b", Some(&["a", "b"])),
    ("a|", Some(&["", "a"])),
    ("|", Some(&[""])),
    ("()", Some(&[""])),
    ("(a|b)+", Some(&["a", "b", "ab", "aa", "aaa"])),
    ("(?:a|b)-?b", Some(&["ab", "a-b"])),
    ("^a$", Some(&["a"])),
    ("a$|b", Some(&["a", "b"])),
    ("a)|(?:b", Some(&["a", "b", "ab", "aa", "aaa", "a-b", "foo-b", "a.b", "axb", "a\nb", "a\u{e9}", "a*b", "a{,2}"])),
    ("a)(", Some(&["a"])),
    (")(", Some(&[""])),
    ("(?i)a", Some(&["a", "A"])),
    ("(?i)k", Some(&["K", "k", "\u{212a}"])),
    ("k", Some(&["k"])),
    ("(?i:a)b", Some(&["ab"])),
    ("a(?i)b|\u{e9}", Some(&["ab", "\u{e9}", "\u{c9}"])),
    ("(?i)\u{c9}", Some(&["\u{e9}", "\u{c9}"])),
    ("(?-i)a", Some(&["a"])),
    ("(?i-i)a", Some(&["a"])),
    ("(?)a", Some(&["a"])),
    ("(?i-)a", None),
    ("(?-)a", None),
    ("(?s).*", Some(&["", "a", "b", "ab", "aa", "aaa", "A", "K", "k", "\u{212a}", "\u{17f}", "1", "_", "-", "a-b", "foo-b", "a.b", "axb", "\n", "a\nb", " ", "\u{b}", "\u{e9}", "\u{c9}", "a\u{e9}", "\u{3a9}", "a*b", "]", "[", "{2}", "a{,2}", "\\", "n", "\u{1f600}"])),
    ("(?s:a.b)", Some(&["a-b", "a.b", "axb", "a\nb", "a*b"])),
    ("(?m)a$", Some(&["a"])),
    ("(?m)^a$\n^b$", Some(&["a\nb"])),
    ("(?U)a+", Some(&["a", "aa", "aaa"])),
    ("(?x)a", None),
    ("(?P<n>a)", Some(&["a"])),
    ("(?<n>a)", Some(&["a"])),
    ("(?P<n>a)(?P<n>b)", Some(&["ab"])),
    ("(?P<n->a)", None),
    ("(?P<>a)", None),
    ("(?P=n)", None),
    ("(?=a)a", None),
    ("(?!a)b", None),
    ("(?<=a)b", None),
    ("(?#c)a", None),
    ("(?>a)", None),
    ("a**", None),
    ("a*+", None),
    ("a+?", Some(&["a", "aa", "aaa"])),
    ("a??", Some(&["", "a"])),
    ("*", None),
    ("*a", None),
    ("+", None),
    ("a|*", None),
    ("(*)", None),
    ("(?i)*", None),
    ("a(?i)*", Some(&["", "a", "aa", "aaa"])),
    ("a+(?i)?", Some(&["", "a", "aa", "aaa"])),
    ("^*a", Some(&["a"])),
    ("\\b+a", Some(&["a"])),
    ("a{2}", Some(&["aa"])),
    ("a{2,}", Some(&["aa", "aaa"])),
    ("a{,2}", Some(&["a{,2}"])),
    ("a{2,1}", None),
    ("a{02}", Some(&[])),
    ("a{1001}", None),
    ("a{1000}", Some(&[])),
    ("(?:a{500}){2}", Some(&[])),
    ("(?:a{500}){3}", None),
    ("(?:a{3}){334}", None),
    ("(?:a{1000}){0}", Some(&[""])),
    ("(?:(?:a{1000})?){2}", None),
    ("(?:a{2}){0,}", Some(&["", "aa"])),
    ("{2}", None),
    ("{", Some(&[])),
    ("}", Some(&[])),
    ("a{", Some(&[])),
    ("a{x}", Some(&[])),
    ("[ab]", Some(&["a", "b"])),
    ("[^ab]", Some(&["A", "K", "k", "\u{212a}", "\u{17f}", "1", "_", "-", "\n", " ", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "]", "[", "\\", "n", "\u{1f600}"])),
    ("[]a]", Some(&["a", "]"])),
    ("[^]a]", Some(&["b", "A", "K", "k", "\u{212a}", "\u{17f}", "1", "_", "-", "\n", " ", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "[", "\\", "n", "\u{1f600}"])),
    ("[a-]", Some(&["a", "-"])),
    ("[-a]", Some(&["a", "-"])),
    ("[b-a]", None),
    ("[a", None),
    ("[]", None),
    ("[", None),
    ("]", Some(&["]"])),
    ("[[]", Some(&["["])),
    ("[a&&b]", Some(&["a", "b"])),
    ("[a--b]", None),
    ("[[:alpha:]]", Some(&["a", "b", "A", "K", "k", "n"])),
    ("[[:^alpha:]]", Some(&["\u{212a}", "\u{17f}", "1", "_", "-", "\n", " ", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "]", "[", "\\", "\u{1f600}"])),
    ("[[:word:]-]", Some(&["a", "b", "A", "K", "k", "1", "_", "-", "n"])),
    ("[[:foo:]]", None),
    ("[[:alpha:]", None),
    ("[:alpha:]", Some(&["a"])),
    ("[\\d_]", Some(&["1", "_"])),
    ("[\\D]", Some(&["a", "b", "A", "K", "k", "\u{212a}", "\u{17f}", "_", "-", "\n", " ", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "]", "[", "\\", "n", "\u{1f600}"])),
    ("[^\\D]", Some(&["1"])),
    ("[\\w]", Some(&["a", "b", "A", "K", "k", "1", "_", "n"])),
    ("(?i)\\w", Some(&["a", "b", "A", "K", "k", "\u{212a}", "\u{17f}", "1", "_", "n"])),
    ("(?i)[^k]", Some(&["a", "b", "A", "\u{17f}", "1", "_", "-", "\n", " ", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "]", "[", "\\", "n", "\u{1f600}"])),
    ("\\d", Some(&["1"])),
    ("\\D", Some(&["a", "b", "A", "K", "k", "\u{212a}", "\u{17f}", "_", "-", "\n", " ", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "]", "[", "\\", "n", "\u{1f600}"])),
    ("\\s", Some(&["\n", " "])),
    ("[\\s\\v]", Some(&["\n", " ", "\u{b}"])),
    ("\\S", Some(&["a", "b", "A", "K", "k", "\u{212a}", "\u{17f}", "1", "_", "-", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "]", "[", "\\", "n", "\u{1f600}"])),
    ("\\W", Some(&["\u{212a}", "\u{17f}", "-", "\n", " ", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "]", "[", "\\", "\u{1f600}"])),
    ("[\\b]", None),
    ("[a-\\d]", None),
    ("[\\]\\[]", Some(&["]", "["])),
    ("[\\x61-\\x62]", Some(&["a", "b"])),
    ("[\\x{D800}]", Some(&[])),
    ("[^\\x{D800}-\\x{DFFF}]", Some(&["a", "b", "A", "K", "k", "\u{212a}", "\u{17f}", "1", "_", "-", "\n", " ", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "]", "[", "\\", "n", "\u{1f600}"])),
    ("[^\\x00-\\x{10FFFF}]", Some(&[])),
    ("\\pL", Some(&["a", "b", "A", "K", "k", "\u{212a}", "\u{17f}", "\u{e9}", "\u{c9}", "\u{3a9}", "n"])),
    ("\\PL", Some(&["1", "_", "-", "\n", " ", "\u{b}", "]", "[", "\\", "\u{1f600}"])),
    ("\\p{Lu}", Some(&["A", "K", "\u{212a}", "\u{c9}", "\u{3a9}"])),
    ("(?i)\\p{Lu}", Some(&["a", "b", "A", "K", "k", "\u{212a}", "\u{17f}", "\u{e9}", "\u{c9}", "\u{3a9}", "n"])),
    ("\\p{^Lu}", Some(&["a", "b", "k", "\u{17f}", "1", "_", "-", "\n", " ", "\u{b}", "\u{e9}", "]", "[", "\\", "n", "\u{1f600}"])),
    ("\\P{^Lu}", Some(&["A", "K", "\u{212a}", "\u{c9}", "\u{3a9}"])),
    ("\\p{Greek}", Some(&["\u{3a9}"])),
    ("\\p{greek}", Some(&["\u{3a9}"])),
    ("\\p{Uppercase_Letter}", Some(&["A", "K", "\u{212a}", "\u{c9}", "\u{3a9}"])),
    ("\\p{Foo}", None),
    ("\\p{Old_Italic}", None),
    ("\\p{Grek}", None),
    ("\\p{IsGreek}", None),
    ("\\p\u{e9}", None),
    ("\\p", None),
    ("\\p{", None),
    ("\\p{Any}", Some(&["a", "b", "A", "K", "k", "\u{212a}", "\u{17f}", "1", "_", "-", "\n", " ", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "]", "[", "\\", "n", "\u{1f600}"])),
    ("\\P{Any}", Some(&[])),
    ("\\p{ASCII}", Some(&["a", "b", "A", "K", "k", "1", "_", "-", "\n", " ", "\u{b}", "]", "[", "\\", "n"])),
    ("\\p{Cs}", Some(&[])),
    ("\\P{Cs}", Some(&["a", "b", "A", "K", "k", "\u{212a}", "\u{17f}", "1", "_", "-", "\n", " ", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "]", "[", "\\", "n", "\u{1f600}"])),
    ("\\p{L}{2}", Some(&["ab", "aa", "a\u{e9}"])),
    ("\\A", Some(&[""])),
    ("\\Aa\\z", Some(&["a"])),
    ("a\\Z", None),
    ("\\bab\\b", Some(&["ab"])),
    ("a\\Bb", Some(&["ab"])),
    ("\\B\u{e9}", Some(&["\u{e9}"])),
    ("\\C", None),
    ("\\Qa.b\\E", Some(&["a.b"])),
    ("\\Qa*b", None),
    ("\\Qa\\E*", Some(&["", "a", "aa", "aaa"])),
    ("\\E", None),
    ("\\1", None),
    ("\\8", None),
    ("(a)\\1", None),
    ("\\12", Some(&["\n"])),
    ("\\0", Some(&[])),
    ("\\141", Some(&["a"])),
    ("\\x61", Some(&["a"])),
    ("\\x{61}", Some(&["a"])),
    ("\\x{0000061}", Some(&["a"])),
    ("\\x6", None),
    ("\\x{}", None),
    ("\\x{110000}", None),
    ("\\n", Some(&["\n"])),
    ("\\v", Some(&["\u{b}"])),
    ("\\a", Some(&[])),
    ("\\e", None),
    ("\\_", Some(&["_"])),
    ("\\-", Some(&["-"])),
    ("\\\u{e9}", None),
    ("\\y", None),
    ("\\\\", Some(&["\\"])),
    ("a\\", None),
    ("\\u0061", None),
    ("\\<", Some(&[])),
    ("\u{e9}", Some(&["\u{e9}"])),
    (".", Some(&["a", "b", "A", "K", "k", "\u{212a}", "\u{17f}", "1", "_", "-", " ", "\u{b}", "\u{e9}", "\u{c9}", "\u{3a9}", "]", "[", "\\", "n", "\u{1f600}"])),
    ("..", Some(&["ab", "aa", "a\u{e9}"])),
    ("\n", Some(&["\n"])),
];

#[test]
fn patterns_match_what_go_matches() {
    for (pattern, expected) in RECORDED {
        let found = Regex::new(pattern).ok().map(|regex| {
            TEXTS.iter().copied().filter(|text| regex.is_match(text)).collect::<Vec<_>>()
        });
        assert_eq!(found.as_deref(), *expected, "{pattern:?}");
    }
}

#[test]
fn the_fast_ways_match_what_the_engine_matches() {
    let pieces = ["a", "b", "-", ".", ".*", ".+", "\n", "\u{e9}"];
    let texts = ["", "a", "ab", "a-b", "ba", "aab", "a\nb", "\n", "\u{e9}a", "ab-ab", "bab\n-a"];
    for first in pieces {
        for second in pieces {
            for third in pieces {
                let pattern = format!("{first}{second}{third}");
                // The group changes nothing but the way.
                let (fast, slow) = (Regex::new(&pattern), Regex::new(&format!("(?:{pattern})")));
                let (Ok(fast), Ok(slow)) = (fast, slow) else {
                    panic!("{pattern} does not compile");
                };
                assert!(!matches!(fast.matcher, Matcher::Regex(_)), "{pattern}");
                assert!(matches!(slow.matcher, Matcher::Regex(_)), "{pattern}");
                for text in texts {
                    assert_eq!(fast.is_match(text), slow.is_match(text), "{pattern:?} {text:?}");
                }
            }
        }
    }
}

#[test]
fn a_plain_text_is_a_literal() {
    let literal =
        |pattern| Regex::new(pattern).ok().and_then(|r| r.as_literal().map(str::to_owned));
    assert_eq!(literal("tenant-1").as_deref(), Some("tenant-1"));
    assert_eq!(literal("apps/v1").as_deref(), Some("apps/v1"));
    for pattern in ["", "a.b", "tenant-.*", "a|b", "^a$"] {
        assert_eq!(literal(pattern), None, "{pattern}");
    }
}

#[test]
fn no_pattern_matches_everything() {
    assert!(Regex::new("").is_ok_and(|regex| regex.is_match("") && regex.is_match("a\nb")));
}

#[test]
fn patterns_made_to_be_slow_are_matched_in_linear_time_or_refused() {
    let slow = Regex::new("(a*)*(a|aa)+(.*.*.*)x");
    assert!(slow.is_ok_and(|regex| !regex.is_match(&"a".repeat(10_000))));
    let wildcard = Regex::new(&".*a".repeat(40));
    assert!(wildcard.is_ok_and(|regex| !regex.is_match(&format!("{}b", "a".repeat(10_000)))));
    let fault = |pattern: &str| Regex::new(pattern).err().map(|error| error.fault);
    assert_eq!(fault(r"(?:\pL\pN\pM\pS){250}"), Some(RegexFault::TooLarge));
    let deep = |levels: usize| format!("{}a{}", "(".repeat(levels), ")".repeat(levels));
    assert_eq!(fault(&deep(240)), None);
    assert_eq!(fault(&deep(100_000)), Some(RegexFault::TooDeep { limit: 250 }));
}

#[test]
fn a_fault_says_what_to_write() {
    for (pattern, message) in [
        (
            "*-config",
            "`*-config` is no regular expression: `*` has nothing before it to repeat; `*` by itself is `\\*`, any text is `.*`",
        ),
        ("a(b", "`a(b` is no regular expression: a `(` has no `)`; a `(` by itself is `\\(`"),
        (
            "(?!a)b",
            "`(?!a)b` is no regular expression: `(?!` is nothing that Go's regular expressions have",
        ),
        ("[z-a]", "`[z-a]` is no regular expression: there is no class or range `z-a`"),
        (
            r"a\y",
            r"`a\y` is no regular expression: there is no escape `\y`; a backslash by itself is `\\`",
        ),
    ] {
        let error = Regex::new(pattern).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some(message));
    }
}
