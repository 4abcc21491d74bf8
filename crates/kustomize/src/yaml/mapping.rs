//! An ordered mapping of nodes.

use std::collections::HashMap;

use super::{Node, Span};

/// A mapping in the order of its file. Keys are scalars and unique by their text, as go-yaml has
/// it.
///
/// Lookups compare the keys one after the other, which beats hashing at the sizes that people
/// write.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    entries: Vec<(Node, Node)>,
}

impl Mapping {
    /// An empty mapping.
    pub fn new() -> Mapping {
        Mapping::default()
    }

    /// An empty mapping with room for some entries.
    pub fn with_capacity(capacity: usize) -> Mapping {
        Mapping { entries: Vec::with_capacity(capacity) }
    }

    /// A mapping of entries that are known to have unique scalar keys.
    pub(crate) fn from_entries(entries: Vec<(Node, Node)>) -> Mapping {
        Mapping { entries }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.entries.iter().position(|(k, _)| k.text() == Some(key))
    }

    /// The value of a key. The key is compared with the text as it stands in the file, so `get("1")`
    /// finds `1: x`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(k, _)| k.text() == Some(key)).map(|(_, v)| v)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|(k, _)| k.text() == Some(key)).map(|(_, v)| v)
    }

    /// The key and the value.
    pub fn get_key_value(&self, key: &str) -> Option<(&Node, &Node)> {
        self.entries.iter().find(|(k, _)| k.text() == Some(key)).map(|(k, v)| (k, v))
    }

    /// The place of a key.
    pub fn get_key_span(&self, key: &str) -> Option<Span> {
        self.get_key_value(key).map(|(k, _)| k.span)
    }

    /// Whether the key is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Sets a key: in its place if it is there already (the old value is returned), at the end
    /// otherwise. A key that is no string has the text that it is written with.
    pub fn insert(&mut self, key: impl Into<Node>, value: impl Into<Node>) -> Option<Node> {
        let (key, value) = (key.into(), value.into());
        match key.text().and_then(|text| self.position(text)) {
            Some(at) => Some(std::mem::replace(&mut self.entries[at].1, value)),
            None => {
                self.entries.push((key, value));
                None
            }
        }
    }

    /// Where a key is, or where it belongs, in a mapping whose keys are strings in the order of their bytes.
    pub(crate) fn search(&self, key: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| known.as_str().unwrap_or_default().cmp(key))
    }

    /// The first two keys with one text that follow each other, as twins do where keys are sorted.
    pub(crate) fn neighbouring_twins(&self) -> Option<(&Node, &Node)> {
        let pairs = self.entries.iter().zip(self.entries.iter().skip(1));
        let mut keys = pairs.map(|((first, _), (second, _))| (first, second));
        keys.find(|(first, second)| first.as_str() == second.as_str())
    }

    /// Adds a key that is known not to be there, at a place.
    pub(crate) fn insert_at(&mut self, at: usize, key: Node, value: Node) {
        self.entries.insert(at, (key, value));
    }

    /// Takes out the entry at a place.
    pub(crate) fn remove_at(&mut self, at: usize) -> Node {
        self.entries.remove(at).1
    }

    /// Adds a key that is known not to be there.
    pub(crate) fn push(&mut self, key: Node, value: Node) {
        self.entries.push((key, value));
    }

    /// Takes a key out; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        self.position(key).map(|at| self.entries.remove(at).1)
    }

    /// Keeps the entries for which the function says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&Node, &mut Node) -> bool) {
        self.entries.retain_mut(|(k, v)| keep(k, v));
    }

    /// Sorts the entries by a comparison of their keys; equal ones keep their order.
    pub fn sort_by(&mut self, mut compare: impl FnMut(&Node, &Node) -> std::cmp::Ordering) {
        self.entries.sort_by(|(a, _), (b, _)| compare(a, b));
    }

    /// The entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Node, &Node)> + DoubleEndedIterator {
        self.entries.iter().map(|(k, v)| (k, v))
    }

    /// The entries in order, with values to change.
    pub fn iter_mut(
        &mut self,
    ) -> impl ExactSizeIterator<Item = (&Node, &mut Node)> + DoubleEndedIterator {
        self.entries.iter_mut().map(|(k, v)| (&*k, v))
    }

    /// Changes keys and values in order, until one cannot be.
    pub(crate) fn try_for_each_mut<E>(
        &mut self,
        mut change: impl FnMut(&mut Node, &mut Node) -> Result<(), E>,
    ) -> Result<(), E> {
        self.entries.iter_mut().try_for_each(|(key, value)| change(key, value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Node> + DoubleEndedIterator {
        self.entries.iter().map(|(k, _)| k)
    }

    /// The values in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Node> + DoubleEndedIterator {
        self.entries.iter().map(|(_, v)| v)
    }

    /// The entries, to change keys too. They must stay scalars that differ from each other.
    pub(crate) fn entries_mut(&mut self) -> &mut [(Node, Node)] {
        &mut self.entries
    }

    pub(crate) fn entries(&self) -> &[(Node, Node)] {
        &self.entries
    }
}

impl IntoIterator for Mapping {
    type Item = (Node, Node);
    type IntoIter = std::vec::IntoIter<(Node, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: Into<Node>, V: Into<Node>> FromIterator<(K, V)> for Mapping {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Mapping {
        // Up to this many comparing each with each is quicker than hashing.
        const FEW: usize = 16;
        let mut mapping = Mapping::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (key, value) in iter {
            let (key, value) = (key.into(), value.into());
            if mapping.len() < FEW {
                mapping.insert(key, value);
                continue;
            }
            if places.is_empty() {
                let known = mapping.keys().enumerate();
                places = known.filter_map(|(at, key)| Some((key.text()?.to_owned(), at))).collect();
            }
            match key.text().and_then(|text| places.get(text)) {
                Some(at) => mapping.entries[*at].1 = value,
                None => {
                    places.extend(key.text().map(|text| (text.to_owned(), mapping.len())));
                    mapping.entries.push((key, value));
                }
            }
        }
        mapping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_entries_with_one_key_the_last_value_counts_at_the_first_place() {
        let keys = |count: usize| (0..count).map(|at| (format!("k{at}"), "old"));
        for count in [3, 40] {
            let last = count - 1;
            let twice = [(format!("k{last}"), "new"), ("k1".to_owned(), "new")];
            let mapping: Mapping = keys(count).chain(twice).collect();
            assert_eq!(mapping.len(), count);
            let value = |key: &str| mapping.get(key).and_then(Node::as_str);
            assert_eq!([value("k0"), value("k1")], [Some("old"), Some("new")]);
            assert_eq!(mapping.keys().nth(last).and_then(Node::as_str), Some(&*format!("k{last}")));
            assert_eq!(value(&format!("k{last}")), Some("new"));
        }
    }
}
