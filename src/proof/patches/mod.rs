//! The description's patches, applied one by one to what their Flux Kustomizations apply without them.
//!
//! In go the Flux Kustomizations that have some, as a plan leaves them behind; out come the faults of patches at the line of the description
//! that says them: operations that fail or change nothing, two patches of one scope that write one field, and what is worth knowing of those that
//! hold. How a patch is applied is `crate::patches::apply`'s; which Kustomizations are built is `super::flux`'s.

mod tell;
mod waits;

use std::collections::BTreeMap;

use kustomize::PatchTarget;
use kustomize::kustomization::{Gvk, Selector};
use kustomize::yaml::{Budget, Node, SourceId, parse};
use rayon::prelude::*;

use super::flux::{Applied, Artifacts};
use super::view::View;
use crate::catalogue::Fact;
use crate::check::charts::facts;
use crate::check::fit::Misfit;
use crate::diagnostic::{Diagnostic, Severity};
use crate::flux::artifact::Artifact;
use crate::flux::build::build_unowned;
use crate::flux::kustomization::Patch;
use crate::flux::{Data, Identity, Kustomization, Variables};
use crate::generate::Generated;
use crate::patches::apply::{self, Part};
use crate::patches::{Held, Patches};
use crate::render::Placed;
use crate::spec::Platform;
use crate::spec::text::{ClusterName, ComponentName};
use crate::tree::LoopValues;

/// What an entry of `spec.patches` is: a patch of the description by its number, or somebody else's.
type Entry = Option<usize>;

/// What the patches of one Flux Kustomization did.
struct Job<'a> {
    cluster: &'a ClusterName,
    parts: Vec<PartOf>,
    meets: Vec<Meeting>,
    deleted: Vec<(usize, Identity)>,
    /// The patches that no object was left for, each with the one that took it away.
    lost: Vec<(usize, Option<usize>)>,
    /// The objects that patches select, by their names.
    selected: BTreeMap<usize, Vec<Identity>>,
    /// What is known to be refused of what patches wrote: the patch, its part, the component, and what is known.
    refused: Vec<(usize, usize, ComponentName, Fact)>,
    /// What of an object does not fit its schema any more: the patch that wrote it, and its part.
    unfit: Vec<(usize, usize, Misfit)>,
}

/// What a part of a patch did to an object.
struct PartOf {
    held: usize,
    number: usize,
    object: Identity,
    part: Part,
}

/// A field that two patches write.
struct Meeting {
    object: Identity,
    field: String,
    /// The one that is applied first, and the one after it.
    patches: [usize; 2],
    parts: [usize; 2],
    /// Whether the second only writes below what the first wrote.
    below: bool,
}

/// What is found of the description's patches: errors and warnings.
pub(super) fn prove(
    generated: &Generated,
    applied: &[Applied],
    artifacts: &Artifacts<'_>,
    view: &View<'_>,
) -> Vec<Diagnostic> {
    let placed: BTreeMap<&str, &Placed> =
        generated.placed.iter().map(|one| (one.file.as_str(), one)).collect();
    if placed.is_empty() {
        return Vec::new();
    }
    let patches = Patches::of(&generated.platform);
    let jobs: Vec<Job<'_>> = applied
        .par_iter()
        .filter_map(|one| {
            let placed = placed.get(one.file())?;
            run(placed, one.kustomization(), artifacts.of(one).0, &patches, generated)
        })
        .collect();
    let mut found = tell::tell(generated, &patches, &jobs);
    if found.iter().all(|one| one.severity != Severity::Error) {
        found.extend(waits::find(generated, &patches, &jobs, view));
    }
    found
}

/// Applies the patches of a Flux Kustomization to what it applies without them; nothing where that cannot be built, which is told elsewhere.
fn run<'a>(
    placed: &'a Placed,
    kustomization: &Kustomization,
    artifact: &Artifact<'_>,
    patches: &Patches,
    generated: &'a Generated,
) -> Option<Job<'a>> {
    let mut bare = kustomization.clone();
    let entries = entries(placed, &bare.spec.patches);
    let listed = std::mem::take(&mut bare.spec.patches);
    // Patches come before all of these.
    bare.spec.post_build = None;
    bare.spec.target_namespace = None;
    bare.spec.common_metadata = None;
    (bare.spec.name_prefix, bare.spec.name_suffix) = (None, None);
    let variables = Variables::of(&bare, &Data::default(), false);
    let built = build_unowned(artifact, &bare, &variables);
    if built.findings.iter().any(|finding| finding.severity == Severity::Error) {
        return None;
    }
    let mut objects: Vec<Object> = built
        .objects
        .into_iter()
        .map(|object| Object { identity: object.identity, node: object.node, writes: Vec::new() })
        .collect();
    let mut job = Job {
        cluster: &placed.cluster,
        parts: Vec::new(),
        meets: Vec::new(),
        deleted: Vec::new(),
        lost: Vec::new(),
        selected: BTreeMap::new(),
        refused: Vec::new(),
        unfit: Vec::new(),
    };
    for (patch, entry) in listed.iter().zip(&entries) {
        let Some(target) = target(patch) else { continue };
        match entry.and_then(|number| Some((number, patches.all().get(number)?))) {
            Some((number, held)) => job.apply(number, held, &target, &mut objects),
            None => others(patch, &target, &mut objects),
        }
    }
    job.know(&generated.platform, placed, &objects);
    job.judge(generated, &objects);
    Some(job)
}

/// An object with who wrote which of its fields.
struct Object {
    identity: Identity,
    node: Node,
    writes: Vec<(usize, usize, String)>,
}

