//! The order in which objects are printed.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::kustomization::{Gvk, LegacySortOptions, SortOptions};
use crate::resource::{Id, ResourceMap};
use crate::schema::Schemas;
use crate::yaml::Span;

/// An order that kustomize does not know.
#[derive(Debug, thiserror::Error)]
pub enum SortError {
    /// Neither of the two orders.
    #[error("`sortOptions.order` is `fifo` or `legacy`, not `{order}`")]
    Order {
        /// What stands there.
        order: String,
        /// Where.
        span: Span,
    },
    /// Kinds in an order that has none.
    #[error("`sortOptions.legacySortOptions` goes with `order: legacy` only")]
    LegacyOptions {
        /// The options.
        span: Span,
    },
}

impl SortError {
    /// Where the fault is.
    pub fn span(&self) -> Span {
        match self {
            SortError::Order { span, .. } | SortError::LegacyOptions { span } => *span,
        }
    }
}

const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts as the options ask for; without options nothing moves.
pub(crate) fn sort(
    resources: &mut ResourceMap,
    options: Option<&SortOptions>,
    schemas: &Schemas,
) -> Result<(), SortError> {
    let Some(options) = options else {
        return Ok(());
    };
    match options.order.value.as_str() {
        "fifo" if options.legacy.is_none() => Ok(()),
        "fifo" => Err(SortError::LegacyOptions { span: options.span }),
        "legacy" => {
            sort_by_kind(resources, options.legacy.as_ref(), schemas);
            Ok(())
        }
        order => Err(SortError::Order { order: order.to_owned(), span: options.span }),
    }
}

/// Sorts by kind, some first and some last, then by group, version, namespace and name.
pub(crate) fn sort_by_kind(
    resources: &mut ResourceMap,
    options: Option<&LegacySortOptions>,
    schemas: &Schemas,
) {
    let ranks = match options {
        None => ranks(&FIRST, &LAST),
        Some(options) => ranks(
            &options.order_first.iter().map(String::as_str).collect::<Vec<_>>(),
            &options.order_last.iter().map(String::as_str).collect::<Vec<_>>(),
        ),
    };
    let list = std::mem::take(resources).into_list();
    let keys = list.iter().map(|resource| key(resource.id(schemas), &ranks));
    let mut order: Vec<(Key, usize)> = keys.zip(0..).collect();
    order.sort_by(|(a, _), (b, _)| compare(a, b));
    let mut list: Vec<_> = list.into_iter().map(Some).collect();
    resources.set_list(order.into_iter().filter_map(|(_, at)| list[at].take()).collect());
}

fn ranks<'k>(first: &[&'k str], last: &[&'k str]) -> HashMap<&'k str, i64> {
    let first = first.iter().enumerate().map(|(at, kind)| (*kind, at as i64 - first.len() as i64));
    let last = last.iter().enumerate().map(|(at, kind)| (*kind, at as i64 + 1));
    first.chain(last).collect()
}

/// What an object is sorted by.
struct Key {
    rank: i64,
    /// The core group's Namespace stands before others'.
    is_namespace: bool,
    has_group: bool,
    gvk: String,
    id: String,
}

fn key(id: &Id, ranks: &HashMap<&str, i64>) -> Key {
    fn or<'t>(text: &'t str, none: &'t str) -> &'t str {
        if text.is_empty() { none } else { text }
    }
    let Gvk { group, version, kind } = &id.gvk;
    let gvk = [or(group, "~G"), or(version, "~V"), or(kind, "~K")].join("_");
    let parts = [
        or(kind, "[noKind]"),
        ".",
        or(version, "[noVer]"),
        ".",
        or(group, "[noGrp]"),
        "|",
        or(&id.namespace, "~X"),
        "|",
        or(&id.name, "~N"),
    ];
    Key {
        rank: ranks.get(kind.as_str()).copied().unwrap_or_default(),
        is_namespace: kind == "Namespace",
        has_group: !group.is_empty(),
        gvk,
        id: parts.concat(),
    }
}

fn compare(a: &Key, b: &Key) -> Ordering {
    if a.gvk == b.gvk {
        return a.id.cmp(&b.id);
    }
    a.rank.cmp(&b.rank).then_with(|| {
        let order = a.gvk.cmp(&b.gvk);
        let reversed = a.is_namespace && b.is_namespace && !(a.has_group && b.has_group);
        if reversed { order.reverse() } else { order }
    })
}
