//! From the text of a file to objects, as kyaml's reader and kustomize's resource factory do it.

use super::{Resource, is_empty, meta};
use crate::print::{PrintError, through_json};
use crate::yaml::{self, Budget, Keep, Node, ReadOptions, ReadRules, SourceId, Span, Value};

/// Why a text holds no objects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no YAML.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Yaml(Vec<yaml::Error>),
    /// `---` with something behind it.
    #[error("`{line}` is no line between documents: only a comment may follow `---`")]
    Separator {
        /// The line.
        line: String,
        /// Where.
        span: Span,
    },
    /// A document that is no object.
    #[error("this is {found}, not a Kubernetes object")]
    NoObject {
        /// What it is.
        found: &'static str,
        /// Where.
        span: Span,
    },
    /// An object without a kind.
    #[error("this object has no `kind`")]
    MissingKind {
        /// The object.
        span: Span,
    },
    /// An object without a name.
    #[error("this {kind} has no `metadata.name`")]
    MissingName {
        /// Its kind.
        kind: String,
        /// The object.
        span: Span,
    },
    /// `items` of a list that are none.
    #[error("`items` of this {kind} is {found}, not a sequence")]
    NoItems {
        /// The kind of the list.
        kind: String,
        /// What it is.
        found: &'static str,
        /// `items`
        span: Span,
    },
    /// An object in a list that cannot be taken out of it.
    #[error(transparent)]
    Item(#[from] PrintError),
}

impl ReadError {
    /// Where the fault is.
    pub fn span(&self) -> Option<Span> {
        match self {
            ReadError::Yaml(errors) => errors.first().map(|error| error.span),
            ReadError::Separator { span, .. }
            | ReadError::NoObject { span, .. }
            | ReadError::MissingKind { span }
            | ReadError::MissingName { span, .. }
            | ReadError::NoItems { span, .. } => Some(*span),
            ReadError::Item(error) => Some(error.span()),
        }
    }
}

/// The objects of a text: of each of its documents, and of the lists among them.
///
/// ```
/// use kustomize::read_objects;
/// use kustomize::yaml::{Budget, SourceId};
///
/// let text = "kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: b}\n";
/// let objects = read_objects(SourceId(0), text.as_bytes(), &Budget::default())?;
/// assert_eq!(objects[1].kind(), "B");
/// # Ok::<(), kustomize::ReadError>(())
/// ```
///
/// # Errors
///
/// What is no object, as kustomize has it.
pub fn objects(
    source: SourceId,
    bytes: &[u8],
    budget: &Budget,
) -> Result<Vec<Resource>, ReadError> {
    let documents = documents(source, bytes, budget)?;
    let mut waiting: std::collections::VecDeque<Node> = checked(documents)?.into();
    let mut objects = Vec::with_capacity(waiting.len());
    while let Some(mut node) = waiting.pop_front() {
        let kind = node.get("kind").and_then(Node::text).unwrap_or_default();
        if !kind.ends_with("List") || node.get("items").is_none() {
            objects.push(Resource::new(node));
            continue;
        }
        let kind = kind.to_owned();
        // The objects of a list come behind everything else that the file has.
        waiting.extend(checked(items(&mut node, &kind)?)?);
    }
    Ok(objects)
}

/// The objects of a list, as they come out of JSON.
fn items(list: &mut Node, kind: &str) -> Result<Vec<Node>, ReadError> {
    through_json(list)?;
    let items = list.as_mapping_mut().and_then(|mapping| mapping.remove("items"));
    let items = items.unwrap_or_default();
    match items.value {
        Value::Sequence(items) => Ok(items.into_iter().flat_map(unwrapped).collect()),
        Value::Null => Ok(Vec::new()),
        _ => {
            Err(ReadError::NoItems { kind: kind.to_owned(), found: items.kind(), span: items.span })
        }
    }
}

/// A list within a list gives its own objects.
fn unwrapped(node: Node) -> Vec<Node> {
    unwrap_list(node).unwrap_or_else(|node| vec![*node])
}

