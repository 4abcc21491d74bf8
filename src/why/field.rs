//! Fields of objects: how they are written, found, and followed back through what was done to an object.
//!
//! In go texts that people write, and trees; out come paths. Nothing here knows what a step is.

use std::fmt;

use kustomize::yaml::{Node, Value};

/// A step on the way to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The value of a key.
    Key(String),
    /// An item of a list, from 0.
    Item(usize),
}

/// The way to a field from the root of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldPath(pub Vec<Segment>);

/// What a person writes of a field, before it is known which one that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldText {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Between dots or slashes: a key, or the number of an item.
    Plain(String),
    /// In brackets: the number or the name of an item, or a key in quotes.
    Bracket(String),
}

/// Why a text is no field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Nothing is said, or nothing between two dots.
    #[error("`{text}` names no field: a part of it is empty")]
    Empty {
        /// What was written.
        text: String,
    },
    /// A bracket that is not closed.
    #[error("`{text}` has a `[` without a `]`")]
    Open {
        /// What was written.
        text: String,
    },
    /// A `~` of a pointer that is neither `~0` nor `~1`.
    #[error("`{text}` is no JSON pointer: `~` is written `~0` in one, and `/` is `~1`")]
    Tilde {
        /// What was written.
        text: String,
    },
}

impl std::str::FromStr for FieldText {
    type Err = FieldError;

    /// Reads a JSON pointer (`/spec/values/cni`) or a path with dots (`spec.values.cni`, `spec.containers[0].image`,
    /// `spec.containers[app].image`, `metadata.labels["app.kubernetes.io/name"]`).
    fn from_str(text: &str) -> Result<Self, FieldError> {
        let parts = match text.strip_prefix('/') {
            Some(pointer) => of_pointer(text, pointer)?,
            None => of_dots(text)?,
        };
        Ok(Self { text: text.to_owned(), parts })
    }
}

impl fmt::Display for FieldText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn of_pointer(text: &str, pointer: &str) -> Result<Vec<Part>, FieldError> {
    let parts = pointer.split('/').map(|part| {
        if part.is_empty() {
            return Err(FieldError::Empty { text: text.to_owned() });
        }
        let escapes = part.split('~').skip(1);
        if escapes.into_iter().any(|rest| !rest.starts_with(['0', '1'])) {
            return Err(FieldError::Tilde { text: text.to_owned() });
        }
        Ok(Part::Plain(part.replace("~1", "/").replace("~0", "~")))
    });
    parts.collect()
}

fn of_dots(text: &str) -> Result<Vec<Part>, FieldError> {
    let empty = || FieldError::Empty { text: text.to_owned() };
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let open = || FieldError::Open { text: text.to_owned() };
            let (inside, after) = match inner.chars().next().filter(|first| "\"'".contains(*first))
            {
                Some(quote) => {
                    let end = inner[1..].find(&format!("{quote}]")).ok_or_else(open)?;
                    (&inner[1..=end], &inner[end + 3..])
                }
                None => inner.split_once(']').ok_or_else(open)?,
            };
            if inside.is_empty() {
                return Err(empty());
            }
            parts.push(Part::Bracket(inside.to_owned()));
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return Err(empty());
            }
            parts.push(Part::Plain(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        if let Some(after) = rest.strip_prefix('.') {
            if after.is_empty() {
                return Err(empty());
            }
            rest = after;
        }
    }
    if parts.is_empty() { Err(empty()) } else { Ok(parts) }
}

impl FieldText {
    /// The field of an object that is meant, if it has it. A key with dots in it is found without quotes, too.
    #[must_use]
    pub fn find(&self, object: &Node) -> Option<FieldPath> {
        let mut way = Vec::new();
        find(object, &self.parts, &mut way).then_some(FieldPath(way))
    }

    /// As [`Self::find`], as far as the object goes: the way to the last part that is there, and the first that is not.
    #[must_use]
    pub fn nearest(&self, object: &Node) -> (FieldPath, String) {
        let mut length = self.parts.len();
        while length > 0 {
            length -= 1;
            let mut way = Vec::new();
            if find(object, &self.parts[..length], &mut way) {
                let (Part::Plain(text) | Part::Bracket(text)) = &self.parts[length];
                return (FieldPath(way), text.clone());
            }
        }
        (FieldPath::default(), self.text.clone())
    }
}

