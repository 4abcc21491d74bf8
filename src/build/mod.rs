//! Builds of kustomizations, told as everything here is told.
//!
//! In go a build of the engine, or the failure of one, with the view of files that it read from; out come diagnostics with their
//! places, the way there, and what to write instead, and the texts that they point into. What is secret in those texts is masked.
//! Nothing here knows which folders are built, or why.

mod finding;
mod help;
mod mask;

use std::ops::Range;

use kustomize::{Build, Failure, Files, Found, Place};

pub use self::finding::Finding;
pub(crate) use self::mask::masked;
use crate::diagnostic::{self, Diagnostic, Severity, Texts};

/// How many lines are shown of what a finding is about.
const LONGEST: usize = 5;

/// What a build that failed tells: every fault of a file at once.
#[must_use]
pub fn faults(failure: &Failure, files: &dyn Files) -> Vec<Finding> {
    finding::of_failure(failure, files)
}

/// What a build that went well tells. What has no effect is as bad as is said here; what is deprecated is a warning always.
#[must_use]
pub fn notices(build: &Build, files: &dyn Files, without_effect: Severity) -> Vec<Finding> {
    let sources = build.sources();
    let mut findings: Vec<Finding> = Vec::new();
    for notice in build.notices() {
        let mut finding = finding::of_notice(notice, sources, files);
        if notice.kind.is_without_effect() {
            finding.severity = without_effect;
        }
        // A base that is built on twice tells everything twice.
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings
}

/// Findings as diagnostics, with paths as they are from a folder of the view, and the texts that they point into.
#[must_use]
pub fn tell(findings: &[Finding], files: &dyn Files, root: &str) -> (Vec<Diagnostic>, Texts) {
    let mut texts = Texts::default();
    for place in findings.iter().flat_map(Finding::places) {
        let Some(path) = finding::shown(&place.path, root) else { continue };
        if texts.get(&path).is_none()
            && let Ok(Found::File { bytes, .. }) = files.open(&place.path)
        {
            texts.add(path, masked(&bytes));
        }
    }
    let diagnostics = findings.iter().map(|finding| {
        let shown = |place: &Place| {
            let file = finding::shown(&place.path, root)?;
            let range = match texts.get(&file) {
                Some(bytes) => first_lines(bytes, place.range.clone()),
                None => place.range.clone(),
            };
            Some(diagnostic::Place { file, range: Some(range) })
        };
        let secret = finding.place.as_ref().and_then(|place| match files.open(&place.path) {
            Ok(Found::File { bytes, .. }) => mask::secret_at(&bytes, place.range.clone()),
            _ => None,
        });
        finding.told(root, secret.as_deref(), shown)
    });
    (diagnostics.collect(), texts)
}

/// A range, or its first line where it has so many that they would hide what is told: an object, say.
pub(crate) fn first_lines(text: &[u8], range: Range<usize>) -> Range<usize> {
    let covered = text.get(range.clone()).unwrap_or_default();
    let mut breaks = covered.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    match (breaks.next(), breaks.nth(LONGEST)) {
        (Some((first, _)), Some(_)) => range.start..range.start + first,
        _ => range,
    }
}

/// The lowest folder that holds a folder and every file that findings point into.
#[must_use]
pub fn common_folder(folder: &str, findings: &[Finding]) -> String {
    let mut common = folder.trim_end_matches('/');
    for place in findings.iter().flat_map(Finding::places) {
        while !place.path.strip_prefix(common).is_some_and(|rest| rest.starts_with('/')) {
            common = common.rfind('/').map_or("", |at| &common[..at]);
        }
    }
    common.to_owned()
}
