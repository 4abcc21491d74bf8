//! The journal: what a run is about to write, so that a run that is cut off can be finished.
//!
//! `.tenantry/journal` is there while files are written, and no longer. It is written beside its name,
//! synced, and renamed, so that it is whole or not there; the files themselves are not synced one by
//! one, which would cost seconds where there are thousands. It is
//!
//! ```text
//! tenantry journal 1
//! command create tenant shop
//! write - 6 platform/tenants/shop.yaml
//! <the 6 bytes of it>
//! write ce013625030ba8dba906f756967f9e9ca394464a 3 tenants/kustomization.yaml
//! <the 3 bytes of it>
//! delete 94954abda49de8615a048f8d2e64b5de848e27a1 tenants/old.yaml
//! end 2fb5e13419fc89246865e7a324f476ec624e8740
//! ```
//!
//! with the git blob id of what each file says before (`-` where there is none), and at the end the
//! SHA-1 of everything above that line. What is not such a text to its last byte was never whole.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::File;
use std::io;

use sha1::{Digest as _, Sha1};

use super::BlobId;
use super::folder::{Folder, Obstacle};
use super::writes::Writes;
use crate::path::RepoPath;

/// Where the journal lies, from the root of the platform.
pub const FILE: &str = ".tenantry/journal";

pub(super) const FOLDER: &str = ".tenantry";
const NAME: &str = "journal";
const UNFINISHED: &str = "journal.new";

const HEADER_START: &str = "tenantry journal ";
const VERSION: &str = "1";

/// Bytes that are gathered before they are written.
const PIECE: usize = 1 << 20;

/// Why there is no use of a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be written; nothing else was.
    #[error("`{FILE}` cannot be written: {0}; nothing else was written")]
    Write(io::Error),
    /// A run that was cut off before is not finished.
    #[error("`{FILE}` is of a run that was cut off; it must be finished first")]
    Pending,
    /// It cannot be read.
    #[error("`{FILE}` cannot be read: {0}")]
    Read(io::Error),
    /// It cannot be taken away; everything that it says is done.
    #[error("`{FILE}` cannot be deleted: {0}; everything that it says is written")]
    Remove(io::Error),
    /// Something else lies in its place, or in the place of its folder.
    #[error("`{FOLDER}` is no folder")]
    NoFolder,
    /// It was never whole.
    #[error("`{FILE}` is cut off")]
    Torn,
    /// A later program wrote it.
    #[error(
        "`{FILE}` is of version {0}, and this program reads {VERSION}: the tenantry that wrote it finishes it"
    )]
    Version(String),
}

/// Writes the journal.
pub(super) fn write(root: &Folder, writes: &Writes<'_>) -> Result<(), JournalError> {
    let new = matches!(root.kind(FOLDER), Ok(None));
    let folder = root.enter_or_make(FOLDER).map_err(refused)?;
    if folder.kind(NAME).map_err(JournalError::Write)?.is_some() {
        return Err(JournalError::Pending);
    }
    let create = || folder.create_with(UNFINISHED, |file| encode(&folder, file, writes));
    let created = match create() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            folder.remove(UNFINISHED).and_then(|()| create())
        }
        created => created,
    };
    let renamed = created.and_then(|()| folder.rename(UNFINISHED, NAME));
    renamed.and_then(|()| folder.sync()).map_err(JournalError::Write)?;
    if new {
        root.sync().map_err(JournalError::Write)?;
    }
    Ok(())
}

/// What the journal says, with nothing where there is none.
pub(super) fn read(root: &Folder) -> Result<Option<Vec<u8>>, JournalError> {
    match root.enter(FOLDER) {
        Ok(Some(folder)) => folder.read(NAME).map_err(JournalError::Read),
        // What stands in the way of the folder is told by whoever needs it.
        Ok(None) | Err(Obstacle::Symlink | Obstacle::File | Obstacle::Special) => Ok(None),
        Err(obstacle) => Err(refused(obstacle)),
    }
}

/// Takes away what a run left that was cut off before its journal was whole.
pub(super) fn sweep(root: &Folder) -> Result<(), JournalError> {
    let Ok(Some(folder)) = root.enter(FOLDER) else { return Ok(()) };
    // A disk that cannot be written refuses to take away even what is not there.
    match folder.kind(UNFINISHED) {
        Ok(Some(_)) => folder.remove(UNFINISHED).map_err(JournalError::Remove),
        _ => Ok(()),
    }
}

/// Takes the journal away.
pub(super) fn remove(root: &Folder) -> Result<(), JournalError> {
    let folder = root.enter(FOLDER).map_err(refused)?;
    match folder.map(|folder| folder.remove(NAME)) {
        Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
            Err(JournalError::Remove(error))
        }
        _ => Ok(()),
    }
}

fn refused(obstacle: Obstacle) -> JournalError {
    match obstacle {
        Obstacle::Unreadable(error) => JournalError::Write(error),
        _ => JournalError::NoFolder,
    }
}

fn encode(folder: &Folder, file: &mut File, writes: &Writes<'_>) -> io::Result<()> {
    let mut hash = Sha1::new();
    let mut piece = Vec::with_capacity(PIECE + PIECE / 4);
    let mut line = format!("{HEADER_START}{VERSION}\ncommand {}\n", writes.command());
    for (path, write) in writes.iter() {
        let before = write.before.map_or_else(|| "-".to_owned(), |id| id.to_string());
        // Writing to a string cannot fail.
        let _ = match &write.after {
            Some(after) => writeln!(line, "write {before} {} {path}", after.len()),
            None => writeln!(line, "delete {before} {path}"),
        };
        piece.extend_from_slice(line.as_bytes());
        line.clear();
        if let Some(after) = &write.after {
            piece.extend_from_slice(after);
            piece.push(b'\n');
        }
        if piece.len() >= PIECE {
            rayon::join(|| hash.update(&piece), || folder.write_all(file, &piece)).1?;
            piece.clear();
        }
    }
    piece.extend_from_slice(line.as_bytes());
    hash.update(&piece);
    piece.extend_from_slice(format!("end {}\n", hex(hash)).as_bytes());
    folder.write_all(file, &piece)?;
    file.sync_data()
}

