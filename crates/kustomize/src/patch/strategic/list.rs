//! Lists that are merged item by item.
//!
//! Nearly all lists are regular: every item has the list's merge keys, and no two have the same. For
//! those, what kyaml does comes down to a few rules, and costs as much as the lists are long. All others go to
//! [`irregular`](super::irregular).

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::scalar::{raw, untag};
use super::{
    DIRECTIVE, Directive, Fate, Fresh, IdleKind, MergeError, Merger, Place, Result, directive_span,
    is_null,
};
use crate::schema::SchemaRef;
use crate::yaml::{Node, Value};

/// What a list is merged with.
pub(super) enum Partner<'p> {
    /// Nothing: the patch does not have the list.
    None,
    /// Itself: the list is new, so to kyaml it is both the target's and the patch's.
    Same,
    /// The patch's list.
    Patch(&'p mut Vec<Node>),
}

/// Obeys `$patch` in an item of its own, and takes it out.
pub(super) fn take_directive(items: &mut Vec<Node>) -> Result<Directive> {
    let with_directive = |item: &Node| {
        item.as_mapping().and_then(|map| Some((map.len(), map.get(DIRECTIVE)?.clone())))
    };
    // Only the first one counts, and with other fields beside it is about its item alone.
    let Some((1, value)) = items.iter().find_map(with_directive) else {
        return Ok(Directive::Merge);
    };
    let text = raw(&value);
    let Some(directive) = Directive::parse(&text) else {
        return Err(MergeError::UnknownDirective { found: text.into_owned(), span: value.span });
    };
    items.retain(|item| match &item.value {
        Value::Mapping(map) => {
            !map.is_empty() && map.get(DIRECTIVE).is_none_or(|value| raw(value) != text)
        }
        _ => !is_null(item),
    });
    Ok(directive)
}

/// The value of a merge key as kyaml compares them; empty for what is no scalar.
pub(super) fn key_value<'n>(item: &'n Node, key: &str) -> Cow<'n, str> {
    match item.get(key) {
        Some(value) if !is_null(value) => raw(value),
        _ => Cow::Borrowed(""),
    }
}

/// The keys that any item has; all of them if none has any.
fn keys_in_use<'k>(keys: &[&'k str], lists: [&[Node]; 2]) -> Vec<&'k str> {
    let in_use =
        |key: &&&str| lists.iter().copied().flatten().any(|item| !key_value(item, key).is_empty());
    keys.iter().filter(in_use).copied().collect()
}

/// The values of all keys as one text, if there are all.
fn identity<'n>(item: &'n Node, keys: &[&str]) -> Option<Cow<'n, str>> {
    let value = |key: &str| Some(key_value(item, key)).filter(|value| !value.is_empty());
    match keys {
        [key] => value(key),
        _ => {
            let mut all = String::new();
            for key in keys {
                let value = value(key)?;
                // The length tells where a value ends.
                all += &value.len().to_string();
                all.push(':');
                all += &value;
            }
            Some(Cow::Owned(all))
        }
    }
}

/// The places of items by their identity; `None` if one has none, or two have the same.
struct Index<'n> {
    identities: Vec<Cow<'n, str>>,
    /// Only for lists that are too long to look through.
    places: Option<HashMap<Cow<'n, str>, usize>>,
}

impl<'n> Index<'n> {
    const FEW: usize = 12;

    fn new(items: &'n [Node], keys: &[&str]) -> Option<Index<'n>> {
        let identities: Vec<_> =
            items.iter().map(|item| identity(item, keys)).collect::<Option<_>>()?;
        let mut places = None;
        let unique = if identities.len() > Index::FEW {
            let all: HashMap<_, _> = identities.iter().cloned().zip(0..).collect();
            let unique = all.len() == identities.len();
            places = Some(all);
            unique
        } else {
            identities.iter().enumerate().all(|(at, one)| !identities[..at].contains(one))
        };
        unique.then_some(Index { identities, places })
    }

    fn find(&self, identity: &str) -> Option<usize> {
        match &self.places {
            Some(places) => places.get(identity).copied(),
            None => self.identities.iter().position(|one| one == identity),
        }
    }
}

impl<'s> Merger<'s> {
    /// Merges, or tidies, a list whose items are merged.
    pub(super) fn list(
        &mut self,
        target: &mut Vec<Node>,
        partner: Partner<'_>,
        schema: SchemaRef<'s>,
    ) -> Result<()> {
        let patch: &[Node] = match &partner {
            Partner::Patch(patch) => patch,
            _ => &[],
        };
        if target.is_empty() && patch.is_empty() {
            return Ok(());
        }
        let elements = schema.elements();
        let keys = schema.patch_strategy_and_keys().1.to_vec();
        if keys.is_empty() {
            let regular = |item: &Node| item.is_scalar() && !is_null(item) && !raw(item).is_empty();
            if target.iter().chain(patch).all(regular) {
                self.texts(target, partner);
                return Ok(());
            }
            return self.irregular(target, partner, &[""], elements);
        }
        let used = keys_in_use(&keys, [target, patch]);
        if used.is_empty() || used.contains(&"") {
            return self.irregular(target, partner, &keys, elements);
        }
        let Some(index) = Index::new(target, &used) else {
            return self.irregular(target, partner, &keys, elements);
        };
        match partner {
            Partner::None => {
                for item in target {
                    self.alone(item, elements)?;
                }
            }
            Partner::Same => {
                let mut kept = Vec::with_capacity(target.len());
                for mut item in std::mem::take(target) {
                    if self.same(&mut item, elements)? {
                        kept.push(item);
                    }
                }
                *target = kept;
            }
            Partner::Patch(patch) => {
                let Some(wanted) = Index::new(patch, &used) else {
                    return self.irregular(target, Partner::Patch(patch), &keys, elements);
                };
                let places: Vec<_> = wanted.identities.iter().map(|one| index.find(one)).collect();
                let news_first = used.len() > 1;
                self.regular(target, patch, &places, news_first, elements)?;
            }
        }
        Ok(())
    }

