//! What one Flux Kustomization applies.
//!
//! In go an artifact, the Flux Kustomization and the variables that its `substituteFrom` brings; out come objects as
//! kustomize-controller hands them to the API server: built, substituted, labelled as its own. What was found on the way comes
//! along, with places in the artifact. Which Kustomizations there are, and what waits for what, is `walk`'s to know.

use std::collections::{BTreeSet, HashMap, HashSet};

use kustomize::yaml::{Budget, Mapping, Node, SourceId, go_key_order};
use kustomize::{Build, Observer, Place, object_from_text};

use super::artifact::{Artifact, Reads, join, parent};
use super::generator::{self, Generated, GeneratorError};
use super::identity::Identity;
use super::kustomization::{GROUP, Kustomization, Name};
use super::substitution::{Substitution, Variables};
use super::trace::{Kind, Recorder};
use crate::build::{self, Finding};
use crate::diagnostic::{Code, Severity};

/// What one Flux Kustomization applies.
#[derive(Debug, Default)]
pub struct Built {
    /// The objects, in kustomize's order.
    pub objects: Vec<Object>,
    /// What was found on the way; with an error in it there are no objects.
    pub findings: Vec<Finding>,
    /// What it depends on in its artifact.
    pub reads: Reads,
}

impl Built {
    /// Whether it cannot be applied.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// An object that is applied.
#[derive(Debug)]
pub struct Object {
    /// What it is.
    pub identity: Identity,
    /// What it says, in the form in which kustomize prints it.
    pub node: Node,
    /// What it may be shown as, where values of Secrets were put into it.
    pub shown: Option<Box<Node>>,
    /// Where it was written, in the artifact; nothing for one that was generated.
    pub place: Option<Place>,
    /// What of it is encrypted by SOPS, which stays as it is.
    pub encrypted: bool,
    /// How the controller applies it.
    pub apply: Apply,
    /// Whether it stays where it no longer is in its Kustomization.
    pub kept: bool,
}

/// How the controller applies an object, by [its annotations].
///
/// [its annotations]: https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Apply {
    /// As it is, what others changed included.
    #[default]
    Override,
    /// As it is, but for fields that others own (`ssa: Merge`).
    Merge,
    /// Where there is none yet (`ssa: IfNotPresent`).
    IfNotPresent,
    /// Not at all (`ssa: Ignore`, `reconcile: disabled`).
    Never,
    /// Anew, where a field cannot be changed (`force: enabled`).
    Force,
}

/// An annotation or a label of Flux's: its value.
fn mark<'n>(node: &'n Node, map: &str, name: &str) -> Option<&'n str> {
    let map = node.get("metadata")?.get(map)?.as_mapping()?;
    let mut marks = map.iter().filter_map(|(key, value)| Some((own(key.as_str()?)?, value)));
    marks.find(|(found, _)| *found == name)?.1.text()
}

/// The name of an annotation or a label of Flux's.
fn own(key: &str) -> Option<&str> {
    key.strip_prefix(GROUP)?.strip_prefix('/')
}

impl Object {
    fn new(node: Node, shown: Option<Box<Node>>, place: Option<Place>) -> Self {
        // Both an annotation and a label count, as Flux's selectors have it.
        let metadata = node.get("metadata");
        let maps = ["annotations", "labels"].into_iter();
        let maps = maps.filter_map(|map| metadata?.get(map)?.as_mapping());
        let marks = maps.flat_map(|map| map.iter());
        let marks: Vec<(&str, &str)> =
            marks.filter_map(|(key, value)| Some((own(key.as_str()?)?, value.text()?))).collect();
        let is = |name: &str, value: &str| {
            marks.iter().any(|(key, found)| *key == name && found.eq_ignore_ascii_case(value))
        };
        let apply = if is("ssa", "Ignore") || is("reconcile", "disabled") {
            Apply::Never
        } else if is("ssa", "IfNotPresent") {
            Apply::IfNotPresent
        } else if is("force", "enabled") {
            Apply::Force
        } else if is("ssa", "Merge") {
            Apply::Merge
        } else {
            Apply::Override
        };
        let kept = is("prune", "disabled") || is("reconcile", "disabled") || is("ssa", "Ignore");
        let encrypted = is_encrypted(&node);
        Self { identity: Identity::of(&node), place, encrypted, apply, kept, node, shown }
    }

    /// The object as it may be shown: without values of Secrets that variables brought.
    #[must_use]
    pub fn shown(&self) -> &Node {
        self.shown.as_deref().unwrap_or(&self.node)
    }
}

