//! Substitution of variables in texts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use tenantry::flux::substitute::{EvaluateError, Template};

use super::{Random, ask};

#[derive(Clone, Debug)]
struct Case {
    text: String,
    variables: BTreeMap<String, String>,
    strict: bool,
}

impl Case {
    fn question(&self) -> Json {
        json!({"text": self.text, "variables": self.variables, "strict": self.strict})
    }

    /// How our result differs from the peer's.
    fn difference(&self, peer: &Json) -> Option<String> {
        let ours = self.ours();
        let is_equal = match &ours {
            Ok(text) => peer["text"] == **text,
            Err(Trouble::Syntax(_)) => {
                let told = peer["error"].as_str().unwrap_or_default();
                ["bad substitution", "missing closing brace", "unable to parse"]
                    .iter()
                    .any(|beginning| told.starts_with(beginning))
            }
            Err(Trouble::Values(EvaluateError::NotSet(variables))) => {
                let told = peer["error"].as_str().unwrap_or_default();
                variables.iter().any(|variable| {
                    told == format!("variable not set (strict mode): {:?}", variable.name)
                })
            }
            Err(Trouble::Values(EvaluateError::EndBeforeBegin { .. })) => {
                peer["panic"].as_str().is_some_and(|told| told.contains("slice bounds"))
            }
            Err(Trouble::Values(EvaluateError::NotUtf8 { .. })) => peer["error"] == "not UTF-8",
            Err(Trouble::Values(EvaluateError::TooMuch { .. })) => false,
        };
        (!is_equal).then(|| format!("{self:?}\n  ours {ours:?}\n  peer {peer}\n"))
    }

    fn ours(&self) -> Result<String, Trouble> {
        let template = Template::parse(&self.text).map_err(|error| {
            assert!(self.text.is_char_boundary(error.at), "{self:?}: {error:?}");
            Trouble::Syntax(error.to_string())
        })?;
        for reference in template.references() {
            let whole = &self.text[reference.range.clone()];
            let name = format!("{}{}", reference.name, reference.operator);
            assert!(whole.starts_with("${") && whole.ends_with('}'), "{self:?}: {reference:?}");
            assert!(
                whole[2..].starts_with(&name)
                    || whole[2..].starts_with(&format!("#{}", reference.name)),
                "{self:?}: {reference:?}"
            );
        }
        let lookup = |name: &str| self.variables.get(name).map(String::as_str);
        template.evaluate(&lookup, self.strict).map_err(Trouble::Values)
    }
}

#[derive(Debug)]
enum Trouble {
    #[expect(dead_code, reason = "it is for who reads a difference")]
    Syntax(String),
    Values(EvaluateError),
}

fn compare(cases: &[Case], seed: Option<u64>) {
    let answers = ask("substitute", cases.iter().map(Case::question).collect());
    let differences: Vec<String> =
        cases.iter().zip(&answers).filter_map(|(case, peer)| case.difference(peer)).collect();
    let mut shown = String::new();
    for difference in differences.iter().take(20) {
        shown += difference;
    }
    if let Some(seed) = seed {
        let texts = answers.iter().filter(|answer| answer["text"].is_string()).count();
        write!(shown, "seed {seed}, {texts} of {} give a text", cases.len()).unwrap();
        // A generator whose texts are all broken would compare nothing.
        assert!(texts * 4 > cases.len(), "{shown}");
    }
    assert!(differences.is_empty(), "{} differ:\n{shown}", differences.len());
}

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

