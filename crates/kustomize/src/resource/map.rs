//! The objects of a kustomization in their order, each id once.

use std::collections::hash_map::Entry;
use std::hash::BuildHasher;

use foldhash::HashMap;
use foldhash::fast::RandomState;

use super::{Id, Identity, Resource, is_empty};
use crate::schema::Schemas;

/// Two objects with one id.
#[derive(Debug)]
pub(crate) struct Collision {
    pub(crate) id: Id,
    /// The one that was there.
    pub(crate) first: crate::yaml::Span,
    /// The one that was added.
    pub(crate) second: crate::yaml::Span,
}

/// Objects in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct ResourceMap {
    list: Vec<Resource>,
    /// Where the objects with a certain id are. It is `None` after changes that may have changed ids, and
    /// where there are [`FEW`], and made anew when it is asked for. What it says is looked up, so it may say
    /// too much.
    index: Option<Index>,
    /// Where the objects are that have, or had, a name, in order; as the index is.
    names: Option<HashMap<String, Vec<usize>>>,
    /// The same by namespace, and by name and namespace. Made when a name alone, or nothing, leaves too many.
    homes: Option<Homes>,
}

/// As many objects as are looked through one by one.
const FEW: usize = 16;

/// Positions by the hash of an id: that of the first object with a hash, and of the others.
#[derive(Debug, Default)]
struct Index {
    hasher: RandomState,
    first: HashMap<u64, u32>,
    others: HashMap<u64, Vec<u32>>,
}

impl Index {
    fn of(list: &[Resource], schemas: &Schemas) -> Index {
        let mut index = Index::default();
        index.first.reserve(list.len());
        for (at, resource) in list.iter().enumerate() {
            index.add(index.key(resource.id(schemas)), at);
        }
        index
    }

    /// A hash that is equal for ids that are the [`same`](Id::same).
    fn key(&self, id: &Id) -> u64 {
        self.hasher.hash_one((&id.name, &id.gvk, id.effective_namespace()))
    }

    fn add(&mut self, key: u64, at: usize) {
        let at = at as u32;
        if let Entry::Vacant(entry) = self.first.entry(key) {
            entry.insert(at);
        } else {
            self.others.entry(key).or_default().push(at);
        }
    }

    fn get(&self, key: u64) -> impl Iterator<Item = usize> {
        let others = self.others.get(&key).map(Vec::as_slice).unwrap_or_default();
        self.first.get(&key).into_iter().chain(others).map(|at| *at as usize)
    }
}

fn add_name(names: &mut HashMap<String, Vec<usize>>, name: &str, at: usize) {
    match names.get_mut(name) {
        Some(known) => add_place(known, at),
        None => {
            names.insert(name.to_owned(), vec![at]);
        }
    }
}

fn add_place(known: &mut Vec<usize>, at: usize) {
    if let Err(place) = known.binary_search(&at) {
        known.insert(place, at);
    }
}

/// Positions by the hash of a namespace, and of a name in it.
#[derive(Debug, Default)]
struct Homes {
    hasher: RandomState,
    positions: HashMap<u64, Vec<usize>>,
}

impl Homes {
    fn key(&self, name: Option<&str>, namespace: &str) -> u64 {
        self.hasher.hash_one((name, namespace))
    }

