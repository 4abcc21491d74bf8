//! The built-in transformers of a kustomization, in kustomize's order.

use rayon::prelude::*;

use super::accumulate::Accumulator;
use super::failure::{Error, ErrorKind};
use super::origin::Origin;
use super::plugins;
use super::target::Target;
use crate::config::{Conflict, FieldSpecs, TransformerConfig};
use crate::kustomization::{
    self, FieldSpec, Image, Label, Patch, Replacement, Replica, Selector, Subjects, Text,
    ValueTarget,
};
use crate::notice::Notice;
use crate::patch::json6902::{DecodeError, DecodeFault, JsonPatch, Operation};
use crate::resource::{Resource, ResourceMap, annotation, is_empty};
use crate::schema::Schemas;
use crate::trace::{self, StepKind, Watch};
use crate::transform::names::{Affix, add_affix};
use crate::transform::namespace::SetNamespace;
use crate::transform::patches::{self, Loaded, PatchError};
use crate::transform::{TransformError, hash, images, labels, replacements, replicas, value_add};
use crate::yaml::{Budget, ReadOptions, ReadRules, SourceId, Span, parse_with};

/// As many patches as are worth another thread.
const MANY: usize = 16;

/// Something that changes objects, made ready.
pub(crate) enum Step {
    StrategicMerge(Vec<Resource>),
    Patch {
        patch: Loaded,
        target: Option<Selector>,
        span: Span,
    },
    Json6902 {
        patch: JsonPatch,
        target: Selector,
    },
    Namespace {
        namespace: String,
        specs: FieldSpecs,
        unset_only: bool,
        subjects: Subjects,
    },
    Affix {
        affix: Affix,
        text: String,
        specs: FieldSpecs,
    },
    Pairs {
        pairs: Vec<(String, String)>,
        specs: FieldSpecs,
    },
    Replicas {
        replica: Replica,
        specs: FieldSpecs,
    },
    Image {
        image: Image,
        specs: FieldSpecs,
    },
    Replacements(Vec<Replacement>),
    ValueAdd {
        value: String,
        targets: Vec<ValueTarget>,
    },
    Hash,
    /// Several that kustomize takes for one.
    All(Vec<Step>),
}

impl Step {
    /// Changes the objects.
    pub(crate) fn run(
        self,
        resources: &mut ResourceMap,
        target: &Target<'_>,
        schemas: &Schemas,
        notices: &mut Vec<Notice>,
        watch: Option<(&Watch<'_>, trace::Step<'_>)>,
    ) -> Result<(), TransformError> {
        let version = target.context.options.version;
        let allowance = &target.context.allowance;
        allowance.spend_times(self.text_length(), resources.len(), target.whole)?;
        let context = patches::Context { schemas, allowance, watch };
        match self {
            Step::StrategicMerge(merges) => {
                patches::apply_strategic_merge(resources, &merges, context, notices)
            }
            Step::Patch { patch, target, span } => {
                patches::apply(resources, patch, target.as_ref(), span, context, notices)
            }
            Step::Json6902 { patch, target } => {
                patches::apply_json6902(resources, &patch, &target, context, notices)
            }
            Step::Namespace { namespace, specs, unset_only, subjects } => {
                SetNamespace { namespace: &namespace, specs: specs.ready(), unset_only, subjects }
                    .apply(resources, schemas)
            }
            Step::Affix { affix, text, specs } => {
                add_affix(resources, affix, &text, specs.ready(), schemas)
            }
            Step::Pairs { pairs, specs } => {
                let pairs = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
                labels::set_pairs(resources, pairs, specs.ready())
            }
            Step::Replicas { replica, specs } => {
                replicas::set_replicas(resources, &replica, specs.ready(), schemas, notices)
            }
            Step::Image { image, specs } => {
                images::set_images(resources, &image, specs.ready(), version, notices)
            }
            Step::Replacements(entries) => {
                replacements::replace(resources, &entries, version, context, notices)
            }
            Step::ValueAdd { value, targets } => {
                value_add::add_value(resources, &value, &targets, schemas)
            }
            Step::Hash => Ok(hash::add_hashes(resources, schemas)?),
            Step::All(steps) => steps
                .into_iter()
                .try_for_each(|step| step.run(resources, target, schemas, notices, watch)),
        }
    }

