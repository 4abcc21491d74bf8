//! What loading makes of good and of bad files.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use insta::assert_snapshot;

use super::load;
use super::platform::Install;
use super::tenant::PodSecurity;
use super::testing::{Description, report};
use super::text::{ClusterName, EnvironmentName, TenantName};
use crate::files::Disk;

fn environment(name: &str) -> EnvironmentName {
    EnvironmentName::new(name).unwrap()
}

fn cluster(name: &str) -> ClusterName {
    ClusterName::new(name).unwrap()
}

#[test]
fn every_example_loads() {
    for example in ["minimal", "grown", "operator"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
        match load(&Disk::new(root)) {
            Ok(platform) => {
                assert_eq!(report(&platform.warnings, &platform.texts), "", "{example}");
            }
            Err(faults) => panic!("{example}: {}", report(&faults.diagnostics, &faults.texts)),
        }
    }
}

#[test]
fn values_come_from_the_strongest_that_says_them() {
    let platform = Description::new()
        .with(
            "platform.yaml",
            "apiVersion: tenantry.dev/v1
name: acme
repository: { url: ssh://git@github.com/acme/fleet }
environments:
  - name: staging
  - { name: production, defaults: { tenant: { quota: { cpu: '2', pods: '10' } } } }
flux: { version: 2.9.4 }
defaults: { tenant: { quota: { cpu: '1', memory: 1Gi }, podSecurity: baseline } }
",
        )
        .with(
            "platform/clusters/prod.yaml",
            "environment: production\ndefaults: { tenant: { quota: { cpu: '3', pods: '30' } } }\n",
        )
        .with("platform/clusters/prod-2.yaml", "environment: production\n")
        .tenant("a", "")
        .tenant(
            "b",
            "quota: { cpu: '4' }\nnamespaces: [b]\n".replace("namespaces: [b]\n", "").as_str(),
        )
        .with(
            "platform/tenants/b.yaml",
            "owner: ['@acme/a']
namespaces: [b]
placement: all
quota: { cpu: '4', memory: null }
environments: { production: { quota: { cpu: '5' }, podSecurity: privileged } }
clusters: { prod: { quota: { cpu: '6' } } }
",
        )
        .good();
    let quota = |tenant: &str, scope: &str| {
        let tenant = &platform.tenants[&TenantName::new(tenant).unwrap()];
        let it = match scope {
            "base" => &tenant.base,
            "staging" | "production" => tenant.at_environment(&environment(scope)),
            _ => tenant.at_cluster(&cluster(scope)),
        };
        let mut quota: Vec<String> =
            it.quota.iter().map(|(name, value)| format!("{name}={value}")).collect();
        quota.sort();
        quota.join(" ")
    };
    let all = ["base", "staging", "production", "stage", "prod-2", "prod"];
    assert_eq!(
        all.map(|scope| quota("a", scope)),
        [
            "cpu=1 memory=1Gi",
            "cpu=1 memory=1Gi",
            "cpu=2 memory=1Gi pods=10",
            "cpu=1 memory=1Gi",
            "cpu=2 memory=1Gi pods=10",
            "cpu=3 memory=1Gi pods=30"
        ]
    );
    assert_eq!(
        all.map(|scope| quota("b", scope)),
        ["cpu=4", "cpu=4", "cpu=5 pods=10", "cpu=4", "cpu=5 pods=10", "cpu=6 pods=30"]
    );
    let b = &platform.tenants[&TenantName::new("b").unwrap()];
    assert_eq!(b.base.pod_security, PodSecurity::Baseline);
    assert_eq!(b.at_cluster(&cluster("prod")).pod_security, PodSecurity::Privileged);
    assert!(!b.differs_in(&environment("staging")));
    assert!(b.differs_in(&environment("production")));
    assert!(!b.differs_on(&cluster("prod-2")));
    assert!(b.differs_on(&cluster("prod")));
}

#[test]
fn flux_is_what_platform_environment_and_cluster_say() {
    let platform = Description::new()
        .with(
            "platform.yaml",
            "apiVersion: tenantry.dev/v1
name: acme
repository: { url: ssh://git@github.com/acme/fleet }
environments: [{ name: staging }, { name: production, flux: { version: 2.9.3 } }]
flux: { version: 2.9.4, shards: [one] }
",
        )
        .with(
            "platform/clusters/prod.yaml",
            "environment: production\nflux: { install: external, shards: null }\n",
        )
        .good();
    assert_eq!(platform.flux_in(&environment("staging")).version.as_str(), "2.9.4");
    assert_eq!(platform.flux_in(&environment("production")).version.as_str(), "2.9.3");
    let there = platform.flux_at(&cluster("prod"));
    assert_eq!((there.version.as_str(), there.install), ("2.9.3", Install::External));
    assert!(there.shards.is_empty());
    assert_eq!(platform.flux_at(&cluster("stage")).shards.len(), 1);
}

#[test]
fn without_a_platform_there_is_nothing_to_read() {
    let nothing = crate::files::Memory::new();
    let faults = load(&nothing).unwrap_err();
    assert_snapshot!(report(&faults.diagnostics, &faults.texts), @r#"
        error[no-platform]: there is no `platform.yaml` here
          help: go to the folder of a platform, name it with `-C DIR`, or make one with `tenantry init`
        "#);
}

#[test]
fn every_fault_of_every_file_is_shown() {
    let faults = Description::new()
        .platform("polices: { engine: kyverno }\nci: jenkins\n")
        .with("platform/clusters/prod.yaml", "enviroment: production\nkubernetes: 1.36\n")
        .with(
            "platform/tenants/a.yaml",
            "owner: '@acme/a'
namespaces: [Apps, ok]
sources:
  app:
    git: { url: git@github.com:acme/a, brnch: main }
    interval: soon
quota: { cpu: 20 }
suspend: maybe
environments:
  production: { sources: { app: { git: { tga: v1 } }, web: { path: ./ } } }
",
        )
        .faults();
    assert_snapshot!(faults, @r#"
        error[unknown-field]: `polices` is not a field of a platform
          platform.yaml:6:1 `polices`: this field is not known
          help: did you mean `policies`?
        error[invalid-value]: `jenkins` is not a value of `ci`
          platform.yaml:7:5 `jenkins`: this value is not known
          help: there are `github`, `gitlab` and `none`
        error[unknown-field]: `enviroment` is not a field of a cluster
          platform/clusters/prod.yaml:1:1 `enviroment`: this field is not known
          help: did you mean `environment`?
        error[missing-field]: `environment` is missing in a cluster
          platform/clusters/prod.yaml:1:1 `enviroment: production`: `environment` must be said here
          help: add `environment: …`
        error[wrong-type]: `kubernetes` is of the wrong type: expected a string, found the number 1.36
          platform/clusters/prod.yaml:2:13 `1.36`: expected a string
          help: write it in quotes
        error[missing-field]: `placement` is missing in a tenant
          platform/tenants/a.yaml:1:1 `owner: '@acme/a'`: `placement` must be said here
          help: add `placement: …`
        error[wrong-type]: `owner` is of the wrong type: expected a sequence, found the string "@acme/a"
          platform/tenants/a.yaml:1:8 `'@acme/a'`: expected a sequence
        error[invalid-name]: `Apps` is not a namespace's name
          platform/tenants/a.yaml:2:14 `Apps`: not a namespace's name
          help: write at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit
        error[invalid-value]: `git@github.com:acme/a` is not a Git URL
          platform/tenants/a.yaml:5:17 `git@github.com:acme/a`: not a Git URL
          help: write `https://HOST/PATH`, `http://HOST/PATH` or `ssh://USER@HOST/PATH` (write `ssh://git@host/path` for `git@host:path`)
        error[unknown-field]: `brnch` is not a field of `sources.app.git`
          platform/tenants/a.yaml:5:40 `brnch`: this field is not known
          help: did you mean `branch`?
        error[invalid-value]: `soon` is not a duration
          platform/tenants/a.yaml:6:15 `soon`: not a duration
          help: write numbers with `h`, `m`, `s` or `ms`, such as `10m` or `1h30m`
        error[wrong-type]: `quota.cpu` is of the wrong type: expected a string, found the number 20
          platform/tenants/a.yaml:7:15 `20`: expected a string
          help: write it in quotes
        error[wrong-type]: `suspend` is of the wrong type: expected a boolean, found the string "maybe"
          platform/tenants/a.yaml:8:10 `maybe`: expected a boolean
        error[unknown-field]: `tga` is not a field of `sources.app.git`
          platform/tenants/a.yaml:10:42 `tga`: this field is not known
          help: did you mean `tag`?
        "#);
}

#[test]
fn a_file_that_is_no_mapping_is_refused() {
    let faults = Description::new()
        .with("platform/tenants/a.yaml", "# nothing yet\n")
        .with("platform/tenants/b.yaml", "- a\n- b\n")
        .with("platform/tenants/c.yaml", "a: 1\n---\nb: 1\n")
        .with("platform/tenants/d.yaml", "a: [1\nb: 2\n")
        .with("platform/tenants/e.yaml", "quota: {}\nquota: {}\nrole: a\nrole: b\n")
        .with("platform/tenants/f.yaml", &b"owner: [\xff]\n"[..])
        .faults();
    assert_snapshot!(faults, @r#"
        error[empty-file]: `platform/tenants/a.yaml` says nothing
          platform/tenants/a.yaml
          help: write the entity's fields, or delete the file
        error[wrong-type]: `platform/tenants/b.yaml` holds a sequence and not a mapping
          platform/tenants/b.yaml:1:1 `- a`: expected `field: value`
        error[invalid-yaml]: `platform/tenants/c.yaml` holds several documents
          platform/tenants/c.yaml:3:1 `b: 1`: the second document
          help: write one entity a file
        error[invalid-yaml]: expected `,` or `]` here
          platform/tenants/d.yaml:2:2 `:`: here
        error[duplicate-key]: the key `quota` is already set in this mapping
          platform/tenants/e.yaml:2:1 `quota`: said a second time
          platform/tenants/e.yaml:1:1 `quota`: said first here
          help: keep one of the two, or merge them
        error[duplicate-key]: the key `role` is already set in this mapping
          platform/tenants/e.yaml:4:1 `role`: said a second time
          platform/tenants/e.yaml:3:1 `role`: said first here
          help: keep one of the two, or merge them
        error[invalid-utf8]: this is not valid UTF-8 text (byte 0xff)
          platform/tenants/f.yaml:1:9 `�`
          help: save the file as UTF-8
        "#);
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (this, last) in ["b", "c", "d", "e", "f", "g", "h"].iter().zip("abcdefg".chars()) {
        let ten = vec![format!("*{last}"); 10].join(", ");
        text.push_str(&format!("{this}: &{this} [{ten}]\n"));
    }
    let faults = Description::new().with("platform/tenants/a.yaml", text).faults();
    assert_snapshot!(faults, @r#"
        error[alias-bomb]: this has more than 1000000 values when its aliases are expanded
          platform/tenants/a.yaml:6:36 `*e`: this alias is one too many
          help: write out what is repeated
        "#);
}

#[test]
fn a_file_where_it_means_nothing_is_refused() {
    let faults = Description::new()
        .with("platform/notes.txt", "x")
        .with("platform/tenant/a.yaml", "x")
        .with("platform/tenants/a.yml", "x")
        .with("platform/tenants/script.sh", "x")
        .with("platform/tenants/README.md", "x")
        .with("platform/tenants/.gitkeep", "")
        .with("platform/values/anything", "x")
        .faults();
    assert_snapshot!(faults, @r#"
        error[unexpected-file]: `platform/notes.txt` describes nothing
          platform/notes.txt
          help: files of the description lie in `platform/clusters/`, `platform/components/`, `platform/patches/` and `platform/tenants/`
        error[unexpected-file]: `platform/tenant/` is not a folder of the description
          platform/tenant/a.yaml
          help: did you mean `platform/tenants/a.yaml`?
        error[unexpected-file]: `platform/tenants/a.yml` does not end in `.yaml`
          platform/tenants/a.yml
          help: rename it to `a.yaml`
        error[unexpected-file]: `platform/tenants/script.sh` describes nothing
          platform/tenants/script.sh
          help: a tenant is a file that ends in `.yaml`; move anything else out of `platform/tenants/`
        "#);
}

#[test]
fn names_are_what_kubernetes_takes_and_can_be_told_apart() {
    let faults = Description::new()
        .with("platform/tenants/Team-A.yaml", "x")
        .with("platform/tenants/team_b.yaml", "x")
        .with("platform/tenants/Team-c.yaml", "x")
        .tenant("emea/team-c", "")
        .tenant("apac/team-c", "")
        .with("platform/clusters/prod.eu.yaml", "environment: staging")
        .faults();
    assert_snapshot!(faults, @r#"
        error[invalid-name]: `prod.eu` is not a cluster's name
          platform/clusters/prod.eu.yaml: the file's name is the entity's name
          help: rename the file to `prod-eu.yaml`; a name is at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit
        error[invalid-name]: `Team-A` is not a tenant's name
          platform/tenants/Team-A.yaml: the file's name is the entity's name
          help: rename the file to `team-a.yaml`; a name is at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit
        error[same-name]: the tenants `Team-c` and `team-c` differ in case only
          platform/tenants/Team-c.yaml
          platform/tenants/apac/team-c.yaml: the other one
          help: rename or delete one of the two: the file's name is the entity's name, in whichever folder it lies
        error[same-name]: two files describe the tenant `team-c`
          platform/tenants/emea/team-c.yaml
          platform/tenants/apac/team-c.yaml: the other one
          help: rename or delete one of the two: the file's name is the entity's name, in whichever folder it lies
        error[invalid-name]: `team_b` is not a tenant's name
          platform/tenants/team_b.yaml: the file's name is the entity's name
          help: rename the file to `team-b.yaml`; a name is at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or a digit
        "#);
}

#[test]
fn what_an_entity_is_cannot_be_overridden() {
    let faults = Description::new()
        .platform("defaults: { tenant: { owner: ['@acme/a'] } }\n")
        .tenant(
            "a",
            "environments: { production: { namespaces: [b] } }\nclusters: { prod: { placement: all, environments: {} }, stage: 1 }\n",
        )
        .faults();
    assert_snapshot!(faults, @r#"
        error[not-overridable]: `owner` cannot differ by environment or cluster
          platform.yaml:6:23 `owner`: a tenant has the same `owner` everywhere
          help: take it out here; `owner` is said at the top level of the entity's own file
        error[not-overridable]: `namespaces` cannot differ by environment or cluster
          platform/tenants/a.yaml:4:31 `namespaces`: a tenant has the same `namespaces` everywhere
          help: take it out here; `namespaces` is said at the top level of the entity's own file
        error[not-overridable]: `placement` cannot differ by environment or cluster
          platform/tenants/a.yaml:5:21 `placement`: a tenant has the same `placement` everywhere
          help: take it out here; `placement` is said at the top level of the entity's own file
        error[not-overridable]: `environments` cannot differ by environment or cluster
          platform/tenants/a.yaml:5:37 `environments`: a tenant has the same `environments` everywhere
          help: take it out here; `environments` is said at the top level of the entity's own file
        error[wrong-type]: `clusters.stage` is of the wrong type: expected a map, found the number 1
          platform/tenants/a.yaml:5:64 `1`: expected a map
        "#);
}

#[test]
fn a_fault_of_a_default_is_shown_once_and_where_it_was_written() {
    let faults = Description::new()
        .platform("defaults: { tenant: { podSecurty: baseline, quota: { cpu: 4 } }, component: { values: 1 } }\n")
        .tenant("a", "")
        .faults();
    assert_snapshot!(faults, @r#"
        error[unknown-field]: `podSecurty` is not a field of a tenant
          platform.yaml:6:23 `podSecurty`: this field is not known
          help: did you mean `podSecurity`?
        error[wrong-type]: `quota.cpu` is of the wrong type: expected a string, found the number 4
          platform.yaml:6:59 `4`: expected a string
          help: write it in quotes
        error[wrong-type]: `values` is of the wrong type: expected a map, found the number 1
          platform.yaml:6:87 `1`: expected a map
        "#);
}
