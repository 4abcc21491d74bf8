//! Finds places in a document by their paths, and reads and changes what is there, with the rules of
//! the Go library that kustomize uses.

use std::borrow::Cow;

use super::Fault;
use crate::go::number::atoi;
use crate::yaml::{Mapping, Node, Style, Value};

/// The kinds of null that the Go library tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    /// A null of the document or within a value: the same as nothing at all.
    Nothing,
    /// The value of an operation that is null.
    Given,
    /// A copy of such a value: a mapping without keys that no key can be added to.
    Copied,
}

impl Null {
    /// A null; its kind is kept in the text until the document gets its last form.
    pub(super) fn node(self) -> Node {
        let source_text = match self {
            Null::Nothing => None,
            Null::Given => Some("".into()),
            Null::Copied => Some("null".into()),
        };
        Node { style: Style::Plain, source_text, ..Node::default() }
    }

    /// Which kind of null a node is, if it is one.
    pub(super) fn of(node: &Node) -> Option<Null> {
        match (&node.value, node.source_text.as_deref()) {
            (Value::Null, None) => Some(Null::Nothing),
            (Value::Null, Some("")) => Some(Null::Given),
            (Value::Null, Some(_)) => Some(Null::Copied),
            _ => None,
        }
    }
}

/// A mapping or a list of the document and a key in it.
pub(super) struct Place<'d, 'p> {
    container: Container<'d>,
    /// The style of the container.
    style: &'d mut Style,
    key: Cow<'p, str>,
    /// The path up to the container.
    parent: &'p str,
    /// How many levels the document has above the container's values.
    pub(super) depth: usize,
}

enum Container<'d> {
    Mapping(&'d mut Mapping),
    List(&'d mut Vec<Node>),
    /// [`Null::Copied`]
    Copied,
}

/// The place that a path names. Everything but the last part must be there.
pub(super) fn find<'d, 'p>(document: &'d mut Node, path: &'p str) -> Result<Place<'d, 'p>, Fault> {
    let Some(last) = path.rfind('/') else {
        return Err(match path {
            "" => Fault::WholeDocument,
            _ => Fault::NoSlash { path: path.to_owned() },
        });
    };
    let mut node = document;
    let mut depth = 1;
    let mut end = path.find('/').unwrap_or(last);
    while end < last {
        let start = end + 1;
        end = start + path[start..].find('/').unwrap_or(last - start);
        let place = Place::at(node, &path[start..end], &path[..start - 1], depth)?;
        node = place.into_child(&path[..end])?;
        depth += 1;
    }
    Place::at(node, &path[last + 1..], &path[..last], depth)
}

impl<'d, 'p> Place<'d, 'p> {
    fn at(
        node: &'d mut Node,
        key: &'p str,
        parent: &'p str,
        depth: usize,
    ) -> Result<Place<'d, 'p>, Fault> {
        let key = if key.contains('~') { Cow::Owned(unescape(key)) } else { Cow::Borrowed(key) };
        let (found, null) = (node.kind(), Null::of(node));
        let Node { value, style, .. } = node;
        let container = match value {
            Value::Mapping(mapping) => Container::Mapping(mapping),
            Value::Sequence(items) => Container::List(items),
            Value::Null if null == Some(Null::Copied) => Container::Copied,
            Value::Null => return Err(Fault::NoParent { parent: parent.to_owned(), null: true }),
            _ => return Err(Fault::NotAContainer { parent: parent.to_owned(), found }),
        };
        Ok(Place { container, style, key, parent, depth })
    }

    fn into_child(self, path: &str) -> Result<&'d mut Node, Fault> {
        let missing = || Fault::NoParent { parent: path.to_owned(), null: false };
        match self.container {
            Container::Mapping(mapping) => child_mut(mapping, &self.key).ok_or_else(missing),
            Container::List(items) => {
                let at = item(items.len(), &self.key, self.parent)?;
                items.get_mut(at).ok_or_else(missing)
            }
            Container::Copied => Err(missing()),
        }
    }

    /// The value at the place. A key that is not there is null; an item that is not there is an
    /// error.
    pub(super) fn get(&self) -> Result<Option<&Node>, Fault> {
        match &self.container {
            Container::Mapping(mapping) => {
                Ok(mapping.search(&self.key).ok().map(|at| &mapping.entries()[at].1))
            }
            Container::List(items) => {
                let at = item(items.len(), &self.key, self.parent)?;
                Ok(items.get(at))
            }
            Container::Copied => Ok(None),
        }
    }

    /// Takes the value out, and says where in a list it was.
    pub(super) fn remove(self) -> Result<(Node, Option<usize>), Fault> {
        let (removed, empty) = match self.container {
            Container::Mapping(mapping) => {
                let found = mapping.search(&self.key);
                let removed = found.ok().map(|at| (mapping.remove_at(at), None));
                (removed, mapping.is_empty())
            }
            Container::List(items) => {
                let at = item(items.len(), &self.key, self.parent)?;
                (Some((items.remove(at), Some(at))), items.is_empty())
            }
            Container::Copied => (None, false),
        };
        *self.style = if empty { Style::Flow } else { Style::Plain };
        removed.ok_or_else(|| Fault::NoKey {
            parent: if self.parent.is_empty() { "/" } else { self.parent }.to_owned(),
            key: self.key.into_owned(),
        })
    }

    /// Sets a key, or puts an item into a list. Says where in a list it is now, or whether the key
    /// had that very value.
    pub(super) fn add(self, value: Node) -> Result<Added, Fault> {
        let added = match self.container {
            Container::Mapping(mapping) => set_key(mapping, &self.key, value),
            Container::List(items) => {
                let len = items.len();
                let at = if self.key == "-" {
                    len
                } else {
                    // Counted from the end, there is one more place than there are items.
                    index(len + 1, &self.key, self.parent, len)?
                };
                items.insert(at, value);
                Added::Item(at)
            }
            Container::Copied => return Err(no_place(self.parent)),
        };
        *self.style = Style::Plain;
        Ok(added)
    }

    /// Sets a key, be it there or not, or an item that is there.
    pub(super) fn set(self, value: Node) -> Result<Added, Fault> {
        let Container::List(items) = self.container else {
            return self.add(value);
        };
        let at = item(items.len(), &self.key, self.parent)?;
        let same = super::equal::same(&items[at], &value);
        items[at] = value;
        Ok(if same { Added::Same } else { Added::Item(at) })
    }
}

