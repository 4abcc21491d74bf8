//! `docs/layout-context.md`, written from the doc comments of the structs, so that it says what they say.

use std::fmt::Write as _;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::{ClusterContext, ComponentContext, EnvironmentContext, PlatformContext, TenantContext};

const HEAD: &str = "# What templates see

Written from the source by `UPDATE_DOCS=1 cargo test layout_context`; do not edit.

A template sees `platform` and `variables` (those that `layout.yaml` declares, as `layout.variables` in `platform.yaml` sets them),
and by the placeholders of its path `environment`, `cluster`, `tenant` or `component`, each with the values that hold there, and
`overlay`; [layouts.md](layouts.md) says which. A field that does not apply is null or empty, never missing.

";

/// The page.
fn page() -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut page = HEAD.to_owned();
    let _ = writeln!(page, "This is version {} of the context.\n", super::VERSION);
    let tops = [
        ("platform", generator.subschema_for::<PlatformContext>()),
        ("environment", generator.subschema_for::<EnvironmentContext>()),
        ("cluster", generator.subschema_for::<ClusterContext>()),
        ("tenant", generator.subschema_for::<TenantContext>()),
        ("component", generator.subschema_for::<ComponentContext>()),
    ];
    let definitions = generator.take_definitions(true);
    for (name, schema) in &tops {
        let _ = writeln!(page, "## `{name}`\n");
        let Some(top) = resolve(schema.as_value(), &definitions) else { continue };
        let _ = writeln!(page, "{}\n", text(top));
        page.push_str("| field | type | what it is |\n|---|---|---|\n");
        fields(&mut page, top, &definitions, name);
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn resolve<'a>(schema: &'a Value, definitions: &'a Map<String, Value>) -> Option<&'a Value> {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => definitions.get(reference.rsplit('/').next()?),
        None => Some(schema),
    }
}

/// The mapping that a value is or holds, through `null`, lists and references.
fn inner<'a>(schema: &'a Value, definitions: &'a Map<String, Value>) -> &'a Value {
    if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
        let said = options.iter().find(|option| option.get("type") != Some(&"null".into()));
        return said.map_or(schema, |said| inner(said, definitions));
    }
    if let Some(items) = schema.get("items") {
        return inner(items, definitions);
    }
    resolve(schema, definitions).unwrap_or(schema)
}

fn fields(page: &mut String, schema: &Value, definitions: &Map<String, Value>, path: &str) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    for (name, field) in properties {
        let list = field.get("items").is_some();
        let below = inner(field, definitions);
        let path = format!("{path}.{name}{}", if list { "[]" } else { "" });
        let _ = writeln!(page, "| `{path}` | {} | {} |", kind(field, below), text(field));
        // `platform.environments[]` is what `environment` is.
        if path != "platform.environments[]" {
            fields(page, below, definitions, &path);
        }
    }
}

fn kind(field: &Value, below: &Value) -> String {
    let nullable = field.get("anyOf").is_some()
        || field.get("type").and_then(Value::as_array).is_some_and(|t| t.contains(&"null".into()));
    let of = |schema: &Value| {
        let named = match schema.get("type") {
            Some(Value::Array(types)) => types.first().and_then(Value::as_str),
            named => named.and_then(Value::as_str),
        };
        match named {
            Some("string") => "text",
            Some("boolean") => "bool",
            Some("integer" | "number") => "number",
            _ => "mapping",
        }
    };
    let mut kind = match field.get("items") {
        Some(_) => format!("list of {}s", of(below)),
        None => of(below).to_owned(),
    };
    if nullable {
        kind.push_str(" or null");
    }
    kind
}

/// A doc comment on one line, without the brackets of links.
fn text(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace("[`", "`").replace("`]", "`").replace('|', "\\|")
}

#[test]
fn the_page_on_the_layout_context_says_what_the_code_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/layout-context.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap_or_else(|error| panic!("{error}"));
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == there, "run `UPDATE_DOCS=1 cargo test layout_context`");
}
