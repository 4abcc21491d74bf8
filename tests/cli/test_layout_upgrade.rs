//! `layout use` and `layout upgrade`, with two versions of a small layout that lie beside the platform.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const MANIFEST: &str = "name: small
version: 1.0.0
summary: A small layout
context: 1

variables:
  motto: { type: string, default: hello }
  colour: { type: string, default: blue }

roles: { tenant: [tenant], groups: [edit, view] }
";

const INFO: &str = "apiVersion: v1
kind: ConfigMap
metadata:
  name: info
  namespace: flux-system
data:
  cluster: {{ cluster.name }}
  environment: {{ cluster.environment }}
  region: {{ cluster.labels.region }}
  motto: {{ variables.motto }}
";

const OWNER: &str = "apiVersion: v1
kind: ConfigMap
metadata:
  name: owner
  namespace: flux-system
data:
  tenant: {{ tenant.name }}
  colour: {{ variables.colour }}
";

const OLD: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: old\n  namespace: flux-system\n";

const VARIABLES: &str = "layout:
  variables:
    # As the logo is.
    colour: red # not blue
";

/// A version of the layout, in `../small/VERSION`.
fn version(test: Test, version: &str, files: &[(&str, &str)]) -> Test {
    files
        .iter()
        .fold(test, |test, (path, text)| test.file(&format!("../small/{version}/{path}"), text))
}

/// A platform with version 1.0.0, generated and committed, and version 1.1.0 beside it: a template changed, one is new,
/// one is gone, and a variable has another name.
pub(crate) fn small() -> Test {
    let test = version(
        Test::fleet(),
        "1.0.0",
        &[
            ("layout.yaml", MANIFEST),
            ("clusters/{cluster}/info.yaml.tera", INFO),
            ("clusters/{cluster}/old.yaml", OLD),
            ("tenants/{tenant}/owner.yaml.tera", OWNER),
        ],
    );
    let newer = MANIFEST.replace("1.0.0", "1.1.0").replace("  colour:", "  tint:");
    let migrations = "\nmigrations:\n  - version: 1.1.0\n    renamedVariables: { colour: tint }\n";
    let test = version(
        test,
        "1.1.0",
        &[
            ("layout.yaml", &(newer + migrations)),
            ("clusters/{cluster}/info.yaml.tera", &INFO.replace("  motto:", "  slogan:")),
            ("clusters/{cluster}/new.yaml", &OLD.replace("name: old", "name: new")),
            (
                "tenants/{tenant}/owner.yaml.tera",
                &OWNER.replace("variables.colour", "variables.tint"),
            ),
        ],
    );
    test.does("layout use --from ../small/1.0.0");
    let description = test.read("platform.yaml") + VARIABLES;
    let test = test.file("platform.yaml", description);
    test.does("generate");
    test.committed()
}

