//! The platform that a command works on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::commands::Document;
use super::failure::Failure;
use super::ui::Ui;
use crate::diagnostic::{Code, Diagnostic, Texts};
use crate::files::{Disk, Files};
use crate::generate::Generated;
use crate::git::Objects;
use crate::path::{RepoPath, RepoPathError};
use crate::spec::{Faults, Platform};
use crate::sync::{
    self, Attempt, Bases as _, BlobId, Finished, Holder, Part, Paths, Pending, Plan, Remembered,
    RunLock, Wishes, Writes,
};
use crate::upgrade::{self, Carried};
use crate::{generate, spec};

/// The name of the file that makes a folder a platform.
pub(crate) const PLATFORM_FILE: &str = "platform.yaml";

/// A platform on the disk.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The folder with `platform.yaml`.
    pub root: PathBuf,
    /// Its files.
    pub disk: Disk,
    /// Keeps other runs out while this one writes.
    lock: RefCell<Option<RunLock>>,
    /// What files of the description said when they were first read to be changed.
    first_read: RefCell<BTreeMap<RepoPath, Vec<u8>>>,
}

/// How long a run waits for another one.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it sleeps before it looks again.
const NAP: Duration = Duration::from_millis(50);

impl Repository {
    /// The platform that the command was started in: `platform.yaml` here or above. Where a run was cut off and is not finished
    /// yet, that is told.
    ///
    /// # Errors
    /// [`Failure::NoPlatform`].
    pub(crate) fn find(ui: &Ui) -> Result<Self, Failure> {
        let this = Self::locate(ui)?;
        if let Some(pending) = sync::pending(&this.root)? {
            ui.warn(match RunLock::holder(&this.root) {
                Some(holder) => under_way(&holder),
                None => cut_off(&pending),
            });
        }
        Ok(this)
    }

    /// The same for a command that writes, unless it is a dry run: no other run writes meanwhile, and one that was cut off is
    /// finished first, and told. Where a person is going to be asked, others are kept out only from [`Self::hold`] on.
    ///
    /// # Errors
    /// As [`Self::find`], another run that does not come to an end, and what keeps one that was cut off from being finished.
    pub(crate) fn find_to_write(ui: &Ui, dry_run: bool) -> Result<Self, Failure> {
        if dry_run {
            return Self::find(ui);
        }
        let this = Self::locate(ui)?;
        let pending = this.root.join(sync::JOURNAL_FILE).symlink_metadata().is_ok();
        if pending || !ui.interactive {
            this.hold(ui)?;
        }
        if ui.interactive {
            this.lock.take();
        }
        Ok(this)
    }

    /// Keeps other runs out from here on, and finishes one that was cut off. Does nothing where it did before.
    ///
    /// # Errors
    /// [`Failure::Busy`]; what keeps the earlier run from being finished.
    pub(crate) fn hold(&self, ui: &Ui) -> Result<(), Failure> {
        if self.lock.borrow().is_some() {
            return Ok(());
        }
        self.lock.replace(wait_for_lock(ui, &self.root)?);
        if let Some(finished) = sync::finish(&self.root)? {
            ui.warn(completed(&finished));
        }
        Ok(())
    }

