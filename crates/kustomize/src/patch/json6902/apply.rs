//! Applies the operations of a patch, one after the other, to one document.

use super::container::{Added, Null, find};
use super::document::{self, Stage};
use super::{
    Fault, JsonPatch, JsonPatchError, Member, Operation, OperationValue, Outcome, Unchanged, equal,
};
use crate::allowance::weight;
use crate::field::shortened;
use crate::yaml::{Budget, Node, Span, Value};

/// How large the copies of one patch may be in bytes, copies of copies counted each.
const MAX_COPIED: u64 = 64 << 20;

/// What is told of each operation, with the document after it.
pub(crate) type Observe<'o> = dyn FnMut(&Operation, &Node) + 'o;

impl JsonPatch {
    /// Applies the patch to a document, which has been through JSON afterwards.
    ///
    /// `observe` is told of each operation with the document after it, unless the document has another form until all are done.
    ///
    /// The annotations that kustomize keeps of a resource while it builds are part of the document to
    /// it, and [`rewrite_annotations`](super::rewrite_annotations) follows every patch.
    ///
    /// # Errors
    ///
    /// The first operation that fails, or what the document has that JSON cannot say. The document is
    /// of no use then.
    pub(crate) fn apply(
        &self,
        document: &mut Node,
        mut observe: Option<&mut Observe<'_>>,
    ) -> Result<Outcome, JsonPatchError> {
        let stage = if self.staged { Stage::Json } else { Stage::Whole };
        let clean = document::settle(document, stage).map_err(JsonPatchError::Document)?;
        let mut application =
            Application { document, finish: self.staged || !clean, outcome: Outcome::default() };
        for (index, operation) in self.operations.iter().enumerate() {
            application.apply(index, operation).map_err(|fault| operation.error(index, fault))?;
            if let Some(observe) = observe.as_mut().filter(|_| !application.finish) {
                observe(operation, application.document);
            }
        }
        let Application { finish, outcome, document, .. } = application;
        if document.as_mapping().is_none() {
            return Err(JsonPatchError::NotAMapping { span: self.last_span(document) });
        }
        if finish {
            document::finish(document)?;
        }
        Ok(outcome)
    }

    fn last_span(&self, document: &Node) -> Span {
        self.operations.last().map_or(document.span, |operation| operation.span)
    }
}

struct Application<'d> {
    document: &'d mut Node,
    /// Whether the document still has to get its last form.
    finish: bool,
    outcome: Outcome,
}

