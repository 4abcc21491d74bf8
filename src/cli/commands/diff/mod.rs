//! `tenantry diff`.

mod markdown;
pub(in crate::cli::commands) mod shown;
pub(in crate::cli::commands) mod text;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::shown::{ClusterDifference, State};
use crate::cli::failure::Failure;
use crate::cli::fleet::{self, ClusterFolder, Elsewhere, FleetFolder};
use crate::cli::outcome::{Exit, Outcome};
use crate::cli::report::Format;
use crate::cli::ui::Ui;
use crate::diagnostic::Severity;
use crate::files::Files;
use crate::flux::{Cluster, Fleet, Memo, tell};
use crate::git::{self, Revision};
use crate::path::RepoPath;
use crate::spec::Faults;

/// The forms in which it can answer.
pub(super) const FORMS: &[Format] = &[Format::Text, Format::Markdown, Format::Json, Format::Sarif];

/// Show what would change on which cluster between two revisions, or a revision and the files as they are
///
/// Each cluster is built as Flux would build it, before and after, and compared object by object and field by field. What prune would delete is
/// said first and loudly; values of Secrets are masked. Exits with 3 where anything differs.
///
/// `--output markdown` is fit for a comment on a pull request, and keeps to the size that GitHub takes.
#[derive(Debug, clap::Args)]
pub(crate) struct DiffArgs {
    /// What to compare with: a branch, a tag or a commit, and the files as they are; `A..B` for two revisions, `A...B` for what B changed since
    /// it left A.
    #[arg(value_name = "REVISION", default_value = "HEAD")]
    revision: String,

    /// Only this cluster. May be given several times.
    #[arg(long, value_name = "CLUSTER")]
    cluster: Vec<String>,

    #[command(flatten)]
    elsewhere: Elsewhere,
}

/// The two states that are compared.
struct States {
    before: Revision,
    /// Nothing for the files as they are.
    after: Option<Revision>,
    /// How the two are called.
    names: (String, String),
    changed: BTreeSet<RepoPath>,
}