/// What became of a value that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// The key, or the item, had that value before.
    Same,
    /// The key is new or has another value than before.
    Key,
    /// It is an item of a list, with this number.
    Item(usize),
}

fn no_place(parent: &str) -> Fault {
    Fault::NoParent { parent: parent.to_owned(), null: true }
}

/// The value of a key. All keys are strings here, in the order of their bytes, as JSON left them.
fn child_mut<'m>(mapping: &'m mut Mapping, key: &str) -> Option<&'m mut Node> {
    let at = mapping.search(key).ok()?;
    Some(&mut mapping.entries_mut()[at].1)
}

fn set_key(mapping: &mut Mapping, key: &str, value: Node) -> Added {
    let at = match mapping.search(key) {
        Ok(at) => {
            let old = &mut mapping.entries_mut()[at].1;
            let same = super::equal::same(old, &value);
            *old = value;
            return if same { Added::Same } else { Added::Key };
        }
        Err(at) => at,
    };
    let mut key = Node::string(key).at(value.span);
    // Where this fails, the document gets its last form at the end, and it fails there.
    let _ = key.become_encoded();
    mapping.insert_at(at, key, value);
    Added::Key
}

/// The number of an item that is there.
fn item(len: usize, key: &str, parent: &str) -> Result<usize, Fault> {
    index(len, key, parent, len)
}

/// A number below `places`; a negative one counts from there.
fn index(places: usize, key: &str, parent: &str, len: usize) -> Result<usize, Fault> {
    let Some(number) = atoi(key) else {
        return Err(Fault::NotAnIndex { parent: parent.to_owned(), key: key.to_owned() });
    };
    let from_start =
        if number < 0 { number.saturating_add_unsigned(places as u64) } else { number };
    match usize::try_from(from_start) {
        Ok(at) if at < places => Ok(at),
        _ => Err(Fault::NoItem { parent: parent.to_owned(), index: number, len }),
    }
}

/// `~1` is `/` and `~0` is `~`, from left to right; any other `~` is itself.
fn unescape(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    let mut rest = key;
    while let Some(at) = rest.find('~') {
        out.push_str(&rest[..at]);
        let (character, width) = match rest.as_bytes().get(at + 1) {
            Some(b'0') => ('~', 2),
            Some(b'1') => ('/', 2),
            _ => ('~', 1),
        };
        out.push(character);
        rest = &rest[at + width..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_once_from_left_to_right() {
        for (key, text) in [("a~1b", "a/b"), ("~01", "~1"), ("~~0", "~~"), ("~2~", "~2~")] {
            assert_eq!(unescape(key), text);
        }
    }
}
