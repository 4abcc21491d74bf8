//! Strategic merge as kustomize has it: kyaml's `merge2` over its `walk`, new items first.
//!
//! A patch and a target go in; the target is changed in place, and an [`Outcome`] says what came of it. Which
//! lists are merged by which keys comes from [`Schemas`]. This module knows no files, no names of
//! objects and no selectors: whether a patch may rename its target is for the caller to say.
//!
//! # How kyaml merges
//!
//! Everything that is not said here is as one would expect: maps are merged, scalars and lists replaced, null
//! takes away.
//!
//! - The *whole* target is walked, not only what the patch names: fields with an empty value (`a:`) go,
//!   those that say `null` stay, and merged lists are tidied: an item that comes twice counts once.
//! - A map against a list or a scalar is an error, as is an empty key. Nothing else is checked.
//! - Merged lists start with the patch's items, in its order, the ones that were there before too. Where
//!   more than one key counts, new items come first and the target's keep their order.
//! - What the patch adds is cleaned: nulls and what says `$patch: delete` go. The items of lists that are replaced,
//!   as all lists of custom resources are, stay as they are written, `$patch` and all.
//! - `$patch` in an item of its own is obeyed where it is the first item that has a `$patch`, and only for a
//!   list that the target has.
//! - `$patch: replace` does nothing to the root nor to an item that the target has.
//! - Kubernetes' other directives (`$retainKeys`, `$setElementOrder/...`, `$deleteFromPrimitiveList/...`) are
//!   fields like others, and end up in the object.
//! - A scalar that takes the place of another takes on its quotes, so a number over a string in quotes
//!   is a string.
//! - A map without a schema that names an `apiVersion` and a `kind` has the schema of that type,
//!   wherever it stands.
//! - A comment that is JSON is the schema of what it stands with: see [`Hints`]. Comments of the patch
//!   replace those of the target.

mod irregular;
mod list;
mod outcome;
mod scalar;

pub use outcome::MergeError;
pub(crate) use outcome::{Idle, IdleKind, Outcome};

use std::collections::HashMap;

use crate::schema::{Hints, SchemaRef, Schemas};
use crate::yaml::{Mapping, Node, Span, Value};
use list::Partner;
use scalar::{inherit_style, quote_legacy, raw, same_output};

type Result<T> = std::result::Result<T, MergeError>;

const DIRECTIVE: &str = "$patch";

/// Merges a patch into a target.
///
/// # Errors
///
/// What kustomize refuses: a map, a list and a scalar against each other, a `$patch` that says
/// something else than `delete`, `merge` or `replace`, an empty key.
pub(crate) fn merge(mut patch: Node, target: &mut Node, schemas: &Schemas) -> Result<Outcome> {
    let hints = Hints::of([&*target, &patch]);
    let mut merger = Merger { schemas, hints: hints.as_ref(), outcome: Outcome::default() };
    let directive = directive_span(&patch);
    match merger.both(target, &mut patch, None, Place::Root)? {
        Fate::Target => {}
        Fate::Nothing => {
            merger.outcome.deleted = true;
            merger.outcome.changed = true;
        }
        // kustomize keeps the node that it had.
        Fate::Patch => merger.idle(IdleKind::ReplaceIgnored, directive.unwrap_or(patch.span)),
    }
    Ok(merger.outcome)
}

/// What is at a place after the merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The target's node, merged in place.
    Target,
    /// The patch's node.
    Patch,
    /// Nothing.
    Nothing,
}

/// What a map in a patch wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

impl Directive {
    fn parse(text: &str) -> Option<Directive> {
        match text {
            "merge" => Some(Directive::Merge),
            "replace" => Some(Directive::Replace),
            "delete" => Some(Directive::Delete),
            _ => None,
        }
    }
}

/// The places of an object that have a part of their own in the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Metadata,
    Kind,
    Name,
    Namespace,
    Elsewhere,
}

