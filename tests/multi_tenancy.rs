//! What the layout `multi-tenancy` generates for clusters and tenants holds tenants apart: roles, guards, lockdown,
//! accounts and networks, over the example fleets.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use kustomize::yaml::{Budget, SourceId, parse};
use serde_json::Value as Json;
use tenantry::files::{Disk, Files, Laid, Memory};
use tenantry::path::RepoPath;
use tenantry::tree::{Ownership, Tree};
use tenantry::{layout, render, spec};

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

/// The tree of an example by the layout as it is embedded, with a text of the description replaced.
fn tree_with(example: &str, file: &str, from: &str, to: &str) -> Tree {
    let mut layouts = Memory::new();
    for (file, bytes) in layout::files_of("multi-tenancy").unwrap() {
        layouts.insert(path(&format!(".tenantry/layout/{file}")), bytes);
    }
    let disk = Disk::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example));
    let text = String::from_utf8(disk.read(&path(file)).unwrap().unwrap()).unwrap();
    assert!(text.contains(from), "{file} does not say {from:?}");
    let mut files = Laid::over(&disk);
    files.write(path(file), text.replace(from, to).into_bytes());
    let platform = spec::load(&files).map_err(|faults| faults.diagnostics).unwrap();
    let layout = layout::load(&layouts, &path(".tenantry/layout")).unwrap();
    render::render(&platform, &layout, &files).unwrap().tree
}

fn tree(example: &str) -> Tree {
    tree_with(example, "platform.yaml", "", "")
}

fn objects(tree: &Tree, file: &str) -> Vec<Json> {
    let file = tree.get(file).unwrap_or_else(|| panic!("no {file}"));
    let documents = parse(SourceId(0), &file.bytes, &Budget::default()).unwrap();
    documents.iter().map(|document| document.root.to_json()).collect()
}

/// Every object of the tree, with its file.
fn all(tree: &Tree) -> Vec<(String, Json)> {
    tree.iter()
        .filter(|(path, _)| {
            ["clusters/", "infrastructure/", "tenants/"]
                .iter()
                .any(|f| path.as_str().starts_with(f))
                && path.as_str().ends_with(".yaml")
        })
        .flat_map(|(path, _)| {
            objects(tree, path.as_str()).into_iter().map(|object| (path.to_string(), object))
        })
        .filter(|(_, object)| object.get("kind").is_some())
        .collect()
}

fn text<'a>(object: &'a Json, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

fn texts(value: &Json) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().filter_map(Json::as_str).collect()
}

const READ: [&str; 3] = ["get", "list", "watch"];

#[test]
fn no_role_hands_out_rights_or_writes_what_holds_a_tenant() {
    let tree = tree("grown");
    let mut names = BTreeSet::new();
    for (_, role) in all(&tree).iter().filter(|(_, object)| object["kind"] == "ClusterRole") {
        let name = text(role, "/metadata/name");
        names.insert(name.to_owned());
        assert!(role.get("aggregationRule").is_none(), "{name} grows by labels");
        for rule in role["rules"].as_array().unwrap() {
            let (groups, resources, verbs) =
                (texts(&rule["apiGroups"]), texts(&rule["resources"]), texts(&rule["verbs"]));
            for list in [&groups, &resources, &verbs] {
                assert!(!list.iter().any(|item| item.contains('*')), "{name}: {rule}");
            }
            for verb in ["bind", "escalate", "impersonate", "deletecollection", "approve"] {
                assert!(!verbs.contains(verb), "{name}: {rule}");
            }
            assert!(!groups.contains("rbac.authorization.k8s.io"), "{name}: {rule}");
            for resource in &resources {
                assert!(
                    !resource.ends_with("/status") && !resource.ends_with("/finalizers"),
                    "{name}: {rule}"
                );
                assert_ne!(*resource, "serviceaccounts/token", "{name}");
                let held = ["resourcequotas", "limitranges", "networkpolicies", "endpointslices"];
                let untouchable = ["namespaces", "endpoints", "externalartifacts", "nodes"];
                assert!(!untouchable.contains(resource), "{name}: {rule}");
                if held.contains(resource) || name == "tenancy-view" {
                    assert!(verbs.iter().all(|verb| READ.contains(verb)), "{name}: {rule}");
                }
                assert!(name != "tenancy-view" || *resource != "secrets", "{name} reads Secrets");
                assert!(
                    name != "tenancy-deployer" || !groups.iter().any(|g| g.contains("fluxcd")),
                    "{name}: {rule}"
                );
            }
        }
    }
    let known = ["tenancy-deployer", "tenancy-edit", "tenancy-tenant", "tenancy-view"];
    assert_eq!(names, known.map(str::to_owned).into());
}

