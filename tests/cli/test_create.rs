//! `create`: by flags, from a document, like another; proven before it is written.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const WEB: &str = "create tenant web --owner @acme/web --namespace web --placement all";
const FROM: &str = "# The portal's words.
owner: [\"@acme/web\"]
namespaces: [web]
placement: all
quota: { cpu: \"4\" }
";

#[test]
fn a_tenant_by_flags() {
    let test = Test::generated();
    let words = "--git-url https://github.com/acme/web --git-branch next --path deploy --auth secret=web-git \
                 --group edit=acme:web --quota cpu=4,memory=8Gi --pod-security baseline --set limitRange.max.cpu=2";
    assert_snapshot!(test.does(&format!("{WEB} {words}")), @r#"
      + platform/tenants/web.yaml
      + clusters/prod-eu/tenants/web.yaml
      + clusters/staging-eu/tenants/web.yaml
      + tenants/base/web/kustomization.yaml
      + tenants/base/web/limits.yaml
      + tenants/base/web/network.yaml
      + tenants/base/web/rbac.yaml
      + tenants/base/web/sync.yaml
      + tenants/production/web/kustomization.yaml
      + tenants/staging/web/kustomization.yaml
    10 to create, 0 to change, 0 to delete
    "#);
    assert_snapshot!(test.read("platform/tenants/web.yaml"), @r#"
    # yaml-language-server: $schema=../../.tenantry/schemas/tenant.json
    owner: ["@acme/web"]
    namespaces: [web]
    placement: all
    sources:
      app:
        git: { url: https://github.com/acme/web, branch: next }
        auth: { secretRef: web-git }
        path: deploy
    groups: { edit: [acme:web] }
    quota: { cpu: "4", memory: 8Gi }
    podSecurity: baseline
    limitRange:
      max: { cpu: "2" }
    "#);
    assert_snapshot!(test.answers("generate --check"), @"In sync: 48 files are what the description means.");
}

#[test]
fn a_tenant_on_some_clusters_in_a_folder() {
    let test = Test::generated();
    test.does(
        "create tenant web --owner @acme/web --namespace web --cluster prod-eu --folder emea",
    );
    assert!(test.read("platform/tenants/emea/web.yaml").contains("placement:"));
    assert!(test.at("clusters/prod-eu/tenants/web.yaml").exists());
    assert!(!test.at("clusters/staging-eu/tenants/web.yaml").exists());
}

#[test]
fn a_tenant_that_is_there_already() {
    let test = Test::generated();
    let words = WEB.replace("tenant web", "tenant shop");
    assert_snapshot!(test.refuses(&words), @r#"
    already-exists

      x there is a tenant `shop` already, in platform/tenants/shop.yaml
      help: change it with `tenantry set tenant shop PATH=VALUE`, or bring it to a whole description
            with `--from FILE`
    "#);
}

#[test]
fn a_tenant_that_would_break_the_platform_is_not_written() {
    let test = Test::generated();
    assert_snapshot!(test.refuses(&WEB.replace("tenant web", "tenant metrics-server")), @r#"
    name-collision

      x platform/tenants/metrics-server.yaml: the tenant `metrics-server` and the component
      | `metrics-server` have one name
      help: rename the tenant's file, to `team-metrics-server.yaml`, say

    Advice:
      > platform/components/metrics-server.yaml: the component
    "#);
}

#[test]
fn a_plan_alone_writes_nothing() {
    let test = Test::generated();
    assert_snapshot!(test.answers(&format!("{WEB} --dry-run")), @r#"
      + platform/tenants/web.yaml
      + clusters/prod-eu/tenants/web.yaml
      + clusters/staging-eu/tenants/web.yaml
      + tenants/base/web/kustomization.yaml
      + tenants/base/web/network.yaml
      + tenants/base/web/rbac.yaml
      + tenants/production/web/kustomization.yaml
      + tenants/staging/web/kustomization.yaml
    8 to create, 0 to change, 0 to delete
    The tenant has no source yet: its namespaces and rights are there, nothing is applied into them.
    "#);
}

#[test]
fn from_a_document_twice_changes_nothing_the_second_time() {
    let test = Test::generated();
    let first = test.run_with("create tenant web --from -", FROM);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let before = test.disk();
    let again = test.run_with("create tenant web --from -", FROM);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_snapshot!(again.stdout, @r#"
    Nothing to do: it is so already.
    The tenant has no source yet: its namespaces and rights are there, nothing is applied into them.
    "#);
    assert!(before == test.disk(), "the second time wrote something");
}

#[test]
fn from_a_document_keeps_the_comments_of_what_is_there() {
    let test = Test::generated();
    let document = test.read("platform/tenants/shop.yaml").replace("cpu: \"8\"", "cpu: \"9\"");
    let plain: String = document
        .lines()
        .filter(|line| !line.starts_with('#'))
        .fold(String::new(), |all, line| all + line.split(" #").next().unwrap_or_default() + "\n");
    let run = test.run_with("create tenant shop --from -", &plain);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(test.read("platform/tenants/shop.yaml"), document);
}

#[test]
fn from_a_file_that_names_the_tenant() {
    let test = Test::generated().file("../portal/web.yaml", FROM);
    test.does("create tenant --from ../portal/web.yaml");
    assert!(test.read("platform/tenants/web.yaml").contains("cpu: \"4\""));
    assert_snapshot!(test.refuses("create tenant --from ../portal/api.yaml"), @r#"
    unreadable-file

      x `../portal/api.yaml` cannot be read: No such file or directory (os error 2)
    "#);
}

#[test]
fn what_get_prints_can_be_created() {
    let test = Test::generated();
    let shop = test.answers("get tenant shop --output yaml");
    let before = test.disk();
    let run = test.run_with("create tenant shop --from -", &shop);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(before == test.disk(), "{}", run.stdout);
}

#[test]
fn a_cluster_like_another() {
    let test = Test::generated();
    assert_snapshot!(test.does("create cluster prod-us --like prod-eu --label region=us"), @"
      + platform/clusters/prod-us.yaml
      ~ clusters/README.md
      + clusters/prod-us/flux-system/README.md
      + clusters/prod-us/flux-system/gotk-components.yaml
      + clusters/prod-us/flux-system/gotk-sync.yaml
      + clusters/prod-us/flux-system/kustomization.yaml
      + clusters/prod-us/infrastructure/metrics-server.yaml
      + clusters/prod-us/tenancy.yaml
      + clusters/prod-us/tenants/shop.yaml
    8 to create, 1 to change, 0 to delete
    ");
    assert_snapshot!(test.read("platform/clusters/prod-us.yaml"), @r#"
    # yaml-language-server: $schema=../../.tenantry/schemas/cluster.json
    environment: production
    labels: { region: us }
    "#);
    assert!(test.at("clusters/prod-us/tenants/shop.yaml").exists());
    assert_snapshot!(test.refuses("create cluster prod-ap --like prod-ue"), @r#"
    unknown-entity

      x there is no cluster `prod-ue`
      help: did you mean `prod-eu`?
    "#);
}

#[test]
fn a_component_of_the_catalogue() {
    let test = Test::generated();
    assert_snapshot!(test.does("create component cert-manager"), @"
      + platform/components/cert-manager.yaml
      ~ clusters/README.md
      + clusters/prod-eu/infrastructure/cert-manager.yaml
      + clusters/staging-eu/infrastructure/cert-manager.yaml
      + infrastructure/cert-manager/base/kustomization.yaml
      + infrastructure/cert-manager/base/namespace.yaml
      + infrastructure/cert-manager/base/source.yaml
      + infrastructure/cert-manager/base/sync.yaml
    7 to create, 1 to change, 0 to delete
    note: The chart's CRDs are part of the release and kept when it is removed, since certificates would go with them.
    ");
    assert!(
        test.read("platform/components/cert-manager.yaml").starts_with("# yaml-language-server:")
    );
}

#[test]
fn a_component_of_the_catalogue_without_what_it_needs() {
    let test = Test::generated();
    assert_snapshot!(test.run("create component istiod").stderr, @r#"
    wrong-usage

      x `istiod` depends on istio-base; `--with-dependencies` adds what is missing
    "#);
    test.does("create component istiod --with-dependencies");
    assert!(test.at("platform/components/istio-base.yaml").exists());
}

#[test]
fn a_component_by_its_chart() {
    let test = Test::generated();
    test.does(
        "create component podinfo --helm-repository oci://ghcr.io/stefanprodan/charts --chart podinfo --version 6.9.2",
    );
    assert_snapshot!(test.read("platform/components/podinfo.yaml"), @r#"
    # yaml-language-server: $schema=../../.tenantry/schemas/component.json
    helm: { repository: oci://ghcr.io/stefanprodan/charts, chart: podinfo, version: 6.9.2 }
    "#);
}

#[test]
fn a_commit_has_exactly_what_was_written_and_leaves_what_was_staged() {
    let test =
        Test::generated().committed().file("staged.txt", "mine\n").file("loose.txt", "mine\n");
    test.stage("staged.txt");
    test.does(&format!("{WEB} --commit"));
    let (subject, paths) = test.last_commit();
    assert_eq!(subject, "Create tenant web");
    assert_snapshot!(paths.join("\n"), @r#"
    .tenantry/lock/tenants/web.lock
    clusters/prod-eu/tenants/web.yaml
    clusters/staging-eu/tenants/web.yaml
    platform/tenants/web.yaml
    tenants/base/web/kustomization.yaml
    tenants/base/web/network.yaml
    tenants/base/web/rbac.yaml
    tenants/production/web/kustomization.yaml
    tenants/staging/web/kustomization.yaml
    "#);
    assert_eq!(test.status(), ["new loose.txt", "staged staged.txt"]);
}

#[test]
fn a_message_of_ones_own() {
    let test = Test::generated().committed();
    test.does(&format!("{WEB} --commit --message 'Welcome the web team'"));
    assert_eq!(test.last_commit().0, "Welcome the web team");
}

#[test]
fn what_was_done_as_json() {
    let test = Test::generated();
    let envelope: Value =
        serde_json::from_str(&test.does(&format!("{WEB} --output json"))).unwrap();
    assert_eq!(envelope["kind"], "CreateTenantResult");
    assert_eq!(envelope["ok"], true);
    assert_eq!(envelope["data"]["written"], true);
    let test = Test::generated();
    assert_eq!(test.does(&format!("{WEB} --output name")), "tenant/web\n");
}

/// A host key, as `ssh-keyscan` prints it.
const HOSTS: &str =
    "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n";

const WITH_KEY: &str = "create tenant web --owner @acme/web --placement all --git-url ssh://git@github.com/acme/web --auth deploy-key";

#[test]
fn a_deploy_key_is_made_and_its_private_half_is_told_to_nobody() {
    let test = Test::generated().committed().file("../hosts", HOSTS);
    let run = test.run(&format!("{WITH_KEY} --known-hosts ../hosts --output json"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("\"publicKey\": \"ssh-ed25519 AAAA"), "{}", run.stdout);
    assert!(!run.stdout.contains("PRIVATE"), "{}", run.stdout);
    let file = ".tenantry/secrets/web/app-deploy-key.yaml";
    assert!(test.read(file).contains("BEGIN OPENSSH PRIVATE KEY"));
    assert!(!test.status().iter().any(|line| line.contains("secrets")), "{:?}", test.status());
    assert_snapshot!(test.refuses("create deploy-key web --known-hosts ../hosts"), @r#"
    cannot-write

      x `.tenantry/secrets/web/app-deploy-key.yaml` is there already; delete it if a new key is to
      | replace it
    "#);
}

#[test]
fn a_deploy_key_can_be_made_later() {
    let test = Test::generated().committed().file("../hosts", HOSTS);
    let said = test.does(WITH_KEY);
    assert_snapshot!(said.lines().last().unwrap_or_default(), @r#"
    Its deploy key is not made yet: `tenantry create deploy-key web --known-hosts FILE` makes it, with what `ssh-keyscan HOST` prints.
    "#);
    assert!(
        test.does("create deploy-key web --known-hosts ../hosts").contains("    ssh-ed25519 AAAA")
    );
    assert!(test.at(".tenantry/secrets/web/app-deploy-key.yaml").exists());
    assert_snapshot!(test.wrong_usage("create deploy-key shop --known-hosts ../hosts"), @r#"
    wrong-usage

      x tenant `shop` has no source with `auth.deployKey`
    "#);
}
