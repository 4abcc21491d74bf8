//! What a source hands to Flux: the files of a repository without those that Flux leaves out.
//!
//! In goes a view of files, out comes what lies in the artifact of a GitRepository or an OCIRepository, as source-controller
//! [makes it](https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files): what `.sourceignore` and `spec.ignore` leave
//! out is not there, and neither are symbolic links. Paths begin with `/`, the root of the repository, also where the platform is a
//! folder of it. Nothing here knows what the files say.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use kustomize::Found;

use super::ignore::Ignore;
use crate::files::{Files, FilesError};
use crate::path::RepoPath;

/// The name of the files that say what an artifact leaves out.
pub(crate) const IGNORE_FILE: &str = ".sourceignore";

/// The files of an artifact.
pub struct Artifact<'f> {
    name: String,
    /// The folder of the repository that its files are seen from, as the beginning of a path: `/` or `/fleet/`.
    prefix: String,
    origin: Box<dyn Origin + 'f>,
}

/// Where the files of an artifact come from; paths are those of the view that it is made of.
pub trait Origin: Sync + Send {
    /// What lies at a path.
    ///
    /// # Errors
    /// As the operating system has them; [`io::ErrorKind::NotFound`] for nothing, and [`io::ErrorKind::IsADirectory`] for a folder.
    fn read(&self, path: &RepoPath) -> io::Result<Cow<'_, [u8]>>;

    /// The files below a folder, or all of them, sorted.
    fn below(&self, folder: Option<&RepoPath>) -> Vec<RepoPath>;

    /// Whether there is a file.
    fn has_file(&self, path: &RepoPath) -> bool {
        self.read(path).is_ok()
    }

    /// Whether there is a folder.
    fn has_folder(&self, path: &RepoPath) -> bool {
        self.read(path).is_err_and(|error| error.kind() == io::ErrorKind::IsADirectory)
    }
}

impl<'f> Artifact<'f> {
    /// The artifact of a repository, by a name that tells it from others, of which the view shows all or, where `folder` is said,
    /// that folder alone. What does not `hold` is left out as well: an artifact may be a part of a repository.
    ///
    /// # Errors
    /// A file of ignored paths that cannot be read.
    pub fn new(
        name: String,
        files: &'f dyn Files,
        folder: Option<&str>,
        spec_ignore: Option<&str>,
        holds: &dyn Fn(&RepoPath) -> bool,
    ) -> Result<Self, FilesError> {
        let prefix = prefix(folder);
        // What can be no path here, Flux leaves out (links) or nobody can name.
        let listed = files.survey(None).files;
        let mut ignored = Vec::new();
        for path in listed.iter().filter(|path| path.file_name() == IGNORE_FILE) {
            if let Some(bytes) = files.read(path)? {
                ignored.push(ignore_file(&prefix, path, &bytes));
            }
        }
        let ignore = Ignore::new(&ignored, spec_ignore);
        let origin = Listed::new(files, listed, |path| {
            holds(path) && !ignore.leaves_out(&format!("{}{path}", &prefix[1..]), false)
        });
        Ok(Self { name, prefix, origin: Box::new(origin) })
    }

    /// The same of files that somebody else knows how to find.
    #[must_use]
    pub fn of(name: String, origin: impl Origin + 'f, folder: Option<&str>) -> Self {
        Self { name, prefix: prefix(folder), origin: Box::new(origin) }
    }

    /// The paths below a folder, sorted by their bytes.
    pub(super) fn below(&self, folder: &str) -> Vec<String> {
        let within = match self.inner(folder) {
            Some(path) => self.origin.below(Some(&path)),
            // The folder that the view shows lies in it.
            None if self.prefix.starts_with(&format!("{}/", folder.trim_end_matches('/'))) => {
                self.origin.below(None)
            }
            None => Vec::new(),
        };
        within.iter().map(|path| self.path_of(path)).collect()
    }

    /// What tells it from others of the same state of a repository.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is a folder.
    #[must_use]
    pub fn has_folder(&self, path: &str) -> bool {
        match self.inner(path) {
            Some(path) => self.origin.has_folder(&path),
            None => self.prefix.starts_with(&format!("{}/", path.trim_end_matches('/'))),
        }
    }

