//! Paths that lead to any number of nodes: kyaml's `PathMatcher`.

use super::pattern::Pattern;
use super::{
    Embedded, FieldError, LONGEST_PATH, NodeKind, append, child, child_mut, element, elements,
    field_position, index, is_list_selector, smarter_split_path, split_selector,
};
use crate::yaml::{Node, Value, emit};

/// A path to nodes, made ready.
///
/// Its parts are names of fields, indices of lists, `*` for every element of one, and `[name=regex]` or
/// `[=regex]` for every element that matches. It goes on into text that is YAML, where what it finds is a
/// copy.
#[derive(Clone, Debug)]
pub struct MatchPath {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Field(String),
    Index(usize),
    Every,
    Select { part: String, name: String, value: String, pattern: Result<Pattern, FieldError> },
    Fault(FieldError),
}

impl Part {
    fn new(part: &str) -> Part {
        if let Some(index) = index(part).and_then(|index| usize::try_from(index).ok()) {
            return Part::Index(index);
        }
        if is_list_selector(part) {
            return match split_selector(part) {
                Some((name, value)) => Part::Select {
                    pattern: Pattern::new(part, value),
                    part: part.to_owned(),
                    name: name.to_owned(),
                    value: value.to_owned(),
                },
                None => Part::Fault(FieldError::Selector { part: part.to_owned() }),
            };
        }
        match part {
            "*" => Part::Every,
            "" => Part::Fault(FieldError::EmptyPart),
            _ => Part::Field(part.to_owned()),
        }
    }

    /// What the node before this part is created as.
    fn parent_kind(&self) -> NodeKind {
        match self {
            Part::Index(_) | Part::Select { .. } | Part::Fault(FieldError::Selector { .. }) => {
                NodeKind::Sequence
            }
            _ => NodeKind::Mapping,
        }
    }
}

/// Where a node stands below another: which child of which child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location(pub(super) Vec<usize>);

impl Location {
    /// The node there.
    pub fn get<'n>(&self, root: &'n Node) -> Option<&'n Node> {
        self.0.iter().try_fold(root, |node, at| child(node, *at))
    }

    /// How many levels it is below the root.
    pub(crate) fn depth(&self) -> usize {
        self.0.len()
    }

    /// Whether another place is below this one.
    pub fn is_above(&self, other: &Location) -> bool {
        self.0.len() < other.0.len() && other.0.starts_with(&self.0)
    }

    /// The node there, to change it.
    pub fn get_mut<'n>(&self, root: &'n mut Node) -> Option<&'n mut Node> {
        self.0.iter().try_fold(root, |node, at| child_mut(node, *at))
    }
}

/// What a path leads to.
#[derive(Clone, Debug)]
pub enum Found {
    /// A node.
    At(Location),
    /// A node that is no part of the object: it was read out of text, or created below null. kustomize
    /// writes to it, and what it writes is lost.
    Lost(Node),
}

impl MatchPath {
    /// A path of parts.
    pub fn new<S: AsRef<str>>(parts: impl IntoIterator<Item = S>) -> MatchPath {
        MatchPath { parts: parts.into_iter().map(|part| Part::new(part.as_ref())).collect() }
    }

    /// A path with dots between its parts: see [`smarter_split_path`].
    pub fn parse(path: &str) -> MatchPath {
        MatchPath::new(smarter_split_path(path))
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether the path leads to the node itself.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Everything at the path, in the order of the document. With a kind, what is missing is created: the
    /// last node of that kind, the others as their next part needs them; for a selector an element that it
    /// matches, for an index one at the very end of the list.
    ///
    /// # Errors
    ///
    /// A part that does not fit what it meets.
    pub fn find(
        &self,
        root: &mut Node,
        create: Option<NodeKind>,
    ) -> Result<Vec<Found>, FieldError> {
        let parts = self.parts.len();
        if parts > LONGEST_PATH {
            return Err(FieldError::TooLong { parts, limit: LONGEST_PATH });
        }
        let mut walk = Walk { create, at: Vec::new(), lost: 0, found: Vec::new() };
        walk.walk(root, &self.parts)?;
        Ok(walk.found)
    }
}

struct Walk {
    create: Option<NodeKind>,
    /// Where we are, unless we are nowhere.
    at: Vec<usize>,
    /// How often we left the object.
    lost: usize,
    found: Vec<Found>,
}

impl Walk {
    fn walk(&mut self, node: &mut Node, parts: &[Part]) -> Result<(), FieldError> {
        let Some((part, rest)) = parts.split_first() else {
            self.found.push(match self.lost {
                0 => Found::At(Location(self.at.clone())),
                _ => Found::Lost(node.clone()),
            });
            return Ok(());
        };
        match part {
            Part::Field(name) => self.field(node, name, rest),
            Part::Index(index) => self.index(node, *index, rest),
            Part::Every => {
                for at in 0..elements(node)?.len() {
                    self.child(node, at, rest)?;
                }
                Ok(())
            }
            Part::Select { part, name, value, pattern } => {
                let before = self.found.len();
                self.select(node, name, pattern, rest)?;
                if self.create.is_none() || self.found.len() > before {
                    return Ok(());
                }
                // Created elements are found by the same search, so one that is not would be created
                // for ever.
                let element = element(name, value);
                if node.is_null() {
                    let mut list = Node::new(vec![element]);
                    self.lost(|walk| walk.select(&mut list, name, pattern, rest))?;
                } else {
                    append(node, element);
                    self.select(node, name, pattern, rest)?;
                }
                if self.found.len() > before {
                    return Ok(());
                }
                Err(FieldError::SelfMismatch { part: part.clone() })
            }
            Part::Fault(fault) => Err(fault.clone()),
        }
    }

