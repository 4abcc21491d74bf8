//! Every rule, by the words that people read.

#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;

use crate::spec::testing::Description;

const GIT: &str = "git: { url: ssh://git@github.com/acme/a }";

#[test]
fn a_good_description_has_no_findings() {
    assert_snapshot!(Description::new().tenant("a", "").faults(), @"");
}

#[test]
fn names_of_nothing_are_found_wherever_they_stand() {
    let faults = Description::new()
        .platform("policies: { enforce: [prod] }\n")
        .with("platform/clusters/edge.yaml", "environment: produktion\n")
        .component("istiod", "helm: { repository: https://acme.example, chart: a, version: 1.0.0 }\ndependsOn: [istio-bse]\nenvironments: { test: {} }\n")
        .component("istio-base", "helm: { repository: https://acme.example, chart: a, version: 1.0.0 }\nclusters: { prd: {} }\n")
        .with("platform/tenants/a.yaml", "owner: ['@acme/a']\nnamespaces: [a]\nplacement: [prod, stag]\nshard: one\nsources:\n  app: { git: { url: ssh://git@github.com/acme/a }, namespace: b, dependsOn: [ap] }\nnotifications:\n  alerts: { all: { provider: chat } }\n  receivers: { hook: { type: github, secretRef: s, sources: [apps] } }\nimageAutomation: { source: web, author: { email: a@acme.example }, images: {} }\nclusters: { stage: { sources: { app: { dependsOn: [nope] } } } }\n")
        .faults();
    assert_snapshot!(faults, @r#"
        error[unknown-reference]: there is no environment `prod`
          platform.yaml:6:23 `prod`: nothing has this name
          help: there are `staging` and `production`
        error[unknown-reference]: there is no environment `produktion`
          platform/clusters/edge.yaml:1:14 `produktion`: nothing has this name
          help: did you mean `production`?
        error[unknown-reference]: there is no cluster `prd`
          platform/components/istio-base.yaml:2:13 `prd`: nothing has this name
          help: did you mean `prod`?
        error[unknown-reference]: there is no component `istio-bse`
          platform/components/istiod.yaml:2:13 `istio-bse`: nothing has this name
          help: did you mean `istio-base`?
        error[unknown-reference]: there is no environment `test`
          platform/components/istiod.yaml:3:17 `test`: nothing has this name
          help: there are `staging` and `production`
        error[unknown-reference]: there is no cluster `stag`
          platform/tenants/a.yaml:3:19 `stag`: nothing has this name
          help: did you mean `stage`?
        error[unknown-reference]: `prod` has no shard `one`
          platform/tenants/a.yaml:4:8 `one`: nothing has this name
          help: `prod` has no shards; add them to `flux.shards`
        error[unknown-reference]: there is no namespace of the tenant `b`
          platform/tenants/a.yaml:6:64 `b`: nothing has this name
          help: there is `a`
        error[unknown-reference]: there is no source `ap`
          platform/tenants/a.yaml:6:79 `ap`: nothing has this name
          help: there is no source yet
        error[unknown-reference]: there is no provider `chat`
          platform/tenants/a.yaml:8:30 `chat`: nothing has this name
          help: there is no provider yet
        error[unknown-reference]: there is no source `apps`
          platform/tenants/a.yaml:9:62 `apps`: nothing has this name
          help: did you mean `app`?
        error[unknown-reference]: there is no source `web`
          platform/tenants/a.yaml:10:28 `web`: nothing has this name
          help: there is `app`
        error[unknown-reference]: there is no source `nope`
          platform/tenants/a.yaml:11:52 `nope`: nothing has this name
          help: there is no source yet
        "#);
}

#[test]
fn what_refers_to_a_broken_file_is_not_judged() {
    let faults = Description::new()
        .with("platform/clusters/edge.yaml", "environment: 1\n")
        .with("platform/tenants/a.yaml", "owner: ['@acme/a']\nnamespaces: [a]\nplacement: [edge]\n")
        .with(
            "platform/tenants/b.yaml",
            "owner: ['@acme/a']\nnamespaces: [b]\nplacement: { matchLabels: { a: b } }\n",
        )
        .faults();
    assert_snapshot!(faults, @r#"
        error[wrong-type]: `environment` is of the wrong type: expected a string, found the number 1
          platform/clusters/edge.yaml:1:14 `1`: expected a string
          help: write it in quotes
        "#);
}

#[test]
fn a_placement_that_matches_nothing_is_refused() {
    let tenant = |name: &str, labels: &str| {
        format!(
            "owner: ['@acme/a']\nnamespaces: [{name}]\nplacement: {{ matchLabels: {labels} }}\n"
        )
    };
    let faults = Description::new()
        .with("platform/clusters/prod.yaml", "environment: production\nlabels: { tier: shared }\n")
        .with("platform/tenants/a.yaml", tenant("a", "{ tier: shred }"))
        .with("platform/tenants/b.yaml", tenant("b", "{ region: eu }"))
        .with("platform/tenants/c.yaml", tenant("c", "{ tier: shared, environment: staging }"))
        .with("platform/tenants/d.yaml", tenant("d", "{ environment: production }"))
        .faults();
    assert_snapshot!(faults, @r#"
        error[empty-placement]: this placement matches no cluster
          platform/tenants/a.yaml:3:35 `shred`: matches nothing
          help: did you mean `shared`?
        error[empty-placement]: this placement matches no cluster
          platform/tenants/b.yaml:3:37 `eu`: matches nothing
          help: no cluster has the label `region`
        error[empty-placement]: this placement matches no cluster
          platform/tenants/c.yaml:3:12 `{ matchLabels: { tier: shared, environment: staging } }`: matches nothing
          help: there is no cluster with these labels
        "#);
}

#[test]
fn who_waits_for_each_other_is_named_in_order() {
    let component = |needs: &str| {
        format!(
            "helm: {{ repository: https://acme.example, chart: a, version: 1.0.0 }}\ndependsOn: [{needs}]\n"
        )
    };
    let faults = Description::new()
        .component("a", &component("b"))
        .component("b", &component("c"))
        .component("c", &component("a"))
        .component("self", &component("self"))
        .component("late", &format!("{}clusters: {{ prod: {{ dependsOn: [off] }} }}\n", component("a")))
        .component("off", &format!("{}enabled: false\n", component("")))
        .tenant("t", &format!("sources:\n  one: {{ {GIT}, dependsOn: [two] }}\n  two: {{ {GIT}, dependsOn: [one] }}\n"))
        .faults();
    assert_snapshot!(faults, @r#"
        error[dependency-cycle]: the components `a`, `b` and `c` wait for each other: `a` -> `b` -> `c` -> `a`
          platform/components/a.yaml:2:13 `b`: `a` waits for `b`
          platform/components/b.yaml:2:13 `c`: `b` waits for `c`
          platform/components/c.yaml:2:13 `a`: `c` waits for `a`
          help: take one of them out of `dependsOn`
        error[contradiction]: `late` waits for `off`, which is disabled on `prod`
          platform/components/late.yaml:3:33 `off`: never comes
          help: enable `off` there, disable `late` too, or override its `dependsOn`
        error[dependency-cycle]: `self` waits for itself
          platform/components/self.yaml:2:13 `self`: `self` waits for `self`
          help: take one of them out of `dependsOn`
        error[dependency-cycle]: the sources `one` and `two` wait for each other: `one` -> `two` -> `one`
          platform/tenants/t.yaml:5:65 `two`: `one` waits for `two`
          platform/tenants/t.yaml:6:65 `one`: `two` waits for `one`
          help: take one of them out of `dependsOn`
        "#);
}

#[test]
fn a_namespace_belongs_to_one() {
    let tenant = |namespaces: &str| {
        format!("owner: ['@acme/a']\nnamespaces: [{namespaces}]\nplacement: all\n")
    };
    let faults = Description::new()
        .platform("tenants: { reservedNamespaces: [vault] }\n")
        .component("istiod", "helm: { repository: https://acme.example, chart: a, version: 1.0.0 }\nnamespace: istio-system\n")
        .component("web", "helm: { repository: https://acme.example, chart: a, version: 1.0.0 }\n")
        .with("platform/tenants/a.yaml", tenant("apps, kube-x, default, flux-system, vault, istio-system, apps"))
        .with("platform/tenants/b.yaml", tenant("apps"))
        .with("platform/tenants/web.yaml", tenant("site"))
        .faults();
    assert_snapshot!(faults, @r#"
        error[reserved-namespace]: the namespace `kube-x` is Kubernetes' own
          platform/tenants/a.yaml:2:20 `kube-x`: not for tenants
          help: give it a name of its own, such as `a-kube-x`
        error[reserved-namespace]: the namespace `default` is Kubernetes' own
          platform/tenants/a.yaml:2:28 `default`: not for tenants
          help: give it a name of its own, such as `a-default`
        error[reserved-namespace]: the namespace `flux-system` is Flux's own
          platform/tenants/a.yaml:2:37 `flux-system`: not for tenants
          help: give it a name of its own, such as `a-flux-system`
        error[reserved-namespace]: the namespace `vault` is reserved by the platform
          platform/tenants/a.yaml:2:50 `vault`: not for tenants
          platform.yaml:6:33 `vault`: said here
          help: give it a name of its own, such as `a-vault`
        error[reserved-namespace]: the namespace `istio-system` is the component `istiod`'s
          platform/tenants/a.yaml:2:57 `istio-system`: not for tenants
          platform/components/istiod.yaml:2:12 `istio-system`: said here
          help: give it a name of its own, such as `a-istio-system`
        error[contradiction]: the namespace `apps` stands twice
          platform/tenants/a.yaml:2:71 `apps`
          help: keep one of the two
        error[namespace-claimed-twice]: the tenants `a` and `b` both claim the namespace `apps`
          platform/tenants/b.yaml:2:14 `apps`: claimed by `b`
          platform/tenants/a.yaml:2:14 `apps`: claimed by `a`
          help: a namespace belongs to one tenant; name this one `b-apps`, say
        error[name-collision]: the tenant `web` and the component `web` have one name
          platform/tenants/web.yaml: their Flux Kustomizations would share it in `flux-system`
          platform/components/web.yaml: the component
          help: rename the tenant's file, to `team-web.yaml`, say
        "#);
}

#[test]
fn two_releases_cannot_have_one_name() {
    let text = "helm: { repository: https://acme.example, chart: a, version: 1.0.0, releaseName: a }\nnamespace: a\n";
    let faults = Description::new().component("a", text).component("b", text).faults();
    assert_snapshot!(faults, @r#"
        error[name-collision]: the components `a` and `b` are both the release `a` in `a`
          platform/components/b.yaml:1:82 `a`
          platform/components/a.yaml:1:82 `a`: the other one
          help: give one of them another `releaseName` or another `namespace`
        "#);
}

#[test]
fn limits_hold_for_the_sum_of_all_namespaces() {
    let tenant = |name: &str, more: &str| {
        format!("owner: ['@acme/a']\nnamespaces: [{name}, {name}-2]\nplacement: all\n{more}")
    };
    let faults = Description::new()
        .platform("limits: { quota: { cpu: '10', memory: 64Gi }, roles: [tenant], namespaces: 2 }\n")
        .with("platform/tenants/good.yaml", tenant("good", "quota: { requests.cpu: '5', memory: 32Gi }\n"))
        .with("platform/tenants/more.yaml", tenant("more", "quota: { cpu: 5001m, memory: 32Gi }\nrole: admin\n"))
        .with("platform/tenants/none.yaml", tenant("none", "quota: { cpu: 1m }\nclusters: { prod: { quota: { memory: 1Gi } } }\n"))
        .with("platform/tenants/there.yaml", tenant("there", "quota: { cpu: '1', memory: 1Gi }\nenvironments: { production: { quota: { memory: 33Gi } } }\n"))
        .with("platform/tenants/many.yaml", "owner: ['@acme/a']\nnamespaces: [m1, m2, m3]\nplacement: all\nquota: { cpu: '1', memory: 1Gi }\n")
        .faults();
    assert_snapshot!(faults, @r#"
        error[over-limit]: `many` has 3 namespaces, more than the 2 of the platform's limits
          platform/tenants/many.yaml:2:13 `[m1, m2, m3]`
          platform.yaml:6:76 `2`: the limit
        error[over-limit]: `more` has a quota of 5001m of `cpu` in each of its 2 namespaces, 10002m together, more than the 10 of the platform's limits
          platform/tenants/more.yaml:4:15 `5001m`
          platform.yaml:6:25 `'10'`: the limit
          help: write at most 5
        error[over-limit]: no tenant may have the role `admin`
          platform/tenants/more.yaml:5:7 `admin`
          platform.yaml:6:54 `[tenant]`: the roles that tenants may have
          help: write `tenant`
        error[over-limit]: `none` says no quota of `memory`, and the platform limits it (on `stage`)
          platform/tenants/none.yaml:4:8 `{ cpu: 1m }`
          platform.yaml:6:39 `64Gi`: the limit
          help: add `quota: { memory: … }`, or say it in `defaults` of `platform.yaml`
        error[over-limit]: `there` has a quota of 33Gi of `memory` in each of its 2 namespaces, 66Gi together, more than the 64Gi of the platform's limits
          platform/tenants/there.yaml:5:48 `33Gi`
          platform.yaml:6:39 `64Gi`: the limit
          help: write at most 32Gi
        "#);
}

#[test]
fn sources_outside_the_policies_are_refused() {
    let faults = Description::new()
        .platform("policies: { sources: ['github.com/acme/**', ghcr.io/acme/*, '*.amazonaws.com/acme-*'] }\n")
        .tenant("a", "sources:
  good: { git: { url: ssh://git@github.com/acme/a.git } }
  also: { oci: { url: oci://ghcr.io/acme/a } }
  data: { bucket: { endpoint: s3.amazonaws.com, bucketName: acme-data } }
  other: { git: { url: https://github.com/other/a } }
  host: { git: { url: https://GitHub.com/acme/a } }
  user: { git: { url: https://github.com/acme@evil.example/a } }
  up: { git: { url: https://github.com/acme/../other/a } }
  deep: { oci: { url: oci://ghcr.io/acme/a/b } }
imageAutomation:
  source: good
  author: { email: a@acme.example }
  images: { app: { image: docker.io/acme/a, semver: 1.x } }
environments: { production: { sources: { good: { git: { url: https://gitlab.com/acme/a } } } } }
")
        .faults();
    assert_snapshot!(faults, @r#"
        error[source-not-allowed]: the platform does not allow the source `github.com/other/a`
          platform/tenants/a.yaml:8:24 `https://github.com/other/a`: outside `policies.sources`
          platform.yaml:6:22 `['github.com/acme/**', ghcr.io/acme/*, '*.amazonaws.com/acme-*']`: what the platform allows
          help: allowed is `github.com/acme/**`, `ghcr.io/acme/*` and `*.amazonaws.com/acme-*`; the platform's owners can add to `policies.sources`
        error[source-not-allowed]: the platform does not allow the source `GitHub.com/acme/a`
          platform/tenants/a.yaml:9:23 `https://GitHub.com/acme/a`: outside `policies.sources`
          platform.yaml:6:22 `['github.com/acme/**', ghcr.io/acme/*, '*.amazonaws.com/acme-*']`: what the platform allows
          help: write it as `github.com/acme/a`: the platform's `policies.sources` are meant to the letter
        error[source-not-allowed]: `github.com/acme@evil.example/a` has parts that servers read in more than one way
          platform/tenants/a.yaml:10:23 `https://github.com/acme@evil.example/a`
          help: write the address without `..`, `%`, `@` and empty parts
        error[source-not-allowed]: `github.com/acme/../other/a` has parts that servers read in more than one way
          platform/tenants/a.yaml:11:21 `https://github.com/acme/../other/a`
          help: write the address without `..`, `%`, `@` and empty parts
        error[source-not-allowed]: the platform does not allow the source `ghcr.io/acme/a/b`
          platform/tenants/a.yaml:12:23 `oci://ghcr.io/acme/a/b`: outside `policies.sources`
          platform.yaml:6:22 `['github.com/acme/**', ghcr.io/acme/*, '*.amazonaws.com/acme-*']`: what the platform allows
          help: allowed is `github.com/acme/**`, `ghcr.io/acme/*` and `*.amazonaws.com/acme-*`; the platform's owners can add to `policies.sources`
        error[source-not-allowed]: the platform does not allow the source `docker.io/acme/a`
          platform/tenants/a.yaml:16:27 `docker.io/acme/a`: outside `policies.sources`
          platform.yaml:6:22 `['github.com/acme/**', ghcr.io/acme/*, '*.amazonaws.com/acme-*']`: what the platform allows
          help: allowed is `github.com/acme/**`, `ghcr.io/acme/*` and `*.amazonaws.com/acme-*`; the platform's owners can add to `policies.sources`
        error[source-not-allowed]: the platform does not allow the source `gitlab.com/acme/a`
          platform/tenants/a.yaml:17:62 `https://gitlab.com/acme/a`: outside `policies.sources`
          platform.yaml:6:22 `['github.com/acme/**', ghcr.io/acme/*, '*.amazonaws.com/acme-*']`: what the platform allows
          help: allowed is `github.com/acme/**`, `ghcr.io/acme/*` and `*.amazonaws.com/acme-*`; the platform's owners can add to `policies.sources`
        "#);
}

#[test]
fn what_the_platform_wants_verified_is() {
    let faults = Description::new()
        .platform("policies: { verify: { git: true, oci: [{ issuer: https://i.example, subject: 'https://acme.example/**' }] } }\n")
        .tenant("a", "sources:
  git: { git: { url: ssh://git@github.com/acme/a } }
  bucket: { bucket: { endpoint: s3.acme.example, bucketName: a } }
  none: { oci: { url: oci://ghcr.io/acme/a } }
  keys: { oci: { url: oci://ghcr.io/acme/a }, verify: { secretRef: a } }
  wide: { oci: { url: oci://ghcr.io/acme/a }, verify: { identities: [{ issuer: https://i.example, subject: '**' }] } }
  good: { oci: { url: oci://ghcr.io/acme/a }, verify: { identities: [{ issuer: https://i.example, subject: 'https://acme.example/a/*' }] } }
")
        .faults();
    assert_snapshot!(faults, @r#"
        error[source-not-allowed]: the platform demands verified commits or tags, and this source verifies none
          platform/tenants/a.yaml:5:3 `git`
          platform.yaml:6:21 `{ git: true, oci: [{ issuer: https://i.example, subject: 'https://acme.example/**' }] }`: what the platform demands
          help: add `verify: { secretRef: … }`, the Secret with the public keys
        error[source-not-allowed]: the platform demands verified sources, and a bucket cannot be verified
          platform/tenants/a.yaml:6:3 `bucket`
          platform.yaml:6:21 `{ git: true, oci: [{ issuer: https://i.example, subject: 'https://acme.example/**' }] }`: what the platform demands
          help: use an OCI artifact or a Git repository
        error[source-not-allowed]: the platform demands signed artifacts, and this source verifies none
          platform/tenants/a.yaml:7:3 `none`
          platform.yaml:6:21 `{ git: true, oci: [{ issuer: https://i.example, subject: 'https://acme.example/**' }] }`: what the platform demands
          help: add `verify: { identities: … }`
        error[source-not-allowed]: the platform demands signatures of known identities
          platform/tenants/a.yaml:8:47 `verify`
          platform.yaml:6:21 `{ git: true, oci: [{ issuer: https://i.example, subject: 'https://acme.example/**' }] }`: what the platform demands
          help: say `identities` in place of keys
        error[source-not-allowed]: the platform does not accept signatures of `**`
          platform/tenants/a.yaml:9:70 `{ issuer: https://i.example, subject: '**' }`
          platform.yaml:6:21 `{ git: true, oci: [{ issuer: https://i.example, subject: 'https://acme.example/**' }] }`: what the platform demands
          help: write an identity that one of the platform's covers
        "#);
}

#[test]
fn a_source_says_one_of_each() {
    let faults = Description::new()
        .tenant("a", "sources:
  none: { path: ./ }
  both: { git: { url: ssh://git@github.com/acme/a }, oci: { url: oci://ghcr.io/acme/a } }
  refs: { git: { url: ssh://git@github.com/acme/a, branch: main, tag: v1 } }
  commit: { git: { url: ssh://git@github.com/acme/a, tag: v1, commit: '0000000000000000000000000000000000000000' } }
  filter: { oci: { url: oci://ghcr.io/acme/a, tag: a, semverFilter: '(' } }
  up: { git: { url: ssh://git@github.com/acme/a }, path: ../x }
  fine: { git: { url: ssh://git@github.com/acme/a, branch: main, commit: '0000000000000000000000000000000000000000' } }
environments: { production: { sources: { fine: { git: { tag: v1 } } } } }
")
        .faults();
    assert_snapshot!(faults, @r#"
        error[missing-field]: one of `git`, `oci` or `bucket` must be said
          platform/tenants/a.yaml:5:3 `none`
          help: add one of `git`, `oci` or `bucket`
        error[contradiction]: `git` and `oci` exclude each other
          platform/tenants/a.yaml:6:54 `oci`: besides `git`
          platform/tenants/a.yaml:6:11 `git`: `git` is said here
          help: keep one of the two; in an override, null takes away what was said before
        error[contradiction]: `branch` and `tag` exclude each other
          platform/tenants/a.yaml:7:66 `tag`: besides `branch`
          platform/tenants/a.yaml:7:52 `branch`: `branch` is said here
          help: keep one of the two; in an override, null takes away what was said before
        error[contradiction]: `tag` and `commit` exclude each other
          platform/tenants/a.yaml:8:63 `commit`: besides `tag`
          platform/tenants/a.yaml:8:54 `tag`: `tag` is said here
          help: keep one of the two; in an override, null takes away what was said before
        error[contradiction]: `semverFilter` filters for `semver`, which is not said
          platform/tenants/a.yaml:9:55 `semverFilter`
          help: add `semver: …`, or take `semverFilter` out
        error[invalid-value]: `(` is not a regular expression: unclosed group
          platform/tenants/a.yaml:9:69 `'('`
          help: write a regular expression of RE2, with `\` before what is meant to the letter
        error[invalid-value]: this path leaves the source with `..`
          platform/tenants/a.yaml:10:58 `../x`
          help: write a path from the root of the source, such as `./deploy`
        error[contradiction]: `branch` and `tag` exclude each other
          platform/tenants/a.yaml:12:57 `tag`: besides `branch`
          platform/tenants/a.yaml:11:52 `branch`: `branch` is said here
          help: keep one of the two; in an override, null takes away what was said before
        "#);
}

#[test]
fn authentication_fits_the_source() {
    let faults = Description::new()
        .tenant("a", "sources:
  none: { git: { url: ssh://git@github.com/acme/a }, auth: {} }
  both: { git: { url: ssh://git@github.com/acme/a }, auth: { secretRef: a, deployKey: { secretName: both } } }
  http: { git: { url: https://github.com/acme/a }, auth: { deployKey: { secretName: same } } }
  same: { git: { url: ssh://git@github.com/acme/b }, auth: { deployKey: { secretName: same } } }
  app: { git: { url: ssh://git@github.com/acme/a }, auth: { githubApp: { secretRef: a } } }
  gcp: { git: { url: https://github.com/acme/a }, auth: { workloadIdentity: { provider: gcp } } }
  own: { oci: { url: oci://ghcr.io/acme/a }, auth: { workloadIdentity: { provider: aws, serviceAccount: flux } } }
  pod: { oci: { url: oci://ghcr.io/acme/a }, auth: { workloadIdentity: { provider: aws, serviceAccount: default } } }
  two: { oci: { url: oci://ghcr.io/acme/a }, auth: { workloadIdentity: { provider: aws } } }
")
        .faults();
    assert_snapshot!(faults, @r#"
        error[missing-field]: one of `secretRef`, `deployKey`, `githubApp` or `workloadIdentity` must be said
          platform/tenants/a.yaml:5:54 `auth`
          help: add one of `secretRef`, `deployKey`, `githubApp` or `workloadIdentity`
        error[contradiction]: `secretRef` and `deployKey` exclude each other
          platform/tenants/a.yaml:6:76 `deployKey`: besides `secretRef`
          platform/tenants/a.yaml:6:62 `secretRef`: `secretRef` is said here
          help: keep one of the two; in an override, null takes away what was said before
        error[contradiction]: a deploy key is an SSH key, and this is not fetched over SSH
          platform/tenants/a.yaml:7:60 `deployKey`: for a Git repository
          help: write the address as `ssh://git@HOST/PATH`, or use a `secretRef`
        error[name-collision]: two deploy keys would be the Secret `same`
          platform/tenants/a.yaml:8:87 `same`
          platform/tenants/a.yaml:7:85 `same`: the other one
          help: give each key a `secretName` of its own: a key opens one repository
        error[contradiction]: a GitHub App authenticates at Git repositories over HTTPS
          platform/tenants/a.yaml:9:61 `githubApp`: for a Git repository
          help: write the address as `https://github.com/…`, or authenticate another way
        error[contradiction]: Flux cannot use this cloud identity for a Git repository
          platform/tenants/a.yaml:10:59 `workloadIdentity`
          help: Flux knows `aws` and `azure` for Git repositories; use another way
        error[name-collision]: the account `flux` has the tenant's rights on the cluster and would get a cloud identity too
          platform/tenants/a.yaml:11:105 `flux`
          help: take another name, or leave it out
        error[invalid-value]: every pod carries the account `default`, so it must not have a cloud identity
          platform/tenants/a.yaml:12:105 `default`
          help: take another name, or leave it out
        error[name-collision]: the account `flux-sources` is given two cloud identities
          platform/tenants/a.yaml:13:72 `{ provider: aws }`
          platform/tenants/a.yaml:10:77 `{ provider: gcp }`: the other one
          help: give one of them another `serviceAccount`
        "#);
}

#[test]
fn verification_fits_the_source() {
    let faults = Description::new()
        .tenant("a", "sources:
  bucket: { bucket: { endpoint: s3.acme.example, bucketName: a }, verify: { secretRef: a } }
  git: { git: { url: ssh://git@github.com/acme/a }, verify: { provider: cosign, identities: [{ issuer: a, subject: b }] } }
  oci: { oci: { url: oci://ghcr.io/acme/a }, verify: { mode: HEAD } }
  both: { oci: { url: oci://ghcr.io/acme/a }, verify: { secretRef: a, identities: [{ issuer: a, subject: b }] } }
  notation: { oci: { url: oci://ghcr.io/acme/a }, verify: { provider: notation, identities: [{ issuer: a, subject: b }] } }
")
        .faults();
    assert_snapshot!(faults, @r#"
        error[contradiction]: Flux cannot verify a bucket
          platform/tenants/a.yaml:5:67 `verify`
          help: take `verify` out, or use an OCI artifact
        error[missing-field]: verification of a Git repository needs public keys
          platform/tenants/a.yaml:6:53 `verify`
          help: add `secretRef: …`, the Secret that holds them
        error[contradiction]: `provider` means nothing for a Git repository
          platform/tenants/a.yaml:6:63 `provider`
          help: take it out: `mode` says what must be signed
        error[contradiction]: `identities` means nothing for a Git repository
          platform/tenants/a.yaml:6:81 `identities`
          help: say the `secretRef` with the public keys
        error[missing-field]: this verification would accept anybody's signature
          platform/tenants/a.yaml:7:46 `verify`
          help: say `identities` (who may have signed) or a `secretRef` (with keys)
        error[contradiction]: `mode` means nothing for an OCI artifact
          platform/tenants/a.yaml:7:56 `mode`
          help: take it out: `provider` says the signature's format
        error[contradiction]: keys and identities are both said
          platform/tenants/a.yaml:8:71 `identities`
          help: say `secretRef` for keys, or `identities` without keys
        error[contradiction]: notation verifies with certificates, not with identities
          platform/tenants/a.yaml:9:81 `identities`
          help: say the `secretRef` with the trust policy, or use cosign
        "#);
}

#[test]
fn a_tenants_settings_do_not_contradict_each_other() {
    let faults = Description::new()
        .tenant("a", "serviceAccount: { name: default }
decryption: { annotations: { a: b } }
networkPolicy: { mode: none, egressCidrs: [300.0.0.0/8] }
labels: { pod-security.kubernetes.io/enforce: privileged, kubernetes.io/metadata.name: x }
limitRange: { default: { cpu: '1' }, max: { cpu: 500m }, min: { memory: 2Gi }, defaultRequest: { memory: 1Gi } }
sources: { app: { git: { url: ssh://git@github.com/acme/a, tag: v1 } } }
notifications:
  providers: { chat: { type: slak } }
  alerts: { all: { provider: chat, exclude: ['[a'] } }
  receivers: { hook: { type: githubb, secretRef: s } }
imageAutomation:
  source: app
  author: { email: a@acme.example }
  images: { none: { image: ghcr.io/acme/a }, two: { image: ghcr.io/acme/a, semver: 1.x, numerical: asc, filterTags: { pattern: '(' } } }
")
        .faults();
    assert_snapshot!(faults, @r#"
        error[invalid-value]: every pod carries the account `default`, so it must not have the tenant's rights
          platform/tenants/a.yaml:4:25 `default`
          help: leave it out: the account is `flux` then
        error[missing-field]: decryption without keys
          platform/tenants/a.yaml:5:1 `decryption`
          help: add `secretRef: …` (keys) or `serviceAccount: …` (a cloud's keys)
        error[contradiction]: `annotations` are those of an account, and none is said
          platform/tenants/a.yaml:5:15 `annotations`
          help: add `serviceAccount: …` beside them
        error[contradiction]: nothing is restricted, so there is nothing to except
          platform/tenants/a.yaml:6:30 `egressCidrs`
          help: write `mode: isolate`, or take the exception out
        error[invalid-value]: `300.0.0.0/8` is not an address range
          platform/tenants/a.yaml:6:44 `300.0.0.0/8`
          help: write an address and a prefix length, such as `10.0.0.0/8`
        error[contradiction]: this label is what `podSecurity` sets
          platform/tenants/a.yaml:7:11 `pod-security.kubernetes.io/enforce`
          help: write `podSecurity: …` in its place
        error[contradiction]: the label `kubernetes.io/metadata.name` is set by others
          platform/tenants/a.yaml:7:59 `kubernetes.io/metadata.name`
          help: take it out
        error[contradiction]: `default` of `cpu` is 1, more than `max`, 500m
          platform/tenants/a.yaml:8:31 `'1'`
          platform/tenants/a.yaml:8:50 `500m`: `max`
          help: Kubernetes wants `min` ≤ `defaultRequest` ≤ `default` ≤ `max`
        error[contradiction]: `min` of `memory` is 2Gi, more than `defaultRequest`, 1Gi
          platform/tenants/a.yaml:8:73 `2Gi`
          platform/tenants/a.yaml:8:106 `1Gi`: `defaultRequest`
          help: Kubernetes wants `min` ≤ `defaultRequest` ≤ `default` ≤ `max`
        error[invalid-value]: Flux has no type of provider `slak`
          platform/tenants/a.yaml:11:30 `slak`
          help: did you mean `slack`?
        error[invalid-value]: `[a` is not a regular expression: unclosed character class
          platform/tenants/a.yaml:12:46 `'[a'`
          help: write a regular expression of RE2, with `\` before what is meant to the letter
        error[invalid-value]: Flux has no type of receiver `githubb`
          platform/tenants/a.yaml:13:30 `githubb`
          help: did you mean `github`?
        error[contradiction]: `app` follows no branch, so it is not clear where to push
          platform/tenants/a.yaml:15:11 `app`
          help: add `pushBranch: …`, or let the source follow a `branch`
        error[missing-field]: one of `semver`, `alphabetical` or `numerical` must be said
          platform/tenants/a.yaml:17:13 `none`
          help: add one of `semver`, `alphabetical` or `numerical`
        error[contradiction]: `semver` and `numerical` exclude each other
          platform/tenants/a.yaml:17:89 `numerical`: besides `semver`
          platform/tenants/a.yaml:17:76 `semver`: `semver` is said here
          help: keep one of the two; in an override, null takes away what was said before
        error[invalid-value]: `(` is not a regular expression: unclosed group
          platform/tenants/a.yaml:17:128 `'('`
          help: write a regular expression of RE2, with `\` before what is meant to the letter
        "#);
}

#[test]
fn a_component_says_where_it_comes_from_and_which_version() {
    let faults = Description::new()
        .component("none", "interval: 1h\n")
        .component("both", "helm: { repository: https://acme.example, chart: a, version: 1.0.0 }\nmanifests: { path: manifests/a }\n")
        .component("manifests", "manifests: { path: manifests/a }\nversion: 1.0.0\nvalues: { a: 1 }\ncrds: Skip\n")
        .component("chart", "helm: { repository: https://acme.example, chart: a, auth: { workloadIdentity: { provider: aws } }, verify: { secretRef: a } }\n")
        .component("git", "git: { url: https://github.com/acme/a, branch: main }\nversion: 1.0.0\n")
        .component("git-none", "git: { url: https://github.com/acme/a }\n")
        .component("oci", "oci: { url: oci://ghcr.io/acme/a, tag: a, digest: 'sha256:0000000000000000000000000000000000000000000000000000000000000000' }\n")
        .component("there", "oci: { url: oci://ghcr.io/acme/a, tag: a }\nclusters: { prod: { oci: { tag: null } } }\n")
        .faults();
    assert_snapshot!(faults, @r#"
        error[contradiction]: `helm` and `manifests` exclude each other
          platform/components/both.yaml:2:1 `manifests`: besides `helm`
          platform/components/both.yaml:1:1 `helm`: `helm` is said here
          help: keep one of the two; in an override, null takes away what was said before
        error[missing-field]: the version is not said
          platform/components/chart.yaml:1:1 `helm`
          help: add `version: …` to `helm`, an exact one
        error[contradiction]: Flux cannot use this cloud identity for a Helm repository over HTTP
          platform/components/chart.yaml:1:61 `workloadIdentity`
          help: use an `oci://` repository, or a `secretRef`
        error[contradiction]: Flux cannot verify a Helm repository over HTTP
          platform/components/chart.yaml:1:100 `verify`
          help: take `verify` out, or use an OCI artifact
        error[missing-field]: the version is not said
          platform/components/git-none.yaml:1:1 `git`
          help: add `tag: …` to `git`, or `version: …`
        error[contradiction]: `version` is a tag, and `git.branch` follows a branch
          platform/components/git.yaml:1:40 `branch`
          platform/components/git.yaml:2:1 `version`: `version` is said here
          help: keep one of the two
        error[contradiction]: manifests of this repository have no version
          platform/components/manifests.yaml:2:1 `version`
          help: take `version` out: they are as the repository has them
        error[contradiction]: `values` is for Helm charts, and `manifests` is none
          platform/components/manifests.yaml:3:1 `values`
          help: take `values` out, or say `helm`
        error[contradiction]: `crds` is for Helm charts, and `manifests` is none
          platform/components/manifests.yaml:4:1 `crds`
          help: take `crds` out, or say `helm`
        error[missing-field]: `none` does not say where it comes from
          platform/components/none.yaml
          help: add one of `helm`, `manifests`, `git` or `oci`
        error[contradiction]: `tag` and `digest` exclude each other
          platform/components/oci.yaml:1:43 `digest`: besides `tag`
          platform/components/oci.yaml:1:35 `tag`: `tag` is said here
          help: keep one of the two; in an override, null takes away what was said before
        error[missing-field]: the version is not said
          platform/components/there.yaml:2:21 `oci`
          help: add `tag: …` to `oci`, or `version: …`
        "#);
}

#[test]
fn a_platform_does_not_contradict_itself() {
    let faults = Description::new()
        .with("platform.yaml", "apiVersion: tenantry.dev/v1
name: acme
repository: { url: ssh://git@github.com/acme/fleet }
environments: [{ name: staging }, { name: production, flux: { install: operator } }, { name: staging }]
flux: { version: 2.9.4, components: [source-controller], concurrency: { helm-controller: 3 }, shards: [a, a] }
policies: { engine: none, enforce: [staging], images: { a: { images: [ghcr.io/acme/**], identities: [{ issuer: a, subject: b }] } } }
edits: { forbid: ['a{'] }
")
        .with("platform/clusters/prod.yaml", "environment: production\nlabels: { environment: staging }\n")
        .tenant("a", "notifications: { providers: { chat: { type: slack } } }\n")
        .faults();
    assert_snapshot!(faults, @r#"
        error[missing-field]: `install: operator` needs the version of the operator
          platform.yaml:4:72 `operator`: which one?
          help: add `operator: { version: … }` beside it
        error[contradiction]: the environment `staging` stands twice
          platform.yaml:4:94 `staging`: the second one
          help: keep one of the two
        error[contradiction]: without `kustomize-controller` nothing is applied
          platform.yaml:5:37 `[source-controller]`
          help: add `kustomize-controller`
        error[contradiction]: `helm-controller` is given a concurrency and does not run
          platform.yaml:5:90 `3`
          help: add it to `components`, or take it out here
        error[contradiction]: the shard `a` stands twice
          platform.yaml:5:107 `a`
          help: keep one of the two
        error[contradiction]: nothing evaluates policies that are to be enforced
          platform.yaml:6:36 `[staging]`: `engine` is `none`
          help: write `engine: kyverno` or `engine: admission`, or take `enforce` out
        error[contradiction]: image signatures need Kyverno
          platform.yaml:6:55 `{ a: { images: [ghcr.io/acme/**], identities: [{ issuer: a, subject: b }] } }`: nothing would verify these
          help: write `engine: kyverno` beside it, or take `images` out
        error[invalid-value]: `a{` is not a pattern over paths: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
          platform.yaml:7:19 `'a{'`
          help: write a path with `*` and `**`, such as `tenants/**/rbac.yaml`
        error[contradiction]: the label `environment` of `prod` is `staging`, and its environment is `production`
          platform/clusters/prod.yaml:2:24 `staging`
          help: take the label out: a cluster's environment counts as one
        error[contradiction]: `notification-controller` does not run on `prod`, and this needs it
          platform/tenants/a.yaml:4:1 `notifications`
          help: add it to `flux.components`, or take this out there
        "#);
}

#[test]
fn a_layer_comes_before_what_is_in_none() {
    let chart = "helm: { repository: https://acme.example, chart: a, version: 1.0.0 }\n";
    let faults = Description::new()
        .component("first", &format!("{chart}layer: crds\ndependsOn: [second]\n"))
        .component("second", &format!("{chart}layer: crds\n"))
        .component("early", &format!("{chart}layer: crds\ndependsOn: [late]\n"))
        .component("late", chart)
        .faults();
    assert_snapshot!(faults, @r#"
        error[contradiction]: `early` waits for `late`, which comes after its layer
          platform/components/early.yaml:3:13 `late`: waits for the layer itself
          help: say `layer: crds` in `late` too, or take it out of `early`
        "#);
    let faults = Description::new()
        .component("late", &format!("{chart}clusters: {{ prod: {{ layer: crds }} }}\n"))
        .component("odd", &format!("{chart}layer: base\n"))
        .faults();
    assert_snapshot!(faults, @r#"
        error[not-overridable]: `layer` cannot differ by environment or cluster
          platform/components/late.yaml:2:21 `layer`: a component has the same `layer` everywhere
          help: take it out here; `layer` is said at the top level of the entity's own file
        error[invalid-value]: `base` is not a value of `layer`
          platform/components/odd.yaml:2:8 `base`: this value is not known
          help: there is `crds`
        "#);
}

#[test]
fn secrets_are_for_somebody_and_private_keys_are_not_shown() {
    let private = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ";
    let cluster = |secrets: &str| format!("environment: production\nsecrets: {secrets}\n");
    let faults = Description::new()
        .with("platform/clusters/a.yaml", cluster("{}"))
        .with("platform/clusters/b.yaml", cluster(&format!("{{ age: [{private}], secretRef: keys }}")))
        .with("platform/clusters/c.yaml", cluster("{ pgp: [a1b2], awsKms: [key], gcpKms: [key], azureKeyVault: [key], serviceAccount: default }"))
        .with("platform/clusters/d.yaml", cluster("{ pgp: [A1B2C3D4E5F60718293A4B5C6D7E8F9001122334], serviceAccount: sops }"))
        .with("platform/clusters/e.yaml", cluster("{ awsKms: ['arn:aws:kms:eu-west-1:111122223333:key/a'], secretRef: keys, annotations: { a: b } }"))
        .with("platform/clusters/f.yaml", cluster("{ azureKeyVault: ['https://acme.vault.azure.net/keys/a/b'], gcpKms: [projects/a/locations/b/keyRings/c/cryptoKeys/d], serviceAccount: sops }"))
        .faults();
    assert!(!faults.contains("QQQ"), "{faults}");
    assert_snapshot!(faults, @r#"
        error[missing-field]: nobody can decrypt the secrets
          platform/clusters/a.yaml:2:10 `{}`
          help: add `secretRef: …` (a Secret with the private key) or `serviceAccount: …` (a cloud's keys)
        error[missing-field]: secrets are encrypted for nobody
          platform/clusters/a.yaml:2:10 `{}`
          help: add `age: [age1…]`, or another of `pgp`, `awsKms`, `gcpKms` and `azureKeyVault`
        error[invalid-value]: `secrets.age[0]` is a private key
          platform/clusters/b.yaml
          help: write the public one, and replace this one: whoever can read the repository has it
        error[invalid-value]: `secrets.pgp[0]` is no such key
          platform/clusters/c.yaml:2:18 `a1b2`
          help: write a fingerprint: 40 hexadecimal digits
        error[invalid-value]: `secrets.awsKms[0]` is no such key
          platform/clusters/c.yaml:2:34 `key`
          help: write the ARN of a key in AWS KMS
        error[invalid-value]: `secrets.gcpKms[0]` is no such key
          platform/clusters/c.yaml:2:49 `key`
          help: write `projects/…/cryptoKeys/…`
        error[invalid-value]: `secrets.azureKeyVault[0]` is no such key
          platform/clusters/c.yaml:2:71 `key`
          help: write `https://…/keys/…`
        error[invalid-value]: the account `default` has other uses, and must not reach decryption keys
          platform/clusters/c.yaml:2:93 `default`
          help: take a name that nothing else has, such as `flux-decryption`
        error[contradiction]: an account cannot use keys of age or PGP
          platform/clusters/d.yaml:2:77 `sops`
          help: write `secretRef: …`, a Secret in `flux-system` with the private key
        error[contradiction]: a cloud's keys are in no Secret
          platform/clusters/e.yaml:2:77 `keys`
          help: write `serviceAccount: …`, whose identity at the cloud may use them
        error[contradiction]: `annotations` are those of an account, and none is said
          platform/clusters/e.yaml:2:96 `{ a: b }`
          help: add `serviceAccount: …` beside them
        "#);
}

#[test]
fn what_is_told_of_the_platform_is_of_the_platform() {
    let faults = Description::new()
        .platform("notifications:
  providers: { chat: { type: slak, namespace: a } }
  alerts: { all: { provider: chats, exclude: ['('] } }
  receivers: { push: { type: githab, secretRef: a, namespace: b, sources: [c] } }
")
        .with("platform/clusters/edge.yaml", "environment: production\nflux: { components: [source-controller, kustomize-controller] }\n")
        .faults();
    assert_snapshot!(faults, @r#"
        error[contradiction]: `notification-controller` does not run on `edge`, and this needs it
          platform.yaml:7:3 `providers: { chat: { type: slak, namespace: a } }`
          help: add it to `flux.components` there
        error[invalid-value]: Flux has no type of provider `slak`
          platform.yaml:7:30 `slak`
          help: did you mean `slack`?
        error[contradiction]: `namespace` is for tenants
          platform.yaml:7:47 `a`
          help: take `namespace` out: the platform's lives in `flux-system`, and its source is the repository
        error[unknown-reference]: there is no provider `chats`
          platform.yaml:8:30 `chats`: nothing has this name
          help: did you mean `chat`?
        error[invalid-value]: `(` is not a regular expression: unclosed group
          platform.yaml:8:47 `'('`
          help: write a regular expression of RE2, with `\` before what is meant to the letter
        error[invalid-value]: Flux has no type of receiver `githab`
          platform.yaml:9:30 `githab`
          help: did you mean `github`?
        error[contradiction]: `namespace` is for tenants
          platform.yaml:9:63 `b`
          help: take `namespace` out: the platform's lives in `flux-system`, and its source is the repository
        error[contradiction]: `sources` is for tenants
          platform.yaml:9:75 `[c]`
          help: take `sources` out: the platform's lives in `flux-system`, and its source is the repository
        "#);
}

const CHART: &str = "helm: { repository: https://acme.example, chart: a, version: 1.0.0 }\n";

#[test]
fn artifacts_lie_in_a_registry_that_the_platform_says() {
    let faults = Description::new()
        .with(
            "platform.yaml",
            crate::spec::testing::PLATFORM
                .replace("{ name: staging }", "{ name: staging, artifacts: { tag: next } }"),
        )
        .with(
            "platform/clusters/prod.yaml",
            "environment: production\nartifacts: { tag: v1.0.0 }\n",
        )
        .component("a", &format!("{CHART}artifact: {{ tag: v1.0.0 }}\n"))
        .faults();
    assert_snapshot!(faults, @"
    error[missing-field]: the platform does not say where its artifacts lie
      platform.yaml:4:46 `tag`: which registry?
      help: add `artifacts: { url: oci://HOST/PATH }` to platform.yaml
    error[missing-field]: the platform does not say where its artifacts lie
      platform/clusters/prod.yaml:2:14 `tag`: which registry?
      help: add `artifacts: { url: oci://HOST/PATH }` to platform.yaml
    error[missing-field]: the platform does not say where its artifacts lie
      platform/components/a.yaml:2:1 `artifact`: which registry?
      help: add `artifacts: { url: oci://HOST/PATH }` to platform.yaml
    ");
}

#[test]
fn all_clusters_pull_from_one_registry() {
    let platform = crate::spec::testing::PLATFORM.replace(
        "{ name: staging }",
        "{ name: staging, artifacts: { url: oci://ghcr.io/acme/other } }",
    );
    let faults = Description::new()
        .with(
            "platform.yaml",
            format!("{platform}artifacts: {{ url: oci://ghcr.io/acme/fleet }}\n"),
        )
        .with(
            "platform/clusters/prod.yaml",
            "environment: production\nartifacts: { tag: v1.0.0, url: oci://ghcr.io/acme/prod }\n",
        )
        .faults();
    assert_snapshot!(faults, @"
    error[contradiction]: all clusters pull from one registry
      platform.yaml:4:46 `url`: another one than the platform's
      help: take `url` out: it is said in `artifacts` of platform.yaml alone
    error[contradiction]: all clusters pull from one registry
      platform/clusters/prod.yaml:2:27 `url`: another one than the platform's
      help: take `url` out: it is said in `artifacts` of platform.yaml alone
    ");
}

#[test]
fn artifacts_are_pulled_and_verified_as_oci_artifacts_are() {
    let faults = Description::new()
        .with(
            "platform.yaml",
            crate::spec::testing::PLATFORM.replace(
                "{ name: staging }",
                "{ name: staging, artifacts: { verify: { secretRef: keys } } }",
            ) + "artifacts:
  url: oci://ghcr.io/acme/fleet
  auth: { secretRef: a, workloadIdentity: { provider: aws } }
  verify: { identities: [{ issuer: https://acme.example, subject: a }] }
",
        )
        .with(
            "platform/clusters/prod.yaml",
            "environment: production\nartifacts: { auth: { secretRef: null, workloadIdentity: { serviceAccount: default } }, verify: { identities: null } }\n",
        )
        .with(
            "platform/clusters/stage.yaml",
            "environment: staging\nartifacts: { auth: { workloadIdentity: null, secretRef: null, deployKey: { secretName: a } }, verify: { mode: HEAD, identities: null, secretRef: a } }\n",
        )
        .faults();
    assert_snapshot!(faults, @"
    error[contradiction]: `secretRef` and `workloadIdentity` exclude each other
      platform.yaml:8:25 `workloadIdentity`: besides `secretRef`
      platform.yaml:8:11 `secretRef`: `secretRef` is said here
      help: keep one of the two; in an override, null takes away what was said before
    error[contradiction]: keys and identities are both said
      platform.yaml:9:13 `identities`
      help: say `secretRef` for keys, or `identities` without keys
    error[invalid-value]: every pod carries the account `default`, so it must not have a cloud identity
      platform/clusters/prod.yaml:2:75 `default`
      help: take another name, or leave it out
    error[missing-field]: this verification would accept anybody's signature
      platform/clusters/prod.yaml:2:88 `verify`
      help: say `identities` (who may have signed) or a `secretRef` (with keys)
    error[contradiction]: a deploy key is an SSH key, and this is not fetched over SSH
      platform/clusters/stage.yaml:2:63 `deployKey`: for an OCI artifact
      help: use a `secretRef`
    error[contradiction]: `mode` means nothing for an OCI artifact
      platform/clusters/stage.yaml:2:105 `mode`
      help: take it out: `provider` says the signature's format
    ");
}

#[test]
fn an_artifact_is_pinned_by_a_tag_or_by_a_digest() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let faults = Description::new()
        .platform("artifacts: { url: oci://ghcr.io/acme/fleet }\n")
        .component("a", &format!("{CHART}artifact: {{ tag: v1.0.0 }}\nenvironments: {{ staging: {{ artifact: {{ digest: '{digest}' }} }} }}\n"))
        .component("b", &format!("{CHART}artifact: {{ tag: v1.0.0 }}\nclusters: {{ prod: {{ artifact: {{ tag: null, digest: '{digest}' }} }} }}\n"))
        .faults();
    assert_snapshot!(faults, @"
    error[contradiction]: `tag` and `digest` exclude each other
      platform/components/a.yaml:3:40 `digest`: besides `tag`
      platform/components/a.yaml:2:13 `tag`: `tag` is said here
      help: keep one of the two; in an override, null takes away what was said before
    ");
}

#[test]
fn artifacts_that_are_well_said() {
    let faults = Description::new()
        .platform("artifacts: { url: oci://ghcr.io/acme/fleet, tag: latest, insecure: true, auth: { secretRef: a }, verify: { secretRef: keys } }\n")
        .with(
            "platform/clusters/prod.yaml",
            "environment: production\nartifacts: { tag: v1.0.0, auth: { secretRef: null, workloadIdentity: { provider: gcp, serviceAccount: puller } } }\n",
        )
        .component("a", CHART)
        .faults();
    assert_snapshot!(faults, @"");
}
