//! `vendor flux`: manifests are proven before they are written.

use insta::assert_snapshot;

use crate::scratch::Test;

const COMPONENTS: &str = "clusters/prod-eu/flux-system/gotk-components.yaml";

/// As `flux install --export` prints them, as far as they are looked at.
fn manifests(version: &str) -> String {
    let controllers = [
        "source-controller",
        "kustomize-controller",
        "helm-controller",
        "notification-controller",
        "image-reflector-controller",
        "image-automation-controller",
    ];
    let mut text = format!(
        "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: flux-system\n  labels:\n    \
         app.kubernetes.io/version: {version}\n"
    );
    for controller in controllers {
        for (api, kind, name) in [
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition", format!("x.{controller}")),
            ("apps/v1", "Deployment", controller.to_owned()),
        ] {
            text += &format!(
                "---\napiVersion: {api}\nkind: {kind}\nmetadata:\n  labels:\n    \
                 app.kubernetes.io/component: {controller}\n    \
                 app.kubernetes.io/version: {version}\n  name: {name}\n"
            );
        }
    }
    text
}

#[test]
fn a_file_is_taken_for_every_cluster() {
    let test = Test::generated().file("../flux.yaml", manifests("v2.9.4"));
    assert_snapshot!(test.does("vendor flux --from ../flux.yaml"), @r#"
      clusters/prod-eu/flux-system/gotk-components.yaml: Flux 2.9.4, written
      clusters/staging-eu/flux-system/gotk-components.yaml: Flux 2.9.4, written
    Flux 2.9.4 from `../flux.yaml`
    "#);
    assert!(test.read(COMPONENTS).contains("name: source-controller"));
    test.answers("generate --check");
}

#[test]
fn another_version_is_refused() {
    let test = Test::generated().file("../flux.yaml", manifests("v2.9.3"));
    assert_snapshot!(test.refuses("vendor flux --from ../flux.yaml"), @r#"
    vendor-failed

      x `../flux.yaml` is not what was asked for:
      |   it is Flux 2.9.3, and 2.9.4 is wanted
    "#);
}

#[test]
fn what_is_no_manifest_is_refused() {
    let test = Test::generated().file("../flux.yaml", "<html>\n");
    assert_snapshot!(test.refuses("vendor flux --from ../flux.yaml"), @r#"
    vendor-failed

      x `../flux.yaml` is not what was asked for:
      |   its document 1 is not a Kubernetes object
      |   it has no Namespace `flux-system`
      |   no object in it has the label `app.kubernetes.io/version`: its version cannot be told
      |   it has no Deployment `source-controller`
      |   it has no CustomResourceDefinition for `source-controller`
      |   it has no Deployment `kustomize-controller`
      |   it has no CustomResourceDefinition for `kustomize-controller`
      |   it has no Deployment `helm-controller`
      |   it has no CustomResourceDefinition for `helm-controller`
      |   it has no Deployment `notification-controller`
      |   it has no CustomResourceDefinition for `notification-controller`
      |   it has no Deployment `image-reflector-controller`
      |   it has no CustomResourceDefinition for `image-reflector-controller`
      |   it has no Deployment `image-automation-controller`
      |   it has no CustomResourceDefinition for `image-automation-controller`
    "#);
}

#[test]
fn a_plan_alone_writes_nothing() {
    let test = Test::generated().file("../flux.yaml", manifests("v2.9.4"));
    test.answers("vendor flux --from ../flux.yaml --dry-run");
}

#[test]
fn neither_flux_nor_curl_on_the_path() {
    let test = Test::generated().without_programs();
    assert_snapshot!(test.refuses("vendor flux"), @r#"
    vendor-failed

      x there is neither a `flux` nor a `curl` on the PATH: download
      | https://github.com/fluxcd/flux2/releases/download/v2.9.4/install.yaml yourself and say `--from
      | FILE`
    "#);
}
