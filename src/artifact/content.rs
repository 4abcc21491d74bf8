//! The files of an artifact: a folder's, without those that Flux leaves out, or one file.
//!
//! What `.sourceignore` files and patterns of the command line leave out is not there, by Flux's own rules; neither are symbolic links, nor
//! folders without a file, which git does not know of.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use flux_oci::pack::{Layer, Packer};

use super::ArtifactError;
use crate::files::{Disk, Files, FilesError};
use crate::flux::artifact::{IGNORE_FILE, ignore_file};
use crate::flux::ignore::Ignore;
use crate::path::RepoPath;

/// Files, and the layer that they make.
#[derive(Debug)]
pub struct Content {
    /// The layer.
    pub layer: Layer,
    /// The folder that they lie in.
    pub folder: PathBuf,
    /// Their paths from the folder.
    pub files: Vec<RepoPath>,
    /// How many files are left out by patterns.
    pub ignored: usize,
    /// The symbolic links that are left out.
    pub links: Vec<RepoPath>,
}

impl Content {
    /// Packs a folder, or a file. `ignore` are lines of patterns, stronger than those of `.sourceignore` files.
    ///
    /// # Errors
    /// Nothing is there or left, or a file cannot be read.
    pub fn pack(path: &Path, ignore: &[String]) -> Result<Self, ArtifactError> {
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ArtifactError::NoPath(path.to_owned()));
            }
            Err(source) => return Err(ArtifactError::Pack { path: path.to_owned(), source }),
        };
        let chosen = if metadata.is_dir() {
            Chosen::of_folder(path, ignore)?
        } else if metadata.is_file() {
            Chosen::of_file(path)?
        } else {
            return Err(ArtifactError::NoFolder(path.to_owned()));
        };
        if chosen.files.is_empty() {
            return Err(ArtifactError::Nothing { path: path.to_owned(), ignored: chosen.ignored });
        }
        let Chosen { folder, mut files, ignored, links } = chosen;
        by_name(&mut files);
        let layer = pack(&folder, &files)?;
        Ok(Self { layer, folder, files, ignored, links })
    }
}

/// Packs parts of a platform, each as a layer of its own. `root` is the platform's folder, `prefix` where that lies in its repository, and
/// `files` show what is in it; paths in a layer are those of the repository. A part that no file is in has no content.
///
/// # Errors
/// A file that cannot be read.
pub fn parts(
    root: &Path,
    prefix: Option<&str>,
    files: &dyn Files,
    holds: &[&dyn Fn(&RepoPath) -> bool],
) -> Result<Vec<Option<Content>>, ArtifactError> {
    let listing = files.survey(None);
    let start = prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default();
    let mut said = Vec::new();
    for path in listing.files.iter().filter(|path| path.file_name() == IGNORE_FILE) {
        if let Some(bytes) = files.read(path)? {
            said.push(ignore_file(&format!("/{start}"), path, &bytes));
        }
    }
    let ignore = Ignore::new(&said, None);
    let depth = prefix.map_or(0, |prefix| prefix.split('/').count());
    let folder = root.ancestors().nth(depth).unwrap_or(root).to_owned();
    let mut links = Vec::new();
    for fault in listing.faults {
        match fault {
            FilesError::Symlink { path } => links.push(path),
            fault if holds.iter().any(|holds| names(&fault, holds)) => return Err(fault.into()),
            _ => {}
        }
    }
    let pack_one = |holds: &&dyn Fn(&RepoPath) -> bool| {
        let there: Vec<&RepoPath> = listing.files.iter().filter(|path| holds(path)).collect();
        let within = |path: &RepoPath| RepoPath::new(&format!("{start}{path}")).ok();
        let leaves_out = |path: &RepoPath| ignore.leaves_out(path.as_str(), false);
        let mut chosen: Vec<RepoPath> =
            there.iter().filter_map(|path| within(path)).filter(|path| !leaves_out(path)).collect();
        if chosen.is_empty() {
            return Ok(None);
        }
        by_name(&mut chosen);
        let layer = pack(&folder, &chosen)?;
        let ignored = there.len() - chosen.len();
        let own = links.iter().filter(|path| holds(path)).filter_map(within);
        let links = own.filter(|path| !leaves_out(path)).collect();
        Ok(Some(Content { layer, folder: folder.clone(), files: chosen, ignored, links }))
    };
    holds.iter().map(pack_one).collect()
}

/// Whether a fault is of a file that is held.
fn names(fault: &FilesError, holds: &dyn Fn(&RepoPath) -> bool) -> bool {
    RepoPath::new(fault.sort_key()).is_ok_and(|path| holds(&path))
}

/// As Flux walks: a folder's files lie beside its folders, each by its name.
fn by_name(files: &mut [RepoPath]) {
    files.sort_by(|one, other| one.as_str().split('/').cmp(other.as_str().split('/')));
}

struct Chosen {
    folder: PathBuf,
    files: Vec<RepoPath>,
    ignored: usize,
    links: Vec<RepoPath>,
}

