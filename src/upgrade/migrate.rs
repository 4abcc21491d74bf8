//! What a description has to say otherwise for a later layout: as little of its text as can be, comments kept.
//!
//! Two kinds of changes ask for it. A version of the *context* that templates see may come with a field of the description
//! that is said otherwise; that is this program's doing, in [`CONTEXT`]. A version of a *layout* may rename or drop
//! variables; the layout's manifest says so.

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;
use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::files::Files;
use crate::layout::Manifest;
use crate::path::RepoPath;
use crate::spec::{EntityKind, described, edit};

/// What brings a description to a version of the context from the one before.
#[derive(Clone, Copy, Debug)]
pub struct Rewriting {
    /// The version that it brings to.
    pub context: u32,
    /// A file of the description as it has to be written for that. What has nothing to change comes back as it is.
    pub rewrite: fn(EntityKind, &str) -> Result<String, edit::EditError>,
}

/// One for each version of the context after the first that changed what a description says. There is none yet.
pub const CONTEXT: &[Rewriting] = &[];

/// What a description is, or has to be, written for.
#[derive(Clone, Debug)]
pub struct Written {
    /// The version of the context.
    pub context: u32,
    /// The version of the layout, where that is known.
    pub version: Option<Version>,
}

/// What a migration did to one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It has another name.
    Renamed {
        /// The field, such as `layout.variables.a`.
        from: String,
        /// Its name now.
        to: String,
    },
    /// It is gone.
    Removed {
        /// The field.
        field: String,
        /// What it said.
        value: Value,
    },
    /// The file is written for this version of the context.
    Rewritten {
        /// The version.
        context: u32,
    },
}

impl Step {
    /// The field that it is about; none for a file as a whole.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Renamed { from, .. } => Some(from),
            Self::Removed { field, .. } => Some(field),
            Self::Rewritten { .. } => None,
        }
    }

    /// What the field is called now; none for one that is gone.
    #[must_use]
    pub fn renamed(&self) -> Option<&str> {
        match self {
            Self::Renamed { to, .. } => Some(to),
            Self::Removed { .. } | Self::Rewritten { .. } => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Renamed { from, to } => write!(f, "`{from}` is `{to}` now"),
            Self::Removed { field, value } => write!(f, "`{field}` is gone; it was {value}"),
            Self::Rewritten { context } => write!(f, "written for context {context}"),
        }
    }
}

/// The files of a description that are written otherwise, and what was done to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// What the files say now.
    pub texts: BTreeMap<RepoPath, String>,
    /// What was done, in order.
    pub steps: Vec<(RepoPath, Step)>,
}

/// Brings a description from what it is written for to what a layout asks for.
///
/// # Errors
/// A file that cannot be read, or that cannot be written otherwise without touching something else.
pub fn migrate(
    files: &dyn Files,
    from: &Written,
    layout: &Manifest,
    rewritings: &[Rewriting],
) -> Result<Migrated, Vec<Diagnostic>> {
    let mut migrated = Migrated::default();
    let due = rewritings
        .iter()
        .filter(|one| one.context > from.context && one.context <= layout.context)
        .collect::<Vec<_>>();
    if !due.is_empty() {
        for (kind, file) in described(files).map_err(|fault| vec![*fault])? {
            let mut text = migrated.text(files, &file)?;
            for one in &due {
                let new = (one.rewrite)(kind, &text).map_err(|error| cannot(&file, &error))?;
                if new != text {
                    let step = Step::Rewritten { context: one.context };
                    migrated.steps.push((file.clone(), step));
                    text = new;
                }
            }
            migrated.keep(files, file, text);
        }
    }
    variables(&mut migrated, files, from.version.as_ref(), layout)?;
    Ok(migrated)
}

/// What the layout's own migrations do to the variables that `platform.yaml` says.
fn variables(
    migrated: &mut Migrated,
    files: &dyn Files,
    from: Option<&Version>,
    layout: &Manifest,
) -> Result<(), Vec<Diagnostic>> {
    let file = RepoPath::new("platform.yaml")
        .map_err(|error| vec![Diagnostic::error(Code::UnsafePath, error.to_string())])?;
    let mut text = migrated.text(files, &file)?;
    let cannot = |error| cannot(&file, &error);
    for migration in layout.migrations_from(from) {
        for (old, new) in &migration.renamed_variables {
            let (old, to) = (variable(old), variable(new));
            let renamed = edit::rename(&text, &old, new).map_err(cannot)?;
            if renamed != text {
                migrated.steps.push((file.clone(), Step::Renamed { from: old, to }));
                text = renamed;
            }
        }
        for name in &migration.removed_variables {
            let field = variable(name);
            let Some(value) = edit::get(&text, &field).map_err(cannot)? else { continue };
            text = edit::set(&text, &field, None).map_err(cannot)?;
            migrated.steps.push((file.clone(), Step::Removed { field, value }));
        }
    }
    migrated.keep(files, file, text);
    Ok(())
}

fn variable(name: &str) -> String {
    format!("layout.variables.{name}")
}

fn cannot(file: &RepoPath, error: &edit::EditError) -> Vec<Diagnostic> {
    let help = match error {
        edit::EditError::Taken { .. } => "the layout has one of the two now: say that one alone",
        _ => "nothing was written; say it by hand as the layout's new version wants it",
    };
    let diagnostic = Diagnostic::error(Code::CannotEdit, format!("{file}: {error}"))
        .at(Place { file: file.clone(), range: None })
        .help(help);
    vec![diagnostic]
}

