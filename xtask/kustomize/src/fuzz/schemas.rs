//! What tells kustomize about kinds that it does not know: `configurations`, `crds` and `openapi`.

use super::layer::{Layer, set_once};
use super::maker::Maker;
use super::value::{Value, yaml};

/// `configurations`
pub(super) fn configurations(maker: &mut Maker, layer: &mut Layer) {
    maker.uses("configurations");
    let all = [
        (
            "nameReference",
            yaml!([
                {"kind": "ConfigMap", "version": "v1", "fieldSpecs": [{"kind": "Widget", "path": "spec/configRef/name"}]},
                {"kind": "Secret", "version": "v1", "fieldSpecs": [{"kind": "Widget", "path": "spec/secretName"}, {"kind": "Certificate", "path": "spec/secretName"}]},
                {"kind": "Service", "version": "v1", "fieldSpecs": [{"kind": "Widget", "path": "spec/service"}]},
                {"kind": "GitRepository", "group": "source.toolkit.fluxcd.io", "fieldSpecs": [{"kind": "Kustomization", "path": "spec/sourceRef/name"}]},
                {"kind": "ConfigMap", "version": "v1", "fieldSpecs": [{"kind": "HelmRelease", "path": "spec/valuesFrom/name"}]},
            ]),
        ),
        (
            "commonLabels",
            yaml!([{"path": "spec/more/labels", "kind": "Widget", "create": true}, {"path": "spec/podLabels", "kind": "Rollout", "create": true}]),
        ),
        ("labels", yaml!([{"path": "spec/labels", "kind": "Widget", "create": true}])),
        ("templateLabels", yaml!([{"path": "spec/podLabels", "kind": "Rollout", "create": true}])),
        ("commonAnnotations", yaml!([{"path": "spec/notes", "kind": "Widget", "create": true}])),
        (
            "images",
            yaml!([{"path": "spec/image", "kind": "Widget"}, {"path": "spec/parts[]/image", "kind": "Widget"}]),
        ),
        (
            "replicas",
            yaml!([{"path": "spec/replicas", "kind": "Rollout"}, {"path": "spec/count", "kind": "Widget", "create": true}]),
        ),
        (
            "varReference",
            yaml!([{"path": "spec/text", "kind": "Widget"}, {"path": "metadata/annotations", "kind": "Deployment"}, {"path": "spec/values", "kind": "HelmRelease"}]),
        ),
        ("namePrefix", yaml!([{"path": "spec/service", "kind": "Widget"}])),
        ("nameSuffix", yaml!([{"path": "spec/chart/spec/chart", "kind": "HelmRelease"}])),
        (
            "namespace",
            yaml!([{"path": "spec/targetNamespace", "kind": "Kustomization", "create": true}]),
        ),
    ];
    let mut configuration = Value::map();
    let count = maker.dice.number(1..=5);
    for (field, specs) in maker.dice.sample(&all, count) {
        configuration.set(field, specs);
    }
    let name = layer.file(maker, "configuration", "yaml");
    let path = layer.at(&name);
    maker.write_yaml(&path, &[configuration]);
    layer.kustomization.push("configurations", Value::Text(name));
}

/// `crds`
pub(super) fn crds(maker: &mut Maker, layer: &mut Layer) {
    maker.uses("crds");
    let mut spec = yaml!({
        "configRef": {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "ConfigMap"},
        "service": {"type": "string"},
        "selector": {"x-kubernetes-label-selector": "", "type": "object"},
    });
    if maker.chance(0.3) {
        spec.set("service", yaml!({"x-kubernetes-identity": "", "type": "string"}));
    }
    if maker.chance(0.3) {
        spec.set("annotations", yaml!({"x-kubernetes-annotation": "", "type": "object"}));
    }
    let mut definitions = yaml!({
        "example.acme.v1.Widget": {"Schema": {"properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}, "spec": {"$ref": "example.acme.v1.WidgetSpec"}}}, "Dependencies": []},
    });
    definitions
        .set("example.acme.v1.WidgetSpec", yaml!({"Schema": {"properties": spec.to_json()}}));
    if maker.chance(0.5) {
        let name = layer.file(maker, "crd", "json");
        let path = layer.at(&name);
        maker.write_json(&path, &definitions);
        layer.kustomization.push("crds", Value::Text(name));
    } else {
        let name = layer.file(maker, "crd", "yaml");
        let path = layer.at(&name);
        maker.write_yaml(&path, &[definitions]);
        layer.kustomization.push("crds", Value::Text(name));
    }
}

/// `openapi`
pub(super) fn openapi(maker: &mut Maker, layer: &mut Layer) {
    if maker.chance(0.25) {
        if set_once(layer, "openapi", yaml!({"version": "v1.21.2"})) {
            maker.uses("openapi.version");
        }
        return;
    }
    let name = layer.file(maker, "schema", "json");
    if !set_once(layer, "openapi", yaml!({"path": name})) {
        return;
    }
    maker.uses("openapi.path");
    let metadata = serde_json::json!({"type": "object"});
    let mut definitions = serde_json::json!({
        "v1.Widget": {
            "type": "object",
            "properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": metadata, "spec": {"$ref": "#/definitions/v1.WidgetSpec"}},
            "x-kubernetes-group-version-kind": [{"group": "acme.example", "kind": "Widget", "version": "v1"}],
        },
        "v1.WidgetSpec": {"type": "object", "properties": {
            "parts": {"type": "array", "items": {"$ref": "#/definitions/v1.Part"}, "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"},
            "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-patch-strategy": "merge"},
            "selector": {"type": "object", "additionalProperties": {"type": "string"}},
        }},
        "v1.Part": {"type": "object", "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}},
    });
    if maker.chance(0.4) {
        // A built-in kind that lost its merge keys, or got another one.
        definitions["io.k8s.api.apps.v1.Deployment"] = serde_json::json!({
            "type": "object",
            "properties": {"spec": {"type": "object", "properties": {"template": {"type": "object", "properties": {"spec": {"type": "object", "properties": {
                "containers": {"type": "array", "items": {"type": "object"}, "x-kubernetes-patch-merge-key": maker.pick(&["name", "image"]), "x-kubernetes-patch-strategy": "merge"}}}}}}}},
            "x-kubernetes-group-version-kind": [{"group": "apps", "kind": "Deployment", "version": "v1"}],
        });
    }
    let document = Value::from(serde_json::json!({"swagger": "2.0", "definitions": definitions}));
    let path = layer.at(&name);
    if maker.chance(0.5) {
        maker.write_json(&path, &document)
    } else {
        maker.write_yaml(&path, &[document])
    }
}
