//! Looks at the disk, folder by folder and in parallel, and decides over every file.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Change;
use super::folder::{Folder, Found, Obstacle};
use super::judge::{BESIDE, Item, Refusal, Sight, Verdict, Why, beside, judge};
use super::plan::Deed;

/// Whether files are going to be written afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// Nothing is; a disk that cannot be written is as good as any.
    Compare,
    /// Yes: what would stop that is found now.
    Write,
}

/// What became of the files below a folder.
#[derive(Default)]
pub(super) struct Survey<'a> {
    pub(super) verdicts: Vec<(Item<'a>, Verdict)>,
    pub(super) refusals: Vec<Refusal>,
    /// Names that the folder is to get.
    new: Vec<&'a str>,
    /// Whether names of the folder are written or deleted.
    touched: bool,
}

impl<'a> Survey<'a> {
    fn take(&mut self, item: Item<'a>, found: Found, sight: Sight<'_>) -> Option<(Change, Deed)> {
        match judge(item, found, sight) {
            Ok(verdict) => {
                let outcome = (verdict.change, verdict.deed);
                self.verdicts.push((item, verdict));
                Some(outcome)
            }
            Err(why) => {
                self.refusals.push(Refusal::of(item.path, why));
                None
            }
        }
    }

    fn join(mut self, mut other: Self) -> Self {
        if self.verdicts.is_empty() {
            std::mem::swap(&mut self.verdicts, &mut other.verdicts);
        }
        self.verdicts.append(&mut other.verdicts);
        self.refusals.append(&mut other.refusals);
        self.new.append(&mut other.new);
        self.touched |= other.touched;
        self
    }
}

/// One name in a folder, with what lies below it.
pub(super) enum Branch<'i, 'p, T> {
    /// A file.
    File(&'p str, &'i T),
    /// A folder, and everything in it.
    Folder(&'p str, &'i [T]),
}

/// Sorts what lies below a folder, by its paths after their first `depth` bytes, into the names in that
/// folder. The items are sorted by path.
pub(super) fn branches<'i, 'p, T>(
    items: &'i [T],
    depth: usize,
    path: impl Fn(&'i T) -> &'p str,
) -> Vec<Branch<'i, 'p, T>> {
    let mut branches = Vec::new();
    let mut rest = items;
    while let Some(first) = rest.first() {
        let text = path(first);
        let taken = match text[depth..].find('/') {
            None => {
                branches.push(Branch::File(&text[depth..], first));
                1
            }
            Some(length) => {
                let head = &text[..=depth + length];
                let taken = rest.iter().take_while(|item| path(item).starts_with(head)).count();
                branches.push(Branch::Folder(&text[depth..depth + length], &rest[..taken]));
                taken
            }
        };
        rest = &rest[taken..];
    }
    branches
}

/// Decides over every item; they are sorted by path, and all lie below the folder, whose own path with
/// a `/` has `depth` bytes.
pub(super) fn survey<'a>(
    folder: &Folder,
    items: &[Item<'a>],
    depth: usize,
    sight: Sight<'_>,
) -> Survey<'a> {
    let mut result = branches(items, depth, |item| item.path.as_str())
        .into_par_iter()
        .with_min_len(4)
        .map(|branch| match branch {
            Branch::File(name, item) => file(folder, name, *item, items, sight),
            Branch::Folder(name, inner) => below(folder, name, inner, items, depth, sight),
        })
        .reduce(Survey::default, Survey::join);
    if sight.intent == Intent::Write {
        let own = items.first().map_or("", |item| &item.path.as_str()[..depth]);
        prove_writable(folder, own, &mut result);
    }
    result.new.clear();
    result.touched = false;
    result
}

