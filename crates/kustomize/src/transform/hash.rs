//! The hash that a generated object's name ends with, and which changes with what it holds.

use sha2::{Digest, Sha256};

use crate::go::json::{Integers, Unsayable, write_node};
use crate::resource::{ResourceMap, annotation};
use crate::schema::Schemas;
use crate::yaml::{Mapping, Node, Span};

/// Why a hash cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The data cannot be written.
    #[error(transparent)]
    Data(#[from] Unsayable),
    /// An object that is neither a ConfigMap nor a Secret.
    #[error("only the names of ConfigMaps and Secrets get a hash, not that of a {kind}")]
    Kind {
        /// The kind.
        kind: String,
        /// The object.
        span: Span,
    },
}

impl HashError {
    /// Where the fault is.
    pub fn span(&self) -> Span {
        match self {
            HashError::Data(error) => error.span(),
            HashError::Kind { span, .. } => *span,
        }
    }
}

/// Appends its hash to the name of each object that asks for one.
pub(crate) fn add_hashes(resources: &mut ResourceMap, schemas: &Schemas) -> Result<(), HashError> {
    if !resources.list().iter().any(|resource| resource.is_enabled(annotation::NEEDS_HASH)) {
        return Ok(());
    }
    for resource in resources.list_mut() {
        if !resource.is_enabled(annotation::NEEDS_HASH) {
            continue;
        }
        let hash = hash(resource.node(), resource.kind())?;
        resource.store_id(schemas);
        let name = format!("{}-{hash}", resource.name());
        resource.set_name(&name);
    }
    Ok(())
}

fn hash(node: &Node, kind: &str) -> Result<String, HashError> {
    let mut content = Mapping::new();
    content.insert("kind", kind);
    // kustomize looks the name up in a way that never finds it, so it does not count.
    content.insert("name", "");
    let (text, optional) = match kind {
        "ConfigMap" => (&["data"][..], "binaryData"),
        "Secret" => (&["type", "data"][..], "stringData"),
        _ => return Err(HashError::Kind { kind: kind.to_owned(), span: node.span }),
    };
    for field in text {
        content.insert(*field, node.get(field).map_or_else(|| Node::string(""), data));
    }
    if let Some(map) = node.get(optional).filter(|node| node.as_mapping().is_some()) {
        content.insert(optional, map.clone());
    }
    let mut text = String::new();
    // kustomize reads the data from JSON and writes it again.
    write_node(&mut text, &Node::new(content), Integers::Floats, true)?;
    Ok(encode(&format!("{:x}", Sha256::digest(text.as_bytes()))))
}

/// A scalar counts by its text.
fn data(node: &Node) -> Node {
    if node.is_scalar() { Node::string(node.key_text().into_owned()) } else { node.clone() }
}

/// The first ten digits, without vowels and what looks like one.
fn encode(hex: &str) -> String {
    let letter = |digit: char| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.chars().take(10).map(letter).collect()
}
