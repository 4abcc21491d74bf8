//! Builds a [`Case`] with kustomize and with our engine, each within a time.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::engine;
use super::tree::Case;

const TIME: Duration = Duration::from_secs(10);

/// What a main thread has.
const STACK: usize = 8 << 20;

/// The version whose bytes count.
const VERSION: &str = "v5.8.2";

/// What came of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Built(String),
    Refused(String),
    /// It did not end in time.
    Hung,
    /// It fell over.
    Panicked,
}

/// Where a build is done with what.
pub(super) struct Peer {
    /// The program that stands for our engine; `None` for the engine itself.
    ours: Option<Vec<String>>,
    /// A folder on a fast file system.
    pub(super) scratch: PathBuf,
}

impl Peer {
    /// Looks for the right kustomize on the `PATH`.
    pub(super) fn find(ours: Option<&str>) -> Result<Peer, String> {
        let version = Command::new("kustomize")
            .arg("version")
            .output()
            .map_err(|error| format!("kustomize {VERSION} must be on the PATH: {error}"))?;
        let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
        if version != VERSION {
            return Err(format!(
                "kustomize on the PATH is {version}, and {VERSION} is what counts"
            ));
        }
        let shm = Path::new("/dev/shm");
        let scratch = if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() };
        Ok(Peer {
            ours: ours.map(|command| command.split_whitespace().map(str::to_owned).collect()),
            scratch,
        })
    }

    /// Builds with both, in a folder of its own.
    pub(super) fn compare(&self, case: &Case) -> io::Result<Compared> {
        let folder =
            tempfile::Builder::new().prefix("kustomize-fuzz-").tempdir_in(&self.scratch)?;
        // Below another folder, so that ways out of the root lead to nothing.
        let root = folder.path().join("tree");
        case.write(&root)?;
        let output = folder.path().join("output");
        let theirs = theirs(&root, case, &output)?;
        let ours = self.ours(&root, case, &output)?;
        let mut compared = Compared { theirs, ours, unsteady: false };
        if compared.differs() {
            // kustomize ranges over Go maps in places; what it says otherwise the next time cannot be compared.
            for _ in 0..4 {
                let again = self::theirs(&root, case, &output)?;
                compared.unsteady |= matches!((&again, &compared.theirs), (Outcome::Built(a), Outcome::Built(b)) if a != b)
                    || matches!(
                        (&again, &compared.theirs),
                        (Outcome::Built(_), Outcome::Refused(_))
                            | (Outcome::Refused(_), Outcome::Built(_))
                    );
            }
        }
        Ok(compared)
    }

    fn ours(&self, root: &Path, case: &Case, output: &Path) -> io::Result<Option<Outcome>> {
        let Some((program, arguments)) = self.ours.as_deref().and_then(<[String]>::split_first)
        else {
            return Ok(in_process(root, case));
        };
        let mut command = Command::new(program);
        command.args(arguments);
        run(command, root, case, output).map(Some)
    }
}

/// Builds with our engine. What does not end in time is left behind on its thread.
fn in_process(root: &Path, case: &Case) -> Option<Outcome> {
    let (sender, receiver) = mpsc::channel();
    let (root, folder, unrestricted) = (root.to_owned(), case.folder.clone(), case.unrestricted);
    // A panic, which may take the process down, says the name of its thread.
    let thread =
        std::thread::Builder::new().name(format!("of seed {}", case.seed)).stack_size(STACK);
    let started = thread.spawn(move || {
        // Nobody may wait for it any more.
        let _ = sender.send(engine::build(&root, &folder, unrestricted));
    });
    if started.is_err() {
        return Some(Outcome::Panicked);
    }
    match receiver.recv_timeout(TIME) {
        Ok(built) => built.map(|built| built.map_or_else(Outcome::Refused, Outcome::Built)),
        Err(mpsc::RecvTimeoutError::Timeout) => Some(Outcome::Hung),
        // It panicked, where panics do not abort.
        Err(mpsc::RecvTimeoutError::Disconnected) => Some(Outcome::Panicked),
    }
}

fn theirs(root: &Path, case: &Case, output: &Path) -> io::Result<Outcome> {
    let mut command = Command::new("kustomize");
    // One small build a process: collecting garbage only costs time.
    command.arg("build").env("GOGC", "off").env("GOMAXPROCS", "1");
    run(command, root, case, output)
}

