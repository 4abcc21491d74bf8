//! The transformer `ValueAddTransformer`: a value in fields, or as a name in the paths that fields hold.

use super::TransformError;
use super::namespace::SetNamespace;
use super::patches::{PatchError, Target};
use crate::field::{FieldError, LookupPath, NodeKind, require, set_scalar};
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
                    if target.file_path_position > 0 {
                        // kustomize falls over.
                        return Err(FieldError::WrongKind {
                            expected: NodeKind::Mapping,
                            found: "null",
                            span: resource.span(),
                        }
                        .into());
                    }
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

/// Inserts a name into a path, at its end where the position is beyond it. An absolute path stays one. What says
/// nothing of its own (`.`, `..` behind a name, two slashes) counts while the place is looked for, and goes
/// when the names are joined, as `InsertPathPart` of kyaml's `filesys` has it.
fn insert_name(path: &str, position: usize, name: &str) -> String {
    let (root, rest) = match path.strip_prefix('/') {
        Some(rest) => ("/", rest.strip_prefix('/').unwrap_or(rest)),
        None => ("", path),
    };
    let mut names: Vec<&str> =
        if matches!(path, "" | "/") { Vec::new() } else { rest.split('/').collect() };
    names.insert(position.min(names.len()), name);
    let mut joined: Vec<&str> = Vec::with_capacity(names.len());
    for name in names.iter().flat_map(|name| name.split('/')) {
        match name {
            "" | "." => {}
            ".." if joined.last().is_some_and(|last| *last != "..") => {
                joined.pop();
            }
            name => joined.push(name),
        }
    }
    if joined.is_empty() {
        joined.push(".");
    }
    format!("{root}{}", joined.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `InsertPathPart` gave for them.
    #[test]
    fn a_name_goes_into_a_path_at_its_place_and_leaves_it_clean() {
        for (path, position, expected) in [
            ("", 0, "P"),
            ("/", 3, "/P"),
            ("pie", 0, "P/pie"),
            ("/pie", 0, "/P/pie"),
            ("raw", 9, "raw/P"),
            ("a/nice/warm/pie", 3, "a/nice/warm/P/pie"),
            ("./deploy", 0, "P/deploy"),
            ("./deploy", 1, "P/deploy"),
            ("./deploy", 2, "deploy/P"),
            ("../a", 0, "a"),
            ("../a", 1, "../P/a"),
            ("a/../b", 1, "a/b"),
            ("a/../b", 3, "b/P"),
            ("a//b", 1, "a/P/b"),
            ("a//b", 3, "a/b/P"),
            ("//a", 0, "/P/a"),
            ("//a", 1, "/a/P"),
            ("/a/", 1, "/a/P"),
            ("/..", 0, "/."),
            ("/../a", 2, "/../a/P"),
            ("..", 0, "."),
            (".", 0, "P"),
            ("///", 3, "/P"),
        ] {
            assert_eq!(insert_name(path, position, "P"), expected, "{path} at {position}");
        }
        assert_eq!(insert_name("a/b", 1, ".."), "b");
        assert_eq!(insert_name("/a", 1, ".."), "/.");
    }
}
