//! What kustomize knows of Kubernetes' own types, from the OpenAPI data that kyaml embeds: a table in
//! Rust that costs nothing to load, in place of a megabyte of JSON.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const BUNDLE: &str = "kubernetesapi/data/kubernetes-openapi-union-v1.21.2.bundle-v1.json.gz";
const KUSTOMIZATION: &str = "kustomizationapi/swagger.json";
const SCOPES: &str = "openapi.go";

/// Where no schema is.
const NONE: u16 = u16::MAX;

/// Everything that kustomize's merge can see of a schema.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    fields: BTreeMap<String, u16>,
    rest: Option<u16>,
    items: Option<u16>,
    strategy: String,
    keys: Vec<String>,
}

/// Definitions first, each at its own place, so that another document can take one's place; the
/// schemas within them follow, equal ones once.
struct Table {
    definitions: BTreeMap<String, u16>,
    shapes: Vec<Shape>,
    within: BTreeMap<Shape, u16>,
}

/// Reads kyaml's folder `openapi` and writes the table.
pub(crate) fn write(folder: &Path, table: &Path) -> Result<String> {
    let kubernetes = unzipped(&folder.join(BUNDLE))?;
    let kustomization: Value = serde_json::from_slice(&fs::read(folder.join(KUSTOMIZATION))?)?;
    let scopes = scopes(&fs::read_to_string(folder.join(SCOPES))?)?;
    let documents = [&kubernetes, &kustomization].map(|document| &document["definitions"]);
    let text = render(&documents, &scopes)?;
    fs::write(table, &text)?;
    Ok(format!("{} written, {} bytes", table.display(), text.len()))
}

/// The one use of gzip here is not worth a dependency.
fn unzipped(path: &Path) -> Result<Value> {
    let output = Command::new("gzip").arg("-dc").arg(path).output()?;
    if !output.status.success() {
        return Err(format!("gzip: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The lines `{APIVersion: "apps/v1", Kind: "Deployment"}: true,` of Go's own table, which comes before
/// all schemas and covers those that are built in.
fn scopes(source: &str) -> Result<BTreeMap<(String, String), bool>> {
    let mut scopes = BTreeMap::new();
    for line in source.lines() {
        let Some(entry) = line.trim().strip_prefix("{APIVersion: \"") else { continue };
        let parsed = entry.split_once("\", Kind: \"").and_then(|(version, rest)| {
            let (kind, scope) = rest.split_once("\"}:")?;
            Some(((version.to_owned(), kind.to_owned()), scope.trim().starts_with("true")))
        });
        let (resource, namespaced) = parsed.ok_or_else(|| format!("not understood: {line}"))?;
        scopes.insert(resource, namespaced);
    }
    Ok(scopes)
}

fn render(documents: &[&Value; 2], scopes: &BTreeMap<(String, String), bool>) -> Result<String> {
    let mut table =
        Table { definitions: BTreeMap::new(), shapes: Vec::new(), within: BTreeMap::new() };
    let mut sources = BTreeMap::new();
    for (document, always) in documents.iter().zip([false, true]) {
        for (name, schema) in document.as_object().ok_or("no definitions")? {
            sources.insert(name, (schema, always));
        }
    }
    for (at, name) in sources.keys().enumerate() {
        table.definitions.insert((*name).clone(), u16::try_from(at)?);
    }
    table.shapes.resize(sources.len(), Shape::default());
    for (at, (schema, _)) in sources.values().enumerate() {
        table.shapes[at] = table.shape(schema)?;
    }

    let mut text =
        "// Written by `xtask kustomize-schema` from kyaml's OpenAPI data.\n\n".to_owned();
    text += "use super::builtin::Shape;\n\n";
    text += "pub(super) static DEFINITIONS: &[(&str, bool)] = &[\n";
    let mut types = BTreeMap::new();
    for (at, (name, (schema, always))) in sources.iter().enumerate() {
        writeln!(text, "    ({name:?}, {always}),")?;
        for gvk in schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let word = |key: &str| gvk[key].as_str().unwrap_or_default();
            let version = match word("group") {
                "" => word("version").to_owned(),
                group => format!("{group}/{}", word("version")),
            };
            if types.insert((version, word("kind").to_owned()), at).is_some() {
                return Err(format!("two definitions of {gvk}").into());
            }
        }
    }
    text += "];\n\npub(super) static TYPES: &[(&str, &str, u16)] = &[\n";
    for ((version, kind), at) in types {
        writeln!(text, "    ({version:?}, {kind:?}, {at}),")?;
    }
    text += "];\n\npub(super) static SCOPES: &[(&str, &str, bool)] = &[\n";
    for ((version, kind), namespaced) in scopes {
        writeln!(text, "    ({version:?}, {kind:?}, {namespaced}),")?;
    }
    text += "];\n\npub(super) static SHAPES: &[Shape] = &[\n";
    for shape in &table.shapes {
        let fields: Vec<_> = shape.fields.iter().map(|field| format!("{field:?}")).collect();
        let (rest, items) = (shape.rest.unwrap_or(NONE), shape.items.unwrap_or(NONE));
        writeln!(
            text,
            "    Shape::new(&[{}], {rest}, {items}, {:?}, &{:?}),",
            fields.join(", "),
            shape.strategy,
            shape.keys
        )?;
    }
    Ok(text + "];\n")
}

impl Table {
    fn shape(&mut self, schema: &Value) -> Result<Shape> {
        let mut shape = Shape::default();
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            shape.fields.insert(name.clone(), self.place(field)?);
        }
        if schema["additionalProperties"].is_object() {
            shape.rest = Some(self.place(&schema["additionalProperties"])?);
        }
        if schema["type"] == "array" && schema["items"].is_object() {
            shape.items = Some(self.place(&schema["items"])?);
        }
        // Without a strategy kyaml does not look at the keys.
        if let Some(strategy) = schema["x-kubernetes-patch-strategy"].as_str() {
            strategy.clone_into(&mut shape.strategy);
            let keys = match schema["x-kubernetes-list-map-keys"].as_array() {
                Some(keys) => keys.iter().filter_map(Value::as_str).collect(),
                None => schema["x-kubernetes-patch-merge-key"].as_str().into_iter().collect(),
            };
            shape.keys = Vec::into_iter(keys).map(str::to_owned).collect();
        }
        Ok(shape)
    }

    /// The place of a schema within another. What stands beside a reference does not count.
    fn place(&mut self, schema: &Value) -> Result<u16> {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.strip_prefix("#/definitions/").unwrap_or(reference);
            let at = self.definitions.get(name).ok_or_else(|| format!("no {reference}"))?;
            return Ok(*at);
        }
        let shape = self.shape(schema)?;
        if let Some(at) = self.within.get(&shape) {
            return Ok(*at);
        }
        let at = u16::try_from(self.shapes.len())?;
        self.shapes.push(shape.clone());
        self.within.insert(shape, at);
        Ok(at)
    }
}