fn find(node: &Node, parts: &[Part], way: &mut Vec<Segment>) -> bool {
    let Some((first, rest)) = parts.split_first() else { return true };
    let mut follow = |segment: Segment, child: &Node, rest: &[Part]| {
        way.push(segment);
        let found = find(child, rest, way);
        if !found {
            way.pop();
        }
        found
    };
    let (Part::Plain(text) | Part::Bracket(text)) = first;
    match &node.value {
        Value::Mapping(fields) => {
            if let Some(child) = fields.get(text)
                && follow(Segment::Key(text.clone()), child, rest)
            {
                return true;
            }
            // A key with dots in it.
            let mut key = text.clone();
            for (taken, part) in rest.iter().enumerate() {
                let Part::Plain(more) = part else { break };
                key.push('.');
                key.push_str(more);
                if let Some(child) = fields.get(&key)
                    && follow(Segment::Key(key.clone()), child, &rest[taken + 1..])
                {
                    return true;
                }
            }
            false
        }
        Value::Sequence(items) => {
            let by_number = text.parse().ok().filter(|at| *at < items.len());
            let by_name = || items.iter().position(|item| name_of(item) == Some(text));
            match by_number.or_else(by_name) {
                Some(at) => follow(Segment::Item(at), &items[at], rest),
                None => false,
            }
        }
        _ => false,
    }
}

/// The `name` of an item.
fn name_of(item: &Node) -> Option<&str> {
    item.get("name").and_then(Node::as_str)
}

impl FieldPath {
    /// The value of the field in an object.
    #[must_use]
    pub fn of<'n>(&self, object: &'n Node) -> Option<&'n Node> {
        self.0.iter().try_fold(object, |node, segment| child(node, segment))
    }

    /// As a JSON pointer.
    #[must_use]
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for segment in &self.0 {
            pointer.push('/');
            match segment {
                Segment::Key(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Segment::Item(at) => pointer.push_str(&at.to_string()),
            }
        }
        pointer
    }

    /// The last key on the way.
    #[must_use]
    pub fn last_key(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            Segment::Item(_) => None,
        })
    }

    /// The names of its parts.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = |segment: &Segment| match segment {
            Segment::Key(key) => key.clone(),
            Segment::Item(at) => at.to_string(),
        };
        self.0.iter().map(name).collect()
    }

    /// Of keys alone.
    #[must_use]
    pub fn of_keys(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| Segment::Key((*key).to_owned())).collect())
    }

    /// Where the field was in the object before a step, given how it was before and after; nothing where it is in an item of a list
    /// that was not there. Items are known by where they were written, by their names, or else by their numbers.
    #[must_use]
    pub fn before(&self, after: &Node, before: &Node) -> Option<Self> {
        let (mut after, mut before) = (Some(after), Some(before));
        let mut way = Vec::with_capacity(self.0.len());
        for segment in &self.0 {
            let was = match (segment, after, before) {
                (Segment::Item(at), Some(after), Some(before)) => {
                    Segment::Item(same_item(*at, after, before)?)
                }
                _ => segment.clone(),
            };
            after = after.and_then(|node| child(node, segment));
            before = before.and_then(|node| child(node, &was));
            way.push(was);
        }
        Some(Self(way))
    }
}

/// With dots, as `spec.containers[0].image`.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Item(number) => write!(f, "[{number}]")?,
                Segment::Key(key) if is_plain(key) => {
                    write!(f, "{}{key}", if at == 0 { "" } else { "." })?;
                }
                Segment::Key(key) => write!(f, "[\"{key}\"]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

/// The value of a key, or an item.
pub(super) fn child<'n>(node: &'n Node, segment: &Segment) -> Option<&'n Node> {
    match segment {
        Segment::Key(key) => node.get(key),
        Segment::Item(at) => node.as_sequence()?.get(*at),
    }
}

/// Which item of a list an item was before.
fn same_item(at: usize, after: &Node, before: &Node) -> Option<usize> {
    let (Some(now), Some(then)) = (after.as_sequence(), before.as_sequence()) else {
        return Some(at);
    };
    let item = now.get(at)?;
    if !item.span.is_empty() {
        let by_place = then.iter().position(|old| old.span == item.span);
        // An item that took what a step wrote has the place of that, and is known by its name.
        if by_place.is_some() {
            return by_place;
        }
    }
    if let Some(name) = name_of(item) {
        return then.iter().position(|old| name_of(old) == Some(name));
    }
    if now.len() == then.len() {
        return Some(at);
    }
    let by_value = then.iter().position(|old| same(old, item));
    by_value.or_else(|| then.get(at).is_some().then_some(at))
}

