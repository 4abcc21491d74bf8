//! `replacements`: a value from one object, or a given one, written into fields of others.
//!
//! [`Replacement`]s are made ready once ([`Replacement::new`]) and applied to objects one after the other
//! ([`apply`]), each to what the ones before left. Selectors come in as predicates ([`Selects`]), objects
//! through a trait ([`Object`]); files are read by others. What did nothing comes back as [`Idle`].
//!
//! Three habits of kustomize count here. A scalar keeps its type when it is written, so that text in a
//! number shows only when it is printed. The value is read anew for each write, so that a target that is
//! the source itself changes what later targets get. And a path may go on into text that is YAML or
//! JSON, which is written back in go-yaml's form (see `structured.rs`).

mod apply;
mod bind;
mod error;
mod json_text;
mod object;
mod structured;

pub(crate) use apply::apply;
pub(crate) use bind::replace;
pub(crate) use error::{Error, Idle};
pub(crate) use object::{Id, Object};

use crate::ApiVersion;
use crate::field::{LookupPath, MatchPath, smarter_split_path};
use crate::kustomization::{self, FieldOptions, Selector, TargetSelector};
use crate::yaml::{Node, Span};

/// The field that is meant where none is said.
const DEFAULT_FIELD: &str = "metadata.name";

/// Whether an id is meant.
pub(crate) type IdPredicate = Box<dyn Fn(&Id<'_>) -> bool + Send + Sync>;

/// Whether an object is meant.
pub(crate) type NodePredicate = Box<dyn Fn(&Node) -> bool + Send + Sync>;

/// What a selector of a target says, each part only if it says anything.
#[allow(missing_debug_implementations, reason = "there is nothing to show of functions")]
#[derive(Default)]
pub(crate) struct Selects {
    /// Group, version, kind, name and namespace, as regular expressions over one of the object's ids
    /// (with the namespace as it stands there).
    pub id: Option<IdPredicate>,
    /// Label and annotation selector, over the object.
    pub marks: Option<NodePredicate>,
    /// The one name that the id may have, where that is known: others need not be looked at.
    pub name: Option<String>,
}

/// A replacement, made ready.
#[allow(missing_debug_implementations, reason = "there is nothing to show of functions")]
pub(crate) struct Replacement {
    source: Source,
    targets: Vec<Target>,
}

enum Source {
    Given(Node),
    Field(Box<SourceField>),
}

struct SourceField {
    selector: kustomization::SourceSelector,
    path: LookupPath,
    path_text: String,
    /// Delimiter and index, if only a part of the field counts.
    part: Option<(String, i64)>,
}

struct Target {
    select: Selects,
    reject: Vec<Selects>,
    fields: Vec<TargetField>,
    options: FieldOptions,
    span: Span,
}

struct TargetField {
    text: String,
    path: MatchPath,
    /// The same path, as the way to text that holds YAML or JSON.
    parts: Vec<String>,
    steps: Vec<LookupPath>,
    span: Span,
}

impl Replacement {
    /// Makes a replacement ready. The function makes a selector ready. An empty list of targets does
    /// nothing; in a kustomization file (not in a file of replacements) kustomize takes it for none at all.
    ///
    /// # Errors
    ///
    /// A replacement without source or targets, and what the function gives back.
    pub(crate) fn new<E>(
        replacement: &kustomization::Replacement,
        mut selects: impl FnMut(&Selector) -> Result<Selects, E>,
    ) -> Result<Replacement, MakeError<E>> {
        let span = replacement.span;
        let Some(targets) = &replacement.targets else {
            return Err(Error::NoTargets { span }.into());
        };
        let source = match (&replacement.source, &replacement.source_value) {
            (None, None) => return Err(Error::NoSource { span }.into()),
            (Some(_), Some(_)) => return Err(Error::TwoSources { span }.into()),
            (None, Some(text)) => Source::Given(Node::untagged(text.value.as_str()).at(text.span)),
            (Some(selector), None) => {
                let path = selector.field_path.as_ref().map(|path| path.value.as_str());
                let path = path.filter(|path| !path.is_empty()).unwrap_or(DEFAULT_FIELD);
                let part = selector.options.as_ref();
                Source::Field(Box::new(SourceField {
                    path: LookupPath::parse(path),
                    path_text: path.to_owned(),
                    part: part
                        .filter(|options| !options.delimiter.is_empty())
                        .map(|options| (options.delimiter.clone(), options.index)),
                    selector: selector.clone(),
                }))
            }
        };
        let targets = targets.iter().map(|target| Target::new(target, &mut selects));
        Ok(Replacement { source, targets: targets.collect::<Result<_, _>>()? })
    }
}

/// Why a replacement cannot be made ready.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MakeError<E> {
    /// The replacement is at fault.
    #[error(transparent)]
    Replacement(#[from] Error),
    /// A selector is.
    #[error(transparent)]
    Selector(E),
}

impl Target {
    fn new<E>(
        target: &TargetSelector,
        selects: &mut impl FnMut(&Selector) -> Result<Selects, E>,
    ) -> Result<Target, MakeError<E>> {
        let Some(select) = &target.select else {
            return Err(Error::NoSelect { span: target.span }.into());
        };
        let fields = if target.field_paths.is_empty() {
            vec![TargetField::new(DEFAULT_FIELD, target.span)]
        } else {
            let fields = target.field_paths.iter();
            fields.map(|path| TargetField::new(&path.value, path.span)).collect()
        };
        let reject = target.reject.iter().map(&mut *selects);
        Ok(Target {
            reject: reject.collect::<Result<_, _>>().map_err(MakeError::Selector)?,
            select: selects(select).map_err(MakeError::Selector)?,
            fields,
            options: target.options.clone().unwrap_or_default(),
            span: target.span,
        })
    }
}

impl TargetField {
    fn new(path: &str, span: Span) -> TargetField {
        let parts = smarter_split_path(path);
        TargetField {
            text: path.to_owned(),
            path: MatchPath::new(&parts),
            steps: parts.iter().map(|part| LookupPath::new([part])).collect(),
            parts,
            span,
        }
    }
}

#[cfg(test)]
mod tests;
