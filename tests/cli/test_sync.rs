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
