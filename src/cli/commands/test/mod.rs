//! `tenantry test`.

mod junit;
mod run;
mod watch;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use self::run::Verdict;
use crate::cli::failure::Failure;
use crate::cli::fleet::{Elsewhere, FleetFolder};
use crate::cli::outcome::{Exit, Outcome};
use crate::cli::report::{self, Format};
use crate::cli::repository::Repository;
use crate::cli::table;
use crate::cli::ui::Ui;
use crate::diagnostic::{Diagnostic, Texts};
use crate::files::Disk;
use crate::suite::{self, Suite, Test};
use crate::sync::{Paths, Writes};

/// The forms in which it can answer.
pub(super) const FORMS: &[Format] =
    &[Format::Text, Format::Json, Format::Yaml, Format::Name, Format::Sarif];

/// Run the platform's own tests: what `platform/tests/**/*.yaml` expects of clusters
///
/// A test looks at what clusters would apply of the description as it is, or with a change that it gives, and of a change it can say that it has
/// to be refused. Nothing needs to be generated for that, and nothing is written but snapshots, by `--update`. Exits with 3 where something
/// does not hold. Without tests there is nothing to do.
///
/// Examples:
///
///     tenantry test
///     tenantry test istio --watch
///     tenantry test --junit report.xml
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct TestArgs {
    /// Only tests with one of these texts in their name or in the path of their file, whatever its capitals.
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,

    /// Only the tests of these files: paths, folders, or globs in quotes. May be given several times.
    #[arg(long, value_name = "PATH")]
    file: Vec<String>,

    /// Write the snapshots of the tests as they are to be, and delete those that belong to no test.
    #[arg(long, conflicts_with_all = ["list", "watch"])]
    update: bool,

    /// Run again whenever a file changes, until Ctrl-C.
    #[arg(long, conflicts_with = "list")]
    watch: bool,

    /// List the tests, and run none.
    #[arg(long)]
    list: bool,

    /// Write the results as JUnit XML to this file, too.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with = "list")]
    junit: Option<PathBuf>,

    #[command(flatten)]
    elsewhere: Elsewhere,
}

impl TestArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        if !self.watch {
            return self.run_once(ui);
        }
        if ui.format != Format::Text {
            let reason =
                "--watch tells people what comes of each run; without it, there are other outputs";
            return Err(Failure::Usage(reason.to_owned()));
        }
        let root = Repository::find(ui)?.root;
        watch::watch(ui, &root, self.junit.as_ref().map(|file| ui.path(file)).as_deref(), || {
            let result = self.run_once(ui);
            let exit = result.as_ref().map_or_else(Failure::exit, |outcome| outcome.exit);
            report::write(ui, ui.command, result).map(|()| exit)
        })
    }

    fn run_once(&self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find(ui)?;
        let only = (!self.file.is_empty())
            .then(|| repository.paths(ui, "--file", &self.file))
            .transpose()?;
        let root = repository.root.clone();
        let disk = Disk::new(&root);
        let suite = suite::load(&disk)?;
        let chosen = self.chosen(&suite, only.as_ref())?;
        if self.list {
            return Ok(list(&suite, &chosen));
        }
        if chosen.is_empty() && !self.update {
            self.write_junit(ui, &suite, &[])?;
            return Ok(Outcome::message(no_tests(), data(&suite, &[], &[], &[])));
        }
        let place = FleetFolder::of(ui, repository, &self.elsewhere)?;
        let spinner = ui.spinner("Building what clusters would apply");
        let verdicts = run::run(ui, &place, &disk, &suite, &chosen)?;
        spinner.finish_and_clear();
        let (stale, told) = suite::stale(&suite, &disk);
        let (mut written, mut removed) = (Vec::new(), Vec::new());
        if self.update {
            // Another run may write: the platform is held from here on.
            let repository = Repository::find_to_write(ui, false)?;
            repository.hold(ui)?;
            let mut writes = Writes::of("test --update");
            let snapshots = verdicts.iter().filter_map(|one| one.snapshot.as_ref());
            for one in snapshots.filter(|one| !one.is_current() && one.may_be_written()) {
                writes.put(
                    one.path.clone(),
                    one.before.as_deref(),
                    Some(one.text.clone().into_bytes()),
                );
                written.push(one.path.to_string());
            }
            for (path, bytes) in &stale {
                writes.put(path.clone(), Some(bytes), None::<Vec<u8>>);
                removed.push(path.to_string());
            }
            if !writes.is_empty() {
                repository.carry_out(&writes)?;
            }
        }
        let is_removed = |one: &Diagnostic| {
            one.place
                .as_ref()
                .is_some_and(|place| removed.iter().any(|it| *it == *place.file.as_str()))
        };
        let mut diagnostics = told;
        diagnostics.retain(|one| !is_removed(one));
        let verdicts: Vec<Verdict<'_>> =
            verdicts.into_iter().map(|one| one.with_snapshot_judged(&suite, self.update)).collect();
        self.write_junit(ui, &suite, &verdicts)?;
        let failed = verdicts.iter().any(|one| !one.passes());
        let text = text(&verdicts, &written, &removed);
        let data = data(&suite, &verdicts, &written, &removed);
        let names = verdicts.iter().map(|one| name(one.test)).collect::<Vec<_>>();
        let mut texts = Texts::default();
        texts.add_missing(&suite.texts);
        diagnostics.splice(0..0, verdicts.into_iter().flat_map(|one| one.diagnostics));
        let exit = if failed { Exit::Found } else { Exit::Done };
        Ok(Outcome::message(text, data)
            .named(names)
            .with_diagnostics(diagnostics, texts)
            .exit(exit))
    }

    /// The tests that are asked for.
    fn chosen<'s>(&self, suite: &'s Suite, only: Option<&Paths>) -> Result<Vec<&'s Test>, Failure> {
        let filters: Vec<String> = self.filter.iter().map(|text| text.to_lowercase()).collect();
        let is_meant = |test: &&Test| {
            let (file, name) = (test.file.as_str().to_lowercase(), test.case.name.to_lowercase());
            let holds = |text: &String| file.contains(text) || name.contains(text);
            only.is_none_or(|only| only.holds(&test.file))
                && (filters.is_empty() || filters.iter().any(holds))
        };
        let chosen: Vec<&Test> = suite.tests.iter().filter(is_meant).collect();
        if chosen.is_empty() && (only.is_some() || !filters.is_empty()) {
            let reason = match suite.tests.len() {
                0 => format!("there is no test: no file lies below `{}/`", suite::FOLDER),
                count => {
                    format!("none of the {count} tests is meant; `tenantry test --list` lists them")
                }
            };
            return Err(Failure::Usage(reason));
        }
        Ok(chosen)
    }

    fn write_junit(&self, ui: &Ui, suite: &Suite, verdicts: &[Verdict<'_>]) -> Result<(), Failure> {
        let Some(file) = self.junit.as_ref().map(|file| ui.path(file)) else { return Ok(()) };
        fs::write(&file, junit::xml(suite, verdicts))
            .map_err(|source| Failure::Write { path: file.clone(), source })
    }
}

