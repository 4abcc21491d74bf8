//! The lock: what was generated last time, file by file.
//!
//! `.tenantry/lock/` holds one small file an entity (`tenants/team-a.lock`) and `platform.lock` for what
//! belongs to no single one, so that branches that each add an entity merge without a conflict. A file
//! is a header line and then, sorted by path, lines of
//!
//! ```text
//! ce013625030ba8dba906f756967f9e9ca394464a managed tenants/base/team-a/rbac.yaml
//! ```
//!
//! `layout.lock` says in the same way what the layout's files were when they were copied into the repository: a
//! [`Part`] of its own, that generating neither reads nor writes.
//!
//! Reading is strict: what a merge left behind or a hand changed is refused, never guessed at.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use rayon::prelude::*;

use super::BlobId;
use super::sides::{Sides, sides};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::files::{Files, Listing};
use crate::path::RepoPath;
use crate::spec::EntityKind;
use crate::tree::{EntityRef, Ownership};

/// Where the lock lies, from the root of the platform.
pub const FOLDER: &str = ".tenantry/lock";

/// The name of the file that records the layout.
const LAYOUT: &str = "layout.lock";

const HEADER: &str =
    "# tenantry lock 1: what was generated, as git blob ids; written by `tenantry generate`";
const HEADER_START: &str = "# tenantry lock ";
const VERSION: &str = "1";

/// Whose a recorded file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recorded {
    /// Generated, and kept true to the description.
    Managed,
    /// Generated once, and the user's since.
    Once,
    /// Belongs to another tool; what lies there was put there by this one first.
    Foreign,
}

impl Recorded {
    /// What the lock says of a file of this ownership; nothing of a list, which it leaves out.
    #[must_use]
    pub fn of(ownership: Ownership) -> Option<Self> {
        match ownership {
            Ownership::Managed => Some(Self::Managed),
            Ownership::Once => Some(Self::Once),
            Ownership::Foreign => Some(Self::Foreign),
            Ownership::List => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Once => "once",
            Self::Foreign => "foreign",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Managed, Self::Once, Self::Foreign].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Which files of the lock are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What was generated.
    #[default]
    Generated,
    /// The layout, as it was copied.
    Layout,
}

impl Part {
    /// The part that a file of the lock belongs to.
    fn of(home: &RepoPath) -> Self {
        let name = home.as_str().strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/'));
        if name == Some(LAYOUT) { Self::Layout } else { Self::Generated }
    }

    /// The file of the lock that records what belongs to an entity.
    pub(super) fn home(self, entity: Option<&EntityRef>) -> Option<RepoPath> {
        match self {
            Self::Generated => home(entity),
            Self::Layout => RepoPath::new(&format!("{FOLDER}/{LAYOUT}")).ok(),
        }
    }
}

/// What the lock says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockEntry {
    /// What was generated last time.
    pub id: BlobId,
    /// Whose the file is.
    pub recorded: Recorded,
    /// The file of the lock that says so.
    pub home: Arc<RepoPath>,
}

/// What was generated last time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Which files of the lock it is of.
    pub(super) part: Part,
    entries: BTreeMap<RepoPath, LockEntry>,
    /// What the other side of an unresolved merge says was generated.
    others: BTreeMap<RepoPath, BlobId>,
    /// What the files of the lock say on disk.
    texts: BTreeMap<Arc<RepoPath>, Vec<u8>>,
    /// Those of them in which a merge left its marks.
    unresolved: Vec<Arc<RepoPath>>,
}

impl Lock {
    /// An empty one.
    #[must_use]
    pub fn of(part: Part) -> Self {
        Self { part, ..Self::default() }
    }

    /// Reads what was generated; a repository without a lock has an empty one.
    ///
    /// # Errors
    /// Everything that is not as this program writes it, as diagnostics with [`Code::InvalidLock`].
    pub fn load(files: &dyn Files) -> Result<Self, Vec<Diagnostic>> {
        Self::load_part(files, Part::Generated)
    }

