//! The whole way in order, as the commands use it: description and layout to a tree, and the tree to a plan whose outcome is proven.
//!
//! Nothing here writes; `sync::Writes` does, with the plan that comes from here.

use std::path::Path;

use crate::check::fit::{self, Fit};
use crate::check::{self, edits::Forbidden, objects::Objects};
use crate::diagnostic::{Diagnostic, Severity, Texts};
use crate::files::{Files, Laid};
use crate::git;
use crate::layout::{self, Layout, Shipped};
use crate::moves;
use crate::path::RepoPath;
use crate::proof;
use crate::render::{Placed, Rendered, render, render_to_compare};
use crate::spec::{self, Faults, Platform};
use crate::sync::{
    self, Bases as _, BlobId, Change, Deviation, Lock, Moves, Plan, Reason, SyncError, Wishes,
};
use crate::tree::Tree;
use crate::upgrade;

/// Why the work tree cannot be compared with what was generated.
#[derive(Debug)]
pub enum CompareError {
    /// The lock is not one.
    Faults(Faults),
    /// The work tree cannot be read.
    Sync(SyncError),
}

impl From<Faults> for CompareError {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

impl From<SyncError> for CompareError {
    fn from(error: SyncError) -> Self {
        Self::Sync(error)
    }
}

/// What lies beside a description so that it means something: a copy of an embedded layout, the schemas that the
/// description's first lines name, and what the lock says of the two. Nothing if no layout has this name.
#[must_use]
pub fn beside(layout: &str) -> Option<Vec<(RepoPath, Vec<u8>)>> {
    let copied = upgrade::copied(&Shipped::embedded(layout)?);
    let lock = upgrade::lock(&copied).changes_since(&Lock::default());
    let copied = copied.into_iter().map(|(path, file)| (path, file.bytes));
    Some(copied.chain(lock.into_iter().filter_map(|(path, text)| Some((path, text?)))).collect())
}

/// What a repository means.
#[derive(Debug)]
pub struct Generated {
    /// The description.
    pub platform: Platform,
    /// The layout.
    pub layout: Layout,
    /// The files that the two mean.
    pub tree: Tree,
    /// Which of the files have patches of the description.
    pub placed: Vec<Placed>,
    /// The objects in them; none where nothing was proven.
    pub objects: Objects,
    /// What its clusters' API servers know; nothing where nothing was proven.
    pub fit: Fit,
    /// The paths that its files had under the names that entities had before.
    pub moves: Moves,
}

/// Reads the description and the layout, renders them, and proves what came of it.
///
/// # Errors
/// Everything that is wrong with the first of these steps that fails, with the texts that the diagnostics point into.
pub fn generate(files: &dyn Files) -> Result<Generated, Faults> {
    let mut generated = rendered(files, render)?;
    let Generated { platform, tree, .. } = &generated;
    let fit = Fit::of(platform, tree, files);
    let (objects, misfits) =
        Objects::read(platform, tree, |file, object| fit.judge(&file.loops, object));
    let mut findings = check::tree(platform, tree, &objects);
    findings.extend(fit::tell(platform, tree, &misfits));
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        let texts = with_generated(platform.texts.clone(), tree, &findings);
        return Err(faults(files, findings, texts));
    }
    generated.objects = objects;
    generated.fit = fit;
    generated.platform.warnings.extend(findings);
    Ok(generated)
}

/// The texts with those of generated files that diagnostics point into, which may be on no disk yet.
fn with_generated(mut texts: Texts, tree: &Tree, diagnostics: &[Diagnostic]) -> Texts {
    for (place, _) in diagnostics.iter().flat_map(|diagnostic| &diagnostic.related) {
        if place.range.is_some()
            && texts.get(&place.file).is_none()
            && let Some(file) = tree.get(place.file.as_str())
        {
            texts.add(place.file.clone(), file.bytes.clone());
        }
    }
    texts
}

