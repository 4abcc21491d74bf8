//! `tenantry why`: where an object and its fields come from, told with lines; what a patch took away; what must not be shown; and
//! questions that have no answer.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

/// The example that has an overlay for a cluster, as it lies in the repository.
fn grown() -> Test {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/grown");
    let mut test = Test::empty();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                test = test.file(&name, fs::read(&path).unwrap());
            }
        }
    }
    test
}

/// A Kustomization that adds what Flux can add, with the comments that say where its patches are described.
fn flux() -> Test {
    Test::flux()
        .file(
            "clusters/prod/apps.yaml",
            "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: apps, namespace: flux-system }
spec:
  path: ./apps
  prune: true
  sourceRef: { kind: GitRepository, name: flux-system }
  targetNamespace: shop
  commonMetadata:
    labels:
      acme/team: shop
  patches:
    # platform/patches/cni-paths.yaml
    - patch: |
        - op: add
          path: /spec/values/cni/cniBinDir
          value: /opt/cni/bin
        - op: add
          path: /spec/values/cni/cniConfDir
          value: /etc/cni/net.d
      target:
        kind: HelmRelease
        name: istio-cni
    - patch: |
        $patch: delete
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: unwanted
  images:
    - name: acme/web
      newTag: 1.2.3
  postBuild:
    substitute: { DOMAIN: acme.example }
    substituteFrom:
      - kind: Secret
        name: tokens
",
        )
        .file(
            "platform/patches/cni-paths.yaml",
            "target: { kind: HelmRelease, name: istio-cni }
operations:
  - { op: add, path: /spec/values/cni/cniBinDir, value: /opt/cni/bin }
  - { op: add, path: /spec/values/cni/cniConfDir, value: /etc/cni/net.d }
",
        )
        .file(
            "clusters/prod/tokens.yaml",
            "apiVersion: v1
kind: Secret
metadata: { name: tokens, namespace: flux-system }
stringData: { TOKEN: hunter2hunter2 }
",
        )
        .file(
            "apps/cni.yaml",
            "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: istio-cni }
spec:
  values:
    cni: { logLevel: info }
    host: \"cni.${DOMAIN}\"
    token: \"${TOKEN}\"
",
        )
        .file(
            "apps/web.yaml",
            "apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      containers:
        - name: sidecar
          image: acme/sidecar:1
        - name: web
          image: acme/web:1
---
apiVersion: v1
kind: ConfigMap
metadata: { name: unwanted }
data: { a: b }
---
apiVersion: v1
kind: Secret
metadata: { name: db }
stringData: { password: hunter2hunter2 }
",
        )
}

#[test]
fn a_field_is_followed_from_the_base_over_the_overlay_to_the_description() {
    assert_snapshot!(
        grown().answers("why HelmRelease/ingress-nginx spec.values.controller.replicaCount --cluster prod-us"),
        @r#"
        HelmRelease.helm.toolkit.fluxcd.io flux-system/ingress-nginx on cluster prod-us
        applied by Kustomization flux-system/ingress-nginx

        spec.values.controller.replicaCount is 5

          1  resource
             infrastructure/ingress-nginx/base/sync.yaml:35
             said in platform/components/ingress-nginx.yaml:8
             sets 2

          2  JSON patch: /spec/values/controller/replicaCount
             infrastructure/ingress-nginx/clusters/prod-us/kustomization.yaml:13
             said in platform/components/ingress-nginx.yaml:13
             2 -> 5
        "#
    );
}

