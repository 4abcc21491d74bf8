//! What a scalar is once it has been written and read back.
//!
//! kustomize changes nodes as go-yaml has them: a text, a tag and a style, each on its own, and only
//! when it prints does it write the node and read it again. Until then `{!!int, "abc"}` is possible,
//! and so is a number in quotes, which comes back as a string. [`Node`] says the same thing like this:
//!
//! | go-yaml | here |
//! |---|---|
//! | `!!str` | [`Value::String`], any style |
//! | `!!int`, `!!bool`, ... | the value, with its text in `source_text` |
//! | no tag (made by kustomize) | [`Value::String`] with the tag `Some("")`: [`Node::untagged`] |
//! | `!!timestamp` | [`Value::String`] in [`Style::Plain`] that looks like a date |
//! | a text that its tag does not allow | [`Value::String`] with that tag |
//!
//! [`Node::set_text`] and [`Node::assign`] are go-yaml's assignments; [`Node::settled`] is the way
//! through the text.

use std::borrow::Cow;

use super::emit_scalar::{is_plain_in_block, is_plain_in_flow};
use super::scalar::{self, Plain};
use super::{Budget, Mapping, Node, Rare, Span, Style, Value, emit, parse};

/// What is printed of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Settled<'n> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number beyond `i64`.
    UInt(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(Cow<'n, str>),
    /// A point in time in the form of RFC 3339, as Go writes it in JSON.
    Timestamp(String),
}

/// A scalar whose text is not what its tag says, so that it cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` cannot be written as {tag}")]
pub struct SettleError {
    /// The tag in its short form.
    pub tag: String,
    /// The text.
    pub text: String,
    /// Where the scalar came from.
    pub span: Span,
}

impl Node {
    /// A string, in quotes where the text could be read as anything else.
    pub fn string(text: impl Into<String>) -> Node {
        Node::new(Value::String(text.into()))
    }

    /// A scalar that becomes what its text looks like when it is printed: what go-yaml makes of a
    /// node without a tag.
    pub fn untagged(text: impl Into<String>) -> Node {
        Node {
            value: Value::String(text.into()),
            style: Style::Plain,
            tag: Some("".into()),
            ..Node::default()
        }
    }

    /// Whether this is a scalar, null included.
    pub fn is_scalar(&self) -> bool {
        !matches!(self.value, Value::Sequence(_) | Value::Mapping(_)) && !self.is_alias()
    }

    /// Whether go-yaml would say `!!str`, or nothing, of this scalar.
    pub fn is_string_like(&self) -> bool {
        matches!(self.value, Value::String(_))
            && match self.tag.as_deref() {
                None => !self.is_timestamp() && !self.is_merge_text(),
                Some(tag) => matches!(tag, "" | "!!str"),
            }
    }

    /// Whether this is a scalar without a tag of its own: see [`Node::untagged`].
    pub fn is_untagged(&self) -> bool {
        self.tag.as_deref() == Some("") && self.is_scalar()
    }

    /// Whether go-yaml takes this scalar for a point in time.
    pub fn is_timestamp(&self) -> bool {
        self.style == Style::Plain
            && self.tag.is_none()
            && self.as_str().is_some_and(scalar::is_timestamp)
    }

    /// Whether go-yaml takes this scalar for a merge key, wherever it stands.
    pub(crate) fn is_merge_text(&self) -> bool {
        self.style == Style::Plain && self.tag.is_none() && self.as_str() == Some("<<")
    }

    /// Gives a scalar another text; tag and style stay as they are (`node.Value = text` in Go).
    pub fn set_text(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.wrote();
        if self.is_string_like() {
            // Plain text stays plain where it is text, even `yes`; a date would be one there.
            if self.style == Style::Plain
                && self.tag.is_none()
                && (text == "<<" || scalar::is_timestamp(&text))
            {
                self.style = Style::Auto;
            }
            self.value = Value::String(text);
            return;
        }
        let tag = match (&self.tag, &self.value) {
            (Some(tag), _) => tag.clone(),
            (None, Value::Null) => "!!null".into(),
            (None, Value::Bool(_)) => "!!bool".into(),
            (None, Value::Int(_) | Value::UInt(_)) => "!!int".into(),
            (None, Value::Float(_)) => "!!float".into(),
            (None, _) if self.is_merge_text() => "!!merge".into(),
            (None, _) => "!!timestamp".into(),
        };
        self.retag(tag, text);
    }

    /// Sets value and tag from a text; the tag goes where the text alone says the same.
    fn retag(&mut self, tag: Rare, text: String) {
        let kept = self.tag.take();
        self.source_text = None;
        let value = match (&*tag, scalar::resolve(&text)) {
            ("!!null", Plain::Null) => Value::Null,
            ("!!bool", Plain::Bool(value)) => Value::Bool(value),
            ("!!int", Plain::Int(value)) => Value::Int(value),
            ("!!int", Plain::UInt(value)) => Value::UInt(value),
            ("!!float", Plain::Float(value)) => Value::Float(value),
            ("!!float", Plain::Int(value)) => {
                // Only a tag makes a whole number a float.
                self.tag = Some(tag);
                self.value = Value::Float(value as f64);
                self.source_text = Some(text.into());
                return;
            }
            ("!!timestamp", _) if scalar::is_timestamp(&text) => {
                self.value = Value::String(text);
                self.tag = kept;
                return;
            }
            _ => {
                self.value = Value::String(text);
                self.tag = Some(tag);
                return;
            }
        };
        self.value = value;
        self.tag = kept;
        self.source_text = Some(text.into());
    }

    /// Becomes another node (`*node = other` in Go); what kustomize takes for the same node becomes
    /// it as well.
    pub(crate) fn assign(&mut self, other: Node) {
        let shared = self.shared;
        *self = other;
        self.shared = shared;
        self.wrote();
    }

    fn wrote(&mut self) {
        if let Some(shared) = &mut self.shared {
            shared.writes += 1;
        }
    }

    /// Takes on the style of another scalar: a plain string stays a string, a number in quotes will
    /// be one.
    pub(crate) fn take_style(&mut self, style: Style) {
        let is_string = matches!(self.value, Value::String(_)) && self.tag.is_none();
        self.style = match style {
            Style::Plain if is_string && !self.is_timestamp() => Style::Auto,
            style => style,
        };
    }

    /// What the scalar is once it is printed; `None` for mappings and sequences.
    ///
    /// # Errors
    ///
    /// A text that its tag does not allow.
    pub fn settled(&self) -> Result<Option<Settled<'_>>, SettleError> {
        self.settled_within(false)
    }

    /// What the scalar is once it is printed, as the value of a key in a block, or within `{...}` or
    /// `[...]`, where less can be written without quotes, and nothing at all is an empty text.
    pub(crate) fn settled_within(&self, flow: bool) -> Result<Option<Settled<'_>>, SettleError> {
        let is_plain = |text: &str| {
            if flow { is_plain_in_flow(text) } else { is_plain_in_block(text) }
        };
        let quoted = matches!(
            self.style,
            Style::SingleQuoted | Style::DoubleQuoted | Style::Literal | Style::Folded
        );
        let text = || Settled::String(self.key_text());
        Ok(Some(match &self.value {
            Value::Sequence(_) | Value::Mapping(_) => return Ok(None),
            Value::String(string) => match self.tag.as_deref() {
                None if self.is_timestamp() && is_plain(string) => resolve_untagged(string),
                Some("") if !quoted && is_plain(string) => resolve_untagged(string),
                Some("!!timestamp") if scalar::is_timestamp(string) => resolve_untagged(string),
                Some(
                    tag @ ("!!null" | "!!bool" | "!!int" | "!!float" | "!!timestamp" | "!!binary"),
                ) => {
                    return Err(SettleError {
                        tag: tag.to_owned(),
                        text: string.clone(),
                        span: self.span,
                    });
                }
                _ if !flow && self.is_changed_by_block(string) => {
                    Settled::String(Cow::Owned(self.through_block(string)?))
                }
                _ => Settled::String(Cow::Borrowed(string)),
            },
            _ if quoted && self.tag.is_none() => text(),
            Value::Null if flow && self.source_text.as_deref() == Some("") => text(),
            Value::Null => Settled::Null,
            Value::Bool(value) => Settled::Bool(*value),
            Value::Int(value) => Settled::Int(*value),
            Value::UInt(value) => Settled::UInt(*value),
            Value::Float(value) => Settled::Float(*value),
        }))
    }
}