fn file<'a>(
    folder: &Folder,
    name: &'a str,
    item: Item<'a>,
    all: &[Item<'a>],
    sight: Sight<'_>,
) -> Survey<'a> {
    let mut survey = Survey::default();
    let expected = item.theirs.map(|theirs| &*theirs.bytes);
    let mut found = folder.look(name, expected);
    if matches!(found, Found::Obstacle(Obstacle::Folder))
        && item.theirs.is_some()
        && goes(folder, name, item.path.as_str(), all, sight)
    {
        found = Found::Absent;
    }
    let Some((change, deed)) = survey.take(item, found, sight) else { return survey };
    if matches!(change, Change::Kept | Change::Merged | Change::Conflict | Change::Beside)
        && let Some(theirs) = beside(item.path)
        && !matches!(folder.kind(&format!("{name}{BESIDE}")), Ok(None))
    {
        survey.verdicts.clear();
        survey.refusals.push(Refusal::of(item.path, Why::Beside(theirs)));
        return survey;
    }
    match deed {
        Deed::Create => survey.new.push(name),
        Deed::Replace | Deed::Delete => survey.touched = true,
        Deed::Nothing => survey.touched = change == Change::Beside,
    }
    survey
}

fn below<'a>(
    folder: &Folder,
    name: &'a str,
    items: &[Item<'a>],
    all: &[Item<'a>],
    depth: usize,
    sight: Sight<'_>,
) -> Survey<'a> {
    let mut survey = Survey::default();
    let entered = match (folder.enter(name), items.first()) {
        (Err(Obstacle::File), Some(first))
            if goes(folder, name, &first.path.as_str()[..depth + name.len()], all, sight) =>
        {
            Ok(None)
        }
        (entered, _) => entered,
    };
    match entered {
        Ok(Some(inner)) => return self::survey(&inner, items, depth + name.len() + 1, sight),
        Ok(None) => {
            let mut creates = false;
            for item in items {
                let outcome = survey.take(*item, Found::Absent, sight);
                creates |= outcome.is_some_and(|(_, deed)| deed == Deed::Create);
            }
            if creates {
                survey.new.push(name);
            }
        }
        // Nothing is to be there any more, and nothing is.
        Err(Obstacle::File) if items.iter().all(|item| item.theirs.is_none()) => {
            for item in items {
                survey.take(*item, Found::Absent, sight);
            }
        }
        Err(obstacle) => {
            let parent = items.first().map_or("", |item| &item.path.as_str()[..depth]);
            survey.refusals.push(Refusal { path: format!("{parent}{name}"), why: obstacle.into() });
        }
    }
    survey
}

/// Whether a file, or a folder with everything in it, is deleted because it is generated no more, so that something of the
/// other kind can take its name. `all` are items among which those at and below the path are.
fn goes(folder: &Folder, name: &str, path: &str, all: &[Item<'_>], sight: Sight<'_>) -> bool {
    if let Ok(Some(inner)) = folder.enter(name) {
        let Ok(names) = inner.names() else { return false };
        let mut names = names.iter().filter(|name| !matches!(name.as_str(), "." | "..")).peekable();
        // A folder that is empty already is somebody else's: only those go that are emptied.
        return names.peek().is_some()
            && names.all(|name| goes(&inner, name, &format!("{path}/{name}"), all, sight));
    }
    let Ok(at) = all.binary_search_by(|item| item.path.as_str().cmp(path)) else { return false };
    let item = all[at];
    item.theirs.is_none()
        && judge(item, folder.look(name, None), sight)
            .is_ok_and(|verdict| verdict.deed == Deed::Delete)
}

/// Finds out before anything is written what would stop it: a folder without the right to write, and a
/// name that only its case tells from another one.
fn prove_writable(folder: &Folder, own: &str, result: &mut Survey<'_>) {
    if result.new.is_empty() && !result.touched {
        return;
    }
    if let Err(error) = folder.writable() {
        let path = if own.is_empty() { "." } else { own.trim_end_matches('/') };
        result.refusals.push(Refusal { path: path.to_owned(), why: Why::ReadOnly(error) });
        return;
    }
    if result.new.is_empty() {
        return;
    }
    // A folder that cannot be listed can still be written to.
    let Ok(present) = folder.names() else { return };
    let mut by_case: HashMap<String, &str> =
        present.iter().map(|name| (name.to_lowercase(), name.as_str())).collect();
    for name in &result.new {
        if let Some(other) = by_case.insert(name.to_lowercase(), name)
            && other != *name
        {
            let why = Why::CaseOnly(format!("{own}{other}"));
            result.refusals.push(Refusal { path: format!("{own}{name}"), why });
        }
    }
}
