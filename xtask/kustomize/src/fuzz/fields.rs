//! The fields of a kustomization file that change every object.

use super::hostile;
use super::layer::{Layer, set_once};
use super::maker::Maker;
use super::value::{Value, yaml};

pub(super) fn namespace(maker: &mut Maker, layer: &mut Layer) {
    if maker.two_namespaces && !maker.risky() {
        return;
    }
    let name = maker.pick(&["apps", "prod", "flux-system", "default", "1", "yes"]).to_owned();
    if set_once(layer, "namespace", Value::Text(name)) {
        maker.uses("namespace");
        if layer.objects.iter().any(|object| object.kind.ends_with("RoleBinding")) {
            maker.uses("namespace.roleBindingSubjects");
        }
    }
}

pub(super) fn name_prefix(maker: &mut Maker, layer: &mut Layer) {
    if set_once(layer, "namePrefix", Value::text(maker.pick(&["dev-", "prod-", "x", "1-", "a.b-"])))
    {
        maker.uses("namePrefix");
    }
}

pub(super) fn name_suffix(maker: &mut Maker, layer: &mut Layer) {
    if set_once(layer, "nameSuffix", Value::text(maker.pick(&["-v2", "-prod", "x", "-1", ".b"]))) {
        maker.uses("nameSuffix");
    }
}

pub(super) fn labels(maker: &mut Maker, layer: &mut Layer) {
    for _ in 0..maker.dice.number(1..=2) {
        maker.uses("labels");
        let mut entry = Value::map();
        let count = maker.dice.number(1..=2);
        let pairs = maker.label_pairs(count);
        entry.set("pairs", pairs);
        for (field, feature) in [
            ("includeSelectors", "labels.includeSelectors"),
            ("includeTemplates", "labels.includeTemplates"),
            ("includeVolumeClaimTemplates", "labels.includeVolumeClaimTemplates"),
        ] {
            if maker.chance(0.3) {
                let on = maker.chance(0.85);
                entry.set(field, Value::plain(on));
                if on {
                    maker.uses(feature);
                }
            }
        }
        if maker.chance(0.2) {
            maker.uses("labels.fields");
            entry.set(
                "fields",
                Value::List(vec![field_spec(
                    maker,
                    &[
                        "spec/extra/labels",
                        "spec/template/labels",
                        "spec/labels",
                        "spec/parts[]/labels",
                        "metadata/more",
                    ],
                )]),
            );
        }
        layer.kustomization.push("labels", entry);
    }
}

pub(super) fn common_labels(maker: &mut Maker, layer: &mut Layer) {
    let pairs = maker.label_pairs(2);
    if set_once(layer, "commonLabels", pairs) {
        maker.uses("commonLabels");
    }
}

pub(super) fn common_annotations(maker: &mut Maker, layer: &mut Layer) {
    let pairs = maker.annotation_pairs(2);
    if set_once(layer, "commonAnnotations", pairs) {
        maker.uses("commonAnnotations");
    }
}

/// An entry of `images`, or what ImageTagTransformer takes.
pub(super) fn image(maker: &mut Maker) -> Value {
    let mut name = maker
        .pick(&[
            "nginx",
            "docker.io/library/nginx",
            "registry.acme.example:5000/acme/web",
            "ghcr.io/acme/api",
            "acme/db",
            "redis",
            "web",
            "nobody",
        ])
        .to_owned();
    if maker.chance(0.1) {
        maker.uses("images.regex");
        name = maker
            .pick(&[
                "ngin.",
                "re.*",
                ".*",
                "acme/.*",
                "registry.acme.example:5000/acme/[a-z]+",
                "(nginx|web)",
            ])
            .to_owned();
    }
    let mut image = yaml!({"name": name});
    let mut changes = 0;
    if maker.chance(0.4) {
        maker.uses("images.newName");
        image.set(
            "newName",
            Value::text(maker.pick(&[
                "mirror.acme.example/nginx",
                "registry.acme.example:5000/x/y",
                "other",
                "a/b/c",
            ])),
        );
        changes += 1;
    }
    if maker.chance(0.5) {
        maker.uses("images.newTag");
        let tag = if maker.chance(maker.hostility) {
            hostile::label(&mut maker.dice)
        } else {
            maker.pick(&["v2", "1.28", "2024-01-01", "1e3", "latest", "007"]).to_owned()
        };
        image.set("newTag", Value::Text(tag));
        changes += 1;
    }
    if maker.chance(0.15) {
        maker.uses("images.tagSuffix");
        image.set("tagSuffix", Value::text(maker.pick(&["-alpine", "-debug", ".1"])));
        changes += 1;
    }
    if maker.chance(0.25) || changes == 0 {
        maker.uses("images.digest");
        image.set(
            "digest",
            Value::text("sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3"),
        );
    }
    image
}

