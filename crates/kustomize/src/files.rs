//! The read-only view of files that a build reads from.
//!
//! Paths are absolute, with `/` between names, and clean: no `.`, no `..`, no `//`. A view resolves
//! links itself and says where a path really leads, which is what the restriction of loading and the
//! search for cycles go by. Views know nothing of kustomizations.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// What lies at a path.
#[derive(Debug)]
pub enum Found<'f> {
    /// A file.
    File {
        /// Its path with all links resolved.
        path: String,
        /// What it holds.
        bytes: Cow<'f, [u8]>,
    },
    /// A folder.
    Folder {
        /// Its path with all links resolved.
        path: String,
    },
}

/// A read-only view of files. It may be read from several threads at once.
pub trait Files: Sync {
    /// Opens what lies at a path, links followed.
    ///
    /// # Errors
    ///
    /// As the operating system has them; [`io::ErrorKind::NotFound`] where nothing is.
    fn open(&self, path: &str) -> io::Result<Found<'_>>;
}

/// Joins a path to a folder and cleans the result: `.` and empty names go, `..` takes the name
/// before it. An absolute path stays what it is.
pub(crate) fn join(folder: &str, path: &str) -> String {
    let start = if path.starts_with('/') { "" } else { folder };
    let mut joined = String::with_capacity(start.len() + path.len() + 2);
    for name in start.split('/').chain(path.split('/')) {
        match name {
            "" | "." => {}
            ".." => joined.truncate(joined.rfind('/').unwrap_or(0)),
            name => {
                joined.push('/');
                joined.push_str(name);
            }
        }
    }
    if joined.is_empty() {
        joined.push('/');
    }
    joined
}

/// Joins a path to a folder where the root is not the end of a disk; nothing for a path that is absolute or leads above the
/// root, wherever it leads from there.
pub(crate) fn join_within(folder: &str, path: &str) -> Option<String> {
    let mut depth = folder.split('/').filter(|name| !name.is_empty()).count();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => depth = depth.checked_sub(1)?,
            _ => depth += 1,
        }
    }
    (!path.starts_with('/')).then(|| join(folder, path))
}

