//! Merge keys (`<<`): what a decoder makes of them, and what kyaml makes of them when it takes anchors and
//! aliases out of an object (`RNode.DeAnchor` in kyaml's `yaml/rnode.go`).
//!
//! The two agree but for a mapping that brings in another one that has a merge key itself: kyaml takes over
//! that key as it stands. It stays in the object until this is printed, out of the reach of
//! patches, unless an alias had the other one resolved before. So [`expand`] goes about it in kyaml's order and on
//! its terms: an alias means the node that was written, which is resolved when it is met; mappings are
//! copied before they are.

use std::collections::{HashMap, HashSet};

use super::beside::Keep;
use super::{Budget, Error, ErrorKind, Mapping, Node, Span, Style, Value};

/// Whether this is a key that merges.
pub(super) fn is_merge(key: &Node) -> bool {
    key.style == Style::Plain
        && key.as_str() == Some("<<")
        && key.tag.as_deref().is_none_or(|tag| tag == "!!merge")
}

/// Replaces merge keys by the entries that they bring in. Keys of the mapping itself win, and earlier merged
/// mappings win over later ones.
///
/// # Errors
///
/// What is neither a mapping nor a sequence of mappings.
pub(super) fn merge(entries: Vec<(Node, Node)>) -> Result<Vec<(Node, Node)>, Error> {
    let (merges, mut own): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|(key, _)| is_merge(key));
    for (key, value) in merges {
        let mappings = match value.value {
            Value::Mapping(mapping) => vec![mapping],
            Value::Sequence(items) => {
                let mut mappings = Vec::with_capacity(items.len());
                for item in items {
                    let (kind, span) = (item.kind(), item.span);
                    let Value::Mapping(mapping) = item.value else {
                        return Err(invalid(kind, span));
                    };
                    mappings.push(mapping);
                }
                mappings
            }
            _ => return Err(invalid(value.kind(), key.span)),
        };
        let mut seen: HashSet<String> =
            own.iter().filter_map(|(key, _)| key.text().map(str::to_owned)).collect();
        for (key, value) in mappings.into_iter().flatten() {
            if key.text().is_some_and(|text| seen.insert(text.to_owned())) {
                own.push((key, value));
            }
        }
    }
    Ok(own)
}

fn invalid(found: &'static str, span: Span) -> Error {
    Error { kind: ErrorKind::InvalidMerge { found }, span }
}

impl Mapping {
    /// Whether there is a merge key that [`expand`] left, or that came out of JSON.
    pub(crate) fn has_merge_left(&self) -> bool {
        self.keys().any(is_merge)
    }

    /// Replaces a merge key that is left, and those in what it brings in, as a decoder does it.
    ///
    /// # Errors
    ///
    /// A merge key that brings in no mapping.
    pub(crate) fn merge_left(&mut self) -> Result<(), Error> {
        while self.has_merge_left() {
            let entries = std::mem::take(self).into_iter().collect();
            *self = Mapping::from_entries(merge(entries)?);
        }
        Ok(())
    }
}

/// Takes anchors, aliases and merge keys out of a document that was read with all of them.
///
/// # Errors
///
/// What kyaml refuses, and what goes beyond the budget.
pub(super) fn expand(root: Node, budget: &Budget, keep: Keep) -> Result<Node, Error> {
    let mut tree = Tree { items: Vec::new(), budget: *budget, copied: 0 };
    let root = tree.add(root, &mut HashMap::new());
    let root = tree.resolve(root, 0)?;
    Ok(tree.take(root, keep))
}

/// A node of which the parts stand elsewhere, so that several can mean the same one.
#[derive(Clone)]
struct Item {
    /// The scalar, or the collection without what is in it.
    node: Node,
    /// Keys and values in turn, or elements.
    parts: Vec<usize>,
    /// The item that an alias means.
    alias: Option<usize>,
    /// Whether it is a copy, so that no alias can mean it or what is in it.
    is_copy: bool,
}

struct Tree {
    items: Vec<Item>,
    budget: Budget,
    copied: usize,
}

impl Tree {
    fn add(&mut self, mut node: Node, anchors: &mut HashMap<Box<str>, usize>) -> usize {
        let at = self.items.len();
        let (anchor, alias) = match &mut node.beside {
            Some(beside) => (beside.anchor.take(), beside.alias.take()),
            None => (None, None),
        };
        let value = std::mem::replace(&mut node.value, Value::Null);
        let (value, parts) = match value {
            Value::Mapping(mapping) => (
                Value::Mapping(Mapping::new()),
                mapping.into_iter().flat_map(<[Node; 2]>::from).collect(),
            ),
            Value::Sequence(items) => (Value::Sequence(Vec::new()), items),
            scalar => (scalar, Vec::new()),
        };
        node.value = value;
        let alias = alias.and_then(|name| anchors.get(&name).copied());
        self.items.push(Item { node, parts: Vec::new(), alias, is_copy: false });
        if let Some(name) = anchor {
            anchors.insert(name, at);
        }
        self.items[at].parts = parts.into_iter().map(|part| self.add(part, anchors)).collect();
        at
    }

