//! Generators, transformers and validators that a kustomization names as objects: the built-in ones.

use std::borrow::Cow;

use super::accumulate::{AccumulateError, Accumulator};
use super::failure::{Error, ErrorKind};
use super::finish::is_identical;
use super::origin::Origin;
use super::step::{self, Planned, Step};
use super::target::Target;
use crate::generate::{GenerateError, Generated, generate as generate_object};
use crate::kustomization::{self, IamPolicy, Patch, PatchText, Plugin, Text, ValueAdd};
use crate::print;
use crate::resource::{Resource, annotation};
use crate::trace::StepKind;
use crate::transform::names::Affix;
use crate::yaml::{Budget, Node, SourceId, Span, parse};

/// The objects that entries give: inline, or in files and folders.
fn objects(target: &Target<'_>, entries: &[Text]) -> Result<Vec<Resource>, Box<Error>> {
    let mut gathered = Accumulator::default();
    let mut paths = Vec::new();
    let schemas = target.context.schemas();
    for entry in entries {
        let Ok(mut inline) = target.inline_objects(entry) else {
            paths.push(entry.clone());
            continue;
        };
        if let Some(origin) = &target.origin {
            let text = origin.append(target.file_name).text();
            for object in &mut inline {
                super::origin::set(object, annotation::ORIGIN, text.clone());
            }
        }
        gathered.resources.append_all(inline, &schemas).map_err(|collision| {
            let error = AccumulateError::from(collision);
            Error::new(error, entry.span)
        })?;
    }
    let gathered = target.add_resources(gathered, &paths)?;
    Ok(gathered.resources.into_list())
}

/// What an object configures.
fn read(object: &Resource, wanted: &'static str) -> Result<Plugin, Box<Error>> {
    let span = object.span();
    // kustomize prints it first.
    let mut printed = object.node().clone();
    print::finish(&mut printed).map_err(|error| Error::new(error, span))?;
    let plugin = Plugin::read(object.node())
        .map_err(|errors| Error::new(ErrorKind::Plugin(errors), span))?;
    if plugin.is_generator() != (wanted == "generator") {
        let kind = object.kind().to_owned();
        return Err(Error::new(ErrorKind::NoPlugin { wanted, kind }, span));
    }
    Ok(plugin)
}

/// Runs the generators that the kustomization names.
pub(crate) fn generate(target: &Target<'_>, gathered: &mut Accumulator) -> Result<(), Box<Error>> {
    let mut made = Vec::new();
    for object in objects(target, &target.file.generators)? {
        let span = object.span();
        let result = match read(&object, "generator")? {
            Plugin::Secret(args) => generate_object(Generated::Secret, &args, None, &target.loader),
            Plugin::IamPolicy(policy) => service_account(&policy, span),
            Plugin::ConfigMap(args) => {
                generate_object(Generated::ConfigMap, &args, None, &target.loader)
            }
            _ => continue,
        };
        let mut resource = result.map_err(|error| Error::new(error, span))?;
        if let Some(origin) = Origin::of_plugin(&object) {
            origin.note(&mut resource);
        }
        made.push((resource, span));
    }
    let schemas = target.context.schemas();
    for (resource, span) in made {
        gathered
            .absorb(resource, &schemas, target.context.options.version)
            .map_err(|error| Error::new(error, span))?;
        if let Some(watch) = &target.context.watch {
            let step = target.step(StepKind::Generator, span);
            watch.look(&step, gathered.resources.list_mut_keeping_ids());
        }
    }
    Ok(())
}

/// The transformers that entries name, each with what is known of where it comes from.
pub(crate) fn transformers(
    target: &Target<'_>,
    entries: &[Text],
) -> Result<Vec<Planned>, Box<Error>> {
    let mut steps = Vec::new();
    for object in objects(target, entries)? {
        let step = step_of(target, read(&object, "transformer")?, &object)?;
        let kind = match object.kind() {
            "AnnotationsTransformer" => StepKind::Annotations,
            _ => step.kind(),
        };
        let (origin, span) = (Origin::of_plugin(&object), object.span());
        let (entry, parts) = (steps.len(), Vec::new());
        steps.push(Planned { origin, kind, span, entry, parts, step });
    }
    Ok(steps)
}

/// Runs the validators that the kustomization names. They may change nothing.
pub(crate) fn validate(target: &Target<'_>, gathered: &mut Accumulator) -> Result<(), Box<Error>> {
    if target.file.validators.is_empty() {
        return Ok(());
    }
    let schemas = target.context.schemas();
    for Planned { step, .. } in transformers(target, &target.file.validators)? {
        let before: Vec<Node> =
            gathered.resources.list().iter().map(|resource| resource.node().clone()).collect();
        step.run(&mut gathered.resources, target, &schemas, &mut Vec::new(), None)
            .map_err(|error| Error::new(error, target.whole))?;
        let span = target.file.validators.first().map(|entry| entry.span);
        gathered
            .resources
            .check_all(&schemas)
            .map_err(|twins| Error::new(AccumulateError::from(twins), span.unwrap_or_default()))?;
        let after = gathered.resources.list();
        let changed = before.len() != after.len();
        let different =
            after.iter().zip(&before).find(|(a, b)| !is_identical(&without_seal(a.node()), b));
        if changed || different.is_some() {
            let object = different
                .map_or_else(|| "the list".to_owned(), |(a, _)| a.id(&schemas).to_string());
            return Err(Error::new(ErrorKind::Validator { object }, span.unwrap_or_default()));
        }
    }
    Ok(())
}

