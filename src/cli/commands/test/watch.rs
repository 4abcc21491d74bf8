//! Runs again whenever a file of the platform changes.
//!
//! It looks a few times a second when each file was last written, which takes milliseconds for thousands of files, and works where
//! notifications of the system do not: on network file systems, in containers, and in editors that replace files. What comes of each run
//! is printed as `main` prints it, in the same place.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::cli::failure::Failure;
use crate::cli::interrupt;
use crate::cli::outcome::{Exit, Outcome};
use crate::cli::ui::Ui;
use crate::files::{Disk, Files};

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(200);

/// The time and the size of each file.
type State = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Runs, and runs again, until Ctrl-C. Ends with the exit code of the last run; `report` is a file that a run writes.
///
/// # Errors
/// Where results cannot be printed.
pub(super) fn watch(
    ui: &Ui,
    root: &Path,
    report: Option<&Path>,
    mut run: impl FnMut() -> io::Result<Exit>,
) -> Result<Outcome, Failure> {
    let ended = Arc::new(AtomicBool::new(false));
    interrupt::until(&ended);
    let mut seen = look(root, report);
    let mut last = Exit::Done;
    while !ended.load(Ordering::SeqCst) {
        match run() {
            Ok(exit) => last = exit,
            // Whoever read has enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            Err(error) => return Err(Failure::Terminal(error)),
        }
        ui.note("Watching for changes; Ctrl-C ends it.");
        loop {
            std::thread::sleep(PAUSE);
            if ended.load(Ordering::SeqCst) {
                break;
            }
            let now = look(root, report);
            if now != seen {
                seen = now;
                break;
            }
        }
    }
    Ok(Outcome::message("", serde_json::Value::Null).exit(last))
}

fn look(root: &Path, report: Option<&Path>) -> State {
    let report = report.and_then(|file| std::path::absolute(file).ok());
    let paths = Disk::new(root).survey(None).files.into_iter().map(|path| path.below(root));
    let paths = paths.filter(|path| report.as_ref() != Some(path));
    let state = paths.filter_map(|path| {
        let metadata = path.symlink_metadata().ok()?;
        Some((path, (metadata.modified().ok(), metadata.len())))
    });
    state.collect()
}
