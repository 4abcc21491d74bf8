//! `tenantry diff`: what is found between two states of a repository, and how it is shown.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const APPS: &str = "clusters/prod/apps.yaml";
const WEB: &str = "apps/web.yaml";
const ANNOTATIONS: &str = "namespace: web, annotations: { kustomize.toolkit.fluxcd.io/";

/// The cluster, committed.
fn committed() -> Test {
    Test::flux().committed()
}

/// A Flux Kustomization of the cluster `prod`, with what it applies.
fn and(test: Test, name: &str, lines: &str) -> Test {
    let text = Test::flux().read(APPS).replace("apps", name) + lines;
    test.file(&format!("clusters/prod/{name}.yaml"), text)
        .file(&format!("{name}/config.yaml"), config(name, "{ a: b }"))
}

fn config(name: &str, data: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name}, namespace: web }}\ndata: {data}\n"
    )
}

fn secret(field: &str, values: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{ name: s, namespace: web }}\n{field}: {values}\n"
    )
}

/// What is found, without the line that says between what.
fn found(test: &Test) -> String {
    let text = test.finds("diff");
    let (first, rest) = text.split_once("\n\n").unwrap();
    assert_eq!(first, "From HEAD to the files as they are:");
    rest.to_owned()
}

// What differs.

#[test]
fn nothing_changes() {
    let test = committed();
    assert_snapshot!(test.answers("diff"), @"Nothing changes on 1 cluster between HEAD and the files as they are.");
    assert_snapshot!(test.answers("diff --output markdown"), @"
    ### Nothing changes on 1 cluster

    Between `HEAD` and `the files as they are`.
    ");
    // Neither does what no cluster applies, nor a comment, nor another order of fields.
    let test = test.file("docs/notes.md", "x\n").first_line(WEB, "# web").line(APPS, "# apps");
    test.answers("diff");
}

#[test]
fn objects_come_change_and_go() {
    let test = Test::flux().file("apps/old.yaml", config("old", "{ a: b }")).committed();
    let test = test
        .file("apps/new.yaml", config("new", "{ a: b }"))
        .edit(WEB, "web.acme.example", "www.acme.example")
        .line(WEB, "  port: \"80\"")
        .without("apps/old.yaml");
    assert_snapshot!(test.finds("diff"), @r#"
    From HEAD to the files as they are:

    Cluster prod: 1 added, 1 changed, 1 removed
      DELETED FROM THE CLUSTER by prune:
        ConfigMap web/old
      Platform
        + ConfigMap web/new (flux-system/apps)
        ~ ConfigMap web/web (flux-system/apps)
            data.host: "web.acme.example" -> "www.acme.example"
            data.port: + "80"
        - ConfigMap web/old (was of flux-system/apps; deleted)
    "#);
}

#[test]
fn fields_are_told_by_the_way_there_and_items_by_their_name() {
    let deployment = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: web
  annotations: { acme.example/owner: shop }
spec:
  replicas: 1
  template:
    spec:
      containers:
      - { name: web, image: \"web:1\", args: [a, b], env: [{ name: A, value: a }, { name: B, value: b }] }
      - { name: log, image: \"log:1\" }
";
    let test = Test::flux().file("apps/deployment.yaml", deployment).committed();
    let test = test.file(
        "apps/deployment.yaml",
        deployment
            .replace("owner: shop", "owner: web")
            .replace("[a, b]", "[a, c, d]")
            .replace("web:1", "web:2")
            .replace(
                "{ name: A, value: a }, { name: B, value: b }",
                "{ name: B, value: x }, { name: C, value: c }",
            )
            .replace("      - { name: log, image: \"log:1\" }\n", "")
            .replace("replicas: 1", "replicas: 2\n  paused: true"),
    );
    assert_snapshot!(found(&test), @r#"
    Cluster prod: 1 changed
      Platform
        ~ Deployment web/web (flux-system/apps)
            metadata.annotations["acme.example/owner"]: "shop" -> "web"
            spec.replicas: 1 -> 2
            spec.template.spec.containers[web].args[1]: "b" -> "c"
            spec.template.spec.containers[web].args[2]: + "d"
            spec.template.spec.containers[web].env[A]: - {"name":"A","value":"a"}
            spec.template.spec.containers[web].env[B].value: "b" -> "x"
            spec.template.spec.containers[web].env[C]: + {"name":"C","value":"c"}
            spec.template.spec.containers[web].image: "web:1" -> "web:2"
            spec.template.spec.containers[log]: - {"image":"log:1","name":"log"}
            spec.paused: + true
    "#);
}

#[test]
fn what_becomes_of_what_goes() {
    let annotated = |name: &str, what: &str| {
        config(name, "{ a: b }").replace("namespace: web", &format!("{ANNOTATIONS}{what} }}"))
    };
    let test = Test::flux()
        .file("apps/deleted.yaml", config("deleted", "{ a: b }"))
        .file("apps/kept.yaml", annotated("kept", "prune: disabled"));
    let test = and(test, "unpruned", "").edit(
        "clusters/prod/unpruned.yaml",
        "prune: true",
        "prune: false",
    );
    let test = test.file("unpruned/other.yaml", config("other", "{ a: b }")).committed();
    let test =
        test.without("apps/deleted.yaml").without("apps/kept.yaml").without("unpruned/config.yaml");
    assert_snapshot!(found(&test), @"
    Cluster prod: 3 removed
      DELETED FROM THE CLUSTER by prune:
        ConfigMap web/deleted
      Platform
        - ConfigMap web/deleted (was of flux-system/apps; deleted)
        - ConfigMap web/kept (was of flux-system/apps; stays: its annotations say so)
        - ConfigMap web/unpruned (was of flux-system/unpruned; stays: its Kustomization prunes nothing)
    ");
}

#[test]
fn a_kustomization_that_goes_takes_along_what_it_prunes() {
    let test = and(Test::flux(), "pruning", "");
    let test = and(test, "orphaning", "  deletionPolicy: Orphan\n");
    let test =
        and(test, "leaving", "").edit("clusters/prod/leaving.yaml", "prune: true", "prune: false");
    let test = test.committed();
    let gone = ["pruning", "orphaning", "leaving"];
    let test =
        gone.iter().fold(test, |test, name| test.without(&format!("clusters/prod/{name}.yaml")));
    assert_snapshot!(found(&test), @"
    Cluster prod: 6 removed
      DELETED FROM THE CLUSTER by prune:
        Kustomization.kustomize.toolkit.fluxcd.io flux-system/leaving
        Kustomization.kustomize.toolkit.fluxcd.io flux-system/orphaning
        Kustomization.kustomize.toolkit.fluxcd.io flux-system/pruning
        ConfigMap web/pruning
      Platform
        - Kustomization.kustomize.toolkit.fluxcd.io flux-system/leaving (was of flux-system/flux-system; deleted)
        - Kustomization.kustomize.toolkit.fluxcd.io flux-system/orphaning (was of flux-system/flux-system; deleted)
        - Kustomization.kustomize.toolkit.fluxcd.io flux-system/pruning (was of flux-system/flux-system; deleted)
        - ConfigMap web/leaving (was of flux-system/leaving; stays: its Kustomization leaves it behind)
        - ConfigMap web/orphaning (was of flux-system/orphaning; stays: its Kustomization leaves it behind)
        - ConfigMap web/pruning (was of flux-system/pruning; deleted)
    ");
}

#[test]
fn what_takes_more_along_is_said_loudly() {
    let test = Test::flux()
        .file(
            "apps/more.yaml",
            "apiVersion: v1
kind: Namespace
metadata: { name: web, labels: { toolkit.fluxcd.io/tenant: shop } }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: redis.acme.example }
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: redis, namespace: web }
",
        )
        .committed()
        .without("apps/more.yaml");
    assert_snapshot!(found(&test), @"
    Cluster prod: 3 removed
      DELETED FROM THE CLUSTER by prune:
        CustomResourceDefinition.apiextensions.k8s.io redis.acme.example, with every object of its kind
        Namespace web, with everything in it
        HelmRelease.helm.toolkit.fluxcd.io web/redis, which uninstalls it
      Platform
        - CustomResourceDefinition.apiextensions.k8s.io redis.acme.example (was of flux-system/apps; deleted)
      Tenant shop
        - Namespace web (was of flux-system/apps; deleted)
        - HelmRelease.helm.toolkit.fluxcd.io web/redis (was of flux-system/apps; deleted)
    ");
    assert_snapshot!(test.finds("diff --output markdown"), @"
    ### What changes on clusters

    From `HEAD` to `the files as they are`.

    | cluster | added | changed | removed | deleted by prune |
    |---|---:|---:|---:|---:|
    | prod | 0 | 0 | 3 | **3** |

    > [!CAUTION]
    > Deleted from **prod** by prune:
    > - `CustomResourceDefinition.apiextensions.k8s.io redis.acme.example`, with every object of its kind
    > - `Namespace web`, with everything in it
    > - `HelmRelease.helm.toolkit.fluxcd.io web/redis`, which uninstalls it

    <details><summary>prod: platform (1 object)</summary>

    ```diff
    - CustomResourceDefinition.apiextensions.k8s.io redis.acme.example (was of flux-system/apps; deleted)
    ```

    </details>
    <details><summary>prod: shop (2 objects)</summary>

    ```diff
    - Namespace web (was of flux-system/apps; deleted)
    - HelmRelease.helm.toolkit.fluxcd.io web/redis (was of flux-system/apps; deleted)
    ```

    </details>
    ");
}

#[test]
fn an_object_moves_to_another_kustomization() {
    let test = and(Test::flux(), "more", "").committed().without(WEB);
    let test = test
        .file("more/web.yaml", config("web", "{ host: www.acme.example }"))
        .file("apps/a.txt", "");
    assert_snapshot!(found(&test), @r#"
    Cluster prod: 1 changed
      Platform
        ~ ConfigMap web/web (moves from flux-system/apps to flux-system/more; deleted and made anew if flux-system/apps prunes it first)
            data.host: "web.acme.example" -> "www.acme.example"
    "#);
}

#[test]
fn what_is_suspended_or_not_applied_changes_later_or_never() {
    let annotated = |name: &str, what: &str| {
        config(name, "{ a: b }").replace("namespace: web", &format!("{ANNOTATIONS}{what} }}"))
    };
    let test = and(Test::flux(), "waiting", "  suspend: true\n")
        .file("apps/once.yaml", annotated("once", "ssa: IfNotPresent"))
        .file("apps/never.yaml", annotated("never", "ssa: Ignore"))
        .committed();
    let files = ["waiting/config.yaml", "apps/once.yaml", "apps/never.yaml"];
    let test = files.iter().fold(test, |test, file| test.edit(file, "a: b", "a: c"));
    let test = test.file("waiting/new.yaml", config("new", "{ a: b }"));
    assert_snapshot!(found(&test), @r#"
    Cluster prod: 1 added, 3 changed
      Platform
        ~ ConfigMap web/never (flux-system/apps; not applied: its annotations say so)
            data.a: "b" -> "c"
        ~ ConfigMap web/once (flux-system/apps; applied only where it is not there: not now)
            data.a: "b" -> "c"
        ~ ConfigMap web/waiting (flux-system/waiting; suspended: not now)
            data.a: "b" -> "c"
        + ConfigMap web/new (flux-system/waiting; suspended: not now)
    "#);
}

#[test]
fn a_cluster_comes_or_goes() {
    let test = committed();
    let apps = test.read(APPS);
    let test = test
        .file("clusters/test/apps.yaml", apps)
        .without(APPS)
        .without("clusters/prod/flux-system/gotk-sync.yaml");
    assert_snapshot!(test.finds("diff"), @"
    From HEAD to the files as they are:

    Cluster prod: no longer here; its 4 objects stay on it as they are

    Cluster test: new, with 2 objects
    ");
    assert_snapshot!(test.finds("diff --cluster test"), @"
    From HEAD to the files as they are:

    Cluster test: new, with 2 objects
    ");
    assert_snapshot!(test.finds("diff --cluster prod --output markdown"), @"
    ### What changes on clusters

    From `HEAD` to `the files as they are`.

    | cluster | added | changed | removed | deleted by prune |
    |---|---:|---:|---:|---:|
    | prod | no longer here; its 4 objects stay on it as they are ||||
    ");
    assert_snapshot!(test.refuses("diff --cluster tset"), @"
    unknown-entity

      x there is no cluster `tset`
      help: did you mean `test`?
    ");
}

#[test]
fn clusters_that_stay_the_same_are_counted() {
    let test = Test::flux();
    let apps = test.read(APPS);
    let test = test
        .file("clusters/test/apps.yaml", apps.replace("./apps", "./test"))
        .file("test/a.yaml", config("a", "{}"));
    let test = test.committed().edit(WEB, "web.acme.example", "www.acme.example");
    assert_snapshot!(test.finds("diff"), @r#"
    From HEAD to the files as they are:

    Cluster prod: 1 changed
      Platform
        ~ ConfigMap web/web (flux-system/apps)
            data.host: "web.acme.example" -> "www.acme.example"

    Nothing changes on 1 other cluster.
    "#);
}

#[test]
fn a_file_that_is_not_committed_or_has_another_name_counts_as_it_is() {
    let test = committed().file("apps/new.yaml", config("new", "{ a: b }"));
    assert!(found(&test).contains("+ ConfigMap web/new"));
    let test = committed();
    let text = test.read(WEB);
    test.without(WEB).file("apps/www.yaml", text).answers("diff");
}

#[test]
fn what_the_source_leaves_out_is_gone() {
    let test = Test::flux().file("apps/two.yaml", config("two", "{ a: b }")).committed();
    let test = test.file(".sourceignore", "apps/two.yaml\n");
    assert_snapshot!(found(&test), @"
    Cluster prod: 1 removed
      DELETED FROM THE CLUSTER by prune:
        ConfigMap web/two
      Platform
        - ConfigMap web/two (was of flux-system/apps; deleted)
    ");
    let test = test.then_committed("Leave out").without(".sourceignore");
    assert_snapshot!(found(&test), @"
    Cluster prod: 1 added
      Platform
        + ConfigMap web/two (flux-system/apps)
    ");
}

#[test]
fn a_variable_changes_every_object_that_asks_for_it() {
    let test = Test::flux()
        .line(APPS, "  postBuild: { substitute: { host: web.acme.example } }")
        .edit(WEB, "web.acme.example", "${host}")
        .committed()
        .edit(APPS, "web.acme.example", "www.acme.example");
    assert_snapshot!(found(&test), @r#"
    Cluster prod: 2 changed
      Platform
        ~ Kustomization.kustomize.toolkit.fluxcd.io flux-system/apps (flux-system/flux-system)
            spec.postBuild.substitute.host: "web.acme.example" -> "www.acme.example"
        ~ ConfigMap web/web (flux-system/apps)
            data.host: "web.acme.example" -> "www.acme.example"
    "#);
}

// Secrets.

#[test]
fn values_of_secrets_are_masked() {
    let test = Test::flux()
        .file("apps/secret.yaml", secret("data", "{ password: aHVudGVyMg==, gone: aHVudGVyMg== }"))
        .file(
            "apps/text.yaml",
            secret("stringData", "{ password: hunter2 }").replace("name: s", "name: t"),
        )
        .committed()
        .file("apps/secret.yaml", secret("data", "{ password: aHVudGVyMw==, new: aHVudGVyMw== }"))
        .file(
            "apps/text.yaml",
            secret("stringData", "{ password: hunter3 }").replace("name: s", "name: t"),
        );
    assert_snapshot!(found(&test), @r#"
    Cluster prod: 2 changed
      Platform
        ~ Secret web/s (flux-system/apps)
            data.gone: - "***"
            data.password: *** (changed)
            data.new: + "***"
        ~ Secret web/t (flux-system/apps)
            stringData.password: *** (changed)
    "#);
    for form in ["text", "markdown", "json"] {
        let said = test.finds(&format!("diff --output {form}"));
        assert!(!said.contains("hunter") && !said.contains("aHVudGVy"), "{said}");
    }
}

/// The cluster with a variable from a Secret that is on the cluster alone.
fn with_secret(text: &str) -> Test {
    Test::flux()
        .line(APPS, "  postBuild: { substituteFrom: [{ kind: Secret, name: vars }] }")
        .file("../vars.yaml", "password: hunter2hunter2\nport: \"54321\"\n")
        .committed()
        .edit(WEB, "  host: web.acme.example\n", text)
}

#[test]
fn a_value_that_comes_from_a_secret_is_masked_wherever_it_stands() {
    let test = with_secret("  host: \"web.acme.example?token=${password}\"\n");
    let said = test.finds("diff --variables ../vars.yaml");
    assert_snapshot!(said, @r#"
    From HEAD to the files as they are:

    Cluster prod: 1 changed
      Platform
        ~ ConfigMap web/web (flux-system/apps)
            data.host: "web.acme.example" -> "web.acme.example?token=SECRET"
    "#);
}

#[test]
fn a_number_that_comes_from_a_secret_is_masked() {
    let test = with_secret("  host: web.acme.example\nnumber: ${port}\n");
    let said = test.finds("diff --variables ../vars.yaml");
    assert!(!said.contains("54321"), "{said}");
}

#[test]
fn what_is_made_of_a_secret_value_is_masked() {
    let test = with_secret("  host: \"${password^^}\"\n  start: \"${password:0:6}\"\n");
    let said = test.finds("diff --variables ../vars.yaml");
    assert!(!said.to_lowercase().contains("hunter"), "{said}");
}

#[test]
fn names_that_are_made_of_a_secret_value_are_masked() {
    let test = with_secret("  host: web.acme.example\n  \"key-${password}\": a\n")
        .file("apps/other.yaml", config("\"of-${password}\"", "{ a: b }"));
    for form in ["text", "markdown", "json"] {
        let said = test.finds(&format!("diff --variables ../vars.yaml --output {form}"));
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_secret_value_that_is_handed_on_stays_secret() {
    let test = with_secret("  host: web.acme.example\n")
        .file(
            "apps/inner.yaml",
            Test::flux().read(APPS).replace("apps", "inner")
                + "  postBuild: { substitute: { handed: \"${password}\" } }\n",
        )
        .file("inner/config.yaml", config("inner", "{ a: b }"))
        .then_committed("Hand on")
        .file("inner/config.yaml", config("inner", "{ a: \"${handed}\" }"));
    let said = test.finds("diff --variables ../vars.yaml");
    assert!(!said.contains("hunter2"), "{said}");
}

// Between what.

#[test]
fn two_revisions_are_compared() {
    let test = committed().edit(WEB, "web.acme.example", "www.acme.example").then_committed("Host");
    test.answers("diff");
    assert_snapshot!(test.finds("diff HEAD~1"), @r#"
    From HEAD~1 to the files as they are:

    Cluster prod: 1 changed
      Platform
        ~ ConfigMap web/web (flux-system/apps)
            data.host: "web.acme.example" -> "www.acme.example"
    "#);
    let between = test.finds("diff HEAD~1..HEAD");
    assert_snapshot!(between, @r#"
    From HEAD~1 to HEAD:

    Cluster prod: 1 changed
      Platform
        ~ ConfigMap web/web (flux-system/apps)
            data.host: "web.acme.example" -> "www.acme.example"
    "#);
    assert_eq!(test.finds("diff HEAD~1.."), between);
    // The files as they are do not count between revisions.
    let test = test.edit(WEB, "www.acme.example", "x.acme.example");
    assert_eq!(test.finds("diff HEAD~1..HEAD"), between);
}

#[test]
fn a_branch_is_compared_with_where_it_left() {
    let test = committed();
    test.git("", "checkout -q -b feature");
    let test = test.edit(WEB, "web.acme.example", "www.acme.example").then_committed("Host");
    test.git("", "checkout -q main");
    let test = test.line(WEB, "  port: \"80\"").then_committed("Port");
    let both = test.finds("diff main..feature");
    assert!(both.contains("data.port") && both.contains("data.host"), "{both}");
    let own = test.finds("diff main...feature");
    assert_snapshot!(own, @r#"
    From main to feature:

    Cluster prod: 1 changed
      Platform
        ~ ConfigMap web/web (flux-system/apps)
            data.host: "web.acme.example" -> "www.acme.example"
    "#);
}

#[test]
fn a_platform_in_a_folder_of_a_larger_repository() {
    let test = Test::flux()
        .file("platform.yaml", "name: acme-fleet\nrepository: { path: fleet }\n")
        .edit("clusters/prod/flux-system/gotk-sync.yaml", "./clusters", "./fleet/clusters")
        .edit(APPS, "./apps", "./fleet/apps");
    test.git("..", "init -q");
    let test = test.file("../other/readme.md", "x\n");
    test.git("..", "add fleet other");
    test.git("..", "commit -q -m Begin");
    test.answers("diff");
    let test =
        test.edit(WEB, "web.acme.example", "www.acme.example").file("../other/readme.md", "y\n");
    assert_snapshot!(found(&test), @r#"
    Cluster prod: 1 changed
      Platform
        ~ ConfigMap web/web (flux-system/apps)
            data.host: "web.acme.example" -> "www.acme.example"
    "#);
}

#[test]
fn revisions_that_are_none() {
    let test = committed();
    assert_snapshot!(test.refuses("diff v1.0.0"), @"
    unknown-revision

      x there is no revision `v1.0.0` here: git knows nothing of this name
      help: name a branch, a tag or a commit; `git fetch` brings what the remote has
    ");
    assert_snapshot!(test.refuses("diff main..next"), @"
    unknown-revision

      x there is no revision `next` here: git knows nothing of this name
      help: name a branch, a tag or a commit; `git fetch` brings what the remote has
    ");
    assert_snapshot!(test.refuses("diff main...next"), @"
    unknown-revision

      x there is no revision `next` here: git knows nothing of this name
      help: name a branch, a tag or a commit; `git fetch` brings what the remote has
    ");
}

#[test]
fn a_shallow_clone_has_no_older_revision() {
    let test = committed().line(WEB, "  port: \"80\"").then_committed("Port");
    test.git("..", "clone --quiet --depth 1 --no-local fleet shallow");
    let run = test.run_in("../shallow", "diff HEAD~1", "");
    assert_eq!(run.code, 1);
    assert_snapshot!(run.stderr, @"
    unknown-revision

      x there is no revision `HEAD~1` here: git knows nothing of this name
      help: the clone is shallow: `git fetch --unshallow` brings what is older (in a pipeline, check
            out with the whole history)
    ");
}

#[test]
fn outside_of_a_repository_nothing_is_compared() {
    assert_snapshot!(Test::flux().refuses("diff"), @"
    git-failed

      x `[scratch]/fleet` is not in a git repository; `git init` makes one
    ");
    let empty = Test::flux();
    empty.git("", "init -q");
    assert_snapshot!(empty.refuses("diff"), @"
    unknown-revision

      x there is no revision `HEAD` here: there is no commit yet
      help: name a branch, a tag or a commit; `git fetch` brings what the remote has
    ");
}

// What cannot be built.

#[test]
fn what_is_broken_now_is_refused() {
    let test = committed().edit(APPS, "./apps", "./aps");
    assert!(test.refuses("diff").starts_with("path-not-found\n\n  x "));
}

#[test]
fn what_was_broken_is_told_and_compared_with_nothing() {
    let test = Test::flux().edit(APPS, "./apps", "./aps").committed().edit(APPS, "./aps", "./apps");
    let run = test.unchanged("diff", 3);
    assert_snapshot!(run.stderr, @"
    path-not-found

      ! at HEAD: Kustomization `flux-system/apps`: there is no folder `aps` in the source
      help: `spec.path` is a folder from the root of the source; what `.sourceignore` leaves out is
            not there
    ");
    assert_snapshot!(run.stdout, @r#"
    From HEAD to the files as they are:

    Cluster prod: 1 added, 1 changed
      Platform
        ~ Kustomization.kustomize.toolkit.fluxcd.io flux-system/apps (flux-system/flux-system)
            spec.path: "./aps" -> "./apps"
        + ConfigMap web/web (flux-system/apps)
    "#);
}

// What it is written as.

#[test]
fn a_comment_for_a_pull_request() {
    let test = Test::flux()
        .file("clusters/test/apps.yaml", Test::flux().read(APPS).replace("./apps", "./test"))
        .file("test/a.yaml", config("a", "{ a: b }"))
        .committed()
        .file("apps/new.yaml", config("new", "{ a: b }"))
        .without(WEB);
    assert_snapshot!(test.finds("diff --output markdown"), @"
    ### What changes on clusters

    From `HEAD` to `the files as they are`.

    | cluster | added | changed | removed | deleted by prune |
    |---|---:|---:|---:|---:|
    | prod | 1 | 0 | 1 | **1** |
    | test | 0 | 0 | 0 | 0 |

    > [!CAUTION]
    > Deleted from **prod** by prune:
    > - `ConfigMap web/web`

    <details><summary>prod: platform (2 objects)</summary>

    ```diff
    + ConfigMap web/new (flux-system/apps)
    - ConfigMap web/web (was of flux-system/apps; deleted)
    ```

    </details>
    ");
}

#[test]
fn nothing_in_a_comment_is_markup_by_itself() {
    let name = "\"a|b`c</details><script>*d*\"";
    let test = Test::flux().file("apps/odd.yaml", config(name, "{ a: b }")).committed();
    let test = test
        .without("apps/odd.yaml")
        .edit(WEB, "web.acme.example", "\"```\\n</details>\\n| a |\"")
        .file("clusters/pr|od`<b>/apps.yaml", Test::flux().read(APPS));
    assert_snapshot!(test.finds("diff --output markdown"), @r#"
    ### What changes on clusters

    From `HEAD` to `the files as they are`.

    | cluster | added | changed | removed | deleted by prune |
    |---|---:|---:|---:|---:|
    | prod | 0 | 1 | 1 | **1** |
    | pr\|od\`\<b\> | new, with 2 objects ||||

    > [!CAUTION]
    > Deleted from **prod** by prune:
    > - ``ConfigMap web/a|b`c</details><script>*d*``

    <details><summary>prod: platform (2 objects)</summary>

    ````diff
    ! ConfigMap web/web (flux-system/apps)
        data.host: "web.acme.example" -> "```\n</details>\n| a |"
    - ConfigMap web/a|b`c</details><script>*d* (was of flux-system/apps; deleted)
    ````

    </details>
    "#);
}

#[test]
fn what_a_name_says_stays_on_its_line() {
    let test =
        committed().file("apps/odd.yaml", config("\"a\\n+ Secret web/b\\e[31m\"", "{ a: b }"));
    for form in ["text", "markdown"] {
        let said = test.finds(&format!("diff --output {form}"));
        assert!(!said.contains('\u{1b}'), "{said:?}");
        assert!(!said.contains("\n+ Secret"), "{said}");
    }
}

#[test]
fn a_comment_stays_within_what_is_taken() {
    let many = |value: &str| {
        (0..1500)
            .map(|at| config(&format!("config-{at}"), &format!("{{ a: {value} }}")) + "---\n")
            .collect::<String>()
    };
    let test = Test::flux()
        .file("clusters/test/apps.yaml", Test::flux().read(APPS).replace("./apps", "./test"))
        .file("test/a.yaml", config("a", "{ a: b }"))
        .file("apps/many.yaml", many("b"))
        .committed()
        .file("test/a.yaml", config("a", "{ a: c }"))
        .file("apps/many.yaml", many("c"));
    let said = test.finds("diff --output markdown");
    assert!(said.chars().count() <= 65_536, "{}", said.chars().count());
    assert!(said.contains("| prod | 0 | 1500 | 0 | 0 |"), "{said}");
    // What fits is shown, also of those that do not fit as a whole.
    assert!(said.contains("ConfigMap web/a (flux-system/apps)"), "{said}");
    assert!(said.contains("more objects differ than fit here"), "{said}");
    assert!(said.contains("ConfigMap web/config-0 (flux-system/apps)"), "{said}");
    // Deletions are counted above all else.
    let test = test.without("apps/many.yaml");
    let said = test.finds("diff --output markdown");
    assert!(said.chars().count() <= 65_536, "{}", said.chars().count());
    assert!(
        said.contains("| prod | 0 | 0 | 1500 | **1500** |") && said.contains("> - and 1450 more"),
        "{said}"
    );
}

#[test]
fn the_same_for_machines() {
    let test = and(Test::flux(), "more", "")
        .file("apps/gone.yaml", config("gone", "{ a: b }"))
        .committed();
    let test = test
        .without("apps/gone.yaml")
        .edit(WEB, "web.acme.example", "www.acme.example")
        .file("apps/secret.yaml", secret("data", "{ a: aGk= }"));
    let text = test.finds("diff --output json");
    let envelope: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(envelope["kind"], "DiffResult");
    assert_snapshot!(serde_json::to_string_pretty(&envelope["data"]).unwrap(), @r#"
    {
      "before": "HEAD",
      "after": "the files as they are",
      "clusters": [
        {
          "name": "prod",
          "only": null,
          "objects": [
            {
              "group": "",
              "kind": "Secret",
              "namespace": "web",
              "name": "s",
              "tenant": null,
              "kustomization": "flux-system/apps",
              "change": "added",
              "from": null,
              "fields": null,
              "fate": null,
              "deleted": false,
              "mayBeDeleted": false,
              "held": null
            },
            {
              "group": "",
              "kind": "ConfigMap",
              "namespace": "web",
              "name": "web",
              "tenant": null,
              "kustomization": "flux-system/apps",
              "change": "changed",
              "from": null,
              "fields": [
                {
                  "path": "data.host",
                  "before": "web.acme.example",
                  "after": "www.acme.example"
                }
              ],
              "fate": null,
              "deleted": false,
              "mayBeDeleted": false,
              "held": null
            },
            {
              "group": "",
              "kind": "ConfigMap",
              "namespace": "web",
              "name": "gone",
              "tenant": null,
              "kustomization": "flux-system/apps",
              "change": "removed",
              "from": null,
              "fields": null,
              "fate": "pruned",
              "deleted": true,
              "mayBeDeleted": false,
              "held": null
            }
          ]
        }
      ]
    }
    "#);
}

// What becomes of it, as Flux has it.

#[test]
fn what_a_suspended_kustomization_applied_stays_when_it_goes() {
    // Its finalizer deletes nothing while it is suspended.
    let test = and(Test::flux(), "waiting", "  suspend: true\n")
        .committed()
        .without("clusters/prod/waiting.yaml");
    let said = found(&test);
    assert!(said.contains("- ConfigMap web/waiting (was of flux-system/waiting; stays"), "{said}");
}

#[test]
fn a_kustomization_goes_on_below_one_that_is_suspended() {
    // What is suspended no longer changes the Kustomizations that it applied, which go on by themselves.
    let inner = Test::flux().read(APPS).replace("apps", "inner");
    let test = Test::flux()
        .line(APPS, "  suspend: true")
        .file("apps/inner.yaml", inner)
        .file("inner/config.yaml", config("inner", "{ a: b }"))
        .committed()
        .file("inner/config.yaml", config("inner", "{ a: c }"));
    let said = found(&test);
    assert!(said.contains("~ ConfigMap web/inner (flux-system/inner)\n"), "{said}");
}

#[test]
fn what_moves_to_a_kustomization_that_is_suspended_is_deleted() {
    let test = and(Test::flux(), "waiting", "  suspend: true\n").committed().without(WEB);
    let test = test.file("waiting/web.yaml", config("web", "{ host: a }")).file("apps/a.txt", "");
    let said = found(&test);
    assert!(said.contains("DELETED FROM THE CLUSTER by prune:\n    ConfigMap web/web"), "{said}");
}

#[test]
fn a_namespace_that_moves_is_said_loudly() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: { name: web }\n";
    let test = and(Test::flux(), "more", "").file("apps/namespace.yaml", namespace).committed();
    let test = test.without("apps/namespace.yaml").file("more/namespace.yaml", namespace);
    let said = found(&test);
    let (loud, _) = said.split_once("  Platform\n").unwrap();
    assert!(loud.contains("Namespace web"), "{said}");
}

#[test]
fn what_moves_from_a_kustomization_that_prunes_nothing_is_not_deleted() {
    let test = and(Test::flux(), "more", "").edit(APPS, "prune: true", "prune: false").committed();
    let test = test
        .without(WEB)
        .file("more/web.yaml", config("web", "{ host: a }"))
        .file("apps/a.txt", "");
    let said = found(&test);
    assert!(said.contains("moves from flux-system/apps to flux-system/more"), "{said}");
    assert!(!said.contains("deleted"), "{said}");
}

#[test]
fn what_comes_from_elsewhere_from_now_on_is_not_known_to_be_deleted() {
    let test = committed().edit(APPS, "name: flux-system }\n", "name: other }\n");
    let said = found(&test);
    assert!(!said.contains("deleted") && !said.contains("DELETED"), "{said}");
}

#[test]
fn what_is_not_reconciled_is_not_pruned_either() {
    let ignored = config("never", "{ a: b }")
        .replace("namespace: web", &format!("{ANNOTATIONS}reconcile: disabled }}"));
    let test = Test::flux().file("apps/never.yaml", ignored).committed().without("apps/never.yaml");
    let said = found(&test);
    assert!(said.contains("- ConfigMap web/never (was of flux-system/apps; stays"), "{said}");
}

#[test]
fn what_git_ignores_is_no_part_of_a_source() {
    let test = Test::flux()
        .file(".gitignore", "local.yaml\n")
        .committed()
        .file("apps/local.yaml", config("local", "{ a: b }"))
        .edit(WEB, "web.acme.example", "www.acme.example");
    let said = found(&test);
    assert!(!said.contains("web/local"), "{said}");
}

#[test]
fn a_long_list_is_compared_soon() {
    let list = |last: u32| {
        let items: String = (0..60_000).map(|at| format!("- {{ name: n{at} }}\n")).collect();
        format!(
            "apiVersion: acme.example/v1\nkind: List60\nmetadata: {{ name: x, namespace: web }}\nspec:\n{items}- {{ name: last, value: {last} }}\n"
        )
    };
    let test =
        Test::flux().file("apps/list.yaml", list(1)).committed().file("apps/list.yaml", list(2));
    let start = std::time::Instant::now();
    assert!(found(&test).contains("spec[last].value: 1 -> 2"));
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
}