/// Whether SOPS encrypted values of an object.
pub(super) fn is_encrypted(node: &Node) -> bool {
    node.get("sops").is_some_and(|sops| sops.get("mac").is_some())
}

/// Builds what one Flux Kustomization applies.
#[must_use]
pub fn build(
    artifact: &Artifact<'_>,
    kustomization: &Kustomization,
    variables: &Variables,
) -> Built {
    build_traced(artifact, kustomization, variables, None)
}

/// The same, with every step taken down.
pub(super) fn build_traced(
    artifact: &Artifact<'_>,
    kustomization: &Kustomization,
    variables: &Variables,
    recorder: Option<&Recorder>,
) -> Built {
    let mut built = unowned(artifact, kustomization, variables, recorder);
    let label = |(at, object): (usize, Object)| {
        let Object { mut node, mut shown, place, .. } = object;
        for (kind, label) in
            [(Kind::Owner, label_owner as Label), (Kind::CommonMetadata, label_common)]
        {
            label(&mut node, kustomization);
            if let Some(shown) = &mut shown {
                label(shown, kustomization);
            }
            if let Some(recorder) = recorder {
                recorder.flux(at, kind, &node, shown.as_deref());
            }
        }
        Object::new(node, shown, place)
    };
    built.objects = built.objects.into_iter().enumerate().map(label).collect();
    if kustomization.spec.decryption.is_none() {
        let locked = built.objects.iter().filter(|object| is_locked(object));
        let findings: Vec<Finding> = locked.map(without_decryption).collect();
        built.findings.extend(findings);
    }
    built
}

/// Whether the controller refuses an object that nobody decrypts.
fn is_locked(object: &Object) -> bool {
    object.encrypted
        && object.identity.kind == "Secret"
        && object.identity.group.is_empty()
        && mark(&object.node, "annotations", "decrypt") != Some("disabled")
}

fn without_decryption(object: &Object) -> Finding {
    Finding {
        code: Code::MissingDecryption,
        severity: Severity::Error,
        message: format!(
            "{} is encrypted by SOPS, and its Kustomization decrypts nothing: Flux applies none of its objects",
            object.identity
        ),
        place: object.place.clone(),
        label: None,
        related: Vec::new(),
        help: Some("say `spec.decryption: { provider: sops, secretRef: { name: ... } }` in the Flux Kustomization".to_owned()),
    }
}

/// The same without what tells whose the objects are: the labels of the controller and `commonMetadata`.
#[must_use]
pub fn build_unowned(
    artifact: &Artifact<'_>,
    kustomization: &Kustomization,
    variables: &Variables,
) -> Built {
    unowned(artifact, kustomization, variables, None)
}

fn unowned(
    artifact: &Artifact<'_>,
    kustomization: &Kustomization,
    variables: &Variables,
    recorder: Option<&Recorder>,
) -> Built {
    let spec = &kustomization.spec;
    let observer = recorder.map(|recorder| recorder as &dyn Observer);
    let (built, generated) = generator::generate(artifact, spec, observer);
    let mut built = match built {
        Ok(built) => built,
        Err(error) => {
            let findings = faults(&error, artifact, &generated);
            return Built { findings, reads: generated.reads, ..Built::default() };
        }
    };
    let mut findings = build::notices(&built, artifact, Severity::Warning);
    findings.retain(|finding| !waits_for_others(finding, artifact));
    findings.iter_mut().for_each(|finding| say_what_adds(finding, &generated));
    if let Some(recorder) = recorder {
        recorder.order(&built);
    }
    let nodes = built.take_nodes();
    let mut objects = Vec::with_capacity(nodes.len());
    let substitution = spec
        .post_build
        .as_ref()
        .map(|post_build| Substitution { variables, always: post_build.is_always() });
    let is_substituted = |node: &Node| {
        let is_on = |map| mark(node, map, "substitute") != Some("disabled");
        is_on("labels") && is_on("annotations")
    };
    if substitution.is_some() && nodes.iter().any(is_substituted) {
        findings.extend(variables.faults());
    }
    // What is there while one object after the other is substituted, and those that get what another has then.
    let mut there: HashMap<Identity, usize> = HashMap::new();
    let mut taking = HashSet::new();
    if substitution.is_some() {
        for node in &nodes {
            *there.entry(Identity::of(node)).or_default() += 1;
        }
    }
    for mut node in nodes {
        let place = place(node.span, &built, artifact, &generated);
        findings.extend(fault_of_name(&node, place.as_ref()));
        let mut shown = None;
        if let Some(substitution) = &substitution
            && is_substituted(&node)
        {
            let at = |span| self::place(span, &built, artifact, &generated);
            let before = Identity::of(&node);
            findings.extend(substitution.apply(&mut node, &mut shown, artifact, &at));
            if let Some(recorder) = recorder {
                recorder.flux(objects.len(), Kind::Substitution, &node, shown.as_deref());
            }
            let after = Identity::of(&node);
            if before != after {
                there.entry(before).and_modify(|count| *count -= 1);
                let count = there.entry(after).or_default();
                *count += 1;
                if *count > 1 {
                    taking.insert(objects.len());
                }
            }
        }
        objects.push(Object::new(node, shown, place));
    }
    let mut seen = BTreeSet::new();
    for (at, object) in objects.iter().enumerate() {
        if !seen.insert(&object.identity) || taking.contains(&at) {
            // Flux refuses what becomes equal by variables, for a while alone too. Of what was equal before, in all but the version
            // of its API say, it applies one over the other.
            findings.push(Finding {
                code: Code::DuplicateObject,
                severity: Severity::Error,
                message: format!(
                    "{} is there twice once variables are substituted",
                    object.identity
                ),
                place: object.place.clone(),
                label: Some("again here"),
                related: Vec::new(),
                help: Some("give one of them another name".to_owned()),
            });
        }
    }
    let mut result = Built { objects, findings, reads: generated.reads.clone() };
    if result.fails() {
        result.objects.clear();
    }
    if let Some(recorder) = recorder {
        recorder.keep(built, generated);
    }
    result
}