/// What the description means, to be compared with files that were proven when they were written: nothing is proven
/// here again.
///
/// # Errors
/// As [`generate`], except for what only the proof finds.
pub fn meant(files: &dyn Files) -> Result<Generated, Faults> {
    rendered(files, render_to_compare)
}

type Render = fn(&Platform, &Layout, &dyn Files) -> Result<Rendered, Vec<Diagnostic>>;

fn rendered(files: &dyn Files, render: Render) -> Result<Generated, Faults> {
    let (platform, layout) = rayon::join(|| spec::load(files), || load_layout(files));
    let mut platform = platform?;
    let with_texts = |diagnostics, texts: &Texts| faults(files, diagnostics, texts.clone());
    let layout = layout.map_err(|diagnostics| with_texts(diagnostics, &platform.texts))?;
    let findings = check::description(&platform, &layout);
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(with_texts(findings, &platform.texts));
    }
    let Rendered { tree, placed } = render(&platform, &layout, files)
        .map_err(|diagnostics| with_texts(diagnostics, &platform.texts))?;
    platform.warnings.extend(findings);
    let moves = moves::paths(&layout, &tree, &moves::said(&platform));
    let (objects, fit) = (Objects::default(), Fit::default());
    Ok(Generated { platform, layout, tree, placed, objects, fit, moves })
}

/// What has to be done to the work tree at `root`. What the proof finds worth knowing is added to the platform's warnings.
///
/// # Errors
/// What is in the way, since nothing of a person's is overwritten; every edit that is forbidden; and what a cluster could not build of
/// what comes of it.
pub fn plan(
    generated: &mut Generated,
    files: &dyn Files,
    root: &Path,
    wishes: &Wishes,
) -> Result<Plan, Faults> {
    let lock = Lock::load(files).map_err(|faults| only(files, faults))?;
    let plan = Plan::with_moves(
        &generated.tree,
        root,
        &lock,
        &git::Objects::near(root),
        wishes,
        &generated.moves,
    )
    .map_err(|faults| only(files, faults))?;
    let forbidden = Forbidden::new(&generated.platform, &generated.layout);
    let edited = plan.actions.iter().filter(|action| forbidden.holds(&action.path));
    let wrong: Vec<Diagnostic> = edited
        .filter_map(|action| {
            let what = match action.change {
                Change::Kept | Change::Merged | Change::Conflict | Change::Beside => {
                    "was edited by hand"
                }
                Change::StaysDeleted => "was deleted by hand",
                _ => return None,
            };
            Some(forbidden.diagnostic(&generated.platform, &generated.tree, &action.path, what))
        })
        .collect();
    if !wrong.is_empty() {
        return Err(only(files, wrong));
    }
    let findings = proof::prove(generated, &plan, files)?;
    generated.platform.warnings.extend(findings);
    Ok(plan)
}

/// The files once a plan is carried out, as a source has them then. A file that would be left with the marks of a conflict says what is
/// generated, and so does one that git leaves out of the work tree on purpose.
#[must_use]
pub fn carried_out<'f>(below: &'f dyn Files, generated: &Generated, plan: &Plan) -> Laid<'f> {
    let mut laid = Laid::over(below);
    let felt = |action: &&sync::Action| action.touches_disk() || action.change == Change::Skipped;
    for action in plan.actions.iter().filter(felt) {
        let generated = generated.tree.get(action.path.as_str()).map(|file| &*file.bytes);
        let written = action.content().filter(|_| !action.is_conflict()).or(generated);
        match written {
            Some(bytes) => laid.write(action.path.clone(), bytes),
            None => laid.remove(action.path.clone()),
        }
    }
    laid
}

