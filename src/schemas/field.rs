//! Fields as people read of them: what `explain` prints and what a dialogue offers.
//!
//! Lists and maps are walked through: what can be said in `containers` are the fields of one container.

use super::kind::Kind;
use super::shape::{Shape, ShapeId, Type};
use super::{Schemas, Seen};
use crate::spec::nearest;

/// A path that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no field `{name}` in {}", if within.is_empty() { "it" } else { within })]
pub struct WalkError {
    /// The part of the path that exists, as it was written; empty for the kind itself.
    pub within: String,
    /// What does not exist there.
    pub name: String,
    /// What was probably meant.
    pub nearest: Option<String>,
    /// What can be said there.
    pub known: Vec<String>,
}

/// A field of a kind, or the kind as a whole.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    schemas: &'a Schemas,
    /// The field's name; empty for the kind as a whole.
    name: String,
    /// What the field says itself.
    own: Seen<'a>,
    /// With what it refers to.
    seen: Seen<'a>,
    required: bool,
}

impl Schemas {
    /// A kind as a whole, whose children are its fields; `None` for a kind of other [`Schemas`].
    #[must_use]
    pub fn whole(&self, kind: &Kind) -> Option<Field<'_>> {
        let seen = self.root(self.home(&kind.api_version(), &kind.kind)?)?;
        let name = String::new();
        Some(Field { schemas: self, name, own: seen, seen, required: false })
    }
}

impl<'a> Field<'a> {
    /// A field further in, step by step.
    ///
    /// # Errors
    /// When there is no such field, with what there is.
    pub fn at(&self, path: &[&str]) -> Result<Self, WalkError> {
        let mut field = self.clone();
        for (at, name) in path.iter().enumerate() {
            field = field.child(name).ok_or_else(|| {
                let known: Vec<String> =
                    field.children().into_iter().map(|child| child.name).collect();
                WalkError {
                    within: path[..at].join("."),
                    name: (*name).to_owned(),
                    nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
                    known,
                }
            })?;
        }
        Ok(field)
    }

    /// What can be said in it, sorted by name.
    #[must_use]
    pub fn children(&self) -> Vec<Self> {
        let inner = self.inner();
        let shape = &inner.read.shape;
        let child = |(name, id): &(super::shape::Text, ShapeId)| {
            let required = shape.required.contains(name);
            self.part(inner, *id, inner.text(*name), required)
        };
        shape.properties.iter().map(child).collect()
    }

    fn child(&self, name: &str) -> Option<Self> {
        let inner = self.inner();
        let shape = &inner.read.shape;
        if let Some(id) = inner.property(name) {
            let required = shape.required.iter().any(|own| inner.text(*own) == name);
            return Some(self.part(inner, id, name, required));
        }
        // A key of a map whose values are no mappings.
        let values = self.map_values()?;
        Some(self.part(self.seen, values, name, false))
    }

    fn part(&self, of: Seen<'a>, id: ShapeId, name: &str, required: bool) -> Self {
        let own = Seen { read: of.shapes.get(id), ..of };
        let seen = self.schemas.resolved(own);
        Field { schemas: self.schemas, name: name.to_owned(), own, seen, required }
    }

    /// The mapping whose fields can be said: that of the items of a list and of the values of a map.
    fn inner(&self) -> Seen<'a> {
        let mut seen = self.seen;
        loop {
            let shape = &seen.read.shape;
            let deeper = match shape {
                Shape { of: Type::Array, items, .. } => *items,
                Shape { additional, properties, .. } if properties.is_empty() => *additional,
                _ => None,
            };
            match deeper {
                Some(id) => seen = self.schemas.part(seen, id),
                None => return seen,
            }
        }
    }

    fn map_values(&self) -> Option<ShapeId> {
        let shape = &self.seen.read.shape;
        shape.additional.filter(|_| shape.properties.is_empty())
    }

    /// Its name; empty for the kind as a whole.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it must be said.
    #[must_use]
    pub fn required(&self) -> bool {
        self.required
    }

    /// Its type as kubectl writes it: `string`, `[]Container`, `map[string]string`, `Object`.
    #[must_use]
    pub fn type_name(&self) -> String {
        self.type_of(self.own)
    }

    fn type_of(&self, own: Seen<'a>) -> String {
        let shape = &own.read.shape;
        if let Some(name) = shape.refers {
            return own.text(name).rsplit('.').next().unwrap_or_default().to_owned();
        }
        let of = |id: Option<ShapeId>| match id {
            Some(id) => self.type_of(Seen { read: own.shapes.get(id), ..own }),
            None => "Object".to_owned(),
        };
        match shape.of {
            Type::Array => format!("[]{}", of(shape.items)),
            Type::Object if shape.properties.is_empty() && shape.additional.is_some() => {
                format!("map[string]{}", of(shape.additional))
            }
            Type::Object | Type::Any => "Object".to_owned(),
            Type::String => "string".to_owned(),
            Type::Integer => "integer".to_owned(),
            Type::Number => "number".to_owned(),
            Type::Boolean => "boolean".to_owned(),
            Type::IntOrString => "IntOrString".to_owned(),
            Type::Quantity => "Quantity".to_owned(),
            Type::Metadata => "ObjectMeta".to_owned(),
        }
    }

    /// What it means: what the field says of itself, and after an empty line what its type says. Empty where nobody wrote anything.
    #[must_use]
    pub fn description(&self) -> String {
        let of = |seen: Seen<'a>| {
            let word = seen.read.shape.description?;
            Some(seen.library.word(word).trim())
        };
        let mut parts: Vec<&str> = Vec::new();
        for text in [of(self.own), of(self.seen)].into_iter().flatten() {
            if !parts.contains(&text) {
                parts.push(text);
            }
        }
        parts.join("\n\n")
    }

    /// The same in short: what the field says of itself, or what its type says where it says nothing.
    #[must_use]
    pub fn summary(&self) -> &'a str {
        let of = |seen: Seen<'a>| Some(seen.library.word(seen.read.shape.description?).trim());
        of(self.own).or_else(|| of(self.seen)).unwrap_or_default()
    }

    /// The values that it takes, as JSON without the quotes of strings; empty where any is taken.
    #[must_use]
    pub fn choices(&self) -> Vec<&'a str> {
        let choices = self.seen.read.shape.choices.iter();
        choices.map(|choice| self.seen.text(*choice).trim_matches('"')).collect()
    }

    /// What it is where nobody says it, as JSON.
    #[must_use]
    pub fn default(&self) -> Option<&'a str> {
        self.own.read.shape.default.map(|default| self.own.text(default))
    }

    /// The regular expression that it must match.
    #[must_use]
    pub fn pattern(&self) -> Option<&'a str> {
        self.seen.read.shape.pattern.map(|pattern| self.seen.text(pattern))
    }

    /// What must hold for it, as rules in CEL with what they mean in words.
    #[must_use]
    pub fn rules(&self) -> Vec<(&'a str, Option<&'a str>)> {
        let library = self.seen.library;
        let rules = self.seen.read.shape.rules.iter();
        rules
            .map(|(rule, words)| (library.word(*rule), words.map(|one| library.word(one))))
            .collect()
    }
}
