//! What the description says comes out the same after Flux's substitution, in components that ask for it: each text is substituted as if
//! it stood alone, and stays a text, whatever stands beside it; or the build is refused.

use std::collections::BTreeMap;

use kustomize::yaml::{Budget, SourceId};
use kustomize::{objects_to_yaml, read_objects};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};
use tenantry::diagnostic::Code;
use tenantry::files::Memory;
use tenantry::flux::artifact::Artifact;
use tenantry::flux::build::{Built, build};
use tenantry::flux::substitute::Template;
use tenantry::flux::{Data, Kustomization, Variables};
use tenantry::layout::Layout;
use tenantry::path::RepoPath;

use crate::fleet::ascii;
use crate::{layouts, tree};

const CASES: u32 = 150;

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

/// Texts in which something may go wrong: what looks like a variable, like another type, or like YAML.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("${A}"),
        Just("${B}"),
        Just("${NONE}"),
        Just("${NONE:=x: y}"),
        Just("${A:-b}"),
        Just("${#B}"),
        Just("${B/a/\"}"),
        Just("$${A}"),
        Just("$$"),
        Just("$"),
        Just("${"),
        Just("}"),
        Just("${A:="),
        Just("a"),
        Just("0777"),
        Just("true"),
        Just("null"),
        Just("~"),
        Just("1e3"),
        Just("2001-01-01"),
        Just(": "),
        Just(" #"),
        Just("\""),
        Just("'"),
        Just("\n"),
        Just("\t"),
        Just("- "),
        Just("{"),
        Just("["),
        Just("é"),
        Just("\u{85}"),
        Just("\u{2028}"),
        Just("\\"),
        Just("&a"),
        Just("*a"),
        Just("!!str"),
        Just("|"),
        Just("%"),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// The objects that a cluster would get of the component, with and without its variables, in one of the layouts.
fn built(
    layout: &Layout,
    values: &Json,
    variables: &BTreeMap<String, String>,
) -> (Built, Built, Variables) {
    let mut description = Memory::new();
    let mut say =
        |file: &str, content: Json| description.insert(path(file), ascii(&content.to_string()));
    let mut settings = json!({
        "apiVersion": "tenantry.dev/v1", "name": "acme", "environments": [{ "name": "production" }],
        "repository": { "url": "ssh://git@github.com/acme/fleet" },
        "flux": { "version": "2.9.4" }, "policies": { "engine": "none" },
    });
    if !layout.artifacts.is_empty() {
        settings["artifacts"] = json!({ "url": "oci://registry.acme.example/fleet" });
    }
    say("platform.yaml", settings);
    say(
        "platform/clusters/prod.yaml",
        json!({ "environment": "production", "variables": variables }),
    );
    say(
        "platform/components/web.yaml",
        json!({
            "helm": { "repository": "https://charts.acme.example", "chart": "web", "version": "1.0.0" },
            "substitute": true, "values": values,
        }),
    );
    let tree = tree(layout, &description);
    let mut files = Memory::new();
    for (path, file) in tree.iter() {
        files.insert(path.clone(), file.bytes.clone());
    }
    let of_component = tree
        .iter()
        .map(|(_, file)| file)
        .find(|file| file.loops.component.is_some() && file.loops.cluster.is_some());
    let file = &of_component.unwrap().bytes;
    let objects = read_objects(SourceId(0), file, &Budget::default()).unwrap();
    // Its source may stand before it.
    let with = objects.iter().find_map(|object| Kustomization::read(object.node()));
    let with = with.unwrap().unwrap();
    let mut without = with.clone();
    without.spec.post_build = None;
    let artifact = Artifact::new(String::new(), &files, None, None, &|_| true).unwrap();
    let variables = Variables::of(&with, &Data::default(), true);
    let plain = build(&artifact, &without, &variables);
    (build(&artifact, &with, &variables), plain, variables)
}

fn said(built: &Built) -> Vec<Json> {
    built.objects.iter().map(|object| object.node.to_json()).collect()
}

/// Each text of objects by itself as Flux substitutes it; nothing where it would refuse one.
fn alone(json: &mut Json, variables: &BTreeMap<String, String>) -> Option<()> {
    match json {
        Json::String(text) if text.contains('$') => {
            let lookup = |name: &str| variables.get(name).map(String::as_str);
            *text = Template::parse(text).ok()?.evaluate(&lookup, true).ok()?;
        }
        Json::Array(items) => items.iter_mut().try_for_each(|item| alone(item, variables))?,
        Json::Object(fields) => {
            fields.values_mut().try_for_each(|value| alone(value, variables))?;
        }
        _ => {}
    }
    Some(())
}

fn carries_quotes(json: &Json) -> bool {
    match json {
        Json::String(text) => ['"', '\'']
            .iter()
            .any(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote)),
        Json::Array(items) => items.iter().any(carries_quotes),
        Json::Object(fields) => fields.values().any(carries_quotes),
        _ => false,
    }
}

#[test]
fn what_is_substituted_is_each_text_alone() {
    let mut runner = TestRunner::deterministic();
    let (mut same, mut refused) = (0, 0);
    let layouts: Vec<Layout> = layouts::names().iter().map(|name| layouts::load(name)).collect();
    for case in 0..CASES {
        let layout = &layouts[case as usize % layouts.len()];
        let mut draw = || text().new_tree(&mut runner).unwrap().current();
        let values =
            json!({ "a": draw(), "b": { "c": draw(), "d": [draw(), draw()] }, "e": "untouched" });
        // Flux takes line breaks out of values.
        let variables: BTreeMap<String, String> =
            ["A", "B"].map(|name| (name.to_owned(), draw().replace('\n', ""))).into();
        let (with, plain, _) = built(layout, &values, &variables);
        assert!(!plain.fails(), "{values}: {:?}", plain.findings);
        let mut expected = said(&plain);
        let fits = expected.iter_mut().try_for_each(|object| alone(object, &variables));
        match (fits, with.fails()) {
            // Whoever puts quotes into a value wants them to go.
            (Some(()), false) if expected.iter().any(carries_quotes) => {}
            (Some(()), false) => {
                same += 1;
                assert_eq!(said(&with), expected, "{values} with {variables:?}");
            }
            (None, fails) => {
                refused += 1;
                assert!(fails, "{values} with {variables:?} is not refused");
            }
            // A value that would be another type, or more than a value, where it stands.
            (Some(()), true) => {
                refused += 1;
                let codes: Vec<Code> = with.findings.iter().map(|finding| finding.code).collect();
                assert!(
                    codes.iter().all(|code| matches!(
                        code,
                        Code::SubstitutionChangesType | Code::SubstitutionBreaksYaml
                    )),
                    "{values} with {variables:?}: {:?}",
                    with.findings
                );
            }
        }
    }
    assert!(same > 20 && refused > 20, "{same} the same, {refused} refused");
}

#[test]
fn a_text_without_a_variable_comes_out_as_it_is() {
    let values = json!({ "a": "0777", "b": "true", "c": "a: b # c", "d": "x\n  y\n", "e": "$5", "f": "$(HOME)" });
    for name in layouts::names() {
        let layout = layouts::load(&name);
        let (with, plain, _) =
            built(&layout, &values, &BTreeMap::from([("A".to_owned(), "1".to_owned())]));
        assert!(!with.fails(), "{:?}", with.findings);
        let text = |built: &Built| objects_to_yaml(built.objects.iter().map(|object| &object.node));
        assert_eq!(text(&with), text(&plain));
    }
}