    /// The platform with this folder.
    pub(crate) fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            disk: Disk::new(root),
            lock: RefCell::default(),
            first_read: RefCell::default(),
        }
    }

    fn locate(ui: &Ui) -> Result<Self, Failure> {
        let here = std::path::absolute(&ui.directory)
            .map_err(|source| Failure::Read { path: ui.directory.clone(), source })?;
        if !here.is_dir() {
            return Err(Failure::NoFolder(ui.directory.clone()));
        }
        match above(&here) {
            Some(root) => Ok(Self::at(root)),
            None => Err(Failure::NoPlatform(here)),
        }
    }

    /// What is described.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn load(&self) -> Result<Platform, Failure> {
        Ok(spec::load(&self.disk)?)
    }

    /// What is to be done so that the work tree is what was generated.
    ///
    /// # Errors
    /// What is in the way.
    pub(crate) fn plan(&self, generated: &mut Generated) -> Result<Plan, Failure> {
        self.plan_with(generated, &Wishes::default())
    }

    /// The same with what was asked for besides.
    ///
    /// # Errors
    /// What is in the way, and wishes that concern no file.
    pub(crate) fn plan_with(
        &self,
        generated: &mut Generated,
        wishes: &Wishes,
    ) -> Result<Plan, Failure> {
        let mut plan = generate::plan(generated, &self.disk, &self.root, wishes)?;
        let upkeep = upgrade::upkeep(&self.root, &self.disk, &Objects::near(&self.root))
            .map_err(|diagnostics| self.faults(diagnostics))?;
        plan.base_files.extend(upkeep.base_files);
        plan.lock_files.extend(upkeep.lock_files);
        Ok(plan)
    }

    /// The same of a flag that can stand without any, for all.
    ///
    /// # Errors
    /// As [`Self::paths`].
    pub(crate) fn some_paths(
        &self,
        ui: &Ui,
        flag: &'static str,
        typed: Option<&[String]>,
    ) -> Result<Paths, Failure> {
        match typed {
            None => Ok(Paths::default()),
            Some([]) => Ok(Paths::all()),
            Some(typed) => self.paths(ui, flag, typed),
        }
    }

    /// Paths or patterns as they are typed in the folder where the command was started, from the root of the platform.
    ///
    /// # Errors
    /// [`Failure::BadAnswer`]: one that leads out of the platform, or is no pattern.
    pub(crate) fn paths(
        &self,
        ui: &Ui,
        flag: &'static str,
        typed: &[String],
    ) -> Result<Paths, Failure> {
        let bad = |reason: String| Failure::BadAnswer { flag, reason };
        let here = std::path::absolute(&ui.directory)
            .map_err(|source| Failure::Read { path: ui.directory.clone(), source })?;
        let patterns = typed.iter().map(|typed| {
            let mut parts = Vec::new();
            for part in here.join(typed).components() {
                match part {
                    std::path::Component::ParentDir => drop(parts.pop()),
                    std::path::Component::Normal(part) => parts.push(part.to_owned()),
                    _ => {}
                }
            }
            let full: PathBuf = Path::new("/").join(parts.iter().collect::<PathBuf>());
            let below = full.strip_prefix(&self.root).ok().and_then(Path::to_str);
            match below.filter(|below| !below.is_empty()) {
                Some(below) => Ok(below.to_owned()),
                None => Err(bad(format!("`{typed}` is no path of the platform"))),
            }
        });
        let patterns: Vec<String> = patterns.collect::<Result<_, _>>()?;
        Paths::of(&patterns).map_err(|error| bad(error.to_string()))
    }

    /// Keeps in git what files say that was never committed and is about to be thrown away as was asked for, and tells where it is.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn remember<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a RepoPath>,
    ) -> Result<String, Failure> {
        let objects = Objects::near(&self.root);
        let mut text = String::new();
        for path in paths {
            let Some(bytes) = self.bytes(path)? else { continue };
            let id = BlobId::of(&bytes);
            if objects.content(id).is_some() {
                continue;
            }
            let _ = match objects.remember(&bytes) {
                true => writeln!(
                    text,
                    "What {path} said was never committed: `git cat-file blob {id}` has it for now."
                ),
                false => writeln!(text, "What {path} said was in no git, and is gone."),
            };
        }
        Ok(text)
    }

    /// What is remembered of the layout as it was copied.
    ///
    /// # Errors
    /// The folder of the platform cannot be opened.
    pub(crate) fn copied_layout(&self) -> Result<Remembered<Carried<Objects>>, Failure> {
        Ok(Remembered::of(&self.root, Part::Layout, Carried(Objects::near(&self.root)))?)
    }

    /// Diagnostics with the texts that they point into.
    pub(crate) fn faults(&self, diagnostics: Vec<Diagnostic>) -> Faults {
        generate::faults(&self.disk, diagnostics, Texts::default())
    }

    /// What a file says; nothing if there is none.
    ///
    /// # Errors
    /// A symbolic link, or a file that cannot be read.
    pub(crate) fn bytes(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.disk.read(path)?)
    }

    /// The text of a file of the description, which was read before.
    ///
    /// # Errors
    /// It cannot be read any more.
    pub(crate) fn text(&self, path: &RepoPath) -> Result<String, Failure> {
        let bytes = self.bytes(path)?;
        if let Some(bytes) = &bytes {
            let mut read = self.first_read.borrow_mut();
            read.entry(path.clone()).or_insert_with(|| bytes.clone());
        }
        String::from_utf8(bytes.unwrap_or_default()).map_err(|error| Failure::Read {
            path: path.below(&self.root),
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, error),
        })
    }

    /// What a file of the description said when [`Self::text`] first read it: what a change of it was made from. Nothing if it was
    /// not read, which a new file is not.
    pub(crate) fn first_read(&self, path: &RepoPath) -> Option<Vec<u8>> {
        self.first_read.borrow().get(path).cloned()
    }

    /// The fields that a file of the description says.
    ///
    /// # Errors
    /// It cannot be read any more.
    pub(crate) fn written(&self, path: &RepoPath) -> Result<Document, Failure> {
        Document::read(&self.text(path)?)
            .map_err(|reason| Failure::BadDocument { file: path.below(&self.root), reason })
    }

    /// Writes what a command writes, all of it or, if it is cut off, when the next one begins.
    ///
    /// # Errors
    /// See [`Writes::carry_out`].
    pub(crate) fn carry_out(&self, writes: &Writes<'_>) -> Result<(), Failure> {
        writes.carry_out(&self.root)?;
        Ok(())
    }
}

