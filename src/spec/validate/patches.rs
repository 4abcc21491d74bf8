//! What a patch says of itself: exactly one form, operations that can be, a target that is one, names that there are.
//!
//! Which objects a target selects, and what operations do to them, is known once there are objects.

use kustomize::PatchTarget as Selecting;

use super::{At, Names, contradiction, invalid};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::spec::entity::{Entity, EntityKind, Scope, place_in_file};
use crate::spec::patch::{InlinePatch, Op, Operation, Patch, PatchTarget};
use crate::spec::typed::{escape, suggestion};

/// What of an object its target says, and no patch may.
const OF_THE_TARGET: [(&str, &str); 4] = [
    ("apiVersion", "/apiVersion"),
    ("kind", "/kind"),
    ("metadata.name", "/metadata/name"),
    ("metadata.namespace", "/metadata/namespace"),
];

/// What may ship the objects that a patch is for.
#[derive(Clone, Copy)]
enum Ships<'a> {
    /// Whatever the scope names.
    Scope(&'a Patch),
    Nothing,
    Component {
        remote: bool,
    },
    Tenant(&'a [&'a str]),
}

pub(super) fn check(names: &Names<'_>, found: &mut Vec<Diagnostic>) {
    let platform = names.platform;
    for patch in platform.patches.values() {
        let place = |pointer: &str| patch.place(&platform.texts, pointer);
        scope(names, patch, found);
        one(&patch.base.clone().into(), Ships::Scope(&patch.base), &place, found);
    }
    for (at, environment) in platform.settings.environments.iter().enumerate() {
        for (name, patch) in &environment.patches {
            let place = |pointer: &str| {
                platform.place(&format!(
                    "/environments/{at}/patches/{}{pointer}",
                    escape(name.as_str())
                ))
            };
            one(patch, Ships::Nothing, &place, found);
        }
    }
    for cluster in platform.clusters.values() {
        for (name, patch) in &cluster.base.patches {
            let place = |pointer: &str| {
                let pointer = format!("/patches/{}{pointer}", escape(name.as_str()));
                place_in_file(&platform.texts, cluster.source, &cluster.file, &pointer)
            };
            one(patch, Ships::Nothing, &place, found);
        }
    }
    for component in platform.components.values() {
        for (at, it) in component.variants() {
            let ships = Ships::Component { remote: it.git.is_some() || it.oci.is_some() };
            entity(names, EntityKind::Component, component, at, &it.patches, ships, found);
        }
    }
    for tenant in platform.tenants.values() {
        for (at, it) in tenant.variants() {
            let sources: Vec<&str> = it.sources.keys().map(AsRef::as_ref).collect();
            let ships = Ships::Tenant(&sources);
            entity(names, EntityKind::Tenant, tenant, at, &it.patches, ships, found);
        }
    }
}

fn entity<T>(
    names: &Names<'_>,
    kind: EntityKind,
    entity: &Entity<T>,
    scope: Scope<'_>,
    patches: &crate::spec::patch::Patches,
    ships: Ships<'_>,
    found: &mut Vec<Diagnostic>,
) {
    if patches.is_empty() {
        return;
    }
    let at = At::new(names.platform, kind, entity, scope);
    for (name, patch) in patches {
        let place = |pointer: &str| at.key(&format!("/patches/{}{pointer}", escape(name.as_str())));
        one(patch, ships, &place, found);
    }
}