    /// Whether there is a file.
    #[must_use]
    pub fn has_file(&self, path: &str) -> bool {
        self.inner(path).is_some_and(|path| self.origin.has_file(&path))
    }

    /// Whether a path is one that the view can show.
    #[must_use]
    pub fn shows(&self, path: &str) -> bool {
        self.inner(path).is_some()
            || self.prefix.starts_with(&format!("{}/", path.trim_end_matches('/')))
    }

    /// A path of the view as one of the artifact.
    #[must_use]
    pub fn path_of(&self, path: &RepoPath) -> String {
        format!("{}{path}", self.prefix)
    }

    /// A path of the artifact as one of the view; nothing for what the view does not show.
    #[must_use]
    pub fn inner(&self, path: &str) -> Option<RepoPath> {
        RepoPath::new(path.strip_prefix(&*self.prefix)?).ok()
    }

    /// The folder of the repository that the view shows, without a `/` at its end.
    #[must_use]
    pub fn root(&self) -> &str {
        self.prefix.trim_end_matches('/')
    }

    /// What a file says.
    pub(super) fn bytes(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        self.origin.read(&self.inner(path).ok_or(io::ErrorKind::NotFound)?)
    }
}

/// The beginning of paths of a repository that lie in a folder of it.
fn prefix(folder: Option<&str>) -> String {
    match folder.map(|folder| folder.trim_matches('/')) {
        None | Some("" | ".") => "/".to_owned(),
        Some(folder) => format!("/{folder}/"),
    }
}

/// A file of ignored paths as [`Ignore`] takes it: its folder in the repository, and what it says.
pub(crate) fn ignore_file(prefix: &str, path: &RepoPath, bytes: &[u8]) -> (String, String) {
    let folder = format!("{prefix}{}", path.parent().unwrap_or_default());
    (folder.trim_matches('/').to_owned(), String::from_utf8_lossy(bytes).into_owned())
}

/// Files of a view that are listed once; each is read once, when it is first wanted.
struct Listed<'f> {
    files: &'f dyn Files,
    entries: Vec<Entry>,
    by_path: HashMap<RepoPath, usize>,
    folders: HashSet<Box<str>>,
}

struct Entry {
    path: RepoPath,
    bytes: OnceLock<io::Result<Vec<u8>>>,
}

impl<'f> Listed<'f> {
    fn new(files: &'f dyn Files, listed: Vec<RepoPath>, stays: impl Fn(&RepoPath) -> bool) -> Self {
        let entries: Vec<Entry> = listed
            .into_iter()
            .filter(stays)
            .map(|path| Entry { path, bytes: OnceLock::new() })
            .collect();
        let mut folders: HashSet<Box<str>> = HashSet::new();
        for entry in &entries {
            let mut folder = entry.path.parent().unwrap_or_default();
            while !folder.is_empty() && folders.insert(folder.into()) {
                folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            }
        }
        let by_path = entries.iter().enumerate().map(|(at, entry)| (entry.path.clone(), at));
        Self { files, by_path: by_path.collect(), entries, folders }
    }
}

impl Origin for Listed<'_> {
    fn read(&self, path: &RepoPath) -> io::Result<Cow<'_, [u8]>> {
        let Some(at) = self.by_path.get(path) else {
            let is_folder = self.folders.contains(path.as_str());
            let kind =
                if is_folder { io::ErrorKind::IsADirectory } else { io::ErrorKind::NotFound };
            return Err(kind.into());
        };
        let read = self.entries[*at].bytes.get_or_init(|| match self.files.read(path) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(io::ErrorKind::NotFound.into()),
            Err(error) => Err(io::Error::other(error.to_string())),
        });
        match read {
            Ok(bytes) => Ok(Cow::Borrowed(bytes)),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }

    fn below(&self, folder: Option<&RepoPath>) -> Vec<RepoPath> {
        let Some(folder) = folder else {
            return self.entries.iter().map(|entry| entry.path.clone()).collect();
        };
        let start = format!("{folder}/");
        let first = self.entries.partition_point(|entry| entry.path.as_str() < start.as_str());
        let paths = self.entries[first..].iter().map(|entry| &entry.path);
        paths.take_while(|path| path.as_str().starts_with(&start)).cloned().collect()
    }

    fn has_file(&self, path: &RepoPath) -> bool {
        self.by_path.contains_key(path)
    }

    fn has_folder(&self, path: &RepoPath) -> bool {
        self.folders.contains(path.as_str())
    }
}

