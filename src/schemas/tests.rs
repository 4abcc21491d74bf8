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

mod random {
    //! What a schema says, made into an object: it fits, and one change to it does not.

    use kustomize::yaml::{Mapping, Value};
    use proptest::prelude::*;

    use super::super::shape::{Items, Shape};
    use super::*;

    /// Rolls dice from bytes, so that a failing case shrinks.
    struct Dice<'a>(&'a [u8], usize);

    impl Dice<'_> {
        fn roll(&mut self, sides: usize) -> usize {
            let byte = self.0.get(self.1 % self.0.len().max(1)).copied().unwrap_or_default();
            self.1 += 1;
            (usize::from(byte) + self.1 * 7) % sides.max(1)
        }
    }

    /// A value of a shape; `None` where making one is more than this knows.
    fn value(schemas: &Schemas, seen: Seen<'_>, dice: &mut Dice<'_>, depth: usize) -> Option<Node> {
        let shape = &seen.read.shape;
        let junctions = [&shape.all_of, &shape.any_of, &shape.one_of];
        if shape.not.is_some() || junctions.iter().any(|parts| !parts.is_empty()) {
            return None;
        }
        if !shape.choices.is_empty() {
            let choice = seen.text(shape.choices[dice.roll(shape.choices.len())]);
            return Some(node(choice));
        }
        Some(match shape.of {
            Type::Boolean => Node::new(dice.roll(2) == 1),
            Type::Integer | Type::Number => {
                let least: f64 = shape.minimum.map_or(1.0, |text| seen.text(text).parse().unwrap());
                let most: f64 =
                    shape.maximum.map_or(least + 5.0, |text| seen.text(text).parse().unwrap());
                Node::new(((least + 1.0).min(most)) as i64)
            }
            Type::Quantity => Node::new("2Gi"),
            Type::IntOrString if dice.roll(2) == 0 => Node::new(7_i64),
            Type::String | Type::IntOrString => text(seen, shape)?,
            Type::Array => {
                let part = schemas.part(seen, shape.items?);
                let least = shape.item_count.least.unwrap_or(0).max(1);
                if least > 1 && shape.list != Items::Plain {
                    return None;
                }
                let items = (0..least).map(|_| value(schemas, part, dice, depth + 1));
                Node::new(items.collect::<Option<Vec<Node>>>()?)
            }
            Type::Object | Type::Metadata | Type::Any => {
                let mut fields = Mapping::new();
                for (name, id) in &shape.properties {
                    let must = shape.required.contains(name);
                    let full =
                        shape.property_count.most.is_some_and(|most| fields.len() as u64 >= most);
                    if !must && (full || depth > 6 || dice.roll(3) > 0) {
                        continue;
                    }
                    match value(schemas, schemas.part(seen, *id), dice, depth + 1) {
                        Some(made) => drop(fields.insert(seen.text(*name), made)),
                        None if must => return None,
                        None => {}
                    }
                }
                if let Some(id) = shape.additional {
                    let made = value(schemas, schemas.part(seen, id), dice, depth + 1)?;
                    fields.insert("key", made);
                }
                if (fields.len() as u64) < shape.property_count.least.unwrap_or(0) {
                    return None;
                }
                Node::new(fields)
            }
        })
    }

    fn text(seen: Seen<'_>, shape: &Shape) -> Option<Node> {
        let made = match shape.format.map(|format| seen.text(format)) {
            Some("date-time") => "2026-01-31T12:00:00Z",
            Some("date") => "2026-01-31",
            Some("byte") => "YWNtZQ==",
            Some("ipv4") => "192.0.2.1",
            Some("ipv6") => "2001:db8::1",
            Some("cidr") => "192.0.2.0/24",
            Some("uuid") => "9b2d4f6e-0000-4000-8000-000000000000",
            _ => "acme",
        };
        let long = |length: u64| {
            shape.length.least.is_none_or(|least| length >= least)
                && shape.length.most.is_none_or(|most| length <= most)
        };
        let candidates = [
            made,
            "10m",
            "a",
            "https://acme.example/x",
            "oci://acme.example/x",
            "acme/acme",
            "0 0 * * *",
        ];
        let regex = shape.pattern.map(|pattern| regex::Regex::new(seen.text(pattern)).unwrap());
        let fits = candidates.into_iter().find(|text| {
            long(text.len() as u64) && regex.as_ref().is_none_or(|regex| regex.is_match(text))
        });
        fits.map(Node::new)
    }

    /// Every mapping in an object whose fields are all known, by its pointer.
    fn closed(schemas: &Schemas, seen: Seen<'_>, object: &Node, at: &str, found: &mut Vec<String>) {
        let shape = &seen.read.shape;
        match &object.value {
            Value::Mapping(fields) => {
                let is_free = shape.open || shape.embedded || shape.additional.is_some();
                if !is_free && shape.of != Type::Any {
                    found.push(at.to_owned());
                }
                for (key, inner) in fields.iter() {
                    if let Some(id) = seen.property(key.as_str().unwrap()) {
                        let at = format!("{at}/{}", key.as_str().unwrap());
                        closed(schemas, schemas.part(seen, id), inner, &at, found);
                    }
                }
            }
            Value::Sequence(items) => {
                for (number, inner) in items.iter().enumerate() {
                    if let Some(id) = shape.items {
                        let part = schemas.part(seen, id);
                        closed(schemas, part, inner, &format!("{at}/{number}"), found);
                    }
                }
            }
            _ => {}
        }
    }

    fn mapping_at<'n>(object: &'n mut Node, pointer: &str) -> &'n mut Mapping {
        let mut here = object;
        for step in pointer.split('/').skip(1) {
            here = match &mut here.value {
                Value::Sequence(items) => &mut items[step.parse::<usize>().unwrap()],
                Value::Mapping(fields) => fields.get_mut(step).unwrap(),
                _ => unreachable!("{pointer} leads through a scalar"),
            };
        }
        here.as_mapping_mut().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_a_schema_says_fits_it_and_a_change_does_not(
            which in any::<proptest::sample::Index>(),
            rolls in proptest::collection::vec(any::<u8>(), 16..64),
        ) {
            thread_local! {
                static SCHEMAS: Schemas = schemas("1.36");
            }
            SCHEMAS.with(|schemas| {
                let mut kinds: Vec<&Kind> = schemas.kinds().collect();
                kinds.sort_by_key(|kind| (kind.api_version(), &kind.kind));
                let kind = kinds[which.index(kinds.len())];
                let seen = schemas.root(schemas.home(&kind.api_version(), &kind.kind).unwrap()).unwrap();
                let mut dice = Dice(&rolls, 0);
                let Some(mut object) = value(schemas, seen, &mut dice, 0) else { return Ok(()) };
                let fields = object.as_mapping_mut().unwrap();
                fields.insert("apiVersion", kind.api_version());
                fields.insert("kind", kind.kind.as_str());
                let faults = schemas.validate(&object).unwrap();
                prop_assert!(faults.is_empty(), "{}: {faults:#?}", kind.kind);

                let mut places = Vec::new();
                closed(schemas, seen, &object, "", &mut places);
                let at = &places[dice.roll(places.len())];
                let mut wrong = object.clone();
                mapping_at(&mut wrong, at).insert("fieldThatNobodyHas", 1_i64);
                let faults = schemas.validate(&wrong).unwrap();
                let pointer = format!("{at}/fieldThatNobodyHas");
                prop_assert!(faults.iter().any(|fault| fault.kind == FaultKind::UnknownField && fault.pointer == pointer), "{faults:#?}");

                let mut wrong = object;
                wrong.as_mapping_mut().unwrap().insert("metadata", "text");
                let faults = schemas.validate(&wrong).unwrap();
                prop_assert!(faults.iter().any(|fault| fault.kind == FaultKind::WrongType && fault.pointer == "/metadata"));
                Ok(())
            })?;
        }
    }
}
