//! Field specs: where in which kinds of objects a transformer finds its field.
//!
//! A path such as `spec/template/spec/containers[]/image` leads through fields, and through every element
//! of the lists on its way, whether it says `[]` or not; `\/` is a slash in a name. Where a field is
//! missing nothing happens, unless the spec and the transformer both say that it is created.
//!
//! A [`FieldPath`] is made once and walked over thousands of objects; a walk that finds nothing allocates
//! nothing.

use std::sync::{Arc, OnceLock};

use crate::field::{
    FieldError, LONGEST_PATH, LookupPath, NodeKind, is_null, shortened, split_path,
};
use crate::kustomization::{FieldSpec, Gvk};
use crate::yaml::{Mapping, Node, Span, Style, Value};

/// A path of a field spec, made ready when it is first walked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FieldPath {
    text: Arc<str>,
    parts: Arc<OnceLock<Vec<Part>>>,
}

#[derive(Debug)]
struct Part {
    /// The field. A part of white space is the node itself.
    name: Box<str>,
    /// Whether `[]` follows the name.
    list: bool,
    /// What kyaml does not take for the name of a field: an index, `*`, a selector, nothing.
    fault: Option<Fault>,
}

#[derive(Clone, Debug)]
enum Fault {
    /// No name at all, which is refused wherever a mapping is met.
    Empty,
    /// Refused by whatever refuses the part as a path.
    Lookup(LookupPath),
}

/// What a field that is missing, or null, is created as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Create {
    /// The kind.
    pub kind: NodeKind,
    /// The tag of a scalar that was null before, in its short form; `""` for none. New fields have no
    /// tag.
    pub tag: &'static str,
}

impl Create {
    /// A mapping.
    pub const MAPPING: Create = Create { kind: NodeKind::Mapping, tag: "" };
    /// A string.
    pub const STRING: Create = Create { kind: NodeKind::Scalar, tag: "!!str" };
    /// A whole number.
    pub const INT: Create = Create { kind: NodeKind::Scalar, tag: "!!int" };
}

/// Why a walk ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalkError<E> {
    /// A path that the object does not fit.
    #[error("the field `{path}` cannot be reached: {source}")]
    Field {
        /// The path.
        path: String,
        /// What is wrong.
        source: FieldError,
    },
    /// A path with an empty part.
    #[error("the field path `{path}` has an empty part; names stand between single slashes")]
    EmptyPart {
        /// The path.
        path: String,
        /// The mapping that should have that field.
        span: Span,
    },
    /// What the caller's function gave back.
    #[error(transparent)]
    Set(E),
}

impl FieldPath {
    /// Makes a path ready. Parts that no field can have are found out when an object gets that far.
    pub fn parse(path: &str) -> FieldPath {
        FieldPath { text: path.into(), parts: Arc::default() }
    }

    fn split(&self) -> Vec<Part> {
        let part = |part: String| {
            let name = part.strip_suffix("[]").unwrap_or(&part);
            let list = name.len() != part.len();
            let trimmed = name.trim();
            let fault = if name.is_empty() {
                Some(Fault::Empty)
            } else {
                let is_field = trimmed.parse::<i64>().is_err()
                    && !matches!(trimmed, "-" | "*")
                    && !(trimmed.starts_with('[') && trimmed.ends_with(']'));
                (!is_field).then(|| Fault::Lookup(LookupPath::new([trimmed])))
            };
            Part { name: trimmed.into(), list, fault }
        };
        split_path(&self.text, '/').into_iter().map(part).collect()
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Calls the function on every node at the path. With `create`, fields that are missing are created
    /// (mappings on the way, what `create` says at its end); fields that are null become what they would
    /// be created as, and an empty list where the path says `[]` even without.
    ///
    /// # Errors
    ///
    /// A path that goes on where a scalar is, and what the function gives back.
    pub fn walk<E>(
        &self,
        node: &mut Node,
        create: Option<Create>,
        set: &mut impl FnMut(&mut Node) -> Result<(), E>,
    ) -> Result<(), WalkError<E>> {
        let split = self.parts.get_or_init(|| self.split());
        let parts = split.len();
        if parts > LONGEST_PATH {
            let source = FieldError::TooLong { parts, limit: LONGEST_PATH };
            return Err(WalkError::Field { path: shortened(&self.text), source });
        }
        Walk { path: self, create, set }.walk(node, split)
    }
}

struct Walk<'w, F> {
    path: &'w FieldPath,
    create: Option<Create>,
    set: &'w mut F,
}

