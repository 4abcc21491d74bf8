//! The edits of the text itself. What they return is a proposal: the caller proves it.

use kustomize::yaml::{Node, Span, Style, Value as Yaml};
use serde_json::{Map, Value};

use super::path::{Path, Step};
use super::write::{after_colon, entry, inline};

/// The text with a value in place of what stands at a path, or with a new entry in the nearest that is there.
pub(super) fn put(text: &str, root: &Node, path: &Path, value: &Value) -> Option<String> {
    let steps = path.steps();
    let mut parent = root;
    for (at, step) in steps.iter().enumerate() {
        let rest = &steps[at + 1..];
        let next = match step {
            Step::Key(key) => parent.get(key),
            Step::Index(index) => parent.as_sequence().and_then(|items| items.get(*index)),
            Step::Append => None,
        };
        match next {
            // Null with more to come is an entry without a value yet.
            Some(node) if rest.is_empty() || node.is_null() => {
                let value = nested(rest, value);
                return replace(text, parent, step, node, &value);
            }
            Some(node) => parent = node,
            None => return insert(text, parent, step, &nested(rest, value)),
        }
    }
    None
}

/// A value below the steps that are not there yet.
fn nested(steps: &[Step], value: &Value) -> Value {
    steps.iter().rev().fold(value.clone(), |value, step| match step {
        Step::Key(key) => Value::Object(Map::from_iter([(key.clone(), value)])),
        Step::Index(_) | Step::Append => Value::Array(vec![value]),
    })
}

fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Splices lines that end in `\n` in, with the file's own line breaks.
fn splice(text: &str, start: usize, end: usize, new: &str) -> Option<String> {
    let new = match line_break(text) {
        "\n" => new.to_owned(),
        breaks => new.replace('\n', breaks),
    };
    Some(format!("{}{new}{}", text.get(..start)?, text.get(end..)?))
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |before| before + 1)
}

/// The end of a line without its break.
fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |after| at + after);
    if end > at && text[..end].ends_with('\r') { end - 1 } else { end }
}

/// The column of a byte, in characters; a byte order mark has none.
fn column(text: &str, at: usize) -> usize {
    text[line_start(text, at)..at].chars().filter(|c| *c != '\u{FEFF}').count()
}

/// The end of what a node says: a block scalar's span goes over its last line break.
fn end_of(text: &str, node: &Node) -> usize {
    let range = node.span.range();
    match node.value {
        Yaml::Mapping(_) | Yaml::Sequence(_) if node.style != Style::Flow => {
            let last = match &node.value {
                Yaml::Mapping(mapping) => mapping
                    .iter()
                    .map(|(key, value)| {
                        if value.span.end <= value.span.start {
                            after_key(text, key).unwrap_or(key.span.range().end)
                        } else {
                            end_of(text, value)
                        }
                    })
                    .max(),
                Yaml::Sequence(items) => items.iter().map(|item| end_of(text, item)).max(),
                _ => None,
            };
            last.unwrap_or(range.end)
        }
        _ if matches!(node.style, Style::Literal | Style::Folded) => {
            range.start + text[range].trim_end().len()
        }
        _ => range.end,
    }
}

/// The byte after a key's colon.
fn after_key(text: &str, key: &Node) -> Option<usize> {
    let end = key.span.range().end;
    let rest = text.get(end..)?;
    let colon = rest.find(|c: char| !c.is_whitespace())?;
    rest[colon..].starts_with(':').then_some(end + colon + 1)
}

fn entry_of<'a>(parent: &'a Node, key: &str) -> Option<(&'a Node, &'a Node)> {
    parent.as_mapping()?.get_key_value(key)
}

fn is_block(node: &Node) -> bool {
    node.style != Style::Flow && matches!(node.value, Yaml::Mapping(_) | Yaml::Sequence(_))
}

fn replace(text: &str, parent: &Node, step: &Step, old: &Node, value: &Value) -> Option<String> {
    let end = end_of(text, old);
    let Step::Key(key) = step else {
        return match is_block(old) {
            true => splice(text, old.span.range().start, end, &inline(value)),
            false => splice(text, old.span.range().start, end, &like(old, value)),
        };
    };
    let (key_node, _) = entry_of(parent, key)?;
    let colon = after_key(text, key_node)?;
    let written_out = is_block(old) || old.span.is_empty();
    let from = if written_out { colon } else { old.span.range().start };
    let end = if old.span.is_empty() { colon } else { end };
    // A block may take its place only where blocks are, and where no comment follows on the line.
    let alone = text[end..line_end(text, end)].trim().is_empty();
    if is_block(parent) && alone && matches!(value, Value::Object(_) | Value::Array(_)) {
        let indent = column(text, key_node.span.range().start);
        let mut out = text.get(line_start(text, colon)..colon)?.to_owned();
        let before = out.len();
        after_colon(value, indent, &mut out);
        return splice(text, colon, end, out[before..].strip_suffix('\n')?);
    }
    if written_out {
        return splice(text, from, end, &format!(" {}", inline(value)));
    }
    splice(text, from, end, &like(old, value))
}

