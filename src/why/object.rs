//! Which object a person means.
//!
//! In goes `KIND/NAME`, as people write it, and what a cluster applies; out come the places of the object, or the names that are near.
//! An object that no Kustomization applies in the end is looked for among those that a step took away.

use std::collections::BTreeSet;
use std::str::FromStr;

use kustomize::yaml::Node;

use super::place::Histories;
use crate::flux::Identity;
use crate::flux::trace::{Made, Trace};

/// An object as a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The kind, in any case, in the plural or short.
    pub kind: String,
    /// The API group, where it is said.
    pub group: Option<String>,
    /// The namespace, where it is said.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

/// Why a text names no object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write KIND/NAME, or KIND/NAMESPACE/NAME")]
pub struct WantedError;

impl FromStr for Wanted {
    type Err = WantedError;

    fn from_str(text: &str) -> Result<Self, WantedError> {
        let parts: Vec<&str> = text.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Err(WantedError);
        }
        let (kind, namespace, name) = match parts[..] {
            [kind, name] => (kind, None, name),
            [kind, namespace, name] => (kind, Some(namespace.to_owned()), name),
            _ => return Err(WantedError),
        };
        let (kind, group) = match kind.split_once('.') {
            Some((kind, group)) => (kind, Some(group.to_owned())),
            None => (kind, None),
        };
        Ok(Self { kind: kind.to_owned(), group, namespace, name: name.to_owned() })
    }
}

/// Why no object is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// No object has such a kind.
    #[error("cluster `{cluster}` applies no object of a kind `{kind}`")]
    Kind {
        /// What was asked for.
        kind: String,
        /// The cluster.
        cluster: String,
        /// The kinds that there are.
        known: Vec<String>,
    },
    /// No object of the kind has such a name.
    #[error("cluster `{cluster}` applies no {kind} `{name}`")]
    Object {
        /// The kind.
        kind: String,
        /// The name that was asked for.
        name: String,
        /// The cluster.
        cluster: String,
        /// The names of that kind, as they would be asked for.
        known: Vec<String>,
    },
    /// Several objects have the name.
    #[error("several objects are called {kind} `{name}` on cluster `{cluster}`")]
    Several {
        /// The kind.
        kind: String,
        /// The name.
        name: String,
        /// The cluster.
        cluster: String,
        /// Each as it would be asked for.
        all: Vec<String>,
    },
}

/// An object, and where it is.
pub(super) struct Found {
    pub identity: Identity,
    pub places: Vec<Place>,
}

/// Where an object is among what an applier applies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub applier: usize,
    /// Its number among the objects, or among those that are gone.
    pub number: usize,
    pub applied: bool,
}

impl Place {
    /// What was done to the object.
    pub(super) fn history<'t>(&self, trace: &'t Trace) -> Option<&'t [Made]> {
        let all = if self.applied { &trace.histories } else { &trace.gone };
        all.get(self.number).map(Vec::as_slice).filter(|history| !history.is_empty())
    }
}

impl Histories<'_, '_> {
    /// The last that is known of an object.
    pub(super) fn last(&self, place: &Place) -> Option<Node> {
        if place.applied {
            let object = self.cluster.appliers[place.applier].objects().get(place.number)?;
            return Some(object.shown().clone());
        }
        let trace = self.trace(place.applier)?;
        let last = place.history(&trace)?.iter().rev().find_map(|made| made.node.clone())?;
        Some((*last).clone())
    }
}

/// What people call kinds for short, as kubectl and Flux have it.
const SHORT: [(&str, &str); 12] = [
    ("cm", "configmap"),
    ("crd", "customresourcedefinition"),
    ("deploy", "deployment"),
    ("ds", "daemonset"),
    ("hr", "helmrelease"),
    ("ing", "ingress"),
    ("ks", "kustomization"),
    ("netpol", "networkpolicy"),
    ("ns", "namespace"),
    ("sa", "serviceaccount"),
    ("sts", "statefulset"),
    ("svc", "service"),
];

