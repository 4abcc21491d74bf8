//! Texts and styles of scalars, which are all that kyaml looks at.

use std::borrow::Cow;

use crate::yaml::{Budget, Node, Settled, SourceId, Style, Value, parse};

/// go-yaml's `node.Value`: the text of a scalar, nothing for others.
pub(super) fn raw(node: &Node) -> Cow<'_, str> {
    node.key_text()
}

/// Whether the style is go-yaml's 0: neither quotes nor a tag that was written out.
fn is_unstyled(node: &Node) -> bool {
    matches!(node.style, Style::Auto | Style::Plain)
        && matches!(node.tag.as_deref(), None | Some(""))
}

/// Puts a string in quotes that YAML 1.1 reads as something else, as kyaml does with every field that it
/// sets. What has no tag becomes a string by it.
pub(super) fn quote_legacy(node: &mut Node) {
    if node.is_string_like()
        && is_unstyled(node)
        && node.as_str().is_some_and(is_no_string_in_yaml_1_1)
    {
        let mut quoted = node.clone();
        quoted.style = Style::DoubleQuoted;
        node.assign(quoted);
    }
}

/// Takes the tag from a scalar, written or not, as kyaml does in lists of scalars: without quotes it
/// becomes what it looks like. Says whether it is something else now.
pub(super) fn untag(node: &mut Node) -> bool {
    let is_tagged = node.tag.as_deref().is_some_and(|tag| !tag.is_empty());
    let is_unquoted = matches!(node.style, Style::Auto | Style::Plain);
    let looks_else = || node.as_str().is_some_and(is_no_string_in_yaml_1_1);
    if is_tagged || (is_unquoted && node.tag.is_none() && looks_else()) {
        let style = if is_unquoted { Style::Plain } else { node.style };
        let untagged = Node { style, span: node.span, ..Node::untagged(raw(node)) };
        let differs = !same_output(&untagged, node);
        node.assign(untagged);
        return differs;
    }
    false
}

/// Whether `go.yaml.in/yaml/v2` reads a text as anything but a string.
pub(super) fn is_no_string_in_yaml_1_1(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(&first) = bytes.first() else { return false };
    if text.contains('\n') {
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
    if word {
        return true;
    }
    // Most texts are words or paths, and of these few are anything else.
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./@+".contains(byte);
    let other = |word: &&str| word.eq_ignore_ascii_case(text);
    if first.is_ascii_alphabetic()
        && bytes.iter().all(plain)
        && !["true", "false", "null"].iter().any(other)
    {
        return false;
    }
    match parse(SourceId(0), bytes, &Budget::default()) {
        Ok(documents) => {
            documents.first().is_none_or(|first| !matches!(first.root.value, Value::String(_)))
        }
        Err(_) => false,
    }
}

/// Gives a node that takes the place of another the style of that one.
pub(super) fn inherit_style(new: &mut Node, old: &Node) {
    if !new.is_scalar() || !old.is_scalar() {
        new.style = old.style;
        return;
    }
    let style = match old.style {
        // A date that was written without quotes is no string, and its style is what says so.
        Style::Auto if new.is_timestamp() => Style::Plain,
        style => style,
    };
    let tag_was_written = |node: &Node| node.tag.as_deref().is_some_and(|tag| !tag.is_empty());
    if tag_was_written(old) && new.tag.is_none() {
        new.tag = match new.value {
            Value::Null => Some("!!null".into()),
            Value::Bool(_) => Some("!!bool".into()),
            Value::Int(_) | Value::UInt(_) => Some("!!int".into()),
            Value::Float(_) => Some("!!float".into()),
            _ => None,
        };
    } else if !tag_was_written(old) && says_what_the_text_says(new) {
        new.tag = None;
    }
    new.take_style(style);
}

/// Whether go-yaml leaves out the tag of a scalar, unless it is to be written.
fn says_what_the_text_says(node: &Node) -> bool {
    match (node.tag.as_deref(), &node.value) {
        (Some("!!str"), Value::String(_))
        | (Some("!!null"), Value::Null)
        | (Some("!!bool"), Value::Bool(_))
        | (Some("!!int"), Value::Int(_) | Value::UInt(_)) => true,
        // `!!float 5` is written with its tag whatever the style.
        (Some("!!float"), Value::Float(_)) => {
            node.text().is_some_and(|text| text.parse::<i64>().is_err())
        }
        _ => false,
    }
}

/// Whether two nodes print the same.
pub(super) fn same_output(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Sequence(a), Value::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_output(a, b))
        }
        (Value::Mapping(a), Value::Mapping(b)) => {
            let in_b = |(at, (key, value)): (usize, &(Node, Node))| {
                let name = raw(key);
                // Mostly the keys are in the same order.
                let other = match b.entries().get(at) {
                    Some((key, other)) if raw(key) == name => Some(other),
                    _ => b.get(&name),
                };
                other.is_some_and(|other| same_output(value, other))
            };
            a.len() == b.len() && a.entries().iter().enumerate().all(in_b)
        }
        _ => match (a.settled(), b.settled()) {
            (Ok(Some(Settled::Float(a))), Ok(Some(Settled::Int(b)))) => a == b as f64,
            (Ok(Some(Settled::Int(a))), Ok(Some(Settled::Float(b)))) => a as f64 == b,
            (Ok(Some(a)), Ok(Some(b))) => a == b,
            _ => false,
        },
    }
}
