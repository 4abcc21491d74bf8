//! Objects that are to stay as they are, kept as files beside the tests.
//!
//! A snapshot holds the objects that a test selects, as they may be shown: values of Secrets are masked. Where all clusters have the same, it
//! is said once, so that another cluster changes nothing; otherwise each group of clusters is named. A first line tells that the file is
//! written by the command, and only such files are ever replaced or deleted.

use std::collections::BTreeSet;

use kustomize::write_object;

use super::judge::{nothing_meant, places};
use super::load::{Suite, Test};
use super::told::difference;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::files::{Files, FilesError};
use crate::flux::Cluster;
use crate::path::RepoPath;
use crate::spec::Platform;
use crate::spec::text::ClusterName;

/// Where snapshots lie.
pub const FOLDER: &str = "platform/tests/snapshots";

/// How a file begins that the command wrote.
const HEADER: &str = "# Written by `tenantry test --update`";

/// The longest name of a file, without its ending.
const LONGEST: usize = 80;

/// The snapshot of a test, as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its file.
    pub path: RepoPath,
    /// What it says now; nothing where there is none.
    pub before: Option<Vec<u8>>,
    /// What it is to say.
    pub text: String,
}

/// The file of a test's snapshot: below a folder of the test file's name.
pub(super) fn path(test: &Test) -> Option<RepoPath> {
    let file = test.file.as_str().strip_prefix("platform/tests/")?.strip_suffix(".yaml")?;
    let mut name = String::new();
    for c in test.case.name.to_lowercase().chars() {
        match c.is_alphanumeric() {
            true => name.push(c),
            false if name.ends_with('-') || name.is_empty() => {}
            false => name.push('-'),
        }
    }
    let name: String = name.trim_end_matches('-').chars().take(LONGEST).collect();
    let name = if name.is_empty() { "test" } else { &*name };
    RepoPath::new(&format!("{FOLDER}/{file}/{name}.yaml")).ok()
}

/// What the snapshot of a test is to be, and whether it is that.
///
/// # Errors
/// A cluster that has none of the objects; a file that cannot be read.
pub fn snapshot(
    suite: &Suite,
    test: &Test,
    platform: &Platform,
    clusters: &[(ClusterName, Cluster<'_>)],
    files: &dyn Files,
) -> Result<Option<Snapshot>, Vec<Diagnostic>> {
    let Some(selector) = &test.case.snapshot else { return Ok(None) };
    let places = places(test, platform, clusters);
    let missing = nothing_meant(suite, test, selector, &places, "/snapshot");
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for place in &places {
        let mut objects = place.selected(selector);
        objects.sort_by(|a, b| a.identity.cmp(&b.identity));
        let mut text = String::new();
        for object in objects {
            text.push_str("---\n");
            write_object(&object.masked(), &mut text);
        }
        match groups.iter_mut().find(|(other, _)| *other == text) {
            Some((_, names)) => names.push(place.name.as_str()),
            None => groups.push((text, vec![place.name.as_str()])),
        }
    }
    let mut text = format!("{HEADER}: {}, {}.\n", test.file, one_line(&test.case.name));
    let alike = groups.len() == 1;
    for (objects, names) in groups {
        if !alike {
            text.push_str(&format!("# On {}:\n", names.join(", ")));
        }
        text.push_str(&objects);
    }
    let Some(path) = path(test) else { return Ok(None) };
    let before = files.read(&path).map_err(|error| vec![error.diagnostic()])?;
    Ok(Some(Snapshot { path, before, text }))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Snapshot {
    /// Whether the file says what it is to say.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.before.as_deref() == Some(self.text.as_bytes())
    }

    /// Whether `--update` may write it: nothing of a person's is in the way.
    #[must_use]
    pub fn may_be_written(&self) -> bool {
        self.before.as_deref().is_none_or(is_ours)
    }

    /// What is wrong with the file.
    #[must_use]
    pub fn diagnostic(&self, suite: &Suite, test: &Test) -> Diagnostic {
        let Self { path, before, text } = self;
        let at = |message: String, help: String| {
            Diagnostic::error(Code::SnapshotDiffers, message)
                .at(suite.place(test, "/snapshot"))
                .help(help)
        };
        match before {
            None => at(
                format!("there is no snapshot `{path}` yet"),
                "look at what `tenantry test --update` writes, and commit it".to_owned(),
            ),
            Some(before) if !is_ours(before) => at(
                format!("`{path}` is in the way: tenantry did not write it"),
                "move it out of `platform/tests/snapshots/`".to_owned(),
            ),
            Some(before) => {
                let before = String::from_utf8_lossy(before);
                let help = "`tenantry test --update` writes it anew, if that is what is meant";
                let message = format!("the objects are not what `{path}` says");
                at(message, format!("{help}\n\n{}", difference(&before, text)))
            }
        }
    }
}

fn is_ours(bytes: &[u8]) -> bool {
    bytes.starts_with(HEADER.as_bytes())
}

/// The files below the folder of snapshots that belong to no test, and whether they are the command's own; with what cannot be looked at.
#[must_use]
pub fn stale(suite: &Suite, files: &dyn Files) -> (Vec<(RepoPath, Vec<u8>)>, Vec<Diagnostic>) {
    let with = suite.tests.iter().filter(|test| test.case.snapshot.is_some());
    let kept: BTreeSet<RepoPath> = with.filter_map(path).collect();
    let folder = RepoPath::new(FOLDER).ok();
    let listing = files.survey(folder.as_ref());
    let mut told: Vec<Diagnostic> = listing.faults.iter().map(FilesError::diagnostic).collect();
    let mut stale = Vec::new();
    for path in listing.files.into_iter().filter(|path| !kept.contains(path)) {
        let bytes = match files.read(&path) {
            Ok(bytes) => bytes.unwrap_or_default(),
            Err(error) => {
                told.push(error.diagnostic());
                continue;
            }
        };
        let at = |help: &str| {
            let message = format!("`{path}` is the snapshot of no test");
            Diagnostic::warning(Code::StaleSnapshot, message)
                .at(Place { file: path.clone(), range: None })
                .help(help)
        };
        if is_ours(&bytes) {
            told.push(at("`tenantry test --update` deletes it"));
            stale.push((path, bytes));
        } else {
            told.push(at("tenantry did not write it: move it away"));
        }
    }
    (stale, told)
}
