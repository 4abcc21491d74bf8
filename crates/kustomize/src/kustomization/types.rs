//! The fields of a kustomization file, as `kustomize`'s Go types name them
//! (`sigs.k8s.io/kustomize/api/types`), with their places.

use crate::yaml::Span;

/// A value and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it stands; the default span for what stands nowhere.
    pub span: Span,
}

impl<T> Placed<T> {
    /// A value at a place.
    pub fn new(value: T, span: Span) -> Placed<T> {
        Placed { value, span }
    }
}

/// Text at a place.
pub type Text = Placed<String>;

/// String keys and values, sorted by key; of keys that stand there twice the later one.
pub type Pairs = Vec<(Text, Text)>;

/// What kind of a kustomization it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// `kind: Kustomization`
    #[default]
    Kustomization,
    /// `kind: Component`
    Component,
}

/// A kustomization file after the moves that kustomize makes when it reads one: `bases` stand in
/// [`Kustomization::resources`], `imageTags` in [`Kustomization::images`], `env` in `envs`.
///
/// The meaning of the fields is [kustomize's](https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/).
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the fields are kustomize's, linked above")]
pub struct Kustomization {
    pub kind: Kind,
    pub name_prefix: Option<Text>,
    pub name_suffix: Option<Text>,
    pub namespace: Option<Text>,
    pub common_labels: Pairs,
    pub labels: Vec<Label>,
    pub common_annotations: Pairs,
    pub patches_strategic_merge: Vec<Text>,
    pub patches_json6902: Vec<Patch>,
    pub patches: Vec<Patch>,
    pub images: Vec<Image>,
    pub replacements: Vec<ReplacementField>,
    pub replicas: Vec<Replica>,
    pub vars: Vec<Var>,
    pub sort_options: Option<SortOptions>,
    pub resources: Vec<Text>,
    pub components: Vec<Text>,
    pub crds: Vec<Text>,
    pub config_map_generator: Vec<GeneratorArgs>,
    pub secret_generator: Vec<GeneratorArgs>,
    /// The key of the first field that asks for Helm and thereby for foreign code: `helmCharts` or
    /// `helmChartInflationGenerator`, if there is a chart in it.
    pub helm_charts: Option<Span>,
    pub generator_options: Option<GeneratorOptions>,
    pub configurations: Vec<Text>,
    pub generators: Vec<Text>,
    pub transformers: Vec<Text>,
    pub validators: Vec<Text>,
    pub build_metadata: Vec<Text>,
    pub open_api: OpenApi,
    /// The fields that kustomize calls deprecated, in the order in which it warns of them, each with
    /// the place of its key.
    pub deprecated: Vec<(Deprecated, Span)>,
}

/// A field that kustomize warns of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the fields")]
pub enum Deprecated {
    Bases,
    CommonLabels,
    ImageTags,
    PatchesJson6902,
    PatchesStrategicMerge,
    Vars,
}

/// `openapi`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct OpenApi {
    pub path: Option<Text>,
    pub version: Option<Text>,
}

/// An entry of `labels`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct Label {
    pub pairs: Pairs,
    pub include_selectors: bool,
    pub include_templates: bool,
    pub include_volume_claim_templates: bool,
    pub fields: Vec<FieldSpec>,
    pub span: Span,
}

/// Group, version and kind; what is empty matches everything where it selects.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "Kubernetes' names")]
pub struct Gvk {
    pub group: String,
    pub version: String,
    pub kind: String,
}

/// Where a transformer finds a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct FieldSpec {
    pub gvk: Gvk,
    pub path: String,
    pub create: bool,
}

/// An entry of `patches` or of `patchesJson6902`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct Patch {
    pub path: Option<Text>,
    pub patch: Option<Text>,
    pub target: Option<Selector>,
    pub allow_name_change: bool,
    pub allow_kind_change: bool,
    pub span: Span,
}

/// What selects resources. Of patches' and replacements' targets every part is a regular expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct Selector {
    pub gvk: Gvk,
    pub name: String,
    pub namespace: String,
    pub annotation_selector: String,
    pub label_selector: String,
    pub span: Span,
}

/// An entry of `images`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct Image {
    pub name: String,
    pub new_name: String,
    pub tag_suffix: String,
    pub new_tag: String,
    pub digest: String,
    pub span: Span,
}

/// An entry of `replicas`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct Replica {
    pub name: String,
    pub count: i64,
    pub span: Span,
}

/// An entry of `replacements`: a file, or a replacement.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct ReplacementField {
    pub path: Option<Text>,
    pub replacement: Replacement,
    pub span: Span,
}

/// A replacement.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct Replacement {
    pub source: Option<SourceSelector>,
    pub source_value: Option<Text>,
    /// `None` where the field is not there.
    pub targets: Option<Vec<TargetSelector>>,
    pub span: Span,
}

/// Where a replacement takes its value from.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct SourceSelector {
    pub gvk: Gvk,
    pub name: String,
    pub namespace: String,
    pub field_path: Option<Text>,
    pub options: Option<FieldOptions>,
    pub span: Span,
}

/// Where a replacement puts its value.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct TargetSelector {
    pub select: Option<Selector>,
    pub reject: Vec<Selector>,
    pub field_paths: Vec<Text>,
    pub options: Option<FieldOptions>,
    pub span: Span,
}

/// How a replacement refines a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct FieldOptions {
    pub delimiter: String,
    pub index: i64,
    pub encoding: String,
    pub create: bool,
}

/// An entry of `vars`, its `apiVersion` split into group and version, its field path defaulted to
/// `metadata.name`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct Var {
    pub name: String,
    pub gvk: Gvk,
    pub object_name: String,
    pub namespace: String,
    pub field_path: String,
    pub span: Span,
}

/// `sortOptions`
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct SortOptions {
    pub order: Text,
    pub legacy: Option<LegacySortOptions>,
    pub span: Span,
}

/// `sortOptions.legacySortOptions`
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct LegacySortOptions {
    pub order_first: Vec<String>,
    pub order_last: Vec<String>,
}

/// An entry of `configMapGenerator` or of `secretGenerator`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct GeneratorArgs {
    pub namespace: String,
    pub name: String,
    pub behavior: String,
    pub literals: Vec<Text>,
    pub files: Vec<Text>,
    pub envs: Vec<Text>,
    pub options: Option<GeneratorOptions>,
    /// Of secrets only: `type`.
    pub secret_type: String,
    pub span: Span,
}

/// `generatorOptions`, and the `options` of a generator.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "kustomize's names")]
pub struct GeneratorOptions {
    pub labels: Pairs,
    pub annotations: Pairs,
    pub disable_name_suffix_hash: bool,
    pub immutable: bool,
}