impl Job<'_> {
    /// Holds what was written against the schemas that the cluster's API server has.
    fn judge(&mut self, generated: &Generated, objects: &[Object]) {
        let cluster = Some(generated.platform.known_as(self.cluster).into());
        let loops = LoopValues { cluster, ..LoopValues::default() };
        for object in objects.iter().filter(|object| !object.writes.is_empty()) {
            for misfit in generated.fit.judge(&loops, &object.node) {
                let at = &misfit.fault.pointer;
                let wrote = object
                    .writes
                    .iter()
                    .rev()
                    .find(|(_, _, field)| is_within(at, field) || is_within(field, at));
                if let Some((number, part, _)) = wrote {
                    self.unfit.push((*number, *part, misfit));
                }
            }
        }
    }

    /// Looks for values that a component's chart is known to refuse.
    fn know(&mut self, platform: &Platform, placed: &Placed, objects: &[Object]) {
        for object in objects.iter().filter(|one| one.identity.kind == "HelmRelease") {
            let mut owners = placed.selected.values().flatten();
            let owner = owners.find(|one| one.identity == object.identity);
            let Some(owner) = owner.and_then(|one| one.owner.as_ref()) else { continue };
            let Some((name, component)) = platform.components.get_key_value(&*owner.name) else {
                continue;
            };
            let version = object.node.pointer("/spec/chart/spec/version").and_then(Node::text);
            for fact in facts(component.at_cluster(self.cluster), version) {
                let refused = format!("/spec/values{}", fact.refuses);
                let wrote = object.writes.iter().find(|(_, _, field)| is_within(field, &refused));
                if let Some((number, part, _)) = wrote {
                    self.refused.push((*number, *part, name.clone(), fact));
                }
            }
        }
    }

    fn apply(
        &mut self,
        number: usize,
        held: &Held,
        target: &PatchTarget,
        objects: &mut Vec<Object>,
    ) {
        let mut any = false;
        let mut gone = Vec::new();
        for (at, object) in objects.iter_mut().enumerate() {
            if !target.selects(&object.node) {
                continue;
            }
            any = true;
            self.selected.entry(number).or_default().push(object.identity.clone());
            let applied = apply::apply(&held.said, &mut object.node);
            self.meet(number, object, &applied.writes);
            object.writes.extend(applied.writes.into_iter().map(|(part, at)| (number, part, at)));
            for (part_number, part) in applied.parts.into_iter().enumerate() {
                let object = object.identity.clone();
                self.parts.push(PartOf { held: number, number: part_number, object, part });
            }
            if applied.deleted {
                self.deleted.push((number, object.identity.clone()));
                gone.push(at);
            }
        }
        for at in gone.into_iter().rev() {
            objects.remove(at);
        }
        if !any {
            let by =
                self.deleted.iter().find(|(_, identity)| held.said.target.kind == identity.kind);
            self.lost.push((number, by.map(|(by, _)| *by)));
        }
    }

    /// Finds what other patches wrote before where this one writes now.
    fn meet(&mut self, number: usize, object: &Object, writes: &[(usize, String)]) {
        for (part, field) in writes {
            for (other, other_part, before) in &object.writes {
                if *other == number || !(is_within(field, before) || is_within(before, field)) {
                    continue;
                }
                let longer = if field.len() > before.len() { field } else { before };
                let seen = self
                    .meets
                    .iter()
                    .any(|one| one.patches == [*other, number] && one.object == object.identity);
                if !seen {
                    self.meets.push(Meeting {
                        object: object.identity.clone(),
                        field: longer.clone(),
                        patches: [*other, number],
                        parts: [*other_part, *part],
                        below: field.len() > before.len(),
                    });
                }
            }
        }
    }
}

/// Whether a place is another one, or lies in it.
fn is_within(place: &str, outer: &str) -> bool {
    place.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Which entries are the description's: those that say what was rendered, in that order.
fn entries(placed: &Placed, listed: &[Patch]) -> Vec<Entry> {
    let mut own = placed.entries.iter().zip(&placed.contexts).peekable();
    listed
        .iter()
        .map(|patch| {
            let (number, _) =
                own.next_if(|(_, context)| context.patch.trim_end() == patch.patch.trim_end())?;
            Some(*number)
        })
        .collect()
}

fn target(patch: &Patch) -> Option<PatchTarget> {
    let target = patch.target.as_ref()?;
    let selector = Selector {
        gvk: Gvk {
            group: target.group.clone(),
            version: target.version.clone(),
            kind: target.kind.clone(),
        },
        name: target.name.clone(),
        namespace: target.namespace.clone(),
        label_selector: target.label_selector.clone(),
        annotation_selector: target.annotation_selector.clone(),
        ..Selector::default()
    };
    PatchTarget::new(&selector).ok()
}

/// Applies a patch that is not the description's. What is wrong with it is told where everything is built.
fn others(patch: &Patch, target: &PatchTarget, objects: &mut Vec<Object>) {
    let documents = parse(SourceId(0), patch.patch.as_bytes(), &Budget::default());
    let Some(document) = documents.ok().and_then(|mut all| all.pop()) else { return };
    let operations = document.root.as_sequence();
    objects.retain_mut(|object| {
        if !target.selects(&object.node) {
            return true;
        }
        match operations {
            Some(operations) => {
                for operation in operations {
                    if kustomize::apply_operation(&mut object.node, operation).is_err() {
                        break;
                    }
                }
                true
            }
            None => kustomize::apply_merge(&mut object.node, &document.root)
                .is_ok_and(|merged| !merged.deleted),
        }
    });
}
