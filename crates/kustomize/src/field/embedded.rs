//! YAML and JSON that stand as text in a scalar, such as a file in the data of a ConfigMap.

use super::FieldError;
use crate::yaml::{Budget, Node, SourceId, parse_nodes};

/// The budget of embedded text: it comes from files that were held to a budget of bytes already.
const BUDGET_BYTES: usize = 64 << 20;

/// What a text holds, read as go-yaml's `Unmarshal` reads it: the first document, and nothing after it.
#[derive(Debug)]
pub(crate) enum Embedded {
    /// No document: the text is empty, or holds comments alone.
    Nothing,
    /// The document. Its spans are places in the text.
    Document(Node),
}

impl Embedded {
    /// Reads the text of a scalar.
    ///
    /// # Errors
    ///
    /// [`FieldError::NotStructured`].
    pub(crate) fn read(scalar: &Node) -> Result<Embedded, FieldError> {
        let text = scalar.key_text();
        let budget = Budget { bytes: BUDGET_BYTES, ..Budget::default() };
        match parse_nodes(SourceId(0), first_document(&text).as_bytes(), &budget) {
            Ok(documents) => Ok(match documents.into_iter().next() {
                Some(document) => Embedded::Document(document.root),
                None => Embedded::Nothing,
            }),
            Err(errors) => Err(FieldError::NotStructured {
                problem: errors.first().map(ToString::to_string).unwrap_or_default(),
                span: scalar.span,
            }),
        }
    }
}

/// The part of a text that belongs to its first document: what stands before the second `---`, or before
/// `...`, at the start of a line.
pub(crate) fn first_document(text: &str) -> &str {
    let mut begun = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let marker = |mark: &str| {
            line.strip_prefix(mark).is_some_and(|rest| {
                rest.trim_start_matches([' ', '\t']).len() != rest.len()
                    || rest.trim_end().is_empty()
            })
        };
        let start = marker("---");
        if (start && begun) || marker("...") {
            return &text[..at];
        }
        let trimmed = line.trim();
        begun |= start || !(trimmed.is_empty() || trimmed.starts_with(['#', '%']));
        at += line.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_document_ends_where_the_next_begins() {
        for (text, first) in [
            ("a: 1\n---\nb: 2\n", "a: 1\n"),
            ("# c\n---\na: 1\n--- \n", "# c\n---\na: 1\n"),
            ("a: 1\n...\n", "a: 1\n"),
            ("a: |\n  ---\n", "a: |\n  ---\n"),
            ("---a: 1\n---\n", "---a: 1\n"),
            ("---\n---\na: 1\n", "---\n"),
        ] {
            assert_eq!(first_document(text), first, "{text:?}");
        }
    }

    #[test]
    fn a_text_without_a_document_holds_nothing() {
        for text in ["", "  ", "# c\n"] {
            assert!(
                matches!(Embedded::read(&Node::string(text)), Ok(Embedded::Nothing)),
                "{text:?}"
            );
        }
        assert!(matches!(
            Embedded::read(&Node::string("a: b: c")),
            Err(FieldError::NotStructured { .. })
        ));
    }
}