    fn child(&mut self, node: &mut Node, at: usize, rest: &[Part]) -> Result<(), FieldError> {
        self.at.push(at);
        let result = match child_mut(node, at) {
            Some(child) => self.walk(child, rest),
            None => Ok(()),
        };
        self.at.pop();
        result
    }

    /// Walks through what is no part of the object.
    fn lost(
        &mut self,
        walk: impl FnOnce(&mut Walk) -> Result<(), FieldError>,
    ) -> Result<(), FieldError> {
        self.lost += 1;
        let result = walk(self);
        self.lost -= 1;
        result
    }

    fn created(&self, rest: &[Part]) -> Option<Node> {
        let kind = self.create?;
        Some(rest.first().map_or(kind, Part::parent_kind).create())
    }

    fn field(&mut self, node: &mut Node, name: &str, rest: &[Part]) -> Result<(), FieldError> {
        let mut position = field_position(node, name)?;
        if position.is_none() {
            let Some(mut created) = self.created(rest) else {
                return Ok(());
            };
            let Value::Mapping(mapping) = &mut node.value else {
                return self.lost(|walk| walk.walk(&mut created, rest));
            };
            mapping.insert(Node::untagged(name), created);
            position = Some(mapping.len() - 1);
        }
        let Some(at) = position else {
            return Ok(());
        };
        match child(node, at) {
            Some(field) if field.is_scalar() && !rest.is_empty() => match Embedded::read(field)? {
                Embedded::Document(mut document) => {
                    self.lost(|walk| walk.walk(&mut document.root, rest))
                }
                Embedded::Nothing => Err(FieldError::WrongKind {
                    expected: rest[0].parent_kind(),
                    found: "text that holds nothing",
                    span: field.span,
                }),
            },
            _ => self.child(node, at, rest),
        }
    }

    fn index(&mut self, node: &mut Node, index: usize, rest: &[Part]) -> Result<(), FieldError> {
        let length = elements(node)?.len();
        if length == index
            && let Some(mut created) = self.created(rest)
        {
            if node.is_null() {
                return self.lost(|walk| walk.walk(&mut created, rest));
            }
            append(node, created);
        } else if length <= index {
            return Err(FieldError::IndexBeyondEnd { index, length, span: node.span });
        }
        self.child(node, index, rest)
    }

