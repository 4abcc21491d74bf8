//! Edits of a description's files that keep comments, order and layout of everything else.
//!
//! An edit works on the text, at the places that the reader gives, and touches as little of it as it can. What comes
//! out is read again and compared by meaning with what was asked for before anybody gets it: an edit that would do
//! something else is an error and never a surprise.

mod path;
mod splice;
mod typed;
mod write;

use kustomize::yaml::{Budget, Mapping, Node, SourceId, parse};
use serde_json::{Map, Value};

pub use path::{Path, Step};
pub use typed::value;
pub use write::write;

/// Why an edit was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file is not YAML with one mapping in it.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// The path is not one.
    #[error("`{path}` is not a field: {why}")]
    InvalidPath {
        /// What was given.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A key was asked of something that has none.
    #[error("`{path}` is {found} and has no fields")]
    NotAMapping {
        /// The field that is no mapping.
        path: String,
        /// What it is.
        found: &'static str,
    },
    /// An item was asked of something that is no list.
    #[error("`{path}` is {found} and not a list")]
    NotAList {
        /// The field that is no list.
        path: String,
        /// What it is.
        found: &'static str,
    },
    /// The list is shorter.
    #[error("`{path}` has {len} items; write `{path}[+]` to append one")]
    NoSuchItem {
        /// The list.
        path: String,
        /// How many items it has.
        len: usize,
    },
    /// A field cannot take the name of another.
    #[error("`{path}` cannot become `{other}`: that is said, too")]
    Taken {
        /// The field.
        path: String,
        /// The other.
        other: String,
    },
    /// The edit of the text would have changed something else too.
    #[error("`{0}` cannot be edited without touching something else; edit the file by hand")]
    Unproven(String),
}

/// Sets a field, such as `quota.cpu`, `owner[0]`, `owner[+]` (appends) or `labels."acme.example/a"`, or with `None`
/// takes it out, together with what becomes empty by that.
///
/// Idempotent: when the field has the value already, no byte changes. A mapping or a list is brought to the new value
/// by its differing parts.
///
/// # Errors
/// See [`EditError`].
pub fn set(text: &str, path: &str, value: Option<&Value>) -> Result<String, EditError> {
    let path: Path = path.parse()?;
    match value {
        Some(value) => put(text, &path, value),
        None => take(text, &path),
    }
}

/// What a field says; nothing if it is not said.
///
/// # Errors
/// See [`EditError`].
pub fn get(text: &str, path: &str) -> Result<Option<Value>, EditError> {
    let path: Path = path.parse()?;
    Ok(path.find(&read(text)?)?.map(Node::to_json))
}

/// Gives a field another name in its place, so that its value and the comments around it stay: `rename(text, "a.b", "c")`
/// makes `a.c` of it. A file that does not say the field stays as it is.
///
/// # Errors
/// See [`EditError`]; [`EditError::Taken`] if there is a field of the new name.
pub fn rename(text: &str, path: &str, name: &str) -> Result<String, EditError> {
    let path: Path = path.parse()?;
    let root = read(text)?;
    let Some(value) = path.find(&root)?.map(Node::to_json) else { return Ok(text.to_owned()) };
    let (Some(parent), Some(Step::Key(_))) = (path.parent(), path.steps().last()) else {
        return Err(EditError::InvalidPath { path: path.to_string(), why: "it names no field" });
    };
    let renamed = parent.key(name);
    if renamed == path {
        return Ok(text.to_owned());
    }
    if renamed.find(&root)?.is_some() {
        return Err(EditError::Taken { path: path.to_string(), other: renamed.to_string() });
    }
    let mut wanted = root.to_json();
    path.take(&mut wanted);
    renamed.put(&mut wanted, value)?;
    proven(splice::rename(text, &root, &path, name), &wanted, &path)
}

/// Brings a whole file to a new meaning by its differing parts, so that comments and layout of the rest stay. When the
/// meaning is the same already, no byte changes.
///
/// # Errors
/// See [`EditError`].
pub fn replace_entity(text: &str, value: &Map<String, Value>) -> Result<String, EditError> {
    put_mapping(text, &Path::default(), value)
}

