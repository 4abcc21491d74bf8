//! `tenantry build --cluster`, `--tenant` and `--kustomization`: what clusters would apply.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use kustomize::{objects_to_yaml, write_object};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::BuildArgs;
use crate::cli::failure::Failure;
use crate::cli::fleet::{self, FleetFolder, Tenants};
use crate::cli::outcome::Outcome;
use crate::cli::report::Format;
use crate::cli::table::one_line;
use crate::cli::ui::Ui;
use crate::diagnostic::Severity;
use crate::flux::build::{Apply, Object};
use crate::flux::{Applier, Cluster, Content, Identity, Name, What, tell};
use crate::spec::Faults;

/// `NAMESPACE/NAME`, or a name in `flux-system`.
#[derive(Clone, Debug)]
pub(crate) struct KustomizationName(pub Name);

impl FromStr for KustomizationName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (namespace, name) = text.split_once('/').unwrap_or(("flux-system", text));
        if name.is_empty() || namespace.is_empty() || name.contains('/') {
            return Err("write NAMESPACE/NAME".to_owned());
        }
        Ok(Self(Name::new(namespace, name)))
    }
}

/// What of a cluster is asked for.
struct Selection<'c, 'f> {
    cluster: &'c Cluster<'f>,
    /// Those that are shown, with the numbers of their objects.
    appliers: Vec<(usize, Vec<usize>)>,
}

impl BuildArgs {
    /// Whether clusters are asked for, and not a folder.
    pub(super) fn is_of_clusters(&self) -> bool {
        !self.cluster.is_empty() || self.tenant.is_some() || self.kustomization.is_some()
    }

    pub(super) fn run_clusters(self, ui: &Ui) -> Result<Outcome, Failure> {
        let target = self.target(ui)?;
        let place = FleetFolder::find(ui, &self.elsewhere)?;
        let folders = place.select(&place.files, &self.cluster)?;
        let fleet = place.fleet(&place.files)?;
        let clusters = fleet::build(&fleet, &folders)?;
        fleet::warn_of_unused(ui, &fleet);
        let selected: Vec<Selection<'_, '_>> =
            clusters.iter().map(|cluster| self.select(cluster)).collect();
        if selected.iter().all(|one| one.appliers.is_empty()) {
            // It may be one of those that cannot be read: then that is what is wrong.
            let (diagnostics, texts) = tell(&clusters, &|_, _| true);
            if diagnostics.iter().any(|one| one.severity == Severity::Error) {
                return Err(Faults { diagnostics, texts }.into());
            }
        }
        self.look_whether_found(&clusters, &selected)?;
        let everything = self.tenant.is_none() && self.kustomization.is_none();
        let wanted = |cluster: &Cluster<'_>, at: usize| {
            everything
                || selected.iter().any(|one| {
                    std::ptr::eq(one.cluster, cluster)
                        && one
                            .appliers
                            .iter()
                            .any(|(applier, _)| cluster.chain(*applier).contains(&at))
                })
        };
        let (mut diagnostics, texts) = tell(&clusters, &wanted);
        if self.strict {
            for one in &mut diagnostics {
                one.severity = Severity::Error;
            }
        }
        if diagnostics.iter().any(|one| one.severity == Severity::Error) {
            return Err(Faults { diagnostics, texts }.into());
        }
        let written = match &target {
            Some(target) => write(target, &selected)?,
            None => Vec::new(),
        };
        let data = match ui.format {
            Format::Json => json!({
                "clusters": selected.iter().map(data).collect::<Vec<_>>(),
                "written": written.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>(),
            }),
            _ => Value::Null,
        };
        let text = match ui.format {
            Format::Text if target.is_none() => text(&selected),
            _ => String::new(),
        };
        let outcome = Outcome::answer(text, data).with_diagnostics(diagnostics, texts);
        // The process ends here: to give back every object would take time for nothing.
        drop(selected);
        std::mem::forget((clusters, fleet));
        Ok(outcome)
    }

    fn select<'c, 'f>(&self, cluster: &'c Cluster<'f>) -> Selection<'c, 'f> {
        let tenants = Tenants::of(cluster);
        let belongs = |object: &Object| match &self.tenant {
            Some(tenant) => tenants.owner(object) == Some(tenant.as_str()),
            None => true,
        };
        let of_tenant = |at: usize| tenants.of_applier(cluster, at) == self.tenant.as_deref();
        let all = cluster.appliers.iter().enumerate();
        let asked = all.filter(|(_, one)| {
            self.kustomization.as_ref().is_none_or(|KustomizationName(name)| {
                matches!(one.what, What::Kustomization(_)) && one.what.name() == name
            })
        });
        let appliers = asked.map(|(at, one)| {
            let whole = self.tenant.is_some() && of_tenant(at);
            let objects = one.objects().iter().enumerate();
            let objects = objects.filter(|(_, object)| whole || belongs(object));
            (at, objects.map(|(number, _)| number).collect::<Vec<_>>(), whole)
        });
        let narrowed = self.tenant.is_some();
        let appliers = appliers
            .filter(|(_, objects, whole)| !narrowed || *whole || !objects.is_empty())
            .map(|(at, objects, _)| (at, objects))
            .collect();
        Selection { cluster, appliers }
    }

    /// A name that no cluster has is a mistake.
    fn look_whether_found(
        &self,
        clusters: &[Cluster<'_>],
        selected: &[Selection<'_, '_>],
    ) -> Result<(), Failure> {
        if selected.iter().any(|one| !one.appliers.is_empty()) || clusters.is_empty() {
            return Ok(());
        }
        let mut known: Vec<String> = Vec::new();
        let (kind, name) = match (&self.kustomization, &self.tenant) {
            (Some(KustomizationName(name)), _) => {
                let all = clusters.iter().flat_map(|cluster| &cluster.appliers);
                known.extend(all.map(|one| one.what.name().to_string()));
                ("Flux Kustomization", name.to_string())
            }
            (None, Some(tenant)) => {
                for cluster in clusters {
                    known.extend(Tenants::of(cluster).names().map(str::to_owned));
                }
                ("tenant", tenant.clone())
            }
            (None, None) => return Ok(()),
        };
        known.sort();
        known.dedup();
        Err(Failure::Unknown { kind, name, known })
    }
}

