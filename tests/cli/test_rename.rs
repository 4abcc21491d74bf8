//! `rename`: what runs does not notice, references follow, and edits go along.

use insta::assert_snapshot;

use crate::scratch::Test;

const SHOP: &str = "platform/tenants/shop.yaml";
const STORE: &str = "platform/tenants/store.yaml";
const METRICS: &str = "platform/components/metrics-server.yaml";

#[test]
fn a_tenant_goes_on_under_its_old_name_on_clusters() {
    let test = Test::generated().committed();
    assert_snapshot!(test.does("rename tenant shop store --commit"), @"
      - platform/tenants/shop.yaml
      + platform/tenants/store.yaml
      - clusters/prod-eu/tenants/shop.yaml
      + clusters/prod-eu/tenants/store.yaml
      - clusters/staging-eu/tenants/shop.yaml
      + clusters/staging-eu/tenants/store.yaml
      - tenants/base/shop/kustomization.yaml
      - tenants/base/shop/limits.yaml
      - tenants/base/shop/network.yaml
      - tenants/base/shop/rbac.yaml
      - tenants/base/shop/sync.yaml
      + tenants/base/store/kustomization.yaml
      + tenants/base/store/limits.yaml
      + tenants/base/store/network.yaml
      + tenants/base/store/rbac.yaml
      + tenants/base/store/sync.yaml
      - tenants/production/shop/kustomization.yaml
      + tenants/production/store/kustomization.yaml
      - tenants/staging/shop/kustomization.yaml
      + tenants/staging/store/kustomization.yaml
    10 to create, 0 to change, 10 to delete
    Committed [commit] on main: Rename tenant shop to store
    ");
    assert_snapshot!(test.read(STORE), @r#"
    # Asks for a review before it goes to production.
    owner: ["@acme/shop"]
    namespaces: [shop, shop-jobs]
    placement: all
    sources:
      app:
        git: { url: https://github.com/acme/shop, branch: main }
    quota: { cpu: "8", memory: 32Gi } # of each namespace
    name: shop
    "#);
    assert_snapshot!(test.read("clusters/prod-eu/tenants/store.yaml"), @"
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata:
      name: shop
      namespace: flux-system
      labels:
        toolkit.fluxcd.io/tenant: shop
    spec:
      dependsOn:
        - name: tenancy
      interval: 1h
      retryInterval: 2m
      timeout: 5m
      serviceAccountName: kustomize-controller
      sourceRef:
        kind: GitRepository
        name: flux-system
      path: ./tenants/production/store
      prune: true
    ");
    assert!(test.read("tenants/base/store/rbac.yaml").contains("toolkit.fluxcd.io/tenant: shop"));
    assert_eq!(test.last_commit().0, "Rename tenant shop to store");
    let message = test.git(".", "log -1 --format=%B");
    assert!(!message.contains("New on"), "clusters notice nothing, and it says: {message}");
    assert_eq!(test.status(), Vec::<String>::new());
    assert!(!test.at("tenants/base/shop").exists());
    test.answers("generate --check");
    // And back.
    test.does("rename tenant store shop");
    assert!(!test.read(SHOP).contains("name:"));
    test.answers("generate --check");
}

#[test]
fn edits_go_along() {
    let test = Test::generated()
        .line("tenants/base/shop/limits.yaml", "# mine")
        .without("tenants/base/shop/network.yaml")
        .committed();
    assert_snapshot!(test.does("rename tenant shop store"), @"
      - platform/tenants/shop.yaml
      + platform/tenants/store.yaml
      - clusters/prod-eu/tenants/shop.yaml
      + clusters/prod-eu/tenants/store.yaml
      - clusters/staging-eu/tenants/shop.yaml
      + clusters/staging-eu/tenants/store.yaml
      - tenants/base/shop/kustomization.yaml
      - tenants/base/shop/limits.yaml
      - tenants/base/shop/rbac.yaml
      - tenants/base/shop/sync.yaml
      + tenants/base/store/kustomization.yaml
      = tenants/base/store/limits.yaml (kept as it was edited by hand)
      = tenants/base/store/network.yaml (stays deleted)
      + tenants/base/store/rbac.yaml
      + tenants/base/store/sync.yaml
      - tenants/production/shop/kustomization.yaml
      + tenants/production/store/kustomization.yaml
      - tenants/staging/shop/kustomization.yaml
      + tenants/staging/store/kustomization.yaml
    8 to create, 0 to change, 9 to delete, 1 kept as edited
    ");
    assert!(test.read("tenants/base/store/limits.yaml").ends_with("# mine\n"));
    assert!(!test.at("tenants/base/store/network.yaml").exists());
    assert!(!test.at("tenants/base/shop").exists());
    assert_snapshot!(test.answers("generate --check"), @"
      tenants/base/store/limits.yaml was edited by hand
      tenants/base/store/network.yaml was deleted by hand
    In sync: 39 files are what the description means.
    ");
    // The base is the one of before: the edit is merged with what is generated from now on.
    test.does("set tenant store quota.cpu=16");
    let limits = test.read("tenants/base/store/limits.yaml");
    assert!(limits.contains("cpu: \"16\"") && limits.ends_with("# mine\n"), "{limits}");
}

#[test]
fn a_person_who_renames_the_file_says_what_it_was() {
    let test = Test::generated().line("tenants/base/shop/limits.yaml", "# mine").committed();
    let text = test.read(SHOP);
    let test = test.without(SHOP).file(STORE, &text);
    assert_snapshot!(test.refuses("generate"), @"
    edited-by-hand

      x `tenants/base/shop/limits.yaml` was edited by hand, and nothing is generated for it any more
      help: move what is to stay to a file of your own; `--discard-edits` deletes it
    ");
    let test = test.line(STORE, "moved: { from: shop }");
    test.does("generate");
    assert!(test.read("tenants/base/store/limits.yaml").ends_with("# mine\n"));
    assert!(test.read("clusters/prod-eu/tenants/store.yaml").contains("  name: shop\n"));
    test.answers("generate --check");
}

#[test]
fn a_file_renamed_by_hand_is_noticed() {
    let test = Test::generated().committed();
    let text = test.read(SHOP);
    let test = test.without(SHOP).file(STORE, &text);
    let said = test.refuses("generate");
    assert_snapshot!(said.split("\n\n").nth(1).unwrap(), @"
    x 4 objects of tenant `shop` would go from prod-eu and staging-eu, or move there
    help: was `shop` renamed to `store`? Then write `moved: { from: shop }` into
          platform/tenants/store.yaml: clusters notice nothing, and edits go along. Otherwise say
          `--confirm shop` if that is meant, or `confirm: [tenant/shop#92cb8282]` in platform.yaml
          where nobody is asked
    ");
    let test = test.line(STORE, "moved: { from: shop }");
    test.does("generate");
    test.answers("generate --check");
}

#[test]
fn a_component_and_who_depends_on_it() {
    let test = Test::fleet().file(
        "platform/components/dashboard.yaml",
        "helm: { repository: https://charts.acme.example, chart: dashboard, version: 1.0.0 }\n\
             dependsOn: [metrics-server] # its numbers\n",
    );
    test.does("generate");
    let test = test.committed();
    assert_snapshot!(test.does("rename component metrics-server metrics"), @"
      ~ platform/components/dashboard.yaml
      - platform/components/metrics-server.yaml
      + platform/components/metrics.yaml
      ~ clusters/README.md
      - clusters/prod-eu/infrastructure/metrics-server.yaml
      + clusters/prod-eu/infrastructure/metrics.yaml
      - clusters/staging-eu/infrastructure/metrics-server.yaml
      + clusters/staging-eu/infrastructure/metrics.yaml
      - infrastructure/metrics-server/base/kustomization.yaml
      - infrastructure/metrics-server/base/namespace.yaml
      - infrastructure/metrics-server/base/source.yaml
      - infrastructure/metrics-server/base/sync.yaml
      + infrastructure/metrics/base/kustomization.yaml
      + infrastructure/metrics/base/namespace.yaml
      + infrastructure/metrics/base/source.yaml
      + infrastructure/metrics/base/sync.yaml
    7 to create, 2 to change, 7 to delete
    ");
    assert_snapshot!(test.read("platform/components/metrics.yaml"), @"
    helm:
      repository: https://kubernetes-sigs.github.io/metrics-server
      chart: metrics-server
      version: 3.13.1
    namespace: metrics-server
    name: metrics-server
    ");
    assert!(
        test.read("platform/components/dashboard.yaml")
            .contains("dependsOn: [metrics] # its numbers\n")
    );
    let dashboard = test.read("clusters/prod-eu/infrastructure/dashboard.yaml");
    assert!(dashboard.contains("    - name: metrics-server\n"), "{dashboard}");
    test.answers("generate --check");
}

#[test]
fn a_cluster_keeps_its_folder() {
    let test = Test::generated()
        .edit(SHOP, "placement: all", "placement: [prod-eu, staging-eu]")
        .line(SHOP, "clusters:\n  prod-eu: { suspend: true } # for now")
        .line(METRICS, "clusters: { prod-eu: { values: { replicas: 2 } } }");
    test.does("generate");
    let test = test.committed();
    let before = test.disk();
    assert_snapshot!(test.does("rename cluster prod-eu prod-west"), @"
      - platform/clusters/prod-eu.yaml
      + platform/clusters/prod-west.yaml
      ~ platform/components/metrics-server.yaml
      ~ platform/tenants/shop.yaml
    1 to create, 2 to change, 1 to delete
    ");
    assert_snapshot!(test.read(SHOP), @r#"
    # Asks for a review before it goes to production.
    owner: ["@acme/shop"]
    namespaces: [shop, shop-jobs]
    placement: [prod-west, staging-eu]
    sources:
      app:
        git: { url: https://github.com/acme/shop, branch: main }
    quota: { cpu: "8", memory: 32Gi } # of each namespace
    clusters:
      prod-west: { suspend: true } # for now
    "#);
    assert_snapshot!(test.read("platform/clusters/prod-west.yaml"), @"
    environment: production
    labels: { region: eu }
    name: prod-eu
    ");
    let changed: Vec<_> = test
        .disk()
        .into_iter()
        .filter(|(path, entry)| before.get(path) != Some(entry))
        .map(|(path, _)| path.strip_prefix(test.root()).unwrap().display().to_string())
        .collect();
    assert_eq!(
        changed,
        ["platform/clusters/prod-west.yaml", METRICS, SHOP].map(str::to_owned).to_vec()
    );
    test.answers("generate --check");
}

#[test]
fn a_cluster_that_is_told_of_its_new_folder() {
    let test = Test::generated()
        .line("clusters/prod-eu/infrastructure/metrics-server.yaml", "# mine")
        .committed();
    assert_snapshot!(test.does("rename cluster prod-eu prod-west --names"), @r#"
    On prod-eu:
      = nothing is pruned: Flux there finds its folder no more, and stops. What runs there goes on, and nobody keeps it true

      - platform/clusters/prod-eu.yaml
      + platform/clusters/prod-west.yaml
      ~ clusters/README.md
      - clusters/prod-eu/flux-system/README.md
      - clusters/prod-eu/flux-system/gotk-components.yaml
      - clusters/prod-eu/flux-system/gotk-sync.yaml
      - clusters/prod-eu/flux-system/kustomization.yaml
      - clusters/prod-eu/infrastructure/metrics-server.yaml
      - clusters/prod-eu/tenancy.yaml
      - clusters/prod-eu/tenants/shop.yaml
      + clusters/prod-west/flux-system/README.md
      + clusters/prod-west/flux-system/gotk-components.yaml
      + clusters/prod-west/flux-system/gotk-sync.yaml
      + clusters/prod-west/flux-system/kustomization.yaml
      = clusters/prod-west/infrastructure/metrics-server.yaml (kept as it was edited by hand)
      + clusters/prod-west/tenancy.yaml
      + clusters/prod-west/tenants/shop.yaml
    7 to create, 1 to change, 8 to delete, 1 kept as edited

    The cluster follows ./clusters/prod-eu until it is told otherwise. When this is pushed, Flux there fails and prunes nothing; then let what `flux bootstrap` left in the new folder name that one, and say on the cluster:

        kubectl -n flux-system patch kustomization flux-system --type merge \
          -p '{"spec":{"path":"./clusters/prod-west"}}'
    "#);
    assert!(
        test.read("clusters/prod-west/infrastructure/metrics-server.yaml").ends_with("# mine\n")
    );
    test.answers("generate --check");
}

#[test]
fn names_on_clusters_take_two_commits() {
    let test = Test::generated().committed();
    let rename = "rename tenant shop store --names --commit";
    assert_snapshot!(test.does(rename), @"
      ~ platform/tenants/shop.yaml
      ~ clusters/prod-eu/tenants/shop.yaml
      ~ clusters/staging-eu/tenants/shop.yaml
      ~ tenants/base/shop/sync.yaml
    0 to create, 4 to change, 0 to delete
    Committed [commit] on main: Let tenant shop keep what it has on clusters

    This is the first of two changes. When it is pushed and prod-eu and staging-eu have applied it, make the second:

        tenantry rename tenant shop store --names

    A cluster has applied it when this says `Orphan` and this commit or a later one there:

        kubectl -n flux-system get kustomization shop -o jsonpath='{.spec.deletionPolicy} {.status.lastAppliedRevision}'
    ");
    assert_snapshot!(test.read("clusters/prod-eu/tenants/shop.yaml"), @"
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata:
      name: shop
      namespace: flux-system
      labels:
        toolkit.fluxcd.io/tenant: shop
    spec:
      dependsOn:
        - name: tenancy
      interval: 1h
      retryInterval: 2m
      timeout: 5m
      serviceAccountName: kustomize-controller
      sourceRef:
        kind: GitRepository
        name: flux-system
      path: ./tenants/production/shop
      prune: true
      deletionPolicy: Orphan
    ");
    assert_snapshot!(test.does(rename), @"
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
      + platform/tenants/store.yaml
      - clusters/prod-eu/tenants/shop.yaml
      + clusters/prod-eu/tenants/store.yaml
      - clusters/staging-eu/tenants/shop.yaml
      + clusters/staging-eu/tenants/store.yaml
      - tenants/base/shop/kustomization.yaml
      - tenants/base/shop/limits.yaml
      - tenants/base/shop/network.yaml
      - tenants/base/shop/rbac.yaml
      - tenants/base/shop/sync.yaml
      + tenants/base/store/kustomization.yaml
      + tenants/base/store/limits.yaml
      + tenants/base/store/network.yaml
      + tenants/base/store/rbac.yaml
      + tenants/base/store/sync.yaml
      - tenants/production/shop/kustomization.yaml
      + tenants/production/store/kustomization.yaml
      - tenants/staging/shop/kustomization.yaml
      + tenants/staging/store/kustomization.yaml
    10 to create, 0 to change, 10 to delete
    Committed [commit] on main: Rename tenant shop to store

    When prod-eu and staging-eu have applied this, what stayed under the name shop is left to be taken away by hand where nothing applies it any more, and then:

        tenantry set tenant store --unset deletionPolicy
    ");
    assert!(test.read("clusters/prod-eu/tenants/store.yaml").contains("  name: store\n"));
    test.does("set tenant store --unset deletionPolicy");
    test.answers("generate --check");
}

#[test]
fn the_second_waits_for_the_first() {
    let test = Test::generated().committed();
    let rename = "rename tenant shop store --names";
    test.does(rename);
    assert_snapshot!(test.refuses(rename), @"
    live-objects

      x the first of two changes is in platform/tenants/shop.yaml, and not committed yet
      help: commit and push it; when clusters have applied it, run `tenantry rename tenant shop store
            --names` again
    ");
}

#[test]
fn names_that_cannot_be() {
    let test = Test::generated().file(
        "platform/tenants/web.yaml",
        "owner: ['@acme/web']\nnamespaces: [web]\nplacement: all\n",
    );
    test.does("generate");
    assert_snapshot!(test.refuses("rename tenant shop web"), @"
    already-exists

      x there is a tenant `web` already, in platform/tenants/web.yaml
      help: change it with `tenantry set tenant web PATH=VALUE`, or bring it to a whole description
            with `--from FILE`
    ");
    assert_snapshot!(test.refuses("rename tenant shpo store"), @"
    unknown-entity

      x there is no tenant `shpo`
      help: did you mean `shop`?
    ");
    assert_snapshot!(test.wrong_usage("rename tenant shop Store"), @"
    wrong-usage

      x NEW: `Store` is not a tenant's name: at most 63 of `a-z`, `0-9` and `-`, beginning and ending
      | with a letter or a digit
    ");
    assert_snapshot!(test.refuses("rename tenant shop tenancy"), @"
    reserved-name

      x platform/tenants/tenancy.yaml: the layout needs the name `tenancy` for itself
      help: give the tenant another name, which is its file's
    ");
}