    /// Merges two regular lists. `places` says where each of the patch's items is in the target.
    fn regular(
        &mut self,
        target: &mut Vec<Node>,
        patch: &mut Vec<Node>,
        places: &[Option<usize>],
        news_first: bool,
        elements: Option<SchemaRef<'s>>,
    ) -> Result<()> {
        let mut items: Vec<Option<Node>> = std::mem::take(target).into_iter().map(Some).collect();
        let count = items.len();
        // Each with the place that it had in the target.
        let mut merged: Vec<(Option<usize>, Node)> = Vec::with_capacity(count + patch.len());
        let mut touched = vec![false; count];
        for (mut new, place) in std::mem::take(patch).into_iter().zip(places) {
            let span = directive_span(&new).unwrap_or(new.span);
            let old = place.and_then(|at| Some((at, items[at].as_mut()?)));
            let Some((at, old)) = old else {
                match self.fresh(&mut new, elements)? {
                    Fresh::Stays => merged.push((None, new)),
                    Fresh::Adds(kind, span) => self.idle(kind, span),
                }
                continue;
            };
            touched[at] = true;
            match self.both(old, &mut new, elements, Place::Elsewhere)? {
                Fate::Nothing => {
                    items[at] = None;
                    continue;
                }
                // kyaml puts the target's own item over what came of the merge, which is the same one
                // but for this case.
                Fate::Patch => self.idle(IdleKind::ReplaceIgnored, span),
                Fate::Target => {}
            }
            if !news_first {
                merged.extend(items[at].take().map(|item| (Some(at), item)));
            }
        }
        for (at, item) in items.into_iter().enumerate() {
            if let Some(mut item) = item {
                if !touched[at] {
                    self.alone(&mut item, elements)?;
                }
                merged.push((Some(at), item));
            }
        }
        let as_before = merged.len() == count
            && merged.iter().enumerate().all(|(now, (before, _))| *before == Some(now));
        self.outcome.changed |= !as_before;
        target.extend(merged.into_iter().map(|(_, item)| item));
        Ok(())
    }

    /// Merges lists of scalars, by their texts.
    fn texts(&mut self, target: &mut Vec<Node>, partner: Partner<'_>) {
        let is_new = matches!(partner, Partner::Same);
        let patch = match partner {
            Partner::Patch(patch) => std::mem::take(patch),
            _ => Vec::new(),
        };
        let count = target.len();
        let mut untagged = false;
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut merged: Vec<(Option<usize>, Node)> = Vec::with_capacity(count + patch.len());
        for mut new in patch {
            if let Entry::Vacant(place) = places.entry(raw(&new).into_owned()) {
                place.insert(merged.len());
                untag(&mut new);
                merged.push((None, new));
            }
        }
        for (at, mut item) in std::mem::take(target).into_iter().enumerate() {
            match places.get(&*raw(&item)) {
                // The target's own, and the last of equal ones.
                Some(&place) => merged[place] = (merged[place].0.or(Some(at)), item),
                None => {
                    places.insert(raw(&item).into_owned(), merged.len());
                    untagged |= untag(&mut item);
                    merged.push((Some(at), item));
                }
            }
        }
        let as_before = merged.len() == count
            && merged.iter().enumerate().all(|(now, (before, _))| *before == Some(now));
        self.outcome.changed |= (untagged || !as_before) && !is_new;
        target.extend(merged.into_iter().map(|(_, item)| item));
    }
}
