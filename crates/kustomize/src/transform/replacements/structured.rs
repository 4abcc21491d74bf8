//! Replacements within text that is YAML or JSON, such as a file in the data of a ConfigMap.
//!
//! The text is read, changed as an object would be, and written back: as YAML in go-yaml's form, with its
//! comments, anchors and aliases and without white space around it; text that begins with `{` or `[` as JSON with its keys in order, compact, or
//! indented by two if the old text has line breaks and two blanks in a row. Of several documents only the
//! first is left. Where any of this fails, kustomize goes on as if the path did not lead into text.

use super::apply::set_value;
use super::{ApiVersion, TargetField, json_text};
use crate::field::{Embedded, Found, MatchPath, NodeKind};
use crate::kustomization::FieldOptions;
use crate::yaml::{Budget, Document, Node, SourceId, emit, parse};

/// What became of a write.
pub(super) enum Outcome {
    /// The path does not lead into text, or not to anything there.
    NotText,
    /// Done. What is found in text within the text, or below null, is lost.
    Written { changed: bool, lost: bool, size: u64 },
}

pub(super) fn set(
    field: &TargetField,
    object: &mut Node,
    value: &Node,
    options: &FieldOptions,
    version: ApiVersion,
) -> Outcome {
    try_set(field, object, value, options, version).unwrap_or(Outcome::NotText)
}

fn try_set(
    field: &TargetField,
    object: &mut Node,
    value: &Node,
    options: &FieldOptions,
    version: ApiVersion,
) -> Option<Outcome> {
    let mut node = &mut *object;
    let mut rest = field.parts.as_slice();
    for step in &field.steps {
        node = step.get_mut(node).ok()??;
        rest = &rest[1..];
        if !node.is_scalar() || rest.is_empty() {
            continue;
        }
        let Ok(embedded) = Embedded::read(node) else {
            continue;
        };
        let Embedded::Document(document) = embedded else {
            return None;
        };
        return in_text(node, document, rest, value, options, version);
    }
    None
}

fn in_text(
    scalar: &mut Node,
    mut document: Document,
    rest: &[String],
    value: &Node,
    options: &FieldOptions,
    version: ApiVersion,
) -> Option<Outcome> {
    let create = options.create.then(|| NodeKind::of(value));
    let plain = FieldOptions::default();
    let options = if version == ApiVersion::V0_21_1 { &plain } else { options };
    let found = MatchPath::new(rest).find(&mut document.root, create).ok()?;
    if found.is_empty() {
        return None;
    }
    let mut lost = false;
    for found in found {
        lost |= matches!(found, Found::Lost(_));
        match found {
            Found::At(location) => set_value(location.get_mut(&mut document.root)?, value, options),
            Found::Lost(mut node) => set_value(&mut node, value, options),
        }
        .ok()?;
    }
    let old = scalar.key_text();
    let is_json = old.trim_start().starts_with(['{', '[']);
    let written = emit::document_to_string(&document);
    let new = if is_json {
        let documents = parse(SourceId(0), written.as_bytes(), &Budget::default()).ok()?;
        let pretty = old.contains('\n') && old.contains("  ");
        json_text::write(&documents.first()?.root, pretty)?
    } else {
        written.trim().to_owned()
    };
    let changed = old != new.as_str();
    let size = new.len() as u64;
    scalar.set_text(new);
    Some(Outcome::Written { changed, lost, size })
}
