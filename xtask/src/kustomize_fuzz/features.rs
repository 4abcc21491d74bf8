//! The features whose share of the trees is counted.

/// Every feature that a tree may use. One that no tree with an output uses fails the run.
pub(super) const FEATURES: &[&str] = &[
    // What is accumulated.
    "resources.file", "resources.folder", "resources.multiDocument", "resources.list", "resources.json", "bases", "components",
    "crds", "configurations", "openapi.path", "openapi.version", "kustomization.yaml", "kustomization.yml", "Kustomization",
    "kustomization.duplicateKeys", "kustomization.oddLayout", "kustomization.unordered", "overlay.deep", "overlay.sharedBase", "local-config",
    "loadRestrictor.none",
    // Fields that change everything.
    "namespace", "namespace.roleBindingSubjects", "namePrefix", "nameSuffix", "labels", "labels.includeSelectors", "labels.includeTemplates",
    "labels.includeVolumeClaimTemplates", "labels.fields", "commonLabels", "commonAnnotations", "images.newName", "images.newTag",
    "images.digest", "images.tagSuffix", "images.regex", "imageTags", "replicas", "sortOptions.fifo", "sortOptions.legacy",
    "sortOptions.legacySortOptions", "buildMetadata.originAnnotations", "buildMetadata.transformerAnnotations", "buildMetadata.managedByLabel",
    // Patches.
    "patches.inline", "patches.file", "patches.merge", "patches.json6902", "patches.json", "patches.multiDocument", "patches.target.group",
    "patches.target.version", "patches.target.kind", "patches.target.name", "patches.target.namespace", "patches.target.labelSelector",
    "patches.target.annotationSelector", "patches.target.regex", "patches.target.nothing", "patches.allowNameChange", "patches.allowKindChange",
    "patches.renames", "patches.onCustomResource", "patches.onGenerated", "patches.fromComponent",
    "patchesStrategicMerge.inline", "patchesStrategicMerge.file", "patchesJson6902.inline", "patchesJson6902.file", "merge.listByKey",
    "merge.listOfScalars", "merge.null", "merge.changesType", "merge.$patch.delete", "merge.$patch.replace", "merge.$patch.merge",
    "merge.$patch.deleteObject", "merge.$patch.listReplace", "merge.$patch.listDelete", "merge.$retainKeys", "merge.$deleteFromPrimitiveList", "merge.$setElementOrder",
    "json6902.add", "json6902.remove", "json6902.replace", "json6902.move", "json6902.copy", "json6902.test",
    // Generators.
    "configMapGenerator", "configMapGenerator.literals", "configMapGenerator.files", "configMapGenerator.envs", "configMapGenerator.env",
    "configMapGenerator.binary", "secretGenerator", "secretGenerator.type", "generator.behavior.create", "generator.behavior.merge", "generator.behavior.replace",
    "generator.options.labels", "generator.options.annotations", "generator.options.immutable", "generator.options.disableNameSuffixHash",
    "generator.namespace", "generatorOptions", "names.ofGenerated",
    // Replacements and variables.
    "replacements.inline", "replacements.file", "replacements.sourceValue", "replacements.delimiter", "replacements.create",
    "replacements.index", "replacements.reject", "replacements.wildcard", "replacements.listByKey", "replacements.listByIndex",
    "replacements.structured", "replacements.wholeNode", "replacements.labelSelector", "vars", "vars.fieldref",
    // Plugins that are built in.
    "transformers.AnnotationsTransformer", "transformers.HashTransformer", "transformers.ImageTagTransformer", "transformers.LabelTransformer",
    "transformers.NamespaceTransformer", "transformers.NamespaceTransformer.unsetOnly", "transformers.NamespaceTransformer.setRoleBindingSubjects",
    "transformers.PatchJson6902Transformer", "transformers.PatchStrategicMergeTransformer", "transformers.PatchTransformer",
    "transformers.PrefixTransformer", "transformers.PrefixSuffixTransformer", "transformers.SuffixTransformer", "transformers.ReplacementTransformer",
    "transformers.ReplicaCountTransformer", "transformers.ValueAddTransformer", "transformers.inline", "generators.ConfigMapGenerator",
    "generators.SecretGenerator", "generators.IAMPolicyGenerator", "validators",
    // Objects.
    "object.builtIn", "object.custom", "object.flux", "object.clusterScoped", "object.references", "object.otherNamespace", "value.hostile", "key.hostile",
    // Layout.
    "yaml.anchors", "yaml.mergeKeys", "yaml.flow", "yaml.comments", "yaml.tags", "yaml.explicitKeys", "yaml.quotedKeys", "yaml.blockScalars",
    "yaml.documentMarkers", "yaml.directive", "yaml.crlf",
    // What a corpus of fixtures gives when it is changed; counted only when there is a corpus.
    "mutated",
];
