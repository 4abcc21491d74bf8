//! What is large grows as it should, and what multiplies is refused.
//!
//! Quadratic work shows as minutes at these sizes.

use super::{CONFIG_MAP, app, assert_refused, built, config_map, failure_of, files, told};
use kustomize::{MemoryFiles, Options};

/// A text for each number.
fn each(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect()
}

fn documents(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().join("---\n")
}

/// Refused for what it would be, by less than a build may be.
#[track_caller]
fn assert_too_large(files: &MemoryFiles, place: &str) {
    let mut options = Options::default();
    options.limit = 64 << 20;
    let failure = failure_of(files, &options);
    let told = told(&failure, files);
    assert!(told.starts_with(place) && told.contains("multiplies"), "{told}");
    assert_eq!(failure.error.kind.code(), "too-large");
}

#[test]
fn many_objects_are_built() {
    let many = documents(50_000, |at| config_map(&format!("c{at}"), ""));
    assert_eq!(built(&app("namePrefix: x-\n", many)).matches("name: x-c").count(), 50_000);
    let entries = each(20_000, |at| format!("- {at}.yaml\n"));
    let mut files = files([("kustomization.yaml", format!("resources:\n{entries}"))]);
    for at in 0..20_000 {
        files.insert(&format!("/app/{at}.yaml"), config_map(&format!("c{at}"), ""));
    }
    assert_eq!(built(&files).matches("name: c").count(), 20_000);
}

#[test]
fn many_keys_are_built() {
    let keys = |count: usize| each(count, |at| format!("  k{at}: v\n"));
    let data = config_map("a", &format!("data:\n{}", keys(200_000)));
    assert_eq!(built(&app("", data)).matches(": v\n").count(), 200_000);
    let merged = format!("data: &data\n{}more:\n  <<: *data\n  own: v\n", keys(100_000));
    assert_eq!(built(&app("", config_map("a", &merged))).matches(": v\n").count(), 200_001);
    let annotated = CONFIG_MAP.replace(
        "name: a",
        &format!("name: a, annotations: {{{}}}", { each(20_000, |at| format!("k{at}: v, ")) }),
    );
    assert!(built(&app("namePrefix: x-\nnamespace: ns\n", annotated)).contains("k19999: v\n"));
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n";
    let labelled = built(&app(&format!("commonLabels:\n{}", keys(3000)), deployment));
    assert_eq!(labelled.matches("k2999: v\n").count(), 3);
    let literals = each(20_000, |at| format!("  - k{at}=v\n"));
    let generator = format!("configMapGenerator:\n- name: g\n  literals:\n{literals}");
    assert!(built(&app(&generator, CONFIG_MAP)).contains("k19999: v\n"));
    let operations = each(5000, |at| format!("- {{op: add, path: /data/k{at}, value: v}}\n"));
    let mut patched = app("patches: [{path: p, target: {}}]\n", config_map("a", "data: {}\n"));
    patched.insert("/app/p", operations);
    assert!(built(&patched).contains("k4999: v\n"));
}

#[test]
fn many_generators_are_run_and_their_objects_changed() {
    let generators = |behavior: &str| {
        let entry =
            |at| format!("- {{name: g{at}, behavior: {behavior}, literals: [{behavior}=1]}}\n");
        format!("configMapGenerator:\n{}", each(10_000, entry))
    };
    let mut files = files([("kustomization.yaml", generators("merge") + "resources: [../base]\n")]);
    files.insert("/base/kustomization.yaml", generators("create"));
    assert_eq!(built(&files).matches("create: \"1\"\n  merge: \"1\"\n").count(), 10_000);
}

/// The same names in as many namespaces, as tenants have them.
fn tenants(count: usize) -> String {
    documents(count, |at| {
        format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: flux, namespace: t{at}}}\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: flux, \
             namespace: t{at}}}\nsubjects: [{{kind: ServiceAccount, name: flux, namespace: t{at}}}]\n"
        )
    })
}