    /// What it is to somebody who watches.
    pub(crate) fn kind(&self) -> StepKind {
        match self {
            Step::StrategicMerge(_) | Step::Patch { .. } | Step::Json6902 { .. } => StepKind::Patch,
            Step::Namespace { .. } => StepKind::Namespace,
            Step::Affix { affix: Affix::Prefix, .. } => StepKind::NamePrefix,
            Step::Affix { affix: Affix::Suffix, .. } => StepKind::NameSuffix,
            Step::Pairs { .. } => StepKind::Labels,
            Step::Replicas { .. } => StepKind::Replicas,
            Step::Image { .. } => StepKind::Image,
            Step::Replacements(_) => StepKind::Replacement,
            Step::Hash => StepKind::Hash,
            Step::ValueAdd { .. } | Step::All(_) => StepKind::Transformer,
        }
    }

    /// The parts of it that have places of their own, and are not told of by themselves.
    fn parts(&self) -> Vec<(String, Span)> {
        match self {
            Step::Patch { patch: Loaded::Json(patch), .. } | Step::Json6902 { patch, .. } => {
                patch.operations().iter().filter_map(Operation::part).collect()
            }
            Step::Replacements(entries) => entries
                .iter()
                .flat_map(|entry| entry.targets.iter().flatten())
                .flat_map(|target| target.field_paths.iter())
                .map(|path| (path.value.clone(), path.span))
                .collect(),
            Step::Image { image, .. } => {
                let Image { name, new_name, new_tag, digest, span, .. } = image;
                let said = [new_name, new_tag, digest].into_iter().filter(|text| !text.is_empty());
                std::iter::once(name).chain(said).map(|text| (text.clone(), *span)).collect()
            }
            Step::Replicas { replica: Replica { name, count, span }, .. } => {
                vec![(name.clone(), *span), (count.to_string(), *span)]
            }
            Step::Namespace { namespace, .. } => vec![(namespace.clone(), Span::default())],
            _ => Vec::new(),
        }
    }
}

/// A step as it is run: where it comes from, as annotations say it, and as whoever watches is told.
pub(crate) struct Planned {
    pub(crate) origin: Option<Origin>,
    pub(crate) kind: StepKind,
    pub(crate) span: Span,
    pub(crate) entry: usize,
    /// See [`trace::Step::parts`], where the step does not know them itself.
    pub(crate) parts: Vec<(String, Span)>,
    pub(crate) step: Step,
}

impl Step {
    /// How many bytes of text every object may get, where that depends on the kustomization alone. A
    /// text that is short, and stands in place of another one, does not count.
    fn text_length(&self) -> u64 {
        const SHORT: usize = 1024;
        let length = match self {
            Step::Namespace { namespace: text, .. }
            | Step::Affix { text, .. }
            | Step::ValueAdd { value: text, .. } => text.len().saturating_sub(SHORT),
            Step::Pairs { pairs, .. } => {
                pairs.iter().map(|(key, value)| key.len() + value.len()).sum()
            }
            Step::Image { image, .. } => {
                let Image { new_name, new_tag, digest, tag_suffix, .. } = image;
                let length = new_name.len() + new_tag.len() + digest.len() + tag_suffix.len();
                length.saturating_sub(SHORT)
            }
            _ => 0,
        };
        length as u64
    }
}

/// Runs the built-in transformers of a kustomization, and those that it names as objects.
pub(crate) fn transform(target: &Target<'_>, gathered: &mut Accumulator) -> Result<(), Box<Error>> {
    let mut steps = Vec::new();
    for Named { name, kind, span, entry, parts, step } in builtin(target, &gathered.config)? {
        let origin = target.origin.as_ref().map(|o| o.builtin(target.file_name, name));
        steps.push(Planned { origin, kind, span, entry, parts, step });
    }
    steps.extend(plugins::transformers(target, &target.file.transformers)?);
    let schemas = target.context.schemas();
    for Planned { origin, kind, span, entry, mut parts, step } in steps {
        let watch = target.context.watch.as_ref();
        if watch.is_some() && parts.is_empty() {
            parts = step.parts();
        }
        let told = trace::Step { entry, parts: &parts, ..target.step(kind, span) };
        let watched = watch.map(|watch| (watch, told));
        step.run(&mut gathered.resources, target, &schemas, &mut gathered.notices, watched)
            .map_err(|error| Error::new(error, target.whole))?;
        if let Some(watch) = watch {
            watch.look(&told, gathered.resources.list_mut_keeping_ids());
        }
        if let Some(origin) = origin {
            for resource in gathered.resources.list_mut() {
                if !is_empty(resource.node()) {
                    origin.note_transformation(resource);
                }
            }
        }
    }
    gathered.resources.retain(|resource| !is_empty(resource.node()));
    Ok(())
}