/// What is wrong with what tells an object from others: kustomize lets an object without a name pass whose kind is one of lists.
fn fault_of_name(node: &Node, place: Option<&Place>) -> Option<Finding> {
    let name = node.get("metadata").and_then(|metadata| metadata.get("name"));
    let is_said = |node: Option<&Node>| node.and_then(Node::text).is_some_and(|it| !it.is_empty());
    let is_whole = is_said(node.get("kind")) && is_said(node.get("apiVersion")) && is_said(name);
    (!is_whole).then(|| Finding {
        code: Code::InvalidResource,
        severity: Severity::Error,
        message: "an object needs a kind, an apiVersion and a name to be applied".to_owned(),
        place: place.cloned(),
        label: None,
        related: Vec::new(),
        help: Some("name it in `metadata.name`".to_owned()),
    })
}

/// Whether a patch is about objects that somebody else has yet to bring: Flux's own manifests, which `flux bootstrap` writes into a
/// file that until then says nothing.
fn waits_for_others(finding: &Finding, artifact: &Artifact<'_>) -> bool {
    let Some(place) = finding.place.as_ref().filter(|_| finding.code == Code::PatchMatchedNothing)
    else {
        return false;
    };
    let folder = parent(&place.path);
    let below = artifact.below(folder);
    let mut beside = below.iter().filter(|path| parent(path) == folder && path.ends_with(".yaml"));
    beside.any(|path| artifact.bytes(path).is_ok_and(|bytes| says_nothing(&bytes)))
}

/// Whether a file holds nothing but comments.
fn says_nothing(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.all(|line| line.is_empty() || line.starts_with(b"#") || line == b"---")
}

/// Looks whether the folder of a Flux Kustomization is there, without building it.
#[must_use]
pub fn look(artifact: &Artifact<'_>, kustomization: &Kustomization) -> Vec<Finding> {
    let folder = join("", &kustomization.spec.path);
    if artifact.has_folder(&folder) {
        return Vec::new();
    }
    let folder_alone = folder.clone();
    let generated =
        Generated { reads: Reads::default(), made: None, folder: folder_alone, own_patches: 0 };
    faults(&GeneratorError::NoFolder { path: folder }, artifact, &generated)
}

/// The objects that flux-operator makes of a ResourceSet, which is where all of them are written.
pub(super) fn of_set(objects: Vec<serde_json::Value>, place: Option<&Place>) -> Built {
    let mut built = Built::default();
    for object in objects {
        let text = object.to_string();
        match object_from_text(SourceId(0), text.as_bytes(), &Budget::default()) {
            Ok(node) => built.objects.push(Object::new(node, None, place.cloned())),
            Err(error) => built.findings.push(Finding {
                code: Code::ResourceSetFailed,
                severity: Severity::Error,
                message: format!("an object of it cannot be applied: {error}"),
                place: None,
                label: None,
                related: Vec::new(),
                help: None,
            }),
        }
    }
    built
}