impl Chosen {
    fn of_folder(folder: &Path, patterns: &[String]) -> Result<Self, ArtifactError> {
        let disk = Disk::new(folder);
        let listing = disk.survey(None);
        let mut links = Vec::new();
        let mut faults = Vec::new();
        for fault in listing.faults {
            match fault {
                FilesError::Symlink { path } => links.push(path),
                fault => faults.push(fault),
            }
        }
        let mut said = Vec::new();
        for path in listing.files.iter().filter(|path| path.file_name() == IGNORE_FILE) {
            if let Some(bytes) = disk.read(path)? {
                said.push(ignore_file("/", path, &bytes));
            }
        }
        let patterns = patterns.join("\n");
        let patterns = (!patterns.is_empty()).then_some(&*patterns);
        let ignore = Ignore::new(&said, patterns);
        // A name that no repository should have matters only where it would be pushed.
        for fault in faults {
            let path = fault.sort_key().to_owned();
            if !ignore.leaves_out(&path, false) {
                return Err(fault.into());
            }
        }
        let all = listing.files.len();
        let files: Vec<RepoPath> = listing
            .files
            .into_iter()
            .filter(|path| !ignore.leaves_out(path.as_str(), false))
            .collect();
        links.retain(|path| !ignore.leaves_out(path.as_str(), false));
        Ok(Self { folder: folder.to_owned(), ignored: all - files.len(), files, links })
    }

    fn of_file(path: &Path) -> Result<Self, ArtifactError> {
        let failed = |source| ArtifactError::Pack { path: path.to_owned(), source };
        let whole = path.canonicalize().map_err(failed)?;
        let no = || failed(io::Error::other("its name is none that every system has"));
        let name = whole.file_name().and_then(|name| name.to_str()).ok_or_else(no)?;
        let name = RepoPath::new(name).map_err(|_| no())?;
        let folder = whole.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self { folder, files: vec![name], ignored: 0, links: Vec::new() })
    }
}

fn pack(root: &Path, files: &[RepoPath]) -> Result<Layer, ArtifactError> {
    let whole = |source| ArtifactError::Pack { path: root.to_owned(), source };
    let mut packer = Packer::default();
    packer.folder(".").map_err(whole)?;
    let mut opened: Vec<&str> = Vec::new();
    for path in files {
        let names: Vec<&str> = path.parent().unwrap_or_default().split('/').collect();
        let names = if names == [""] { Vec::new() } else { names };
        let common = names.iter().zip(&opened).take_while(|(one, other)| one == other).count();
        for depth in common..names.len() {
            packer.folder(&names[..=depth].join("/")).map_err(whole)?;
        }
        opened = names;
        let on_disk = path.below(root);
        let packed = open(&on_disk).and_then(|file| {
            let metadata = file.metadata()?;
            packer.file(path.as_str(), is_executable(&metadata), metadata.len(), file)
        });
        packed.map_err(|source| ArtifactError::Pack { path: on_disk, source })?;
    }
    packer.finish().map_err(whole)
}

/// Opens a file, and nothing that somebody made a link in its place meanwhile.
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    std::fs::OpenOptions::new().read(true).custom_flags(no_follow).open(path)
}

/// As git has it: by the owner's bit.
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use flux_oci::unpack::{Budget, list};

    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn paths(content: &Content) -> Vec<String> {
        let entries = list(content.layer.blob.reader().unwrap(), Budget::default()).unwrap();
        entries.into_iter().map(|entry| entry.path).collect()
    }

    #[test]
    fn files_lie_in_the_order_in_which_flux_walks() {
        let folder = folder(&[("a.yaml", ""), ("a/x.yaml", ""), ("a/b/y", ""), ("z/.keep", "")]);
        std::fs::create_dir(folder.path().join("empty")).unwrap();
        std::os::unix::fs::symlink("a.yaml", folder.path().join("link")).unwrap();
        let content = Content::pack(folder.path(), &[]).unwrap();
        assert_eq!(paths(&content), ["a", "a/b", "a/b/y", "a/x.yaml", "a.yaml", "z", "z/.keep"]);
        assert_eq!(content.links, [RepoPath::new("link").unwrap()]);
    }

    #[test]
    fn what_flux_leaves_out_is_left_out() {
        let files =
            [("a.yaml", ""), ("b.md", ""), ("sub/b.md", ""), (".git/config", ""), ("x.png", "")];
        let plain = folder(&files);
        let content = Content::pack(plain.path(), &[]).unwrap();
        assert_eq!(paths(&content), ["a.yaml", "b.md", "sub", "sub/b.md"]);
        assert_eq!(content.ignored, 1);
        std::fs::write(plain.path().join("sub/.sourceignore"), "*.md\n").unwrap();
        let content = Content::pack(plain.path(), &["/b.md".to_owned()]).unwrap();
        assert_eq!(paths(&content), ["a.yaml", "sub", "sub/.sourceignore", "x.png"]);
        let nothing = Content::pack(plain.path(), &["/*".to_owned()]).unwrap_err();
        assert!(matches!(nothing, ArtifactError::Nothing { ignored: 5, .. }), "{nothing}");
    }

    #[test]
    fn the_layer_is_that_of_the_content_and_of_nothing_else() {
        let (one, other) =
            (folder(&[("a/b", "1"), ("c", "2")]), folder(&[("c", "2"), ("a/b", "1")]));
        let digest =
            |folder: &Path| Content::pack(folder, &[]).unwrap().layer.blob.digest().clone();
        assert_eq!(digest(one.path()), digest(other.path()));
        std::fs::write(other.path().join("c"), "3").unwrap();
        assert_ne!(digest(one.path()), digest(other.path()));
    }

    #[test]
    fn one_file_is_content_too() {
        let folder = folder(&[("a.yaml", "1"), ("b.yaml", "2")]);
        let content = Content::pack(&folder.path().join("a.yaml"), &[]).unwrap();
        assert_eq!(paths(&content), ["a.yaml"]);
        let error = Content::pack(&folder.path().join("c"), &[]).unwrap_err();
        assert!(matches!(error, ArtifactError::NoPath(_)), "{error}");
    }
}
