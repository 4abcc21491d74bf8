//! A description that says everything, with places for texts, in the settings that differ in what they generate.

use kustomize::yaml::{Budget, SourceId, parse};
use serde_json::{Map, Value as Json, json};
use tenantry::files::Memory;
use tenantry::layout::Layout;
use tenantry::path::RepoPath;

use crate::slots::Slot;

const FILES: &[(&str, &str)] = &[
    ("platform.yaml", include_str!("fleet/platform.yaml")),
    ("platform/clusters/early.yaml", include_str!("fleet/cluster-staging.yaml")),
    ("platform/clusters/<cluster:cluster>.yaml", include_str!("fleet/cluster.yaml")),
    ("platform/components/<component:component>.yaml", include_str!("fleet/chart.yaml")),
    ("platform/components/chart-oci.yaml", include_str!("fleet/chart-oci.yaml")),
    ("platform/components/from-git.yaml", include_str!("fleet/from-git.yaml")),
    ("platform/components/from-git-tag.yaml", include_str!("fleet/from-git-tag.yaml")),
    ("platform/components/from-oci.yaml", include_str!("fleet/from-oci.yaml")),
    ("platform/components/from-oci-digest.yaml", include_str!("fleet/from-oci-digest.yaml")),
    ("platform/components/definitions.yaml", include_str!("fleet/definitions.yaml")),
    ("platform/components/own.yaml", include_str!("fleet/own.yaml")),
    ("platform/components/plain.yaml", include_str!("fleet/plain.yaml")),
    ("platform/tenants/<tenant:tenant>.yaml", include_str!("fleet/tenant.yaml")),
    ("platform/tenants/beside.yaml", include_str!("fleet/tenant-beside.yaml")),
    ("<values-file:part>", include_str!("fleet/values.yaml")),
    ("<configs-parent:part>/<configs-path:part>/kustomization.yaml", "resources: []"),
    ("<own-parent:part>/<own-path:part>/kustomization.yaml", "resources: []"),
    ("<plain-parent:part>/<plain-path:part>/object.yaml", "kind: ConfigMap"),
];

/// How the fleet is set up: what is installed by whom, and what is demanded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Setting {
    /// Components, Kyverno with signatures, GitHub, a Kustomization for each tenant.
    Components,
    /// The operator, admission policies, GitLab, one Kustomization for all tenants.
    Operator,
    /// Nothing of it.
    External,
}

pub(crate) const SETTINGS: [Setting; 3] =
    [Setting::Components, Setting::Operator, Setting::External];

/// Says where the platform's artifacts lie, and how they are pulled and verified, in the ways that there are.
fn ship(setting: Setting, files: &mut [(String, Json)]) {
    let mut say = |file: &str, field: &str, content: Json| {
        let (_, said) = files.iter_mut().find(|(path, _)| path.ends_with(file)).unwrap();
        assert!(said.as_object_mut().unwrap().insert(field.to_owned(), content).is_none());
    };
    let identity = |name: &str| {
        json!({ "identities": [{
            "issuer": format!("<{name}-issuer:issuer>"), "subject": format!("<{name}-subject:subject>"),
        }]})
    };
    let account = |name: &str, provider: &str| {
        json!({ "secretRef": null, "workloadIdentity": {
            "provider": provider, "serviceAccount": format!("<{name}-account:object>"),
            "annotations": { format!("<{name}-key:label-key>"): format!("<{name}-value:text>") },
        }})
    };
    let artifacts = match setting {
        Setting::Components => {
            let cluster = json!({
                "auth": { "workloadIdentity": null, "secretRef": "<cluster-registry-secret:object>" },
                "verify": identity("cluster-registry"),
            });
            say("<cluster:cluster>.yaml", "artifacts", cluster);
            json!({
                "tag": "<registry-tag:oci-tag>",
                "auth": account("registry", "aws"), "verify": identity("registry"),
            })
        }
        Setting::Operator => {
            let early = json!({ "auth": account("early-registry", "azure"), "insecure": false });
            say("early.yaml", "artifacts", early);
            json!({
                "insecure": true,
                "auth": { "secretRef": "<registry-secret:object>" },
                "verify": { "secretRef": "<registry-keys:object>" },
            })
        }
        Setting::External => json!({ "auth": account("registry", "gcp") }),
    };
    say("platform.yaml", "artifacts", artifacts);
    say("from-oci.yaml", "artifact", json!({ "tag": "<own-artifact-tag:oci-tag>" }));
    say("from-git.yaml", "artifact", json!({ "digest": "<own-artifact-digest:digest>" }));
    let (_, platform) = files.iter_mut().find(|(path, _)| path == "platform.yaml").unwrap();
    platform["artifacts"]["url"] = "<registry:registry>".into();
    // What an environment follows instead of what the platform says.
    platform["environments"][0]["artifacts"] = json!({ "tag": "<staging-registry-tag:oci-tag>" });
}

/// A description with places.
pub(crate) struct Fleet {
    files: Vec<(String, Json)>,
    pub(crate) slots: Vec<Slot>,
}

