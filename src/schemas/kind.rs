//! Kinds, what they are called, and where they come from.

use super::shape::{ShapeId, Text};

/// A kind of object in one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The API group; empty for Kubernetes' core.
    pub group: String,
    /// The version in the group.
    pub version: String,
    /// The kind, such as `HelmRelease`.
    pub kind: String,
    /// Its name in addresses, such as `helmreleases`.
    pub plural: String,
    /// One of them, such as `helmrelease`.
    pub singular: String,
    /// What kubectl calls it, such as `hr`.
    pub short: Vec<String>,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// What it looks like.
    pub(super) shape: ShapeId,
    /// Where a custom resource comes from, as a number of a [`Source`]; none for Kubernetes' own.
    pub(super) source: Option<usize>,
}

impl Kind {
    /// What objects of it say in `apiVersion`.
    #[must_use]
    pub fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Whether a person calls it so: kind, plural, singular or a short name, in any case.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let names = [&self.kind, &self.plural, &self.singular].into_iter().chain(&self.short);
        names.into_iter().any(|own| own.eq_ignore_ascii_case(name))
    }

    /// How it is ranked among the versions of one kind: `v2` before `v1`, and those before `v1beta1` and `v1alpha1`, as
    /// [the API server does](https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority).
    pub(super) fn rank(&self) -> (u8, u32, u32) {
        let number = |text: &str| text.parse::<u32>().ok();
        let rest = self.version.strip_prefix('v').unwrap_or_default();
        let split = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (major, stage) = rest.split_at(split);
        let Some(major) = number(major) else { return (0, 0, 0) };
        match stage {
            "" => (3, major, 0),
            _ => match (stage.strip_prefix("beta"), stage.strip_prefix("alpha")) {
                (Some(minor), _) => (2, major, number(minor).unwrap_or_default()),
                (_, Some(minor)) => (1, major, number(minor).unwrap_or_default()),
                _ => (0, 0, 0),
            },
        }
    }
}

/// Where custom resources come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The project.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The licence of its schemas, as an SPDX expression.
    pub licence: String,
    /// Whether it is a part of Flux, whose version the description says.
    pub is_flux: bool,
}

/// What a version of Kubernetes knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Version {
    /// Major and minor, such as `1.36`.
    pub(super) minor: String,
    /// The release that the schemas are from, such as `1.36.3`.
    pub(super) exact: String,
    /// What its shapes refer to, by the number of the name.
    pub(super) definitions: Vec<(Text, ShapeId)>,
    /// Its kinds.
    pub(super) kinds: Vec<Kind>,
}
