//! Nodes to and from JSON values.

use serde_json::{Map, Number, Value as Json};

use super::emit::canonical_text;
use super::{Mapping, Node, Value};

impl Node {
    /// The node as JSON. Keys that are no strings become strings as `sigs.k8s.io/yaml` has them
    /// (`0x10: a` becomes `{"16": "a"}`), and numbers that JSON does not know (`.inf`, `.nan`)
    /// become text.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => Json::from(*value),
            Value::UInt(value) => Json::from(*value),
            Value::Float(value) => match Number::from_f64(*value) {
                Some(number) => Json::Number(number),
                None if value.is_nan() => Json::from(".nan"),
                None => Json::from(if *value > 0.0 { ".inf" } else { "-.inf" }),
            },
            Value::String(value) => Json::String(value.clone()),
            Value::Sequence(items) => items.iter().map(Node::to_json).collect(),
            Value::Mapping(mapping) => {
                let mut object = Map::with_capacity(mapping.len());
                for (key, value) in mapping.iter() {
                    let key = match &key.value {
                        Value::String(text) => text.clone(),
                        value => canonical_text(value).into_owned(),
                    };
                    object.insert(key, value.to_json());
                }
                Json::Object(object)
            }
        }
    }

    /// A tree from JSON, without places and in block form.
    pub fn from_json(json: &Json) -> Node {
        Node::new(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => {
                if let Some(value) = number.as_i64() {
                    Value::Int(value)
                } else if let Some(value) = number.as_u64() {
                    Value::UInt(value)
                } else {
                    Value::Float(number.as_f64().unwrap_or(f64::NAN))
                }
            }
            Json::String(text) => Value::String(text.clone()),
            Json::Array(items) => Value::Sequence(items.iter().map(Node::from_json).collect()),
            Json::Object(object) => Value::Mapping(Mapping::from_entries(
                object.iter().map(|(k, v)| (Node::new(k.as_str()), Node::from_json(v))).collect(),
            )),
        })
    }
}
