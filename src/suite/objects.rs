//! Which objects of a cluster a test means.

use super::format::Selector;
use super::load::Test;
use crate::flux::build::{Apply, Object};
use crate::flux::{Cluster, Tenants};
use crate::spec::Platform;
use crate::spec::text::ClusterName;

/// A cluster where a test looks, by the name that the description gives it.
pub(super) struct Place<'c, 'f> {
    pub(super) name: &'c ClusterName,
    pub(super) cluster: &'c Cluster<'f>,
    /// The tenants whose objects alone are looked at, and whose each is.
    tenants: Option<(Vec<String>, Tenants)>,
}

impl Test {
    /// The clusters where it looks, in order of their names.
    #[must_use]
    pub fn clusters(&self, platform: &Platform) -> Vec<ClusterName> {
        let on = &self.case.on;
        let placed: Vec<_> = on.tenants.iter().flat_map(|it| platform.clusters_of(it)).collect();
        let clusters = platform.clusters.keys();
        clusters
            .filter(|name| on.clusters.is_empty() || on.clusters.contains(name))
            .filter(|name| {
                let environment = platform.environment_of(name);
                on.environments.is_empty()
                    || environment.is_some_and(|it| on.environments.contains(it))
            })
            .filter(|name| on.tenants.is_empty() || placed.contains(name))
            .cloned()
            .collect()
    }
}

impl<'c, 'f> Place<'c, 'f> {
    pub(super) fn of(
        test: &Test,
        platform: &Platform,
        name: &'c ClusterName,
        cluster: &'c Cluster<'f>,
    ) -> Self {
        let named = &test.case.on.tenants;
        let known = named.iter().map(|name| {
            let tenant = platform.tenants.get(name);
            tenant.map_or(name.as_str(), |it| it.base.known_as(name.as_str())).to_owned()
        });
        let tenants = (!named.is_empty()).then(|| (known.collect(), Tenants::of(cluster)));
        Self { name, cluster, tenants }
    }

    /// What the cluster applies to itself of what the test looks at.
    pub(super) fn objects(&self) -> impl Iterator<Item = &'c Object> {
        let all = self
            .cluster
            .objects()
            .filter(|(applier, object)| !applier.is_remote() && object.apply != Apply::Never);
        all.map(|(_, object)| object).filter(|object| match &self.tenants {
            None => true,
            Some((named, tenants)) => {
                tenants.owner(object).is_some_and(|owner| named.iter().any(|name| name == owner))
            }
        })
    }

    /// Those that are meant.
    pub(super) fn selected(&self, selector: &Selector) -> Vec<&'c Object> {
        self.objects().filter(|object| selector.means(object)).collect()
    }
}

impl Selector {
    /// Whether an object is meant.
    #[must_use]
    pub fn means(&self, object: &Object) -> bool {
        let Self { api_version, kind, namespace, name, labels } = self;
        let identity = &object.identity;
        let text = |field: &str| object.node.get(field).and_then(|node| node.text());
        let label = |key: &str| object.node.get("metadata")?.get("labels")?.get(key)?.text();
        kind.as_ref().is_none_or(|it| it.fits(&identity.kind))
            && name.as_ref().is_none_or(|it| it.fits(&identity.name))
            && namespace.as_ref().is_none_or(|it| it.fits(&identity.namespace))
            && api_version.as_deref().is_none_or(|it| text("apiVersion") == Some(it))
            && labels.iter().all(|(key, value)| label(key) == Some(value.as_str()))
    }

    /// What is meant, as the end of a sentence.
    pub(super) fn words(&self) -> String {
        let Self { api_version, kind, namespace, name, labels } = self;
        let mut words = match kind {
            Some(kind) => format!("`{kind}`"),
            None => "object".to_owned(),
        };
        if let Some(version) = api_version {
            words.push_str(&format!(" of `{version}`"));
        }
        if let Some(name) = name {
            words.push_str(&format!(" `{name}`"));
        }
        if let Some(namespace) = namespace {
            words.push_str(&format!(" in `{namespace}`"));
        }
        if !labels.is_empty() {
            let labels = labels.iter().map(|(key, value)| format!("`{key}: {value}`"));
            words.push_str(&format!(" labelled {}", labels.collect::<Vec<_>>().join(", ")));
        }
        words
    }
}