/// Whether two values mean the same, a number in any form.
#[must_use]
pub fn same(a: &Node, b: &Node) -> bool {
    let number = |node: &Node| match node.value {
        Value::Int(value) => Some(value as f64),
        Value::UInt(value) => Some(value as f64),
        Value::Float(value) => Some(value),
        _ => None,
    };
    match (&a.value, &b.value) {
        (Value::Mapping(a), Value::Mapping(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| {
                    b.get(&key.key_text()).is_some_and(|other| same(value, other))
                })
        }
        (Value::Sequence(a), Value::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        _ => a.same_meaning(b) || number(a).zip(number(b)).is_some_and(|(a, b)| a == b),
    }
}

/// The fields in which two trees differ, as they are called in the second one; those of lists whose items are not the same in number as
/// a whole.
pub(super) fn differences(
    before: &Node,
    after: &Node,
    way: &mut FieldPath,
    found: &mut Vec<FieldPath>,
) {
    let mut step = |segment: Segment, old: Option<&Node>, new: Option<&Node>| {
        way.0.push(segment);
        match (old, new) {
            (Some(old), Some(new)) => differences(old, new, way, found),
            (None, None) => {}
            _ => found.push(way.clone()),
        }
        way.0.pop();
    };
    match (&before.value, &after.value) {
        (Value::Mapping(old), Value::Mapping(new)) => {
            let gone = old.keys().filter(|key| !new.contains_key(&key.key_text()));
            for key in new.keys().chain(gone) {
                let key = key.key_text();
                step(Segment::Key(key.clone().into_owned()), old.get(&key), new.get(&key));
            }
        }
        (Value::Sequence(old), Value::Sequence(new)) if old.len() == new.len() => {
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                step(Segment::Item(at), Some(old), Some(new));
            }
        }
        _ if same(before, after) => {}
        _ => found.push(way.clone()),
    }
}

#[cfg(test)]
mod tests {
    use kustomize::yaml::{Budget, SourceId, parse};

    use super::*;

    fn node(text: &str) -> Node {
        parse(SourceId(1), text.as_bytes(), &Budget::default())
            .ok()
            .and_then(|mut documents| documents.pop())
            .map(|document| document.root)
            .unwrap_or_default()
    }

    fn found(text: &str) -> String {
        let object = node(
            "metadata: {labels: {app.kubernetes.io/name: web}}\nspec: {containers: [{name: app, image: web}, {name: '1', image: x}], 'a/b~c': 1}\n",
        );
        match text.parse::<FieldText>() {
            Ok(field) => match field.find(&object) {
                Some(path) => format!("{path} {}", path.pointer()),
                None => {
                    let (way, missing) = field.nearest(&object);
                    format!("no `{missing}` in `{way}`")
                }
            },
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_field_is_a_pointer_or_a_path_with_dots() {
        insta::assert_snapshot!(
            [
                "spec.containers[0].image",
                "spec.containers.0.image",
                "spec.containers[app].image",
                "/spec/containers/1",
                "/spec/a~1b~0c",
                "metadata.labels.app.kubernetes.io/name",
                "metadata.labels[\"app.kubernetes.io/name\"]",
                "spec.containers[2].image",
                "spec.contaners[0]",
                "spec..containers",
                "spec.",
                "",
                "/",
                "spec.containers[0",
                "spec[]",
                "/a~2",
            ]
            .map(found)
            .join("\n"),
            @r#"
        spec.containers[0].image /spec/containers/0/image
        spec.containers[0].image /spec/containers/0/image
        spec.containers[0].image /spec/containers/0/image
        spec.containers[1] /spec/containers/1
        spec["a/b~c"] /spec/a~1b~0c
        metadata.labels["app.kubernetes.io/name"] /metadata/labels/app.kubernetes.io~1name
        metadata.labels["app.kubernetes.io/name"] /metadata/labels/app.kubernetes.io~1name
        no `2` in `spec.containers`
        no `contaners` in `spec`
        `spec..containers` names no field: a part of it is empty
        `spec.` names no field: a part of it is empty
        `` names no field: a part of it is empty
        `/` names no field: a part of it is empty
        `spec.containers[0` has a `[` without a `]`
        `spec[]` names no field: a part of it is empty
        `/a~2` is no JSON pointer: `~` is written `~0` in one, and `/` is `~1`
        "#
        );
    }

    #[test]
    fn an_item_is_followed_where_others_come_before_it() {
        let before = node("a: [{name: x}, {name: y, v: 1}]\nb: [1, 2]\n");
        let after = node("a: [{name: new}, {name: x}, {name: y, v: 2}]\nb: [0, 1, 2]\n");
        let was = |text: &str| {
            let path = text.parse::<FieldText>().ok()?.find(&after)?;
            Some(path.before(&after, &before)?.to_string())
        };
        assert_eq!(was("a[2].v").as_deref(), Some("a[1].v"));
        assert_eq!(was("a[0]"), None);
        assert_eq!(was("b[2]").as_deref(), Some("b[1]"));
    }
}
