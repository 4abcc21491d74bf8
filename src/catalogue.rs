//! The embedded well-known components: `catalogue/<name>.yaml`.
//!
//! Data comes in (files that are compiled into the binary) and entries go out: what a component is for, what a
//! user must know, and the text of its file. `create component` copies that text with its comments into the
//! repository, exact version included, and from then on it is the user's; so nothing that renders or refuses a
//! repository may look here, or the same repository would mean something else to a later tenantry. What is known of a chart
//! ([`Fact`]) is told as a warning, and decides nothing.

use std::fmt;

use include_dir::{Dir, include_dir};
use kustomize::yaml::{Budget, SourceId, from_node, parse};
use serde::Deserialize;

use crate::spec::component::Component;
use crate::spec::text::{ComponentName, ExactVersion};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/catalogue");

/// The line after which a file of the catalogue holds the component, indented by two.
const COMPONENT: &str = "\ncomponent:\n";

/// A well-known component.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name, which `create component` takes.
    pub name: ComponentName,
    /// What it is, in one line.
    pub summary: String,
    /// Where its own documentation begins.
    pub homepage: String,
    /// What it belongs to.
    pub category: Category,
    /// What a user must know, a sentence or two each.
    pub notes: Vec<String>,
    /// What must be there beforehand and no component brings.
    pub requires: Vec<String>,
    /// What its chart is known to refuse.
    pub facts: Vec<Fact>,
    /// The component as it is described.
    pub component: Component,
    /// The component as text, comments kept: `platform/components/<name>.yaml` without the schema line.
    pub text: String,
}

/// What a component belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Adds nodes, replicas or requests by demand.
    Autoscaling,
    /// Brings applications out in steps.
    Delivery,
    /// Pod network, ingress, mesh and DNS.
    Networking,
    /// Metrics, logs and traces.
    Observability,
    /// Backups, nodes and workloads in operation.
    Operations,
    /// Admission policies.
    Policy,
    /// Certificates and secrets.
    Security,
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Autoscaling => "autoscaling",
            Self::Delivery => "delivery",
            Self::Networking => "networking",
            Self::Observability => "observability",
            Self::Operations => "operations",
            Self::Policy => "policy",
            Self::Security => "security",
        })
    }
}

/// What versions of a chart are known to refuse.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The first version that refuses it.
    pub since: ExactVersion,
    /// The place among the values, as a JSON pointer.
    pub refuses: String,
    /// What to do instead, as the end of "instead, ".
    pub instead: String,
}

/// What a chart of a repository is known to refuse in a version; nothing for a chart that the catalogue does not know.
#[must_use]
pub fn facts(repository: &str, chart: &str, version: &str) -> Vec<Fact> {
    let number = |text: &str| semver::Version::parse(text.trim_start_matches('v')).ok();
    let Some(version) = number(version) else { return Vec::new() };
    let is_it = |entry: &Entry| {
        entry.component.helm.as_ref().is_some_and(|helm| {
            helm.chart.as_str() == chart && helm.repository.as_str() == repository
        })
    };
    let holds = |fact: &Fact| number(fact.since.as_str()).is_some_and(|since| version >= since);
    // Most charts have none, and need not be read.
    let has_facts = |name: &&str| {
        let text = FILES.get_file(format!("{name}.yaml")).and_then(|file| file.contents_utf8());
        text.is_some_and(|text| text.contains("\nfacts:") && text.contains(repository))
    };
    let known = names().filter(has_facts).filter_map(get);
    known.filter(is_it).flat_map(|entry| entry.facts).filter(holds).collect()
}

/// A file of the catalogue.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    summary: String,
    homepage: String,
    category: Category,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    requires: Vec<String>,
    #[serde(default)]
    facts: Vec<Fact>,
    component: Component,
}

impl Entry {
    /// The entries that it depends on, directly or not, each after those that it depends on itself: the order in
    /// which they are to be created before this one.
    #[must_use]
    pub fn dependencies(&self) -> Vec<Self> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect(&self, found: &mut Vec<Self>) {
        for entry in self.component.depends_on.iter().filter_map(|name| get(name.as_str())) {
            if found.iter().all(|other| other.name != entry.name) {
                entry.collect(found);
                found.push(entry);
            }
        }
    }

