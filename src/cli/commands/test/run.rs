//! Each test at the state that it is about: the description as it is, or with what the test gives.
//!
//! The state without a change is rendered and built once, and each change once, whoever gives it; of a change, what does not depend on the
//! files that it changes is as it was built before.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::failure::Failure;
use crate::cli::fleet::{self, ClusterFolder, FleetFolder};
use crate::cli::ui::Ui;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::files::Files;
use crate::flux::{Cluster, Memo, tell};
use crate::spec::Faults;
use crate::spec::text::ClusterName;
use crate::suite::{self, Change, Snapshot, State, Suite, Test};

/// What came of a test.
pub(super) struct Verdict<'s> {
    pub(super) test: &'s Test,
    /// What does not hold.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The clusters where it looked.
    pub(super) clusters: Vec<String>,
    /// Its snapshot, as it is to be.
    pub(super) snapshot: Option<Snapshot>,
}

impl<'s> Verdict<'s> {
    fn new(test: &'s Test) -> Self {
        Self { test, diagnostics: Vec::new(), clusters: Vec::new(), snapshot: None }
    }

    /// Whether everything holds.
    pub(super) fn passes(&self) -> bool {
        self.failures().next().is_none()
    }

    /// What does not hold.
    pub(super) fn failures(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|one| one.severity == Severity::Error)
    }

    /// The same with what its snapshot says of it, unless that was just written.
    pub(super) fn with_snapshot_judged(mut self, suite: &Suite, updated: bool) -> Self {
        let wrong = self.snapshot.as_ref().filter(|it| !it.is_current());
        let wrong = wrong.filter(|it| !updated || !it.may_be_written());
        self.diagnostics.extend(wrong.map(|it| it.diagnostic(suite, self.test)));
        self
    }
}

/// The line of a test in its file.
pub(super) fn line(suite: &Suite, test: &Test) -> Option<usize> {
    let start = suite.place(test, "").range?.start;
    let bytes = suite.texts.get(&test.file)?;
    Some(1 + bytes[..start.min(bytes.len())].iter().filter(|byte| **byte == b'\n').count())
}

/// Runs tests; what came of each stands in the order in which they are written.
///
/// # Errors
/// A description that is refused as it is, or that clusters could not apply; names in tests that nothing has.
pub(super) fn run<'s>(
    ui: &Ui,
    place: &FleetFolder,
    disk: &dyn Files,
    suite: &'s Suite,
    chosen: &[&'s Test],
) -> Result<Vec<Verdict<'s>>, Failure> {
    let none = Change::default();
    let base = State::of(&place.root, disk, &place.files, &none)?;
    suite.check(&base.platform)?;
    let mut by_change: BTreeMap<Change, Vec<&'s Test>> = BTreeMap::new();
    for test in chosen {
        by_change.entry(Change::of(suite, test, disk)?).or_default().push(test);
    }
    let (plain, given): (Vec<_>, Vec<_>) =
        by_change.into_iter().partition(|(change, _)| change.is_empty());
    let plain: Vec<&Test> = plain.into_iter().flat_map(|(_, tests)| tests).collect();
    // Of what a change leaves as it is, all clusters are built that a test with a change looks at.
    let mut wanted = wanted(&plain, &base);
    let looking = given.iter().flat_map(|(_, tests)| tests).filter(|it| it.case.refused.is_none());
    wanted.extend(looking.flat_map(|test| test.clusters(&base.platform)));
    let fleet = place.fleet(&base.files)?;
    let clusters = built(place, &base, &fleet, &wanted)?;
    let (diagnostics, texts) = errors_of(&clusters);
    if !diagnostics.is_empty() {
        return Err(Faults { diagnostics, texts }.into());
    }
    let mut verdicts: Vec<Verdict<'s>> =
        plain.iter().map(|test| look(suite, test, &base, &clusters, disk)).collect();
    for (change, tests) in given {
        let state = State::of(&place.root, disk, &place.files, &change);
        let (asked, looking): (Vec<&Test>, Vec<&Test>) =
            tests.into_iter().partition(|test| test.case.refused.is_some());
        for test in asked {
            let mut verdict = Verdict::new(test);
            verdict.diagnostics.extend(suite::refused(suite, test, state.as_ref().err()));
            verdicts.push(verdict);
        }
        match state {
            Err(faults) => verdicts.extend(looking.into_iter().map(|test| Verdict {
                diagnostics: vec![suite::not_accepted(suite, test, &faults)],
                ..Verdict::new(test)
            })),
            Ok(state) if !looking.is_empty() => {
                verdicts.extend(look_beside(
                    place,
                    suite,
                    &looking,
                    &state,
                    (&base, fleet.memo()),
                    disk,
                )?);
            }
            Ok(_) => {}
        }
    }
    if !wanted.is_empty() {
        fleet::warn_of_unused(ui, &fleet);
    }
    let order =
        |verdict: &Verdict<'_>| suite.tests.iter().position(|it| std::ptr::eq(it, verdict.test));
    verdicts.sort_by_key(order);
    // To give back every object would take time for nothing.
    std::mem::forget(clusters);
    Ok(verdicts)
}

