//! Generators, transformers and validators that a kustomization names as objects: the built-in ones.

use super::accumulate::Accumulator;
use super::failure::{Error, ErrorKind};
use super::finish::is_identical;
use super::origin::Origin;
use super::step::{self, Step};
use super::target::Target;
use crate::generate::{Generated, generate as generate_object};
use crate::kustomization::plugin::Plugin;
use crate::kustomization::{Patch, Placed, Text};
use crate::print;
use crate::resource::{Resource, annotation};
use crate::transform::fieldspec::ReadySpec;
use crate::transform::names::Affix;
use crate::transform::namespace::Subjects;
use crate::yaml::{Node, Span};

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
        gathered
            .resources
            .append_all(inline, &schemas)
            .map_err(|collision| {
                let error = super::AccumulateError::from(collision);
                Error::new(error, entry.span)
            })?;
    }
    let gathered = target.add_resources(gathered, &paths)?;
    Ok(gathered.resources.into_list())
}

/// What an object configures.
fn read(object: &Resource, wanted: &'static str) -> Result<(Plugin, Node), Box<Error>> {
    let span = object.span();
    let kind = object.kind();
    if object.api_version() != "builtin" {
        let what = format!("the {wanted} {kind} of {}", object.api_version());
        return Err(Error::new(ErrorKind::ForeignCode { what }, span));
    }
    let mut node = object.node().clone();
    print::finish(&mut node).map_err(|error| Error::new(error, span))?;
    match Plugin::read(&node) {
        Ok(Some(plugin)) => Ok((plugin, node)),
        Ok(None) => {
            Err(Error::new(ErrorKind::NoPlugin { wanted, kind: kind.to_owned() }, span))
        }
        Err(errors) => Err(Error::new(ErrorKind::Kustomization(errors), span)),
    }
}

