//! Lists of field specs, and how kustomize merges them (`FsSlice` and `nbrSlice`). Lists are shared
//! until something is added to them.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use crate::kustomization::{FieldSpec, Gvk};
use crate::transform::fieldspec::ReadySpec;

use super::order::go_sort;

/// A spec that is there already and says otherwise whether its field is created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "one configuration creates `{path}` of {} where it is missing, another does not",
    kind(gvk)
)]
pub struct Conflict {
    /// What the field belongs to.
    pub gvk: Gvk,
    /// The field.
    pub path: String,
}

fn kind(gvk: &Gvk) -> &str {
    if gvk.kind.is_empty() { "every kind" } else { &gvk.kind }
}

/// A list of field specs that is cheap to copy.
#[derive(Clone, Debug, Default)]
pub struct FieldSpecs {
    list: Arc<Vec<FieldSpec>>,
    /// Whether merging the list into nothing or into itself gives the list: true of kustomize's own.
    closed: bool,
    /// The same specs, made ready when they are first used.
    ready: Arc<OnceLock<Vec<ReadySpec>>>,
}

impl Deref for FieldSpecs {
    type Target = [FieldSpec];

    fn deref(&self) -> &[FieldSpec] {
        &self.list
    }
}

impl From<Vec<FieldSpec>> for FieldSpecs {
    fn from(list: Vec<FieldSpec>) -> FieldSpecs {
        FieldSpecs { list: Arc::new(list), closed: false, ready: Arc::default() }
    }
}

impl FieldSpecs {
    pub(super) fn closed(list: Vec<FieldSpec>) -> FieldSpecs {
        FieldSpecs { list: Arc::new(list), closed: true, ready: Arc::default() }
    }

    /// Whether two lists are one and the same.
    pub(super) fn is(&self, other: &FieldSpecs) -> bool {
        Arc::ptr_eq(&self.list, &other.list) || (self.is_empty() && other.is_empty())
    }

    pub(super) fn sort(&mut self) {
        let less = |a: &FieldSpec, b: &FieldSpec| a.gvk.is_less_than(&b.gvk);
        if self.list.windows(2).any(|pair| less(&pair[1], &pair[0])) {
            go_sort(Arc::make_mut(&mut self.list).as_mut_slice(), less);
            self.ready = Arc::default();
        }
    }

    /// The specs, ready to be applied.
    pub(crate) fn ready(&self) -> &[ReadySpec] {
        self.ready.get_or_init(|| self.list.iter().map(ReadySpec::new).collect())
    }

    /// Adds the specs of another list that are not there yet, in its order (`MergeAll`). Neither is
    /// sorted.
    ///
    /// # Errors
    ///
    /// The first spec that is there and says otherwise whether its field is created.
    pub fn merge_all(&self, incoming: &FieldSpecs) -> Result<FieldSpecs, Conflict> {
        if incoming.is_empty() {
            return Ok(self.clone());
        }
        if incoming.closed && (self.is_empty() || self.is(incoming)) {
            return Ok(incoming.clone());
        }
        let new = new_specs(self, incoming)?;
        if new.is_empty() {
            return Ok(self.clone());
        }
        Ok(self.iter().chain(new).cloned().collect::<Vec<_>>().into())
    }

    /// [`FieldSpecs::merge_all`], sorted.
    pub(super) fn merge(&self, incoming: &FieldSpecs) -> Result<FieldSpecs, Conflict> {
        let mut merged = self.merge_all(incoming)?;
        merged.sort();
        Ok(merged)
    }
}

/// Merges lists of field specs, as the transformers do with what a kustomization file names.
///
/// # Errors
///
/// As [`FieldSpecs::merge_all`].
pub fn merge_field_specs(
    list: &mut Vec<FieldSpec>,
    incoming: &[FieldSpec],
) -> Result<(), Conflict> {
    let new: Vec<FieldSpec> = new_specs(list, incoming)?.into_iter().cloned().collect();
    list.extend(new);
    Ok(())
}

/// Those of the incoming specs that a list does not have. A spec is there already if one with its path
/// is for no more kinds of things than it is.
fn new_specs<'s>(
    list: &[FieldSpec],
    incoming: &'s [FieldSpec],
) -> Result<Vec<&'s FieldSpec>, Conflict> {
    let mut by_path: HashMap<&str, Vec<&FieldSpec>> = HashMap::with_capacity(list.len());
    for spec in list {
        by_path.entry(&spec.path).or_default().push(spec);
    }
    let mut new = Vec::new();
    for spec in incoming {
        let known = by_path.entry(&spec.path).or_default();
        match known.iter().find(|known| known.gvk.is_selected_by(&spec.gvk)) {
            Some(known) if known.create != spec.create => {
                return Err(Conflict { gvk: spec.gvk.clone(), path: spec.path.clone() });
            }
            Some(_) => {}
            None => {
                known.push(spec);
                new.push(spec);
            }
        }
    }
    Ok(new)
}

/// What refers to the names of things of a kind.
#[derive(Clone, Debug, Default)]
pub struct NameBackReferences {
    /// Whose names they are.
    pub gvk: Gvk,
    /// The fields that hold such names.
    pub referrers: FieldSpecs,
}

/// A list of [`NameBackReferences`] that is cheap to copy.
#[derive(Clone, Debug, Default)]
pub struct NameReferences {
    list: Arc<Vec<NameBackReferences>>,
    closed: bool,
}

impl Deref for NameReferences {
    type Target = [NameBackReferences];

    fn deref(&self) -> &[NameBackReferences] {
        &self.list
    }
}

impl From<Vec<NameBackReferences>> for NameReferences {
    fn from(list: Vec<NameBackReferences>) -> NameReferences {
        NameReferences { list: Arc::new(list), closed: false }
    }
}

impl NameReferences {
    pub(super) fn closed(list: Vec<NameBackReferences>) -> NameReferences {
        NameReferences { list: Arc::new(list), closed: true }
    }

    pub(super) fn is(&self, other: &NameReferences) -> bool {
        Arc::ptr_eq(&self.list, &other.list) || (self.is_empty() && other.is_empty())
    }

    pub(super) fn sort(&mut self) {
        let less = |a: &NameBackReferences, b: &NameBackReferences| a.gvk.is_less_than(&b.gvk);
        if self.list.windows(2).any(|pair| less(&pair[1], &pair[0])) {
            go_sort(Arc::make_mut(&mut self.list).as_mut_slice(), less);
        }
    }

    /// Adds referrers to those of the same things, and things that are new; sorted by things.
    pub(super) fn merge(&self, incoming: &NameReferences) -> Result<NameReferences, Conflict> {
        if incoming.is_empty() {
            return Ok(self.clone());
        }
        if incoming.closed && (self.is_empty() || self.is(incoming)) {
            return Ok(incoming.clone());
        }
        let mut merged: Vec<NameBackReferences> = self.to_vec();
        let mut changed = false;
        for other in incoming.iter() {
            let mut found = false;
            for known in merged.iter_mut().filter(|known| known.gvk == other.gvk) {
                found = true;
                let referrers = known.referrers.merge_all(&other.referrers)?;
                changed |= referrers.len() != known.referrers.len();
                known.referrers = referrers;
            }
            if !found {
                changed = true;
                merged.push(other.clone());
            }
        }
        if !changed {
            return Ok(self.clone());
        }
        let mut merged = NameReferences::from(merged);
        merged.sort();
        Ok(merged)
    }
}
