//! `tenantry promote`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::change::{Change, Kind, existing};
use crate::cli::commands::Writing;
use crate::cli::dialogue::{Choice, Dialogue, ask};
use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::promote::{
    Move, Pinned, PromoteError, Promotion, Sight, Standing, Waves, Wishes, promotion,
};
use crate::spec::Platform;
use crate::spec::text::{ClusterName, EnvironmentName, ItemName};

/// Move versions and references on from an environment to the next one
///
/// Of a component its version moves, of a tenant the references of its sources (branch, tag, commit, range, digest). Values, quotas and
/// everything else stay, unless `--field` names them. Each cluster is shown with what it has and what it gets.
///
/// Clusters with different waves (`wave:` in `platform/clusters/`) get it one wave after the other: the same command, run again, goes on
/// to the next wave, and the last run makes it the environment's. A cluster for which the entity's own `clusters:` say something else is
/// left as it is.
///
/// Examples:
///
///     tenantry promote component istio-cni
///     tenantry promote component --all --from staging --to production --dry-run
///     tenantry promote tenant team-a --source app --to production --commit
#[derive(Clone, Debug, clap::Subcommand)]
#[command(verbatim_doc_comment)]
pub(crate) enum PromoteCommand {
    /// Promote a component's version
    Component(PromoteComponent),
    /// Promote the references of a tenant's sources
    Tenant(PromoteTenant),
}

/// Which components.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct PromoteComponent {
    /// Its name.
    #[arg(value_name = "NAME")]
    entity: Option<String>,

    /// All components that are not the same in both environments; those that cannot be promoted are told and left.
    #[arg(long, conflicts_with_all = ["entity", "from_cluster", "field"])]
    all: bool,

    #[command(flatten)]
    way: Way,
}

/// Which tenant, and what of it.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct PromoteTenant {
    /// Its name.
    #[arg(value_name = "NAME")]
    entity: Option<String>,

    /// Only this source.
    #[arg(long, value_name = "SOURCE", value_delimiter = ',')]
    source: Vec<ItemName>,

    #[command(flatten)]
    way: Way,
}

/// From where to where, and how.
#[derive(Clone, Debug, clap::Args)]
struct Way {
    /// The environment to take it from. Default: the one before `--to`.
    #[arg(long, value_name = "ENVIRONMENT")]
    from: Option<EnvironmentName>,

    /// The environment to bring it to. Default: the one after `--from`; without both, the only step that would change something.
    #[arg(long, value_name = "ENVIRONMENT")]
    to: Option<EnvironmentName>,

    /// The cluster of `--from` that is meant, where they differ.
    #[arg(long, value_name = "CLUSTER")]
    from_cluster: Option<ClusterName>,

    /// Move this field, too, such as `values.replicas` or `quota`.
    #[arg(long, value_name = "PATH")]
    field: Vec<String>,

    /// Go on to this wave, those before it included. Default: the first that it has not reached.
    #[arg(long, value_name = "N", conflicts_with = "all_waves")]
    wave: Option<u32>,

    /// Go on to all clusters at once.
    #[arg(long)]
    all_waves: bool,

    /// Take clusters along that the entity's own `clusters:` give something else.
    #[arg(long)]
    include_pinned: bool,

    /// Leave such clusters as they are even where it looks as if an earlier promotion was not finished.
    #[arg(long, conflicts_with = "include_pinned")]
    leave_pinned: bool,

    /// Let what is fixed to a tag, a commit or a digest follow a branch or a range, where `--from` follows one.
    #[arg(long)]
    follow: bool,

    /// Go back to an earlier environment, or over one.
    #[arg(long)]
    out_of_order: bool,

    #[command(flatten)]
    writing: Writing,
}

impl PromoteCommand {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Component(_) => "promote component",
            Self::Tenant(_) => "promote tenant",
        }
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        match self {
            Self::Component(PromoteComponent { all: true, way, .. }) => way.all(ui),
            Self::Component(PromoteComponent { entity, way, .. }) => {
                way.one(ui, Kind::Component, entity, Vec::new())
            }
            Self::Tenant(PromoteTenant { entity, source, way }) => {
                way.one(ui, Kind::Tenant, entity, source)
            }
        }
    }
}

