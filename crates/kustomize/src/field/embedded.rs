//! YAML and JSON that stand as text in a scalar, such as a file in the data of a ConfigMap.

use super::FieldError;
use crate::yaml::{Budget, Document, Node, SourceId, parse_whole};

/// The budget of embedded text: it comes from files that were held to a budget of bytes already.
const BUDGET_BYTES: usize = 64 << 20;

/// What a text holds, read as go-yaml's `Unmarshal` reads it: the first document, and nothing after it.
#[derive(Debug)]
pub(crate) enum Embedded {
    /// No document: the text is empty, or holds comments alone.
    Nothing,
    /// The document. Its spans are places in the text.
    Document(Document),
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
        match parse_whole(SourceId(0), text.as_bytes(), &budget) {
            Ok(Some(document)) => Ok(Embedded::Document(document)),
            Ok(None) => Ok(Embedded::Nothing),
            Err(errors) => Err(FieldError::NotStructured {
                problem: errors.first().map(ToString::to_string).unwrap_or_default(),
                span: scalar.span,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
