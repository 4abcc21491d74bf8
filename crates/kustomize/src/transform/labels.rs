//! `labels`, `commonLabels` and `commonAnnotations`: pairs in the maps that field specs lead to.

use super::fieldspec::{Create, ReadySpec};
use super::{TransformError, each};
use crate::field::set_entry;
use crate::resource::ResourceMap;
use crate::yaml::Node;

/// Sets pairs in the maps, sorted by key.
///
/// kustomize adds one node in all the places of an object, so that what is written later to one of them
/// shows in all: the nodes are marked as shared.
pub(crate) fn set_pairs<'p>(
    resources: &mut ResourceMap,
    pairs: impl Iterator<Item = (&'p str, &'p str)>,
    specs: &[ReadySpec],
) -> Result<(), TransformError> {
    let mut pairs: Vec<(&str, &str)> = pairs.collect();
    if pairs.is_empty() {
        return Ok(());
    }
    pairs.sort_unstable();
    each(resources.list_mut(), |resource| {
        let mut shared = false;
        for (key, value) in &pairs {
            let mut value = Node::string(*value);
            value.shared = Some(resource.new_group());
            let mut places = 0;
            let node = resource.node_mut();
            for spec in specs {
                spec.apply(node, Some(Create::MAPPING), &mut |map: &mut Node| {
                    places += usize::from(map.get(key).is_none());
                    set_entry(map, key, &mut value)
                })?;
            }
            shared |= places > 1;
        }
        resource.written(shared);
        Ok(())
    })
}
