//! Cases whose outcome is the real kustomize's.

use super::*;
use crate::allowance::Allowance;
use crate::field::testing::{json, node};
use crate::kustomization::{Gvk, SourceSelector, Text};
use crate::yaml::{Budget, SourceId, parse};

struct Plain {
    node: Node,
    previous: Vec<(String, String, String)>,
}

impl Object for Plain {
    fn node(&self) -> &Node {
        &self.node
    }

    fn node_mut(&mut self) -> &mut Node {
        &mut self.node
    }

    fn previous(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.previous.iter().map(|(kind, name, namespace)| (&**kind, &**name, &**namespace))
    }
}

fn text(node: &Node, field: &str) -> String {
    node.get(field).map(|value| value.key_text().into_owned()).unwrap_or_default()
}

fn gvk(node: &Node) -> Gvk {
    Gvk { group: text(node, "group"), version: text(node, "version"), kind: text(node, "kind") }
}

fn placed(node: &Node) -> Text {
    Text::new(node.key_text().into_owned(), node.span)
}

fn options(node: &Node) -> Option<FieldOptions> {
    let options = node.get("options")?;
    Some(FieldOptions {
        delimiter: text(options, "delimiter"),
        index: options.get("index").and_then(Node::as_i64).unwrap_or_default(),
        encoding: text(options, "encoding"),
        create: options.get("create").and_then(Node::as_bool).unwrap_or_default(),
    })
}

fn selector(node: &Node) -> Selector {
    Selector {
        gvk: gvk(node),
        name: text(node, "name"),
        namespace: text(node, "namespace"),
        annotation_selector: text(node, "annotationSelector"),
        label_selector: text(node, "labelSelector"),
        span: node.span,
    }
}

fn target(node: &Node) -> TargetSelector {
    let list = |field| node.get(field).and_then(Node::as_sequence).unwrap_or_default();
    TargetSelector {
        select: node.get("select").map(selector),
        reject: list("reject").iter().map(selector).collect(),
        field_paths: list("fieldPaths").iter().map(placed).collect(),
        options: options(node),
        span: node.span,
    }
}

/// A replacement as it stands in a kustomization file.
fn read(node: &Node) -> kustomization::Replacement {
    kustomization::Replacement {
        source: node.get("source").map(|source| SourceSelector {
            gvk: gvk(source),
            name: text(source, "name"),
            namespace: text(source, "namespace"),
            field_path: source.get("fieldPath").map(placed),
            options: options(source),
            span: source.span,
        }),
        source_value: node.get("sourceValue").map(placed),
        targets: node
            .get("targets")
            .and_then(Node::as_sequence)
            .map(|targets| targets.iter().map(target).collect()),
        span: node.span,
    }
}

/// Selectors with regular expressions, and with one label or annotation.
fn selects(selector: &Selector) -> Result<Selects, String> {
    let compile = |pattern: &str| {
        regex::Regex::new(&format!("^(?:{pattern})$")).map_err(|error| error.to_string())
    };
    let patterns = [
        &selector.gvk.group,
        &selector.gvk.version,
        &selector.gvk.kind,
        &selector.name,
        &selector.namespace,
    ];
    let said = patterns.iter().any(|pattern| !pattern.is_empty());
    let [group, version, kind, name, namespace] =
        patterns.map(|pattern| (!pattern.is_empty()).then(|| compile(pattern)).transpose());
    let (group, version, kind, name, namespace) = (group?, version?, kind?, name?, namespace?);
    let mark = |field: &'static str, selector: &str| {
        let (key, value) = selector.split_once('=')?;
        let (key, value) = (key.to_owned(), value.to_owned());
        Some(move |node: &Node| {
            let marks = node.get("metadata").and_then(|metadata| metadata.get(field));
            marks.and_then(|marks| marks.get(&key)).is_some_and(|mark| mark.key_text() == value)
        })
    };
    let label = mark("labels", &selector.label_selector);
    let annotation = mark("annotations", &selector.annotation_selector);
    let marked = label.is_some() || annotation.is_some();
    Ok(Selects {
        name: None,
        id: said.then(|| {
            let matches = move |id: &Id<'_>| {
                [
                    (&group, &id.group),
                    (&version, &id.version),
                    (&kind, &id.kind),
                    (&name, &id.name),
                    (&namespace, &id.namespace),
                ]
                .iter()
                .all(|(regex, part)| regex.as_ref().is_none_or(|regex| regex.is_match(part)))
            };
            Box::new(matches) as _
        }),
        marks: marked.then(|| {
            let matches = move |node: &Node| {
                label.as_ref().is_none_or(|label| label(node))
                    && annotation.as_ref().is_none_or(|annotation| annotation(node))
            };
            Box::new(matches) as _
        }),
    })
}