/// What is off in the work tree at `root`.
///
/// # Errors
/// When the lock or the work tree cannot be read.
pub fn deviations(
    generated: &Generated,
    files: &dyn Files,
    root: &Path,
) -> Result<Vec<Deviation>, CompareError> {
    let lock = Lock::load(files).map_err(|faults| only(files, faults))?;
    let mut deviations = sync::check(&generated.tree, root, &lock, &git::Objects::near(root))?;
    let forbidden = Forbidden::new(&generated.platform, &generated.layout);
    for deviation in &mut deviations {
        if matches!(deviation.reason, Reason::Edited | Reason::EditedAndStale | Reason::Deleted)
            && forbidden.holds(&deviation.path)
        {
            deviation.reason = Reason::Forbidden;
        }
    }
    // What must not stay needs nothing to be merged over.
    deviations.retain(|deviation| {
        deviation.reason != Reason::BaseNotKept || !forbidden.holds(&deviation.path)
    });
    Ok(deviations)
}

/// What a hand changed in a generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub path: RepoPath,
    /// What kind of edit it is.
    pub reason: Reason,
    /// What was generated, where that is known.
    pub base: Option<Vec<u8>>,
    /// What is on disk; nothing where the file was deleted.
    pub ours: Option<Vec<u8>>,
}

/// Every edit by hand in the work tree at `root`, sorted by path.
///
/// # Errors
/// When the lock or the work tree cannot be read.
pub fn edits(
    generated: &Generated,
    files: &dyn Files,
    root: &Path,
) -> Result<Vec<Edit>, CompareError> {
    let lock = Lock::load(files).map_err(|faults| only(files, faults))?;
    let objects = git::Objects::near(root);
    let kept = |id: BlobId| {
        let path = RepoPath::new(&format!("{}/{id}", sync::BASE_FOLDER)).ok()?;
        files.read(&path).ok().flatten().filter(|bytes| BlobId::of(bytes) == id)
    };
    let edited = deviations(generated, files, root)?.into_iter().filter(|deviation| {
        matches!(
            deviation.reason,
            Reason::Edited
                | Reason::EditedAndStale
                | Reason::Deleted
                | Reason::Forbidden
                | Reason::ConflictMarkers
        )
    });
    Ok(edited
        .map(|Deviation { path, reason }| {
            let now = generated.tree.get(path.as_str()).map(|file| &file.bytes);
            let base = lock.get(&path).and_then(|entry| match now {
                Some(now) if BlobId::of(now) == entry.id => Some(now.clone()),
                _ => kept(entry.id).or_else(|| objects.content(entry.id)),
            });
            let ours = files.read(&path).ok().flatten();
            Edit { path, reason, base, ours }
        })
        .collect())
}

/// Faults of the work tree. A place in a lock has a text; a file in the way is named, not shown.
fn only(files: &dyn Files, diagnostics: Vec<Diagnostic>) -> Faults {
    faults(files, diagnostics, Texts::default())
}

/// The layout of a repository.
///
/// # Errors
/// Everything that is wrong with it.
pub fn layout(files: &dyn Files) -> Result<Layout, Faults> {
    load_layout(files).map_err(|diagnostics| faults(files, diagnostics, Texts::default()))
}

/// The layout that the repository holds.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn load_layout(files: &dyn Files) -> Result<Layout, Vec<Diagnostic>> {
    let folder = RepoPath::new(layout::FOLDER).map_err(|error| {
        vec![Diagnostic::error(crate::diagnostic::Code::UnsafePath, error.to_string())]
    })?;
    layout::load(files, &folder)
}

/// The diagnostics with every text that they point into.
pub(crate) fn faults(files: &dyn Files, diagnostics: Vec<Diagnostic>, mut texts: Texts) -> Faults {
    for diagnostic in &diagnostics {
        let places =
            diagnostic.place.iter().chain(diagnostic.related.iter().map(|(place, _)| place));
        for place in places.filter(|place| place.range.is_some()) {
            if texts.get(&place.file).is_none()
                && let Ok(Some(bytes)) = files.read(&place.file)
            {
                texts.add(place.file.clone(), bytes);
            }
        }
    }
    Faults { diagnostics, texts }
}
