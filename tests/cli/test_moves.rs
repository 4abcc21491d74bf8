//! What a change does to what is on clusters: told, and refused without a word of confirmation.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const SHOP: &str = "platform/tenants/shop.yaml";

#[test]
fn a_tenant_that_leaves_a_cluster_wants_a_word() {
    let test =
        Test::generated().committed().edit(SHOP, "placement: all", "placement: [staging-eu]");
    assert_snapshot!(test.refuses("generate"), @"
    live-objects

      x platform/tenants/shop.yaml: 2 objects of tenant `shop` would go from prod-eu, or move there
      help: say `--confirm shop` if that is meant, or `confirm: [tenant/shop#dbbba617]` in
            platform.yaml where nobody is asked

            On prod-eu:
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
    assert_snapshot!(test.does("generate --confirm shop"), @"
    On prod-eu:
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

      - clusters/prod-eu/tenants/shop.yaml
      - tenants/production/shop/kustomization.yaml
    0 to create, 0 to change, 2 to delete
    ");
    test.answers("generate --check");
}

#[test]
fn the_word_may_stand_in_the_file() {
    let test =
        Test::generated().committed().edit(SHOP, "placement: all", "placement: [staging-eu]");
    let said = test.refuses("generate");
    let word = &said[said.find("tenant/shop#").unwrap()..][..20];
    let test = test.line("platform.yaml", &format!("confirm: [{word}]"));
    test.does("generate");
    assert!(!test.at("clusters/prod-eu/tenants/shop.yaml").exists());
    // It is done, and the word is worth nothing.
    assert!(test.does("generate --check").contains("leftover-confirmation"));
    let test = test.edit(SHOP, "placement: [staging-eu]", "placement: [prod-eu]");
    assert!(test.refuses("generate").contains("live-objects"));
}

#[test]
fn a_number_that_is_another_confirms_nothing() {
    let test = Test::generated()
        .committed()
        .edit(SHOP, "placement: all", "placement: [staging-eu]")
        .line("platform.yaml", "confirm: [tenant/shop#00000000]");
    assert!(test.refuses("generate").contains("live-objects"));
}

#[test]
fn what_was_never_committed_is_on_no_cluster() {
    let test = Test::fleet().without(SHOP).committed();
    test.does("generate");
    let test = test.file(SHOP, "owner: ['@acme/shop']\nnamespaces: [shop]\nplacement: all\n");
    test.does("generate");
    test.write(SHOP, "owner: ['@acme/shop']\nnamespaces: [shop]\nplacement: [staging-eu]\n");
    test.does("generate");
}

#[test]
fn one_flux_kustomization_for_all_tenants_takes_them_over() {
    let test = Test::generated().committed().line("platform.yaml", "tenants: { sync: shared }");
    assert_snapshot!(test.refuses("generate"), @"
    live-objects

      x platform/tenants/shop.yaml: 4 objects of tenant `shop` would go from prod-eu and staging-eu,
      | or move there
      help: say `--confirm shop` if that is meant, or `confirm: [tenant/shop#92cb8282]` in
            platform.yaml where nobody is asked

            On prod-eu and staging-eu:
              - Kustomization.kustomize.toolkit.fluxcd.io flux-system/shop goes, with everything that
            it applied
              > Kustomization.kustomize.toolkit.fluxcd.io shop/app moves from flux-system/shop to
            flux-system/tenants, and may be pruned on the way, with everything that it applied
              > GitRepository.source.toolkit.fluxcd.io shop/app moves from flux-system/shop to
            flux-system/tenants, and may be pruned on the way
              > NetworkPolicy.networking.k8s.io shop/tenancy-deny moves from flux-system/shop to
            flux-system/tenants, and may be pruned on the way
              > NetworkPolicy.networking.k8s.io shop/tenancy-dns moves from flux-system/shop to
            flux-system/tenants, and may be pruned on the way
              > NetworkPolicy.networking.k8s.io shop/tenancy-outside moves from flux-system/shop to
            flux-system/tenants, and may be pruned on the way
              > NetworkPolicy.networking.k8s.io shop/tenancy-visitors moves from flux-system/shop to
            flux-system/tenants, and may be pruned on the way
              > NetworkPolicy.networking.k8s.io shop/tenancy-within moves from flux-system/shop to
            flux-system/tenants, and may be pruned on the way
              > ResourceQuota shop/tenancy moves from flux-system/shop to flux-system/tenants, and may
            be pruned on the way
              > RoleBinding.rbac.authorization.k8s.io shop/tenancy-reconciler moves from
            flux-system/shop to flux-system/tenants, and may be pruned on the way
              > ServiceAccount shop/flux moves from flux-system/shop to flux-system/tenants, and may
            be pruned on the way
              > NetworkPolicy.networking.k8s.io shop-jobs/tenancy-deny moves from flux-system/shop to
            flux-system/tenants, and may be pruned on the way
              > NetworkPolicy.networking.k8s.io shop-jobs/tenancy-dns moves from flux-system/shop to
            flux-system/tenants, and may be pruned on the way
              > NetworkPolicy.networking.k8s.io shop-jobs/tenancy-outside moves from flux-system/shop
            to flux-system/tenants, and may be pruned on the way
              > NetworkPolicy.networking.k8s.io shop-jobs/tenancy-visitors moves from flux-system/shop
            to flux-system/tenants, and may be pruned on the way
              > NetworkPolicy.networking.k8s.io shop-jobs/tenancy-within moves from flux-system/shop
            to flux-system/tenants, and may be pruned on the way
              > ResourceQuota shop-jobs/tenancy moves from flux-system/shop to flux-system/tenants,
            and may be pruned on the way
              > RoleBinding.rbac.authorization.k8s.io shop-jobs/tenancy-reconciler moves from
            flux-system/shop to flux-system/tenants, and may be pruned on the way
              > ServiceAccount shop-jobs/flux moves from flux-system/shop to flux-system/tenants, and
            may be pruned on the way
              = Namespace shop stays on the cluster: its pruning is disabled
              = Namespace shop-jobs stays on the cluster: its pruning is disabled
    ");
    test.does("generate --confirm acme-fleet");
}

#[test]
fn a_component_in_another_namespace() {
    let component = "platform/components/metrics-server.yaml";
    let test = Test::generated().committed().edit(
        component,
        "namespace: metrics-server",
        "namespace: metrics",
    );
    assert_snapshot!(test.refuses("generate"), @"
    live-objects

      x platform/components/metrics-server.yaml: 2 objects of component `metrics-server` would go from
      | prod-eu and staging-eu, or move there
      help: say `--confirm metrics-server` if that is meant, or `confirm:
            [component/metrics-server#85f50828]` in platform.yaml where nobody is asked

            On prod-eu and staging-eu:
              > HelmRelease.helm.toolkit.fluxcd.io flux-system/metrics-server puts what it brings into
            another namespace or under another name: what is there goes first
              = Namespace metrics-server stays on the cluster: its pruning is disabled
    ");
}

#[test]
fn a_source_under_another_name() {
    let test = Test::generated().committed().edit(SHOP, "  app:", "  web:");
    assert_snapshot!(test.refuses("generate"), @"
    live-objects

      x platform/tenants/shop.yaml: 2 objects of tenant `shop` would go from prod-eu and staging-eu,
      | or move there
      help: say `--confirm shop` if that is meant, or `confirm: [tenant/shop#c4d7677f]` in
            platform.yaml where nobody is asked

            On prod-eu and staging-eu:
              - Kustomization.kustomize.toolkit.fluxcd.io shop/app goes, with everything that it
            applied
              - GitRepository.source.toolkit.fluxcd.io shop/app goes
    ");
}

#[test]
fn a_quota_that_goes_is_told_and_wants_no_word() {
    let test = Test::generated().committed();
    assert_snapshot!(test.does("set tenant shop --unset quota"), @"
    On prod-eu and staging-eu:
      - ResourceQuota shop/tenancy goes
      - ResourceQuota shop-jobs/tenancy goes

      ~ platform/tenants/shop.yaml
      ~ tenants/base/shop/kustomization.yaml
      - tenants/base/shop/limits.yaml
    0 to create, 2 to change, 1 to delete
    ");
}

#[test]
fn a_cluster_that_is_described_no_more() {
    let test = Test::generated().committed().without("platform/clusters/prod-eu.yaml");
    assert_snapshot!(test.refuses("generate"), @"
    live-objects

      x cluster `prod-eu` would be left as it is, and nobody would keep it true any more
      help: say `--confirm prod-eu` if that is meant, or `confirm: [cluster/prod-eu#08c5434f]` in
            platform.yaml where nobody is asked

            On prod-eu:
              = nothing is pruned: Flux there finds its folder no more, and stops. What runs there
            goes on, and nobody keeps it true
    ");
    test.does("generate --confirm prod-eu");
}

#[test]
fn flux_installed_by_somebody_else_sees_the_same() {
    let test = Test::fleet().edit(
        "platform.yaml",
        "{ version: 2.9.4 }",
        "{ version: 2.9.4, install: external }",
    );
    test.does("generate");
    let test = test.committed().edit(SHOP, "placement: all", "placement: [staging-eu]");
    let said = test.refuses("generate");
    assert!(said.contains("flux-system/shop goes, with"), "{said}");
}

#[test]
fn a_platform_in_a_folder_sees_the_same() {
    let test =
        Test::fleet().edit("platform.yaml", "acme/fleet }", "acme/fleet, path: platforms/acme }");
    test.does("generate");
    let test = test.committed().edit(SHOP, "placement: all", "placement: [staging-eu]");
    let said = test.refuses("generate");
    assert!(said.contains("flux-system/shop goes, with"), "{said}");
}

#[test]
fn a_machine_reads_what_goes() {
    let test =
        Test::generated().committed().edit(SHOP, "placement: all", "placement: [staging-eu]");
    let said: Value =
        serde_json::from_str(&test.answers("generate --dry-run --output json")).unwrap();
    let objects = said["data"]["objects"]["prod-eu"].as_array().unwrap();
    let shop = objects
        .iter()
        .find(|one| one["object"] == "Kustomization.kustomize.toolkit.fluxcd.io flux-system/shop");
    let shop = shop.unwrap();
    assert_eq!(shop["change"], "goes");
    assert_eq!(shop["entity"], "tenant/shop");
    assert_eq!(shop["wantsConfirmation"], true);
}

#[test]
fn a_plan_alone_is_not_refused() {
    let test =
        Test::generated().committed().edit(SHOP, "placement: all", "placement: [staging-eu]");
    let plan = test.answers("generate --dry-run");
    assert!(plan.contains("flux-system/shop goes"), "{plan}");
}

#[test]
fn flux_that_somebody_else_installs_from_now_on() {
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: kustomizations.kustomize.toolkit.fluxcd.io\n";
    let test = Test::generated();
    let components = "clusters/prod-eu/flux-system/gotk-components.yaml";
    let lock = test.read(".tenantry/lock/clusters/prod-eu.lock");
    // As `vendor flux` leaves it: the manifests are there, and the lock knows them.
    let (old, new) = (blob(test.read(components).as_bytes()), blob(crd.as_bytes()));
    let test = test
        .file(components, crd)
        .file(".tenantry/lock/clusters/prod-eu.lock", lock.replace(&old, &new))
        .committed()
        .edit("platform.yaml", "{ version: 2.9.4 }", "{ version: 2.9.4, install: external }");
    let said = test.refuses("generate");
    assert!(said.contains("Flux itself would go"), "{said}");
}

fn blob(bytes: &[u8]) -> String {
    git2::Oid::hash_object(git2::ObjectType::Blob, bytes).unwrap().to_string()
}

#[test]
fn all_tenants_change_their_flux_kustomization_in_two_commits() {
    let test = Test::generated().committed();
    test.does("set platform defaults.tenant.deletionPolicy=Orphan --commit");
    let said = test.does("set platform tenants.sync=shared --commit");
    assert!(said.contains("flux-system/shop goes, and leaves what it applied"), "{said}");
    assert!(test.read("clusters/prod-eu/tenants.yaml").contains("  deletionPolicy: Orphan\n"));
    test.does("set platform tenants.sync=per-tenant --commit");
    test.does("set platform --unset defaults.tenant.deletionPolicy --commit");
    test.answers("generate --check");
}