/// A built-in step: what kustomize calls its transformer, and what a [`Planned`] one has.
struct Named {
    name: &'static str,
    kind: StepKind,
    span: Span,
    entry: usize,
    parts: Vec<(String, Span)>,
    step: Step,
}

impl Named {
    fn new(name: &'static str, span: Span, step: Step) -> Named {
        Named { name, kind: step.kind(), span, entry: 0, parts: Vec::new(), step }
    }
}

fn builtin(target: &Target<'_>, config: &TransformerConfig) -> Result<Vec<Named>, Box<Error>> {
    let file = &target.file;
    let mut steps: Vec<Named> = Vec::new();
    if !file.patches_strategic_merge.is_empty() {
        let merges = load_merges(target, &file.patches_strategic_merge)?;
        let span = file.patches_strategic_merge.first().map(|entry| entry.span).unwrap_or_default();
        let step = Step::StrategicMerge(merges);
        steps.push(Named::new("PatchStrategicMergeTransformer", span, step));
    }
    let patches: Vec<_> = if file.patches.len() < MANY || target.context.sequential {
        file.patches.iter().map(|patch| load_patch(target, patch)).collect()
    } else {
        file.patches.par_iter().with_min_len(4).map(|patch| load_patch(target, patch)).collect()
    };
    for (entry, (patch, written)) in patches.into_iter().zip(&file.patches).enumerate() {
        let named = Named::new("PatchTransformer", written.span, patch?);
        steps.push(Named { entry, ..named });
    }
    if let Some(namespace) = &file.namespace {
        let step = Step::Namespace {
            namespace: namespace.value.clone(),
            specs: config.namespace.clone(),
            unset_only: false,
            subjects: Subjects::DefaultOnly,
        };
        steps.push(Named::new("NamespaceTransformer", namespace.span, step));
    }
    for (kind, affix, text, specs) in [
        ("PrefixTransformer", Affix::Prefix, &file.name_prefix, &config.name_prefix),
        ("SuffixTransformer", Affix::Suffix, &file.name_suffix, &config.name_suffix),
    ] {
        if let Some(text) = text {
            let step = Step::Affix { affix, text: text.value.clone(), specs: specs.clone() };
            steps.push(Named::new(kind, text.span, step));
        }
    }
    for (entry, label) in file.labels.iter().enumerate() {
        let specs = label_specs(config, label)
            .map_err(|conflict| Error::new(ErrorKind::Labels(conflict), label.span))?;
        let step = Step::Pairs { pairs: pairs(&label.pairs), specs };
        let parts = places(target, &label.pairs);
        let named = Named::new("LabelTransformer", label.span, step);
        steps.push(Named { entry, parts, ..named });
    }
    if !file.labels.is_empty() || !file.common_labels.is_empty() {
        let specs = config.common_labels.clone();
        let (pairs, parts) = (pairs(&file.common_labels), places(target, &file.common_labels));
        let span = whole(&file.common_labels);
        let named = Named::new("LabelTransformer", span, Step::Pairs { pairs, specs });
        steps.push(Named { parts, ..named });
    }
    if !file.common_annotations.is_empty() {
        let specs = config.common_annotations.clone();
        let (pairs, parts) =
            (pairs(&file.common_annotations), places(target, &file.common_annotations));
        let span = whole(&file.common_annotations);
        let named = Named::new("AnnotationsTransformer", span, Step::Pairs { pairs, specs });
        steps.push(Named { kind: StepKind::Annotations, parts, ..named });
    }
    for (entry, patch) in file.patches_json6902.iter().enumerate() {
        let step = load_json6902(target, patch)?;
        let named = Named::new("PatchJson6902Transformer", patch.span, step);
        steps.push(Named { entry, ..named });
    }
    for (entry, replica) in file.replicas.iter().enumerate() {
        let (span, specs) = (replica.span, config.replicas.clone());
        let step = Step::Replicas { replica: replica.clone(), specs };
        let named = Named::new("ReplicaCountTransformer", span, step);
        steps.push(Named { entry, ..named });
    }
    for (entry, image) in file.images.iter().enumerate() {
        let (span, specs) = (image.span, config.images.clone());
        let step = Step::Image { image: image.clone(), specs };
        let named = Named::new("ImageTagTransformer", span, step);
        steps.push(Named { entry, ..named });
    }
    if !file.replacements.is_empty() {
        let loaded = load_replacements(target, &file.replacements)?;
        let span = file.replacements.first().map(|entry| entry.span).unwrap_or_default();
        steps.push(Named::new("ReplacementTransformer", span, Step::Replacements(loaded)));
    }
    Ok(steps)
}

