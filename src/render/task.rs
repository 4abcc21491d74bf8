//! The tasks of a rendering: one for each tenant and component, then those of the clusters, of the
//! environments and of the platform.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;
use tera::{Context, Value};

use super::difference::{Difference, Patch, Rendered, difference};
use super::{At, Fleet, Made, output};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::layout::{Content, Layout, Loop, Member, Overlay, Template};
use crate::path::RepoPath;
use crate::tree::{LoopValues, TreeFile};

/// What is wrong, and for whom.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) diagnostic: Diagnostic,
    pub(crate) loops: LoopValues,
}

/// What all tasks share.
pub(crate) struct Shared<'a> {
    fleet: &'a dyn Fleet,
    layout: &'a Layout,
    environments: BTreeMap<Arc<str>, Value>,
    clusters: Vec<ClusterContext>,
    /// `platform` and `variables`.
    context: Context,
}

struct ClusterContext {
    name: Arc<str>,
    environment: Arc<str>,
    value: Value,
}

/// What a task made.
#[derive(Default)]
struct Work {
    made: Vec<Made>,
    faults: Vec<Fault>,
    /// The folder that each cluster, or each environment, has to apply.
    on_clusters: BTreeMap<Arc<str>, String>,
    in_environments: BTreeMap<Arc<str>, String>,
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

impl<'a> Shared<'a> {
    pub(crate) fn new(fleet: &'a dyn Fleet, layout: &'a Layout) -> Result<Self, Vec<Diagnostic>> {
        let mut context = Context::new();
        context.insert_value("platform", fleet.platform()?);
        context.insert_value("variables", fleet.variables()?);
        let environments = fleet
            .environments()
            .into_iter()
            .map(|name| fleet.environment(&name).map(|value| (name, value)))
            .collect::<Result<_, _>>()?;
        let clusters = fleet
            .clusters()
            .into_iter()
            .map(|(name, environment)| {
                let value = fleet.cluster(&name)?;
                Ok(ClusterContext { name, environment, value })
            })
            .collect::<Result<_, Vec<Diagnostic>>>()?;
        Ok(Self { fleet, layout, environments, clusters, context })
    }

    /// Makes every file.
    pub(crate) fn run(&self) -> (Vec<Made>, Vec<Fault>) {
        let members: Vec<(Member, Arc<str>)> = Member::ALL
            .into_iter()
            .flat_map(|kind| self.fleet.members(kind).into_iter().map(move |name| (kind, name)))
            .collect();
        let work: Vec<Work> =
            members.par_iter().map(|(kind, name)| self.member(*kind, name)).collect();
        let places = self.places(&members, &work);
        let rest: Vec<Work> = self
            .layout
            .templates
            .par_iter()
            .map(|template| self.without_member(template, &places))
            .collect();
        let mut made = Vec::new();
        let mut faults = Vec::new();
        for work in work.into_iter().chain(rest) {
            made.extend(work.made);
            faults.extend(work.faults);
        }
        (made, faults)
    }

    /// What `overlays` is to templates of clusters and of environments.
    fn places(&self, members: &[(Member, Arc<str>)], work: &[Work]) -> Places {
        let mut places = Places::default();
        for ((kind, name), work) in members.iter().zip(work) {
            for (cluster, path) in &work.on_clusters {
                let of = places.clusters.entry(Arc::clone(cluster)).or_default();
                of.entry(kind.to_string()).or_default().insert(Arc::clone(name), path.clone());
            }
            for (environment, path) in &work.in_environments {
                let of = places.environments.entry(Arc::clone(environment)).or_default();
                of.entry(kind.to_string()).or_default().insert(Arc::clone(name), path.clone());
            }
        }
        places
    }

    fn without_member(&self, template: &Template, places: &Places) -> Work {
        let mut work = Work::default();
        let overlays = |context: &mut Context, of: Option<&Folders>| {
            if self.layout.engine.mentions(template.kind, &template.name, "overlays") {
                context.insert("overlays", &of.cloned().unwrap_or_default());
            }
        };
        match template.target.loops() {
            Loop::Once => {
                self.make(&mut work, template, &self.context, &LoopValues::default());
            }
            Loop::Environments => {
                for (name, value) in &self.environments {
                    let mut context = self.context.clone();
                    context.insert_value("environment", value.clone());
                    overlays(&mut context, places.environments.get(name));
                    let loops =
                        LoopValues { environment: Some(Arc::clone(name)), ..LoopValues::default() };
                    self.make(&mut work, template, &context, &loops);
                }
            }
            Loop::Clusters => {
                for cluster in &self.clusters {
                    let mut context = self.context.clone();
                    self.add_cluster(&mut context, cluster);
                    overlays(&mut context, places.clusters.get(&cluster.name));
                    self.make(&mut work, template, &context, &cluster.loops());
                }
            }
            _ => {}
        }
        work
    }

