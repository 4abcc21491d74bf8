//! `tenantry graph`: each form of the picture, and that none of them says what a label wants to say.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

/// A cluster with a tenant that waits for a component and takes its content from elsewhere.
fn fleet() -> Test {
    Test::flux()
        .file(
            "clusters/prod/redis.yaml",
            "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: redis, namespace: flux-system }
spec:
  path: ./redis
  prune: true
  suspend: true
  sourceRef: { kind: GitRepository, name: flux-system }
",
        )
        .file(
            "redis/release.yaml",
            "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: redis, namespace: redis }
spec: { chart: { spec: { chart: redis, version: 21.x, sourceRef: { kind: HelmRepository, name: bitnami } } } }
",
        )
        .line("clusters/prod/apps.yaml", "  dependsOn: [{ name: redis }]")
        .file(
            "apps/shop.yaml",
            "apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { toolkit.fluxcd.io/tenant: shop } }
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: shop, namespace: shop }
spec: { url: https://github.com/acme/shop, ref: { branch: main } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: shop, namespace: shop }
spec: { path: ./, prune: true, sourceRef: { kind: GitRepository, name: shop } }
",
        )
}

#[test]
fn a_fleet_in_mermaid_for_a_readme() {
    let test = fleet();
    let drawn = test.answers("graph");
    assert_snapshot!(drawn, @r#"
    ---
    title: "acme-fleet"
    ---
    flowchart LR
      %% What is left comes first. --> applies, ==> is waited for by, -.-> is the source of
      subgraph c1["prod"]
        direction LR
        n1["flux-system"]
        n2[["apps"]]
        n3[["redis<br/>#40;suspended#41;"]]
        n4["shop<br/>#40;elsewhere#41;"]
        n5[("flux-system")]
        n6[("shop")]
        n7("redis")
        n1 --> n3
        n2 --> n4
        n3 ==> n2
        n3 --> n7
        n6 -.-> n4
      end
      style c1 fill:transparent,stroke:#8b95a1
      classDef kustomization fill:#dbe8fb,stroke:#3f6fb5,color:#16233a
      classDef component fill:#d9f0ea,stroke:#2b8573,color:#10312a
      classDef tenant fill:#eae2fa,stroke:#7a56c2,color:#2a1a4d
      classDef source fill:#f7ecd0,stroke:#a37a1c,color:#3b2c08
      classDef helmrelease fill:#dff0f7,stroke:#3b86a3,color:#10303b
      classDef resourceset fill:#f6e0ee,stroke:#ad4f8b,color:#41152f
      classDef suspended stroke-dasharray:6 4
      classDef elsewhere stroke-dasharray:2 3
      classDef broken stroke:#c2272d,stroke-width:3px
      class n1,n4 kustomization
      class n2,n3 component
      class n5,n6 source
      class n7 helmrelease
      class n3 suspended
      class n4 elsewhere
    "#);
    assert_eq!(test.answers("graph --output mermaid"), drawn);
}

#[test]
fn a_fleet_in_dot() {
    assert_snapshot!(fleet().answers("graph --output dot"), @r##"
    // What is left comes first: bold is waited for, dotted is the source, plain applies.
    digraph fleet {
      label="acme-fleet"
      labelloc=t
      rankdir=LR
      ranksep=0.6
      nodesep=0.18
      fontname="Helvetica,Arial,sans-serif"
      fontsize=18
      node [fontname="Helvetica,Arial,sans-serif" fontsize=11 style=filled shape=box height=0.35]
      edge [color="#6b7684" arrowsize=0.6]
      subgraph cluster_1 {
        label="prod"
        fontsize=14
        color="#b8c0ca"
        style=rounded
        n1 [label="flux-system" tooltip="flux-system\nkustomization/flux-system/flux-system\nnamespace: flux-system\npath: ./clusters/prod\nsource: GitRepository/flux-system/flux-system\nprune: true\nobjects: 4" shape=box style="filled" fillcolor="#dbe8fb" color="#3f6fb5"]
        n2 [label="apps" tooltip="apps\nkustomization/flux-system/apps\nnamespace: flux-system\npath: ./apps\nsource: GitRepository/flux-system/flux-system\nprune: true\nobjects: 4" shape=component style="filled" fillcolor="#d9f0ea" color="#2b8573"]
        n3 [label="redis\n(suspended)" tooltip="redis\nkustomization/flux-system/redis\nnamespace: flux-system\npath: ./redis\nsource: GitRepository/flux-system/flux-system\nprune: true\nobjects: 1" shape=component style="filled,dashed" fillcolor="#d9f0ea" color="#2b8573"]
        n4 [label="shop\n(elsewhere)" tooltip="shop\nkustomization/shop/shop\nnamespace: shop\npath: ./\nsource: GitRepository/shop/shop\nprune: true" shape=box style="filled,dotted" fillcolor="#dbe8fb" color="#3f6fb5"]
        n5 [label="flux-system" tooltip="flux-system\nsource/GitRepository/flux-system/flux-system\nnamespace: flux-system\nurl: https://github.com/acme/fleet\nrevision: branch main" shape=cylinder style="filled" fillcolor="#f7ecd0" color="#a37a1c"]
        n6 [label="shop" tooltip="shop\nsource/GitRepository/shop/shop\nnamespace: shop\nurl: https://github.com/acme/shop\nrevision: branch main" shape=cylinder style="filled" fillcolor="#f7ecd0" color="#a37a1c"]
        n7 [label="redis" tooltip="redis\nhelmrelease/redis/redis\nnamespace: redis\nchart: redis\nversion: 21.x\nsource: HelmRepository/redis/bitnami" shape=box style="filled,rounded" fillcolor="#dff0f7" color="#3b86a3"]
        n1 -> n3
        n2 -> n4
        n3 -> n2 [style=bold color="#3f6fb5"]
        n3 -> n7
        n6 -> n4 [style=dotted]
      }
    }
    "##);
}

#[test]
fn one_cluster_of_several_is_drawn() {
    let test =
        fleet().file("clusters/test/apps.yaml", Test::flux().read("clusters/prod/apps.yaml"));
    assert!(test.answers("graph").contains("subgraph c2[\"test\"]"));
    let drawn = test.answers("graph --cluster test");
    assert!(drawn.contains("subgraph c1[\"test\"]") && !drawn.contains("prod"), "{drawn}");
    assert_snapshot!(test.refuses("graph --cluster tst"), @"
    unknown-entity

      x there is no cluster `tst`
      help: did you mean `test`?
    ");
}

#[test]
fn an_image_is_one_well_formed_document() {
    let test =
        fleet().file("platform.yaml", "name: \"</title><script>alert(1)</script>\\u0001\"\n");
    let image = test.answers("graph --output svg");
    assert!(image.starts_with("<svg ") || image.starts_with("<?xml "), "{image}");
    assert!(!image.contains("<script") && !image.contains('\u{1}'), "{image}");
    let mut open: Vec<String> = Vec::new();
    for tag in image.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').expect("a tag ends");
        assert!(!text.contains('>') || text.contains(']'), "{text}");
        let name: String = tag.chars().take_while(|c| !c.is_whitespace() && *c != '/').collect();
        match tag {
            _ if tag.starts_with(['?', '!']) => {}
            _ if tag.starts_with('/') => assert_eq!(open.pop().as_deref(), Some(&tag[1..])),
            _ if tag.ends_with('/') => {}
            _ => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
}

#[test]
fn a_page_asks_the_network_for_nothing() {
    let page = fleet().answers("graph --output html");
    assert!(page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"), "{page}");
    for tag in page.split('<').skip(1).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag) {
        for wrong in ["src=", "href=\"http", "url(http", "srcset=", "@import"] {
            assert!(!tag.contains(wrong), "<{tag}>");
        }
    }
    assert!(!page.contains("@import") && !page.contains("url(http"), "the style asks for nothing");
    assert!(page.contains("Content-Security-Policy"), "and may not");
}

#[test]
fn a_page_takes_no_label_for_markup() {
    let page = fleet()
        .file("platform.yaml", "name: \"</script><img src=x onerror=alert(1)>\"\n")
        .answers("graph --output html");
    assert!(!page.contains("<img"), "a name is text");
}

#[test]
fn the_graph_for_machines() {
    let graph: Value = serde_json::from_str(&fleet().answers("graph --output json")).unwrap();
    assert_eq!(graph["kind"], "GraphResult");
    assert_snapshot!(serde_json::to_string_pretty(&graph["data"]["clusters"][0]["edges"]).unwrap(), @r#"
    [
      {
        "from": "kustomization/flux-system/apps",
        "to": "kustomization/flux-system/redis",
        "kind": "dependson"
      },
      {
        "from": "kustomization/flux-system/flux-system",
        "to": "kustomization/flux-system/apps",
        "kind": "applies"
      },
      {
        "from": "kustomization/flux-system/flux-system",
        "to": "kustomization/flux-system/redis",
        "kind": "applies"
      },
      {
        "from": "kustomization/shop/shop",
        "to": "source/GitRepository/shop/shop",
        "kind": "source"
      },
      {
        "from": "kustomization/flux-system/apps",
        "to": "kustomization/shop/shop",
        "kind": "applies"
      },
      {
        "from": "kustomization/flux-system/redis",
        "to": "helmrelease/redis/redis",
        "kind": "applies"
      },
      {
        "from": "helmrelease/redis/redis",
        "to": "source/HelmRepository/redis/bitnami",
        "kind": "source"
      }
    ]
    "#);
    let nodes = graph["data"]["clusters"][0]["nodes"].as_array().unwrap().iter();
    let nodes = nodes.map(|node| format!("{} {} {}", node["id"], node["kind"], node["state"]));
    assert_snapshot!(nodes.collect::<Vec<_>>().join("\n"), @r#"
    "kustomization/flux-system/flux-system" "kustomization" "active"
    "kustomization/flux-system/apps" "component" "active"
    "kustomization/flux-system/redis" "component" "suspended"
    "kustomization/shop/shop" "kustomization" "elsewhere"
    "source/GitRepository/flux-system/flux-system" "source" "active"
    "source/GitRepository/shop/shop" "source" "active"
    "helmrelease/redis/redis" "helmrelease" "active"
    "#);
}

#[test]
fn what_is_broken_is_drawn_as_such_and_told() {
    let test = fleet().edit("clusters/prod/apps.yaml", "./apps", "./aps");
    let run = test.unchanged("graph", 0);
    assert!(run.stdout.contains("apps<br/>#40;broken#41;"), "{}", run.stdout);
    assert!(run.stderr.starts_with("path-not-found\n\n  ! "), "{}", run.stderr);
}

#[test]
fn a_form_that_is_none() {
    assert_snapshot!(fleet().wrong_usage("graph --output markdown"), @"
    wrong-usage

      x `graph` has no output `markdown`
      help: it has text, mermaid, dot, svg, html, json
    ");
}
