//! What a build does not fail for and a person should know: what matched nothing, what changed
//! nothing, what is deprecated.

use crate::kustomization::Deprecated;
use crate::resource::Id;
use crate::yaml::Span;

/// Something to know of a build that went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is.
    pub kind: NoticeKind,
    /// Where it stands.
    pub span: Span,
}

/// What there is to know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoticeKind {
    /// A field that kustomize calls deprecated.
    #[error("`{}` is deprecated: use `{}`", .0.field(), .0.instead())]
    Deprecated(Deprecated),
    /// A patch that says nothing.
    #[error("this patch says nothing")]
    PatchEmpty,
    /// A patch whose target selects no object.
    #[error("this patch selects no object: {selector}")]
    PatchMatchedNothing {
        /// The target.
        selector: String,
    },
    /// A patch that leaves an object as it is.
    #[error("this patch changes nothing in {id}")]
    PatchChangedNothing {
        /// The object.
        id: Id,
    },
    /// An operation of a JSON patch that leaves an object as it is.
    #[error("operation {} (`{operation}`) of this patch changes nothing in {id}", index + 1)]
    OperationChangedNothing {
        /// Counted from 0.
        index: usize,
        /// The operation and its path.
        operation: String,
        /// The object.
        id: Id,
    },
    /// A part of a merge that does not do what it says.
    #[error("{problem}, in {id}")]
    PatchPartIdle {
        /// What it does not do.
        problem: &'static str,
        /// The object.
        id: Id,
    },
    /// A replacement whose target selects no object.
    #[error("this target of a replacement selects no object")]
    ReplacementMatchedNothing,
    /// A replacement that writes what is there.
    #[error("`{path}` has this value already in every object that the target selects")]
    ReplacementChangedNothing {
        /// The field path.
        path: String,
    },
    /// A replacement whose value reaches no object.
    #[error(
        "what is written to `{path}` is lost: the path leads through null, or into text that cannot be changed"
    )]
    ReplacementLost {
        /// The field path.
        path: String,
    },
    /// An image override that no object has a use for.
    #[error("no object has the image `{name}`")]
    ImageMatchedNothing {
        /// The name of the image.
        name: String,
    },
    /// An image override that leaves all images as they are.
    #[error("every image `{name}` is as this asks for already")]
    ImageChangedNothing {
        /// The name of the image.
        name: String,
    },
    /// A number of replicas that is there already.
    #[error("`{name}` has this number of replicas already")]
    ReplicasChangedNothing {
        /// The name of the object.
        name: String,
    },
    /// An OpenAPI document that cannot be read, and was not needed.
    #[error("this OpenAPI document cannot be read, and nothing needed it so far: {fault}")]
    SchemaNotNeeded {
        /// What is wrong with it.
        fault: String,
    },
    /// A var that nothing refers to.
    #[error("nothing refers to the var `{name}`")]
    VarUnused {
        /// The name of the var.
        name: String,
    },
}

impl NoticeKind {
    /// A name for it that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            NoticeKind::Deprecated(_) => "deprecated-field",
            NoticeKind::PatchMatchedNothing { .. } => "patch-matched-nothing",
            NoticeKind::PatchEmpty
            | NoticeKind::PatchChangedNothing { .. }
            | NoticeKind::OperationChangedNothing { .. }
            | NoticeKind::PatchPartIdle { .. } => "patch-changed-nothing",
            NoticeKind::ReplacementMatchedNothing => "replacement-matched-nothing",
            NoticeKind::ReplacementChangedNothing { .. } | NoticeKind::ReplacementLost { .. } => {
                "replacement-changed-nothing"
            }
            NoticeKind::ImageMatchedNothing { .. } => "image-matched-nothing",
            NoticeKind::ImageChangedNothing { .. } => "image-changed-nothing",
            NoticeKind::ReplicasChangedNothing { .. } => "replicas-changed-nothing",
            NoticeKind::VarUnused { .. } => "unused-var",
            NoticeKind::SchemaNotNeeded { .. } => "invalid-kustomization",
        }
    }

    /// Whether it says that something has no effect, which is an error where a build is strict.
    pub fn is_without_effect(&self) -> bool {
        !matches!(self, NoticeKind::Deprecated(_))
    }
}

impl Deprecated {
    /// The field.
    pub fn field(self) -> &'static str {
        match self {
            Deprecated::Bases => "bases",
            Deprecated::CommonLabels => "commonLabels",
            Deprecated::ImageTags => "imageTags",
            Deprecated::PatchesJson6902 => "patchesJson6902",
            Deprecated::PatchesStrategicMerge => "patchesStrategicMerge",
            Deprecated::Vars => "vars",
        }
    }

    /// What takes its place.
    pub fn instead(self) -> &'static str {
        match self {
            Deprecated::Bases => "resources",
            Deprecated::CommonLabels => "labels",
            Deprecated::ImageTags => "images",
            Deprecated::PatchesJson6902 | Deprecated::PatchesStrategicMerge => "patches",
            Deprecated::Vars => "replacements",
        }
    }
}
