#![allow(clippy::unwrap_used)]

use super::*;
use crate::yaml::{Budget, Node, SourceId, parse};

fn read(text: &str) -> Node {
    parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap().remove(0).root
}

const WIDGETS: &str = "
definitions:
  acme.Widget:
    type: object
    properties:
      spec: {$ref: '#/definitions/acme.Spec', x-kubernetes-patch-strategy: merge}
      template: {$ref: '#/definitions/io.k8s.api.core.v1.PodTemplateSpec'}
      circle: {$ref: '#/definitions/acme.Circle'}
    x-kubernetes-group-version-kind: [{group: acme.io, version: v1, kind: Widget}]
  acme.Spec:
    properties:
      parts:
        type: array
        items: {properties: {deep: {$ref: '#/definitions/acme.Spec/properties/labels'}}}
        x-kubernetes-patch-strategy: merge
        x-kubernetes-patch-merge-key: id
      ports:
        type: [array]
        x-kubernetes-patch-strategy: retainKeys,merge
        x-kubernetes-patch-merge-key: port
        x-kubernetes-list-map-keys: [port, protocol]
      keyed: {type: array, x-kubernetes-list-map-keys: [name]}
      labels: {type: object, additionalProperties: {type: string}}
  acme.Circle: {$ref: '#/definitions/acme.Circle'}
  io.k8s.api.core.v1.PodSpec:
    properties: {mine: {type: string}}
paths:
  /apis/acme.io/v1/widgets:
    get: {x-kubernetes-group-version-kind: {group: acme.io, version: v1, kind: Widget}}
  /apis/acme.io/v1/namespaces/{namespace}/widgets:
    get: {x-kubernetes-group-version-kind: {group: acme.io, version: v1, kind: Widget}}
  /apis/acme.io/v1/grids:
    get: {x-kubernetes-group-version-kind: {group: acme.io, version: v1, kind: Grid}}
  /api/v1/pods:
    get: {x-kubernetes-group-version-kind: {group: '', version: v1, kind: Pod}}
";

fn keys(schema: Option<SchemaRef<'_>>) -> (String, Vec<String>) {
    let (strategy, keys) = schema.unwrap().patch_strategy_and_keys();
    (strategy.to_owned(), keys.to_vec().into_iter().map(str::to_owned).collect())
}

fn at<'s>(schema: Option<SchemaRef<'s>>, path: &str) -> Option<SchemaRef<'s>> {
    path.split('.').try_fold(schema?, |schema, step| match step {
        "[]" => schema.elements(),
        step => schema.field(step),
    })
}

#[test]
fn the_built_in_types_have_their_merge_keys() {
    let schemas = Schemas::builtin();
    let pod = at(schemas.for_type("apps/v1", "Deployment"), "spec.template.spec");
    for (path, strategy, expected) in [
        ("containers", "merge", vec!["name"]),
        ("containers.[].ports", "merge", vec!["containerPort", "protocol"]),
        ("containers.[].env", "merge", vec!["name"]),
        ("containers.[].volumeMounts", "merge", vec!["mountPath"]),
        ("hostAliases", "merge", vec!["ip"]),
        ("topologySpreadConstraints", "merge", vec!["topologyKey", "whenUnsatisfiable"]),
        ("volumes", "merge,retainKeys", vec!["name"]),
        ("tolerations", "", vec![]),
        ("nodeSelector.any", "", vec![]),
    ] {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(keys(at(pod, path)), (strategy.to_owned(), expected), "{path}");
    }
    let service = schemas.for_type("v1", "Service");
    assert_eq!(keys(at(service, "spec.ports")).1, ["port", "protocol"]);
    let finalizers = at(service, "metadata.finalizers");
    assert!(finalizers.unwrap().is_merged());
    assert_eq!(keys(finalizers).1, [""; 0]);
}

#[test]
fn what_stands_beside_a_reference_does_not_count() {
    let schemas = Schemas::builtin();
    let strategy = at(schemas.for_type("apps/v1", "Deployment"), "spec.strategy");
    assert_eq!(keys(strategy).0, "");
}

#[test]
fn unknown_types_and_fields_have_no_schema() {
    let schemas = Schemas::builtin();
    assert!(schemas.for_type("acme.io/v1", "Widget").is_none());
    assert!(schemas.for_type("apps/v1", "deployment").is_none());
    assert!(at(schemas.for_type("apps/v1", "Deployment"), "spec.colour").is_none());
    assert!(at(schemas.for_type("v1", "Pod"), "spec.[]").is_none());
}

