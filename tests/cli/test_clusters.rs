//! `tenantry build --cluster` and its kin, and `tenantry get` of what clusters have: what Flux would apply, and what is told of it.

use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const APPS: &str = "clusters/prod/apps.yaml";
const WEB: &str = "apps/web.yaml";
const SYNC: &str = "clusters/prod/flux-system/gotk-sync.yaml";

/// The cluster with further lines in the `spec` of the Kustomization `apps`.
fn apps(lines: &str) -> Test {
    Test::flux().line(APPS, lines)
}

/// The same with variables, of which `host` has a value.
fn substituting() -> Test {
    apps("  postBuild: { substitute: { host: shop.acme.example } }")
}

/// The same where a value comes from an object.
fn substituting_from(kind: &str) -> Test {
    apps(&format!("  postBuild: {{ substituteFrom: [{{ kind: {kind}, name: vars }}] }}")).edit(
        WEB,
        "web.acme.example",
        "${host}",
    )
}

/// A Flux Kustomization.
fn kustomization(name: &str, path: &str, lines: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{ name: {name}, namespace: flux-system }}
spec:
  path: {path}
  prune: true
  sourceRef: {{ kind: GitRepository, name: flux-system }}
{lines}"
    )
}

fn config(name: &str, data: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name}, namespace: web }}\ndata: {data}\n"
    )
}

/// What comes of `apps`.
fn built(test: &Test) -> String {
    test.answers("build --kustomization apps")
}

/// The lines that say who applies what follows.
fn headings(text: &str) -> String {
    text.lines().filter(|line| line.starts_with('#')).collect::<Vec<_>>().join("\n")
}

/// A file of variables beside the platform.
fn variables(test: Test, text: &str) -> Test {
    test.file("../vars.yaml", text)
}

// What is shown.

