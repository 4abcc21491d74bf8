//! Objects of the built-in kinds. Custom ones are [`super::custom`]'s.

use super::custom;
use super::maker::{Maker, Object};
use super::pods::{self, Names};
use super::value::{Value, yaml};

/// Kind, group, version and whether it lives in a namespace. A kind may stand there more than once, which makes
/// it likelier.
const KINDS: &[(&str, &str, &str, bool)] = &[
    ("Deployment", "apps", "v1", true),
    ("Deployment", "apps", "v1", true),
    ("Deployment", "apps", "v1", true),
    ("StatefulSet", "apps", "v1", true),
    ("DaemonSet", "apps", "v1", true),
    ("Job", "batch", "v1", true),
    ("CronJob", "batch", "v1", true),
    ("CronJob", "batch", "v1beta1", true),
    ("Pod", "", "v1", true),
    ("ReplicaSet", "apps", "v1", true),
    ("ReplicationController", "", "v1", true),
    ("PodTemplate", "", "v1", true),
    ("Service", "", "v1", true),
    ("Service", "", "v1", true),
    ("Ingress", "networking.k8s.io", "v1", true),
    ("Ingress", "extensions", "v1beta1", true),
    ("ConfigMap", "", "v1", true),
    ("ConfigMap", "", "v1", true),
    ("Secret", "", "v1", true),
    ("ServiceAccount", "", "v1", true),
    ("ServiceAccount", "", "v1", true),
    ("Role", "rbac.authorization.k8s.io", "v1", true),
    ("ClusterRole", "rbac.authorization.k8s.io", "v1", false),
    ("RoleBinding", "rbac.authorization.k8s.io", "v1", true),
    ("RoleBinding", "rbac.authorization.k8s.io", "v1", true),
    ("ClusterRoleBinding", "rbac.authorization.k8s.io", "v1", false),
    ("PersistentVolumeClaim", "", "v1", true),
    ("PersistentVolume", "", "v1", false),
    ("HorizontalPodAutoscaler", "autoscaling", "v2", true),
    ("HorizontalPodAutoscaler", "autoscaling", "v1", true),
    ("NetworkPolicy", "networking.k8s.io", "v1", true),
    ("PodDisruptionBudget", "policy", "v1", true),
    ("Namespace", "", "v1", false),
    ("CustomResourceDefinition", "apiextensions.k8s.io", "v1", false),
    ("APIService", "apiregistration.k8s.io", "v1", false),
    ("ValidatingWebhookConfiguration", "admissionregistration.k8s.io", "v1", false),
    ("MutatingWebhookConfiguration", "admissionregistration.k8s.io", "v1", false),
    ("StorageClass", "storage.k8s.io", "v1", false),
    ("PriorityClass", "scheduling.k8s.io", "v1", false),
    ("LimitRange", "", "v1", true),
    ("ResourceQuota", "", "v1", true),
];

/// What an object will be, before its body is made: names come first, so that bodies can refer to them.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) kind: &'static str,
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) namespaced: bool,
    pub(super) name: String,
    pub(super) namespace: String,
}

/// Decides on an object.
pub(super) fn plan(maker: &mut Maker) -> Plan {
    let (kind, group, version, namespaced) =
        if maker.chance(0.2) { *maker.dice.pick(custom::KINDS) } else { *maker.dice.pick(KINDS) };
    let number = maker.next();
    let name = match maker.dice.number(0..=9) {
        0..=5 => format!("{}-{number}", maker.pick(&["web", "api", "db", "acme", "a"])),
        6 => format!("{}{number}.acme.example", maker.pick(&["x", "www."])),
        7 => format!("{number}"),
        8 if maker.chance(maker.hostility) => format!(
            "{}{number}",
            maker.pick(&["1e", "0x", "0", "1_", "y", "UPPER", "a:b", "system:", "."])
        ),
        _ => format!("{}-{number}", maker.pick(&["config", "yes", "no", "null", "true"])),
    };
    let name = if kind == "CustomResourceDefinition" {
        format!("{}s.acme.example", name.to_lowercase())
    } else {
        name
    };
    let namespace = if namespaced && maker.chance(0.3) {
        maker.pick(&["apps", "apps", "flux-system", "default", "kube-system", "1"]).to_owned()
    } else {
        String::new()
    };
    Plan { kind, group, version, namespaced, name, namespace }
}

