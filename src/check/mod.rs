//! What must hold between description, layout and tree: a family of rules a file.
//!
//! `spec` judges the description alone and `layout` the templates alone; what needs both, or what was rendered, is judged here. In go a
//! loaded description, a layout and a tree, out come diagnostics that point into the description; nothing is read from a disk.

mod artifacts;
pub(crate) mod charts;
pub mod edits;
mod engine;
pub mod fit;
mod identity;
pub mod live;
pub mod objects;
mod reserved;
mod roles;

use crate::diagnostic::Diagnostic;
use crate::layout::Layout;
use crate::spec::Platform;
use crate::tree::Tree;

use objects::Objects;

/// Judges the description against the layout, before anything is rendered.
#[must_use]
pub fn description(platform: &Platform, layout: &Layout) -> Vec<Diagnostic> {
    let mut findings = roles::check(platform, &layout.manifest.roles);
    findings.extend(reserved::check(platform, &layout.manifest));
    findings.extend(engine::check(platform));
    findings.extend(artifacts::check(platform, layout));
    findings.extend(charts::check(platform));
    findings
}

/// Judges what was rendered. `objects` are those of the tree.
#[must_use]
pub fn tree(platform: &Platform, tree: &Tree, objects: &Objects) -> Vec<Diagnostic> {
    identity::check(platform, tree, objects)
}

/// "a, b and c" in backquotes.
fn quoted(names: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "none".to_owned(),
    }
}

/// The one of several names that was most probably meant.
fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    known
        .iter()
        .map(|one| (strsim::damerau_levenshtein(name, one), one.as_str()))
        .filter(|(distance, one)| *distance <= one.len().max(name.len()) / 3)
        .min()
        .map(|(_, one)| one)
}