    /// The exact version that it would be created with.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        let Component { helm, git, oci, version, .. } = &self.component;
        version
            .as_ref()
            .map(AsRef::as_ref)
            .or_else(|| helm.as_ref()?.version.as_ref().map(AsRef::as_ref))
            .or_else(|| git.as_ref()?.tag.as_ref().map(AsRef::as_ref))
            .or_else(|| oci.as_ref()?.tag.as_ref().map(AsRef::as_ref))
    }
}

/// All entries, sorted by name.
#[must_use]
pub fn list() -> Vec<Entry> {
    names().filter_map(get).collect()
}

/// The names of all entries, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<_> =
        FILES.files().filter_map(|file| file.path().file_stem()?.to_str()).collect();
    names.sort_unstable();
    names.into_iter()
}

/// The entry of a name.
#[must_use]
pub fn get(name: &str) -> Option<Entry> {
    let text = FILES.get_file(format!("{name}.yaml"))?.contents_utf8()?;
    read(name, text).unwrap_or_else(|fault| unreachable!("catalogue/{name}.yaml: {fault}")).into()
}

/// The name of the entry that a misspelt one most probably meant.
#[must_use]
pub fn suggest(name: &str) -> Option<&'static str> {
    names()
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .filter(|(distance, known)| *distance <= known.len().max(name.len()) / 3)
        .min()
        .map(|(_, known)| known)
}

