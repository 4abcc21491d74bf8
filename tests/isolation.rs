//! What every layout generates for clusters and tenants holds tenants apart: roles, guards, lockdown, accounts and networks,
//! over the example fleets.
#![allow(clippy::unwrap_used)]

mod layouts;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;
use tenantry::files::{Disk, Files, Laid};
use tenantry::path::RepoPath;
use tenantry::tree::{Ownership, Tree};
use tenantry::{render, spec};

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

/// The trees of an example, by each layout as it is embedded, with a text of the description replaced.
fn trees_with(example: &str, file: &str, from: &str, to: &str) -> Vec<Tree> {
    let disk = Disk::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example));
    let text = String::from_utf8(disk.read(&path(file)).unwrap().unwrap()).unwrap();
    assert!(text.contains(from), "{file} does not say {from:?}");
    let mut files = Laid::over(&disk);
    files.write(path(file), text.replace(from, to).into_bytes());
    let tree = |name: String| {
        let layout = layouts::load(&name);
        let settings = path("platform.yaml");
        let text = String::from_utf8(files.read(&settings).unwrap().unwrap()).unwrap();
        let mut files = Laid::over(&files);
        files.write(settings, layouts::settings(&layout, &text));
        let platform = spec::load(&files).map_err(|faults| faults.diagnostics).unwrap();
        render::render(&platform, &layout, &files).unwrap().tree
    };
    layouts::names().into_iter().map(tree).collect()
}

fn trees(example: &str) -> Vec<Tree> {
    trees_with(example, "platform.yaml", "", "")
}

/// The objects of a file with what holds of a tenant everywhere.
fn of_tenant(tree: &Tree, tenant: &str, end: &str) -> Vec<Json> {
    let file = layouts::base(tree, tenant, end).unwrap_or_else(|| panic!("no {end} of {tenant}"));
    layouts::objects(&file.bytes)
}

