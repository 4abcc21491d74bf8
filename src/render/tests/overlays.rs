//! Overlays say what differs, and exactly that.

use serde_json::{Value as Json, json};

use super::{Sample, faults, path, paths, render, text};
use crate::files::Memory;
use crate::layout::{self, Member};

const MANIFEST: &str = "\
overlays:
  - { entity: tenant, base: 'tenants/base/{tenant}', environment: 'tenants/{environment}/{tenant}', cluster: 'tenants/clusters/{cluster}/{tenant}', always: true }
  - { entity: component, base: 'infra/{component}/base', environment: 'infra/{component}/{environment}', cluster: 'infra/{component}/clusters/{cluster}' }
";

const KUSTOMIZATION: &str = "\
resources:
  - {{ overlay.base }}
{%- for name in overlay.resources %}
  - {{ name }}
{%- endfor %}
{% if overlay.patches -%}
patches:
  {{ overlay.patches | yaml(indent=2) }}
{% endif %}";

const QUOTA: &str = "\
{%- for name in tenant.namespaces %}
---
apiVersion: v1
kind: ResourceQuota
metadata: { name: quota, namespace: {{ name }} }
spec:
  hard:
    {{ tenant.quota | yaml(indent=4) }}
{%- endfor %}
";

const FILES: &[(&str, &str)] = &[
    (
        "tenants/base/{tenant}/kustomization.yaml.tera",
        "resources:\n  - rbac.yaml\n{% if tenant.quota %}  - quota.yaml\n{% endif %}",
    ),
    (
        "tenants/base/{tenant}/rbac.yaml.tera",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ tenant.name }}\n",
    ),
    ("tenants/base/{tenant}/quota.yaml.tera", QUOTA),
    ("tenants/{environment}/{tenant}/kustomization.yaml.tera", KUSTOMIZATION),
    ("tenants/clusters/{cluster}/{tenant}/kustomization.yaml.tera", KUSTOMIZATION),
    ("clusters/{cluster}/{tenant}.yaml.tera", "path: {{ overlay.path }}\n"),
    ("clusters/{cluster}/all.yaml.tera", "all:\n  {{ overlays.tenant | yaml(indent=2) }}\n"),
];

#[allow(clippy::needless_pass_by_value)] // written as literals
fn tenant(quota: Json) -> Json {
    json!({ "namespaces": ["apps"], "quota": quota })
}