const TEXTS: &[&str] = &[
    "",
    "plain",
    "a $ b",
    "$",
    "$$",
    "$$$",
    "$${a}",
    "$$${a}",
    "$$$${a}",
    "${a}",
    "${",
    "${}",
    "${a",
    "}",
    "{a}",
    "$a",
    "${a}${b}",
    "${a}}",
    "${ a}",
    "${a }",
    "${9}",
    "${é}",
    "${日本}",
    "${_}",
    "${a.b}",
    "${a-b}",
    "${a٣}",
    "${١}",
    "${aⅣ}",
    "${a²}",
    "x\0${",
    "${a\0}",
    "${a:\0}",
    "${a:=\0}",
    "${a/\0}",
    // Defaults.
    "${u:=}",
    "${u:-}",
    "${u=}",
    "${u:=x}",
    "${u:-x}",
    "${u:?x}",
    "${u:+x}",
    "${u=x}",
    "${u-x}",
    "${u?x}",
    "${u+x}",
    "${a:=x}",
    "${a:+x}",
    "${a:?x}",
    "${e:=x}",
    "${e=x}",
    "${e:+x}",
    "${u:==x}",
    "${u==x}",
    "${u:=${a}}",
    "${u:=${v}}",
    "${u:=x${a}y${b}z}",
    "${u:=$$}",
    "${u:=$x}",
    "${u:=\\}}",
    "${u:=\\/}",
    "${u:={}}",
    "${u:=x",
    "${u:=${a}",
    "${u:=${a",
    "${u:=\n}",
    "${u:=a b}",
    "${a:=${v}}",
    "${u:=$${a}}",
    // Parts.
    "${a:0}",
    "${a:1}",
    "${a:-1}",
    "${a: -1}",
    "${a:+1}",
    "${a:9}",
    "${a:1:2}",
    "${a:1:-1}",
    "${a:-2:1}",
    "${a:0:0}",
    "${a:3:-2}",
    "${a:9:-8}",
    "${a:9:-1}",
    "${a:0:-1}",
    "${a:x}",
    "${a:1:x}",
    "${a:x:1}",
    "${a:}",
    "${a::}",
    "${a::2}",
    "${a:1:}",
    "${a:1::2}",
    "${a:1:::2}",
    "${a:1:2:3}",
    "${a:${n}}",
    "${a:${n}:${n}}",
    "${a:1${n}}",
    "${a:${n}1}",
    "${a:1:${n}1}",
    "${a:9223372036854775807:1}",
    "${a:0:9223372036854775807}",
    "${a:1:9223372036854775807}",
    "${a:9223372036854775808}",
    "${a:-9223372036854775808}",
    "${a:00}",
    "${a:+0}",
    "${a:0x1}",
    "${a:1_0}",
    "${a:é}",
    "${a:日}",
    "${a:",
    "${a:1",
    "${a:1:",
    "${d:0:1}",
    "${d:1}",
    "${d:0:2}",
    "${d:0:1}${d:1}",
    "${u:=${d:0:1}}",
    "${a:=${d:0:1}}",
    "${e:0}",
    "${u:0:1}",
    // Lengths.
    "${#a}",
    "${#}",
    "${#d}",
    "${#u}",
    "${#a:=x}",
    "${#a",
    "${##a}",
    "${# a}",
    "${##}",
    "${#9}",
    // Case.
    "${a^}",
    "${a^^}",
    "${a,}",
    "${a,,}",
    "${a,^}",
    "${a^,}",
    "${a^^^}",
    "${a,,,}",
    "${a^x}",
    "${d^}",
    "${d^^}",
    "${s^^}",
    "${s^}",
    "${g,,}",
    "${i,,}",
    "${i,}",
    "${u^^}",
    "${e^}",
    "${a^",
    "${a,^,}",
    // Trimming.
    "${p#*/}",
    "${p##*/}",
    "${p%/*}",
    "${p%%/*}",
    "${p#a}",
    "${p%c}",
    "${p#}",
    "${p%}",
    "${p###x}",
    "${p#%x}",
    "${p%#c}",
    "${p%%%}",
    "${p#[a-c]}",
    "${p#[^b]}",
    "${p#[}",
    "${p#[a}",
    "${p#[]a]}",
    "${p##[a-}",
    "${p#?}",
    "${p##?*?}",
    "${p#\\a}",
    "${p#a\\}",
    "${p#*}",
    "${p##*}",
    "${p%*}",
    "${p%%*}",
    "${d#?}",
    "${d%?}",
    "${d##??}",
    "${d%é}",
    "${d#[à-ü]}",
    "${d%[à-ü]}",
    "${p#${b}}",
    "${p#a${b}}",
    "${p#${u}}",
    "${p%${u}}",
    "${e#x}",
    "${p#x[}",
    "${p##**b*}",
    "${p#a/b/c}",
    "${p##a/b/c}",
    "${p#[[]}",
    "${k#[[]}",
    "${k#[]]}",
    "${k#\\[}",
    "${k#\\*}",
    "${p#*[}",
    "${p#*[z}",
    "${p#a*[z}",
    "${p%[}",
    "${p#[a*]}",
    "${p#[a]*b}",
    "${x#[\u{FFFD}]}",
    "${x#${q/x/${d:0:1}}}",
    "${d#${d:0:1}}",
    "${d%${d:0:1}}",
    "${d#[${d:0:1}]}",
    "${p#a",
    "${p#",
    "${d#*${d:1:1}}",
    // Replacing.
    "${p/b/x}",
    "${p//b/x}",
    "${p/#a/x}",
    "${p/%c/x}",
    "${p/#b/x}",
    "${p/%b/x}",
    "${p/b/}",
    "${p//b/}",
    "${p/#a/}",
    "${p/%c/}",
    "${p/b}",
    "${p//b}",
    "${p/b//}",
    "${p/b//x}",
    "${p/b///x}",
    "${p/\\//x}",
    "${p//\\//x}",
    "${p/b/\\/}",
    "${p/b/\\\\}",
    "${p/b/\\x}",
    "${p/\\b/x}",
    "${p/b/$$}",
    "${p/$$/x}",
    "${p/b/x/y}",
    "${p/${b}/x}",
    "${p/b/${a}}",
    "${p/${b}/${a}}",
    "${p/x${b}/y}",
    "${p/b/x${a}}",
    "${p/${u}/x}",
    "${p//${u}/x}",
    "${d//${u}/x}",
    "${p/#${u}/x}",
    "${p/%${u}/x}",
    "${p/}/x}",
    "${p/b}/x}${a}",
    "${p///x}",
    "${p////x}",
    "${p/",
    "${p/b",
    "${p/b/",
    "${p/b/x",
    "${p/*/x}",
    "${p//?/x}",
    "${e//${u}/x}",
    "${o//aa/b}",
    "${o/aa/b}",
    "${o/%aa/b}",
    "${o/#aa/b}",
    "${d/${d:0:1}/x}",
    "${d//${d:1:1}/x}",
    "${d/#${d:0:1}/x}",
    "${d/%${d:1}/x}",
    "${p/\\${b}/x}",
    "${p/b/\\${a}}",
    "${p/b/$${a}}",
    "${p/$${b}/x}",
    "${p/b/}}",
    "${p//\\/}",
    "${p/\\\\/x}",
    "${p/#/x}",
    "${p/%/x}",
    // Nesting.
    "${u:=${u:=${u:=${a}}}}",
    "${u:=${v}${a}",
    "${p/${p/a/b}/${p//b/${a}}}",
    "${a:=${b:=${v}}}",
    "${u:=${u:=${v}}}",
    "${u:=$${a}b}",
    "${p/x/${p/\\/b/c}}",
    "a${u:=\\$$}b",
    "${u:=${a}$$${b}}$$",
];

