//! The tasks of a rendering: one for each tenant and component, then those of the clusters, of the
//! environments and of the platform.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use tera::{Context, Value};

use super::member::MemberTask;
use super::patched::{Found, Others, Patching, Placed, Rendered};
use super::{Fleet, Made, Output, output};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::layout::{Content, Layout, Loop, Member, Template};
use crate::path::RepoPath;
use crate::spec::text::ClusterName;
use crate::tree::{EntityRef, LoopValues, TreeFile};

/// What a template sees of the description's patches.
const PATCHES: &str = "specPatches";
/// Whether a template of a cluster is rendered to see what its Flux Kustomization applies, as if there were patches for that.
const PROBING: &str = "probing";
/// The files of a cluster in which patches of the description stand.
const PATCHED: &str = "patched";

/// What is wrong, and for whom.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) diagnostic: Diagnostic,
    pub(crate) loops: LoopValues,
}

/// What all tasks share.
pub(crate) struct Shared<'a> {
    pub(super) fleet: &'a dyn Fleet,
    pub(super) layout: &'a Layout,
    output: Output,
    pub(super) environments: BTreeMap<Arc<str>, Value>,
    pub(super) clusters: Vec<ClusterContext>,
    /// `platform` and `variables`.
    pub(super) context: Context,
    pub(super) patching: Option<Patching<'a>>,
    /// The templates that say something else while they are probed.
    probed: BTreeSet<&'a str>,
}

pub(super) struct ClusterContext {
    pub(super) name: Arc<str>,
    pub(super) environment: Arc<str>,
    value: Value,
}

/// What a task made.
#[derive(Default)]
pub(super) struct Work {
    pub(super) made: Vec<Made>,
    pub(super) faults: Vec<Fault>,
    placed: Vec<Placed>,
    /// The clusters of which not everything is known that they apply.
    unknown: BTreeSet<ClusterName>,
    /// What patches could have meant that select nothing.
    others: Others,
    /// The folder that each cluster, or each environment, has to apply.
    pub(super) on_clusters: BTreeMap<Arc<str>, String>,
    pub(super) in_environments: BTreeMap<Arc<str>, String>,
}

impl Work {
    fn add(&mut self, other: Self) {
        self.made.extend(other.made);
        self.faults.extend(other.faults);
        self.placed.extend(other.placed);
        self.unknown.extend(other.unknown);
        self.others.extend(other.others);
    }
}

impl<'a> Shared<'a> {
    pub(super) fn new(
        fleet: &'a dyn Fleet,
        layout: &'a Layout,
        output: Output,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut context = Context::new();
        context.insert_value(PATCHES, Value::from(Vec::<Value>::new()));
        context.insert_value(PATCHED, Value::from(Vec::<Value>::new()));
        context.insert_value(PROBING, Value::from(false));
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
        let patching = fleet.patching();
        let speaks = |one: &&'a Template| layout.engine.mentions(one.kind, &one.name, PROBING);
        let templates = layout.templates.iter().filter(|_| patching.is_some());
        let probed = templates.filter(speaks).map(|one| one.name.as_str()).collect();
        Ok(Self { output, fleet, layout, environments, clusters, context, patching, probed })
    }

    /// Makes every file.
    pub(crate) fn run(&self) -> (Vec<Made>, Vec<Placed>, Vec<Fault>) {
        let members: Vec<(Member, Arc<str>)> = Member::ALL
            .into_iter()
            .flat_map(|kind| self.fleet.members(kind).into_iter().map(move |name| (kind, name)))
            .collect();
        let work: Vec<Work> =
            members.par_iter().map(|(kind, name)| self.member(*kind, name)).collect();
        let places = self.places(&members, &work);
        // What clusters apply of the platform's own has to be there when patches for it are looked for.
        let waits = |template: &&Template, name: &str| {
            template.target.loops() == Loop::Clusters && self.speaks_of(template, name)
        };
        let (last, rest): (Vec<&Template>, Vec<&Template>) =
            self.layout.templates.iter().partition(|one| waits(one, PATCHES));
        // What stands on files with patches comes after them.
        let (very_last, rest): (Vec<&Template>, Vec<&Template>) =
            rest.into_iter().partition(|one| waits(one, PATCHED));
        let rest: Vec<Work> = rest
            .into_par_iter()
            .map(|template| self.without_member(template, &places, &Known::Nothing))
            .collect();
        let mut all = Work::default();
        work.into_iter().chain(rest).for_each(|work| all.add(work));
        if !last.is_empty() {
            let rendered = Rendered::new(&all.made, None);
            let last: Vec<Work> = last
                .into_par_iter()
                .map(|template| self.without_member(template, &places, &Known::Rendered(&rendered)))
                .collect();
            last.into_iter().for_each(|work| all.add(work));
        }
        for template in very_last {
            let work = self.without_member(template, &places, &Known::Placed(&all.placed));
            all.add(work);
        }
        if let Some(patching) = self.patching.as_ref().filter(|_| all.faults.is_empty()) {
            let supported = self.layout.templates.iter().any(|one| self.takes_patches(one));
            let Work { placed, unknown, made, others, .. } = &all;
            let found = patching.without_targets(placed, unknown, made, others, supported);
            let fault = |diagnostic| Fault { diagnostic, loops: LoopValues::default() };
            all.faults.extend(found.into_iter().map(fault));
        }
        (all.made, all.placed, all.faults)
    }

    /// Whether a template writes patches of the description, if there are any.
    pub(super) fn takes_patches(&self, template: &Template) -> bool {
        self.speaks_of(template, PATCHES)
    }

