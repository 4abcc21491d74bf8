//! The configuration of built-in plugins: what files in `transformers`, `generators` and `validators`
//! may say (the `Config` methods of kustomize's `api/internal/builtins`).

use crate::yaml::{
    Budget, Mapping, Node, SettleError, Settled, SourceId, Span, Value, to_json_numbers,
};

use super::decode::{Decoder, Field, FieldError, Rules, record};
use super::fields::{ConfigMapArgs, Metadata, PatchField, SecretArgs};
use super::replacement::read_leniently;
use super::{
    FieldSpec, GeneratorArgs, Image, Pairs, Patch, ReplacementError, ReplacementField, Replica,
    Selector, Text,
};

/// What a built-in plugin is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Plugin {
    /// `AnnotationsTransformer`
    Annotations {
        /// `annotations`
        annotations: Pairs,
        /// `fieldSpecs`
        field_specs: Vec<FieldSpec>,
    },
    /// `ConfigMapGenerator`. `env` counts for nothing here, as in kustomize.
    ConfigMap(GeneratorArgs),
    /// `HashTransformer`
    Hash,
    /// `IAMPolicyGenerator`
    IamPolicy(IamPolicy),
    /// `ImageTagTransformer`
    ImageTag {
        /// `imageTag`
        image: Image,
        /// `fieldSpecs`
        field_specs: Vec<FieldSpec>,
    },
    /// `LabelTransformer`
    Label {
        /// `labels`
        labels: Pairs,
        /// `fieldSpecs`
        field_specs: Vec<FieldSpec>,
    },
    /// `NamespaceTransformer`
    Namespace {
        /// `metadata.namespace`
        namespace: Text,
        /// `fieldSpecs`
        field_specs: Vec<FieldSpec>,
        /// `unsetOnly`
        unset_only: bool,
        /// `setRoleBindingSubjects`
        subjects: Subjects,
    },
    /// `PatchJson6902Transformer`
    PatchJson6902 {
        /// `target`
        target: Selector,
        /// `path` or `jsonOp`
        operations: PatchText,
    },
    /// `PatchStrategicMergeTransformer`
    PatchStrategicMerge {
        /// `paths`, each a file or a patch
        paths: Vec<Text>,
        /// `patches`
        patches: Option<Text>,
    },
    /// `PatchTransformer`: either `path` or `patch` is there, the patch trimmed.
    Patch(Patch),
    /// `PrefixTransformer`
    Prefix(Affix),
    /// `SuffixTransformer`
    Suffix(Affix),
    /// `PrefixSuffixTransformer`: the prefix first.
    PrefixSuffix(Affix, Affix),
    /// `ReplacementTransformer`
    Replacement(Vec<ReplacementField>),
    /// `ReplicaCountTransformer`
    ReplicaCount {
        /// `replica`
        replica: Replica,
        /// `fieldSpecs`
        field_specs: Vec<FieldSpec>,
    },
    /// `SecretGenerator`. `env` counts for nothing here, as in kustomize.
    Secret(GeneratorArgs),
    /// `ValueAddTransformer`
    ValueAdd(ValueAdd),
}

/// A patch that is written down or in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchText {
    /// The file.
    Path(Text),
    /// The text.
    Inline(Text),
}

/// A name's prefix or suffix and where it goes.
#[derive(Clone, Debug)]
pub struct Affix {
    /// `prefix` or `suffix`; may be empty.
    pub text: Text,
    /// `fieldSpecs`
    pub field_specs: Vec<FieldSpec>,
}

/// Which subjects of role bindings a [`Plugin::Namespace`] changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subjects {
    /// `defaultOnly`
    #[default]
    DefaultOnly,
    /// `allServiceAccounts`
    AllServiceAccounts,
    /// `none`
    None,
}

/// `IAMPolicyGenerator`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IamPolicy {
    /// `cloud`
    pub cloud: Text,
    /// `kubernetesService`
    pub service: KubernetesService,
    /// `serviceAccount`
    pub account: ServiceAccount,
}

/// `IAMPolicyGenerator`'s `kubernetesService`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubernetesService {
    /// `name`
    pub name: String,
    /// `namespace`
    pub namespace: String,
}

