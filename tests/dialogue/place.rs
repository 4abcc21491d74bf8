//! A place to work in: a home with somebody's name for Git, and platforms that are left behind by nobody.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::terminal::{Ended, Terminal};
use super::{PROGRAM, environment};

/// The files of a folder, without Git's own.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A temporary folder; it goes with the value.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        let identity = "[user]\n\tname = Ada\n\temail = ada@acme.example\n";
        fs::write(folder.path().join("home/.gitconfig"), identity).unwrap();
        Self { folder }
    }

    /// One with the platform `fleet`: two environments, three clusters, a tenant and no components.
    pub(crate) fn with_platform() -> Self {
        let place = Self::new();
        let made = place.run(
            "",
            &[
                "init",
                "fleet",
                "--yes",
                "--repository=https://github.com/acme/fleet",
                "--cluster=staging-1=staging,prod-eu=production,prod-us=production",
                "--owner=@acme/platform",
                "--tenant=shop",
                "--tenant-owner=@acme/shop",
                "--tenant-git-url=https://github.com/acme/shop",
            ],
        );
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        place
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(crate) fn fleet(&self) -> PathBuf {
        self.work().join("fleet")
    }

    /// Starts the program in a terminal, in the platform.
    pub(crate) fn speak(&self, words: &[&str]) -> Terminal {
        Terminal::start(&self.fleet(), &self.home(), words)
    }

    /// Starts the program in a terminal, outside of any platform.
    pub(crate) fn speak_outside(&self, words: &[&str]) -> Terminal {
        Terminal::start(&self.work(), &self.home(), words)
    }

    /// Starts the program in a terminal of so many columns, in the platform.
    pub(crate) fn speak_narrowly(&self, columns: u16, words: &[&str]) -> Terminal {
        Terminal::start_narrow(columns, &self.fleet(), &self.home(), words)
    }

    /// Runs the program without a terminal, in a folder below the working one.
    pub(crate) fn run(&self, folder: &str, words: &[&str]) -> Output {
        Command::new(PROGRAM)
            .args(words)
            .current_dir(self.work().join(folder))
            .env_clear()
            .envs(environment(&self.home()))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.fleet().join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.fleet().join(path).exists()
    }

    /// The platform's files.
    pub(crate) fn files(&self) -> Files {
        files(&self.fleet())
    }

    /// The tree is what the description means.
    pub(crate) fn is_in_sync(&self) {
        let checked = self.run("fleet", &["generate", "--check"]);
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }

    /// The conversation went well, and the command line that it shows at its end makes the same of what was there before.
    pub(crate) fn is_repeated_by(&self, ended: &Ended, before: &Files) {
        assert_eq!(ended.code, 0, "{}", ended.screen);
        let line = command_line(ended);
        let words = shlex::split(&line).unwrap();
        let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let copy = Self::new();
        for (path, bytes) in before {
            let path = copy.fleet().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let ran = copy.run(if before.is_empty() { "" } else { "fleet" }, &words);
        assert!(ran.status.success(), "{line}\n{}", String::from_utf8_lossy(&ran.stderr));
        let (here, there) = (self.files(), copy.files());
        let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&here), names(&there), "{line}");
        for (path, bytes) in &here {
            let texts = [bytes, &there[path]].map(|bytes| String::from_utf8_lossy(bytes));
            assert_eq!(texts[0], texts[1], "{}: {line}", path.display());
        }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }
}

/// Interrupted, the program says so, leaves the terminal as it was and ends as its help says.
pub(crate) fn was_interrupted(ended: &Ended) {
    assert_eq!(ended.code, 130, "{}", ended.screen);
    assert!(ended.cursor_visible, "{}", ended.screen);
    assert!(ended.screen.contains("interrupted; nothing was written"), "{}", ended.screen);
}

/// The command line that says the same without questions.
pub(crate) fn command_line(ended: &Ended) -> String {
    let (_, rest) = ended.screen.split_once("The same without questions:").unwrap_or_else(|| {
        panic!("no command line:\n{}", ended.screen);
    });
    rest.trim_start().lines().next().unwrap().to_owned()
}

fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().unwrap() != ".git" {
                    folders.push(path);
                }
            } else {
                let bytes = fs::read(&path).unwrap();
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), bytes);
            }
        }
    }
    found
}
