//! `create patch` by flags, and what else commands do with patches.

use insta::assert_snapshot;

use crate::test_patches::{HELD, TIMEOUT, fleet, timeout, with};

#[test]
fn a_patch_by_flags() {
    let words = "create patch cni --cluster prod-eu --target HelmRelease/istio-cni --add /spec/values/defaults/cni/cniBinDir=/opt/cni/bin";
    let test = fleet();
    assert_snapshot!(test.refuses(&format!("{words} --yes")), @"
    patch-failed

      x operation 1 (`add`) of patch `cni` fails on `prod-eu`, in HelmRelease.helm.toolkit.fluxcd.io
      | flux-system/istio-cni: the resource has no `/spec/values/defaults`; add it first, or as a
      | whole
       ,-[platform/patches/cni.yaml:4:14]
     3 | target: { kind: HelmRelease, name: istio-cni }
     4 | operations: [{ op: add, path: /spec/values/defaults/cni/cniBinDir, value: /opt/cni/bin }]
       :              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       :                                                   `-- the cluster would refuse this
       `----
      help: add what is missing first:
            - { op: add, path: /spec/values/defaults, value: {} }
            - { op: add, path: /spec/values/defaults/cni, value: {} }
            or say it as a `merge`, which adds parents
    ");
    assert_snapshot!(test.answers(&format!("{words} --add-parents --dry-run")), @r#"
    From what is described now to the patch:

    Cluster prod-eu: 2 changed
      Platform
        ~ Kustomization.kustomize.toolkit.fluxcd.io flux-system/istio-cni (flux-system/flux-system)
            spec.patches: + [{"patch":"- op: add\n  path: /spec/values/defaults\n  value: {}\n- op: add\n  path: /spec/values/defaults/cni\n  value: {}\n- op: add\n  path: /spec/values/defaults/cni/cniBinDir\n  value: /opt/cni/bin\n","target":{"kind":"HelmRelease","name":"istio-cni"}}]
        ~ HelmRelease.helm.toolkit.fluxcd.io flux-system/istio-cni (flux-system/istio-cni)
            spec.values.defaults: + {"cni":{"cniBinDir":"/opt/cni/bin"}}

      + platform/patches/cni.yaml
      ~ clusters/prod-eu/infrastructure/istio-cni.yaml
    1 to create, 1 to change, 0 to delete
    "#);
    test.does(&format!("{words} --add-parents --yes"));
    assert_snapshot!(test.read("platform/patches/cni.yaml"), @"
    # yaml-language-server: $schema=../../.tenantry/schemas/patch.json
    scope: { clusters: [prod-eu] }
    target: { kind: HelmRelease, name: istio-cni }
    operations:
      - { op: add, path: /spec/values/defaults, value: {} }
      - { op: add, path: /spec/values/defaults/cni, value: {} }
      - { op: add, path: /spec/values/defaults/cni/cniBinDir, value: /opt/cni/bin }
    ");
    test.answers("generate --check");
    assert_snapshot!(test.refuses(&format!("{words} --add-parents --yes")), @"
    already-exists

      x there is a patch `cni` already, in platform/patches/cni.yaml
      help: change it with `tenantry set patch cni PATH=VALUE`, or bring it to a whole description
            with `--from FILE`
    ");
}

#[test]
fn each_flag_is_an_operation() {
    let test = fleet();
    test.does("create patch policy --target ClusterPolicy.kyverno.io/scale-deployment-zero --test /spec/rules/0/name=scale-to-zero --replace /spec/rules/0/match/any/0/resources/kinds='[Deployment, StatefulSet]' --append /spec/rules/0/match/any/0/resources/namespaces=three --add /spec/background=true --operation '{ op: copy, from: /spec/rules/0/name, path: /spec/note }'");
    assert_snapshot!(test.read("platform/patches/policy.yaml"), @"
    # yaml-language-server: $schema=../../.tenantry/schemas/patch.json
    target: { group: kyverno.io, kind: ClusterPolicy, name: scale-deployment-zero }
    operations:
      - { op: test, path: /spec/rules/0/name, value: scale-to-zero }
      - { op: replace, path: /spec/rules/0/match/any/0/resources/kinds, value: [Deployment, StatefulSet] }
      - { op: add, path: /spec/background, value: true }
      - { op: add, path: /spec/rules/0/match/any/0/resources/namespaces/-, value: three }
      - { op: copy, path: /spec/note, from: /spec/rules/0/name }
    ");
    test.does("create patch late --environment production --component istio-cni --target HelmRelease/flux-system/istio-cni --merge 'spec: { timeout: 9m, releaseName: null }'");
    assert_snapshot!(test.read("platform/patches/late.yaml"), @"
    # yaml-language-server: $schema=../../.tenantry/schemas/patch.json
    scope: { environments: [production], components: [istio-cni] }
    target: { kind: HelmRelease, name: istio-cni, namespace: flux-system }
    merge:
      spec: { timeout: 9m, releaseName: null }
    ");
    test.does("create patch site --tenant shop --target Deployment/site --source app --replace /spec/replicas=3");
    assert_snapshot!(test.read("platform/patches/site.yaml"), @"
    # yaml-language-server: $schema=../../.tenantry/schemas/patch.json
    scope: { tenants: [shop] }
    target: { kind: Deployment, name: site, source: app }
    operations: [{ op: replace, path: /spec/replicas, value: 3 }]
    ");
    test.answers("generate --check");
    assert_snapshot!(test.answers("get patches"), @"
    NAME    TARGET                               CHANGES       CLUSTERS  OF                   HOLDS FOR                              FILE
    policy  ClusterPolicy/scale-deployment-zero  5 operations  all       -                    the whole platform                     platform/patches/policy.yaml
    site    Deployment/site                      1 operation   all       tenant/shop          components or tenants                  platform/patches/site.yaml
    late    HelmRelease/flux-system/istio-cni    merges        prod-eu   component/istio-cni  components or tenants in environments  platform/patches/late.yaml
    ");
    assert_snapshot!(test.answers("get patches --cluster staging-eu --output json"), @r#"
    {
      "apiVersion": "tenantry.dev/cli/v1",
      "kind": "GetPatchResult",
      "ok": true,
      "data": [
        {
          "name": "policy",
          "file": "platform/patches/policy.yaml",
          "target": {
            "group": "kyverno.io",
            "kind": "ClusterPolicy",
            "name": "scale-deployment-zero"
          },
          "operations": [
            {
              "op": "test",
              "path": "/spec/rules/0/name",
              "value": "scale-to-zero"
            },
            {
              "op": "replace",
              "path": "/spec/rules/0/match/any/0/resources/kinds",
              "value": [
                "Deployment",
                "StatefulSet"
              ]
            },
            {
              "op": "add",
              "path": "/spec/background",
              "value": true
            },
            {
              "op": "add",
              "path": "/spec/rules/0/match/any/0/resources/namespaces/-",
              "value": "three"
            },
            {
              "op": "copy",
              "path": "/spec/note",
              "from": "/spec/rules/0/name"
            }
          ],
          "merge": {},
          "delete": false,
          "clusters": [
            "prod-eu",
            "staging-eu"
          ],
          "members": [],
          "holdsFor": "the whole platform"
        },
        {
          "name": "site",
          "file": "platform/patches/site.yaml",
          "target": {
            "kind": "Deployment",
            "name": "site",
            "source": "app"
          },
          "operations": [
            {
              "op": "replace",
              "path": "/spec/replicas",
              "value": 3
            }
          ],
          "merge": {},
          "delete": false,
          "clusters": [
            "prod-eu",
            "staging-eu"
          ],
          "members": [
            "tenant/shop"
          ],
          "holdsFor": "components or tenants"
        }
      ],
      "diagnostics": []
    }
    "#);
}

#[test]
fn a_patch_from_a_text() {
    let test = fleet();
    let run = test.run_with("create patch late --from -", TIMEOUT);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(timeout(&test, "prod-eu"), "9m");
    let run = fleet().run_with(
        "create patch late --from -",
        "target: { kind: HelmRelease }\nmerge: { spec: { timeout: 9m } }\ntypo: 1\n",
    );
    assert_eq!(run.code, 1);
    assert_snapshot!(run.stderr, @"
    unknown-field

      x `typo` is not a field of a patch
       ,-[platform/patches/late.yaml:5:1]
     4 |   spec: { timeout: 9m }
     5 | typo: 1
       : ^^|^
       :   `-- this field is not known
       `----
      help: there are `scope`, `target`, `operations`, `merge` and `delete`
    ");
}

#[test]
fn flags_that_cannot_be_meant() {
    let test = fleet();
    assert_snapshot!(test.wrong_usage("create patch late --target HelmRelease/istio-cni --yes"), @"
    missing-answer

      x --add is missing, and there is no terminal to ask on
      help: say them on the command line; `--help` tells what each takes
    ");
    assert_snapshot!(test.wrong_usage("create patch late --add /spec/a=1 --yes"), @"
    missing-answer

      x --target is missing, and there is no terminal to ask on
      help: say them on the command line; `--help` tells what each takes
    ");
    assert_snapshot!(test.wrong_usage("create patch late --target a/b/c/d --delete"), @"
    error: invalid value 'a/b/c/d' for '--target <OBJECT>': write KIND/NAME or KIND/NAMESPACE/NAME

    For more information, try '--help'.
    ");
    assert_snapshot!(test.wrong_usage("create patch late --target HelmRelease/istio-cni --add spec/a=1"), @"
    error: invalid value 'spec/a=1' for '--add <PATH=VALUE>': `spec/a` is not a place in an object: a JSON pointer such as `/spec/replicas`, with `~1` for a `/` and `~0` for a `~` in a key

    For more information, try '--help'.
    ");
    assert_snapshot!(test.wrong_usage("create patch late --target HelmRelease/istio-cni --add /spec/a"), @"
    error: invalid value '/spec/a' for '--add <PATH=VALUE>': `/spec/a` is not of the form PATH=VALUE

    For more information, try '--help'.
    ");
    assert_snapshot!(test.wrong_usage("create patch late --target HelmRelease/istio-cni --operation '{ op: ad, path: /a }'"), @"
    error: invalid value '{ op: ad, path: /a }' for '--operation <YAML>': unknown variant `ad`, expected one of `add`, `remove`, `replace`, `move`, `copy`, `test`

    For more information, try '--help'.
    ");
    assert_snapshot!(test.wrong_usage("create patch late --target HelmRelease/istio-cni --merge 'a: ['"), @"
    wrong-usage

      x --merge: the file ends where a value is expected
    ");
    assert_snapshot!(test.refuses("create patch late --cluster prod --target HelmRelease/istio-cni --delete --yes"), @"
    unknown-entity

      x there is no cluster `prod`
      help: `tenantry get cluster` lists what there is
    ");
    assert_snapshot!(test.refuses("create patch late --environment prod --target HelmRelease/istio-cni --delete --yes"), @"
    unknown-entity

      x there is no environment `prod`
      help: there is staging, production
    ");
    assert_snapshot!(test.refuses("create patch late --target HelmRelease/istio-cnj --delete --yes"), @"
    patch-matched-nothing

      x patch `late` is for HelmRelease `istio-cnj`, and there is none on `prod-eu` and `staging-eu`
       ,-[platform/patches/late.yaml:2:9]
     1 | # yaml-language-server: $schema=../../.tenantry/schemas/patch.json
     2 | target: { kind: HelmRelease, name: istio-cnj }
       :         ^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^
       :                            `-- selects no object
     3 | delete: true
       `----
      help: did you mean `istio-cni`?
    ");
    assert_snapshot!(test.refuses("create patch late --target HelmRelease/istio-cni --delete --yes"), @"
    live-objects

      x platform/components/istio-cni.yaml: 2 objects of component `istio-cni` would go from prod-eu
      | and staging-eu, or move there
      help: say `--confirm istio-cni` if that is meant, or `confirm: [component/istio-cni#8824fa78]`
            in platform.yaml where nobody is asked

            On prod-eu and staging-eu:
              - HelmRelease.helm.toolkit.fluxcd.io flux-system/istio-cni goes, with what it installed
    ");
    assert_snapshot!(test.wrong_usage("create patch late --target HelmRelease/istio-cni --delete --merge '{}'"), @"
    error: the argument '--delete' cannot be used with '--merge <YAML>'

    Usage: tenantry create patch --target <OBJECT> --delete <NAME>

    For more information, try '--help'.
    ");
    assert_snapshot!(test.wrong_usage("create patch Late --target HelmRelease/istio-cni --delete"), @"
    error: invalid value 'Late' for '[NAME]': `Late` is not a name: at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit

    For more information, try '--help'.
    ");
}

#[test]
fn a_patch_is_got_set_renamed_and_deleted() {
    let test = with(&format!("# Why it is so.\n{HELD}{TIMEOUT}")).then_generated();
    assert_snapshot!(test.answers("get patch late"), @"
    # platform/patches/late.yaml
    # Why it is so.
    scope: { clusters: [prod-eu] }
    target: { kind: HelmRelease, name: istio-cni }
    merge: { spec: { timeout: 9m } }
    ");
    assert_snapshot!(test.does("set patch late merge.spec.timeout=7m"), @"
      ~ platform/patches/late.yaml
      ~ clusters/prod-eu/infrastructure/istio-cni.yaml
    0 to create, 2 to change, 0 to delete
    ");
    assert_snapshot!(test.does("rename patch late later"), @"
      - platform/patches/late.yaml
      + platform/patches/later.yaml
      ~ clusters/prod-eu/infrastructure/istio-cni.yaml
    1 to create, 1 to change, 1 to delete
    ");
    assert_eq!(timeout(&test, "prod-eu"), "7m");
    assert_snapshot!(test.refuses("get patch lat"), @"
    unknown-entity

      x there is no patch `lat`
      help: did you mean `later`?
    ");
    assert_snapshot!(test.does("delete patch later --confirm later"), @"
      - platform/patches/later.yaml
      ~ clusters/prod-eu/infrastructure/istio-cni.yaml
    0 to create, 1 to change, 1 to delete
    ");
    assert_eq!(timeout(&test, "prod-eu"), "5m");
}

#[test]
fn scopes_follow_names() {
    let test = with(&format!("scope: {{ clusters: [prod-eu], components: [istio-cni] }} # both\n{TIMEOUT}"))
        .file("platform/patches/quota.yaml", "scope: { tenants: [shop] }\ntarget: { kind: ResourceQuota }\nmerge: { spec: { hard: { pods: \"9\" } } }\n")
        .then_generated();
    test.does("rename cluster prod-eu prod-west");
    test.does("rename component istio-cni cni");
    test.does("rename tenant shop store");
    assert_snapshot!(test.read("platform/patches/late.yaml"), @"
    scope: { clusters: [prod-west], components: [cni] } # both
    target: { kind: HelmRelease, name: istio-cni }
    merge: { spec: { timeout: 9m } }
    ");
    assert_snapshot!(test.read("platform/patches/quota.yaml"), @r#"
    scope: { tenants: [store] }
    target: { kind: ResourceQuota }
    merge: { spec: { hard: { pods: "9" } } }
    "#);
    test.answers("generate --check");
}

#[test]
fn what_a_scope_names_is_not_deleted() {
    let test = with(&format!("scope: {{ clusters: [prod-eu], components: [istio-cni] }}\n{TIMEOUT}"))
        .file("platform/patches/quota.yaml", "scope: { tenants: [shop] }\ntarget: { kind: ResourceQuota }\nmerge: { spec: { hard: { pods: \"9\" } } }\n")
        .then_generated();
    assert_snapshot!(test.refuses("delete cluster prod-eu --confirm prod-eu"), @"
    unknown-reference

      x cluster `prod-eu` cannot go: it is named in platform/patches/late.yaml
       ,-[platform/patches/late.yaml:1:21]
     1 | scope: { clusters: [prod-eu], components: [istio-cni] }
       :                     ^^^|^^^
       :                        `-- here
     2 | target: { kind: HelmRelease, name: istio-cni }
       `----
      help: take it out there first
    ");
    assert_snapshot!(test.refuses("delete component istio-cni --confirm istio-cni"), @"
    unknown-reference

      x component `istio-cni` cannot go: it is named in platform/patches/late.yaml
       ,-[platform/patches/late.yaml:1:44]
     1 | scope: { clusters: [prod-eu], components: [istio-cni] }
       :                                            ^^^^|^^^^
       :                                                `-- here
     2 | target: { kind: HelmRelease, name: istio-cni }
       `----
      help: take it out there first
    ");
    assert_snapshot!(test.refuses("delete tenant shop --confirm shop"), @"
    unknown-reference

      x tenant `shop` cannot go: it is named in platform/patches/quota.yaml
       ,-[platform/patches/quota.yaml:1:20]
     1 | scope: { tenants: [shop] }
       :                    ^^|^
       :                      `-- here
     2 | target: { kind: ResourceQuota }
       `----
      help: take it out there first
    ");
}
