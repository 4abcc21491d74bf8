//! A description and a layout become a tree.
//!
//! Each entity's files are made by one task: its contexts are built once and shared by its files.
//! Whatever runs first, the tree and the diagnostics are the same. Nothing here knows what templates
//! say, where the tree goes, or what lies on the disk.

mod difference;
mod fleet;
mod member;
mod output;
mod patched;
mod platform;
mod task;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::files::Files;
use crate::layout::Layout;
use crate::path::RepoPath;
use crate::spec::Platform;
use crate::tree::{Tree, TreeFile};

use fleet::{At, Fleet};
pub use patched::{Placed, Selected};
use task::{Fault, Shared};

/// What a description and a layout render to.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The files.
    pub tree: Tree,
    /// Which of them have patches of the description.
    pub placed: Vec<Placed>,
}

/// Renders a repository's layout for its description. `files` holds what components draw their values
/// from.
///
/// # Errors
/// Everything that failed: variables of the layout, templates, what they rendered, and paths that
/// clash. What fails alike for many entities is told once, with the first of them.
pub fn render(
    platform: &Platform,
    layout: &Layout,
    files: &dyn Files,
) -> Result<Rendered, Vec<Diagnostic>> {
    render_fleet(&platform::Described::new(platform, layout, files), layout, Output::Parsed)
}

/// Renders as [`render`] does, without parsing what came out: for a comparison with files that were proven when
/// they were written.
///
/// # Errors
/// As [`render`], except for what only parsing finds.
pub fn render_to_compare(
    platform: &Platform,
    layout: &Layout,
    files: &dyn Files,
) -> Result<Rendered, Vec<Diagnostic>> {
    render_fleet(&platform::Described::new(platform, layout, files), layout, Output::Trusted)
}

/// Whether a rendered file is parsed before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    Parsed,
    Trusted,
}

fn render_fleet(
    fleet: &dyn Fleet,
    layout: &Layout,
    output: Output,
) -> Result<Rendered, Vec<Diagnostic>> {
    let shared = Shared::new(fleet, layout, output)?;
    let (made, placed, faults) = shared.run();
    if !faults.is_empty() {
        return Err(told_once(faults));
    }
    Ok(Rendered { tree: assemble(made)?, placed })
}

/// A file for the tree.
pub(crate) type Made = (RepoPath, TreeFile);

fn told_once(faults: Vec<Fault>) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut told: Vec<(Diagnostic, String, usize)> = Vec::new();
    for Fault { diagnostic, loops } in faults {
        let key = format!("{:?} {} {:?}", diagnostic.code, diagnostic.message, diagnostic.place);
        match seen.get(&key) {
            Some(&at) => told[at].2 += 1,
            None => {
                seen.insert(key, told.len());
                told.push((diagnostic, loops.to_string(), 0));
            }
        }
    }
    told.into_iter()
        .map(|(mut diagnostic, loops, others)| {
            if !loops.is_empty() {
                diagnostic.message.push_str(", for ");
                diagnostic.message.push_str(&loops);
            }
            if others > 0 {
                diagnostic.message.push_str(&format!(" and {others} more"));
            }
            diagnostic
        })
        .collect()
}

/// Puts the files in order and refuses what cannot lie side by side.
fn assemble(made: Vec<Made>) -> Result<Tree, Vec<Diagnostic>> {
    let mut tree = Tree::default();
    let mut clashes = Vec::new();
    for (path, file) in made {
        let template = file.template.clone();
        if let Some(other) = tree.insert(path.clone(), file) {
            clashes.push(collision(
                format!("two templates render `{path}`"),
                &template,
                &other.template,
            ));
        }
    }
    let mut folded: BTreeMap<String, &RepoPath> = BTreeMap::new();
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    let capital = |path: &RepoPath| path.as_str().chars().any(char::is_uppercase);
    let any_capital = tree.iter().any(|(path, _)| capital(path));
    for (path, file) in tree.iter() {
        if is_input(path) {
            let message = format!("a template renders `{path}`, which is not for layouts to write");
            let place = Place { file: file.template.clone(), range: None };
            clashes.push(
                Diagnostic::error(Code::UnsafePath, message).at(place).help(
                    "the description is people's, and what lies in `.tenantry` tenantry's own",
                ),
            );
        }
        if any_capital
            && let Some(other) = folded.insert(path.as_str().to_lowercase(), path)
            && let Some(other_file) = tree.get(other.as_str())
        {
            clashes.push(collision(
                format!(
                    "`{path}` and `{other}` differ in case only, which many disks take for the \
                     same file"
                ),
                &file.template,
                &other_file.template,
            ));
        }
        let mut folder = path.parent();
        while let Some(name) = folder.filter(|name| folders.insert(name)) {
            if let Some(other) = tree.get(name) {
                clashes.push(collision(
                    format!("`{name}` is rendered as a file, and `{path}` needs it as a folder"),
                    &file.template,
                    &other.template,
                ));
            }
            folder = name.rsplit_once('/').map(|(parent, _)| parent);
        }
    }
    if clashes.is_empty() { Ok(tree) } else { Err(clashes) }
}

/// Whether a path is one that files are generated from, or that tells what was generated: a layout that wrote there would change
/// what it means. Some disks do not tell cases apart.
fn is_input(path: &RepoPath) -> bool {
    let path = path.as_str();
    let below = |folder: &str| {
        path.get(..folder.len()).is_some_and(|head| head.eq_ignore_ascii_case(folder))
    };
    below("platform/")
        || path.eq_ignore_ascii_case("platform.yaml")
        || (below(".tenantry/")
            && ![".tenantry/.gitattributes", ".tenantry/.gitignore"].contains(&path))
}

fn collision(message: String, one: &RepoPath, other: &RepoPath) -> Diagnostic {
    let whole = |file: &RepoPath| Place { file: file.clone(), range: None };
    let diagnostic = Diagnostic::error(Code::PathCollision, message).at(whole(one));
    if one == other {
        return diagnostic;
    }
    diagnostic.related(whole(other), "the other template")
}

#[cfg(test)]
mod tests;
