//! Paths with placeholders, and the loops that they mean.
//!
//! `clusters/{cluster}/tenants/{tenant}.yaml` is one file for each tenant on each cluster. What a
//! placeholder stands for is always a name, which can hold neither `/` nor `..`.

use std::fmt;

use serde::Deserialize;

use crate::path::{RepoPath, RepoPathError};
use crate::tree::LoopValues;

/// A path relative to the root of the platform, with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    parts: Vec<Part>,
    placeholders: Vec<Placeholder>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(Placeholder),
}

/// What may stand in braces in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placeholder {
    /// `{environment}`
    Environment,
    /// `{cluster}`
    Cluster,
    /// `{tenant}`
    Tenant,
    /// `{component}`
    Component,
}

impl Placeholder {
    const ALL: [(&'static str, Self); 4] = [
        ("environment", Self::Environment),
        ("cluster", Self::Cluster),
        ("tenant", Self::Tenant),
        ("component", Self::Component),
    ];
}

/// An entity that is placed on clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Member {
    /// A tenant.
    Tenant,
    /// A component.
    Component,
}

impl Member {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tenant, Self::Component];

    /// Its placeholder in paths.
    #[must_use]
    pub const fn placeholder(self) -> Placeholder {
        match self {
            Self::Tenant => Placeholder::Tenant,
            Self::Component => Placeholder::Component,
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tenant => "tenant",
            Self::Component => "component",
        })
    }
}

/// How often a template is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loop {
    /// Once.
    Once,
    /// For every environment.
    Environments,
    /// For every cluster.
    Clusters,
    /// For every tenant or component, with its base values.
    Members(Member),
    /// For every tenant or component in each environment where it is on some cluster.
    MembersInEnvironments(Member),
    /// For every tenant or component on each cluster where it is.
    MembersOnClusters(Member),
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A name in braces that is no placeholder.
    #[error("`{{{0}}}` is not a placeholder")]
    Unknown(String),
    /// A brace without its counterpart.
    #[error("`{0}` has a brace that is not part of a placeholder")]
    Brace(String),
    /// Tenants and components have no common loop.
    #[error("`{{tenant}}` and `{{component}}` cannot stand in one path")]
    TenantAndComponent,
}

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// See [`PatternError`].
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let mut parts = Vec::new();
        let mut placeholders = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            let Some((name, after)) =
                rest[open..].strip_prefix('{').and_then(|r| r.split_once('}'))
            else {
                return Err(PatternError::Brace(text.to_owned()));
            };
            let Some(&(_, placeholder)) = Placeholder::ALL.iter().find(|(word, _)| *word == name)
            else {
                return Err(PatternError::Unknown(name.to_owned()));
            };
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            parts.push(Part::Name(placeholder));
            if !placeholders.contains(&placeholder) {
                placeholders.push(placeholder);
            }
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        placeholders.sort_unstable();
        if placeholders.ends_with(&[Placeholder::Tenant, Placeholder::Component]) {
            return Err(PatternError::TenantAndComponent);
        }
        Ok(Self { text: text.to_owned(), parts, placeholders })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Each placeholder once, in the order of [`Placeholder`].
    #[must_use]
    pub fn placeholders(&self) -> &[Placeholder] {
        &self.placeholders
    }

    /// The loop that the placeholders mean.
    #[must_use]
    pub fn loops(&self) -> Loop {
        let has = |placeholder| self.placeholders.contains(&placeholder);
        let member = Member::ALL.into_iter().find(|member| has(member.placeholder()));
        match (member, has(Placeholder::Cluster), has(Placeholder::Environment)) {
            (Some(member), true, _) => Loop::MembersOnClusters(member),
            (Some(member), false, true) => Loop::MembersInEnvironments(member),
            (Some(member), false, false) => Loop::Members(member),
            (None, true, _) => Loop::Clusters,
            (None, false, true) => Loop::Environments,
            (None, false, false) => Loop::Once,
        }
    }

    /// The pattern of what lies below this one's folder, if `other` does: its path from there on.
    #[must_use]
    pub fn tail<'a>(&self, other: &'a Self) -> Option<&'a str> {
        other.text.strip_prefix(self.text.as_str())?.strip_prefix('/')
    }

    /// The path with names in the place of placeholders. A placeholder without a name stays empty.
    ///
    /// # Errors
    /// When the result would leave the repository or is no path.
    pub fn fill(&self, values: &LoopValues) -> Result<RepoPath, RepoPathError> {
        let mut path = String::with_capacity(self.text.len() + 32);
        for part in &self.parts {
            path.push_str(match part {
                Part::Text(text) => text,
                Part::Name(Placeholder::Environment) => values.environment.as_deref().unwrap_or(""),
                Part::Name(Placeholder::Cluster) => values.cluster.as_deref().unwrap_or(""),
                Part::Name(Placeholder::Tenant) => values.tenant.as_deref().unwrap_or(""),
                Part::Name(Placeholder::Component) => values.component.as_deref().unwrap_or(""),
            });
        }
        RepoPath::new(&path)
    }

    /// What the placeholders stand for in a path that the pattern fills; nothing if it does not.
    #[must_use]
    pub fn read(&self, path: &RepoPath) -> Option<LoopValues> {
        let mut values = LoopValues::default();
        read_parts(&self.parts, path.as_str(), &mut values).then_some(values)
    }
}