impl Way {
    fn one(
        self,
        ui: &Ui,
        kind: Kind,
        name: Option<String>,
        sources: Vec<ItemName>,
    ) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.writing.dry_run)?;
        let platform = repository.load()?;
        let mut dialogue = Dialogue::new(ui);
        let wishes = self.wishes(sources);
        let name = which(&mut dialogue, &platform, kind, name, &wishes)?;
        if let Some(name) = &name {
            existing(&platform, kind, name)?;
        }
        let names: Vec<&str> = name.iter().map(String::as_str).collect();
        let step = self.step(&mut dialogue, &platform, kind, &names, &wishes)?;
        dialogue.done()?;
        let (Some(name), Some((from, to))) = (name, step) else {
            return Err(Failure::Missing { flags: vec!["NAME"] });
        };
        let wishes = Wishes { from, to, ..wishes };
        let file = existing(&platform, kind, &name)?;
        let promotion = promotion(&platform, kind, &name, &wishes)?;
        let text = promotion
            .apply(&repository.text(&file)?)
            .map_err(|source| Failure::Edit { file: file.to_string(), source })?;
        let place = destination(&wishes.to, &[&promotion]);
        let change = Change::promote(
            &repository,
            format!("Promote {kind} {name} to {place}"),
            format!("{kind}/{name}"),
            BTreeMap::from([(file, text)]),
        );
        let again = format!("tenantry promote {kind} {name}{}", self.again(&wishes));
        let done = Done { kind, wishes: &wishes, promotions: vec![(&name, &promotion)], again };
        done.carry_out(ui, &mut dialogue, &self.writing, change, &[])
    }

    /// All components, to the first wave that one of them has not reached.
    fn all(self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.writing.dry_run)?;
        let platform = repository.load()?;
        let mut dialogue = Dialogue::new(ui);
        let names: Vec<&str> = platform.components.keys().map(AsRef::as_ref).collect();
        let wishes = self.wishes(Vec::new());
        let step = self.step(&mut dialogue, &platform, Kind::Component, &names, &wishes)?;
        dialogue.done()?;
        let Some((from, to)) = step else {
            return Err(Failure::Missing { flags: vec!["--from", "--to"] });
        };
        let mut wishes = Wishes { from, to, ..wishes };
        let attempt = |wishes: &Wishes| -> Vec<(&str, Result<Promotion, PromoteError>)> {
            let one = |name: &str| promotion(&platform, Kind::Component, name, wishes);
            names.iter().map(|name| (*name, one(name))).collect()
        };
        let mut results = attempt(&wishes);
        if wishes.waves == Waves::Next {
            let turn = results
                .iter()
                .filter_map(|(_, result)| result.as_ref().ok())
                .flat_map(|promotion| &promotion.sights)
                .filter(|sight| has(sight, Standing::Promoted))
                .map(|sight| sight.wave)
                .min();
            if let Some(turn) = turn {
                wishes.waves = Waves::UpTo(turn);
                results = attempt(&wishes);
            }
        }
        let (mut files, mut left, mut promotions) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (name, result) in &results {
            match result {
                Ok(promotion) => {
                    if !promotion.edits.is_empty() {
                        let file = existing(&platform, Kind::Component, name)?;
                        let text = promotion
                            .apply(&repository.text(&file)?)
                            .map_err(|source| Failure::Edit { file: file.to_string(), source })?;
                        files.insert(file, text);
                    }
                    let same = |part: &Move| part.standing == Standing::Already;
                    if !promotion.edits.is_empty() || !promotion.moves().all(same) {
                        promotions.push((*name, promotion));
                    }
                }
                // There is nothing of it that could be promoted.
                Err(PromoteError::Absent { .. } | PromoteError::Nothing { .. }) => {}
                Err(error @ (PromoteError::Mixed { .. } | PromoteError::AnotherOrigin { .. })) => {
                    left.push(format!("{name} is left: {error}"));
                }
                Err(error) => return Err(error.clone().into()),
            }
        }
        let all: Vec<&Promotion> = promotions.iter().map(|(_, promotion)| *promotion).collect();
        let place = destination(&wishes.to, &all);
        let change = Change::promote(
            &repository,
            format!("Promote all components to {place}"),
            "component".to_owned(),
            files,
        );
        let again = format!("tenantry promote component --all{}", self.again(&wishes));
        let done = Done { kind: Kind::Component, wishes: &wishes, promotions, again };
        done.carry_out(ui, &mut dialogue, &self.writing, change, &left)
    }

    /// What is asked for, with environments that are still to be found out.
    fn wishes(&self, sources: Vec<ItemName>) -> Wishes {
        let unknown = || EnvironmentName::new("unknown").unwrap_or_else(|_| unreachable!("a name"));
        Wishes {
            from: self.from.clone().unwrap_or_else(unknown),
            to: self.to.clone().unwrap_or_else(unknown),
            from_cluster: self.from_cluster.clone(),
            sources,
            fields: self.field.clone(),
            waves: match (self.wave, self.all_waves) {
                (_, true) => Waves::All,
                (Some(wave), false) => Waves::UpTo(wave),
                (None, false) => Waves::Next,
            },
            pinned: match (self.include_pinned, self.leave_pinned) {
                (true, _) => Pinned::Include,
                (_, true) => Pinned::Leave,
                _ => Pinned::Ask,
            },
            follow: self.follow,
            out_of_order: self.out_of_order,
        }
    }

    /// From where to where: as it is said, the neighbour of what is said, the only step that would change something, or as it is
    /// answered.
    fn step(
        &self,
        dialogue: &mut Dialogue<'_>,
        platform: &Platform,
        kind: Kind,
        names: &[&str],
        wishes: &Wishes,
    ) -> Result<Option<Step>, Failure> {
        let all: Vec<&EnvironmentName> = platform.environments().collect();
        if let Some(cluster) = &self.from_cluster {
            existing(platform, Kind::Cluster, cluster.as_str())?;
        }
        for name in self.from.iter().chain(&self.to) {
            if !all.contains(&name) {
                return Err(Failure::Unknown {
                    kind: "environment",
                    name: name.to_string(),
                    known: all.iter().map(ToString::to_string).collect(),
                });
            }
        }
        let steps = steps(platform);
        let has_clusters = |name: &EnvironmentName| platform.clusters_in(name).next().is_some();
        let found = match (&self.from, &self.to) {
            (Some(from), Some(to)) => return Ok(Some((from.clone(), to.clone()))),
            (Some(from), None) => {
                let after: Vec<_> = all.iter().skip_while(|name| **name != from).skip(1).collect();
                let next = after.iter().find(|name| has_clusters(name)).or(after.first());
                next.map(|to| (from.clone(), (**to).clone()))
            }
            (None, Some(to)) => {
                let before: Vec<_> = all.iter().take_while(|name| **name != to).collect();
                let last = before.iter().rfind(|name| has_clusters(name)).or(before.last());
                last.map(|from| ((**from).clone(), to.clone()))
            }
            (None, None) => {
                let differing: Vec<_> = steps
                    .iter()
                    .filter(|step| {
                        names.iter().any(|name| differs(platform, kind, name, step, wishes))
                    })
                    .cloned()
                    .collect();
                let shown = if differing.is_empty() { &steps } else { &differing };
                match &**shown {
                    [only] => return Ok(Some(only.clone())),
                    several => return choose_step(dialogue, several),
                }
            }
        };
        found.map(Some).ok_or_else(|| {
            let (end, flag) =
                if self.from.is_some() { ("the last", "--to") } else { ("the first", "--from") };
            let named = self.from.as_ref().or(self.to.as_ref());
            let named = named.map(ToString::to_string).unwrap_or_default();
            Failure::BadAnswer { flag, reason: format!("`{named}` is {end} of the environments") }
        })
    }

    /// The flags with which it goes on. Clusters that were taken along are no longer pinned, and others were not meant yet.
    fn again(&self, wishes: &Wishes) -> String {
        let mut flags = format!(" --from {} --to {}", wishes.from, wishes.to);
        for source in &wishes.sources {
            let _ = write!(flags, " --source {source}");
        }
        for field in &wishes.fields {
            let field = shlex::try_quote(field).unwrap_or_default();
            let _ = write!(flags, " --field {field}");
        }
        if let Some(cluster) = &wishes.from_cluster {
            let _ = write!(flags, " --from-cluster {cluster}");
        }
        for (flag, said) in [
            (" --leave-pinned", self.leave_pinned),
            (" --follow", self.follow),
            (" --out-of-order", self.out_of_order),
        ] {
            if said {
                flags.push_str(flag);
            }
        }
        flags
    }
}