pub(super) fn images(maker: &mut Maker, layer: &mut Layer) {
    for _ in 0..maker.dice.number(1..=3) {
        let image = image(maker);
        layer.kustomization.push("images", image);
    }
}

pub(super) fn image_tags(maker: &mut Maker, layer: &mut Layer) {
    maker.uses("imageTags");
    let image = image(maker);
    layer.kustomization.push("imageTags", image);
}

/// The object that `replicas` may change, by its name.
pub(super) fn scalable(maker: &mut Maker, layer: &Layer) -> Option<String> {
    let names: Vec<&String> = layer
        .objects
        .iter()
        .filter(|object| {
            matches!(
                object.kind.as_str(),
                "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController"
            )
        })
        .flat_map(|object| &object.names)
        .collect();
    maker.dice.some(&names).map(|name| (*name).clone())
}

pub(super) fn replicas(maker: &mut Maker, layer: &mut Layer) {
    let Some(name) = scalable(maker, layer) else { return };
    maker.uses("replicas");
    layer.kustomization.push("replicas", yaml!({"name": name, "count": maker.dice.number(0..=9)}));
}

pub(super) fn build_metadata(maker: &mut Maker, layer: &mut Layer) {
    let all = [
        ("originAnnotations", "buildMetadata.originAnnotations"),
        ("transformerAnnotations", "buildMetadata.transformerAnnotations"),
        ("managedByLabel", "buildMetadata.managedByLabel"),
    ];
    let count = maker.dice.number(1..=2);
    for (option, feature) in maker.dice.sample(&all, count) {
        // Only the folder that is built decides.
        if layer.is_top {
            maker.uses(feature);
        }
        layer.kustomization.push("buildMetadata", Value::text(option));
    }
}

pub(super) fn sort_options(maker: &mut Maker, layer: &mut Layer) {
    let mut options = Value::map();
    if maker.chance(0.4) {
        maker.uses("sortOptions.fifo");
        options.set("order", Value::text("fifo"));
    } else {
        maker.uses("sortOptions.legacy");
        options.set("order", Value::text("legacy"));
        if maker.chance(0.5) {
            maker.uses("sortOptions.legacySortOptions");
            options.set("legacySortOptions", yaml!({"orderFirst": ["Widget", "Secret", "Namespace"], "orderLast": ["ConfigMap", "Deployment"]}));
        }
    }
    layer.kustomization.set("sortOptions", options);
}

/// An entry of `fieldSpecs` with one of the paths.
pub(super) fn field_spec(maker: &mut Maker, paths: &[&str]) -> Value {
    let mut spec = yaml!({"path": maker.pick(paths)});
    if maker.chance(0.5) {
        spec.set("create", Value::plain(maker.dice.chance(0.8)));
    }
    if maker.chance(0.6) {
        spec.set(
            "kind",
            Value::text(maker.pick(&[
                "Deployment",
                "Widget",
                "ConfigMap",
                "Service",
                "HelmRelease",
                "StatefulSet",
            ])),
        );
    }
    if maker.chance(0.2) {
        spec.set("group", Value::text(maker.pick(&["apps", "acme.example"])));
    }
    if maker.chance(0.2) {
        spec.set("version", Value::text("v1"));
    }
    spec
}