    /// Reads a part of the lock; a repository without it has an empty one.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_part(files: &dyn Files, part: Part) -> Result<Self, Vec<Diagnostic>> {
        let folder = RepoPath::new(FOLDER).ok();
        let Listing { files: paths, faults } = files.survey(folder.as_ref());
        let mut wrong: Vec<Diagnostic> = faults
            .iter()
            .map(|fault| Diagnostic { code: Code::InvalidLock, ..fault.diagnostic() })
            .collect();
        let parts: Vec<_> = paths
            .into_par_iter()
            .filter(|path| path.as_str().ends_with(".lock") && Part::of(path) == part)
            .map(|path| read_file(files, path))
            .collect();
        let mut lock = Self::of(part);
        for file in parts {
            match file {
                Ok(Some(file)) => lock.take_in(file, &mut wrong),
                Ok(None) => {}
                Err(mut faults) => wrong.append(&mut faults),
            }
        }
        if wrong.is_empty() { Ok(lock) } else { Err(wrong) }
    }

    fn take_in(&mut self, part: LockFile, wrong: &mut Vec<Diagnostic>) {
        for (path, id, recorded) in part.lines {
            let entry = LockEntry { id, recorded, home: Arc::clone(&part.home) };
            if let Some(other) = self.entries.insert(path.clone(), entry) {
                let message = if other.home == part.home {
                    format!("the lock names `{path}` twice")
                } else {
                    format!("the lock names `{path}` twice, the other time in `{}`", other.home)
                };
                wrong.push(invalid(&part.home, None, message));
            }
        }
        if let Some(lines) = part.other {
            for (path, id, recorded) in lines {
                let home = Arc::clone(&part.home);
                let known = self.entries.entry(path.clone());
                if known.or_insert(LockEntry { id, recorded, home }).id != id {
                    self.others.insert(path, id);
                }
            }
            self.unresolved.push(Arc::clone(&part.home));
        }
        self.texts.insert(part.home, part.text);
    }

    /// What a file of the lock with the marks of an unresolved merge says of a file besides [`Self::get`]: what the other branch
    /// generated.
    #[must_use]
    pub fn other(&self, path: &RepoPath) -> Option<BlobId> {
        self.others.get(path).copied()
    }

    /// The files of the lock in which a merge left its marks, sorted.
    pub fn unresolved(&self) -> impl Iterator<Item = &RepoPath> {
        self.unresolved.iter().map(|home| &**home)
    }

    /// What one of the lock's own files says on disk.
    pub(super) fn text(&self, file: &RepoPath) -> Option<&[u8]> {
        self.texts.get(file).map(Vec::as_slice)
    }

    /// What the lock says of a file.
    #[must_use]
    pub fn get(&self, path: &RepoPath) -> Option<&LockEntry> {
        self.entries.get(path)
    }

    /// Everything it says, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&RepoPath, &LockEntry)> {
        self.entries.iter()
    }

    /// Whether nothing was ever generated here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Records a file.
    pub fn record(&mut self, path: RepoPath, entry: LockEntry) {
        self.entries.insert(path, entry);
    }

    /// Forgets a file.
    pub fn forget(&mut self, path: &RepoPath) {
        self.entries.remove(path);
    }

    /// Records that a file says this as it was generated or copied.
    pub fn record_managed(&mut self, path: RepoPath, bytes: &[u8], entity: Option<&EntityRef>) {
        let Some(home) = self.part.home(entity).map(Arc::new) else { return };
        let entry = LockEntry { id: BlobId::of(bytes), recorded: Recorded::Managed, home };
        self.entries.insert(path, entry);
    }

    /// Records that a file of another tool was placed with this content; while it says just that, it
    /// counts as ours.
    pub fn record_foreign(&mut self, path: &RepoPath, bytes: &[u8], entity: Option<&EntityRef>) {
        let Some(home) = home(entity).map(Arc::new) else { return };
        let entry = LockEntry { id: BlobId::of(bytes), recorded: Recorded::Foreign, home };
        self.entries.insert(path.clone(), entry);
    }

    /// The files of the lock whose texts on disk (those of `before`) are not what this lock says:
    /// the new text, or nothing for one that goes.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> BTreeMap<RepoPath, Option<Vec<u8>>> {
        let mut homes: BTreeMap<&RepoPath, Vec<(&RepoPath, &LockEntry)>> = BTreeMap::new();
        for (path, entry) in &self.entries {
            homes.entry(&entry.home).or_default().push((path, entry));
        }
        let gone = before.texts.keys().filter(|home| !homes.contains_key(&***home));
        let mut changes: BTreeMap<_, _> = gone.map(|home| (RepoPath::clone(home), None)).collect();
        for (home, entries) in homes {
            let text = write(&entries);
            if before.texts.get(home) != Some(&text) {
                changes.insert(home.clone(), Some(text));
            }
        }
        changes
    }
}