/// Where the labels of an entry go: its own fields, and those that its switches mean.
fn label_specs(config: &TransformerConfig, label: &Label) -> Result<FieldSpecs, Conflict> {
    let mut specs = FieldSpecs::from(label.fields.clone()).merge_all(&config.labels)?;
    if label.include_selectors {
        return specs.merge_all(&config.common_labels);
    }
    if label.include_templates {
        specs = specs.merge_all(&config.template_labels)?;
    }
    if label.include_volume_claim_templates {
        specs = specs.merge_all(&config.volume_claim_template_labels)?;
    }
    let own =
        FieldSpec { path: "metadata/labels".to_owned(), create: true, ..FieldSpec::default() };
    specs.merge_all(&vec![own].into())
}

pub(crate) fn pairs(pairs: &kustomization::Pairs) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect()
}

/// Each pair by its key, with where it stands, if anybody watches.
fn places(target: &Target<'_>, pairs: &kustomization::Pairs) -> Vec<(String, Span)> {
    let watched = if target.context.watch.is_some() { &pairs[..] } else { &[] };
    watched.iter().map(|(key, value)| (key.value.clone(), key.span.to(value.span))).collect()
}

fn whole(pairs: &kustomization::Pairs) -> Span {
    pairs.first().map(|(key, value)| key.span.to(value.span)).unwrap_or_default()
}

/// Entries of `patchesStrategicMerge`: each is a patch, or the path of one.
pub(crate) fn load_merges(
    target: &Target<'_>,
    entries: &[Text],
) -> Result<Vec<Resource>, Box<Error>> {
    let mut merges = Vec::new();
    for entry in entries {
        if let Ok(inline) = target.inline_objects(entry) {
            merges.extend(inline);
            continue;
        }
        let loaded =
            target.loader.file(&entry.value).map_err(|error| Error::new(error, entry.span))?;
        let budget = &target.context.options.budget;
        let objects = crate::resource::read::objects(loaded.source, &loaded.bytes, budget)
            .map_err(|error| Error::new(error, entry.span))?;
        merges.extend(objects);
    }
    if merges.is_empty() {
        let span = entries.first().map(|entry| entry.span).unwrap_or_default();
        return Err(Error::new(ErrorKind::EmptyPatch, span));
    }
    Ok(merges)
}

/// An entry of `patches`.
pub(crate) fn load_patch(target: &Target<'_>, patch: &Patch) -> Result<Step, Box<Error>> {
    let fail = |kind: ErrorKind| Error::new(kind, patch.span);
    let inline = patch.patch.as_ref().filter(|text| !text.value.trim().is_empty());
    let path = patch.path.as_ref().filter(|path| !path.value.is_empty());
    let (source, bytes) = match (inline, path) {
        (None, None) => return Err(fail(ErrorKind::PatchSource { both: false })),
        (Some(_), Some(_)) => return Err(fail(ErrorKind::PatchSource { both: true })),
        (Some(text), None) => {
            let trimmed = text.value.trim();
            (target.loader.sources().add_inline(text.span, trimmed), trimmed.as_bytes().into())
        }
        (None, Some(path)) => {
            let loaded =
                target.loader.file(&path.value).map_err(|error| Error::new(error, path.span))?;
            (loaded.source, loaded.bytes)
        }
    };
    let budget = &target.context.options.budget;
    let merges = crate::resource::read::objects(source, &bytes, budget);
    let loaded = match merges {
        Ok(mut merges) if !merges.is_empty() => {
            let is_json = || read_json(source, &bytes, budget).is_ok_and(|json| !json.is_empty());
            if may_be_list(&bytes) && is_json() {
                return Err(fail(ErrorKind::TwoPatches));
            }
            for merge in &mut merges {
                if patch.allow_name_change {
                    merge.enable(annotation::ALLOW_NAME_CHANGE);
                }
                if patch.allow_kind_change {
                    merge.enable(annotation::ALLOW_KIND_CHANGE);
                }
            }
            Loaded::Merge(merges)
        }
        // kustomize passes a patch over that says nothing.
        Ok(_) => Loaded::Nothing,
        Err(merge) => match read_json(source, &bytes, budget) {
            Ok(json) if json.is_null() => Loaded::Nothing,
            Ok(json) => Loaded::Json(json),
            Err(json) => {
                // A list is meant to be operations, anything else to be merged.
                let is_list = bytes.trim_ascii_start().first().is_some_and(|b| b"-[".contains(b));
                let span = if is_list { json.span } else { merge.span().unwrap_or(patch.span) };
                let (merge, json) = (merge.to_string(), json.to_string());
                return Err(Error::new(ErrorKind::NoPatch { merge, json }, span));
            }
        },
    };
    let span = inline.or(path).map_or(patch.span, |text| text.span);
    Ok(Step::Patch { patch: loaded, target: patch.target.clone(), span })
}

