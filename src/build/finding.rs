//! One thing that a build tells, with its places in the view that was built from.

use kustomize::transform::TransformError;
use kustomize::{
    AccumulateError, Error, ErrorKind, Failure, Files, LoadError, Notice, NoticeKind, Place,
    Sources,
};

use super::help;
use crate::diagnostic::{self, Code, Diagnostic, Severity};
use crate::path::RepoPath;

/// How many of the kustomizations on the way to a fault are told: the way of a cycle that is cut off is long.
const LONGEST_WAY: usize = 8;

/// One thing that a build tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// A few words at the place.
    pub label: Option<&'static str>,
    /// Other places: what it is twice with, and which kustomizations led there.
    pub related: Vec<(Place, String)>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Finding {
    /// Every place, in files of the view.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.place.iter().chain(self.related.iter().map(|(place, _)| place))
    }

    /// As a diagnostic, with paths from a folder of the view, and without a secret; `shown` is where a place is shown.
    pub(super) fn told(
        &self,
        root: &str,
        secret: Option<&str>,
        shown: impl Fn(&Place) -> Option<diagnostic::Place>,
    ) -> Diagnostic {
        let mut message = self.message.clone();
        // What these say of folders is where they are in the view; other messages have JSON pointers, which begin alike.
        if matches!(
            self.code,
            Code::OutsideRoot
                | Code::NoKustomization
                | Code::InvalidKustomization
                | Code::KustomizationCycle
        ) {
            message = message.replace(&format!("`{root}/"), "`");
        }
        if let Some(secret) = secret {
            message = message.replace(secret, "***");
        }
        let related =
            self.related.iter().filter_map(|(place, words)| Some((shown(place)?, words.clone())));
        Diagnostic {
            code: self.code,
            severity: self.severity,
            message,
            place: self.place.as_ref().and_then(&shown),
            label: self.label.map(str::to_owned),
            related: related.collect(),
            help: self.help.clone(),
        }
    }
}

/// A path of the view, from a folder; nothing if it cannot be told so.
pub(super) fn shown(path: &str, root: &str) -> Option<RepoPath> {
    RepoPath::new(path.strip_prefix(root)?.strip_prefix('/')?).ok()
}

/// Every fault that a failure holds.
pub(super) fn of_failure(failure: &Failure, files: &dyn Files) -> Vec<Finding> {
    let Failure { error, sources } = failure;
    let Error { kind, span, way, .. } = error;
    let code = code(kind.code());
    let faults = kind.faults();
    let way: Vec<(Place, String)> = way
        .iter()
        .filter_map(|frame| sources.place(frame.entry, files))
        .map(|place| (place, "named here".to_owned()))
        .collect();
    let finding = |message: String, place: Option<Place>| {
        let mut related = Vec::new();
        if let Some((first, words)) = first(kind)
            && let Some(place) = sources.place(first, files)
        {
            related.push((place, words.to_owned()));
        }
        // The entry at fault is on the way itself.
        let others = way.iter().filter(|(at, _)| Some(at) != place.as_ref());
        related.extend(others.take(LONGEST_WAY).cloned());
        Finding {
            code,
            severity: Severity::Error,
            message,
            place,
            label: label(kind),
            related,
            help: help::for_error(kind),
        }
    };
    if faults.is_empty() {
        return vec![finding(message(kind), sources.place(*span, files))];
    }
    let mut findings: Vec<Finding> = Vec::new();
    for (message, span) in faults {
        let place = sources.place(span, files).or_else(|| sources.place(error.span, files));
        let finding = finding(message, place);
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings
}

/// What a notice tells; how bad it is, is somebody else's to say.
pub(super) fn of_notice(notice: &Notice, sources: &Sources, files: &dyn Files) -> Finding {
    let Notice { kind, span } = notice;
    Finding {
        code: code(kind.code()),
        severity: Severity::Warning,
        message: kind.to_string(),
        place: sources.place(*span, files),
        label: match kind {
            NoticeKind::PatchMatchedNothing { .. }
            | NoticeKind::ReplacementMatchedNothing
            | NoticeKind::ImageMatchedNothing { .. } => Some("matches nothing"),
            NoticeKind::VarUnused { .. } => Some("is not used"),
            NoticeKind::Deprecated(_) => Some("is deprecated"),
            NoticeKind::SchemaNotNeeded { .. } => Some("cannot be read"),
            _ => Some("changes nothing"),
        },
        related: Vec::new(),
        help: Some(help::for_notice(kind)),
    }
}

fn message(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::OrderMatters => "these bases cannot be built".to_owned(),
        kind => kind.to_string(),
    }
}

fn label(kind: &ErrorKind) -> Option<&'static str> {
    if let Some(error) = kind.path() {
        return match error {
            LoadError::Missing { .. } => Some("nothing is there"),
            LoadError::Outside { .. } => Some("lies outside"),
            LoadError::Remote { .. } => Some("is elsewhere"),
            LoadError::Cycle { .. } => Some("leads back"),
            _ => None,
        };
    }
    match kind {
        ErrorKind::Accumulate(AccumulateError::Collision { .. })
        | ErrorKind::Transform(TransformError::Accumulate(_)) => Some("again here"),
        _ => None,
    }
}

/// Where the other one of two things is that do not go together.
fn first(kind: &ErrorKind) -> Option<(kustomize::yaml::Span, &'static str)> {
    match kind {
        ErrorKind::Accumulate(error) | ErrorKind::Transform(TransformError::Accumulate(error)) => {
            match error {
                AccumulateError::Collision { first, .. } => Some((*first, "the first one")),
                AccumulateError::AlreadyThere { first, .. }
                | AccumulateError::VarTwice { first, .. } => {
                    Some((*first, "the one that is there"))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The code of a name that the engine gives.
fn code(name: &str) -> Code {
    Code::ALL.iter().copied().find(|code| code.as_str() == name).unwrap_or(Code::CannotBuild)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_that_the_engine_gives_is_a_code() {
        for name in [
            "outside-root",
            "remote-resource",
            "kustomization-cycle",
            "no-kustomization",
            "invalid-kustomization",
            "missing-resource",
            "invalid-resource",
            "duplicate-object",
            "patch-failed",
            "replacement-failed",
            "foreign-code",
            "too-large",
            "cannot-build",
            "deprecated-field",
            "patch-matched-nothing",
            "patch-changed-nothing",
            "replacement-matched-nothing",
            "replacement-changed-nothing",
            "image-matched-nothing",
            "image-changed-nothing",
            "replicas-changed-nothing",
            "unused-var",
        ] {
            assert_eq!(code(name).as_str(), name);
        }
    }

    #[test]
    fn paths_are_told_from_the_folder() {
        assert_eq!(shown("/a/b/c", "/a").map(|path| path.to_string()).as_deref(), Some("b/c"));
        assert_eq!(shown("/a", "").map(|path| path.to_string()).as_deref(), Some("a"));
        assert_eq!(shown("/ab/c", "/a"), None);
    }
}
