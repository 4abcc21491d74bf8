//! What kustomize does to the annotations of a resource after a JSON patch: it reads them as texts,
//! puts those back that it needs itself, and writes them all anew.

use std::collections::BTreeMap;

use crate::yaml::{Mapping, Node, Span, Style, Value, quote_scalar};

/// Annotations that kustomize cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`metadata.annotations` is a list, not a mapping")]
pub struct AnnotationsError {
    /// Where it stands.
    pub(crate) span: Span,
}

/// The annotations that a JSON patch cannot take from a resource: kustomize's own, also where a
/// file has them.
pub(crate) fn internal_annotations(document: &Node) -> Vec<(String, String)> {
    let annotations = document.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let entries = annotations.and_then(Node::as_mapping).into_iter().flat_map(Mapping::iter);
    entries
        .map(|(key, value)| (key.key_text().into_owned(), value.key_text().into_owned()))
        .filter(|(key, _)| is_internal(key))
        .collect()
}

fn is_internal(key: &str) -> bool {
    key.starts_with("internal.config.kubernetes.io/")
        || matches!(
            key,
            "config.kubernetes.io/path" | "config.kubernetes.io/index" | "config.k8s.io/id"
        )
}

/// Writes the annotations of a patched document anew, with `internal` among them: every value
/// becomes a string (mappings and lists an empty one), every key loses its quotes, so that `"1"` is
/// a number from now on and cannot be printed, and no annotations at all means no field.
///
/// # Errors
///
/// Annotations that are a list of an odd length, where kustomize crashes.
pub(crate) fn rewrite_annotations(
    document: &mut Node,
    internal: &[(String, String)],
) -> Result<(), AnnotationsError> {
    if document.get("metadata").is_none()
        && let Some(mapping) = document.as_mapping_mut()
    {
        mapping.insert(Node::string("metadata"), Mapping::new());
    }
    let Some(metadata) = document.get_mut("metadata").and_then(Node::as_mapping_mut) else {
        // There is no name either, which is reported in its time.
        return Ok(());
    };
    let removed = metadata.remove("annotations");
    let span = removed.as_ref().map(|node| node.span).unwrap_or_default();
    let mut annotations = texts(removed)?;
    for (key, value) in internal {
        annotations.insert(key.clone(), (value.clone(), span, span));
    }
    if annotations.is_empty() {
        return Ok(());
    }
    let entries = annotations.into_iter().map(|(key, (text, key_span, value_span))| {
        let style = string_style(&text);
        let value = Node { style, ..Node::string(text) };
        (Node::untagged(key).at(key_span), value.at(value_span))
    });
    let annotations = Mapping::from_entries(entries.collect());
    let key = Node { style: Style::Plain, ..Node::string("annotations") };
    metadata.insert(key, Node::new(annotations).at(span));
    Ok(())
}

/// Keys and values as texts, with their places. A list counts as keys and values in turn.
fn texts(
    annotations: Option<Node>,
) -> Result<BTreeMap<String, (String, Span, Span)>, AnnotationsError> {
    let Some(annotations) = annotations else {
        return Ok(BTreeMap::new());
    };
    let pairs: Vec<(Node, Node)> = match annotations.value {
        Value::Mapping(mapping) => mapping.into_iter().collect(),
        Value::Sequence(items) if items.len() % 2 == 1 => {
            return Err(AnnotationsError { span: annotations.span });
        }
        Value::Sequence(items) => {
            let mut pairs = Vec::with_capacity(items.len() / 2);
            let mut items = items.into_iter();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                pairs.push((key, value));
            }
            pairs
        }
        _ => Vec::new(),
    };
    let text = |node: &Node| node.key_text().into_owned();
    Ok(pairs.iter().map(|(k, v)| (text(k), (text(v), k.span, v.span))).collect())
}

/// The style in which kyaml writes a new string.
fn string_style(text: &str) -> Style {
    if text.contains('\n') {
        Style::Literal
    } else if quote_scalar(text).len() == text.len() {
        Style::Auto
    } else {
        Style::DoubleQuoted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::json::to_go_json;
    use crate::yaml::{Budget, SourceId, parse};

    fn rewritten(text: &str, internal: &[(String, String)]) -> Result<String, String> {
        let documents = parse(SourceId(0), text.as_bytes(), &Budget::default());
        let mut node = documents.unwrap_or_default().remove(0).root;
        rewrite_annotations(&mut node, internal).map_err(|error| error.to_string())?;
        to_go_json(&node).map_err(|error| error.to_string())
    }

    #[test]
    fn every_value_becomes_a_string() {
        let text = "metadata: {annotations: {b: 5, a: true, c: {x: y}, d: null, e: 1.5e+07}}";
        assert_eq!(
            rewritten(text, &[]).as_deref(),
            Ok("{\"metadata\":{\"annotations\":{\"a\":\"true\",\"b\":\"5\",\"c\":\"\",\
                \"d\":\"null\",\"e\":\"1.5e+07\"}}}")
        );
    }

    #[test]
    fn a_key_that_needs_quotes_cannot_be_printed() {
        let error = rewritten("metadata: {annotations: {\"1\": a}}", &[]);
        assert!(error.is_err_and(|error| error.starts_with("the key `1` is read as a number")));
    }

    #[test]
    fn no_annotations_means_no_field() {
        for annotations in ["{}", "null", "text", "[]"] {
            let text = format!("metadata: {{name: a, annotations: {annotations}}}");
            assert_eq!(rewritten(&text, &[]).as_deref(), Ok("{\"metadata\":{\"name\":\"a\"}}"));
        }
    }

    #[test]
    fn a_list_counts_as_keys_and_values() {
        assert_eq!(
            rewritten("metadata: {annotations: [a, b]}", &[]).as_deref(),
            Ok("{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}")
        );
        assert_eq!(
            rewritten("metadata: {annotations: [a]}", &[]).as_deref().map_err(String::as_str),
            Err("`metadata.annotations` is a list, not a mapping")
        );
    }

    #[test]
    fn internal_annotations_come_back() {
        let internal = [("internal.config.kubernetes.io/index".to_owned(), "0".to_owned())];
        assert_eq!(
            rewritten("kind: a", &internal).as_deref(),
            Ok("{\"kind\":\"a\",\"metadata\":{\"annotations\":\
                {\"internal.config.kubernetes.io/index\":\"0\"}}}")
        );
    }
}