fn hex(hash: Sha1) -> String {
    hash.finalize().iter().fold(String::with_capacity(40), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a journal says.
///
/// # Errors
/// [`JournalError::Torn`], [`JournalError::Version`].
pub(super) fn decode(bytes: &[u8]) -> Result<Writes<'_>, JournalError> {
    let mut rest = Text(bytes);
    let header = rest.line()?;
    match header.strip_prefix(HEADER_START) {
        Some(VERSION) => {}
        Some(version) => return Err(JournalError::Version(version.to_owned())),
        None => return Err(JournalError::Torn),
    }
    let command = rest.line()?.strip_prefix("command ").ok_or(JournalError::Torn)?;
    let mut writes = Writes::of(command);
    loop {
        let body = bytes.len() - rest.0.len();
        let line = rest.line()?;
        let (word, line) = line.split_once(' ').ok_or(JournalError::Torn)?;
        if word == "end" {
            let whole = rest.0.is_empty() && hex(Sha1::new_with_prefix(&bytes[..body])) == line;
            return if whole { Ok(writes) } else { Err(JournalError::Torn) };
        }
        let (before, line) = line.split_once(' ').ok_or(JournalError::Torn)?;
        let before = match before {
            "-" => None,
            id => Some(id.parse::<BlobId>().map_err(|_| JournalError::Torn)?),
        };
        let (path, after) = match word {
            "write" => {
                let (length, path) = line.split_once(' ').ok_or(JournalError::Torn)?;
                let length = length.parse().map_err(|_| JournalError::Torn)?;
                (path, Some(Cow::Borrowed(rest.content(length)?)))
            }
            "delete" => (line, None),
            _ => return Err(JournalError::Torn),
        };
        let path = RepoPath::new(path).map_err(|_| JournalError::Torn)?;
        writes.insert(path, before, after);
    }
}

/// What is still to be read.
struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    fn line(&mut self) -> Result<&'a str, JournalError> {
        let end = self.0.iter().position(|byte| *byte == b'\n').ok_or(JournalError::Torn)?;
        let line = std::str::from_utf8(&self.0[..end]).map_err(|_| JournalError::Torn)?;
        self.0 = &self.0[end + 1..];
        Ok(line)
    }

    fn content(&mut self, length: usize) -> Result<&'a [u8], JournalError> {
        let (content, rest) = self.0.split_at_checked(length).ok_or(JournalError::Torn)?;
        self.0 = rest.strip_prefix(b"\n").ok_or(JournalError::Torn)?;
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn sample() -> Writes<'static> {
        let path = |text| RepoPath::new(text).unwrap();
        let mut writes = Writes::of("create tenant\nshop");
        writes.put(path("a b"), None, Some(b"new\n".as_slice()));
        writes.put(path("empty"), Some(b"x"), Some(b"".as_slice()));
        writes.put(path("gone"), Some(b"old"), None::<&[u8]>);
        writes.put(path("same"), Some(b"same"), Some(b"same".as_slice()));
        writes.put(path("z/odd"), Some(b"x"), Some(b"end 0\n\xff\0".as_slice()));
        writes
    }

    fn encoded() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let root = Folder::open(folder.path()).unwrap();
        write(&root, &sample()).unwrap();
        assert!(matches!(write(&root, &sample()), Err(JournalError::Pending)));
        let bytes = std::fs::read(folder.path().join(FILE)).unwrap();
        assert_eq!(read(&root).unwrap().unwrap(), bytes);
        remove(&root).unwrap();
        assert_eq!(read(&root).unwrap(), None);
        bytes
    }

    #[test]
    fn what_was_written_is_read_again() {
        let bytes = encoded();
        insta::assert_snapshot!(String::from_utf8_lossy(&bytes).replace('\0', "<0>"), @"
        tenantry journal 1
        command create tenant shop
        write - 4 a b
        new

        write c1b0730e0133447badcfd47fd144e254807b06e1 0 empty

        delete 489ce0f857e7634a0eb9f328265a3e91fad49f61 gone
        write c1b0730e0133447badcfd47fd144e254807b06e1 8 z/odd
        end 0
        �<0>
        end 73659fe0c762c8d71aaa79e17d03442be833606b
        ");
        assert_eq!(decode(&bytes).unwrap(), sample());
    }

    #[test]
    fn a_journal_that_is_not_whole_is_none() {
        let bytes = encoded();
        for length in 0..bytes.len() {
            assert!(matches!(decode(&bytes[..length]), Err(JournalError::Torn)), "{length}");
        }
        for at in HEADER_START.len() + VERSION.len() + 1..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            assert!(matches!(decode(&bytes), Err(JournalError::Torn)), "{at}");
        }
        assert!(decode(&[&*bytes, b"\n"].concat()).is_err());
    }

    #[test]
    fn a_later_journal_is_refused_by_its_version() {
        let error = decode(b"tenantry journal 2\nanything").unwrap_err();
        insta::assert_snapshot!(error, @"`.tenantry/journal` is of version 2, and this program reads 1: the tenantry that wrote it finishes it");
    }
}
