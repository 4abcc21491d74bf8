//! What is refused: each with the message that a person reads, the exit code, and a disk on which nothing changed.

use std::fs::File;

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const SHOP: &str = "platform/tenants/shop.yaml";

/// A tenant with these further lines.
fn tenant(lines: &str) -> String {
    format!("owner: [\"@acme/web\"]\nplacement: all\n{lines}")
}

// Shape.

#[test]
fn an_unknown_field() {
    let test = Test::fleet().edit(SHOP, "namespaces:", "namespacs:");
    assert_snapshot!(test.refuses("generate"), @r#"
    missing-field

      x `namespaces` is missing in a tenant
       ,-[platform/tenants/shop.yaml:2:1]
     1 |     # Asks for a review before it goes to production.
     2 | ,-> owner: ["@acme/shop"]
     3 | |   namespacs: [shop, shop-jobs]
     4 | |   placement: all
     5 | |   sources:
     6 | |     app:
     7 | |       git: { url: https://github.com/acme/shop, branch: main }
     8 | |-> quota: { cpu: "8", memory: 32Gi } # of each namespace
       : `---- `namespaces` must be said here
       `----
      help: add `namespaces: …`

    unknown-field

      x `namespacs` is not a field of a tenant
       ,-[platform/tenants/shop.yaml:3:1]
     2 | owner: ["@acme/shop"]
     3 | namespacs: [shop, shop-jobs]
       : ^^^^|^^^^
       :     `-- this field is not known
     4 | placement: all
       `----
      help: did you mean `namespaces`?

    2 errors
    "#);
}

#[test]
fn a_duplicate_key() {
    let test = Test::fleet().line(SHOP, "placement: [prod-eu]");
    assert_snapshot!(test.refuses("generate"), @r#"
    duplicate-key

      x the key `placement` is already set in this mapping
       ,-[platform/tenants/shop.yaml:9:1]
     3 | namespaces: [shop, shop-jobs]
     4 | placement: all
       : ^^^^|^^^^
       :     `-- said first here
     5 | sources:
     6 |   app:
     7 |     git: { url: https://github.com/acme/shop, branch: main }
     8 | quota: { cpu: "8", memory: 32Gi } # of each namespace
     9 | placement: [prod-eu]
       : ^^^^|^^^^
       :     `-- said a second time
       `----
      help: keep one of the two, or merge them
    "#);
}

#[test]
fn a_wrong_type() {
    let test = Test::fleet().edit(SHOP, "[shop, shop-jobs]", "shop");
    assert_snapshot!(test.refuses("generate"), @r#"
    wrong-type

      x `namespaces` is of the wrong type: expected a sequence, found the string "shop"
       ,-[platform/tenants/shop.yaml:3:13]
     2 | owner: ["@acme/shop"]
     3 | namespaces: shop
       :             ^^|^
       :               `-- expected a sequence
     4 | placement: all
       `----
    "#);
}

#[test]
fn a_name_that_kubernetes_would_refuse() {
    let test = Test::fleet()
        .file("platform/tenants/Web_1.yaml", tenant("namespaces: [web]\n"))
        .edit(SHOP, "shop-jobs", "Shop.Jobs");
    assert_snapshot!(test.refuses("generate"), @r#"
    invalid-name

      x platform/tenants/Web_1.yaml: `Web_1` is not a tenant's name
      help: rename the file to `web-1.yaml`; a name is at most 63 of `a-z`, `0-9` and `-`, beginning
            and ending with a letter or a digit

    invalid-name

      x `Shop.Jobs` is not a namespace's name
       ,-[platform/tenants/shop.yaml:3:20]
     2 | owner: ["@acme/shop"]
     3 | namespaces: [shop, Shop.Jobs]
       :                    ^^^^|^^^^
       :                        `-- not a namespace's name
     4 | placement: all
       `----
      help: write at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit

    2 errors
    "#);
}

#[test]
fn names_that_differ_in_case_only() {
    let test = Test::fleet().file("platform/tenants/emea/Shop.yaml", tenant("namespaces: [web]\n"));
    assert_snapshot!(test.refuses("generate"), @r#"
    same-name

      x platform/tenants/emea/Shop.yaml: the tenants `Shop` and `shop` differ in case only
      help: rename or delete one of the two: the file's name is the entity's name, in whichever folder
            it lies

    Advice:
      > platform/tenants/shop.yaml: the other one
    "#);
}

#[test]
fn two_files_for_one_tenant() {
    let test = Test::fleet().file("platform/tenants/emea/shop.yaml", tenant("namespaces: [web]\n"));
    assert_snapshot!(test.refuses("generate"), @r#"
    same-name

      x platform/tenants/shop.yaml: two files describe the tenant `shop`
      help: rename or delete one of the two: the file's name is the entity's name, in whichever folder
            it lies

    Advice:
      > platform/tenants/emea/shop.yaml: the other one
    "#);
}

#[test]
fn a_file_where_none_means_anything() {
    let test = Test::fleet().file("platform/tenant/web.yaml", tenant("namespaces: [web]\n"));
    assert_snapshot!(test.refuses("generate"), @r#"
    unexpected-file

      x platform/tenant/web.yaml: `platform/tenant/` is not a folder of the description
      help: did you mean `platform/tenants/web.yaml`?
    "#);
}

#[test]
fn a_field_that_cannot_be_overridden() {
    let test = Test::fleet().line(SHOP, "environments: { staging: { namespaces: [elsewhere] } }");
    assert_snapshot!(test.refuses("generate"), @r#"
    not-overridable

      x `namespaces` cannot differ by environment or cluster
       ,-[platform/tenants/shop.yaml:9:28]
     8 | quota: { cpu: "8", memory: 32Gi } # of each namespace
     9 | environments: { staging: { namespaces: [elsewhere] } }
       :                            ^^^^^|^^^^
       :                                 `-- a tenant has the same `namespaces` everywhere
       `----
      help: take it out here; `namespaces` is said at the top level of the entity's own file
    "#);
}

// Meaning.

#[test]
fn an_unknown_reference() {
    let test = Test::fleet().edit(SHOP, "placement: all", "placement: [prod-ue]");
    assert_snapshot!(test.refuses("generate"), @r#"
    unknown-reference

      x there is no cluster `prod-ue`
       ,-[platform/tenants/shop.yaml:4:13]
     3 | namespaces: [shop, shop-jobs]
     4 | placement: [prod-ue]
       :             ^^^|^^^
       :                `-- nothing has this name
     5 | sources:
       `----
      help: did you mean `prod-eu`?
    "#);
}

#[test]
fn an_override_for_an_environment_that_there_is_not() {
    let test = Test::fleet().line(SHOP, "environments: { prodution: { suspend: true } }");
    assert_snapshot!(test.refuses("generate"), @r#"
    unknown-reference

      x there is no environment `prodution`
       ,-[platform/tenants/shop.yaml:9:17]
     8 | quota: { cpu: "8", memory: 32Gi } # of each namespace
     9 | environments: { prodution: { suspend: true } }
       :                 ^^^^|^^^^
       :                     `-- nothing has this name
       `----
      help: did you mean `production`?
    "#);
}

#[test]
fn a_cycle() {
    let component = |needs| {
        format!(
            "manifests: {{ path: manifests/{needs} }}\nnamespace: {needs}\ndependsOn: [{needs}]\n"
        )
    };
    let test = Test::fleet()
        .file("platform/components/one.yaml", component("two"))
        .file("platform/components/two.yaml", component("three"))
        .file("platform/components/three.yaml", component("one"));
    assert_snapshot!(test.refuses("generate"), @r#"
    dependency-cycle

      x the components `one`, `two` and `three` wait for each other: `one` -> `two` -> `three` ->
      | `one`
       ,-[platform/components/one.yaml:3:13]
     2 | namespace: two
     3 | dependsOn: [two]
       :             ^|^
       :              `-- `one` waits for `two`
       `----
      help: take one of them out of `dependsOn`

    Advice:
      > `two` waits for `three`
       ,-[platform/components/two.yaml:3:13]
     2 | namespace: three
     3 | dependsOn: [three]
       :             ^^^^^
       `----

    Advice:
      > `three` waits for `one`
       ,-[platform/components/three.yaml:3:13]
     2 | namespace: one
     3 | dependsOn: [one]
       :             ^^^
       `----
    "#);
}

#[test]
fn two_tenants_that_claim_one_namespace() {
    let test = Test::fleet().file("platform/tenants/web.yaml", tenant("namespaces: [web, shop]\n"));
    assert_snapshot!(test.refuses("generate"), @r#"
    namespace-claimed-twice

      x the tenants `shop` and `web` both claim the namespace `shop`
       ,-[platform/tenants/web.yaml:3:19]
     2 | placement: all
     3 | namespaces: [web, shop]
       :                   ^^|^
       :                     `-- claimed by `web`
       `----
      help: a namespace belongs to one tenant; name this one `web-shop`, say

    Advice:
      > claimed by `shop`
       ,-[platform/tenants/shop.yaml:3:14]
     2 | owner: ["@acme/shop"]
     3 | namespaces: [shop, shop-jobs]
       :              ^^^^
     4 | placement: all
       `----
    "#);
}

#[test]
fn a_reserved_namespace() {
    let test = Test::fleet()
        .file("platform/tenants/web.yaml", tenant("namespaces: [kube-system, flux-system]\n"));
    assert_snapshot!(test.refuses("generate"), @r#"
    reserved-namespace

      x the namespace `kube-system` is Kubernetes' own
       ,-[platform/tenants/web.yaml:3:14]
     2 | placement: all
     3 | namespaces: [kube-system, flux-system]
       :              ^^^^^|^^^^^
       :                   `-- not for tenants
       `----
      help: give it a name of its own, such as `web-kube-system`

    reserved-namespace

      x the namespace `flux-system` is Flux's own
       ,-[platform/tenants/web.yaml:3:27]
     2 | placement: all
     3 | namespaces: [kube-system, flux-system]
       :                           ^^^^^|^^^^^
       :                                `-- not for tenants
       `----
      help: give it a name of its own, such as `web-flux-system`

    2 errors
    "#);
}

#[test]
fn a_component_in_a_namespace_of_a_tenant() {
    let test = Test::fleet().edit(
        "platform/components/metrics-server.yaml",
        "namespace: metrics-server",
        "namespace: shop",
    );
    assert_snapshot!(test.refuses("generate"), @r#"
    reserved-namespace

      x the namespace `shop` is the component `metrics-server`'s
       ,-[platform/tenants/shop.yaml:3:14]
     2 | owner: ["@acme/shop"]
     3 | namespaces: [shop, shop-jobs]
       :              ^^|^
       :                `-- not for tenants
     4 | placement: all
       `----
      help: give it a name of its own, such as `shop-shop`

    Advice:
      > said here
       ,-[platform/components/metrics-server.yaml:5:12]
     4 |   version: 3.13.1
     5 | namespace: shop
       :            ^^^^
       `----
    "#);
}

#[test]
fn a_tenant_with_the_name_of_a_component() {
    let test = Test::fleet()
        .file("platform/tenants/metrics-server.yaml", tenant("namespaces: [metrics]\n"));
    assert_snapshot!(test.refuses("generate"), @r#"
    name-collision

      x platform/tenants/metrics-server.yaml: the tenant `metrics-server` and the component
      | `metrics-server` have one name
      help: rename the tenant's file, to `team-metrics-server.yaml`, say

    Advice:
      > platform/components/metrics-server.yaml: the component
    "#);
}

#[test]
fn a_name_that_the_layout_needs_for_itself() {
    let test =
        Test::fleet().file("platform/tenants/policies.yaml", tenant("namespaces: [policies]\n"));
    assert_snapshot!(test.refuses("generate"), @r#"
    reserved-name

      x platform/tenants/policies.yaml: the layout needs the name `policies` for itself
      help: give the tenant another name, which is its file's
    "#);
}

#[test]
fn a_tenant_beyond_the_limits() {
    let test = Test::fleet()
        .line("platform.yaml", "limits: { quota: { cpu: \"12\" }, namespaces: 1, roles: [view] }");
    assert_snapshot!(test.refuses("generate"), @r#"
    over-limit

      x platform/tenants/shop.yaml: no tenant may have the role `tenant`
      help: write `view`

    Advice:
      > the roles that tenants may have
       ,-[platform.yaml:8:55]
     7 | flux: { version: 2.9.4 }
     8 | limits: { quota: { cpu: "12" }, namespaces: 1, roles: [view] }
       :                                                       ^^^^^^
       `----

    over-limit

      x `shop` has 2 namespaces, more than the 1 of the platform's limits
       ,-[platform/tenants/shop.yaml:3:13]
     2 | owner: ["@acme/shop"]
     3 | namespaces: [shop, shop-jobs]
       :             ^^^^^^^^^^^^^^^^^
     4 | placement: all
       `----

    Advice:
      > the limit
       ,-[platform.yaml:8:45]
     7 | flux: { version: 2.9.4 }
     8 | limits: { quota: { cpu: "12" }, namespaces: 1, roles: [view] }
       :                                             ^
       `----

    over-limit

      x `shop` has a quota of 8 of `cpu` in each of its 2 namespaces, 16 together, more than the 12 of
      | the platform's limits
       ,-[platform/tenants/shop.yaml:8:15]
     7 |     git: { url: https://github.com/acme/shop, branch: main }
     8 | quota: { cpu: "8", memory: 32Gi } # of each namespace
       :               ^^^
       `----
      help: write at most 6

    Advice:
      > the limit
       ,-[platform.yaml:8:25]
     7 | flux: { version: 2.9.4 }
     8 | limits: { quota: { cpu: "12" }, namespaces: 1, roles: [view] }
       :                         ^^^^
       `----

    3 errors
    "#);
}

#[test]
fn a_placement_that_matches_no_cluster() {
    let test =
        Test::fleet().edit(SHOP, "placement: all", "placement: { matchLabels: { region: us } }");
    assert_snapshot!(test.refuses("generate"), @r#"
    empty-placement

      x this placement matches no cluster
       ,-[platform/tenants/shop.yaml:4:37]
     3 | namespaces: [shop, shop-jobs]
     4 | placement: { matchLabels: { region: us } }
       :                                     ^|
       :                                      `-- matches nothing
     5 | sources:
       `----
      help: there is `eu`
    "#);
}

#[test]
fn several_errors_in_several_files_are_told_in_one_run() {
    let test = Test::fleet()
        .edit(SHOP, "cpu: \"8\"", "cpu: lots")
        .edit(SHOP, "placement: all", "placement: [staging]")
        .line("platform/components/metrics-server.yaml", "dependsOn: [cert-manger]")
        .file("platform/clusters/prod-us.yaml", "environment: prod\n");
    assert_snapshot!(test.refuses("generate"), @r#"
    unknown-reference

      x there is no environment `prod`
       ,-[platform/clusters/prod-us.yaml:1:14]
     1 | environment: prod
       :              ^^|^
       :                `-- nothing has this name
       `----
      help: there are `staging` and `production`

    unknown-reference

      x there is no component `cert-manger`
       ,-[platform/components/metrics-server.yaml:6:13]
     5 | namespace: metrics-server
     6 | dependsOn: [cert-manger]
       :             ^^^^^|^^^^^
       :                  `-- nothing has this name
       `----
      help: there is no component yet

    invalid-value

      x `lots` is not a quantity
       ,-[platform/tenants/shop.yaml:8:15]
     7 |     git: { url: https://github.com/acme/shop, branch: main }
     8 | quota: { cpu: lots, memory: 32Gi } # of each namespace
       :               ^^|^
       :                 `-- not a quantity
       `----
      help: write a number with an optional unit, in quotes where it is a bare number, such as `"20"`,
            `500m` or `64Gi`

    3 errors
    "#);
}

// Files.

#[test]
fn a_folder_that_is_in_no_platform() {
    let test = Test::empty();
    assert_snapshot!(test.refuses("generate"), @r#"
    no-platform

      x there is no `platform.yaml` in `[scratch]/fleet` or above it
      help: go to a platform's folder or name it with `-C DIR`; `tenantry init DIR` makes a new one
    "#);
    assert_snapshot!(test.refuses("get tenant"), @r#"
    no-platform

      x there is no `platform.yaml` in `[scratch]/fleet` or above it
      help: go to a platform's folder or name it with `-C DIR`; `tenantry init DIR` makes a new one
    "#);
}

#[test]
fn a_folder_that_is_not_there() {
    let test = Test::empty();
    assert_snapshot!(test.refuses("-C nowhere generate"), @r#"
    no-platform

      x there is no folder `nowhere`
    "#);
}

#[test]
fn files_with_crlf_work() {
    let test = Test::fleet();
    let crlf = ["platform.yaml", SHOP, "platform/components/metrics-server.yaml"].into_iter().fold(
        Test::fleet(),
        |test, path| {
            let text = test.read(path).replace('\n', "\r\n");
            test.file(path, text)
        },
    );
    test.does("generate");
    crlf.does("generate");
    let generated = "tenants/base/shop/sync.yaml";
    assert_eq!(crlf.read(generated), test.read(generated));
    // A change keeps the line ends that the file has.
    crlf.does("set tenant shop quota.cpu=9");
    let text = crlf.read(SHOP);
    assert!(text.contains("cpu: \"9\""), "{text}");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{text:?}");
}

#[test]
fn an_empty_file() {
    let test = Test::fleet().file("platform/tenants/web.yaml", "# Nothing yet.\n");
    assert_snapshot!(test.refuses("generate"), @r#"
    empty-file

      x `platform/tenants/web.yaml` says nothing
      help: write the entity's fields, or delete the file
    "#);
}

#[test]
fn an_empty_platform() {
    let test = Test::fleet().file("platform.yaml", "");
    assert_snapshot!(test.refuses("generate"), @r#"
    empty-file

      x `platform.yaml` says nothing
      help: write the entity's fields, or delete the file
    "#);
}

#[test]
fn a_hundred_megabytes() {
    let test = Test::fleet();
    File::create(test.at("platform/tenants/web.yaml")).unwrap().set_len(100_000_000).unwrap();
    assert_snapshot!(test.refuses("generate"), @r#"
    file-too-large

      x `platform/tenants/web.yaml` has 100000000 bytes; at most 16777216 are read
      help: no file of a description needs to be this large
    "#);
}

#[test]
fn more_yaml_than_a_description_can_need() {
    let list = "  - { a: [1, 2, 3], b: [4, 5, 6] }\n".repeat(300_000);
    let test = Test::fleet().file("platform/tenants/web.yaml", format!("owner:\n{list}"));
    assert_snapshot!(test.refuses("generate"), @r#"
    file-too-large

      x platform/tenants/web.yaml: this has more than 1000000 values
      help: no file of a description needs to be this large
    "#);
}

#[test]
fn yaml_that_is_nested_without_end() {
    let test = Test::fleet()
        .file("platform/tenants/web.yaml", "owner: ".to_owned() + &"[".repeat(100_000));
    assert_snapshot!(test.refuses("generate"), @r#"
    invalid-yaml

      x platform/tenants/web.yaml:1:135: this is nested more than 128 levels deep
    "#);
}

#[test]
fn an_alias_bomb() {
    let mut text = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        text += &format!("a{level}: &a{level} [{below}]\n");
    }
    let test = Test::fleet().file("platform/tenants/web.yaml", text);
    assert_snapshot!(test.refuses("generate"), @r#"
    alias-bomb

      x this has more than 1000000 values when its aliases are expanded
       ,-[platform/tenants/web.yaml:7:10]
     6 | a5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, ]
     7 | a6: &a6 [*a5, *a5, *a5, *a5, *a5, *a5, *a5, *a5, *a5, ]
       :          ^|^
       :           `-- this alias is one too many
     8 | a7: &a7 [*a6, *a6, *a6, *a6, *a6, *a6, *a6, *a6, *a6, ]
       `----
      help: write out what is repeated
    "#);
}

#[test]
fn invalid_utf_8() {
    let test = Test::fleet().file("platform/tenants/web.yaml", b"owner: [\"@acme/caf\xe9\"]\n");
    assert_snapshot!(test.refuses("generate"), @r#"
    invalid-utf8

      x platform/tenants/web.yaml:1:19: this is not valid UTF-8 text (byte 0xe9)
      help: save the file as UTF-8
    "#);
}

#[test]
fn a_path_that_leaves_the_source_or_the_repository() {
    let test = Test::fleet()
        .edit(SHOP, "    git:", "    path: ../other/deploy\n    git:")
        .line("platform/components/metrics-server.yaml", "valuesFiles: [../../secrets.yaml]");
    assert_snapshot!(test.refuses("generate"), @r#"
    invalid-value

      x `valuesFiles[0]`: the path `../../secrets.yaml` leaves the repository with `..`
       ,-[platform/components/metrics-server.yaml:6:15]
     5 | namespace: metrics-server
     6 | valuesFiles: [../../secrets.yaml]
       :               ^^^^^^^^^|^^^^^^^^
       :                        `-- this value is refused
       `----

    invalid-value

      x this path leaves the source with `..`
       ,-[platform/tenants/shop.yaml:7:11]
     6 |   app:
     7 |     path: ../other/deploy
       :           ^^^^^^^^^^^^^^^
     8 |     git: { url: https://github.com/acme/shop, branch: main }
       `----
      help: write a path from the root of the source, such as `./deploy`

    2 errors
    "#);
}

#[test]
fn a_folder_flag_that_leaves_the_repository() {
    let test = Test::generated();
    assert_snapshot!(
        test.wrong_usage("create tenant web --owner @acme/web --placement all --folder ../../elsewhere"),
        @r#"
    wrong-usage

      x --folder: the path `../../elsewhere` leaves the repository with `..`
    "#
    );
}

#[test]
fn a_link_in_the_description() {
    let test = Test::fleet()
        .file("../outside.yaml", tenant("namespaces: [web]\n"))
        .link("platform/tenants/web.yaml", "../../../outside.yaml");
    assert_snapshot!(test.refuses("generate"), @r#"
    symlink-in-description

      x `platform/tenants/web.yaml` is a symbolic link; links are not followed
      help: put the file itself there: what a link points at may lie outside the repository
    "#);
}

#[test]
fn a_link_in_the_layout() {
    let test = Test::fleet()
        .file("../outside.yaml", "a: b\n")
        .link(".tenantry/layout/tenants/base/outside.yaml", "../../../../../outside.yaml");
    assert_snapshot!(test.refuses("generate"), @r#"
    invalid-layout

      x `.tenantry/layout/tenants/base/outside.yaml` is a symbolic link; links are not followed
    "#);
}

#[test]
fn a_link_where_a_file_is_to_be_generated() {
    let test = Test::fleet()
        .file("kept.yaml", "mine: true\n")
        .link("tenants/base/shop/rbac.yaml", "../../../kept.yaml");
    assert_snapshot!(test.refuses("generate"), @r#"
    symlink-in-the-way

      x `tenants/base/shop/rbac.yaml` is a symbolic link; nothing is written through it
      help: put a real file or folder in its place, or delete it
    "#);
}

#[test]
fn a_link_out_of_the_repository_where_a_folder_is_to_be_generated() {
    let test = Test::fleet().folder("../outside").link("tenants", "../outside");
    assert_snapshot!(test.refuses("generate"), @r#"
    symlink-in-the-way

      x `tenants` is a symbolic link; nothing is written through it
      help: put a real file or folder in its place, or delete it
    "#);
}

#[test]
fn a_file_where_one_is_to_be_generated() {
    let test = Test::fleet().file("tenants/base/shop/rbac.yaml", "mine: true\n");
    assert_snapshot!(test.refuses("generate"), @"
    file-in-the-way

      x `tenants/base/shop/rbac.yaml` lies where a file is to be generated, and was not generated
      help: move it away; or let `tenantry generate --take-over` write over it
    ");
}

#[test]
fn a_file_where_a_folder_is_to_be_and_a_folder_where_a_file_is_to_be() {
    let test = Test::fleet().file("infrastructure", "mine\n").folder("tenants/base/shop/rbac.yaml");
    assert_snapshot!(test.refuses("generate"), @r#"
    file-in-the-way

      x `infrastructure` is a file where a folder is to be
      help: move the file away

    file-in-the-way

      x `tenants/base/shop/rbac.yaml` is a folder where a file is to be generated
      help: move the folder away

    2 errors
    "#);
}

#[test]
fn a_lock_that_is_none() {
    let test =
        Test::generated().file(".tenantry/lock/tenants/shop.lock", "tenants/base: yesterday\n");
    assert_snapshot!(test.refuses("generate"), @r#"
    invalid-lock

      x `.tenantry/lock/tenants/shop.lock` does not begin as a lock does
      help: restore the file (`git checkout`), or delete it and run `tenantry generate`: files that
            are as generated are recorded anew, others are refused by name
    "#);
}

// Layouts.

#[test]
fn no_layout() {
    let test = Test::fleet().without(".tenantry/layout/layout.yaml");
    assert_snapshot!(test.refuses("generate"), @"
    no-layout

      x there is no layout: `.tenantry/layout/layout.yaml` is missing
      help: `tenantry layout use NAME` copies one into it; `tenantry layout list` names those that
            there are
    ");
}

#[test]
fn a_broken_template() {
    let test = Test::fleet()
        .file(".tenantry/layout/more/a.yaml.tera", "a: 1\nb: {{ platform.name\nc: 3\n")
        .file(
            ".tenantry/layout/more/b.txt.tera",
            "{% for name in platform.clusters %}\n{{ name }}\n",
        );
    assert_snapshot!(test.refuses("generate"), @r#"
    invalid-template

      x found identifier but expected }}
       ,-[.tenantry/layout/more/a.yaml.tera:3:1]
     2 | b: {{ platform.name
     3 | c: 3
       : ^
       `----

    invalid-template

      x unexpected end of input
       ,-[.tenantry/layout/more/b.txt.tera:2:11]
     1 | {% for name in platform.clusters %}
     2 | {{ name }}
       :           ^
       `----

    2 errors
    "#);
}

#[test]
fn a_template_that_fails() {
    let test = Test::fleet()
        .file(".tenantry/layout/more/{tenant}.yaml.tera", "a: 1\nb: {{ tenant.nme }}\n");
    assert_snapshot!(test.refuses("generate"), @r#"
    template-failed

      x field `nme` is not defined, for tenant `shop`
       ,-[.tenantry/layout/more/{tenant}.yaml.tera:2:14]
     1 | a: 1
     2 | b: {{ tenant.nme }}
       :              ^^^
       `----
      help: did you mean `name`?
    "#);
}

#[test]
fn a_template_that_renders_no_yaml() {
    let test = Test::fleet()
        .file(".tenantry/layout/more/a.yaml.tera", "a: [1, 2\nb: {{ platform.name }}\n");
    assert_snapshot!(test.refuses("generate"), @r#"
    template-output

      x .tenantry/layout/more/a.yaml.tera: the template renders a broken file: expected `,` or `]`
      | here
      help: line 2 of what it renders: b: acme-fleet
    "#);
}

#[test]
fn a_layout_that_loops_for_ever() {
    let test = Test::fleet().file(
        ".tenantry/layout/more/a.txt.tera",
        "{% for a in range(end=1000000) %}{% for b in range(end=1000000) %}{% for c in range(end=1000000) %}{% endfor %}{% endfor %}{% endfor %}\n",
    );
    assert_snapshot!(test.refuses("generate"), @r#"
    template-budget

      x this does not come to an end: a `range` of 1000000 numbers; at most 10000 are possible
       ,-[.tenantry/layout/more/a.txt.tera:1:13]
     1 | {% for a in range(end=1000000) %}{% for b in range(end=1000000) %}{% for c in range(end=1000000) %}{% endfor %}{% endfor %}{% endfor %}
       :             ^^^^^^^^^^^^^^^^^^
       `----
    "#);
}

#[test]
fn a_template_that_includes_itself() {
    let test = Test::fleet()
        .file(".tenantry/layout/more/a.txt.tera", "{% include \"more/_a.tera\" %}\n")
        .file(".tenantry/layout/more/_a.tera", "again {% include \"more/_a.tera\" %}\n");
    assert_snapshot!(test.refuses("generate"), @r#"
    template-budget

      x .tenantry/layout/more/_a.tera: the template includes itself: more/_a.tera → more/_a.tera
    "#);
}

#[test]
fn two_templates_for_one_path() {
    let test = Test::fleet()
        .file(".tenantry/layout/more/{tenant}.txt.tera", "{{ tenant.name }}\n")
        .file(".tenantry/layout/more/shop.txt", "shop\n");
    assert_snapshot!(test.refuses("generate"), @r#"
    path-collision

      x .tenantry/layout/more/shop.txt: two templates render `more/shop.txt`

    Advice:
      > .tenantry/layout/more/{tenant}.txt.tera: the other template
    "#);
}

// Command lines.

#[test]
fn missing_flags_are_all_named_where_there_is_no_terminal() {
    let test = Test::generated();
    assert_snapshot!(test.wrong_usage("create tenant"), @r#"
    missing-answer

      x NAME, --owner, --namespace, --placement are missing, and there is no terminal to ask on
      help: say them on the command line; `--help` tells what each takes
    "#);
    assert_snapshot!(test.wrong_usage("create cluster"), @r#"
    missing-answer

      x NAME, --environment are missing, and there is no terminal to ask on
      help: say them on the command line; `--help` tells what each takes
    "#);
    assert_snapshot!(test.wrong_usage("create component"), @r#"
    missing-answer

      x NAME is missing, and there is no terminal to ask on
      help: say them on the command line; `--help` tells what each takes
    "#);
    assert_snapshot!(Test::empty().wrong_usage("init"), @r#"
    missing-answer

      x --name, --repository, --environment, --cluster are missing, and there is no terminal to ask on
      help: say them on the command line; `--help` tells what each takes
    "#);
}

#[test]
fn an_unknown_command() {
    assert_snapshot!(Test::fleet().wrong_usage("crate tenant"), @"
    error: unrecognized subcommand 'crate'

      tip: some similar subcommands exist: 'rename', 'create'

    Usage: tenantry [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn an_unknown_flag() {
    assert_snapshot!(Test::fleet().wrong_usage("create tenant --ower @acme/web"), @r#"
    error: unexpected argument '--ower' found

      tip: a similar argument exists: '--owner'

    Usage: tenantry create tenant --owner <OWNER> [NAME]

    For more information, try '--help'.
    "#);
}

#[test]
fn a_flag_whose_value_is_none() {
    assert_snapshot!(Test::fleet().wrong_usage("create tenant web --namespace Web"), @r#"
    error: invalid value 'Web' for '--namespace <NAMESPACE>': `Web` is not a namespace's name: at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit

    For more information, try '--help'.
    "#);
}

#[test]
fn an_answer_that_the_question_would_not_take() {
    let test = Test::generated();
    assert_snapshot!(
        test.wrong_usage("create tenant web --owner @acme/web --cluster prod-ue"),
        @r#"
    wrong-usage

      x --cluster: there is no cluster `prod-ue`; did you mean `prod-eu`?
    "#
    );
}

#[test]
fn an_output_that_the_command_has_not() {
    assert_snapshot!(Test::fleet().wrong_usage("generate --output name"), @r#"
    wrong-usage

      x `generate` has no output `name`
      help: it has text, json, yaml, sarif
    "#);
}

// For machines.

#[test]
fn errors_as_json_have_code_file_and_line() {
    let test = Test::fleet().line(SHOP, "suspendd: true");
    let run = test.unchanged("generate --output json", 1);
    let envelope: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(envelope["apiVersion"], "tenantry.dev/cli/v1");
    assert_eq!(envelope["kind"], "GenerateResult");
    assert_eq!(envelope["ok"], false);
    let finding = &envelope["diagnostics"][0];
    assert_eq!(finding["code"], "unknown-field");
    assert_eq!(finding["file"], SHOP);
    assert_eq!(finding["line"], 9);
    assert_eq!(run.stderr, "");
}

#[test]
fn errors_as_sarif_have_rule_file_and_line() {
    let test = Test::fleet().line(SHOP, "suspendd: true");
    let run = test.unchanged("generate --output sarif", 1);
    let log: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "unknown-field");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], SHOP);
    assert_eq!(place["region"]["startLine"], 9);
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][0]["id"], "unknown-field");
}

#[test]
fn errors_of_the_command_line_are_machine_readable_too() {
    let run = Test::fleet().unchanged("create tenant --output json", 2);
    let envelope: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(envelope["kind"], "CreateTenantResult");
    assert_eq!(envelope["diagnostics"][0]["code"], "missing-answer");
}
