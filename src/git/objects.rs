//! What git remembers, for `sync`: contents by their blob ids, and what it leaves out of the work tree.
//!
//! A repository is looked for when the first question is asked, since most runs ask none. One that is not there, or that
//! cannot be read, remembers nothing: that alone is no failure, and [`Bases::help`] tells why.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::program::Call;
use super::sparse::Patterns;
use crate::path::RepoPath;
use crate::sync::{Bases, BlobId, Skipped};

/// The repository that a folder lies in, seen as a memory.
pub struct Objects {
    root: PathBuf,
    memory: Mutex<Option<Memory>>,
}

enum Memory {
    Repository(Box<Opened>),
    /// Why there is none.
    None(Option<String>),
}

struct Opened {
    repository: git2::Repository,
    /// The platform's root from the repository's, empty or with a `/` at its end.
    prefix: String,
    skips: Option<Skips>,
}

/// What git leaves out of the work tree.
struct Skips {
    /// Files that are not on disk, with what they say.
    tracked: HashMap<String, BlobId>,
    /// Where new files would be left out, too.
    patterns: Option<Patterns>,
}

impl Objects {
    /// What the repository remembers that a folder lies in, if it lies in any.
    #[must_use]
    pub fn near(root: &Path) -> Self {
        Self { root: root.to_owned(), memory: Mutex::new(None) }
    }

    /// Keeps a content that is about to go, as `git hash-object -w` does: under its id until git cleans up what nothing refers
    /// to. Says whether it did.
    pub fn remember(&self, content: &[u8]) -> bool {
        self.ask(|memory| match memory {
            Memory::Repository(opened) => opened.repository.blob(content).is_ok(),
            Memory::None(_) => false,
        })
    }

    fn ask<T>(&self, question: impl FnOnce(&mut Memory) -> T) -> T {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        question(memory.get_or_insert_with(|| open(&self.root)))
    }
}

impl Bases for Objects {
    fn content(&self, id: BlobId) -> Option<Vec<u8>> {
        let oid = git2::Oid::from_str(&id.to_string()).ok()?;
        self.ask(|memory| {
            let Memory::Repository(opened) = memory else { return None };
            Some(opened.repository.find_blob(oid).ok()?.content().to_vec())
        })
    }

    fn help(&self, id: BlobId) -> Option<String> {
        self.ask(|memory| match memory {
            Memory::None(why) => why.clone(),
            Memory::Repository(opened) if opened.repository.is_shallow() => Some(
                "the clone is shallow: `git fetch --unshallow` brings what is older".to_owned(),
            ),
            Memory::Repository(opened) if is_partial(&opened.repository) => {
                Some(format!("the clone is partial: `git cat-file -e {id}` fetches it"))
            }
            Memory::Repository(_) => None,
        })
    }

    fn skipped(&self, path: &RepoPath) -> Option<Skipped> {
        self.ask(|memory| {
            let Memory::Repository(opened) = memory else { return None };
            let full = format!("{}{path}", opened.prefix);
            let Opened { repository, skips, .. } = &mut **opened;
            let skips = skips.get_or_insert_with(|| Skips::of(repository));
            if let Some(id) = skips.tracked.get(&full) {
                return Some(Skipped::Tracked(*id));
            }
            let left_out = skips.patterns.as_ref().is_some_and(|patterns| !patterns.take(&full));
            left_out.then_some(Skipped::Unknown)
        })
    }
}

fn open(root: &Path) -> Memory {
    let repository = match git2::Repository::discover(root) {
        Ok(repository) => repository,
        Err(error) if error.code() == git2::ErrorCode::NotFound => return Memory::None(None),
        Err(error) if error.message().contains("sha256") => {
            return Memory::None(Some(
                "the repository names contents by SHA-256, so only what is kept below `.tenantry/base` is to be had"
                    .to_owned(),
            ));
        }
        Err(error) => {
            return Memory::None(Some(format!(
                "git's objects cannot be read: {}",
                error.message()
            )));
        }
    };
    let below = || {
        let workdir = repository.workdir()?.canonicalize().ok()?;
        let root = root.canonicalize().ok()?;
        Some(root.strip_prefix(workdir).ok()?.to_str()?.to_owned())
    };
    match below() {
        Some(mut prefix) => {
            if !prefix.is_empty() {
                prefix.push('/');
            }
            Memory::Repository(Box::new(Opened { repository, prefix, skips: None }))
        }
        None => Memory::None(None),
    }
}

fn is_partial(repository: &git2::Repository) -> bool {
    let Ok(config) = repository.config() else { return false };
    let Ok(mut entries) = config.entries(Some("^remote\\..*\\.promisor$")) else { return false };
    let mut partial = config.get_string("extensions.partialclone").is_ok();
    while let Some(Ok(entry)) = entries.next() {
        partial |= entry.value().is_ok_and(|value| value == "true");
    }
    partial
}

/// The bit of an entry of the index that is not on disk on purpose.
const SKIP_WORKTREE: u16 = 1 << 14;

impl Skips {
    fn of(repository: &git2::Repository) -> Self {
        let config = repository.config().and_then(|mut config| config.snapshot());
        let sparse =
            config.is_ok_and(|config| config.get_bool("core.sparseCheckout").unwrap_or(false));
        let patterns = sparse.then(|| repository.path().join("info/sparse-checkout"));
        let patterns = patterns.and_then(|file| std::fs::read_to_string(file).ok());
        let tracked = match repository.index() {
            Ok(index) => from_index(&index),
            // libgit2 does not read an index in which whole folders are one entry.
            Err(_) if sparse => from_git(repository).unwrap_or_default(),
            Err(_) => HashMap::new(),
        };
        Self { tracked, patterns: patterns.map(|text| Patterns::read(&text)) }
    }
}

fn from_index(index: &git2::Index) -> HashMap<String, BlobId> {
    let skipped = index.iter().filter(|entry| entry.flags_extended & SKIP_WORKTREE != 0);
    skipped
        .filter_map(|entry| {
            Some((String::from_utf8(entry.path).ok()?, entry.id.to_string().parse().ok()?))
        })
        .collect()
}

/// The same from the person's own git.
fn from_git(repository: &git2::Repository) -> Option<HashMap<String, BlobId>> {
    let call = Call::new(repository.workdir()?, "list what is checked out");
    let output = call.args(["ls-files", "-z", "-t", "--stage"]).output().ok();
    let output = output.filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    // `S 100644 ID 0<tab>PATH`
    let lines = text.split('\0').filter_map(|line| line.strip_prefix("S "));
    let entries = lines.filter_map(|line| {
        let (head, path) = line.split_once('\t')?;
        Some((path.to_owned(), head.split(' ').nth(1)?.parse().ok()?))
    });
    Some(entries.collect())
}
