//! What waits for objects that patches take away, and would wait for ever: health checks and dependencies.

use std::collections::BTreeSet;

use kustomize::yaml::{Budget, Node, SourceId};
use kustomize::{Resource, read_objects};

use super::super::view::View;
use super::Job;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::flux::{Identity, Kustomization};
use crate::generate::Generated;
use crate::patches::Patches;
use crate::path::RepoPath;
use crate::spec::EntityKind;

/// What of an object's file says that it waits for something.
const WAITS: [&[u8]; 2] = [b"dependsOn:", b"healthChecks:"];

/// Warnings of whatever waits for what is gone.
pub(super) fn find(
    generated: &Generated,
    patches: &Patches,
    jobs: &[Job<'_>],
    view: &View<'_>,
) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut seen = BTreeSet::new();
    for job in jobs.iter().filter(|job| !job.deleted.is_empty()) {
        let known_as = generated.platform.known_as(job.cluster);
        for (path, file) in generated.tree.iter() {
            // Files of a cluster are its own; bases are everybody's.
            if file.loops.cluster.as_deref().is_some_and(|name| name != known_as) {
                continue;
            }
            let Some(bytes) = view.bytes(path.as_str()) else { continue };
            for (object, field, gone, by) in waiting(&bytes, &job.deleted) {
                let Some(held) = patches.all().get(by) else { continue };
                if !seen.insert((by, object.clone(), path.clone())) {
                    continue;
                }
                let message = format!(
                    "patch {held} takes {gone} from `{}`, and {object} waits for it in `{field}`: it would never be ready",
                    job.cluster
                );
                found.push(
                    Diagnostic::warning(Code::WaitsForDeleted, message)
                        .at(held.place(&generated.platform, "/delete"))
                        .label("is taken away here")
                        .related(home(generated, path), format!("{object} comes from here"))
                        .help(format!("take it out of `{field}` there, or disable what brings it instead of deleting it")),
                );
            }
        }
    }
    found
}

/// What is described where a file comes from.
fn home(generated: &Generated, path: &RepoPath) -> Place {
    let entity = generated.tree.get(path.as_str()).and_then(|file| file.entity.as_ref());
    let entity = entity.filter(|entity| entity.kind != EntityKind::Cluster);
    let file = entity.and_then(|one| generated.platform.file_of(one.kind, &one.name));
    Place { file: file.unwrap_or(path).clone(), range: None }
}

/// The objects of a file that wait for one of those that are gone: what each is, in which field, for what, and which patch took it.
fn waiting(bytes: &[u8], gone: &[(usize, Identity)]) -> Vec<(String, &'static str, String, usize)> {
    let says = |text: &[u8]| memchr::memmem::find(bytes, text).is_some();
    if !WAITS.iter().any(|field| says(field))
        || !gone.iter().any(|(_, one)| says(one.name.as_bytes()))
    {
        return Vec::new();
    }
    let Ok(objects) = read_objects(SourceId(0), bytes, &Budget::default()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for object in &objects {
        let node = object.node();
        let own = Identity::of(node);
        for (by, one) in gone {
            if let Some(field) = waits_for(object, node, &own, one) {
                found.push((own.to_string(), field, one.to_string(), *by));
            }
        }
    }
    found
}

fn waits_for(
    object: &Resource,
    node: &Node,
    own: &Identity,
    gone: &Identity,
) -> Option<&'static str> {
    let dependencies = node.get("spec").and_then(|spec| spec.get("dependsOn")?.as_sequence());
    let depends = dependencies.into_iter().flatten().any(|dependency| {
        let text = |field: &str| dependency.get(field).and_then(Node::text);
        text("name") == Some(&gone.name)
            && text("namespace").unwrap_or(&own.namespace) == gone.namespace
    });
    // Flux's objects wait for those of their own kind.
    if depends && object.kind() == gone.kind {
        return Some("dependsOn");
    }
    let Some(Ok(kustomization)) = Kustomization::read(node) else { return None };
    let checks = kustomization.spec.health_checks.iter().any(|check| {
        check.kind == gone.kind
            && check.name == gone.name
            && check.namespace.as_deref().unwrap_or_default() == gone.namespace
    });
    checks.then_some("healthChecks")
}
