//! Our verdicts on objects beside kubeconform's: real objects, and each of them broken in many ways.
//!
//! Where the two may differ is [`Reason`], each with why; anything else is a fault of one of them.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use kustomize::yaml::{Budget, Mapping, Node, SourceId, Value, parse};
use tenantry::schemas::{FaultKind, Library, Origin, Schemas};

/// How many places of one object are broken in each way.
const PLACES: usize = 40;

/// Why a verdict is another one on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// kubeconform's schemas take any text as a quantity and no number; the API server takes numbers, and not any text.
    Quantity,
    /// kubeconform's schemas of custom resources say nothing of `metadata`, which is the API server's.
    Metadata,
    /// kubeconform knows no list types: two items of one key.
    Duplicate,
    /// kubeconform leaves formats (`date-time`, `byte`) alone.
    Format,
    /// kubeconform's schemas of custom resources are open at the root, where the API server prunes.
    Root,
    /// A field that must be there and has a default: the API server fills it in before it looks.
    Default,
    /// kubeconform has no schema of it, and so no verdict.
    NoSchema,
}

/// Breaks objects and compares the verdicts; `schemas` is a folder as `tests/peers/examples.sh` has it.
pub(crate) fn compare(schemas: &Path, files: &[String]) -> Result<String, Box<dyn Error>> {
    let known = Schemas::new(&Arc::new(Library::embedded()?), Some("1.36"))?;
    let scratch = tempfile::tempdir()?;
    let mut ours: BTreeMap<String, (bool, Option<Reason>, String)> = BTreeMap::new();
    let mut write = |object: &Node, what: &str| -> Result<(), Box<dyn Error>> {
        let Some(faults) = known.validate(object) else { return Ok(()) };
        let (api_version, kind) = (text(object, "apiVersion"), text(object, "kind"));
        let custom = known
            .kind(api_version, kind)
            .is_some_and(|kind| !matches!(known.origin(kind), Origin::Kubernetes(_)));
        let reasons: Vec<Option<Reason>> = faults
            .iter()
            .map(|fault| match fault.kind {
                FaultKind::UnknownKind => Some(Reason::NoSchema),
                FaultKind::UnknownField if custom && fault.pointer.matches('/').count() == 1 => {
                    Some(Reason::Root)
                }
                FaultKind::Duplicate => Some(Reason::Duplicate),
                _ if custom && fault.pointer.starts_with("/metadata") => Some(Reason::Metadata),
                FaultKind::InvalidValue if fault.message.contains("takes a quantity") => {
                    Some(Reason::Quantity)
                }
                FaultKind::InvalidValue if fault.message.contains("takes a time") => {
                    Some(Reason::Format)
                }
                FaultKind::InvalidValue if fault.message.contains("takes text in base64") => {
                    Some(Reason::Format)
                }
                _ => None,
            })
            .collect();
        let lenient = faults.is_empty().then(|| lenience(&known, object, what)).flatten();
        // One fault without a reason is one that both must see.
        let reason = reasons.iter().copied().reduce(|a, b| if a.is_none() { a } else { b });
        let name = format!("{:06}.yaml", ours.len());
        let json = serde_json::to_vec(&object.to_json())?;
        fs::write(scratch.path().join(&name), json)?;
        let said = faults.first().map_or_else(String::new, ToString::to_string);
        ours.insert(
            name,
            (faults.is_empty(), reason.flatten().or(lenient), format!("{what}: {said}")),
        );
        Ok(())
    };
    let mut objects = 0;
    let mut seen = std::collections::BTreeSet::new();
    for file in files {
        let documents = parse(SourceId(0), &fs::read(file)?, &Budget::default())
            .map_err(|faults| format!("{file}: {faults:?}"))?;
        for object in documents.into_iter().map(|document| document.root) {
            let is_definition = tenantry::schemas::is_definition(&object);
            // The same but for names is the same.
            let alike = (text(&object, "kind").to_owned(), object.get("spec").map(Node::to_json));
            let alike = format!("{alike:?}");
            if object.get("kind").is_none() || is_definition || !seen.insert(alike) {
                continue;
            }
            objects += 1;
            write(&object, "as it is")?;
            for (what, broken) in mutants(&object) {
                write(&broken, &what)?;
            }
        }
    }
    let theirs = kubeconform(schemas, scratch.path())?;
    let (mut same, mut by_design, mut wrong) = (0, BTreeMap::new(), Vec::new());
    for (name, (valid, reason, what)) in &ours {
        match theirs.get(name) {
            Some(their) if their == valid => same += 1,
            None => *by_design.entry(Reason::NoSchema).or_insert(0) += 1,
            Some(_) if let Some(reason) = reason => *by_design.entry(*reason).or_insert(0) += 1,
            Some(their) => {
                let object = fs::read_to_string(scratch.path().join(name))?;
                let head: String = object.chars().take(300).collect();
                wrong.push(format!("{what}\n  ours: {valid}, kubeconform's: {their}\n  {head}"));
            }
        }
    }
    let invalid = ours.values().filter(|(valid, ..)| !valid).count();
    let summary = format!(
        "{objects} objects, {} variants, {invalid} of them broken: {same} verdicts are the same, {by_design:?} differ by design",
        ours.len()
    );
    if !wrong.is_empty() {
        let shown: Vec<&str> = wrong.iter().take(10).map(String::as_str).collect();
        return Err(format!("{summary}\n{} differ:\n{}", wrong.len(), shown.join("\n")).into());
    }
    if objects < 20 || invalid < 500 {
        return Err(format!("{summary}: suspiciously few").into());
    }
    Ok(summary)
}