/// Reads a file of the catalogue. Only a defect of the data makes it fail; the tests read all of it.
fn read(name: &str, text: &str) -> Result<Entry, String> {
    let documents = parse(SourceId(0), text.as_bytes(), &Budget::default())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let [document] = documents.as_slice() else {
        return Err("not one document".to_owned());
    };
    let data: Data = from_node(&document.root).map_err(|error| error.to_string())?;
    let (_, indented) = text.split_once(COMPONENT).ok_or("no `component:` in block style")?;
    let mut component = String::with_capacity(indented.len());
    for line in indented.lines() {
        if !line.is_empty() {
            component
                .push_str(line.strip_prefix("  ").ok_or("something stands behind `component`")?);
        }
        component.push('\n');
    }
    Ok(Entry {
        name: ComponentName::new(name).map_err(|error| error.to_string())?,
        summary: data.summary,
        homepage: data.homepage,
        category: data.category,
        notes: data.notes,
        requires: data.requires,
        facts: data.facts,
        component: data.component,
        text: component,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn entries() -> Vec<(&'static str, Entry)> {
        FILES
            .files()
            .map(|file| {
                let path = file.path();
                assert_eq!(path.extension().unwrap(), "yaml", "{}", path.display());
                let name = path.file_stem().unwrap().to_str().unwrap();
                (name, read(name, file.contents_utf8().unwrap()).unwrap())
            })
            .collect()
    }

    #[test]
    fn every_file_is_a_component() {
        let entries = entries();
        assert!(entries.len() > 20);
        assert_eq!(entries.len(), list().len());
        assert!(FILES.dirs().next().is_none());
    }

    #[test]
    fn the_text_means_the_component() {
        for (name, entry) in entries() {
            let documents = parse(SourceId(0), entry.text.as_bytes(), &Budget::default()).unwrap();
            let component: Component = from_node(&documents[0].root).unwrap();
            assert_eq!(component, entry.component, "{name}");
            assert!(entry.text.ends_with('\n') && !entry.text.ends_with("\n\n"), "{name}");
        }
    }

    #[test]
    fn comments_stay_in_the_text() {
        let entry = get("sealed-secrets").unwrap();
        assert!(entry.text.contains("\n  # The name that `kubeseal` looks for"), "{}", entry.text);
    }

    #[test]
    fn every_entry_says_one_source_and_its_exact_version() {
        for (name, entry) in entries() {
            let Component { helm, manifests, git, oci, version, .. } = &entry.component;
            let sources = [helm.is_some(), git.is_some(), oci.is_some(), manifests.is_some()];
            assert_eq!(sources.iter().filter(|said| **said).count(), 1, "{name}");
            assert!(manifests.is_none(), "{name} has nothing to copy manifests from");
            assert!(version.is_none(), "{name}: the version stands with its source");
            let exact = ExactVersion::new(entry.version().unwrap());
            assert!(exact.is_ok(), "{name}");
        }
    }

    #[test]
    fn every_repository_is_reached_securely() {
        for (name, entry) in entries() {
            let Component { helm, git, oci, .. } = &entry.component;
            let url = helm
                .as_ref()
                .map(|helm| helm.repository.as_str())
                .or_else(|| git.as_ref().map(|git| git.url.as_str()))
                .or_else(|| oci.as_ref().map(|oci| oci.url.as_str()))
                .unwrap();
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("oci://")).unwrap();
            let host = rest.split('/').next().unwrap();
            assert!(host.contains('.') && !url.ends_with('/'), "{name}: {url}");
            assert!(entry.homepage.starts_with("https://"), "{name}");
        }
    }

    #[test]
    fn every_dependency_is_in_the_catalogue() {
        for (name, entry) in entries() {
            for dependency in &entry.component.depends_on {
                assert!(get(dependency.as_str()).is_some(), "{name} depends on {dependency}");
            }
            assert!(entry.dependencies().iter().all(|other| other.name != entry.name), "{name}");
        }
    }

    #[test]
    fn dependencies_come_in_the_order_of_installation() {
        let names = |name| -> Vec<String> {
            get(name).unwrap().dependencies().iter().map(|entry| entry.name.to_string()).collect()
        };
        assert_eq!(names("istiod"), ["istio-base"]);
        assert_eq!(names("ztunnel"), ["istio-base", "istiod", "istio-cni"]);
        assert!(names("kyverno").is_empty());
    }

    /// Pod security is a label of the namespace, which components share.
    #[test]
    fn components_of_one_namespace_agree_on_its_pod_security() {
        let mut said = std::collections::BTreeMap::new();
        for (name, entry) in entries() {
            let Some(namespace) = entry.component.namespace else { continue };
            let level = entry.component.pod_security;
            let (first, other) = said.entry(namespace).or_insert_with(|| (name, level));
            assert_eq!(&level, other, "{name} and {first}");
        }
    }

    #[test]
    fn what_people_read_is_a_line_each() {
        for (name, entry) in entries() {
            assert!(!entry.summary.is_empty() && !entry.summary.ends_with('.'), "{name}");
            for line in entry.notes.iter().chain(&entry.requires) {
                assert!(line.ends_with('.') && !line.contains('\n'), "{name}: {line:?}");
            }
        }
    }

    #[test]
    fn a_fact_holds_from_its_version_on() {
        let repository = "https://istio-release.storage.googleapis.com/charts";
        let refuses = |version| facts(repository, "cni", version).len();
        assert_eq!((refuses("1.23.4"), refuses("1.24.0"), refuses("v1.30.3")), (0, 1, 1));
        assert!(facts("https://acme.example/charts", "cni", "1.30.3").is_empty());
    }

    #[test]
    fn a_misspelt_name_is_recognised() {
        assert_eq!(suggest("cert-manger"), Some("cert-manager"));
        assert_eq!(suggest("istoid"), Some("istiod"));
        assert_eq!(suggest("postgresql"), None);
        assert_eq!(get("cert-manger"), None);
    }

    #[test]
    fn the_parts_of_istio_have_one_version() {
        let version = |name| get(name).unwrap().version().unwrap().to_owned();
        for part in ["istiod", "istio-cni", "ztunnel"] {
            assert_eq!(version(part), version("istio-base"), "{part}");
        }
    }

    #[test]
    fn the_page_of_the_catalogue_is_complete() {
        let page = include_str!("../docs/catalogue.md");
        let (_, table) = page.split_once("|---|---|---|---|---|\n").unwrap();
        let mut expected = String::new();
        for entry in list() {
            let depends: Vec<_> =
                entry.component.depends_on.iter().map(ComponentName::as_str).collect();
            expected.push_str(&format!(
                "| [{}]({}) | {} | {} | {} | {} |\n",
                entry.name,
                entry.homepage,
                entry.category,
                entry.version().unwrap(),
                entry.summary,
                depends.join(", "),
            ));
        }
        assert_eq!(table, expected, "docs/catalogue.md is to end with:\n{expected}");
    }
}
