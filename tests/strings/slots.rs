//! Places for texts in a description: what a place takes, what marks it, and how its text is written elsewhere.

use proptest::prelude::*;
use proptest::string::string_regex;
use regex::Regex;
use serde_json::Value as Json;
use tenantry::path::RepoPath;
use tenantry::spec::text::{
    ClusterName, ComponentName, Duration, Endpoint, EnvironmentName, ExactVersion, GitCommit,
    GitRef, GitUrl, HelmUrl, ImageName, ItemName, Kind, LabelKey, LabelValue, NamespaceName,
    ObjectApiVersion, ObjectName, OciDigest, OciTag, OciUrl, Owner, PlatformName, Quantity,
    ResourceName, Rule, SemverRange, SourcePath, SourcePattern, TenantName, VariableName,
};

/// A place for a text: `<name:kind>` in a description.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// As it stands in the description, angle brackets included.
    pub(crate) token: String,
    /// What it takes.
    pub(crate) kind: String,
    /// A text that stands nowhere else.
    pub(crate) marker: String,
}

/// How a text is written where it is a part of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Same,
    /// In a regular expression.
    Regex,
    /// In a glob whose `*` stands for anything.
    Glob,
    /// In a JSON pointer.
    Pointer,
    /// In a pattern of gitignore.
    Ignore,
    /// As the host that an address names.
    Host,
    /// In a file without syntax of its own, to which a text adds no line.
    Plain,
}

impl Form {
    /// A text of a kind in this form.
    pub(crate) fn write(self, kind: &str, text: &str) -> String {
        match self {
            // A tag of an OCI artifact cannot hold a `+`.
            Self::Same if kind == "chart-tag" => text.replace('+', "_"),
            Self::Same => text.to_owned(),
            Self::Glob => text.replace("**", "*"),
            Self::Regex if matches!(kind, "subject" | "pattern") => wildcards(text),
            Self::Regex => regex::escape(text),
            Self::Pointer => text.replace('~', "~0").replace('/', "~1"),
            Self::Plain => text.replace(ends_line, " "),
            Self::Host => {
                let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
                rest.split('/').next().unwrap_or_default().to_owned()
            }
            Self::Ignore => {
                let mut out = String::new();
                for c in text.chars() {
                    if " #!*?[]\\".contains(c) {
                        out.push('\\');
                    }
                    out.push(if ends_line(c) { '?' } else { c });
                }
                out
            }
        }
    }
}

/// Whether some reader of a text takes a character as the end of a line, or as no part of a line.
fn ends_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// `**` is anything, `*` anything but `/`, all else is meant to the letter.
fn wildcards(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (piece, expression) = if rest.starts_with("**") {
            ("**", ".*".to_owned())
        } else if c == '*' {
            ("*", "[^/]*".to_owned())
        } else {
            (&rest[..c.len_utf8()], regex::escape(&rest[..c.len_utf8()]))
        };
        out += &expression;
        rest = &rest[piece.len()..];
    }
    out
}

impl Slot {
    pub(crate) fn new(token: &str, index: usize) -> Self {
        let kind = token.trim_matches(['<', '>']).split_once(':').unwrap().1;
        let name = format!("mark{index:03}x");
        let number = format!("7{index:03}1");
        let marker = match kind {
            "git-url" | "https-url" | "helm-url" => format!("https://{name}.example/x"),
            "ssh-url" => format!("ssh://git@{name}.example/x"),
            "oci-url" | "registry" => format!("oci://{name}.example/x"),
            "image" | "pattern" | "image-pattern" => format!("{name}.example/x"),
            "label-key" => format!("{name}.example/x"),
            "resource" => format!("count/{name}.example"),
            "git-ref" => format!("{name}/x"),
            "part" => format!("{name} b"),
            "source-path" => format!("./{name}/x"),
            "owner" => format!("{name}@acme.example"),
            "duration" => format!("{number}s"),
            "quantity" => format!("{number}Ki"),
            "version" | "flux-version" | "chart-tag" => format!("{number}.0.3"),
            "semver" => format!(">={number}.0.3"),
            "cidr" => format!("10.20.{index}.0/25"),
            "commit" => format!("{index:04x}").repeat(10),
            "digest" => format!("sha256:{}", format!("{index:04x}").repeat(16)),
            "kind" => format!("M{name}"),
            "api-version" => format!("{name}.example/v1"),
            "variable" => name.to_uppercase(),
            "text" | "said" | "optional" | "no-colon" | "issuer" | "subject" | "tree" => {
                format!("{name}.text")
            }
            _ => name,
        };
        Self { token: token.to_owned(), kind: kind.to_owned(), marker }
    }

