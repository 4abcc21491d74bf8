//! Nothing is written that a cluster could not build: `generate` and every command that changes something builds it first.

use insta::assert_snapshot;

use crate::scratch::Test;
use crate::test_layouts::{layouts, platform};

const TEMPLATE: &str = ".tenantry/layout/tenants/base/{tenant}/kustomization.yaml.tera";
const OVERLAY: &str = "tenants/base/shop/kustomization.yaml";
const SHOP: &str = "platform/tenants/shop.yaml";

#[test]
fn a_template_that_makes_an_overlay_fail_is_refused_and_nothing_is_written() {
    let test = Test::generated().edit(SHOP, "branch: main", "branch: next").edit(
        TEMPLATE,
        "resources:\n",
        "resources:\n  - nowhere.yaml\n",
    );
    assert_snapshot!(test.refuses("generate"), @"
    missing-resource

      x there is no `nowhere.yaml`
       ,-[tenants/base/shop/kustomization.yaml:4:5]
     3 | resources:
     4 |   - nowhere.yaml
       :     ^^^^^^|^^^^^
       :           `-- nothing is there
     5 |   - rbac.yaml
       `----
      help: a path starts at the folder of the file that it is written in; correct it, or add what is
            missing

    Advice:
      > named here
       ,-[tenants/production/shop/kustomization.yaml:4:5]
     3 | resources:
     4 |   - ../../base/shop
       :     ^^^^^^^^^^^^^^^
       `----

    Advice:
      > .tenantry/layout/tenants/base/{tenant}/kustomization.yaml.tera: the template that this is
      | rendered from

    Advice:
      > platform/tenants/shop.yaml: what describes tenant `shop`
    ");
    assert!(test.refuses("generate --dry-run").contains("missing-resource"));
    assert!(test.refuses("set tenant shop quota.cpu=9 --yes").contains("missing-resource"));
}

#[test]
fn a_template_of_many_tenants_is_told_of_a_few_times() {
    let test = ["a", "b", "c", "d"].iter().fold(Test::generated(), |test, name| {
        let text = test.read(SHOP).replace("[shop, shop-jobs]", &format!("[{name}]"));
        test.file(&format!("platform/tenants/{name}.yaml"), text)
    });
    let told =
        test.edit(TEMPLATE, "resources:\n", "resources:\n  - nowhere.yaml\n").refuses("generate");
    assert_eq!(told.matches("missing-resource").count(), 3, "{told}");
    assert!(told.contains("and 2 more from the same template"), "{told}");
}

#[test]
fn a_patch_of_a_person_that_matches_nothing_is_refused() {
    let test = Test::generated().line(
        OVERLAY,
        "patches:\n  - target: { kind: Deployment }\n    patch: '[{\"op\": \"remove\", \"path\": \"/spec\"}]'",
    );
    assert_snapshot!(test.refuses("generate"), @r#"
    patch-matched-nothing

      x this patch selects no object: kind `Deployment`
        ,-[tenants/base/shop/kustomization.yaml:10:12]
      9 |   - target: { kind: Deployment }
     10 |     patch: '[{"op": "remove", "path": "/spec"}]'
        :            ^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^
        :                              `-- matches nothing
        `----
      help: correct the target, or take the patch out; a target goes by the kinds, names and
            namespaces that objects have here or had in a base, as regular expressions for the whole
            of each

    Advice:
      > .tenantry/layout/tenants/base/{tenant}/kustomization.yaml.tera: the template that this is
      | rendered from

    Advice:
      > platform/tenants/shop.yaml: what describes tenant `shop`
    "#);
}

#[test]
fn what_a_person_deleted_keeps_nobody_from_generating() {
    let test = Test::generated().without("tenants/base/shop/limits.yaml").edit(
        SHOP,
        "branch: main",
        "branch: next",
    );
    test.does("generate");
    assert!(!test.files("tenants/base/shop").contains(&"limits.yaml".to_owned()));
}

#[test]
fn files_of_a_person_that_an_edited_kustomization_names_are_built_too() {
    let test = Test::generated().edit(OVERLAY, "resources:\n", "resources:\n  - mine.yaml\n");
    assert!(test.refuses("generate").contains("missing-resource"));
    let test = test.file(
        "tenants/base/shop/mine.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: mine, namespace: shop }\n",
    );
    test.does("generate");
}

#[test]
fn a_check_proves_nothing() {
    let test = Test::generated().line(OVERLAY, "namePrefix: [wrong]");
    assert!(!test.answers("generate --check").contains("namePrefix"));
}

/// A component that asks for the variables of clusters.
fn substituting(values: &str, variables: &str) -> Test {
    let test = Test::fleet().file(
        "platform/components/web.yaml",
        format!(
            "helm: {{ repository: https://charts.acme.example, chart: web, version: 1.0.0 }}\nsubstitute: true\nvalues: {values}\n"
        ),
    );
    test.line("platform/clusters/prod-eu.yaml", &format!("variables: {variables}"))
}

#[test]
fn what_is_substituted_comes_out_as_it_is_said() {
    substituting("{ host: \"web.${DOMAIN}\" }", "{ DOMAIN: eu.acme.example }").does("generate");
    for (values, variables, code) in [
        ("{ host: \"${DOMAIN}\" }", "{ DOMAIN: \"0777\" }", "substitution-changes-type"),
        ("{ host: \"${DOMAIN} x\" }", "{ DOMAIN: \"a: b\" }", "substitution-breaks-yaml"),
        ("{ host: \"${DOMIAN}\" }", "{ DOMAIN: eu.acme.example }", "unknown-variable"),
        ("{ host: \"${DOMAIN\" }", "{ DOMAIN: eu.acme.example }", "invalid-substitution"),
    ] {
        let told = substituting(values, variables).refuses("generate");
        assert!(told.starts_with(code), "{told}");
        assert!(told.contains("applied by the Flux Kustomization `flux-system/web`"), "{told}");
    }
}

#[test]
fn a_folder_that_a_flux_kustomization_names_has_to_be_there() {
    let template = ".tenantry/layout/clusters/{cluster}/tenancy.yaml.tera";
    let test = Test::fleet().edit(template, "/infrastructure/tenancy/", "/infrastructure/tenanci/");
    let told = test.refuses("generate");
    assert!(told.starts_with("path-not-found"), "{told}");
    assert!(test.files("clusters").is_empty());
}

/// A platform whose clusters pull artifacts, in each layout that has such: cert-manager is configured by a folder, and beside that lies
/// another one.
fn shipped() -> impl Iterator<Item = Test> {
    let layouts = layouts().into_iter().filter(|(_, pulls)| *pulls);
    layouts.map(|(layout, pulls)| {
        platform(&layout, pulls)
            .file("settings/shared/kustomization.yaml", "resources: [map.yaml]\n")
            .file(
                "settings/shared/map.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shared, namespace: web }\n",
            )
            .file("settings/own/kustomization.yaml", "resources: [../shared]\n")
            .line("platform/components/cert-manager.yaml", "configs: { path: settings/own }")
    })
}

/// In the repository it is there, so kustomize alone would find it.
#[test]
fn what_lies_outside_of_an_artifact_is_not_there_for_what_is_in_it() {
    for test in shipped() {
        test.answers("build settings/own");
        assert_snapshot!(test.refuses("generate"), @"
        no-kustomization

          x there is no kustomization.yaml in `settings/shared`
           ,-[settings/own/kustomization.yaml:1:13]
         1 | resources: [../shared]
           :             ^^^^^^^^^
           `----
          help: name a folder that has one, or write one there with a list of `resources`

        Advice:
          > applied by the Flux Kustomization `flux-system/cert-manager.configs` from the artifact
          | `components/cert-manager`, which has the component's own folders and no others
           ,-[clusters/prod-eu/components/cert-manager.configs.yaml:1:1]
         1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
           : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
         2 | kind: Kustomization
           `----
        ");
        let test = test.file("settings/own/kustomization.yaml", "resources: []\n");
        test.does("generate");
        let test = test.file("settings/own/kustomization.yaml", "resources: [../shared]\n");
        let run = test.unchanged("build --cluster stage", 1);
        assert_snapshot!(run.stderr, @"
        missing-resource

          x settings/own/kustomization.yaml: there is no `../shared`
          help: a path starts at the folder of the file that it is written in; correct it, or add what is
                missing

        Advice:
          > applied by Kustomization `flux-system/cert-manager.configs`
           ,-[clusters/stage/components/cert-manager.configs.yaml:1:1]
         1 | apiVersion: kustomize.toolkit.fluxcd.io/v1
           : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
         2 | kind: Kustomization
           `----

        Advice:
          > which Kustomization `flux-system/flux-system` applies
            ,-[clusters/stage/flux-system/gotk-sync.yaml:18:1]
         17 | ---
         18 | apiVersion: kustomize.toolkit.fluxcd.io/v1
            : ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
         19 | kind: Kustomization
            `----
        ");
    }
}

/// Several folders that one component names are in one artifact.
#[test]
fn what_a_component_names_elsewhere_is_in_its_artifact_too() {
    for test in shipped() {
        let clusters = "clusters: { stage: { configs: { path: settings/shared } } }";
        let test = test.line("platform/components/cert-manager.yaml", clusters);
        test.does("generate");
        for (cluster, maps) in [("stage", 1), ("prod-eu", 1)] {
            let built = test.answers(&format!("build --cluster {cluster} --quiet"));
            assert_eq!(built.matches("\n  name: shared\n").count(), maps, "{built}");
        }
    }
}
