//! What must not be shown of a text that has secrets in it.
//!
//! A diagnostic shows lines of manifests and of kustomizations, and ends in a log that many people read. So the values of Secrets,
//! of generators of Secrets and of patches to Secrets are masked, byte for byte, before anything is shown. The text may be no
//! YAML at all, since that may be what is told; so this goes by lines and by indentation, and rather masks too much.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// That a text speaks of a Secret somewhere.
static OF_A_SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"secretGenerator|kind["']?\s*:\s*["']?Secret(Generator)?\b"#).ok()
});

/// A key whose values are secret in a text that speaks of a Secret.
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?-u)(?:^|[\s{,"'-])(data|stringData|literals|value)["']?\s*:(?:\s|$)"#).ok()
});

/// A key whose values are secret everywhere: a field that Secrets alone have, and what a JSON patch may write into one.
static KEY_ANYWHERE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?-u)(?:^|[\s{,"'-])(stringData)["']?\s*:(?:\s|$)"#).ok());

/// A path of a JSON patch into a Secret, or into a ConfigMap.
static INTO_DATA: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"path["']?\s*:\s*["']?/(data|stringData)\b"#).ok());

/// The key at the beginning of a line, which may be read.
static READABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?-u)^\s*(?:- +)*["']?[A-Za-z0-9_.-]+["']?\s*:(?:\s|$)"#).ok());

/// The same of a literal.
static READABLE_LITERAL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?-u)^\s*(?:- +)*["']?[A-Za-z0-9_.-]+="#).ok());

fn matches(regex: &LazyLock<Option<Regex>>, bytes: &[u8]) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(bytes))
}

/// The text with a `*` for each byte of what is secret in it; lines and offsets stay what they are.
pub(crate) fn masked(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    let keys = match () {
        () if matches(&OF_A_SECRET, text) || matches(&INTO_DATA, text) => &KEY,
        () => &KEY_ANYWHERE,
    };
    if !matches(keys, text) {
        return out;
    }
    let mut region: Option<Region> = None;
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let range = start..start + line.len();
        start = range.end;
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        let content = &line[indent..];
        let blank = content.iter().all(u8::is_ascii_whitespace);
        if let Some(open) = &mut region {
            if blank || open.holds(indent, content) {
                let from = open.readable(line);
                open.depth += depth(&line[from..]);
                cover(&mut out[range.start + from..range.end]);
                continue;
            }
            region = None;
        }
        let found = keys.as_ref().and_then(|keys| keys.captures(line));
        let Some((whole, key)) = found.and_then(|found| Some((found.get(0)?, found.get(1)?)))
        else {
            continue;
        };
        let rest = whole.end();
        region = Some(Region {
            column: key.start() - usize::from(is_quote(line, key.start())),
            depth: depth(&line[rest..]),
            literals: key.as_bytes() == b"literals",
        });
        let value = line[rest..].trim_ascii();
        // What says that a block follows hides nothing.
        if !matches!(value.first(), None | Some(b'|' | b'>' | b'#')) {
            cover(&mut out[range.start + rest..range.end]);
        }
    }
    out
}

/// What stands at a place and is secret, without its quotes.
pub(super) fn secret_at(text: &[u8], range: Range<usize>) -> Option<String> {
    let shown = text.get(range.clone())?;
    if masked(text).get(range)? == shown {
        return None;
    }
    let mut shown = std::str::from_utf8(shown).ok()?.trim();
    // A tag or an anchor before it is no secret, and messages leave it out.
    while shown.starts_with(['!', '&']) {
        shown = shown.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
    }
    let shown = shown.trim_matches(['"', '\'']);
    (!shown.is_empty()).then(|| shown.to_owned())
}

/// The lines below a key whose values are secret.
struct Region {
    /// Where the key begins.
    column: usize,
    /// How many brackets are open.
    depth: i64,
    /// Whether `key=value` stands there.
    literals: bool,
}