impl Wanted {
    fn is_kind(&self, kind: &str, group: &str) -> bool {
        let (wanted, kind) = (self.kind.to_lowercase(), kind.to_lowercase());
        let plural = match () {
            () if kind.ends_with(['s', 'x']) || kind.ends_with("ch") => format!("{kind}es"),
            () => match kind.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o'])) {
                Some(stem) => format!("{stem}ies"),
                None => format!("{kind}s"),
            },
        };
        let long = SHORT.iter().find(|(short, _)| *short == wanted).map(|(_, long)| *long);
        (wanted == kind || wanted == plural || long == Some(&*kind))
            && self.group.as_ref().is_none_or(|said| said.eq_ignore_ascii_case(group))
    }

    fn is(&self, identity: &Identity) -> bool {
        self.is_kind(&identity.kind, &identity.group)
            && self.name == identity.name
            && self.namespace.as_ref().is_none_or(|said| *said == identity.namespace)
    }

    fn kind(&self) -> String {
        match &self.group {
            Some(group) => format!("{}.{group}", self.kind),
            None => self.kind.clone(),
        }
    }

    fn full_name(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// An object as it is asked for; with its group where that says more.
fn asked(identity: &Identity, with_group: bool) -> String {
    let Identity { namespace, kind, name, group } = identity;
    let group = if with_group && !group.is_empty() { format!(".{group}") } else { String::new() };
    match namespace.is_empty() {
        true => format!("{kind}{group}/{name}"),
        false => format!("{kind}{group}/{namespace}/{name}"),
    }
}

/// Finds the object that is meant.
pub(super) fn find(histories: &Histories<'_, '_>, wanted: &Wanted) -> Result<Found, Unknown> {
    let cluster = histories.cluster;
    let mut all: Vec<(Identity, Place)> = Vec::new();
    for (applier, one) in cluster.appliers.iter().enumerate() {
        for (number, object) in one.objects().iter().enumerate() {
            all.push((object.identity.clone(), Place { applier, number, applied: true }));
        }
    }
    let applied = all.iter().filter(|(identity, _)| wanted.is(identity)).cloned();
    let mut found: Vec<(Identity, Place)> = applied.collect();
    if found.is_empty() {
        // A step may have taken it away, which only the steps tell.
        for applier in 0..cluster.appliers.len() {
            let Some(trace) = histories.trace(applier) else { continue };
            for (number, history) in trace.gone.iter().enumerate() {
                let last = history.iter().rev().find_map(|made| made.node.as_deref());
                let Some(identity) = last.map(Identity::of) else { continue };
                if wanted.is(&identity) {
                    found.push((identity, Place { applier, number, applied: false }));
                }
            }
        }
    }
    let names: BTreeSet<Identity> = found.iter().map(|(identity, _)| identity.clone()).collect();
    let cluster = cluster.name.clone();
    let mut names = names.into_iter();
    match (names.next(), names.next()) {
        (Some(identity), None) => {
            Ok(Found { identity, places: found.into_iter().map(|(_, place)| place).collect() })
        }
        (Some(first), Some(second)) => {
            let with_group = first.group != second.group;
            let all: BTreeSet<String> =
                found.iter().map(|(identity, _)| asked(identity, with_group)).collect();
            let (kind, name) = (wanted.kind(), wanted.full_name());
            Err(Unknown::Several { kind, name, cluster, all: all.into_iter().collect() })
        }
        (None, _) => {
            let of_kind = all.iter().filter(|(one, _)| wanted.is_kind(&one.kind, &one.group));
            let known: BTreeSet<String> = of_kind.map(|(one, _)| asked(one, false)).collect();
            if known.is_empty() {
                let known: BTreeSet<String> =
                    all.iter().map(|(identity, _)| identity.kind.clone()).collect();
                let known = known.into_iter().collect();
                return Err(Unknown::Kind { kind: wanted.kind(), cluster, known });
            }
            let (kind, name) = (wanted.kind(), wanted.full_name());
            Err(Unknown::Object { kind, name, cluster, known: known.into_iter().collect() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_in_any_case_in_the_plural_by_its_group_and_for_short() {
        let is = |wanted: &str, kind: &str, group: &str| {
            wanted.parse::<Wanted>().is_ok_and(|wanted| wanted.is_kind(kind, group))
        };
        for (wanted, kind, group) in [
            ("NetworkPolicies/x", "NetworkPolicy", "networking.k8s.io"),
            ("gateways/x", "Gateway", "gateway.networking.k8s.io"),
            ("ingresses/x", "Ingress", "networking.k8s.io"),
            (
                "kustomizations.kustomize.toolkit.fluxcd.io/x",
                "Kustomization",
                "kustomize.toolkit.fluxcd.io",
            ),
            ("KS/x", "Kustomization", "kustomize.toolkit.fluxcd.io"),
            ("configmap/a/x", "ConfigMap", ""),
        ] {
            assert!(is(wanted, kind, group), "{wanted}");
        }
        assert!(!is("kustomization.example.com/x", "Kustomization", "kustomize.toolkit.fluxcd.io"));
        assert!(!is("config/x", "ConfigMap", ""));
        for wrong in ["x", "/x", "cm/", "cm//x", "a/b/c/d", ""] {
            assert!(wrong.parse::<Wanted>().is_err(), "{wrong}");
        }
    }
}
