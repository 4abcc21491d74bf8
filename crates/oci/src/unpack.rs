//! A layer to files, which cannot leave their folder.
//!
//! Links, devices, absolute paths and `..` are refused, not passed over: Flux makes none of them, so that an archive with some was made by
//! something else, or by somebody who means ill. What is unpacked has a bound, and so has the number of files.

use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use tar::EntryType;

/// How much may come out of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Files and folders.
    pub entries: u64,
}

impl Default for Budget {
    /// 1 GiB and 100,000 entries: ten times what source-controller takes by default.
    fn default() -> Self {
        Self { bytes: 1 << 30, entries: 100_000 }
    }
}

/// Why a layer was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It is no archive, or a damaged one.
    #[error("the layer is no gzipped tar archive: {0}")]
    Damaged(io::Error),
    /// A path that leads out of the folder, or cannot be a file's here.
    #[error("the layer has an entry `{path}`, {reason}")]
    Unsafe {
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More than the budget.
    #[error("the layer unpacks to more than {0}")]
    TooMuch(String),
    /// A file cannot be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A file or a folder that was unpacked, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path from the root, with `/` between names.
    pub path: String,
    /// The bytes of a file; nothing for a folder.
    pub size: Option<u64>,
    /// Whether a file may be run.
    pub executable: bool,
}

/// Unpacks a layer into a folder, which must exist; files that are there are replaced. Gives back what was in it.
///
/// # Errors
/// See [`UnpackError`]. What was written before an error stays.
pub fn unpack(layer: impl Read, into: &Path, budget: Budget) -> Result<Vec<Entry>, UnpackError> {
    each(layer, budget, |entry, content| {
        let path = into.join(&entry.path);
        let failed = |source| UnpackError::Write { path: path.clone(), source };
        match entry.size {
            None => make_folder(into, &entry.path).map_err(failed),
            Some(_) => {
                if let Some((folder, _)) = entry.path.rsplit_once('/') {
                    make_folder(into, folder).map_err(failed)?;
                }
                write(&path, entry.executable, content).map_err(|error| match error {
                    Wrote::Read(error) => UnpackError::Damaged(error),
                    Wrote::Write(error) => failed(error),
                })
            }
        }
    })
}

/// What is in a layer, without a file being written.
///
/// # Errors
/// As [`unpack`], but for what concerns the disk.
pub fn list(layer: impl Read, budget: Budget) -> Result<Vec<Entry>, UnpackError> {
    each(layer, budget, |_, content| {
        io::copy(content, &mut io::sink()).map(drop).map_err(UnpackError::Damaged)
    })
}

fn each(
    layer: impl Read,
    budget: Budget,
    mut take: impl FnMut(&Entry, &mut dyn Read) -> Result<(), UnpackError>,
) -> Result<Vec<Entry>, UnpackError> {
    // The archive's own headers count, too: a bomb may consist of them.
    let bound = budget.bytes.saturating_add(budget.entries.saturating_mul(2048));
    let unzipped = Bounded { inner: flate2::read::MultiGzDecoder::new(layer), left: bound };
    let mut archive = tar::Archive::new(unzipped);
    let mut entries = Vec::new();
    let mut bytes: u64 = 0;
    let damaged = |error: io::Error| match error.get_ref().is_some_and(|it| it.is::<Spent>()) {
        true => UnpackError::TooMuch(megabytes(budget.bytes)),
        false => UnpackError::Damaged(error),
    };
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        if entries.len() as u64 >= budget.entries {
            return Err(UnpackError::TooMuch(format!("{} files and folders", budget.entries)));
        }
        let raw = entry.path_bytes();
        let shown = || String::from_utf8_lossy(&raw).escape_debug().to_string();
        let unsafe_entry = |reason| UnpackError::Unsafe { path: shown(), reason };
        let is_folder = match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => false,
            EntryType::Directory => true,
            EntryType::XGlobalHeader => continue,
            EntryType::Symlink | EntryType::Link => {
                return Err(unsafe_entry("which is a link"));
            }
            _ => return Err(unsafe_entry("which is neither a file nor a folder")),
        };
        let text = std::str::from_utf8(&raw).map_err(|_| unsafe_entry("which is not UTF-8"))?;
        let path = inside(text).map_err(unsafe_entry)?;
        if path.is_empty() && !is_folder {
            return Err(unsafe_entry("which names no file"));
        }
        bytes = bytes.saturating_add(entry.size());
        if bytes > budget.bytes {
            return Err(UnpackError::TooMuch(megabytes(budget.bytes)));
        }
        let executable = !is_folder && entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
        let size = (!is_folder).then(|| entry.size());
        let told = Entry { path, size, executable };
        if !told.path.is_empty() {
            take(&told, &mut entry).map_err(|error| match error {
                UnpackError::Damaged(error) => damaged(error),
                error => error,
            })?;
            entries.push(told);
        }
    }
    Ok(entries)
}

/// A path as it lies below a folder: no root, no `..`, and no name that some system reads otherwise. Empty for the folder itself.
fn inside(text: &str) -> Result<String, &'static str> {
    if text.contains(['\\', '\0']) || text.chars().any(char::is_control) {
        return Err("which is no name that every system has");
    }
    let mut names = Vec::new();
    for part in Path::new(text).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => names.push(name.to_str().unwrap_or_default()),
            Component::RootDir | Component::Prefix(_) => return Err("which is an absolute path"),
            Component::ParentDir => return Err("which leads out of the folder"),
        }
    }
    Ok(names.join("/"))
}