    /// Whether there are patches, and a template speaks of a name that tells something of them.
    fn speaks_of(&self, template: &Template, name: &str) -> bool {
        self.patching.is_some() && self.layout.engine.mentions(template.kind, &template.name, name)
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

    fn without_member(&self, template: &Template, places: &Places, known: &Known<'_>) -> Work {
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
                    let loops = cluster.loops();
                    match known {
                        Known::Nothing => self.make(&mut work, template, &context, &loops),
                        Known::Rendered(rendered) => {
                            self.make_patched(&mut work, template, context, &loops, None, rendered);
                        }
                        Known::Placed(placed) => {
                            context.insert(PATCHED, &self.patched(cluster, placed));
                            self.make(&mut work, template, &context, &loops);
                        }
                    }
                }
            }
            _ => {}
        }
        work
    }

    /// The files of a cluster in which patches stand.
    fn patched<'p>(&self, cluster: &ClusterContext, placed: &'p [Placed]) -> Vec<&'p str> {
        let name = self.patching.as_ref().and_then(|patching| patching.cluster(&cluster.name));
        let here = placed.iter().filter(|placed| Some(&placed.cluster) == name.as_ref());
        here.map(|placed| placed.file.as_str()).collect()
    }

    pub(super) fn add_cluster(&self, context: &mut Context, cluster: &ClusterContext) {
        context.insert_value("cluster", cluster.value.clone());
        if let Some(environment) = self.environments.get(&cluster.environment) {
            context.insert_value("environment", environment.clone());
        }
    }

    /// All files of a tenant or a component.
    fn member(&self, kind: Member, name: &Arc<str>) -> Work {
        let mut work = Work::default();
        if let Err(faults) = MemberTask::new(self, kind, name).run(&mut work) {
            work.faults.extend(faults);
        }
        work
    }

    /// Renders a template and adds its file.
    pub(super) fn make(
        &self,
        work: &mut Work,
        template: &Template,
        context: &Context,
        loops: &LoopValues,
    ) {
        match self.render(template, context, loops, None) {
            Ok(Some(bytes)) => self.add(work, template, loops, bytes),
            Ok(None) => {}
            Err(faults) => work.faults.extend(faults),
        }
    }

    /// Renders a template of a cluster with the patches for what its Flux Kustomization applies, and adds its file.
    pub(super) fn make_patched(
        &self,
        work: &mut Work,
        template: &Template,
        mut context: Context,
        loops: &LoopValues,
        owner: Option<&EntityRef>,
        rendered: &Rendered<'_>,
    ) {
        context.insert_value(PROBING, Value::from(true));
        let bytes = match self.render(template, &context, loops, None) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return,
            Err(faults) => return work.faults.extend(faults),
        };
        context.insert_value(PROBING, Value::from(false));
        let cluster = loops.cluster.as_deref();
        let found = self.patching.as_ref().zip(cluster).and_then(|(patching, cluster)| {
            let cluster = patching.cluster(cluster)?;
            let found = patching.find(&bytes, &cluster, owner, rendered);
            Some((cluster, found))
        });
        let Some((cluster, Found { contexts, entries, selected, unknown, others })) = found else {
            return self.unprobed(work, template, &context, loops, bytes);
        };
        work.others.extend(others);
        if unknown {
            work.unknown.insert(cluster.clone());
        }
        if contexts.is_empty() {
            return self.unprobed(work, template, &context, loops, bytes);
        }
        context.insert(PATCHES, &contexts);
        self.make(work, template, &context, loops);
        if let Some((file, _)) = work.made.last() {
            let file = file.clone();
            work.placed.push(Placed { file, cluster, entries, contexts, selected });
        }
    }

    /// Adds the file of a template that was rendered to see what it applies, and has no patches.
    fn unprobed(
        &self,
        work: &mut Work,
        template: &Template,
        context: &Context,
        loops: &LoopValues,
        probe: Vec<u8>,
    ) {
        if self.probed.contains(template.name.as_str()) {
            self.make(work, template, context, loops);
        } else {
            self.add(work, template, loops, probe);
        }
    }

    pub(super) fn add(
        &self,
        work: &mut Work,
        template: &Template,
        loops: &LoopValues,
        bytes: Vec<u8>,
    ) {
        match template.target.fill(loops) {
            Ok(path) => self.add_at(work, template, loops, path, bytes),
            Err(error) => {
                work.faults.push(fault(template, loops, Code::UnsafePath, error.to_string()));
            }
        }
    }

    pub(super) fn add_at(
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

    /// What a template renders to; nothing if that is white space alone. What is equal to bytes that
    /// were checked before is not checked again.
    pub(super) fn render(
        &self,
        template: &Template,
        context: &Context,
        loops: &LoopValues,
        known_good: Option<&[u8]>,
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
        if known_good == Some(bytes.as_slice()) {
            return Ok(Some(bytes));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        if self.output == Output::Trusted {
            return Ok(Some(bytes));
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

/// What is known when a template without an entity is rendered.
enum Known<'a> {
    /// Nothing of patches, or there are none.
    Nothing,
    /// What clusters apply, for a template that takes patches.
    Rendered(&'a Rendered<'a>),
    /// Which files have patches.
    Placed(&'a [Placed]),
}

/// Folders by kind and name of the entity.
type Folders = BTreeMap<String, BTreeMap<Arc<str>, String>>;

#[derive(Default)]
struct Places {
    clusters: BTreeMap<Arc<str>, Folders>,
    environments: BTreeMap<Arc<str>, Folders>,
}

pub(super) fn fault(template: &Template, loops: &LoopValues, code: Code, message: String) -> Fault {
    let place = Place { file: template.file.clone(), range: None };
    Fault { diagnostic: Diagnostic::error(code, message).at(place), loops: loops.clone() }
}
