//! Carrying replacements out.

use std::collections::HashMap;

use super::object::{any_id, current_id, named};
use super::structured::{self, Outcome};
use super::{
    ApiVersion, Error, Id, Idle, Object, Replacement, Source, SourceField, Target, TargetField,
};
use crate::allowance::{Allowance, weight};
use crate::field::{Found, Location, NodeKind, is_null, is_null_or_empty, shortened};
use crate::kustomization::FieldOptions;
use crate::yaml::{Budget, Node, Value};

/// Carries replacements out, one after the other, and says what of them did nothing.
///
/// # Errors
///
/// A source that is not exactly one object with that field, and a target without the field.
pub(crate) fn apply<O: Object>(
    replacements: &[Replacement],
    objects: &mut [O],
    version: ApiVersion,
    allowance: &Allowance,
) -> Result<Vec<Idle>, Error> {
    let mut idle = Vec::new();
    let mut names = Names::of(objects);
    for replacement in replacements {
        let mut value = match &replacement.source {
            Source::Given(value) => Current { value: value.clone(), source: None },
            Source::Field(source) => source.find(objects, &names)?,
        };
        for target in &replacement.targets {
            target.apply(objects, &mut names, &mut value, (version, allowance), &mut idle)?;
        }
    }
    Ok(idle)
}

/// The value of a replacement, and where it comes from (which object, and where in it) if it changes with
/// that.
struct Current {
    value: Node,
    source: Option<(usize, Location)>,
}

impl SourceField {
    fn find<O: Object>(&self, objects: &[O], names: &Names) -> Result<Current, Error> {
        let span = self.selector.span;
        let name = Some(self.selector.name.as_str()).filter(|name| !name.is_empty());
        let mut selected = names.candidates(name).into_iter();
        let mut selected =
            selected.by_ref().filter(|at| any_id(&objects[*at], |id| self.selects(id)));
        let Some(at) = selected.next() else {
            return Err(Error::SourceMissing { selector: self.described(), span });
        };
        if selected.next().is_some() {
            return Err(Error::SourceAmbiguous { selector: self.described(), span });
        }
        let object = objects[at].node();
        let span = self.selector.field_path.as_ref().map_or(span, |path| path.span);
        let path = || shortened(&self.path_text);
        let location = self.path.locate(object).map_err(|source| Error::SourcePath {
            path: path(),
            object: named(object),
            source,
            span,
        })?;
        let found = location.as_ref().and_then(|location| location.get(object));
        let Some(found) = found.filter(|found| !is_null_or_empty(found)) else {
            return Err(Error::SourceEmpty { path: path(), object: named(object), span });
        };
        let mut value = unshared(found);
        let Some((delimiter, index)) = &self.part else {
            return Ok(Current { value, source: location.map(|location| (at, location)) });
        };
        if !value.is_scalar() {
            return Err(Error::SourceNotScalar {
                path: path(),
                object: named(object),
                found: found.kind(),
                span,
            });
        }
        let text = found.key_text();
        let position = usize::try_from(*index).ok();
        let Some(part) = position.and_then(|index| text.split(delimiter.as_str()).nth(index))
        else {
            return Err(Error::SourceIndex {
                path: path(),
                object: named(object),
                delimiter: delimiter.clone(),
                index: *index,
                parts: text.split(delimiter.as_str()).count(),
                span,
            });
        };
        value.set_text(part);
        Ok(Current { value, source: None })
    }

    /// Whether the selector means an id. Its parts are plain text, and no namespace is `default`, even
    /// for what has none.
    fn selects(&self, id: &Id<'_>) -> bool {
        let selector = &self.selector;
        let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        let namespace = if id.namespace.is_empty() { "default" } else { &*id.namespace };
        is(&selector.name, &id.name)
            && is(&selector.namespace, namespace)
            && is(&selector.gvk.group, &id.group)
            && is(&selector.gvk.version, &id.version)
            && is(&selector.gvk.kind, &id.kind)
    }

