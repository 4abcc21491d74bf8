//! What a value may look like, in the small: a node of a schema, and the place where nodes are made.
//!
//! A [`Shape`] names its texts and its parts by number. [`Builder`] gives equal shapes and equal texts one number, which is what keeps
//! five versions of Kubernetes and the pod templates of a hundred kinds small. `read` makes shapes, `blob` writes and reads them.

use std::collections::HashMap;

use super::blob::Kept;

/// The number of a text that the shapes need to judge by: a field's name, a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Text(pub(super) u32);

/// The number of a text for people, which is read only when somebody asks for it: a description, a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Word(pub(super) u32);

/// The number of a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ShapeId(pub(super) u32);

/// The type of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Type {
    /// Nothing is said of it.
    #[default]
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    /// `x-kubernetes-int-or-string`, and `intstr.IntOrString`.
    IntOrString,
    /// `resource.Quantity`.
    Quantity,
    /// What every object says of itself: `metadata`, which is the API server's in custom resources, too.
    Metadata,
}

impl Type {
    pub(super) const ALL: [Self; 10] = [
        Self::Any,
        Self::Object,
        Self::Array,
        Self::String,
        Self::Integer,
        Self::Number,
        Self::Boolean,
        Self::IntOrString,
        Self::Quantity,
        Self::Metadata,
    ];
}

/// Which items of a list are one and the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Items {
    /// No two of them.
    #[default]
    Plain,
    /// `x-kubernetes-list-type: set`: those that are equal, which must not be.
    Set,
    /// `x-kubernetes-list-type: map`: those that agree in these fields, which must not be.
    Map(Vec<Text>),
}

/// How long or how many, of strings, lists and mappings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Count {
    pub(super) least: Option<u64>,
    pub(super) most: Option<u64>,
}

/// What a value may look like, by [structural schemas]' rules.
///
/// [structural schemas]: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) of: Type,
    /// Whether null is a value of its own.
    pub(super) nullable: bool,
    /// `x-kubernetes-preserve-unknown-fields`: fields that are not named are taken as they are.
    pub(super) open: bool,
    /// `x-kubernetes-embedded-resource`
    pub(super) embedded: bool,
    pub(super) above: bool,
    pub(super) below: bool,
    /// The definition that says the rest, by its name; which one that is depends on the version of Kubernetes.
    pub(super) refers: Option<Text>,
    pub(super) description: Option<Word>,
    /// Sorted by name.
    pub(super) properties: Vec<(Text, ShapeId)>,
    pub(super) required: Vec<Text>,
    pub(super) additional: Option<ShapeId>,
    pub(super) items: Option<ShapeId>,
    pub(super) list: Items,
    /// `enum`, as JSON.
    pub(super) choices: Vec<Text>,
    /// As JSON.
    pub(super) default: Option<Text>,
    pub(super) pattern: Option<Text>,
    pub(super) format: Option<Text>,
    /// As JSON; not itself allowed if `above`.
    pub(super) minimum: Option<Text>,
    /// As JSON; not itself allowed if `below`.
    pub(super) maximum: Option<Text>,
    pub(super) multiple_of: Option<Text>,
    pub(super) length: Count,
    pub(super) item_count: Count,
    pub(super) property_count: Count,
    pub(super) all_of: Vec<ShapeId>,
    pub(super) any_of: Vec<ShapeId>,
    pub(super) one_of: Vec<ShapeId>,
    pub(super) not: Option<ShapeId>,
    /// `x-kubernetes-validations`: each rule, and what it means in words.
    pub(super) rules: Vec<(Word, Option<Word>)>,
}

/// Gives numbers.
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) shapes: Vec<Shape>,
    pub(super) texts: Vec<String>,
    pub(super) words: Vec<String>,
    known_shapes: HashMap<Shape, ShapeId>,
    known_texts: HashMap<String, Text>,
    known_words: HashMap<String, Word>,
    /// What stands beside the shapes.
    pub(super) kept: Kept,
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Builder {
    pub(super) fn shape(&mut self, shape: Shape) -> ShapeId {
        if let Some(id) = self.known_shapes.get(&shape) {
            return *id;
        }
        let id = ShapeId(number(self.shapes.len()));
        self.shapes.push(shape.clone());
        self.known_shapes.insert(shape, id);
        id
    }

    pub(super) fn text(&mut self, text: &str) -> Text {
        if let Some(id) = self.known_texts.get(text) {
            return *id;
        }
        let id = Text(number(self.texts.len()));
        self.texts.push(text.to_owned());
        self.known_texts.insert(text.to_owned(), id);
        id
    }

    pub(super) fn word(&mut self, text: &str) -> Word {
        if let Some(id) = self.known_words.get(text) {
            return *id;
        }
        let id = Word(number(self.words.len()));
        self.words.push(text.to_owned());
        self.known_words.insert(text.to_owned(), id);
        id
    }
}
