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

    When prod-eu and staging-eu have applied this, the namespaces are still there, with what Flux did not bring or could no more take away. Whoever wants none of it says there:

        kubectl delete namespace shop shop-jobs
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

#[test]
fn a_suspended_tenant_runs_again_first() {
    let test = Test::generated();
    test.does("suspend tenant shop");
    let test = test.committed();
    let delete = "delete tenant shop --confirm shop";
    assert_snapshot!(test.does(&format!("{delete} --commit")), @"
      ~ platform/tenants/shop.yaml
      ~ tenants/base/shop/sync.yaml
    0 to create, 2 to change, 0 to delete
    Committed [commit] on main: Let tenant shop run again, so that Flux prunes what it has

    This is the first of two changes. When it is pushed and prod-eu and staging-eu have applied it, make the second:

        tenantry delete tenant shop --confirm shop

    A cluster has applied it when this says this commit or a later one there:

        kubectl -n flux-system get kustomization shop -o jsonpath='{.status.lastAppliedRevision}'
    ");
    assert!(!test.read("platform/tenants/shop.yaml").contains("suspend"));
    let said = test.does(&format!("{delete} --commit"));
    assert!(said.contains("shop/app goes, with everything that it applied"), "{said}");
    assert_snapshot!(said[said.find("\nWhen ").unwrap()..].trim_start(), @"
    When prod-eu and staging-eu have applied this, the namespaces are still there, with what Flux did not bring or could no more take away. Whoever wants none of it says there:

        kubectl delete namespace shop shop-jobs
    ");
    test.answers("generate --check");
}

#[test]
fn a_tenant_that_is_suspended_somewhere_runs_again_there() {
    let test = Test::generated();
    test.does("suspend tenant shop --cluster prod-eu");
    test.does("set cluster staging-eu defaults.tenant.suspend=true");
    let test = test.committed();
    test.does("delete tenant shop --confirm shop");
    let text = test.read("platform/tenants/shop.yaml");
    assert!(!text.contains("suspend: true"), "{text}");
    assert!(text.contains("staging-eu: { suspend: false }"), "{text}");
    // Whoever does not commit it is told so.
    assert!(test.refuses("delete tenant shop --confirm shop").contains("not committed yet"));
}

#[test]
fn data_that_is_kept_takes_two_commits() {
    let test = Test::generated().committed();
    let delete = "delete tenant shop --keep-data --confirm shop --commit";
    assert_snapshot!(test.does(delete), @"
      ~ platform/tenants/shop.yaml
      ~ clusters/prod-eu/tenants/shop.yaml
      ~ clusters/staging-eu/tenants/shop.yaml
      ~ tenants/base/shop/sync.yaml
    0 to create, 4 to change, 0 to delete
    Committed [commit] on main: Let tenant shop keep what it has on clusters

    This is the first of two changes. When it is pushed and prod-eu and staging-eu have applied it, make the second:

        tenantry delete tenant shop --keep-data --confirm shop

    A cluster has applied it when this says `Orphan` and this commit or a later one there:

        kubectl -n flux-system get kustomization shop -o jsonpath='{.spec.deletionPolicy} {.status.lastAppliedRevision}'
    ");
    assert!(test.read("tenants/base/shop/sync.yaml").contains("  suspend: true\n"));
    assert!(test.read("clusters/prod-eu/tenants/shop.yaml").contains("  deletionPolicy: Orphan\n"));
    test.answers("generate --check");
    assert_snapshot!(test.does(delete), @"
    On prod-eu and staging-eu:
      - Kustomization.kustomize.toolkit.fluxcd.io flux-system/shop goes, and leaves what it applied
      = Namespace shop stays on the cluster: its pruning is disabled
      = Namespace shop-jobs stays on the cluster: its pruning is disabled
      = GitRepository.source.toolkit.fluxcd.io shop/app stays on the cluster: what applied it says `deletionPolicy: Orphan`
      = Kustomization.kustomize.toolkit.fluxcd.io shop/app stays on the cluster: what applied it says `deletionPolicy: Orphan`
      = NetworkPolicy.networking.k8s.io shop/tenancy-deny stays on the cluster: what applied it says `deletionPolicy: Orphan`
      = NetworkPolicy.networking.k8s.io shop/tenancy-dns stays on the cluster: what applied it says `deletionPolicy: Orphan`
      = and so do 14 more

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
    Committed [commit] on main: Delete tenant shop

    When prod-eu and staging-eu have applied this, everything in the namespaces stays as it is, and nothing reconciles it. Flux's own objects of the tenant are left there, suspended; deleting them takes nothing along:

        kubectl -n shop delete kustomizations.kustomize.toolkit.fluxcd.io,gitrepositories,ocirepositories,buckets -l toolkit.fluxcd.io/tenant=shop
        kubectl -n shop-jobs delete kustomizations.kustomize.toolkit.fluxcd.io,gitrepositories,ocirepositories,buckets -l toolkit.fluxcd.io/tenant=shop
    ");
    assert!(!test.at("tenants/base/shop").exists());
    test.answers("generate --check");
}

#[test]
fn data_is_kept_where_all_tenants_share_a_flux_kustomization() {
    let test = Test::fleet().line("platform.yaml", "tenants: { sync: shared }").file(
        "platform/tenants/web.yaml",
        "owner: ['@acme/web']\nnamespaces: [web]\nplacement: all\n",
    );
    test.does("generate");
    let test = test.committed();
    let delete = "delete tenant shop --keep-data --confirm shop --commit";
    test.does(delete);
    let kustomization = test.read("tenants/base/shop/kustomization.yaml");
    assert!(
        kustomization.contains("kustomize.toolkit.fluxcd.io/prune: disabled"),
        "{kustomization}"
    );
    assert!(!test.read("clusters/prod-eu/tenants.yaml").contains("Orphan"));
    let said = test.does(delete);
    assert!(!said.contains("  - Kustomization"), "{said}");
}

#[test]
fn namespaces_go_with_the_second_commit() {
    let test = Test::generated().committed();
    let delete = "delete tenant shop --namespaces --confirm shop --commit";
    test.does(delete);
    assert!(!test.read("tenants/base/shop/rbac.yaml").contains("prune: disabled"));
    let said = test.does(delete);
    assert!(said.contains("  - Namespace shop goes, with everything in it\n"), "{said}");
}

#[test]
fn what_flux_bootstrap_wrote_is_its_owners_to_delete() {
    let test = Test::generated()
        .file("clusters/prod-eu/flux-system/gotk-sync.yaml", "# as flux bootstrap wrote it\n")
        .committed();
    assert_snapshot!(test.refuses("delete cluster prod-eu --confirm prod-eu"), @"
    foreign-file

      x `clusters/prod-eu/flux-system/gotk-sync.yaml` was written by another tool, and what is
      | generated around it goes; a cluster that still reads the folder would apply it alone
      help: when no cluster reads the folder any more, or its owner has handed over what is in it,
            delete the file (`git rm clusters/prod-eu/flux-system/gotk-sync.yaml`), and run this again
    ");
    let test = test.without("clusters/prod-eu/flux-system/gotk-sync.yaml");
    test.does("delete cluster prod-eu --confirm prod-eu");
    test.answers("generate --check");
}
