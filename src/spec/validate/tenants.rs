//! What a tenant says of itself: sources, accounts, settings, and what of Flux it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::fetch::{self, Fetched, Policy};
use super::references::{cycle_fault, cycles};
use super::{At, Names, contradiction, events, invalid};
use crate::diagnostic::{Code, Diagnostic};
use crate::spec::entity::{Entity, EntityKind, Scope};
use crate::spec::platform::Controller;
use crate::spec::quantity::Amount;
use crate::spec::source::{Source, WorkloadIdentity};
use crate::spec::tenant::{NetworkMode, Tenant};
use crate::spec::text::{ItemName, NamespaceName, TenantName};
use crate::spec::typed::{escape, suggestion};

pub(super) fn check(
    names: &Names<'_>,
    policy: &Policy<'_>,
    name: &TenantName,
    tenant: &Entity<Tenant>,
    found: &mut Vec<Diagnostic>,
) {
    for (scope, it) in tenant.variants() {
        let at = At::new(names.platform, EntityKind::Tenant, tenant, scope);
        sources(names, &at, policy, it, found);
        accounts(&at, it, found);
        settings(&at, it, found);
        events::check(names, &at, policy, it, found);
    }
    controllers(names, name, tenant, found);
}

fn sources(
    names: &Names<'_>,
    at: &At<'_>,
    policy: &Policy<'_>,
    tenant: &Tenant,
    found: &mut Vec<Diagnostic>,
) {
    for (name, source) in &tenant.sources {
        let here = format!("/sources/{name}");
        let said: Vec<&str> = [
            ("git", source.git.is_some()),
            ("oci", source.oci.is_some()),
            ("bucket", source.bucket.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, said)| said.then_some(name))
        .collect();
        fetch::exactly_one(at, &here, &said, "`git`, `oci` or `bucket`", found);
        if let [_] = &*said {
            source_itself(at, policy, &here, source, found);
        }
        namespace(names, at, tenant, source.namespace.as_ref(), &here, found);
        if source.path.as_str().split('/').any(|part| part == "..") {
            found.push(
                invalid("this path leaves the source with `..`", at.value(&format!("{here}/path")))
                    .help("write a path from the root of the source, such as `./deploy`"),
            );
        }
        for (index, other) in source.depends_on.iter().enumerate() {
            let place = || at.value(&format!("{here}/dependsOn/{index}"));
            match tenant.sources.get(other) {
                None => {
                    let known: Vec<&str> = others(tenant, name).collect();
                    found.push(names.unknown("source", other.as_str(), known, place()));
                }
                Some(it) if lives_in(tenant, it) != lives_in(tenant, source) => found.push(
                    contradiction(
                        format!("`{name}` waits for `{other}`, which lives in another namespace"),
                        place(),
                    )
                    .help("give both the same `namespace`, or take it out of `dependsOn`"),
                ),
                Some(_) => {}
            }
        }
    }
    let needs: BTreeMap<&ItemName, &[ItemName]> =
        tenant.sources.iter().map(|(name, source)| (name, &*source.depends_on)).collect();
    for cycle in cycles(&needs) {
        let place = |name: &ItemName, other: &ItemName| {
            let index = tenant.sources.get(name)?.depends_on.iter().position(|it| it == other)?;
            Some(at.value(&format!("/sources/{name}/dependsOn/{index}")))
        };
        found.extend(cycle_fault("sources", &cycle, &place));
    }
}

fn others<'a>(tenant: &'a Tenant, name: &ItemName) -> impl Iterator<Item = &'a str> {
    tenant.sources.keys().filter(move |other| *other != name).map(AsRef::as_ref)
}

pub(super) fn lives_in<'a>(tenant: &'a Tenant, source: &'a Source) -> Option<&'a NamespaceName> {
    source.namespace.as_ref().or_else(|| tenant.namespaces.first())
}

