//! `vars`: values of objects' fields, put where other objects say `$(NAME)`.
//!
//! The one who accumulates objects remembers which object each [`Var`] means. When all is
//! built the values are read ([`value_of`]) into [`Values`] and put into the fields that the configuration
//! names ([`Values::expand`]); what was never used is reported ([`Values::unused`]).

mod bind;
mod expand;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub(crate) use bind::resolve;
use expand::Expanded;

use super::fieldspec::{ReadySpec, WalkError};
use crate::field::{FieldError, FieldValue, is_null, value_at};
use crate::kustomization::Var;
use crate::yaml::{Node, Settled, Span, Style, Value};

/// What is wrong with a variable, or with a field that may have some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "`span` is the place of the variable, or in the object")]
pub enum Error {
    /// The variable's field is not in its object.
    #[error("the variable `{name}` has no value: its object has no field `{path}`")]
    FieldMissing { name: String, path: String, span: Span },
    /// No object is the variable's.
    #[error("the variable `{name}` has no value: no object is what its `objref` says")]
    NoObject { name: String, span: Span },
    /// The path to the variable's field does not fit the object.
    #[error(
        "the variable `{name}` has no value: `{path}` cannot be followed in its object: {source}"
    )]
    FieldPath { name: String, path: String, source: FieldError, span: Span },
    /// The field is a number in a form that kustomize cannot read.
    #[error(
        "the variable `{name}` has no value: kustomize cannot read the number at `{path}`; write it in \
         plain decimal digits"
    )]
    FieldUnreadable { name: String, path: String, span: Span },
    /// A list that may have variables has something else than strings.
    #[error(
        "this list may hold `$(...)` and so must hold strings alone, but it has {found}; write it in \
         quotes"
    )]
    ItemNotString { found: &'static str, span: Span },
    /// A mapping that may have variables has a key that is no string.
    #[error(
        "this mapping may hold `$(...)` and so must have strings as keys, but `{key}` is none; write it \
         in quotes"
    )]
    KeyNotString { key: String, span: Span },
    /// Texts that become too long.
    #[error("with this, variables make text longer by more than {} MiB", .limit >> 20)]
    TooLong { limit: usize, span: Span },
}

impl Error {
    /// Where the fault is.
    pub fn span(&self) -> Span {
        match self {
            Error::FieldMissing { span, .. }
            | Error::NoObject { span, .. }
            | Error::FieldPath { span, .. }
            | Error::FieldUnreadable { span, .. }
            | Error::ItemNotString { span, .. }
            | Error::KeyNotString { span, .. }
            | Error::TooLong { span, .. } => *span,
        }
    }
}

/// The value of a variable in the object that it means.
///
/// # Errors
///
/// A field that is not there or cannot be read.
pub(crate) fn value_of(var: &Var, object: &Node) -> Result<FieldValue, Error> {
    let (name, path, span) = (|| var.name.clone(), || var.field_path.clone(), var.span);
    match value_at(object, &var.field_path) {
        Ok(None) => Err(Error::FieldMissing { name: name(), path: path(), span }),
        Ok(Some(FieldValue::Unreadable)) => {
            Err(Error::FieldUnreadable { name: name(), path: path(), span })
        }
        Ok(Some(value)) => Ok(value),
        Err(source) => Err(Error::FieldPath { name: name(), path: path(), source, span }),
    }
}

/// The values of variables by name, and which were used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    values: BTreeMap<String, (FieldValue, bool)>,
    /// How many bytes of text were expanded to more than they were.
    expanded: usize,
}

/// How many bytes all texts with references may have once they are expanded.
const MAX_EXPANDED: usize = 256 << 20;

impl Values {
    /// Adds a variable.
    pub(crate) fn insert(&mut self, name: impl Into<String>, value: FieldValue) {
        self.values.insert(name.into(), (value, false));
    }