struct Outcome {
    objects: Vec<String>,
    idle: Vec<String>,
}

fn run(resources: &str, replacements: &str, version: ApiVersion) -> Result<Outcome, String> {
    let documents = parse(SourceId(0), resources.as_bytes(), &Budget::default());
    let mut objects: Vec<Plain> = documents
        .map_err(|errors| format!("{errors:?}"))?
        .into_iter()
        .map(|document| Plain { node: document.root, previous: Vec::new() })
        .collect();
    let replacements = node(replacements);
    let replacements = replacements.as_sequence().unwrap_or_default().iter();
    let replacements: Vec<Replacement> = replacements
        .map(|replacement| Replacement::new(&read(replacement), selects))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    let idle = apply(&replacements, &mut objects, version, &Allowance::new(1 << 30))
        .map_err(|error| error.to_string())?;
    Ok(Outcome {
        objects: objects.iter().map(|object| json(&object.node)).collect(),
        idle: idle.iter().map(ToString::to_string).collect(),
    })
}

fn sorted(mut objects: Vec<String>) -> Vec<String> {
    objects.sort();
    objects
}

fn documents(text: &str) -> Vec<String> {
    let documents = parse(SourceId(0), text.as_bytes(), &Budget::default());
    documents.unwrap_or_default().iter().map(|document| json(&document.root)).collect()
}

#[test]
fn replacements_do_what_kustomize_does() {
    let file = node(include_str!("cases.yaml"));
    let source = text(&file, "source");
    let cases = file.get("cases").and_then(Node::as_sequence).unwrap_or_default();
    assert!(cases.len() > 50);
    for case in cases {
        let name = text(case, "name");
        let resources = format!("{source}---\n{}", text(case, "resources"));
        let outcome = run(&resources, &text(case, "replacements"), ApiVersion::V0_21_2);
        let printed = outcome.ok().map(|outcome| outcome.objects);
        let printed = printed
            .filter(|objects| !objects.iter().any(|object| object.contains("cannot be written")));
        let expected = case.get("expected").map(|expected| {
            let mut expected = documents(&expected.key_text());
            expected.retain(|object| object != "{}");
            if expected.len() < documents(&resources).len() {
                expected.extend(documents(&source));
            }
            expected
        });
        assert_eq!(printed.map(sorted), expected.map(sorted), "{name}");
    }
}

fn idle(resources: &str, replacements: &str) -> Vec<String> {
    run(resources, replacements, ApiVersion::V0_21_2)
        .map(|outcome| outcome.idle)
        .unwrap_or_default()
}

const THINGS: &str = "kind: A\nmetadata: {name: a}\nspec: {x: 1, n: null, t: 'k: v', l: [{t: 'k: v'}]}\n---\n\
    kind: B\nmetadata: {name: b}\nspec: {x: 2}\n";

#[test]
fn what_does_nothing_is_told() {
    let set =
        |target: &str| idle(THINGS, &format!("- sourceValue: '1'\n  targets:\n  - {target}\n"));
    assert_eq!(set("{select: {kind: B}, fieldPaths: [spec.x]}"), [""; 0]);
    assert_eq!(set("{select: {}, fieldPaths: [spec.x]}"), [""; 0], "one of two changes");
    let same = set("{select: {kind: A}, fieldPaths: [spec.x, metadata.name]}");
    assert_eq!(same.len(), 1);
    assert!(same[0].contains("`spec.x` has this value already"), "{same:?}");
    let none = set("{select: {kind: C}, fieldPaths: [spec.x]}");
    assert!(none.len() == 1 && none[0].contains("selects no object"), "{none:?}");
    for path in ["spec.n.m", "spec.l.*.t.k"] {
        let lost = set(&format!(
            "{{select: {{kind: A}}, fieldPaths: ['{path}'], options: {{create: true}}}}"
        ));
        assert!(lost.len() == 1 && lost[0].contains("is lost"), "{path}: {lost:?}");
    }
}

