//! The paths that files had while their entities had other names.
//!
//! Which paths belong to an entity is the layout's to say: a file of the entity, rendered with the other name in its path, is where it lay.

use crate::layout::Layout;
use crate::spec::{EntityKind, Platform};
use crate::sync::Moves;
use crate::tree::{EntityRef, LoopValues, Tree};

/// An entity that has another name now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The entity as it is called now; of a cluster, what it knows itself by.
    pub entity: EntityRef,
    /// The name before.
    pub from: String,
}

/// What the description says of names that entities had before. A cluster's folder keeps its name.
#[must_use]
pub fn said(platform: &Platform) -> Vec<Renamed> {
    let tenants = platform.tenants.iter().filter_map(|(name, tenant)| {
        Some((EntityKind::Tenant, name.as_str(), tenant.base.moved.as_ref()?))
    });
    let components = platform.components.iter().filter_map(|(name, component)| {
        Some((EntityKind::Component, name.as_str(), component.base.moved.as_ref()?))
    });
    tenants
        .chain(components)
        .map(|(kind, name, moved)| Renamed {
            entity: EntityRef { kind, name: name.into() },
            from: moved.from.to_string(),
        })
        .collect()
}

/// Where the files of renamed entities lay before.
#[must_use]
pub fn paths(layout: &Layout, tree: &Tree, renamed: &[Renamed]) -> Moves {
    let mut moves = Moves::new();
    if renamed.is_empty() {
        return moves;
    }
    for (path, file) in tree.iter() {
        let mut loops = file.loops.clone();
        let mut other = false;
        for one in renamed {
            let name = name_in(&mut loops, one.entity.kind);
            if let Some(name) = name.filter(|name| **name == one.entity.name) {
                *name = one.from.as_str().into();
                other = true;
            }
        }
        let template = layout.templates.iter().find(|template| template.file == file.template);
        let Some(template) = template.filter(|_| other) else { continue };
        // Files of an overlay lie where its folder is, and their template elsewhere.
        if template.target.fill(&file.loops).ok().as_ref() == Some(path)
            && let Ok(before) = template.target.fill(&loops)
        {
            moves.insert(before, path.clone());
        }
    }
    moves
}

fn name_in(loops: &mut LoopValues, kind: EntityKind) -> Option<&mut std::sync::Arc<str>> {
    match kind {
        EntityKind::Platform | EntityKind::Patch => None,
        EntityKind::Cluster => loops.cluster.as_mut(),
        EntityKind::Component => loops.component.as_mut(),
        EntityKind::Tenant => loops.tenant.as_mut(),
    }
}