/// Whether the first document of a text may be a list: one that begins with a letter is none.
fn may_be_list(bytes: &[u8]) -> bool {
    !bytes.first().is_some_and(u8::is_ascii_alphabetic)
}

/// The operations of a JSON patch, which is written in JSON if it starts with `[`, and in YAML else.
fn read_json(source: SourceId, bytes: &[u8], budget: &Budget) -> Result<JsonPatch, DecodeError> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && JsonPatch::is_json(text)
    {
        return JsonPatch::from_json(source, text);
    }
    let rules = ReadRules::GoYamlV2 { unique_keys: false };
    let documents = parse_with(source, bytes, &ReadOptions { budget: *budget, rules });
    let mut documents = documents.map_err(|mut errors| DecodeError {
        span: errors.first().map(|error| error.span).unwrap_or_default(),
        fault: DecodeFault::Yaml(errors.swap_remove(0)),
    })?;
    JsonPatch::from_yaml(&documents.pop().map(|document| document.root).unwrap_or_default())
}

/// An entry of `patchesJson6902`.
pub(crate) fn load_json6902(target: &Target<'_>, patch: &Patch) -> Result<Step, Box<Error>> {
    let fail = |kind: ErrorKind| Error::new(kind, patch.span);
    let Some(selector) = patch.target.clone().filter(|target| !target.name.is_empty()) else {
        return Err(fail(ErrorKind::Json6902Target));
    };
    let inline = patch.patch.as_ref().filter(|text| !text.value.is_empty());
    let path = patch.path.as_ref().filter(|path| !path.value.is_empty());
    let (source, bytes) = match (inline, path) {
        (None, None) => return Err(fail(ErrorKind::PatchSource { both: false })),
        (Some(_), Some(_)) => return Err(fail(ErrorKind::PatchSource { both: true })),
        (Some(text), None) => (
            target.loader.sources().add_inline(text.span, &text.value),
            text.value.as_bytes().into(),
        ),
        (None, Some(path)) => {
            let loaded =
                target.loader.file(&path.value).map_err(|error| Error::new(error, path.span))?;
            (loaded.source, loaded.bytes)
        }
    };
    let json = read_json(source, &bytes, &target.context.options.budget);
    let json = json.map_err(|error| {
        let span = error.span;
        Error::new(TransformError::from(PatchError::from(Box::new(error))), span)
    })?;
    if json.is_empty() {
        return Err(fail(ErrorKind::EmptyPatch));
    }
    Ok(Step::Json6902 { patch: json, target: selector })
}

/// Entries of `replacements`, with what their files say.
pub(crate) fn load_replacements(
    target: &Target<'_>,
    entries: &[kustomization::ReplacementField],
) -> Result<Vec<Replacement>, Box<Error>> {
    let mut loaded = Vec::new();
    for entry in entries {
        let replacement = &entry.replacement;
        let Some(path) = entry.path.as_ref().filter(|path| !path.value.is_empty()) else {
            let mut replacement = replacement.clone();
            // An empty list is as good as none in the kustomization file, though not in a file of its own.
            replacement.targets = replacement.targets.filter(|targets| !targets.is_empty());
            loaded.push(replacement);
            continue;
        };
        let has_targets = replacement.targets.as_ref().is_some_and(|targets| !targets.is_empty());
        if replacement.source.is_some() || has_targets {
            return Err(Error::new(ErrorKind::ReplacementSource, path.span));
        }
        let file = target.loader.file(&path.value).map_err(|error| Error::new(error, path.span))?;
        let read = kustomization::read_replacements(
            file.source,
            &file.bytes,
            &target.context.options.budget,
        );
        loaded
            .extend(read.map_err(|errors| Error::new(ErrorKind::Replacements(errors), path.span))?);
    }
    Ok(loaded)
}