/// How a test is named for machines.
fn name(test: &Test) -> String {
    format!("test/{}: {}", test.file, test.case.name)
}

/// What a test says that it is about.
fn kind(test: &Test) -> &'static str {
    match (&test.case.refused, &test.case.snapshot) {
        (Some(_), _) => "refused",
        (None, Some(_)) if test.case.expect.is_empty() => "snapshot",
        _ => "expect",
    }
}

fn list(suite: &Suite, chosen: &[&Test]) -> Outcome {
    let row = |test: &&Test| {
        let given = if test.case.given.is_some() { "yes" } else { "-" };
        vec![
            test.file.to_string(),
            table::one_line(&test.case.name),
            kind(test).to_owned(),
            given.to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = chosen.iter().map(row).collect();
    let text = table::draw(&["FILE", "NAME", "WHAT", "GIVEN"], &rows, "No tests.");
    let tests = chosen.iter().map(|test| about(suite, test));
    let data = json!({ "tests": tests.collect::<Vec<_>>() });
    Outcome::answer(text, data).named(chosen.iter().map(|test| name(test)))
}

/// What machines are told of a test whatever comes of it.
fn about(suite: &Suite, test: &Test) -> Value {
    json!({
        "file": test.file,
        "line": run::line(suite, test),
        "name": test.case.name,
        "what": kind(test),
        "given": test.case.given.is_some(),
        "refused": test.case.refused,
    })
}

fn data(suite: &Suite, verdicts: &[Verdict<'_>], written: &[String], removed: &[String]) -> Value {
    let tests = verdicts.iter().map(|one| {
        let mut data = about(suite, one.test);
        data["passed"] = one.passes().into();
        data["clusters"] = one.clusters.clone().into();
        data["failures"] = one.failures().map(failure).collect();
        data
    });
    json!({
        "tests": tests.collect::<Vec<_>>(),
        "passed": verdicts.iter().filter(|one| one.passes()).count(),
        "failed": verdicts.iter().filter(|one| !one.passes()).count(),
        "written": written,
        "removed": removed,
    })
}

fn failure(one: &Diagnostic) -> Value {
    json!({ "code": one.code.as_str(), "message": one.message, "help": one.help })
}

fn no_tests() -> String {
    format!("No tests: there is no file below `{}/`.\n", suite::FOLDER)
}

fn text(verdicts: &[Verdict<'_>], written: &[String], removed: &[String]) -> String {
    let mut text = String::new();
    for one in verdicts {
        let word = if one.passes() { "ok    " } else { "FAILED" };
        let name = table::one_line(&one.test.case.name);
        let _ = writeln!(text, "{word}  {}: {name}", one.test.file);
    }
    for (word, paths) in [("written", written), ("removed", removed)] {
        for path in paths {
            let _ = writeln!(text, "{word} {path}");
        }
    }
    if verdicts.is_empty() {
        return text + &no_tests();
    }
    let failed = verdicts.iter().filter(|one| !one.passes()).count();
    let plural = if verdicts.len() == 1 { "" } else { "s" };
    let _ = match failed {
        0 => writeln!(text, "{} test{plural} passed.", verdicts.len()),
        _ => writeln!(text, "{failed} of {} test{plural} failed.", verdicts.len()),
    };
    text
}
