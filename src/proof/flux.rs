//! What Flux Kustomizations add to the folders that they apply, proven as Flux builds.

use std::collections::{BTreeSet, HashMap};

use kustomize::yaml::{Budget, SourceId};
use kustomize::{FILE_NAMES, Place, read_objects};

use super::view::{Left, View};
use super::{Folders, Found, is_touched};
use crate::build::Finding;
use crate::diagnostic::{Code, Severity};
use crate::flux::artifact::{Artifact, join};
use crate::flux::{Data, Kustomization, Variables, build as one, own_artifact};
use crate::generate::Generated;
use crate::package::Package;
use crate::path::RepoPath;
use crate::sync::Plan;

/// What in a Flux Kustomization makes its folder build to something else than kustomize would.
const ADDS: [&[u8]; 9] = [
    b"postBuild:",
    b"patches:",
    b"images:",
    b"components:",
    b"targetNamespace:",
    b"namePrefix:",
    b"nameSuffix:",
    b"buildMetadata:",
    b"commonMetadata:",
];

/// Whether variables must have a value. The layouts ask for it (`StrictPostBuildSubstitutions`); where somebody else installs Flux, it is the
/// safer side.
const STRICT: bool = true;

/// A Flux Kustomization that is to be built.
pub(super) struct Applied {
    file: RepoPath,
    kustomization: Kustomization,
    /// Where it is written, in the view.
    place: Place,
    /// Whether it has patches of the description.
    has_own: bool,
    /// Whether the folder is built, or it is enough to see that it is there.
    adds: bool,
    /// The artifact that it takes its content from, where that is one of the platform's.
    artifact: Option<String>,
}

impl Applied {
    /// The file that says it.
    pub(super) fn file(&self) -> &str {
        self.file.as_str()
    }

    pub(super) fn kustomization(&self) -> &Kustomization {
        &self.kustomization
    }
}

/// The Flux Kustomizations of a tree of which something is touched.
pub(super) fn applied(
    generated: &Generated,
    plan: &Plan,
    folders: &Folders<'_>,
    view: &View<'_>,
) -> Vec<Applied> {
    let touched: BTreeSet<&str> = plan
        .actions
        .iter()
        .filter(|action| is_touched(action.change))
        .map(|action| action.path.as_str())
        .collect();
    if touched.is_empty() {
        return Vec::new();
    }
    let is_below = |folder: &str| {
        let start = format!("{folder}/");
        touched.range(&*start..).next().is_some_and(|path| path.starts_with(&start))
    };
    let prefix = generated.platform.settings.repository.path.as_ref();
    let prefix = prefix.and_then(|path| path.below_root()).map(|path| format!("{path}/"));
    let inner = |lead: &str| {
        let lead = join("", lead).trim_start_matches('/').to_owned();
        match &prefix {
            Some(prefix) => lead.strip_prefix(prefix.as_str()).map(str::to_owned),
            None => Some(lead),
        }
    };
    let placed: BTreeSet<&RepoPath> = generated.placed.iter().map(|one| &one.file).collect();
    let mut all = Vec::new();
    // Many lead to one folder.
    let mut felt: HashMap<String, bool> = HashMap::new();
    for (path, _) in generated.tree.iter() {
        let Some(said) = generated.objects.said(path) else { continue };
        let leads: Vec<String> = said.leads().filter_map(inner).collect();
        let is_felt = !leads.is_empty()
            && (touched.contains(path.as_str())
                || leads.iter().any(|lead| {
                    *felt
                        .entry(lead.clone())
                        .or_insert_with(|| is_below(lead) || folders.is_touched_at(lead))
                }));
        if !is_felt {
            continue;
        }
        let Some(bytes) = view.bytes(path.as_str()) else { continue };
        let bare = leads.iter().any(|lead| {
            !FILE_NAMES.iter().any(|name| view.bytes(&format!("{lead}/{name}")).is_some())
        });
        let adds = bare || ADDS.iter().any(|field| memchr::memmem::find(&bytes, field).is_some());
        let Ok(objects) = read_objects(SourceId(0), &bytes, &Budget::default()) else { continue };
        for object in objects {
            let place = Place { path: format!("/{path}"), range: object.span().range() };
            if let Some(Ok(kustomization)) = Kustomization::read(object.node())
                && inner(&kustomization.spec.path).is_some_and(|lead| leads.contains(&lead))
            {
                let has_own = placed.contains(path);
                let artifact = own_artifact(object.node());
                // What its artifact lacks is seen only when it is built from that alone.
                let adds = adds || artifact.is_some();
                let file = path.clone();
                all.push(Applied { file, kustomization, place, adds, artifact, has_own });
            }
        }
    }
    all
}