impl DiffArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let place = FleetFolder::find(ui, &self.elsewhere)?;
        let states = self.states(&place)?;
        let after_files: &dyn Files = match &states.after {
            Some(revision) => revision,
            None => &place.files,
        };
        let folders = self.folders(&place, &states.before, after_files)?;
        // What a file of ignored paths says decides which files there are: nothing can be taken over then.
        let ignores = states.changed.iter().any(|path| path.file_name() == ".sourceignore");
        let prefix = place.folder.as_ref().map(|folder| format!("/{folder}/"));
        let prefix = prefix.as_deref().unwrap_or("/");
        let changed: BTreeSet<Box<str>> =
            states.changed.iter().map(|path| format!("{prefix}{path}").into()).collect();
        let fleet = place.fleet(after_files)?;
        let after = fleet::build(&fleet, &there(&folders, State::After))?;
        fleet::warn_of_unused(ui, &fleet);
        let none = Memo::default();
        let memo = if ignores { &none } else { fleet.memo() };
        let fleet_before: Fleet<'_> = place.fleet(&states.before)?.beside(memo, &changed);
        let before = fleet::build(&fleet_before, &there(&folders, State::Before))?;
        let outcome = self.compare(ui, &states, &before, &after);
        // The process ends here: to give back every object would take time for nothing.
        std::mem::forget((before, after));
        outcome
    }

    fn compare(
        &self,
        ui: &Ui,
        states: &States,
        before: &[Cluster<'_>],
        after: &[Cluster<'_>],
    ) -> Result<Outcome, Failure> {
        let (mut diagnostics, mut texts) = tell(after, &|_, _| true);
        if diagnostics.iter().any(|one| one.severity == Severity::Error) {
            return Err(Faults { diagnostics, texts }.into());
        }
        diagnostics.retain(|one| one.severity == Severity::Error);
        let (mut broken, more) = tell(before, &|_, _| true);
        broken.retain(|one| one.severity == Severity::Error);
        for one in &mut broken {
            // It is mended by what comes after, or will be; there is nothing of it to compare with.
            one.severity = Severity::Warning;
            one.message = format!("at {}: {}", states.names.0, one.message);
            one.place = None;
            one.related.clear();
        }
        texts.add_missing(&more);
        diagnostics.extend(broken);
        let clusters = shown::clusters(before, after);
        let differs = clusters.iter().any(|cluster| !cluster.is_empty());
        let data = json!({
            "before": states.names.0,
            "after": states.names.1,
            "clusters": clusters.iter().map(ClusterDifference::data).collect::<Vec<Value>>(),
        });
        let written = match ui.format {
            Format::Markdown => markdown::write(&states.names, &clusters),
            _ => text::write(&states.names, &clusters),
        };
        let exit = if differs { Exit::Found } else { Exit::Done };
        Ok(Outcome::answer(written, data).with_diagnostics(diagnostics, texts).exit(exit))
    }

    fn states(&self, place: &FleetFolder) -> Result<States, Failure> {
        let repository = git::Repository::open(&place.root)?;
        let named = |name: &str| if name.is_empty() { "HEAD".to_owned() } else { name.to_owned() };
        if let Some((from, to)) = self.revision.split_once("...") {
            let (from, to) = (named(from), named(to));
            let base = repository.merge_base(&from, &to)?;
            return Ok(between(repository.revision(&base)?, repository.revision(&to)?, (from, to)));
        }
        if let Some((from, to)) = self.revision.split_once("..") {
            let (from, to) = (named(from), named(to));
            let states = (repository.revision(&from)?, repository.revision(&to)?);
            return Ok(between(states.0, states.1, (from, to)));
        }
        let before = repository.revision(&self.revision)?;
        let changed = repository.changed_since(&before)?;
        let names = (self.revision.clone(), "the files as they are".to_owned());
        Ok(States { before, after: None, names, changed })
    }

    /// The clusters that are looked at, each with whether it is there before and after.
    fn folders(
        &self,
        place: &FleetFolder,
        before: &dyn Files,
        after: &dyn Files,
    ) -> Result<Vec<(ClusterFolder, BTreeSet<State>)>, Failure> {
        let mut folders: Vec<(ClusterFolder, BTreeSet<State>)> = Vec::new();
        for (files, state) in [(after, State::After), (before, State::Before)] {
            for cluster in place.clusters(files)? {
                match folders.iter_mut().find(|(one, _)| *one == cluster) {
                    Some((_, states)) => drop(states.insert(state)),
                    None => folders.push((cluster, BTreeSet::from([state]))),
                }
            }
        }
        if self.cluster.is_empty() {
            return Ok(folders);
        }
        let mut names: BTreeSet<String> = BTreeSet::new();
        for name in &self.cluster {
            let gone = folders.iter().any(|(one, _)| one.name == *name);
            match gone {
                true => names.insert(name.clone()),
                // A cluster that was renamed has the folder of its first name.
                false => {
                    let found = place.select(after, std::slice::from_ref(name))?;
                    names.extend(
                        found
                            .into_iter()
                            .filter_map(|one| one.folder.rsplit('/').next().map(str::to_owned)),
                    );
                    true
                }
            };
        }
        folders.retain(|(one, _)| names.contains(&one.name));
        Ok(folders)
    }
}

fn between(before: Revision, after: Revision, names: (String, String)) -> States {
    let changed = before.changed_to(&after);
    States { before, after: Some(after), names, changed }
}

fn there(folders: &[(ClusterFolder, BTreeSet<State>)], state: State) -> Vec<ClusterFolder> {
    let there = folders.iter().filter(|(_, states)| states.contains(&state));
    there.map(|(cluster, _)| cluster.clone()).collect()
}
