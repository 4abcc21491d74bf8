//! `namePrefix` and `nameSuffix`.

use super::fieldspec::{Create, ReadySpec};
use super::{TransformError, each};
use crate::field::set_scalar;
use crate::kustomization::Gvk;
use crate::resource::{Resource, ResourceMap};
use crate::schema::Schemas;
use crate::yaml::Node;

/// Where a name gets its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Affix {
    Prefix,
    Suffix,
}

/// Gives names a prefix or a suffix, and remembers what they were.
pub(crate) fn add_affix(
    resources: &mut ResourceMap,
    affix: Affix,
    text: &str,
    specs: &[ReadySpec],
    schemas: &Schemas,
) -> Result<(), TransformError> {
    each(resources.list_mut(), |resource| add(resource, affix, text, specs, schemas))
}

fn add(
    resource: &mut Resource,
    affix: Affix,
    text: &str,
    specs: &[ReadySpec],
    schemas: &Schemas,
) -> Result<(), TransformError> {
    let original = resource.identity(schemas).original().gvk.clone();
    if keeps_its_name(&original) {
        return Ok(());
    }
    for spec in specs {
        if !original.is_selected_by(spec.gvk()) {
            continue;
        }
        if spec.path().as_str() == "metadata/name" {
            match affix {
                Affix::Prefix => resource.add_prefix(text),
                Affix::Suffix => resource.add_suffix(text),
            }
            if !text.is_empty() {
                resource.store_id(schemas);
            }
        }
        spec.apply(resource.node_mut(), Some(Create::STRING), &mut |node: &mut Node| {
            let old = if node.is_scalar() { node.key_text() } else { "".into() };
            let name = match affix {
                Affix::Prefix => format!("{text}{old}"),
                Affix::Suffix => format!("{old}{text}"),
            };
            set_scalar(node, &mut Node::untagged(name))
        })?;
    }
    Ok(())
}

/// What is known by its very name.
fn keeps_its_name(gvk: &Gvk) -> bool {
    match gvk.kind.as_str() {
        "CustomResourceDefinition" | "Namespace" => true,
        "APIService" => gvk.group == "apiregistration.k8s.io",
        _ => false,
    }
}
