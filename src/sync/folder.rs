//! Folders of the disk, opened one in the other.
//!
//! Every name is looked up in an open folder and never through a symbolic link, so that nothing on the
//! way can lead elsewhere, not even when it is exchanged meanwhile. Paths are not known here.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{Access, AtFlags, Dir, FileType, Mode, OFlags, RawMode};
use rustix::io::Errno;

use super::fault::Faults;
use crate::files::Disk;

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder {
    fd: OwnedFd,
    faults: Faults,
}

/// What lies where something else was expected.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// A symbolic link.
    Symlink,
    /// A file, where a folder was expected.
    File,
    /// A folder, where a file was expected.
    Folder,
    /// A device, a socket, a pipe.
    Special,
    /// The operating system refused to say.
    Unreadable(io::Error),
}

/// What a name stands for.
#[derive(Debug)]
pub(super) enum Found {
    /// Nothing.
    Absent,
    /// A regular file with just these bytes.
    Same,
    /// A regular file with other bytes.
    Other(Vec<u8>),
    /// Something else.
    Obstacle(Obstacle),
}

const READ: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Folder {
    /// Opens a folder by its path on the disk.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self { fd: rustix::fs::open(path, flags, Mode::empty())?, faults: Faults::here() })
    }

    /// Opens a folder in this one; nothing if there is none.
    pub(super) fn enter(&self, name: &str) -> Result<Option<Self>, Obstacle> {
        match rustix::fs::openat(&self.fd, name, READ | OFlags::DIRECTORY, Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd, faults: self.faults.clone() })),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) => match self.kind(name) {
                Ok(Some(FileType::Symlink)) => Err(Obstacle::Symlink),
                Ok(Some(FileType::RegularFile)) => Err(Obstacle::File),
                Ok(Some(_)) => Err(Obstacle::Special),
                Ok(None) => Ok(None),
                Err(error) => Err(Obstacle::Unreadable(error)),
            },
            Err(error) => Err(Obstacle::Unreadable(error.into())),
        }
    }

    /// Opens a folder in this one, and makes it where there is none.
    pub(super) fn enter_or_make(&self, name: &str) -> Result<Self, Obstacle> {
        if let Some(folder) = self.enter(name)? {
            return Ok(folder);
        }
        self.faults.point();
        match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(Obstacle::Unreadable(error.into())),
        }
        let vanished = || Obstacle::Unreadable(io::ErrorKind::NotFound.into());
        self.enter(name)?.ok_or_else(vanished)
    }

    /// What a name stands for, compared with what it is expected to say.
    pub(super) fn look(&self, name: &str, expected: Option<&[u8]>) -> Found {
        // Without NONBLOCK, opening a pipe waits for somebody to write to it.
        let fd = match rustix::fs::openat(&self.fd, name, READ | OFlags::NONBLOCK, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Found::Absent,
            Err(error) => {
                return Found::Obstacle(match self.kind(name) {
                    Ok(Some(FileType::Symlink)) => Obstacle::Symlink,
                    Ok(Some(FileType::RegularFile)) | Err(_) => Obstacle::Unreadable(error.into()),
                    Ok(Some(FileType::Directory)) => Obstacle::Folder,
                    Ok(Some(_)) => Obstacle::Special,
                    Ok(None) => return Found::Absent,
                });
            }
        };
        match compare(File::from(fd), expected) {
            Ok(found) => found,
            Err(error) => Found::Obstacle(Obstacle::Unreadable(error)),
        }
    }

    /// Whether there is anything by a name; a link is something.
    pub(super) fn kind(&self, name: &str) -> io::Result<Option<FileType>> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode as RawMode))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Every name in the folder, in no order; those that are not UTF-8 as well as they can be told.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        Ok(names)
    }

    /// Whether entries can be added to the folder and taken from it.
    pub(super) fn writable(&self) -> io::Result<()> {
        let access = Access::WRITE_OK | Access::EXEC_OK;
        Ok(rustix::fs::accessat(&self.fd, ".", access, AtFlags::EACCESS)?)
    }

    /// Writes a file that is not there yet. What cannot be written in full is taken away again.
    pub(super) fn create(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.create_with(name, |file| self.write_all(file, bytes))
    }

    /// Makes a file that is not there yet and lets it be written; taken away again where that fails.
    pub(super) fn create_with<T>(
        &self,
        name: &str,
        write: impl FnOnce(&mut File) -> io::Result<T>,
    ) -> io::Result<T> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        self.faults.point();
        let fd = rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(0o666))?;
        let written = write(&mut File::from(fd));
        if written.is_err() {
            // The first error is the one worth telling.
            let _ = self.remove(name);
        }
        written
    }

    /// Writes to an open file of this folder.
    pub(super) fn write_all(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(self.faults.piece()) {
            self.faults.point();
            file.write_all(piece)?;
        }
        Ok(())
    }

    /// Writes a file in the place of another, whole or not at all, and keeps its mode.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mode = match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Some(Mode::from_raw_mode(stat.st_mode as RawMode)),
            Err(Errno::NOENT) => None,
            Err(error) => return Err(error.into()),
        };
        let beside = beside(name);
        let write = |file: &mut File| {
            self.write_all(file, bytes)?;
            match mode {
                Some(mode) => Ok(rustix::fs::fchmod(&*file, mode)?),
                None => Ok(()),
            }
        };
        match self.create_with(&beside, write) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.remove(&beside)?; // left by a run that was cut off
                self.create_with(&beside, write)?;
            }
            created => created?,
        }
        let renamed = self.rename(&beside, name);
        if renamed.is_err() {
            let _ = self.remove(&beside);
        }
        renamed
    }

    /// Gives a file of this folder another name; what had that name is gone.
    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.faults.point();
        Ok(rustix::fs::renameat(&self.fd, from, &self.fd, to)?)
    }

    /// Takes a file away.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        self.faults.point();
        Ok(rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())?)
    }

    /// Takes away what a run that was cut off left beside a file that it was about to replace.
    pub(super) fn sweep(&self, name: &str) -> io::Result<()> {
        match self.remove(&beside(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Takes a folder away if it is empty; says whether it did.
    pub(super) fn remove_if_empty(&self, name: &str) -> io::Result<bool> {
        self.faults.point();
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR) {
            Ok(()) => Ok(true),
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Sees to it that the names in the folder outlive a crash of the machine.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.faults.point();
        match rustix::fs::fsync(&self.fd) {
            // Some file systems cannot sync a folder, and need not.
            Ok(()) | Err(Errno::INVAL | Errno::BADF) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What a file below this folder says, by its path; nothing if there is none, nor a way to it.
    pub(super) fn read_below(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let Some((name, rest)) = path.split_once('/') else { return self.read(path) };
        match self.enter(name) {
            Ok(Some(inner)) => inner.read_below(rest),
            Err(Obstacle::Unreadable(error)) => Err(error),
            _ => Ok(None),
        }
    }

    /// What a file says, however long it is; nothing if there is none.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(mut file) = self.open_file(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Opens a file to be read; nothing if there is none.
    pub(super) fn open_file(&self, name: &str) -> io::Result<Option<File>> {
        match rustix::fs::openat(&self.fd, name, READ | OFlags::NONBLOCK, Mode::empty()) {
            Ok(fd) => Ok(Some(File::from(fd))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a file to be read and written, and makes it where there is none.
    pub(super) fn open_or_create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        self.faults.point();
        Ok(File::from(rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(0o666))?))
    }

    /// Whether an open file is the one that has this name.
    pub(super) fn is_at(&self, name: &str, file: &File) -> bool {
        let at = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW);
        match (at, rustix::fs::fstat(file)) {
            (Ok(at), Ok(open)) => (at.st_dev, at.st_ino) == (open.st_dev, open.st_ino),
            _ => false,
        }
    }
}

/// Reads an open file; says only that it is the same where it is.
fn compare(mut file: File, expected: Option<&[u8]>) -> io::Result<Found> {
    let mut bytes = Vec::new();
    if let Some(expected) = expected {
        // One call reads it all, and one byte more shows that it is longer; no call asks for its size.
        bytes.resize(expected.len() + 1, 0);
        let length = match file.read(&mut bytes) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
                return Ok(Found::Obstacle(Obstacle::Folder));
            }
            Err(error) => return Err(error),
        };
        bytes.truncate(length);
        if bytes == expected && (length > 0 || file.metadata()?.is_file()) {
            return Ok(Found::Same);
        }
    }
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Ok(Found::Obstacle(Obstacle::Folder));
    }
    if !metadata.is_file() {
        return Ok(Found::Obstacle(Obstacle::Special));
    }
    if metadata.len() > Disk::LIMIT {
        let words = format!("it has {} bytes; at most {} are read", metadata.len(), Disk::LIMIT);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, words));
    }
    file.take(Disk::LIMIT).read_to_end(&mut bytes)?;
    if expected == Some(&*bytes) { Ok(Found::Same) } else { Ok(Found::Other(bytes)) }
}

/// The name of the file that takes the place of another one as soon as it is whole.
fn beside(name: &str) -> String {
    format!(".{name}.tenantry-new")
}