#[test]
fn a_cluster_is_built_from_its_own_kustomization_on() {
    assert_snapshot!(Test::flux().answers("build --cluster prod"), @"
    # Kustomization flux-system/flux-system, ./clusters/prod of GitRepository/flux-system/flux-system
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata:
      labels:
        kustomize.toolkit.fluxcd.io/name: flux-system
        kustomize.toolkit.fluxcd.io/namespace: flux-system
      name: apps
      namespace: flux-system
    spec:
      path: ./apps
      prune: true
      sourceRef:
        kind: GitRepository
        name: flux-system
    ---
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata:
      labels:
        kustomize.toolkit.fluxcd.io/name: flux-system
        kustomize.toolkit.fluxcd.io/namespace: flux-system
      name: flux-system
      namespace: flux-system
    spec:
      ref:
        branch: main
      url: https://github.com/acme/fleet
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata:
      labels:
        kustomize.toolkit.fluxcd.io/name: flux-system
        kustomize.toolkit.fluxcd.io/namespace: flux-system
      name: flux-system
      namespace: flux-system
    spec:
      path: ./clusters/prod
      prune: true
      sourceRef:
        kind: GitRepository
        name: flux-system
    ---
    # Kustomization flux-system/flux-system > flux-system/apps, ./apps of GitRepository/flux-system/flux-system
    apiVersion: v1
    data:
      host: web.acme.example
    kind: ConfigMap
    metadata:
      labels:
        kustomize.toolkit.fluxcd.io/name: apps
        kustomize.toolkit.fluxcd.io/namespace: flux-system
      name: web
      namespace: web
    ");
}

#[test]
fn each_cluster_has_a_heading_where_there_are_several() {
    let test = Test::flux()
        .file("clusters/test/apps.yaml", Test::flux().read(APPS))
        .file("clusters/more/apps.yaml", Test::flux().read(APPS));
    let built = test.answers("build --cluster prod --cluster test");
    assert_snapshot!(headings(&built), @"
    # Cluster prod
    # Kustomization flux-system/flux-system, ./clusters/prod of GitRepository/flux-system/flux-system
    # Kustomization flux-system/flux-system > flux-system/apps, ./apps of GitRepository/flux-system/flux-system
    # Cluster test
    # Kustomization flux-system/flux-system, ./clusters/test of GitRepository/flux-system/flux-system
    # Kustomization flux-system/flux-system > flux-system/apps, ./apps of GitRepository/flux-system/flux-system
    ");
}

#[test]
fn a_kustomization_is_looked_for_on_all_clusters() {
    let test = Test::flux().file("clusters/test/other.yaml", kustomization("other", "./apps", ""));
    assert_snapshot!(headings(&test.answers("build --kustomization flux-system/other")), @"
    # Cluster test
    # Kustomization flux-system/flux-system > flux-system/other, ./apps of GitRepository/flux-system/flux-system
    ");
    assert_snapshot!(built(&test), @"
    # Cluster prod
    # Kustomization flux-system/flux-system > flux-system/apps, ./apps of GitRepository/flux-system/flux-system
    apiVersion: v1
    data:
      host: web.acme.example
    kind: ConfigMap
    metadata:
      labels:
        kustomize.toolkit.fluxcd.io/name: apps
        kustomize.toolkit.fluxcd.io/namespace: flux-system
      name: web
      namespace: web
    ");
}

#[test]
fn a_tenant_is_built_with_what_lies_in_its_namespaces() {
    let test = Test::generated();
    let built = test.answers("build --cluster prod-eu --tenant shop");
    assert_snapshot!(headings(&built), @"
    # Kustomization flux-system/flux-system, ./clusters/prod-eu of GitRepository/flux-system/flux-system
    # Kustomization flux-system/flux-system > flux-system/shop, ./tenants/production/shop of GitRepository/flux-system/flux-system
    # Kustomization flux-system/flux-system > flux-system/shop > shop/app, ./ of GitRepository/shop/app, which is elsewhere
    ");
    assert!(built.contains("kind: ResourceQuota"), "{built}");
    assert!(!built.contains("namespace: metrics-server"), "{built}");
    assert_snapshot!(test.refuses("build --cluster prod-eu --tenant shpo"), @"
    unknown-entity

      x there is no tenant `shpo`
      help: did you mean `shop`?
    ");
}

#[test]
fn flux_that_somebody_else_installs_is_taken_to_apply_the_folder() {
    let test = Test::flux().without(SYNC);
    assert_snapshot!(headings(&test.answers("build --cluster prod")), @"
    # Kustomization flux-system/flux-system, ./clusters/prod of GitRepository/flux-system/flux-system
    # Kustomization flux-system/flux-system > flux-system/apps, ./apps of GitRepository/flux-system/flux-system
    ");
}

#[test]
fn a_flux_instance_says_where_a_cluster_begins() {
    let test = Test::flux().file(
        SYNC,
        "apiVersion: fluxcd.controlplane.io/v1
kind: FluxInstance
metadata: { name: flux, namespace: flux-system }
spec:
  sync:
    kind: GitRepository
    url: https://github.com/acme/fleet
    ref: refs/heads/main
    path: clusters/prod
",
    );
    assert_snapshot!(headings(&test.answers("build --cluster prod")), @"
    # Kustomization flux-system/flux-system, clusters/prod of GitRepository/flux-system/flux-system
    # Kustomization flux-system/flux-system > flux-system/apps, ./apps of GitRepository/flux-system/flux-system
    ");
}

#[test]
fn a_kustomization_may_apply_others() {
    let test = Test::flux()
        .file("apps/inner.yaml", kustomization("inner", "./inner", ""))
        .file("inner/config.yaml", config("inner", "{ a: b }"));
    assert_snapshot!(headings(&test.answers("build --cluster prod")), @"
    # Kustomization flux-system/flux-system, ./clusters/prod of GitRepository/flux-system/flux-system
    # Kustomization flux-system/flux-system > flux-system/apps, ./apps of GitRepository/flux-system/flux-system
    # Kustomization flux-system/flux-system > flux-system/apps > flux-system/inner, ./inner of GitRepository/flux-system/flux-system
    ");
}

#[test]
fn what_is_suspended_encrypted_or_not_applied_is_marked() {
    let annotated = |name: &str, what: &str| {
        config(name, "{ a: b }").replace(
            "namespace: web }",
            &format!("namespace: web, annotations: {{ kustomize.toolkit.fluxcd.io/{what} }} }}"),
        )
    };
    let test = apps("  suspend: true\n  decryption: { provider: sops }")
        .file("apps/a.yaml", annotated("a", "ssa: IfNotPresent"))
        .file("apps/b.yaml", annotated("b", "ssa: Ignore"))
        .file("apps/c.yaml", annotated("c", "reconcile: disabled"))
        .file("apps/d.yaml", annotated("d", "ssa: Merge"))
        .file(
            "apps/secret.yaml",
            "apiVersion: v1
kind: Secret
metadata: { name: s, namespace: web }
data: { password: \"ENC[AES256_GCM,data:aGk=,iv:aGk=,tag:aGk=,type:str]\" }
sops: { mac: \"ENC[AES256_GCM,data:aGk=,iv:aGk=,tag:aGk=,type:str]\", version: 3.9.4 }
",
        );
    let built = built(&test);
    let shown = built.lines().filter(|line| line.starts_with('#') || line.starts_with("  name: "));
    assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @"
    # Kustomization flux-system/flux-system > flux-system/apps, ./apps of GitRepository/flux-system/flux-system, suspended
    # applied where it is not there yet
      name: a
    # not applied: its annotations say so
      name: b
    # not applied: its annotations say so
      name: c
      name: d
    # encrypted by SOPS: the cluster decrypts it
      name: s
      name: web
    ");
}

#[test]
fn the_same_for_machines() {
    let text = Test::flux().answers("build --cluster prod --format json");
    let envelope: Value = serde_json::from_str(&text).unwrap();
    let cluster = &envelope["data"]["clusters"][0];
    assert_snapshot!(serde_json::to_string_pretty(&cluster["appliers"]).unwrap(), @r#"
    [
      {
        "kind": "Kustomization",
        "namespace": "flux-system",
        "name": "flux-system",
        "path": "./clusters/prod",
        "source": {
          "kind": "GitRepository",
          "namespace": "flux-system",
          "name": "flux-system"
        },
        "file": null,
        "remote": false,
        "suspended": false,
        "here": true,
        "chain": [
          "Kustomization/flux-system/flux-system"
        ],
        "objects": 3
      },
      {
        "kind": "Kustomization",
        "namespace": "flux-system",
        "name": "apps",
        "path": "./apps",
        "source": {
          "kind": "GitRepository",
          "namespace": "flux-system",
          "name": "flux-system"
        },
        "file": "clusters/prod/apps.yaml",
        "remote": false,
        "suspended": false,
        "here": true,
        "chain": [
          "Kustomization/flux-system/flux-system",
          "Kustomization/flux-system/apps"
        ],
        "objects": 1
      }
    ]
    "#);
    let last = cluster["objects"].as_array().unwrap().last().unwrap();
    assert_snapshot!(serde_json::to_string_pretty(last).unwrap(), @r#"
    {
      "chain": [
        "Kustomization/flux-system/flux-system",
        "Kustomization/flux-system/apps"
      ],
      "file": "apps/web.yaml",
      "encrypted": false,
      "apply": "override",
      "prune": true,
      "object": {
        "apiVersion": "v1",
        "data": {
          "host": "web.acme.example"
        },
        "kind": "ConfigMap",
        "metadata": {
          "labels": {
            "kustomize.toolkit.fluxcd.io/name": "apps",
            "kustomize.toolkit.fluxcd.io/namespace": "flux-system"
          },
          "name": "web",
          "namespace": "web"
        }
      }
    }
    "#);
}

#[test]
fn what_is_built_goes_to_a_file_or_to_a_folder_of_each_cluster() {
    let test = Test::flux().file("clusters/test/apps.yaml", Test::flux().read(APPS));
    let built = test.answers("build --cluster prod");
    assert_eq!(test.does("build --cluster prod -o out.yaml"), "");
    assert_eq!(test.read("out.yaml"), built);
    let test = test.without("out.yaml");
    test.does("build --cluster prod --cluster test -o out/");
    assert_eq!(test.files("out"), ["prod", "test"]);
    assert_snapshot!(test.files("out/prod").join("\n"), @"
    flux-system_kustomize.toolkit.fluxcd.io_kustomization_apps.yaml
    flux-system_kustomize.toolkit.fluxcd.io_kustomization_flux-system.yaml
    flux-system_source.toolkit.fluxcd.io_gitrepository_flux-system.yaml
    web_configmap_web.yaml
    ");
    assert_snapshot!(test.read("out/test/web_configmap_web.yaml"), @"
    apiVersion: v1
    data:
      host: web.acme.example
    kind: ConfigMap
    metadata:
      labels:
        kustomize.toolkit.fluxcd.io/name: apps
        kustomize.toolkit.fluxcd.io/namespace: flux-system
      name: web
      namespace: web
    ");
}

// How it is built.

#[test]
fn a_folder_without_a_kustomization_gives_every_manifest() {
    let test = Test::flux()
        .file("apps/deep/er/config.yml", config("deep", "{ a: b }"))
        .file("apps/notes.txt", "not a manifest: [")
        .file("apps/own/kustomization.yaml", "namePrefix: own-\nresources: [config.yaml]\n")
        .file("apps/own/config.yaml", config("config", "{ a: b }"))
        .file("apps/own/left-out.yaml", config("left-out", "{ a: b }"));
    let built = built(&test);
    let names = built.lines().filter(|line| line.starts_with("  name: "));
    assert_snapshot!(names.collect::<Vec<_>>().join("\n"), @"
    name: deep
    name: own-config
    name: web
    ");
}

#[test]
fn an_object_is_changed_as_the_kustomization_says() {
    let test = apps(
        "  targetNamespace: shop
  namePrefix: pre-
  nameSuffix: -post
  commonMetadata: { labels: { team: shop }, annotations: { mail: shop@acme.example } }
  buildMetadata: [originAnnotations]
  components: [../components/extra]
  images: [{ name: ghcr.io/acme/web, newTag: 1.2.0 }]
  patches:
  - patch: '[{ \"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 3 }]'
    target: { kind: Deployment }",
    )
    .file(
        WEB,
        "apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  template:
    spec:
      containers: [{ name: web, image: \"ghcr.io/acme/web:1.0.0\" }]
",
    )
    .file(
        "components/extra/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [config.yaml]
",
    )
    .file("components/extra/config.yaml", config("extra", "{ a: b }"));
    assert_snapshot!(built(&test), @"
    # Kustomization flux-system/flux-system > flux-system/apps, ./apps of GitRepository/flux-system/flux-system
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      annotations:
        config.kubernetes.io/origin: |
          path: web.yaml
        mail: shop@acme.example
      labels:
        kustomize.toolkit.fluxcd.io/name: apps
        kustomize.toolkit.fluxcd.io/namespace: flux-system
        team: shop
      name: pre-web-post
      namespace: shop
    spec:
      replicas: 3
      template:
        spec:
          containers:
          - image: ghcr.io/acme/web:1.2.0
            name: web
    ---
    apiVersion: v1
    data:
      a: b
    kind: ConfigMap
    metadata:
      annotations:
        config.kubernetes.io/origin: |
          path: ../components/extra/config.yaml
        mail: shop@acme.example
      labels:
        kustomize.toolkit.fluxcd.io/name: apps
        kustomize.toolkit.fluxcd.io/namespace: flux-system
        team: shop
      name: pre-extra-post
      namespace: shop
    ");
}

#[test]
fn a_patch_of_the_kustomization_that_matches_nothing_is_told_with_the_chain() {
    let patch = "[{ \"op\": \"remove\", \"path\": \"/a\" }]";
    let test = apps(&format!("  patches: [{{ patch: '{patch}', target: {{ kind: Job }} }}]"));
    assert_snapshot!(test.unchanged("build --kustomization apps", 0).stderr, @"
    patch-matched-nothing

      ! Kustomization `flux-system/apps`: this patch selects no object: kind `Job`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----
      help: correct the target, or take the patch out; a target goes by the kinds, names and
            namespaces that objects have here or had in a base, as regular expressions for the whole
            of each

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
    assert_snapshot!(test.refuses("build --kustomization apps --strict"), @"
    patch-matched-nothing

      x Kustomization `flux-system/apps`: this patch selects no object: kind `Job`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----
      help: correct the target, or take the patch out; a target goes by the kinds, names and
            namespaces that objects have here or had in a base, as regular expressions for the whole
            of each

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

// Variables.

#[test]
fn variables_have_the_values_that_the_kustomization_says() {
    let test = substituting().file(
        WEB,
        config("web", "{ url: \"https://${host}\", path: \"${path:=/}\", kept: \"$${host}\" }"),
    );
    assert_snapshot!(built(&test), @"
    # Kustomization flux-system/flux-system > flux-system/apps, ./apps of GitRepository/flux-system/flux-system
    apiVersion: v1
    data:
      kept: ${host}
      path: /
      url: https://shop.acme.example
    kind: ConfigMap
    metadata:
      labels:
        kustomize.toolkit.fluxcd.io/name: apps
        kustomize.toolkit.fluxcd.io/namespace: flux-system
      name: web
      namespace: web
    ");
}

#[test]
fn a_config_map_beside_the_kustomization_brings_values() {
    let vars =
        config("vars", "{ host: from.config }").replace("namespace: web", "namespace: flux-system");
    let test = substituting_from("ConfigMap").file("clusters/prod/vars.yaml", &vars);
    assert!(built(&test).contains("host: from.config"));
    // It may come from a Kustomization that is built later.
    let test = substituting_from("ConfigMap")
        .file("clusters/prod/later.yaml", kustomization("zz", "./later", ""))
        .file("later/vars.yaml", &vars);
    assert!(built(&test).contains("host: from.config"));
}

#[test]
fn a_secret_brings_values_decoded() {
    let test = substituting_from("Secret").file(
        "clusters/prod/vars.yaml",
        "apiVersion: v1
kind: Secret
metadata: { name: vars, namespace: flux-system }
data: { host: ZnJvbS5zZWNyZXQ= }
",
    );
    assert!(built(&test).contains("host: from.secret"));
}

#[test]
fn what_is_optional_may_be_missing() {
    let test = substituting_from("ConfigMap")
        .edit(APPS, "name: vars", "name: vars, optional: true")
        .edit(WEB, "${host}", "${host:-nobody}")
        .edit(APPS, "postBuild: {", "postBuild: { substitute: { other: x },");
    assert!(built(&test).contains("host: nobody"));
}

#[test]
fn a_file_brings_values_by_name_or_as_objects() {
    let test = variables(substituting_from("ConfigMap"), "host: from.file\n");
    let by_name = test.answers("build --kustomization apps --variables ../vars.yaml");
    assert!(by_name.contains("host: from.file"), "{by_name}");
    let objects =
        config("vars", "{ host: from.file }").replace("namespace: web", "namespace: flux-system");
    let test = variables(test, &format!("{objects}---\n{}", config("other", "{ host: wrong }")));
    assert_eq!(test.answers("build --kustomization apps --variables ../vars.yaml"), by_name);
}

#[test]
fn an_object_can_be_left_as_it_is() {
    let test = substituting().file(
        WEB,
        config("web", "{ a: \"${host}\" }").replace(
            "namespace: web }",
            "namespace: web, annotations: { kustomize.toolkit.fluxcd.io/substitute: disabled } }",
        ),
    );
    assert!(built(&test).contains("a: ${host}"));
}

#[test]
fn a_variable_without_a_value_is_told() {
    let test = substituting().edit(WEB, "web.acme.example", "${hots}.acme.example");
    assert_snapshot!(test.unchanged("build --kustomization apps", 0).stderr, @"
    unknown-variable

      ! the variable `hots` has no value, and Flux puts nothing in its place
       ,-[apps/web.yaml:5:9]
     4 | data:
     5 |   host: ${hots}.acme.example
       :         ^^^^^^^^^^^^^^^^^^^^
       `----
      help: give it a value in `spec.postBuild`, or write a default: `${hots:-...}`; a text that is
            meant as it stands is written `$${hots}`

    Advice:
      > applied by Kustomization `flux-system/apps`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn where_flux_is_strict_a_variable_without_a_value_is_an_error() {
    let test = substituting()
        .edit(WEB, "web.acme.example", "${hots}")
        .first_line(SYNC, "# args: --feature-gates=StrictPostBuildSubstitutions=true");
    assert_snapshot!(test.refuses("build --kustomization apps"), @"
    unknown-variable

      x the variable `hots` has no value, and Flux is strict here: it applies nothing
       ,-[apps/web.yaml:5:9]
     4 | data:
     5 |   host: ${hots}
       :         ^^^^^^^
       `----
      help: give it a value in `spec.postBuild`, or write a default: `${hots:-...}`; a text that is
            meant as it stands is written `$${hots}`

    Advice:
      > applied by Kustomization `flux-system/apps`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:7:1]
      6 |     ---
      7 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      8 | |   kind: Kustomization
      9 | |   metadata: { name: flux-system, namespace: flux-system }
     10 | |   spec:
     11 | |     path: ./clusters/prod
     12 | |     prune: true
     13 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn values_that_are_nowhere_here_are_an_error() {
    assert_snapshot!(substituting_from("ConfigMap").refuses("build --cluster prod"), @"
    missing-variables

      x Kustomization `flux-system/apps`: variables come from ConfigMap `flux-system/vars`, which is
      | nowhere here, and Flux waits for it
       ,-[clusters/prod/apps.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----
      help: add it, say `optional: true`, or say what lives on the cluster alone with `--variables
            FILE`

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn a_value_that_breaks_the_yaml_is_told_with_the_text_that_asks_for_it() {
    let test = apps("  postBuild: { substitute: { host: 'a: b: c' } }").edit(
        WEB,
        "web.acme.example",
        "\"${host}\"",
    );
    assert_snapshot!(test.refuses("build --kustomization apps"), @r#"
    substitution-breaks-yaml

      x with the values of `host` this is no YAML any more: `: ` cannot stand here; if it is part of a
      | text, write the text in quotes
       ,-[apps/web.yaml:5:9]
     4 | data:
     5 |   host: "${host}"
       :         ^^^^^^^^^
       `----
      help: quotes around a variable do not survive: kustomize prints the object anew before Flux
            substitutes; let the value itself carry them (`"'...'"`), or leave the value out of the
            substitution

    Advice:
      > applied by Kustomization `flux-system/apps`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    "#);
}

#[test]
fn a_quoted_text_that_becomes_a_number_is_an_error() {
    let test = apps("  postBuild: { substitute: { port: '8080' } }").edit(
        WEB,
        "host: web.acme.example",
        "port: \"${port}\"",
    );
    assert_snapshot!(test.refuses("build --kustomization apps"), @r#"
    substitution-changes-type

      x the text `${port}` is a number once variables are substituted
       ,-[apps/web.yaml:5:9]
     4 | data:
     5 |   port: "${port}"
       :         ^^^^^^^^^
       `----
      help: quotes around a variable do not survive: kustomize prints the object anew before Flux
            substitutes; let the value itself carry them (`"'...'"`), or leave the value out of the
            substitution

    Advice:
      > applied by Kustomization `flux-system/apps`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    "#);
}

#[test]
fn a_value_may_be_empty() {
    // kustomize-controller makes the empty text of what is null in a ConfigMap, before it applies it.
    let test =
        apps("  postBuild: { substitute: { host: '' } }").edit(WEB, "web.acme.example", "${host}");
    built(&test);
}

#[test]
fn a_number_without_quotes_may_be_substituted() {
    let test = apps("  postBuild: { substitute: { replicas: '3' } }").file(
        WEB,
        "apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: web }
spec:
  replicas: ${replicas}
",
    );
    assert!(built(&test).contains("replicas: 3\n"));
}

#[test]
fn text_that_is_no_substitution_is_an_error() {
    let test = substituting().edit(WEB, "web.acme.example", "\"${host name}\"");
    assert_snapshot!(test.refuses("build --kustomization apps"), @r#"
    invalid-substitution

      x this is no substitution that Flux understands: after the name of a variable Flux knows `}` and
      | the operators `:=`, `:-`, `:?`, `:+`, `=`, `:`, `^`, `,`, `#`, `%` and `/`, nothing else
       ,-[apps/web.yaml:5:9]
     4 | data:
     5 |   host: "${host name}"
       :         ^^^^^^^^^^^^^^
       `----
      help: write `$${...}` for a text that stays, or `kustomize.toolkit.fluxcd.io/substitute:
            disabled` in the annotations of the object

    Advice:
      > applied by Kustomization `flux-system/apps`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    "#);
}

#[test]
fn a_name_that_no_variable_can_have_is_an_error() {
    let test = apps("  postBuild: { substitute: { the-host: a } }");
    assert_snapshot!(test.refuses("build --kustomization apps"), @"
    invalid-substitution

      x Kustomization `flux-system/apps`: `the-host` is no name of a variable, and Flux refuses all of
      | them
       ,-[clusters/prod/apps.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----
      help: names have letters, digits and `_`, and begin with no digit

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

// Sources.

/// A cluster with a Kustomization whose content is in another repository, which lies beside the platform.
fn elsewhere() -> Test {
    Test::flux()
        .file(
            "clusters/prod/shop.yaml",
            "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: shop, namespace: flux-system }
spec: { url: https://github.com/acme/shop, ref: { tag: v1.2.0 } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: shop, namespace: flux-system }
spec:
  path: ./deploy
  prune: true
  sourceRef: { kind: GitRepository, name: shop }
",
        )
        .file("../shop/deploy/config.yaml", config("shop", "{ a: b }"))
}

#[test]
fn a_source_that_is_elsewhere_is_named() {
    assert_snapshot!(elsewhere().answers("build --kustomization shop"), @"# Kustomization flux-system/flux-system > flux-system/shop, ./deploy of GitRepository/flux-system/shop, which is elsewhere");
}

#[test]
fn a_folder_stands_for_a_source_by_each_of_its_names() {
    let test = elsewhere();
    let built = test.answers("build --kustomization shop --with shop=../shop");
    assert_snapshot!(built, @"
    # Kustomization flux-system/flux-system > flux-system/shop, ./deploy of GitRepository/flux-system/shop
    apiVersion: v1
    data:
      a: b
    kind: ConfigMap
    metadata:
      labels:
        kustomize.toolkit.fluxcd.io/name: shop
        kustomize.toolkit.fluxcd.io/namespace: flux-system
      name: shop
      namespace: web
    ");
    for source in [
        "flux-system/shop",
        "GitRepository/flux-system/shop",
        "gitrepository/flux-system/shop",
        "https://github.com/acme/shop",
        "ssh://git@github.com/acme/shop.git",
        "git@github.com:acme/shop.git",
    ] {
        let words = format!("build --kustomization shop --with {source}=../shop");
        assert_eq!(test.answers(&words), built, "{source}");
    }
}

#[test]
fn a_fault_in_another_source_says_in_which() {
    let test = elsewhere().file("../shop/deploy/config.yaml", "kind: [\n");
    assert_snapshot!(test.refuses("build --kustomization shop --with shop=../shop"), @"
    invalid-resource

      x `deploy/config.yaml` holds something else than Kubernetes objects: the file ends where a value
      | is expected (in `deploy/config.yaml` of shop)
      help: without a kustomization.yaml Flux takes every .yaml file of the folder for manifests: add
            one that names those to apply, or leave the file out in `.sourceignore`

    Advice:
      > applied by Kustomization `flux-system/shop`
        ,-[clusters/prod/shop.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: shop, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./deploy
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: shop }
        `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn another_branch_of_the_same_repository_is_elsewhere() {
    let test = elsewhere().edit(
        "clusters/prod/shop.yaml",
        "acme/shop, ref: { tag: v1.2.0 }",
        "acme/fleet, ref: { branch: next }",
    );
    assert_snapshot!(headings(&test.answers("build --kustomization shop")), @"# Kustomization flux-system/flux-system > flux-system/shop, ./deploy of GitRepository/flux-system/shop, which is elsewhere");
    let test = test
        .edit("clusters/prod/shop.yaml", "branch: next", "branch: main")
        .file("deploy/config.yaml", config("shop", "{ a: b }"));
    assert_snapshot!(headings(&test.answers("build --kustomization shop")), @"# Kustomization flux-system/flux-system > flux-system/shop, ./deploy of GitRepository/flux-system/shop");
}

// What is wrong, with the chain that led there.

#[test]
fn a_path_that_is_not_there() {
    let test = Test::flux().edit(APPS, "./apps", "./aps");
    assert_snapshot!(test.refuses("build --cluster prod"), @"
    path-not-found

      x Kustomization `flux-system/apps`: there is no folder `aps` in the source
       ,-[clusters/prod/apps.yaml:1:1]
     1 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
     2 | |   kind: Kustomization
     3 | |   metadata: { name: apps, namespace: flux-system }
     4 | |   spec:
     5 | |     path: ./aps
     6 | |     prune: true
     7 | `->   sourceRef: { kind: GitRepository, name: flux-system }
       `----
      help: `spec.path` is a folder from the root of the source; what `.sourceignore` leaves out is
            not there

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn a_path_that_leaves_the_source_stays_in_it() {
    let test = Test::flux().edit(APPS, "./apps", "../../apps");
    assert!(built(&test).contains("name: web"));
    let test = test.file("../outside/config.yaml", config("outside", "{}")).edit(
        APPS,
        "../../apps",
        "../outside",
    );
    assert!(test.refuses("build --cluster prod").contains("there is no folder `outside`"));
}

#[test]
fn a_folder_that_the_source_leaves_out_is_not_there() {
    let test = Test::flux().file(".sourceignore", "/apps\n");
    assert_snapshot!(test.refuses("build --cluster prod"), @"
    path-not-found

      x Kustomization `flux-system/apps`: there is no folder `apps` in the source
       ,-[clusters/prod/apps.yaml:1:1]
     1 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
     2 | |   kind: Kustomization
     3 | |   metadata: { name: apps, namespace: flux-system }
     4 | |   spec:
     5 | |     path: ./apps
     6 | |     prune: true
     7 | `->   sourceRef: { kind: GitRepository, name: flux-system }
       `----
      help: `spec.path` is a folder from the root of the source; what `.sourceignore` leaves out is
            not there

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn kustomizations_that_wait_for_each_other() {
    let test = apps("  dependsOn: [{ name: db }]")
        .file(
            "clusters/prod/db.yaml",
            kustomization("db", "./db", "  dependsOn: [{ name: apps }]\n"),
        )
        .file("db/config.yaml", config("db", "{ a: b }"));
    assert_snapshot!(test.refuses("build --cluster prod"), @"
    dependency-cycle

      x Kustomizations wait for each other: `flux-system/apps` -> `flux-system/db` ->
      | `flux-system/apps`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----
      help: take one out of the `dependsOn` of another: none of them is ever applied

    Advice:
      > `flux-system/db` waits
       ,-[clusters/prod/db.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn one_that_waits_for_what_is_not_there_is_told() {
    let test = apps("  dependsOn: [{ name: db }]");
    assert_snapshot!(test.unchanged("build --cluster prod", 0).stderr, @"
    unknown-dependency

      ! the Kustomization `flux-system/apps` waits for `flux-system/db`, which nothing here applies
       ,-[clusters/prod/apps.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----
      help: take it out of `dependsOn`, or add it; Flux waits for ever otherwise

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn one_object_of_two_kustomizations() {
    let test = Test::flux()
        .file("clusters/prod/again.yaml", kustomization("again", "./again", ""))
        .file("again/web.yaml", config("web", "{ a: b }"));
    assert_snapshot!(test.refuses("build --cluster prod"), @"
    two-owners

      x ConfigMap web/web is applied by Kustomization `flux-system/again` and by Kustomization
      | `flux-system/apps`: each takes it from the other, and prunes it where it goes
       ,-[apps/web.yaml:1:1]
     1 | ,-> apiVersion: v1
     2 | |   kind: ConfigMap
     3 | |   metadata: { name: web, namespace: web }
     4 | |   data:
     5 | |->   host: web.acme.example
       : `---- again here
       `----
      help: leave it to one of them, or let the other only add fields: annotation
            `kustomize.toolkit.fluxcd.io/ssa: Merge`

    Advice:
      > by Kustomization `flux-system/again`
       ,-[again/web.yaml:1:1]
     1 | ,-> apiVersion: v1
     2 | |   kind: ConfigMap
     3 | |   metadata: { name: web, namespace: web }
     4 | `-> data: { a: b }
       `----

    Advice:
      > applied by Kustomization `flux-system/apps`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
     2 | |   kind: Kustomization
     3 | |   metadata: { name: apps, namespace: flux-system }
     4 | |   spec:
     5 | |     path: ./apps
     6 | |     prune: true
     7 | `->   sourceRef: { kind: GitRepository, name: flux-system }
       `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn one_that_only_adds_fields_is_no_second_owner() {
    let merging = config("web", "{ a: b }").replace(
        "namespace: web }",
        "namespace: web, annotations: { kustomize.toolkit.fluxcd.io/ssa: Merge } }",
    );
    let test = Test::flux()
        .file("clusters/prod/again.yaml", kustomization("again", "./again", ""))
        .file("again/web.yaml", merging);
    test.answers("build --cluster prod");
}

#[test]
fn those_of_another_cluster_are_no_second_owners() {
    let remote = |name: &str| {
        kustomization(
            name,
            "./apps",
            &format!("  kubeConfig: {{ secretRef: {{ name: {name} }} }}\n"),
        )
    };
    let test = Test::flux()
        .file("clusters/prod/a.yaml", remote("a"))
        .file("clusters/prod/b.yaml", remote("b"));
    test.answers("build --cluster prod");
}

#[test]
fn kustomizations_that_apply_each_other_come_to_an_end() {
    let test = Test::flux()
        .file("apps/b.yaml", kustomization("b", "./b", ""))
        .file("b/apps.yaml", kustomization("apps", "./apps", ""));
    assert_snapshot!(test.refuses("build --cluster prod"), @"
    two-owners

      x Kustomization.kustomize.toolkit.fluxcd.io flux-system/apps is applied by Kustomization
      | `flux-system/flux-system` and by Kustomization `flux-system/b`: each takes it from the other,
      | and prunes it where it goes
       ,-[b/apps.yaml:1:1]
     1 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
     2 | |   kind: Kustomization
     3 | |   metadata: { name: apps, namespace: flux-system }
     4 | |   spec:
     5 | |     path: ./apps
     6 | |     prune: true
     7 | |->   sourceRef: { kind: GitRepository, name: flux-system }
       : `---- again here
       `----
      help: leave it to one of them, or let the other only add fields: annotation
            `kustomize.toolkit.fluxcd.io/ssa: Merge`

    Advice:
      > by Kustomization `flux-system/flux-system`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
     2 | |   kind: Kustomization
     3 | |   metadata: { name: apps, namespace: flux-system }
     4 | |   spec:
     5 | |     path: ./apps
     6 | |     prune: true
     7 | `->   sourceRef: { kind: GitRepository, name: flux-system }
       `----

    Advice:
      > applied by Kustomization `flux-system/b`
       ,-[apps/b.yaml:1:1]
     1 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
     2 | |   kind: Kustomization
     3 | |   metadata: { name: b, namespace: flux-system }
     4 | |   spec:
     5 | |     path: ./b
     6 | |     prune: true
     7 | `->   sourceRef: { kind: GitRepository, name: flux-system }
       `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn a_field_of_a_wrong_type() {
    let test = Test::flux().edit(APPS, "prune: true", "prune: \"yes\"");
    assert_snapshot!(test.refuses("build --cluster prod"), @r#"
    invalid-flux-object

      x Kustomization.kustomize.toolkit.fluxcd.io flux-system/apps is none that Flux takes:
      | `spec.prune`: expected a boolean, found the string "yes"
       ,-[clusters/prod/apps.yaml:1:1]
     1 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
     2 | |   kind: Kustomization
     3 | |   metadata: { name: apps, namespace: flux-system }
     4 | |   spec:
     5 | |     path: ./apps
     6 | |     prune: "yes"
     7 | `->   sourceRef: { kind: GitRepository, name: flux-system }
       `----
      help: see https://fluxcd.io/flux/components/kustomize/kustomizations/

    Advice:
      > applied by Kustomization `flux-system/flux-system`
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    "#);
}

#[test]
fn a_file_that_is_no_manifest() {
    let test = Test::flux().file("apps/values.yaml", "replicas: 3\n");
    assert_snapshot!(test.refuses("build --cluster prod"), @"
    invalid-resource

      x `apps/values.yaml` holds something else than Kubernetes objects: this is a mapping, not a
      | Kubernetes object
       ,-[apps/values.yaml:1:1]
     1 | replicas: 3
       : ^^^^^^^^^^^
       `----
      help: without a kustomization.yaml Flux takes every .yaml file of the folder for manifests: add
            one that names those to apply, or leave the file out in `.sourceignore`

    Advice:
      > applied by Kustomization `flux-system/apps`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
     2 | |   kind: Kustomization
     3 | |   metadata: { name: apps, namespace: flux-system }
     4 | |   spec:
     5 | |     path: ./apps
     6 | |     prune: true
     7 | `->   sourceRef: { kind: GitRepository, name: flux-system }
       `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn what_is_too_large_or_no_text_is_refused_soon() {
    let bomb = (1..12).fold("a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned(), |text, at| {
        let items = vec![format!("*a{}", at - 1); 8].join(", ");
        format!("{text}a{at}: &a{at} [{items}]\n")
    });
    let bomb = format!("{}{bomb}", config("bomb", "{ a: b }"));
    let deep = format!(
        "{}deep: {}{}\n",
        config("deep", "{ a: b }"),
        "[".repeat(99_999),
        "]".repeat(99_999)
    );
    let stars = format!("{}b\n", "*a".repeat(40)).repeat(40);
    let start = Instant::now();
    for (path, text) in [
        ("apps/bomb.yaml", bomb.clone()),
        ("clusters/prod/bomb.yaml", bomb),
        ("apps/deep.yaml", deep),
    ] {
        let said = Test::flux().file(path, text).refuses("build --cluster prod");
        assert!(said.starts_with("invalid-resource") && said.contains(path), "{said}");
    }
    let test = Test::flux()
        .file(".sourceignore", stars)
        .file(&format!("apps/{}.txt", "a".repeat(200)), "");
    test.answers("build --cluster prod");
    let test = Test::flux().file("apps/big.yaml", "");
    std::fs::File::options()
        .write(true)
        .open(test.at("apps/big.yaml"))
        .unwrap()
        .set_len(3 << 30)
        .unwrap();
    let said = test.refuses("build --cluster prod");
    assert!(said.contains("`apps/big.yaml` has 3221225472"), "{said}");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn a_file_that_is_not_utf8() {
    let test = Test::flux()
        .file("apps/latin.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata: { name: f\xfcr }\n");
    assert_snapshot!(test.refuses("build --cluster prod"), @"
    invalid-resource

      x `apps/latin.yaml` holds something else than Kubernetes objects: this is not valid UTF-8 text
      | (byte 0xfc)
      help: without a kustomization.yaml Flux takes every .yaml file of the folder for manifests: add
            one that names those to apply, or leave the file out in `.sourceignore`

    Advice:
      > applied by Kustomization `flux-system/apps`
       ,-[clusters/prod/apps.yaml:1:1]
     1 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
     2 | |   kind: Kustomization
     3 | |   metadata: { name: apps, namespace: flux-system }
     4 | |   spec:
     5 | |     path: ./apps
     6 | |     prune: true
     7 | `->   sourceRef: { kind: GitRepository, name: flux-system }
       `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod/flux-system/gotk-sync.yaml:6:1]
      5 |     ---
      6 | ,-> apiVersion: kustomize.toolkit.fluxcd.io/v1
      7 | |   kind: Kustomization
      8 | |   metadata: { name: flux-system, namespace: flux-system }
      9 | |   spec:
     10 | |     path: ./clusters/prod
     11 | |     prune: true
     12 | `->   sourceRef: { kind: GitRepository, name: flux-system }
        `----
    ");
}

#[test]
fn a_long_circle_or_chain_is_told_shortly() {
    let ring = |at: u32| {
        let waits = format!("  dependsOn: [{{ name: k{} }}]\n---\n", (at + 1) % 300);
        kustomization(&format!("k{at}"), "./apps", &waits).replace("./apps", &format!("./k{at}"))
    };
    let test = Test::flux().file("clusters/prod/ring.yaml", (0..300).map(ring).collect::<String>());
    let test = (0..300).fold(test, |test, at| {
        test.file(&format!("k{at}/config.yaml"), config(&format!("c{at}"), "{ a: b }"))
    });
    let said = test.refuses("build --cluster prod");
    assert!(said.starts_with("dependency-cycle"), "{said}");
    assert!(said.len() < 8_000, "{} bytes", said.len());
    let link = |at: u32| kustomization(&format!("k{}", at + 1), &format!("./k{}", at + 1), "");
    let test = (0..100).fold(Test::flux().edit(APPS, "./apps", "./k0"), |test, at| {
        test.file(&format!("k{at}/next.yaml"), link(at))
    });
    let said = test.refuses("build --cluster prod");
    assert!(said.starts_with("path-not-found"), "{said}");
    assert!(said.len() < 8_000, "{} bytes", said.len());
}

#[test]
fn a_heading_stays_a_comment() {
    let path = "\"./x\\n---\\napiVersion: v1\\nkind: Secret\"";
    let test = Test::flux().edit(APPS, "./apps", path).edit(
        APPS,
        "name: flux-system }\n",
        "name: other }\n",
    );
    let built = built(&test);
    assert!(built.lines().all(|line| line.starts_with('#')), "{built}");
}

#[test]
fn what_is_encrypted_brings_no_values() {
    let test = substituting_from("Secret")
        .file(
            "clusters/prod/vars.yaml",
            "apiVersion: v1
kind: Secret
metadata: { name: vars, namespace: flux-system }
stringData: { host: \"ENC[AES256_GCM,data:aGk=,iv:aGk=,tag:aGk=,type:str]\" }
sops: { mac: \"ENC[AES256_GCM,data:aGk=,iv:aGk=,tag:aGk=,type:str]\", version: 3.9.4 }
",
        )
        .edit(
            "clusters/prod/flux-system/gotk-sync.yaml",
            "prune: true",
            "prune: true\n  decryption: { provider: sops }",
        );
    let said = test.refuses("build --kustomization apps");
    assert!(said.starts_with("missing-variables"), "{said}");
    let test = variables(test, "host: from.file\n");
    let built = test.answers("build --kustomization apps --variables ../vars.yaml");
    assert!(built.contains("host: from.file"), "{built}");
}

#[test]
fn what_flux_must_know_may_not_be_missing() {
    for (from, to) in [
        ("  sourceRef: { kind: GitRepository, name: flux-system }\n", ""),
        ("{ kind: GitRepository, name: flux-system }", "{ kind: GitRepository }"),
        ("name: apps, namespace: flux-system", "name: apps"),
    ] {
        let said = Test::flux().edit(APPS, from, to).refuses("build --cluster prod");
        assert!(said.starts_with("invalid-flux-object"), "{said}");
    }
}

#[test]
fn a_kustomization_that_flux_refuses_is_not_called_missing() {
    let said = Test::flux().edit(APPS, "prune: true", "prune: maybe");
    let said = said.refuses("build --kustomization apps");
    assert!(said.starts_with("invalid-flux-object") && said.contains("`spec.prune`"), "{said}");
}

// What a command line means.

#[test]
fn names_that_are_nowhere() {
    let test = Test::flux();
    assert_snapshot!(test.refuses("build --cluster prd"), @"
    unknown-entity

      x there is no cluster `prd`
      help: did you mean `prod`?
    ");
    assert_snapshot!(test.refuses("build --kustomization app"), @"
    unknown-entity

      x there is no Flux Kustomization `flux-system/app`
      help: did you mean `flux-system/apps`?
    ");
    assert_snapshot!(test.refuses("build --kustomization tenants/apps"), @"
    unknown-entity

      x there is no Flux Kustomization `tenants/apps`
      help: there is flux-system/apps, flux-system/flux-system
    ");
    let empty = Test::empty().file("platform.yaml", "name: acme\n");
    assert_snapshot!(empty.refuses("build --cluster prod"), @"
    unknown-entity

      x there is no cluster `prod`
      help: there is no cluster yet; `tenantry create cluster` makes one
    ");
}

#[test]
fn what_stands_for_other_things_has_to_be_there() {
    let test = Test::flux();
    assert_snapshot!(test.wrong_usage("build --cluster prod --with shop"), @"
    error: invalid value 'shop' for '--with <SOURCE=DIR>': write SOURCE=DIR, where SOURCE is NAME, NAMESPACE/NAME, KIND/NAMESPACE/NAME or an address

    For more information, try '--help'.
    ");
    assert_snapshot!(test.wrong_usage("build --cluster prod --with shop=../shop"), @"
    wrong-usage

      x --with: there is no folder `../shop`
    ");
    assert_snapshot!(test.refuses("build --cluster prod --variables ../vars.yaml"), @"
    unreadable-file

      x `../vars.yaml` cannot be read: No such file or directory (os error 2)
    ");
}

#[test]
fn a_file_of_variables_says_names_and_text() {
    let said = |text: &str| {
        variables(Test::flux(), text).refuses("build --cluster prod --variables ../vars.yaml")
    };
    assert_snapshot!(said("a: [\n"), @"
    invalid-yaml

      x `../vars.yaml` cannot be taken: line 2: the file ends where a value is expected
    ");
    assert_snapshot!(said("a: b\nhosts: [a, b]\n"), @"
    invalid-yaml

      x `../vars.yaml` cannot be taken: line 2: the value of `hosts` is a sequence: write text
    ");
    assert_snapshot!(said("- a\n"), @"
    invalid-yaml

      x `../vars.yaml` cannot be taken: line 1: expected names with their values, or a ConfigMap or
      | Secret, found a sequence
    ");
}

#[test]
fn clusters_and_a_folder_are_not_built_at_once() {
    assert_snapshot!(Test::flux().wrong_usage("build --cluster prod apps"), @"
    error: the argument '--cluster <CLUSTER>' cannot be used with '[DIR]'

    Usage: tenantry build --cluster <CLUSTER> [DIR]

    For more information, try '--help'.
    ");
    assert_snapshot!(Test::flux().wrong_usage("build --kustomization a/b/c"), @"
    error: invalid value 'a/b/c' for '--kustomization <NAMESPACE/NAME>': write NAMESPACE/NAME

    For more information, try '--help'.
    ");
}

// `get`.

#[test]
fn kustomizations_are_listed() {
    let test = elsewhere()
        .line(APPS, "  dependsOn: [{ name: shop }]")
        .file("clusters/test/apps.yaml", Test::flux().read(APPS) + "  suspend: true\n");
    assert_snapshot!(test.answers("get kustomizations"), @"
    CLUSTER  KUSTOMIZATION            PATH             SOURCE                                 OBJECTS  DEPENDS ON        STATE
    prod     flux-system/flux-system  ./clusters/prod  GitRepository/flux-system/flux-system  5        -                 here
    prod     flux-system/apps         ./apps           GitRepository/flux-system/flux-system  1        flux-system/shop  here
    prod     flux-system/shop         ./deploy         GitRepository/flux-system/shop         -        -                 elsewhere
    test     flux-system/flux-system  ./clusters/test  GitRepository/flux-system/flux-system  1        -                 here
    test     flux-system/apps         ./apps           GitRepository/flux-system/flux-system  1        -                 suspended
    ");
    assert_snapshot!(test.answers("get kustomizations --cluster test --output name"), @"
    kustomization/flux-system/flux-system
    kustomization/flux-system/apps
    ");
    let json = test.answers("get kustomizations --cluster test --output json");
    assert_snapshot!(json, @r#"
    {
      "apiVersion": "tenantry.dev/cli/v1",
      "kind": "GetKustomizationResult",
      "ok": true,
      "data": [
        {
          "cluster": "test",
          "namespace": "flux-system",
          "name": "flux-system",
          "path": "./clusters/test",
          "source": {
            "kind": "GitRepository",
            "namespace": "flux-system",
            "name": "flux-system"
          },
          "objects": 1,
          "dependsOn": [],
          "tenant": null,
          "prune": true,
          "state": "here"
        },
        {
          "cluster": "test",
          "namespace": "flux-system",
          "name": "apps",
          "path": "./apps",
          "source": {
            "kind": "GitRepository",
            "namespace": "flux-system",
            "name": "flux-system"
          },
          "objects": 1,
          "dependsOn": [],
          "tenant": null,
          "prune": true,
          "state": "suspended"
        }
      ],
      "diagnostics": []
    }
    "#);
}

#[test]
fn sources_are_listed_with_where_they_are() {
    let test = elsewhere();
    assert_snapshot!(test.answers("get sources"), @"
    CLUSTER  SOURCE                                 URL                            REVISION     STATE
    prod     GitRepository/flux-system/flux-system  https://github.com/acme/fleet  branch main  here
    prod     GitRepository/flux-system/shop         https://github.com/acme/shop   tag v1.2.0   elsewhere
    ");
    assert_snapshot!(test.answers("get sources --with shop=../shop"), @"
    CLUSTER  SOURCE                                 URL                            REVISION     STATE
    prod     GitRepository/flux-system/flux-system  https://github.com/acme/fleet  branch main  here
    prod     GitRepository/flux-system/shop         https://github.com/acme/shop   tag v1.2.0   here
    ");
    assert_snapshot!(test.answers("get sources --output name"), @"
    gitrepository/flux-system/flux-system
    gitrepository/flux-system/shop
    ");
    assert_snapshot!(test.answers("get sources --output json"), @r#"
    {
      "apiVersion": "tenantry.dev/cli/v1",
      "kind": "GetSourceResult",
      "ok": true,
      "data": [
        {
          "cluster": "prod",
          "kind": "GitRepository",
          "namespace": "flux-system",
          "name": "flux-system",
          "url": "https://github.com/acme/fleet",
          "revision": "branch main",
          "tenant": null,
          "state": "here"
        },
        {
          "cluster": "prod",
          "kind": "GitRepository",
          "namespace": "flux-system",
          "name": "shop",
          "url": "https://github.com/acme/shop",
          "revision": "tag v1.2.0",
          "tenant": null,
          "state": "elsewhere"
        }
      ],
      "diagnostics": []
    }
    "#);
}

#[test]
fn releases_and_images_are_listed() {
    let test = Test::flux()
        .file(
            "apps/release.yaml",
            "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: redis, namespace: web }
spec:
  suspend: true
  chart: { spec: { chart: redis, version: 21.x, sourceRef: { kind: HelmRepository, name: bitnami } } }
",
        )
        .file(
            "apps/job.yaml",
            "apiVersion: batch/v1
kind: CronJob
metadata: { name: clean, namespace: web }
spec:
  jobTemplate:
    spec:
      template:
        spec:
          initContainers: [{ name: wait, image: \"busybox:1.37\" }]
          containers: [{ name: clean, image: \"ghcr.io/acme/clean:2.0.0\" }]
",
        );
    assert_snapshot!(test.answers("get releases"), @"
    CLUSTER  RELEASE    CHART  VERSION  SOURCE                      STATE
    prod     web/redis  redis  21.x     HelmRepository/web/bitnami  suspended
    ");
    assert_snapshot!(test.answers("get releases --output name"), @"helmrelease/web/redis");
    assert_snapshot!(test.answers("get images"), @"
    IMAGE                     CLUSTERS  OBJECTS
    busybox:1.37              prod      CronJob web/clean
    ghcr.io/acme/clean:2.0.0  prod      CronJob web/clean
    ");
    assert_snapshot!(test.answers("get images --output json"), @r#"
    {
      "apiVersion": "tenantry.dev/cli/v1",
      "kind": "GetImageResult",
      "ok": true,
      "data": [
        {
          "image": "busybox:1.37",
          "clusters": [
            "prod"
          ],
          "objects": [
            "CronJob web/clean"
          ]
        },
        {
          "image": "ghcr.io/acme/clean:2.0.0",
          "clusters": [
            "prod"
          ],
          "objects": [
            "CronJob web/clean"
          ]
        }
      ],
      "diagnostics": []
    }
    "#);
    let nothing = Test::flux();
    assert_snapshot!(nothing.answers("get releases") + &nothing.answers("get images"), @"
    No Helm releases.
    No images.
    ");
}

#[test]
fn only_what_is_of_a_tenant_is_listed() {
    let test = Test::generated();
    assert_snapshot!(test.answers("get kustomizations --cluster prod-eu --tenant shop"), @"
    CLUSTER  KUSTOMIZATION     PATH                       SOURCE                                 OBJECTS  DEPENDS ON           STATE
    prod-eu  flux-system/shop  ./tenants/production/shop  GitRepository/flux-system/flux-system  20       flux-system/tenancy  here
    prod-eu  shop/app          ./                         GitRepository/shop/app                 -        -                    elsewhere
    ");
    assert_snapshot!(test.answers("get sources --cluster prod-eu --tenant shop"), @"
    CLUSTER  SOURCE                  URL                           REVISION     STATE
    prod-eu  GitRepository/shop/app  https://github.com/acme/shop  branch main  elsewhere
    ");
}

#[test]
fn a_list_tells_what_is_broken_and_lists_the_rest() {
    let test = Test::flux().edit(APPS, "./apps", "./aps");
    let run = test.unchanged("get kustomizations", 0);
    assert_snapshot!(run.stdout, @"
    CLUSTER  KUSTOMIZATION            PATH             SOURCE                                 OBJECTS  DEPENDS ON  STATE
    prod     flux-system/flux-system  ./clusters/prod  GitRepository/flux-system/flux-system  3        -           here
    prod     flux-system/apps         ./aps            GitRepository/flux-system/flux-system  0        -           broken
    ");
    assert!(run.stderr.starts_with("path-not-found\n\n  ! "), "{}", run.stderr);
    assert_snapshot!(test.refuses("get kustomizations --cluster prd"), @"
    unknown-entity

      x there is no cluster `prd`
      help: did you mean `prod`?
    ");
}