    /// `deAnchor`
    fn resolve(&mut self, at: usize, depth: usize) -> Result<usize, Error> {
        if depth > self.budget.depth {
            let kind = ErrorKind::TooDeep { limit: self.budget.depth };
            return Err(Error { kind, span: self.items[at].node.span });
        }
        if let Some(meant) = self.items[at].alias {
            let meant = self.resolve(meant, depth)?;
            return self.copy(meant);
        }
        if let Value::Mapping(_) = self.items[at].node.value {
            self.merge_into(at)?;
        }
        for part in 0..self.items[at].parts.len() {
            let resolved = self.resolve(self.items[at].parts[part], depth + 1)?;
            self.items[at].parts[part] = resolved;
        }
        Ok(at)
    }

    /// `removeMergeTags` and `mergeAll`
    fn merge_into(&mut self, at: usize) -> Result<(), Error> {
        let parts = self.items[at].parts.clone();
        let mut merges = parts.chunks(2).filter(|entry| is_merge(&self.items[entry[0]].node));
        let brought = match (merges.next(), merges.next()) {
            (None, _) => Vec::new(),
            (Some(entry), None) => self.brought_in(entry[1], self.items[entry[0]].node.span)?,
            (Some(first), Some(second)) => {
                let kind = ErrorKind::DuplicateKey {
                    key: "<<".to_owned(),
                    first: self.items[first[0]].node.span,
                };
                return Err(Error { kind, span: self.items[second[0]].node.span });
            }
        };
        // The first key with this text goes, quotes or no quotes.
        let mut parts = parts;
        if let Some(entry) = self.position(&parts, "<<") {
            parts.drain(entry..entry + 2);
        }
        let own = parts.clone();
        for part in &mut parts {
            if !self.items[*part].is_copy {
                *part = self.copy(*part)?;
            }
        }
        if !brought.is_empty() {
            let mut places: HashMap<String, usize> = HashMap::with_capacity(parts.len() / 2);
            for (entry, key) in parts.iter().enumerate().step_by(2) {
                places.entry(self.name(*key)).or_insert(entry);
            }
            for from in brought {
                let from = self.items[from].parts.clone();
                self.set_all(&mut parts, &mut places, &from)?;
            }
            self.set_all(&mut parts, &mut places, &own)?;
        }
        self.items[at].parts = parts;
        Ok(())
    }

    /// Sets the entries of a mapping in another one, of which it is known where each key stands.
    fn set_all(
        &mut self,
        parts: &mut Vec<usize>,
        places: &mut HashMap<String, usize>,
        from: &[usize],
    ) -> Result<(), Error> {
        let mut seen = HashSet::new();
        for entry in from.chunks_exact(2) {
            let name = self.name(entry[0]);
            // Of keys that stand there twice the first one counts.
            if !seen.insert(name.clone()) {
                continue;
            }
            let (key, value) = (self.copy(entry[0])?, self.copy(entry[1])?);
            match places.get(&name) {
                Some(place) => parts[*place..place + 2].copy_from_slice(&[key, value]),
                None => {
                    places.insert(name, parts.len());
                    parts.extend([key, value]);
                }
            }
        }
        Ok(())
    }

    fn name(&self, key: usize) -> String {
        self.items[key].node.key_text().into_owned()
    }

    fn position(&self, parts: &[usize], name: &str) -> Option<usize> {
        (0..parts.len()).step_by(2).find(|at| self.items[parts[*at]].node.key_text() == name)
    }

    /// `findMergeValues`: the mappings to merge, the last one first.
    fn brought_in(&self, value: usize, key: Span) -> Result<Vec<usize>, Error> {
        let kind = |at: usize| self.items[at].node.kind();
        let is_mapping = |at: usize| matches!(self.items[at].node.value, Value::Mapping(_));
        let one = |at: usize| match self.items[at].alias {
            Some(meant) if is_mapping(meant) => Ok(meant),
            Some(meant) => Err(invalid(kind(meant), key)),
            None if is_mapping(at) => Ok(at),
            None => Err(invalid(kind(at), key)),
        };
        match self.items[value].node.value {
            Value::Sequence(_) => self.items[value].parts.iter().rev().map(|at| one(*at)).collect(),
            _ => one(value).map(|at| vec![at]),
        }
    }

    /// `CopyYNode`: what an alias in it means is not copied.
    fn copy(&mut self, at: usize) -> Result<usize, Error> {
        self.copied += 1;
        if self.copied > self.budget.nodes {
            let kind = ErrorKind::TooManyNodes { limit: self.budget.nodes, aliases: true };
            return Err(Error { kind, span: self.items[at].node.span });
        }
        let mut copy = self.items[at].clone();
        for part in &mut copy.parts {
            *part = self.copy(*part)?;
        }
        copy.is_copy = true;
        self.items.push(copy);
        Ok(self.items.len() - 1)
    }

    fn take(&mut self, at: usize, keep: Keep) -> Node {
        let parts = std::mem::take(&mut self.items[at].parts);
        let mut node = std::mem::take(&mut self.items[at].node);
        node.beside = match keep {
            Keep::Values => None,
            _ => node.beside.and_then(|beside| (*beside).boxed()),
        };
        match &mut node.value {
            Value::Mapping(mapping) => {
                let mut entries = Vec::with_capacity(parts.len() / 2);
                for entry in parts.chunks_exact(2) {
                    entries.push((self.take(entry[0], keep), self.take(entry[1], keep)));
                }
                *mapping = Mapping::from_entries(entries);
            }
            Value::Sequence(items) => {
                *items = parts.iter().map(|at| self.take(*at, keep)).collect();
            }
            _ => super::read::decode_binary(&mut node),
        }
        node
    }
}