impl Fleet {
    pub(crate) fn new(setting: Setting, layout: &Layout) -> Self {
        let mut files: Vec<(String, Json)> = FILES
            .iter()
            .map(|(path, text)| {
                let documents = parse(SourceId(0), text.as_bytes(), &Budget::default());
                ((*path).to_owned(), documents.unwrap()[0].root.to_json())
            })
            .collect();
        let (install, ci, sync) = match setting {
            Setting::Components => ("components", "github", "per-tenant"),
            Setting::Operator => ("operator", "gitlab", "shared"),
            Setting::External => ("external", "none", "per-tenant"),
        };
        let platform = &mut files[0].1;
        platform["flux"]["install"] = install.into();
        platform["ci"] = ci.into();
        platform["tenants"]["sync"] = sync.into();
        let policies = &mut platform["policies"];
        match setting {
            Setting::Components => {
                policies["engine"] = "kyverno".into();
                policies["images"] = json!({ "<image-rule:name>": {
                    "images": ["<image-pattern:image-pattern>"],
                    "identities": [{ "issuer": "<image-issuer:issuer>", "subject": "<image-subject:subject>" }],
                }});
                files.push((
                    "platform/components/kyverno.yaml".to_owned(),
                    json!({ "helm": { "repository": "https://kyverno.example", "chart": "kyverno", "version": "3.5.2" } }),
                ));
                // A bucket cannot be verified.
                files.retain(|(path, _)| path != "platform/tenants/beside.yaml");
                files.push((
                    "platform/tenants/beside.yaml".to_owned(),
                    json!({ "owner": ["@acme/team"], "namespaces": ["beside"], "placement": "all" }),
                ));
            }
            Setting::Operator => {
                policies["engine"] = "admission".into();
                policies.as_object_mut().unwrap().remove("verify");
                // What one cluster has otherwise than its environment.
                files[1].1["flux"] = json!({ "multitenancy": false });
                files.push((
                    "platform/patches/bindings.yaml".to_owned(),
                    json!({
                        "scope": { "clusters": ["early"] },
                        "target": { "kind": "ValidatingAdmissionPolicyBinding", "name": "tenant-gitrepositories" },
                        "merge": { "metadata": { "annotations": { "acme.example/note": "<binding-note:text>" } } },
                    }),
                ));
            }
            Setting::External => {
                *policies = json!({ "engine": "none" });
            }
        }
        if !layout.artifacts.is_empty() {
            ship(setting, &mut files);
        }
        let mut slots = Vec::new();
        for (path, content) in &files {
            collect(&Json::from(&**path), &mut slots);
            collect(content, &mut slots);
        }
        Self { files, slots }
    }

    /// The markers of all places.
    pub(crate) fn markers(&self) -> Vec<Json> {
        self.slots.iter().map(|slot| slot.marker.as_str().into()).collect()
    }

    /// The description with values in its places; none if a path is none, or a key stands twice.
    pub(crate) fn describe(&self, values: &[Json]) -> Option<Memory> {
        let mut files = Memory::new();
        for (path, content) in &self.files {
            let path = RepoPath::new(self.text(path, values)?.as_str()?).ok()?;
            files.insert(path, ascii(&self.fill(content, values)?.to_string()));
        }
        Some(files)
    }

    /// A text of the description: a place, a text with places, or neither.
    fn text(&self, text: &str, values: &[Json]) -> Option<Json> {
        if !text.contains('<') {
            return Some(text.into());
        }
        let mut filled = text.to_owned();
        for (slot, value) in self.slots.iter().zip(values) {
            if slot.token == text {
                return Some(value.clone());
            }
            if text.contains(&slot.token) {
                filled = filled.replace(&slot.token, value.as_str()?);
            }
        }
        Some(filled.into())
    }

    fn fill(&self, content: &Json, values: &[Json]) -> Option<Json> {
        Some(match content {
            Json::String(text) => self.text(text, values)?,
            Json::Array(items) => Json::Array(
                items.iter().map(|item| self.fill(item, values)).collect::<Option<_>>()?,
            ),
            Json::Object(entries) => {
                let mut filled = Map::new();
                for (key, content) in entries {
                    let key = self.text(key, values)?.as_str()?.to_owned();
                    if filled.insert(key, self.fill(content, values)?).is_some() {
                        return None;
                    }
                }
                Json::Object(filled)
            }
            other => other.clone(),
        })
    }
}

fn collect(content: &Json, slots: &mut Vec<Slot>) {
    match content {
        Json::String(text) => {
            for found in text.split_inclusive('>') {
                let token = found.find('<').map(|at| &found[at..]);
                let token = token.filter(|token| token.ends_with('>') && token.contains(':'));
                if let Some(token) = token
                    && slots.iter().all(|slot| slot.token != token)
                {
                    slots.push(Slot::new(token, slots.len()));
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, slots)),
        Json::Object(entries) => {
            for (key, value) in entries {
                collect(&Json::from(&**key), slots);
                collect(value, slots);
            }
        }
        _ => {}
    }
}

/// JSON as YAML that any reader reads alike: nothing but printable ASCII.
pub(crate) fn ascii(json: &str) -> String {
    let escaped = |c: char| match c {
        ' '..='~' => c.to_string(),
        _ => format!("\\U{:08x}", u32::from(c)),
    };
    json.chars().map(escaped).collect()
}
