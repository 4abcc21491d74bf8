//! `replicas`: the number of replicas of objects with a name.

use super::TransformError;
use super::fieldspec::{Create, ReadySpec};
use crate::field::set_scalar;
use crate::kustomization::Replica;
use crate::notice::{Notice, NoticeKind};
use crate::resource::{Id, ResourceMap, is_empty};
use crate::schema::Schemas;
use crate::yaml::Node;

/// Sets the number of replicas of the objects that have, or had, the name. There has to be one.
pub(crate) fn set_replicas(
    resources: &mut ResourceMap,
    replica: &Replica,
    specs: &[ReadySpec],
    schemas: &Schemas,
    notices: &mut Vec<Notice>,
) -> Result<(), TransformError> {
    let named = resources.positions_of_name(&replica.name, schemas).to_vec();
    let mut found = false;
    let mut changed = false;
    let count = replica.count.to_string();
    for spec in specs {
        for at in &named {
            let resource = &resources.list()[*at];
            let is_named = |id: &Id| id.name == replica.name && id.gvk.is_selected_by(spec.gvk());
            let is_meant =
                !is_empty(resource.node()) && resource.identity(schemas).all().any(is_named);
            if !is_meant {
                continue;
            }
            found = true;
            let resource = &mut resources.list_mut_keeping_ids()[*at];
            spec.apply(resource.node_mut(), Some(Create::INT), &mut |node: &mut Node| {
                changed |= node.as_i64() != Some(replica.count);
                let mut number = Node::new(replica.count);
                number.source_text = Some(count.clone().into());
                set_scalar(node, &mut number)
            })?;
            resource.written(false);
        }
    }
    if !found {
        return Err(TransformError::NoReplicas { name: replica.name.clone(), span: replica.span });
    }
    if !changed {
        let kind = NoticeKind::ReplicasChangedNothing { name: replica.name.clone() };
        notices.push(Notice { kind, span: replica.span });
    }
    Ok(())
}