/// A source that says exactly one of its kinds.
fn source_itself(
    at: &At<'_>,
    policy: &Policy<'_>,
    here: &str,
    source: &Source,
    found: &mut Vec<Diagnostic>,
) {
    let (fetched, address) = if let Some(git) = &source.git {
        let here = format!("{here}/git");
        let said: Vec<&str> = [
            ("branch", git.branch.is_some()),
            ("tag", git.tag.is_some()),
            ("semver", git.semver.is_some()),
            ("name", git.name.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, said)| said.then_some(name))
        .collect();
        if let [first, more @ ..] = &*said {
            fetch::at_most_one(at, &here, first, more, found);
            if git.commit.is_some() && *first != "branch" {
                fetch::at_most_one(at, &here, first, &["commit"], found);
            }
        }
        (Fetched::Git(git.url.as_str()), format!("{here}/url"))
    } else if let Some(oci) = &source.oci {
        let here = format!("{here}/oci");
        let said: Vec<&str> = [
            ("tag", oci.tag.is_some()),
            ("semver", oci.semver.is_some()),
            ("digest", oci.digest.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, said)| said.then_some(name))
        .collect();
        if let [first, more @ ..] = &*said {
            fetch::at_most_one(at, &here, first, more, found);
        }
        if let Some(filter) = &oci.semver_filter {
            let pointer = format!("{here}/semverFilter");
            fetch::pattern(at, &pointer, filter, found);
            if oci.semver.is_none() {
                found.push(
                    contradiction(
                        "`semverFilter` filters for `semver`, which is not said",
                        at.key(&pointer),
                    )
                    .help("add `semver: …`, or take `semverFilter` out"),
                );
            }
        }
        (Fetched::Oci, format!("{here}/url"))
    } else {
        (Fetched::Bucket, format!("{here}/bucket"))
    };
    policy.address(at, &address, &address_of(source), found);
    policy.verification(at, here, fetched, source.verify.as_ref(), found);
    if let Some(auth) = &source.auth {
        fetch::auth(at, &format!("{here}/auth"), auth, fetched, found);
    }
    if let Some(verify) = &source.verify {
        fetch::verify(at, &format!("{here}/verify"), verify, fetched, found);
    }
}

/// What admission sees of an address: without the scheme, and over SSH without the user.
fn address_of(source: &Source) -> String {
    match &source.git {
        Some(git) if !git.url.as_str().starts_with("ssh://") => {
            git.url.as_str().split_once("://").map_or("", |(_, rest)| rest).to_owned()
        }
        _ => source.address(),
    }
}

pub(super) fn namespace(
    names: &Names<'_>,
    at: &At<'_>,
    tenant: &Tenant,
    namespace: Option<&NamespaceName>,
    here: &str,
    found: &mut Vec<Diagnostic>,
) {
    let Some(namespace) = namespace.filter(|name| !tenant.namespaces.contains(name)) else {
        return;
    };
    let known: Vec<&str> = tenant.namespaces.iter().map(AsRef::as_ref).collect();
    let place = at.value(&format!("{here}/namespace"));
    found.push(names.unknown("namespace of the tenant", namespace.as_str(), known, place));
}