#[test]
fn a_later_version_is_taken_as_one_change_and_once() {
    let test = small();
    assert_snapshot!(test.does("layout upgrade --from ../small/1.1.0 --commit"), @"
    small 1.0.0 → small 1.1.0
      platform.yaml: `layout.variables.colour` is `layout.variables.tint` now
    On prod-eu and staging-eu:
      - ConfigMap flux-system/old goes

      ~ platform.yaml
      ~ .tenantry/layout/clusters/{cluster}/info.yaml.tera
      + .tenantry/layout/clusters/{cluster}/new.yaml
      - .tenantry/layout/clusters/{cluster}/old.yaml
      ~ .tenantry/layout/layout.yaml
      ~ .tenantry/layout/tenants/{tenant}/owner.yaml.tera
      ~ clusters/prod-eu/info.yaml
      + clusters/prod-eu/new.yaml
      - clusters/prod-eu/old.yaml
      ~ clusters/staging-eu/info.yaml
      + clusters/staging-eu/new.yaml
      - clusters/staging-eu/old.yaml
    3 to create, 6 to change, 3 to delete
    Committed [commit] on main: Upgrade the layout small to 1.1.0
    ");
    assert!(
        test.read("platform.yaml")
            .ends_with("layout:\n  variables:\n    # As the logo is.\n    tint: red # not blue\n")
    );
    assert_eq!(test.status(), [""; 0]);
    let (title, paths) = test.last_commit();
    assert_eq!(title, "Upgrade the layout small to 1.1.0");
    assert!(paths.contains(&".tenantry/lock/layout.lock".to_owned()), "{paths:?}");
    test.answers("generate --check");
    assert_snapshot!(test.unchanged("layout upgrade --from ../small/1.1.0", 0).stdout, @"
    small 1.1.0, as before
    Nothing to do: it is so already.
    ");
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let test = small();
    let shown = test.answers("layout upgrade --from ../small/1.1.0 --dry-run");
    let data = test.answers("layout upgrade --from ../small/1.1.0 --dry-run --output json");
    let data: Value = serde_json::from_str(&data).unwrap();
    assert_snapshot!(data["data"]["layout"], @r#"{"from":{"name":"small","version":"1.0.0"},"to":{"name":"small","version":"1.1.0"},"migrations":[{"file":"platform.yaml","field":"layout.variables.colour","renamed":"layout.variables.tint","change":"`layout.variables.colour` is `layout.variables.tint` now"}],"generated":true}"#);
    assert_eq!(test.does("layout upgrade --from ../small/1.1.0"), shown);
}

#[test]
fn what_does_not_hold_with_the_new_version_is_not_written() {
    let test = small().edit(
        "../small/1.1.0/tenants/{tenant}/owner.yaml.tera",
        "tenant.name",
        "tenant.nane",
    );
    assert_snapshot!(test.refuses("layout upgrade --from ../small/1.1.0"), @"
    template-failed

      x field `nane` is not defined, for tenant `shop`
       ,-[.tenantry/layout/tenants/{tenant}/owner.yaml.tera:7:21]
     6 | data:
     7 |   tenant: {{ tenant.nane }}
       :                     ^^^^
     8 |   colour: {{ variables.tint }}
       `----
      help: did you mean `name`?
    ");
}

#[test]
fn an_earlier_version_is_refused_unless_it_is_meant() {
    let test = small();
    test.does("layout upgrade --from ../small/1.1.0");
    assert_snapshot!(test.refuses("layout upgrade --from ../small/1.0.0"), @"
    older-layout

      x small 1.0.0 is of an earlier version than the repository's small 1.1.0
      help: use a later tenantry, or say `--allow-downgrade`: what later versions changed in the
            description is not changed back
    ");
    assert_snapshot!(test.refuses("layout use --from ../small/1.0.0"), @"
    older-layout

      x small 1.0.0 is of an earlier version than the repository's small 1.1.0
      help: use a later tenantry, or say `--allow-downgrade`: what later versions changed in the
            description is not changed back
    ");
    // What was renamed in the description is not renamed back by itself.
    assert!(
        test.refuses("layout upgrade --from ../small/1.0.0 --allow-downgrade").contains("`tint`")
    );
}

#[test]
fn another_layout_is_no_upgrade() {
    let test = small();
    assert_snapshot!(test.refuses("layout upgrade"), @"
    unknown-entity

      x this tenantry carries no layout `small`
      help: say where it lies with `--from DIR`; carried: bootstrap-repo, multi-tenancy,
            reference-arch
    ");
    assert_snapshot!(test.refuses("layout upgrade --from multi-tenancy"), @"
    another-layout

      x `multi-tenancy` is another layout than `small`, which the repository has
      help: `tenantry layout use` puts it in the place of the repository's
    ");
    assert_snapshot!(test.refuses("layout upgrade --from .tenantry/layout"), @"
    wrong-usage

      x `.tenantry/layout` is the repository's own copy of its layout
      help: name the folder of the layout as it is shipped
    ");
    assert_snapshot!(test.refuses("layout upgrade --from ../nowhere"), @"
    unreadable-file

      x `../nowhere` cannot be read: No such file or directory (os error 2)
    ");
    assert_snapshot!(test.refuses("layout upgrade --from ../small"), @"
    no-layout

      x `small` is no layout: there is no `layout.yaml` in it
    ");
}

#[test]
fn a_layout_for_a_later_tenantry_is_refused_by_name_and_version() {
    let test = small().edit("../small/1.1.0/layout.yaml", "1.1.0\nsummary", "3.0.0\nsummary").edit(
        "../small/1.1.0/layout.yaml",
        "context: 1",
        "context: 3\nnovelties: [a]",
    );
    assert_snapshot!(test.refuses("layout upgrade --from ../small/1.1.0"), @"
    layout-too-new

      x the layout `small` 3.0.0 asks for context 3; this tenantry 0.1.0 knows 1
       ,-[1.1.0/layout.yaml:4:10]
     3 | summary: A small layout
     4 | context: 3
       :          ^
     5 | novelties: [a]
       `----
      help: use a later tenantry, or the layout's version that was here before
    ");
    let test = test.edit("../small/1.1.0/layout.yaml", "context: 3", "context: 1");
    assert_snapshot!(test.refuses("layout upgrade --from ../small/1.1.0"), @"
    invalid-layout

      x the layout `small` 3.0.0: there is no field `novelties` here
       ,-[1.1.0/layout.yaml:5:1]
     4 | context: 1
     5 | novelties: [a]
       : ^^^^^^^^^
     6 |
       `----
      help: this tenantry 0.1.0 knows: name, version, summary, context, variables, roles, reserved,
            files, overlays, artifacts, migrations; a layout for a later one needs a later one
    ");
}

#[test]
fn the_list_says_what_the_repository_has() {
    let test = small();
    assert_snapshot!(test.answers("layout list"), @"
    NAME            VERSION  REPOSITORY  SUMMARY
    bootstrap-repo  1.0.0    -           Many clusters that differ a little, each component reconciled by itself
    multi-tenancy   1.0.0    -           Many tenants on each cluster, locked down, each reconciled by itself
    reference-arch  1.0.0    -           System packages as signed OCI artifacts, promoted by tag; many tenants on each cluster, locked down
    small           -        1.0.0       This tenantry does not carry it
    ");
    let test = Test::fleet();
    let test = test.edit(".tenantry/layout/layout.yaml", "version: 1.0.0", "version: 0.9.0");
    assert_snapshot!(test.answers("layout list"), @"
    NAME            VERSION  REPOSITORY  SUMMARY
    bootstrap-repo  1.0.0    -           Many clusters that differ a little, each component reconciled by itself
    multi-tenancy   1.0.0    0.9.0       Many tenants on each cluster, locked down, each reconciled by itself
    reference-arch  1.0.0    -           System packages as signed OCI artifacts, promoted by tag; many tenants on each cluster, locked down

    `tenantry layout upgrade` brings the repository to multi-tenancy 1.0.0.
    ");
    let data: Value = serde_json::from_str(&test.answers("layout list --output json")).unwrap();
    let all = data["data"].as_array().unwrap();
    let own = all.iter().find(|layout| layout["name"] == "multi-tenancy").unwrap();
    assert_eq!(own["repository"], "0.9.0");
    assert_eq!(own["upgrade"], true);
}

#[test]
fn a_repository_without_a_layout_gets_its_first() {
    let test = Test::fleet();
    std::fs::remove_dir_all(test.at(".tenantry")).unwrap();
    assert_snapshot!(test.refuses("layout upgrade"), @"
    no-layout

      x the repository has no layout
      help: `tenantry layout use NAME` brings one in; `tenantry layout list` names those that this
            tenantry carries
    ");
    assert_snapshot!(test.wrong_usage("layout use"), @"
    error: the following required arguments were not provided:
      <NAME>

    Usage: tenantry layout use <NAME>

    For more information, try '--help'.
    ");
    assert_snapshot!(test.refuses("layout use multi-tenant"), @"
    unknown-entity

      x this tenantry carries no layout `multi-tenant`
      help: did you mean `multi-tenancy`?
    ");
    assert!(test.does("layout use multi-tenancy").starts_with("multi-tenancy 1.0.0\n"));
    test.answers("generate --check");
    assert!(test.at(".tenantry/schemas/tenant.json").exists());
    assert!(test.read(".tenantry/lock/layout.lock").contains(".tenantry/layout/layout.yaml"));
}

#[test]
fn edits_of_the_layout_stand_against_another_one() {
    let test =
        small().line(".tenantry/layout/clusters/{cluster}/old.yaml", "data: { ours: \"yes\" }");
    assert_snapshot!(test.refuses("layout use --from ../small/1.1.0"), @"
    edited-by-hand

      x 1 file of the repository's layout was edited by hand, and would be replaced:
      | .tenantry/layout/clusters/{cluster}/old.yaml
      help: `tenantry layout upgrade` merges them, and `tenantry layout diff --yours` shows the edits;
            `--discard-edits` throws them away
    ");
    test.does("layout use --from ../small/1.1.0 --discard-edits");
    assert!(!test.at(".tenantry/layout/clusters/{cluster}/old.yaml").exists());
}

#[test]
fn objects_that_only_the_old_layout_generates_want_a_word() {
    let test = version(
        Test::generated().committed(),
        "1.0.0",
        &[("layout.yaml", MANIFEST), ("clusters/{cluster}/info.yaml.tera", INFO)],
    );
    let refused = test.refuses("layout use --from ../small/1.0.0");
    assert!(refused.starts_with("live-objects\n"), "{refused}");
    assert!(refused.contains("--confirm shop"), "{refused}");
    let does = test.does("layout use --from ../small/1.0.0 --confirm acme-fleet");
    assert!(does.contains("flux-system/shop goes, with everything"), "{does}");
}

#[test]
fn objects_of_a_template_that_was_deleted_by_hand_want_a_word_too() {
    let test = Test::empty();
    test.does("init . --demo");
    std::fs::remove_dir_all(test.at(".tenantry/layout/clusters/{cluster}/tenants")).unwrap();
    let refused = test.refuses("generate");
    assert!(refused.starts_with("live-objects\n"), "{refused}");
}

#[test]
fn a_layout_that_cannot_be_taken_changes_nothing() {
    let manifest = "../small/1.1.0/layout.yaml";
    let upgrade = "layout upgrade --from ../small/1.1.0";
    assert_snapshot!(small().file(manifest, "name: [").refuses(upgrade), @"
    invalid-layout

      x the file ends where a value is expected
       ,-[1.1.0/layout.yaml:1:8]
     1 | name: [
       `----
    ");
    assert_snapshot!(small().link("../small/1.1.0/more.yaml", "/etc/hostname").refuses(upgrade), @"
    invalid-layout

      x `1.1.0/more.yaml` is a symbolic link; links are not followed
    ");
    assert_snapshot!(small().file("../small/1.1.0/a.yaml.tera", "a: {{ }").refuses(upgrade), @"
    invalid-template

      x found `}` but expected one of: integer, float, string, bool, ident, `-`, `not`, `<`, `{`, `[`
      | or `(`
       ,-[1.1.0/a.yaml.tera:1:7]
     1 | a: {{ }
       :       ^
       `----
    ");
    let marked = small().line("../small/1.1.0/clusters/{cluster}/new.yaml", "<<<<<<< ours");
    assert_snapshot!(marked.refuses(upgrade), @"
    conflict-markers

      x `1.1.0/clusters/{cluster}/new.yaml` carries the markers of an unresolved merge
       ,-[1.1.0/clusters/{cluster}/new.yaml:6:1]
     5 |   namespace: flux-system
     6 | <<<<<<< ours
       : ^^^^^^^^^^^^
       `----
      help: keep what is right of the two sides, and delete the marks
    ");
    let own = small().file("../small/1.1.0/platform/tenants/{tenant}.yaml.tera", "owner: []\n");
    assert_snapshot!(own.refuses(upgrade), @"
    unsafe-path

      x .tenantry/layout/platform/tenants/{tenant}.yaml.tera: a template renders
      | `platform/tenants/shop.yaml`, which is not for layouts to write
      help: the description is people's, and what lies in `.tenantry` tenantry's own
    ");
    let mine = ".tenantry/layout/clusters/{cluster}/new.yaml";
    let mine = small().file(mine, "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: mine }\n");
    assert_snapshot!(mine.refuses(upgrade), @"
    file-in-the-way

      x `.tenantry/layout/clusters/{cluster}/new.yaml` lies where the layout has a file, and is not
      | the layout's
      help: move it away; or let `--take-over` write over it
    ");
}

#[test]
fn a_repository_in_disorder_is_told_and_left() {
    let upgrade = "layout upgrade --from ../small/1.1.0";
    let lock = ".tenantry/lock/layout.lock";
    assert_snapshot!(small().file(lock, "<<<<<<< ours\n").refuses(upgrade), @"
    invalid-lock

      x line 1 of `.tenantry/lock/layout.lock` is a mark of a merge without the others
      help: take either side (`git checkout --ours .tenantry/lock/layout.lock`), and run `tenantry
            generate`: what is already as generated is recorded anew
    ");
    let both =
        small().edit("platform.yaml", "colour: red # not blue", "colour: red\n    tint: blue");
    assert_snapshot!(both.refuses(upgrade), @"
    cannot-edit

      x platform.yaml: `layout.variables.colour` cannot become `layout.variables.tint`: that is said,
      | too
      help: the layout has one of the two now: say that one alone
    ");
    let test = small();
    std::fs::rename(test.at(".tenantry/layout"), test.at("elsewhere")).unwrap();
    assert_snapshot!(test.link(".tenantry/layout", "../elsewhere").refuses(upgrade), @"
    symlink-in-description

      x `.tenantry/layout` is a symbolic link; links are not followed
      help: put the file itself there: what a link points at may lie outside the repository
    ");
    let test = small().without(".tenantry/layout/layout.yaml");
    assert_snapshot!(test.refuses(upgrade), @"
    no-layout

      x there is no layout: `.tenantry/layout/layout.yaml` is missing
      help: `tenantry layout use NAME` copies one into it; `tenantry layout list` names those that
            there are
    ");
    test.does(&format!("{upgrade} --reset .tenantry/layout/layout.yaml"));
    test.answers("generate --check");
}
