//! The tables of `docs/description.md`, written from the JSON Schemas, so that they say what the loader takes.
//!
//! What stands above [`MARK`] on that page is written by hand; everything below it comes from here.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::EntityKind;
use super::schema::schema;

const MARK: &str = "<!-- Everything below is written by `UPDATE_DOCS=1 cargo test description_reference`; do not edit. -->\n";

/// The tables of all kinds, and what the kinds of text take.
fn tables() -> String {
    let mut page = String::new();
    let mut texts = BTreeMap::new();
    for kind in EntityKind::ALL {
        let title = match kind {
            EntityKind::Platform => "Platform: `platform.yaml`",
            EntityKind::Cluster => "Cluster: `platform/clusters/**/NAME.yaml`",
            EntityKind::Component => "Component: `platform/components/**/NAME.yaml`",
            EntityKind::Tenant => "Tenant: `platform/tenants/**/NAME.yaml`",
            EntityKind::Patch => "Patch: `platform/patches/**/NAME.yaml`",
        };
        let schema = schema(kind);
        let _ = write!(page, "\n## {title}\n\n{}\n\n", text(&schema));
        page.push_str("| field | type | default | what it is |\n|---|---|---|---|\n");
        let mut table = Table {
            definitions: &schema["$defs"],
            texts: &mut texts,
            expanded: BTreeMap::new(),
            rows: String::new(),
        };
        table.fields(&schema, "");
        page.push_str(&table.rows);
    }
    page.push_str("\n## Kinds of text\n\n| type | what it takes |\n|---|---|\n");
    for (name, takes) in texts {
        let _ = writeln!(page, "| `{name}` | {takes} |");
    }
    page
}

struct Table<'a> {
    definitions: &'a Value,
    texts: &'a mut BTreeMap<String, String>,
    /// Where the fields of a definition were told already.
    expanded: BTreeMap<String, String>,
    rows: String,
}

