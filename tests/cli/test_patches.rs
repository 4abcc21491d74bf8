//! Patches: where each lands, what clusters would apply then, and which one wins.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

pub(crate) const CNI: &str = "platform/components/istio-cni.yaml";
pub(crate) const HELD: &str = "scope: { clusters: [prod-eu] }\n";
pub(crate) const TIMEOUT: &str =
    "target: { kind: HelmRelease, name: istio-cni }\nmerge: { spec: { timeout: 9m } }\n";
const INLINE: &str = "{ late: { target: { kind: HelmRelease, name: istio-cni }, merge: { spec: { timeout: 9m } } } }";

/// The usual two clusters with a chart, a policy of somebody else's, and a component that comes from a Git repository.
pub(crate) fn fleet() -> Test {
    Test::fleet()
        .file(
            CNI,
            "helm: { repository: https://istio-release.storage.googleapis.com/charts, chart: cni, version: 1.23.2 }
namespace: istio-system
values: { profile: ambient }
",
        )
        .file("platform/components/scale.yaml", "manifests: { path: manifests/scale }\nnamespace: kyverno\n")
        .file(
            "manifests/scale/policy.yaml",
            "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: scale-deployment-zero }
spec:
  rules:
    - name: scale-to-zero
      match: { any: [{ resources: { kinds: [Deployment], namespaces: [one, two] } }] }
",
        )
        .file(
            "platform/components/gateway-api.yaml",
            "git: { url: https://github.com/kubernetes-sigs/gateway-api, tag: v1.4.0, path: ./config/crd }\n",
        )
        .then_generated()
}

/// The same with a patch that has a file, `late`.
pub(crate) fn with(patch: &str) -> Test {
    fleet().file("platform/patches/late.yaml", patch)
}

/// What a field of an object is on a cluster; null where there is no such object or field.
fn field(test: &Test, cluster: &str, kind: &str, name: &str, pointer: &str) -> Value {
    let built: Value =
        serde_json::from_str(&test.run(&format!("build --cluster {cluster} --format json")).stdout)
            .unwrap();
    let objects = built["data"]["clusters"][0]["objects"].as_array().unwrap();
    let found = objects
        .iter()
        .map(|one| &one["object"])
        .find(|one| one["kind"] == kind && one["metadata"]["name"] == name);
    found.and_then(|one| one.pointer(pointer)).cloned().unwrap_or_default()
}

pub(crate) fn timeout(test: &Test, cluster: &str) -> Value {
    field(test, cluster, "HelmRelease", "istio-cni", "/spec/timeout")
}

/// The generated files below a folder that hold patches.
fn patched(test: &Test) -> Vec<String> {
    let root = test.root();
    let holds = test.disk().into_iter().filter_map(|(path, entry)| {
        let path = path.strip_prefix(&root).ok()?.to_str()?.to_owned();
        let generated = !path.starts_with(".tenantry") && !path.starts_with("platform");
        let crate::scratch::Entry::File(bytes) = entry else { return None };
        let text = String::from_utf8(bytes).ok()?;
        (generated && text.contains("Said by the description")).then_some(path)
    });
    holds.collect()
}