impl<F> Walk<'_, F> {
    fn walk<E>(&mut self, node: &mut Node, parts: &[Part]) -> Result<(), WalkError<E>>
    where
        F: FnMut(&mut Node) -> Result<(), E>,
    {
        let Some((part, rest)) = parts.split_first() else {
            return (self.set)(node).map_err(WalkError::Set);
        };
        if is_null(node) {
            return Ok(());
        }
        let (found, span) = (node.kind(), node.span);
        match &mut node.value {
            Value::Sequence(items) => items.iter_mut().try_for_each(|item| self.walk(item, parts)),
            Value::Mapping(mapping) => match &part.fault {
                None if part.name.is_empty() => self.walk(node, rest),
                None => self.field(mapping, part, rest),
                Some(Fault::Empty) => {
                    Err(WalkError::EmptyPart { path: self.path.text.to_string(), span })
                }
                Some(Fault::Lookup(lookup)) => match lookup.get(node) {
                    Ok(_) => Ok(()),
                    Err(fault) => Err(self.fault(fault)),
                },
            },
            _ => {
                // Either would do; a path asks for a mapping.
                let expected = NodeKind::Mapping;
                Err(self.fault(FieldError::WrongKind { expected, found, span }))
            }
        }
    }

    fn fault<E>(&self, source: FieldError) -> WalkError<E> {
        WalkError::Field { path: self.path.text.to_string(), source }
    }

    fn field<E>(
        &mut self,
        mapping: &mut Mapping,
        part: &Part,
        rest: &[Part],
    ) -> Result<(), WalkError<E>>
    where
        F: FnMut(&mut Node) -> Result<(), E>,
    {
        let create = match self.create {
            _ if part.list => None,
            Some(_) if !rest.is_empty() => Some(Create::MAPPING),
            create => create,
        };
        if mapping.get(&part.name).is_none() {
            let Some(create) = create else {
                return Ok(());
            };
            mapping.insert(Node::untagged(&*part.name), create.kind.create());
        }
        let Some(field) = mapping.get_mut(&part.name) else {
            return Ok(());
        };
        if is_null(field) {
            let list = Create { kind: NodeKind::Sequence, tag: "" };
            if let Some(create) = if part.list { Some(list) } else { create } {
                from_null(field, create);
            }
        }
        self.walk(field, rest)
    }
}

/// Makes of null what it is to be created as. A scalar keeps its text, so that `{!!int, "null"}` lasts
/// until it is set.
fn from_null(node: &mut Node, create: Create) {
    let text = node.key_text().into_owned();
    node.source_text = None;
    match create.kind {
        NodeKind::Scalar => {
            node.value = Value::String(text);
            node.tag = (create.tag != "!!str").then(|| create.tag.into());
            if node.tag.is_none() && node.style == Style::Plain {
                node.style = Style::Auto;
            }
        }
        kind => {
            node.tag = None;
            node.value = kind.create().value;
        }
    }
}

/// Group and version of an `apiVersion`.
pub fn group_and_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// Whether an object is of a group, version and kind, by what stands in it now; what is empty matches
/// everything.
pub fn is_of(gvk: &Gvk, object: &Node) -> bool {
    let field = |name| object.get(name).map(Node::key_text).unwrap_or_default();
    if !gvk.kind.is_empty() && gvk.kind != field("kind") {
        return false;
    }
    if gvk.group.is_empty() && gvk.version.is_empty() {
        return true;
    }
    let api_version = field("apiVersion");
    let (group, version) = group_and_version(&api_version);
    (gvk.group.is_empty() || gvk.group == group)
        && (gvk.version.is_empty() || gvk.version == version)
}

/// A field spec, made ready. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ReadySpec {
    gvk: Arc<Gvk>,
    path: FieldPath,
    create: bool,
}

impl ReadySpec {
    /// Makes a field spec ready.
    pub fn new(spec: &FieldSpec) -> ReadySpec {
        ReadySpec {
            gvk: Arc::new(spec.gvk.clone()),
            path: FieldPath::parse(&spec.path),
            create: spec.create,
        }
    }

    /// A spec for every object, which creates its field.
    pub fn creating(path: &str) -> ReadySpec {
        ReadySpec::new(&FieldSpec { path: path.to_owned(), create: true, ..FieldSpec::default() })
    }

    /// Which objects it is for.
    pub fn gvk(&self) -> &Gvk {
        &self.gvk
    }

    /// The path.
    pub fn path(&self) -> &FieldPath {
        &self.path
    }

    /// Calls the function on every node that the spec means in the object. `create` is what the
    /// transformer creates; it counts where the spec says so too.
    ///
    /// # Errors
    ///
    /// As [`FieldPath::walk`].
    pub fn apply<E>(
        &self,
        object: &mut Node,
        create: Option<Create>,
        set: &mut impl FnMut(&mut Node) -> Result<(), E>,
    ) -> Result<(), WalkError<E>> {
        if !is_of(&self.gvk, object) {
            return Ok(());
        }
        self.path.walk(object, create.filter(|_| self.create), set)
    }
}

