//! What happens to a tenant, or to the platform, by itself: notifications, webhooks and image automation.

use super::fetch::{self, Fetched, Policy};
use super::tenants::{lives_in, namespace};
use super::{At, Names, contradiction, in_platform, invalid, pattern_fault};
use crate::diagnostic::{Diagnostic, Place};
use crate::spec::platform::Controller;
use crate::spec::tenant::{ImageAutomation, Tenant};
use crate::spec::typed::suggestion;

/// Flux's types of providers:
/// <https://fluxcd.io/flux/components/notification/providers/#supported-providers>.
const PROVIDERS: [&str; 32] = [
    "slack",
    "discord",
    "msteams",
    "rocket",
    "generic",
    "generic-hmac",
    "github",
    "gitlab",
    "gitea",
    "giteapullrequestcomment",
    "bitbucketserver",
    "bitbucket",
    "azuredevops",
    "googlechat",
    "googlepubsub",
    "webex",
    "sentry",
    "azureeventhub",
    "telegram",
    "lark",
    "matrix",
    "opsgenie",
    "alertmanager",
    "grafana",
    "githubdispatch",
    "githubpullrequestcomment",
    "gitlabmergerequestcomment",
    "pagerduty",
    "datadog",
    "nats",
    "zulip",
    "otel",
];

/// Flux's types of receivers that a Secret is enough for:
/// <https://fluxcd.io/flux/components/notification/receivers/#supported-receiver-types>.
const RECEIVERS: [&str; 12] = [
    "generic",
    "generic-hmac",
    "github",
    "gitlab",
    "bitbucket",
    "harbor",
    "dockerhub",
    "quay",
    "gcr",
    "nexus",
    "acr",
    "cdevents",
];

pub(super) fn check(
    names: &Names<'_>,
    at: &At<'_>,
    policy: &Policy<'_>,
    tenant: &Tenant,
    found: &mut Vec<Diagnostic>,
) {
    notifications(names, at, tenant, found);
    if let Some(automation) = &tenant.image_automation {
        images(names, at, policy, tenant, automation, found);
    }
}

/// What is told of the platform itself. All of it lives in `flux-system`, on every cluster.
pub(super) fn platform(names: &Names<'_>, found: &mut Vec<Diagnostic>) {
    let platform = names.platform;
    let all = &platform.settings.notifications;
    if all.is_empty() {
        return;
    }
    let place = |pointer: &str| in_platform(platform, &format!("/notifications{pointer}"));
    let fixed = |field: &str, here: String| {
        contradiction(format!("`{field}` is for tenants"), place(&format!("{here}/{field}"))).help(
            format!("take `{field}` out: the platform's lives in `flux-system`, and its source is the repository"),
        )
    };
    for (name, provider) in &all.providers {
        let here = format!("/providers/{name}");
        found.extend(unknown_kind("provider", provider.kind.as_str(), &PROVIDERS, &|| {
            place(&format!("{here}/type"))
        }));
        if provider.namespace.is_some() {
            found.push(fixed("namespace", here));
        }
    }
    for (name, alert) in &all.alerts {
        if !all.providers.contains_key(&alert.provider) {
            let known: Vec<&str> = all.providers.keys().map(AsRef::as_ref).collect();
            let place = place(&format!("/alerts/{name}/provider"));
            found.push(names.unknown("provider", alert.provider.as_str(), known, place));
        }
        for (index, text) in alert.exclude.iter().enumerate() {
            if let Some(fault) = pattern_fault(text) {
                let place = place(&format!("/alerts/{name}/exclude/{index}"));
                let message = format!("`{text}` is not a regular expression: {fault}");
                found.push(
                    invalid(message, place)
                        .help("write a regular expression of RE2, with `\\` before what is meant to the letter"),
                );
            }
        }
    }
    for (name, receiver) in &all.receivers {
        let here = format!("/receivers/{name}");
        found.extend(unknown_kind("receiver", receiver.kind.as_str(), &RECEIVERS, &|| {
            place(&format!("{here}/type"))
        }));
        if receiver.namespace.is_some() {
            found.push(fixed("namespace", here.clone()));
        }
        if !receiver.sources.is_empty() {
            found.push(fixed("sources", here));
        }
    }
    let silent = platform.clusters.keys().find(|cluster| {
        !platform.flux_at(cluster).components.contains(&Controller::NotificationController)
    });
    if let Some(cluster) = silent {
        let message =
            format!("`notification-controller` does not run on `{cluster}`, and this needs it");
        found.push(contradiction(message, place("")).help("add it to `flux.components` there"));
    }
}