#[test]
fn a_leaf_of_values_on_one_cluster() {
    let test = with(
        "scope: { clusters: [prod-eu] }
target: { kind: HelmRelease, name: istio-cni }
operations:
  - { op: add, path: /spec/values/cni, value: {} }
  - { op: add, path: /spec/values/cni/cniBinDir, value: /opt/cni/bin }
  - { op: add, path: /spec/values/cni/cniConfDir, value: /etc/cni/net.d }
",
    );
    assert_snapshot!(test.does("generate"), @"
      ~ clusters/prod-eu/infrastructure/istio-cni.yaml
    0 to create, 1 to change, 0 to delete
    ");
    assert_snapshot!(test.read("clusters/prod-eu/infrastructure/istio-cni.yaml"), @"
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata:
      name: istio-cni
      namespace: flux-system
    spec:
      interval: 1h
      retryInterval: 2m
      timeout: 5m
      serviceAccountName: kustomize-controller
      sourceRef:
        kind: GitRepository
        name: flux-system
      path: ./infrastructure/istio-cni/base
      prune: true
      wait: true
      # Said by the description; a narrower scope comes later.
      patches:
        # platform/patches/late.yaml
        - target:
            kind: HelmRelease
            name: istio-cni
          patch: |
            - op: add
              path: /spec/values/cni
              value: {}
            - op: add
              path: /spec/values/cni/cniBinDir
              value: /opt/cni/bin
            - op: add
              path: /spec/values/cni/cniConfDir
              value: /etc/cni/net.d
    ");
    let values = |cluster| field(&test, cluster, "HelmRelease", "istio-cni", "/spec/values");
    assert_snapshot!(values("prod-eu"), @r#"{"cni":{"cniBinDir":"/opt/cni/bin","cniConfDir":"/etc/cni/net.d"},"profile":"ambient"}"#);
    assert_snapshot!(values("staging-eu"), @r#"{"profile":"ambient"}"#);
    test.answers("generate --check");
}

#[test]
fn an_object_that_is_not_wanted_on_a_cluster() {
    let patch = "scope: { clusters: [prod-eu] }\ntarget: { kind: HelmRelease, name: istio-cni }\ndelete: true\n";
    let test = with(patch);
    assert_snapshot!(test.refuses("generate"), @"
    live-objects

      x platform/components/istio-cni.yaml: an object of component `istio-cni` would go from prod-eu,
      | or move there
      help: say `--confirm istio-cni` if that is meant, or `confirm: [component/istio-cni#a3b90f30]`
            in platform.yaml where nobody is asked

            On prod-eu:
              - HelmRelease.helm.toolkit.fluxcd.io flux-system/istio-cni goes, with what it installed
    ");
    assert_snapshot!(test.does("generate --confirm istio-cni"), @"
    On prod-eu:
      - HelmRelease.helm.toolkit.fluxcd.io flux-system/istio-cni goes, with what it installed

      ~ clusters/prod-eu/infrastructure/istio-cni.yaml
    0 to create, 1 to change, 0 to delete
    ");
    assert_eq!(field(&test, "prod-eu", "HelmRelease", "istio-cni", "/kind"), Value::Null);
    assert_eq!(field(&test, "staging-eu", "HelmRelease", "istio-cni", "/kind"), "HelmRelease");
}

#[test]
fn a_list_of_a_policy() {
    let test = with(
        "target: { kind: ClusterPolicy, name: scale-deployment-zero }
operations:
  - { op: test, path: /spec/rules/0/name, value: scale-to-zero }
  - { op: replace, path: /spec/rules/0/match/any/0/resources/namespaces, value: [\"*\"] }
",
    );
    assert_snapshot!(test.does("generate"), @"
      ~ clusters/prod-eu/infrastructure/scale.yaml
      ~ clusters/staging-eu/infrastructure/scale.yaml
    0 to create, 2 to change, 0 to delete
    ");
    let at = "/spec/rules/0/match/any/0/resources/namespaces";
    let list = |cluster| field(&test, cluster, "ClusterPolicy", "scale-deployment-zero", at);
    assert_eq!(list("prod-eu").to_string(), r#"["*"]"#);
    assert_eq!(list("staging-eu").to_string(), r#"["*"]"#);
}

#[test]
fn a_folder_with_a_kustomization_of_its_own() {
    let test = fleet()
        .file("manifests/scale/kustomization.yaml", "resources: [policy.yaml]\nnamePrefix: acme-\n")
        .then_generated();
    let short = test.file("platform/patches/late.yaml", "target: { kind: ClusterPolicy, name: scale-deployment-zero }\nmerge: { spec: { background: true } }\n");
    assert_snapshot!(short.refuses("generate"), @"
    patch-matched-nothing

      x patch `late` is for ClusterPolicy `scale-deployment-zero`, and there is none on `prod-eu` and
      | `staging-eu`
       ,-[platform/patches/late.yaml:1:9]
     1 | target: { kind: ClusterPolicy, name: scale-deployment-zero }
       :         ^^^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^^^
       :                                   `-- selects no object
     2 | merge: { spec: { background: true } }
       `----
      help: there are: `acme-scale-deployment-zero`
    ");
    let test = short.file(
        "platform/patches/late.yaml",
        "target: { kind: ClusterPolicy, name: acme-scale-deployment-zero }\nmerge: { spec: { background: true } }\n",
    );
    let told = test.run("generate");
    let background = || {
        field(&test, "prod-eu", "ClusterPolicy", "acme-scale-deployment-zero", "/spec/background")
    };
    assert_eq!((told.code, background()), (0, Value::Bool(true)), "{}{}", told.stdout, told.stderr);
}

/// Where each scope holds: what it says, and the clusters that get it.
#[test]
fn each_scope_reaches_its_clusters_and_no_other() {
    let eu = ["clusters/prod-eu/infrastructure/istio-cni.yaml"].as_slice();
    let both = [
        "clusters/prod-eu/infrastructure/istio-cni.yaml",
        "clusters/staging-eu/infrastructure/istio-cni.yaml",
    ]
    .as_slice();
    for (scope, files) in [
        ("{}", both),
        ("{ environments: [production] }", eu),
        ("{ clusters: [prod-eu] }", eu),
        ("{ clusters: [prod-eu, staging-eu], environments: [production, staging] }", both),
        ("{ components: [istio-cni] }", both),
        ("{ components: [istio-cni], environments: [production] }", eu),
        ("{ components: [istio-cni], clusters: [prod-eu] }", eu),
        ("{ components: [istio-cni], clusters: [prod-eu], environments: [production] }", eu),
    ] {
        let test = with(&format!("scope: {scope}\n{TIMEOUT}"));
        test.does("generate");
        assert_eq!(patched(&test), files, "{scope}");
        assert_eq!(timeout(&test, "prod-eu"), "9m", "{scope}");
        let staging = timeout(&test, "staging-eu");
        assert_eq!(staging == "9m", files.len() == 2, "{scope}: {staging}");
    }
}

#[test]
fn patches_that_stand_with_what_they_are_for() {
    let on = |test: &Test| {
        test.does("generate");
        ["staging-eu", "prod-eu"].map(|cluster| timeout(test, cluster).as_str().unwrap().to_owned())
    };
    let said = format!("patches: {INLINE}");
    let environment = format!("  - name: production\n    {said}");
    let test = fleet().edit("platform.yaml", "  - name: production", &environment);
    assert_eq!(on(&test), ["5m", "9m"]);
    assert_eq!(on(&fleet().line("platform/clusters/staging-eu.yaml", &said)), ["9m", "5m"]);
    assert_eq!(on(&fleet().line(CNI, &said)), ["9m", "9m"]);
    let other = "patches: { late: { merge: { spec: { timeout: 7m } } } }";
    let test = fleet().line(CNI, &said);
    let test = test.line(CNI, &format!("environments: {{ staging: {{ {other} }} }}"));
    assert_eq!(on(&test), ["7m", "9m"]);
    let test = test.line(CNI, "clusters: { prod-eu: { patches: { late: null } } }");
    assert_eq!(on(&test), ["7m", "5m"]);
    assert_snapshot!(test.answers("get patches"), @"
    NAME  TARGET                 CHANGES  CLUSTERS    OF                   HOLDS FOR                              FILE
    late  HelmRelease/istio-cni  merges   staging-eu  component/istio-cni  components or tenants in environments  platform/components/istio-cni.yaml
    ");
}

#[test]
fn patches_of_a_tenant() {
    const QUOTA: &str =
        "{ more: { target: { kind: ResourceQuota }, merge: { spec: { hard: { pods: \"9\" } } } } }";
    let shop = "platform/tenants/shop.yaml";
    let pods = |test: &Test| {
        test.does("generate");
        ["staging-eu", "prod-eu"].map(|cluster| {
            field(test, cluster, "ResourceQuota", "tenancy", "/spec/hard/pods").to_string()
        })
    };
    assert_eq!(pods(&fleet().line(shop, &format!("patches: {QUOTA}"))), ["\"9\"", "\"9\""]);
    let on = format!("clusters: {{ prod-eu: {{ patches: {QUOTA} }} }}");
    assert_eq!(pods(&fleet().line(shop, &on)), ["null", "\"9\""]);
    let scoped = |scope: &str| {
        with(&format!(
            "scope: {{ tenants: [shop]{scope} }}\ntarget: {{ kind: ResourceQuota }}\nmerge: {{ spec: {{ hard: {{ pods: \"9\" }} }} }}\n"
        ))
    };
    assert_eq!(pods(&scoped("")), ["\"9\"", "\"9\""]);
    assert_eq!(pods(&scoped(", environments: [staging]")), ["\"9\"", "null"]);
}

#[test]
fn one_tenant_of_several_that_share_a_kustomization() {
    let test = Test::fleet()
        .line("platform.yaml", "tenants: { sync: shared }")
        .file("platform/tenants/web.yaml", Test::fleet().read("platform/tenants/shop.yaml").replace("shop", "web"))
        .then_generated()
        .file(
            "platform/patches/late.yaml",
            "scope: { tenants: [shop] }\ntarget: { kind: ResourceQuota }\nmerge: { spec: { hard: { pods: \"9\" } } }\n",
        );
    test.does("generate");
    assert_snapshot!(test.read("clusters/prod-eu/tenants.yaml"), @r#"
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata:
      name: tenants
      namespace: flux-system
    spec:
      dependsOn:
        - name: tenancy
      interval: 1h
      retryInterval: 2m
      timeout: 5m
      serviceAccountName: kustomize-controller
      sourceRef:
        kind: GitRepository
        name: flux-system
      path: ./tenants/production
      prune: true
      # Said by the description; a narrower scope comes later.
      patches:
        # platform/patches/late.yaml
        - target:
            version: v1
            kind: ResourceQuota
            name: tenancy
            namespace: shop
          patch: |
            apiVersion: v1
            kind: ResourceQuota
            metadata:
              name: tenancy
            spec:
              hard:
                pods: "9"
        # platform/patches/late.yaml
        - target:
            version: v1
            kind: ResourceQuota
            name: tenancy
            namespace: shop-jobs
          patch: |
            apiVersion: v1
            kind: ResourceQuota
            metadata:
              name: tenancy
            spec:
              hard:
                pods: "9"
    "#);
    let built = test.answers("build --cluster prod-eu --kustomization flux-system/tenants");
    assert_eq!(built.matches("\n    pods: \"9\"\n").count(), 2, "{built}");
}

#[test]
fn what_another_repository_ships() {
    let site = fleet()
        .file("../site/web.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: site }\nspec: { replicas: 1, template: { spec: { containers: [{ name: web, image: a }, { name: log, image: b }] } } }\n")
        .file(
            "platform/patches/late.yaml",
            "scope: { tenants: [shop] }
target: { kind: Deployment, name: site, source: app }
merge: { spec: { replicas: 3, template: { spec: { containers: [{ name: log, image: c }] } } } }
",
        );
    site.does("generate");
    assert_snapshot!(site.read("tenants/base/shop/sync.yaml"), @"
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata:
      name: app
      namespace: shop
      labels:
        toolkit.fluxcd.io/tenant: shop
    spec:
      interval: 1m
      url: https://github.com/acme/shop
      ref:
        branch: main
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata:
      name: app
      namespace: shop
      labels:
        toolkit.fluxcd.io/tenant: shop
    spec:
      interval: 1h
      retryInterval: 2m
      timeout: 5m
      serviceAccountName: flux
      sourceRef:
        kind: GitRepository
        name: app
      path: ./
      targetNamespace: shop
      prune: true
      wait: false
      patches:
        # platform/patches/late.yaml
        - target:
            kind: Deployment
            name: site
          patch: |
            apiVersion: v1
            kind: Deployment
            metadata:
              name: site
            spec:
              replicas: 3
              template:
                spec:
                  containers:
                    - name: log
                      image: c
    ");
    let words = "build --quiet --cluster prod-eu --tenant shop --kustomization shop/app --with app=../site --strict";
    assert_snapshot!(site.answers(words), @"
    # Kustomization flux-system/flux-system > flux-system/shop > shop/app, ./ of GitRepository/shop/app
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      labels:
        kustomize.toolkit.fluxcd.io/name: app
        kustomize.toolkit.fluxcd.io/namespace: shop
      name: site
      namespace: shop
    spec:
      replicas: 3
      template:
        spec:
          containers:
          - image: c
            name: log
          - image: a
            name: web
    ");
    // Nothing of that name is in the folder.
    let test = site.edit("platform/patches/late.yaml", "name: site", "name: sight");
    test.does("generate");
    let run = test.run(words);
    assert_ne!(run.code, 0, "{}", run.stdout);
    assert_snapshot!(run.stderr, @"
    patch-matched-nothing

      x Kustomization `shop/app`: this patch selects no object: kind `Deployment`, name `sight`
        ,-[tenants/base/shop/sync.yaml:14:1]
     13 | ---
     14 | apiVersion: kustomize.toolkit.fluxcd.io/v1
        : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     15 | kind: Kustomization
        `----
      help: correct the target, or take the patch out; a target goes by the kinds, names and
            namespaces that objects have here or had in a base, as regular expressions for the whole
            of each

    Advice:
      > which Kustomization `flux-system/shop` applies
       ,-[clusters/prod-eu/tenants/shop.yaml:1:1]
     1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
       : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     2 | kind: Kustomization
       `----

    Advice:
      > which Kustomization `flux-system/flux-system` applies
        ,-[clusters/prod-eu/flux-system/gotk-sync.yaml:15:1]
     14 | ---
     15 | apiVersion: kustomize.toolkit.fluxcd.io/v1
        : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     16 | kind: Kustomization
        `----
    ");
}

#[test]
fn what_a_component_takes_from_a_git_repository() {
    let test = with(
        "scope: { components: [gateway-api], environments: [production] }
target: { kind: CustomResourceDefinition, name: gateways.*, source: manifests }
operations: [{ op: add, path: /metadata/labels/tier, value: edge }]
",
    );
    assert_snapshot!(test.does("generate"), @"
      ~ clusters/prod-eu/infrastructure/gateway-api.yaml
      + infrastructure/gateway-api/production/kustomization.yaml
    1 to create, 1 to change, 0 to delete
    ");
    let test = test
        .file("../crds/config/crd/one.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: gateways.example.org, labels: { a: b } }\n");
    let words = "build --quiet --cluster prod-eu --kustomization flux-system/gateway-api.manifests --with gateway-api=../crds --strict";
    let run = test.run(words);
    assert_snapshot!(run.stdout + &run.stderr, @"
    # Kustomization flux-system/flux-system > flux-system/gateway-api > flux-system/gateway-api.manifests, ./config/crd of GitRepository/flux-system/gateway-api
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      labels:
        a: b
        kustomize.toolkit.fluxcd.io/name: gateway-api.manifests
        kustomize.toolkit.fluxcd.io/namespace: flux-system
        tier: edge
      name: gateways.example.org
    ");
}

#[test]
fn a_folder_of_a_larger_repository() {
    let test = Test::fleet()
        .edit("platform.yaml", "acme/fleet }", "acme/fleet, path: ops/fleet }")
        .then_generated()
        .file("platform/patches/late.yaml", "scope: { clusters: [prod-eu] }\ntarget: { kind: HelmRelease, name: metrics-server }\nmerge: { spec: { timeout: 9m } }\n");
    test.does("generate");
    assert_eq!(patched(&test), ["clusters/prod-eu/infrastructure/metrics-server.yaml"]);
}

#[test]
fn what_the_platform_itself_ships() {
    let test = with(
        "target: { kind: ClusterRole, name: tenancy-tenant }\nmerge: { metadata: { labels: { reviewed: \"true\" } } }\n",
    );
    test.does("generate");
    assert_eq!(
        patched(&test),
        ["clusters/prod-eu/tenancy.yaml", "clusters/staging-eu/tenancy.yaml"]
    );
    let label =
        field(&test, "prod-eu", "ClusterRole", "tenancy-tenant", "/metadata/labels/reviewed");
    assert_eq!(label, "true");
}

/// Each says another timeout; the later in this list is the narrower.
#[test]
fn the_narrower_scope_wins() {
    let scopes = [
        "{}",
        "{ environments: [production] }",
        "{ clusters: [prod-eu] }",
        "{ components: [istio-cni] }",
        "{ components: [istio-cni], environments: [production] }",
        "{ components: [istio-cni], clusters: [prod-eu] }",
    ];
    for (wide, narrow) in scopes
        .iter()
        .enumerate()
        .flat_map(|(at, wide)| scopes[at + 1..].iter().map(move |narrow| (wide, narrow)))
    {
        // The names are in the order that would put the wide one last.
        let test = fleet()
            .file(
                "platform/patches/z.yaml",
                format!("scope: {wide}\n{}", TIMEOUT.replace("9m", "2m")),
            )
            .file("platform/patches/a.yaml", format!("scope: {narrow}\n{TIMEOUT}"));
        let told = test.does("generate");
        assert_eq!(timeout(&test, "prod-eu"), "9m", "{wide} {narrow}");
        assert!(told.contains("patch-overridden"), "{wide} {narrow}: {told}");
    }
}

#[test]
fn the_loser_is_told_with_the_winner() {
    let test = with(TIMEOUT)
        .file("platform/patches/narrow.yaml", format!("{HELD}{}", TIMEOUT.replace("9m", "2m")));
    assert_snapshot!(test.does("generate"), @"
      ~ clusters/prod-eu/infrastructure/istio-cni.yaml
      ~ clusters/staging-eu/infrastructure/istio-cni.yaml
    0 to create, 2 to change, 0 to delete
    patch-overridden

      ! patches `late` and `narrow` both write `/spec/timeout` of HelmRelease.helm.toolkit.fluxcd.io
      | flux-system/istio-cni on `prod-eu`; `narrow` wins
       ,-[platform/patches/narrow.yaml:3:27]
     2 | target: { kind: HelmRelease, name: istio-cni }
     3 | merge: { spec: { timeout: 2m } }
       :                           ^|
       :                            `-- wins: it holds for clusters
       `----
      help: nothing is wrong if that is meant; else narrow the scope of one of the two

    Advice:
      > has no effect there: it holds for the whole platform
       ,-[platform/patches/late.yaml:2:27]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | merge: { spec: { timeout: 9m } }
       :                           ^^
       `----
    ");
}

#[test]
fn two_of_one_scope_are_a_tie() {
    let test = with(TIMEOUT).file("platform/patches/other.yaml", "target: { kind: HelmRelease, name: istio.* }\noperations: [{ op: add, path: /spec/timeout, value: 2m }]\n");
    assert_snapshot!(test.refuses("generate"), @"
    patch-tie

      x patches `late` and `other` both write `/spec/timeout` of HelmRelease.helm.toolkit.fluxcd.io
      | flux-system/istio-cni on `prod-eu`, `staging-eu`, and neither scope is narrower
       ,-[platform/patches/other.yaml:2:14]
     1 | target: { kind: HelmRelease, name: istio.* }
     2 | operations: [{ op: add, path: /spec/timeout, value: 2m }]
       :              ^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^
       :                                   `-- both hold for the whole platform
       `----
      help: say both in one patch, or give one of them a narrower scope, which wins

    Advice:
      > the other one, `late`
       ,-[platform/patches/late.yaml:2:27]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | merge: { spec: { timeout: 9m } }
       :                           ^^
       `----
    ");
}

#[test]
fn a_patch_whose_object_another_takes_away() {
    let test = with(TIMEOUT).file(
        "platform/patches/gone.yaml",
        "target: { kind: HelmRelease, name: istio-cni }\ndelete: true\n",
    );
    assert_snapshot!(test.refuses("generate --confirm istio-cni"), @"
    patch-matched-nothing

      x patch `late` has nothing left to change on `prod-eu`, `staging-eu`
       ,-[platform/patches/late.yaml:1:9]
     1 | target: { kind: HelmRelease, name: istio-cni }
       :         ^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^
       :                            `-- selects no object
     2 | merge: { spec: { timeout: 9m } }
       `----
      help: delete one of the two, or let their scopes not meet

    Advice:
      > `gone` takes it away before
       ,-[platform/patches/gone.yaml:2:9]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | delete: true
       :         ^^^^
       `----
    ");
}

/// A patch of a Secret changes it, and neither the values that were there nor those that it writes are shown.
#[test]
fn values_of_secrets_are_shown_to_nobody() {
    let fleet = || {
        fleet()
            .file("manifests/scale/secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata: { name: token, namespace: kyverno }\nstringData: { token: hunter1 }\n")
            .then_generated()
    };
    let said = [
        "merge: { stringData: { token: hunter2 } }",
        "merge: { stringData: { token: hunter1 } }",
        "operations: [{ op: add, path: /stringData, value: { other: hunter2 } }]",
        "operations: [{ op: test, path: /stringData/token, value: hunter2 }]",
        "operations: [{ op: add, path: /stringData/a/b, value: hunter2 }]",
    ];
    for patch in said {
        let test = fleet().file(
            "platform/patches/late.yaml",
            format!("target: {{ kind: Secret, name: token }}\n{patch}\n"),
        );
        let run = test.run("generate");
        assert!(
            !format!("{}{}", run.stdout, run.stderr).contains("hunter"),
            "{patch}:\n{}{}",
            run.stdout,
            run.stderr
        );
    }
    for (words, code) in [
        (
            "create patch late --target Secret/token --replace /stringData/token=hunter2 --dry-run",
            0,
        ),
        (
            "create patch late --target Secret/token --merge '{ stringData: { token: hunter2 } }' --dry-run --output json",
            0,
        ),
        ("create patch late --target '.*/token' --replace /stringData/token=hunter2 --dry-run", 0),
        ("create patch late --target Secret/token --test /stringData/token=hunter2 --dry-run", 1),
    ] {
        let run = fleet().run(words);
        assert_eq!(run.code, code, "{words}: {}{}", run.stdout, run.stderr);
        assert!(
            !format!("{}{}", run.stdout, run.stderr).contains("hunter"),
            "{words}:\n{}{}",
            run.stdout,
            run.stderr
        );
    }
}

#[test]
fn texts_that_are_hard_to_write_come_out_as_they_are() {
    let texts = [
        "$'\"--- \n---\n",
        "ä → ß 😀",
        "${VAR}",
        "{{ x }}{% raw %}",
        "\t\u{1}",
        " a ",
        "yes",
        "0x1",
        "# no",
    ];
    for text in texts {
        let value = serde_json::to_string(text).unwrap();
        let test = with(&format!(
            "target: {{ kind: HelmRelease, name: istio-cni }}\nmerge: {{ spec: {{ values: {{ {value}: {value} }} }} }}\n"
        ));
        test.does("generate");
        let values = field(&test, "prod-eu", "HelmRelease", "istio-cni", "/spec/values");
        assert_eq!(values.get(text).and_then(Value::as_str), Some(text), "{values}");
        test.answers("generate --check");
    }
    let test = with("target: { kind: HelmRelease, name: istio-cni }\nmerge: { metadata: { annotations: { a/b~c: x } } }\n")
        .file("platform/patches/other.yaml", format!("{HELD}target: {{ kind: HelmRelease, name: istio-cni }}\noperations: [{{ op: replace, path: /metadata/annotations/a~1b~0c, value: y }}]\n"));
    test.does("generate");
    let at = |cluster| {
        field(&test, cluster, "HelmRelease", "istio-cni", "/metadata/annotations/a~1b~0c")
    };
    assert_eq!((at("staging-eu"), at("prod-eu")), ("x".into(), "y".into()));
}

#[test]
fn a_variable_in_a_patch_of_what_is_substituted() {
    let test = fleet()
        .line("platform/components/scale.yaml", "substitute: true")
        .line("platform/clusters/prod-eu.yaml", "variables: { REGION: eu-west-1 }")
        .line("platform/clusters/staging-eu.yaml", "variables: { REGION: eu-test-1 }")
        .then_generated()
        .file("platform/patches/late.yaml", "target: { kind: ClusterPolicy }\nmerge: { metadata: { annotations: { region: \"${REGION}\" } } }\n");
    test.does("generate");
    let at = |cluster| {
        field(
            &test,
            cluster,
            "ClusterPolicy",
            "scale-deployment-zero",
            "/metadata/annotations/region",
        )
    };
    assert_eq!((at("staging-eu"), at("prod-eu")), ("eu-test-1".into(), "eu-west-1".into()));
}

#[test]
fn what_is_known_under_another_name() {
    let test = Test::fleet()
        .first_line("platform/clusters/prod-eu.yaml", "name: eu-prod")
        .first_line("platform/tenants/shop.yaml", "name: store")
        .then_generated()
        .file("platform/patches/late.yaml", "scope: { clusters: [prod-eu], tenants: [shop] }\ntarget: { kind: ResourceQuota }\nmerge: { spec: { hard: { pods: \"9\" } } }\n");
    test.does("generate");
    assert_eq!(patched(&test), ["clusters/eu-prod/tenants/shop.yaml"]);
}

#[test]
fn patches_of_one_name_in_several_places() {
    let test = with(TIMEOUT).line(CNI, &format!("patches: {}", INLINE.replace("9m", "2m"))).line(
        "platform/clusters/prod-eu.yaml",
        &format!("patches: {}", INLINE.replace("9m", "3m")),
    );
    assert_snapshot!(test.does("generate"), @"
      ~ clusters/prod-eu/infrastructure/istio-cni.yaml
      ~ clusters/staging-eu/infrastructure/istio-cni.yaml
    0 to create, 2 to change, 0 to delete
    patch-overridden

      ! patches `late` and `late` of cluster `prod-eu` both write `/spec/timeout` of
      | HelmRelease.helm.toolkit.fluxcd.io flux-system/istio-cni on `prod-eu`; `late` of cluster
      | `prod-eu` wins
       ,-[platform/clusters/prod-eu.yaml:3:94]
     2 | labels: { region: eu }
     3 | patches: { late: { target: { kind: HelmRelease, name: istio-cni }, merge: { spec: { timeout: 3m } } } }
       :                                                                                              ^|
       :                                                                                               `-- wins: it holds for clusters
       `----
      help: nothing is wrong if that is meant; else narrow the scope of one of the two

    Advice:
      > has no effect there: it holds for the whole platform
       ,-[platform/patches/late.yaml:2:27]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | merge: { spec: { timeout: 9m } }
       :                           ^^
       `----

    patch-overridden

      ! patches `late` and `late` of component `istio-cni` both write `/spec/timeout` of
      | HelmRelease.helm.toolkit.fluxcd.io flux-system/istio-cni on `prod-eu`, `staging-eu`; `late` of
      | component `istio-cni` wins
       ,-[platform/components/istio-cni.yaml:4:94]
     3 | values: { profile: ambient }
     4 | patches: { late: { target: { kind: HelmRelease, name: istio-cni }, merge: { spec: { timeout: 2m } } } }
       :                                                                                              ^|
       :                                                                                               `-- wins: it holds for components or tenants
       `----
      help: nothing is wrong if that is meant; else narrow the scope of one of the two

    Advice:
      > has no effect there: it holds for the whole platform
       ,-[platform/patches/late.yaml:2:27]
     1 | target: { kind: HelmRelease, name: istio-cni }
     2 | merge: { spec: { timeout: 9m } }
       :                           ^^
       `----

    patch-overridden

      ! patches `late` of cluster `prod-eu` and `late` of component `istio-cni` both write
      | `/spec/timeout` of HelmRelease.helm.toolkit.fluxcd.io flux-system/istio-cni on `prod-eu`;
      | `late` of component `istio-cni` wins
       ,-[platform/components/istio-cni.yaml:4:94]
     3 | values: { profile: ambient }
     4 | patches: { late: { target: { kind: HelmRelease, name: istio-cni }, merge: { spec: { timeout: 2m } } } }
       :                                                                                              ^|
       :                                                                                               `-- wins: it holds for components or tenants
       `----
      help: nothing is wrong if that is meant; else narrow the scope of one of the two

    Advice:
      > has no effect there: it holds for clusters
       ,-[platform/clusters/prod-eu.yaml:3:94]
     2 | labels: { region: eu }
     3 | patches: { late: { target: { kind: HelmRelease, name: istio-cni }, merge: { spec: { timeout: 3m } } } }
       :                                                                                              ^^
       `----

    3 warnings
    ");
    assert_eq!(
        (timeout(&test, "staging-eu"), timeout(&test, "prod-eu")),
        ("2m".into(), "2m".into())
    );
}
