//! From what is asked for to what each cluster sees, and the edits that bring it there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::part::{Part, at, dotted, keeps_null};
use super::{Move, Pinned, PromoteError, Promotion, Sight, Standing, Waves, Wishes};
use crate::spec::text::{ClusterName, EnvironmentName};
use crate::spec::{EntityKind, Overrides, Platform, Scope, Written};

/// What a promotion of a component or a tenant comes to.
///
/// # Errors
/// See [`PromoteError`].
pub fn promotion(
    platform: &Platform,
    kind: EntityKind,
    name: &str,
    wishes: &Wishes,
) -> Result<Promotion, PromoteError> {
    in_order(platform, wishes)?;
    let absent = || PromoteError::Absent { kind, name: name.to_owned(), from: wishes.from.clone() };
    let written = platform.written(kind, name).ok_or_else(absent)?;
    let from: Vec<There> = clusters(platform, &written, kind, name, &wishes.from)
        .into_iter()
        .filter(|there| !there.absent)
        .collect();
    let to = clusters(platform, &written, kind, name, &wishes.to);
    let origin = match &wishes.from_cluster {
        None => from.first().ok_or_else(absent)?,
        Some(cluster) => from.iter().find(|there| there.name == *cluster).ok_or_else(|| {
            PromoteError::NotFrom {
                kind,
                name: name.to_owned(),
                cluster: cluster.clone(),
                from: wishes.from.clone(),
            }
        })?,
    };
    let mut promotion = Promotion {
        sights: Vec::new(),
        edits: Vec::new(),
        wave: None,
        next: None,
        notes: Vec::new(),
    };
    let run = Run { kind, written: &written, wanted: &origin.it, to: &wishes.to, clusters: &to };
    let mut parts = parts(kind, name, wishes, &run)?;
    if wishes.from_cluster.is_none() {
        agree(&wishes.from, &from, &parts)?;
    }
    parts = run.that_are_there(parts, &wishes.to, &mut promotion.notes)?;
    for there in from.iter().filter(|there| there.suspended) {
        promotion.notes.push(format!(
            "it is suspended on `{}`, which may never have run what is described for it",
            there.name
        ));
    }
    if to.iter().all(|there| there.absent) {
        promotion.notes.push(format!("it is on no cluster of `{}` yet", wishes.to));
    }
    run.carry_out(&parts, wishes, promotion)
}

fn in_order(platform: &Platform, wishes: &Wishes) -> Result<(), PromoteError> {
    let Wishes { from, to, .. } = wishes;
    if from == to {
        return Err(PromoteError::Same(from.clone()));
    }
    if wishes.out_of_order {
        return Ok(());
    }
    let all: Vec<&EnvironmentName> = platform.environments().collect();
    let place = |name| all.iter().position(|one| *one == name).unwrap_or_default();
    let (first, last) = (place(from), place(to));
    if last < first {
        return Err(PromoteError::Backwards { from: from.clone(), to: to.clone() });
    }
    let over: Vec<EnvironmentName> = all[first + 1..last]
        .iter()
        .filter(|name| has_clusters(platform, name))
        .map(|name| (*name).clone())
        .collect();
    if over.is_empty() {
        return Ok(());
    }
    Err(PromoteError::Over { from: from.clone(), to: to.clone(), over })
}

/// Whether anybody could have seen something in an environment.
fn has_clusters(platform: &Platform, environment: &EnvironmentName) -> bool {
    platform.clusters_in(environment).next().is_some()
}

/// An entity on a cluster of an environment.
struct There {
    name: ClusterName,
    wave: u32,
    /// What it is there.
    it: Value,
    absent: bool,
    suspended: bool,
}

/// The clusters of an environment that the entity is placed on, by wave and then by name.
fn clusters(
    platform: &Platform,
    written: &Written,
    kind: EntityKind,
    name: &str,
    environment: &EnvironmentName,
) -> Vec<There> {
    let placed = match kind {
        EntityKind::Tenant => {
            let tenant = platform.tenants.get_key_value(name).map(|(name, _)| name);
            tenant.map(|name| platform.clusters_of(name)).unwrap_or_default()
        }
        _ => platform.clusters.keys().collect(),
    };
    let mut found: Vec<There> = placed
        .into_iter()
        .filter(|cluster| platform.environment_of(cluster) == Some(environment))
        .map(|cluster| {
            let it = written.at(Scope::Cluster(cluster), Overrides::Cluster);
            There {
                wave: platform.clusters.get(cluster).map_or(0, |cluster| cluster.base.wave),
                absent: it.get("enabled") == Some(&Value::Bool(false)),
                suspended: it.get("suspend") == Some(&Value::Bool(true)),
                name: cluster.clone(),
                it,
            }
        })
        .collect();
    found.sort_by_key(|there| there.wave);
    found
}

