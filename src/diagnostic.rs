//! What is wrong, where, why, and what to write instead.
//!
//! Every module that judges something a person wrote speaks in [`Diagnostic`]s. This module knows
//! nothing of how they are shown: that is the work of `cli::report`.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use kustomize::yaml::{SourceId, Span};

use crate::path::RepoPath;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is refused.
    Warning,
    /// The command does not go on.
    Error,
}

/// A place in a file of the repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file, relative to the root of the platform.
    pub file: RepoPath,
    /// Bytes of the file; none means the file as a whole.
    pub range: Option<Range<usize>>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable name for this kind of finding; see [`Code`].
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// A few words at the place itself, such as "not a field of a tenant".
    pub label: Option<String>,
    /// Other places that belong to it, each with a few words.
    pub related: Vec<(Place, String)>,
    /// What to write instead, or what to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            place: None,
            label: None,
            related: Vec::new(),
            help: None,
        }
    }

    /// A warning without a place.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same with a few words at its place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same with another place that belongs to it.
    #[must_use]
    pub fn related(mut self, place: Place, words: impl Into<String>) -> Self {
        self.related.push((place, words.into()));
        self
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Declares [`Code`]: the name on the left is stable and has a page in `docs/diagnostics/`.
macro_rules! codes {
    ($($variant:ident = $name:literal, $what:literal;)*) => {
        /// The stable name of a kind of finding. Each has a page in `docs/diagnostics/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $what] $variant,)* }

        impl Code {
            /// Every code, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name as it is printed, such as `unknown-field`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What kind of finding it is, in one sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $what,)* }
            }
        }
    };
}

