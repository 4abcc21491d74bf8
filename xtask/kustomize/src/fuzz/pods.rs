//! Pods, with references to what else is in the tree.

use super::maker::Maker;
use super::value::{Value, yaml};

/// The names that objects may refer to, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(pub(super) Vec<(String, String)>);

impl Names {
    /// The name of an object of a kind, or now and then one that nobody has.
    pub(super) fn of(&self, maker: &mut Maker, kind: &str) -> String {
        let known: Vec<&str> =
            self.0.iter().filter(|(of, _)| of == kind).map(|(_, name)| name.as_str()).collect();
        match maker.dice.some(&known) {
            Some(name) if maker.dice.chance(0.92) => (*name).to_owned(),
            _ => "elsewhere".to_owned(),
        }
    }
}

const IMAGES: &[&str] = &[
    "nginx",
    "nginx:1.27",
    "nginx:1.27@sha256:9b1c5ee6c2f28a4d2c1a3f2d9a1e5c8f9f1b6c7d8e9fa0b1c2d3e4f5a6b7c8d9",
    "docker.io/library/nginx:latest",
    "registry.acme.example:5000/acme/web:v1",
    "registry.acme.example:5000/acme/web",
    "ghcr.io/acme/api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "acme/db:1.2.3",
    "redis:7",
    "redis:7-alpine",
    "web",
    "web:1.0",
];

/// An image as a pod would name it.
pub(super) fn image(maker: &mut Maker) -> String {
    maker.pick(IMAGES).to_owned()
}

/// `template` of a workload.
pub(super) fn template(maker: &mut Maker, names: &Names, labels: &Value) -> Value {
    let mut metadata = Value::map();
    metadata.set("labels", labels.clone());
    if maker.chance(0.4) {
        let annotations = maker.annotation_pairs(2);
        metadata.set("annotations", annotations);
    }
    let mut template = Value::map();
    template.set("metadata", metadata);
    let spec = spec(maker, names);
    template.set("spec", spec);
    template
}

/// `spec` of a pod.
pub(super) fn spec(maker: &mut Maker, names: &Names) -> Value {
    let mut spec = Value::map();
    let mut containers = Vec::new();
    let all = ["web", "api", "sidecar", "proxy"];
    let count = maker.dice.number(1..=3);
    for name in maker.dice.sample(&all, count) {
        containers.push(container(maker, names, name));
    }
    spec.set("containers", Value::List(containers));
    if maker.chance(0.3) {
        let init = container(maker, names, "init");
        spec.set("initContainers", Value::List(vec![init]));
    }
    if maker.chance(0.6) {
        let volumes = volumes(maker, names);
        spec.set("volumes", volumes);
    }
    if maker.chance(0.4) {
        spec.set("serviceAccountName", Value::Text(names.of(maker, "ServiceAccount")));
    }
    if maker.chance(0.2) {
        let secret = names.of(maker, "Secret");
        spec.set("imagePullSecrets", yaml!([{"name": secret}]));
    }
    if maker.chance(0.2) {
        spec.set("tolerations", yaml!([
            {"key": "dedicated", "operator": "Equal", "value": "acme", "effect": "NoSchedule"},
            {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30},
        ]));
    }
    if maker.chance(0.2) {
        spec.set("topologySpreadConstraints", yaml!([
            {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}},
            {"maxSkew": 2, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"},
        ]));
    }
    if maker.chance(0.2) {
        spec.set("affinity", yaml!({"podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}],
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}}}],
        }}));
    }
    if maker.chance(0.15) {
        spec.set(
            "hostAliases",
            yaml!([{"ip": "127.0.0.1", "hostnames": ["a.acme.example", "b.acme.example"]}]),
        );
    }
    if maker.chance(0.2) {
        spec.set("nodeSelector", yaml!({"kubernetes.io/os": "linux"}));
    }
    if maker.chance(0.2) {
        spec.set("securityContext", yaml!({"runAsUser": 1000, "fsGroup": 2000, "sysctls": [{"name": "net.core.somaxconn", "value": "1024"}], "supplementalGroups": [1, 2, 3]}));
    }
    if maker.chance(0.15) {
        spec.set("priorityClassName", Value::Text(names.of(maker, "PriorityClass")));
    }
    spec
}

