//! `set`: a field changes, and nothing else does.

use insta::assert_snapshot;

use crate::scratch::Test;

const SHOP: &str = "platform/tenants/shop.yaml";

#[test]
fn a_field_changes_and_comments_stay() {
    let test = Test::generated();
    let expected = test.read(SHOP).replace("cpu: \"8\"", "cpu: \"40\"");
    assert_snapshot!(test.does("set tenant shop quota.cpu=40"), @r#"
      ~ platform/tenants/shop.yaml
      ~ tenants/base/shop/limits.yaml
    0 to create, 2 to change, 0 to delete
    "#);
    assert_eq!(test.read(SHOP), expected);
    assert!(test.read("tenants/base/shop/limits.yaml").contains("\"40\""));
}

#[test]
fn twice_changes_nothing_the_second_time() {
    let test = Test::generated();
    test.does("set tenant shop quota.cpu=40");
    assert_snapshot!(test.answers("set tenant shop quota.cpu=40"), @"Nothing to do: it is so already.");
}

#[test]
fn several_fields_new_ones_and_some_away() {
    let test = Test::generated();
    test.does(
        "set tenant shop podSecurity=baseline 'labels.\"app.kubernetes.io/part-of\"=shop' \
         environments.production.quota.cpu=20 --unset quota.memory",
    );
    assert_snapshot!(test.read(SHOP), @r#"
    # Asks for a review before it goes to production.
    owner: ["@acme/shop"]
    namespaces: [shop, shop-jobs]
    placement: all
    sources:
      app:
        git: { url: https://github.com/acme/shop, branch: main }
    quota: { cpu: "8" } # of each namespace
    podSecurity: baseline
    labels: { app.kubernetes.io/part-of: shop }
    environments:
      production:
        quota: { cpu: "20" }
    "#);
}

#[test]
fn a_cluster_a_component_and_the_platform() {
    let test = Test::generated();
    test.does("set cluster prod-eu labels.tier=shared");
    test.does("set component metrics-server helm.version=3.13.2");
    test.does("set platform flux.version=2.9.5");
    assert!(test.read("platform/clusters/prod-eu.yaml").contains("tier: shared"));
    assert!(test.read("platform/components/metrics-server.yaml").contains("version: 3.13.2\n"));
    assert!(test.read("platform.yaml").contains("# in the order of promotion\n"));
}

#[test]
fn a_commit_of_what_was_set() {
    let test = Test::generated().committed();
    test.does("set tenant shop quota.cpu=40 --commit");
    let (_, paths) = test.last_commit();
    assert_eq!(paths, [".tenantry/lock/tenants/shop.lock", SHOP, "tenants/base/shop/limits.yaml"]);
    assert_eq!(test.status(), Vec::<String>::new());
}

#[test]
fn what_cannot_be_set() {
    let test = Test::generated();
    assert_snapshot!(test.refuses("set tenant shop qouta.cpu=40"), @r#"
    unknown-field

      x `qouta` is not a field of a tenant
       ,-[platform/tenants/shop.yaml:9:1]
     8 | quota: { cpu: "8", memory: 32Gi } # of each namespace
     9 | qouta: { cpu: 40 }
       : ^^|^^
       :   `-- this field is not known
       `----
      help: did you mean `quota`?
    "#);
    assert_snapshot!(test.refuses("set tenant shop quota.cpu=lots"), @r#"
    invalid-value

      x `lots` is not a quantity
       ,-[platform/tenants/shop.yaml:8:15]
     7 |     git: { url: https://github.com/acme/shop, branch: main }
     8 | quota: { cpu: "lots", memory: 32Gi } # of each namespace
       :               ^^^|^^
       :                  `-- not a quantity
       `----
      help: write a number with an optional unit, in quotes where it is a bare number, such as `"20"`,
            `500m` or `64Gi`
    "#);
    assert_snapshot!(test.refuses("set tenant shpo quota.cpu=40"), @r#"
    unknown-entity

      x there is no tenant `shpo`
      help: did you mean `shop`?
    "#);
    assert_snapshot!(test.wrong_usage("set tenant shop quota.cpu"), @r#"
    error: invalid value 'quota.cpu' for '[PATH=VALUE]...': `quota.cpu` is not of the form PATH=VALUE

    For more information, try '--help'.
    "#);
    assert_snapshot!(test.wrong_usage("set tenant shop"), @r#"
    error: the following required arguments were not provided:
      <PATH=VALUE>...

    Usage: tenantry set tenant <NAME> <PATH=VALUE>...

    For more information, try '--help'.
    "#);
}