impl Application<'_> {
    fn apply(&mut self, index: usize, operation: &Operation) -> Result<(), Fault> {
        let name = match &operation.name {
            Member::Text(name, _) => name.as_str(),
            Member::Missing | Member::NotText(_) => return Err(Fault::NoName),
        };
        let (name, changed) = match name {
            "add" => ("add", self.add(operation)?),
            "remove" => ("remove", self.remove(operation)?),
            "replace" => ("replace", self.replace(operation)?),
            "move" => ("move", self.move_value(operation)?),
            "copy" => ("copy", self.copy(operation)?),
            "test" => {
                self.test(operation)?;
                ("test", true)
            }
            _ => return Err(Fault::UnknownName),
        };
        if !changed {
            self.outcome.unchanged.push(Unchanged {
                index,
                operation: name,
                path: operation.path.text("path").unwrap_or_default().to_owned(),
                span: operation.span,
            });
        }
        Ok(())
    }

    fn add(&mut self, operation: &Operation) -> Result<bool, Fault> {
        let place = find(self.document, operation.path.text("path")?)?;
        let value = value_of(operation, place.depth, &mut self.finish)?;
        Ok(place.add(value)? != Added::Same)
    }

    fn remove(&mut self, operation: &Operation) -> Result<bool, Fault> {
        find(self.document, operation.path.text("path")?)?.remove()?;
        Ok(true)
    }

    fn replace(&mut self, operation: &Operation) -> Result<bool, Fault> {
        let path = operation.path.text("path")?;
        if path.is_empty() {
            return self.replace_document(operation);
        }
        let place = find(self.document, path)?;
        let value = value_of(operation, place.depth, &mut self.finish)?;
        Ok(place.set(value)? != Added::Same)
    }

    fn replace_document(&mut self, operation: &Operation) -> Result<bool, Fault> {
        let OperationValue::Node(value, _) = &operation.value else {
            return Err(Fault::NoDocument);
        };
        if value.is_scalar() {
            return Err(Fault::NoDocument);
        }
        let changed = !equal::same(self.document, value);
        *self.document = value.clone();
        Ok(changed)
    }

    fn move_value(&mut self, operation: &Operation) -> Result<bool, Fault> {
        let from = operation.from.text("from")?;
        let (value, at) = find(self.document, from)?.remove()?;
        let path = operation.path.text("path")?;
        let place = find(self.document, path)?;
        check_depth(place.depth + value.levels())?;
        let added = place.add(value)?;
        let same_parent = parent(from) == parent(path);
        Ok(match (added, at) {
            (Added::Item(to), Some(at)) => !same_parent || to != at,
            _ => from != path,
        })
    }

    fn copy(&mut self, operation: &Operation) -> Result<bool, Fault> {
        let place = find(self.document, operation.from.text("from")?)?;
        let value = match place.get()? {
            None => Null::Nothing.node().at(operation.span),
            Some(value) => {
                self.outcome.copied += weight(value);
                if self.outcome.copied > MAX_COPIED {
                    return Err(Fault::TooMuchCopied { limit: MAX_COPIED });
                }
                document::copy(value)
            }
        };
        let place = find(self.document, operation.path.text("path")?)?;
        check_depth(place.depth + value.levels())?;
        Ok(place.add(value)? != Added::Same)
    }

    fn test(&mut self, operation: &Operation) -> Result<(), Fault> {
        let path = operation.path.text("path")?;
        let passes = |passes: bool| if passes { Ok(()) } else { Err(Fault::TestFailed) };
        if path.is_empty() {
            return match &operation.value {
                OperationValue::Missing => Err(Fault::NothingToTest),
                OperationValue::Null => Err(Fault::TestFailed),
                OperationValue::Node(wanted, _) => passes(equal::passes(self.document, wanted)),
            };
        }
        let place = find(self.document, path)?;
        let found = place.get()?.filter(|node| Null::of(node) != Some(Null::Nothing));
        match (found, &operation.value) {
            (None, OperationValue::Missing | OperationValue::Null) => Ok(()),
            (None, OperationValue::Node(..)) => Err(Fault::TestFailed),
            (Some(_), OperationValue::Missing) => Err(Fault::NothingToTest),
            (Some(value), OperationValue::Null) => {
                passes(matches!(value.value, Value::Null) && Null::of(value) == Some(Null::Given))
            }
            (Some(value), OperationValue::Node(wanted, _)) => passes(equal::passes(value, wanted)),
        }
    }
}

/// The value of an operation, to be put below `depth` levels.
fn value_of(operation: &Operation, depth: usize, finish: &mut bool) -> Result<Node, Fault> {
    match &operation.value {
        OperationValue::Missing => Ok(Null::Nothing.node().at(operation.span)),
        OperationValue::Null => {
            *finish = true;
            Ok(Null::Given.node().at(operation.span))
        }
        OperationValue::Node(node, levels) => {
            check_depth(depth + levels)?;
            Ok(node.clone())
        }
    }
}

fn check_depth(depth: usize) -> Result<(), Fault> {
    let limit = Budget::MAX_DEPTH;
    if depth > limit { Err(Fault::TooDeep { limit }) } else { Ok(()) }
}

/// The path without its last part.
fn parent(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..slash])
}

impl Operation {
    fn error(&self, index: usize, fault: Fault) -> JsonPatchError {
        let operation = match &self.name {
            Member::Text(name, _) => name.clone(),
            Member::Missing | Member::NotText(_) => "?".to_owned(),
        };
        let path = self.path.text("path").ok().map(shortened);
        let span = match (&fault, &self.name, &self.path, &self.from) {
            (Fault::UnknownName, Member::Text(_, span), _, _)
            | (Fault::NoName, Member::NotText(span), _, _)
            | (Fault::MemberNotText { member: "path" }, _, Member::NotText(span), _)
            | (Fault::MemberNotText { member: "from" }, _, _, Member::NotText(span)) => *span,
            _ => self.span,
        };
        JsonPatchError::Operation { index, operation, path, span, fault }
    }
}

impl Member {
    pub(super) fn text(&self, member: &'static str) -> Result<&str, Fault> {
        match self {
            Member::Text(text, _) => Ok(text),
            Member::Missing => Err(Fault::NoMember { member }),
            Member::NotText(_) => Err(Fault::MemberNotText { member }),
        }
    }
}
