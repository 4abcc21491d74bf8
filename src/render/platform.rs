//! The description itself as a fleet.

use std::collections::BTreeMap;
use std::sync::Arc;

use kustomize::yaml::{Budget, SourceId, parse};
use serde::Serialize;
use tera::Value;

use super::{At, Fleet};
use crate::context;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::files::Files;
use crate::layout::{self, Layout, Member};
use crate::path::RepoPath;
use crate::spec::text::{ClusterName, EnvironmentName, TenantName};
use crate::spec::{Platform, Scope};

/// A loaded description, a layout's declarations and the files that components draw values from.
pub(super) struct Described<'a> {
    platform: &'a Platform,
    layout: &'a Layout,
    files: &'a dyn Files,
    /// Where each component is enabled.
    enabled: BTreeMap<&'a str, Vec<Arc<str>>>,
}

impl<'a> Described<'a> {
    pub(super) fn new(platform: &'a Platform, layout: &'a Layout, files: &'a dyn Files) -> Self {
        let mut enabled: BTreeMap<&str, Vec<Arc<str>>> = BTreeMap::new();
        for cluster in platform.clusters.keys() {
            let name: Arc<str> = platform.known_as(cluster).into();
            for component in platform.components_on(cluster) {
                enabled.entry(component.as_str()).or_default().push(Arc::clone(&name));
            }
        }
        Self { platform, layout, files, enabled }
    }

    fn cluster_name(&self, name: &str) -> Option<&'a ClusterName> {
        self.platform.cluster_known_as(name)
    }

    fn environment_name(&self, name: &str) -> Option<&'a EnvironmentName> {
        self.platform.environments().find(|environment| environment.as_str() == name)
    }

    fn tenant_name(&self, name: &str) -> Option<&'a TenantName> {
        self.platform.tenants.get_key_value(name).map(|(name, _)| name)
    }

    fn scope(&self, at: At<'_>) -> Option<Scope<'a>> {
        match at {
            At::Base => Some(Scope::Base),
            At::Environment(name) => self.environment_name(name).map(Scope::Environment),
            At::Cluster(name) => self.cluster_name(name).map(Scope::Cluster),
        }
    }

    /// Where `platform.yaml` says a variable of the layout.
    fn variable_place(&self, name: &str) -> Option<Place> {
        let file = RepoPath::new("platform.yaml").ok()?;
        let bytes = self.platform.texts.get(&file)?;
        let documents = parse(SourceId(0), bytes, &Budget::default()).ok()?;
        let variables = documents.first()?.root.pointer("/layout/variables");
        let value = variables.and_then(|variables| variables.get(name));
        Some(Place { range: value.or(variables).map(|node| node.span.range()), file })
    }
}

impl Fleet for Described<'_> {
    fn environments(&self) -> Vec<Arc<str>> {
        self.platform.environments().map(|name| name.as_str().into()).collect()
    }

    fn clusters(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let clusters = self.platform.clusters.iter();
        clusters
            .map(|(name, cluster)| {
                (self.platform.known_as(name).into(), cluster.base.environment.as_str().into())
            })
            .collect()
    }

    fn members(&self, member: Member) -> Vec<Arc<str>> {
        match member {
            Member::Tenant => self.platform.tenants.keys().map(|n| n.as_str().into()).collect(),
            Member::Component => self.enabled.keys().map(|&name| name.into()).collect(),
        }
    }

    fn placed_on(&self, member: Member, name: &str) -> Vec<Arc<str>> {
        match member {
            Member::Tenant => {
                let clusters = self.tenant_name(name).map(|name| self.platform.clusters_of(name));
                let known = |name| self.platform.known_as(name).into();
                clusters.into_iter().flatten().map(known).collect()
            }
            Member::Component => self.enabled.get(name).cloned().unwrap_or_default(),
        }
    }

    fn differs(&self, member: Member, name: &str, at: At<'_>) -> bool {
        let Some(scope) = self.scope(at) else { return false };
        match member {
            Member::Tenant => self.platform.tenants.get(name).is_some_and(|it| match scope {
                Scope::Base => false,
                Scope::Environment(environment) => it.differs_in(environment),
                Scope::Cluster(cluster) => it.differs_on(cluster),
            }),
            Member::Component => self.platform.components.get(name).is_some_and(|it| match scope {
                Scope::Base => false,
                Scope::Environment(environment) => it.differs_in(environment),
                Scope::Cluster(cluster) => it.differs_on(cluster),
            }),
        }
    }

    fn platform(&self) -> Result<Value, Vec<Diagnostic>> {
        value(&context::platform(self.platform))
    }

    fn variables(&self) -> Result<Value, Vec<Diagnostic>> {
        let said = &self.platform.settings.layout.variables;
        let place = |name: &str| self.variable_place(name);
        value(&layout::variables(&self.layout.manifest, said, &place)?)
    }

    fn environment(&self, name: &str) -> Result<Value, Vec<Diagnostic>> {
        match self.environment_name(name) {
            Some(name) => value(&context::environment(self.platform, name)),
            None => Ok(Value::none()),
        }
    }

    fn cluster(&self, name: &str) -> Result<Value, Vec<Diagnostic>> {
        match self.cluster_name(name).and_then(|name| context::cluster(self.platform, name)) {
            Some(cluster) => value(&cluster),
            None => Ok(Value::none()),
        }
    }

    fn member(&self, member: Member, name: &str, at: At<'_>) -> Result<Value, Vec<Diagnostic>> {
        let Some(scope) = self.scope(at) else { return Ok(Value::none()) };
        match member {
            Member::Tenant => match self.platform.tenants.get_key_value(name) {
                Some((name, it)) => value(&context::tenant(self.platform, name, it.at(scope))),
                None => Ok(Value::none()),
            },
            Member::Component => match self.platform.components.get_key_value(name) {
                Some((name, it)) => {
                    let effective = it.at(scope);
                    value(&context::component(self.platform, name, effective, scope, self.files)?)
                }
                None => Ok(Value::none()),
            },
        }
    }
}

fn value<T: Serialize>(context: &T) -> Result<Value, Vec<Diagnostic>> {
    Value::try_from_serializable(context)
        .map_err(|error| vec![Diagnostic::error(Code::TemplateFailed, error.to_string())])
}