/// A file's mapping; an empty one if it says nothing.
pub(super) fn read(text: &str) -> Result<Node, EditError> {
    let mut documents = parse(SourceId(0), text.as_bytes(), &Budget::default()).map_err(|all| {
        EditError::Unreadable(all.first().map_or_else(String::new, ToString::to_string))
    })?;
    match (documents.len(), documents.pop().map(|document| document.root)) {
        (1, Some(root)) if root.as_mapping().is_some() => Ok(root),
        (0, _) => Ok(Node::new(Mapping::new())),
        (1, Some(root)) if root.is_null() => Ok(Node::new(Mapping::new())),
        (1, Some(root)) => {
            Err(EditError::Unreadable(format!("it holds {} and not a mapping", root.kind())))
        }
        _ => Err(EditError::Unreadable("it holds several documents".to_owned())),
    }
}

fn put(text: &str, path: &Path, value: &Value) -> Result<String, EditError> {
    let root = read(text)?;
    let there = path.find(&root)?;
    match (there, value) {
        (Some(node), _) if node.to_json() == *value => Ok(text.to_owned()),
        (Some(node), Value::Object(fields)) if !fields.is_empty() && has_entries(node) => {
            put_mapping(text, path, fields)
        }
        (Some(node), Value::Array(items))
            if !items.is_empty() && node.as_sequence().is_some_and(|old| !old.is_empty()) =>
        {
            put_list(text, path, node.as_sequence().map_or(0, <[Node]>::len), items)
        }
        _ => {
            let mut wanted = root.to_json();
            path.put(&mut wanted, value.clone())?;
            proven(splice::put(text, &root, path, value), &wanted, path)
        }
    }
}

fn has_entries(node: &Node) -> bool {
    node.as_mapping().is_some_and(|mapping| !mapping.is_empty())
}

fn put_mapping(text: &str, path: &Path, fields: &Map<String, Value>) -> Result<String, EditError> {
    let root = read(text)?;
    let old: Vec<String> = path
        .find(&root)?
        .and_then(Node::as_mapping)
        .map(|mapping| mapping.keys().map(|key| key.key_text().into_owned()).collect())
        .unwrap_or_default();
    let mut text = text.to_owned();
    for (key, value) in fields {
        text = put(&text, &path.key(key), value)?;
    }
    for key in old.iter().filter(|key| !fields.contains_key(*key)) {
        text = take(&text, &path.key(key))?;
    }
    Ok(text)
}

fn put_list(text: &str, path: &Path, old: usize, items: &[Value]) -> Result<String, EditError> {
    let mut text = text.to_owned();
    for (at, item) in items.iter().enumerate() {
        let step = if at < old { path.index(at) } else { path.append() };
        text = put(&text, &step, item)?;
    }
    for at in (items.len()..old).rev() {
        text = take(&text, &path.index(at))?;
    }
    Ok(text)
}

fn take(text: &str, path: &Path) -> Result<String, EditError> {
    let root = read(text)?;
    if path.find(&root)?.is_none() {
        return Ok(text.to_owned());
    }
    // What becomes empty goes as well: `auth: {}` would be a statement.
    let mut path = path.clone();
    while let Some(parent) = path.parent().filter(|parent| !parent.is_root()) {
        match parent.find(&root)?.map(only_child) {
            Some(true) => path = parent,
            _ => break,
        }
    }
    let mut wanted = root.to_json();
    path.take(&mut wanted);
    proven(splice::take(text, &root, &path), &wanted, &path)
}

fn only_child(node: &Node) -> bool {
    node.as_mapping().is_some_and(|mapping| mapping.len() == 1)
        || node.as_sequence().is_some_and(|items| items.len() == 1)
}

/// A text, once it is known to mean what it should.
fn proven(text: Option<String>, wanted: &Value, path: &Path) -> Result<String, EditError> {
    text.filter(|text| read(text).is_ok_and(|root| root.to_json() == *wanted))
        .ok_or_else(|| EditError::Unproven(path.to_string()))
}

#[cfg(test)]
mod tests;