impl Migrated {
    fn text(&self, files: &dyn Files, file: &RepoPath) -> Result<String, Vec<Diagnostic>> {
        if let Some(text) = self.texts.get(file) {
            return Ok(text.clone());
        }
        let bytes = files.read(file).map_err(|error| vec![error.diagnostic()])?;
        String::from_utf8(bytes.unwrap_or_default()).map_err(|_| {
            let diagnostic = Diagnostic::error(Code::InvalidUtf8, format!("`{file}` is not UTF-8"));
            vec![diagnostic.at(Place { file: file.clone(), range: None })]
        })
    }

    /// Takes a text that differs from what the file says.
    fn keep(&mut self, files: &dyn Files, file: RepoPath, text: String) {
        let same = matches!(files.read(&file), Ok(bytes) if bytes.as_deref().unwrap_or_default() == text.as_bytes());
        if same {
            self.texts.remove(&file);
        } else {
            self.texts.insert(file, text);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::files::Memory;
    use crate::layout::Shipped;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    fn files() -> Memory {
        Memory::new()
            .with(
                path("platform.yaml"),
                "name: a # ours\nlayout:\n  variables:\n    # Who may reach us.\n    doors: [x] # all\n    old: 1\n",
            )
            .with(path("platform/tenants/shop.yaml"), "# A shop.\nteam: ada # lead\n")
            .with(path("platform/clusters/c.yaml"), "environment: staging\n")
    }

    fn layout(version: &str, context: u32, migrations: &str) -> Manifest {
        let text = format!(
            "name: small\nversion: {version}\nsummary: x\ncontext: 1\nvariables: {{ gates: {{ type: list }} }}\n{migrations}"
        );
        let files = Memory::new().with(path("small/layout.yaml"), text);
        let manifest = Shipped::read(&files, &path("small")).unwrap().manifest;
        Manifest { context, ..manifest }
    }

    fn written(version: &str) -> Written {
        Written { context: 1, version: version.parse().ok() }
    }

    const MIGRATIONS: &str = "migrations:
- { version: 1.1.0, renamedVariables: { doors: entries } }
- { version: 1.2.0, renamedVariables: { entries: gates }, removedVariables: [old, never] }
";

    #[test]
    fn variables_take_their_new_names_and_comments_stay() {
        let layout = layout("1.2.0", 1, MIGRATIONS);
        let migrated = migrate(&files(), &written("1.0.0"), &layout, CONTEXT).unwrap();
        insta::assert_snapshot!(migrated.texts[&path("platform.yaml")], @"
        name: a # ours
        layout:
          variables:
            # Who may reach us.
            gates: [x] # all
        ");
        let told: Vec<_> = migrated.steps.iter().map(|(_, step)| step.to_string()).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        `layout.variables.doors` is `layout.variables.entries` now
        `layout.variables.entries` is `layout.variables.gates` now
        `layout.variables.old` is gone; it was 1
        ");
        assert_eq!(migrated.texts.len(), 1);
    }

    #[test]
    fn what_was_gone_through_already_is_not_again() {
        let layout = layout("1.2.0", 1, MIGRATIONS);
        let migrated = migrate(&files(), &written("1.2.0"), &layout, CONTEXT).unwrap();
        assert_eq!(migrated, Migrated::default());
    }

    #[test]
    fn two_names_for_one_variable_are_refused() {
        let both = "layout: { variables: { doors: [], entries: [] } }\n";
        let files = files().with(path("platform.yaml"), both);
        let layout = layout("1.2.0", 1, MIGRATIONS);
        let faults = migrate(&files, &written("1.0.0"), &layout, CONTEXT).unwrap_err();
        insta::assert_snapshot!(faults[0].message, @"platform.yaml: `layout.variables.doors` cannot become `layout.variables.entries`: that is said, too");
    }

    #[test]
    fn a_later_context_is_reached_version_by_version() {
        let rewritings = [
            Rewriting {
                context: 2,
                rewrite: |kind, text| match kind {
                    EntityKind::Tenant => edit::rename(text, "team", "people"),
                    _ => Ok(text.to_owned()),
                },
            },
            Rewriting {
                context: 3,
                rewrite: |kind, text| match kind {
                    EntityKind::Tenant => edit::rename(text, "people", "owner"),
                    _ => Ok(text.to_owned()),
                },
            },
            Rewriting { context: 4, rewrite: |_, _| Ok("never".to_owned()) },
        ];
        let layout = layout("1.0.0", 3, "");
        let migrated = migrate(&files(), &written("1.0.0"), &layout, &rewritings).unwrap();
        let shop = path("platform/tenants/shop.yaml");
        assert_eq!(migrated.texts[&shop], "# A shop.\nowner: ada # lead\n");
        assert_eq!(migrated.texts.len(), 1);
        assert_eq!(
            migrated.steps,
            [2, 3].map(|context| (shop.clone(), Step::Rewritten { context }))
        );
        let there = Written { context: 3, version: None };
        assert_eq!(migrate(&files(), &there, &layout, &rewritings).unwrap(), Migrated::default());
    }
}