    fn add_cluster(&self, context: &mut Context, cluster: &ClusterContext) {
        context.insert_value("cluster", cluster.value.clone());
        if let Some(environment) = self.environments.get(&cluster.environment) {
            context.insert_value("environment", environment.clone());
        }
    }

    /// All files of a tenant or a component.
    fn member(&self, kind: Member, name: &Arc<str>) -> Work {
        let mut work = Work::default();
        let task = MemberTask { shared: self, kind, name, loops: loops_of(kind, name) };
        if let Err(faults) = task.run(&mut work) {
            work.faults.extend(faults);
        }
        work
    }

    /// Renders a template and adds its file.
    fn make(&self, work: &mut Work, template: &Template, context: &Context, loops: &LoopValues) {
        match self.render(template, context, loops) {
            Ok(Some(bytes)) => self.add(work, template, loops, bytes),
            Ok(None) => {}
            Err(faults) => work.faults.extend(faults),
        }
    }

    fn add(&self, work: &mut Work, template: &Template, loops: &LoopValues, bytes: Vec<u8>) {
        match template.target.fill(loops) {
            Ok(path) => self.add_at(work, template, loops, path, bytes),
            Err(error) => {
                work.faults.push(fault(template, loops, Code::UnsafePath, error.to_string()));
            }
        }
    }

    fn add_at(
        &self,
        work: &mut Work,
        template: &Template,
        loops: &LoopValues,
        path: RepoPath,
        bytes: Vec<u8>,
    ) {
        let file = TreeFile {
            bytes,
            ownership: self.layout.ownership(&path),
            template: template.file.clone(),
            entity: loops.entity(),
            loops: loops.clone(),
        };
        work.made.push((path, file));
    }

    /// What a template renders to; nothing if that is white space alone.
    fn render(
        &self,
        template: &Template,
        context: &Context,
        loops: &LoopValues,
    ) -> Result<Option<Vec<u8>>, Vec<Fault>> {
        if let Content::Copied(bytes) = &template.content {
            return Ok(Some(bytes.to_vec()));
        }
        let bytes = self.layout.engine.render(template.kind, &template.name, context).map_err(
            |faults| {
                faults
                    .into_iter()
                    .map(|fault| Fault { diagnostic: fault.into(), loops: loops.clone() })
                    .collect::<Vec<_>>()
            },
        )?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        if let Err(wrong) = output::check(template.kind, &bytes) {
            let message = format!("the template renders a broken file: {}", wrong.message);
            let mut fault = fault(template, loops, Code::TemplateOutput, message);
            fault.diagnostic.help =
                Some(format!("line {} of what it renders: {}", wrong.line, wrong.text));
            return Err(vec![fault]);
        }
        Ok(Some(bytes))
    }
}

impl ClusterContext {
    fn loops(&self) -> LoopValues {
        LoopValues {
            cluster: Some(Arc::clone(&self.name)),
            environment: Some(Arc::clone(&self.environment)),
            ..LoopValues::default()
        }
    }
}

/// Folders by kind and name of the entity.
type Folders = BTreeMap<String, BTreeMap<Arc<str>, String>>;

#[derive(Default)]
struct Places {
    clusters: BTreeMap<Arc<str>, Folders>,
    environments: BTreeMap<Arc<str>, Folders>,
}

fn loops_of(kind: Member, name: &Arc<str>) -> LoopValues {
    let mut loops = LoopValues::default();
    match kind {
        Member::Tenant => loops.tenant = Some(Arc::clone(name)),
        Member::Component => loops.component = Some(Arc::clone(name)),
    }
    loops
}

fn fault(template: &Template, loops: &LoopValues, code: Code, message: String) -> Fault {
    let place = Place { file: template.file.clone(), range: None };
    Fault { diagnostic: Diagnostic::error(code, message).at(place), loops: loops.clone() }
}

/// The work for one tenant or component.
struct MemberTask<'a> {
    shared: &'a Shared<'a>,
    kind: Member,
    name: &'a Arc<str>,
    loops: LoopValues,
}

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
    /// For each [`Somewhere`]: its folder if it has one of its own.
    folders: Vec<Option<(String, Difference)>>,
}

