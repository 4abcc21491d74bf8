//! One kustomization: what it gathers, and what it makes of that.

use std::sync::Arc;

use rayon::prelude::*;

use super::accumulate::{AccumulateError, Accumulator};
use super::failure::{Error, ErrorKind, Frame};
use super::load::{Leads, Loaded, Loader};
use super::origin::Origin;
use super::{Context, Options, finish, plugins, step};
use crate::config::{self, TransformerConfig};
use crate::field::{NodeKind, require};
use crate::generate::{Generated, generate};
use crate::kustomization::{self, GeneratorArgs, GeneratorOptions, Kind, Kustomization, Text};
use crate::notice::{Notice, NoticeKind};
use crate::resource::{Resource, annotation, read};
use crate::schema::{Beside, Schemas, UniqueNames};
use crate::trace::{Step, StepKind};
use crate::yaml::{Span, yaml_to_json};

/// How deep kustomizations may be nested.
const MAX_DEPTH: usize = 100;

/// What a kustomization needs apart from what its files hold, in bytes.
const KUSTOMIZATION: u64 = 4096;

/// As many entries as are worth another thread.
const MANY: usize = 8;

/// A kustomization whose file was read.
pub(crate) struct Target<'c> {
    pub(crate) context: &'c Context<'c>,
    pub(crate) loader: Loader<'c>,
    pub(crate) file: Kustomization,
    pub(crate) file_name: &'static str,
    /// The place of what is not known better.
    pub(crate) whole: Span,
    /// Known where the outermost kustomization asks for it.
    pub(crate) origin: Option<Origin>,
    depth: usize,
}

/// Builds the kustomization in a folder, up to what is printed.
pub(crate) fn build(
    context: &Context<'_>,
    folder: &str,
) -> Result<(Vec<Resource>, Vec<Notice>), Box<Error>> {
    let loader =
        Loader::new(context, folder).map_err(|error| Error::new(error, Span::default()))?;
    let mut target = Target::read(context, loader, None, 0)?;
    target.set_schema(true)?;
    if !target.file.build_metadata.is_empty() {
        target.origin = Some(Origin::default());
    }
    let gathered = target.accumulate(Accumulator::default())?;
    finish::finish(context, &target, gathered)
}