/// Service accounts: which carry rights, which carry a cloud's identity.
fn accounts(at: &At<'_>, tenant: &Tenant, found: &mut Vec<Diagnostic>) {
    let own = &tenant.service_account.name;
    if own.as_str() == "default" {
        found.push(
            invalid(
                "every pod carries the account `default`, so it must not have the tenant's rights",
                at.value("/serviceAccount/name"),
            )
            .help("leave it out: the account is `flux` then"),
        );
    }
    let mut identities: BTreeMap<(Option<&NamespaceName>, &str), (&WorkloadIdentity, String)> =
        BTreeMap::new();
    let mut keys: BTreeMap<(Option<&NamespaceName>, &str), String> = BTreeMap::new();
    for (name, source) in &tenant.sources {
        let here = format!("/sources/{name}/auth");
        let namespace = lives_in(tenant, source);
        if let Some(identity) =
            source.auth.as_ref().and_then(|auth| auth.workload_identity.as_ref())
        {
            let account = identity.service_account.as_str();
            let pointer = format!("{here}/workloadIdentity/serviceAccount");
            if account == own.as_str() {
                found.push(
                    Diagnostic::error(
                        Code::NameCollision,
                        format!("the account `{account}` has the tenant's rights on the cluster and would get a cloud identity too"),
                    )
                    .at(at.value(&pointer))
                    .help("take another name, or leave it out"),
                );
            }
            match identities.get(&(namespace, account)) {
                Some((other, place)) if *other != identity => found.push(
                    Diagnostic::error(
                        Code::NameCollision,
                        format!("the account `{account}` is given two cloud identities"),
                    )
                    .at(at.value(&format!("{here}/workloadIdentity")))
                    .related(at.value(place), "the other one")
                    .help("give one of them another `serviceAccount`"),
                ),
                Some(_) => {}
                None => {
                    let place = format!("{here}/workloadIdentity");
                    identities.insert((namespace, account), (identity, place));
                }
            }
        }
        if let Some(key) = source.auth.as_ref().and_then(|auth| auth.deploy_key.as_ref()) {
            let pointer = format!("{here}/deployKey/secretName");
            if let Some(other) = keys.insert((namespace, key.secret_name.as_str()), pointer.clone())
            {
                found.push(
                    Diagnostic::error(
                        Code::NameCollision,
                        format!("two deploy keys would be the Secret `{}`", key.secret_name),
                    )
                    .at(at.value(&pointer))
                    .related(at.value(&other), "the other one")
                    .help("give each key a `secretName` of its own: a key opens one repository"),
                );
            }
        }
    }
}

/// What is neither a source nor about one.
fn settings(at: &At<'_>, tenant: &Tenant, found: &mut Vec<Diagnostic>) {
    if let Some(decryption) = &tenant.decryption {
        if decryption.secret_ref.is_none() && decryption.service_account.is_none() {
            found.push(
                Diagnostic::error(Code::MissingField, "decryption without keys")
                    .at(at.key("/decryption"))
                    .help("add `secretRef: …` (keys) or `serviceAccount: …` (a cloud's keys)"),
            );
        }
        if !decryption.annotations.is_empty() && decryption.service_account.is_none() {
            found.push(
                contradiction(
                    "`annotations` are those of an account, and none is said",
                    at.key("/decryption/annotations"),
                )
                .help("add `serviceAccount: …` beside them"),
            );
        }
        let account = decryption.service_account.as_ref().map_or("", AsRef::as_ref);
        if account == "default" || account == tenant.service_account.name.as_str() {
            found.push(
                invalid(
                    format!(
                        "the account `{account}` has other uses, and must not reach decryption keys"
                    ),
                    at.value("/decryption/serviceAccount"),
                )
                .help("take a name that nothing else has, such as `flux-decryption`"),
            );
        }
    }
    let network = &tenant.network_policy;
    let exceptions = [
        ("ingressFrom", network.ingress_from.is_empty()),
        ("egressTo", network.egress_to.is_empty()),
        ("egressCidrs", network.egress_cidrs.is_empty()),
    ];
    for (field, empty) in exceptions {
        if network.mode == NetworkMode::None && !empty {
            found.push(
                contradiction(
                    "nothing is restricted, so there is nothing to except",
                    at.key(&format!("/networkPolicy/{field}")),
                )
                .help("write `mode: isolate`, or take the exception out"),
            );
        }
    }
    for (index, cidr) in network.egress_cidrs.iter().enumerate() {
        if !is_range(cidr.as_str()) {
            found.push(
                invalid(
                    format!("`{cidr}` is not an address range"),
                    at.value(&format!("/networkPolicy/egressCidrs/{index}")),
                )
                .help("write an address and a prefix length, such as `10.0.0.0/8`"),
            );
        }
    }
    for key in tenant.labels.keys() {
        let pointer = || at.key(&format!("/labels/{}", escape(key.as_str())));
        if key.as_str().starts_with("pod-security.kubernetes.io/") {
            found.push(
                contradiction("this label is what `podSecurity` sets", pointer())
                    .help("write `podSecurity: …` in its place"),
            );
        } else if key.as_str() == "kubernetes.io/metadata.name"
            || key.as_str().contains("toolkit.fluxcd.io/")
        {
            found.push(
                contradiction(format!("the label `{key}` is set by others"), pointer())
                    .help("take it out"),
            );
        }
    }
    limit_range(at, tenant, found);
}

