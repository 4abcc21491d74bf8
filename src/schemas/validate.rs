//! An object held against the schema of its kind.
//!
//! Judged as the API server judges with `fieldValidation=Strict`: a custom resource against its schema, after nulls that mean nothing were
//! dropped and with what has a default counted as said; one of Kubernetes' own as what is decoded into Go's types, where null is no value.
//! See [how fields are validated](https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation).

use std::collections::HashSet;

use kustomize::yaml::{Mapping, Node, Span, Value};

use super::fault::{Fault, FaultKind, Path};
use super::format;
use super::shape::{Count, Items, Shape, ShapeId, Text, Type};
use super::{Schemas, Seen};
use crate::spec::nearest;

/// After this many faults of one object, no more are looked for.
const MOST: usize = 50;

impl Schemas {
    /// What the API server would refuse of an object; `None` if nobody knows its kind, or if it does not say what it is.
    #[must_use]
    pub fn validate(&self, object: &Node) -> Option<Vec<Fault>> {
        let kind_node = object.get("kind")?;
        let (api_version, kind) = (object.get("apiVersion")?.as_str()?, kind_node.as_str()?);
        let Some(home) = self.home(api_version, kind) else {
            return self.not_served(api_version, kind, kind_node.span).map(|fault| vec![fault]);
        };
        // What a Secret says is in no message.
        let secret = kind == "Secret";
        let mut judge = Judge { schemas: self, faults: Vec::new(), loose: false, secret };
        judge.value(self.root(home)?, object, &Path::ROOT);
        Some(judge.faults)
    }

    /// That Kubernetes serves no such kind, where the group is its own.
    fn not_served(&self, api_version: &str, kind: &str, span: Span) -> Option<Fault> {
        let (group, _) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        if !self.serves(group) || kind.ends_with("List") {
            return None;
        }
        let others: Vec<String> = self
            .kinds()
            .filter(|one| one.kind == kind)
            .map(|one| format!("`{}`", one.api_version()))
            .collect();
        let in_group = self.kinds().filter(|one| one.api_version() == api_version);
        let near = nearest(kind, in_group.map(|one| one.kind.as_str()));
        let meant = near.map(str::to_owned);
        let help = match (others.is_empty(), near) {
            (false, _) => Some(format!("there is a {kind} in {}", others.join(", "))),
            (true, Some(near)) => Some(format!("did you mean `{near}`?")),
            (true, None) => None,
        };
        let kubernetes = self.version();
        Some(Fault {
            kind: FaultKind::UnknownKind,
            pointer: "/kind".to_owned(),
            field: "kind".to_owned(),
            message: format!("Kubernetes {kubernetes} serves no {kind} in `{api_version}`"),
            help,
            meant,
            span,
        })
    }
}

struct Judge<'a> {
    schemas: &'a Schemas,
    faults: Vec<Fault>,
    /// In a part of a junction, which says nothing of the fields that it does not name.
    loose: bool,
    /// Whether values may not be shown.
    secret: bool,
}

impl<'a> Judge<'a> {
    fn fault(
        &mut self,
        kind: FaultKind,
        path: &Path<'_>,
        span: Span,
        message: impl FnOnce(&str) -> String,
        help: Option<String>,
    ) {
        if self.faults.len() >= MOST {
            return;
        }
        let field = path.dotted();
        let name = if field.is_empty() { "the object".to_owned() } else { format!("`{field}`") };
        let message = message(&name);
        let (pointer, meant) = (path.pointer(), None);
        self.faults.push(Fault { kind, pointer, field, message, help, meant, span });
    }

    /// The same, where there is something that was probably meant.
    fn slip(
        &mut self,
        kind: FaultKind,
        path: &Path<'_>,
        span: Span,
        message: impl FnOnce(&str) -> String,
        meant: &str,
    ) {
        let before = self.faults.len();
        self.fault(kind, path, span, message, Some(format!("did you mean `{meant}`?")));
        for fault in self.faults.iter_mut().skip(before) {
            fault.meant = Some(meant.to_owned());
        }
    }