impl<'c> Target<'c> {
    /// Reads the kustomization file of a folder.
    fn read(
        context: &'c Context<'c>,
        loader: Loader<'c>,
        origin: Option<Origin>,
        depth: usize,
    ) -> Result<Target<'c>, Box<Error>> {
        if depth > MAX_DEPTH {
            return Err(Error::new(ErrorKind::TooDeep { limit: MAX_DEPTH }, Span::default()));
        }
        let (Loaded { source, bytes }, file_name) =
            loader.kustomization().map_err(|error| Error::new(error, Span::default()))?;
        let whole = Span::new(source, 0, 0);
        context.allowance.spend(KUSTOMIZATION, whole).map_err(|error| Error::new(error, whole))?;
        let Options { budget, version, .. } = context.options;
        let file = match context.complete.filter(|_| depth == 0) {
            None => kustomization::read(source, &bytes, budget, *version),
            Some(complete) => {
                let read = kustomization::read_to_rewrite(source, &bytes, budget, *version);
                read.map(|mut draft| {
                    complete(&mut draft.file, whole);
                    draft.finish()
                })
            }
        };
        let file = file.map_err(|errors| Error::new(ErrorKind::Kustomization(errors), whole))?;
        Ok(Target { context, loader, file, file_name, whole, origin, depth })
    }

    /// Lets the schemas count that the kustomization chooses, if it does and none did before.
    fn set_schema(&self, is_root: bool) -> Result<(), Box<Error>> {
        let open_api = &self.file.open_api;
        let version = open_api.version.as_ref().filter(|version| !version.value.is_empty());
        let document = match &open_api.path {
            Some(path) => {
                let loaded = self.loader.file(&path.value);
                Some((path, loaded.map_err(|error| Error::new(error, path.span))?))
            }
            None => None,
        };
        let Some(span) = open_api.path.as_ref().or(version).map(|text| text.span) else {
            return Ok(());
        };
        let known = self.context.schemas();
        if known.is_chosen() {
            return Ok(());
        }
        if !is_root && !self.context.sequential {
            return Err(Error::new(ErrorKind::OrderMatters, span));
        }
        match (document, version) {
            (Some((path, _)), _) if open_api.version.is_some() => {
                return Err(Error::new(ErrorKind::SchemaTwice, path.span));
            }
            (Some((path, loaded)), _) => {
                let beside = if is_root { Beside::Gone } else { known.beside_document() };
                match self.read_schema(&loaded, beside) {
                    Ok(schemas) => self.context.set_schemas(schemas),
                    Err(kind) => self.context.refuse_schema(Error::new(kind, path.span)),
                }
            }
            (None, Some(version)) if version.value != Schemas::VERSION => {
                let text = version.value.clone();
                return Err(Error::new(ErrorKind::SchemaVersion { version: text }, version.span));
            }
            _ => self.context.set_schemas(Schemas::chosen_builtin()),
        }
        Ok(())
    }

    fn read_schema(&self, loaded: &Loaded, beside: Beside) -> Result<Schemas, ErrorKind> {
        if loaded.bytes.first().is_none_or(|first| *first == b'{') {
            // As kyaml has it: what begins like JSON must be JSON.
            serde_json::from_slice::<UniqueNames>(&loaded.bytes)
                .map_err(|error| ErrorKind::SchemaJson(error.to_string()))?;
        }
        let document = yaml_to_json(loaded.source, &loaded.bytes, &self.context.options.budget)
            .map_err(ErrorKind::OpenApi)?;
        Ok(Schemas::from_document(&document, beside)?)
    }

    /// Gathers what the kustomization has, on top of what is given: nothing for a kustomization, what
    /// its parent has for a component.
    fn accumulate(&self, into: Accumulator) -> Result<Accumulator, Box<Error>> {
        let mut gathered = self.add_resources(into, &self.file.resources)?;
        gathered.notices.extend(
            self.file
                .deprecated
                .iter()
                .map(|(field, span)| Notice { kind: NoticeKind::Deprecated(*field), span: *span }),
        );
        gathered.config = self.merge_configs(&gathered.config)?;
        self.add_generated(&mut gathered)?;
        let mut gathered = self.add_components(gathered)?;
        step::transform(self, &mut gathered)?;
        plugins::validate(self, &mut gathered)?;
        let schemas = self.context.schemas();
        gathered
            .add_vars(&self.file.vars, &schemas)
            .map_err(|error| Error::new(error, self.whole))?;
        Ok(gathered)
    }

    /// Adds the objects that paths lead to.
    pub(crate) fn add_resources(
        &self,
        mut into: Accumulator,
        paths: &[Text],
    ) -> Result<Accumulator, Box<Error>> {
        if self.context.sequential {
            for path in paths {
                self.add_part(&mut into, self.part(path), path)?;
            }
            return Ok(into);
        }
        let parts: Vec<_> = if paths.len() < MANY {
            paths.iter().map(|path| self.part(path)).collect()
        } else {
            paths.par_iter().with_min_len(2).map(|path| self.part(path)).collect()
        };
        for (part, path) in parts.into_iter().zip(paths) {
            self.add_part(&mut into, part, path)?;
        }
        Ok(into)
    }

    fn add_part(
        &self,
        into: &mut Accumulator,
        part: Result<Part, Box<Error>>,
        path: &Text,
    ) -> Result<(), Box<Error>> {
        let schemas = self.context.schemas();
        let added = match part? {
            Part::Objects(objects) => into
                .resources
                .append_all(objects, &schemas)
                .map_err(|collision| AccumulateError::from(collision).into()),
            Part::Gathered(gathered) => into.merge(*gathered, &schemas),
        };
        added.map_err(|kind: ErrorKind| Error::new(kind, path.span))
    }

    /// What an entry of `resources` gives.
    fn part(&self, path: &Text) -> Result<Part, Box<Error>> {
        let leads =
            self.loader.follow(&path.value).map_err(|error| Error::new(error, path.span))?;
        match leads {
            Leads::File(Loaded { source, bytes }) => {
                let mut objects = read::objects(source, &bytes, &self.context.options.budget)
                    .map_err(|error| Error::new(error, path.span))?;
                if let Some(origin) = &self.origin {
                    let text = origin.append(&path.value).text();
                    for object in &mut objects {
                        if let Some(annotations) =
                            object.node().get("metadata").and_then(|node| node.get("annotations"))
                        {
                            require(annotations, NodeKind::Mapping)
                                .map_err(|error| Error::new(error, annotations.span))?;
                        }
                        object.set_annotation(annotation::ORIGIN, &text);
                    }
                }
                if let Some(watch) = &self.context.watch {
                    for object in &mut objects {
                        let step = self.step(StepKind::Resource, object.span());
                        watch.look_at(&step, object);
                    }
                }
                Ok(Part::Objects(objects))
            }
            Leads::Folder(loader) => {
                let origin = self.origin.as_ref().map(|origin| origin.append(&path.value));
                let base = self
                    .on_the_way(path, Target::read(self.context, loader, origin, self.depth + 1))?;
                let gathered = self.on_the_way(path, base.accumulate_base())?;
                Ok(Part::Gathered(Box::new(gathered)))
            }
        }
    }

    fn accumulate_base(&self) -> Result<Accumulator, Box<Error>> {
        self.set_schema(false)?;
        if self.file.kind == Kind::Component {
            return Err(Error::new(ErrorKind::IsComponent, Span::default()));
        }
        self.accumulate(Accumulator::default())
    }

    /// Notes on which way an error was met.
    fn on_the_way<T>(&self, path: &Text, result: Result<T, Box<Error>>) -> Result<T, Box<Error>> {
        result.map_err(|mut error| {
            if error.span == Span::default() {
                error.span = path.span;
            }
            let folder = self.loader.root().to_owned();
            error.way.push(Frame { folder, entry: path.span });
            error
        })
    }

    /// The configuration of transformers: what came from the bases, kustomize's own, that of the files
    /// and that of the CRDs.
    fn merge_configs(
        &self,
        gathered: &Arc<TransformerConfig>,
    ) -> Result<Arc<TransformerConfig>, Box<Error>> {
        let Options { budget, version, .. } = self.context.options;
        let load = |path: &Text| {
            self.loader.file(&path.value).map_err(|error| Error::new(error, path.span))
        };
        let mut files = Vec::new();
        for path in &self.file.configurations {
            let loaded = load(path)?;
            let read = TransformerConfig::read(loaded.source, &loaded.bytes, budget, *version);
            files.push(read.map_err(|errors| Error::new(ErrorKind::Config(errors), path.span))?);
        }
        let span = self.file.configurations.first().map(|path| path.span).unwrap_or_default();
        let config = TransformerConfig::with_configurations(*version, files)
            .map_err(|error| Error::new(error, span))?;
        let mut merged =
            TransformerConfig::merge(gathered, &config).map_err(|error| Error::new(error, span))?;
        for path in &self.file.crds {
            let loaded = load(path)?;
            let read = config::read_crds(loaded.source, &loaded.bytes, budget)
                .map_err(|errors| Error::new(ErrorKind::Crds(errors), path.span))?;
            merged = TransformerConfig::merge(&merged, &read)
                .map_err(|error| Error::new(error, path.span))?;
        }
        Ok(merged)
    }

    fn add_generated(&self, gathered: &mut Accumulator) -> Result<(), Box<Error>> {
        if let Some(span) = self.file.helm_charts {
            let what = "a Helm chart".to_owned();
            return Err(Error::new(ErrorKind::ForeignCode { what }, span));
        }
        let schemas = self.context.schemas();
        let defaults = self.file.generator_options.as_ref();
        for (what, kind, entries) in [
            (Generated::ConfigMap, "ConfigMapGenerator", &self.file.config_map_generator),
            (Generated::Secret, "SecretGenerator", &self.file.secret_generator),
        ] {
            let origin = self.origin.as_ref().map(|o| o.builtin(self.file_name, kind));
            for (at, entry) in entries.iter().enumerate() {
                let made = generate(what, entry, defaults, &self.loader);
                let mut made = made.map_err(|error| Error::new(error, entry.span))?;
                if let Some(origin) = &origin {
                    origin.note(&mut made);
                }
                gathered
                    .absorb(made, &schemas, self.context.options.version)
                    .map_err(|error| Error::new(error, entry.span))?;
                if let Some(watch) = &self.context.watch {
                    let parts = parts_of(entry, defaults);
                    let step = self.step(StepKind::Generator, entry.span);
                    let step = Step { entry: at, parts: &parts, ..step };
                    watch.look(&step, gathered.resources.list_mut_keeping_ids());
                }
            }
        }
        plugins::generate(self, gathered)
    }

    fn add_components(&self, mut gathered: Accumulator) -> Result<Accumulator, Box<Error>> {
        for path in &self.file.components {
            let loader =
                self.loader.folder(&path.value).map_err(|error| Error::new(error, path.span))?;
            let origin = self.origin.as_ref().map(|origin| origin.append(&path.value));
            let component =
                self.on_the_way(path, Target::read(self.context, loader, origin, self.depth + 1))?;
            self.on_the_way(path, component.set_schema(false))?;
            if component.file.kind != Kind::Component {
                let error = Error::new(ErrorKind::IsNoComponent, path.span);
                return self.on_the_way(path, Err(error));
            }
            let changed = self.on_the_way(path, component.accumulate(gathered))?;
            // Into an empty accumulator, where fields that others cover do not arrive.
            let schemas = self.context.schemas();
            gathered = Accumulator::default();
            gathered.merge(changed, &schemas).map_err(|kind| Error::new(kind, path.span))?;
        }
        Ok(gathered)
    }

    /// A step of this kustomization, to tell of.
    pub(crate) fn step(&self, kind: StepKind, span: Span) -> Step<'_> {
        let component = self.file.kind == Kind::Component;
        Step { component, ..Step::new(kind, span, self.loader.root()) }
    }

    /// Reads objects that stand inline in the kustomization file.
    pub(crate) fn inline_objects(&self, text: &Text) -> Result<Vec<Resource>, read::ReadError> {
        let source = self.loader.sources().add_inline(text.span, &text.value);
        read::objects(source, text.value.as_bytes(), &self.context.options.budget)
    }
}

/// What a generator takes its values from, by the names that they get, and what it marks the object with.
fn parts_of(entry: &GeneratorArgs, defaults: Option<&GeneratorOptions>) -> Vec<(String, Span)> {
    let literals = entry.literals.iter().map(|text| (text, text.value.split('=').next()));
    let files = entry.files.iter().map(|text| {
        let name = match text.value.split_once('=') {
            Some((name, _)) => Some(name),
            None => text.value.rsplit('/').next(),
        };
        (text, name)
    });
    let named = literals.chain(files);
    let named = named.filter_map(|(text, name)| Some((name?.to_owned(), text.span)));
    // Of a file of variables nobody knows the names without reading it: it stands for all that have no other place.
    let envs = entry.envs.iter().map(|text| ("*".to_owned(), text.span));
    let options = defaults.into_iter().chain(entry.options.as_ref());
    let marks = options.flat_map(|options| options.labels.iter().chain(&options.annotations));
    let marks = marks.map(|(key, value)| (key.value.clone(), key.span.to(value.span)));
    envs.chain(marks).chain(named).collect()
}

/// What an entry of `resources` gives.
enum Part {
    Objects(Vec<Resource>),
    Gathered(Box<Accumulator>),
}
