//! A kustomization file as kustomize reads it: filled in strictly, checked, and its deprecated fields
//! moved to where they belong.

use crate::ApiVersion;
use crate::print::text_through_json;
use crate::yaml::{Budget, Node, SourceId, Span, Value, yaml_to_json};

use super::decode::{Decoder, FieldError, Rules};
use super::fields::{File, Keyed};
use super::{Deprecated, Image, Kind, Kustomization, KustomizationError, Text};

/// Reads a kustomization file.
///
/// The meaning of the YAML is that of go-yaml v2 (see [`yaml_to_json`]), the meaning of the fields that
/// of `Kustomization.Unmarshal`, `FixKustomization`, `CheckEmpty` and `EnforceFields` in kustomize's
/// `api/types`: what they accept is accepted, and what they refuse is refused.
///
/// # Errors
///
/// Everything that is wrong with the file, in its order. The list is never empty.
pub fn read(
    source: SourceId,
    bytes: &[u8],
    budget: &Budget,
    version: ApiVersion,
) -> Result<Kustomization, Vec<KustomizationError>> {
    let mut root = yaml_to_json(source, bytes, budget)
        .map_err(|errors| errors.into_iter().map(KustomizationError::from).collect::<Vec<_>>())?;
    pass_on(&mut root).map_err(|error| vec![error])?;
    let mut decoder = Decoder::new(Rules::Strict);
    let mut file = File::default();
    decoder.fill(&mut file, &root);
    if version == ApiVersion::V0_21_1 {
        refuse_later_fields(&root, &mut decoder);
    }
    let mut errors: Vec<KustomizationError> =
        decoder.in_order().into_iter().map(KustomizationError::from).collect();
    if errors.is_empty() && file.is_empty() {
        errors.push(KustomizationError::Empty { span: root.span });
    }
    errors.extend(file.wrong_type());
    if errors.is_empty() { Ok(file.into_kustomization()) } else { Err(errors) }
}

/// A kustomization file that somebody writes again before kustomize reads it.
pub(crate) struct Draft {
    /// What it says, but for what its deprecated fields say that still are fields of their own.
    pub(crate) file: Kustomization,
    bases: Vec<Text>,
    image_tags: Vec<Image>,
}

impl Draft {
    /// What kustomize reads.
    pub(crate) fn finish(self) -> Kustomization {
        let Draft { mut file, bases, image_tags } = self;
        file.resources.extend(bases);
        file.images.extend(image_tags);
        file
    }
}

/// Reads a kustomization file as something does that writes it again from kustomize's types, as Flux's generator: fields that
/// these do not have are passed over, numbers and booleans are text where text is wanted, and a file may say nothing.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn read_to_rewrite(
    source: SourceId,
    bytes: &[u8],
    budget: &Budget,
    version: ApiVersion,
) -> Result<Draft, Vec<KustomizationError>> {
    let mut root = yaml_to_json(source, bytes, budget)
        .map_err(|errors| errors.into_iter().map(KustomizationError::from).collect::<Vec<_>>())?;
    pass_on(&mut root).map_err(|error| vec![error])?;
    let mut file: File = Decoder::decode(Rules::Kubernetes { strict: false }, &root)
        .map_err(|errors| errors.into_iter().map(KustomizationError::from).collect::<Vec<_>>())?;
    let errors = file.wrong_type();
    if !errors.is_empty() {
        return Err(errors);
    }
    let deprecated = file.deprecated();
    let bases = file.bases.value.take().unwrap_or_default();
    let image_tags = file.image_tags.value.take().unwrap_or_default();
    let mut file = file.into_kustomization();
    file.deprecated = deprecated;
    if version == ApiVersion::V0_21_1 {
        for label in &mut file.labels {
            label.include_volume_claim_templates = false;
        }
    }
    Ok(Draft { file, bases, image_tags })
}

/// Makes the fields that kustomize hands to its plugins what these get to see: they are written as JSON and
/// read as YAML on the way.
fn pass_on(root: &mut Node) -> Result<(), KustomizationError> {
    let is_kept = |name: &str| {
        matches!(name, "resources" | "components" | "bases" | "crds" | "configurations" | "openapi")
    };
    let Some(fields) = root.as_mapping_mut() else { return Ok(()) };
    fields
        .iter_mut()
        .filter(|(field, _)| field.as_str().is_some_and(|name| !is_kept(name)))
        .try_for_each(|(_, value)| pass_on_value(value))
}

fn pass_on_value(node: &mut Node) -> Result<(), KustomizationError> {
    let span = node.span;
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().try_for_each(pass_on_value),
        Value::Mapping(mapping) => {
            mapping.iter_mut().try_for_each(|(_, value)| pass_on_value(value))
        }
        _ => text_through_json(node)
            .map_err(|character| KustomizationError::ControlCharacter { character, span }),
    }
}

