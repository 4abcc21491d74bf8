//! What patches did, as diagnostics at the lines of the description that say them; what is alike on several clusters is told once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Job, Meeting};
use crate::check::charts;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::flux::Identity;
use crate::generate::Generated;
use crate::patches::apply::{Failure, Outcome, Replaced};
use crate::patches::{Held, Patches};
use crate::schemas::Fault;
use crate::spec::patch::Operation;
use crate::spec::text::ClusterName;

/// How many objects or clusters are named.
const NAMED: usize = 5;

/// How long a value is that is shown.
const SHOWN: usize = 60;

/// Everything that is found.
pub(super) fn tell(generated: &Generated, patches: &Patches, jobs: &[Job<'_>]) -> Vec<Diagnostic> {
    let teller = Teller { generated, patches, jobs };
    let mut found = teller.failures();
    found.extend(teller.ties());
    found.extend(teller.lost());
    found.extend(teller.unfit());
    if found.is_empty() {
        found.extend(teller.without_effect());
    }
    if found.is_empty() {
        found.extend(teller.overridden());
        found.extend(teller.replaced());
        found.extend(teller.selects_more());
        found.extend(teller.refused());
    }
    found
}

struct Teller<'t> {
    generated: &'t Generated,
    patches: &'t Patches,
    jobs: &'t [Job<'t>],
}

/// What is alike: where, and in which objects.
#[derive(Default)]
struct Alike<'t> {
    clusters: BTreeSet<&'t ClusterName>,
    objects: BTreeSet<&'t Identity>,
}

