//! The task of one tenant or component: its contexts, its files, and its overlays.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use tera::{Context, Value};

use super::At;
use super::difference::{Difference, Patch, Rendered, difference};
use super::patched::{Kinds, Rendered as RenderedFiles};
use super::task::{ClusterContext, Fault, Shared, Work, fault};
use crate::diagnostic::{Code, Diagnostic};
use crate::layout::{Loop, Member, Overlay, Template};
use crate::path::RepoPath;
use crate::spec::EntityKind;
use crate::tree::{EntityRef, LoopValues};

/// A file of the base folder before it has a path.
type File<'a> = (&'a Template, Vec<u8>);

/// The work for one tenant or component.
pub(super) struct MemberTask<'a> {
    shared: &'a Shared<'a>,
    kind: Member,
    name: &'a Arc<str>,
    loops: LoopValues,
}

/// What was rendered so far, and the kinds of its objects.
type Patched<'r> = (&'r RenderedFiles<'r>, &'r Kinds<'r>);

/// A tenant or a component in an environment or on a cluster.
struct Somewhere {
    loops: LoopValues,
    /// What templates see of it.
    value: Value,
    /// The place of what it stands on in the list; none for the base.
    below: Option<usize>,
    differs: bool,
}

/// What an overlay rule means for one of them.
struct Laid<'a> {
    rule: &'a Overlay,
    base: String,
    /// Whether its base holds anything.
    holds: bool,
    /// For each [`Somewhere`]: its folder if it has one of its own.
    folders: Vec<Option<(String, Difference)>>,
}

impl<'a> MemberTask<'a> {
    pub(super) fn new(shared: &'a Shared<'a>, kind: Member, name: &'a Arc<str>) -> Self {
        let mut loops = LoopValues::default();
        match kind {
            Member::Tenant => loops.tenant = Some(Arc::clone(name)),
            Member::Component => loops.component = Some(Arc::clone(name)),
        }
        Self { shared, kind, name, loops }
    }

    pub(super) fn run(&self, work: &mut Work) -> Result<(), Vec<Fault>> {
        let base = self.value(At::Base, &self.loops)?;
        let places = self.places(&base)?;
        let files = self.render_base(&base)?;
        let laid = self
            .shared
            .layout
            .overlays
            .iter()
            .filter(|rule| rule.member == self.kind)
            .map(|rule| self.lay(rule, &files, &places, work))
            .collect::<Result<Vec<_>, _>>()?;
        for (template, bytes) in files {
            self.shared.add(work, template, &self.loops, bytes);
        }
        // What is applied has to be there when patches for it are looked for.
        let templates = &self.shared.layout.templates;
        let (last, first): (Vec<&Template>, Vec<&Template>) =
            templates.iter().partition(|template| self.shared.takes_patches(template));
        for template in first {
            self.make_everywhere(work, template, &places, &laid, None);
        }
        let made = std::mem::take(&mut work.made);
        if !last.is_empty() {
            let kinds = Kinds::of(&made, self.draws_on_the_repository(&base));
            let below = self.shared.patching.as_ref().map(|patching| patching.files);
            let below = below.filter(|_| self.draws_on_the_repository(&base));
            let rendered = RenderedFiles::new(&made, below);
            for template in last {
                self.make_everywhere(work, template, &places, &laid, Some((&rendered, &kinds)));
            }
        }
        let last = std::mem::replace(&mut work.made, made);
        work.made.extend(last);
        if let Some(laid) = applied(&laid) {
            for at in 0..places.len() {
                let folder = laid.folder(&places, at).to_owned();
                match (&places[at].loops.cluster, &places[at].loops.environment) {
                    (Some(cluster), _) => {
                        work.on_clusters.insert(Arc::clone(cluster), folder);
                    }
                    (None, Some(environment)) => {
                        work.in_environments.insert(Arc::clone(environment), folder);
                    }
                    (None, None) => {}
                }
            }
        }
        Ok(())
    }

