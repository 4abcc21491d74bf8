//! The files of a work tree.

use std::fs::{self, DirEntry, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Files, FilesError, Listing};
use crate::path::{RepoPath, RepoPathError};

/// The files below a folder of the disk. Nothing is cached: each question is asked of the disk anew.
#[derive(Clone, Debug)]
pub struct Disk {
    root: PathBuf,
    limit: u64,
}

impl Disk {
    /// What a file may have at most unless [`Self::with_limit`] says otherwise, in bytes.
    pub const LIMIT: u64 = 16 * 1024 * 1024;

    /// The files below a folder, which may itself be reached through a symbolic link.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), limit: Self::LIMIT }
    }

    /// The same view with another bound for the size of a file, in bytes. A larger file is refused
    /// before a byte of it is read.
    #[must_use]
    pub fn with_limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What lies at a path, with no symbolic link on the way; nothing if nothing does.
    fn metadata(&self, path: &RepoPath) -> Result<Option<fs::Metadata>, FilesError> {
        let text = path.as_str();
        let ends = text.match_indices('/').map(|(at, _)| at).chain([text.len()]);
        let mut found = None;
        for end in ends {
            let metadata = match fs::symlink_metadata(self.root.join(&text[..end])) {
                Ok(metadata) => metadata,
                Err(error) if is_absent(&error) => return Ok(None),
                Err(source) => return Err(FilesError::Io { path: text.to_owned(), source }),
            };
            if metadata.is_symlink() {
                let path =
                    RepoPath::new(&text[..end]).map_err(|reason| FilesError::Name { reason })?;
                return Err(FilesError::Symlink { path });
            }
            found = Some(metadata);
        }
        Ok(found)
    }

    fn read_bounded(&self, path: &RepoPath, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        // One more than allowed: a file that grows while it is read is noticed.
        File::open(path.below(&self.root))?
            .take(self.limit.saturating_add(1))
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Files for Disk {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, FilesError> {
        let Some(metadata) = self.metadata(path)? else { return Ok(None) };
        if !metadata.is_file() {
            return Err(FilesError::NotAFile { path: path.clone() });
        }
        let too_large = |size| FilesError::TooLarge { path: path.clone(), size, limit: self.limit };
        if metadata.len() > self.limit {
            return Err(too_large(metadata.len()));
        }
        match self.read_bounded(path, metadata.len()) {
            Ok(bytes) if bytes.len() as u64 > self.limit => Err(too_large(bytes.len() as u64)),
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(source) => Err(FilesError::Io { path: path.to_string(), source }),
        }
    }

    fn survey(&self, folder: Option<&RepoPath>) -> Listing {
        let mut listing = Listing::default();
        if let Some(folder) = folder {
            match self.metadata(folder) {
                Ok(Some(metadata)) if metadata.is_dir() => {}
                Ok(Some(_)) => {
                    listing.faults.push(FilesError::NotAFolder { path: folder.clone() });
                    return listing;
                }
                Ok(None) => return listing,
                Err(fault) => {
                    listing.faults.push(fault);
                    return listing;
                }
            }
        }
        walk(&self.root, folder.map_or("", RepoPath::as_str), &mut listing);
        listing.files.sort_unstable();
        listing.faults.sort_by(|a, b| a.sort_key().cmp(b.sort_key()));
        listing
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Adds what lies below `root`/`folder` to a listing, folders in parallel.
fn walk(root: &Path, folder: &str, listing: &mut Listing) {
    let on_disk = if folder.is_empty() { root.to_owned() } else { root.join(folder) };
    let entries = match fs::read_dir(on_disk).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return,
        Err(source) => {
            let path = if folder.is_empty() { ".".to_owned() } else { folder.to_owned() };
            listing.faults.push(FilesError::Io { path, source });
            return;
        }
    };
    let mut folders = Vec::new();
    for entry in entries.into_iter().filter(|entry| entry.file_name() != ".git") {
        match classify(&entry, folder) {
            Ok(Entry::File(path)) => listing.files.push(path),
            Ok(Entry::Folder(path)) => folders.push(path),
            Err(fault) => listing.faults.push(fault),
        }
    }
    let below: Vec<Listing> = folders
        .par_iter()
        .map(|folder| {
            let mut listing = Listing::default();
            walk(root, folder.as_str(), &mut listing);
            listing
        })
        .collect();
    for mut part in below {
        listing.files.append(&mut part.files);
        listing.faults.append(&mut part.faults);
    }
}

enum Entry {
    File(RepoPath),
    Folder(RepoPath),
}

fn classify(entry: &DirEntry, folder: &str) -> Result<Entry, FilesError> {
    let join = |name: &str| match folder {
        "" => name.to_owned(),
        _ => format!("{folder}/{name}"),
    };
    let name = entry
        .file_name()
        .into_string()
        .map_err(|name| FilesError::NotUtf8 { lossy: join(&name.to_string_lossy()) })?;
    let text = join(&name);
    let kind = entry.file_type().map_err(|source| FilesError::Io { path: text.clone(), source })?;
    let path = RepoPath::new(&text).map_err(|reason: RepoPathError| FilesError::Name { reason })?;
    if kind.is_dir() {
        Ok(Entry::Folder(path))
    } else if kind.is_file() {
        Ok(Entry::File(path))
    } else if kind.is_symlink() {
        Err(FilesError::Symlink { path })
    } else {
        Err(FilesError::NotAFile { path })
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::files::{Laid, Memory};

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    fn disk(files: &[(&str, &str)]) -> (tempfile::TempDir, Disk) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let at = folder.path().join(name);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, text).unwrap();
        }
        let disk = Disk::new(folder.path());
        (folder, disk)
    }

    fn names(files: &dyn Files, folder: Option<&str>) -> Vec<String> {
        let folder = folder.map(path);
        files.list(folder.as_ref()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn files_are_listed_sorted_and_without_git() {
        let (_folder, disk) =
            disk(&[("b", ""), ("a/c", ""), ("a/b/d", ""), (".git/config", ""), ("a-x", "")]);
        assert_eq!(names(&disk, None), ["a-x", "a/b/d", "a/c", "b"]);
        assert_eq!(names(&disk, Some("a")), ["a/b/d", "a/c"]);
        assert!(names(&disk, Some("none")).is_empty());
    }

    #[test]
    fn a_file_that_is_not_there_is_nothing() {
        let (_folder, disk) = disk(&[("a", "text")]);
        assert_eq!(disk.read(&path("a")).unwrap(), Some(b"text".to_vec()));
        assert_eq!(disk.read(&path("b")).unwrap(), None);
        assert_eq!(disk.read(&path("a/below")).unwrap(), None);
    }

    #[test]
    fn symbolic_links_are_neither_read_nor_entered() {
        let (outside, _) = disk(&[("secret", "s")]);
        let (folder, disk) = disk(&[("dir/real", "r")]);
        symlink(outside.path().join("secret"), folder.path().join("file")).unwrap();
        symlink(outside.path(), folder.path().join("out")).unwrap();
        symlink("dir", folder.path().join("inside")).unwrap();

        for (asked, link) in [
            ("file", "file"),
            ("out/secret", "out"),
            ("out/none", "out"),
            ("inside/real", "inside"),
        ] {
            match disk.read(&path(asked)) {
                Err(FilesError::Symlink { path }) => assert_eq!(path.as_str(), link),
                other => panic!("{asked}: {other:?}"),
            }
        }
        let listing = disk.survey(None);
        assert_eq!(listing.files, [path("dir/real")]);
        let faults: Vec<String> = listing.faults.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(faults.join("\n"), @r"
        `file` is a symbolic link; links are not followed
        `inside` is a symbolic link; links are not followed
        `out` is a symbolic link; links are not followed
        ");
        assert!(matches!(disk.list(Some(&path("out"))), Err(FilesError::Symlink { .. })));
    }

    #[test]
    fn a_file_beyond_the_bound_is_not_read() {
        let (folder, disk) = disk(&[]);
        let file = File::create(folder.path().join("large")).unwrap();
        file.set_len(100 * 1024 * 1024).unwrap();
        match disk.read(&path("large")) {
            Err(FilesError::TooLarge { size, limit, .. }) => {
                assert_eq!((size, limit), (100 * 1024 * 1024, Disk::LIMIT));
            }
            other => panic!("{:?}", other.map(|bytes| bytes.map(|bytes| bytes.len()))),
        }
        fs::write(folder.path().join("small"), "123").unwrap();
        assert!(disk.clone().with_limit(2).read(&path("small")).is_err());
        assert!(disk.with_limit(3).read(&path("small")).is_ok());
    }

    #[test]
    fn a_name_that_is_not_utf8_is_named_as_well_as_it_can_be() {
        let (folder, disk) = disk(&[("a/b", "")]);
        let odd = std::ffi::OsStr::from_bytes(b"a/caf\xe9.yaml");
        if fs::write(folder.path().join(odd), "").is_err() {
            return; // some file systems refuse such names, and then there is nothing to find
        }
        let fault = disk.list(None).unwrap_err();
        insta::assert_snapshot!(fault, @"the name of `a/caf�.yaml` is not UTF-8");
        assert_eq!(fault.diagnostic().code, crate::diagnostic::Code::InvalidUtf8);
    }

    #[test]
    fn a_folder_is_not_a_file_and_a_file_not_a_folder() {
        let (_folder, disk) = disk(&[("a/b", "")]);
        assert!(matches!(disk.read(&path("a")), Err(FilesError::NotAFile { .. })));
        assert!(matches!(disk.list(Some(&path("a/b"))), Err(FilesError::NotAFolder { .. })));
    }

    #[test]
    fn changes_lie_over_what_is_below() {
        let below = Memory::new().with(path("a/one"), "1").with(path("a/two"), "2");
        let laid = Laid::over(&below)
            .with(path("a/three"), "3")
            .with(path("b"), "b")
            .with(path("a/one"), "new")
            .without(path("a/two"));
        assert_eq!(names(&laid, Some("a")), ["a/one", "a/three"]);
        assert_eq!(names(&laid, None), ["a/one", "a/three", "b"]);
        assert_eq!(laid.read(&path("a/one")).unwrap(), Some(b"new".to_vec()));
        assert_eq!(laid.read(&path("a/two")).unwrap(), None);
        assert_eq!(laid.changes().len(), 4);
    }
}
