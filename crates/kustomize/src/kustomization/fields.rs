//! The names of the fields of kustomize's types, as its Go structs have them
//! (`sigs.k8s.io/kustomize/api/types`), and where they go.

use super::decode::{AnyMapping, Decoder, Field, record};
use super::{
    FieldOptions, FieldSpec, GeneratorArgs, GeneratorOptions, Gvk, Image, Label, LegacySortOptions,
    OpenApi, Pairs, Patch, Replacement, ReplacementField, Replica, Selector, SortOptions,
    SourceSelector, TargetSelector, Text, Var,
};
use crate::yaml::{Node, Span};

/// A kustomization file before kustomize moves anything. `None` is what Go calls nil: a list that is
/// there and empty makes a file that is not.
#[derive(Default)]
pub(super) struct File {
    pub(super) kind: Text,
    pub(super) api_version: Text,
    pub(super) metadata: Option<Metadata>,
    pub(super) open_api: Option<OpenApi>,
    pub(super) name_prefix: Option<Text>,
    pub(super) name_suffix: Option<Text>,
    pub(super) namespace: Option<Text>,
    pub(super) common_labels: Keyed<Pairs>,
    pub(super) labels: Option<Vec<Label>>,
    pub(super) common_annotations: Option<Pairs>,
    pub(super) patches_strategic_merge: Keyed<Vec<Text>>,
    pub(super) patches_json6902: Keyed<Vec<PatchField>>,
    pub(super) patches: Option<Vec<PatchField>>,
    pub(super) images: Option<Vec<Image>>,
    pub(super) image_tags: Keyed<Vec<Image>>,
    pub(super) replacements: Option<Vec<ReplacementField>>,
    pub(super) replicas: Option<Vec<Replica>>,
    pub(super) vars: Keyed<Vec<VarField>>,
    pub(super) sort_options: Option<SortOptions>,
    pub(super) resources: Option<Vec<Text>>,
    pub(super) components: Option<Vec<Text>>,
    pub(super) crds: Option<Vec<Text>>,
    pub(super) bases: Keyed<Vec<Text>>,
    pub(super) config_map_generator: Option<Vec<ConfigMapArgs>>,
    pub(super) secret_generator: Option<Vec<SecretArgs>>,
    pub(super) helm_globals: Keyed<HelmGlobals>,
    pub(super) helm_charts: Keyed<Vec<HelmChart>>,
    pub(super) helm_chart_inflation_generator: Keyed<Vec<HelmChartArgs>>,
    pub(super) generator_options: Option<GeneratorOptions>,
    pub(super) configurations: Option<Vec<Text>>,
    pub(super) generators: Option<Vec<Text>>,
    pub(super) transformers: Option<Vec<Text>>,
    pub(super) validators: Option<Vec<Text>>,
    pub(super) build_metadata: Option<Vec<Text>>,
}

record!(File {
    "kind" => kind [embedded],
    "apiVersion" => api_version [embedded],
    "metadata" => metadata,
    "openapi" => open_api,
    "namePrefix" => name_prefix [unless empty],
    "nameSuffix" => name_suffix [unless empty],
    "namespace" => namespace [unless empty],
    "commonLabels" => common_labels,
    "labels" => labels,
    "commonAnnotations" => common_annotations,
    "patchesStrategicMerge" => patches_strategic_merge,
    "patchesJson6902" => patches_json6902,
    "patches" => patches,
    "images" => images,
    "imageTags" => image_tags,
    "replacements" => replacements,
    "replicas" => replicas,
    "vars" => vars,
    "sortOptions" => sort_options,
    "resources" => resources,
    "components" => components,
    "crds" => crds,
    "bases" => bases,
    "configMapGenerator" => config_map_generator,
    "secretGenerator" => secret_generator,
    "helmGlobals" => helm_globals,
    "helmCharts" => helm_charts,
    "helmChartInflationGenerator" => helm_chart_inflation_generator,
    "generatorOptions" => generator_options,
    "configurations" => configurations,
    "generators" => generators,
    "transformers" => transformers,
    "validators" => validators,
    "buildMetadata" => build_metadata,
});

/// A field and the place of its key, which its warnings need.
#[derive(Default)]
pub(super) struct Keyed<T> {
    pub(super) value: Option<T>,
    pub(super) span: Span,
}

