//! `delete`: what goes is listed, the name is wanted again, and what is still named stays.

use insta::assert_snapshot;

use crate::scratch::Test;

#[test]
fn a_tenant_wants_its_name_again() {
    let test = Test::generated();
    assert_snapshot!(test.wrong_usage("delete tenant shop"), @r#"
    not-confirmed

      x deleting tenant `shop` wants its name again
      help: say `--confirm shop`

            These objects go:

            prod-eu:
              - Namespace shop (stays on the cluster: its pruning is disabled)
              - Namespace shop-jobs (stays on the cluster: its pruning is disabled)
              - Kustomization.kustomize.toolkit.fluxcd.io flux-system/shop
              - GitRepository.source.toolkit.fluxcd.io shop/app
              - Kustomization.kustomize.toolkit.fluxcd.io shop/app
              - NetworkPolicy.networking.k8s.io shop/tenancy-deny
              - NetworkPolicy.networking.k8s.io shop/tenancy-dns
              - NetworkPolicy.networking.k8s.io shop/tenancy-outside
              - NetworkPolicy.networking.k8s.io shop/tenancy-visitors
              - NetworkPolicy.networking.k8s.io shop/tenancy-within
              - ResourceQuota shop/tenancy
              - RoleBinding.rbac.authorization.k8s.io shop/tenancy-reconciler
              - ServiceAccount shop/flux
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-deny
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-dns
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-outside
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-visitors
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-within
              - ResourceQuota shop-jobs/tenancy
              - RoleBinding.rbac.authorization.k8s.io shop-jobs/tenancy-reconciler
              - ServiceAccount shop-jobs/flux

            staging-eu:
              - Namespace shop (stays on the cluster: its pruning is disabled)
              - Namespace shop-jobs (stays on the cluster: its pruning is disabled)
              - Kustomization.kustomize.toolkit.fluxcd.io flux-system/shop
              - GitRepository.source.toolkit.fluxcd.io shop/app
              - Kustomization.kustomize.toolkit.fluxcd.io shop/app
              - NetworkPolicy.networking.k8s.io shop/tenancy-deny
              - NetworkPolicy.networking.k8s.io shop/tenancy-dns
              - NetworkPolicy.networking.k8s.io shop/tenancy-outside
              - NetworkPolicy.networking.k8s.io shop/tenancy-visitors
              - NetworkPolicy.networking.k8s.io shop/tenancy-within
              - ResourceQuota shop/tenancy
              - RoleBinding.rbac.authorization.k8s.io shop/tenancy-reconciler
              - ServiceAccount shop/flux
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-deny
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-dns
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-outside
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-visitors
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-within
              - ResourceQuota shop-jobs/tenancy
              - RoleBinding.rbac.authorization.k8s.io shop-jobs/tenancy-reconciler
              - ServiceAccount shop-jobs/flux
    "#);
    test.wrong_usage("delete tenant shop --yes");
    test.wrong_usage("delete tenant shop --confirm web");
}

#[test]
fn a_tenant_goes_with_its_files() {
    let test = Test::generated();
    assert_snapshot!(test.does("delete tenant shop --confirm shop"), @r#"
    These objects go:

    prod-eu:
      - Namespace shop (stays on the cluster: its pruning is disabled)
      - Namespace shop-jobs (stays on the cluster: its pruning is disabled)
      - Kustomization.kustomize.toolkit.fluxcd.io flux-system/shop
      - GitRepository.source.toolkit.fluxcd.io shop/app
      - Kustomization.kustomize.toolkit.fluxcd.io shop/app
      - NetworkPolicy.networking.k8s.io shop/tenancy-deny
      - NetworkPolicy.networking.k8s.io shop/tenancy-dns
      - NetworkPolicy.networking.k8s.io shop/tenancy-outside
      - NetworkPolicy.networking.k8s.io shop/tenancy-visitors
      - NetworkPolicy.networking.k8s.io shop/tenancy-within
      - ResourceQuota shop/tenancy
      - RoleBinding.rbac.authorization.k8s.io shop/tenancy-reconciler
      - ServiceAccount shop/flux
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-deny
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-dns
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-outside
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-visitors
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-within
      - ResourceQuota shop-jobs/tenancy
      - RoleBinding.rbac.authorization.k8s.io shop-jobs/tenancy-reconciler
      - ServiceAccount shop-jobs/flux

    staging-eu:
      - Namespace shop (stays on the cluster: its pruning is disabled)
      - Namespace shop-jobs (stays on the cluster: its pruning is disabled)
      - Kustomization.kustomize.toolkit.fluxcd.io flux-system/shop
      - GitRepository.source.toolkit.fluxcd.io shop/app
      - Kustomization.kustomize.toolkit.fluxcd.io shop/app
      - NetworkPolicy.networking.k8s.io shop/tenancy-deny
      - NetworkPolicy.networking.k8s.io shop/tenancy-dns
      - NetworkPolicy.networking.k8s.io shop/tenancy-outside
      - NetworkPolicy.networking.k8s.io shop/tenancy-visitors
      - NetworkPolicy.networking.k8s.io shop/tenancy-within
      - ResourceQuota shop/tenancy
      - RoleBinding.rbac.authorization.k8s.io shop/tenancy-reconciler
      - ServiceAccount shop/flux
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-deny
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-dns
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-outside
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-visitors
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-within
      - ResourceQuota shop-jobs/tenancy
      - RoleBinding.rbac.authorization.k8s.io shop-jobs/tenancy-reconciler
      - ServiceAccount shop-jobs/flux

      - platform/tenants/shop.yaml
      - clusters/prod-eu/tenants/shop.yaml
      - clusters/staging-eu/tenants/shop.yaml
      - tenants/base/shop/kustomization.yaml
      - tenants/base/shop/limits.yaml
      - tenants/base/shop/network.yaml
      - tenants/base/shop/rbac.yaml
      - tenants/base/shop/sync.yaml
      - tenants/production/shop/kustomization.yaml
      - tenants/staging/shop/kustomization.yaml
    0 to create, 0 to change, 10 to delete
    "#);
    for path in
        ["platform/tenants/shop.yaml", "tenants/base/shop", ".tenantry/lock/tenants/shop.lock"]
    {
        assert!(!test.at(path).exists(), "{path} is still there");
    }
    test.answers("generate --check");
}

#[test]
fn a_plan_alone_deletes_nothing() {
    let test = Test::generated();
    let plan = test.answers("delete tenant shop --dry-run");
    assert!(plan.contains("  - platform/tenants/shop.yaml"), "{plan}");
}

#[test]
fn a_cluster_that_is_still_named_stays() {
    let test = Test::generated().edit(
        "platform/tenants/shop.yaml",
        "placement: all",
        "placement: [prod-eu, staging-eu]",
    );
    assert_snapshot!(test.refuses("delete cluster prod-eu --confirm prod-eu"), @r#"
    unknown-reference

      x cluster `prod-eu` cannot go: it is named in platform/tenants/shop.yaml
       ,-[platform/tenants/shop.yaml:4:13]
     3 | namespaces: [shop, shop-jobs]
     4 | placement: [prod-eu, staging-eu]
       :             ^^^|^^^
       :                `-- here
     5 | sources:
       `----
      help: take it out there first
    "#);
}

#[test]
fn a_cluster_that_nobody_names_goes() {
    let test = Test::generated().committed();
    test.does("delete cluster staging-eu --confirm staging-eu --commit");
    assert!(!test.at("clusters/staging-eu").exists());
    assert_eq!(test.last_commit().0, "Delete cluster staging-eu");
    assert_eq!(test.status(), Vec::<String>::new());
}

#[test]
fn a_tenant_whose_generated_file_was_edited_stays() {
    let test = Test::generated().line("tenants/base/shop/rbac.yaml", "# mine");
    assert_snapshot!(test.refuses("delete tenant shop --confirm shop"), @"
    edited-by-hand

      x `tenants/base/shop/rbac.yaml` was edited by hand, and nothing is generated for it any more
      help: move what is to stay to a file of your own; `tenantry generate --discard-edits` deletes
            the rest
    ");
}

#[test]
fn an_unknown_name() {
    let test = Test::generated();
    assert_snapshot!(test.refuses("delete tenant shpo --confirm shpo"), @r#"
    unknown-entity

      x there is no tenant `shpo`
      help: did you mean `shop`?
    "#);
}
