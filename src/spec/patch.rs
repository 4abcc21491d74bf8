//! `platform/patches/<name>.yaml`, and `patches` of environments, clusters, components and tenants: changes to objects that somebody
//! else ships, or that the layout makes.
//!
//! The target is that of [kustomize's patches](https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/) and of a
//! Flux Kustomization's `spec.patches`.

use indexmap::IndexMap;
use kustomize::kustomization::{Gvk, Selector};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::text::{
    ClusterName, ComponentName, EnvironmentName, ItemName, JsonPointer, TenantName, some_text,
};

/// Patches by name, as an entity, an environment or a cluster says them.
pub type Patches = IndexMap<ItemName, InlinePatch>;

/// A patch. Its name is the file's. Exactly one of `operations`, `merge` and `delete` is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Patch {
    /// Where it holds. Default: on every cluster, for every object that `target` selects.
    #[serde(default, skip_serializing_if = "PatchScope::is_everything")]
    pub scope: PatchScope,
    /// Which objects it changes.
    pub target: PatchTarget,
    /// Operations of a JSON patch (RFC 6902), in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Operation>,
    /// A part of the object that is merged into it, as a strategic merge patch; null takes a field away.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub merge: Map<String, Value>,
    /// Whether the objects are taken away.
    #[serde(default, skip_serializing_if = "is_false")]
    pub delete: bool,
}

/// A patch that an entity, an environment or a cluster says: it holds there. Exactly one of `operations`, `merge` and `delete` is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct InlinePatch {
    /// Which objects it changes.
    pub target: PatchTarget,
    /// Operations of a JSON patch (RFC 6902), in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Operation>,
    /// A part of the object that is merged into it, as a strategic merge patch; null takes a field away.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub merge: Map<String, Value>,
    /// Whether the objects are taken away.
    #[serde(default, skip_serializing_if = "is_false")]
    pub delete: bool,
}

/// Where a patch holds. What is not said narrows nothing; a cluster must be one of `clusters` and in one of `environments`, and
/// an object must belong to one of the components or tenants, where any are named.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct PatchScope {
    /// On the clusters of these environments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<EnvironmentName>,
    /// On these clusters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<ClusterName>,
    /// In these components, where they are enabled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<ComponentName>,
    /// In these tenants, where they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<TenantName>,
}

impl PatchScope {
    /// Whether it narrows nothing.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// Which objects a patch changes. `group`, `version`, `kind`, `name` and `namespace` are regular expressions that stand for the whole text,
/// as in kustomize.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PatchTarget {
    /// The API group, such as `helm.toolkit.fluxcd.io`. Default: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The version in the group, such as `v2`. Default: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The kind, such as `HelmRelease`.
    #[serde(deserialize_with = "some_text")]
    #[schemars(length(min = 1))]
    pub kind: String,
    /// The name. Default: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The namespace. Default: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// A selector of labels, such as `app=web,tier!=cache`. Default: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_selector: Option<String>,
    /// A selector of annotations. Default: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotation_selector: Option<String>,
    /// The source that ships the objects, where this repository does not: the name of a tenant's source, or `manifests` for what a component
    /// takes from a Git repository or an OCI artifact. The patch then goes into the Flux Kustomization that applies the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ItemName>,
}

/// An operation of a JSON patch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Operation {
    /// What it does.
    pub op: Op,
    /// The place in the object, such as `/spec/values/cni/cniBinDir`; `/-` at its end adds to a list.
    pub path: JsonPointer,
    /// Where `move` and `copy` take the value from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<JsonPointer>,
    /// The value; for `add`, `replace` and `test` one that is not said is null.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
}

/// What an operation of a JSON patch does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// Adds a field, or an item to a list; a field that is there is replaced.
    Add,
    /// Takes away what is there.
    Remove,
    /// Replaces what is there.
    Replace,
    /// Takes a value from one place to another.
    Move,
    /// Copies a value from one place to another.
    Copy,
    /// Holds only where the value is this one; else the patch fails.
    Test,
}

impl Op {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
            Self::Move => "move",
            Self::Copy => "copy",
            Self::Test => "test",
        }
    }

    /// Whether it takes a value.
    #[must_use]
    pub const fn has_value(self) -> bool {
        matches!(self, Self::Add | Self::Replace | Self::Test)
    }

    /// Whether it takes a value from another place.
    #[must_use]
    pub const fn has_from(self) -> bool {
        matches!(self, Self::Move | Self::Copy)
    }
}

impl From<Patch> for InlinePatch {
    fn from(Patch { scope: _, target, operations, merge, delete }: Patch) -> Self {
        Self { target, operations, merge, delete }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_false(value: &bool) -> bool {
    !value
}

impl PatchTarget {
    /// The same as kustomize has it.
    #[must_use]
    pub fn selector(&self) -> Selector {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Selector {
            gvk: Gvk {
                group: text(&self.group),
                version: text(&self.version),
                kind: self.kind.clone(),
            },
            name: text(&self.name),
            namespace: text(&self.namespace),
            label_selector: text(&self.label_selector),
            annotation_selector: text(&self.annotation_selector),
            ..Selector::default()
        }
    }
}
