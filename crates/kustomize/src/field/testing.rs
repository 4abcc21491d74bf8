//! Nodes from text and to what is printed of them.

use crate::yaml::{Budget, Node, Settled, SourceId, Style, Value, parse};

/// The first document of a text.
pub(crate) fn node(text: &str) -> Node {
    let documents = parse(SourceId(0), text.as_bytes(), &Budget::default());
    documents.expect("is YAML").remove(0).root
}

/// What would be printed, as JSON with its keys in order; an error's message for what could not be.
pub(crate) fn json(node: &Node) -> String {
    match settled(node, false, true) {
        Ok(value) => value.to_string(),
        Err(error) => error,
    }
}

/// Keys that are no strings are taken at the top alone.
fn settled(node: &Node, in_flow: bool, at_top: bool) -> Result<serde_json::Value, String> {
    use serde_json::Value as Json;
    let flow = in_flow || node.style == Style::Flow;
    match &node.value {
        Value::Sequence(items) => items
            .iter()
            .map(|item| settled(item, flow, false))
            .collect::<Result<_, _>>()
            .map(Json::Array),
        Value::Mapping(mapping) => {
            let mut entries = Vec::new();
            for (key, value) in mapping.iter() {
                if !matches!(key.settled(), Ok(Some(Settled::String(_)))) && !at_top {
                    return Err(format!("`{}` cannot be written as a key", key.key_text()));
                }
                entries.push((key.key_text().into_owned(), settled(value, flow, false)?));
            }
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Ok(Json::Object(entries.into_iter().collect()))
        }
        // Nothing at all cannot stand in `[...]`, and is written as an empty string there.
        _ if in_flow
            && node.key_text().is_empty()
            && matches!(super::go_tag(node), "" | "!!null") =>
        {
            Ok("".into())
        }
        _ => Ok(match node.settled().map_err(|error| error.to_string())? {
            None | Some(Settled::Null) => Json::Null,
            Some(Settled::Bool(value)) => value.into(),
            Some(Settled::Int(value)) => value.into(),
            Some(Settled::UInt(value)) => value.into(),
            // Whole numbers look alike once they went through JSON.
            Some(Settled::Float(value)) if value.fract() == 0.0 && value.abs() < 1e15 => {
                (value as i64).into()
            }
            Some(Settled::Float(value)) => value.into(),
            Some(Settled::String(text)) => text.into(),
            Some(Settled::Timestamp(text)) => text.into(),
        }),
    }
}