/// The files as Flux gets them: of the whole repository, or where clusters pull artifacts in its place, of each of these.
pub(super) struct Artifacts<'v> {
    whole: Artifact<'v>,
    packages: HashMap<&'v str, (Artifact<'v>, &'v Package)>,
}

impl<'v> Artifacts<'v> {
    pub(super) fn new(view: &'v View<'_>, folder: Option<&str>, packages: &'v [Package]) -> Self {
        let of = |package: Option<&'v Package>| {
            let name = package.map(|package| package.name.as_str()).unwrap_or_default();
            Artifact::of(format!("\n{name}"), Left::new(view, folder, package), folder)
        };
        let each = packages.iter().map(|one| (one.name.as_str(), (of(Some(one)), one)));
        // Clusters begin with the one that is for no component alone.
        let first = packages.iter().find(|package| package.component.is_none());
        Self { whole: of(first), packages: each.collect() }
    }

    /// What a Flux Kustomization takes its content from, and which of the platform's artifacts that is.
    pub(super) fn of(&self, applied: &Applied) -> (&Artifact<'v>, Option<&'v Package>) {
        let named = applied.artifact.as_deref().and_then(|name| self.packages.get(name));
        named.map_or((&self.whole, None), |(artifact, package)| (artifact, Some(*package)))
    }
}

/// What is found when one is built.
pub(super) fn build(
    applied: &Applied,
    artifacts: &Artifacts<'_>,
    folders: &Folders<'_>,
    view: &View<'_>,
    generated: &Generated,
) -> Found {
    let Applied { file: _, kustomization, place, adds, has_own, artifact: _ } = applied;
    let (artifact, package) = artifacts.of(applied);
    let mut unfit = Vec::new();
    let mut found = match adds {
        true => {
            let variables = Variables::of(kustomization, &Data::default(), STRICT);
            // What lives on the cluster alone cannot be known here.
            match variables.missing().is_empty() {
                true => {
                    let built = one::build(artifact, kustomization, &variables);
                    let file = generated.tree.get(place.path.trim_start_matches('/'));
                    let loops = file.map(|file| file.loops.clone()).unwrap_or_default();
                    for object in &built.objects {
                        let mut place = object.place.clone();
                        if let Some(place) = &mut place
                            && let Some(path) = artifact.inner(&place.path)
                        {
                            place.path = format!("/{path}");
                        }
                        let misfits = generated.fit.judge(&loops, &object.node);
                        unfit.extend(misfits.into_iter().map(|misfit| (misfit, place.clone())));
                    }
                    built.findings
                }
                false => Vec::new(),
            }
        }
        false => one::look(artifact, kustomization),
    };
    // What the description's own patches do is told at the lines that say them.
    let told = |finding: &Finding| finding.place.is_none() && finding.code.is_without_effect();
    found.retain(|finding| !(*has_own && told(finding)));
    for finding in &mut found {
        if finding.code.is_without_effect() {
            finding.severity = Severity::Error;
        }
        let inner = |place: &mut Place| {
            if let Some(path) = artifact.inner(&place.path) {
                place.path = format!("/{path}");
            }
        };
        finding.place.iter_mut().for_each(inner);
        finding.related.iter_mut().for_each(|(place, _)| inner(place));
        let words = match package {
            Some(package) => format!(
                "applied by the Flux Kustomization `{}` from the artifact `{}`, which has the component's own folders and no others",
                kustomization.name, package.name
            ),
            None => format!("applied by the Flux Kustomization `{}`", kustomization.name),
        };
        match finding.place {
            Some(_) => finding.related.push((place.clone(), words)),
            None => {
                finding.message =
                    format!("Flux Kustomization `{}`: {}", kustomization.name, finding.message);
                finding.place = Some(place.clone());
            }
        }
    }
    found.retain(|finding| {
        finding.severity == Severity::Error
            && !(finding.code == Code::PatchMatchedNothing
                && folders.waits_for_others(finding, view))
    });
    Found { findings: found, unfit }
}