codes! {
    // Reading files.
    NoPlatform = "no-platform", "There is no `platform.yaml` here or above.";
    UnreadableFile = "unreadable-file", "A file of the description cannot be read.";
    FileTooLarge = "file-too-large", "A file of the description is larger than the reader accepts.";
    InvalidUtf8 = "invalid-utf8", "A file of the description is not UTF-8.";
    InvalidYaml = "invalid-yaml", "A file of the description is not YAML.";
    DuplicateKey = "duplicate-key", "A key stands twice in one mapping.";
    AliasBomb = "alias-bomb", "Aliases of a file expand to more than the reader accepts.";
    EmptyFile = "empty-file", "A file of the description says nothing.";
    SymlinkInDescription = "symlink-in-description", "A file or folder of the description is a symbolic link.";
    UnexpectedFile = "unexpected-file", "A file lies where it means nothing.";
    SameName = "same-name", "Two files describe an entity of the same name.";
    // Shape.
    UnknownField = "unknown-field", "A field that is not known.";
    MissingField = "missing-field", "A field that must be said is missing.";
    WrongType = "wrong-type", "A value of another type than the field takes.";
    InvalidValue = "invalid-value", "A value that the field does not take.";
    InvalidName = "invalid-name", "A name that Kubernetes would refuse.";
    NotOverridable = "not-overridable", "A field that cannot differ by environment or cluster.";
    // Meaning.
    UnknownReference = "unknown-reference", "A name that nothing has.";
    DependencyCycle = "dependency-cycle", "Entities that wait for each other.";
    NamespaceClaimedTwice = "namespace-claimed-twice", "Two tenants claim one namespace.";
    ReservedNamespace = "reserved-namespace", "A namespace that belongs to the platform.";
    NameCollision = "name-collision", "Two objects that would have the same name on a cluster.";
    ReservedName = "reserved-name", "A name that the layout needs for itself.";
    OverLimit = "over-limit", "A tenant takes more than the platform's limits allow.";
    SourceNotAllowed = "source-not-allowed", "A tenant's source that the platform's policies would refuse.";
    EmptyPlacement = "empty-placement", "A placement that matches no cluster.";
    UnknownKubernetes = "unknown-kubernetes", "A version of Kubernetes of which there are no schemas.";
    Contradiction = "contradiction", "Two statements that exclude each other.";
    // Layouts and templates.
    NoLayout = "no-layout", "The repository has no layout.";
    InvalidLayout = "invalid-layout", "The layout's manifest is wrong.";
    LayoutTooNew = "layout-too-new", "The layout needs a newer tenantry.";
    OlderLayout = "older-layout", "A layout is of an earlier version than the repository's.";
    AnotherLayout = "another-layout", "A layout is another one than the repository's.";
    InvalidTemplate = "invalid-template", "A template of the layout is wrong.";
    TemplateFailed = "template-failed", "A template of the layout failed while it was rendered.";
    TemplateOutput = "template-output", "What a template rendered is not what it claims to be.";
    TemplateBudget = "template-budget", "A template of the layout does not come to an end.";
    PathCollision = "path-collision", "Two templates render the same path.";
    UnsafePath = "unsafe-path", "A template's path leads where a layout must not write.";
    // Builds.
    NoKustomization = "no-kustomization", "A folder that is to be built has no kustomization file.";
    InvalidKustomization = "invalid-kustomization", "A kustomization file, or what it configures, is wrong.";
    MissingResource = "missing-resource", "A kustomization names what is not there.";
    OutsideRoot = "outside-root", "A kustomization reads a file outside of its folder.";
    RemoteResource = "remote-resource", "A kustomization names something that would have to be fetched.";
    ForeignCode = "foreign-code", "A kustomization asks for other programs to be run.";
    KustomizationCycle = "kustomization-cycle", "A kustomization builds on itself.";
    InvalidResource = "invalid-resource", "A file of a kustomization holds something else than Kubernetes objects.";
    DuplicateObject = "duplicate-object", "Two objects of a build have the same kind, name and namespace.";
    PatchFailed = "patch-failed", "A patch cannot be applied.";
    ReplacementFailed = "replacement-failed", "A replacement cannot be made.";
    TooLarge = "too-large", "A build reads and writes more than it may.";
    CannotBuild = "cannot-build", "A kustomization cannot be built.";
    DeprecatedField = "deprecated-field", "A kustomization has a field that another one has taken the place of.";
    PatchMatchedNothing = "patch-matched-nothing", "A patch selects no object.";
    PatchTie = "patch-tie", "Two patches of the same scope write one field.";
    PatchOverridden = "patch-overridden", "A patch of a narrower scope writes the same field.";
    PatchReplaces = "patch-replaces", "A patch replaces a list or a mapping as a whole.";
    PatchSelectsMore = "patch-selects-more", "The target of a patch selects more than the object that it names.";
    ChartRefuses = "chart-refuses", "A chart is known to refuse a value.";
    WaitsForDeleted = "waits-for-deleted", "Something waits for an object that a patch takes away.";
    PatchChangedNothing = "patch-changed-nothing", "A patch, or a part of one, changes nothing.";
    ReplacementMatchedNothing = "replacement-matched-nothing", "A target of a replacement selects no object.";
    ReplacementChangedNothing = "replacement-changed-nothing", "A replacement changes nothing.";
    ImageMatchedNothing = "image-matched-nothing", "An image override names an image that no object has.";
    ImageChangedNothing = "image-changed-nothing", "An image override changes nothing.";
    ReplicasChangedNothing = "replicas-changed-nothing", "A number of replicas is there already.";
    UnusedVar = "unused-var", "A var is defined, and nothing refers to it.";
    SchemaViolation = "schema-violation", "An object does not fit the schema of its kind.";
    // Clusters.
    PathNotFound = "path-not-found", "A Flux Kustomization names a folder that its source does not have.";
    InvalidFluxObject = "invalid-flux-object", "An object of Flux's that Flux does not take.";
    InvalidSubstitution = "invalid-substitution", "A text that Flux cannot substitute variables in.";
    UnknownVariable = "unknown-variable", "A variable that is substituted has no value.";
    MissingVariables = "missing-variables", "What should bring values of variables is not there.";
    SubstitutionChangesType = "substitution-changes-type", "A text is something else once variables are substituted.";
    SubstitutionBreaksYaml = "substitution-breaks-yaml", "An object is no YAML any more once variables are substituted.";
    MissingDecryption = "missing-decryption", "A Secret is encrypted, and nothing decrypts it.";
    TwoOwners = "two-owners", "Two Kustomizations apply one object.";
    UnknownDependency = "unknown-dependency", "A Kustomization waits for one that nothing applies.";
    ResourceSetFailed = "resource-set-failed", "A ResourceSet cannot be made objects of.";
    // Tests.
    DuplicateTest = "duplicate-test", "Two tests of a file have the same name.";
    ExpectationFailed = "expectation-failed", "What a test expects does not hold.";
    SnapshotDiffers = "snapshot-differs", "The objects of a test are not what its snapshot says, or there is none.";
    StaleSnapshot = "stale-snapshot", "A snapshot belongs to no test.";
    // The work tree.
    FileInTheWay = "file-in-the-way", "A file lies where one is to be generated.";
    EditedByHand = "edited-by-hand", "A generated file was edited by hand.";
    ForbiddenEdit = "forbidden-edit", "A generated file that nobody may edit was edited by hand.";
    ForeignFile = "foreign-file", "Another tool's file lies where everything else goes.";
    SymlinkInTheWay = "symlink-in-the-way", "A symbolic link lies where a file is to be generated.";
    OutOfSync = "out-of-sync", "A file is not what the description means.";
    InvalidLock = "invalid-lock", "The lock cannot be read.";
    ConflictMarkers = "conflict-markers", "A generated file carries the markers of an unresolved merge.";
    MergeConflict = "merge-conflict", "What a person edited and what is generated do not go together.";
    ReadOnlyFolder = "read-only-folder", "A folder that files are to be written to cannot be written.";
    NothingMatched = "nothing-matched", "A path on the command line concerns no file.";
    CutOffRun = "cut-off-run", "A run was cut off while it wrote.";
    AnotherRun = "another-run", "Another run writes to the same platform.";
    ChangedMeanwhile = "changed-meanwhile", "A file was changed while a command was about to write it.";
    // Commands.
    WrongUsage = "wrong-usage", "A command line that cannot be meant.";
    MissingAnswer = "missing-answer", "An answer is missing, and there is no terminal to ask on.";
    AlreadyExists = "already-exists", "What is to be made is there already.";
    UnknownEntity = "unknown-entity", "What a command names is not there.";
    UnknownRevision = "unknown-revision", "A revision that git does not know here.";
    NotConfirmed = "not-confirmed", "What wants a confirmation was not confirmed.";
    LiveObjects = "live-objects", "Objects would go from a cluster, or move there.";
    LeftoverConfirmation = "leftover-confirmation", "A confirmation that confirms nothing.";
    Interrupted = "interrupted", "Ctrl-C, before anything was written.";
    CannotPromote = "cannot-promote", "Something cannot be promoted, or not without another word.";
    CannotEdit = "cannot-edit", "A file of the description cannot be changed as asked.";
    CannotWrite = "cannot-write", "A file cannot be written.";
    GitFailed = "git-failed", "What git was to do failed.";
    HookRefused = "hook-refused", "A git hook refused the commit.";
    PushRejected = "push-rejected", "The remote, or a hook, did not take what was pushed.";
    PushFailed = "push-failed", "The remote could not be reached, or did not let you in.";
    VendorFailed = "vendor-failed", "Somebody else's files cannot be brought in.";
    // Registries.
    CannotPack = "cannot-pack", "There is nothing to push, or it is not known where it comes from.";
    UncommittedContent = "uncommitted-content", "What is to be pushed is in no commit.";
    LinkLeftOut = "link-left-out", "A symbolic link is not pushed.";
    NoCredentials = "no-credentials", "There are no credentials for a registry where there should be some.";
    RegistryFailed = "registry-failed", "A registry is down, slow, full or failing.";
    RegistryRefused = "registry-refused", "A registry does not do what it is asked for, and will not by itself.";
    InvalidArtifact = "invalid-artifact", "What came from a registry is damaged, unsafe, or no artifact.";
    // Signatures.
    UnusableKey = "unusable-key", "A key, or a trusted root, cannot be used.";
    CannotSign = "cannot-sign", "An artifact cannot be signed.";
    NotVerified = "not-verified", "No signature of an artifact is what it must be.";
    OpenPattern = "open-pattern", "A pattern for an identity matches longer text, too.";
}

