//! Records what the real kustomize makes of the engine's fixtures.
//!
//! ```text
//! cargo run -p kustomize-xtask -- fixtures            write each fixture's outcome anew
//! cargo run -p kustomize-xtask -- fixtures --check    compare, and write nothing
//! ```
//!
//! `FIXTURE=substring` does some of them; `KUSTOMIZE` says which binary.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

#[path = "../../../crates/kustomize/tests/fixtures/format.rs"]
mod format;

use format::{Entry, Fixture, Outcome};

/// The release whose output the fixtures hold.
const VERSION: &str = "v5.8.2";

/// What stands in messages for the folder that a fixture was built in.
const FOLDER: &str = "/fixture";

/// What to do with what kustomize says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Write it down.
    Record,
    /// Compare it with what is written.
    Check,
}

/// Builds every fixture below a folder with kustomize; says how many there are.
pub(crate) fn run(folder: &Path, mode: Mode) -> Result<String, Box<dyn Error>> {
    let kustomize = kustomize()?;
    let wanted = env::var("FIXTURE").unwrap_or_default();
    let mut paths = Vec::new();
    find(folder, &mut paths)?;
    paths.retain(|path| path.to_string_lossy().contains(&wanted));
    paths.sort();
    if paths.is_empty() {
        return Err(format!("{}: no fixtures", folder.display()).into());
    }

    let scratch = env::temp_dir().join(format!("kustomize-fixtures-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    let scratch = scratch.canonicalize()?;
    let next = AtomicUsize::new(0);
    let changed = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match one(path, &kustomize, &scratch, mode) {
                        Ok(differs) => _ = changed.fetch_add(differs.into(), Ordering::Relaxed),
                        Err(error) => {
                            let fault = format!("{}: {error}", path.display());
                            faults.lock().unwrap_or_else(|lock| lock.into_inner()).push(fault);
                        }
                    }
                }
            });
        }
    });
    fs::remove_dir_all(&scratch)?;

    let mut faults = faults.into_inner()?;
    faults.sort();
    if !faults.is_empty() {
        return Err(format!("{} of {}:\n{}", faults.len(), paths.len(), faults.join("\n")).into());
    }
    Ok(match mode {
        Mode::Check => format!("{} fixtures hold", paths.len()),
        Mode::Record => format!("{} fixtures, {} changed", paths.len(), changed.into_inner()),
    })
}

/// The binary, if it is the release that we follow.
fn kustomize() -> Result<PathBuf, String> {
    let binary = env::var_os("KUSTOMIZE").unwrap_or_else(|| "kustomize".into());
    let told = Command::new(&binary)
        .arg("version")
        .output()
        .map_err(|error| format!("cannot run {}: {error}", Path::new(&binary).display()))?;
    let version = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    if version != VERSION {
        return Err(format!(
            "the fixtures are those of kustomize {VERSION}, and {} is {version:?}",
            Path::new(&binary).display()
        ));
    }
    // Builds run without a PATH: what would call git fails instead.
    find_on_path(Path::new(&binary)).ok_or_else(|| "kustomize vanished from PATH".to_owned())
}

fn find_on_path(binary: &Path) -> Option<PathBuf> {
    if binary.components().count() > 1 {
        return binary.canonicalize().ok();
    }
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(binary))
        .find(|it| it.is_file())
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "txtar") {
            paths.push(path);
        }
    }
    Ok(())
}

/// Says whether the recorded outcome differs; where it must not, that is an error.
fn one(path: &Path, kustomize: &Path, scratch: &Path, mode: Mode) -> Result<bool, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let fixture = format::parse(&text)?;
    if matches!(fixture.outcome, Some(Outcome::RefusedByUs(_))) {
        return Ok(false);
    }
    let name = path.with_extension("").to_string_lossy().replace(['/', '\\'], "-");
    let folder = scratch.join(name);
    lay_out(&fixture, &folder)?;
    let outcome = build(&fixture, &folder, kustomize)?;
    fs::remove_dir_all(&folder)?;

    let differs = fixture.outcome.as_ref() != Some(&outcome);
    match mode {
        Mode::Record if differs => fs::write(path, format::with_outcome(&text, &outcome))?,
        Mode::Check if differs => {
            return Err(format!("recorded: {:?}\n  now: {outcome:?}", fixture.outcome).into());
        }
        Mode::Record | Mode::Check => {}
    }
    Ok(differs)
}

fn lay_out(fixture: &Fixture, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for entry in &fixture.entries {
        let (Entry::File { path, .. } | Entry::Link { path, .. } | Entry::Folder { path }) = entry;
        let at = folder.join(path);
        fs::create_dir_all(at.parent().ok_or("an entry without a folder")?)?;
        match entry {
            Entry::File { bytes, .. } => fs::write(at, bytes)?,
            Entry::Link { target, .. } => std::os::unix::fs::symlink(target, at)?,
            Entry::Folder { .. } => fs::create_dir_all(at)?,
        }
    }
    Ok(())
}

fn build(fixture: &Fixture, folder: &Path, kustomize: &Path) -> Result<Outcome, Box<dyn Error>> {
    let built = Command::new(kustomize)
        .arg("build")
        .args(&fixture.arguments)
        .current_dir(folder)
        .env_clear()
        .output()?;
    if built.status.success() {
        return Ok(Outcome::Expected(String::from_utf8(built.stdout)?));
    }
    let said = String::from_utf8_lossy(&built.stderr);
    Ok(Outcome::Refused(refusal(&said.replace(&*folder.to_string_lossy(), FOLDER))))
}

/// The first line and the last: what lies between quotes whole configurations. Of a panic the first alone, since
/// addresses follow.
fn refusal(said: &str) -> String {
    let mut lines = said
        .lines()
        .filter(|line| !line.starts_with("# Warning") && !is_log(line) && !line.trim().is_empty())
        .map(|line| shortened(line) + "\n");
    let first = lines.next().unwrap_or_default();
    let last = lines.next_back().filter(|_| !first.starts_with("panic:")).unwrap_or_default();
    first + &last
}

/// Whether a line starts with a date, as Go's logger writes it.
fn is_log(line: &str) -> bool {
    let mut parts = line.splitn(3, '/').map(str::len);
    line.starts_with("20") && (parts.next(), parts.next()) == (Some(4), Some(2))
}

/// Messages are there for people to read, and some quote whole objects, with their addresses.
fn shortened(line: &str) -> String {
    let mut short = String::new();
    let mut rest = line.trim_end();
    while let Some((before, after)) = rest.split_once("0x") {
        short = short + before + "0x";
        rest = after.trim_start_matches(|it: char| it.is_ascii_hexdigit());
    }
    short += rest;
    match short.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &short[..end]),
        None => short,
    }
}
