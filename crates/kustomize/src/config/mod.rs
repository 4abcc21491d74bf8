//! Which fields the transformers change: kustomize's own lists, what `configurations:` and `crds:` add
//! to them, and how those of nested kustomizations come together.
//!
//! Bytes of such files go in, a [`TransformerConfig`] comes out. This module opens no files and knows
//! no resources. kustomize's own lists are made once, and shared by all configurations that do not add
//! to them, so that merging what is the same costs nothing.

mod crds;
mod defaults;
mod order;
mod specs;

use std::sync::{Arc, LazyLock};

pub use crds::{CrdError, read_crds};
pub use specs::{Conflict, FieldSpecs, NameBackReferences, NameReferences, merge_field_specs};

use crate::ApiVersion;
use crate::kustomization::{Decoder, FieldError, FieldSpec, Gvk, Rules, record};
use crate::yaml::{self, Budget, ReadOptions, ReadRules, SourceId, Span, parse_with};

use defaults::Row;

/// The fields that transformers change (`TransformerConfig` in `api/internal/plugins/builtinconfig`).
#[derive(Clone, Debug, Default)]
pub struct TransformerConfig {
    /// `namePrefix`
    pub name_prefix: FieldSpecs,
    /// `nameSuffix`
    pub name_suffix: FieldSpecs,
    /// `namespace`
    pub namespace: FieldSpecs,
    /// `commonLabels`
    pub common_labels: FieldSpecs,
    /// `labels`
    pub labels: FieldSpecs,
    /// `templateLabels`
    pub template_labels: FieldSpecs,
    /// `volumeClaimTemplateLabels`; empty before [`ApiVersion::V0_21_2`].
    pub volume_claim_template_labels: FieldSpecs,
    /// `commonAnnotations`
    pub common_annotations: FieldSpecs,
    /// `nameReference`
    pub name_reference: NameReferences,
    /// `varReference`
    pub var_reference: FieldSpecs,
    /// `images`
    pub images: FieldSpecs,
    /// `replicas`
    pub replicas: FieldSpecs,
}

/// A fault of a file in `configurations`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file is not YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// A field that does not fit.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl ConfigError {
    /// Where it is.
    pub fn span(&self) -> Span {
        match self {
            ConfigError::Yaml(error) => error.span,
            ConfigError::Field(error) => error.span(),
        }
    }
}

/// Two configurations that exclude each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configurations of `{list}` do not go together: {conflict}")]
pub struct MergeError {
    /// The list.
    pub list: &'static str,
    /// Why.
    pub conflict: Conflict,
}

impl TransformerConfig {
    /// No fields at all: where accumulating begins.
    pub fn empty() -> Arc<TransformerConfig> {
        static EMPTY: LazyLock<Arc<TransformerConfig>> = LazyLock::new(Arc::default);
        EMPTY.clone()
    }

    /// kustomize's own fields.
    pub fn built_in(version: ApiVersion) -> Arc<TransformerConfig> {
        static V0_21_1: LazyLock<Arc<TransformerConfig>> =
            LazyLock::new(|| Arc::new(TransformerConfig::defaults(ApiVersion::V0_21_1)));
        static V0_21_2: LazyLock<Arc<TransformerConfig>> =
            LazyLock::new(|| Arc::new(TransformerConfig::defaults(ApiVersion::V0_21_2)));
        match version {
            ApiVersion::V0_21_1 => V0_21_1.clone(),
            ApiVersion::V0_21_2 => V0_21_2.clone(),
        }
    }

    fn defaults(version: ApiVersion) -> TransformerConfig {
        let mut common_labels = specs(defaults::COMMON_LABELS);
        let mut template_labels = specs(defaults::TEMPLATE_LABELS);
        let mut claim_labels = specs(defaults::VOLUME_CLAIM_TEMPLATE_LABELS);
        let mut images = specs(defaults::IMAGES);
        if version == ApiVersion::V0_21_1 {
            let first = |list: &[FieldSpec]| {
                list.iter().position(|spec| spec.gvk.kind == "StatefulSet").unwrap_or_default()
            };
            // The labels of volume claim templates were among those of templates.
            for spec in claim_labels.drain(..) {
                common_labels.retain(|other| other.path != spec.path);
                common_labels.insert(first(&common_labels), spec.clone());
                template_labels.insert(first(&template_labels) + 1, spec);
            }
            images.retain(|spec| spec.path != defaults::IMAGE_SINCE_V0_21_2);
        }
        let list = |rows| FieldSpecs::closed(specs(rows));
        let references = defaults::NAME_REFERENCE.iter().map(|(group, version, kind, rows)| {
            NameBackReferences { gvk: gvk(group, version, kind), referrers: list(rows) }
        });
        TransformerConfig {
            name_prefix: list(defaults::NAME_PREFIX),
            name_suffix: list(defaults::NAME_SUFFIX),
            namespace: list(defaults::NAMESPACE),
            common_labels: FieldSpecs::closed(common_labels),
            labels: FieldSpecs::default(),
            template_labels: FieldSpecs::closed(template_labels),
            volume_claim_template_labels: FieldSpecs::closed(claim_labels),
            common_annotations: list(defaults::COMMON_ANNOTATIONS),
            name_reference: NameReferences::closed(references.collect()),
            var_reference: list(defaults::VAR_REFERENCE),
            images: FieldSpecs::closed(images),
            replicas: list(defaults::REPLICAS),
        }
    }