    /// The variables that were never put anywhere, and whether that is because they are a mapping or a
    /// list, which go nowhere.
    pub(crate) fn unused(&self) -> impl Iterator<Item = (&str, bool)> {
        let unused = self.values.iter().filter(|(_, (_, used))| !used);
        unused.map(|(name, (value, _))| (name.as_str(), *value == FieldValue::Collection))
    }

    /// Puts the values into the fields of an object that a spec names.
    ///
    /// # Errors
    ///
    /// A path that the object does not fit, and fields that hold anything but strings where only those are
    /// allowed.
    pub(crate) fn expand(
        &mut self,
        object: &mut Node,
        spec: &ReadySpec,
    ) -> Result<(), WalkError<Error>> {
        spec.apply(object, None, &mut |node| self.expand_node(node))
    }

    fn expand_node(&mut self, node: &mut Node) -> Result<(), Error> {
        if is_null(node) {
            return Ok(());
        }
        match &mut node.value {
            Value::Sequence(items) => items.iter_mut().try_for_each(|item| {
                if !item.is_string_like() {
                    return Err(Error::ItemNotString { found: item.kind(), span: item.span });
                }
                self.expand_scalar(item)
            }),
            Value::Mapping(mapping) => mapping.iter_mut().try_for_each(|(key, value)| {
                if !key.is_string_like() {
                    let (key, span) = (key.key_text().into_owned(), key.span);
                    return Err(Error::KeyNotString { key, span });
                }
                self.expand_scalar(value)
            }),
            _ => self.expand_scalar(node),
        }
    }

    /// Expands a string; every string loses its style and is a string from now on, even without a
    /// reference in it.
    fn expand_scalar(&mut self, node: &mut Node) -> Result<(), Error> {
        if !node.is_string_like() {
            return Ok(());
        }
        let span = node.span;
        let text = node.key_text();
        let limit = text.len().saturating_add(MAX_EXPANDED - self.expanded);
        let expanded = {
            let value = |name: &str| {
                let (value, used) = self.values.get_mut(name)?;
                (*value != FieldValue::Collection).then(|| {
                    *used = true;
                    value.clone()
                })
            };
            expand::expand(&text, value, written, limit)
        };
        let length = text.len();
        let new = match expanded {
            Some(Expanded::Text(text)) => Node::string(text),
            Some(Expanded::Whole(value)) => whole(value),
            None => return Err(Error::TooLong { limit: MAX_EXPANDED, span }),
        };
        self.expanded += new.as_str().map_or(0, |text| text.len().saturating_sub(length));
        if self.expanded > MAX_EXPANDED {
            return Err(Error::TooLong { limit: MAX_EXPANDED, span });
        }
        node.assign(new.at(span));
        Ok(())
    }
}

/// A value within text.
fn written(value: &FieldValue) -> Cow<'_, str> {
    match value {
        FieldValue::String(text) => Cow::Borrowed(text),
        FieldValue::Int(value) => Cow::Owned(value.to_string()),
        FieldValue::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        FieldValue::Float(value) => Cow::Owned(Node::new(*value).key_text().into_owned()),
        FieldValue::Collection | FieldValue::Unreadable => Cow::Borrowed(""),
    }
}

/// A value that stands alone keeps its type.
fn whole(value: FieldValue) -> Node {
    match value {
        FieldValue::Int(value) => Node { style: Style::Plain, ..Node::new(value) },
        FieldValue::Bool(value) => Node { style: Style::Plain, ..Node::new(value) },
        FieldValue::Float(value) => {
            let text = format!("{value}");
            let whole = matches!(
                Node::untagged(text.as_str()).settled(),
                Ok(Some(Settled::Int(_) | Settled::UInt(_)))
            );
            Node {
                style: Style::Plain,
                tag: whole.then(|| "!!float".into()),
                source_text: Some(text.into()),
                ..Node::new(value)
            }
        }
        value => Node::string(written(&value).into_owned()),
    }
}

#[cfg(test)]
mod tests;
