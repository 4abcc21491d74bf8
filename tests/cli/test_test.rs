//! `test`: what holds, what does not and how exactly, changes that are given, snapshots, and files of tests that are wrong.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const FILE: &str = "platform/tests/shop.yaml";

/// The fleet with these tests.
fn fleet(tests: &str) -> Test {
    Test::fleet().file(FILE, tests)
}

#[test]
fn what_holds_passes_and_nothing_has_to_be_generated() {
    let test = fleet(
        r#"
tests:
  - name: the metrics server is on every cluster
    expect:
      - object: { kind: HelmRelease, name: metrics-server }
        contains: { spec: { chart: { spec: { chart: metrics-server } } } }
        fields:
          /spec/chart/spec/version: { equals: 3.13.1 }
          /spec/suspend: { absent: true }
          /metadata/labels/kustomize.toolkit.fluxcd.io~1name: { present: true }
  - name: the shop deploys as its own account, twice
    on: { tenants: [shop], environments: [production] }
    expect:
      - object: { kind: ServiceAccount, name: fl.x }
        count: 2
      - object: { kind: Kustomization, namespace: shop }
        contains: { spec: { serviceAccountName: flux } }
      - object: { kind: HelmRelease }
        absent: true
  - name: nothing is in the namespace of Kubernetes
    expect:
      - object: { namespace: kube-system }
        count: { max: 0 }
"#,
    );
    assert_snapshot!(test.answers("test"), @"
    ok      platform/tests/shop.yaml: the metrics server is on every cluster
    ok      platform/tests/shop.yaml: the shop deploys as its own account, twice
    ok      platform/tests/shop.yaml: nothing is in the namespace of Kubernetes
    3 tests passed.
    ");
    test.does("generate");
    assert_eq!(test.answers("test"), test.answers("test --file platform/tests"));
}

#[test]
fn what_does_not_hold_is_told_at_its_line_with_what_is_there() {
    let test = fleet(
        r#"
tests:
  - name: all wrong
    expect:
      - object: { kind: HelmRelease }
        contains:
          metadata: { name: metrics-server, labels: { team: platform } }
          spec: { chart: { spec: { version: "3.14.0" } }, interval: null }
        fields:
          /spec/chart/spec/chart: { matches: metrics }
          /spec/chart/spec: { equals: { chart: metrics-server, version: 3.13.1 } }
      - object: { kind: ResourceQuota }
        fields:
          /spec/hard/cpu: { equals: 8 }
      - object: { kind: Namespace }
        count: { max: 1 }
      - object: { kind: Namespace, name: shop.* }
        absent: true
"#,
    );
    assert_snapshot!(test.finds("test"), @r#"
    FAILED  platform/tests/shop.yaml: all wrong
    1 of 1 test failed.
    expectation-failed

      x HelmRelease.helm.toolkit.fluxcd.io flux-system/metrics-server on prod-eu and staging-eu:
      | `/metadata/labels/team` is not there, and `"platform"` expected
       ,-[platform/tests/shop.yaml:7:61]
     6 |         contains:
     7 |           metadata: { name: metrics-server, labels: { team: platform } }
       :                                                             ^^^^|^^^
       :                                                                 `-- this is expected
     8 |           spec: { chart: { spec: { version: "3.14.0" } }, interval: null }
       `----

    expectation-failed

      x HelmRelease.helm.toolkit.fluxcd.io flux-system/metrics-server on prod-eu and staging-eu:
      | `/spec/chart/spec/version` is `"3.13.1"`, and `"3.14.0"` expected
       ,-[platform/tests/shop.yaml:8:45]
     7 |           metadata: { name: metrics-server, labels: { team: platform } }
     8 |           spec: { chart: { spec: { version: "3.14.0" } }, interval: null }
       :                                             ^^^^|^^^
       :                                                 `-- this is expected
     9 |         fields:
       `----

    expectation-failed

      x HelmRelease.helm.toolkit.fluxcd.io flux-system/metrics-server on prod-eu and staging-eu:
      | `/spec/interval` is there, and is not to be
       ,-[platform/tests/shop.yaml:8:69]
     7 |           metadata: { name: metrics-server, labels: { team: platform } }
     8 |           spec: { chart: { spec: { version: "3.14.0" } }, interval: null }
       :                                                                     ^^|^
       :                                                                       `-- this is expected
     9 |         fields:
       `----

    expectation-failed

      x HelmRelease.helm.toolkit.fluxcd.io flux-system/metrics-server on prod-eu and staging-eu:
      | `/spec/chart/spec/chart` is `"metrics-server"`, which `metrics` does not fit
        ,-[platform/tests/shop.yaml:10:46]
      9 |         fields:
     10 |           /spec/chart/spec/chart: { matches: metrics }
        :                                              ^^^|^^^
        :                                                 `-- this is expected
     11 |           /spec/chart/spec: { equals: { chart: metrics-server, version: 3.13.1 } }
        `----

    expectation-failed

      x HelmRelease.helm.toolkit.fluxcd.io flux-system/metrics-server on prod-eu and staging-eu:
      | `/spec/chart/spec` is another value
        ,-[platform/tests/shop.yaml:11:39]
     10 |           /spec/chart/spec/chart: { matches: metrics }
     11 |           /spec/chart/spec: { equals: { chart: metrics-server, version: 3.13.1 } }
        :                                       ^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^
        :                                                            `-- this is expected
     12 |       - object: { kind: ResourceQuota }
        `----
      help: --- expected
            +++ found
            @@ -1,2 +1,6 @@
             chart: metrics-server
            +interval: 1h
            +sourceRef:
            +  kind: HelmRepository
            +  name: metrics-server
             version: 3.13.1

    expectation-failed

      x ResourceQuota shop/tenancy and ResourceQuota shop-jobs/tenancy on prod-eu and staging-eu:
      | `/spec/hard/cpu` is `"8"`, and `8` expected
        ,-[platform/tests/shop.yaml:14:37]
     13 |         fields:
     14 |           /spec/hard/cpu: { equals: 8 }
        :                                     |
        :                                     `-- this is expected
     15 |       - object: { kind: Namespace }
        `----
      help: it is text: write `"8"`

    expectation-failed

      x on prod-eu and staging-eu: 3 fit, and at most 1 expected
        ,-[platform/tests/shop.yaml:16:16]
     15 |       - object: { kind: Namespace }
     16 |         count: { max: 1 }
        :                ^^^^^|^^^^
        :                     `-- this is expected
     17 |       - object: { kind: Namespace, name: shop.* }
        `----
      help: Namespace metrics-server
            Namespace shop
            Namespace shop-jobs

    expectation-failed

      x Namespace shop and Namespace shop-jobs on prod-eu and staging-eu: is there, and is not to be
        ,-[platform/tests/shop.yaml:17:17]
     16 |         count: { max: 1 }
     17 |       - object: { kind: Namespace, name: shop.* }
        :                 ^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^
        :                                 `-- this is expected
     18 |         absent: true
        `----

    8 errors
    "#);
}

#[test]
fn lists_tell_which_item_is_not_there() {
    let test = fleet(
        r#"
tests:
  - name: lists
    on: { clusters: [prod-eu] }
    expect:
      - object: { kind: NetworkPolicy, namespace: shop, name: .*default.*|.*deny.* }
        contains: { spec: { policyTypes: [Egress, Ingress, Both] } }
      - object: { kind: RoleBinding, namespace: shop, name: tenancy-.* }
        contains: { subjects: [{ name: flux, kind: User }, { name: admin }] }
"#,
    );
    assert_snapshot!(test.finds("test"), @r#"
    FAILED  platform/tests/shop.yaml: lists
    1 of 1 test failed.
    expectation-failed

      x NetworkPolicy.networking.k8s.io shop/tenancy-deny on prod-eu: no item of `/spec/policyTypes`
      | contains this
       ,-[platform/tests/shop.yaml:7:60]
     6 |       - object: { kind: NetworkPolicy, namespace: shop, name: .*default.*|.*deny.* }
     7 |         contains: { spec: { policyTypes: [Egress, Ingress, Both] } }
       :                                                            ^^|^
       :                                                              `-- this is expected
     8 |       - object: { kind: RoleBinding, namespace: shop, name: tenancy-.* }
       `----
      help: `/spec/policyTypes` is
            - Ingress
            - Egress

    expectation-failed

      x RoleBinding.rbac.authorization.k8s.io shop/tenancy-reconciler on prod-eu: `/subjects/0/kind`
      | is `"ServiceAccount"`, and `"User"` expected
       ,-[platform/tests/shop.yaml:9:52]
     8 |       - object: { kind: RoleBinding, namespace: shop, name: tenancy-.* }
     9 |         contains: { subjects: [{ name: flux, kind: User }, { name: admin }] }
       :                                                    ^^|^
       :                                                      `-- this is expected
       `----

    expectation-failed

      x RoleBinding.rbac.authorization.k8s.io shop/tenancy-reconciler on prod-eu: no item of
      | `/subjects` contains this
       ,-[platform/tests/shop.yaml:9:60]
     8 |       - object: { kind: RoleBinding, namespace: shop, name: tenancy-.* }
     9 |         contains: { subjects: [{ name: flux, kind: User }, { name: admin }] }
       :                                                            ^^^^^^^|^^^^^^^
       :                                                                   `-- this is expected
       `----
      help: `/subjects` is
            - kind: ServiceAccount
              name: flux
              namespace: shop

    3 errors
    "#);
}

#[test]
fn an_object_that_no_cluster_has_is_told_with_what_was_probably_meant() {
    let test = fleet(
        r#"
tests:
  - name: typing errors
    expect:
      - object: { kind: HelmRelese }
      - object: { kind: HelmRelease, name: metric-server }
      - object: { kind: HelmRelease, name: metrics-server, namespace: metrics }
      - object: { kind: Kangaroo }
  - name: not everywhere
    given: { components: { metrics-server: { clusters: { prod-eu: { enabled: false } } } } }
    expect:
      - object: { kind: HelmRelease, name: metrics-server }
"#,
    );
    assert_snapshot!(test.finds("test"), @"
    FAILED  platform/tests/shop.yaml: typing errors
    FAILED  platform/tests/shop.yaml: not everywhere
    2 of 2 tests failed.
    expectation-failed

      x no cluster has a `HelmRelese`
       ,-[platform/tests/shop.yaml:5:17]
     4 |     expect:
     5 |       - object: { kind: HelmRelese }
       :                 ^^^^^^^^^^|^^^^^^^^^
       :                           `-- nothing fits this
     6 |       - object: { kind: HelmRelease, name: metric-server }
       `----
      help: did you mean `HelmRelease`?

    expectation-failed

      x no cluster has a `HelmRelease` `metric-server`
       ,-[platform/tests/shop.yaml:6:17]
     5 |       - object: { kind: HelmRelese }
     6 |       - object: { kind: HelmRelease, name: metric-server }
       :                 ^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^
       :                                      `-- nothing fits this
     7 |       - object: { kind: HelmRelease, name: metrics-server, namespace: metrics }
       `----
      help: did you mean `metrics-server`?

    expectation-failed

      x no cluster has a `HelmRelease` `metrics-server` in `metrics`
       ,-[platform/tests/shop.yaml:7:17]
     6 |       - object: { kind: HelmRelease, name: metric-server }
     7 |       - object: { kind: HelmRelease, name: metrics-server, namespace: metrics }
       :                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       :                                                `-- nothing fits this
     8 |       - object: { kind: Kangaroo }
       `----
      help: there is HelmRelease.helm.toolkit.fluxcd.io flux-system/metrics-server

    expectation-failed

      x no cluster has a `Kangaroo`
       ,-[platform/tests/shop.yaml:8:17]
     7 |       - object: { kind: HelmRelease, name: metrics-server, namespace: metrics }
     8 |       - object: { kind: Kangaroo }
       :                 ^^^^^^^^^|^^^^^^^^
       :                          `-- nothing fits this
     9 |   - name: not everywhere
       `----
      help: of kinds, there are `ClusterRole`, `GitRepository`, `HelmRelease`, `HelmRepository`,
            `Kustomization`, `Namespace`, `NetworkPolicy`, `ResourceQuota`, `RoleBinding`,
            `ServiceAccount`, `ValidatingAdmissionPolicy` and `ValidatingAdmissionPolicyBinding`

    expectation-failed

      x no `HelmRelease` `metrics-server` on prod-eu
        ,-[platform/tests/shop.yaml:12:17]
     11 |     expect:
     12 |       - object: { kind: HelmRelease, name: metrics-server }
        :                 ^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^
        :                                      `-- nothing fits this
        `----
      help: staging-eu has one

    5 errors
    ");
}

#[test]
fn a_change_is_given_for_its_own_test_alone() {
    let test = fleet(
        r#"
tests:
  - name: a cluster, a tenant and a version that are not there
    on: { clusters: [prod-us], tenants: [web] }
    given:
      clusters: { prod-us: { environment: production } }
      tenants:
        web:
          owner: ["@acme/web"]
          namespaces: [web]
          placement: [prod-us]
          quota: { cpu: "2" }
    expect:
      - object: { kind: Namespace }
        count: 1
      - object: { kind: ResourceQuota }
        fields: { /spec/hard/cpu: { equals: "2" } }
  - name: another version
    given: { components: { metrics-server: { helm: { version: 4.0.0 } } } }
    expect:
      - object: { kind: HelmRelease }
        fields: { /spec/chart/spec/version: { equals: 4.0.0 } }
  - name: the same as it is
    expect:
      - object: { kind: HelmRelease }
        fields: { /spec/chart/spec/version: { equals: 3.13.1 } }
  - name: without the component
    given: { components: { metrics-server: null } }
    expect:
      - object: { kind: HelmRelease }
        absent: true
  - name: without the quota
    given: { tenants: { shop: { quota: null } } }
    expect:
      - object: { kind: ResourceQuota }
        absent: true
  - name: with other defaults of the platform
    given: { platform: { defaults: { tenant: { podSecurity: restricted } } } }
    on: { tenants: [shop] }
    expect:
      - object: { kind: Namespace }
        fields: { /metadata/labels/pod-security.kubernetes.io~1enforce: { equals: restricted } }
"#,
    );
    assert_snapshot!(test.answers("test"), @"
    ok      platform/tests/shop.yaml: a cluster, a tenant and a version that are not there
    ok      platform/tests/shop.yaml: another version
    ok      platform/tests/shop.yaml: the same as it is
    ok      platform/tests/shop.yaml: without the component
    ok      platform/tests/shop.yaml: without the quota
    ok      platform/tests/shop.yaml: with other defaults of the platform
    6 tests passed.
    ");
}

#[test]
fn a_change_that_is_to_be_refused_says_by_what() {
    let test = fleet(
        r#"
tests:
  - name: refused as expected
    given: { tenants: { web: { owner: ["@acme/web"], namespaces: [shop], placement: all } } }
    refused: namespace-claimed-twice
  - name: accepted
    given: { tenants: { web: { owner: ["@acme/web"], namespaces: [web], placement: all } } }
    refused: namespace-claimed-twice
  - name: refused by something else
    given: { tenants: { web: { owner: ["@acme/web"], namespace: [web], placement: all } } }
    refused: namespace-claimed-twice
  - name: refused and not expected
    given: { clusters: { prod-eu: { environment: prod } } }
    expect:
      - object: { kind: Namespace }
"#,
    );
    assert_snapshot!(test.finds("test"), @r#"
    ok      platform/tests/shop.yaml: refused as expected
    FAILED  platform/tests/shop.yaml: accepted
    FAILED  platform/tests/shop.yaml: refused by something else
    FAILED  platform/tests/shop.yaml: refused and not expected
    3 of 4 tests failed.
    expectation-failed

      x the change is accepted, and `namespace-claimed-twice` was expected to refuse it
       ,-[platform/tests/shop.yaml:8:14]
     7 |     given: { tenants: { web: { owner: ["@acme/web"], namespaces: [web], placement: all } } }
     8 |     refused: namespace-claimed-twice
       :              ^^^^^^^^^^^|^^^^^^^^^^^
       :                         `-- this does not happen
     9 |   - name: refused by something else
       `----
      help: `namespace-claimed-twice`: Two tenants claim one namespace.

    expectation-failed

      x the change is refused, but not by `namespace-claimed-twice`
        ,-[platform/tests/shop.yaml:11:14]
     10 |     given: { tenants: { web: { owner: ["@acme/web"], namespace: [web], placement: all } } }
     11 |     refused: namespace-claimed-twice
        :              ^^^^^^^^^^^|^^^^^^^^^^^
        :                         `-- this does not happen
     12 |   - name: refused and not expected
        `----
      help: platform/tenants/web.yaml: missing-field: `namespaces` is missing in a tenant (add
            `namespaces: …`)
            platform/tenants/web.yaml: unknown-field: `namespace` is not a field of a tenant (did you
            mean `namespaces`?)

    expectation-failed

      x the change is refused, so that no cluster applies anything of it
        ,-[platform/tests/shop.yaml:13:12]
     12 |   - name: refused and not expected
     13 |     given: { clusters: { prod-eu: { environment: prod } } }
        :            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     14 |     expect:
        `----
      help: platform/clusters/prod-eu.yaml: unknown-reference: there is no environment `prod` (there
            are `staging` and `production`)

    3 errors
    "#);
}

#[test]
fn a_snapshot_is_written_when_asked_for_and_held_from_then_on() {
    let test =
        fleet("tests:\n  - name: The release, as agreed!\n    snapshot: { kind: HelmRelease }\n");
    assert_snapshot!(test.finds("test"), @"
    FAILED  platform/tests/shop.yaml: The release, as agreed!
    1 of 1 test failed.
    snapshot-differs

      x there is no snapshot `platform/tests/snapshots/shop/the-release-as-agreed.yaml` yet
       ,-[platform/tests/shop.yaml:3:15]
     2 |   - name: The release, as agreed!
     3 |     snapshot: { kind: HelmRelease }
       :               ^^^^^^^^^^^^^^^^^^^^^
       `----
      help: look at what `tenantry test --update` writes, and commit it
    ");
    assert_snapshot!(test.does("test --update"), @"
    ok      platform/tests/shop.yaml: The release, as agreed!
    written platform/tests/snapshots/shop/the-release-as-agreed.yaml
    1 test passed.
    ");
    let path = "platform/tests/snapshots/shop/the-release-as-agreed.yaml";
    assert_snapshot!(test.read(path), @"
    # Written by `tenantry test --update`: platform/tests/shop.yaml, The release, as agreed!.
    ---
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata:
      labels:
        kustomize.toolkit.fluxcd.io/name: metrics-server
        kustomize.toolkit.fluxcd.io/namespace: flux-system
      name: metrics-server
      namespace: flux-system
    spec:
      chart:
        spec:
          chart: metrics-server
          interval: 1h
          sourceRef:
            kind: HelmRepository
            name: metrics-server
          version: 3.13.1
      driftDetection:
        mode: warn
      install:
        crds: CreateReplace
        remediation:
          retries: 3
      interval: 1h
      releaseName: metrics-server
      serviceAccountName: helm-controller
      storageNamespace: metrics-server
      targetNamespace: metrics-server
      timeout: 5m
      upgrade:
        crds: CreateReplace
        remediation:
          remediateLastFailure: true
          retries: 3
    ");
    assert_eq!(test.does("test"), test.does("test --update"));
    let test = test.edit("platform/components/metrics-server.yaml", "3.13.1", "3.13.2");
    assert_snapshot!(test.finds("test"), @"
    FAILED  platform/tests/shop.yaml: The release, as agreed!
    1 of 1 test failed.
    snapshot-differs

      x the objects are not what `platform/tests/snapshots/shop/the-release-as-agreed.yaml` says
       ,-[platform/tests/shop.yaml:3:15]
     2 |   - name: The release, as agreed!
     3 |     snapshot: { kind: HelmRelease }
       :               ^^^^^^^^^^^^^^^^^^^^^
       `----
      help: `tenantry test --update` writes it anew, if that is what is meant

            --- expected
            +++ found
            @@ -17,5 +17,5 @@
                     kind: HelmRepository
                     name: metrics-server
            -      version: 3.13.1
            +      version: 3.13.2
               driftDetection:
                 mode: warn
    ");
    test.does("test --update");
    assert!(test.read(path).contains("version: 3.13.2"));
    let test = test.edit(
        "platform/components/metrics-server.yaml",
        "namespace:",
        "clusters: { prod-eu: { version: 3.14.0 } }\nnamespace:",
    );
    test.does("test --update");
    let text = test.read(path);
    assert!(text.contains("# On prod-eu:") && text.contains("# On staging-eu:"), "{text}");
}

#[test]
fn a_snapshot_without_a_test_is_told_and_removed_if_it_is_tenantrys_own() {
    let test = fleet("tests:\n  - name: one\n    snapshot: { kind: HelmRelease }\n");
    test.does("test --update");
    let test = test
        .edit(FILE, "one", "another")
        .file("platform/tests/snapshots/notes.yaml", "a: person's\n");
    assert_snapshot!(test.finds("test"), @"
    FAILED  platform/tests/shop.yaml: another
    1 of 1 test failed.
    snapshot-differs

      x there is no snapshot `platform/tests/snapshots/shop/another.yaml` yet
       ,-[platform/tests/shop.yaml:3:15]
     2 |   - name: another
     3 |     snapshot: { kind: HelmRelease }
       :               ^^^^^^^^^^^^^^^^^^^^^
       `----
      help: look at what `tenantry test --update` writes, and commit it

    stale-snapshot

      ! `platform/tests/snapshots/notes.yaml` is the snapshot of no test
      help: tenantry did not write it: move it away

    stale-snapshot

      ! `platform/tests/snapshots/shop/one.yaml` is the snapshot of no test
      help: `tenantry test --update` deletes it

    1 error, 2 warnings
    ");
    assert_snapshot!(test.does("test --update"), @"
    ok      platform/tests/shop.yaml: another
    written platform/tests/snapshots/shop/another.yaml
    removed platform/tests/snapshots/shop/one.yaml
    1 test passed.
    stale-snapshot

      ! `platform/tests/snapshots/notes.yaml` is the snapshot of no test
      help: tenantry did not write it: move it away
    ");
    assert_eq!(test.files("platform/tests/snapshots"), ["notes.yaml", "shop"]);
    assert_eq!(test.files("platform/tests/snapshots/shop"), ["another.yaml"]);
    // A file that a person put where a snapshot is to be is never written over.
    let path = "platform/tests/snapshots/shop/another.yaml";
    let test = test.file(path, "a: person's\n");
    let run = test.run("test --update");
    assert_eq!(run.code, 3);
    assert_eq!(test.read(path), "a: person's\n");
    assert!(run.stderr.contains("tenantry did not write it"), "{}", run.stderr);
}

#[test]
fn values_of_secrets_are_compared_and_never_said() {
    let test = fleet(
        r#"
tests:
  - name: the password
    on: { clusters: [prod-eu] }
    expect:
      - object: { kind: Secret, name: login }
        contains: { stringData: { user: bob, password: a } }
        fields:
          /stringData/password: { equals: b }
          /stringData/user: { matches: al.* }
          /stringData: { equals: {} }
      - object: { kind: Secret, name: login }
        fields: { /stringData/password: { absent: true } }
  - name: what is right
    on: { clusters: [prod-eu] }
    expect:
      - object: { kind: Secret, name: login }
        contains: { stringData: { password: hunter2 } }
    snapshot: { kind: Secret, name: login }
"#,
    )
    .file("platform/components/login.yaml", "manifests: { path: ./manifests/login }\nnamespace: login\n")
    .file(
        "manifests/login/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: { name: login, namespace: login }\nstringData: { user: alice, password: hunter2 }\n",
    );
    let told = test.run("test --update --output json --junit report.xml");
    let all = told.stdout + &told.stderr + &test.read("report.xml");
    let snapshot = test.read("platform/tests/snapshots/shop/what-is-right.yaml");
    assert!(!(all + &snapshot).contains("alice"), "{snapshot}");
    assert_snapshot!(snapshot, @"
    # Written by `tenantry test --update`: platform/tests/shop.yaml, what is right.
    ---
    apiVersion: v1
    kind: Secret
    metadata:
      labels:
        kustomize.toolkit.fluxcd.io/name: login
        kustomize.toolkit.fluxcd.io/namespace: flux-system
      name: login
      namespace: login
    stringData:
      password: '***'
      user: '***'
    ");
    assert_snapshot!(test.finds("test --output yaml"), @r#"
    tests:
    - file: platform/tests/shop.yaml
      line: 3
      name: the password
      what: expect
      given: false
      refused: null
      passed: false
      clusters:
      - prod-eu
      failures:
      - code: expectation-failed
        message: 'Secret login/login on prod-eu: `/stringData/user` is `"***"`, and `"bob"` expected'
        help: null
      - code: expectation-failed
        message: 'Secret login/login on prod-eu: `/stringData/password` is `"***"`, and `"a"` expected'
        help: null
      - code: expectation-failed
        message: 'Secret login/login on prod-eu: `/stringData/password` is `"***"`, and `"b"` expected'
        help: null
      - code: expectation-failed
        message: 'Secret login/login on prod-eu: `/stringData` is `{"password":"***","user":"***"}`, and `{}` expected'
        help: null
      - code: expectation-failed
        message: 'Secret login/login on prod-eu: `/stringData/password` is there (`"***"`), and is not to be'
        help: null
    - file: platform/tests/shop.yaml
      line: 14
      name: what is right
      what: expect
      given: false
      refused: null
      passed: true
      clusters:
      - prod-eu
      failures: []
    passed: 1
    failed: 1
    written: []
    removed: []
    expectation-failed

      x Secret login/login on prod-eu: `/stringData/user` is `"***"`, and `"bob"` expected
       ,-[platform/tests/shop.yaml:7:41]
     6 |       - object: { kind: Secret, name: login }
     7 |         contains: { stringData: { user: bob, password: a } }
       :                                         ^|^
       :                                          `-- this is expected
     8 |         fields:
       `----

    expectation-failed

      x Secret login/login on prod-eu: `/stringData/password` is `"***"`, and `"a"` expected
       ,-[platform/tests/shop.yaml:7:56]
     6 |       - object: { kind: Secret, name: login }
     7 |         contains: { stringData: { user: bob, password: a } }
       :                                                        |
       :                                                        `-- this is expected
     8 |         fields:
       `----

    expectation-failed

      x Secret login/login on prod-eu: `/stringData/password` is `"***"`, and `"b"` expected
        ,-[platform/tests/shop.yaml:9:43]
      8 |         fields:
      9 |           /stringData/password: { equals: b }
        :                                           |
        :                                           `-- this is expected
     10 |           /stringData/user: { matches: al.* }
        `----

    expectation-failed

      x Secret login/login on prod-eu: `/stringData` is `{"password":"***","user":"***"}`, and `{}`
      | expected
        ,-[platform/tests/shop.yaml:11:34]
     10 |           /stringData/user: { matches: al.* }
     11 |           /stringData: { equals: {} }
        :                                  ^|
        :                                   `-- this is expected
     12 |       - object: { kind: Secret, name: login }
        `----

    expectation-failed

      x Secret login/login on prod-eu: `/stringData/password` is there (`"***"`), and is not to be
        ,-[platform/tests/shop.yaml:13:51]
     12 |       - object: { kind: Secret, name: login }
     13 |         fields: { /stringData/password: { absent: true } }
        :                                                   ^^|^
        :                                                     `-- this is expected
     14 |   - name: what is right
        `----

    5 errors
    "#);
}

#[test]
fn values_of_variables_that_come_from_secrets_are_never_said_either() {
    let test = fleet(
        r#"
tests:
  - name: substituted
    on: { clusters: [prod-eu] }
    expect:
      - object: { kind: ConfigMap, name: inner }
        contains: { data: { line: x-hunter2 } }
      - object: { kind: ConfigMap, name: inner }
        contains: { data: { line: other } }
    snapshot: { kind: ConfigMap, name: inner }
"#,
    )
    .file("platform/components/outer.yaml", "manifests: { path: ./manifests/outer }\nnamespace: outer\n")
    .file(
        "manifests/outer/inner.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: inner, namespace: flux-system }
spec:
  path: ./infrastructure/inner
  prune: true
  interval: 1h
  sourceRef: { kind: GitRepository, name: flux-system }
  postBuild: { substituteFrom: [{ kind: Secret, name: credentials }] }
",
    )
    .file(
        "infrastructure/inner/line.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: inner, namespace: outer }\ndata: { line: 'x-${PASSWORD}' }\n",
    )
    .file(
        "../variables.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: { name: credentials, namespace: flux-system }\nstringData: { PASSWORD: hunter2 }\n",
    );
    let run =
        test.run("test --variables ../variables.yaml --update --output json --junit report.xml");
    assert_eq!(run.code, 3, "{}", run.stderr);
    let data: Value = serde_json::from_str(&run.stdout).unwrap();
    let failures = &data["data"]["tests"][0]["failures"];
    assert_eq!(failures.as_array().unwrap().len(), 1, "{failures:#}");
    assert_snapshot!(failures[0]["message"].as_str().unwrap(), @r#"ConfigMap outer/inner on prod-eu: `/data/line` is `"x-SECRET"`, and `"other"` expected"#);
    let snapshot = test.read("platform/tests/snapshots/shop/substituted.yaml");
    assert!(snapshot.contains("line: x-SECRET"), "{snapshot}");
    assert!(!(failures.to_string() + &test.read("report.xml") + &snapshot).contains("hunter2"));
}

#[test]
fn what_people_did_to_generated_files_counts() {
    let test = fleet(
        r#"
tests:
  - name: edited
    expect:
      - object: { kind: HelmRelease }
        fields: { /spec/interval: { equals: 2h } }
  - name: deleted
    on: { clusters: [prod-eu] }
    expect:
      - object: { kind: NetworkPolicy, namespace: shop }
        absent: true
"#,
    );
    test.does("generate");
    assert!(test.finds("test").contains("2 of 2 tests failed."));
    let test = test
        .edit("infrastructure/metrics-server/base/sync.yaml", "interval: 1h", "interval: 2h")
        .edit("tenants/base/shop/kustomization.yaml", "  - network.yaml\n", "")
        .without("tenants/base/shop/network.yaml");
    assert_snapshot!(test.answers("test"), @"
    ok      platform/tests/shop.yaml: edited
    ok      platform/tests/shop.yaml: deleted
    2 tests passed.
    ");
}

#[test]
fn a_patch_that_is_given_is_seen_where_it_holds() {
    let test = fleet(
        r#"
tests:
  - name: on its cluster
    on: { clusters: [prod-eu] }
    given: &given
      patches:
        paused:
          scope: { clusters: [prod-eu] }
          target: { kind: HelmRelease, name: metrics-server }
          merge: { spec: { suspend: true } }
    expect:
      - object: { kind: HelmRelease }
        contains: { spec: { suspend: true } }
  - name: nowhere else
    on: { clusters: [staging-eu] }
    given: *given
    expect:
      - object: { kind: HelmRelease }
        contains: { spec: { suspend: null } }
  - name: refused without its target
    given:
      patches:
        paused: { target: { kind: HelmRelease, name: metric-server }, delete: true }
    refused: patch-matched-nothing
"#,
    );
    assert_snapshot!(test.answers("test"), @"
    ok      platform/tests/shop.yaml: on its cluster
    ok      platform/tests/shop.yaml: nowhere else
    ok      platform/tests/shop.yaml: refused without its target
    3 tests passed.
    ");
}

#[test]
fn a_file_of_tests_that_is_wrong_is_refused_at_its_lines() {
    let test = fleet(
        r#"
tests:
  - name: a typing error
    expects: []
  - name: wrong types
    on: { clusters: prod-eu }
    expect:
      - object: { kind: Namespace }
        count: many
      - object: { kind: Namespace, name: "shop(" }
      - object: { kind: Namespace, label: shop }
  - name: no such code
    given: { tenants: { shop: { namespaces: [a] } } }
    refused: namespace-claimed-twise
  - name: no name of a tenant
    given: { tenants: { Shop: { role: tenant } } }
    refused: invalid-name
"#,
    )
    .file("platform/tests/empty.yaml", "# nothing\n")
    .file("platform/tests/odd.yml", "tests: []\n");
    assert_snapshot!(test.refuses("test"), @r#"
    empty-file

      x `platform/tests/empty.yaml` says nothing
      help: write `tests:` with a list of them, or delete the file

    unexpected-file

      x `platform/tests/odd.yml` is no file of tests
      help: tests are in files that end in `.yaml`; move anything else away

    unknown-field

      x `expects` is not a field of `tests[0]`
       ,-[platform/tests/shop.yaml:4:5]
     3 |   - name: a typing error
     4 |     expects: []
       :     ^^^|^^^
       :        `-- this field is not known
     5 |   - name: wrong types
       `----
      help: did you mean `expect`?

    wrong-type

      x `tests[1].on.clusters` is of the wrong type: expected a sequence, found the string "prod-eu"
       ,-[platform/tests/shop.yaml:6:21]
     5 |   - name: wrong types
     6 |     on: { clusters: prod-eu }
       :                     ^^^|^^^
       :                        `-- expected a sequence
     7 |     expect:
       `----

    wrong-type

      x `tests[1].expect[0].count` is of the wrong type: expected a number, or `min` and `max`, found
      | the string "many"
        ,-[platform/tests/shop.yaml:9:16]
      8 |       - object: { kind: Namespace }
      9 |         count: many
        :                ^^|^
        :                  `-- expected a number, or `min` and `max`
     10 |       - object: { kind: Namespace, name: "shop(" }
        `----

    invalid-value

      x `tests[1].expect[1].object.name`: `shop(` is no regular expression: unclosed group
        ,-[platform/tests/shop.yaml:10:42]
      9 |         count: many
     10 |       - object: { kind: Namespace, name: "shop(" }
        :                                          ^^^|^^^
        :                                             `-- this value is refused
     11 |       - object: { kind: Namespace, label: shop }
        `----

    unknown-field

      x `label` is not a field of `tests[1].expect[2].object`
        ,-[platform/tests/shop.yaml:11:36]
     10 |       - object: { kind: Namespace, name: "shop(" }
     11 |       - object: { kind: Namespace, label: shop }
        :                                    ^^|^^
        :                                      `-- this field is not known
     12 |   - name: no such code
        `----
      help: did you mean `labels`?

    invalid-value

      x `namespace-claimed-twise` is not a value of `tests[2].refused`
        ,-[platform/tests/shop.yaml:14:14]
     13 |     given: { tenants: { shop: { namespaces: [a] } } }
     14 |     refused: namespace-claimed-twise
        :              ^^^^^^^^^^^|^^^^^^^^^^^
        :                         `-- this value is not known
     15 |   - name: no name of a tenant
        `----
      help: did you mean `namespace-claimed-twice`?

    invalid-name

      x `Shop` is not a tenant's name
        ,-[platform/tests/shop.yaml:16:25]
     15 |   - name: no name of a tenant
     16 |     given: { tenants: { Shop: { role: tenant } } }
        :                         ^^|^
        :                           `-- not a tenant's name
     17 |     refused: invalid-name
        `----
      help: write at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit

    9 errors
    "#);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let test = fleet(
        r#"
tests:
  - name: twice
    expect: [{ object: { kind: Namespace } }]
  - name: twice
    expect: [{ object: { kind: Namespace } }]
  - name: Twice!
    expect: [{ object: {} }]
  - name: nothing
  - name: nothing given
    refused: over-limit
  - name: both
    given: { tenants: { shop: null } }
    refused: over-limit
    expect:
      - object: { kind: Namespace }
        absent: true
        count: 0
        contains: {}
        fields:
          spec.a: { equals: 1 }
          /spec/b: {}
          /spec/c: { equals: 1, absent: true }
"#,
    );
    assert_snapshot!(test.refuses("test"), @"
    duplicate-test

      x two tests of the file are named `twice`
       ,-[platform/tests/shop.yaml:5:11]
     2 | tests:
     3 |   - name: twice
       :           ^^|^^
       :             `-- the other one
     4 |     expect: [{ object: { kind: Namespace } }]
     5 |   - name: twice
       :           ^^|^^
       :             `-- again here
     6 |     expect: [{ object: { kind: Namespace } }]
       `----
      help: give one of them another name

    duplicate-test

      x `Twice!` and `twice` differ in signs and capitals alone
       ,-[platform/tests/shop.yaml:7:11]
     2 | tests:
     3 |   - name: twice
       :           ^^|^^
       :             `-- the other one
     4 |     expect: [{ object: { kind: Namespace } }]
     5 |   - name: twice
     6 |     expect: [{ object: { kind: Namespace } }]
     7 |   - name: Twice!
       :           ^^^|^^
       :              `-- again here
     8 |     expect: [{ object: {} }]
       `----
      help: give one of them another name

    missing-field

      x nothing is said of which objects are meant
       ,-[platform/tests/shop.yaml:8:24]
     7 |   - name: Twice!
     8 |     expect: [{ object: {} }]
       :                        ^^
     9 |   - name: nothing
       `----
      help: say `kind`, `name`, `namespace`, `apiVersion` or `labels`

    missing-field

      x the test `nothing` expects nothing
        ,-[platform/tests/shop.yaml:9:11]
      8 |     expect: [{ object: {} }]
      9 |   - name: nothing
        :           ^^^^^^^
     10 |   - name: nothing given
        `----
      help: say `expect`, `refused` or `snapshot`

    missing-field

      x nothing is given that could be refused
        ,-[platform/tests/shop.yaml:11:14]
     10 |   - name: nothing given
     11 |     refused: over-limit
        :              ^^^^^^^^^^
     12 |   - name: both
        `----
      help: say what is refused, such as `given: { tenants: { new: { ... } } }`

    contradiction

      x no cluster applies anything of a change that is refused
        ,-[platform/tests/shop.yaml:14:14]
     13 |     given: { tenants: { shop: null } }
     14 |     refused: over-limit
        :              ^^^^^^^^^^
     15 |     expect:
        `----
      help: make another test of what is expected without the change

    contradiction

      x `present`, `absent` and `count` say the same thing in three ways
        ,-[platform/tests/shop.yaml:16:9]
     15 |         expect:
     16 | ,->       - object: { kind: Namespace }
     17 | |           absent: true
     18 | |           count: 0
     19 | |           contains: {}
     20 | |           fields:
     21 | |             spec.a: { equals: 1 }
     22 | |             /spec/b: {}
     23 | `->           /spec/c: { equals: 1, absent: true }
        `----
      help: keep one of them

    contradiction

      x what is absent contains nothing
        ,-[platform/tests/shop.yaml:16:9]
     15 |         expect:
     16 | ,->       - object: { kind: Namespace }
     17 | |           absent: true
     18 | |           count: 0
     19 | |           contains: {}
     20 | |           fields:
     21 | |             spec.a: { equals: 1 }
     22 | |             /spec/b: {}
     23 | `->           /spec/c: { equals: 1, absent: true }
        `----
      help: take `absent` away, or `contains` and `fields`; `labels` of `object` say which objects are
            meant

    invalid-value

      x `spec.a` is no JSON pointer
        ,-[platform/tests/shop.yaml:21:19]
     20 |         fields:
     21 |           spec.a: { equals: 1 }
        :                   ^^^^^^^^^^^^^
     22 |           /spec/b: {}
        `----
      help: write `/spec/a`

    missing-field

      x nothing is said of the field
        ,-[platform/tests/shop.yaml:22:20]
     21 |           spec.a: { equals: 1 }
     22 |           /spec/b: {}
        :                    ^^
     23 |           /spec/c: { equals: 1, absent: true }
        `----
      help: say `equals`, `matches`, `present: true` or `absent: true`

    contradiction

      x a field is judged in one way
        ,-[platform/tests/shop.yaml:23:20]
     22 |           /spec/b: {}
     23 |           /spec/c: { equals: 1, absent: true }
        :                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^
        `----
      help: keep one of `equals`, `matches`, `present` and `absent`

    11 errors
    ");
}

#[test]
fn names_that_nothing_has_are_refused() {
    let test = fleet(
        r#"
tests:
  - name: nowhere
    on: { clusters: [prod-us], environments: [prodction], tenants: [shopp] }
    expect: [{ object: { kind: Namespace } }]
"#,
    );
    assert_snapshot!(test.refuses("test"), @"
    unknown-reference

      x there is no cluster `prod-us`
       ,-[platform/tests/shop.yaml:4:22]
     3 |   - name: nowhere
     4 |     on: { clusters: [prod-us], environments: [prodction], tenants: [shopp] }
       :                      ^^^|^^^
       :                         `-- nothing has this name
     5 |     expect: [{ object: { kind: Namespace } }]
       `----
      help: did you mean `prod-eu`?

    unknown-reference

      x there is no environment `prodction`
       ,-[platform/tests/shop.yaml:4:47]
     3 |   - name: nowhere
     4 |     on: { clusters: [prod-us], environments: [prodction], tenants: [shopp] }
       :                                               ^^^^|^^^^
       :                                                   `-- nothing has this name
     5 |     expect: [{ object: { kind: Namespace } }]
       `----
      help: did you mean `production`?

    unknown-reference

      x there is no tenant `shopp`
       ,-[platform/tests/shop.yaml:4:69]
     3 |   - name: nowhere
     4 |     on: { clusters: [prod-us], environments: [prodction], tenants: [shopp] }
       :                                                                     ^^|^^
       :                                                                       `-- nothing has this name
     5 |     expect: [{ object: { kind: Namespace } }]
       `----
      help: did you mean `shop`?

    3 errors
    ");
    let test = fleet(
        "tests:\n  - name: gone\n    given: { tenants: { shopp: null } }\n    refused: over-limit\n",
    );
    assert_snapshot!(test.refuses("test"), @"
    unknown-reference

      x there is no tenant `shopp` that could go
       ,-[platform/tests/shop.yaml:3:32]
     2 |   - name: gone
     3 |     given: { tenants: { shopp: null } }
       :                                ^^^^
     4 |     refused: over-limit
       `----
      help: did you mean `shop`?
    ");
    let test = fleet(
        "tests:\n  - name: no cluster fits\n    on: { clusters: [prod-eu], environments: [staging] }\n    expect: [{ object: { kind: Namespace } }]\n",
    );
    assert_snapshot!(test.finds("test"), @"
    FAILED  platform/tests/shop.yaml: no cluster fits
    1 of 1 test failed.
    expectation-failed

      x the test looks at no cluster
       ,-[platform/tests/shop.yaml:3:9]
     2 |   - name: no cluster fits
     3 |     on: { clusters: [prod-eu], environments: [staging] }
       :         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     4 |     expect: [{ object: { kind: Namespace } }]
       `----
      help: what `on` says narrows down: a cluster has to fit all of it
    ");
}

#[test]
fn a_description_that_is_wrong_is_refused_as_generate_does() {
    let test = fleet("tests:\n  - name: one\n    expect: [{ object: { kind: Namespace } }]\n")
        .edit("platform/tenants/shop.yaml", "placement: all", "placement: [prod-us]");
    assert_eq!(test.refuses("test"), test.refuses("generate --dry-run"));
}

/// Two files with three tests, one of which fails.
fn three() -> Test {
    fleet(
        r#"
tests:
  - name: Namespaces are there
    expect: [{ object: { kind: Namespace } }]
  - name: <no> "quota" & no limit
    expect: [{ object: { kind: ResourceQuota }, absent: true }]
"#,
    )
    .file(
        "platform/tests/deep/er.yaml",
        "tests:\n  - name: refused\n    given: { tenants: { shop: { namespaces: null } } }\n    refused: missing-field\n",
    )
}

#[test]
fn tests_are_chosen_by_words_and_files_and_listed() {
    let test = three();
    assert_snapshot!(test.answers("test --list"), @r#"
    FILE                         NAME                     WHAT     GIVEN
    platform/tests/deep/er.yaml  refused                  refused  yes
    platform/tests/shop.yaml     Namespaces are there     expect   -
    platform/tests/shop.yaml     <no> "quota" & no limit  expect   -
    "#);
    assert_snapshot!(test.answers("test --list --output name quota"), @r#"test/platform/tests/shop.yaml: <no> "quota" & no limit"#);
    assert_snapshot!(test.answers("test NAMESPACES deep"), @"
    ok      platform/tests/deep/er.yaml: refused
    ok      platform/tests/shop.yaml: Namespaces are there
    2 tests passed.
    ");
    assert_snapshot!(test.answers("test --file 'platform/tests/deep/**'"), @"
    ok      platform/tests/deep/er.yaml: refused
    1 test passed.
    ");
    assert_snapshot!(test.wrong_usage("test kangaroo"), @"
    wrong-usage

      x none of the 3 tests is meant; `tenantry test --list` lists them
    ");
    assert_snapshot!(Test::fleet().answers("test"), @"No tests: there is no file below `platform/tests/`.");
    assert_snapshot!(Test::fleet().wrong_usage("test kangaroo"), @"
    wrong-usage

      x there is no test: no file lies below `platform/tests/`
    ");
}

#[test]
fn machines_get_json_and_junit() {
    let test = three();
    let run = test.run("test --output json --junit report.xml");
    assert_eq!(run.code, 3);
    let envelope: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(envelope["kind"], "TestResult");
    assert_eq!(envelope["ok"], false);
    assert_snapshot!(serde_json::to_string_pretty(&envelope["data"]).unwrap(), @r#"
    {
      "tests": [
        {
          "file": "platform/tests/deep/er.yaml",
          "line": 2,
          "name": "refused",
          "what": "refused",
          "given": true,
          "refused": "missing-field",
          "passed": true,
          "clusters": [],
          "failures": []
        },
        {
          "file": "platform/tests/shop.yaml",
          "line": 3,
          "name": "Namespaces are there",
          "what": "expect",
          "given": false,
          "refused": null,
          "passed": true,
          "clusters": [
            "prod-eu",
            "staging-eu"
          ],
          "failures": []
        },
        {
          "file": "platform/tests/shop.yaml",
          "line": 5,
          "name": "<no> \"quota\" & no limit",
          "what": "expect",
          "given": false,
          "refused": null,
          "passed": false,
          "clusters": [
            "prod-eu",
            "staging-eu"
          ],
          "failures": [
            {
              "code": "expectation-failed",
              "message": "ResourceQuota shop/tenancy and ResourceQuota shop-jobs/tenancy on prod-eu and staging-eu: is there, and is not to be",
              "help": null
            }
          ]
        }
      ],
      "passed": 2,
      "failed": 1,
      "written": [],
      "removed": []
    }
    "#);
    assert_snapshot!(test.read("report.xml"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="tenantry test" tests="3" failures="1">
      <testsuite name="platform/tests/deep/er.yaml" tests="1" failures="0">
        <testcase classname="platform/tests/deep/er.yaml" name="refused" file="platform/tests/deep/er.yaml" line="2"/>
      </testsuite>
      <testsuite name="platform/tests/shop.yaml" tests="2" failures="1">
        <testcase classname="platform/tests/shop.yaml" name="Namespaces are there" file="platform/tests/shop.yaml" line="3"/>
        <testcase classname="platform/tests/shop.yaml" name="&lt;no&gt; &quot;quota&quot; &amp; no limit" file="platform/tests/shop.yaml" line="5">
          <failure message="ResourceQuota shop/tenancy and ResourceQuota shop-jobs/tenancy on prod-eu and staging-eu: is there, and is not to be" type="expectation-failed">ResourceQuota shop/tenancy and ResourceQuota shop-jobs/tenancy on prod-eu and staging-eu: is there, and is not to be
    </failure>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    Test::fleet().does("test --junit report.xml");
}

#[test]
fn watching_runs_again_when_a_file_changes_and_ends_with_ctrl_c() {
    let test = three();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tenantry"))
        .args(["test", "--watch", "quota"])
        .current_dir(test.root())
        .env("HOME", test.at("../home"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (send, lines) = mpsc::channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        for line in out.lines() {
            let Ok(line) = line else { return };
            let _ = send.send(line);
        }
    });
    let next = |what: &str| loop {
        let line = lines.recv_timeout(Duration::from_secs(60)).expect(what);
        if line.contains("of 1 test") || line.contains("1 test passed") {
            return line;
        }
    };
    assert_eq!(next("the first run"), "1 of 1 test failed.");
    let tenant = test.read("platform/tenants/shop.yaml");
    let without: String = tenant
        .lines()
        .filter(|line| !line.starts_with("quota"))
        .fold(String::new(), |text, line| text + line + "\n");
    test.write("platform/tenants/shop.yaml", without);
    assert_eq!(next("the run after the change"), "1 test passed.");
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0), "the last run passed");
    reader.join().unwrap();
}

#[test]
fn what_does_not_go_together_is_wrong_usage() {
    let test = three();
    assert!(test.wrong_usage("test --watch --update").contains("cannot be used with"));
    assert_snapshot!(test.wrong_usage("test --watch --output yaml"), @"
    wrong-usage

      x --watch tells people what comes of each run; without it, there are other outputs
    ");
}
