//! What becomes of a scalar that kustomize takes for a Go value, encodes with go-yaml v3 and reads
//! again, as it does with whole resources after a JSON patch (`kyaml.FromMap`).

use super::emit_scalar::encoded_form;
use super::quote::is_safe_plain;
use super::scalar::{self, Plain};
use super::{Node, Span, Style, Value};

/// Text that starts with a tab and has several lines: go-yaml v3 writes it as a block that it cannot
/// read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "text of several lines that starts with a tab cannot pass through a JSON patch: kustomize \
     writes it in a form that it cannot read back"
)]
pub struct TabError {
    /// Where the text came from.
    pub(crate) span: Span,
}

impl Node {
    /// Makes a scalar what it is after its value was encoded and read again: numbers have been
    /// `float64`, strings have the quotes that they need, tags are gone.
    pub(crate) fn become_encoded(&mut self) -> Result<(), TabError> {
        self.tag = None;
        self.shared = None;
        let number = match &self.value {
            Value::Sequence(_) | Value::Mapping(_) => return Ok(()),
            Value::String(text) => {
                self.source_text = None;
                self.style = string_style(text).ok_or(TabError { span: self.span })?;
                return Ok(());
            }
            Value::Null | Value::Bool(_) => {
                self.source_text = None;
                self.style = Style::Plain;
                return Ok(());
            }
            // It was encoded before.
            Value::Int(0) if self.source_text.as_deref() == Some("-0") => -0.0,
            Value::Int(value) => *value as f64,
            Value::UInt(value) => *value as f64,
            Value::Float(value) => *value,
        };
        let text = scalar::format_float(number);
        self.style = Style::Plain;
        self.value = match scalar::resolve(&text) {
            Plain::Int(value) => Value::Int(value),
            Plain::UInt(value) => Value::UInt(value),
            _ => Value::Float(number),
        };
        self.source_text = Some(text.into());
        Ok(())
    }
}

/// How go-yaml v3 writes a string; `None` for what it could not read back.
fn string_style(text: &str) -> Option<Style> {
    if is_safe_plain(text) { Some(Style::Plain) } else { encoded_form(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(text: &str) -> Option<Style> {
        let mut node = Node::string(text);
        node.become_encoded().ok().map(|()| node.style)
    }

    #[test]
    fn strings_have_the_quotes_that_they_need() {
        for (text, expected) in [
            ("a", Style::Plain),
            ("a b", Style::Plain),
            ("", Style::DoubleQuoted),
            ("yes", Style::DoubleQuoted),
            ("12", Style::DoubleQuoted),
            ("2020-01-01", Style::DoubleQuoted),
            ("<<", Style::Plain),
            ("a: b", Style::SingleQuoted),
            ("it's # c", Style::SingleQuoted),
            (" a", Style::SingleQuoted),
            ("a\tb", Style::DoubleQuoted),
            ("a\nb\n", Style::Literal),
            ("a\nb ", Style::DoubleQuoted),
            ("a \nb", Style::DoubleQuoted),
            ("\u{7}", Style::DoubleQuoted),
        ] {
            assert_eq!(style(text), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn lines_after_a_tab_are_lost() {
        assert_eq!(style("\ta\nb"), None);
        assert_eq!(style("\ta\nb "), Some(Style::DoubleQuoted));
        assert_eq!(style("\ta"), Some(Style::DoubleQuoted));
    }

    #[test]
    fn numbers_have_been_floats() {
        for (value, text) in [
            (Value::Int(3), "3"),
            (Value::Int(999_999), "999999"),
            (Value::Int(1_500_000), "1.5e+06"),
            (Value::Int(9_007_199_254_740_993), "9.007199254740992e+15"),
            (Value::Float(-0.0), "-0"),
            (Value::Float(1.0), "1"),
            (Value::Float(0.5), "0.5"),
        ] {
            let mut node = Node::new(value);
            for _ in 0..2 {
                assert_eq!(node.become_encoded(), Ok(()));
                assert_eq!(node.text(), Some(text));
            }
        }
    }
}
