//! Every layout that the binary carries, through the commands that a platform lives with.

use kustomize::yaml::{Budget, SourceId, parse};
use serde_json::{Value as Json, json};

use crate::scratch::Test;

/// How a description says where its artifacts lie.
const REGISTRY: &str = "artifacts: { url: oci://ghcr.io/acme/fleet }";

/// Their names, and whether their clusters pull artifacts.
pub(crate) fn layouts() -> Vec<(String, bool)> {
    let layouts = tenantry::layout::embedded().into_iter().map(|layout| layout.manifest);
    layouts.map(|layout| (layout.name, !layout.artifacts.is_empty())).collect()
}

/// A platform of a layout with something of everything, and its first commit.
pub(crate) fn platform(layout: &str, pulls: bool) -> Test {
    begun(layout, pulls, "github")
}

/// The same with a pipeline elsewhere than at the forge: then nothing is known of who signs artifacts, and nobody's signature is asked for.
fn unsigned(layout: &str, pulls: bool) -> Test {
    begun(layout, pulls, "gitlab")
}

fn begun(layout: &str, pulls: bool, ci: &str) -> Test {
    let test = Test::empty();
    let artifacts = if pulls { "--artifacts oci://ghcr.io/acme/fleet" } else { "" };
    test.does(&format!(
        "init --yes --layout {layout} {artifacts} --repository https://github.com/acme/fleet --ci {ci} \
         --environment staging,production --cluster stage=staging --cluster prod-eu=production \
         --cluster prod-us=production --component cert-manager"
    ));
    test
}

#[test]
fn a_platform_grows_and_shrinks_in_every_layout() {
    for (layout, pulls) in layouts() {
        let test = platform(&layout, pulls);
        test.does("create component gateway-api");
        test.does("create cluster edge --environment production");
        test.does(
            "create tenant shop --owner @acme/shop --placement all \
             --git-url https://github.com/acme/shop",
        );
        test.does("generate --check");
        // What is in no layer comes after what is in one.
        let built = test.answers("build --cluster edge --quiet");
        assert!(built.contains("dependsOn:\n  - name: gateway-api\n"), "{layout}:\n{built}");
        let test = test.then_committed("Grow");

        test.does(
            "create patch warns --cluster edge \
             --target ValidatingAdmissionPolicyBinding/tenancy-services \
             --replace /spec/validationActions=[Warn]",
        );
        let diff = test.finds("diff HEAD");
        assert!(diff.contains("\"Deny\" -> \"Warn\""), "{layout}:\n{diff}");
        assert!(diff.contains("Nothing changes on 3 other clusters."), "{layout}:\n{diff}");
        let why = "why ValidatingAdmissionPolicyBinding/tenancy-services spec.validationActions";
        let told = test.answers(&format!("{why} --cluster edge"));
        assert!(told.contains("said in platform/patches/warns.yaml"), "{layout}:\n{told}");
        let told = test.answers(&format!("{why} --cluster prod-eu"));
        assert!(!told.contains("warns.yaml"), "{layout}:\n{told}");
        let graph = test.answers("graph --cluster edge");
        assert!(graph.contains("tenancy") && graph.contains("shop"), "{layout}:\n{graph}");

        test.does("set component cert-manager environments.staging.version=v1.99.0");
        let promoted = test.does("promote component cert-manager");
        assert!(promoted.contains("v1.99.0"), "{layout}:\n{promoted}");
        test.does("generate --check");

        test.does("delete patch warns --confirm warns");
        test.does("delete cluster edge --confirm edge");
        test.does("delete component gateway-api --confirm gateway-api");
        test.does("delete tenant shop --confirm shop");
        test.does("generate --check");
        let left = test.files(".");
        let of = |name: &str| left.iter().find(|file| file.contains(name)).cloned();
        assert_eq!(["/shop", "/edge", "/gateway-api"].map(of), [None, None, None], "{layout}");
    }
}