impl<T: Field + Default> Field for Keyed<T> {
    fn fill(&mut self, node: &Node, decoder: &mut Decoder) {
        self.span = decoder.key;
        self.value.fill(node, decoder);
    }
}

/// `metadata`, of kustomization files and of plugins.
#[derive(Default)]
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) namespace: Text,
    labels: Pairs,
    annotations: Pairs,
}

record!(Metadata {
    "name" => name,
    "namespace" => namespace,
    "labels" => labels,
    "annotations" => annotations,
});

/// A map of strings of which two keys count.
impl Field for OpenApi {
    fn fill(&mut self, node: &Node, decoder: &mut Decoder) {
        let mut pairs = Pairs::new();
        pairs.fill(node, decoder);
        for (key, value) in pairs {
            match key.value.as_str() {
                "path" => self.path = Some(value),
                "version" => self.version = Some(value),
                _ => {}
            }
        }
    }
}

record!(Label {
    "pairs" => pairs,
    "includeSelectors" => include_selectors,
    "includeTemplates" => include_templates,
    "includeVolumeClaimTemplates" => include_volume_claim_templates,
    "fields" => fields,
} at span);

record!(FieldSpec {
    "group" => gvk.group [embedded],
    "version" => gvk.version [embedded],
    "kind" => gvk.kind [embedded],
    "path" => path,
    "create" => create,
});

#[derive(Default)]
pub(super) struct PatchField {
    pub(super) path: Option<Text>,
    pub(super) patch: Option<Text>,
    pub(super) target: Option<Selector>,
    pub(super) options: Option<PatchOptions>,
    span: Span,
}

record!(PatchField {
    "path" => path [unless empty],
    "patch" => patch [unless empty],
    "target" => target,
    "options" => options,
} at span);

#[derive(Default)]
pub(super) struct PatchOptions {
    allow_name_change: bool,
    allow_kind_change: bool,
}

record!(PatchOptions {
    "allowNameChange" => allow_name_change,
    "allowKindChange" => allow_kind_change,
});

impl From<PatchField> for Patch {
    fn from(field: PatchField) -> Patch {
        let PatchField { path, patch, target, options, span } = field;
        let PatchOptions { allow_name_change, allow_kind_change } = options.unwrap_or_default();
        Patch { path, patch, target, allow_name_change, allow_kind_change, span }
    }
}

record!(Selector {
    "group" => gvk.group [embedded],
    "version" => gvk.version [embedded],
    "kind" => gvk.kind [embedded],
    "name" => name [embedded],
    "namespace" => namespace [embedded],
    "annotationSelector" => annotation_selector,
    "labelSelector" => label_selector,
} at span);

record!(Image {
    "name" => name,
    "newName" => new_name,
    "tagSuffix" => tag_suffix,
    "newTag" => new_tag,
    "digest" => digest,
} at span);

record!(ReplacementField {
    "source" => replacement.source [embedded],
    "targets" => replacement.targets [embedded without null],
    "sourceValue" => replacement.source_value [embedded],
    "path" => path [unless empty],
} at span);

record!(Replacement {
    "source" => source,
    "targets" => targets [without null],
    "sourceValue" => source_value,
} at span);

record!(SourceSelector {
    "group" => gvk.group [embedded],
    "version" => gvk.version [embedded],
    "kind" => gvk.kind [embedded],
    "name" => name [embedded],
    "namespace" => namespace [embedded],
    "fieldPath" => field_path [unless empty],
    "options" => options,
} at span);

record!(TargetSelector {
    "select" => select,
    "reject" => reject [without null],
    "fieldPaths" => field_paths,
    "options" => options,
} at span);

record!(FieldOptions {
    "delimiter" => delimiter,
    "index" => index,
    "encoding" => encoding,
    "create" => create,
});

record!(Replica {
    "name" => name,
    "count" => count,
} at span);

#[derive(Default)]
pub(super) struct VarField {
    name: String,
    object: ObjectReference,
    field: FieldReference,
    span: Span,
}

record!(VarField {
    "name" => name,
    "objref" => object,
    "fieldref" => field,
} at span);

#[derive(Default)]
struct ObjectReference {
    api_version: String,
    gvk: Gvk,
    name: String,
    namespace: String,
}

record!(ObjectReference {
    "apiVersion" => api_version,
    "group" => gvk.group [embedded],
    "version" => gvk.version [embedded],
    "kind" => gvk.kind [embedded],
    "name" => name,
    "namespace" => namespace,
});