    /// A file in each environment or on each cluster.
    fn make_everywhere(
        &self,
        work: &mut Work,
        template: &Template,
        places: &[Somewhere],
        laid: &[Laid<'_>],
        patches: Option<Patched<'_>>,
    ) {
        let on_clusters = match template.target.loops() {
            Loop::MembersInEnvironments(kind) if kind == self.kind => false,
            Loop::MembersOnClusters(kind) if kind == self.kind => true,
            _ => return,
        };
        for at in (0..places.len()).filter(|&at| places[at].loops.cluster.is_some() == on_clusters)
        {
            self.make_at(work, template, places, at, laid, patches);
        }
    }

    /// Whether what it applies lies in the repository besides what is rendered.
    fn draws_on_the_repository(&self, base: &Value) -> bool {
        let is = |field: &str, held: fn(&str) -> bool| {
            base.get_from_path(field).is_some_and(|value| value.as_str().is_some_and(held))
        };
        self.kind == Member::Component
            && (is("kind", |kind| kind == "manifests") || is("configs", |_| true))
    }

    fn entity(&self) -> EntityRef {
        let kind = match self.kind {
            Member::Tenant => EntityKind::Tenant,
            Member::Component => EntityKind::Component,
        };
        EntityRef { kind, name: Arc::clone(self.name) }
    }

    fn value(&self, at: At<'_>, loops: &LoopValues) -> Result<Value, Vec<Fault>> {
        self.shared.fleet.member(self.kind, self.name, at).map_err(|diagnostics| {
            diagnostics
                .into_iter()
                .map(|diagnostic| Fault { diagnostic, loops: loops.clone() })
                .collect()
        })
    }

    /// The environments where it is, then the clusters.
    fn places(&self, base: &Value) -> Result<Vec<Somewhere>, Vec<Fault>> {
        let fleet = self.shared.fleet;
        let on = fleet.placed_on(self.kind, self.name);
        let clusters: Vec<&ClusterContext> =
            self.shared.clusters.iter().filter(|cluster| on.contains(&cluster.name)).collect();
        let mut places: Vec<Somewhere> = Vec::new();
        for environment in self.shared.environments.keys() {
            if !clusters.iter().any(|cluster| cluster.environment == *environment) {
                continue;
            }
            let loops =
                LoopValues { environment: Some(Arc::clone(environment)), ..self.loops.clone() };
            let at = At::Environment(environment);
            let differs = fleet.differs(self.kind, self.name, at);
            let value = if differs { self.value(at, &loops)? } else { base.clone() };
            places.push(Somewhere { loops, value, below: None, differs });
        }
        for cluster in clusters {
            let environment = Some(Arc::clone(&cluster.environment));
            let Some(below) = places.iter().position(|p| p.loops.environment == environment) else {
                continue;
            };
            let loops = LoopValues {
                environment,
                cluster: Some(Arc::clone(&cluster.name)),
                ..self.loops.clone()
            };
            let at = At::Cluster(&cluster.name);
            let differs = fleet.differs(self.kind, self.name, at);
            let value = if differs { self.value(at, &loops)? } else { places[below].value.clone() };
            places.push(Somewhere { loops, value, below: Some(below), differs });
        }
        Ok(places)
    }

    /// What templates see: the platform, this one, and where it is.
    fn context(&self, value: &Value, at: Option<&LoopValues>) -> Context {
        let mut context = self.shared.context.clone();
        context.insert_value(
            match self.kind {
                Member::Tenant => "tenant",
                Member::Component => "component",
            },
            value.clone(),
        );
        let Some(at) = at else { return context };
        let clusters = &self.shared.clusters;
        match clusters.iter().find(|cluster| Some(&cluster.name) == at.cluster.as_ref()) {
            Some(cluster) => self.shared.add_cluster(&mut context, cluster),
            None => {
                let environment = at.environment.as_ref();
                let value = environment.and_then(|name| self.shared.environments.get(name));
                if let Some(value) = value {
                    context.insert_value("environment", value.clone());
                }
            }
        }
        context
    }

    /// A file in an environment or on a cluster.
    fn make_at(
        &self,
        work: &mut Work,
        template: &Template,
        places: &[Somewhere],
        at: usize,
        laid: &[Laid<'_>],
        patches: Option<Patched<'_>>,
    ) {
        let place = &places[at];
        let mut context = self.context(&place.value, Some(&place.loops));
        let own = laid.iter().find(|laid| laid.pattern(place).tail(&template.target).is_some());
        if let Some(laid) = own {
            let Some((folder, difference)) = &laid.folders[at] else { return };
            let stands_on = laid.stands_on(places, at);
            let overlay = OverlayContext {
                path: folder,
                base: relative(folder, stands_on),
                resources: difference.resources.keys().map(String::as_str).collect(),
                patches: &difference.patches,
            };
            context.insert("overlay", &overlay);
        } else if let Some(laid) = applied(laid) {
            let path = laid.folder(places, at);
            context.insert("overlay", &BTreeMap::from([("path", path)]));
        }
        let owner = self.entity();
        let concerned = patches.filter(|(_, kinds)| {
            let patching = self.shared.patching.as_ref();
            let cluster = place.loops.cluster.as_deref();
            patching.zip(cluster).is_some_and(|(patching, cluster)| {
                let cluster = patching.cluster(cluster);
                cluster.is_some_and(|cluster| patching.concerns(&owner, &cluster, kinds))
            })
        });
        let (shared, loops) = (self.shared, &place.loops);
        match concerned {
            Some((rendered, _)) => {
                shared.make_patched(work, template, context, loops, Some(&owner), rendered);
            }
            None => shared.make(work, template, &context, loops),
        }
    }

    /// The files with its base values.
    fn render_base(&self, base: &Value) -> Result<Vec<File<'a>>, Vec<Fault>> {
        let context = self.context(base, None);
        let mut files = Vec::new();
        let mut faults = Vec::new();
        for template in &self.shared.layout.templates {
            if template.target.loops() == Loop::Members(self.kind) {
                match self.shared.render(template, &context, &self.loops, None) {
                    Ok(bytes) => files.extend(bytes.map(|bytes| (template, bytes))),
                    Err(more) => faults.extend(more),
                }
            }
        }
        if faults.is_empty() { Ok(files) } else { Err(faults) }
    }

    /// Compares what an overlay rule's base would be everywhere with what it stands on.
    fn lay(
        &self,
        rule: &'a Overlay,
        files: &[File<'a>],
        places: &[Somewhere],
        work: &mut Work,
    ) -> Result<Laid<'a>, Vec<Fault>> {
        let unsafe_path = |error: crate::path::RepoPathError| {
            let diagnostic = Diagnostic::error(Code::UnsafePath, error.to_string());
            vec![Fault { diagnostic, loops: self.loops.clone() }]
        };
        let below = |template: &'a Template| rule.base.tail(&template.target);
        let of_base: Vec<Rendered<'_>> = files
            .iter()
            .filter_map(|(template, bytes)| {
                Some(Rendered { name: below(template)?, bytes: Cow::Borrowed(bytes) })
            })
            .collect();
        let folder_of_base = rule.base.fill(&self.loops).map_err(unsafe_path)?;
        let mut laid = Laid {
            rule,
            base: folder_of_base.as_str().to_owned(),
            holds: !of_base.is_empty(),
            folders: Vec::new(),
        };
        let mut renderings: Vec<Option<Vec<Rendered<'_>>>> = Vec::new();
        for place in places {
            let pattern = laid.pattern(place);
            let folder = pattern.fill(&place.loops).map_err(unsafe_path)?.as_str().to_owned();
            if !place.differs {
                let always = place.below.is_none() && rule.always;
                laid.folders.push(always.then(|| (folder, Difference::default())));
                renderings.push(None);
                continue;
            }
            let lower =
                place.below.and_then(|below| renderings[below].as_ref()).unwrap_or(&of_base);
            let upper = self.render_upper(rule, place, lower)?;
            let template = |name: &str| {
                let mut templates = self.shared.layout.templates.iter();
                templates.find(|template| below(template) == Some(name))
            };
            let found = difference(lower, &upper).map_err(|(name, error)| {
                let (code, words) = (Code::TemplateFailed, error.to_string());
                template(&name)
                    .map(|template| vec![fault(template, &place.loops, code, words)])
                    .unwrap_or_default()
            })?;
            for (name, text) in &found.resources {
                let path = RepoPath::new(&format!("{folder}/{name}")).map_err(unsafe_path)?;
                if let Some(template) = template(name) {
                    let bytes = text.clone().into_bytes();
                    self.shared.add_at(work, template, &place.loops, path, bytes);
                }
            }
            let needed = !found.is_empty() || (place.below.is_none() && rule.always);
            laid.folders.push(needed.then_some((folder, found)));
            renderings.push(Some(upper));
        }
        Ok(laid)
    }

    /// What the files below a rule's base would be somewhere.
    fn render_upper(
        &self,
        rule: &Overlay,
        place: &Somewhere,
        lower: &[Rendered<'_>],
    ) -> Result<Vec<Rendered<'a>>, Vec<Fault>> {
        let context = self.context(&place.value, None);
        let mut files = Vec::new();
        for template in &self.shared.layout.templates {
            let Some(name) = rule.base.tail(&template.target) else { continue };
            let known = lower.iter().find(|file| file.name == name).map(|file| &*file.bytes);
            if let Some(bytes) = self.shared.render(template, &context, &place.loops, known)? {
                files.push(Rendered { name, bytes: Cow::Owned(bytes) });
            }
        }
        Ok(files)
    }
}

impl Laid<'_> {
    fn pattern(&self, place: &Somewhere) -> &crate::layout::PathPattern {
        if place.loops.cluster.is_some() { &self.rule.cluster } else { &self.rule.environment }
    }

