#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::path::RepoPath;
use crate::spec::EntityKind;

const FILE: &str = "\
# Who they are.
owner: ['@acme/a'] # the team
namespaces:
  # where they live
  - apps
  - jobs # nightly

placement: { matchLabels: { tier: shared } } # not edge
sources:
  app:
    git:
      url: ssh://git@github.com/acme/a # moved in May
      branch: \"main\"
    ignore: |
      /*
      !/deploy
  web: { oci: { url: oci://ghcr.io/acme/web }, path: ./ }
suspend: false
# The end.
";

#[allow(clippy::needless_pass_by_value)]
fn edited(path: &str, value: Value) -> String {
    difference(FILE, &set(FILE, path, Some(&value)).unwrap())
}

fn removed(path: &str) -> String {
    difference(FILE, &set(FILE, path, None).unwrap())
}

/// The lines that went and came.
fn difference(old: &str, new: &str) -> String {
    similar::TextDiff::from_lines(old, new)
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal)
        .map(|change| format!("{}{}", change.tag(), change.value()))
        .collect()
}

#[test]
fn a_renamed_field_keeps_its_place_and_its_comments() {
    let text = "# head\na:\n  # about b\n  b: 1 # one\n  \"x.y\": [2] # two\nf: { b: 3, c: 4 }\n";
    let renamed = rename(text, "a.b", "z").unwrap();
    let renamed = rename(&renamed, "a.\"x.y\"", "1").unwrap();
    let renamed = rename(&renamed, "f.b", "d").unwrap();
    assert_eq!(
        renamed,
        "# head\na:\n  # about b\n  z: 1 # one\n  \"1\": [2] # two\nf: { d: 3, c: 4 }\n"
    );
    assert_eq!(rename(text, "a.nothing", "z").unwrap(), text);
    assert_eq!(rename(text, "a.b", "b").unwrap(), text);
    assert_eq!(rename(text, "a", "k").unwrap(), text.replacen("\na:", "\nk:", 1));
    assert!(matches!(rename(text, "f.b", "c"), Err(EditError::Taken { .. })));
    assert!(matches!(rename(text, "a.\"x.y\"[0]", "z"), Err(EditError::InvalidPath { .. })));
}

#[test]
fn a_value_is_replaced_where_it_stands() {
    insta::assert_snapshot!(edited("sources.app.git.branch", json!("next")), @r#"
        -      branch: "main"
        +      branch: "next"
        "#);
    insta::assert_snapshot!(edited("owner[0]", json!("@acme/b")), @r#"
        -owner: ['@acme/a'] # the team
        +owner: ['@acme/b'] # the team
        "#);
    insta::assert_snapshot!(edited("sources.app.git.url", json!("https://acme.example/a")), @r#"
        -      url: ssh://git@github.com/acme/a # moved in May
        +      url: https://acme.example/a # moved in May
        "#);
    insta::assert_snapshot!(edited("sources.app.ignore", json!("/*")), @r#"
        -    ignore: |
        -      /*
        -      !/deploy
        +    ignore: "/*"
        "#);
    insta::assert_snapshot!(edited("placement", json!("all")), @r#"
        -placement: { matchLabels: { tier: shared } } # not edge
        +placement: all # not edge
        "#);
    insta::assert_snapshot!(edited("placement", json!({ "matchLabels": { "tier": "own" } })), @r#"
        -placement: { matchLabels: { tier: shared } } # not edge
        +placement: { matchLabels: { tier: own } } # not edge
        "#);
    insta::assert_snapshot!(edited("namespaces", json!(["apps", "web", "more"])), @r#"
        -  - jobs # nightly
        +  - web # nightly
        +  - more
        "#);
    insta::assert_snapshot!(edited("sources.app.git", json!({ "url": "https://acme.example/a", "tag": "v1" })), @r#"
        -      url: ssh://git@github.com/acme/a # moved in May
        -      branch: "main"
        +      url: https://acme.example/a # moved in May
        +      tag: v1
        "#);
}

#[test]
fn a_new_field_stands_behind_the_last_one() {
    insta::assert_snapshot!(edited("quota.cpu", json!("40")), @r#"+quota: { cpu: "40" }"#);
    insta::assert_snapshot!(edited("environments.production.quota.cpu", json!("80")), @r#"
        +environments:
        +  production:
        +    quota: { cpu: "80" }
        "#);
    insta::assert_snapshot!(edited("sources.app.git.tag", json!("v1")), @r#"+      tag: v1"#);
    insta::assert_snapshot!(edited("sources.app.interval", json!("5m")), @r#"+    interval: 5m"#);
    insta::assert_snapshot!(edited("sources.web.oci.tag", json!("1.0.0")), @r#"
        -  web: { oci: { url: oci://ghcr.io/acme/web }, path: ./ }
        +  web: { oci: { url: oci://ghcr.io/acme/web, tag: 1.0.0 }, path: ./ }
        "#);
    insta::assert_snapshot!(edited("owner[+]", json!("@acme/b")), @r#"
        -owner: ['@acme/a'] # the team
        +owner: ['@acme/a', "@acme/b"] # the team
        "#);
    insta::assert_snapshot!(edited("namespaces[+]", json!("more")), @r#"+  - more"#);
    insta::assert_snapshot!(edited("labels.\"acme.example/a\"", json!("x")), @r#"+labels: { acme.example/a: x }"#);
}

#[test]
fn what_is_removed_takes_what_becomes_empty_along() {
    insta::assert_snapshot!(removed("sources.app.git.branch"), @r#"-      branch: "main""#);
    insta::assert_snapshot!(removed("sources.web.path"), @r#"
        -  web: { oci: { url: oci://ghcr.io/acme/web }, path: ./ }
        +  web: { oci: { url: oci://ghcr.io/acme/web } }
        "#);
    insta::assert_snapshot!(removed("sources.web.oci.url"), @r#"
        -  web: { oci: { url: oci://ghcr.io/acme/web }, path: ./ }
        +  web: { path: ./ }
        "#);
    insta::assert_snapshot!(removed("placement.matchLabels.tier"), @r#"-placement: { matchLabels: { tier: shared } } # not edge"#);
    insta::assert_snapshot!(removed("namespaces[0]"), @r#"-  - apps"#);
    insta::assert_snapshot!(removed("sources.app"), @r#"
        -  app:
        -    git:
        -      url: ssh://git@github.com/acme/a # moved in May
        -      branch: "main"
        -    ignore: |
        -      /*
        -      !/deploy
        "#);
    assert_eq!(removed("quota.cpu"), "");
}

#[test]
fn the_same_value_changes_no_byte() {
    let root = read(FILE).unwrap().to_json();
    for path in ["owner", "owner[0]", "sources", "sources.app.git.url", "suspend", "placement"] {
        let path: Path = path.parse().unwrap();
        let value = path.find(&read(FILE).unwrap()).unwrap().unwrap().to_json();
        assert_eq!(set(FILE, &path.to_string(), Some(&value)).unwrap(), FILE);
    }
    assert_eq!(replace_entity(FILE, root.as_object().unwrap()).unwrap(), FILE);
}

#[test]
fn line_breaks_and_a_missing_last_one_stay() {
    let windows = "owner: [a]\r\nquota:\r\n  cpu: \"1\" # few\r\n";
    assert_eq!(
        set(windows, "quota.memory", Some(&json!("1Gi"))).unwrap(),
        "owner: [a]\r\nquota:\r\n  cpu: \"1\" # few\r\n  memory: 1Gi\r\n"
    );
    assert_eq!(set(windows, "quota", None).unwrap(), "owner: [a]\r\n");
    assert_eq!(set("a: 1\nb: x", "c", Some(&json!(true))).unwrap(), "a: 1\nb: x\nc: true");
    assert_eq!(set("a: 1\nb: x", "b", None).unwrap(), "a: 1");
    assert_eq!(set("a: 1\nb: x", "b", Some(&json!("z"))).unwrap(), "a: 1\nb: z");
    assert_eq!(set("# nothing\n", "a.b", Some(&json!(1))).unwrap(), "# nothing\na: { b: 1 }\n");
    assert_eq!(set("a:\nb: 1\n", "a.c", Some(&json!(1))).unwrap(), "a: { c: 1 }\nb: 1\n");
    assert_eq!(set("a: # later\n", "a", Some(&json!("x"))).unwrap(), "a: x # later\n");
    assert_eq!(set("a: {}\n", "a.b", Some(&json!("x"))).unwrap(), "a: { b: x }\n");
}

#[test]
fn entries_of_list_items_can_be_edited() {
    let text =
        "environments:\n  - name: staging\n    flux: { version: 1.0.0 }\n  - name: production\n";
    assert_eq!(
        set(text, "environments[1].flux.version", Some(&json!("1.0.1"))).unwrap(),
        "environments:\n  - name: staging\n    flux: { version: 1.0.0 }\n  - name: production\n    flux: { version: 1.0.1 }\n"
    );
    assert_eq!(
        set(text, "environments[0].name", None).unwrap(),
        "environments:\n  - flux: { version: 1.0.0 }\n  - name: production\n"
    );
    assert_eq!(
        set(text, "environments[1]", None).unwrap(),
        "environments:\n  - name: staging\n    flux: { version: 1.0.0 }\n"
    );
}

#[test]
fn what_cannot_be_edited_is_said() {
    let error =
        |text: &str, path: &str| set(text, path, Some(&json!("x"))).unwrap_err().to_string();
    insta::assert_snapshot!(error(FILE, "suspend.x"), @r#"`suspend` is a boolean and has no fields"#);
    insta::assert_snapshot!(error(FILE, "owner.x"), @r#"`owner` is a sequence and has no fields"#);
    insta::assert_snapshot!(error(FILE, "owner[7]"), @r#"`owner` has 1 items; write `owner[+]` to append one"#);
    insta::assert_snapshot!(error(FILE, "sources[0]"), @r#"`sources` is a mapping and not a list"#);
    insta::assert_snapshot!(error(FILE, ""), @r#"`` is not a field: it is empty"#);
    insta::assert_snapshot!(error(FILE, "a..b"), @r#"`a..b` is not a field: a field has no name"#);
    insta::assert_snapshot!(error(FILE, "a[x]"), @r#"`a[x]` is not a field: an index is a number or `+`"#);
    insta::assert_snapshot!(error("a: &x { b: 1 }\nc: *x\n", "c.b"), @r#"`c.b` cannot be edited without touching something else; edit the file by hand"#);
    insta::assert_snapshot!(error("a: [", "a"), @r#"the file cannot be read: the file ends where a value is expected"#);
}

#[test]
fn a_word_is_what_its_field_takes() {
    let read = |path: &str, text: &str| value(EntityKind::Tenant, path, text).unwrap();
    assert_eq!(read("quota.cpu", "40"), json!("40"));
    assert_eq!(read("suspend", "true"), json!(true));
    assert_eq!(read("sources.app.git.tag", "1.20"), json!("1.20"));
    assert_eq!(read("environments.production.sources.app.git.branch", "null"), json!(null));
    assert_eq!(read("environments.production.quota.cpu", "80"), json!("80"));
    assert_eq!(read("placement", "all"), json!("all"));
    assert_eq!(read("placement", "[a, 1]"), json!(["a", "1"]));
    assert_eq!(
        read("placement", "{matchLabels: {tier: 1}}"),
        json!({"matchLabels": {"tier": "1"}})
    );
    assert_eq!(read("owner[+]", "@acme/a"), json!("@acme/a"));
    assert_eq!(read("owner", "['@acme/a']"), json!(["@acme/a"]));
    assert_eq!(read("podSecurity", "baseline"), json!("baseline"));
    let component = |path: &str, text: &str| value(EntityKind::Component, path, text).unwrap();
    assert_eq!(component("values.replicas", "3"), json!(3));
    assert_eq!(component("clusters.edge.enabled", "false"), json!(false));
    assert_eq!(value(EntityKind::Platform, "limits.namespaces", "3").unwrap(), json!(3));
}

#[test]
fn a_new_file_has_its_fields_in_the_order_of_the_type() {
    let value = json!({
        "quota": { "cpu": "20" },
        "sources": { "app": { "git": { "url": "ssh://git@github.com/acme/a", "branch": "main" }, "path": "./deploy" } },
        "placement": "all",
        "namespaces": ["apps"],
        "owner": ["@acme/a"]
    });
    let file = RepoPath::new("platform/tenants/emea/a.yaml").unwrap();
    let text = write(EntityKind::Tenant, &file, value.as_object().unwrap());
    assert_eq!(read(&text).unwrap().to_json(), value);
    insta::assert_snapshot!(text, @r#"
        # yaml-language-server: $schema=../../../.tenantry/schemas/tenant.json
        owner: ["@acme/a"]
        namespaces: [apps]
        placement: all
        sources:
          app:
            git: { url: ssh://git@github.com/acme/a, branch: main }
            path: ./deploy
        quota: { cpu: "20" }
        "#);
}

fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~äß\n\t#:'\"]{0,12}".prop_map(Value::from),
        Just(Value::Null),
        Just(json!({ "x": [1, "y"] })),
        Just(json!(["a b", "#c"])),
        Just(json!({})),
        Just(json!([])),
    ]
}

fn comments(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.split_once("# ").map(|(_, comment)| comment)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_set_value_is_there_and_nothing_else_changed(
        path in prop::sample::select(vec![
            "suspend", "owner[0]", "owner[+]", "namespaces[1]", "namespaces[+]", "quota.cpu",
            "sources.app.git.branch", "sources.app.git.url", "sources.app.ignore", "sources.web.path",
            "sources.web.oci.tag", "sources.new.git.url", "placement.matchLabels.tier",
            "environments.production.sources.app.git.tag", "labels.\"acme.example/x y\"",
        ]),
        new in scalars(),
        windows in any::<bool>(),
    ) {
        let file = if windows { FILE.replace('\n', "\r\n") } else { FILE.to_owned() };
        let parsed: Path = path.parse().unwrap();
        let mut wanted = read(&file).unwrap().to_json();
        parsed.put(&mut wanted, new.clone()).unwrap();
        let text = set(&file, path, Some(&new)).unwrap();
        prop_assert_eq!(read(&text).unwrap().to_json(), wanted);
        // The new text may itself hold what looks like a comment.
        let kept = comments(&text);
        for comment in comments(&file) {
            prop_assert!(kept.iter().any(|line| line.contains(comment)), "{comment} is lost in\n{text}");
        }
        if !matches!(parsed.steps().last(), Some(Step::Append)) {
            prop_assert_eq!(set(&text, path, Some(&new)).unwrap(), text);
        }
    }

    #[test]
    fn a_removed_value_is_gone_and_nothing_else_changed(
        path in prop::sample::select(vec![
            "suspend", "owner[0]", "namespaces[0]", "namespaces[1]", "sources.app.git.branch", "sources.app.git.url",
            "sources.app.ignore", "sources.web.path", "sources.web", "sources.app", "placement.matchLabels.tier",
        ]),
        windows in any::<bool>(),
    ) {
        let file = if windows { FILE.replace('\n', "\r\n") } else { FILE.to_owned() };
        let text = set(&file, path, None).unwrap();
        let parsed: Path = path.parse().unwrap();
        let root = read(&text).unwrap();
        prop_assert_eq!(text.contains("\r\n"), windows);
        if !path.ends_with(']') {
            prop_assert!(parsed.find(&root).unwrap().is_none());
        }
        prop_assert!(text.contains("# The end."));
    }
}