/// Where something was written; nothing for what Flux makes itself.
fn place(
    span: kustomize::yaml::Span,
    built: &Build,
    artifact: &Artifact<'_>,
    generated: &Generated,
) -> Option<Place> {
    let place = built.sources().place(span, artifact)?;
    (generated.made.as_ref() != Some(&place.path)).then_some(place)
}

/// What a build that failed tells.
fn faults(error: &GeneratorError, artifact: &Artifact<'_>, generated: &Generated) -> Vec<Finding> {
    let finding = |code, place: Option<Place>, label, help: &str| Finding {
        code,
        severity: Severity::Error,
        message: error.to_string().replace("`/", "`"),
        place,
        label,
        related: Vec::new(),
        help: Some(help.to_owned()),
    };
    match error {
        GeneratorError::Build(failure) => {
            let mut findings = build::faults(failure, artifact);
            findings.iter_mut().for_each(|finding| say_what_adds(finding, generated));
            findings
        }
        GeneratorError::NoFolder { .. } => vec![finding(
            Code::PathNotFound,
            None,
            None,
            "`spec.path` is a folder from the root of the source; what `.sourceignore` leaves out is not there",
        )],
        GeneratorError::NoManifest { path, span, .. } => {
            let range = span.map_or(0..0, |span| span.range());
            let place = Place { path: path.clone(), range };
            vec![finding(
                Code::InvalidResource,
                Some(place),
                None,
                "without a kustomization.yaml Flux takes every .yaml file of the folder for manifests: add one that names those to apply, \
                 or leave the file out in `.sourceignore`",
            )]
        }
        GeneratorError::FolderInTheWay { .. } => vec![finding(
            Code::InvalidResource,
            None,
            None,
            "give the folder another name, or add a kustomization.yml that names what is to be applied",
        )],
        GeneratorError::RemoteComponent { .. } => vec![finding(
            Code::RemoteResource,
            None,
            None,
            "name a folder of the same source, relative to `spec.path`",
        )],
    }
}

/// A finding about what the Flux Kustomization adds has no place in a file, and one in a file that Flux makes has none either.
fn say_what_adds(finding: &mut Finding, generated: &Generated) {
    let is_nowhere = |place: &Place| {
        generator::is_added(place, generated) || generated.made.as_ref() == Some(&place.path)
    };
    if finding.place.as_ref().is_some_and(is_nowhere) {
        finding.place = None;
        finding.label = None;
    }
    finding.related.retain(|(place, _)| !is_nowhere(place));
}

/// What marks objects as those of a Kustomization.
type Label = fn(&mut Node, &Kustomization);

/// Adds the labels by which the controller knows what is its own.
fn label_owner(node: &mut Node, kustomization: &Kustomization) {
    let Name { namespace, name } = &kustomization.name;
    let owner = [
        ("kustomize.toolkit.fluxcd.io/name", name.as_str()),
        ("kustomize.toolkit.fluxcd.io/namespace", namespace.as_str()),
    ];
    add(node, "labels", owner.into_iter());
}

/// Adds what `commonMetadata` says.
fn label_common(node: &mut Node, kustomization: &Kustomization) {
    if let Some(common) = &kustomization.spec.common_metadata {
        for (map, pairs) in [("labels", &common.labels), ("annotations", &common.annotations)] {
            add(node, map, pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        }
    }
}

/// Adds entries to `metadata.labels` or `metadata.annotations`, which are kept in the order in which they are printed.
fn add<'p>(node: &mut Node, map: &str, pairs: impl Iterator<Item = (&'p str, &'p str)>) {
    let mut pairs = pairs.peekable();
    if pairs.peek().is_none() {
        return;
    }
    let Some(metadata) = node.get_mut("metadata").and_then(Node::as_mapping_mut) else { return };
    if metadata.get(map).is_none_or(|map| map.as_mapping().is_none()) {
        metadata.insert(map, Mapping::new());
        sort(metadata);
    }
    let Some(entries) = metadata.get_mut(map).and_then(Node::as_mapping_mut) else { return };
    for (key, value) in pairs {
        entries.insert(key, value);
    }
    sort(entries);
}

fn sort(mapping: &mut Mapping) {
    mapping.sort_by(|a, b| {
        go_key_order(a.as_str().unwrap_or_default(), b.as_str().unwrap_or_default())
    });
}