/// The label that a validator may leave.
const VALIDATED_BY: &str = "validated-by";

/// An object without the label that a validator may leave, where it is the only one. Beside others it is a change:
/// kustomize makes all labels anew, and compares where they stood.
fn without_seal(node: &Node) -> Cow<'_, Node> {
    let labels = node.get("metadata").and_then(|metadata| metadata.get("labels")?.as_mapping());
    if labels.is_none_or(|labels| labels.len() != 1 || !labels.contains_key(VALIDATED_BY)) {
        return Cow::Borrowed(node);
    }
    let mut node = node.clone();
    if let Some(metadata) = node.get_mut("metadata").and_then(Node::as_mapping_mut) {
        metadata.remove("labels");
    }
    Cow::Owned(node)
}

fn step_of(target: &Target<'_>, plugin: Plugin, object: &Resource) -> Result<Step, Box<Error>> {
    let span = object.span();
    Ok(match plugin {
        Plugin::Annotations { annotations, field_specs } => {
            Step::Pairs { pairs: step::pairs(&annotations), specs: field_specs.into() }
        }
        Plugin::Label { labels, field_specs } => {
            Step::Pairs { pairs: step::pairs(&labels), specs: field_specs.into() }
        }
        Plugin::Hash => Step::Hash,
        Plugin::ImageTag { image, field_specs } => Step::Image { image, specs: field_specs.into() },
        Plugin::Namespace { namespace, field_specs, unset_only, subjects } => Step::Namespace {
            namespace: namespace.value,
            specs: field_specs.into(),
            unset_only,
            subjects,
        },
        Plugin::Patch(patch) => step::load_patch(target, &patch)?,
        Plugin::PatchJson6902 { target: selector, operations } => {
            let (path, patch) = match operations {
                PatchText::Path(path) => (Some(path), None),
                PatchText::Inline(text) => (None, Some(text)),
            };
            let patch = Patch { path, patch, target: Some(selector), span, ..Patch::default() };
            step::load_json6902(target, &patch)?
        }
        Plugin::PatchStrategicMerge { paths, patches } => {
            let mut merges = Vec::new();
            if !paths.is_empty() {
                merges.extend(step::load_merges(target, &paths)?);
            }
            if let Some(text) = patches {
                let inline = target.inline_objects(&text);
                merges.extend(inline.map_err(|error| Error::new(error, text.span))?);
            }
            if merges.is_empty() {
                return Err(Error::new(ErrorKind::EmptyPatch, span));
            }
            Step::StrategicMerge(merges)
        }
        Plugin::Prefix(affix) => affix_step(Affix::Prefix, affix),
        Plugin::Suffix(affix) => affix_step(Affix::Suffix, affix),
        Plugin::PrefixSuffix(prefix, suffix) => {
            Step::All(vec![affix_step(Affix::Prefix, prefix), affix_step(Affix::Suffix, suffix)])
        }
        Plugin::Replacement(replacements) => {
            Step::Replacements(step::load_replacements(target, &replacements)?)
        }
        Plugin::ReplicaCount { replica, field_specs } => {
            Step::Replicas { replica, specs: field_specs.into() }
        }
        Plugin::ValueAdd(plugin) => value_add(target, plugin)?,
        Plugin::ConfigMap(_) | Plugin::Secret(_) | Plugin::IamPolicy(_) => {
            let kind = object.kind().to_owned();
            return Err(Error::new(ErrorKind::NoPlugin { wanted: "transformer", kind }, span));
        }
    })
}

fn affix_step(affix: Affix, plugin: kustomization::Affix) -> Step {
    Step::Affix { affix, text: plugin.text.value, specs: plugin.field_specs.into() }
}

fn value_add(target: &Target<'_>, mut plugin: ValueAdd) -> Result<Step, Box<Error>> {
    if let Some(path) = plugin.target_file.take() {
        let loaded =
            target.loader.file(&path.value).map_err(|error| Error::new(error, path.span))?;
        let budget = &target.context.options.budget;
        plugin
            .read_targets(loaded.source, &loaded.bytes, budget)
            .map_err(|errors| Error::new(ErrorKind::Plugin(errors), path.span))?;
    }
    let mut value = plugin.value.value;
    if value.is_empty() {
        let root = target.loader.root();
        let name = root.rsplit('/').next().filter(|name| !name.is_empty());
        value = name.unwrap_or("/").to_owned();
    }
    Ok(Step::ValueAdd { value, targets: plugin.targets })
}

/// The service account of a cloud's IAM policy.
fn service_account(policy: &IamPolicy, span: Span) -> Result<Resource, GenerateError> {
    if policy.cloud.value != "gke" {
        let cloud = policy.cloud.value.clone();
        return Err(GenerateError::Cloud { cloud, span: policy.cloud.span });
    }
    let account = &policy.account;
    let service = &policy.service;
    let mut text = format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  annotations:\n    \
         iam.gke.io/gcp-service-account: {}@{}.iam.gserviceaccount.com\n  name: {}\n",
        account.name, account.project_id, service.name
    );
    if !service.namespace.is_empty() {
        text += &format!("  namespace: {}", service.namespace);
    }
    // kustomize writes the parts into YAML as they are.
    let documents = parse(SourceId::default(), text.as_bytes(), &Budget::default());
    match documents.ok().and_then(|mut documents| documents.pop()) {
        Some(document) => Ok(Resource::new(document.root.at(span))),
        None => Err(GenerateError::MissingName { span }),
    }
}
