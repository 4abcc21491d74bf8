//! `tenantry get patches`.

use serde_json::{Value, json};

use super::one;
use crate::cli::change::Kind;
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::table::{draw, list};
use crate::patches::{Held, Patches};
use crate::spec::text::ClusterName;

/// Which patches.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GetPatch {
    /// Only this one, with everything it says; it must have a file of its own.
    #[arg(value_name = "NAME", conflicts_with = "cluster")]
    entity: Option<String>,

    /// Only those that hold on this cluster.
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<ClusterName>,
}

impl GetPatch {
    pub(super) fn run(self, repository: &Repository) -> Result<Outcome, Failure> {
        let platform = repository.load()?;
        if let Some(name) = &self.entity {
            return one(repository, &platform, Kind::Patch, name, None);
        }
        if let Some(cluster) = &self.cluster {
            crate::cli::change::existing(&platform, Kind::Cluster, cluster.as_str())?;
        }
        let patches = Patches::of(&platform);
        let (mut rows, mut data, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for held in patches.all() {
            if self.cluster.as_ref().is_some_and(|cluster| !held.clusters.contains(cluster)) {
                continue;
            }
            let clusters: Vec<&str> = held.clusters.iter().map(AsRef::as_ref).collect();
            let all = clusters.len() == platform.clusters.len() && clusters.len() > 1;
            let members: Vec<String> = held
                .members
                .iter()
                .flatten()
                .map(|it| format!("{}/{}", it.kind, it.name))
                .collect();
            rows.push(vec![
                held.name.clone(),
                target(held),
                changes(held),
                if all { "all".to_owned() } else { list(&clusters) },
                list(&members),
                held.rank.to_string(),
                held.file.to_string(),
            ]);
            data.push(json!({
                "name": held.name,
                "file": held.file,
                "target": held.said.target,
                "operations": held.said.operations,
                "merge": held.said.merge,
                "delete": held.said.delete,
                "clusters": clusters,
                "members": members,
                "holdsFor": held.rank.to_string(),
            }));
            names.push(format!("patch/{}", held.name));
        }
        let header = ["NAME", "TARGET", "CHANGES", "CLUSTERS", "OF", "HOLDS FOR", "FILE"];
        Ok(Outcome::answer(draw(&header, &rows, "No patches."), Value::Array(data)).named(names))
    }
}

fn target(held: &Held) -> String {
    let target = &held.said.target;
    let parts = [Some(&target.kind), target.namespace.as_ref(), target.name.as_ref()];
    parts.into_iter().flatten().cloned().collect::<Vec<_>>().join("/")
}

fn changes(held: &Held) -> String {
    match held.said.operations.len() {
        0 if held.said.delete => "deletes".to_owned(),
        0 => "merges".to_owned(),
        1 => "1 operation".to_owned(),
        more => format!("{more} operations"),
    }
}