impl Node {
    /// Whether a text is written as a block scalar that may read as another text: in a folded one lines
    /// that start with a blank get a line more, and in each every line break becomes the usual one.
    fn is_changed_by_block(&self, text: &str) -> bool {
        let odd_break = |c: char| matches!(c, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        match self.style {
            Style::SingleQuoted | Style::DoubleQuoted => false,
            Style::Folded => text.contains('\n') || text.contains(odd_break),
            Style::Literal => text.contains(odd_break),
            _ => text.contains('\n') && text.contains(odd_break),
        }
    }

    /// What go-yaml reads where it wrote a text as a block scalar.
    fn through_block(&self, text: &str) -> Result<String, SettleError> {
        let mut mapping = Mapping::new();
        mapping.insert("a", Node { style: self.style, ..Node::string(text) });
        let written = emit::to_string(&Node::new(mapping));
        let read = parse(self.span.source, written.as_bytes(), &Budget::default());
        let read = read.ok().and_then(|mut documents| documents.pop());
        match read.as_ref().and_then(|document| document.root.get("a")?.as_str()) {
            Some(text) => Ok(text.to_owned()),
            None => Err(SettleError {
                tag: "a block of text".to_owned(),
                text: text.to_owned(),
                span: self.span,
            }),
        }
    }
}

/// What a plain scalar is read as.
fn resolve_untagged(text: &str) -> Settled<'_> {
    match scalar::resolve(text) {
        Plain::Null => Settled::Null,
        Plain::Bool(value) => Settled::Bool(value),
        Plain::Int(value) => Settled::Int(value),
        Plain::UInt(value) => Settled::UInt(value),
        Plain::Float(value) => Settled::Float(value),
        Plain::Merge => Settled::String(Cow::Borrowed(text)),
        Plain::Text => match scalar::rfc3339(text) {
            Some(time) => Settled::Timestamp(time),
            None => Settled::String(Cow::Borrowed(text)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Budget, SourceId, parse};
    use super::*;

    fn node(text: &str) -> Node {
        let documents = parse(SourceId(0), text.as_bytes(), &Budget::default());
        documents.unwrap_or_default().remove(0).root
    }

    fn string(text: &str) -> Settled<'_> {
        Settled::String(Cow::Borrowed(text))
    }

    #[test]
    fn a_text_without_a_tag_becomes_what_it_looks_like() {
        assert_eq!(Node::untagged("12").settled(), Ok(Some(Settled::Int(12))));
        assert_eq!(Node::untagged("").settled(), Ok(Some(Settled::Null)));
        assert_eq!(Node::untagged("a: b").settled(), Ok(Some(string("a: b"))));
        assert_eq!(Node::string("12").settled(), Ok(Some(string("12"))));
    }

    #[test]
    fn a_number_in_quotes_is_a_string() {
        let mut number = node("2");
        number.take_style(Style::DoubleQuoted);
        assert_eq!(number.settled(), Ok(Some(string("2"))));
    }

    #[test]
    fn a_new_text_keeps_the_type_or_cannot_be_printed() {
        let mut number = node("2");
        number.set_text("3");
        assert_eq!(number.settled(), Ok(Some(Settled::Int(3))));
        number.set_text("three");
        assert_eq!(
            number.settled().map_err(|error| error.to_string()),
            Err("`three` cannot be written as !!int".to_owned())
        );
        number.set_text("4");
        assert_eq!(number.settled(), Ok(Some(Settled::Int(4))));
        let mut text = node("a");
        text.set_text("3");
        assert_eq!(text.settled(), Ok(Some(string("3"))));
    }

    #[test]
    fn dates_are_written_as_go_does() {
        for (text, time) in [
            ("2020-01-01", "2020-01-01T00:00:00Z"),
            ("2020-1-2 3:4:5", "2020-01-02T03:04:05Z"),
            ("2020-01-01T10:00:00.500+02:00", "2020-01-01T10:00:00.5+02:00"),
        ] {
            assert_eq!(node(text).settled(), Ok(Some(Settled::Timestamp(time.to_owned()))));
        }
        assert_eq!(node("\"2020-01-01\"").settled(), Ok(Some(string("2020-01-01"))));
    }
}
