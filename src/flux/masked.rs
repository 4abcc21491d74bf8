//! Objects as they may be shown: without values of Secrets.

use kustomize::yaml::{Mapping, Node, Value};

use super::build::Object;
use super::diff::MASK;

impl Object {
    /// The object as it may be shown and kept: without values of Secrets that variables brought, and with a mask for what a
    /// Secret holds and for what SOPS encrypted.
    #[must_use]
    pub fn masked(&self) -> Node {
        let mut node = self.shown().clone();
        let secret = self.identity.kind == "Secret" && self.identity.group.is_empty();
        let encrypted = self.encrypted;
        for (key, value) in node.as_mapping_mut().into_iter().flat_map(Mapping::iter_mut) {
            let key = key.key_text();
            let plain = matches!(&*key, "apiVersion" | "kind" | "metadata");
            if (secret && matches!(&*key, "data" | "stringData")) || (encrypted && !plain) {
                mask(value);
            }
        }
        node
    }
}

/// Puts the mask in the place of every value; which there are may be seen.
fn mask(node: &mut Node) {
    match &mut node.value {
        Value::Mapping(fields) => fields.iter_mut().for_each(|(_, value)| mask(value)),
        Value::Sequence(items) => items.iter_mut().for_each(mask),
        _ => *node = Node::new(MASK),
    }
}