/// The names of a scope.
fn scope(names: &Names<'_>, patch: &Entity<Patch>, found: &mut Vec<Diagnostic>) {
    let platform = names.platform;
    let place = |pointer: &str| patch.place(&platform.texts, pointer);
    let scope = &patch.base.scope;
    for (at, name) in scope.environments.iter().enumerate() {
        if platform.environment(name).is_none() {
            let known: Vec<&str> = platform.environments().map(AsRef::as_ref).collect();
            let place = place(&format!("/scope/environments/{at}"));
            found.push(names.unknown("environment", name.as_str(), known, place));
        }
    }
    for (at, name) in scope.clusters.iter().enumerate() {
        let place = || place(&format!("/scope/clusters/{at}"));
        if !names.exists(EntityKind::Cluster, name.as_str()) {
            let known: Vec<&str> = platform.clusters.keys().map(AsRef::as_ref).collect();
            found.push(names.unknown("cluster", name.as_str(), known, place()));
        } else if let Some(environment) = platform.environment_of(name)
            && !scope.environments.is_empty()
            && !scope.environments.contains(environment)
        {
            found.push(
                contradiction(format!("`{name}` is in none of these environments"), place())
                    .label(format!("it is in `{environment}`"))
                    .help("a cluster must be in one of `environments`; name one of the two alone"),
            );
        }
    }
    for (at, name) in scope.components.iter().enumerate() {
        if !names.exists(EntityKind::Component, name.as_str()) {
            let known: Vec<&str> = platform.components.keys().map(AsRef::as_ref).collect();
            let place = place(&format!("/scope/components/{at}"));
            found.push(names.unknown("component", name.as_str(), known, place));
        }
    }
    for (at, name) in scope.tenants.iter().enumerate() {
        if !names.exists(EntityKind::Tenant, name.as_str()) {
            let known: Vec<&str> = platform.tenants.keys().map(AsRef::as_ref).collect();
            let place = place(&format!("/scope/tenants/{at}"));
            found.push(names.unknown("tenant", name.as_str(), known, place));
        }
    }
}

fn one(
    patch: &InlinePatch,
    ships: Ships<'_>,
    place: &dyn Fn(&str) -> Place,
    found: &mut Vec<Diagnostic>,
) {
    form(patch, place, found);
    for (at, operation) in patch.operations.iter().enumerate() {
        self::operation(operation, &format!("/operations/{at}"), place, found);
    }
    let merge = serde_json::Value::Object(patch.merge.clone());
    for (field, pointer) in OF_THE_TARGET {
        if merge.pointer(pointer).is_some() {
            found.push(
                contradiction(
                    format!("`target` says which objects it is, and no merge changes `{field}`"),
                    place(&format!("/merge{pointer}")),
                )
                .help(format!("take `{field}` out of `merge`")),
            );
        }
    }
    target(&patch.target, ships, place, found);
}

/// Exactly one of the three.
fn form(patch: &InlinePatch, place: &dyn Fn(&str) -> Place, found: &mut Vec<Diagnostic>) {
    let said: Vec<&str> = [
        ("operations", !patch.operations.is_empty()),
        ("merge", !patch.merge.is_empty()),
        ("delete", patch.delete),
    ]
    .into_iter()
    .filter_map(|(name, said)| said.then_some(name))
    .collect();
    match &*said {
        [] => found.push(
            Diagnostic::error(Code::MissingField, "the patch does not say what it changes")
                .at(place("/target"))
                .help("add one of `operations`, `merge` and `delete: true`"),
        ),
        [_] => {}
        [first, more @ ..] => {
            for other in more {
                found.push(
                    contradiction(
                        format!("`{first}` and `{other}` are two forms of a patch"),
                        place(&format!("/{other}")),
                    )
                    .related(place(&format!("/{first}")), "said as well")
                    .help("say one of the two; the other can be a patch of its own"),
                );
            }
        }
    }
}

fn operation(
    Operation { op, path, from, value }: &Operation,
    pointer: &str,
    place: &dyn Fn(&str) -> Place,
    found: &mut Vec<Diagnostic>,
) {
    let name = op.as_str();
    if op.has_from() && from.is_none() {
        found.push(
            Diagnostic::error(Code::MissingField, format!("`{name}` needs `from`"))
                .at(place(pointer))
                .help("say the place that the value is taken from"),
        );
    }
    if !op.has_from() && from.is_some() {
        found.push(
            contradiction(format!("`{name}` takes no `from`"), place(&format!("{pointer}/from")))
                .help("`from` is for `move` and `copy`"),
        );
    }
    if !op.has_value() && !value.is_null() {
        found.push(
            contradiction(format!("`{name}` takes no `value`"), place(&format!("{pointer}/value")))
                .help("`value` is for `add`, `replace` and `test`"),
        );
    }
    let path_text = path.as_str();
    if *op != Op::Add && *op != Op::Copy && *op != Op::Move && path_text.ends_with("/-") {
        found.push(
            invalid(
                format!(
                    "`{name}` cannot reach `{path_text}`: `-` is the place behind the last item"
                ),
                place(&format!("{pointer}/path")),
            )
            .help("name the item by its number, counted from 0"),
        );
    }
    let identity = ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace", "/metadata"];
    if *op != Op::Test && identity.contains(&path_text) {
        found.push(
            invalid(
                format!("no patch may change `{path_text}`: it says which object it is"),
                place(&format!("{pointer}/path")),
            )
            .help("with another name or kind it would be another object, and Flux would delete this one"),
        );
    }
}