/// Makes the object that was planned.
pub(super) fn make(maker: &mut Maker, plan: &Plan, names: &Names) -> Object {
    let mut body = Value::map();
    let api_version = if plan.group.is_empty() {
        plan.version.to_owned()
    } else {
        format!("{}/{}", plan.group, plan.version)
    };
    body.set("apiVersion", Value::Text(api_version));
    body.set("kind", Value::text(plan.kind));
    let mut metadata = yaml!({"name": plan.name});
    if !plan.namespace.is_empty() {
        metadata.set("namespace", Value::Text(plan.namespace.clone()));
    }
    if maker.chance(0.5) {
        let count = maker.dice.number(1..=3);
        let labels = maker.label_pairs(count);
        metadata.set("labels", labels);
    }
    if maker.chance(0.35) {
        let count = maker.dice.number(1..=3);
        let mut annotations = maker.annotation_pairs(count);
        if maker.chance(0.1) {
            annotations.set("note", Value::text("$(VAR_A) and more"));
        }
        metadata.set("annotations", annotations);
    }
    for (field, value) in
        [("labels", Value::Null), ("annotations", Value::map()), ("creationTimestamp", Value::Null)]
    {
        if metadata.get(field).is_none() && maker.chance(0.04) {
            metadata.set(field, value);
        }
    }
    if maker.risky() {
        let value = maker.anything();
        metadata.set(maker.pick(&["labels", "annotations", "namespace"]), value);
    }
    body.set("metadata", metadata);
    let fields = if custom::is_custom(plan) {
        custom::fields(maker, plan, names)
    } else {
        fields(maker, plan, names)
    };
    if let Value::Map(fields) = fields {
        for (key, value) in fields.0 {
            body.set(key.as_str().unwrap_or_default(), value);
        }
    }
    if maker.chance(0.04) {
        body.set("status", yaml!({"replicas": 0, "conditions": []}));
    }
    maker.uses(if custom::is_custom(plan) { "object.custom" } else { "object.builtIn" });
    if plan.group.contains("fluxcd") {
        maker.uses("object.flux");
    }
    if !plan.namespaced {
        maker.uses("object.clusterScoped");
    }
    // People write the fields in every order.
    if let (Some(map), true) = (body.as_map_mut(), maker.dice.chance(0.2)) {
        maker.dice.shuffle(&mut map.0);
    }
    Object {
        group: plan.group.to_owned(),
        version: plan.version.to_owned(),
        kind: plan.kind.to_owned(),
        namespaced: plan.namespaced,
        body,
        names: vec![plan.name.clone()],
        namespaces: vec![plan.namespace.clone()],
        generated: false,
        changed: false,
    }
}

fn fields(maker: &mut Maker, plan: &Plan, names: &Names) -> Value {
    let labels = maker.label_pairs(2);
    match plan.kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" => {
            workload(maker, plan.kind, names, &labels)
        }
        "Job" => {
            let mut spec = yaml!({"backoffLimit": 3});
            spec.set("template", pods::template(maker, names, &labels));
            with("spec", spec)
        }
        "CronJob" => {
            let mut job = Value::map();
            job.set("template", pods::template(maker, names, &labels));
            let mut spec = yaml!({"schedule": "*/5 * * * *", "suspend": false});
            let mut template = Value::map();
            template.set("spec", job);
            spec.set("jobTemplate", template);
            with("spec", spec)
        }
        "Pod" => with("spec", pods::spec(maker, names)),
        "PodTemplate" => with("template", pods::template(maker, names, &labels)),
        "ConfigMap" => {
            let mut object = Value::map();
            if maker.chance(0.93) {
                object.set("data", data(maker));
            }
            if maker.chance(0.08) {
                object.set("binaryData", yaml!({"logo.png": "iVBORw0KGgo="}));
            }
            if maker.chance(0.08) {
                object.set("immutable", Value::plain("true"));
            }
            object
        }
        "Secret" => {
            let mut object = yaml!({"type": maker.pick(&["Opaque", "kubernetes.io/tls", "kubernetes.io/dockerconfigjson"])});
            if maker.chance(0.5) {
                object.set("stringData", data(maker));
            } else {
                object.set("data", yaml!({"token": "c2VjcmV0", "password": "aHVudGVyMg=="}));
            }
            object
        }
        "ServiceAccount" => {
            let secret = names.of(maker, "Secret");
            if maker.chance(0.5) {
                yaml!({"imagePullSecrets": [{"name": secret}], "secrets": [{"name": secret}]})
            } else {
                Value::map()
            }
        }
        "Service" => {
            let mut spec = yaml!({"ports": [{"port": 80, "name": "http", "targetPort": "http"}, {"port": 443, "protocol": "TCP", "targetPort": 8443}]});
            spec.set("selector", labels);
            if maker.chance(0.3) {
                spec.set("type", Value::text("LoadBalancer"));
                spec.set("loadBalancerSourceRanges", yaml!(["10.0.0.0/8", "192.168.0.0/16"]));
            }
            with("spec", spec)
        }
        _ => rest(maker, plan.kind, plan.version, names, &labels),
    }
}

