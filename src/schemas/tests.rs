//! What is embedded, and what is judged of it.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use insta::assert_snapshot;
use kustomize::yaml::{Budget, Node, SourceId, parse};

use super::*;

fn schemas(version: &str) -> Schemas {
    Schemas::new(&Arc::new(Library::embedded().unwrap()), Some(version)).unwrap()
}

fn node(text: &str) -> Node {
    parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap().remove(0).root
}

/// What is said of an object, a line a fault.
fn told(schemas: &Schemas, text: &str) -> String {
    let Some(faults) = schemas.validate(&node(text)) else { return "unknown".to_owned() };
    let told: Vec<String> =
        faults.iter().map(|fault| format!("{}: {fault}", fault.pointer)).collect();
    if told.is_empty() { "valid".to_owned() } else { told.join("\n") }
}

#[test]
fn every_shape_that_is_embedded_can_be_read() {
    let library = Library::embedded().unwrap();
    assert!(library.shapes.len() > 5_000, "{}", library.shapes.len());
    assert!(library.shapes.are_sound());
    let minors: Vec<&str> =
        library.shapes.kept.versions.iter().map(|version| version.minor.as_str()).collect();
    assert_eq!(minors, KUBERNETES);
    for version in KUBERNETES {
        let schemas = schemas(version);
        assert!(schemas.kind("apps/v1", "Deployment").is_some(), "{version}");
        assert!(schemas.kinds().count() > 200, "{version}");
    }
}

#[test]
fn a_version_that_is_not_embedded_is_refused_with_those_that_are() {
    let library = Arc::new(Library::embedded().unwrap());
    let error = Schemas::new(&library, Some("1.20")).unwrap_err();
    assert_snapshot!(error, @"there are no schemas of Kubernetes 1.20: there are those of 1.37, 1.36, 1.35, 1.34, 1.33");
}

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: nginx
          ports: [{ containerPort: 80 }, { name: http, containerPort: 8080 }]
          resources: { limits: { cpu: 1, memory: 1Gi } }
          livenessProbe: { httpGet: { path: /, port: http } }
";

#[test]
fn an_object_that_fits_has_no_fault() {
    assert_snapshot!(told(&schemas("1.36"), DEPLOYMENT), @"valid");
}