fn run(mut command: Command, root: &Path, case: &Case, output: &Path) -> io::Result<Outcome> {
    if case.unrestricted {
        command.args(["--load-restrictor", "LoadRestrictionsNone"]);
    }
    let errors = output.with_extension("errors");
    let mut child = command
        .arg(root.join(&case.folder))
        .stdin(Stdio::null())
        .stdout(File::create(output)?)
        .stderr(File::create(&errors)?)
        .spawn()?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > TIME {
            child.kill()?;
            child.wait()?;
            return Ok(Outcome::Hung);
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let read =
        |path: &Path| std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if status.success() {
        Ok(Outcome::Built(read(output)?))
    } else {
        let text = read(&errors)?;
        Ok(Outcome::Refused(text.replace(&*root.to_string_lossy(), "")))
    }
}

/// What both said.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    pub(super) theirs: Outcome,
    /// `None` where our engine did not run.
    pub(super) ours: Option<Outcome>,
    /// Whether kustomize does not say the same twice.
    pub(super) unsteady: bool,
}

/// What we refuse and kustomize builds, by decision: the hash of an object that is neither a ConfigMap nor a Secret
/// (a generated one that was given another kind). kustomize takes it of its tree in memory, in which each value
/// has the line and the column where it was last read.
const SET_ASIDE: &str = "only the names of ConfigMaps and Secrets get a hash";

impl Compared {
    /// Whether the two differ by a decision, which is in docs/decisions.md.
    pub(super) fn is_set_aside(&self) -> bool {
        let built = matches!(self.theirs, Outcome::Built(_));
        built
            && matches!(&self.ours, Some(Outcome::Refused(message)) if message.starts_with(SET_ASIDE))
    }

    pub(super) fn differs(&self) -> bool {
        !self.unsteady
            && !self.is_set_aside()
            && match (&self.theirs, &self.ours) {
                (_, None) => false,
                (Outcome::Built(theirs), Some(Outcome::Built(ours))) => theirs != ours,
                (Outcome::Refused(_), Some(Outcome::Refused(_))) => false,
                // Where kustomize hangs, nothing is to be had; we must not.
                (Outcome::Hung | Outcome::Panicked, Some(ours)) => {
                    matches!(ours, Outcome::Hung | Outcome::Panicked)
                }
                _ => true,
            }
    }

    /// What kind of a difference it is, so that the minimiser does not slide into another one.
    pub(super) fn kind(&self) -> String {
        match (&self.theirs, &self.ours) {
            (Outcome::Built(_), Some(Outcome::Built(_))) => "other bytes".to_owned(),
            (Outcome::Built(_), Some(Outcome::Refused(message))) => {
                format!("we refuse: {}", shape(message))
            }
            (Outcome::Refused(message), Some(Outcome::Built(_))) => {
                format!("kustomize refuses: {}", shape(message))
            }
            (_, Some(Outcome::Hung)) => "we hang".to_owned(),
            (_, Some(Outcome::Panicked)) => "we panic".to_owned(),
            _ => "none".to_owned(),
        }
    }
}

/// A message without what is particular to a tree: names, numbers, paths and what is quoted.
pub(super) fn shape(message: &str) -> String {
    let is_reason = |line: &&str| line.starts_with("Error") || line.starts_with("panic: ");
    let is_warning = |line: &&str| line.starts_with("# Warning");
    let reason = message.lines().rev().find(is_reason);
    let line = reason.or(message.lines().find(|line| !is_warning(line))).unwrap_or_default();
    // What folders it went through does not count.
    let line = line
        .rsplit_once("recursed accumulation of path '")
        .map_or(line, |(_, rest)| rest.split_once("': ").map_or(rest, |(_, rest)| rest));
    let mut words = Vec::new();
    let mut quote = None;
    for word in line.split_whitespace() {
        if let Some(mark) = quote {
            if word.contains(mark) {
                quote = None;
            }
            continue;
        }
        if let Some(mark) =
            ['"', '\'', '`'].into_iter().find(|mark| word.matches(*mark).count() % 2 == 1)
        {
            quote = Some(mark);
            words.push("…");
            continue;
        }
        let particular =
            word.contains(|char: char| char.is_ascii_digit() || "/\"'`[]{}=.".contains(char));
        words.push(if particular { "…" } else { word });
    }
    words.dedup();
    words.into_iter().take(24).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_of_one_cause_have_one_kind() {
        let kind = |message: &str| shape(message);
        let below = "Error: accumulating resources: accumulation err='…': recursed accumulation of path '/base-1': nothing selected by \"web\"";
        let above = "Error: accumulating resources: recursed accumulation of path '/left': nothing selected by \"api\"";
        assert_eq!(kind(below), "nothing selected by …");
        assert_eq!(kind(below), kind(above));
        assert_ne!(kind(below), kind("Error: no matches for Id \"web\""));
    }
}