/// Refuses what kustomize came to know with [`ApiVersion::V0_21_2`].
fn refuse_later_fields(root: &Node, decoder: &mut Decoder) {
    const FIELD: &str = "includeVolumeClaimTemplates";
    let fields = root.as_mapping().into_iter().flat_map(|root| root.iter());
    let labels = fields
        .filter(|(key, _)| key.as_str().is_some_and(|key| key.eq_ignore_ascii_case("labels")))
        .flat_map(|(_, labels)| labels.as_sequence().unwrap_or_default())
        .filter_map(Node::as_mapping);
    for (key, _) in labels.flat_map(|label| label.iter()) {
        let Some(field) = key.as_str().filter(|key| key.eq_ignore_ascii_case(FIELD)) else {
            continue;
        };
        let (field, span) = (field.to_owned(), key.span);
        decoder.errors.push(FieldError::Unknown { field, suggestion: None, span });
    }
}

const KUSTOMIZATION: (&str, &str) = ("Kustomization", "kustomize.config.k8s.io/v1beta1");
const COMPONENT: (&str, &str) = ("Component", "kustomize.config.k8s.io/v1alpha1");

impl File {
    /// Whether nothing is left of the file once the deprecated fields were moved.
    fn is_empty(&self) -> bool {
        fn has<T>(list: &Option<Vec<T>>) -> bool {
            list.as_ref().is_some_and(|list| !list.is_empty())
        }
        let strings = [&self.name_prefix, &self.name_suffix, &self.namespace];
        let there = [
            self.metadata.is_some(),
            self.open_api.is_some(),
            strings.iter().any(|text| text.is_some()),
            self.common_labels.value.is_some(),
            self.labels.is_some(),
            self.common_annotations.is_some(),
            self.patches_strategic_merge.value.is_some(),
            self.patches_json6902.value.is_some(),
            self.patches.is_some(),
            self.images.is_some() || has(&self.image_tags.value),
            self.replacements.is_some(),
            self.replicas.is_some(),
            self.vars.value.is_some(),
            self.sort_options.is_some(),
            self.resources.is_some() || has(&self.bases.value),
            self.components.is_some(),
            self.crds.is_some(),
            self.config_map_generator.is_some(),
            self.secret_generator.is_some(),
            self.helm_globals.value.is_some(),
            self.helm_charts.value.is_some(),
            has(&self.helm_chart_inflation_generator.value),
            self.generator_options.is_some(),
            self.configurations.is_some(),
            self.generators.is_some(),
            self.transformers.is_some(),
            self.validators.is_some(),
            self.build_metadata.is_some(),
        ];
        !there.contains(&true)
    }

    fn kind(&self) -> &str {
        if self.kind.value.is_empty() { KUSTOMIZATION.0 } else { &self.kind.value }
    }

    /// What is wrong with `kind` and `apiVersion`.
    fn wrong_type(&self) -> Vec<KustomizationError> {
        let mut errors = Vec::new();
        let kind = self.kind();
        if kind != KUSTOMIZATION.0 && kind != COMPONENT.0 {
            errors.push(KustomizationError::Kind { span: self.kind.span });
        }
        let (_, expected) = if kind == COMPONENT.0 { COMPONENT } else { KUSTOMIZATION };
        let version = &self.api_version;
        if !version.value.is_empty() && version.value != expected {
            let (kind, span) = (kind.to_owned(), version.span);
            errors.push(KustomizationError::ApiVersion { kind, expected, span });
        }
        errors
    }