fn is_range(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    match (address.parse::<IpAddr>(), length.parse::<u8>()) {
        (Ok(IpAddr::V4(_)), Ok(length)) => length <= 32,
        (Ok(IpAddr::V6(_)), Ok(length)) => length <= 128,
        _ => false,
    }
}

/// `min` is at most `defaultRequest`, that at most `default`, and that at most `max`, as Kubernetes demands.
fn limit_range(at: &At<'_>, tenant: &Tenant, found: &mut Vec<Diagnostic>) {
    let Some(range) = &tenant.limit_range else { return };
    let rising = [
        ("min", &range.min),
        ("defaultRequest", &range.default_request),
        ("default", &range.default),
        ("max", &range.max),
    ];
    for (index, (lower_name, lower)) in rising.iter().enumerate() {
        for (resource, less) in *lower {
            let above = rising[index + 1..]
                .iter()
                .find_map(|(name, values)| Some((name, values.get(resource)?)));
            if let Some((name, more)) =
                above.filter(|(_, more)| Amount::of(less) > Amount::of(more))
            {
                let key = escape(resource.as_str());
                found.push(
                    contradiction(
                        format!(
                            "`{lower_name}` of `{resource}` is {less}, more than `{name}`, {more}"
                        ),
                        at.value(&format!("/limitRange/{lower_name}/{key}")),
                    )
                    .related(at.value(&format!("/limitRange/{name}/{key}")), format!("`{name}`"))
                    .help("Kubernetes wants `min` ≤ `defaultRequest` ≤ `default` ≤ `max`"),
                );
            }
        }
    }
}

/// What of Flux a tenant needs where it is.
fn controllers(
    names: &Names<'_>,
    name: &TenantName,
    tenant: &Entity<Tenant>,
    found: &mut Vec<Diagnostic>,
) {
    let platform = names.platform;
    let mut reported = BTreeSet::new();
    for cluster in platform.clusters_of(name) {
        let it = tenant.at_cluster(cluster);
        let flux = platform.flux_at(cluster);
        let at = At::new(platform, EntityKind::Tenant, tenant, Scope::Cluster(cluster));
        if let Some(shard) = it.shard.as_ref().filter(|shard| !flux.shards.contains(shard)) {
            let known: Vec<&str> = flux.shards.iter().map(AsRef::as_ref).collect();
            if reported.insert(shard.as_str()) {
                let message = format!("`{cluster}` has no shard `{shard}`");
                let none = format!("`{cluster}` has no shards; add them to `flux.shards`");
                found.push(
                    Diagnostic::error(Code::UnknownReference, message)
                        .at(at.value("/shard"))
                        .label("nothing has this name")
                        .help(suggestion(shard.as_str(), known, &none)),
                );
            }
        }
        let needs = [
            (!it.notifications.is_empty(), "/notifications", Controller::NotificationController),
            (
                it.image_automation.is_some(),
                "/imageAutomation",
                Controller::ImageReflectorController,
            ),
            (
                it.image_automation.is_some(),
                "/imageAutomation",
                Controller::ImageAutomationController,
            ),
        ];
        for (needed, pointer, controller) in needs {
            if needed
                && !flux.components.contains(&controller)
                && reported.insert(controller.as_str())
            {
                found.push(
                    contradiction(
                        format!(
                            "`{}` does not run on `{cluster}`, and this needs it",
                            controller.as_str()
                        ),
                        at.key(pointer),
                    )
                    .help("add it to `flux.components`, or take this out there"),
                );
            }
        }
    }
}