/// The line that says who applies what follows.
fn heading(cluster: &Cluster<'_>, at: usize) -> String {
    let chain = cluster.chain(at);
    let names: Vec<String> =
        chain.iter().map(|at| cluster.appliers[*at].what.name().to_string()).collect();
    let applier = &cluster.appliers[at];
    let mut line = format!("# {} {}", applier.what.kind(), names.join(" > "));
    if let Some(kustomization) = applier.what.kustomization() {
        let source = kustomization.source();
        let _ = write!(line, ", {} of {source}", shown_path(&kustomization.spec.path));
    }
    if applier.is_remote() {
        line.push_str(", to the cluster of its kubeConfig");
    }
    if cluster.is_suspended(at) {
        line.push_str(", suspended");
    }
    match &applier.content {
        Content::Elsewhere => line.push_str(", which is elsewhere"),
        Content::Asks(whom) => {
            let _ = write!(line, ", which asks {whom}");
        }
        Content::Built { .. } => {}
    }
    let mut line = one_line(&line);
    line.push('\n');
    line
}

fn shown_path(path: &str) -> &str {
    if path.is_empty() { "./" } else { path }
}

/// What is to be known of an object before it is read.
fn remark(object: &Object) -> String {
    let mut line = String::new();
    if object.encrypted {
        line.push_str("# encrypted by SOPS: the cluster decrypts it\n");
    }
    let how = match object.apply {
        Apply::Override | Apply::Merge | Apply::Force => return line,
        Apply::IfNotPresent => "# applied where it is not there yet\n",
        Apply::Never => "# not applied: its annotations say so\n",
    };
    line.push_str(how);
    line
}

fn text(selected: &[Selection<'_, '_>]) -> String {
    let each: Vec<(&Selection<'_, '_>, &(usize, Vec<usize>))> = selected
        .iter()
        .flat_map(|one| one.appliers.iter().map(move |applier| (one, applier)))
        .collect();
    let parts: Vec<String> = each
        .par_iter()
        .map(|(Selection { cluster, appliers }, (at, objects))| {
            let mut before = String::new();
            if selected.len() > 1 && appliers.first().is_some_and(|(first, _)| first == at) {
                let _ = writeln!(before, "# Cluster {}", one_line(&cluster.name));
            }
            before.push_str(&heading(cluster, *at));
            let mut out = String::with_capacity(512 * objects.len());
            for number in objects {
                let object = &cluster.appliers[*at].objects()[*number];
                out.push_str("---\n");
                out.push_str(&std::mem::take(&mut before));
                out.push_str(&remark(object));
                write_object(&object.node, &mut out);
            }
            out.push_str(&before);
            out
        })
        .collect();
    let mut out = String::with_capacity(parts.iter().map(String::len).sum());
    // No line between documents stands before the first one.
    let mut is_first = true;
    for part in &parts {
        let document = part.strip_prefix("---\n");
        out.push_str(document.filter(|_| is_first).unwrap_or(part));
        is_first &= document.is_none();
    }
    out
}