    /// The folder that holds there: its own, or what it stands on.
    fn folder<'s>(&'s self, places: &[Somewhere], at: usize) -> &'s str {
        match &self.folders[at] {
            Some((folder, _)) => folder,
            None => self.stands_on(places, at),
        }
    }

    fn stands_on<'s>(&'s self, places: &[Somewhere], at: usize) -> &'s str {
        match places[at].below {
            Some(below) => self.folder(places, below),
            None => &self.base,
        }
    }
}

/// Of several rules for one kind of entity the one that is for this one: the first with a base that holds something.
fn applied<'l, 'r>(laid: &'l [Laid<'r>]) -> Option<&'l Laid<'r>> {
    laid.iter().find(|laid| laid.holds).or(laid.first())
}

/// What a template sees as `overlay`.
#[derive(Serialize)]
struct OverlayContext<'a> {
    /// The folder, from the root of the platform.
    path: &'a str,
    /// What it stands on, relative to it.
    base: String,
    /// The names of its own files.
    resources: Vec<&'a str>,
    patches: &'a [Patch],
}

/// A folder as seen from another one.
fn relative(from: &str, to: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    up.chain(to[common..].iter().copied()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_seen_from_another() {
        assert_eq!(relative("tenants/staging/a", "tenants/base/a"), "../../base/a");
        assert_eq!(relative("infrastructure/x/staging", "infrastructure/x/base"), "../base");
    }
}