impl kustomize::Files for Artifact<'_> {
    fn open(&self, path: &str) -> io::Result<Found<'_>> {
        match self.bytes(path) {
            Ok(bytes) => Ok(Found::File { path: path.to_owned(), bytes }),
            Err(_) if self.has_folder(path) => Ok(Found::Folder { path: path.to_owned() }),
            Err(error) => Err(error),
        }
    }
}

/// An artifact with one more file, the kustomization that Flux's generator makes, and what was asked of it.
pub(super) struct Watched<'a, 'f> {
    artifact: &'a Artifact<'f>,
    generated: Option<(String, Vec<u8>)>,
    asked: Mutex<BTreeSet<Box<str>>>,
}

impl<'a, 'f> Watched<'a, 'f> {
    pub(super) fn new(artifact: &'a Artifact<'f>, generated: Option<(String, Vec<u8>)>) -> Self {
        Self { artifact, generated, asked: Mutex::default() }
    }

    /// Every path that was asked for, of files, of folders and of what is not there.
    pub(super) fn into_asked(self) -> BTreeSet<Box<str>> {
        self.asked.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl kustomize::Files for Watched<'_, '_> {
    fn open(&self, path: &str) -> io::Result<Found<'_>> {
        if let Some((generated, bytes)) = &self.generated
            && generated == path
        {
            return Ok(Found::File { path: path.to_owned(), bytes: Cow::Borrowed(bytes) });
        }
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if !asked.contains(path) {
            asked.insert(path.into());
        }
        drop(asked);
        self.artifact.open(path)
    }
}

/// What a build depends on in its artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Every path that was asked for.
    pub(super) asked: BTreeSet<Box<str>>,
    /// The folder whose files were listed, since it has no kustomization.
    pub(super) listed: Option<Box<str>>,
}

impl Reads {
    /// Whether a change of these files, of which some may come and some go, can be felt. They are sorted.
    #[must_use]
    pub fn feel(&self, changed: &BTreeSet<Box<str>>) -> bool {
        changed.iter().any(|path| {
            let is_listed = self.listed.as_ref().is_some_and(|folder| is_within(path, folder));
            // A file may bring a folder, or take the last of one away.
            is_listed || self.asked.contains(path) || self.asked_for_folder_of(path)
        })
    }

    fn asked_for_folder_of(&self, path: &str) -> bool {
        let mut folder = parent(path);
        while folder != "/" {
            if self.asked.contains(folder) {
                return true;
            }
            folder = parent(folder);
        }
        false
    }
}

/// Whether a path lies in a folder.
fn is_within(path: &str, folder: &str) -> bool {
    folder == "/" || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The folder that a path lies in.
pub(super) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

/// Joins a path of a Flux Kustomization to the root of the artifact, which it cannot leave.
pub(crate) fn join(folder: &str, path: &str) -> String {
    let mut joined = folder.trim_end_matches('/').to_owned();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => joined.truncate(joined.rfind('/').unwrap_or(0)),
            name => {
                joined.push('/');
                joined.push_str(name);
            }
        }
    }
    if joined.is_empty() { "/".to_owned() } else { joined }
}

/// Joins a path to a folder of the artifact; nothing for one that leads out of the artifact, wherever it leads from there.
pub(super) fn join_within(folder: &str, path: &str) -> Option<String> {
    let mut depth = folder.split('/').filter(|name| !name.is_empty()).count();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => depth = depth.checked_sub(1)?,
            _ => depth += 1,
        }
    }
    Some(join(folder, path))
}