/// Applies field specs one after the other, each to what the ones before made of the object.
///
/// # Errors
///
/// As [`FieldPath::walk`].
pub fn apply_all<E>(
    specs: &[ReadySpec],
    object: &mut Node,
    create: Option<Create>,
    set: &mut impl FnMut(&mut Node) -> Result<(), E>,
) -> Result<(), WalkError<E>> {
    specs.iter().try_for_each(|spec| spec.apply(object, create, set))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::set_scalar;
    use crate::field::testing::{json, node};

    fn spec(path: &str, create: bool) -> ReadySpec {
        ReadySpec::new(&FieldSpec { path: path.to_owned(), create, ..FieldSpec::default() })
    }

    fn walked(object: &str, path: &str, create: Option<Create>) -> String {
        let mut object = node(object);
        let mut set = |found: &mut Node| set_scalar(found, &mut Node::untagged("!"));
        match spec(path, true).apply(&mut object, create, &mut set) {
            Ok(()) => json(&object),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_node_at_the_path_is_set() {
        for (object, path, result) in [
            ("a: {b: x}", "a/b", r#"{"a":{"b":"!"}}"#),
            (
                "a: [{b: x}, {b: y}, {c: z}, null]",
                "a/b",
                r#"{"a":[{"b":"!"},{"b":"!"},{"c":"z"},null]}"#,
            ),
            ("a: [{b: x}]", "a[]/b", r#"{"a":[{"b":"!"}]}"#),
            ("a: {b: x}", "a[]/b", r#"{"a":{"b":"!"}}"#),
            ("a/b: x", r"a\/b", r#"{"a/b":"!"}"#),
            ("a: {b: x}", "/a/b", r#"{"a":{"b":"!"}}"#),
            ("a: {c: x}", "a/b", r#"{"a":{"c":"x"}}"#),
            ("a: null", "a/b", r#"{"a":null}"#),
            ("a: null", "a", r#"{"a":"!"}"#),
            ("a: [[{b: 1}]]", "a/b", r#"{"a":[[{"b":"!"}]]}"#),
        ] {
            assert_eq!(walked(object, path, None), result, "{object} {path}");
        }
    }

    #[test]
    fn what_is_missing_is_created_if_spec_and_transformer_say_so() {
        let create = Some(Create::STRING);
        for (object, path, result) in [
            ("{}", "a/b", r#"{"a":{"b":"!"}}"#),
            ("a: null", "a/b", r#"{"a":{"b":"!"}}"#),
            ("a: {b: null}", "a/b", r#"{"a":{"b":"!"}}"#),
            ("a: [{}, {b: x}]", "a/b", r#"{"a":[{"b":"!"},{"b":"!"}]}"#),
            ("{}", "a[]/b", "{}"),
        ] {
            assert_eq!(walked(object, path, create), result, "{object} {path}");
            let mut object = node(object);
            let before = json(&object);
            let mut set = |_: &mut Node| Ok::<(), ()>(());
            let walked = spec(path, false).apply(&mut object, create, &mut set);
            assert!(walked.is_ok());
            assert_eq!(json(&object), before);
        }
    }

    #[test]
    fn null_becomes_what_it_would_be_created_as() {
        let mut set = |_: &mut Node| Ok::<(), ()>(());
        for (object, path, create, result) in [
            ("a: null", "a[]/b", None, r#"{"a":[]}"#),
            ("a: null", "a[]", None, r#"{"a":[]}"#),
            ("a: null", "a", Some(Create::MAPPING), r#"{"a":{}}"#),
            ("a: null", "a", Some(Create::STRING), r#"{"a":"null"}"#),
            ("a: null", "a", Some(Create::INT), "`null` cannot be written as !!int"),
            ("a: null", "a", None, r#"{"a":null}"#),
        ] {
            let mut object = node(object);
            assert!(spec(path, true).apply(&mut object, create, &mut set).is_ok());
            assert_eq!(json(&object), result, "{path}");
        }
    }

    #[test]
    fn a_path_that_does_not_fit_is_an_error() {
        for (object, path, part) in [
            ("a: x", "a/b", "needs a mapping"),
            ("a: [x]", "a/b", "needs a mapping"),
            ("a: {}", "a//b", "empty part"),
            ("a: {}", "", "empty part"),
            ("a: {}", "a/[]", "empty part"),
            ("a: {}", "a/0", "needs a sequence"),
            ("a: {}", "a/*", "`*`"),
            ("a: {}", "a/[x=y]", "needs a sequence"),
        ] {
            let error = walked(object, path, None);
            assert!(error.contains(part), "{object} {path}: {error}");
        }
        assert_eq!(walked("{}", "a//b", None), "{}");
        let long = vec!["a"; LONGEST_PATH + 1].join("/");
        assert!(walked("{}", &long, Some(Create::STRING)).contains("257"));
    }

    #[test]
    fn a_spec_is_for_objects_as_they_are_now() {
        let object = node("apiVersion: apps/v1\nkind: Deployment\n");
        let gvk = |group: &str, version: &str, kind: &str| Gvk {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        };
        for (group, version, kind, is) in [
            ("", "", "", true),
            ("apps", "", "", true),
            ("", "v1", "Deployment", true),
            ("apps", "v1", "Deployment", true),
            ("batch", "", "", false),
            ("", "v2", "", false),
            ("", "", "Job", false),
        ] {
            assert_eq!(is_of(&gvk(group, version, kind), &object), is, "{group} {version} {kind}");
        }
        assert!(is_of(&gvk("", "v1", "X"), &node("apiVersion: v1\nkind: X\n")));
        assert!(!is_of(&gvk("x", "", ""), &node("apiVersion: v1\nkind: X\n")));
    }
}