/// The file of the lock that records what belongs to an entity.
#[must_use]
fn home(entity: Option<&EntityRef>) -> Option<RepoPath> {
    let place = match entity {
        None | Some(EntityRef { kind: EntityKind::Platform, .. }) => "platform".to_owned(),
        Some(EntityRef { kind: EntityKind::Cluster, name }) => format!("clusters/{name}"),
        Some(EntityRef { kind: EntityKind::Component, name }) => format!("components/{name}"),
        Some(EntityRef { kind: EntityKind::Tenant, name }) => format!("tenants/{name}"),
        Some(EntityRef { kind: EntityKind::Patch, name }) => format!("patches/{name}"),
    };
    RepoPath::new(&format!("{FOLDER}/{place}.lock")).ok()
}

fn write(entries: &[(&RepoPath, &LockEntry)]) -> Vec<u8> {
    let mut text = String::with_capacity(100 * (entries.len() + 1));
    text.push_str(HEADER);
    text.push('\n');
    for (path, entry) in entries {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} {} {path}", entry.id, entry.recorded.as_str());
    }
    text.into_bytes()
}

struct LockFile {
    home: Arc<RepoPath>,
    text: Vec<u8>,
    lines: Vec<Line>,
    /// What the other side of an unresolved merge says.
    other: Option<Vec<Line>>,
}

type Line = (RepoPath, BlobId, Recorded);

fn read_file(files: &dyn Files, home: RepoPath) -> Result<Option<LockFile>, Vec<Diagnostic>> {
    let text = match files.read(&home) {
        Ok(Some(text)) => text,
        Ok(None) => return Ok(None),
        Err(fault) => {
            return Err(vec![Diagnostic { code: Code::InvalidLock, ..fault.diagnostic() }]);
        }
    };
    let (lines, other) = match sides(&text) {
        Some(Sides { ours, theirs }) => (parse(&home, &ours)?, Some(parse(&home, &theirs)?)),
        None => (parse(&home, &text)?, None),
    };
    Ok(Some(LockFile { home: Arc::new(home), text, lines, other }))
}

fn parse(home: &RepoPath, text: &[u8]) -> Result<Vec<Line>, Vec<Diagnostic>> {
    let refuse = |message: String| vec![invalid(home, None, message)];
    let text = std::str::from_utf8(text).map_err(|_| refuse(format!("`{home}` is not UTF-8")))?;
    if text.contains('\r') {
        let message = format!("`{home}` has Windows line ends");
        return Err(vec![invalid(home, None, message).help(format!(
            "add `/{FOLDER}/** text eol=lf` to `.gitattributes`, and restore the file with `git checkout`"
        ))]);
    }
    if let Some(marker) =
        text.lines().position(|line| super::merge::is_conflict_marker(line.as_bytes()))
    {
        let message =
            format!("line {} of `{home}` is a mark of a merge without the others", marker + 1);
        return Err(vec![invalid(home, None, message).help(format!(
            "take either side (`git checkout --ours {home}`), and run `tenantry generate`: \
             what is already as generated is recorded anew"
        ))]);
    }
    let Some((header, body)) = text.split_once('\n') else {
        return Err(refuse(format!("`{home}` is cut off")));
    };
    match header.strip_prefix(HEADER_START).and_then(|rest| rest.split([':', ' ']).next()) {
        Some(VERSION) => {}
        Some(version) => {
            let message = format!("`{home}` is of version {version}; this program reads {VERSION}");
            return Err(vec![invalid(home, None, message).help("use a later tenantry")]);
        }
        None => return Err(refuse(format!("`{home}` does not begin as a lock does"))),
    }
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    let mut at = header.len() + 1;
    for (number, line) in body.split_inclusive('\n').enumerate() {
        match parse_line(line) {
            Ok(line) => lines.push(line),
            Err(reason) => {
                let message = format!("line {} of `{home}`: {reason}", number + 2);
                wrong.push(invalid(home, Some(at..at + line.trim_end().len()), message));
            }
        }
        at += line.len();
    }
    if wrong.is_empty() { Ok(lines) } else { Err(wrong) }
}