#[derive(Default)]
struct FieldReference {
    path: String,
}

record!(FieldReference { "fieldPath" => path });

impl From<VarField> for Var {
    fn from(var: VarField) -> Var {
        let VarField { name, object, field, span } = var;
        let ObjectReference { api_version, mut gvk, name: object_name, namespace } = object;
        match api_version.split('/').collect::<Vec<_>>()[..] {
            [""] => {}
            [version] => version.clone_into(&mut gvk.version),
            [group, version] => {
                group.clone_into(&mut gvk.group);
                version.clone_into(&mut gvk.version);
            }
            _ => {}
        }
        let field_path =
            if field.path.is_empty() { "metadata.name".to_owned() } else { field.path };
        Var { name, gvk, object_name, namespace, field_path, span }
    }
}

record!(SortOptions {
    "order" => order,
    "legacySortOptions" => legacy,
} at span);

record!(LegacySortOptions {
    "orderFirst" => order_first,
    "orderLast" => order_last,
});

#[derive(Default)]
pub(super) struct ConfigMapArgs {
    pub(super) args: GeneratorArgs,
    env: Option<Text>,
    span: Span,
}

record!(ConfigMapArgs {
    "namespace" => args.namespace [embedded],
    "name" => args.name [embedded],
    "behavior" => args.behavior [embedded],
    "literals" => args.literals [embedded],
    "files" => args.files [embedded],
    "envs" => args.envs [embedded],
    "env" => env [embedded unless empty],
    "options" => args.options [embedded],
} at span);

#[derive(Default)]
pub(super) struct SecretArgs {
    pub(super) args: GeneratorArgs,
    env: Option<Text>,
    span: Span,
}

record!(SecretArgs {
    "namespace" => args.namespace [embedded],
    "name" => args.name [embedded],
    "behavior" => args.behavior [embedded],
    "literals" => args.literals [embedded],
    "files" => args.files [embedded],
    "envs" => args.envs [embedded],
    "env" => env [embedded unless empty],
    "options" => args.options [embedded],
    "type" => args.secret_type,
} at span);

impl From<ConfigMapArgs> for GeneratorArgs {
    fn from(ConfigMapArgs { mut args, env, span }: ConfigMapArgs) -> GeneratorArgs {
        args.envs.extend(env);
        GeneratorArgs { span, ..args }
    }
}

impl From<SecretArgs> for GeneratorArgs {
    fn from(SecretArgs { mut args, env, span }: SecretArgs) -> GeneratorArgs {
        args.envs.extend(env);
        GeneratorArgs { span, ..args }
    }
}

record!(GeneratorOptions {
    "labels" => labels,
    "annotations" => annotations,
    "disableNameSuffixHash" => disable_name_suffix_hash,
    "immutable" => immutable,
});

/// Helm needs foreign code: its fields are read to refuse what kustomize refuses, and forgotten.
#[derive(Default)]
pub(super) struct HelmGlobals {
    text: String,
}

record!(HelmGlobals { "chartHome" => text, "configHome" => text });

#[derive(Default)]
pub(super) struct HelmChart {
    text: String,
    texts: Vec<String>,
    switch: bool,
    values: AnyMapping,
}

record!(HelmChart {
    "name" => text,
    "version" => text,
    "repo" => text,
    "releaseName" => text,
    "namespace" => text,
    "additionalValuesFiles" => texts,
    "valuesFile" => text,
    "valuesInline" => values,
    "valuesMerge" => text,
    "includeCRDs" => switch,
    "skipHooks" => switch,
    "apiVersions" => texts,
    "kubeVersion" => text,
    "nameTemplate" => text,
    "skipTests" => switch,
    "debug" => switch,
    "devel" => switch,
});

#[derive(Default)]
pub(super) struct HelmChartArgs {
    text: String,
    texts: Vec<String>,
    values: AnyMapping,
}

record!(HelmChartArgs {
    "chartName" => text,
    "chartVersion" => text,
    "chartRepoUrl" => text,
    "chartHome" => text,
    "chartRepoName" => text,
    "helmBin" => text,
    "helmHome" => text,
    "values" => text,
    "valuesLocal" => values,
    "valuesMerge" => text,
    "releaseName" => text,
    "releaseNamespace" => text,
    "extraArgs" => texts,
});