impl Place {
    fn of_field(self, name: &str) -> Place {
        match (self, name) {
            (Place::Root, "metadata") => Place::Metadata,
            (Place::Root, "kind") => Place::Kind,
            (Place::Metadata, "name") => Place::Name,
            (Place::Metadata, "namespace") => Place::Namespace,
            _ => Place::Elsewhere,
        }
    }
}

/// Whether a new node stays, or what it is that adds nothing.
enum Fresh {
    Stays,
    Adds(IdleKind, Span),
}

struct Merger<'s> {
    schemas: &'s Schemas,
    hints: Option<&'s Hints>,
    outcome: Outcome,
}

fn is_null(node: &Node) -> bool {
    node.is_null() || node.tag.as_deref() == Some("!!null")
}

/// Whether this is a mapping or a sequence of nothing.
fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Mapping(map) => map.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => false,
    }
}

/// Whether Kubernetes takes a field for a directive.
fn is_directive(name: &str) -> bool {
    matches!(name, DIRECTIVE | "$retainKeys")
        || name.starts_with("$setElementOrder/")
        || name.starts_with("$deleteFromPrimitiveList/")
}

/// The place of what says `$patch`.
fn directive_span(node: &Node) -> Option<Span> {
    node.as_mapping()?.get(DIRECTIVE).map(|value| value.span)
}

/// Obeys `$patch` in a map, and takes it out.
fn take_directive(patch: &mut Mapping) -> Result<Directive> {
    let Some(value) = patch.get(DIRECTIVE) else { return Ok(Directive::Merge) };
    let text = raw(value);
    let Some(directive) = Directive::parse(&text) else {
        return Err(MergeError::UnknownDirective { found: text.into_owned(), span: value.span });
    };
    patch.remove(DIRECTIVE);
    Ok(directive)
}

impl<'s> Merger<'s> {
    fn idle(&mut self, kind: IdleKind, span: Span) {
        self.outcome.idle.push(Idle { kind, span });
    }

    fn changed(&mut self, place: Place) {
        match place {
            Place::Kind => self.outcome.kind_changed = true,
            Place::Name => self.outcome.name_changed = true,
            Place::Namespace => {}
            Place::Root | Place::Metadata | Place::Elsewhere => self.outcome.changed = true,
        }
    }