#[test]
fn scopes_are_known_of_the_built_in_types() {
    let schemas = Schemas::builtin();
    assert_eq!(schemas.is_namespaced("v1", "Pod"), Some(true));
    assert_eq!(schemas.is_namespaced("v1", "Namespace"), Some(false));
    let admission = ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy");
    assert!(schemas.is_cluster_scoped(admission.0, admission.1));
    assert_eq!(schemas.is_namespaced("acme.io/v1", "Widget"), None);
    assert!(!schemas.is_cluster_scoped("acme.io/v1", "Widget"));
}

#[test]
fn a_document_takes_the_place_of_the_built_in_types() {
    let schemas = Schemas::from_document(&read(WIDGETS), Beside::Gone).unwrap();
    let widget = schemas.for_type("acme.io/v1", "Widget");
    assert_eq!(keys(at(widget, "spec")), (String::new(), vec![]));
    assert_eq!(keys(at(widget, "spec.parts")).1, ["id"]);
    assert!(at(widget, "spec.parts.[].deep.any").is_some());
    assert_eq!(keys(at(widget, "spec.ports")).1, ["port", "protocol"]);
    assert!(at(widget, "spec.ports").unwrap().is_merged());
    assert_eq!(keys(at(widget, "spec.keyed")), (String::new(), vec![]));
    assert!(at(widget, "template").is_none());
    assert!(at(widget, "circle").is_none());
    assert!(schemas.for_type("apps/v1", "Deployment").is_none());
    // kustomize's own types are always there.
    assert!(schemas.for_type("kustomize.config.k8s.io/v1beta1", "Kustomization").is_some());

    assert_eq!(schemas.is_namespaced("acme.io/v1", "Widget"), Some(true));
    assert_eq!(schemas.is_namespaced("acme.io/v1", "Grid"), Some(false));
    assert_eq!(schemas.is_namespaced("v1", "Pod"), Some(true));
}

#[test]
fn beside_the_built_in_types_a_document_goes_first() {
    let schemas = Schemas::from_document(&read(WIDGETS), Beside::Below).unwrap();
    let widget = schemas.for_type("acme.io/v1", "Widget");
    assert!(at(widget, "template.spec.mine").is_some());
    let deployment = schemas.for_type("apps/v1", "Deployment");
    assert!(at(deployment, "spec.template.spec.containers").is_none());
    assert!(at(schemas.for_type("v1", "Service"), "spec.ports").unwrap().is_merged());
}

#[test]
fn what_is_no_schema_is_refused() {
    for document in [
        "hello",
        "[]",
        "definitions: []",
        "definitions: {a: {properties: []}}",
        "definitions: {a: {properties: {x: true}}}",
        "definitions: {a: {type: 5}}",
        "definitions: {a: {required: x}}",
        "definitions: {a: {description: 5}}",
        "definitions: {a: {minimum: x}}",
        "definitions: {a: {additionalProperties: x}}",
        "definitions: {a: {x-kubernetes-group-version-kind: [{kind: Foo}]}}",
        "definitions: {a: {x-kubernetes-group-version-kind: [{kind: Foo, version: 1}]}}",
        "paths: []",
        "paths: {/a: {get: 5}}",
        "paths: {/a: {get: {x-kubernetes-group-version-kind: {kind: Foo}}}}",
        "info: 5",
    ] {
        assert!(Schemas::from_document(&read(document), Beside::Gone).is_err(), "{document}");
    }
    for document in [
        "null",
        "definitions: {}",
        "definitions: {a: null}",
        "definitions: {a: {$ref: 5}}",
        "definitions: {a: {x-kubernetes-patch-strategy: 5, x-kubernetes-patch-merge-key: 5}}",
        "definitions: {a: {items: []}}",
        "definitions: {a: {x-kubernetes-group-version-kind: x}}",
        "paths: {a: 5}",
        "paths: {/a: null}",
    ] {
        assert!(Schemas::from_document(&read(document), Beside::Gone).is_ok(), "{document}");
    }
}

#[test]
fn a_fault_has_its_place() {
    let text = "definitions:\n  a:\n    type: 5\n";
    let error = Schemas::from_document(&read(text), Beside::Gone).unwrap_err();
    assert_eq!(&text[error.span().range()], "5");
}

#[test]
fn schemas_go_to_other_threads() {
    fn is_sync<T: Send + Sync>() {}
    is_sync::<Schemas>();
    is_sync::<SchemaRef<'_>>();
}