#[test]
fn an_object_is_told_with_every_step_and_the_fields_that_it_changed() {
    assert_snapshot!(grown().answers("why hr/ingress-nginx --cluster prod-us"), @r#"
    HelmRelease.helm.toolkit.fluxcd.io flux-system/ingress-nginx on cluster prod-us
    applied by Kustomization flux-system/ingress-nginx

      1  resource
         infrastructure/ingress-nginx/base/sync.yaml:1
         said in platform/components/ingress-nginx.yaml

      2  JSON patch: /spec/values/controller/replicaCount
         infrastructure/ingress-nginx/clusters/prod-us/kustomization.yaml:13
         said in platform/components/ingress-nginx.yaml
         spec.values.controller.replicaCount: 2 -> 5

      3  substitution: DOMAIN from spec.postBuild.substitute
         clusters/prod-us/infrastructure/ingress-nginx.yaml:19
         said in platform/clusters/prod-us.yaml:5
         spec.values.controller.service.annotations["external-dns.alpha.kubernetes.io/hostname"]: "ingress.${DOMAIN}" -> "ingress.us.acme.example"

      4  labels of the controller
         clusters/prod-us/infrastructure/ingress-nginx.yaml:4
         metadata.labels: sets {"kustomize.toolkit.fluxcd.io/name":"ingress-nginx","kustomize.toolkit.f...
    "#);
}

#[test]
fn a_variable_is_told_with_where_its_value_comes_from() {
    let field = "'spec.values.controller.service.annotations[\"external-dns.alpha.kubernetes.io/hostname\"]'";
    assert_snapshot!(
        grown().answers(&format!("why helmreleases/ingress-nginx {field} --cluster prod-us")),
        @r#"
        HelmRelease.helm.toolkit.fluxcd.io flux-system/ingress-nginx on cluster prod-us
        applied by Kustomization flux-system/ingress-nginx

        spec.values.controller.service.annotations["external-dns.alpha.kubernetes.io/hostname"] is "ingress.us.acme.example"

          1  resource
             infrastructure/ingress-nginx/base/sync.yaml:38
             said in platform/values/ingress-nginx.yaml:6
             sets "ingress.${DOMAIN}"

          2  substitution: DOMAIN from spec.postBuild.substitute
             clusters/prod-us/infrastructure/ingress-nginx.yaml:19
             said in platform/clusters/prod-us.yaml:5
             "ingress.${DOMAIN}" -> "ingress.us.acme.example"
        "#
    );
}

#[test]
fn a_patch_of_a_flux_kustomization_is_told_with_its_line_and_the_file_that_describes_it() {
    let test = flux();
    assert_snapshot!(test.answers("why HelmRelease/istio-cni spec.values.cni"), @r#"
    HelmRelease.helm.toolkit.fluxcd.io shop/istio-cni on cluster prod
    applied by Kustomization flux-system/apps

    spec.values.cni is {"cniBinDir":"/opt/cni/bin","cniConfDir":"/etc/cni/net.d","logLevel":"in...

      1  resource
         apps/cni.yaml:6
         sets {"logLevel":"info"}

      2  JSON patch of the Flux Kustomization: /spec/values/cni/cniBinDir
         clusters/prod/apps.yaml:15
         said in platform/patches/cni-paths.yaml:3
         {"logLevel":"info"} -> {"cniBinDir":"/opt/cni/bin","logLevel":"info"}

      3  JSON patch of the Flux Kustomization: /spec/values/cni/cniConfDir
         clusters/prod/apps.yaml:18
         said in platform/patches/cni-paths.yaml:4
         {"cniBinDir":"/opt/cni/bin","logLevel":"info"} -> {"cniBinDir":"/opt/cni/bin","cniConfDir":"/etc/cni/net.d","logLevel":"in...
    "#);
    assert_snapshot!(test.answers("why HelmRelease/istio-cni /spec/values/cni/cniConfDir"), @r#"
    HelmRelease.helm.toolkit.fluxcd.io shop/istio-cni on cluster prod
    applied by Kustomization flux-system/apps

    spec.values.cni.cniConfDir is "/etc/cni/net.d"

      1  JSON patch of the Flux Kustomization: /spec/values/cni/cniConfDir
         clusters/prod/apps.yaml:18
         said in platform/patches/cni-paths.yaml:4
         sets "/etc/cni/net.d"
    "#);
}

#[test]
fn what_flux_adds_is_told_with_the_field_that_says_it() {
    let test = flux();
    assert_snapshot!(test.answers("why deploy/web spec.template.spec.containers[web].image"), @r#"
    Deployment shop/web on cluster prod
    applied by Kustomization flux-system/apps

    spec.template.spec.containers[1].image is "acme/web:1.2.3"

      1  resource
         apps/web.yaml:11
         sets "acme/web:1"

      2  image of the Flux Kustomization: acme/web, 1.2.3
         clusters/prod/apps.yaml:31
         "acme/web:1" -> "acme/web:1.2.3"
    "#);
    assert_snapshot!(test.answers("why deploy/shop/web metadata.namespace"), @r#"
    Deployment shop/web on cluster prod
    applied by Kustomization flux-system/apps

    metadata.namespace is "shop"

      1  namespace of the Flux Kustomization
         clusters/prod/apps.yaml:8
         sets "shop"
    "#);
    assert_snapshot!(test.answers("why deploy/web metadata.labels.acme/team"), @r#"
    Deployment shop/web on cluster prod
    applied by Kustomization flux-system/apps

    metadata.labels["acme/team"] is "shop"

      1  common metadata
         clusters/prod/apps.yaml:11
         sets "shop"
    "#);
}

#[test]
fn an_object_that_a_patch_deletes_is_told_with_that_patch() {
    assert_snapshot!(flux().answers("why ConfigMap/unwanted"), @r#"
    ConfigMap unwanted on cluster prod
    not applied by Kustomization flux-system/apps

      1  resource
         apps/web.yaml:13

      2  merge patch of the Flux Kustomization
         clusters/prod/apps.yaml:25
         removes the object

    not applied: removed by clusters/prod/apps.yaml:25
    "#);
}

#[test]
fn an_object_that_is_for_kustomize_alone_is_told_to_be_left_out() {
    let test = Test::flux().file(
        "apps/local.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata:
  name: local
  annotations: { config.kubernetes.io/local-config: \"true\" }
",
    );
    assert_snapshot!(test.answers("why cm/local"), @r#"
    ConfigMap local on cluster prod
    not applied by Kustomization flux-system/apps

      1  resource
         apps/local.yaml:1

      2  end of the build
         leaves the object out, which is for kustomize alone (`config.kubernetes.io/local-config`)

    not applied: removed
    "#);
}

#[test]
fn values_of_secrets_are_shown_nowhere() {
    let test = flux().edit(
        "clusters/prod/apps.yaml",
        "  images:\n",
        "    - patch: |
        apiVersion: v1
        kind: Secret
        metadata:
          name: db
        stringData:
          password: hunter2hunter3
          other: hunter2
  images:
",
    );
    for words in [
        "why Kustomization/apps spec.patches",
        "why Kustomization/apps spec.patches[2].patch",
        "why Secret/db stringData.password",
        "why Secret/db stringData",
        "why Secret/db",
        "why HelmRelease/istio-cni spec.values.token",
        "why HelmRelease/istio-cni spec.values",
        "why HelmRelease/istio-cni",
        "why Secret/tokens stringData.TOKEN",
    ] {
        for form in ["text", "json"] {
            let said = test.answers(&format!("{words} --output {form}"));
            assert!(!said.contains("hunter2"), "{words}: {said}");
        }
    }
    assert_snapshot!(test.answers("why HelmRelease/istio-cni spec.values.token"), @r#"
    HelmRelease.helm.toolkit.fluxcd.io shop/istio-cni on cluster prod
    applied by Kustomization flux-system/apps

    spec.values.token is "***"

      1  resource
         apps/cni.yaml:8
         sets "${TOKEN}"

      2  substitution: TOKEN from Secret flux-system/tokens
         clusters/prod/tokens.yaml:4
         "${TOKEN}" -> "***"
    "#);
}

#[test]
fn machines_read_the_same() {
    let said = flux().answers("why HelmRelease/istio-cni spec.values.cni.cniBinDir --output json");
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["kind"], "WhyResult");
    assert_snapshot!(serde_json::to_string_pretty(&said["data"]).unwrap(), @r#"
    {
      "cluster": "prod",
      "object": {
        "group": "helm.toolkit.fluxcd.io",
        "kind": "HelmRelease",
        "namespace": "shop",
        "name": "istio-cni"
      },
      "appliers": [
        {
          "kind": "Kustomization",
          "namespace": "flux-system",
          "name": "apps",
          "applied": true,
          "suspended": false,
          "field": {
            "path": "spec.values.cni.cniBinDir",
            "pointer": "/spec/values/cni/cniBinDir",
            "value": "/opt/cni/bin"
          },
          "steps": [
            {
              "what": "operation",
              "byFlux": true,
              "component": false,
              "about": [
                "/spec/values/cni/cniBinDir"
              ],
              "places": [
                {
                  "file": "clusters/prod/apps.yaml",
                  "line": 15,
                  "source": null
                }
              ],
              "saidIn": [
                {
                  "file": "platform/patches/cni-paths.yaml",
                  "line": 3,
                  "source": null
                }
              ],
              "template": null,
              "change": "field",
              "fields": [
                {
                  "before": null,
                  "after": "/opt/cni/bin"
                }
              ]
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn what_a_resource_set_makes_is_told_with_its_template() {
    let test = Test::flux().file(
        "clusters/prod/set.yaml",
        "apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: { name: teams, namespace: flux-system }
spec:
  inputs:
    - team: blue
  resources:
    - apiVersion: v1
      kind: ConfigMap
      metadata: { name: << inputs.team >>, namespace: web }
      data: { team: << inputs.team >> }
",
    );
    assert_snapshot!(test.answers("why cm/blue data.team"), @r#"
    ConfigMap web/blue on cluster prod
    applied by ResourceSet flux-system/teams

    data.team is "blue"

      1  template of a ResourceSet
         clusters/prod/set.yaml:7
         sets "blue"
    "#);
}

#[test]
fn an_object_of_another_source_is_told_with_the_folder_in_its_place() {
    let test = Test::flux()
        .edit("clusters/prod/apps.yaml", "name: flux-system }\n", "name: elsewhere }\n")
        .file(
            "../elsewhere/apps/web.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web, namespace: web }\ndata:\n  host: there\n",
        );
    assert_snapshot!(test.answers("why cm/web data.host --with elsewhere=../elsewhere"), @r#"
    ConfigMap web/web on cluster prod
    applied by Kustomization flux-system/apps

    data.host is "there"

      1  resource
         apps/web.yaml:5 (of elsewhere)
         sets "there"
    "#);
}

#[test]
fn several_that_apply_one_object_are_each_told() {
    let apps = Test::flux().read("clusters/prod/apps.yaml");
    let test =
        Test::flux().file("clusters/prod/again.yaml", apps.replace("name: apps", "name: again"));
    let run = test.run("why cm/web data.host");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_snapshot!(run.stdout, @r#"
    ConfigMap web/web on cluster prod
    applied by Kustomization flux-system/again

    data.host is "web.acme.example"

      1  resource
         apps/web.yaml:5
         sets "web.acme.example"

    applied by Kustomization flux-system/apps

    data.host is "web.acme.example"

      1  resource
         apps/web.yaml:5
         sets "web.acme.example"
    "#);
}

#[test]
fn questions_that_have_no_answer_say_what_there_is_instead() {
    let test = flux();
    assert_snapshot!(test.refuses("why HelmRelase/istio-cni"), @r#"
    unknown-entity

      x cluster `prod` applies no object of a kind `HelmRelase`
      help: did you mean `HelmRelease`?
    "#);
    assert_snapshot!(test.refuses("why HelmRelease/istio-cnii"), @r#"
    unknown-entity

      x cluster `prod` applies no HelmRelease `istio-cnii`
      help: did you mean `HelmRelease/shop/istio-cni`?
    "#);
    assert_snapshot!(test.refuses("why HelmRelease/istio-cni --namespace web"), @r#"
    unknown-entity

      x cluster `prod` applies no HelmRelease `web/istio-cni`
      help: did you mean `HelmRelease/shop/istio-cni`?
    "#);
    assert_snapshot!(test.refuses("why Database/x"), @r#"
    unknown-entity

      x cluster `prod` applies no object of a kind `Database`
      help: there is Deployment, GitRepository, HelmRelease, Kustomization, Secret
    "#);
    assert_snapshot!(test.refuses("why HelmRelease/istio-cni spec.values.cmi"), @r#"
    unknown-entity

      x HelmRelease.helm.toolkit.fluxcd.io shop/istio-cni has no field `spec.values.cmi`, and no step
      | gave it one: there is no `cmi` in `spec.values`
      help: did you mean `spec.values.cni`?
    "#);
    assert_snapshot!(test.refuses("why HelmRelease/istio-cni spec.values.cni.logLevel.x"), @r#"
    unknown-entity

      x HelmRelease.helm.toolkit.fluxcd.io shop/istio-cni has no field `spec.values.cni.logLevel.x`,
      | and no step gave it one: there is no `x` in `spec.values.cni.logLevel`, which is a string
    "#);
    assert_snapshot!(test.refuses("why Deployment/web spec.template.spec.containers[2]"), @r#"
    unknown-entity

      x Deployment shop/web has no field `spec.template.spec.containers[2]`, and no step gave it one:
      | there is no `2` in `spec.template.spec.containers`
      help: did you mean `spec.template.spec.containers[0]`?
    "#);
    assert_snapshot!(test.refuses("why HelmRelease/istio-cni --cluster prd"), @r#"
    unknown-entity

      x there is no cluster `prd`
      help: did you mean `prod`?
    "#);
    assert_snapshot!(test.wrong_usage("why HelmRelease"), @r#"
    error: invalid value 'HelmRelease' for '<KIND/NAME>': write KIND/NAME, or KIND/NAMESPACE/NAME

    For more information, try '--help'.
    "#);
    assert_snapshot!(test.wrong_usage("why HelmRelease/web/istio-cni --namespace shop"), @r#"
    wrong-usage

      x the object is said to be in the namespace `web` and in `shop`
    "#);
    assert_snapshot!(test.wrong_usage("why HelmRelease/istio-cni spec..values"), @r#"
    error: invalid value 'spec..values' for '[FIELD]': `spec..values` names no field: a part of it is empty

    For more information, try '--help'.
    "#);
    assert_snapshot!(test.wrong_usage("why HelmRelease/istio-cni spec[0"), @r#"
    error: invalid value 'spec[0' for '[FIELD]': `spec[0` has a `[` without a `]`

    For more information, try '--help'.
    "#);
    assert_snapshot!(grown().wrong_usage("why HelmRelease/ingress-nginx"), @r#"
    wrong-usage

      x there are several clusters: say which one with `--cluster`: prod-eu, prod-us, staging-eu,
      | staging-us
    "#);
}

#[test]
fn a_name_that_several_objects_have_is_asked_for_with_its_namespace() {
    let test = Test::flux().file(
        "apps/other.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web, namespace: other }\n",
    );
    assert_snapshot!(test.refuses("why cm/web"), @r#"
    unknown-entity

      x several objects are called cm `web` on cluster `prod`
      help: say which one: ConfigMap/other/web, ConfigMap/web/web
    "#);
    test.answers("why cm/other/web");
    test.answers("why cm/web --namespace other");
}