impl<'a> MemberTask<'a> {
    fn run(&self, work: &mut Work) -> Result<(), Vec<Fault>> {
        let base = self.value(At::Base, &self.loops)?;
        let places = self.places(&base)?;
        let laid = self
            .shared
            .layout
            .overlays
            .iter()
            .filter(|rule| rule.member == self.kind)
            .map(|rule| self.lay(rule, &base, &places, work))
            .collect::<Result<Vec<_>, _>>()?;
        for template in &self.shared.layout.templates {
            match template.target.loops() {
                Loop::Members(kind) if kind == self.kind => {
                    let context = self.context(&base, None);
                    self.shared.make(work, template, &context, &self.loops);
                }
                Loop::MembersInEnvironments(kind) if kind == self.kind => {
                    let environments =
                        (0..places.len()).filter(|&at| places[at].loops.cluster.is_none());
                    for at in environments {
                        self.make_at(work, template, &places, at, &laid);
                    }
                }
                Loop::MembersOnClusters(kind) if kind == self.kind => {
                    let clusters =
                        (0..places.len()).filter(|&at| places[at].loops.cluster.is_some());
                    for at in clusters {
                        self.make_at(work, template, &places, at, &laid);
                    }
                }
                _ => {}
            }
        }
        if let Some(laid) = laid.first() {
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
        } else if let Some(laid) = laid.first() {
            let path = laid.folder(places, at);
            context.insert("overlay", &BTreeMap::from([("path", path)]));
        }
        self.shared.make(work, template, &context, &place.loops);
    }

    /// Compares what an overlay rule's base would be everywhere with what it stands on.
    fn lay(
        &self,
        rule: &'a Overlay,
        base: &Value,
        places: &[Somewhere],
        work: &mut Work,
    ) -> Result<Laid<'a>, Vec<Fault>> {
        let unsafe_path = |error: crate::path::RepoPathError| {
            let diagnostic = Diagnostic::error(Code::UnsafePath, error.to_string());
            vec![Fault { diagnostic, loops: self.loops.clone() }]
        };
        let templates: Vec<(&Template, &str)> = self
            .shared
            .layout
            .templates
            .iter()
            .filter_map(|template| Some((template, rule.base.tail(&template.target)?)))
            .collect();
        let folder_of_base = rule.base.fill(&self.loops).map_err(unsafe_path)?;
        let mut laid = Laid { rule, base: folder_of_base.as_str().to_owned(), folders: Vec::new() };
        let mut of_base = None;
        let mut renderings: Vec<Option<Vec<Rendered>>> = Vec::new();
        for place in places {
            let pattern = laid.pattern(place);
            let folder = pattern.fill(&place.loops).map_err(unsafe_path)?.as_str().to_owned();
            if !place.differs {
                let always = place.below.is_none() && rule.always;
                laid.folders.push(always.then(|| (folder, Difference::default())));
                renderings.push(None);
                continue;
            }
            let upper = self.render_base(&templates, &place.value, &place.loops)?;
            if of_base.is_none() {
                of_base = Some(self.render_base(&templates, base, &self.loops)?);
            }
            let lower = place
                .below
                .and_then(|below| renderings[below].as_ref())
                .or(of_base.as_ref())
                .map_or(&[] as &[Rendered], Vec::as_slice);
            let found = difference(lower, &upper).map_err(|(name, error)| {
                let template = templates.iter().find(|(_, tail)| *tail == name);
                template
                    .map(|(template, _)| {
                        let (code, words) = (Code::TemplateFailed, error.to_string());
                        vec![fault(template, &place.loops, code, words)]
                    })
                    .unwrap_or_default()
            })?;
            for (name, text) in &found.resources {
                let path = RepoPath::new(&format!("{folder}/{name}")).map_err(unsafe_path)?;
                if let Some((template, _)) = templates.iter().find(|(_, tail)| tail == name) {
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

    fn render_base(
        &self,
        templates: &[(&Template, &str)],
        value: &Value,
        loops: &LoopValues,
    ) -> Result<Vec<Rendered>, Vec<Fault>> {
        let context = self.context(value, None);
        let mut files = Vec::new();
        for (template, name) in templates {
            if let Some(bytes) = self.shared.render(template, &context, loops)? {
                files.push(Rendered { name: (*name).to_owned(), bytes });
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