fn notifications(names: &Names<'_>, at: &At<'_>, tenant: &Tenant, found: &mut Vec<Diagnostic>) {
    let all = &tenant.notifications;
    for (name, provider) in &all.providers {
        let here = format!("/notifications/providers/{name}");
        kind(at, "provider", provider.kind.as_str(), &PROVIDERS, &here, found);
        namespace(names, at, tenant, provider.namespace.as_ref(), &here, found);
    }
    for (name, alert) in &all.alerts {
        let here = format!("/notifications/alerts/{name}");
        if !all.providers.contains_key(&alert.provider) {
            let known: Vec<&str> = all.providers.keys().map(AsRef::as_ref).collect();
            let place = at.value(&format!("{here}/provider"));
            found.push(names.unknown("provider", alert.provider.as_str(), known, place));
        }
        for (index, text) in alert.exclude.iter().enumerate() {
            fetch::pattern(at, &format!("{here}/exclude/{index}"), text, found);
        }
    }
    for (name, receiver) in &all.receivers {
        let here = format!("/notifications/receivers/{name}");
        kind(at, "receiver", receiver.kind.as_str(), &RECEIVERS, &here, found);
        namespace(names, at, tenant, receiver.namespace.as_ref(), &here, found);
        let own = receiver.namespace.as_ref().or_else(|| tenant.namespaces.first());
        for (index, name) in receiver.sources.iter().enumerate() {
            let place = || at.value(&format!("{here}/sources/{index}"));
            match tenant.sources.get(name) {
                None => {
                    let known: Vec<&str> = tenant.sources.keys().map(AsRef::as_ref).collect();
                    found.push(names.unknown("source", name.as_str(), known, place()));
                }
                Some(source) if lives_in(tenant, source) != own => found.push(
                    contradiction(
                        format!("the source `{name}` lives in another namespace than the receiver"),
                        place(),
                    )
                    .help("give both the same `namespace`: Flux is locked to one"),
                ),
                Some(_) => {}
            }
        }
    }
}

fn kind(
    at: &At<'_>,
    what: &str,
    kind: &str,
    known: &[&str],
    here: &str,
    found: &mut Vec<Diagnostic>,
) {
    found.extend(unknown_kind(what, kind, known, &|| at.value(&format!("{here}/type"))));
}

fn unknown_kind(
    what: &str,
    kind: &str,
    known: &[&str],
    place: &dyn Fn() -> Place,
) -> Option<Diagnostic> {
    (!known.contains(&kind)).then(|| {
        invalid(format!("Flux has no type of {what} `{kind}`"), place()).help(suggestion(
            kind,
            known.iter().copied(),
            "",
        ))
    })
}

fn images(
    names: &Names<'_>,
    at: &At<'_>,
    policy: &Policy<'_>,
    tenant: &Tenant,
    automation: &ImageAutomation,
    found: &mut Vec<Diagnostic>,
) {
    let place = at.value("/imageAutomation/source");
    match tenant.sources.get(&automation.source) {
        None => {
            let known: Vec<&str> = tenant.sources.keys().map(AsRef::as_ref).collect();
            found.push(names.unknown("source", automation.source.as_str(), known, place));
        }
        Some(source) => match &source.git {
            None => found.push(
                contradiction(
                    format!(
                        "`{}` is no Git source, so nothing can be committed to it",
                        automation.source
                    ),
                    place,
                )
                .help("name a source with `git`"),
            ),
            Some(git) => {
                let pinned = git.tag.is_some()
                    || git.semver.is_some()
                    || git.name.is_some()
                    || git.commit.is_some();
                if pinned && automation.push_branch.is_none() {
                    found.push(
                        contradiction(
                            format!(
                                "`{}` follows no branch, so it is not clear where to push",
                                automation.source
                            ),
                            place,
                        )
                        .help("add `pushBranch: …`, or let the source follow a `branch`"),
                    );
                }
            }
        },
    }
    for (name, image) in &automation.images {
        let here = format!("/imageAutomation/images/{name}");
        let said: Vec<&str> = [
            ("semver", image.semver.is_some()),
            ("alphabetical", image.alphabetical.is_some()),
            ("numerical", image.numerical.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, said)| said.then_some(name))
        .collect();
        fetch::exactly_one(at, &here, &said, "`semver`, `alphabetical` or `numerical`", found);
        if let Some(filter) = &image.filter_tags {
            fetch::pattern(at, &format!("{here}/filterTags/pattern"), &filter.pattern, found);
        }
        policy.address(at, &format!("{here}/image"), image.image.as_str(), found);
        if let Some(auth) = &image.auth {
            fetch::auth(at, &format!("{here}/auth"), auth, Fetched::Image, found);
        }
    }
}