/// The steps from an environment to the next, without those where there is no cluster.
fn steps(platform: &Platform) -> Vec<Step> {
    let all: Vec<&EnvironmentName> = platform
        .environments()
        .filter(|name| platform.clusters_in(name).next().is_some())
        .collect();
    all.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

type Step = (EnvironmentName, EnvironmentName);

/// Which of several steps.
fn choose_step(dialogue: &mut Dialogue<'_>, steps: &[Step]) -> Result<Option<Step>, Failure> {
    let choices: Vec<_> = steps
        .iter()
        .map(|step| Choice::new(step.clone(), step.0.as_str(), format!("to {}", step.1)))
        .collect();
    dialogue.choose(None, ask("--from", "From which environment"), &choices, None)
}

/// Which entity; those that could move say from where to where.
fn which(
    dialogue: &mut Dialogue<'_>,
    platform: &Platform,
    kind: Kind,
    given: Option<String>,
    wishes: &Wishes,
) -> Result<Option<String>, Failure> {
    if given.is_some() || !dialogue.interactive() {
        return dialogue.choose(given, ask("NAME", ""), &[], None);
    }
    let names: Vec<&str> = match kind {
        Kind::Tenant => platform.tenants.keys().map(AsRef::as_ref).collect(),
        _ => platform.components.keys().map(AsRef::as_ref).collect(),
    };
    if names.is_empty() {
        return Err(Failure::Usage(format!("there is no {kind} that could be promoted")));
    }
    let steps = steps(platform);
    let about = |name: &str| {
        let moving = steps.iter().filter(|step| differs(platform, kind, name, step, wishes));
        moving.map(|(from, to)| format!("{from} → {to}")).collect::<Vec<_>>().join(", ")
    };
    let choices: Vec<_> =
        names.iter().map(|name| Choice::new((*name).to_owned(), *name, about(name))).collect();
    let words = if kind == Kind::Tenant { "Tenant" } else { "Component" };
    dialogue.choose(None, ask("NAME", words), &choices, None)
}

/// Whether there is something to promote between two environments.
fn differs(platform: &Platform, kind: Kind, name: &str, step: &Step, wishes: &Wishes) -> bool {
    let (from, to) = step.clone();
    let wishes = Wishes { from, to, waves: Waves::All, ..wishes.clone() };
    match promotion(platform, kind, name, &wishes) {
        Ok(promotion) => !promotion.edits.is_empty(),
        Err(error) => matches!(error, PromoteError::Mixed { .. }),
    }
}

fn has(sight: &Sight, standing: Standing) -> bool {
    sight.moves.iter().any(|part| part.standing == standing)
}

/// Where it goes, for the first line of a commit.
fn destination(to: &EnvironmentName, promotions: &[&Promotion]) -> String {
    let clusters: BTreeSet<&str> = promotions
        .iter()
        .flat_map(|promotion| &promotion.sights)
        .filter(|sight| has(sight, Standing::Promoted))
        .map(|sight| sight.cluster.as_str())
        .collect();
    match promotions.iter().filter_map(|promotion| promotion.wave).max() {
        Some(_) if !clusters.is_empty() => clusters.into_iter().collect::<Vec<_>>().join(", "),
        _ => to.to_string(),
    }
}

/// Promotions that are worked out, on their way to the disk.
struct Done<'a> {
    kind: Kind,
    wishes: &'a Wishes,
    promotions: Vec<(&'a str, &'a Promotion)>,
    /// The command that goes on to the next wave.
    again: String,
}

