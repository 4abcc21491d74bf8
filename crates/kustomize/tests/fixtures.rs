//! The engine over the fixtures: what kustomize built, to the byte, and what it refused.
//!
//! `FIXTURE=substring cargo test -p kustomize --test fixtures` builds some of them. What kustomize says is
//! recorded by `cargo run -p kustomize-xtask -- fixtures`; fixtures/README.md tells the format.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

#[path = "fixtures/format.rs"]
mod format;

/// What the project promises to prove at least.
const LEAST: usize = 400;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The names of the fixtures below a folder, with their texts.
fn fixtures() -> Vec<(String, String)> {
    fn find(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                find(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "txtar") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    find(&folder(), &mut found);
    found.sort();
    let name = |path: &Path| {
        path.strip_prefix(folder()).unwrap().with_extension("").to_string_lossy().replace('\\', "/")
    };
    found.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_fixture_can_be_read_and_has_an_outcome() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= LEAST, "{} fixtures are left", fixtures.len());
    let faults: Vec<String> = fixtures
        .iter()
        .filter_map(|(name, text)| match format::parse(text) {
            Err(fault) => Some(format!("{name}: {fault}")),
            Ok(fixture) if fixture.entries.is_empty() => Some(format!("{name}: has no files")),
            Ok(fixture) if fixture.outcome.is_none() => Some(format!("{name}: is not recorded")),
            Ok(fixture) => {
                let outcome = fixture.outcome.unwrap();
                let again = format::with_outcome(text, &outcome);
                (again != *text).then(|| format!("{name}: does not write as it reads"))
            }
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

mod engine {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use kustomize::{LoadRestrictor, MemoryFiles, Options};

    use super::fixtures;
    use super::format::{self, Entry, Fixture, Outcome};

    #[test]
    fn every_fixture_builds_to_what_kustomize_builds() {
        let wanted = std::env::var("FIXTURE").unwrap_or_default();
        let mut fixtures = fixtures();
        fixtures.retain(|(name, _)| name.contains(&wanted));
        assert!(!fixtures.is_empty(), "no fixture's name contains `{wanted}`");

        let next = AtomicUsize::new(0);
        let failures = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
                scope.spawn(|| {
                    while let Some((name, text)) =
                        fixtures.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let fixture = format::parse(text).unwrap();
                        if let Some(failure) = difference(&fixture) {
                            failures.lock().unwrap().push(format!("== {name}\n{failure}"));
                        }
                    }
                });
            }
        });

        let mut failures = failures.into_inner().unwrap();
        failures.sort();
        let (failed, all) = (failures.len(), fixtures.len());
        assert!(failures.is_empty(), "{}\n{failed} of {all} fixtures differ", failures.join("\n"));
    }

    /// What is wrong with what the engine makes of a fixture.
    fn difference(fixture: &Fixture) -> Option<String> {
        let Ok(built) = catch_unwind(AssertUnwindSafe(|| build(fixture))) else {
            return Some("the engine panics\n".to_owned());
        };
        match (built, fixture.outcome.as_ref()?) {
            (Ok(output), Outcome::Expected(expected)) if output == *expected => None,
            (Ok(output), Outcome::Expected(expected)) => Some(first_difference(expected, &output)),
            (Err(error), Outcome::Expected(_)) => Some(format!("the engine refuses: {error}\n")),
            (Ok(output), Outcome::Refused(said) | Outcome::RefusedByUs(said)) => {
                let first: Vec<&str> = output.lines().take(8).collect();
                Some(format!("should be refused: {said}  and is built:\n{}\n", first.join("\n")))
            }
            (Err(_), Outcome::Refused(_) | Outcome::RefusedByUs(_)) => None,
        }
    }

    fn build(fixture: &Fixture) -> Result<String, String> {
        let mut files = MemoryFiles::default();
        for entry in &fixture.entries {
            match entry {
                Entry::File { path, bytes } => files.insert(path, bytes.clone()),
                Entry::Link { path, target } => files.link(path, target),
                // Files make folders; this one's file is nobody's.
                Entry::Folder { path } => files.insert(&format!("{path}/.keep"), Vec::new()),
            };
        }
        let mut folder = ".";
        let mut options = Options::default();
        let mut arguments = fixture.arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--load-restrictor" => {
                    options.load_restrictor = match arguments.next().map(String::as_str) {
                        Some("LoadRestrictionsNone") => LoadRestrictor::None,
                        Some("LoadRestrictionsRootOnly") => LoadRestrictor::RootOnly,
                        other => panic!("no load restrictor: {other:?}"),
                    };
                }
                flag if flag.starts_with('-') => panic!("unknown flag {flag}"),
                path => folder = path,
            }
        }
        let built =
            kustomize::build(&files, folder, &options).map_err(|error| error.to_string())?;
        Ok(built.to_yaml())
    }

    /// The lines around the first difference.
    fn first_difference(expected: &str, output: &str) -> String {
        let same = expected.lines().zip(output.lines()).take_while(|(a, b)| a == b).count();
        let shown = |text: &str, sign: &str| -> String {
            text.lines().skip(same).take(6).map(|line| format!("{sign} {line}\n")).collect()
        };
        let before: String = expected
            .lines()
            .take(same)
            .skip(same.saturating_sub(3))
            .map(|it| format!("  {it}\n"))
            .collect();
        format!(
            "from line {}, - expected and + built:\n{before}{}{}",
            same + 1,
            shown(expected, "-"),
            shown(output, "+")
        )
    }
}