impl Code {
    /// Whether it tells of something that was written for an effect and has none.
    #[must_use]
    pub const fn is_without_effect(self) -> bool {
        matches!(
            self,
            Self::PatchMatchedNothing
                | Self::PatchChangedNothing
                | Self::ReplacementMatchedNothing
                | Self::ReplacementChangedNothing
                | Self::ImageMatchedNothing
                | Self::ImageChangedNothing
                | Self::ReplicasChangedNothing
                | Self::UnusedVar
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The texts that places point into.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    files: Vec<(RepoPath, Arc<[u8]>)>,
}

impl Texts {
    /// Keeps a text and gives it a number for [`kustomize::yaml::parse`].
    pub fn add(&mut self, file: RepoPath, bytes: impl Into<Arc<[u8]>>) -> SourceId {
        self.files.push((file, bytes.into()));
        SourceId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// Takes over the texts of files that have none here.
    pub fn add_missing(&mut self, other: &Self) {
        for (file, bytes) in &other.files {
            if self.get(file).is_none() {
                self.files.push((file.clone(), Arc::clone(bytes)));
            }
        }
    }

    /// The place of a span.
    #[must_use]
    pub fn place(&self, span: Span) -> Option<Place> {
        let (file, _) = self.files.get(span.source.0 as usize)?;
        Some(Place { file: file.clone(), range: Some(span.start as usize..span.end as usize) })
    }

    /// The bytes of a file by the number that [`Self::add`] gave it.
    #[must_use]
    pub fn bytes(&self, source: SourceId) -> Option<&Arc<[u8]>> {
        self.files.get(source.0 as usize).map(|(_, bytes)| bytes)
    }

    /// The path of a file by the number that [`Self::add`] gave it.
    #[must_use]
    pub fn file(&self, source: SourceId) -> Option<&RepoPath> {
        self.files.get(source.0 as usize).map(|(path, _)| path)
    }

    /// The bytes of a file.
    #[must_use]
    pub fn get(&self, file: &RepoPath) -> Option<&Arc<[u8]>> {
        self.files.iter().find(|(path, _)| path == file).map(|(_, bytes)| bytes)
    }
}
