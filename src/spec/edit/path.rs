//! Fields as people name them on a command line: `sources.app.git.branch`, `owner[0]`, `labels."acme.example/a"`.

use std::fmt;
use std::str::FromStr;

use kustomize::yaml::{Node, Value as Yaml};
use serde_json::{Map, Value};

use super::EditError;

/// The way to a field from the root of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Step>);

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a mapping.
    Key(String),
    /// Into a list, counted from zero.
    Index(usize),
    /// Behind the last item of a list; only at the end of a path.
    Append,
}

impl FromStr for Path {
    type Err = EditError;

    fn from_str(text: &str) -> Result<Self, EditError> {
        let invalid = |why| EditError::InvalidPath { path: text.to_owned(), why };
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (index, behind) =
                    inner.split_once(']').ok_or_else(|| invalid("a `[` is not closed"))?;
                if steps.is_empty() {
                    return Err(invalid("it begins with an index"));
                }
                steps.push(match index {
                    "+" => Step::Append,
                    _ => Step::Index(
                        index.parse().map_err(|_| invalid("an index is a number or `+`"))?,
                    ),
                });
                rest = behind;
            } else {
                if !steps.is_empty() {
                    rest = rest
                        .strip_prefix('.')
                        .ok_or_else(|| invalid("a `.` is missing between two fields"))?;
                }
                let (key, behind) = match rest.strip_prefix('"') {
                    Some(inner) => {
                        inner.split_once('"').ok_or_else(|| invalid("a `\"` is not closed"))?
                    }
                    None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
                };
                if key.is_empty() {
                    return Err(invalid("a field has no name"));
                }
                steps.push(Step::Key(key.to_owned()));
                rest = behind;
            }
        }
        if steps.is_empty() {
            return Err(invalid("it is empty"));
        }
        if steps.iter().rev().skip(1).any(|step| *step == Step::Append) {
            return Err(invalid("`[+]` stands at the end only"));
        }
        Ok(Self(steps))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Append => f.write_str("[+]")?,
                Step::Key(key) => {
                    if at > 0 {
                        f.write_str(".")?;
                    }
                    if key.contains(['.', '[']) {
                        write!(f, "\"{key}\"")?;
                    } else {
                        f.write_str(key)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Path {
    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    pub(super) fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    pub(super) fn append(&self) -> Self {
        self.with(Step::Append)
    }

    pub(super) fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, steps)| Self(steps.to_vec()))
    }

    fn up_to(&self, at: usize) -> String {
        Self(self.0[..at].to_vec()).to_string()
    }

    /// What stands there; nothing if the path ends in something that is not said yet.
    pub(super) fn find<'a>(&self, root: &'a Node) -> Result<Option<&'a Node>, EditError> {
        let mut node = root;
        for (at, step) in self.0.iter().enumerate() {
            let next = match (step, &node.value) {
                (_, Yaml::Null) => None,
                (Step::Key(key), Yaml::Mapping(mapping)) => mapping.get(key),
                (Step::Key(_), _) => {
                    let path = self.up_to(at);
                    return Err(EditError::NotAMapping { path, found: node.kind() });
                }
                (Step::Append, Yaml::Sequence(_)) => None,
                (Step::Index(index), Yaml::Sequence(items)) => match items.get(*index) {
                    Some(item) => Some(item),
                    None => {
                        let path = self.up_to(at);
                        return Err(EditError::NoSuchItem { path, len: items.len() });
                    }
                },
                (Step::Append | Step::Index(_), _) => {
                    let path = self.up_to(at);
                    return Err(EditError::NotAList { path, found: node.kind() });
                }
            };
            match next {
                Some(next) => node = next,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    /// Does to a value what is to be done to a text.
    pub(super) fn put(&self, root: &mut Value, new: Value) -> Result<(), EditError> {
        let mut value = root;
        for (at, step) in self.0.iter().enumerate() {
            if value.is_null() {
                *value = match step {
                    Step::Key(_) => Value::Object(Map::new()),
                    _ => Value::Array(Vec::new()),
                };
            }
            let path = || self.up_to(at);
            value = match (step, value) {
                (Step::Key(key), Value::Object(fields)) => {
                    fields.entry(key.clone()).or_insert(Value::Null)
                }
                (Step::Append, Value::Array(items)) => {
                    items.push(Value::Null);
                    let last = items.len() - 1;
                    &mut items[last]
                }
                (Step::Index(index), Value::Array(items)) => {
                    let len = items.len();
                    items
                        .get_mut(*index)
                        .ok_or_else(|| EditError::NoSuchItem { path: path(), len })?
                }
                (Step::Key(_), _) => {
                    return Err(EditError::NotAMapping { path: path(), found: "a value" });
                }
                _ => return Err(EditError::NotAList { path: path(), found: "a value" }),
            };
        }
        *value = new;
        Ok(())
    }

    /// The same for a field that goes.
    pub(super) fn take(&self, root: &mut Value) {
        let Some((last, steps)) = self.0.split_last() else { return };
        let mut value = root;
        for step in steps {
            let next = match (step, value) {
                (Step::Key(key), Value::Object(fields)) => fields.get_mut(key),
                (Step::Index(index), Value::Array(items)) => items.get_mut(*index),
                _ => None,
            };
            let Some(next) = next else { return };
            value = next;
        }
        match (last, value) {
            (Step::Key(key), Value::Object(fields)) => drop(fields.shift_remove(key)),
            (Step::Index(index), Value::Array(items)) => drop(items.remove(*index)),
            _ => {}
        }
    }
}
