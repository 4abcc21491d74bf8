//! `layout list` and `layout show`.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

#[test]
fn the_layouts_that_the_binary_carries() {
    assert_snapshot!(Test::empty().answers("layout list"), @"
    NAME            VERSION  REPOSITORY  SUMMARY
    bootstrap-repo  1.0.0    -           Many clusters that differ a little, each component reconciled by itself
    multi-tenancy   1.0.0    -           Many tenants on each cluster, locked down, each reconciled by itself
    reference-arch  1.0.0    -           System packages as signed OCI artifacts, promoted by tag; many tenants on each cluster, locked down
    ");
}

#[test]
fn the_layout_of_a_repository_and_one_that_the_binary_carries() {
    let test = Test::fleet();
    let own: Value = serde_json::from_str(&test.answers("layout show --output json")).unwrap();
    let carried: Value =
        serde_json::from_str(&test.answers("layout show multi-tenancy --output json")).unwrap();
    assert_eq!(own["data"]["name"], "multi-tenancy");
    assert_eq!(own["data"]["roles"], carried["data"]["roles"]);
    assert!(test.answers("layout show").contains("ingressNamespaces"));
}

#[test]
fn a_layout_that_there_is_not() {
    assert_snapshot!(Test::empty().refuses("layout show multi-tenant"), @r#"
    unknown-entity

      x there is no layout `multi-tenant`
      help: did you mean `multi-tenancy`?
    "#);
    assert_snapshot!(Test::empty().refuses("layout show"), @r#"
    no-platform

      x there is no `platform.yaml` in `[scratch]/fleet` or above it
      help: go to a platform's folder or name it with `-C DIR`; `tenantry init DIR` makes a new one
    "#);
}