#[test]
#[ignore = "needs Flux's code in Go: run tests/peers/flux.sh"]
fn every_form_gives_what_flux_gives() {
    let variables = variables(&[
        ("a", "value"),
        ("b", "b"),
        ("e", ""),
        ("n", "1"),
        ("p", "a/b/c"),
        ("d", "éaü"),
        ("s", "straße ǆ ŉ ᾳ ⅳ"),
        ("g", "ΣΑΣ Σ"),
        ("i", "İI"),
        ("k", "[*]"),
        ("o", "aaaaa"),
        ("x", "\u{FFFD}x"),
        ("q", "[x]"),
        ("9", "nine"),
        ("é", "e"),
        ("日本", "Japan"),
        ("a٣", "three"),
        ("_", "_"),
    ]);
    let cases: Vec<Case> = TEXTS
        .iter()
        .flat_map(|text| [false, true].map(|strict| (text, strict)))
        .map(|(text, strict)| Case {
            text: (*text).to_owned(),
            variables: variables.clone(),
            strict,
        })
        .collect();
    compare(&cases, None);
}

#[test]
#[ignore = "needs Flux's code in Go: run tests/peers/flux.sh"]
fn any_text_gives_what_flux_gives() {
    let mut random = Random::new();
    let cases: Vec<Case> = (0..Random::cases(2_000))
        .map(|_| {
            let mut text = template(&mut random, 0);
            if random.one_in(3) {
                spoil(&mut random, &mut text);
            }
            let strict = random.one_in(3);
            Case { text, variables: values(&mut random), strict }
        })
        .collect();
    compare(&cases, Some(random.seed));
}

const NAMES: &[&str] = &["a", "b", "c", "n", "é", "_x", "Long_Name9"];

fn values(random: &mut Random) -> BTreeMap<String, String> {
    const PIECES: &[&str] = &[
        "a", "b", "c", "A", "B", "/", ".", "-", "1", "é", "ß", "Σ", "日", "😀", "*", "?", "[", "]",
        "\\", "$", "{", "}", "ab", "abc", "aa", " ", "\n", "\u{FFFD}", "\u{130}", "ᾳ",
    ];
    let mut values = BTreeMap::new();
    for name in NAMES {
        if !random.one_in(5) {
            let value = match *name {
                "n" => random.of(NUMBERS).to_owned(),
                _ => random.text(PIECES, 8),
            };
            values.insert((*name).to_owned(), value);
        }
    }
    values
}

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "-1",
    "-2",
    "-3",
    "-4",
    "+1",
    "10",
    "-10",
    "x",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
];

fn template(random: &mut Random, depth: usize) -> String {
    const PIECES: &[&str] = &["a", "x", " ", "\n", "$", "$$", "}", "{", "é", "\\", "/", ":", "="];
    let mut text = String::new();
    for _ in 0..1 + random.below(3) {
        text += &random.text(PIECES, 2);
        text += &reference(random, depth);
    }
    text + &random.text(PIECES, 2)
}

