//! Paths that lead to one node at most: kyaml's `Lookup` and `LookupCreate`.

use super::{
    FieldError, LONGEST_PATH, Location, NodeKind, append, child, child_mut, element, elements,
    field_position, index, is_list_selector, smarter_split_path, split_selector,
};
use crate::yaml::{Node, Value};

/// A path to one node, made ready.
///
/// Its parts are names of fields, indices of lists, `-` for the last element of one, and `[name=value]` or
/// `[=value]` for the first element that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupPath {
    steps: Vec<Step>,
}

/// A part of the path. What cannot be followed is found out when it is reached, as in kyaml: a path that
/// ends before is no fault.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Index(usize),
    Last,
    Element { name: String, value: String },
    Fault(FieldError),
}

impl Step {
    fn new(part: &str) -> Step {
        match index(part) {
            Some(negative @ ..0) => {
                return Step::Fault(FieldError::NegativeIndex { index: negative });
            }
            Some(index) => return Step::Index(usize::try_from(index).unwrap_or(usize::MAX)),
            None => {}
        }
        match part {
            "-" => Step::Last,
            "*" => Step::Fault(FieldError::Wildcard),
            _ if is_list_selector(part) => match split_selector(part) {
                Some((name, value)) => {
                    Step::Element { name: name.to_owned(), value: value.to_owned() }
                }
                None => Step::Fault(FieldError::Selector { part: part.to_owned() }),
            },
            _ => Step::Field(part.to_owned()),
        }
    }

    /// Which child of the node it is, if there is one.
    fn position(&self, node: &Node) -> Result<Option<usize>, FieldError> {
        match self {
            Step::Field(name) => field_position(node, name),
            Step::Index(index) => {
                let length = elements(node)?.len();
                Ok(Some(*index).filter(|index| *index < length))
            }
            Step::Last => match elements(node)?.len() {
                0 => Err(FieldError::NoLastElement { span: node.span }),
                length => Ok(Some(length - 1)),
            },
            Step::Element { name, value } => {
                let holds = |item: &Node| {
                    if name.is_empty() {
                        return item.key_text() == value.as_str();
                    }
                    item.get(name).is_some_and(|field| field.key_text() == value.as_str())
                };
                Ok(elements(node)?.iter().position(holds))
            }
            Step::Fault(fault) => Err(fault.clone()),
        }
    }

    /// What the node before this step is created as.
    fn parent_kind(&self) -> NodeKind {
        match self {
            Step::Index(_) | Step::Element { .. } => NodeKind::Sequence,
            Step::Fault(FieldError::Selector { .. }) => NodeKind::Sequence,
            _ => NodeKind::Mapping,
        }
    }
}

impl LookupPath {
    /// A path of parts; white space around them and empty ones do not count.
    pub fn new<S: AsRef<str>>(parts: impl IntoIterator<Item = S>) -> LookupPath {
        let parts = parts.into_iter();
        let steps = parts.filter_map(|part| {
            let part = part.as_ref().trim();
            (!part.is_empty()).then(|| Step::new(part))
        });
        LookupPath { steps: steps.collect() }
    }