/// What moves, from what the entity is where it is taken from.
fn parts(
    kind: EntityKind,
    name: &str,
    wishes: &Wishes,
    run: &Run<'_>,
) -> Result<Vec<Part>, PromoteError> {
    let mut parts = Vec::new();
    if kind == EntityKind::Component {
        parts.extend(Part::of_component(run.wanted));
    } else {
        let sources = run.wanted.get("sources").and_then(Value::as_object);
        let known: Vec<String> =
            sources.into_iter().flatten().map(|(name, _)| name.clone()).collect();
        for asked in &wishes.sources {
            if !known.iter().any(|name| name == asked.as_str()) {
                return Err(PromoteError::UnknownSource {
                    name: asked.to_string(),
                    from: wishes.from.clone(),
                    known,
                });
            }
        }
        let asked = |name: &&String| {
            wishes.sources.is_empty() || wishes.sources.iter().any(|one| one.as_str() == *name)
        };
        parts.extend(
            known.iter().filter(asked).filter_map(|name| Part::of_source(run.wanted, name)),
        );
    }
    let there = run.written.at(Scope::Environment(run.to), Overrides::Cluster);
    let below = run.written.at(Scope::Environment(run.to), Overrides::None);
    let all: Vec<&Value> = [run.wanted, &there, &below]
        .into_iter()
        .chain(run.clusters.iter().map(|there| &there.it))
        .collect();
    for field in &wishes.fields {
        let part = Part::of_field(field, &all)?;
        let top = part.fields.first().and_then(|keys| keys.first());
        if top.is_some_and(|key| crate::spec::PINNED.contains(&key.as_str())) {
            return Err(PromoteError::NotOverridable(field.clone()));
        }
        parts.push(part);
    }
    if parts.is_empty() {
        return Err(PromoteError::Nothing { kind, name: name.to_owned() });
    }
    Ok(parts)
}

/// The clusters that it is taken from have one version between them.
fn agree(from: &EnvironmentName, there: &[There], parts: &[Part]) -> Result<(), PromoteError> {
    let Some(first) = there.first() else { return Ok(()) };
    let differs = |part: &&Part| there.iter().any(|other| !part.same(&first.it, &other.it));
    let Some(part) = parts.iter().find(differs) else { return Ok(()) };
    let what = if part.what.is_empty() { String::new() } else { format!("{} ", part.what) };
    let values = there
        .iter()
        .map(|there| (there.name.clone(), format!("{what}{}", part.words(&there.it))))
        .collect();
    Err(PromoteError::Mixed { from: from.clone(), values })
}

/// A promotion on its way: what is wanted, and where.
struct Run<'a> {
    kind: EntityKind,
    written: &'a Written,
    /// The entity as it is to be.
    wanted: &'a Value,
    to: &'a EnvironmentName,
    clusters: &'a [There],
}