fn workload(maker: &mut Maker, kind: &str, names: &Names, labels: &Value) -> Value {
    let mut spec = Value::map();
    if kind != "DaemonSet" && maker.chance(0.7) {
        let replicas = maker.number(0, 5);
        spec.set("replicas", replicas);
    }
    if kind == "ReplicationController" {
        spec.set("selector", labels.clone());
    } else if maker.chance(0.9) {
        let mut selector = Value::map();
        selector.set("matchLabels", labels.clone());
        if maker.chance(0.1) {
            selector.set(
                "matchExpressions",
                yaml!([{"key": "tier", "operator": "In", "values": ["a", "b"]}]),
            );
        }
        spec.set("selector", selector);
    }
    let template = pods::template(maker, names, labels);
    spec.set("template", template);
    if kind == "Deployment" && maker.chance(0.3) {
        spec.set("strategy", yaml!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "25%"}}));
    }
    if kind == "StatefulSet" {
        spec.set("serviceName", Value::Text(names.of(maker, "Service")));
        if maker.chance(0.7) {
            spec.set("volumeClaimTemplates", yaml!([
                {"metadata": {"name": "data", "labels": {"app": "db"}}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": names.of(maker, "StorageClass"), "resources": {"requests": {"storage": "1Gi"}}}},
                {"metadata": {"name": "log"}, "spec": {"accessModes": ["ReadWriteOnce"]}},
            ]));
        }
    }
    with("spec", spec)
}

