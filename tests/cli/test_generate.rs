//! `generate`: the tree is what the description means, and a check says whether it is.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const SYNC: &str = "tenants/base/shop/sync.yaml";

#[test]
fn everything_is_written_once() {
    let test = Test::fleet();
    assert_snapshot!(test.does("generate"), @"
      + .gitattributes
      + .sourceignore
      + .tenantry/.gitattributes
      + .tenantry/.gitignore
      + README.md
      + clusters/README.md
      + clusters/prod-eu/flux-system/README.md
      + clusters/prod-eu/flux-system/gotk-components.yaml
      + clusters/prod-eu/flux-system/gotk-sync.yaml
      + clusters/prod-eu/flux-system/kustomization.yaml
      + clusters/prod-eu/infrastructure/metrics-server.yaml
      + clusters/prod-eu/tenancy.yaml
      + clusters/prod-eu/tenants/shop.yaml
      + clusters/staging-eu/flux-system/README.md
      + clusters/staging-eu/flux-system/gotk-components.yaml
      + clusters/staging-eu/flux-system/gotk-sync.yaml
      + clusters/staging-eu/flux-system/kustomization.yaml
      + clusters/staging-eu/infrastructure/metrics-server.yaml
      + clusters/staging-eu/tenancy.yaml
      + clusters/staging-eu/tenants/shop.yaml
      + infrastructure/metrics-server/base/kustomization.yaml
      + infrastructure/metrics-server/base/namespace.yaml
      + infrastructure/metrics-server/base/source.yaml
      + infrastructure/metrics-server/base/sync.yaml
      + infrastructure/tenancy/lockdown/flux-status.yaml
      + infrastructure/tenancy/lockdown/kustomization.yaml
      + infrastructure/tenancy/lockdown/namespaces.yaml
      + infrastructure/tenancy/lockdown/references.yaml
      + infrastructure/tenancy/lockdown/services.yaml
      + infrastructure/tenancy/roles/accounts.yaml
      + infrastructure/tenancy/roles/kustomization.yaml
      + infrastructure/tenancy/roles/people.yaml
      + tenants/base/shop/kustomization.yaml
      + tenants/base/shop/limits.yaml
      + tenants/base/shop/network.yaml
      + tenants/base/shop/rbac.yaml
      + tenants/base/shop/sync.yaml
      + tenants/production/shop/kustomization.yaml
      + tenants/staging/shop/kustomization.yaml
    39 to create, 0 to change, 0 to delete
    ");
    assert_snapshot!(test.answers("generate"), @"Nothing to do: 39 files are what the description means.");
    assert_snapshot!(test.answers("generate --check"), @"In sync: 39 files are what the description means.");
}

#[test]
fn a_plan_alone_writes_nothing() {
    let test = Test::generated().edit("platform/tenants/shop.yaml", "branch: main", "branch: next");
    assert_snapshot!(test.answers("generate --dry-run"), @r#"
      ~ tenants/base/shop/sync.yaml
    0 to create, 1 to change, 0 to delete
    "#);
}

#[test]
fn a_check_finds_what_is_missing_stale_left_over_and_edited() {
    let test = Test::generated()
        .edit("platform/tenants/shop.yaml", "branch: main", "branch: next")
        .without("tenants/base/shop/rbac.yaml")
        .line("tenants/base/shop/limits.yaml", "# mine")
        .without("platform/components/metrics-server.yaml");
    assert_snapshot!(test.finds("generate --check"), @"
      tenants/base/shop/limits.yaml was edited by hand; `tenantry generate` keeps what it comes from
    9 files are not what the description means.
    out-of-sync

      x `clusters/README.md` is not what the description means any more
      help: `tenantry generate` brings it there

    out-of-sync

      x `clusters/prod-eu/infrastructure/metrics-server.yaml` is generated no more
      help: `tenantry generate` brings it there

    out-of-sync

      x `clusters/staging-eu/infrastructure/metrics-server.yaml` is generated no more
      help: `tenantry generate` brings it there

    out-of-sync

      x `infrastructure/metrics-server/base/kustomization.yaml` is generated no more
      help: `tenantry generate` brings it there

    out-of-sync

      x `infrastructure/metrics-server/base/namespace.yaml` is generated no more
      help: `tenantry generate` brings it there

    out-of-sync

      x `infrastructure/metrics-server/base/source.yaml` is generated no more
      help: `tenantry generate` brings it there

    out-of-sync

      x `infrastructure/metrics-server/base/sync.yaml` is generated no more
      help: `tenantry generate` brings it there

    forbidden-edit

      x `tenants/base/shop/rbac.yaml` was edited or deleted by hand, which is forbidden here
      help: say it by `role` and `groups` in the tenant's file (here `platform/tenants/shop.yaml`),
            and bring the file back with `tenantry generate --reset tenants/base/shop/rbac.yaml`;
            `edits.forbid` in `platform.yaml` says which files this holds for

    out-of-sync

      x `tenants/base/shop/sync.yaml` is not what the description means any more
      help: `tenantry generate` brings it there

    9 errors
    ");
}

#[test]
fn a_check_as_json_and_sarif() {
    let test = Test::generated().edit("platform/tenants/shop.yaml", "branch: main", "branch: next");
    let envelope: Value =
        serde_json::from_str(&test.finds("generate --check --output json")).unwrap();
    assert_eq!(envelope["data"]["inSync"], false);
    assert_eq!(envelope["data"]["deviations"][0]["path"], SYNC);
    let log: Value = serde_json::from_str(&test.finds("generate --check --output sarif")).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "out-of-sync");
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], SYNC);
}

#[test]
fn an_edit_stays_while_what_is_generated_stays() {
    let test = Test::generated().line(SYNC, "# mine");
    test.does("generate");
    assert!(test.read(SYNC).ends_with("# mine\n"));
}

#[test]
fn a_commit_of_what_was_generated() {
    let test = Test::generated().committed().edit(
        "platform/tenants/shop.yaml",
        "branch: main",
        "branch: next",
    );
    test.does("generate --commit");
    let (subject, paths) = test.last_commit();
    assert_eq!(subject, "Generate the repository");
    assert_eq!(paths, [".tenantry/lock/tenants/shop.lock", SYNC]);
    assert_eq!(test.status(), ["changed platform/tenants/shop.yaml"]);
}

#[test]
fn from_a_folder_of_the_platform_and_from_elsewhere() {
    let test = Test::generated();
    let run = test.run_in("platform/tenants", "generate --check", "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = test.run_in("../home", "-C ../fleet generate --check", "");
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn quiet_says_nothing() {
    assert_eq!(Test::fleet().does("generate --quiet"), "");
}

#[test]
fn colours_come_when_asked_for_and_go_with_never() {
    let test = Test::fleet().line("platform.yaml", "polices: {}");
    assert!(!test.refuses("generate").contains('\u{1b}'));
    assert!(test.refuses("generate --color always").contains("\u{1b}["));
    assert!(!test.refuses("generate --color never").contains('\u{1b}'));
}
