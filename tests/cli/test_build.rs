//! `tenantry build`: what is printed and written, what is told, and where.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

/// A base with an overlay, outside of any platform.
fn overlay() -> Test {
    Test::empty()
        .file("base/kustomization.yaml", "resources: [web.yaml]\n")
        .file(
            "base/web.yaml",
            "apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: web
        image: ghcr.io/acme/web:1.0.0
",
        )
        .file(
            "prod/kustomization.yaml",
            "namespace: shop
resources:
- ../base
images:
- name: ghcr.io/acme/web
  newTag: 1.2.0
",
        )
}

/// A kustomization that is all there is.
fn kustomization(text: &str) -> Test {
    Test::empty().file("kustomization.yaml", text)
}

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: app }\ndata: { a: b }\n";

#[test]
fn an_overlay_is_printed() {
    assert_snapshot!(overlay().answers("build prod"), @"");
}

#[test]
fn the_folder_may_be_named_by_a_file_and_is_the_one_that_the_command_runs_in() {
    let test = overlay();
    let built = test.answers("build prod");
    assert_eq!(test.answers("build prod/kustomization.yaml"), built);
    assert_eq!(test.answers("-C prod build"), built);
    let run = test.run_in("prod", "build", "");
    assert_eq!((run.code, run.stdout), (0, built));
}

#[test]
fn a_folder_of_a_platform_is_built_as_any_other() {
    let test = Test::generated();
    assert!(test.answers("build tenants/base/shop").contains("kind: ResourceQuota"));
}

#[test]
fn what_is_built_goes_to_a_file() {
    let test = overlay().file("out.yaml", "what was there\n");
    let built = test.answers("build prod");
    assert_eq!(test.does("build prod -o out.yaml"), "");
    assert_eq!(test.read("out.yaml"), built);
    test.does("build prod --output ./json");
    assert_eq!(test.read("json"), built);
}

#[test]
fn a_folder_gets_a_file_for_each_object_and_keeps_what_else_is_there() {
    let test = overlay().file("out/mine", "mine\n");
    test.does("build prod -o out");
    assert_eq!(test.files("out"), ["apps_v1_deployment_web.yaml", "mine"]);
    test.does("build prod -o new/");
    assert_eq!(test.files("new"), ["apps_v1_deployment_web.yaml"]);
    assert_eq!(test.read("new/apps_v1_deployment_web.yaml"), test.answers("build prod"));
}

#[test]
fn no_object_gets_out_of_the_folder() {
    let name = "../../up";
    let test = kustomization("resources: [a.yaml]\n")
        .file("a.yaml", CONFIG.replace("app", name))
        .folder("out/v1_configmap_..");
    assert_snapshot!(test.refuses("build . -o out"), @"");
}

#[test]
fn a_form_of_results_is_no_file() {
    assert_snapshot!(overlay().wrong_usage("build prod -o json"), @"");
}

#[test]
fn the_objects_as_json() {
    let test = overlay();
    let before = test.answers("--output json build prod");
    assert_eq!(test.answers("build prod --format json"), before);
    let envelope: Value = serde_json::from_str(&before).unwrap();
    assert_eq!(envelope["kind"], "BuildResult");
    assert_eq!(envelope["data"]["objects"][0]["spec"]["replicas"], 1);
    test.does("build prod --format json -o out.yaml");
    assert_eq!(test.read("out.yaml"), test.answers("build prod"));
}

#[test]
fn what_has_no_effect_is_told_and_with_strict_refused() {
    let test = overlay().edit(
        "prod/kustomization.yaml",
        "images:\n- name: ghcr.io/acme/web\n",
        "images:\n- name: ghcr.io/acme/wep\n",
    );
    let run = test.unchanged("build prod", 0);
    assert!(run.stdout.contains("image: ghcr.io/acme/web:1.0.0"), "{}", run.stdout);
    assert_snapshot!(run.stderr, @"");
    assert_snapshot!(test.refuses("build prod --strict"), @"");
    assert_eq!(test.unchanged("build prod --quiet", 0).stderr, "");
}

#[test]
fn what_is_deprecated_stays_a_warning() {
    let test = overlay().line("prod/kustomization.yaml", "commonLabels: { app: web }");
    assert_snapshot!(test.unchanged("build prod --strict", 0).stderr, @"");
}

#[test]
fn notices_as_sarif() {
    let test = overlay().line(
        "prod/kustomization.yaml",
        "patches:\n- target: { kind: Service }\n  patch: '[{op: remove, path: /spec}]'",
    );
    let log: Value = serde_json::from_str(&test.answers("build prod --format sarif")).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "patch-matched-nothing");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "prod/kustomization.yaml");
    assert_eq!(place["region"]["startLine"], 8);
}