    /// Reads a file that `configurations` names, strictly, and sorts it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the file, in its order; a key that is set twice is. The list is
    /// never empty.
    pub fn read(
        source: SourceId,
        bytes: &[u8],
        budget: &Budget,
        version: ApiVersion,
    ) -> Result<TransformerConfig, Vec<ConfigError>> {
        fn all<E>(errors: Vec<E>) -> Vec<ConfigError>
        where
            ConfigError: From<E>,
        {
            errors.into_iter().map(ConfigError::from).collect()
        }
        let rules = ReadRules::GoYamlV2 { unique_keys: true };
        let options = ReadOptions { budget: *budget, rules };
        let documents = parse_with(source, bytes, &options).map_err(all)?;
        let root = documents.into_iter().next().map(|document| document.root).unwrap_or_default();
        let rules = Rules::Kubernetes { strict: true };
        let file: File = match version {
            ApiVersion::V0_21_2 => Decoder::decode(rules, &root).map_err(all)?,
            ApiVersion::V0_21_1 => Decoder::decode::<EarlierFile>(rules, &root).map_err(all)?.file,
        };
        let mut config = TransformerConfig {
            name_prefix: file.name_prefix.into(),
            name_suffix: file.name_suffix.into(),
            namespace: file.namespace.into(),
            common_labels: file.common_labels.into(),
            labels: file.labels.into(),
            template_labels: file.template_labels.into(),
            volume_claim_template_labels: file.volume_claim_template_labels.into(),
            common_annotations: file.common_annotations.into(),
            name_reference: file
                .name_reference
                .into_iter()
                .map(|Referrers { gvk, referrers }| NameBackReferences {
                    gvk,
                    referrers: referrers.into(),
                })
                .collect::<Vec<_>>()
                .into(),
            var_reference: file.var_reference.into(),
            images: file.images.into(),
            replicas: file.replicas.into(),
        };
        for list in [
            &mut config.name_prefix,
            &mut config.name_suffix,
            &mut config.namespace,
            &mut config.common_labels,
            &mut config.labels,
            &mut config.template_labels,
            &mut config.volume_claim_template_labels,
            &mut config.common_annotations,
            &mut config.var_reference,
            &mut config.images,
            &mut config.replicas,
        ] {
            list.sort();
        }
        config.name_reference.sort();
        Ok(config)
    }

    /// kustomize's own fields with those of the files that `configurations` names, in their order
    /// (`MakeTransformerConfig`).
    ///
    /// # Errors
    ///
    /// The first list of two configurations that exclude each other.
    pub fn with_configurations(
        version: ApiVersion,
        files: impl IntoIterator<Item = TransformerConfig>,
    ) -> Result<Arc<TransformerConfig>, MergeError> {
        let mut custom = TransformerConfig::empty();
        for file in files {
            custom = TransformerConfig::merge(&custom, &Arc::new(file))?;
        }
        TransformerConfig::merge(&TransformerConfig::built_in(version), &custom)
    }