fn rest(maker: &mut Maker, kind: &str, version: &str, names: &Names, labels: &Value) -> Value {
    match kind {
        "Ingress" => {
            let service = names.of(maker, "Service");
            let secret = names.of(maker, "Secret");
            let backend = if version == "v1" {
                yaml!({"service": {"name": service, "port": {"number": 80}}})
            } else {
                yaml!({"serviceName": service, "servicePort": 80})
            };
            let backend = backend.to_json();
            let mut spec = yaml!({"tls": [{"hosts": ["a.acme.example"], "secretName": secret}], "rules": [{"host": "a.acme.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}, {"path": "/b", "backend": backend}]}}]});
            if maker.chance(0.3) {
                spec.set(
                    if version == "v1" { "defaultBackend" } else { "backend" },
                    Value::from(backend),
                );
            }
            with("spec", spec)
        }
        "Role" | "ClusterRole" => {
            let config = names.of(maker, "ConfigMap");
            let secret = names.of(maker, "Secret");
            let mut object = yaml!({"rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"], "resourceNames": [config, "other"]}, {"apiGroups": ["*"], "resources": ["secrets"], "resourceNames": [secret], "verbs": ["*"]}]});
            if kind == "ClusterRole" && maker.chance(0.3) {
                object.set("aggregationRule", yaml!({"clusterRoleSelectors": [{"matchLabels": {"acme.dev/aggregate": "true"}}]}));
            }
            object
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            maker.uses("object.references");
            let role_kind =
                if kind == "RoleBinding" && maker.chance(0.6) { "Role" } else { "ClusterRole" };
            let role = names.of(maker, role_kind);
            let account = names.of(maker, "ServiceAccount");
            let mut subjects = vec![yaml!({"kind": "ServiceAccount", "name": account})];
            let namespace = maker.pick(&["", "apps", "default", "flux-system"]);
            if !namespace.is_empty() {
                subjects[0].set("namespace", Value::text(namespace));
            }
            if maker.chance(0.5) {
                subjects.push(
                    yaml!({"kind": "ServiceAccount", "name": "default", "namespace": "default"}),
                );
            }
            if maker.chance(0.3) {
                subjects.push(yaml!({"kind": "Group", "name": "acme:everyone", "apiGroup": "rbac.authorization.k8s.io"}));
            }
            let mut object = yaml!({"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role}});
            object.set("subjects", Value::List(subjects));
            object
        }
        "PersistentVolumeClaim" => {
            let volume = names.of(maker, "PersistentVolume");
            let class = names.of(maker, "StorageClass");
            yaml!({"spec": {"accessModes": ["ReadWriteOnce"], "volumeName": volume, "storageClassName": class, "resources": {"requests": {"storage": "10Gi"}}}})
        }
        "PersistentVolume" => {
            yaml!({"spec": {"capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"}, "storageClassName": names.of(maker, "StorageClass")}})
        }
        "HorizontalPodAutoscaler" => {
            maker.uses("object.references");
            let target = maker.pick(&["Deployment", "StatefulSet"]);
            let name = names.of(maker, target);
            yaml!({"spec": {"minReplicas": 1, "maxReplicas": 5, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": target, "name": name}, "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]}})
        }
        "NetworkPolicy" => {
            let labels = labels.to_json();
            yaml!({"spec": {"podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress", "Egress"], "ingress": [{"from": [{"podSelector": {"matchLabels": labels}}, {"namespaceSelector": {}}], "ports": [{"port": 80, "protocol": "TCP"}]}], "egress": [{"to": [{"podSelector": {"matchLabels": {"app": "db"}}}]}]}})
        }
        "PodDisruptionBudget" => {
            yaml!({"spec": {"minAvailable": "50%", "selector": {"matchLabels": labels.to_json()}}})
        }
        "Namespace" => {
            if maker.chance(0.3) {
                yaml!({"spec": {"finalizers": ["kubernetes"]}})
            } else {
                Value::map()
            }
        }
        "CustomResourceDefinition" => {
            yaml!({"spec": {"group": "acme.example", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets"}, "conversion": {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"service": {"name": names.of(maker, "Service"), "namespace": "apps", "path": "/convert"}}}}, "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}}]}})
        }
        "APIService" => {
            yaml!({"spec": {"group": "metrics.acme.example", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100, "service": {"name": names.of(maker, "Service"), "namespace": "apps"}}})
        }
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => yaml!({"webhooks": [
            {"name": "a.acme.example", "sideEffects": "None", "admissionReviewVersions": ["v1"], "clientConfig": {"service": {"name": names.of(maker, "Service"), "namespace": "apps", "path": "/"}}, "rules": [{"operations": ["CREATE"], "apiGroups": ["*"], "apiVersions": ["v1"], "resources": ["pods"]}]},
            {"name": "b.acme.example", "sideEffects": "None", "failurePolicy": "Ignore", "namespaceSelector": {"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}},
        ]}),
        "StorageClass" => {
            yaml!({"provisioner": "csi.acme.example", "parameters": {"type": "ssd", "iops": "3000"}, "reclaimPolicy": "Retain"})
        }
        "PriorityClass" => {
            yaml!({"value": 1_000_000, "globalDefault": false, "description": "for what must run"})
        }
        "LimitRange" => {
            yaml!({"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "100m"}}]}})
        }
        _ => {
            yaml!({"spec": {"hard": {"requests.cpu": "4", "limits.memory": "8Gi", "count/deployments.apps": 5}}})
        }
    }
}

/// `data` of a ConfigMap: strings, and what its author forgot to quote.
fn data(maker: &mut Maker) -> Value {
    let mut data = yaml!({"colour": "red"});
    for _ in 0..maker.dice.number(0..=3) {
        let key = maker.data_key();
        let value = if maker.chance(maker.hostility) {
            maker.anything()
        } else {
            Value::Text(maker.string())
        };
        data.set(&key, value);
    }
    if maker.chance(0.4) {
        let config: &&str = maker.dice.pick(&[
            "{\"host\": \"a.acme.example\", \"port\": 80, \"list\": [{\"name\": \"x\", \"value\": 1}]}",
            "{\n  \"host\": \"a.acme.example\",\n  \"port\": 80,\n  \"list\": [\n    {\n      \"name\": \"x\",\n      \"value\": 1\n    }\n  ]\n}",
            "host: a.acme.example\nport: 80\nlist:\n- name: x\n  value: 1\n",
            "# settings\nhost: \"a.acme.example\"\nport: 0080\nlist:\n  - {name: x, value: 1}\n",
        ]);
        data.set("structured", Value::Code((*config).to_owned()));
    }
    data
}

fn with(field: &str, value: Value) -> Value {
    let mut object = Value::map();
    object.set(field, value);
    object
}