impl Done<'_> {
    fn carry_out(
        &self,
        ui: &Ui,
        dialogue: &mut Dialogue<'_>,
        writing: &Writing,
        change: Change<'_>,
        left: &[String],
    ) -> Result<Outcome, Failure> {
        let mut sights = self.text();
        for line in left {
            let _ = writeln!(sights, "note: {line}");
        }
        let shown = dialogue.interactive() && !writing.dry_run;
        if shown {
            ui.note(sights.trim_end());
        }
        let mut outcome = change.carry_out(ui, dialogue, writing)?;
        let left_alone = |part: &Move| matches!(part.standing, Standing::Pinned | Standing::Fixed);
        let nothing = self.promotions.iter().all(|(_, promotion)| promotion.edits.is_empty());
        if nothing && self.promotions.iter().any(|(_, one)| one.moves().any(left_alone)) {
            "Nothing changes.\n".clone_into(&mut outcome.text);
        }
        if !shown {
            outcome.text.insert_str(0, &sights);
        }
        outcome.text.push_str(&self.next());
        outcome.data["promotions"] = self.data();
        outcome.data["left"] = json!(left);
        Ok(outcome)
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (name, promotion) in &self.promotions {
            let _ =
                writeln!(out, "{} {name}, {} → {}:", self.kind, self.wishes.from, self.wishes.to);
            let waves: BTreeSet<u32> = promotion.sights.iter().map(|sight| sight.wave).collect();
            for sight in &promotion.sights {
                show(sight, waves.len() > 1, &mut out);
            }
            for note in &promotion.notes {
                let _ = writeln!(out, "note: {note}");
            }
            out.push('\n');
        }
        out
    }

    /// What comes after it.
    fn next(&self) -> String {
        let Some(wave) = self.promotions.iter().filter_map(|(_, one)| one.next).min() else {
            return String::new();
        };
        let clusters = |standing| {
            let sights = self.promotions.iter().flat_map(|(_, promotion)| &promotion.sights);
            let of: BTreeSet<&str> = sights
                .filter(|sight| has(sight, standing))
                .filter(|sight| standing == Standing::Promoted || sight.wave == wave)
                .map(|sight| sight.cluster.as_str())
                .collect();
            of.into_iter().collect::<Vec<_>>().join(", ")
        };
        let first = match clusters(Standing::Promoted) {
            names if names.is_empty() => String::new(),
            names => format!(", when it runs well on {names}"),
        };
        let later = clusters(Standing::Later);
        format!("\nNext is wave {wave} ({later}){first}:\n\n    {}\n", self.again)
    }

    fn data(&self) -> Value {
        let one = |(name, promotion): &(&str, &Promotion)| {
            let clusters: Vec<Value> = promotion.sights.iter().map(sight_data).collect();
            json!({
                "entity": format!("{}/{name}", self.kind),
                "from": self.wishes.from,
                "to": self.wishes.to,
                "wave": promotion.wave,
                "nextWave": promotion.next,
                "nextCommand": promotion.next.map(|_| &self.again),
                "clusters": clusters,
                "notes": promotion.notes,
            })
        };
        self.promotions.iter().map(one).collect()
    }
}

