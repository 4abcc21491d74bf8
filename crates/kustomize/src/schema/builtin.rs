//! The built-in schemas: Kubernetes' own types as kyaml embeds them (OpenAPI v1.21.2), and
//! kustomize's.
//!
//! The table is static and sorted; nothing is decoded before it is asked for.

use super::table::{DEFINITIONS, SCOPES, SHAPES, TYPES};

/// Where no schema is.
const NONE: u16 = u16::MAX;

/// What a merge can see of a schema. The first shapes are those of the definitions, in their order.
pub(super) struct Shape {
    fields: &'static [(&'static str, u16)],
    rest: u16,
    items: u16,
    pub(super) strategy: &'static str,
    pub(super) keys: &'static [&'static str],
}

impl Shape {
    pub(super) const fn new(
        fields: &'static [(&'static str, u16)],
        rest: u16,
        items: u16,
        strategy: &'static str,
        keys: &'static [&'static str],
    ) -> Shape {
        Shape { fields, rest, items, strategy, keys }
    }
}

fn some(at: u16) -> Option<u16> {
    (at != NONE).then_some(at)
}

pub(super) fn shape(at: u16) -> &'static Shape {
    static NOTHING: Shape = Shape::new(&[], NONE, NONE, "", &[]);
    SHAPES.get(usize::from(at)).unwrap_or(&NOTHING)
}

/// The schema of a field, or that of all values of a map.
pub(super) fn field(at: u16, name: &str) -> Option<u16> {
    let shape = shape(at);
    match shape.fields.binary_search_by_key(&name, |(field, _)| field) {
        Ok(found) => some(shape.fields[found].1),
        Err(_) => some(shape.rest),
    }
}

/// The schema of the items of an array.
pub(super) fn items(at: u16) -> Option<u16> {
    some(shape(at).items)
}

fn find<T: Copy>(
    table: &'static [(&'static str, &'static str, T)],
    api_version: &str,
    kind: &str,
) -> Option<T> {
    let at = table.binary_search_by_key(&(api_version, kind), |(a, k, _)| (a, k)).ok()?;
    Some(table[at].2)
}

/// The schema of a type.
pub(super) fn for_type(api_version: &str, kind: &str) -> Option<u16> {
    find(TYPES, api_version, kind)
}

/// Whether a type lives in namespaces.
pub(super) fn is_namespaced(api_version: &str, kind: &str) -> Option<bool> {
    find(SCOPES, api_version, kind)
}

/// A definition by its name, and whether it is kustomize's own.
pub(super) fn definition(name: &str) -> Option<(u16, bool)> {
    let at = DEFINITIONS.binary_search_by_key(&name, |(definition, _)| definition).ok()?;
    Some((u16::try_from(at).ok()?, DEFINITIONS[at].1))
}

/// Whether a definition, not a schema within one, is kustomize's own.
pub(super) fn is_kustomize(at: u16) -> bool {
    DEFINITIONS.get(usize::from(at)).is_some_and(|(_, own)| *own)
}
