//! Merged lists with items that lack a merge key, that come twice, or that are no mappings.
//!
//! kyaml's steps one by one, with all that they lose: an item without its key takes the others with it.
//! It searches the lists again for every item, and so does this, up to a limit.

use std::collections::{HashMap, HashSet};

use super::list::{Partner, key_value};
use super::scalar::{quote_legacy, raw, same_output, untag};
use super::{
    DIRECTIVE, Directive, Fate, Fresh, IdleKind, MergeError, Merger, Place, Result, directive_span,
    is_null,
};
use crate::schema::SchemaRef;
use crate::yaml::{Mapping, Node, Span, Value};

/// Beyond this many items the searching takes too long.
const LIMIT: usize = 20_000;

/// Places in [`Items::nodes`]: kyaml's lists are lists of pointers, and one item may be in several.
type List = Vec<usize>;

struct Items {
    nodes: Vec<Node>,
}

fn is_empty_map(node: &Node) -> bool {
    is_null(node) || node.as_mapping().is_some_and(Mapping::is_empty)
}

/// The keys that have a value in any of the lists of values, with the values of those keys.
fn validated<'v>(
    all: &[Vec<String>],
    values: &'v [String],
    keys: &[&'v str],
) -> (Vec<&'v str>, Vec<&'v str>) {
    let valid =
        |at: usize| all.iter().any(|values| values.get(at).is_some_and(|value| !value.is_empty()));
    let pick = |at: usize| (keys[at], values[at].as_str());
    match keys.iter().enumerate().any(|(at, _)| valid(at)) {
        true => (0..keys.len()).filter(|at| valid(*at)).map(pick).unzip(),
        false => (0..keys.len()).map(pick).unzip(),
    }
}

/// Fills the gaps of values that agree with others otherwise.
fn fill_gaps(all: &mut [Vec<String>]) {
    for left in 0..all.len() {
        // kyaml goes on with what it read first, whatever it has written since.
        let values = all[left].clone();
        for right in 0..all.len() {
            if let Some(both) = filled(&values, &all[right]) {
                all[left].clone_from(&both);
                all[right] = both;
            }
        }
    }
}

fn filled(left: &[String], right: &[String]) -> Option<Vec<String>> {
    let pairs = || left.iter().zip(right);
    let agree =
        |(left, right): (&String, &String)| left == right || left.is_empty() || right.is_empty();
    let common = pairs().any(|(left, right)| left == right);
    let pick =
        |(left, right): (&String, &String)| if left.is_empty() { right } else { left }.clone();
    (common && pairs().all(agree)).then(|| pairs().map(pick).collect())
}

impl Items {
    fn add(&mut self, list: Vec<Node>) -> List {
        let mut by_span: HashMap<Span, usize> = HashMap::new();
        let mut places = Vec::with_capacity(list.len());
        for node in list {
            let next = self.nodes.len();
            // kyaml may have put an item into the list twice; to it they are one.
            let same = by_span.get(&node.span).copied();
            match same.filter(|same| same_output(&self.nodes[*same], &node)) {
                Some(same) => places.push(same),
                None => {
                    if !node.span.is_empty() {
                        by_span.entry(node.span).or_insert(next);
                    }
                    places.push(next);
                    self.nodes.push(node);
                }
            }
        }
        places
    }

    /// Whether a field, or the item itself if the name is empty, has a value; any will do if the
    /// value is empty.
    fn has(&self, item: usize, name: &str, value: &str) -> Result<bool> {
        let node = &self.nodes[item];
        let (found, span) = (node.kind(), node.span);
        match &node.value {
            Value::Mapping(map) if !name.is_empty() => {
                Ok(map.get(name).is_some_and(|field| value.is_empty() || raw(field) == value))
            }
            Value::Mapping(_) | Value::Sequence(_) if name.is_empty() => {
                Err(MergeError::NoScalar { found, span })
            }
            _ if name.is_empty() => Ok(raw(node) == value),
            _ => Err(MergeError::WrongItem { key: name.to_owned(), found, span }),
        }
    }