fn data(Selection { cluster, appliers }: &Selection<'_, '_>) -> Value {
    let shown = |applier: &Applier<'_>, place: Option<&kustomize::Place>| {
        let path = applier.artifact()?.inner(&place?.path)?;
        Some(path.to_string())
    };
    let chain = |at: usize| -> Vec<String> {
        let chain = cluster.chain(at).into_iter();
        chain
            .map(|at| {
                let what = &cluster.appliers[at].what;
                format!("{}/{}", what.kind(), what.name())
            })
            .collect()
    };
    let listed = appliers.iter().map(|(at, objects)| {
        let applier = &cluster.appliers[*at];
        let Name { namespace, name } = applier.what.name();
        let kustomization = applier.what.kustomization();
        let owner = applier.owner.map(|owner| &cluster.appliers[owner]);
        json!({
            "kind": applier.what.kind(),
            "namespace": namespace,
            "name": name,
            "path": kustomization.map(|it| shown_path(&it.spec.path)),
            "source": kustomization.map(|it| it.source()),
            "file": owner.and_then(|owner| shown(owner, applier.place.as_ref())),
            "remote": applier.is_remote(),
            "suspended": cluster.is_suspended(*at),
            "here": matches!(applier.content, Content::Built { .. }),
            "chain": chain(*at),
            "objects": objects.len(),
        })
    });
    let objects = appliers.iter().flat_map(|(at, objects)| {
        let applier = &cluster.appliers[*at];
        let chain = chain(*at);
        objects.iter().map(move |number| {
            let object = &applier.objects()[*number];
            json!({
                "chain": chain,
                "file": shown(applier, object.place.as_ref()),
                "encrypted": object.encrypted,
                "apply": object.apply,
                "prune": !object.kept,
                "object": object.node.to_json(),
            })
        })
    });
    json!({
        "name": cluster.name,
        "appliers": listed.collect::<Vec<_>>(),
        "objects": objects.collect::<Vec<_>>(),
    })
}

/// Writes everything to a file, or each object to one in a folder of its cluster.
fn write(
    target: &std::path::Path,
    selected: &[Selection<'_, '_>],
) -> Result<Vec<PathBuf>, Failure> {
    let failed = |path: &std::path::Path, source| Failure::Write { path: path.to_owned(), source };
    if !super::is_folder(target) {
        fs::write(target, text(selected)).map_err(|source| failed(target, source))?;
        return Ok(vec![target.to_owned()]);
    }
    // Nothing is written before every object has a file of its own.
    let mut files: Vec<(PathBuf, &Object)> = Vec::new();
    let mut taken: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for Selection { cluster, appliers } in selected {
        let folder = target.join(&cluster.name);
        for (at, objects) in appliers {
            for number in objects {
                let object = &cluster.appliers[*at].objects()[*number];
                let stem = file_stem(&object.identity);
                if stem.contains(['/', '\\', '\0']) {
                    let error = std::io::Error::other("the object's name is no name of a file");
                    return Err(failed(&folder.join(stem), error));
                }
                // Names that differ in capitals alone are one name to some file systems.
                let count = taken.entry(folder.join(&stem)).or_default();
                *count += 1;
                let name = match count {
                    1 => format!("{stem}.yaml"),
                    count => format!("{stem}_{count}.yaml"),
                };
                files.push((folder.join(name), object));
            }
        }
    }
    let mut written = Vec::new();
    for (path, object) in files {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
        }
        fs::write(&path, objects_to_yaml([&object.node]))
            .map_err(|source| failed(&path, source))?;
        written.push(path);
    }
    Ok(written)
}

/// What the file of an object is called, without its ending; no longer than file systems take.
fn file_stem(identity: &Identity) -> String {
    const LONGEST: usize = 200;
    let parts = [&identity.namespace, &identity.group, &identity.kind, &identity.name];
    let parts: Vec<String> =
        parts.into_iter().filter(|part| !part.is_empty()).map(|part| part.to_lowercase()).collect();
    let mut stem = parts.join("_");
    while stem.len() > LONGEST {
        stem.pop();
    }
    stem
}
