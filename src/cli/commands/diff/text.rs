//! Differences for people at a terminal.

use std::fmt::Write as _;

use serde_json::Value;

use super::shown::{ClusterDifference, Group, State, nothing};
use crate::cli::table::one_line;
use crate::flux::diff::{Change, Difference, Fate, Field, Held};

/// A value that is longer is cut.
const LONGEST: usize = 400;

pub(in crate::cli::commands) fn write(
    names: &(String, String),
    clusters: &[ClusterDifference<'_>],
) -> String {
    let (before, after) = names;
    let mut out = String::new();
    let differing: Vec<_> = clusters.iter().filter(|cluster| !cluster.is_empty()).collect();
    if differing.is_empty() {
        return format!("{} between {before} and {after}.\n", nothing(clusters));
    }
    let _ = writeln!(out, "From {before} to {after}:");
    for cluster in &differing {
        out.push('\n');
        let _ = writeln!(out, "Cluster {}: {}", cluster.name, summary(cluster));
        let loud: Vec<_> = cluster.loud().collect();
        if !loud.is_empty() {
            let _ = writeln!(out, "  DELETED FROM THE CLUSTER by prune:");
            for one in loud {
                let _ = writeln!(out, "    {}{}", name(one), consequence(one));
            }
        }
        for group in &cluster.groups {
            write_group(&mut out, group);
        }
    }
    let same = clusters.len() - differing.len();
    if same > 0 {
        let plural = if same == 1 { "" } else { "s" };
        let _ = writeln!(out, "\nNothing changes on {same} other cluster{plural}.");
    }
    out
}

/// An object, on one line whatever it is called.
pub(in crate::cli::commands) fn name(one: &Difference<'_>) -> String {
    one_line(&one.identity.to_string())
}

/// What else goes with an object.
pub(in crate::cli::commands) fn consequence(one: &Difference<'_>) -> String {
    let mut words = match one.identity.kind.as_str() {
        "Namespace" => ", with everything in it",
        "CustomResourceDefinition" => ", with every object of its kind",
        "HelmRelease" => ", which uninstalls it",
        _ => "",
    }
    .to_owned();
    match (&one.change, one.held) {
        (Change::Moved { from, .. }, Some(Held::Suspended)) => {
            let _ = write!(words, ": {from} prunes it, and {} is suspended", one.applier);
        }
        (Change::Moved { from, .. }, _) => {
            let _ = write!(words, ": if {from} prunes it before {} has it", one.applier);
        }
        (_, Some(Held::Suspended)) => words.push_str(" (once it is resumed)"),
        _ => {}
    }
    one_line(&words)
}

/// How many objects differ, in words.
pub(in crate::cli::commands) fn summary(cluster: &ClusterDifference<'_>) -> String {
    match cluster.only {
        Some(State::After) => return format!("new, with {} objects", cluster.objects),
        Some(State::Before) => {
            return format!(
                "no longer here; its {} objects stay on it as they are",
                cluster.objects
            );
        }
        None => {}
    }
    let (added, changed, removed) = cluster.counts();
    let parts = [(added, "added"), (changed, "changed"), (removed, "removed")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    parts.join(", ")
}

fn write_group(out: &mut String, Group { tenant, differences }: &Group<'_>) {
    let _ = match tenant {
        Some(tenant) => writeln!(out, "  Tenant {}", one_line(tenant)),
        None => writeln!(out, "  Platform"),
    };
    for one in differences {
        let _ = writeln!(out, "    {} {} ({})", sign(&one.change), name(one), by(one));
        for field in fields(&one.change) {
            let _ = writeln!(out, "        {}", line(field));
        }
    }
}

pub(in crate::cli::commands) fn fields<'d>(change: &'d Change<'_>) -> &'d [Field] {
    match change {
        Change::Changed(fields) | Change::Moved { fields, .. } => fields,
        Change::Added | Change::Removed(_) => &[],
    }
}

pub(in crate::cli::commands) fn sign(change: &Change<'_>) -> char {
    match change {
        Change::Added => '+',
        Change::Changed(_) | Change::Moved { .. } => '~',
        Change::Removed(_) => '-',
    }
}

/// Who applies an object, and what is to be known of that.
pub(in crate::cli::commands) fn by(one: &Difference<'_>) -> String {
    let mut words = match &one.change {
        Change::Removed(_) => format!("was of {}", one.applier),
        Change::Moved { from, at_risk: true, .. } => {
            format!(
                "moves from {from} to {}; deleted and made anew if {from} prunes it first",
                one.applier
            )
        }
        Change::Moved { from, .. } => format!("moves from {from} to {}", one.applier),
        _ => one.applier.to_string(),
    };
    if let Change::Removed(fate) = one.change {
        words.push_str(match fate {
            Fate::Pruned => "; deleted",
            Fate::StaysUnpruned => "; stays: its Kustomization prunes nothing",
            Fate::StaysKept => "; stays: its annotations say so",
            Fate::StaysOrphaned => "; stays: its Kustomization leaves it behind",
            Fate::StaysSuspended => "; stays: its Kustomization goes while it is suspended",
            Fate::Unknown => {
                "; its Kustomization has another source now, and what that holds is not known here"
            }
        });
    }
    words.push_str(match one.held {
        Some(Held::Suspended) => "; suspended: not now",
        Some(Held::IfNotPresent) => "; applied only where it is not there: not now",
        Some(Held::Ignored) => "; not applied: its annotations say so",
        Some(Held::FromElsewhere) => "; may be there already: its Kustomization had another source",
        None => "",
    });
    one_line(&words)
}

/// One field in a line.
pub(in crate::cli::commands) fn line(field: &Field) -> String {
    let Field { path, before, after, secret } = field;
    let path = one_line(path);
    match (before, after) {
        _ if *secret && before.is_some() && after.is_some() => format!("{path}: *** (changed)"),
        (Some(before), Some(after)) => format!("{path}: {} -> {}", short(before), short(after)),
        (None, Some(after)) => format!("{path}: + {}", short(after)),
        (Some(before), None) => format!("{path}: - {}", short(before)),
        (None, None) => path,
    }
}

fn short(value: &Value) -> String {
    let text = one_line(&value.to_string());
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}... ({} characters)", &text[..at], text.chars().count()),
        None => text,
    }
}