/// A line a version, a reference or a field on a cluster.
fn show(sight: &Sight, waves: bool, out: &mut String) {
    let wave = if waves { format!(" (wave {})", sight.wave) } else { String::new() };
    let cluster = format!("  {}{wave}:", sight.cluster);
    if sight.absent {
        let _ = writeln!(out, "{cluster} disabled there");
    }
    for part in &sight.moves {
        let what = if part.what.is_empty() { String::new() } else { format!(" {}", part.what) };
        let Move { before, after, .. } = part;
        let what = match part.standing {
            Standing::Promoted if sight.suspended => {
                format!("{what} {before} → {after}, when it is resumed")
            }
            Standing::Promoted => format!("{what} {before} → {after}"),
            Standing::Already => format!("{what} {after} already"),
            Standing::Later => format!("{what} {before}, later {after}"),
            Standing::Fixed => {
                format!(
                    "{what} {before}, and would follow {after}: left (`--follow` takes it along)"
                )
            }
            Standing::Pinned => {
                format!(
                    "{what} {before}, set for this cluster alone: left (`--include-pinned` takes it along)"
                )
            }
        };
        let _ = writeln!(out, "{cluster}{what}");
    }
}

fn sight_data(sight: &Sight) -> Value {
    let moves: Vec<Value> = sight
        .moves
        .iter()
        .map(|part| {
            json!({
                "what": part.what,
                "before": part.before,
                "after": part.after,
                "standing": part.standing,
            })
        })
        .collect();
    json!({
        "name": sight.cluster,
        "wave": sight.wave,
        "suspended": sight.suspended,
        "absent": sight.absent,
        "moves": moves,
    })
}