#[test]
fn tenants_are_bound_to_the_layouts_roles_in_their_own_namespaces_only() {
    for example in ["grown", "operator", "minimal"] {
        let tree = tree(example);
        for (file, object) in all(&tree) {
            assert_ne!(object["kind"], "ClusterRoleBinding", "{file}");
            if object["kind"] == "RoleBinding" {
                assert!(text(&object, "/roleRef/name").starts_with("tenancy-"), "{file}");
                let namespace = text(&object, "/metadata/namespace");
                for subject in object["subjects"].as_array().unwrap() {
                    assert!(
                        subject["kind"] == "Group" || subject["namespace"] == namespace,
                        "{file}: {subject}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_tenants_namespace_is_labelled_kept_and_carries_the_default_account() {
    let tree = tree("grown");
    let objects = objects(&tree, "tenants/base/payments/rbac.yaml");
    for namespace in ["payments", "payments-jobs"] {
        let found = objects
            .iter()
            .find(|it| it["kind"] == "Namespace" && text(it, "/metadata/name") == namespace)
            .unwrap();
        let labels = &found["metadata"]["labels"];
        assert_eq!(labels["toolkit.fluxcd.io/tenant"], "payments");
        assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted");
        assert_eq!(labels["acme.example/cost-centre"], "shared");
        assert_eq!(
            found["metadata"]["annotations"]["kustomize.toolkit.fluxcd.io/prune"],
            "disabled"
        );
        let account = objects
            .iter()
            .find(|it| {
                it["kind"] == "ServiceAccount" && text(it, "/metadata/namespace") == namespace
            })
            .unwrap();
        assert_eq!(text(account, "/metadata/name"), "flux");
        assert_eq!(account["automountServiceAccountToken"], false);
    }
}

#[test]
fn an_account_of_another_name_leaves_the_default_one_without_rights() {
    let tree = tree_with(
        "grown",
        "platform/tenants/web.yaml",
        "serviceAccount: {",
        "serviceAccount: { name: deployer,",
    );
    let objects = objects(&tree, "tenants/base/web/rbac.yaml");
    let accounts: Vec<&str> = objects
        .iter()
        .filter(|it| it["kind"] == "ServiceAccount")
        .map(|it| text(it, "/metadata/name"))
        .collect();
    assert_eq!(accounts, ["deployer", "flux"]);
    let bound: Vec<&Json> = objects
        .iter()
        .filter(|it| it["kind"] == "RoleBinding")
        .flat_map(|it| it["subjects"].as_array().unwrap())
        .collect();
    assert!(bound.iter().all(|subject| subject["name"] == "deployer"), "{bound:?}");
}

#[test]
fn an_isolated_namespace_is_closed_and_lets_in_and_out_what_it_must() {
    let tree = tree("grown");
    let policies = objects(&tree, "tenants/base/payments/network.yaml");
    let of = |name: &str| {
        let found = policies.iter().find(|it| {
            text(it, "/metadata/name") == name && text(it, "/metadata/namespace") == "payments"
        });
        found.unwrap_or_else(|| panic!("no {name}"))["spec"].clone()
    };
    let deny = of("tenancy-deny");
    assert_eq!(texts(&deny["policyTypes"]), ["Egress", "Ingress"].into());
    assert!(deny.get("ingress").is_none() && deny.get("egress").is_none());
    assert_eq!(deny["podSelector"], serde_json::json!({}));
    let visitors = of("tenancy-visitors");
    let from = &visitors["ingress"][0]["from"][0]["namespaceSelector"]["matchExpressions"][0];
    assert_eq!(texts(&from["values"]), ["checkout", "ingress-nginx", "monitoring"].into());
    let outside = of("tenancy-outside");
    let to = outside["egress"][0]["to"].as_array().unwrap();
    let cidrs: Vec<&str> = to.iter().map(|it| text(it, "/ipBlock/cidr")).collect();
    assert_eq!(cidrs, ["0.0.0.0/0", "::/0", "10.20.0.0/16"]);
    let except = texts(&to[0]["ipBlock"]["except"]);
    for private in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"] {
        assert!(except.contains(private), "{private}");
    }
    assert!(except.iter().all(|cidr| !cidr.contains(':')), "{except:?}");
    assert!(texts(&to[1]["ipBlock"]["except"]).contains("fc00::/7"));
    assert!(tree.get("tenants/base/batch/network.yaml").is_none(), "`networkPolicy: none`");
}

#[test]
fn what_applies_for_the_platform_names_its_account_and_tenants_never_substitute() {
    for example in ["grown", "operator", "minimal"] {
        let tree = tree(example);
        for (file, object) in all(&tree) {
            if text(&object, "/apiVersion").starts_with("kustomize.toolkit.fluxcd.io/") {
                let account = text(&object, "/spec/serviceAccountName");
                let own = text(&object, "/metadata/namespace") == "flux-system";
                // `gotk-sync.yaml` is as `flux bootstrap` writes it, and patched beside.
                if own && !file.ends_with("gotk-sync.yaml") {
                    assert_eq!(account, "kustomize-controller", "{file}");
                }
                if !own {
                    assert_eq!(account, "flux", "{file}");
                    assert_eq!(
                        object["spec"]["targetNamespace"], object["metadata"]["namespace"],
                        "{file}"
                    );
                    assert!(object["spec"].get("postBuild").is_none(), "{file}");
                }
            }
            if object["kind"] == "HelmRelease" {
                assert_eq!(text(&object, "/spec/serviceAccountName"), "helm-controller", "{file}");
            }
        }
    }
}

/// The patches of a cluster's `flux-system`, as one text.
fn lockdown(tree: &Tree, cluster: &str) -> String {
    let file = tree.get(&format!("clusters/{cluster}/flux-system/kustomization.yaml")).unwrap();
    String::from_utf8(file.bytes.clone()).unwrap()
}

#[test]
fn the_lockdown_is_on_unless_the_description_turns_it_off() {
    let on = lockdown(&tree("minimal"), "prod");
    for argument in [
        "--no-cross-namespace-refs=true",
        "--no-remote-bases=true",
        "--default-service-account=flux",
        "--default-decryption-service-account=flux",
        "--default-kubeconfig-service-account=flux",
        "--feature-gates=ObjectLevelWorkloadIdentity=true",
    ] {
        assert!(on.contains(argument), "{argument}");
    }
    let off = tree_with("minimal", "platform.yaml", "flux:\n", "flux:\n  multitenancy: false\n");
    assert!(!lockdown(&off, "prod").contains("--no-cross-namespace-refs"));
    let paths = |tree: &Tree| {
        text(&objects(tree, "clusters/prod/tenancy.yaml")[0], "/spec/path").to_owned()
    };
    assert_eq!(paths(&tree("minimal")), "./infrastructure/tenancy/lockdown");
    assert_eq!(paths(&off), "./infrastructure/tenancy/roles");
}

#[test]
fn guards_deny_whatever_the_policies_do() {
    for example in ["grown", "operator", "minimal"] {
        let tree = tree(example);
        let bindings: Vec<Json> = all(&tree)
            .into_iter()
            .filter(|(file, object)| {
                file.starts_with("infrastructure/tenancy/")
                    && object["kind"] == "ValidatingAdmissionPolicyBinding"
            })
            .map(|(_, object)| object)
            .collect();
        let names: BTreeSet<&str> =
            bindings.iter().map(|it| text(it, "/spec/policyName")).collect();
        for guard in ["flux-status", "namespaces", "references", "services"] {
            assert!(names.contains(&*format!("tenancy-{guard}")), "{guard}");
        }
        assert!(
            bindings.iter().all(|it| texts(&it["spec"]["validationActions"]) == ["Deny"].into())
        );
    }
}

#[test]
fn policies_are_enforced_where_the_description_says_and_audited_elsewhere() {
    let tree = tree("grown");
    for (environment, action) in [("production", "Deny"), ("staging", "Audit")] {
        let policies =
            objects(&tree, &format!("infrastructure/policies/{environment}/sources.yaml"));
        let kinds: BTreeSet<&str> = policies
            .iter()
            .map(|it| text(it, "/spec/matchConstraints/resourceRules/0/resources/0"))
            .collect();
        let all = [
            "buckets",
            "externalartifacts",
            "gitrepositories",
            "helmrepositories",
            "imagerepositories",
            "ocirepositories",
        ];
        assert_eq!(kinds, all.into());
        for policy in policies {
            assert_eq!(policy["kind"], "ValidatingPolicy");
            assert_eq!(texts(&policy["spec"]["validationActions"]), [action].into());
        }
    }
}

#[test]
fn the_keys_that_verify_are_guarded_by_name() {
    let tree = tree("grown");
    let keys = &objects(&tree, "infrastructure/tenancy/lockdown/keys.yaml")[0];
    assert_eq!(text(keys, "/spec/variables/1/expression"), "[\"payments-signers\"]");
    assert!(self::tree("minimal").get("infrastructure/tenancy/lockdown/keys.yaml").is_none());
}

#[test]
fn paths_of_flux_begin_at_the_root_of_a_larger_repository() {
    let tree = tree("operator");
    for (file, object) in all(&tree) {
        if text(&object, "/metadata/namespace") == "flux-system"
            && object["kind"] == "Kustomization"
        {
            let path = text(&object, "/spec/path");
            assert!(path.starts_with("./fleet/"), "{file}: {path}");
            let folder = path.strip_prefix("./fleet/").unwrap();
            assert!(
                tree.iter().any(|(file, _)| file.as_str().starts_with(folder)),
                "{file}: {path}"
            );
        }
    }
    let instance = &objects(&tree, "clusters/edge-1/flux-system/flux-instance.yaml")[0];
    assert_eq!(text(instance, "/spec/sync/path"), "./fleet/clusters/edge-1");
    assert_eq!(instance["spec"]["cluster"]["multitenant"], true);
    assert_eq!(instance["spec"]["cluster"]["multitenantWorkloadIdentity"], true);
}

#[test]
fn a_shared_sync_follows_the_environment_where_the_cluster_is_like_it() {
    let tree = tree("operator");
    let at = |cluster: &str| {
        let objects = objects(&tree, &format!("clusters/{cluster}/tenants.yaml"));
        text(&objects[0], "/spec/path").to_owned()
    };
    assert_eq!(at("edge-2"), "./fleet/tenants/production");
    assert_eq!(at("edge-1"), "./fleet/tenants/clusters/edge-1");
    assert!(tree.get("tenants/clusters/edge-2/kustomization.yaml").is_none());
    assert!(!tree.iter().any(|(path, _)| path.as_str().contains("/tenants/sensors.yaml")));
}

#[test]
fn only_the_gotk_files_are_somebody_elses() {
    let tree = tree("grown");
    for (path, file) in tree.iter().filter(|(path, _)| path.as_str().starts_with("clusters/")) {
        let gotk = path.file_name().starts_with("gotk-");
        assert_eq!(file.ownership == Ownership::Foreign, gotk, "{path}");
    }
}

#[test]
fn no_namespace_goes_with_what_brings_it() {
    let tree = tree("grown");
    let namespaces: Vec<_> =
        all(&tree).into_iter().filter(|(_, object)| object["kind"] == "Namespace").collect();
    assert!(namespaces.iter().any(|(file, _)| file.starts_with("infrastructure/")));
    for (file, namespace) in namespaces {
        let prune = "/metadata/annotations/kustomize.toolkit.fluxcd.io~1prune";
        assert_eq!(text(&namespace, prune), "disabled", "{file}");
    }
}

/// What the embedded layout finds in an example with a namespace of its tenant replaced.
fn findings(namespace: &str, variables: &str) -> Vec<String> {
    let mut layouts = Memory::new();
    for (file, bytes) in layout::files_of("multi-tenancy").unwrap() {
        layouts.insert(path(&format!(".tenantry/layout/{file}")), bytes);
    }
    let layout = layout::load(&layouts, &path(".tenantry/layout")).unwrap();
    let disk = Disk::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/minimal"));
    let text = |file| String::from_utf8(disk.read(&path(file)).unwrap().unwrap()).unwrap();
    let tenant = "platform/tenants/dev-team.yaml";
    let changed = text(tenant).replace("namespaces: [apps]", &format!("namespaces: [{namespace}]"));
    let settings = format!("{}layout: {{ variables: {{ {variables} }} }}\n", text("platform.yaml"));
    let mut files = Laid::over(&disk);
    files.write(path(tenant), changed.into_bytes());
    files.write(path("platform.yaml"), settings.into_bytes());
    let platform = spec::load(&files).map_err(|faults| faults.diagnostics).unwrap();
    let findings = tenantry::check::description(&platform, &layout);
    findings.into_iter().map(|finding| finding.message).collect()
}

#[test]
fn no_tenant_claims_a_namespace_that_every_tenants_network_lets_in() {
    assert_eq!(findings("apps", ""), [""; 0]);
    for (namespace, variable) in
        [("monitoring", "monitoringNamespaces"), ("ingress-nginx", "ingressNamespaces")]
    {
        let message =
            format!("the layout trusts the namespace `{namespace}`: it is one of its `{variable}`");
        assert_eq!(findings(namespace, ""), [message]);
    }
    assert_eq!(findings("monitoring", "monitoringNamespaces: []"), [""; 0]);
    assert_eq!(findings("probes", "monitoringNamespaces: [probes]").len(), 1);
}