fn parse_line(line: &str) -> Result<Line, String> {
    let line = line.strip_suffix('\n').ok_or("the line is cut off")?;
    let mut words = line.splitn(3, ' ');
    let (Some(id), Some(word), Some(path)) = (words.next(), words.next(), words.next()) else {
        return Err("a line is a blob id, whose the file is, and its path".to_owned());
    };
    let id = id.parse::<BlobId>().map_err(|error| error.to_string())?;
    let recorded = Recorded::from_word(word)
        .ok_or_else(|| format!("`{word}` is none of `managed`, `once` and `foreign`"))?;
    let path = RepoPath::new(path).map_err(|error| error.to_string())?;
    Ok((path, id, recorded))
}

fn invalid(home: &RepoPath, range: Option<std::ops::Range<usize>>, message: String) -> Diagnostic {
    Diagnostic::error(Code::InvalidLock, message).at(Place { file: home.clone(), range }).help(
        "restore the file (`git checkout`), or delete it and run `tenantry generate`: \
               files that are as generated are recorded anew, others are refused by name",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::files::Memory;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    fn entry(text: &str, entity: Option<(EntityKind, &str)>) -> LockEntry {
        let entity = entity.map(|(kind, name)| EntityRef { kind, name: name.into() });
        LockEntry {
            id: BlobId::of(text.as_bytes()),
            recorded: Recorded::Managed,
            home: Arc::new(home(entity.as_ref()).unwrap()),
        }
    }

    fn sample() -> Lock {
        let mut lock = Lock::default();
        lock.record(
            path("tenants/base/team-a/rbac.yaml"),
            entry("a", Some((EntityKind::Tenant, "team-a"))),
        );
        lock.record(
            path("tenants/base/team-a/a b.yaml"),
            entry("b", Some((EntityKind::Tenant, "team-a"))),
        );
        lock.record(path("clusters/c/x.yaml"), entry("x", Some((EntityKind::Cluster, "c"))));
        lock.record(path("README.md"), entry("r", None));
        lock
    }

    fn memory(lock: &Lock) -> Memory {
        let changes = lock.changes_since(&Lock::default());
        changes.into_iter().filter_map(|(path, text)| Some((path, text?))).collect()
    }

    fn faults(text: &[u8]) -> String {
        let files = Memory::new().with(path(".tenantry/lock/platform.lock"), text);
        let faults = Lock::load(&files).unwrap_err();
        assert!(faults.iter().all(|fault| fault.code == Code::InvalidLock));
        let lines = faults.iter().map(|fault| fault.message.clone());
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_entity_has_a_file_of_its_own() {
        let files = memory(&sample());
        let names: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            names,
            [
                ".tenantry/lock/clusters/c.lock",
                ".tenantry/lock/platform.lock",
                ".tenantry/lock/tenants/team-a.lock"
            ]
        );
        let text = files.read(&path(".tenantry/lock/tenants/team-a.lock")).unwrap().unwrap();
        insta::assert_snapshot!(String::from_utf8(text).unwrap(), @r"
        # tenantry lock 1: what was generated, as git blob ids; written by `tenantry generate`
        63d8dbd40c23542e740659a7168a0ce3138ea748 managed tenants/base/team-a/a b.yaml
        2e65efe2a145dda7ee51d1741299f848e5bf752e managed tenants/base/team-a/rbac.yaml
        ");
    }

    #[test]
    fn what_was_written_is_read_again() {
        let lock = sample();
        let read = Lock::load(&memory(&lock)).unwrap();
        assert_eq!(read.entries, lock.entries);
        assert!(lock.changes_since(&read).is_empty());
    }

    #[test]
    fn only_files_that_change_are_written() {
        let before = Lock::load(&memory(&sample())).unwrap();
        let mut after = sample();
        after.record(path("README.md"), entry("other", None));
        after.entries.remove(&path("clusters/c/x.yaml"));
        let changes = after.changes_since(&before);
        assert_eq!(changes.len(), 2);
        assert_eq!(changes[&path(".tenantry/lock/clusters/c.lock")], None);
        assert!(changes[&path(".tenantry/lock/platform.lock")].is_some());
    }

    #[test]
    fn the_layout_is_recorded_apart() {
        let mut layout = Lock::of(Part::Layout);
        layout.record_managed(path(".tenantry/layout/layout.yaml"), b"name: a\n", None);
        let mut files = memory(&sample());
        for (home, text) in layout.changes_since(&Lock::default()) {
            assert_eq!(home.as_str(), ".tenantry/lock/layout.lock");
            files.insert(home, text.unwrap());
        }
        assert_eq!(Lock::load(&files).unwrap().entries, sample().entries);
        let read = Lock::load_part(&files, Part::Layout).unwrap();
        assert_eq!(read.entries, layout.entries);
        assert!(Lock::load(&files).unwrap().changes_since(&Lock::load(&files).unwrap()).is_empty());
    }

    #[test]
    fn a_repository_without_a_lock_has_an_empty_one() {
        assert!(Lock::load(&Memory::new()).unwrap().is_empty());
    }

    #[test]
    fn the_marks_of_a_merge_leave_both_sides() {
        let (a, b, c) = (BlobId::of(b"a"), BlobId::of(b"b"), BlobId::of(b"c"));
        let text = format!(
            "{HEADER}\n{c} managed a\n<<<<<<< HEAD\n{a} managed b\n=======\n{b} managed b\n{c} managed c\n>>>>>>> x\n"
        );
        let home = path(".tenantry/lock/platform.lock");
        let lock = Lock::load(&Memory::new().with(home.clone(), text.into_bytes())).unwrap();
        let said = |name: &str| (lock.get(&path(name)).unwrap().id, lock.other(&path(name)));
        assert_eq!(said("a"), (c, None));
        assert_eq!(said("b"), (a, Some(b)));
        assert_eq!(said("c"), (c, None));
        assert_eq!(lock.unresolved().collect::<Vec<_>>(), [&home]);
        assert!(lock.changes_since(&lock).contains_key(&home), "the marks are written away");
    }

    #[test]
    fn what_is_not_a_lock_is_refused() {
        let id = BlobId::of(b"");
        let head = format!("{HEADER}\n");
        insta::assert_snapshot!(faults(b"\xff"), @"`.tenantry/lock/platform.lock` is not UTF-8");
        insta::assert_snapshot!(faults(b""), @"`.tenantry/lock/platform.lock` is cut off");
        insta::assert_snapshot!(faults(b"{}\n"), @"`.tenantry/lock/platform.lock` does not begin as a lock does");
        insta::assert_snapshot!(faults(b"# tenantry lock 2: x\n"), @"`.tenantry/lock/platform.lock` is of version 2; this program reads 1");
        insta::assert_snapshot!(faults(format!("{HEADER}\r\n").as_bytes()), @"`.tenantry/lock/platform.lock` has Windows line ends");
        insta::assert_snapshot!(faults(format!("{head}<<<<<<< HEAD\n=======\n").as_bytes()), @"line 2 of `.tenantry/lock/platform.lock` is a mark of a merge without the others");
        let lines = format!(
            "{head}{id} managed a\n{id} mine b\nabc managed c\n{id} managed ../d\n{id}\n{id} managed e"
        );
        insta::assert_snapshot!(faults(lines.as_bytes()), @r"
        line 3 of `.tenantry/lock/platform.lock`: `mine` is none of `managed`, `once` and `foreign`
        line 4 of `.tenantry/lock/platform.lock`: `abc` is not a blob id: 40 hexadecimal digits in lower case
        line 5 of `.tenantry/lock/platform.lock`: the path `../d` leaves the repository with `..`
        line 6 of `.tenantry/lock/platform.lock`: a line is a blob id, whose the file is, and its path
        line 7 of `.tenantry/lock/platform.lock`: the line is cut off
        ");
        let twice = format!("{head}{id} managed a\n{id} managed a\n");
        insta::assert_snapshot!(faults(twice.as_bytes()), @"the lock names `a` twice");
    }
}
