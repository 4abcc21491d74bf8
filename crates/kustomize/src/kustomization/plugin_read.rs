//! How the configuration of a built-in plugin is read and checked: each `Config` method of kustomize's
//! `api/internal/builtins`, up to where it opens files.

use crate::print::text_through_json;
use crate::yaml::{
    Budget, ErrorKind, Mapping, Node, Settled, SourceId, Span, Value, to_json_numbers,
};

use super::decode::{Decoder, Field, Rules, record};
use super::fields::{ConfigMapArgs, Metadata, PatchField, SecretArgs};
use super::replacement::read_leniently;
use super::{
    Affix, FieldSpec, GeneratorArgs, IamPolicy, Image, KubernetesService, Pairs, Patch, PatchText,
    Plugin, PluginError, ReplacementField, Replica, Selector, ServiceAccount, Subjects, Text,
    ValueAdd, ValueTarget,
};

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
        let node = written(node).map_err(|error| vec![error])?;
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
}

fn decode<T: Field + Default>(node: &Node) -> Result<T, Vec<PluginError>> {
    decode_by(Rules::Kubernetes { strict: false }, node)
}

fn decode_by<T: Field + Default>(rules: Rules, node: &Node) -> Result<T, Vec<PluginError>> {
    Decoder::decode(rules, node)
        .map_err(|errors| errors.into_iter().map(PluginError::from).collect())
}

/// A resource as it is once kustomize wrote it and read it again, with its places.
fn written(node: &Node) -> Result<Node, PluginError> {
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
                .collect::<Result<Mapping, PluginError>>()?;
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
    text_through_json(&mut node).map_err(|character| crate::yaml::Error {
        kind: ErrorKind::ControlCharacter { character },
        span: node.span,
    })?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn read(kind: &str, fields: &str) -> Result<Plugin, String> {
        let text = format!("apiVersion: builtin\nkind: {kind}\n{fields}");
        let documents = parse(SourceId(0), text.as_bytes(), &Budget::default());
        let node = documents.unwrap_or_default().remove(0).root;
        Plugin::read(&node).map_err(|errors| errors[0].to_string())
    }

    fn refusal(kind: &str, fields: &str) -> String {
        read(kind, fields).err().unwrap_or_default()
    }

    #[test]
    fn numbers_and_dates_become_labels_as_they_were_written_again() {
        let fields =
            "labels: {a: 1, b: 1000000.0, c: 2001-01-01, d: yes, e: 1.5, f: 1e30, g: 0x10}";
        let Ok(Plugin::Label { labels, .. }) = read("LabelTransformer", fields) else {
            unreachable!()
        };
        let values: Vec<&str> = labels.iter().map(|(_, value)| value.value.as_str()).collect();
        let expected = ["1", "1000000", "2001-01-01T00:00:00Z", "yes", "1.5", "1e+30", "16"];
        assert_eq!(values, expected);
    }

    #[test]
    fn a_number_is_no_kind_of_an_embedded_struct() {
        assert_eq!(
            refusal("LabelTransformer", "fieldSpecs: [{path: a, kind: 1}]"),
            "expected a string, found a number: write it in quotes"
        );
        assert!(read("PrefixTransformer", "fieldSpecs: [{path: a, kind: 1}]").is_ok());
    }

    #[test]
    fn prefixes_are_read_by_other_rules_than_labels() {
        let prefix = |fields| match read("PrefixTransformer", fields) {
            Ok(Plugin::Prefix(Affix { text, field_specs })) => {
                Ok((text.value, field_specs.iter().any(|spec| spec.create)))
            }
            other => Err(other.err().unwrap_or_default()),
        };
        let expected = |text: &str, create| Ok((text.to_owned(), create));
        assert_eq!(prefix("prefix: 1\nfieldSpecs: []"), expected("1", false));
        assert_eq!(prefix("Prefix: a\nfieldSpecs: [{create: 'yes'}]"), expected("", true));
        assert_eq!(prefix("FieldSpecs: []"), Err("this plugin needs `fieldSpecs`".to_owned()));
        assert!(read("LabelTransformer", "LABELS: {a: b}\nFieldSpecs: []\nx: y").is_ok());
    }

    #[test]
    fn a_generator_takes_its_name_from_the_plugin_and_forgets_env() {
        let fields = "metadata: {name: a, namespace: b}\nenv: x\ntype: t\nname: ''";
        let Ok(Plugin::Secret(args)) = read("SecretGenerator", fields) else { unreachable!() };
        assert_eq!((args.name.as_str(), args.namespace.as_str()), ("a", "b"));
        assert_eq!((args.envs.len(), args.secret_type.as_str()), (0, "t"));
    }

    #[test]
    fn what_a_plugin_needs_is_said() {
        for (kind, fields, message) in [
            ("PatchJson6902Transformer", "jsonOp: '[]'", "this plugin needs `target`"),
            ("PatchJson6902Transformer", "target: {kind: A}", "this plugin needs `name`"),
            ("PatchTransformer", "patch: '  '", "this plugin needs `path` or `patch`"),
            ("ValueAddTransformer", "targets: [{}]", "this plugin needs `fieldPath`"),
            ("SortOrderTransformer", "", "there is no built-in plugin `SortOrderTransformer`"),
            (
                "NamespaceTransformer",
                "setRoleBindingSubjects: x",
                "`setRoleBindingSubjects` must be `defaultOnly`, `allServiceAccounts` or `none`",
            ),
            (
                "ReplacementTransformer",
                "replacements: [{path: a, source: {}}]",
                "a replacement is either in the file that `path` names or here: take one away",
            ),
        ] {
            assert_eq!(refusal(kind, fields), message);
        }
    }
}
