//! The configuration of built-in plugins: what files in `transformers`, `generators` and `validators`
//! may say (the `Config` methods of kustomize's `api/internal/builtins`).

use crate::yaml::{SettleError, Span};

use super::{
    FieldError, FieldSpec, GeneratorArgs, Image, Pairs, Patch, ReplacementError, ReplacementField,
    Replica, Selector, Text,
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
    /// Whether it makes resources; the others change them. Each may only stand in the lists of its
    /// sort.
    pub fn is_generator(&self) -> bool {
        matches!(self, Plugin::ConfigMap(_) | Plugin::IamPolicy(_) | Plugin::Secret(_))
    }
}