    fn get(&self, name: Option<&str>, namespace: &str) -> &[usize] {
        self.positions.get(&self.key(name, namespace)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Adds what selectors look at (the first and the current name in the first and the current namespace),
    /// and each name in its namespace.
    fn add(&mut self, identity: &Identity, at: usize) {
        let current = &identity.current;
        self.add_one(Some(&current.name), current.effective_namespace(), at);
        self.add_one(None, current.effective_namespace(), at);
        let original = identity.original();
        if identity.previous.is_empty() {
            return;
        }
        for id in &identity.previous {
            self.add_one(Some(&id.name), id.effective_namespace(), at);
        }
        self.add_one(None, original.effective_namespace(), at);
        self.add_one(Some(&original.name), current.effective_namespace(), at);
        self.add_one(Some(&current.name), original.effective_namespace(), at);
    }

    fn add_one(&mut self, name: Option<&str>, namespace: &str, at: usize) {
        let key = self.key(name, namespace);
        add_place(self.positions.entry(key).or_default(), at);
    }
}

impl ResourceMap {
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn list(&self) -> &[Resource] {
        &self.list
    }

    /// The objects, to change them. Their number and order stay.
    pub(crate) fn list_mut(&mut self) -> &mut [Resource] {
        self.forget();
        &mut self.list
    }

    fn forget(&mut self) {
        self.index = None;
        self.names = None;
        self.homes = None;
    }

    /// The objects, to change them in ways that leave all ids as they are.
    pub(crate) fn list_mut_keeping_ids(&mut self) -> &mut [Resource] {
        &mut self.list
    }

    pub(crate) fn into_list(self) -> Vec<Resource> {
        self.list
    }

    /// Replaces all objects without a look at their ids.
    pub(crate) fn set_list(&mut self, list: Vec<Resource>) {
        self.forget();
        self.list = list;
    }

    /// Takes away the objects for which the function says no.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Resource) -> bool) {
        let before = self.list.len();
        self.list.retain(keep);
        if self.list.len() != before {
            self.forget();
        }
    }

    /// The positions of the objects that have an id now.
    pub(crate) fn positions(&mut self, id: &Id, schemas: &Schemas) -> Vec<usize> {
        let is_same = |at: &usize| self.list[*at].id(schemas).same(id);
        if self.index.is_none() && self.list.len() < FEW {
            return (0..self.list.len()).filter(is_same).collect();
        }
        let index = self.index.get_or_insert_with(|| Index::of(&self.list, schemas));
        index.get(index.key(id)).filter(is_same).collect()
    }

    /// The positions of the objects that have, or had, a name, in order.
    pub(crate) fn positions_of_name(&mut self, name: &str, schemas: &Schemas) -> &[usize] {
        let list = &self.list;
        let names = self.names.get_or_insert_with(|| {
            let mut names = HashMap::default();
            for (at, resource) in list.iter().enumerate() {
                for id in resource.identity(schemas).all() {
                    add_name(&mut names, &id.name, at);
                }
            }
            names
        });
        names.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The positions of all objects that a name, a namespace, or both leave, in order, and perhaps of some
    /// more. `None` leaves all.
    pub(crate) fn candidates(
        &mut self,
        name: Option<&str>,
        namespace: Option<&str>,
        schemas: &Schemas,
    ) -> Vec<usize> {
        let count = match name {
            None => self.list.len(),
            Some(name) => {
                let of_name = self.positions_of_name(name, schemas);
                if namespace.is_none() || of_name.len() < FEW {
                    return of_name.to_vec();
                }
                of_name.len()
            }
        };
        let (Some(namespace), FEW..) = (namespace, count) else {
            return (0..count).collect();
        };
        let list = &self.list;
        let homes = self.homes.get_or_insert_with(|| {
            let mut homes = Homes::default();
            for (at, resource) in list.iter().enumerate() {
                homes.add(resource.identity(schemas), at);
            }
            homes
        });
        homes.get(name, namespace).to_vec()
    }

    /// The positions of the objects that have, or had, an id, in order.
    pub(crate) fn positions_ever(&mut self, id: &Id, schemas: &Schemas) -> Vec<usize> {
        let mut found = self.candidates(Some(&id.name), Some(id.effective_namespace()), schemas);
        found.retain(|at| {
            let resource = &self.list[*at];
            !is_empty(resource.node()) && resource.identity(schemas).all().any(|is| is.same(id))
        });
        found
    }

    /// Changes one object, its id perhaps included.
    pub(crate) fn change<E>(
        &mut self,
        at: usize,
        schemas: &Schemas,
        change: impl FnOnce(&mut Resource) -> Result<(), E>,
    ) -> Result<(), E> {
        change(&mut self.list[at])?;
        let identity = self.list[at].identity(schemas);
        if let Some(index) = &mut self.index {
            let key = index.key(&identity.current);
            if !index.get(key).any(|known| known == at) {
                index.add(key, at);
            }
        }
        if let Some(names) = &mut self.names {
            for id in identity.all() {
                add_name(names, &id.name, at);
            }
        }
        if let Some(homes) = &mut self.homes {
            homes.add(identity, at);
        }
        Ok(())
    }

    /// Adds an object whose id must be new.
    pub(crate) fn append(
        &mut self,
        resource: Resource,
        schemas: &Schemas,
    ) -> Result<(), Box<Collision>> {
        let identity = resource.identity(schemas);
        let id = &identity.current;
        let is_same = |known: &&Resource| known.id(schemas).same(id);
        let at = self.list.len();
        let first = if at < FEW && self.index.is_none() {
            self.list.iter().find(is_same)
        } else {
            let index = self.index.get_or_insert_with(|| Index::of(&self.list, schemas));
            let key = index.key(id);
            let first = index.get(key).map(|at| &self.list[at]).find(is_same);
            if first.is_none() {
                index.add(key, at);
            }
            first
        };
        if let Some(first) = first {
            return Err(Box::new(Collision {
                id: id.clone(),
                first: first.span(),
                second: resource.span(),
            }));
        }
        if let Some(names) = &mut self.names {
            for id in identity.all() {
                add_name(names, &id.name, at);
            }
        }
        if let Some(homes) = &mut self.homes {
            homes.add(identity, at);
        }
        self.list.push(resource);
        Ok(())
    }

    /// Adds objects whose ids must be new.
    pub(crate) fn append_all(
        &mut self,
        resources: impl IntoIterator<Item = Resource>,
        schemas: &Schemas,
    ) -> Result<(), Box<Collision>> {
        resources.into_iter().try_for_each(|resource| self.append(resource, schemas))
    }

    /// Whether every id stands here once; the first that does not. What is empty has none.
    pub(crate) fn check_all(&mut self, schemas: &Schemas) -> Result<(), Box<Collision>> {
        let index = self.index.get_or_insert_with(|| Index::of(&self.list, schemas));
        let others = &index.others;
        if others.is_empty() {
            return Ok(());
        }
        let mut suspects: Vec<usize> = others.values().flatten().map(|at| *at as usize).collect();
        suspects.sort_unstable();
        let is_there = |list: &[Resource], at: usize| !is_empty(list[at].node());
        for second in suspects {
            if !is_there(&self.list, second) {
                continue;
            }
            let id = self.list[second].id(schemas).clone();
            let mut twins = self.positions(&id, schemas);
            twins.retain(|at| *at != second && is_there(&self.list, *at));
            if let Some(twin) = twins.into_iter().min() {
                let [first, second] = [twin.min(second), twin.max(second)];
                let [first, second] = [first, second].map(|at| self.list[at].span());
                return Err(Box::new(Collision { id, first, second }));
            }
        }
        Ok(())
    }

    /// Whether every id stands here once; the first that does not. What is empty goes.
    pub(crate) fn check(&mut self, schemas: &Schemas) -> Result<(), Box<Collision>> {
        let list = std::mem::take(&mut self.list);
        self.forget();
        self.list.reserve(list.len());
        let objects = list.into_iter().filter(|resource| !is_empty(resource.node()));
        self.append_all(objects, schemas)
    }
}