/// A scalar in the quotes that the old one had.
fn like(old: &Node, value: &Value) -> String {
    match (value, old.style) {
        (Value::String(text), Style::SingleQuoted)
            if text.chars().all(|c| c != '\'' && !c.is_control()) =>
        {
            format!("'{text}'")
        }
        (Value::String(text), Style::DoubleQuoted)
            if text.chars().all(|c| c != '"' && c != '\\' && (' '..='~').contains(&c)) =>
        {
            format!("\"{text}\"")
        }
        _ => inline(value),
    }
}

fn insert(text: &str, parent: &Node, step: &Step, value: &Value) -> Option<String> {
    match (&parent.value, step) {
        (Yaml::Mapping(mapping), Step::Key(key)) => {
            let pair = || {
                let value = inline(value);
                format!("{}: {value}", kustomize::yaml::quote_scalar(key))
            };
            match mapping.iter().last() {
                // Nothing but comments, or nothing at all.
                None if parent.span == Span::default() => {
                    let mut out = String::new();
                    entry(key, value, 0, &mut out);
                    let joint = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
                    splice(text, text.len(), text.len(), &format!("{joint}{out}"))
                }
                None => {
                    let range = parent.span.range();
                    splice(text, range.start, range.end, &format!("{{ {} }}", pair()))
                }
                Some((last_key, last)) if parent.style == Style::Flow => {
                    let end = if last.span.is_empty() {
                        after_key(text, last_key)?
                    } else {
                        last.span.range().end
                    };
                    splice(text, end, end, &format!(", {}", pair()))
                }
                Some(_) => {
                    let first = mapping.keys().next()?;
                    let indent = column(text, first.span.range().start);
                    let end = line_end(text, end_of(text, parent));
                    let mut out = String::from("\n");
                    entry(key, value, indent, &mut out);
                    splice(text, end, end, out.strip_suffix('\n')?)
                }
            }
        }
        (Yaml::Sequence(items), Step::Append) => match items.last() {
            None => {
                let range = parent.span.range();
                splice(text, range.start, range.end, &format!("[{}]", inline(value)))
            }
            Some(last) if parent.style == Style::Flow => {
                let end = last.span.range().end;
                splice(text, end, end, &format!(", {}", inline(value)))
            }
            Some(_) => {
                let start = parent.span.range().start;
                if !text[start..].starts_with('-') {
                    return None;
                }
                let end = line_end(text, end_of(text, parent));
                let line = format!("\n{}- {}", " ".repeat(column(text, start)), inline(value));
                splice(text, end, end, &line)
            }
        },
        _ => None,
    }
}

/// The text with another key where a path ends.
pub(super) fn rename(text: &str, root: &Node, path: &Path, name: &str) -> Option<String> {
    let Step::Key(old) = path.steps().last()? else { return None };
    let parent_path = path.parent()?;
    let parent = parent_path.find(root).ok()??;
    let (key, _) = entry_of(parent, old)?;
    let range = key.span.range();
    splice(text, range.start, range.end, &kustomize::yaml::quote_scalar(name))
}

/// The text without what stands at a path.
pub(super) fn take(text: &str, root: &Node, path: &Path) -> Option<String> {
    let parent_path = path.parent()?;
    let parent = parent_path.find(root).ok()??;
    let (starts, ends): (Vec<usize>, Vec<usize>) = match &parent.value {
        Yaml::Mapping(mapping) => mapping
            .iter()
            .map(|(key, value)| {
                let end = if value.span.is_empty() {
                    after_key(text, key).unwrap_or(key.span.range().end)
                } else {
                    end_of(text, value)
                };
                (key.span.range().start, end)
            })
            .unzip(),
        Yaml::Sequence(items) => {
            items.iter().map(|item| (item.span.range().start, end_of(text, item))).unzip()
        }
        _ => return None,
    };
    let at = match path.steps().last()? {
        Step::Key(key) => {
            parent.as_mapping()?.keys().position(|other| other.text() == Some(key))?
        }
        Step::Index(index) => *index,
        Step::Append => return None,
    };
    if parent.style == Style::Flow {
        return match (at.checked_sub(1).map(|before| ends[before]), starts.get(at + 1)) {
            (_, Some(next)) => splice(text, starts[at], *next, ""),
            (Some(before), None) => splice(text, before, ends[at], ""),
            (None, None) => {
                let range = parent.span.range();
                let empty = if parent.as_mapping().is_some() { "{}" } else { "[]" };
                splice(text, range.start, range.end, empty)
            }
        };
    }
    let mut start = starts[at];
    if parent.as_sequence().is_some() {
        start = text[..start].rfind('-')?;
    }
    let line = line_start(text, start);
    if text[line..start].trim_start_matches('\u{FEFF}').trim().is_empty() {
        let end = line_end(text, ends[at]);
        let after = text[end..].find('\n').map_or(text.len(), |more| end + more + 1);
        // The last line of a file without a final line break takes the one before with it.
        let line = if after == end && line > 0 {
            line - if text[..line].ends_with("\r\n") { 2 } else { 1 }
        } else {
            line
        };
        return splice(text, line, after, "");
    }
    // The first entry behind a dash.
    let next = *starts.get(at + 1)?;
    splice(text, start, next, "")
}
