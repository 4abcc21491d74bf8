//! `namespace`: the namespace of every object that can have one, and of what refers to them.

use super::fieldspec::{Create, FieldPath, ReadySpec};
use super::{TransformError, each};
use crate::field::{FieldError, NodeKind, is_null, require, set_scalar};
use crate::kustomization::Subjects;
use crate::resource::{Resource, ResourceMap, annotation, is_empty};
use crate::schema::Schemas;
use crate::yaml::{Node, Value};

/// What the transformer is to do.
#[derive(Debug)]
pub(crate) struct SetNamespace<'s> {
    pub(crate) namespace: &'s str,
    pub(crate) specs: &'s [ReadySpec],
    /// Whether only what has no namespace gets one.
    pub(crate) unset_only: bool,
    pub(crate) subjects: Subjects,
}

impl SetNamespace<'_> {
    /// Gives every object the namespace; two objects may not get one id by it.
    pub(crate) fn apply(
        &self,
        resources: &mut ResourceMap,
        schemas: &Schemas,
    ) -> Result<(), TransformError> {
        if self.namespace.is_empty() {
            return Ok(());
        }
        let own = FieldPath::parse("metadata/namespace");
        each(resources.list_mut(), |resource| {
            if is_empty(resource.node())
                || resource.annotation(annotation::HELM_GENERATED) == Some("true")
            {
                return Ok(());
            }
            resource.store_id(schemas);
            self.apply_to(resource, &own, schemas)
        })?;
        resources.check(schemas).map_err(TransformError::from)
    }

    /// Gives one object the namespace.
    pub(crate) fn apply_to(
        &self,
        resource: &mut Resource,
        own: &FieldPath,
        schemas: &Schemas,
    ) -> Result<(), TransformError> {
        let is_core = resource.api_version() == "v1";
        let binds = matches!(resource.kind(), "RoleBinding" | "ClusterRoleBinding");
        let cluster_scoped = resource.id(schemas).cluster_scoped;
        let node = resource.node_mut();
        if !cluster_scoped {
            let create = Create { kind: NodeKind::Scalar, tag: "" };
            own.walk(node, Some(create), &mut |node| self.set(node))?;
        }
        if binds {
            self.set_subjects(node)?;
        }
        for spec in self.specs {
            let path = spec.path().as_str();
            let skipped = path == "metadata/namespace"
                || (path == "metadata/name" && !is_core)
                || (binds && path == "subjects/namespace" && is_binding(spec));
            if !skipped {
                spec.apply(node, Some(Create::STRING), &mut |node: &mut Node| self.set(node))?;
            }
        }
        Ok(())
    }

    fn set(&self, node: &mut Node) -> Result<(), FieldError> {
        let is_set = !is_empty(node)
            && match NodeKind::of(node) {
                NodeKind::Scalar => !node.key_text().is_empty(),
                _ => false,
            };
        if self.unset_only && is_set {
            return Ok(());
        }
        set_scalar(node, &mut Node::string(self.namespace))
    }

    fn set_subjects(&self, node: &mut Node) -> Result<(), FieldError> {
        let (field, wanted) = match self.subjects {
            Subjects::None => return Ok(()),
            Subjects::DefaultOnly => ("name", "default"),
            Subjects::AllServiceAccounts => ("kind", "ServiceAccount"),
        };
        let Some(subjects) = node.get_mut("subjects").filter(|node| !is_null(node)) else {
            return Ok(());
        };
        require(subjects, NodeKind::Sequence)?;
        let Value::Sequence(subjects) = &mut subjects.value else {
            return Ok(());
        };
        for subject in subjects {
            require(subject, NodeKind::Mapping)?;
            let Some(found) = subject.get(field).filter(|node| !is_null(node)) else {
                continue;
            };
            require(found, NodeKind::Scalar)?;
            if found.key_text() != wanted {
                continue;
            }
            let Value::Mapping(mapping) = &mut subject.value else {
                continue;
            };
            if mapping.get("namespace").is_none() {
                mapping.insert(Node::untagged("namespace"), Node::untagged(""));
            }
            if let Some(namespace) = mapping.get_mut("namespace") {
                self.set(namespace)?;
            }
        }
        Ok(())
    }
}

fn is_binding(spec: &ReadySpec) -> bool {
    matches!(spec.gvk().kind.as_str(), "RoleBinding" | "ClusterRoleBinding")
}