#[test]
fn an_environment_that_differs_gets_a_patch_and_a_cluster_its_own_folder() {
    let fleet = Sample::new().member(
        Member::Tenant,
        "a",
        tenant(json!({ "cpu": "20", "a/b~c": "1", "pods": 5 })),
        &[
            ("production", tenant(json!({ "cpu": "40", "pods": 5, "memory": "1Gi" }))),
            ("prod-2", tenant(json!({ "cpu": "80", "pods": 5, "memory": "1Gi" }))),
        ],
    );
    let tree = render(&fleet, MANIFEST, FILES);
    assert_eq!(
        paths(&tree),
        [
            "clusters/dev-1/a.yaml",
            "clusters/dev-1/all.yaml",
            "clusters/prod-1/a.yaml",
            "clusters/prod-1/all.yaml",
            "clusters/prod-2/a.yaml",
            "clusters/prod-2/all.yaml",
            "tenants/base/a/kustomization.yaml",
            "tenants/base/a/quota.yaml",
            "tenants/base/a/rbac.yaml",
            "tenants/clusters/prod-2/a/kustomization.yaml",
            "tenants/production/a/kustomization.yaml",
            "tenants/staging/a/kustomization.yaml",
        ]
    );
    assert_eq!(text(&tree, "clusters/dev-1/a.yaml"), "path: tenants/staging/a\n");
    assert_eq!(text(&tree, "clusters/prod-1/a.yaml"), "path: tenants/production/a\n");
    assert_eq!(text(&tree, "clusters/prod-2/a.yaml"), "path: tenants/clusters/prod-2/a\n");
    assert_eq!(text(&tree, "clusters/prod-1/all.yaml"), "all:\n  a: tenants/production/a\n");
    insta::assert_snapshot!(text(&tree, "tenants/staging/a/kustomization.yaml"), @r"
    resources:
      - ../../base/a
    ");
    insta::assert_snapshot!(text(&tree, "tenants/production/a/kustomization.yaml"), @r#"
    resources:
      - ../../base/a
    patches:
      - target:
          version: v1
          kind: ResourceQuota
          name: quota
          namespace: apps
        patch: |
          - op: replace
            path: /spec/hard/cpu
            value: "40"
          - op: remove
            path: /spec/hard/a~1b~0c
          - op: add
            path: /spec/hard/memory
            value: 1Gi
    "#);
    insta::assert_snapshot!(text(&tree, "tenants/clusters/prod-2/a/kustomization.yaml"), @r#"
    resources:
      - ../../../production/a
    patches:
      - target:
          version: v1
          kind: ResourceQuota
          name: quota
          namespace: apps
        patch: |
          - op: replace
            path: /spec/hard/cpu
            value: "80"
    "#);
}

#[test]
fn objects_that_come_and_go_are_resources_and_deletions() {
    let one = |namespaces: Json| json!({ "namespaces": namespaces, "quota": { "cpu": "1" } });
    let fleet = Sample::new().member(
        Member::Tenant,
        "a",
        one(json!(["apps"])),
        &[("production", one(json!(["data.x"]))), ("staging", tenant(json!({})))],
    );
    let tree = render(&fleet, MANIFEST, FILES);
    insta::assert_snapshot!(text(&tree, "tenants/production/a/kustomization.yaml"), @r#"
    resources:
      - ../../base/a
      - quota.yaml
    patches:
      - target:
          version: v1
          kind: ResourceQuota
          name: quota
          namespace: apps
        patch: |
          "$patch": delete
          apiVersion: v1
          kind: ResourceQuota
          metadata:
            name: quota
            namespace: apps
    "#);
    insta::assert_snapshot!(text(&tree, "tenants/production/a/quota.yaml"), @r#"
    apiVersion: v1
    kind: ResourceQuota
    metadata: { name: quota, namespace: data.x }
    spec:
      hard:
        cpu: "1"
    "#);
    let file = tree.get("tenants/production/a/quota.yaml").unwrap();
    assert_eq!(file.template.file_name(), "quota.yaml.tera");
    assert_eq!(file.loops.to_string(), "tenant `a` in environment `production`");
}

#[test]
fn values_that_change_no_object_make_no_folder() {
    let fleet = Sample::new().member(
        Member::Component,
        "x",
        json!({ "note": 1 }),
        &[("production", json!({ "note": 2 })), ("prod-1", json!({ "note": 3 }))],
    );
    let tree = render(
        &fleet,
        MANIFEST,
        &[
            ("infra/{component}/base/a.yaml", "apiVersion: v1\nkind: A\nmetadata: { name: a }\n"),
            ("infra/{component}/{environment}/kustomization.yaml.tera", KUSTOMIZATION),
            ("infra/{component}/clusters/{cluster}/kustomization.yaml.tera", KUSTOMIZATION),
            ("clusters/{cluster}/{component}.yaml.tera", "path: {{ overlay.path }}\n"),
        ],
    );
    assert_eq!(
        paths(&tree),
        [
            "clusters/dev-1/x.yaml",
            "clusters/prod-1/x.yaml",
            "clusters/prod-2/x.yaml",
            "infra/x/base/a.yaml",
        ]
    );
    assert_eq!(text(&tree, "clusters/prod-1/x.yaml"), "path: infra/x/base\n");
}

#[test]
fn what_an_overlay_cannot_say_is_refused() {
    let fleet = Sample::new().member(
        Member::Tenant,
        "a",
        json!({ "x": 1 }),
        &[("production", json!({ "x": 2 }))],
    );
    let files = [("tenants/base/{tenant}/kustomization.yaml.tera", "namePrefix: {{ tenant.x }}\n")];
    insta::assert_snapshot!(faults(&fleet, MANIFEST, &files), @r"
    template-failed: `namePrefix` differs, and no overlay can change that: only `resources` of a Kustomization file below an overlay's base may depend on values that can be overridden, for tenant `a` in environment `production`
      at .tenantry/layout/tenants/base/{tenant}/kustomization.yaml.tera
    ");
    let files = [("tenants/base/{tenant}/notes.txt.tera", "{{ tenant.x }}\n")];
    insta::assert_snapshot!(faults(&fleet, MANIFEST, &files), @r"
    template-failed: it is not a Kubernetes object and differs: an overlay can only change objects, for tenant `a` in environment `production`
      at .tenantry/layout/tenants/base/{tenant}/notes.txt.tera
    ");
    let object = "apiVersion: v1\nkind: A\nmetadata: { name: a }\nx: {{ tenant.x }}\n";
    let twice = format!("{object}---\n{object}");
    let files = [("tenants/base/{tenant}/a.yaml.tera", twice.as_str())];
    insta::assert_snapshot!(faults(&fleet, MANIFEST, &files), @r"
    template-failed: A `a` stands twice below the overlay's base, for tenant `a` in environment `production`
      at .tenantry/layout/tenants/base/{tenant}/a.yaml.tera
    ");
}

#[test]
fn a_wrong_manifest_is_told_at_its_line() {
    let manifest = "\
variables: { a-b: { type: string }, n: { type: integer, default: x } }
files: { once: ['a{'] }
overlays:
  - { entity: tenant, base: 'tenants/base', environment: '{environment}/{tenant}', cluster: '{clster}/{tenant}' }
";
    let with_manifest = format!("{}{manifest}", super::MANIFEST);
    let shown = [("layout.yaml", with_manifest.as_str())];
    let fleet = Sample::new();
    let told = |more: &str| match super::try_render(&fleet, more, &[]) {
        Ok(_) => panic!("it is accepted"),
        Err(faults) => super::told(&faults, &shown),
    };
    insta::assert_snapshot!(told(manifest), @r"
    invalid-layout: `a-b` is no name that a template can say
      at .tenantry/layout/layout.yaml:5 `{ type: string }`
      help: letters, digits and `_`
    invalid-layout: the default of `n` is not a whole number
      at .tenantry/layout/layout.yaml:5 `x`
    invalid-layout: the pattern is wrong: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
      at .tenantry/layout/layout.yaml:6 `'a{'`
    invalid-layout: this path has to hold `{tenant}` alone
      at .tenantry/layout/layout.yaml:8 `'tenants/base'`
    invalid-layout: `{clster}` is not a placeholder
      at .tenantry/layout/layout.yaml:8 `'{clster}/{tenant}'`
    ");
    insta::assert_snapshot!(told("varables: {}\n"), @"
    invalid-layout: the layout `small` 1.0.0: there is no field `varables` here
      at .tenantry/layout/layout.yaml:5 `variable`
      help: did you mean `variables`?
    ");
    insta::assert_snapshot!(told("summary: again\n"), @r"
    invalid-layout: the key `summary` is already set in this mapping
      at .tenantry/layout/layout.yaml:5 `variabl`
    ");
}

#[test]
fn a_layout_that_needs_a_newer_context_is_refused_before_anything_else() {
    let text = "name: small\nversion: 2.0.0\nsummary: x\ncontext: 99\nnewField: 1\n";
    let load = |files: Memory| layout::load(&files, &path(layout::FOLDER)).unwrap_err();
    let newer = Memory::new().with(path(".tenantry/layout/layout.yaml"), text);
    insta::assert_snapshot!(super::told(&load(newer), &[("layout.yaml", text)]), @"
    layout-too-new: the layout `small` 2.0.0 asks for context 99; this tenantry 0.1.0 knows 1
      at .tenantry/layout/layout.yaml:4 `99`
      help: use a later tenantry, or the layout's version that was here before
    ");
    insta::assert_snapshot!(super::told(&load(Memory::new()), &[]), @"
    no-layout: there is no layout: `.tenantry/layout/layout.yaml` is missing
      help: `tenantry layout use NAME` copies one into it; `tenantry layout list` names those that there are
    ");
}
