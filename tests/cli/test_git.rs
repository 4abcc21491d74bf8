//! `--commit`, `--branch` and `--push`: what becomes of written files in git, and what is found out before anything is written.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const WEB: &str = "create tenant web --owner @acme/web --namespace web --placement all \
                   --git-url https://github.com/acme/web --git-branch next --quota cpu=4";

/// A committed fleet, and a bare repository beside it that is `origin`.
fn with_origin() -> Test {
    let test = Test::generated().committed().folder("../origin.git");
    test.git("../origin.git", "init --quiet --bare");
    test.git("", "remote add origin ../origin.git");
    test.git("", "push --quiet --set-upstream origin main");
    test
}

fn hook(test: &Test, path: &str, script: &str) {
    test.write(path, format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(test.at(path), fs::Permissions::from_mode(0o755)).unwrap();
}

fn message(test: &Test) -> String {
    test.git("", "log -1 --format=%B")
}

#[test]
fn a_tenant_on_a_branch_of_its_own_is_ready_for_a_pull_request() {
    let test = with_origin();
    hook(
        &test,
        "../origin.git/hooks/post-receive",
        "echo 'Create a pull request for the branch by visiting:'\necho '  https://git.acme.example/acme/fleet/compare/main...it'",
    );
    assert_snapshot!(test.does(&format!("{WEB} --branch --push")), @"
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
    Committed [commit] on tenantry/create-tenant-web: Create tenant web
    Pushed tenantry/create-tenant-web to origin (../origin.git)
    Open a pull request: https://git.acme.example/acme/fleet/compare/main...it
    ");
    assert_eq!(test.git("", "symbolic-ref --short HEAD"), "tenantry/create-tenant-web\n");
    assert_eq!(test.git("", "rev-parse HEAD"), test.git("", "rev-parse @{upstream}"));
    assert_eq!(test.git("", "rev-parse HEAD~1"), test.git("", "rev-parse main"));
    assert_eq!(test.status(), [""; 0]);
    assert_snapshot!(message(&test), @"
    Create tenant web

    Owned by @acme/web

    New on prod-eu (production) and staging-eu (staging):
    - namespace web
    - source app: github.com/acme/web (branch next), ./
    - role tenant
    - quota of each namespace: cpu 4
    ");
}

#[test]
fn branch_commit_files_and_remote_are_told_to_machines() {
    let test = with_origin();
    let run = test.run(&format!("{WEB} --branch=review/web --push -o json"));
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    let (commit, pushed) = (&answer["data"]["commit"], &answer["data"]["pushed"]);
    assert_eq!(commit["id"].as_str().unwrap(), test.git("", "rev-parse review/web").trim());
    assert_eq!(commit["branch"], "review/web");
    let mut files: Vec<_> = test.last_commit().1;
    files.sort();
    let told = commit["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap());
    let mut told: Vec<_> = told.collect();
    told.sort_unstable();
    assert_eq!(told, files);
    assert_eq!((&pushed["remote"], &pushed["branch"]), (&"origin".into(), &"review/web".into()));
    assert_eq!(pushed["url"], "../origin.git");
    assert_eq!((run.code, answer["ok"].as_bool()), (0, Some(true)));
}

#[test]
fn a_change_says_what_differs_on_which_cluster() {
    let test = Test::generated().committed();
    test.does("set tenant shop quota.cpu=9 clusters.prod-eu.quota.memory=64Gi --commit");
    assert_snapshot!(message(&test), @"
    Change tenant shop

    On prod-eu (production):
    - quota.cpu: 8 → 9
    - quota.memory: 32Gi → 64Gi

    On staging-eu (staging):
    - quota.cpu: 8 → 9
    ");
    test.does("set component metrics-server environments.staging.version=3.14.0 --commit");
    assert_snapshot!(message(&test), @"
    Change component metrics-server

    On staging-eu (staging):
    - version: 3.14.0
    ");
    test.does("set platform flux.version=2.9.5 --commit");
    assert_snapshot!(message(&test), @"
    Change the platform

    flux.version: 2.9.4 → 2.9.5
    ");
    test.does("create cluster prod-us --environment production --label region=us --commit");
    assert_snapshot!(message(&test), @"
    Create cluster prod-us

    Environment: production
    Labels: region=us
    Components: metrics-server
    Tenants: shop
    ");
    test.does("create component cert-manager --commit");
    assert_snapshot!(message(&test), @"
    Create component cert-manager

    New on prod-eu (production), prod-us (production) and staging-eu
    (staging):
    - chart cert-manager v1.21.1 of oci://quay.io/jetstack/charts
    - namespace cert-manager
    ");
    test.does("delete tenant shop --confirm shop --commit");
    assert_snapshot!(message(&test), @"
    Delete tenant shop

    Gone from prod-eu (production):
    - namespaces shop and shop-jobs
    - source app: github.com/acme/shop (branch main), ./
    - role tenant
    - quota of each namespace: cpu 9, memory 64Gi

    Gone from prod-us (production) and staging-eu (staging):
    - namespaces shop and shop-jobs
    - source app: github.com/acme/shop (branch main), ./
    - role tenant
    - quota of each namespace: cpu 9, memory 32Gi
    ");
}

#[test]
fn what_speaks_against_a_commit_is_found_before_anything_is_written() {
    let set = "set tenant shop quota.cpu=9 --commit";
    let test = Test::generated().committed();
    test.write(".git/index.lock", "");
    assert_snapshot!(test.refuses(set), @"
    git-failed

      x another git is at work in the repository (its `index.lock` is there); try again when it is
      | done
    ");
    let test = test.without(".git/index.lock");

    test.git("", "branch elsewhere");
    let test = test.line("platform/tenants/shop.yaml", "# more");
    test.git("", "commit --quiet --all --message more");
    assert_snapshot!(test.refuses("set tenant shop quota.cpu=9 --branch=elsewhere"), @"
    git-failed

      x there is a branch `elsewhere` already, and it is not where you are; name another one, or `git
      | switch elsewhere` first
    ");
    assert_snapshot!(test.refuses("set tenant shop quota.cpu=9 --push"), @"
    git-failed

      x there is no remote to push to: `git remote add origin URL` adds one
    ");

    test.git("", "switch --quiet --detach");
    test.git("", "remote add origin ../nowhere");
    assert_snapshot!(test.refuses("set tenant shop quota.cpu=9 --push"), @"
    git-failed

      x HEAD is detached: there is no branch to push; `--branch` makes one
    ");
    test.git("", "switch --quiet main");

    test.write(".git/MERGE_HEAD", test.git("", "rev-parse HEAD"));
    assert_snapshot!(test.refuses(set), @"
    git-failed

      x a merge is under way in the repository; finish or abort it before committing
    ");
    let test = test.without(".git/MERGE_HEAD");

    let nobody = test.file("../home/.gitconfig", "");
    assert_snapshot!(nobody.refuses(set), @r#"
    git-failed

      x git does not know who you are; tell it with
      |   git config --global user.name "Your Name"
      |   git config --global user.email you@example.com
    "#);
    let alone = nobody.file("../home/.gitconfig", "[user]\nname = Ada\nemail = ada@acme.example\n");
    let alone = alone.without_programs();
    assert_snapshot!(alone.refuses("set tenant shop quota.cpu=9 --push"), @"
    git-failed

      x there is no `git` on the PATH, and pushing takes one; install it
    ");
    alone.does(set);
}

#[test]
fn a_commit_needs_a_repository_with_files() {
    let test = Test::generated();
    assert_snapshot!(test.refuses("set tenant shop quota.cpu=9 --commit"), @"
    git-failed

      x `[scratch]/fleet` is not in a git repository; `git init` makes one
    ");
    test.git("", "init --quiet --object-format=sha256");
    assert_snapshot!(test.refuses("set tenant shop quota.cpu=9 --commit"), @"
    git-failed

      x the git repository of `[scratch]/fleet` cannot be worked with: unknown object format 'sha256'; commit with `git` yourself, or make the repository anew with `git init --object-format=sha1 --ref-format=files`
    ");
    fs::remove_dir_all(test.at(".git")).unwrap();
    test.git("", "init --quiet");
    test.git("", "config core.bare true");
    assert_snapshot!(test.refuses("set tenant shop quota.cpu=9 --commit"), @"
    git-failed

      x `[scratch]/fleet/.git/` is a bare repository: it has no files to work on; clone it first
    ");
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let test = with_origin();
    test.git("..", "init --quiet larger");
    test.git(
        "../larger",
        "-c protocol.file.allow=always submodule --quiet add ../origin.git fleet",
    );
    test.git("../larger", "commit --quiet --message larger");
    let run =
        test.run_in("../larger/fleet", "set tenant shop quota.cpu=9 --branch=change --push", "");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(test.git("../origin.git", "log -1 --format=%s change"), "Change tenant shop\n");
    assert_eq!(test.git("../larger", "status --short"), " M fleet\n");
    assert_eq!(test.git("../larger/fleet", "status --short"), "");
}

#[test]
fn a_hook_that_refuses_leaves_the_files_and_says_so() {
    let test = Test::generated().committed();
    hook(&test, ".git/hooks/commit-msg", "echo 'no ticket in the message' >&2; exit 1");
    let run = test.run("set tenant shop quota.cpu=9 --branch");
    assert_eq!(run.code, 1);
    assert_snapshot!(run.stdout + &run.stderr, @"
      ~ platform/tenants/shop.yaml
      ~ tenants/base/shop/limits.yaml
    0 to create, 2 to change, 0 to delete
    hook-refused

      x the hook `commit-msg` refused the commit
      |   no ticket in the message
      help: the files are written and not committed; mend what the hook says and `git commit`, or
            leave the hooks out with `--no-verify`
    ");
    assert_eq!(test.git("", "symbolic-ref --short HEAD"), "main\n");
    assert!(test.read("platform/tenants/shop.yaml").contains("\"9\""));

    let run = test.run("set tenant shop quota.cpu=10 --commit -o json");
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &answer["ok"]), (1, &Value::Bool(false)));
    assert_eq!(answer["data"]["written"], true);
    assert_eq!(answer["data"]["commit"], Value::Null);
    assert_eq!(answer["diagnostics"][0]["code"], "hook-refused");
    test.does("set tenant shop quota.cpu=11 --commit --no-verify");
}

#[test]
fn a_push_that_fails_leaves_the_commit_tells_no_secret_and_is_taken_up_again() {
    let test = with_origin();
    test.git("", "remote set-url origin https://ada:hunter-two@127.0.0.1:1/fleet");
    let run = test.run("set tenant shop quota.cpu=9 --push -o json");
    assert_eq!(run.code, 5, "{}", run.stderr);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(answer["data"]["commit"]["branch"], "main");
    assert_eq!(answer["data"]["pushed"], Value::Null);
    assert_eq!(answer["diagnostics"][0]["code"], "push-failed");
    let message = answer["diagnostics"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("`main` was not pushed: `origin` (https://127.0.0.1:1/fleet)"),
        "{message}"
    );
    assert!(!run.stdout.contains("hunter-two") && !run.stderr.contains("hunter-two"));
    assert_eq!(test.last_commit().0, "Change tenant shop");

    test.git("", "remote set-url origin ../origin.git");
    assert_snapshot!(test.does("set tenant shop quota.cpu=9 --push"), @"
    Nothing to do: it is so already.
    Pushed main to origin (../origin.git)
    ");
    assert_snapshot!(test.does("set tenant shop quota.cpu=9 --push"), @"
    Nothing to do: it is so already.
    Nothing to push: origin has main already
    ");
    assert_eq!(test.git("", "rev-parse HEAD"), test.git("", "rev-parse origin/main"));
}

#[test]
fn a_push_that_is_rejected_says_what_to_do() {
    let test = with_origin();
    let theirs = test.git("", "commit-tree -p HEAD -m theirs HEAD^{tree}");
    test.git("", &format!("push --quiet origin {}:main", theirs.trim()));
    let run = test.run("set tenant shop quota.cpu=9 --push");
    assert_eq!(run.code, 1);
    assert_snapshot!(run.stderr, @"
    push-rejected

      x `main` was not pushed: `origin` (../origin.git) has commits on it that are not here
      |   [rejected] (non-fast-forward)
      help: the commit is on `main` here: `git pull --rebase origin main`, `tenantry generate`, then
            `git push origin main`
    ");
}

#[test]
fn the_environment_says_who_commits_as_it_does_for_git() {
    let test = Test::generated().committed();
    let test = test
        .file("../home/.gitconfig", "")
        .file("../elsewhere", "[user]\nname = Grace\nemail = grace@acme.example\n");
    let elsewhere = test.at("../elsewhere").canonicalize().unwrap();
    let test = test
        .variable("GIT_CONFIG_GLOBAL", elsewhere.to_str().unwrap())
        .variable("GIT_CONFIG_COUNT", "1")
        .variable("GIT_CONFIG_KEY_0", "user.email")
        .variable("GIT_CONFIG_VALUE_0", "grace@other.example")
        .variable("GIT_COMMITTER_NAME", "Bot")
        .variable("GIT_AUTHOR_DATE", "2026-01-02T03:04:05+0200");
    test.does("set tenant shop quota.cpu=9 --commit");
    assert_eq!(
        test.git("", "log -1 --format='%an <%ae> %aI, %cn <%ce>'"),
        "Grace <grace@other.example> 2026-01-02T03:04:05+02:00, Bot <grace@other.example>\n"
    );
}

#[test]
fn another_repository_in_the_environment_is_left_alone() {
    let test = Test::generated().committed();
    test.git("..", "init --quiet other");
    let other = test.at("../other/.git").canonicalize().unwrap();
    let test = test.variable("GIT_DIR", other.to_str().unwrap());
    hook(&test, ".git/hooks/pre-commit", "git diff --cached --name-only >.git/seen");
    test.does("set tenant shop quota.cpu=9 --commit");
    assert!(test.read(".git/seen").contains("platform/tenants/shop.yaml"));
    assert_eq!(test.last_commit().0, "Change tenant shop");
}

#[test]
fn flags_that_only_go_together() {
    let test = Test::generated().committed();
    for words in [
        "set tenant shop quota.cpu=9 --remote origin",
        "set tenant shop quota.cpu=9 --message x",
        "set tenant shop quota.cpu=9 --dry-run --push",
        "set tenant shop quota.cpu=9 --dry-run --branch",
        "generate --check --push",
        "init ../new --push --no-commit",
    ] {
        test.wrong_usage(words);
    }
}

#[test]
fn a_new_platform_is_pushed_where_that_is_asked_for() {
    let test = Test::empty().folder("../origin.git");
    test.git("../origin.git", "init --quiet --bare");
    assert_snapshot!(test.wrong_usage("init new --yes --push"), @"
    missing-answer

      x --repository is missing, and there is no terminal to ask on
      help: say them on the command line; `--help` tells what each takes
    ");
    // The address that clusters use is made to lead to a folder, by the person's own configuration.
    let origin = test.at("../origin.git").canonicalize().unwrap();
    let config = test.read("../home/.gitconfig")
        + &format!(
            "[url \"{}\"]\n\tinsteadOf = https://git.acme.example/fleet\n",
            origin.display()
        );
    let test = test.file("../home/.gitconfig", config);
    test.does("init new --yes --repository https://git.acme.example/fleet --push");
    assert_eq!(test.git("new", "remote get-url origin").trim(), "[scratch]/origin.git");
    assert_eq!(test.git("../origin.git", "log --format=%s main"), "Describe the platform new\n");
}

#[test]
fn a_clone_with_windows_line_ends_is_in_sync() {
    let test = Test::empty();
    test.does("init . --demo");
    test.git("..", "clone --quiet --config core.autocrlf=true fleet clone");
    let check = test.run_in("../clone", "generate --check", "");
    assert_eq!(check.code, 0, "{}{}", check.stdout, check.stderr);
    // What a person's own editor writes there is kept as git keeps it.
    let shop = test.read("../clone/platform/tenants/shop.yaml").replace('\n', "\r\n");
    test.write("../clone/platform/tenants/shop.yaml", shop);
    let set = test.run_in("../clone", "set tenant shop quota.cpu=9 --commit", "");
    assert_eq!(set.code, 0, "{}{}", set.stdout, set.stderr);
    assert!(!test.git("../clone", "show HEAD").contains('\r'));
    assert_eq!(test.git("../clone", "status --short"), "");
}

#[test]
fn attributes_of_ones_own_stay_as_they_are() {
    let test = Test::empty().file(".gitattributes", "*.bin filter=lfs\n");
    test.does("init . --demo");
    assert_eq!(test.read(".gitattributes"), "*.bin filter=lfs\n");
    test.answers("generate --check");
}