    /// Merges a configuration into another (`Merge`): what is there already is passed over.
    ///
    /// An accumulator begins [empty](TransformerConfig::empty) and takes in the configurations of what
    /// is nested in it, then its own, then that of its `crds`. Where all of them are kustomize's own, it
    /// stays that one and nothing is copied.
    ///
    /// # Errors
    ///
    /// The first list of two configurations that exclude each other.
    pub fn merge(
        config: &Arc<TransformerConfig>,
        incoming: &Arc<TransformerConfig>,
    ) -> Result<Arc<TransformerConfig>, MergeError> {
        // Most kustomizations have kustomize's own fields, whichever way they came together.
        let is_own = [ApiVersion::V0_21_1, ApiVersion::V0_21_2]
            .into_iter()
            .any(|version| Arc::ptr_eq(incoming, &TransformerConfig::built_in(version)));
        if is_own
            && (Arc::ptr_eq(config, incoming) || Arc::ptr_eq(config, &TransformerConfig::empty()))
        {
            return Ok(Arc::clone(incoming));
        }
        if Arc::ptr_eq(incoming, &TransformerConfig::empty()) {
            return Ok(Arc::clone(config));
        }
        let merge = |list, a: &FieldSpecs, b: &FieldSpecs| {
            a.merge(b).map_err(|conflict| MergeError { list, conflict })
        };
        let (a, b) = (config, incoming);
        let merged = TransformerConfig {
            name_prefix: merge("namePrefix", &a.name_prefix, &b.name_prefix)?,
            name_suffix: merge("nameSuffix", &a.name_suffix, &b.name_suffix)?,
            namespace: merge("namespace", &a.namespace, &b.namespace)?,
            common_annotations: merge(
                "commonAnnotations",
                &a.common_annotations,
                &b.common_annotations,
            )?,
            common_labels: merge("commonLabels", &a.common_labels, &b.common_labels)?,
            labels: merge("labels", &a.labels, &b.labels)?,
            template_labels: merge("templateLabels", &a.template_labels, &b.template_labels)?,
            volume_claim_template_labels: merge(
                "volumeClaimTemplateLabels",
                &a.volume_claim_template_labels,
                &b.volume_claim_template_labels,
            )?,
            var_reference: merge("varReference", &a.var_reference, &b.var_reference)?,
            name_reference: a
                .name_reference
                .merge(&b.name_reference)
                .map_err(|conflict| MergeError { list: "nameReference", conflict })?,
            images: merge("images", &a.images, &b.images)?,
            replicas: merge("replicas", &a.replicas, &b.replicas)?,
        };
        Ok(if merged.is(a) {
            a.clone()
        } else if merged.is(b) {
            b.clone()
        } else {
            Arc::new(merged)
        })
    }

    /// Whether all lists are one and the same.
    fn is(&self, other: &TransformerConfig) -> bool {
        self.lists().iter().zip(other.lists()).all(|((_, a), (_, b))| a.is(b))
            && self.name_reference.is(&other.name_reference)
    }

    /// The lists but that of name references, with their names in files.
    pub fn lists(&self) -> [(&'static str, &FieldSpecs); 11] {
        [
            ("namePrefix", &self.name_prefix),
            ("nameSuffix", &self.name_suffix),
            ("namespace", &self.namespace),
            ("commonLabels", &self.common_labels),
            ("labels", &self.labels),
            ("templateLabels", &self.template_labels),
            ("volumeClaimTemplateLabels", &self.volume_claim_template_labels),
            ("commonAnnotations", &self.common_annotations),
            ("varReference", &self.var_reference),
            ("images", &self.images),
            ("replicas", &self.replicas),
        ]
    }
}

fn gvk(group: &str, version: &str, kind: &str) -> Gvk {
    Gvk { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
}

fn specs(rows: &[Row]) -> Vec<FieldSpec> {
    rows.iter()
        .flat_map(|(group, version, kind, front, paths)| {
            paths.iter().map(move |path| {
                let rest = path.strip_prefix('+');
                FieldSpec {
                    gvk: gvk(group, version, kind),
                    path: [front, rest.unwrap_or(path)].concat(),
                    create: rest.is_some(),
                }
            })
        })
        .collect()
}

/// A file in `configurations`.
#[derive(Default)]
struct File {
    name_prefix: Vec<FieldSpec>,
    name_suffix: Vec<FieldSpec>,
    namespace: Vec<FieldSpec>,
    common_labels: Vec<FieldSpec>,
    labels: Vec<FieldSpec>,
    template_labels: Vec<FieldSpec>,
    volume_claim_template_labels: Vec<FieldSpec>,
    common_annotations: Vec<FieldSpec>,
    name_reference: Vec<Referrers>,
    var_reference: Vec<FieldSpec>,
    images: Vec<FieldSpec>,
    replicas: Vec<FieldSpec>,
}

record!(File {
    "namePrefix" => name_prefix,
    "nameSuffix" => name_suffix,
    "namespace" => namespace,
    "commonLabels" => common_labels,
    "labels" => labels,
    "templateLabels" => template_labels,
    "volumeClaimTemplateLabels" => volume_claim_template_labels,
    "commonAnnotations" => common_annotations,
    "nameReference" => name_reference,
    "varReference" => var_reference,
    "images" => images,
    "replicas" => replicas,
});

/// A file in `configurations` before [`ApiVersion::V0_21_2`].
#[derive(Default)]
struct EarlierFile {
    file: File,
}

record!(EarlierFile {
    "namePrefix" => file.name_prefix,
    "nameSuffix" => file.name_suffix,
    "namespace" => file.namespace,
    "commonLabels" => file.common_labels,
    "labels" => file.labels,
    "templateLabels" => file.template_labels,
    "commonAnnotations" => file.common_annotations,
    "nameReference" => file.name_reference,
    "varReference" => file.var_reference,
    "images" => file.images,
    "replicas" => file.replicas,
});

#[derive(Default)]
struct Referrers {
    gvk: Gvk,
    referrers: Vec<FieldSpec>,
}

record!(Referrers {
    "group" => gvk.group [embedded],
    "version" => gvk.version [embedded],
    "kind" => gvk.kind [embedded],
    "fieldSpecs" => referrers,
});
