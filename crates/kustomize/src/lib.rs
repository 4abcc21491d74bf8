//! kustomize, natively: what `kustomize build` makes of a folder, to the byte, in this process.
//!
//! ```
//! use kustomize::{MemoryFiles, Options, build};
//!
//! let mut files = MemoryFiles::new();
//! files.insert("/app/kustomization.yaml", "namespace: acme\nresources: [service.yaml]\n");
//! files.insert("/app/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n");
//!
//! let built = build(&files, "/app", &Options::default())?;
//! assert_eq!(
//!     built.to_yaml(),
//!     "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: acme\n"
//! );
//! # Ok::<(), Box<kustomize::Failure>>(())
//! ```
//!
//! # What goes in
//!
//! [`build`] takes a view of files, the folder to build and [`Options`]. A view is anything that implements
//! [`Files`]: [`DiskFiles`], [`MemoryFiles`], or one of your own, such as a commit of a repository or the disk with some files
//! changed (`examples/what_if.rs`). Paths are absolute, with `/`. Nothing is written, nothing is fetched, and no other
//! program is run: addresses, Helm charts, and functions are errors.
//!
//! # What comes out
//!
//! A [`Build`] has the objects as trees ([`Build::resources`]), as the text that kustomize prints ([`Build::to_yaml`]), and as the files
//! that it writes ([`Build::to_files`]). The same input gives the same bytes, on however many threads.
//!
//! Its notices tell what kustomize passes over: what matches nothing, changes nothing or is deprecated.
//!
//! ```
//! use kustomize::{MemoryFiles, Options, build};
//!
//! let mut files = MemoryFiles::new();
//! files.insert("/app/kustomization.yaml", "resources: [web.yaml]\nimages: [{name: ngnix, newTag: '1'}]\n");
//! files.insert("/app/web.yaml", "kind: Pod\nmetadata: {name: web}\nspec: {containers: [{image: nginx}]}\n");
//!
//! let built = build(&files, "/app", &Options::default())?;
//! let notice = &built.notices()[0];
//! assert_eq!(notice.kind.code(), "image-matched-nothing");
//! assert_eq!(notice.kind.to_string(), "no object has the image `ngnix`");
//! # Ok::<(), Box<kustomize::Failure>>(())
//! ```
//!
//! # What goes wrong
//!
//! What kustomize refuses is refused, by a [`Failure`]: an [`ErrorKind`] to match on, a name for it that stays
//! ([`ErrorKind::code`]), a place, and the kustomizations on the way there.
//!
//! ```
//! use kustomize::{MemoryFiles, Options, build};
//!
//! let text = "resources:\n- ../base\n";
//! let mut files = MemoryFiles::new();
//! files.insert("/app/kustomization.yaml", text);
//!
//! let failure = build(&files, "/app", &Options::default()).unwrap_err();
//! assert_eq!(failure.error.kind.code(), "missing-resource");
//! let place = failure.sources.place(failure.error.span, &files).unwrap();
//! assert_eq!((&*place.path, &text[place.range]), ("/app/kustomization.yaml", "../base"));
//! ```
//!
//! # Whose answer it is
//!
//! That of [`ApiVersion`]: of `kustomize` v5.8.2 or of the kustomize-controller of Flux 2.9. The bytes are the same but for what
//! kustomize itself leaves to chance; it is refused where kustomize panics, and where it hashes where a value
//! stood in memory (a generated object that a patch turns into another kind).
//!
//! # What Flux adds
//!
//! The kustomize-controller of Flux completes the kustomization file of a folder with what a Flux Kustomization says, and substitutes
//! variables in the text of what comes out: [`build_completed`] and [`object_from_text`] are what that needs of an engine.
//!
//! # Why an object is what it is
//!
//! [`build_observed`] tells an [`Observer`] how each object is after each step, and where the step is written.
//!
//! # What it costs
//!
//! What one file may be is [`Options::budget`], and what a build may read and make in all is [`Options::limit`]. Bases nest up to 100
//! levels, values up to 128. Regular expressions take linear time.

mod allowance;
mod build;
pub mod config;
pub mod field;
mod files;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod generate;
mod go;
pub mod kustomization;
mod notice;
mod patch;
mod print;
mod resource;
mod schema;
mod selector;
mod source;
mod trace;
pub mod transform;
mod version;
pub mod yaml;

pub use allowance::Excess;
pub use build::{
    AccumulateError, Build, Complete, Error, ErrorKind, FILE_NAMES, Failure, Frame, LoadError,
    LoadRestrictor, Options, Order, build, build_completed, build_observed,
};
pub use files::{DiskFiles, Files, Found, MemoryFiles};
pub use notice::{Notice, NoticeKind};
pub use patch::json6902::{DecodeError, Fault, JsonPatchError};
pub use patch::single::{Merged, OperationError, PatchTarget, apply_merge, apply_operation};
pub use patch::strategic::MergeError;
pub use print::{ObjectError, PrintError, object_from_text, objects_to_yaml, write_object};
pub use resource::{Id, Identity, ReadError, Resource, read_objects};
pub use source::{Place, Sources};
pub use trace::{ObjectId, Observer, Step, StepKind};
pub use version::ApiVersion;
