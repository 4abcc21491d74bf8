//! What becomes of written files in git: a commit, on this branch or a new one, and a push.
//!
//! Everything that can be known is found out before anything is written ([`Delivery::prepare`]). What fails afterwards (a hook, a
//! signature, the remote) takes nothing back: the files stay written, the commit stays, and the outcome says so beside the reason.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::commands::Writing;
use super::failure::Failure;
use super::outcome::{Exit, Outcome};
use super::step::NOT_COMMITTED;
use super::ui::Ui;
use crate::git::{Commit, GitError, Pushed, Ready, Repository, Wishes};
use crate::path::RepoPath;

/// Below this lie the branches that nobody named.
const BRANCHES: &str = "tenantry";

/// A branch's name by itself is cut here.
const LONGEST: usize = 100;

/// What is to become of what a command writes; nothing unless it was asked for.
pub(crate) struct Delivery {
    ready: Option<Ready>,
    message: Option<String>,
}

impl Delivery {
    /// Finds out before anything is written whether it can be done. `what` is what the command does, such as
    /// `create tenant team-a`: a branch that nobody named is named after it.
    ///
    /// # Errors
    /// Everything that can be known to be in the way; see [`Repository::ready`].
    pub(crate) fn prepare(
        ui: &Ui,
        root: &Path,
        writing: &Writing,
        what: &str,
    ) -> Result<Self, Failure> {
        let asked = &writing.commits;
        let message = writing.message.clone();
        if writing.dry_run || !(asked.commit || asked.push || asked.branch.is_some()) {
            return Ok(Self { ready: None, message });
        }
        let branch = asked.branch.as_ref().map(|name| match &**name {
            "" => branch_for(what),
            name => name.to_owned(),
        });
        let wishes = Wishes {
            branch,
            push: asked.push,
            remote: writing.remote.clone(),
            no_verify: writing.no_verify,
            interactive: ui.interactive,
        };
        Ok(Self { ready: Some(Repository::open(root)?.ready(wishes)?), message })
    }

    /// Commits exactly these paths and pushes, as was asked for, and adds to the outcome what came of it.
    pub(crate) fn carry_out(
        self,
        ui: &Ui,
        paths: &[RepoPath],
        message: &str,
        outcome: &mut Outcome,
    ) {
        let Some(ready) = self.ready else { return };
        if outcome.exit == Exit::Conflicts {
            outcome.text.push_str(NOT_COMMITTED);
            outcome.data["commit"] = Value::Null;
            return;
        }
        let message = self.message.as_deref().unwrap_or(message);
        match ready.commit(paths, message) {
            Ok(Some(commit)) => tell_commit(&commit, outcome),
            Ok(None) => {}
            Err(error) => {
                outcome.data["commit"] = Value::Null;
                fail(error, outcome);
                return;
            }
        }
        push(&ready, ui, outcome);
    }

    /// Pushes what an earlier run may have left unpushed: a retry has nothing to write any more.
    pub(crate) fn carry_on(self, ui: &Ui, outcome: &mut Outcome) {
        if let Some(ready) = self.ready.filter(Ready::is_there) {
            push(&ready, ui, outcome);
        }
    }
}

fn push(ready: &Ready, ui: &Ui, outcome: &mut Outcome) {
    if !ready.pushes() {
        return;
    }
    let spinner = ui.spinner("Pushing");
    let pushed = ready.push();
    spinner.finish_and_clear();
    match pushed {
        Ok(Some(pushed)) => tell_push(&pushed, outcome),
        Ok(None) => {}
        Err(error) => {
            outcome.data["pushed"] = Value::Null;
            fail(error, outcome);
        }
    }
}

fn fail(error: GitError, outcome: &mut Outcome) {
    let failure = Failure::Git(error);
    outcome.exit = failure.exit();
    outcome.diagnostics.extend(failure.diagnostics().0);
}

/// Tells of a commit.
pub(crate) fn tell_commit(commit: &Commit, outcome: &mut Outcome) {
    let text = &mut outcome.text;
    let branch = commit.branch.as_deref().map(|name| format!(" on {name}")).unwrap_or_default();
    let subject = commit.message.lines().next().unwrap_or_default();
    // Writing into a string does not fail.
    let _ =
        writeln!(text, "Committed {}{branch}: {subject}", &commit.id[..commit.id.len().min(10)]);
    for line in commit.words.lines() {
        let _ = writeln!(text, "hook: {line}");
    }
    for note in &commit.notes {
        let _ = writeln!(text, "note: {note}");
    }
    let notes: Vec<String> = commit.notes.iter().map(ToString::to_string).collect();
    outcome.data["commit"] = json!({
        "id": commit.id,
        "branch": commit.branch,
        "files": commit.paths,
        "message": commit.message,
        "notes": notes,
    });
}

fn tell_push(pushed: &Pushed, outcome: &mut Outcome) {
    let text = &mut outcome.text;
    let _ = match pushed.up_to_date {
        true => writeln!(text, "Nothing to push: {} has {} already", pushed.remote, pushed.branch),
        false => writeln!(text, "Pushed {} to {} ({})", pushed.branch, pushed.remote, pushed.url),
    };
    match &pushed.pull_request {
        Some(url) => {
            let _ = writeln!(text, "Open a pull request: {url}");
        }
        None => {
            for line in pushed.words.lines() {
                let _ = writeln!(text, "{}: {line}", pushed.remote);
            }
        }
    }
    outcome.data["pushed"] = json!({
        "remote": pushed.remote,
        "url": pushed.url,
        "branch": pushed.branch,
        "upToDate": pushed.up_to_date,
        "pullRequest": pushed.pull_request,
    });
}

/// `tenantry/create-tenant-team-a`.
fn branch_for(what: &str) -> String {
    let mut name = String::new();
    for c in what.chars() {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            'A'..='Z' => name.push(c.to_ascii_lowercase()),
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    name.truncate(LONGEST);
    format!("{BRANCHES}/{}", name.trim_end_matches('-'))
}