#[test]
fn all_faults_of_a_kustomization_are_told_at_once() {
    let test =
        kustomization("nameprefx: a-\nresources: web.yaml\nreplicas:\n- name: web\n  count: two\n");
    assert_snapshot!(test.refuses("build"), @"");
}

#[test]
fn what_is_not_there_is_told_with_the_way_that_leads_to_it() {
    let test = overlay().edit("base/kustomization.yaml", "web.yaml", "wep.yaml");
    assert_snapshot!(test.refuses("build prod"), @"");
}

#[test]
fn a_file_outside_is_refused_unless_it_may_be_read() {
    let test = kustomization("")
        .without("kustomization.yaml")
        .file("app.yaml", CONFIG)
        .file("prod/kustomization.yaml", "resources: [../app.yaml]\n");
    assert_snapshot!(test.refuses("build prod"), @"");
    let built = test.answers("build prod --load-restrictor none");
    assert_eq!(test.answers("build prod --load-restrictor LoadRestrictionsNone"), built);
}

#[test]
fn nothing_is_fetched() {
    let test = kustomization("resources:\n- https://github.com/acme/fleet//base?ref=v1\n");
    assert_snapshot!(test.refuses("build"), @"");
    assert_snapshot!(test.refuses("build https://github.com/acme/fleet//base"), @"");
}

#[test]
fn no_other_program_is_run() {
    let test = kustomization("helmCharts:\n- name: web\n  repo: https://charts.acme.example\n");
    assert_snapshot!(test.refuses("build"), @"");
}

#[test]
fn a_cycle_is_told() {
    let test = Test::empty()
        .file("a/kustomization.yaml", "resources: [../b]\n")
        .file("b/kustomization.yaml", "resources: [../a]\n");
    assert_snapshot!(test.refuses("build a"), @"");
}

#[test]
fn a_folder_without_a_kustomization_is_told() {
    let test = Test::empty().file("app/web.yaml", CONFIG);
    assert_snapshot!(test.refuses("build app"), @"");
    assert_snapshot!(test.refuses("build nowhere"), @"");
}

#[test]
fn a_file_that_holds_no_objects_is_told() {
    let test = kustomization("resources: [a.yaml]\n").file("a.yaml", "kind: ConfigMap\ndata: {}\n");
    assert_snapshot!(test.refuses("build"), @"");
    let test = kustomization("resources: [a.yaml]\n").file("a.yaml", "a: [1\nb: 2\n");
    assert_snapshot!(test.refuses("build"), @"");
}

#[test]
fn an_object_that_is_there_twice_is_told_with_both_places() {
    let test = kustomization("resources: [a.yaml, b.yaml]\n")
        .file("a.yaml", CONFIG)
        .file("b.yaml", CONFIG);
    assert_snapshot!(test.refuses("build"), @"");
}

#[test]
fn a_patch_that_fails_is_told_at_its_line() {
    let test = overlay().line(
        "prod/kustomization.yaml",
        "patches:
- target: { kind: Deployment }
  patch: |
    - op: replace
      path: /spec/replicas
      value: 3
    - op: remove
      path: /spec/strategy",
    );
    assert_snapshot!(test.refuses("build prod"), @"");
}

#[test]
fn a_replacement_without_a_source_is_told() {
    let test = overlay().line(
        "prod/kustomization.yaml",
        "replacements:
- source: { kind: ConfigMap, name: versions, fieldPath: data.web }
  targets:
  - select: { kind: Deployment }
    fieldPaths: [spec.replicas]",
    );
    assert_snapshot!(test.refuses("build prod"), @"");
}

#[test]
fn a_secret_is_not_shown() {
    let test = kustomization(
        "secretGenerator:
- name: db
  literals:
  - password=hunter2
  - hunter3
  - token=hunter4
",
    );
    let told = test.refuses("build");
    assert!(!told.contains("hunter"), "{told}");
    assert_snapshot!(told, @"");
    let test = kustomization("resources: [a.yaml]\n").file(
        "a.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nstringData:\n  a: hunter2\n  a: hunter3\n",
    );
    let told = test.refuses("build");
    assert!(!told.contains("hunter"), "{told}");
    let told = test.run("build --format json").stdout;
    assert!(!told.contains("hunter"), "{told}");
}

#[test]
fn flux_is_followed_where_it_differs() {
    let test = kustomization(
        "resources: [a.yaml]\nlabels:\n- pairs: { a: b }\n  includeVolumeClaimTemplates: true\n",
    )
    .file("a.yaml", CONFIG);
    test.answers("build");
    assert!(test.refuses("build --follow flux-2.9").contains("includeVolumeClaimTemplates"));
}

#[test]
fn a_command_line_that_cannot_be_meant() {
    let test = overlay();
    test.wrong_usage("build prod base");
    test.wrong_usage("build prod --load-restrictor some");
    test.wrong_usage("build prod --format name");
}