#[test]
fn references_among_objects_of_one_name_are_updated() {
    let text = built(&app("namePrefix: x-\n", tenants(5000)));
    assert_eq!(text.matches("name: x-flux\n").count(), 15_000);
    let roles = documents(5000, |at| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: \
             b{at}}}\nsubjects: [{{kind: ServiceAccount, name: flux, namespace: t{at}}}]\n"
        )
    });
    let text = built(&app("namePrefix: x-\n", format!("{}---\n{roles}", tenants(5000))));
    assert_eq!(text.matches("name: x-flux\n").count(), 20_000);
}

#[test]
fn patches_for_objects_of_one_name_find_theirs() {
    let merge = |at| {
        format!(
            "- patch: |-\n    {{apiVersion: v1, kind: ServiceAccount, metadata: {{name: flux, \
             namespace: t{at}, labels: {{a: b}}}}}}\n"
        )
    };
    let json = |at| {
        format!(
            "- target: {{kind: ServiceAccount, name: flux, namespace: t{at}}}\n  patch: |-\n    - {{op: \
             add, path: /secrets, value: []}}\n"
        )
    };
    let renamed = |at| {
        format!(
            "- target: {{kind: ServiceAccount, namespace: t{at}}}\n  options: {{allowNameChange: \
             true}}\n  patch: |-\n    {{kind: ServiceAccount, metadata: {{name: new}}}}\n"
        )
    };
    let count = 3000;
    let patches = each(count, merge) + &each(count, json) + &each(count, renamed);
    let text = built(&app(&format!("patches:\n{patches}"), tenants(count)));
    assert_eq!(text.matches("a: b\n").count(), count);
    assert_eq!(text.matches("secrets: []\n").count(), count);
    assert_eq!(text.matches("name: new\n").count(), 2 * count);
}

#[test]
fn lists_are_merged_in_time_that_grows_with_them() {
    let env = |name: &str, count| each(count, |at| format!("{{name: {name}{at}, value: x}}, "));
    let pod = |env: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, env: \
             [{env}]}}]}}\n"
        )
    };
    let mut files = app("patches: [{path: p}]\n", pod(&env("a", 10_000)));
    files.insert("/app/p", pod(&(env("a", 10_000) + &env("b", 10_000))));
    assert_eq!(built(&files).matches("value: x\n").count(), 20_000);
}

#[test]
fn replacements_among_many_objects_find_theirs() {
    let replacement = |at: usize| {
        format!(
            "- source: {{kind: ConfigMap, name: c{at}, fieldPath: data.x}}\n  targets:\n  - select: \
             {{kind: ConfigMap, name: c{}}}\n    fieldPaths: [data.x]\n",
            at + 1
        )
    };
    let objects =
        documents(5001, |at| config_map(&format!("c{at}"), &format!("data: {{x: v{at}}}\n")));
    let text = built(&app(&format!("replacements:\n{}", each(5000, replacement)), objects));
    assert_eq!(text.matches("x: v0\n").count(), 5001);
}

