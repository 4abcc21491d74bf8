//! `layout upgrade` over a layout that people changed.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;
use crate::test_layout_upgrade::small;

const UPGRADE: &str = "layout upgrade --from ../small/1.1.0";

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

      x `.tenantry/layout/clusters/{cluster}/old.yaml` was edited by hand, and nothing is generated
      | for it any more
      help: move what is to stay to a file of your own; `tenantry generate --discard-edits` deletes it
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
    ");
    assert!(!test.at(old).exists() && !test.at("clusters/prod-eu/old.yaml").exists());
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
