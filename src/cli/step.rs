//! What a command does to each file, for people and for machines.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::layout;
use crate::path::RepoPath;
use crate::sync::{BESIDE, Because, Change, Plan};

/// More paths than this are counted, not listed, where a person reads.
const SHOWN: usize = 40;

/// What is said where a commit was asked for and conflicts are left.
pub(crate) const NOT_COMMITTED: &str =
    "Not committed: conflicts are left in files. Resolve them, and commit.\n";

/// A file and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The file.
    pub path: RepoPath,
    /// What happens to it.
    pub change: Change,
    /// Why, where the change alone does not say it.
    because: Option<Because>,
}

impl Step {
    /// What happens to a file.
    pub(crate) fn new(path: &RepoPath, change: Change) -> Self {
        Self { path: path.clone(), change, because: None }
    }

    /// For machines.
    pub(crate) fn data(&self) -> Value {
        let mut data = json!({ "path": self.path, "action": self.change.as_str() });
        if let Some(because) = &self.because {
            data["because"] = json!(because.to_string());
        }
        data
    }

    /// For people: a sign, and a few words where the sign does not say it all.
    fn line(&self) -> String {
        let (sign, words) = match self.change {
            Change::Create => ('+', ""),
            Change::Update => ('~', ""),
            Change::Delete => ('-', ""),
            Change::Merged => ('~', "merged with what was edited by hand"),
            Change::Conflict => ('!', "conflict"),
            Change::Beside => ('!', "conflict, kept as it was edited"),
            Change::Kept => ('=', "kept as it was edited by hand"),
            Change::StaysDeleted => ('=', "stays deleted"),
            Change::Adopt => ('=', "is so already; the lock learns it"),
            Change::Left => ('=', "generated no more, and left"),
            Change::Forgotten => ('=', "generated no more, and was deleted by hand"),
            Change::Skipped => ('=', "left out of the checkout, and not written"),
            Change::Reset => ('~', "reset to what is generated"),
            Change::TakeOver => ('~', "taken over"),
            Change::Discard => ('-', "deleted with its edits"),
            Change::Unchanged | Change::Untouched => ('=', ""),
        };
        match words {
            "" => format!("  {sign} {}", self.path),
            _ => format!("  {sign} {} ({words})", self.path),
        }
    }
}

/// What a plan does, but for files that stay as they are by themselves.
pub(crate) fn steps_of(plan: &Plan) -> Vec<Step> {
    let actions = plan.actions.iter().filter(|action| {
        let settled = action.change == Change::Skipped && action.because.is_none();
        !settled && !matches!(action.change, Change::Unchanged | Change::Untouched)
    });
    let steps = actions.map(|action| Step {
        path: action.path.clone(),
        change: action.change,
        because: action.because.clone(),
    });
    steps.collect()
}

/// The steps for a person: all of them, or the first and a count.
pub(crate) fn show(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps.iter().take(SHOWN) {
        let _ = writeln!(out, "{}", step.line());
    }
    if steps.len() > SHOWN {
        let _ = writeln!(out, "  … and {} more", steps.len() - SHOWN);
    }
    let count =
        |changes: &[Change]| steps.iter().filter(|step| changes.contains(&step.change)).count();
    let changed =
        [Change::Update, Change::Merged, Change::Conflict, Change::Reset, Change::TakeOver];
    let _ = write!(
        out,
        "{} to create, {} to change, {} to delete",
        count(&[Change::Create]),
        count(&changed),
        count(&[Change::Delete, Change::Discard])
    );
    for (changes, words) in [
        ([Change::Kept, Change::Beside], "kept as edited"),
        ([Change::Conflict, Change::Beside], "in conflict"),
    ] {
        let count = count(&changes);
        if count > 0 {
            let _ = write!(out, ", {count} {words}");
        }
    }
    out.push('\n');
    out
}

/// The conflicts that a plan leaves, or in a dry run would leave.
pub(crate) fn conflicts(plan: &Plan, dry_run: bool) -> Vec<Diagnostic> {
    let actions = plan.actions.iter().filter(|action| action.is_conflict());
    let diagnostics = actions.map(|action| {
        let path = &action.path;
        let because = action.because.as_ref().map(|because| format!(": {because}"));
        let (theirs, back, again) = match path.as_str().starts_with(layout::FOLDER) {
            true => ("what the layout says", "platform.yaml .tenantry".to_owned(), "upgrade"),
            false => ("what is generated", format!("{path} .tenantry/lock"), "generate"),
        };
        let help = match action.change {
            Change::Beside if dry_run => {
                format!("nothing was written; without `--dry-run`, {theirs} is put into `{path}{BESIDE}`")
            }
            _ if dry_run => {
                "nothing was written; without `--dry-run`, both are put into the file, between marks"
                    .to_owned()
            }
            Change::Beside => format!(
                "{theirs} is in `{path}{BESIDE}`: take over what you want of it, and delete it"
            ),
            _ if matches!(action.because, Some(Because::BaseLost(Some(_)))) => format!(
                "restore it (`git checkout -- {back}`), get what is missing, and {again} again; or keep \
                 what is right of both, and delete the marks"
            ),
            _ => "both are in the file, between marks: keep what is right, and delete the marks"
                .to_owned(),
        };
        let message = format!(
            "what was edited in `{path}` and {theirs} now do not go together{}",
            because.unwrap_or_default()
        );
        Diagnostic::error(Code::MergeConflict, message)
            .at(Place { file: path.clone(), range: None })
            .help(help)
    });
    diagnostics.collect()
}

/// The files whose content goes as was asked for.
pub(crate) fn thrown_away(plan: &Plan) -> impl Iterator<Item = &RepoPath> {
    let thrown = |change| matches!(change, Change::Reset | Change::TakeOver | Change::Discard);
    plan.actions.iter().filter(move |action| thrown(action.change)).map(|action| &action.path)
}