impl Region {
    fn holds(&self, indent: usize, content: &[u8]) -> bool {
        self.depth > 0
            || indent > self.column
            || (indent == self.column && (content.starts_with(b"- ") || content == b"-\n"))
    }

    /// How much of a line may be read.
    fn readable(&self, line: &[u8]) -> usize {
        let regex = if self.literals { &READABLE_LITERAL } else { &READABLE };
        regex.as_ref().and_then(|regex| regex.find(line)).map_or(0, |found| found.end())
    }
}

fn is_quote(line: &[u8], at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| matches!(line[before], b'"' | b'\''))
}

fn depth(bytes: &[u8]) -> i64 {
    bytes.iter().fold(0, |depth, byte| match byte {
        b'{' | b'[' => depth + 1,
        b'}' | b']' => depth - 1,
        _ => depth,
    })
}

/// Masks what is neither white space nor a bracket.
fn cover(bytes: &mut [u8]) {
    for byte in bytes {
        if !byte.is_ascii_whitespace() && !b"{}[],-".contains(byte) {
            *byte = b'*';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let masked = masked(text.as_bytes());
        assert_eq!(masked.len(), text.len());
        String::from_utf8(masked).unwrap_or_default()
    }

    #[test]
    fn values_of_a_secret_are_masked_and_its_keys_are_not() {
        insta::assert_snapshot!(
            shown("kind: Secret\nmetadata: {name: db}\nstringData:\n  password: hunter2\n  cert: |\n    AAAA\n    BBBB=\ntype: Opaque\n"),
            @r"
        kind: Secret
        metadata: {name: db}
        stringData:
          password: *******
          cert: *
            ****
            *****
        type: Opaque
        "
        );
    }

    #[test]
    fn literals_of_a_generator_are_masked() {
        insta::assert_snapshot!(
            shown("secretGenerator:\n- name: db\n  literals:\n  - password=hunter2\n  - \"a=b c\"\n  type: Opaque\n- {name: x, literals: [k=v]}\nresources: []\n"),
            @r#"
        secretGenerator:
        - name: db
          literals:
          - password=*******
          - "a=* **
          type: Opaque
        - {name: x, literals: [***]}
        resources: []
        "#
        );
    }

    #[test]
    fn what_a_json_patch_writes_into_data_is_masked() {
        insta::assert_snapshot!(
            shown("- op: replace\n  path: /stringData/password\n  value: hunter2\n- op: remove\n  path: /data/x\n"),
            @r"
        - op: replace
          path: /stringData/password
          value: *******
        - op: remove
          path: /data/x
        "
        );
        assert!(
            !shown(r#"[{"op": "add", "path": "/data/p", "value": "hunter2"}]"#).contains("hunter2")
        );
    }

    #[test]
    fn json_and_brackets_over_several_lines_are_masked() {
        let json = "{\n  \"kind\": \"Secret\",\n  \"data\": {\n\"password\": \"hunter2\"\n  },\n  \"type\": \"Opaque\"\n}\n";
        let shown = shown(json);
        assert!(!shown.contains("hunter2") && shown.contains("\"Opaque\""), "{shown}");
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        let text =
            "kind: ConfigMap\ndata:\n  a: b\n---\nkind: ExternalSecret\nspec:\n  data: [x]\n";
        assert_eq!(shown(text), text);
    }

    #[test]
    fn a_place_in_a_secret_tells_what_is_secret() {
        let text = b"kind: Secret\ndata:\n  a: \"hunter2\"\n";
        let at = text.windows(9).position(|part| part == b"\"hunter2\"").unwrap_or_default();
        assert_eq!(secret_at(text, at..at + 9).as_deref(), Some("hunter2"));
        assert_eq!(secret_at(text, 0..4), None);
        let text = b"kind: Secret\ndata:\n  a: !!int hunter2\n";
        assert_eq!(secret_at(text, 24..text.len()).as_deref(), Some("hunter2"));
    }
}
