//! Where a file of the description names an entity: what has to be looked at before the entity goes.

use std::cmp::Ordering;

use kustomize::yaml::{Node, SourceId, Span, Value};

use super::description::Platform;
use super::entity::{EntityKind, read_root};
use super::typed::{dotted, escape};
use crate::diagnostic::{Place, Texts};
use crate::path::RepoPath;

/// A place that names an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The file.
    pub file: RepoPath,
    /// The JSON pointer of the list item or of the entry, in the original file: whoever takes several of a list out
    /// begins with the last one.
    pub pointer: String,
    /// Where it stands.
    pub place: Place,
}

impl Mention {
    /// The field as [`super::edit`] takes it, such as `placement[1]`.
    #[must_use]
    pub fn field(&self) -> String {
        dotted(&self.pointer)
    }
}

impl Platform {
    /// Where other files name an entity: a cluster in placements, overrides and the scopes of patches, a component in
    /// `dependsOn` and in scopes, a tenant in scopes. Sorted by file, then as they stand in it. Nobody names a patch, nor a
    /// platform.
    #[must_use]
    pub fn references_to(&self, kind: EntityKind, name: &str) -> Vec<Mention> {
        let components = self.components.values().map(|entity| (&entity.file, entity.source));
        let tenants = self.tenants.values().map(|entity| (&entity.file, entity.source));
        let patches = self.patches.values().map(|entity| (&entity.file, entity.source));
        let mut found = Vec::new();
        for (file, source) in components.chain(tenants).chain(patches) {
            // A file without the word cannot name the entity, and need not be read again.
            let Some(bytes) = self.texts.bytes(source).filter(|bytes| holds(bytes, name)) else {
                continue;
            };
            let Some(root) = read_root(source, bytes) else { continue };
            let mut file = InFile { file, source, texts: &self.texts, name, found: &mut found };
            match kind {
                EntityKind::Cluster => {
                    file.items(&root, "/placement");
                    file.items(&root, "/scope/clusters");
                    file.entry(&root, "/clusters");
                }
                EntityKind::Component => {
                    file.items(&root, "/dependsOn");
                    file.items(&root, "/scope/components");
                    for map in ["environments", "clusters"] {
                        let layers = root.get(map).and_then(Node::as_mapping);
                        for (key, layer) in layers.into_iter().flat_map(|map| map.iter()) {
                            let at = format!("/{map}/{}", escape(&key.key_text()));
                            file.items_of(layer.get("dependsOn"), &format!("{at}/dependsOn"));
                        }
                    }
                }
                EntityKind::Tenant => file.items(&root, "/scope/tenants"),
                EntityKind::Platform | EntityKind::Patch => {}
            }
        }
        found.sort_by(|a, b| match a.file.cmp(&b.file) {
            Ordering::Equal => start(&a.place).cmp(&start(&b.place)),
            other => other,
        });
        found
    }
}

fn start(place: &Place) -> usize {
    place.range.as_ref().map_or(0, |range| range.start)
}

fn holds(bytes: &[u8], name: &str) -> bool {
    // An escape may write any name; such a file is read.
    bytes.contains(&b'\\') || bytes.windows(name.len().max(1)).any(|part| part == name.as_bytes())
}

struct InFile<'a> {
    file: &'a RepoPath,
    source: SourceId,
    texts: &'a Texts,
    name: &'a str,
    found: &'a mut Vec<Mention>,
}

impl InFile<'_> {
    fn items(&mut self, root: &Node, pointer: &str) {
        self.items_of(root.pointer(pointer), pointer);
    }

    fn items_of(&mut self, list: Option<&Node>, pointer: &str) {
        let Some(Value::Sequence(items)) = list.map(|list| &list.value) else { return };
        for (at, item) in items.iter().enumerate() {
            if item.as_str() == Some(self.name) {
                self.add(format!("{pointer}/{at}"), item.span);
            }
        }
    }

    fn entry(&mut self, root: &Node, pointer: &str) {
        let span = root
            .pointer(pointer)
            .and_then(Node::as_mapping)
            .and_then(|mapping| mapping.get_key_span(self.name));
        if let Some(span) = span {
            self.add(format!("{pointer}/{}", escape(self.name)), span);
        }
    }

    fn add(&mut self, pointer: String, span: Span) {
        debug_assert_eq!(span.source, self.source);
        let place = self
            .texts
            .place(span)
            .unwrap_or_else(|| Place { file: self.file.clone(), range: None });
        self.found.push(Mention { file: self.file.clone(), pointer, place });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::testing::Description;

    fn mentions(platform: &Platform, kind: EntityKind, name: &str) -> Vec<String> {
        platform
            .references_to(kind, name)
            .into_iter()
            .map(|mention| format!("{}{}", mention.file, mention.pointer))
            .collect()
    }

    #[test]
    fn whoever_names_a_cluster_or_a_component_is_found() {
        let component = "manifests: { path: a }\n";
        let platform = Description::new()
            .component("a", component)
            .component("b", &format!("{component}dependsOn: [a]\nclusters: {{ prod: {{ dependsOn: [a] }} }}\n"))
            .with(
                "platform/tenants/t.yaml",
                "owner: ['@acme/a']\nnamespaces: [t]\nplacement: [stage, prod]\nclusters: { prod: { suspend: true } }\n",
            )
            .tenant("u", "")
            .good();
        assert_eq!(
            mentions(&platform, EntityKind::Cluster, "prod"),
            [
                "platform/components/b.yaml/clusters/prod",
                "platform/tenants/t.yaml/placement/1",
                "platform/tenants/t.yaml/clusters/prod"
            ]
        );
        assert_eq!(
            mentions(&platform, EntityKind::Component, "a"),
            [
                "platform/components/b.yaml/dependsOn/0",
                "platform/components/b.yaml/clusters/prod/dependsOn/0"
            ]
        );
    }
}