/// A path that was made here and is none: a name with something odd in it.
pub(crate) fn unusable(error: &RepoPathError) -> Failure {
    Failure::BadAnswer { flag: "NAME", reason: error.to_string() }
}

/// The nearest folder with a `platform.yaml`, or where an `init` was cut off that had yet to write one, from a folder upwards.
pub(crate) fn above(folder: &Path) -> Option<&Path> {
    let marks = [PLATFORM_FILE, sync::JOURNAL_FILE];
    folder
        .ancestors()
        .find(|folder| marks.iter().any(|mark| folder.join(mark).symlink_metadata().is_ok()))
}

/// Waits a little for another run to come to an end.
fn wait_for_lock(ui: &Ui, root: &Path) -> Result<Option<RunLock>, Failure> {
    let began = Instant::now();
    let mut told = false;
    loop {
        match RunLock::acquire(root, ui.command)? {
            Attempt::Held(lock) => return Ok(Some(lock)),
            Attempt::None => return Ok(None),
            Attempt::Busy(holder) if began.elapsed() >= PATIENCE => {
                return Err(Failure::Busy { holder });
            }
            Attempt::Busy(holder) => {
                // Most runs are over before a person would wonder.
                if !told && began.elapsed() >= 10 * NAP {
                    told = true;
                    ui.note(&format!("Waiting for {}", who(holder.as_ref())));
                }
                std::thread::sleep(NAP);
            }
        }
    }
}

/// Another run, in words.
pub(crate) fn who(holder: Option<&Holder>) -> String {
    let Some(Holder { process, host, command, age }) = holder else {
        return "another run".to_owned();
    };
    let age = indicatif::HumanDuration(*age);
    format!("`tenantry {command}`, process {process} on {host}, which began {age} ago")
}

/// Another run is writing right now.
fn under_way(holder: &Holder) -> Diagnostic {
    let message = format!("{} is writing right now", who(Some(holder)));
    Diagnostic::warning(Code::AnotherRun, message).help("run it again when that is done")
}

/// A run was cut off, and is not finished.
pub(crate) fn cut_off(pending: &Pending) -> Diagnostic {
    let message = format!(
        "a run of `tenantry {}` was cut off before it had written all of its {} files",
        pending.command, pending.files
    );
    Diagnostic::warning(Code::CutOffRun, message)
        .help("`tenantry generate` finishes it, as every command does that writes")
}

/// A run that was cut off, and is finished now.
fn completed(finished: &Finished) -> Diagnostic {
    let Finished { command, report } = finished;
    let mut message = format!(
        "a run of `tenantry {command}` had been cut off; what it had yet to write is written"
    );
    let diagnostic = |message| Diagnostic::warning(Code::CutOffRun, message);
    if report.left_alone.is_empty() && command == "init" {
        return diagnostic(message).help("keep it with `git init`, `git add -A` and `git commit`");
    }
    if report.left_alone.is_empty() {
        return diagnostic(message);
    }
    message.push_str(", but for what was changed since:");
    for path in &report.left_alone {
        let _ = write!(message, "\n  {path}");
    }
    diagnostic(message)
        .help("these files are as they were left; `tenantry generate` tells what is off")
}