/// The same of the tests of one change, beside what was built without it.
fn look_beside<'s>(
    place: &FleetFolder,
    suite: &'s Suite,
    tests: &[&'s Test],
    state: &State<'_>,
    (base, memo): (&State<'_>, &Memo),
    disk: &dyn Files,
) -> Result<Vec<Verdict<'s>>, Failure> {
    let differs = state.changed_from(base);
    // What a file of ignored paths says decides which files there are: nothing can be taken over then.
    let none = Memo::default();
    let ignores = differs.iter().any(|path| path.file_name() == ".sourceignore");
    let memo = if ignores { &none } else { memo };
    let prefix = place.folder.as_ref().map(|folder| format!("/{folder}/"));
    let prefix = prefix.as_deref().unwrap_or("/");
    let changed: BTreeSet<Box<str>> =
        differs.iter().map(|path| format!("{prefix}{path}").into()).collect();
    let fleet = place.fleet(&state.files)?.beside(memo, &changed);
    let clusters = built(place, state, &fleet, &wanted(tests, state))?;
    let (errors, _) = errors_of(&clusters);
    let verdicts = tests.iter().map(|test| match errors.is_empty() {
        true => look(suite, test, state, &clusters, disk),
        false => Verdict {
            diagnostics: vec![suite::not_accepted(
                suite,
                test,
                &Faults { diagnostics: errors.clone(), texts: suite.texts.clone() },
            )],
            ..Verdict::new(test)
        },
    });
    let verdicts = verdicts.collect();
    drop(fleet);
    Ok(verdicts)
}

/// The clusters where tests look.
fn wanted(tests: &[&Test], state: &State<'_>) -> BTreeSet<ClusterName> {
    tests.iter().flat_map(|test| test.clusters(&state.platform)).collect()
}

/// Clusters of a state, by the names that the description gives them.
fn built<'f>(
    place: &FleetFolder,
    state: &State<'_>,
    fleet: &crate::flux::Fleet<'f>,
    wanted: &BTreeSet<ClusterName>,
) -> Result<Vec<(ClusterName, Cluster<'f>)>, Failure> {
    let there = place.clusters(&state.files)?;
    let folders: Vec<(ClusterName, ClusterFolder)> = wanted
        .iter()
        .filter_map(|name| {
            let known = state.platform.known_as(name);
            let found = there.iter().find(|cluster| cluster.name == known)?;
            Some((name.clone(), ClusterFolder { name: name.to_string(), ..found.clone() }))
        })
        .collect();
    let (names, folders): (Vec<ClusterName>, Vec<ClusterFolder>) = folders.into_iter().unzip();
    Ok(names.into_iter().zip(fleet::build(fleet, &folders)?).collect())
}

/// What clusters could not apply.
fn errors_of(
    clusters: &[(ClusterName, Cluster<'_>)],
) -> (Vec<Diagnostic>, crate::diagnostic::Texts) {
    let (mut diagnostics, texts) = tell(clusters.iter().map(|(_, cluster)| cluster), &|_, _| true);
    diagnostics.retain(|one| one.severity == Severity::Error);
    (diagnostics, texts)
}

/// What of a test holds at a state.
fn look<'s>(
    suite: &'s Suite,
    test: &'s Test,
    state: &State<'_>,
    clusters: &[(ClusterName, Cluster<'_>)],
    disk: &dyn Files,
) -> Verdict<'s> {
    let mut verdict = Verdict::new(test);
    verdict.diagnostics = suite::judge(suite, test, &state.platform, clusters);
    let names = test.clusters(&state.platform).into_iter();
    verdict.clusters = names.map(|name| name.to_string()).collect();
    let already = |one: &Diagnostic| one.code == Code::ExpectationFailed;
    if !(verdict.clusters.is_empty() && verdict.diagnostics.iter().any(already)) {
        match suite::snapshot(suite, test, &state.platform, clusters, disk) {
            Ok(snapshot) => verdict.snapshot = snapshot,
            Err(wrong) => verdict.diagnostics.extend(wrong),
        }
    }
    verdict
}
