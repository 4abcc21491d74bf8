//! What YAML 1.1 makes of a text: kyaml quotes what go-yaml v2 would not read as a string.

use std::borrow::Cow;

use crate::yaml::{Budget, Node, Settled, SourceId, Style, Value, parse};

/// Whether a text on one line is anything but a string when it stands in a file without quotes: a number,
/// `yes`, null, or even `a: b` and `[a]`. What is no YAML at all is not.
pub fn is_yaml11_non_string(text: &str) -> bool {
    if text.is_empty() || text.contains('\n') {
        return false;
    }
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'+');
    if text.bytes().all(|byte| plain(byte) || byte == b'-') && !text.starts_with(['-', '.']) {
        return is_plain_non_string(text);
    }
    let Ok(documents) = parse(SourceId(0), text.as_bytes(), &Budget::default()) else {
        return false;
    };
    let Some(document) = documents.into_iter().next() else {
        return true;
    };
    let root = document.root;
    match &root.value {
        Value::String(text) => {
            root.style == Style::Plain && root.tag.is_none() && is_plain_non_string(text)
        }
        _ => true,
    }
}

fn is_plain_non_string(text: &str) -> bool {
    let first = text.as_bytes().first().copied().unwrap_or_default();
    if !(first.is_ascii_digit() || b"+-.yYnNtTfFoO~".contains(&first)) {
        return false;
    }
    let word = matches!(
        text,
        "y" | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "on"
            | "On"
            | "ON"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "off"
            | "Off"
            | "OFF"
    );
    // Beyond the words the rules of go-yaml v3 are those of v2, but for a sign after `0b` and `0o`.
    let signed = matches!(text.as_bytes(), [b'0', b'o', b'+' | b'-', ..]);
    let node = Node { value: Value::String(text.to_owned()), ..Node::untagged("") };
    let string = matches!(
        node.settled(),
        Ok(Some(Settled::String(Cow::Borrowed(_) | Cow::Owned(_)) | Settled::Timestamp(_)))
    );
    word || (!string && !signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_1_1_reads_as_something_else_is_no_string() {
        for text in [
            "1", "0x1F", "1_000", "1.5", "-1", "+1", ".5", ".inf", "-", "yes", "NO", "on", "true",
            "null", "~", "a: b", "[a]", "{}", "{a}", "- x", "# c", "0o17", "017", "1e3",
        ] {
            assert!(is_yaml11_non_string(text), "{text}");
        }
        for text in [
            "",
            "a",
            "1.2.3",
            "a b",
            "v1",
            "2020-01-01",
            "1:30",
            "'1'",
            "\"1\"",
            "a: b: c",
            "1\n",
            "@x",
            "a#b",
            "http://x",
            "-a",
            "...x",
            "nginx:1.25",
            "oN",
            "<<",
            "1_000_a",
        ] {
            assert!(!is_yaml11_non_string(text), "{text}");
        }
    }
}