/// `IAMPolicyGenerator`'s `serviceAccount`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAccount {
    /// `name`
    pub name: String,
    /// `projectId`
    pub project_id: String,
}

/// `ValueAddTransformer`
#[derive(Clone, Debug, Default)]
pub struct ValueAdd {
    /// `value`, trimmed; if it is empty, it is the last part of the root's path.
    pub value: Text,
    /// `targets`; those of the file come after them.
    pub targets: Vec<ValueTarget>,
    /// `targetFilePath`: see [`ValueAdd::read_targets`].
    pub target_file: Option<Text>,
    /// The plugin.
    pub span: Span,
}

/// Where a [`ValueAdd`] puts its value.
#[derive(Clone, Debug, Default)]
pub struct ValueTarget {
    /// `selector`
    pub selector: Option<Selector>,
    /// `fieldPath`
    pub field_path: Text,
    /// `filePathPosition`
    pub file_path_position: i64,
    /// The target.
    pub span: Span,
}

/// Why a plugin cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// A plugin that is not built in.
    #[error(
        "`{kind}` is no built-in plugin (their apiVersion is `builtin`), and foreign code is not run"
    )]
    Foreign {
        /// Its kind.
        kind: String,
        /// Its kind, where it stands.
        span: Span,
    },
    /// A built-in plugin that there is not.
    #[error("there is no built-in plugin `{kind}`")]
    NotBuiltIn {
        /// The kind.
        kind: String,
        /// Where it stands.
        span: Span,
    },
    /// Helm.
    #[error(
        "`HelmChartInflationGenerator` needs Helm, and foreign code is not run: render the chart and name the manifests in `resources`"
    )]
    Helm {
        /// Its kind, where it stands.
        span: Span,
    },
    /// A file that is not YAML.
    #[error(transparent)]
    Yaml(#[from] crate::yaml::Error),
    /// A scalar that cannot be written.
    #[error(transparent)]
    Unwritable(#[from] SettleError),
    /// A field that does not fit.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// An entry of `replacements` at fault.
    #[error(transparent)]
    Replacement(#[from] ReplacementError),
    /// A field that must be there.
    #[error("this plugin needs `{field}`")]
    Missing {
        /// The field, or the fields of which it needs one.
        field: &'static str,
        /// The plugin, or the part of it that needs the field.
        span: Span,
    },
    /// Two fields of which only one may be there.
    #[error("`{one}` and `{other}` exclude each other: take one away")]
    Both {
        /// A field.
        one: &'static str,
        /// Another.
        other: &'static str,
        /// The plugin.
        span: Span,
    },
    /// A value of `setRoleBindingSubjects` that there is not.
    #[error("`setRoleBindingSubjects` must be `defaultOnly`, `allServiceAccounts` or `none`")]
    Subjects {
        /// The value.
        span: Span,
    },
    /// A `filePathPosition` below zero.
    #[error("`filePathPosition` cannot be negative")]
    NegativePosition {
        /// The target.
        span: Span,
    },
}

impl PluginError {
    /// Where it is.
    pub fn span(&self) -> Span {
        match self {
            PluginError::Yaml(error) => error.span,
            PluginError::Unwritable(error) => error.span,
            PluginError::Field(error) => error.span(),
            PluginError::Replacement(error) => error.span(),
            PluginError::Foreign { span, .. }
            | PluginError::NotBuiltIn { span, .. }
            | PluginError::Helm { span }
            | PluginError::Missing { span, .. }
            | PluginError::Both { span, .. }
            | PluginError::Subjects { span }
            | PluginError::NegativePosition { span } => *span,
        }
    }
}

impl Plugin {
    /// Reads the configuration of a plugin from the resource that it is, as kustomize does by writing
    /// the resource and reading it again. Unknown fields are passed over.
    ///
    /// # Errors
    ///
    /// A plugin that is not built in, or everything that is wrong with one that is. The list is never
    /// empty.
    pub fn read(node: &Node) -> Result<Plugin, Vec<PluginError>> {
        let span = node.span;
        let node = written(node).map_err(|error| vec![PluginError::from(error)])?;
        let text = |field| node.get(field).and_then(Node::as_str).unwrap_or_default();
        let kind = text("kind");
        let place = node.get("kind").map_or(span, |kind| kind.span);
        if text("apiVersion") != "builtin" {
            return Err(vec![PluginError::Foreign { kind: kind.to_owned(), span: place }]);
        }
        let only = |error| vec![error];
        match kind {
            "AnnotationsTransformer" => {
                let Annotations { annotations, field_specs } = decode(&node)?;
                Ok(Plugin::Annotations { annotations, field_specs })
            }
            "ConfigMapGenerator" => {
                let args: ConfigMapArgs = decode(&node)?;
                generator(args.args, &node).map(Plugin::ConfigMap)
            }
            "HashTransformer" => Ok(Plugin::Hash),
            "HelmChartInflationGenerator" => Err(vec![PluginError::Helm { span: place }]),
            "IAMPolicyGenerator" => decode(&node).map(Plugin::IamPolicy),
            "ImageTagTransformer" => {
                let ImageTag { image, field_specs } = decode(&node)?;
                Ok(Plugin::ImageTag { image, field_specs })
            }
            "LabelTransformer" => {
                let Labels { labels, field_specs } = decode(&node)?;
                Ok(Plugin::Label { labels, field_specs })
            }
            "NamespaceTransformer" => decode::<Namespace>(&node)?.checked().map_err(only),
            "PatchJson6902Transformer" => decode::<JsonPatch>(&node)?.checked(span).map_err(only),
            "PatchStrategicMergeTransformer" => {
                let MergePatches { paths, patches } = decode(&node)?;
                if paths.is_empty() && patches.is_none() {
                    let field = "paths` or `patches";
                    return Err(vec![PluginError::Missing { field, span }]);
                }
                Ok(Plugin::PatchStrategicMerge { paths, patches })
            }
            "PatchTransformer" => patch(decode(&node)?, span).map_err(only),
            "PrefixTransformer" => affix(&node, true).map(Plugin::Prefix),
            "SuffixTransformer" => affix(&node, false).map(Plugin::Suffix),
            "PrefixSuffixTransformer" => {
                Ok(Plugin::PrefixSuffix(affix(&node, true)?, affix(&node, false)?))
            }
            "ReplacementTransformer" => {
                let Replacements { replacements } = decode(&node)?;
                let errors: Vec<PluginError> = replacements
                    .iter()
                    .filter_map(|entry: &ReplacementField| entry.check().err())
                    .map(PluginError::from)
                    .collect();
                if errors.is_empty() { Ok(Plugin::Replacement(replacements)) } else { Err(errors) }
            }
            "ReplicaCountTransformer" => {
                let ReplicaCount { replica, field_specs } = decode(&node)?;
                Ok(Plugin::ReplicaCount { replica, field_specs })
            }
            "SecretGenerator" => {
                let args: SecretArgs = decode(&node)?;
                generator(args.args, &node).map(Plugin::Secret)
            }
            "ValueAddTransformer" => {
                let mut plugin: ValueAdd = decode(&node)?;
                plugin.value.value = plugin.value.value.trim().to_owned();
                if plugin.target_file.is_none() {
                    plugin.check().map_err(only)?;
                }
                Ok(Plugin::ValueAdd(plugin))
            }
            _ => Err(vec![PluginError::NotBuiltIn { kind: kind.to_owned(), span: place }]),
        }
    }

    /// Whether it makes resources; the others change them. Each may only stand in the lists of its
    /// sort.
    pub fn is_generator(&self) -> bool {
        matches!(self, Plugin::ConfigMap(_) | Plugin::IamPolicy(_) | Plugin::Secret(_))
    }
}

fn decode<T: Field + Default>(node: &Node) -> Result<T, Vec<PluginError>> {
    decode_by(Rules::Kubernetes { strict: false }, node)
}

fn decode_by<T: Field + Default>(rules: Rules, node: &Node) -> Result<T, Vec<PluginError>> {
    Decoder::decode(rules, node)
        .map_err(|errors| errors.into_iter().map(PluginError::from).collect())
}

/// A resource as it is once kustomize wrote it and read it again, with its places.
fn written(node: &Node) -> Result<Node, SettleError> {
    let value = match &node.value {
        Value::Sequence(items) => {
            Value::Sequence(items.iter().map(written).collect::<Result<_, _>>()?)
        }
        Value::Mapping(mapping) => {
            let mut written_mapping = mapping
                .iter()
                .map(|(key, value)| {
                    Ok((Node::string(key.key_text()).at(key.span), written(value)?))
                })
                .collect::<Result<Mapping, SettleError>>()?;
            written_mapping.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            Value::Mapping(written_mapping)
        }
        _ => match node.settled()? {
            None | Some(Settled::Null) => Value::Null,
            Some(Settled::Bool(value)) => Value::Bool(value),
            Some(Settled::Int(value)) => Value::Int(value),
            Some(Settled::UInt(value)) => Value::UInt(value),
            Some(Settled::Float(value)) => Value::Float(value),
            Some(Settled::String(text)) => Value::String(text.into_owned()),
            Some(Settled::Timestamp(text)) => Value::String(text),
        },
    };
    let mut node = Node::new(value).at(node.span);
    if matches!(node.value, Value::Float(_)) {
        to_json_numbers(&mut node);
    }
    Ok(node)
}

#[derive(Default)]
struct Annotations {
    annotations: Pairs,
    field_specs: Vec<FieldSpec>,
}

record!(Annotations { "annotations" => annotations, "fieldSpecs" => field_specs });

#[derive(Default)]
struct Labels {
    labels: Pairs,
    field_specs: Vec<FieldSpec>,
}

record!(Labels { "labels" => labels, "fieldSpecs" => field_specs });

#[derive(Default)]
struct ImageTag {
    image: Image,
    field_specs: Vec<FieldSpec>,
}

record!(ImageTag { "imageTag" => image, "fieldSpecs" => field_specs });

#[derive(Default)]
struct ReplicaCount {
    replica: Replica,
    field_specs: Vec<FieldSpec>,
}

record!(ReplicaCount { "replica" => replica, "fieldSpecs" => field_specs });

#[derive(Default)]
struct Replacements {
    replacements: Vec<ReplacementField>,
}

record!(Replacements { "replacements" => replacements });

#[derive(Default)]
struct MergePatches {
    paths: Vec<Text>,
    patches: Option<Text>,
}

record!(MergePatches { "paths" => paths, "patches" => patches [unless empty] });

record!(IamPolicy {
    "cloud" => cloud [embedded],
    "kubernetesService" => service [embedded],
    "serviceAccount" => account [embedded],
});

record!(KubernetesService { "name" => name, "namespace" => namespace });

record!(ServiceAccount { "name" => name, "projectId" => project_id });

#[derive(Default)]
struct Namespace {
    metadata: Metadata,
    field_specs: Vec<FieldSpec>,
    unset_only: bool,
    subjects: Text,
}

record!(Namespace {
    "metadata" => metadata,
    "fieldSpecs" => field_specs,
    "unsetOnly" => unset_only,
    "setRoleBindingSubjects" => subjects,
});

impl Namespace {
    fn checked(self) -> Result<Plugin, PluginError> {
        let subjects = match self.subjects.value.as_str() {
            "" | "defaultOnly" => Subjects::DefaultOnly,
            "allServiceAccounts" => Subjects::AllServiceAccounts,
            "none" => Subjects::None,
            _ => return Err(PluginError::Subjects { span: self.subjects.span }),
        };
        Ok(Plugin::Namespace {
            namespace: self.metadata.namespace,
            field_specs: self.field_specs,
            unset_only: self.unset_only,
            subjects,
        })
    }
}

#[derive(Default)]
struct JsonPatch {
    target: Option<Selector>,
    path: Option<Text>,
    operations: Option<Text>,
}

record!(JsonPatch {
    "target" => target,
    "path" => path [unless empty],
    "jsonOp" => operations [unless empty],
});

impl JsonPatch {
    fn checked(self, span: Span) -> Result<Plugin, PluginError> {
        let Some(target) = self.target else {
            return Err(PluginError::Missing { field: "target", span });
        };
        if target.name.is_empty() {
            return Err(PluginError::Missing { field: "name", span: target.span });
        }
        let operations = match (self.path, self.operations) {
            (Some(path), None) => PatchText::Path(path),
            (None, Some(operations)) => PatchText::Inline(operations),
            (None, None) => {
                return Err(PluginError::Missing { field: "path` or `jsonOp", span });
            }
            (Some(_), Some(_)) => {
                return Err(PluginError::Both { one: "path", other: "jsonOp", span });
            }
        };
        Ok(Plugin::PatchJson6902 { target, operations })
    }
}

fn patch(field: PatchField, span: Span) -> Result<Plugin, PluginError> {
    let mut patch = Patch::from(field);
    patch.patch = patch
        .patch
        .map(|text| Text::new(text.value.trim().to_owned(), text.span))
        .filter(|text| !text.value.is_empty());
    match (&patch.path, &patch.patch) {
        (None, None) => Err(PluginError::Missing { field: "path` or `patch", span }),
        (Some(_), Some(_)) => Err(PluginError::Both { one: "path", other: "patch", span }),
        _ => Ok(Plugin::Patch(patch)),
    }
}

#[derive(Default)]
struct Prefix {
    text: Text,
    field_specs: Option<Vec<FieldSpec>>,
}

record!(Prefix { "prefix" => text, "fieldSpecs" => field_specs });

#[derive(Default)]
struct Suffix {
    text: Text,
    field_specs: Option<Vec<FieldSpec>>,
}

record!(Suffix { "suffix" => text, "fieldSpecs" => field_specs });

fn affix(node: &Node, prefix: bool) -> Result<Affix, Vec<PluginError>> {
    let (text, field_specs) = if prefix {
        let Prefix { text, field_specs } = decode_by(Rules::GoYamlV3, node)?;
        (text, field_specs)
    } else {
        let Suffix { text, field_specs } = decode_by(Rules::GoYamlV3, node)?;
        (text, field_specs)
    };
    let missing = || vec![PluginError::Missing { field: "fieldSpecs", span: node.span }];
    Ok(Affix { text, field_specs: field_specs.ok_or_else(missing)? })
}

#[derive(Default)]
struct Named {
    metadata: Metadata,
}

record!(Named { "metadata" => metadata });

/// A generator's own name and namespace, or else those of the plugin.
fn generator(mut args: GeneratorArgs, node: &Node) -> Result<GeneratorArgs, Vec<PluginError>> {
    let Named { metadata } = decode(node)?;
    if args.name.is_empty() {
        args.name = metadata.name;
    }
    if args.namespace.is_empty() {
        args.namespace = metadata.namespace.value;
    }
    args.span = node.span;
    Ok(args)
}

record!(ValueAdd {
    "value" => value,
    "targets" => targets,
    "targetFilePath" => target_file [unless empty],
} at span);

record!(ValueTarget {
    "selector" => selector,
    "fieldPath" => field_path,
    "filePathPosition" => file_path_position,
} at span);

#[derive(Default)]
struct Targets {
    targets: Vec<ValueTarget>,
}

record!(Targets { "targets" => targets });

impl ValueAdd {
    /// Adds the targets that stand in the file that [`ValueAdd::target_file`] names, and checks them
    /// all.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the file, or the first target at fault.
    pub fn read_targets(
        &mut self,
        source: SourceId,
        bytes: &[u8],
        budget: &Budget,
    ) -> Result<(), Vec<PluginError>> {
        let root = read_leniently(source, bytes, budget)
            .map_err(|errors| errors.into_iter().map(PluginError::from).collect::<Vec<_>>())?;
        let Targets { targets } = decode(&root)?;
        self.targets.extend(targets);
        self.check().map_err(|error| vec![error])
    }

    fn check(&self) -> Result<(), PluginError> {
        if self.targets.is_empty() {
            return Err(PluginError::Missing { field: "targets", span: self.span });
        }
        for target in &self.targets {
            let span = target.span;
            if target.field_path.value.is_empty() {
                return Err(PluginError::Missing { field: "fieldPath", span });
            }
            if target.file_path_position < 0 {
                return Err(PluginError::NegativePosition { span });
            }
        }
        Ok(())
    }
}
