//! `tenantry layout diff`.

use std::fmt::Write as _;
use std::path::PathBuf;

use console::Style;
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::change::held;
use super::source::{self, Wanted};
use crate::cli::failure::Failure;
use crate::cli::outcome::{Exit, Outcome};
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::sync::Wishes;
use crate::upgrade::{self, Difference, Held, Side, Title, UpgradeError};

/// Show what an upgrade of the layout would change, what you changed in it, or what is new
///
/// Without a flag it is what `layout upgrade` would write to `.tenantry/layout` and to the description, merged with your changes. What is
/// generated from that is shown by `layout upgrade --dry-run`. Exits with 3 if there is a difference.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DiffArgs {
    /// A layout that this tenantry carries; without it, the one of the repository's name.
    #[arg(value_name = "NAME", conflicts_with = "from")]
    layout: Option<String>,

    /// A folder with a `layout.yaml` to compare with.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,

    /// Show what you changed since the layout was copied.
    #[arg(long, conflicts_with_all = ["layout", "from", "new"])]
    yours: bool,

    /// Show what the other version says otherwise than the one that was copied.
    #[arg(long)]
    new: bool,
}

impl DiffArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find(ui)?;
        let held = held(&repository)?.ok_or(UpgradeError::NoLayout)?;
        let told = |diagnostics| repository.faults(diagnostics);
        if self.yours {
            let found = upgrade::yours(&repository.disk, &held, &repository.copied_layout()?);
            return Ok(outcome("yours", &held, None, &found.map_err(told)?));
        }
        let wanted = match (&self.from, self.layout) {
            (Some(folder), _) => Wanted::Folder(ui.path(folder)),
            (None, name) => Wanted::Carried(name.unwrap_or_else(|| held.title.name.clone())),
        };
        let to = source::read(&repository, &wanted)?;
        upgrade::admit(&held, &to, true)?;
        let title = Title::from(&to.manifest);
        let (view, found) = if self.new {
            let tree = upgrade::copied(&to);
            let bases = repository.copied_layout()?;
            ("new", upgrade::newer(&repository.disk, &held, &tree, &bases).map_err(told)?)
        } else {
            let upgrade = super::change::upgrade(&repository, &held, &to, &Wishes::default())?;
            ("upgrade", upgrade.differences(&repository.disk).map_err(told)?)
        };
        Ok(outcome(view, &held, Some(&title), &found))
    }
}

fn outcome(view: &str, held: &Held, to: Option<&Title>, found: &[Difference]) -> Outcome {
    let named = |title: &Title| json!({ "name": title.name, "version": title.version });
    let mut text = String::new();
    for one in found {
        text.push_str(&coloured(one));
    }
    if found.is_empty() {
        text = match to {
            None => format!("The layout is {} as it was copied.\n", held.title),
            Some(to) if *to == held.title => format!("No difference: {to} is what was copied.\n"),
            Some(to) => format!("No difference to {to}.\n"),
        };
    }
    let data = json!({
        "view": view,
        "from": named(&held.title),
        "to": to.map(named),
        "files": found.iter().map(file).collect::<Vec<_>>(),
    });
    let exit = if found.is_empty() { Exit::Done } else { Exit::Found };
    Outcome::answer(text, data).exit(exit)
}

fn file(one: &Difference) -> Value {
    let change = match (&one.before, &one.after) {
        (Side::Absent, _) => "added",
        (_, Side::Absent) => "removed",
        _ => "changed",
    };
    json!({ "path": one.path, "change": change, "diff": unified(one).ok() })
}

/// A unified diff, as `git apply` takes it; or why there is none.
fn unified(one: &Difference) -> Result<String, &'static str> {
    let mut out = String::new();
    for line in lines(one)? {
        let _ = write!(out, "{}", line.text);
    }
    Ok(out)
}

fn coloured(one: &Difference) -> String {
    let mut out = String::new();
    match lines(one) {
        Ok(lines) => {
            for line in lines {
                let (words, end) = match line.text.strip_suffix('\n') {
                    Some(words) => (words, "\n"),
                    None => (line.text.as_str(), ""),
                };
                let _ = write!(out, "{}{end}", line.style.apply_to(words));
            }
        }
        Err(why) => {
            let _ = writeln!(out, "{}: {why}", one.path);
        }
    }
    out
}

/// A line of a diff, with its end.
struct Line {
    text: String,
    style: Style,
}

fn lines(one: &Difference) -> Result<Vec<Line>, &'static str> {
    let text = |side: &Side| match side {
        Side::Absent => Ok(String::new()),
        Side::Says(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(text.to_owned()),
            _ => Err("differs, and is no text"),
        },
        Side::Lost => Err("differs, and what was copied is not to be had any more"),
    };
    let (old, new) = (text(&one.before)?, text(&one.after)?);
    let style = Style::new().for_stdout();
    let name = |side: &Side, letter: char| match side {
        Side::Absent => "/dev/null".to_owned(),
        _ => format!("{letter}/{}", one.path),
    };
    let bold = |text: String| Line { text, style: style.clone().bold() };
    let mut lines = vec![bold(format!("diff --git a/{0} b/{0}\n", one.path))];
    if one.before == Side::Absent {
        lines.push(bold("new file mode 100644\n".to_owned()));
    } else if one.after == Side::Absent {
        lines.push(bold("deleted file mode 100644\n".to_owned()));
    }
    lines.push(bold(format!("--- {}\n", name(&one.before, 'a'))));
    lines.push(bold(format!("+++ {}\n", name(&one.after, 'b'))));
    let diff = TextDiff::from_lines(&old, &new);
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        lines.push(Line { text: format!("{}\n", hunk.header()), style: style.clone().cyan() });
        for change in hunk.iter_changes() {
            let style = match change.tag() {
                ChangeTag::Delete => style.clone().red(),
                ChangeTag::Insert => style.clone().green(),
                ChangeTag::Equal => style.clone(),
            };
            let mut text = format!("{}{}", change.tag(), change.value());
            if change.missing_newline() {
                text.push_str("\n\\ No newline at end of file\n");
            }
            lines.push(Line { text, style });
        }
    }
    Ok(lines)
}