fn reference(random: &mut Random, depth: usize) -> String {
    const LETTERS: &[&str] =
        &["a", "b", "c", "ab", "é", "日", "*", "?", "[ab]", "[^a]", "[a-c]", "/", "aa", "\\"];
    const PATTERN: &[&str] =
        &["a", "b", "ab", "é", "*", "?", "[ab]", "[", "]", "\\/", "\\\\", "$$", "-", "^"];
    const REPLACED: &[&str] = &["a", "b", "ab", "aa", "é", "\\/", "\\\\", "$$", "\\", "}", "1"];
    let name = random.of(NAMES);
    let body = match random.below(12) {
        0 | 1 => name.to_owned(),
        2..=4 => {
            let operator = random.of(&[":=", ":-", "=", ":?", ":+"]);
            let default = match random.below(4) {
                0 => String::new(),
                1 if depth < 3 => template(random, depth + 1).replace('}', ""),
                _ => random.text(LETTERS, 3) + &argument(random, depth, LETTERS),
            };
            format!("{name}{operator}{default}")
        }
        5 => {
            let offset = number(random, depth);
            let length = number(random, depth);
            match random.below(3) {
                0 => format!("{name}:{offset}"),
                1 => format!("{name}:{offset}:{length}"),
                _ => format!("{name}:{offset}{}{length}", random.of(&[":", "::", "", ":::"])),
            }
        }
        6 => format!("#{name}"),
        7 => format!("{name}{}", random.of(&["^", "^^", ",", ",,", ",^", "^,", "^^^"])),
        8 | 9 => {
            let operator = random.of(&["#", "##", "%", "%%"]);
            format!("{name}{operator}{}", argument(random, depth, PATTERN))
        }
        _ => {
            let operator = random.of(&["/", "//", "/#", "/%"]);
            let search = argument(random, depth, REPLACED);
            let with = argument(random, depth, REPLACED);
            let slash = random.of(&["/", "/", "/", "/", "/", "//", ""]);
            format!("{name}{operator}{search}{slash}{with}")
        }
    };
    format!("${{{body}}}")
}

fn argument(random: &mut Random, depth: usize, pieces: &[&str]) -> String {
    if depth < 3 && random.one_in(4) {
        return reference(random, depth + 1);
    }
    random.of(pieces).to_owned() + &random.text(pieces, 2)
}

fn number(random: &mut Random, depth: usize) -> String {
    if depth < 3 && random.one_in(6) {
        return reference(random, depth + 1);
    }
    random.of(NUMBERS).to_owned()
}

/// Puts in, or takes out, a few characters.
fn spoil(random: &mut Random, text: &mut String) {
    const PIECES: &[&str] = &[
        "$", "{", "}", "${", ":", "=", "#", "%", "/", "\\", "^", ",", "-", "+", "?", "\0", "é",
        "日", "😀", "a", "$$", "[", "]", "*",
    ];
    for _ in 0..1 + random.below(2) {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let at = random.of(&places);
        if random.one_in(2) {
            text.remove(at);
        } else {
            text.insert_str(at, random.of(PIECES));
        }
        if text.is_empty() {
            return;
        }
    }
}

#[test]
#[ignore = "needs Flux's code in Go: run tests/peers/flux.sh"]
fn every_character_is_folded_as_flux_folds_it() {
    let all: String = ('\0'..=char::MAX).collect();
    let cases = ["${v^^}", "${v,,}"].map(|text| Case {
        text: text.to_owned(),
        variables: variables(&[("v", &all)]),
        strict: true,
    });
    let answers = ask("substitute", cases.iter().map(Case::question).collect());
    for (case, peer) in cases.iter().zip(answers) {
        let ours = case.ours().unwrap();
        let folds = ours.chars().zip(peer["text"].as_str().unwrap().chars());
        for (character, (ours, peer)) in all.chars().zip(folds) {
            assert_eq!(ours, peer, "{} of {character:?}", case.text);
        }
        assert_eq!(peer["text"], ours);
    }
}

#[test]
#[ignore = "needs Flux's code in Go: run tests/peers/flux.sh"]
fn every_character_is_of_a_name_if_it_is_for_flux() {
    let named = |characters: &str| Case {
        text: format!("${{{characters}}}"),
        variables: BTreeMap::new(),
        strict: false,
    };
    // Each run of letters is one name; of what is beyond the planes that have letters, a part.
    let mut cases = Vec::new();
    let mut run = String::new();
    for character in '\u{1}'..=char::MAX {
        let one = character.to_string();
        if named(&one).ours().is_ok() {
            run += &one;
            continue;
        }
        if !run.is_empty() {
            cases.push(named(&std::mem::take(&mut run)));
        }
        if character < '\u{33000}' || u32::from(character) % 61 == 0 {
            cases.push(named(&one));
        }
    }
    compare(&cases, None);
}
