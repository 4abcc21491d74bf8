//! Why a command did not do what it was asked for: one variant for every reason, each with its words and its exit code.

use std::path::PathBuf;

use flux_oci::registry::RegistryError;
use flux_oci::sign::SignError;
use flux_oci::unpack::UnpackError;

use super::outcome::Exit;
use super::report::Format;
use crate::artifact::ArtifactError;
use crate::diagnostic::{Code, Diagnostic, Texts};
use crate::generate::CompareError;
use crate::git::GitError;
use crate::promote::PromoteError;
use crate::spec::Faults;
use crate::sync::SyncError;
use crate::why::WhyError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// What people wrote is wrong: the description, the layout, or files in the way.
    #[error("the description is wrong")]
    Faults(Faults),
    /// No `platform.yaml` here or above.
    #[error("there is no `platform.yaml` in `{}` or above it", .0.display())]
    NoPlatform(PathBuf),
    /// The folder that was named is none.
    #[error("there is no folder `{}`", .0.display())]
    NoFolder(PathBuf),
    /// Answers are missing and nobody can be asked.
    #[error("{} {} missing, and there is no terminal to ask on", flags.join(", "), if flags.len() == 1 { "is" } else { "are" })]
    Missing {
        /// The flags that would have answered.
        flags: Vec<&'static str>,
    },
    /// An answer by flag that the question would not have taken.
    #[error("{flag}: {reason}")]
    BadAnswer {
        /// The flag.
        flag: &'static str,
        /// Why not.
        reason: String,
    },
    /// A document that is no description of anything.
    #[error("`{}` cannot be taken: {reason}", file.display())]
    BadDocument {
        /// The file; `-` is standard input.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Flags that exclude or need each other.
    #[error("{0}")]
    Usage(String),
    /// The command has no such output.
    #[error("`{command}` has no output `{}`", format.as_str())]
    Format {
        /// The command.
        command: &'static str,
        /// What was asked for.
        format: Format,
        /// What there is.
        supported: &'static [Format],
    },
    /// There is such an entity already.
    #[error("there is a {kind} `{name}` already, in {file}")]
    Exists {
        /// The kind, such as `tenant`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Where it is described.
        file: String,
    },
    /// There is no such entity.
    #[error("there is no {kind} `{name}`")]
    Unknown {
        /// The kind, such as `tenant`.
        kind: &'static str,
        /// What was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The program carries no such layout.
    #[error("this tenantry carries no layout `{name}`")]
    NotCarried {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// Files lie where a new platform would be written.
    #[error("the folder `{}` is not empty, and these are in the way: {}", folder.display(), files.join(", "))]
    FolderInUse {
        /// The folder.
        folder: PathBuf,
        /// What is in the way.
        files: Vec<String>,
    },
    /// There is a platform already.
    #[error("`{}` is in a platform already: `{}`", folder.display(), file.display())]
    PlatformExists {
        /// The folder.
        folder: PathBuf,
        /// Its `platform.yaml`.
        file: PathBuf,
    },
    /// A deletion that was not confirmed.
    #[error("deleting {kind} `{name}` wants its name again")]
    NotConfirmed {
        /// The kind.
        kind: &'static str,
        /// The name.
        name: String,
        /// What goes.
        list: String,
    },
    /// The first of two changes is made, and not committed.
    #[error("the first of two changes is in {file}, and not committed yet")]
    FirstNotCommitted {
        /// The file that says it.
        file: String,
        /// The command that makes the second.
        then: String,
    },
    /// The person said no.
    #[error("nothing was written")]
    Declined,
    /// Ctrl-C.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// The description's file cannot be changed as asked.
    #[error("{file}: {source}")]
    Edit {
        /// The file.
        file: String,
        /// Why not.
        source: crate::spec::edit::EditError,
    },
    /// A file that was named on the command line.
    #[error("`{}` cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file that was to be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Another run writes, and does not come to an end.
    #[error("{} holds the platform", super::repository::who(holder.as_ref()))]
    Busy {
        /// Who it is.
        holder: Option<crate::sync::Holder>,
    },
    /// Files of the description are not what a change was made from any more.
    #[error("changed since it was read: {}", paths.join(", "))]
    ChangedMeanwhile {
        /// The files.
        paths: Vec<String>,
    },
    /// The terminal is gone.
    #[error("the terminal cannot be used: {0}")]
    Terminal(std::io::Error),
    /// A file of the repository.
    #[error(transparent)]
    Files(#[from] crate::files::FilesError),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The application to the work tree.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// A deploy key.
    #[error(transparent)]
    DeployKey(#[from] crate::deploy_key::DeployKeyError),
    /// Another layout.
    #[error(transparent)]
    Upgrade(#[from] crate::upgrade::UpgradeError),
    /// A promotion that is not made.
    #[error(transparent)]
    Promote(PromoteError),
    /// An object, or a field of one, that there is not.
    #[error(transparent)]
    Why(#[from] WhyError),
    /// Files of others.
    #[error(transparent)]
    Vendor(#[from] crate::vendor::VendorError),
    /// An address of a registry that is none.
    #[error(transparent)]
    Address(flux_oci::reference::ReferenceError),
    /// An artifact that cannot be made.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// A registry that does not do what it was asked for.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A key or a root that cannot be used.
    #[error(transparent)]
    Signing(#[from] crate::signing::SigningError),
    /// An artifact that is not signed.
    #[error("nothing is signed: {0}")]
    Sign(SignError),
    /// A layer that is not unpacked.
    #[error("{what} was not unpacked: {error}")]
    Unpack {
        /// The artifact.
        what: String,
        /// Why not.
        error: UnpackError,
    },
    /// Files lie where an artifact would be unpacked.
    #[error("the folder `{}` is not empty: {} {} there", folder.display(), shown(files), if files.len() == 1 { "lies" } else { "lie" })]
    PullInTheWay {
        /// The folder.
        folder: PathBuf,
        /// What is in it.
        files: Vec<String>,
    },
}

/// The first few, and how many more.
fn shown(files: &[String]) -> String {
    let few: Vec<String> = files.iter().take(5).map(|file| format!("`{file}`")).collect();
    match files.len() - few.len() {
        0 => few.join(", "),
        more => format!("{} and {more} more", few.join(", ")),
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Registry(error) => Self::Registry(error),
            error => Self::Sign(error),
        }
    }
}

impl From<PromoteError> for Failure {
    fn from(error: PromoteError) -> Self {
        match error {
            PromoteError::UnknownSource { name, known, .. } => {
                Self::Unknown { kind: "source", name, known }
            }
            error => Self::Promote(error),
        }
    }
}

impl From<CompareError> for Failure {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::Faults(faults) => Self::Faults(faults),
            CompareError::Sync(error) => Self::Sync(error),
        }
    }
}

impl From<dialoguer::Error> for Failure {
    fn from(dialoguer::Error::IO(error): dialoguer::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::Interrupted => Self::Interrupted,
            _ => Self::Terminal(error),
        }
    }
}

impl Failure {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Missing { .. }
            | Self::BadAnswer { .. }
            | Self::Usage(_)
            | Self::Address(_)
            | Self::Format { .. } => Exit::Usage,
            Self::NotConfirmed { .. } => Exit::Usage,
            Self::Interrupted => Exit::Interrupted,
            Self::Vendor(error) if error.is_outside() => Exit::Outside,
            Self::Git(error) if error.is_outside() => Exit::Outside,
            Self::Registry(error) if error.is_outside() => Exit::Outside,
            Self::Sign(error) if error.is_outside() => Exit::Outside,
            _ => Exit::Failed,
        }
    }

    /// What is shown of it, with the texts that it points into.
    pub(crate) fn diagnostics(&self) -> (Vec<Diagnostic>, Texts) {
        if let Self::Faults(faults) = self {
            return (faults.diagnostics.clone(), faults.texts.clone());
        }
        if let Self::Files(error) = self {
            return (vec![error.diagnostic()], Texts::default());
        }
        if let Self::Upgrade(error) = self {
            return (vec![error.diagnostic()], Texts::default());
        }
        let mut diagnostic = Diagnostic::error(self.code(), self.to_string());
        diagnostic.help = self.help();
        (vec![diagnostic], Texts::default())
    }

    fn code(&self) -> Code {
        match self {
            Self::NoPlatform(_) | Self::NoFolder(_) => Code::NoPlatform,
            Self::Missing { .. } => Code::MissingAnswer,
            Self::BadAnswer { .. } | Self::Usage(_) | Self::Address(_) | Self::Format { .. } => {
                Code::WrongUsage
            }
            Self::Exists { .. } | Self::PlatformExists { .. } => Code::AlreadyExists,
            Self::Unknown { .. } | Self::NotCarried { .. } | Self::Why(_) => Code::UnknownEntity,
            Self::FolderInUse { .. } | Self::PullInTheWay { .. } => Code::FileInTheWay,
            Self::NotConfirmed { .. } | Self::Declined => Code::NotConfirmed,
            Self::FirstNotCommitted { .. } => Code::LiveObjects,
            Self::Interrupted => Code::Interrupted,
            Self::Busy { .. } => Code::AnotherRun,
            Self::Edit { .. } => Code::CannotEdit,
            Self::BadDocument { .. } => Code::InvalidYaml,
            Self::DeployKey(_) => Code::CannotWrite,
            Self::Faults(_) | Self::Read { .. } | Self::Terminal(_) | Self::Files(_) => {
                Code::UnreadableFile
            }
            Self::ChangedMeanwhile { .. } | Self::Sync(SyncError::ChangedMeanwhile { .. }) => {
                Code::ChangedMeanwhile
            }
            Self::Write { .. } | Self::Sync(_) => Code::CannotWrite,
            Self::Git(GitError::Hook { .. }) => Code::HookRefused,
            Self::Git(GitError::Push { failure, .. }) if failure.is_outside() => Code::PushFailed,
            Self::Git(GitError::Push { .. }) => Code::PushRejected,
            Self::Git(GitError::NoRevision { .. }) => Code::UnknownRevision,
            Self::Git(_) => Code::GitFailed,
            Self::Promote(_) => Code::CannotPromote,
            Self::Vendor(_) => Code::VendorFailed,
            Self::Upgrade(error) => error.diagnostic().code,
            Self::Artifact(ArtifactError::Uncommitted { .. }) => Code::UncommittedContent,
            Self::Artifact(ArtifactError::Files(error)) => error.diagnostic().code,
            Self::Artifact(ArtifactError::Git(_)) => Code::GitFailed,
            Self::Artifact(_) => Code::CannotPack,
            Self::Registry(error) => registry_code(error),
            Self::Signing(_) => Code::UnusableKey,
            Self::Sign(_) => Code::CannotSign,
            Self::Unpack { error: UnpackError::Write { .. }, .. } => Code::CannotWrite,
            Self::Unpack { .. } => Code::InvalidArtifact,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NoPlatform(_) => {
                Some("go to a platform's folder or name it with `-C DIR`; `tenantry init DIR` makes a new one".into())
            }
            Self::Missing { .. } => Some("say them on the command line; `--help` tells what each takes".into()),
            Self::Format { supported, .. } => {
                let names: Vec<_> = supported.iter().map(|format| format.as_str()).collect();
                Some(format!("it has {}", names.join(", ")))
            }
            Self::Exists { kind, name, .. } => Some(format!(
                "change it with `tenantry set {kind} {name} PATH=VALUE`, or bring it to a whole description with `--from FILE`"
            )),
            Self::Unknown { kind, name, known } => Some(match nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => format!("there is no {kind} yet; `tenantry create {kind}` makes one"),
                None if matches!(*kind, "tenant" | "cluster" | "component") => {
                    format!("`tenantry get {kind}` lists what there is")
                }
                None => format!("there is {}", known.join(", ")),
            }),
            Self::NotCarried { name, known } => Some(match nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("say where it lies with `--from DIR`; carried: {}", known.join(", ")),
            }),
            Self::Why(error) => error.help(),
            Self::FolderInUse { .. } => Some("choose another folder, or move these away".into()),
            Self::PlatformExists { .. } => {
                Some("a platform cannot lie in another one; `tenantry create` adds to the one there is".into())
            }
            Self::Promote(error) => error.help(),
            Self::Busy { .. } => Some("nothing was written; run it again when that is done".into()),
            Self::ChangedMeanwhile { .. } => Some("nothing was written; run it again".into()),
            Self::Sync(SyncError::ChangedMeanwhile { .. }) => {
                Some("look at these files, and run `tenantry generate`".into())
            }
            Self::Sync(SyncError::Write { .. }) => {
                Some("mend it and run `tenantry generate`, which writes the rest first".into())
            }
            Self::FirstNotCommitted { then, .. } => Some(format!(
                "commit and push it; when clusters have applied it, run `{then}` again"
            )),
            Self::NotConfirmed { name, list, .. } => Some(format!("say `--confirm {name}`\n\n{}", list.trim_end())),
            Self::Git(error) => error.help(),
            Self::Address(error) => Some(error.help()),
            Self::Artifact(error) => error.help(),
            Self::Registry(error) => error.help(),
            Self::Signing(error) => error.help(),
            Self::Sign(error) => error.help(),
            Self::Unpack { error: UnpackError::TooMuch(_), .. } => {
                Some("if you trust it, allow more with `--max-size`".into())
            }
            Self::Unpack { error: UnpackError::Unsafe { .. }, .. } => {
                Some("nothing was written; Flux makes no such entries: find out who pushed it".into())
            }
            Self::Unpack { .. } => Some("find out who pushed it, and with what".into()),
            Self::PullInTheWay { .. } => {
                Some("choose another folder, or say `--overwrite`: files of the same names are replaced, others stay".into())
            }
            _ => None,
        }
    }
}

/// What kind of failure a registry's is.
fn registry_code(error: &RegistryError) -> Code {
    match error.last() {
        RegistryError::Auth(_) => Code::NoCredentials,
        RegistryError::WrongDigest { .. } | RegistryError::NoArtifact { .. } => {
            Code::InvalidArtifact
        }
        error if error.is_outside() => Code::RegistryFailed,
        _ => Code::RegistryRefused,
    }
}

/// The name that was probably meant.
pub(crate) fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    known
        .iter()
        .map(|one| (strsim::damerau_levenshtein(name, one), one.as_str()))
        .filter(|(distance, one)| *distance <= 1 + one.len().max(name.len()) / 4)
        .min()
        .map(|(_, one)| one)
}