fn target(
    target: &PatchTarget,
    ships: Ships<'_>,
    place: &dyn Fn(&str) -> Place,
    found: &mut Vec<Diagnostic>,
) {
    let fields = [
        ("group", &target.group),
        ("version", &target.version),
        ("name", &target.name),
        ("namespace", &target.namespace),
        ("labelSelector", &target.label_selector),
        ("annotationSelector", &target.annotation_selector),
    ];
    let kind = Some(target.kind.clone());
    for (field, value) in fields.into_iter().chain([("kind", &kind)]) {
        let Some(text) = value else { continue };
        // One part at a time: a fault of a selector does not say which part it is in.
        let alone = PatchTarget {
            group: None,
            version: None,
            kind: if field == "kind" { text.clone() } else { "A".to_owned() },
            name: None,
            namespace: None,
            label_selector: None,
            annotation_selector: None,
            source: None,
        };
        let mut selector = alone.selector();
        match field {
            "group" => selector.gvk.group.clone_from(text),
            "version" => selector.gvk.version.clone_from(text),
            "name" => selector.name.clone_from(text),
            "namespace" => selector.namespace.clone_from(text),
            "labelSelector" => selector.label_selector.clone_from(text),
            "annotationSelector" => selector.annotation_selector.clone_from(text),
            _ => {}
        }
        if let Err(error) = Selecting::new(&selector) {
            let rule = match field {
                "labelSelector" | "annotationSelector" => {
                    "a selector such as `app=web,tier!=cache`"
                }
                _ => "a regular expression as Go has them, which stands for the whole text",
            };
            found.push(
                invalid(format!("`{field}`: {error}"), place(&format!("/target/{field}")))
                    .help(format!("write {rule}")),
            );
        }
    }
    if let Some(source) = &target.source {
        ships_it(source.as_str(), ships, &place("/target/source"), found);
    }
}

/// Whether a source that is said to ship objects is one.
fn ships_it(source: &str, ships: Ships<'_>, place: &Place, found: &mut Vec<Diagnostic>) {
    match ships {
        Ships::Nothing => found.push(
            contradiction("a patch of an environment or a cluster reaches no source", place.clone())
                .help("sources belong to components and tenants: say it there, or in `platform/patches/` with a `scope`"),
        ),
        Ships::Component { remote: true } if source == "manifests" => {}
        Ships::Component { remote: true } => found.push(
            invalid(format!("a component has no source `{source}`"), place.clone())
                .help("write `manifests` for what it takes from its Git repository or OCI artifact"),
        ),
        Ships::Component { remote: false } => found.push(
            contradiction("the component takes no manifests from elsewhere", place.clone())
                .help("take `source` out: the objects are in this repository"),
        ),
        Ships::Tenant(sources) => {
            if !sources.contains(&source) {
                let help =
                    suggestion(source, sources.iter().copied(), "the tenant has no source yet");
                found.push(
                    Diagnostic::error(
                        Code::UnknownReference,
                        format!("the tenant has no source `{source}`"),
                    )
                    .at(place.clone())
                    .help(help),
                );
            }
        }
        Ships::Scope(patch) => {
            if patch.scope.components.is_empty() && patch.scope.tenants.is_empty() {
                found.push(
                    Diagnostic::error(
                        Code::MissingField,
                        "`source` needs the components or tenants whose source it is",
                    )
                    .at(place.clone())
                    .help("name them in `scope`"),
                );
            }
        }
    }
}
