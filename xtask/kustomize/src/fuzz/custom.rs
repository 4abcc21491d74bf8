//! Custom resources: Flux's, other operators', and those that nobody has ever seen.

use super::maker::Maker;
use super::objects::Plan;
use super::pods::{self, Names};
use super::value::{Value, yaml};

/// As in [`super::objects`]: kind, group, version, whether it lives in a namespace.
pub(super) const KINDS: &[(&str, &str, &str, bool)] = &[
    ("Kustomization", "kustomize.toolkit.fluxcd.io", "v1", true),
    ("HelmRelease", "helm.toolkit.fluxcd.io", "v2", true),
    ("HelmRelease", "helm.toolkit.fluxcd.io", "v2", true),
    ("GitRepository", "source.toolkit.fluxcd.io", "v1", true),
    ("HelmRepository", "source.toolkit.fluxcd.io", "v1", true),
    ("OCIRepository", "source.toolkit.fluxcd.io", "v1", true),
    ("Widget", "acme.example", "v1", true),
    ("Widget", "acme.example", "v1", true),
    ("Widget", "acme.example", "v1", true),
    ("Gadget", "acme.example", "v1beta2", false),
    ("Deployment", "apps.acme.example", "v1", true),
    ("Rollout", "argoproj.example", "v1alpha1", true),
    ("ServiceMonitor", "monitoring.example.com", "v1", true),
    ("Certificate", "cert-manager.example.io", "v1", true),
    ("Service", "serving.example.dev", "v1", true),
];

/// Whether strategic merge knows nothing of the kind.
pub(super) fn is_custom(plan: &Plan) -> bool {
    KINDS.contains(&(plan.kind, plan.group, plan.version, plan.namespaced))
}

/// What the object has beside its metadata.
pub(super) fn fields(maker: &mut Maker, plan: &Plan, names: &Names) -> Value {
    let mut spec = match (plan.kind, plan.group) {
        ("Kustomization", _) => yaml!({
            "interval": "10m", "path": "./deploy", "prune": true, "timeout": "2m0s", "wait": true,
            "sourceRef": {"kind": "GitRepository", "name": names.of(maker, "GitRepository")},
            "serviceAccountName": names.of(maker, "ServiceAccount"),
            "dependsOn": [{"name": names.of(maker, "Kustomization")}, {"name": "infra", "namespace": "flux-system"}],
            "postBuild": {"substitute": {"cluster": "prod", "replicas": "3", "flag": "yes"}, "substituteFrom": [{"kind": "ConfigMap", "name": names.of(maker, "ConfigMap")}]},
            "patches": [{"target": {"kind": "Deployment"}, "patch": "- op: add\n  path: /metadata/labels/x\n  value: \"1\"\n"}],
        }),
        ("HelmRelease", _) => {
            let mut spec = yaml!({
                "interval": "5m", "chart": {"spec": {"chart": "web", "version": "1.x", "sourceRef": {"kind": "HelmRepository", "name": names.of(maker, "HelmRepository")}}},
                "install": {"crds": "CreateReplace", "remediation": {"retries": 3}},
                "valuesFrom": [{"kind": "ConfigMap", "name": names.of(maker, "ConfigMap")}, {"kind": "Secret", "name": names.of(maker, "Secret"), "valuesKey": "values.yaml", "optional": true}],
            });
            let mut values = yaml!({"image": {"repository": "acme/web", "tag": "1.0"}, "replicas": 2, "ingress": {"enabled": true, "hosts": [{"host": "a.acme.example", "paths": ["/"]}]}});
            let extra = maker.nest(3);
            values.set("extra", extra);
            spec.set("values", values);
            spec
        }
        ("GitRepository" | "HelmRepository" | "OCIRepository", _) => yaml!({
            "interval": "1m", "url": maker.pick(&["https://charts.acme.example", "ssh://git@git.acme.example/acme/apps", "oci://registry.acme.example/charts"]),
            "ref": {"branch": "main", "tag": "1.10", "semver": ">=1.0.0 <2.0.0"}, "secretRef": {"name": names.of(maker, "Secret")}, "ignore": "/*\n!/deploy\n",
        }),
        ("Deployment" | "Rollout", _) => {
            let labels = maker.label_pairs(2);
            let mut spec = yaml!({"replicas": 2, "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}}});
            let mut selector = Value::map();
            selector.set("matchLabels", labels.clone());
            spec.set("selector", selector);
            spec.set("template", pods::template(maker, names, &labels));
            spec
        }
        ("ServiceMonitor", _) => {
            yaml!({"selector": {"matchLabels": {"app": "web"}}, "endpoints": [{"port": "http", "interval": "30s", "basicAuth": {"password": {"name": names.of(maker, "Secret"), "key": "p"}}}]})
        }
        ("Certificate", _) => {
            yaml!({"secretName": names.of(maker, "Secret"), "dnsNames": ["a.acme.example"], "issuerRef": {"kind": "ClusterIssuer", "name": "acme"}, "duration": "2160h0m0s"})
        }
        _ => widget(maker, names),
    };
    if maker.chance(0.3) {
        let extra = maker.nest(3);
        spec.set("extra", extra);
    }
    // kustomize refuses keys that are no strings.
    if maker.risky()
        && let Some(map) = spec.as_map_mut()
    {
        let key = maker
            .dice
            .pick(&["1", "true", "~", "1.5", "null", "0x1F", "0o17", "2001-01-01"])
            .to_string();
        map.0.push((Value::Plain(key), Value::text("a key that is no string")));
    }
    let mut object = Value::map();
    object.set("spec", spec);
    if maker.chance(0.05) {
        let free = maker.nest(2);
        object.set("data", free);
    }
    object
}

/// The kind that the schemas, `crds` and `configurations` of the trees know.
fn widget(maker: &mut Maker, names: &Names) -> Value {
    let config = names.of(maker, "ConfigMap");
    let secret = names.of(maker, "Secret");
    let service = names.of(maker, "Service");
    let mut spec = yaml!({
        "configRef": {"name": config}, "secretName": secret, "service": service, "image": pods::image(maker), "count": 3,
        "parts": [{"name": "left", "size": 1, "image": "web:1.0"}, {"name": "right", "size": 2}], "selector": {"app": "web"}, "tags": ["a", "b", "c"],
        "text": "before $(VAR_A) after",
    });
    for field in ["parts", "selector", "tags", "text", "secretName"] {
        if maker.chance(0.25)
            && let Some(map) = spec.as_map_mut()
        {
            map.0.retain(|(key, _)| key.as_str() != Some(field));
        }
    }
    if maker.chance(0.5) {
        let value = maker.nest(3);
        spec.set("nested", value);
    }
    spec
}
