//! What a plan leaves behind, built as a cluster would build it, before a byte of it is written.
//!
//! In go a tree with its objects and the plan that brings it to the disk; out come the faults that Flux would meet: a kustomization
//! that cannot be built, and what has no effect in one. Built is every folder with a generated kustomization that no other one names,
//! as far as the plan or a person's edit touches what it is made of: what was proven and is as it was needs no second proof. Nothing
//! here writes, and nothing here judges what is built.
//!
//! Where a Flux Kustomization adds something of its own (variables, patches, a namespace), or its folder has no kustomization, the folder
//! is built as that Kustomization would (`flux`), so that what the description says is seen to come out the same after substitution.
//!
//! It is built [as Flux builds](https://fluxcd.io/flux/components/kustomize/kustomizations/#path): every file of the repository may be
//! read, and where two versions of kustomize differ, the one of Flux 2.9 is followed.

mod flux;
mod patches;
mod view;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use kustomize::{ApiVersion, FILE_NAMES, LoadRestrictor, Options};
use rayon::prelude::*;

use self::view::View;
use crate::build::{self, Finding};
use crate::check::fit::Misfit;
use crate::check::objects::{Objects, Said};
use crate::diagnostic::{Diagnostic, Place, Severity, Texts};
use crate::files::Files;
use crate::generate::Generated;
use crate::package;
use crate::path::RepoPath;
use crate::spec::{Faults, Platform};
use crate::sync::{Change, Plan};
use crate::tree::{Ownership, Tree};

/// How many faults of one kind are told of the files of one template: a thousand tenants have the same.
const TOLD: usize = 3;

/// How many objects that do not fit are told of.
const MOST: usize = 20;

/// Builds what a plan leaves behind; `files` are those of the work tree. What comes back is worth knowing and refuses nothing.
///
/// # Errors
/// What cannot be built, and what has no effect, with the texts that the diagnostics point into.
pub fn prove(
    generated: &Generated,
    plan: &Plan,
    files: &dyn Files,
) -> Result<Vec<Diagnostic>, Faults> {
    let Generated { platform, tree, objects, .. } = generated;
    let view = View::new(tree, plan, files);
    let folders = Folders::of(tree, objects, plan, &view);
    let roots = folders.roots();
    let applied = flux::applied(generated, plan, &folders, &view);
    if roots.is_empty() && applied.is_empty() {
        return Ok(Vec::new());
    }
    let mut options = Options::default();
    options.load_restrictor = LoadRestrictor::None;
    options.version = ApiVersion::V0_21_1;
    let found: Vec<Found> = roots
        .par_iter()
        .map(|root| {
            let mut unfit = Vec::new();
            let mut findings = match kustomize::build(&view, &format!("/{root}"), &options) {
                Ok(built) => {
                    let mut found = build::notices(&built, &view, Severity::Error);
                    found.retain(|finding| !folders.waits_for_others(finding, &view));
                    // What it only gathers was judged where it is said.
                    if !folders.is_plain(root) {
                        unfit =
                            judged(generated, &format!("{root}/kustomization.yaml"), &built, &view);
                    }
                    found
                }
                Err(failure) => build::faults(&failure, &view),
            };
            findings.retain(|finding| finding.severity == Severity::Error);
            Found { findings, unfit }
        })
        .collect();
    let folder = generated.platform.settings.repository.path.as_ref();
    let folder = folder.and_then(|path| path.below_root()).map(|path| path.to_string());
    let packages = package::packages(platform, &generated.layout);
    let artifacts = flux::Artifacts::new(&view, folder.as_deref(), &packages);
    let of_patches = patches::prove(generated, &applied, &artifacts, &view);
    if of_patches.iter().any(|one| one.severity == Severity::Error) {
        // What Flux says of them, it says at generated files.
        return Err(Faults { diagnostics: of_patches, texts: platform.texts.clone() });
    }
    let applied: Vec<Found> = applied
        .par_iter()
        .map(|one| flux::build(one, &artifacts, &folders, &view, generated))
        .collect();
    let (mut findings, mut unfit) = (Vec::new(), Vec::new());
    for one in found.into_iter().chain(applied) {
        findings.extend(one.findings);
        unfit.extend(one.unfit);
    }
    let findings = each_once(findings.into_iter());
    if findings.is_empty() && unfit.is_empty() {
        return Ok(of_patches);
    }
    let (mut diagnostics, mut texts) = build::tell(&findings, &view, "");
    for diagnostic in &mut diagnostics {
        say_where_from(diagnostic, platform, tree);
    }
    let mut diagnostics = few(diagnostics, tree);
    let unfit = fit_once(unfit);
    let misfits: Vec<Finding> =
        unfit.iter().map(|(misfit, place)| misfit.finding(place.clone())).collect();
    let (told, more) = build::tell(&misfits, &view, "");
    texts.add_missing(&more);
    diagnostics.extend(told.into_iter().zip(&unfit).map(|(one, (misfit, _))| {
        // What a person edited in a generated file is that person's to mend.
        let path = one.place.as_ref().map(|place| place.file.as_str());
        let path = path.filter(|path| !folders.edited.contains(path));
        let file = path.and_then(|path| tree.get(path));
        misfit.told(platform, file, one.place)
    }));
    Err(Faults { diagnostics, texts: join(texts, platform) })
}

