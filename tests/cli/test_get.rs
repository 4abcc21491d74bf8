//! `get`: tables for people, and the same for machines.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

fn fleet() -> Test {
    Test::fleet()
        .file(
            "platform/tenants/web.yaml",
            "owner: [\"@acme/web\"]\nnamespaces: [web]\nplacement: [prod-eu]\nsuspend: true\n",
        )
        .line(
            "platform/tenants/shop.yaml",
            "environments: { production: { quota: { cpu: \"20\" } } }",
        )
}

#[test]
fn tables() {
    let test = fleet();
    assert_snapshot!(test.answers("get platform"), @r#"
    NAME        ENVIRONMENTS        CLUSTERS  COMPONENTS  TENANTS  FLUX   REPOSITORY
    acme-fleet  staging,production  2         1           2        2.9.4  https://github.com/acme/fleet
    "#);
    assert_snapshot!(test.answers("get environments"), @r#"
    NAME        CLUSTERS    FLUX   POLICIES
    staging     staging-eu  2.9.4  audited
    production  prod-eu     2.9.4  audited
    "#);
    assert_snapshot!(test.answers("get clusters"), @"
    NAME        ENVIRONMENT  WAVE  LABELS     KUBERNETES  FLUX   TENANTS  COMPONENTS
    prod-eu     production   0     region=eu  -           2.9.4  2        1
    staging-eu  staging      0     region=eu  -           2.9.4  1        1
    ");
    assert_snapshot!(test.answers("get components"), @r#"
    NAME            KIND  VERSION  NAMESPACE       DEPENDS ON  CLUSTERS  SUSPENDED
    metrics-server  helm  3.13.1   metrics-server  -           all       false
    "#);
    assert_snapshot!(test.answers("get tenants"), @r#"
    NAME  OWNER       NAMESPACES      CLUSTERS  SOURCES  ROLE    SUSPENDED
    shop  @acme/shop  shop,shop-jobs  all       app      tenant  false
    web   @acme/web   web             prod-eu   -        tenant  true
    "#);
}

#[test]
fn names_a_line_each() {
    assert_eq!(fleet().answers("get tenant --output name"), "tenant/shop\ntenant/web\n");
    assert_eq!(fleet().answers("get cluster -o name"), "cluster/prod-eu\ncluster/staging-eu\n");
}

#[test]
fn one_tenant_is_its_file() {
    let test = fleet();
    let text = test.answers("get tenant shop");
    assert_eq!(
        text,
        format!("# platform/tenants/shop.yaml\n{}", test.read("platform/tenants/shop.yaml"))
    );
}

#[test]
fn one_tenant_as_it_is_on_a_cluster() {
    let test = fleet();
    assert_snapshot!(test.answers("get tenant shop --cluster prod-eu"), @r#"
    owner:
    - '@acme/shop'
    namespaces:
    - shop
    - shop-jobs
    placement: all
    sources:
      app:
        git:
          url: https://github.com/acme/shop
          branch: main
          recurseSubmodules: false
        path: ./
        prune: true
        wait: false
    role: tenant
    serviceAccount:
      name: flux
    quota:
      cpu: "20"
      memory: 32Gi
    networkPolicy:
      mode: isolate
      ingressFrom: []
      egressTo: []
      egressCidrs: []
    podSecurity: restricted
    suspend: false
    "#);
    assert!(test.answers("get tenant shop --environment staging").contains("cpu: \"8\""));
    assert_snapshot!(test.refuses("get tenant web --cluster staging-ue"), @r#"
    unknown-entity

      x there is no cluster `staging-ue`
      help: did you mean `staging-eu`?
    "#);
    assert_snapshot!(test.refuses("get tenant web --environment prodution"), @r#"
    unknown-entity

      x there is no environment `prodution`
      help: did you mean `production`?
    "#);
}

#[test]
fn only_what_is_on_a_cluster_is_listed() {
    assert_eq!(fleet().answers("get tenants --cluster staging-eu -o name"), "tenant/shop\n");
}

#[test]
fn json_and_yaml_say_the_same() {
    let test = fleet();
    let envelope: Value = serde_json::from_str(&test.answers("get tenants --output json")).unwrap();
    assert_eq!(envelope["apiVersion"], "tenantry.dev/cli/v1");
    assert_eq!(envelope["kind"], "GetTenantResult");
    assert_eq!(envelope["data"][0]["name"], "shop");
    assert_eq!(envelope["data"][1]["suspended"], true);
    assert_snapshot!(test.answers("get clusters --output yaml"), @"
    - name: prod-eu
      file: platform/clusters/prod-eu.yaml
      environment: production
      wave: 0
      labels:
        region: eu
      kubernetes: null
      flux: 2.9.4
      tenants:
      - shop
      - web
      components:
      - metrics-server
    - name: staging-eu
      file: platform/clusters/staging-eu.yaml
      environment: staging
      wave: 0
      labels:
        region: eu
      kubernetes: null
      flux: 2.9.4
      tenants:
      - shop
      components:
      - metrics-server
    ");
}

#[test]
fn a_name_that_nothing_has() {
    assert_snapshot!(fleet().refuses("get tenant shpo"), @r#"
    unknown-entity

      x there is no tenant `shpo`
      help: did you mean `shop`?
    "#);
    assert_snapshot!(fleet().refuses("get component kyverno"), @r#"
    unknown-entity

      x there is no component `kyverno`
      help: `tenantry get component` lists what there is
    "#);
}
