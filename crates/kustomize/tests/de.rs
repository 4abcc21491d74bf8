//! Nodes into Rust types, and what people read when they do not fit.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write;

use kustomize::yaml::{Budget, DeErrorKind, Node, SourceId, from_node, parse};
use serde::Deserialize;

fn node(text: &str) -> Node {
    parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap().remove(0).root
}

#[derive(Deserialize, Debug, PartialEq, Default)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Tenant {
    #[serde(default)]
    owner: Vec<String>,
    replicas: Option<u8>,
    #[serde(default)]
    suspend: bool,
    #[serde(default)]
    placement: Placement,
    #[serde(default)]
    ports: BTreeMap<u16, String>,
    auth: Option<Auth>,
    ratio: Option<f64>,
    interval: Option<String>,
    pair: Option<(i32, i32)>,
}

#[derive(Deserialize, Debug, PartialEq, Default)]
#[serde(untagged)]
enum Placement {
    #[default]
    Nowhere,
    Clusters(Vec<String>),
    Labels {
        labels: BTreeMap<String, String>,
    },
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
enum Auth {
    DeployKey,
    SecretRef(String),
    App { id: u64 },
}

#[test]
fn the_shapes_of_serde_are_read() {
    let text = "owner: [a, b]\nreplicas: 0x10\nsuspend: yes\nplacement: {labels: {tier: shared}}\n\
                ports: {8080: http}\nauth: deployKey\nratio: 1\ninterval:\npair: [-1, 2]\n";
    let root = node(text);
    let tenant: Tenant = from_node(&root).unwrap();
    assert_eq!(tenant.replicas, Some(16));
    assert!(tenant.suspend);
    assert_eq!(tenant.ports[&8080], "http");
    assert_eq!(tenant.auth, Some(Auth::DeployKey));
    assert_eq!((tenant.ratio, tenant.interval, tenant.pair), (Some(1.0), None, Some((-1, 2))));
    assert_eq!(
        tenant.placement,
        Placement::Labels { labels: BTreeMap::from([("tier".into(), "shared".into())]) }
    );
    let auth = |text| from_node::<Auth>(&node(text)).unwrap();
    assert_eq!(auth("secretRef: x\n"), Auth::SecretRef("x".into()));
    assert_eq!(auth("app: {id: 18446744073709551615}\n"), Auth::App { id: u64::MAX });
    let borrowed: BTreeMap<&str, Vec<&str>> = {
        let root: &'static Node = Box::leak(Box::new(node("a: [b]\n")));
        from_node(root).unwrap()
    };
    assert_eq!(borrowed["a"], ["b"]);
}

#[test]
fn what_does_not_fit_is_said_with_its_place() {
    let mut report = String::new();
    for text in [
        "owners: [a]\n",
        "owner: a\n",
        "owner: [1.20]\n",
        "owner:\n- a\n- true\n",
        "owner: [~]\n",
        "owner:\n",
        "replicas: '3'\n",
        "replicas: three\n",
        "replicas: 300\n",
        "replicas: 1.5\n",
        "replicas: -1\n",
        "suspend: 'true'\n",
        "suspend: 1\n",
        "ports: {http: x}\n",
        "ports: {8080: 1}\n",
        "ports: {99999: x}\n",
        "placement: 5\n",
        "auth: deploykey\n",
        "auth: secretRef\n",
        "auth: {deployKey: x}\n",
        "auth: {secretRef: 5}\n",
        "auth: {app: {}}\n",
        "auth: {secretRef: x, app: y}\n",
        "auth: [x]\n",
        "pair: [1]\n",
        "pair: [1, 2, 3]\n",
        "pair: [1, x]\n",
        "- a\n",
    ] {
        let error = from_node::<Tenant>(&node(text)).unwrap_err();
        let covered = &text[error.span.range()];
        writeln!(report, "{text:?}\n  {:?} at {covered:?}: {error}", error.path).unwrap();
    }
    insta::assert_snapshot!(report);
}

#[test]
fn an_unknown_field_names_the_known_ones() {
    let error = from_node::<Tenant>(&node("a: 1\n")).unwrap_err();
    let DeErrorKind::UnknownField { field, expected } = error.kind else { panic!("{error:?}") };
    assert_eq!(field, "a");
    assert!(expected.contains(&"placement"));
    let error = from_node::<Auth>(&node("app: {}\n")).unwrap_err();
    assert_eq!(error.kind, DeErrorKind::MissingField { field: "id".into() });
}

#[test]
fn paths_are_json_pointers_that_lead_back() {
    let root = node("a/b~c:\n- x: {y: 1}\n");
    type Deep = BTreeMap<String, Vec<BTreeMap<String, BTreeMap<String, String>>>>;
    let error = from_node::<Deep>(&root).unwrap_err();
    assert_eq!(error.path, "/a~1b~0c/0/x/y");
    assert_eq!(root.pointer(&error.path).unwrap().span, error.span);
}