/// What was found in one build.
struct Found {
    findings: Vec<Finding>,
    unfit: Vec<Unfit>,
}

/// An object that does not fit its schema, and where that was written.
type Unfit = (Misfit, Option<kustomize::Place>);

/// The objects of a build that do not fit; `file` says which clusters it is for.
fn judged(
    generated: &Generated,
    file: &str,
    built: &kustomize::Build,
    view: &View<'_>,
) -> Vec<Unfit> {
    let loops = generated.tree.get(file).map(|file| file.loops.clone()).unwrap_or_default();
    let mut unfit = Vec::new();
    for resource in built.resources() {
        for misfit in generated.fit.judge(&loops, resource.node()) {
            let place = built.sources().place(misfit.fault.span, view);
            unfit.push((misfit, place.or_else(|| built.sources().place(resource.span(), view))));
        }
    }
    unfit
}

/// The same object does not fit on each cluster and in each overlay: it is told of a few.
fn fit_once(unfit: Vec<Unfit>) -> Vec<Unfit> {
    let mut seen = BTreeSet::new();
    let mut told = Vec::new();
    for (misfit, place) in unfit {
        let at = place.as_ref().map(|place| (place.path.clone(), place.range.start));
        if seen.insert((at, misfit.fault.pointer.clone())) {
            told.push((misfit, place));
        }
    }
    told.truncate(MOST);
    told
}

/// Whether a file may be otherwise than when it was last proven.
fn is_touched(change: Change) -> bool {
    !matches!(
        change,
        Change::Unchanged | Change::Adopt | Change::Left | Change::Forgotten | Change::Skipped
    )
}

/// The same fault of a base is found in each overlay.
fn each_once(findings: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let mut told: Vec<Finding> = Vec::new();
    let mut seen = BTreeSet::new();
    for finding in findings {
        let place = finding.place.as_ref();
        let place = place.map(|place| (place.path.clone(), place.range.start, place.range.end));
        if seen.insert((finding.code, finding.message.clone(), place)) {
            told.push(finding);
        }
    }
    told
}

/// Names what a generated file comes from, which is where it is mended.
fn say_where_from(diagnostic: &mut Diagnostic, platform: &Platform, tree: &Tree) {
    let Some(place) = &diagnostic.place else { return };
    let Some(file) = tree.get(place.file.as_str()) else { return };
    let whole = |file: &RepoPath| Place { file: file.clone(), range: None };
    let home =
        file.entity.as_ref().and_then(|one| Some((one, platform.file_of(one.kind, &one.name)?)));
    let rendered = (whole(&file.template), "the template that this is rendered from".to_owned());
    diagnostic.related.push(rendered);
    if let Some((entity, home)) = home {
        diagnostic.related.push((whole(home), format!("what describes {entity}")));
    }
}

/// Of the same fault in many files of one template, a few; the last one tells how many there are besides.
fn few(diagnostics: Vec<Diagnostic>, tree: &Tree) -> Vec<Diagnostic> {
    let mut counts = HashMap::new();
    let mut told: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        let template = diagnostic.place.as_ref().and_then(|place| tree.get(place.file.as_str()));
        let Some(template) = template.map(|file| &file.template) else {
            told.push(diagnostic);
            continue;
        };
        let (count, last) = counts.entry((diagnostic.code, template)).or_insert((0_usize, 0));
        *count += 1;
        if *count <= TOLD {
            *last = told.len();
            told.push(diagnostic);
        }
    }
    for (count, last) in counts.into_values().filter(|(count, _)| *count > TOLD) {
        let more = count - TOLD;
        told[last].message.push_str(&format!(", and {more} more from the same template"));
    }
    told
}

/// Both sets of texts; of a file that is in both, the one that was built counts.
fn join(built: Texts, platform: &Platform) -> Texts {
    let mut all = built;
    all.add_missing(&platform.texts);
    all
}

/// The folders with a generated kustomization.
struct Folders<'a> {
    /// Each with what its kustomization says.
    all: BTreeMap<&'a str, Cow<'a, Said>>,
    /// Those that are made of something that is touched.
    touched: BTreeSet<&'a str>,
    /// What a person edited.
    edited: BTreeSet<&'a str>,
    tree: &'a Tree,
}