    fn select(
        &mut self,
        node: &mut Node,
        name: &str,
        pattern: &Result<Pattern, FieldError>,
        rest: &[Part],
    ) -> Result<(), FieldError> {
        for at in 0..elements(node)?.len() {
            let Some(item) = child(node, at) else {
                continue;
            };
            // The selector sees the value as it would be printed, quotes included.
            let value = if name.is_empty() { Some(item) } else { item.get(name) };
            let Some(value) = value else {
                continue;
            };
            let pattern = pattern.as_ref().map_err(Clone::clone)?;
            if pattern.is_match(emit::to_string(value).trim()) {
                // What follows the selector of a scalar does not count.
                self.child(node, at, if name.is_empty() { &[] } else { rest })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, node};
    use super::*;

    const OBJECT: &str = "list: [{name: web, port: 80}, {name: \"web-2\", port: 81}, {name: db}]\n\
        args: [-a, '-b', c]\nnothing: ~\nempty: []\ntext: '{\"a\": {\"b\": 1}}'\nmap: {x: 1}\n";

    /// Sets everything that is found to `!` and prints the object and how much was lost.
    fn set(path: &str, create: Option<NodeKind>) -> Result<(String, usize), FieldError> {
        let mut object = node(OBJECT);
        let mut lost = 0;
        for found in MatchPath::parse(path).find(&mut object, create)? {
            match found {
                Found::At(location) => {
                    *location.get_mut(&mut object).expect("is there") = Node::string("!");
                }
                Found::Lost(_) => lost += 1,
            }
        }
        let path = path.split('.').next().unwrap_or_default();
        Ok((object.get(path).map(json).unwrap_or_default(), lost))
    }

    #[test]
    fn a_path_finds_every_match() {
        for (path, result) in [
            (
                "list.*.port",
                r#"[{"name":"web","port":"!"},{"name":"web-2","port":"!"},{"name":"db"}]"#,
            ),
            (
                "list.[name=web].port",
                r#"[{"name":"web","port":"!"},{"name":"web-2","port":"!"},{"name":"db"}]"#,
            ),
            (
                "list.[name=^web.*$].port",
                r#"[{"name":"web","port":"!"},{"name":"web-2","port":81},{"name":"db"}]"#,
            ),
            (
                "list.[port=8[0]].name",
                r#"[{"name":"!","port":80},{"name":"web-2","port":81},{"name":"db"}]"#,
            ),
            ("list.2", r#"[{"name":"web","port":80},{"name":"web-2","port":81},"!"]"#),
            ("args.[=^-a].ignored", r#"["!","-b","c"]"#),
            ("args.[=b]", r#"["-a","!","c"]"#),
            ("empty.*.x", "[]"),
            ("nothing.x.y", "null"),
            ("nothing.*", "null"),
            ("map.y.z", r#"{"x":1}"#),
        ] {
            assert_eq!(set(path, None), Ok((result.to_owned(), 0)), "{path}");
        }
    }

    #[test]
    fn what_is_missing_is_created() {
        for (path, result, lost) in [
            ("map.y.z", r#"{"x":1,"y":{"z":"!"}}"#, 0),
            ("map.y.0.z", r#"{"x":1,"y":[{"z":"!"}]}"#, 0),
            ("map.y.[name=n].z", r#"{"x":1,"y":[{"name":"n","z":"!"}]}"#, 0),
            ("empty.[=v]", r#"["!"]"#, 0),
            ("args.3", r#"["-a","-b","c","!"]"#, 0),
            ("nothing.x", "null", 1),
            ("nothing.0", "null", 1),
            ("nothing.[name=x].y", "null", 1),
        ] {
            let found = set(path, Some(NodeKind::Scalar));
            assert_eq!(found, Ok((result.to_owned(), lost)), "{path}");
        }
    }

    #[test]
    fn a_null_that_was_left_out_is_text_that_holds_nothing() {
        for create in [None, Some(NodeKind::Scalar)] {
            for path in ["a.x", "a.*", "a.0", "a.[=x]"] {
                let found = MatchPath::parse(path).find(&mut node("a:"), create);
                assert!(matches!(found, Err(FieldError::WrongKind { .. })), "{path}");
            }
        }
    }

    #[test]
    fn what_is_found_in_text_is_lost() {
        assert_eq!(set("text.a.b", None).map(|(_, lost)| lost), Ok(1));
        assert_eq!(set("text.a.c", None).map(|(_, lost)| lost), Ok(0));
        assert_eq!(set("text.a.c", Some(NodeKind::Scalar)).map(|(_, lost)| lost), Ok(1));
    }

    #[test]
    fn a_part_that_does_not_fit_is_an_error() {
        let wrong = |path: &str, create| {
            set(path, create).err().map(|error| error.to_string()).unwrap_or_default()
        };
        let scalar = Some(NodeKind::Scalar);
        for (path, create, part) in [
            ("list.3", None, "no element 3"),
            ("list.4", scalar, "no element 4"),
            ("map.*", None, "needs a sequence"),
            ("map.[name=x]", scalar, "needs a sequence"),
            ("list.x", None, "needs a mapping"),
            ("list.[name=(].port", None, "regular expression"),
            ("list.[x]", None, "[name=value]"),
            ("list..x", None, "empty part"),
            ("empty.[name=^$].x", scalar, "does not match"),
        ] {
            assert!(wrong(path, create).contains(part), "{path}: {}", wrong(path, create));
        }
    }
}