#[test]
fn faults_name_the_field_and_what_was_meant() {
    let wrong = DEPLOYMENT
        .replace("replicas: 2", "replicas: \"2\"")
        .replace("image: nginx", "imagee: nginx")
        .replace("containerPort: 8080", "protocol: TCP")
        .replace("app: web } }\n    spec", "app: 1 } }\n    spec")
        .replace("memory: 1Gi", "memory: lots");
    assert_snapshot!(told(&schemas("1.36"), &wrong), @"
    /spec/replicas: `spec.replicas` takes a whole number, not the string `2` (write it without quotes)
    /spec/template/metadata/labels/app: `spec.template.metadata.labels.app` takes a string, not the number 1 (write it in quotes)
    /spec/template/spec/containers/0/imagee: there is no field `spec.template.spec.containers[0].imagee` (did you mean `image`?)
    /spec/template/spec/containers/0/ports/1/containerPort: `spec.template.spec.containers[0].ports[1].containerPort` must be said
    /spec/template/spec/containers/0/resources/limits/memory: `spec.template.spec.containers[0].resources.limits.memory` takes a quantity, not `lots` (such as `500m`, `2` or `2Gi`)
    ");
}

#[test]
fn null_is_nothing_in_kubernetes_own_kinds_and_dropped_from_custom_resources() {
    let schemas = schemas("1.36");
    let deployment = DEPLOYMENT.replace("replicas: 2", "replicas: null");
    assert_eq!(told(&schemas, &deployment), "valid");
    let release = "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: apps, namespace: flux-system }
spec:
  interval: 10m
  path: null
  prune: null
  sourceRef: { kind: GitRepository, name: flux-system }
";
    assert_snapshot!(told(&schemas, release), @"/spec/prune: `spec.prune` must be said");
}

#[test]
fn what_a_version_of_kubernetes_does_not_serve_is_a_fault_and_a_foreign_kind_is_unknown() {
    let schemas = schemas("1.36");
    let old = "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: { name: web }\n";
    assert_snapshot!(told(&schemas, old), @"/kind: Kubernetes 1.36 serves no Deployment in `apps/v1beta1` (there is a Deployment in `apps/v1`)");
    let near = "apiVersion: apps/v1\nkind: Deploymnt\nmetadata: { name: web }\n";
    assert_snapshot!(told(&schemas, near), @"/kind: Kubernetes 1.36 serves no Deploymnt in `apps/v1` (did you mean `Deployment`?)");
    let foreign = "apiVersion: acme.example/v1\nkind: Anvil\nmetadata: { name: web }\n";
    assert_eq!(told(&schemas, foreign), "unknown");
}

#[test]
fn definitions_of_the_repository_count_and_win() {
    let text = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: anvils.acme.example }
spec:
  group: acme.example
  names: { kind: Anvil, plural: anvils, shortNames: [anv] }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [weight]
              properties:
                weight: { type: integer, minimum: 1, maximum: 100 }
                size: { type: string, enum: [small, large], default: small }
                port: { x-kubernetes-int-or-string: true, anyOf: [{ type: integer }, { type: string }] }
                free: { type: object, x-kubernetes-preserve-unknown-fields: true }
                tags: { type: array, items: { type: string }, x-kubernetes-list-type: set }
                of: { type: object, oneOf: [{ required: [a] }, { required: [b] }], properties: { a: { type: string }, b: { type: string } } }
";
    let schemas = schemas("1.36").with_definitions([&node(text)]);
    let anvil = "
apiVersion: acme.example/v1
kind: Anvil
metadata: { name: one }
spec: { weight: 7, port: http, free: { any: [thing] }, tags: [a, b], of: { a: x } }
";
    assert_eq!(told(&schemas, anvil), "valid");
    let wrong = anvil
        .replace("weight: 7", "weight: 700, size: smal")
        .replace("[a, b]", "[a, a]")
        .replace("{ a: x }", "{ a: x, b: y }")
        .replace("name: one", "name: one, labels: [a]");
    assert_snapshot!(told(&schemas, &wrong), @"
    /metadata/labels: `metadata.labels` takes a mapping, not a list
    /spec/weight: `spec.weight` must be at most 100, and is 700
    /spec/size: `spec.size` does not take `smal` (did you mean `small`?)
    /spec/tags/1: `spec.tags[1]` is there already
    /spec/of: `spec.of` says 2 things of which one can hold
    ");
    assert_eq!(schemas.called("anv")[0].kind, "Anvil");
    assert_eq!(schemas.origin(schemas.called("Anvil")[0]), Origin::Repository);
}

#[test]
fn kinds_are_found_by_every_name_that_they_have() {
    let schemas = schemas("1.36");
    let found = |name: &str| {
        let kind = schemas.called(name).into_iter().next();
        kind.map_or_else(
            || "none".to_owned(),
            |kind| format!("{} {}", kind.api_version(), kind.kind),
        )
    };
    for (name, kind) in [
        ("deploy", "apps/v1 Deployment"),
        ("deployments", "apps/v1 Deployment"),
        ("events", "v1 Event"),
        ("events.events.k8s.io", "events.k8s.io/v1 Event"),
        ("hpa", "autoscaling/v2 HorizontalPodAutoscaler"),
        ("autoscaling/v1/HorizontalPodAutoscaler", "autoscaling/v1 HorizontalPodAutoscaler"),
        ("HelmRelease", "helm.toolkit.fluxcd.io/v2 HelmRelease"),
        ("hr", "helm.toolkit.fluxcd.io/v2 HelmRelease"),
        ("v1/pod", "v1 Pod"),
        ("nothing", "none"),
    ] {
        assert_eq!(found(name), kind, "{name}");
    }
}

#[test]
fn a_field_is_found_through_lists_and_maps() {
    let schemas = schemas("1.36");
    let whole = schemas.whole(schemas.called("deployment")[0]).unwrap();
    let image = whole.at(&["spec", "template", "spec", "containers", "image"]).unwrap();
    assert_eq!((image.type_name().as_str(), image.required()), ("string", false));
    assert!(image.description().starts_with("Container image name."), "{}", image.description());
    let containers = whole.at(&["spec", "template", "spec", "containers"]).unwrap();
    assert_eq!((containers.type_name().as_str(), containers.required()), ("[]Container", true));
    assert!(containers.children().iter().any(|child| child.name() == "image"));
    let error = whole.at(&["spec", "templat"]).unwrap_err();
    assert_eq!((error.within.as_str(), error.nearest.as_deref()), ("spec", Some("template")));
}
