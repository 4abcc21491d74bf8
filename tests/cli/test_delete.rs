//! `delete`: what goes is listed, the name is wanted again, and what is still named stays.

use insta::assert_snapshot;

use crate::scratch::Test;

#[test]
fn a_tenant_wants_its_name_again() {
    let test = Test::generated();
    assert_snapshot!(test.wrong_usage("delete tenant shop"), @"
    not-confirmed

      x deleting tenant `shop` wants its name again
      help: say `--confirm shop`

            On prod-eu and staging-eu:
              - Kustomization.kustomize.toolkit.fluxcd.io flux-system/shop goes, with everything that
            it applied
              - Kustomization.kustomize.toolkit.fluxcd.io shop/app goes, with everything that it
            applied
              - GitRepository.source.toolkit.fluxcd.io shop/app goes
              - NetworkPolicy.networking.k8s.io shop/tenancy-deny goes
              - NetworkPolicy.networking.k8s.io shop/tenancy-dns goes
              - NetworkPolicy.networking.k8s.io shop/tenancy-outside goes
              - NetworkPolicy.networking.k8s.io shop/tenancy-visitors goes
              - NetworkPolicy.networking.k8s.io shop/tenancy-within goes
              - ResourceQuota shop/tenancy goes
              - RoleBinding.rbac.authorization.k8s.io shop/tenancy-reconciler goes
              - ServiceAccount shop/flux goes
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-deny goes
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-dns goes
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-outside goes
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-visitors goes
              - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-within goes
              - ResourceQuota shop-jobs/tenancy goes
              - RoleBinding.rbac.authorization.k8s.io shop-jobs/tenancy-reconciler goes
              - ServiceAccount shop-jobs/flux goes
              = Namespace shop stays on the cluster: its pruning is disabled
              = Namespace shop-jobs stays on the cluster: its pruning is disabled
    ");
    test.wrong_usage("delete tenant shop --yes");
    test.wrong_usage("delete tenant shop --confirm web");
}

#[test]
fn a_tenant_goes_with_its_files() {
    let test = Test::generated();
    assert_snapshot!(test.does("delete tenant shop --confirm shop"), @"
    On prod-eu and staging-eu:
      - Kustomization.kustomize.toolkit.fluxcd.io flux-system/shop goes, with everything that it applied
      - Kustomization.kustomize.toolkit.fluxcd.io shop/app goes, with everything that it applied
      - GitRepository.source.toolkit.fluxcd.io shop/app goes
      - NetworkPolicy.networking.k8s.io shop/tenancy-deny goes
      - NetworkPolicy.networking.k8s.io shop/tenancy-dns goes
      - NetworkPolicy.networking.k8s.io shop/tenancy-outside goes
      - NetworkPolicy.networking.k8s.io shop/tenancy-visitors goes
      - NetworkPolicy.networking.k8s.io shop/tenancy-within goes
      - ResourceQuota shop/tenancy goes
      - RoleBinding.rbac.authorization.k8s.io shop/tenancy-reconciler goes
      - ServiceAccount shop/flux goes
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-deny goes
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-dns goes
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-outside goes
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-visitors goes
      - NetworkPolicy.networking.k8s.io shop-jobs/tenancy-within goes
      - ResourceQuota shop-jobs/tenancy goes
      - RoleBinding.rbac.authorization.k8s.io shop-jobs/tenancy-reconciler goes
      - ServiceAccount shop-jobs/flux goes
      = Namespace shop stays on the cluster: its pruning is disabled
      = Namespace shop-jobs stays on the cluster: its pruning is disabled

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
    ");
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
fn a_tenant_goes_with_edits_when_that_is_asked_for() {
    let test = Test::generated().line("tenants/base/shop/rbac.yaml", "# mine");
    let said = test.does("delete tenant shop --confirm shop --discard-edits");
    assert!(said.contains("  - tenants/base/shop/rbac.yaml (deleted with its edits)\n"), "{said}");
    assert!(!test.at("tenants/base/shop").exists());
}

#[test]
fn a_tenant_whose_generated_file_was_edited_stays() {
    let test = Test::generated().line("tenants/base/shop/rbac.yaml", "# mine");
    assert_snapshot!(test.refuses("delete tenant shop --confirm shop"), @"
    edited-by-hand

      x `tenants/base/shop/rbac.yaml` was edited by hand, and nothing is generated for it any more
      help: move what is to stay to a file of your own; `--discard-edits` deletes it
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
