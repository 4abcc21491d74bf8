//! What to write instead of what a build refuses, or of what has no effect in it.

use kustomize::kustomization::{Deprecated, PluginError};
use kustomize::transform::{PatchError, TransformError};
use kustomize::{AccumulateError, ErrorKind, LoadError, NoticeKind};

/// What to do about an error, where its message does not say it.
pub(super) fn for_error(kind: &ErrorKind) -> Option<String> {
    if let Some(error) = kind.path() {
        return for_path(error);
    }
    let help = match kind {
        ErrorKind::Labels(_) | ErrorKind::MergeConfig(_) => "let both say the same about `create`",
        ErrorKind::SchemaVersion { .. } => "take `version` out, or name a document by `path`",
        ErrorKind::SchemaTwice => "take one of them out",
        ErrorKind::Resource(_) => {
            "what `resources` names are Kubernetes objects with `apiVersion`, `kind` and `metadata.name`; other files \
             become part of an object with `configMapGenerator`"
        }
        ErrorKind::Accumulate(error) | ErrorKind::Transform(TransformError::Accumulate(error)) => {
            return for_gathered(error);
        }
        ErrorKind::NoPatch { .. } | ErrorKind::TwoPatches | ErrorKind::EmptyPatch => {
            "a merge is a part of an object, with its `apiVersion`, `kind` and `metadata.name`; a JSON patch is a list of \
             `op`, `path` and `value`, and has a `target` beside it"
        }
        ErrorKind::Transform(TransformError::Patch(error)) => return for_patch(error),
        ErrorKind::Transform(TransformError::NoReplicas { .. }) => {
            "`replicas` goes by the name that an object has, or had in a base, and knows Deployment, ReplicaSet, \
             ReplicationController and StatefulSet; anything else is a patch"
        }
        ErrorKind::ForeignCode { .. } => FOREIGN,
        ErrorKind::Plugin(errors)
            if errors.iter().any(|error| {
                matches!(error, PluginError::Foreign { .. } | PluginError::Helm { .. })
            }) =>
        {
            FOREIGN
        }
        ErrorKind::IsComponent => "move the entry from `resources` to `components`",
        ErrorKind::IsNoComponent => {
            "move the entry from `components` to `resources`, or let the file say `kind: Component` and \
             `apiVersion: kustomize.config.k8s.io/v1alpha1`"
        }
        ErrorKind::TooDeep { .. } => "let one kustomization name several bases instead",
        _ => return None,
    };
    Some(help.to_owned())
}

const FOREIGN: &str = "render it beforehand and name the result under `resources`; with Flux, a chart is a HelmRelease, which the \
                       cluster renders";

fn for_path(error: &LoadError) -> Option<String> {
    let help = match error {
        LoadError::Missing { .. } => {
            "a path starts at the folder of the file that it is written in; correct it, or add what is missing"
        }
        LoadError::IsFolder { .. } => {
            "name a file; folders stand under `resources` and `components`"
        }
        LoadError::IsFile { .. } => "name the folder that the kustomization lies in",
        LoadError::Outside { .. } => {
            "move it below that folder, or name its own folder as a base; `--load-restrictor none` reads it from where it is, as \
             Flux does"
        }
        LoadError::Remote { .. } => {
            "bring it into the repository and name it by its path: what is applied can then be read, reviewed and built \
             anywhere"
        }
        LoadError::Cycle { .. } => {
            "take the entry out; what two kustomizations share is a third one that both name"
        }
        LoadError::Absolute { .. } => "write it relative to the folder of this file",
        LoadError::Ambiguous { .. } => "give each entry a line of its own",
        LoadError::NoKustomization { .. } => {
            "name a folder that has one, or write one there with a list of `resources`"
        }
        LoadError::SeveralKustomizations { .. } => "keep one of them",
        LoadError::Empty | LoadError::Unreadable { .. } | LoadError::Excess(_) => return None,
    };
    Some(help.to_owned())
}

fn for_gathered(error: &AccumulateError) -> Option<String> {
    let help = match error {
        AccumulateError::Collision { .. } => {
            "take one of them out, or give one another name or namespace; what changes an object of a base is a patch, not a \
             second object"
        }
        AccumulateError::NothingToChange { .. } => {
            "take `behavior` out to make a new object, or name one that a base generates"
        }
        AccumulateError::AlreadyThere { .. } => {
            "`merge` keeps the keys of the one that is there, `replace` does not"
        }
        AccumulateError::SeveralToChange { .. } => {
            "give the generators of the bases names of their own"
        }
        AccumulateError::VarTwice { .. } => "give one of them another name",
        AccumulateError::VarAmbiguous { .. } => "say more in `objref`, such as the namespace",
        _ => return None,
    };
    Some(help.to_owned())
}

fn for_patch(error: &PatchError) -> Option<String> {
    let help = match error {
        PatchError::NoTarget { .. } => {
            "correct its kind, name or namespace: it goes by those that the object has here or had in a base; or say what it is for \
             with a `target`"
        }
        PatchError::SeveralTargets { .. } => {
            "say which one it is for, with its namespace or with a `target`"
        }
        PatchError::JsonWithoutTarget { .. } => {
            "add `target` to the entry of `patches`, with a `kind` and a `name`"
        }
        PatchError::SeveralDocuments { .. } => "make an entry of `patches` of each document",
        _ => return None,
    };
    Some(help.to_owned())
}

/// What to do about what has no effect, or is deprecated.
pub(super) fn for_notice(kind: &NoticeKind) -> String {
    let help = match kind {
        NoticeKind::Deprecated(field) => match field {
            Deprecated::Bases => "move its entries to `resources`",
            Deprecated::CommonLabels => {
                "`labels: [{pairs: {KEY: VALUE}, includeSelectors: true}]` means the same"
            }
            Deprecated::ImageTags => "rename it to `images`",
            Deprecated::PatchesJson6902 => "move its entries to `patches`, as they are",
            Deprecated::PatchesStrategicMerge => {
                "make each entry `{path: FILE}`, or `{patch: TEXT}`, below `patches`"
            }
            Deprecated::Vars => {
                "a replacement names the field that a value comes from and the fields that it goes to"
            }
        },
        NoticeKind::PatchMatchedNothing { .. } => {
            "correct the target, or take the patch out; a target goes by the kinds, names and namespaces that objects have here or \
             had in a base, as regular expressions for the whole of each"
        }
        NoticeKind::PatchChangedNothing { .. }
        | NoticeKind::OperationChangedNothing { .. }
        | NoticeKind::PatchPartIdle { .. } => {
            "take it out if the object is as it should be; else look for a wrong name in what it says"
        }
        NoticeKind::ReplacementMatchedNothing => {
            "correct `select`, or take the target out; look at what `reject` leaves out, too"
        }
        NoticeKind::ReplacementChangedNothing { .. } => {
            "take the field path out, or give the object another value to be replaced"
        }
        NoticeKind::ReplacementLost { .. } => {
            "let the object have a value there that can be replaced"
        }
        NoticeKind::ImageMatchedNothing { .. } => {
            "`name` is the image as the manifests say it, without tag and digest; correct it, or take the entry out"
        }
        NoticeKind::ImageChangedNothing { .. } | NoticeKind::ReplicasChangedNothing { .. } => {
            "take the entry out, or say another value"
        }
        NoticeKind::SchemaNotNeeded { .. } => {
            "correct it: the first patch, or the first custom resource, would fail for it"
        }
        NoticeKind::VarUnused { .. } => {
            "take it out, or refer to it as `$(NAME)` in a field that `varReference` has"
        }
        _ => "take it out",
    };
    help.to_owned()
}