impl<'a> Table<'a> {
    /// A row for each field of a mapping, and below it those of the mappings that it holds.
    fn fields(&mut self, mapping: &'a Value, path: &str) {
        let Some(properties) = mapping["properties"].as_object() else { return };
        let required: BTreeSet<&str> = mapping["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, field) in properties {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let default = match &field["default"] {
                _ if required.contains(name.as_str()) => "required".to_owned(),
                Value::Null | Value::Object(_) => String::new(),
                Value::String(text) => format!("`{text}`"),
                value => format!("`{value}`"),
            };
            let (below, at) = self.held(field, &path);
            let mut what = format!("{}{}", text(field), self.meanings(field)).trim().to_owned();
            let told = below.and_then(|(name, _)| self.expanded.get(name).cloned());
            if let Some(told) = &told {
                let _ = write!(what, " Fields as in `{told}`.");
            }
            let of = self.type_of(field);
            let _ = writeln!(self.rows, "| `{path}` | {of} | {default} | {what} |");
            if let (Some((name, mapping)), None) = (below, told) {
                self.expanded.insert(name.to_owned(), at.clone());
                self.fields(mapping, &at);
            }
        }
    }

    /// The definition with fields of its own that a field holds, and the path of its fields.
    fn held(&self, schema: &'a Value, path: &str) -> (Option<(&'a str, &'a Value)>, String) {
        for option in options(schema) {
            let many = match (option.get("items"), entries(option)) {
                (Some(items), _) => Some(self.held(items, &format!("{path}[]"))),
                (None, Some(value)) => Some(self.held(value, &format!("{path}.NAME"))),
                (None, None) => None,
            };
            match many {
                Some((Some(found), at)) => return (Some(found), at),
                Some(_) => continue,
                None => {}
            }
            let Some(name) = referred(option).filter(|name| !name.ends_with("Part")) else {
                continue;
            };
            let definition = &self.definitions[name];
            if definition.get("properties").is_some() {
                return (Some((name, definition)), path.to_owned());
            }
            if definition.get("anyOf").is_some()
                && let (Some(found), at) = self.held(definition, path)
            {
                return (Some(found), at);
            }
        }
        (None, path.to_owned())
    }

    fn type_of(&mut self, schema: &'a Value) -> String {
        joined(&self.types(schema))
    }

    /// The type of many values.
    fn types_of(&mut self, schema: &'a Value) -> String {
        joined(&self.types(schema)).replace("mapping", "mappings").replace("part of", "parts of")
    }

    /// What a value may be, each told once.
    fn types(&mut self, schema: &'a Value) -> Vec<String> {
        let mut types = Vec::new();
        for option in options(schema) {
            for one in self.alternatives(option) {
                if !types.contains(&one) {
                    types.push(one);
                }
            }
        }
        types
    }

    fn alternatives(&mut self, schema: &'a Value) -> Vec<String> {
        if let Some(name) = referred(schema) {
            let definition = &self.definitions[name];
            let of = match name {
                "TenantPart" => "part of a [tenant](#tenant-platformtenantsnameyaml)".to_owned(),
                "ComponentPart" => {
                    "part of a [component](#component-platformcomponentsnameyaml)".to_owned()
                }
                "FluxPart" => "part of `flux`".to_owned(),
                "ArtifactsPart" => "part of `artifacts`".to_owned(),
                _ if definition["type"] == "string" || name == "RepoPath" => {
                    self.texts.insert(name.to_owned(), text(definition));
                    format!("`{name}`")
                }
                _ => return self.types(definition),
            };
            return vec![of];
        }
        if let Some(constant) = schema["const"].as_str() {
            return vec![format!("`{constant}`")];
        }
        if let Some(values) = schema["enum"].as_array() {
            return values.iter().filter_map(Value::as_str).map(|one| format!("`{one}`")).collect();
        }
        let of = if let Some(items) = schema.get("items") {
            format!("list of {}", self.types_of(items))
        } else if let Some(value) = entries(schema) {
            format!("{} by name", self.types_of(value))
        } else {
            let kind = match &schema["type"] {
                // A field that may be null says so beside its type.
                Value::Array(types) => types.first().and_then(Value::as_str),
                kind => kind.as_str(),
            };
            match kind {
                Some("string") => "text",
                Some("boolean") => "bool",
                Some("integer" | "number") => "number",
                Some("object") => "mapping",
                _ => "any",
            }
            .to_owned()
        };
        vec![of]
    }

    /// What each value of a field means that takes only some.
    fn meanings(&self, field: &'a Value) -> String {
        let mut words = String::new();
        for option in options(field) {
            let Some(name) = referred(option) else { continue };
            let values = self.definitions[name]["oneOf"].as_array();
            for value in values.filter(|values| values.len() > 1).into_iter().flatten() {
                if let Some(constant) = value["const"].as_str() {
                    let _ = write!(words, " `{constant}`: {}", text(value));
                }
            }
        }
        words
    }
}

/// What a value may be, besides null.
fn options(schema: &Value) -> Vec<&Value> {
    let choices = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
    match choices {
        Some(all) => all.iter().filter(|one| one["type"] != "null").flat_map(options).collect(),
        None => vec![schema],
    }
}

/// What the values of a map are whose keys are names.
fn entries(schema: &Value) -> Option<&Value> {
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    patterns
        .and_then(|patterns| patterns.values().next())
        .or_else(|| schema.get("additionalProperties").filter(|more| more.is_object()))
}

fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")
}

fn joined(words: &[String]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "any".to_owned(),
    }
}

/// A doc comment on one line, fit for a cell.
fn text(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace("[`", "`").replace("`]", "`").replace('|', "\\|")
}

#[test]
fn description_reference_says_what_the_schemas_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/description.md");
    let there = std::fs::read_to_string(&path).unwrap();
    let (by_hand, below) = there.split_once(MARK).unwrap();
    let tables = tables();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{by_hand}{MARK}{tables}")).unwrap();
    } else {
        assert!(below == tables, "run `UPDATE_DOCS=1 cargo test description_reference`");
    }
}
