//! `layout upgrade` over a layout that people changed.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;
use crate::test_layout_upgrade::small;

const INFO: &str = ".tenantry/layout/clusters/{cluster}/info.yaml.tera";
const UPGRADE: &str = "layout upgrade --from ../small/1.1.0";

/// The platform with a template that somebody added a label to, generated and committed.
fn labelled() -> Test {
    let test = small().edit(INFO, "  name: info\n", "  name: info\n  labels: { ours: \"yes\" }\n");
    test.does("generate");
    test.committed_again("Label it")
}

#[test]
fn what_you_changed_stays_in_templates_and_in_generated_files_alike() {
    let test = labelled().edit("clusters/prod-eu/info.yaml", "  cluster:", "  # Ours.\n  cluster:");
    assert_snapshot!(test.finds("layout diff --yours"), @r#"
    diff --git a/.tenantry/layout/clusters/{cluster}/info.yaml.tera b/.tenantry/layout/clusters/{cluster}/info.yaml.tera
    --- a/.tenantry/layout/clusters/{cluster}/info.yaml.tera
    +++ b/.tenantry/layout/clusters/{cluster}/info.yaml.tera
    @@ -2,6 +2,7 @@
     kind: ConfigMap
     metadata:
       name: info
    +  labels: { ours: "yes" }
       namespace: flux-system
     data:
       cluster: {{ cluster.name }}
    "#);
    assert_snapshot!(test.does(UPGRADE), @"
    small 1.0.0 → small 1.1.0
      platform.yaml: `layout.variables.colour` is `layout.variables.tint` now
    On prod-eu and staging-eu:
      - ConfigMap flux-system/old goes

      ~ platform.yaml
      ~ .tenantry/layout/clusters/{cluster}/info.yaml.tera (merged with what was edited by hand)
      + .tenantry/layout/clusters/{cluster}/new.yaml
      - .tenantry/layout/clusters/{cluster}/old.yaml
      ~ .tenantry/layout/layout.yaml
      ~ .tenantry/layout/tenants/{tenant}/owner.yaml.tera
      ~ clusters/prod-eu/info.yaml (merged with what was edited by hand)
      + clusters/prod-eu/new.yaml
      - clusters/prod-eu/old.yaml
      ~ clusters/staging-eu/info.yaml
      + clusters/staging-eu/new.yaml
      - clusters/staging-eu/old.yaml
    3 to create, 6 to change, 3 to delete
    ");
    let template = test.read(INFO);
    assert!(template.contains("ours: \"yes\"") && template.contains("  slogan:"), "{template}");
    assert_snapshot!(test.read("clusters/prod-eu/info.yaml"), @r#"
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: info
      labels: { ours: "yes" }
      namespace: flux-system
    data:
      # Ours.
      cluster: prod-eu
      environment: production
      region: eu
      slogan: hello
    "#);
    assert!(test.unchanged("generate --check", 0).stdout.contains("In sync"));
    assert_snapshot!(test.unchanged(UPGRADE, 0).stdout, @"
    small 1.1.0, as before
      = .tenantry/layout/clusters/{cluster}/info.yaml.tera (kept as it was edited by hand)
      = clusters/prod-eu/info.yaml (kept as it was edited by hand)
    0 to create, 0 to change, 0 to delete, 2 kept as edited
    ");
    assert_snapshot!(test.finds("layout diff --yours"), @r#"
    diff --git a/.tenantry/layout/clusters/{cluster}/info.yaml.tera b/.tenantry/layout/clusters/{cluster}/info.yaml.tera
    --- a/.tenantry/layout/clusters/{cluster}/info.yaml.tera
    +++ b/.tenantry/layout/clusters/{cluster}/info.yaml.tera
    @@ -2,6 +2,7 @@
     kind: ConfigMap
     metadata:
       name: info
    +  labels: { ours: "yes" }
       namespace: flux-system
     data:
       cluster: {{ cluster.name }}
    "#);
}

#[test]
fn a_conflict_is_marked_and_nothing_is_generated_until_it_is_resolved() {
    let test = small().edit(INFO, "  motto:", "  saying:");
    test.does("generate");
    let test = test.committed_again("Say it otherwise");
    let generated = test.read("clusters/prod-eu/info.yaml");
    let dry = test.unchanged(&format!("{UPGRADE} --dry-run"), 4);
    assert!(dry.stdout.contains("info.yaml.tera (conflict)"), "{}", dry.stdout);
    assert_snapshot!(dry.stderr, @"
    merge-conflict

      x what was edited in `.tenantry/layout/clusters/{cluster}/info.yaml.tera` and what the layout
      | says now do not go together: both changed the same lines
      help: nothing was written; without `--dry-run`, both are put into the file, between marks
    ");
    let run = test.run(&format!("{UPGRADE} --commit"));
    assert_eq!(run.code, 4);
    assert_snapshot!(run.stdout, @"
    small 1.0.0 → small 1.1.0
      platform.yaml: `layout.variables.colour` is `layout.variables.tint` now
      ~ platform.yaml
      ! .tenantry/layout/clusters/{cluster}/info.yaml.tera (conflict)
      + .tenantry/layout/clusters/{cluster}/new.yaml
      - .tenantry/layout/clusters/{cluster}/old.yaml
      ~ .tenantry/layout/layout.yaml
      ~ .tenantry/layout/tenants/{tenant}/owner.yaml.tera
    1 to create, 4 to change, 1 to delete, 1 in conflict
    Not committed: conflicts are left in files. Resolve them, and commit.
    Nothing is generated until the conflicts in the layout are resolved; then `tenantry generate` does the rest.
    ");
    assert_snapshot!(run.stderr, @"
    merge-conflict

      x what was edited in `.tenantry/layout/clusters/{cluster}/info.yaml.tera` and what the layout
      | says now do not go together: both changed the same lines
      help: both are in the file, between marks: keep what is right, and delete the marks
    ");
    assert_snapshot!(test.read(INFO), @"
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: info
      namespace: flux-system
    data:
      cluster: {{ cluster.name }}
      environment: {{ cluster.environment }}
      region: {{ cluster.labels.region }}
    <<<<<<< edited by hand
      saying: {{ variables.motto }}
    ||||||| layout before
      motto: {{ variables.motto }}
    =======
      slogan: {{ variables.motto }}
    >>>>>>> layout now
    ");
    assert!(test.read("platform.yaml").contains("tint: red # not blue"));
    assert_eq!(test.read("clusters/prod-eu/info.yaml"), generated);
    assert!(!test.at("clusters/prod-eu/new.yaml").exists());
    assert_snapshot!(test.refuses("generate"), @"
    conflict-markers

      x `.tenantry/layout/clusters/{cluster}/info.yaml.tera` carries the markers of an unresolved
      | merge
        ,-[.tenantry/layout/clusters/{cluster}/info.yaml.tera:10:1]
      9 |   region: {{ cluster.labels.region }}
     10 | <<<<<<< edited by hand
        : ^^^^^^^^^^^^^^^^^^^^^^
     11 |   saying: {{ variables.motto }}
        `----
      help: keep what is right of the two sides, and delete the marks
    ");
    assert_snapshot!(test.refuses(UPGRADE), @"
    conflict-markers

      x `.tenantry/layout/clusters/{cluster}/info.yaml.tera` carries the markers of an unresolved
      | merge
      help: resolve it first; `--reset` takes what the layout says
    ");
    // Resolved: both, with our word.
    let text = test.read(INFO);
    let (head, _) = text.split_once("<<<<<<<").unwrap();
    let test = test.file(INFO, format!("{head}  saying: {{{{ variables.motto }}}}\n"));
    test.does("generate");
    assert!(test.at("clusters/prod-eu/new.yaml").exists());
    test.answers("generate --check");
    assert_snapshot!(test.unchanged(UPGRADE, 0).stdout, @"
    small 1.1.0, as before
      = .tenantry/layout/clusters/{cluster}/info.yaml.tera (kept as it was edited by hand)
    0 to create, 0 to change, 0 to delete, 1 kept as edited
    ");
}

#[test]
fn what_you_deleted_stays_deleted_and_what_is_yours_stays() {
    let test = small().without(".tenantry/layout/tenants/{tenant}/owner.yaml.tera").file(
        ".tenantry/layout/clusters/{cluster}/mine.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: mine }\n",
    );
    test.does("generate");
    assert_snapshot!(test.does(UPGRADE), @"
    small 1.0.0 → small 1.1.0
      platform.yaml: `layout.variables.colour` is `layout.variables.tint` now
    On prod-eu and staging-eu:
      - ConfigMap flux-system/old goes

      ~ platform.yaml
      ~ .tenantry/layout/clusters/{cluster}/info.yaml.tera
      + .tenantry/layout/clusters/{cluster}/new.yaml
      - .tenantry/layout/clusters/{cluster}/old.yaml
      ~ .tenantry/layout/layout.yaml
      = .tenantry/layout/tenants/{tenant}/owner.yaml.tera (stays deleted)
      ~ clusters/prod-eu/info.yaml
      + clusters/prod-eu/new.yaml
      - clusters/prod-eu/old.yaml
      ~ clusters/staging-eu/info.yaml
      + clusters/staging-eu/new.yaml
      - clusters/staging-eu/old.yaml
    3 to create, 5 to change, 3 to delete
    ");
    assert!(!test.at("tenants/shop/owner.yaml").exists());
    assert!(test.at("clusters/prod-eu/mine.yaml").exists());
    assert_snapshot!(test.unchanged(UPGRADE, 0).stdout, @"
    small 1.1.0, as before
      = .tenantry/layout/tenants/{tenant}/owner.yaml.tera (stays deleted)
    0 to create, 0 to change, 0 to delete
    ");
}

#[test]
fn a_template_that_is_gone_and_edited_stands_against_it() {
    let old = ".tenantry/layout/clusters/{cluster}/old.yaml";
    let test = small().line(old, "data: { ours: \"yes\" }");
    test.does("generate");
    assert_snapshot!(test.refuses(UPGRADE), @"
    edited-by-hand

      x `.tenantry/layout/clusters/{cluster}/old.yaml` was edited by hand, and the layout has it no
      | more
      help: move what is to stay to a file of your own; `--discard-edits` deletes it
    ");
    assert_snapshot!(test.does(&format!("{UPGRADE} --discard-edits {old}")), @"
    small 1.0.0 → small 1.1.0
      platform.yaml: `layout.variables.colour` is `layout.variables.tint` now
    On prod-eu and staging-eu:
      - ConfigMap flux-system/old goes

      ~ platform.yaml
      ~ .tenantry/layout/clusters/{cluster}/info.yaml.tera
      + .tenantry/layout/clusters/{cluster}/new.yaml
      - .tenantry/layout/clusters/{cluster}/old.yaml (deleted with its edits)
      ~ .tenantry/layout/layout.yaml
      ~ .tenantry/layout/tenants/{tenant}/owner.yaml.tera
      ~ clusters/prod-eu/info.yaml
      + clusters/prod-eu/new.yaml
      - clusters/prod-eu/old.yaml
      ~ clusters/staging-eu/info.yaml
      + clusters/staging-eu/new.yaml
      - clusters/staging-eu/old.yaml
    3 to create, 6 to change, 3 to delete
    What .tenantry/layout/clusters/{cluster}/old.yaml said was never committed: `git cat-file blob 6e6a23f61dfcad3ae10fbf1eb29621d90fa7fd73` has it for now.
    ");
    assert!(!test.at(old).exists() && !test.at("clusters/prod-eu/old.yaml").exists());
}

#[test]
fn in_a_shallow_clone_the_kept_base_is_merged_over() {
    let test = labelled().shallow();
    let run = test.run(UPGRADE);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(test.read(INFO).contains("ours: \"yes\"") && test.read(INFO).contains("slogan:"));
}

#[test]
fn where_the_base_is_lost_every_difference_is_marked() {
    let test = labelled();
    fs::remove_dir_all(test.at(".tenantry/base")).unwrap();
    let test = test.committed_again("Lose the bases").shallow();
    let run = test.run(UPGRADE);
    assert_eq!(run.code, 4, "{}{}", run.stdout, run.stderr);
    assert_snapshot!(run.stderr, @"
    merge-conflict

      x what was edited in `.tenantry/layout/clusters/{cluster}/info.yaml.tera` and what the layout
      | says now do not go together: what was generated before the edit is not to be had (the clone is
      | shallow: `git fetch --unshallow` brings what is older)
      help: restore it (`git checkout -- platform.yaml .tenantry`), get what is missing, and upgrade
            again; or keep what is right of both, and delete the marks
    ");
    assert_snapshot!(test.read(INFO), @r#"
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: info
    <<<<<<< edited by hand
      labels: { ours: "yes" }
    =======
    >>>>>>> layout now
      namespace: flux-system
    data:
      cluster: {{ cluster.name }}
      environment: {{ cluster.environment }}
      region: {{ cluster.labels.region }}
    <<<<<<< edited by hand
      motto: {{ variables.motto }}
    =======
      slogan: {{ variables.motto }}
    >>>>>>> layout now
    "#);
}

/// A platform with the layout that the binary carries, and a later version of that in `../next`.
fn carried() -> Test {
    let files = tenantry::layout::files_of("multi-tenancy").unwrap();
    files.into_iter().fold(Test::fleet(), |test, (path, bytes)| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = match path.as_str() {
            "layout.yaml" => text.replace("version: 1.0.0\n", "version: 1.1.0\n"),
            "README.md.tera" => format!("{text}\nOne more line.\n"),
            _ => text,
        };
        test.file(&format!("../next/{path}"), text)
    })
}

#[test]
fn nothing_has_to_be_committed_while_the_binary_carries_what_was_copied() {
    // The layout was copied before locks recorded it, and there is no git.
    let readme = ".tenantry/layout/README.md.tera";
    let test = carried();
    let text = test.read(readme);
    let test = test.file(readme, format!("Ours.\n{text}"));
    test.does("generate");
    let shown = test.does("layout upgrade --from ../next");
    assert!(shown.contains("README.md.tera (merged with what was edited by hand)"), "{shown}");
    let merged = test.read(readme);
    assert!(merged.starts_with("Ours.\n") && merged.ends_with("One more line.\n"));
    assert!(test.read(".tenantry/lock/layout.lock").contains("README.md.tera"));
    // Where nobody knows what was copied, nothing is taken for unedited.
    let test =
        carried().edit(".tenantry/layout/layout.yaml", "version: 1.0.0\n", "version: 0.9.0\n");
    let run = test.run("layout upgrade --from ../next --output json");
    assert_eq!(run.code, 4);
    let data: Value = serde_json::from_str(&run.stdout).unwrap();
    let changes = data["data"]["changes"].as_array().unwrap().iter();
    let changes: Vec<_> = changes.filter(|one| one["action"] == "conflict").collect();
    assert_snapshot!(serde_json::to_string_pretty(&changes).unwrap(), @r#"
    [
      {
        "path": ".tenantry/layout/README.md.tera",
        "action": "conflict",
        "because": "what was generated before the edit is not to be had"
      },
      {
        "path": ".tenantry/layout/layout.yaml",
        "action": "conflict",
        "because": "what was generated before the edit is not to be had"
      }
    ]
    "#);
}

impl Test {
    /// The same with everything committed on top of what is.
    fn committed_again(self, message: &str) -> Self {
        self.git("", "add --all");
        self.git("", &format!("commit --quiet --message '{message}'"));
        self
    }

    /// The same as a clone of the last commit alone.
    fn shallow(self) -> Self {
        let whole = self.root().with_file_name("whole");
        fs::rename(self.root(), &whole).unwrap();
        fs::create_dir(self.root()).unwrap();
        self.git("", &format!("clone --quiet --depth 1 file://{} .", whole.display()));
        self
    }
}