    /// The forms in which the text may stand as a part of others.
    pub(crate) fn forms(&self) -> &'static [Form] {
        match &*self.kind {
            "image-pattern" => &[Form::Glob],
            "issuer" | "subject" | "pattern" => &[Form::Same, Form::Regex],
            "registry" => &[Form::Same, Form::Host],
            _ => &[Form::Same],
        }
    }

    /// Values for the place; most of them, and not all, are ones that it takes.
    pub(crate) fn values(&self) -> BoxedStrategy<Json> {
        if self.kind == "tree" {
            return trees();
        }
        let strategy = match &*self.kind {
            "text" | "optional" => hostile(),
            "issuer" | "subject" | "said" => {
                hostile().prop_filter("says something", |text| !text.is_empty()).boxed()
            }
            "no-colon" => hostile().prop_map(|text| text.replace(':', "")).boxed(),
            "regex" => hostile().prop_map(|text| regex::escape(&text)).boxed(),
            "cidr" => prop::sample::select(
                &["0.0.0.0/0", "10.0.0.0/8", "::/0", "fc00::/7", "::ffff:1.2.3.4/96"][..],
            )
            .prop_map(str::to_owned)
            .boxed(),
            "part" => {
                let drawn = string_regex("[^/\\\\\\x00-\\x1f\\x7f-\\x9f]{1,24}").unwrap();
                prop_oneof![hostile(), drawn]
                    .prop_filter("a part of a path", |text| {
                        !text.contains('/')
                            && RepoPath::new(text).is_ok_and(|path| path.as_str() == text)
                    })
                    .boxed()
            }
            kind => rule(kind),
        };
        strategy.prop_map(Json::from).boxed()
    }
}

/// Texts of a kind with a rule: what is hostile and follows it, and whatever else follows it.
fn rule(kind: &str) -> BoxedStrategy<String> {
    let rule: Rule = match kind {
        "name" => ItemName::RULE,
        "platform" => PlatformName::RULE,
        "environment" => EnvironmentName::RULE,
        "cluster" => ClusterName::RULE,
        "component" | "release" => ComponentName::RULE,
        "tenant" => TenantName::RULE,
        "namespace" => NamespaceName::RULE,
        "object" => ObjectName::RULE,
        "owner" => Owner::RULE,
        "git-url" | "https-url" | "ssh-url" => GitUrl::RULE,
        "oci-url" | "registry" => OciUrl::RULE,
        "helm-url" => HelmUrl::RULE,
        "git-ref" => GitRef::RULE,
        "commit" => GitCommit::RULE,
        "version" | "flux-version" | "chart-tag" => ExactVersion::RULE,
        "oci-tag" => OciTag::RULE,
        "digest" => OciDigest::RULE,
        "semver" => SemverRange::RULE,
        "endpoint" => Endpoint::RULE,
        "image" => ImageName::RULE,
        "source-path" => SourcePath::RULE,
        "pattern" | "image-pattern" => SourcePattern::RULE,
        "label-key" => LabelKey::RULE,
        "label" => LabelValue::RULE,
        "variable" => VariableName::RULE,
        "duration" => Duration::RULE,
        "quantity" => Quantity::RULE,
        "resource" => ResourceName::RULE,
        "kind" => Kind::RULE,
        "api-version" => ObjectApiVersion::RULE,
        other => panic!("no rule for {other}"),
    };
    let pattern = Regex::new(rule.pattern).unwrap();
    let begins = match kind {
        "https-url" => "https://",
        "helm-url" => "http",
        "ssh-url" => "ssh://",
        _ => "",
    };
    let ends_open = kind == "image-pattern";
    let leading_v = kind == "flux-version";
    let fits = move |text: &String| {
        text.chars().count() <= rule.max
            && pattern.is_match(text)
            && text.starts_with(begins)
            && !(ends_open && text.ends_with('*'))
            && !(leading_v && text.starts_with('v'))
    };
    let pattern = rule.pattern.trim_start_matches('^').trim_end_matches('$');
    // Few repetitions: they multiply.
    let short = [("]*", "]{0,6}"), ("]+", "]{1,6}"), (")*", "){0,2}"), (")+", "){1,2}")]
        .iter()
        .fold(pattern.to_owned(), |pattern, (open, few)| pattern.replace(open, few));
    let drawn = string_regex(&short).unwrap();
    let fitting: Vec<String> =
        HOSTILE.iter().map(|text| (*text).to_owned()).filter(|text| fits(text)).collect();
    let drawn = drawn.prop_filter("the rule", fits).boxed();
    if fitting.is_empty() {
        return drawn;
    }
    prop_oneof![prop::sample::select(fitting), drawn].boxed()
}