    fn deprecated(&self) -> Vec<(Deprecated, Span)> {
        fn said<T>(what: Deprecated, field: &Keyed<T>) -> Option<(Deprecated, Span)> {
            field.value.as_ref().map(|_| (what, field.span))
        }
        [
            said(Deprecated::Bases, &self.bases),
            said(Deprecated::CommonLabels, &self.common_labels),
            said(Deprecated::ImageTags, &self.image_tags),
            said(Deprecated::PatchesJson6902, &self.patches_json6902),
            said(Deprecated::PatchesStrategicMerge, &self.patches_strategic_merge),
            said(Deprecated::Vars, &self.vars),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn into_kustomization(self) -> Kustomization {
        fn chart<T>(field: &Keyed<Vec<T>>) -> Option<Span> {
            field.value.as_ref().filter(|charts| !charts.is_empty()).map(|_| field.span)
        }
        fn together<T>(new: Option<Vec<T>>, old: Keyed<Vec<T>>) -> Vec<T> {
            new.into_iter().chain(old.value).flatten().collect()
        }
        fn convert<A, B: From<A>>(list: Option<Vec<A>>) -> Vec<B> {
            list.into_iter().flatten().map(B::from).collect()
        }
        let texts = |list: Option<Vec<Text>>| list.unwrap_or_default();
        Kustomization {
            kind: if self.kind() == COMPONENT.0 { Kind::Component } else { Kind::Kustomization },
            deprecated: self.deprecated(),
            helm_charts: chart(&self.helm_charts)
                .or_else(|| chart(&self.helm_chart_inflation_generator)),
            name_prefix: self.name_prefix,
            name_suffix: self.name_suffix,
            namespace: self.namespace,
            common_labels: self.common_labels.value.unwrap_or_default(),
            labels: self.labels.unwrap_or_default(),
            common_annotations: self.common_annotations.unwrap_or_default(),
            patches_strategic_merge: texts(self.patches_strategic_merge.value),
            patches_json6902: convert(self.patches_json6902.value),
            patches: convert(self.patches),
            images: together(self.images, self.image_tags),
            replacements: self.replacements.unwrap_or_default(),
            replicas: self.replicas.unwrap_or_default(),
            vars: convert(self.vars.value),
            sort_options: self.sort_options,
            resources: together(self.resources, self.bases),
            components: texts(self.components),
            crds: texts(self.crds),
            config_map_generator: convert(self.config_map_generator),
            secret_generator: convert(self.secret_generator),
            generator_options: self.generator_options,
            configurations: texts(self.configurations),
            generators: texts(self.generators),
            transformers: texts(self.transformers),
            validators: texts(self.validators),
            build_metadata: texts(self.build_metadata),
            open_api: self.open_api.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, version: ApiVersion) -> Result<Kustomization, Vec<String>> {
        read(SourceId(0), text.as_bytes(), &Budget::default(), version).map_err(|errors| {
            errors.iter().map(|error| format!("{}: {error}", &text[error.span().range()])).collect()
        })
    }

    fn faults(text: &str) -> Vec<String> {
        read_text(text, ApiVersion::V0_21_2).err().unwrap_or_default()
    }

    #[test]
    fn all_faults_are_found_in_their_order_with_their_places() {
        let text = "kind: Component\napiVersion: v1\nresource: [a]\nreplicas: [{name: 1, count: x}]\n\
                    labels:\n- pairs: {a: yes}\n  includeSelector: true\nreplica: 3\nzzz: 1\n";
        assert_eq!(
            faults(text),
            [
                "resource: there is no field `resource` here; did you mean `resources`?",
                "1: expected a string, found a number: write it in quotes",
                "x: expected a number, found a string: write it without quotes",
                "yes: expected a string, found a boolean: write it in quotes",
                "includeSelector: there is no field `includeSelector` here; did you mean \
                 `includeSelectors`?",
                "replica: there is no field `replica` here; did you mean `replicas`?",
                "zzz: there is no field `zzz` here",
                "v1: the apiVersion of a Component must be `kustomize.config.k8s.io/v1alpha1`",
            ]
        );
    }

    #[test]
    fn a_file_that_says_nothing_is_refused() {
        let message =
            "this kustomization is empty: it needs at least one field, such as `resources`";
        assert_eq!(faults(""), [format!(": {message}")]);
        assert_eq!(faults("bases: []"), [format!("bases: []: {message}")]);
        assert_eq!(faults("resources: []"), [""; 0]);
    }

    #[test]
    fn deprecated_fields_are_told_in_kustomizes_order_with_their_keys() {
        let text = "vars: []\nbases: [b]\nresources: [a]\ncommonLabels: null\n";
        let file = read_text(text, ApiVersion::V0_21_2).unwrap_or_default();
        let told: Vec<_> =
            file.deprecated.iter().map(|(what, span)| (*what, &text[span.range()])).collect();
        assert_eq!(told, [(Deprecated::Bases, "bases"), (Deprecated::Vars, "vars")]);
        let resources: Vec<&str> = file.resources.iter().map(|text| text.value.as_str()).collect();
        assert_eq!(resources, ["a", "b"]);
        assert_eq!(&text[file.resources[1].span.range()], "b");
    }

    #[test]
    fn labels_of_volume_claim_templates_came_later() {
        let text = "labels: [{includeVolumeClaimTemplates: true}]";
        assert!(read_text(text, ApiVersion::V0_21_2).is_ok());
        assert_eq!(
            read_text(text, ApiVersion::V0_21_1).err().unwrap_or_default(),
            ["includeVolumeClaimTemplates: there is no field `includeVolumeClaimTemplates` here"]
        );
    }
}
