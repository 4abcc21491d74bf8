//! `init`: a complete repository from one command.

use insta::assert_snapshot;

use crate::scratch::Test;
use crate::test_layouts::layouts;

#[test]
fn the_demo_is_a_repository_with_one_commit_that_is_in_sync() {
    let test = Test::empty();
    assert_snapshot!(test.does("init demo --demo"), @"
    acme-fleet: 2 environments, 3 clusters, 4 components, 2 tenants: 167 files
    Committed [commit] on main: Describe the platform acme-fleet

    Next:

        cd demo
        tenantry create tenant
        tenantry generate --check
    ");
    let run = test.run_in("demo", "generate --check", "");
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn defaults_are_taken_with_yes() {
    let test = Test::empty();
    test.does("init --yes");
    assert_snapshot!(test.read("platform.yaml"), @r#"
    # yaml-language-server: $schema=.tenantry/schemas/platform.json
    apiVersion: tenantry.dev/v1
    name: fleet
    repository: { url: https://github.com/acme/fleet, branch: main }
    environments: [{ name: staging }, { name: production }]
    flux: { version: 2.9.4, install: components }
    policies: { engine: admission, sources: ["github.com/acme/**"], enforce: [production] }
    ci: github
    "#);
    let (subject, paths) = test.last_commit();
    assert_eq!(subject, "Describe the platform fleet");
    assert!(paths.iter().any(|path| path == "platform/clusters/production-1.yaml"), "{paths:?}");
    assert_eq!(test.status(), Vec::<String>::new());
}

#[test]
fn every_answer_as_a_flag() {
    let test = Test::empty();
    assert_snapshot!(test.does(
        "init --name acme --repository ssh://git@gitlab.com/acme/fleet --branch trunk --environment staging,production \
         --cluster stage=staging,prod-eu=production,prod-us=production --flux-version 2.9.4 --flux-install operator \
         --policy-engine kyverno --allow-source gitlab.com/acme/** --ci gitlab --component cert-manager \
         --owner @acme/platform --tenant web --tenant-owner @acme/web --tenant-git-url https://gitlab.com/acme/web"
    ), @"
    acme: 2 environments, 3 clusters, 2 components, 1 tenant: 138 files
    Committed [commit] on trunk: Describe the platform acme

    Next:

        tenantry create tenant
        tenantry generate --check
    ");
    assert_snapshot!(test.read("platform.yaml"), @r#"
    # yaml-language-server: $schema=.tenantry/schemas/platform.json
    apiVersion: tenantry.dev/v1
    name: acme
    repository: { url: ssh://git@gitlab.com/acme/fleet, branch: trunk }
    environments: [{ name: staging }, { name: production }]
    flux:
      version: 2.9.4
      install: operator
      operator: { version: 0.55.0 }
    policies: { engine: kyverno, sources: ["gitlab.com/acme/**"], enforce: [production] }
    ci: gitlab
    owners: ["@acme/platform"]
    "#);
    assert_snapshot!(test.read("platform/tenants/web.yaml"), @r#"
    # yaml-language-server: $schema=../../.tenantry/schemas/tenant.json
    owner: ["@acme/web"]
    namespaces: [web]
    placement: all
    sources:
      app:
        git: { url: https://gitlab.com/acme/web }
    "#);
    test.answers("generate --check");
}

#[test]
fn a_plan_alone_writes_nothing() {
    let test = Test::empty();
    let plan = test.answers("init new --yes --dry-run");
    assert!(plan.contains("platform.yaml"), "{plan}");
}

#[test]
fn without_a_commit() {
    let test = Test::empty();
    test.does("init --demo --no-commit");
    let git = git2::Repository::open(test.root()).unwrap();
    assert!(git.head().is_err(), "there is a commit");
}

#[test]
fn a_folder_in_which_something_lies() {
    let test = Test::empty().file("infrastructure/tenancy/roles/people.yaml", "mine: true\n");
    assert_snapshot!(test.refuses("init --yes"), @"
    file-in-the-way

      x `infrastructure/tenancy/roles/people.yaml` lies where a file is to be generated, and was not
      | generated
      help: move it away; or let `tenantry generate --take-over` write over it
    ");
}

#[test]
fn a_platform_in_a_platform() {
    let test = Test::fleet();
    assert_snapshot!(test.refuses("init inner --yes"), @r#"
    already-exists

      x `inner` is in a platform already: `[scratch]/fleet/platform.yaml`
      help: a platform cannot lie in another one; `tenantry create` adds to the one there is
    "#);
}

#[test]
fn an_environment_that_there_is_not() {
    let test = Test::empty();
    assert_snapshot!(test.wrong_usage("init --yes --environment staging --cluster one=stagin"), @r#"
    wrong-usage

      x --cluster: there is no environment `stagin`; did you mean `staging`?
    "#);
}

#[test]
fn answers_beside_the_demo() {
    let test = Test::empty();
    assert_snapshot!(test.wrong_usage("init --demo --name acme"), @r#"
    error: the argument '--demo' cannot be used with '--name <NAME>'

    Usage: tenantry init --demo [DIR]

    For more information, try '--help'.
    "#);
}

#[test]
fn an_unknown_layout() {
    let test = Test::empty();
    assert_snapshot!(test.run("init --yes --layout multi-tenant").stderr, @r#"
    unknown-entity

      x there is no layout `multi-tenant`
      help: did you mean `multi-tenancy`?
    "#);
}

#[test]
fn in_a_repository_with_files_of_its_own() {
    let test =
        Test::empty().file(".gitignore", "/target\n").file("README.md", "Mine.\n").committed();
    test.does("init --yes");
    assert_eq!(test.read(".gitignore"), "/target\n");
    assert_eq!(test.read("README.md"), "Mine.\n");
    assert_eq!(test.status(), Vec::<String>::new());
    assert_eq!(test.run("generate --check").code, 0);
}

#[test]
fn a_layout_whose_clusters_pull_artifacts() {
    for (layout, _) in layouts().into_iter().filter(|(_, pulls)| *pulls) {
        let test = Test::empty();
        test.does(&format!("init --yes --layout {layout} --artifacts oci://r.acme.example/fleet"));
        assert_snapshot!(test.read("platform.yaml"), @r#"
        # yaml-language-server: $schema=.tenantry/schemas/platform.json
        apiVersion: tenantry.dev/v1
        name: fleet
        repository: { url: https://github.com/acme/fleet, branch: main }
        environments:
          - { name: staging }
          - { name: production, artifacts: { verify: { identities: [{ issuer: https://token.actions.githubusercontent.com, subject: "https://github.com/acme/fleet/.github/workflows/artifacts.yaml@refs/tags/v*" }] } } }
        flux: { version: 2.9.4, install: components }
        artifacts:
          url: oci://r.acme.example/fleet
          verify:
            identities:
              - { issuer: https://token.actions.githubusercontent.com, subject: https://github.com/acme/fleet/.github/workflows/artifacts.yaml@refs/heads/main }
        policies: { engine: admission, sources: ["github.com/acme/**"], enforce: [production] }
        ci: github
        "#);
        test.answers("generate --check");

        let test = Test::empty();
        test.does(&format!(
            "init --yes --layout {layout} --repository https://github.com/Acme/fleet.git"
        ));
        let said = test.read("platform.yaml");
        assert!(said.contains("\n  url: oci://ghcr.io/acme/fleet\n"), "{said}");

        // Nobody knows where another forge keeps artifacts.
        let test = Test::empty();
        let elsewhere =
            format!("init --yes --layout {layout} --repository https://git.acme.example/fleet");
        assert_snapshot!(test.wrong_usage(&elsewhere), @"
        missing-answer

          x --artifacts is missing, and there is no terminal to ask on
          help: say them on the command line; `--help` tells what each takes
        ");
        test.does(&format!("{elsewhere} --artifacts oci://r.acme.example/fleet"));
        assert!(!test.read("platform.yaml").contains("verify"), "{}", test.read("platform.yaml"));

        let test = Test::empty();
        test.does(&format!("init --demo --layout {layout}"));
        test.answers("generate --check");
    }
}

#[test]
fn artifacts_for_a_layout_whose_clusters_pull_none() {
    let run = Test::empty().run("init --yes --artifacts oci://r.acme.example/fleet");
    assert_snapshot!(run.stderr, @"
    wrong-usage

      x --artifacts: clusters of the layout `multi-tenancy` read the repository
    ");
}