fn container(maker: &mut Maker, names: &Names, name: &str) -> Value {
    let mut container = yaml!({"name": name, "image": image(maker)});
    if maker.chance(0.05) {
        container.set("image", Value::Text(maker.string()));
    }
    if maker.chance(0.5) {
        let env = environment(maker, names);
        container.set("env", env);
    }
    if maker.chance(0.35) {
        let mut from = Vec::new();
        for kind in ["ConfigMap", "Secret"] {
            if maker.chance(0.6) {
                let name = names.of(maker, kind);
                let field = if kind == "ConfigMap" { "configMapRef" } else { "secretRef" };
                from.push(yaml!({field: {"name": name}}));
            }
        }
        container.set("envFrom", Value::List(from));
    }
    if maker.chance(0.4) {
        container.set("ports", yaml!([{"containerPort": 8080, "name": "http"}, {"containerPort": 8443, "protocol": "TCP"}, {"containerPort": 8080, "protocol": "UDP"}]));
        if maker.chance(0.5) {
            container.set("ports", yaml!([{"containerPort": 80}]));
        }
    }
    for field in ["command", "args"] {
        if maker.chance(0.3) {
            let mut words = Vec::new();
            for _ in 0..maker.dice.number(1..=3) {
                let word = variable_or(maker, |maker| maker.string());
                words.push(Value::Text(word));
            }
            container.set(field, Value::List(words));
        }
    }
    if maker.chance(0.4) {
        let mounts = yaml!([{"name": "config", "mountPath": "/etc/config"}, {"name": "scratch", "mountPath": "/tmp", "readOnly": false}, {"name": "config", "mountPath": "/etc/x", "subPath": "x"}]);
        container.set("volumeMounts", mounts);
    }
    if maker.chance(0.4) {
        container.set("resources", yaml!({"limits": {"cpu": 1, "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "0.5Gi"}}));
    }
    if maker.chance(0.2) {
        container.set(
            "livenessProbe",
            yaml!({"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10}),
        );
    }
    if maker.chance(0.1) {
        container.set("securityContext", yaml!({"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}, "readOnlyRootFilesystem": true}));
    }
    if maker.chance(0.1) {
        container.set("volumeDevices", yaml!([{"name": "raw", "devicePath": "/dev/xvda"}]));
    }
    container
}

fn environment(maker: &mut Maker, names: &Names) -> Value {
    let mut env = Vec::new();
    for name in ["LOG_LEVEL", "HOST", "TOKEN", "PORT"] {
        let entry = match maker.dice.number(0..=6) {
            0..=1 => {
                let value = if maker.chance(maker.hostility) {
                    maker.anything()
                } else {
                    Value::Text(variable_or(maker, |maker| maker.string()))
                };
                let mut entry = yaml!({"name": name});
                entry.set("value", value);
                entry
            }
            2 => {
                yaml!({"name": name, "valueFrom": {"configMapKeyRef": {"name": names.of(maker, "ConfigMap"), "key": "colour", "optional": true}}})
            }
            3 => {
                yaml!({"name": name, "valueFrom": {"secretKeyRef": {"name": names.of(maker, "Secret"), "key": "token"}}})
            }
            4 => yaml!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}),
            _ => continue,
        };
        env.push(entry);
    }
    Value::List(env)
}

/// A use of a variable of the tree, if it has any.
fn variable_or(maker: &mut Maker, otherwise: impl FnOnce(&mut Maker) -> String) -> String {
    let variables = maker.variables.clone();
    match maker.dice.some(&variables) {
        Some(variable) if maker.dice.chance(0.6) => match maker.dice.number(0..=4) {
            0..=2 => format!("$({variable})"),
            3 => format!("--flag=$({variable})/x$({variable})"),
            _ => format!("$$({variable})"),
        },
        _ => otherwise(maker),
    }
}

fn volumes(maker: &mut Maker, names: &Names) -> Value {
    let mut volumes = Vec::new();
    let config = names.of(maker, "ConfigMap");
    let secret = names.of(maker, "Secret");
    volumes.push(match maker.dice.number(0..=2) {
        0 => yaml!({"name": "config", "secret": {"secretName": secret, "defaultMode": 420}}),
        1 => yaml!({"name": "config", "projected": {"sources": [{"configMap": {"name": config}}, {"secret": {"name": secret}}]}}),
        _ => yaml!({"name": "config", "configMap": {"name": config, "items": [{"key": "colour", "path": "colour.txt"}]}}),
    });
    volumes.push(yaml!({"name": "scratch", "emptyDir": {}}));
    if maker.chance(0.3) {
        let claim = names.of(maker, "PersistentVolumeClaim");
        volumes.push(yaml!({"name": "store", "persistentVolumeClaim": {"claimName": claim}}));
    }
    if maker.chance(0.1) {
        volumes.push(yaml!({"name": "csi", "csi": {"driver": "csi.acme.example", "nodePublishSecretRef": {"name": secret}}}));
    }
    Value::List(volumes)
}
