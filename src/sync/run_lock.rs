//! One run at a time: who writes holds `.tenantry/run.lock`.
//!
//! The operating system holds the lock on the open file, so that the lock of a run that died is free at
//! once; what the file says is only told. It is gone when the run is over. Between machines it holds as
//! far as their common file system passes locks on. Where there are none, or where the file cannot be
//! made, nobody is kept out: a disk that cannot be written needs no lock, and each write looks at what
//! it replaces in any case.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::SyncError;
use super::folder::Folder;
use super::journal::FOLDER;

const NAME: &str = "run.lock";

/// Who holds the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The number of the process.
    pub process: u32,
    /// The name of its machine.
    pub host: String,
    /// The command, such as `create tenant`.
    pub command: String,
    /// For how long.
    pub age: Duration,
}

/// What came of trying to get the lock.
#[derive(Debug)]
pub enum Attempt {
    /// It is held until this is dropped.
    Held(RunLock),
    /// Somebody else holds it; nothing where it does not say who.
    Busy(Option<Holder>),
    /// There is none to be had here: no folder for it, a disk that cannot be written or knows no locks.
    None,
}

/// The lock, held until it is dropped.
#[derive(Debug)]
pub struct RunLock {
    folder: Folder,
    /// Closing it lets go of the lock.
    _file: File,
}

impl RunLock {
    /// Tries to get the lock of a platform; does not wait.
    ///
    /// # Errors
    /// [`SyncError::Root`].
    pub fn acquire(root: &Path, command: &str) -> Result<Attempt, SyncError> {
        let Ok(Some(folder)) = super::plan::open(root)?.enter(FOLDER) else {
            return Ok(Attempt::None);
        };
        loop {
            let Ok(mut file) = folder.open_or_create(NAME) else { return Ok(Attempt::None) };
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) => return Ok(Attempt::Busy(read(&mut file))),
                Err(Errno::INTR) => continue,
                Err(_) => return Ok(Attempt::None),
            }
            // Whoever held it may have taken the file away since it was opened here.
            if folder.is_at(NAME, &file) {
                // It is for people; a full disk is told by whoever needs the room.
                let _ = say(&folder, &mut file, command);
                return Ok(Attempt::Held(Self { folder, _file: file }));
            }
        }
    }

    /// Who holds the lock of a platform now.
    #[must_use]
    pub fn holder(root: &Path) -> Option<Holder> {
        let folder = Folder::open(root).ok()?.enter(FOLDER).ok()??;
        let mut file = folder.open_file(NAME).ok()??;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared) {
            Err(Errno::WOULDBLOCK) => read(&mut file),
            _ => None,
        }
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // While it is still held, so that nobody else's is taken away. What stays is taken over.
        let _ = self.folder.remove(NAME);
    }
}

fn say(folder: &Folder, file: &mut File, command: &str) -> io::Result<()> {
    let host = rustix::system::uname();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let text = format!(
        "process {}\nhost {}\nsince {}\ncommand {command}\n",
        std::process::id(),
        host.nodename().to_string_lossy(),
        since.as_secs()
    );
    file.set_len(0)?;
    folder.write_all(file, text.as_bytes())?;
    file.flush()
}

fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.take(4096).read_to_string(&mut text).ok()?;
    let field = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(str::to_owned)
    };
    let since = UNIX_EPOCH + Duration::from_secs(field("since")?.parse().ok()?);
    Some(Holder {
        process: field("process")?.parse().ok()?,
        host: field("host")?,
        command: field("command")?,
        age: SystemTime::now().duration_since(since).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn root() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join(FOLDER)).unwrap();
        root
    }

    fn file(root: &tempfile::TempDir) -> std::path::PathBuf {
        root.path().join(FOLDER).join(NAME)
    }

    fn held(root: &Path) -> Option<RunLock> {
        match RunLock::acquire(root, "generate").unwrap() {
            Attempt::Held(lock) => Some(lock),
            Attempt::Busy(_) => None,
            Attempt::None => panic!("there is a lock to be had"),
        }
    }

    #[test]
    fn one_run_at_a_time_holds_the_lock_and_says_who_it_is() {
        let root = root();
        let lock = held(root.path()).unwrap();
        let Attempt::Busy(Some(holder)) = RunLock::acquire(root.path(), "set tenant").unwrap()
        else {
            panic!("it is held twice");
        };
        assert_eq!((holder.process, &*holder.command), (std::process::id(), "generate"));
        assert_eq!(RunLock::holder(root.path()).unwrap().host, holder.host);
        drop(lock);
        assert_eq!(RunLock::holder(root.path()), None);
        assert!(!file(&root).exists(), "nothing is left behind");
        assert!(held(root.path()).is_some());
    }

    #[test]
    fn a_lock_that_was_left_behind_is_taken_over() {
        let root = root();
        let left = "process 1\nhost gone\nsince 0\ncommand generate\nand more\n".repeat(9);
        std::fs::write(file(&root), left).unwrap();
        assert_eq!(RunLock::holder(root.path()), None);
        let lock = held(root.path()).unwrap();
        assert_eq!(RunLock::holder(root.path()).unwrap().process, std::process::id());
        drop(lock);
    }

    #[test]
    fn many_that_want_it_at_once_get_it_one_by_one() {
        let root = root();
        let inside = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let lock = loop {
                            if let Some(lock) = held(root.path()) {
                                break lock;
                            }
                            std::thread::yield_now();
                        };
                        assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert!(!file(&root).exists());
    }

    #[test]
    fn without_a_folder_for_it_there_is_none() {
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(RunLock::acquire(root.path(), "generate").unwrap(), Attempt::None));
        assert!(!root.path().join(FOLDER).exists());
    }
}
