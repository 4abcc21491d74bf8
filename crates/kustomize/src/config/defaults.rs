//! The fields that kustomize's transformers change when nobody says otherwise
//! (`api/internal/konfig/builtinpluginconsts`), in the order in which kustomize has them once it sorted
//! them. Data only: [`super::TransformerConfig`] is made of it at its first use.

/// Group, version and kind; what the paths have in front; the paths, with a `+` before those that are
/// created where they are not there.
pub(super) type Row =
    (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const CONFIG_MAP_IN_POD: &[&str] = &[
    "volumes/configMap/name",
    "containers/env/valueFrom/configMapKeyRef/name",
    "initContainers/env/valueFrom/configMapKeyRef/name",
    "containers/envFrom/configMapRef/name",
    "initContainers/envFrom/configMapRef/name",
    "volumes/projected/sources/configMap/name",
];

#[rustfmt::skip]
const SECRET_IN_POD: &[&str] = &[
    "volumes/secret/secretName",
    "containers/env/valueFrom/secretKeyRef/name",
    "initContainers/env/valueFrom/secretKeyRef/name",
    "containers/envFrom/secretRef/name",
    "initContainers/envFrom/secretRef/name",
    "imagePullSecrets/name",
    "volumes/projected/sources/secret/name",
];

#[rustfmt::skip]
pub(super) const NAME_PREFIX: &[Row] = &[
    ("", "", "", "", &["metadata/name"]),
];

#[rustfmt::skip]
pub(super) const NAME_SUFFIX: &[Row] = &[
    ("", "", "", "", &["metadata/name"]),
];

#[rustfmt::skip]
pub(super) const NAMESPACE: &[Row] = &[
    ("", "", "Namespace", "", &["+metadata/name"]),
    ("apiextensions.k8s.io", "", "CustomResourceDefinition", "", &[
        "spec/conversion/webhook/clientConfig/service/namespace",
    ]),
    ("apiregistration.k8s.io", "", "APIService", "", &["+spec/service/namespace"]),
];

#[rustfmt::skip]
pub(super) const COMMON_LABELS: &[Row] = &[
    ("", "v1", "Service", "", &["+spec/selector"]),
    ("apps", "", "Deployment", "", &[
        "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
    ]),
    ("", "", "Deployment", "", &["+spec/template/metadata/labels", "+spec/selector/matchLabels"]),
    ("apps", "", "StatefulSet", "", &[
        "+spec/selector/matchLabels",
        "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
        "+spec/volumeClaimTemplates[]/metadata/labels",
        "+spec/template/metadata/labels",
    ]),
    ("batch", "", "CronJob", "", &[
        "+spec/jobTemplate/metadata/labels",
        "+spec/jobTemplate/spec/template/metadata/labels",
        "spec/jobTemplate/spec/selector/matchLabels",
    ]),
    ("policy", "", "PodDisruptionBudget", "", &["spec/selector/matchLabels"]),
    ("batch", "", "Job", "", &["spec/selector/matchLabels", "+spec/template/metadata/labels"]),
    ("networking.k8s.io", "", "NetworkPolicy", "", &[
        "spec/egress/to/podSelector/matchLabels",
        "spec/ingress/from/podSelector/matchLabels",
        "spec/podSelector/matchLabels",
    ]),
    ("", "v1", "ReplicationController", "", &["+spec/template/metadata/labels", "+spec/selector"]),
    ("", "", "DaemonSet", "", &["+spec/template/metadata/labels", "+spec/selector/matchLabels"]),
    ("", "", "ReplicaSet", "", &["+spec/template/metadata/labels", "+spec/selector/matchLabels"]),
    ("", "", "", "", &["+metadata/labels"]),
];

#[rustfmt::skip]
pub(super) const TEMPLATE_LABELS: &[Row] = &[
    ("", "", "Deployment", "", &["+spec/template/metadata/labels"]),
    ("apps", "", "StatefulSet", "", &["+spec/template/metadata/labels"]),
    ("batch", "", "CronJob", "", &[
        "+spec/jobTemplate/metadata/labels",
        "+spec/jobTemplate/spec/template/metadata/labels",
    ]),
    ("batch", "", "Job", "", &["+spec/template/metadata/labels"]),
    ("", "v1", "ReplicationController", "", &["+spec/template/metadata/labels"]),
    ("", "", "DaemonSet", "", &["+spec/template/metadata/labels"]),
    ("", "", "ReplicaSet", "", &["+spec/template/metadata/labels"]),
    ("", "", "", "", &["+metadata/labels"]),
];

#[rustfmt::skip]
pub(super) const VOLUME_CLAIM_TEMPLATE_LABELS: &[Row] = &[
    ("apps", "", "StatefulSet", "", &["+spec/volumeClaimTemplates[]/metadata/labels"]),
];

#[rustfmt::skip]
pub(super) const COMMON_ANNOTATIONS: &[Row] = &[
    ("", "", "Deployment", "", &["+spec/template/metadata/annotations"]),
    ("", "", "StatefulSet", "", &["+spec/template/metadata/annotations"]),
    ("batch", "", "CronJob", "", &[
        "+spec/jobTemplate/metadata/annotations",
        "+spec/jobTemplate/spec/template/metadata/annotations",
    ]),
    ("batch", "", "Job", "", &["+spec/template/metadata/annotations"]),
    ("", "v1", "ReplicationController", "", &["+spec/template/metadata/annotations"]),
    ("", "", "DaemonSet", "", &["+spec/template/metadata/annotations"]),
    ("", "", "ReplicaSet", "", &["+spec/template/metadata/annotations"]),
    ("", "", "", "", &["+metadata/annotations"]),
];

#[rustfmt::skip]
pub(super) const VAR_REFERENCE: &[Row] = &[
    ("", "", "Service", "", &["spec/ports/port", "spec/ports/targetPort"]),
    ("", "", "PersistentVolume", "", &["spec/nfs/server"]),
    ("", "", "Deployment", "", &[
        "spec/template/spec/initContainers/volumeMounts/mountPath",
        "spec/template/spec/initContainers/env/value",
        "spec/template/spec/initContainers/command",
        "spec/template/spec/initContainers/args",
        "spec/template/spec/containers/volumeMounts/mountPath",
        "spec/template/spec/containers/env/value",
        "spec/template/spec/volumes/nfs/server",
        "spec/template/metadata/annotations",
        "spec/template/spec/containers/command",
        "spec/template/spec/containers/args",
    ]),
    ("", "", "StatefulSet", "", &[
        "spec/template/spec/containers/volumeMounts/mountPath",
        "spec/template/spec/containers/env/value",
        "spec/template/spec/initContainers/args",
        "spec/volumeClaimTemplates/spec/nfs/server",
        "spec/template/spec/initContainers/command",
        "spec/template/spec/containers/command",
        "spec/template/spec/containers/args",
        "spec/template/spec/initContainers/volumeMounts/mountPath",
        "spec/template/spec/initContainers/env/value",
    ]),
    ("", "", "CronJob", "", &[
        "spec/jobTemplate/spec/template/spec/initContainers/env/value",
        "spec/jobTemplate/spec/template/spec/initContainers/command",
        "spec/jobTemplate/spec/template/spec/initContainers/args",
        "spec/jobTemplate/spec/template/spec/containers/volumeMounts/mountPath",
        "spec/jobTemplate/spec/template/spec/containers/env/value",
        "spec/jobTemplate/spec/template/spec/containers/command",
        "spec/jobTemplate/spec/template/spec/initContainers/volumeMounts/mountPath",
        "spec/jobTemplate/spec/template/volumes/nfs/server",
        "spec/jobTemplate/spec/template/spec/containers/args",
    ]),
    ("", "", "DaemonSet", "", &[
        "spec/template/spec/containers/command",
        "spec/template/spec/volumes/nfs/server",
        "spec/template/spec/initContainers/volumeMounts/mountPath",
        "spec/template/spec/initContainers/env/value",
        "spec/template/spec/initContainers/command",
        "spec/template/spec/initContainers/args",
        "spec/template/spec/containers/volumeMounts/mountPath",
        "spec/template/spec/containers/env/value",
        "spec/template/spec/containers/args",
    ]),
    ("", "", "Ingress", "", &["spec/tls/secretName", "spec/tls/hosts", "spec/rules/host"]),
    ("", "", "Job", "", &[
        "spec/template/spec/initContainers/command",
        "spec/template/spec/volumes/nfs/server",
        "spec/template/spec/containers/args",
        "spec/template/spec/containers/command",
        "spec/template/spec/containers/env/value",
        "spec/template/spec/containers/volumeMounts/mountPath",
        "spec/template/spec/initContainers/args",
        "spec/template/spec/initContainers/env/value",
        "spec/template/spec/initContainers/volumeMounts/mountPath",
    ]),
    ("", "", "Pod", "", &[
        "spec/containers/volumeMounts/mountPath",
        "spec/containers/args",
        "spec/initContainers/command",
        "spec/initContainers/env/value",
        "spec/initContainers/volumeMounts/mountPath",
        "spec/volumes/nfs/server",
        "spec/initContainers/args",
        "spec/containers/env/value",
        "spec/containers/command",
    ]),
    ("", "", "ReplicaSet", "", &[
        "spec/template/spec/volumes/nfs/server",
        "spec/template/spec/containers/volumeMounts/mountPath",
        "spec/template/spec/containers/env/value",
        "spec/template/spec/containers/command",
        "spec/template/spec/containers/args",
        "spec/template/spec/initContainers/args",
        "spec/template/spec/initContainers/volumeMounts/mountPath",
        "spec/template/spec/initContainers/env/value",
        "spec/template/spec/initContainers/command",
    ]),
    ("", "", "", "", &["metadata/labels", "metadata/annotations"]),
];

#[rustfmt::skip]
pub(super) const IMAGES: &[Row] = &[
    ("", "", "", "", &[
        "+spec/containers[]/image",
        "+spec/initContainers[]/image",
        "+spec/volumes[]/image/reference",
        "+spec/template/spec/containers[]/image",
        "+spec/template/spec/initContainers[]/image",
        "+spec/template/spec/volumes[]/image/reference",
        "+spec/jobTemplate/spec/template/spec/volumes[]/image/reference",
    ]),
];

#[rustfmt::skip]
pub(super) const REPLICAS: &[Row] = &[
    ("", "", "Deployment", "", &["+spec/replicas"]),
    ("", "", "StatefulSet", "", &["+spec/replicas"]),
    ("", "", "ReplicaSet", "", &["+spec/replicas"]),
    ("", "", "ReplicationController", "", &["+spec/replicas"]),
];

/// Whose names are referred to, and by whom.
#[rustfmt::skip]
pub(super) const NAME_REFERENCE: &[(&str, &str, &str, &[Row])] = &[
    ("storage.k8s.io", "v1", "StorageClass", &[
        ("", "", "PersistentVolume", "", &["spec/storageClassName"]),
        ("", "", "PersistentVolumeClaim", "", &["spec/storageClassName"]),
        ("", "", "StatefulSet", "", &["spec/volumeClaimTemplates/spec/storageClassName"]),
    ]),
    ("", "v1", "ServiceAccount", &[
        ("rbac.authorization.k8s.io", "", "RoleBinding", "", &["subjects"]),
        ("rbac.authorization.k8s.io", "", "ClusterRoleBinding", "", &["subjects"]),
        ("", "", "Pod", "", &["spec/serviceAccountName"]),
        ("", "", "StatefulSet", "", &["spec/template/spec/serviceAccountName"]),
        ("", "", "Deployment", "", &["spec/template/spec/serviceAccountName"]),
        ("", "", "ReplicationController", "", &["spec/template/spec/serviceAccountName"]),
        ("", "", "CronJob", "", &["spec/jobTemplate/spec/template/spec/serviceAccountName"]),
        ("", "", "Job", "", &["spec/template/spec/serviceAccountName"]),
        ("", "", "DaemonSet", "", &["spec/template/spec/serviceAccountName"]),
    ]),
    ("rbac.authorization.k8s.io", "", "Role", &[
        ("rbac.authorization.k8s.io", "", "RoleBinding", "", &["roleRef/name"]),
    ]),
    ("rbac.authorization.k8s.io", "", "ClusterRole", &[
        ("rbac.authorization.k8s.io", "", "RoleBinding", "", &["roleRef/name"]),
        ("rbac.authorization.k8s.io", "", "ClusterRoleBinding", "", &["roleRef/name"]),
    ]),
    ("", "v1", "ConfigMap", &[
        ("", "v1", "Pod", "spec/", CONFIG_MAP_IN_POD),
        ("", "", "PodTemplate", "template/spec/", CONFIG_MAP_IN_POD),
        ("", "", "Deployment", "spec/template/spec/", CONFIG_MAP_IN_POD),
        ("", "", "ReplicaSet", "spec/template/spec/", CONFIG_MAP_IN_POD),
        ("", "", "DaemonSet", "spec/template/spec/", CONFIG_MAP_IN_POD),
        ("", "", "StatefulSet", "spec/template/spec/", CONFIG_MAP_IN_POD),
        ("", "", "Job", "spec/template/spec/", CONFIG_MAP_IN_POD),
        ("", "", "CronJob", "", &[
            "spec/jobTemplate/spec/template/spec/volumes/configMap/name",
            "spec/jobTemplate/spec/template/spec/volumes/projected/sources/configMap/name",
            "spec/jobTemplate/spec/template/spec/containers/env/valueFrom/configMapKeyRef/name",
            "spec/jobTemplate/spec/template/spec/initContainers/env/valueFrom/configMapKeyRef/name",
            "spec/jobTemplate/spec/template/spec/containers/envFrom/configMapRef/name",
            "spec/jobTemplate/spec/template/spec/initContainers/envFrom/configMapRef/name",
        ]),
        ("", "", "Node", "", &["spec/configSource/configMap"]),
        ("", "", "Role", "", &["rules/resourceNames"]),
        ("", "", "ClusterRole", "", &["rules/resourceNames"]),
        ("", "", "Ingress", "", &[
            "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap",
        ]),
    ]),
    ("", "v1", "Secret", &[
        ("", "v1", "Pod", "spec/", SECRET_IN_POD),
        ("", "", "PodTemplate", "template/spec/", SECRET_IN_POD),
        ("", "", "Deployment", "spec/template/spec/", SECRET_IN_POD),
        ("", "", "ReplicaSet", "spec/template/spec/", SECRET_IN_POD),
        ("", "", "DaemonSet", "spec/template/spec/", SECRET_IN_POD),
        ("", "", "StatefulSet", "spec/template/spec/", SECRET_IN_POD),
        ("", "", "Job", "spec/template/spec/", SECRET_IN_POD),
        ("", "", "CronJob", "", &[
            "spec/jobTemplate/spec/template/spec/volumes/secret/secretName",
            "spec/jobTemplate/spec/template/spec/volumes/projected/sources/secret/name",
            "spec/jobTemplate/spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            "spec/jobTemplate/spec/template/spec/initContainers/env/valueFrom/secretKeyRef/name",
            "spec/jobTemplate/spec/template/spec/containers/envFrom/secretRef/name",
            "spec/jobTemplate/spec/template/spec/initContainers/envFrom/secretRef/name",
            "spec/jobTemplate/spec/template/spec/imagePullSecrets/name",
        ]),
        ("", "", "Ingress", "", &[
            "spec/tls/secretName",
            "metadata/annotations/ingress.kubernetes.io\\/auth-secret",
            "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret",
            "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret",
            "spec/tls/secretName",
        ]),
        ("", "", "ServiceAccount", "", &["imagePullSecrets/name"]),
        ("", "", "StorageClass", "", &[
            "parameters/secretName",
            "parameters/adminSecretName",
            "parameters/userSecretName",
            "parameters/secretRef",
        ]),
        ("", "", "Role", "", &["rules/resourceNames"]),
        ("", "", "ClusterRole", "", &["rules/resourceNames"]),
        ("serving.knative.dev", "v1", "Service", "", &[
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
        ]),
        ("", "", "PersistentVolume", "", &["spec/azureFile/secretName"]),
    ]),
    ("", "v1", "Service", &[
        ("apps", "", "StatefulSet", "", &["spec/serviceName"]),
        ("", "", "Ingress", "", &[
            "spec/rules/http/paths/backend/serviceName",
            "spec/backend/serviceName",
            "spec/rules/http/paths/backend/service/name",
            "spec/defaultBackend/service/name",
        ]),
        ("apiregistration.k8s.io", "", "APIService", "", &["spec/service/name"]),
        ("admissionregistration.k8s.io", "", "ValidatingWebhookConfiguration", "", &[
            "webhooks/clientConfig/service",
        ]),
        ("admissionregistration.k8s.io", "", "MutatingWebhookConfiguration", "", &[
            "webhooks/clientConfig/service",
        ]),
    ]),
    ("scheduling.k8s.io", "v1", "PriorityClass", &[
        ("", "", "Pod", "", &["spec/priorityClassName"]),
        ("", "", "StatefulSet", "", &["spec/template/spec/priorityClassName"]),
        ("", "", "Deployment", "", &["spec/template/spec/priorityClassName"]),
        ("", "", "ReplicationController", "", &["spec/template/spec/priorityClassName"]),
        ("", "", "CronJob", "", &["spec/jobTemplate/spec/template/spec/priorityClassName"]),
        ("", "", "Job", "", &["spec/template/spec/priorityClassName"]),
        ("", "", "DaemonSet", "", &["spec/template/spec/priorityClassName"]),
    ]),
    ("", "v1", "PersistentVolume", &[
        ("", "", "PersistentVolumeClaim", "", &["spec/volumeName"]),
        ("", "", "ClusterRole", "", &["rules/resourceNames"]),
    ]),
    ("", "v1", "PersistentVolumeClaim", &[
        ("", "", "Pod", "", &["spec/volumes/persistentVolumeClaim/claimName"]),
        ("", "", "StatefulSet", "", &[
            "spec/template/spec/volumes/persistentVolumeClaim/claimName",
        ]),
        ("", "", "Deployment", "", &["spec/template/spec/volumes/persistentVolumeClaim/claimName"]),
        ("", "", "ReplicationController", "", &[
            "spec/template/spec/volumes/persistentVolumeClaim/claimName",
        ]),
        ("", "", "CronJob", "", &[
            "spec/jobTemplate/spec/template/spec/volumes/persistentVolumeClaim/claimName",
        ]),
        ("", "", "Job", "", &["spec/template/spec/volumes/persistentVolumeClaim/claimName"]),
        ("", "", "DaemonSet", "", &["spec/template/spec/volumes/persistentVolumeClaim/claimName"]),
    ]),
    ("", "", "Deployment", &[
        ("", "", "HorizontalPodAutoscaler", "", &["spec/scaleTargetRef/name"]),
    ]),
    ("", "", "StatefulSet", &[
        ("", "", "HorizontalPodAutoscaler", "", &["spec/scaleTargetRef/name"]),
    ]),
    ("admissionregistration.k8s.io", "", "ValidatingAdmissionPolicy", &[
        ("admissionregistration.k8s.io", "", "ValidatingAdmissionPolicyBinding", "", &[
            "spec/policyName",
        ]),
    ]),
    ("networking.k8s.io/v1", "v1", "IngressClass", &[
        ("", "", "Ingress", "", &["spec/ingressClassName"]),
    ]),
    ("", "", "ReplicaSet", &[
        ("", "", "HorizontalPodAutoscaler", "", &["spec/scaleTargetRef/name"]),
    ]),
    ("", "", "ReplicationController", &[
        ("", "", "HorizontalPodAutoscaler", "", &["spec/scaleTargetRef/name"]),
    ]),
];

/// A path of [`IMAGES`] that kustomize came to know.
pub(super) const IMAGE_SINCE_V0_21_2: &str =
    "spec/jobTemplate/spec/template/spec/volumes[]/image/reference";
