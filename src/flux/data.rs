//! What ConfigMaps and Secrets hold, by which variables are found.
//!
//! In go objects, or the text by which a person says what lives on clusters alone; out come names with their values.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kustomize::yaml::{Budget, Node, SourceId, parse};

use super::kustomization::name_of;
use super::substitution::{Data, DataName, Values};

/// What a ConfigMap or a Secret holds.
pub(super) fn values_of(node: &Node) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let secret = node.get("kind").and_then(Node::as_str) == Some("Secret");
    for field in ["data", "stringData"] {
        let entries = node.get(field).and_then(Node::as_mapping);
        for (key, value) in entries.into_iter().flat_map(|entries| entries.iter()) {
            let (Some(key), Some(text)) = (key.as_str(), said(value)) else { continue };
            let plain = match secret && field == "data" {
                true => {
                    let packed: String = text.split_whitespace().collect();
                    STANDARD.decode(packed).map_or_else(
                        |_| text.to_owned(),
                        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
                    )
                }
                false => text.to_owned(),
            };
            values.insert(key.to_owned(), plain);
        }
    }
    values
}

/// The values of a Secret, as they are written and as they are; none of any other object.
pub(crate) fn secret_values(node: &Node) -> Vec<String> {
    if node.get("kind").and_then(Node::as_str) != Some("Secret") {
        return Vec::new();
    }
    let fields = ["data", "stringData"].into_iter();
    let fields = fields.filter_map(|field| node.get(field)?.as_mapping());
    let written = fields.flat_map(|fields| fields.values().filter_map(said)).map(str::to_owned);
    written.chain(values_of(node).into_values()).collect()
}

/// A value as text; null is as good as empty.
fn said(value: &Node) -> Option<&str> {
    if value.is_null() { Some("") } else { value.text() }
}

/// The values that an object brings. `shown` is the object without what comes from Secrets, where that is another one.
pub(super) fn brought(node: &Node, shown: Option<&Node>) -> Values {
    let values = values_of(node);
    let mut secret = BTreeSet::new();
    if node.get("kind").and_then(Node::as_str) == Some("Secret") {
        secret.extend(values.keys().cloned());
    } else if let Some(shown) = shown {
        let shown = values_of(shown);
        let differs = values.iter().filter(|(name, value)| shown.get(*name) != Some(value));
        secret.extend(differs.map(|(name, _)| name.clone()));
    }
    Values { values, secret }
}

/// Reads the values that a person says live on clusters: a mapping of names to text, and ConfigMaps and Secrets as they are there.
///
/// # Errors
/// What is neither, with its place in the text.
pub fn read_data(text: &[u8]) -> Result<Data, (String, Range<usize>)> {
    let parsed = parse(SourceId(0), text, &Budget::default()).map_err(|errors| {
        errors
            .first()
            .map_or_else(|| (String::new(), 0..0), |error| (error.to_string(), error.span.range()))
    })?;
    let mut data = Data::default();
    for document in parsed {
        let root = document.root;
        let kind = root.get("kind").and_then(Node::as_str);
        match (kind, root.as_mapping()) {
            (Some("ConfigMap" | "Secret"), _) if root.get("metadata").is_some() => {
                let name = DataName { secret: kind == Some("Secret"), name: name_of(&root) };
                if name.name.name.is_empty() || name.name.namespace.is_empty() {
                    let reason = "a ConfigMap or a Secret here has its name and its namespace";
                    return Err((reason.to_owned(), root.span.range()));
                }
                data.objects.insert(name, brought(&root, None));
            }
            (_, Some(fields)) => {
                for (name, value) in fields.iter() {
                    let Some(text) = said(value) else {
                        let name = name.key_text();
                        return Err((
                            format!("the value of `{name}` is {}: write text", value.kind()),
                            value.span.range(),
                        ));
                    };
                    data.given.insert(name.key_text().into_owned(), text.to_owned());
                }
            }
            _ if root.is_null() => {}
            _ => {
                let found = format!(
                    "expected names with their values, or a ConfigMap or Secret, found {}",
                    root.kind()
                );
                return Err((found, root.span.range()));
            }
        }
    }
    Ok(data)
}
