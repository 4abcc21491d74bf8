//! Where an object comes from and what changed it, as `buildMetadata` writes it into annotations.

use crate::files::join;
use crate::resource::{Resource, annotation};
use crate::yaml::{Mapping, Node, emit};

/// What is known of an origin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) path: String,
    pub(crate) configured_in: String,
    /// API version, kind, name and namespace of what made or changed the object.
    pub(crate) configured_by: [String; 4],
}

impl Origin {
    /// The origin of what a path leads to from here.
    pub(crate) fn append(&self, path: &str) -> Origin {
        Origin { path: join_relative(&self.path, path), ..self.clone() }
    }

    /// A builtin generator or transformer of the kustomization file.
    pub(crate) fn builtin(&self, file_name: &str, kind: &str) -> Origin {
        Origin {
            path: String::new(),
            configured_in: join_relative(&self.path, file_name),
            configured_by: ["builtin".to_owned(), kind.to_owned(), String::new(), String::new()],
        }
    }

    /// A generator or transformer that is an object itself, if it is known where that comes from.
    pub(crate) fn of_plugin(plugin: &Resource) -> Option<Origin> {
        let origin = plugin.annotation(annotation::ORIGIN)?;
        let path = origin.lines().find_map(|line| line.strip_prefix("path: "));
        Some(Origin {
            path: String::new(),
            configured_in: path.unwrap_or_default().trim_matches('"').to_owned(),
            configured_by: [
                plugin.api_version().to_owned(),
                plugin.kind().to_owned(),
                plugin.name().to_owned(),
                plugin.namespace().to_owned(),
            ],
        })
    }

    fn node(&self) -> Node {
        let mut mapping = Mapping::new();
        let add = |mapping: &mut Mapping, key: &str, value: &str| {
            if !value.is_empty() {
                mapping.insert(key, value);
            }
        };
        add(&mut mapping, "path", &self.path);
        add(&mut mapping, "configuredIn", &self.configured_in);
        let mut by = Mapping::new();
        for (key, value) in
            ["apiVersion", "kind", "name", "namespace"].into_iter().zip(&self.configured_by)
        {
            add(&mut by, key, value);
        }
        if !by.is_empty() {
            mapping.insert("configuredBy", by);
        }
        Node::new(mapping)
    }

    /// The text of the annotation.
    pub(crate) fn text(&self) -> String {
        emit::to_string(&self.node())
    }

    /// Writes down where an object comes from, or, where that is known, that this changed it.
    pub(crate) fn note_transformation(&self, resource: &mut Resource) {
        if resource.annotation(annotation::ORIGIN).is_none() {
            set(resource, annotation::ORIGIN, self.text());
            return;
        }
        let known = resource.annotation(annotation::TRANSFORMATIONS).unwrap_or_default();
        let text = emit::to_string(&Node::new(vec![self.node()]));
        let all = format!("{known}{text}");
        set(resource, annotation::TRANSFORMATIONS, all);
    }

    /// Writes down where an object comes from, unless that is known.
    pub(crate) fn note(&self, resource: &mut Resource) {
        if resource.annotation(annotation::ORIGIN).is_none() {
            set(resource, annotation::ORIGIN, self.text());
        }
    }
}

pub(crate) fn set(resource: &mut Resource, key: &str, text: String) {
    let mut annotations = resource.annotations();
    annotations.insert(key.to_owned(), text);
    resource.set_annotations(&annotations);
}

/// Joins a relative path to another; what leads out stays as `..`.
fn join_relative(folder: &str, path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    let absolute = folder.starts_with('/') || (folder.is_empty() && path.starts_with('/'));
    for name in folder.split('/').chain(path.split('/')) {
        match (name, names.last()) {
            ("" | ".", _) => {}
            ("..", Some(&last)) if last != ".." => {
                names.pop();
            }
            ("..", None) if absolute => {}
            _ => names.push(name),
        }
    }
    if absolute {
        return join("/", &names.join("/"));
    }
    if names.is_empty() && !(folder.is_empty() && path.is_empty()) {
        return ".".to_owned();
    }
    names.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_kustomize_writes_it() {
        let origin = Origin::default().append("../base").append("a.yaml");
        assert_eq!(origin.text(), "path: ../base/a.yaml\n");
        let origin =
            Origin::default().append("base").builtin("kustomization.yaml", "PatchTransformer");
        assert_eq!(
            origin.text(),
            "configuredIn: base/kustomization.yaml\nconfiguredBy:\n  apiVersion: builtin\n  kind: PatchTransformer\n"
        );
    }
}