    /// A path with dots between its parts: see [`smarter_split_path`].
    pub fn parse(path: &str) -> LookupPath {
        LookupPath::new(smarter_split_path(path))
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether the path leads to the node itself.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The node at the path; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// A part that does not fit what it meets, or that no such path can have.
    pub fn get<'n>(&self, root: &'n Node) -> Result<Option<&'n Node>, FieldError> {
        let mut node = root;
        for step in &self.steps {
            match step.position(node)?.and_then(|at| child(node, at)) {
                Some(next) => node = next,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    /// Where the node at the path is, for as long as nothing is taken away before it.
    ///
    /// # Errors
    ///
    /// As [`LookupPath::get`].
    pub fn locate(&self, root: &Node) -> Result<Option<Location>, FieldError> {
        let mut node = root;
        let mut location = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let Some(at) = step.position(node)? else {
                return Ok(None);
            };
            let Some(next) = child(node, at) else {
                return Ok(None);
            };
            location.push(at);
            node = next;
        }
        Ok(Some(Location(location)))
    }

    /// The node at the path, to change it.
    ///
    /// # Errors
    ///
    /// As [`LookupPath::get`].
    pub fn get_mut<'n>(&self, root: &'n mut Node) -> Result<Option<&'n mut Node>, FieldError> {
        let mut node = root;
        for step in &self.steps {
            let Some(at) = step.position(node)? else {
                return Ok(None);
            };
            match child_mut(node, at) {
                Some(next) => node = next,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    /// The node at the path, created with what lies on the way if it is not there: the last one of that
    /// kind, the others as their next part needs them. `None` where the path goes through null, and
    /// where an index is not there.
    ///
    /// # Errors
    ///
    /// As [`LookupPath::get`], and a path that is too long.
    pub fn get_or_create<'n>(
        &self,
        root: &'n mut Node,
        kind: NodeKind,
    ) -> Result<Option<&'n mut Node>, FieldError> {
        let parts = self.steps.len();
        if parts > LONGEST_PATH {
            return Err(FieldError::TooLong { parts, limit: LONGEST_PATH });
        }
        let mut node = root;
        for (depth, step) in self.steps.iter().enumerate() {
            let at = match (step.position(node)?, step) {
                (Some(at), _) => Some(at),
                (None, Step::Field(name)) => {
                    let next = self.steps.get(depth + 1);
                    let kind = next.map_or(kind, Step::parent_kind);
                    match &mut node.value {
                        Value::Mapping(mapping) => {
                            mapping.insert(Node::untagged(name.as_str()), kind.create());
                            Some(mapping.len() - 1)
                        }
                        _ => None,
                    }
                }
                (None, Step::Element { name, value }) => append(node, element(name, value)),
                (None, _) => None,
            };
            match at.and_then(|at| child_mut(node, at)) {
                Some(next) => node = next,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, node};
    use super::*;

    const OBJECT: &str = "a: {b: [x, y, {name: n, port: 80}]}\nnothing:\nempty: []\n1: one\n";

    fn text(path: &str) -> Result<Option<String>, FieldError> {
        let object = node(OBJECT);
        Ok(LookupPath::parse(path).get(&object)?.map(|node| node.key_text().into_owned()))
    }

    #[test]
    fn a_path_finds_fields_indices_and_elements() {
        for (path, found) in [
            ("a.b.0", Some("x")),
            ("a.b.+1", Some("y")),
            ("a.b.-.name", Some("n")),
            ("a.b.[=y]", Some("y")),
            ("a.b.[port=80].name", Some("n")),
            ("a. b .0", Some("x")),
            ("a..b.0", Some("x")),
            ("a.b.3", None),
            ("a.b.[=z]", None),
            ("a.c", None),
            ("a.c.*", None),
            ("nothing.x", None),
            ("nothing.0", None),
            ("nothing.[=x]", None),
        ] {
            assert_eq!(text(path), Ok(found.map(str::to_owned)), "{path}");
        }
    }

    #[test]
    fn a_part_that_does_not_fit_is_an_error() {
        let wrong =
            |path: &str| text(path).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(wrong("a.b.c").contains("needs a mapping"), "{}", wrong("a.b.c"));
        assert!(wrong("a.0").contains("needs a sequence"));
        assert!(wrong("1").contains("needs a sequence"));
        assert!(wrong("a.b.-1").contains("below zero"));
        assert!(wrong("a.*").contains("`*`"));
        assert!(wrong("a.b.[x]").contains("[name=value]"));
        assert!(wrong("empty.-").contains("empty"));
        assert!(wrong("nothing.-").contains("empty"));
        assert!(wrong("a.b.0.x").contains("needs a mapping"));
    }

    #[test]
    fn what_is_missing_is_created_by_the_next_part() {
        for (path, created) in [
            ("x.y", r#"{"x":{"y":{}}}"#),
            ("x.[name=n].y", r#"{"x":[{"name":"n","y":{}}]}"#),
            ("x.[=1]", r#"{"x":[1]}"#),
            ("x.0", r#"{"x":[]}"#),
            ("x.-", r#"{"x":{}}"#),
        ] {
            let mut object = node("{}");
            let _ = LookupPath::parse(path).get_or_create(&mut object, NodeKind::Mapping);
            assert_eq!(json(&object), created, "{path}");
        }
    }

    #[test]
    fn nothing_is_created_below_null() {
        let mut object = node("a:\n");
        let found = LookupPath::parse("a.b").get_or_create(&mut object, NodeKind::Scalar);
        assert!(found.is_ok_and(|found| found.is_none()));
        assert_eq!(json(&object), r#"{"a":null}"#);
        let found = LookupPath::parse("a").get_or_create(&mut object, NodeKind::Mapping);
        assert!(found.is_ok_and(|found| found.is_some_and(|found| found.is_null())));
    }
}