    /// The schema of a node; one that has none by its place may name its type.
    fn schema(
        &self,
        known: Option<SchemaRef<'s>>,
        nodes: [Option<&Mapping>; 2],
    ) -> Option<SchemaRef<'s>> {
        known.or_else(|| {
            nodes.into_iter().flatten().find_map(|map| {
                let word = |field| map.get(field).filter(|word| !is_null(word)).map(raw);
                let (api_version, kind) = (word("apiVersion")?, word("kind")?);
                if api_version.is_empty() || kind.is_empty() {
                    return None;
                }
                self.schemas.for_type(&api_version, &kind)
            })
        })
    }

    /// The schema in the comment of one of some nodes; the one that is known otherwise.
    fn hinted<'n>(
        &self,
        nodes: impl IntoIterator<Item = &'n Node>,
        known: Option<SchemaRef<'s>>,
    ) -> Option<SchemaRef<'s>> {
        let hint = self.hints.and_then(|hints| hints.of_first(self.schemas, nodes));
        hint.or(known)
    }

    /// The schema of a field: the one in a comment of one of the entries, or the one that its map has for
    /// it.
    fn field<'n>(
        &self,
        entries: impl IntoIterator<Item = (&'n Node, &'n Node)>,
        name: &str,
        map: Option<SchemaRef<'s>>,
    ) -> Option<SchemaRef<'s>> {
        let hint = self.hints.and_then(|hints| hints.of_first_entry(self.schemas, entries));
        hint.or_else(|| map?.field(name))
    }

    /// Merges what the patch says into what is there.
    fn both(
        &mut self,
        target: &mut Node,
        patch: &mut Node,
        schema: Option<SchemaRef<'s>>,
        place: Place,
    ) -> Result<Fate> {
        if is_null(target) {
            return match self.fresh(patch, schema)? {
                Fresh::Stays => Ok(Fate::Patch),
                Fresh::Adds(..) => Ok(Fate::Nothing),
            };
        }
        if is_null(patch) {
            return Ok(Fate::Nothing);
        }
        let schema = self.hinted([&*target, &*patch], schema);
        let kinds = (target.kind(), patch.kind(), patch.span);
        replace_comments(target, patch);
        if is_empty(target) {
            target.style = patch.style;
        }
        match (&mut target.value, &mut patch.value) {
            (Value::Mapping(target), Value::Mapping(patch)) => {
                let schema = self.schema(schema, [Some(target), Some(patch)]);
                match take_directive(patch)? {
                    Directive::Delete => return Ok(Fate::Nothing),
                    Directive::Replace => {
                        self.same_fields(patch, schema)?;
                        return Ok(Fate::Patch);
                    }
                    Directive::Merge => self.both_fields(target, patch, schema, place)?,
                }
                Ok(Fate::Target)
            }
            (Value::Sequence(old), Value::Sequence(new)) => {
                let Some(schema) = schema.filter(|schema| schema.is_merged()) else {
                    self.report_left_directives(new);
                    return Ok(Fate::Patch);
                };
                match list::take_directive(new)? {
                    Directive::Delete => return Ok(Fate::Nothing),
                    Directive::Replace => {
                        let is_new_list = !new.is_empty();
                        self.list(new, Partner::Same, schema)?;
                        forget_comments(patch, is_new_list);
                        return Ok(Fate::Patch);
                    }
                    Directive::Merge => {
                        let is_new_list = !(old.is_empty() && new.is_empty());
                        self.list(old, Partner::Patch(new), schema)?;
                        forget_comments(target, is_new_list);
                    }
                }
                Ok(Fate::Target)
            }
            (Value::Mapping(_) | Value::Sequence(_), _)
            | (_, Value::Mapping(_) | Value::Sequence(_)) => {
                let (expected, found, span) = kinds;
                Err(MergeError::WrongKind { expected, found, span })
            }
            _ => Ok(Fate::Patch),
        }
    }

    fn both_fields(
        &mut self,
        target: &mut Mapping,
        patch: &mut Mapping,
        schema: Option<SchemaRef<'s>>,
        place: Place,
    ) -> Result<()> {
        let mut fields = Fields::new(std::mem::take(patch));
        let mut kept = Vec::with_capacity(target.len() + fields.entries.len());
        for (key, mut value) in std::mem::take(target) {
            let name = key.key_text();
            let new = fields.take(&name);
            let entries = [Some((&key, &value)), new.as_ref().map(|(key, new)| (key, new))];
            let field = self.field(entries.into_iter().flatten(), &name, schema);
            let place = place.of_field(&name);
            let stays = match new {
                _ if name.is_empty() => return Err(MergeError::EmptyKey { span: key.span }),
                None => {
                    let stays = self.alone(&mut value, field)?;
                    quote_legacy(&mut value);
                    stays
                }
                Some((_, new)) => self.both_at(&mut value, new, field, place)?,
            };
            if stays {
                drop(name);
                kept.push((key, value));
            } else {
                self.changed(place);
            }
        }
        for (mut key, mut value) in fields.rest() {
            let name = key.key_text();
            if name.is_empty() {
                return Err(MergeError::EmptyKey { span: key.span });
            }
            let field = self.field([(&key, &value)], &name, schema);
            match self.fresh(&mut value, field)? {
                Fresh::Stays => {
                    if is_directive(&name) {
                        self.idle(IdleKind::LeftInPlace, key.span);
                    }
                    self.changed(place.of_field(&name));
                    quote_legacy(&mut value);
                    drop(name);
                    key.beside = None;
                    kept.push((key, value));
                }
                Fresh::Adds(kind, span) => self.idle(kind, span),
            }
        }
        *target = Mapping::from_entries(kept);
        Ok(())
    }

    /// Merges what the patch has for a field that the target has; `false` if the field goes.
    fn both_at(
        &mut self,
        value: &mut Node,
        mut new: Node,
        schema: Option<SchemaRef<'s>>,
        place: Place,
    ) -> Result<bool> {
        match self.both(value, &mut new, schema, place)? {
            Fate::Nothing => return Ok(false),
            Fate::Target => {}
            Fate::Patch => {
                inherit_style(&mut new, value);
                if !same_output(&new, value) {
                    self.changed(place);
                }
                value.assign(new);
            }
        }
        Ok(true)
    }

    /// Cleans what the patch adds at a place that was empty.
    fn fresh(&mut self, node: &mut Node, schema: Option<SchemaRef<'s>>) -> Result<Fresh> {
        if is_null(node) {
            return Ok(Fresh::Adds(IdleKind::NullForNothing, node.span));
        }
        let schema = self.hinted([&*node], schema);
        match &mut node.value {
            Value::Mapping(map) => {
                let schema = self.schema(schema, [Some(map), None]);
                // What is no directive stays, and is no error here.
                let directive = map.get(DIRECTIVE).map(|value| (raw(value), value.span));
                let directive =
                    directive.and_then(|(text, span)| Directive::parse(&text).zip(Some(span)));
                if let Some((directive, span)) = directive {
                    map.remove(DIRECTIVE);
                    if directive == Directive::Delete {
                        return Ok(Fresh::Adds(IdleKind::NothingToDelete, span));
                    }
                }
                self.same_fields(map, schema)?;
            }
            Value::Sequence(items) => match schema.filter(|schema| schema.is_merged()) {
                Some(schema) => {
                    let is_new_list = !items.is_empty();
                    self.list(items, Partner::Same, schema)?;
                    forget_comments(node, is_new_list);
                }
                None => self.report_left_directives(items),
            },
            _ => {}
        }
        Ok(Fresh::Stays)
    }

    fn same_fields(&mut self, map: &mut Mapping, schema: Option<SchemaRef<'s>>) -> Result<()> {
        each_field(map, |key, value| {
            let name = key.key_text();
            if name.is_empty() {
                return Err(MergeError::EmptyKey { span: key.span });
            }
            if is_directive(&name) {
                self.idle(IdleKind::LeftInPlace, key.span);
            }
            let field = self.field([(key, &*value)], &name, schema);
            let stays = self.same(value, field)?;
            if stays {
                quote_legacy(value);
            }
            Ok(stays)
        })
    }

    /// Cleans a node of the patch below one that is new; `false` if it goes. To kyaml it is both what is there and
    /// what is merged into it.
    fn same(&mut self, node: &mut Node, schema: Option<SchemaRef<'s>>) -> Result<bool> {
        if is_null(node) {
            self.idle(IdleKind::NullForNothing, node.span);
            return Ok(false);
        }
        let schema = self.hinted([&*node], schema);
        let span = directive_span(node).unwrap_or(node.span);
        match &mut node.value {
            Value::Mapping(map) => {
                let schema = self.schema(schema, [Some(map), None]);
                if take_directive(map)? == Directive::Delete {
                    self.idle(IdleKind::NothingToDelete, span);
                    return Ok(false);
                }
                self.same_fields(map, schema)?;
            }
            Value::Sequence(items) => match schema.filter(|schema| schema.is_merged()) {
                Some(schema) => {
                    if list::take_directive(items)? == Directive::Delete {
                        self.idle(IdleKind::NothingToDelete, span);
                        return Ok(false);
                    }
                    let is_new_list = !items.is_empty();
                    self.list(items, Partner::Same, schema)?;
                    forget_comments(node, is_new_list);
                }
                None => self.report_left_directives(items),
            },
            _ => {}
        }
        Ok(true)
    }

    /// Tidies what the patch says nothing of; `false` if it goes.
    fn alone(&mut self, node: &mut Node, schema: Option<SchemaRef<'s>>) -> Result<bool> {
        if is_null(node) {
            return Ok(!raw(node).is_empty());
        }
        let schema = self.hinted([&*node], schema);
        match &mut node.value {
            Value::Mapping(map) => {
                let schema = self.schema(schema, [Some(map), None]);
                let mut tidied = false;
                each_field(map, |key, value| {
                    let name = key.key_text();
                    if name.is_empty() {
                        return Err(MergeError::EmptyKey { span: key.span });
                    }
                    let field = self.field([(key, &*value)], &name, schema);
                    let stays = self.alone(value, field)?;
                    if stays {
                        quote_legacy(value);
                    }
                    tidied |= !stays;
                    Ok(stays)
                })?;
                self.outcome.changed |= tidied;
            }
            Value::Sequence(items) => {
                if let Some(schema) = schema.filter(|schema| schema.is_merged()) {
                    let is_new_list = !items.is_empty();
                    self.list(items, Partner::None, schema)?;
                    forget_comments(node, is_new_list);
                }
            }
            _ => {}
        }
        Ok(true)
    }

    /// Directives among the items of a list that is replaced are items like others.
    fn report_left_directives(&mut self, items: &[Node]) {
        for span in items.iter().filter_map(directive_span) {
            self.idle(IdleKind::LeftInPlace, span);
        }
    }
}