/// Texts that YAML, templates, shells and Flux read as something else.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "a",
    "-",
    "?",
    ":",
    ",",
    "~",
    "null",
    "Null",
    "true",
    "yes",
    "No",
    "on",
    "y",
    "n",
    "0",
    "0777",
    "0o17",
    "0x1f",
    "0b1",
    "1e3",
    "1E3",
    ".5",
    "5.",
    "-0",
    "+1",
    "1_000",
    ".inf",
    "-.INF",
    ".nan",
    "12:30:45",
    "190:20",
    "2001-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "1.0",
    "1.10.0",
    "1.0.0-0777",
    "1.0.0+e3",
    "0e0m",
    "1e3s",
    "[",
    "]",
    "{",
    "}",
    "[a]",
    "{a: b}",
    "a: b",
    "a:",
    ": a",
    "a #b",
    "#a",
    "- a",
    "? a",
    "&a",
    "*a",
    "!a",
    "!!int 1",
    "|",
    ">",
    ">-",
    "%YAML 1.2",
    "%a",
    "@a",
    "`a`",
    "'",
    "''",
    "'a'",
    "\"",
    "\"a\"",
    "a'b\"c",
    "\\",
    "a\\nb",
    "\\u0041",
    "---",
    "...",
    "--- a",
    "<<",
    "=",
    "{{ platform.name }}",
    "{% if true %}",
    "{# a #}",
    "${X}",
    "$${X}",
    "$(rm -rf x)",
    "${{ github.token }}",
    " a",
    "a ",
    "\ta",
    "a\t",
    "a\tb",
    "\n",
    "\na",
    "a\n",
    "a\n\n",
    "a\nb",
    "a\r\nb",
    "a\rb",
    "a\n---\nkind: Secret\n",
    "a\n...\nb",
    "a\n  b\n c",
    "  a\nb",
    "\n  a\n",
    "a\n\n\nb\n",
    "a: |\n  b",
    "a \nb",
    "a\n \nb",
    "a\n\tb",
    "# a\nb",
    "a\n# tenantry: end\n* @b",
    "\u{0}",
    "a\u{7}b",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{85}",
    "a\u{85}b",
    "\u{a0}",
    "a\u{2028}b",
    "\u{2029}",
    "\u{feff}",
    "\u{feff}a",
    "a\u{feff}",
    "\u{202e}a",
    "\u{fffe}",
    "\u{ffff}",
    "é",
    "日本",
    "😀",
    "👩‍👩‍👧",
    "\u{e000}",
    "\u{10ffff}",
];

fn hostile() -> BoxedStrategy<String> {
    let piece = prop::sample::select(HOSTILE).prop_map(str::to_owned);
    prop_oneof![
        4 => piece.clone(),
        3 => prop::collection::vec(piece, 2..6).prop_map(|pieces| pieces.concat()),
        2 => prop::collection::vec(any::<char>(), 0..16).prop_map(String::from_iter),
        1 => Just("a long text, with: words #and more; ".repeat(40)),
        1 => Just("x".repeat(3000)),
    ]
    .boxed()
}

/// Helm values: anything.
fn trees() -> BoxedStrategy<Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        hostile().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((hostile(), inner), 0..4)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
    .boxed()
}
