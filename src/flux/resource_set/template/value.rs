//! What templates compute with: Go's values, with the types that functions tell apart.
//!
//! Go knows `int` from `int64` and `[]string` from `[]interface {}`, and so do `typeOf`, `has`, `eq` and the parameters of functions.
//! Maps are shared, for `set` changes them where they are: they live in a [`Heap`], which counts the work as well.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value as Json;

use super::error::TemplateErrorKind as Fault;

/// How deep values may nest.
const DEEPEST: u16 = 100;

/// A value of a template.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// No value at all: `<no value>`.
    Absent,
    /// The value of an interface that has none: `<nil>`.
    Nil,
    /// `bool`.
    Bool(bool),
    /// `int`: numbers in the text of a template.
    Int(i64),
    /// `int64`: numbers of inputs, and what arithmetic gives.
    Int64(i64),
    /// `uint8`: a byte of a text.
    Byte(u8),
    /// `float64`.
    Float(f64),
    /// `string`.
    Text(Rc<str>),
    /// A slice.
    List(List),
    /// A map with texts for keys.
    Map(Map),
}

/// A slice.
#[derive(Clone, Debug)]
pub(crate) struct List {
    /// The type of its items.
    pub(crate) of: Item,
    /// Its items.
    pub(crate) items: Rc<Vec<Value>>,
    /// Whether it is Go's nil, which JSON says as `null`.
    pub(crate) nil: bool,
    depth: u16,
}

/// The type of the items of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// `interface {}`.
    Any,
    /// `string`.
    Text,
    /// `int`.
    Int,
    /// `[]interface {}`.
    List,
}

/// A map, by its place in the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Map {
    /// Whether its values are of type `string`, and not of any.
    pub(crate) of_texts: bool,
    /// Where it is; none for Go's nil, which is empty and cannot be written to.
    pub(crate) at: Option<usize>,
}

impl Map {
    /// The map that is nil.
    pub(crate) const NIL: Map = Map { of_texts: false, at: None };
}

pub(crate) type Entries = BTreeMap<Rc<str>, Value>;

/// Where maps live, and what has been spent.
#[derive(Debug)]
pub(crate) struct Heap {
    maps: Vec<Entries>,
    left: u64,
}

impl Heap {
    /// A heap with so many steps to spend.
    pub(crate) fn new(steps: u64) -> Heap {
        Heap { maps: Vec::new(), left: steps }
    }