    fn value(&mut self, seen: Seen<'a>, node: &Node, path: &Path<'_>) {
        let shape = &seen.read.shape;
        if node.is_null() {
            let is_taken = seen.decoded || shape.nullable || shape.of == Type::Any;
            if !is_taken {
                self.wrong_type(shape.of, node, path);
            }
            return;
        }
        let fits = match (shape.of, &node.value) {
            (Type::Any, _)
            | (Type::Object | Type::Metadata, Value::Mapping(_))
            | (Type::Array, Value::Sequence(_))
            | (Type::String | Type::IntOrString | Type::Quantity, Value::String(_))
            | (Type::Integer | Type::Number | Type::Quantity, Value::Int(_) | Value::UInt(_))
            | (Type::IntOrString, Value::Int(_) | Value::UInt(_))
            | (Type::Number | Type::Quantity, Value::Float(_))
            | (Type::Boolean, Value::Bool(_)) => true,
            (Type::Integer, Value::Float(number)) => number.fract() == 0.0,
            _ => false,
        };
        if !fits {
            self.wrong_type(shape.of, node, path);
            return;
        }
        match &node.value {
            Value::Mapping(fields) => self.fields(seen, node, fields, path),
            Value::Sequence(items) => self.items(seen, node, items, path),
            Value::String(text) => self.text(seen, node, text, path),
            Value::Int(_) | Value::UInt(_) | Value::Float(_) => self.number(seen, node, path),
            Value::Bool(_) | Value::Null => {}
        }
        self.choices(seen, node, path);
        self.junctions(seen, node, path);
    }

    fn wrong_type(&mut self, of: Type, node: &Node, path: &Path<'_>) {
        let expected = match of {
            Type::Object | Type::Metadata => "a mapping",
            Type::Array => "a list",
            Type::String => "a string",
            Type::Integer => "a whole number",
            Type::Number => "a number",
            Type::Boolean => "true or false",
            Type::IntOrString => "a whole number or a string",
            Type::Quantity => "a quantity such as `500m` or `2Gi`",
            Type::Any => return,
        };
        let found = match (&node.value, node.text()) {
            (Value::Null, _) => "null".to_owned(),
            (Value::Sequence(_), _) => "a list".to_owned(),
            (Value::Mapping(_), _) => "a mapping".to_owned(),
            _ if self.secret => node.kind().to_owned(),
            (Value::String(text), _) => format!("the string {}", short(text)),
            (Value::Bool(value), _) => format!("`{value}`"),
            (_, Some(text)) => format!("the number {text}"),
            _ => format!("the number {}", node.key_text()),
        };
        let help = match (of, &node.value) {
            (Type::String, Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Bool(_)) => {
                Some("write it in quotes".to_owned())
            }
            (Type::Integer | Type::Number, Value::String(text)) if text.parse::<f64>().is_ok() => {
                Some("write it without quotes".to_owned())
            }
            (Type::Boolean, Value::String(text)) if matches!(&**text, "true" | "false") => {
                Some("write it without quotes".to_owned())
            }
            (Type::Array, Value::Mapping(_) | Value::String(_)) => {
                Some("write it as an item of a list".to_owned())
            }
            _ => None,
        };
        let message = |name: &str| format!("{name} takes {expected}, not {found}");
        self.fault(FaultKind::WrongType, path, node.span, message, help);
    }

    fn fields(&mut self, seen: Seen<'a>, node: &Node, fields: &Mapping, path: &Path<'_>) {
        let shape = &seen.read.shape;
        for (key, value) in fields.iter() {
            let key_text = key.key_text();
            let name: &str = &key_text;
            let path = path.field(name);
            let Some(id) = seen.property(name).or(shape.additional) else {
                let taken = shape.open
                    || self.loose
                    || shape.of == Type::Any
                    || (shape.embedded && matches!(name, "apiVersion" | "kind" | "metadata"));
                if !taken {
                    self.unknown(seen, key.span, name, &path);
                }
                continue;
            };
            let part = self.schemas.part(seen, id);
            // Dropped before anything is judged, or given its default.
            if value.is_null() && !part.read.shape.nullable {
                continue;
            }
            self.value(part, value, &path);
        }
        for name in &shape.required {
            let name = seen.text(*name);
            let property = seen.property(name);
            let said = fields.get(name).is_some_and(|value| {
                let nullable = property.is_none_or(|id| seen.shapes.get(id).shape.nullable);
                !value.is_null() || seen.decoded || nullable
            });
            let has_default = || {
                !seen.decoded
                    && property.is_some_and(|id| seen.shapes.get(id).shape.default.is_some())
            };
            if !said && !has_default() {
                let missing = path.field(name);
                let message = |name: &str| format!("{name} must be said");
                self.fault(FaultKind::MissingField, &missing, node.span, message, None);
            }
        }
        self.count(shape.property_count, fields.len(), "entries", node, path);
    }

