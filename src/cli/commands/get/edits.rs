//! `tenantry get edits`.

use std::fmt::Write as _;

use serde_json::json;
use similar::TextDiff;

use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::table::draw;
use crate::generate::{Edit, edits, meant};

/// Which edits, and how much of them.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GetEdits {
    /// Only files that these patterns match, such as `tenants/**`, or that lie in these folders.
    #[arg(value_name = "PATH")]
    paths: Vec<String>,

    /// Show what each edit changes.
    #[arg(long)]
    diff: bool,
}

impl GetEdits {
    pub(super) fn run(self, repository: &Repository) -> Result<Outcome, Failure> {
        let generated = meant(&repository.disk)?;
        let found = edits(&generated, &repository.disk, &repository.root)?;
        let paths = crate::sync::Paths::of(&self.paths)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        let found: Vec<Edit> = found
            .into_iter()
            .filter(|edit| self.paths.is_empty() || paths.holds(&edit.path))
            .collect();
        let (mut rows, mut data, mut diffs) = (Vec::new(), Vec::new(), String::new());
        for edit in &found {
            let texts = edit.base.as_ref().zip(edit.ours.as_ref());
            let texts = texts.map(|(base, ours)| {
                (
                    String::from_utf8_lossy(base).into_owned(),
                    String::from_utf8_lossy(ours).into_owned(),
                )
            });
            let diff = texts.as_ref().map(|(base, ours)| TextDiff::from_lines(base, ours));
            let count = |tag| {
                diff.as_ref()
                    .map(|diff| diff.iter_all_changes().filter(|line| line.tag() == tag).count())
            };
            let (more, less) =
                (count(similar::ChangeTag::Insert), count(similar::ChangeTag::Delete));
            let lines = match (more, less) {
                (Some(more), Some(less)) => format!("+{more} -{less}"),
                _ => "-".to_owned(),
            };
            rows.push(vec![edit.path.to_string(), edit.reason.to_string(), lines]);
            data.push(json!({
                "path": edit.path,
                "reason": edit.reason.as_str(),
                "insertions": more,
                "deletions": less,
                "baseKnown": edit.base.is_some(),
            }));
            if self.diff
                && let Some(diff) = &diff
            {
                let (from, to) =
                    (format!("generated/{}", edit.path), format!("edited/{}", edit.path));
                let _ = write!(diffs, "\n{}", diff.unified_diff().header(&from, &to));
            }
        }
        let mut text =
            draw(&["FILE", "EDIT", "LINES"], &rows, "No generated file was edited by hand.");
        text.push_str(&diffs);
        let names: Vec<String> = found.iter().map(|edit| edit.path.to_string()).collect();
        Ok(Outcome::answer(text, data.into()).named(names))
    }
}