/// Runs the generators that the kustomization names.
pub(crate) fn generate(
    target: &Target<'_>,
    gathered: &mut Accumulator,
) -> Result<(), Box<Error>> {
    let mut made = Vec::new();
    for object in objects(target, &target.file.generators)? {
        let span = object.span();
        let (plugin, _) = read(&object, "generator")?;
        let result = match plugin {
            Plugin::ConfigMapGenerator(args) => {
                generate_object(Generated::ConfigMap, &args, None, &target.loader)
            }
            Plugin::SecretGenerator(args) => {
                generate_object(Generated::Secret, &args, None, &target.loader)
            }
            Plugin::IamPolicyGenerator(policy) => {
                let node = policy.service_account().map_err(|error| Error::new(error, span))?;
                Ok(Resource::new(node.at(span)))
            }
            Plugin::HelmChartInflationGenerator => {
                let what = "a Helm chart".to_owned();
                return Err(Error::new(ErrorKind::ForeignCode { what }, span));
            }
            _ => {
                let kind = object.kind().to_owned();
                return Err(Error::new(ErrorKind::NoPlugin { wanted: "generator", kind }, span));
            }
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
    }
    Ok(())
}

/// The transformers that entries name, each with what is known of where it comes from.
pub(crate) fn transformers(
    target: &Target<'_>,
    entries: &[Text],
) -> Result<Vec<(Option<Origin>, Step)>, Box<Error>> {
    let mut steps = Vec::new();
    for object in objects(target, entries)? {
        let (plugin, node) = read(&object, "transformer")?;
        let step = step_of(target, plugin, &node, &object)?;
        steps.push((Origin::of_plugin(&object), step));
    }
    Ok(steps)
}

/// Runs the validators that the kustomization names. They may change nothing.
pub(crate) fn validate(
    target: &Target<'_>,
    gathered: &mut Accumulator,
) -> Result<(), Box<Error>> {
    if target.file.validators.is_empty() {
        return Ok(());
    }
    let schemas = target.context.schemas();
    for (_, step) in transformers(target, &target.file.validators)? {
        let before: Vec<Node> =
            gathered.resources.list().iter().map(|resource| resource.node().clone()).collect();
        step.run(&mut gathered.resources, target, &schemas, &mut Vec::new())
            .map_err(|error| Error::new(error, Span::default()))?;
        let after = gathered.resources.list();
        let changed = before.len() != after.len();
        let different = after.iter().zip(&before).find(|(a, b)| !is_identical(a.node(), b));
        if changed || different.is_some() {
            let object = different
                .map_or_else(|| "the list".to_owned(), |(a, _)| a.id(&schemas).to_string());
            let span = target.file.validators.first().map(|entry| entry.span);
            return Err(Error::new(ErrorKind::Validator { object }, span.unwrap_or_default()));
        }
    }
    Ok(())
}

fn ready(specs: &[crate::kustomization::FieldSpec]) -> Vec<ReadySpec> {
    specs.iter().map(ReadySpec::new).collect()
}

fn step_of(
    target: &Target<'_>,
    plugin: Plugin,
    node: &Node,
    object: &Resource,
) -> Result<Step, Box<Error>> {
    let span = object.span();
    let pairs = |pairs: &crate::kustomization::Pairs| step::pairs(pairs);
    Ok(match plugin {
        Plugin::AnnotationsTransformer { annotations, field_specs } => {
            Step::Pairs { pairs: pairs(&annotations), specs: ready(&field_specs) }
        }
        Plugin::LabelTransformer { labels, field_specs } => {
            Step::Pairs { pairs: pairs(&labels), specs: ready(&field_specs) }
        }
        Plugin::HashTransformer => Step::Hash,
        Plugin::ImageTagTransformer { image, field_specs } => {
            Step::Image { image, specs: ready(&field_specs) }
        }
        Plugin::NamespaceTransformer {
            namespace,
            field_specs,
            unset_only,
            set_role_binding_subjects,
        } => Step::Namespace {
            namespace,
            specs: ready(&field_specs),
            unset_only,
            subjects: Subjects::parse(&set_role_binding_subjects, span)
                .map_err(|error| Error::new(error, span))?,
        },
        Plugin::PatchTransformer(patch) => step::load_patch(target, &patch)?,
        Plugin::PatchJson6902Transformer { target: selector, path, json_op } => {
            let text = |text: String| {
                (!text.is_empty()).then(|| Placed::new(text, span))
            };
            let patch = Patch {
                path: text(path),
                patch: text(json_op),
                target: selector,
                span,
                ..Patch::default()
            };
            step::load_json6902(target, &patch)?
        }
        Plugin::PatchStrategicMergeTransformer { paths, patches } => {
            let mut merges = Vec::new();
            if paths.is_empty() && patches.is_empty() {
                return Err(Error::new(ErrorKind::EmptyPatch, span));
            }
            if !paths.is_empty() {
                merges.extend(step::load_merges(target, &paths)?);
            }
            if !patches.is_empty() {
                let text = Placed::new(patches, span);
                let inline = target.inline_objects(&text);
                merges.extend(inline.map_err(|error| Error::new(error, span))?);
            }
            if merges.is_empty() {
                return Err(Error::new(ErrorKind::EmptyPatch, span));
            }
            Step::StrategicMerge(merges)
        }
        Plugin::PrefixTransformer { prefix, field_specs } => {
            affix(Affix::Prefix, prefix, field_specs, span)?
        }
        Plugin::SuffixTransformer { suffix, field_specs } => {
            affix(Affix::Suffix, suffix, field_specs, span)?
        }
        Plugin::PrefixSuffixTransformer { prefix, suffix, field_specs } => Step::All(vec![
            affix(Affix::Prefix, prefix, field_specs.clone(), span)?,
            affix(Affix::Suffix, suffix, field_specs, span)?,
        ]),
        Plugin::ReplacementTransformer { replacements } => {
            Step::Replacements(step::load_replacements(target, &replacements)?)
        }
        Plugin::ReplicaCountTransformer { replica, field_specs } => {
            Step::Replicas { replica, specs: ready(&field_specs) }
        }
        Plugin::ValueAddTransformer { value, targets, target_file_path } => {
            value_add(target, value, targets, target_file_path, span)?
        }
        _ => {
            let kind = object.kind().to_owned();
            let _ = node;
            return Err(Error::new(ErrorKind::NoPlugin { wanted: "transformer", kind }, span));
        }
    })
}

fn affix(
    affix: Affix,
    text: String,
    specs: Option<Vec<crate::kustomization::FieldSpec>>,
    span: Span,
) -> Result<Step, Box<Error>> {
    match specs {
        Some(specs) => Ok(Step::Affix { affix, text, specs: ready(&specs) }),
        None => Err(Error::new(
            ErrorKind::Plugin("this transformer needs `fieldSpecs`".to_owned()),
            span,
        )),
    }
}

fn value_add(
    target: &Target<'_>,
    value: String,
    mut targets: Vec<crate::kustomization::plugin::ValueAddTarget>,
    path: String,
    span: Span,
) -> Result<Step, Box<Error>> {
    let fail = |text: &str| Error::new(ErrorKind::Plugin(text.to_owned()), span);
    let value = match value.trim() {
        "" => {
            let root = target.loader.root();
            root.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("/").to_owned()
        }
        value => value.to_owned(),
    };
    if !path.is_empty() {
        let loaded = target.loader.file(&path).map_err(|error| Error::new(error, span))?;
        let read = crate::kustomization::plugin::read_value_add_targets(
            loaded.source,
            &loaded.bytes,
            &target.context.options.budget,
        );
        targets.extend(
            read.map_err(|errors| Error::new(ErrorKind::Kustomization(errors), span))?,
        );
    }
    if targets.is_empty() {
        return Err(fail("this transformer needs at least one target"));
    }
    if targets.iter().any(|target| target.field_path.is_empty()) {
        return Err(fail("a target of this transformer has no `fieldPath`"));
    }
    if targets.iter().any(|target| target.file_path_position < 0) {
        return Err(fail("`filePathPosition` is not negative"));
    }
    Ok(Step::ValueAdd { value, targets })
}
