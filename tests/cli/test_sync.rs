//! The table of sync, row by row, in real repositories: what a person edited, deleted or put in the way.

use insta::assert_snapshot;

use crate::scratch::Test;

const LIMITS: &str = "tenants/base/shop/limits.yaml";
const SHOP: &str = "platform/tenants/shop.yaml";

#[test]
fn an_edit_is_merged_with_what_changes_elsewhere_in_the_file() {
    let test = Test::generated().first_line(LIMITS, "# mine");
    test.does("generate"); // keeps what the edit comes from
    let test = test.edit(SHOP, "memory: 32Gi", "memory: 48Gi");
    assert_snapshot!(test.finds("generate --check"), @"
    1 file is not what the description means.
    out-of-sync

      x `tenants/base/shop/limits.yaml` was edited, and something else is generated now
      help: `tenantry generate` merges the two
    ");
    assert_snapshot!(test.does("generate"), @"
      ~ tenants/base/shop/limits.yaml (merged with what was edited by hand)
    0 to create, 1 to change, 0 to delete
    ");
    let text = test.read(LIMITS);
    assert!(text.contains("48Gi") && text.starts_with("# mine\n"), "{text}");
    assert_eq!(test.run("generate --check").code, 0);
}

#[test]
fn an_edit_of_the_same_lines_is_a_conflict() {
    let test = Test::generated().edit(LIMITS, "32Gi", "33Gi");
    test.does("generate");
    let test = test.edit(SHOP, "memory: 32Gi", "memory: 48Gi");
    let dry = test.unchanged("generate --dry-run", 4);
    assert_snapshot!(dry.stdout + &dry.stderr, @"
      ! tenants/base/shop/limits.yaml (conflict)
    0 to create, 1 to change, 0 to delete, 1 in conflict
    merge-conflict

      x what was edited in `tenants/base/shop/limits.yaml` and what is generated now do not go
      | together: both changed the same lines in 2 places
      help: nothing was written; without `--dry-run`, both are put into the file, between marks
    ");
    let run = test.run("generate");
    assert_eq!(run.code, 4);
    assert_snapshot!(run.stdout + &run.stderr, @"
      ! tenants/base/shop/limits.yaml (conflict)
    0 to create, 1 to change, 0 to delete, 1 in conflict
    merge-conflict

      x what was edited in `tenants/base/shop/limits.yaml` and what is generated now do not go
      | together: both changed the same lines in 2 places
      help: both are in the file, between marks: keep what is right, and delete the marks
    ");
    assert_snapshot!(test.read(LIMITS), @r#"
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: tenancy
      namespace: shop
      labels:
        toolkit.fluxcd.io/tenant: shop
    spec:
      hard:
        cpu: "8"
    <<<<<<< edited by hand
        memory: 33Gi
    ||||||| generated before
        memory: 32Gi
    =======
        memory: 48Gi
    >>>>>>> generated now
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: tenancy
      namespace: shop-jobs
      labels:
        toolkit.fluxcd.io/tenant: shop
    spec:
      hard:
        cpu: "8"
    <<<<<<< edited by hand
        memory: 33Gi
    ||||||| generated before
        memory: 32Gi
    =======
        memory: 48Gi
    >>>>>>> generated now
    "#);
    assert_snapshot!(test.finds("generate --check"), @"
    1 file is not what the description means.
    conflict-markers

      x `tenants/base/shop/limits.yaml` carries the markers of an unresolved merge
      help: resolve the merge
    ");
}

#[test]
fn what_an_edit_comes_from_is_found_in_git() {
    let test = Test::generated().committed().first_line(LIMITS, "# mine").edit(
        SHOP,
        "memory: 32Gi",
        "memory: 48Gi",
    );
    assert_snapshot!(test.does("generate"), @"
      ~ tenants/base/shop/limits.yaml (merged with what was edited by hand)
    0 to create, 1 to change, 0 to delete
    ");
    let text = test.read(LIMITS);
    assert!(text.contains("48Gi") && text.starts_with("# mine\n"), "{text}");
}

#[test]
fn without_what_an_edit_comes_from_every_difference_is_a_conflict() {
    let test =
        Test::generated().first_line(LIMITS, "# mine").edit(SHOP, "memory: 32Gi", "memory: 48Gi");
    let run = test.run("generate");
    assert_eq!(run.code, 4);
    assert_snapshot!(run.stdout + &run.stderr, @"
      ! tenants/base/shop/limits.yaml (conflict)
    0 to create, 1 to change, 0 to delete, 1 in conflict
    merge-conflict

      x what was edited in `tenants/base/shop/limits.yaml` and what is generated now do not go
      | together: what was generated before the edit is not to be had
      help: both are in the file, between marks: keep what is right, and delete the marks
    ");
    assert_snapshot!(test.read(LIMITS), @r#"
    <<<<<<< edited by hand
    # mine
    =======
    >>>>>>> generated now
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: tenancy
      namespace: shop
      labels:
        toolkit.fluxcd.io/tenant: shop
    spec:
      hard:
        cpu: "8"
    <<<<<<< edited by hand
        memory: 32Gi
    =======
        memory: 48Gi
    >>>>>>> generated now
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: tenancy
      namespace: shop-jobs
      labels:
        toolkit.fluxcd.io/tenant: shop
    spec:
      hard:
        cpu: "8"
    <<<<<<< edited by hand
        memory: 32Gi
    =======
        memory: 48Gi
    >>>>>>> generated now
    "#);
}

#[test]
fn the_base_of_an_edit_is_kept_as_long_as_there_is_one() {
    let bases = |test: &Test| test.files(".tenantry/base");
    let test = Test::generated().first_line(LIMITS, "# mine");
    assert_snapshot!(test.answers("generate --check"), @"
      tenants/base/shop/limits.yaml was edited by hand; `tenantry generate` keeps what it comes from
    In sync: 39 files are what the description means.
    ");
    assert_snapshot!(test.does("generate"), @"
      = tenants/base/shop/limits.yaml (kept as it was edited by hand)
    0 to create, 0 to change, 0 to delete, 1 kept as edited
    ");
    let base = bases(&test);
    assert_eq!(base.len(), 1);
    assert!(
        test.answers("generate --check")
            .starts_with("  tenants/base/shop/limits.yaml was edited by hand\n")
    );
    let test = test.edit(SHOP, "memory: 32Gi", "memory: 48Gi");
    test.does("generate");
    assert_ne!(bases(&test), base, "it is what was generated last");
    assert_eq!(bases(&test).len(), 1);
    let text = test.read(LIMITS);
    let test = test.file(LIMITS, text.strip_prefix("# mine\n").unwrap());
    test.does("generate");
    assert!(bases(&test).is_empty());
}

#[test]
fn a_conflict_is_not_committed() {
    let test = Test::generated().committed().edit(LIMITS, "32Gi", "33Gi").edit(
        SHOP,
        "memory: 32Gi",
        "memory: 48Gi",
    );
    let run = test.run("generate --commit");
    assert_eq!(run.code, 4);
    assert!(run.stdout.contains("Not committed: conflicts are left in files."), "{}", run.stdout);
    assert_eq!(test.last_commit().0, "Begin");
}

#[test]
fn a_change_of_the_description_leaves_conflicts_as_generating_does() {
    let test = Test::generated().committed().edit(LIMITS, "32Gi", "33Gi");
    let run = test.run("set tenant shop quota.memory=48Gi --output json");
    assert_eq!(run.code, 4);
    let envelope: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let action = |path: &str| {
        let changes = envelope["data"]["changes"].as_array().unwrap();
        changes.iter().find(|change| change["path"] == path).unwrap()["action"].clone()
    };
    assert_eq!(action(SHOP), "written");
    assert_eq!(action(LIMITS), "conflict");
}

#[test]
fn a_file_is_reset_when_that_is_asked_for() {
    let test = Test::generated().committed();
    let generated = test.read(LIMITS);
    let test = test.edit(LIMITS, "32Gi", "33Gi").without("tenants/base/shop/network.yaml");
    assert_snapshot!(test.does("generate"), @"
      = tenants/base/shop/limits.yaml (kept as it was edited by hand)
      = tenants/base/shop/network.yaml (stays deleted)
    0 to create, 0 to change, 0 to delete, 1 kept as edited
    ");
    assert_snapshot!(test.does("generate --reset 'tenants/base/*/network.yaml'"), @"
      = tenants/base/shop/limits.yaml (kept as it was edited by hand)
      ~ tenants/base/shop/network.yaml (reset to what is generated)
    0 to create, 1 to change, 0 to delete, 1 kept as edited
    ");
    assert!(test.at("tenants/base/shop/network.yaml").exists());
    let said = test.does("generate --reset tenants/base/shop");
    assert_snapshot!(said, @"
      ~ tenants/base/shop/limits.yaml (reset to what is generated)
    0 to create, 1 to change, 0 to delete
    What tenants/base/shop/limits.yaml said was never committed: `git cat-file blob d8909c5d10217754ecbeb2067a5c953313c93cca` has it for now.
    ");
    assert_eq!(test.read(LIMITS), generated);
    assert_snapshot!(test.refuses("generate --reset tenants/base/shop --reset tenant"), @"
    nothing-matched

      x `--reset tenants/base/shop` concerns no generated file that was edited or deleted by hand
      help: `tenantry generate --check` names what is off; nothing was written

    nothing-matched

      x `--reset tenant` concerns no generated file that was edited or deleted by hand
      help: `tenantry generate --check` names what is off; nothing was written

    2 errors
    ");
    assert_snapshot!(test.wrong_usage("generate --reset ../home"), @"
    wrong-usage

      x --reset: `../home` is no path of the platform
    ");
}

#[test]
fn a_conflict_is_reset_when_that_is_asked_for() {
    let test = Test::generated().file(LIMITS, "<<<<<<< mine\n=======\n>>>>>>> yours\n");
    test.refuses("generate");
    test.does("generate --reset tenants/base/shop/limits.yaml");
    assert_eq!(test.run("generate --check").code, 0);
}

#[test]
fn paths_are_those_of_the_folder_where_they_are_typed() {
    let test = Test::generated().edit(LIMITS, "32Gi", "33Gi");
    let run = test.run_in("tenants/base", "generate --reset shop/limits.yaml", "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = test.run_in("tenants/base", "generate --reset ../../tenants", "");
    assert_eq!(run.code, 1, "{}", run.stderr);
}

#[test]
fn what_lies_in_the_way_is_taken_over_when_that_is_asked_for() {
    let test = Test::fleet().file(LIMITS, "mine\n").file("README.md", "mine\n");
    assert_snapshot!(test.refuses("generate"), @"
    file-in-the-way

      x `tenants/base/shop/limits.yaml` lies where a file is to be generated, and was not generated
      help: move it away; or let `tenantry generate --take-over` write over it
    ");
    assert!(
        test.does("generate --take-over")
            .contains("  ~ tenants/base/shop/limits.yaml (taken over)\n")
    );
    assert_eq!(test.read("README.md"), "mine\n", "it is the user's");
    assert_snapshot!(test.refuses("generate --take-over tenants"), @"
    nothing-matched

      x `--take-over tenants` concerns no file that lies where one is to be generated
      help: `tenantry generate --check` names what is off; nothing was written
    ");
}

#[test]
fn an_edited_file_that_is_generated_no_more_stands_against_it() {
    let test = Test::generated().committed().edit(LIMITS, "32Gi", "33Gi").edit(
        SHOP,
        "quota: { cpu: \"8\", memory: 32Gi } # of each namespace\n",
        "",
    );
    assert_snapshot!(test.refuses("generate"), @"
    edited-by-hand

      x `tenants/base/shop/limits.yaml` was edited by hand, and nothing is generated for it any more
      help: move what is to stay to a file of your own; `--discard-edits` deletes it
    ");
    assert_snapshot!(test.finds("generate --check"), @"
    2 files are not what the description means.
    out-of-sync

      x `tenants/base/shop/kustomization.yaml` is not what the description means any more
      help: `tenantry generate` brings it there

    edited-by-hand

      x `tenants/base/shop/limits.yaml` was edited by hand, and is generated no more
      help: move what is to stay to a file of your own; `--discard-edits` deletes it

    2 errors
    ");
    assert_snapshot!(test.refuses("generate --discard-edits clusters"), @"
    edited-by-hand

      x `tenants/base/shop/limits.yaml` was edited by hand, and nothing is generated for it any more
      help: move what is to stay to a file of your own; `--discard-edits` deletes it
    ");
    assert_snapshot!(test.does("generate --discard-edits"), @"
    On prod-eu and staging-eu:
      - ResourceQuota shop/tenancy goes
      - ResourceQuota shop-jobs/tenancy goes

      ~ tenants/base/shop/kustomization.yaml
      - tenants/base/shop/limits.yaml (deleted with its edits)
    0 to create, 1 to change, 1 to delete
    What tenants/base/shop/limits.yaml said was never committed: `git cat-file blob d8909c5d10217754ecbeb2067a5c953313c93cca` has it for now.
    ");
    assert!(!test.at(LIMITS).exists());
}

#[test]
fn what_a_formatter_changes_is_no_edit() {
    let test = Test::generated();
    let generated = test.read(LIMITS);
    let formatted = format!("---\n{}", generated.replace("\"8\"", "'8'").replace("  ", "    "));
    let test = test.file(LIMITS, &formatted);
    assert_snapshot!(test.answers("generate --check"), @"In sync: 39 files are what the description means.");
    assert_snapshot!(test.does("generate"), @"Nothing to do: 39 files are what the description means.");
    assert_eq!(test.read(LIMITS), formatted);
    let test = test.edit(SHOP, "memory: 32Gi", "memory: 48Gi");
    test.does("generate");
    assert_eq!(test.read(LIMITS), generated.replace("32Gi", "48Gi"), "it was never edited");
}

#[test]
fn a_file_that_cannot_be_merged_is_kept_and_the_other_lies_beside_it() {
    let beside = "tenants/base/shop/limits.yaml.tenantry-theirs";
    let test = Test::generated().committed().edit(LIMITS, "memory: 32Gi", "memory: [").edit(
        SHOP,
        "memory: 32Gi",
        "memory: 48Gi",
    );
    let run = test.run("generate");
    assert_eq!(run.code, 4);
    assert_snapshot!(run.stdout + &run.stderr, @"
      ! tenants/base/shop/limits.yaml (conflict, kept as it was edited)
      + tenants/base/shop/limits.yaml.tenantry-theirs
    1 to create, 0 to change, 0 to delete, 1 kept as edited, 1 in conflict
    merge-conflict

      x what was edited in `tenants/base/shop/limits.yaml` and what is generated now do not go
      | together: as it was edited it is no YAML
      help: what is generated is in `tenants/base/shop/limits.yaml.tenantry-theirs`: take over what
            you want of it, and delete it
    ");
    assert!(test.read(LIMITS).contains("memory: ["));
    assert!(test.read(beside).contains("memory: 48Gi"));
    assert_snapshot!(test.finds("generate --check"), @"
    1 file is not what the description means.
    conflict-markers

      x `tenants/base/shop/limits.yaml` was edited by hand, and what is generated lies beside it
      help: take over what you want of the file whose name ends with `.tenantry-theirs`, and delete
            that
    ");
    assert_snapshot!(test.refuses("generate"), @"
    conflict-markers

      x `tenants/base/shop/limits.yaml` was edited by hand, and what is generated lies beside it in
      | `tenants/base/shop/limits.yaml.tenantry-theirs`
      help: take over what you want of it, and delete `tenants/base/shop/limits.yaml.tenantry-theirs`
    ");
    let theirs = test.read(beside);
    let test = test.without(beside).file(LIMITS, theirs);
    assert_eq!(test.run("generate --check").code, 0);
}

#[test]
fn a_merge_that_neither_side_means_is_a_conflict() {
    let test = Test::generated().committed();
    let kustomization = "tenants/base/shop/kustomization.yaml";
    let text = test.read(kustomization);
    let test = test
        .file(kustomization, text.replace("resources:\n", "resources:\n  - extra.yaml\n"))
        .file("tenants/base/shop/extra.yaml", "# mine\n");
    test.does("generate");
    // The same in the layout, at the end of the list.
    let template = ".tenantry/layout/tenants/base/{tenant}/kustomization.yaml.tera";
    let test = test.line(template, "  - extra.yaml");
    let run = test.run("generate");
    assert_eq!(run.code, 4, "{}{}", run.stdout, run.stderr);
    assert_snapshot!(run.stdout + &run.stderr, @"
      ! tenants/base/shop/kustomization.yaml (conflict)
    0 to create, 1 to change, 0 to delete, 1 in conflict
    merge-conflict

      x what was edited in `tenants/base/shop/kustomization.yaml` and what is generated now do not go
      | together: the merged lines would say something that neither asked for
      help: both are in the file, between marks: keep what is right, and delete the marks
    ");
}