#[test]
fn values_that_double_are_refused() {
    let double = |text: &str| {
        let targets =
            "targets:\n  - select: {kind: ConfigMap}\n    fieldPaths: [data.FIELD]\n    options:";
        text.replace("TARGET", targets)
    };
    let nodes = each(60, |at| {
        double("- source: {kind: ConfigMap, fieldPath: data}\n  TARGET {create: true}\n")
            .replace("FIELD", &format!("k{at}"))
    });
    let object = || config_map("a", "data: {x: {a: b}, t: abc}\n");
    assert_too_large(
        &app(&format!("replacements:\n{nodes}"), object()),
        "/app/kustomization.yaml:",
    );
    let text = double(
        "- source: {kind: ConfigMap, fieldPath: data.t}\n  TARGET {delimiter: b, index: 99}\n",
    );
    let text = text.replace("FIELD", "t").repeat(60);
    assert_too_large(&app(&format!("replacements:\n{text}"), object()), "/app/kustomization.yaml:");
    let copies = each(60, |at| format!("- {{op: copy, from: /data, path: /data/k{at}}}\n"));
    let mut copied = app("patches: [{path: p, target: {}}]\n", object());
    copied.insert("/app/p", copies);
    assert_refused(&copied, "/app/p:", "copies more than 64 MiB");
    let patch = "- target: {}\n  patch: |-\n    - {op: copy, from: /data, path: /data/k}\n    - {op: move, \
                 from: /data/k, path: /data/x/a}\n";
    let repeated = format!("patches:\n{}", patch.repeat(3));
    assert!(built(&app(&repeated, object())).contains("t: abc\n"));
    let large = "z".repeat(1 << 20);
    let copies = each(100, |at| format!("- {{op: copy, from: /data/t, path: /data/k{at}}}\n"));
    let mut copied = app(
        "patches: [{path: p, target: {}}]\n",
        config_map("a", &format!("data: {{t: {large}}}\n")),
    );
    copied.insert("/app/p", copies);
    assert_refused(&copied, "/app/p:", "copies more than 64 MiB");
}

#[test]
fn small_texts_that_go_into_many_places_and_become_large_are_refused() {
    let large = "z".repeat(1 << 20);
    let objects = documents(2000, |at| config_map(&format!("c{at}"), "data: {x: y}\n"));
    for kustomization in [
        format!("commonAnnotations: {{a: {large}}}\n"),
        format!("namePrefix: {large}\n"),
        format!(
            "patches: [{{target: {{}}, patch: '{{kind: ConfigMap, metadata: {{name: x}}, data: {{x: {large}}}}}'}}]\n"
        ),
        format!(
            "replacements: [{{sourceValue: {large}, targets: [{{select: {{kind: ConfigMap}}, fieldPaths: [data.x]}}]}}]\n"
        ),
    ] {
        assert_refused(
            &app(&kustomization, objects.clone()),
            "/app/kustomization.yaml:",
            "multiplies",
        );
    }
    let vars = "vars:\n- name: V\n  objref: {kind: ConfigMap, name: a, apiVersion: v1}\n  fieldref: {fieldpath: data.x}\n";
    let args = "\"$(V)$(V)\", ".repeat(1000);
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{args: [{args}]}}]}}\n"
    );
    let objects = format!("{}---\n{pod}", config_map("a", &format!("data: {{x: {large}}}\n")));
    assert_refused(&app(vars, objects), "/app/a.yaml:", "variables");
}

#[test]
fn bases_that_multiply_are_refused() {
    let mut files = files([("kustomization.yaml", "resources: [../l0/a, ../l0/b]\n")]);
    for level in 0..40 {
        for prefix in ["a", "b"] {
            let path = format!("/l{level}/{prefix}/kustomization.yaml");
            let next = level + 1;
            let text =
                format!("namePrefix: {prefix}\nresources: [../../l{next}/a, ../../l{next}/b]\n");
            files.insert(&path, text);
        }
    }
    for prefix in ["a", "b"] {
        files.insert(
            &format!("/l40/{prefix}/kustomization.yaml"),
            format!("namePrefix: {prefix}\nresources: [c.yaml]\n"),
        );
        files.insert(&format!("/l40/{prefix}/c.yaml"), CONFIG_MAP);
    }
    assert_too_large(&files, "/");
}

#[test]
fn many_documents_of_nothing_and_one_long_line_are_read() {
    let nothing = "---\n".repeat(200_000) + CONFIG_MAP;
    assert_eq!(built(&app("", nothing)).lines().count(), 4);
    let dashes = format!("{CONFIG_MAP}data: {{x: \"{}\"}}\n", "\\n---".repeat(500_000));
    assert!(built(&app("", dashes)).contains("    ---\n"));
    let entries = format!("resources: [{}]\n", each(100_000, |at| format!("f{at}.yaml, ")));
    assert_refused(
        &files([("kustomization.yaml", entries)]),
        "/app/kustomization.yaml:12: ",
        "there is no `f0.yaml`",
    );
}
