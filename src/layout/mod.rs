//! A reference architecture as data: a folder with a manifest and templates.
//!
//! In goes the layout's folder of a repository (a view of files), out comes a [`Layout`]: the manifest,
//! and each template compiled, with the loop that its path means. `render` brings it together with a
//! description. Nothing here knows the description, and no Rust knows the name of a layout.
//!
//! How a layout is made is told in `docs/layouts.md`.

mod block;
mod embedded;
mod engine;
mod functions;
mod manifest;
mod migration;
mod parts;
mod pattern;
mod quoting;
mod shipped;
mod source;

use std::sync::Arc;

use globset::{GlobSet, GlobSetBuilder};
use kustomize::yaml::{Budget, SourceId, parse};

pub(crate) use block::block;
pub use embedded::{Embedded, embedded, files_of};
pub(crate) use engine::{Engine, OutputKind, Source};
pub(crate) use manifest::glob;
pub use manifest::{
    ArtifactNames, ArtifactRule, FileRules, Guarded, Manifest, Overlay, OverlayRule, Reserved,
    Roles, Variable, VariableKind, variables,
};
pub use migration::Migration;
pub use pattern::{Loop, Member, PathPattern, PatternError, Placeholder};
pub use shipped::Shipped;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::files::Files;
use crate::path::RepoPath;
use crate::sync::merge::conflict_marker;
use crate::tree::Ownership;

/// The name of a layout's manifest.
pub const MANIFEST: &str = "layout.yaml";
/// The folder of a repository's layout.
pub const FOLDER: &str = ".tenantry/layout";
/// The ending of templates; what has it not is copied as it is.
const TEMPLATE: &str = ".tera";

/// A layout that is ready to be rendered.
#[derive(Debug)]
pub struct Layout {
    /// What it says about itself.
    pub manifest: Manifest,
    /// The folder of the repository that it was read from.
    pub folder: RepoPath,
    /// Folders that stand on others and hold what differs.
    pub overlays: Vec<Overlay>,
    /// The OCI artifacts that clusters pull in the place of the repository; none where clusters read it themselves.
    pub artifacts: Vec<ArtifactNames>,
    pub(crate) templates: Vec<Template>,
    pub(crate) engine: Engine,
    owners: Owners,
}

/// A file of a layout that becomes files of the tree.
#[derive(Debug)]
pub(crate) struct Template {
    /// Where it lies in the repository.
    pub(crate) file: RepoPath,
    /// Its path below the layout's folder, which is its name for Tera.
    pub(crate) name: String,
    /// The paths that it renders to.
    pub(crate) target: PathPattern,
    pub(crate) kind: OutputKind,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    /// Rendered by Tera.
    Rendered,
    /// Copied as it is.
    Copied(Arc<[u8]>),
}

#[derive(Debug)]
struct Owners {
    once: GlobSet,
    foreign: GlobSet,
    lists: GlobSet,
}

/// Reads the layout of a repository from a folder of it, by default [`FOLDER`].
///
/// # Errors
/// Everything that is wrong with the manifest, or else everything that is wrong with the templates.
pub fn load(files: &dyn Files, folder: &RepoPath) -> Result<Layout, Vec<Diagnostic>> {
    let manifest_file = child(folder, MANIFEST)?;
    let unreadable = |error: crate::files::FilesError| {
        vec![Diagnostic::error(Code::InvalidLayout, error.to_string())]
    };
    let Some(bytes) = files.read(&manifest_file).map_err(unreadable)? else {
        let message = format!("there is no layout: `{manifest_file}` is missing");
        return Err(vec![
            Diagnostic::error(Code::NoLayout, message)
                .help("`tenantry layout use NAME` copies one into it; `tenantry layout list` names those that there are"),
        ]);
    };
    refuse_markers(&manifest_file, &bytes)?;
    let manifest::Read { manifest, overlays, artifacts } = manifest::read(&manifest_file, &bytes)?;
    let owners = Owners {
        once: globs(&manifest.files.once),
        foreign: globs(&manifest.files.foreign),
        lists: globs(&manifest.files.lists),
    };
    let mut faults = Vec::new();
    let mut templates = Vec::new();
    let mut sources = Vec::new();
    for file in files.list(Some(folder)).map_err(unreadable)? {
        if file == manifest_file {
            continue;
        }
        let Some(bytes) = files.read(&file).map_err(unreadable)? else { continue };
        let read = refuse_markers(&file, &bytes).and_then(|()| read_template(folder, file, bytes));
        match read {
            Ok((template, source)) => {
                templates.extend(template);
                sources.extend(source);
            }
            Err(diagnostics) => faults.extend(diagnostics),
        }
    }
    match Engine::new(folder, &sources) {
        Ok(engine) if faults.is_empty() => {
            let folder = folder.clone();
            Ok(Layout { manifest, folder, overlays, artifacts, templates, engine, owners })
        }
        Ok(_) => Err(faults),
        Err(more) => {
            faults.extend(more.into_iter().map(Diagnostic::from));
            Err(faults)
        }
    }
}