impl Run<'_> {
    /// Without the sources that are not there; what is there must be fetched in the same way.
    fn that_are_there(
        &self,
        parts: Vec<Part>,
        to: &EnvironmentName,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Part>, PromoteError> {
        let there = self.written.at(Scope::Environment(to), Overrides::Cluster);
        let mut kept = Vec::with_capacity(parts.len());
        for part in parts {
            match part.origin(&there) {
                Some((_, None)) => {
                    notes.push(format!("there is no source `{}` in `{to}`: left out", part.what));
                }
                Some((from, Some(to))) if from != to => {
                    let what = match part.what.as_str() {
                        "" => "the component".to_owned(),
                        name => format!("the source `{name}`"),
                    };
                    return Err(PromoteError::AnotherOrigin { what, from, to });
                }
                _ => kept.push(part),
            }
        }
        Ok(kept)
    }

    fn carry_out(
        &self,
        parts: &[Part],
        wishes: &Wishes,
        mut promotion: Promotion,
    ) -> Result<Promotion, PromoteError> {
        let mut pending = BTreeSet::new();
        let fixed: Vec<bool> =
            parts.iter().map(|part| !wishes.follow && self.would_loosen(part)).collect();
        for there in self.clusters {
            let mut sight = Sight {
                cluster: there.name.clone(),
                wave: there.wave,
                suspended: there.suspended,
                absent: there.absent,
                moves: Vec::new(),
            };
            for (part, fixed) in parts.iter().zip(&fixed).filter(|_| !there.absent) {
                let standing = match self.standing(part, there, wishes.pinned) {
                    Standing::Later if *fixed => Standing::Fixed,
                    standing => standing,
                };
                if standing == Standing::Later {
                    pending.insert(there.wave);
                }
                sight.moves.push(Move {
                    what: part.what.clone(),
                    before: part.words(&there.it),
                    after: part.words(self.wanted),
                    standing,
                });
            }
            promotion.sights.push(sight);
        }
        if wishes.pinned == Pinned::Ask {
            unfinished(&promotion.sights, parts.len())?;
        }
        let reach = match wishes.waves {
            Waves::Next => pending.first().copied(),
            Waves::All => None,
            Waves::UpTo(wave) => Some(self.known(wave)?),
        };
        promotion.next =
            reach.and_then(|reach| pending.iter().find(|wave| **wave > reach)).copied();
        promotion.wave = reach.filter(|_| promotion.next.is_some());
        for sight in &mut promotion.sights {
            let turn = promotion.wave.is_none_or(|reach| sight.wave <= reach);
            for part in sight.moves.iter_mut().filter(|_| turn) {
                if part.standing == Standing::Later {
                    part.standing = Standing::Promoted;
                }
            }
        }
        for (at, part) in parts.iter().enumerate().filter(|(at, _)| !fixed[*at]) {
            let edits = match promotion.wave {
                Some(_) => self.on_clusters(part, at, &promotion.sights)?,
                None => self.everywhere(part, at, &promotion.sights)?,
            };
            promotion.edits.extend(edits);
        }
        Ok(promotion)
    }

    /// What happens to a part on a cluster, as if its turn never came.
    fn standing(&self, part: &Part, there: &There, pinned: Pinned) -> Standing {
        if part.same(&there.it, self.wanted) {
            return Standing::Already;
        }
        let another = part.origin(&there.it).is_some_and(|(here, there)| there != Some(here));
        let own = self.written.override_at(Scope::Cluster(&there.name));
        if another || (pinned != Pinned::Include && own.is_some_and(|own| part.said_in(&own))) {
            return Standing::Pinned;
        }
        Standing::Later
    }

    /// Whether it would take something that is fixed, in the environment or on a cluster, to what moves by itself.
    fn would_loosen(&self, part: &Part) -> bool {
        let there = self.written.at(Scope::Environment(self.to), Overrides::Cluster);
        let clusters = self.clusters.iter().filter(|there| !there.absent).map(|there| &there.it);
        !part.is_fixed(self.wanted) && clusters.chain([&there]).any(|it| part.is_fixed(it))
    }

    fn known(&self, wave: u32) -> Result<u32, PromoteError> {
        let waves: BTreeSet<u32> = self.clusters.iter().map(|there| there.wave).collect();
        if waves.contains(&wave) {
            return Ok(wave);
        }
        Err(PromoteError::NoSuchWave {
            to: self.to.clone(),
            wave,
            waves: waves.into_iter().collect(),
        })
    }

    /// The edits that give it to the clusters whose turn it is.
    fn on_clusters(
        &self,
        part: &Part,
        nth: usize,
        sights: &[Sight],
    ) -> Result<Edits, PromoteError> {
        let mut edits = Edits::new();
        for sight in sights {
            let standing = sight.moves.get(nth).map(|part| part.standing);
            if standing == Some(Standing::Promoted) {
                let scope = Scope::Cluster(&sight.cluster);
                let below = self.written.at(scope, Overrides::Environment);
                edits.extend(self.say(part, scope, &[&below])?);
            }
        }
        Ok(edits)
    }

    /// The edits that give it to the environment, and take from its clusters what they said for themselves meanwhile.
    fn everywhere(&self, part: &Part, nth: usize, sights: &[Sight]) -> Result<Edits, PromoteError> {
        let scope = Scope::Environment(self.to);
        let follow: Vec<&ClusterName> = sights
            .iter()
            .filter(|sight| {
                sight.moves.get(nth).is_some_and(|part| part.standing != Standing::Pinned)
            })
            .map(|sight| &sight.cluster)
            .collect();
        let seen = |overrides| {
            let clusters = follow.iter().map(|name| Scope::Cluster(name));
            let scopes = [scope].into_iter().chain(clusters);
            scopes.map(|scope| self.written.at(scope, overrides)).collect::<Vec<_>>()
        };
        let mut edits = Edits::new();
        if seen(Overrides::Environment).iter().any(|it| !part.same(it, self.wanted)) {
            let below = seen(Overrides::None);
            edits.extend(self.say(part, scope, &below.iter().collect::<Vec<_>>())?);
            let unsaid = below.iter().all(|below| part.same(below, self.wanted));
            edits.extend(self.hold(part, nth, sights, unsaid)?);
        }
        for cluster in follow {
            edits.extend(self.unsay(part, Scope::Cluster(cluster)));
        }
        Ok(edits)
    }

    /// The edits that let pinned clusters have what they have although their environment changes: says what is wanted, or, if that
    /// is `unsaid`, nothing any more.
    fn hold(
        &self,
        part: &Part,
        nth: usize,
        sights: &[Sight],
        unsaid: bool,
    ) -> Result<Edits, PromoteError> {
        let mut edits = Edits::new();
        let pinned = |sight: &&Sight| {
            sight.moves.get(nth).is_some_and(|part| part.standing == Standing::Pinned)
        };
        for sight in sights.iter().filter(pinned) {
            let scope = Scope::Cluster(&sight.cluster);
            let it = self.written.at(scope, Overrides::Cluster);
            let own = self.written.override_at(scope).unwrap_or_default();
            let alone = self.written.at(scope, Overrides::None);
            let then = if unsaid { &alone } else { self.wanted };
            for keys in part.to_hold(&it, &own, then) {
                edits.push(self.say_field(scope, keys, at(&it, keys))?);
            }
        }
        Ok(edits)
    }

    /// The edits that say a part in an override, as far as what lies below does not say it already.
    fn say(&self, part: &Part, scope: Scope<'_>, below: &[&Value]) -> Result<Edits, PromoteError> {
        if below.iter().all(|below| part.same(below, self.wanted)) {
            return Ok(self.unsay(part, scope));
        }
        let mut edits = Edits::new();
        for keys in &part.fields {
            let wanted = at(self.wanted, keys);
            if below.iter().all(|below| at(below, keys) == wanted) {
                edits.extend(self.unsay_field(scope, keys));
                continue;
            }
            edits.push(self.say_field(scope, keys, wanted)?);
        }
        Ok(edits)
    }

    fn say_field(
        &self,
        scope: Scope<'_>,
        keys: &[String],
        value: Option<&Value>,
    ) -> Result<(String, Option<Value>), PromoteError> {
        if value.is_none() && keeps_null(self.kind, keys) {
            return Err(PromoteError::CannotUnsay(dotted(keys)));
        }
        Ok((path(scope, keys), Some(value.cloned().unwrap_or(Value::Null))))
    }

    /// The edits that take a part out of an override.
    fn unsay(&self, part: &Part, scope: Scope<'_>) -> Edits {
        part.fields.iter().filter_map(|keys| self.unsay_field(scope, keys)).collect()
    }

    fn unsay_field(&self, scope: Scope<'_>, keys: &[String]) -> Option<(String, Option<Value>)> {
        let layer = self.written.override_at(scope)?;
        at(&layer, keys).map(|_| (path(scope, keys), None))
    }
}

