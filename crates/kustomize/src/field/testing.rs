//! Nodes from text and to what is printed of them.

use crate::yaml::{Budget, Node, Settled, SourceId, Value, parse};

/// The first document of a text.
pub(crate) fn node(text: &str) -> Node {
    let documents = parse(SourceId(0), text.as_bytes(), &Budget::default());
    documents.expect("is YAML").remove(0).root
}

/// What would be printed, as JSON with its keys in order; an error's message for what could not be.
pub(crate) fn json(node: &Node) -> String {
    match settled(node) {
        Ok(value) => value.to_string(),
        Err(error) => error,
    }
}

pub(crate) fn settled(node: &Node) -> Result<serde_json::Value, String> {
    use serde_json::Value as Json;
    match &node.value {
        Value::Sequence(items) => {
            items.iter().map(settled).collect::<Result<_, _>>().map(Json::Array)
        }
        Value::Mapping(mapping) => {
            let mut entries = Vec::new();
            for (key, value) in mapping.iter() {
                entries.push((key.key_text().into_owned(), settled(value)?));
            }
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Ok(Json::Object(entries.into_iter().collect()))
        }
        _ => Ok(match node.settled().map_err(|error| error.to_string())? {
            None | Some(Settled::Null) => Json::Null,
            Some(Settled::Bool(value)) => value.into(),
            Some(Settled::Int(value)) => value.into(),
            Some(Settled::UInt(value)) => value.into(),
            Some(Settled::Float(value)) => value.into(),
            Some(Settled::String(text)) => text.into(),
            Some(Settled::Timestamp(text)) => text.into(),
        }),
    }
}
