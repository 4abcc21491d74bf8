//! Paths mean loops, and what cannot become a tree is refused.

use serde_json::json;

use super::{Sample, faults, paths, render, text};
use crate::spec::EntityKind;
use crate::tree::Ownership;

fn two_tenants() -> Sample {
    Sample::new().tenant("a", json!({ "team": "@acme/a" })).tenant("b", json!({}))
}

#[test]
fn placeholders_in_paths_are_loops() {
    let tree = render(
        &two_tenants(),
        "",
        &[
            ("README.md.tera", "# {{ platform.name }}\n"),
            (".github/plain.txt", "as it is: {{ platform.name }}\n"),
            ("env/{environment}.yaml.tera", "name: {{ environment.name }}\n"),
            (
                "clusters/{cluster}/x.yaml.tera",
                "at: {{ cluster.name }}\nin: {{ environment.name }}\n",
            ),
            ("tenants/base/{tenant}/t.yaml.tera", "name: {{ tenant.name }}\n"),
            (
                "clusters/{cluster}/tenants/{tenant}.yaml.tera",
                "name: {{ tenant.name ~ \"-\" ~ cluster.name }}\n",
            ),
        ],
    );
    insta::assert_debug_snapshot!(paths(&tree), @r#"
    [
        ".github/plain.txt",
        "README.md",
        "clusters/dev-1/tenants/a.yaml",
        "clusters/dev-1/tenants/b.yaml",
        "clusters/dev-1/x.yaml",
        "clusters/prod-1/tenants/a.yaml",
        "clusters/prod-1/tenants/b.yaml",
        "clusters/prod-1/x.yaml",
        "clusters/prod-2/tenants/a.yaml",
        "clusters/prod-2/tenants/b.yaml",
        "clusters/prod-2/x.yaml",
        "env/production.yaml",
        "env/staging.yaml",
        "tenants/base/a/t.yaml",
        "tenants/base/b/t.yaml",
    ]
    "#);
    assert_eq!(text(&tree, "clusters/prod-2/tenants/b.yaml"), "name: b-prod-2\n");
    assert_eq!(text(&tree, "clusters/dev-1/x.yaml"), "at: dev-1\nin: staging\n");
    assert_eq!(text(&tree, ".github/plain.txt"), "as it is: {{ platform.name }}\n");
}

#[test]
fn a_file_knows_where_it_came_from() {
    let tree = render(
        &two_tenants(),
        "files: { once: ['README.md'], foreign: ['clusters/*/gotk.yaml'], lists: [CODEOWNERS] }\n",
        &[
            ("README.md", "x\n"),
            ("CODEOWNERS", "x\n"),
            ("clusters/{cluster}/gotk.yaml", "a: 1\n"),
            ("clusters/{cluster}/{tenant}.yaml", "a: 1\n"),
        ],
    );
    let ownership = |path: &str| tree.get(path).unwrap().ownership;
    assert_eq!(ownership("README.md"), Ownership::Once);
    assert_eq!(ownership("CODEOWNERS"), Ownership::List);
    assert_eq!(ownership("clusters/dev-1/gotk.yaml"), Ownership::Foreign);
    assert_eq!(ownership("clusters/dev-1/a.yaml"), Ownership::Managed);
    let file = tree.get("clusters/dev-1/a.yaml").unwrap();
    assert_eq!(file.template.as_str(), ".tenantry/layout/clusters/{cluster}/{tenant}.yaml");
    let entity = file.entity.as_ref().unwrap();
    assert_eq!((entity.kind, &*entity.name), (EntityKind::Tenant, "a"));
    assert_eq!(file.loops.to_string(), "tenant `a` on cluster `dev-1`");
}

#[test]
fn white_space_alone_is_no_file_and_an_underscore_is_for_others() {
    let tree = render(
        &two_tenants(),
        "",
        &[
            ("x/{tenant}.yaml.tera", "{% if tenant.name == \"a\" %}a: 1\n{% endif %}\n"),
            ("_lib/part.tera", "b: {{ tenant.name }}\n"),
            ("y/{tenant}.yaml.tera", "{% include \"_lib/part.tera\" %}"),
        ],
    );
    assert_eq!(paths(&tree), ["x/a.yaml", "y/a.yaml", "y/b.yaml"]);
    assert_eq!(text(&tree, "y/b.yaml"), "b: b\n");
}

#[test]
fn a_broken_template_is_told_at_its_line() {
    let files = [
        ("a.yaml.tera", "a: 1\nb: {{ platform.name | nope }}\n"),
        ("b.yaml.tera", "a: 1\n{% if %}\n"),
        ("c.yaml.tera", "{% for x in y %}\n"),
    ];
    insta::assert_snapshot!(faults(&two_tenants(), "", &files), @r"
    invalid-template: found `%}` but expected one of: integer, float, string, bool, ident, `-`, `not`, `<`, `{`, `[` or `(`
      at .tenantry/layout/b.yaml.tera:2 `%}`
    invalid-template: unexpected end of input
      at .tenantry/layout/c.yaml.tera:1 `
    `
    ");
    insta::assert_snapshot!(faults(&two_tenants(), "", &files[..1]), @r"
    invalid-template: unknown filter `nope`
      at .tenantry/layout/a.yaml.tera:2 `nope`
    ");
}

#[test]
fn a_template_that_fails_is_told_once_with_whom_it_failed_for() {
    let files =
        [("x/{tenant}.yaml.tera", "{% for i in [1] %}\nteam: {{ tenant.teem }}\n{% endfor %}\n")];
    insta::assert_snapshot!(faults(&two_tenants(), "", &files), @r"
    template-failed: field `teem` is not defined, for tenant `a` and 1 more
      at .tenantry/layout/x/{tenant}.yaml.tera:2 `teem`
      help: did you mean `team`?
    ");
    let files = [("x.yaml.tera", "name: {{ platfrom.name }}\n")];
    insta::assert_snapshot!(faults(&two_tenants(), "", &files), @r"
    template-failed: variable `platfrom` is not defined
      at .tenantry/layout/x.yaml.tera:1 `platfrom`
      help: did you mean `platform`?
    ");
}

#[test]
fn what_is_rendered_must_be_what_its_name_claims() {
    let files = [
        ("x/{tenant}.yaml.tera", "a: 1\na: {{ tenant.name }}\n"),
        ("y.json.tera", "{ \"a\": {{ platform.name }}, }\n"),
    ];
    insta::assert_snapshot!(faults(&two_tenants(), "", &files), @r#"
    template-output: the template renders a broken file: the key `a` is already set in this mapping, for tenant `a` and 1 more
      at .tenantry/layout/x/{tenant}.yaml.tera
      help: line 2 of what it renders: a: a
    template-output: the template renders a broken file: key must be a string
      at .tenantry/layout/y.json.tera
      help: line 1 of what it renders: { "a": "acme", }
    "#);
}

#[test]
fn two_templates_cannot_render_one_path() {
    let files = [
        ("x/{tenant}.yaml", "a: 1\n"),
        ("x/a.yaml", "a: 1\n"),
        ("x/B.yaml", "a: 1\n"),
        ("x/a.yaml/b", "a: 1\n"),
    ];
    insta::assert_snapshot!(faults(&two_tenants(), "", &files), @r"
    path-collision: two templates render `x/a.yaml`
      at .tenantry/layout/x/a.yaml
      the other template .tenantry/layout/x/{tenant}.yaml
    path-collision: `x/a.yaml` is rendered as a file, and `x/a.yaml/b` needs it as a folder
      at .tenantry/layout/x/a.yaml/b
      the other template .tenantry/layout/x/a.yaml
    path-collision: `x/b.yaml` and `x/B.yaml` differ in case only, which many disks take for the same file
      at .tenantry/layout/x/{tenant}.yaml
      the other template .tenantry/layout/x/B.yaml
    ");
}

#[test]
fn what_files_are_generated_from_is_not_rendered() {
    let files = [
        ("{tenant}/tenants/x.yaml", "a: 1\n"),
        (".tenantry/layout/more.yaml", "a: 1\n"),
        (".tenantry/.gitignore", "x\n"),
        ("Platform.yaml", "a: 1\n"),
    ];
    let platform = Sample::new().tenant("platform", json!({}));
    insta::assert_snapshot!(faults(&platform, "", &files), @"
    unsafe-path: a template renders `.tenantry/layout/more.yaml`, which is not for layouts to write
      at .tenantry/layout/.tenantry/layout/more.yaml
      help: the description is people's, and what lies in `.tenantry` tenantry's own
    unsafe-path: a template renders `Platform.yaml`, which is not for layouts to write
      at .tenantry/layout/Platform.yaml
      help: the description is people's, and what lies in `.tenantry` tenantry's own
    unsafe-path: a template renders `platform/tenants/x.yaml`, which is not for layouts to write
      at .tenantry/layout/{tenant}/tenants/x.yaml
      help: the description is people's, and what lies in `.tenantry` tenantry's own
    ");
}

#[test]
fn a_path_cannot_be_made_unsafe() {
    let files = [("x/{team}/a.yaml", "a: 1\n")];
    insta::assert_snapshot!(faults(&two_tenants(), "", &files), @r"
    invalid-layout: the file's path: `{team}` is not a placeholder
      at .tenantry/layout/x/{team}/a.yaml
      help: there is `{environment}`, `{cluster}`, `{tenant}`, `{component}`
    ");
}