/// Whether a path is a folder or lies in it.
pub(crate) fn is_within(path: &str, folder: &str) -> bool {
    folder == "/"
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The folder that a path lies in.
pub(crate) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

/// Files in memory.
///
/// ```
/// use kustomize::{Files, Found, MemoryFiles};
///
/// let mut files = MemoryFiles::new();
/// files.insert("/base/a.yaml", "kind: A\n");
/// assert!(matches!(files.open("/base"), Ok(Found::Folder { .. })));
/// assert!(files.open("/other").is_err());
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
enum Entry {
    File(Vec<u8>),
    Link(String),
    Folder,
}

impl MemoryFiles {
    /// No files.
    pub fn new() -> MemoryFiles {
        MemoryFiles::default()
    }

    /// Adds a file, or replaces it. The folders that it lies in come along.
    pub fn insert(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.entries.insert(join("/", path), Entry::File(bytes.into()));
    }

    /// Adds an empty folder.
    pub fn insert_folder(&mut self, path: &str) {
        self.entries.insert(join("/", path), Entry::Folder);
    }

    /// Adds a symbolic link; its target is relative to the folder that the link lies in, or absolute.
    pub fn link(&mut self, path: &str, target: &str) {
        self.entries.insert(join("/", path), Entry::Link(target.to_owned()));
    }

    /// Where a path leads, links resolved name by name.
    fn resolve(&self, path: &str) -> io::Result<String> {
        // As many as Linux follows.
        const LINKS: usize = 40;
        let mut resolved = String::from("/");
        let mut rest: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
        let mut links = 0;
        while let Some(name) = rest.pop() {
            if name.is_empty() || name == "." {
                continue;
            }
            let next = join(&resolved, &name);
            let Some(Entry::Link(target)) = self.entries.get(&next) else {
                resolved = next;
                continue;
            };
            links += 1;
            if links > LINKS {
                return Err(io::Error::other("too many levels of symbolic links"));
            }
            if target.starts_with('/') {
                resolved = String::from("/");
            }
            rest.extend(target.rsplit('/').map(str::to_owned));
        }
        Ok(resolved)
    }

    fn is_folder(&self, path: &str) -> bool {
        let below = if path == "/" { "/".to_owned() } else { format!("{path}/") };
        self.entries.range(below.clone()..).next().is_some_and(|(p, _)| p.starts_with(&below))
    }
}

impl Files for MemoryFiles {
    fn open(&self, path: &str) -> io::Result<Found<'_>> {
        let path = self.resolve(path)?;
        match self.entries.get(&path) {
            Some(Entry::File(bytes)) => Ok(Found::File { path, bytes: Cow::Borrowed(bytes) }),
            Some(Entry::Folder) => Ok(Found::Folder { path }),
            _ if self.is_folder(&path) => Ok(Found::Folder { path }),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// How much is read of a file of the disk.
const MAX_SIZE: u64 = 1 << 30;

/// The files of a disk, from a folder down: `/` is that folder, and no link leads out of it.
#[derive(Debug)]
pub struct DiskFiles {
    root: PathBuf,
    /// Where folders really are; a build asks for the same ones again and again.
    folders: RwLock<HashMap<String, Option<String>>>,
}

impl DiskFiles {
    /// The whole disk: paths are those of the operating system.
    pub fn new() -> DiskFiles {
        DiskFiles { root: PathBuf::from("/"), folders: RwLock::default() }
    }

    /// What lies in a folder, as Flux sees an artifact: links that lead out of it are refused.
    ///
    /// # Errors
    ///
    /// The folder is not there.
    pub fn within(root: &Path) -> io::Result<DiskFiles> {
        Ok(DiskFiles { root: root.canonicalize()?, folders: RwLock::default() })
    }

    fn on_disk(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    fn in_view(&self, path: &Path) -> io::Result<String> {
        let inside = path.strip_prefix(&self.root).map_err(|_| {
            io::Error::new(io::ErrorKind::PermissionDenied, "a link leads out of the root folder")
        })?;
        match inside.to_str() {
            Some(inside) => Ok(format!("/{inside}")),
            None => Err(io::Error::new(io::ErrorKind::InvalidData, "the path is not UTF-8")),
        }
    }

    /// Where a folder really is; `None` if it is none.
    fn real_folder(&self, folder: &str) -> io::Result<Option<String>> {
        if folder == "/" {
            return Ok(Some(folder.to_owned()));
        }
        if let Some(known) = self.folders.read().unwrap_or_else(PoisonError::into_inner).get(folder)
        {
            return Ok(known.clone());
        }
        let real = self.on_disk(folder).canonicalize()?;
        let real = if real.is_dir() { Some(self.in_view(&real)?) } else { None };
        self.note_folder(folder, real.clone());
        Ok(real)
    }

    fn note_folder(&self, folder: &str, real: Option<String>) {
        let mut folders = self.folders.write().unwrap_or_else(PoisonError::into_inner);
        folders.insert(folder.to_owned(), real);
    }
}

impl Default for DiskFiles {
    fn default() -> DiskFiles {
        DiskFiles::new()
    }
}

impl Files for DiskFiles {
    fn open(&self, path: &str) -> io::Result<Found<'_>> {
        let Some(folder) = self.real_folder(parent(path))? else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let mut real = join(&folder, path.rsplit('/').next().unwrap_or_default());
        let mut on_disk = self.on_disk(&real);
        let mut metadata = std::fs::symlink_metadata(&on_disk)?;
        if metadata.is_symlink() {
            on_disk = on_disk.canonicalize()?;
            real = self.in_view(&on_disk)?;
            metadata = on_disk.metadata()?;
        }
        if metadata.is_dir() {
            // What lies in it is likely asked for next.
            self.note_folder(&real, Some(real.clone()));
            return Ok(Found::Folder { path: real });
        }
        // To open a pipe would wait for its other end, and a device may never end.
        if !metadata.is_file() {
            let problem = "it is a pipe, a socket or a device, not a file";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        let file = std::fs::File::open(&on_disk)?;
        let mut bytes = Vec::with_capacity(metadata.len().min(1 << 24) as usize + 1);
        file.take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_SIZE {
            let problem = format!("it has more than {} MiB", MAX_SIZE >> 20);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
        }
        Ok(Found::File { path: real, bytes: Cow::Owned(bytes) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(files: &MemoryFiles, path: &str) -> String {
        match files.open(path) {
            Ok(Found::File { path, .. }) => format!("file {path}"),
            Ok(Found::Folder { path }) => format!("folder {path}"),
            Err(error) => error.kind().to_string(),
        }
    }

    #[test]
    fn paths_are_joined_and_cleaned() {
        assert_eq!(join("/a/b", "../c/./d"), "/a/c/d");
        assert_eq!(join("/a", "/b//c/"), "/b/c");
        assert_eq!(join("/a", "../../.."), "/");
        assert!(is_within("/a/b", "/a") && is_within("/a", "/a") && is_within("/x", "/"));
        assert!(!is_within("/ab", "/a"));
    }

    #[test]
    fn nothing_is_above_a_root_that_is_a_folder_somewhere() {
        assert_eq!(join_within("/a/b", "../../c/../d").as_deref(), Some("/d"));
        assert_eq!(join_within("/a/b", "../../../a"), None);
        assert_eq!(join_within("/a", "/a/b"), None);
    }

    #[test]
    fn links_are_followed_name_by_name() {
        let mut files = MemoryFiles::new();
        files.insert("/a/b/file", "x");
        files.link("/c", "a/b");
        files.link("/a/up", "../c/file");
        files.link("/loop", "loop");
        assert_eq!(kind(&files, "/c/file"), "file /a/b/file");
        assert_eq!(kind(&files, "/a/up"), "file /a/b/file");
        assert_eq!(kind(&files, "/c"), "folder /a/b");
        assert_eq!(kind(&files, "/loop"), "other error");
        assert_eq!(kind(&files, "/nothing"), "entity not found");
    }

    #[test]
    fn a_disk_within_a_folder_lets_nothing_out() {
        let folder = std::env::temp_dir().join(format!("kustomize-files-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("in/deep")).ok();
        std::fs::write(folder.join("out"), "secret").ok();
        std::fs::write(folder.join("in/file"), "x").ok();
        #[cfg(unix)]
        std::os::unix::fs::symlink("../out", folder.join("in/link")).ok();
        let files = DiskFiles::within(&folder.join("in"));
        let found = files.as_ref().map(|files| {
            [files.open("/file").is_ok(), files.open("/deep").is_ok(), files.open("/link").is_ok()]
        });
        assert_eq!(found.ok(), Some([true, true, false]));
        std::fs::remove_dir_all(&folder).ok();
    }
}