/// Gives the target the comments that the patch has.
fn replace_comments(target: &mut Node, patch: &Node) {
    let Some(new) = patch.beside.as_deref() else { return };
    let old = target.beside.get_or_insert_default();
    let comments =
        [(&mut old.head, &new.head), (&mut old.line, &new.line), (&mut old.foot, &new.foot)];
    for (old, new) in comments {
        if !new.is_empty() {
            old.clone_from(new);
        }
    }
}

/// kyaml puts merged items into a list of its own, which has no comments.
fn forget_comments(list: &mut Node, is_new_list: bool) {
    if is_new_list {
        list.beside = None;
    }
}

/// Keeps the fields for which the function says so, until it fails.
fn each_field(
    map: &mut Mapping,
    mut keep: impl FnMut(&Node, &mut Node) -> Result<bool>,
) -> Result<()> {
    let mut result = Ok(());
    map.retain(|key, value| {
        result.is_err()
            || keep(key, value).unwrap_or_else(|error| {
                result = Err(error);
                true
            })
    });
    result
}

/// The fields of a patch, to be taken by their names.
struct Fields {
    entries: Vec<Option<(Node, Node)>>,
    /// Only for maps that are too large to look through.
    places: Option<HashMap<String, usize>>,
}

impl Fields {
    const FEW: usize = 16;