/// Why an object that was broken at `what` is valid all the same.
fn lenience(known: &Schemas, object: &Node, what: &str) -> Option<Reason> {
    let kind = known.kind(text(object, "apiVersion"), text(object, "kind"))?;
    let (_, pointer) = what.split_once(" at ")?;
    let steps = pointer.split('/').skip(1).filter(|step| step.parse::<usize>().is_err());
    let steps: Vec<&str> = steps.collect();
    let field = known.whole(kind)?.at(&steps).ok()?;
    match () {
        () if field.type_name().ends_with("Quantity") => Some(Reason::Quantity),
        () if field.required() && field.default().is_some() => Some(Reason::Default),
        () => None,
    }
}

fn text<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::as_str).unwrap_or_default()
}

/// Whether kubeconform takes each file; nothing for those whose kind it does not know.
fn kubeconform(schemas: &Path, folder: &Path) -> Result<BTreeMap<String, bool>, Box<dyn Error>> {
    let place = |pattern: &str| format!("{}/{pattern}", schemas.display());
    let program = std::env::var("KUBECONFORM").unwrap_or_else(|_| "kubeconform".to_owned());
    let output = Command::new(program)
        .args(["-strict", "-verbose", "-output", "json", "-ignore-missing-schemas"])
        .args([
            "-schema-location",
            &place("{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"),
        ])
        .args(["-schema-location", &place("core/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json")])
        .arg(folder)
        .output()?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let mut verdicts = BTreeMap::new();
    for resource in answer["resources"].as_array().into_iter().flatten() {
        let file = resource["filename"].as_str().unwrap_or_default();
        let name = file.rsplit('/').next().unwrap_or_default().to_owned();
        match resource["status"].as_str() {
            Some("statusValid") => drop(verdicts.insert(name, true)),
            // What it cannot even read is wrong as well.
            Some("statusInvalid" | "statusError") => drop(verdicts.insert(name, false)),
            Some("statusSkipped") => {}
            _ => return Err(format!("kubeconform: {resource}").into()),
        }
    }
    Ok(verdicts)
}

/// An object, broken in one place each time.
fn mutants(object: &Node) -> Vec<(String, Node)> {
    let mut places = Vec::new();
    collect(object, "", &mut places);
    let mut mutants = Vec::new();
    let mut counts = BTreeMap::new();
    let mut take = |what: &'static str, at: &str, shown: &str, change: &dyn Fn(&mut Node)| {
        let count = counts.entry(what).or_insert(0);
        *count += 1;
        if *count <= PLACES {
            let mut broken = object.clone();
            if let Some(node) = at_mut(&mut broken, at) {
                change(node);
                mutants.push((format!("{what} at {shown}"), broken));
            }
        }
    };
    for (at, node) in &places {
        match &node.value {
            Value::Mapping(fields) => {
                take("a field that nobody has", at, at, &|node| {
                    if let Some(fields) = node.as_mapping_mut() {
                        fields.insert("fieldThatNobodyHas", 1_i64);
                    }
                });
                for key in fields.keys().filter_map(Node::as_str) {
                    if !matches!((at.as_str(), key), ("", "apiVersion" | "kind")) {
                        let inner = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                        take("a field less", at, &inner, &|node| {
                            if let Some(fields) = node.as_mapping_mut() {
                                fields.remove(key);
                            }
                        });
                    }
                }
                take("a text for a mapping", at, at, &|node| *node = Node::new("text"));
            }
            Value::Sequence(_) => {
                take("a text for a list", at, at, &|node| *node = Node::new("text"));
                take("a mapping for a list", at, at, &|node| *node = Node::new(Mapping::new()));
            }
            Value::String(_) => {
                take("another text", at, at, &|node| *node = Node::new("Not One Of Them"));
                take("a number for a text", at, at, &|node| *node = Node::new(7_i64));
                take("a list for a text", at, at, &|node| *node = Node::new(vec![Node::new("a")]));
            }
            Value::Bool(_) => {
                take("a text for a boolean", at, at, &|node| *node = Node::new("true"));
            }
            _ => {
                take("a text for a number", at, at, &|node| *node = Node::new("7"));
                take("a fraction", at, at, &|node| *node = Node::new(1.5));
                take("a negative number", at, at, &|node| *node = Node::new(-7_i64));
            }
        }
    }
    mutants
}

/// Every node below an object, by its pointer; what the object is stays.
fn collect<'n>(node: &'n Node, at: &str, places: &mut Vec<(String, &'n Node)>) {
    if !matches!(at, "/apiVersion" | "/kind") {
        places.push((at.to_owned(), node));
    }
    match &node.value {
        Value::Mapping(fields) => {
            for (key, value) in fields.iter() {
                let key = key.key_text().replace('~', "~0").replace('/', "~1");
                collect(value, &format!("{at}/{key}"), places);
            }
        }
        Value::Sequence(items) => {
            for (number, item) in items.iter().enumerate() {
                collect(item, &format!("{at}/{number}"), places);
            }
        }
        _ => {}
    }
}

fn at_mut<'n>(object: &'n mut Node, pointer: &str) -> Option<&'n mut Node> {
    let mut here = object;
    for step in pointer.split('/').skip(1) {
        here = match &mut here.value {
            Value::Sequence(items) => items.get_mut(step.parse::<usize>().ok()?)?,
            Value::Mapping(fields) => {
                fields.get_mut(&step.replace("~1", "/").replace("~0", "~"))?
            }
            _ => return None,
        };
    }
    // The whole object has to stay an object.
    Some(here)
}
