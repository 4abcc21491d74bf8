//! `layout diff`: what an upgrade would change, what people changed, and what is new.

use insta::assert_snapshot;
use serde_json::Value;

use crate::test_layout_upgrade::small;

#[test]
fn what_an_upgrade_would_change() {
    let test = small();
    assert_snapshot!(test.finds("layout diff --from ../small/1.1.0"), @"
    diff --git a/.tenantry/layout/clusters/{cluster}/info.yaml.tera b/.tenantry/layout/clusters/{cluster}/info.yaml.tera
    --- a/.tenantry/layout/clusters/{cluster}/info.yaml.tera
    +++ b/.tenantry/layout/clusters/{cluster}/info.yaml.tera
    @@ -7,4 +7,4 @@
       cluster: {{ cluster.name }}
       environment: {{ cluster.environment }}
       region: {{ cluster.labels.region }}
    -  motto: {{ variables.motto }}
    +  slogan: {{ variables.motto }}
    diff --git a/.tenantry/layout/clusters/{cluster}/new.yaml b/.tenantry/layout/clusters/{cluster}/new.yaml
    new file mode 100644
    --- /dev/null
    +++ b/.tenantry/layout/clusters/{cluster}/new.yaml
    @@ -0,0 +1,5 @@
    +apiVersion: v1
    +kind: ConfigMap
    +metadata:
    +  name: new
    +  namespace: flux-system
    diff --git a/.tenantry/layout/clusters/{cluster}/old.yaml b/.tenantry/layout/clusters/{cluster}/old.yaml
    deleted file mode 100644
    --- a/.tenantry/layout/clusters/{cluster}/old.yaml
    +++ /dev/null
    @@ -1,5 +0,0 @@
    -apiVersion: v1
    -kind: ConfigMap
    -metadata:
    -  name: old
    -  namespace: flux-system
    diff --git a/.tenantry/layout/layout.yaml b/.tenantry/layout/layout.yaml
    --- a/.tenantry/layout/layout.yaml
    +++ b/.tenantry/layout/layout.yaml
    @@ -1,10 +1,14 @@
     name: small
    -version: 1.0.0
    +version: 1.1.0
     summary: A small layout
     context: 1
     
     variables:
       motto: { type: string, default: hello }
    -  colour: { type: string, default: blue }
    +  tint: { type: string, default: blue }
     
     roles: { tenant: [tenant], groups: [edit, view] }
    +
    +migrations:
    +  - version: 1.1.0
    +    renamedVariables: { colour: tint }
    diff --git a/.tenantry/layout/tenants/{tenant}/owner.yaml.tera b/.tenantry/layout/tenants/{tenant}/owner.yaml.tera
    --- a/.tenantry/layout/tenants/{tenant}/owner.yaml.tera
    +++ b/.tenantry/layout/tenants/{tenant}/owner.yaml.tera
    @@ -5,4 +5,4 @@
       namespace: flux-system
     data:
       tenant: {{ tenant.name }}
    -  colour: {{ variables.colour }}
    +  colour: {{ variables.tint }}
    diff --git a/platform.yaml b/platform.yaml
    --- a/platform.yaml
    +++ b/platform.yaml
    @@ -8,4 +8,4 @@
     layout:
       variables:
         # As the logo is.
    -    colour: red # not blue
    +    tint: red # not blue
    ");
    test.does("layout upgrade --from ../small/1.1.0");
    assert_snapshot!(test.answers("layout diff --from ../small/1.1.0"), @"No difference: small 1.1.0 is what was copied.");
}

#[test]
fn the_difference_can_be_applied_by_git() {
    let test = small();
    let diff = test.finds("layout diff --from ../small/1.1.0");
    let git = git2::Repository::open(test.root()).unwrap();
    let diff = git2::Diff::from_buffer(diff.as_bytes()).unwrap();
    git.apply(&diff, git2::ApplyLocation::WorkDir, None).unwrap();
    // All that is left is that the lock does not know of it.
    assert_snapshot!(test.answers("layout diff --from ../small/1.1.0"), @"No difference to small 1.1.0.");
    test.does("layout upgrade --from ../small/1.1.0");
    test.answers("generate --check");
}

#[test]
fn what_is_new_and_what_you_changed() {
    let test = small();
    assert_snapshot!(test.answers("layout diff --yours"), @"The layout is small 1.0.0 as it was copied.");
    let data = test.finds("layout diff --from ../small/1.1.0 --new --output json");
    let data: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(data["data"]["view"], "new");
    let files = data["data"]["files"].as_array().unwrap().iter();
    let files: Vec<_> = files.map(|file| format!("{} {}", file["change"], file["path"])).collect();
    assert_snapshot!(files.join("\n"), @r#"
    "changed" ".tenantry/layout/clusters/{cluster}/info.yaml.tera"
    "added" ".tenantry/layout/clusters/{cluster}/new.yaml"
    "removed" ".tenantry/layout/clusters/{cluster}/old.yaml"
    "changed" ".tenantry/layout/layout.yaml"
    "changed" ".tenantry/layout/tenants/{tenant}/owner.yaml.tera"
    "#);
}

#[test]
fn colours_where_they_are_asked_for() {
    let test = small();
    let plain = test.finds("layout diff --from ../small/1.1.0");
    let coloured = test.finds("layout diff --from ../small/1.1.0 --color always");
    assert!(!plain.contains('\u{1b}') && coloured.contains("\u{1b}[32m"), "{coloured}");
    assert_eq!(console::strip_ansi_codes(&coloured), plain);
}

#[test]
fn nothing_to_compare_with() {
    let test = small();
    assert_snapshot!(test.refuses("layout diff"), @"
    unknown-entity

      x this tenantry carries no layout `small`
      help: say where it lies with `--from DIR`; carried: bootstrap-repo, multi-tenancy,
            reference-arch
    ");
    assert_snapshot!(test.refuses("layout diff multi-tenancy"), @"
    another-layout

      x `multi-tenancy` is another layout than `small`, which the repository has
      help: `tenantry layout use` puts it in the place of the repository's
    ");
    assert_snapshot!(test.wrong_usage("layout diff --yours --new"), @"
    error: the argument '--yours' cannot be used with '--new'

    Usage: tenantry layout diff --yours [NAME]

    For more information, try '--help'.
    ");
}