    /// Of a key that stands twice in a patch the first counts.
    fn new(map: Mapping) -> Fields {
        let mut entries: Vec<Option<(Node, Node)>> = Vec::with_capacity(map.len());
        let mut places = (map.len() > Fields::FEW).then(HashMap::new);
        for entry in map {
            let name = entry.0.key_text();
            let is_known = match &mut places {
                Some(places) => {
                    let at = entries.len();
                    *places.entry(name.into_owned()).or_insert(at) != at
                }
                None => entries.iter().flatten().any(|(key, _)| key.key_text() == name),
            };
            if !is_known {
                entries.push(Some(entry));
            }
        }
        Fields { entries, places }
    }

    fn take(&mut self, name: &str) -> Option<(Node, Node)> {
        let at = match &self.places {
            Some(places) => *places.get(name)?,
            None => self
                .entries
                .iter()
                .position(|entry| entry.as_ref().is_some_and(|(key, _)| key.key_text() == name))?,
        };
        self.entries[at].take()
    }

    /// What was not taken, in the order in which kyaml adds it.
    fn rest(self) -> Vec<(Node, Node)> {
        let mut rest: Vec<_> = self.entries.into_iter().flatten().collect();
        rest.sort_by(|(a, _), (b, _)| a.key_text().cmp(&b.key_text()));
        rest
    }
}

#[cfg(test)]
mod tests;