/// The kinds and names of all objects that a cluster gets, but for the sources of the platform itself: these are what a layout may
/// choose.
fn objects(test: &Test) -> Vec<String> {
    let built = test.answers("build --cluster prod-eu --quiet");
    let mut names: Vec<String> = built
        .split("---\n")
        .filter(|object| {
            let is_source = object.contains("\nkind: GitRepository\n")
                || object.contains("\nkind: OCIRepository\n");
            let is_own = object.contains("\n    tenantry.dev/artifact: ")
                || object.contains("\n  name: flux-system\n");
            !(is_source && is_own)
        })
        .flat_map(str::lines)
        .filter(|line| line.starts_with("kind: ") || line.starts_with("  name: "))
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

/// Nothing moves from one Flux Kustomization to another, so nothing has to be confirmed.
#[test]
fn a_repository_goes_from_one_layout_to_another_and_back() {
    let layouts = layouts();
    for ((one, pulls), (other, _)) in layouts.iter().zip(layouts.iter().cycle().skip(1)) {
        let test = unsigned(one, *pulls);
        test.does(
            "create tenant shop --owner @acme/shop --placement all \
             --git-url https://github.com/acme/shop",
        );
        // What the other one needs may be said before: until then it is only told that nothing looks at it.
        let test = match pulls {
            true => test,
            false => {
                let test = test.line("platform.yaml", REGISTRY);
                let told = test.does("generate");
                assert!(told.contains("contradiction"), "{one}:\n{told}");
                test
            }
        };
        let (before, files) = (objects(&test), test.files("."));
        test.does(&format!("layout use {other}"));
        test.does("generate --check");
        assert_eq!(objects(&test), before, "{one} to {other}");
        test.does(&format!("layout use {one}"));
        test.does("generate --check");
        assert_eq!(test.files("."), files, "{one} to {other} and back");
        assert_eq!(objects(&test), before, "{one} to {other} and back");
    }
}

#[test]
fn a_layout_whose_clusters_pull_artifacts_wants_to_know_from_where() {
    for (layout, _) in layouts().into_iter().filter(|(_, pulls)| *pulls) {
        let test = unsigned(&layout, true);
        let said = test.read("platform.yaml");
        assert!(said.contains(&format!("\n{REGISTRY}\n")), "{said}");
        let told = test.edit("platform.yaml", REGISTRY, "").refuses("generate");
        assert!(told.starts_with("missing-field"), "{layout}:\n{told}");
        assert!(told.contains("add `artifacts: { url: oci://HOST/PATH }`"), "{layout}:\n{told}");
    }
}

/// Every object of a cluster.
fn built(test: &Test, cluster: &str) -> Vec<Json> {
    let text = test.answers(&format!("build --cluster {cluster} --quiet"));
    let documents = parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap();
    documents.iter().map(|document| document.root.to_json()).collect()
}

fn flux_kustomization<'a>(objects: &'a [Json], name: &str) -> Option<&'a Json> {
    objects.iter().find(|object| {
        object["kind"] == "Kustomization"
            && object["metadata"]["name"] == name
            && object["metadata"]["namespace"] == "flux-system"
    })
}

#[test]
fn what_configures_a_component_comes_after_it_and_before_those_that_need_it() {
    for (layout, pulls) in layouts() {
        let test = platform(&layout, pulls)
            .file("settings/issuers/kustomization.yaml", "resources: [issuer.yaml]\n")
            .file(
                "settings/issuers/issuer.yaml",
                "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: { name: acme }\nspec: { selfSigned: {} }\n",
            )
            .line(
                "platform/components/cert-manager.yaml",
                "configs: { path: settings/issuers }\nenvironments: { staging: { configs: null } }",
            )
            .file(
                "platform/components/web.yaml",
                "helm: { repository: https://charts.acme.example, chart: web, version: 1.0.0 }\ndependsOn: [cert-manager]\n",
            );
        test.does("generate");
        let names = |one: &Json| -> Vec<String> {
            let needs = one["spec"]["dependsOn"].as_array().unwrap();
            needs.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
        };

        let production = built(&test, "prod-eu");
        let configs = flux_kustomization(&production, "cert-manager.configs").unwrap();
        assert_eq!(configs["spec"]["dependsOn"], json!([{ "name": "cert-manager" }]), "{layout}");
        assert_eq!(configs["spec"]["path"], "./settings/issuers", "{layout}");
        assert_eq!(configs["spec"]["wait"], true, "{layout}");
        let component = flux_kustomization(&production, "cert-manager").unwrap();
        assert_eq!(configs["spec"]["sourceRef"], component["spec"]["sourceRef"], "{layout}");
        let web = flux_kustomization(&production, "web").unwrap();
        assert_eq!(names(web), ["cert-manager", "cert-manager.configs"], "{layout}");
        let issuers = |objects: &[Json]| {
            objects.iter().filter(|object| object["kind"] == "ClusterIssuer").count()
        };
        assert_eq!(issuers(&production), 1, "{layout}");

        // Where nothing configures it, nobody waits for that.
        let staging = built(&test, "stage");
        assert!(flux_kustomization(&staging, "cert-manager.configs").is_none(), "{layout}");
        assert_eq!(names(flux_kustomization(&staging, "web").unwrap()), ["cert-manager"]);
        assert_eq!(issuers(&staging), 0, "{layout}");
    }
}
