//! What holds for any patches: the narrowest scope that holds on a cluster wins, whatever the patches are called and in which form they are said,
//! and nothing of the tree changes but `spec.patches`.
#![allow(clippy::unwrap_used)]

mod layouts;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kustomize::yaml::{Budget, Node, SourceId, parse};
use kustomize::{apply_merge, apply_operation};
use proptest::prelude::*;
use serde_json::Value as Json;
use tenantry::files::Memory;
use tenantry::layout::Layout;
use tenantry::path::RepoPath;
use tenantry::tree::Tree;
use tenantry::{render, spec};

/// Places that say how long something may take, wide ones first, and the clusters that each holds on.
const SCOPES: [(&str, &[&str]); 6] = [
    ("{}", &["staging-eu", "prod-eu", "prod-us"]),
    ("{ environments: [production] }", &["prod-eu", "prod-us"]),
    ("{ clusters: [prod-eu, staging-eu] }", &["prod-eu", "staging-eu"]),
    ("{ components: [metrics-server] }", &["staging-eu", "prod-eu", "prod-us"]),
    ("{ components: [metrics-server], environments: [staging] }", &["staging-eu"]),
    ("{ components: [metrics-server], clusters: [prod-us, prod-eu] }", &["prod-us", "prod-eu"]),
];
const CLUSTERS: [&str; 3] = ["staging-eu", "prod-eu", "prod-us"];

/// Every layout, compiled once.
static LAYOUTS: LazyLock<Vec<Layout>> =
    LazyLock::new(|| layouts::names().iter().map(|name| layouts::load(name)).collect());

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

/// A description with these patches by their names, in a layout.
fn tree(layout: &Layout, patches: &BTreeMap<String, String>) -> Tree {
    let mut files = Memory::new();
    let mut write = |file: &str, text: &str| files.insert(path(file), text.as_bytes().to_vec());
    let settings = "apiVersion: tenantry.dev/v1
name: acme-fleet
repository: { url: https://github.com/acme/fleet }
environments: [{ name: staging }, { name: production }]
flux: { version: 2.9.4 }
";
    write("platform.yaml", &layouts::settings(layout, settings));
    write("platform/clusters/staging-eu.yaml", "environment: staging\n");
    write("platform/clusters/prod-eu.yaml", "environment: production\n");
    write("platform/clusters/prod-us.yaml", "environment: production\n");
    write(
        "platform/components/metrics-server.yaml",
        "helm: { repository: https://kubernetes-sigs.github.io/metrics-server, chart: metrics-server, version: 3.13.1 }
namespace: metrics-server
",
    );
    for (name, text) in patches {
        write(&format!("platform/patches/{name}.yaml"), text);
    }
    let platform = spec::load(&files).map_err(|faults| faults.diagnostics).unwrap();
    render::render(&platform, layout, &files).unwrap().tree
}

fn documents(bytes: &[u8]) -> Vec<Json> {
    let documents = parse(SourceId(0), bytes, &Budget::default()).unwrap();
    documents.iter().map(|document| document.root.to_json()).collect()
}

/// How long the release may take on a cluster, once the patches of its Flux Kustomization are applied in their order.
fn timeout(tree: &Tree, cluster: &str) -> String {
    let base = layouts::base(tree, "metrics-server", "sync.yaml").unwrap();
    let release = documents(&base.bytes).into_iter().find(|one| one["kind"] == "HelmRelease");
    let mut release = Node::from_json(&release.unwrap());
    let applies = layouts::applied(tree, cluster, "metrics-server").unwrap();
    for patch in applies["spec"]["patches"].as_array().into_iter().flatten() {
        let text = patch["patch"].as_str().unwrap();
        let document = parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap().remove(0);
        match document.root.as_sequence() {
            Some(operations) => {
                for operation in operations {
                    apply_operation(&mut release, operation).unwrap();
                }
            }
            None => drop(apply_merge(&mut release, &document.root).unwrap()),
        }
    }
    release.pointer("/spec/timeout").and_then(Node::text).unwrap().to_owned()
}

/// The objects of a tree without the patches of Flux Kustomizations.
fn bare(tree: &Tree) -> Vec<(String, Vec<Json>)> {
    let files = tree.iter().filter(|(path, _)| {
        path.as_str().ends_with(".yaml") && !path.as_str().starts_with(".tenantry/")
    });
    files
        .map(|(path, file)| {
            let mut objects = documents(&file.bytes);
            for object in &mut objects {
                if object["kind"] == "Kustomization"
                    && let Some(spec) = object.get_mut("spec").and_then(Json::as_object_mut)
                {
                    spec.shift_remove("patches");
                }
            }
            (path.to_string(), objects)
        })
        .collect()
}

fn said(scope: usize, form: u8) -> String {
    let minutes = scope + 11;
    let what = match form {
        0 => format!("operations: [{{ op: replace, path: /spec/timeout, value: {minutes}m }}]"),
        1 => format!("operations: [{{ op: add, path: /spec/timeout, value: {minutes}m }}]"),
        _ => format!("merge: {{ spec: {{ timeout: {minutes}m }} }}"),
    };
    let name = if form.is_multiple_of(2) { "metrics-server" } else { "metrics.*" };
    format!("scope: {}\ntarget: {{ kind: HelmRelease, name: {name} }}\n{what}\n", SCOPES[scope].0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_narrowest_scope_wins_by_whatever_name(
        forms in proptest::collection::vec(proptest::option::of(0_u8..3), SCOPES.len()),
        names in Just((0..SCOPES.len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let patches: BTreeMap<String, String> = forms
            .iter()
            .enumerate()
            .filter_map(|(scope, form)| Some((format!("p{}", names[scope]), said(scope, (*form)?))))
            .collect();
        for layout in LAYOUTS.iter() {
        let tree = tree(layout, &patches);
        for cluster in CLUSTERS {
            let holds = |(scope, form): &(usize, &Option<u8>)| {
                form.is_some() && SCOPES[*scope].1.contains(&cluster)
            };
            let narrowest = forms.iter().enumerate().rfind(holds);
            let wanted = narrowest.map_or("5m".to_owned(), |(scope, _)| format!("{}m", scope + 11));
            prop_assert_eq!(timeout(&tree, cluster), wanted, "{} of {:#?}", cluster, patches);
        }
        prop_assert_eq!(bare(&tree), bare(&self::tree(layout, &BTreeMap::new())));
        }
    }
}
