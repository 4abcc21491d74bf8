//! What must hold between description, layout and what is rendered.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const SHOP: &str = "platform/tenants/shop.yaml";

#[test]
fn a_role_that_the_layout_has_not() {
    let test =
        Test::fleet().line(SHOP, "role: tenannt").line(SHOP, "groups: { king: [acme:shop] }");
    assert_snapshot!(test.refuses("generate"), @r#"
    unknown-reference

      x the layout has no role for tenants `tenannt`
        ,-[platform/tenants/shop.yaml:9:7]
      8 | quota: { cpu: "8", memory: 32Gi } # of each namespace
      9 | role: tenannt
        :       ^^^^^^^
     10 | groups: { king: [acme:shop] }
        `----
      help: did you mean `tenant`?

    unknown-reference

      x the layout has no role for groups of people `king`
        ,-[platform/tenants/shop.yaml:10:17]
      9 | role: tenannt
     10 | groups: { king: [acme:shop] }
        :                 ^^^^^^^^^^^
        `----
      help: it has `edit` and `view`

    2 errors
    "#);
}

#[test]
fn a_role_that_an_override_names() {
    let test = Test::fleet().line(SHOP, "environments: { production: { role: admin } }");
    assert_snapshot!(test.refuses("generate"), @r#"
    unknown-reference

      x the layout has no role for tenants `admin`
       ,-[platform/tenants/shop.yaml:9:37]
     8 | quota: { cpu: "8", memory: 32Gi } # of each namespace
     9 | environments: { production: { role: admin } }
       :                                     ^^^^^
       `----
      help: it has `tenant` and `deployer`
    "#);
}

#[test]
fn an_environment_with_a_name_that_the_layout_needs() {
    let test = Test::fleet().edit("platform.yaml", "- name: staging", "- name: base").edit(
        "platform/clusters/staging-eu.yaml",
        "environment: staging",
        "environment: base",
    );
    assert_snapshot!(test.refuses("generate"), @r#"
    reserved-name

      x the layout needs the name `base` for itself
       ,-[platform.yaml:5:11]
     4 | environments: # in the order of promotion
     5 |   - name: base
       :           ^^^^
     6 |   - name: production
       `----
      help: give the environment another name, here and in its clusters

    Advice:
      > platform/clusters/staging-eu.yaml: this cluster is in it
    "#);
}

#[test]
fn policies_without_their_engine() {
    let test = Test::fleet().line("platform.yaml", "policies: { engine: kyverno }");
    assert_snapshot!(test.refuses("generate"), @r#"
    unknown-reference

      x `policies.engine` is `kyverno`, and there is no component `kyverno` that runs it
       ,-[platform.yaml:8:21]
     7 | flux: { version: 2.9.4 }
     8 | policies: { engine: kyverno }
       :                     ^^^^^^^
       `----
      help: add it with `tenantry create component kyverno`, or take the engine `admission`
    "#);
}

#[test]
fn policies_whose_engine_is_off_somewhere() {
    let kyverno = "helm: { repository: https://kyverno.github.io/kyverno, chart: kyverno, version: 3.8.2 }\n\
                   clusters: { prod-eu: { enabled: false } }\n";
    let test = Test::fleet()
        .line("platform.yaml", "policies: { engine: kyverno }")
        .file("platform/components/kyverno.yaml", kyverno);
    assert_snapshot!(test.refuses("generate"), @r#"
    contradiction

      x `policies.engine` is `kyverno`, and its component is not enabled on `prod-eu`
       ,-[platform/components/kyverno.yaml:2:33]
     1 | helm: { repository: https://kyverno.github.io/kyverno, chart: kyverno, version: 3.8.2 }
     2 | clusters: { prod-eu: { enabled: false } }
       :                                 ^^^^^
       `----
      help: enable it there, or take the engine `admission`
    "#);
}

#[test]
fn an_object_that_two_files_say() {
    let twice = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n";
    let test = Test::fleet().file(".tenantry/layout/clusters/{cluster}/one.yaml.tera", twice).file(
        ".tenantry/layout/clusters/{cluster}/two.yaml.tera",
        twice.replace("shop", "{{ 'shop' }}"),
    );
    assert_snapshot!(test.refuses("generate"), @r#"
    name-collision

      x platform/clusters/prod-eu.yaml: `Namespace shop` would be on `prod-eu` twice: from
      | `clusters/prod-eu/one.yaml` and from `clusters/prod-eu/two.yaml`
      help: give one of them another name

    name-collision

      x platform/clusters/prod-eu.yaml: `Namespace shop` would be on `prod-eu` twice: from
      | `clusters/prod-eu/two.yaml` and from `tenants/base/shop/rbac.yaml`
      help: give one of them another name

    Advice:
      > platform/tenants/shop.yaml: the other comes from here

    name-collision

      x platform/clusters/staging-eu.yaml: `Namespace shop` would be on `staging-eu` twice: from
      | `clusters/staging-eu/one.yaml` and from `clusters/staging-eu/two.yaml`
      help: give one of them another name

    name-collision

      x platform/clusters/staging-eu.yaml: `Namespace shop` would be on `staging-eu` twice: from
      | `clusters/staging-eu/two.yaml` and from `tenants/base/shop/rbac.yaml`
      help: give one of them another name

    Advice:
      > platform/tenants/shop.yaml: the other comes from here

    4 errors
    "#);
}

#[test]
fn a_wrong_command_line_is_told_in_the_envelope() {
    let run = Test::fleet().unchanged("create tenant web --owner nobody -o json", 2);
    let envelope: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(envelope["ok"], false);
    assert_eq!(envelope["diagnostics"][0]["code"], "wrong-usage");
    assert_snapshot!(envelope["diagnostics"][0]["message"].as_str().unwrap(), @r#"
    invalid value 'nobody' for '--owner <OWNER>': `nobody` is not an owner: `@user`, `@organisation/team` or an e-mail address
    "#);
}