/// The path that a file of a layout's folder renders to, if it renders to one. What the file says is not looked at.
pub(crate) fn target(file: &RepoPath, folder: &RepoPath) -> Option<PathPattern> {
    let name = file.as_str().strip_prefix(folder.as_str())?.strip_prefix('/')?;
    if name == MANIFEST || is_included(name) {
        return None;
    }
    PathPattern::new(name.strip_suffix(TEMPLATE).unwrap_or(name)).ok()
}

/// Whether a file of a layout is there to be included, and renders nothing.
fn is_included(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with('_'))
}

fn child(folder: &RepoPath, name: &str) -> Result<RepoPath, Vec<Diagnostic>> {
    RepoPath::new(&format!("{folder}/{name}"))
        .map_err(|error| vec![Diagnostic::error(Code::UnsafePath, error.to_string())])
}

fn globs(patterns: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        // The manifest was refused if one of them is wrong.
        if let Ok(glob) = glob(pattern) {
            set.add(glob);
        }
    }
    set.build().unwrap_or_default()
}

/// Refuses a file with marks of an unresolved merge, which would be rendered with it.
fn refuse_markers(file: &RepoPath, bytes: &[u8]) -> Result<(), Vec<Diagnostic>> {
    let Some(range) = conflict_marker(bytes) else { return Ok(()) };
    let message = format!("`{file}` carries the markers of an unresolved merge");
    let place = Place { file: file.clone(), range: Some(range) };
    let diagnostic = Diagnostic::error(Code::ConflictMarkers, message).at(place);
    Err(vec![diagnostic.help("keep what is right of the two sides, and delete the marks")])
}

/// A file of the layout as what it renders to, and as what Tera has to know.
fn read_template(
    folder: &RepoPath,
    file: RepoPath,
    bytes: Vec<u8>,
) -> Result<(Option<Template>, Option<Source>), Vec<Diagnostic>> {
    let whole = || Place { file: file.clone(), range: None };
    let name = file.as_str()[folder.as_str().len() + 1..].to_owned();
    let included = is_included(&name);
    let target = name.strip_suffix(TEMPLATE);
    let kind = OutputKind::of(target.unwrap_or(&name));
    if included && target.is_none() {
        return Ok((None, None));
    }
    let pattern = match PathPattern::new(target.unwrap_or(&name)) {
        Ok(pattern) => pattern,
        Err(error) => {
            return Err(vec![
                Diagnostic::error(Code::InvalidLayout, format!("the file's path: {error}"))
                    .at(whole())
                    .help("there is `{environment}`, `{cluster}`, `{tenant}`, `{component}`"),
            ]);
        }
    };
    if target.is_none() {
        if kind == OutputKind::Yaml
            && let Err(errors) = parse(SourceId(0), &bytes, &Budget::default())
        {
            return Err(errors
                .into_iter()
                .map(|error| {
                    let place = Place { file: file.clone(), range: Some(error.span.range()) };
                    Diagnostic::error(Code::InvalidTemplate, error.kind.to_string()).at(place)
                })
                .collect());
        }
        let content = Content::Copied(bytes.into());
        return Ok((Some(Template { file, name, target: pattern, kind, content }), None));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let place = Place { file, range: Some(at..at + 1) };
            let message = "a template has to be UTF-8";
            return Err(vec![Diagnostic::error(Code::InvalidTemplate, message).at(place)]);
        }
    };
    if kind == OutputKind::Yaml {
        let faults = quoting::check(&text);
        if !faults.is_empty() {
            return Err(faults.into_iter().map(|fault| fault.diagnostic(&file)).collect());
        }
    }
    let source =
        Source { name: name.clone(), text: text.into(), kind: (!included).then_some(kind) };
    let template = (!included).then_some(Template {
        file,
        name,
        target: pattern,
        kind,
        content: Content::Rendered,
    });
    Ok((template, Some(source)))
}

impl Layout {
    /// Whose a generated file is.
    #[must_use]
    pub fn ownership(&self, path: &RepoPath) -> Ownership {
        let path = path.as_str();
        if self.owners.foreign.is_match(path) {
            Ownership::Foreign
        } else if self.owners.once.is_match(path) {
            Ownership::Once
        } else if self.owners.lists.is_match(path) {
            Ownership::List
        } else {
            Ownership::Managed
        }
    }
}
