//! What an API server would refuse is refused before it is written, at the line of the description that it comes from.

use insta::assert_snapshot;

use crate::scratch::Test;

const LIMITS: &str = ".tenantry/layout/tenants/base/{tenant}/limits.yaml.tera";

#[test]
fn a_value_that_its_kind_does_not_take_is_told_at_its_line() {
    let test = Test::fleet()
        .line("platform.yaml", "layout:\n  variables:\n    driftDetection: sometimes # or not");
    assert_snapshot!(test.refuses("generate"), @"
    schema-violation

      x HelmRelease.helm.toolkit.fluxcd.io flux-system/metrics-server: `spec.driftDetection.mode` does
      | not take `sometimes`
        ,-[platform.yaml:10:21]
      9 |   variables:
     10 |     driftDetection: sometimes # or not
        :                     ^^^^|^^^^
        :                         `-- helm-controller v1.6.3 does not take it
        `----
      help: it is one of `enabled`, `warn`, `disabled`

    Advice:
      > generated here
        ,-[infrastructure/metrics-server/base/sync.yaml:32:11]
     31 |   driftDetection:
     32 |     mode: sometimes
        :           ^^^^^^^^^
        `----

    Advice:
      > .tenantry/layout/infrastructure/{component}/base/sync.yaml.tera: the template that this is
      | rendered from
    ");
}

#[test]
fn a_template_that_misspells_a_field_is_told_with_what_was_meant() {
    let test = Test::fleet().edit(LIMITS, "  hard:\n", "  hardd:\n");
    assert_snapshot!(test.refuses("generate"), @r#"
    schema-violation

      x ResourceQuota shop/tenancy: there is no field `spec.hardd`
       ,-[platform/tenants/shop.yaml:8:8]
     7 |     git: { url: https://github.com/acme/shop, branch: main }
     8 | quota: { cpu: "8", memory: 32Gi } # of each namespace
       :        ^^^^^^^^^^^^^|^^^^^^^^^^^^
       :                     `-- it comes from here
       `----
      help: did you mean `hard`?

    Advice:
      > generated here
        ,-[tenants/base/shop/limits.yaml:9:3]
      8 | spec:
      9 |   hardd:
        :   ^^^^^
     10 |     cpu: "8"
        `----

    Advice:
      > .tenantry/layout/tenants/base/{tenant}/limits.yaml.tera: the template that this is rendered
      | from

    schema-violation

      x ResourceQuota shop-jobs/tenancy: there is no field `spec.hardd`
       ,-[platform/tenants/shop.yaml:8:8]
     7 |     git: { url: https://github.com/acme/shop, branch: main }
     8 | quota: { cpu: "8", memory: 32Gi } # of each namespace
       :        ^^^^^^^^^^^^^|^^^^^^^^^^^^
       :                     `-- it comes from here
       `----
      help: did you mean `hard`?

    Advice:
      > generated here
        ,-[tenants/base/shop/limits.yaml:21:3]
     20 | spec:
     21 |   hardd:
        :   ^^^^^
     22 |     cpu: "8"
        `----

    Advice:
      > .tenantry/layout/tenants/base/{tenant}/limits.yaml.tera: the template that this is rendered
      | from

    2 errors
    "#);
    assert!(test.refuses("generate --dry-run").contains("schema-violation"));
}

#[test]
fn the_same_of_many_tenants_is_told_of_a_few_times() {
    let shop = "platform/tenants/shop.yaml";
    let test = ["a", "b", "c", "d"].iter().fold(Test::fleet(), |test, name| {
        let text = test.read(shop).replace("[shop, shop-jobs]", &format!("[{name}]"));
        test.file(&format!("platform/tenants/{name}.yaml"), text)
    });
    let told = test.edit(LIMITS, "  hard:\n", "  hardd:\n").refuses("generate");
    assert_eq!(told.matches("schema-violation").count(), 3, "{told}");
    assert!(told.contains("and 3 more from the same template"), "{told}");
}

#[test]
fn what_a_person_edited_is_judged_as_it_is_built() {
    let test = Test::generated().edit(
        "tenants/base/shop/kustomization.yaml",
        "resources:\n",
        "patches:\n  - target: { kind: ResourceQuota }\n    patch: |\n      - { op: add, path: /spec/hardd, value: { cpu: 1 } }\nresources:\n",
    );
    assert_snapshot!(test.refuses("generate"), @"
    schema-violation

      x ResourceQuota shop-jobs/tenancy: there is no field `spec.hardd`
       ,-[tenants/base/shop/kustomization.yaml:6:46]
     5 |     patch: |
     6 |       - { op: add, path: /spec/hardd, value: { cpu: 1 } }
       :                                              ^^^^^|^^^^
       :                                                   `-- Kubernetes 1.37 does not take it
     7 | resources:
       `----
      help: did you mean `hard`?
    ");
}

#[test]
fn manifests_of_a_persons_own_point_at_their_own_file() {
    let test = Test::generated()
        .file(
            "platform/components/web.yaml",
            "manifests: { path: apps/web }\nnamespace: web\n",
        )
        .file("apps/web/kustomization.yaml", "resources: [web.yaml]\n")
        .file(
            "apps/web/web.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, namespace: web }\nspec:\n  replicas: two\n  selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    spec: { containers: [{ name: web, image: nginx }] }\n",
        );
    assert_snapshot!(test.refuses("generate"), @"
    schema-violation

      x Deployment web/web: `spec.replicas` takes a whole number, not the string `two`
       ,-[apps/web/web.yaml:5:13]
     4 | spec:
     5 |   replicas: two
       :             ^|^
       :              `-- Kubernetes 1.37 does not take it
     6 |   selector: { matchLabels: { app: web } }
       `----
    ");
}

#[test]
fn a_secret_is_not_in_what_is_told() {
    let test = Test::generated()
        .file("platform/components/web.yaml", "manifests: { path: apps/web }\nnamespace: web\n")
        .file("apps/web/kustomization.yaml", "resources: [secret.yaml]\n")
        .file(
            "apps/web/secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: { name: web, namespace: web }\ndata:\n  password: hunter2!\n",
        );
    let told = test.refuses("generate");
    assert!(told.contains("schema-violation") && told.contains("data.password"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_version_of_kubernetes_without_schemas_is_told_and_refuses_nothing() {
    let test = Test::fleet().line("platform/clusters/prod-eu.yaml", "kubernetes: \"1.20\"");
    let told = test.does("generate");
    assert!(told.contains("no schemas of Kubernetes 1.20"), "{told}");
    assert!(told.contains("against those"), "{told}");
}