    fn described(&self) -> String {
        let gvk = &self.selector.gvk;
        let said: Vec<String> = [
            ("group", &gvk.group),
            ("version", &gvk.version),
            ("kind", &gvk.kind),
            ("name", &self.selector.name),
            ("namespace", &self.selector.namespace),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| format!("{field} `{value}`"))
        .collect();
        if said.is_empty() { "anything at all".to_owned() } else { said.join(", ") }
    }
}

/// How the writes to one field path went, over all objects.
#[derive(Default)]
struct Tally {
    changed: bool,
    lost: bool,
}

impl Target {
    fn apply<O: Object>(
        &self,
        objects: &mut [O],
        names: &mut Names,
        value: &mut Current,
        (version, allowance): (ApiVersion, &Allowance),
        idle: &mut Vec<Idle>,
    ) -> Result<(), Error> {
        let mut tallies: Vec<Tally> = self.fields.iter().map(|_| Tally::default()).collect();
        let mut selected = false;
        for at in names.candidates(self.select.name.as_deref()) {
            let object = &mut objects[at];
            if !self.selects(object) {
                continue;
            }
            selected = true;
            for (field, tally) in self.fields.iter().zip(&mut tallies) {
                let options = &self.options;
                let mut write = Write { field, options, version, allowance, at, value, tally };
                write.run(object.node_mut())?;
                object.written();
            }
            names.add(object, at);
        }
        if !selected {
            idle.push(Idle::NothingSelected { span: self.span });
            return Ok(());
        }
        for (field, tally) in self.fields.iter().zip(tallies) {
            let (path, span) = (shortened(&field.text), field.span);
            if tally.lost {
                idle.push(Idle::Lost { path, span });
            } else if !tally.changed {
                idle.push(Idle::NothingChanged { path, span });
            }
        }
        Ok(())
    }

    /// Whether the target means an object. A selector under `reject` that has both ids and marks rejects
    /// what either of them means.
    fn selects<O: Object>(&self, object: &O) -> bool {
        let id = self.select.id.as_ref();
        id.is_none_or(|id| any_id(object, id))
            && self.select.marks.as_ref().is_none_or(|marks| marks(object.node()))
            && !self.reject.iter().any(|reject| {
                reject.marks.as_ref().is_some_and(|marks| marks(object.node()))
                    || reject.id.as_ref().is_some_and(|id| any_id(object, id))
            })
    }
}

/// Writing the value to one field path of one object.
struct Write<'w> {
    field: &'w TargetField,
    options: &'w FieldOptions,
    version: ApiVersion,
    allowance: &'w Allowance,
    /// Which object it is.
    at: usize,
    value: &'w mut Current,
    tally: &'w mut Tally,
}

impl Write<'_> {
    fn run(&mut self, object: &mut Node) -> Result<(), Error> {
        let create = self.options.create.then(|| NodeKind::of(&self.value.value));
        match structured::set(self.field, object, &self.value.value, self.options, self.version) {
            Outcome::NotText => {}
            Outcome::Written { changed, lost, size } => {
                self.allowance.spend(size, self.field.span)?;
                self.tally.changed |= changed;
                self.tally.lost |= lost;
                self.reread(object);
                return Ok(());
            }
        }
        let found = self.field.path.find(object, create).map_err(|source| Error::TargetPath {
            path: shortened(&self.field.text),
            object: named(object),
            source,
            span: self.field.span,
        })?;
        if found.is_empty() {
            return Err(Error::TargetMissing {
                path: shortened(&self.field.text),
                object: named(object),
                span: self.field.span,
            });
        }
        // Creating fields may have changed the source itself.
        self.reread(object);
        for found in found {
            match found {
                Found::Lost(mut node) => {
                    self.tally.lost = true;
                    set_value(&mut node, &self.value.value, self.options)
                        .map_err(|found| self.not_scalar(object, found))?;
                }
                Found::At(location) => {
                    let Some(node) = location.get_mut(object) else {
                        continue;
                    };
                    let limit = Budget::MAX_DEPTH;
                    if location.depth() + self.value.value.levels() > limit {
                        let path = shortened(&self.field.text);
                        let (object, span) = (named(object), self.field.span);
                        return Err(Error::TooDeep { path, object, limit, span });
                    }
                    let changed = match set_value(node, &self.value.value, self.options) {
                        Ok(changed) => changed,
                        Err(found) => return Err(self.not_scalar(object, found)),
                    };
                    self.allowance.spend(weight(node), self.field.span)?;
                    self.tally.changed |= changed;
                    // What was replaced together with what stood above it is the source no longer.
                    let source = self.value.source.take();
                    self.value.source =
                        source.filter(|(at, source)| *at != self.at || !location.is_above(source));
                    self.reread(object);
                }
            }
        }
        Ok(())
    }

    fn not_scalar(&self, object: &Node, found: &'static str) -> Error {
        Error::TargetNotScalar {
            path: shortened(&self.field.text),
            object: named(object),
            found,
            span: self.field.span,
        }
    }

    /// Reads the value anew if what was written to is where it comes from.
    fn reread(&mut self, object: &Node) {
        if let Some((at, location)) = &self.value.source
            && *at == self.at
            && let Some(found) = location.get(object)
        {
            self.value.value = unshared(found);
        }
    }
}