fn read_parts(parts: &[Part], rest: &str, values: &mut LoopValues) -> bool {
    let Some((part, parts)) = parts.split_first() else { return rest.is_empty() };
    let placeholder = match part {
        Part::Text(text) => {
            return rest.strip_prefix(text.as_str()).is_some_and(|r| read_parts(parts, r, values));
        }
        Part::Name(placeholder) => *placeholder,
    };
    let said = match placeholder {
        Placeholder::Environment => values.environment.clone(),
        Placeholder::Cluster => values.cluster.clone(),
        Placeholder::Tenant => values.tenant.clone(),
        Placeholder::Component => values.component.clone(),
    };
    let longest = rest.find('/').unwrap_or(rest.len());
    (1..=longest).rev().filter(|&end| rest.is_char_boundary(end)).any(|end| {
        let (name, rest) = rest.split_at(end);
        if said.as_deref().is_some_and(|said| said != name) {
            return false;
        }
        let mut tried = values.clone();
        let slot = match placeholder {
            Placeholder::Environment => &mut tried.environment,
            Placeholder::Cluster => &mut tried.cluster,
            Placeholder::Tenant => &mut tried.tenant,
            Placeholder::Component => &mut tried.component,
        };
        *slot = Some(name.into());
        let fits = read_parts(parts, rest, &mut tried);
        if fits {
            *values = tried;
        }
        fits
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn placeholders_mean_loops() {
        let of = |text| PathPattern::new(text).unwrap().loops();
        assert_eq!(of("README.md"), Loop::Once);
        assert_eq!(of("clusters/{cluster}/x.yaml"), Loop::Clusters);
        assert_eq!(of("tenants/base/{tenant}/x.yaml"), Loop::Members(Member::Tenant));
        assert_eq!(
            of("clusters/{cluster}/tenants/{tenant}.yaml"),
            Loop::MembersOnClusters(Member::Tenant)
        );
        assert_eq!(
            of("infrastructure/{component}/{environment}/x.yaml"),
            Loop::MembersInEnvironments(Member::Component)
        );
        assert_eq!(of("clusters/{environment}/{cluster}.yaml"), Loop::Clusters);
    }

    #[test]
    fn an_odd_brace_is_an_error() {
        for bad in ["{team}/x", "{/x", "x}", "{{tenant}}", "{tenant}/{component}"] {
            assert!(PathPattern::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_take_the_place_of_placeholders() {
        let values = LoopValues {
            cluster: Some("prod-1".into()),
            tenant: Some("a".into()),
            ..LoopValues::default()
        };
        let pattern = PathPattern::new("clusters/{cluster}/tenants/{tenant}.yaml").unwrap();
        assert_eq!(pattern.fill(&values).unwrap().as_str(), "clusters/prod-1/tenants/a.yaml");
    }

    #[test]
    fn names_are_read_from_a_path() {
        let read =
            |pattern, path| PathPattern::new(pattern).unwrap().read(&RepoPath::new(path).unwrap());
        let values = LoopValues {
            cluster: Some("prod-1".into()),
            tenant: Some("a.b".into()),
            ..LoopValues::default()
        };
        let pattern = "clusters/{cluster}/tenants/{tenant}.yaml";
        assert_eq!(read(pattern, "clusters/prod-1/tenants/a.b.yaml"), Some(values));
        for other in ["clusters/prod-1/tenants/a.yml", "clusters/prod-1/tenants/b/a.yaml"] {
            assert_eq!(read(pattern, other), None);
        }
        assert_eq!(read("{tenant}/{tenant}.yaml", "a/b.yaml"), None);
    }

    #[test]
    fn what_lies_below_a_pattern_has_a_tail() {
        let base = PathPattern::new("tenants/base/{tenant}").unwrap();
        let file = PathPattern::new("tenants/base/{tenant}/sub/rbac.yaml").unwrap();
        assert_eq!(base.tail(&file), Some("sub/rbac.yaml"));
        assert_eq!(base.tail(&PathPattern::new("tenants/base/{tenant}.yaml").unwrap()), None);
    }
}