/// Drops what is empty, and looks whether the rest are objects.
fn checked(mut nodes: Vec<Node>) -> Result<Vec<Node>, ReadError> {
    nodes.retain(|node| !is_empty(node));
    for node in &nodes {
        let span = node.span;
        let has = |field: &str| node.get(field).is_some_and(|node| !is_empty(node));
        if !["apiVersion", "kind", "metadata"].iter().any(|field| has(field)) {
            return Err(ReadError::NoObject { found: node.kind(), span });
        }
        let kind = node.get("kind").filter(|node| !is_empty(node));
        let kind = kind.and_then(Node::text).unwrap_or_default();
        if kind.is_empty() {
            return Err(ReadError::MissingKind { span });
        }
        if !kind.ends_with("List") && meta::text(node, "name").is_empty() {
            return Err(ReadError::MissingName { kind: kind.to_owned(), span });
        }
    }
    Ok(nodes)
}

/// The documents of a text; a list that is alone in it gives its objects.
fn documents(source: SourceId, bytes: &[u8], budget: &Budget) -> Result<Vec<Node>, ReadError> {
    let chunks = split(source, bytes)?;
    let alone = chunks.len() == 1;
    let mut nodes = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let Some(node) = document(source, bytes, chunk, budget)? else {
            continue;
        };
        if node.is_null() {
            continue;
        }
        if !alone {
            nodes.push(node);
            continue;
        }
        match unwrap_list(node) {
            Ok(items) => nodes.extend(items),
            Err(node) => nodes.push(*node),
        }
    }
    Ok(nodes)
}

fn unwrap_list(mut node: Node) -> Result<Vec<Node>, Box<Node>> {
    let kind = node.get("kind").and_then(Node::text).unwrap_or_default();
    let wraps = matches!(kind, "List" | "ResourceList")
        && (node.get("items").is_some() || node.get("functionConfig").is_some());
    if !wraps {
        return Err(Box::new(node));
    }
    let items = node.as_mapping_mut().and_then(|mapping| mapping.remove("items"));
    match items.unwrap_or_default().value {
        Value::Sequence(items) => Ok(items),
        // What is a mapping by mistake is taken apart like a sequence.
        Value::Mapping(mapping) => Ok(mapping.into_iter().flat_map(<[Node; 2]>::from).collect()),
        _ => Ok(Vec::new()),
    }
}

/// The first document of a part of a text: kyaml reads no more of it.
fn document(
    source: SourceId,
    bytes: &[u8],
    chunk: std::ops::Range<usize>,
    budget: &Budget,
) -> Result<Option<Node>, ReadError> {
    let options = ReadOptions { budget: *budget, rules: ReadRules::Kyaml };
    let keep = if may_have_hints(bytes.get(chunk.clone()).unwrap_or_default()) {
        Keep::Comments
    } else {
        Keep::Values
    };
    let documents =
        yaml::parse_part(source, bytes, chunk, &options, keep).map_err(ReadError::Yaml)?;
    Ok(documents.into_iter().next().map(|document| document.root))
}

/// Whether there may be a comment that is JSON, from which kyaml takes a schema.
fn may_have_hints(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'#', rest) {
        rest = &rest[at..];
        let is_blank = |byte: &u8| matches!(byte, b'#' | b' ' | b'\t' | b'\r');
        let start = rest.iter().position(|byte| !is_blank(byte));
        match start {
            Some(start) if rest[start] == b'{' => return true,
            Some(start) => rest = &rest[start..],
            None => return false,
        }
    }
    false
}

/// Splits a text at the lines that start with `---`, each part with the line break at its end.
fn split(source: SourceId, bytes: &[u8]) -> Result<Vec<std::ops::Range<usize>>, ReadError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let separator = memchr::memmem::Finder::new(b"\n---");
    while let Some(found) = separator.find(&bytes[at..]) {
        let line = at + found + 1;
        // A separator ends with a line break: `---` at the very end belongs to the part before.
        let Some(length) = memchr::memchr(b'\n', &bytes[line..]) else {
            break;
        };
        let text = String::from_utf8_lossy(&bytes[line..line + length]);
        let rest = text[3..].trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            let span = Span::new(source, line as u32, (line + length) as u32);
            return Err(ReadError::Separator { line: text.trim_end().to_owned(), span });
        }
        parts.push(start..line);
        start = line + length + 1;
        // The line break behind a separator is part of it: the next one needs its own.
        at = start;
    }
    parts.push(start..bytes.len());
    Ok(parts)
}
