//! `tenantry explain`: kinds by every name, fields through lists, and what is said where there is none.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scratch::Test;

const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: anvils.acme.example }
spec:
  group: acme.example
  names: { kind: Anvil, plural: anvils, singular: anvil, shortNames: [anv] }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          description: An anvil.
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [weight]
              x-kubernetes-validations: [{ rule: self.weight > 0, message: weighs something }]
              properties:
                weight: { type: integer, description: How heavy it is. }
                size: { type: string, enum: [small, large], default: small }
";

#[test]
fn a_kind_with_its_fields() {
    assert_snapshot!(Test::empty().answers("explain pdb.spec"), @r#"
    GROUP:      policy
    KIND:       PodDisruptionBudget
    VERSION:    v1
    SCHEMA:     Kubernetes 1.37.2

    FIELD: spec <PodDisruptionBudgetSpec>

    DESCRIPTION:
        spec is the specification of the desired behavior of the
        PodDisruptionBudget.

        PodDisruptionBudgetSpec is a description of a PodDisruptionBudget.

    FIELDS:
      maxUnavailable	<IntOrString>
        maxUnavailable indicates that an eviction is allowed if at most
        "maxUnavailable" pods selected by "selector" are unavailable after the
        eviction, i.e. even in absence of the evicted pod. For example, one can
        prevent all voluntary evictions by specifying 0. This is a mutually
        exclusive setting with "minAvailable".

      minAvailable	<IntOrString>
        minAvailable indicates that an eviction is allowed if at least
        "minAvailable" pods selected by "selector" will still be available after the
        eviction, i.e. even in the absence of the evicted pod.  So for example you
        can prevent all voluntary evictions by specifying "100%".

      selector	<LabelSelector>
        selector is a label query over pods whose evictions are managed by the
        disruption budget. A null selector will match no pods, while an empty ({})
        selector will select all pods within the namespace.

      unhealthyPodEvictionPolicy	<string>
        unhealthyPodEvictionPolicy defines the criteria for when unhealthy pods
        should be considered for eviction. Current implementation considers healthy
        pods, as pods that have status.conditions item with
        type="Ready",status="True".

        Valid policies are IfHealthyBudget and AlwaysAllow. If no policy is
        specified, the default behavior will be used, which corresponds to the
        IfHealthyBudget policy.

        IfHealthyBudget policy means that running pods (status.phase="Running"), but
        not yet healthy can be evicted only if the guarded application is not
        disrupted (status.currentHealthy is at least equal to
        status.desiredHealthy). Healthy pods will be subject to the PDB for
        eviction.

        AlwaysAllow policy means that all running pods (status.phase="Running"), but
        not yet healthy are considered disrupted and can be evicted regardless of
        whether the criteria in a PDB is met. This means perspective running pods of
        a disrupted application might not get a chance to become healthy. Healthy
        pods will be subject to the PDB for eviction.

        Additional policies may be added in the future. Clients making eviction
        decisions should disallow eviction of unhealthy pods if they encounter an
        unrecognized policy in this field.
    "#);
}

#[test]
fn a_field_that_takes_a_few_values() {
    assert_snapshot!(Test::empty().answers("explain hr.spec.driftDetection.mode"), @"
    GROUP:      helm.toolkit.fluxcd.io
    KIND:       HelmRelease
    VERSION:    v2
    SCHEMA:     helm-controller v1.6.3

    FIELD: spec.driftDetection.mode <string>

    ENUM:
        enabled
        warn
        disabled

    DESCRIPTION:
        Mode defines how differences should be handled between the Helm manifest
        and the manifest currently applied to the cluster.
        If not explicitly set, it defaults to DiffModeDisabled.
    ");
}

#[test]
fn fields_of_fields_without_what_they_mean() {
    assert_snapshot!(Test::empty().answers("explain kustomization.spec.sourceRef --recursive"), @"
    GROUP:      kustomize.toolkit.fluxcd.io
    KIND:       Kustomization
    VERSION:    v1
    SCHEMA:     kustomize-controller v1.9.4

    FIELD: spec.sourceRef <Object> -required-

    DESCRIPTION:
        Reference of the source where the kustomization file is.

    FIELDS:
      apiVersion	<string>
      kind	<string> -required-
      name	<string> -required-
      namespace	<string>
    ");
}

#[test]
fn a_list_is_walked_through() {
    let test = Test::empty();
    let told = test.answers("explain Deployment.spec.template.spec.containers[0].ports");
    assert!(
        told.contains("FIELD: spec.template.spec.containers.ports <[]ContainerPort>"),
        "{told}"
    );
    assert!(told.contains("\n  containerPort\t<integer> -required-\n"), "{told}");
}

#[test]
fn several_kinds_of_one_name_are_told_apart() {
    let test = Test::empty();
    let told = test.answers("explain gateway");
    assert!(told.starts_with("GROUP:      gateway.networking.k8s.io\n"), "{told}");
    assert!(told.contains("ALSO IN:    networking.istio.io/v1"), "{told}");
    for line in [
        "explain networking.istio.io/v1/Gateway",
        "explain gateway.networking.istio.io",
        "explain gateway --api-version networking.istio.io/v1",
    ] {
        let told = test.answers(line);
        assert!(told.starts_with("GROUP:      networking.istio.io\n"), "{line}: {told}");
    }
}

#[test]
fn what_there_is_not_is_refused_with_what_was_meant() {
    let test = Test::empty();
    assert_snapshot!(test.refuses("explain deploymnt"), @"
    unknown-entity

      x there is no kind `deploymnt`
      help: did you mean `deployment`?
    ");
    assert_snapshot!(test.refuses("explain deploy.spec.templat.spec"), @"
    unknown-entity

      x there is no field `spec.templat`
      help: did you mean `spec.template`?
    ");
    assert_snapshot!(test.wrong_usage("explain zzzzzzzz"), @"
    wrong-usage

      x KIND: no kind is called `zzzzzzzz`; what tenantry does not carry comes from
      | CustomResourceDefinitions of the repository
    ");
    assert_snapshot!(test.wrong_usage("explain pod --kubernetes 1.20"), @"
    wrong-usage

      x --kubernetes: there are no schemas of Kubernetes 1.20: there are those of 1.37, 1.36, 1.35,
      | 1.34, 1.33
    ");
}

#[test]
fn a_definition_of_the_repository_counts() {
    let test = Test::fleet().file("apps/anvils.yaml", DEFINITION);
    assert_snapshot!(test.answers("explain anv.spec"), @"
    GROUP:      acme.example
    KIND:       Anvil
    VERSION:    v1
    SCHEMA:     a CustomResourceDefinition of this repository

    FIELD: spec <Object> -required-

    RULES:
        weighs something

    DESCRIPTION:
        <empty>

    FIELDS:
      size	<string>
        enum: small, large
        <no description>

      weight	<integer> -required-
        How heavy it is.
    ");
    let told: Value =
        serde_json::from_str(&test.answers("explain anvil.spec --output json")).unwrap();
    assert_eq!(told["data"]["fields"][0]["enum"], serde_json::json!(["small", "large"]));
    assert_eq!(told["data"]["fields"][1]["required"], true);
    assert_eq!(told["data"]["schema"], "a CustomResourceDefinition of this repository");
}

#[test]
fn the_version_of_kubernetes_is_that_of_the_cluster() {
    let test = Test::fleet()
        .edit("platform.yaml", "flux:", "kubernetes: \"1.34\"\nflux:")
        .line("platform/clusters/prod-eu.yaml", "kubernetes: \"1.33\"");
    assert!(test.answers("explain pod").contains("SCHEMA:     Kubernetes 1.34."));
    assert!(test.answers("explain pod --cluster staging-eu").contains("Kubernetes 1.34."));
    assert!(test.answers("explain pod --cluster prod-eu").contains("Kubernetes 1.33."));
    assert!(test.answers("explain pod --kubernetes 1.36").contains("Kubernetes 1.36."));
    assert!(test.refuses("explain pod --cluster prod-us").contains("did you mean `prod-eu`?"));
}
