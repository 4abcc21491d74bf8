//! What is known of the types of objects: where lists are merged and by which keys, and which types
//! live in namespaces (kyaml's package `openapi`).
//!
//! A type goes in, a [`SchemaRef`] comes out, which a merge follows from field to field. The built-in
//! schemas are a static table; a document named by `openapi: path:` is read with
//! [`Schemas::from_document`]. This module knows nothing of files, of kustomizations or of what is done
//! with a merge key.
//!
//! # Which schemas there are
//!
//! kyaml keeps one set of schemas for the process:
//!
//! - A kustomization without `openapi:`, or with `version: v1.21.2` (the only one there is: see
//!   [`Schemas::VERSION`]), has the built-in schemas.
//! - The document of the *root* kustomization takes their place: Kubernetes' own merge keys are gone,
//!   unless the document says them again.
//! - The document of a base or a component counts only where no kustomization read before it had
//!   an `openapi:`, and then for everything that follows, the overlays included. If anything was merged until
//!   then, the built-in schemas stay below it; if an object of a type that is not in kyaml's table of scopes
//!   was read (any custom resource), they come above it. Otherwise it takes their place as well. See
//!   [`Beside`].
//! - The schemas of kustomize's own types are always there, and so is the table of scopes.
//!
//! A document is looked at when it is first needed: at the first merge, or at the first object whose type is
//! not in the table of scopes. A build that needs it for neither does not fail for a bad document.

mod builtin;
mod custom;
mod hint;
#[rustfmt::skip]
mod table;
mod unique;

pub(crate) use custom::SchemaError;
pub(crate) use hint::Hints;
pub(crate) use unique::UniqueNames;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::yaml::Node;
use custom::Custom;

/// Where Kubernetes' own schemas are beside those of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nowhere.
    #[default]
    Gone,
    /// They say what the document does not.
    Below,
    /// The document says what they do not.
    Above,
}

/// A set of schemas.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    custom: Option<Custom>,
    /// Where Kubernetes' own types are.
    builtin: Beside,
    /// Whether a kustomization chose these schemas, so that others cannot.
    chosen: bool,
    /// Whether the scope of a type was asked for that the table of scopes does not have.
    scope_asked: AtomicBool,
    /// Whether a schema was looked up.
    looked_up: AtomicBool,
}

/// A schema within [`Schemas`].
#[derive(Clone, Copy)]
pub(crate) struct SchemaRef<'s> {
    schemas: &'s Schemas,
    at: At<'s>,
}

#[derive(Clone, Copy, Debug)]
enum At<'s> {
    Builtin(u16),
    /// A place in the schemas of a document, or of comments.
    Custom(&'s Custom, usize),
}

impl Schemas {
    /// What `openapi: version:` may say.
    pub(crate) const VERSION: &'static str = "v1.21.2";

    /// The schemas that kustomize has by itself.
    pub(crate) const fn builtin() -> Schemas {
        Schemas {
            custom: None,
            builtin: Beside::Below,
            chosen: false,
            scope_asked: AtomicBool::new(false),
            looked_up: AtomicBool::new(false),
        }
    }

    /// The same, where a kustomization says that it wants no other ones, or wants those of a document that
    /// cannot be read, until it is known whether anything needs them: see [`Schemas::is_consulted`].
    pub(crate) fn chosen_builtin() -> Schemas {
        Schemas { chosen: true, ..Schemas::builtin() }
    }

    /// The schemas of an OpenAPI document, and Kubernetes' own beside them.
    ///
    /// # Errors
    ///
    /// A document that is no OpenAPI document.
    pub(crate) fn from_document(document: &Node, builtin: Beside) -> Result<Schemas, SchemaError> {
        let custom = Some(Custom::read(document)?);
        Ok(Schemas { custom, builtin, chosen: true, ..Schemas::default() })
    }

    /// Whether a kustomization chose these schemas, so that others cannot.
    pub(crate) fn is_chosen(&self) -> bool {
        self.chosen
    }

    /// Where a document leaves these schemas, after what was asked of them.
    pub(crate) fn beside_document(&self) -> Beside {
        if self.looked_up.load(Ordering::Relaxed) {
            Beside::Below
        } else if self.scope_asked.load(Ordering::Relaxed) {
            Beside::Above
        } else {
            Beside::Gone
        }
    }

    /// Whether these schemas were needed so far.
    pub(crate) fn is_consulted(&self) -> bool {
        self.beside_document() != Beside::Gone
    }

