//! Scalars that YAML readers and writers get wrong.

use super::dice::Dice;
use super::value::Value;

/// What may stand unquoted as a value, and that one reader or another takes for something else than text.
pub(super) const TOKENS: &[&str] = &[
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "Yes",
    "NO",
    "On",
    "OFF",
    "true",
    "false",
    "True",
    "FALSE",
    "null",
    "Null",
    "NULL",
    "~",
    "",
    "0777",
    "0o17",
    "0O17",
    "017",
    "08",
    "09",
    "00",
    "-0",
    "+1",
    "+0x1F",
    "0x1F",
    "0X1f",
    "0b101",
    "-0b1",
    "1_000",
    "1_000.5",
    "_1",
    "1__0",
    "1e3",
    "1E3",
    "1e+3",
    "1e-3",
    "1.5e300",
    "1e400",
    ".5",
    "5.",
    "-.5",
    "+.5",
    "1.",
    "1.0",
    "1.50",
    "0.1",
    "100000000000000000000",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678",
    "0.30000000000000004",
    "1e21",
    "1e20",
    "123456789.123456789",
    "inf",
    "nan",
    "NaN",
    "1:30",
    "190:20:30",
    "1:60",
    "12:30:45.5",
    "2001-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43.10 -5",
    "2001-12-15 2:59:43.10",
    "2001-1-1",
    "2024-02-30",
    "<<",
    "=",
    "1.2.3",
    "v1",
    "1.21",
    "1e",
    "e3",
    "0x",
    "0xg",
    "0b2",
    "1,000",
    "a b",
    "a:b",
    "a#b",
    "--",
    "---a",
    "-a",
    "?a",
    ":a",
    "a?",
    "100m",
    "5Gi",
    "50%",
    "1/2",
    "http://acme.example/a?b=c#d",
    "*.acme.example",
    "é",
    "日本",
    "🚀",
    "a\u{a0}b",
    "12e03",
    "0.0",
    "-1",
    "1e1",
    "6.02e23",
    "0e0",
    "1_",
    "0_7",
    "0o8",
    "0o_7",
    "1:2:3",
    "-1:30",
    "0:00",
    "Infinity",
    "undefined",
    "None",
    "nil",
    "!",
];

/// What JSON has no numbers for, so that much is refused.
const NO_NUMBERS: &[&str] = &[".inf", "-.inf", "+.inf", ".Inf", ".INF", ".nan", ".NaN"];

/// What many a writer refuses.
const CONTROL: &[&str] =
    &["\u{0}", "a\u{1}b", "\u{7}", "\u{8}", "\u{1b}[31m", "\u{7f}", "\u{9f}", "\u{ffff}", "\u{85}"];

/// Strings whose quoting is a decision.
const TEXTS: &[&str] = &[
    "",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    " a",
    "a ",
    "\ta",
    "a\t",
    "a\tb",
    "a\n",
    "a\n\n",
    "\na",
    "a\nb",
    "a\n\nb",
    "a\nb\n",
    "  a\nb\n",
    "a\n  b\nc\n",
    "a \nb \n",
    "a\n \nb",
    "\ta\n\tb\n",
    "#",
    "# a",
    "a #b",
    "a# b",
    "a: b",
    "a:",
    ":",
    ": a",
    "-",
    "- a",
    "--- a",
    "---",
    "...",
    "... a",
    "?",
    "? a",
    "!",
    "!a",
    "!!str a",
    "&a",
    "&a b",
    "*a",
    "%a",
    "@a",
    "`a`",
    "|",
    "|-",
    ">",
    ">+",
    "{",
    "}",
    "{}",
    "[]",
    "{a: b}",
    "[a, b]",
    "a, b",
    "a]b",
    "'",
    "''",
    "'a'",
    "\"",
    "\"a\"",
    "it's",
    "say \"hi\"",
    "\\",
    "\\n",
    "C:\\path\\",
    "a\\\nb",
    "a\u{85}b",
    "a\u{2028}b",
    "a\u{2029}b",
    "a\u{a0}b",
    "\u{a0}",
    "\u{feff}",
    "a\u{feff}b",
    "\u{feff}a",
    "a\rb",
    "a\r\nb\r\n",
    "\r",
    "é",
    "日本語",
    "🚀",
    "a🚀b",
    "👩‍👩‍👧",
    "\u{301}",
    "\u{200b}",
    "\u{fffd}",
    "\u{10ffff}",
    "\u{e000}",
    "$(VAR)",
    "$$(VAR)",
    "$(VAR",
    "${VAR}",
    "{{ .Values.a }}",
    "%{a}",
    "a=b",
    "=",
    "==",
    "a=b=c",
    "null\n",
    "yes\n",
    "1\n",
    "- a\n- b\n",
    "a: b\nc: d\n",
    "{\"a\": 1}",
    "{\"a\": [1, 2, {\"b\": null}]}\n",
    "#!/bin/sh\nset -e\necho \"$A\"\n",
    "key: |\n  block\n",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "SGVsbG8=",
    "<html>&amp;</html>",
    "a<b>&c",
    "\u{2028}",
    "<<",
    "a\n#b\nc",
    "a\n# b\n",
    "a b  c   d",
    "trailing: ",
    "x\n\n\n",
    "\n\n\nx\n",
    " x\n y\n",
    "   x\n  y\n z\n",
    "a\n\tb\n  c\n",
];

