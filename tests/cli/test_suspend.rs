//! `suspend` and `resume`: everywhere, in an environment, on a cluster.

use insta::assert_snapshot;

use crate::scratch::Test;

const SHOP: &str = "platform/tenants/shop.yaml";

#[test]
fn a_tenant_everywhere_and_back() {
    let test = Test::generated();
    let before = test.disk();
    assert_snapshot!(test.does("suspend tenant shop"), @"
      ~ platform/tenants/shop.yaml
      ~ tenants/base/shop/sync.yaml
    0 to create, 2 to change, 0 to delete

    It stops its sources, its Flux Kustomizations, its image automation, alerts and receivers. What goes on:

      - what runs in its namespaces
      - what its repository brought for Flux to do, such as HelmReleases: suspend that there
      - the platform's objects for it: namespaces, rights, quotas and network policies are kept as they are described
    ");
    assert!(test.read(SHOP).contains("suspend: true\n"));
    assert!(test.read("tenants/base/shop/sync.yaml").contains("suspend: true"));
    test.does("resume tenant shop");
    assert!(before == test.disk(), "resuming does not bring back what was:\n{}", test.read(SHOP));
}

#[test]
fn a_tenant_in_an_environment_and_on_a_cluster() {
    let test = Test::generated();
    test.does("suspend tenant shop --environment staging");
    test.does("suspend tenant shop --cluster prod-eu");
    assert_snapshot!(test.read(SHOP), @r#"
    # Asks for a review before it goes to production.
    owner: ["@acme/shop"]
    namespaces: [shop, shop-jobs]
    placement: all
    sources:
      app:
        git: { url: https://github.com/acme/shop, branch: main }
    quota: { cpu: "8", memory: 32Gi } # of each namespace
    environments:
      staging: { suspend: true }
    clusters:
      prod-eu: { suspend: true }
    "#);
    test.answers("generate --check");
}

#[test]
fn a_component() {
    let test = Test::generated();
    test.does("suspend component metrics-server");
    assert!(test.read("platform/components/metrics-server.yaml").contains("suspend: true\n"));
}

#[test]
fn a_tenant_that_there_is_not() {
    let test = Test::generated();
    assert_snapshot!(test.refuses("suspend tenant shpo"), @r#"
    unknown-entity

      x there is no tenant `shpo`
      help: did you mean `shop`?
    "#);
    assert_snapshot!(test.refuses("suspend tenant shop --cluster prod-ue"), @r#"
    unknown-reference

      x there is no cluster `prod-ue`
        ,-[platform/tenants/shop.yaml:10:3]
      9 | clusters:
     10 |   prod-ue: { suspend: true }
        :   ^^^|^^^
        :      `-- nothing has this name
        `----
      help: did you mean `prod-eu`?
    "#);
}
