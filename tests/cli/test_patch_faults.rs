//! What is told of patches that cannot be meant, that fail on clusters, or that do something besides what they say.

use insta::assert_snapshot;

use crate::scratch::Test;
use crate::test_patches::{CNI, HELD, TIMEOUT, fleet, timeout, with};

/// What is told of a patch that is refused.
fn refused(patch: &str) -> String {
    with(patch).refuses("generate")
}

#[test]
fn a_parent_that_is_missing() {
    assert_snapshot!(refused("scope: { clusters: [prod-eu] }
target: { kind: HelmRelease, name: istio-cni }
operations:
  - { op: add, path: /spec/values/defaults/cni/cniBinDir, value: /opt/cni/bin }
"), @"
    patch-failed

      x operation 1 (`add`) of patch `late` fails on `prod-eu`, in HelmRelease.helm.toolkit.fluxcd.io
      | flux-system/istio-cni: the resource has no `/spec/values/defaults`; add it first, or as a
      | whole
       ,-[platform/patches/late.yaml:4:5]
     3 | operations:
     4 |   - { op: add, path: /spec/values/defaults/cni/cniBinDir, value: /opt/cni/bin }
       :     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       :                                          `-- the cluster would refuse this
       `----
      help: add what is missing first:
            - { op: add, path: /spec/values/defaults, value: {} }
            - { op: add, path: /spec/values/defaults/cni, value: {} }
            or say it as a `merge`, which adds parents
    ");
}

#[test]
fn a_list_that_add_replaces_whole() {
    let add = "target: { kind: ClusterPolicy, name: scale-deployment-zero }\noperations: [{ op: add, path: /spec/rules/0/match/any/0/resources/namespaces, value: [\"*\"] }]\n";
    assert_snapshot!(with(add).does("generate"), @r#"
      ~ clusters/prod-eu/infrastructure/scale.yaml
      ~ clusters/staging-eu/infrastructure/scale.yaml
    0 to create, 2 to change, 0 to delete
    patch-replaces

      ! operation 1 (`add`) of patch `late` replaces the whole list
      | `/spec/rules/0/match/any/0/resources/namespaces` of ClusterPolicy.kyverno.io
      | scale-deployment-zero: it was `["one","two"]`, and becomes `["*"]`
       ,-[platform/patches/late.yaml:2:14]
     1 | target: { kind: ClusterPolicy, name: scale-deployment-zero }
     2 | operations: [{ op: add, path: /spec/rules/0/match/any/0/resources/namespaces, value: ["*"] }]
       :              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       :                                                     `-- replaces 2 items
       `----
      help: if that is meant, write `op: replace`, which says so; `path:
            /spec/rules/0/match/any/0/resources/namespaces/-` appends to the list
    "#);
}

#[test]
fn a_list_that_a_merge_replaces_whole() {
    let merge = "target: { kind: ClusterPolicy, name: scale-deployment-zero }
merge:
  spec:
    rules: [{ name: other, match: { any: [{ resources: { kinds: [Pod] } }] } }]
";
    assert_snapshot!(with(merge).does("generate"), @r#"
      ~ clusters/prod-eu/infrastructure/scale.yaml
      ~ clusters/staging-eu/infrastructure/scale.yaml
    0 to create, 2 to change, 0 to delete
    patch-replaces

      ! the merge of patch `late` replaces the whole list `/spec/rules` of ClusterPolicy.kyverno.io
      | scale-deployment-zero: it was `[{"match":{"any":[{"resources":{"kinds":["Deployment"],"name…`,
      | and becomes `[{"name":"other","match":{"any":[{"resources":{"kinds":["Pod…`
       ,-[platform/patches/late.yaml:4:12]
     3 |   spec:
     4 |     rules: [{ name: other, match: { any: [{ resources: { kinds: [Pod] } }] } }]
       :            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       :                                              `-- replaces one item
       `----
      help: lists of this kind are not merged; if that is meant, write an operation `replace` of
            `/spec/rules`, which says so; `add` with `path: /spec/rules/-` appends
    "#);
}

#[test]
fn what_waits_for_an_object_that_is_taken_away() {
    let test = fleet()
        .file(
            "platform/components/scale.yaml",
            "manifests: { path: manifests/scale }\nnamespace: kyverno\nhealthChecks:\n  - { apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, name: istio-cni, namespace: flux-system }\n",
        )
        .then_generated()
        .file("platform/patches/late.yaml", "scope: { clusters: [prod-eu] }\ntarget: { kind: HelmRelease, name: istio-cni }\ndelete: true\n");
    assert_snapshot!(test.does("generate --confirm istio-cni"), @"
    On prod-eu:
      - HelmRelease.helm.toolkit.fluxcd.io flux-system/istio-cni goes, with what it installed

      ~ clusters/prod-eu/infrastructure/istio-cni.yaml
    0 to create, 1 to change, 0 to delete
    waits-for-deleted

      ! patch `late` takes HelmRelease.helm.toolkit.fluxcd.io flux-system/istio-cni from `prod-eu`,
      | and Kustomization.kustomize.toolkit.fluxcd.io flux-system/scale waits for it in
      | `healthChecks`: it would never be ready
       ,-[platform/patches/late.yaml:3:9]
     2 | target: { kind: HelmRelease, name: istio-cni }
     3 | delete: true
       :         ^^|^
       :           `-- is taken away here
       `----
      help: take it out of `healthChecks` there, or disable what brings it instead of deleting it

    Advice:
      > platform/components/scale.yaml: Kustomization.kustomize.toolkit.fluxcd.io flux-system/scale
      | comes from here
    ");
}

#[test]
fn a_target_that_is_gone_after_an_upgrade() {
    let test = with("target: { kind: ClusterPolicy, name: scale-deployment-zero }\nmerge: { spec: { background: true } }\n")
        .then_generated()
        .edit("manifests/scale/policy.yaml", "scale-deployment-zero", "scale-to-zero");
    assert_snapshot!(test.refuses("generate --confirm scale"), @"
    patch-matched-nothing

      x patch `late` is for ClusterPolicy `scale-deployment-zero`, and there is none on `prod-eu` and
      | `staging-eu`
       ,-[platform/patches/late.yaml:1:9]
     1 | target: { kind: ClusterPolicy, name: scale-deployment-zero }
       :         ^^^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^^^
       :                                   `-- selects no object
     2 | merge: { spec: { background: true } }
       `----
      help: there are: `scale-to-zero`
    ");
}

#[test]
fn a_name_that_is_misspelt() {
    assert_snapshot!(refused(&TIMEOUT.replace("istio-cni", "istio-cnj")), @"
    patch-matched-nothing

      x patch `late` is for HelmRelease `istio-cnj`, and there is none on `prod-eu` and `staging-eu`
       ,-[platform/patches/late.yaml:1:9]
     1 | target: { kind: HelmRelease, name: istio-cnj }
       :         ^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^
       :                            `-- selects no object
     2 | merge: { spec: { timeout: 9m } }
       `----
      help: did you mean `istio-cni`?
    ");
}

#[test]
fn a_kind_that_nothing_here_is() {
    assert_snapshot!(refused("target: { kind: Gateway }\ndelete: true\n"), @"
    patch-matched-nothing

      x patch `late` is for any Gateway, and there is none on `prod-eu` and `staging-eu`
       ,-[platform/patches/late.yaml:1:9]
     1 | target: { kind: Gateway }
       :         ^^^^^^^^|^^^^^^^^
       :                 `-- selects no object
     2 | delete: true
       `----
      help: no Gateway is in this repository; one that a source ships is named with `source` in
            `target`, beside the component or tenant in `scope`
    ");
}

#[test]
fn a_name_that_fits_others_too() {
    let policy = fleet().read("manifests/scale/policy.yaml");
    let test = fleet()
        .file("manifests/scale/dotted.yaml", policy.replace("scale-deployment-zero", "scale.deployment.zero"))
        .then_generated()
        .file("platform/patches/late.yaml", "target: { kind: ClusterPolicy, name: scale.deployment.zero }\nmerge: { spec: { background: true } }\n");
    assert_snapshot!(test.does("generate"), @r"
      ~ clusters/prod-eu/infrastructure/scale.yaml
      ~ clusters/staging-eu/infrastructure/scale.yaml
    0 to create, 2 to change, 0 to delete
    patch-selects-more

      ! `scale.deployment.zero` is a regular expression, and selects 2 objects:
      | ClusterPolicy.kyverno.io scale-deployment-zero, ClusterPolicy.kyverno.io scale.deployment.zero
       ,-[platform/patches/late.yaml:1:38]
     1 | target: { kind: ClusterPolicy, name: scale.deployment.zero }
       :                                      ^^^^^^^^^^|^^^^^^^^^^
       :                                                `-- selects more than the object of this name
     2 | merge: { spec: { background: true } }
       `----
      help: write `scale\.deployment\.zero` for that one alone
    ");
}

#[test]
fn an_operation_that_changes_nothing() {
    assert_snapshot!(refused("target: { kind: HelmRelease, name: istio-cni }\noperations: [{ op: replace, path: /spec/timeout, value: 5m }]\n"), @"
    patch-changed-nothing

      x operation 1 (`replace`) of patch `late` changes nothing on `prod-eu`, `staging-eu`, in
      | HelmRelease.helm.toolkit.fluxcd.io flux-system/istio-cni
       ,-[platform/patches/late.yaml:2:14]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | operations: [{ op: replace, path: /spec/timeout, value: 5m }]
       :              ^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^
       :                                     `-- is so already
       `----
      help: take it out, or narrow the scope to the clusters where it makes a difference
    ");
}

#[test]
fn a_component_that_is_off_on_the_cluster_of_the_scope() {
    let off = |patch: &str| {
        fleet()
            .line(CNI, "clusters: { prod-eu: { enabled: false } }")
            .file("platform/patches/late.yaml", patch)
            .refuses("generate --confirm istio-cni")
    };
    assert_snapshot!(off(&format!("scope: {{ clusters: [prod-eu], components: [istio-cni] }}\n{TIMEOUT}")), @"
    patch-matched-nothing

      x patch `late` holds for component `istio-cni` where that is not
       ,-[platform/patches/late.yaml:1:8]
     1 | scope: { clusters: [prod-eu], components: [istio-cni] }
       :        ^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^
       :                                `-- component `istio-cni` is on `staging-eu`
     2 | target: { kind: HelmRelease, name: istio-cni }
       `----
      help: widen `scope`, or delete the patch: it changes nothing
    ");
    assert_snapshot!(off(&format!("{HELD}{TIMEOUT}")), @"
    patch-matched-nothing

      x patch `late` is for HelmRelease `istio-cni`, and there is none on `prod-eu`
       ,-[platform/patches/late.yaml:2:9]
     1 | scope: { clusters: [prod-eu] }
     2 | target: { kind: HelmRelease, name: istio-cni }
       :         ^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^
       :                            `-- component `istio-cni` has it, and is on `staging-eu` alone
     3 | merge: { spec: { timeout: 9m } }
       `----
      help: name clusters that have it, or delete the patch: it changes nothing
    ");
    // Where it is on elsewhere in the scope, that is enough.
    let test = fleet()
        .line(CNI, "clusters: { prod-eu: { enabled: false } }")
        .file("platform/patches/late.yaml", TIMEOUT);
    test.does("generate --confirm istio-cni");
    assert_eq!(timeout(&test, "staging-eu"), "9m");
}

#[test]
fn names_of_a_scope_that_there_are_not() {
    assert_snapshot!(refused(&format!("scope: {{ environments: [prod], clusters: [prod-e], components: [istio], tenants: [shp] }}\n{TIMEOUT}")), @"
    unknown-reference

      x there is no environment `prod`
       ,-[platform/patches/late.yaml:1:25]
     1 | scope: { environments: [prod], clusters: [prod-e], components: [istio], tenants: [shp] }
       :                         ^^|^
       :                           `-- nothing has this name
     2 | target: { kind: HelmRelease, name: istio-cni }
       `----
      help: there are `staging` and `production`

    unknown-reference

      x there is no cluster `prod-e`
       ,-[platform/patches/late.yaml:1:43]
     1 | scope: { environments: [prod], clusters: [prod-e], components: [istio], tenants: [shp] }
       :                                           ^^^|^^
       :                                              `-- nothing has this name
     2 | target: { kind: HelmRelease, name: istio-cni }
       `----
      help: did you mean `prod-eu`?

    unknown-reference

      x there is no component `istio`
       ,-[platform/patches/late.yaml:1:65]
     1 | scope: { environments: [prod], clusters: [prod-e], components: [istio], tenants: [shp] }
       :                                                                 ^^|^^
       :                                                                   `-- nothing has this name
     2 | target: { kind: HelmRelease, name: istio-cni }
       `----
      help: there are `gateway-api`, `istio-cni`, `metrics-server` and `scale`

    unknown-reference

      x there is no tenant `shp`
       ,-[platform/patches/late.yaml:1:83]
     1 | scope: { environments: [prod], clusters: [prod-e], components: [istio], tenants: [shp] }
       :                                                                                   ^|^
       :                                                                                    `-- nothing has this name
     2 | target: { kind: HelmRelease, name: istio-cni }
       `----
      help: did you mean `shop`?

    4 errors
    ");
}

#[test]
fn a_cluster_that_is_in_none_of_the_environments() {
    assert_snapshot!(refused(&format!("scope: {{ environments: [staging], clusters: [prod-eu] }}\n{TIMEOUT}")), @"
    contradiction

      x `prod-eu` is in none of these environments
       ,-[platform/patches/late.yaml:1:46]
     1 | scope: { environments: [staging], clusters: [prod-eu] }
       :                                              ^^^|^^^
       :                                                 `-- it is in `production`
     2 | target: { kind: HelmRelease, name: istio-cni }
       `----
      help: a cluster must be in one of `environments`; name one of the two alone
    ");
}

#[test]
fn forms_that_are_mixed_or_none() {
    assert_snapshot!(refused(&format!("{TIMEOUT}delete: true\n")), @"
    contradiction

      x `merge` and `delete` are two forms of a patch
       ,-[platform/patches/late.yaml:3:9]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | merge: { spec: { timeout: 9m } }
       :        ^^^^^^^^^^^^|^^^^^^^^^^^^
       :                    `-- said as well
     3 | delete: true
       :         ^^^^
       `----
      help: say one of the two; the other can be a patch of its own
    ");
    assert_snapshot!(refused("target: { kind: HelmRelease }\n"), @"
    missing-field

      x the patch does not say what it changes
       ,-[platform/patches/late.yaml:1:9]
     1 | target: { kind: HelmRelease }
       :         ^^^^^^^^^^^^^^^^^^^^^
       `----
      help: add one of `operations`, `merge` and `delete: true`
    ");
}

#[test]
fn a_test_that_does_not_hold() {
    assert_snapshot!(refused("target: { kind: ClusterPolicy, name: scale-deployment-zero }
operations:
  - { op: test, path: /spec/rules/0/name, value: another }
  - { op: remove, path: /spec/rules/0/match }
"), @"
    patch-failed

      x operation 1 (`test`) of patch `late` fails on `prod-eu`, `staging-eu`, in
      | ClusterPolicy.kyverno.io scale-deployment-zero: the value there is not the one that it tests
      | for
       ,-[platform/patches/late.yaml:3:5]
     2 | operations:
     3 |   - { op: test, path: /spec/rules/0/name, value: another }
       :     ^^^^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^^^^
       :                                `-- the cluster would refuse this
     4 |   - { op: remove, path: /spec/rules/0/match }
       `----
    ");
}

#[test]
fn a_field_to_replace_that_is_not_there() {
    assert_snapshot!(refused("target: { kind: HelmRelease, name: istio-cni }
operations: [{ op: replace, path: /spec/values/profil, value: default }]
"), @"
    patch-failed

      x operation 1 (`replace`) of patch `late` fails on `prod-eu`, `staging-eu`, in
      | HelmRelease.helm.toolkit.fluxcd.io flux-system/istio-cni: there is no `/spec/values/profil` to
      | replace
       ,-[platform/patches/late.yaml:2:14]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | operations: [{ op: replace, path: /spec/values/profil, value: default }]
       :              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       :                                           `-- the cluster would add it, without a word
       `----
      help: correct `path`, or write `op: add` where it is meant to be new
    ");
}

#[test]
fn a_number_behind_the_end_of_a_list() {
    assert_snapshot!(refused("target: { kind: ClusterPolicy, name: scale-deployment-zero }
operations:
  - { op: replace, path: /spec/rules/1/name, value: another }
"), @"
    patch-failed

      x operation 1 (`replace`) of patch `late` fails on `prod-eu`, `staging-eu`, in
      | ClusterPolicy.kyverno.io scale-deployment-zero: `/spec/rules` has one item, so that there is
      | no item 1 (they are counted from 0)
       ,-[platform/patches/late.yaml:3:5]
     2 | operations:
     3 |   - { op: replace, path: /spec/rules/1/name, value: another }
       :     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       :                                 `-- the cluster would refuse this
       `----
      help: the last item is number 0; `-` in the place of the number appends
    ");
}

#[test]
fn a_value_that_a_chart_refuses() {
    let test = fleet()
        .edit(CNI, "1.23.2", "1.27.1")
        .then_generated()
        .file("platform/patches/late.yaml", "target: { kind: HelmRelease, name: istio-cni }\nmerge: { spec: { values: { defaults: { cni: { cniBinDir: /opt/cni/bin } } } } }\n");
    assert_snapshot!(test.does("generate"), @"
      ~ clusters/prod-eu/infrastructure/istio-cni.yaml
      ~ clusters/staging-eu/infrastructure/istio-cni.yaml
    0 to create, 2 to change, 0 to delete
    chart-refuses

      ! from version 1.24.0 on, the chart `cni` refuses values below `defaults`
       ,-[platform/patches/late.yaml:2:8]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | merge: { spec: { values: { defaults: { cni: { cniBinDir: /opt/cni/bin } } } } }
       :        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       :                                            `-- Helm would fail here
       `----
      help: instead, write them at the top of the values
    ");
}

#[test]
fn what_the_cluster_s_own_kustomization_applies() {
    assert_snapshot!(refused("target: { kind: Kustomization, name: istio-cni }\nmerge: { spec: { timeout: 9m } }\n"), @"
    patch-matched-nothing

      x patch `late` is for Kustomization `istio-cni`, and there is none on `prod-eu` and `staging-eu`
       ,-[platform/patches/late.yaml:1:9]
     1 | target: { kind: Kustomization, name: istio-cni }
       :         ^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^
       :                             `-- selects no object
     2 | merge: { spec: { timeout: 9m } }
       `----
      help: Kustomization.kustomize.toolkit.fluxcd.io flux-system/istio-cni is what the cluster's own
            Kustomization applies: change it where it is described, not by a patch
    ");
}

#[test]
fn a_layout_that_takes_no_patches() {
    let mut test = fleet();
    for (path, entry) in test.disk() {
        let Ok(path) = path.strip_prefix(test.root()) else { continue };
        let path = path.to_str().unwrap().to_owned();
        if let crate::scratch::Entry::File(bytes) = entry
            && path.starts_with(".tenantry/layout/")
            && let Ok(text) = String::from_utf8(bytes)
            && text.contains("specPatches")
        {
            let (before, rest) =
                text.split_once("{%- if specPatches").unwrap_or_else(|| panic!("{path}: {text}"));
            let (_, after) =
                rest.split_once("{%- endif %}").unwrap_or_else(|| panic!("{path}: {text}"));
            test = test.file(&path, format!("{before}{after}"));
        }
    }
    let test = test.file("platform/patches/late.yaml", TIMEOUT);
    assert_snapshot!(test.refuses("generate"), @"
    patch-matched-nothing

      x patch `late` is for HelmRelease `istio-cni`, and there is none on `prod-eu` and `staging-eu`
       ,-[platform/patches/late.yaml:1:9]
     1 | target: { kind: HelmRelease, name: istio-cni }
       :         ^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^
       :                            `-- selects no object
     2 | merge: { spec: { timeout: 9m } }
       `----
      help: the repository's layout does not take patches: `tenantry layout upgrade` brings it to one
            that does
    ");
}

#[test]
fn targets_that_are_none() {
    assert_snapshot!(refused("target: { kind: HelmRelease, name: \"istio-(cni\", namespace: \"\", labelSelector: \"app in (\" }\ndelete: true\n"), @r#"
    invalid-value

      x `name`: `istio-(cni` is no regular expression: a `(` has no `)`; a `(` by itself is `\(`
       ,-[platform/patches/late.yaml:1:36]
     1 | target: { kind: HelmRelease, name: "istio-(cni", namespace: "", labelSelector: "app in (" }
       :                                    ^^^^^^^^^^^^
     2 | delete: true
       `----
      help: write a regular expression as Go has them, which stands for the whole text

    invalid-value

      x `namespace` is empty
       ,-[platform/patches/late.yaml:1:61]
     1 | target: { kind: HelmRelease, name: "istio-(cni", namespace: "", labelSelector: "app in (" }
       :                                                             ^^
     2 | delete: true
       `----
      help: leave it out where any will do

    invalid-value

      x `labelSelector`: `app in (` is no label selector: the end is found where a value is expected
       ,-[platform/patches/late.yaml:1:80]
     1 | target: { kind: HelmRelease, name: "istio-(cni", namespace: "", labelSelector: "app in (" }
       :                                                                                ^^^^^^^^^^
     2 | delete: true
       `----
      help: write a selector such as `app=web,tier!=cache`

    3 errors
    "#);
}

#[test]
fn a_file_with_the_wrong_ending() {
    let test =
        fleet().file("platform/patches/late.yml", TIMEOUT).file("platform/patches/notes.md", "x\n");
    assert_snapshot!(test.refuses("generate"), @"
    unexpected-file

      x `platform/patches/late.yml` does not end in `.yaml`
      help: rename it to `late.yaml`
    ");
}

#[test]
fn what_says_which_object_it_is_stays() {
    assert_snapshot!(refused("target: { kind: HelmRelease, name: istio-cni }
operations:
  - { op: replace, path: /metadata/name, value: other }
  - { op: move, from: /metadata/namespace, path: /spec/targetNamespace }
"), @"
    invalid-value

      x no patch may change `/metadata/name`: it says which object it is
       ,-[platform/patches/late.yaml:3:26]
     2 | operations:
     3 |   - { op: replace, path: /metadata/name, value: other }
       :                          ^^^^^^^^^^^^^^
     4 |   - { op: move, from: /metadata/namespace, path: /spec/targetNamespace }
       `----
      help: with another name or kind it would be another object, and Flux would delete this one

    invalid-value

      x no patch may change `/metadata/namespace`: it says which object it is
       ,-[platform/patches/late.yaml:4:23]
     3 |   - { op: replace, path: /metadata/name, value: other }
     4 |   - { op: move, from: /metadata/namespace, path: /spec/targetNamespace }
       :                       ^^^^^^^^^^^^^^^^^^^
       `----
      help: with another name or kind it would be another object, and Flux would delete this one

    2 errors
    ");
    assert_snapshot!(refused("target: { kind: HelmRelease, name: istio-cni }\nmerge: { kind: Secret, metadata: null, $patch: delete }\n"), @"
    contradiction

      x `target` says which objects it is, and no merge changes `kind`
       ,-[platform/patches/late.yaml:2:16]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | merge: { kind: Secret, metadata: null, $patch: delete }
       :                ^^^^^^
       `----
      help: take `kind` out of `merge`

    invalid-value

      x no merge takes `metadata` away: it says which object it is
       ,-[platform/patches/late.yaml:2:34]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | merge: { kind: Secret, metadata: null, $patch: delete }
       :                                  ^^^^
       `----
      help: name the fields of it: `metadata: { labels: { ... } }`

    invalid-value

      x `$patch` is not for the whole object
       ,-[platform/patches/late.yaml:2:48]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | merge: { kind: Secret, metadata: null, $patch: delete }
       :                                                ^^^^^^
       `----
      help: write `delete: true` in the place of `merge`

    3 errors
    ");
    assert_snapshot!(refused("target: { kind: HelmRelease, name: istio-cni }\nmerge: { $patch: replace, spec: { interval: 1h } }\n"), @"
    invalid-value

      x `$patch` is not for the whole object
       ,-[platform/patches/late.yaml:2:18]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | merge: { $patch: replace, spec: { interval: 1h } }
       :                  ^^^^^^^
       `----
      help: say `$patch` in the field that it is for, or take it out
    ");
}

#[test]
fn labels_that_are_no_texts() {
    assert_snapshot!(refused("target: { kind: HelmRelease, name: istio-cni }
operations:
  - { op: add, path: /metadata/labels, value: { reviewed: true, team: edge } }
  - { op: add, path: /metadata/annotations/level, value: 3 }
  - { op: replace, path: /metadata/labels, value: none }
"), @r#"
    invalid-value

      x `/metadata/labels/reviewed` must be a text
       ,-[platform/patches/late.yaml:3:59]
     2 | operations:
     3 |   - { op: add, path: /metadata/labels, value: { reviewed: true, team: edge } }
       :                                                           ^^^^
     4 |   - { op: add, path: /metadata/annotations/level, value: 3 }
       `----
      help: write it in quotes: `"true"`

    invalid-value

      x `/metadata/annotations/level` must be a text
       ,-[platform/patches/late.yaml:4:58]
     3 |   - { op: add, path: /metadata/labels, value: { reviewed: true, team: edge } }
     4 |   - { op: add, path: /metadata/annotations/level, value: 3 }
       :                                                          ^
     5 |   - { op: replace, path: /metadata/labels, value: none }
       `----
      help: write it in quotes: `"3"`

    invalid-value

      x `/metadata/labels` must be a mapping of texts
       ,-[platform/patches/late.yaml:5:51]
     4 |   - { op: add, path: /metadata/annotations/level, value: 3 }
     5 |   - { op: replace, path: /metadata/labels, value: none }
       :                                                   ^^^^
       `----
      help: name the keys below it

    3 errors
    "#);
    assert_snapshot!(refused("target: { kind: HelmRelease, name: istio-cni }\nmerge: { metadata: { labels: { reviewed: true, gone: null, team: edge }, annotations: null } }\n"), @r#"
    invalid-value

      x `/metadata/labels/reviewed` must be a text
       ,-[platform/patches/late.yaml:2:42]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | merge: { metadata: { labels: { reviewed: true, gone: null, team: edge }, annotations: null } }
       :                                          ^^^^
       `----
      help: write it in quotes: `"true"`
    "#);
}

#[test]
fn operations_that_are_written_wrongly() {
    assert_snapshot!(refused("target: { kind: HelmRelease, name: istio-cni }
operations:
  - { op: move, path: /spec/timeout }
  - { op: remove, path: /spec/timeout, value: 1 }
  - { op: add, from: /spec/a, path: /spec/timeout, value: 1 }
  - { op: remove, path: /spec/list/- }
"), @"
    missing-field

      x `move` needs `from`
       ,-[platform/patches/late.yaml:3:5]
     2 | operations:
     3 |   - { op: move, path: /spec/timeout }
       :     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     4 |   - { op: remove, path: /spec/timeout, value: 1 }
       `----
      help: say the place that the value is taken from

    contradiction

      x `remove` takes no `value`
       ,-[platform/patches/late.yaml:4:47]
     3 |   - { op: move, path: /spec/timeout }
     4 |   - { op: remove, path: /spec/timeout, value: 1 }
       :                                               ^
     5 |   - { op: add, from: /spec/a, path: /spec/timeout, value: 1 }
       `----
      help: `value` is for `add`, `replace` and `test`

    contradiction

      x `add` takes no `from`
       ,-[platform/patches/late.yaml:5:22]
     4 |   - { op: remove, path: /spec/timeout, value: 1 }
     5 |   - { op: add, from: /spec/a, path: /spec/timeout, value: 1 }
       :                      ^^^^^^^
     6 |   - { op: remove, path: /spec/list/- }
       `----
      help: `from` is for `move` and `copy`

    invalid-value

      x `remove` cannot reach `/spec/list/-`: `-` is the place behind the last item
       ,-[platform/patches/late.yaml:6:25]
     5 |   - { op: add, from: /spec/a, path: /spec/timeout, value: 1 }
     6 |   - { op: remove, path: /spec/list/- }
       :                         ^^^^^^^^^^^^
       `----
      help: name the item by its number, counted from 0

    4 errors
    ");
    assert_snapshot!(refused("target: { kind: HelmRelease, name: istio-cni }
operations:
  - { op: repalce, path: spec/timeout, vlaue: 1 }
"), @"
    invalid-value

      x `repalce` is not a value of `operations[0].op`
       ,-[platform/patches/late.yaml:3:11]
     2 | operations:
     3 |   - { op: repalce, path: spec/timeout, vlaue: 1 }
       :           ^^^|^^^
       :              `-- this value is not known
       `----
      help: did you mean `replace`?

    invalid-value

      x `spec/timeout` is not a place in an object
       ,-[platform/patches/late.yaml:3:26]
     2 | operations:
     3 |   - { op: repalce, path: spec/timeout, vlaue: 1 }
       :                          ^^^^^^|^^^^^
       :                                `-- not a place in an object
       `----
      help: write a JSON pointer such as `/spec/replicas`, with `~1` for a `/` and `~0` for a `~` in a
            key

    unknown-field

      x `vlaue` is not a field of `operations[0]`
       ,-[platform/patches/late.yaml:3:40]
     2 | operations:
     3 |   - { op: repalce, path: spec/timeout, vlaue: 1 }
       :                                        ^^|^^
       :                                          `-- this field is not known
       `----
      help: did you mean `value`?

    3 errors
    ");
}

#[test]
fn sources_that_there_are_not() {
    assert_snapshot!(refused("target: { kind: Deployment, name: site, source: app }\ndelete: true\n"), @"
    missing-field

      x `source` needs the components or tenants whose source it is
       ,-[platform/patches/late.yaml:1:49]
     1 | target: { kind: Deployment, name: site, source: app }
       :                                                 ^^^
     2 | delete: true
       `----
      help: name them in `scope`
    ");
    let test = fleet()
        .line(
            "platform/tenants/shop.yaml",
            "patches: { a: { target: { kind: Deployment, source: ap }, delete: true } }",
        )
        .line(
            "platform/clusters/prod-eu.yaml",
            "patches: { a: { target: { kind: Deployment, source: app }, delete: true } }",
        )
        .line(
            CNI,
            "patches: { a: { target: { kind: Deployment, source: manifests }, delete: true } }",
        );
    assert_snapshot!(test.refuses("generate"), @r#"
    contradiction

      x a patch of an environment or a cluster reaches no source
       ,-[platform/clusters/prod-eu.yaml:3:53]
     2 | labels: { region: eu }
     3 | patches: { a: { target: { kind: Deployment, source: app }, delete: true } }
       :                                                     ^^^
       `----
      help: sources belong to components and tenants: say it there, or in `platform/patches/` with a
            `scope`

    contradiction

      x the component takes no manifests from elsewhere
       ,-[platform/components/istio-cni.yaml:4:45]
     3 | values: { profile: ambient }
     4 | patches: { a: { target: { kind: Deployment, source: manifests }, delete: true } }
       :                                             ^^^^^^
       `----
      help: take `source` out: the objects are in this repository

    unknown-reference

      x the tenant has no source `ap`
       ,-[platform/tenants/shop.yaml:9:45]
     8 | quota: { cpu: "8", memory: 32Gi } # of each namespace
     9 | patches: { a: { target: { kind: Deployment, source: ap }, delete: true } }
       :                                             ^^^^^^
       `----
      help: did you mean `app`?

    3 errors
    "#);
}

#[test]
fn a_platform_without_clusters() {
    let test = Test::fleet()
        .without("platform/clusters/prod-eu.yaml")
        .without("platform/clusters/staging-eu.yaml")
        .file("platform/patches/late.yaml", "target: { kind: ResourceQuota }\ndelete: true\n");
    assert_snapshot!(test.refuses("generate"), @"
    patch-matched-nothing

      x platform/patches/late.yaml: patch `late` holds on no cluster
      help: name clusters that are there, or an environment that has some
    ");
}