/// Writes a value to a field; whether anything changed. The kind of what was found instead of a scalar
/// where a part is to be set.
pub(super) fn set_value(
    field: &mut Node,
    value: &Node,
    options: &FieldOptions,
) -> Result<bool, &'static str> {
    let mut text = value.key_text();
    if !options.delimiter.is_empty() {
        if !field.is_scalar() {
            return Err(field.kind());
        }
        let part = if is_null(value) { "" } else { &*text };
        text = with_part(&field.key_text(), &options.delimiter, options.index, part).into();
    }
    if field.is_scalar() {
        let changed = field.key_text() != text;
        field.set_text(text);
        return Ok(changed);
    }
    let changed = !field.same_meaning(value);
    field.assign(value.clone());
    Ok(changed)
}

/// A text with another part at an index: before all others below zero, behind them beyond the last one.
fn with_part(text: &str, delimiter: &str, index: i64, part: &str) -> String {
    let Ok(index) = usize::try_from(index) else {
        return format!("{part}{delimiter}{text}");
    };
    let mut start = 0;
    for found in text.split(delimiter).take(index) {
        start += found.len() + delimiter.len();
    }
    let Some(rest) = text.get(start..) else {
        return format!("{text}{delimiter}{part}");
    };
    let end = rest.find(delimiter).unwrap_or(rest.len());
    format!("{}{part}{}", &text[..start], &rest[end..])
}

/// Where the objects with a name are, or were once: more may be said than is true.
struct Names {
    count: usize,
    places: HashMap<String, Vec<usize>>,
}

impl Names {
    fn of<O: Object>(objects: &[O]) -> Names {
        let mut names = Names { count: objects.len(), places: HashMap::new() };
        for (at, object) in objects.iter().enumerate() {
            names.add(object, at);
            for (_, name, _) in object.previous() {
                names.add_name(name, at);
            }
        }
        names
    }

    /// Takes the name that an object has now.
    fn add<O: Object>(&mut self, object: &O, at: usize) {
        self.add_name(&current_id(object.node()).name, at);
    }

    fn add_name(&mut self, name: &str, at: usize) {
        match self.places.get_mut(name) {
            Some(places) => {
                if let Err(place) = places.binary_search(&at) {
                    places.insert(place, at);
                }
            }
            None => {
                self.places.insert(name.to_owned(), vec![at]);
            }
        }
    }

    /// The objects, in order, among which those with a name are; all without one.
    fn candidates(&self, name: Option<&str>) -> Vec<usize> {
        match name {
            Some(name) => self.places.get(name).cloned().unwrap_or_default(),
            None => (0..self.count).collect(),
        }
    }
}

/// A copy in which nothing is one and the same with what stands elsewhere.
fn unshared(node: &Node) -> Node {
    fn clear(node: &mut Node) {
        node.shared = None;
        match &mut node.value {
            Value::Sequence(items) => items.iter_mut().for_each(clear),
            Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| clear(value)),
            _ => {}
        }
    }
    let mut copy = node.clone();
    clear(&mut copy);
    copy
}