#[test]
fn in_text_flux_replaces_all_where_kustomize_replaces_a_part() {
    let resources = "kind: A\nmetadata: {name: a}\ndata: {f: 'image: nginx:1.25'}\n";
    let replacements = "- sourceValue: new\n  targets:\n  - select: {kind: A}\n    fieldPaths: \
        [data.f.image]\n    options: {delimiter: ':', index: 1}\n";
    let data = |version| {
        let outcome = run(resources, replacements, version).map(|outcome| outcome.objects);
        outcome.unwrap_or_default().remove(0)
    };
    assert!(data(ApiVersion::V0_21_2).contains("image: nginx:new"));
    assert!(data(ApiVersion::V0_21_1).contains("\"image: new\""));
}

#[test]
fn text_keeps_its_comments_and_anchors() {
    let set = |data: &str, path: &str| -> Result<String, String> {
        let resources = format!(
            "kind: A\nmetadata: {{name: a}}\ndata:\n  f: |\n    {}\n",
            data.replace('\n', "\n    ")
        );
        let replacements = format!(
            "- sourceValue: new\n  targets:\n  - {{select: {{kind: A}}, fieldPaths: ['{path}'], \
             options: {{create: true}}}}\n"
        );
        let objects = run(&resources, &replacements, ApiVersion::V0_21_2)?.objects;
        let object: serde_json::Value =
            serde_json::from_str(&objects[0]).map_err(|error| error.to_string())?;
        Ok(object["data"]["f"].as_str().unwrap_or_default().to_owned())
    };
    for (text, path, expected) in [
        ("k: v # why", "data.f.k", "k: new # why"),
        ("k: &a v\nl: *a", "data.f.k", "k: &a new\nl: *a"),
        ("k: &a v\nl: *a # why", "data.f.l", "k: &a v\nl: new"),
        (
            "k: &a {m: 1}\nl:\n  <<: *a",
            "data.f.l.m",
            "k: &a {m: 1}\nl:\n  !!merge <<: *a\n  m: new",
        ),
        ("{k: v} # why", "data.f.k", "{\"k\":\"new\"}"),
        ("k: v\n--- # why\na: [", "data.f.k", "k: new"),
        ("# top\n\n# k\nk: v\n# end", "data.f.new", "# top\n\n# k\nk: v\n# end\n\nnew: new"),
        ("l:\n  - a # one\n  # two\n  - b", "data.f.l.1", "l:\n- a # one\n# two\n- new"),
    ] {
        assert_eq!(set(text, path).as_deref(), Ok(expected), "{text:?}");
    }
    // An alias is not followed.
    assert!(set("k: &a {m: 1}\nl: *a", "data.f.l.m").is_err());
}

#[test]
fn an_object_is_found_by_what_it_was_called() {
    let object = |kind: &str, name: &str, previous: &[(&str, &str, &str)]| Plain {
        node: node(&format!("kind: {kind}\nmetadata: {{name: {name}}}\n")),
        previous: previous
            .iter()
            .map(|(kind, name, namespace)| {
                ((*kind).to_owned(), (*name).to_owned(), (*namespace).to_owned())
            })
            .collect(),
    };
    let replacement = node(
        "source: {kind: A, name: old, namespace: ns}\ntargets:\n- select: {name: before}\n  \
         fieldPaths: [metadata.label]\n  options: {create: true}\n",
    );
    let replacement = Replacement::new(&read(&replacement), selects).map_err(|_| "is right");
    let mut objects =
        [object("A", "new", &[("A", "old", "ns")]), object("B", "after", &[("B", "before", "")])];
    let idle = apply(
        &[replacement.expect("is right")],
        &mut objects,
        ApiVersion::default(),
        &Allowance::new(1 << 30),
    );
    assert_eq!(idle, Ok(Vec::new()));
    assert!(json(&objects[1].node).contains(r#""label":"new""#));
}
