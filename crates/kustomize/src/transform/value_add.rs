//! The transformer `ValueAddTransformer`: a value in fields, or as a name in the paths that fields hold.

use super::TransformError;
use super::namespace::SetNamespace;
use super::patches::{PatchError, Target};
use crate::field::{LookupPath, NodeKind, require, set_scalar};
use crate::kustomization::{Subjects, ValueTarget};
use crate::resource::{ResourceMap, is_empty};
use crate::schema::Schemas;
use crate::yaml::Node;

/// Adds the value wherever the targets say.
pub(crate) fn add_value(
    resources: &mut ResourceMap,
    value: &str,
    targets: &[ValueTarget],
    schemas: &Schemas,
) -> Result<(), TransformError> {
    for target in targets {
        let selected = match &target.selector {
            None => (0..resources.len()).collect(),
            Some(selector) => Target::new(selector)
                .and_then(|target| target.select(resources, schemas))
                .map_err(PatchError::from)?,
        };
        for at in selected {
            if is_empty(resources.list()[at].node()) {
                continue;
            }
            resources.change(at, schemas, |resource| {
                if target.field_path.value == "metadata/namespace" {
                    let namespace = SetNamespace {
                        namespace: value,
                        specs: &[],
                        unset_only: false,
                        subjects: Subjects::DefaultOnly,
                    };
                    let own = super::fieldspec::FieldPath::parse("metadata/namespace");
                    return namespace.apply_to(resource, &own, schemas);
                }
                let fields = crate::field::split_path(&target.field_path.value, '/');
                let path = LookupPath::new(fields.iter().map(String::as_str));
                let Some(field) = path.get_or_create(resource.node_mut(), NodeKind::Scalar)? else {
                    return Ok(());
                };
                require(field, NodeKind::Scalar)?;
                let value = match usize::try_from(target.file_path_position) {
                    Ok(position @ 1..) => insert_name(&field.key_text(), position - 1, value),
                    _ => value.to_owned(),
                };
                if !value.is_empty() {
                    set_scalar(field, &mut Node::untagged(value))?;
                }
                resource.written(false);
                Ok::<(), TransformError>(())
            })?;
        }
    }
    Ok(())
}

/// Inserts a name into a path, at its end where the position is beyond it. An absolute path stays one.
fn insert_name(path: &str, position: usize, name: &str) -> String {
    let (root, rest) = match path.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", path),
    };
    let mut names: Vec<&str> = rest.split('/').filter(|name| !name.is_empty()).collect();
    names.insert(position.min(names.len()), name);
    format!("{root}{}", names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_into_a_path_at_its_place() {
        for (path, position, expected) in [
            ("", 0, "PEACH"),
            ("/", 3, "/PEACH"),
            ("pie", 0, "PEACH/pie"),
            ("/pie", 0, "/PEACH/pie"),
            ("raw", 9, "raw/PEACH"),
            ("a/nice/warm/pie", 3, "a/nice/warm/PEACH/pie"),
        ] {
            assert_eq!(insert_name(path, position, "PEACH"), expected);
        }
    }
}