    fn unknown(&mut self, seen: Seen<'a>, span: Span, name: &str, path: &Path<'_>) {
        let known: Vec<&str> =
            seen.read.shape.properties.iter().map(|(own, _)| seen.text(*own)).collect();
        let message = |name: &str| format!("there is no field {name}");
        if let Some(near) = nearest(name, known.iter().copied()) {
            return self.slip(FaultKind::UnknownField, path, span, message, near);
        }
        let help = match known.len() {
            0 => Some("nothing can be said here".to_owned()),
            1..=12 => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                Some(format!("there are {}", known.join(", ")))
            }
            _ => None,
        };
        self.fault(FaultKind::UnknownField, path, span, message, help);
    }

    fn items(&mut self, seen: Seen<'a>, node: &Node, items: &[Node], path: &Path<'_>) {
        let shape = &seen.read.shape;
        if let Some(id) = shape.items {
            let part = self.schemas.part(seen, id);
            for (at, item) in items.iter().enumerate() {
                self.value(part, item, &path.item(at));
            }
        }
        self.count(shape.item_count, items.len(), "items", node, path);
        match &shape.list {
            Items::Plain => {}
            Items::Set => self.each_once(items, path, |item| item.to_json().to_string(), None),
            Items::Map(keys) => {
                let defaults: Vec<&str> =
                    keys.iter().map(|key| self.default_of(seen, *key)).collect();
                let names: Vec<&str> = keys.iter().map(|key| seen.text(*key)).collect();
                let identity = |item: &Node| {
                    let mut identity = String::new();
                    for (name, default) in names.iter().zip(&defaults) {
                        match item.get(name) {
                            Some(value) => identity.push_str(&value.to_json().to_string()),
                            None => identity.push_str(default),
                        }
                        identity.push('\n');
                    }
                    identity
                };
                self.each_once(items, path, identity, Some(&names.join("`, `")));
            }
        }
    }

    /// What a key of a list's items is where it is not said.
    fn default_of(&self, list: Seen<'a>, key: Text) -> &'a str {
        let Some(items) = list.read.shape.items else { return "" };
        let items = self.schemas.part(list, items);
        // The name has another number where the items are a definition of another blob, which none are.
        let property = items.property(list.text(key)).map(|id| items.shapes.get(id));
        property.and_then(|read| read.shape.default).map_or("", |default| items.text(default))
    }

    fn each_once(
        &mut self,
        items: &[Node],
        path: &Path<'_>,
        identity: impl Fn(&Node) -> String,
        keys: Option<&str>,
    ) {
        if items.len() < 2 {
            return;
        }
        let mut seen = HashSet::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            if !seen.insert(identity(item)) {
                let message = |name: &str| match keys {
                    Some(keys) => format!("{name} has the `{keys}` of an item before it"),
                    None => format!("{name} is there already"),
                };
                self.fault(FaultKind::Duplicate, &path.item(at), item.span, message, None);
            }
        }
    }

    fn count(&mut self, count: Count, found: usize, of: &str, node: &Node, path: &Path<'_>) {
        let found = found as u64;
        let wrong = match (count.least, count.most) {
            (Some(least), _) if found < least => format!("at least {least}"),
            (_, Some(most)) if found > most => format!("at most {most}"),
            _ => return,
        };
        let message = |name: &str| format!("{name} must have {wrong} {of}, and has {found}");
        self.fault(FaultKind::InvalidValue, path, node.span, message, None);
    }

    fn text(&mut self, seen: Seen<'a>, node: &Node, text: &str, path: &Path<'_>) {
        let shape = &seen.read.shape;
        let secret = self.secret;
        let shown = || if secret { "what is there".to_owned() } else { short(text) };
        if shape.of == Type::Quantity && !format::is_quantity(text) {
            let message = |name: &str| format!("{name} takes a quantity, not {}", shown());
            let help = Some("such as `500m`, `2` or `2Gi`".to_owned());
            self.fault(FaultKind::InvalidValue, path, node.span, message, help);
        }
        if shape.length != Count::default() {
            self.count(shape.length, text.chars().count(), "characters", node, path);
        }
        if let Some(pattern) = shape.pattern {
            let pattern = seen.text(pattern);
            let compiled = seen.read.pattern.get_or_init(|| regex::Regex::new(pattern).ok());
            if compiled.as_ref().is_some_and(|regex| !regex.is_match(text)) {
                let message = |name: &str| format!("{name} does not take {}", shown());
                let help = Some(format!("it must match `{pattern}`"));
                self.fault(FaultKind::InvalidValue, path, node.span, message, help);
            }
        }
        if let Some(format) = shape.format
            && let Some(what) = format::wrong(seen.text(format), text, seen.decoded)
        {
            let message = |name: &str| format!("{name} takes {what}, not {}", shown());
            self.fault(FaultKind::InvalidValue, path, node.span, message, None);
        }
    }

    fn number(&mut self, seen: Seen<'a>, node: &Node, path: &Path<'_>) {
        let shape = &seen.read.shape;
        let value = match node.value {
            Value::Int(value) => value as f64,
            Value::UInt(value) => value as f64,
            Value::Float(value) => value,
            _ => return,
        };
        let number = |text: Option<Text>| text.and_then(|text| seen.text(text).parse::<f64>().ok());
        let int32 = shape.format.is_some_and(|format| seen.text(format) == "int32");
        let wrong = match (number(shape.minimum), number(shape.maximum)) {
            (Some(least), _) if shape.above && value <= least => format!("above {least}"),
            (Some(least), _) if value < least => format!("at least {least}"),
            (_, Some(most)) if shape.below && value >= most => format!("below {most}"),
            (_, Some(most)) if value > most => format!("at most {most}"),
            _ if int32 && i32::try_from(value as i64).is_err() => {
                format!("between {} and {}", i32::MIN, i32::MAX)
            }
            _ => match number(shape.multiple_of) {
                Some(step) if step > 0.0 && (value / step).fract() != 0.0 => {
                    format!("a multiple of {step}")
                }
                _ => return,
            },
        };
        let found = node.key_text();
        let message = |name: &str| format!("{name} must be {wrong}, and is {found}");
        self.fault(FaultKind::InvalidValue, path, node.span, message, None);
    }

    fn choices(&mut self, seen: Seen<'a>, node: &Node, path: &Path<'_>) {
        let shape = &seen.read.shape;
        if shape.choices.is_empty() {
            return;
        }
        // Most are plain words, which are in quotes as JSON and need nothing else.
        let is_plain = |choice: &str| {
            let plain = choice.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            plain.is_some() && plain == node.as_str()
        };
        if shape.choices.iter().any(|choice| is_plain(seen.text(*choice))) {
            return;
        }
        let own = node.to_json().to_string();
        if shape.choices.iter().any(|choice| seen.text(*choice) == own) {
            return;
        }
        let known: Vec<&str> =
            shape.choices.iter().map(|choice| seen.text(*choice).trim_matches('"')).collect();
        let near = node.as_str().and_then(|text| nearest(text, known.iter().copied()));
        let found = node.as_str().map_or_else(|| format!("`{own}`"), short);
        let message = |name: &str| format!("{name} does not take {found}");
        if let Some(near) = near {
            return self.slip(FaultKind::InvalidValue, path, node.span, message, near);
        }
        let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        let help = format!("it is one of {}", known.join(", "));
        self.fault(FaultKind::InvalidValue, path, node.span, message, Some(help));
    }

    /// `allOf`, `anyOf`, `oneOf` and `not`.
    fn junctions(&mut self, seen: Seen<'a>, node: &Node, path: &Path<'_>) {
        let Shape { all_of, any_of, one_of, not, .. } = &seen.read.shape;
        for id in all_of {
            let found = self.apart(seen, *id, node, path);
            self.faults.extend(found);
        }
        if !any_of.is_empty() {
            self.any(seen, any_of, node, path);
        }
        if !one_of.is_empty() {
            let fitting =
                one_of.iter().filter(|id| self.apart(seen, **id, node, path).is_empty()).count();
            match fitting {
                1 => {}
                0 => self.any(seen, one_of, node, path),
                _ => {
                    let message =
                        |name: &str| format!("{name} says {fitting} things of which one can hold");
                    self.fault(FaultKind::InvalidValue, path, node.span, message, None);
                }
            }
        }
        if let Some(id) = not
            && self.apart(seen, *id, node, path).is_empty()
        {
            let message = |name: &str| format!("{name} says what its schema forbids");
            self.fault(FaultKind::InvalidValue, path, node.span, message, None);
        }
    }

    fn any(&mut self, seen: Seen<'a>, parts: &[ShapeId], node: &Node, path: &Path<'_>) {
        let mut best: Option<Vec<Fault>> = None;
        for id in parts {
            let found = self.apart(seen, *id, node, path);
            if found.is_empty() {
                return;
            }
            if best.as_ref().is_none_or(|best| found.len() < best.len()) {
                best = Some(found);
            }
        }
        let missing: Option<Vec<String>> = parts
            .iter()
            .map(|id| match self.apart(seen, *id, node, path).as_slice() {
                [one] if one.kind == FaultKind::MissingField => Some(format!("`{}`", one.field)),
                _ => None,
            })
            .collect();
        match missing {
            Some(fields) if fields.len() > 1 => {
                let message = |name: &str| format!("{name} must say {}", fields.join(" or "));
                self.fault(FaultKind::MissingField, path, node.span, message, None);
            }
            _ => self.faults.extend(best.into_iter().flatten().take(1)),
        }
    }

    /// What one part of a junction finds, by itself.
    fn apart(&mut self, seen: Seen<'a>, id: ShapeId, node: &Node, path: &Path<'_>) -> Vec<Fault> {
        let mut judge =
            Judge { schemas: self.schemas, faults: Vec::new(), loose: true, secret: self.secret };
        judge.value(self.schemas.part(seen, id), node, path);
        judge.faults
    }
}

/// A text as it is shown: its beginning, if it is long.
fn short(text: &str) -> String {
    const SHOWN: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", &line[..end]),
        None if line.len() < text.trim_end().len() => format!("`{line}…`"),
        None => format!("`{line}`"),
    }
}