    fn note(flag: &AtomicBool) {
        // Only read once it is set: builds look types up from many threads.
        if !flag.load(Ordering::Relaxed) {
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// The schema of a type.
    pub(crate) fn for_type(&self, api_version: &str, kind: &str) -> Option<SchemaRef<'_>> {
        Schemas::note(&self.looked_up);
        let custom = self.custom.as_ref().and_then(|custom| {
            let at = custom.for_type(api_version, kind)?;
            Some(At::Custom(custom, at))
        });
        let built_in = builtin::for_type(api_version, kind);
        let at = self.first(built_in.map(|at| (at, builtin::is_kustomize(at))), custom)?;
        Some(SchemaRef { schemas: self, at })
    }

    /// Which of two schemas counts: the built-in one, of which it is said whether it is kustomize's own, or that
    /// of the document.
    fn first<'s>(&self, built_in: Option<(u16, bool)>, custom: Option<At<'s>>) -> Option<At<'s>> {
        match (built_in, custom) {
            (Some((at, true)), _) => Some(At::Builtin(at)),
            (Some((at, false)), _) if self.builtin == Beside::Above => Some(At::Builtin(at)),
            (_, Some(at)) => Some(at),
            (Some((at, false)), None) if self.builtin == Beside::Below => Some(At::Builtin(at)),
            _ => None,
        }
    }

    /// Whether objects of a type live in namespaces, if that is known.
    pub(crate) fn is_namespaced(&self, api_version: &str, kind: &str) -> Option<bool> {
        // The table comes first, whatever a document says.
        builtin::is_namespaced(api_version, kind).or_else(|| {
            Schemas::note(&self.scope_asked);
            self.custom.as_ref()?.is_namespaced(api_version, kind)
        })
    }

    /// Whether objects of a type are known to live in no namespace. What is not known does not.
    pub(crate) fn is_cluster_scoped(&self, api_version: &str, kind: &str) -> bool {
        self.is_namespaced(api_version, kind) == Some(false)
    }

    /// The definition that a reference such as `#/definitions/acme.Widget` means.
    fn resolve(&self, reference: &str) -> Option<At<'_>> {
        let (_, pointer) = reference.split_once('#')?;
        let mut steps = pointer.strip_prefix("/definitions/")?.split('/').map(unescaped);
        let name = steps.next()?;
        let custom = self.custom.as_ref();
        let custom = custom.and_then(|custom| Some(At::Custom(custom, custom.definition(&name)?)));
        let at = self.first(builtin::definition(&name), custom)?;
        steps.try_fold(at, |at, step| match at {
            At::Builtin(_) => None,
            At::Custom(custom, at) => Some(At::Custom(custom, custom.within(at, &step)?)),
        })
    }

    /// The definition at a place of the built-in table, unless the document has its own of that name.
    fn builtin_or_own(&self, at: u16) -> At<'_> {
        let below = self.custom.as_ref().filter(|_| self.builtin != Beside::Above);
        let own = below.and_then(|custom| {
            let at = custom.instead_of(at)?;
            Some(At::Custom(custom, at))
        });
        own.unwrap_or(At::Builtin(at))
    }

    /// Follows references to where the schema is.
    fn settle<'s>(&'s self, mut at: At<'s>) -> Option<At<'s>> {
        // kyaml does not end on references in a circle.
        for _ in 0..64 {
            let At::Custom(custom, place) = at else { return Some(at) };
            match custom.shape(place).reference() {
                Some(reference) => at = self.resolve(reference)?,
                None => return Some(at),
            }
        }
        None
    }
}

/// A step of a JSON pointer.
fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

impl<'s> SchemaRef<'s> {
    fn at(self, at: Option<At<'s>>) -> Option<SchemaRef<'s>> {
        let at = self.schemas.settle(at?)?;
        Some(SchemaRef { schemas: self.schemas, at })
    }

    /// The schema of a field; for a map that of its values.
    pub(crate) fn field(self, name: &str) -> Option<SchemaRef<'s>> {
        self.at(match self.at {
            At::Builtin(at) => {
                builtin::field(at, name).map(|field| self.schemas.builtin_or_own(field))
            }
            At::Custom(custom, at) => {
                custom.shape(at).field(name).map(|field| At::Custom(custom, field))
            }
        })
    }

    /// The schema of the items of a list.
    pub(crate) fn elements(self) -> Option<SchemaRef<'s>> {
        self.at(match self.at {
            At::Builtin(at) => builtin::items(at).map(|items| self.schemas.builtin_or_own(items)),
            At::Custom(custom, at) => {
                custom.shape(at).items().map(|items| At::Custom(custom, items))
            }
        })
    }

    /// The patch strategies, separated by commas, and the keys by which items are merged. Without a strategy there are
    /// no keys.
    pub(crate) fn patch_strategy_and_keys(self) -> (&'s str, MergeKeys<'s>) {
        match self.at {
            At::Builtin(at) => {
                let shape = builtin::shape(at);
                (shape.strategy, MergeKeys::Builtin(shape.keys))
            }
            At::Custom(custom, at) => {
                let shape = custom.shape(at);
                (shape.strategy(), MergeKeys::Custom(shape.keys()))
            }
        }
    }

    /// Whether items are merged, not replaced.
    pub(crate) fn is_merged(self) -> bool {
        self.patch_strategy_and_keys().0.split(',').any(|strategy| strategy == "merge")
    }
}

/// The keys by which the items of a list are merged, the first one counting most.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MergeKeys<'s> {
    Builtin(&'static [&'static str]),
    Custom(&'s [String]),
}

impl<'s> MergeKeys<'s> {
    /// The keys as a list.
    pub(crate) fn to_vec(self) -> Vec<&'s str> {
        match self {
            MergeKeys::Builtin(keys) => keys.to_vec(),
            MergeKeys::Custom(keys) => keys.iter().map(String::as_str).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