/// Makes the folders of a path, none of which may be a link that leads elsewhere.
fn make_folder(root: &Path, path: &str) -> io::Result<()> {
    let mut folder = root.to_owned();
    for name in path.split('/') {
        folder.push(name);
        match fs::symlink_metadata(&folder) {
            Ok(there) if there.is_dir() => {}
            Ok(_) => return Err(io::Error::other("something lies there that is no folder")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(&folder)?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

enum Wrote {
    Read(io::Error),
    Write(io::Error),
}

fn write(path: &Path, executable: bool, content: &mut dyn Read) -> Result<(), Wrote> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => {
            return Err(Wrote::Write(io::Error::other("a folder lies there")));
        }
        // A link is replaced, never written through.
        Ok(_) => fs::remove_file(path).map_err(Wrote::Write)?,
        Err(_) => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if executable { 0o755 } else { 0o644 });
    }
    #[cfg(not(unix))]
    let _ = executable;
    let mut file = options.open(path).map_err(Wrote::Write)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = content.read(&mut buffer).map_err(Wrote::Read)?;
        if read == 0 {
            return Ok(());
        }
        io::Write::write_all(&mut file, &buffer[..read]).map_err(Wrote::Write)?;
    }
}

fn megabytes(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{bytes} bytes"),
        whole => format!("{whole} MiB"),
    }
}

/// Ends what is read at a bound, with an error.
struct Bounded<R> {
    inner: R,
    left: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("more than the bound")]
struct Spent;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(Spent)),
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write as _;

    use super::*;
    use crate::pack::Packer;

    fn archive(fill: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        fill(&mut builder);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&builder.into_inner().unwrap()).unwrap();
        gzip.finish().unwrap()
    }

    fn entry(builder: &mut tar::Builder<Vec<u8>>, kind: EntryType, path: &str, content: &[u8]) {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        builder.append(&header, content).unwrap();
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let mut packer = Packer::default();
        packer.folder(".").unwrap();
        packer.folder("bin").unwrap();
        packer.file("bin/run", true, 3, &b"run"[..]).unwrap();
        packer.file("deep/er/a.yaml", false, 1, &b"a"[..]).unwrap();
        let layer = packer.finish().unwrap().blob;
        let folder = tempfile::tempdir().unwrap();
        let entries = unpack(layer.reader().unwrap(), folder.path(), Budget::default()).unwrap();
        assert_eq!(entries, list(layer.reader().unwrap(), Budget::default()).unwrap());
        let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["bin", "bin/run", "deep/er/a.yaml"]);
        assert_eq!(fs::read(folder.path().join("bin/run")).unwrap(), b"run");
        assert!(entries[1].executable && !entries[2].executable);
    }

    #[test]
    fn what_leads_out_is_refused() {
        for (kind, path, expected) in [
            (EntryType::Regular, "../x", "leads out"),
            (EntryType::Regular, "a/../../x", "leads out"),
            (EntryType::Regular, "/etc/x", "absolute"),
            (EntryType::Symlink, "x", "is a link"),
            (EntryType::Link, "x", "is a link"),
            (EntryType::Fifo, "x", "neither"),
            (EntryType::Char, "x", "neither"),
            (EntryType::Regular, "a\\b", "no name"),
            (EntryType::Regular, ".", "names no file"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let bytes = archive(|builder| entry(builder, kind, path, b""));
            let error = unpack(&bytes[..], folder.path(), Budget::default()).unwrap_err();
            assert!(error.to_string().contains(expected), "{path}: {error}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn links_on_the_disk_are_not_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("a")).unwrap();
        let bytes = archive(|builder| entry(builder, EntryType::Regular, "a/x", b"1"));
        let error = unpack(&bytes[..], folder.path(), Budget::default()).unwrap_err();
        assert!(error.to_string().contains("no folder"), "{error}");
        std::os::unix::fs::symlink(outside.path().join("y"), folder.path().join("b")).unwrap();
        let bytes = archive(|builder| entry(builder, EntryType::Regular, "b", b"1"));
        unpack(&bytes[..], folder.path(), Budget::default()).unwrap();
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn bombs_are_not_unpacked() {
        let budget = Budget { bytes: 1 << 20, entries: 10 };
        let zeros = vec![0; 2 << 20];
        let bytes = archive(|builder| entry(builder, EntryType::Regular, "x", &zeros));
        assert_eq!(
            list(&bytes[..], budget).unwrap_err().to_string(),
            "the layer unpacks to more than 1 MiB"
        );
        let bytes = archive(|builder| {
            (0..11).for_each(|at| entry(builder, EntryType::Regular, &at.to_string(), b""));
        });
        assert_eq!(
            list(&bytes[..], budget).unwrap_err().to_string(),
            "the layer unpacks to more than 10 files and folders"
        );
        // What no entry announces.
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&archive(|_| ())).unwrap();
        let mut bytes = archive(|builder| entry(builder, EntryType::XGlobalHeader, "x", &zeros));
        bytes.extend(gzip.finish().unwrap());
        assert!(list(&bytes[..], budget).is_err());
    }

    #[test]
    fn what_is_no_archive_is_said() {
        let error = list(&b"no archive"[..], Budget::default()).unwrap_err();
        assert!(matches!(error, UnpackError::Damaged(_)), "{error}");
        let whole = archive(|builder| entry(builder, EntryType::Regular, "x", &[7; 4000]));
        let error = list(&whole[..whole.len() / 2], Budget::default()).unwrap_err();
        assert!(matches!(error, UnpackError::Damaged(_)), "{error}");
    }
}