impl<'t> Teller<'t> {
    fn held(&self, number: usize) -> Option<&'t Held> {
        self.patches.all().get(number)
    }

    /// Where a part of a patch is said.
    fn place(&self, held: &Held, part: usize, below: &str) -> Place {
        let pointer = if !held.said.operations.is_empty() {
            format!("/operations/{part}")
        } else if held.said.delete {
            "/delete".to_owned()
        } else {
            format!("/merge{below}")
        };
        held.place(&self.generated.platform, &pointer)
    }

    /// What a part is called.
    fn part(held: &Held, part: usize) -> String {
        match held.said.operations.get(part) {
            Some(operation) => {
                format!("operation {} (`{}`) of patch {held}", part + 1, operation.op.as_str())
            }
            None if held.said.delete => format!("patch {held}"),
            None => format!("the merge of patch {held}"),
        }
    }

    fn failures(&self) -> Vec<Diagnostic> {
        let mut alike: BTreeMap<(usize, usize, String), (Alike<'_>, &Failure)> = BTreeMap::new();
        for job in self.jobs {
            for one in &job.parts {
                let Outcome::Failed(failure) = &one.part.outcome else { continue };
                let key = (one.held, one.number, failure.reason.clone());
                let (alike, _) = alike.entry(key).or_insert_with(|| (Alike::default(), failure));
                alike.clusters.insert(job.cluster);
                alike.objects.insert(&one.object);
            }
        }
        let told = alike.into_iter().filter_map(|((number, part, reason), (alike, failure))| {
            let held = self.held(number)?;
            let what = Self::part(held, part);
            let objects = named(alike.objects.iter().map(ToString::to_string));
            let clusters = named(alike.clusters.iter().map(|name| format!("`{name}`")));
            let message = format!("{what} fails on {clusters}, in {objects}: {reason}");
            let diagnostic = Diagnostic::error(Code::PatchFailed, message)
                .at(self.place(held, part, ""))
                .label(match failure.adds {
                    true => "the cluster would add it, without a word",
                    false => "the cluster would refuse this",
                });
            let selected: BTreeSet<&Identity> =
                self.jobs.iter().flat_map(|job| job.selected.get(&number)).flatten().collect();
            let mut help = help(failure);
            if selected.len() > alike.objects.len() {
                let all = named(selected.iter().map(ToString::to_string));
                let also = format!("the target selects {}: {all}", count(selected.len()));
                help = Some(match help {
                    Some(help) => format!("{also}; narrow it, or {help}"),
                    None => format!("{also}; narrow it"),
                });
            }
            Some(match help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            })
        });
        told.collect()
    }

    /// What does not fit its schema any more.
    fn unfit(&self) -> Vec<Diagnostic> {
        let mut alike: BTreeMap<(usize, usize, &str), (Alike<'_>, &Fault)> = BTreeMap::new();
        for job in self.jobs {
            for (number, part, misfit) in &job.unfit {
                let fault = &misfit.fault;
                let key = (*number, *part, &*fault.message);
                let (alike, _) = alike.entry(key).or_insert_with(|| (Alike::default(), fault));
                alike.clusters.insert(job.cluster);
                alike.objects.insert(&misfit.identity);
            }
        }
        let told = alike.into_iter().filter_map(|((number, part, message), (alike, fault))| {
            let held = self.held(number)?;
            let objects = named(alike.objects.iter().map(ToString::to_string));
            let clusters = named(alike.clusters.iter().map(|name| format!("`{name}`")));
            let below = if held.said.operations.is_empty() { &*fault.pointer } else { "" };
            let diagnostic = Diagnostic::error(
                Code::SchemaViolation,
                format!(
                    "with patch {held}, {objects} does not fit its schema on {clusters}: {message}"
                ),
            )
            .at(self.place(held, part, below))
            .label("the API server would refuse this");
            Some(match &fault.help {
                Some(help) => diagnostic.help(help.clone()),
                None => diagnostic,
            })
        });
        told.collect()
    }

    /// Patches of one scope that write one field.
    fn ties(&self) -> Vec<Diagnostic> {
        self.meetings(|first, second, _| first.rank == second.rank)
            .into_iter()
            .filter_map(|(meeting, alike)| {
                let [first, second] = meeting.patches;
                let (first, second) = (self.held(first)?, self.held(second)?);
                let (field, object) = (shown(&meeting.field), &meeting.object);
                let clusters = named(alike.clusters.iter().map(|name| format!("`{name}`")));
                let message = format!(
                    "patches {first} and {second} both write {field} of {object} on {clusters}, and neither scope is narrower"
                );
                Some(
                    Diagnostic::error(Code::PatchTie, message)
                        .at(self.place(second, meeting.parts[1], &meeting.field))
                        .label(format!("both hold for {}", second.rank))
                        .related(
                            self.place(first, meeting.parts[0], &meeting.field),
                            format!("the other one, {first}"),
                        )
                        .help("say both in one patch, or give one of them a narrower scope, which wins"),
                )
            })
            .collect()
    }

    /// Patches that a narrower one writes over.
    fn overridden(&self) -> Vec<Diagnostic> {
        self.meetings(|first, second, meeting| first.rank != second.rank && !meeting.below)
            .into_iter()
            .filter_map(|(meeting, alike)| {
                let [loser, winner] = meeting.patches;
                let (loser, winner) = (self.held(loser)?, self.held(winner)?);
                let (field, object) = (shown(&meeting.field), &meeting.object);
                let clusters = named(alike.clusters.iter().map(|name| format!("`{name}`")));
                let message = format!(
                    "patches {loser} and {winner} both write {field} of {object} on {clusters}; {winner} wins"
                );
                Some(
                    Diagnostic::warning(Code::PatchOverridden, message)
                        .at(self.place(winner, meeting.parts[1], &meeting.field))
                        .label(format!("wins: it holds for {}", winner.rank))
                        .related(
                            self.place(loser, meeting.parts[0], &meeting.field),
                            format!("has no effect there: it holds for {}", loser.rank),
                        )
                        .help("nothing is wrong if that is meant; else narrow the scope of one of the two"),
                )
            })
            .collect()
    }

    /// The meetings of patches, each pair once.
    fn meetings(
        &self,
        counts: impl Fn(&Held, &Held, &Meeting) -> bool,
    ) -> Vec<(&'t Meeting, Alike<'t>)> {
        let mut alike: BTreeMap<[usize; 2], (&Meeting, Alike<'_>)> = BTreeMap::new();
        for job in self.jobs {
            for meeting in &job.meets {
                let [first, second] = meeting.patches;
                let (Some(one), Some(other)) = (self.held(first), self.held(second)) else {
                    continue;
                };
                if counts(one, other, meeting) {
                    let entry = alike.entry(meeting.patches).or_insert((meeting, Alike::default()));
                    entry.1.clusters.insert(job.cluster);
                    entry.1.objects.insert(&meeting.object);
                }
            }
        }
        alike.into_values().collect()
    }

    /// Patches whose objects others took away.
    fn lost(&self) -> Vec<Diagnostic> {
        let mut alike: BTreeMap<(usize, Option<usize>), Alike<'_>> = BTreeMap::new();
        for job in self.jobs {
            for lost in &job.lost {
                alike.entry(*lost).or_default().clusters.insert(job.cluster);
            }
        }
        let told = alike.into_iter().filter_map(|((number, by), alike)| {
            let held = self.held(number)?;
            let clusters = named(alike.clusters.iter().map(|name| format!("`{name}`")));
            let diagnostic = Diagnostic::error(
                Code::PatchMatchedNothing,
                format!("patch {held} has nothing left to change on {clusters}"),
            )
            .at(held.place(&self.generated.platform, "/target"))
            .label("selects no object");
            Some(match by.and_then(|by| self.held(by)) {
                Some(by) => diagnostic
                    .related(self.place(by, 0, ""), format!("{by} takes it away before"))
                    .help("delete one of the two, or let their scopes not meet"),
                None => diagnostic.help("a patch before it changed what the target goes by"),
            })
        });
        told.collect()
    }

    /// Parts that change nothing on a cluster.
    fn without_effect(&self) -> Vec<Diagnostic> {
        // Of a patch some of whose Kustomizations are as they were, not everything is known.
        let mut looked_at: BTreeMap<(usize, &ClusterName), usize> = BTreeMap::new();
        let mut effect: BTreeMap<(usize, usize, &ClusterName), (bool, &Identity)> = BTreeMap::new();
        for job in self.jobs {
            for number in job.selected.keys() {
                *looked_at.entry((*number, job.cluster)).or_default() += 1;
            }
            for one in &job.parts {
                let entry = effect
                    .entry((one.held, one.number, job.cluster))
                    .or_insert((false, &one.object));
                entry.0 |= one.part.outcome == Outcome::Changed;
            }
        }
        let mut there: BTreeMap<(usize, &ClusterName), usize> = BTreeMap::new();
        for placed in &self.generated.placed {
            for number in placed.selected.keys() {
                *there.entry((*number, &placed.cluster)).or_default() += 1;
            }
        }
        let mut alike: BTreeMap<(usize, usize), Alike<'_>> = BTreeMap::new();
        for ((number, part, cluster), (changed, object)) in effect {
            let at = (number, cluster);
            if !changed && looked_at.get(&at) == there.get(&at) {
                let entry = alike.entry((number, part)).or_default();
                entry.clusters.insert(cluster);
                entry.objects.insert(object);
            }
        }
        let told = alike.into_iter().filter_map(|((number, part), alike)| {
            let held = self.held(number)?;
            let what = Self::part(held, part);
            let clusters = named(alike.clusters.iter().map(|name| format!("`{name}`")));
            let objects = named(alike.objects.iter().map(ToString::to_string));
            Some(
                Diagnostic::error(
                    Code::PatchChangedNothing,
                    format!("{what} changes nothing on {clusters}, in {objects}"),
                )
                .at(self.place(held, part, ""))
                .label("is so already")
                .help(
                    "take it out, or narrow the scope to the clusters where it makes a difference",
                ),
            )
        });
        told.collect()
    }

    /// Lists and mappings that were replaced as a whole.
    fn replaced(&self) -> Vec<Diagnostic> {
        let mut alike: BTreeMap<(usize, usize, &str), (Alike<'_>, &Replaced)> = BTreeMap::new();
        for job in self.jobs {
            for one in &job.parts {
                for replaced in &one.part.replaced {
                    let key = (one.held, one.number, &*replaced.pointer);
                    let (alike, _) =
                        alike.entry(key).or_insert_with(|| (Alike::default(), replaced));
                    alike.clusters.insert(job.cluster);
                    alike.objects.insert(&one.object);
                }
            }
        }
        let told = alike.into_iter().filter_map(|((number, part, field), (alike, replaced))| {
            let held = self.held(number)?;
            let what = Self::part(held, part);
            let container = if replaced.before.is_array() { "list" } else { "mapping" };
            let objects = named(alike.objects.iter().map(ToString::to_string));
            let secret = alike.objects.iter().any(|object| object.kind == "Secret");
            let value = |value: &Json| if secret { "***".to_owned() } else { short(value) };
            let message = format!(
                "{what} replaces the whole {container} `{field}` of {objects}: it was {}, and becomes {}",
                value(&replaced.before),
                value(&replaced.after),
            );
            let help = match (held.said.operations.is_empty(), replaced.before.is_array()) {
                (false, true) => format!(
                    "if that is meant, write `op: replace`, which says so; `path: {field}/-` appends to the list"
                ),
                (false, false) => "if that is meant, write `op: replace`, which says so; to add a field, name it in `path`".to_owned(),
                (true, _) => format!(
                    "lists of this kind are not merged; if that is meant, write an operation `replace` of `{field}`, which says so; `add` with `path: {field}/-` appends"
                ),
            };
            let below = if held.said.operations.is_empty() { field } else { "" };
            Some(
                Diagnostic::warning(Code::PatchReplaces, message)
                    .at(self.place(held, part, below))
                    .label(format!("replaces {}", count_of(&replaced.before)))
                    .help(help),
            )
        });
        told.collect()
    }

    /// Values that charts are known to refuse.
    fn refused(&self) -> Vec<Diagnostic> {
        let mut seen = BTreeSet::new();
        let all = self.jobs.iter().flat_map(|job| job.refused.iter().map(move |one| (job, one)));
        let first = all.filter(|(_, (number, part, ..))| seen.insert((*number, *part)));
        let told = first.filter_map(|(job, (number, part, component, fact))| {
            let held = self.held(*number)?;
            let component =
                self.generated.platform.components.get(component)?.at_cluster(job.cluster);
            Some(charts::refused(component, fact, self.place(held, *part, "")))
        });
        told.collect()
    }

    /// Targets that name an object and select others besides.
    fn selects_more(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (number, held) in self.patches.all().iter().enumerate() {
            let Some(name) = &held.said.target.name else { continue };
            let selected: BTreeSet<&Identity> =
                self.jobs.iter().flat_map(|job| job.selected.get(&number)).flatten().collect();
            let named_so = selected.iter().any(|one| one.name == *name);
            if !named_so || selected.iter().all(|one| one.name == *name) {
                continue;
            }
            let all = named(selected.iter().map(ToString::to_string));
            let message = format!(
                "`{name}` is a regular expression, and selects {}: {all}",
                count(selected.len())
            );
            found.push(
                Diagnostic::warning(Code::PatchSelectsMore, message)
                    .at(held.place(&self.generated.platform, "/target/name"))
                    .label("selects more than the object of this name")
                    .help(format!(
                        "write `{}` for that one alone",
                        crate::patches::text::literally(name)
                    )),
            );
        }
        found
    }
}

fn help(failure: &Failure) -> Option<String> {
    if failure.adds {
        return Some("correct `path`, or write `op: add` where it is meant to be new".to_owned());
    }
    if !failure.parents.is_empty() {
        let parents: Vec<String> = failure.parents.iter().map(line).collect();
        return Some(format!(
            "add what is missing first:\n{}\nor say it as a `merge`, which adds parents",
            parents.join("\n")
        ));
    }
    failure.items.map(|items| match items {
        0 => "the list is empty; `-` in the place of the number appends".to_owned(),
        items => {
            format!("the last item is number {}; `-` in the place of the number appends", items - 1)
        }
    })
}

/// An operation on one line, as it is written into a description.
pub(super) fn line(operation: &Operation) -> String {
    format!(
        "- {{ op: {}, path: {}, value: {} }}",
        operation.op.as_str(),
        operation.path,
        operation.value
    )
}

fn shown(field: &str) -> String {
    if field.is_empty() { "all".to_owned() } else { format!("`{field}`") }
}

fn short(value: &Json) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}

fn count_of(value: &Json) -> String {
    match value {
        Json::Array(items) if items.len() == 1 => "one item".to_owned(),
        Json::Array(items) => format!("{} items", items.len()),
        Json::Object(fields) if fields.len() == 1 => "one field".to_owned(),
        Json::Object(fields) => format!("{} fields", fields.len()),
        _ => "a value".to_owned(),
    }
}

fn count(objects: usize) -> String {
    if objects == 1 { "one object".to_owned() } else { format!("{objects} objects") }
}

fn named(names: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = names.collect();
    let more = all.len().saturating_sub(NAMED);
    let shown = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}