    /// The first item that has the values.
    fn find(&self, list: &List, keys: &[&str], values: &[&str]) -> Option<usize> {
        let matches = |item: &&usize| {
            let node = &self.nodes[**item];
            if keys.first().is_none_or(|key| key.is_empty()) {
                return values.first().is_some_and(|value| raw(node) == *value);
            }
            let Some(map) = node.as_mapping() else { return false };
            keys.iter()
                .zip(values)
                .all(|(key, value)| map.get(key).is_some_and(|v| raw(v) == *value))
        };
        list.iter().find(matches).copied()
    }

    /// Puts an item in the place of those that have the values, or at the end; without an item takes
    /// them out. Empty items go in any case.
    fn set(
        &self,
        list: &mut List,
        item: Option<usize>,
        keys: &[&str],
        values: &[&str],
    ) -> Result<()> {
        let for_maps = keys.first().is_some_and(|key| !key.is_empty())
            && values.first().is_some_and(|value| !value.is_empty());
        let mut kept = Vec::with_capacity(list.len() + 1);
        let mut found = false;
        for &old in &*list {
            let node = &self.nodes[old];
            if is_empty_map(node) {
                continue;
            }
            if for_maps && node.as_mapping().is_none() {
                kept.push(old);
                continue;
            }
            let mut matches = false;
            for (at, key) in keys.iter().enumerate() {
                if let Some(value) = values.get(at) {
                    matches = self.has(old, key, value)?;
                }
                if !matches {
                    break;
                }
            }
            if matches {
                found = true;
                kept.extend(item);
            } else if !values.is_empty() {
                kept.push(old);
            }
        }
        *list = kept;
        if let Some(item) = item.filter(|item| !is_null(&self.nodes[*item]) && !found) {
            list.push(item);
        }
        Ok(())
    }

    /// Puts the target's items over what was merged, or after it.
    fn append(&self, merged: &mut List, target: &List, keys: &[&str]) -> Result<()> {
        for &item in target {
            let node = &self.nodes[item];
            if keys.first().is_some_and(|key| key.is_empty()) {
                self.set(merged, Some(item), &[""], &[&raw(node)])?;
                continue;
            }
            let mut values = Vec::with_capacity(keys.len());
            for key in keys {
                let value = match &node.value {
                    _ if is_null(node) => None,
                    Value::Mapping(map) => map.get(key),
                    _ => {
                        let (found, span) = (node.kind(), node.span);
                        return Err(MergeError::WrongItem { key: (*key).to_owned(), found, span });
                    }
                };
                match value {
                    Some(value) => values.push(raw(value)),
                    None => merged.push(item),
                }
            }
            let values: Vec<&str> = values.iter().map(|value| &**value).collect();
            if keys.len() > 1 {
                self.set(merged, None, keys, &values)?;
            }
            self.set(merged, Some(item), keys, &values)?;
        }
        Ok(())
    }
}

