//! Differences grouped as they are shown: by cluster, and in it by tenant.

use serde_json::{Value, json};

use crate::cli::fleet::Tenants;
use crate::flux::Cluster;
use crate::flux::diff::{self, Change, Difference, Fate, Field};

/// Before or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli::commands) enum State {
    Before,
    After,
}

/// What differs on a cluster.
pub(in crate::cli::commands) struct ClusterDifference<'c> {
    pub name: &'c str,
    /// Whether the cluster is there in one of the states alone.
    pub only: Option<State>,
    /// How many objects it applies, where it is there once.
    pub objects: usize,
    /// By tenant; what belongs to none comes first.
    pub groups: Vec<Group<'c>>,
}

/// What differs of a tenant, or of the platform.
pub(in crate::cli::commands) struct Group<'c> {
    pub tenant: Option<String>,
    pub differences: Vec<Difference<'c>>,
}

impl ClusterDifference<'_> {
    pub(in crate::cli::commands) fn is_empty(&self) -> bool {
        self.only.is_none() && self.groups.is_empty()
    }

    /// Every difference.
    pub(in crate::cli::commands) fn all(&self) -> impl Iterator<Item = &Difference<'_>> {
        self.groups.iter().flat_map(|group| &group.differences)
    }

    /// Those that delete something, or may.
    pub(in crate::cli::commands) fn loud(&self) -> impl Iterator<Item = &Difference<'_>> {
        self.all().filter(|one| one.is_loud())
    }

    /// How many are new, changed and gone.
    pub(in crate::cli::commands) fn counts(&self) -> (usize, usize, usize) {
        let count = |is: fn(&Change<'_>) -> bool| self.all().filter(|one| is(&one.change)).count();
        (
            count(|change| matches!(change, Change::Added)),
            count(|change| matches!(change, Change::Changed(_) | Change::Moved { .. })),
            count(|change| matches!(change, Change::Removed(_))),
        )
    }

    pub(in crate::cli::commands) fn data(&self) -> Value {
        let objects = self.groups.iter().flat_map(|group| {
            group.differences.iter().map(|one| object(one, group.tenant.as_deref()))
        });
        json!({
            "name": self.name,
            "only": self.only.map(|state| match state {
                State::Before => "before",
                State::After => "after",
            }),
            "objects": objects.collect::<Vec<_>>(),
        })
    }
}

fn object(one: &Difference<'_>, tenant: Option<&str>) -> Value {
    let identity = &one.identity;
    let (change, fields, fate, from) = match &one.change {
        Change::Added => ("added", None, None, None),
        Change::Changed(fields) => ("changed", Some(fields), None, None),
        Change::Removed(fate) => ("removed", None, Some(fate), None),
        Change::Moved { from, fields, .. } => ("moved", Some(fields), None, Some(from.to_string())),
    };
    let fields = fields.map(|fields| fields.iter().map(field).collect::<Vec<_>>());
    json!({
        "group": identity.group,
        "kind": identity.kind,
        "namespace": identity.namespace,
        "name": identity.name,
        "tenant": tenant,
        "kustomization": one.applier.to_string(),
        "change": change,
        "from": from,
        "fields": fields,
        "fate": fate,
        "deleted": fate.is_some_and(|fate| *fate == Fate::Pruned),
        "mayBeDeleted": matches!(one.change, Change::Moved { at_risk: true, .. }),
        "held": one.held,
    })
}

fn field(field: &Field) -> Value {
    let mut data = json!({ "path": field.path });
    for (name, value) in [("before", &field.before), ("after", &field.after)] {
        if let Some(value) = value {
            data[name] = value.clone();
        }
    }
    if field.secret {
        data["secret"] = true.into();
    }
    data
}

/// What is said where no cluster differs.
pub(in crate::cli::commands) fn nothing(clusters: &[ClusterDifference<'_>]) -> String {
    let count = clusters.len();
    format!("Nothing changes on {count} cluster{}", if count == 1 { "" } else { "s" })
}

/// What differs on each cluster; those that are the same come along empty.
pub(in crate::cli::commands) fn clusters<'c>(
    before: &'c [Cluster<'_>],
    after: &'c [Cluster<'_>],
) -> Vec<ClusterDifference<'c>> {
    let count = |cluster: &Cluster<'_>| cluster.objects().count();
    let alone = |cluster: &'c Cluster<'_>, only| ClusterDifference {
        name: &cluster.name,
        only: Some(only),
        objects: count(cluster),
        groups: Vec::new(),
    };
    let mut clusters: Vec<ClusterDifference<'c>> = after
        .iter()
        .map(|after| match before.iter().find(|before| before.name == after.name) {
            None => alone(after, State::After),
            Some(before) => ClusterDifference {
                name: &after.name,
                only: None,
                objects: 0,
                groups: groups(before, after),
            },
        })
        .collect();
    let gone = before.iter().filter(|one| !after.iter().any(|after| after.name == one.name));
    clusters.extend(gone.map(|one| alone(one, State::Before)));
    clusters.sort_by_key(|cluster| cluster.name);
    clusters
}

fn groups<'c>(before: &'c Cluster<'_>, after: &'c Cluster<'_>) -> Vec<Group<'c>> {
    let differences = diff::diff(before, after);
    if differences.is_empty() {
        return Vec::new();
    }
    let (old, new) = (Tenants::of(before), Tenants::of(after));
    let mut groups: Vec<Group<'c>> = Vec::new();
    for one in differences {
        let owner =
            new.tenant(&one.identity, one.node).or_else(|| old.tenant(&one.identity, one.node));
        let tenant = owner.map(str::to_owned);
        match groups.iter_mut().find(|group| group.tenant == tenant) {
            Some(group) => group.differences.push(one),
            None => groups.push(Group { tenant, differences: vec![one] }),
        }
    }
    groups.sort_by(|a, b| a.tenant.cmp(&b.tenant));
    groups
}
