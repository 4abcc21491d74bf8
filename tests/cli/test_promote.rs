//! `promote`: versions and references move on, wave by wave, and nothing else does.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const METRICS: &str = "platform/components/metrics-server.yaml";
const SHOP: &str = "platform/tenants/shop.yaml";

/// A platform with a newer version in staging.
fn fleet() -> Test {
    Test::fleet()
        .line(METRICS, "environments:\n  staging: { version: 3.14.0 } # since Monday")
        .then_generated()
}

/// The same with three waves in production.
fn waves() -> Test {
    Test::fleet()
        .line(METRICS, "environments:\n  staging: { version: 3.14.0 } # since Monday")
        .line("platform/clusters/prod-eu.yaml", "wave: 1")
        .file("platform/clusters/prod-us.yaml", "environment: production\nwave: 2\n")
        .file("platform/clusters/prod-canary.yaml", "environment: production\n")
        .then_generated()
}

/// The same with an environment between the two.
fn three_environments() -> Test {
    fleet()
        .edit("platform.yaml", "  - name: production", "  - name: canary\n  - name: production")
        .file("platform/clusters/canary.yaml", "environment: canary\n")
}

#[test]
fn a_version_moves_on_and_comments_stay() {
    let test = fleet();
    assert_snapshot!(test.does("promote component metrics-server"), @"
    component metrics-server, staging → production:
      prod-eu: 3.13.1 → 3.14.0

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-eu/infrastructure/metrics-server.yaml
      + infrastructure/metrics-server/production/kustomization.yaml
    1 to create, 2 to change, 0 to delete
    ");
    assert_snapshot!(test.read(METRICS), @"
    helm:
      repository: https://kubernetes-sigs.github.io/metrics-server
      chart: metrics-server
      version: 3.13.1
    namespace: metrics-server
    environments:
      staging: { version: 3.14.0 } # since Monday
      production: { version: 3.14.0 }
    ");
    assert_snapshot!(test.answers("promote component metrics-server"), @"
    component metrics-server, staging → production:
      prod-eu: 3.14.0 already

    Nothing to do: it is so already.
    ");
    test.answers("generate --check");
}

#[test]
fn a_dry_run_shows_what_each_cluster_would_see_and_writes_nothing() {
    let test = waves();
    assert_snapshot!(test.answers("promote component metrics-server --dry-run"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.13.1 → 3.14.0
      prod-eu (wave 1): 3.13.1, later 3.14.0
      prod-us (wave 2): 3.13.1, later 3.14.0

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-canary/infrastructure/metrics-server.yaml
      + infrastructure/metrics-server/clusters/prod-canary/kustomization.yaml
    1 to create, 2 to change, 0 to delete

    Next is wave 1 (prod-eu), when it runs well on prod-canary:

        tenantry promote component metrics-server --from staging --to production
    ");
}

#[test]
fn wave_by_wave() {
    let test = waves();
    assert_snapshot!(test.does("promote component metrics-server"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.13.1 → 3.14.0
      prod-eu (wave 1): 3.13.1, later 3.14.0
      prod-us (wave 2): 3.13.1, later 3.14.0

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-canary/infrastructure/metrics-server.yaml
      + infrastructure/metrics-server/clusters/prod-canary/kustomization.yaml
    1 to create, 2 to change, 0 to delete

    Next is wave 1 (prod-eu), when it runs well on prod-canary:

        tenantry promote component metrics-server --from staging --to production
    ");
    assert_snapshot!(test.read(METRICS), @"
    helm:
      repository: https://kubernetes-sigs.github.io/metrics-server
      chart: metrics-server
      version: 3.13.1
    namespace: metrics-server
    environments:
      staging: { version: 3.14.0 } # since Monday
    clusters:
      prod-canary: { version: 3.14.0 }
    ");
    assert_snapshot!(test.does("promote component metrics-server"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.14.0 already
      prod-eu (wave 1): 3.13.1 → 3.14.0
      prod-us (wave 2): 3.13.1, later 3.14.0

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-eu/infrastructure/metrics-server.yaml
      + infrastructure/metrics-server/clusters/prod-eu/kustomization.yaml
    1 to create, 2 to change, 0 to delete

    Next is wave 2 (prod-us), when it runs well on prod-eu:

        tenantry promote component metrics-server --from staging --to production
    ");
    assert_snapshot!(test.read(METRICS), @"
    helm:
      repository: https://kubernetes-sigs.github.io/metrics-server
      chart: metrics-server
      version: 3.13.1
    namespace: metrics-server
    environments:
      staging: { version: 3.14.0 } # since Monday
    clusters:
      prod-canary: { version: 3.14.0 }
      prod-eu: { version: 3.14.0 }
    ");
    assert_snapshot!(test.does("promote component metrics-server"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.14.0 already
      prod-eu (wave 1): 3.14.0 already
      prod-us (wave 2): 3.13.1 → 3.14.0

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-canary/infrastructure/metrics-server.yaml
      ~ clusters/prod-eu/infrastructure/metrics-server.yaml
      ~ clusters/prod-us/infrastructure/metrics-server.yaml
      - infrastructure/metrics-server/clusters/prod-canary/kustomization.yaml
      - infrastructure/metrics-server/clusters/prod-eu/kustomization.yaml
      + infrastructure/metrics-server/production/kustomization.yaml
    1 to create, 4 to change, 2 to delete
    ");
    assert_snapshot!(test.read(METRICS), @"
    helm:
      repository: https://kubernetes-sigs.github.io/metrics-server
      chart: metrics-server
      version: 3.13.1
    namespace: metrics-server
    environments:
      staging: { version: 3.14.0 } # since Monday
      production: { version: 3.14.0 }
    ");
    assert_snapshot!(test.answers("promote component metrics-server"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.14.0 already
      prod-eu (wave 1): 3.14.0 already
      prod-us (wave 2): 3.14.0 already

    Nothing to do: it is so already.
    ");
    test.answers("generate --check");
}

#[test]
fn a_cluster_is_made_with_its_wave() {
    let test = Test::generated();
    test.does("create cluster prod-us --environment production --wave 2");
    assert!(test.read("platform/clusters/prod-us.yaml").contains("wave: 2\n"));
    assert!(test.wrong_usage("create cluster a --wave=first").contains("--wave"));
}

#[test]
fn up_to_a_wave_and_all_at_once() {
    let test = waves();
    assert_snapshot!(test.does("promote component metrics-server --wave 1"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.13.1 → 3.14.0
      prod-eu (wave 1): 3.13.1 → 3.14.0
      prod-us (wave 2): 3.13.1, later 3.14.0

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-canary/infrastructure/metrics-server.yaml
      ~ clusters/prod-eu/infrastructure/metrics-server.yaml
      + infrastructure/metrics-server/clusters/prod-canary/kustomization.yaml
      + infrastructure/metrics-server/clusters/prod-eu/kustomization.yaml
    2 to create, 3 to change, 0 to delete

    Next is wave 2 (prod-us), when it runs well on prod-canary, prod-eu:

        tenantry promote component metrics-server --from staging --to production
    ");
    assert_snapshot!(test.does("promote component metrics-server --all-waves"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.14.0 already
      prod-eu (wave 1): 3.14.0 already
      prod-us (wave 2): 3.13.1 → 3.14.0

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-canary/infrastructure/metrics-server.yaml
      ~ clusters/prod-eu/infrastructure/metrics-server.yaml
      ~ clusters/prod-us/infrastructure/metrics-server.yaml
      - infrastructure/metrics-server/clusters/prod-canary/kustomization.yaml
      - infrastructure/metrics-server/clusters/prod-eu/kustomization.yaml
      + infrastructure/metrics-server/production/kustomization.yaml
    1 to create, 4 to change, 2 to delete
    ");
    assert_eq!(test.read(METRICS).matches("3.14.0").count(), 2);
    assert_snapshot!(test.refuses("promote component metrics-server --wave 7"), @"
    cannot-promote

      x no cluster of `production` has the wave 7
      help: its clusters have 0, 1, 2
    ");
}

#[test]
fn a_cluster_with_a_version_of_its_own_is_left() {
    let test = waves()
        .line(METRICS, "clusters:\n  prod-us: { version: 3.12.0 } # until its nodes are new");
    test.does("generate");
    assert_snapshot!(test.does("promote component metrics-server --all-waves"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.13.1 → 3.14.0
      prod-eu (wave 1): 3.13.1 → 3.14.0
      prod-us (wave 2): 3.12.0, set for this cluster alone: left (`--include-pinned` takes it along)

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-canary/infrastructure/metrics-server.yaml
      ~ clusters/prod-eu/infrastructure/metrics-server.yaml
      ~ infrastructure/metrics-server/clusters/prod-us/kustomization.yaml
      + infrastructure/metrics-server/production/kustomization.yaml
    1 to create, 4 to change, 0 to delete
    ");
    assert_snapshot!(test.read(METRICS), @"
    helm:
      repository: https://kubernetes-sigs.github.io/metrics-server
      chart: metrics-server
      version: 3.13.1
    namespace: metrics-server
    environments:
      staging: { version: 3.14.0 } # since Monday
      production: { version: 3.14.0 }
    clusters:
      prod-us: { version: 3.12.0 } # until its nodes are new
    ");
    assert_snapshot!(test.does("promote component metrics-server --include-pinned"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.14.0 already
      prod-eu (wave 1): 3.14.0 already
      prod-us (wave 2): 3.12.0 → 3.14.0

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-us/infrastructure/metrics-server.yaml
      - infrastructure/metrics-server/clusters/prod-us/kustomization.yaml
    0 to create, 2 to change, 1 to delete
    ");
    assert_snapshot!(test.read(METRICS), @"
    helm:
      repository: https://kubernetes-sigs.github.io/metrics-server
      chart: metrics-server
      version: 3.13.1
    namespace: metrics-server
    environments:
      staging: { version: 3.14.0 } # since Monday
      production: { version: 3.14.0 }
    ");
}

#[test]
fn a_promotion_that_was_not_finished_is_not_overtaken() {
    let test = waves();
    test.does("promote component metrics-server");
    let test = test.edit(METRICS, "staging: { version: 3.14.0 }", "staging: { version: 3.14.1 }");
    test.does("generate");
    assert_snapshot!(test.refuses("promote component metrics-server"), @"
    cannot-promote

      x prod-canary has 3.14.0 of its own, as a promotion that was not finished leaves it
      help: `--include-pinned` begins again with the first wave, `--leave-pinned` leaves it as it is
            and goes on
    ");
    assert_snapshot!(test.answers("promote component metrics-server --leave-pinned --dry-run"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.14.0, set for this cluster alone: left (`--include-pinned` takes it along)
      prod-eu (wave 1): 3.13.1 → 3.14.1
      prod-us (wave 2): 3.13.1, later 3.14.1

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-eu/infrastructure/metrics-server.yaml
      + infrastructure/metrics-server/clusters/prod-eu/kustomization.yaml
    1 to create, 2 to change, 0 to delete

    Next is wave 2 (prod-us), when it runs well on prod-eu:

        tenantry promote component metrics-server --from staging --to production --leave-pinned
    ");
    assert_snapshot!(test.does("promote component metrics-server --include-pinned"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.14.0 → 3.14.1
      prod-eu (wave 1): 3.13.1, later 3.14.1
      prod-us (wave 2): 3.13.1, later 3.14.1

      ~ platform/components/metrics-server.yaml
      ~ infrastructure/metrics-server/clusters/prod-canary/kustomization.yaml
    0 to create, 2 to change, 0 to delete

    Next is wave 1 (prod-eu), when it runs well on prod-canary:

        tenantry promote component metrics-server --from staging --to production
    ");
    assert_snapshot!(test.answers("promote component metrics-server --dry-run"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.14.1 already
      prod-eu (wave 1): 3.13.1 → 3.14.1
      prod-us (wave 2): 3.13.1, later 3.14.1

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-eu/infrastructure/metrics-server.yaml
      + infrastructure/metrics-server/clusters/prod-eu/kustomization.yaml
    1 to create, 2 to change, 0 to delete

    Next is wave 2 (prod-us), when it runs well on prod-eu:

        tenantry promote component metrics-server --from staging --to production
    ");
}

#[test]
fn an_environment_without_clusters_is_no_step() {
    let test = fleet().edit(
        "platform.yaml",
        "  - name: production",
        "  - name: canary\n  - name: production",
    );
    test.does("promote component metrics-server");
    assert!(test.read(METRICS).contains("production: { version: 3.14.0 }"));
    assert_snapshot!(test.answers("promote component metrics-server --to canary --dry-run"), @"
    component metrics-server, staging → canary:
    note: it is on no cluster of `canary` yet

      ~ platform/components/metrics-server.yaml
    0 to create, 1 to change, 0 to delete
    ");
}

#[test]
fn a_version_that_is_the_entitys_own_needs_no_override() {
    let test = Test::fleet()
        .line(METRICS, "environments:\n  production: { version: 3.12.0, interval: 5m }")
        .then_generated();
    test.does("promote component metrics-server");
    assert_snapshot!(test.read(METRICS), @"
    helm:
      repository: https://kubernetes-sigs.github.io/metrics-server
      chart: metrics-server
      version: 3.13.1
    namespace: metrics-server
    environments:
      production: { interval: 5m }
    ");
}

#[test]
fn references_of_sources_move_with_the_field_that_they_exclude() {
    let test = Test::fleet()
        .edit(
            SHOP,
            "quota:",
            "  jobs:\n    git: { url: https://github.com/acme/jobs, tag: v1 }\n    namespace: shop-jobs\nquota:",
        )
        .line(
            SHOP,
            "environments:\n  staging:\n    sources:\n      app: { git: { branch: null, tag: v2.0.0 } }\n      jobs: { git: { tag: v3 } }\n    quota: { cpu: \"2\" }",
        )
        .then_generated();
    assert_snapshot!(test.does("promote tenant shop --source app"), @"
    tenant shop, staging → production:
      prod-eu: app branch main → tag v2.0.0

      ~ platform/tenants/shop.yaml
      ~ tenants/production/shop/kustomization.yaml
    0 to create, 2 to change, 0 to delete
    ");
    assert_snapshot!(test.read(SHOP), @r#"
    # Asks for a review before it goes to production.
    owner: ["@acme/shop"]
    namespaces: [shop, shop-jobs]
    placement: all
    sources:
      app:
        git: { url: https://github.com/acme/shop, branch: main }
      jobs:
        git: { url: https://github.com/acme/jobs, tag: v1 }
        namespace: shop-jobs
    quota: { cpu: "8", memory: 32Gi } # of each namespace
    environments:
      staging:
        sources:
          app: { git: { branch: null, tag: v2.0.0 } }
          jobs: { git: { tag: v3 } }
        quota: { cpu: "2" }
      production:
        sources:
          app:
            git: { branch: null, tag: v2.0.0 }
    "#);
    assert_snapshot!(test.answers("promote tenant shop --dry-run"), @"
    tenant shop, staging → production:
      prod-eu: app tag v2.0.0 already
      prod-eu: jobs tag v1 → tag v3

      ~ platform/tenants/shop.yaml
      ~ tenants/production/shop/kustomization.yaml
    0 to create, 2 to change, 0 to delete
    ");
    assert_snapshot!(test.refuses("promote tenant shop --source jbos"), @"
    unknown-entity

      x there is no source `jbos`
      help: did you mean `jobs`?
    ");
    assert_snapshot!(test.answers("promote tenant shop --source app --field quota --dry-run"), @r#"
    tenant shop, staging → production:
      prod-eu: app tag v2.0.0 already
      prod-eu: quota {"cpu":"8","memory":"32Gi"} → {"cpu":"2","memory":"32Gi"}

      ~ platform/tenants/shop.yaml
      ~ tenants/production/shop/kustomization.yaml
    0 to create, 2 to change, 0 to delete
    "#);
}

#[test]
fn what_is_fixed_does_not_come_to_follow_a_branch_by_itself() {
    let test = Test::fleet()
        .line(SHOP, "environments:\n  production: { sources: { app: { git: { branch: null, tag: v1.4.0 } } } }")
        .then_generated();
    assert_snapshot!(test.answers("promote tenant shop"), @"
    tenant shop, staging → production:
      prod-eu: app tag v1.4.0, and would follow branch main: left (`--follow` takes it along)

    Nothing changes.
    ");
    test.does("promote tenant shop --follow");
    assert!(!test.read(SHOP).contains("v1.4.0"), "{}", test.read(SHOP));
}

#[test]
fn clusters_that_differ_are_not_chosen_from() {
    let test = fleet()
        .file("platform/clusters/staging-us.yaml", "environment: staging\n")
        .line(METRICS, "clusters:\n  staging-us: { version: 3.14.1 }");
    test.does("generate");
    assert_snapshot!(test.refuses("promote component metrics-server"), @"
    cannot-promote

      x the clusters of `staging` do not have the same: staging-eu has 3.14.0, staging-us has 3.14.1
      help: `--from-cluster` says which one is meant
    ");
    assert_snapshot!(
        test.answers("promote component metrics-server --from-cluster staging-us --dry-run"),
        @"
    component metrics-server, staging → production:
      prod-eu: 3.13.1 → 3.14.1

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-eu/infrastructure/metrics-server.yaml
      + infrastructure/metrics-server/production/kustomization.yaml
    1 to create, 2 to change, 0 to delete
    "
    );
    assert_snapshot!(test.refuses("promote component metrics-server --from-cluster prod-eu"), @"
    cannot-promote

      x component `metrics-server` is not on `prod-eu`, or `prod-eu` is none of `staging`
    ");
}

#[test]
fn environments_have_an_order() {
    let test = three_environments();
    let step = "promote component metrics-server";
    assert_snapshot!(test.refuses(&format!("{step} --from staging --to production")), @"
    cannot-promote

      x between `staging` and `production` comes `canary`, where nobody would have seen it
      help: promote to `canary` first, or say `--out-of-order`
    ");
    assert_snapshot!(test.refuses(&format!("{step} --from production --to staging")), @"
    cannot-promote

      x `staging` comes before `production` in `environments`, so this would take it back
      help: `--out-of-order` takes it back all the same
    ");
    assert_snapshot!(test.refuses(&format!("{step} --from staging --to staging")), @"
    cannot-promote

      x `staging` cannot be promoted to itself
      help: say where to with `--to`
    ");
    assert_snapshot!(test.refuses(&format!("{step} --from stagging")), @"
    unknown-entity

      x there is no environment `stagging`
      help: did you mean `staging`?
    ");
    assert_snapshot!(test.wrong_usage(&format!("{step} --from production")), @"
    wrong-usage

      x --to: `production` is the last of the environments
    ");
    assert_snapshot!(test.refuses("promote component metrics-sever"), @"
    unknown-entity

      x there is no component `metrics-sever`
      help: did you mean `metrics-server`?
    ");
    test.does("generate");
    test.does(&format!("{step} --from staging --to production --out-of-order"));
    assert!(test.read(METRICS).contains("production: { version: 3.14.0 }"));
}

#[test]
fn without_a_terminal_what_is_not_clear_is_asked_for_by_its_flags() {
    let test = three_environments();
    assert_snapshot!(test.wrong_usage("promote component"), @"
    missing-answer

      x NAME, --from are missing, and there is no terminal to ask on
      help: say them on the command line; `--help` tells what each takes
    ");
    let test = test.line(METRICS, "  canary: { version: 3.15.0 }");
    assert_snapshot!(test.wrong_usage("promote component metrics-server"), @"
    missing-answer

      x --from is missing, and there is no terminal to ask on
      help: say them on the command line; `--help` tells what each takes
    ");
}

#[test]
fn suspended_and_disabled_are_told() {
    let test = waves().line(
        METRICS,
        "clusters:\n  prod-us: { enabled: false }\n  prod-eu: { suspend: true }\n  staging-eu: { suspend: true }",
    );
    test.does("generate --confirm metrics-server");
    assert_snapshot!(test.does("promote component metrics-server --all-waves"), @"
    component metrics-server, staging → production:
      prod-canary (wave 0): 3.13.1 → 3.14.0
      prod-eu (wave 1): 3.13.1 → 3.14.0, when it is resumed
      prod-us (wave 2): disabled there
    note: it is suspended on `staging-eu`, which may never have run what is described for it

      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-canary/infrastructure/metrics-server.yaml
      ~ infrastructure/metrics-server/clusters/prod-eu/kustomization.yaml
      + infrastructure/metrics-server/production/kustomization.yaml
    1 to create, 3 to change, 0 to delete
    ");
}

#[test]
fn all_components_at_once() {
    let test = waves()
        .file(
            "platform/components/cni.yaml",
            "git: { url: https://github.com/acme/cni, branch: main }\n\
             environments: { staging: { version: 1.1.0, git: { branch: null } } }\n",
        )
        .file(
            "platform/components/dns.yaml",
            "helm: { repository: https://charts.acme.example, chart: dns, version: 1.0.0 }\n\
             environments: { staging: { version: 1.1.0 } }\nclusters: { prod-canary: { enabled: false } }\n",
        )
        .file(
            "platform/components/same.yaml",
            "helm: { repository: https://charts.acme.example, chart: same, version: 1.0.0 }\n",
        );
    test.does("generate");
    assert_snapshot!(test.does("promote component --all --quiet"), @"");
    assert_snapshot!(test.answers("promote component --all --dry-run"), @"
    component cni, staging → production:
      prod-canary (wave 0): 1.1.0 already
      prod-eu (wave 1): branch main → 1.1.0
      prod-us (wave 2): branch main, later 1.1.0

    component dns, staging → production:
      prod-canary (wave 0): disabled there
      prod-eu (wave 1): 1.0.0 → 1.1.0
      prod-us (wave 2): 1.0.0, later 1.1.0

    component metrics-server, staging → production:
      prod-canary (wave 0): 3.14.0 already
      prod-eu (wave 1): 3.13.1 → 3.14.0
      prod-us (wave 2): 3.13.1, later 3.14.0

      ~ platform/components/cni.yaml
      ~ platform/components/dns.yaml
      ~ platform/components/metrics-server.yaml
      ~ clusters/prod-eu/infrastructure/cni.yaml
      ~ clusters/prod-eu/infrastructure/dns.yaml
      ~ clusters/prod-eu/infrastructure/metrics-server.yaml
      + infrastructure/cni/clusters/prod-eu/kustomization.yaml
      + infrastructure/dns/clusters/prod-eu/kustomization.yaml
      + infrastructure/metrics-server/clusters/prod-eu/kustomization.yaml
    3 to create, 6 to change, 0 to delete

    Next is wave 2 (prod-us), when it runs well on prod-eu:

        tenantry promote component --all --from staging --to production
    ");
    test.does("promote component --all");
    test.does("promote component --all");
    assert_snapshot!(test.answers("promote component --all"), @"Nothing to do: it is so already.");
    assert_snapshot!(test.read("platform/components/cni.yaml"), @"
    git: { url: https://github.com/acme/cni, branch: main }
    environments: { staging: { version: 1.1.0, git: { branch: null } }, production: { version: 1.1.0, git: { branch: null } } }
    ");
}

#[test]
fn machines_get_the_same() {
    let test = waves();
    let text = test.answers("promote component metrics-server --dry-run --output json");
    let envelope: Value = serde_json::from_str(&text).unwrap();
    let promotion = &envelope["data"]["promotions"][0];
    assert_eq!(promotion["entity"], "component/metrics-server");
    assert_eq!((&promotion["wave"], &promotion["nextWave"]), (&0.into(), &1.into()));
    assert_eq!(promotion["clusters"][0]["name"], "prod-canary");
    assert_snapshot!(promotion["clusters"][0]["moves"][0], @r#"{"what":"","before":"3.13.1","after":"3.14.0","standing":"promoted"}"#);
    assert_eq!(promotion["clusters"][1]["moves"][0]["standing"], "later");
    assert_eq!(
        promotion["nextCommand"],
        "tenantry promote component metrics-server --from staging --to production"
    );
}

#[test]
fn a_commit_says_where_it_goes() {
    let test = waves().committed();
    test.does("promote component metrics-server --commit");
    let (message, paths) = test.last_commit();
    assert_eq!(message, "Promote component metrics-server to prod-canary");
    assert!(paths.contains(&METRICS.to_owned()), "{paths:?}");
    assert_eq!(test.status(), Vec::<String>::new());
}

#[test]
fn a_chart_s_version_means_nothing_to_a_git_repository() {
    let test = Test::fleet()
        .line(
            METRICS,
            "environments:\n  production: { helm: null, git: { url: https://github.com/acme/metrics, tag: v1.0.0 } }",
        )
        .then_generated();
    assert_snapshot!(test.refuses("promote component metrics-server"), @"
    cannot-promote

      x the component comes from helm here and from git in the other environment
      help: change it there with `tenantry set`
    ");
}

#[test]
fn a_field_that_is_named_moves_too() {
    let test = Test::fleet()
        .line(METRICS, "values: { replicas: 3 }\nenvironments:")
        .line(METRICS, "  staging: { version: 3.14.0, values: { replicas: 2 } }")
        .line(METRICS, "  production: { values: { args: [a] } } # loud")
        .then_generated();
    assert_snapshot!(test.refuses("promote component metrics-server --field vlaues"), @"
    cannot-promote

      x `vlaues` is said in neither environment
    ");
    assert_snapshot!(test.does("promote component metrics-server --field values.replicas"), @"
    component metrics-server, staging → production:
      prod-eu: 3.13.1 → 3.14.0
      prod-eu: values.replicas 3 → 2

      ~ platform/components/metrics-server.yaml
      ~ infrastructure/metrics-server/production/kustomization.yaml
    0 to create, 2 to change, 0 to delete
    ");
    assert_snapshot!(test.read(METRICS), @"
    helm:
      repository: https://kubernetes-sigs.github.io/metrics-server
      chart: metrics-server
      version: 3.13.1
    namespace: metrics-server
    values: { replicas: 3 }
    environments:
      staging: { version: 3.14.0, values: { replicas: 2 } }
      production: { values: { args: [a], replicas: 2 }, version: 3.14.0 } # loud
    ");
    test.does("promote component metrics-server --field values");
    assert_snapshot!(test.read(METRICS), @"
    helm:
      repository: https://kubernetes-sigs.github.io/metrics-server
      chart: metrics-server
      version: 3.13.1
    namespace: metrics-server
    values: { replicas: 3 }
    environments:
      staging: { version: 3.14.0, values: { replicas: 2 } }
      production: { values: { replicas: 2 }, version: 3.14.0 } # loud
    ");
}

#[test]
fn a_helm_value_that_staging_unsays_cannot_be_unsaid_elsewhere() {
    let test = Test::fleet()
        .line(METRICS, "values: { replicas: 3 }\nenvironments: { staging: { values: null } }")
        .then_generated();
    assert_snapshot!(test.refuses("promote component metrics-server --field values"), @"
    cannot-promote

      x `values.replicas` is not said where it is taken from, and Helm values cannot be unsaid by an
      | override
      help: say it where it is taken from, or take it out of the file by hand
    ");
}