    /// Counts work: a step, an item of a list, a byte of a text.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        self.left = self.left.checked_sub(steps as u64).ok_or(Fault::TooMuchWork)?;
        Ok(())
    }

    /// Puts a map on the heap.
    pub(crate) fn map(&mut self, entries: Entries) -> Result<Map, Fault> {
        self.spend(entries.len() + 1)?;
        self.maps.push(entries);
        Ok(Map { of_texts: false, at: Some(self.maps.len() - 1) })
    }

    /// Makes a list.
    pub(crate) fn list(&mut self, of: Item, items: Vec<Value>) -> Result<Value, Fault> {
        self.spend(items.len() + 1)?;
        let depth = items.iter().map(|item| match item {
            Value::List(list) => list.depth,
            _ => 0,
        });
        let depth = depth.max().unwrap_or(0) + 1;
        if depth > DEEPEST {
            return Err(Fault::TooDeep);
        }
        Ok(Value::List(List { of, items: Rc::new(items), nil: false, depth }))
    }

    /// Makes a list of anything.
    pub(crate) fn any_list(&mut self, items: Vec<Value>) -> Result<Value, Fault> {
        self.list(Item::Any, items)
    }

    /// Makes a list of texts.
    pub(crate) fn texts(&mut self, items: impl Iterator<Item = String>) -> Result<Value, Fault> {
        let mut texts = Vec::new();
        for item in items {
            texts.push(self.text(item)?);
        }
        self.list(Item::Text, texts)
    }

    /// Makes a text.
    pub(crate) fn text(&mut self, text: impl Into<Rc<str>>) -> Result<Value, Fault> {
        let text = text.into();
        self.spend(text.len())?;
        Ok(Value::Text(text))
    }

    /// The entries of a map.
    pub(crate) fn entries(&self, map: Map) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        map.at.and_then(|at| self.maps.get(at)).into_iter().flatten()
    }

    /// How many entries a map has.
    pub(crate) fn size(&self, map: Map) -> usize {
        map.at.and_then(|at| self.maps.get(at)).map_or(0, BTreeMap::len)
    }

    /// An entry of a map.
    pub(crate) fn get(&self, map: Map, key: &str) -> Option<&Value> {
        map.at.and_then(|at| self.maps.get(at))?.get(key)
    }

    /// The entries of a map to be changed; none for nil.
    pub(crate) fn entries_mut(&mut self, map: Map) -> Option<&mut Entries> {
        self.maps.get_mut(map.at?)
    }

    /// A value of JSON as the inputs of a ResourceSet are read: whole numbers are of type `int64`.
    pub(crate) fn read(&mut self, json: &Json) -> Result<Value, Fault> {
        self.read_with(json, 0, true)
    }

    /// A value of JSON as `fromJson` reads it: all numbers are of type `float64`.
    pub(crate) fn read_floats(&mut self, json: &Json) -> Result<Value, Fault> {
        self.read_with(json, 0, false)
    }

    fn read_with(&mut self, json: &Json, depth: u16, integers: bool) -> Result<Value, Fault> {
        if depth > DEEPEST {
            return Err(Fault::TooDeep);
        }
        Ok(match json {
            Json::Null => Value::Nil,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => match whole(number) {
                Some(value) if integers => Value::Int64(value),
                _ => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => self.text(text.as_str())?,
            Json::Array(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.read_with(item, depth + 1, integers)?);
                }
                self.any_list(values)?
            }
            Json::Object(object) => {
                let mut entries = Entries::new();
                for (key, value) in object {
                    self.spend(key.len())?;
                    entries
                        .insert(key.as_str().into(), self.read_with(value, depth + 1, integers)?);
                }
                Value::Map(self.map(entries)?)
            }
        })
    }

    /// A value as Go's `json.Marshal` has it, with sorted keys and without the form of its text.
    pub(crate) fn json(&mut self, value: &Value) -> Result<Json, Fault> {
        self.json_at(value, 0)
    }

    fn json_at(&mut self, value: &Value, depth: u16) -> Result<Json, Fault> {
        if depth > DEEPEST {
            return Err(Fault::TooDeep);
        }
        self.spend(1)?;
        Ok(match value {
            Value::Absent | Value::Nil => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) | Value::Int64(value) => Json::from(*value),
            Value::Byte(value) => Json::from(*value),
            Value::Float(value) if !value.is_finite() => {
                return Err(Fault::refused("a number that is not finite cannot be said in JSON"));
            }
            Value::Float(value) => Json::from(*value),
            Value::Text(text) => {
                self.spend(text.len())?;
                Json::String(text.to_string())
            }
            Value::List(list) if list.nil => Json::Null,
            Value::List(list) => {
                let mut items = Vec::with_capacity(list.items.len());
                for item in list.items.iter() {
                    items.push(self.json_at(item, depth + 1)?);
                }
                Json::Array(items)
            }
            Value::Map(Map { at: None, .. }) => Json::Null,
            Value::Map(map) => {
                let entries: Vec<_> =
                    self.entries(*map).map(|(key, value)| (key.clone(), value.clone())).collect();
                let mut object = serde_json::Map::with_capacity(entries.len());
                for (key, value) in entries {
                    self.spend(key.len())?;
                    object.insert(key.to_string(), self.json_at(&value, depth + 1)?);
                }
                Json::Object(object)
            }
        })
    }

    /// `reflect.DeepEqual`.
    pub(crate) fn deep_equal(&mut self, a: &Value, b: &Value) -> Result<bool, Fault> {
        self.deep_equal_at(a, b, 0)
    }

    fn deep_equal_at(&mut self, a: &Value, b: &Value, depth: u16) -> Result<bool, Fault> {
        if depth > DEEPEST {
            return Err(Fault::TooDeep);
        }
        self.spend(1)?;
        Ok(match (a, b) {
            (Value::Absent | Value::Nil, Value::Absent | Value::Nil) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) | (Value::Int64(a), Value::Int64(b)) => a == b,
            (Value::Byte(a), Value::Byte(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::List(a), Value::List(b)) => {
                if a.of != b.of || a.nil != b.nil || a.items.len() != b.items.len() {
                    return Ok(false);
                }
                for (a, b) in a.items.iter().zip(b.items.iter()) {
                    if !self.deep_equal_at(a, b, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Value::Map(a), Value::Map(b)) => {
                if a == b {
                    return Ok(true);
                }
                if a.of_texts != b.of_texts
                    || a.at.is_some() != b.at.is_some()
                    || self.size(*a) != self.size(*b)
                {
                    return Ok(false);
                }
                let entries: Vec<_> =
                    self.entries(*a).map(|(key, value)| (key.clone(), value.clone())).collect();
                for (key, value) in entries {
                    let Some(other) = self.get(*b, &key).cloned() else { return Ok(false) };
                    if !self.deep_equal_at(&value, &other, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
            _ => false,
        })
    }

    /// Whether a value is its type's zero, as `if` has it.
    pub(crate) fn truth(&self, value: &Value) -> bool {
        match value {
            Value::Absent | Value::Nil => false,
            Value::Bool(value) => *value,
            Value::Int(value) | Value::Int64(value) => *value != 0,
            Value::Byte(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::List(list) => !list.items.is_empty(),
            Value::Map(map) => self.size(*map) > 0,
        }
    }
}

/// A number of JSON as an `int64`: YAML's `1.0` is `1` once it has been JSON.
fn whole(number: &serde_json::Number) -> Option<i64> {
    if let Some(value) = number.as_i64() {
        return Some(value);
    }
    let value = number.as_f64()?;
    let fits = value.fract() == 0.0 && value.abs() < 9_223_372_036_854_775_807.0;
    (number.is_f64() && fits).then_some(value as i64)
}

impl Value {
    /// The list that is nil.
    pub(crate) fn nil_list(of: Item) -> Value {
        Value::List(List { of, items: Rc::new(Vec::new()), nil: true, depth: 1 })
    }

    /// The type as `%T` prints it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Value::Absent | Value::Nil => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Int64(_) => "int64",
            Value::Byte(_) => "uint8",
            Value::Float(_) => "float64",
            Value::Text(_) => "string",
            Value::List(list) => match list.of {
                Item::Any => "[]interface {}",
                Item::Text => "[]string",
                Item::Int => "[]int",
                Item::List => "[][]interface {}",
            },
            Value::Map(map) if map.of_texts => "map[string]string",
            Value::Map(_) => "map[string]interface {}",
        }
    }

    /// The kind as `reflect.Kind` prints it.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self {
            Value::Absent | Value::Nil => "invalid",
            Value::List(_) => "slice",
            Value::Map(_) => "map",
            _ => self.type_name(),
        }
    }

    /// Whether there is nothing.
    pub(crate) fn is_nil(&self) -> bool {
        matches!(self, Value::Absent | Value::Nil)
    }
}