/// Every object of the tree, with its file.
fn all(tree: &Tree) -> Vec<(String, Json)> {
    tree.iter()
        .filter(|(path, _)| path.as_str().ends_with(".yaml") && !path.as_str().starts_with('.'))
        .flat_map(|(path, file)| {
            layouts::objects(&file.bytes).into_iter().map(|object| (path.to_string(), object))
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
    for tree in trees("grown") {
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
                    let held =
                        ["resourcequotas", "limitranges", "networkpolicies", "endpointslices"];
                    let untouchable = ["namespaces", "endpoints", "externalartifacts", "nodes"];
                    assert!(!untouchable.contains(resource), "{name}: {rule}");
                    if held.contains(resource) || name == "tenancy-view" {
                        assert!(verbs.iter().all(|verb| READ.contains(verb)), "{name}: {rule}");
                    }
                    assert!(
                        name != "tenancy-view" || *resource != "secrets",
                        "{name} reads Secrets"
                    );
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
}

#[test]
fn tenants_are_bound_to_the_layouts_roles_in_their_own_namespaces_only() {
    for tree in ["grown", "operator", "minimal"].into_iter().flat_map(trees) {
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
    for tree in trees("grown") {
        let objects = of_tenant(&tree, "payments", "rbac.yaml");
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
}

#[test]
fn an_account_of_another_name_leaves_the_default_one_without_rights() {
    let file = "platform/tenants/web.yaml";
    let (from, to) = ("serviceAccount: {", "serviceAccount: { name: deployer,");
    for tree in trees_with("grown", file, from, to) {
        let objects = of_tenant(&tree, "web", "rbac.yaml");
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
}

#[test]
fn an_isolated_namespace_is_closed_and_lets_in_and_out_what_it_must() {
    for tree in trees("grown") {
        let policies = of_tenant(&tree, "payments", "network.yaml");
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
        assert!(layouts::base(&tree, "batch", "network.yaml").is_none(), "`networkPolicy: none`");
    }
}

#[test]
fn what_applies_for_the_platform_names_its_account_and_tenants_never_substitute() {
    for tree in ["grown", "operator", "minimal"].into_iter().flat_map(trees) {
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
    let path = |tree: &Tree| {
        let tenancy = layouts::applied(tree, "prod", "tenancy").unwrap();
        text(&tenancy, "/spec/path").to_owned()
    };
    for tree in trees("minimal") {
        let on = lockdown(&tree, "prod");
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
        assert!(path(&tree).ends_with("/tenancy/lockdown"), "{}", path(&tree));
    }
    let off = "flux:\n  multitenancy: false\n";
    for tree in trees_with("minimal", "platform.yaml", "flux:\n", off) {
        assert!(!lockdown(&tree, "prod").contains("--no-cross-namespace-refs"));
        assert!(path(&tree).ends_with("/tenancy/roles"), "{}", path(&tree));
    }
}

/// What one cluster of an environment has otherwise than the environment.
#[test]
fn the_lockdown_of_a_cluster_is_what_the_cluster_says() {
    let (from, to) =
        ("environment: production\n", "environment: production\nflux: { multitenancy: false }\n");
    for tree in trees_with("minimal", "platform/clusters/prod.yaml", from, to) {
        assert!(!lockdown(&tree, "prod").contains("--no-cross-namespace-refs"));
        let tenancy = layouts::applied(&tree, "prod", "tenancy").unwrap();
        assert!(text(&tenancy, "/spec/path").ends_with("/tenancy/roles"), "{tenancy}");
    }
}

#[test]
fn guards_deny_whatever_the_policies_do() {
    for tree in ["grown", "operator", "minimal"].into_iter().flat_map(trees) {
        let bindings: Vec<Json> = all(&tree)
            .into_iter()
            .filter(|(file, object)| {
                file.contains("/tenancy/") && object["kind"] == "ValidatingAdmissionPolicyBinding"
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
    for tree in trees("grown") {
        for (environment, action) in [("production", "Deny"), ("staging", "Audit")] {
            let file = format!("/policies/{environment}/sources.yaml");
            let policies = all(&tree).into_iter().filter(|(path, _)| path.ends_with(&file));
            let policies: Vec<Json> = policies.map(|(_, object)| object).collect();
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
}

#[test]
fn the_keys_that_verify_are_guarded_by_name() {
    let guards = |tree: &Tree| {
        all(tree).into_iter().map(|(_, object)| object).find(|object| {
            object["kind"] == "ValidatingAdmissionPolicy"
                && object["metadata"]["name"] == "tenancy-keys"
        })
    };
    for tree in trees("grown") {
        let keys = guards(&tree).unwrap();
        assert_eq!(text(&keys, "/spec/variables/1/expression"), "[\"payments-signers\"]");
    }
    assert!(trees("minimal").iter().all(|tree| guards(tree).is_none()));
}

#[test]
fn paths_of_flux_begin_at_the_root_of_a_larger_repository() {
    for tree in trees("operator") {
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
        let instance = all(&tree).into_iter().map(|(_, object)| object).find(|object| {
            object["kind"] == "FluxInstance" && text(object, "/spec/sync/path").ends_with("/edge-1")
        });
        let instance = instance.unwrap();
        assert_eq!(text(&instance, "/spec/sync/path"), "./fleet/clusters/edge-1");
        assert_eq!(instance["spec"]["cluster"]["multitenant"], true);
        assert_eq!(instance["spec"]["cluster"]["multitenantWorkloadIdentity"], true);
    }
}

#[test]
fn a_shared_sync_follows_the_environment_where_the_cluster_is_like_it() {
    for tree in trees("operator") {
        let at = |cluster: &str| {
            let tenants = layouts::applied(&tree, cluster, "tenants").unwrap();
            text(&tenants, "/spec/path").strip_prefix("./fleet/").unwrap().to_owned()
        };
        assert!(at("edge-2").ends_with("/production"), "{}", at("edge-2"));
        assert!(at("edge-1").ends_with("/clusters/edge-1"), "{}", at("edge-1"));
        for cluster in ["edge-1", "edge-2"] {
            let folder = format!("{}/kustomization.yaml", at(cluster));
            assert!(tree.get(&folder).is_some(), "{folder}");
        }
        let own =
            |path: &str| path.contains("/clusters/edge-2/") && path.ends_with("kustomization.yaml");
        let own = tree.iter().filter(|(path, file)| {
            own(path.as_str()) && file.loops.tenant.is_none() && file.loops.component.is_none()
        });
        assert_eq!(own.count(), 0);
        assert!(layouts::applied(&tree, "edge-1", "sensors").is_none());
    }
}

#[test]
fn only_the_gotk_files_are_somebody_elses() {
    for (name, tree) in layouts::names().iter().zip(trees("grown")) {
        // `flux bootstrap` knows Git alone: where clusters pull artifacts, it never writes what they begin with.
        let bootstraps = layouts::load(name).artifacts.is_empty();
        for (path, file) in tree.iter().filter(|(path, _)| path.as_str().starts_with("clusters/")) {
            let gotk = path.file_name().starts_with("gotk-")
                && (bootstraps || path.file_name() != "gotk-sync.yaml");
            assert_eq!(file.ownership == Ownership::Foreign, gotk, "{path} in {name}");
        }
    }
}

#[test]
fn no_namespace_goes_with_what_brings_it() {
    for tree in trees("grown") {
        let namespaces: Vec<_> =
            all(&tree).into_iter().filter(|(_, object)| object["kind"] == "Namespace").collect();
        let of_components =
            |file: &str| tree.get(file).is_some_and(|it| it.loops.component.is_some());
        assert!(namespaces.iter().any(|(file, _)| of_components(file)));
        for (file, namespace) in namespaces {
            let prune = "/metadata/annotations/kustomize.toolkit.fluxcd.io~1prune";
            assert_eq!(text(&namespace, prune), "disabled", "{file}");
        }
    }
}

/// Whoever writes in `flux-system` could point at something in the platform's registry that nobody signed.
#[test]
fn what_clusters_pull_is_verified_where_the_description_says_so() {
    const REGISTRY: &str = "oci://registry.acme.example/fleet";
    let said = format!(
        "name: acme-fleet\nartifacts:\n  url: {REGISTRY}\n  verify: {{ identities: [{{ issuer: https://acme.example, subject: fleet }}] }}\n"
    );
    let trees = trees_with("grown", "platform.yaml", "name: acme-fleet\n", &said);
    for (name, tree) in layouts::names().iter().zip(trees) {
        let objects = all(&tree);
        let pulled: Vec<&Json> = objects
            .iter()
            .map(|(_, object)| object)
            .filter(|object| {
                object["kind"] == "OCIRepository" && text(object, "/spec/url").starts_with(REGISTRY)
            })
            .collect();
        let guards: Vec<&(String, Json)> = objects
            .iter()
            .filter(|(_, object)| {
                object["kind"] == "ValidatingAdmissionPolicy"
                    && object["spec"].to_string().contains(REGISTRY)
            })
            .collect();
        if layouts::load(name).artifacts.is_empty() {
            assert!(pulled.is_empty() && guards.is_empty(), "{name}");
            continue;
        }
        assert!(pulled.iter().any(|it| text(it, "/metadata/name") == "flux-system"), "{name}");
        assert!(pulled.len() > 10, "{name}: {}", pulled.len());
        for source in pulled {
            let identity = &source["spec"]["verify"]["matchOIDCIdentity"];
            let expected =
                serde_json::json!([{ "issuer": "^https://acme\\.example$", "subject": "^fleet$" }]);
            assert_eq!(identity, &expected, "{source}");
        }
        for cluster in ["prod-eu", "staging-eu"] {
            let applied = guards.iter().filter(|(file, guard)| {
                assert_eq!(guard["spec"]["failurePolicy"], "Fail", "{file}");
                let (folder, _) = file.rsplit_once('/').unwrap();
                objects.iter().any(|(at, object)| {
                    at.starts_with(&format!("clusters/{cluster}/"))
                        && object["kind"] == "Kustomization"
                        && text(object, "/spec/path") == format!("./{folder}")
                })
            });
            assert_eq!(applied.count(), 1, "{name} on {cluster}");
        }
        for (file, guard) in &guards {
            let binds = |object: &Json| {
                object["kind"] == "ValidatingAdmissionPolicyBinding"
                    && object["spec"]["policyName"] == guard["metadata"]["name"]
            };
            let bindings = objects.iter().filter(|(at, object)| at == file && binds(object));
            let actions: Vec<BTreeSet<&str>> =
                bindings.map(|(_, it)| texts(&it["spec"]["validationActions"])).collect();
            assert_eq!(actions, [BTreeSet::from(["Deny"])], "{file}");
        }
    }
}

/// What a layout finds in an example with a namespace of its tenant replaced.
fn findings(layout: &str, namespace: &str, variables: &str) -> Vec<String> {
    let layout = layouts::load(layout);
    let disk = Disk::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/minimal"));
    let text = |file| String::from_utf8(disk.read(&path(file)).unwrap().unwrap()).unwrap();
    let tenant = "platform/tenants/dev-team.yaml";
    let changed = text(tenant).replace("namespaces: [apps]", &format!("namespaces: [{namespace}]"));
    let settings = format!("{}layout: {{ variables: {{ {variables} }} }}\n", text("platform.yaml"));
    let mut files = Laid::over(&disk);
    files.write(path(tenant), changed.into_bytes());
    files.write(path("platform.yaml"), layouts::settings(&layout, &settings));
    let platform = spec::load(&files).map_err(|faults| faults.diagnostics).unwrap();
    let findings = tenantry::check::description(&platform, &layout);
    findings.into_iter().map(|finding| finding.message).collect()
}

#[test]
fn no_tenant_claims_a_namespace_that_every_tenants_network_lets_in() {
    for layout in layouts::names() {
        let findings = |namespace, variables| findings(&layout, namespace, variables);
        assert_eq!(findings("apps", ""), [""; 0]);
        for (namespace, variable) in
            [("monitoring", "monitoringNamespaces"), ("ingress-nginx", "ingressNamespaces")]
        {
            let message = format!(
                "the layout trusts the namespace `{namespace}`: it is one of its `{variable}`"
            );
            assert_eq!(findings(namespace, ""), [message]);
        }
        assert_eq!(findings("monitoring", "monitoringNamespaces: []"), [""; 0]);
        assert_eq!(findings("probes", "monitoringNamespaces: [probes]").len(), 1);
    }
}
