//! What is in a YAML file before anybody decided how to write it: the model that the generator builds, patches
//! and points into. How it is laid out is [`super::write`]'s.

use serde_json::Value as Json;

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    /// A scalar to be written as it stands, without quotes: `0o17`, `yes`, `~`.
    Plain(String),
    /// A string, in whatever style it survives.
    Text(String),
    /// A string that is YAML or JSON itself, so that folding would spoil it.
    Code(String),
    Map(Map),
    List(Vec<Value>),
    Anchored(String, Box<Value>),
    Alias(String),
}

/// A mapping in the order in which it is written; the same key may stand there twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Map(pub(super) Vec<(Value, Value)>);

/// One step of a path into a [`Value`].
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A path from the root.
pub(super) type Path = Vec<Step>;

/// A [`Value`] written as JSON.
macro_rules! yaml {
    ($($json:tt)+) => { $crate::fuzz::value::Value::from(serde_json::json!($($json)+)) };
}
pub(super) use yaml;

impl From<Json> for Value {
    fn from(json: Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(_) | Json::Number(_) => Value::Plain(json.to_string()),
            Json::String(text) => Value::Text(text),
            Json::Array(items) => Value::List(items.into_iter().map(Value::from).collect()),
            Json::Object(fields) => Value::Map(Map(fields
                .into_iter()
                .map(|(key, value)| (Value::Text(key), Value::from(value)))
                .collect())),
        }
    }
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    pub(super) fn plain(token: impl ToString) -> Value {
        Value::Plain(token.to_string())
    }

    pub(super) fn map() -> Value {
        Value::Map(Map::default())
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) | Value::Plain(text) | Value::Code(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_scalar(&self) -> bool {
        matches!(self, Value::Null | Value::Plain(_) | Value::Text(_) | Value::Code(_))
    }

    pub(super) fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    pub(super) fn as_map_mut(&mut self) -> Option<&mut Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// What stands under a key; `None` in what is no mapping, too.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// Puts a value under a key of a mapping, which anything else becomes first.
    pub(super) fn set(&mut self, key: &str, value: Value) {
        if self.as_map().is_none() {
            *self = Value::map();
        }
        if let Some(map) = self.as_map_mut() {
            map.set(key, value);
        }
    }

    /// Appends to the list under a key, which it makes where there is none.
    pub(super) fn push(&mut self, key: &str, value: Value) {
        if let Some(Value::List(items)) = self.as_map_mut().and_then(|map| map.get_mut(key)) {
            items.push(value);
        } else {
            self.set(key, Value::List(vec![value]));
        }
    }

    pub(super) fn at(&self, path: &[Step]) -> Option<&Value> {
        let Some((step, rest)) = path.split_first() else { return Some(self) };
        match (step, self) {
            (Step::Key(key), Value::Map(map)) => map.get(key)?.at(rest),
            (Step::Index(index), Value::List(items)) => items.get(*index)?.at(rest),
            _ => None,
        }
    }

    pub(super) fn at_mut(&mut self, path: &[Step]) -> Option<&mut Value> {
        let Some((step, rest)) = path.split_first() else { return Some(self) };
        match (step, self) {
            (Step::Key(key), Value::Map(map)) => map.get_mut(key)?.at_mut(rest),
            (Step::Index(index), Value::List(items)) => items.get_mut(*index)?.at_mut(rest),
            _ => None,
        }
    }

    /// The paths of every node below this one, parents before children.
    pub(super) fn paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        self.collect_paths(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect_paths(&self, here: &mut Path, paths: &mut Vec<Path>) {
        let children: Vec<(Step, &Value)> = match self {
            Value::Map(map) => map
                .0
                .iter()
                .filter_map(|(key, value)| Some((Step::Key(key.as_str()?.to_owned()), value)))
                .collect(),
            Value::List(items) => {
                items.iter().enumerate().map(|(at, item)| (Step::Index(at), item)).collect()
            }
            _ => return,
        };
        for (step, child) in children {
            here.push(step);
            paths.push(here.clone());
            child.collect_paths(here, paths);
            here.pop();
        }
    }

    /// The same in JSON, where a token that is not JSON becomes a string.
    pub(super) fn to_json(&self) -> Json {
        match self {
            Value::Null | Value::Alias(_) => Json::Null,
            Value::Plain(token) => {
                serde_json::from_str(token).unwrap_or_else(|_| Json::String(token.clone()))
            }
            Value::Text(text) | Value::Code(text) => Json::String(text.clone()),
            Value::List(items) => items.iter().map(Value::to_json).collect(),
            Value::Map(map) => map
                .0
                .iter()
                .filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value.to_json())))
                .collect(),
            Value::Anchored(_, value) => value.to_json(),
        }
    }
}

impl Map {
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
    }

    pub(super) fn set(&mut self, key: &str, value: Value) {
        match self.get_mut(key) {
            Some(old) => *old = value,
            None => self.0.push((Value::text(key), value)),
        }
    }
}

/// A JSON pointer.
pub(super) fn pointer(path: &[Step]) -> String {
    path.iter()
        .map(|step| match step {
            Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => format!("/{index}"),
        })
        .collect()
}