/// That the first waves have one and the same thing of their own, where others wait, is what a promotion leaves that was not
/// finished, and may as well be meant: to go on with the later waves would turn their order around.
fn unfinished(sights: &[Sight], parts: usize) -> Result<(), PromoteError> {
    for nth in 0..parts {
        let there = || sights.iter().filter_map(|sight| Some((sight, sight.moves.get(nth)?)));
        let waiting = |(_, part): &(&Sight, &Move)| part.standing == Standing::Later;
        let Some((first_waiting, _)) = there().find(waiting) else { continue };
        let first: Vec<_> =
            there().take_while(|(sight, _)| sight.wave < first_waiting.wave).collect();
        let Some((_, one)) = first.first() else { continue };
        let alike = |(_, part): &(&Sight, &Move)| {
            part.standing == Standing::Pinned && part.before == one.before
        };
        if first.iter().all(alike) {
            return Err(PromoteError::Unfinished {
                clusters: first.iter().map(|(sight, _)| sight.cluster.clone()).collect(),
                value: one.before.clone(),
            });
        }
    }
    Ok(())
}

type Edits = Vec<(String, Option<Value>)>;

fn path(scope: Scope<'_>, keys: &[String]) -> String {
    let place = match scope {
        Scope::Base => Vec::new(),
        Scope::Environment(name) => vec!["environments".to_owned(), name.to_string()],
        Scope::Cluster(name) => vec!["clusters".to_owned(), name.to_string()],
    };
    dotted(&[&*place, keys].concat())
}
