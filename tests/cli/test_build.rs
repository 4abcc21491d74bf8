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
    assert_snapshot!(overlay().answers("build prod"), @"
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
    spec:
      replicas: 1
      template:
        spec:
          containers:
          - image: ghcr.io/acme/web:1.2.0
            name: web
    ");
}

#[test]
fn flags_that_let_kustomize_run_programs_are_taken_and_run_none() {
    let test = overlay();
    let flags = "--enable-helm --enable-alpha-plugins --enable-exec --network --as-current-user \
                 --helm-command helm -e A=b --mount x --load-restrictor LoadRestrictionsNone";
    assert_eq!(test.answers(&format!("build {flags} prod")), test.answers("build prod"));
    let charts = kustomization("helmCharts: [{ name: podinfo }]\n");
    let run = charts.run("build --enable-helm");
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("foreign-code"), "{}", run.stderr);
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
    assert_snapshot!(test.refuses("build . -o out"), @"
    cannot-write

      x `out/v1_configmap_../../up.yaml` cannot be written: the object's name is no name of a file
    ");
}

#[test]
fn a_form_of_results_is_no_file() {
    assert_snapshot!(overlay().wrong_usage("build prod -o json"), @"
    wrong-usage

      x `--output json` names a file here: the form is said with `--format json`, and a file of this
      | name is `./json`
    ");
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
    assert_snapshot!(run.stderr, @"
    image-matched-nothing

      ! no object has the image `ghcr.io/acme/wep`
       ,-[prod/kustomization.yaml:5:3]
     4 |     images:
     5 | ,-> - name: ghcr.io/acme/wep
     6 | |->   newTag: 1.2.0
       : `---- matches nothing
       `----
      help: `name` is the image as the manifests say it, without tag and digest; correct it, or take
            the entry out
    ");
    assert_snapshot!(test.refuses("build prod --strict"), @"
    image-matched-nothing

      x no object has the image `ghcr.io/acme/wep`
       ,-[prod/kustomization.yaml:5:3]
     4 |     images:
     5 | ,-> - name: ghcr.io/acme/wep
     6 | |->   newTag: 1.2.0
       : `---- matches nothing
       `----
      help: `name` is the image as the manifests say it, without tag and digest; correct it, or take
            the entry out
    ");
    assert_eq!(test.unchanged("build prod --quiet", 0).stderr, "");
}

#[test]
fn what_is_deprecated_stays_a_warning() {
    let test = overlay().line("prod/kustomization.yaml", "commonLabels: { app: web }");
    assert_snapshot!(test.unchanged("build prod --strict", 0).stderr, @"
    deprecated-field

      ! `commonLabels` is deprecated: use `labels`
       ,-[prod/kustomization.yaml:7:1]
     6 |   newTag: 1.2.0
     7 | commonLabels: { app: web }
       : ^^^^^^|^^^^^
       :       `-- is deprecated
       `----
      help: `labels: [{pairs: {KEY: VALUE}, includeSelectors: true}]` means the same
    ");
}

#[test]
fn notices_as_sarif() {
    let test = overlay().line(
        "prod/kustomization.yaml",
        "patches:\n- target: { kind: Service }\n  patch: '[{\"op\": \"remove\", \"path\": \"/spec\"}]'",
    );
    let log: Value = serde_json::from_str(&test.answers("build prod --format sarif")).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "patch-matched-nothing");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "prod/kustomization.yaml");
    assert_eq!(place["region"]["startLine"], 9);
}

#[test]
fn all_faults_of_a_kustomization_are_told_at_once() {
    let test =
        kustomization("nameprefx: a-\nresources: web.yaml\nreplicas:\n- name: web\n  count: two\n");
    assert_snapshot!(test.refuses("build"), @"
    invalid-kustomization

      x there is no field `nameprefx` here; did you mean `namePrefix`?
       ,-[kustomization.yaml:1:1]
     1 | nameprefx: a-
       : ^^^^^^^^^
     2 | resources: web.yaml
       `----

    invalid-kustomization

      x expected a list, found a string
       ,-[kustomization.yaml:2:12]
     1 | nameprefx: a-
     2 | resources: web.yaml
       :            ^^^^^^^^
     3 | replicas:
       `----

    invalid-kustomization

      x expected a number, found a string: write it without quotes
       ,-[kustomization.yaml:5:10]
     4 | - name: web
     5 |   count: two
       :          ^^^
       `----

    3 errors
    ");
}

#[test]
fn what_is_not_there_is_told_with_the_way_that_leads_to_it() {
    let test = overlay().edit("base/kustomization.yaml", "web.yaml", "wep.yaml");
    assert_snapshot!(test.refuses("build prod"), @"
    missing-resource

      x there is no `wep.yaml`
       ,-[base/kustomization.yaml:1:13]
     1 | resources: [wep.yaml]
       :             ^^^^|^^^
       :                 `-- nothing is there
       `----
      help: a path starts at the folder of the file that it is written in; correct it, or add what is
            missing

    Advice:
      > named here
       ,-[prod/kustomization.yaml:3:3]
     2 | resources:
     3 | - ../base
       :   ^^^^^^^
     4 | images:
       `----
    ");
}

#[test]
fn a_file_outside_is_refused_unless_it_may_be_read() {
    let test = kustomization("")
        .without("kustomization.yaml")
        .file("app.yaml", CONFIG)
        .file("prod/kustomization.yaml", "resources: [../app.yaml]\n");
    assert_snapshot!(test.refuses("build prod"), @"
    outside-root

      x `app.yaml` lies outside `prod`, the folder of the kustomization that names it
       ,-[prod/kustomization.yaml:1:13]
     1 | resources: [../app.yaml]
       :             ^^^^^|^^^^^
       :                  `-- lies outside
       `----
      help: move it below that folder, or name its own folder as a base; `--load-restrictor none`
            reads it from where it is, as Flux does
    ");
    let built = test.answers("build prod --load-restrictor none");
    assert_eq!(test.answers("build prod --load-restrictor LoadRestrictionsNone"), built);
}

#[test]
fn nothing_is_fetched() {
    let test = kustomization("resources:\n- https://github.com/acme/fleet//base?ref=v1\n");
    assert_snapshot!(test.refuses("build"), @"
    remote-resource

      x `https://github.com/acme/fleet//base?ref=v1` is elsewhere, and a build reads what is here
       ,-[kustomization.yaml:2:3]
     1 | resources:
     2 | - https://github.com/acme/fleet//base?ref=v1
       :   ^^^^^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^^^^
       :                        `-- is elsewhere
       `----
      help: bring it into the repository and name it by its path: what is applied can then be read,
            reviewed and built anywhere
    ");
    assert_snapshot!(test.refuses("build https://github.com/acme/fleet//base"), @"
    remote-resource

      x `https://github.com/acme/fleet//base` is elsewhere, and a build reads what is here
      help: bring it into the repository and name it by its path: what is applied can then be read,
            reviewed and built anywhere
    ");
}

#[test]
fn no_other_program_is_run() {
    let test = kustomization("helmCharts:\n- name: web\n  repo: https://charts.acme.example\n");
    assert_snapshot!(test.refuses("build"), @"
    foreign-code

      x a Helm chart would run other programs, which a build does not do
       ,-[kustomization.yaml:1:1]
     1 | helmCharts:
       : ^^^^^^^^^^
     2 | - name: web
       `----
      help: render it beforehand and name the result under `resources`; with Flux, a chart is a
            HelmRelease, which the cluster renders
    ");
}

#[test]
fn a_cycle_is_told() {
    let test = Test::empty()
        .file("a/kustomization.yaml", "resources: [../b]\n")
        .file("b/kustomization.yaml", "resources: [../a]\n");
    assert_snapshot!(test.refuses("build a"), @"
    kustomization-cycle

      x `../a` leads back to `a`, which is being built
       ,-[b/kustomization.yaml:1:13]
     1 | resources: [../a]
       :             ^^|^
       :               `-- leads back
       `----
      help: take the entry out; what two kustomizations share is a third one that both name

    Advice:
      > named here
       ,-[a/kustomization.yaml:1:13]
     1 | resources: [../b]
       :             ^^^^
       `----
    ");
}

#[test]
fn a_folder_without_a_kustomization_is_told() {
    let test = Test::empty().file("app/web.yaml", CONFIG);
    assert_snapshot!(test.refuses("build app"), @"
    no-kustomization

      x there is no kustomization.yaml in `app`
      help: name a folder that has one, or write one there with a list of `resources`
    ");
    assert_snapshot!(test.refuses("build nowhere"), @"
    missing-resource

      x there is no `nowhere`
      help: a path starts at the folder of the file that it is written in; correct it, or add what is
            missing
    ");
}

#[test]
fn a_file_that_holds_no_objects_is_told() {
    let test = kustomization("resources: [a.yaml]\n").file("a.yaml", "kind: ConfigMap\ndata: {}\n");
    assert_snapshot!(test.refuses("build"), @"
    invalid-resource

      x this ConfigMap has no `metadata.name`
       ,-[a.yaml:1:1]
     1 | ,-> kind: ConfigMap
     2 | `-> data: {}
       `----
      help: what `resources` names are Kubernetes objects with `apiVersion`, `kind` and
            `metadata.name`; other files become part of an object with `configMapGenerator`
    ");
    let test = kustomization("resources: [a.yaml]\n").file("a.yaml", "a: [1\nb: 2\n");
    assert_snapshot!(test.refuses("build"), @"
    invalid-resource

      x expected `,` or `]` here
       ,-[a.yaml:2:2]
     1 | a: [1
     2 | b: 2
       :  ^
       `----
      help: what `resources` names are Kubernetes objects with `apiVersion`, `kind` and
            `metadata.name`; other files become part of an object with `configMapGenerator`
    ");
}

#[test]
fn an_object_that_is_there_twice_is_told_with_both_places() {
    let test = kustomization("resources: [a.yaml, b.yaml]\n")
        .file("a.yaml", CONFIG)
        .file("b.yaml", CONFIG);
    assert_snapshot!(test.refuses("build"), @"
    duplicate-object

      x v1 ConfigMap app is there twice
       ,-[b.yaml:1:1]
     1 | ,-> apiVersion: v1
     2 | |   kind: ConfigMap
     3 | |   metadata: { name: app }
     4 | |-> data: { a: b }
       : `---- again here
       `----
      help: take one of them out, or give one another name or namespace; what changes an object of a
            base is a patch, not a second object

    Advice:
      > the first one
       ,-[a.yaml:1:1]
     1 | ,-> apiVersion: v1
     2 | |   kind: ConfigMap
     3 | |   metadata: { name: app }
     4 | `-> data: { a: b }
       `----
    ");
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
    assert_snapshot!(test.refuses("build prod"), @"
    patch-failed

      x operation 2 (`remove` on `/spec/strategy`) failed: `/spec` has no key `strategy`, in apps/v1
      | Deployment web
        ,-[prod/kustomization.yaml:13:7]
     12 |       value: 3
     13 |     - op: remove
        :       ^^^^^^^^^^
     14 |       path: /spec/strategy
        `----
    ");
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
    assert_snapshot!(test.refuses("build prod"), @"
    replacement-failed

      x no object is kind `ConfigMap`, name `versions`, the source of this replacement
       ,-[prod/kustomization.yaml:8:11]
     7 | replacements:
     8 | - source: { kind: ConfigMap, name: versions, fieldPath: data.web }
       :           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     9 |   targets:
       `----
    ");
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
    assert_snapshot!(told, @"
    cannot-build

      x a literal is `key=value`; this one has no `=`
       ,-[kustomization.yaml:5:5]
     4 |   - password=*******
     5 |   - *******
       :     ^^^^^^^
     6 |   - token=*******
       `----
    ");
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