/// A scalar, unquoted or not.
pub(super) fn scalar(dice: &mut Dice) -> Value {
    match dice.number(0..=9) {
        0 if dice.chance(0.1) => Value::plain(dice.pick(NO_NUMBERS)),
        0..=4 => Value::plain(dice.pick(TOKENS)),
        5..=8 => Value::Text(text(dice)),
        _ => Value::Null,
    }
}

/// A string.
pub(super) fn text(dice: &mut Dice) -> String {
    match dice.number(0..=19) {
        0 if dice.chance(0.1) => (*dice.pick(CONTROL)).to_owned(),
        1 if dice.chance(0.2) => (*dice.pick(NO_NUMBERS)).to_owned(),
        0..=4 => (*dice.pick(TOKENS)).to_owned(),
        5..=13 => (*dice.pick(TEXTS)).to_owned(),
        14 | 15 => format!("{}{}", dice.pick(TEXTS), dice.pick(TEXTS)),
        16 => long(dice),
        17 => lines(dice),
        _ => noise(dice),
    }
}

/// A string without line breaks and control characters, as an environment file or a flag would hold it.
pub(super) fn line(dice: &mut Dice) -> String {
    loop {
        let text = text(dice);
        if !text
            .chars()
            .any(|char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}'))
        {
            return text;
        }
    }
}

/// A string that may be a label's value.
pub(super) fn label(dice: &mut Dice) -> String {
    const VALUES: &[&str] = &[
        "",
        "yes",
        "no",
        "on",
        "true",
        "null",
        "0777",
        "1e3",
        "1_000",
        "2001-01-01",
        "1.0",
        "0x1F",
        "y",
        "N",
        "a",
        "a.b",
        "A-b_c.d",
        "123",
        "0o17",
        "1.50",
        "00",
        "v1",
        "x9",
    ];
    (*dice.pick(VALUES)).to_owned()
}

/// A line longer than any emitter's width, with and without places to break it.
fn long(dice: &mut Dice) -> String {
    let word = *dice.pick(&["a", "word", "x:", "#", "long-word-without-breaks-", "é", "\"", "1"]);
    let gap = *dice.pick(&[" ", "", "  ", ", ", ": "]);
    let mut text = vec![word; dice.number(20..=120)].join(gap);
    if dice.chance(0.2) {
        text.push('\n');
    }
    text
}

fn lines(dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..dice.number(2..=7) {
        text.push_str(*dice.pick(&["", "", "  ", " ", "\t", "    "]));
        text.push_str(*dice.pick(&[
            "", "a", "a: b", "# c", "- d", "'e'", "\"f\"", "g ", "\\", "---", "日本", "key:", "{",
            "a  b",
        ]));
        text.push('\n');
    }
    if dice.chance(0.4) {
        text.pop();
    }
    text
}

fn noise(dice: &mut Dice) -> String {
    const CHARS: &[char] = &[
        'a', 'b', '0', '1', ' ', ' ', ':', '#', '-', '\'', '"', '\\', '\n', '\t', ',', '[', ']',
        '{', '}', '&', '*', '!', '|', '>', '%', '@', '`', '?', '=', '~', '.', '/', '<', '_', '$',
        '(', ')', 'é', '🚀', '\u{a0}', '\u{2028}',
    ];
    (0..dice.number(1..=12)).map(|_| *dice.pick(CHARS)).collect()
}
