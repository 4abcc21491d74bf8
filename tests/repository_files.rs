//! The files that the repository itself needs, in every layout, rendered for small platforms: pipelines, code owners, Renovate,
//! ignore files.
#![allow(clippy::unwrap_used)]

mod layouts;

use std::collections::BTreeSet;

use kustomize::yaml::{Budget, Node, SourceId, parse};
use regex::Regex;
use serde_json::Value as Json;
use tenantry::files::{Files as _, Memory};
use tenantry::flux::artifact::Artifact;
use tenantry::path::RepoPath;
use tenantry::tree::{Ownership, Tree};
use tenantry::{catalogue, layout, package, render, spec};

const TENANT: &str = "owner: [\"@acme/dev-team\"]
namespaces: [apps]
placement: all
sources:
  app: { git: { url: https://github.com/acme/dev-team, branch: main } }
";

struct Fleet(Memory);

impl Fleet {
    /// A platform of one cluster with further fields, without what Flux applies.
    fn new(layout: &str, fields: &str) -> Self {
        let mut files = Memory::new();
        let mut all = layout::files_of(layout).unwrap();
        all.retain(|(path, _)| folder(path).is_none());
        for (path, bytes) in all {
            files.insert(path_of(&format!(".tenantry/layout/{path}")), bytes);
        }
        let platform = format!(
            "apiVersion: tenantry.dev/v1\nname: acme-fleet\nenvironments:\n  - name: production\n{fields}"
        );
        files
            .insert(path_of("platform.yaml"), layouts::settings(&layouts::load(layout), &platform));
        files.insert(path_of("platform/clusters/prod.yaml"), "environment: production\n");
        Self(files)
    }

    fn github(layout: &str) -> Self {
        Self::new(
            layout,
            "repository: { url: ssh://git@github.com/acme/fleet }\nflux: { version: 2.9.4 }\n\
             owners: [\"@acme/platform\", sre@acme.example]\nci: github\n",
        )
    }

    fn with(mut self, path: &str, text: &str) -> Self {
        self.0.insert(path_of(path), text);
        self
    }

    fn render(&self) -> Tree {
        let platform = spec::load(&self.0).map_err(|faults| faults.diagnostics).unwrap();
        let layout = layout::load(&self.0, &path_of(".tenantry/layout")).unwrap();
        render::render(&platform, &layout, &self.0).unwrap().tree
    }

    fn text(&self, path: &str) -> String {
        let tree = self.render();
        let file = tree.get(path).unwrap_or_else(|| panic!("no {path}"));
        String::from_utf8(file.bytes.clone()).unwrap()
    }
}

/// The folder at the root of a repository that a template of a layout fills, if clusters may apply what is in it.
fn folder(template: &RepoPath) -> Option<&str> {
    let (folder, _) = template.as_str().split_once('/')?;
    (!folder.starts_with(['.', '_'])).then_some(folder)
}

fn path_of(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

fn yaml(text: &str) -> Node {
    let mut documents = parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0).root
}

#[test]
fn each_forge_gets_its_own_files() {
    for layout in layouts::names() {
        let paths = |ci: &str| -> Vec<String> {
            let fields = format!(
                "repository: {{ url: https://git.acme.example/fleet }}\nflux: {{ version: 2.9.4 }}\n\
             owners: [\"@acme\"]\nci: {ci}\n"
            );
            let tree = Fleet::new(&layout, &fields).render();
            tree.iter().map(|(path, _)| path.to_string()).collect()
        };
        let always = [
            ".gitattributes",
            ".sourceignore",
            ".tenantry/.gitattributes",
            ".tenantry/.gitignore",
            "README.md",
        ];
        // Where clusters pull artifacts, somebody has to push them.
        let ships = !layouts::load(&layout).artifacts.is_empty();
        let with = |more: &[&str], pushes: &str| {
            let pushes = (ships && !pushes.is_empty()).then_some(pushes);
            let mut all: Vec<String> =
                always.iter().chain(more).copied().chain(pushes).map(str::to_owned).collect();
            all.sort();
            all
        };
        assert_eq!(
            paths("github"),
            with(
                &[
                    ".github/CODEOWNERS",
                    ".github/workflows/layout.yaml",
                    ".github/workflows/tenantry.yaml",
                    "renovate.json",
                ],
                ".github/workflows/artifacts.yaml",
            ),
            "{layout}"
        );
        assert_eq!(
            paths("gitlab"),
            with(&[".gitlab-ci.yml", "CODEOWNERS", "renovate.json"], ".gitlab/artifacts.yml"),
            "{layout}"
        );
        assert_eq!(paths("none"), with(&[], ""), "{layout}");
    }
}

#[test]
fn people_own_the_readme_and_share_the_code_owners() {
    for layout in layouts::names() {
        let tree = Fleet::github(&layout).render();
        assert_eq!(tree.get("README.md").unwrap().ownership, Ownership::Once);
        assert_eq!(tree.get(".github/CODEOWNERS").unwrap().ownership, Ownership::List);
        assert_eq!(tree.get("renovate.json").unwrap().ownership, Ownership::Managed);
    }
}

#[test]
fn tenants_own_their_description_and_nothing_generated() {
    for layout in layouts::names() {
        let fleet = Fleet::github(&layout)
            .with("platform/tenants/emea/dev-team.yaml", TENANT)
            .with("platform/tenants/a [b]#c/other.yaml", &TENANT.replace("apps", "more"));
        let rules: Vec<String> = fleet
            .text(".github/CODEOWNERS")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(ToOwned::to_owned)
            .collect();
        assert_eq!(
            rules,
            [
                "* @acme/platform sre@acme.example",
                "/platform/tenants/emea/dev-team.yaml @acme/dev-team",
                "/platform/tenants/a\\ \\[b\\]\\#c/other.yaml @acme/dev-team",
            ]
        );
    }
}

#[test]
fn in_a_folder_paths_begin_at_the_repository_s_root() {
    for layout in layouts::names() {
        let fleet = Fleet::new(
            &layout,
            "repository: { url: https://gitlab.com/acme/mono, path: fleet/eu }\n\
         flux: { version: 2.9.4 }\nci: gitlab\n",
        )
        .with("platform/tenants/dev-team.yaml", TENANT);
        assert!(fleet.text("CODEOWNERS").contains("\n/fleet/eu/platform/tenants/dev-team.yaml @"));
        let pipeline = yaml(&fleet.text(".gitlab-ci.yml"));
        assert_eq!(
            pipeline.pointer("/variables/PLATFORM_FOLDER").unwrap().as_str(),
            Some("./fleet/eu")
        );
        let renovate: Json = serde_json::from_str(&fleet.text("renovate.json")).unwrap();
        assert!(
            renovate["ignorePaths"].as_array().unwrap().contains(&"fleet/eu/clusters/**".into())
        );
    }
}

#[test]
fn flux_downloads_no_more_than_it_applies() {
    for layout in layouts::names() {
        // What is packed into artifacts is told by the layout's rules, and looked at below.
        if !layouts::load(&layout).artifacts.is_empty() {
            continue;
        }
        let fleet = Fleet::github(&layout)
            .with("platform/components/issuers.yaml", "manifests: { path: manifests/issuers }\n")
            .with("manifests/issuers/kustomization.yaml", "resources: []\n");
        let lines: Vec<String> = fleet
            .text(".sourceignore")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(ToOwned::to_owned)
            .collect();
        let files = layout::files_of(&layout).unwrap();
        let folders: BTreeSet<&str> = files.iter().filter_map(|(path, _)| folder(path)).collect();
        let mut expected: Vec<String> =
            ["/*", "!/manifests/", "/manifests/*", "!/manifests/issuers/"]
                .map(str::to_owned)
                .into();
        for folder in folders {
            expected.extend([format!("!/{folder}/"), format!("!/{folder}/**")]);
        }
        expected.extend(["/clusters/**/*.md", "/secrets/**/.sops.yaml"].map(str::to_owned));
        assert_eq!(lines, expected);
    }
}

#[test]
fn artifacts_hold_no_more_than_clusters_apply_and_each_file_once() {
    let mut packed = 0;
    for name in layouts::names() {
        let mut fleet = Fleet::github(&name)
            .with("platform/tenants/dev-team.yaml", TENANT)
            .with("platform/components/issuers.yaml", "manifests: { path: manifests/issuers }\n")
            .with("manifests/issuers/kustomization.yaml", "resources: []\n")
            .with("manifests/beside/kustomization.yaml", "resources: []\n")
            .with("platform/clusters/prod.yaml", "environment: production\nsecrets: { age: [age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg], secretRef: keys }\n")
;
        let entries = catalogue::list();
        let alone = entries.iter().filter(|entry| entry.component.depends_on.is_empty());
        for entry in alone.take(2) {
            let path = format!("platform/components/{}.yaml", entry.name);
            fleet = fleet.with(&path, &entry.text);
        }
        for (path, bytes) in layout::files_of(&name).unwrap() {
            fleet.0.insert(path_of(&format!(".tenantry/layout/{path}")), bytes);
        }
        let tree = fleet.render();
        let platform = spec::load(&fleet.0).map_err(|faults| faults.diagnostics).unwrap();
        let packages = package::packages(&platform, &layouts::load(&name));
        if packages.is_empty() {
            continue;
        }
        for (path, file) in tree.iter() {
            fleet.0.insert(path.clone(), file.bytes.clone());
        }
        let artifacts: Vec<(&str, Artifact)> = packages
            .iter()
            .map(|package| {
                let holds = |path: &RepoPath| package.holds(path);
                let artifact = Artifact::new(package.name.clone(), &fleet.0, None, None, &holds);
                (package.name.as_str(), artifact.unwrap())
            })
            .collect();
        for path in fleet.0.list(None).unwrap() {
            let holders: Vec<&str> = artifacts
                .iter()
                .filter(|(_, artifact)| artifact.has_file(&artifact.path_of(&path)))
                .map(|(name, _)| *name)
                .collect();
            let for_people = path.as_str().ends_with(".md") || path.file_name() == ".sops.yaml";
            let generated =
                tree.get(path.as_str()).is_some() && folder(&path).is_some() && !for_people;
            let wanted = generated || path.as_str().starts_with("manifests/issuers/");
            assert_eq!(holders.len(), usize::from(wanted), "{path} is in {holders:?} of {name}");
            packed += holders.len();
        }
    }
    assert!(packed > 30, "{packed} files");
}

/// Every workflow, however artifacts are pushed and signed.
#[test]
fn no_script_of_any_workflow_holds_expressions() {
    let pin = Regex::new("^[a-z/-]+@[0-9a-f]{40}$").unwrap();
    for layout in layouts::names() {
        for registry in REGISTRIES {
            let tree = forged(&layout, "github", registry).render();
            let workflows =
                tree.iter().filter(|(path, _)| path.as_str().starts_with(".github/workflows/"));
            for (path, file) in workflows {
                let workflow = yaml(std::str::from_utf8(&file.bytes).unwrap());
                let permissions = workflow.get("permissions").unwrap().as_mapping().unwrap();
                assert_eq!(permissions.len(), 0, "{path}");
                for (_, job) in workflow.get("jobs").unwrap().as_mapping().unwrap().iter() {
                    assert!(job.pointer("/permissions/contents").is_some(), "{path}");
                    assert!(job.get("timeout-minutes").is_some(), "{path}");
                    for step in job.get("steps").unwrap().as_sequence().unwrap() {
                        if let Some(action) = step.get("uses").and_then(Node::as_str) {
                            assert!(pin.is_match(action), "{path}: {action}");
                            let kept = step.pointer("/with/persist-credentials").unwrap();
                            assert_eq!(kept.as_bool(), Some(false), "{path}");
                        }
                        let script = step.get("run").and_then(Node::as_str).unwrap_or_default();
                        assert!(!script.contains("${{"), "{path}: {script}");
                    }
                }
            }
        }
    }
}

/// How the platform's artifacts may be reached and signed.
const REGISTRIES: [&str; 5] = [
    "",
    "auth: { secretRef: puller }, verify: { identities: [{ issuer: https://acme.example, subject: a }] }",
    "auth: { workloadIdentity: { provider: aws } }, verify: { secretRef: keys }",
    "auth: { workloadIdentity: { provider: azure } }, verify: { secretRef: keys }",
    "auth: { workloadIdentity: { provider: gcp } }",
];

fn forged(layout: &str, ci: &str, registry: &str) -> Fleet {
    Fleet::new(
        layout,
        &format!(
            "repository: {{ url: https://git.acme.example/fleet, branch: trunk, path: fleet/eu }}\nflux: {{ version: 2.9.4 }}\nci: {ci}\n\
             artifacts: {{ url: 'oci://registry.acme.example:5000/acme/fleet', {registry} }}\n"
        ),
    )
}

/// Where clusters pull artifacts, what is on the branch is pushed and signed, and so are releases, and nothing else is.
#[test]
fn pipelines_push_and_sign_what_clusters_pull() {
    for layout in layouts::names() {
        let ships = !layouts::load(&layout).artifacts.is_empty();
        for registry in REGISTRIES {
            let keyed = registry.contains("secretRef: keys");
            let provider = ["aws", "azure", "gcp"].into_iter().find(|it| registry.contains(it));
            let provider = provider.unwrap_or("generic");
            let holds_push = |scripts: &[String]| {
                let pushes: Vec<&str> = scripts
                    .iter()
                    .flat_map(|script| script.lines())
                    .filter(|line| line.contains("tenantry push artifact"))
                    .collect();
                assert_eq!(pushes.len(), usize::from(ships), "{layout}: {pushes:?}");
                for push in pushes {
                    assert!(push.contains("--all \"${tags[@]}\"") && push.contains(" --sign"));
                    assert_eq!(push.contains("--key env://COSIGN_PRIVATE_KEY"), keyed, "{push}");
                }
            };

            let tree = forged(&layout, "github", registry).render();
            let mut scripts = Vec::new();
            for (path, file) in tree.iter() {
                if !path.as_str().starts_with(".github/workflows/") {
                    continue;
                }
                let workflow = yaml(std::str::from_utf8(&file.bytes).unwrap());
                for (_, job) in workflow.get("jobs").unwrap().as_mapping().unwrap().iter() {
                    let steps = job.get("steps").unwrap().as_sequence().unwrap();
                    let runs = steps.iter().filter_map(|step| step.get("run")?.as_str());
                    let runs: Vec<String> = runs.map(str::to_owned).collect();
                    if runs.iter().any(|run| run.contains("tenantry push artifact")) {
                        let may = |what| job.pointer(&format!("/permissions/{what}")).unwrap();
                        assert_eq!(may("contents").as_str(), Some("read"));
                        assert_eq!(may("id-token").as_str(), Some("write"));
                        let on = workflow.get("on").unwrap().as_mapping().unwrap();
                        assert_eq!(on.len(), 1);
                        let branch = workflow.pointer("/on/push/branches/0").unwrap();
                        assert_eq!(branch.as_str(), Some("trunk"));
                        let said = |name| workflow.pointer(&format!("/env/{name}")).unwrap();
                        assert_eq!(said("REGISTRY").as_str(), Some("registry.acme.example:5000"));
                        // No runner of GitHub's has an identity of Google's by itself: it logs in with one that it asks for.
                        let logs_in = ["generic", "gcp"].contains(&provider);
                        let pushes_as = if logs_in { "generic" } else { provider };
                        assert_eq!(said("PROVIDER").as_str(), Some(pushes_as));
                        let login = runs.iter().any(|run| run.contains("docker login"));
                        assert_eq!(login, logs_in, "{registry}");
                    }
                    scripts.extend(runs);
                }
            }
            holds_push(&scripts);

            let tree = forged(&layout, "gitlab", registry).render();
            let pipeline = tree.get(".gitlab-ci.yml").unwrap();
            let pipeline = yaml(std::str::from_utf8(&pipeline.bytes).unwrap());
            let included = pipeline.get("include").and_then(Node::as_sequence).unwrap_or_default();
            assert_eq!(included.len(), usize::from(ships), "{layout}");
            let mut scripts = Vec::new();
            for include in included {
                let path = include.get("local").unwrap().as_str().unwrap();
                let file = tree.get(path.strip_prefix("/fleet/eu/").unwrap()).unwrap();
                let jobs = yaml(std::str::from_utf8(&file.bytes).unwrap());
                for (_, job) in jobs.as_mapping().unwrap().iter() {
                    let extends = job.get("extends").unwrap().as_str().unwrap();
                    assert!(pipeline.get(extends).is_some(), "{extends}");
                    let said = job.pointer("/variables/PROVIDER").unwrap();
                    assert_eq!(said.as_str(), Some(provider));
                    assert!(job.pointer("/id_tokens/SIGSTORE_ID_TOKEN/aud").is_some());
                    let lines = job.get("script").unwrap().as_sequence().unwrap();
                    scripts.extend(lines.iter().map(|line| line.as_str().unwrap().to_owned()));
                }
            }
            holds_push(&scripts);
        }
    }
}

#[test]
fn private_keys_stay_out_of_git() {
    for layout in layouts::names() {
        let text = Fleet::github(&layout).text(".tenantry/.gitignore");
        assert!(text.lines().any(|line| line == "/secrets/"), "{text}");
    }
}

/// What a script of a pipeline does with text from outside must go through its environment.
#[test]
fn scripts_of_the_workflow_hold_no_expressions() {
    let pin = Regex::new("^[a-z/-]+@[0-9a-f]{40}$").unwrap();
    for layout in layouts::names() {
        let workflow = yaml(&Fleet::github(&layout).text(".github/workflows/tenantry.yaml"));
        assert_eq!(workflow.get("permissions").unwrap().as_mapping().unwrap().len(), 0);
        let mut scripts = 0;
        for (name, job) in workflow.get("jobs").unwrap().as_mapping().unwrap().iter() {
            let name = name.text().unwrap();
            let wanted = if name == "regenerate" { "write" } else { "read" };
            assert_eq!(
                job.pointer("/permissions/contents").unwrap().as_str(),
                Some(wanted),
                "{name}"
            );
            let permissions = job.get("permissions").unwrap().as_mapping().unwrap();
            // One job writes comments on pull requests, and nothing else.
            let comments = permissions.get("pull-requests").and_then(Node::as_str);
            assert_eq!(comments, (name == "diff").then_some("write"), "{name}");
            assert_eq!(permissions.len(), if name == "diff" { 2 } else { 1 }, "{name}");
            for step in job.get("steps").unwrap().as_sequence().unwrap() {
                if let Some(action) = step.get("uses").and_then(Node::as_str) {
                    assert!(pin.is_match(action), "{action}");
                    let credentials = step.pointer("/with/persist-credentials").unwrap();
                    assert_eq!(credentials.as_bool(), Some(false), "{name}");
                }
                if let Some(script) = step.get("run").and_then(Node::as_str) {
                    assert!(!script.contains("${{"), "{script}");
                    scripts += 1;
                }
            }
        }
        assert_eq!(scripts, 11);
    }
}

#[test]
fn the_workflow_runs_what_the_layout_s_variables_pin() {
    for layout in layouts::names() {
        let fleet = Fleet::new(
            &layout,
            "repository: { url: https://github.com/acme/fleet }\nflux: { version: v2.9.4 }\nci: github\n\
         layout: { variables: { tenantryVersion: 1.2.3, tenantryChecksum: \"0e1\", \
         tenantryArchive: 'https://x.example/a?b=\"#: {c}' } }\n",
        );
        let workflow = yaml(&fleet.text(".github/workflows/tenantry.yaml"));
        let said = |name: &str| workflow.get("env").unwrap().get(name).unwrap().as_str().unwrap();
        assert_eq!(said("TENANTRY_VERSION"), "1.2.3");
        assert_eq!(said("TENANTRY_CHECKSUM"), "0e1");
        assert_eq!(said("TENANTRY_ARCHIVE"), "https://x.example/a?b=\"#: {c}");
        assert_eq!(said("FLUX_VERSION"), "2.9.4");
        assert_eq!(said("KUSTOMIZE_CHECKSUM").len(), 64);
        assert_eq!(said("KUBECONFORM_CHECKSUM").len(), 64);
    }
}

#[test]
fn odd_but_legal_branches_and_folders_stay_what_they_are() {
    for layout in layouts::names() {
        for branch in
            ["a'b", "a\"b", "a#b", "a,b", "a]b", "a{b}", "0777", "true", "a${{b}}", "ü&|>%@`"]
        {
            let repository = serde_json::json!({
                "url": "https://git.acme.example/fleet", "branch": branch, "path": "it's #1: [x]/{{y}}",
            });
            for ci in ["github", "gitlab"] {
                let fleet = Fleet::new(
                    &layout,
                    &format!("repository: {repository}\nflux: {{ version: 2.9.4 }}\nci: {ci}\n"),
                )
                .with("platform/tenants/dev-team.yaml", TENANT);
                let tree = fleet.render();
                let renovate: Json =
                    serde_json::from_slice(&tree.get("renovate.json").unwrap().bytes).unwrap();
                for ignored in renovate["ignorePaths"].as_array().unwrap() {
                    assert!(
                        ignored.as_str().unwrap().starts_with("it's #1: [x]/{{y}}/"),
                        "{ignored}"
                    );
                }
                let (file, pointer, folder) = match ci {
                    "github" => (
                        ".github/workflows/tenantry.yaml",
                        "/on/push/branches/0",
                        "/defaults/run/working-directory",
                    ),
                    _ => (
                        ".gitlab-ci.yml",
                        "/variables/PLATFORM_BRANCH",
                        "/variables/PLATFORM_FOLDER",
                    ),
                };
                let pipeline = yaml(std::str::from_utf8(&tree.get(file).unwrap().bytes).unwrap());
                assert_eq!(pipeline.pointer(pointer).unwrap().as_str(), Some(branch), "{file}");
                let folder = pipeline.pointer(folder).unwrap().as_str();
                assert_eq!(folder, Some("./it's #1: [x]/{{y}}"), "{file}");
            }
        }
    }
}

#[test]
fn only_branches_of_renovate_s_in_this_repository_are_regenerated() {
    for layout in layouts::names() {
        let workflow = yaml(&Fleet::github(&layout).text(".github/workflows/tenantry.yaml"));
        let condition = workflow.pointer("/jobs/regenerate/if").unwrap().as_str().unwrap();
        for part in [
            "github.event_name == 'pull_request'",
            "github.event.pull_request.head.repo.full_name == github.repository",
            "startsWith(github.head_ref, 'renovate/')",
        ] {
            assert!(condition.contains(part), "{condition}");
        }
        assert_eq!(condition.matches("&&").count(), 2);
    }
}

/// What a custom manager of `renovate.json` finds in a file: name, current value, and where it looks.
fn found(renovate: &Json, path: &str, text: &str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for manager in renovate["customManagers"].as_array().unwrap() {
        let reads = manager["managerFilePatterns"].as_array().unwrap().iter().any(|pattern| {
            let pattern = pattern.as_str().unwrap();
            let pattern = pattern.strip_prefix('/').unwrap().strip_suffix('/').unwrap();
            Regex::new(pattern).unwrap().is_match(path)
        });
        for expression in manager["matchStrings"].as_array().unwrap() {
            let expression = Regex::new(expression.as_str().unwrap()).unwrap();
            for captures in expression.captures_iter(text).filter(|_| reads) {
                let group = |name| captures.name(name).map(|group| group.as_str().to_owned());
                let name = group("depName")
                    .or_else(|| manager["depNameTemplate"].as_str().map(ToOwned::to_owned))
                    .unwrap();
                let datasource = manager["datasourceTemplate"].as_str().unwrap();
                let at = group("registryUrl").or_else(|| group("repository"));
                let source = match at
                    .or_else(|| manager["packageNameTemplate"].as_str().map(ToOwned::to_owned))
                {
                    Some(place) => format!("{datasource} {place}"),
                    None => datasource.to_owned(),
                };
                found.push((name, group("currentValue").unwrap(), source));
            }
        }
    }
    found
}

fn renovate(layout: &str) -> Json {
    serde_json::from_str(&Fleet::github(layout).text("renovate.json")).unwrap()
}

#[test]
fn renovate_finds_the_version_of_every_entry_of_the_catalogue() {
    for layout in layouts::names() {
        let renovate = renovate(&layout);
        for entry in catalogue::list() {
            let path = format!("platform/components/{}.yaml", entry.name);
            let found = found(&renovate, &path, &entry.text);
            let [(name, version, source)] = found.as_slice() else { panic!("{path}: {found:?}") };
            assert_eq!(version, entry.version().unwrap(), "{path}");
            if let Some(helm) = &entry.component.helm {
                assert_eq!(name, helm.chart.as_str());
                let repository = helm.repository.as_str();
                let expected = match repository.strip_prefix("oci://") {
                    Some(folder) => format!("docker {folder}"),
                    None => format!("helm {repository}"),
                };
                assert_eq!(source, &expected);
            }
        }
    }
}

#[test]
fn renovate_finds_versions_however_people_lay_them_out() {
    for layout in layouts::names() {
        let renovate = renovate(&layout);
        for (text, expected) in [
            (
                "helm: { repository: https://a.example/charts/, chart: \"base\", version: '1.27.1' }\n\
             environments:\n  staging: { version: 1.28.0 }\n",
                ("base", "1.27.1", "helm https://a.example/charts/"),
            ),
            (
                "helm:\n  repository: \"oci://a.example/charts/\" # ours\n  # the chart\n  chart: app\n\
             \x20 version: v1.2.3-rc.1+build\nvalues: { image: { repository: a.example/app, tag: 9.9.9 } }\n",
                ("app", "v1.2.3-rc.1+build", "docker a.example/charts"),
            ),
            (
                "git: { url: ssh://git@a.example/app, tag: v1.0.0, path: ./deploy }\n",
                ("ssh://git@a.example/app", "v1.0.0", "git-tags"),
            ),
            (
                "oci:\n  url: oci://a.example/app\n  tag: 1.0.0\n",
                ("a.example/app", "1.0.0", "docker"),
            ),
        ] {
            let found = found(&renovate, "fleet/platform/components/net/x.yaml", text);
            let (name, version, source) = expected;
            assert_eq!(found, [(name.to_owned(), version.to_owned(), source.to_owned())], "{text}");
        }
    }
}

#[test]
fn renovate_moves_flux_for_the_platform_as_a_whole_alone() {
    for layout in layouts::names() {
        let renovate = renovate(&layout);
        let text = "environments:\n  - name: production\n    flux: { version: 2.9.3, operator: { version: 0.1.0 } }\n\
                flux:\n  version: 2.9.4\n  operator: { version: 0.55.0 }\n";
        let found_in = |path| -> Vec<(String, String)> {
            found(&renovate, path, text)
                .into_iter()
                .map(|(name, version, _)| (name, version))
                .collect()
        };
        let expected = [("flux", "2.9.4"), ("flux-operator", "0.55.0")];
        assert_eq!(found_in("platform.yaml"), expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert!(found_in("clusters/prod/platform.yaml.txt").is_empty());
        assert!(
            found(&renovate, "platform/tenants/a.yaml", "git: { url: https://a/b, tag: v1.0.0 }\n")
                .is_empty()
        );
    }
}

/// Every entry is a legal description, and what the layout makes of all of them together can be rendered.
#[test]
fn the_whole_catalogue_can_be_laid_out() {
    for layout in layouts::names() {
        let mut fleet = Fleet::github(&layout);
        for (path, bytes) in layout::files_of(&layout).unwrap() {
            fleet.0.insert(path_of(&format!(".tenantry/layout/{path}")), bytes);
        }
        let variables = "environment: production\nvariables: { CLUSTER_NAME: prod }\n";
        fleet = fleet.with("platform/clusters/prod.yaml", variables);
        let entries = catalogue::list();
        for entry in &entries {
            fleet = fleet.with(&format!("platform/components/{}.yaml", entry.name), &entry.text);
        }
        let tree = fleet.render();
        for entry in &entries {
            let base = layouts::base(&tree, entry.name.as_str(), "kustomization.yaml");
            assert!(base.is_some(), "{} in {layout}", entry.name);
        }
    }
}