impl<'a> Folders<'a> {
    fn of(tree: &'a Tree, objects: &'a Objects, plan: &'a Plan, view: &View<'_>) -> Self {
        let edited = |change| matches!(change, Change::Kept | Change::Merged | Change::Untouched);
        let edited: BTreeSet<&RepoPath> =
            plan.actions.iter().filter(|one| edited(one.change)).map(|one| &one.path).collect();
        let mut all = BTreeMap::new();
        for (path, _) in tree.iter().filter(|(path, _)| FILE_NAMES.contains(&path.file_name())) {
            let said = match objects.said(path) {
                Some(said) if !edited.contains(path) => Cow::Borrowed(said),
                _ => Cow::Owned(view.said(path)),
            };
            all.insert(path.parent().unwrap_or_default(), said);
        }
        let edited = edited.into_iter().map(RepoPath::as_str).collect();
        let mut folders = Self { all, touched: BTreeSet::new(), edited, tree };
        let touched = plan.actions.iter().filter(|one| is_touched(one.change));
        folders.touched = touched.filter_map(|one| folders.above(one.path.as_str())).collect();
        folders
    }

    /// The nearest folder above a file that has a kustomization.
    fn above(&self, path: &str) -> Option<&'a str> {
        let mut rest = path;
        while let Some((folder, _)) = rest.rsplit_once('/') {
            if let Some((folder, _)) = self.all.get_key_value(folder) {
                return Some(folder);
            }
            rest = folder;
        }
        self.all.get_key_value("").map(|(folder, _)| *folder)
    }

    /// The folders that are built: those that no other one names, if anything that they are made of is touched. Of those that gather
    /// the same, which the overlays of one base without a patch do, one.
    fn roots(&self) -> Vec<&'a str> {
        let named: BTreeSet<String> =
            self.all.iter().flat_map(|(folder, said)| said.names(folder)).collect();
        let is_root = |folder: &str, said: &Said| !named.contains(folder) && !said.is_component();
        let roots = self.all.iter().filter(|(folder, said)| is_root(folder, said));
        let mut gathered = BTreeSet::new();
        roots
            .map(|(folder, _)| *folder)
            .filter(|folder| self.is_touched(folder))
            .filter(|folder| {
                let mut leaves = Vec::new();
                self.gather(folder, &mut BTreeSet::new(), &mut leaves);
                gathered.insert(leaves)
            })
            .collect()
    }

    /// What a folder is made of, where kustomizations that only gather are looked through. What is named again, as in a circle,
    /// is left for the build to find.
    fn gather(&self, folder: &str, seen: &mut BTreeSet<String>, leaves: &mut Vec<String>) {
        match self.all.get(folder) {
            Some(said) if said.only_gathers() && seen.insert(folder.to_owned()) => {
                said.names(folder).for_each(|name| self.gather(&name, seen, leaves));
            }
            _ => leaves.push(folder.to_owned()),
        }
    }

    /// Whether a kustomization is about objects that somebody else has yet to bring: Flux's own manifests, which `flux bootstrap`
    /// writes. Until then its patches have nothing to change.
    fn waits_for_others(&self, finding: &Finding, view: &View<'_>) -> bool {
        let Some(place) = &finding.place else { return false };
        let Some((folder, _)) = place.path.trim_start_matches('/').rsplit_once('/') else {
            return false;
        };
        let Some(said) = self.all.get(folder) else { return false };
        said.names(folder).any(|name| {
            let file = self.tree.get(&name);
            file.is_some_and(|file| file.ownership == Ownership::Foreign)
                && view.says_nothing(&name)
        })
    }

    /// Whether a folder builds to what generated files say, and to nothing else.
    fn is_plain(&self, root: &str) -> bool {
        let mut seen = BTreeSet::from([root.to_owned()]);
        let mut open = vec![root.to_owned()];
        while let Some(folder) = open.pop() {
            let Some(said) = self.all.get(folder.as_str()) else { return false };
            if !said.only_gathers() {
                return false;
            }
            for name in said.names(&folder) {
                if self.all.contains_key(name.as_str()) {
                    if seen.insert(name.clone()) {
                        open.push(name);
                    }
                } else if self.tree.get(&name).is_none() || self.edited.contains(name.as_str()) {
                    return false;
                }
            }
        }
        true
    }

    /// Whether anything is touched that a folder is made of, if it has a kustomization.
    fn is_touched_at(&self, folder: &str) -> bool {
        self.all.get_key_value(folder).is_some_and(|(folder, _)| self.is_touched(folder))
    }

    fn is_touched(&self, root: &'a str) -> bool {
        let mut seen = BTreeSet::from([root.to_owned()]);
        let mut open = vec![root.to_owned()];
        while let Some(folder) = open.pop() {
            if self.touched.contains(folder.as_str()) {
                return true;
            }
            let Some(said) = self.all.get(folder.as_str()) else { continue };
            // What it reads besides may be touched without anybody knowing.
            if said.reaches_out() {
                return true;
            }
            for name in said.names(&folder) {
                if self.all.contains_key(name.as_str()) {
                    if seen.insert(name.clone()) {
                        open.push(name);
                    }
                } else if self.tree.get(&name).is_none() {
                    return true;
                }
            }
        }
        false
    }
}