impl<'s> Merger<'s> {
    pub(super) fn irregular(
        &mut self,
        target: &mut Vec<Node>,
        partner: Partner<'_>,
        keys: &[&str],
        elements: Option<SchemaRef<'s>>,
    ) -> Result<()> {
        let mut items = Items { nodes: Vec::new() };
        let (same, patch) = match partner {
            Partner::None => (false, None),
            Partner::Same => (true, None),
            Partner::Patch(patch) => (false, Some(std::mem::take(patch))),
        };
        let before = target.clone();
        let changed_before = self.outcome.changed;
        let mut ours = items.add(std::mem::take(target));
        let theirs = items.add(patch.unwrap_or_default());
        let count = ours.len() + theirs.len();
        if let Some(first) = items.nodes.first().filter(|_| count > LIMIT) {
            return Err(MergeError::TooManyItems { items: count, span: first.span });
        }

        let mut all: Vec<Vec<String>> = Vec::new();
        let mut seen = HashSet::new();
        for &item in theirs.iter().chain(&ours) {
            let node = &items.nodes[item];
            let values: Vec<String> = match keys {
                [""] => vec![raw(node).into_owned()],
                _ => keys.iter().map(|key| key_value(node, key).into_owned()).collect(),
            };
            if seen.insert(values.clone()) {
                all.push(values);
            }
        }
        if keys.len() > 1 {
            fill_gaps(&mut all);
        }

        let mut merged = List::new();
        let mut used = vec![false; items.nodes.len()];
        let mut last_keys = Vec::new();
        for values in &all {
            let (valid_keys, valid_values) = validated(&all, values, keys);
            let own = [valid_values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>()];
            let (own_keys, own_values) = validated(&own, &own[0], &valid_keys);
            let old = items.find(&ours, &own_keys, &own_values);
            let new = items.find(&theirs, &own_keys, &own_values);
            let item = match (old, new) {
                (Some(old), None) if same => {
                    self.same(&mut items.nodes[old], elements)?.then_some(old)
                }
                (Some(old), None) => self.alone(&mut items.nodes[old], elements)?.then_some(old),
                (None, Some(new)) => {
                    used[new] = true;
                    match self.fresh(&mut items.nodes[new], elements)? {
                        Fresh::Stays => Some(new),
                        Fresh::Adds(kind, span) => {
                            self.idle(kind, span);
                            None
                        }
                    }
                }
                (Some(old), Some(new)) => {
                    used[new] = true;
                    self.irregular_pair(&mut items, old, new, elements)?
                }
                (None, None) => None,
            };
            let item = item.filter(|item| !is_empty_map(&items.nodes[*item]));
            if let Some(item) = item {
                complete(&mut items.nodes[item], &valid_keys, &valid_values)?;
                items.set(&mut merged, Some(item), &valid_keys, &valid_values)?;
            } else {
                items.set(&mut ours, None, &valid_keys, &valid_values)?;
            }
            last_keys = valid_keys.iter().map(|key| (*key).to_owned()).collect();
        }
        let last_keys: Vec<&str> = last_keys.iter().map(String::as_str).collect();
        items.append(&mut merged, &ours, &last_keys)?;

        for &item in &theirs {
            // A text that comes twice is no loss.
            if !used[item] && keys != [""] {
                self.idle(IdleKind::ItemLost, items.nodes[item].span);
            }
        }
        *target = merged.into_iter().map(|item| items.nodes[item].clone()).collect();
        let as_before = before.len() == target.len()
            && before.iter().zip(&*target).all(|(before, now)| same_output(before, now));
        // What was merged into an item that is lost does not count.
        self.outcome.changed = changed_before || !(as_before || same);
        Ok(())
    }

    /// Merges two items of which each may be met again.
    fn irregular_pair(
        &mut self,
        items: &mut Items,
        old: usize,
        new: usize,
        elements: Option<SchemaRef<'s>>,
    ) -> Result<Option<usize>> {
        let span = directive_span(&items.nodes[new]).unwrap_or(items.nodes[new].span);
        let mut patch = items.nodes[new].clone();
        let fate = self.both(&mut items.nodes[old], &mut patch, elements, Place::Elsewhere)?;
        // A directive is obeyed once.
        if let Some(map) = items.nodes[new].as_mapping_mut()
            && map.get(DIRECTIVE).is_some_and(|text| Directive::parse(&raw(text)).is_some())
        {
            map.remove(DIRECTIVE);
        }
        Ok(match fate {
            Fate::Target => Some(old),
            Fate::Nothing => None,
            Fate::Patch => {
                if patch.as_mapping().is_some() {
                    self.idle(IdleKind::ReplaceIgnored, span);
                }
                items.nodes[new] = patch;
                Some(new)
            }
        })
    }
}

/// Sees to it that an item has its keys. A text loses its tag by it.
fn complete(item: &mut Node, keys: &[&str], values: &[&str]) -> Result<()> {
    for (key, value) in keys.iter().zip(values) {
        if value.is_empty() || item.get(key).is_some() {
            continue;
        }
        if let Value::Mapping(map) = &mut item.value {
            let mut added = Node::untagged(*value);
            quote_legacy(&mut added);
            map.insert(*key, added);
        } else if key.is_empty() && item.is_scalar() {
            untag(item);
        } else {
            let (key, found, span) = ((*key).to_owned(), item.kind(), item.span);
            return Err(MergeError::WrongItem { key, found, span });
        }
    }
    Ok(())
}
